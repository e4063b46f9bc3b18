// Short rows, four at a time: each is summed in a vector of its own, and these four become one, whose
// lanes are the rows. What one row gets is computed as if it were alone.
//
// Elements that do not fill a vector are the last ones of a vector that overlaps the one before.
#pragma once
#include "four.h"
#include "rows.h"

enum { LEAST_SHORT = 4 };  // the length of a vector

// Four rows of n elements, or what is left of the last ones and the last one again; where their parameters
// begin, which `param` says of each row, or else at 0.
typedef struct { int row[4], at[4], param[4]; } FourRows;
INLINE FourRows four_rows(int first, int rows, int n, const int *param) {
  FourRows f;
  const int missing = first + 4 > rows;
  for (int r = 0; r < 4; r++) {
    f.row[r] = missing ? least(first + r, rows - 1) : first + r;
    f.at[r] = missing ? f.row[r] * n : first * n + r * n;
    f.param[r] = param ? param[f.row[r]] : 0;
  }
  return f;
}
// Adds up `term` of each row r, and where `two` says so `term2`, from the i-th element on. No lane adds up
// more than 16 at a time, see loops.h.
#define SUM_FOUR(sum, sum2, two, n, set, term, term2)                                         \
  do {                                                                                        \
    RUNS(from, (n) & ~3, FAR_RUN) {                                                           \
      Four part[4] = NONE, part2[4] = NONE;                                                   \
      for (int i = from; i < end; i += 4)                                                     \
        for (int r = 0; r < 4; r++) { set; part[r] += (term); if (two) part2[r] += (term2); } \
      for (int r = 0; r < 4; r++) {                                                           \
        if (from) part[r] += sum[r], part2[r] += sum2[r];                                     \
        sum[r] = part[r];                                                                     \
        if (two) sum2[r] = part2[r];                                                          \
      }                                                                                       \
    }                                                                                         \
    if ((n) & 3)                                                                              \
      for (int r = 0, i = (n) - 4; r < 4; r++) {                                              \
        set;                                                                                  \
        sum[r] += last_lanes(term, (n) & 3);                                                  \
        if (two) sum2[r] += last_lanes(term2, (n) & 3);                                       \
      }                                                                                       \
  } while (0)
#define NONE {{0}, {0}, {0}, {0}}

// What a row's statistics are, see Row in rows.h: the mean, the rest of it, the spread and 1 / rstd of four.
typedef struct { Four m, rest, spread, k; } FourStats;

// One by one in f64, where f32 has no room for the powers.
static __attribute__((noinline)) FourStats exact_four(IN x, const FourRows *f, int n, int statistic,
                                                      f64 epsilon) {
  f32 stats[4][4];
  for (int r = 0; r < 4; r++) {
    f64 mean, total;
    exact_moments(x + f->at[r], 1, n, statistic, &mean, &total);
    const f64 spread = spread_of(total, n, statistic);
    stats[0][r] = mean, stats[1][r] = mean - stats[0][r], stats[2][r] = spread;
    stats[3][r] = reciprocal(spread, statistic, epsilon);
  }
  return (FourStats){four_at(stats[0]), four_at(stats[1]), four_at(stats[2]), four_at(stats[3])};
}
INLINE FourStats four_stats(IN x, const FourRows *f, int n, int statistic, f64 epsilon) {
  Four s[4] = NONE, q[4] = NONE, by[4];
  const Four zero = splat(0), share = splat(1.0f / n);
  FourStats t = {zero, zero, zero, zero};
  Four shift = zero;
  if (statistic & CENTER) {
    SUM_FOUR(s, q, 0, n, (void)0, four_at(x + f->at[r] + i), zero);
    shift = sums_of(s) * share;
    if (!all_of(shift - shift == zero))
      for (int r = 0; r < 4; r++) shift[r] = shift_by(shift[r], 1, x[f->at[r]]);
  }
  if (statistic & SQUARES) {
    const FourByFour of = transposed(shift, shift, shift, shift);
    for (int r = 0; r < 4; r++) by[r] = of.v[r];
    SUM_FOUR(q, s, 1, n, const Four d = four_at(x + f->at[r] + i) - by[r], d * d, d);
    t.spread = sums_of(q);
  } else {
    SUM_FOUR(q, s, 0, n, const Four d = magnitude(four_at(x + f->at[r] + i)), d, zero);
    t.spread = sums_of(q);
  }
  if (statistic & CENTER) {
    const Four sum = sums_of(s), d = sum * share;
    t.spread -= d * sum;
    t.m = shift + d;
    const Four moved = t.m - shift;
    t.rest = (shift - (t.m - moved)) + (d - moved);
  }
  const f32 least = statistic & SQUARES ? 1e-25f : 1e-36f, most = statistic & SQUARES ? 1e30f : 1e38f;
  if (!all_of((t.spread > splat(least)) & (t.spread < splat(most))))
    return exact_four(x, f, n, statistic, epsilon);
  const Four one = splat(1), least_norm = splat(epsilon);
  if (statistic & AVERAGE) {
    t.spread *= share;
    t.k = one / square_roots(t.spread + least_norm);
  } else {
    if (statistic & SQUARES) t.spread = square_roots(t.spread);
    for (int r = 0; r < 4; r++) t.k[r] = t.spread[r] < least_norm[r] ? least_norm[r] : t.spread[r];
    t.k = one / t.k;
  }
  return t;
}
// For the vectors from each i-th element of a row on. The last one may overlap the one before.
#define EACH_VECTOR(n, set)                                 \
  for (int from = 0; from < (n); from += 4) {               \
    const int i = least(from, (n) - 4);                     \
    set;                                                    \
  }
