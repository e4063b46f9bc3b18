// FusedNormalizeGrad: dx = rstd * (h - mean(h) - direction * collect(h * xhat)) with h = dy * gamma,
// dgamma = sum(dy * xhat) and dbeta = sum(dy), as far as the call has these arrays.
#include "lines.h"
#include "stream.h"

// ---- Rows

typedef struct {
  const Call *call;
  int workers, step;  // how many rows at a time
  f64 *sums;          // of each worker, dgamma and then dbeta; null where they are not wanted
  f32 *tmp;
} GradRows;

static void grad_some_rows(void *arg, int i) {
  const GradRows *all = arg;
  const Call *c = all->call;
  const PlanHead *head = &c->plan.head;
  const int n = head->width, params = head->params, end = cut(head->groups, i + 1, all->workers);
  const f32 *gamma = in(c, GAMMA, 0, params);
  for (int r = cut(head->groups, i, all->workers), rows; r < end; r += rows) {
    rows = least(all->step, end - r);
    const f32 *dy = in(c, DY, r * n, rows * n), *x = in(c, X, r * n, rows * n);
    const f32 *stats = in(c, STATS, 4 * r, 4 * rows);
    if (has(c, DX)) {
      const f32 *dmean = in_or_null(c, DMEAN, r, rows), *dspread = in_or_null(c, DSPREAD, r, rows);
      f32 *dx = out(c, DX, r * n);
      const bool streams = c->statistic & SQUARES && can_stream(c->plan.size, n, dx);
      (streams ? stream_row_grads : row_grad)(dy, x, gamma, stats, dmean, dspread, dx, rows, n, params,
                                              c->statistic, c->epsilon);
      wrote(c, DX, r * n, rows * n);
    }
    f64 *sums = all->sums ? all->sums + 2 * (size_t)i * n : 0;
    if (sums) row_param_grad(dy, x, stats, rows, n, sums, sums + n, all->tmp + 2 * STRIP * i);
  }
}
static void write_row_sums(const GradRows *all, int array, int first) {
  const int n = all->call->plan.head.width;
  f32 *result = out(all->call, array, 0);
  for (int j = 0; j < n; j++) {
    f64 sum = 0;
    for (int i = 0; i < all->workers; i++) sum += all->sums[2 * (size_t)i * n + first + j];
    result[j] = sum;
  }
  wrote(all->call, array, 0, n);
}
// dgamma and dbeta only where each element of a row has a parameter.
static int grad_rows(Call *c, Scratch *scratch) {
  const PlanHead *head = &c->plan.head;
  const int n = head->width;
  // Tiles too where all is in place: the parameters' gradients find them in the cache.
  GradRows all = {c, least(c->threads, head->groups),
                  least(head->groups, tile_rows(3 * (size_t)n)), 0, 0};
  hold(c, scratch, 1 << DY | 1 << X | 1 << DX, (size_t)all.step * n);
  hold(c, scratch, 1 << DMEAN | 1 << DSPREAD, all.step);
  hold(c, scratch, 1 << GAMMA | 1 << DGAMMA | 1 << DBETA, head->params);
  hold(c, scratch, 1 << STATS, 4 * all.step);
  if (has(c, DGAMMA)) {
    all.sums = take(scratch, 2 * sizeof(f64) * all.workers * n);
    all.tmp = take(scratch, 2 * sizeof(f32) * all.workers * STRIP);
  }
  if (!scratch->memory) return DONE;
  for (size_t j = 0; all.sums && j < 2 * (size_t)all.workers * n; j++) all.sums[j] = 0;
  for (int j = 0; all.tmp && j < 2 * all.workers * STRIP; j++) all.tmp[j] = 0;
  run(all.workers, grad_some_rows, &all);
  if (all.sums) {
    write_row_sums(&all, DGAMMA, 0);
    write_row_sums(&all, DBETA, n);
  }
  return DONE;
}

// ---- Lines

