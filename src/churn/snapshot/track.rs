//! The rows of one customer, and where in them the windows before each snapshot begin.

use super::ledger::Entry;

/// Longer than the calendar.
const ALWAYS: i64 = 1 << 40;

/// The lengths in days of the windows that end with the day before a snapshot.
#[derive(Debug, Clone)]
pub(super) struct Windows(Vec<i64>);

impl Windows {
    /// The places of the two windows that there always are: none of the days, and the lookback.
    pub(super) const NONE: usize = 0;
    pub(super) const ALL: usize = 1;

    pub(super) fn new(lookback: Option<u32>) -> Self {
        Self(vec![0, lookback.map_or(ALWAYS, i64::from)])
    }

    /// The place of a window, which is added where it is new.
    pub(super) fn place(&mut self, days: u64) -> usize {
        let days = i64::try_from(days).map_or(ALWAYS, |days| days.min(ALWAYS));
        if let Some(place) = self.0.iter().position(|&known| known == days) {
            return place;
        }
        self.0.push(days);
        self.0.len() - 1
    }
}

/// Columns of rows in the order of days, with sums.
#[derive(Debug, Default)]
struct Columns {
    days: Vec<i32>,
    amounts: Vec<i64>,
    labels: Vec<u32>,
    recorded: Vec<i32>,
    /// The latest day on which a row up to this one was recorded.
    latest: Vec<i32>,
    /// The money of the rows before each, and of all, wrapped around where it does not fit.
    money: Vec<i64>,
    /// The money of all rows without their signs, at most the greatest number there is.
    turnover: u64,
    /// How many of the purchase days come before each row, and how many there are. To be read where a
    /// day begins.
    bought: Vec<usize>,
    /// The days with a purchase.
    purchase_days: Vec<i32>,
    /// Where the windows begin: those of the first length for all days, then those of the next.
    starts: Vec<usize>,
}

impl Columns {
    /// Takes rows in the order of days, one column after the other.
    fn take(&mut self, rows: impl Iterator<Item = Entry> + Clone) {
        fill(&mut self.days, rows.clone().map(|row| row.day));
        fill(&mut self.amounts, rows.clone().map(|row| row.amount));
        fill(&mut self.labels, rows.clone().map(|row| row.label));
        fill(&mut self.recorded, rows.map(|row| row.recorded));
        let mut latest = i32::MIN;
        let latest_of = |&day: &i32| {
            latest = latest.max(day);
            latest
        };
        fill(&mut self.latest, self.recorded.iter().map(latest_of));
        let mut money: i64 = 0;
        let money_of = |&amount: &i64| {
            money = money.wrapping_add(amount);
            money
        };
        self.money.clear();
        self.money.push(0);
        self.money.extend(self.amounts.iter().map(money_of));
        let sizes = self.amounts.iter().map(|amount| amount.unsigned_abs());
        self.turnover = sizes.fold(0, u64::saturating_add);
        self.purchase_days.clear();
        self.bought.clear();
        self.bought.push(0);
        for (&day, &amount) in self.days.iter().zip(&self.amounts) {
            // A day of refunds only is no purchase, as in spells.
            if amount >= 0 && self.purchase_days.last() != Some(&day) {
                self.purchase_days.push(day);
            }
            self.bought.push(self.purchase_days.len());
        }
    }

    /// The rows of others that were recorded before a day.
    fn take_known(&mut self, all: &Self, day: i32) {
        let row = |at: usize| Entry {
            customer: 0,
            day: all.days[at],
            label: all.labels[at],
            amount: all.amounts[at],
            recorded: all.recorded[at],
        };
        let rows = (0..all.days.len()).map(row);
        self.take(rows.filter(|row| row.recorded < day));
    }

    /// Finds where the windows before each of some days begin, which ascend.
    fn find(&mut self, days: &[i32], windows: &Windows) {
        self.starts.clear();
        for length in &windows.0 {
            let mut start = 0;
            for &day in days {
                let first = i64::from(day) - length;
                let rest = self.days[start..].iter();
                start += rest.take_while(|&&at| i64::from(at) < first).count();
                self.starts.push(start);
            }
        }
    }
}

