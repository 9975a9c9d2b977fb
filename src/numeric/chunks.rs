//! Parallel work whose result does not depend on the number of threads.
//!
//! The cut into chunks depends on the length alone, and the results come back
//! in order; whoever adds them up does so from the first to the last.

use std::ops::Range;

use ndarray::Array2;
use rayon::prelude::*;

use crate::{Observer, Result, observer::report};

/// Chunks handed out between two reports to an observer. A constant, and large
/// enough to keep many threads busy.
const CHUNKS_PER_STEP: usize = 64;

/// Applies `f` to each chunk of `0..len`, in parallel, and gives the results in
/// order.
pub(crate) fn map_chunks<T: Send>(
    len: usize,
    chunk: usize,
    f: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    (0..len.div_ceil(chunk))
        .into_par_iter()
        .map(|at| f(at * chunk..((at + 1) * chunk).min(len)))
        .collect()
}

/// Fills a table, in parallel: `f` gets the numbers of some rows and their cells, row after row. It
/// is not called for a table without columns.
pub(crate) fn fill_rows<T: Send>(
    table: &mut Array2<T>,
    rows: usize,
    f: impl Fn(Range<usize>, &mut [T]) + Sync,
) {
    let columns = table.ncols();
    if let Some(cells) = table.as_slice_mut()
        && columns > 0
    {
        let chunks = cells.par_chunks_mut(rows * columns).enumerate();
        chunks.for_each(|(at, cells)| f(at * rows..at * rows + cells.len() / columns, cells));
    }
}

/// The first place in a column where something is true of the value.
///
/// By chunk, so that the test of each value is a plain loop.
pub(crate) fn first_where<T: Sync>(column: &[T], is: impl Fn(&T) -> bool + Sync) -> Option<usize> {
    const CHUNK: usize = 1 << 14;
    let within = |(at, chunk): (usize, &[T])| Some(at * CHUNK + chunk.iter().position(&is)?);
    column.par_chunks(CHUNK).enumerate().find_map_first(within)
}

/// What a watched piece of work is called, and how many items the whole has of
/// which it may be a part.
#[derive(Clone, Copy)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    pub(crate) total: usize,
}

/// Applies `f` to each chunk of `items`, in parallel, and gives the results in
/// order. The work can fail, with the error of the first chunk that did, and is
/// watched: the end of `items` so far is reported out of the stage's total.
pub(crate) fn map_chunks_observed<T: Send>(
    items: Range<usize>,
    chunk: usize,
    stage: Stage,
    observer: &mut dyn Observer,
    f: impl Fn(Range<usize>) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    for start in items.clone().step_by(chunk * CHUNKS_PER_STEP) {
        let end = (start + chunk * CHUNKS_PER_STEP).min(items.end);
        let made = map_chunks(end - start, chunk, |range| {
            f(start + range.start..start + range.end)
        });
        for result in made {
            all.push(result?);
        }
        report(observer, stage.name, end, stage.total)?;
    }
    Ok(all)
}

/// Applies `f` to each item and gives the results in order, watched by item: side by side, or each
/// in turn where an item has work for all threads in itself, or takes much memory.
pub(crate) fn map_items_observed<T: Send>(
    stage: Stage,
    side_by_side: bool,
    observer: &mut dyn Observer,
    f: impl Fn(usize) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    if side_by_side {
        let one = |range: Range<usize>| f(range.start);
        return map_chunks_observed(0..stage.total, 1, stage, observer, one);
    }
    let mut all = Vec::new();
    for item in 0..stage.total {
        all.push(f(item)?);
        report(observer, stage.name, item + 1, stage.total)?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::Error;

    const STAGE: Stage = Stage {
        name: "counting",
        total: 2_000,
    };

    #[test]
    fn items_come_in_order_side_by_side_and_in_turn() {
        for side_by_side in [true, false] {
            let mut seen = 0;
            let mut watch = |progress: crate::Progress| {
                seen = progress.done;
                ControlFlow::Continue(())
            };
            let all = map_items_observed(STAGE, side_by_side, &mut watch, Ok).unwrap();
            assert_eq!(all, (0..2_000).collect::<Vec<_>>());
            assert_eq!(seen, 2_000);
            let fails = |item: usize| match item {
                7.. => Err(Error::parameter("item", item, "less")),
                _ => Ok(item),
            };
            let error = map_items_observed(STAGE, side_by_side, &mut (), fails).unwrap_err();
            assert_eq!(error.to_string(), "item is 7, expected less");
        }
    }

    #[test]
    fn chunks_cover_everything_once_in_order() {
        for len in [0, 1, 9, 10, 11, 2_000] {
            let flat = joined(map_chunks(len, 10, |range| range));
            assert_eq!(flat, (0..len).collect::<Vec<_>>());
            let items = len / 2..len;
            let watched = map_chunks_observed(items.clone(), 10, STAGE, &mut (), Ok).unwrap();
            assert_eq!(joined(watched), items.collect::<Vec<_>>());
        }
    }

    fn joined(ranges: Vec<Range<usize>>) -> Vec<usize> {
        ranges.into_iter().flatten().collect()
    }

    #[test]
    fn the_first_place_is_found_wherever_it_is() {
        let mut column = vec![0; 100_000];
        assert_eq!(first_where(&column, |&x| x > 0), None);
        for place in [99_999, 40_000, 16_384, 16_383, 0] {
            column[place] = 1;
            assert_eq!(first_where(&column, |&x| x > 0), Some(place));
        }
    }

    #[test]
    fn the_first_failure_is_the_one_reported() {
        let fail = |range: Range<usize>| -> Result<()> {
            match range.start {
                30 | 70 => Err(Error::value("x", range.start, "bad")),
                _ => Ok(()),
            }
        };
        let error = map_chunks_observed(0..100, 10, STAGE, &mut (), fail).unwrap_err();
        assert_eq!(error, Error::value("x", 30, "bad"));
    }

    #[test]
    fn steps_are_reported_in_order_and_can_stop_the_work() {
        let mut seen = Vec::new();
        let mut watch = |progress: crate::Progress| {
            seen.push((progress.done, progress.total));
            if seen.len() == 3 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let error = map_chunks_observed(0..2_000, 5, STAGE, &mut watch, Ok).unwrap_err();
        assert_eq!(seen, [(320, 2_000), (640, 2_000), (960, 2_000)]);
        assert_eq!(
            error.to_string(),
            "cancelled while counting, 960 of 2000 done"
        );
    }
}
