//! Logistic regression: who leaves, and what goes with it.
//!
//! *How likely is each customer to leave, by how much does this make it likelier, and how sure is that?*
//!
//! # Model
//!
//! ```text
//! P(leaves | x) = 1 / (1 + exp(-eta))          Link::Logit
//!               = 1 - exp(-exp(eta))           Link::ComplementaryLogLog
//! eta = b0 + b1 x1 + b2 x2 + ... + offset
//!
//! log L(b) = sum of w_i log P(what customer i did)
//!            - ridge / 2 (b1² + b2² + ...)
//!
//! where
//!   x      features: numbers, and a column of 0 and 1 for each level of a category but the first
//!   w_i    how much a row counts
//! ```
//!
//! [`Logistic::coefficients`] are where it is greatest, found by Newton's method; their covariance is
//! the inverse of Fisher's information.
//!
//! # How to read the numbers
//!
//! exp(b), the [odds ratio](Logistic::odds_ratios), is the factor by which one unit more of the feature
//! changes the odds of leaving, other features equal: at 1.5, odds of 1 to 4 become 1.5 to 4. A category
//! has one column for each level but the first by name, named `column=level`; its ratio is to the first.
//!
//! Columns that are constant, or that others before them make up, are left out and named by
//! [`Logistic::aliased`]. Where a column tells those who left from the others without error, the best
//! coefficient is infinite; [`Logistic::verdict`] then names it. That is normal for rare levels: group
//! them, or draw coefficients to 0 by [`LogisticParams::ridge`].
//!
//! # Limits
//!
//! Effects add up on the scale of eta, and are straight lines in numbers, unless features say otherwise. A
//! coefficient is not an effect of doing something: who got the discount was chosen by someone. Errors
//! take rows to be independent; of several rows a customer take
//! [`Logistic::robust_covariance`].
//!
//! # Complexity
//!
//! O(rows x columns²) an iteration, of which there are five or so, on all threads; the same bits for
//! any number of them. Memory: a copy of the columns, and columns² for each of at most 64 parts of
//! the rows.
//!
//! # Example
//!
//! ```
//! use custometry::{
//!     churn::{LogisticData, LogisticParams},
//!     data::{Features, MissingValues},
//! };
//!
//! let calls = [3.0, 1.0, 2.0, 1.0, 0.0, 2.0, 0.0, 1.0];
//! let left = [true, true, true, false, false, false, false, false];
//! let features = Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)?;
//! let model = LogisticParams::default().fit(&LogisticData::new(&features, &left))?;
//! assert_eq!(model.names(), ["(Intercept)", "calls"]);
//! assert!(model.odds_ratios(0.95)?[1].value > 1.0); // who calls leaves more often
//! let chances = model.predict(&features, None)?;
//! // The chances of a fit add up to the number who left.
//! assert!((chances.iter().sum::<f64>() - 3.0).abs() < 1e-12);
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! # References
//!
//! - Cox, D. R. (1958), "The regression analysis of binary sequences",
//!   doi:10.1111/j.2517-6161.1958.tb00292.x.
//! - `McCullagh`, P. and Nelder, J. (1989), "Generalized Linear Models", doi:10.1007/978-1-4899-3242-6.
//! - Albert, A. and Anderson, J. (1984), "On the existence of maximum likelihood estimates in logistic
//!   regression models", doi:10.1093/biomet/71.1.1.
//! - Prentice, R. and Gloeckler, L. (1978), "Regression analysis of grouped survival data with
//!   application to breast cancer data", doi:10.2307/2529588.
//! - White, H. (1982), "Maximum likelihood estimation of misspecified models", doi:10.2307/1912526.

mod climb;
mod data;
mod link;
mod model;
mod pass;
mod predict;
mod robust;

mod rows;
mod saved;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::{
    climb::{Slope, Summit},
    rows::Rows,
};
use crate::{
    Error, Result,
    churn::design::{Design, MissingRows},
};

pub(super) use self::link::{Information, Slopes as LinkSlopes};
pub use self::{
    data::LogisticData,
    link::Link,
    model::{Logistic, LogisticVerdict},
};

/// How a logistic regression is fitted.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{Link, LogisticData, LogisticParams},
///     data::{Features, MissingValues},
/// };
/// let annual = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
/// let left = [true, true, true, false, true, false, false, false];
/// let features = Features::from_columns(&[("annual", &annual)], MissingValues::Refuse)?;
/// let data = LogisticData::new(&features, &left);
/// let model = LogisticParams::default().fit(&data)?;
/// // Odds of 3 to 1, and of 1 to 3.
/// let odds = model.coefficient("annual").unwrap().exp();
/// assert!((odds - 1.0 / 9.0).abs() < 1e-12);
/// // Hazards of log 4 and log 4/3 a period.
/// let params = LogisticParams::default().link(Link::ComplementaryLogLog);
/// let hazard = params.fit(&data)?.coefficient("annual").unwrap().exp();
/// assert!((hazard - (4.0_f64 / 3.0).ln() / 4.0_f64.ln()).abs() < 1e-12);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogisticParams {
    link: Link,
    missing: MissingRows,
    ridge: f64,
    max_iterations: usize,
}

