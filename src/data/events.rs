//! What happened to customers besides purchases: visits, calls, complaints,
//! cancellations, messages.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

use super::{Categories, Currency, CustomerIx, Customers, DayBoundary, shared::Shared};
use crate::{Error, Result};

/// A log of events as columns of equal length: who, when, what kind, and where
/// known through which channel, with which amount, and when it was recorded.
///
/// `at` is when it happened, `recorded_at` when the host came to know of it. A
/// study of the past may use only what was known then, so late records matter.
/// Instants are held in microseconds.
///
/// `Debug` prints counts, never values.
///
/// # Example
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use custometry::data::{Customers, Events};
///
/// let (customers, rows) = Customers::from_texts(&["ann", "bob", "ann"])?;
/// let at = |hour| Utc.with_ymd_and_hms(2024, 5, 1, hour, 0, 0).unwrap();
/// let events = Events::builder(customers, rows)
///     .at(&[at(9), at(10), at(11)])
///     .kinds(&["visit", "call", "cancel"])
///     .build()?;
/// assert_eq!(events.len(), 3);
/// assert_eq!(events.kinds().label(2), Some("cancel"));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Events {
    customers: Customers,
    customer: Vec<CustomerIx>,
    at: Shared<i64>,
    recorded_at: Option<Shared<i64>>,
    kind: Categories,
    channel: Option<Categories>,
    amount: Option<(Currency, Shared<i64>)>,
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("rows", &self.len())
            .field("customers", &self.customers.len())
            .finish_non_exhaustive()
    }
}

impl Events {
    /// Starts a log of events for customers that are already numbered, so that
    /// it shares the numbering of the purchases. Instants and kinds are needed;
    /// the other columns are optional.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Customers, Events};
    /// let error = Events::builder(Customers::default(), vec![]).build().unwrap_err();
    /// assert!(error.to_string().contains("instants"));
    /// ```
    pub fn builder(customers: Customers, customer: Vec<CustomerIx>) -> EventsBuilder {
        EventsBuilder {
            customers,
            customer,
            at: None,
            recorded_at: None,
            kind: None,
            channel: None,
            amount: None,
            fault: None,
        }
    }

