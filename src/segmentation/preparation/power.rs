//! Box-Cox and Yeo-Johnson: the power that makes a column most like a normal one.
//!
//! The logarithm of the profile likelihood is concave in λ for both families (Kouider and Chen
//! 1995, doi:10.1016/0167-7152(94)00232-T; Marchand et al. 2022, arXiv:2210.01639), so its slope
//! falls and has one zero. The zero of the slope is sharp where the likelihood itself is flat to
//! half the digits.

use super::distribution::Distribution;

/// How far λ is looked for on either side of 0.
pub(super) const LIMIT: f64 = 128.0;

/// The error left in λ.
const TOLERANCE: f64 = 1e-12;

/// `(e^t - 1) / t`.
fn e1(t: f64) -> f64 {
    if t.abs() < 1e-19 {
        1.0
    } else {
        libm::expm1(t) / t
    }
}

/// `(x^λ - 1) / λ` for v = ln x; v itself if λ is 0.
pub(super) fn power_of_log(v: f64, lambda: f64) -> f64 {
    if lambda.abs() < 1e-19 {
        v
    } else {
        libm::expm1(lambda * v) / lambda
    }
}

/// The v of which y is the power. Beyond what the power can give, the edge: ±infinity.
pub(super) fn log_of_power(y: f64, lambda: f64) -> f64 {
    if lambda.abs() < 1e-19 {
        y
    } else {
        libm::log1p((lambda * y).max(-1.0)) / lambda
    }
}

pub(super) fn box_cox(x: f64, lambda: f64) -> f64 {
    power_of_log(libm::log(x), lambda)
}

pub(super) fn box_cox_inverse(y: f64, lambda: f64) -> f64 {
    libm::exp(log_of_power(y, lambda))
}

pub(super) fn yeo_johnson(x: f64, lambda: f64) -> f64 {
    if x >= 0.0 {
        power_of_log(libm::log1p(x), lambda)
    } else {
        -power_of_log(libm::log1p(-x), 2.0 - lambda)
    }
}

pub(super) fn yeo_johnson_inverse(y: f64, lambda: f64) -> f64 {
    if y >= 0.0 {
        libm::expm1(log_of_power(y, lambda))
    } else {
        -libm::expm1(log_of_power(-y, 2.0 - lambda))
    }
}

/// The λ of greatest likelihood; `None` if it lies beyond the limit, or all values are equal. All
/// values are above 0.
pub(super) fn box_cox_lambda(column: &Distribution) -> Option<f64> {
    lambda_of_logs(&column.map(libm::log))
}

/// The same for any values.
pub(super) fn yeo_johnson_lambda(column: &Distribution) -> Option<f64> {
    let some = |is: fn(&f64) -> bool| column.values.iter().any(is);
    // Of one sign, Yeo-Johnson is Box-Cox of 1 + |x|.
    if !some(|&x| x < 0.0) {
        return lambda_of_logs(&column.map(libm::log1p));
    }
    if !some(|&x| x > 0.0) {
        return Some(2.0 - lambda_of_logs(&column.map(|x| libm::log1p(-x)))?);
    }
    let logs: Vec<f64> = column
        .values
        .iter()
        .map(|x| libm::log1p(x.abs()).copysign(*x))
        .collect();
    zero_of_slope(&Likelihood {
        jacobian: mean(&logs, &column.weights),
        logs,
        weights: &column.weights,
        family: Family::YeoJohnson,
    })
}

/// Box-Cox by the logarithms of the values. λ does not depend on their unit, so that they can be
/// centred, which keeps powers apart that would else be equal to rounding.
fn lambda_of_logs(logs: &Distribution) -> Option<f64> {
    let centre = mean(&logs.values, &logs.weights);
    zero_of_slope(&Likelihood {
        logs: logs.values.iter().map(|v| v - centre).collect(),
        weights: &logs.weights,
        jacobian: 0.0,
        family: Family::BoxCox,
    })
}

fn mean(values: &[f64], weights: &[f64]) -> f64 {
    let sum: f64 = values.iter().zip(weights).map(|(x, w)| w * x).sum();
    sum / weights.iter().sum::<f64>()
}

/// A profile likelihood: `-½ ln var(y(λ)) + λ · jacobian`, a unit of weight.
struct Likelihood<'a> {
    family: Family,
    /// For Yeo-Johnson ln(1 + |x|) with the sign of x.
    logs: Vec<f64>,
    weights: &'a [f64],
    jacobian: f64,
}

#[derive(Clone, Copy)]
enum Family {
    BoxCox,
    YeoJohnson,
}

