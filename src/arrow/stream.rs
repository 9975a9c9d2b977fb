//! Tables across the C stream interface, without a copy.

use arrow_array::{
    Array, RecordBatch, RecordBatchIterator, RecordBatchReader, ffi_stream::FFI_ArrowArrayStream,
};
// The one name that every version in our range knows.
#[allow(deprecated)]
use arrow_array::ffi_stream::ArrowArrayStreamReader;
use arrow_schema::DataType;

use super::Table;
use crate::{Error, Result};

impl Table {
    /// All batches of a C stream. Fixed-width columns are taken as they are; offsets, text and
    /// codes are checked, since nobody may trust what another process has made of them.
    ///
    /// # Errors
    ///
    /// [`Error::Stream`] with what the producer says if it fails, and for a stream that is released,
    /// whose rows are no structs, or whose text is not UTF-8.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{RecordBatch, StringArray, ffi_stream::FFI_ArrowArrayStream};
    /// use custometry::arrow::Table;
    ///
    /// let batch = RecordBatch::try_from_iter([("who", Arc::new(StringArray::from(vec!["ann"])) as _)])?;
    /// let stream = Table::from(batch.clone()).into_stream();
    /// assert_eq!(Table::from_stream(stream)?.batches(), [batch]);
    /// assert!(Table::from_stream(FFI_ArrowArrayStream::empty()).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[allow(deprecated)]
    pub fn from_stream(stream: FFI_ArrowArrayStream) -> Result<Self> {
        let failed = |error: arrow_schema::ArrowError| Error::stream(error.to_string());
        let batches = ArrowArrayStreamReader::try_new(stream).map_err(failed)?;
        let schema = batches.schema();
        let checked = batches.map(|batch| {
            let batch = batch?;
            for column in batch.columns() {
                if needs_checks(column.data_type()) {
                    column.to_data().validate_full()?;
                }
            }
            Ok(batch)
        });
        Self::read(RecordBatchIterator::new(checked, schema))
    }

    /// A C stream of the batches, which whoever takes it releases.
    ///
    /// # Example
    ///
    /// See [`from_stream`](Self::from_stream).
    pub fn into_stream(self) -> FFI_ArrowArrayStream {
        let schema = self.schema().clone();
        let batches: Vec<RecordBatch> = self.batches().to_vec();
        let batches = RecordBatchIterator::new(batches.into_iter().map(Ok), schema);
        FFI_ArrowArrayStream::new(Box::new(batches))
    }
}

/// Whether values of a type point into buffers.
fn needs_checks(data_type: &DataType) -> bool {
    !(data_type.is_primitive() || matches!(data_type, DataType::Boolean | DataType::Null))
}