static void grad_sums_piece(void *arg, int i) {
  const Part *p = arg;
  const int copy = i % sum_copies(p) * p->lines;
  for (Stretch s = {0}; next(p, i, &s);) {
    const int size = s.rows * s.width;
    const f32 *dy = in(p->call, DY, s.at, size), *x = in(p->call, X, s.at, size), *m = p->m + s.line;
    f64 *sum = p->s + copy + s.line, *along = p->q + copy + s.line;
    if (in_segments(p))
      segment_grad_sums(dy, x, s.rows, s.width, m, sum, along);
    else
      column_grad_sums(dy, x, s.rows, s.width, m, sum, along, p->tmp + i * TMP);
  }
}
static void grad_apply_piece(void *arg, int i) {
  const Part *p = arg;
  const Call *c = p->call;
  for (Stretch s = {0}; next(p, i, &s);) {
    const int l = s.line, rows = s.rows, width = s.width, size = rows * width;
    const f32 *dy = in(c, DY, s.at, size), *x = in(c, X, s.at, size);
    const f32 *m = p->m + l, *a = p->a + l, *b = p->b + l, *d = p->d + l;
    f32 *dx = out(c, DX, s.at);
    if (!(c->statistic & SQUARES) || !can_stream(c->plan.size, width, dx)) {
      if (in_segments(p)) segment_grad_apply(dy, x, dx, rows, width, c->statistic, m, a, b, d);
      else column_grad_apply(dy, x, dx, rows, width, c->statistic, m, a, b, d);
    } else {
      if (in_segments(p)) stream_segment_grads(dy, x, dx, rows, width, m, a, b, d);
      else stream_column_grads(dy, x, dx, rows, width, m, a, b, d);
    }
    wrote(c, DX, s.at, size);
  }
}
// For each line, the sums of dy and of dy * (x - mean).
static void sum_lines(Part *p, const f32 *stats) {
  const int copies = sum_copies(p), *group_of = p->call->plan.group_of;
  for (int i = 0; i < copies * p->lines; i++) p->s[i] = p->q[i] = 0;
  for (int l = 0; l < p->lines; l++) p->m[l] = stats[4 * group_of[l]];
  run(p->pieces, grad_sums_piece, p);
  for (int c = 1; c < copies; c++)
    for (int l = 0; l < p->lines; l++) {
      p->s[l] += p->s[c * p->lines + l];
      p->q[l] += p->q[c * p->lines + l];
    }
  for (int l = 0; l < p->lines; l++) p->q[l] -= stats[4 * group_of[l] + 1] * p->s[l];
}
// For each group, mean(h) and collect(h * xhat), and what the gradients of the moments add to them.
static void join_terms(const Part *p, const f32 *stats, const f32 *gamma) {
  const Call *c = p->call;
  const Plan *plan = &c->plan;
  const int count = groups_size(plan);
  const f32 *dmean = in_or_null(c, DMEAN, p->first_group, p->groups);
  const f32 *dspread = in_or_null(c, DSPREAD, p->first_group, p->groups);
  for (int g = 0; g < p->groups; g++) p->group_s[g] = p->group_q[g] = 0;
  for (int l = 0; l < p->lines; l++) {
    const f64 factor = gamma[plan->param_of[l]];
    p->group_s[plan->group_of[l]] += factor * p->s[l];
    p->group_q[plan->group_of[l]] += factor * p->q[l];
  }
  for (int g = 0; g < p->groups; g++) {
    const f64 rstd = stats[4 * g + 3];
    const Terms t = grad_terms(p->group_s[g], p->group_q[g] * rstd, stats[4 * g + 2], rstd,
                               dmean ? dmean[g] : 0, dspread ? dspread[g] : 0, count, c->statistic,
                               c->epsilon);
    p->group_s[g] = t.mean, p->group_q[g] = t.along;
  }
}
static int grad_part(Part *p) {
  const Call *c = p->call;
  const Plan *plan = &c->plan;
  const f32 *stats = in(c, STATS, 4 * p->first_group, 4 * p->groups);
  for (int g = 0; g < p->groups; g++)
    if (!fits_float32(stats[4 * g + 2], stats[4 * g + 3], c->statistic)) return OUT_OF_RANGE;
  sum_lines(p, stats);
  for (int l = 0; p->dgamma && l < p->lines; l++) {
    const int param = p->first_param + plan->param_of[l];
    p->dgamma[param] += p->q[l] * stats[4 * plan->group_of[l] + 3];
    p->dbeta[param] += p->s[l];
  }
  if (!has(c, DX)) return DONE;
  const f32 *gamma = in(c, GAMMA, 0, plan->head.params) + p->first_param;
  join_terms(p, stats, gamma);
  for (int l = 0; l < p->lines; l++) {
    const int g = plan->group_of[l];
    const f64 rstd = stats[4 * g + 3];
    p->a[l] = rstd * gamma[plan->param_of[l]];
    p->b[l] = -rstd * p->group_q[g] * (c->statistic & SQUARES ? rstd : 1);
    p->d[l] = -rstd * p->group_s[g] - stats[4 * g + 1] * p->b[l];
  }
  run(p->pieces, grad_apply_piece, p);
  return DONE;
}

int normalize_grad(Call *c, Scratch *scratch) {
  return c->plan.head.family == IN_ROWS ? grad_rows(c, scratch) : run_lines(c, scratch, grad_part);
}
