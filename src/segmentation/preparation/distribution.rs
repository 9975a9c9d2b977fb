//! The weighted distribution of a column: what a fit learns from.

use crate::numeric::quantile::weighted_quantile;

/// The different values of a column, ascending, and how much each counts.
///
/// Whatever is learnt from it does not depend on the order of the rows, and a row of weight 2 and
/// two rows of weight 1 give the same bits.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Distribution {
    pub(super) values: Vec<f64>,
    pub(super) weights: Vec<f64>,
    /// How much weight one copy of a value has: 1, or the smallest weight if that is less.
    copy: f64,
}

/// Of a distribution that is not empty. The mean and the spread of huge values do not overflow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    pub(super) min: f64,
    pub(super) max: f64,
    pub(super) mean: f64,
    /// With the whole weight as divisor.
    pub(super) sd: f64,
    /// The third central moment over that of the spread; 0 if all values are equal.
    pub(super) skew: f64,
}

impl Distribution {
    /// Of values and weights; those of weight 0 are not there.
    pub(super) fn new(mut rows: Vec<(f64, f64)>) -> Self {
        rows.retain(|&(_, weight)| weight > 0.0);
        for (value, _) in &mut rows {
            *value += 0.0; // -0 is 0
        }
        rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let copy = rows.iter().fold(1.0, |least: f64, row| least.min(row.1));
        let (mut values, mut weights) = (Vec::new(), Vec::new());
        for same in rows.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            values.push(same[0].0);
            weights.push(same.iter().map(|row| row.1).sum());
        }
        Self {
            values,
            weights,
            copy,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn rows(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.values
            .iter()
            .copied()
            .zip(self.weights.iter().copied())
    }

    /// The same with each value replaced.
    pub(super) fn map(&self, change: impl Fn(f64) -> f64) -> Self {
        let changed = self.rows().map(|(value, weight)| (change(value), weight));
        Self {
            copy: self.copy,
            ..Self::new(changed.collect())
        }
    }

    pub(super) fn total(&self) -> f64 {
        self.weights.iter().sum()
    }

    /// The weight of the values for which something is true.
    pub(super) fn weight_where(&self, is: impl Fn(f64) -> bool) -> f64 {
        let there = self.rows().filter(|&(value, _)| is(value));
        there.map(|(_, weight)| weight).sum()
    }

    fn ends(&self) -> (f64, f64) {
        let end = |value: Option<&f64>| value.copied().unwrap_or(0.0);
        (end(self.values.first()), end(self.values.last()))
    }

    pub(super) fn moments(&self) -> Moments {
        let (min, max) = self.ends();
        // Over a power of two, which changes no digit, so that neither squares nor cubes overflow.
        let largest = min.abs().max(max.abs());
        let unit = if largest > 0.0 {
            largest.log2().floor().clamp(-1000.0, 1000.0).exp2()
        } else {
            1.0
        };
        let total = self.total();
        let mean_of = |f: &dyn Fn(f64) -> f64| {
            let sum: f64 = self.rows().map(|(x, weight)| weight * f(x / unit)).sum();
            sum / total
        };
        let rough = mean_of(&|u| u);
        let mean = rough + mean_of(&|u| u - rough);
        let variance = mean_of(&|u| (u - mean) * (u - mean));
        let third = mean_of(&|u| (u - mean) * (u - mean) * (u - mean));
        let several = self.values.len() > 1 && variance > 0.0;
        Moments {
            min,
            max,
            mean: if several { mean * unit } else { min },
            sd: if several { variance.sqrt() * unit } else { 0.0 },
            skew: if several {
                third / (variance * variance.sqrt())
            } else {
                0.0
            },
        }
    }

    /// The quantile at a share from 0 to 1; 0 of a distribution that is empty. Where weights are
    /// below 1 a customer weighs as little as the lightest, so that equal weights below 1 count as
    /// none.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let rows: Vec<(f64, f64)> = self.rows().collect();
        weighted_quantile(&rows, self.copy, share).unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::numeric::quantile::quantile_sorted;

    fn of(values: &[f64]) -> Distribution {
        Distribution::new(values.iter().map(|&value| (value, 1.0)).collect())
    }

    #[test]
    fn moments_against_numpy() {
        // numpy: mean, std (ddof 0); scipy 1.17.1: skew. Values 1 2 4 8 16.
        let told = of(&[8.0, 1.0, 16.0, 2.0, 4.0]).moments();
        assert!((told.mean - 6.2).abs() < 1e-14);
        assert!((told.sd - 5.455272678794342).abs() < 1e-14);
        assert!((told.skew - 0.8890481348169542).abs() < 1e-13, "{told:?}");
    }

    #[test]
    fn huge_and_tiny_values_have_finite_moments() {
        for unit in [1e300, 1e-300, 5e-324] {
            let told = of(&[0.0, unit, 2.0 * unit, 8.0 * unit]).moments();
            assert!((told.mean / unit - 2.75).abs() <= 0.3, "{told:?}");
            assert!(told.sd > 0.0 && told.sd.is_finite(), "{told:?}");
            assert!((told.skew - 0.9794093752424018).abs() < 1e-12, "{told:?}");
        }
    }

    #[test]
    fn equal_weights_below_one_are_no_weights() {
        let values = [3.0, 9.0, 1.0, 4.0];
        let tenth = Distribution::new(values.iter().map(|&value| (value, 0.1)).collect());
        for share in [0.0, 0.1, 0.25, 0.5, 0.77, 1.0] {
            assert!((tenth.quantile(share) - of(&values).quantile(share)).abs() < 1e-12);
        }
    }

    proptest! {
        #[test]
        fn whole_weights_are_copies(
            rows in proptest::collection::vec((-9_i32..9, 0_u8..4), 1..30),
            share in 0.0..=1.0_f64,
        ) {
            let weighted = rows.iter().map(|&(value, times)| (f64::from(value), f64::from(times)));
            let weighted = Distribution::new(weighted.collect());
            let mut copies: Vec<f64> = rows
                .iter()
                .flat_map(|&(value, times)| vec![f64::from(value); usize::from(times)])
                .collect();
            prop_assume!(!copies.is_empty());
            prop_assert_eq!(&weighted, &of(&copies));
            copies.sort_by(f64::total_cmp);
            let expected = quantile_sorted(&copies, share).unwrap();
            prop_assert!((weighted.quantile(share) - expected).abs() < 1e-9);
        }
    }
}
