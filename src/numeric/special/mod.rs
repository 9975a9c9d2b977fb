//! Special functions that the value models need and Rust's `std` lacks.
//!
//! Gamma functions, tails of the beta, F and chi-square distributions, Gauss' hypergeometric function, the normal distribution and
//! sums of exponentials. Each function states its formula, its domain and the
//! accuracy measured against `tests/golden/numeric/special.json`, which holds values from
//! mpmath at 50 digits. Outside its domain a function returns NaN; none panics
//! and each has a bounded number of steps.
//!
//! The sensitive caller is the conditional expectation of BG/NBD. It asks for
//! `F(r + x, b + x; a + b + x - 1; z)` with x in the thousands and z next to 1,
//! where the textbook series either overflows or crawls.

mod beta;
mod gamma;
mod hypergeometric;
mod normal;

pub(crate) use beta::{beta_upper_tail, chi_square_upper_tail, f_upper_tail};
pub(crate) use gamma::{digamma, ln_beta, ln_gamma, ln_rising, ln_upper_gamma, trigamma};
pub(crate) use hypergeometric::{hyp2f1, ln_hyp2f1};
pub(crate) use normal::{normal_cdf, normal_quantile};

/// `ln(e^a + e^b)` without overflow.
///
/// ```text
/// max(a, b) + ln(1 + e^-|a - b|)
/// ```
///
/// Domain: all reals and `-inf` (the logarithm of zero). Accuracy: 2.2e-16
/// relative to `max(|result|, 1)`.
pub(crate) fn log_sum_exp(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    // Also keeps -inf - (-inf) out of the formula below.
    if low == f64::NEG_INFINITY || high == f64::INFINITY {
        return high;
    }
    high + (low - high).exp().ln_1p()
}

/// `ln(e^a - e^b)` for a >= b without overflow or cancellation.
///
/// ```text
/// a + ln(1 - e^(b - a))
/// ```
///
/// Domain: `a >= b`, either may be `-inf`; `a = b` gives `-inf`. Accuracy:
/// 2.2e-16 relative to `max(|result|, 1)`. Reference: Mächler (2012),
/// "Accurately computing log(1 - exp(-|a|))", for the switch at ln 2.
pub(crate) fn log_diff_exp(a: f64, b: f64) -> f64 {
    if b == f64::NEG_INFINITY {
        return a;
    }
    let gap = b - a;
    if gap.is_nan() || gap > 0.0 {
        return f64::NAN;
    }
    if gap > -std::f64::consts::LN_2 {
        a + (-gap.exp_m1()).ln()
    } else {
        a + (-gap.exp()).ln_1p()
    }
}

/// `ln` of the sum of `e^x` over a slice, without overflow.
///
/// ```text
/// m + ln(sum e^(x - m)),  m = max x
/// ```
///
/// Domain: any slice; an empty one gives `-inf`, the logarithm of an empty sum.
/// Accuracy: as [`log_sum_exp`], times the square root of the length at most.
/// The terms are added in the order of the slice.
pub(crate) fn log_sum_exp_slice(xs: &[f64]) -> f64 {
    let top = xs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if top.is_infinite() {
        // All -inf, or some +inf. A NaN beside it must still come out as NaN.
        return xs.iter().fold(top, |m, x| if x.is_nan() { *x } else { m });
    }
    top + xs.iter().map(|x| (x - top).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests;
