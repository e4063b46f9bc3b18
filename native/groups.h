// Groups, each by itself: its statistics are known when its elements have been seen once, and it is done
// while they are in the cache.
//
// A long row of adjacent elements is taken alone (rows.h), and short ones are taken four at a time
// (short_rows.h). Other groups are the lanes of a panel (panel.h): in place where they are side by side,
// else they are copied to one and back.
#pragma once
#include "call.h"
#include "panel.h"
#include "short_rows.h"
#include "work.h"

// The part of the call's scratch that a piece has, as far as it needs it.
typedef struct {
  f32 *x, *dy, *result;                 // panels, or copied rows
  f32 *gamma, *beta;                    // panels
  f64 *sums;            // of all parameters: dgamma and then dbeta
  f64 *dgamma, *dbeta;  // panels of sums that are still to be added to these
  f32 *tmp;             // of rows: 2 * STRIP zeros
  int *param;           // and the first parameter of each row of a tile
  f32 *row;             // two rows' sums on their way past the caches
  f32 *dz;              // the gradient in front of an activation, of the rows of a tile
} Space;

// The groups in hand.
typedef struct {
  Space space;
  int first, count, lanes;  // some lanes may double the last one
  int offset[MOST_LANES];        // where each begins, from the tile's first element on
  int base[MOST_LANES];          // its first parameter
  int phase, known;         // for which groups, or rows, the parameters are known, and for how many
  bool is_summed;           // whether there are sums in panels
  Params params;
  Lanes of;
  f32 stats[4 * MOST_LANES];
} Panel;

typedef struct {
  Call *call;
  // A share of the groups each, with sums of its own: these depend on the plan alone, not on threads.
  int pieces;
  int step;   // how many groups are in the caches, or in a tile, at a time
  int lanes;  // of a panel; 0 where rows are taken
  int copied; // rows that are copied at a time; 0 where they are taken in place
  int pitch;  // of a panel, from row to row
  Panel *panel;
  f32 *stats;  // where the call has none
} Groups;

// Some groups that are held at a time, and where they begin in x.
typedef struct { int first, end, at, size; } Tile;
static inline Tile tile_of(const Groups *all, int first, int end) {
  const PlanHead *head = &all->call->plan.head;
  const int each = head->groups / head->blocks;
  if (!all->call->elsewhere) return (Tile){first, least(end, first + all->step), 0, head->width};
  end = least(end, first + all->step);
  return (Tile){first, end, first / each * head->block_size, (end - first) / each * head->block_size};
}

// Its elements, which for rows are those of its groups alone.
static inline Tile elements_of(const Groups *all, Tile t) {
  const int n = all->call->plan.head.width;
  return all->lanes || all->copied ? t : (Tile){t.first, t.end, t.first * n, (t.end - t.first) * n};
}

// The first parameter of a group.
static inline int first_param(const Plan *plan, int group) {
  int at = 0;
  for (int a = plan->kept_axes - 1; a >= 0 && plan->period > 1; group /= plan->kept[a--].size)
    at += group % plan->kept[a].size * plan->kept[a].param_step;
  return at;
}

// ---- Positions along some axes, one after the other

typedef struct {
  const Axis *axes;
  int count, index[8], step, param_step;  // how far this position is from the first one
} Walk;
static inline Walk walk_from(const Axis *axes, int count, int position) {
  Walk w = {.axes = axes, .count = count};
  for (int a = count - 1; a >= 0; position /= axes[a--].size) {
    w.index[a] = position % axes[a].size;
    w.step += w.index[a] * axes[a].step;
    w.param_step += w.index[a] * axes[a].param_step;
  }
  return w;
}
static inline void walk_on(Walk *w) {
  for (int a = w->count - 1; a >= 0; a--) {
    w->step += w->axes[a].step, w->param_step += w->axes[a].param_step;
    if (++w->index[a] < w->axes[a].size) return;
    w->step -= w->axes[a].size * w->axes[a].step;
    w->param_step -= w->axes[a].size * w->axes[a].param_step;
    w->index[a] = 0;
  }
}

// The first parameter of each row of a tile, or null where they share them all.
const int *params_of_rows(const Groups *, Panel *, Tile);

// Takes what all calls need; `arrays` are as large as x, and `per_group` says how many numbers a group has
// beside its elements.
void take_groups(Groups *, Scratch *, int arrays, int per_group);

// The next panel: as many of the groups from `first` on as it has lanes.
void next_panel(const Groups *, Panel *, Tile, int first, const f32 *gamma, const f32 *beta);
// An array's elements as a panel, in place or in `panel`; `pitch` is then from row to row.
const f32 *panel_of(const Groups *, const Panel *, const f32 *array, f32 *panel, int *pitch);
// Where to write a result, and what brings it to its place.
f32 *result_of(const Groups *, const Panel *, f32 *array, int *pitch);
void put_result(const Groups *, const Panel *, f32 *array);
// The next rows of a tile that are copied at a time; some of them from an array to rows, and back.
Tile next_rows(const Groups *, Tile, int first);
const f32 *gather(const Groups *, Tile some, Tile, const f32 *array, f32 *rows);
void scatter(const Groups *, Tile some, Tile, const f32 *rows, f32 *array);
// Adds the panels of sums to those of the parameters, and begins anew.
void flush_params(const Groups *, Panel *);
