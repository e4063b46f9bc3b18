#include "groups.h"
#include "transpose.h"

// Elements of a panel. One that is copied stays in the first cache. One in place should have long rows: memory is slow
// to begin one, and rows that are a power of two apart share few places of a cache, whatever fits it.
enum { PANEL = 1 << 12, PANEL_IN_PLACE = 1 << 18, LEAST_LANES = 16 };
// Elements of the rows that are copied at a time, which stay in the second cache.
enum { COPIED = 1 << 16 };
// For the parameters, in all pieces.
enum { MOST_SUMS = 1 << 21 };

// The gradient in front of an activation needs a panel of its own.
static bool in_place(const Call *c) {
  return c->plan.head.family == LANES && !(has(c, DY) && c->activation);
}

static int lanes_of(const Call *c) {
  const Plan *plan = &c->plan;
  const int n = plan->head.width;
  if (plan->head.family <= COPIED_ROWS) return 0;
  int lanes = in_place(c) ? MOST_LANES : 64;
  while (lanes > LEAST_LANES && lanes * n > (in_place(c) ? PANEL_IN_PLACE : PANEL)) lanes /= 2;
  // The same parameters for each panel, if they recur soon.
  return !in_place(c) && plan->period <= lanes ? lanes / plan->period * plan->period : lanes;
}
static int group_pieces(const Call *c) {
#ifdef __wasm__
  return 1;
#else
  int pieces = least(c->plan.head.groups, least(MOST_PIECES, c->plan.size / LEAST_PIECE));
  if (has(c, DGAMMA)) pieces = least(pieces, MOST_SUMS / c->plan.head.params);
  return pieces < 1 ? 1 : pieces;
#endif
}
void take_groups(Groups *all, Scratch *scratch, int arrays, int per_group) {
  Call *c = all->call;
  const Plan *plan = &c->plan;
  const PlanHead *head = &plan->head;
  const int each = head->groups / head->blocks, backward = has(c, DY);
  all->pieces = group_pieces(c);
  all->lanes = lanes_of(c);
  all->pitch = (all->lanes + 3) / 4 * 4;
  if (head->family == COPIED_ROWS) all->copied = 1 + (COPIED - 1) / head->width;
  if (c->elsewhere) {
    all->step = each * least(head->blocks, tile_rows(3 * (size_t)head->block_size + each * per_group));
  } else {
    all->step = tile_rows(3 * (size_t)head->width + per_group);
    // The elements that are read or written again should still be in the first cache.
    if (!all->lanes && (has(c, GATE) || (has(c, SUM) && head->family == SHORT_ROWS) || (has(c, Y) && c->activation)))
      all->step = 1 + PANEL / head->width;
    // Whole panels, or rows that have the same parameters in each tile.
    const int unit = all->lanes ? all->lanes : all->copied ? all->copied : plan->period < all->step ? plan->period : 4;
    all->step = (all->step + unit - 1) / unit * unit;
    all->step = least(all->step, head->groups);
  }
  hold(c, scratch, arrays, (size_t)all->step * head->width);
  hold(c, scratch, 1 << GAMMA | 1 << BETA | 1 << GATE | 1 << DGAMMA | 1 << DBETA, head->params);
  hold(c, scratch, 1 << MEAN | 1 << SPREAD | 1 << MOVING_MEAN | 1 << MOVING_SPREAD | 1 << DMEAN |
                       1 << DSPREAD, all->step);
  hold(c, scratch, 1 << STATS, 4 * (size_t)all->step);
  if (!has(c, STATS)) all->stats = take(scratch, 4 * sizeof(f32) * all->step * all->pieces);
  all->panel = take(scratch, sizeof(Panel) * all->pieces);
  const size_t size = sizeof(f32) * head->width * (all->copied ? all->copied : all->pitch);
  for (int i = 0; i < all->pieces; i++) {
    Space space = {0};
    if (all->copied || (all->lanes && !in_place(c))) {
      space.x = take(scratch, size);
      space.result = take(scratch, size);
      if (backward) space.dy = take(scratch, size);
    }
    const bool varies = plan->period > 1 || plan->line_step < 0;
    if (all->lanes && varies) {
      space.gamma = take(scratch, size);
      space.beta = take(scratch, size);
    }
    if (!all->lanes && has(c, SUM) && !c->elsewhere) space.row = take(scratch, 2 * sizeof(f32) * head->width);
    if (!all->lanes && backward && c->activation)
      space.dz = take(scratch, sizeof(f32) * all->step * head->width);
    if (!all->lanes && plan->period > 1) space.param = take(scratch, sizeof(int) * all->step);
    if (has(c, DGAMMA)) {
      space.sums = take(scratch, 2 * sizeof(f64) * head->params);
      if (!all->lanes) space.tmp = take(scratch, 2 * STRIP * sizeof(f32));
      if (all->lanes && varies) {
        space.dgamma = take(scratch, 2 * size);
        space.dbeta = take(scratch, 2 * size);
      }
    }
    if (!scratch->memory) continue;
    Panel *panel = all->panel + i;
    panel->space = space;
    panel->known = panel->is_summed = 0;
    for (int j = 0; space.sums && j < 2 * head->params; j++) space.sums[j] = 0;
    for (int j = 0; space.tmp && j < 2 * STRIP; j++) space.tmp[j] = 0;
    for (int j = 0; space.dgamma && j < head->width * all->pitch; j++)
      space.dgamma[j] = space.dbeta[j] = 0;
  }
}

