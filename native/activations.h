// The activations of src/activation.ts, over elements of any layout. Each element's result depends on it alone.
#pragma once
#include "four.h"

// In the order of ACTIVATIONS in src/activation.ts; 0 is none.
enum { RELU = 1, RELU6, LEAKY_RELU, SILU, GELU, SIGMOID, TANH };

typedef int WideInts __attribute__((vector_size(sizeof(Wide)), aligned(4), may_alias));
// These may overflow, as the bits of NaN do.
typedef unsigned WideBits __attribute__((vector_size(sizeof(Wide)), aligned(4), may_alias));

INLINE Wide choose(WideInts first, Wide a, Wide b) {
  return (Wide)((first & (WideInts)a) | (~first & (WideInts)b));
}
INLINE Wide all_of_lanes(f32 v) { return widened(splat(v)); }
// A NaN is on no side of a comparison, and comes through.
#if defined(__wasm__)
INLINE Wide at_most(Wide v, f32 most) { return __builtin_wasm_pmin_f32x4(v, all_of_lanes(most)); }
INLINE Wide at_least(Wide v, f32 least) { return __builtin_wasm_pmax_f32x4(v, all_of_lanes(least)); }
#elif defined(__AVX2__)
INLINE Wide at_most(Wide v, f32 most) { return __builtin_ia32_minps256(all_of_lanes(most), v); }
INLINE Wide at_least(Wide v, f32 least) { return __builtin_ia32_maxps256(all_of_lanes(least), v); }
#else
INLINE Wide at_most(Wide v, f32 most) {
  return choose((WideInts)(v > all_of_lanes(most)), all_of_lanes(most), v);
}
INLINE Wide at_least(Wide v, f32 least) {
  return choose((WideInts)(v < all_of_lanes(least)), all_of_lanes(least), v);
}
#endif
INLINE WideInts is_positive(Wide v) { return (WideInts)(v > all_of_lanes(0)); }

// e to the power of -v, for v from -87 to 87: two to an integer, times a polynomial of what is left, whose error is 2e-7.
INLINE Wide exp_minus(Wide v) {
  const f32 round = 12582912;  // so large that float32 has no digits behind the point
  const Wide shifted = all_of_lanes(round) - v * 1.44269504f, n = shifted - round;
  const Wide f = (n * -0.693359375f - v) + n * 2.12194440e-4f;
  Wide p = f * 0x1.0f9f9cp-7f + 0x1.573a1ap-5f;
  p = p * f + 0x1.555a80p-3f;
  p = p * f + 0x1.fffdc6p-2f;
  p = p * f + 0x1.fffff6p-1f;
  return (p * f + 1.0f) * (Wide)(((WideBits)shifted + 127) << 23);
}
// 1 / (1 + e^-z), and what is left to 1, both with all their digits.
typedef struct { Wide value, rest; } Share;
INLINE Share sigmoid(Wide z) {
  const Wide e = exp_minus(at_most(at_least(z, -87), 87)), value = 1.0f / (1.0f + e);
  return (Share){value, e * value};
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
// The activations with an exponential, of z, or their slopes there.
INLINE Wide smooth_at(int activation, int is_slope, Wide z) {
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
LOOP(smooth)(const f32 *dy, const f32 *z, f32 *result, int n, int activation) {
  for (int i = 0; i < n; i += WIDE) {
    Wide v = smooth_at(activation, dy != 0, wide_at(z + i));
    if (dy) v *= wide_at(dy + i);
    put_wide(result + i, v);
  }
}
// Lines with a kink at 0, and another one at `most`, unless that is NaN.
LOOP(kinked)(const f32 *dy, const f32 *z, f32 *result, int n, f32 leak, f32 most) {
  if (dy) {
    for (int i = 0; i < n; i += WIDE) {
      const Wide at = wide_at(z + i), v = wide_at(dy + i);
      const WideInts up = is_positive(at) & ~(WideInts)(at >= all_of_lanes(most));
      put_wide(result + i, choose(up, v, v * leak));
    }
  } else if (leak == 0) {
    COMPACT for (int i = 0; i < n; i += WIDE) put_wide(result + i, at_most(at_least(wide_at(z + i), 0), most));
  } else {
    COMPACT for (int i = 0; i < n; i += WIDE) {
      const Wide at = wide_at(z + i);
      put_wide(result + i, at_least(at, 0) + at_most(at, 0) * leak);
    }
  }
}
// The activation of z; or, with dy, the gradient in front of it. It may be written over either.
FUNCTION activate(const f32 *dy, const f32 *z, f32 *result, int n, int activation) {
  const int whole = n / WIDE * WIDE, left = n - whole;
  if (activation <= LEAKY_RELU)
    kinked(dy, z, result, whole, activation == LEAKY_RELU ? 0.2f : 0,
           activation == RELU6 ? 6 : __builtin_nanf(""));
  else
    smooth(dy, z, result, whole, activation);
  if (!left) return;
  // A vector that is not full.
  f32 some[WIDE] = {0}, others[WIDE] = {0};
  ONE_BY_ONE for (int i = 0; i < left; i++) {
    some[i] = z[whole + i];
    if (dy) others[i] = dy[whole + i];
  }
  activate(dy ? others : 0, some, some, WIDE, activation);
  ONE_BY_ONE for (int i = 0; i < left; i++) result[whole + i] = some[i];
}
