//! Accelerated failure time: what makes customers stay longer, and by what factor.
//!
//! *How long will this customer stay, and how much longer with an annual plan?*
//!
//! # Model
//!
//! ```text
//! log T = b0 + b1 x1 + b2 x2 + ... + scale W
//!
//! where
//!   T      the time at which a customer leaves
//!   W      noise by a family: Weibull (and exponential), log-normal, log-logistic
//! ```
//!
//! fitted by maximum likelihood: who left counts the density, who is still there the chance of
//! staying longer, and who was watched only from an entry on the chance given that entry.
//!
//! # How to read the numbers
//!
//! A coefficient b multiplies every quantile of the time to leave by exp(b). The families are
//! compared by their log-likelihoods.
//!
//! # Limits
//!
//! The shape is that of the family, at all times and for all customers, also beyond what was
//! observed: a median of ten years from two years of data is the family's word alone.
//!
//! Where nobody of a level has left, its coefficient is infinite: see [`AftVerdict`].
//!
//! # Complexity
//!
//! O(rows x columns²) for each of some ten iterations, on all threads. Memory of rows x columns, and
//! of columns² for each of at most 64 parts of the rows.
//!
//! # References
//!
//! Kalbfleisch, J. and Prentice, R. (2002), "The statistical analysis of failure time data",
//! doi:10.1002/9781118032985, chapter 3.

mod family;
mod likelihood;
mod model;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::likelihood::Likelihood;
use crate::{
    Error, Result,
    churn::{Durations, MissingRows, design::Design},
    data::Features,
};

pub use self::{
    family::AftFamily,
    model::{Aft, AftVerdict},
};

/// Which accelerated failure time model to fit.
///
/// # Example
///
/// ```
/// use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
///
/// let durations = Durations::new(&[2.0, 3.0, 5.0, 8.0, 6.0, 9.0], &[1, 1, 1, 1, 1, 0])?;
/// let annual = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
/// let features = Features::from_columns(&[("annual", &annual)], MissingValues::Refuse)?;
/// let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
/// // 10 months for 3 who left, against 23 months for 2.
/// let factor = model.coefficient("annual").unwrap().exp();
/// assert!((factor - (23.0 / 2.0) / (10.0 / 3.0)).abs() < 1e-9);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AftParams {
    family: AftFamily,
    #[serde(default)]
    missing: MissingRows,
}

impl AftParams {
    /// A family; rows with missing values are refused.
    ///
    /// # Example
    ///
    /// See [`AftParams`].
    pub fn new(family: AftFamily) -> Self {
        Self {
            family,
            missing: MissingRows::default(),
        }
    }

    /// What becomes of rows with missing values.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::{AftFamily, AftParams, MissingRows};
    /// let params = AftParams::new(AftFamily::Weibull).missing(MissingRows::LeaveOut);
    /// assert_ne!(params, AftParams::new(AftFamily::Weibull));
    /// ```
    pub fn missing(mut self, missing: MissingRows) -> Self {
        self.missing = missing;
        self
    }

    /// Fits the model.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidParameter`] for more than one cause, weights in
    /// the features, or too many columns; [`Error::InvalidValue`] for a missing value, if refused,
    /// or a row of the fit that ends at time 0; [`Error::NotEnoughData`] without a row that left;
    /// [`Error::Degenerate`] if the scale or the intercept has no finite best value, as when all
    /// leave at one time; [`Error::NotConverged`]. Columns without a finite best value are no error but
    /// an [`AftVerdict`].
    ///
    /// # Example
    ///
    /// See [`AftParams`].
    pub fn fit(&self, durations: &Durations, features: &Features) -> Result<Aft> {
        Error::check_length("features", durations.len(), features.len())?;
        if durations.causes() > 1 {
            let expected = "1; choose one by Durations::of_cause";
            return Err(Error::parameter("causes", durations.causes(), expected));
        }
        if features.weights().is_some() {
            let expected = "none in the features; give them by Durations::with_weights";
            return Err(Error::parameter("weights", "given", expected));
        }
        let design = Design::weighted(features, self.missing, |row| durations.weight_of(row))?;
        let bound = design.bind(features)?;
        let rows = bound.usable_rows(self.missing)?;
        let likelihood = Likelihood::new(self.family, durations, &bound, rows)?;
        let null = likelihood.fit(&[])?;
        let active = likelihood.independent();
        let fit = if active.is_empty() {
            null.clone()
        } else {
            likelihood.fit(&active)?
        };
        let counts = [
            likelihood.rows(),
            durations.len() - likelihood.rows(),
            likelihood.events(),
        ];
        Ok(Aft::of(
            self.family,
            design,
            active,
            fit,
            null.log_likelihood,
            counts,
        ))
    }
}
