//! Purchase histories from a table.

use serde::{Deserialize, Serialize};

use super::{super::super::Table, customers_of};
use crate::{
    Result,
    data::{Customers, TimeUnit},
    value::PurchaseHistories,
};

/// Which column of a table is which of purchase histories: a row a customer.
///
/// | column | holds | default |
/// |---|---|---|
/// | frequency | x, repeat purchases: whole numbers | `frequency` |
/// | recency | `t_x`, from the first purchase to the last, in the unit | `recency` |
/// | age | T, from the first purchase to the end of observation, in the unit | `age` |
/// | weight | how much a row counts; 2 is as two customers | none |
/// | customer | keys, each once | none |
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Float64Array, Int64Array, RecordBatch, StringArray};
/// use custometry::{arrow::{HistoryColumns, Table}, data::TimeUnit};
///
/// // The first three customers of the CDNOW summary, in weeks.
/// let table = Table::from(RecordBatch::try_from_iter([
///     ("id", Arc::new(StringArray::from(vec!["1", "2", "3"])) as _),
///     ("x", Arc::new(Int64Array::from(vec![2, 1, 0])) as _),
///     ("t_x", Arc::new(Float64Array::from(vec![30.43, 1.71, 0.0])) as _),
///     ("T", Arc::new(Float64Array::from(vec![38.86, 38.86, 38.86])) as _),
/// ])?);
/// let columns = HistoryColumns::default()
///     .frequency("x").recency("t_x").age("T").unit(TimeUnit::Weeks).customer("id");
/// assert_eq!(columns.read(&table)?.len(), 3);
/// assert_eq!(columns.customers(&table)?.unwrap().len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HistoryColumns {
    frequency: String,
    recency: String,
    age: String,
    weight: Option<String>,
    customer: Option<String>,
    unit: TimeUnit,
}

impl Default for HistoryColumns {
    fn default() -> Self {
        Self {
            frequency: "frequency".to_owned(),
            recency: "recency".to_owned(),
            age: "age".to_owned(),
            weight: None,
            customer: None,
            unit: TimeUnit::Days,
        }
    }
}

impl HistoryColumns {
    /// Reads the histories.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a column that is not there or
    /// of a type that cannot be read; [`Error::InvalidValue`](crate::Error::InvalidValue) for the first
    /// row that is null or no history.
    ///
    /// # Example
    ///
    /// See [`HistoryColumns`].
    pub fn read(&self, table: &Table) -> Result<PurchaseHistories> {
        let frequency = table.column(&self.frequency)?.u32s()?;
        let recency = self.days(table, &self.recency)?;
        let age = self.days(table, &self.age)?;
        let weights = match &self.weight {
            Some(weight) => Some(table.column(weight)?.f64s()?),
            None => None,
        };
        PurchaseHistories::from_columns(&frequency, &recency, &age, weights.as_deref())
    }

    /// The customers of the rows; `None` without a column of keys.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); [`Error::DuplicateKey`](crate::Error::DuplicateKey) for a customer with
    /// two rows.
    ///
    /// # Example
    ///
    /// See [`HistoryColumns`].
    pub fn customers(&self, table: &Table) -> Result<Option<Customers>> {
        customers_of(table, self.customer.as_deref())
    }

    fn days(&self, table: &Table, column: &str) -> Result<Vec<f64>> {
        let times = table.column(column)?.f64s()?;
        let days = |&time: &f64| match self.unit {
            TimeUnit::Days => time,
            TimeUnit::Weeks => time * 7.0,
        };
        Ok(times.iter().map(days).collect())
    }

    /// The column of repeat purchases.
    ///
    /// # Example
    ///
    /// See [`HistoryColumns`].
    pub fn frequency(mut self, column: &str) -> Self {
        column.clone_into(&mut self.frequency);
        self
    }

    /// The column of times from the first purchase to the last.
    ///
    /// # Example
    ///
    /// See [`HistoryColumns`].
    pub fn recency(mut self, column: &str) -> Self {
        column.clone_into(&mut self.recency);
        self
    }

    /// The column of times from the first purchase to the end of observation.
    ///
    /// # Example
    ///
    /// See [`HistoryColumns`].
    pub fn age(mut self, column: &str) -> Self {
        column.clone_into(&mut self.age);
        self
    }

    /// The column of weights.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch};
    /// use custometry::arrow::HistoryColumns;
    ///
    /// let number = |n: i64| Arc::new(Int64Array::from(vec![n]));
    /// let batch = RecordBatch::try_from_iter([
    ///     ("frequency", number(1) as _),
    ///     ("recency", number(10) as _),
    ///     ("age", number(20) as _),
    ///     ("people", number(-1) as _),
    /// ])?;
    /// let error = HistoryColumns::default().weight("people").read(&batch.into()).unwrap_err();
    /// assert!(error.to_string().starts_with("column weight, row 0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn weight(mut self, column: &str) -> Self {
        self.weight = Some(column.to_owned());
        self
    }

    /// The column of the keys of customers.
    ///
    /// # Example
    ///
    /// See [`HistoryColumns`].
    pub fn customer(mut self, column: &str) -> Self {
        self.customer = Some(column.to_owned());
        self
    }

    /// The unit of times; days by default.
    ///
    /// # Example
    ///
    /// See [`HistoryColumns`].
    pub fn unit(mut self, unit: TimeUnit) -> Self {
        self.unit = unit;
        self
    }
}
