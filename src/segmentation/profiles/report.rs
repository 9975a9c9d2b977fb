//! What a profile says.

use serde::Serialize;

use crate::data::SegmentId;

/// What segments are like, beside the population. Numbers are in the units of the features; a
/// statistic that does not exist is `None`.
///
/// # Example
///
/// See [`ProfileParams`](super::ProfileParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Profiles {
    /// All customers that count, with or without a segment.
    pub population: PopulationProfile,
    /// The segments in the order of the assignments, also those that nobody is in.
    pub segments: Vec<SegmentProfile>,
    /// Customers without a segment. They are in the population.
    pub unassigned: usize,
    /// Whether the means of the numeric features differ between segments.
    pub variance: Vec<VarianceTest>,
    /// Whether the category features go with the segments.
    pub associations: Vec<Association>,
}

impl Profiles {
    /// The profile of a segment; `None` if the scheme does not have it.
    ///
    /// # Example
    ///
    /// See [`ProfileParams`](super::ProfileParams).
    pub fn segment(&self, id: SegmentId) -> Option<&SegmentProfile> {
        self.segments.iter().find(|segment| segment.id == id)
    }
}

/// All customers.
///
/// # Example
///
/// See [`ProfileParams`](super::ProfileParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PopulationProfile {
    /// Rows with a weight above 0.
    pub customers: usize,
    /// The sum of the weights; the number of customers where there are none.
    pub weight: f64,
    /// All revenue; `None` if the profile was not told of any.
    pub revenue: Option<f64>,
    /// Numeric features, in the order of the columns.
    pub numeric: Vec<NumericSummary>,
    /// Category features, in the order of the columns. Every lift is 1.
    pub categories: Vec<CategoryProfile>,
}

/// One segment.
///
/// # Example
///
/// See [`ProfileParams`](super::ProfileParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SegmentProfile {
    /// The stable number.
    pub id: SegmentId,
    /// The name.
    pub name: String,
    /// Rows with a weight above 0.
    pub customers: usize,
    /// The sum of their weights.
    pub weight: f64,
    /// The weight as a share of the population's.
    pub share: f64,
    /// Revenue of the segment.
    pub revenue: Option<f64>,
    /// As a share of the population's; `None` also if that is not above 0.
    pub revenue_share: Option<f64>,
    /// Numeric features, in the order of the columns.
    pub numeric: Vec<NumericProfile>,
    /// Category features, in the order of the columns.
    pub categories: Vec<CategoryProfile>,
    /// What sets the segment apart, the greatest standardised difference first; equal ones in
    /// the order of the columns, numeric features first.
    pub distinguishing: Vec<Distinction>,
    /// The customers nearest to the middle of the segment, nearest first.
    pub exemplars: Vec<Exemplar>,
}

impl SegmentProfile {
    /// A numeric feature by name.
    ///
    /// # Example
    ///
    /// See [`ProfileParams`](super::ProfileParams).
    pub fn numeric(&self, feature: &str) -> Option<&NumericProfile> {
        let named = |profile: &&NumericProfile| profile.summary.feature == feature;
        self.numeric.iter().find(named)
    }

    /// A category feature by name.
    ///
    /// # Example
    ///
    /// See [`ProfileParams`](super::ProfileParams).
    pub fn category(&self, feature: &str) -> Option<&CategoryProfile> {
        let named = |profile: &&CategoryProfile| profile.feature == feature;
        self.categories.iter().find(named)
    }

    /// Everything that sets the segment apart, in order, however little.
    pub(in crate::segmentation) fn distinctions(&self) -> Vec<Distinction> {
        let numeric = self.numeric.iter().filter_map(|profile| {
            Some(Distinction::Numeric {
                feature: profile.summary.feature.clone(),
                standardised_difference: profile.standardised_difference?,
                index: profile.index,
            })
        });
        // Of two labels the shares mirror each other, so one label speaks for the feature.
        let level = |profile: &CategoryProfile| {
            let mut best: Option<(&LevelShare, f64, f64)> = None;
            for level in &profile.levels {
                let (Some(difference), Some(lift)) = (level.standardised_difference, level.lift)
                else {
                    continue;
                };
                let strength = |difference: f64| (difference.abs(), difference);
                if best.is_none_or(|(_, known, _)| strength(difference) > strength(known)) {
                    best = Some((level, difference, lift));
                }
            }
            let (level, standardised_difference, lift) = best?;
            Some(Distinction::Level {
                feature: profile.feature.clone(),
                level: level.level.clone(),
                standardised_difference,
                share: level.share?,
                lift,
            })
        };
        let mut all: Vec<Distinction> = numeric
            .chain(self.categories.iter().filter_map(level))
            .filter(|distinction| distinction.standardised_difference() != 0.0)
            .collect();
        let strength = |distinction: &Distinction| distinction.standardised_difference().abs();
        all.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
        all
    }
}

/// A numeric feature over some customers.
///
/// # Example
///
/// See [`ProfileParams`](super::ProfileParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NumericSummary {
    /// The column.
    pub feature: String,
    /// Customers with a value.
    pub count: usize,
    /// Customers without one. They are in no other number here.
    pub missing: usize,
    /// The weights of those with a value.
    pub weight: f64,
    /// The weighted mean.
    pub mean: Option<f64>,
    /// The standard deviation, with the sum of weights less 1 as divisor; `None` where that is
    /// not above 0.
    pub sd: Option<f64>,
    /// The value in the middle.
    pub median: Option<f64>,
    /// The quantiles that were asked for, in that order.
    pub quantiles: Vec<Quantile>,
    /// The smallest value.
    pub min: Option<f64>,
    /// The largest value.
    pub max: Option<f64>,
}

