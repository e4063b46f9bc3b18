// A panel: n rows of up to 512 lanes, each of which is a group of its own. The result of a lane is computed
// as if it were alone: the same sums in the same order.
//
// A parameter is at gamma[row * row_step + lane * lane_step], where lane_step is 0 or 1.
#pragma once
#include "columns.h"
#include "four.h"

enum { MOST_LANES = 512 };

typedef struct {
  const f32 *gamma, *beta;
  int row_step, lane_step;
} Params;

// Each lane becomes xhat = (x - m) * k + c, and then dx = (h - (x - m) * u - v) * k or, for
// absolute values, (h - sign(x) * w) * k.
typedef struct {
  f64 mean[MOST_LANES], spread[MOST_LANES], rstd[MOST_LANES];
  f32 m[MOST_LANES], k[MOST_LANES], c[MOST_LANES], u[MOST_LANES], v[MOST_LANES], w[MOST_LANES], tmp[3 * MOST_LANES];
} Lanes;

// Each lane's mean, or 0, and the sum of the powers of what is off it.
LOOP(panel_moments)(IN x, int stride, int n, int lanes, int statistic, SUMS mean, SUMS total,
                    OUT tmp) {
  if (statistic & SQUARES) {
    strip_moments(x, 0, n, lanes, stride, mean, total, tmp, MOST_LANES);
  } else {
    for (int l = 0; l < lanes; l++) mean[l] = total[l] = 0;
    strip_absolutes(x, n, lanes, stride, total, tmp);
  }
  if (!(statistic & CENTER))
    for (int l = 0; l < lanes; l++) {
      total[l] += n * mean[l] * mean[l];
      mean[l] = 0;
    }
  int all_fit = 1;
  for (int l = 0; l < lanes; l++) all_fit &= fits(total[l], statistic);
  if (all_fit) return;
  for (int l = 0; l < lanes; l++)
    if (!fits(total[l], statistic)) exact_moments(x + l, stride, n, statistic, mean + l, total + l);
}
// `spread` has the total of the powers, and then what it amounts to.
LOOP(lane_stats)(Lanes *t, OUT stats, int n, int lanes, int statistic, f64 epsilon) {
  SUMS mean = t->mean, *restrict spread = t->spread, *restrict rstd = t->rstd;
  OUT m = t->m, *restrict k = t->k, *restrict c = t->c;
  if (statistic & AVERAGE) {
    for (int l = 0; l < lanes; l++) {
      spread[l] /= n;
      rstd[l] = 1 / __builtin_sqrt(spread[l] + epsilon);
    }
  } else {
    for (int l = 0; l < lanes; l++) {
      if (statistic & SQUARES) spread[l] = __builtin_sqrt(spread[l]);
      rstd[l] = reciprocal(spread[l], statistic, epsilon);
    }
  }
  for (int l = 0; l < lanes; l++) {
    m[l] = mean[l], k[l] = rstd[l];
    c[l] = -(f32)(mean[l] - m[l]) * k[l];
  }
  ONE_BY_ONE for (int l = 0; l < lanes; l++, stats += 4)
    stats[0] = m[l], stats[1] = mean[l] - m[l], stats[2] = spread[l], stats[3] = k[l];
}
// y = xhat * gamma + beta
LOOP(panel_apply)(IN x, int stride, OUT y, int y_stride, int n, int lanes, IN m, IN k, IN c,
                  Params p) {
  IN gamma = p.gamma, *restrict beta = p.beta;
  for (int i = 0; i < n; i++, x += stride, y += y_stride, gamma += p.row_step, beta += p.row_step) {
    if (p.lane_step) {
      for (int l = 0; l < lanes; l++) y[l] = ((x[l] - m[l]) * k[l] + c[l]) * gamma[l] + beta[l];
    } else {
      const f32 a = *gamma, b = *beta;
      for (int l = 0; l < lanes; l++) y[l] = ((x[l] - m[l]) * k[l] + c[l]) * a + b;
    }
  }
}
// Adds the sums of h = dy * gamma and of h * (x - m), over one row or two.
INLINE void panel_grad_row(IN dy, IN x, IN dy1, IN x1, IN gamma, IN gamma1, int each, int two,
                           int lanes, IN m, OUT s, OUT q) {
  const f32 a = *gamma, a1 = *gamma1;
  for (int l = 0; l < lanes; l++) {
    const f32 h = dy[l] * (each ? gamma[l] : a), h1 = dy1[l] * (each ? gamma1[l] : a1);
    s[l] += two ? h + h1 : h;
    q[l] += two ? h * (x[l] - m[l]) + h1 * (x1[l] - m[l]) : h * (x[l] - m[l]);
  }
}
LOOP(panel_grad_sums)(IN dy, IN x, int stride, int n, int lanes, Params p, IN m, SUMS s, SUMS q,
                      OUT tmp) {
  const int half = n / 2, far = half * stride, far_gamma = half * p.row_step;
  OUT s32 = tmp, *restrict q32 = tmp + MOST_LANES;
  for (int l = 0; l < lanes; l++) s[l] = q[l] = s32[l] = q32[l] = 0;
  for (int i = 0; i < half + n % 2; i++) {
    const int two = i < half, at = two ? i : 2 * half;
    IN d = dy + at * stride, *restrict e = x + at * stride, *restrict g = p.gamma + at * p.row_step;
    if (two && p.lane_step)
      panel_grad_row(d, e, d + far, e + far, g, g + far_gamma, 1, 1, lanes, m, s32, q32);
    else if (two) panel_grad_row(d, e, d + far, e + far, g, g + far_gamma, 0, 1, lanes, m, s32, q32);
    else panel_grad_row(d, e, d, e, g, g, p.lane_step, 0, lanes, m, s32, q32);
    if (i % (ROWS / 4) == ROWS / 4 - 1 || i >= half - 1) {
      flush(s, s32, lanes);
      flush(q, q32, lanes);
    }
  }
}
// mean(h) and collect(h * xhat) of each lane, and with them what applies to it.
LOOP(lane_terms)(Lanes *t, IN stats, const f32 *dmean, const f32 *dspread, int n, int lanes,
                 int statistic, f64 epsilon) {
  // The sums that panel_grad_sums left.
  SUMS sum = t->mean, *restrict along = t->spread;
  OUT k = t->k, *restrict c = t->c, *restrict u = t->u, *restrict v = t->v, *restrict w = t->w;
  for (int l = 0; l < lanes; l++) along[l] = along[l] * k[l] + sum[l] * c[l];
  if (dmean || !(statistic & AVERAGE)) {
    for (int l = 0; l < lanes; l++) {
      const Terms terms = grad_terms(sum[l], along[l], stats[4 * l + 2], k[l], dmean ? dmean[l] : 0,
                                     dspread ? dspread[l] : 0, n, statistic, epsilon);
      sum[l] = terms.mean, along[l] = terms.along;
    }
  } else {
    const f64 share = 1.0 / n, mean_share = statistic & CENTER ? share : 0;
    for (int l = 0; l < lanes; l++) sum[l] *= mean_share, along[l] *= share;
  }
  for (int l = 0; l < lanes; l++) {
    u[l] = k[l] * along[l];
    v[l] = sum[l] + c[l] * along[l];
    w[l] = along[l];
  }
}
LOOP(panel_grad_apply)(IN dy, IN x, int stride, OUT dx, int dx_stride, int n, int lanes,
                       int statistic, const Lanes *t, Params p) {
  IN m = t->m, *restrict k = t->k, *restrict u = t->u, *restrict v = t->v, *restrict w = t->w;
  IN gamma = p.gamma;
  for (int i = 0; i < n; i++, dy += stride, x += stride, dx += dx_stride, gamma += p.row_step) {
    const f32 a = *gamma;
    if (!(statistic & SQUARES)) {
      for (int l = 0; l < lanes; l++)
        dx[l] = (dy[l] * gamma[l * p.lane_step] - sign(x[l]) * w[l]) * k[l];
    } else if (p.lane_step) {
      for (int l = 0; l < lanes; l++) dx[l] = (dy[l] * gamma[l] - ((x[l] - m[l]) * u[l] + v[l])) * k[l];
    } else {
      for (int l = 0; l < lanes; l++) dx[l] = (dy[l] * a - ((x[l] - m[l]) * u[l] + v[l])) * k[l];
    }
  }
}
// The same for squares where the lanes share a row's parameters, with the sums of dy * xhat and of dy of each
// row, of which dgamma and dbeta are `row_step` apart.
LOOP(panel_grad_apply_sums)(IN dy, IN x, int stride, OUT dx, int dx_stride, int n, int lanes,
                            const Lanes *t, Params p, SUMS dgamma, SUMS dbeta) {
  IN m = t->m, *restrict k = t->k, *restrict c = t->c, *restrict u = t->u, *restrict v = t->v;
  for (int i = 0; i < n; i++, dy += stride, x += stride, dx += dx_stride) {
    const f32 a = p.gamma[i * p.row_step];
    f64 *gamma_sum = dgamma + i * p.row_step, *beta_sum = dbeta + i * p.row_step;
    RUNS(from, lanes & ~3, FAR_RUN) {
      Four sums[4] = {{0}, {0}, {0}, {0}};
      for (int l = from; l < end; l += 4) {
        const Four d = four_at(dy + l), off = four_at(x + l) - four_at(m + l);
        put_four(dx + l, (d * splat(a) - (off * four_at(u + l) + four_at(v + l))) * four_at(k + l));
        sums[0] += d * (off * four_at(k + l) + four_at(c + l));
        sums[1] += d;
      }
      const Four sum = sums_of(sums);
      *gamma_sum += sum[0], *beta_sum += sum[1];
    }
    for (int l = lanes & ~3; l < lanes; l++) {
      dx[l] = (dy[l] * a - ((x[l] - m[l]) * u[l] + v[l])) * k[l];
      *gamma_sum += dy[l] * ((x[l] - m[l]) * k[l] + c[l]), *beta_sum += dy[l];
    }
  }
}
// Adds dy * xhat and dy of each element, `step` from row to row.
LOOP(panel_param_grad)(IN dy, IN x, int stride, int n, int lanes, IN m, IN k, IN c, SUMS dgamma,
                       SUMS dbeta, int step) {
  for (int i = 0; i < n; i++, dy += stride, x += stride, dgamma += step, dbeta += step)
    for (int l = 0; l < lanes; l++) {
      dgamma[l] += dy[l] * ((x[l] - m[l]) * k[l] + c[l]);
      dbeta[l] += dy[l];
    }
}
// The same where the lanes share a row's parameters: sums of each row.
LOOP(panel_row_params)(IN dy, IN x, int stride, int n, int lanes, IN m, IN k, IN c, SUMS dgamma,
                       SUMS dbeta, int step) {
  for (int i = 0; i < n; i++, dy += stride, x += stride)
    RUNS(from, lanes, RUN) {
      REASSOCIATE
      f32 s = 0, q = 0;
      REDUCE(s, q) for (int l = from; l < end; l++) {
        s += dy[l];
        q += dy[l] * ((x[l] - m[l]) * k[l] + c[l]);
      }
      dgamma[i * step] += q, dbeta[i * step] += s;
    }
}
