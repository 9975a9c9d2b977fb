//! Logistic regression with a penalty on its coefficients, along a path of penalties.
//!
//! *Which of many features tell who leaves, and how much is each to be trusted?*
//!
//! # Model
//!
//! ```text
//! minimise over b0 and b
//!
//!   - 1/W sum of w_i log p_i  +  lambda (alpha |b|_1 + (1 - alpha) / 2 |b|²)
//!
//! where
//!   p_i     the chance of what customer i did: 1 / (1 + exp(-eta_i)) to leave
//!   eta_i   offset_i + b0 + sum of b_j z_ij
//!   z_ij    the columns, with weighted mean 0 and population variance 1
//!   w_i, W  weights and their sum
//!   lambda  the penalty, alpha the share of the lasso in it
//! ```
//!
//! That is the elastic net of Zou and Hastie (2005) in the form of Friedman, Hastie and Tibshirani
//! (2010), the same as that of the R package glmnet. The intercept is free. Alpha 1, the lasso, makes
//! coefficients 0 and so chooses columns; alpha 0, the ridge, only shrinks them. Coefficients are told
//! in the units of the columns.
//!
//! # How to read the numbers
//!
//! At the first penalty of the path all coefficients are 0 (nearly, for a ridge); as it falls, columns
//! come in, and at the last the fit is near to that without a penalty. Which penalty to take is found by
//! predicting customers that the fit did not see: [`LogisticPathParams::cross_validate`].
//! Coefficients are drawn towards 0 on purpose: they predict well, and are no estimates of effects.
//!
//! Columns that are constant, or made up by others before them, have no coefficient and are named by
//! [`LogisticPath::aliased`]. Where there are as many columns as rows, any is made up by others:
//! then constants alone are left out.
//!
//! # Limits
//!
//! No standard errors: those of coefficients that were chosen by the data would be wrong. With lasso
//! alone (alpha 1) one of several columns that say the same is taken, and which one may be chance. Without a penalty
//! (lambda 0) coefficients can be infinite, which is an error here.
//!
//! # Complexity
//!
//! For each penalty some ten sums over rows x columns, and where second derivatives must be renewed one
//! over rows x columns², of the columns that have a coefficient only; on all threads, the same bits for any
//! number of them. Memory: up to three copies of the columns.
//!
//! # Example
//!
//! ```
//! use custometry::{
//!     churn::{LogisticData, LogisticPathParams},
//!     data::{Features, MissingValues},
//! };
//!
//! let calls = [3.0, 1.0, 4.0, 1.0, 0.0, 2.0, 0.0, 1.0];
//! let noise = [0.2, 0.3, 0.8, 0.4, 0.7, 0.6, 0.1, 0.9];
//! let left = [true, false, true, true, false, true, false, false];
//! let columns: [(&str, &[f64]); 2] = [("calls", &calls), ("noise", &noise)];
//! let features = Features::from_columns(&columns, MissingValues::Refuse)?;
//! let path = LogisticPathParams::new().fit(&LogisticData::new(&features, &left))?;
//! assert!(path.nonzero(0)?.is_empty());
//! assert_eq!(path.nonzero(1)?, ["calls"]); // the first to come in
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! # References
//!
//! - Zou, H. and Hastie, T. (2005), "Regularization and variable selection via the elastic net",
//!   doi:10.1111/j.1467-9868.2005.00503.x.
//! - Friedman, J., Hastie, T. and Tibshirani, R. (2010), "Regularization paths for generalized linear
//!   models via coordinate descent", doi:10.18637/jss.v033.i01.
//! - Tibshirani, R. et al. (2012), "Strong rules for discarding predictors in lasso-type problems",
//!   doi:10.1111/j.1467-9868.2011.01004.x.

mod descent;
mod factor;
mod model;
mod quadratic;
mod rows;
mod saved;
#[cfg(test)]
mod tests;
mod validation;

use serde::{Deserialize, Serialize};

use self::{
    descent::{Descent, Penalty},
    rows::Rows,
};
use super::{
    LogisticData,
    design::{Bound, Design, MissingRows},
};
use crate::{Error, Result};

