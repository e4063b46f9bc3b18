// Columns: a line of one group and one parameter is a column of a [rows, c] matrix.
// A pass reads a few far rows at once, each a sequential stream: the prefetcher keeps up, and the
// sums are loaded and stored once for all of them. The rows that make no full set come last.
// Wide matrices go in strips, so that sums and coefficients stay in the L1.
#pragma once
#include "sums.h"

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
LOOP(strip_moments)(IN x, int done, int rows, int c, int stride, SUMS mean, SUMS m2, OUT tmp,
                    int strip) {
  OUT shift = tmp, *restrict s = tmp + strip, *restrict q = tmp + 2 * strip;
  const int first = done ? 0 : least(rows, FIRST_ROWS);
  for (int j = 0; j < c; j++) {
    if (!done) mean[j] = m2[j] = 0;
    shift[j] = mean[j]; s[j] = q[j] = 0;
  }
  for (int r = 0; r < first; r++)
    for (int j = 0; j < c; j++) shift[j] += x[r * stride + j];
  for (int j = 0; first && j < c; j++) shift[j] = shift_by(shift[j], first, x[j]);
  const int part = rows / 4, far = part * stride;
  for (int r = 0, b; r < part; r += b, x += b * stride, done += 4 * b) {
    b = least(part - r, ROWS / 4);
    column_sums(x, x + far, x + 2 * far, x + 3 * far, b, c, stride, shift, s, q);
    column_join(done, 4 * b, c, mean, m2, shift, s, q);
  }
  if (rows % 4 == 0) return;
  column_sums1(x + 3 * far, rows % 4, c, stride, shift, s, q);
  column_join(done, rows % 4, c, mean, m2, shift, s, q);
}
LOOP(strip_absolutes)(IN x, int rows, int c, int stride, SUMS total, OUT s) {
  for (int j = 0; j < c; j++) s[j] = 0;
  const int part = rows / 4, far = part * stride;
  for (int r = 0; r < part; r++, x += stride) {
    for (int j = 0; j < c; j++)
      s[j] += (__builtin_fabsf(x[j]) + __builtin_fabsf(x[j + far])) +
              (__builtin_fabsf(x[j + 2 * far]) + __builtin_fabsf(x[j + 3 * far]));
    if (r % (ROWS / 4) == ROWS / 4 - 1 || r == part - 1) flush(total, s, c);
  }
  for (int r = 4 * part; r < rows; r++, x += stride)
    for (int j = 0; j < c; j++) total[j] += __builtin_fabsf(x[j + 3 * far]);
}
// The moments of each column, joined to those of `done` earlier rows. For absolute values their sum
// is m2, and the mean 0. tmp: 3 * STRIP.
LOOP(column_moments)(IN x, int rows, int c, int statistic, SUMS mean, SUMS m2, int done, OUT tmp) {
  for (int j = 0; j < c; j += STRIP) {
    const int width = least(c - j, STRIP);
    if (statistic & SQUARES) {
      strip_moments(x + j, done, rows, width, c, mean + j, m2 + j, tmp, STRIP);
    } else {
      if (!done) for (int i = j; i < j + width; i++) mean[i] = m2[i] = 0;
      strip_absolutes(x + j, rows, width, c, m2 + j, tmp);
    }
  }
}
// y = (x - m) * a + b
LOOP(column_apply)(IN x, OUT y, int rows, int c, IN m, IN a, IN b) {
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
LOOP(column_grad_sums)(IN dy, IN x, int rows, int c, IN m, SUMS s, SUMS q, OUT tmp) {
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
LOOP(column_grad_apply)(IN dy, IN x, OUT dx, int rows, int c, int statistic, IN m, IN a, IN b,
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
