//! Who leaves, when, and what goes before it.

use chrono::{Datelike, Days, NaiveDate};
use custometry::{
    churn::{
        ChurnDefinition, ChurnReturns, Feature, FeatureSet, PeriodRates, PurchaseGaps,
        SnapshotData, SnapshotPlan, Spells, ThresholdFaults,
    },
    data::{Estimate, date_of_day},
};
use serde::Serialize;

mod drivers;
mod page;
mod risk;
mod stays;

use drivers::Drivers;
use risk::Risk;
use stays::{FirstSpells, Stay};

use crate::{
    Analysis,
    common::{Result, over_time::first_purchase, told::Told},
};

/// How sure intervals are.
const LEVEL: f64 = 0.95;

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
const HORIZON: u32 = 90;

#[derive(Serialize)]
pub(crate) struct Churn {
    definition: ChurnDefinition,
    threshold: Threshold,
    /// The last full months.
    months: Vec<Month>,
    /// What became of those called lost, as many days later as it takes to be called so.
    returns: Returns,
    /// All customers, then those who came in each period.
    survival: Vec<Stay>,
    /// The probability of chance differences between the cohorts as large, if all were alike.
    cohorts_p: Option<f64>,
    first_purchase: Told<Drivers>,
    snapshots: Vec<Snapshot>,
    drivers: Told<Drivers>,
    risk: Told<Risk>,
}

/// After how many days of silence a customer is called lost, and what is wrong about it.
#[derive(Serialize)]
struct Threshold {
    days: u32,
    /// Of those called lost, the share that buys again.
    false_alarms: f64,
    /// Of those lost by now, the share not called lost yet.
    missed: f64,
    /// What gaps that ended would say, without those that go on.
    of_ended_gaps: Option<u32>,
    /// The same faults of other limits, the shortest first.
    others: Vec<Faults>,
}

/// What is wrong about a limit.
#[derive(Serialize)]
struct Faults {
    days: u32,
    false_alarms: f64,
    missed: f64,
}

/// From the last day of a month to that of the next.
#[derive(Serialize)]
struct Month {
    from: NaiveDate,
    to: NaiveDate,
    at_start: u64,
    lost: u64,
    won: u64,
    returned: u64,
    at_end: u64,
    logo_churn: Option<Estimate>,
}

#[derive(Serialize)]
struct Returns {
    within_days: u32,
    #[serde(flatten)]
    counts: ChurnReturns,
    rate: Option<f64>,
}

/// The rows of a snapshot by what became of them.
#[derive(Serialize)]
struct Snapshot {
    date: NaiveDate,
    retained: usize,
    churned: usize,
    unknown: usize,
}

impl Churn {
    pub(crate) fn new(analysis: &Analysis<'_>, as_of: NaiveDate) -> Result<Self> {
        let state = &analysis.state;
        let Some(first) = first_purchase(analysis.log) else {
            return Err("there are no purchases".into());
        };
        if (as_of - first).num_days() < i64::from(HORIZON) {
            return Err(format!(
                "from {first} to {as_of} are fewer than {HORIZON} days, too few to tell who is gone"
            )
            .into());
        }
        let gaps = PurchaseGaps::new(state, as_of)?;
        let Some(faults) = gaps.cheapest(1.0, 1.0)? else {
            return Err("the longest silence of all ended with a purchase: nobody is lost".into());
        };
        let of_ended_gaps = gaps.completed_threshold(PLAIN)?;
        let threshold = Threshold {
            others: others(&gaps, faults.days, of_ended_gaps),
            days: faults.days,
            false_alarms: faults.false_alarms,
            missed: faults.missed,
            of_ended_gaps,
        };
        let definition = ChurnDefinition::Inactivity { days: faults.days };
        let spells = Spells::of_purchases(state, as_of, definition)?;
        let returns = spells.returns(faults.days);
        let first_spells = FirstSpells::new(&spells, as_of)?;
        let (survival, cohorts_p) = first_spells.stays()?;
        let plan = plan(first, as_of)?;
        let snapshots = plan.build(&SnapshotData::new(&spells).transactions(analysis.log))?;
        let counts = snapshots.counts();
        Ok(Self {
            definition,
            threshold,
            months: months(&spells, first, as_of)?,
            returns: Returns {
                within_days: faults.days,
                counts: returns,
                rate: returns.rate(),
            },
            survival,
            cohorts_p,
            first_purchase: first_spells.drivers(analysis.log).into(),
            snapshots: (counts.iter())
                .map(|counts| Snapshot {
                    date: date_of_day(counts.day).unwrap_or_default(),
                    retained: counts.retained,
                    churned: counts.churned,
                    unknown: counts.unknown,
                })
                .collect(),
            drivers: Drivers::of_snapshots(&snapshots).into(),
            risk: Risk::new(analysis, faults.days.min(HORIZON), first, as_of).into(),
        })
    }
}

/// The faults of limits beside the one that is taken.
fn others(gaps: &PurchaseGaps, taken: u32, of_ended_gaps: Option<u32>) -> Vec<Faults> {
    let all = gaps.faults();
    // Where a limit makes no difference, the next one that does.
    let next = |days: u32| all.iter().find(|faults| faults.days >= days);
    let wanted = LIMITS.into_iter().chain(of_ended_gaps).filter_map(next);
    let mut others: Vec<_> = wanted.filter(|faults| faults.days != taken).collect();
    others.sort_by_key(|faults| faults.days);
    others.dedup_by_key(|faults| faults.days);
    let of = |faults: &ThresholdFaults| Faults {
        days: faults.days,
        false_alarms: faults.false_alarms,
        missed: faults.missed,
    };
    others.into_iter().map(of).collect()
}

/// The rates of the last months that lie between the first purchase and a day.
fn months(spells: &Spells, first: NaiveDate, as_of: NaiveDate) -> Result<Vec<Month>> {
    // The month of the day itself counts if the day ends it.
    let last = as_of.succ_opt().and_then(month_end_before);
    let ends = std::iter::successors(last, |day| month_end_before(*day))
        .take_while(|day| *day >= first)
        .take(MONTHS + 1);
    let mut ends: Vec<NaiveDate> = ends.collect();
    ends.reverse();
    let month = |pair: &[NaiveDate]| {
        let rates = PeriodRates::of_spells(spells, pair[0], pair[1])?;
        Ok(Month {
            from: pair[0],
            to: pair[1],
            at_start: rates.at_start(),
            lost: rates.lost(),
            won: rates.won(),
            returned: rates.returned(),
            at_end: rates.at_end(),
            logo_churn: rates.logo_churn(LEVEL).ok(),
        })
    };
    ends.windows(2).map(month).collect()
}

/// The last day of the month before that of a day.
fn month_end_before(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.pred_opt()
}

/// Snapshots back from a day, as far as there were customers for a while.
fn plan(first: NaiveDate, as_of: NaiveDate) -> Result<SnapshotPlan> {
    let back = |times: u32| as_of.checked_sub_days(Days::new(u64::from(EVERY * times)));
    let mut dates: Vec<NaiveDate> = (0..SNAPSHOTS)
        .filter_map(back)
        .take_while(|date| (*date - first).num_days() >= i64::from(EVERY))
        .collect();
    dates.reverse();
    let features = FeatureSet::new(vec![
        Feature::Tenure,
        Feature::Recency,
        Feature::PurchaseDays { days: None },
        Feature::MoneyMean { days: None },
    ])?;
    Ok(SnapshotPlan::on(&dates).horizon(HORIZON).features(features))
}