pub use self::{model::LogisticPath, validation::LogisticPathValidation};

/// The least share of the lasso that the first penalty is made by.
const LEAST_L1_SHARE: f64 = 1e-3;

/// How a path of penalised logistic regressions is fitted.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{LogisticData, LogisticPathParams},
///     data::{Features, MissingValues},
/// };
/// let x = Features::from_columns(&[("x", &[1.0, -1.0, 1.0, -1.0])], MissingValues::Refuse)?;
/// let left = [true, false, true, true];
/// let path = LogisticPathParams::new()
///     .penalties(&[0.125])
///     .fit(&LogisticData::new(&x, &left))?;
/// // By hand: with chances of 7/8 for x = 1 and 5/8 for x = -1 as many leave as did, and the mean of
/// // x (left - chance) is the penalty.
/// let b = (7.0_f64.ln() - (5.0_f64 / 3.0).ln()) / 2.0;
/// assert!((path.coefficients(0)?[1] - b).abs() < 1e-10);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogisticPathParams {
    l1_share: f64,
    penalties: Option<Vec<f64>>,
    count: usize,
    smallest_share: Option<f64>,
    missing: MissingRows,
}

impl Default for LogisticPathParams {
    fn default() -> Self {
        Self {
            l1_share: 1.0,
            penalties: None,
            count: 100,
            smallest_share: None,
            missing: MissingRows::Refuse,
        }
    }
}

