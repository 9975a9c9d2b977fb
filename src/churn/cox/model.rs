//! A fitted Cox regression.

use serde::{Deserialize, Serialize};

use super::{
    CoxData, CoxParams, Ties, baseline::Baseline, climb::Climb, rows::Rows, saved::CoxFields,
};
use crate::{Result, churn::design::Design, data::Estimate};

/// Whether the coefficients are what they seem.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{CoxData, CoxParams, CoxVerdict, Durations},
///     data::{Features, MissingValues},
/// };
/// // All with x = 1 left before any other.
/// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
/// let x = Features::from_columns(&[("x", &[1.0, 1.0, 0.0, 0.0])], MissingValues::Refuse)?;
/// let cox = CoxParams::default().fit(&CoxData::new(&durations, &x))?;
/// let names = vec!["x".to_string()];
/// assert_eq!(*cox.verdict(), CoxVerdict::InfiniteCoefficients { names });
/// assert!(cox.coefficients()[0].is_finite());
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CoxVerdict {
    /// The likelihood has a greatest value, and it was found.
    Converged,
    /// The likelihood rises for ever as these coefficients grow. The numbers given are where it
    /// ceased to rise noticeably; ratios to other columns hold, their own errors mean nothing.
    InfiniteCoefficients {
        /// The names of the columns.
        names: Vec<String>,
    },
}

/// A fitted Cox regression; see [`CoxParams`].
///
/// # Example
///
/// See [`CoxParams`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "CoxFields")]
pub struct Cox {
    pub(super) design: Design,
    pub(super) ties: Ties,
    pub(super) ridge: f64,
    /// The columns of the design that are not aliased.
    pub(super) kept: Vec<usize>,
    pub(super) names: Vec<String>,
    pub(super) aliased: Vec<String>,
    pub(super) coefficients: Vec<f64>,
    /// The means of the columns over all rows.
    pub(super) means: Vec<f64>,
    /// Their means over the rows at risk at some event: where the baselines are.
    pub(super) centre: Vec<f64>,
    pub(super) covariance: Vec<f64>,
    pub(super) log_likelihood_null: f64,
    pub(super) log_likelihood: f64,
    pub(super) score_test: f64,
    pub(super) rows: usize,
    pub(super) rows_left_out: usize,
    pub(super) events: usize,
    pub(super) iterations: usize,
    pub(super) verdict: CoxVerdict,
    pub(super) is_stratified: bool,
    pub(super) strata: Vec<String>,
    pub(super) baselines: Vec<Baseline>,
}

impl Cox {
    pub(super) fn new(
        params: &CoxParams,
        data: &CoxData<'_>,
        rows: &Rows,
        climb: Climb,
        (used, events): (usize, usize),
        design: Design,
    ) -> Result<Self> {
        let mut all = vec![0.0; rows.columns];
        for (&at, beta) in climb.active.iter().zip(&climb.beta) {
            all[at] = *beta;
        }
        let count = climb.active.len();
        let scale: Vec<f64> = climb.active.iter().map(|&at| rows.scale[at]).collect();
        let mut covariance = climb.inverse;
        for (row, of_row) in covariance.chunks_exact_mut(count).enumerate() {
            for (cell, of_column) in of_row.iter_mut().zip(&scale) {
                *cell /= scale[row] * of_column;
            }
        }
        let all_names = design.names();
        let names: Vec<String> = climb
            .active
            .iter()
            .map(|&at| all_names[at].clone())
            .collect();
        let is_aliased = |(at, _): &(usize, &String)| !climb.active.contains(at);
        let aliased = all_names.iter().enumerate().filter(is_aliased);
        let aliased = aliased.map(|(_, name)| name.clone());
        let aliased = aliased.chain(design.without_columns()).collect();
        let verdict = if climb.infinite.is_empty() {
            CoxVerdict::Converged
        } else {
            CoxVerdict::InfiniteCoefficients {
                names: climb.infinite.iter().map(|&at| names[at].clone()).collect(),
            }
        };
        let labels: Vec<&str> = data
            .strata
            .map_or(Vec::new(), |strata| strata.labels().collect());
        let strata = rows
            .strata
            .iter()
            .filter_map(|stratum| labels.get(stratum.code as usize));
        let baselines = Baseline::of_strata(data, rows, &all, &climb.active, params.ties)?;
        Ok(Self {
            design,
            ties: params.ties,
            ridge: params.ridge,
            coefficients: climb.beta.iter().zip(&scale).map(|(b, s)| b / s).collect(),
            means: climb.active.iter().map(|&at| rows.means[at]).collect(),
            centre: climb.active.iter().map(|&at| rows.centre[at]).collect(),
            kept: climb.active,
            names,
            aliased,
            covariance,
            log_likelihood_null: climb.log_likelihood_null,
            log_likelihood: climb.log_likelihood,
            score_test: climb.score_test,
            rows: used,
            rows_left_out: data.durations.len() - used,
            events,
            iterations: climb.iterations,
            verdict,
            is_stratified: data.strata.is_some(),
            strata: strata.map(|&label| label.to_owned()).collect(),
            baselines,
        })
    }

