//! The rows of a log by pieces of customers.
//!
//! A log comes in any order. The customers are worked at in a few shares, so that not all rows are
//! copied at once: those of a share are put in the order of its pieces, run by run, and a piece then
//! fetches its rows in one go.

use std::ops::Range;

use chrono::DateTime;

use crate::{
    data::{Categories, CustomerIx, DayBoundary, Events, Transactions, day_of_date},
    numeric::map_chunks,
};

/// Rows that are put in order together.
const RUN: usize = 1 << 16;

/// Shares of the pieces that are put in order one after the other.
const SHARES: usize = 4;

/// Customers worked at in one piece, and how many pieces at most, as powers of two. Constants, so that
/// nothing depends on threads.
const LEAST_BITS: u32 = 10;
const MOST_PIECES_BITS: u32 = 12;

/// Customers cut into pieces of a power of two.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pieces {
    customers: usize,
    bits: u32,
}

impl Pieces {
    pub(super) fn new(customers: usize) -> Self {
        let needed = usize::BITS - customers.saturating_sub(1).leading_zeros();
        let bits = needed.saturating_sub(MOST_PIECES_BITS).max(LEAST_BITS);
        Self { customers, bits }
    }

    pub(super) fn len(self) -> usize {
        self.customers.div_ceil(1 << self.bits)
    }

    pub(super) fn customers(self, piece: usize) -> Range<usize> {
        let first = piece << self.bits;
        first..(first + (1 << self.bits)).min(self.customers)
    }

    /// Ranges of pieces that are put in order together.
    pub(super) fn shares(self) -> impl Iterator<Item = Range<usize>> {
        let size = self.len().div_ceil(SHARES).max(1);
        let share = move |first: usize| first..(first + size).min(self.len());
        (0..self.len()).step_by(size).map(share)
    }

    fn of(self, customer: CustomerIx) -> usize {
        customer.at() >> self.bits
    }
}

/// A row of a log, small enough to be sorted. The order of its fields is that of the rows of a
/// customer, so that the order in the log does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) customer: u32,
    pub(super) day: i32,
    pub(super) label: u32,
    pub(super) amount: i64,
    pub(super) recorded: i32,
}

/// The label of a row without one.
const UNNAMED: u32 = u32::MAX;

#[derive(Clone, Copy)]
enum Log<'a> {
    Transactions(&'a Transactions),
    Events(&'a Events, DayBoundary),
}

/// The rows of a share of the pieces.
pub(super) struct Share<'a> {
    ledger: &'a Ledger<'a>,
    first_piece: usize,
    /// `None` if the log is by customer as it is.
    runs: Option<Vec<Run>>,
}

/// Rows of a run in the order of pieces.
struct Run {
    /// For each piece of the share, where its rows end.
    ends: Vec<u32>,
    entries: Vec<Entry>,
}

/// A log whose rows are fetched by pieces of customers.
pub(super) struct Ledger<'a> {
    log: Log<'a>,
    customer: &'a [CustomerIx],
    pieces: Pieces,
    /// In the order of their text, so that the order of rows in the log does not matter.
    labels: Vec<String>,
    /// The place in this order of each code of the log.
    rank: Vec<u32>,
}

impl<'a> Ledger<'a> {
    pub(super) fn of_transactions(log: &'a Transactions) -> Self {
        let source = Log::Transactions(log);
        Self::new(
            source,
            log.customers().len(),
            log.customer(),
            log.channels(),
        )
    }

    pub(super) fn of_events(log: &'a Events, boundary: DayBoundary) -> Self {
        let source = Log::Events(log, boundary);
        Self::new(
            source,
            log.customers().len(),
            log.customer(),
            Some(log.kinds()),
        )
    }

    fn new(
        log: Log<'a>,
        customers: usize,
        customer: &'a [CustomerIx],
        column: Option<&Categories>,
    ) -> Self {
        let (labels, rank) = ranks(column);
        Self {
            log,
            customer,
            pieces: Pieces::new(customers),
            labels,
            rank,
        }
    }

    pub(super) fn labels(&self) -> &[String] {
        &self.labels
    }

    fn entry(&self, row: usize) -> Entry {
        match self.log {
            Log::Transactions(log) => Entry {
                customer: self.customer[row].0,
                day: log.days()[row],
                label: self.label(log.channels(), row),
                amount: log.amounts()[row],
                recorded: log.recorded_days().map_or(i32::MIN, |days| days[row]),
            },
            Log::Events(log, boundary) => Entry {
                customer: self.customer[row].0,
                day: day_of(boundary, log.at_micros()[row]),
                label: self.label(Some(log.kinds()), row),
                amount: log.amounts().map_or(0, |(_, amounts)| amounts[row]),
                recorded: log
                    .recorded_at_micros()
                    .map_or(i32::MIN, |instants| day_of(boundary, instants[row])),
            },
        }
    }

