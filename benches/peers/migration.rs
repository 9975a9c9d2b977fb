//! Our side of `migration.py`: times it on columns that the script wrote. Prints one line of JSON a
//! run.

use std::{
    error::Error,
    path::{Path, PathBuf},
};

use clap::{Parser, ValueEnum};
use custometry::{
    data::{Assignments, Segment, SegmentId, date_of_day},
    migration::{FlowState, SegmentPanel, SnapshotKeys, TransitionCounts},
};
use serde_json::{Value, json};

mod columns;
mod timing;

use columns::column;
use timing::{Answer, fastest, print_under};

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

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    print_under(args.threads, || run(&args))
}

fn codes(path: &Path) -> Answer<Vec<u16>> {
    column(path, u16::from_le_bytes)
}

fn keys(path: &Path) -> Answer<Vec<i64>> {
    column(path, i64::from_le_bytes)
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

/// The counts of the fastest of some runs.
fn counts(runs: usize, work: impl FnMut() -> Answer<TransitionCounts>) -> Answer<Value> {
    let (seconds, counts) = fastest(runs, work)?;
    let counts: Vec<u64> = counts.cells().iter().copied().collect();
    Ok(json!({"seconds": seconds, "answer": counts}))
}

fn run(args: &Args) -> Answer<Value> {
    let file = |name: &str| args.folder.join(name);
    match args.case {
        Case::Aligned => {
            let (from, to) = (codes(&file("from.u16"))?, codes(&file("to.u16"))?);
            counts(args.runs, || {
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
            counts(args.runs, || {
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
            counts(args.runs, || Ok(panel.flows()?.pooled()?))
        }
    }
}