// ---- Which groups are lanes, and their parameters

static Walk along_group(const Plan *plan) { return walk_from(plan->reduced, plan->reduced_axes, 0); }

const int *params_of_rows(const Groups *all, Panel *p, Tile t) {
  const Plan *plan = &all->call->plan;
  const int phase = t.first % plan->period, rows = t.end - t.first;
  if (plan->period == 1 || (p->phase == phase && p->known >= rows)) return p->space.param;
  Walk w = walk_from(plan->kept, plan->kept_axes, t.first);
  for (int r = 0; r < rows; r++, walk_on(&w)) p->space.param[r] = w.param_step;
  p->phase = phase, p->known = rows;
  return p->space.param;
}
static void spread_params(const Groups *all, Panel *p, const f32 *gamma, const f32 *beta) {
  const Plan *plan = &all->call->plan;
  bool equal = plan->line_step >= 0, adjacent = equal;
  for (int l = 0; l < p->lanes; l++) {
    equal &= p->base[l] == p->base[0];
    adjacent &= p->base[l] == p->base[0] + l;
  }
  if (equal || adjacent) {
    const int at = p->base[0];
    p->params = (Params){gamma + at, beta ? beta + at : 0, plan->line_step, !equal};
    return;
  }
  p->params = (Params){p->space.gamma, p->space.beta, all->pitch, 1};
  Walk w = along_group(plan);
  for (int i = 0; i < plan->head.width; i++, walk_on(&w))
    for (int l = 0; l < p->lanes; l++) {
      p->space.gamma[i * all->pitch + l] = gamma[p->base[l] + w.param_step];
      if (beta) p->space.beta[i * all->pitch + l] = beta[p->base[l] + w.param_step];
    }
}
static void find_params(const Groups *all, Panel *p, const f32 *gamma, const f32 *beta) {
  const Plan *plan = &all->call->plan;
  const int phase = p->first % plan->period;
  if (p->phase == phase && p->known >= p->lanes) return;
  int base[MOST_LANES];
  bool same = p->known >= p->lanes;
  Walk w = walk_from(plan->kept, plan->kept_axes, p->first);
  for (int l = 0; l < p->lanes; l++) {
    base[l] = w.param_step;
    same &= base[l] == p->base[l];
    if (l < p->count - 1) walk_on(&w);
  }
  p->phase = phase;
  if (same) return;
  flush_params(all, p);
  for (int l = 0; l < p->lanes; l++) p->base[l] = base[l];
  p->known = p->lanes;
  spread_params(all, p, gamma, beta);
}
void next_panel(const Groups *all, Panel *p, Tile tile, int first, const f32 *gamma,
                const f32 *beta) {
  const Plan *plan = &all->call->plan;
  p->first = first;
  p->count = least(all->lanes, tile.end - first);
  if (in_place(all->call)) p->count = least(p->count, plan->adjacent - first % plan->adjacent);
  p->lanes = in_place(all->call) ? p->count : (p->count + 3) / 4 * 4;
  Walk w = walk_from(plan->kept, plan->kept_axes, first);
  for (int l = 0; l < p->count; l++, walk_on(&w)) p->offset[l] = w.step - tile.at;
  for (int l = p->count; l < p->lanes; l++) p->offset[l] = p->offset[p->count - 1];
  find_params(all, p, gamma, beta);
}

// ---- Elements to lanes and back

