//! The gap statistic: sums of squares beside those of data without clusters.

use super::report::PanelGap;
use crate::{
    Observer, Result,
    numeric::{Stage, map_items_observed, rng::Stream},
    segmentation::{
        k_means::{SIDE_BY_SIDE, Starts, search},
        points::Points,
    },
};

/// What an observer is told.
const REFERRING: &str = "clustering references without groups";

/// The purposes of the random numbers of the rows; starts have their own.
const DRAW: u32 = 0x6A9;

/// Numbers of searches for their random numbers: far from those of resamples and halves.
const FIRST_ITEM: u64 = 1 << 29;

/// The most starts on a reference of few rows and of many.
const STARTS: usize = 3;
const STARTS_OF_MANY: usize = 2;

/// The gap for each of `ks`, whose sums of squares in the data are `within`.
///
/// Rows of a reference are drawn evenly from the box that holds the rows that count, one for each
/// of them and with its weight.
pub(super) fn gaps(
    points: Points,
    ks: &[usize],
    within: &[f64],
    (references, seed): (usize, u64),
    observer: &mut dyn Observer,
) -> Result<Vec<PanelGap>> {
    let rows: Vec<usize> = (0..points.rows)
        .filter(|&row| points.weight(row) > 0.0)
        .collect();
    let weights: Vec<f64> = rows.iter().map(|&row| points.weight(row)).collect();
    let sides = sides(points, &rows);
    let few = rows.len() <= SIDE_BY_SIDE;
    let fresh = if few { STARTS } else { STARTS_OF_MANY };
    let one = |reference: usize| -> Result<Vec<f64>> {
        let mut draw = Stream::new(seed, DRAW, reference as u64);
        let values: Vec<f64> = (0..rows.len())
            .flat_map(|_| &sides)
            .map(|(low, width)| low + width * draw.uniform())
            .collect();
        let drawn = Points {
            values: &values,
            rows: rows.len(),
            weights: points.weights.map(|_| &weights[..]),
            ..points
        };
        ks.iter()
            .map(|&k| {
                let starts = Starts {
                    known: None,
                    fresh,
                    single_moves: few,
                    seed,
                    item: FIRST_ITEM + reference as u64,
                };
                Ok(log_half(search(drawn, k, starts)?.inertia))
            })
            .collect()
    };
    let stage = Stage {
        name: REFERRING,
        total: references,
    };
    let logs = map_items_observed(stage, few, observer, one)?;
    let n = references as f64;
    let of_k = |(at, within): (usize, &f64)| {
        let of_references = || logs.iter().map(|logs| logs[at]);
        let mean = of_references().sum::<f64>() / n;
        let squares: f64 = of_references().map(|log| (log - mean).powi(2)).sum();
        PanelGap {
            log_within: log_half(*within),
            value: mean - log_half(*within),
            error: (squares / n * (1.0 + 1.0 / n)).sqrt(),
        }
    };
    Ok(within.iter().enumerate().map(of_k).collect())
}

/// The logarithm of half a sum of squares: the paper's W for squared distances. A sum of 0 is the
/// least there is.
fn log_half(within: f64) -> f64 {
    libm::log(within.max(f64::MIN_POSITIVE) / 2.0)
}

/// Where the box starts along each column, and how wide it is there.
fn sides(points: Points, rows: &[usize]) -> Vec<(f64, f64)> {
    let mut ends = vec![(f64::INFINITY, f64::NEG_INFINITY); points.columns];
    for &row in rows {
        for (ends, &value) in ends.iter_mut().zip(points.row(row)) {
            *ends = (ends.0.min(value), ends.1.max(value));
        }
    }
    ends.into_iter()
        .map(|(low, high)| (low, high - low))
        .collect()
}

/// The rule of Tibshirani, Walther and Hastie: the least k with a gap of at least that of the next
/// less its error. `None` if the gap still rises at the end.
pub(super) fn by_paper(gaps: &[PanelGap]) -> Option<usize> {
    let pairs = gaps.windows(2);
    pairs
        .enumerate()
        .find(|(_, pair)| pair[0].value >= pair[1].value - pair[1].error)
        .map(|(at, _)| at)
}

/// The first k whose gap is within an error of that of the first maximum. `None` if the gap never
/// falls.
pub(super) fn by_first_maximum(gaps: &[PanelGap]) -> Option<usize> {
    let falls = |pair: &[PanelGap]| pair[0].value >= pair[1].value;
    gaps.windows(2)
        .position(falls)
        .map(|top| within_an_error(gaps, top))
}

/// The first k whose gap is within an error of a later one.
pub(super) fn within_an_error(gaps: &[PanelGap], top: usize) -> usize {
    let enough = gaps[top].value - gaps[top].error;
    let first = gaps[..top].iter().position(|gap| gap.value >= enough);
    first.unwrap_or(top)
}
