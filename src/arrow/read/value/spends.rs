//! Spend from a table.

use serde::{Deserialize, Serialize};

use super::{super::super::Table, customers_of};
use crate::{Result, data::Customers, value::SpendHistories};

/// Which column of a table is which of spend histories: a row a customer.
///
/// | column | holds | default |
/// |---|---|---|
/// | frequency | repeat purchases: whole numbers | `frequency` |
/// | mean | the mean amount of one, in units of currency | `mean` |
/// | weight | how much a row counts; 2 is as two customers | none |
/// | customer | keys, each once | none |
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Float64Array, Int64Array, RecordBatch, StringArray};
/// use custometry::arrow::{SpendColumns, Table};
///
/// let table = Table::from(RecordBatch::try_from_iter([
///     ("id", Arc::new(StringArray::from(vec!["1", "2"])) as _),
///     ("x", Arc::new(Int64Array::from(vec![2, 1])) as _),
///     ("spend", Arc::new(Float64Array::from(vec![22.35, 11.77])) as _),
///     ("people", Arc::new(Int64Array::from(vec![1, 3])) as _),
/// ])?);
/// let columns = SpendColumns::default().frequency("x").mean("spend").weight("people").customer("id");
/// assert_eq!(columns.read(&table)?.usable(), 2);
/// assert_eq!(columns.customers(&table)?.unwrap().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SpendColumns {
    frequency: String,
    mean: String,
    weight: Option<String>,
    customer: Option<String>,
}

impl Default for SpendColumns {
    fn default() -> Self {
        Self {
            frequency: "frequency".to_owned(),
            mean: "mean".to_owned(),
            weight: None,
            customer: None,
        }
    }
}

impl SpendColumns {
    /// Reads the spend.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a column that is not there or
    /// of a type that cannot be read; [`Error::InvalidValue`](crate::Error::InvalidValue) for the first
    /// row that is no spend.
    ///
    /// # Example
    ///
    /// See [`SpendColumns`].
    pub fn read(&self, table: &Table) -> Result<SpendHistories> {
        let frequency = table.column(&self.frequency)?.u32s()?;
        let mean = table.column(&self.mean)?.f64s_or_nan()?;
        let weights = match &self.weight {
            Some(weight) => Some(table.column(weight)?.f64s()?),
            None => None,
        };
        SpendHistories::from_columns(&frequency, &mean, weights.as_deref())
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
    /// See [`SpendColumns`].
    pub fn customers(&self, table: &Table) -> Result<Option<Customers>> {
        customers_of(table, self.customer.as_deref())
    }

    /// The column of repeat purchases.
    ///
    /// # Example
    ///
    /// See [`SpendColumns`].
    pub fn frequency(mut self, column: &str) -> Self {
        column.clone_into(&mut self.frequency);
        self
    }

    /// The column of mean amounts; null is taken only without repeat purchases.
    ///
    /// # Example
    ///
    /// See [`SpendColumns`].
    pub fn mean(mut self, column: &str) -> Self {
        column.clone_into(&mut self.mean);
        self
    }

    /// The column of weights.
    ///
    /// # Example
    ///
    /// See [`SpendColumns`].
    pub fn weight(mut self, column: &str) -> Self {
        self.weight = Some(column.to_owned());
        self
    }

    /// The column of the keys of customers.
    ///
    /// # Example
    ///
    /// See [`SpendColumns`].
    pub fn customer(mut self, column: &str) -> Self {
        self.customer = Some(column.to_owned());
        self
    }
}
