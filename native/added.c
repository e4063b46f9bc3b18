#include "added.h"
#include "work.h"

enum { AT_ONCE = 1 << 14 };

static void add_part(void *arg, int i) {
  const Call *c = arg;
  const int from = i * AT_ONCE, count = least(c->plan.size - from, AT_ONCE);
  const f32 *x = in(c, X, from, count), *residual = in(c, RESIDUAL, from, count);
  add_residual(x, residual, out(c, SUM, from), count, c->alpha);
  wrote(c, SUM, from, count);
}
static void add_to_part(void *arg, int i) {
  const Call *c = arg;
  const int from = i * AT_ONCE, count = least(c->plan.size - from, AT_ONCE);
  in(c, DX, from, count);
  add_to(out(c, DX, from), in(c, DSUM, from, count), count);
  wrote(c, DX, from, count);
}
static void for_all(Call *c, Scratch *scratch, int arrays, void (*part)(void *arg, int i)) {
  hold(c, scratch, arrays, AT_ONCE);
  if (scratch->memory) run(c->threads, (c->plan.size + AT_ONCE - 1) / AT_ONCE, part, c);
}
void add_all(Call *c, Scratch *scratch) {
  if (has(c, SUM) && !in_rows(&c->plan)) for_all(c, scratch, 1 << X | 1 << RESIDUAL | 1 << SUM, add_part);
}
void add_to_all(Call *c, Scratch *scratch) {
  if (has(c, DSUM) && has(c, DX) && !in_rows(&c->plan)) for_all(c, scratch, 1 << DX | 1 << DSUM, add_to_part);
}
