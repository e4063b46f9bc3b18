// Loops that do next to nothing but move memory: the limit of those that compute as well.
typedef float f32;
#define KERNEL(name, result) __attribute__((export_name(#name))) result name
#define REDUCE _Pragma("clang loop vectorize_width(4) interleave_count(4)")

// Clang would make a plain copy the very memory.copy that Float32Array.set is.
KERNEL(copy, void)(const f32 *restrict x, f32 *restrict y, int n) {
  REDUCE for (int i = 0; i < n; i++) y[i] = -x[i];
}
KERNEL(triad, void)(const f32 *restrict x, const f32 *restrict dy, f32 *restrict dx, int n) {
  REDUCE for (int i = 0; i < n; i++) dx[i] = dy[i] + 2 * x[i];
}
KERNEL(read, f32)(const f32 *restrict x, int n) {
  _Pragma("clang fp reassociate(on)")
  f32 s = 0;
  REDUCE for (int i = 0; i < n; i++) s += x[i];
  return s;
}
KERNEL(read_two, f32)(const f32 *restrict x, const f32 *restrict dy, int n) {
  _Pragma("clang fp reassociate(on)")
  f32 s = 0;
  REDUCE for (int i = 0; i < n; i++) s += x[i] + dy[i];
  return s;
}
