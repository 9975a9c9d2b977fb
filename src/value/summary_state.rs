//! Money by customer and day, which merges: what summaries are made of.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    Summary,
    day_table::{DayTable, Entry, Stamp},
};
use crate::{
    Error, Observer, Result,
    data::{
        Currency, CustomerIx, Customers, Merge, MinorUnits, Transactions, date_of_day, merge_sealed,
    },
    numeric::map_chunks,
    persist,
};

/// The mergeable state of a [`Summary`]: money by customer and day.
///
/// Shards may share a customer, and even a customer's day: the merged state is
/// that of all rows together, exactly. Customers come in order of first
/// appearance; [`in_key_order`](Self::in_key_order) makes states comparable that
/// met them in another order.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, Merge, Transactions, date_of_day}, value::SummaryState};
///
/// let log = |days: &[i32]| Transactions::builder(Currency::USD)
///     .text_keys(&vec!["ann"; days.len()])
///     .days(days.to_vec())
///     .amounts(vec![1000; days.len()])
///     .build();
/// // Two shards that both hold a row of day 10.
/// let state = SummaryState::new(&log(&[0, 10])?)?.merge(SummaryState::new(&log(&[10, 30])?)?)?;
/// let summary = state.summary(date_of_day(40).unwrap())?;
/// assert_eq!(summary.frequency(), [2]);
/// assert_eq!(summary.recency(), [30]);
/// assert_eq!(summary.age(), [40]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StateFields", into = "StateFields")]
pub struct SummaryState {
    measure: Measure,
    currency: Currency,
    customers: Customers,
    table: DayTable,
}

/// What the money of a [`SummaryState`] is.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, CustomerIx, Transactions}, value::{Measure, SummaryState}};
/// let log = Transactions::builder(Currency::USD)
///     .int_keys(&[1])
///     .days(vec![5])
///     .amounts(vec![1000])
///     .costs(vec![600])
///     .build()?;
/// let state = SummaryState::contribution(&log)?;
/// assert_eq!(state.measure(), Measure::Contribution);
/// assert_eq!(state.days_of(CustomerIx(0)).next().unwrap().money.0, 400);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Measure {
    /// What customers paid, net of refunds.
    #[default]
    Revenue,
    /// The same less what each row cost the seller.
    Contribution,
}

/// What one customer did on one day, as a [`SummaryState`] holds it.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, CustomerIx, Transactions}, value::SummaryState};
/// let log = Transactions::builder(Currency::USD)
///     .int_keys(&[1, 1])
///     .days(vec![5, 5])
///     .amounts(vec![300, -100])
///     .build()?;
/// let day = SummaryState::new(&log)?.days_of(CustomerIx(0)).next().unwrap();
/// assert_eq!((day.money.0, day.purchase), (200, true));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CustomerDay {
    /// The day.
    pub date: NaiveDate,
    /// The net of all its rows.
    pub money: MinorUnits,
    /// Whether it is a purchase day, or has refunds only.
    pub purchase: bool,
}

/// Rows whose contribution is worked out together; a constant.
const CONTRIBUTION_CHUNK: usize = 1 << 16;

impl fmt::Debug for SummaryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SummaryState")
            .field("customers", &self.customers.len())
            .field("currency", &self.currency)
            .field("measure", &self.measure)
            .finish_non_exhaustive()
    }
}

impl SummaryState {
    /// The state of a log.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] if the money of one customer on one day exceeds
    /// `i64`, or the log has 2^32 rows or more: split it and merge the states.
    ///
    /// # Example
    ///
    /// See [`SummaryState`].
    pub fn new(log: &Transactions) -> Result<Self> {
        Self::new_observed(log, &mut ())
    }

