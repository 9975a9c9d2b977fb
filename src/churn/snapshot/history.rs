//! What was known of a customer before a day, and nothing else.

use crate::data::{Categories, CustomerIx, Events, Transactions};

/// A row of a log, small enough to be sorted by customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    day: i32,
    label: u32,
    amount: i64,
    recorded: i32,
}

/// The label of a row without one.
const UNNAMED: u32 = u32::MAX;

/// The rows of a log, grouped by customer.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    offsets: Vec<usize>,
    entries: Vec<Entry>,
    /// In the order of their text, so that the order of rows in the log does not matter.
    labels: Vec<String>,
}

impl Ledger {
    pub(super) fn of_transactions(log: &Transactions) -> Self {
        let (labels, rank) = ranks(log.channels());
        let recorded = log.recorded_days();
        let entry = |row: usize| Entry {
            day: log.days()[row],
            label: label(log.channels(), &rank, row),
            amount: log.amounts()[row],
            recorded: recorded.map_or(i32::MIN, |days| days[row]),
        };
        Self::grouped(log.customers().len(), log.customer(), labels, entry)
    }

    /// `day_of` gives the civil day of an instant.
    pub(super) fn of_events(log: &Events, day_of: impl Fn(i64) -> i32) -> Self {
        let (labels, rank) = ranks(Some(log.kinds()));
        let entry = |row: usize| Entry {
            day: day_of(log.at_micros()[row]),
            label: label(Some(log.kinds()), &rank, row),
            amount: log.amounts().map_or(0, |(_, amounts)| amounts[row]),
            recorded: log
                .recorded_at_micros()
                .map_or(i32::MIN, |instants| day_of(instants[row])),
        };
        Self::grouped(log.customers().len(), log.customer(), labels, entry)
    }

    fn grouped(
        customers: usize,
        customer: &[CustomerIx],
        labels: Vec<String>,
        entry: impl Fn(usize) -> Entry,
    ) -> Self {
        let mut offsets = vec![0; customers + 1];
        for who in customer {
            offsets[who.at() + 1] += 1;
        }
        for at in 1..offsets.len() {
            offsets[at] += offsets[at - 1];
        }
        let mut next = offsets.clone();
        let mut entries = vec![Entry::default(); customer.len()];
        for (row, who) in customer.iter().enumerate() {
            entries[next[who.at()]] = entry(row);
            next[who.at()] += 1;
        }
        Self {
            offsets,
            entries,
            labels,
        }
    }

    pub(super) fn labels(&self) -> &[String] {
        &self.labels
    }
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

fn label(column: Option<&Categories>, rank: &[u32], row: usize) -> u32 {
    let code = column.and_then(|column| column.code(row));
    code.map_or(UNNAMED, |code| rank[code as usize])
}

/// Columns of rows in the order of days.
#[derive(Debug, Default)]
struct Columns {
    days: Vec<i32>,
    amounts: Vec<i64>,
    labels: Vec<u32>,
}

impl Columns {
    fn clear(&mut self) {
        self.days.clear();
        self.amounts.clear();
        self.labels.clear();
    }

    fn push(&mut self, entry: &Entry) {
        self.days.push(entry.day);
        self.amounts.push(entry.amount);
        self.labels.push(entry.label);
    }

    fn view(&self, from: usize, to: usize) -> View<'_> {
        View {
            days: &self.days[from..to],
            amounts: &self.amounts[from..to],
            labels: &self.labels[from..to],
        }
    }
}

/// The rows of one customer, and room for those of them that were known before a day.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    entries: Vec<Entry>,
    all: Columns,
    known: Columns,
}

impl Scratch {
    pub(super) fn load(&mut self, ledger: &Ledger, customer: CustomerIx) {
        self.entries.clear();
        self.all.clear();
        let at = customer.at();
        if let (Some(&from), Some(&to)) = (ledger.offsets.get(at), ledger.offsets.get(at + 1)) {
            self.entries.extend_from_slice(&ledger.entries[from..to]);
        }
        self.entries.sort_unstable();
        for entry in &self.entries {
            self.all.push(entry);
        }
    }

