//! How bins are set and compared.

use rayon::slice::ParallelSliceMut;
use serde::{Deserialize, Serialize};

use super::{
    bins::{self, Bins},
    compare::Drift,
    counts::DriftCounts,
    kolmogorov_smirnov::KolmogorovSmirnov,
    reference::DriftReference,
};
use crate::{
    Error, Result,
    data::{Assignments, Categories, Features},
};

/// What a share of 0 counts as where the formula of PSI divides by it. Bins that are empty on both
/// sides are left out; the rest of the report takes shares as they are.
///
/// # Example
///
/// ```
/// use custometry::migration::{DriftParams, ZeroShares};
///
/// let psi = |zero| -> custometry::Result<f64> {
///     let params = DriftParams::default().zero_shares(zero);
///     let reference = params.totals("channel", &[("web", 50), ("shop", 50)])?;
///     Ok(reference.compare(&reference.totals(&[("web", 100)])?)?.psi)
/// };
/// assert_eq!(psi(ZeroShares::Infinite)?, f64::INFINITY);
/// let half = 0.5 * 2.0_f64.ln() + 0.495 * 100.0_f64.ln(); // of 100 customers half a one: .005
/// assert!((psi(ZeroShares::HalfCustomer)? - half).abs() < 1e-12);
/// assert!(psi(ZeroShares::As(0.0001))? > half);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ZeroShares {
    /// As half a customer of the sample: `0.5 / size`, so that large samples weigh an empty bin more.
    #[default]
    HalfCustomer,
    /// As this share, whatever the size; .0001 is a common choice.
    As(f64),
    /// As 0: PSI is infinite.
    Infinite,
}

/// How bins are set and compared.
///
/// # Example
///
/// ```
/// use custometry::migration::*;
///
/// let spring: Vec<f64> = (0..1000).map(|at| f64::from(at % 100)).collect();
/// let summer: Vec<f64> = spring.iter().map(|spend| spend * 1.1).collect();
/// let reference = DriftParams::default().numbers("spend", &spring, None)?;
/// let drift = reference.compare(&reference.numbers(&summer, None)?)?;
/// assert_eq!(drift.verdict, DriftVerdict::Slight);
/// assert!(drift.psi < 0.1 && drift.p < 0.001); // the band alone would not tell
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DriftParams {
    bins: usize,
    pub(super) zero_shares: ZeroShares,
    pub(super) level: f64,
}

impl Default for DriftParams {
    fn default() -> Self {
        Self {
            bins: 10,
            zero_shares: ZeroShares::default(),
            level: 0.05,
        }
    }
}

