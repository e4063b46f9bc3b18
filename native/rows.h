// A row: a group of n adjacent elements.
#pragma once
#include "four.h"
#include "sums.h"

// Four vectors are read before any is written. A processor that tells addresses apart by their last 12 bits would
// wait for a vector that was just written before it reads one of another array, whose addresses are often alike in
// these: arrays of the same size that were taken one after the other are.
#define EACH_OF_FOUR(u) for (int u = 0; u < 4; u++)
#define READ_BEFORE __asm__ volatile("" ::: "memory")
enum { FOUR_WIDE = 4 * WIDE };


FUNCTION put_stats(f64 mean, f64 total, OUT stats, int n, int statistic, f64 epsilon) {
  const f64 spread = spread_of(total, n, statistic);
  const f64 rstd = reciprocal(spread, statistic, epsilon);
  stats[0] = mean, stats[1] = mean - stats[0], stats[2] = spread, stats[3] = rstd;
}
// xhat = (x - m) * k + c
typedef struct { f32 m, k, c; } Row;
INLINE Row row_stats(IN x, OUT stats, int n, int statistic, f64 epsilon) {
  f64 mean, total;
  moments(x, n, statistic, &mean, &total);
  put_stats(mean, total, stats, n, statistic, epsilon);
  return (Row){stats[0], stats[3], -stats[1] * stats[3]};
}
INLINE void row_apply_four(IN x, Row t, IN gamma, IN beta, OUT y, int center, int streams) {
  Wide v[4];
  EACH_OF_FOUR(u) {
    const Wide from = wide_at(x + u * WIDE), xhat = center ? (from - t.m) * t.k + t.c : from * t.k;
    v[u] = xhat * wide_at(gamma + u * WIDE) + wide_at(beta + u * WIDE);
  }
  READ_BEFORE;
  EACH_OF_FOUR(u) {
    if (STREAMS && streams) put_far(y + u * WIDE, v[u]);
    else put_wide(y + u * WIDE, v[u]);
  }
}
// y = xhat * gamma + beta, with a parameter for each of n elements, at least four vectors of them: the last ones overlap
// those before where they would not be full.
INLINE void row_apply(IN x, Row t, IN gamma, IN beta, OUT y, int n, int center, int streams) {
#define EACH_FULL for (int next = 0, i; i = least(next, n - FOUR_WIDE), next < n; next += FOUR_WIDE)
#define APPLY(center) row_apply_four(x + i, t, gamma + i, beta + i, y + i, center, streams)
  if (center) EACH_FULL APPLY(1);
  else EACH_FULL APPLY(0);
#undef APPLY
#undef EACH_FULL
}
// y = xhat * gamma + beta, with a parameter for each element or with one for all; n is of a long row.
LOOP(row_normalize)(IN x, IN gamma, IN beta, OUT y, OUT stats, int n, int each, int statistic, f64 epsilon) {
  const Row t = row_stats(x, stats, n, statistic, epsilon);
  if (each) row_apply(x, t, gamma, beta, y, n, 1, 0);
  else {
    const f32 a = t.k * gamma[0], b = t.c * gamma[0] + beta[0];
    for (int i = 0; i < n; i++) y[i] = (x[i] - t.m) * a + b;
  }
}
// y = xhat * gamma + beta, with statistics that are known.
LOOP(row_affine)(IN x, IN stats, IN gamma, IN beta, OUT y, int n, int each) {
  const f32 m = stats[0], k = stats[3], c = -stats[1] * k;
  if (each) {
    for (int i = 0; i < n; i++) y[i] = ((x[i] - m) * k + c) * gamma[i] + beta[i];
  } else {
    const f32 a = k * gamma[0], b = c * gamma[0] + beta[0];
    for (int i = 0; i < n; i++) y[i] = (x[i] - m) * a + b;
  }
}
// dx = (h - (x - m) * u - v) * k or, for absolute values, (h - sign(x) * w) * k
typedef struct { f32 m, k, u, v, w; } RowGrad;
// dmean and dspread are the row's, or null. `each`: every element has a parameter, 1 or 0.
INLINE RowGrad row_grad_terms(IN dy, IN x, IN gamma, IN stats, const f32 *dmean, const f32 *dspread,
                              int n, int each, int statistic, f64 epsilon) {
  const f32 m = stats[0], k = stats[3], c = -stats[1] * k;
  f64 sum_h = 0, sum_hx = 0;
  grad_sums(dy, x, each ? gamma : 0, n, m, k, c, &sum_h, &sum_hx);
  const f64 scale = each ? 1 : gamma[0];
  const Terms t = grad_terms(sum_h * scale, sum_hx * scale, stats[2], k, dmean ? *dmean : 0,
                             dspread ? *dspread : 0, n, statistic, epsilon);
  return (RowGrad){m, k, k * t.along, t.mean + c * t.along, t.along};
}
// `dsum` is added to dx where each element has a parameter and there are squares, unless it is null.
LOOP(row_grad)(IN dy, IN x, IN gamma, IN stats, const f32 *dmean, const f32 *dspread, IN dsum, OUT dx,
               int n, int each, int statistic, f64 epsilon) {
  const f32 g = gamma[0];
  const RowGrad t = row_grad_terms(dy, x, gamma, stats, dmean, dspread, n, each, statistic, epsilon);
  if (!(statistic & SQUARES)) {
    for (int i = 0; i < n; i++) dx[i] = (dy[i] * gamma[i * each] - sign(x[i]) * t.w) * t.k;
  } else if (each && dsum) {
    COMPACT for (int i = 0; i < n; i++) dx[i] = (dy[i] * gamma[i] - ((x[i] - t.m) * t.u + t.v)) * t.k + dsum[i];
  } else if (each) {
    for (int i = 0; i < n; i++) dx[i] = (dy[i] * gamma[i] - ((x[i] - t.m) * t.u + t.v)) * t.k;
  } else {
    for (int i = 0; i < n; i++) dx[i] = (dy[i] * g - ((x[i] - t.m) * t.u + t.v)) * t.k;
  }
}
INLINE void row_pair(IN dy, IN x, IN dy1, IN x1, IN t, IN t1, int n, OUT dgamma, OUT dbeta) {
  const f32 m = t[0], k = t[3], c = -t[1] * k, m1 = t1[0], k1 = t1[3], c1 = -t1[1] * k1;
  for (int i = 0; i < n; i++) {
    dgamma[i] += dy[i] * ((x[i] - m) * k + c) + dy1[i] * ((x1[i] - m1) * k1 + c1);
    dbeta[i] += dy[i] + dy1[i];
  }
}
// dgamma and dbeta of rows that lie so many rows apart, added to; tmp: 2 * STRIP zeros, left zero. Far
// rows, see columns.h.
LOOP(row_param_grad)(IN dy, IN x, IN stats, int rows, int apart, int n, SUMS dgamma, SUMS dbeta,
                     OUT tmp) {
  const int half = rows / 2, far = half * apart;
  for (int j = 0; j < n; j += STRIP) {
    const int c = least(n - j, STRIP);
    for (int r = 0; r < half; r++) {
      const int at = r * apart, i = at * n + j;
      row_pair(dy + i, x + i, dy + far * n + i, x + far * n + i, stats + 4 * at,
               stats + 4 * (far + at), c, tmp, tmp + STRIP);
      if (r % (ROWS / 4) == ROWS / 4 - 1 || r == half - 1) {
        flush(dgamma + j, tmp, c);
        flush(dbeta + j, tmp + STRIP, c);
      }
    }
    if (rows % 2 == 0) continue;
    IN last = stats + 8 * far;
    IN dyr = dy + 2 * far * n + j;
    IN xr = x + 2 * far * n + j;
    for (int i = 0; i < c; i++) {
      dgamma[j + i] += dyr[i] * ((xr[i] - last[0]) * last[3] - last[1] * last[3]);
      dbeta[j + i] += dyr[i];
    }
  }
}
