//! An exponential that loops over rows can do several at a time.

/// e^x for x of 0 or less, and 0 where that is below 1e-307.
///
/// The power of two nearest to e^x is taken out; what is left, at most ln 2 / 2, goes through
/// Taylor's series to the term of order 13. Plain arithmetic, so that a loop over rows is done
/// several at a time, with the same bits on every machine.
///
/// Domain: x <= 0. Accuracy: 4e-16 relative.
#[inline(always)]
pub(crate) fn exp_of_negative(x: f64) -> f64 {
    /// Adding it rounds to a whole number, which then stands in the low bits.
    const ROUNDING: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52
    /// ln 2 in two parts, the first with zeros at the end.
    const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    const SERIES: [f64; 13] = [
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
    ];
    let shifted = x * std::f64::consts::LOG2_E + ROUNDING;
    let power = shifted - ROUNDING;
    let rest = x - power * LN_2[0] - power * LN_2[1];
    let mut sum = 1.0 / 6_227_020_800.0;
    for term in SERIES {
        sum = sum * rest + term;
    }
    let scale = f64::from_bits(shifted.to_bits().wrapping_add(1023) << 52);
    if x < -707.0 { 0.0 } else { sum * scale }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_agrees_with_that_of_the_standard_library() {
        for step in 0..700_000 {
            let x = -f64::from(step) * 1.01e-3;
            let (ours, theirs) = (exp_of_negative(x), x.exp());
            assert!((ours / theirs - 1.0).abs() < 4e-16, "{x}: {ours} {theirs}");
        }
        assert_eq!(exp_of_negative(0.0).to_bits(), 1f64.to_bits());
        assert_eq!(exp_of_negative(-0.0).to_bits(), 1f64.to_bits());
        for x in [-708.0, -1e300, f64::NEG_INFINITY] {
            assert_eq!(exp_of_negative(x).to_bits(), 0f64.to_bits());
        }
    }
}
