//! Sums of a log by customer.

use std::{
    fmt,
    ops::{Range, RangeInclusive},
};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    data::{
        Currency, CustomerIx, Customers, Merge, MinorUnits, Transactions, Window, day_of_date,
        merge_sealed,
    },
    numeric::map_chunks,
    persist,
};

/// The mergeable state of profitability: what each customer bought, gave back and cost.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, Merge, Transactions},
///                  value::{ProfitParams, ProfitState}};
/// let shard = |amount, cost| {
///     let log = Transactions::builder(Currency::USD)
///         .text_keys(&["ann"])
///         .days(vec![0])
///         .amounts(vec![amount])
///         .costs(vec![cost])
///         .build()?;
///     ProfitState::new(&log)
/// };
/// let state = shard(1000, 400)?.merge(shard(-200, 50)?)?;
/// let profits = ProfitParams::default().evaluate(&state)?;
/// assert_eq!(profits.profit(), [1000 - 200 - 400 - 50]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct ProfitState {
    currency: Currency,
    window: Option<Window>,
    /// Whether rows have costs.
    costed: bool,
    customers: Customers,
    sums: Vec<Sums>,
}

/// The rows of one customer. Each sum only ever grows one way, so that whether it fits
/// does not depend on the order of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) rows: u64,
    /// Amounts of 0 or more, and those below.
    pub(super) sales: i64,
    pub(super) refunds: i64,
    /// Costs of 0 or more, and those below.
    charged: i64,
    credited: i64,
}

impl Sums {
    /// `None` if a sum does not fit.
    fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            rows: self.rows.checked_add(other.rows)?,
            sales: self.sales.checked_add(other.sales)?,
            refunds: self.refunds.checked_add(other.refunds)?,
            charged: self.charged.checked_add(other.charged)?,
            credited: self.credited.checked_add(other.credited)?,
        })
    }

    fn of_row(amount: i64, cost: i64) -> Self {
        Self {
            rows: 1,
            sales: amount.max(0),
            refunds: amount.min(0),
            charged: cost.max(0),
            credited: cost.min(0),
        }
    }

    pub(super) fn net_sales(self) -> i128 {
        i128::from(self.sales) + i128::from(self.refunds)
    }

    pub(super) fn costs(self) -> i128 {
        i128::from(self.charged) + i128::from(self.credited)
    }
}

/// Customers in a range. To fetch the sums of customers all over a table waits for memory
/// at every row; those of a range stay in the cache.
const RANGE: usize = 1 << 14;

/// The rows of a chunk of a log, laid out by the range of their customer.
struct CutRows {
    /// Where each range ends.
    ends: Vec<u32>,
    /// The place of each row's customer within the range.
    place: Vec<u16>,
    amount: Vec<i64>,
    /// Empty for a log without costs.
    cost: Vec<i64>,
}

impl CutRows {
    /// The rows of `chunk` whose day counts.
    fn new(log: &Transactions, days: &RangeInclusive<i32>, chunk: Range<usize>) -> Self {
        let counted = || chunk.clone().filter(|&row| days.contains(&log.days()[row]));
        let customer = |row: usize| log.customer()[row].at();
        let mut next = vec![0u32; log.customers().len().div_ceil(RANGE)];
        for row in counted() {
            next[customer(row) / RANGE] += 1;
        }
        let mut total = 0;
        for next in &mut next {
            total += *next;
            *next = total - *next;
        }
        let len = total as usize;
        let (mut place, mut amount) = (vec![0; len], vec![0; len]);
        let mut cost = vec![0; if log.costs().is_some() { len } else { 0 }];
        for row in counted() {
            let next = &mut next[customer(row) / RANGE];
            let to = *next as usize;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a range has 2^14 customers"
            )]
            let within = (customer(row) % RANGE) as u16;
            place[to] = within;
            amount[to] = log.amounts()[row];
            if let Some(costs) = log.costs() {
                cost[to] = costs[row];
            }
            *next += 1;
        }
        Self {
            ends: next,
            place,
            amount,
            cost,
        }
    }

    /// Adds the rows of a range to its sums.
    fn add(&self, range: usize, sums: &mut [Sums]) -> Result<()> {
        let start = range.checked_sub(1).map_or(0, |before| self.ends[before]);
        for row in start as usize..self.ends[range] as usize {
            let cost = self.cost.get(row).copied().unwrap_or(0);
            let more = Sums::of_row(self.amount[row], cost);
            let sum = &mut sums[usize::from(self.place[row])];
            *sum = sum.plus(more).ok_or_else(too_much)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ProfitState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfitState")
            .field("customers", &self.customers.len())
            .field("window", &self.window)
            .field("costed", &self.costed)
            .finish_non_exhaustive()
    }
}

