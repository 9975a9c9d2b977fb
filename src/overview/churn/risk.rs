//! Who of the customers of today will go quiet, how sure that is, and what speaks for it.

use std::fmt;

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::{ChurnTerms, EVERY, HORIZON, Learning, dates_back};
use crate::{
    Error, Observer, Result,
    churn::{
        CalibrationBin, ChurnDefinition, ChurnModel, ChurnModelParams, Contributions, Direction,
        Feature, FeatureSet, Folds, Judgement, Outcome, ProbabilityEvaluation, Reason,
        ReasonParams, Scorer, ScorerInput, SnapshotData, SnapshotPlan, Snapshots, Spells,
    },
    data::{self, CustomerIx, Events, Features, MissingValues, Transactions},
    observer::report,
    overview::Chapter,
    value::SummaryState,
};

/// The most snapshots that are learned from.
const SNAPSHOTS: u32 = 24;

/// The most kinds of events that are looked at; the most frequent ones.
const KINDS: usize = 8;

/// In how many parts chances are held beside what came true.
const TENTHS: usize = 10;

/// How likely each customer of today is to go quiet.
///
/// # Example
///
/// See [`Overview::churn`](crate::overview::Overview::churn).
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Risk {
    /// After how many days without a purchase a customer is quiet, and within how many that is foretold.
    pub within_days: u32,
    /// What the chances are told by.
    pub model: ChurnModel,
    /// How right models of earlier dates were about later ones.
    pub tested: Chapter<RiskTest>,
    /// The chance of each customer, in the order of the customers; NaN for those who are quiet.
    pub probability: Vec<f64>,
    /// How many customers are not quiet.
    pub customers: usize,
    /// How many of them are to be expected to go quiet.
    pub expected_quiet: f64,
    #[serde(skip)]
    features: Features,
    /// The row of the features of each customer.
    #[serde(skip)]
    row_of: Vec<Option<u32>>,
}

impl fmt::Debug for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Risk")
            .field("within_days", &self.within_days)
            .field("customers", &self.customers)
            .field("expected_quiet", &self.expected_quiet)
            .field("tested", &self.tested)
            .finish_non_exhaustive()
    }
}

/// How right chances were, of customers of whom it is known.
///
/// # Example
///
/// See [`Overview::churn`](crate::overview::Overview::churn).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RiskTest {
    /// Earlier days that were foretold.
    pub dates: usize,
    /// Rows that were foretold.
    pub rows: usize,
    /// How well they rank, and how true they are.
    #[serde(flatten)]
    pub judged: Judgement,
    /// Chances beside the shares that came true, of about a tenth of the rows each.
    pub calibration: Vec<CalibrationBin>,
}

impl Risk {
    /// The horizon is as long as the silence that is called quiet. Within less, those who bought of late
    /// could not go quiet, whatever they do.
    pub(in crate::overview) fn new(
        state: &SummaryState,
        log: &Transactions,
        events: Option<&Events>,
        learning: &Learning<'_>,
        (limit, first): (u32, NaiveDate),
        terms: &ChurnTerms,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        const STAGE: &str = "foretelling who goes quiet";
        let (as_of, horizon) = (terms.as_of, limit.min(HORIZON));
        let definition = ChurnDefinition::Inactivity { days: horizon };
        report(observer, STAGE, 0, 4)?;
        let learned = Spells::of_purchases(learning.state, as_of, definition)?;
        let mut data = SnapshotData::new(&learned).transactions(learning.log);
        if let Some(events) = learning.events {
            data = data.events(events);
        }
        let snapshots = plan(horizon, first, as_of, learning.events)?.build(&data)?;
        let model = terms.model.fit_snapshots(&snapshots)?;
        report(observer, STAGE, 1, 4)?;
        let tested = RiskTest::new(&terms.model, &snapshots, terms.level);
        report(observer, STAGE, 2, 4)?;
        let spells = Spells::of_purchases(state, as_of, definition)?;
        let mut data = SnapshotData::new(&spells).transactions(log);
        if let Some(events) = events {
            data = data.events(events);
        }
        // A snapshot knows what is before its day: that of the next day knows all of this one.
        let next = next_day(as_of)?;
        let plan = model.plan_on(&[next]).ok_or_else(|| Error::Degenerate {
            what: "a model without a plan".into(),
        })?;
        let now = plan.build(&data)?;
        report(observer, STAGE, 3, 4)?;
        let chances = model.predict(now.features(), None)?;
        let mut probability = vec![f64::NAN; state.customers().len()];
        let mut row_of = vec![None; probability.len()];
        for ((row, customer), &chance) in (0..).zip(now.clusters()).zip(&chances) {
            probability[customer.at()] = chance;
            row_of[customer.at()] = Some(row);
        }
        Ok(Self {
            within_days: horizon,
            tested: Chapter::of(tested)?,
            probability,
            customers: now.len(),
            // Of nobody it is 0, and not the -0 that an empty sum of floats is.
            expected_quiet: chances.iter().fold(0.0, |sum, chance| sum + chance),
            features: now.features().clone(),
            row_of,
            model,
        })
    }

