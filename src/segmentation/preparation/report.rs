//! What a fit saw in the columns.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Transform, distribution::Moments};

/// What a preparation saw in the columns it was fitted to, and what one should look at.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::PreparationParams};
///
/// let mut spend = vec![1.0; 98];
/// spend.extend([2.0, 500.0]);
/// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
/// let preparation = PreparationParams::default().fit(&features)?;
/// let report = preparation.report();
/// assert_eq!(report.columns[0].before.max, 500.0);
/// assert!(report.warnings[0].to_string().starts_with("spend is skewed"));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PreparationReport {
    /// Rows with a weight above 0.
    pub rows: usize,
    /// Of these the rows set apart because they miss a column.
    pub set_apart: usize,
    /// The numeric columns, in order.
    pub columns: Vec<ColumnReport>,
    /// The columns of categories, in order.
    pub categories: Vec<CategoryReport>,
    /// What one should look at, in the order of the columns.
    pub warnings: Vec<PreparationWarning>,
}

/// What a fit saw in a numeric column. Figures honour the weights of rows.
///
/// # Example
///
/// See [`PreparationReport`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ColumnReport {
    /// The column.
    pub name: String,
    /// Rows that the fit learnt from: with a weight above 0 and not set apart.
    pub rows: usize,
    /// Rows with a weight above 0 that miss the column, set apart or not.
    pub missing: usize,
    /// The values as they came.
    pub before: ColumnMoments,
    /// The same filled, winsorised and transformed, before they are scaled.
    pub after: ColumnMoments,
    /// The power of Box-Cox or Yeo-Johnson.
    pub lambda: Option<f64>,
    /// What the transformed values are centred on; 0 for no scale.
    pub centre: f64,
    /// What they are divided by; 1 for no scale.
    pub scale: f64,
    /// The bounds of winsorising, in the units of the column.
    pub bounds: Option<(f64, f64)>,
    /// The share of the weight that was beyond them.
    pub winsorised: f64,
    /// The share of the weight that the transform was not made for.
    pub clamped: f64,
    /// Whether all values are equal as they came.
    pub constant: bool,
}

/// The shape of a column.
///
/// # Example
///
/// See [`PreparationReport`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ColumnMoments {
    /// The least value.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// The mean.
    pub mean: f64,
    /// The third central moment over the cube of the standard deviation (g1); 0 if all values
    /// are equal.
    pub skew: f64,
}

impl From<Moments> for ColumnMoments {
    fn from(moments: Moments) -> Self {
        Self {
            min: moments.min,
            max: moments.max,
            mean: moments.mean,
            skew: moments.skew,
        }
    }
}

/// What a fit saw in a column of categories.
///
/// # Example
///
/// ```
/// use custometry::{data::{Categories, Features, MissingValues}, segmentation::PreparationParams};
/// let features = Features::from_columns(&[], MissingValues::Refuse)?
///     .with_categories("channel", Categories::new(&["web", "shop", "web"])?)?;
/// let preparation = PreparationParams::default().fit(&features)?;
/// assert_eq!(preparation.report().categories[0].levels, 2);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CategoryReport {
    /// The column.
    pub name: String,
    /// Different labels.
    pub levels: usize,
    /// Rows with a weight above 0, not set apart, without a label.
    pub missing: usize,
}

/// Something that one should look at before trusting distances.
///
/// # Example
///
/// See [`PreparationReport`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PreparationWarning {
    /// A column with a skew beyond 2 and no transform: a few customers rule its scale.
    Skewed {
        /// The column.
        column: String,
        /// Its skew (g1).
        skew: f64,
        /// The simplest transform that fits its values.
        fits: Transform,
    },
    /// All values are equal: the column tells nobody apart.
    Constant {
        /// The column.
        column: String,
        /// Its value.
        value: f64,
    },
    /// A numeric column with two values is a category in disguise.
    TwoValues {
        /// The column.
        column: String,
    },
    /// More than half of the rows miss the column.
    MostlyMissing {
        /// The column.
        column: String,
        /// The share of rows.
        share: f64,
    },
    /// Values were moved to the bounds of winsorising.
    Winsorised {
        /// The column.
        column: String,
        /// The share of the weight.
        share: f64,
    },
    /// Values that the transform is not made for were clamped.
    Clamped {
        /// The column.
        column: String,
        /// The share of the weight.
        share: f64,
    },
    /// A column of categories with one level tells nobody apart.
    OneLevel {
        /// The column.
        column: String,
    },
}

impl fmt::Display for PreparationWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Skewed { column, skew, fits } => {
                let transform = match fits {
                    Transform::Ln => "ln (all values are above 0)",
                    Transform::Log1p => "log1p (all values are above -1)",
                    _ => "Yeo-Johnson",
                };
                write!(
                    f,
                    "{column} is skewed ({skew:.1}) and not transformed, so that a few customers \
                     rule its scale: {transform} would fit"
                )
            }
            Self::Constant { column, value } => {
                write!(
                    f,
                    "{column} is {value} for all and tells nobody apart: leave it out"
                )
            }
            Self::TwoValues { column } => write!(
                f,
                "{column} has two values only: perhaps it is a category, or an answer of yes or no"
            ),
            Self::MostlyMissing { column, share } => write!(
                f,
                "{:.1} % of the rows miss {column}: what stands in for it makes the groups",
                100.0 * share
            ),
            Self::Winsorised { column, share } => {
                write!(f, "{:.1} % of {column} was winsorised", 100.0 * share)
            }
            Self::Clamped { column, share } => write!(
                f,
                "{:.1} % of {column} is outside of what its transform is made for and was clamped",
                100.0 * share
            ),
            Self::OneLevel { column } => {
                write!(
                    f,
                    "{column} has one level and tells nobody apart: leave it out"
                )
            }
        }
    }
}
