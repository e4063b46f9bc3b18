// Rows of very few elements, four at a time as well. The rows are the lanes of all vectors, one for each element, so that
// nothing is summed across lanes.
#pragma once
#include "four_rows.h"

enum { FEW = 3 };

// The elements of four rows.
FUNCTION few_at(IN x, const int *at, int n, Four *e) {
  ONE_BY_ONE for (int i = 0; i < n; i++) e[i] = (Four){x[at[0] + i], x[at[1] + i], x[at[2] + i], x[at[3] + i]};
}
INLINE void put_few(f32 *y, const int *at, int n, const Four *e) {
  ONE_BY_ONE for (int i = 0; i < n; i++)
    for (int r = 0; r < 4; r++) y[at[r] + i] = e[i][r];
}
// The parameters of each element of four rows.
FUNCTION few_params(IN of, const FourRows *f, int n, const int *param, int each, Four *e) {
  if (param && each) few_at(of, f->param, n, e);
  else ONE_BY_ONE for (int i = 0; i < n; i++)
    e[i] = each ? splat(of[i]) : (Four){of[f->param[0]], of[f->param[1]], of[f->param[2]], of[f->param[3]]};
}
INLINE FourStats few_stats(IN x, const Four *e, const FourRows *f, int n, int statistic, f64 epsilon) {
  const Four share = splat(1.0f / n), none = splat(0), one = splat(1), least_norm = splat(epsilon);
  FourStats t = {none, none, none, none};
  Four shift = none, sum = none;
  if (statistic & CENTER) {
    ONE_BY_ONE for (int i = 0; i < n; i++) shift += e[i] * share;
  }
  ONE_BY_ONE for (int i = 0; i < n; i++) sum += e[i] - shift, t.spread += (e[i] - shift) * (e[i] - shift);
  if (statistic & CENTER) {
    const Four d = sum * share;
    t.spread -= d * sum;
    t.m = shift + d, t.rest = d - (t.m - shift);
  }
  // Sums of magnitudes are taken in f64.
  const FourInts fit = (t.spread > splat(1e-25f)) & (t.spread < splat(statistic & SQUARES ? 1e30f : 0));
  if (statistic & AVERAGE) {
    t.spread *= share, t.k = one / square_roots(t.spread + least_norm);
  } else {
    t.spread = square_roots(t.spread);
    for (int r = 0; r < 4; r++) t.k[r] = t.spread[r] < least_norm[r] ? least_norm[r] : t.spread[r];
    t.k = one / t.k;
  }
  return all_of(fit) ? t : exact_four(t, fit, x, f, n, statistic, epsilon);
}
// See short_rows.h.
LOOP(few_normalize)(IN x, IN gamma, IN beta, OUT y, OUT stats, int rows, int n, const int *param, int each,
                    int statistic, f64 epsilon) {
  Four e[FEW], g[FEW], b[FEW];
  for (int first = 0; first < rows; first += 4) {
    const FourRows f = four_rows(first, rows, n, param);
    if (!first || param) few_params(gamma, &f, n, param, each, g), few_params(beta, &f, n, param, each, b);
    few_at(x, f.at, n, e);
    const FourStats t = few_stats(x, e, &f, n, statistic, epsilon);
    const FourByFour of = transposed(t.m, t.rest, t.spread, t.k);
    for (int r = 0; r < 4; r++) put_four(stats + 4 * f.row[r], of.v[r]);
    const Four c = -t.rest * t.k;
    ONE_BY_ONE for (int i = 0; i < n; i++) e[i] = ((e[i] - t.m) * t.k + c) * g[i] + b[i];
    put_few(y, f.at, n, e);
  }
}
// Adds to dgamma and dbeta, unless these are null: then all rows share a parameter for each element.
LOOP(few_grad)(IN dy, IN x, IN gamma, IN stats, const f32 *dmean, const f32 *dspread, OUT dx, int rows, int n,
               const int *param, int each, int statistic, f64 epsilon, f64 *dgamma, f64 *dbeta) {
  Four e[FEW], d[FEW], g[FEW], along_sums[FEW], sums[FEW];
  ONE_BY_ONE for (int i = 0; i < n; i++) along_sums[i] = sums[i] = splat(0);
  for (int first = 0; first < rows; first += 4) {
    const FourRows f = four_rows(first, rows, n, param);
    if (!first || param) few_params(gamma, &f, n, param, each, g);
    few_at(x, f.at, n, e), few_at(dy, f.at, n, d);
    const FourByFour of = transposed(four_at(stats + 4 * f.row[0]), four_at(stats + 4 * f.row[1]),
                                     four_at(stats + 4 * f.row[2]), four_at(stats + 4 * f.row[3]));
    const Four m = of.v[0], k = of.v[3], c = -of.v[1] * k;
    Four s = splat(0), q = s;
    ONE_BY_ONE for (int i = 0; i < n; i++) {
      const Four h = d[i] * g[i];
      s += h, q += h * (e[i] - m);
    }
    if (dgamma) {
      // A row that stands for one that is missing counts once.
      const int missing = first + 4 - least(rows, first + 4);
      ONE_BY_ONE for (int i = 0; i < n; i++) {
        const Four own = first_lanes(d[i], 4 - missing);
        sums[i] += own, along_sums[i] += own * ((e[i] - m) * k + c);
      }
      // No lane adds up more than 16 at a time, see loops.h.
      const int is_last = first + 4 >= rows;
      ONE_BY_ONE for (int i = 0; i < n && (first % 64 == 60 || is_last); i++) {
        const Four both[] = {along_sums[i], sums[i], sums[i], sums[i]}, of_both = sums_of(both);
        dgamma[i] += of_both[0], dbeta[i] += of_both[1];
        along_sums[i] = sums[i] = splat(0);
      }
    }
    const FourTerms t = four_terms(s, q * k + s * c, of.v[2], k, &f, dmean, dspread, n, statistic, epsilon);
    const Four u = k * t.along, v = t.mean + c * t.along;
    if (statistic & SQUARES) ONE_BY_ONE for (int i = 0; i < n; i++) e[i] = (d[i] * g[i] - ((e[i] - m) * u + v)) * k;
    else ONE_BY_ONE for (int i = 0; i < n; i++) e[i] = (d[i] * g[i] - signs(e[i]) * t.along) * k;
    put_few(dx, f.at, n, e);
  }
}
