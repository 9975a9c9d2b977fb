//! The inner loops: exponentials, sums of products and weighted Gram matrices.
//!
//! Sums run in eight lanes that are added up in one order whatever the width of the machine, and no
//! multiplication is fused with an addition, so that every dispatch path gives the same bits.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]

/// Additions that run beside one another.
const LANES: usize = 8;
/// Rows of a Gram matrix that stay in the nearest cache.
const TILE: usize = 256;

/// e to the power of each number, none above 0. Below -708 it is 0.
#[inline(always)]
pub(super) fn exponentials(x: &[f64], out: &mut [f64]) {
    /// Adding it rounds to a whole number, which is then in the low bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    // ln 2 in two parts, the first exact in products with whole numbers below 2^20 (fdlibm).
    const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    for (&x, out) in x.iter().zip(out) {
        let kept = x.max(-708.0);
        let shifted = kept * std::f64::consts::LOG2_E + ROUND;
        let whole = shifted - ROUND;
        let r = kept - whole * LN_2_HIGH - whole * LN_2_LOW;
        // Taylor's series: for |r| <= ln 2 / 2 the term left out is below 5e-18.
        let mut sum = 1.0 / 6_227_020_800.0;
        for factor in [
            1.0 / 479_001_600.0,
            1.0 / 39_916_800.0,
            1.0 / 3_628_800.0,
            1.0 / 362_880.0,
            1.0 / 40_320.0,
            1.0 / 5_040.0,
            1.0 / 720.0,
            1.0 / 120.0,
            1.0 / 24.0,
            1.0 / 6.0,
            0.5,
            1.0,
            1.0,
        ] {
            sum = sum * r + factor;
        }
        let power = f64::from_bits((shifted.to_bits().wrapping_add(1023)) << 52);
        *out = if x < -708.0 { 0.0 } else { sum * power };
    }
}

/// The sum of the products of two columns.
#[inline(always)]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (a_whole, b_whole) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let mut rest = 0.0;
    for (a, b) in a_whole.remainder().iter().zip(b_whole.remainder()) {
        rest += a * b;
    }
    for (a, b) in a_whole.zip(b_whole) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    added(&lanes) + rest
}

#[inline(always)]
fn added(lanes: &[f64; LANES]) -> f64 {
    let [a, b, c, d, e, f, g, h] = *lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

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