    /// The number of rows.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Customers, Events};
    /// let none = Events::builder(Customers::default(), vec![]).at(&[]).kinds::<&str>(&[]).build()?;
    /// assert_eq!(none.len(), 0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.customer.len()
    }

    /// Whether there are no rows.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Customers, Events};
    /// let none = Events::builder(Customers::default(), vec![]).at(&[]).kinds::<&str>(&[]).build()?;
    /// assert!(none.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.customer.is_empty()
    }

    /// The customers, in the order of every result column.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Customers, Events};
    /// let (customers, _) = Customers::from_ints(&[1])?;
    /// let none = Events::builder(customers, vec![]).at(&[]).kinds::<&str>(&[]).build()?;
    /// assert_eq!(none.customers().len(), 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers(&self) -> &Customers {
        &self.customers
    }

    /// The customer of each row.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{CustomerIx, Customers, Events};
    /// # use chrono::DateTime;
    /// let (customers, rows) = Customers::from_ints(&[1])?;
    /// let one = Events::builder(customers, rows).at(&[DateTime::UNIX_EPOCH]).kinds(&["visit"]).build()?;
    /// assert_eq!(one.customer(), [CustomerIx(0)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customer(&self) -> &[CustomerIx] {
        &self.customer
    }

    /// When each event happened, in microseconds from 1970-01-01 UTC.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Customers, Events};
    /// # use chrono::DateTime;
    /// let (customers, rows) = Customers::from_ints(&[1])?;
    /// let one = Events::builder(customers, rows).at(&[DateTime::UNIX_EPOCH]).kinds(&["visit"]).build()?;
    /// assert_eq!(one.at_micros(), [0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn at_micros(&self) -> &[i64] {
        &self.at
    }

    /// When each event became known, in microseconds from 1970-01-01 UTC, if
    /// the log says.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Customers, Events};
    /// # use chrono::DateTime;
    /// let (customers, rows) = Customers::from_ints(&[1])?;
    /// let late = DateTime::from_timestamp(60, 0).unwrap();
    /// let one = Events::builder(customers, rows)
    ///     .at(&[DateTime::UNIX_EPOCH])
    ///     .recorded_at(&[late])
    ///     .kinds(&["visit"])
    ///     .build()?;
    /// assert_eq!(one.recorded_at_micros(), Some([60_000_000].as_slice()));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn recorded_at_micros(&self) -> Option<&[i64]> {
        self.recorded_at.as_deref()
    }

    /// The kind of each event.
    ///
    /// # Example
    ///
    /// See [`Events`].
    pub fn kinds(&self) -> &Categories {
        &self.kind
    }

    /// The channel of each event, if the log says.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Customers, Events};
    /// # use chrono::DateTime;
    /// let (customers, rows) = Customers::from_ints(&[1])?;
    /// let one = Events::builder(customers, rows)
    ///     .at(&[DateTime::UNIX_EPOCH])
    ///     .kinds(&["complaint"])
    ///     .channels(&["phone"])
    ///     .build()?;
    /// assert_eq!(one.channels().unwrap().label(0), Some("phone"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn channels(&self) -> Option<&Categories> {
        self.channel.as_ref()
    }

    /// The currency and the amount of each event in minor units, if the log
    /// says.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Customers, Events};
    /// # use chrono::DateTime;
    /// let (customers, rows) = Customers::from_ints(&[1])?;
    /// let one = Events::builder(customers, rows)
    ///     .at(&[DateTime::UNIX_EPOCH])
    ///     .kinds(&["credit"])
    ///     .amounts(Currency::EUR, vec![500])
    ///     .build()?;
    /// assert_eq!(one.amounts(), Some((Currency::EUR, [500].as_slice())));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn amounts(&self) -> Option<(Currency, &[i64])> {
        self.amount
            .as_ref()
            .map(|(currency, amounts)| (*currency, &**amounts))
    }

    /// The events of customers who have a number among others, in the order of the rows, of those that
    /// happened and were known up to the end of a day in UTC; `numbers` has one for each customer of the
    /// log.
    pub(crate) fn of_others(
        &self,
        customers: &Customers,
        numbers: &[Option<CustomerIx>],
        until: NaiveDate,
    ) -> Self {
        let number = |row: usize| numbers[self.customer[row].at()];
        let by_then = |at: i64| {
            let at = DateTime::from_timestamp_micros(at);
            at.is_some_and(|at| DayBoundary::Utc.date(at) <= until)
        };
        let recorded = |row: usize| self.recorded_at.as_ref().is_none_or(|at| by_then(at[row]));
        let rows: Vec<usize> = (0..self.len())
            .filter(|&row| number(row).is_some() && by_then(self.at[row]) && recorded(row))
            .collect();
        let pick = |column: &Shared<i64>| {
            let picked: Vec<i64> = rows.iter().map(|&row| column[row]).collect();
            Shared::from(picked)
        };
        Self {
            customers: customers.clone(),
            customer: rows.iter().filter_map(|&row| number(row)).collect(),
            at: pick(&self.at),
            recorded_at: self.recorded_at.as_ref().map(pick),
            kind: self.kind.of_rows(&rows),
            channel: self.channel.as_ref().map(|column| column.of_rows(&rows)),
            amount: self
                .amount
                .as_ref()
                .map(|(currency, column)| (*currency, pick(column))),
        }
    }
}

fn blank_kind(row: usize) -> Error {
    Error::value("kind", row, "the kind is blank; name it")
}

fn micros_of(instants: &[DateTime<Utc>]) -> Shared<i64> {
    let micros: Vec<i64> = instants.iter().map(DateTime::timestamp_micros).collect();
    micros.into()
}

/// Collects the columns of [`Events`]. Setters never fail;
/// [`build`](Self::build) checks everything once.
///
/// # Example
///
/// ```
/// # use custometry::data::{Customers, Events};
/// # use chrono::DateTime;
/// let (customers, rows) = Customers::from_ints(&[1, 2])?;
/// let error = Events::builder(customers, rows)
///     .at(&[DateTime::UNIX_EPOCH])
///     .kinds(&["visit", "visit"])
///     .build()
///     .unwrap_err();
/// assert!(error.to_string().starts_with("column at has length 1, expected 2"));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone)]
pub struct EventsBuilder {
    customers: Customers,
    customer: Vec<CustomerIx>,
    at: Option<Shared<i64>>,
    recorded_at: Option<Shared<i64>>,
    kind: Option<Categories>,
    channel: Option<Categories>,
    amount: Option<(Currency, Shared<i64>)>,
    /// The first fault that a setter met.
    fault: Option<Error>,
}

impl fmt::Debug for EventsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventsBuilder")
            .field("rows", &self.customer.len())
            .finish_non_exhaustive()
    }
}

