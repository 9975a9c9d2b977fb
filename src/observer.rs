//! Progress and cancellation of long calls.

use std::ops::ControlFlow;

use crate::{Error, Result};

/// How far a long call has come.
///
/// # Example
///
/// ```
/// use custometry::Progress;
/// let half = Progress::new("summarising", 5, 10);
/// assert_eq!((half.stage, half.done, half.total), ("summarising", 5, 10));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// What is going on, in words for a person.
    pub stage: &'static str,
    /// Steps done.
    pub done: u64,
    /// Steps in all; 0 where it cannot be known.
    pub total: u64,
}

impl Progress {
    /// Progress of a stage.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(custometry::Progress::new("fitting", 1, 3).total, 3);
    /// ```
    pub fn new(stage: &'static str, done: u64, total: u64) -> Self {
        Self { stage, done, total }
    }
}

/// Watches a long call and may stop it.
///
/// It is called on the thread that made the call, between steps, so it may
/// draw on a terminal or call into Python. Returning
/// [`ControlFlow::Break`] ends the call with [`Error::Cancelled`]; nothing is
/// left half done. Any closure over [`Progress`] is an observer, and so is `()`,
/// which watches nothing. A result never depends on its observer.
///
/// # Example
///
/// ```
/// use std::ops::ControlFlow;
/// use custometry::{ErrorKind, Progress, data::Currency, simulate::PurchaseLogParams};
///
/// let mut seen = 0;
/// let params = PurchaseLogParams::default().customers(1_000);
/// params.generate_observed(&mut |_: Progress| { seen += 1; ControlFlow::Continue(()) })?;
/// assert!(seen > 0);
///
/// let stopped = params.generate_observed(&mut |_: Progress| ControlFlow::Break(()));
/// assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
/// # Ok::<(), custometry::Error>(())
/// ```
pub trait Observer {
    /// Called after each step.
    fn step(&mut self, progress: Progress) -> ControlFlow<()>;
}

impl<F: FnMut(Progress) -> ControlFlow<()>> Observer for F {
    fn step(&mut self, progress: Progress) -> ControlFlow<()> {
        self(progress)
    }
}

impl Observer for () {
    fn step(&mut self, _: Progress) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Reports one step, turning a request to stop into an error.
pub(crate) fn report(
    observer: &mut dyn Observer,
    stage: &'static str,
    done: usize,
    total: usize,
) -> Result<()> {
    let progress = Progress::new(stage, done as u64, total as u64);
    match observer.step(progress) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Cancelled {
            stage,
            done: progress.done,
            total: progress.total,
        }),
    }
}
