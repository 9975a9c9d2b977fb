//! Where the restarts begin: one `Vec` of k means, row by row.

use ndarray::{ArrayView1, ArrayView2};

use crate::numeric::rng::Stream;

const K_MEANS: u32 = 0x6d69_0001;
const RANDOM_ROWS: u32 = 0x6d69_0002;

/// Steps of Lloyd after the seeding: enough for a start.
const STEPS: usize = 10;

/// The centres of a short k-means from seeds of k-means++ (Arthur and Vassilvitskii 2007).
pub(super) fn k_means_centres(
    values: ArrayView2<'_, f64>,
    weights: Option<&[f64]>,
    k: usize,
    seed: u64,
    run: u64,
) -> Vec<f64> {
    let mut draw = Stream::new(seed, K_MEANS, run);
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let mut centres: Vec<f64> = Vec::with_capacity(k * values.ncols());
    let mut nearest = vec![f64::INFINITY; values.nrows()];
    for at in 0..k {
        let pull = |row: usize| match at {
            0 => weight(row),
            _ => weight(row) * nearest[row],
        };
        // If every row is a centre already, any may be one again.
        let row = drawn(values.nrows(), pull, &mut draw)
            .or_else(|| drawn(values.nrows(), weight, &mut draw))
            .unwrap_or(0);
        let centre = values.row(row).to_vec();
        for (nearest, row) in nearest.iter_mut().zip(values.outer_iter()) {
            *nearest = nearest.min(squared_distance(row, &centre));
        }
        centres.extend(centre);
    }
    for _ in 0..STEPS {
        lloyd(values, weight, &mut centres);
    }
    centres
}

/// One step: rows to the nearest centre, centres to the mean of their rows.
fn lloyd(values: ArrayView2<'_, f64>, weight: impl Fn(usize) -> f64, centres: &mut [f64]) {
    let columns = values.ncols();
    let mut counts = vec![0.0; centres.len() / columns];
    let mut sums = vec![0.0; centres.len()];
    for (row, value) in values.outer_iter().enumerate() {
        let (mut best, mut least) = (0, f64::INFINITY);
        for (at, centre) in centres.chunks_exact(columns).enumerate() {
            let distance = squared_distance(value, centre);
            if distance < least {
                (best, least) = (at, distance);
            }
        }
        counts[best] += weight(row);
        for (sum, value) in sums[best * columns..].iter_mut().zip(value) {
            *sum += weight(row) * value;
        }
    }
    let moved = centres
        .chunks_exact_mut(columns)
        .zip(sums.chunks_exact(columns));
    for ((centre, sums), &count) in moved.zip(&counts) {
        if count > 0.0 {
            for (centre, sum) in centre.iter_mut().zip(sums) {
                *centre = sum / count;
            }
        }
    }
}

/// k rows that count, drawn without putting back.
pub(super) fn random_rows(
    values: ArrayView2<'_, f64>,
    weights: Option<&[f64]>,
    k: usize,
    seed: u64,
    run: u64,
) -> Vec<f64> {
    let mut draw = Stream::new(seed, RANDOM_ROWS, run);
    let mut taken: Vec<usize> = Vec::with_capacity(k);
    for _ in 0..k {
        let pull = |row: usize| {
            if taken.contains(&row) {
                0.0
            } else {
                weights.map_or(1.0, |weights| weights[row])
            }
        };
        taken.extend(drawn(values.nrows(), pull, &mut draw));
    }
    taken
        .iter()
        .flat_map(|&row| values.row(row).to_vec())
        .collect()
}

/// A row drawn with chances that go as its pull; `None` if none has any.
fn drawn(rows: usize, pull: impl Fn(usize) -> f64, draw: &mut Stream) -> Option<usize> {
    let total: f64 = (0..rows).map(&pull).sum();
    let mut left = draw.uniform() * total;
    let mut last = None;
    for row in 0..rows {
        let pull = pull(row);
        if pull > 0.0 {
            last = Some(row);
            left -= pull;
            if left <= 0.0 {
                break;
            }
        }
    }
    last
}

fn squared_distance(row: ArrayView1<'_, f64>, centre: &[f64]) -> f64 {
    row.iter().zip(centre).map(|(a, b)| (a - b) * (a - b)).sum()
}
