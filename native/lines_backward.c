#include "lines.h"
#include "stream.h"

static void grad_sums_piece(void *arg, int i) {
  const Part *p = arg;
  const int copy = i % sum_copies(p) * p->lines;
  for (Stretch s = {0}; next(p, i, &s);) {
    const f32 *dy = p->arrays.dy + s.at, *x = p->arrays.x + s.at, *m = p->m + s.line;
    f64 *sum = p->s + copy + s.line, *along = p->q + copy + s.line;
    if (in_segments(p))
      segment_grad_sums(dy, x, s.rows, s.width, m, sum, along);
    else
      column_grad_sums(dy, x, s.rows, s.width, m, sum, along, p->tmp + i * TMP);
  }
}
static void grad_apply_piece(void *arg, int i) {
  const Part *p = arg;
  for (Stretch s = {0}; next(p, i, &s);) {
    const int l = s.line, statistic = p->plan->statistic, rows = s.rows, width = s.width;
    const f32 *dy = p->arrays.dy + s.at, *x = p->arrays.x + s.at;
    const f32 *m = p->m + l, *a = p->a + l, *b = p->b + l, *d = p->d + l;
    f32 *dx = p->arrays.dx + s.at;
    if (!(statistic & SQUARES) || !can_stream(p->plan->size, width, dx))
      (in_segments(p) ? segment_grad_apply : column_grad_apply)(dy, x, dx, rows, width, statistic,
                                                                m, a, b, d);
    else if (in_segments(p))
      stream_segment_grads(dy, x, dx, rows, width, m, a, b, d);
    else
      stream_column_grads(dy, x, dx, rows, width, m, a, b, d);
  }
}
// Of each line, the sums of dy and of dy * (x - mean).
static void sum_lines(Part *p) {
  const int copies = sum_copies(p);
  for (int i = 0; i < copies * p->lines; i++) p->s[i] = p->q[i] = 0;
  for (int l = 0; l < p->lines; l++) p->m[l] = p->arrays.saved_stats[4 * p->plan->group_of[l]];
  run(p->pieces, grad_sums_piece, p);
  for (int c = 1; c < copies; c++)
    for (int l = 0; l < p->lines; l++) {
      p->s[l] += p->s[c * p->lines + l];
      p->q[l] += p->q[c * p->lines + l];
    }
  for (int l = 0; l < p->lines; l++)
    p->q[l] -= p->arrays.saved_stats[4 * p->plan->group_of[l] + 1] * p->s[l];
}
// Of each group, mean(h) and collect(h * xhat) with h = dy * gamma, and what dstats adds to them.
static void join_terms(const Part *p) {
  const Plan *plan = p->plan;
  const int count = plan->size / plan->head.groups;
  for (int g = 0; g < p->groups; g++) p->group_s[g] = p->group_q[g] = 0;
  for (int l = 0; l < p->lines; l++) {
    const f64 gamma = p->arrays.gamma[plan->param_of[l]];
    p->group_s[plan->group_of[l]] += gamma * p->s[l];
    p->group_q[plan->group_of[l]] += gamma * p->q[l];
  }
  for (int g = 0; g < p->groups; g++) {
    const f32 *stats = p->arrays.saved_stats + 4 * g, *dstats = p->arrays.dstats + 4 * g;
    const f64 rstd = stats[3];
    if (plan->statistic & CENTER) {
      p->group_s[g] = (p->group_s[g] - dstats[0] / rstd) / count;
      p->group_q[g] = (p->group_q[g] * rstd - 2 * dstats[2] / (rstd * rstd)) / count;
    } else {
      p->group_s[g] = 0;
      // A norm that epsilon holds up does not move with x.
      p->group_q[g] *= plan->statistic & AVERAGE ? rstd / count
                     : stats[2] > plan->epsilon ? rstd : 0;
    }
  }
}
static int normalize_grad_part(Part *p) {
  const Plan *plan = p->plan;
  for (int g = 0; g < p->groups; g++)
    if (!fits(p->arrays.saved_stats[4 * g + 2], p->arrays.saved_stats[4 * g + 3], plan->statistic))
      return TF_OUT_OF_RANGE;
  sum_lines(p);
  if (p->arrays.dparams)
    for (int l = 0; l < p->lines; l++) {
      const int param = p->first_param + plan->param_of[l];
      p->dgamma[param] += p->q[l] * p->arrays.saved_stats[4 * plan->group_of[l] + 3];
      p->dbeta[param] += p->s[l];
    }
  if (!p->arrays.dx) return TF_OK;
  join_terms(p);
  for (int l = 0; l < p->lines; l++) {
    const int g = plan->group_of[l];
    const f32 *stats = p->arrays.saved_stats + 4 * g;
    const f64 rstd = stats[3];
    p->a[l] = rstd * p->arrays.gamma[plan->param_of[l]];
    p->b[l] = -rstd * p->group_q[g] * (plan->statistic & SQUARES ? rstd : 1);
    p->d[l] = -rstd * p->group_s[g] - stats[1] * p->b[l];
  }
  run(p->pieces, grad_apply_piece, p);
  return TF_OK;
}

int normalize_grad_lines(const Plan *plan, const Arrays *arrays) {
  return run_lines(plan, arrays, normalize_grad_part);
}