    /// What speaks for leaving of a customer, the strongest first; nothing for one who is quiet.
    ///
    /// # Errors
    ///
    /// Those of [`Scorer::contributions`].
    ///
    /// # Example
    ///
    /// See [`Overview::churn`](crate::overview::Overview::churn).
    pub fn reasons(&self, customer: CustomerIx, count: usize) -> Result<Vec<Reason>> {
        let Some(row) = self.row_of.get(customer.at()).copied().flatten() else {
            return Ok(Vec::new());
        };
        // Of this customer alone.
        let values = self.features.view();
        let values = values.row(row as usize);
        let one: Vec<[f64; 1]> = values.iter().map(|value| [*value]).collect();
        let columns: Vec<(&str, &[f64])> = (self.features.names().iter().zip(&one))
            .map(|(name, value)| (name.as_str(), &value[..]))
            .collect();
        let features = Features::from_columns(&columns, MissingValues::Keep)?;
        let input = ScorerInput::new().features(&features);
        let within = data::Days(f64::from(self.within_days));
        let scorer: &dyn Scorer = &self.model;
        let of_row = scorer.contributions(&input, within)?;
        let params = ReasonParams::new().only(Direction::Raises);
        Ok(of_row.reasons(&params)?.strongest(0, count))
    }

    /// What speaks for leaving of all customers.
    pub(in crate::overview) fn contributions(&self) -> Result<RiskReasons<'_>> {
        let input = ScorerInput::new().features(&self.features);
        let within = data::Days(f64::from(self.within_days));
        let scorer: &dyn Scorer = &self.model;
        let of_rows = scorer.contributions(&input, within)?;
        let params = ReasonParams::new().only(Direction::Raises);
        of_rows.reasons(&params)?;
        Ok(RiskReasons {
            of_rows,
            params,
            row_of: &self.row_of,
        })
    }
}

/// What speaks for leaving of all customers.
pub(in crate::overview) struct RiskReasons<'a> {
    of_rows: Contributions<'a>,
    params: ReasonParams,
    row_of: &'a [Option<u32>],
}

impl RiskReasons<'_> {
    /// Of one of them, the strongest first.
    pub(in crate::overview) fn of(&self, customer: CustomerIx, count: usize) -> Vec<Reason> {
        let row = self.row_of.get(customer.at()).copied().flatten();
        let reasons = self.of_rows.reasons(&self.params);
        match (row, reasons) {
            (Some(row), Ok(reasons)) => reasons.strongest(row as usize, count),
            _ => Vec::new(),
        }
    }
}

impl RiskTest {
    fn new(params: &ChurnModelParams, snapshots: &Snapshots, level: f64) -> Result<Self> {
        let folds = Folds::forward(snapshots, 0)?;
        let tested = params.cross_validate_snapshots(snapshots, &folds)?;
        let rows = tested.fold_of_row().iter().zip(snapshots.outcomes());
        let (mut chances, mut left, mut customers) = (Vec::new(), Vec::new(), Vec::new());
        let of_rows = tested.probabilities().iter().zip(snapshots.clusters());
        for ((fold, outcome), (&chance, customer)) in rows.zip(of_rows) {
            if fold.is_some() {
                chances.push(chance);
                left.push(matches!(outcome, Outcome::Churned { .. }));
                customers.push(customer.0);
            }
        }
        Ok(Self {
            dates: folds.as_slice().len(),
            rows: chances.len(),
            judged: Judgement::new(&chances, &left, Some(&customers), level)?,
            calibration: ProbabilityEvaluation::new(&chances, &left)?
                .calibration_curve(TENTHS, level)?,
        })
    }
}

/// Snapshots back from the last day of which it is known what became of its customers, as far as there
/// were any for a while.
fn plan(
    horizon: u32,
    first: NaiveDate,
    as_of: NaiveDate,
    events: Option<&Events>,
) -> Result<SnapshotPlan> {
    let last = next_day(as_of)?.checked_sub_days(Days::new(u64::from(horizon)));
    let dates = last.map_or_else(Vec::new, |last| dates_back(first, last, SNAPSHOTS));
    if dates.is_empty() {
        return Err(Error::NotEnoughData {
            what: format!(
                "days from the first purchase to {as_of}, to know of an earlier day who went quiet within \
                 {horizon} days"
            )
            .into(),
            needed: (horizon + EVERY) as usize,
            found: usize::try_from((as_of - first).num_days()).unwrap_or_default(),
        });
    }
    let mut features = vec![
        Feature::Recency,
        Feature::Tenure,
        Feature::PurchaseDays { days: None },
        Feature::MoneyMean { days: None },
        Feature::Overdue { days: None },
    ];
    for kind in events.map_or_else(Vec::new, kinds) {
        features.push(Feature::Events {
            kind: kind.clone(),
            days: Some(HORIZON),
        });
        features.push(Feature::EventRecency { kind });
    }
    let features = FeatureSet::new(features)?;
    Ok(SnapshotPlan::on(&dates).horizon(horizon).features(features))
}

fn next_day(day: NaiveDate) -> Result<NaiveDate> {
    day.succ_opt().ok_or_else(|| Error::Overflow {
        what: "the last day of the calendar has no next one".into(),
    })
}

/// The most frequent kinds of events; of equals the first by name.
fn kinds(events: &Events) -> Vec<String> {
    let labels = events.kinds().labels().map(str::to_owned);
    let mut counted: Vec<(usize, String)> = labels.map(|label| (0, label)).collect();
    for row in 0..events.len() {
        if let Some(code) = events.kinds().code(row) {
            counted[code as usize].0 += 1;
        }
    }
    counted.sort_by(|(many, one), (fewer, other)| fewer.cmp(many).then_with(|| one.cmp(other)));
    counted.retain(|(count, _)| *count > 0);
    counted
        .into_iter()
        .take(KINDS)
        .map(|(_, kind)| kind)
        .collect()
}
