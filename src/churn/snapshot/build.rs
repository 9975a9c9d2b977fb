//! How many rows first, then the rows with their features, both by pieces of customers.

use ndarray::Array2;
use rayon::prelude::*;

use super::{
    HostFeature, Outcome, SnapshotData, SnapshotPlan, Snapshots,
    feature::Source,
    history::History,
    ledger::{Fetched, Ledger, Pieces},
    rows::{Turn, cause_code, exit_days, tenure},
    track::{Track, Windows},
    values::{Facts, Reading},
};
use crate::{
    Error, Observer, Result,
    churn::Spells,
    data::{CustomerIx, Events, Features, Transactions},
    numeric::map_chunks,
    observer::report,
};

/// Pieces between two reports.
const PIECES: usize = 64;

/// 64 GiB.
const MOST_VALUES: usize = 1 << 33;

impl SnapshotPlan {
    /// What was known of each customer before each date, and what became of the customer.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] and [`Error::InvalidValue`] if the plan cannot be (no horizon,
    /// dates out of order, a lookback too short for a feature), if a feature needs a log or a column
    /// that is not given, if a date is after the end of the data, if the outcome window of
    /// [renewals](Self::renewals) does not hold the end of the grace of the spells, or if logs and
    /// spells number customers differently; [`Error::Overflow`] if the features would not fit into memory.
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
        self.build_turn(data, hosts, Turn::All, observer)
    }

    /// Some of the rows of each customer.
    pub(super) fn build_turn(
        &self,
        data: &SnapshotData<'_>,
        hosts: &[HostFeature<'_>],
        turn: Turn,
        observer: &mut dyn Observer,
    ) -> Result<Snapshots> {
        self.check()?;
        self.check_data(data)?;
        let names = self.features.names_with(hosts)?;
        let spells = data.spells;
        let pieces = Pieces::new(spells.customers().len());
        let counts = map_chunks(pieces.len(), 1, |piece| {
            let mut rows = 0;
            for customer in spells.customers().numbers_in(pieces.customers(piece.start)) {
                self.each_row(spells, customer, turn, |_, _| rows += 1);
            }
            rows
        });
        let rows: usize = counts.iter().sum();
        let size = rows
            .checked_mul(names.len())
            .filter(|&size| size <= MOST_VALUES);
        let size = size.ok_or_else(|| Error::Overflow {
            what: "more than 2^33 values of features; take fewer dates, or parts of the customers"
                .into(),
        })?;

        let work = Work::new(self, data, hosts, turn);
        let mut made = Table {
            customers: vec![CustomerIx(0); rows],
            days: vec![0; rows],
            outcomes: vec![Outcome::Unknown; rows],
            exit_days: vec![0; rows],
            causes: vec![0; rows],
            values: vec![0.0; size],
        };
        let mut rest = made.part(names.len());
        let mut done = 0;
        for share in pieces.shares() {
            let purchases = work.purchases.as_ref().map(|log| log.share(share.clone()));
            let events = work.events.as_ref().map(|log| log.share(share.clone()));
            let steps = share.clone().step_by(PIECES);
            for step in steps.map(|first| first..(first + PIECES).min(share.end)) {
                let mut parts = Vec::with_capacity(step.len());
                for piece in step {
                    let (part, after) = rest.split(counts[piece]);
                    parts.push((piece, done, part));
                    (rest, done) = (after, done + counts[piece]);
                }
                let filled: Vec<Result<()>> = parts
                    .into_par_iter()
                    .map_init(Room::default, |room, (piece, first, mut part)| {
                        room.purchases.fetch(purchases.as_ref(), piece);
                        room.events.fetch(events.as_ref(), piece);
                        work.fill(room, pieces, piece, first, &mut part)
                    })
                    .collect();
                filled.into_iter().collect::<Result<()>>()?;
                report(observer, "building snapshots", done, rows)?;
            }
        }
        let values = Array2::from_shape_vec((rows, names.len()), made.values);
        let values = values.map_err(|error| Error::Degenerate {
            what: error.to_string().into(),
        })?;
        Ok(Snapshots {
            plan: self.clone(),
            definition: *spells.definition(),
            keys: spells.customers().clone(),
            customers: made.customers,
            days: made.days,
            outcomes: made.outcomes,
            exit_days: made.exit_days,
            causes: made.causes,
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
        self.dates.check_known(data.spells.known_until())?;
        let definition = *data.spells.definition();
        self.dates
            .check_definition(definition, self.gap, self.horizon)?;
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
}

/// The columns of all rows, or of those of a piece.
struct Table {
    customers: Vec<CustomerIx>,
    days: Vec<i32>,
    outcomes: Vec<Outcome>,
    exit_days: Vec<i32>,
    causes: Vec<u32>,
    values: Vec<f64>,
}

/// Rows of a table that are still to be filled.
struct Part<'a> {
    width: usize,
    customers: &'a mut [CustomerIx],
    days: &'a mut [i32],
    outcomes: &'a mut [Outcome],
    exit_days: &'a mut [i32],
    causes: &'a mut [u32],
    values: &'a mut [f64],
}

impl Table {
    fn part(&mut self, width: usize) -> Part<'_> {
        Part {
            width,
            customers: &mut self.customers,
            days: &mut self.days,
            outcomes: &mut self.outcomes,
            exit_days: &mut self.exit_days,
            causes: &mut self.causes,
            values: &mut self.values,
        }
    }
}

impl Part<'_> {
    fn split(self, rows: usize) -> (Self, Self) {
        let (customers, later_customers) = self.customers.split_at_mut(rows);
        let (days, later_days) = self.days.split_at_mut(rows);
        let (outcomes, later_outcomes) = self.outcomes.split_at_mut(rows);
        let (exit_days, later_exit_days) = self.exit_days.split_at_mut(rows);
        let (causes, later_causes) = self.causes.split_at_mut(rows);
        let (values, later_values) = self.values.split_at_mut(rows * self.width);
        let first = Self {
            width: self.width,
            customers,
            days,
            outcomes,
            exit_days,
            causes,
            values,
        };
        let later = Self {
            width: self.width,
            customers: later_customers,
            days: later_days,
            outcomes: later_outcomes,
            exit_days: later_exit_days,
            causes: later_causes,
            values: later_values,
        };
        (first, later)
    }
}

