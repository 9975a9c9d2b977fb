//! A fitted logistic regression.

use serde::{Deserialize, Serialize};

use super::{Link, LogisticData, LogisticParams, climb::Summit, rows::Rows, saved::LogisticFields};
use crate::{
    Error, Result,
    churn::{design::Design, linear::Linear},
    data::Estimate,
};

/// Whether the coefficients are what they seem.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{LogisticData, LogisticParams, LogisticVerdict},
///     data::{Features, MissingValues},
/// };
/// // All with an annual plan stayed.
/// let annual = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
/// let features = Features::from_columns(&[("annual", &annual)], MissingValues::Refuse)?;
/// let left = [true, true, false, false, false, false];
/// let model = LogisticParams::default().fit(&LogisticData::new(&features, &left))?;
/// let columns = vec!["annual".to_string()];
/// assert_eq!(*model.verdict(), LogisticVerdict::Separated { columns });
/// assert!(model.coefficient("annual").is_some_and(|b| b < -5.0 && b.is_finite()));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LogisticVerdict {
    /// The likelihood has a greatest value, and it was found.
    Converged,
    /// Columns tell who left from who stayed, of all or of some customers, without error (complete and
    /// quasi-complete separation, Albert and Anderson 1984): the likelihood rises for ever as their
    /// coefficients grow. The numbers given are where it ceased to rise noticeably, and errors of these
    /// coefficients mean nothing. Where all of the first level of a category did the same, its other
    /// levels are named, and the intercept is as loose.
    Separated {
        /// The names of the columns.
        columns: Vec<String>,
    },
}

/// A fitted logistic regression; see [`LogisticParams`].
///
/// # Example
///
/// See [`LogisticParams`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "LogisticFields")]
pub struct Logistic {
    pub(super) link: Link,
    pub(super) linear: Linear,
    pub(super) ridge: f64,
    /// The intercept first.
    pub(super) coefficients: Vec<f64>,
    pub(super) covariance: Vec<f64>,
    pub(super) log_likelihood: f64,
    pub(super) null_log_likelihood: f64,
    pub(super) rows: usize,
    pub(super) rows_left_out: usize,
    pub(super) left: usize,
    pub(super) iterations: usize,
    pub(super) verdict: LogisticVerdict,
}

impl Logistic {
    pub(super) fn of(
        params: &LogisticParams,
        data: &LogisticData<'_>,
        rows: &Rows,
        active: Vec<usize>,
        summit: &Summit,
        null_log_likelihood: f64,
        design: Design,
    ) -> Result<Self> {
        let means: Vec<f64> = active.iter().map(|&at| rows.mean[at]).collect();
        let slopes = active.iter().zip(&summit.beta[1..]);
        let slopes: Vec<f64> = slopes.map(|(&at, b)| b / rows.scale[at]).collect();
        let covariance = in_units(rows, &active, &summit.inverse);
        let order = active.len() + 1;
        let infinite =
            |at: &usize| !(slopes[at - 1].is_finite() && covariance[at * order + at].is_finite());
        if let Some(at) = (1..order).find(infinite) {
            let name = design.names().swap_remove(active[at - 1]);
            let expected = "numbers of a size whose square has an inverse; change the unit";
            return Err(Error::parameter("column", name, expected));
        }
        let linear = Linear::new(design, active, slopes, means, summit.beta[0]);
        if !(linear.intercept().is_finite() && covariance[0].is_finite()) {
            let expected = "means near enough to 0 for an intercept; centre the columns";
            return Err(Error::parameter("columns", "far from 0", expected));
        }
        let verdict = if summit.infinite.is_empty() {
            LogisticVerdict::Converged
        } else {
            let names = linear.names();
            let infinite = summit.infinite.iter();
            LogisticVerdict::Separated {
                columns: infinite.map(|&at| names[at - 1].clone()).collect(),
            }
        };
        let coefficients = std::iter::once(linear.intercept());
        Ok(Self {
            link: params.link,
            ridge: params.ridge,
            coefficients: coefficients
                .chain(linear.coefficients().iter().copied())
                .collect(),
            linear,
            covariance,
            log_likelihood: summit.log_likelihood,
            null_log_likelihood,
            rows: rows.sign.len(),
            rows_left_out: rows.left_out(data),
            left: rows.left,
            iterations: summit.iterations,
            verdict,
        })
    }

