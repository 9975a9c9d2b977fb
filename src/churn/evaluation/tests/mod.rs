//! Measures against scikit-learn, R and plain counting.

mod compare;
mod probability;
mod profit;
mod ranks;

use proptest::prelude::*;

/// Sixty customers: probabilities of two models with ties, who left, and weights.
struct Made {
    p: Vec<f64>,
    q: Vec<f64>,
    left: Vec<bool>,
    weights: Vec<f64>,
    clusters: Vec<u32>,
}

fn made() -> Made {
    let a = |i: u32| i * 37 % 23;
    let b = |i: u32| i * 53 % 31;
    Made {
        p: (0..60).map(|i| f64::from(1 + a(i)) / 25.0).collect(),
        q: (0..60).map(|i| f64::from(1 + b(i)) / 33.0).collect(),
        left: (0..60)
            .map(|i| 5 * (i * 29 % 60) + 10 < 7 * a(i) + 5 * b(i))
            .collect(),
        weights: (0..60).map(|i| 1.0 + f64::from(i % 4) / 2.0).collect(),
        clusters: (0..60).map(|i| i / 3).collect(),
    }
}

fn near(found: f64, want: f64, tolerance: f64) {
    assert!(
        (found - want).abs() <= tolerance * want.abs().max(1.0),
        "{found}, not {want}"
    );
}

/// A few customers with ties, of whom some left and some stayed: scores in eighths, who left, whole
/// weights.
fn customers() -> impl Strategy<Value = (Vec<f64>, Vec<bool>, Vec<f64>)> {
    let row = (0u8..9, any::<bool>(), 0u8..4);
    prop::collection::vec(row, 4..40).prop_map(|mut rows| {
        // Two of each kind, with weights.
        for (row, left) in rows.iter_mut().zip([true, false, true, false]) {
            *row = (row.0, left, row.2.max(1));
        }
        let scores = rows.iter().map(|row| f64::from(row.0) / 8.0).collect();
        let left = rows.iter().map(|row| row.1).collect();
        (
            scores,
            left,
            rows.iter().map(|row| f64::from(row.2)).collect(),
        )
    })
}

/// Each row as often as it weighs.
fn repeated<T: Copy>(column: &[T], weights: &[f64]) -> Vec<T> {
    let mut out = Vec::new();
    for (&cell, &weight) in column.iter().zip(weights) {
        let mut given = 0.0;
        while given < weight {
            out.push(cell);
            given += 1.0;
        }
    }
    out
}