impl EventsBuilder {
    fn keep<T>(&mut self, made: Result<T>) -> Option<T> {
        made.map_err(|fault| self.fault.get_or_insert(fault)).ok()
    }

    /// When each event happened.
    ///
    /// # Example
    ///
    /// See [`Events`].
    pub fn at(self, instants: &[DateTime<Utc>]) -> Self {
        self.shared_at(micros_of(instants))
    }

    pub(crate) fn shared_at(mut self, micros: Shared<i64>) -> Self {
        self.at = Some(micros);
        self
    }

    /// When each event became known to the host.
    ///
    /// # Example
    ///
    /// See [`Events::recorded_at_micros`].
    pub fn recorded_at(self, instants: &[DateTime<Utc>]) -> Self {
        self.shared_recorded_at(micros_of(instants))
    }

    pub(crate) fn shared_recorded_at(mut self, micros: Shared<i64>) -> Self {
        self.recorded_at = Some(micros);
        self
    }

    /// What kind of event each row is. A blank kind is a fault.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Customers, Events};
    /// # use chrono::DateTime;
    /// let (customers, rows) = Customers::from_ints(&[1])?;
    /// let error = Events::builder(customers, rows).at(&[DateTime::UNIX_EPOCH]).kinds(&[""]).build();
    /// assert!(error.unwrap_err().to_string().starts_with("column kind, row 0"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn kinds<S: AsRef<str> + Sync>(mut self, kinds: &[S]) -> Self {
        let blank = kinds
            .iter()
            .position(|kind| kind.as_ref().trim().is_empty());
        let made = match blank {
            None => Categories::new(kinds),
            Some(row) => Err(blank_kind(row)),
        };
        self.kind = self.keep(made);
        self
    }

    /// Kinds in labels that somebody has numbered already.
    #[cfg(feature = "arrow")]
    pub(crate) fn kind_labels(mut self, kinds: Categories) -> Self {
        let blank = (0..kinds.len()).find(|&row| kinds.code(row).is_none());
        let made = blank.map_or(Ok(kinds), |row| Err(blank_kind(row)));
        self.kind = self.keep(made);
        self
    }

    /// Channels in labels that somebody has numbered already.
    #[cfg(feature = "arrow")]
    pub(crate) fn channel_labels(mut self, channels: Categories) -> Self {
        self.channel = Some(channels);
        self
    }

    /// The channel of each event; blank where unknown.
    ///
    /// # Example
    ///
    /// See [`Events::channels`].
    pub fn channels<S: AsRef<str> + Sync>(mut self, channels: &[S]) -> Self {
        self.channel = self.keep(Categories::new(channels));
        self
    }

    /// The amount of each event, in minor units.
    ///
    /// # Example
    ///
    /// See [`Events::amounts`].
    pub fn amounts(self, currency: Currency, minor_units: Vec<i64>) -> Self {
        self.shared_amounts(currency, minor_units.into())
    }

    pub(crate) fn shared_amounts(mut self, currency: Currency, minor_units: Shared<i64>) -> Self {
        self.amount = Some((currency, minor_units));
        self
    }

    /// Checks the columns and makes the log.
    ///
    /// # Errors
    ///
    /// The first of: a fault that a setter met; [`Error::InvalidParameter`] for
    /// a missing column; [`Error::LengthMismatch`]; [`Error::InvalidValue`] for
    /// a number that no customer has.
    ///
    /// # Example
    ///
    /// See [`EventsBuilder`].
    pub fn build(self) -> Result<Events> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let missing = |name, by| Error::parameter(name, "missing", by);
        let at = self
            .at
            .ok_or_else(|| missing("instants", "a column set by at"))?;
        let kind = self
            .kind
            .ok_or_else(|| missing("kinds", "a column set by kinds"))?;
        let rows = self.customer.len();
        let recorded = self.recorded_at.as_ref().map_or(rows, |at| at.len());
        let channel = self.channel.as_ref().map_or(rows, Categories::len);
        let amount = self
            .amount
            .as_ref()
            .map_or(rows, |(_, column)| column.len());
        for (column, length) in [
            ("at", at.len()),
            ("kind", kind.len()),
            ("recorded_at", recorded),
            ("channel", channel),
            ("amount", amount),
        ] {
            Error::check_length(column, rows, length)?;
        }
        self.customers.check_rows(&self.customer)?;
        Ok(Events {
            customers: self.customers,
            customer: self.customer,
            at,
            recorded_at: self.recorded_at,
            kind,
            channel: self.channel,
            amount: self.amount,
        })
    }
}
