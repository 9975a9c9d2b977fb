//! The test of Kolmogorov and Smirnov for two samples.

use std::f64::consts::PI;

use rayon::slice::ParallelSliceMut;
use serde::Serialize;

use super::bins;
use crate::{Error, Result};

/// The exact law is taken while the product of the sizes is at most this.
const MOST_CELLS: usize = 10_000;

/// The largest gap between two empirical distribution functions, and whether it is more than chance.
///
/// ```text
/// D = max over x of |F(x) - G(x)|
/// p = 2 sum over k from 1 of (-1)^(k - 1) exp(-2 k² l²),   l = D sqrt(n m / (n + m))
/// ```
///
/// For small samples without weights, of at most 10,000 pairs, p is exact given the values that
/// are tied: the share of all divisions of the pooled values into n and m with a gap as large (Hodges
/// 1958, `doi:10.1007/BF02589501`; with ties Schröer and Trenkler 1995,
/// `doi:10.1016/0167-9473(94)00040-P`). Else it is the limit (Smirnov 1948,
/// `doi:10.1214/aoms/1177730256`), with effective sizes where there are weights; with ties it is too
/// large.
///
/// # Example
///
/// ```
/// use custometry::migration::KolmogorovSmirnov;
///
/// let ks = KolmogorovSmirnov::two_sample(&[1.0, 2.0, 3.0], None, &[7.0, 8.0, 9.0], None)?;
/// assert_eq!((ks.statistic, ks.at, ks.exact), (1.0, 3.0, true));
/// assert!((ks.p - 2.0 / 20.0).abs() < 1e-15); // 2 of the 20 divisions of six values
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct KolmogorovSmirnov {
    /// The gap, from 0 to 1.
    pub statistic: f64,
    /// The least value up to which the shares of both differ by the gap.
    pub at: f64,
    /// The probability of a gap at least as large if both samples come from one distribution.
    pub p: f64,
    /// Whether the probability is exact.
    pub exact: bool,
    /// Effective size of the reference, missing values left out.
    pub reference_size: f64,
    /// Effective size of the sample, missing values left out.
    pub size: f64,
}

/// A value, the weight of it, and whether it is of the sample.
type Item = (f64, f64, bool);

impl KolmogorovSmirnov {
    /// Compares two samples of numbers. Missing values (NaN) and rows of weight 0 are left out.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for an infinite value or a bad weight; [`Error::LengthMismatch`];
    /// [`Error::NotEnoughData`] if a sample has no number that counts.
    ///
    /// # Example
    ///
    /// See [`KolmogorovSmirnov`].
    pub fn two_sample(
        reference: &[f64],
        reference_weights: Option<&[f64]>,
        sample: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let mut items: Vec<Item> = Vec::with_capacity(reference.len() + sample.len());
        for (values, weights, is_sample) in [
            (reference, reference_weights, false),
            (sample, weights, true),
        ] {
            bins::check_numbers(values)?;
            bins::check_weights(values.len(), weights)?;
            let before = items.len();
            let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
            let all = values.iter().enumerate();
            items.extend(
                all.map(|(row, &value)| (value + 0.0, weight(row), is_sample))
                    .filter(|item| !item.0.is_nan() && item.1 > 0.0),
            );
            if items.len() == before {
                return Err(Error::NotEnoughData {
                    what: "numbers with a weight above 0 in each sample".into(),
                    needed: 1,
                    found: 0,
                });
            }
        }
        // What the order leaves open is the same to the last bit.
        items.par_sort_unstable_by(|a, b| {
            let by_side = a.2.cmp(&b.2).then(a.1.total_cmp(&b.1));
            a.0.total_cmp(&b.0).then(by_side)
        });
        Ok(if reference_weights.is_none() && weights.is_none() {
            Self::of_equal(&items)
        } else {
            Self::of_weighted(&items)
        })
    }

