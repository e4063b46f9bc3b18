// FusedNormalize: y = (x - mean) * rstd * gamma + beta, and what the backward pass needs of each group.
#include "activations.h"
#include "added.h"
#include "groups.h"
#include "handed_out.h"
#include "lines.h"
#include "stream.h"
#include "summed_rows.h"

// ---- Groups, each by itself

// Whether each row is added up while the row before is normalized.
static bool adds_ahead(const Call *c) {
  const PlanHead *head = &c->plan.head;
  return has(c, SUM) && !has(c, GATE) && head->family == LONG_ROWS && head->width >= RUN && c->plan.line_step &&
         c->statistic & SQUARES;
}
static void normalize_summed(const Groups *all, const Panel *p, Tile t, const f32 *x, const f32 *residual, f32 *sum,
                             const f32 *gamma, const f32 *beta, f32 *y, f32 *stats) {
  const Call *c = all->call;
  const Plan *plan = &c->plan;
  const int n = plan->head.width;
  const bool streams = !c->activation && can_stream(plan->size, n, y) && can_stream(plan->size, n, sum);
  Rows rows = {x, residual, 0, gamma, beta, c->alpha, sum, sum, y, stats};
  for (int g = t.first; g <= t.end; g++) {
    // Sums that go past the caches are normalized from two rows in these.
    rows.row = streams ? p->space.row + (g & 1) * n : rows.sum;
    if (g == t.end) rows.x = 0;
    (streams ? stream_summed : next_summed)(&rows, n, c->statistic, c->epsilon);
    if (rows.done) rows.y += n;
    const int param = first_param(plan, g);
    rows.done = rows.row, rows.gamma = gamma + param, rows.beta = beta + param;
    rows.x += n, rows.residual += n, rows.sum += n, rows.stats += 4;
  }
  if (streams) end_stream();
}
static void normalize_rows(const Groups *all, Tile t, const f32 *x, const f32 *gamma, const f32 *beta, f32 *y,
                           f32 *stats) {
  const Call *c = all->call;
  const Plan *plan = &c->plan;
  const int n = plan->head.width;
  const bool streams = !c->activation && can_stream(plan->size, n, y);
  for (int g = t.first; g < t.end; g++, x += n, y += n, stats += 4) {
    const int param = first_param(plan, g);
    (streams ? stream_row : row_normalize)(x, gamma + param, beta + param, y, stats, n, plan->line_step,
                                           c->statistic, c->epsilon);
  }
  if (streams) end_stream();
}
static void normalize_panels(const Groups *all, Panel *p, Tile t, const f32 *x, const f32 *gamma,
                             const f32 *beta, f32 *y, f32 *stats) {
  const Call *c = all->call;
  const int n = c->plan.head.width;
  Lanes *of = &p->of;
  for (int g = t.first; g < t.end; g += p->count) {
    next_panel(all, p, t, g, gamma, beta);
    int pitch, y_pitch;
    const f32 *rows = panel_of(all, p, x, p->space.x, &pitch);
    f32 *result = result_of(all, p, y, &y_pitch);
    panel_moments(rows, pitch, n, p->lanes, c->statistic, of->mean, of->spread, of->tmp);
    lane_stats(of, p->stats, n, p->lanes, c->statistic, c->epsilon);
    panel_apply(rows, pitch, result, y_pitch, n, p->lanes, of->m, of->k, of->c, p->params);
    for (int i = 0; c->activation && i < n; i++) activate(0, result + i * y_pitch, result + i * y_pitch, p->lanes, c->activation);
    put_result(all, p, y);
    for (int i = 0; i < 4 * p->count; i++) stats[4 * (g - t.first) + i] = p->stats[i];
  }
}
static void normalize_copied(const Groups *all, Panel *p, Tile t, const f32 *x, const f32 *gamma, const f32 *beta,
                             f32 *y, f32 *stats) {
  const Call *c = all->call;
  const Plan *plan = &c->plan;
  const int n = plan->head.width;
  f32 *result = p->space.result;
  for (Tile some = next_rows(all, t, t.first); some.first < some.end; some = next_rows(all, t, some.end)) {
    const f32 *rows = gather(all, some, t, x, p->space.x);
    const int count = some.end - some.first;
    if (n <= LONGEST_SHORT) {
      short_rows_normalize(rows, gamma, beta, result, stats, count, n, params_of_rows(all, p, some), plan->line_step,
                           c->statistic, c->epsilon, false);
    } else {
      for (int r = 0; r < count; r++) {
        const int param = first_param(plan, some.first + r);
        row_normalize(rows + r * n, gamma + param, beta + param, result + r * n, stats + 4 * r, n, plan->line_step,
                      c->statistic, c->epsilon);
      }
    }
    if (c->activation) activate(0, result, result, count * n, c->activation);
    scatter(all, some, t, result, y);
    stats += 4 * count;
  }
}
// The elements that are normalized.
static const f32 *input_rows(const Groups *all, Tile e) {
  const Call *c = all->call;
  const Plan *plan = &c->plan;
  if (!has(c, SUM) || adds_ahead(c)) return in(c, X, e.at, e.size);
  if (all->lanes || all->copied) return in(c, SUM, e.at, e.size);
  const f32 *x = in(c, X, e.at, e.size), *residual = in(c, RESIDUAL, e.at, e.size);
  const f32 *gate = in_or_null(c, GATE, 0, plan->head.params);
  f32 *sum = out(c, SUM, e.at);
  const int n = plan->head.width;
  if (!gate) add_residual(x, residual, sum, e.size, c->alpha);
  for (int g = e.first, at = 0; gate && g < e.end; g++, at += n)
    add_gated(x + at, residual + at, gate + first_param(plan, g), sum + at, n, plan->line_step, c->alpha);
  wrote(c, SUM, e.at, e.size);
  return sum;
}
static void normalize_some(void *arg, int i) {
  const Groups *all = arg;
  const Call *c = all->call;
  const PlanHead *head = &c->plan.head;
  const int end = cut(head->groups, i + 1, all->pieces);
  const f32 *gamma = in(c, GAMMA, 0, head->params), *beta = in(c, BETA, 0, head->params);
  for (int g = cut(head->groups, i, all->pieces); g < end;) {
    const Tile t = tile_of(all, g, end);
    const Tile e = elements_of(all, t);
    const int groups = t.end - t.first;
    const f32 *x = input_rows(all, e);
    f32 *y = out(c, Y, e.at);
    f32 *stats = has(c, STATS) ? out(c, STATS, 4 * g) : all->stats + 4 * all->step * i;
    if (all->lanes) normalize_panels(all, all->panel + i, t, x, gamma, beta, y, stats);
    else if (all->copied) normalize_copied(all, all->panel + i, t, x, gamma, beta, y, stats);
    else if (adds_ahead(c)) {
      f32 *sum = out(c, SUM, e.at);
      normalize_summed(all, all->panel + i, t, x, in(c, RESIDUAL, e.at, e.size), sum, gamma, beta, y, stats);
      wrote(c, SUM, e.at, e.size);
    } else if (head->family == LONG_ROWS) normalize_rows(all, t, x, gamma, beta, y, stats);
    else {
      const bool streams = !c->activation && can_stream(c->plan.size, head->width, y);
      short_rows_normalize(x, gamma, beta, y, stats, groups, head->width,
                           params_of_rows(all, all->panel + i, t), c->plan.line_step, c->statistic,
                           c->epsilon, streams);
      if (streams) end_stream();
    }
    if (c->activation && !all->lanes && !all->copied) activate(0, y, y, e.size, c->activation);
    wrote(c, Y, e.at, e.size);
    wrote(c, STATS, 4 * g, 4 * groups);
    hand_out(c, stats, g, groups);
    g = t.end;
  }
}
static int normalize_groups(Call *c, Scratch *scratch) {
  Groups all = {.call = c};
  take_groups(&all, scratch, 1 << X | 1 << RESIDUAL | 1 << SUM | 1 << Y, 4);
  if (scratch->memory) run(c->threads, all.pieces, normalize_some, &all);
  return DONE;
}

