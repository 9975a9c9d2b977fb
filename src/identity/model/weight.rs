//! Evidence in bits, held as whole numbers.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The evidence that two records are of one person, in bits, as a whole number of
/// 2^-16 bit.
///
/// ```text
/// W = log2(λ/(1 - λ)) + Σ log2(m/u)          p = 1/(1 + 2^-W)
/// ```
///
/// Sums of whole numbers are the same in any order and on any machine.
///
/// # Example
///
/// ```
/// use custometry::identity::MatchWeight;
/// let even = MatchWeight::from_bits(0.0)?;
/// assert_eq!((even.probability(), even.bits()), (0.5, 0.0));
/// assert!((MatchWeight::from_bits(10.0)?.probability() - 1024.0 / 1025.0).abs() < 1e-12);
/// assert_eq!(MatchWeight::from_probability(0.5)?, even);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MatchWeight(pub i32);

/// The parts of a bit.
pub(super) const ONE_BIT: f64 = 65_536.0;

impl MatchWeight {
    /// The weight of so many bits, rounded.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for NaN and beyond 32,000 bits either way.
    ///
    /// # Example
    ///
    /// See [`MatchWeight`].
    pub fn from_bits(bits: f64) -> Result<Self> {
        // Written so that NaN fails as well.
        if bits.abs() <= 32_000.0 {
            return Ok(Self(fixed(bits)));
        }
        Err(Error::parameter(
            "match weight",
            bits,
            "a number of bits from -32000 to 32000",
        ))
    }

    /// The weight of a probability.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless it is above 0 and below 1.
    ///
    /// # Example
    ///
    /// See [`MatchWeight`].
    pub fn from_probability(probability: f64) -> Result<Self> {
        if probability > 0.0 && probability < 1.0 {
            return Ok(Self(fixed((probability / (1.0 - probability)).log2())));
        }
        Err(Error::parameter(
            "match probability",
            probability,
            "above 0 and below 1",
        ))
    }

    /// In bits.
    ///
    /// # Example
    ///
    /// See [`MatchWeight`].
    pub fn bits(self) -> f64 {
        f64::from(self.0) / ONE_BIT
    }

    /// The probability that the two are of one person, as far as the model is right.
    ///
    /// # Example
    ///
    /// See [`MatchWeight`].
    pub fn probability(self) -> f64 {
        1.0 / (1.0 + (-self.bits()).exp2())
    }
}

/// Bits as a whole number of parts. Ratios of probabilities are held within 1,000 bits
/// by whoever makes them.
pub(super) fn fixed(bits: f64) -> i32 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let parts = (bits * ONE_BIT).round() as i32;
    parts
}

/// A ratio of probabilities in parts of a bit, none taken to be smaller than 1e-300.
pub(super) fn log_ratio(over: f64, under: f64) -> i32 {
    const LEAST: f64 = 1e-300;
    fixed(over.max(LEAST).log2() - under.max(LEAST).log2())
}

/// The smaller of two weights where each is evidence against another alternative:
/// `-log2(2^-a + 2^-b)`, in whole numbers.
#[derive(Clone)]
pub(super) struct SoftMinimum {
    /// `log2(1 + 2^-d)` at steps of 2^-6 bit.
    table: Vec<i32>,
}

/// Parts in a step of the table, as a power of two; from 20 bits on nothing is added.
const STEP: u32 = 10;
const STEPS: usize = 20 << 6;

impl SoftMinimum {
    pub(super) fn new() -> Self {
        let at =
            |step: usize| fixed((-(step as f64) / 64.0).exp2().ln_1p() / std::f64::consts::LN_2);
        Self {
            table: (0..=STEPS).map(at).collect(),
        }
    }

    #[inline]
    pub(super) fn of(&self, a: i32, b: i32) -> i32 {
        let apart = a.abs_diff(b);
        let at = (apart >> STEP) as usize;
        if at >= STEPS {
            return a.min(b);
        }
        // Linear between the steps.
        let (low, high) = (self.table[at], self.table[at + 1]);
        let rest = (apart & ((1 << STEP) - 1)).cast_signed();
        let more = low - (((low - high) * rest) >> STEP);
        // Many impossible levels together end at the smallest number.
        a.min(b).saturating_sub(more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_minimum_is_that_of_its_formula() {
        let soft = SoftMinimum::new();
        for (a, b) in [
            (0.0, 0.0),
            (3.0, 5.5),
            (-12.25, -12.0),
            (40.0, 7.0),
            (1.0, 21.5),
        ] {
            let exact = -(f64::exp2(-a) + f64::exp2(-b)).log2();
            let got = f64::from(soft.of(fixed(a), fixed(b))) / ONE_BIT;
            assert!((got - exact).abs() < 5e-5, "{a} {b}: {got} {exact}");
            assert_eq!(soft.of(fixed(a), fixed(b)), soft.of(fixed(b), fixed(a)));
        }
    }

    #[test]
    fn the_soft_minimum_ends_at_the_ends() {
        let soft = SoftMinimum::new();
        assert_eq!(soft.of(i32::MIN, i32::MIN), i32::MIN);
        assert_eq!(soft.of(i32::MIN, i32::MAX), i32::MIN);
        assert_eq!(soft.of(i32::MAX, i32::MAX), i32::MAX - fixed(1.0));
    }

    #[test]
    fn weights_out_of_range_are_refused() {
        assert!(MatchWeight::from_bits(f64::NAN).is_err());
        assert!(MatchWeight::from_bits(1e6).is_err());
        for probability in [0.0, 1.0, -0.1, f64::NAN] {
            assert!(MatchWeight::from_probability(probability).is_err());
        }
    }
}