    /// The design, and which of its columns have a coefficient.
    pub(in crate::churn) fn columns(&self) -> (&Design, &[usize]) {
        (&self.design, &self.kept)
    }

    /// The columns that have a coefficient, in order: numbers by their names, levels as
    /// `column=level`. Those left out are [`aliased`](Self::aliased).
    ///
    /// # Example
    ///
    /// See [the page of the model](super::CoxParams).
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The columns that were left out because they are constant, or sums of others before them; and
    /// categories of a single level by their own name.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxData, CoxParams, Durations},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
    /// let columns: [(&str, &[f64]); 3] = [
    ///     ("x", &[1.0, 0.0, 1.0, 0.0]),
    ///     ("one", &[1.0, 1.0, 1.0, 1.0]),
    ///     ("not_x", &[0.0, 1.0, 0.0, 1.0]),
    /// ];
    /// let features = Features::from_columns(&columns, MissingValues::Refuse)?;
    /// let cox = CoxParams::default().fit(&CoxData::new(&durations, &features))?;
    /// assert_eq!(cox.names(), ["x"]);
    /// assert_eq!(cox.aliased(), ["one", "not_x"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn aliased(&self) -> &[String] {
        &self.aliased
    }

    /// The log hazard ratio of one unit more of each column.
    ///
    /// # Example
    ///
    /// See [`CoxParams`].
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The inverse of the information: the covariance of the coefficients, row by row.
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
    ///     churn::{CoxData, CoxParams, Durations},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
    /// let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let cox = CoxParams::default().fit(&CoxData::new(&durations, &x))?;
    /// // The information by hand: sum of p (1 - p), p the share of r = exp(beta) at risk.
    /// let r = cox.coefficients()[0].exp();
    /// let p = [r / (r + 1.0), r / (r + 2.0), r / (r + 1.0)];
    /// let information: f64 = p.iter().map(|p| p * (1.0 - p)).sum();
    /// assert!((cox.standard_errors()[0] - information.sqrt().recip()).abs() < 1e-12);
    /// assert!((cox.covariance()[0] - information.recip()).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn standard_errors(&self) -> Vec<f64> {
        self.errors_of(&self.covariance)
    }

    fn errors_of(&self, covariance: &[f64]) -> Vec<f64> {
        let count = self.names.len();
        (0..count)
            .map(|at| covariance[at * count + at].max(0.0).sqrt())
            .collect()
    }

    /// The coefficients with intervals of the normal distribution.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a level that is not between 0 and 1.
    ///
    /// # Example
    ///
    /// See [`hazard_ratios`](Self::hazard_ratios).
    pub fn estimates(&self, level: f64) -> Result<Vec<Estimate>> {
        let errors = self.standard_errors();
        let pairs = self.coefficients.iter().zip(errors);
        pairs
            .map(|(&value, se)| Estimate::normal(value, se, level))
            .collect()
    }

    /// The hazard ratios, exp of the coefficients, with intervals that are exp of theirs. The
    /// standard error is that of the ratio by the delta method. What is beyond the range of numbers, as
    /// with an infinite coefficient, is the greatest number.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a level that is not between 0
    /// and 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxData, CoxParams, Durations},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
    /// let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let cox = CoxParams::default().fit(&CoxData::new(&durations, &x))?;
    /// let (log, ratio) = (cox.estimates(0.9)?[0], cox.hazard_ratios(0.9)?[0]);
    /// assert!((ratio.value.ln() - log.value).abs() < 1e-12);
    /// assert!((ratio.hi.ln() - log.hi).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn hazard_ratios(&self, level: f64) -> Result<Vec<Estimate>> {
        Ok(self.estimates(level)?.iter().map(Estimate::exp).collect())
    }

    /// The log partial likelihood without any column, and with the coefficients fitted.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxData, CoxParams, Durations},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
    /// let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let cox = CoxParams::default().fit(&CoxData::new(&durations, &x))?;
    /// // Any order of four is as likely.
    /// let (null, fitted) = cox.log_likelihood();
    /// assert!((null + 24.0_f64.ln()).abs() < 1e-12);
    /// assert!(fitted > null);
    /// assert!((cox.likelihood_ratio_test() - 2.0 * (fitted - null)).abs() < 1e-12);
    /// assert!(cox.score_test() > 0.0 && cox.wald_test() > 0.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn log_likelihood(&self) -> (f64, f64) {
        (self.log_likelihood_null, self.log_likelihood)
    }

    /// Twice what the columns add to the log likelihood: chi-squared with one degree of freedom a
    /// column if they say nothing.
    ///
    /// # Example
    ///
    /// See [`log_likelihood`](Self::log_likelihood).
    pub fn likelihood_ratio_test(&self) -> f64 {
        2.0 * (self.log_likelihood - self.log_likelihood_null)
    }

    /// The score test of all columns, chi-squared like the likelihood ratio.
    ///
    /// # Example
    ///
    /// See [`log_likelihood`](Self::log_likelihood).
    pub fn score_test(&self) -> f64 {
        self.score_test
    }

    /// Wald's test of all columns, chi-squared like the likelihood ratio.
    ///
    /// # Example
    ///
    /// See [`log_likelihood`](Self::log_likelihood).
    pub fn wald_test(&self) -> f64 {
        use crate::numeric::cholesky::Cholesky;
        let solved = Cholesky::new(self.names.len(), &self.covariance)
            .map(|factor| factor.solve(&self.coefficients));
        solved.map_or(0.0, |solved| {
            solved
                .iter()
                .zip(&self.coefficients)
                .map(|(a, b)| a * b)
                .sum()
        })
    }

    /// The number of rows of the fit.
    ///
    /// # Example
    ///
    /// See [`CoxParams::missing`].
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of rows left out because they lack a value.
    ///
    /// # Example
    ///
    /// See [`CoxParams::missing`].
    pub fn rows_left_out(&self) -> usize {
        self.rows_left_out
    }

    /// The number of rows of the fit that left, weights aside.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxData, CoxParams, Durations},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 0])?;
    /// let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let cox = CoxParams::default().fit(&CoxData::new(&durations, &x))?;
    /// assert_eq!(cox.events(), 3);
    /// assert!(cox.iterations() < 20);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn events(&self) -> usize {
        self.events
    }

    /// The number of iterations of Newton's method.
    ///
    /// # Example
    ///
    /// See [`events`](Self::events).
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Whether the coefficients are what they seem.
    ///
    /// # Example
    ///
    /// See [`CoxVerdict`].
    pub fn verdict(&self) -> &CoxVerdict {
        &self.verdict
    }

    /// The strata in which somebody left; none without strata.
    ///
    /// # Example
    ///
    /// See [`CoxData`].
    pub fn strata(&self) -> &[String] {
        &self.strata
    }
}
