// The loops of the kernels, over memory that the caller owns: no data, no stack, no heap of their
// own. Plain C, which the compiler vectorises: clang to WebAssembly, and clang or gcc to the
// processor's own code for native/. See docs/kernels.md for the three families.
typedef float f32;
typedef double f64;
#ifdef __wasm__
#define KERNEL(name) __attribute__((export_name(#name))) void name
#else
#define KERNEL(name) static inline void name
#endif
#define INLINE static inline __attribute__((always_inline))
#define FUNCTION static __attribute__((noinline)) void
#define IN const f32 *restrict
#define OUT f32 *restrict
#define SUMS f64 *restrict
// Reductions, of the sums that are named, may be reordered (these, not the formulas around them),
// over four vectors at a time.
#define PRAGMA(...) _Pragma(#__VA_ARGS__)
#ifdef __clang__
#define REASSOCIATE PRAGMA(clang fp reassociate(on))
#define ONE_BY_ONE PRAGMA(clang loop vectorize(disable) unroll(disable))
#ifdef __wasm__
#define REDUCE(...) PRAGMA(clang loop vectorize_width(4) interleave_count(4))
#define REDUCE_FAR(...) PRAGMA(clang loop vectorize_width(4) interleave_count(1))
#else
#define REDUCE(...) PRAGMA(clang loop vectorize(enable) interleave_count(4))
#define REDUCE_FAR(...) PRAGMA(clang loop vectorize(enable) interleave_count(1))
#endif
#else
#define REASSOCIATE
#define ONE_BY_ONE
#define REDUCE(...) PRAGMA(omp simd reduction(+ : __VA_ARGS__))
#define REDUCE_FAR REDUCE
#endif

enum { CENTER = 1, AVERAGE = 2, SQUARES = 4 };  // a statistic
enum { BLOCK = 1024 };                          // elements summed in f32 before they join an f64 sum
enum { ROWS = 128, STRIP = 1024 };              // the same for columns, of which so many fit the L1
// The first block's shift is a single element. It may be an outlier, so the block is short.
enum { FIRST = 32, FIRST_ROWS = 16 };

typedef struct { f64 s, q; } Pair;

INLINE int least(int a, int b) { return a < b ? a : b; }
INLINE f32 sign(f32 x) { return (x > 0) - (x < 0); }
// Neither overflown nor near f32's denormals: else the sum of squares is taken again in f64.
INLINE int in_range(f32 squares) { return squares > 1e-25f && squares < 1e30f; }

// Of x - shift: what was summed in f32, or in f64 where that left the range.
INLINE Pair exact(IN x, int n, f32 shift, f32 s, f32 q) {
  if (in_range(q)) return (Pair){s, q};
  f64 s64 = 0, q64 = 0;
  ONE_BY_ONE for (int i = 0; i < n; i++) { const f64 d = (f64)x[i] - shift; s64 += d; q64 += d * d; }
  return (Pair){s64, q64};
}
INLINE f64 absolutes(IN x, int n) {
  REASSOCIATE
  f32 s = 0;
  REDUCE(s) for (int i = 0; i < n; i++) s += __builtin_fabsf(x[i]);
  return s;
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
    b = least(n - i, i || !(statistic & CENTER) ? BLOCK : FIRST);
    if (!(statistic & SQUARES)) { *m2 += absolutes(x, b); continue; }
    const f32 shift = !(statistic & CENTER) ? 0 : i ? *mean : *x;
    f32 s = 0, q = 0;
    REDUCE(s, q) for (int j = 0; j < b; j++) { const f32 d = x[j] - shift; s += d; q += d * d; }
    if (statistic & CENTER) join(x, mean, m2, i, b, shift, s, q);
    else *m2 += exact(x, b, 0, s, q).q;
  }
  if (*m2 < 0) *m2 = 0;
}
INLINE f64 reciprocal(f64 spread, int statistic, f64 epsilon) {
  if (statistic & AVERAGE) return 1 / __builtin_sqrt(spread + epsilon);
  return spread == 0 ? 0 : 1 / (spread < epsilon ? epsilon : spread);
}
INLINE void flush(SUMS acc, OUT s, int n) {
  for (int i = 0; i < n; i++) { acc[i] += s[i]; s[i] = 0; }
}

