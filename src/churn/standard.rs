//! The columns of a regression, centred and scaled.

use crate::{
    Error, Result,
    churn::{design::Bound, tiles::Tiles},
    numeric::lanes::dot,
};

/// A column that varies less than this share of its first value is constant.
const CONSTANT: f64 = 1e-12;
/// The share of a column's variance that the columns before it must leave unexplained.
const INDEPENDENT: f64 = 1e-10;

/// Columns with mean 0 and variance 1, by the shares of the rows in the weight of all.
#[derive(Debug)]
pub(in crate::churn) struct Standardised {
    /// Columns of ones, as many as were asked for, and the columns of the design.
    pub(in crate::churn) x: Tiles,
    ones: usize,
    pub(in crate::churn) mean: Vec<f64>,
    /// 0 for a constant column.
    pub(in crate::churn) deviation: Vec<f64>,
}

impl Standardised {
    /// The columns of some rows, of which `share` says how much each counts; the shares sum to 1.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column whose variance is beyond the range of numbers.
    pub(in crate::churn) fn new(
        bound: &Bound<'_>,
        ones: usize,
        rows: &[u32],
        share: &[f64],
    ) -> Result<Self> {
        let names = bound.names();
        let width = names.len();
        let mut origin = vec![0.0; width];
        if let Some(&first) = rows.first() {
            bound.write(first as usize, &mut origin);
        }
        let mut x = Tiles::zeros(rows.len(), ones + width);
        x.change(|range, tile| {
            let len = range.len();
            let (one, columns) = tile.split_at_mut(ones * len);
            one.fill(1.0);
            let mut line = vec![0.0; width];
            for (at, row) in range.enumerate() {
                bound.write(rows[row] as usize, &mut line);
                let cells = columns.chunks_exact_mut(len).zip(&line).zip(&origin);
                for ((column, x), origin) in cells {
                    column[at] = x - origin;
                }
            }
        });
        let ranges = x.ranges().split_off(ones);
        let gap = x.sums(width, |range, tile, sums| {
            let share = &share[range];
            let columns = tile.chunks_exact(share.len()).skip(ones);
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum += dot(share, column);
            }
        });
        x.change(|range, tile| {
            let columns = tile.chunks_exact_mut(range.len()).skip(ones);
            for (column, gap) in columns.zip(&gap) {
                for x in column {
                    *x -= gap;
                }
            }
        });
        let squares = x.sums(width, |range, tile, sums| {
            let share = &share[range];
            let columns = tile.chunks_exact(share.len()).skip(ones);
            for (sum, column) in sums.iter_mut().zip(columns) {
                let pairs = column.iter().zip(share);
                *sum += pairs.map(|(x, share)| share * x * x).sum::<f64>();
            }
        });
        let mut deviation = Vec::with_capacity(width);
        for (at, square) in squares.iter().enumerate() {
            if !(square.is_finite() && ranges[at].is_finite()) {
                let expected = "numbers whose squares are finite; change the unit";
                return Err(Error::parameter("column", &names[at], expected));
            }
            let is_constant = ranges[at] <= CONSTANT * origin[at].abs() || *square <= 0.0;
            deviation.push(if is_constant { 0.0 } else { square.sqrt() });
        }
        x.change(|range, tile| {
            let columns = tile.chunks_exact_mut(range.len()).skip(ones);
            for (column, &deviation) in columns.zip(&deviation) {
                for x in column {
                    *x = if deviation > 0.0 { *x / deviation } else { 0.0 };
                }
            }
        });
        Ok(Self {
            x,
            ones,
            mean: origin.iter().zip(&gap).map(|(a, b)| a + b).collect(),
            deviation,
        })
    }

    /// The columns that vary.
    pub(in crate::churn) fn varying(&self) -> Vec<usize> {
        let varies = |&column: &usize| self.deviation[column] > 0.0;
        (0..self.deviation.len()).filter(varies).collect()
    }

    /// The columns that no constant and no columns before them make up.
    pub(in crate::churn) fn independent(&self, share: &[f64]) -> Vec<usize> {
        let varying = self.varying();
        let width = varying.len();
        let places: Vec<usize> = varying.iter().map(|column| self.ones + column).collect();
        let correlation = self.x.of(&places).sums(width * width, |range, tile, sums| {
            super::tiles::add_products(tile, &share[range], sums, width);
        });
        let places: Vec<usize> = (0..width).collect();
        let kept = independent(&places, |one, other| correlation[one * width + other]);
        kept.into_iter().map(|place| varying[place]).collect()
    }
}

/// Of columns that vary those that no constant and none of the columns before them make up, by the
/// correlation of a column with one before it.
pub(in crate::churn) fn independent(
    columns: &[usize],
    correlation: impl Fn(usize, usize) -> f64,
) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();
    let mut lower: Vec<Vec<f64>> = Vec::new();
    for &column in columns {
        let mut solved: Vec<f64> = Vec::with_capacity(kept.len());
        for (&other, factor) in kept.iter().zip(&lower) {
            let mut rest = correlation(column, other);
            for (a, b) in solved.iter().zip(factor) {
                rest -= a * b;
            }
            solved.push(rest / factor[solved.len()]);
        }
        let left = 1.0 - solved.iter().map(|part| part * part).sum::<f64>();
        if left > INDEPENDENT {
            solved.push(left.sqrt());
            lower.push(solved);
            kept.push(column);
        }
    }
    kept
}