    /// [`new`](Self::new) under an [`Observer`].
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`Error::Cancelled`].
    ///
    /// # Example
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use custometry::{Progress, simulate::PurchaseLogParams, value::SummaryState};
    ///
    /// let log = PurchaseLogParams::default().generate()?.transactions;
    /// let mut last = None;
    /// SummaryState::new_observed(&log, &mut |progress: Progress| {
    ///     last = Some(progress);
    ///     ControlFlow::Continue(())
    /// })?;
    /// assert_eq!(last.map(|progress| progress.done), Some(1_000));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn new_observed(log: &Transactions, observer: &mut dyn Observer) -> Result<Self> {
        Ok(Self {
            measure: Measure::Revenue,
            currency: log.currency(),
            customers: log.customers().clone(),
            table: DayTable::from_log(log, log.amounts(), observer)?,
        })
    }

    /// The state of a log whose money is contribution: the amount of each row less
    /// its cost. Days and purchases are those of [`new`](Self::new). Lifetime value,
    /// cohorts and bridges made from it are of contribution, not of revenue.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a log without costs, [`Error::InvalidValue`]
    /// for a row whose amount less its cost exceeds `i64`, and as [`new`](Self::new).
    ///
    /// # Example
    ///
    /// See [`Measure`].
    pub fn contribution(log: &Transactions) -> Result<Self> {
        let missing = || Error::parameter("costs", "missing", "a log with a cost for each row");
        let costs = log.costs().ok_or_else(missing)?;
        let left = |at: usize| log.amounts()[at].checked_sub(costs[at]);
        let money = map_chunks(log.len(), CONTRIBUTION_CHUNK, |rows| {
            rows.map(|at| left(at).ok_or(at)).collect()
        });
        let money: std::result::Result<Vec<Vec<i64>>, usize> = money.into_iter().collect();
        let money = money.map_err(|row| {
            let reason = "the amount less the cost exceeds 9.2e18 minor units; use a smaller scale";
            Error::value("cost", row, reason)
        })?;
        Ok(Self {
            measure: Measure::Contribution,
            currency: log.currency(),
            customers: log.customers().clone(),
            table: DayTable::from_log(log, &money.concat(), &mut ())?,
        })
    }

    /// What the money is.
    ///
    /// # Example
    ///
    /// See [`Measure`].
    pub fn measure(&self) -> Measure {
        self.measure
    }

    /// The customers, in the order of the summary.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, Transactions}, value::SummaryState};
    /// let state = SummaryState::new(&Transactions::from_rows(Currency::USD, [])?)?;
    /// assert!(state.customers().is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers(&self) -> &Customers {
        &self.customers
    }

    /// The currency of the money.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, Transactions}, value::SummaryState};
    /// let state = SummaryState::new(&Transactions::from_rows(Currency::CHF, [])?)?;
    /// assert_eq!(state.currency(), Currency::CHF);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The days on which a customer bought or was refunded, in order.
    ///
    /// # Example
    ///
    /// See [`CustomerDay`].
    pub fn days_of(&self, customer: CustomerIx) -> impl Iterator<Item = CustomerDay> {
        self.table
            .entries(customer.at())
            .map(|(stamp, money)| CustomerDay {
                // Days were checked when the log was built.
                date: date_of_day(stamp.day()).unwrap_or_default(),
                money: MinorUnits(money),
                purchase: stamp.purchase(),
            })
    }

    /// The same state with customers in the order of their keys.
    ///
    /// # Errors
    ///
    /// None in practice: the money of a day stays what it is.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Merge, Transactions}, value::SummaryState};
    /// let state = |key| -> custometry::Result<SummaryState> {
    ///     let log = Transactions::builder(Currency::USD).int_keys(&[key]).days(vec![0]).amounts(vec![key]);
    ///     SummaryState::new(&log.build()?)
    /// };
    /// let one_way = state(1)?.merge(state(2)?)?;
    /// let other_way = state(2)?.merge(state(1)?)?;
    /// assert_ne!(one_way, other_way);
    /// assert_eq!(one_way.in_key_order()?, other_way.in_key_order()?);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn in_key_order(&self) -> Result<Self> {
        self.only(&self.customers.key_order())
    }

    /// The state of some customers, in the order given, and of nobody else.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for a customer who does not exist; [`Error::DuplicateKey`] for one who
    /// is given twice.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, CustomerIx, Transactions, date_of_day}, value::SummaryState};
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["ann", "bob", "ann"])
    ///     .days(vec![0, 3, 9])
    ///     .amounts(vec![500, 200, 700])
    ///     .build()?;
    /// let ann = SummaryState::new(&log)?.of_customers(&[CustomerIx(0)])?;
    /// assert_eq!(ann.customers().len(), 1);
    /// assert_eq!(ann.summary(date_of_day(10).unwrap())?.frequency(), [1]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_customers(&self, customers: &[CustomerIx]) -> Result<Self> {
        self.customers.check_rows(customers)?;
        let mut rows = vec![None; self.customers.len()];
        for (row, customer) in customers.iter().enumerate() {
            if let Some(first_row) = rows[customer.at()].replace(row) {
                let key = self.customers.key(*customer).map(|key| key.to_string());
                return Err(Error::DuplicateKey {
                    key: key.unwrap_or_default().into(),
                    first_row,
                    row,
                });
            }
        }
        self.only(customers)
    }

    fn only(&self, old: &[CustomerIx]) -> Result<Self> {
        let table = DayTable::build(
            old.len(),
            |customer| self.table.count(old[customer].at()),
            |customer, rows| rows.extend(self.table.entries(old[customer].at())),
        )?;
        Ok(Self {
            measure: self.measure,
            currency: self.currency,
            customers: self.customers.only(old),
            table,
        })
    }

    /// What is known of each customer as a log: a row for each day, with the money of the day.
    ///
    /// A purchase day on which refunds outweigh purchases has two rows, a purchase of nothing and the
    /// refund, so that the state of this log is this state. It serves whatever reads a log where only
    /// the state is there, such as one that was merged from parts.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] if the money of all days exceeds `i64`.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Transactions}, value::SummaryState};
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["ann", "bob", "ann", "ann"])
    ///     .days(vec![0, 3, 9, 9])
    ///     .amounts(vec![500, 200, 700, -900])
    ///     .build()?;
    /// let state = SummaryState::new(&log)?;
    /// let daily = state.daily_log()?;
    /// assert_eq!(daily.days(), [0, 9, 9, 3]);
    /// assert_eq!(daily.amounts(), [500, 0, -200, 200]);
    /// assert_eq!(SummaryState::new(&daily)?, state);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn daily_log(&self) -> Result<Transactions> {
        let all = self.customers.numbers();
        let entries = all.map(|customer| self.table.count(customer.at())).sum();
        let mut customers = Vec::with_capacity(entries);
        let mut days = Vec::with_capacity(entries);
        let mut amounts = Vec::with_capacity(entries);
        for customer in self.customers.numbers() {
            for (stamp, money) in self.table.entries(customer.at()) {
                if stamp.purchase() && money < 0 {
                    customers.push(customer);
                    days.push(stamp.day());
                    amounts.push(0);
                }
                customers.push(customer);
                days.push(stamp.day());
                amounts.push(money);
            }
        }
        Transactions::builder(self.currency)
            .numbered(self.customers.clone(), customers)
            .days(days)
            .amounts(amounts)
            .build()
    }

    pub(super) fn table(&self) -> &DayTable {
        &self.table
    }

    /// The same table for as many other customers.
    pub(super) fn with_customers(&self, customers: Customers) -> Result<Self> {
        Error::check_length("customer", self.customers.len(), customers.len())?;
        Ok(Self {
            customers,
            ..self.clone()
        })
    }

    /// The summary of every customer as of the end of a day.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] if the money of one customer exceeds `i64`.
    ///
    /// # Example
    ///
    /// See [`Summary`].
    pub fn summary(&self, as_of: NaiveDate) -> Result<Summary> {
        Summary::finish(self, as_of)
    }
}