// ---- Rows: a group is n adjacent elements, with a parameter each or with one for all.

// y = (x - mean) * rstd * gamma + beta
KERNEL(row_normalize)(IN x, IN gamma, IN beta, OUT y, OUT stats, int rows, int n, int params,
                      int statistic, f64 epsilon, SUMS tmp) {
  for (int r = 0; r < rows; r++, x += n, y += n, stats += 4) {
    moments(x, n, statistic, tmp, tmp + 1);
    const f64 mean = tmp[0], total = tmp[1];
    const f64 spread = statistic & AVERAGE ? total / n
                     : statistic & SQUARES ? __builtin_sqrt(total) : total;
    const f64 rstd = reciprocal(spread, statistic, epsilon);
    const f32 m = mean, rest = mean - m, k = rstd, c = -rest * k;
    stats[0] = m, stats[1] = rest, stats[2] = spread, stats[3] = k;
    if (params > 1) {
      for (int i = 0; i < n; i++) y[i] = ((x[i] - m) * k + c) * gamma[i] + beta[i];
    } else {
      const f32 a = k * gamma[0], b = c * gamma[0] + beta[0];
      for (int i = 0; i < n; i++) y[i] = (x[i] - m) * a + b;
    }
  }
}
// Adds the sums of h and of h * ((x - m) * k + c), where h is dy * gamma or, without gamma, dy.
FUNCTION grad_sums(IN dy, IN x, IN gamma, int n, f32 m, f32 k, f32 c, SUMS s64, SUMS q64) {
  REASSOCIATE
  for (int i = 0; i < n; i += BLOCK) {
    const int end = least(n, i + BLOCK);
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
// dx = rstd * (h - mean(h) - direction * along), each of the two terms with its part of dstats
KERNEL(row_grad)(IN dy, IN x, IN gamma, IN stats, IN dstats, OUT dx, int rows, int n, int params,
                 int statistic, f64 epsilon, SUMS tmp) {
  for (int r = 0; r < rows; r++, dy += n, x += n, dx += n, stats += 4, dstats += 4) {
    const f32 m = stats[0], k = stats[3], c = -stats[1] * k, g = gamma[0];
    tmp[0] = tmp[1] = 0;
    grad_sums(dy, x, params > 1 ? gamma : 0, n, m, k, c, tmp, tmp + 1);
    const f64 scale = params > 1 ? 1 : g;
    f64 mean = 0, along = tmp[1] * scale;
    if (statistic & CENTER) {
      mean = (tmp[0] * scale - (f64)dstats[0] / k) / n;
      along = (along - 2 * (f64)dstats[2] / ((f64)k * k)) / n;
    } else if (statistic & AVERAGE) along /= n;
    else if (!(stats[2] > epsilon)) along = 0;
    const f32 u = k * along, v = mean + c * along, w = along;
    if (!(statistic & SQUARES)) {
      const int step = params > 1;
      for (int i = 0; i < n; i++) dx[i] = (dy[i] * gamma[i * step] - sign(x[i]) * w) * k;
    } else if (params > 1) {
      for (int i = 0; i < n; i++) dx[i] = (dy[i] * gamma[i] - ((x[i] - m) * u + v)) * k;
    } else {
      for (int i = 0; i < n; i++) dx[i] = (dy[i] * g - ((x[i] - m) * u + v)) * k;
    }
  }
}
INLINE void row_pair(IN dy, IN x, IN dy1, IN x1, IN t, IN t1, int n, OUT dgamma, OUT dbeta) {
  const f32 m = t[0], k = t[3], c = -t[1] * k, m1 = t1[0], k1 = t1[3], c1 = -t1[1] * k1;
  for (int i = 0; i < n; i++) {
    dgamma[i] += dy[i] * ((x[i] - m) * k + c) + dy1[i] * ((x1[i] - m1) * k1 + c1);
    dbeta[i] += dy[i] + dy1[i];
  }
}
// dgamma and dbeta, added to; tmp: 2 * STRIP zeros, left zero. Far rows, see below.
KERNEL(row_param_grad)(IN dy, IN x, IN stats, int rows, int n, SUMS dgamma, SUMS dbeta, OUT tmp) {
  const int half = rows / 2, far = half * n;
  for (int j = 0; j < n; j += STRIP) {
    const int c = least(n - j, STRIP);
    for (int r = 0; r < half; r++) {
      const int i = r * n + j;
      row_pair(dy + i, x + i, dy + far + i, x + far + i, stats + 4 * r, stats + 4 * (half + r), c,
               tmp, tmp + STRIP);
      if (r % (ROWS / 2) == ROWS / 2 - 1 || r == half - 1) {
        flush(dgamma + j, tmp, c);
        flush(dbeta + j, tmp + STRIP, c);
      }
    }
    if (rows % 2 == 0) continue;
    IN last = stats + 4 * (rows - 1);
    IN dyr = dy + 2 * far + j;
    IN xr = x + 2 * far + j;
    for (int i = 0; i < c; i++) {
      dgamma[j + i] += dyr[i] * ((xr[i] - last[0]) * last[3] - last[1] * last[3]);
      dbeta[j + i] += dyr[i];
    }
  }
}

// ---- Columns: a line of one group and one parameter is a column of a [rows, c] matrix.
// A pass reads a few far rows at once, each a sequential stream: the prefetcher keeps up, and the
// sums are loaded and stored once for all of them. What makes no full set of rows comes last.
// Wide matrices go in strips, so that sums and coefficients stay in the L1.

INLINE void column_sums(IN x, IN x1, IN x2, IN x3, int rows, int c, int stride, IN shift,
                               OUT s, OUT q) {
  for (int r = 0; r < rows; r++, x += stride, x1 += stride, x2 += stride, x3 += stride)
    for (int j = 0; j < c; j++) {
      const f32 d = x[j] - shift[j], d1 = x1[j] - shift[j];
      const f32 d2 = x2[j] - shift[j], d3 = x3[j] - shift[j];
      s[j] += (d + d1) + (d2 + d3);
      q[j] += (d * d + d1 * d1) + (d2 * d2 + d3 * d3);
    }
}
INLINE void column_sums1(IN x, int rows, int c, int stride, IN shift, OUT s, OUT q) {
  for (int r = 0; r < rows; r++, x += stride)
    for (int j = 0; j < c; j++) { const f32 d = x[j] - shift[j]; s[j] += d; q[j] += d * d; }
}
// Joins b rows, summed as x - shift, to `done` rows; the mean becomes the next rows' shift.
INLINE void column_join(int done, int b, int c, SUMS mean, SUMS m2, OUT shift, OUT s, OUT q) {
  const f64 ib = 1.0 / b, w = (f64)b / (done + b), v = w * done;
  for (int j = 0; j < c; j++) {
    const f64 d = s[j] * ib, e = shift[j] + d - mean[j];
    m2[j] += q[j] - d * s[j] + e * e * v;
    mean[j] += e * w;
    shift[j] = mean[j]; s[j] = q[j] = 0;
  }
}
INLINE void strip_moments(IN x, int done, int rows, int c, int stride, SUMS mean, SUMS m2,
                                 OUT tmp) {
  OUT shift = tmp, *restrict s = tmp + STRIP, *restrict q = tmp + 2 * STRIP;
  for (int j = 0; j < c; j++) {
    if (!done) mean[j] = m2[j] = 0;
    shift[j] = done ? mean[j] : x[j]; s[j] = q[j] = 0;
  }
  const int part = rows / 4, far = part * stride;
  for (int r = 0, b; r < part; r += b, x += b * stride, done += 4 * b) {
    b = least(part - r, (done ? ROWS : FIRST_ROWS) / 4);
    column_sums(x, x + far, x + 2 * far, x + 3 * far, b, c, stride, shift, s, q);
    column_join(done, 4 * b, c, mean, m2, shift, s, q);
  }
  if (rows % 4 == 0) return;
  column_sums1(x + 3 * far, rows % 4, c, stride, shift, s, q);
  column_join(done, rows % 4, c, mean, m2, shift, s, q);
}
INLINE void strip_absolutes(IN x, int rows, int c, int stride, SUMS total, OUT s) {
  for (int j = 0; j < c; j++) s[j] = 0;
  for (int r = 0; r < rows; r++, x += stride) {
    for (int j = 0; j < c; j++) s[j] += __builtin_fabsf(x[j]);
    if (r % ROWS == ROWS - 1 || r == rows - 1) flush(total, s, c);
  }
}
// The moments of each column, joined to those of `done` earlier rows. For absolute values their sum
// is m2, and the mean 0. tmp: 3 * STRIP.
KERNEL(column_moments)(IN x, int rows, int c, int statistic, SUMS mean, SUMS m2, int done, OUT tmp) {
  for (int j = 0; j < c; j += STRIP) {
    const int width = least(c - j, STRIP);
    if (statistic & SQUARES) {
      strip_moments(x + j, done, rows, width, c, mean + j, m2 + j, tmp);
    } else {
      if (!done) for (int i = j; i < j + width; i++) mean[i] = m2[i] = 0;
      strip_absolutes(x + j, rows, width, c, m2 + j, tmp);
    }
  }
}
// y = (x - m) * a + b
KERNEL(column_apply)(IN x, OUT y, int rows, int c, IN m, IN a, IN b) {
  for (int j = 0; j < c; j += STRIP)
    for (int r = 0; r < rows; r++) {
      IN xr = x + r * c;
      OUT yr = y + r * c;
      for (int i = j, end = least(c, j + STRIP); i < end; i++) yr[i] = (xr[i] - m[i]) * a[i] + b[i];
    }
}
INLINE void column_grad_pair(IN dy, IN x, IN dy1, IN x1, int rows, int c, int stride, IN m,
                                    OUT s, OUT q) {
  for (int r = 0; r < rows; r++, x += stride, dy += stride, x1 += stride, dy1 += stride)
    for (int j = 0; j < c; j++) {
      s[j] += dy[j] + dy1[j];
      q[j] += dy[j] * (x[j] - m[j]) + dy1[j] * (x1[j] - m[j]);
    }
}
// s: sums of dy, q: of dy * (x - m), both added to. tmp: 2 * STRIP zeros, left zero.
KERNEL(column_grad_sums)(IN dy, IN x, int rows, int c, IN m, SUMS s, SUMS q, OUT tmp) {
  const int half = rows / 2, far = half * c;
  for (int j = 0; j < c; j += STRIP) {
    const int width = least(c - j, STRIP);
    for (int r = 0, b; r < half; r += b) {
      b = least(half - r, ROWS / 2);
      IN dyr = dy + r * c + j;
      IN xr = x + r * c + j;
      column_grad_pair(dyr, xr, dyr + far, xr + far, b, width, c, m + j, tmp, tmp + STRIP);
      flush(s + j, tmp, width);
      flush(q + j, tmp + STRIP, width);
    }
  }
  if (rows % 2 == 0) return;
  IN dyr = dy + 2 * far;
  IN xr = x + 2 * far;
  for (int j = 0; j < c; j++) { s[j] += dyr[j]; q[j] += dyr[j] * (xr[j] - m[j]); }
}
// dx = dy * a + direction, which is (x - m) * b + d for squares, else sign(x) * b
KERNEL(column_grad_apply)(IN dy, IN x, OUT dx, int rows, int c, int statistic, IN m, IN a, IN b,
                          IN d) {
  for (int j = 0; j < c; j += STRIP)
    for (int r = 0; r < rows; r++) {
      IN dyr = dy + r * c;
      IN xr = x + r * c;
      OUT dxr = dx + r * c;
      const int end = least(c, j + STRIP);
      if (statistic & SQUARES) {
        for (int i = j; i < end; i++) dxr[i] = dyr[i] * a[i] + ((xr[i] - m[i]) * b[i] + d[i]);
      } else {
        for (int i = j; i < end; i++) dxr[i] = dyr[i] * a[i] + sign(xr[i]) * b[i];
      }
    }
}

// ---- Segments: a line is n adjacent elements. The kernels are those of columns.

// Of four far segments at once, as of far rows above.
INLINE void far_moments(IN x, int n, int part, SUMS mean, SUMS m2) {
  const int far = part * n;
  IN x1 = x + far, *restrict x2 = x1 + far, *restrict x3 = x2 + far;
  for (int k = 0; k < 4; k++) mean[k * part] = m2[k * part] = 0;
  for (int i = 0, b; i < n; i += b, x += b, x1 += b, x2 += b, x3 += b) {
    REASSOCIATE
    b = least(n - i, i ? BLOCK / 2 : FIRST);
    const f32 c = i ? mean[0] : *x, c1 = i ? mean[part] : *x1;
    const f32 c2 = i ? mean[2 * part] : *x2, c3 = i ? mean[3 * part] : *x3;
    f32 s = 0, q = 0, s1 = 0, q1 = 0, s2 = 0, q2 = 0, s3 = 0, q3 = 0;
    REDUCE_FAR(s, q, s1, q1, s2, q2, s3, q3) for (int j = 0; j < b; j++) {
      const f32 d = x[j] - c, d1 = x1[j] - c1, d2 = x2[j] - c2, d3 = x3[j] - c3;
      s += d; s1 += d1; s2 += d2; s3 += d3;
      q += d * d; q1 += d1 * d1; q2 += d2 * d2; q3 += d3 * d3;
    }
    join(x, mean, m2, i, b, c, s, q);
    join(x1, mean + part, m2 + part, i, b, c1, s1, q1);
    join(x2, mean + 2 * part, m2 + 2 * part, i, b, c2, s2, q2);
    join(x3, mean + 3 * part, m2 + 3 * part, i, b, c3, s3, q3);
  }
  for (int k = 0; k < 4; k++) if (m2[k * part] < 0) m2[k * part] = 0;
}
KERNEL(segment_moments)(IN x, int rows, int n, int statistic, SUMS mean, SUMS m2) {
  const int part = statistic & CENTER ? rows / 4 : 0;
  for (int r = 0; r < part; r++) far_moments(x + r * n, n, part, mean + r, m2 + r);
  for (int r = 4 * part; r < rows; r++) moments(x + r * n, n, statistic, mean + r, m2 + r);
}
KERNEL(segment_apply)(IN x, OUT y, int rows, int n, IN m, IN a, IN b) {
  for (int r = 0; r < rows; r++, x += n, y += n)
    for (int i = 0; i < n; i++) y[i] = (x[i] - m[r]) * a[r] + b[r];
}
KERNEL(segment_grad_sums)(IN dy, IN x, int rows, int n, IN m, SUMS s, SUMS q) {
  for (int r = 0; r < rows; r++, dy += n, x += n)
    grad_sums(dy, x, 0, n, m[r], 1, 0, s + r, q + r);
}
KERNEL(segment_grad_apply)(IN dy, IN x, OUT dx, int rows, int n, int statistic, IN m, IN a, IN b,
                           IN d) {
  for (int r = 0; r < rows; r++, dy += n, x += n, dx += n)
    if (statistic & SQUARES) {
      for (int i = 0; i < n; i++) dx[i] = dy[i] * a[r] + ((x[i] - m[r]) * b[r] + d[r]);
    } else {
      for (int i = 0; i < n; i++) dx[i] = dy[i] * a[r] + sign(x[i]) * b[r];
    }
}