    /// In whole numbers, where all rows count the same.
    fn of_equal(items: &[Item]) -> Self {
        let m = items.iter().filter(|item| item.2).count();
        let n = items.len() - m;
        let (mut i, mut j) = (0usize, 0usize);
        let (mut widest, mut at) = (0u128, items[0].0);
        let mut ends = vec![false; items.len() + 1];
        for tied in items.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            let of_sample = tied.iter().filter(|item| item.2).count();
            (i, j) = (i + tied.len() - of_sample, j + of_sample);
            ends[i + j] = true;
            let gap = gap(i, j, n, m);
            if gap > widest {
                (widest, at) = (gap, tied[0].0);
            }
        }
        let (n_size, m_size) = (n as f64, m as f64);
        let statistic = widest as f64 / (n_size * m_size);
        let exact = n.saturating_mul(m) <= MOST_CELLS;
        let p = if exact {
            exact_p(widest, n, m, &ends)
        } else {
            limit_p(statistic, n_size, m_size)
        };
        Self {
            statistic,
            at,
            p,
            exact,
            reference_size: n_size,
            size: m_size,
        }
    }

    fn of_weighted(items: &[Item]) -> Self {
        let of = |side: bool| items.iter().filter(move |item| item.2 == side);
        let [n, m] = [false, true].map(|side| of(side).map(|item| item.1).sum::<f64>());
        let squares = |side: bool| of(side).map(|item| item.1 * item.1).sum::<f64>();
        let (n_size, m_size) = (n * (n / squares(false)), m * (m / squares(true)));
        let (mut below_n, mut below_m) = (0.0, 0.0);
        let (mut statistic, mut at) = (0.0, items[0].0);
        for tied in items.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            for item in tied {
                if item.2 {
                    below_m += item.1;
                } else {
                    below_n += item.1;
                }
            }
            let gap = (below_n / n - below_m / m).abs();
            if gap > statistic {
                (statistic, at) = (gap, tied[0].0);
            }
        }
        Self {
            statistic,
            at,
            p: limit_p(statistic, n_size, m_size),
            exact: false,
            reference_size: n_size,
            size: m_size,
        }
    }
}

/// `|i / n - j / m|` times `n m`.
fn gap(i: usize, j: usize, n: usize, m: usize) -> u128 {
    (i as u128 * m as u128).abs_diff(j as u128 * n as u128)
}

/// The share of the orders of n and m that reach the gap at the end of a run of tied values.
///
/// Of all ways to a cell (i, j), the last step came from (i - 1, j) with probability i / (i + j).
/// What has reached the gap stays so; nothing is ever subtracted, so that small p are sharp.
fn exact_p(widest: u128, n: usize, m: usize, ends: &[bool]) -> f64 {
    let mut reached = vec![0.0; m + 1];
    for i in 0..=n {
        for j in 0..=m {
            let steps = (i + j) as f64;
            reached[j] = if ends[i + j] && gap(i, j, n, m) >= widest {
                1.0
            } else if i + j == 0 {
                0.0
            } else {
                let from_i = if i > 0 {
                    i as f64 / steps * reached[j]
                } else {
                    0.0
                };
                let from_j = if j > 0 {
                    j as f64 / steps * reached[j - 1]
                } else {
                    0.0
                };
                from_i + from_j
            };
        }
    }
    reached[m].min(1.0)
}

/// The limit for large samples.
fn limit_p(statistic: f64, n: f64, m: f64) -> f64 {
    let l = statistic * (n / (n + m) * m).sqrt();
    if l <= 0.0 {
        return 1.0;
    }
    if l < 1.18 {
        // The other form of the theta series, which is quick for small arguments.
        let base = -PI * PI / (8.0 * l * l);
        let sum: f64 = [1.0, 9.0, 25.0, 49.0]
            .iter()
            .map(|k| (k * base).exp())
            .sum();
        return (1.0 - (2.0 * PI).sqrt() / l * sum).clamp(0.0, 1.0);
    }
    let term = |k: f64| (-2.0 * k * k * l * l).exp();
    (2.0 * (term(1.0) - term(2.0) + term(3.0) - term(4.0))).clamp(0.0, 1.0)
}