impl Default for LogisticParams {
    fn default() -> Self {
        Self {
            link: Link::Logit,
            missing: MissingRows::Refuse,
            ridge: 0.0,
            max_iterations: 100,
        }
    }
}

impl LogisticParams {
    /// How a linear predictor becomes a chance; [`Link::Logit`] unless told.
    ///
    /// # Example
    ///
    /// See [`LogisticParams`].
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
    ///     churn::{LogisticData, LogisticParams, MissingRows},
    ///     data::{Features, MissingValues},
    /// };
    /// let x = [1.0, 0.0, 1.0, 0.0, f64::NAN];
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Keep)?;
    /// let left = [true, false, false, true, true];
    /// let data = LogisticData::new(&features, &left);
    /// let error = LogisticParams::default().fit(&data).unwrap_err();
    /// assert!(error.to_string().starts_with("column x, row 4"));
    /// let model = LogisticParams::default().missing(MissingRows::LeaveOut).fit(&data)?;
    /// assert_eq!((model.rows(), model.rows_left_out(), model.left()), (4, 1, 2));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn missing(mut self, missing: MissingRows) -> Self {
        self.missing = missing;
        self
    }

    /// Draws coefficients towards 0: `ridge / 2` times the sum of their squares is taken off the
    /// log-likelihood; 0 unless told. The intercept is free. Columns that make each other up then share
    /// a coefficient, and none is infinite. Coefficients depend on the units of the columns: prepare
    /// them alike.
    ///
    /// The likelihood told is the plain one, and errors are those of the drawn coefficients about
    /// where they are drawn to; tests by likelihoods do not hold.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticParams},
    ///     data::{Features, MissingValues},
    /// };
    /// // Without a ridge the coefficient is infinite.
    /// let features = Features::from_columns(&[("x", &[1.0, -1.0])], MissingValues::Refuse)?;
    /// let data = LogisticData::new(&features, &[true, false]);
    /// let model = LogisticParams::default().ridge(1.0).fit(&data)?;
    /// // Where the slope of the likelihood by hand is that of the cost.
    /// let b = model.coefficient("x").unwrap();
    /// assert!((2.0 / (1.0 + b.exp()) - b).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn ridge(mut self, ridge: f64) -> Self {
        self.ridge = ridge;
        self
    }

    /// After how many iterations to give up; 100 unless told.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::churn::LogisticParams;
    /// assert_eq!(LogisticParams::default().max_iterations(100), LogisticParams::default());
    /// ```
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = iterations;
        self
    }

    /// Fits the regression. Features without any column leave the intercept alone.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidParameter`] for a bad ridge, no iteration, too many
    /// columns, or weights or columns out of the range of numbers; [`Error::InvalidValue`] for a missing
    /// value, if refused, or a bad offset; [`Error::NotEnoughData`] unless some customers left and some
    /// stayed; [`Error::Degenerate`] if offsets leave the range of numbers; [`Error::NotConverged`].
    /// Columns without a finite best coefficient are no error but a [`LogisticVerdict`].
    ///
    /// # Example
    ///
    /// See [`LogisticParams`].
    pub fn fit(&self, data: &LogisticData<'_>) -> Result<Logistic> {
        data.check()?;
        if self.max_iterations == 0 {
            return Err(Error::parameter("max_iterations", 0, "at least 1"));
        }
        if !(self.ridge.is_finite() && self.ridge >= 0.0) {
            let expected = "a finite number of 0 or more";
            return Err(Error::parameter("ridge", self.ridge, expected));
        }
        let design = Design::new(data.features, self.missing)?;
        let rows = Rows::new(data, &design.bind(data.features)?, self.missing)?;
        let active = if self.ridge > 0.0 {
            rows.varying()
        } else {
            rows.independent()
        };
        let (start, null) = if data.offset.is_some() {
            let null = self.climb(&rows, &[], rows.predictor(self.link))?;
            (null.beta[0], null.log_likelihood)
        } else {
            (rows.predictor(self.link), rows.log_likelihood_at_share())
        };
        let summit = self.climb(&rows, &active, start)?;
        Logistic::of(self, data, &rows, active, &summit, null, design)
    }

    /// The greatest likelihood by an intercept, from a start of it, and some columns.
    fn climb(&self, rows: &Rows, active: &[usize], start: f64) -> Result<Summit> {
        let x = rows.x_of(active);
        let of_column = |&at: &usize| self.ridge / rows.scale[at] / rows.scale[at];
        let ridge: Vec<f64> = std::iter::once(0.0)
            .chain(active.iter().map(of_column))
            .collect();
        let mut beta = vec![0.0; active.len() + 1];
        beta[0] = start;
        let slope = Slope {
            rows,
            x: &x,
            link: self.link,
            ridge: &ridge,
            max_iterations: self.max_iterations,
        };
        slope.climb(beta, rows.at_share(self.link, active))
    }
}
