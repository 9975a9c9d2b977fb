//! Prediction strength: whether half of the customers tell how the other half is grouped.

use super::report::PanelStrength;
use crate::{
    Observer, Result,
    numeric::{Stage, map_items_observed, rng::Stream},
    segmentation::{placed::NOWHERE, stability::Refits},
};

/// What an observer is told.
const SPLITTING: &str = "predicting one half from the other";

/// The purpose of the random numbers.
const DRAW: u32 = 0x5917;

/// Numbers of fits for random numbers: far from those of resamples.
const FIRST_ITEM: u64 = 1 << 28;

/// The prediction strength of a model over splits of the rows of a weight above 0.
///
/// Both halves are grouped, and each predicts the other (Tibshirani and Walther 2005,
/// doi:10.1198/106186005X59243). A cluster of one row has no pairs and is passed over; a split of
/// which a half cannot be grouped has a strength of 0.
pub(super) fn strength(
    refits: &Refits,
    weights: &[f64],
    (splits, seed): (usize, u64),
    observer: &mut dyn Observer,
) -> Result<PanelStrength> {
    let one = |split: usize| -> Result<f64> {
        let halves = halves(weights, seed, split);
        let mut found = Vec::with_capacity(2);
        for (at, half) in halves.iter().enumerate() {
            let item = FIRST_ITEM + 2 * split as u64 + at as u64;
            match refits.labels(half, item)? {
                Some(labels) => found.push(labels),
                None => return Ok(0.0),
            }
        }
        let strength = |own: usize| predicted(&halves[own], &found[own], &found[1 - own]);
        Ok(f64::midpoint(strength(0), strength(1)))
    };
    let stage = Stage {
        name: SPLITTING,
        total: splits,
    };
    let strengths = map_items_observed(stage, refits.side_by_side(), observer, one)?;
    let n = splits as f64;
    let mean = strengths.iter().sum::<f64>() / n;
    let squares: f64 = strengths.iter().map(|one| (one - mean).powi(2)).sum();
    Ok(PanelStrength {
        mean,
        error: (squares / (n - 1.0) / n).sqrt(),
    })
}

/// The weights of two halves of the rows that count; of an odd number the second has one more.
pub(super) fn halves(weights: &[f64], seed: u64, split: usize) -> [Vec<f64>; 2] {
    let mut draw = Stream::new(seed, DRAW, split as u64);
    let mut left = weights.iter().filter(|&&weight| weight > 0.0).count();
    let mut wanted = left / 2;
    let mut halves = [vec![0.0; weights.len()], vec![0.0; weights.len()]];
    for (row, &weight) in weights.iter().enumerate().filter(|(_, w)| **w > 0.0) {
        // Each row with the chance that leaves the right number (Knuth, algorithm S).
        let first = draw.index(left) < wanted;
        halves[usize::from(!first)][row] = weight;
        wanted -= usize::from(first);
        left -= 1;
    }
    halves
}

/// Of the clusters of a half, the least share of pairs that the clusters of the other half put
/// together. Pairs weigh what their rows weigh together: the product.
pub(super) fn predicted(half: &[f64], own: &[u32], other: &[u32]) -> f64 {
    let count = |labels: &[u32]| {
        let known = labels.iter().filter(|&&label| label != NOWHERE);
        known.max().map_or(0, |&label| label as usize + 1)
    };
    let (clusters, columns) = (count(own), count(other));
    let mut table = vec![0.0; clusters * columns];
    let (mut totals, mut itself) = (vec![0.0; clusters], vec![0.0; clusters]);
    let mut rows = vec![0_usize; clusters];
    // Rows that the other half puts nowhere are together with none, not even with themselves.
    let mut together_itself = vec![0.0; clusters];
    for (row, &weight) in half.iter().enumerate() {
        if weight > 0.0 && own[row] != NOWHERE {
            let cluster = own[row] as usize;
            totals[cluster] += weight;
            itself[cluster] += weight * weight;
            rows[cluster] += 1;
            if other[row] != NOWHERE {
                table[cluster * columns + other[row] as usize] += weight;
                together_itself[cluster] += weight * weight;
            }
        }
    }
    let share = |cluster: usize| {
        let line = &table[cluster * columns..(cluster + 1) * columns];
        let together: f64 = line.iter().map(|weight| weight * weight).sum();
        let pairs = totals[cluster] * totals[cluster] - itself[cluster];
        (together - together_itself[cluster]) / pairs
    };
    (0..clusters)
        .filter(|&cluster| rows[cluster] > 1)
        .map(share)
        .fold(1.0, f64::min)
}
