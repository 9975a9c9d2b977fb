//! Cox regression: what drives when customers leave.
//!
//! *By how much does this make customers leave sooner or later, and who is likely to stay?*
//!
//! # Model
//!
//! The hazard of a customer is a common one, of any form, times a factor of its features (Cox 1972):
//!
//! ```text
//! h(t | x) = h0(t) exp(x'beta)
//!
//! log L(beta) = sum over event times t of
//!               sum over who left at t of w_i x_i'beta
//!               - w sum over l = 0 .. d-1 of log(S(t) - f_l D(t))
//!
//! where
//!   S(t)   sum of w_i exp(x_i'beta) over those at risk at t
//!   D(t)   the same over the d who left at t, and w the mean of their weights
//!   f_l    l / d for Efron's ties, 0 for Breslow's
//! ```
//!
//! [`Cox::coefficients`] maximise it; with [`CoxData::strata`] each stratum has an h0 of its own.
//! Customers who were acquired before the records begin come in with their entries
//! ([`Durations::with_entries`](super::Durations::with_entries)). Of several causes one is modelled at a time
//! ([`Durations::of_cause`](super::Durations::of_cause)), which gives the cause-specific hazard.
//!
//! # How to read the numbers
//!
//! exp(beta), the hazard ratio, is the factor by which one unit more of the feature changes the
//! rate of leaving, other features equal: 1.5 is half as many again at any moment. A category has
//! one column for each level but the first by name, named `column=level`; its ratio is to the first.
//!
//! Columns that are constant, or that others before them make up, are left out and named by
//! [`Cox::aliased`]. Where a column tells those who left from the others without error, the best
//! coefficient is infinite; [`Cox::verdict`] then names it, its estimate is merely large and its
//! standard error without meaning. That is normal for rare levels: group them.
//!
//! # Limits
//!
//! Ratios are taken to be the same at all times; [`Cox::proportionality`] tests that. Nothing is known
//! beyond the last time at which somebody was watched: survival curves stay flat there. A ratio is
//! not an effect: who got the discount was chosen by someone.
//!
//! # Complexity
//!
//! O(rows x columns²) an iteration, of which there are five or so, on all threads; the same bits for
//! any number of them. Memory: a copy of the columns (two of rows with an entry), and four numbers a
//! column for each event time; the model keeps one of them, for the errors of curves.
//!
//! # Example
//!
//! ```
//! use custometry::{
//!     churn::{CoxData, CoxParams, Durations},
//!     data::{Features, MissingValues},
//! };
//!
//! let months = [2.0, 3.0, 5.0, 7.0, 8.0, 9.0, 12.0, 12.0];
//! let durations = Durations::new(&months, &[1, 1, 1, 0, 1, 1, 0, 0])?;
//! let calls = [3.0, 1.0, 2.0, 1.0, 0.0, 2.0, 0.0, 1.0];
//! let features = Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)?;
//! let cox = CoxParams::default().fit(&CoxData::new(&durations, &features))?;
//! assert_eq!(cox.names(), ["calls"]);
//! assert!(cox.hazard_ratios(0.95)?[0].value > 1.0); // who calls leaves sooner
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! # References
//!
//! - Cox, D. R. (1972), "Regression models and life-tables",
//!   doi:10.1111/j.2517-6161.1972.tb00899.x.
//! - Efron, B. (1977), "The efficiency of Cox's likelihood function for censored data",
//!   doi:10.1080/01621459.1977.10480613.
//! - Breslow, N. (1974), "Covariance analysis of censored survival data", doi:10.2307/2529620.
//! - Lin, D. Y. and Wei, L. J. (1989), "The robust inference for the Cox proportional hazards
//!   model", doi:10.1080/01621459.1989.10478874.
//! - Grambsch, P. and Therneau, T. (1994), "Proportional hazards tests and diagnostics based on
//!   weighted residuals", doi:10.1093/biomet/81.3.515.
//! - Therneau, T. and Grambsch, P. (2000), "Modeling Survival Data", doi:10.1007/978-1-4757-3294-8.

mod baseline;
mod climb;
mod data;
mod kernel;
mod model;
mod pass;
mod predict;
mod proportionality;
mod residuals;
mod risk;
mod rows;
mod saved;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::rows::Rows;
use super::design::{Design, MissingRows};
use crate::{Error, Result};

pub(super) use self::predict::hazard_of;
pub use self::{
    data::CoxData,
    model::{Cox, CoxVerdict},
    predict::{CoxCustomers, Reference},
    proportionality::{ProportionalityTest, TermTest, TimeTransform},
    residuals::CoxResiduals,
};

/// What is assumed of customers who leave at the same time.
///
/// # Example
///
/// ```
/// use custometry::churn::Ties;
/// assert_eq!(Ties::default(), Ties::Efron);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ties {
    /// They left in an order that is not known (Efron 1977): near to exact with monthly times.
    #[default]
    Efron,
    /// Each was at risk with all the others to the end (Breslow 1974): biased towards 0 by ties.
    Breslow,
}