// ---- Lines

static void moments_piece(void *arg, int i) {
  const Part *p = arg;
  const int statistic = p->statistic, copy = i % sum_copies(p) * p->lines;
  f64 *mean = p->s + copy, *m2 = p->q + copy;
  for (Stretch s = {0}; next(p, i, &s);) {
    const f32 *x = in(p->call, input_of(p->call), s.at, s.rows * s.width);
    if (in_segments(p))
      segment_moments(x, s.rows, s.width, statistic, mean + s.line, m2 + s.line);
    else
      column_moments(x, s.rows, s.width, statistic, mean + s.line, m2 + s.line, s.done,
                     p->tmp + i * TMP);
  }
}
static void apply_piece(void *arg, int i) {
  const Part *p = arg;
  const Call *c = p->call;
  for (Stretch s = {.in_tiles = c->activation}; next(p, i, &s);) {
    const int l = s.line, size = s.rows * s.width;
    const f32 *x = in(c, input_of(c), s.at, size), *m = p->m + l, *a = p->a + l, *b = p->b + l;
    f32 *y = out(c, Y, s.at);
    const bool streams = !c->activation && can_stream(c->plan.size, s.width, y);
    if (in_segments(p))
      (streams ? stream_segments : segment_apply)(x, y, s.rows, s.width, m, a, b);
    else
      (streams ? stream_columns : column_apply)(x, y, s.rows, s.width, m, a, b);
    if (c->activation) activate(0, y, y, size, c->activation);
    wrote(c, Y, s.at, size);
  }
}
// How many elements of each line the i-th piece has summed: all lines have `least`, the first `more` of
// a block one more.
typedef struct { int least, more; } Lengths;
static Lengths lengths_of(const Part *p, int i) {
  const int width = p->call->plan.head.width, size = p->call->plan.head.block_size;
  if (in_segments(p)) return (Lengths){width, 0};
  const int rows = size / width, last = i == p->pieces - 1;
  return (Lengths){cut(rows, i + 1, p->pieces) - cut(rows, i, p->pieces), last ? size % width : 0};
}
// Joins the lines' means, or then the sums of their powers, to those of their groups.
static void join_piece(const Part *p, int piece, bool means) {
  const int width = p->call->plan.head.width, *group_of = p->call->plan.group_of;
  const f64 *mean = p->s + piece * p->lines, *m2 = p->q + piece * p->lines;
  const Lengths of = lengths_of(p, piece);
  for (int l = 0, j = 0; l < p->lines; l++, j = j + 1 == width ? 0 : j + 1) {
    const int g = group_of[l], length = of.least + (j < of.more);
    if (means) p->group_s[g] += mean[l] * length;
    else {
      const f64 d = mean[l] - p->group_s[g];
      p->group_q[g] += (m2[l] < 0 ? 0 : m2[l]) + d * d * length;
    }
  }
}
// Each group's mean, or 0, and the sum of the powers of what is off it.
static void join_lines(const Part *p, int count) {
  const int copies = sum_copies(p);
  for (int g = 0; g < p->groups; g++) p->group_s[g] = p->group_q[g] = 0;
  for (int c = 0; c < copies && p->statistic & CENTER; c++) join_piece(p, c, true);
  for (int g = 0; g < p->groups; g++) p->group_s[g] /= count;
  for (int c = 0; c < copies; c++) join_piece(p, c, false);
}
static void measure(Part *p, int statistic) {
  p->statistic = statistic;
  run(p->call->threads, p->pieces, moments_piece, p);
  join_lines(p, groups_size(&p->call->plan));
}
// False if the squares of a group came to nothing, but not its elements.
static bool zeros_are_zero(Part *p, f32 *is_zero) {
  bool any = 0, all = 1;
  for (int g = 0; g < p->groups; g++) {
    is_zero[g] = p->group_q[g] == 0;
    any |= p->group_q[g] == 0;
  }
  if (!any) return 1;
  measure(p, 0);
  for (int g = 0; g < p->groups; g++) all &= !(is_zero[g] && p->group_q[g] != 0);
  measure(p, SQUARES);
  return all;
}
static int normalize_part(Part *p) {
  const Call *c = p->call;
  const Plan *plan = &c->plan;
  const int statistic = c->statistic, count = groups_size(plan), params = plan->head.params;
  f32 *stats = has(c, STATS) ? out(c, STATS, 4 * p->first_group) : p->stats;
  measure(p, statistic);
  if (statistic == SQUARES && !zeros_are_zero(p, stats)) return OUT_OF_RANGE;
  for (int g = 0; g < p->groups; g++) {
    const f64 mean = p->group_s[g], total = p->group_q[g];
    const f64 spread = spread_of(total, count, statistic);
    const f64 rstd = reciprocal(spread, statistic, c->epsilon);
    if (!fits_float32(spread, rstd, statistic)) return OUT_OF_RANGE;
    f32 *of = stats + 4 * g;
    of[0] = mean, of[1] = mean - of[0], of[2] = spread, of[3] = rstd;
    p->group_q[g] = rstd;
  }
  wrote(c, STATS, 4 * p->first_group, 4 * p->groups);
  hand_out(c, stats, p->first_group, p->groups);
  const f32 *gamma = in(c, GAMMA, 0, params) + p->first_param;
  const f32 *beta = in(c, BETA, 0, params) + p->first_param;
  for (int l = 0; l < p->lines; l++) {
    const int g = plan->group_of[l], param = plan->param_of[l];
    const f64 mean = p->group_s[g], a = p->group_q[g] * gamma[param];
    p->m[l] = mean;
    p->a[l] = a;
    p->b[l] = beta[param] - (mean - p->m[l]) * a;
  }
  run(p->call->threads, p->pieces, apply_piece, p);
  return DONE;
}

int normalize(Call *c, Scratch *scratch) {
  add_all(c, scratch);
  return of_groups(&c->plan.head) ? normalize_groups(c, scratch)
                                        : run_lines(c, scratch, normalize_part);
}

// ---- FusedNormalizeGiven: each parameter's mean and variance are known

static int normalize_given_part(Part *p) {
  const Call *c = p->call;
  const int params = c->plan.head.params;
  const f32 *mean = in(c, MEAN, 0, params) + p->first_param;
  const f32 *variance = in(c, VARIANCE, 0, params) + p->first_param;
  const f32 *gamma = in(c, GAMMA, 0, params) + p->first_param;
  const f32 *beta = in(c, BETA, 0, params) + p->first_param;
  for (int l = 0; l < p->lines; l++) {
    const int param = c->plan.param_of[l];
    p->m[l] = mean[param];
    p->a[l] = gamma[param] / __builtin_sqrt(variance[param] + c->epsilon);
    p->b[l] = beta[param];
  }
  run(p->call->threads, p->pieces, apply_piece, p);
  return DONE;
}
int normalize_given(Call *c, Scratch *scratch) {
  return run_lines(c, scratch, normalize_given_part);
}
