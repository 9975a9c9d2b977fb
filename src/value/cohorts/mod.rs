//! Cohorts: what became of the customers who came in each period.
//!
//! # Question
//!
//! Of the customers who came in March, how many bought again in April, in May, and ever;
//! and what have they brought by now? Do later cohorts do better?
//!
//! # Definition
//!
//! A customer belongs to the period of the calendar that holds the first purchase day,
//! and is of age 0 in it, of age 1 in the next. For each cohort and age:
//!
//! ```text
//! active      customers with a purchase in the period
//! repeated    customers with a second purchase day by the end of the period
//! purchases   purchase days in the period
//! money       net of all rows in the period, refunds included
//! ```
//!
//! # How to read it
//!
//! Every rate is a share of all who came, not of those who are left: without a contract
//! nobody knows who is left, and a rate among the survivors would rise by itself. What
//! is active here is not what is alive: a customer who buys twice a year is inactive
//! for ten months of it. Nor is the repeat rate a retention rate: it can only rise.
//!
//! A period that is not over on the last day is *unfinished*: its cells are flagged, and
//! the averages by age leave them out. Averages are over the cohorts that have come so
//! far, fewer with every age, and say how many they are; two ages are averages of
//! different customers.
//!
//! At age 0 customers have been there for part of the period only, those of the last
//! days hardly at all. It is nobody's retention.
//!
//! # Limits
//!
//! In a log that begins in the middle of a company's life the first cohorts are those
//! who came long before and happened to buy then.
//!
//! # Complexity
//!
//! One pass over the customer-days.

mod period;
mod triangle;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::period::CohortPeriod;
use self::triangle::{Calendar, Triangle};
use super::{Measure, SummaryState};
use crate::{
    Error, Result,
    data::{Assignments, Currency, MinorUnits, SegmentId},
};

/// By which periods to tell customers apart, and until when.
///
/// # Example
///
/// ```
/// use chrono::NaiveDate;
/// use custometry::{data::{Currency, Transactions}, value::{CohortParams, CohortPeriod, SummaryState}};
///
/// let day = |month, day| NaiveDate::from_ymd_opt(2024, month, day).unwrap();
/// let log = Transactions::builder(Currency::EUR)
///     .text_keys(&["ann", "bob", "ann", "cid", "ann"])
///     .dates(&[day(1, 5), day(1, 31), day(2, 10), day(2, 20), day(3, 1)])
///     .amounts(vec![1000, 700, 500, 400, 300])
///     .build()?;
/// let state = SummaryState::new(&log)?;
/// let cohorts = CohortParams::new(CohortPeriod::Month, day(3, 15)).evaluate(&state)?;
/// let january = &cohorts.rows()[0];
/// assert_eq!(january.customers, 2);
/// // Ann came again in February, and in March, which is not over.
/// assert_eq!(january.retention(1), Some(0.5));
/// assert_eq!(january.cells[1].money.0, 500);
/// assert!(january.cells[1].complete && !january.cells[2].complete);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CohortParams {
    period: CohortPeriod,
    as_of: NaiveDate,
}

/// What became of the customers who came in each period.
///
/// # Example
///
/// See [`CohortParams`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cohorts {
    period: CohortPeriod,
    as_of: NaiveDate,
    currency: Currency,
    measure: Measure,
    rows: Vec<Cohort>,
    /// Money that belongs to no cohort; see [`Cohorts::outside`].
    outside: MinorUnits,
}

/// The customers who came in one period.
///
/// # Example
///
/// See [`CohortParams`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Cohort {
    /// The first day of the period.
    pub start: NaiveDate,
    /// How many came.
    pub customers: u64,
    /// What they did at each age in periods, from 0 until the period of the last day.
    pub cells: Vec<CohortCell>,
}

/// What a cohort did in one period.
///
/// # Example
///
/// See [`CohortParams`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CohortCell {
    /// Customers with a purchase in the period.
    pub active: u64,
    /// Customers with a second purchase day by the end of the period.
    pub repeated: u64,
    /// Purchase days in the period.
    pub purchases: u64,
    /// The money of the period, net of refunds.
    pub money: MinorUnits,
    /// Whether the period is over; if not, more may come.
    pub complete: bool,
}

/// All cohorts that have come to an age, in finished periods.
///
/// # Example
///
/// ```
/// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
/// # let log = PurchaseLogParams::default().generate()?.transactions;
/// # let state = SummaryState::new(&log)?;
/// let params = CohortParams::new(CohortPeriod::Month, date_of_day(10_407).unwrap());
/// let by_age = params.evaluate(&state)?.by_age()?;
/// // All three cohorts have come to age 15, two to 16, one to 17.
/// assert_eq!(by_age.iter().map(|age| age.cohorts).max(), Some(3));
/// assert_eq!(by_age.last().unwrap().cohorts, 1);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CohortAge {
    /// The age in periods.
    pub age: u32,
    /// The cohorts with customers that have come to it.
    pub cohorts: u64,
    /// Their customers.
    pub customers: u64,
    /// The share of them with a purchase in the period of that age.
    pub retention: f64,
    /// The share of them with a second purchase day by then.
    pub repeat_rate: f64,
    /// Their money in the period of that age.
    pub money: MinorUnits,
}

