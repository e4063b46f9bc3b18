// FusedNormalize: y = (x - mean) * rstd * gamma + beta, and what the backward pass needs of each group.
#include "handed_out.h"
#include "lines.h"
#include "stream.h"

// ---- Rows: each group is a row of adjacent elements

typedef struct {
  const Call *call;
  int workers, step;  // how many rows at a time
  f32 *stats;         // of each worker, where the call does not have them
} NormalizedRows;

static void normalize_some_rows(void *arg, int i) {
  const NormalizedRows *all = arg;
  const Call *c = all->call;
  const PlanHead *head = &c->plan.head;
  const int n = head->width, end = cut(head->groups, i + 1, all->workers);
  const f32 *gamma = in(c, GAMMA, 0, head->params), *beta = in(c, BETA, 0, head->params);
  for (int r = cut(head->groups, i, all->workers), rows; r < end; r += rows) {
    rows = least(all->step, end - r);
    const f32 *x = in(c, X, r * n, rows * n);
    f32 *y = out(c, Y, r * n);
    f32 *stats = has(c, STATS) ? out(c, STATS, 4 * r) : all->stats + 4 * all->step * i;
    (can_stream(c->plan.size, n, y) ? stream_rows : row_normalize)(
        x, gamma, beta, y, stats, rows, n, head->params, c->statistic, c->epsilon);
    wrote(c, Y, r * n, rows * n);
    wrote(c, STATS, 4 * r, 4 * rows);
    hand_out(c, stats, r, rows);
  }
}
static int normalize_rows(Call *c, Scratch *scratch) {
  const PlanHead *head = &c->plan.head;
  NormalizedRows all = {c, least(c->threads, head->groups), head->groups, 0};
  if (c->elsewhere || !has(c, STATS))
    all.step = least(head->groups, tile_rows(2 * (size_t)head->width + 4));
  hold(c, scratch, 1 << X | 1 << Y, (size_t)all.step * head->width);
  hold(c, scratch, 1 << GAMMA | 1 << BETA, head->params);
  hold(c, scratch, MOMENTS, all.step);
  hold(c, scratch, 1 << STATS, 4 * all.step);
  if (!has(c, STATS)) all.stats = take(scratch, 4 * sizeof(f32) * all.step * all.workers);
  if (scratch->memory) run(all.workers, normalize_some_rows, &all);
  return DONE;
}

// ---- Lines

static void moments_piece(void *arg, int i) {
  const Part *p = arg;
  const int statistic = p->statistic, copy = i % sum_copies(p) * p->lines;
  f64 *mean = p->s + copy, *m2 = p->q + copy;
  for (Stretch s = {0}; next(p, i, &s);) {
    const f32 *x = in(p->call, X, s.at, s.rows * s.width);
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
  for (Stretch s = {0}; next(p, i, &s);) {
    const int l = s.line, size = s.rows * s.width;
    const f32 *x = in(c, X, s.at, size), *m = p->m + l, *a = p->a + l, *b = p->b + l;
    f32 *y = out(c, Y, s.at);
    const bool streams = can_stream(c->plan.size, s.width, y);
    if (in_segments(p))
      (streams ? stream_segments : segment_apply)(x, y, s.rows, s.width, m, a, b);
    else
      (streams ? stream_columns : column_apply)(x, y, s.rows, s.width, m, a, b);
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
  run(p->pieces, moments_piece, p);
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
    const f64 spread = statistic & AVERAGE ? total / count
                     : statistic & SQUARES ? __builtin_sqrt(total) : total;
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
  run(p->pieces, apply_piece, p);
  return DONE;
}

int normalize(Call *c, Scratch *scratch) {
  return c->plan.head.family == IN_ROWS ? normalize_rows(c, scratch)
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
  run(p->pieces, apply_piece, p);
  return DONE;
}
int normalize_given(Call *c, Scratch *scratch) {
  return run_lines(c, scratch, normalize_given_part);
}
