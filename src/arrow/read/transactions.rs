//! A purchase log from a table.

use serde::{Deserialize, Serialize};

use super::super::Table;
use crate::{
    Result,
    data::{Currency, DayBoundary, Transactions},
};

/// Which column of a table is which of a purchase log.
///
/// | column | holds | default |
/// |---|---|---|
/// | customer | keys: text or whole numbers | `customer` |
/// | day | dates, timestamps (cut at the day boundary), text as 2024-05-31, or days since 1970-01-01 | `day` |
/// | amount | money in units of currency: whole numbers, decimals, floats or texts such as 12.50; or minor units | `amount` |
/// | order, item, channel, source | labels; null or blank where unknown | none |
/// | quantity | numbers | none |
/// | cost | money, as amounts | none |
/// | recorded | days, as `day` | none |
///
/// Dates and int32 days, int64 minor units and float64 quantities are shared with the table, not
/// copied, if they come in one batch.
///
/// # Example
///
/// See [`Table`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TransactionColumns {
    customer: String,
    day: String,
    day_boundary: DayBoundary,
    amount: String,
    amount_minor: Option<String>,
    order: Option<String>,
    item: Option<String>,
    quantity: Option<String>,
    channel: Option<String>,
    cost: Option<String>,
    cost_minor: Option<String>,
    source: Option<String>,
    recorded: Option<String>,
}

impl Default for TransactionColumns {
    fn default() -> Self {
        Self {
            customer: "customer".to_owned(),
            day: "day".to_owned(),
            day_boundary: DayBoundary::Utc,
            amount: "amount".to_owned(),
            amount_minor: None,
            order: None,
            item: None,
            quantity: None,
            channel: None,
            cost: None,
            cost_minor: None,
            source: None,
            recorded: None,
        }
    }
}