impl CohortParams {
    /// By periods of the calendar, as of the end of a day.
    ///
    /// # Example
    ///
    /// See [`CohortParams`].
    pub fn new(period: CohortPeriod, as_of: NaiveDate) -> Self {
        Self { period, as_of }
    }

    /// The cohorts of all customers.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] if there is no purchase up to the day;
    /// [`Error::InvalidParameter`] if there are more than 1,200 periods;
    /// [`Error::Overflow`] if the money of a cell exceeds `i64`.
    ///
    /// # Example
    ///
    /// See [`CohortParams`].
    pub fn evaluate(&self, state: &SummaryState) -> Result<Cohorts> {
        let calendar = Calendar::new(self, state.table())?;
        let triangles = Triangle::of_groups(&calendar, state.table(), 1, |_| 0);
        self.cohorts(state, &calendar, &triangles[0])
    }

    /// The cohorts of each segment, in the order of the scheme, and at the end, as
    /// `None`, of those without one if there are any. All have the same periods.
    ///
    /// # Errors
    ///
    /// As [`evaluate`](Self::evaluate), and [`Error::LengthMismatch`] unless the
    /// assignments are of the same customers.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Transactions, date_of_day},
    ///                  value::{CohortParams, CohortPeriod, LabelledState, SummaryState}};
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["ann", "bob", "ann"])
    ///     .days(vec![3, 5, 40])
    ///     .amounts(vec![1000, 700, 500])
    ///     .sources(&["ad", "mail", "ad"])
    ///     .build()?;
    /// let as_of = date_of_day(58).unwrap();
    /// let sources = LabelledState::new(&log, log.sources().unwrap())?.first_labels("source", as_of)?;
    /// let params = CohortParams::new(CohortPeriod::Month, as_of);
    /// let by_source = params.evaluate_segments(&SummaryState::new(&log)?, &sources)?;
    /// let (_, ad) = &by_source[0];
    /// assert_eq!(ad.rows()[0].retention(1), Some(1.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn evaluate_segments(
        &self,
        state: &SummaryState,
        segments: &Assignments,
    ) -> Result<Vec<(Option<SegmentId>, Cohorts)>> {
        Error::check_length("segment", state.customers().len(), segments.len())?;
        let calendar = Calendar::new(self, state.table())?;
        let count = segments.segments().len();
        let group = |at: usize| segments.place(at).unwrap_or(count);
        let triangles = Triangle::of_groups(&calendar, state.table(), count + 1, group);
        let ids = segments.segments().iter().map(|segment| Some(segment.id));
        let groups = ids.chain([None]).zip(&triangles);
        groups
            .filter(|(id, triangle)| id.is_some() || triangle.any())
            .map(|(id, triangle)| Ok((id, self.cohorts(state, &calendar, triangle)?)))
            .collect()
    }

    fn cohorts(
        &self,
        state: &SummaryState,
        calendar: &Calendar,
        triangle: &Triangle,
    ) -> Result<Cohorts> {
        Ok(Cohorts {
            period: self.period,
            as_of: self.as_of,
            currency: state.currency(),
            measure: state.measure(),
            rows: triangle.rows(calendar)?,
            outside: money(triangle.outside())?,
        })
    }
}

fn money(sum: i128) -> Result<MinorUnits> {
    MinorUnits::from_sum(sum, "a cohort")
}

impl Cohort {
    fn cell(&self, age: usize) -> Option<&CohortCell> {
        self.cells.get(age).filter(|_| self.customers > 0)
    }

    /// The share of the cohort with a purchase at an age. `None` for an age not yet
    /// come, and for a cohort without customers. See whether the cell is complete.
    ///
    /// # Example
    ///
    /// See [`CohortParams`].
    pub fn retention(&self, age: usize) -> Option<f64> {
        Some(self.cell(age)?.active as f64 / self.customers as f64)
    }

    /// The share of the cohort with a second purchase day by an age. `None` as for
    /// [`retention`](Self::retention).
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let state = SummaryState::new(&log)?;
    /// let params = CohortParams::new(CohortPeriod::Quarter, date_of_day(10_407).unwrap());
    /// let cohorts = params.evaluate(&state)?;
    /// let first = &cohorts.rows()[0];
    /// // Whoever comes back later raises it; nobody can lower it.
    /// assert!(first.repeat_rate(5) > first.repeat_rate(1));
    /// assert!(first.retention(5) < first.retention(1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn repeat_rate(&self, age: usize) -> Option<f64> {
        Some(self.cell(age)?.repeated as f64 / self.customers as f64)
    }

    /// The money of the cohort up to an age, the period of that age included, in minor
    /// units a customer. `None` as for [`retention`](Self::retention).
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let state = SummaryState::new(&log)?;
    /// let params = CohortParams::new(CohortPeriod::Quarter, date_of_day(10_407).unwrap());
    /// let cohorts = params.evaluate(&state)?;
    /// let first = &cohorts.rows()[0];
    /// assert!(first.money_per_customer(5) > first.money_per_customer(0));
    /// assert_eq!(first.money_per_customer(6), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn money_per_customer(&self, age: usize) -> Option<f64> {
        self.cell(age)?;
        let money = self.cells[..=age]
            .iter()
            .map(|cell| i128::from(cell.money.0));
        Some(money.sum::<i128>() as f64 / self.customers as f64)
    }
}

