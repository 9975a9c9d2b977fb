//! The threads that the calls of hosts work on.
//!
//! The rooms work on the ambient rayon pool. A host cannot leave it at that: the ambient pool of a
//! process that forks has no threads in the child (a web server's worker, a `multiprocessing` child),
//! and the first call there would wait for ever. So hosts own their pools: one for each process and
//! number of threads, made by the first call that needs it. A child makes its own.
//!
//! Pools are never given back: calls may be on them, and a process has few. There is no lock that a
//! fork could leave taken; the list of pools only grows at its end.

use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use crate::{Error, Result};

struct Pool {
    process: u32,
    asked: usize,
    threads: ThreadPool,
    next: OnceLock<Box<Self>>,
}

static POOLS: OnceLock<Box<Pool>> = OnceLock::new();

/// How many threads are asked for; 0 for as many as the machine has.
static ASKED: AtomicUsize = AtomicUsize::new(0);

/// More than this is a mistake in a unit.
const MOST_THREADS: usize = 4_096;

/// Sets on how many threads calls work that start from now on, in this process; 0 for as many as the
/// machine has.
///
/// # Errors
///
/// [`Error::InvalidParameter`] for more than 4,096.
pub(crate) fn set_threads(threads: usize) -> Result<()> {
    if threads > MOST_THREADS {
        let expected = format!("at most {MOST_THREADS}, or 0 for as many as the machine has");
        return Err(Error::parameter("threads", threads, expected));
    }
    ASKED.store(threads, Ordering::Relaxed);
    Ok(())
}

/// The pool of this process with the threads asked for.
///
/// # Errors
///
/// The machine gives no threads.
pub(crate) fn pool() -> std::result::Result<&'static ThreadPool, ThreadPoolBuildError> {
    let process = std::process::id();
    let asked = ASKED.load(Ordering::Relaxed);
    let mut place = &POOLS;
    loop {
        match place.get() {
            Some(it) if (it.process, it.asked) == (process, asked) => return Ok(&it.threads),
            Some(it) => place = &it.next,
            None => {
                let threads = ThreadPoolBuilder::new()
                    .num_threads(asked)
                    .thread_name(|number| format!("custometry-{number}"))
                    .build()?;
                // Built before the place is taken, so that it is taken for a moment only. Another
                // thread may have been quicker; the next turn looks at what is there.
                let _ = place.set(Box::new(Pool {
                    process,
                    asked,
                    threads,
                    next: OnceLock::new(),
                }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_pool_for_a_number_of_threads() {
        assert!(set_threads(MOST_THREADS + 1).is_err());
        set_threads(3).unwrap();
        let pool_of_three = pool().unwrap();
        assert_eq!(pool_of_three.current_num_threads(), 3);
        assert!(std::ptr::eq(pool_of_three, pool().unwrap()));
        set_threads(0).unwrap();
        assert!(!std::ptr::eq(pool_of_three, pool().unwrap()));
    }
}
