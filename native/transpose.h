// Short rows become the lanes of a panel, four by four, and lanes become rows again.
#pragma once
#include "four.h"

// From the rows at x + offset[lane], n elements each, to a panel of n rows. Lanes: a multiple of 4.
LOOP(rows_to_lanes)(IN x, const int *restrict offset, int lanes, int n, OUT panel, int pitch) {
  for (int l = 0; l < lanes; l += 4) {
    IN a = x + offset[l], *restrict b = x + offset[l + 1];
    IN c = x + offset[l + 2], *restrict d = x + offset[l + 3];
    OUT to = panel + l;
    int i = 0;
    for (; i + 4 <= n; i += 4) {
      const FourByFour t = transposed(four_at(a + i), four_at(b + i), four_at(c + i), four_at(d + i));
      for (int k = 0; k < 4; k++) put_four(to + (i + k) * pitch, t.v[k]);
    }
    ONE_BY_ONE for (; i < n; i++) put_four(to + i * pitch, (Four){a[i], b[i], c[i], d[i]});
  }
}
// And back. Any number of lanes.
LOOP(lanes_to_rows)(IN panel, int pitch, int lanes, int n, OUT y, const int *restrict offset) {
  int l = 0;
  for (; l + 4 <= lanes; l += 4) {
    f32 *a = y + offset[l], *b = y + offset[l + 1], *c = y + offset[l + 2], *d = y + offset[l + 3];
    IN from = panel + l;
    int i = 0;
    for (; i + 4 <= n; i += 4) {
      f32 *to[] = {a + i, b + i, c + i, d + i};
      const FourByFour t =
          transposed(four_at(from + i * pitch), four_at(from + (i + 1) * pitch),
                     four_at(from + (i + 2) * pitch), four_at(from + (i + 3) * pitch));
      for (int k = 0; k < 4; k++) put_four(to[k], t.v[k]);
    }
    ONE_BY_ONE for (; i < n; i++) {
      const Four v = four_at(from + i * pitch);
      a[i] = v[0], b[i] = v[1], c[i] = v[2], d[i] = v[3];
    }
  }
  for (; l < lanes; l++) ONE_BY_ONE for (int i = 0; i < n; i++) y[offset[l] + i] = panel[i * pitch + l];
}
