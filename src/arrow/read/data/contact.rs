//! Whom one may contact, from a table.

use serde::{Deserialize, Serialize};

use super::super::super::{Table, column::Column};
use crate::{
    Result,
    data::{ContactStatus, ContactStatuses, Customers},
};

/// Which column of a table says whether a customer may be contacted.
///
/// | column | holds | default |
/// |---|---|---|
/// | customer | keys: text or whole numbers | `customer` |
/// | status | `allowed`, `refused` or `unknown`; or yes and no; null where unknown | `status` |
///
/// A customer may have several rows: a refusal in any of them holds.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{BooleanArray, RecordBatch, StringArray};
/// use custometry::{arrow::ContactColumns, data::{ContactStatus::{Allowed, Refused, Unknown}, Customers}};
///
/// let batch = RecordBatch::try_from_iter([
///     ("who", Arc::new(StringArray::from(vec!["ann", "bob", "ann"])) as _),
///     ("agreed", Arc::new(BooleanArray::from(vec![true, true, false])) as _),
/// ])?;
/// let columns = ContactColumns::default().customer("who").status("agreed");
/// assert_eq!(columns.read(&batch.clone().into())?.as_slice(), [Refused, Allowed]);
///
/// // In the order of customers that are there already; of who is not in the table nothing is known.
/// let (customers, _) = Customers::from_texts(&["cid", "bob"])?;
/// let contact = columns.read_for(&batch.into(), &customers)?;
/// assert_eq!(contact.as_slice(), [Unknown, Allowed]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContactColumns {
    customer: String,
    status: String,
}

impl Default for ContactColumns {
    fn default() -> Self {
        Self {
            customer: "customer".to_owned(),
            status: "status".to_owned(),
        }
    }
}

impl ContactColumns {
    /// The statuses of the customers of the table, numbered by first appearance.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a column that is not there or
    /// of a type that cannot be read; [`Error::InvalidValue`](crate::Error::InvalidValue) for the first
    /// row without a key or with a word that is no status.
    ///
    /// # Example
    ///
    /// See [`ContactColumns`].
    pub fn read(&self, table: &Table) -> Result<ContactStatuses> {
        let statuses = statuses(&table.column(&self.status)?)?;
        let (customers, rows) = table.column(&self.customer)?.keys()?;
        ContactStatuses::new(&customers, rows.into_iter().zip(statuses))
    }

    /// The statuses of some customers, in their order. Rows of others are left out; of customers
    /// without a row nothing is known.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    ///
    /// # Example
    ///
    /// See [`ContactColumns`].
    pub fn read_for(&self, table: &Table, customers: &Customers) -> Result<ContactStatuses> {
        let statuses = statuses(&table.column(&self.status)?)?;
        let rows = table.column(&self.customer)?.find_in(customers)?;
        let known = rows.into_iter().zip(statuses);
        let known = known.filter_map(|(customer, said)| Some((customer?, said)));
        ContactStatuses::new(customers, known)
    }

    /// The column of the keys of customers.
    ///
    /// # Example
    ///
    /// See [`ContactColumns`].
    pub fn customer(mut self, column: &str) -> Self {
        column.clone_into(&mut self.customer);
        self
    }

    /// The column of statuses.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch, StringArray};
    /// use custometry::arrow::ContactColumns;
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("customer", Arc::new(Int64Array::from(vec![7, 8])) as _),
    ///     ("consent", Arc::new(StringArray::from(vec!["Allowed", "perhaps"])) as _),
    /// ])?;
    /// let error = ContactColumns::default().status("consent").read(&batch.into()).unwrap_err();
    /// assert!(error.to_string().starts_with("column consent, row 1 (counted from 0): \"perhaps\""));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn status(mut self, column: &str) -> Self {
        column.clone_into(&mut self.status);
        self
    }
}

/// The status of each row.
fn statuses(column: &Column<'_>) -> Result<Vec<ContactStatus>> {
    let words = column.labels()?;
    let status = |row| {
        let Some(word) = words.label(row) else {
            return Ok(ContactStatus::Unknown);
        };
        let word = word.trim();
        let all = [
            ContactStatus::Allowed,
            ContactStatus::Refused,
            ContactStatus::Unknown,
        ];
        if let Some(status) = all.iter().find(|it| it.name().eq_ignore_ascii_case(word)) {
            return Ok(*status);
        }
        match word {
            "1" | "true" if !column.is_text() => Ok(ContactStatus::Allowed),
            "0" | "false" if !column.is_text() => Ok(ContactStatus::Refused),
            _ => {
                let reason = format!("{word:?} is not one of: allowed, refused, unknown");
                Err(column.refused(row, reason))
            }
        }
    };
    (0..words.len()).map(status).collect()
}