impl TransactionColumns {
    /// Reads the log.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a column that is not there or
    /// of a type that cannot be read; [`Error::InvalidValue`](crate::Error::InvalidValue) for the first
    /// row that is null or that a log refuses.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Date32Array, Int64Array, RecordBatch};
    /// use custometry::{arrow::{Table, TransactionColumns}, data::Currency};
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("customer", Arc::new(Int64Array::from(vec![7, 8])) as _),
    ///     ("day", Arc::new(Date32Array::from(vec![Some(3), None])) as _),
    ///     ("amount", Arc::new(Int64Array::from(vec![20, 5])) as _),
    /// ])?;
    /// let error = TransactionColumns::default().read(&batch.into(), Currency::EUR).unwrap_err();
    /// assert!(error.to_string().starts_with("column day, row 1 (counted from 0): is null"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(&self, table: &Table, currency: Currency) -> Result<Transactions> {
        let (customers, rows) = table.column(&self.customer)?.keys()?;
        let mut log = Transactions::builder(currency).numbered(customers, rows);
        log = log.shared_days(table.column(&self.day)?.days(self.day_boundary)?);
        log = log.shared_amounts(match &self.amount_minor {
            Some(minor) => table.column(minor)?.i64s()?,
            None => table.column(&self.amount)?.amounts(currency)?,
        });
        if let Some(order) = &self.order {
            log = log.order_labels(table.column(order)?.labels()?);
        }
        if let Some(item) = &self.item {
            log = log.item_labels(table.column(item)?.labels()?);
        }
        if let Some(channel) = &self.channel {
            log = log.channel_labels(table.column(channel)?.labels()?);
        }
        if let Some(source) = &self.source {
            log = log.source_labels(table.column(source)?.labels()?);
        }
        if let Some(quantity) = &self.quantity {
            log = log.shared_quantities(table.column(quantity)?.f64s()?);
        }
        match (&self.cost_minor, &self.cost) {
            (Some(minor), _) => log = log.shared_costs(table.column(minor)?.i64s()?),
            (None, Some(cost)) => log = log.shared_costs(table.column(cost)?.amounts(currency)?),
            (None, None) => {}
        }
        if let Some(recorded) = &self.recorded {
            log = log.shared_recorded_days(table.column(recorded)?.days(self.day_boundary)?);
        }
        log.build()
    }

    /// The column of customer keys.
    ///
    /// # Example
    ///
    /// See [`Table`].
    pub fn customer(mut self, column: &str) -> Self {
        column.clone_into(&mut self.customer);
        self
    }

    /// The column of days.
    ///
    /// # Example
    ///
    /// See [`Table`].
    pub fn day(mut self, column: &str) -> Self {
        column.clone_into(&mut self.day);
        self
    }

    /// Where timestamps are cut into days; midnight UTC by default.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch, TimestampSecondArray};
    /// use custometry::{arrow::TransactionColumns, data::{Currency, DayBoundary}};
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("customer", Arc::new(Int64Array::from(vec![7])) as _),
    ///     ("day", Arc::new(TimestampSecondArray::from(vec![86_400 - 1])) as _),
    ///     ("amount", Arc::new(Int64Array::from(vec![20])) as _),
    /// ])?;
    /// let tokyo = DayBoundary::FixedOffset(chrono::FixedOffset::east_opt(9 * 3600).unwrap());
    /// let columns = TransactionColumns::default();
    /// let day = |columns: TransactionColumns| -> custometry::Result<i32> {
    ///     Ok(columns.read(&batch.clone().into(), Currency::JPY)?.days()[0])
    /// };
    /// assert_eq!((day(columns.clone())?, day(columns.day_boundary(tokyo))?), (0, 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn day_boundary(mut self, boundary: DayBoundary) -> Self {
        self.day_boundary = boundary;
        self
    }

    /// The column of amounts, in units of currency; negative for refunds.
    ///
    /// # Example
    ///
    /// See [`Table`].
    pub fn amount(mut self, column: &str) -> Self {
        column.clone_into(&mut self.amount);
        self.amount_minor = None;
        self
    }

    /// The column of amounts, in minor units.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int32Array, Int64Array, RecordBatch};
    /// use custometry::{arrow::TransactionColumns, data::Currency};
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("customer", Arc::new(Int64Array::from(vec![7])) as _),
    ///     ("day", Arc::new(Int32Array::from(vec![3])) as _),
    ///     ("cents", Arc::new(Int64Array::from(vec![1250])) as _),
    /// ])?;
    /// let log = TransactionColumns::default().amount_minor("cents").read(&batch.into(), Currency::EUR)?;
    /// assert_eq!(log.amounts(), [1250]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn amount_minor(mut self, column: &str) -> Self {
        self.amount_minor = Some(column.to_owned());
        self
    }

    /// The column of orders.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
    /// use custometry::{arrow::TransactionColumns, data::Currency};
    ///
    /// let text = |text: &str| Arc::new(StringArray::from(vec![text]));
    /// let number = |number: f64| Arc::new(Float64Array::from(vec![number]));
    /// let batch = RecordBatch::try_from_iter([
    ///     ("customer", text("ann") as _),
    ///     ("day", Arc::new(Date32Array::from(vec![3])) as _),
    ///     ("amount", number(12.5) as _),
    ///     ("receipt", text("r-1") as _),
    ///     ("article", text("tea") as _),
    ///     ("pieces", number(2.0) as _),
    ///     ("shop", text("web") as _),
    ///     ("made for", number(7.25) as _),
    ///     ("campaign", text("spring") as _),
    ///     ("booked", Arc::new(Date32Array::from(vec![4])) as _),
    ///     ("cents", Arc::new(Int64Array::from(vec![725])) as _),
    /// ])?;
    /// let columns = TransactionColumns::default()
    ///     .order("receipt").item("article").quantity("pieces").channel("shop")
    ///     .cost("made for").source("campaign").recorded("booked");
    /// let log = columns.read(&batch.clone().into(), Currency::EUR)?;
    /// let [order, item, channel, source] =
    ///     [log.orders(), log.items(), log.channels(), log.sources()].map(|it| it.unwrap().label(0));
    /// assert_eq!((order, item, channel, source), (Some("r-1"), Some("tea"), Some("web"), Some("spring")));
    /// assert_eq!((log.quantities(), log.costs()), (Some([2.0].as_slice()), Some([725].as_slice())));
    /// assert_eq!(log.recorded_days(), Some([4].as_slice()));
    /// assert_eq!(columns.cost_minor("cents").read(&batch.into(), Currency::EUR)?, log);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn order(mut self, column: &str) -> Self {
        self.order = Some(column.to_owned());
        self
    }

    /// The column of items.
    ///
    /// # Example
    ///
    /// See [`order`](Self::order).
    pub fn item(mut self, column: &str) -> Self {
        self.item = Some(column.to_owned());
        self
    }

    /// The column of quantities.
    ///
    /// # Example
    ///
    /// See [`order`](Self::order).
    pub fn quantity(mut self, column: &str) -> Self {
        self.quantity = Some(column.to_owned());
        self
    }

    /// The column of channels.
    ///
    /// # Example
    ///
    /// See [`order`](Self::order).
    pub fn channel(mut self, column: &str) -> Self {
        self.channel = Some(column.to_owned());
        self
    }

    /// The column of what rows cost the seller, in units of currency.
    ///
    /// # Example
    ///
    /// See [`order`](Self::order).
    pub fn cost(mut self, column: &str) -> Self {
        self.cost = Some(column.to_owned());
        self.cost_minor = None;
        self
    }

    /// The column of what rows cost the seller, in minor units.
    ///
    /// # Example
    ///
    /// See [`order`](Self::order).
    pub fn cost_minor(mut self, column: &str) -> Self {
        self.cost_minor = Some(column.to_owned());
        self
    }

    /// The column of what brought the customer.
    ///
    /// # Example
    ///
    /// See [`order`](Self::order).
    pub fn source(mut self, column: &str) -> Self {
        self.source = Some(column.to_owned());
        self
    }

    /// The column of the days on which rows became known.
    ///
    /// # Example
    ///
    /// See [`order`](Self::order).
    pub fn recorded(mut self, column: &str) -> Self {
        self.recorded = Some(column.to_owned());
        self
    }
}
