//! Customers on the days of a plan.

use arrow_array::RecordBatch;

use super::super::Columns;
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    churn::{Outcome, OutcomeCounts, SnapshotPlan, Snapshots},
};

/// `days`, a row a snapshot: its `day`; none where each customer has days of their own.
impl Tables for SnapshotPlan {
    const TABLES: &'static [&'static str] = &["days"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "days" => Columns::new()
                .days("day", self.days().iter().copied())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// - `snapshots`, a row a customer and day: `customer`; `day`; the `outcome`: `retained`, `churned`,
///   `lost_in_gap` or `unknown`; the first day not a customer (`left`) and the place of the cause among
///   those of the spells (`outcome_cause`), null for those who stayed or of whom it is not known;
///   `exit_days` from the day before the snapshot to the end of watching; and how that ended (`cause`: 0 for
///   censored, else the place of the cause and 1);
/// - `features`, a row for each of these: a column a feature, by name, null where missing;
/// - `counts`, a row a day of the plan, or a cycle of renewals: `day`, and how many rows were `retained`,
///   `churned`, `lost_in_gap`, and `unknown`.
impl Tables for Snapshots {
    const TABLES: &'static [&'static str] = &["snapshots", "features", "counts"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "snapshots" => snapshots(self),
            "features" => {
                let features = self.features();
                Columns::new()
                    .matrix(features.names(), features.view())
                    .finish()
            }
            "counts" => {
                let counts = self.counts();
                let of = |get: fn(&OutcomeCounts) -> usize| counts.iter().map(get);
                Columns::new()
                    .days("day", counts.iter().map(|count| count.day))
                    .counts("retained", of(|count| count.retained))
                    .counts("churned", of(|count| count.churned))
                    .counts("lost_in_gap", of(|count| count.lost_in_gap))
                    .counts("unknown", of(|count| count.unknown))
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn snapshots(of: &Snapshots) -> Result<RecordBatch> {
    let customers = of.customers();
    let keys = of
        .clusters()
        .iter()
        .filter_map(|&customer| customers.key(customer));
    let outcomes = of.outcomes();
    let place = |outcome: &Outcome| {
        Some(match outcome {
            Outcome::Retained => 0,
            Outcome::Churned { .. } => 1,
            Outcome::LostInGap { .. } => 2,
            Outcome::Unknown => 3,
        })
    };
    let end = |outcome: &Outcome| match *outcome {
        Outcome::Churned { cause, at } | Outcome::LostInGap { cause, at } => Some((cause, at)),
        Outcome::Retained | Outcome::Unknown => None,
    };
    let left = outcomes
        .iter()
        .map(|outcome| end(outcome).map(|(_, at)| at));
    let cause = |outcome: &Outcome| end(outcome).and_then(|(cause, _)| cause).map(i64::from);
    Columns::new()
        .some_keys("customer", keys)
        .days("day", of.days().iter().copied())
        .named(
            "outcome",
            ["retained", "churned", "lost_in_gap", "unknown"],
            outcomes.iter().map(place),
        )
        .days("left", left)
        .ints("outcome_cause", outcomes.iter().map(cause))
        .counts("exit_days", of.exit_days().iter().copied())
        .counts("cause", of.causes().iter().copied())
        .finish()
}
