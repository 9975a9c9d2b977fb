//! Durations, spells and contracts from tables.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::super::{Table, column::Column};
use crate::{
    Result,
    churn::{ChurnDefinition, Durations, Spell, Spells, Subscriptions},
    data::{Categories, Currency, CustomerIx, Customers, DayBoundary, day_of_date},
};

/// Which column of a table is which of [`Durations`].
///
/// | column | holds | default |
/// |---|---|---|
/// | exit | numbers: when watching ended, from the start of the customer, in any unit | `exit` |
/// | cause | whole numbers: 0 for still there, 1 and up for a reason; or true for left | `cause` |
/// | entry | numbers: when watching began | none |
/// | weight | numbers above 0 | none |
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{BooleanArray, Float64Array, RecordBatch};
/// use custometry::arrow::{DurationColumns, Table};
///
/// let table = Table::from(RecordBatch::try_from_iter([
///     ("months", Arc::new(Float64Array::from(vec![30.0, 12.0])) as _),
///     ("left", Arc::new(BooleanArray::from(vec![false, true])) as _),
///     ("since", Arc::new(Float64Array::from(vec![0.0, 3.0])) as _),
/// ])?);
/// let columns = DurationColumns::default().exit("months").cause("left");
/// assert_eq!(columns.read(&table)?.cause(), [0, 1]);
/// let late = columns.entry("since").read(&table)?;
/// assert_eq!((late.exit(1), late.entry(1)), (Some(12.0), Some(3.0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DurationColumns {
    exit: String,
    cause: String,
    entry: Option<String>,
    weight: Option<String>,
}

impl Default for DurationColumns {
    fn default() -> Self {
        Self {
            exit: "exit".to_owned(),
            cause: "cause".to_owned(),
            entry: None,
            weight: None,
        }
    }
}

impl DurationColumns {
    /// Reads the durations.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a column that is not there or
    /// of a type that cannot be read; those of [`Durations::new`], [`Durations::with_entries`] and
    /// [`Durations::with_weights`].
    ///
    /// # Example
    ///
    /// See [`DurationColumns`].
    pub fn read(&self, table: &Table) -> Result<Durations> {
        let exit = table.column(&self.exit)?.f64s()?;
        let cause = table.column(&self.cause)?.u16s_or_flags()?;
        let mut durations = Durations::new(&exit, &cause)?;
        if let Some(entry) = &self.entry {
            durations = durations.with_entries(&table.column(entry)?.f64s()?)?;
        }
        if let Some(weight) = &self.weight {
            durations = durations.with_weights(&table.column(weight)?.f64s()?)?;
        }
        Ok(durations)
    }

    /// The column of times at which watching ended.
    ///
    /// # Example
    ///
    /// See [`DurationColumns`].
    pub fn exit(mut self, column: &str) -> Self {
        column.clone_into(&mut self.exit);
        self
    }

    /// The column of what ended it.
    ///
    /// # Example
    ///
    /// See [`DurationColumns`].
    pub fn cause(mut self, column: &str) -> Self {
        column.clone_into(&mut self.cause);
        self
    }

    /// The column of times at which watching began.
    ///
    /// # Example
    ///
    /// See [`DurationColumns`].
    pub fn entry(mut self, column: &str) -> Self {
        self.entry = Some(column.to_owned());
        self
    }

    /// The column of weights.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch};
    /// use custometry::arrow::DurationColumns;
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("exit", Arc::new(Int64Array::from(vec![30, 12])) as _),
    ///     ("cause", Arc::new(Int64Array::from(vec![0, 2])) as _),
    ///     ("n", Arc::new(Int64Array::from(vec![5, 1])) as _),
    /// ])?;
    /// let durations = DurationColumns::default().weight("n").read(&batch.into())?;
    /// assert_eq!(durations.weights(), Some([5.0, 1.0].as_slice()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn weight(mut self, column: &str) -> Self {
        self.weight = Some(column.to_owned());
        self
    }
}

