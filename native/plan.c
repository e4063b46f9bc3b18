#include "plan.h"
#include <stdint.h>


static bool rows_fit(const Plan *plan) {
  const PlanHead h = plan->head;
  return (int64_t)h.width * h.groups == plan->size && (h.params == 1 || h.params == h.width);
}
static bool lines_fit(const Plan *plan) {
  const PlanHead h = plan->head;
  const int64_t indices = (int64_t)h.outer * h.indices, blocks = h.blocks;
  if (blocks <= 0 || blocks * (h.family == IN_SEGMENTS ? 1 : h.width) != plan->lines ||
      h.block_size < h.width || h.block_size > plan->size || h.groups % indices ||
      blocks * h.block_size / h.part * indices != plan->size || plan->lines % h.part ||
      h.outer_params < 0 || h.index_params < 0)
    return false;
  const int64_t groups = h.groups / indices;
  // Those of the last index.
  const int64_t params = h.params - (h.outer - 1) * (int64_t)h.outer_params -
                         (h.indices - 1) * (int64_t)h.index_params;
  for (int l = 0; l < plan->lines; l++) {
    const int64_t index = l / (plan->lines / h.part);
    if (plan->group_of[l] < 0 || plan->group_of[l] >= groups * (index + 1) ||
        plan->param_of[l] < 0 || plan->param_of[l] >= params + index * h.index_params)
      return false;
  }
  return true;
}
bool read_plan(Plan *plan, const int *ints, int64_t count, int64_t size) {
  const int64_t tables = count - (int64_t)(sizeof(PlanHead) / sizeof(int));
  if (tables < 0 || size <= 0 || size > INT32_MAX) return false;
  plan->head = *(const PlanHead *)ints;
  plan->size = size;
  plan->lines = tables / 2;
  plan->group_of = ints + sizeof(PlanHead) / sizeof(int);
  plan->param_of = plan->group_of + plan->lines;
  const PlanHead h = plan->head;
  // Of groups there are four statistics, and of parameters two gradients.
  if (h.width <= 0 || h.groups <= 0 || h.groups > INT32_MAX / 4 || size % h.groups ||
      h.params <= 0 || h.params > INT32_MAX / 2 || h.params > size ||
      h.outer <= 0 || h.part <= 0 || h.indices < h.part)
    return false;
  return h.family == IN_ROWS ? rows_fit(plan) : lines_fit(plan);
}