impl merge_sealed::Sealed for SummaryState {}

impl Merge for SummaryState {
    fn neutral(&self) -> Self {
        Self {
            measure: self.measure,
            currency: self.currency,
            customers: Customers::default(),
            table: DayTable::default(),
        }
    }

    fn merge(self, other: Self) -> Result<Self> {
        if self.currency != other.currency {
            return Err(Error::VersionMismatch {
                what: "currency",
                expected: self.currency.to_string().into(),
                found: other.currency.to_string().into(),
            });
        }
        if self.measure != other.measure {
            return Err(Error::VersionMismatch {
                what: "measure of the money",
                expected: format!("{:?}", self.measure).into(),
                found: format!("{:?}", other.measure).into(),
            });
        }
        let (customers, numbers) = self.customers.union(&other.customers)?;
        // For each merged customer, the place in `other`, if any.
        let mut in_other = vec![usize::MAX; customers.len()];
        for (place, number) in numbers.iter().enumerate() {
            in_other[number.at()] = place;
        }
        let table = DayTable::build(
            customers.len(),
            |customer| self.table.count(customer) + other.table.count(in_other[customer]),
            |customer, rows| {
                rows.extend(self.table.entries(customer));
                rows.extend(other.table.entries(in_other[customer]));
            },
        )?;
        Ok(Self {
            measure: self.measure,
            currency: self.currency,
            customers,
            table,
        })
    }
}

