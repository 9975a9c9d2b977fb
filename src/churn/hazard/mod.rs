//! Discrete-time hazard: the chance to leave in each period of a customer's life.
//!
//! *In which month do customers leave, what makes them, and who will still be there in a year?*
//!
//! # Model
//!
//! A customer who is there at the beginning of a period leaves in it with the chance
//!
//! ```text
//! h(t | x) = g(a(t) + x'b)
//!
//! where
//!   t     the period of the customer's life: 1, 2, ...
//!   a(t)  the baseline: a number for each period, or a polynomial of t
//!   g     1 / (1 + exp(-eta)), or 1 - exp(-exp(eta))
//! ```
//!
//! fitted by maximum likelihood (Cox 1972, Allison 1982): that of a regression on person-periods, a row for
//! each customer in each period at risk. Those rows are never made: a customer has the same columns in
//! all of them.
//!
//! Where time is in months because bills are monthly, this is the model; there are no ties to be broken. With
//! [`Link::ComplementaryLogLog`] and a baseline for each period it is the proportional hazards model in
//! continuous time, watched by the period (Prentice and Gloeckler 1978).
//!
//! # Periods
//!
//! The exit of [`Durations`] is the number of periods lived: with 3 the customer was at risk in
//! periods 1, 2 and 3, and left in the third, or was still there after it. The entry is the number of
//! periods lived before the records begin: with 30 the first at risk is period 31.
//!
//! # How to read the numbers
//!
//! exp(b) is the factor by which one unit more of the feature changes the odds of leaving in any period, or
//! with [`Link::ComplementaryLogLog`] the hazard. A category has one column for each level but the first by
//! name.
//!
//! A period in which nobody left has hazard 0 under [`HazardBaseline::EachPeriod`], and one in which
//! all left has hazard 1: their coefficients are infinite, are not among those told, and
//! [`DiscreteHazard::verdict`] names them. So it does with columns that tell who left without error.
//!
//! # Limits
//!
//! Features do not change over a customer's life. The factors are the same in all periods. Beyond the
//! periods watched a polynomial is a guess, and [`HazardBaseline::EachPeriod`] knows nothing: asking is an error.
//!
//! # Complexity
//!
//! For each of some eight iterations O(rows x periods + rows x columns²), and with
//! [`HazardBaseline::EachPeriod`] O(rows x periods x columns); on all threads, the same bits for any number
//! of them. Memory: two copies of the columns, and the square of the coefficients for each of at most 64 parts of
//! the rows.
//!
//! # Example
//!
//! ```
//! use custometry::{
//!     churn::{Durations, HazardBaseline, HazardParams},
//!     data::{Features, MissingValues},
//! };
//!
//! // Months lived, and whether the customer left in the last of them.
//! let durations = Durations::new(&[1.0, 2.0, 2.0, 3.0, 1.0, 3.0], &[1, 1, 0, 1, 0, 0])?;
//! let calls = [3.0, 1.0, 0.0, 2.0, 1.0, 0.0];
//! let features = Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)?;
//! let model = HazardParams::new()
//!     .baseline(HazardBaseline::Linear)
//!     .fit(&durations, &features)?;
//! assert_eq!(model.names(), ["(Intercept)", "t", "calls"]);
//! assert!(model.coefficient("calls").unwrap() > 0.0); // who calls leaves sooner
//! let alive = model.survival(&features, &[1, 6])?;
//! assert!(alive[[0, 1]] < alive[[0, 0]] && alive[[0, 0]] < alive[[2, 0]]);
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! # References
//!
//! - Cox, D. R. (1972), "Regression models and life-tables", doi:10.1111/j.2517-6161.1972.tb00899.x.
//! - Prentice, R. L. and Gloeckler, L. A. (1978), "Regression analysis of grouped survival data with
//!   application to breast cancer data", doi:10.2307/2529588.
//! - Allison, P. D. (1982), "Discrete-time methods for the analysis of event histories",
//!   doi:10.2307/270718.

mod climb;
mod curve;
mod model;
mod pass;
mod periods;
mod predict;
mod saved;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::{climb::Climb, periods::Periods};
use super::{
    Durations, Link,
    design::{Design, MissingRows},
};
use crate::{Error, Result, data::Features};

pub use self::model::{DiscreteHazard, HazardVerdict};

/// How the hazard changes over the periods of a life.
///
/// # Example
///
/// ```
/// use custometry::churn::HazardBaseline;
/// assert_eq!(HazardBaseline::default(), HazardBaseline::EachPeriod);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HazardBaseline {
    /// A coefficient for each period: nothing is assumed, and nothing known beyond the last.
    #[default]
    EachPeriod,
    /// An intercept and a slope by the number of the period.
    Linear,
    /// A polynomial of the number of the period, of a degree from 0 (the same in all) to 8.
    Polynomial(usize),
}

