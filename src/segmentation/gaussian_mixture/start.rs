//! Where the restarts begin: one `Vec` of k means, row by row.

use ndarray::ArrayView2;

use crate::{
    numeric::rng::Stream,
    segmentation::{k_means, points::Points},
};

const RANDOM_ROWS: u32 = 0x6d69_0002;

/// Steps of Lloyd after the seeding: enough for a start.
const STEPS: usize = 10;

/// The centres of a short k-means. With fewer different rows than that, rows as they come.
pub(super) fn k_means_centres(
    values: ArrayView2<'_, f64>,
    weights: Option<&[f64]>,
    k: usize,
    seed: u64,
    run: u64,
) -> Vec<f64> {
    let points = Points {
        // Features keep their matrix row by row.
        values: values.to_slice().unwrap_or_default(),
        rows: values.nrows(),
        columns: values.ncols(),
        weights,
    };
    k_means::short_run(points, k, seed, run, STEPS)
        .unwrap_or_else(|_| random_rows(values, weights, k, seed, run))
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
