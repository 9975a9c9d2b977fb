//! A fitted discrete-time hazard.

use serde::{Deserialize, Serialize};

use super::{
    HazardBaseline, HazardParams,
    climb::{Climb, Summit},
    curve::{Curve, Level},
    saved::HazardFields,
};
use crate::{
    Error, Result,
    churn::{Link, design::Design, linear::Linear},
    data::Estimate,
};

/// Whether the coefficients are what they seem.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{Durations, HazardParams, HazardVerdict},
///     data::{Features, MissingValues},
/// };
/// // Nobody left in the second month.
/// let durations = Durations::new(&[1.0, 1.0, 2.0, 3.0, 3.0, 3.0], &[1, 0, 0, 1, 0, 0])?;
/// let x = [1.0, 0.0, 1.0, 0.0, 1.0, 1.0];
/// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
/// let model = HazardParams::new().fit(&durations, &features)?;
/// assert_eq!(model.names(), ["period=1", "period=3", "x"]);
/// let names = vec!["period=2".to_string()];
/// assert_eq!(*model.verdict(), HazardVerdict::InfiniteCoefficients { names });
/// assert_eq!(model.hazard(&features, &[2])?[[0, 0]], 0.0);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HazardVerdict {
    /// The likelihood has a greatest value, and it was found.
    Converged,
    /// The likelihood rises for ever as these coefficients grow.
    ///
    /// Of periods, `period=7`, they are infinite, and hazards are told as the 0 or the 1 that they are. Of
    /// columns, and of powers of the period, the numbers given are where the likelihood ceased to rise
    /// noticeably, and errors of these coefficients mean nothing; where nobody of the first level of a
    /// category left, its other levels are named, and the baseline is as loose.
    InfiniteCoefficients {
        /// The names of the coefficients: periods, powers, columns.
        names: Vec<String>,
    },
}

/// A fitted discrete-time hazard; see [`HazardParams`].
///
/// # Example
///
/// See [`HazardParams`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "HazardFields")]
pub struct DiscreteHazard {
    pub(super) link: Link,
    pub(super) curve: Curve,
    /// What columns add to it; without a base.
    pub(super) linear: Linear,
    /// Of the coefficients in the units of periods and columns.
    pub(super) covariance: Vec<f64>,
    pub(super) log_likelihood: f64,
    pub(super) null_log_likelihood: f64,
    /// Used, left out, left.
    pub(super) rows: [usize; 3],
    pub(super) person_periods: u64,
    pub(super) iterations: usize,
    pub(super) verdict: HazardVerdict,
}

impl DiscreteHazard {
    pub(super) fn new(
        params: &HazardParams,
        design: Design,
        climb: &Climb<'_>,
        kept: Vec<usize>,
        summit: Summit,
        null_log_likelihood: f64,
        left_out: usize,
    ) -> Result<Self> {
        let periods = climb.periods();
        let (alpha, beta) = summit.coefficients.split_at(climb.baseline());
        let curve = Curve::new(periods, alpha);
        let scale: Vec<f64> = kept.iter().map(|&at| climb.columns.deviation[at]).collect();
        let slopes = beta
            .iter()
            .zip(&scale)
            .map(|(b, scale)| b / scale)
            .collect();
        let means = kept.iter().map(|&at| climb.columns.mean[at]).collect();
        let linear = Linear::new(design, kept, slopes, means, 0.0);
        let mut covariance = summit.inverse;
        let in_units = |line: &mut [f64]| {
            let (baseline, columns) = line.split_at_mut(alpha.len());
            for (cell, scale) in columns.iter_mut().zip(&scale) {
                *cell /= scale;
            }
            in_units_of(&curve, linear.means(), baseline, columns);
        };
        let order = summit.coefficients.len();
        for _ in 0..2 {
            for line in covariance.chunks_exact_mut(order) {
                in_units(line);
            }
            transpose(&mut covariance, order);
        }
        make_symmetric(&mut covariance, order);
        let mut names = curve.names_of(|level| matches!(level, Level::Never | Level::Always));
        let all = curve.names().into_iter().chain(linear.names());
        let infinite = all
            .enumerate()
            .filter(|(at, _)| summit.infinite.contains(at));
        names.extend(infinite.map(|(_, name)| name));
        let model = Self {
            link: params.link,
            curve,
            linear,
            covariance,
            log_likelihood: summit.log_likelihood,
            null_log_likelihood,
            rows: [periods.rows, left_out, periods.events],
            person_periods: periods.at_risk_in_all,
            iterations: summit.iterations,
            verdict: if names.is_empty() {
                HazardVerdict::Converged
            } else {
                HazardVerdict::InfiniteCoefficients { names }
            },
        };
        let mut numbers = model.covariance.iter().copied().chain(model.coefficients());
        if numbers.all(f64::is_finite) {
            return Ok(model);
        }
        Err(Error::Degenerate {
            what: "coefficients are out of the range of numbers; change the unit of columns".into(),
        })
    }

