// The sums of adjacent elements.
#pragma once
#include "loops.h"

typedef struct { f64 s, q; } Pair;

// Neither overflown nor near f32's denormals: else the sum of squares is taken again in f64.
INLINE int in_range(f32 squares) { return squares > 1e-25f && squares < 1e30f; }

// The sums of x - shift, in f32, or in f64 where that left the range.
INLINE Pair exact(IN x, int n, f32 shift, f32 s, f32 q) {
  if (in_range(q)) return (Pair){s, q};
  f64 s64 = 0, q64 = 0;
  ONE_BY_ONE for (int i = 0; i < n; i++) { const f64 d = (f64)x[i] - shift; s64 += d; q64 += d * d; }
  return (Pair){s64, q64};
}
INLINE f64 absolutes(IN x, int n) {
  REASSOCIATE
  f32 s = 0;
  RUNS(i, n, RUN) {
    f32 t = 0;
    REDUCE(t) for (int j = i; j < end; j++) t += __builtin_fabsf(x[j]);
    s += t;
  }
  if (s < __builtin_inff()) return s;
  f64 s64 = 0;
  ONE_BY_ONE for (int i = 0; i < n; i++) s64 += __builtin_fabsf(x[i]);
  return s64;
}
// Sums are taken of what is off a shift, so that a large mean costs no digits. The shift is near the
// mean whatever single elements are: they may be far off. It is one of them where float32 cannot add
// them up.
INLINE f32 shift_by(f32 sum, int count, f32 first) { return sum - sum == 0 ? sum / count : first; }
static __attribute__((noinline)) f32 shift_of(IN x, int n) {
  f32 s = 0;
  {
    REASSOCIATE
    REDUCE(s) for (int i = 0; i < n; i++) s += x[i];
  }
  return shift_by(s, n, *x);
}
// Joins b elements, whose sums of x - shift are s and q, to the moments of `done`.
FUNCTION join(IN x, SUMS mean, SUMS m2, int done, int b, f32 shift, f32 s, f32 q) {
  const Pair t = exact(x, b, shift, s, q);
  const f64 d = t.s / b, e = shift + d - *mean, w = (f64)b / (done + b);
  *m2 += t.q - d * t.s + e * e * w * done;
  *mean += e * w;
}
// m2 is the sum of the squared deviations. Without a mean, which is 0, it is that of the powers.
FUNCTION moments(IN x, int n, int statistic, SUMS mean, SUMS m2) {
  *mean = *m2 = 0;
  for (int i = 0, b; i < n; i += b, x += b) {
    REASSOCIATE
    b = least(n - i, BLOCK);
    if (!(statistic & SQUARES)) { *m2 += absolutes(x, b); continue; }
    const f32 shift = !(statistic & CENTER) ? 0 : i ? *mean : shift_of(x, b);
    f32 s = 0, q = 0;
    RUNS(k, b, RUN) {
      f32 t = 0, u = 0;
      REDUCE(t, u) for (int j = k; j < end; j++) { const f32 d = x[j] - shift; t += d; u += d * d; }
      s += t; q += u;
    }
    if (statistic & CENTER) join(x, mean, m2, i, b, shift, s, q);
    else *m2 += exact(x, b, 0, s, q).q;
  }
  if (*m2 < 0) *m2 = 0;
}
// The variance, mean square or norm that a sum of powers amounts to.
INLINE f64 spread_of(f64 total, int n, int statistic) {
  return statistic & AVERAGE ? total / n : statistic & SQUARES ? __builtin_sqrt(total) : total;
}
INLINE f64 reciprocal(f64 spread, int statistic, f64 epsilon) {
  if (statistic & AVERAGE) return 1 / __builtin_sqrt(spread + epsilon);
  return spread == 0 ? 0 : 1 / (spread < epsilon ? epsilon : spread);
}
// A group's mean(h) and collect(h * xhat): in them is what comes through the moments themselves.
typedef struct { f64 mean, along; } Terms;
INLINE Terms grad_terms(f64 sum_h, f64 sum_hx, f64 spread, f64 rstd, f64 dmean, f64 dspread,
                        int count, int statistic, f64 epsilon) {
  if (statistic & CENTER)
    return (Terms){(sum_h - dmean / rstd) / count, (sum_hx - 2 * dspread / (rstd * rstd)) / count};
  if (statistic & AVERAGE) return (Terms){0, sum_hx / count};
  // A norm that epsilon holds up does not move with x.
  return (Terms){0, spread > epsilon ? sum_hx : 0};
}
// Adds the sums of h and of h * ((x - m) * k + c), where h is dy * gamma or, without gamma, dy.
FUNCTION grad_sums(IN dy, IN x, IN gamma, int n, f32 m, f32 k, f32 c, SUMS s64, SUMS q64) {
  REASSOCIATE
  RUNS(i, n, RUN) {
    f32 s = 0, q = 0;
    if (gamma) {
      REDUCE(s, q) for (int j = i; j < end; j++) {
        const f32 h = dy[j] * gamma[j];
        s += h; q += h * ((x[j] - m) * k + c);
      }
    } else {
      REDUCE(s, q) for (int j = i; j < end; j++) { s += dy[j]; q += dy[j] * ((x[j] - m) * k + c); }
    }
    *s64 += s; *q64 += q;
  }
}
// The mean of some elements, or 0, and the sum of the powers of what is off it: in f64, for powers that
// f32 has no room for.
FUNCTION exact_moments(IN x, int stride, int n, int statistic, SUMS mean, SUMS total) {
  f64 s = 0, q = 0;
  if (statistic & CENTER) {
    ONE_BY_ONE for (int i = 0; i < n; i++) s += x[i * stride];
    s /= n;
  }
  ONE_BY_ONE for (int i = 0; i < n; i++) {
    const f64 d = x[i * stride] - s;
    q += statistic & SQUARES ? d * d : __builtin_fabs(d);
  }
  *mean = s, *total = q;
}
// Whether f32 has.
INLINE int fits(f64 total, int statistic) {
  return statistic & SQUARES ? total > 1e-25 && total < 1e30 : total < __builtin_inff();
}
