//! How far rows are from centres.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]

use pulp::Arch;
use rayon::prelude::*;

use crate::{
    numeric::dispatch,
    segmentation::{
        k_means::{
            lloyd::CHUNK,
            tiles::{Centres, TILE, Tile},
        },
        points::Points,
    },
};

/// The squared distance of each row to each centre, row by row.
pub(super) struct Distances {
    pub(super) clusters: usize,
    values: Vec<f64>,
}

impl Distances {
    pub(super) fn of(arch: Arch, points: Points, centres: &[f64]) -> Self {
        let clusters = centres.len() / points.columns;
        let values = vec![0.0; points.rows * clusters];
        let mut distances = Self { clusters, values };
        distances.renew(arch, points, centres);
        distances
    }

    /// To other centres, as many.
    pub(super) fn renew(&mut self, arch: Arch, points: Points, centres: &[f64]) {
        let ready = Centres::new(points.columns, centres);
        self.values
            .par_chunks_mut(CHUNK * self.clusters)
            .enumerate()
            .for_each(|(at, values)| {
                dispatch(
                    arch,
                    #[inline(always)]
                    || fill(points, at * CHUNK, &ready, values),
                );
            });
    }

    /// To all centres.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.clusters..(row + 1) * self.clusters]
    }

    /// The nearest centre; of equally near ones the first.
    pub(super) fn nearest(&self, row: usize) -> usize {
        first_least(self.row(row).iter().copied())
    }
}

/// The distances of the rows from `start` on.
#[inline(always)]
fn fill(points: Points, start: usize, centres: &Centres, values: &mut [f64]) {
    let mut tile = Tile::new(points.columns);
    let mut found = vec![[0.0; TILE]; centres.count];
    for (at, values) in values.chunks_mut(TILE * centres.count).enumerate() {
        tile.clear();
        let first = start + at * TILE;
        let rows = values.len() / centres.count;
        (first..first + rows).for_each(|row| tile.push(points.row(row)));
        tile.distances(centres, &mut found);
        for (row, values) in values.chunks_exact_mut(centres.count).enumerate() {
            for (value, found) in values.iter_mut().zip(&found) {
                *value = found[row];
            }
        }
    }
}

/// The place of the least value, the first of equal ones.
pub(super) fn first_least(values: impl Iterator<Item = f64>) -> usize {
    let mut least = (0, f64::INFINITY);
    for (at, value) in values.enumerate() {
        if value < least.1 {
            least = (at, value);
        }
    }
    least.0
}
