//! A crosswalk from a table.

use serde::{Deserialize, Serialize};

use super::super::super::Table;
use crate::{
    Result,
    data::{Crosswalk, CustomerIx, CustomerKey},
};

/// Which column of a table is which of a crosswalk: a row for each key of each source.
///
/// | column | holds | default |
/// |---|---|---|
/// | source | names of sources; null or blank is the source "" | `source` |
/// | key | the key there: text or whole numbers | `key` |
/// | customer | the key of the resolved customer: text or whole numbers | `customer` |
///
/// Customers are numbered by their keys, ascending. Keys of text stay text, also those of a source
/// whose keys look like numbers.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Int64Array, RecordBatch, StringArray};
/// use custometry::{arrow::CrosswalkColumns, data::CustomerKey};
///
/// let batch = RecordBatch::try_from_iter([
///     ("source", Arc::new(StringArray::from(vec!["web", "crm", "web"])) as _),
///     ("key", Arc::new(StringArray::from(vec!["a@x.org", "C-7", "b@x.org"])) as _),
///     ("customer", Arc::new(Int64Array::from(vec![3, 3, 1])) as _),
/// ])?;
/// let crosswalk = CrosswalkColumns::default().read(&batch.into())?;
/// assert_eq!((crosswalk.len(), crosswalk.customers().len()), (3, 2));
/// let person = crosswalk.find("crm", "C-7".into()).unwrap();
/// assert_eq!(crosswalk.customers().key(person), Some(CustomerKey::Int(3)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrosswalkColumns {
    source: String,
    source_name: Option<String>,
    key: String,
    customer: String,
}

impl Default for CrosswalkColumns {
    fn default() -> Self {
        Self {
            source: "source".to_owned(),
            source_name: None,
            key: "key".to_owned(),
            customer: "customer".to_owned(),
        }
    }
}

impl CrosswalkColumns {
    /// Reads the crosswalk.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a column that is not there or
    /// of a type that cannot be read; [`Error::InvalidValue`](crate::Error::InvalidValue) for the first
    /// row without a key; [`Error::DuplicateKey`](crate::Error::DuplicateKey) for a key that occurs
    /// twice in its source.
    ///
    /// # Example
    ///
    /// See [`CrosswalkColumns`].
    pub fn read(&self, table: &Table) -> Result<Crosswalk> {
        let (customers, rows) = table.column(&self.customer)?.keys()?;
        let (customers, old) = customers.in_key_order();
        let mut new = vec![CustomerIx(0); old.len()];
        for (number, was) in customers.numbers().zip(old) {
            if let Some(place) = new.get_mut(was.at()) {
                *place = number;
            }
        }
        let rows = rows
            .into_iter()
            .filter_map(|customer| new.get(customer.at()).copied());

        let sources = match &self.source_name {
            Some(name) => vec![name.as_str(); table.len()],
            None => table.column(&self.source)?.texts_or_blank()?,
        };
        let key = table.column(&self.key)?;
        let named = sources.into_iter().zip(rows);
        if key.is_text() {
            let entries = key.text_keys()?.into_iter().zip(named);
            let entries = entries.map(|(key, (source, it))| (source, CustomerKey::Text(key), it));
            Crosswalk::new(customers, entries)
        } else {
            let keys = key.whole_keys()?;
            let entries = keys.iter().zip(named);
            let entries = entries.map(|(&key, (source, it))| (source, CustomerKey::Int(key), it));
            Crosswalk::new(customers, entries)
        }
    }

    /// The column of the names of sources.
    ///
    /// # Example
    ///
    /// See [`key`](Self::key).
    pub fn source(mut self, column: &str) -> Self {
        column.clone_into(&mut self.source);
        self.source_name = None;
        self
    }

    /// The one source that all keys are of.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch};
    /// use custometry::arrow::CrosswalkColumns;
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("key", Arc::new(Int64Array::from(vec![70, 80])) as _),
    ///     ("customer", Arc::new(Int64Array::from(vec![1, 1])) as _),
    /// ])?;
    /// let crosswalk = CrosswalkColumns::default().source_name("web").read(&batch.into())?;
    /// assert_eq!(crosswalk.find("web", 70.into()), crosswalk.find("web", 80.into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn source_name(mut self, name: &str) -> Self {
        self.source_name = Some(name.to_owned());
        self
    }

    /// The column of keys of the sources.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch, StringArray};
    /// use custometry::arrow::CrosswalkColumns;
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("system", Arc::new(StringArray::from(vec!["crm"])) as _),
    ///     ("id", Arc::new(Int64Array::from(vec![70])) as _),
    ///     ("person", Arc::new(Int64Array::from(vec![1])) as _),
    /// ])?;
    /// let columns = CrosswalkColumns::default().source("system").key("id").customer("person");
    /// assert!(columns.read(&batch.into())?.find("crm", 70.into()).is_some());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn key(mut self, column: &str) -> Self {
        column.clone_into(&mut self.key);
        self
    }

    /// The column of the keys of resolved customers.
    ///
    /// # Example
    ///
    /// See [`key`](Self::key).
    pub fn customer(mut self, column: &str) -> Self {
        column.clone_into(&mut self.customer);
        self
    }
}
