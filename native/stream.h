// The loops of rows.h, columns.h and segments.h with results that go past the caches, which cannot hold them: then
// the lines that are written need not be read first. Whoever reads them next waits less than this
// saves. Same formulas, in the same order.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "columns.h"
#include "rows.h"
#include "segments.h"

#ifdef __AVX2__
enum { LEAST_STREAMED = 1 << 21 };  // elements: 8 MB, more than the second cache
enum { STREAMED = 8 };  // at a time

static inline bool can_stream(int size, int width, const f32 *out) {
  return size >= LEAST_STREAMED && width % STREAMED == 0 && (uintptr_t)out % (4 * STREAMED) == 0;
}
#define STREAM(out, ...) \
  for (int i = 0; i < n; i += STREAMED) _mm256_stream_ps((out) + i, (__VA_ARGS__))
#define LOAD(array) _mm256_loadu_ps((array) + i)
// For rows, which are read twice: memory would wait for the next one until this one is done.
#define FETCH_NEXT(array) _mm_prefetch((const char *)((array) + n + i), _MM_HINT_T0)

// For many rows; end_stream() follows.
static inline void stream_row(IN x, IN gamma, IN beta, OUT y, OUT stats, int n, int each, int statistic,
                              f64 epsilon) {
  const Row t = row_stats(x, stats, n, statistic, epsilon);
  const f32 a = t.k * gamma[0], b = t.c * gamma[0] + beta[0];
  if (each) STREAM(y, FETCH_NEXT(x), ((LOAD(x) - t.m) * t.k + t.c) * LOAD(gamma) + LOAD(beta));
  else STREAM(y, FETCH_NEXT(x), (LOAD(x) - t.m) * a + b);
}
// `dsum` is added, unless it is null.
static inline void stream_row_grad(IN dy, IN x, IN gamma, IN stats, const f32 *dmean,
                                   const f32 *dspread, const f32 *dsum, OUT dx, int n, int each, int statistic,
                                   f64 epsilon) {
  const f32 g = gamma[0];
  const RowGrad t = row_grad_terms(dy, x, gamma, stats, dmean, dspread, n, each, statistic, epsilon);
  if (dsum) {
    for (int i = 0; i < n; i += STREAMED) {
      const __m256 a = each ? LOAD(gamma) : _mm256_set1_ps(g);
      FETCH_NEXT(dy), FETCH_NEXT(x), FETCH_NEXT(dsum);
      _mm256_stream_ps(dx + i, (LOAD(dy) * a - ((LOAD(x) - t.m) * t.u + t.v)) * t.k + LOAD(dsum));
    }
  } else if (each)
    STREAM(dx, FETCH_NEXT(dy), FETCH_NEXT(x),
           (LOAD(dy) * LOAD(gamma) - ((LOAD(x) - t.m) * t.u + t.v)) * t.k);
  else
    STREAM(dx, FETCH_NEXT(dy), FETCH_NEXT(x), (LOAD(dy) * g - ((LOAD(x) - t.m) * t.u + t.v)) * t.k);
}
static inline void end_stream(void) { _mm_sfence(); }
static inline void stream_columns(IN x, OUT y, int rows, int n, IN m, IN a, IN b) {
  for (int r = 0; r < rows; r++, x += n, y += n)
    STREAM(y, (LOAD(x) - LOAD(m)) * LOAD(a) + LOAD(b));
  _mm_sfence();
}
static inline void stream_column_grads(IN dy, IN x, OUT dx, int rows, int n, IN m, IN a, IN b,
                                       IN d) {
  for (int r = 0; r < rows; r++, dy += n, x += n, dx += n)
    STREAM(dx, LOAD(dy) * LOAD(a) + ((LOAD(x) - LOAD(m)) * LOAD(b) + LOAD(d)));
  _mm_sfence();
}
static inline void stream_segments(IN x, OUT y, int rows, int n, IN m, IN a, IN b) {
  for (int r = 0; r < rows; r++, x += n, y += n) STREAM(y, (LOAD(x) - m[r]) * a[r] + b[r]);
  _mm_sfence();
}
static inline void stream_segment_grads(IN dy, IN x, OUT dx, int rows, int n, IN m, IN a, IN b,
                                        IN d) {
  for (int r = 0; r < rows; r++, dy += n, x += n, dx += n)
    STREAM(dx, LOAD(dy) * a[r] + ((LOAD(x) - m[r]) * b[r] + d[r]));
  _mm_sfence();
}
#undef STREAM
#undef LOAD
#undef FETCH_NEXT
#else
#define can_stream(size, width, out) false
#define stream_row row_normalize
#define stream_row_grad row_grad
#define end_stream()
#define stream_columns column_apply
#define stream_segments segment_apply
#define stream_column_grads(dy, x, dx, rows, n, ...) \
  column_grad_apply(dy, x, dx, rows, n, SQUARES, __VA_ARGS__)
#define stream_segment_grads(dy, x, dx, rows, n, ...) \
  segment_grad_apply(dy, x, dx, rows, n, SQUARES, __VA_ARGS__)
#endif