impl ProfitState {
    /// The state of a log.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] if the money of one customer exceeds `i64`.
    ///
    /// # Example
    ///
    /// See [`ProfitState`].
    pub fn new(log: &Transactions) -> Result<Self> {
        Self::build(log, None)
    }

    /// The state of the rows of a period.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Transactions, Window, date_of_day},
    ///                  value::{ProfitParams, ProfitState}};
    /// let log = Transactions::builder(Currency::USD)
    ///     .int_keys(&[1, 1])
    ///     .days(vec![5, 15])
    ///     .amounts(vec![300, 800])
    ///     .build()?;
    /// let first = Window::new(date_of_day(0).unwrap(), date_of_day(9).unwrap())?;
    /// let state = ProfitState::within(&log, first)?;
    /// assert_eq!(ProfitParams::default().evaluate(&state)?.profit(), [300]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn within(log: &Transactions, window: Window) -> Result<Self> {
        Self::build(log, Some(window))
    }

    fn build(log: &Transactions, window: Option<Window>) -> Result<Self> {
        let customers = log.customers().len();
        let days = match window {
            Some(window) => day_of_date(window.first())..=day_of_date(window.last()),
            None => i32::MIN..=i32::MAX,
        };
        // Large enough that a range finds some rows in each chunk.
        let chunk = (64 * customers.div_ceil(RANGE)).max(1 << 16);
        let chunks = map_chunks(log.len(), chunk, |rows| CutRows::new(log, &days, rows));
        let mut sums = vec![Sums::default(); customers];
        let add = |(range, sums): (usize, &mut [Sums])| {
            chunks.iter().try_for_each(|chunk| chunk.add(range, sums))
        };
        let done: Vec<Result<()>> = sums.par_chunks_mut(RANGE).enumerate().map(add).collect();
        done.into_iter().collect::<Result<()>>()?;
        Ok(Self {
            currency: log.currency(),
            window,
            costed: log.costs().is_some(),
            customers: log.customers().clone(),
            sums,
        })
    }

    /// The customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, Transactions}, value::ProfitState};
    /// let log = Transactions::builder(Currency::CHF).int_keys(&[7]).days(vec![0]).amounts(vec![5]).build()?;
    /// let state = ProfitState::new(&log)?;
    /// assert_eq!((state.customers(), state.currency()), (log.customers(), Currency::CHF));
    /// assert_eq!(state.window(), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers(&self) -> &Customers {
        &self.customers
    }

    /// The currency of the money.
    ///
    /// # Example
    ///
    /// See [`customers`](Self::customers).
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The period whose rows count; `None` for all.
    ///
    /// # Example
    ///
    /// See [`customers`](Self::customers).
    pub fn window(&self) -> Option<Window> {
        self.window
    }

    /// Whether the rows have costs.
    pub(super) fn costed(&self) -> bool {
        self.costed
    }

    pub(super) fn sums(&self) -> &[Sums] {
        &self.sums
    }

    /// The same state with customers in the order of their keys.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Merge, Transactions}, value::ProfitState};
    /// let state = |key| {
    ///     let log = Transactions::builder(Currency::USD).int_keys(&[key]).days(vec![0]).amounts(vec![key]);
    ///     ProfitState::new(&log.build()?)
    /// };
    /// let one_way = state(1)?.merge(state(2)?)?;
    /// let other_way = state(2)?.merge(state(1)?)?;
    /// assert_eq!(one_way.in_key_order(), other_way.in_key_order());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn in_key_order(&self) -> Self {
        let (customers, old) = self.customers.in_key_order();
        Self {
            customers,
            sums: old.iter().map(|old| self.sums[old.at()]).collect(),
            ..*self
        }
    }
}