fn fill<T>(column: &mut Vec<T>, values: impl Iterator<Item = T>) {
    column.clear();
    column.extend(values);
}

/// The rows of one customer, and room for those that were known before a day.
#[derive(Debug, Default)]
pub(super) struct Track {
    all: Columns,
    known: Columns,
}

impl Track {
    /// Takes the rows of a customer, in order, and finds their windows before each of some days,
    /// which ascend.
    pub(super) fn load(&mut self, rows: &[Entry], days: &[i32], windows: &Windows) {
        self.all.take(rows.iter().copied());
        self.all.find(days, windows);
    }

    /// Whether each row that happened before one of the days was recorded before it.
    pub(super) fn is_in_time(&self, days: &[i32]) -> bool {
        let ends = self.all.starts.iter();
        let latest = |&end: &usize| end.checked_sub(1).map(|last| self.all.latest[last]);
        let mut ends = ends.map(latest).zip(days);
        ends.all(|(latest, &day)| latest.is_none_or(|latest| latest < day))
    }

    /// All rows that happened before each of the days.
    pub(super) fn happened(&self, days: usize) -> Known<'_> {
        Known {
            columns: &self.all,
            days,
        }
    }

    /// The rows that happened and were recorded before one day.
    pub(super) fn recorded(&mut self, day: i32, windows: &Windows) -> Known<'_> {
        self.known.take_known(&self.all, day);
        self.known.find(&[day], windows);
        Known {
            columns: &self.known,
            days: 1,
        }
    }
}

/// What was known of one customer before each of some days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    columns: &'a Columns,
    days: usize,
}

impl<'a> Known<'a> {
    fn starts(self, window: usize) -> &'a [usize] {
        &self.columns.starts[window * self.days..(window + 1) * self.days]
    }

    /// The rows of a window before each day.
    pub(super) fn window(self, window: usize) -> Rows<'a> {
        self.between(window, Windows::NONE)
    }

    /// The rows of the longer of two windows without those of the shorter.
    pub(super) fn between(self, longer: usize, shorter: usize) -> Rows<'a> {
        Rows {
            columns: self.columns,
            starts: self.starts(longer),
            ends: self.starts(shorter),
        }
    }
}

/// Rows of one customer, for each of some days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    columns: &'a Columns,
    starts: &'a [usize],
    ends: &'a [usize],
}

impl<'a> Rows<'a> {
    /// The rows of a day.
    #[inline]
    pub(super) fn view(self, at: usize) -> View<'a> {
        let rows = self.starts[at]..self.ends[at];
        View {
            days: &self.columns.days[rows.clone()],
            amounts: &self.columns.amounts[rows.clone()],
            labels: &self.columns.labels[rows],
        }
    }

    /// How many they are.
    #[inline]
    pub(super) fn count(self, at: usize) -> usize {
        self.ends[at] - self.starts[at]
    }

    /// Their money.
    #[inline]
    pub(super) fn money(self, at: usize) -> f64 {
        let (from, to) = (self.starts[at], self.ends[at]);
        if self.columns.turnover <= i64::MAX.unsigned_abs() {
            return (self.columns.money[to] - self.columns.money[from]) as f64;
        }
        let amounts = self.columns.amounts[from..to].iter();
        amounts.map(|&amount| i128::from(amount)).sum::<i128>() as f64
    }

    /// Their days with a purchase, ascending.
    #[inline]
    pub(super) fn purchase_days(self, at: usize) -> &'a [i32] {
        let before = |row: usize| self.columns.bought[row];
        &self.columns.purchase_days[before(self.starts[at])..before(self.ends[at])]
    }
}

/// Rows in the order of days.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) days: &'a [i32],
    pub(super) amounts: &'a [i64],
    pub(super) labels: &'a [u32],
}
