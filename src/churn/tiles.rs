//! Columns of many rows, and sums over them that have the same bits on every machine.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]

use std::{hint::black_box, ops::Range};

use pulp::Arch;
use rayon::prelude::*;

use crate::numeric::{
    dispatch,
    lanes::{LANES, added},
    map_chunks,
};

/// Rows that stand together, column by column.
pub(in crate::churn) const TILE: usize = 256;
/// Tiles that one thread sums up, unless that makes more than [`PARTS`] parts, each with the square
/// of the columns.
const TILES: usize = 16;
const PARTS: usize = 64;

/// Columns of rows, in tiles of some rows each.
#[derive(Debug, Clone)]
pub(in crate::churn) struct Tiles {
    rows: usize,
    columns: usize,
    /// Tile by tile, and within a tile column by column.
    cells: Vec<f64>,
}

impl Tiles {
    pub(in crate::churn) fn zeros(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            columns,
            cells: vec![0.0; rows * columns],
        }
    }

    pub(in crate::churn) fn rows(&self) -> usize {
        self.rows
    }

    pub(in crate::churn) fn columns(&self) -> usize {
        self.columns
    }

    /// Some of the columns.
    pub(in crate::churn) fn of(&self, columns: &[usize]) -> Self {
        let mut some = Self::zeros(self.rows, columns.len());
        some.change(|rows, cells| {
            let tile = self.tile(&rows);
            for (to, &column) in cells.chunks_exact_mut(rows.len()).zip(columns) {
                to.copy_from_slice(&tile[column * rows.len()..][..rows.len()]);
            }
        });
        some
    }

    fn tile(&self, rows: &Range<usize>) -> &[f64] {
        &self.cells[rows.start * self.columns..rows.end * self.columns]
    }

    /// Hands each tile out to be written: its rows, and its columns one after the other.
    pub(in crate::churn) fn change(&mut self, f: impl Fn(Range<usize>, &mut [f64]) + Sync) {
        if self.columns == 0 {
            return;
        }
        let all = self.rows;
        let tiles = self.cells.par_chunks_mut(TILE * self.columns).enumerate();
        tiles.for_each(|(at, cells)| f(at * TILE..((at + 1) * TILE).min(all), cells));
    }

    /// Applies `f` to `len` numbers of each part of the rows, tile by tile, in parallel; gives those
    /// of the parts in order.
    fn parts(
        &self,
        zero: &[f64],
        f: impl Fn(Range<usize>, &[f64], &mut [f64]) + Sync,
    ) -> Vec<Vec<f64>> {
        let tiles = self.rows.div_ceil(TILE);
        map_chunks(tiles, tiles.div_ceil(PARTS).max(TILES), |part| {
            let mut sums = zero.to_vec();
            dispatch(
                Arch::new(),
                #[inline(always)]
                || {
                    for at in part.clone() {
                        let rows = at * TILE..((at + 1) * TILE).min(self.rows);
                        f(rows.clone(), self.tile(&rows), &mut sums);
                    }
                },
            );
            sums
        })
    }

    /// The sums, over tiles and then over parts in their order, of what `f` adds for a tile.
    pub(in crate::churn) fn sums(
        &self,
        len: usize,
        f: impl Fn(Range<usize>, &[f64], &mut [f64]) + Sync,
    ) -> Vec<f64> {
        let mut all = vec![0.0; len];
        for part in self.parts(&vec![0.0; len], f) {
            for (sum, part) in all.iter_mut().zip(part) {
                *sum += part;
            }
        }
        all
    }

    /// The largest number of each column less the smallest; 0 is between them.
    pub(in crate::churn) fn ranges(&self) -> Vec<f64> {
        let width = self.columns;
        let parts = self.parts(&vec![0.0; 2 * width], |rows, tile, ends| {
            let (lowest, highest) = ends.split_at_mut(width);
            let ends = lowest.iter_mut().zip(highest);
            for (column, (lowest, highest)) in tile.chunks_exact(rows.len()).zip(ends) {
                for &x in column {
                    *lowest = lowest.min(x);
                    *highest = highest.max(x);
                }
            }
        });
        let range = |at: usize| {
            let lowest = parts.iter().fold(0.0f64, |low, part| low.min(part[at]));
            let high = parts.iter().map(|part| part[width + at]);
            high.fold(0.0, f64::max) - lowest
        };
        (0..width).map(range).collect()
    }

    /// The largest value of a sum of multiples of the columns less the smallest; 0 is between them.
    pub(in crate::churn) fn range_of(&self, by: &[f64]) -> f64 {
        let parts = self.parts(&[0.0; 2], |rows, tile, ends| {
            let mut sums = [0.0; TILE];
            for (column, by) in tile.chunks_exact(rows.len()).zip(by) {
                for (sum, x) in sums.iter_mut().zip(column) {
                    *sum += by * x;
                }
            }
            for &sum in &sums[..rows.len()] {
                ends[0] = ends[0].min(sum);
                ends[1] = ends[1].max(sum);
            }
        });
        let lowest = parts.iter().fold(0.0f64, |low, part| low.min(part[0]));
        let highest = parts.iter().fold(0.0f64, |high, part| high.max(part[1]));
        highest - lowest
    }
}

