//! Against plain versions, for any table.

use ndarray::{Array2, ArrayView2};
use proptest::prelude::*;

use super::{NOWHERE, exact, features, simplified};
use crate::segmentation::{Dispersion, SilhouetteParams};

/// The silhouettes by the definition, row by row.
fn plain(table: ArrayView2<'_, f64>, labels: &[u32]) -> Vec<f64> {
    let distance = |i: usize, j: usize| -> f64 {
        let pairs = table.row(i).into_iter().zip(table.row(j));
        pairs.map(|(x, y)| (x - y).powi(2)).sum::<f64>().sqrt()
    };
    let mean = |i: usize, cluster: u32| {
        let others = |&j: &usize| j != i && labels[j] == cluster;
        let rows: Vec<usize> = (0..labels.len()).filter(others).collect();
        rows.iter().map(|&j| distance(i, j)).sum::<f64>() / rows.len() as f64
    };
    let of_row = |i: usize| {
        let a = mean(i, labels[i]);
        let others = labels.iter().filter(|&&label| label != labels[i]);
        let b = others
            .map(|&label| mean(i, label))
            .fold(f64::INFINITY, f64::min);
        if a.is_nan() || a.max(b) <= 0.0 {
            0.0
        } else {
            (b - a) / a.max(b)
        }
    };
    (0..labels.len()).map(of_row).collect()
}

/// Rows of whole numbers with ties, labels of up to four clusters and small whole weights.
fn tables() -> impl Strategy<Value = (Array2<f64>, Vec<u32>, Vec<u32>)> {
    (2usize..40, prop_oneof![1usize..10, Just(17)]).prop_flat_map(|(rows, columns)| {
        let values = prop::collection::vec(-20i32..20, rows * columns);
        let labels = prop::collection::vec(0u32..4, rows - 2);
        let weights = prop::collection::vec(0u32..4, rows - 2);
        (values, labels, weights).prop_map(move |(values, mut labels, mut weights)| {
            labels.extend([0, 1]);
            weights.extend([2, 1]);
            let values = values.into_iter().map(|x| f64::from(x) / 4.0).collect();
            let table = Array2::from_shape_vec((rows, columns), values).unwrap();
            (table, labels, weights)
        })
    })
}

proptest! {
    #[test]
    fn silhouettes_are_those_of_the_definition((table, labels, _) in tables()) {
        let found = exact(&features(table.view()), &labels).unwrap();
        for (found, expected) in found.values().unwrap().iter().zip(plain(table.view(), &labels)) {
            prop_assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        // The same from a table of distances.
        let distance = |(i, j): (usize, usize)| {
            (&table.row(i) - &table.row(j)).mapv(|x| x * x).sum().sqrt()
        };
        let distances = Array2::from_shape_fn((labels.len(), labels.len()), distance);
        let of_table = SilhouetteParams::default().evaluate_distances(distances.view(), &labels);
        prop_assert!((of_table.unwrap().mean.value - found.mean.value).abs() < 1e-12);
    }

    #[test]
    fn a_weight_is_a_number_of_copies((table, labels, weights) in tables()) {
        let copies: Vec<usize> = (0..labels.len())
            .flat_map(|row| std::iter::repeat_n(row, weights[row] as usize))
            .collect();
        let copied = features(table.select(ndarray::Axis(0), &copies).view());
        let copied_labels: Vec<u32> = copies.iter().map(|&row| labels[row]).collect();
        let weights: Vec<f64> = weights.into_iter().map(f64::from).collect();
        let weighted = features(table.view()).with_weights(&weights).unwrap();
        for of in [exact, simplified] {
            let (one, other) = (of(&weighted, &labels), of(&copied, &copied_labels));
            let (one, other) = (one.unwrap(), other.unwrap());
            prop_assert!((one.mean.value - other.mean.value).abs() < 1e-12);
            for (&row, value) in copies.iter().zip(other.values().unwrap()) {
                prop_assert!((one.values().unwrap()[row] - value).abs() < 1e-12);
            }
        }
        let one = Dispersion::of_labels(&weighted, &labels).unwrap();
        let other = Dispersion::of_labels(&copied, &copied_labels).unwrap();
        prop_assert!((one.within - other.within).abs() < 1e-9);
        prop_assert!((one.between - other.between).abs() < 1e-9);
        match (one.davies_bouldin(), other.davies_bouldin()) {
            (Ok(one), Ok(other)) => prop_assert!((one - other).abs() < 1e-9 * other.max(1.0)),
            (one, other) => prop_assert_eq!(one.is_err(), other.is_err()),
        }
    }

    #[test]
    fn names_of_clusters_do_not_matter((table, labels, _) in tables()) {
        let renamed: Vec<u32> = labels.iter().map(|label| 4_000_000_000 - 7 * label).collect();
        let features = features(table.view());
        for of in [exact, simplified] {
            let (one, other) = (of(&features, &labels).unwrap(), of(&features, &renamed).unwrap());
            for (one, other) in one.values().unwrap().iter().zip(other.values().unwrap()) {
                prop_assert!((one - other).abs() < 1e-14);
            }
        }
        let (one, other) = (
            Dispersion::of_labels(&features, &labels).unwrap(),
            Dispersion::of_labels(&features, &renamed).unwrap(),
        );
        prop_assert!((one.within - other.within).abs() < 1e-9);
    }

    #[test]
    fn squares_within_and_between_sum_to_those_around_the_mean((table, labels, _) in tables()) {
        let dispersion = Dispersion::of_labels(&features(table.view()), &labels).unwrap();
        let mean = table.mean_axis(ndarray::Axis(0)).unwrap();
        let total = (&table - &mean).mapv(|x| x * x).sum();
        prop_assert!((dispersion.total - total).abs() < 1e-9);
    }

    #[test]
    fn rows_without_a_cluster_are_as_if_absent((table, labels, weights) in tables()) {
        let some: Vec<usize> = (0..labels.len()).filter(|&row| weights[row] > 0).collect();
        let left: Vec<u32> = some.iter().map(|&row| labels[row]).collect();
        let out = |row: usize| if weights[row] > 0 { labels[row] } else { NOWHERE };
        let marked: Vec<u32> = (0..labels.len()).map(out).collect();
        let one = exact(&features(table.view()), &marked).unwrap();
        let rest = features(table.select(ndarray::Axis(0), &some).view());
        let other = exact(&rest, &left).unwrap();
        prop_assert_eq!(&one.by_cluster, &other.by_cluster);
        prop_assert_eq!(one.rows, some.len());
        for (row, value) in one.values().unwrap().iter().enumerate() {
            prop_assert_eq!(value.is_nan(), weights[row] == 0);
        }
    }
}
