//! Whether a feature saw the future.

use chrono::{DateTime, Utc};

use super::{HostFeature, SnapshotData, SnapshotPlan, Snapshots, rows::Turn};
use crate::{
    Result,
    data::{Events, Transactions, day_of_date},
};

/// A value that changed when the future did.
///
/// # Example
///
/// See [`SnapshotPlan::audit`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Leak {
    /// The name of the feature.
    pub feature: String,
    /// The row of the snapshots.
    pub row: usize,
    /// The day of the snapshot.
    pub day: i32,
}

/// What an audit has found.
///
/// # Example
///
/// See [`SnapshotPlan::audit`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Audit {
    /// Values compared, each two times.
    pub compared: usize,
    /// The first that differs; `None` if no feature saw the future. The first row of each customer is
    /// compared before the second, by row and column.
    pub leak: Option<Leak>,
}

/// What becomes of the rows that are not known before a day.
#[derive(Clone, Copy)]
enum Future {
    Gone,
    Altered,
}

impl SnapshotPlan {
    /// Builds the features of each row again, once from the rows of the logs alone that were known
    /// before its day and once with all others of the customer altered, and compares the bits.
    ///
    /// A feature of the host is found out if it depends on anything but its history in a way that
    /// differs from build to build; what a closure has captured is the same in all of them and cannot
    /// be told. One row of each customer is looked at in a turn, which takes two builds and two copies
    /// of the logs. Spells stay as they are: see the limits of the module.
    ///
    /// # Errors
    ///
    /// Those of [`build_observed`](Self::build_observed).
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, Spell, FeatureSet, History, HostFeature, SnapshotData, SnapshotPlan, Spells}, data::{Currency, Transactions, date_of_day}};
    /// # let log = Transactions::builder(Currency::EUR).int_keys(&[7, 7]).days(vec![0, 50]).amounts(vec![900, 500]).build()?;
    /// # let definition = ChurnDefinition::Inactivity { days: 60 };
    /// # let spells = Spells::new(definition, log.customers().clone(), 90, &["price"], &[(log.customer()[0], Spell { start: 0, end: None, cause: None })])?;
    /// let plan = SnapshotPlan::every(30, date_of_day(30).unwrap(), 3);
    /// let audit = plan.audit(&SnapshotData::new(&spells).transactions(&log), &[])?;
    /// assert!(audit.compared > 0 && audit.leak.is_none());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn audit(&self, data: &SnapshotData<'_>, hosts: &[HostFeature<'_>]) -> Result<Audit> {
        let full = self.build_observed(data, hosts, &mut ())?;
        let mut audit = Audit {
            compared: 0,
            leak: None,
        };
        for turn in 0.. {
            let rows = turn_of(&full, turn);
            if rows.is_empty() {
                break;
            }
            audit.compared += rows.len() * full.features.names().len();
            // Customers without a row in this turn keep all of theirs.
            let mut days = vec![i32::MAX; data.spells.customers().len()];
            for &row in &rows {
                days[full.customers[row].at()] = full.days[row];
            }
            for future in [Future::Gone, Future::Altered] {
                let log = data
                    .transactions
                    .map(|log| transactions(log, &days, future))
                    .transpose()?;
                let events = data
                    .events
                    .map(|log| self.events_of(log, &days, future))
                    .transpose()?;
                let changed = SnapshotData {
                    transactions: log.as_ref(),
                    events: events.as_ref(),
                    ..*data
                };
                let again = self.build_turn(&changed, hosts, Turn::Nth(turn), &mut ())?;
                if let Some(leak) = first_difference(&full, &rows, &again) {
                    audit.leak = Some(leak);
                    return Ok(audit);
                }
            }
        }
        Ok(audit)
    }

    fn events_of(&self, log: &Events, days: &[i32], future: Future) -> Result<Events> {
        let instants = |micros: &[i64]| -> Vec<DateTime<Utc>> {
            let instant = |&micros| DateTime::from_timestamp_micros(micros).unwrap_or_default();
            micros.iter().map(instant).collect()
        };
        let (at, recorded) = (
            instants(log.at_micros()),
            log.recorded_at_micros().map(instants),
        );
        let is_before =
            |instant: DateTime<Utc>, day: i32| day_of_date(self.boundary.date(instant)) < day;
        let known = |row: usize| {
            let day = days[log.customer()[row].at()];
            is_before(at[row], day)
                && recorded
                    .as_ref()
                    .is_none_or(|column| is_before(column[row], day))
        };
        let rows = kept(log.len(), future, known);
        let label = |row: usize| {
            let label = log.kinds().label(row).unwrap_or_default();
            altered_label(label, known(row))
        };
        let mut builder = Events::builder(
            log.customers().clone(),
            rows.iter().map(|&row| log.customer()[row]).collect(),
        )
        .at(&rows.iter().map(|&row| at[row]).collect::<Vec<_>>())
        .kinds(&rows.iter().map(|&row| label(row)).collect::<Vec<_>>());
        if let Some(recorded) = &recorded {
            let column: Vec<DateTime<Utc>> = rows.iter().map(|&row| recorded[row]).collect();
            builder = builder.recorded_at(&column);
        }
        if let Some((currency, amounts)) = log.amounts() {
            let amount = |&row: &usize| altered_amount(amounts[row], known(row));
            builder = builder.amounts(currency, rows.iter().map(amount).collect());
        }
        builder.build()
    }
}

