//! Durations, and the curves and tests that are read from them.

use arrow_array::RecordBatch;

use super::super::Columns;
use crate::{
    Result,
    arrow::{Tables, tables::no_table, write::churn_chances::wide},
    churn::{
        AalenJohansen, CumulativeIncidence, Durations, KaplanMeier, LogRank, NelsonAalen,
        RiskTable, RiskTables,
    },
};

/// `durations`, a row each: `exit`, `cause` (0 for still there), `entry` (null where watched from the
/// start), and `weight` (1 unless given). Times are in the unit that they were given in.
impl Tables for Durations {
    const TABLES: &'static [&'static str] = &["durations"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "durations" => {
                let rows = 0..self.len();
                let weight = |row| {
                    self.weights()
                        .map_or(Some(1.0), |all| all.get(row).copied())
                };
                Columns::new()
                    .known("exit", rows.clone().map(|row| self.exit(row)))
                    .counts("cause", self.cause().iter().copied())
                    .known("entry", rows.clone().map(|row| self.entry(row)))
                    .known("weight", rows.map(weight))
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `risk_table`, a row a time: `time`; by weight, who was `at_risk` just before it, the `events` at it,
/// who was `censored` at it, and who left for each cause: `cause_1`, `cause_2` and so on.
impl Tables for RiskTable {
    const TABLES: &'static [&'static str] = &["risk_table"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "risk_table" => {
                let columns = Columns::new()
                    .floats("time", self.times().to_vec())
                    .floats("at_risk", self.at_risk())
                    .floats("events", self.events());
                left(columns, self.causes(), |cause| {
                    self.left(cause).unwrap_or_default().to_vec()
                })
                .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `groups`, a row a group and time, over all strata: the name of the `group`, and the columns of the
/// risk table of each.
impl Tables for RiskTables {
    const TABLES: &'static [&'static str] = &["groups"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let groups = self.groups();
        let all = |of: fn(&RiskTable) -> Vec<f64>| -> Vec<f64> {
            groups.iter().flat_map(|group| of(&group.table)).collect()
        };
        match name {
            "groups" => {
                let places = groups.iter().enumerate();
                let places = places
                    .flat_map(|(at, group)| group.table.times().iter().map(move |_| Some(at)));
                let names = groups.iter().map(|group| group.name.as_str());
                let columns = Columns::new()
                    .named("group", names, places)
                    .floats("time", all(|table| table.times().to_vec()))
                    .floats("at_risk", all(RiskTable::at_risk))
                    .floats("events", all(RiskTable::events));
                let causes = groups.iter().map(|group| group.table.causes()).max();
                left(columns, causes.unwrap_or_default(), |cause| {
                    let of = |table: &RiskTable| match table.left(cause) {
                        Some(left) => left.to_vec(),
                        None => vec![0.0; table.times().len()],
                    };
                    groups.iter().flat_map(|group| of(&group.table)).collect()
                })
                .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// Adds who was censored, and who left for each cause.
fn left(mut columns: Columns, causes: usize, of: impl Fn(usize) -> Vec<f64>) -> Columns {
    columns = columns.floats("censored", of(0));
    for cause in 1..=causes {
        columns = columns.floats(&format!("cause_{cause}"), of(cause));
    }
    columns
}

/// `curve`, a row a time at which somebody left or was censored: `time`; by weight, who was `at_risk`
/// just before it and the `events` at it; the share still there from it on, `survival`, and its
/// standard error `se`.
impl Tables for KaplanMeier {
    const TABLES: &'static [&'static str] = &["curve"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "curve" => Columns::new()
                .floats("time", self.times().to_vec())
                .floats("at_risk", self.at_risk().to_vec())
                .floats("events", self.events().to_vec())
                .floats("survival", self.survival().to_vec())
                .floats("se", self.se().to_vec())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `curve`, a row a time at which somebody left or was censored: `time`, the cumulative `hazard` from it
/// on, and its standard error `se`.
impl Tables for NelsonAalen {
    const TABLES: &'static [&'static str] = &["curve"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "curve" => Columns::new()
                .floats("time", self.times().to_vec())
                .floats("hazard", self.hazard().to_vec())
                .floats("se", self.se().to_vec())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `curve`, a row a time at which somebody left or was censored: `time`; the share still there from it
/// on, `survival`, with its standard error `survival_se`; and for each cause the share that has left
/// for it, `cause_1` and so on, with `cause_1_se`.
impl Tables for AalenJohansen {
    const TABLES: &'static [&'static str] = &["curve"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "curve" => {
                let mut columns = Columns::new()
                    .floats("time", self.times().to_vec())
                    .floats("survival", self.survival().to_vec())
                    .floats("survival_se", self.survival_se().to_vec());
                let causes = (1..).map_while(|cause| Some((cause, self.of_cause(cause)?)));
                for (cause, curve) in causes {
                    columns = columns
                        .floats(&format!("cause_{cause}"), curve.share().to_vec())
                        .floats(&format!("cause_{cause}_se"), curve.se().to_vec());
                }
                columns.finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `curve`, a row a time of the curves of all causes: the `share` that has left for this one, and its
/// standard error `se`.
impl Tables for CumulativeIncidence {
    const TABLES: &'static [&'static str] = &["curve"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "curve" => Columns::new()
                .floats("share", self.share().to_vec())
                .floats("se", self.se().to_vec())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// - `groups`, a row a group, by name: by the weight of the test, who left (`observed`) and how many
///   would have if the groups did not differ (`expected`);
/// - `covariance` of the differences: a row and a column a group, the columns numbered from 0.
impl Tables for LogRank {
    const TABLES: &'static [&'static str] = &["groups", "covariance"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let groups = self.observed.len();
        match name {
            "groups" => Columns::new()
                .floats("observed", self.observed.clone())
                .floats("expected", self.expected.clone())
                .finish(),
            "covariance" => {
                let names: Vec<String> = (0..groups).map(|group| group.to_string()).collect();
                let rows: Vec<&[f64]> = self.covariance.chunks(groups.max(1)).collect();
                wide(&names, &rows)
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}
