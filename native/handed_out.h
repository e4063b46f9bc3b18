// The moments, as the forward pass hands them out.
#pragma once
#include "call.h"

enum { MOMENTS = 1 << MEAN | 1 << SPREAD | 1 << MOVING_MEAN | 1 << MOVING_SPREAD };

// The batch's own, or the moving averages behind this batch.
static inline void hand_out_one(const Call *c, const f32 *of, int first, int groups, int array,
                                int moving) {
  f32 *result = out(c, array, first);
  const f32 *before = c->momentum != 0 ? in(c, moving, first, groups) : 0;
  for (int g = 0; g < groups; g++)
    result[g] = before ? before[g] * c->momentum + of[4 * g] * (1 - c->momentum) : of[4 * g];
  wrote(c, array, first, groups);
}
static inline void hand_out(const Call *c, const f32 *stats, int first, int groups) {
  if (!has(c, MEAN)) return;
  hand_out_one(c, stats, first, groups, MEAN, MOVING_MEAN);
  hand_out_one(c, stats + 2, first, groups, SPREAD, MOVING_SPREAD);
}