/// What is the same for all pieces.
struct Work<'a> {
    plan: &'a SnapshotPlan,
    turn: Turn,
    spells: &'a Spells,
    purchases: Option<Ledger<'a>>,
    events: Option<Ledger<'a>>,
    bought: Windows,
    happened: Windows,
    readings: Vec<Reading<'a>>,
    hosts: &'a [HostFeature<'a>],
}

/// Memory that is used again from piece to piece.
#[derive(Default)]
struct Room {
    purchases: Fetched,
    events: Fetched,
    bought: Track,
    happened: Track,
    tenures: Vec<i64>,
    labels: Vec<u32>,
}

impl<'a> Work<'a> {
    fn new(
        plan: &'a SnapshotPlan,
        data: &SnapshotData<'a>,
        hosts: &'a [HostFeature<'a>],
        turn: Turn,
    ) -> Self {
        let purchases = data.transactions.map(Ledger::of_transactions);
        let events = data.events.map(|log| Ledger::of_events(log, plan.boundary));
        let mut bought = Windows::new(plan.lookback);
        let mut happened = bought.clone();
        let readings = plan.features.as_slice().iter().map(|feature| {
            let (windows, log) = match feature.source() {
                Source::Events => (&mut happened, &events),
                Source::Spells | Source::Transactions | Source::Channels => {
                    (&mut bought, &purchases)
                }
            };
            Reading::new(feature, windows, labels_of(log.as_ref()))
        });
        let readings = readings.collect();
        Self {
            plan,
            turn,
            spells: data.spells,
            purchases,
            events,
            bought,
            happened,
            readings,
            hosts,
        }
    }

    /// Fills the rows of a piece, the first of which is the row `first` of all.
    fn fill(
        &self,
        room: &mut Room,
        pieces: Pieces,
        piece: usize,
        first: usize,
        part: &mut Part<'_>,
    ) -> Result<()> {
        let known_until = self.spells.known_until();
        let causes = self.spells.causes().len();
        let mut row = 0;
        let customers = self.spells.customers().numbers_in(pieces.customers(piece));
        for (at, customer) in customers.enumerate() {
            let from = row;
            room.tenures.clear();
            self.plan
                .each_row(self.spells, customer, self.turn, |spell, day| {
                    room.tenures.push(tenure(spell, day));
                    part.customers[row] = customer;
                    part.days[row] = day;
                    part.outcomes[row] = self.plan.outcome(spell, day, known_until);
                    part.exit_days[row] = exit_days(spell, day, known_until);
                    part.causes[row] = cause_code(spell, causes);
                    row += 1;
                });
            let width = part.width;
            if row > from && width > 0 {
                let values = &mut part.values[from * width..row * width];
                self.lines(room, at, &part.days[from..row], values)
                    .map_err(|(line, host)| infinite(host, first + from + line))?;
            }
        }
        Ok(())
    }

    /// Fills the values of the rows of one customer, counted within the piece. Fails with the row, of
    /// these, and the feature of the host that is infinite.
    fn lines(
        &self,
        room: &mut Room,
        customer: usize,
        days: &[i32],
        values: &mut [f64],
    ) -> std::result::Result<(), (usize, &HostFeature<'a>)> {
        let Room {
            bought,
            happened,
            tenures,
            labels,
            ..
        } = room;
        bought.load(room.purchases.sorted(customer), days, &self.bought);
        happened.load(room.events.sorted(customer), days, &self.happened);
        if bought.is_in_time(days) && happened.is_in_time(days) {
            let facts = Facts {
                days,
                tenures,
                purchases: bought.happened(days.len()),
                events: happened.happened(days.len()),
            };
            return self.values(&facts, labels, values);
        }
        // Some rows were known late, and which depends on the day.
        let width = values.len() / days.len();
        for (at, line) in values.chunks_exact_mut(width).enumerate() {
            let facts = Facts {
                days: &days[at..=at],
                tenures: &tenures[at..=at],
                purchases: bought.recorded(days[at], &self.bought),
                events: happened.recorded(days[at], &self.happened),
            };
            self.values(&facts, labels, line)
                .map_err(|(_, host)| (at, host))?;
        }
        Ok(())
    }

    fn values(
        &self,
        facts: &Facts<'_>,
        labels: &mut Vec<u32>,
        values: &mut [f64],
    ) -> std::result::Result<(), (usize, &HostFeature<'a>)> {
        let width = self.readings.len() + self.hosts.len();
        for (column, reading) in self.readings.iter().enumerate() {
            let column = values[column..].iter_mut().step_by(width);
            reading.fill(facts, labels, column);
        }
        if self.hosts.is_empty() {
            return Ok(());
        }
        let (purchases, events) = (
            facts.purchases.window(Windows::ALL),
            facts.events.window(Windows::ALL),
        );
        for (at, line) in values.chunks_exact_mut(width).enumerate() {
            let known = History {
                day: facts.days[at],
                tenure: facts.tenures[at],
                purchases: purchases.view(at),
                events: events.view(at),
                channels: labels_of(self.purchases.as_ref()),
                kinds: labels_of(self.events.as_ref()),
            };
            for (value, host) in line[self.readings.len()..].iter_mut().zip(self.hosts) {
                *value = (host.of)(&known);
                if value.is_infinite() {
                    return Err((at, host));
                }
            }
        }
        Ok(())
    }
}

fn infinite(host: &HostFeature<'_>, row: usize) -> Error {
    let reason = "not a finite number; give NaN where it is missing";
    Error::value(host.name, row, reason)
}

fn labels_of<'a>(log: Option<&'a Ledger<'_>>) -> &'a [String] {
    log.map_or(&[], Ledger::labels)
}
