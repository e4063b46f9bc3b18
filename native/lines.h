// The elements fall into lines of one group and one parameter each: columns of matrices, or segments
// of adjacent elements. A first loop sums each line; the few numbers of each line are then put
// together; a second loop applies them.
//
// Where each group is within one index of the first axis, or of the first two, some indices at a time
// are a part, which stays in the cache; else all of it is one part.
#pragma once
#include "call.h"
#include "work.h"

// A part of the lines, with its scratch.
typedef struct {
  Call *call;
  int statistic;  // the one that is measured
  int blocks, lines, groups;
  int first_element, first_group, first_param;
  // Threads that share the part. Each takes some of the rows of every matrix, with sums of its own,
  // or some of the segments.
  int pieces;
  f64 *s, *q;              // two sums of each piece's lines
  f64 *group_s, *group_q;  // two numbers of each group
  f32 *stats;              // the groups' own, where the call does not have them
  f64 *dgamma, *dbeta;     // the sums of all parameters, one behind the other
  f32 *m, *a, *b, *d;      // the coefficients of each line's map
  f32 *za, *zb;            // and of that to the affine part, with which an activation's slope is taken
  f32 *dz;                 // a tile of each piece: the gradient in front of the activation
  f32 *tmp;                // for the loops, of each piece
} Part;

enum { TMP = 3 * STRIP };

// The elements of a tile.
static inline size_t line_tile(const PlanHead *head) {
  return (size_t)tile_rows(3 * (size_t)head->width) * head->width;
}

// Runs `work` on all parts. Returns DONE, or what `work` returned of a part that was not.
int run_lines(Call *, Scratch *, int (*work)(Part *));

static inline bool in_segments(const Part *p) { return p->call->plan.head.family == SEGMENTS; }
// Each piece of columns has sums of its own.
static inline int sum_copies(const Part *p) { return in_segments(p) ? 1 : p->pieces; }

// Rows of one matrix, or segments, that a piece works on next: a tile of them, if they are elsewhere.
typedef struct {
  int in_tiles;     // whether they are taken in tiles in any case
  int at, rows, width, line;
  int done;         // how many rows of the line the piece has had before
  int left, step;   // rows of this stretch behind these; how many stretches there were
} Stretch;
// The next stretch of the i-th piece; false if there is none. Begins with zeros, but for in_tiles.
bool next(const Part *p, int i, Stretch *s);
