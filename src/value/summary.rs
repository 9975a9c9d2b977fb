//! The purchase history of each customer, in a few numbers.
//!
//! Definitions are on the page of the room.

use std::fmt;

use chrono::NaiveDate;
use rayon::prelude::*;
use serde::Serialize;

use super::{
    SummaryState,
    day_table::{BLOCK, Block, Entry},
};
use crate::{
    Result,
    data::{Currency, CustomerIx, Customers, MinorUnits, date_of_day, day_of_date},
};

/// Marks a customer without a purchase in the column of first days.
const NO_PURCHASE: i32 = i32::MIN;

/// The purchase history of each customer as of the end of a day; columns in the
/// order of the customers. Definitions are on the [page of the room](crate::value).
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, Transactions, date_of_day}, value::SummaryState};
///
/// let log = Transactions::builder(Currency::USD)
///     .text_keys(&["ann", "ann", "ann", "bob", "cid"])
///     .days(vec![0, 7, 7, 3, 99])
///     .amounts(vec![1000, 500, -200, -400, 800])
///     .build()?;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10).unwrap())?;
/// // Ann bought on two days; bob was only refunded; cid comes later.
/// assert_eq!(summary.has_purchase().collect::<Vec<_>>(), [true, false, false]);
/// assert_eq!((summary.frequency()[0], summary.recency()[0], summary.age()[0]), (1, 7, 10));
/// assert_eq!(summary.first_money()[0] + summary.repeat_money()[0], 1300);
/// assert_eq!(summary.refund_money()[1], -400);
/// assert_eq!(summary.days_after_as_of(), 1);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize)]
pub struct Summary {
    currency: Currency,
    as_of: NaiveDate,
    customers: Customers,
    first_day: Vec<i32>,
    frequency: Vec<u32>,
    recency: Vec<u32>,
    age: Vec<u32>,
    first_money: Vec<i64>,
    repeat_money: Vec<i64>,
    refund_money: Vec<i64>,
    days_after_as_of: u64,
}

impl fmt::Debug for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Summary")
            .field("customers", &self.len())
            .field("as_of", &self.as_of)
            .field("currency", &self.currency)
            .finish_non_exhaustive()
    }
}

/// One customer's line of a [`Summary`] in the making.
struct Line {
    first_day: i32,
    last_day: i32,
    purchase_days: u32,
    first_money: i64,
    repeat_money: i128,
    refund_money: i128,
    days_after: u64,
}

impl Line {
    /// Goes through the days of one customer, in order.
    fn of(days: impl Iterator<Item = Entry>, as_of: i32) -> Self {
        let mut line = Self {
            first_day: NO_PURCHASE,
            last_day: NO_PURCHASE,
            purchase_days: 0,
            first_money: 0,
            repeat_money: 0,
            refund_money: 0,
            days_after: 0,
        };
        for (stamp, money) in days {
            if stamp.day() > as_of {
                line.days_after += 1;
            } else if !stamp.purchase() {
                line.refund_money += i128::from(money);
            } else {
                line.last_day = stamp.day();
                line.purchase_days += 1;
                if line.purchase_days == 1 {
                    line.first_day = stamp.day();
                    line.first_money = money;
                } else {
                    line.repeat_money += i128::from(money);
                }
            }
        }
        line
    }
}