impl DriftParams {
    /// How many quantile bins numbers are cut into, from 2 to 1,000; deciles at first.
    ///
    /// # Example
    ///
    /// ```
    /// let values: Vec<f64> = (1..=100).map(f64::from).collect();
    /// let params = custometry::migration::DriftParams::default().bins(4);
    /// let quarters = params.numbers("age", &values, None)?;
    /// assert_eq!(quarters.labels(), ["<= 25", "(25, 50]", "(50, 75]", "> 75", "(missing)"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn bins(mut self, bins: usize) -> Self {
        self.bins = bins;
        self
    }

    /// What a share of 0 counts as in PSI; [`ZeroShares::HalfCustomer`] at first.
    ///
    /// # Example
    ///
    /// See [`ZeroShares`].
    pub fn zero_shares(mut self, zero_shares: ZeroShares) -> Self {
        self.zero_shares = zero_shares;
        self
    }

    /// The level of significance of verdicts and of the critical PSI, between 0 and 1; .05 at first.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::migration::DriftParams;
    /// let critical = |level| -> custometry::Result<f64> {
    ///     let reference = DriftParams::default().level(level).totals("s", &[("a", 50), ("b", 50)])?;
    ///     Ok(reference.compare(&reference.totals(&[("a", 50), ("b", 50)])?)?.critical_psi)
    /// };
    /// assert!((critical(0.05)? - 3.841458820694124 * 0.02).abs() < 1e-12);
    /// assert!(critical(0.01)? > critical(0.05)?);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        if !(2..=1_000).contains(&self.bins) {
            return Err(Error::parameter(
                "bins",
                self.bins,
                "a whole number from 2 to 1000",
            ));
        }
        if self.level.is_nan() || self.level <= 0.0 || self.level >= 1.0 {
            return Err(Error::parameter("level", self.level, "between 0 and 1"));
        }
        match self.zero_shares {
            ZeroShares::As(share) if share.is_nan() || share <= 0.0 || share >= 1.0 => Err(
                Error::parameter("share for a share of 0", share, "between 0 and 1"),
            ),
            _ => Ok(()),
        }
    }

    fn frozen(&self, counts: DriftCounts) -> Result<DriftReference> {
        DriftReference::new(counts, self.clone())
    }

    /// Quantile bins of a column of numbers, NaN for a missing one: each edge is the smallest value
    /// that so much of the sample does not exceed. Quantiles that fall on one value are one edge, and
    /// a sample of one value alone has a bin for it and one for each side of it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for parameters out of range; [`Error::InvalidValue`] for an infinite
    /// value or a bad weight; [`Error::LengthMismatch`]; [`Error::NotEnoughData`] without a row that
    /// has a number and counts.
    ///
    /// # Example
    ///
    /// See [`DriftParams`].
    pub fn numbers(
        &self,
        feature: &str,
        values: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<DriftReference> {
        self.check()?;
        bins::check_numbers(values)?;
        bins::check_weights(values.len(), weights)?;
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let mut known: Vec<(f64, f64)> = (values.iter().enumerate())
            .map(|(row, &value)| (value + 0.0, weight(row))) // -0 is 0
            .filter(|(value, weight)| !value.is_nan() && *weight > 0.0)
            .collect();
        // What the order leaves open is the same to the last bit.
        known.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (Some(&(low, _)), Some(&(high, _))) = (known.first(), known.last()) else {
            return Err(Error::NotEnoughData {
                what: format!("numbers of {feature} with a weight above 0").into(),
                needed: 1,
                found: 0,
            });
        };
        let edges = if low < high {
            quantile_edges(&known, self.bins, high)
        } else {
            let below = low.next_down();
            if below.is_finite() {
                vec![below, low]
            } else {
                vec![low]
            }
        };
        self.given_edges(feature, &edges, values, weights)
    }

    /// Bins of numbers with given edges, `(-inf, e1], (e1, e2], ..., (ek, inf)`, and the sample to
    /// compare with.
    ///
    /// # Errors
    ///
    /// As [`numbers`](Self::numbers), and [`Error::InvalidValue`] for edges that do not rise.
    ///
    /// # Example
    ///
    /// ```
    /// let params = custometry::migration::DriftParams::default();
    /// let ages = [19.0, 30.0, 44.0, f64::NAN];
    /// let reference = params.given_edges("age", &[30.0, 50.0], &ages, None)?;
    /// assert_eq!(reference.counts().totals(), [2.0, 1.0, 0.0, 1.0]);
    /// assert!(params.given_edges("age", &[50.0, 30.0], &ages, None).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn given_edges(
        &self,
        feature: &str,
        edges: &[f64],
        values: &[f64],
        weights: Option<&[f64]>,
    ) -> Result<DriftReference> {
        self.check()?;
        let bins = Bins::Numbers {
            edges: edges.to_vec(),
        };
        bins.check()?;
        let tally = bins.numbers(values, weights)?;
        self.frozen(DriftCounts::new(feature.to_owned(), bins, tally))
    }

    /// A bin for each category, and the sample to compare with.
    ///
    /// # Errors
    ///
    /// As [`numbers`](Self::numbers), except for values.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::Categories, migration::DriftParams};
    ///
    /// let before = Categories::new(&["web", "shop", "web", ""])?;
    /// let reference = DriftParams::default().categories("channel", &before, None)?;
    /// let after = reference.categories(&Categories::new(&["app", "web"])?, None)?;
    /// assert_eq!(reference.labels(), ["web", "shop", "(other)", "(missing)"]);
    /// assert_eq!(after.totals(), [1.0, 0.0, 1.0, 0.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn categories(
        &self,
        feature: &str,
        column: &Categories,
        weights: Option<&[f64]>,
    ) -> Result<DriftReference> {
        self.check()?;
        let bins = Bins::Categories {
            labels: column.labels().map(str::to_owned).collect(),
        };
        let tally = bins.categories(column, weights)?;
        self.frozen(DriftCounts::new(feature.to_owned(), bins, tally))
    }

    /// A bin for each segment, and the customers to compare with. Those without a segment are a bin
    /// of their own.
    ///
    /// # Errors
    ///
    /// As [`categories`](Self::categories).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, migration::*};
    ///
    /// let day = date_of_day(0).unwrap();
    /// let segments = vec![Segment { id: SegmentId(1), name: "regular".into() }];
    /// let rows = |some: usize| (0..100).map(|at| (at < some).then_some(SegmentId(1))).collect();
    /// let june = Assignments::new("v1", day, segments.clone(), rows(60))?;
    /// let july = Assignments::new("v1", day, segments, rows(62))?;
    /// let reference = DriftParams::default().segments(&june, None)?;
    /// let drift = reference.compare(&reference.segments(&july, None)?)?;
    /// assert_eq!(drift.index, StabilityIndex::Population);
    /// assert_eq!(drift.verdict, DriftVerdict::Stable);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn segments(&self, rows: &Assignments, weights: Option<&[f64]>) -> Result<DriftReference> {
        self.check()?;
        let bins = Bins::Segments {
            scheme: rows.scheme().to_owned(),
            segments: rows.segments().to_vec(),
        };
        bins.check()?;
        let tally = bins.segments(rows, weights)?;
        self.frozen(DriftCounts::new("segment".to_owned(), bins, tally))
    }

    /// A bin for each label of a table of counts, as a report or a query gives them.
    ///
    /// # Errors
    ///
    /// As [`categories`](Self::categories); [`Error::DuplicateKey`] for a label given twice;
    /// [`Error::Overflow`] for more than 2^64 rows.
    ///
    /// # Example
    ///
    /// ```
    /// let params = custometry::migration::DriftParams::default();
    /// let reference = params.totals("grade", &[("a", 6), ("b", 5)])?;
    /// let drift = reference.compare(&reference.totals(&[("a", 5), ("b", 4)])?)?;
    /// assert!((drift.psi - 0.00041234).abs() < 5e-9); // published as .00041
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn totals(&self, feature: &str, totals: &[(&str, u64)]) -> Result<DriftReference> {
        self.check()?;
        let bins = Bins::Categories {
            labels: totals
                .iter()
                .map(|(label, _)| (*label).to_owned())
                .collect(),
        };
        bins.check()?;
        let tally = bins.totals(totals)?;
        self.frozen(DriftCounts::new(feature.to_owned(), bins, tally))
    }

    /// Compares all columns of two tables of features: numbers by quantile bins of the first table
    /// and by Kolmogorov and Smirnov, then categories. Weights count.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] unless both have the same columns; otherwise as
    /// [`numbers`](Self::numbers).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, migration::DriftParams};
    ///
    /// let before = Features::from_columns(&[("spend", &[3.0, 8.0, 5.0, 1.0])], MissingValues::Refuse)?;
    /// let after = Features::from_columns(&[("spend", &[2.0, 9.0, 5.0])], MissingValues::Refuse)?;
    /// let drifts = DriftParams::default().features(&before, &after)?;
    /// assert_eq!(drifts[0].feature, "spend");
    /// assert!(drifts[0].ks.as_ref().unwrap().p > 0.9);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn features(&self, before: &Features, after: &Features) -> Result<Vec<Drift>> {
        let columns = |of: &Features| {
            let names = of.names().iter().map(String::as_str);
            names
                .chain(of.category_names())
                .collect::<Vec<_>>()
                .join(", ")
        };
        if columns(before) != columns(after) || before.names() != after.names() {
            return Err(Error::VersionMismatch {
                what: "the list of columns",
                expected: columns(before).into(),
                found: columns(after).into(),
            });
        }
        let (old, new) = (before.weights(), after.weights());
        let counts = |values: &[f64], weights: Option<&[f64]>| {
            let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
            let mut rows = values.iter().enumerate();
            rows.any(|(row, value)| !value.is_nan() && weight(row) > 0.0)
        };
        let mut drifts = Vec::new();
        for (at, name) in before.names().iter().enumerate() {
            let values = [before, after].map(|of| of.view().column(at).to_vec());
            if !counts(&values[0], old) {
                // A column that was never filled: all its bins are "missing" and "not missing".
                let reference = self.given_edges(name, &[], &values[0], old)?;
                drifts.push(reference.compare(&reference.numbers(&values[1], new)?)?);
                continue;
            }
            let reference = self.numbers(name, &values[0], old)?;
            let mut drift = reference.compare(&reference.numbers(&values[1], new)?)?;
            if counts(&values[1], new) {
                let ks = KolmogorovSmirnov::two_sample(&values[0], old, &values[1], new)?;
                drift.ks = Some(ks);
            }
            drifts.push(drift);
        }
        for name in before.category_names() {
            if let (Some(first), Some(second)) = (before.categories(name), after.categories(name)) {
                let reference = self.categories(name, first, old)?;
                drifts.push(reference.compare(&reference.categories(second, new)?)?);
            }
        }
        Ok(drifts)
    }
}

/// The edges of quantile bins of ascending values that are not all `high`, which is the last.
fn quantile_edges(ascending: &[(f64, f64)], bins: usize, high: f64) -> Vec<f64> {
    let total: f64 = ascending.iter().map(|(_, weight)| weight).sum();
    let mut edges: Vec<f64> = Vec::with_capacity(bins);
    let mut below = 0.0;
    let mut next = 1;
    for &(value, weight) in ascending {
        below += weight;
        // In products of whole numbers, so that no bound is missed by a rounding.
        while next < bins && below * bins as f64 >= next as f64 * total {
            if value < high && edges.last().is_none_or(|&last| last < value) {
                edges.push(value);
            }
            next += 1;
        }
    }
    if edges.is_empty() {
        // Nearly all are the highest value: what is below it is one bin.
        edges.push(high.next_down());
    }
    edges
}