// Rows of a panel that are adjacent elements of each group, if there are any.
static int inner_rows(const Plan *plan) {
  const Axis *inner = plan->reduced + plan->reduced_axes - 1;
  return inner->step == 1 ? inner->size : 1;
}
const f32 *panel_of(const Groups *all, const Panel *p, const f32 *array, f32 *panel, int *pitch) {
  const Plan *plan = &all->call->plan;
  if (in_place(all->call)) return *pitch = plan->reduced->step, array + p->offset[0];
  *pitch = all->pitch;
  const int inner = inner_rows(plan);
  Walk w = along_group(plan);
  for (int i = 0; i < plan->head.width; i += inner) {
    f32 *to = panel + i * all->pitch;
    const f32 *from = array + w.step;
    if (inner > 1) rows_to_lanes(from, p->offset, p->lanes, inner, to, all->pitch);
    else
      for (int l = 0; l < p->lanes; l++) to[l] = from[p->offset[l]];
    for (int j = 0; j < inner; j++) walk_on(&w);
  }
  return panel;
}
f32 *result_of(const Groups *all, const Panel *p, f32 *array, int *pitch) {
  const Plan *plan = &all->call->plan;
  if (in_place(all->call)) return *pitch = plan->reduced->step, array + p->offset[0];
  return *pitch = all->pitch, p->space.result;
}
void put_result(const Groups *all, const Panel *p, f32 *array) {
  const Plan *plan = &all->call->plan;
  if (in_place(all->call)) return;
  const int inner = inner_rows(plan);
  Walk w = along_group(plan);
  for (int i = 0; i < plan->head.width; i += inner) {
    const f32 *from = p->space.result + i * all->pitch;
    f32 *to = array + w.step;
    if (inner > 1) lanes_to_rows(from, all->pitch, p->count, inner, to, p->offset);
    else
      for (int l = 0; l < p->count; l++) to[p->offset[l]] = from[l];
    for (int j = 0; j < inner; j++) walk_on(&w);
  }
}

// ---- Elements to rows and back

// Runs of n elements. The steps are from one run to the next.
LOOP(copy_runs)(IN from, int from_step, OUT to, int to_step, int runs, int n) {
  for (int r = 0; r < runs; r++, from += from_step, to += to_step) {
    int i = 0;
    COMPACT for (; i + 4 <= n; i += 4) put_four(to + i, four_at(from + i));
    ONE_BY_ONE for (; i < n; i++) to[i] = from[i];
  }
}
Tile next_rows(const Groups *all, Tile t, int first) {
  return (Tile){first, least(t.end, first + all->copied), 0, 0};
}
// Groups that are side by side are moved together, run by run.
static void move_rows(const Groups *all, Tile some, int at, const f32 *from, f32 *to, bool back) {
  const Plan *plan = &all->call->plan;
  const int n = plan->head.width, outer = plan->reduced_axes - 1, run = plan->reduced[outer].size;
  const Axis side = plan->kept_axes ? plan->kept[plan->kept_axes - 1] : (Axis){1, 0, 0};
  for (int g = some.first, count; g < some.end; g += count) {
    count = least(some.end - g, side.size - g % side.size);
    const int group = walk_from(plan->kept, plan->kept_axes, g).step - at, row = (g - some.first) * n;
    Walk w = walk_from(plan->reduced, outer, 0);
    for (int i = row; i < row + n; i += run, walk_on(&w)) {
      const int there = group + w.step;
      if (back) copy_runs(from + i, n, to + there, side.step, count, run);
      else copy_runs(from + there, side.step, to + i, n, count, run);
    }
  }
}
const f32 *gather(const Groups *all, Tile some, Tile t, const f32 *array, f32 *rows) {
  move_rows(all, some, t.at, array, rows, false);
  return rows;
}
void scatter(const Groups *all, Tile some, Tile t, const f32 *rows, f32 *array) {
  move_rows(all, some, t.at, rows, array, true);
}

void flush_params(const Groups *all, Panel *p) {
  const Plan *plan = &all->call->plan;
  if (!p->is_summed) return;
  p->is_summed = false;
  Walk w = along_group(plan);
  for (int i = 0; i < plan->head.width; i++, walk_on(&w)) {
    f64 *dgamma = p->space.sums + w.param_step, *dbeta = dgamma + plan->head.params;
    f64 *a = p->space.dgamma + i * all->pitch, *b = p->space.dbeta + i * all->pitch;
    for (int l = 0; l < p->known; l++) {
      dgamma[p->base[l]] += a[l], dbeta[p->base[l]] += b[l];
      a[l] = b[l] = 0;
    }
  }
}
