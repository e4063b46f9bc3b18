// The activations of src/activation.ts, over elements of any layout. What an element becomes depends on it alone.
#pragma once
#include "four.h"

// In the order of ACTIVATIONS in src/activation.ts; 0 is none.
enum { RELU = 1, RELU6, LEAKY_RELU, SILU, GELU, SIGMOID, TANH };

typedef int WideInts __attribute__((vector_size(sizeof(Wide)), aligned(4), may_alias));

// A NaN is on no side of a comparison, and must come through.
INLINE Wide choose(WideInts first, Wide a, Wide b) {
  return (Wide)((first & (WideInts)a) | (~first & (WideInts)b));
}
INLINE Wide all_of_lanes(f32 v) { return widened(splat(v)); }
INLINE Wide at_most(Wide v, f32 most) {
  const Wide limit = all_of_lanes(most);
  return choose((WideInts)(v > limit), limit, v);
}
INLINE WideInts is_positive(Wide v) { return (WideInts)(v > all_of_lanes(0)); }

// e to the power of -v, for v from 0 to 87: two to an integer, times a polynomial of what is left (Cephes's expf).
INLINE Wide exp_minus(Wide v) {
  const f32 round = 12582912;  // so large that float32 has no digits behind the point
  const Wide shifted = all_of_lanes(round) - v * 1.44269504f, n = shifted - round;
  const Wide f = (n * -0.693359375f - v) + n * 2.12194440e-4f;
  Wide p = f * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * f + 8.3334519073e-3f;
  p = p * f + 4.1665795894e-2f;
  p = p * f + 1.6666665459e-1f;
  p = p * f + 5.0000001201e-1f;
  return (p * f * f + f + 1.0f) * (Wide)(((WideInts)shifted + 127) << 23);
}
// 1 / (1 + e^-z), and what is left to 1, both with all their digits.
typedef struct { Wide value, rest; } Share;
INLINE Share sigmoid(Wide z) {
  const Wide e = exp_minus(at_most(wide_magnitude(z), 87)), large = 1.0f / (1.0f + e), small = e * large;
  const WideInts up = is_positive(z);
  return (Share){choose(up, large, small), choose(up, small, large)};
}
// The distribution function of the normal distribution, by the polynomials of src/kernels/erf.ts.
INLINE Wide normal_cdf(Wide z) {
  const Wide size = wide_magnitude(z) * 0.707106781f, limit = at_most(size, 4), square = limit * limit;
  Wide s = square * 7.85386001e-5f - 0.000801019322f;
  s = s * square + 0.00518832764f;
  s = s * square - 0.0268538119f;
  s = s * square + 0.112835851f;
  s = s * square - 0.376126258f;
  s = s * square + 1.12837917f;
  Wide l = limit * -0.000185574317f + 0.00293961024f;
  l = l * limit - 0.0218053298f;
  l = l * limit + 0.103037392f;
  l = l * limit + 0.638225651f;
  l = l * limit + 1.12704005f;
  l = l * limit + 0.000353715815f;
  const Wide zero = all_of_lanes(0), half = all_of_lanes(0.5f);
  // Beyond, float32 has nothing left.
  const Wide tail = choose((WideInts)(size > 4.0f), zero, half * exp_minus(l));
  const Wide far = choose(is_positive(z), 1.0f - tail, tail);
  return choose((WideInts)(size < 1.0f), half + z * (s * 0.353553391f), far);
}
INLINE Wide small_tanh(Wide z) {
  const Wide square = z * z;
  Wide s = square * -5.70498872745e-3f + 2.06390887954e-2f;
  s = s * square - 5.37397155531e-2f;
  s = s * square + 1.33314422036e-1f;
  s = s * square - 3.33332819422e-1f;
  return s * square * z + z;
}
// What the activation makes of z, or its slope there.
INLINE Wide applied(int activation, int is_slope, Wide z) {
  if (activation <= LEAKY_RELU) {
    const Wide zero = all_of_lanes(0), leak = all_of_lanes(activation == LEAKY_RELU ? 0.2f : 0);
    if (is_slope) {
      WideInts up = is_positive(z);
      if (activation == RELU6) up &= (WideInts)(z < 6.0f);
      return choose(up, all_of_lanes(1), leak);
    }
    Wide below = zero;
    if (activation == LEAKY_RELU) below = z * leak;
    const Wide value = choose((WideInts)(z < zero), below, z);
    return activation == RELU6 ? at_most(value, 6) : value;
  }
  if (activation == GELU) {
    const Wide cdf = normal_cdf(z);
    if (!is_slope) return z * cdf;
    return cdf + z * 0.398942280f * exp_minus(at_most(z * z * 0.5f, 87));
  }
  // tanh(z) is 2 sigmoid(2 z) - 1.
  Wide twice = z;
  if (activation == TANH) twice += z;
  const Share s = sigmoid(twice);
  const Wide both = s.value * s.rest;
  if (activation == SILU) return is_slope ? s.value + z * both : z * s.value;
  if (activation == SIGMOID) return is_slope ? both : s.value;
  if (is_slope) return 4.0f * both;
  return choose((WideInts)(wide_magnitude(z) < 0.625f), small_tanh(z), s.value - s.rest);
}
// The elements of a vector from an i-th one on, of which there may be fewer.
INLINE Wide some_at(const f32 *from, int count) {
  if (count >= WIDE) return wide_at(from);
  f32 some[WIDE];
  ONE_BY_ONE for (int j = 0; j < WIDE; j++) some[j] = j < count ? from[j] : 0;
  return wide_at(some);
}
// What the activation makes of z; or, with dy, the gradient in front of it. It may be written over either.
LOOP(activate)(const f32 *dy, const f32 *z, f32 *result, int n, int activation) {
  for (int i = 0; i < n; i += WIDE) {
    const int count = n - i;
    const Wide at = some_at(z + i, count);
    Wide v = applied(activation, dy != 0, at);
    if (dy) v *= some_at(dy + i, count);
    if (count >= WIDE) put_wide(result + i, v);
    else ONE_BY_ONE for (int j = 0; j < count; j++) result[i + j] = v[j];
  }
}
