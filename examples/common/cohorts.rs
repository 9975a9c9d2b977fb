//! What became of the customers who came in each period.

use std::fmt;

use chrono::{Datelike, NaiveDate};
use clap::ValueEnum;
use custometry::{
    data::Currency,
    value::{self, Cohort, CohortPeriod},
};
use serde::Serialize;

use super::{
    Result,
    money::Money,
    tables::{self, count, percent, table_of},
};

/// How many cohorts and ages are shown.
const SHOWN: usize = 12;

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Period {
    Month,
    Quarter,
    Year,
}

#[derive(Serialize)]
pub(crate) struct Cohorts {
    period: CohortPeriod,
    rows: Vec<Row>,
    by_age: Vec<Average>,
    /// Refunds before a first purchase.
    outside: Money,
    statement: String,
    #[serde(skip)]
    currency: Currency,
}

#[derive(Serialize)]
struct Row {
    start: NaiveDate,
    customers: u64,
    cells: Vec<Cell>,
    /// Of all cells.
    #[serde(skip)]
    money: Money,
}

/// A cohort at an age, in periods.
#[derive(Serialize)]
struct Cell {
    age: usize,
    active: u64,
    retention: Option<f64>,
    repeated: u64,
    repeat_rate: Option<f64>,
    purchases: u64,
    money: Money,
    complete: bool,
}

/// All cohorts that have come to an age.
#[derive(Serialize)]
struct Average {
    age: u32,
    cohorts: u64,
    customers: u64,
    retention: f64,
    repeat_rate: f64,
    money: Money,
}

impl Period {
    pub(super) fn of_library(self) -> CohortPeriod {
        match self {
            Self::Month => CohortPeriod::Month,
            Self::Quarter => CohortPeriod::Quarter,
            Self::Year => CohortPeriod::Year,
        }
    }
}

impl Row {
    fn new(cohort: &Cohort, currency: Currency) -> Result<Self> {
        let cells = cohort.cells.iter().enumerate();
        Ok(Self {
            start: cohort.start,
            customers: cohort.customers,
            money: Money::sum(cohort.cells.iter().map(|cell| cell.money), currency)?,
            cells: cells
                .map(|(age, cell)| Cell {
                    age,
                    active: cell.active,
                    retention: cohort.retention(age),
                    repeated: cell.repeated,
                    repeat_rate: cohort.repeat_rate(age),
                    purchases: cell.purchases,
                    money: Money::new(cell.money, currency),
                    complete: cell.complete,
                })
                .collect(),
        })
    }
}

impl Cohorts {
    pub(crate) fn new(cohorts: &value::Cohorts) -> Result<Self> {
        let currency = cohorts.currency();
        let rows = cohorts.rows().iter();
        let by_age = cohorts.by_age()?;
        Ok(Self {
            period: cohorts.period(),
            rows: rows
                .map(|cohort| Row::new(cohort, currency))
                .collect::<Result<_>>()?,
            by_age: by_age
                .iter()
                .map(|age| Average {
                    age: age.age,
                    cohorts: age.cohorts,
                    customers: age.customers,
                    retention: age.retention,
                    repeat_rate: age.repeat_rate,
                    money: Money::new(age.money, currency),
                })
                .collect(),
            outside: Money::new(cohorts.outside(), currency),
            statement: cohorts.statement(),
            currency,
        })
    }

    /// The period in words, and a cohort by its first day.
    fn words(&self) -> (&'static str, fn(NaiveDate) -> String) {
        match self.period {
            CohortPeriod::Year => ("years", |start| start.format("%Y").to_string()),
            CohortPeriod::Quarter => ("quarters", |start| {
                format!("{} Q{}", start.format("%Y"), start.month().div_ceil(3))
            }),
            _ => ("months", |start| start.format("%Y-%m").to_string()),
        }
    }
}

impl fmt::Display for Cohorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (periods, name) = self.words();
        let mut shown: Vec<&Row> = self.rows.iter().filter(|row| row.customers > 0).collect();
        let came = shown.len();
        shown.drain(..came.saturating_sub(SHOWN));
        let oldest = shown.iter().map(|row| row.cells.len()).max();
        // Age 0 tells nothing: all bought then.
        let ages = 1..oldest.unwrap_or(1);
        let last = ages.end.min(SHOWN + 1);

        let money = format!("So far, {}", self.currency.code());
        let numbers: Vec<String> = (1..last).map(|age| age.to_string()).collect();
        let mut headers = vec!["Came in", "Customers", money.as_str(), "Came again"];
        headers.extend(numbers.iter().map(String::as_str));
        let cell = |share: Option<f64>, complete: bool| {
            let share = share.map_or_else(
                || tables::NONE.to_owned(),
                |share| format!("{:.1}", 100.0 * share),
            );
            share + if complete { "" } else { "*" }
        };
        let cohort = |row: &&Row| {
            let again = row.cells.last().and_then(|cell| cell.repeat_rate);
            let cells = row.cells.iter().skip(1).take(SHOWN);
            let mut line = vec![
                name(row.start),
                count(row.customers),
                row.money.to_string(),
                percent(again),
            ];
            line.extend(cells.map(|at| cell(at.retention, at.complete)));
            line.resize(headers.len(), String::new());
            line
        };
        let mut all = vec![
            "All".to_owned(),
            String::new(),
            String::new(),
            String::new(),
        ];
        all.extend((1..last).map(|age| {
            let mut averages = self.by_age.iter();
            let average = averages.find(|average| average.age as usize == age);
            average.map_or_else(String::new, |average| cell(Some(average.retention), true))
        }));
        writeln!(
            f,
            "Percent of each cohort with a purchase so many {periods} after the one they came in:"
        )?;
        let all = [all]
            .into_iter()
            .filter(|_| shown.len() > 1 && self.by_age.len() > 1);
        let rows = shown.iter().map(cohort).chain(all);
        writeln!(f, "{}", table_of(&headers, 1, rows))?;
        if shown.iter().any(|row| {
            row.cells
                .iter()
                .skip(1)
                .take(SHOWN)
                .any(|cell| !cell.complete)
        }) {
            writeln!(f, "* not over yet")?;
        }
        if came > shown.len() {
            writeln!(f, "The last {} of {came} cohorts.", shown.len())?;
        }
        if ages.end > last {
            writeln!(f, "The first {SHOWN} of {} ages.", ages.end - 1)?;
        }
        if self.outside.minor.0 != 0 {
            writeln!(
                f,
                "Refunds before a first purchase, in no cohort: {} {}.",
                self.outside,
                self.currency.code()
            )?;
        }
        writeln!(f, "{}", self.statement.replace(". ", ".\n"))
    }
}
