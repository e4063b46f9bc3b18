// Four short rows at a time. Each is computed as if it were alone.
#pragma once
#include "four.h"
#include "rows.h"

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
// The statistics of a row, see Row in rows.h: the mean, the rest of it, the spread and 1 / rstd of four.
typedef struct { Four m, rest, spread, k; } FourStats;

// The same of rows whose powers fit no f32, one by one in f64. The others stay as they are, so that no row depends on
// those beside it.
static __attribute__((noinline)) FourStats exact_four(FourStats t, FourInts fit, IN x, const FourRows *f, int n,
                                                      int statistic, f64 epsilon) {
  for (int r = 0; r < 4; r++) {
    if (fit[r]) continue;
    f64 mean, total;
    exact_moments(x + f->at[r], 1, n, statistic, &mean, &total);
    const f64 spread = spread_of(total, n, statistic);
    t.m[r] = mean, t.rest[r] = mean - t.m[r], t.spread[r] = spread;
    t.k[r] = reciprocal(spread, statistic, epsilon);
  }
  return t;
}
// The sums over the elements v of a row: v in s; or v - by in s and its square in q; or, in q, its square
// or |v|.
enum { PLAIN, DEVIATIONS, SQUARED, MAGNITUDES };
#define ADD_ELEMENTS(what, s, q, v, by, magnitude)                             \
  do {                                                                         \
    if (what == PLAIN) s += (v);                                               \
    if (what == DEVIATIONS) s += (v) - (by), q += ((v) - (by)) * ((v) - (by)); \
    if (what == SQUARED) q += (v) * (v);                                       \
    if (what == MAGNITUDES) q += magnitude(v);                                 \
  } while (0)
INLINE void sum_elements(int what, IN x, const FourRows *f, int n, Four by_rows,
                          Four *s, Four *q) {
  const int wide = n / WIDE * WIDE;
  const FourByFour by = splats(by_rows);
  for (int r = 0; r < 4; r++) s[r] = q[r] = splat(0);
  // No lane adds up more than 16 at a time, see loops.h.
  RUNS(from, wide, 16 * WIDE) {
    Wide p[4], p2[4], shift[4];
    for (int r = 0; r < 4; r++) p[r] = p2[r] = widened(splat(0)), shift[r] = widened(by.v[r]);
    for (int i = from; i < end; i += WIDE)
      for (int r = 0; r < 4; r++) {
        const Wide v = wide_at(x + f->at[r] + i);
        ADD_ELEMENTS(what, p[r], p2[r], v, shift[r], wide_magnitude);
      }
    for (int r = 0; r < 4; r++) {
      const Four part = folded(p[r]), part2 = folded(p2[r]);
      if (from) s[r] += part, q[r] += part2;
      else s[r] = part, q[r] = part2;
    }
  }
  for (int i = wide; WIDE > 4 && i + 4 <= n; i += 4)
    for (int r = 0; r < 4; r++) {
      const Four v = four_at(x + f->at[r] + i);
      ADD_ELEMENTS(what, s[r], q[r], v, by.v[r], magnitude);
    }
  // The elements that do not fill a vector are at the end of one that overlaps the vector before.
  if (n & 3)
    for (int r = 0; r < 4; r++) {
      const Four v = four_at(x + f->at[r] + n - 4);
      Four part = splat(0), part2 = splat(0);
      ADD_ELEMENTS(what, part, part2, v, by.v[r], magnitude);
      s[r] += last_lanes(part, n & 3), q[r] += last_lanes(part2, n & 3);
    }
}
INLINE FourStats four_stats(IN x, const FourRows *f, int n, int statistic, f64 epsilon) {
  Four s[4], q[4];
  const Four zero = splat(0), share = splat(1.0f / n);
  FourStats t = {zero, zero, zero, zero};
  if (statistic & CENTER) {
    sum_elements(PLAIN, x, f, n, zero, s, q);
    Four shift = sums_of(s) * share;
    if (!all_of(shift - shift == zero))
      for (int r = 0; r < 4; r++) shift[r] = shift_by(shift[r], 1, x[f->at[r]]);
    sum_elements(DEVIATIONS, x, f, n, shift, s, q);
    const Four sum = sums_of(s), d = sum * share;
    t.spread = sums_of(q) - d * sum;
    t.m = shift + d;
    const Four moved = t.m - shift;
    t.rest = (shift - (t.m - moved)) + (d - moved);
  } else {
    if (statistic & SQUARES) sum_elements(SQUARED, x, f, n, zero, s, q);
    else sum_elements(MAGNITUDES, x, f, n, zero, s, q);
    t.spread = sums_of(q);
  }
  const f32 least = statistic & SQUARES ? 1e-25f : 1e-36f, most = statistic & SQUARES ? 1e30f : 1e38f;
  const FourInts fit = (t.spread > splat(least)) & (t.spread < splat(most));
  const Four one = splat(1), least_norm = splat(epsilon);
  if (statistic & AVERAGE) {
    t.spread *= share;
    t.k = one / square_roots(t.spread + least_norm);
  } else {
    if (statistic & SQUARES) t.spread = square_roots(t.spread);
    for (int r = 0; r < 4; r++) t.k[r] = t.spread[r] < least_norm[r] ? least_norm[r] : t.spread[r];
    t.k = one / t.k;
  }
  return all_of(fit) ? t : exact_four(t, fit, x, f, n, statistic, epsilon);
}
// For the vectors of so many elements, from each i-th one of a row on. The last one may overlap the one before.
#define EACH_VECTOR(n, size, set) IN_VECTORS(UNROLL(2), n, size, set)
#define IN_VECTORS(how, n, size, set)                            \
  do {                                                           \
    how for (int i = 0; i + (size) <= (n); i += (size)) { set; } \
    if ((n) & ((size) - 1)) { const int i = (n) - (size); set; } \
  } while (0)
// mean(h) and collect(h * xhat) of each row, as in sums.h, from the sums of h and of h * xhat.
typedef struct { Four mean, along; } FourTerms;
INLINE FourTerms four_terms(Four sum, Four along, Four spread, Four k, const FourRows *f, const f32 *dmean,
                            const f32 *dspread, int n, int statistic, f64 epsilon) {
  const Four share = splat(1.0f / n);
  if (!dmean && statistic & AVERAGE) {
    Four mean = splat(0);
    if (statistic & CENTER) mean = sum * share;
    return (FourTerms){mean, along * share};
  }
  for (int r = 0; r < 4; r++) {
    const int row = f->row[r];
    const Terms t = grad_terms(sum[r], along[r], spread[r], k[r], dmean ? dmean[row] : 0, dspread ? dspread[row] : 0, n,
                               statistic, epsilon);
    sum[r] = t.mean, along[r] = t.along;
  }
  return (FourTerms){sum, along};
}