/// The rows of the snapshots that are the one of this place among those of their customer.
fn turn_of(full: &Snapshots, turn: usize) -> Vec<usize> {
    let mut rows = Vec::new();
    let mut first = 0;
    for of in full.customers.chunk_by(|one, other| one == other) {
        if turn < of.len() {
            rows.push(first + turn);
        }
        first += of.len();
    }
    rows
}

fn transactions(log: &Transactions, days: &[i32], future: Future) -> Result<Transactions> {
    let recorded = log.recorded_days();
    let known = |row: usize| {
        let day = days[log.customer()[row].at()];
        log.days()[row] < day && recorded.is_none_or(|column| column[row] < day)
    };
    let rows = kept(log.len(), future, known);
    let mut builder = Transactions::builder(log.currency())
        .numbered(
            log.customers().clone(),
            rows.iter().map(|&row| log.customer()[row]).collect(),
        )
        .days(rows.iter().map(|&row| log.days()[row]).collect())
        .amounts(
            rows.iter()
                .map(|&row| altered_amount(log.amounts()[row], known(row)))
                .collect(),
        );
    if let Some(recorded) = recorded {
        builder = builder.recorded_days(rows.iter().map(|&row| recorded[row]).collect());
    }
    if let Some(channels) = log.channels() {
        let label = |&row: &usize| match channels.label(row) {
            Some(label) => altered_label(label, known(row)),
            None => String::new(),
        };
        builder = builder.channels(&rows.iter().map(label).collect::<Vec<_>>());
    }
    builder.build()
}

fn kept(len: usize, future: Future, known: impl Fn(usize) -> bool) -> Vec<usize> {
    let stays = |&row: &usize| matches!(future, Future::Altered) || known(row);
    (0..len).filter(stays).collect()
}

fn altered_amount(amount: i64, known: bool) -> i64 {
    if known {
        amount
    } else {
        amount.wrapping_mul(-3).wrapping_add(1)
    }
}

fn altered_label(label: &str, known: bool) -> String {
    if known {
        label.to_owned()
    } else {
        format!(" altered {label}")
    }
}

/// `rows` are the rows of `again` among all.
fn first_difference(full: &Snapshots, rows: &[usize], again: &Snapshots) -> Option<Leak> {
    let (before, after) = (full.features.view(), again.features.view());
    let bits = |value: f64| {
        if value.is_nan() {
            u64::MAX
        } else {
            value.to_bits()
        }
    };
    for (at, &row) in rows.iter().enumerate() {
        for (column, name) in full.features.names().iter().enumerate() {
            if bits(before[[row, column]]) != bits(after[[at, column]]) {
                return Some(Leak {
                    feature: name.clone(),
                    row,
                    day: full.days[row],
                });
            }
        }
    }
    None
}
