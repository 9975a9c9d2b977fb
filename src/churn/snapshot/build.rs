//! Rows first, then their features, both by ranges of customers.

use std::ops::Range;

use chrono::DateTime;
use ndarray::Array2;
use rayon::prelude::*;

use super::{
    HostFeature, Outcome, SnapshotData, SnapshotPlan, Snapshots,
    features::Source,
    history::{History, Ledger, Scratch},
};
use crate::{
    Error, Observer, Result,
    churn::{Spell, Spells},
    data::{CustomerIx, Events, Features, Transactions, day_of_date},
    numeric::map_chunks,
    observer::report,
};

/// Customers worked at in one piece; a constant, so that results do not depend on threads.
const CHUNK: usize = 1 << 10;
/// Pieces between two reports.
const PIECES: usize = 64;

/// The rows of a range of customers.
#[derive(Default)]
struct Rows {
    customers: Vec<CustomerIx>,
    days: Vec<i32>,
    starts: Vec<i32>,
    outcomes: Vec<Outcome>,
    exits: Vec<i32>,
    causes: Vec<u32>,
}

impl SnapshotPlan {
    /// What was known of each customer before each date, and what became of the customer.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] and [`Error::InvalidValue`] if the plan cannot be (no horizon,
    /// dates out of order, a lookback too short for a feature), if a feature needs a log or a column
    /// that is not given, if a date is after the end of the data, or if logs and spells number
    /// customers differently; [`Error::Overflow`] if the features would not fit into memory.
    ///
    /// # Example
    ///
    /// See [`Snapshots`].
    pub fn build(&self, data: &SnapshotData<'_>) -> Result<Snapshots> {
        self.build_observed(data, &[], &mut ())
    }