/// Which column of a table is which of [`Spells`], a row a spell.
///
/// | column | holds | default |
/// |---|---|---|
/// | customer | keys: text or whole numbers | `customer` |
/// | start | the first day: dates, timestamps (cut at the day boundary), text as 2024-05-31, or days since 1970-01-01 | `start` |
/// | end | the first day on which the customer was none; null if the spell goes on | `end` |
/// | cause | labels: why it ended; null or blank where unknown | none |
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Date32Array, Int64Array, RecordBatch, StringArray};
/// use custometry::{arrow::{SpellColumns, Table}, churn::ChurnDefinition, data::date_of_day};
///
/// let table = Table::from(RecordBatch::try_from_iter([
///     ("who", Arc::new(Int64Array::from(vec![7, 8])) as _),
///     ("from", Arc::new(Date32Array::from(vec![0, 10])) as _),
///     ("to", Arc::new(Date32Array::from(vec![Some(40), None])) as _),
///     ("why", Arc::new(StringArray::from(vec![Some("price"), None])) as _),
/// ])?);
/// let columns = SpellColumns::default().customer("who").start("from").end("to").cause("why");
/// let definition = ChurnDefinition::Inactivity { days: 30 };
/// let known_until = date_of_day(100).unwrap();
/// let spells = columns.read(&table, None, definition, known_until)?;
/// assert_eq!((spells.len(), spells.causes()), (2, ["price".to_owned()].as_slice()));
///
/// // Of these customers there is no 7.
/// let (others, _) = custometry::data::Customers::from_ints(&[8, 9])?;
/// let error = columns.read(&table, Some(&others), definition, known_until).unwrap_err();
/// assert!(error.to_string().starts_with("column who, row 0"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpellColumns {
    customer: String,
    start: String,
    end: String,
    cause: Option<String>,
    day_boundary: DayBoundary,
}

impl Default for SpellColumns {
    fn default() -> Self {
        Self {
            customer: "customer".to_owned(),
            start: "start".to_owned(),
            end: "end".to_owned(),
            cause: None,
            day_boundary: DayBoundary::Utc,
        }
    }
}

impl SpellColumns {
    /// Reads the spells: of these customers, with and without a spell, or of those in the table.
    /// `known_until` is the first day that the data do not cover. Causes are sorted by name.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a column that is not there or
    /// of a type that cannot be read; [`Error::InvalidValue`](crate::Error::InvalidValue) for a row
    /// that is null or whose customer is none of those given; those of [`Spells::new`].
    ///
    /// # Example
    ///
    /// See [`SpellColumns`].
    pub fn read(
        &self,
        table: &Table,
        customers: Option<&Customers>,
        definition: ChurnDefinition,
        known_until: NaiveDate,
    ) -> Result<Spells> {
        let (customers, rows) = numbered(&table.column(&self.customer)?, customers)?;
        let starts = table.column(&self.start)?.days(self.day_boundary)?;
        let ends = table.column(&self.end)?.days_or_null(self.day_boundary)?;
        let labels = match &self.cause {
            Some(cause) => Some(table.column(cause)?.labels()?),
            None => None,
        };
        let mut causes: Vec<&str> = labels.iter().flat_map(Categories::labels).collect();
        causes.sort_unstable();
        let cause = |row: usize| {
            let name = labels.as_ref()?.label(row)?;
            u32::try_from(causes.binary_search(&name).ok()?).ok()
        };
        let days = starts.iter().zip(&ends);
        let spells: Vec<(CustomerIx, Spell)> = rows
            .into_iter()
            .zip(days)
            .enumerate()
            .map(|(row, (customer, (&start, &end)))| {
                let cause = cause(row);
                (customer, Spell { start, end, cause })
            })
            .collect();
        Spells::new(
            definition,
            customers,
            day_of_date(known_until),
            &causes,
            &spells,
        )
    }

    /// The column of customer keys.
    ///
    /// # Example
    ///
    /// See [`SpellColumns`].
    pub fn customer(mut self, column: &str) -> Self {
        column.clone_into(&mut self.customer);
        self
    }

