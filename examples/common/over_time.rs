//! Money over time: what changed, who makes money, what became of each cohort.

use std::fmt;

use chrono::NaiveDate;
use custometry::{
    data::{Transactions, date_of_day},
    value::CohortPeriod,
};
use serde::Serialize;

use super::{
    bridge::Bridge,
    cohorts::{Cohorts, Period},
    profit::Profits,
    told::Told,
};

/// By which periods customers are told apart.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct OverTimeArgs {
    /// The periods by which customers are told apart by their first purchase
    #[arg(long, value_enum, default_value_t = Period::Month)]
    cohort: Period,
}

impl OverTimeArgs {
    pub(crate) fn cohort(&self) -> CohortPeriod {
        self.cohort.of_library()
    }
}

/// The three chapters. `--json` writes each under its own key.
#[derive(Serialize)]
pub(crate) struct OverTime {
    pub(crate) bridge: Told<Bridge>,
    pub(crate) profit: Told<Profits>,
    pub(crate) cohorts: Told<Cohorts>,
}

impl OverTime {
    /// The chapters, numbered on from `first`.
    pub(crate) fn show(&self, f: &mut fmt::Formatter<'_>, first: u32) -> fmt::Result {
        let Self {
            bridge,
            profit,
            cohorts,
        } = self;
        write!(f, "{first}. What changed\n{bridge}\n")?;
        write!(f, "{}. Who makes money\n{profit}\n", first + 1)?;
        write!(f, "{}. Cohorts\n{cohorts}", first + 2)
    }
}

/// The day of the first purchase of all.
pub(crate) fn first_purchase(log: &Transactions) -> Option<NaiveDate> {
    let rows = log.days().iter().zip(log.amounts());
    let purchases = rows
        .filter(|(_, amount)| **amount >= 0)
        .map(|(day, _)| *day);
    purchases.min().and_then(date_of_day)
}
