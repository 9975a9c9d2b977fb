//! Running an operation: off the interpreter, on a pool of this process, watched.

use std::{
    any::Any,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{RecvTimeoutError, channel},
    },
    time::Duration,
};

use pyo3::{
    exceptions::PyRuntimeError,
    prelude::*,
    types::{PyAny, PyDict},
};
use rayon::ThreadPool;

use super::{convert, errors};
use crate::{Progress, host};

/// How often a running call lets the interpreter handle signals and shows progress.
const TICK: Duration = Duration::from_millis(50);

/// Sets how many threads calls run on; 0 for as many as there are cores.
#[pyfunction]
pub(super) fn set_threads(py: Python<'_>, threads: usize) -> PyResult<()> {
    host::set_threads(threads).map_err(|error| errors::raise(py, &error))
}

/// How many threads calls run on.
#[pyfunction]
pub(super) fn threads() -> PyResult<usize> {
    Ok(pool()?.current_num_threads())
}

fn pool() -> PyResult<&'static ThreadPool> {
    host::pool().map_err(|error| PyRuntimeError::new_err(error.to_string()))
}

/// Runs an operation. `progress` is called with what is going on, steps done and steps in all (0 where
/// they are not known), while the call runs.
#[pyfunction]
#[pyo3(signature = (operation, arguments, progress = None))]
pub(super) fn call<'py>(
    py: Python<'py>,
    operation: String,
    arguments: &Bound<'py, PyDict>,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let arguments = convert::arguments(arguments)?;
    let watch = Arc::new(Watch::default());
    let watched = Arc::clone(&watch);
    let (sender, mut receiver) = channel();
    pool()?.spawn(move || {
        let mut observer = |progress: Progress| watched.step(progress);
        let run = || host::call(&operation, arguments, &mut observer);
        let answer = catch_unwind(AssertUnwindSafe(run));
        // Nobody is there to take it if the call was interrupted.
        let _ = sender.send(answer);
    });
    loop {
        // By exclusive reference, since a receiver must not be shared between threads.
        let waiting = &mut receiver;
        match py.detach(move || waiting.recv_timeout(TICK)) {
            Ok(Ok(answer)) => {
                let answer = answer.map_err(|error| errors::raise(py, &error))?;
                return convert::answer(py, answer);
            }
            Ok(Err(panic)) => return Err(bug(panic.as_ref())),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("the pool of threads was closed"));
            }
            Err(RecvTimeoutError::Timeout) => {
                let seen = py
                    .check_signals()
                    .and_then(|()| match (progress, watch.latest()) {
                        (Some(progress), Some(latest)) => progress
                            .call1((latest.stage, latest.done, latest.total))
                            .map(drop),
                        _ => Ok(()),
                    });
                if let Err(interrupt) = seen {
                    watch.stop.store(true, Ordering::Relaxed);
                    return Err(interrupt);
                }
            }
        }
    }
}

/// What the thread of a call and that of the interpreter tell each other.
#[derive(Default)]
struct Watch {
    latest: Mutex<Option<Progress>>,
    stop: AtomicBool,
}

impl Watch {
    fn step(&self, progress: Progress) -> ControlFlow<()> {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
        if self.stop.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn latest(&self) -> Option<Progress> {
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A panic is a bug of ours; the process of the host goes on.
fn bug(panic: &(dyn Any + Send)) -> PyErr {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    PyRuntimeError::new_err(format!("a bug in custometry, please report it: {what}"))
}
