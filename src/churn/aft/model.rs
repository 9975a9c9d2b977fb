//! A fitted accelerated failure time model, and what it says of customers.

use std::f64::consts::PI;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::{family::AftFamily, likelihood::Fit};
use crate::{
    Error, Result,
    churn::{design::Design, durations::check_times},
    data::Features,
    numeric::special::ln_gamma,
    persist,
};

/// Whether the coefficients are what they seem.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{AftFamily, AftParams, AftVerdict, Durations},
///     data::{Features, MissingValues},
/// };
/// // Of those with an annual plan nobody has left yet.
/// let durations = Durations::new(&[2.0, 3.0, 5.0, 8.0, 6.0, 9.0], &[1, 1, 1, 0, 0, 0])?;
/// let annual = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
/// let features = Features::from_columns(&[("annual", &annual)], MissingValues::Refuse)?;
/// let model = AftParams::new(AftFamily::Weibull).fit(&durations, &features)?;
/// let names = vec!["annual".to_string()];
/// assert_eq!(*model.verdict(), AftVerdict::InfiniteCoefficients { names });
/// assert!(model.coefficient("annual").is_some_and(|b| b > 1.0 && b.is_finite()));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AftVerdict {
    /// The likelihood has a greatest value, and it was found.
    Converged,
    /// The likelihood rises for ever as these coefficients grow, as when nobody of a level has left.
    /// The numbers given are where it ceased to rise noticeably: these customers stay far longer
    /// than anyone was watched, or have left at once, and by how much no data tell. Errors of these
    /// coefficients mean nothing; where the first level is the one that nobody left, all others are
    /// named, and the intercept is as loose.
    InfiniteCoefficients {
        /// The names of the columns.
        names: Vec<String>,
    },
}

/// A fitted accelerated failure time model.
///
/// # Example
///
/// See [`AftParams`](super::AftParams).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "AftFields")]
pub struct Aft {
    family: AftFamily,
    design: Design,
    /// The columns that have a coefficient.
    active: Vec<usize>,
    /// The intercept first.
    coefficients: Vec<f64>,
    log_scale: f64,
    covariance: Vec<f64>,
    log_likelihood: f64,
    null_log_likelihood: f64,
    /// Used, left out, left.
    rows: [usize; 3],
    iterations: usize,
    verdict: AftVerdict,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AftFields {
    family: AftFamily,
    design: Design,
    active: Vec<usize>,
    coefficients: Vec<f64>,
    log_scale: f64,
    covariance: Vec<f64>,
    log_likelihood: f64,
    null_log_likelihood: f64,
    rows: [usize; 3],
    iterations: usize,
    verdict: AftVerdict,
}

impl TryFrom<AftFields> for Aft {
    type Error = Error;
    fn try_from(fields: AftFields) -> Result<Self> {
        fields.design.check()?;
        let wrong = |found: &str| Error::ModelFormat {
            expected: "columns, coefficients and a covariance that fit together".into(),
            found: found.into(),
        };
        let ascending = fields.active.windows(2).all(|pair| pair[0] < pair[1]);
        let known = |&at: &usize| at < fields.design.width();
        if !ascending || !fields.active.iter().all(known) {
            return Err(wrong("columns out of order or unknown"));
        }
        let slopes = fields.active.len() + 1;
        Error::check_length("coefficients", slopes, fields.coefficients.len())?;
        let order = slopes + usize::from(fields.family.has_scale());
        Error::check_length("covariance", order * order, fields.covariance.len())?;
        let numbers = [
            fields.log_scale,
            fields.log_likelihood,
            fields.null_log_likelihood,
        ];
        let all = fields
            .coefficients
            .iter()
            .chain(&fields.covariance)
            .chain(&numbers);
        if !all.into_iter().all(|number| number.is_finite()) {
            return Err(wrong("a number that is not finite"));
        }
        if (0..order).any(|at| fields.covariance[at * order + at] < 0.0) {
            return Err(wrong("a variance below 0"));
        }
        if !fields.family.has_scale() && fields.log_scale.abs() > 0.0 {
            return Err(wrong("an exponential model with a scale"));
        }
        if fields.rows[2] == 0 || fields.rows[2] > fields.rows[0] {
            return Err(wrong("more or fewer customers that left than can be"));
        }
        for row in 0..order {
            for column in 0..row {
                let [one, other] = [[row, column], [column, row]]
                    .map(|[row, column]| fields.covariance[row * order + column]);
                let most = fields.covariance[row * order + row].sqrt()
                    * fields.covariance[column * order + column].sqrt();
                if (one - other).abs() > 1e-9 * most || one.abs() > most * (1.0 + 1e-9) {
                    return Err(wrong("a covariance that cannot be"));
                }
            }
        }
        let best = fields.log_likelihood + 1e-6 * (1.0 + fields.log_likelihood.abs());
        if fields.null_log_likelihood > best {
            return Err(wrong("a likelihood below that without columns"));
        }
        if let AftVerdict::InfiniteCoefficients { names } = &fields.verdict {
            let columns = fields.design.names();
            let mut known = fields.active.iter().map(|&at| &columns[at]);
            let in_order = names.iter().all(|name| known.any(|known| known == name));
            if names.is_empty() || !in_order {
                return Err(wrong("a verdict on columns without a coefficient"));
            }
        }
        Ok(Self {
            family: fields.family,
            design: fields.design,
            active: fields.active,
            coefficients: fields.coefficients,
            log_scale: fields.log_scale,
            covariance: fields.covariance,
            log_likelihood: fields.log_likelihood,
            null_log_likelihood: fields.null_log_likelihood,
            rows: fields.rows,
            iterations: fields.iterations,
            verdict: fields.verdict,
        })
    }
}

impl persist::sealed::Sealed for Aft {}
impl persist::Persist for Aft {
    const FORMAT: &'static str = "custometry/aft";
    const VERSION: u32 = 1;
}

impl Aft {
    pub(super) fn of(
        family: AftFamily,
        design: Design,
        active: Vec<usize>,
        fit: Fit,
        null_log_likelihood: f64,
        rows: [usize; 3],
    ) -> Self {
        Self {
            family,
            design,
            active,
            coefficients: fit.coefficients,
            log_scale: fit.log_scale,
            covariance: fit.covariance,
            log_likelihood: fit.log_likelihood,
            null_log_likelihood,
            rows,
            iterations: fit.iterations,
            verdict: if fit.infinite.is_empty() {
                AftVerdict::Converged
            } else {
                AftVerdict::InfiniteCoefficients {
                    names: fit.infinite,
                }
            },
        }
    }