impl LogisticPathParams {
    /// The lasso, at 100 penalties.
    ///
    /// # Example
    ///
    /// See [`LogisticPathParams`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Alpha, the share of the lasso in the penalty: 1, the lasso, unless told; 0 is the ridge.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticPathParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let x = Features::from_columns(&[("x", &[1.0, -1.0, 1.0, -1.0])], MissingValues::Refuse)?;
    /// let data = LogisticData::new(&x, &[true, false, false, true]);
    /// // x says nothing, and a ridge has a first penalty only by the slopes there are.
    /// assert!(LogisticPathParams::new().l1_share(0.0).fit(&data).is_err());
    /// let path = LogisticPathParams::new().l1_share(0.0).penalties(&[1.0]).fit(&data)?;
    /// assert_eq!(path.coefficients(0)?, [0.0, 0.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn l1_share(mut self, l1_share: f64) -> Self {
        self.l1_share = l1_share;
        self
    }

    /// The penalties of the path; they are taken from the largest to the smallest, each once. Unless told
    /// they are made from the data: see [`count`](Self::count).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticPathParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let x = Features::from_columns(&[("x", &[1.0, -1.0, 1.0, -1.0])], MissingValues::Refuse)?;
    /// let left = [true, false, true, true];
    /// let params = LogisticPathParams::new().penalties(&[0.01, 0.1, 0.01]);
    /// assert_eq!(params.fit(&LogisticData::new(&x, &left))?.penalties(), [0.1, 0.01]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn penalties(mut self, penalties: &[f64]) -> Self {
        self.penalties = Some(penalties.to_vec());
        self
    }

    /// How many penalties are made from the data; 100 unless told. The first is the smallest at which
    /// all coefficients are 0 (with an `l1_share` below 0.001, that of 0.001), and each next is the same
    /// share of the one before. Those that are the same number are taken once.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticPathParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let x = Features::from_columns(&[("x", &[1.0, -1.0, 1.0, -1.0])], MissingValues::Refuse)?;
    /// let left = [true, false, true, true];
    /// let params = LogisticPathParams::new().count(3).smallest_share(0.01);
    /// let path = params.fit(&LogisticData::new(&x, &left))?;
    /// // Leaving less its mean, times x: (1/4 + 3/4 + 1/4 - 1/4) / 4.
    /// for (found, want) in path.penalties().iter().zip([0.25, 0.025, 0.0025]) {
    ///     assert!((found - want).abs() < 1e-12);
    /// }
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn count(mut self, count: usize) -> Self {
        self.count = count;
        self
    }

    /// The last penalty that is made from the data, as a share of the first. Unless told it is 0.0001, and
    /// 0.01 where there are fewer rows than columns.
    ///
    /// # Example
    ///
    /// See [`count`](Self::count).
    pub fn smallest_share(mut self, share: f64) -> Self {
        self.smallest_share = Some(share);
        self
    }

    /// What is done with rows that lack a value; they are refused unless told.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticPathParams, MissingRows},
    ///     data::{Features, MissingValues},
    /// };
    /// let x = [1.0, -1.0, 1.0, -1.0, f64::NAN];
    /// let x = Features::from_columns(&[("x", &x)], MissingValues::Keep)?;
    /// let left = [true, false, true, true, false];
    /// let data = LogisticData::new(&x, &left);
    /// let error = LogisticPathParams::new().fit(&data).unwrap_err();
    /// assert!(error.to_string().starts_with("column x, row 4"));
    /// let path = LogisticPathParams::new().missing(MissingRows::LeaveOut).fit(&data)?;
    /// assert_eq!((path.rows(), path.rows_left_out()), (4, 1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn missing(mut self, missing: MissingRows) -> Self {
        self.missing = missing;
        self
    }

    /// Fits the path.
    ///
    /// Rows count by the weights of the features; those of weight 0 for nothing.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidParameter`] for an `l1_share` that is not from 0 to
    /// 1, penalties that are negative, not finite or none, a `smallest_share` that is not between 0 and 1,
    /// without a column, and for a column whose squares are beyond the range of numbers; [`Error::InvalidValue`]
    /// for a missing value or a bad offset; [`Error::NotEnoughData`] if nobody left, or nobody stayed;
    /// [`Error::Degenerate`] if no column varies, if none tells anything and penalties are to be made from
    /// the data, if offsets tell who left already or are too far apart for a likelihood, or if with a penalty
    /// of 0 coefficients are infinite; [`Error::NotConverged`].
    ///
    /// # Example
    ///
    /// See [`LogisticPathParams`].
    pub fn fit(&self, data: &LogisticData<'_>) -> Result<LogisticPath> {
        self.check()?;
        data.check()?;
        let design = Design::new(data.features, self.missing)?;
        let bound = design.bind(data.features)?;
        let usable = usable(data, &bound, self.missing)?;
        let rows = Rows::new(data, &bound, &usable)?;
        let traced = self.trace(&rows, self.penalties.as_deref())?;
        let counts = [rows.len(), counting(data) - rows.len(), rows.left];
        LogisticPath::new(self.l1_share, design, &rows, traced, counts)
    }

    fn check(&self) -> Result<()> {
        if !(0.0..=1.0).contains(&self.l1_share) {
            return Err(Error::parameter(
                "l1_share",
                self.l1_share,
                "a number from 0 (ridge) to 1 (lasso)",
            ));
        }
        if let Some(penalties) = &self.penalties {
            let refused = |penalty: &&f64| !(penalty.is_finite() && **penalty >= 0.0);
            if let Some(penalty) = penalties.iter().find(refused) {
                let expected = "a finite number of 0 or more";
                return Err(Error::parameter("penalty", penalty, expected));
            }
        }
        let count = self.penalties.as_ref().map_or(self.count, Vec::len);
        if count == 0 || count > MOST_PENALTIES {
            let expected = format!("from 1 to {MOST_PENALTIES}");
            return Err(Error::parameter("number of penalties", count, expected));
        }
        if let Some(share) = self.smallest_share
            && !(share > 0.0 && share < 1.0)
        {
            let expected = "a number between 0 and 1";
            return Err(Error::parameter("smallest_share", share, expected));
        }
        Ok(())
    }

    /// Goes along the path, by penalties that are given or made from the rows.
    fn trace(&self, rows: &Rows, given: Option<&[f64]>) -> Result<Traced> {
        let columns = rows.columns.deviation.len();
        let kept = if columns < rows.len() {
            rows.columns.independent(&rows.share)
        } else {
            rows.columns.varying()
        };
        if kept.is_empty() {
            return Err(Error::Degenerate {
                what: "no column varies; give others".into(),
            });
        }
        let mut descent = Descent::new(rows, &kept)?;
        let first = descent.all_zero_at(self.l1_share.max(LEAST_L1_SHARE));
        let mut penalties: Vec<f64> = if let Some(given) = given {
            // + 0.0 makes -0 a 0.
            given.iter().map(|penalty| penalty + 0.0).collect()
        } else {
            let usual = if rows.len() < columns { 1e-2 } else { 1e-4 };
            self.made(first, self.smallest_share.unwrap_or(usual))?
        };
        // Those made are equal too, where they are nearer to each other than numbers are.
        penalties.sort_unstable_by(|a, b| b.total_cmp(a));
        penalties.dedup_by(|a, b| a.to_bits() == b.to_bits());
        let null_loss = descent.loss();
        let mut before = first;
        let mut traced = Traced {
            kept,
            null_loss,
            losses: Vec::with_capacity(penalties.len()),
            coefficients: Vec::with_capacity(penalties.len()),
            penalties: Vec::new(),
        };
        for &penalty in &penalties {
            // The strong rule: slopes change no faster than the penalty, mostly.
            let expected = self.l1_share * (2.0 * penalty - before.max(penalty));
            descent.descend(Penalty::new(penalty, self.l1_share), expected)?;
            before = penalty;
            traced.losses.push(descent.loss());
            let scaled = descent.coefficients();
            traced.coefficients.push(traced.in_units(rows, &scaled));
        }
        traced.penalties = penalties;
        Ok(traced)
    }

    /// Penalties from the first on, each the same share of the one before.
    fn made(&self, first: f64, last_share: f64) -> Result<Vec<f64>> {
        if !(first > 0.0 && first.is_finite()) {
            return Err(Error::Degenerate {
                what:
                    "no column tells anything of who left, so that no penalty is the first; give \
                       penalties, or other columns"
                        .into(),
            });
        }
        let log_share = libm::log(last_share);
        let steps = self.count.saturating_sub(1).max(1) as f64;
        let one = |at: usize| first * libm::exp(log_share * (at as f64 / steps));
        Ok((0..self.count).map(one).collect())
    }
}

