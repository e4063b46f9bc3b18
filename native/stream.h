// Columns whose results go past the caches, which cannot hold them: then the lines that are written
// need not be read first. Whoever reads them next waits less than this saves.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#ifdef __AVX2__
#include <immintrin.h>

enum { LEAST_STREAMED = 1 << 21 };  // elements: 8 MB, more than the second cache
enum { LANES = 8 };

static inline bool can_stream(int size, int width, const float *out) {
  return size >= LEAST_STREAMED && width % LANES == 0 && (uintptr_t)out % (4 * LANES) == 0;
}
#define LOAD(array) _mm256_loadu_ps((array) + j)
static inline __m256 affine(__m256 x, __m256 m, __m256 a, __m256 b) {
  return _mm256_add_ps(_mm256_mul_ps(_mm256_sub_ps(x, m), a), b);
}
// column_apply
static inline void stream_apply(const float *x, float *y, int rows, int width, const float *m,
                                const float *a, const float *b) {
  for (int r = 0; r < rows; r++, x += width, y += width)
    for (int j = 0; j < width; j += LANES)
      _mm256_stream_ps(y + j, affine(LOAD(x), LOAD(m), LOAD(a), LOAD(b)));
  _mm_sfence();
}
// column_grad_apply, for squares
static inline void stream_grad_apply(const float *dy, const float *x, float *dx, int rows,
                                     int width, const float *m, const float *a, const float *b,
                                     const float *d) {
  for (int r = 0; r < rows; r++, dy += width, x += width, dx += width)
    for (int j = 0; j < width; j += LANES)
      _mm256_stream_ps(dx + j, _mm256_add_ps(_mm256_mul_ps(LOAD(dy), LOAD(a)),
                                             affine(LOAD(x), LOAD(m), LOAD(b), LOAD(d))));
  _mm_sfence();
}
#undef LOAD
#else
#define can_stream(size, width, out) false
#define stream_apply column_apply
#define stream_grad_apply(dy, x, dx, rows, width, m, a, b, d) \
  column_grad_apply(dy, x, dx, rows, width, SQUARES, m, a, b, d)
#endif
