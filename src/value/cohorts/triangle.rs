//! The sums behind cohorts: a small table of whole numbers.

use chrono::NaiveDate;

use super::{Cohort, CohortCell, CohortParams, money};
use crate::{
    Error, Result,
    data::{date_of_day, day_of_date},
    numeric::map_chunks,
    value::day_table::{BLOCK, DayTable, Entry},
};

/// The most periods: there is a cell for every two of them.
const MOST_PERIODS: usize = 1_200;

/// Pieces of the table that are added up apart, at most, and the cells that all of
/// them have together; constants.
const PIECES: usize = 16;
const MOST_CELLS: usize = 1 << 22;

/// The periods from the first purchase until the last day.
pub(super) struct Calendar {
    starts: Vec<NaiveDate>,
    /// Whether the last period is over.
    last_complete: bool,
    first_day: i32,
    as_of: i32,
    /// The period of each day from `first_day` to `as_of`.
    period: Vec<u16>,
}

impl Calendar {
    pub(super) fn new(params: &CohortParams, table: &DayTable) -> Result<Self> {
        let CohortParams { period, as_of } = *params;
        let firsts = map_chunks(table.blocks().len(), PIECES, |blocks| {
            let blocks = table.blocks()[blocks].iter();
            let days = blocks.flat_map(|block| {
                let customers = 0..block.customers();
                customers.filter_map(|customer| first_purchase(block.entries(customer)))
            });
            days.min()
        });
        let last_day = day_of_date(as_of);
        let first = firsts.into_iter().flatten().min();
        let first = first.filter(|first| *first <= last_day);
        let Some((first_day, first)) = first.and_then(|day| Some((day, date_of_day(day)?))) else {
            return Err(Error::NotEnoughData {
                what: format!("purchases up to {as_of}").into(),
                needed: 1,
                found: 0,
            });
        };
        let mut starts = vec![period.start(first)];
        let mut next = period.next(first);
        while next <= as_of {
            if starts.len() == MOST_PERIODS {
                let given = format!("{period:?} from {first} to {as_of}");
                let expected =
                    format!("a longer one: at most {MOST_PERIODS} periods are kept apart");
                return Err(Error::parameter("period", given.to_lowercase(), expected));
            }
            starts.push(next);
            next = period.next(next);
        }
        let mut of_day = Vec::new();
        let mut at = 0u16;
        let mut ends = starts[1..]
            .iter()
            .map(|&start| day_of_date(start))
            .peekable();
        for day in first_day..=last_day {
            if ends.next_if(|end| day >= *end).is_some() {
                at += 1;
            }
            of_day.push(at);
        }
        Ok(Self {
            starts,
            last_complete: next.pred_opt() == Some(as_of),
            first_day,
            as_of: last_day,
            period: of_day,
        })
    }

    fn periods(&self) -> usize {
        self.starts.len()
    }

    /// The period of a day that is not before the first purchase of all nor after the
    /// last day.
    fn period(&self, day: i32) -> usize {
        usize::from(self.period[day.abs_diff(self.first_day) as usize])
    }

    /// Where the cells of a cohort start: it has one cell fewer than the one before.
    fn offset(&self, cohort: usize) -> usize {
        cohort * (2 * self.periods() + 1 - cohort) / 2
    }
}

fn first_purchase(mut entries: impl Iterator<Item = Entry>) -> Option<i32> {
    let first = entries.find(|(stamp, _)| stamp.purchase());
    first.map(|(stamp, _)| stamp.day())
}

#[derive(Clone, Copy, Default)]
struct Cell {
    active: u64,
    /// Customers whose second purchase day lies in the period.
    repeats: u64,
    purchases: u64,
    money: i128,
}

/// The sums of one group of customers.
#[derive(Clone)]
pub(super) struct Triangle {
    customers: Vec<u64>,
    cells: Vec<Cell>,
    outside: i128,
}

impl Triangle {
    fn new(calendar: &Calendar) -> Self {
        Self {
            customers: vec![0; calendar.periods()],
            cells: vec![Cell::default(); calendar.offset(calendar.periods())],
            outside: 0,
        }
    }

    /// The triangles of groups of customers.
    pub(super) fn of_groups(
        calendar: &Calendar,
        table: &DayTable,
        groups: usize,
        group: impl Fn(usize) -> usize + Sync,
    ) -> Vec<Self> {
        let blocks = table.blocks().len();
        // Each piece has cells of its own: fewer pieces where they are many.
        let cells = groups * calendar.offset(calendar.periods());
        let pieces = (MOST_CELLS / cells.max(1)).clamp(1, PIECES);
        let pieces = map_chunks(blocks, blocks.div_ceil(pieces).max(1), |range| {
            let mut sums = vec![Self::new(calendar); groups];
            for at in range {
                let block = &table.blocks()[at];
                for customer in 0..block.customers() {
                    let group = group(at * BLOCK + customer);
                    sums[group].add(calendar, block.entries(customer));
                }
            }
            sums
        });
        let mut all = vec![Self::new(calendar); groups];
        for piece in pieces {
            for (all, sums) in all.iter_mut().zip(&piece) {
                all.merge(sums);
            }
        }
        all
    }

    /// Adds a customer.
    fn add(&mut self, calendar: &Calendar, entries: impl Iterator<Item = Entry>) {
        let mut cohort = None;
        let mut purchase_days = 0;
        let mut last_active = usize::MAX;
        let entries = entries.take_while(|(stamp, _)| stamp.day() <= calendar.as_of);
        for (stamp, money) in entries {
            if cohort.is_none() && stamp.purchase() {
                let came = calendar.period(stamp.day());
                self.customers[came] += 1;
                cohort = Some((came, calendar.offset(came)));
            }
            let Some((came, offset)) = cohort else {
                self.outside += i128::from(money);
                continue;
            };
            let age = calendar.period(stamp.day()) - came;
            let cell = &mut self.cells[offset + age];
            cell.money += i128::from(money);
            if stamp.purchase() {
                purchase_days += 1;
                cell.purchases += 1;
                cell.repeats += u64::from(purchase_days == 2);
                cell.active += u64::from(age != last_active);
                last_active = age;
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        for (sum, more) in self.customers.iter_mut().zip(&other.customers) {
            *sum += more;
        }
        for (sum, more) in self.cells.iter_mut().zip(&other.cells) {
            sum.active += more.active;
            sum.repeats += more.repeats;
            sum.purchases += more.purchases;
            sum.money += more.money;
        }
        self.outside += other.outside;
    }

    /// Whether there is anybody, or any money.
    pub(super) fn any(&self) -> bool {
        self.outside != 0 || self.customers.iter().any(|&customers| customers > 0)
    }

    pub(super) fn outside(&self) -> i128 {
        self.outside
    }

    pub(super) fn rows(&self, calendar: &Calendar) -> Result<Vec<Cohort>> {
        let periods = calendar.periods();
        let row = |(cohort, &start): (usize, &NaiveDate)| {
            let ages = periods - cohort;
            let cells = &self.cells[calendar.offset(cohort)..][..ages];
            let mut repeated = 0;
            let cell = |(age, cell): (usize, &Cell)| {
                repeated += cell.repeats;
                Ok(CohortCell {
                    active: cell.active,
                    repeated,
                    purchases: cell.purchases,
                    money: money(cell.money)?,
                    complete: age + 1 < ages || calendar.last_complete,
                })
            };
            Ok(Cohort {
                start,
                customers: self.customers[cohort],
                cells: cells.iter().enumerate().map(cell).collect::<Result<_>>()?,
            })
        };
        calendar.starts.iter().enumerate().map(row).collect()
    }
}
