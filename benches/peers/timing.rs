//! What our sides of the peer benches share: a pool of a given size, and the fastest of some runs.

use std::{error::Error, time::Instant};

use serde_json::Value;

/// A result that can leave a pool of threads.
pub(crate) type Answer<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Prints what `work` gives under so many threads, in a line.
pub(crate) fn print_under(
    threads: usize,
    work: impl FnOnce() -> Answer<Value> + Send,
) -> Result<(), Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let line = pool
        .build()?
        .install(work)
        .map_err(|error| error.to_string())?;
    println!("{line}");
    Ok(())
}

/// The fastest of some runs, and what it gave.
#[expect(
    clippy::disallowed_methods,
    reason = "the program times the library, which never times itself"
)]
pub(crate) fn fastest<T>(runs: usize, mut work: impl FnMut() -> Answer<T>) -> Answer<(f64, T)> {
    let mut best: Option<(f64, T)> = None;
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        let answer = work()?;
        let seconds = start.elapsed().as_secs_f64();
        if best.as_ref().is_none_or(|(least, _)| seconds < *least) {
            best = Some((seconds, answer));
        }
    }
    best.ok_or_else(|| "no run".into())
}