/// How a Cox regression is fitted.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{CoxData, CoxParams, Durations, Ties},
///     data::{Features, MissingValues},
/// };
/// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
/// let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
/// let cox = CoxParams::default().ties(Ties::Breslow).fit(&CoxData::new(&durations, &x))?;
/// // By hand: with r = exp(beta) the likelihood is r²/((2r + 2)(r + 2)(r + 1)),
/// // greatest where r² - r = 4.
/// let r = (1.0 + 17.0_f64.sqrt()) / 2.0;
/// assert!((cox.coefficients()[0] - r.ln()).abs() < 1e-12);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CoxParams {
    ties: Ties,
    missing: MissingRows,
    ridge: f64,
    max_iterations: usize,
}

impl Default for CoxParams {
    fn default() -> Self {
        Self {
            ties: Ties::Efron,
            missing: MissingRows::Refuse,
            ridge: 0.0,
            max_iterations: 50,
        }
    }
}

impl CoxParams {
    /// What is assumed of ties; Efron's rule unless told.
    ///
    /// # Example
    ///
    /// See [`CoxParams`].
    pub fn ties(mut self, ties: Ties) -> Self {
        self.ties = ties;
        self
    }

    /// What is done with rows that lack a value; they are refused unless told.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxData, CoxParams, Durations, MissingRows},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0, 5.0], &[1, 1, 1, 1, 1])?;
    /// let x = [1.0, 0.0, 1.0, 0.0, f64::NAN];
    /// let x = Features::from_columns(&[("x", &x)], MissingValues::Keep)?;
    /// let data = CoxData::new(&durations, &x);
    /// let error = CoxParams::default().fit(&data).unwrap_err();
    /// assert!(error.to_string().starts_with("column x, row 4"));
    /// let cox = CoxParams::default().missing(MissingRows::LeaveOut).fit(&data)?;
    /// assert_eq!((cox.rows(), cox.rows_left_out()), (4, 1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn missing(mut self, missing: MissingRows) -> Self {
        self.missing = missing;
        self
    }

    /// Draws coefficients towards 0: `ridge / 2` times the sum of their squares is taken off the
    /// log-likelihood; 0 unless told. Columns that make each other up then share a coefficient, and
    /// none is infinite. Coefficients depend on the units of the columns: prepare them alike.
    ///
    /// The likelihood told is the plain one, and errors are those of the drawn coefficients about
    /// where they are drawn to; tests by likelihoods do not hold.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxData, CoxParams, Durations},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
    /// // All with x = 1 left first: without a ridge the coefficient is infinite.
    /// let x = Features::from_columns(&[("x", &[1.0, 1.0, 0.0, 0.0])], MissingValues::Refuse)?;
    /// let cox = CoxParams::default().ridge(1.0).fit(&CoxData::new(&durations, &x))?;
    /// let r = cox.coefficients()[0].exp();
    /// // Where the slope of the likelihood by hand is that of the cost.
    /// let slope = 2.0 - 2.0 * r / (2.0 * r + 2.0) - r / (r + 2.0);
    /// assert!((slope - cox.coefficients()[0]).abs() < 1e-9);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn ridge(mut self, ridge: f64) -> Self {
        self.ridge = ridge;
        self
    }

    /// After how many iterations to give up; 50 unless told.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::CoxParams;
    /// assert_eq!(CoxParams::default().max_iterations(50), CoxParams::default());
    /// ```
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = iterations;
        self
    }

    /// Fits the regression.
    ///
    /// Column means, which are the reference of centred figures, weigh rows by their weights.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidParameter`] for durations of several causes, for
    /// weights at the features (weights belong to [`Durations::with_weights`]), and without a
    /// column or an iteration; [`Error::InvalidValue`] for a missing value, a row without stratum or
    /// a bad offset; [`Error::NotEnoughData`] if nobody left; [`Error::Degenerate`] if no column
    /// varies among those at risk, or offsets leave the range of numbers; [`Error::NotConverged`].
    ///
    /// [`Durations::with_weights`]: super::Durations::with_weights
    ///
    /// # Example
    ///
    /// See [`CoxParams`].
    pub fn fit(&self, data: &CoxData<'_>) -> Result<Cox> {
        data.check()?;
        if self.max_iterations == 0 {
            return Err(Error::parameter("max_iterations", 0, "at least 1"));
        }
        if !(self.ridge.is_finite() && self.ridge >= 0.0) {
            return Err(Error::parameter(
                "ridge",
                self.ridge,
                "a finite number of 0 or more",
            ));
        }
        let design = Design::weighted(data.features, self.missing, |row| {
            data.durations.weight_of(row)
        })?;
        let columns = design.width();
        if columns == 0 {
            let expected = "at least one number, or a category of two levels";
            return Err(Error::parameter("columns of the regression", 0, expected));
        }
        let bound = design.bind(data.features)?;
        let usable = data.usable(&bound, self.missing)?;
        let events = data.events(&usable)?;
        let rows = Rows::new(data, &bound, columns, &usable)?;
        let climb = climb::climb(&rows, self)?;
        if climb.active.is_empty() {
            return Err(Error::Degenerate {
                what: "no column varies among those at risk when somebody left; give others".into(),
            });
        }
        Cox::new(self, data, &rows, climb, (usable.len(), events), design)
    }
}
