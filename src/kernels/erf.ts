/**
 * The error function as all kernels compute it, in polynomials whose error is 1.2e-9:
 *
 *     |x| < 1      x * (s0 + s1 x² + s2 x⁴ + ...)
 *     |x| >= 1     sign(x) * (1 - exp(-(l0 + l1 |x| + l2 |x|² + ...)))
 *
 * They were fitted with equal ripples to erf(x) / x up to 1, and to -log(erfc(x)) from 1 to 4, beyond
 * which float32 has 1. tfjs's own `erf` is off by 1.5e-7.
 */
export const ERF = {
  small: [
    1.12837917, -0.376126258, 0.112835851, -0.0268538119, 0.00518832764, -0.000801019322,
    7.85386001e-5,
  ],
  large: [
    0.000353715815, 1.12704005, 0.638225651, 0.103037392, -0.0218053298, 0.00293961024,
    -0.000185574317,
  ],
};
