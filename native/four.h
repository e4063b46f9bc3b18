// Vectors of four floats, for what a compiler does not find by itself.
#pragma once
#include "loops.h"

typedef f32 Four __attribute__((vector_size(16), aligned(4), may_alias));
typedef int FourInts __attribute__((vector_size(16)));
#if defined(__clang__) || __GNUC__ >= 12
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PICK(a, b, ...) __builtin_shuffle(a, b, (FourInts){__VA_ARGS__})
#endif

INLINE Four four_at(const f32 *p) { return *(const Four *)p; }
INLINE void put_four(f32 *p, Four v) { *(Four *)p = v; }
INLINE Four splat(f32 v) { return (Four){v, v, v, v}; }

// Vectors of the first, second, third and fourth lanes of four others.
typedef struct { Four v[4]; } FourByFour;
INLINE FourByFour transposed(Four a, Four b, Four c, Four d) {
  const Four ab = PICK(a, b, 0, 4, 1, 5), cd = PICK(c, d, 0, 4, 1, 5);
  const Four ab2 = PICK(a, b, 2, 6, 3, 7), cd2 = PICK(c, d, 2, 6, 3, 7);
  return (FourByFour){{PICK(ab, cd, 0, 1, 4, 5), PICK(ab, cd, 2, 3, 6, 7), PICK(ab2, cd2, 0, 1, 4, 5),
                       PICK(ab2, cd2, 2, 3, 6, 7)}};
}
// Vectors that have each lane of one everywhere.
INLINE FourByFour splats(Four v) { return transposed(v, v, v, v); }
// The sum of the lanes of each.
INLINE Four sums_of(const Four *v) {
  const Four ab = PICK(v[0], v[1], 0, 1, 4, 5) + PICK(v[0], v[1], 2, 3, 6, 7);
  const Four cd = PICK(v[2], v[3], 0, 1, 4, 5) + PICK(v[2], v[3], 2, 3, 6, 7);
  return PICK(ab, cd, 0, 2, 4, 6) + PICK(ab, cd, 1, 3, 5, 7);
}
// The last `count` lanes, and zeros.
INLINE Four last_lanes(Four v, int count) {
  const FourInts lane = {3, 2, 1, 0};
  const FourInts kept = lane < (FourInts){count, count, count, count};
  return (Four)((FourInts)v & kept);
}
// The first ones.
INLINE Four first_lanes(Four v, int count) {
  const FourInts lane = {0, 1, 2, 3}, kept = lane < (FourInts){count, count, count, count};
  return (Four)((FourInts)v & kept);
}
INLINE Four magnitude(Four v) {
  return (Four)((FourInts)v & (FourInts){0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff});
}
INLINE Four signs(Four v) {
  return (Four)((FourInts)splat(1) & (v > splat(0))) - (Four)((FourInts)splat(1) & (v < splat(0)));
}
INLINE int all_of(FourInts v) { return v[0] & v[1] & v[2] & v[3]; }
INLINE Four square_roots(Four v) {
#if defined(__clang__)
  return __builtin_elementwise_sqrt(v);
#else
  for (int i = 0; i < 4; i++) v[i] = __builtin_sqrtf(v[i]);
  return v;
#endif
}

// As many floats as a vector has, of which there are four or eight.
#ifdef __AVX2__
#include <immintrin.h>
typedef f32 Wide __attribute__((vector_size(32), aligned(4), may_alias));
enum { WIDE = 8 };
INLINE Wide wide_at(const f32 *p) { return *(const Wide *)p; }
INLINE void put_wide(f32 *p, Wide v) { *(Wide *)p = v; }
// Past the caches, see stream.h.
enum { STREAMS = 1 };
INLINE void put_far(f32 *p, Wide v) { _mm256_stream_ps(p, v); }
// The first lane, of four that are the same.
INLINE Wide widened(Four v) {
  const f32 a = v[0];
  return (Wide){a, a, a, a, a, a, a, a};
}
INLINE Wide wide_magnitude(Wide v) {
  typedef int Ints __attribute__((vector_size(32)));
  const int rest = 0x7fffffff;
  return (Wide)((Ints)v & (Ints){rest, rest, rest, rest, rest, rest, rest, rest});
}
INLINE Four folded(Wide v) {
  const f32 *p = (const f32 *)&v;
  return four_at(p) + four_at(p + 4);
}
#else
typedef Four Wide;
enum { WIDE = 4 };
#define wide_at four_at
#define put_wide put_four
enum { STREAMS = 0 };
#define put_far put_four
#define widened(v) (v)
#define wide_magnitude magnitude
#define folded(v) (v)
#endif