    /// The rows from `from` to before `day` that were recorded before `day`.
    pub(super) fn before(&mut self, from: i64, day: i32) -> View<'_> {
        let low = self.all.days.partition_point(|&at| i64::from(at) < from);
        let high = low + self.all.days[low..].partition_point(|&at| at < day);
        let rows = &self.entries[low..high];
        if rows.iter().all(|row| row.recorded < day) {
            return self.all.view(low, high);
        }
        self.known.clear();
        for row in rows.iter().filter(|row| row.recorded < day) {
            self.known.push(row);
        }
        self.known.view(0, self.known.days.len())
    }
}

/// Rows in the order of days.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) days: &'a [i32],
    pub(super) amounts: &'a [i64],
    pub(super) labels: &'a [u32],
}

impl View<'_> {
    /// The last of the rows, those on or after a day.
    pub(super) fn since(self, day: i64) -> Self {
        let from = self.days.partition_point(|&at| i64::from(at) < day);
        Self {
            days: &self.days[from..],
            amounts: &self.amounts[from..],
            labels: &self.labels[from..],
        }
    }

    /// The first of the rows, those before a day.
    pub(super) fn until(self, day: i64) -> Self {
        let to = self.days.partition_point(|&at| i64::from(at) < day);
        Self {
            days: &self.days[..to],
            amounts: &self.amounts[..to],
            labels: &self.labels[..to],
        }
    }

    pub(super) fn money(self) -> i128 {
        self.amounts.iter().map(|&amount| i128::from(amount)).sum()
    }
}

/// What was known of a customer before the day of a snapshot.
///
/// Rows that happened or were recorded on the day or later are not in it, nor are those before the
/// lookback; there is no way from here to the log.
///
/// # Example
///
/// See [`HostFeature`](super::HostFeature).
#[derive(Clone, Copy)]
pub struct History<'a> {
    pub(super) day: i32,
    pub(super) start: i32,
    pub(super) purchases: View<'a>,
    pub(super) events: View<'a>,
    pub(super) channels: &'a [String],
    pub(super) kinds: &'a [String],
}

impl std::fmt::Debug for History<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History")
            .field("day", &self.day)
            .field("purchases", &self.purchases.days.len())
            .field("events", &self.events.days.len())
            .finish_non_exhaustive()
    }
}

impl<'a> History<'a> {
    /// The day of the snapshot, counted from 1970-01-01.
    ///
    /// # Example
    ///
    /// See [`HostFeature`](super::HostFeature).
    pub fn day(&self) -> i32 {
        self.day
    }

    /// Days since the customer became one, at least 1.
    ///
    /// # Example
    ///
    /// See [`HostFeature`](super::HostFeature).
    pub fn tenure_days(&self) -> i64 {
        i64::from(self.day) - i64::from(self.start)
    }

    /// The days of the rows of purchases, ascending.
    ///
    /// # Example
    ///
    /// See [`HostFeature`](super::HostFeature).
    pub fn purchase_days(&self) -> &'a [i32] {
        self.purchases.days
    }

    /// The amounts of these rows, in minor units.
    ///
    /// # Example
    ///
    /// See [`HostFeature`](super::HostFeature).
    pub fn amounts(&self) -> &'a [i64] {
        self.purchases.amounts
    }

    /// The channel of one of these rows; `None` if it has none.
    ///
    /// # Example
    ///
    /// See [`HostFeature`](super::HostFeature).
    pub fn channel(&self, row: usize) -> Option<&'a str> {
        let label = *self.purchases.labels.get(row)?;
        self.channels.get(label as usize).map(String::as_str)
    }

    /// The days of events, ascending.
    ///
    /// # Example
    ///
    /// See [`HostFeature`](super::HostFeature).
    pub fn event_days(&self) -> &'a [i32] {
        self.events.days
    }

    /// The kind of one of these events.
    ///
    /// # Example
    ///
    /// See [`HostFeature`](super::HostFeature).
    pub fn event_kind(&self, row: usize) -> Option<&'a str> {
        let label = *self.events.labels.get(row)?;
        self.kinds.get(label as usize).map(String::as_str)
    }
}
