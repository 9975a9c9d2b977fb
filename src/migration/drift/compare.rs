//! How far two samples in the same bins are apart.

use std::f64::consts::LN_2;

use serde::Serialize;

use super::{
    bins::Bins, counts::DriftCounts, kolmogorov_smirnov::KolmogorovSmirnov, params::ZeroShares,
};
use crate::{Result, numeric::special::chi_square_upper_tail};

/// How a sample differs from the reference.
///
/// # Example
///
/// ```
/// use custometry::migration::*;
///
/// let shares = |shares: [u64; 5]| ["a", "b", "c", "d", "e"].into_iter().zip(shares).collect::<Vec<_>>();
/// let reference = DriftParams::default().totals("grade", &shares([25, 30, 20, 15, 10]))?;
/// let drift = reference.compare(&reference.totals(&shares([18, 27, 22, 20, 13]))?)?;
/// assert!((drift.psi - 0.0503173353).abs() < 1e-10);
/// assert!((drift.js_distance_nats - 0.0791678720).abs() < 1e-10);
/// assert!((drift.js_distance_bits - 0.0950903050).abs() < 1e-10);
/// // Of 100 and 100 customers that is nothing.
/// assert!(drift.critical_psi > 0.18 && drift.verdict == DriftVerdict::Stable);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Drift {
    /// The column.
    pub feature: String,
    /// What the index is called for such a column.
    pub index: StabilityIndex,
    /// The stability index: PSI of segments, CSI of a feature. With [`ZeroShares::Infinite`] it may be
    /// infinite, which plain JSON writes as null; `zero_bins` tells why.
    pub psi: f64,
    /// The probability of an index at least as large if nothing changed.
    pub p: f64,
    /// The index from which a change is significant, at these sizes and the level of the parameters.
    pub critical_psi: f64,
    /// The mean of the index if nothing changed, at these sizes.
    pub expected_psi: f64,
    /// Where the index lies in the usual bands.
    pub band: PsiBand,
    /// The band and the p-value, put together.
    pub verdict: DriftVerdict,
    /// Jensen-Shannon divergence in nats, at most ln 2.
    pub js_divergence_nats: f64,
    /// Jensen-Shannon divergence in bits, at most 1.
    pub js_divergence_bits: f64,
    /// Its square root in nats, a metric.
    pub js_distance_nats: f64,
    /// Its square root in bits, a metric.
    pub js_distance_bits: f64,
    /// Hellinger distance, from 0 to 1.
    pub hellinger: f64,
    /// Pearson's test of two samples.
    pub chi_square: DriftTest,
    /// Pearson's test of the sample against the shares of the reference, as if these were known for
    /// certain: for a reference that is a plan, or far larger than the sample.
    pub chi_square_of_fit: DriftTest,
    /// The test of Kolmogorov and Smirnov, where both samples were at hand.
    pub ks: Option<KolmogorovSmirnov>,
    /// Rows of the reference that count.
    pub reference_rows: u64,
    /// Rows of the sample that count.
    pub rows: u64,
    /// Effective size of the reference.
    pub reference_size: f64,
    /// Effective size of the sample.
    pub size: f64,
    /// Bins that are empty on one side only: their part of the index rests on [`ZeroShares`].
    pub zero_bins: usize,
    /// Bins that hold part of the sample and nothing of the reference, which so says that they cannot
    /// be: with any of them `chi_square_of_fit` is infinite.
    pub impossible_bins: usize,
    /// Bins where fewer than 5 customers are expected on either side: p-values are rough.
    pub sparse_bins: usize,
    /// All bins, those that are empty on both sides as well.
    pub bins: Vec<DriftBin>,
}

/// One bin of a comparison.
///
/// # Example
///
/// ```
/// let params = custometry::migration::DriftParams::default();
/// let reference = params.totals("grade", &[("a", 6), ("b", 4)])?;
/// let drift = reference.compare(&reference.totals(&[("a", 5), ("b", 5)])?)?;
/// let bin = &drift.bins[0];
/// assert_eq!((bin.label.as_str(), bin.reference_share, bin.share), ("a", 0.6, 0.5));
/// assert!((bin.psi - -0.1 * (0.5_f64 / 0.6).ln()).abs() < 1e-12);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DriftBin {
    /// What the bin holds.
    pub label: String,
    /// Its share of the reference.
    pub reference_share: f64,
    /// Its share of the sample.
    pub share: f64,
    /// Its part of the index; infinite likewise, and then null in plain JSON.
    pub psi: f64,
}

