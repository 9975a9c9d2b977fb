//! Results as tables.

use arrow_array::RecordBatch;

use crate::{Error, Result};

/// A result that is told in tables: record batches with a row a customer, a segment, a step.
///
/// Rows that belong to customers are in the order of the customers and start with their key.
/// Which columns there are is said where each result is made.
///
/// # Example
///
/// ```
/// use custometry::{arrow::Tables, data::{Currency, Transactions, date_of_day}, value::SummaryState};
///
/// let log = Transactions::builder(Currency::EUR)
///     .text_keys(&["ann", "bob", "ann"])
///     .days(vec![0, 3, 40])
///     .amounts(vec![2_500, 900, 3_100])
///     .build()?;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(60).unwrap())?;
/// let batch = summary.record_batch()?;
/// assert_eq!((batch.num_rows(), batch.schema().field(0).name().as_str()), (2, "customer"));
/// assert!(summary.table("nothing").is_err());
/// # Ok::<(), custometry::Error>(())
/// ```
pub trait Tables {
    /// The names of its tables; the first is the main one.
    const TABLES: &'static [&'static str];

    /// A table by name.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a name that is not among [`TABLES`](Self::TABLES).
    ///
    /// # Example
    ///
    /// See [`Tables`].
    fn table(&self, name: &str) -> Result<RecordBatch>;

    /// The main table.
    ///
    /// # Errors
    ///
    /// As [`table`](Self::table).
    ///
    /// # Example
    ///
    /// See [`Tables`].
    fn record_batch(&self) -> Result<RecordBatch> {
        self.table(Self::TABLES.first().copied().unwrap_or_default())
    }
}

/// The error for a table that a result does not have.
pub(super) fn no_table<R>(name: &str, there: &[&str]) -> Result<R> {
    let expected = format!("one of: {}", there.join(", "));
    Err(Error::parameter("table", name, expected))
}