    /// The column of first days.
    ///
    /// # Example
    ///
    /// See [`SpellColumns`].
    pub fn start(mut self, column: &str) -> Self {
        column.clone_into(&mut self.start);
        self
    }

    /// The column of the first days on which the customer was none.
    ///
    /// # Example
    ///
    /// See [`SpellColumns`].
    pub fn end(mut self, column: &str) -> Self {
        column.clone_into(&mut self.end);
        self
    }

    /// The column of causes of ends.
    ///
    /// # Example
    ///
    /// See [`SpellColumns`].
    pub fn cause(mut self, column: &str) -> Self {
        self.cause = Some(column.to_owned());
        self
    }

    /// Where timestamps are cut into days; midnight UTC by default.
    ///
    /// # Example
    ///
    /// See [`TransactionColumns::day_boundary`](super::TransactionColumns::day_boundary).
    pub fn day_boundary(mut self, boundary: DayBoundary) -> Self {
        self.day_boundary = boundary;
        self
    }
}

/// Which column of a table is which of [`Subscriptions`], a row a period of a contract.
///
/// | column | holds | default |
/// |---|---|---|
/// | customer | keys: text or whole numbers | `customer` |
/// | start | the first day: dates, timestamps (cut at the day boundary), text as 2024-05-31, or days since 1970-01-01 | `start` |
/// | end | the first day after the period; null while it goes on | `end` |
/// | `monthly_money` | what is paid a month, in units of currency or in minor units, at least 0 | `monthly_money` |
/// | `end_cause` | labels: why it ended; null or blank where unknown | none |
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Date32Array, Float64Array, RecordBatch, StringArray};
/// use custometry::{arrow::{SubscriptionColumns, Table}, data::{Currency, date_of_day}};
///
/// let table = Table::from(RecordBatch::try_from_iter([
///     ("who", Arc::new(StringArray::from(vec!["ann", "bob"])) as _),
///     ("from", Arc::new(Date32Array::from(vec![0, 10])) as _),
///     ("to", Arc::new(Date32Array::from(vec![None, Some(40)])) as _),
///     ("mrr", Arc::new(Float64Array::from(vec![9.9, 20.0])) as _),
///     ("why", Arc::new(StringArray::from(vec![None, Some("price")])) as _),
/// ])?);
/// let columns = SubscriptionColumns::default().customer("who").start("from").end("to");
/// let columns = columns.monthly_money("mrr").end_cause("why");
/// let book = columns.read(&table, None, Currency::EUR, date_of_day(100).unwrap())?;
/// let ann = custometry::data::CustomerIx(0);
/// assert_eq!((book.len(), book.money_on(ann, 50)?.0), (2, 990));
/// assert_eq!(book.spells(0)?.causes(), ["price"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SubscriptionColumns {
    customer: String,
    start: String,
    end: String,
    monthly_money: String,
    monthly_money_minor: Option<String>,
    end_cause: Option<String>,
    day_boundary: DayBoundary,
}

impl Default for SubscriptionColumns {
    fn default() -> Self {
        Self {
            customer: "customer".to_owned(),
            start: "start".to_owned(),
            end: "end".to_owned(),
            monthly_money: "monthly_money".to_owned(),
            monthly_money_minor: None,
            end_cause: None,
            day_boundary: DayBoundary::Utc,
        }
    }
}