fn too_much() -> Error {
    MinorUnits::too_much("one customer")
}

impl merge_sealed::Sealed for ProfitState {}

impl Merge for ProfitState {
    fn neutral(&self) -> Self {
        Self {
            customers: Customers::default(),
            sums: Vec::new(),
            ..*self
        }
    }

    fn merge(self, other: Self) -> Result<Self> {
        let definition = |state: &Self| {
            let window = state.window.map(|window| (window.first(), window.last()));
            let costs = if state.costed { "costs" } else { "no costs" };
            let days = window.map_or("all days".to_owned(), |(first, last)| {
                format!("days from {first} to {last}")
            });
            format!("{}, {days}, {costs}", state.currency)
        };
        let (expected, found) = (definition(&self), definition(&other));
        if expected != found {
            return Err(Error::VersionMismatch {
                what: "definition of the state",
                expected: expected.into(),
                found: found.into(),
            });
        }
        let (customers, numbers) = self.customers.union(&other.customers)?;
        let mut sums = self.sums;
        sums.resize(customers.len(), Sums::default());
        for (number, more) in numbers.iter().zip(other.sums) {
            let sum = &mut sums[number.at()];
            *sum = sum.plus(more).ok_or_else(too_much)?;
        }
        Ok(Self {
            currency: self.currency,
            window: self.window,
            costed: self.costed,
            customers,
            sums,
        })
    }
}

/// How a state is saved: one row a customer.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    currency: Currency,
    window: Option<Window>,
    costed: bool,
    customers: Customers,
    rows: Vec<u64>,
    sales: Vec<i64>,
    refunds: Vec<i64>,
    charged: Vec<i64>,
    credited: Vec<i64>,
}

impl From<ProfitState> for Fields {
    fn from(state: ProfitState) -> Self {
        let column = |of: fn(&Sums) -> i64| state.sums.iter().map(of).collect();
        Self {
            currency: state.currency,
            window: state.window,
            costed: state.costed,
            rows: state.sums.iter().map(|sums| sums.rows).collect(),
            sales: column(|sums| sums.sales),
            refunds: column(|sums| sums.refunds),
            charged: column(|sums| sums.charged),
            credited: column(|sums| sums.credited),
            customers: state.customers,
        }
    }
}

impl TryFrom<Fields> for ProfitState {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let count = fields.customers.len();
        Error::check_length("rows", count, fields.rows.len())?;
        let columns = [
            ("sales", &fields.sales, 1),
            ("refunds", &fields.refunds, -1),
            ("charged", &fields.charged, 1),
            ("credited", &fields.credited, -1),
        ];
        for (name, column, side) in columns {
            Error::check_length(name, count, column.len())?;
            if let Some(row) = column.iter().position(|money| money.signum() == -side) {
                let reason = format!("{} is on the wrong side of 0", column[row]);
                return Err(Error::value(name, row, reason));
            }
        }
        let sums = |customer: CustomerIx| {
            let at = customer.at();
            Sums {
                rows: fields.rows[at],
                sales: fields.sales[at],
                refunds: fields.refunds[at],
                charged: fields.charged[at],
                credited: fields.credited[at],
            }
        };
        Ok(Self {
            sums: fields.customers.numbers().map(sums).collect(),
            currency: fields.currency,
            window: fields.window,
            costed: fields.costed,
            customers: fields.customers,
        })
    }
}

impl persist::sealed::Sealed for ProfitState {}
impl persist::Persist for ProfitState {
    const FORMAT: &'static str = "custometry/profit-state";
    const VERSION: u32 = 1;
}
