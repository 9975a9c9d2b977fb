//! The loops that the time goes into, over tiles of rows.
//!
//! A tile holds [`TILE`] rows turned on their side: a line a column, so that neighbouring numbers
//! belong to neighbouring rows and one instruction works on several. Every row goes through the
//! same operations in the same order whatever the width of the machine, and products are never
//! fused with sums, so that all machines give the same bits.

use std::ops::Range;

use ndarray::{ArrayView2, Axis, Slice};
use pulp::Arch;

use super::Covariance;
use crate::numeric::{dispatch, exp_of_negative};

/// Rows worked on at once; wide enough to keep sums in registers.
const GROUP: usize = 16;
const GROUPS: usize = 8;

/// Rows of a tile.
pub(super) const TILE: usize = GROUP * GROUPS;

/// One number for each row of a tile.
pub(super) type Line = [[f64; GROUP]; GROUPS];

pub(super) const ZERO: Line = [[0.0; GROUP]; GROUPS];

/// The numbers of the first `rows` rows of a line.
pub(super) fn numbers(line: &Line, rows: usize) -> impl Iterator<Item = f64> {
    line.as_flattened().iter().copied().take(rows)
}

/// Lays up to [`TILE`] rows of a matrix into one line a column. What is left of the lines repeats the last
/// row, so that it is a row like any other.
pub(super) fn load(values: ArrayView2<'_, f64>, rows: Range<usize>, lines: &mut [Line]) {
    let rows = values.slice_axis(Axis(0), Slice::from(rows));
    for (line, column) in lines.iter_mut().zip(rows.columns()) {
        let mut last = 0.0;
        let mut values = column.iter();
        for place in line.as_flattened_mut() {
            last = values.next().copied().unwrap_or(last);
            *place = last;
        }
    }
}

/// Less the mean, column by column.
pub(super) fn centre(rows: &[Line], mean: &[f64], centred: &mut [Line]) {
    dispatch(
        Arch::new(),
        #[inline(always)]
        || {
            for ((line, &mean), centred) in rows.iter().zip(mean).zip(centred.iter_mut()) {
                for (from, to) in line.iter().zip(centred.iter_mut()) {
                    for (from, to) in from.iter().zip(to.iter_mut()) {
                        *to = from - mean;
                    }
                }
            }
        },
    );
}

/// `constant - |R y|² / 2` for each row y, where R is the root of the inverse of the covariance:
/// the rows of its lower triangle, or its diagonal.
pub(super) fn log_density(
    shape: Covariance,
    centred: &[Line],
    root: &[f64],
    constant: f64,
    out: &mut Line,
) {
    dispatch(
        Arch::new(),
        #[inline(always)]
        || {
            for (group, out) in out.iter_mut().enumerate() {
                let mut squares = [0.0; GROUP];
                let mut rest = root;
                for row in 0..centred.len() {
                    let (taken, first) = match shape {
                        Covariance::Full => (row + 1, 0),
                        Covariance::Diagonal => (1, row),
                    };
                    let (roots, after) = rest.split_at(taken);
                    rest = after;
                    let mut sums = [0.0; GROUP];
                    for (line, &root) in centred[first..].iter().zip(roots) {
                        for (sum, value) in sums.iter_mut().zip(&line[group]) {
                            *sum += root * value;
                        }
                    }
                    for (square, sum) in squares.iter_mut().zip(&sums) {
                        *square += sum * sum;
                    }
                }
                for (out, square) in out.iter_mut().zip(&squares) {
                    *out = constant - 0.5 * square;
                }
            }
        },
    );
}

/// Turns logarithms of joint densities, a line a component, into the shares of the components in
/// each row, and gives the logarithm of their sum. The largest is taken out first, so that the
/// sum neither overflows nor vanishes.
pub(super) fn shares(joint: &mut [Line], log_sum: &mut Line) {
    dispatch(
        Arch::new(),
        #[inline(always)]
        || {
            for (group, log_sum) in log_sum.iter_mut().enumerate() {
                let mut most = [f64::NEG_INFINITY; GROUP];
                for line in joint.iter() {
                    for (most, &value) in most.iter_mut().zip(&line[group]) {
                        *most = if value > *most { value } else { *most };
                    }
                }
                let mut sums = [0.0; GROUP];
                for line in joint.iter_mut() {
                    for at in 0..GROUP {
                        line[group][at] = exp_of_negative(line[group][at] - most[at]);
                        sums[at] += line[group][at];
                    }
                }
                for line in joint.iter_mut() {
                    for (share, sum) in line[group].iter_mut().zip(&sums) {
                        *share /= sum;
                    }
                }
                for at in 0..GROUP {
                    log_sum[at] = most[at] + libm::log(sums[at]);
                }
            }
        },
    );
}

/// Adds up, over the rows of a tile, the shares, the shares times each column, and the shares
/// times each product of columns (of a column with itself if the shape is diagonal).
pub(super) fn add_moments(
    shape: Covariance,
    centred: &[Line],
    shares: &Line,
    sums: (&mut f64, &mut [f64], &mut [f64]),
) {
    let (weight, first, second) = sums;
    dispatch(
        Arch::new(),
        #[inline(always)]
        || {
            *weight += total(shares);
            let mut second = second.iter_mut();
            for (row, (line, first)) in centred.iter().zip(first.iter_mut()).enumerate() {
                let mut weighted = *shares;
                for (weighted, values) in weighted.iter_mut().zip(line) {
                    for (weighted, value) in weighted.iter_mut().zip(values) {
                        *weighted *= value;
                    }
                }
                *first += total(&weighted);
                let with = match shape {
                    Covariance::Full => &centred[..=row],
                    Covariance::Diagonal => &centred[row..=row],
                };
                for (other, second) in with.iter().zip(&mut second) {
                    *second += dot(&weighted, other);
                }
            }
        },
    );
}

#[expect(
    clippy::inline_always,
    reason = "compiled anew for each width of the machine"
)]
#[inline(always)]
fn dot(a: &Line, b: &Line) -> f64 {
    let mut sums = [0.0; GROUP];
    for (a, b) in a.iter().zip(b) {
        for at in 0..GROUP {
            sums[at] += a[at] * b[at];
        }
    }
    folded(sums)
}

#[expect(
    clippy::inline_always,
    reason = "compiled anew for each width of the machine"
)]
#[inline(always)]
fn total(line: &Line) -> f64 {
    let mut sums = [0.0; GROUP];
    for values in line {
        for at in 0..GROUP {
            sums[at] += values[at];
        }
    }
    folded(sums)
}

/// The sum of a group: the upper half onto the lower until one number is left.
#[expect(
    clippy::inline_always,
    reason = "compiled anew for each width of the machine"
)]
#[inline(always)]
fn folded(mut sums: [f64; GROUP]) -> f64 {
    let mut half = GROUP / 2;
    while half > 0 {
        for at in 0..half {
            sums[at] += sums[at + half];
        }
        half /= 2;
    }
    sums[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_tile_repeats_its_last_row() {
        let rows = ndarray::array![[1.0, 2.0], [3.0, 4.0]];
        let mut lines = [ZERO; 2];
        load(rows.view(), 0..2, &mut lines);
        assert_eq!(lines[1][0][..3], [2.0, 4.0, 4.0]);
        assert_eq!(numbers(&lines[0], 2).collect::<Vec<_>>(), [1.0, 3.0]);
    }
}
