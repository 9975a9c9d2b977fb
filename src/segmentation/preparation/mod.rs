//! Features made ready for distances, and the way kept.
//!
//! # Question
//!
//! Which scale do customers live on? Is the step from 10 to 20 euro as large as the step from
//! 1,000 to 2,000, and how many years of age are worth one visit?
//!
//! # Model
//!
//! Each numeric column goes through the same steps, each learnt from what the step before leaves:
//! missing values are filled, outliers clipped, the rest transformed, centred, scaled, weighted.
//!
//! ```text
//! x'  = min(max(x, q(low)), q(high))
//! z   = √w (t(x') - centre) / scale
//! t   : x,  ln x,  ln(1 + x),  (x^λ - 1) / λ,  share of customers below x
//! llf = -n/2 ln var(t(x; λ)) + (λ - 1) Σ ln x
//! ```
//!
//! where q are quantiles of the fit, t the transform, λ the power that makes llf greatest (for
//! Yeo-Johnson with ln(1 + |x|) and the sign of x), centre and scale those of the z-score, of the
//! median and interquartile range, or of the range, and w the weight of the column: squared
//! distances over it count w-fold. A column of categories becomes one column of 0 and 1 a level.
//!
//! A row of weight w counts as w copies of it. The order of rows does not matter.
//!
//! # How to read it
//!
//! Groups that are found in money as it is are one group of big spenders and the rest: a skew
//! beyond 2 ([`PreparationReport`]) asks for logarithms, after which equal ratios are equal steps.
//! [`Preparation::restore`] says what a centre is in the units of the columns; from logarithms it
//! is a geometric mean.
//!
//! # Limits
//!
//! Filled values pull rows to the middle; where missing says something, mark it
//! ([`Missing::IndicatorAndMedian`]) or set the rows apart ([`Missing::OwnSegment`]). One-hot
//! columns make categories weigh √2 a difference whatever their number of levels; see
//! [`CategoryParams::weight`] and k-prototypes. Distances between ranks have no units.
//!
//! # Complexity
//!
//! A fit sorts each column; a power takes about ten passes more. Preparing is one pass.
//!
//! # References
//!
//! - Box, G. E. P. and Cox, D. R. (1964). An analysis of transformations. *Journal of the Royal
//!   Statistical Society B* 26(2), 211-252. doi:10.1111/j.2517-6161.1964.tb00553.x
//! - Yeo, I.-K. and Johnson, R. A. (2000). A new family of power transformations to improve
//!   normality or symmetry. *Biometrika* 87(4), 954-959. doi:10.1093/biomet/87.4.954

mod params;

mod distribution;
mod power;

mod category;
mod column;
mod fit;
mod logarithm;

mod model;
mod prepared;
mod report;

#[cfg(test)]
mod tests;

pub(super) use self::fit::SKEWED;
pub use self::model::Preparation;
pub use self::params::{
    CategoryParams, ColumnParams, Encoding, Missing, MissingCategory, Outside, PreparationParams,
    Scale, Transform, UnknownCategory,
};
pub use self::prepared::Prepared;
pub use self::report::{
    CategoryReport, ColumnMoments, ColumnReport, PreparationReport, PreparationWarning,
};

/// The skew (g1) of values, each with a weight; 0 if all are equal.
pub(super) fn skew(rows: Vec<(f64, f64)>) -> f64 {
    distribution::Distribution::new(rows).moments().skew
}
