//! Who leaves, when, and what goes before it.

use chrono::NaiveDate;
use custometry::{
    Error,
    churn::{ChurnDefinition, ChurnReturns, OutcomeCounts, PeriodRates, ThresholdFaults},
    data::{Estimate, date_of_day},
    overview::{self, Absence, Drivers, Overview, Stay},
    value::Summary,
};
use serde::Serialize;

mod page;
mod risk;

pub(crate) use risk::{Said, words};

use crate::{common::told::Told, told::told};
use risk::Risk;

/// How sure intervals are.
const LEVEL: f64 = 0.95;

/// The days after a snapshot in which customers stay or leave; with fewer since the first
/// purchase nothing is told.
const HORIZON: u32 = 90;

#[derive(Serialize)]
pub(crate) struct Churn<'a> {
    definition: ChurnDefinition,
    threshold: Threshold<'a>,
    /// The last full months.
    months: Vec<Month>,
    /// What became of those called lost, as many days later as it takes to be called so.
    returns: Returns,
    /// All customers, then those who came in each period.
    survival: &'a [Stay],
    /// The probability of chance differences between the cohorts as large, if all were alike.
    cohorts_p: Option<f64>,
    first_purchase: Told<&'a Drivers>,
    snapshots: Vec<Snapshot>,
    drivers: Told<&'a Drivers>,
    risk: Told<Risk<'a>>,
}

/// After how many days of silence a customer is called lost, and what is wrong about it.
#[derive(Serialize)]
struct Threshold<'a> {
    /// Of those called lost, the share that buys again; of those lost by now, the share not
    /// called lost yet.
    #[serde(flatten)]
    taken: ThresholdFaults,
    /// What gaps that ended would say, without those that go on.
    of_ended_gaps: Option<u32>,
    /// The same faults of other limits, the shortest first.
    others: &'a [ThresholdFaults],
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

impl<'a> Churn<'a> {
    /// Of the customers in a summary, as of its day.
    pub(crate) fn new(overview: &'a Overview, summary: &Summary) -> Told<Self> {
        if let Some(why) = too_short(overview, summary) {
            return Told::unknown(why);
        }
        told(overview.churn(), |churn| {
            let risk = told(overview.risk(), |risk| Risk::new(risk, summary));
            Ok(Self::of_chapter(churn, risk))
        })
    }

    fn of_chapter(churn: &'a overview::Churn, risk: Told<Risk<'a>>) -> Self {
        Self {
            definition: churn.definition,
            threshold: Threshold {
                taken: churn.threshold,
                of_ended_gaps: churn.of_ended_gaps,
                others: &churn.others,
            },
            months: churn.months.iter().map(Month::new).collect(),
            returns: Returns {
                within_days: churn.threshold.days,
                counts: churn.returns,
                rate: churn.returns.rate(),
            },
            survival: &churn.stays,
            cohorts_p: churn.cohorts_p,
            first_purchase: told(&churn.first_purchase, Ok),
            snapshots: churn.snapshots.iter().map(Snapshot::new).collect(),
            drivers: told(&churn.drivers, Ok),
            risk,
        }
    }
}

/// Why there are too few days to tell who is gone, if there are.
fn too_short(overview: &Overview, summary: &Summary) -> Option<String> {
    let Some(Absence::NoAnswer(Error::NotEnoughData { .. })) = overview.churn().absence() else {
        return None;
    };
    let customers = summary.customers().numbers();
    let first = customers.filter_map(|customer| summary.first_purchase(customer));
    let (first, as_of) = (first.min()?, summary.as_of());
    ((as_of - first).num_days() < i64::from(HORIZON)).then(|| {
        format!(
            "from {first} to {as_of} are fewer than {HORIZON} days, too few to tell who is gone"
        )
    })
}

impl Month {
    fn new(rates: &PeriodRates) -> Self {
        Self {
            from: rates.from(),
            to: rates.to(),
            at_start: rates.at_start(),
            lost: rates.lost(),
            won: rates.won(),
            returned: rates.returned(),
            at_end: rates.at_end(),
            logo_churn: rates.logo_churn(LEVEL).ok(),
        }
    }
}

impl Snapshot {
    fn new(counts: &OutcomeCounts) -> Self {
        Self {
            date: date_of_day(counts.day).unwrap_or_default(),
            retained: counts.retained,
            churned: counts.churned,
            unknown: counts.unknown,
        }
    }
}
