//! Record batches of one schema: what comes in.

use std::{fmt, sync::Arc};

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{Schema, SchemaRef};

use super::column::Column;
use crate::{Error, Result};

/// Record batches of one schema, with columns that are found by name: any data frame.
///
/// Batches are held, not copied. A column of fixed width that comes in one batch and in the type
/// that the library keeps ([which is which](super)) is never copied either: the objects made from
/// it share its buffer.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Date32Array, Float64Array, RecordBatch, StringArray};
/// use custometry::{arrow::{Table, TransactionColumns}, data::Currency};
///
/// let batch = RecordBatch::try_from_iter([
///     ("who", Arc::new(StringArray::from(vec!["ann", "bob", "ann"])) as _),
///     ("when", Arc::new(Date32Array::from(vec![9862, 9873, 9879])) as _),
///     ("paid", Arc::new(Float64Array::from(vec![11.77, 12.0, -5.0])) as _),
/// ])?;
/// let columns = TransactionColumns::default().customer("who").day("when").amount("paid");
/// let log = columns.read(&Table::from(batch), Currency::USD)?;
/// assert_eq!((log.customers().len(), log.amounts()), (2, [1177, 1200, -500].as_slice()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    rows: usize,
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table")
            .field("rows", &self.rows)
            .field("columns", &self.names().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl From<RecordBatch> for Table {
    fn from(batch: RecordBatch) -> Self {
        Self {
            schema: batch.schema(),
            rows: batch.num_rows(),
            batches: vec![batch],
        }
    }
}

impl Table {
    /// All batches of a reader: of a C stream, a Parquet file, a query.
    ///
    /// # Errors
    ///
    /// [`Error::Stream`] with what the reader says if it fails.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch, RecordBatchIterator};
    /// use custometry::arrow::Table;
    ///
    /// let batch = RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![1, 2])) as _)])?;
    /// let reader = RecordBatchIterator::new([Ok(batch.clone()), Ok(batch.clone())], batch.schema());
    /// assert_eq!(Table::read(reader)?.len(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(batches: impl RecordBatchReader) -> Result<Self> {
        let schema = batches.schema();
        let batches: Vec<RecordBatch> = batches
            .collect::<std::result::Result<_, _>>()
            .map_err(|error| Error::stream(error.to_string()))?;
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        Ok(Self {
            schema,
            batches,
            rows,
        })
    }

    /// The number of rows.
    ///
    /// # Example
    ///
    /// See [`read`](Self::read).
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::RecordBatch;
    /// use arrow_schema::Schema;
    /// let none = RecordBatch::new_empty(Arc::new(Schema::empty()));
    /// assert!(custometry::arrow::Table::from(none).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The names of the columns.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch};
    /// let batch = RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![1])) as _)])?;
    /// let table = custometry::arrow::Table::from(batch);
    /// assert!(table.names().eq(["n"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
    }

    /// The schema of every batch.
    ///
    /// # Example
    ///
    /// See [`batches`](Self::batches).
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// The batches.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch};
    /// let batch = RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![1])) as _)])?;
    /// let table = custometry::arrow::Table::from(batch.clone());
    /// assert_eq!(table.batches(), [batch]);
    /// assert_eq!(table.schema().fields().len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// A column by name.
    pub(crate) fn column<'t>(&'t self, name: &str) -> Result<Column<'t>> {
        let mut found = self
            .schema
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, field)| field.name() == name);
        match (found.next(), found.next()) {
            (Some((at, field)), None) => Ok(Column::new(
                field.name(),
                field.data_type(),
                self.batches
                    .iter()
                    .map(|batch| batch.column(at).as_ref())
                    .collect(),
            )),
            (Some(_), Some(_)) => {
                let expected = "a column that is there once; rename the others";
                Err(Error::parameter("column", name, expected))
            }
            (None, _) => {
                let names: Vec<&str> = self.names().collect();
                let expected = format!("one of the columns there are: {}", names.join(", "));
                Err(Error::parameter("column", name, expected))
            }
        }
    }

    /// A column by its place, counted from 0.
    #[cfg(feature = "ffi")]
    pub(crate) fn column_at(&self, at: usize) -> Option<Column<'_>> {
        let field = self.schema.fields().get(at)?;
        let chunks = self.batches.iter().map(|batch| batch.column(at).as_ref());
        Some(Column::new(
            field.name(),
            field.data_type(),
            chunks.collect(),
        ))
    }
}
