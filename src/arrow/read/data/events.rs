//! A log of events from a table.

use serde::{Deserialize, Serialize};

use super::super::super::Table;
use crate::{
    Error, Result,
    data::{Currency, Events},
};

/// Which column of a table is which of a log of events.
///
/// | column | holds | default |
/// |---|---|---|
/// | customer | keys: text or whole numbers | `customer` |
/// | at | when it happened: timestamps of any unit and zone, or dates | `at` |
/// | kind | what happened: labels | `kind` |
/// | recorded at | when the source got to know of it, as `at` | none |
/// | channel | labels; null or blank where unknown | none |
/// | amount | money in units of currency, or minor units | none |
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{RecordBatch, StringArray, TimestampMillisecondArray};
/// use custometry::arrow::EventColumns;
///
/// let batch = RecordBatch::try_from_iter([
///     ("who", Arc::new(StringArray::from(vec!["ann", "bob", "ann"])) as _),
///     ("when", Arc::new(TimestampMillisecondArray::from(vec![5, 6, 7])) as _),
///     ("what", Arc::new(StringArray::from(vec!["visit", "visit", "complaint"])) as _),
/// ])?;
/// let columns = EventColumns::default().customer("who").at("when").kind("what");
/// let events = columns.read(&batch.into())?;
/// assert_eq!((events.customers().len(), events.at_micros()), (2, [5_000, 6_000, 7_000].as_slice()));
/// assert_eq!(events.kinds().label(2), Some("complaint"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventColumns {
    customer: String,
    at: String,
    kind: String,
    recorded_at: Option<String>,
    channel: Option<String>,
    amount: Option<String>,
    amount_minor: Option<String>,
    currency: Option<Currency>,
}

impl Default for EventColumns {
    fn default() -> Self {
        Self {
            customer: "customer".to_owned(),
            at: "at".to_owned(),
            kind: "kind".to_owned(),
            recorded_at: None,
            channel: None,
            amount: None,
            amount_minor: None,
            currency: None,
        }
    }
}

impl EventColumns {
    /// Reads the log.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there or of a type that cannot be read,
    /// and for money without a currency; [`Error::InvalidValue`] for the first row that is null or
    /// that a log refuses.
    ///
    /// # Example
    ///
    /// See [`EventColumns`].
    pub fn read(&self, table: &Table) -> Result<Events> {
        let (customers, rows) = table.column(&self.customer)?.keys()?;
        let mut log = Events::builder(customers, rows)
            .shared_at(table.column(&self.at)?.instants()?)
            .kind_labels(table.column(&self.kind)?.labels()?);
        if let Some(recorded) = &self.recorded_at {
            log = log.shared_recorded_at(table.column(recorded)?.instants()?);
        }
        if let Some(channel) = &self.channel {
            log = log.channel_labels(table.column(channel)?.labels()?);
        }
        let currency = || {
            let expected = "the currency of the amounts";
            self.currency
                .ok_or_else(|| Error::parameter("currency", "missing", expected))
        };
        match (&self.amount_minor, &self.amount) {
            (Some(minor), _) => {
                log = log.shared_amounts(currency()?, table.column(minor)?.i64s()?);
            }
            (None, Some(amount)) => {
                let currency = currency()?;
                log = log.shared_amounts(currency, table.column(amount)?.amounts(currency)?);
            }
            (None, None) => {}
        }
        log.build()
    }

    /// The column of the keys of customers.
    ///
    /// # Example
    ///
    /// See [`EventColumns`].
    pub fn customer(mut self, column: &str) -> Self {
        column.clone_into(&mut self.customer);
        self
    }

    /// The column of when it happened.
    ///
    /// # Example
    ///
    /// See [`EventColumns`].
    pub fn at(mut self, column: &str) -> Self {
        column.clone_into(&mut self.at);
        self
    }

    /// The column of what happened.
    ///
    /// # Example
    ///
    /// See [`EventColumns`].
    pub fn kind(mut self, column: &str) -> Self {
        column.clone_into(&mut self.kind);
        self
    }

    /// The column of when the source got to know of it.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Date32Array, Int64Array, RecordBatch, StringArray};
    /// use custometry::arrow::EventColumns;
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("customer", Arc::new(Int64Array::from(vec![7])) as _),
    ///     ("at", Arc::new(Date32Array::from(vec![1])) as _),
    ///     ("kind", Arc::new(StringArray::from(vec!["call"])) as _),
    ///     ("known", Arc::new(Date32Array::from(vec![2])) as _),
    ///     ("where", Arc::new(StringArray::from(vec!["phone"])) as _),
    /// ])?;
    /// let columns = EventColumns::default().recorded_at("known").channel("where");
    /// let events = columns.read(&batch.into())?;
    /// assert_eq!(events.recorded_at_micros(), Some([2 * 86_400_000_000].as_slice()));
    /// assert_eq!(events.channels().unwrap().label(0), Some("phone"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recorded_at(mut self, column: &str) -> Self {
        self.recorded_at = Some(column.to_owned());
        self
    }

    /// The column of where it happened.
    ///
    /// # Example
    ///
    /// See [`recorded_at`](Self::recorded_at).
    pub fn channel(mut self, column: &str) -> Self {
        self.channel = Some(column.to_owned());
        self
    }

    /// The column of the money of each event, in units of a currency.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
    /// use custometry::{arrow::EventColumns, data::Currency};
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("customer", Arc::new(Int64Array::from(vec![7])) as _),
    ///     ("at", Arc::new(Date32Array::from(vec![1])) as _),
    ///     ("kind", Arc::new(StringArray::from(vec!["fee"])) as _),
    ///     ("paid", Arc::new(Float64Array::from(vec![0.29])) as _),
    ///     ("cents", Arc::new(Int64Array::from(vec![29])) as _),
    /// ])?;
    /// let columns = EventColumns::default();
    /// let units = columns.clone().amount("paid", Currency::EUR).read(&batch.clone().into())?;
    /// let minor = columns.amount_minor("cents", Currency::EUR).read(&batch.into())?;
    /// assert_eq!(units.amounts(), Some((Currency::EUR, [29].as_slice())));
    /// assert_eq!(units.amounts(), minor.amounts());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn amount(mut self, column: &str, currency: Currency) -> Self {
        self.amount = Some(column.to_owned());
        self.amount_minor = None;
        self.currency = Some(currency);
        self
    }

    /// The column of the money of each event, in minor units of a currency.
    ///
    /// # Example
    ///
    /// See [`amount`](Self::amount).
    pub fn amount_minor(mut self, column: &str, currency: Currency) -> Self {
        self.amount_minor = Some(column.to_owned());
        self.currency = Some(currency);
        self
    }
}
