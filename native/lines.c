#include "lines.h"
#include "handed_out.h"

// The next matrix's rows of the i-th piece, or all its segments.
static bool next_stretch(const Part *p, int i, Stretch *s) {
  const PlanHead *head = &p->call->plan.head;
  const int width = head->width, size = head->block_size, step = s->step++;
  if (in_segments(p)) {
    const int from = cut(p->lines, i, p->pieces), to = cut(p->lines, i + 1, p->pieces);
    s->at = p->first_element + from * width, s->left = to - from, s->width = width, s->line = from;
    return step == 0 && to > from;
  }
  // Elements that do not fill the last row are a row of their own, in the block's first lines.
  const int rows = size / width, rest = size % width, block = rest ? step / 2 : step;
  if (block >= p->blocks) return false;
  const int from = cut(rows, i, p->pieces), to = cut(rows, i + 1, p->pieces);
  s->at = p->first_element + block * size, s->line = block * width;
  if (!rest || step % 2 == 0) {
    s->at += from * width, s->left = to - from, s->width = width, s->done = 0;
    return s->left > 0 || next_stretch(p, i, s);
  }
  if (i < p->pieces - 1) return next_stretch(p, i, s);
  s->at += rows * width, s->left = 1, s->width = rest, s->done = to - from;
  return true;
}
bool next(const Part *p, int i, Stretch *s) {
  if (s->left > 0) {
    s->at += s->rows * s->width;
    *(in_segments(p) ? &s->line : &s->done) += s->rows;
  } else if (!next_stretch(p, i, s)) {
    return false;
  }
  s->rows = p->call->elsewhere || s->in_tiles ? least(s->left, tile_rows(3 * (size_t)s->width)) : s->left;
  s->left -= s->rows;
  return true;
}

typedef struct {
  Call *call;
  int (*work)(Part *);
  int parts, workers;
  Part *part;  // of each worker
  int *errors;
} Lines;

// How many parts each outer index has.
static int parts_of(const PlanHead *head) { return (head->indices + head->part - 1) / head->part; }

// The groups of a full part.
static int groups_of(const PlanHead *head) {
  return head->groups / (head->outer * head->indices) * head->part;
}
static void take_part(Part *p, Scratch *scratch) {
  const Plan *plan = &p->call->plan;
  const size_t lines = plan->lines, sums = lines * sum_copies(p), groups = groups_of(&plan->head);
  p->s = take(scratch, sizeof(f64) * sums);
  p->q = take(scratch, sizeof(f64) * sums);
  p->group_s = take(scratch, sizeof(f64) * groups);
  p->group_q = take(scratch, sizeof(f64) * groups);
  p->m = take(scratch, sizeof(f32) * lines);
  p->a = take(scratch, sizeof(f32) * lines);
  p->b = take(scratch, sizeof(f32) * lines);
  p->d = take(scratch, sizeof(f32) * lines);
  p->tmp = take(scratch, sizeof(f32) * TMP * p->pieces);
  if (has(p->call, DY) && p->call->activation) {
    p->za = take(scratch, sizeof(f32) * lines);
    p->zb = take(scratch, sizeof(f32) * lines);
    p->dz = take(scratch, sizeof(f32) * line_tile(&plan->head) * p->pieces);
  }
  if (!has(p->call, STATS)) p->stats = take(scratch, 4 * sizeof(f32) * groups);
  if (!has(p->call, DGAMMA)) return;
  p->dgamma = take(scratch, 2 * sizeof(f64) * plan->head.params);
  p->dbeta = p->dgamma + plan->head.params;
}
static void hold_arrays(Call *c, Scratch *scratch) {
  const PlanHead *head = &c->plan.head;
  const int params = 1 << GAMMA | 1 << BETA | 1 << VARIANCE | 1 << DGAMMA | 1 << DBETA;
  const int moments = MOMENTS | 1 << DMEAN | 1 << DSPREAD;
  // The mean that is given is of parameters, the one that is handed out of groups.
  const int given = has(c, VARIANCE) ? 1 << MEAN : 0;
  hold(c, scratch, 1 << X | 1 << SUM | 1 << DY | 1 << Y | 1 << DX, line_tile(head));
  hold(c, scratch, params | given, head->params);
  hold(c, scratch, moments & ~given, groups_of(head));
  hold(c, scratch, 1 << STATS, 4 * (size_t)groups_of(head));
}

