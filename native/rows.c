// Each group is a row of adjacent elements.
#include "libc.h"
#include "stream.h"
#include "tensorflow.h"
#include "work.h"

// So many bytes of dy and x stay in the second cache, where the parameters' gradients find them.
enum { TILE = 1 << 18 };

typedef struct {
  const Plan *plan;
  const Arrays *arrays;
  int rows, workers;
  // For each worker: dgamma, dbeta, and what the loops need.
  char *scratch;
  size_t each;
} Rows;

static void normalize_some(void *arg, int i) {
  const Rows *all = arg;
  const Plan *plan = all->plan;
  const Arrays *a = all->arrays;
  const int from = cut(all->rows, i, all->workers), to = cut(all->rows, i + 1, all->workers);
  const int n = plan->head.width, at = from * n;
  f64 tmp[2];
  (can_stream(plan->size, n, a->y + at) ? stream_rows : row_normalize)(
      a->x + at, a->gamma, a->beta, a->y + at, a->stats + 4 * from, to - from, n,
      plan->head.params, plan->statistic, plan->epsilon, tmp);
}
int normalize_rows(const Plan *plan, const Arrays *arrays) {
  const int rows = plan->head.groups;
  Rows all = {plan, arrays, rows, least(threads_for(plan), rows), 0, 0};
  run(all.workers, normalize_some, &all);
  return TF_OK;
}

static void grad_some(void *arg, int i) {
  const Rows *all = arg;
  const Plan *plan = all->plan;
  const Arrays *a = all->arrays;
  const int n = plan->head.width, params = plan->head.params;
  const int step = least(all->rows, 1 + TILE / 8 / n);
  f64 tmp[2], *sums = (f64 *)(all->scratch + i * all->each);
  const int end = cut(all->rows, i + 1, all->workers);
  for (int r = cut(all->rows, i, all->workers); r < end; r += step) {
    const int rows = least(step, end - r), at = r * n;
    const f32 *dy = a->dy + at, *x = a->x + at, *stats = a->saved_stats + 4 * r;
    if (a->dx) {
      const bool streams = plan->statistic & SQUARES && can_stream(plan->size, n, a->dx + at);
      (streams ? stream_row_grads : row_grad)(dy, x, a->gamma, stats, a->dstats + 4 * r,
                                              a->dx + at, rows, n, params, plan->statistic,
                                              plan->epsilon, tmp);
    }
    if (a->dparams)
      row_param_grad(dy, x, stats, rows, n, sums, sums + n, (f32 *)(sums + 2 * n));
  }
}
// dparams only where each element of a row has a parameter.
int normalize_grad_rows(const Plan *plan, const Arrays *arrays) {
  const int rows = plan->head.groups, n = plan->head.width;
  Rows all = {plan, arrays, rows, least(threads_for(plan), rows), 0, 0};
  if (arrays->dparams) {
    all.each = 2 * sizeof(f64) * n + 2 * sizeof(f32) * STRIP;
    if (!(all.scratch = calloc(all.workers, all.each))) return TF_RESOURCE_EXHAUSTED;
  }
  run(all.workers, grad_some, &all);
  for (int j = 0; arrays->dparams && j < 2 * n; j++) {
    f64 sum = 0;
    for (int i = 0; i < all.workers; i++) sum += ((f64 *)(all.scratch + i * all.each))[j];
    arrays->dparams[j] = sum;
  }
  free(all.scratch);
  return TF_OK;
}
