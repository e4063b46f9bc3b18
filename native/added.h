// A residual, which is added before the norm: sum = alpha * residual + gate * x. And what the sum's gradient gets beside
// what comes through the norm, which is added to dx.
#pragma once
#include "call.h"

LOOP(add_residual)(IN x, IN residual, OUT sum, int n, f32 alpha) {
  for (int i = 0; i < n; i++) sum[i] = x[i] + alpha * residual[i];
}
LOOP(add_gated)(IN x, IN residual, IN gate, OUT sum, int n, int each, f32 alpha) {
  const f32 g = *gate;
  if (each) for (int i = 0; i < n; i++) sum[i] = gate[i] * x[i] + alpha * residual[i];
  else for (int i = 0; i < n; i++) sum[i] = g * x[i] + alpha * residual[i];
}
LOOP(add_to)(OUT dx, IN dsum, int n) {
  for (int i = 0; i < n; i++) dx[i] += dsum[i];
}

// Rows are added to while they are in the cache. All other groups, and lines, are added to before the norm and behind
// its gradient, which have no gate then.
static inline bool in_rows(const Plan *plan) { return plan->head.family <= SHORT_ROWS; }
// Where the call has a residual, or a dsum, that is added to all elements at once. They take their scratch first.
void add_all(Call *, Scratch *);
void add_to_all(Call *, Scratch *);
// False for a gate that no loop takes.
static inline bool gate_fits(const Call *c) { return !has(c, GATE) || in_rows(&c->plan); }
