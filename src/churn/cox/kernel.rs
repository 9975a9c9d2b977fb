//! The inner loops: sums of products and weighted Gram matrices.
//!
//! Sums run in lanes (`numeric::lanes`), so that every dispatch path gives the same bits.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]

use crate::numeric::lanes::{LANES, added, dot};

/// Rows of a Gram matrix that stay in the nearest cache.
const TILE: usize = 256;

/// Adds the weighted Gram matrix of the columns of `x`, each `len` long, to the lower triangle of
/// `gram`, and the sums of products with `y` to `sums`.
#[inline(always)]
pub(super) fn gram(
    x: &[f64],
    len: usize,
    weight: &[f64],
    y: &[f64],
    gram: &mut [f64],
    sums: &mut [f64],
) {
    let columns = sums.len();
    let mut weighted = [0.0; TILE];
    for start in (0..len).step_by(TILE) {
        let end = (start + TILE).min(len);
        for i in 0..columns {
            let of_i = &x[i * len + start..i * len + end];
            sums[i] += dot(of_i, &y[start..end]);
            let weighted = &mut weighted[..end - start];
            for ((out, x), weight) in weighted.iter_mut().zip(of_i).zip(&weight[start..end]) {
                *out = x * weight;
            }
            let row = &mut gram[i * columns..=i * columns + i];
            let mut j = 0;
            while j + 4 <= row.len() {
                let four = four_dots(weighted, &x[j * len..], len, start);
                for (cell, sum) in row[j..j + 4].iter_mut().zip(four) {
                    *cell += sum;
                }
                j += 4;
            }
            for (j, cell) in row.iter_mut().enumerate().skip(j) {
                *cell += dot(weighted, &x[j * len + start..j * len + end]);
            }
        }
    }
}

/// The sums of products of a column with four others that lie `len` apart.
#[inline(always)]
fn four_dots(a: &[f64], x: &[f64], len: usize, start: usize) -> [f64; 4] {
    let of = |column: usize| &x[column * len + start..][..a.len()];
    let columns = [of(0), of(1), of(2), of(3)];
    let mut lanes = [[0.0; LANES]; 4];
    let whole = a.len() / LANES * LANES;
    let mut at = 0;
    while at < whole {
        let a = &a[at..at + LANES];
        for (lanes, column) in lanes.iter_mut().zip(columns) {
            let b = &column[at..at + LANES];
            for lane in 0..LANES {
                lanes[lane] += a[lane] * b[lane];
            }
        }
        at += LANES;
    }
    let mut out = [0.0; 4];
    for ((out, lanes), column) in out.iter_mut().zip(&lanes).zip(columns) {
        let mut rest = 0.0;
        for (a, b) in a[whole..].iter().zip(&column[whole..]) {
            rest += a * b;
        }
        *out = added(lanes) + rest;
    }
    out
}
