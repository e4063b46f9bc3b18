// FusedNormalizeGrad: dx = rstd * (h - mean(h) - direction * collect(h * xhat)) with h = dy * gamma,
// dgamma = sum(dy * xhat) and dbeta = sum(dy), as far as the call has these arrays. Where there is an activation, its
// slope is first multiplied into dy, by a tile at a time: the formulas do not know of it.
#include "activations.h"
#include "added.h"
#include "groups.h"
#include "lines.h"
#include "stream.h"

// ---- Groups, each by itself

typedef struct { const f32 *dy, *x, *gamma, *beta, *stats, *dmean, *dspread, *dsum; } Inputs;

static void grad_rows(const Groups *all, Tile t, Inputs in, f32 *dx) {
  const Call *c = all->call;
  const Plan *plan = &c->plan;
  const int n = plan->head.width;
  const bool streams = !all->copied && c->statistic & SQUARES && can_stream(plan->size, n, dx);
  for (int g = t.first, r = 0; g < t.end; g++, r++) {
    const int at = r * n;
    const f32 *gamma = in.gamma + first_param(plan, g), *stats = in.stats + 4 * r;
    const f32 *dmean = in.dmean ? in.dmean + r : 0, *dspread = in.dspread ? in.dspread + r : 0;
    const f32 *dsum = in.dsum ? in.dsum + at : 0;
    (streams ? stream_row_grad : row_grad)(in.dy + at, in.x + at, gamma, stats, dmean, dspread, dsum, dx + at, n,
                                           plan->line_step, c->statistic, c->epsilon);
    if (dsum && !streams && !(plan->line_step && c->statistic & SQUARES)) add_to(dx + at, dsum, n);
  }
  if (streams) end_stream();
}
// The gradient of rows in front of the activation.
static const f32 *before_activation(const Groups *all, const Panel *p, Tile t, Inputs in) {
  const Call *c = all->call;
  const Plan *plan = &c->plan;
  const int n = plan->head.width, each = plan->line_step;
  f32 *z = p->space.dz;
  for (int g = t.first, r = 0; g < t.end; g++, r++) {
    const int param = first_param(plan, g);
    row_affine(in.x + r * n, in.stats + 4 * r, in.gamma + param, in.beta + param, z + r * n, n, each);
  }
  activate(in.dy, z, z, (t.end - t.first) * n, c->activation);
  return z;
}
static bool sums_as_it_goes(const Plan *plan) {
  return plan->head.width <= FEW && plan->period == 1 && plan->line_step;
}
static void grad_short_rows(const Groups *all, Panel *p, Tile t, Inputs in, f32 *dx) {
  const Call *c = all->call;
  const Plan *plan = &c->plan;
  const int rows = t.end - t.first, n = plan->head.width;
  const bool streams = !all->copied && !in.dsum && can_stream(plan->size, n, dx);
  f64 *dgamma = sums_as_it_goes(plan) ? p->space.sums : 0;
  if (n <= FEW)
    few_grad(in.dy, in.x, in.gamma, in.stats, in.dmean, in.dspread, dx, rows, n, params_of_rows(all, p, t),
             plan->line_step, c->statistic, c->epsilon, dgamma, dgamma ? dgamma + plan->head.params : 0);
  else
    short_rows_grad(in.dy, in.x, in.gamma, in.stats, in.dmean, in.dspread, dx, rows, n,
                    params_of_rows(all, p, t), plan->line_step, c->statistic, c->epsilon, streams);
  if (streams) end_stream();
  if (in.dsum) add_to(dx, in.dsum, rows * n);
}
// For rows with the same parameters at a time: some that follow one another, or each of a period.
static void sum_rows(const Groups *all, const Panel *p, Tile t, Inputs in) {
  const Plan *plan = &all->call->plan;
  const int n = plan->head.width, period = plan->alike > 1 ? 1 : plan->period;
  for (int g = t.first, rows; g < t.end; g += period > 1 ? 1 : rows) {
    if (period > 1 && g - t.first >= period) return;
    rows = period > 1 ? (t.end - g + period - 1) / period
                      : least(t.end - g, plan->alike - g % plan->alike);
    f64 *dgamma = p->space.sums + first_param(plan, g), *dbeta = dgamma + plan->head.params;
    const f32 *dy = in.dy + (g - t.first) * n, *x = in.x + (g - t.first) * n;
    const f32 *stats = in.stats + 4 * (g - t.first);
    if (plan->line_step) {
      row_param_grad(dy, x, stats, rows, period, n, dgamma, dbeta, p->space.tmp);
      continue;
    }
    for (int r = 0; r < rows * period; r += period) {
      const f32 *of = stats + 4 * r;
      grad_sums(dy + r * n, x + r * n, 0, n, of[0], of[3], -of[1] * of[3], dbeta, dgamma);
    }
  }
}
// dgamma and dbeta of a panel's elements, each row's together where its lanes share them.
static void sum_panel(const Groups *all, Panel *p, const f32 *dy, const f32 *x, int pitch, f64 *dgamma,
                      f64 *dbeta) {
  const Call *c = all->call;
  const int n = c->plan.head.width, step = p->params.row_step;
  const Lanes *of = &p->of;
  if (!p->params.lane_step) {
    panel_row_params(dy, x, pitch, n, p->count, of->m, of->k, of->c, dgamma, dbeta, step);
  } else if (p->params.gamma != p->space.gamma) {
    panel_param_grad(dy, x, pitch, n, p->count, of->m, of->k, of->c, dgamma, dbeta, step);
  } else {
    panel_param_grad(dy, x, pitch, n, p->count, of->m, of->k, of->c, p->space.dgamma, p->space.dbeta,
                     all->pitch);
    p->is_summed = true;
  }
}
static void grad_panels(const Groups *all, Panel *p, Tile t, Inputs in, f32 *dx) {
  const Call *c = all->call;
  const int n = c->plan.head.width;
  Lanes *of = &p->of;
  for (int g = t.first; g < t.end; g += p->count) {
    next_panel(all, p, t, g, in.gamma, in.beta);
    const int lanes = p->lanes, r = g - t.first;
    const f32 *stats = in.stats + 4 * r;
    for (int l = 0; l < lanes; l++) {
      const f32 *s = stats + 4 * least(l, p->count - 1);
      of->m[l] = s[0], of->k[l] = s[3], of->c[l] = -s[1] * s[3];
    }
    int pitch, dx_pitch;
    const f32 *dy = panel_of(all, p, in.dy, p->space.dy, &pitch);
    const f32 *x = panel_of(all, p, in.x, p->space.x, &pitch);
    if (c->activation) {
      f32 *z = p->space.result;
      panel_apply(x, pitch, z, pitch, n, lanes, of->m, of->k, of->c, p->params);
      for (int i = 0; i < n; i++) {
        const int at = i * pitch;
        activate(dy + at, z + at, p->space.dy + at, lanes, c->activation);
      }
    }
    f64 *dgamma = p->space.sums ? p->space.sums + p->base[0] : 0;
    f64 *dbeta = dgamma ? dgamma + c->plan.head.params : 0;
    if (!dx) {
      if (dgamma) sum_panel(all, p, dy, x, pitch, dgamma, dbeta);
      continue;
    }
    f32 *result = result_of(all, p, dx, &dx_pitch);
    panel_grad_sums(dy, x, pitch, n, lanes, p->params, of->m, of->mean, of->spread, of->tmp);
    lane_terms(of, stats, in.dmean ? in.dmean + r : 0, in.dspread ? in.dspread + r : 0, n, p->count,
               c->statistic, c->epsilon);
    if (dgamma && c->statistic & SQUARES && !p->params.lane_step) {
      panel_grad_apply_sums(dy, x, pitch, result, dx_pitch, n, p->count, of, p->params, dgamma, dbeta);
    } else {
      panel_grad_apply(dy, x, pitch, result, dx_pitch, n, lanes, c->statistic, of, p->params);
      if (dgamma) sum_panel(all, p, dy, x, pitch, dgamma, dbeta);
    }
    put_result(all, p, dx);
  }
}
// All that the rows of a tile need, where they are rows.
static void grad_all_rows(const Groups *all, Panel *p, Tile t, Inputs in, f32 *dx) {
  const Call *c = all->call;
  if (c->activation) in.dy = before_activation(all, p, t, in);
  // Rows of few elements sum their parameters' gradients as they go.
  const bool sums_few = dx && sums_as_it_goes(&c->plan);
  if (dx && c->plan.head.width <= LONGEST_SHORT) grad_short_rows(all, p, t, in, dx);
  else if (dx) grad_rows(all, t, in, dx);
  if (p->space.sums && !sums_few) sum_rows(all, p, t, in);
}
static void grad_copied(const Groups *all, Panel *p, Tile t, Inputs in, f32 *dx) {
  for (Tile some = next_rows(all, t, t.first); some.first < some.end; some = next_rows(all, t, some.end)) {
    const int from = some.first - t.first;
    Inputs rows = in;
    rows.dy = gather(all, some, t, in.dy, p->space.dy);
    rows.x = gather(all, some, t, in.x, p->space.x);
    rows.stats += 4 * from;
    if (in.dmean) rows.dmean += from;
    if (in.dspread) rows.dspread += from;
    grad_all_rows(all, p, some, rows, dx ? p->space.result : 0);
    if (dx) scatter(all, some, t, p->space.result, dx);
  }
}
static void grad_some(void *arg, int i) {
  const Groups *all = arg;
  const Call *c = all->call;
  const PlanHead *head = &c->plan.head;
  Panel *p = all->panel + i;
  const int end = cut(head->groups, i + 1, all->pieces);
  const f32 *gamma = in(c, GAMMA, 0, head->params), *beta = in_or_null(c, BETA, 0, head->params);
  for (int g = cut(head->groups, i, all->pieces); g < end;) {
    const Tile t = tile_of(all, g, end);
    const int groups = t.end - g;
    const Tile e = elements_of(all, t);
    Inputs inputs = {
        in(c, DY, e.at, e.size), in(c, X, e.at, e.size), gamma, beta, in(c, STATS, 4 * g, 4 * groups),
        in_or_null(c, DMEAN, g, groups), in_or_null(c, DSPREAD, g, groups),
        all->lanes || all->copied ? 0 : in_or_null(c, DSUM, e.at, e.size)};
    f32 *dx = has(c, DX) ? out(c, DX, e.at) : 0;
    if (all->lanes) {
      grad_panels(all, p, t, inputs, dx);
    } else {
      (all->copied ? grad_copied : grad_all_rows)(all, p, t, inputs, dx);
    }
    if (dx) wrote(c, DX, e.at, e.size);
    g = t.end;
  }
  if (all->lanes && p->space.sums) flush_params(all, p);
}
static void write_group_sums(const Groups *all, int array, int first) {
  const int params = all->call->plan.head.params;
  f32 *result = out(all->call, array, 0);
  for (int j = 0; j < params; j++) {
    f64 sum = 0;
    for (int i = 0; i < all->pieces; i++) sum += all->panel[i].space.sums[first + j];
    result[j] = sum;
  }
  wrote(all->call, array, 0, params);
}
static int grad_groups(Call *c, Scratch *scratch) {
  Groups all = {.call = c};
  take_groups(&all, scratch, 1 << DY | 1 << X | 1 << DSUM | 1 << DX, 6);
  if (!scratch->memory) return DONE;
  run(c->threads, all.pieces, grad_some, &all);
  if (has(c, DGAMMA)) {
    write_group_sums(&all, DGAMMA, 0);
    write_group_sums(&all, DBETA, c->plan.head.params);
  }
  return DONE;
}

