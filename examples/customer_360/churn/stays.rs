//! How long customers stay.

use chrono::{Datelike, NaiveDate};
use custometry::{
    churn::{Band, Durations, KaplanMeier, LogRankParams, RiskTable, RiskTables, Spells},
    data::{Categories, CustomerIx, Estimate, date_of_day, day_of_date},
};
use serde::Serialize;

use super::{LEVEL, Result};

/// After how many days one asks who is still there.
pub(super) const AFTER: [u32; 3] = [90, 180, 365];

/// The most cohorts; of more, longer periods are taken together.
const COHORTS: usize = 12;

/// How long customers stay from their first purchase on.
#[derive(Serialize)]
pub(super) struct Stay {
    pub(super) cohort: String,
    pub(super) customers: u64,
    pub(super) lost: u64,
    /// None where more than half are still there.
    pub(super) median_days: Option<f64>,
    pub(super) after: Vec<Share>,
}

/// Who is still there after so many days; no share where nobody was watched for so long.
#[derive(Serialize)]
pub(super) struct Share {
    days: u32,
    pub(super) still_there: Option<Estimate>,
}

/// The first time that each customer was one.
pub(super) struct FirstSpells {
    pub(super) customers: Vec<CustomerIx>,
    /// The day that each came.
    pub(super) starts: Vec<i32>,
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
            starts,
        })
    }

    /// How long they stay, all of them and by when they came, and whether the cohorts differ.
    pub(super) fn stays(&self) -> Result<(Vec<Stay>, Option<f64>)> {
        let mut stays = vec![Stay::new("All", &RiskTable::new(&self.durations))?];
        let cohorts = RiskTables::new(&self.durations, &self.cohorts)?;
        for group in cohorts.groups() {
            stays.push(Stay::new(&group.name, &group.table)?);
        }
        // One cohort, or nobody lost, leaves nothing to test.
        let test = LogRankParams::default().test(&cohorts);
        Ok((stays, test.ok().map(|test| test.p)))
    }
}

/// The period in which each came: the month, or a longer one if those are many.
fn cohorts(starts: &[i32]) -> Vec<String> {
    let came: Vec<NaiveDate> = starts.iter().filter_map(|&day| date_of_day(day)).collect();
    let named: [fn(&NaiveDate) -> String; 3] = [
        |day| day.format("%Y-%m").to_string(),
        |day| format!("{}-Q{}", day.year(), day.month0() / 3 + 1),
        |day| day.year().to_string(),
    ];
    let mut names = Vec::new();
    for name in named {
        names = came.iter().map(name).collect();
        let different: std::collections::BTreeSet<&String> = names.iter().collect();
        if different.len() <= COHORTS {
            break;
        }
    }
    names
}

impl Stay {
    fn new(cohort: &str, table: &RiskTable) -> Result<Self> {
        let curve = KaplanMeier::new(table)?;
        let watched = curve.times().last().copied().unwrap_or_default();
        let share = |&days: &u32| {
            let time = f64::from(days);
            let known = time <= watched || curve.survival_at(watched) <= 0.0;
            let estimate = || curve.estimate(time, Band::LogLog, LEVEL);
            Ok(Share {
                days,
                still_there: known.then(estimate).transpose()?,
            })
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "without weights the sums are counts"
        )]
        let whole = |sum: f64| sum as u64;
        Ok(Self {
            cohort: cohort.to_owned(),
            customers: whole(table.at_risk().first().copied().unwrap_or_default()),
            lost: whole(table.events().iter().sum()),
            median_days: curve.median().value,
            after: AFTER.iter().map(share).collect::<Result<_>>()?,
        })
    }
}
