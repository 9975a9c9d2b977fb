//! Chances from log odds, in plain arithmetic: a loop over rows is done several at a time, with the
//! same bits on every machine.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]

use std::f64::consts::{LN_2, SQRT_2};

use crate::numeric::exp_of_negative;

/// What log odds say.
#[derive(Debug, Clone, Copy)]
pub(in crate::churn) struct LogOdds {
    /// The chance of the other outcome: 1 / (1 + e^z).
    pub(in crate::churn) other: f64,
    /// Less the logarithm of the chance: ln(1 + e^-z).
    pub(in crate::churn) surprise: f64,
    /// The product of both chances.
    pub(in crate::churn) product: f64,
}

/// Chances by log odds z. All have their relative accuracy, 1e-15, at both ends; what is below 1e-307
/// is 0.
#[inline(always)]
pub(in crate::churn) fn log_odds(z: f64) -> LogOdds {
    let small = exp_of_negative(-z.abs());
    let least = small / (1.0 + small);
    LogOdds {
        other: if z > 0.0 { least } else { 1.0 / (1.0 + small) },
        surprise: ln_1p_of_share(small) + if z < 0.0 { -z } else { 0.0 },
        product: least / (1.0 + small),
    }
}

/// ln(1 + x) for x from 0 to 1.
///
/// ```text
/// ln(1 + x) = 2 artanh(x / (2 + x)) = ln 2 + 2 artanh((x - 1) / (x + 3))
/// ```
///
/// of which the one is taken whose argument is below 0.18, by its series to the power of 23. Accuracy:
/// 7e-16 relative.
#[inline(always)]
fn ln_1p_of_share(x: f64) -> f64 {
    const SERIES: [f64; 11] = [
        1.0 / 21.0,
        1.0 / 19.0,
        1.0 / 17.0,
        1.0 / 15.0,
        1.0 / 13.0,
        1.0 / 11.0,
        1.0 / 9.0,
        1.0 / 7.0,
        1.0 / 5.0,
        1.0 / 3.0,
        1.0,
    ];
    let is_large = x > SQRT_2 - 1.0;
    let (above, below) = if is_large {
        (x - 1.0, x + 3.0)
    } else {
        (x, x + 2.0)
    };
    let of = above / below;
    let square = of * of;
    let mut sum = 1.0 / 23.0;
    for term in SERIES {
        sum = sum * square + term;
    }
    2.0 * of * sum + if is_large { LN_2 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_agree_with_the_standard_library() {
        for step in 0..=200_000 {
            let x = f64::from(step) / 200_000.0;
            let (ours, theirs) = (ln_1p_of_share(x), x.ln_1p());
            assert!(
                (ours - theirs).abs() <= 7e-16 * theirs,
                "{x}: {ours} {theirs}"
            );
        }
        assert_eq!(ln_1p_of_share(1e-300).to_bits(), 1e-300f64.to_bits());
    }

    #[test]
    fn chances_keep_their_digits_at_both_ends() {
        for step in -7_000..=7_000 {
            let z = f64::from(step) / 10.0;
            let odds = log_odds(z);
            let other = if z > 0.0 {
                (-z).exp() / (1.0 + (-z).exp())
            } else {
                1.0 / (1.0 + z.exp())
            };
            let surprise = (-z).max(0.0) + (-z.abs()).exp().ln_1p();
            let product = (-z.abs()).exp() / (1.0 + (-z.abs()).exp()).powi(2);
            assert!((odds.other / other - 1.0).abs() < 2e-15, "{z}");
            assert!((odds.surprise / surprise - 1.0).abs() < 2e-15, "{z}");
            assert!((odds.product / product - 1.0).abs() < 2e-15, "{z}");
        }
        let far = log_odds(1e300);
        assert_eq!([far.other, far.surprise, far.product], [0.0; 3]);
        let far = log_odds(-1e300);
        assert_eq!([far.other, far.surprise, far.product], [1.0, 1e300, 0.0]);
    }
}