/// Penalties beyond this are refused: each has its coefficients.
const MOST_PENALTIES: usize = 10_000;

/// A path, in the units of the columns.
#[derive(Debug)]
struct Traced {
    /// The columns that are not aliased.
    kept: Vec<usize>,
    penalties: Vec<f64>,
    /// By penalty the intercept and the coefficients of the kept columns.
    coefficients: Vec<Vec<f64>>,
    null_loss: f64,
    losses: Vec<f64>,
}

impl Traced {
    fn in_units(&self, rows: &Rows, scaled: &[f64]) -> Vec<f64> {
        let mut coefficients = vec![scaled[0]];
        for (&column, scaled) in self.kept.iter().zip(&scaled[1..]) {
            let coefficient = scaled / rows.columns.deviation[column];
            coefficients[0] -= coefficient * rows.columns.mean[column];
            coefficients.push(coefficient);
        }
        coefficients
    }
}

/// How many rows have a weight above 0.
fn counting(data: &LogisticData<'_>) -> usize {
    let weights = data.features.weights();
    weights.map_or(data.left.len(), |weights| {
        weights.iter().filter(|weight| **weight > 0.0).count()
    })
}

/// The rows to fit to.
fn usable(data: &LogisticData<'_>, bound: &Bound<'_>, policy: MissingRows) -> Result<Vec<u32>> {
    if bound.names().is_empty() {
        let expected = "at least one number, or a category of two levels";
        return Err(Error::parameter("columns of the regression", 0, expected));
    }
    let all = || {
        let rows = u32::try_from(data.left.len()).map_err(|_| Error::Overflow {
            what: "more than 4294967295 rows; split them".into(),
        })?;
        Ok((0..rows).collect())
    };
    bound.usable_rows(policy)?.map_or_else(all, Ok)
}
