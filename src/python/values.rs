//! What Python holds: objects, tables and columns of the library.

#![expect(
    unsafe_code,
    reason = "capsules carry C structs, and numpy reads a buffer by its address"
)]

use arrow_array::{
    Array as _, ArrayRef, RecordBatch, RecordBatchIterator, StructArray,
    cast::AsArray,
    ffi::{FFI_ArrowArray, FFI_ArrowSchema},
    types::{Float64Type, Int64Type, UInt32Type},
};
use arrow_schema::DataType;
use pyo3::{
    exceptions::{PyAttributeError, PyIndexError, PyKeyError, PyValueError},
    prelude::*,
    types::{PyCapsule, PyDict, PyList, PyTuple},
};

use super::{convert, errors};
use crate::{arrow::Table, host::Object};

/// An object of some kind. Immutable: any thread may use it.
#[pyclass(frozen, name = "Object", module = "custometry._native")]
pub(super) struct NativeObject(pub(super) Object);

#[pymethods]
impl NativeObject {
    /// The kind, such as `value.BgNbd`.
    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind()
    }
}

/// A table: record batches of one schema.
#[pyclass(frozen, module = "custometry._native")]
pub(super) struct Batch(pub(super) Table);

#[pymethods]
impl Batch {
    #[getter]
    fn num_rows(&self) -> usize {
        self.0.len()
    }

    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.0.names().map(str::to_owned).collect()
    }

    /// The Arrow types of the columns, as text.
    #[getter]
    fn column_types(&self) -> Vec<String> {
        let fields = self.0.schema().fields().iter();
        fields.map(|field| field.data_type().to_string()).collect()
    }

    /// A column by name.
    fn column(&self, name: &str) -> PyResult<Array> {
        let at = self.0.names().position(|column| column == name);
        let at = at.ok_or_else(|| PyKeyError::new_err(name.to_owned()))?;
        let none = RecordBatch::new_empty(self.0.schema().clone());
        let batches = match self.0.batches() {
            [] => std::slice::from_ref(&none),
            batches => batches,
        };
        let pieces = batches.iter().map(|batch| batch.column(at).clone());
        Ok(Array(pieces.collect()))
    }

    /// Some rows.
    fn slice(&self, py: Python<'_>, start: usize, rows: usize) -> PyResult<Self> {
        let (mut skipped, mut wanted) = (start, rows);
        let mut pieces = Vec::new();
        for batch in self.0.batches() {
            let from = skipped.min(batch.num_rows());
            let rows = wanted.min(batch.num_rows() - from);
            pieces.push(Ok(batch.slice(from, rows)));
            skipped -= from;
            wanted -= rows;
        }
        let pieces = RecordBatchIterator::new(pieces, self.0.schema().clone());
        let table = Table::read(pieces);
        table.map(Self).map_err(|error| errors::raise(py, &error))
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // A consumer that wants other types casts them itself, as the protocol allows.
        let _ = requested_schema;
        PyCapsule::new_with_value(py, self.0.clone().into_stream(), c"arrow_array_stream")
    }
}

/// Why a column cannot be handed out as one array.
const IN_PIECES: &str =
    "the column is in several pieces: read its table by Arrow, or use to_list()";

/// A column: at least one piece, and one alone unless it is of a table that came in several.
#[pyclass(frozen, module = "custometry._native")]
pub(super) struct Array(pub(super) Vec<ArrayRef>);

impl Array {
    /// The column, if it is in one piece.
    fn whole(&self) -> Option<&ArrayRef> {
        match self.0.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

#[pymethods]
impl Array {
    fn __len__(&self) -> usize {
        self.0.iter().map(arrow_array::Array::len).sum()
    }

    /// The Arrow type, as text.
    #[getter]
    fn type_name(&self) -> String {
        let piece = self.0.first();
        piece.map_or_else(String::new, |piece| piece.data_type().to_string())
    }

    #[getter]
    fn null_count(&self) -> usize {
        self.0.iter().map(arrow_array::Array::null_count).sum()
    }

    /// A value; negative places count from the end.
    fn get<'py>(&self, py: Python<'py>, at: isize) -> PyResult<Bound<'py, PyAny>> {
        let len = self.__len__();
        let place = if at < 0 { at + len.cast_signed() } else { at };
        // Below 0 it is far beyond the end.
        let mut place = place.cast_unsigned();
        for piece in &self.0 {
            if place < piece.len() {
                return convert::list(py, piece.slice(place, 1).as_ref())?.get_item(0);
            }
            place = place.wrapping_sub(piece.len());
        }
        Err(PyIndexError::new_err(format!("{at} of {len} values")))
    }