    /// How linear predictors become chances.
    ///
    /// # Example
    ///
    /// See [`standard_errors`](Self::standard_errors).
    pub fn link(&self) -> Link {
        self.link
    }

    /// The names of the coefficients: `(Intercept)`, then columns; `column=level` for a level. Those
    /// left out are [`aliased`](Self::aliased).
    ///
    /// # Example
    ///
    /// See [`aliased`](Self::aliased).
    pub fn names(&self) -> Vec<String> {
        let mut names = vec!["(Intercept)".to_owned()];
        names.extend(self.linear.names());
        names
    }

    /// The columns that were left out because they are constant, or sums of others before them; and
    /// categories of a single level by their own name.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let columns: [(&str, &[f64]); 3] = [
    ///     ("x", &[1.0, 0.0, 1.0, 0.0]),
    ///     ("one", &[1.0, 1.0, 1.0, 1.0]),
    ///     ("not_x", &[0.0, 1.0, 0.0, 1.0]),
    /// ];
    /// let features = Features::from_columns(&columns, MissingValues::Refuse)?;
    /// let left = [true, true, false, false];
    /// let model = LogisticParams::default().fit(&LogisticData::new(&features, &left))?;
    /// assert_eq!(model.names(), ["(Intercept)", "x"]);
    /// assert_eq!(model.aliased(), ["one", "not_x"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn aliased(&self) -> Vec<String> {
        self.linear.aliased()
    }

    /// The coefficients in the order of their [names](Self::names), the intercept first.
    ///
    /// # Example
    ///
    /// See [`standard_errors`](Self::standard_errors).
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// A coefficient by its name; `None` if there is no such column, or if it was aliased.
    ///
    /// # Example
    ///
    /// See [`LogisticParams`].
    pub fn coefficient(&self, name: &str) -> Option<f64> {
        let at = self.names().iter().position(|known| known == name)?;
        self.coefficients.get(at).copied()
    }

    /// The inverse of Fisher's information: the covariance of the coefficients, row by row.
    ///
    /// # Example
    ///
    /// See [`standard_errors`](Self::standard_errors).
    pub fn covariance(&self) -> &[f64] {
        &self.covariance
    }

    /// The standard errors of the coefficients.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{Link, LogisticData, LogisticParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let annual = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    /// let features = Features::from_columns(&[("annual", &annual)], MissingValues::Refuse)?;
    /// let left = [true, true, true, false, true, false, false, false];
    /// let model = LogisticParams::default().fit(&LogisticData::new(&features, &left))?;
    /// assert_eq!(model.link(), Link::Logit);
    /// assert!((model.coefficients()[0] - 3.0_f64.ln()).abs() < 1e-12);
    /// // By hand: 1 / left + 1 / stayed, of one group and of both.
    /// let errors = model.standard_errors();
    /// assert!((errors[0] - (4.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    /// assert!((errors[1] - (8.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    /// assert!((model.covariance()[1] + 4.0 / 3.0).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn standard_errors(&self) -> Vec<f64> {
        let count = self.coefficients.len();
        let variances = (0..count).map(|at| self.covariance[at * count + at]);
        variances.map(|variance| variance.max(0.0).sqrt()).collect()
    }

    /// The coefficients with intervals of the normal distribution.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a level that is not between 0 and 1.
    ///
    /// # Example
    ///
    /// See [`odds_ratios`](Self::odds_ratios).
    pub fn estimates(&self, level: f64) -> Result<Vec<Estimate>> {
        let errors = self.standard_errors();
        let pairs = self.coefficients.iter().zip(errors);
        pairs
            .map(|(&value, se)| Estimate::normal(value, se, level))
            .collect()
    }

    /// exp of the coefficients, with intervals that are exp of theirs: odds ratios, hazard ratios for
    /// [`Link::ComplementaryLogLog`], and first the odds (the hazard) of a customer with 0 in every column.
    /// The standard error is that of the ratio by the delta method. What is beyond the range of
    /// numbers, as of separated columns, is the greatest number.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a level that is not between 0
    /// and 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let annual = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    /// let features = Features::from_columns(&[("annual", &annual)], MissingValues::Refuse)?;
    /// let left = [true, true, true, false, true, false, false, false];
    /// let model = LogisticParams::default().fit(&LogisticData::new(&features, &left))?;
    /// let (log, ratio) = (model.estimates(0.9)?[1], model.odds_ratios(0.9)?[1]);
    /// assert!((ratio.value - 1.0 / 9.0).abs() < 1e-12);
    /// assert!((ratio.hi.ln() - log.hi).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn odds_ratios(&self, level: f64) -> Result<Vec<Estimate>> {
        Ok(self.estimates(level)?.iter().map(Estimate::exp).collect())
    }

    /// The log-likelihood, by weights.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let annual = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    /// let features = Features::from_columns(&[("annual", &annual)], MissingValues::Refuse)?;
    /// let left = [true, true, true, false, true, false, false, false];
    /// let model = LogisticParams::default().fit(&LogisticData::new(&features, &left))?;
    /// // By hand: chances of 3 in 4 for six of them and 1 in 4 for two, against 1 in 2.
    /// let hand = 6.0 * 0.75_f64.ln() + 2.0 * 0.25_f64.ln();
    /// assert!((model.log_likelihood() - hand).abs() < 1e-12);
    /// assert!((model.null_log_likelihood() - 8.0 * 0.5_f64.ln()).abs() < 1e-12);
    /// assert_eq!(model.deviance(), -2.0 * model.log_likelihood());
    /// assert_eq!(model.null_deviance(), -2.0 * model.null_log_likelihood());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// The log-likelihood of the model with the intercept, and the offset if there is one, alone.
    ///
    /// # Example
    ///
    /// See [`log_likelihood`](Self::log_likelihood).
    pub fn null_log_likelihood(&self) -> f64 {
        self.null_log_likelihood
    }

    /// Minus twice the log-likelihood.
    ///
    /// # Example
    ///
    /// See [`log_likelihood`](Self::log_likelihood).
    pub fn deviance(&self) -> f64 {
        -2.0 * self.log_likelihood
    }

    /// Minus twice the log-likelihood of the intercept, and the offset if there is one, alone. What the
    /// deviance is below it is chi-squared with one degree of freedom a column, if they say nothing.
    ///
    /// # Example
    ///
    /// See [`log_likelihood`](Self::log_likelihood).
    pub fn null_deviance(&self) -> f64 {
        -2.0 * self.null_log_likelihood
    }

    /// The number of rows of the fit: those with a weight above 0 and without a missing value.
    ///
    /// # Example
    ///
    /// See [`LogisticParams::missing`].
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of rows with a weight above 0 that were left out because they lack a value.
    ///
    /// # Example
    ///
    /// See [`LogisticParams::missing`].
    pub fn rows_left_out(&self) -> usize {
        self.rows_left_out
    }

    /// The number of rows of the fit that left, weights aside.
    ///
    /// # Example
    ///
    /// See [`LogisticParams::missing`].
    pub fn left(&self) -> usize {
        self.left
    }

    /// The number of iterations of Newton's method.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let features = Features::from_columns(&[("x", &[0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let left = [true, false, false];
    /// let params = LogisticParams::default().ridge(0.5);
    /// assert!(params.fit(&LogisticData::new(&features, &left))?.iterations() < 10);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Whether the coefficients are what they seem.
    ///
    /// # Example
    ///
    /// See [`LogisticVerdict`].
    pub fn verdict(&self) -> &LogisticVerdict {
        &self.verdict
    }
}

/// A covariance of a constant and centred columns as that of the intercept and the columns as they were
/// given.
pub(super) fn in_units(rows: &Rows, active: &[usize], covariance: &[f64]) -> Vec<f64> {
    let order = active.len() + 1;
    let to_intercept = |at: usize| match at.checked_sub(1) {
        None => 1.0,
        Some(place) => -rows.mean[active[place]] / rows.scale[active[place]],
    };
    let cell = |row: usize, column: usize| covariance[row * order + column];
    let mut out = vec![0.0; order * order];
    let with_intercept: Vec<f64> = (0..order)
        .map(|column| {
            (0..order)
                .map(|at| to_intercept(at) * cell(at, column))
                .sum()
        })
        .collect();
    out[0] = (0..order)
        .map(|at| to_intercept(at) * with_intercept[at])
        .sum();
    for row in 1..order {
        let of_row = rows.scale[active[row - 1]];
        out[row] = with_intercept[row] / of_row;
        out[row * order] = out[row];
        for column in 1..order {
            out[row * order + column] = cell(row, column) / of_row / rows.scale[active[column - 1]];
        }
    }
    out
}
