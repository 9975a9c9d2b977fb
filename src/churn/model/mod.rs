//! A churn model: a logistic regression and its calibration as one object.
//!
//! *How likely is each customer to leave within the horizon, and is that number honest?*
//!
//! # Model
//!
//! ```text
//! score        eta = linear predictor of a logistic regression, fitted to all rows
//! probability  p   = curve(eta), fitted to scores of rows by regressions that did not see them
//! ```
//!
//! The curve is cross-fitted ([`CalibrationMethod`]): rows are dealt to folds, the rows of a customer
//! together; each fold is scored by a regression of the others, and all these scores calibrate the
//! one that is kept. Platt's curve takes the log odds of the regression, the others its probability. Of
//! regression and curve together nothing can be used alone by mistake.
//!
//! [`ChurnModelParams::fit_snapshots`] fits to [`Snapshots`]: of rows whose outcome is not known, or who
//! left before anything could be done, none is taken for retained or churned; they are left out and
//! counted. The model keeps the plan and the definition of churn, so that those who are scored
//! are looked at in the same way ([`ChurnModel::plan_on`]).
//!
//! [`ChurnModelParams::cross_validate`] says what the whole of it, calibration included, is worth on
//! rows that it did not see. Of the test rows nothing reaches their prediction, neither outcomes nor
//! means: regression and calibration are fitted again within the training rows of each fold. The
//! folds share the names of columns and levels, which have no outcome: a level without training rows
//! has no coefficient, and counts as the level that the others are compared to. Missing numbers that
//! are filled ([`MissingRows::Indicate`](super::MissingRows::Indicate)) are so by means of training rows.
//!
//! # How to read it
//!
//! A regression with few rows for its columns scores too boldly, and its curve is flatter than it
//! claims (a slope below 1); [`ChurnModel::calibration`] shows it. With enough rows the slope is near
//! to 1 and calibration changes little. [`CrossValidation::probabilities`] are what to judge by
//! the evaluations of this room.
//!
//! # Limits
//!
//! The probability is that of the time of the training rows. Who is likely to leave is not who can be
//! held.
//!
//! # Complexity
//!
//! That of a logistic regression for each fold, and one; cross-validation takes that for each of its
//! folds: with ten of either 110 regressions, each on all threads. Memory: two copies of the features.
//! The same bits for any number of threads.
//!
//! # Example
//!
//! ```
//! use custometry::{
//!     churn::{CalibrationMethod, ChurnModelParams, Folds, LogisticData},
//!     data::{Features, MissingValues},
//! };
//!
//! let calls: Vec<f64> = (0..60).map(|row| f64::from(row % 4)).collect();
//! let left: Vec<bool> = (0..60).map(|row| row * 7 % 11 < 1 + 3 * (row % 4)).collect();
//! let features = Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)?;
//! let data = LogisticData::new(&features, &left);
//! let params = ChurnModelParams::default().folds(5).seed(42);
//! let model = params.fit(&data)?;
//! let probabilities = model.predict(&features, None)?;
//! assert!(probabilities[3] > probabilities[0]); // who calls leaves more often
//! assert_eq!(model.calibration().method(), CalibrationMethod::Platt);
//!
//! let tested = params.cross_validate(&data, &Folds::stratified(&left, 5, 42)?)?;
//! assert_eq!(tested.rows_not_tested(), 0);
//! assert!(tested.probabilities().iter().all(|p| (0.0..=1.0).contains(p)));
//! assert!(tested.uncalibrated()[3] > tested.uncalibrated()[0]);
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! # References
//!
//! - Platt, J. (1999), "Probabilistic outputs for support vector machines and comparisons to
//!   regularized likelihood methods", *Advances in Large Margin Classifiers*: cross-fitted scores.
//! - Stone, M. (1974), "Cross-validatory choice and assessment of statistical predictions",
//!   doi:10.1111/j.2517-6161.1974.tb00994.x.
//! - Varma, S. and Simon, R. (2006), "Bias in error estimation when using cross-validation for model
//!   selection", doi:10.1186/1471-2105-7-91: why all that is fitted is fitted within the fold.