// ---- Lines

enum { PART = 1 << 17 };  // elements of two arrays that stay in the second cache

// The gradient in front of the activation is made for the sums, and stays in the place of dx until that is made of it,
// where the slope is dear or dx stays in the cache; else it is made again.
static bool keeps_dz(const Part *p) {
  const Call *c = p->call;
  return c->activation && has(c, DX) && (c->activation > LEAKY_RELU || p->blocks * c->plan.head.block_size <= PART);
}
// dy, or the gradient in front of the activation.
static const f32 *dz_of(const Part *p, int i, const Stretch *s, const f32 *x) {
  const Call *c = p->call;
  const int l = s->line, size = s->rows * s->width;
  const f32 *dy = in(c, DY, s->at, size);
  if (!c->activation) return dy;
  f32 *z = keeps_dz(p) ? out(c, DX, s->at) : p->dz + i * line_tile(&c->plan.head);
  (in_segments(p) ? segment_apply : column_apply)(x, z, s->rows, s->width, p->m + l, p->za + l, p->zb + l);
  activate(dy, z, z, size, c->activation);
  if (keeps_dz(p)) wrote(c, DX, s->at, size);
  return z;
}
static void grad_sums_piece(void *arg, int i) {
  const Part *p = arg;
  const int copy = i % sum_copies(p) * p->lines;
  for (Stretch s = {.in_tiles = p->call->activation}; next(p, i, &s);) {
    const f32 *x = in(p->call, X, s.at, s.rows * s.width), *dy = dz_of(p, i, &s, x), *m = p->m + s.line;
    f64 *sum = p->s + copy + s.line, *along = p->q + copy + s.line;
    if (in_segments(p))
      segment_grad_sums(dy, x, s.rows, s.width, m, sum, along);
    else
      column_grad_sums(dy, x, s.rows, s.width, m, sum, along, p->tmp + i * TMP);
  }
}
static void grad_apply_piece(void *arg, int i) {
  const Part *p = arg;
  const Call *c = p->call;
  for (Stretch s = {.in_tiles = c->activation}; next(p, i, &s);) {
    const int l = s.line, rows = s.rows, width = s.width, size = rows * width;
    const f32 *x = in(c, X, s.at, size), *dy = keeps_dz(p) ? in(c, DX, s.at, size) : dz_of(p, i, &s, x);
    const f32 *m = p->m + l, *a = p->a + l, *b = p->b + l, *d = p->d + l;
    f32 *dx = out(c, DX, s.at);
    if (!(c->statistic & SQUARES) || keeps_dz(p) || !can_stream(c->plan.size, width, dx)) {
      if (in_segments(p)) segment_grad_apply(dy, x, dx, rows, width, c->statistic, m, a, b, d);
      else column_grad_apply(dy, x, dx, rows, width, c->statistic, m, a, b, d);
    } else {
      if (in_segments(p)) stream_segment_grads(dy, x, dx, rows, width, m, a, b, d);
      else stream_column_grads(dy, x, dx, rows, width, m, a, b, d);
    }
    wrote(c, DX, s.at, size);
  }
}
// For each line, the sums of dy and of dy * (x - mean).
static void sum_lines(Part *p, const f32 *stats) {
  const Call *c = p->call;
  const f32 *gamma = in(c, GAMMA, 0, c->plan.head.params) + p->first_param;
  const f32 *beta = c->activation ? in(c, BETA, 0, c->plan.head.params) + p->first_param : 0;
  const int copies = sum_copies(p), *group_of = p->call->plan.group_of;
  for (int i = 0; i < copies * p->lines; i++) p->s[i] = p->q[i] = 0;
  for (int l = 0; l < p->lines; l++) {
    const f32 *of = stats + 4 * group_of[l];
    p->m[l] = of[0];
    if (!beta) continue;
    const int param = p->call->plan.param_of[l];
    p->za[l] = of[3] * gamma[param];
    p->zb[l] = beta[param] - of[1] * p->za[l];
  }
  run(p->call->threads, p->pieces, grad_sums_piece, p);
  for (int c = 1; c < copies; c++)
    for (int l = 0; l < p->lines; l++) {
      p->s[l] += p->s[c * p->lines + l];
      p->q[l] += p->q[c * p->lines + l];
    }
  for (int l = 0; l < p->lines; l++) p->q[l] -= stats[4 * group_of[l] + 1] * p->s[l];
}
// For each group, mean(h) and collect(h * xhat), and what the gradients of the moments add to them.
static void join_terms(const Part *p, const f32 *stats, const f32 *gamma) {
  const Call *c = p->call;
  const Plan *plan = &c->plan;
  const int count = groups_size(plan);
  const f32 *dmean = in_or_null(c, DMEAN, p->first_group, p->groups);
  const f32 *dspread = in_or_null(c, DSPREAD, p->first_group, p->groups);
  for (int g = 0; g < p->groups; g++) p->group_s[g] = p->group_q[g] = 0;
  for (int l = 0; l < p->lines; l++) {
    const f64 factor = gamma[plan->param_of[l]];
    p->group_s[plan->group_of[l]] += factor * p->s[l];
    p->group_q[plan->group_of[l]] += factor * p->q[l];
  }
  for (int g = 0; g < p->groups; g++) {
    const f64 rstd = stats[4 * g + 3];
    const Terms t = grad_terms(p->group_s[g], p->group_q[g] * rstd, stats[4 * g + 2], rstd,
                               dmean ? dmean[g] : 0, dspread ? dspread[g] : 0, count, c->statistic,
                               c->epsilon);
    p->group_s[g] = t.mean, p->group_q[g] = t.along;
  }
}
static int grad_part(Part *p) {
  const Call *c = p->call;
  const Plan *plan = &c->plan;
  const f32 *stats = in(c, STATS, 4 * p->first_group, 4 * p->groups);
  for (int g = 0; g < p->groups; g++)
    if (!fits_float32(stats[4 * g + 2], stats[4 * g + 3], c->statistic)) return OUT_OF_RANGE;
  sum_lines(p, stats);
  for (int l = 0; p->dgamma && l < p->lines; l++) {
    const int param = p->first_param + plan->param_of[l];
    p->dgamma[param] += p->q[l] * stats[4 * plan->group_of[l] + 3];
    p->dbeta[param] += p->s[l];
  }
  if (!has(c, DX)) return DONE;
  const f32 *gamma = in(c, GAMMA, 0, plan->head.params) + p->first_param;
  join_terms(p, stats, gamma);
  for (int l = 0; l < p->lines; l++) {
    const int g = plan->group_of[l];
    const f64 rstd = stats[4 * g + 3];
    p->a[l] = rstd * gamma[plan->param_of[l]];
    p->b[l] = -rstd * p->group_q[g] * (c->statistic & SQUARES ? rstd : 1);
    p->d[l] = -rstd * p->group_s[g] - stats[4 * g + 1] * p->b[l];
  }
  run(p->call->threads, p->pieces, grad_apply_piece, p);
  return DONE;
}

int normalize_grad(Call *c, Scratch *scratch) {
  const int result =
      of_groups(&c->plan.head) ? grad_groups(c, scratch) : run_lines(c, scratch, grad_part);
  if (result == DONE) add_to_all(c, scratch);
  return result;
}
