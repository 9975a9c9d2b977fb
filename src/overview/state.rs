//! What can be built in parts.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Observer, Result,
    data::{ContactStatuses, Merge, Transactions, Window, merge_sealed},
    persist,
    value::{ProfitState, SummaryState},
};

/// All of an overview that can be built in parts of a log: on the machines of a cluster, or day by day.
///
/// Shards may share customers and days; each holds what it knows of its customers, and
/// [`OverviewParams::fit_state`](super::OverviewParams::fit_state) makes the overview of what was merged. Segments, kinds, worth,
/// bridge, cohorts, profit, moves by quarter, churn, risk and actions all follow from the state; records of
/// people, which are needed as a whole, events and segments of earlier days do not.
///
/// Merging obeys the laws of [`Merge`] exactly, after [`in_key_order`](Self::in_key_order).
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, Merge, Transactions, date_of_day}, overview::{OverviewParams, OverviewState}};
///
/// let shard = |key: &str, days: Vec<i32>| -> custometry::Result<OverviewState> {
///     let rows = days.len();
///     let log = Transactions::builder(Currency::EUR).text_keys(&vec![key; rows]).days(days);
///     OverviewState::new(&log.amounts(vec![900; rows]).build()?, date_of_day(90).unwrap())
/// };
/// let merged = shard("ann", vec![0, 40])?.merge(shard("bob", vec![3])?)?;
/// let overview = OverviewParams::default().fit_state(&merged)?;
/// assert_eq!(overview.customers().len(), 2);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct OverviewState {
    as_of: NaiveDate,
    summary: SummaryState,
    profit: ProfitState,
    contact: Option<ContactStatuses>,
}

impl OverviewState {
    /// The state of a log, or of a shard of one, for overviews as of the end of a day.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] for money past `i64`.
    ///
    /// # Example
    ///
    /// See [`OverviewState`].
    pub fn new(log: &Transactions, as_of: NaiveDate) -> Result<Self> {
        Self::new_observed(log, as_of, &mut ())
    }

    /// [`new`](Self::new), watched.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new); [`Error::Cancelled`] if the observer asks to stop.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Transactions, date_of_day}, overview::OverviewState};
    /// let log = Transactions::builder(Currency::EUR).int_keys(&[1]).days(vec![0]).amounts(vec![900]).build()?;
    /// assert_eq!(OverviewState::new_observed(&log, date_of_day(90).unwrap(), &mut ())?, OverviewState::new(&log, date_of_day(90).unwrap())?);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn new_observed(
        log: &Transactions,
        as_of: NaiveDate,
        observer: &mut dyn Observer,
    ) -> Result<Self> {
        Ok(Self {
            as_of,
            summary: SummaryState::new_observed(log, observer)?,
            profit: ProfitState::within(log, Self::window(as_of)?)?,
            contact: None,
        })
    }

    /// The same with what is known of who may be contacted, by the keys of the log. Statuses of nobody
    /// in the log are kept: another shard may have them.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, overview::OverviewState};
    /// let log = Transactions::builder(Currency::EUR).int_keys(&[1]).days(vec![0]).amounts(vec![900]).build()?;
    /// let contact = ContactStatuses::new(log.customers(), [(CustomerIx(0), ContactStatus::Refused)])?;
    /// let state = OverviewState::new(&log, date_of_day(90).unwrap())?.with_contact(contact);
    /// assert_eq!(state.contact().unwrap().as_slice(), [ContactStatus::Refused]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn with_contact(mut self, statuses: ContactStatuses) -> Self {
        self.contact = Some(statuses);
        self
    }

    /// What summaries are made of.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, overview::OverviewState, value::SummaryState};
    /// let log = Transactions::builder(Currency::EUR).int_keys(&[1]).days(vec![0]).amounts(vec![900]).build()?;
    /// assert_eq!(OverviewState::new(&log, date_of_day(90).unwrap())?.summary(), &SummaryState::new(&log)?);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn summary(&self) -> &SummaryState {
        &self.summary
    }

    /// What profits are made of, up to the day.
    ///
    /// # Example
    ///
    /// See [`from_parts`](Self::from_parts).
    pub fn profit(&self) -> &ProfitState {
        &self.profit
    }

    /// Who may be contacted, if that is known.
    ///
    /// # Example
    ///
    /// See [`with_contact`](Self::with_contact).
    pub fn contact(&self) -> Option<&ContactStatuses> {
        self.contact.as_ref()
    }
}

