//! The exponential of a matrix.

use super::Square;

/// The coefficients of the numerator of Padé's approximation of e^x of degree 13.
const PADE: [f64; 14] = [
    64_764_752_532_480_000.0,
    32_382_376_266_240_000.0,
    7_771_770_303_897_600.0,
    1_187_353_796_428_800.0,
    129_060_195_264_000.0,
    10_559_470_521_600.0,
    670_442_572_800.0,
    33_522_128_640.0,
    1_323_241_920.0,
    40_840_800.0,
    960_960.0,
    16_380.0,
    182.0,
    1.0,
];

/// Up to this norm the approximation is good to the last bit.
const LARGEST_NORM: f64 = 5.371_920_351_148_152;

impl Square {
    /// e^A: Padé's approximation of degree 13 of A / 2^s, squared s times (Higham 2005, "The scaling
    /// and squaring method for the matrix exponential revisited", doi:10.1137/04061101X). `None` if
    /// the matrix is not finite or its exponential is beyond the range of numbers.
    pub(crate) fn exponential(&self) -> Option<Self> {
        let norm = self.norm();
        if !norm.is_finite() {
            return None;
        }
        let (mut halvings, mut scale) = (0, 1.0);
        while norm * scale > LARGEST_NORM {
            halvings += 1;
            scale *= 0.5;
        }
        let a = self.clone().scaled(scale);
        let a2 = a.times(&a);
        let a4 = a2.times(&a2);
        let a6 = a2.times(&a4);
        let sum = |terms: [(f64, &Self); 3]| {
            let [(x, first), (y, second), (z, third)] = terms;
            let two = first.zip(second, |one, two| x * one + y * two);
            two.zip(third, |sum, three| sum + z * three)
        };
        let high_odd = sum([(PADE[13], &a6), (PADE[11], &a4), (PADE[9], &a2)]);
        let low_odd = sum([(PADE[7], &a6), (PADE[5], &a4), (PADE[3], &a2)]).plus_identity(PADE[1]);
        let odd = a.times(&a6.times(&high_odd).zip(&low_odd, |x, y| x + y));
        let high_even = sum([(PADE[12], &a6), (PADE[10], &a4), (PADE[8], &a2)]);
        let low_even = sum([(PADE[6], &a6), (PADE[4], &a4), (PADE[2], &a2)]).plus_identity(PADE[0]);
        let even = a6.times(&high_even).zip(&low_even, |x, y| x + y);
        let numerator = even.zip(&odd, |x, y| x + y);
        let mut result = even.zip(&odd, |x, y| x - y).lu()?.solve_all(&numerator);
        for _ in 0..halvings {
            result = result.times(&result);
        }
        result.is_finite().then_some(result)
    }
}
