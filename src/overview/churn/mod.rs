//! Who leaves, when, and what goes before it.

mod by_segment;
mod drivers;
mod risk;
mod stays;

use chrono::{Days, NaiveDate};
use serde::Serialize;

use crate::{
    Error, Observer, Result,
    churn::{
        ChurnDefinition, ChurnModelParams, ChurnReturns, Feature, FeatureSet, OutcomeCounts,
        PeriodRates, PurchaseGaps, SnapshotData, SnapshotPlan, Spells, ThresholdFaults,
    },
    data::{Events, Transactions},
    observer::report,
    value::{Summary, SummaryState},
};

pub use self::{
    by_segment::{SegmentStay, SegmentStays},
    drivers::{Driver, Drivers},
    risk::{Risk, RiskTest},
    stays::{Stay, StayShare},
};

use self::stays::FirstSpells;
use super::{
    Chapter,
    over_time::{ends, first_purchase, month_end_before, no_purchase},
    segments::RfmSegments,
};

/// Who leaves, and when.
///
/// # Example
///
/// See [`Overview::churn`](super::Overview::churn).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Churn {
    /// Who counts as lost.
    pub definition: ChurnDefinition,
    /// After how many days of silence a customer is called lost, and what is wrong about it.
    pub threshold: ThresholdFaults,
    /// What gaps that ended would say, without those that go on.
    pub of_ended_gaps: Option<u32>,
    /// The same faults of other limits, the shortest first.
    pub others: Vec<ThresholdFaults>,
    /// The last full months, the earliest first.
    pub months: Vec<PeriodRates>,
    /// What became of those called lost, as many days later as it takes to be called so.
    pub returns: ChurnReturns,
    /// How long customers stay: all of them, then those who came in each period.
    pub stays: Vec<Stay>,
    /// The probability of chance differences between the cohorts as large, if all were alike.
    pub cohorts_p: Option<f64>,
    /// How long the customers of each segment of an earlier day stay.
    pub by_segment: Chapter<SegmentStays>,
    /// What the first purchase says of how soon customers are lost.
    pub first_purchase: Chapter<Drivers>,
    /// What became of the customers of some days; of a sample where there are many.
    pub snapshots: Vec<OutcomeCounts>,
    /// What goes with leaving sooner or later.
    pub drivers: Chapter<Drivers>,
    /// How many customers what goes with leaving is learned from.
    pub learned_from: usize,
    /// The customers who are not lost on the day.
    pub active: usize,
    #[serde(skip)]
    is_active: Vec<bool>,
}

/// What churn is learned from: all customers, or some of many.
#[derive(Clone, Copy)]
pub(super) struct Learning<'a> {
    pub(super) state: &'a SummaryState,
    pub(super) log: &'a Transactions,
    pub(super) events: Option<&'a Events>,
}

/// How churn is told.
#[derive(Debug, Clone)]
pub(super) struct ChurnTerms {
    pub(super) quiet_after: Option<u32>,
    pub(super) model: ChurnModelParams,
    pub(super) level: f64,
    pub(super) as_of: NaiveDate,
}

/// The share of gaps that the plain rule, which looks at ended gaps alone, would have shorter.
const PLAIN: f64 = 0.9;

/// Limits whose faults are told beside those of the one that is taken.
const LIMITS: [u32; 4] = [30, 60, 90, 180];

/// The most months that rates are told of.
const MONTHS: usize = 6;

/// The most snapshots, and the days between two of them.
const SNAPSHOTS: u32 = 6;
const EVERY: u32 = 30;

/// The days after a snapshot in which customers stay or leave.
pub(super) const HORIZON: u32 = 90;