/// How a discrete-time hazard is fitted.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{Durations, HazardParams},
///     data::{Features, MissingValues},
/// };
/// // In each of two periods half of each kind left.
/// let durations = Durations::new(&[1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0], &[1, 1, 1, 0, 1, 1, 1, 0])?;
/// let x = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
/// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
/// let model = HazardParams::new().fit(&durations, &features)?;
/// assert_eq!(model.names(), ["period=1", "period=2", "x"]);
/// assert!(model.coefficients().iter().all(|b| b.abs() < 1e-12));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HazardParams {
    baseline: HazardBaseline,
    link: Link,
    missing: MissingRows,
    max_iterations: usize,
}

impl Default for HazardParams {
    fn default() -> Self {
        Self {
            baseline: HazardBaseline::default(),
            link: Link::default(),
            missing: MissingRows::default(),
            max_iterations: 100,
        }
    }
}

impl HazardParams {
    /// A logit with a coefficient for each period; rows with missing values are refused.
    ///
    /// # Example
    ///
    /// See [`HazardParams`].
    pub fn new() -> Self {
        Self::default()
    }

    /// How the hazard changes over the periods of a life.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{Durations, HazardBaseline, HazardParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 2.0, 3.0, 1.0, 3.0], &[1, 1, 0, 1, 0, 0])?;
    /// let x = [3.0, 1.0, 0.0, 2.0, 1.0, 0.0];
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let fit = |baseline| HazardParams::new().baseline(baseline).fit(&durations, &features);
    /// let linear = fit(HazardBaseline::Linear)?;
    /// assert_eq!(linear.coefficients(), fit(HazardBaseline::Polynomial(1))?.coefficients());
    /// // Each is a case of the next.
    /// let same = fit(HazardBaseline::Polynomial(0))?.log_likelihood();
    /// assert!(same < linear.log_likelihood());
    /// assert!(linear.log_likelihood() < fit(HazardBaseline::EachPeriod)?.log_likelihood());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn baseline(mut self, baseline: HazardBaseline) -> Self {
        self.baseline = baseline;
        self
    }

    /// How a linear predictor becomes a hazard; the logit unless told.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::{HazardParams, Link};
    /// assert_eq!(HazardParams::new().link(Link::Logit), HazardParams::new());
    /// ```
    pub fn link(mut self, link: Link) -> Self {
        self.link = link;
        self
    }

    /// What is done with rows that lack a value; they are refused unless told.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{Durations, HazardParams, MissingRows},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 1.0, 1.0, 1.0, 1.0], &[1, 0, 1, 0, 0])?;
    /// let x = [1.0, 1.0, 0.0, 0.0, f64::NAN];
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Keep)?;
    /// assert!(HazardParams::new().fit(&durations, &features).is_err());
    /// let model = HazardParams::new().missing(MissingRows::LeaveOut).fit(&durations, &features)?;
    /// assert_eq!((model.rows(), model.rows_left_out()), (4, 1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn missing(mut self, missing: MissingRows) -> Self {
        self.missing = missing;
        self
    }

    /// After how many iterations to give up; 100 unless told.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::HazardParams;
    /// assert_eq!(HazardParams::new().max_iterations(100), HazardParams::new());
    /// ```
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = iterations;
        self
    }

    /// Fits the model. Rows count by the weights of the durations.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidParameter`] for more than one cause, weights in the
    /// features, a degree above 8, no iteration, too many periods or columns; [`Error::InvalidValue`] for an
    /// exit or an entry that is not a whole number of periods, or a missing value, if refused;
    /// [`Error::NotEnoughData`] without a row that left, or with fewer periods than the polynomial has
    /// coefficients; [`Error::Degenerate`] if nothing is left to be fitted because in each period nobody left or
    /// all did, if columns cannot be told from periods, or sums are beyond the range of numbers;
    /// [`Error::NotConverged`]. Coefficients without a finite best value are no error but a
    /// [`HazardVerdict`].
    ///
    /// # Example
    ///
    /// See [`HazardParams`].
    pub fn fit(&self, durations: &Durations, features: &Features) -> Result<DiscreteHazard> {
        Error::check_length("features", durations.len(), features.len())?;
        if durations.causes() > 1 {
            let expected = "1; choose one by Durations::of_cause";
            return Err(Error::parameter("causes", durations.causes(), expected));
        }
        if features.weights().is_some() {
            let expected = "none in the features; give them by Durations::with_weights";
            return Err(Error::parameter("weights", "given", expected));
        }
        if self.max_iterations == 0 {
            return Err(Error::parameter("max_iterations", 0, "at least 1"));
        }
        let design = Design::weighted(features, self.missing, |row| durations.weight_of(row))?;
        let bound = design.bind(features)?;
        let usable = bound.usable_rows(self.missing)?;
        let periods = Periods::new(durations, usable, self.baseline)?;
        let climb = Climb::new(&periods, &bound, self.link, self.max_iterations)?;
        let null = climb.to_summit(&[])?;
        let kept = climb.independent();
        let summit = if kept.is_empty() {
            null.clone()
        } else {
            climb.to_summit(&kept)?
        };
        let left_out = durations.len() - periods.rows;
        DiscreteHazard::new(
            self,
            design,
            &climb,
            kept,
            summit,
            null.log_likelihood,
            left_out,
        )
    }
}
