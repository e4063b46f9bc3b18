// Parts of the lines: what lines.c hands to the kernels of lines_forward.c and lines_backward.c.
#pragma once
#include "loops.h"
#include "libc.h"
#include "tensorflow.h"
#include "work.h"

// Of a part, the stretches of the arrays that it is about, and scratch.
typedef struct {
  const Plan *plan;
  int statistic;  // that is measured
  Arrays arrays;
  int blocks, lines, groups, first_param;
  // Threads that share the part. Each takes some of the rows of every matrix, with sums of its own,
  // or some of the segments.
  int pieces;
  f64 *s, *q;                   // of each piece's lines: two sums
  f64 *group_s, *group_q;       // of each group
  f64 *dgamma, *dbeta;          // of all parameters
  f32 *m, *a, *b, *d;           // of each line: the coefficients of the map
  f32 *tmp;                     // of each piece
} Part;

enum { TMP = 3 * STRIP };

// All parts; returns TF_OK, or what `work` returned of one that was not.
int run_lines(const Plan *, const Arrays *, int (*work)(Part *));

static inline bool in_segments(const Part *p) { return p->plan->head.family == IN_SEGMENTS; }
// Of the sums: each piece of columns has its own.
static inline int sum_copies(const Part *p) { return in_segments(p) ? 1 : p->pieces; }

// Rows of one matrix, or segments, that a piece works on.
typedef struct {
  int step, at, rows, width, line, done;
} Stretch;
// The next stretch of the i-th piece; false if there is none. Begins with zeros.
bool next(const Part *p, int i, Stretch *s);

// Whether float32 can sum the powers of the elements. NaN harms nobody else. Of a norm of zero, only
// the absolute values tell whether it is one: squares may have come to nothing. The bounds are those of
// src/kernels/simd/in_range.ts.
static inline bool fits(f64 spread, f64 rstd, int statistic) {
  if (!(statistic & SQUARES)) return spread != __builtin_inf();
  return !((rstd < 1e-15 && spread != 0) || rstd > 1e12);
}