/// A test by the chi-square law.
///
/// # Example
///
/// ```
/// let params = custometry::migration::DriftParams::default();
/// let reference = params.totals("grade", &[("a", 60), ("b", 40)])?;
/// let drift = reference.compare(&reference.totals(&[("a", 50), ("b", 50)])?)?;
/// assert_eq!(drift.chi_square.df, 1);
/// assert!(drift.chi_square.p > drift.chi_square_of_fit.p); // the reference is uncertain too
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DriftTest {
    /// Pearson's chi-square. That of fit is infinite if there is something that the reference says
    /// cannot be, which plain JSON writes as null: `impossible_bins` counts such bins.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: usize,
    /// The probability of a statistic at least as large if nothing changed.
    pub p: f64,
}

/// What the index of a column is called; the formula is the same.
///
/// # Example
///
/// See [`DriftParams::segments`](super::DriftParams::segments).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StabilityIndex {
    /// Of segments or scores, the outcome of a model: PSI.
    Population,
    /// Of a feature, what goes into a model: CSI.
    Characteristic,
}

/// The usual bands of the index, whatever the sizes.
///
/// # Example
///
/// ```
/// use custometry::migration::{DriftParams, PsiBand};
/// let reference = DriftParams::default().totals("grade", &[("a", 60), ("b", 40)])?;
/// let drift = reference.compare(&reference.totals(&[("a", 30), ("b", 70)])?)?;
/// assert_eq!(drift.band, PsiBand::Large);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PsiBand {
    /// Below .1.
    Small,
    /// From .1 to .25.
    Moderate,
    /// Above .25.
    Large,
}

/// What to make of a comparison.
///
/// # Example
///
/// ```
/// use custometry::migration::{DriftParams, DriftVerdict};
///
/// let verdict = |times: u64| -> custometry::Result<DriftVerdict> {
///     let reference = DriftParams::default().totals("grade", &[("a", 6 * times), ("b", 4 * times)])?;
///     Ok(reference.compare(&reference.totals(&[("a", 4 * times), ("b", 6 * times)])?)?.verdict)
/// };
/// assert_eq!(verdict(1)?, DriftVerdict::WithinChance);
/// assert_eq!(verdict(100)?, DriftVerdict::Moderate);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DriftVerdict {
    /// A small index, not significant.
    Stable,
    /// A small index, yet more than chance: real, and of little consequence.
    Slight,
    /// An index of .1 or more that chance explains at these sizes: too few customers to tell.
    WithinChance,
    /// From .1 to .25, and significant.
    Moderate,
    /// Above .25, and significant.
    Large,
}