impl Likelihood<'_> {
    /// `jacobian - cov(y, dy/dλ) / var(y)`.
    fn slope(&self, lambda: f64) -> f64 {
        let exponent = |v: f64| match self.family {
            Family::YeoJohnson if v < 0.0 => (2.0 - lambda) * -v,
            _ => lambda * v,
        };
        let largest = self.logs.iter().map(|&v| exponent(v)).fold(0.0, f64::max);
        // Huge powers are divided by one, which the ratio does not feel.
        let shift = (largest - 300.0).max(0.0);
        let powers = self.logs.iter().map(|&v| {
            let (first, second) = scaled(exponent(v), shift);
            (v * first, v * v * second)
        });
        let (y, slopes): (Vec<f64>, Vec<f64>) = powers.unzip();
        let (y_mean, slope_mean) = (mean(&y, self.weights), mean(&slopes, self.weights));
        let (mut variance, mut covariance) = (0.0, 0.0);
        for ((y, slope), weight) in y.iter().zip(&slopes).zip(self.weights) {
            let from_mean = weight * (y - y_mean);
            variance += from_mean * (y - y_mean);
            covariance += from_mean * (slope - slope_mean);
        }
        self.jacobian - covariance / variance
    }
}

/// `(e^t - 1) / t` and its derivative `((t - 1) e^t + 1) / t²`, both over `e^shift`.
fn scaled(t: f64, shift: f64) -> (f64, f64) {
    let over = libm::exp(-shift);
    if t.abs() < 0.5 {
        // Σ (k+1) t^k / (k+2)!, which does not cancel.
        let (mut term, mut sum) = (0.5, 0.0);
        for k in 0..18 {
            let k = f64::from(k);
            sum += (k + 1.0) * term;
            term *= t / (k + 3.0);
        }
        (e1(t) * over, sum * over)
    } else {
        let power = libm::exp(t - shift);
        ((power - over) / t, ((t - 1.0) * power + over) / (t * t))
    }
}

/// Where the slope is 0; `None` if it is not within the limit.
fn zero_of_slope(likelihood: &Likelihood<'_>) -> Option<f64> {
    let slope = |lambda| likelihood.slope(lambda);
    let (mut low, mut high) = (-2.0, 2.0);
    let (mut at_low, mut at_high) = (slope(low), slope(high));
    while at_low < 0.0 && low > -LIMIT {
        (high, at_high) = (low, at_low);
        low *= 2.0;
        at_low = slope(low);
    }
    while at_high > 0.0 && high < LIMIT {
        (low, at_low) = (high, at_high);
        high *= 2.0;
        at_high = slope(high);
    }
    // Written so that NaN fails as well.
    if at_low >= 0.0 && at_high <= 0.0 {
        Some(zero((low, at_low), (high, at_high), slope))
    } else {
        None
    }
}

/// A zero between two places where a function has different signs: Brent (1973), *Algorithms for
/// minimization without derivatives*, chapter 4. Steps by inverse quadratic interpolation where
/// they are good, by halves where not.
fn zero(first: (f64, f64), second: (f64, f64), f: impl Fn(f64) -> f64) -> f64 {
    let ((mut a, mut fa), (mut b, mut fb)) = (first, second);
    let (mut c, mut fc) = (a, fa);
    let mut step = b - a;
    let mut before = step;
    // Halving alone needs 50.
    for _ in 0..200 {
        if (fb > 0.0) == (fc > 0.0) {
            (c, fc) = (a, fa);
            step = b - a;
            before = step;
        }
        if fc.abs() < fb.abs() {
            (a, fa) = (b, fb);
            (b, fb) = (c, fc);
            (c, fc) = (a, fa);
        }
        let tolerance = 2.0 * f64::EPSILON * b.abs() + 0.5 * TOLERANCE;
        let half = 0.5 * (c - b);
        if half.abs() <= tolerance || fb == 0.0 {
            break;
        }
        let interpolated = (before.abs() >= tolerance && fa.abs() > fb.abs())
            .then(|| interpolate([(a, fa), (b, fb), (c, fc)]))
            .filter(|step| {
                let least = (1.5 * half.abs() - 0.5 * tolerance).min(0.5 * before.abs());
                step * half > 0.0 && step.abs() < least
            });
        (before, step) = match interpolated {
            Some(by) => (step, by),
            None => (half, half),
        };
        (a, fa) = (b, fb);
        b += if step.abs() > tolerance {
            step
        } else {
            tolerance.copysign(half)
        };
        fb = f(b);
    }
    b
}

