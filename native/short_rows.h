// Short rows, four at a time: each is summed in a vector of its own, and these four become one, whose
// lanes are the rows. Each row is computed as if it were alone.
//
// Elements that do not fill a vector are the last ones of a vector that overlaps the one before.
#pragma once
#include "four.h"
#include "rows.h"

enum { LEAST_SHORT = 4, LONGEST_SHORT = 255 };  // the length of a vector, and where it pays to take rows one by one

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
// For the vectors of so many elements, from each i-th one of a row on. The last one may overlap the one before.
#define EACH_VECTOR(n, size, set) IN_VECTORS(UNROLL(2), n, size, set)
#define IN_VECTORS(how, n, size, set)                            \
  do {                                                           \
    how for (int i = 0; i + (size) <= (n); i += (size)) { set; } \
    if ((n) & ((size) - 1)) { const int i = (n) - (size); set; } \
  } while (0)
// y = xhat * gamma + beta, with a parameter for each element or with one for all. `streams`: past the caches, see
// stream.h.
LOOP(short_rows_normalize)(IN x, IN gamma, IN beta, OUT y, OUT stats, int rows, int n,
                           const int *param, int each, int statistic, f64 epsilon, int streams) {
  for (int first = 0; first < rows; first += 4) {
    const FourRows f = four_rows(first, rows, n, param);
    const FourStats t = four_stats(x, &f, n, statistic, epsilon);
    const FourByFour of = transposed(t.m, t.rest, t.spread, t.k);
    for (int r = 0; r < 4; r++) put_four(stats + 4 * f.row[r], of.v[r]);
    const FourByFour ms = splats(t.m), ks = splats(t.k), cs = splats(-t.rest * t.k);
    for (int r = 0; r < 4; r++) {
      IN xr = x + f.at[r], *restrict g = gamma + f.param[r], *restrict b = beta + f.param[r];
      OUT yr = y + f.at[r];
#define APPLY(size, at, put, as)                                                                      \
  if (each) {                                                                                         \
    EACH_VECTOR(n, size, put(yr + i, ((at(xr + i) - as(ms.v[r])) * as(ks.v[r]) + as(cs.v[r])) *       \
                                             at(g + i) + at(b + i)));                                 \
  } else {                                                                                            \
    const Four factor = ks.v[r] * splat(*g), term = cs.v[r] * splat(*g) + splat(*b);                  \
    EACH_VECTOR(n, size, put(yr + i, (at(xr + i) - as(ms.v[r])) * as(factor) + as(term)));            \
  }
      if (STREAMS && streams) { APPLY(WIDE, wide_at, put_far, widened) }
      else if (WIDE == 4 || n >= WIDE) { APPLY(WIDE, wide_at, put_wide, widened) }
      else { APPLY(4, four_at, put_four, ) }
#undef APPLY
    }
  }
}
// The sums of h = dy * gamma and of h * (x - m) of one row in vectors; `step` is 0 for one parameter for all, which
// fills a vector.
INLINE void sum_grads(IN dy, IN x, IN gamma, int step, int n, Four m, Four *s, Four *q) {
  const int wide = n / WIDE * WIDE;
  *s = *q = splat(0);
  // No lane adds up more than 16 at a time, see loops.h.
  RUNS(from, wide, 16 * WIDE) {
    Wide part = widened(splat(0)), part2 = part;
    for (int i = from; i < end; i += WIDE) {
      const Wide h = wide_at(dy + i) * wide_at(gamma + (i & step));
      part += h, part2 += h * (wide_at(x + i) - widened(m));
    }
    *s += folded(part), *q += folded(part2);
  }
  for (int i = wide; i < n; i += 4) {
    // The elements that do not fill a vector are at the end of one that overlaps the vector before.
    const int left = n - i, at = left < 4 ? n - 4 : i;
    const Four h = last_lanes(four_at(dy + at) * four_at(gamma + (at & step)), left);
    *s += h, *q += h * last_lanes(four_at(x + at) - m, left);
  }
}
// dx as in rows.h. dmean and dspread are those of each row, or null.
LOOP(short_rows_grad)(IN dy, IN x, IN gamma, IN stats, const f32 *dmean, const f32 *dspread, OUT dx,
                      int rows, int n, const int *param, int each, int statistic, f64 epsilon, int streams) {
  for (int first = 0; first < rows; first += 4) {
    const FourRows f = four_rows(first, rows, n, param);
    const FourByFour of = transposed(four_at(stats + 4 * f.row[0]), four_at(stats + 4 * f.row[1]),
                                     four_at(stats + 4 * f.row[2]), four_at(stats + 4 * f.row[3]));
    const Four m = of.v[0], k = of.v[3], c = -of.v[1] * k, share = splat(1.0f / n);
    const FourByFour ms = splats(m), ks = splats(k);
    // A parameter for all elements is read as if each had one.
    Wide all[4];
    const f32 *g[4];
    const int step = each ? -1 : 0;
    Four s[4], q[4];
    COMPACT for (int r = 0; r < 4; r++) {
      g[r] = gamma + f.param[r], all[r] = widened(splat(*g[r]));
      if (!each) g[r] = (const f32 *)(all + r);
      sum_grads(dy + f.at[r], x + f.at[r], g[r], step, n, ms.v[r], s + r, q + r);
    }
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
    const FourByFour us = splats(u), vs = splats(v);
    for (int r = 0; r < 4; r++) {
      IN xr = x + f.at[r], *restrict d = dy + f.at[r], *restrict gr = g[r];
      OUT to = dx + f.at[r];
      const Four w = splat(along[r]);
#define DX(at, as) \
  (at(d + i) * at(gr + (i & step)) - ((at(xr + i) - as(ms.v[r])) * as(us.v[r]) + as(vs.v[r]))) * as(ks.v[r])
      if (!(statistic & SQUARES)) {
        IN_VECTORS(COMPACT, n, 4, put_four(to + i, (four_at(d + i) * four_at(gr + (i & step)) -
                                                    signs(four_at(xr + i)) * w) * ks.v[r]));
      } else if (STREAMS && streams) {
        EACH_VECTOR(n, WIDE, put_far(to + i, DX(wide_at, widened)));
      } else if (WIDE == 4 || n >= WIDE) {
        EACH_VECTOR(n, WIDE, put_wide(to + i, DX(wide_at, widened)));
      } else {
        EACH_VECTOR(n, 4, put_four(to + i, DX(four_at, )));
      }
#undef DX
    }
  }
}
