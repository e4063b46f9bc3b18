// The elements fall into lines of one group and one parameter each: columns of matrices, or segments
// of adjacent elements. A first loop sums each line; what is then put together is a few numbers a
// line; a second loop applies them. src/kernels/simd/lines.ts and lines_grad.ts do the same.
#include "../src/kernels/simd/normalize.c"
#include "libc.h"
#include "stream.h"
#include "tensorflow.h"
#include "work.h"

// Of a part of the first axis, the stretches of the arrays that it is about, and scratch.
typedef struct {
  const Plan *plan;
  Arrays arrays;
  const f32 *gamma, *beta;
  int blocks, lines, groups, first_param;
  // Threads that share the part. Each takes some of the rows of every matrix, with sums of its own,
  // or some of the segments.
  int pieces;
  f64 *s, *q;                   // of each piece's lines: two sums
  f64 *group_s, *group_q;       // of each group
  f64 *dgamma, *dbeta;          // of all parameters
  f32 *m, *a, *b, *d;           // of each line: the coefficients of the map
  f32 *tmp;                     // of each piece
} Part;

enum { TMP = 3 * STRIP };

static int sum_copies(const Part *p) { return p->plan->head.family == IN_SEGMENTS ? 1 : p->pieces; }

// Rows of one matrix, or segments, that a piece works on.
typedef struct {
  int step, at, rows, width, line, done;
} Stretch;

// The next stretch of the i-th piece; false if there is none. Begins with zeros.
static int next(const Part *p, int i, Stretch *s) {
  const int width = p->plan->head.width, size = p->plan->head.block_size, step = s->step++;
  if (p->plan->head.family == IN_SEGMENTS) {
    const int from = cut(p->lines, i, p->pieces), to = cut(p->lines, i + 1, p->pieces);
    *s = (Stretch){s->step, from * width, to - from, width, from, 0};
    return step == 0 && to > from;
  }
  // What does not fill the last row is a row of its own, of the first of the block's lines.
  const int rows = size / width, rest = size % width, block = rest ? step / 2 : step;
  const int from = cut(rows, i, p->pieces), to = cut(rows, i + 1, p->pieces);
  const int at = block * size, line = block * width;
  if (block >= p->blocks) return 0;
  if (!rest || step % 2 == 0) {
    *s = (Stretch){s->step, at + from * width, to - from, width, line, 0};
  } else if (i == p->pieces - 1) {
    *s = (Stretch){s->step, at + rows * width, 1, rest, line, to - from};
  } else {
    return next(p, i, s);
  }
  return 1;
}

// How many elements of a line the i-th piece has summed.
static int line_length(const Part *p, int l, int i) {
  const int width = p->plan->head.width, size = p->plan->head.block_size;
  if (p->plan->head.family == IN_SEGMENTS) return width;
  const int rows = size / width, is_rest = i == p->pieces - 1 && l % width < size % width;
  return cut(rows, i + 1, p->pieces) - cut(rows, i, p->pieces) + is_rest;
}

// Whether float32 can square what was divided by rstd, or has not to. NaN harms nobody else.
static int fits(f64 rstd, int statistic) {
  return !(statistic & SQUARES) || !(rstd < 1e-15 || rstd > 1e12);
}

// ---- Forward

