//! Gauss' hypergeometric function for real arguments.
//!
//! The plan, for 0 <= z < 1 (a negative z is first mapped there by Pfaff):
//!
//! 1. Euler's transformation gives a second series for the same value. Take the
//!    one whose terms fall off faster; if its terms cancel or it does not settle
//!    soon, take the other.
//! 2. If both settle but cancel, sum again in double-double arithmetic.
//! 3. If neither settles, z is next to 1 and `c - a - b` is small. Sum the series
//!    at a point where it settles, and follow the differential equation from
//!    there to z by Taylor steps, each of which halves the distance to 1. Unlike
//!    the connection formula in 1 - z this does not care whether `c - a - b` is a
//!    whole number.

use super::gamma::{ln_beta, ln_gamma};

/// A series is given this many terms before the other routes are tried.
const SHORT_TERMS: u32 = 2_000;

/// And this many when there is no other route.
const LONG_TERMS: u32 = 200_000;

/// Terms below this part of the sum are dropped.
const TERM_TOLERANCE: f64 = 1e-17;

/// The same where the derivative is wanted too, whose terms are k times larger.
const SLOPE_TOLERANCE: f64 = 1e-23;

/// The same for double-double sums.
const FINE_TOLERANCE: f64 = 1e-32;

/// Largest term over sum up to which f64 is enough: five bits are lost.
const TOLERABLE_LOSS: f64 = 32.0;

/// The same for double-double sums: half of the 32 digits remain.
const TOLERABLE_FINE_LOSS: f64 = 1e16;

/// Sums are kept below this by scaling.
const RESCALE_ABOVE: f64 = 1e200;

/// Distance from 1 at which the differential equation takes over from the series.
const HANDOVER: f64 = 0.05;

/// Bound on the halvings of z in search of a point where terms cancel little.
/// The largest parameters in the domain need about 30.
const MOST_HALVINGS: u32 = 40;

/// Longest Taylor step, as part of the distance to the nearer of 0 and 1.
const LONGEST_STEP: f64 = 0.5;

/// Longest Taylor step, as an exponent of decay: the sum of a step loses about
/// twice as many powers of e to a solution that decays along it.
const LONGEST_DECAY: f64 = 3.0;

/// The same for growth towards 1. It costs terms but no digits.
const LONGEST_GROWTH: f64 = 40.0;

/// Bound on the Taylor steps; parameters of 1e5 may need a tenth of it.
const MOST_STEPS: u32 = 1_000_000;

/// Bound on the terms of a Taylor step; about 60 are used.
const STEP_TERMS: u32 = 400;

/// Gauss' hypergeometric function.
///
/// ```text
/// F(a, b; c; z) = sum (a)_k (b)_k / ((c)_k k!) z^k
/// ```
///
/// Domain: c > 0 and z < 1, or z = 1 with c > a + b; all finite, parameters up
/// to 1e5 in size. NaN outside. Accuracy: 3e-14 relative where the value models
/// ask (see the module above), 2e-13 for other parameters up to 30 in size, 3e-11
/// up to 300, where the function may oscillate; beside a zero of the function the
/// error is relative to its size around the zero.
///
/// Reference: DLMF 15.2.1, 15.4.20 (z = 1), 15.8.1 (Euler, Pfaff), 15.10.1.
pub(crate) fn hyp2f1(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let Some(parts) = hypergeometric(a, b, c, z) else {
        return f64::NAN;
    };
    let factor = parts.power_of_base();
    if parts.ln_scale == 0.0 && factor.is_normal() {
        parts.value * factor
    } else {
        // The factors leave the range of f64; their product may not.
        parts.ln_abs().exp().copysign(parts.value)
    }
}

/// Natural logarithm of [`hyp2f1`] where its value may leave the range of f64.
///
/// ```text
/// ln F(a, b; c; z)
/// ```
///
/// Domain: a, b, c > 0 and 0 <= z < 1, or z = 1 with c > a + b; parameters up to
/// 1e5. NaN outside. Accuracy: 1.3e-14 relative to `max(|result|, 1)`, for
/// parameters up to 5000. A call takes microseconds, at worst some milliseconds.
/// Reference: as [`hyp2f1`].
pub(crate) fn ln_hyp2f1(a: f64, b: f64, c: f64, z: f64) -> f64 {
    if a.is_nan() || b.is_nan() || a <= 0.0 || b <= 0.0 || z < 0.0 {
        return f64::NAN;
    }
    hypergeometric(a, b, c, z).map_or(f64::NAN, |parts| parts.ln_abs())
}

