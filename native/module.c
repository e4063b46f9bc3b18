// The kernels as a WebAssembly module, over the memory of tfjs's wasm backend or one of our own.
#include "activations.h"
#include "added.h"
#include "panel.h"
#include "short_rows.h"
#include "stream.h"
#include "summed_rows.h"
#include "transpose.h"

// The loops above are made for speed, all that lies between them for size.
#pragma clang attribute push(__attribute__((minsize)), apply_to = function)
#include "plan.c"
#include "added.c"
#include "groups.c"
#include "lines.c"
#include "normalize.c"
#include "normalize_grad.c"

// The head of a call as src/kernels/host/call.ts lays it out.
typedef struct {
  int statistic, elsewhere, size, ints;  // the size of x, and how many numbers the plan has
  int activation;
  f32 alpha;
  f32 *place[ARRAYS];
} Head;

#define EXPORT(name) __attribute__((export_name(#name))) int name

enum { DOES_NOT_FIT = -1 };

// Runs a kernel. Without scratch, it returns how many bytes of it the call needs.
INLINE int run_call(int (*kernel)(Call *, Scratch *), const Head *head, const int *plan, f64 epsilon,
                    f64 momentum, char *memory, int reserved) {
  Call call = {.statistic = head->statistic, .elsewhere = head->elsewhere, .epsilon = epsilon,
               .activation = head->activation, .alpha = head->alpha, .momentum = momentum, .threads = 1};
  for (int i = 0; i < ARRAYS; i++) call.place[i] = head->place[i], call.slot[i] = 0;
  Scratch scratch = {memory, 0, reserved};
  if (!read_plan(&call.plan, plan, head->ints, head->size) || !gate_fits(&call)) return DOES_NOT_FIT;
  const int result = kernel(&call, &scratch);
  return memory ? result : scratch.taken;
}
#define KERNEL(name)                                                                                \
  EXPORT(FusedNormalize##name)(const Head *head, const int *plan, f64 epsilon, f64 momentum,        \
                               char *memory, int reserved)
KERNEL()  { return run_call(normalize, head, plan, epsilon, momentum, memory, reserved); }
KERNEL(Given) { return run_call(normalize_given, head, plan, epsilon, momentum, memory, reserved); }
KERNEL(Grad) { return run_call(normalize_grad, head, plan, epsilon, momentum, memory, reserved); }
#pragma clang attribute pop