static void moments_piece(void *arg, int i) {
  const Part *p = arg;
  const int statistic = p->plan->statistic, copy = i % sum_copies(p) * p->lines;
  f64 *mean = p->s + copy, *m2 = p->q + copy;
  for (Stretch s = {0}; next(p, i, &s);) {
    const f32 *x = p->arrays.x + s.at;
    if (p->plan->head.family == IN_SEGMENTS)
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
    (p->plan->head.family == IN_SEGMENTS     ? segment_apply
     : can_stream(p->plan->size, s.width, y) ? stream_apply
                                             : column_apply)(
        x, y, s.rows, s.width, p->m + l, p->a + l, p->b + l);
  }
}
// Each group's mean, or 0, and the sum of the powers of what is off it: those of its lines, joined.
static void join_lines(const Part *p, int count) {
  const int copies = sum_copies(p), *group_of = p->plan->group_of;
  for (int g = 0; g < p->groups; g++) p->group_s[g] = p->group_q[g] = 0;
  for (int c = 0; c < copies && p->plan->statistic & CENTER; c++)
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
static int normalize_part(Part *p) {
  const Plan *plan = p->plan;
  const int statistic = plan->statistic, count = plan->size / plan->head.groups;
  run(p->pieces, moments_piece, p);
  join_lines(p, count);
  for (int g = 0; g < p->groups; g++) {
    const f64 mean = p->group_s[g], total = p->group_q[g];
    const f64 spread = statistic & AVERAGE ? total / count
                     : statistic & SQUARES ? __builtin_sqrt(total) : total;
    const f64 rstd = reciprocal(spread, statistic, plan->epsilon);
    if (!fits(rstd, statistic)) return TF_OUT_OF_RANGE;
    f32 *stats = p->arrays.stats + 4 * g;
    stats[0] = mean, stats[1] = mean - stats[0], stats[2] = spread, stats[3] = rstd;
    p->group_q[g] = rstd;
  }
  for (int l = 0; l < p->lines; l++) {
    const int g = plan->group_of[l], param = plan->param_of[l];
    const f64 mean = p->group_s[g], a = p->group_q[g] * p->gamma[param];
    p->m[l] = mean;
    p->a[l] = a;
    p->b[l] = p->beta[param] - (mean - p->m[l]) * a;
  }
  run(p->pieces, apply_piece, p);
  return TF_OK;
}

// ---- Backward

static void grad_sums_piece(void *arg, int i) {
  const Part *p = arg;
  const int copy = i % sum_copies(p) * p->lines;
  for (Stretch s = {0}; next(p, i, &s);) {
    const f32 *dy = p->arrays.dy + s.at, *x = p->arrays.x + s.at, *m = p->m + s.line;
    f64 *sum = p->s + copy + s.line, *along = p->q + copy + s.line;
    if (p->plan->head.family == IN_SEGMENTS)
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
    if (p->plan->head.family == IN_SEGMENTS)
      segment_grad_apply(dy, x, dx, rows, width, statistic, m, a, b, d);
    else if (statistic & SQUARES && can_stream(p->plan->size, width, dx))
      stream_grad_apply(dy, x, dx, rows, width, m, a, b, d);
    else
      column_grad_apply(dy, x, dx, rows, width, statistic, m, a, b, d);
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
    const f64 gamma = p->gamma[plan->param_of[l]];
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
    if (!fits(p->arrays.saved_stats[4 * g + 3], plan->statistic)) return TF_OUT_OF_RANGE;
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
    p->a[l] = rstd * p->gamma[plan->param_of[l]];
    p->b[l] = -rstd * p->group_q[g] * (plan->statistic & SQUARES ? rstd : 1);
    p->d[l] = -rstd * p->group_s[g] - stats[1] * p->b[l];
  }
  run(p->pieces, grad_apply_piece, p);
  return TF_OK;
}

// ---- Parts: some indices of the first axis where groups do not span it, else all there is

typedef struct {
  const Plan *plan;
  const Arrays *arrays;
  int (*work)(Part *);
  int parts, workers, pieces;
  char *scratch;
  size_t each;
  int *errors;  // of each worker
} Lines;

// Of a full part.
static int groups_of(const Plan *plan) {
  return plan->head.groups / plan->head.indices * plan->head.part;
}
static Part scratch_of(const Lines *all, int worker) {
  const Plan *plan = all->plan;
  Part p = {.plan = plan, .pieces = all->pieces};
  const int lines = plan->lines, sums = lines * sum_copies(&p), params = plan->head.params;
  p.s = (f64 *)(all->scratch + worker * all->each), p.q = p.s + sums;
  p.group_s = p.q + sums, p.group_q = p.group_s + groups_of(plan);
  p.dgamma = p.group_q + groups_of(plan), p.dbeta = p.dgamma + params;
  p.m = (f32 *)(p.dbeta + params), p.a = p.m + lines, p.b = p.a + lines, p.d = p.b + lines;
  p.tmp = p.d + lines;
  return p;
}
static size_t scratch_size(const Lines *all) {
  const Plan *plan = all->plan;
  const size_t copies = sum_copies(&(Part){.plan = plan, .pieces = all->pieces});
  const size_t doubles = 2 * (plan->lines * copies + groups_of(plan) + plan->head.params);
  const size_t floats = 4 * (size_t)plan->lines + (size_t)all->pieces * TMP;
  return (sizeof(f64) * doubles + sizeof(f32) * floats + 63) / 64 * 64;
}
static void work_on_parts(void *arg, int worker) {
  const Lines *all = arg;
  const Plan *plan = all->plan;
  const PlanHead *head = &plan->head;
  const Arrays *t = all->arrays;
  Part p = scratch_of(all, worker);
  const int end = cut(all->parts, worker + 1, all->workers);
  for (int i = cut(all->parts, worker, all->workers); i < end && !all->errors[worker]; i++) {
    const int from = i * head->part, count = least(head->part, head->indices - from);
    const int groups = head->groups / head->indices;
    const int at = from * (plan->size / head->indices), stat = 4 * from * groups;
    p.blocks = head->blocks / head->part * count;
    p.lines = plan->lines / head->part * count;
    p.groups = groups * count;
    p.first_param = head->params_apart ? from * (head->params / head->indices) : 0;
#define AT(array, offset) p.arrays.array = t->array ? t->array + (offset) : 0
    AT(x, at), AT(y, at), AT(dy, at), AT(dx, at);
    AT(stats, stat), AT(saved_stats, stat), AT(dstats, stat), AT(dparams, 0);
    p.gamma = t->gamma ? t->gamma + p.first_param : 0;
    p.beta = t->beta ? t->beta + p.first_param : 0;
    all->errors[worker] = all->work(&p);
  }
}
// Many parts are shared out; few are taken one after the other, each shared.
static int run_lines(const Plan *plan, const Arrays *arrays, int (*work)(Part *)) {
  const PlanHead *head = &plan->head;
  const int threads = threads_for(plan);
  Lines all = {.plan = plan, .arrays = arrays, .work = work, .workers = 1, .pieces = 1};
  all.parts = (head->indices + head->part - 1) / head->part;
  if (all.parts >= threads) all.workers = threads;
  else all.pieces = least(threads, head->family == IN_SEGMENTS ? plan->lines / head->part
                                                            : head->block_size / head->width);
  int errors[MOST_THREADS] = {0};
  all.errors = errors;
  all.each = scratch_size(&all);
  if (!(all.scratch = calloc(all.workers, all.each))) return TF_RESOURCE_EXHAUSTED;
  run(all.workers, work_on_parts, &all);
  for (int j = 0; arrays->dparams && j < 2 * head->params; j++) {
    f64 sum = 0;
    for (int i = 0; i < all.workers; i++) sum += scratch_of(&all, i).dgamma[j];
    arrays->dparams[j] = sum;
  }
  free(all.scratch);
  for (int i = 0; i < all.workers; i++)
    if (errors[i]) return errors[i];
  return TF_OK;
}

int normalize_lines(const Plan *plan, const Arrays *arrays) {
  return run_lines(plan, arrays, normalize_part);
}
int normalize_grad_lines(const Plan *plan, const Arrays *arrays) {
  return run_lines(plan, arrays, normalize_grad_part);
}