/// A value as `value * e^ln_scale * base^power`.
struct Parts {
    value: f64,
    ln_scale: f64,
    base: Dd,
    ln_base: f64,
    power: Dd,
}

impl Parts {
    fn power_of_base(&self) -> f64 {
        // First order in the low halves: an exponent in the thousands would turn
        // even the half bit lost in 1 - z into an error of 1e-12.
        let correction =
            self.power.high * self.base.low / self.base.high + self.power.low * self.ln_base;
        let factor = self.base.high.powf(self.power.high);
        factor + factor * correction
    }

    fn ln_abs(&self) -> f64 {
        self.value.abs().ln() + self.ln_scale + (self.power.high + self.power.low) * self.ln_base
    }
}

/// One of two series for the same value: `base^power F(p, q; c; z)`.
#[derive(Clone, Copy)]
struct Series {
    p: Dd,
    q: Dd,
    /// `c - p - q`: the terms fall off like `z^k / k^(1 + excess)`.
    excess: Dd,
    power: Dd,
}

impl Series {
    /// Neither parameter brings in a change of sign.
    fn is_positive(&self) -> bool {
        self.p.high >= 0.0 && self.q.high >= 0.0
    }

    /// True when [`SHORT_TERMS`] terms cannot be enough.
    fn is_long(&self, w: f64) -> bool {
        self.is_positive() && self.excess.high < 2.5 && w * f64::from(SHORT_TERMS) < 20.0
    }
}

/// The domain, and the mapping of z into `[0, 1)`.
#[expect(clippy::many_single_char_names, reason = "the letters of the formula")]
fn hypergeometric(a: f64, b: f64, c: f64, z: f64) -> Option<Parts> {
    let finite = a.is_finite() && b.is_finite() && c.is_finite() && z.is_finite();
    if !finite || c <= 0.0 || z > 1.0 {
        return None;
    }
    let (a, b) = (Dd::from(a), Dd::from(b));
    let (c_less_a, c_less_b) = (Dd::from(c) - a, Dd::from(c) - b);
    let excess = c_less_a - b;
    let zero = Dd::from(0.0);
    if z >= 1.0 {
        return gauss_sum(a.high, b.high, c, excess);
    }
    let w = Dd::from(1.0) - Dd::from(z);
    let ln_w = (-z).ln_1p();
    if z >= 0.0 {
        let plain = Series {
            p: a,
            q: b,
            excess,
            power: zero,
        };
        let euler = Series {
            p: c_less_a,
            q: c_less_b,
            excess: -excess,
            power: excess,
        };
        return Some(inside(plain, euler, c, z, w, ln_w));
    }
    // Pfaff: F(a, b; c; z) = (1 - z)^-a F(a, c - b; c; z/(z - 1)), or b for a.
    let by_a = Series {
        p: a,
        q: c_less_b,
        excess: b - a,
        power: a,
    };
    let by_b = Series {
        p: b,
        q: c_less_a,
        excess: a - b,
        power: b,
    };
    Some(inside(by_a, by_b, c, -z / w.high, Dd::from(1.0) / w, -ln_w))
}

/// Gauss' sum at z = 1: `Gamma(c) Gamma(s) / (Gamma(c - a) Gamma(c - b))` where
/// `s = c - a - b`.
fn gauss_sum(a: f64, b: f64, c: f64, excess: Dd) -> Option<Parts> {
    let s = excess.value();
    if s <= 0.0 {
        return None;
    }
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    // The sum is B(s, a)/B(c - a, a), which does not cancel for large arguments,
    // with either parameter for a if it is in range.
    let factor = [small, large].into_iter().find(|x| *x > 0.0 && c - x > 0.0);
    let (value, ln_value) = if let Some(x) = factor {
        (1.0, ln_beta(s, x) - ln_beta(c - x, x))
    } else {
        let (ln_first, sign_first) = ln_abs_gamma(c - a);
        let (ln_second, sign_second) = ln_abs_gamma(c - b);
        (
            sign_first * sign_second,
            (ln_gamma(c) - ln_first) + (ln_gamma(s) - ln_second),
        )
    };
    let base = Dd::from(1.0);
    Some(Parts {
        value,
        ln_scale: ln_value,
        base,
        ln_base: 0.0,
        power: base,
    })
}