mod cross_validation;
mod fitted;
mod saved;
mod table;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::{
    fitted::{Trained, check_days},
    table::{Rows, Table, named},
};
use super::{
    Calibration, CalibrationMethod, Folds, LogisticData, LogisticParams, Outcome, Snapshots,
};
use crate::{
    Error, Result,
    data::{Days, Features},
};

pub(super) use self::fitted::probability;
pub use self::{
    cross_validation::{CrossValidation, FoldReport},
    fitted::ChurnModel,
};

/// How a churn model is fitted.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{CalibrationMethod, ChurnModelParams, LogisticData},
///     data::{Days, Features, MissingValues},
/// };
/// let calls: Vec<f64> = (0..40).map(|row| f64::from(row % 4)).collect();
/// let left: Vec<bool> = (0..40).map(|row| row * 7 % 11 < 1 + 3 * (row % 4)).collect();
/// let features = Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)?;
/// let data = LogisticData::new(&features, &left);
/// let plain = ChurnModelParams::default().calibration(CalibrationMethod::None).horizon(Days(30.0));
/// let model = plain.fit(&data)?;
/// // Without calibration the probabilities are those of the regression.
/// let same = model.logistic().predict(&features, None)?;
/// assert_eq!(model.predict(&features, None)?, same);
/// assert_eq!(model.horizon(), Some(Days(30.0)));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChurnModelParams {
    logistic: LogisticParams,
    calibration: CalibrationMethod,
    folds: usize,
    seed: u64,
    horizon: Option<f64>,
}

impl Default for ChurnModelParams {
    fn default() -> Self {
        Self {
            logistic: LogisticParams::default(),
            calibration: CalibrationMethod::Platt,
            folds: 10,
            seed: 0,
            horizon: None,
        }
    }
}

impl ChurnModelParams {
    /// How the regression is fitted.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{ChurnModelParams, LogisticParams};
    /// let drawn_in = ChurnModelParams::default().logistic(LogisticParams::default().ridge(1.0));
    /// assert_ne!(drawn_in, ChurnModelParams::default());
    /// ```
    pub fn logistic(mut self, logistic: LogisticParams) -> Self {
        self.logistic = logistic;
        self
    }

    /// By which curve scores become probabilities; Platt's unless told.
    ///
    /// # Example
    ///
    /// See [`ChurnModelParams`].
    pub fn calibration(mut self, method: CalibrationMethod) -> Self {
        self.calibration = method;
        self
    }

    /// By how many folds the calibration is cross-fitted; 10 unless told.
    ///
    /// # Example
    ///
    /// See [the page of the model](ChurnModel).
    pub fn folds(mut self, folds: usize) -> Self {
        self.folds = folds;
        self
    }

    /// The seed by which rows are dealt to these folds; 0 unless told.
    ///
    /// # Example
    ///
    /// See [the page of the model](ChurnModel).
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Within how many days the customers of [`fit`](Self::fit) left who are said to have left.
    /// Unknown unless told; [`fit_snapshots`](Self::fit_snapshots) takes that of the plan.
    ///
    /// # Example
    ///
    /// See [`ChurnModelParams`].
    pub fn horizon(mut self, horizon: Days) -> Self {
        self.horizon = Some(horizon.0);
        self
    }

    /// Fits a regression to all rows, and its calibration to scores of rows that were not seen. With
    /// [`LogisticData::clusters`] the rows of a cluster are in the same fold.
    ///
    /// # Errors
    ///
    /// Those of [`LogisticParams::fit`] and [`Calibration::fit`];
    /// [`Error::InvalidParameter`] for fewer than two folds, or more than there are rows or clusters,
    /// and for a horizon that is not above 0; [`Error::NotEnoughData`] that names the fold if those
    /// outside of it all left, or all stayed.
    ///
    /// # Example
    ///
    /// See [the page of the model](ChurnModel).
    pub fn fit(&self, data: &LogisticData<'_>) -> Result<ChurnModel> {
        self.horizon.map_or(Ok(()), check_days)?;
        let logistic = self.logistic.fit(data)?;
        let calibration = if self.calibration == CalibrationMethod::None {
            Calibration::unchanged(logistic.rows(), logistic.left())
        } else {
            let mut table = Table::new(&self.logistic, data, &Rows::All)?;
            let all = table.counting();
            self.cross_fit(&mut table, &all, self.seed)?
        };
        Ok(ChurnModel {
            logistic,
            calibration,
            horizon: self.horizon,
            trained: None,
        })
    }

