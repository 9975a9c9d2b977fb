//! Matrices of probabilities: powers, and exponentials of rates.
//!
//! Rows sum to 1. What rounding takes from a sum would double with every squaring, so that rows are
//! brought back to 1 each time. Nothing is subtracted, and a cell that is 0 stays 0.

use super::Square;

/// Rates are halved until nobody is left with more than this, where so many terms of the series are
/// good to the last bit.
const LARGEST_RATE: f64 = 0.25;
const TERMS: u32 = 12;

impl Square {
    /// A whole power of a matrix of probabilities, by squaring.
    pub(crate) fn stochastic_power(&self, exponent: u64) -> Self {
        self.power_by(exponent, Self::then)
    }

    /// e^Q for rates Q off the diagonal, none below 0: the diagonal counts as minus the sum of the
    /// others. `None` if a row has no finite sum.
    ///
    /// The series is that of Q + c I, which has no cell below 0, so that each probability is good
    /// relative to its own size, though of many steps in a row to some seven digits only (Shao, Gao and
    /// Xue 2014, doi:10.1137/120894294). e^-c falls away as rows are brought to 1.
    pub(crate) fn exponential_of_rates(&self) -> Option<Self> {
        let order = self.order();
        let leaves = |from: usize| -> f64 {
            let others = (0..order).filter(|&to| to != from);
            others.map(|to| self.at(from, to)).sum()
        };
        let leaves: Vec<f64> = (0..order).map(leaves).collect();
        if leaves.iter().any(|sum| !sum.is_finite()) {
            return None;
        }
        let largest = leaves.iter().copied().fold(0.0, f64::max);
        let ways = order.checked_ilog2().map_or(0, |log| log + 1);
        let (mut halvings, mut scale) = (0u32, 1.0);
        // So often, too, that ways of many steps are made of a few each time: none gets lost.
        while largest * scale > LARGEST_RATE || halvings < ways {
            halvings += 1;
            scale *= 0.5;
        }
        let steps = Self::from_fn(order, |from, to| {
            if from == to {
                (largest - leaves[from]) * scale
            } else {
                self.at(from, to) * scale
            }
        });
        let mut result = Self::identity(order);
        for term in (1..=TERMS).rev() {
            result = (steps.times(&result).scaled(1.0 / f64::from(term))).plus_identity(1.0);
        }
        result.rows_to_one();
        for _ in 0..halvings {
            result = result.then(&result);
        }
        Some(result)
    }

    /// The probabilities of a step by this matrix and then one by another.
    fn then(&self, next: &Self) -> Self {
        let mut both = self.times(next);
        both.rows_to_one();
        both
    }

    fn rows_to_one(&mut self) {
        for row in 0..self.order() {
            let row = self.row_mut(row);
            let sum: f64 = row.iter().sum();
            for cell in row {
                *cell /= sum;
            }
        }
    }
}
