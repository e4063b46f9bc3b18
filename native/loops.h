// The loops are written in plain C, which the compiler vectorises, clang to WebAssembly, and
// clang or gcc to the processor's own code for native/.
#pragma once
typedef float f32;
typedef double f64;
#define INLINE static inline __attribute__((always_inline))
#define FUNCTION static __attribute__((noinline)) void
#define LOOP(name) FUNCTION name
#define IN const f32 *restrict
#define OUT f32 *restrict
#define SUMS f64 *restrict
// COMPACT loops take a vector at a time, for the module's sake.
//
// Reductions, of the sums that are named, may be reordered (these, not the formulas around them),
// over four vectors at a time.
#define PRAGMA(...) _Pragma(#__VA_ARGS__)
#ifdef __clang__
#define REASSOCIATE PRAGMA(clang fp reassociate(on))
#define ONE_BY_ONE PRAGMA(clang loop vectorize(disable) unroll(disable))
#define UNROLL(count) PRAGMA(clang loop unroll_count(count))
#define COMPACT PRAGMA(clang loop interleave_count(1) unroll(disable))
#ifdef __wasm__
#define REDUCE(...) PRAGMA(clang loop vectorize_width(4) interleave_count(4))
#define REDUCE_FAR(...) PRAGMA(clang loop vectorize_width(4) interleave_count(1))
#else
#define REDUCE(...) PRAGMA(clang loop vectorize(enable) interleave_count(4))
#define REDUCE_FAR(...) PRAGMA(clang loop vectorize(enable) interleave_count(1))
#endif
#else
#define REASSOCIATE
#define ONE_BY_ONE
#define UNROLL(count)
#define COMPACT
#define REDUCE(...) PRAGMA(omp simd reduction(+ : __VA_ARGS__))
#define REDUCE_FAR REDUCE
#endif

enum { CENTER = 1, AVERAGE = 2, SQUARES = 4 };  // a statistic
enum { BLOCK = 1024 };                          // elements summed in f32 before they join an f64 sum
// So many elements of a block are summed at a time: no lane of a vector adds up more than 16. Where
// there are few distinct values (integers, or many zeros), their roundings are alike and add up, so
// longer sums lose digits.
#define RUNS(i, n, length) for (int i = 0, end; end = least(n, i + (length)), i < (n); i = end)
enum { RUN = 256, FAR_RUN = 64 };
enum { ROWS = 64, STRIP = 1024 };               // a block of columns, of which so many fit the L1
enum { FIRST_ROWS = 16 };                       // whose mean is the first block's shift, see sums.h

INLINE int least(int a, int b) { return a < b ? a : b; }
INLINE f32 sign(f32 x) { return (x > 0) - (x < 0); }
INLINE void flush(SUMS acc, OUT s, int n) {
  for (int i = 0; i < n; i++) { acc[i] += s[i]; s[i] = 0; }
}
