//! The native half of the Python package: calls, objects, columns and tables.
//!
//! Classes, docstrings and keyword arguments are written in Python (`bindings/python/custometry`); this
//! module is what they call. It knows of no room: `call` runs an operation of the registry by name.
//!
//! ```text
//! Python objects --convert--> arguments --run--> an operation on a pool of ours --convert--> Python objects
//! ```
//!
//! - Any object with `__arrow_c_stream__` goes in without a copy, and what comes out has it too.
//! - The interpreter is released while an operation runs, and looked at every 50 ms, so that Ctrl-C
//!   ends a long call and progress can be shown.
//! - Work runs on a pool of threads that belongs to the process: after a `fork` the child makes its own.

mod convert;
mod errors;
mod run;
mod values;

use pyo3::prelude::*;

/// What the Python files of the package import.
#[pymodule(gil_used = false)]
mod _native {
    use super::{convert, errors, load as load_text};
    #[pymodule_export]
    use super::{
        run::{call, set_threads, threads},
        values::{Array, Batch, NativeObject},
    };
    use pyo3::prelude::*;

    /// Reads a saved object of any kind.
    #[pyfunction]
    fn load(py: Python<'_>, text: &str) -> PyResult<NativeObject> {
        load_text(py, text)
    }

    /// The names of all operations, with those of their arguments.
    #[pyfunction]
    fn operations() -> Vec<(String, Vec<&'static str>)> {
        crate::host::registry()
            .operations()
            .map(|(name, operation)| (name.to_owned(), operation.takes().to_vec()))
            .collect()
    }

    /// A table from anything that speaks Arrow, or from columns by name.
    #[pyfunction]
    fn table(data: &Bound<'_, PyAny>) -> PyResult<Batch> {
        convert::batch(data)
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("KINDS", errors::kinds())
    }
}

fn load(py: Python<'_>, text: &str) -> PyResult<values::NativeObject> {
    let object = py.detach(|| crate::host::load(text));
    object
        .map(values::NativeObject)
        .map_err(|error| errors::raise(py, &error))
}
