#include "lines.h"
#include "stream.h"

// How many elements of a line the i-th piece has summed.
static int line_length(const Part *p, int l, int i) {
  const int width = p->plan->head.width, size = p->plan->head.block_size;
  if (in_segments(p)) return width;
  const int rows = size / width, is_rest = i == p->pieces - 1 && l % width < size % width;
  return cut(rows, i + 1, p->pieces) - cut(rows, i, p->pieces) + is_rest;
}

static void moments_piece(void *arg, int i) {
  const Part *p = arg;
  const int statistic = p->statistic, copy = i % sum_copies(p) * p->lines;
  f64 *mean = p->s + copy, *m2 = p->q + copy;
  for (Stretch s = {0}; next(p, i, &s);) {
    const f32 *x = p->arrays.x + s.at;
    if (in_segments(p))
      segment_moments(x, s.rows, s.width, statistic, mean + s.line, m2 + s.line);
    else
      column_moments(x, s.rows, s.width, statistic, mean + s.line, m2 + s.line, s.done,
                     p->tmp + i * TMP);
  }
}
static void apply_piece(void *arg, int i) {
  const Part *p = arg;
  for (Stretch s = {0}; next(p, i, &s);) {
    const int l = s.line;
    const f32 *x = p->arrays.x + s.at;
    f32 *y = p->arrays.y + s.at;
    const bool streams = can_stream(p->plan->size, s.width, y);
    (in_segments(p) ? streams ? stream_segments : segment_apply
     : streams      ? stream_columns
                    : column_apply)(
        x, y, s.rows, s.width, p->m + l, p->a + l, p->b + l);
  }
}
// Each group's mean, or 0, and the sum of the powers of what is off it: those of its lines, joined.
static void join_lines(const Part *p, int count) {
  const int copies = sum_copies(p), *group_of = p->plan->group_of;
  for (int g = 0; g < p->groups; g++) p->group_s[g] = p->group_q[g] = 0;
  for (int c = 0; c < copies && p->statistic & CENTER; c++)
    for (int l = 0; l < p->lines; l++)
      p->group_s[group_of[l]] += p->s[c * p->lines + l] * line_length(p, l, c);
  for (int g = 0; g < p->groups; g++) p->group_s[g] /= count;
  for (int c = 0; c < copies; c++)
    for (int l = 0; l < p->lines; l++) {
      const f64 d = p->s[c * p->lines + l] - p->group_s[group_of[l]];
      const f64 m2 = p->q[c * p->lines + l];
      p->group_q[group_of[l]] += (m2 < 0 ? 0 : m2) + d * d * line_length(p, l, c);
    }
}
static void measure(Part *p, int statistic) {
  p->statistic = statistic;
  run(p->pieces, moments_piece, p);
  join_lines(p, p->plan->size / p->plan->head.groups);
}
// False if the squares of a group came to nothing, but not its elements.
static bool zeros_are_zero(Part *p) {
  f32 *stats = p->arrays.stats;
  bool any = 0, all = 1;
  for (int g = 0; g < p->groups; g++) {
    stats[g] = p->group_q[g] == 0;
    any |= p->group_q[g] == 0;
  }
  if (!any) return 1;
  measure(p, 0);
  for (int g = 0; g < p->groups; g++) all &= !(stats[g] && p->group_q[g] != 0);
  measure(p, SQUARES);
  return all;
}
static int normalize_part(Part *p) {
  const Plan *plan = p->plan;
  const int statistic = plan->statistic, count = plan->size / plan->head.groups;
  measure(p, statistic);
  if (statistic == SQUARES && !zeros_are_zero(p)) return TF_OUT_OF_RANGE;
  for (int g = 0; g < p->groups; g++) {
    const f64 mean = p->group_s[g], total = p->group_q[g];
    const f64 spread = statistic & AVERAGE ? total / count
                     : statistic & SQUARES ? __builtin_sqrt(total) : total;
    const f64 rstd = reciprocal(spread, statistic, plan->epsilon);
    if (!fits(spread, rstd, statistic)) return TF_OUT_OF_RANGE;
    f32 *stats = p->arrays.stats + 4 * g;
    stats[0] = mean, stats[1] = mean - stats[0], stats[2] = spread, stats[3] = rstd;
    p->group_q[g] = rstd;
  }
  for (int l = 0; l < p->lines; l++) {
    const int g = plan->group_of[l], param = plan->param_of[l];
    const f64 mean = p->group_s[g], a = p->group_q[g] * p->arrays.gamma[param];
    p->m[l] = mean;
    p->a[l] = a;
    p->b[l] = p->arrays.beta[param] - (mean - p->m[l]) * a;
  }
  run(p->pieces, apply_piece, p);
  return TF_OK;
}
// Each parameter's mean and variance are known.
static int normalize_given_part(Part *p) {
  const Plan *plan = p->plan;
  for (int l = 0; l < p->lines; l++) {
    const int param = plan->param_of[l];
    p->m[l] = p->arrays.mean[param];
    p->a[l] = p->arrays.gamma[param] / __builtin_sqrt(p->arrays.variance[param] + plan->epsilon);
    p->b[l] = p->arrays.beta[param];
  }
  run(p->pieces, apply_piece, p);
  return TF_OK;
}

int normalize_given_lines(const Plan *plan, const Arrays *arrays) {
  return run_lines(plan, arrays, normalize_given_part);
}
int normalize_lines(const Plan *plan, const Arrays *arrays) {
  return run_lines(plan, arrays, normalize_part);
}