    /// The names of the coefficients: of the baseline, `period=3` for each period or `(Intercept)`, `t`,
    /// `t^2`; then columns, `column=level` for a level. Columns left out are
    /// [`aliased`](Self::aliased).
    ///
    /// # Example
    ///
    /// See [`HazardParams`].
    pub fn names(&self) -> Vec<String> {
        let mut names = self.curve.names();
        names.extend(self.linear.names());
        names
    }

    /// The columns that were left out because they are constant, or sums of others before them; and
    /// categories of a single level by their own name.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::{Durations, HazardParams}, data::{Features, MissingValues}};
    /// let durations = Durations::new(&[1.0, 2.0, 2.0, 1.0, 2.0, 2.0], &[1, 1, 0, 0, 1, 0])?;
    /// let columns: [(&str, &[f64]); 2] =
    ///     [("a", &[1.0, 0.0, 1.0, 1.0, 1.0, 0.0]), ("b", &[0.0, 1.0, 0.0, 0.0, 0.0, 1.0])];
    /// let features = Features::from_columns(&columns, MissingValues::Refuse)?;
    /// let model = HazardParams::new().fit(&durations, &features)?;
    /// assert_eq!(model.aliased(), ["b"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn aliased(&self) -> Vec<String> {
        self.linear.aliased()
    }

    /// The coefficients in the order of their [names](Self::names), by powers of the number of the period
    /// and in the units of the columns.
    ///
    /// # Example
    ///
    /// See [`HazardParams`].
    pub fn coefficients(&self) -> Vec<f64> {
        let mut baseline = self.curve.coefficients();
        if let Some(first) = baseline
            .first_mut()
            .filter(|_| !self.curve.powers.is_empty())
        {
            *first += self.linear.intercept();
        } else {
            for level in &mut baseline {
                *level += self.linear.intercept();
            }
        }
        baseline.extend_from_slice(self.linear.coefficients());
        baseline
    }

    /// The coefficient of a name; `None` if there is none.
    ///
    /// # Example
    ///
    /// See [the page of the model](super::HazardParams).
    pub fn coefficient(&self, name: &str) -> Option<f64> {
        let at = self.names().iter().position(|known| known == name)?;
        self.coefficients().get(at).copied()
    }

    /// The inverse of the expected information: the covariance of the coefficients, row by row.
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
    ///     churn::{Durations, HazardBaseline, HazardParams},
    ///     data::{Categories, Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 1.0, 1.0, 1.0], &[1, 0, 0, 0])?;
    /// let one = Categories::new(&["a"; 4])?;
    /// let features = Features::from_columns(&[], MissingValues::Refuse)?.with_categories("one", one)?;
    /// let params = HazardParams::new().baseline(HazardBaseline::Polynomial(0));
    /// let model = params.fit(&durations, &features)?;
    /// // One of four left: the information is 4 x 1/4 x 3/4.
    /// assert!((model.standard_errors()[0] - 0.75_f64.recip().sqrt()).abs() < 1e-12);
    /// assert!((model.covariance()[0] - 0.75_f64.recip()).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn standard_errors(&self) -> Vec<f64> {
        let order = self.covariance.len().isqrt();
        let variance = |at: usize| self.covariance[at * order + at];
        (0..order).map(|at| variance(at).max(0.0).sqrt()).collect()
    }

    /// The coefficients with intervals of the normal distribution.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a level that is not between 0 and 1.
    ///
    /// # Example
    ///
    /// See [`ratios`](Self::ratios).
    pub fn estimates(&self, level: f64) -> Result<Vec<Estimate>> {
        let pairs = self.coefficients().into_iter().zip(self.standard_errors());
        pairs
            .map(|(value, se)| Estimate::normal(value, se, level))
            .collect()
    }

    /// Odds ratios, or hazard ratios with [`Link::ComplementaryLogLog`]: exp of the coefficients of the
    /// columns, with intervals that are exp of theirs. The standard error is that of the ratio by the
    /// delta method. What is beyond the range of numbers is the greatest number.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a level that is not between 0 and 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::{Durations, HazardParams}, data::{Features, MissingValues}};
    /// let durations = Durations::new(&[1.0; 8], &[1, 1, 1, 0, 1, 0, 0, 0])?;
    /// let x = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let model = HazardParams::new().fit(&durations, &features)?;
    /// // Three to one against one to three.
    /// let (ratio, log) = (model.ratios(0.9)?[0], model.estimates(0.9)?[1]);
    /// assert!((ratio.value - 9.0).abs() < 1e-9);
    /// assert!((ratio.hi.ln() - log.hi).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn ratios(&self, level: f64) -> Result<Vec<Estimate>> {
        let of_baseline = self.curve.names().len();
        let logs = self.estimates(level)?;
        Ok(logs.iter().skip(of_baseline).map(Estimate::exp).collect())
    }

    /// The log-likelihood of all person-periods.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::{Durations, HazardParams}, data::{Features, MissingValues}};
    /// let durations = Durations::new(&[1.0; 8], &[1, 1, 1, 0, 1, 0, 0, 0])?;
    /// let x = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let model = HazardParams::new().fit(&durations, &features)?;
    /// let fitted = 6.0 * 0.75_f64.ln() + 2.0 * 0.25_f64.ln();
    /// assert!((model.log_likelihood() - fitted).abs() < 1e-12);
    /// assert!((model.null_log_likelihood() - 8.0 * 0.5_f64.ln()).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// The log-likelihood of the baseline without columns.
    ///
    /// # Example
    ///
    /// See [`log_likelihood`](Self::log_likelihood).
    pub fn null_log_likelihood(&self) -> f64 {
        self.null_log_likelihood
    }

    /// The number of rows of the fit.
    ///
    /// # Example
    ///
    /// See [`HazardParams::missing`](super::HazardParams::missing).
    pub fn rows(&self) -> usize {
        self.rows[0]
    }

    /// The number of rows left out because they lack a value.
    ///
    /// # Example
    ///
    /// See [`HazardParams::missing`](super::HazardParams::missing).
    pub fn rows_left_out(&self) -> usize {
        self.rows[1]
    }

    /// The number of rows of the fit that left, weights aside.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::{Durations, HazardParams}, data::{Features, MissingValues}};
    /// let durations = Durations::new(&[1.0, 2.0, 2.0, 1.0], &[1, 1, 0, 0])?
    ///     .with_entries(&[0.0, 1.0, 0.0, 0.0])?;
    /// let features = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let model = HazardParams::new().fit(&durations, &features)?;
    /// assert_eq!((model.events(), model.person_periods()), (2, 5));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn events(&self) -> usize {
        self.rows[2]
    }

    /// The number of person-periods: of the periods in which each row was at risk, weights aside.
    ///
    /// # Example
    ///
    /// See [`events`](Self::events).
    pub fn person_periods(&self) -> u64 {
        self.person_periods
    }

    /// The number of iterations of Newton's method.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{Durations, HazardParams}, data::{Features, MissingValues}};
    /// # let durations = Durations::new(&[1.0; 8], &[1, 1, 1, 0, 1, 0, 0, 0])?;
    /// # let x = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    /// # let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// assert!(HazardParams::new().fit(&durations, &features)?.iterations() < 20);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Whether the coefficients are what they seem.
    ///
    /// # Example
    ///
    /// See [`HazardVerdict`].
    pub fn verdict(&self) -> &HazardVerdict {
        &self.verdict
    }

    /// How a linear predictor becomes a hazard.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{Durations, HazardBaseline, HazardParams, Link}, data::{Features, MissingValues}};
    /// # let durations = Durations::new(&[1.0; 8], &[1, 1, 1, 0, 1, 0, 0, 0])?;
    /// # let x = [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0];
    /// # let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let model = HazardParams::new().fit(&durations, &features)?;
    /// assert_eq!((model.link(), model.baseline()), (Link::Logit, HazardBaseline::EachPeriod));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn link(&self) -> Link {
        self.link
    }

    /// How the hazard changes over the periods.
    ///
    /// # Example
    ///
    /// See [`link`](Self::link).
    pub fn baseline(&self) -> HazardBaseline {
        self.curve.baseline
    }
}

/// Takes a line of numbers by the coefficients of the curve, and of columns less their means, to those by
/// powers of the period and columns as they are.
fn in_units_of(curve: &Curve, means: &[f64], baseline: &mut [f64], columns: &[f64]) {
    let of_means: f64 = columns
        .iter()
        .zip(means)
        .map(|(cell, mean)| cell * mean)
        .sum();
    if curve.powers.is_empty() {
        for cell in baseline {
            *cell -= of_means;
        }
    } else {
        curve.in_powers(baseline);
        baseline[0] -= of_means;
    }
}

fn transpose(matrix: &mut [f64], order: usize) {
    for row in 0..order {
        for column in 0..row {
            matrix.swap(row * order + column, column * order + row);
        }
    }
}

/// Takes away what rounding made of a symmetric matrix.
fn make_symmetric(matrix: &mut [f64], order: usize) {
    for row in 0..order {
        for column in 0..row {
            let (one, other) = (row * order + column, column * order + row);
            let mean = f64::midpoint(matrix[one], matrix[other]);
            (matrix[one], matrix[other]) = (mean, mean);
        }
    }
}
