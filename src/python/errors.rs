//! Errors of the library as exceptions of the package.

use pyo3::{
    prelude::*,
    sync::PyOnceLock,
    types::{PyAny, PyDict},
};

use crate::{Error, ErrorKind};

/// The names of all kinds of errors.
pub(super) fn kinds() -> Vec<&'static str> {
    ErrorKind::ALL.iter().map(|kind| kind.name()).collect()
}

/// The exception for an error. Classes live in the Python half, which has the docstrings.
pub(super) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let made = MAKE
        .import(py, "custometry._errors", "_make")
        .and_then(|make| {
            let fields = PyDict::new(py);
            fields.set_item("kind", error.kind().name())?;
            fields.set_item("message", error.to_string())?;
            fields.set_item("column", error.column())?;
            fields.set_item("row", error.row())?;
            make.call((), Some(&fields))
        });
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(broken) => broken,
    }
}
