//! What speaks against the figures of an overview.

use serde::Serialize;

use super::{Overview, over_time::first_purchase};
use crate::{
    data::ContactStatus,
    value::{FitVerdict, SpendVerdict},
};

/// A question that the data or a model has to pass before its figures are acted on.
///
/// # Example
///
/// See [`Overview::gates`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Gate {
    /// The question.
    pub kind: GateKind,
    /// Whether it was passed.
    pub verdict: GateVerdict,
    /// The figure that decides; none where a verdict of a model does.
    pub value: Option<f64>,
    /// What it must not be below, or not above.
    pub limit: Option<f64>,
    /// The figure in words, and what it means.
    pub statement: String,
}

/// Whether a gate was passed.
///
/// # Example
///
/// See [`Overview::gates`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    /// Nothing speaks against the figures.
    Passed,
    /// Read the figures with care.
    Failed,
}

/// What a gate asks.
///
/// # Example
///
/// See [`Overview::gates`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GateKind {
    /// Whether purchases are known for a year at least: seasons.
    History,
    /// Whether at least 30 customers bought again: purchase models learn from them.
    Repeaters,
    /// Whether refunds are at most a fifth of sales.
    Refunds,
    /// Whether pairs of records that were put together are right, by the model: 0.95 at least.
    IdentityPrecision,
    /// Whether at least 9 in 10 customers of the log have a record.
    KnownPeople,
    /// Whether it is known of half of the customers at least if they may be contacted.
    ContactKnown,
    /// Whether the likelihood of the purchase model has its maximum inside.
    PurchaseModel,
    /// Whether spend has a mean and does not go with frequency.
    SpendModel,
    /// Whether the limit of silence makes few faults: false alarms and missed ones together 0.5 at most.
    ChurnLimit,
    /// Whether all kinds are found again when customers are drawn anew: Jaccard 0.75 at least.
    KindsStable,
    /// Whether chances to go quiet rank later days better than chance: an AUC of 0.6 at least.
    RiskRanks,
    /// Whether they are as high as they should be: a calibration slope from 0.8 to 1.25.
    RiskCalibrated,
}

const YEAR: f64 = 365.0;
const REPEATERS: f64 = 30.0;
const REFUNDS: f64 = 0.2;
const PRECISION: f64 = 0.95;
const KNOWN: f64 = 0.9;
const CONTACT: f64 = 0.5;
const JACCARD: f64 = 0.75;
const AUC: f64 = 0.6;
const SLOPE: f64 = 0.8;
const FAULTS: f64 = 0.5;

impl Gate {
    fn new(kind: GateKind, passed: Passed, statement: String) -> Self {
        let (verdict, value, limit) = match passed {
            Passed::AtLeast(value, limit) => (value >= limit, Some(value), Some(limit)),
            Passed::AtMost(value, limit) => (value <= limit, Some(value), Some(limit)),
            Passed::Within(value, limit) => {
                let within = (limit..=limit.recip()).contains(&value);
                (within, Some(value), Some(limit))
            }
            Passed::Told(told) => (told == Told::Good, None, None),
        };
        let verdict = if verdict {
            GateVerdict::Passed
        } else {
            GateVerdict::Failed
        };
        Self {
            kind,
            verdict,
            value,
            limit,
            statement,
        }
    }
}

/// What decides a gate: a value and its limit, or the verdict of a model.
enum Passed {
    AtLeast(f64, f64),
    AtMost(f64, f64),
    /// From the limit to its reciprocal.
    Within(f64, f64),
    Told(Told),
}

#[derive(PartialEq)]
enum Told {
    Good,
    Doubtful,
}