impl Summary {
    pub(super) fn finish(state: &SummaryState, as_of: NaiveDate) -> Result<Self> {
        let count = state.customers().len();
        let mut summary = Self {
            currency: state.currency(),
            as_of,
            customers: state.customers().clone(),
            first_day: vec![NO_PURCHASE; count],
            frequency: vec![0; count],
            recency: vec![0; count],
            age: vec![0; count],
            first_money: vec![0; count],
            repeat_money: vec![0; count],
            refund_money: vec![0; count],
            days_after_as_of: 0,
        };
        let mut days_after = vec![0u64; state.table().blocks().len()];
        let as_of = day_of_date(as_of);
        let columns = (
            summary.first_day.par_chunks_mut(BLOCK),
            summary.frequency.par_chunks_mut(BLOCK),
            summary.recency.par_chunks_mut(BLOCK),
            summary.age.par_chunks_mut(BLOCK),
            summary.first_money.par_chunks_mut(BLOCK),
            summary.repeat_money.par_chunks_mut(BLOCK),
            summary.refund_money.par_chunks_mut(BLOCK),
            days_after.par_iter_mut(),
        );
        let fill = |block: &Block, columns: Columns<'_>| {
            let (first_day, frequency, recency, age, first, repeat, refund, after) = columns;
            for customer in 0..block.customers() {
                let line = Line::of(block.entries(customer), as_of);
                *after += line.days_after;
                refund[customer] = narrow(line.refund_money)?;
                if line.purchase_days > 0 {
                    first_day[customer] = line.first_day;
                    frequency[customer] = line.purchase_days - 1;
                    recency[customer] = line.first_day.abs_diff(line.last_day);
                    age[customer] = line.first_day.abs_diff(as_of);
                    first[customer] = line.first_money;
                    repeat[customer] = narrow(line.repeat_money)?;
                }
                // So that the total of a customer always exists.
                narrow(line.refund_money + line.repeat_money + i128::from(line.first_money))?;
            }
            Ok(())
        };
        state
            .table()
            .for_each_block(columns.into_par_iter(), fill)?;
        summary.days_after_as_of = days_after.iter().sum();
        Ok(summary)
    }

    /// The number of customers, with or without a purchase.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::SummaryState};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_000).unwrap())?;
    /// assert_eq!(summary.len(), 1_000);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.customers.len()
    }

    /// Whether there are no customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::SummaryState};
    /// # let log = PurchaseLogParams::default().customers(0).generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_000).unwrap())?;
    /// assert!(summary.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.customers.is_empty()
    }

    /// The customers, in the order of the columns.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::SummaryState};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_000).unwrap())?;
    /// assert_eq!(summary.customers(), log.customers());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers(&self) -> &Customers {
        &self.customers
    }

    /// The day at whose end the summary holds.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::SummaryState};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let day = date_of_day(10_000).unwrap();
    /// assert_eq!(SummaryState::new(&log)?.summary(day)?.as_of(), day);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn as_of(&self) -> NaiveDate {
        self.as_of
    }

    /// The currency of the money columns.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, date_of_day}, simulate::PurchaseLogParams, value::SummaryState};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let summary = SummaryState::new(&log)?.summary(date_of_day(10_000).unwrap())?;
    /// assert_eq!(summary.currency(), Currency::USD);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// For each customer, whether there is a purchase up to `as_of`.
    ///
    /// # Example
    ///
    /// See [`Summary`].
    pub fn has_purchase(&self) -> impl ExactSizeIterator<Item = bool> {
        self.first_day.iter().map(|&day| day != NO_PURCHASE)
    }

    /// How many customers have a purchase up to `as_of`.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::SummaryState};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// let before_all = SummaryState::new(&log)?.summary(date_of_day(0).unwrap())?;
    /// assert_eq!(before_all.buyers(), 0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn buyers(&self) -> usize {
        self.has_purchase().filter(|&has| has).count()
    }

    /// The first purchase day of a customer; `None` without a purchase.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, CustomerIx, Transactions, date_of_day}, value::SummaryState};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[1]).days(vec![0]).amounts(vec![5]).build()?;
    /// let summary = SummaryState::new(&log)?.summary(date_of_day(10).unwrap())?;
    /// assert_eq!(summary.first_purchase(CustomerIx(0)).unwrap().to_string(), "1970-01-01");
    /// assert_eq!(summary.first_purchase(CustomerIx(1)), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn first_purchase(&self, customer: CustomerIx) -> Option<NaiveDate> {
        let day = self.first_day.get(customer.at()).copied();
        date_of_day(day.filter(|&day| day != NO_PURCHASE)?)
    }

    /// The last purchase day of a customer; `None` without a purchase.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, CustomerIx, Transactions, date_of_day}, value::SummaryState};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[1, 1]).days(vec![0, 4]).amounts(vec![5, 5]).build()?;
    /// let summary = SummaryState::new(&log)?.summary(date_of_day(10).unwrap())?;
    /// assert_eq!(summary.last_purchase(CustomerIx(0)).unwrap().to_string(), "1970-01-05");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn last_purchase(&self, customer: CustomerIx) -> Option<NaiveDate> {
        let first = self.first_purchase(customer)?;
        first.checked_add_days(chrono::Days::new(self.recency[customer.at()].into()))
    }

    /// x: purchase days after the first one.
    ///
    /// # Example
    ///
    /// See [`Summary`].
    pub fn frequency(&self) -> &[u32] {
        &self.frequency
    }

    /// `t_x`: days from the first purchase day to the last.
    ///
    /// # Example
    ///
    /// See [`Summary`].
    pub fn recency(&self) -> &[u32] {
        &self.recency
    }

    /// T: days from the first purchase day to `as_of`.
    ///
    /// # Example
    ///
    /// See [`Summary`].
    pub fn age(&self) -> &[u32] {
        &self.age
    }

    /// Days from the last purchase day of a customer to `as_of`; `None` without
    /// a purchase. What marketers call recency.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, CustomerIx, Transactions, date_of_day}, value::SummaryState};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[1, 1]).days(vec![0, 4]).amounts(vec![5, 5]).build()?;
    /// let summary = SummaryState::new(&log)?.summary(date_of_day(10).unwrap())?;
    /// assert_eq!(summary.days_since_last(CustomerIx(0)), Some(6));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn days_since_last(&self, customer: CustomerIx) -> Option<u32> {
        self.first_purchase(customer)?;
        Some(self.age[customer.at()] - self.recency[customer.at()])
    }

    /// Minor units, net, on the first purchase day.
    ///
    /// # Example
    ///
    /// See [`Summary`].
    pub fn first_money(&self) -> &[i64] {
        &self.first_money
    }

    /// Minor units, net, on the later purchase days together.
    ///
    /// # Example
    ///
    /// See [`Summary`].
    pub fn repeat_money(&self) -> &[i64] {
        &self.repeat_money
    }

    /// Minor units on days that have refunds only; at most 0.
    ///
    /// # Example
    ///
    /// See [`Summary`].
    pub fn refund_money(&self) -> &[i64] {
        &self.refund_money
    }

    /// All money of a customer up to `as_of`, net of refunds.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, CustomerIx, MinorUnits, Transactions, date_of_day}, value::SummaryState};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[1, 1]).days(vec![0, 4]).amounts(vec![5, -2]).build()?;
    /// let summary = SummaryState::new(&log)?.summary(date_of_day(10).unwrap())?;
    /// assert_eq!(summary.total_money(CustomerIx(0)), Some(MinorUnits(3)));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn total_money(&self, customer: CustomerIx) -> Option<MinorUnits> {
        let at = customer.at();
        let first = self.first_money.get(at)?;
        // The total was checked when the summary was made; wrapping lets the
        // order of the three not matter.
        let purchases = first.wrapping_add(self.repeat_money[at]);
        Some(MinorUnits(purchases.wrapping_add(self.refund_money[at])))
    }

    /// How many customer-days of the state come after `as_of` and are left out.
    ///
    /// # Example
    ///
    /// See [`Summary`].
    pub fn days_after_as_of(&self) -> u64 {
        self.days_after_as_of
    }
}

type Columns<'a> = (
    &'a mut [i32],
    &'a mut [u32],
    &'a mut [u32],
    &'a mut [u32],
    &'a mut [i64],
    &'a mut [i64],
    &'a mut [i64],
    &'a mut u64,
);

fn narrow(money: i128) -> Result<i64> {
    Ok(MinorUnits::from_sum(money, "one customer")?.0)
}
