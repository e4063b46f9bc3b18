// Rows that are sums of two others: a row is added up, with its statistics, while the row before is normalized, some
// elements of the one and then some of the other. So there is memory to wait for all the time, and a sum is read once.
#pragma once
#include "rows.h"

// The rows in hand. `row` gets the sums and, where they go past the caches (stream.h), `sum` gets them too. The row
// before is `done`, and gets y; its stats are before those of the row. Without x or without `done` there is no such row.
typedef struct { const f32 *x, *residual, *done, *gamma, *beta; f32 alpha, *row, *sum, *y, *stats; } Rows;

// The sums of what is off a shift, and of its squares. Without a center there is no shift, and nobody needs the first.
typedef struct { Wide s, q; } WidePair;
INLINE WidePair add_four(IN x, IN residual, f32 alpha, OUT row, OUT sum, f32 shift, WidePair of, int center,
                         int streams) {
  Wide v[4];
  EACH_OF_FOUR(u) v[u] = wide_at(x + u * WIDE) + alpha * wide_at(residual + u * WIDE);
  READ_BEFORE;
  EACH_OF_FOUR(u) {
    put_wide(row + u * WIDE, v[u]);
    if (STREAMS && streams) put_far(sum + u * WIDE, v[u]);
    if (center) v[u] -= shift;
  }
  if (center) of.s += (v[0] + v[1]) + (v[2] + v[3]);
  of.q += (v[0] * v[0] + v[1] * v[1]) + (v[2] * v[2] + v[3] * v[3]);
  return of;
}
INLINE f32 sum_of_lanes(Four v) { return (v[0] + v[1]) + (v[2] + v[3]); }
INLINE void add_some(const Rows *rows, int from, int n, f32 shift, int center, int streams, f32 *s, f32 *q) {
  IN x = rows->x + from, *restrict residual = rows->residual + from;
  OUT row = rows->row + from, *restrict sum = rows->sum + from;
  const f32 alpha = rows->alpha;
  WidePair of = {widened(splat(0)), widened(splat(0))};
  int i = 0;
#define ADD(center) add_four(x + i, residual + i, alpha, row + i, sum + i, shift, of, center, streams)
  if (center) for (; i + FOUR_WIDE <= n; i += FOUR_WIDE) of = ADD(1);
  else for (; i + FOUR_WIDE <= n; i += FOUR_WIDE) of = ADD(0);
#undef ADD
  f32 last = sum_of_lanes(folded(of.s)), last2 = sum_of_lanes(folded(of.q));
  ONE_BY_ONE for (; i < n; i++) {
    const f32 v = x[i] + alpha * residual[i], d = v - shift;
    row[i] = v;
    if (STREAMS && streams) sum[i] = v;
    last += d, last2 += d * d;
  }
  *s += last, *q += last2;
}
INLINE void apply_some(const Rows *rows, int from, int n, int center, int streams) {
  const f32 *stats = rows->stats - 4;
  const Row t = {stats[0], stats[3], -stats[1] * stats[3]};
  row_apply(rows->done + from, t, rows->gamma + from, rows->beta + from, rows->y + from, n, center, streams);
}
// The statistic has squares.
INLINE void next_row(const Rows *rows, int n, int statistic, f64 epsilon, int streams) {
  const int center = statistic & CENTER;
  f64 mean = 0, m2 = 0;
  f32 s = 0, q = 0;
  int summed = 0, fits = 1;
  RUNS(i, n, RUN) {
    if (rows->x) {
      add_some(rows, i, end - i, mean, center, streams, &s, &q);
      if (center && i == 0) {
        // The shift of the first block is the mean of its first elements, which are a quarter of it or more: that is
        // off the block's mean by less than twice the block's deviation.
        moments(rows->row, end, statistic, &mean, &m2);
        s = q = 0, summed = end;
      } else if (end % BLOCK == 0 || end == n) {
        fits &= in_range(q);
        if (center) join(rows->row + summed, &mean, &m2, summed, end - summed, mean, s, q);
        else m2 += q;
        s = q = 0, summed = end;
      }
    }
    if (rows->done) apply_some(rows, i, end - i, center, streams);
  }
  if (!rows->x) return;
  if (!fits) moments(rows->row, n, statistic, &mean, &m2);
  put_stats(mean, m2 < 0 ? 0 : m2, rows->stats, n, statistic, epsilon);
}
LOOP(next_summed)(const Rows *rows, int n, int statistic, f64 epsilon) {
  next_row(rows, n, statistic, epsilon, 0);
}
#ifdef __AVX2__
LOOP(stream_summed)(const Rows *rows, int n, int statistic, f64 epsilon) {
  next_row(rows, n, statistic, epsilon, 1);
}
#else
#define stream_summed next_summed
#endif
