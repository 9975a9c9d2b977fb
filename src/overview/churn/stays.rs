//! How long customers stay.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use serde::Serialize;

use crate::{
    Result,
    churn::{Band, Durations, KaplanMeier, LogRankParams, RiskTable, RiskTables, Spells},
    data::{Categories, CustomerIx, Estimate, date_of_day, day_of_date},
};

/// After how many days one asks who is still there.
const AFTER: [u32; 3] = [90, 180, 365];

/// The most cohorts; of more, longer periods are taken together.
const COHORTS: usize = 12;

/// How long the customers of a cohort stay from their first purchase on.
///
/// # Example
///
/// See [`Overview::churn`](crate::overview::Overview::churn).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Stay {
    /// The period in which they came; "All" for all customers.
    pub cohort: String,
    /// How many there are.
    pub customers: u64,
    /// How many of them were lost.
    pub lost: u64,
    /// When half of them were lost; none where more than half are still there.
    pub median_days: Option<f64>,
    /// Who is still there after 90, 180 and 365 days.
    pub after: Vec<StayShare>,
}

/// Who is still there after so many days.
///
/// # Example
///
/// See [`Overview::churn`](crate::overview::Overview::churn).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StayShare {
    /// The days.
    pub days: u32,
    /// None where nobody was watched for so long.
    pub still_there: Option<Estimate>,
}

/// The first time that each customer was one.
pub(super) struct FirstSpells {
    pub(super) customers: Vec<CustomerIx>,
    pub(super) durations: Durations,
    pub(super) cohorts: Categories,
}

impl FirstSpells {
    pub(super) fn new(spells: &Spells, as_of: NaiveDate) -> Result<Self> {
        let known = day_of_date(as_of);
        let (mut customers, mut starts) = (Vec::new(), Vec::new());
        let (mut days, mut causes) = (Vec::new(), Vec::new());
        for customer in spells.customers().numbers() {
            let Some(spell) = spells.of(customer).next() else {
                continue;
            };
            customers.push(customer);
            starts.push(spell.start);
            days.push(f64::from(spell.end.unwrap_or(known)) - f64::from(spell.start));
            causes.push(u16::from(spell.end.is_some()));
        }
        Ok(Self {
            durations: Durations::new(&days, &causes)?,
            cohorts: Categories::new(&cohorts(&starts))?,
            customers,
        })
    }

    /// How long they stay, all of them and by when they came, and whether the cohorts differ.
    pub(super) fn stays(&self, level: f64) -> Result<(Vec<Stay>, Option<f64>)> {
        let mut stays = vec![Stay::new("All", &RiskTable::new(&self.durations), level)?];
        let cohorts = RiskTables::new(&self.durations, &self.cohorts)?;
        for group in cohorts.groups() {
            stays.push(Stay::new(&group.name, &group.table, level)?);
        }
        // One cohort, or nobody lost, leaves nothing to test.
        let test = LogRankParams::default().test(&cohorts);
        Ok((stays, test.ok().map(|test| test.p)))
    }
}

/// The period in which each came: the month, or a longer one if those are many.
fn cohorts(starts: &[i32]) -> Vec<String> {
    let named: [fn(&NaiveDate) -> String; 3] = [
        |day| day.format("%Y-%m").to_string(),
        |day| format!("{}-Q{}", day.year(), day.month0() / 3 + 1),
        |day| day.year().to_string(),
    ];
    let different: BTreeSet<i32> = starts.iter().copied().collect();
    let name_all = |name: fn(&NaiveDate) -> String| -> Vec<String> {
        let days = starts.iter().copied().filter_map(date_of_day);
        days.map(|day| name(&day)).collect()
    };
    let few = |name: &fn(&NaiveDate) -> String| {
        let names = different.iter().copied().filter_map(date_of_day);
        names.map(|day| name(&day)).collect::<BTreeSet<_>>().len() <= COHORTS
    };
    let found = named.iter().copied().find(few);
    name_all(found.unwrap_or(named[2]))
}

impl Stay {
    fn new(cohort: &str, table: &RiskTable, level: f64) -> Result<Self> {
        let curve = KaplanMeier::new(table)?;
        let watched = curve.times().last().copied().unwrap_or_default();
        let share = |&days: &u32| {
            let time = f64::from(days);
            let known = time <= watched || curve.survival_at(watched) <= 0.0;
            let estimate = || curve.estimate(time, Band::LogLog, level);
            Ok(StayShare {
                days,
                still_there: known.then(estimate).transpose()?,
            })
        };
        let (customers, lost) = counted(table);
        Ok(Self {
            cohort: cohort.to_owned(),
            customers,
            lost,
            median_days: curve.median().value,
            after: AFTER.iter().map(share).collect::<Result<_>>()?,
        })
    }
}

/// How many customers a table without weights is of, and how many of them were lost.
pub(super) fn counted(table: &RiskTable) -> (u64, u64) {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "without weights the sums are counts"
    )]
    let whole = |sum: f64| sum as u64;
    let customers = table.at_risk().first().copied().unwrap_or_default();
    (whole(customers), whole(table.events().iter().sum()))
}
