//! Our side of `migration.py`: times it on columns that the script wrote. Prints one line of JSON a
//! run.

#![allow(
    clippy::disallowed_methods,
    reason = "timing is what this program is for"
)]

use std::{error::Error, fs, path::Path, path::PathBuf, time::Instant};

use clap::{Parser, ValueEnum};
use custometry::{
    data::{Assignments, Segment, SegmentId, date_of_day},
    migration::{FlowState, SegmentPanel, SnapshotKeys, TransitionCounts},
};
use serde_json::{Value, json};

/// A case of the script, `runs` times: the fastest run is told.
#[derive(Parser)]
struct Args {
    case: Case,
    /// Where the columns are.
    folder: PathBuf,
    runs: usize,
    threads: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Case {
    /// Two columns of segments, side by side.
    Aligned,
    /// Two snapshots with keys in different orders.
    Unaligned,
    /// Twelve periods of one panel.
    Panel,
}

const SEGMENTS: u32 = 10;
const PERIODS: usize = 12;

type Answer<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.threads);
    let line = pool
        .build()?
        .install(|| run(&args))
        .map_err(|error| error.to_string())?;
    println!("{line}");
    Ok(())
}

fn codes(path: &Path) -> Answer<Vec<u16>> {
    let bytes = fs::read(path)?;
    let (words, _) = bytes.as_chunks::<2>();
    Ok(words.iter().map(|word| u16::from_le_bytes(*word)).collect())
}

fn keys(path: &Path) -> Answer<Vec<i64>> {
    let bytes = fs::read(path)?;
    let (words, _) = bytes.as_chunks::<8>();
    Ok(words.iter().map(|word| i64::from_le_bytes(*word)).collect())
}

fn states() -> Vec<Segment> {
    let state = |at| Segment {
        id: SegmentId(at),
        name: format!("s{at}"),
    };
    (0..SEGMENTS).map(state).collect()
}

fn assignments(day: i32, codes: &[u16]) -> Answer<Assignments> {
    let day = date_of_day(day).ok_or("a day")?;
    let rows = codes.iter().map(|&code| Some(SegmentId(u32::from(code))));
    Ok(Assignments::new("bench", day, states(), rows.collect())?)
}

/// The fastest of some runs, and what it gave.
fn fastest(runs: usize, mut work: impl FnMut() -> Answer<TransitionCounts>) -> Answer<Value> {
    let mut best: Option<(f64, TransitionCounts)> = None;
    for _ in 0..runs.max(1) {
        let start = Instant::now();
        let answer = work()?;
        let seconds = start.elapsed().as_secs_f64();
        if best.as_ref().is_none_or(|(least, _)| seconds < *least) {
            best = Some((seconds, answer));
        }
    }
    let (seconds, counts) = best.ok_or("no run")?;
    let counts: Vec<u64> = counts.cells().iter().copied().collect();
    Ok(json!({"seconds": seconds, "answer": counts}))
}

fn run(args: &Args) -> Answer<Value> {
    let file = |name: &str| args.folder.join(name);
    match args.case {
        Case::Aligned => {
            let (from, to) = (codes(&file("from.u16"))?, codes(&file("to.u16"))?);
            fastest(args.runs, || {
                Ok(TransitionCounts::of_codes(states(), &from, &to)?)
            })
        }
        Case::Unaligned => {
            let (before, after) = (keys(&file("before.i64"))?, keys(&file("after.i64"))?);
            let from = assignments(20_000, &codes(&file("from.u16"))?)?;
            let to = assignments(20_090, &codes(&file("to.u16"))?)?;
            let snapshots = [
                (SnapshotKeys::Ints(&before), &from),
                (SnapshotKeys::Ints(&after), &to),
            ];
            fastest(args.runs, || {
                Ok(FlowState::of_snapshots(&snapshots)?.flows()?.pooled()?)
            })
        }
        Case::Panel => {
            let all = codes(&file("panel.u16"))?;
            let customers = all.len() / PERIODS;
            let periods = (all.chunks_exact(customers).zip(0..))
                .map(|(codes, period)| assignments(20_000 + 30 * period, codes))
                .collect::<Answer<Vec<_>>>()?;
            let panel = SegmentPanel::of_assignments(&periods.iter().collect::<Vec<_>>())?;
            drop((all, periods));
            fastest(args.runs, || Ok(panel.flows()?.pooled()?))
        }
    }
}