impl SubscriptionColumns {
    /// Reads the periods: of these customers, with and without a period, or of those in the table.
    /// `known_until` is the first day that the data do not cover.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a column that is not there or
    /// of a type that cannot be read; [`Error::InvalidValue`](crate::Error::InvalidValue) for a row
    /// that is null or whose customer is none of those given; those of
    /// [`SubscriptionsBuilder::build`](crate::churn::SubscriptionsBuilder::build).
    ///
    /// # Example
    ///
    /// See [`SubscriptionColumns`].
    pub fn read(
        &self,
        table: &Table,
        customers: Option<&Customers>,
        currency: Currency,
        known_until: NaiveDate,
    ) -> Result<Subscriptions> {
        let (customers, rows) = numbered(&table.column(&self.customer)?, customers)?;
        let money = match &self.monthly_money_minor {
            Some(minor) => table.column(minor)?.i64s()?,
            None => table.column(&self.monthly_money)?.amounts(currency)?,
        };
        let starts = table.column(&self.start)?.days(self.day_boundary)?;
        let mut builder = Subscriptions::builder(currency)
            .numbered(customers, rows)
            .starts(starts.to_vec())
            .ends(table.column(&self.end)?.days_or_null(self.day_boundary)?)
            .monthly_money(money.to_vec())
            .known_until(known_until);
        if let Some(cause) = &self.end_cause {
            let labels = table.column(cause)?.labels()?;
            let causes = (0..labels.len()).map(|row| labels.label(row));
            builder = builder.end_causes(&causes.collect::<Vec<_>>());
        }
        builder.build()
    }

    /// The column of customer keys.
    ///
    /// # Example
    ///
    /// See [`SubscriptionColumns`].
    pub fn customer(mut self, column: &str) -> Self {
        column.clone_into(&mut self.customer);
        self
    }

    /// The column of first days.
    ///
    /// # Example
    ///
    /// See [`SubscriptionColumns`].
    pub fn start(mut self, column: &str) -> Self {
        column.clone_into(&mut self.start);
        self
    }

    /// The column of the first days after the periods.
    ///
    /// # Example
    ///
    /// See [`SubscriptionColumns`].
    pub fn end(mut self, column: &str) -> Self {
        column.clone_into(&mut self.end);
        self
    }

    /// The column of what is paid a month, in units of currency.
    ///
    /// # Example
    ///
    /// See [`SubscriptionColumns`].
    pub fn monthly_money(mut self, column: &str) -> Self {
        column.clone_into(&mut self.monthly_money);
        self.monthly_money_minor = None;
        self
    }

    /// The column of what is paid a month, in minor units.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Date32Array, Int64Array, RecordBatch};
    /// use custometry::{arrow::SubscriptionColumns, data::{Currency, CustomerIx, date_of_day}};
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("customer", Arc::new(Int64Array::from(vec![7])) as _),
    ///     ("start", Arc::new(Date32Array::from(vec![0])) as _),
    ///     ("end", Arc::new(Date32Array::from(vec![None])) as _),
    ///     ("cents", Arc::new(Int64Array::from(vec![990])) as _),
    /// ])?;
    /// let columns = SubscriptionColumns::default().monthly_money_minor("cents");
    /// let book = columns.read(&batch.into(), None, Currency::EUR, date_of_day(9).unwrap())?;
    /// assert_eq!(book.money_on(CustomerIx(0), 5)?.0, 990);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn monthly_money_minor(mut self, column: &str) -> Self {
        self.monthly_money_minor = Some(column.to_owned());
        self
    }

    /// The column of causes of ends.
    ///
    /// # Example
    ///
    /// See [`SubscriptionColumns`].
    pub fn end_cause(mut self, column: &str) -> Self {
        self.end_cause = Some(column.to_owned());
        self
    }

    /// Where timestamps are cut into days; midnight UTC by default.
    ///
    /// # Example
    ///
    /// See [`TransactionColumns::day_boundary`](super::TransactionColumns::day_boundary).
    pub fn day_boundary(mut self, boundary: DayBoundary) -> Self {
        self.day_boundary = boundary;
        self
    }
}

/// The customers, and the number of each row: among those given, or by first appearance.
fn numbered(
    keys: &Column<'_>,
    customers: Option<&Customers>,
) -> Result<(Customers, Vec<CustomerIx>)> {
    let Some(customers) = customers else {
        return keys.keys();
    };
    let unknown = "is none of the customers; leave the row out, or read without them";
    let found = keys.find_in(customers)?.into_iter().enumerate();
    let rows = found
        .map(|(row, customer)| customer.ok_or_else(|| keys.refused(row, unknown.to_owned())))
        .collect::<Result<_>>()?;
    Ok((customers.clone(), rows))
}