// y = xhat * gamma + beta, with a parameter for each element or with one for all.
LOOP(short_rows_normalize)(IN x, IN gamma, IN beta, OUT y, OUT stats, int rows, int n,
                           const int *param, int each, int statistic, f64 epsilon) {
  for (int first = 0; first < rows; first += 4) {
    const FourRows f = four_rows(first, rows, n, param);
    const FourStats t = four_stats(x, &f, n, statistic, epsilon);
    const FourByFour of = transposed(t.m, t.rest, t.spread, t.k);
    for (int r = 0; r < 4; r++) put_four(stats + 4 * f.row[r], of.v[r]);
    const Four c = -t.rest * t.k;
    const FourByFour ms = transposed(t.m, t.m, t.m, t.m), ks = transposed(t.k, t.k, t.k, t.k);
    const FourByFour cs = transposed(c, c, c, c);
    for (int r = 0; r < 4; r++) {
      IN xr = x + f.at[r], *restrict g = gamma + f.param[r], *restrict b = beta + f.param[r];
      OUT yr = y + f.at[r];
      const Four m = ms.v[r];
      if (each) {
        const Four k = ks.v[r], c = cs.v[r];
        EACH_VECTOR(n, put_four(yr + i, ((four_at(xr + i) - m) * k + c) * four_at(g + i) + four_at(b + i)));
      } else {
        const Four k = ks.v[r] * splat(*g), c = cs.v[r] * splat(*g) + splat(*b);
        EACH_VECTOR(n, put_four(yr + i, (four_at(xr + i) - m) * k + c));
      }
    }
  }
}
// dx as in rows.h. dmean and dspread are those of each row, or null.
LOOP(short_rows_grad)(IN dy, IN x, IN gamma, IN stats, const f32 *dmean, const f32 *dspread, OUT dx,
                      int rows, int n, const int *param, int each, int statistic, f64 epsilon) {
  for (int first = 0; first < rows; first += 4) {
    const FourRows f = four_rows(first, rows, n, param);
    const FourByFour of = transposed(four_at(stats + 4 * f.row[0]), four_at(stats + 4 * f.row[1]),
                                     four_at(stats + 4 * f.row[2]), four_at(stats + 4 * f.row[3]));
    const Four m = of.v[0], k = of.v[3], c = -of.v[1] * k, share = splat(1.0f / n);
    const FourByFour ms = transposed(m, m, m, m), ks = transposed(k, k, k, k);
    // A parameter for all elements is read as if each had one.
    const f32 *g[4];
    Four all[4];
    const int step = each ? -1 : 0;
    for (int r = 0; r < 4; r++) {
      g[r] = gamma + f.param[r], all[r] = splat(*g[r]);
      if (!each) g[r] = (const f32 *)(all + r);
    }
    Four s[4] = NONE, q[4] = NONE;
    SUM_FOUR(s, q, 1, n, const Four h = four_at(dy + f.at[r] + i) * four_at(g[r] + (i & step)), h,
             h * (four_at(x + f.at[r] + i) - ms.v[r]));
    Four sum = sums_of(s), along = sums_of(q) * k + sum * c;
    if (dmean || !(statistic & AVERAGE)) {
      for (int r = 0; r < 4; r++) {
        const int row = f.row[r];
        const Terms t = grad_terms(sum[r], along[r], of.v[2][r], k[r], dmean ? dmean[row] : 0,
                                   dspread ? dspread[row] : 0, n, statistic, epsilon);
        sum[r] = t.mean, along[r] = t.along;
      }
    } else {
      if (statistic & CENTER) sum *= share;
      else sum = splat(0);
      along *= share;
    }
    const Four u = k * along, v = sum + c * along;
    const FourByFour us = transposed(u, u, u, u), vs = transposed(v, v, v, v);
    for (int r = 0; r < 4; r++) {
      IN xr = x + f.at[r], *restrict d = dy + f.at[r];
      OUT to = dx + f.at[r];
      const Four m = ms.v[r], k = ks.v[r], u = us.v[r], v = vs.v[r], w = splat(along[r]);
      if (statistic & SQUARES) {
        EACH_VECTOR(n, put_four(to + i, (four_at(d + i) * four_at(g[r] + (i & step)) -
                                         ((four_at(xr + i) - m) * u + v)) * k));
      } else {
        EACH_VECTOR(n, put_four(to + i, (four_at(d + i) * four_at(g[r] + (i & step)) -
                                         signs(four_at(xr + i)) * w) * k));
      }
    }
  }
}
