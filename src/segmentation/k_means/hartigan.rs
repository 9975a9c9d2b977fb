//! Single rows that would lower the sum of squares by changing their cluster.
//!
//! Lloyd's iterations stop where each row is nearest to its own centre. That is not yet the least
//! sum of squares around it: a centre follows its rows, so that a row weighs less on the cluster
//! that it joins than its distance says, and more on the one that it leaves (Hartigan and Wong
//! 1979, doi:10.2307/2346830):
//!
//! ```text
//! gain of moving a row of weight w from a to b
//!     = w W_a / (W_a - w) |x - c_a|² - w W_b / (W_b + w) |x - c_b|²
//! ```
//!
//! where W is the weight of a cluster before the move.

use pulp::Arch;

use super::{
    lloyd::{CHUNK, Run, Stop, nearest_rows, square},
    tiles::Centres,
};
use crate::{
    numeric::{dispatch, map_chunks},
    segmentation::points::Points,
};

/// A gain below this share of what is at stake is rounding.
const LEAST: f64 = 1e-12;

/// Rounds of single moves and Lloyd's iterations; they end long before.
const ROUNDS: usize = 1000;

/// Goes on from a run while moves of single rows lower its sum of squares.
pub(super) fn descend(arch: Arch, points: Points, mut run: Run, stop: Stop) -> Run {
    for _ in 0..ROUNDS {
        let Some(centres) = improved(arch, points, &run) else {
            break;
        };
        let next = Run::new(arch, points, centres, stop);
        if next.inertia() >= run.inertia() {
            break;
        }
        run = Run {
            iterations: run.iterations + next.iterations,
            ..next
        };
    }
    run
}

/// Centres after the moves that gain something; `None` if no move does.
fn improved(arch: Arch, points: Points, run: &Run) -> Option<Vec<f64>> {
    let mut clusters = Clusters {
        columns: points.columns,
        centres: run.centres.clone(),
        weights: run.weights.clone(),
    };
    let mut moved = false;
    for row in candidates(arch, points, run) {
        moved |= clusters.consider(
            points.row(row),
            points.weight(row),
            run.labels[row] as usize,
        );
    }
    moved.then_some(clusters.centres)
}

/// Rows that may gain from a move, in order: told from the two nearest centres alone, with the
/// most that the weights of clusters can do.
fn candidates(arch: Arch, points: Points, run: &Run) -> Vec<usize> {
    let centres = Centres::new(points.columns, &run.centres);
    let lightest = run.weights.iter().copied().fold(f64::INFINITY, f64::min);
    let parts = map_chunks(points.rows, CHUNK, |range| {
        let mut rows = Vec::new();
        dispatch(
            arch,
            #[inline(always)]
            || {
                nearest_rows(
                    points,
                    range.start,
                    range.len(),
                    &centres,
                    |row, found, place| {
                        let weight = points.weight(range.start + row);
                        let own = run.weights[found.centre[place] as usize];
                        let (stays, goes) =
                            (found.distance[place], found.runner_up_distance[place]);
                        if stays * own * (lightest + weight) > goes * lightest * (own - weight) {
                            rows.push(range.start + row);
                        }
                    },
                );
            },
        );
        rows
    });
    parts.concat()
}

/// Centres and weights that follow each move at once.
struct Clusters {
    columns: usize,
    centres: Vec<f64>,
    weights: Vec<f64>,
}

impl Clusters {
    /// Moves a row if that gains something.
    fn consider(&mut self, row: &[f64], weight: f64, own: usize) -> bool {
        let rest = self.weights[own] - weight;
        // A row of no weight changes nothing, and a cluster is not emptied.
        if !(weight > 0.0 && rest > self.weights[own] * LEAST) {
            return false;
        }
        let stays = self.weights[own] / rest * self.distance(row, own);
        let mut best = (own, stays * (1.0 - LEAST));
        for other in (0..self.weights.len()).filter(|&other| other != own) {
            let share = self.weights[other] / (self.weights[other] + weight);
            let goes = share * self.distance(row, other);
            if goes < best.1 {
                best = (other, goes);
            }
        }
        if best.0 == own {
            return false;
        }
        self.shift(own, row, -weight);
        self.shift(best.0, row, weight);
        true
    }

    fn distance(&self, row: &[f64], cluster: usize) -> f64 {
        square(
            row,
            &self.centres[cluster * self.columns..(cluster + 1) * self.columns],
        )
    }

    /// The centre and weight of a cluster to which a row comes; with a weight below 0, that a row
    /// leaves.
    fn shift(&mut self, cluster: usize, row: &[f64], weight: f64) {
        self.weights[cluster] += weight;
        let step = weight / self.weights[cluster];
        let centre = &mut self.centres[cluster * self.columns..(cluster + 1) * self.columns];
        for (centre, value) in centre.iter_mut().zip(row) {
            *centre += step * (value - *centre);
        }
    }
}
