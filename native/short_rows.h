// Short rows, four at a time: each is summed in a vector of its own, and these four become one, whose
// lanes are the rows. Each row is computed as if it were alone.
//
// Elements that do not fill a vector are the last ones of a vector that overlaps the one before.
#pragma once
#include "few.h"

// y = xhat * gamma + beta, with a parameter for each element or with one for all. `streams`: past the caches, see
// stream.h.
LOOP(short_rows_normalize)(IN x, IN gamma, IN beta, OUT y, OUT stats, int rows, int n,
                           const int *param, int each, int statistic, f64 epsilon, int streams) {
  if (n <= FEW) {
    few_normalize(x, gamma, beta, y, stats, rows, n, param, each, statistic, epsilon);
    return;
  }
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
    const Four m = of.v[0], k = of.v[3], c = -of.v[1] * k;
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
    const FourTerms t = four_terms(sums_of(s), sums_of(q) * k + sums_of(s) * c, of.v[2], k, &f, dmean, dspread, n,
                                   statistic, epsilon);
    const Four along = t.along;
    const Four u = k * along, v = t.mean + c * along;
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
