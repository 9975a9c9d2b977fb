//! Movers against stayers in one number of each.

use serde::Serialize;

use crate::numeric::special::f_upper_tail;

/// A number of a customer, and how much it counts.
pub(super) type Weighted = (f64, f64);

/// How movers differ from stayers in one quantity.
///
/// # Example
///
/// See [`DriverParams`](super::DriverParams).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Contrast {
    /// The mean of movers.
    pub mover_mean: f64,
    /// The mean of stayers.
    pub stayer_mean: f64,
    /// The difference in standard deviations, the root mean square of both groups; `None` if neither
    /// varies, or a group has fewer than two customers.
    pub standardised: Option<f64>,
    /// Welch's t; `None` likewise.
    pub t: Option<f64>,
    /// Degrees of freedom of t.
    pub df: Option<f64>,
    /// The probability of a t at least as large on either side if the means are equal.
    pub p: Option<f64>,
    /// The same controlled for the number of tests: the smallest false discovery rate at which this
    /// one is among the discoveries.
    pub p_adjusted: Option<f64>,
}

/// Size, mean and variance of one group.
struct Moments {
    size: f64,
    mean: f64,
    variance: f64,
}

impl Moments {
    fn of(values: &[Weighted]) -> Self {
        let sum: f64 = values.iter().map(|(_, w)| w).sum();
        let squares: f64 = values.iter().map(|(_, w)| w * w).sum();
        let mean_of =
            |f: &dyn Fn(f64) -> f64| values.iter().map(|(x, w)| f(*x) * (w / sum)).sum::<f64>();
        let rough = mean_of(&|x| x);
        // Twice, so that a large mean leaves no rounding in small deviations.
        let mean = rough + mean_of(&|x| x - rough);
        let size = sum * (sum / squares);
        let spread = mean_of(&|x| (x - mean) * (x - mean));
        Self {
            size,
            mean,
            variance: spread * (size / (size - 1.0)),
        }
    }
}

impl Contrast {
    /// Of two groups that are not empty.
    pub(super) fn of(movers: &[Weighted], stayers: &[Weighted]) -> Self {
        let (one, other) = (Moments::of(movers), Moments::of(stayers));
        let gap = one.mean - other.mean;
        let (a, b) = (one.variance / one.size, other.variance / other.size);
        let enough = movers.len() >= 2 && stayers.len() >= 2;
        let spread = (0.5 * one.variance + 0.5 * other.variance).sqrt();
        let t = gap / (a + b).sqrt();
        // As shares of the sum, whose squares do not underflow.
        let (of_a, of_b) = (a / (a + b), b / (a + b));
        let df = 1.0 / (of_a * of_a / (one.size - 1.0) + of_b * of_b / (other.size - 1.0));
        let p = f_upper_tail(t * t, 1.0, df);
        let known = enough && spread > 0.0 && p.is_finite();
        let told = |value: f64| known.then_some(value);
        Self {
            mover_mean: one.mean,
            stayer_mean: other.mean,
            standardised: told(gap / spread),
            t: told(t),
            df: told(df),
            p: told(p),
            p_adjusted: None,
        }
    }
}

/// The probability that a mover is above a stayer, ties for half.
pub(super) fn auc(movers: &[Weighted], stayers: &[Weighted]) -> f64 {
    let side = |values: &[Weighted], mover: bool| -> Vec<(f64, f64, bool)> {
        values.iter().map(|&(x, w)| (x + 0.0, w, mover)).collect()
    };
    let mut all = side(movers, true);
    all.extend(side(stayers, false));
    all.sort_unstable_by(|a, b| {
        let by_side = a.2.cmp(&b.2).then(a.1.total_cmp(&b.1));
        a.0.total_cmp(&b.0).then(by_side)
    });
    let (mut below, mut wins) = (0.0, 0.0);
    for tied in all.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let of = |mover: bool| tied.iter().filter(move |item| item.2 == mover);
        let (up, down): (f64, f64) = (
            of(true).map(|item| item.1).sum(),
            of(false).map(|item| item.1).sum(),
        );
        wins += up * (below + 0.5 * down);
        below += down;
    }
    let sum = |values: &[Weighted]| values.iter().map(|(_, w)| w).sum::<f64>();
    wins / sum(movers) / sum(stayers)
}

/// p-values controlled for their number, in their own order.
pub(super) fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut least = 1.0f64;
    for (rank, &at) in order.iter().enumerate().rev() {
        least = least.min(p_values[at] * p_values.len() as f64 / (rank + 1) as f64);
        adjusted[at] = least;
    }
    adjusted
}
