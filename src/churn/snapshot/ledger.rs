//! The rows of a log by pieces of customers.
//!
//! A log comes in any order. Its rows are not copied: each run of 65,536 rows is put in the order of
//! the pieces by places of two bytes, and a piece fetches its rows when its turn comes.

use std::ops::Range;

use chrono::DateTime;

use crate::{
    data::{Categories, CustomerIx, DayBoundary, Events, Transactions, day_of_date},
    numeric::map_chunks,
};

/// Rows that are ordered together: a place among them has 16 bits.
const RUN: usize = 1 << 16;

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

    fn of(self, customer: CustomerIx) -> usize {
        customer.at() >> self.bits
    }
}

/// A row of a log, small enough to be sorted. The order of its fields is that of rows of a customer,
/// so that the order in the log does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
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

/// Where the rows of each piece are.
enum Order {
    /// By customer in the log itself.
    Sorted,
    /// Run by run.
    Runs(Vec<Run>),
}

/// Rows of a run in the order of pieces.
struct Run {
    /// For each piece, where its rows end.
    ends: Vec<u32>,
    places: Vec<u16>,
}

/// The rows of a log, to be fetched by pieces of customers.
pub(super) struct Ledger<'a> {
    log: Log<'a>,
    customer: &'a [CustomerIx],
    pieces: Pieces,
    order: Order,
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
        let pieces = Pieces::new(customers);
        let order = if customer.is_sorted() {
            Order::Sorted
        } else {
            let run = |rows: Range<usize>| Run::new(&customer[rows], pieces);
            Order::Runs(map_chunks(customer.len(), RUN, run))
        };
        let (labels, rank) = ranks(column);
        Self {
            log,
            customer,
            pieces,
            order,
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
                day: log.days()[row],
                label: self.label(log.channels(), row),
                amount: log.amounts()[row],
                recorded: log.recorded_days().map_or(i32::MIN, |days| days[row]),
            },
            Log::Events(log, boundary) => Entry {
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

    /// Does something with each row of the log that belongs to a piece.
    fn each_row(&self, piece: usize, mut with: impl FnMut(usize)) {
        match &self.order {
            Order::Sorted => {
                let customers = self.pieces.customers(piece);
                let before = |bound: usize| self.customer.partition_point(|who| who.at() < bound);
                (before(customers.start)..before(customers.end)).for_each(with);
            }
            Order::Runs(runs) => {
                for (number, run) in runs.iter().enumerate() {
                    for &place in run.rows(piece) {
                        with(number * RUN + usize::from(place));
                    }
                }
            }
        }
    }
}

impl Run {
    fn new(customer: &[CustomerIx], pieces: Pieces) -> Self {
        let mut next = vec![0_u32; pieces.len()];
        for &who in customer {
            next[pieces.of(who)] += 1;
        }
        let mut sum = 0;
        for count in &mut next {
            sum += std::mem::replace(count, sum);
        }
        let mut places = vec![0; customer.len()];
        for (place, &who) in (0..=u16::MAX).zip(customer) {
            let at = &mut next[pieces.of(who)];
            places[*at as usize] = place;
            *at += 1;
        }
        // Each piece has come to where it ends.
        Self { ends: next, places }
    }

    fn rows(&self, piece: usize) -> &[u16] {
        let first = piece.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.places[first as usize..self.ends[piece] as usize]
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
    pub(super) fn fetch(&mut self, ledger: Option<&Ledger<'_>>, piece: usize) {
        self.ends.clear();
        self.entries.clear();
        let Some(ledger) = ledger else { return };
        let customers = ledger.pieces.customers(piece);
        let within = |row: usize| ledger.customer[row].at() - customers.start;
        self.ends.resize(customers.len(), 0);
        ledger.each_row(piece, |row| self.ends[within(row)] += 1);
        let mut sum = 0;
        for count in &mut self.ends {
            sum += std::mem::replace(count, sum);
        }
        self.entries.resize(sum, Entry::default());
        ledger.each_row(piece, |row| {
            let at = &mut self.ends[within(row)];
            self.entries[*at] = ledger.entry(row);
            *at += 1;
        });
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