    fn to_list<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(py);
        for piece in &self.0 {
            list.call_method1("extend", (convert::list(py, piece.as_ref())?,))?;
        }
        Ok(list)
    }

    /// Where numpy finds the values, without a copy.
    #[getter]
    fn __array_interface__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let Some(array) = self.whole() else {
            return Err(PyAttributeError::new_err(IN_PIECES));
        };
        let (kind, address) = match array.data_type() {
            DataType::Float64 => (
                "<f8",
                array.as_primitive::<Float64Type>().values().as_ptr() as usize,
            ),
            DataType::Int64 => (
                "<i8",
                array.as_primitive::<Int64Type>().values().as_ptr() as usize,
            ),
            DataType::UInt32 => (
                "<u4",
                array.as_primitive::<UInt32Type>().values().as_ptr() as usize,
            ),
            other => {
                let what = format!("a column of {other} has no buffer of numbers; use to_list()");
                return Err(PyAttributeError::new_err(what));
            }
        };
        if array.null_count() > 0 {
            let what = "a column with nulls has no plain buffer; read it by Arrow or use to_list()";
            return Err(PyAttributeError::new_err(what));
        }
        let interface = PyDict::new(py);
        interface.set_item("version", 3)?;
        interface.set_item("typestr", kind)?;
        interface.set_item("shape", (array.len(),))?;
        interface.set_item("data", (address, true))?;
        Ok(interface)
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let _ = requested_schema;
        let Some(array) = self.whole() else {
            return Err(PyValueError::new_err(IN_PIECES));
        };
        let schema = FFI_ArrowSchema::try_from(array.data_type())
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        let array = FFI_ArrowArray::new(&array.to_data());
        PyTuple::new(
            py,
            [
                PyCapsule::new_with_value(py, schema, c"arrow_schema")?,
                PyCapsule::new_with_value(py, array, c"arrow_array")?,
            ],
        )
    }
}

/// A table from a C stream in a capsule, which is left released.
pub(super) fn table_of_stream(capsule: &Bound<'_, PyAny>) -> PyResult<Result<Table, crate::Error>> {
    let capsule = capsule.cast::<PyCapsule>()?;
    let pointer = capsule.pointer_checked(Some(c"arrow_array_stream"))?;
    // SAFETY: a capsule of that name holds such a stream. It is moved out; what stays behind is
    // marked as released, which is what the destructor of the capsule looks at.
    let stream =
        unsafe { arrow_array::ffi_stream::FFI_ArrowArrayStream::from_raw(pointer.as_ptr().cast()) };
    // Producers may need the interpreter, on this thread or on theirs.
    Ok(capsule.py().detach(|| Table::from_stream(stream)))
}

/// A table from the C array in a pair of capsules: that of a struct, or of one column.
pub(super) fn table_of_array(pair: &Bound<'_, PyAny>) -> PyResult<Table> {
    let (schema, array) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()?;
    let schema = schema
        .cast::<PyCapsule>()?
        .pointer_checked(Some(c"arrow_schema"))?;
    let array = array
        .cast::<PyCapsule>()?
        .pointer_checked(Some(c"arrow_array"))?;
    let failed = |error: arrow_schema::ArrowError| PyValueError::new_err(error.to_string());
    // SAFETY: capsules of these names hold these structs; the array is moved out and left released,
    // the schema is only read.
    let data = unsafe {
        let schema: &FFI_ArrowSchema = schema.cast().as_ref();
        arrow_array::ffi::from_ffi(FFI_ArrowArray::from_raw(array.as_ptr().cast()), schema)
    };
    let data = data.map_err(failed)?;
    data.validate_full().map_err(failed)?;
    let array = arrow_array::make_array(data);
    let batch = match array.as_any().downcast_ref::<StructArray>() {
        Some(rows) => RecordBatch::from(rows),
        None => RecordBatch::try_from_iter([("values", array)]).map_err(failed)?,
    };
    Ok(batch.into())
}