impl Overview {
    /// What speaks against the figures: one gate for each question that can be asked.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, overview::{GateKind, GateVerdict, OverviewInputs, OverviewParams}};
    /// let log = Transactions::builder(Currency::EUR).int_keys(&[1]).days(vec![0]).amounts(vec![900]).build()?;
    /// let as_of = date_of_day(90).unwrap();
    /// let overview = OverviewParams::default().fit(&OverviewInputs::new().transactions(&log), as_of)?;
    /// let gates = overview.gates();
    /// let history = gates.iter().find(|gate| gate.kind == GateKind::History).unwrap();
    /// assert_eq!((history.verdict, history.value), (GateVerdict::Failed, Some(91.0)));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn gates(&self) -> Vec<Gate> {
        let gates = [
            self.history(),
            self.repeaters(),
            self.refunds(),
            self.identity_precision(),
            self.known_people(),
            self.contact_known(),
            self.purchase_model(),
            self.spend_model(),
            self.churn_limit(),
            self.kinds_stable(),
            self.risk_ranks(),
            self.risk_calibrated(),
        ];
        gates.into_iter().flatten().collect()
    }

    fn history(&self) -> Option<Gate> {
        let first = first_purchase(self.summary.as_ref()?)?;
        let days = (self.as_of() - first).num_days() + 1;
        let passed = Passed::AtLeast(days as f64, YEAR);
        let statement = format!("purchases of {days} days are known; seasons show from a year on");
        Some(Gate::new(GateKind::History, passed, statement))
    }

    fn repeaters(&self) -> Option<Gate> {
        let base = self.figures.told()?;
        let again = base.customers - base.one_time;
        let passed = Passed::AtLeast(again as f64, REPEATERS);
        let statement = format!("{again} customers bought again; purchase models learn from them");
        Some(Gate::new(GateKind::Repeaters, passed, statement))
    }

    fn refunds(&self) -> Option<Gate> {
        let ladder = self.profit.told()?.ladder().ok()?;
        let (sales, refunds) = (ladder.gross_sales.0, ladder.refunds.0);
        let share = (sales > 0).then(|| refunds.unsigned_abs() as f64 / sales as f64)?;
        let percent = 100.0 * share;
        let statement = format!("refunds are {percent:.1}% of sales");
        Some(Gate::new(
            GateKind::Refunds,
            Passed::AtMost(share, REFUNDS),
            statement,
        ))
    }

    fn identity_precision(&self) -> Option<Gate> {
        let precision = self.identity.told()?.expected?.precision;
        let percent = 100.0 * precision;
        let statement =
            format!("{percent:.1}% of the pairs of records put together are right, by the model");
        let passed = Passed::AtLeast(precision, PRECISION);
        Some(Gate::new(GateKind::IdentityPrecision, passed, statement))
    }

    fn known_people(&self) -> Option<Gate> {
        let matched = self.identity.told()?.matched?;
        let all = matched.known_customers + matched.unknown_customers;
        let share = (all > 0).then(|| matched.known_customers as f64 / all as f64)?;
        let known = matched.known_customers;
        let statement = format!("{known} of {all} keys of the transactions have a record");
        Some(Gate::new(
            GateKind::KnownPeople,
            Passed::AtLeast(share, KNOWN),
            statement,
        ))
    }

    fn contact_known(&self) -> Option<Gate> {
        let all = self.keys.customers().len();
        let unknown = self.keys.customers().numbers();
        let unknown = unknown.filter(|it| self.contact_of(*it) == ContactStatus::Unknown);
        let known = all - unknown.count();
        let share = (all > 0).then(|| known as f64 / all as f64)?;
        let statement =
            format!("of {known} of {all} customers it is known if they may be contacted");
        Some(Gate::new(
            GateKind::ContactKnown,
            Passed::AtLeast(share, CONTACT),
            statement,
        ))
    }

    fn purchase_model(&self) -> Option<Gate> {
        let model = self.worth.told()?.model.as_model();
        let verdict = &model.fit_report()?.verdict;
        let leaves = self.worth.told()?.model.key() != "nbd";
        let told = if *verdict == FitVerdict::Converged && leaves {
            Told::Good
        } else {
            Told::Doubtful
        };
        let mut statement = format!("{}: {}", model.name(), verdict.statement());
        if !leaves {
            statement.push_str("; by this model nobody ever leaves, and nobody is to be won back");
        }
        Some(Gate::new(
            GateKind::PurchaseModel,
            Passed::Told(told),
            statement,
        ))
    }

    fn spend_model(&self) -> Option<Gate> {
        let verdict = self.worth.told()?.spend.eligibility()?.verdict();
        let told = if verdict == SpendVerdict::Eligible {
            Told::Good
        } else {
            Told::Doubtful
        };
        let statement = verdict.statement().to_owned();
        Some(Gate::new(
            GateKind::SpendModel,
            Passed::Told(told),
            statement,
        ))
    }

    fn churn_limit(&self) -> Option<Gate> {
        let threshold = self.churn.told()?.threshold;
        let (wrong, missed) = (100.0 * threshold.false_alarms, 100.0 * threshold.missed);
        let statement = format!(
            "{wrong:.0}% of those called lost after {} days buy again, and {missed:.0}% of those lost are \
             not called so yet",
            threshold.days
        );
        let passed = Passed::AtMost(threshold.false_alarms + threshold.missed, FAULTS);
        Some(Gate::new(GateKind::ChurnLimit, passed, statement))
    }

    fn kinds_stable(&self) -> Option<Gate> {
        let clusters = &self.kinds.told()?.stability.clusters;
        let least = clusters
            .iter()
            .map(|of| of.mean_jaccard)
            .min_by(f64::total_cmp)?;
        let statement =
            format!("the kind found again least has a Jaccard similarity of {least:.2}");
        Some(Gate::new(
            GateKind::KindsStable,
            Passed::AtLeast(least, JACCARD),
            statement,
        ))
    }

    fn risk_ranks(&self) -> Option<Gate> {
        let auc = self.risk.told()?.tested.told()?.judged.auc;
        let statement = format!("chances to go quiet have an AUC of {auc:.3} on later days");
        Some(Gate::new(
            GateKind::RiskRanks,
            Passed::AtLeast(auc, AUC),
            statement,
        ))
    }

    fn risk_calibrated(&self) -> Option<Gate> {
        let slope = self.risk.told()?.tested.told()?.judged.calibration_slope?;
        let statement =
            format!("chances to go quiet have a calibration slope of {slope:.2} on later days");
        Some(Gate::new(
            GateKind::RiskCalibrated,
            Passed::Within(slope, SLOPE),
            statement,
        ))
    }
}
