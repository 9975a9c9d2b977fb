//! Sums that run in eight lanes beside one another and are added up in one order, whatever the width
//! of the machine; no multiplication is fused with an addition.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]

/// Additions that run beside one another.
pub(crate) const LANES: usize = 8;

/// The sum of the lanes.
#[inline(always)]
pub(crate) fn added(lanes: &[f64; LANES]) -> f64 {
    let [a, b, c, d, e, f, g, h] = *lanes;
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// The sum of the products of two columns.
#[inline(always)]
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
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
