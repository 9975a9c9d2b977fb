//! Quantiles of every numeric feature in every group and in all.

use super::groups::Groups;
use crate::{
    data::Features,
    numeric::{
        map_chunks,
        quantile::{quantile_sorted, weighted_quantile},
    },
};

/// For each feature, for each group and at last for all, the quantiles at the shares asked for;
/// an empty list where there are no values.
pub(super) fn quantiles(
    features: &Features,
    groups: &Groups<'_>,
    shares: &[f64],
) -> Vec<Vec<Vec<f64>>> {
    let of_column = |at: usize| {
        let values = features.view();
        let value = |row: usize| values[(row, at)];
        if groups.are_weighted() {
            by_group(
                groups,
                value,
                |row, value| (value, groups.weight(row)),
                |value| value.0,
                |sorted| weighted_quantiles(sorted, shares),
            )
        } else {
            by_group(
                groups,
                value,
                |_, value| value,
                |&value| value,
                |sorted| {
                    let quantile = |&share| quantile_sorted(sorted, share);
                    shares.iter().filter_map(quantile).collect()
                },
            )
        }
    };
    let columns = map_chunks(features.names().len(), 1, |at| of_column(at.start));
    columns.into_iter().collect()
}

/// Sorts the values within each group, then all of them: the second sort finds the runs of the
/// first and only merges.
fn by_group<T: Copy>(
    groups: &Groups<'_>,
    value: impl Fn(usize) -> f64,
    item: impl Fn(usize, f64) -> T,
    key: impl Fn(&T) -> f64,
    quantiles: impl Fn(&[T]) -> Vec<f64>,
) -> Vec<Vec<f64>> {
    let mut lists: Vec<Vec<T>> = vec![Vec::new(); groups.count];
    for row in 0..groups.len() {
        let value = value(row);
        if let Some(group) = groups.of(row).filter(|_| !value.is_nan()) {
            lists[group].push(item(row, value));
        }
    }
    let order = |a: &T, b: &T| key(a).total_cmp(&key(b));
    for list in &mut lists {
        list.sort_by(order);
    }
    let mut found: Vec<Vec<f64>> = lists.iter().map(|list| quantiles(list)).collect();
    let mut all = lists.concat();
    all.sort_by(order);
    found.push(quantiles(&all));
    found
}

/// The quantiles of ascending values with weights above 0. One customer weighs 1, or the mean
/// weight where that is less.
fn weighted_quantiles(sorted: &[(f64, f64)], shares: &[f64]) -> Vec<f64> {
    let total: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    let unit = (total / sorted.len() as f64).min(1.0);
    let quantile = |&share| weighted_quantile(sorted, unit, share);
    shares.iter().filter_map(quantile).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_weights_are_copies() {
        let sorted = [(1.0, 2.0), (2.0, 1.0), (4.0, 5.0), (8.0, 1.0), (9.5, 3.0)];
        let mut copies = Vec::new();
        for (value, weight) in sorted {
            let mut left = weight;
            while left > 0.0 {
                copies.push(value);
                left -= 1.0;
            }
        }
        let shares: Vec<f64> = (0..=40).map(|at| f64::from(at) / 40.0).collect();
        for (share, got) in shares.iter().zip(weighted_quantiles(&sorted, &shares)) {
            let want = quantile_sorted(&copies, *share).unwrap();
            assert!((got - want).abs() < 1e-13, "{share}: {got} against {want}");
        }
    }

    #[test]
    fn small_weights_are_shares_of_one_customer() {
        // Equal weights of any size below 1 give the quantiles without weights.
        let sorted: Vec<(f64, f64)> = [1.0, 2.0, 4.0, 8.0, 16.0].map(|x| (x, 0.2)).to_vec();
        let got = weighted_quantiles(&sorted, &[0.0, 0.1, 0.5, 0.9, 1.0]);
        for (got, want) in got.iter().zip([1.0, 1.4, 4.0, 12.8, 16.0]) {
            assert!((got - want).abs() < 1e-12, "{got} against {want}");
        }
        assert!(weighted_quantiles(&[], &[0.5]).is_empty());
    }
}
