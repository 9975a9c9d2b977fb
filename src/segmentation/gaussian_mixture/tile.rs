//! A tile of rows, and the way through all rows by tiles.

use std::ops::Range;

use ndarray::ArrayView2;

use super::{
    components::{Components, Densities},
    kernel::{self, Line, TILE, ZERO},
};
use crate::numeric::map_chunks;

/// Rows worked on by one thread at a time; a constant, and whole tiles.
const CHUNK: usize = 8 * TILE;

/// Room for the lines of one tile.
pub(super) struct Tile {
    pub(super) rows: Vec<Line>,
    pub(super) centred: Vec<Line>,
    /// A line a component.
    pub(super) joint: Vec<Line>,
    pub(super) log_sum: Line,
}

impl Tile {
    fn new(columns: usize, components: usize) -> Self {
        Self {
            rows: vec![ZERO; columns],
            centred: vec![ZERO; columns],
            joint: vec![ZERO; components],
            log_sum: ZERO,
        }
    }

    /// The logarithms of the joint densities of the rows and the components.
    pub(super) fn join(&mut self, components: &Components, densities: &Densities) {
        densities.joint(components, &self.rows, &mut self.centred, &mut self.joint);
    }

    /// Turns joint densities into shares.
    pub(super) fn share(&mut self) {
        kernel::shares(&mut self.joint, &mut self.log_sum);
    }

    /// All of a row to the component with the nearest mean, the first of equals.
    pub(super) fn give_to_nearest(&mut self, components: &Components) {
        let mut least = [f64::INFINITY; TILE];
        let mut best = [0; TILE];
        for component in 0..components.len() {
            kernel::centre(&self.rows, components.mean(component), &mut self.centred);
            for row in 0..TILE {
                let values = self.centred.iter().map(|line| line.as_flattened()[row]);
                let distance = values.map(|value| value * value).sum();
                if distance < least[row] {
                    (least[row], best[row]) = (distance, component);
                }
            }
        }
        for (component, line) in self.joint.iter_mut().enumerate() {
            for (share, &best) in line.as_flattened_mut().iter_mut().zip(&best) {
                *share = if best == component { 1.0 } else { 0.0 };
            }
        }
    }
}

/// Goes through the rows of a matrix, in parallel by chunks and within them tile by tile. Each
/// chunk begins with what `zero` makes for its number of rows; `f` adds a tile of the given rows
/// to it. The chunks come back in order.
pub(super) fn map_tiles<T: Send>(
    values: ArrayView2<'_, f64>,
    components: &Components,
    zero: impl Fn(usize) -> T + Sync,
    f: impl Fn(Range<usize>, &mut Tile, &mut T) + Sync,
) -> Vec<T> {
    map_chunks(values.nrows(), CHUNK, |range| {
        let mut tile = Tile::new(components.columns, components.len());
        let mut made = zero(range.len());
        for start in range.clone().step_by(TILE) {
            let rows = start..(start + TILE).min(range.end);
            kernel::load(values, rows.clone(), &mut tile.rows);
            f(rows, &mut tile, &mut made);
        }
        made
    })
}
