//! Uses of opportunities from a table.

use serde::{Deserialize, Serialize};

use super::{super::super::Table, customers_of};
use crate::{Result, data::Customers, value::OpportunityHistories};

/// Which column of a table is which of opportunity histories: a row a customer, or a row for each
/// pattern with its number of customers as the weight.
///
/// | column | holds | default |
/// |---|---|---|
/// | frequency | opportunities used after the first purchase: whole numbers | `frequency` |
/// | last | the last one used, counted from 1; 0 for none | `last` |
/// | opportunities | how many there were | `opportunities` |
/// | weight | how much a row counts; 2 is as two customers | none |
/// | customer | keys, each once | none |
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Int64Array, RecordBatch, StringArray};
/// use custometry::arrow::{OpportunityColumns, Table};
///
/// let number = |numbers: Vec<i64>| Arc::new(Int64Array::from(numbers));
/// let table = Table::from(RecordBatch::try_from_iter([
///     ("x", number(vec![6, 5]) as _),
///     ("t_x", number(vec![6, 6]) as _),
///     ("n", number(vec![6, 6]) as _),
///     ("donors", number(vec![1203, 728]) as _),
///     ("group", Arc::new(StringArray::from(vec!["all", "all but one"])) as _),
/// ])?);
/// let columns = OpportunityColumns::default()
///     .frequency("x").last("t_x").opportunities("n").weight("donors").customer("group");
/// assert_eq!(columns.read(&table)?.len(), 2);
/// assert_eq!(columns.customers(&table)?.unwrap().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpportunityColumns {
    frequency: String,
    last: String,
    opportunities: String,
    weight: Option<String>,
    customer: Option<String>,
}

impl Default for OpportunityColumns {
    fn default() -> Self {
        Self {
            frequency: "frequency".to_owned(),
            last: "last".to_owned(),
            opportunities: "opportunities".to_owned(),
            weight: None,
            customer: None,
        }
    }
}

impl OpportunityColumns {
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
    /// See [`OpportunityColumns`].
    pub fn read(&self, table: &Table) -> Result<OpportunityHistories> {
        let frequency = table.column(&self.frequency)?.u32s()?;
        let last = table.column(&self.last)?.u32s()?;
        let opportunities = table.column(&self.opportunities)?.u32s()?;
        let weights = match &self.weight {
            Some(weight) => Some(table.column(weight)?.f64s()?),
            None => None,
        };
        OpportunityHistories::from_columns(&frequency, &last, &opportunities, weights.as_deref())
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
    /// See [`OpportunityColumns`].
    pub fn customers(&self, table: &Table) -> Result<Option<Customers>> {
        customers_of(table, self.customer.as_deref())
    }

    /// The column of opportunities used.
    ///
    /// # Example
    ///
    /// See [`OpportunityColumns`].
    pub fn frequency(mut self, column: &str) -> Self {
        column.clone_into(&mut self.frequency);
        self
    }

    /// The column of the last opportunity used.
    ///
    /// # Example
    ///
    /// See [`OpportunityColumns`].
    pub fn last(mut self, column: &str) -> Self {
        column.clone_into(&mut self.last);
        self
    }

    /// The column of how many opportunities there were.
    ///
    /// # Example
    ///
    /// See [`OpportunityColumns`].
    pub fn opportunities(mut self, column: &str) -> Self {
        column.clone_into(&mut self.opportunities);
        self
    }

    /// The column of weights.
    ///
    /// # Example
    ///
    /// See [`OpportunityColumns`].
    pub fn weight(mut self, column: &str) -> Self {
        self.weight = Some(column.to_owned());
        self
    }

    /// The column of the keys of customers.
    ///
    /// # Example
    ///
    /// See [`OpportunityColumns`].
    pub fn customer(mut self, column: &str) -> Self {
        self.customer = Some(column.to_owned());
        self
    }
}