    /// Fits to the rows of snapshots whose outcome is known, retained or churned, the rows of a
    /// customer being a cluster. Others are left out and counted, never taken for one or the other. The
    /// horizon is that of the plan, whatever was said before.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit).
    ///
    /// # Example
    ///
    /// See [`ChurnModel::plan_on`].
    pub fn fit_snapshots(&self, snapshots: &Snapshots) -> Result<ChurnModel> {
        let known = Known::of(snapshots);
        let data = LogisticData::new(&known.features, &known.left).clusters(&known.clusters);
        let days = f64::from(snapshots.plan().window().1);
        let model = self.clone().horizon(Days(days)).fit(&data);
        let model = model.map_err(|error| named(error, &known.rows))?;
        let count = |is: fn(&Outcome) -> bool| {
            let outcomes = snapshots.outcomes().iter();
            outcomes.filter(|outcome| is(outcome)).count()
        };
        Ok(ChurnModel {
            trained: Some(Trained {
                plan: snapshots.plan().clone(),
                definition: *snapshots.definition(),
                lost_in_gap: count(|outcome| matches!(outcome, Outcome::LostInGap { .. })),
                unknown: count(|outcome| matches!(outcome, Outcome::Unknown)),
            }),
            ..model
        })
    }

    /// Fits to the training rows of each fold, calibration included, and predicts its test rows.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit), [`Error::LengthMismatch`] for folds of another table, and
    /// [`Error::NotEnoughData`] that names the fold if its training rows all left, or all stayed.
    ///
    /// # Example
    ///
    /// See [the page of the model](ChurnModel).
    pub fn cross_validate(
        &self,
        data: &LogisticData<'_>,
        folds: &Folds,
    ) -> Result<CrossValidation> {
        Error::check_length("folds", data.features.len(), folds.rows())?;
        let mut table = Table::new(&self.logistic, data, &Rows::All)?;
        self.validate(&mut table, folds)
    }

    /// The same for snapshots, by folds of them such as [`Folds::forward`]. Rows whose outcome is not
    /// known, retained or churned, neither train nor test, whichever fold they are in.
    ///
    /// # Errors
    ///
    /// As [`cross_validate`](Self::cross_validate).
    ///
    /// # Example
    ///
    /// See [`ChurnModel::plan_on`].
    pub fn cross_validate_snapshots(
        &self,
        snapshots: &Snapshots,
        folds: &Folds,
    ) -> Result<CrossValidation> {
        Error::check_length("folds", snapshots.len(), folds.rows())?;
        let known = Known::of(snapshots);
        let data = LogisticData::new(&known.features, &known.left).clusters(&known.clusters);
        let rows = Rows::Some {
            places: &known.rows,
            of: snapshots.len(),
        };
        let mut table = Table::new(&self.logistic, &data, &rows)?;
        self.validate(&mut table, folds)
    }
}

/// The rows of snapshots that a classifier may learn from.
#[derive(Debug)]
struct Known {
    rows: Vec<usize>,
    features: Features,
    left: Vec<bool>,
    clusters: Vec<u32>,
}

impl Known {
    fn of(snapshots: &Snapshots) -> Self {
        let (mut rows, mut left) = (Vec::new(), Vec::new());
        for (row, outcome) in snapshots.outcomes().iter().enumerate() {
            match outcome {
                Outcome::Retained => left.push(false),
                Outcome::Churned { .. } => left.push(true),
                Outcome::LostInGap { .. } | Outcome::Unknown => continue,
            }
            rows.push(row);
        }
        let cluster = |&row: &usize| snapshots.clusters()[row].0;
        Self {
            features: snapshots.features().of_rows(&rows),
            clusters: rows.iter().map(cluster).collect(),
            left,
            rows,
        }
    }
}