impl persist::sealed::Sealed for SummaryState {}
impl persist::Persist for SummaryState {
    const FORMAT: &'static str = "custometry/summary-state";
    const VERSION: u32 = 1;
}

/// How a state is saved: one row a customer and day.
#[derive(Serialize, Deserialize)]
struct StateFields {
    #[serde(default)]
    measure: Measure,
    currency: Currency,
    customers: Customers,
    customer: Vec<CustomerIx>,
    day: Vec<i32>,
    purchase: Vec<bool>,
    money: Vec<i64>,
}

impl From<SummaryState> for StateFields {
    fn from(state: SummaryState) -> Self {
        let mut fields = Self {
            measure: state.measure,
            currency: state.currency,
            customer: Vec::new(),
            day: Vec::new(),
            purchase: Vec::new(),
            money: Vec::new(),
            customers: state.customers,
        };
        for customer in fields.customers.numbers() {
            for (stamp, money) in state.table.entries(customer.at()) {
                fields.customer.push(customer);
                fields.day.push(stamp.day());
                fields.purchase.push(stamp.purchase());
                fields.money.push(money);
            }
        }
        fields
    }
}

impl TryFrom<StateFields> for SummaryState {
    type Error = Error;
    fn try_from(fields: StateFields) -> Result<Self> {
        Error::check_length("purchase", fields.day.len(), fields.purchase.len())?;
        // The rows are those of a log but for the purchase flag, which the net
        // money of a day no longer tells.
        let log = Transactions::builder(fields.currency)
            .numbered(fields.customers, fields.customer)
            .days(fields.day)
            .amounts(fields.money)
            .build()?;
        let mut rows: Vec<Vec<Entry>> = vec![Vec::new(); log.customers().len()];
        let entries = log.days().iter().zip(fields.purchase).zip(log.amounts());
        for (customer, ((&day, purchase), &money)) in log.customer().iter().zip(entries) {
            rows[customer.at()].push((Stamp::new(day, purchase), money));
        }
        let table = DayTable::build(
            rows.len(),
            |customer| rows[customer].len(),
            |customer, gathered| gathered.extend(&rows[customer]),
        )?;
        Ok(Self {
            measure: fields.measure,
            currency: fields.currency,
            customers: log.customers().clone(),
            table,
        })
    }
}
