// The elements fall into lines of one group and one parameter each: columns of matrices, or segments
// of adjacent elements. A first loop sums each line; what is then put together is a few numbers a
// line; a second loop applies them. src/kernels/simd/lines.ts and lines_grad.ts do the same.
//
// Where each group is within one index of the first axis, or of the first two, some indices at a time
// are taken, which stay in the cache; else all at once.
#include "lines.h"

bool next(const Part *p, int i, Stretch *s) {
  const int width = p->plan->head.width, size = p->plan->head.block_size, step = s->step++;
  if (in_segments(p)) {
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

typedef struct {
  const Plan *plan;
  const Arrays *arrays;
  int (*work)(Part *);
  int parts, workers, pieces;
  char *scratch;
  size_t each;
  int *errors;  // of each worker
} Lines;

// Of each outer index.
static int parts_of(const PlanHead *head) {
  return (head->indices + head->part - 1) / head->part;
}
// Of a full part.
static int groups_of(const Plan *plan) {
  return plan->head.groups / (plan->head.outer * plan->head.indices) * plan->head.part;
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
    const int each = parts_of(head), outer = i / each, from = i % each * head->part;
    const int count = least(head->part, head->indices - from), index = outer * head->indices + from;
    const int all_indices = head->outer * head->indices, groups = head->groups / all_indices;
    const int at = index * (plan->size / all_indices), stat = 4 * index * groups;
    p.blocks = head->blocks / head->part * count;
    p.lines = plan->lines / head->part * count;
    p.groups = groups * count;
    p.first_param = outer * head->outer_params + from * head->index_params;
#define AT(array, offset) p.arrays.array = t->array ? t->array + (offset) : 0
    AT(x, at), AT(y, at), AT(dy, at), AT(dx, at);
    AT(stats, stat), AT(saved_stats, stat), AT(dstats, stat), AT(dparams, 0);
    AT(gamma, p.first_param), AT(beta, p.first_param);
    AT(mean, p.first_param), AT(variance, p.first_param);
    all->errors[worker] = all->work(&p);
  }
}
// Many parts are shared out; few are taken one after the other, each shared.
int run_lines(const Plan *plan, const Arrays *arrays, int (*work)(Part *)) {
  const PlanHead *head = &plan->head;
  const int threads = threads_for(plan);
  Lines all = {.plan = plan, .arrays = arrays, .work = work, .workers = 1, .pieces = 1};
  all.parts = head->outer * parts_of(head);
  if (all.parts >= threads) all.workers = threads;
  else
    all.pieces = least(threads, head->family == IN_SEGMENTS ? plan->lines / head->part
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
