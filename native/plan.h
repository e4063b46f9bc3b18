// The view of a call, as src/kernels/host/plan.ts lays it out.
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
  int size;
  int lines;  // of a part
  const int *group_of, *param_of;
} Plan;

// Of so many ints, for an x of so many elements. What they say is not trusted as to where in the
// arrays it leads: false if that is beyond.
bool read_plan(Plan *, const int *ints, int64_t count, int64_t size);