    /// [`build`](Self::build) with features of the host, watched.
    ///
    /// # Errors
    ///
    /// Those of [`build`](Self::build); [`Error::InvalidValue`] if a feature of the host is
    /// infinite; [`Error::Cancelled`] if the observer asks to stop.
    ///
    /// # Example
    ///
    /// See [`HostFeature`].
    pub fn build_observed(
        &self,
        data: &SnapshotData<'_>,
        hosts: &[HostFeature<'_>],
        observer: &mut dyn Observer,
    ) -> Result<Snapshots> {
        self.check()?;
        self.check_data(data)?;
        let names = self.features.names_with(hosts)?;
        let spells = data.spells;
        let pieces = map_chunks(spells.customers().len(), CHUNK, |range| {
            self.rows(spells, range)
        });
        let rows: usize = pieces.iter().map(|piece| piece.days.len()).sum();
        let width = names.len();
        let size = rows.checked_mul(width).filter(|&size| size <= MOST_VALUES);
        let size = size.ok_or_else(|| Error::Overflow {
            what: "more than 2^33 values of features; take fewer dates, or parts of the customers"
                .into(),
        })?;
        let day_of = |micros: i64| {
            DateTime::from_timestamp_micros(micros)
                .map_or(0, |instant| day_of_date(self.boundary.date(instant)))
        };
        let purchases = data
            .transactions
            .map(Ledger::of_transactions)
            .unwrap_or_default();
        let events = data
            .events
            .map(|log| Ledger::of_events(log, day_of))
            .unwrap_or_default();

        let mut values = vec![0.0; size];
        let mut rest = values.as_mut_slice();
        let mut done = 0;
        for step in pieces.chunks(PIECES) {
            let mut work = Vec::with_capacity(step.len());
            for piece in step {
                let (block, after) = rest.split_at_mut(piece.days.len() * width);
                work.push((done, piece, block));
                done += piece.days.len();
                rest = after;
            }
            let made: Vec<Result<()>> = work
                .into_par_iter()
                .map(|(first, piece, block)| {
                    self.fill(&purchases, &events, hosts, piece, first, block)
                })
                .collect();
            made.into_iter().collect::<Result<()>>()?;
            report(observer, "building snapshots", done, rows)?;
        }
        let values =
            Array2::from_shape_vec((rows, width), values).map_err(|error| Error::Degenerate {
                what: error.to_string().into(),
            })?;
        let mut all = Rows::default();
        for mut piece in pieces {
            all.customers.append(&mut piece.customers);
            all.days.append(&mut piece.days);
            all.outcomes.append(&mut piece.outcomes);
            all.exits.append(&mut piece.exits);
            all.causes.append(&mut piece.causes);
        }
        Ok(Snapshots {
            plan: self.clone(),
            definition: *data.spells.definition(),
            customers: all.customers,
            days: all.days,
            outcomes: all.outcomes,
            exit_days: all.exits,
            causes: all.causes,
            features: Features::from_parts(names, values, Vec::new(), None),
        })
    }

    fn check_data(&self, data: &SnapshotData<'_>) -> Result<()> {
        let customers = data.spells.customers();
        let tables = [
            data.transactions.map(Transactions::customers),
            data.events.map(Events::customers),
        ];
        if tables.into_iter().flatten().any(|table| table != customers) {
            return Err(Error::parameter(
                "customers of a log",
                "not those of the spells",
                "one table of customers; bring the log over by rekey, or build it as numbered",
            ));
        }
        let known = data.spells.known_until();
        if let Some(row) = self.days.iter().position(|&day| day > known) {
            let reason = format!(
                "day {} is after day {known}, the first that the data do not cover; take it out",
                self.days[row]
            );
            return Err(Error::value("date", row, reason));
        }
        for feature in self.features.as_slice() {
            let lacks = match feature.source() {
                Source::Spells => None,
                Source::Transactions => data.transactions.is_none().then_some("transactions"),
                Source::Channels => {
                    let channels = data.transactions.and_then(|log| log.channels());
                    channels.is_none().then_some("transactions with channels")
                }
                Source::Events => data.events.is_none().then_some("events"),
            };
            if let Some(lacks) = lacks {
                let expected = format!("data with {lacks}, or a set without it");
                return Err(Error::parameter("feature", feature.name(), expected));
            }
        }
        Ok(())
    }

    fn rows(&self, spells: &Spells, range: Range<usize>) -> Rows {
        let mut rows = Rows::default();
        for number in range {
            // The table numbers its customers in 32 bits.
            let Ok(number) = u32::try_from(number) else {
                break;
            };
            let customer = CustomerIx(number);
            let mut of = spells.of(customer).peekable();
            for &day in &self.days {
                // Past are the spells that ended before the day before the snapshot was over.
                while of
                    .peek()
                    .is_some_and(|spell| spell.end.is_some_and(|end| end < day))
                {
                    of.next();
                }
                let Some(spell) = of.peek() else { break };
                let tenure = i64::from(day) - i64::from(spell.start);
                if tenure < 1 || tenure < i64::from(self.min_tenure) {
                    continue;
                }
                let until = spell.end.unwrap_or(spells.known_until());
                rows.customers.push(customer);
                rows.days.push(day);
                rows.starts.push(spell.start);
                rows.outcomes
                    .push(self.outcome(spell, day, spells.known_until()));
                // Who is still there was so on the last day known, the day before `until`.
                let time = i64::from(until) - i64::from(day) + i64::from(spell.end.is_some());
                rows.exits.push(i32::try_from(time).unwrap_or(i32::MAX));
                rows.causes.push(cause_code(spell, spells.causes().len()));
            }
        }
        rows
    }

    fn outcome(&self, spell: &Spell, day: i32, known_until: i32) -> Outcome {
        let window = i64::from(day) + i64::from(self.gap);
        let after = self.window_end(day);
        match spell.end {
            // Of a window seen in part only those who left would be known.
            _ if i64::from(known_until) < after => Outcome::Unknown,
            Some(at) if i64::from(at) < window => Outcome::LostInGap {
                cause: spell.cause,
                at,
            },
            Some(at) if i64::from(at) < after => Outcome::Churned {
                cause: spell.cause,
                at,
            },
            // There all through the window.
            Some(_) | None => Outcome::Retained,
        }
    }

    fn fill(
        &self,
        purchases: &Ledger,
        events: &Ledger,
        hosts: &[HostFeature<'_>],
        piece: &Rows,
        first: usize,
        block: &mut [f64],
    ) -> Result<()> {
        let (mut bought, mut happened) = (Scratch::default(), Scratch::default());
        let mut loaded = None;
        let own = self.features.as_slice();
        let width = own.len() + hosts.len();
        if width == 0 {
            return Ok(());
        }
        for (row, line) in block.chunks_exact_mut(width).enumerate() {
            let (customer, day) = (piece.customers[row], piece.days[row]);
            if loaded != Some(customer) {
                bought.load(purchases, customer);
                happened.load(events, customer);
                loaded = Some(customer);
            }
            let from = self
                .lookback
                .map_or(i64::MIN, |days| i64::from(day) - i64::from(days));
            let known = History {
                day,
                start: piece.starts[row],
                purchases: bought.before(from, day),
                events: happened.before(from, day),
                channels: purchases.labels(),
                kinds: events.labels(),
            };
            let (line, of_hosts) = line.split_at_mut(own.len());
            for (value, feature) in line.iter_mut().zip(own) {
                *value = feature.of(&known);
            }
            for (value, host) in of_hosts.iter_mut().zip(hosts) {
                *value = (host.of)(&known);
                if value.is_infinite() {
                    let reason = "not a finite number; give NaN where it is missing";
                    return Err(Error::value(host.name, first + row, reason));
                }
            }
        }
        Ok(())
    }
}

/// 64 GiB.
const MOST_VALUES: usize = 1 << 33;

/// 0 while it lasts, else the place of the cause and 1; the last code where it has no name.
fn cause_code(spell: &Spell, named: usize) -> u32 {
    let unnamed = u32::try_from(named).unwrap_or(u32::MAX - 1) + 1;
    match (spell.end, spell.cause) {
        (None, _) => 0,
        (Some(_), Some(cause)) => cause.saturating_add(1).min(unnamed),
        (Some(_), None) => unnamed,
    }
}
