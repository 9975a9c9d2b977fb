//! Renewals under contract from a table.

use serde::{Deserialize, Serialize};

use super::super::super::Table;
use crate::{Result, value::ContractHistories};

/// Which column of a table is which of contract histories: a row a customer.
///
/// | column | holds | default |
/// |---|---|---|
/// | renewals | renewals made: whole numbers | `renewals` |
/// | lost | whether the customer left at the next one: yes or no | `lost` |
/// | entered | renewals made before observation began | none |
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{BooleanArray, Int64Array, RecordBatch};
/// use custometry::arrow::ContractColumns;
///
/// let batch = RecordBatch::try_from_iter([
///     ("paid", Arc::new(Int64Array::from(vec![0, 2, 2])) as _),
///     ("left", Arc::new(BooleanArray::from(vec![true, true, false])) as _),
///     ("since", Arc::new(Int64Array::from(vec![0, 0, 1])) as _),
/// ])?;
/// let columns = ContractColumns::default().renewals("paid").lost("left");
/// let histories = columns.read(&batch.clone().into())?;
/// assert_eq!((histories.renewed(), histories.lost()), ([2, 2, 0].as_slice(), [1, 0, 1].as_slice()));
/// assert_eq!(columns.entered("since").read(&batch.into())?.renewed(), [1, 2, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ContractColumns {
    renewals: String,
    lost: String,
    entered: Option<String>,
}

impl Default for ContractColumns {
    fn default() -> Self {
        Self {
            renewals: "renewals".to_owned(),
            lost: "lost".to_owned(),
            entered: None,
        }
    }
}

impl ContractColumns {
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
    /// See [`ContractColumns`].
    pub fn read(&self, table: &Table) -> Result<ContractHistories> {
        let renewals = table.column(&self.renewals)?.u32s()?;
        let lost = table.column(&self.lost)?.flags()?;
        let entered = match &self.entered {
            Some(entered) => Some(table.column(entered)?.u32s()?),
            None => None,
        };
        ContractHistories::from_columns(&renewals, &lost, entered.as_deref())
    }

    /// The column of renewals made.
    ///
    /// # Example
    ///
    /// See [`ContractColumns`].
    pub fn renewals(mut self, column: &str) -> Self {
        column.clone_into(&mut self.renewals);
        self
    }

    /// The column of who left.
    ///
    /// # Example
    ///
    /// See [`ContractColumns`].
    pub fn lost(mut self, column: &str) -> Self {
        column.clone_into(&mut self.lost);
        self
    }

    /// The column of renewals made before observation began.
    ///
    /// # Example
    ///
    /// See [`ContractColumns`].
    pub fn entered(mut self, column: &str) -> Self {
        self.entered = Some(column.to_owned());
        self
    }
}
