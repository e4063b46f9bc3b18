// Segments: a line is n adjacent elements. The kernels are those of columns.
#pragma once
#include "sums.h"

// Four segments at once, far ones for the reason that columns.h gives for rows. Their means, and the sums
// of the squares of what is off them.
FUNCTION four_moments(IN x, IN x1, IN x2, IN x3, int n, SUMS mean, SUMS m2) {
  for (int k = 0; k < 4; k++) mean[k] = m2[k] = 0;
  for (int i = 0, b; i < n; i += b, x += b, x1 += b, x2 += b, x3 += b) {
    REASSOCIATE
    b = least(n - i, BLOCK / 2);
    const f32 c = i ? mean[0] : shift_of(x, b), c1 = i ? mean[1] : shift_of(x1, b);
    const f32 c2 = i ? mean[2] : shift_of(x2, b), c3 = i ? mean[3] : shift_of(x3, b);
    f32 s = 0, q = 0, s1 = 0, q1 = 0, s2 = 0, q2 = 0, s3 = 0, q3 = 0;
    RUNS(k, b, FAR_RUN) {
      f32 t = 0, u = 0, t1 = 0, u1 = 0, t2 = 0, u2 = 0, t3 = 0, u3 = 0;
      REDUCE_FAR(t, u, t1, u1, t2, u2, t3, u3) for (int j = k; j < end; j++) {
        const f32 d = x[j] - c, d1 = x1[j] - c1, d2 = x2[j] - c2, d3 = x3[j] - c3;
        t += d; t1 += d1; t2 += d2; t3 += d3;
        u += d * d; u1 += d1 * d1; u2 += d2 * d2; u3 += d3 * d3;
      }
      s += t; s1 += t1; s2 += t2; s3 += t3;
      q += u; q1 += u1; q2 += u2; q3 += u3;
    }
    join(x, mean, m2, i, b, c, s, q);
    join(x1, mean + 1, m2 + 1, i, b, c1, s1, q1);
    join(x2, mean + 2, m2 + 2, i, b, c2, s2, q2);
    join(x3, mean + 3, m2 + 3, i, b, c3, s3, q3);
  }
  for (int k = 0; k < 4; k++) if (m2[k] < 0) m2[k] = 0;
}
// Segments that do not make four are taken more than once: other loops would give their sums other
// bits, and how many segments there are is up to the batch.
LOOP(segment_moments)(IN x, int rows, int n, int statistic, SUMS mean, SUMS m2) {
  if (!(statistic & CENTER)) {
    for (int r = 0; r < rows; r++) moments(x + r * n, n, statistic, mean + r, m2 + r);
    return;
  }
  const int part = (rows + 3) / 4;
  for (int r = 0; r < part; r++) {
    const int at[] = {r, least(r + part, rows - 1), least(r + 2 * part, rows - 1),
                      least(r + 3 * part, rows - 1)};
    f64 means[4], powers[4];
    four_moments(x + at[0] * n, x + at[1] * n, x + at[2] * n, x + at[3] * n, n, means, powers);
    for (int k = 0; k < 4; k++) mean[at[k]] = means[k], m2[at[k]] = powers[k];
  }
}
LOOP(segment_apply)(IN x, OUT y, int rows, int n, IN m, IN a, IN b) {
  for (int r = 0; r < rows; r++, x += n, y += n)
    for (int i = 0; i < n; i++) y[i] = (x[i] - m[r]) * a[r] + b[r];
}
LOOP(segment_grad_sums)(IN dy, IN x, int rows, int n, IN m, SUMS s, SUMS q) {
  for (int r = 0; r < rows; r++, dy += n, x += n)
    grad_sums(dy, x, 0, n, m[r], 1, 0, s + r, q + r);
}
LOOP(segment_grad_apply)(IN dy, IN x, OUT dx, int rows, int n, int statistic, IN m, IN a, IN b,
                           IN d) {
  for (int r = 0; r < rows; r++, dy += n, x += n, dx += n)
    if (statistic & SQUARES) {
      for (int i = 0; i < n; i++) dx[i] = dy[i] * a[r] + ((x[i] - m[r]) * b[r] + d[r]);
    } else {
      for (int i = 0; i < n; i++) dx[i] = dy[i] * a[r] + sign(x[i]) * b[r];
    }
}