/// A quantile: definition 7 of Hyndman and Fan, as in R and pandas.
///
/// # Example
///
/// See [`ProfileParams`](super::ProfileParams).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Quantile {
    /// The share of customers below, from 0 to 1.
    pub share: f64,
    /// The value; `None` if there are no customers.
    pub value: Option<f64>,
}

/// A numeric feature in a segment.
///
/// # Example
///
/// See [`ProfileParams`](super::ProfileParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NumericProfile {
    /// The segment's own numbers.
    pub summary: NumericSummary,
    /// 100 · mean / population mean: 100 is like everybody. `None` if the population mean is 0
    /// or negative, where a ratio says nothing.
    pub index: Option<f64>,
    /// (mean - population mean) / population sd. `None` if the feature does not vary.
    pub standardised_difference: Option<f64>,
}

/// A category feature over some customers.
///
/// # Example
///
/// See [`ProfileParams`](super::ProfileParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CategoryProfile {
    /// The column.
    pub feature: String,
    /// Customers with a label.
    pub count: usize,
    /// Customers without one. They are in no share.
    pub missing: usize,
    /// The weights of those with a label.
    pub weight: f64,
    /// Every label of the column, in order of first appearance.
    pub levels: Vec<LevelShare>,
}

/// A label among some customers.
///
/// # Example
///
/// See [`ProfileParams`](super::ProfileParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LevelShare {
    /// The label.
    pub level: String,
    /// The weight of the customers who have it.
    pub weight: f64,
    /// As a share of those who have any.
    pub share: Option<f64>,
    /// share / share in the population: 2 is twice as common as among everybody.
    pub lift: Option<f64>,
    /// (share - population share) / population sd of "has this label", as a column of 0 and 1:
    /// comparable with that of a numeric feature.
    pub standardised_difference: Option<f64>,
}

/// Something that sets a segment apart from the population.
///
/// # Example
///
/// See [`ProfileParams`](super::ProfileParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Distinction {
    /// The mean of a numeric feature.
    #[non_exhaustive]
    Numeric {
        /// The column.
        feature: String,
        /// See [`NumericProfile::standardised_difference`].
        standardised_difference: f64,
        /// See [`NumericProfile::index`].
        index: Option<f64>,
    },
    /// How common a label is: the one of its feature that differs most.
    #[non_exhaustive]
    Level {
        /// The column.
        feature: String,
        /// The label.
        level: String,
        /// See [`LevelShare::standardised_difference`].
        standardised_difference: f64,
        /// See [`LevelShare::share`].
        share: f64,
        /// See [`LevelShare::lift`].
        lift: f64,
    },
}

impl Distinction {
    /// How far from the population, in its standard deviations; negative for below.
    ///
    /// # Example
    ///
    /// See [`ProfileParams`](super::ProfileParams).
    pub fn standardised_difference(&self) -> f64 {
        match self {
            Self::Numeric {
                standardised_difference,
                ..
            }
            | Self::Level {
                standardised_difference,
                ..
            } => *standardised_difference,
        }
    }

    /// The column.
    ///
    /// # Example
    ///
    /// See [`ProfileParams`](super::ProfileParams).
    pub fn feature(&self) -> &str {
        match self {
            Self::Numeric { feature, .. } | Self::Level { feature, .. } => feature,
        }
    }
}

/// A customer near the middle of a segment.
///
/// # Example
///
/// See [`ProfileParams`](super::ProfileParams).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Exemplar {
    /// The row of the customer.
    pub row: usize,
    /// The root mean square of the differences from the segment's medians: in interquartile
    /// ranges of the population, or in the units of the features given for it.
    pub distance: f64,
    /// Features that the customer has no value of; complete customers come first.
    pub missing: usize,
}

/// One-way analysis of variance of a numeric feature between the segments, over customers who
/// have a segment and a value.
///
/// # Example
///
/// See [`ProfileParams`](super::ProfileParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct VarianceTest {
    /// The column.
    pub feature: String,
    /// The variance between segments over that within; `None` if there is no freedom between or
    /// within, or no variance within.
    pub f: Option<f64>,
    /// Segments that somebody is in, less 1.
    pub between_degrees: f64,
    /// The sum of weights less the segments that somebody is in.
    pub within_degrees: f64,
    /// The probability of an F as large if means did not differ.
    pub p_value: Option<f64>,
    /// The share of the sum of squares that lies between the segments, from 0 to 1; `None` if the
    /// feature does not vary.
    pub eta_squared: Option<f64>,
}

/// Pearson's test of a category feature against the segments, over customers who have a segment
/// and a label.
///
/// # Example
///
/// See [`ProfileParams`](super::ProfileParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Association {
    /// The column.
    pub feature: String,
    /// Pearson's chi-square without correction; `None` for one segment or one label.
    pub chi_square: Option<f64>,
    /// (segments that somebody is in - 1) · (labels that somebody has - 1).
    pub degrees_of_freedom: f64,
    /// The probability of a chi-square as large if segment and label were independent.
    pub p_value: Option<f64>,
    /// `sqrt(chi-square / (W · min(segments - 1, labels - 1)))`, from 0 (independent) to 1.
    pub cramers_v: Option<f64>,
    /// The smallest expected weight of a cell. Below about 5 the p-value is rough.
    pub smallest_expected: Option<f64>,
}
