//! The standard normal distribution.

use std::f64::consts::{PI, SQRT_2};

/// Left of this the tail fraction, right of it the central series.
const TAIL_BELOW: f64 = -1.5;

/// `normal_cdf(TAIL_BELOW)`, near enough to choose the start of an inversion.
const TAIL_SHARE: f64 = 0.0668;

/// Beyond this the tail is smaller than the smallest f64.
const TAIL_ENDS: f64 = -40.0;

/// Distribution function of the standard normal.
///
/// ```text
/// x >= -1.5:  1/2 + density(x) (x + x^3/3 + x^5/(3*5) + ...)
/// x < -1.5:   density(x) / (|x| + 1/(|x| + 2/(|x| + 3/(|x| + ...))))
/// ```
///
/// Domain: all x. Accuracy: 2.4e-15 relative, in both tails, down to the
/// smallest normal number. Reference: DLMF 7.6.2, 7.9.1.
pub(crate) fn normal_cdf(x: f64) -> f64 {
    if x < TAIL_BELOW {
        lower_tail(x)
    } else if x > -TAIL_BELOW {
        1.0 - lower_tail(-x)
    } else {
        0.5 + central_part(x)
    }
}

/// The number below which a standard normal falls with probability p.
///
/// ```text
/// normal_cdf(normal_quantile(p)) = p
/// ```
///
/// Domain: 0 <= p <= 1; 0 and 1 give the infinities. Accuracy: 1.1e-15
/// relative. Reference: start from Abramowitz and Stegun 26.2.23 (error below
/// 4.5e-4), then Halley's method, whose third order leaves nothing after two
/// steps; the third is a margin.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p > 0.5 {
        // 1 - p is exact here.
        return -normal_quantile(1.0 - p);
    }
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let t = (-2.0 * p.ln()).sqrt();
    let numerator = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let denominator = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let mut x = (numerator / denominator - t).min(0.0);
    for _ in 0..3 {
        // In the middle both sides are taken from 1/2, which keeps x relative
        // to the distance of p from 1/2.
        let excess = if p < TAIL_SHARE {
            lower_tail(x) - p
        } else {
            central_part(x) - (p - 0.5)
        };
        let newton = excess / density(x);
        x -= newton / (1.0 + 0.5 * x * newton);
    }
    x
}

/// `normal_cdf(x) - 1/2` by a series of one sign, for |x| <= 1.5 or little more.
fn central_part(x: f64) -> f64 {
    let (mut term, mut sum, mut odd) = (x, x, 1.0);
    // At |x| = 1.6 the terms fall below the last bit within 25 steps.
    for _ in 0..25 {
        odd += 2.0;
        term *= x * x / odd;
        sum += term;
    }
    sum * density(x)
}

/// `normal_cdf(x)` by Laplace's continued fraction, for x < -1.4.
fn lower_tail(x: f64) -> f64 {
    if x < TAIL_ENDS {
        return 0.0;
    }
    let distance = -x;
    // The error after n steps is about e^(-2 |x| sqrt(n)).
    let mut k = (10.0 + 420.0 / (x * x)).ceil();
    let mut fraction = distance;
    while k > 0.0 {
        fraction = distance + k / fraction;
        k -= 1.0;
    }
    density(x) / fraction
}

/// Density of the standard normal.
fn density(x: f64) -> f64 {
    // The error of x^2 would grow by x^2/2 in the exponential. The square of x
    // rounded to sixteenths is exact; the rest of the exponent is small.
    let rounded = (x * 16.0).trunc() / 16.0;
    let rest = (x - rounded) * (x + rounded);
    (-0.5 * rounded * rounded).exp() * (-0.5 * rest).exp() / (SQRT_2 * PI.sqrt())
}