impl Cohorts {
    /// The periods.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let state = SummaryState::new(&log)?;
    /// let as_of = date_of_day(10_407).unwrap();
    /// let cohorts = CohortParams::new(CohortPeriod::Year, as_of).evaluate(&state)?;
    /// assert_eq!((cohorts.period(), cohorts.as_of()), (CohortPeriod::Year, as_of));
    /// assert_eq!(cohorts.currency(), state.currency());
    /// assert_eq!(cohorts.measure(), Measure::Revenue);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn period(&self) -> CohortPeriod {
        self.period
    }

    /// The last day.
    ///
    /// # Example
    ///
    /// See [`period`](Self::period).
    pub fn as_of(&self) -> NaiveDate {
        self.as_of
    }

    /// The currency of the money.
    ///
    /// # Example
    ///
    /// See [`period`](Self::period).
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// What the money is.
    ///
    /// # Example
    ///
    /// See [`period`](Self::period).
    pub fn measure(&self) -> Measure {
        self.measure
    }

    /// The cohorts, one a period from the first purchase until the last day, also where
    /// nobody came.
    ///
    /// # Example
    ///
    /// See [`CohortParams`].
    pub fn rows(&self) -> &[Cohort] {
        &self.rows
    }

    /// Money up to the last day that belongs to no cohort: refunds before a customer's
    /// first purchase, or of customers without one. With the money of all cells it is
    /// all the money up to the day.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Transactions, date_of_day},
    ///                  value::{CohortParams, CohortPeriod, SummaryState}};
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["ann", "bob"])
    ///     .days(vec![3, 5])
    ///     .amounts(vec![1000, -200])
    ///     .build()?;
    /// let params = CohortParams::new(CohortPeriod::Month, date_of_day(30).unwrap());
    /// let cohorts = params.evaluate(&SummaryState::new(&log)?)?;
    /// assert_eq!(cohorts.rows()[0].cells[0].money.0, 1000);
    /// assert_eq!(cohorts.outside().0, -200);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn outside(&self) -> MinorUnits {
        self.outside
    }

    /// The average over cohorts at each age, as far as finished periods go.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] if the money of an age exceeds `i64`.
    ///
    /// # Example
    ///
    /// See [`CohortAge`].
    pub fn by_age(&self) -> Result<Vec<CohortAge>> {
        let mut ages = Vec::new();
        for age in 0..self.rows.len() {
            let complete = |cohort: &Cohort| {
                let cell = cohort.cell(age).filter(|cell| cell.complete)?;
                Some((cohort.customers, *cell))
            };
            let there: Vec<(u64, CohortCell)> = self.rows.iter().filter_map(complete).collect();
            if there.is_empty() {
                continue;
            }
            let sum = |count: fn(&(u64, CohortCell)) -> u64| there.iter().map(count).sum::<u64>();
            let customers = sum(|(customers, _)| *customers);
            let share = |count| sum(count) as f64 / customers as f64;
            let total = there.iter().map(|(_, cell)| i128::from(cell.money.0));
            #[expect(clippy::cast_possible_truncation, reason = "at most 1,200 periods")]
            ages.push(CohortAge {
                age: age as u32,
                cohorts: there.len() as u64,
                customers,
                retention: share(|(_, cell)| cell.active),
                repeat_rate: share(|(_, cell)| cell.repeated),
                money: money(total.sum())?,
            });
        }
        Ok(ages)
    }

    /// What the rates are shares of, and what they leave out, in words.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
    /// # let log = PurchaseLogParams::default().generate()?.transactions;
    /// # let state = SummaryState::new(&log)?;
    /// let params = CohortParams::new(CohortPeriod::Month, date_of_day(10_400).unwrap());
    /// let statement = params.evaluate(&state)?.statement();
    /// assert!(statement.contains("not over on 1998-06-23"), "{statement}");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn statement(&self) -> String {
        let base = "Rates are shares of all customers who came in a period, also of those who \
                    will never buy again: without a contract nobody knows who is left. Averages \
                    by age are over the cohorts that have come so far";
        let last = self.rows.last().and_then(|cohort| cohort.cells.last());
        if last.is_none_or(|cell| cell.complete) {
            return format!("{base}.");
        }
        let (start, as_of) = (self.period.start(self.as_of), self.as_of);
        format!("{base}; the period from {start} is not over on {as_of} and is left out of them.")
    }
}