/// The step from b by the parabola through three places, or by the line through two.
fn interpolate([(a, fa), (b, fb), (c, fc)]: [(f64, f64); 3]) -> f64 {
    let s = fb / fa;
    let (p, q) = if a.total_cmp(&c).is_eq() {
        ((c - b) * s, 1.0 - s)
    } else {
        let (q, r) = (fa / fc, fb / fc);
        (
            s * ((c - b) * q * (q - r) - (b - a) * (r - 1.0)),
            (q - 1.0) * (r - 1.0) * (s - 1.0),
        )
    };
    -p / q
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[f64]) -> Distribution {
        Distribution::new(values.iter().map(|&value| (value, 1.0)).collect())
    }

    /// By the printed definition, without any care for rounding.
    fn log_likelihood(values: &[f64], y: impl Fn(f64) -> f64, jacobian: f64) -> f64 {
        let n = values.len() as f64;
        let mean = values.iter().map(|&x| y(x)).sum::<f64>() / n;
        let variance = values.iter().map(|&x| (y(x) - mean).powi(2)).sum::<f64>() / n;
        -0.5 * n * variance.ln() + jacobian
    }

    #[test]
    fn a_zero_is_found_to_its_tolerance() {
        let found = zero((-2.0, 6.0), (2.0, -2.0), |x| 2.0 - x - x * x);
        assert!((found - 1.0).abs() < 1e-12, "{found}");
        let steep = zero((-128.0, 1.0), (128.0, -1.0), |x| {
            (0.3 - x).clamp(-1e-9, 1e-9)
        });
        assert!((steep - 0.3).abs() < 1e-11, "{steep}");
    }

    #[test]
    fn two_values_are_most_normal_as_they_are_alike() {
        // Any power of two values looks alike but for the Jacobian, which wants logarithms.
        assert!(box_cox_lambda(&of(&[1.0, 9.0])).unwrap().abs() < 1e-9);
    }

    #[test]
    fn equal_values_have_no_power() {
        assert_eq!(box_cox_lambda(&of(&[3.0, 3.0])), None);
        assert_eq!(yeo_johnson_lambda(&of(&[-3.0])), None);
    }

    #[test]
    fn huge_values_have_a_power() {
        for unit in [1e300, 1e-300] {
            let values = [1.0, 2.0, 3.0, 7.0, 30.0].map(|x| x * unit);
            let small = box_cox_lambda(&of(&[1.0, 2.0, 3.0, 7.0, 30.0])).unwrap();
            assert!((box_cox_lambda(&of(&values)).unwrap() - small).abs() < 1e-9);
        }
        assert!(yeo_johnson_lambda(&of(&[-1e300, -1.0, 2.0, 1e300])).is_some());
    }

    proptest! {
        #[test]
        fn no_other_power_is_likelier(
            values in proptest::collection::vec(-50.0..50.0_f64, 3..20),
            away in -0.5..0.5_f64,
        ) {
            if let Some(lambda) = yeo_johnson_lambda(&of(&values)).filter(|l| l.abs() < 5.0) {
                let logs: f64 = values.iter().map(|x| x.abs().ln_1p().copysign(*x)).sum();
                let likelihood = |l: f64| {
                    log_likelihood(&values, |x| yeo_johnson(x, l), (l - 1.0) * logs)
                };
                prop_assert!(likelihood(lambda) >= likelihood(lambda + away) - 1e-7);
            }
            let above: Vec<f64> = values.iter().map(|x| x.abs() + 0.1).collect();
            if let Some(lambda) = box_cox_lambda(&of(&above)).filter(|l| l.abs() < 5.0) {
                let logs: f64 = above.iter().map(|x| x.ln()).sum();
                let likelihood = |l: f64| {
                    log_likelihood(&above, |x| box_cox(x, l), (l - 1.0) * logs)
                };
                prop_assert!(likelihood(lambda) >= likelihood(lambda + away) - 1e-7);
            }
        }

        #[test]
        fn inverses_invert(x in -1e6..1e6_f64, lambda in -0.5..2.5_f64) {
            let there = yeo_johnson_inverse(yeo_johnson(x, lambda), lambda);
            // Powers far below 0 flatten: there digits go.
            if (0.0..=2.0).contains(&lambda) {
                prop_assert!((there - x).abs() <= 1e-9 * x.abs().max(1.0), "{x} {there}");
            }
            let x = x.abs() + 1e-3;
            let there = box_cox_inverse(box_cox(x, lambda), lambda);
            prop_assert!((there - x).abs() <= 1e-6 * x.max(1.0), "{x} {there}");
        }
    }
}
