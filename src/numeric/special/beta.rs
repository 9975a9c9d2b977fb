//! The incomplete beta function, and the tails of the tests that rest on it and on the
//! incomplete gamma function.

use super::{ln_beta, ln_gamma, ln_upper_gamma};

/// Bound on the steps of the continued fraction, which needs some ten for most arguments.
const MAX_STEPS: u32 = 100_000;

/// `I_x(a, b)`, the regularised incomplete beta function, for `x + y = 1`.
///
/// ```text
/// I_x(a, b) = x^a y^b / B(a, b) · 1/(q0 + p1/(q1 + p2/(q2 + ...)))
/// p_m = (a + m - 1)(a + b + m - 1) m (b - m) x² / (a + 2m - 1)²
/// q_m = m + m (b - m) x / (a + 2m - 1) + (a + m)(a y - b x + 1 + m (2 - x)) / (a + 2m + 1)
/// ```
///
/// and `I_x(a, b) = 1 - I_y(b, a)` where `a y < b x`. Both x and y are asked for, because the
/// smaller of them is not to be had from the larger one. The fraction of DLMF 8.17.22, of which
/// this is the even part, would lose as many digits as a has.
///
/// Domain: a, b > 0; x, y in [0, 1]. Accuracy: 2e-12 relative for a and b up to 1e6 where
/// `a y >= b x`, to which large a and b together add 4e-16 min(a, b), as the logarithms of their
/// powers cancel; the same absolute elsewhere. Reference: Didonato and Morris (1992), TOMS 708,
/// doi:10.1145/131766.131776, equation 9.
fn incomplete_beta(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    if a * y < b * x {
        1.0 - by_fraction(b, a, y, x)
    } else {
        by_fraction(a, b, x, y)
    }
}