impl OverviewState {
    /// The state of states that were built, merged and kept one by one; the profits are those
    /// [within](ProfitState::within) the [window](Self::window) of the day.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] unless both are of the same customers, in one order, and of one
    /// currency; [`Error::InvalidParameter`] for profits of another window.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, overview::OverviewState, value::{ProfitState, SummaryState}};
    /// let log = Transactions::builder(Currency::EUR).int_keys(&[1]).days(vec![0]).amounts(vec![900]).build()?;
    /// let as_of = date_of_day(90).unwrap();
    /// let profit = ProfitState::within(&log, OverviewState::window(as_of)?)?;
    /// let state = OverviewState::from_parts(SummaryState::new(&log)?, profit)?;
    /// assert_eq!(state, OverviewState::new(&log, as_of)?);
    /// assert!(OverviewState::from_parts(SummaryState::new(&log)?, ProfitState::new(&log)?).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn from_parts(summary: SummaryState, profit: ProfitState) -> Result<Self> {
        let as_of = profit.window().map(|window| window.last());
        let state = Self {
            as_of: as_of.unwrap_or_default(),
            summary,
            profit,
            contact: None,
        };
        state.check()?;
        Ok(state)
    }

    /// All days up to one, which belongs to it.
    ///
    /// # Errors
    ///
    /// None in practice: no day is before the first of the calendar.
    ///
    /// # Example
    ///
    /// See [`from_parts`](Self::from_parts).
    pub fn window(as_of: NaiveDate) -> Result<Window> {
        Window::new(NaiveDate::MIN, as_of)
    }

    /// The last day that counts.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, overview::OverviewState};
    /// let log = Transactions::builder(Currency::EUR).int_keys(&[1]).days(vec![0]).amounts(vec![900]).build()?;
    /// let as_of = date_of_day(90).unwrap();
    /// assert_eq!(OverviewState::new(&log, as_of)?.as_of(), as_of);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn as_of(&self) -> NaiveDate {
        self.as_of
    }

    fn check(&self) -> Result<()> {
        let (summary, profit) = (&self.summary, &self.profit);
        if profit.window() != Some(Self::window(self.as_of)?) {
            return Err(Error::parameter(
                "window of the profits",
                format!("{:?}", profit.window()),
                "all days up to one: OverviewState::window",
            ));
        }
        if summary.currency() != profit.currency() {
            return Err(Error::VersionMismatch {
                what: "currency",
                expected: summary.currency().code().into(),
                found: profit.currency().code().into(),
            });
        }
        if summary.customers() != profit.customers() {
            return Err(Error::VersionMismatch {
                what: "customers of the profits",
                expected: "those of the summaries, in the same order".into(),
                found: "others".into(),
            });
        }
        Ok(())
    }

    /// The same state with customers in the order of their keys. What was merged in any order is then
    /// the same.
    ///
    /// # Errors
    ///
    /// None in practice: the money of a day stays what it is.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Merge, Transactions, date_of_day}, overview::OverviewState};
    /// let state = |key| -> custometry::Result<OverviewState> {
    ///     let log = Transactions::builder(Currency::USD).int_keys(&[key]).days(vec![0]).amounts(vec![key]);
    ///     OverviewState::new(&log.build()?, date_of_day(90).unwrap())
    /// };
    /// let one_way = state(1)?.merge(state(2)?)?;
    /// let other_way = state(2)?.merge(state(1)?)?;
    /// assert_ne!(one_way, other_way);
    /// assert_eq!(one_way.in_key_order()?, other_way.in_key_order()?);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn in_key_order(&self) -> Result<Self> {
        Ok(Self {
            as_of: self.as_of,
            summary: self.summary.in_key_order()?,
            profit: self.profit.in_key_order(),
            contact: self.contact.as_ref().map(ContactStatuses::in_key_order),
        })
    }
}

impl merge_sealed::Sealed for OverviewState {}

impl Merge for OverviewState {
    fn neutral(&self) -> Self {
        Self {
            as_of: self.as_of,
            summary: self.summary.neutral(),
            profit: self.profit.neutral(),
            contact: self.contact.as_ref().map(Merge::neutral),
        }
    }

    fn merge(self, other: Self) -> Result<Self> {
        let contact = match (self.contact, other.contact) {
            (Some(one), Some(two)) => Some(one.merge(two)?),
            (one, two) => one.or(two),
        };
        Ok(Self {
            as_of: self.as_of,
            summary: self.summary.merge(other.summary)?,
            profit: self.profit.merge(other.profit)?,
            contact,
        })
    }
}

/// What is written, checked when it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    as_of: NaiveDate,
    summary: SummaryState,
    profit: ProfitState,
    contact: Option<ContactStatuses>,
}

impl TryFrom<Fields> for OverviewState {
    type Error = Error;

    fn try_from(fields: Fields) -> Result<Self> {
        let state = Self {
            as_of: fields.as_of,
            summary: fields.summary,
            profit: fields.profit,
            contact: fields.contact,
        };
        state.check()?;
        Ok(state)
    }
}

impl persist::sealed::Sealed for OverviewState {}
impl persist::Persist for OverviewState {
    const FORMAT: &'static str = "custometry/overview-state";
    const VERSION: u32 = 1;
}
