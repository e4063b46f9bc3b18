#include "plan.h"
#include <stdint.h>

// The product of the sizes of some axes, or 0 if it is beyond the elements of x. `last` and
// `last_param` are where the last index of all axes leads.
static int64_t span(const Axis *axes, int count, int64_t size, int64_t *last, int64_t *last_param) {
  int64_t product = 1;
  for (int a = 0; a < count; a++) {
    if (axes[a].size <= 0 || axes[a].step < 0 || axes[a].param_step < 0) return 0;
    product *= axes[a].size;
    if (product > size) return 0;
    *last += (int64_t)(axes[a].size - 1) * axes[a].step;
    *last_param += (int64_t)(axes[a].size - 1) * axes[a].param_step;
  }
  return product;
}
static int line_step(const Axis *axes, int count) {
  const int step = axes[count - 1].param_step;
  int64_t inner = step;
  for (int a = count - 1; a >= 0; inner *= axes[a--].size)
    if (axes[a].param_step != inner) return -1;
  return step;
}
enum { MOST_AXES = 8 };
static bool groups_fit(Plan *plan, const int *axes, int64_t count) {
  const PlanHead h = plan->head;
  plan->kept_axes = h.indices, plan->reduced_axes = count - h.indices;
  if (count > MOST_AXES || h.indices < 0 || h.indices >= count) return false;
  plan->kept = (const Axis *)axes, plan->reduced = plan->kept + h.indices;
  int64_t last = 0, last_param = 0;
  if (span(plan->kept, plan->kept_axes, plan->size, &last, &last_param) != h.groups ||
      span(plan->reduced, plan->reduced_axes, plan->size, &last, &last_param) != h.width ||
      (int64_t)h.groups * h.width != plan->size || last >= plan->size || last_param >= h.params ||
      h.blocks <= 0 || h.groups % h.blocks || (int64_t)h.blocks * h.block_size != plan->size)
    return false;
  plan->line_step = line_step(plan->reduced, plan->reduced_axes);
  plan->period = plan->adjacent = 1;
  plan->alike = 0;
  int groups = 1;
  for (int a = plan->kept_axes - 1; a >= 0; a--) {
    if (plan->kept[a].step == plan->adjacent) plan->adjacent *= plan->kept[a].size;
    if (plan->kept[a].param_step && !plan->alike) plan->alike = groups;
    groups *= plan->kept[a].size;
    if (plan->kept[a].param_step) plan->period = groups;
  }
  if (!plan->alike) plan->alike = groups;
  const bool is_one = plan->reduced_axes == 1;
  switch (h.family) {
    case LONG_ROWS: return is_one && plan->reduced->step == 1 && h.width > LONGEST_SHORT;
    case SHORT_ROWS: return is_one && plan->reduced->step == 1;
    case COPIED_ROWS: return plan->reduced_axes > 1 && plan->reduced[plan->reduced_axes - 1].step == 1 && plan->line_step >= 0;
    case LANES: return is_one && plan->adjacent > 1;
    default: return true;
  }
}
static bool lines_fit(const Plan *plan) {
  const PlanHead h = plan->head;
  const int64_t indices = (int64_t)h.outer * h.indices, blocks = h.blocks;
  if (h.outer <= 0 || h.part <= 0 || h.indices < h.part || blocks <= 0 ||
      blocks * (h.family == SEGMENTS ? 1 : h.width) != plan->lines ||
      h.block_size < h.width || h.block_size > plan->size || h.groups % indices ||
      blocks * h.block_size / h.part * indices != plan->size || plan->lines % h.part ||
      h.outer_params < 0 || h.index_params < 0)
    return false;
  const int64_t groups = h.groups / indices;
  // The axes of the last index.
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
  // There are four statistics of a group, and two gradients of a parameter.
  if (h.width <= 0 || h.groups <= 0 || h.groups > INT32_MAX / 4 || size % h.groups ||
      h.params <= 0 || h.params > INT32_MAX / 2 || h.params > size)
    return false;
  if (h.family < LONG_ROWS || h.family > SEGMENTS) return false;
  return !of_groups(&h) ? lines_fit(plan)
                        : tables % 3 == 0 && groups_fit(plan, plan->group_of, tables / 3);
}