    /// The names of the coefficients: `(Intercept)`, then columns; `column=level` for a level.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
    /// let durations = Durations::new(&[2.0, 3.0, 5.0], &[1, 1, 1])?;
    /// let features = Features::from_columns(&[("a", &[1.0, 0.0, 1.0])], MissingValues::Refuse)?;
    /// let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
    /// assert_eq!(model.names(), ["(Intercept)", "a"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn names(&self) -> Vec<String> {
        let columns = self.design.names();
        let active = self.active.iter().map(|&at| columns[at].clone());
        std::iter::once("(Intercept)".to_owned())
            .chain(active)
            .collect()
    }

    /// Columns without a coefficient: constants, and combinations of columns before them.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
    /// let durations = Durations::new(&[2.0, 3.0, 5.0], &[1, 1, 1])?;
    /// let columns: &[(&str, &[f64])] = &[("a", &[1.0, 0.0, 1.0]), ("b", &[0.0, 1.0, 0.0])];
    /// let features = Features::from_columns(columns, MissingValues::Refuse)?;
    /// let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
    /// assert_eq!(model.aliased(), ["b"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn aliased(&self) -> Vec<String> {
        let columns = self.design.names().into_iter().enumerate();
        let aliased = columns.filter(|(at, _)| self.active.binary_search(at).is_err());
        aliased.map(|(_, name)| name).collect()
    }

    /// The coefficients in the order of their [names](Self::names), the intercept first.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
    /// # let durations = Durations::new(&[2.0, 3.0, 5.0, 4.0], &[1, 1, 1, 0])?;
    /// # let features = Features::from_columns(&[("a", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
    /// assert_eq!(model.coefficient("a"), Some(model.coefficients()[1]));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The coefficient of a name; `None` if there is none.
    ///
    /// # Example
    ///
    /// See [`AftParams`](super::AftParams).
    pub fn coefficient(&self, name: &str) -> Option<f64> {
        let at = self.names().iter().position(|known| known == name)?;
        self.coefficients.get(at).copied()
    }

    /// The scale; 1 for an exponential model.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
    /// # let durations = Durations::new(&[2.0, 3.0, 5.0, 4.0], &[1, 1, 1, 0])?;
    /// # let features = Features::from_columns(&[("a", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// # let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
    /// assert_eq!(model.scale(), 1.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn scale(&self) -> f64 {
        libm::exp(self.log_scale)
    }

    /// The standard errors of the coefficients in order, then of the logarithm of the scale if it was
    /// fitted.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
    /// # let durations = Durations::new(&[2.0, 3.0, 5.0, 4.0], &[1, 1, 1, 0])?;
    /// # let features = Features::from_columns(&[("a", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// # let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
    /// assert_eq!(model.standard_errors().len(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn standard_errors(&self) -> Vec<f64> {
        let order = self.coefficients.len() + usize::from(self.family.has_scale());
        (0..order)
            .map(|at| self.covariance[at * order + at].sqrt())
            .collect()
    }

    /// The covariance of the coefficients in order, and of the logarithm of the scale if it was
    /// fitted, row by row.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
    /// # let durations = Durations::new(&[2.0, 3.0, 5.0, 4.0], &[1, 1, 1, 0])?;
    /// # let features = Features::from_columns(&[("a", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// # let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
    /// assert_eq!(model.covariance().len(), 4);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn covariance(&self) -> &[f64] {
        &self.covariance
    }

    /// The log-likelihood.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
    /// # let durations = Durations::new(&[2.0, 3.0, 5.0, 4.0], &[1, 1, 1, 0])?;
    /// # let features = Features::from_columns(&[("a", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// # let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
    /// assert!(model.log_likelihood() >= model.null_log_likelihood());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// The log-likelihood of the model with the intercept alone.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
    /// # let durations = Durations::new(&[2.0, 3.0, 5.0, 4.0], &[1, 1, 1, 0])?;
    /// # let features = Features::from_columns(&[("a", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// # let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
    /// assert!(model.null_log_likelihood() < 0.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn null_log_likelihood(&self) -> f64 {
        self.null_log_likelihood
    }

    /// Rows used, rows left out for missing values, and rows that left.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
    /// # let durations = Durations::new(&[2.0, 3.0, 5.0, 4.0], &[1, 1, 1, 0])?;
    /// # let features = Features::from_columns(&[("a", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// # let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
    /// assert_eq!(model.rows(), [4, 0, 3]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn rows(&self) -> [usize; 3] {
        self.rows
    }

    /// Whether the coefficients are what they seem.
    ///
    /// # Example
    ///
    /// See [`AftVerdict`].
    pub fn verdict(&self) -> &AftVerdict {
        &self.verdict
    }

    /// The expected logarithm of time, less the mean of the noise: the linear predictor.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there; [`Error::InvalidValue`] for a missing
    /// value or an unknown level.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
    /// # let durations = Durations::new(&[2.0, 3.0, 5.0, 4.0], &[1, 1, 1, 0])?;
    /// # let features = Features::from_columns(&[("a", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// # let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
    /// assert!((model.linear_predictor(&features)?[1] - 7f64.ln()).abs() < 1e-8);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn linear_predictor(&self, features: &Features) -> Result<Vec<f64>> {
        let bound = self.design.bind(features)?;
        bound.usable_rows(crate::churn::MissingRows::Refuse)?;
        let mut x = vec![0.0; self.design.width()];
        let one = |row: usize| {
            bound.write(row, &mut x);
            let terms = self.active.iter().zip(&self.coefficients[1..]);
            self.coefficients[0] + terms.map(|(&at, b)| b * x[at]).sum::<f64>()
        };
        let eta: Vec<f64> = (0..features.len()).map(one).collect();
        match eta.iter().position(|eta| !eta.is_finite()) {
            None => Ok(eta),
            Some(row) => {
                let reason = "is out of the range of numbers; give columns in the unit of the fit";
                Err(Error::value("features", row, reason))
            }
        }
    }

    /// The chance to be still there: a row for each row, a column for each time.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there; [`Error::InvalidValue`] for a missing
    /// value or an unknown level, [`Error::InvalidParameter`] for a
    /// time that is negative or not a number.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
    /// # let durations = Durations::new(&[2.0, 3.0, 5.0, 4.0], &[1, 1, 1, 0])?;
    /// # let features = Features::from_columns(&[("a", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// # let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
    /// assert!((model.survival(&features, &[7.0])?[[1, 0]] - (-1f64).exp()).abs() < 1e-8);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn survival(&self, features: &Features, times: &[f64]) -> Result<Array2<f64>> {
        let since = vec![0.0; features.len()];
        self.conditional_survival(features, &since, times)
    }

    /// The chance of customers who have been there for some time to stay for times beyond: a row for
    /// each row, a column for each time ahead.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there; [`Error::InvalidValue`] for a missing
    /// value or an unknown level, or a time already there that is
    /// negative or not finite; [`Error::LengthMismatch`]; [`Error::InvalidParameter`] for a time ahead that
    /// is negative or not a number.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
    /// # let durations = Durations::new(&[2.0, 3.0, 5.0, 4.0], &[1, 1, 1, 0])?;
    /// # let features = Features::from_columns(&[("a", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// # let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
    /// let ahead = model.conditional_survival(&features, &[9.0; 4], &[7.0])?;
    /// assert!((ahead[[1, 0]] - (-1f64).exp()).abs() < 1e-8);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn conditional_survival(
        &self,
        features: &Features,
        already: &[f64],
        ahead: &[f64],
    ) -> Result<Array2<f64>> {
        Error::check_length("already", features.len(), already.len())?;
        check_times("already", already)?;
        if let Some(time) = ahead.iter().find(|time| time.is_nan() || **time < 0.0) {
            return Err(Error::parameter("ahead", time, "a number of 0 or more"));
        }
        let eta = self.linear_predictor(features)?;
        let scale = self.scale();
        let log_survival = |row: usize, time: f64| {
            if time <= 0.0 {
                return 0.0;
            }
            self.family
                .log_survival((libm::log(time) - eta[row]) / scale)
                .value
        };
        let cell = |(row, at): (usize, usize)| {
            if ahead[at] <= 0.0 {
                return 1.0;
            }
            let now = log_survival(row, already[row]);
            // Beyond what can be told apart, nobody is left.
            let later = log_survival(row, already[row] + ahead[at]);
            if later.is_finite() {
                libm::exp(later - now).min(1.0)
            } else {
                0.0
            }
        };
        Ok(Array2::from_shape_fn((features.len(), ahead.len()), cell))
    }

    /// The time by which a share of customers like each row have left; the median for 0.5.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there; [`Error::InvalidValue`] for a missing
    /// value or an unknown level, [`Error::InvalidParameter`] for
    /// a share that is not between 0 and 1.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
    /// # let durations = Durations::new(&[2.0, 3.0, 5.0, 4.0], &[1, 1, 1, 0])?;
    /// # let features = Features::from_columns(&[("a", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// # let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
    /// assert!((model.quantile(&features, 0.5)?[1] - 7.0 * 2f64.ln()).abs() < 1e-7);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn quantile(&self, features: &Features, share: f64) -> Result<Vec<f64>> {
        if share.is_nan() || share <= 0.0 || share >= 1.0 {
            return Err(Error::parameter("share", share, "a share between 0 and 1"));
        }
        let z = self.family.quantile(share);
        let eta = self.linear_predictor(features)?;
        Ok(eta
            .into_iter()
            .map(|eta| libm::exp(eta + self.scale() * z))
            .collect())
    }

    /// The mean time to leave.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there; [`Error::InvalidValue`] for a missing
    /// value or an unknown level; [`Error::Degenerate`] for a
    /// log-logistic model with a scale of 1 or more, which has no mean.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{AftFamily, AftParams, Durations}, data::{Features, MissingValues}};
    /// # let durations = Durations::new(&[2.0, 3.0, 5.0, 4.0], &[1, 1, 1, 0])?;
    /// # let features = Features::from_columns(&[("a", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// # let model = AftParams::new(AftFamily::Exponential).fit(&durations, &features)?;
    /// assert!((model.mean(&features)?[1] - 7.0).abs() < 1e-7);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn mean(&self, features: &Features) -> Result<Vec<f64>> {
        let scale = self.scale();
        let shift = match self.family {
            AftFamily::Weibull | AftFamily::Exponential => ln_gamma(1.0 + scale),
            AftFamily::LogNormal => scale * scale / 2.0,
            AftFamily::LogLogistic if scale < 1.0 => libm::log(PI * scale / libm::sin(PI * scale)),
            AftFamily::LogLogistic => {
                return Err(Error::Degenerate {
                    what:
                        "a log-logistic time with a scale of 1 or more has no mean; use the median"
                            .into(),
                });
            }
        };
        let eta = self.linear_predictor(features)?;
        Ok(eta.into_iter().map(|eta| libm::exp(eta + shift)).collect())
    }
}
