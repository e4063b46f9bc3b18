// What a kernel does: the view, as src/kernels/backends/tensorflow/native/plan.ts lays it out, and the arrays.
#pragma once
#include <stdbool.h>
#include <stdint.h>

enum { IN_ROWS, IN_COLUMNS, IN_SEGMENTS };  // the families of loops, see docs/kernels.md

// The head of the plan's tensor, in this order; the tables of lines follow.
typedef struct {
  int family;
  int width;   // of a row, or of the matrix whose columns are lines
  int groups, params;
  int blocks, block_size;  // of a part: matrices, or segments, that follow one another
  int outer, indices;      // the axis that parts are of, and how many indices are before it
  int part;                // how much of it a part takes
  int outer_params, index_params;  // from one index to the next, 0 if they share parameters
} PlanHead;

typedef struct {
  PlanHead head;
  int size, statistic;
  double epsilon;
  int lines;  // of a part
  const int *group_of, *param_of;
} Plan;

// Of so many ints, for an x of so many elements. What they say is not trusted as to where in the
// arrays it leads: false if that is beyond.
bool read_plan(Plan *, const int *ints, int64_t count, int64_t size);

// Null where an op does not have it.
typedef struct {
  const float *x, *mean, *variance, *gamma, *beta, *dy, *saved_stats, *dstats;
  float *y, *stats, *dx, *dparams;
} Arrays;

// These return TF_OK, or why they could not.
int normalize_rows(const Plan *, const Arrays *);
int normalize_grad_rows(const Plan *, const Arrays *);
int normalize_lines(const Plan *, const Arrays *);
int normalize_given_lines(const Plan *, const Arrays *);
int normalize_grad_lines(const Plan *, const Arrays *);
