//! A fitted churn model, and what it says.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::saved::ChurnModelFields;
use crate::{
    Error, Result,
    churn::{
        Calibration, CalibrationMethod, ChurnDefinition, Contributions, Link, Logistic,
        SnapshotPlan,
    },
    data::{Days, Features},
    numeric::map_chunks,
};

/// Customers that are worked on together.
const ROWS: usize = 4_096;

/// A logistic regression and its calibration as one object; see [`ChurnModelParams`].
///
/// It is saved whole: regression, curve, horizon, and of snapshots the plan and the definition.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{ChurnModel, ChurnModelParams, LogisticData},
///     data::{Features, MissingValues},
///     persist,
/// };
/// let calls: Vec<f64> = (0..60).map(|row| f64::from(row % 4)).collect();
/// let left: Vec<bool> = (0..60).map(|row| row * 7 % 11 < 1 + 3 * (row % 4)).collect();
/// let features = Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)?;
/// let params = ChurnModelParams::default().folds(5).seed(42);
/// let model = params.fit(&LogisticData::new(&features, &left))?;
/// let one = Features::from_columns(&[("calls", &[3.0])], MissingValues::Refuse)?;
/// let p = model.predict(&one, None)?[0];
/// assert!(p > 0.8 && p < 1.0);
/// let read: ChurnModel = persist::from_json(&persist::to_json(&model)?)?;
/// assert_eq!(read.predict(&one, None)?, [p]);
/// # Ok::<(), custometry::Error>(())
/// ```
///
/// [`ChurnModelParams`]: super::ChurnModelParams
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "ChurnModelFields")]
pub struct ChurnModel {
    pub(super) logistic: Logistic,
    pub(super) calibration: Calibration,
    pub(super) horizon: Option<f64>,
    pub(super) trained: Option<Trained>,
}

/// The snapshots that a model was fitted to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trained {
    pub(super) plan: SnapshotPlan,
    pub(super) definition: ChurnDefinition,
    pub(super) lost_in_gap: usize,
    pub(super) unknown: usize,
}

impl ChurnModel {
    /// The calibrated probability of each customer to leave within the horizon, with its offset if the
    /// fit had one. Columns are found by name.
    ///
    /// # Errors
    ///
    /// As [`Logistic::linear_predictor`].
    ///
    /// # Example
    ///
    /// See [`ChurnModel`].
    pub fn predict(&self, features: &Features, offset: Option<&[f64]>) -> Result<Vec<f64>> {
        let scores = self.logistic.linear_predictor(features, offset)?;
        let parts = map_chunks(scores.len(), ROWS, |rows| {
            let scores = scores[rows].iter();
            let one = |&eta: &f64| probability(self.logistic.link(), &self.calibration, eta);
            scores.map(one).collect::<Vec<f64>>()
        });
        Ok(parts.concat())
    }

