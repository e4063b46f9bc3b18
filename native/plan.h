// The view of a call, as src/kernels/host/plan.ts lays it out.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// The families of loops, see docs/kernels.md: of groups, each by itself, and of lines.
enum { LONG_ROWS, SHORT_ROWS, COPIED_ROWS, LANES, COPIED_LANES, COLUMNS, SEGMENTS };
// Rows that are no longer than this are taken four at a time; the loops of longer ones need more elements than that.
enum { LONGEST_SHORT = 255 };

// The head of the plan's tensor, in this order; the tables follow.
typedef struct {
  int family;
  int width;   // of a group, or of the matrix whose columns are lines
  int groups, params;
  int blocks, block_size;  // matrices, or segments, that follow one another; of lines, those of a part
  // For groups, how many axes are kept. For lines, the axis that parts are of.
  int indices;
  int outer;   // how many indices are before it
  int part;    // how much of it a part takes
  int outer_params, index_params;  // from one index to the next, 0 if they share parameters
} PlanHead;

// An axis, and how far one index along it leads in x and in gamma.
typedef struct { int size, step, param_step; } Axis;

typedef struct {
  PlanHead head;
  int size;
  // For lines, those of a part: the group and the parameter of each.
  int lines;
  const int *group_of, *param_of;
  // For groups, the axes that are kept, and those along which a group lies.
  const Axis *kept, *reduced;
  int kept_axes, reduced_axes;
  int line_step;  // from one element of a group to the next in gamma; negative if there is no one step
  int period;     // after so many groups the same parameters follow
  int alike;      // so many groups that follow one another have the same parameters
  int adjacent;   // so many groups that follow one another are side by side in x
} Plan;

static inline bool of_groups(const PlanHead *head) { return head->family <= COPIED_LANES; }

// The plan has so many ints, for an x of so many elements. They are not trusted as to where in the
// arrays it leads: false if that is beyond.
bool read_plan(Plan *, const int *ints, int64_t count, int64_t size);