/// `ln |Gamma(x)|` and its sign for any real x; infinite at the poles.
fn ln_abs_gamma(x: f64) -> (f64, f64) {
    if x > 0.0 {
        return (ln_gamma(x), 1.0);
    }
    // Reflection, DLMF 5.5.3. The sine of the distance to a whole number is exact
    // at the poles.
    let distance = x - x.round();
    let sine = (std::f64::consts::PI * distance).sin();
    let sign = if x.floor() % 2.0 == 0.0 { 1.0 } else { -1.0 };
    (
        std::f64::consts::PI.ln() - sine.abs().ln() - ln_gamma(1.0 - x),
        sign,
    )
}

/// `F` for 0 <= z < 1, given both series for it; w is 1 - z.
fn inside(first: Series, second: Series, c: f64, z: f64, w: Dd, ln_w: f64) -> Parts {
    let order = if first.excess.high >= 0.0 {
        [first, second]
    } else {
        [second, first]
    };
    let finish = |series: &Series, value: f64, ln_scale: f64| Parts {
        value,
        ln_scale,
        base: w,
        ln_base: ln_w,
        power: series.power,
    };
    let mut cancelled = Vec::new();
    for series in &order {
        if series.is_long(w.high) {
            continue;
        }
        if let Some(sum) = sum_series(series, c, z, SHORT_TERMS, TERM_TOLERANCE) {
            if sum.loss() <= TOLERABLE_LOSS {
                return finish(series, sum.value, sum.ln_scale);
            }
            cancelled.push(series);
        }
    }
    let finer = cancelled.iter().filter_map(|series| {
        let sum = sum_series_finely(series, c, z, SHORT_TERMS)?;
        Some((*series, sum))
    });
    let finest = finer.min_by(|x, y| x.1.loss().total_cmp(&y.1.loss()));
    if let Some((series, sum)) = finest
        && sum.loss() <= TOLERABLE_FINE_LOSS
    {
        return finish(series, sum.value, sum.ln_scale);
    }
    // Neither will do. Prefer the one that cannot cancel.
    let only_second = order[1].is_positive() && !order[0].is_positive();
    let series = if only_second { order[1] } else { order[0] };
    let (value, ln_scale) = from_the_left(&series, c, z, w.high);
    finish(&series, value, ln_scale)
}

/// A series summed at some point up to z, then continued to z. Returns the value
/// and the logarithm of its scale.
fn from_the_left(series: &Series, c: f64, z: f64, w: f64) -> (f64, f64) {
    let mut from = z.min(1.0 - HANDOVER);
    let mut sum = settled_sum(series, c, from);
    // Where the function oscillates, terms cancel less further to the left.
    for _ in 0..MOST_HALVINGS {
        if sum.loss() <= TOLERABLE_FINE_LOSS {
            break;
        }
        from *= 0.5;
        sum = settled_sum(series, c, from);
    }
    if from < z {
        follow_equation(series, c, &sum, 1.0 - from, w)
    } else {
        (sum.value, sum.ln_scale)
    }
}

/// A series with as many terms as it takes, finely if it cancels.
fn settled_sum(series: &Series, c: f64, z: f64) -> Sum {
    match sum_series(series, c, z, LONG_TERMS, SLOPE_TOLERANCE) {
        None => Sum::UNDEFINED,
        Some(sum) if sum.loss() <= TOLERABLE_LOSS => sum,
        Some(sum) => sum_series_finely(series, c, z, LONG_TERMS).unwrap_or(sum),
    }
}

/// What the summation of a series yields.
#[derive(Clone, Copy)]
struct Sum {
    /// The sum, times `e^-ln_scale`.
    value: f64,
    /// The sum of `k` times the k-th term: z times the derivative.
    slope: f64,
    /// The largest term.
    peak: f64,
    ln_scale: f64,
}

impl Sum {
    const UNDEFINED: Self = Self {
        value: f64::NAN,
        slope: f64::NAN,
        peak: 1.0,
        ln_scale: 0.0,
    };

    /// How far the terms cancelled: 1 is not at all.
    fn loss(&self) -> f64 {
        let loss = self.peak / self.value.abs();
        if loss.is_nan() { f64::INFINITY } else { loss }
    }
}

/// Tells when the rest of a series no longer matters.
struct Settled {
    /// From this index on the ratio of terms keeps its sign and, once below 1,
    /// stays there.
    steady_from: f64,
    p: f64,
    q: f64,
    c: f64,
    z: f64,
}