    /// What each feature of each customer adds to the linear predictor, which is the score before
    /// calibration.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict).
    ///
    /// # Example
    ///
    /// See [`Contributions`].
    pub fn contributions<'a>(
        &self,
        features: &'a Features,
        offset: Option<&'a [f64]>,
    ) -> Result<Contributions<'a>> {
        Contributions::of_model(self, features, offset)
    }

    /// A regression that was fitted elsewhere and stays as it is, with the horizon that only the
    /// host knows.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a horizon that is not a finite number of days above 0.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{ChurnModel, LogisticData, LogisticParams, Scorer, ScorerInput},
    ///     data::{Days, Features, MissingValues},
    /// };
    /// let calls = [3.0, 1.0, 2.0, 1.0, 0.0, 2.0, 0.0, 1.0];
    /// let left = [true, true, true, false, false, true, false, false];
    /// let features = Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)?;
    /// let logistic = LogisticParams::default().fit(&LogisticData::new(&features, &left))?;
    /// let chances = logistic.predict(&features, None)?;
    /// let model = ChurnModel::uncalibrated(logistic, Days(30.0))?;
    /// let customers = ScorerInput::new().features(&features);
    /// assert_eq!(model.churn_probability(&customers, Days(30.0))?, chances);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn uncalibrated(logistic: Logistic, horizon: Days) -> Result<Self> {
        check_days(horizon.0)?;
        Ok(Self {
            calibration: Calibration::unchanged(logistic.rows(), logistic.left()),
            logistic,
            horizon: Some(horizon.0),
            trained: None,
        })
    }

    /// The regression of all rows. Its own probabilities are not calibrated.
    ///
    /// # Example
    ///
    /// See [`ChurnModelParams`](super::ChurnModelParams).
    pub fn logistic(&self) -> &Logistic {
        &self.logistic
    }

    /// The curve from its scores to probabilities.
    ///
    /// # Example
    ///
    /// See [the page of the model](ChurnModel).
    pub fn calibration(&self) -> &Calibration {
        &self.calibration
    }

    /// Within how many days those who left had left, from the end of the gap of the plan on if
    /// there is one; `None` if the fit was not told.
    ///
    /// # Example
    ///
    /// See [`ChurnModelParams`](super::ChurnModelParams).
    pub fn horizon(&self) -> Option<Days> {
        self.horizon.map(Days)
    }

    /// The plan of the snapshots it was fitted to.
    ///
    /// # Example
    ///
    /// See [`plan_on`](Self::plan_on).
    pub fn plan(&self) -> Option<&SnapshotPlan> {
        self.trained.as_ref().map(|trained| &trained.plan)
    }

    /// What churn means, of a model of snapshots.
    ///
    /// # Example
    ///
    /// See [`plan_on`](Self::plan_on).
    pub fn definition(&self) -> Option<&ChurnDefinition> {
        self.trained.as_ref().map(|trained| &trained.definition)
    }

    /// The plan with other dates, such as today: the same features, seen in the same way, for those who
    /// are to be scored. `None` of a model that was not fitted to snapshots.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{
    ///         ChurnDefinition, ChurnModelParams, Feature, FeatureSet, Folds, SnapshotData,
    ///         SnapshotPlan, Spell, Spells,
    ///     },
    ///     data::{Customers, date_of_day},
    /// };
    /// // Customers who came on different days; some of the old ones left.
    /// let keys: Vec<i64> = (0..60).collect();
    /// let (customers, rows) = Customers::from_ints(&keys)?;
    /// let spells: Vec<_> = rows.iter().zip(0..60).map(|(&who, i)| {
    ///     let end = (i * 7 % 5 < 2).then_some(100 + i);
    ///     (who, Spell { start: i, end, cause: None })
    /// }).collect();
    /// let definition = ChurnDefinition::Inactivity { days: 60 };
    /// let spells = Spells::new(definition, customers, 200, &["price"], &spells)?;
    ///
    /// let plan = SnapshotPlan::every(30, date_of_day(61).unwrap(), 5)
    ///     .gap(5).horizon(25).features(FeatureSet::new(vec![Feature::Tenure])?);
    /// let snapshots = plan.build(&SnapshotData::new(&spells))?;
    /// let params = ChurnModelParams::default().folds(5);
    /// let model = params.fit_snapshots(&snapshots)?;
    /// assert_eq!(model.horizon().unwrap().0, 25.0);
    /// assert_eq!(*model.definition().unwrap(), definition);
    /// // Those of the last date, whose window is not over, are not known.
    /// assert!(model.rows_unknown() > 0);
    ///
    /// let today = [date_of_day(190).unwrap()];
    /// let now = model.plan_on(&today).unwrap().build(&SnapshotData::new(&spells))?;
    /// let risks = model.predict(now.features(), None)?;
    /// assert_eq!(risks.len(), now.len());
    ///
    /// let folds = Folds::by_customer(&snapshots, 3, 1)?;
    /// let tested = params.cross_validate_snapshots(&snapshots, &folds)?;
    /// assert_eq!(tested.rows_not_tested(), model.rows_unknown() + model.rows_lost_in_gap());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn plan_on(&self, dates: &[NaiveDate]) -> Option<SnapshotPlan> {
        self.plan().map(|plan| plan.with_dates(dates))
    }

    /// Rows of the snapshots that were left out because the customer left within the gap.
    ///
    /// # Example
    ///
    /// See [`plan_on`](Self::plan_on).
    pub fn rows_lost_in_gap(&self) -> usize {
        let trained = self.trained.as_ref();
        trained.map_or(0, |trained| trained.lost_in_gap)
    }

    /// Rows of the snapshots that were left out because their outcome is not known.
    ///
    /// # Example
    ///
    /// See [`plan_on`](Self::plan_on).
    pub fn rows_unknown(&self) -> usize {
        let trained = self.trained.as_ref();
        trained.map_or(0, |trained| trained.unknown)
    }

    /// An error unless the model is of this horizon.
    pub(in crate::churn) fn check_horizon(&self, asked: Days) -> Result<()> {
        let expected = match self.horizon {
            Some(own) if (own - asked.0).abs() <= 1e-9 => return Ok(()),
            Some(own) => format!("{own} days, that of the fit; fit another model for another"),
            None => "a model that knows its own; say it by ChurnModelParams::horizon".into(),
        };
        Err(Error::parameter("horizon", asked.0, expected))
    }
}

/// A horizon is a number of days.
pub(super) fn check_days(days: f64) -> Result<()> {
    if days.is_finite() && days > 0.0 {
        return Ok(());
    }
    let expected = "a finite number of days above 0";
    Err(Error::parameter("horizon", days, expected))
}

/// The calibrated probability by a linear predictor.
pub(in crate::churn) fn probability(link: Link, calibration: &Calibration, eta: f64) -> f64 {
    calibration.one(score(link, calibration.method(), eta))
}

/// The score that a calibration by this method takes: log odds, or a probability.
pub(super) fn score(link: Link, method: CalibrationMethod, eta: f64) -> f64 {
    match (method, link) {
        (CalibrationMethod::Platt, Link::Logit) => eta,
        (CalibrationMethod::Platt, Link::ComplementaryLogLog) => log_odds(eta),
        (CalibrationMethod::None | CalibrationMethod::Isotonic | CalibrationMethod::Beta, link) => {
            link.chance(eta)
        }
    }
}

/// log(exp(h) - 1) of a hazard h = exp(eta): the log odds to leave, kept within the range of numbers.
fn log_odds(eta: f64) -> f64 {
    if eta < -40.0 {
        return eta;
    }
    let hazard = libm::exp(eta.min(700.0));
    hazard + libm::log(-libm::expm1(-hazard))
}
