//! The threads that calls work on.
//!
//! Calls run on the pools of `host`; a call with a progress callback calls it on the thread that waits.
#![allow(unsafe_code, reason = "functions that C finds by name")]

use std::{
    cell::Cell,
    ops::ControlFlow,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
};

use super::{
    cmy_status,
    guard::{Fallible, Fault, guard},
};
use crate::{Observer, Progress, host};

thread_local! {
    /// Whether this thread is in a callback of the host.
    static IN_CALLBACK: Cell<bool> = const { Cell::new(false) };
}

/// Sets on how many threads calls work that start from now on, in this process; 0 for as many as the
/// machine has, which is the default (or what the environment says as `RAYON_NUM_THREADS`). No result
/// ever depends on it.
#[unsafe(no_mangle)]
pub extern "C" fn cmy_set_threads(threads: usize) -> cmy_status {
    guard(|| Ok(host::set_threads(threads)?))
}

/// Does work on the threads of the library, and waits for it.
///
/// The observer is called on the thread that waits, where the host may do what it may do anywhere;
/// the work waits for its word.
pub(super) fn run<R: Send>(
    observer: Option<&mut dyn Observer>,
    work: impl FnOnce(&mut dyn Observer) -> R + Send,
) -> Fallible<R> {
    if IN_CALLBACK.get() {
        // The thread it would need may be the one that waits for the callback.
        return Err(Fault::Misuse(
            "a progress callback cannot call the library; do it after the call".to_owned(),
        ));
    }
    let pool = host::pool().map_err(|error| Fault::NoThreads(error.to_string()))?;
    let Some(observer) = observer else {
        return Ok(pool.install(|| work(&mut ())));
    };
    let (steps, seen) = sync_channel(0);
    let (verdicts, told) = sync_channel(0);
    let mut result = None;
    pool.in_place_scope(|scope| {
        let result = &mut result;
        scope.spawn(move |_| *result = Some(work(&mut Relay { steps, told })));
        // Ends when the relay does, with the work.
        for progress in seen {
            IN_CALLBACK.set(true);
            let verdict = observer.step(progress);
            IN_CALLBACK.set(false);
            if verdicts.send(verdict).is_err() {
                break;
            }
        }
    });
    // The scope hands on a panic; without one there is a result.
    result.ok_or_else(|| Fault::Panic("work without a result".to_owned()))
}

/// Takes progress to the thread that waits, and its word back.
struct Relay {
    steps: SyncSender<Progress>,
    told: Receiver<ControlFlow<()>>,
}

impl Observer for Relay {
    fn step(&mut self, progress: Progress) -> ControlFlow<()> {
        if self.steps.send(progress).is_err() {
            return ControlFlow::Break(());
        }
        self.told.recv().unwrap_or(ControlFlow::Break(()))
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn the_observer_is_called_where_the_call_was_made() {
        let here = thread::current().id();
        let mut steps = Vec::new();
        let mut watch = |progress: Progress| {
            assert_eq!(thread::current().id(), here);
            assert!(matches!(run(None, |_| ()), Err(Fault::Misuse(_))));
            steps.push(progress.done);
            if progress.done == 3 {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        let there = run(Some(&mut watch), |observer| {
            let mut step = 1;
            while observer
                .step(Progress::new("counting", step, 9))
                .is_continue()
            {
                step += 1;
            }
            thread::current().id()
        });
        assert_ne!(there.unwrap(), here);
        assert_eq!(steps, [1, 2, 3]);
        assert!(run(None, |_| ()).is_ok());
    }
}