    fn label(&self, column: Option<&Categories>, row: usize) -> u32 {
        let code = column.and_then(|column| column.code(row));
        code.map_or(UNNAMED, |code| self.rank[code as usize])
    }

    /// Puts the rows of some pieces in order.
    pub(super) fn share(&self, pieces: Range<usize>) -> Share<'_> {
        let run = |rows: Range<usize>| self.run(rows, pieces.clone());
        let is_sorted = self.customer.is_sorted();
        Share {
            ledger: self,
            first_piece: pieces.start,
            runs: (!is_sorted).then(|| map_chunks(self.customer.len(), RUN, run)),
        }
    }

    fn run(&self, rows: Range<usize>, pieces: Range<usize>) -> Run {
        let within = |row: usize| {
            let piece = self.pieces.of(self.customer[row]);
            pieces.contains(&piece).then(|| piece - pieces.start)
        };
        let mut next = vec![0_u32; pieces.len()];
        for piece in rows.clone().filter_map(within) {
            next[piece] += 1;
        }
        let mut sum = 0;
        for count in &mut next {
            sum += std::mem::replace(count, sum);
        }
        let mut entries = vec![Entry::default(); sum as usize];
        for row in rows {
            if let Some(piece) = within(row) {
                entries[next[piece] as usize] = self.entry(row);
                next[piece] += 1;
            }
        }
        // Each piece has come to where it ends.
        Run {
            ends: next,
            entries,
        }
    }
}

impl Run {
    fn entries(&self, piece: usize) -> &[Entry] {
        let first = piece.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.entries[first as usize..self.ends[piece] as usize]
    }
}

/// The rows of the customers of a piece; room that is used again for the next.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    /// For each customer of the piece, where the entries end.
    ends: Vec<usize>,
    entries: Vec<Entry>,
}

impl Fetched {
    /// The rows of a piece of the share; none without a log.
    pub(super) fn fetch(&mut self, share: Option<&Share<'_>>, piece: usize) {
        self.ends.clear();
        self.entries.clear();
        let Some(share) = share else { return };
        let customers = share.ledger.pieces.customers(piece);
        self.ends.resize(customers.len(), 0);
        match &share.runs {
            None => self.copy(share.ledger, customers),
            Some(runs) => {
                let runs = runs.iter();
                let entries = || {
                    runs.clone()
                        .flat_map(|run| run.entries(piece - share.first_piece))
                };
                self.sort(customers.start, entries);
            }
        }
    }

    fn copy(&mut self, ledger: &Ledger<'_>, customers: Range<usize>) {
        let before = |end: usize| ledger.customer.partition_point(|who| who.at() < end);
        let mut first = before(customers.start);
        let log_first = first;
        for (end, customer) in self.ends.iter_mut().zip(customers) {
            let of = &ledger.customer[first..];
            first += of.iter().take_while(|who| who.at() == customer).count();
            *end = first - log_first;
        }
        self.entries
            .extend((log_first..first).map(|row| ledger.entry(row)));
    }

    fn sort<'e, I: Iterator<Item = &'e Entry>>(&mut self, first: usize, entries: impl Fn() -> I) {
        let within = |entry: &Entry| entry.customer as usize - first;
        for entry in entries() {
            self.ends[within(entry)] += 1;
        }
        let mut sum = 0;
        for count in &mut self.ends {
            sum += std::mem::replace(count, sum);
        }
        self.entries.resize(sum, Entry::default());
        for entry in entries() {
            let at = &mut self.ends[within(entry)];
            self.entries[*at] = *entry;
            *at += 1;
        }
    }

    /// The rows of a customer, counted within the piece, in their order.
    pub(super) fn sorted(&mut self, customer: usize) -> &[Entry] {
        let end = |at: usize| self.ends.get(at).copied().unwrap_or_default();
        let (first, last) = (customer.checked_sub(1).map_or(0, end), end(customer));
        let rows = &mut self.entries[first..last];
        rows.sort_unstable();
        rows
    }
}

fn day_of(boundary: DayBoundary, micros: i64) -> i32 {
    DateTime::from_timestamp_micros(micros).map_or(0, |instant| day_of_date(boundary.date(instant)))
}

/// The labels in the order of their text, and the place there of each code.
fn ranks(column: Option<&Categories>) -> (Vec<String>, Vec<u32>) {
    let labels: Vec<&str> = column.map_or(Vec::new(), |column| column.labels().collect());
    let mut order: Vec<u32> = (0..).take(labels.len()).collect();
    order.sort_by_key(|&code| labels[code as usize]);
    let mut rank = vec![0; labels.len()];
    for (place, &code) in (0..).zip(&order) {
        rank[code as usize] = place;
    }
    let sorted = order.iter().map(|&code| labels[code as usize].to_owned());
    (sorted.collect(), rank)
}
