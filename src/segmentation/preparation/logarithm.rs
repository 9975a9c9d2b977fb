//! Logarithms of many values at once, with the bits of libm's.
//!
//! The steps are those of libm's `log` and `log1p` (Sun Microsystems 1993, FDLIBM), without its
//! branches, so that several values go through together. No multiplication is fused with an
//! addition: every machine gives the same bits.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]
#![expect(
    clippy::excessive_precision,
    reason = "constants as FDLIBM writes them"
)]

use pulp::Arch;

use crate::numeric::dispatch;

const LN2_HI: f64 = 6.93147180369123816490e-01;
const LN2_LO: f64 = 1.90821492927058770002e-10;
const LG1: f64 = 6.666666666666735130e-01;
const LG2: f64 = 3.999999999940941908e-01;
const LG3: f64 = 2.857142874366239149e-01;
const LG4: f64 = 2.222219843214978396e-01;
const LG5: f64 = 1.818357216161805012e-01;
const LG6: f64 = 1.531383769920937332e-01;
const LG7: f64 = 1.479819860511658591e-01;

/// The high words of 1 and of √2/2.
const ONE: u64 = 0x3ff0_0000;
const HALF_ROOT: u64 = 0x3fe6_a09e;

/// From here to √2 - 1, by the high words, 1 + x needs no exponent.
const LEAST_NEAR: u64 = 0xbfd2_bec4;
const MOST_NEAR: u64 = 0x3fda_827a;

/// Replaces values by their natural logarithms.
pub(super) fn ln_all(values: &mut [f64]) {
    let plain = |value: &f64| (f64::MIN_POSITIVE..=f64::MAX).contains(value);
    if values.iter().all(plain) {
        each(values, ln);
    } else {
        for value in values {
            *value = libm::log(*value);
        }
    }
}

/// Replaces each value x by the natural logarithm of 1 + x.
pub(super) fn ln_1p_all(values: &mut [f64]) {
    let plain = |value: &f64| *value > -1.0 && *value <= f64::MAX;
    if values.iter().all(plain) {
        each(values, ln_1p);
    } else {
        for value in values {
            *value = libm::log1p(*value);
        }
    }
}

#[inline(always)]
fn each(values: &mut [f64], change: impl Fn(f64) -> f64) {
    dispatch(
        Arch::new(),
        #[inline(always)]
        || {
            for value in values.iter_mut() {
                *value = change(*value);
            }
        },
    );
}

/// An exponent, and a number between √2/2 and √2, of a value above 0 that is not subnormal.
#[inline(always)]
fn reduced(x: f64) -> (f64, f64) {
    /// 2^52, below whose bits a whole number stands as it is.
    const WHOLE: u64 = 0x4330_0000_0000_0000;
    let shifted = x.to_bits() + ((ONE - HALF_ROOT) << 32);
    let exponent = f64::from_bits(WHOLE | shifted >> 52) - (f64::from_bits(WHOLE) + 1023.0);
    let mantissa = (shifted & ((1 << 52) - 1)) + (HALF_ROOT << 32);
    (exponent, f64::from_bits(mantissa))
}

/// ln(1 + f) less k ln 2, by its series; `c` is what 1 + f lost in rounding.
#[inline(always)]
fn series(k: f64, f: f64, c: f64) -> f64 {
    let half = 0.5 * f * f;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let even = w * (LG2 + w * (LG4 + w * LG6));
    let odd = z * (LG1 + w * (LG3 + w * (LG5 + w * LG7)));
    s * (half + (odd + even)) + (k * LN2_LO + c) - half + f + k * LN2_HI
}

#[inline(always)]
fn ln(x: f64) -> f64 {
    let (k, mantissa) = reduced(x);
    series(k, mantissa - 1.0, 0.0)
}

#[inline(always)]
fn ln_1p(x: f64) -> f64 {
    let u = 1.0 + x;
    let (k, mantissa) = reduced(u);
    let lost = if k >= 2.0 {
        1.0 - (u - x)
    } else {
        x - (u - 1.0)
    };
    let lost = if k < 54.0 { lost / u } else { 0.0 };
    let high = x.to_bits() >> 32;
    let near = if x < 0.0 {
        high <= LEAST_NEAR
    } else {
        high < MOST_NEAR
    };
    let far = series(k, mantissa - 1.0, lost);
    let close = series(0.0, x, 0.0);
    let found = if near { close } else { far };
    if x == 0.0 { x } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::rng::Stream;

    fn check(values: &[f64]) {
        let (mut ln, mut ln_1p) = (values.to_vec(), values.to_vec());
        ln_all(&mut ln);
        ln_1p_all(&mut ln_1p);
        for ((&x, ln), ln_1p) in values.iter().zip(ln).zip(ln_1p) {
            let same = |ours: f64, theirs: f64| {
                let bits = ours.to_bits() == theirs.to_bits();
                assert!(
                    bits || ours.is_nan() && theirs.is_nan(),
                    "{x:e}: {ours:e}, {theirs:e}"
                );
            };
            same(ln, libm::log(x));
            same(ln_1p, libm::log1p(x));
        }
    }

    #[test]
    fn many_at_once_have_the_bits_of_one() {
        let mut draw = Stream::new(4, 1, 0);
        let mut magnitudes = Vec::new();
        for _ in 0..20_000 {
            magnitudes.push((700.0 * (2.0 * draw.uniform() - 1.0)).exp());
            magnitudes.push(1.0 + (draw.uniform() - 0.5) * 1e-3);
            magnitudes.push(draw.uniform() * 3.0);
        }
        check(&magnitudes);
        let below: Vec<f64> = magnitudes.iter().map(|x| -(x % 1.0)).collect();
        check(&below);
        let near: Vec<f64> = (0..20_000).map(|_| 2.0 * draw.uniform() - 0.999).collect();
        check(&near);
    }

    #[test]
    fn edges_have_the_bits_of_one() {
        let root = f64::sqrt(2.0);
        for x in [
            1.0,
            2.0,
            0.5,
            root,
            root - 1.0,
            0.5 * root,
            0.5 * root - 1.0,
            1e-300,
            1e300,
            1e-17,
            f64::MIN_POSITIVE,
            f64::MAX,
            f64::EPSILON,
            9e15,
            1.8e16,
            0.0,
            -0.0,
            -0.5,
            -1.0,
            -2.0,
            5e-324,
            -5e-324,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
        ] {
            for nudged in [x, x.next_up(), x.next_down()] {
                check(&[nudged]);
                check(&[nudged, 1.5, nudged]);
            }
        }
    }
}