impl Settled {
    fn new(series: &Series, c: f64, z: f64) -> Self {
        let (p, q) = (series.p.high, series.q.high);
        // ratio < 1 is (1 - z) k^2 + (c + 1 - (p + q) z) k + c - p q z > 0: a
        // parabola that opens upwards and rises from here on.
        let rises_from = ((p + q) * z - c - 1.0) / (2.0 * (1.0 - z));
        Self {
            steady_from: rises_from.max(-p).max(-q),
            p,
            q,
            c,
            z,
        }
    }

    /// Bound on the rest of the series over the term of index k.
    fn rest(&self, k: f64, ratio: f64) -> f64 {
        if ratio == 0.0 {
            // A polynomial has no rest.
            return 0.0;
        }
        if k >= self.steady_from && ratio < 1.0 {
            // A power law k^-(1 + s) has a longer tail than this by (1 + s)/s;
            // the tolerance covers that.
            return (1.0 - ratio).recip();
        }
        // Each factor tends to 1 monotonically, so this bounds all later ratios.
        let bound = self.z
            * ((self.p.abs() + k) / (self.c + k)).max(1.0)
            * ((self.q.abs() + k) / (1.0 + k)).max(1.0);
        if bound < 1.0 {
            (1.0 - bound).recip()
        } else {
            f64::INFINITY
        }
    }
}

/// Sums a series in f64; `None` if it does not settle.
#[expect(clippy::many_single_char_names, reason = "the letters of the formula")]
fn sum_series(series: &Series, c: f64, z: f64, max_terms: u32, tolerance: f64) -> Option<Sum> {
    let settled = Settled::new(series, c, z);
    let (p, q) = (series.p.high, series.q.high);
    let (mut term, mut value, mut slope, mut peak, mut ln_scale) =
        (1.0_f64, 1.0_f64, 0.0, 1.0, 0.0);
    let mut k = 0.0;
    for _ in 0..max_terms {
        let ratio = (p + k) * (q + k) * z / ((c + k) * (1.0 + k));
        term *= ratio;
        k += 1.0;
        value += term;
        slope += k * term;
        peak = term.abs().max(peak);
        let floor = tolerance * value.abs().max(f64::EPSILON * peak);
        if term.abs() <= floor && term.abs() * settled.rest(k, ratio) <= floor {
            return Some(Sum {
                value,
                slope,
                peak,
                ln_scale,
            });
        }
        if peak > RESCALE_ABOVE {
            for part in [&mut term, &mut value, &mut slope, &mut peak] {
                *part /= RESCALE_ABOVE;
            }
            ln_scale += RESCALE_ABOVE.ln();
        }
    }
    None
}

/// As [`sum_series`] with twice the digits, for series whose terms cancel.
fn sum_series_finely(series: &Series, c: f64, z: f64, max_terms: u32) -> Option<Sum> {
    let settled = Settled::new(series, c, z);
    let mut term = Dd::from(1.0);
    let (mut value, mut slope) = (term, Dd::from(0.0));
    let (mut peak, mut ln_scale) = (1.0_f64, 0.0);
    let mut k = 0.0;
    for _ in 0..max_terms {
        let index = Dd::from(k);
        let ratio = (series.p + index) * (series.q + index) * Dd::from(z)
            / ((Dd::from(c) + index) * Dd::from(1.0 + k));
        term = term * ratio;
        k += 1.0;
        value = value + term;
        slope = slope + Dd::from(k) * term;
        let size = term.high.abs();
        peak = size.max(peak);
        let floor = FINE_TOLERANCE * value.high.abs().max(FINE_TOLERANCE * peak);
        if size <= floor && size * settled.rest(k, ratio.high) <= floor {
            return Some(Sum {
                value: value.value(),
                slope: slope.value(),
                peak,
                ln_scale,
            });
        }
        if peak > RESCALE_ABOVE {
            let down = Dd::from(RESCALE_ABOVE.recip());
            (term, value, slope) = (term * down, value * down, slope * down);
            peak /= RESCALE_ABOVE;
            ln_scale += RESCALE_ABOVE.ln();
        }
    }
    None
}