impl Churn {
    /// With the spells of all customers, from which who is active follows.
    pub(super) fn new(
        state: &SummaryState,
        summary: &Summary,
        segments: &Chapter<RfmSegments>,
        learning: &Learning<'_>,
        terms: &ChurnTerms,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        const STAGE: &str = "finding out who leaves";
        let as_of = terms.as_of;
        let first = first_purchase(summary).ok_or_else(|| no_purchase(as_of))?;
        let days = (as_of - first).num_days() + 1;
        if days <= i64::from(HORIZON) {
            return Err(Error::NotEnoughData {
                what: format!("days from the first purchase to {as_of}, to tell who is gone")
                    .into(),
                needed: HORIZON as usize + 1,
                found: usize::try_from(days).unwrap_or_default(),
            });
        }
        report(observer, STAGE, 0, 5)?;
        let gaps = PurchaseGaps::new(state, as_of)?;
        let threshold = threshold(&gaps, terms.quiet_after, as_of)?;
        let of_ended_gaps = gaps.completed_threshold(PLAIN)?;
        let definition = ChurnDefinition::Inactivity {
            days: threshold.days,
        };
        let spells = Spells::of_purchases(state, as_of, definition)?;
        let today = crate::data::day_of_date(as_of);
        let customers = spells.customers().numbers();
        let is_active: Vec<bool> = customers
            .map(|customer| spells.active_on(customer, today))
            .collect();
        report(observer, STAGE, 1, 5)?;
        let (stays, cohorts_p) = FirstSpells::new(&spells, as_of)?.stays(terms.level)?;
        let by_segment = segments.require("segments").and_then(|segments| {
            let since = (first, threshold.days);
            SegmentStays::new(state, &spells, segments, since, (as_of, terms.level))
        });
        report(observer, STAGE, 2, 5)?;
        let learned = Spells::of_purchases(learning.state, as_of, definition)?;
        let first_spells = FirstSpells::new(&learned, as_of)?;
        let of_first = first_spells.drivers(&learning.state.summary(as_of)?, terms.level);
        report(observer, STAGE, 3, 5)?;
        let data = SnapshotData::new(&learned).transactions(learning.log);
        let snapshots = plan(first, as_of)?.build(&data)?;
        report(observer, STAGE, 4, 5)?;
        let drivers = Drivers::of_snapshots(&snapshots, terms.level);
        Ok(Self {
            definition,
            threshold,
            of_ended_gaps,
            others: others(&gaps, threshold.days, of_ended_gaps),
            months: months(&spells, first, as_of)?,
            returns: spells.returns(threshold.days),
            stays,
            cohorts_p,
            by_segment: Chapter::of(by_segment)?,
            first_purchase: Chapter::of(of_first)?,
            snapshots: snapshots.counts(),
            drivers: Chapter::of(drivers)?,
            learned_from: learning.state.customers().len(),
            active: is_active.iter().filter(|active| **active).count(),
            is_active,
        })
    }

    /// Which customers are not lost on the day, in the order of the customers.
    ///
    /// # Example
    ///
    /// See [`Overview::churn`](super::Overview::churn).
    pub fn is_active(&self) -> &[bool] {
        &self.is_active
    }
}

/// The limit that was asked for with its faults, or the one with the fewest.
fn threshold(gaps: &PurchaseGaps, asked: Option<u32>, as_of: NaiveDate) -> Result<ThresholdFaults> {
    if let Some(days) = asked {
        // Between two lengths of gaps nothing changes; beyond the longest nobody is called lost who came
        // back.
        let all = gaps.faults();
        let of = all.iter().find(|faults| faults.days >= days).copied();
        let longest = || {
            let mut longest = *all.last()?;
            longest.false_alarms = 0.0;
            Some(longest)
        };
        let mut faults = of.or_else(longest).ok_or_else(|| no_purchase(as_of))?;
        faults.days = days;
        return Ok(faults);
    }
    gaps.cheapest(1.0, 1.0)?.ok_or_else(|| Error::Degenerate {
        what: "the longest silence of all ended with a purchase: nobody is lost".into(),
    })
}

/// The faults of limits beside the one that is taken.
fn others(gaps: &PurchaseGaps, taken: u32, of_ended_gaps: Option<u32>) -> Vec<ThresholdFaults> {
    let all = gaps.faults();
    // Where a limit makes no difference, the next one that does.
    let next = |days: u32| all.iter().find(|faults| faults.days >= days);
    let wanted = LIMITS.into_iter().chain(of_ended_gaps).filter_map(next);
    let mut others: Vec<_> = wanted
        .filter(|faults| faults.days != taken)
        .copied()
        .collect();
    others.sort_by_key(|faults| faults.days);
    others.dedup_by_key(|faults| faults.days);
    others
}

/// The rates of the last months that lie between the first purchase and a day.
fn months(spells: &Spells, first: NaiveDate, as_of: NaiveDate) -> Result<Vec<PeriodRates>> {
    let ends = ends(first, as_of, MONTHS + 1, month_end_before);
    let month = |pair: &[NaiveDate]| PeriodRates::of_spells(spells, pair[0], pair[1]);
    ends.windows(2).map(month).collect()
}

/// Snapshots back from a day, as far as there were customers for a while.
fn plan(first: NaiveDate, as_of: NaiveDate) -> Result<SnapshotPlan> {
    let features = FeatureSet::new(vec![
        Feature::Tenure,
        Feature::Recency,
        Feature::PurchaseDays { days: None },
        Feature::MoneyMean { days: None },
    ])?;
    let dates = dates_back(first, as_of, SNAPSHOTS);
    Ok(SnapshotPlan::on(&dates).horizon(HORIZON).features(features))
}

/// Days back from one, a month apart, as far as there were customers for a month; ascending.
fn dates_back(first: NaiveDate, from: NaiveDate, most: u32) -> Vec<NaiveDate> {
    let back = |times: u32| from.checked_sub_days(Days::new(u64::from(EVERY * times)));
    let mut dates: Vec<NaiveDate> = (0..most)
        .map_while(back)
        .take_while(|date| (*date - first).num_days() >= i64::from(EVERY))
        .collect();
    dates.reverse();
    dates
}