static void work_on_parts(void *arg, int worker) {
  const Lines *all = arg;
  const Plan *plan = &all->call->plan;
  const PlanHead *head = &plan->head;
  Part *p = all->part + worker;
  const int end = cut(all->parts, worker + 1, all->workers), each = parts_of(head);
  const int all_indices = head->outer * head->indices, groups = head->groups / all_indices;
  for (int i = cut(all->parts, worker, all->workers); i < end && !all->errors[worker]; i++) {
    const int outer = i / each, from = i % each * head->part;
    const int count = least(head->part, head->indices - from), index = outer * head->indices + from;
    p->blocks = head->blocks / head->part * count;
    p->lines = plan->lines / head->part * count;
    p->groups = groups * count;
    p->first_element = index * (plan->size / all_indices);
    p->first_group = index * groups;
    p->first_param = outer * head->outer_params + from * head->index_params;
    all->errors[worker] = all->work(p);
  }
}
// The sums of all workers.
static void write_sums(const Lines *all, int array, int first) {
  const Call *c = all->call;
  const int params = c->plan.head.params;
  f32 *result = out(c, array, 0);
  for (int i = 0; i < params; i++) {
    f64 sum = 0;
    for (int w = 0; w < all->workers; w++) sum += all->part[w].dgamma[first + i];
    result[i] = sum;
  }
  wrote(c, array, 0, params);
}
// Many parts are shared out; few are taken one after the other, each shared. How depends on the plan
// alone, and what a part's sums are on the part alone: results have no bit that threads, or other parts,
// had to do with.
enum { FEW_PARTS = 8, LEAST_PIECE_ROWS = 32 };
static int line_pieces(const Plan *plan) {
#ifdef __wasm__
  (void)plan;
  return 1;
#else
  const PlanHead *head = &plan->head;
  if (head->family == SEGMENTS) return least(MOST_PIECES, plan->lines / head->part);
  const int rows = head->block_size / head->width;
  const int pieces = least(head->block_size / LEAST_PIECE, rows / LEAST_PIECE_ROWS);
  return pieces < 1 ? 1 : least(MOST_PIECES, pieces);
#endif
}
int run_lines(Call *c, Scratch *scratch, int (*work)(Part *)) {
  const PlanHead *head = &c->plan.head;
  const int parts = head->outer * parts_of(head), pieces = line_pieces(&c->plan);
  Lines all = {.call = c, .work = work, .parts = parts,
               .workers = parts < FEW_PARTS ? 1 : least(MOST_PIECES, parts)};
#ifdef __wasm__
  all.workers = 1;
#endif
  all.part = take(scratch, sizeof(Part) * all.workers);
  all.errors = take(scratch, sizeof(int) * all.workers);
  hold_arrays(c, scratch);
  for (int i = 0; i < all.workers; i++) {
    Part part = {.call = c, .pieces = pieces};
    take_part(&part, scratch);
    if (!scratch->memory) continue;
    all.part[i] = part, all.errors[i] = DONE;
    for (int j = 0; part.dgamma && j < 2 * head->params; j++) part.dgamma[j] = 0;
    // The loops leave them so.
    for (int j = 0; has(c, DY) && j < TMP * pieces; j++) part.tmp[j] = 0;
  }
  if (!scratch->memory) return DONE;
  run(c->threads, all.workers, work_on_parts, &all);
  for (int i = 0; i < all.workers; i++)
    if (all.errors[i]) return all.errors[i];
  if (has(c, DGAMMA)) {
    write_sums(&all, DGAMMA, 0);
    write_sums(&all, DBETA, head->params);
  }
  return DONE;
}