/// Follows the hypergeometric equation from distance `start` to 1 down to `end`.
///
/// With `v_k = u_k w^k` for the Taylor coefficients `u_k` at `z = 1 - w`, the
/// equation `z (1 - z) F'' + (c - (p + q + 1) z) F' - p q F = 0` reads
///
/// ```text
/// z (k+1)(k+2) v_(k+2) = w (k+p)(k+q) v_k
///                      + ((1 - 2w) k + (1 - s) - (p + q + 1) w)(k+1) v_(k+1)
/// ```
///
/// where `s = c - p - q`. Returns the value and the logarithm of its scale.
#[expect(clippy::many_single_char_names, reason = "the letters of the formula")]
fn follow_equation(series: &Series, c: f64, sum: &Sum, start: f64, end: f64) -> (f64, f64) {
    let (p, q, s) = (series.p.value(), series.q.value(), series.excess.value());
    let mut w = start;
    let (mut value, mut slope) = (sum.value, sum.slope * start / (1.0 - start));
    let mut ln_scale = sum.ln_scale;
    for _ in 0..MOST_STEPS {
        if w <= end {
            return (value, ln_scale);
        }
        let z = 1.0 - w;
        // Solutions behave like z^(1 - c), w^s and, between, e^(z sqrt(pq/(zw))).
        let decay = (c / z).max(s / w).max((p * q / (z * w)).abs().sqrt());
        let by_growth = if s < 0.0 { LONGEST_GROWTH * w / -s } else { w };
        let longest = (LONGEST_STEP * w.min(z))
            .min(LONGEST_DECAY / decay)
            .min(by_growth);
        let is_last = w - end <= longest;
        let step = if is_last { w - end } else { longest } / w;
        // Terms carry their power of the step, lest long steps overflow.
        let (mut low, mut high, mut k) = (value, slope * step, 0.0);
        let (mut next_value, mut next_slope) = (low + high, high);
        for _ in 0..STEP_TERMS {
            let newer = step
                * (step * w * (k + p) * (k + q) * low
                    + ((1.0 - 2.0 * w) * k + (1.0 - s) - (p + q + 1.0) * w) * (k + 1.0) * high)
                / (z * (k + 1.0) * (k + 2.0));
            (low, high) = (high, newer);
            k += 1.0;
            next_value += newer;
            next_slope += (k + 1.0) * newer;
            let size = (low.abs() + high.abs()) * (k + 1.0);
            if size <= TERM_TOLERANCE * next_value.abs().max(next_slope.abs()) {
                break;
            }
        }
        // The slope is taken per relative step, of the old distance; now the new.
        (value, slope) = (next_value, next_slope * (1.0 - step) / step);
        w = if is_last { end } else { w - longest };
        if value.abs() > RESCALE_ABOVE {
            value /= RESCALE_ABOVE;
            slope /= RESCALE_ABOVE;
            ln_scale += RESCALE_ABOVE.ln();
        }
    }
    // Only parameters far outside the domain get here.
    (f64::NAN, ln_scale)
}

/// A number as the unevaluated sum of two f64: about 32 digits.
///
/// Reference: Dekker (1971); Knuth, TAOCP vol. 2, 4.2.2 for the exact sum.
#[derive(Clone, Copy)]
struct Dd {
    high: f64,
    low: f64,
}

impl Dd {
    const fn from(x: f64) -> Self {
        Self { high: x, low: 0.0 }
    }

    fn value(self) -> f64 {
        self.high + self.low
    }

    /// `x + y` exactly.
    fn exact_sum(x: f64, y: f64) -> Self {
        let high = x + y;
        let from_y = high - x;
        Self {
            high,
            low: (x - (high - from_y)) + (y - from_y),
        }
    }

    /// `high + low` with the low half normalised.
    fn tidy(high: f64, low: f64) -> Self {
        let sum = high + low;
        Self {
            high: sum,
            low: low - (sum - high),
        }
    }
}

impl std::ops::Neg for Dd {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            high: -self.high,
            low: -self.low,
        }
    }
}

impl std::ops::Add for Dd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let high = Self::exact_sum(self.high, other.high);
        let low = Self::exact_sum(self.low, other.low);
        let first = Self::tidy(high.high, high.low + low.high);
        Self::tidy(first.high, first.low + low.low)
    }
}

impl std::ops::Sub for Dd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl std::ops::Mul for Dd {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let high = self.high * other.high;
        let low = self.high.mul_add(other.high, -high);
        Self::tidy(high, low + (self.high * other.low + self.low * other.high))
    }
}

impl std::ops::Div for Dd {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self - other * Self::from(first);
        let second = rest.high / other.high;
        let rest = rest - other * Self::from(second);
        Self::tidy(first, second + rest.high / other.high)
    }
}