impl Drift {
    pub(super) fn of(
        reference: &DriftCounts,
        sample: &DriftCounts,
        zero_shares: ZeroShares,
        level: f64,
    ) -> Result<Self> {
        let (p, q) = (reference.shares()?, sample.shares()?);
        let (n, m) = (reference.size(), sample.size());
        let filled = |share: f64, size: f64| match zero_shares {
            _ if share > 0.0 => share,
            ZeroShares::HalfCustomer => 0.5 / size,
            ZeroShares::As(floor) => floor,
            ZeroShares::Infinite => 0.0,
        };
        let part = |p: f64, q: f64| {
            if p <= 0.0 && q <= 0.0 {
                return 0.0;
            }
            let (p, q) = (filled(p, n), filled(q, m));
            (q - p) * (q / p).ln()
        };
        let pairs = || p.iter().copied().zip(q.iter().copied());
        let parts: Vec<f64> = pairs().map(|(p, q)| part(p, q)).collect();
        let psi: f64 = parts.iter().sum();
        let occupied = pairs().filter(|&(p, q)| p > 0.0 || q > 0.0).count();
        let df = occupied.saturating_sub(1);
        let unit = 1.0 / n + 1.0 / m;
        let p_value = upper_tail(psi / unit, df);
        let js = pairs()
            .map(|(p, q)| jensen_shannon(p, q))
            .sum::<f64>()
            .max(0.0);
        let square = |(p, q): (f64, f64)| (p.sqrt() - q.sqrt()).powi(2);
        let band = match psi {
            psi if psi < 0.1 => PsiBand::Small,
            psi if psi <= 0.25 => PsiBand::Moderate,
            _ => PsiBand::Large,
        };
        let pooled = |p: f64, q: f64| (n * p + m * q) / (n + m);
        let sparse = |&(p, q): &(f64, f64)| {
            let share = pooled(p, q);
            share > 0.0 && share * n.min(m) < 5.0
        };
        Ok(Self {
            feature: reference.feature().to_owned(),
            index: match reference.bins() {
                Bins::Segments { .. } => StabilityIndex::Population,
                _ => StabilityIndex::Characteristic,
            },
            psi,
            p: p_value,
            critical_psi: unit * chi_square_quantile(level, df),
            expected_psi: unit * df as f64,
            band,
            verdict: match band {
                PsiBand::Small if p_value < level => DriftVerdict::Slight,
                PsiBand::Small => DriftVerdict::Stable,
                _ if p_value >= level => DriftVerdict::WithinChance,
                PsiBand::Moderate => DriftVerdict::Moderate,
                PsiBand::Large => DriftVerdict::Large,
            },
            js_divergence_nats: js,
            js_divergence_bits: js / LN_2,
            js_distance_nats: js.sqrt(),
            js_distance_bits: (js / LN_2).sqrt(),
            hellinger: (0.5 * pairs().map(square).sum::<f64>()).sqrt().min(1.0),
            chi_square: {
                let cell = |(p, q): (f64, f64)| square_over(q - p, pooled(p, q));
                let statistic = n * m / (n + m) * pairs().map(cell).sum::<f64>();
                DriftTest::new(statistic, df)
            },
            chi_square_of_fit: {
                let statistic = m * pairs().map(|(p, q)| square_over(q - p, p)).sum::<f64>();
                let expected = p.iter().filter(|&&p| p > 0.0).count();
                DriftTest::new(statistic, expected.saturating_sub(1))
            },
            ks: None,
            reference_rows: reference.rows(),
            rows: sample.rows(),
            reference_size: n,
            size: m,
            zero_bins: pairs().filter(|&(p, q)| (p > 0.0) != (q > 0.0)).count(),
            impossible_bins: pairs().filter(|&(p, q)| p <= 0.0 && q > 0.0).count(),
            sparse_bins: pairs().filter(sparse).count(),
            bins: (reference.bins().labels().into_iter())
                .zip(pairs().zip(parts))
                .map(|(label, ((reference_share, share), psi))| DriftBin {
                    label,
                    reference_share,
                    share,
                    psi,
                })
                .collect(),
        })
    }
}

impl DriftTest {
    fn new(statistic: f64, df: usize) -> Self {
        let p = upper_tail(statistic, df);
        Self { statistic, df, p }
    }
}

/// `gap² / by`, nothing for no gap.
fn square_over(gap: f64, by: f64) -> f64 {
    if gap == 0.0 { 0.0 } else { gap * gap / by }
}

/// The part of a bin in the Jensen-Shannon divergence, in nats.
fn jensen_shannon(p: f64, q: f64) -> f64 {
    let middle = 0.5 * (p + q);
    let half = |share: f64| {
        if share > 0.0 {
            0.5 * share * (share / middle).ln()
        } else {
            0.0
        }
    };
    half(p) + half(q)
}

/// As the chi-square law, also without freedom: nothing can differ then, unless it cannot be.
fn upper_tail(statistic: f64, df: usize) -> f64 {
    match df {
        _ if statistic.is_infinite() => 0.0,
        0 => 1.0,
        df => chi_square_upper_tail(statistic.max(0.0), df as f64),
    }
}

/// What a chi-square of `df` degrees exceeds with probability `level`, by halving; 0 without freedom.
fn chi_square_quantile(level: f64, df: usize) -> f64 {
    if df == 0 {
        return 0.0;
    }
    let df = df as f64;
    let (mut low, mut high) = (0.0, df);
    while chi_square_upper_tail(high, df) > level && high < 1e300 {
        (low, high) = (high, 2.0 * high);
    }
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return high;
        }
        if chi_square_upper_tail(middle, df) > level {
            low = middle;
        } else {
            high = middle;
        }
    }
}