/// Adds the products of each two columns of a tile, by the weights of its rows, to the lower
/// triangle of a matrix with lines of `order` cells.
#[inline(always)]
pub(in crate::churn) fn add_products(
    tile: &[f64],
    weight: &[f64],
    matrix: &mut [f64],
    order: usize,
) {
    let len = weight.len();
    let mut weighted = [0.0; TILE];
    let weighted = &mut weighted[..len];
    for (a, of_a) in tile.chunks_exact(len).enumerate() {
        for ((out, x), weight) in weighted.iter_mut().zip(of_a).zip(weight) {
            *out = x * weight;
        }
        add_dots(weighted, tile, &mut matrix[a * order..=a * order + a]);
    }
}

/// Adds the dot products of a column with the first columns of a tile to as many cells. The bits are those
/// of [`dot`](crate::numeric::lanes::dot).
#[inline(always)]
pub(in crate::churn) fn add_dots(column: &[f64], tile: &[f64], cells: &mut [f64]) {
    let len = column.len();
    let mut fours = cells.chunks_exact_mut(4);
    let mut of_four = tile.chunks_exact(4 * len);
    let mut done = 0;
    for (cells, four) in fours.by_ref().zip(of_four.by_ref()) {
        for (cell, sum) in cells.iter_mut().zip(dots::<4>(column, four)) {
            *cell += sum;
        }
        done += 4;
    }
    let rest = tile[done * len..].chunks_exact(len);
    for (cell, other) in fours.into_remainder().iter_mut().zip(rest) {
        let [sum] = dots(column, other);
        *cell += sum;
    }
}

/// The dot products of a column with some that stand together, side by side: an addition waits for the
/// one before it, those of several sums do not wait for each other.
#[inline(always)]
fn dots<const N: usize>(a: &[f64], others: &[f64]) -> [f64; N] {
    let len = a.len();
    let mut columns = [a; N];
    for (column, other) in columns.iter_mut().zip(others.chunks_exact(len)) {
        *column = other;
    }
    let mut lanes = [[0.0; LANES]; N];
    let whole = len / LANES * LANES;
    for at in (0..whole).step_by(LANES) {
        let a = &a[at..at + LANES];
        for (lanes, column) in lanes.iter_mut().zip(columns) {
            let b = &column[at..at + LANES];
            for lane in 0..LANES {
                lanes[lane] += a[lane] * b[lane];
            }
        }
    }
    // Left to itself, the compiler lays sums beside one another for the sake of the few additions
    // below, and shuffles each number that comes in.
    let lanes = black_box(lanes);
    let mut out = [0.0; N];
    for ((out, lanes), column) in out.iter_mut().zip(&lanes).zip(columns) {
        let mut rest = 0.0;
        for (a, b) in a[whole..].iter().zip(&column[whole..]) {
            rest += a * b;
        }
        *out = added(lanes) + rest;
    }
    out
}