/// The fraction where it is quick, for `a y >= b x`, by Lentz's method.
fn by_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    // The logarithm of the larger of x and y, which may be near 1, comes from the smaller.
    let (ln_x, ln_y) = if x < 0.5 {
        (x.ln(), (-x).ln_1p())
    } else {
        ((-y).ln_1p(), y.ln())
    };
    let lead = a * y - b * x + 1.0;
    let mut fraction = a * lead / (a + 1.0);
    let (mut c, mut d) = (fraction, 0.0);
    for step in 1..=MAX_STEPS {
        let m = f64::from(step);
        let at = a + 2.0 * m - 1.0;
        let turn = m * (b - m) * x / at;
        let p = (a + m - 1.0) / at * ((a + b + m - 1.0) * x) * turn;
        let q = m + turn + (a + m) * (lead + m * (2.0 - x)) / (a + 2.0 * m + 1.0);
        d = (q + p * d).recip();
        c = q + p / c;
        fraction *= c * d;
        if (c * d - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    (a * ln_x + b * ln_y - ln_beta(a, b)).exp() / fraction
}

/// The probability that an F ratio of `between` and `within` degrees of freedom exceeds `f`.
///
/// ```text
/// I_x(within/2, between/2),  x = within / (within + between f)
/// ```
///
/// Domain: f >= 0, degrees above 0. Accuracy: as `incomplete_beta`. Reference: DLMF 8.17.2
/// and the definition of F as a ratio of chi-squares.
pub(crate) fn f_upper_tail(f: f64, between: f64, within: f64) -> f64 {
    if f.is_nan() || !(f >= 0.0 && between > 0.0 && within > 0.0) {
        return f64::NAN;
    }
    let ratio = between * f / within;
    if ratio.is_infinite() {
        return 0.0;
    }
    let x = (1.0 + ratio).recip();
    incomplete_beta(0.5 * within, 0.5 * between, x, ratio * x)
}

/// The probability that a beta variate exceeds `x`.
///
/// ```text
/// I_(1-x)(b, a)
/// ```
///
/// Domain: x in [0, 1], a and b above 0. Accuracy: as `incomplete_beta`, relative above the mean
/// `a / (a + b)` and absolute below it. Reference: DLMF 8.17.4.
pub(crate) fn beta_upper_tail(x: f64, a: f64, b: f64) -> f64 {
    if x.is_nan() || !((0.0..=1.0).contains(&x) && a > 0.0 && b > 0.0) {
        return f64::NAN;
    }
    incomplete_beta(b, a, 1.0 - x, x)
}

/// The probability that a chi-square of `degrees` degrees of freedom exceeds `value`.
///
/// ```text
/// Gamma(degrees/2, value/2) / Gamma(degrees/2)
/// ```
///
/// Domain: value >= 0, degrees > 0. Accuracy: as [`ln_upper_gamma`]. Reference: DLMF 8.2.4.
pub(crate) fn chi_square_upper_tail(value: f64, degrees: f64) -> f64 {
    if value.is_nan() || !(value >= 0.0 && degrees > 0.0) {
        return f64::NAN;
    }
    if value <= 0.0 {
        return 1.0;
    }
    let (a, z) = (0.5 * degrees, 0.5 * value);
    (ln_upper_gamma(a, z) - ln_gamma(a)).exp().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64) -> bool {
        (got - want).abs() <= 2e-12 * want
    }

    #[test]
    fn tails_of_f_match_mpmath() {
        // mpmath 1.4.1 at 40 digits: betainc(within/2, between/2, 0, x, regularized=True).
        for (f, between, within, want) in [
            (119.264502185, 2.0, 147.0, 1.6696691904540543e-31),
            (1180.16118225, 2.0, 147.0, 2.85677661146086e-91),
            (0.5, 3.0, 20.0, 0.686518612836403),
            (1.0, 1.0, 1.0, 0.5),
            (2.5, 7.0, 999992.0, 0.014442138437609305),
            (0.9, 9.0, 30.0, 0.5374298242605681),
            (3.0, 0.5, 2.5, 0.17316702332676567),
            (1.0001, 1000.0, 1000000.0, 0.49317034530905146),
            (40.0, 4.0, 500.0, 4.427317186740453e-29),
        ] {
            let got = f_upper_tail(f, between, within);
            assert!(close(got, want), "{f} {between} {within}: {got:e}");
        }
    }

    #[test]
    fn tails_of_beta_match_mpmath() {
        // mpmath 1.3.0 at 40 digits: betainc(b, a, 0, 1 - x, regularized=True), or for the largest the
        // integral of the density; SciPy 1.17.1 beta.sf agrees.
        for (x, a, b, want) in [
            (0.3, 6.0, 14.0, 0.4738625242735142),
            (0.00526, 6.0, 14.0, 0.9999999994581256),
            (0.05, 7.0, 14.0, 0.9999660538346986),
            (0.9, 6.0, 14.0, 7.127726319999979e-11),
            (0.999, 0.5, 0.5, 0.0201350416333775),
            (0.2, 10.0, 4.0, 0.999983939584),
            (0.31, 60000.0, 140000.0, 1.5150418876943376e-22),
            (0.301, 60000.0, 140000.0, 0.16454918599188822),
            (0.4, 0.001, 0.001, 0.500202449272028),
            (0.5, 0.001, 3.0, 6.821516304182144e-05),
            (0.75, 1.0, 1.0, 0.25),
            (0.999, 200.0, 3.0, 0.0011665631531165787),
        ] {
            let got = beta_upper_tail(x, a, b);
            let tolerance = 2e-12 + 4e-16 * f64::min(a, b);
            assert!(
                (got / want - 1.0).abs() <= tolerance,
                "{x} {a} {b}: {got:e}"
            );
        }
    }

    #[test]
    fn tails_of_chi_square_match_mpmath() {
        // mpmath 1.4.1 at 40 digits: gammainc(degrees/2, value/2, inf, regularized=True).
        for (value, degrees, want) in [
            (3.84145882069412, 1.0, 0.050000000000000176),
            (10.0, 4.0, 0.040427681994512805),
            (0.3, 7.0, 0.9998999626177479),
            (250.0, 200.0, 0.009379131668826096),
            (1e-8, 2.0, 0.999999995),
            (180.0, 200.0, 0.8417790108135699),
        ] {
            let got = chi_square_upper_tail(value, degrees);
            assert!(close(got, want), "{value} {degrees}: {got:e}");
        }
    }

    #[test]
    fn the_edges_are_answered() {
        let is = |got: f64, want: f64| assert!(got.total_cmp(&want).is_eq(), "{got}");
        is(f_upper_tail(0.0, 2.0, 5.0), 1.0);
        is(f_upper_tail(f64::INFINITY, 2.0, 5.0), 0.0);
        is(chi_square_upper_tail(0.0, 3.0), 1.0);
        is(chi_square_upper_tail(f64::INFINITY, 3.0), 0.0);
        is(beta_upper_tail(0.0, 2.0, 5.0), 1.0);
        is(beta_upper_tail(1.0, 2.0, 5.0), 0.0);
        for bad in [f64::NAN, -1.0] {
            assert!(beta_upper_tail(bad, 1.0, 1.0).is_nan());
            assert!(beta_upper_tail(0.5, bad, 1.0).is_nan());
            assert!(beta_upper_tail(0.5, 1.0, bad).is_nan());
            assert!(f_upper_tail(bad, 1.0, 1.0).is_nan() && f_upper_tail(1.0, bad, 1.0).is_nan());
            assert!(f_upper_tail(1.0, 1.0, bad).is_nan());
            assert!(chi_square_upper_tail(bad, 1.0).is_nan());
            assert!(chi_square_upper_tail(1.0, bad).is_nan());
        }
    }
}
