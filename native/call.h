// A call of a kernel of src/kernels/contract.ts: what to compute, and where its arrays are.
//
// The arrays of TensorFlow and of tfjs's wasm backend are in place. JavaScript's own arrays are elsewhere:
// tiles of them are copied to a slot in this memory and back.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "loops.h"
#include "plan.h"

// The arrays' names in the contract. src/kernels/host/call.ts has the same order.
enum {
  X, GAMMA, BETA, MEAN, VARIANCE, MOVING_MEAN, MOVING_SPREAD, DY, STATS, DMEAN, DSPREAD,
  RESIDUAL, GATE, DSUM, Y, SPREAD, SUM, DX, DGAMMA, DBETA, ARRAYS
};

typedef struct {
  Plan plan;
  int statistic;
  int activation;      // 0 for none, see activations.h
  f32 alpha;           // of the residual
  f64 epsilon, momentum;
  f32 *place[ARRAYS];  // null for an array that is elsewhere, or that the call does not have
  f32 *slot[ARRAYS];
  int elsewhere;       // a bit for each array
  int threads;         // how many the call may take
} Call;

// A kernel returns that it is done, or that squares of x leave the range of float32.
enum { DONE, OUT_OF_RANGE };

static inline bool has(const Call *c, int array) { return c->place[array] || c->elsewhere >> array & 1; }

#ifdef __wasm__
extern void copy_in(int array, int from, int count, f32 *tile);
extern void copy_out(int array, int from, int count, const f32 *tile);
#else
#define copy_in(array, from, count, tile) (void)(count)
#define copy_out(array, from, count, tile) (void)(from), (void)(count)
#endif

// Some elements of an input.
static inline const f32 *in(const Call *c, int array, int from, int count) {
  if (c->place[array]) return c->place[array] + from;
  copy_in(array, from, count, c->slot[array]);
  return c->slot[array];
}
// The same, or null where the call does not have it.
static inline const f32 *in_or_null(const Call *c, int array, int from, int count) {
  return has(c, array) ? in(c, array, from, count) : 0;
}
// Where to write an output's elements from there on; `wrote` says when that is done.
static inline f32 *out(const Call *c, int array, int from) {
  return c->place[array] ? c->place[array] + from : c->slot[array];
}
static inline void wrote(const Call *c, int array, int from, int count) {
  if (c->elsewhere >> array & 1) copy_out(array, from, count, c->slot[array]);
}

// ---- Scratch

// Memory that was reserved for a call. A kernel first takes all that it will need. Without memory it
// ends there: what it has taken is then what must be reserved.
typedef struct {
  char *memory;
  size_t taken, reserved;
} Scratch;

static inline void *take(Scratch *scratch, size_t bytes) {
  const size_t from = scratch->taken;
  scratch->taken += (bytes + 15) / 16 * 16;
  if (!scratch->memory) return 0;
  // This would be a fault of this library. It must not become a write into others' memory.
  if (scratch->taken > scratch->reserved) __builtin_trap();
  return scratch->memory + from;
}
// Slots of so many elements for those of some arrays that are elsewhere. `arrays` has a bit for each.
static inline void hold(Call *c, Scratch *scratch, int arrays, size_t count) {
  for (int i = 0; i < ARRAYS; i++)
    if (arrays & c->elsewhere & 1 << i) c->slot[i] = take(scratch, sizeof(f32) * count);
}

// ---- The kernels

int normalize(Call *, Scratch *);
int normalize_given(Call *, Scratch *);
int normalize_grad(Call *, Scratch *);

// ---- What they share

// The array that is normalized.
static inline int input_of(const Call *c) { return has(c, SUM) ? SUM : X; }

// So many bytes of a pass's arrays stay in the second cache.
enum { TILE = 1 << 17 };

// The number of rows of a tile, if a row has so many elements in all arrays together.
static inline int tile_rows(size_t width) { return 1 + TILE / sizeof(f32) / width; }

INLINE int groups_size(const Plan *plan) { return plan->size / plan->head.groups; }

// Whether float32 can sum the powers of the elements. NaN harms nobody else; but where the statistic
// does not center, it may be that of an infinite element, whose group has a spread. A norm of zero is
// one only if the absolute values say so: squares may have come to nothing.
static inline bool fits_float32(f64 spread, f64 rstd, int statistic) {
  if (!(statistic & CENTER) && spread != spread) return false;
  if (!(statistic & SQUARES)) return spread != __builtin_inf();
  return !((rstd < 1e-15 && spread != 0) || rstd > 1e12);
}
