//! Against scikit-learn, Rousseeuw's paper and plain versions.

use ndarray::{Array2, ArrayView2, array};
use proptest::prelude::*;

use super::{Dispersion, Silhouette, SilhouetteParams};
use crate::{
    Error, ErrorKind, Result,
    data::{Features, MissingValues},
};

const NOWHERE: u32 = u32::MAX;

fn features(table: ArrayView2<'_, f64>) -> Features {
    let names: Vec<String> = (0..table.ncols())
        .map(|column| format!("x{column}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Features::from_view(&names, table, MissingValues::Keep).unwrap()
}

fn exact(features: &Features, labels: &[u32]) -> Result<Silhouette> {
    SilhouetteParams::default().evaluate(features, labels)
}

fn simplified(features: &Features, labels: &[u32]) -> Result<Silhouette> {
    SilhouetteParams::default()
        .simplified()
        .evaluate(features, labels)
}

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "found {found}, expected {expected}"
    );
}

/// The table and the species.
fn iris() -> (Array2<f64>, Vec<u32>) {
    let text = include_str!("../../../tests/golden/segmentation/iris.csv");
    let lines = || {
        text.lines()
            .skip(1)
            .map(|line| line.split(',').collect::<Vec<_>>())
    };
    let values: Vec<f64> = lines()
        .flat_map(|line| {
            line[..4]
                .iter()
                .map(|x| x.parse().unwrap())
                .collect::<Vec<_>>()
        })
        .collect();
    let species = |line: Vec<&str>| {
        let names = ["setosa", "versicolor", "virginica"];
        names
            .iter()
            .position(|name| line[4].contains(name))
            .unwrap() as u32
    };
    let table = Array2::from_shape_vec((150, 4), values).unwrap();
    (table, lines().map(species).collect())
}

/// Plain k-means from the rows of a start to the end.
fn lloyd(table: ArrayView2<'_, f64>, start: &[usize]) -> Vec<u32> {
    let mut centres: Vec<Vec<f64>> = start.iter().map(|&row| table.row(row).to_vec()).collect();
    let mut labels = vec![NOWHERE; table.nrows()];
    loop {
        let nearest = |row: usize| {
            let square = |centre: &Vec<f64>| -> f64 {
                let pairs = table.row(row).into_iter().zip(centre);
                pairs.map(|(x, c)| (x - c).powi(2)).sum()
            };
            let best = |&a: &usize, &b: &usize| square(&centres[a]).total_cmp(&square(&centres[b]));
            (0..centres.len()).min_by(best).unwrap() as u32
        };
        let next: Vec<u32> = (0..table.nrows()).map(nearest).collect();
        if next == labels {
            return labels;
        }
        labels = next;
        for (cluster, centre) in centres.iter_mut().enumerate() {
            let rows = || (0..labels.len()).filter(|&row| labels[row] == cluster as u32);
            for (column, value) in centre.iter_mut().enumerate() {
                *value =
                    rows().map(|row| table[(row, column)]).sum::<f64>() / rows().count() as f64;
            }
        }
    }
}

#[test]
fn iris_is_as_scikit_learn_1_9_1_has_it() {
    // k-means from these rows ends in the best partition of 200 restarts. Silhouette,
    // Calinski-Harabasz and Davies-Bouldin by scikit-learn 1.9.1; where R 4.2.2 (cluster 2.1.4,
    // fpc 2.2-10) has them it agrees. The simplified silhouette by its definition in NumPy.
    let (table, species) = iris();
    let features = features(table.view());
    let starts: [(&[usize], [f64; 5]); 5] = [
        (
            &[95, 126],
            [
                152.3479517604,
                0.6810461692,
                513.9245459803,
                0.4042928372,
                0.7697038327,
            ],
        ),
        (
            &[0, 50, 100],
            [
                78.8514414261,
                0.5528190124,
                561.6277566296,
                0.6619715465,
                0.6663855565,
            ],
        ),
        (
            &[67, 119, 147, 149],
            [
                57.2284732143,
                0.4980505050,
                530.7658081873,
                0.7803069839,
                0.6207380404,
            ],
        ),
        (
            &[58, 94, 101, 104, 123],
            [
                46.4461820513,
                0.4887488871,
                495.5414876777,
                0.8059652120,
                0.6143759275,
            ],
        ),
        (
            &[11, 35, 46, 114, 117, 130],
            [
                39.0399872461,
                0.3648340040,
                473.8506068330,
                0.9141579727,
                f64::NAN,
            ],
        ),
    ];
    for (start, [inertia, silhouette, ch, db, simple]) in starts {
        let labels = lloyd(table.view(), start);
        let dispersion = Dispersion::of_labels(&features, &labels).unwrap();
        near(dispersion.within, inertia, 1e-10);
        near(dispersion.total, 681.3706, 1e-9);
        near(dispersion.calinski_harabasz().unwrap(), ch, 1e-9);
        near(dispersion.davies_bouldin().unwrap(), db, 1e-10);
        near(
            exact(&features, &labels).unwrap().mean.value,
            silhouette,
            1e-10,
        );
        let found = simplified(&features, &labels).unwrap().mean.value;
        assert!(simple.is_nan() || (found - simple).abs() < 1e-10, "{found}");
    }
    let labels = lloyd(table.view(), &[0, 50, 100]);
    let by_cluster = exact(&features, &labels).unwrap().by_cluster;
    for (cluster, (rows, mean)) in
        by_cluster
            .iter()
            .zip([(50, 0.7981404884), (62, 0.4173199215), (38, 0.4511050604)])
    {
        assert_eq!(cluster.rows, rows);
        near(cluster.mean.value, mean, 1e-10);
    }
    let dispersion = Dispersion::of_labels(&features, &labels).unwrap();
    near(dispersion.within, 78.851441426146, 1e-12);
    near(dispersion.explained(), 0.8842752513, 1e-10);
    // The species as clusters.
    near(
        exact(&features, &species).unwrap().mean.value,
        0.5034774407,
        1e-10,
    );
    let dispersion = Dispersion::of_labels(&features, &species).unwrap();
    near(
        dispersion.calinski_harabasz().unwrap(),
        487.3308763749,
        1e-9,
    );
    near(dispersion.davies_bouldin().unwrap(), 0.7513707095, 1e-10);
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that cannot run says so")]
fn wholesale_is_as_scikit_learn_1_9_1_has_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/wholesale.csv");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("NOT RUN: {path} is not there; the data are not part of the project");
        return;
    };
    let values: Vec<f64> = (text.lines().skip(1))
        .flat_map(|line| {
            line.split(',')
                .skip(2)
                .map(|x| x.parse::<f64>().unwrap().ln())
        })
        .collect();
    let mut table = Array2::from_shape_vec((440, 6), values).unwrap();
    for mut column in table.columns_mut() {
        let mean = column.sum() / 440.0;
        let sd = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 440.0).sqrt();
        column.mapv_inplace(|x| (x - mean) / sd);
    }
    let features = features(table.view());
    // The starts end in the best partition of 300 restarts.
    for (start, [inertia, silhouette, ch, db]) in [
        (
            &[85, 219][..],
            [1847.97970821, 0.29003883, 187.72115639, 1.35250838],
        ),
        (
            &[232, 324, 429],
            [1558.04699736, 0.25809354, 151.73273430, 1.34593803],
        ),
    ] {
        let labels = lloyd(table.view(), start);
        let dispersion = Dispersion::of_labels(&features, &labels).unwrap();
        near(dispersion.within, inertia, 1e-8);
        near(dispersion.calinski_harabasz().unwrap(), ch, 1e-8);
        near(dispersion.davies_bouldin().unwrap(), db, 1e-8);
        near(
            exact(&features, &labels).unwrap().mean.value,
            silhouette,
            1e-8,
        );
    }
}

#[test]
fn small_tables_are_as_the_tests_of_scikit_learn_have_them() {
    // scikit-learn 1.9.1, sklearn/metrics/cluster/tests/test_unsupervised.py (BSD-3-Clause).
    let corners = [
        [[0.0, 0.0], [1.0, 1.0]],
        [[3.0, 3.0], [4.0, 4.0]],
        [[0.0, 4.0], [1.0, 3.0]],
        [[3.0, 1.0], [4.0, 0.0]],
    ];
    let place = |row: usize, column: usize| corners[row / 10][row % 2][column];
    let table = Array2::from_shape_fn((40, 2), |(row, column)| place(row, column));
    let labels: Vec<u32> = (0..40).map(|row| row / 10).collect();
    let dispersion = Dispersion::of_labels(&features(table.view()), &labels).unwrap();
    near(dispersion.calinski_harabasz().unwrap(), 108.0, 1e-12);
    near(dispersion.davies_bouldin().unwrap(), 0.471404520791, 1e-12);
    let table = array![[0.0, 0.0], [2.0, 2.0], [3.0, 3.0], [5.0, 5.0]];
    let dispersion = Dispersion::of_labels(&features(table.view()), &[0, 0, 1, 2]).unwrap();
    near(dispersion.davies_bouldin().unwrap(), 5.0 / 12.0, 1e-12);
}

#[test]
fn countries_are_as_rousseeuw_has_them() {
    // Rousseeuw (1987), table 1 and figures 2 and 3: dissimilarities of Belgium, Brazil, China,
    // Cuba, Egypt, France, India, Israel, the USA, the USSR, Yugoslavia and Zaire.
    let lower = [
        5.58, 7.00, 6.50, 7.08, 7.00, 3.83, 4.83, 5.08, 8.17, 5.83, 2.17, 5.75, 6.67, 6.92, 4.92,
        6.42, 5.00, 5.58, 6.00, 4.67, 6.42, 3.42, 5.50, 6.42, 6.42, 5.00, 3.92, 6.17, 2.50, 4.92,
        6.25, 7.33, 4.50, 2.25, 6.33, 2.75, 6.08, 6.67, 4.25, 2.67, 6.00, 6.17, 6.17, 6.92, 6.17,
        5.25, 6.83, 4.50, 3.75, 5.75, 5.42, 6.08, 5.83, 6.67, 3.67, 4.75, 3.00, 6.08, 6.67, 5.00,
        5.58, 4.83, 6.17, 5.67, 6.50, 6.92,
    ];
    let distance = |(row, column): (usize, usize)| {
        let (low, high) = (row.min(column), row.max(column));
        if low == high {
            0.0
        } else {
            lower[high * (high - 1) / 2 + low]
        }
    };
    let table = Array2::from_shape_fn((12, 12), distance);
    let two = [1, 1, 2, 2, 1, 1, 2, 1, 1, 2, 2, 1];
    let of_two = [
        0.39, 0.22, 0.33, 0.40, 0.20, 0.35, -0.04, 0.30, 0.43, 0.34, 0.26, 0.19,
    ];
    let three = [1, 2, 3, 3, 1, 1, 2, 1, 1, 3, 3, 2];
    let of_three = [
        0.42, 0.25, 0.31, 0.48, 0.02, 0.44, 0.17, 0.37, 0.47, 0.44, 0.31, 0.28,
    ];
    for (labels, expected, mean) in [(two, of_two, 0.28), (three, of_three, 0.33)] {
        let found = SilhouetteParams::default()
            .evaluate_distances(table.view(), &labels)
            .unwrap();
        near(found.mean.value, mean, 0.005);
        for (value, expected) in found.values().unwrap().iter().zip(expected) {
            near(*value, expected, 0.0051);
        }
    }
}

#[test]
fn the_defects_of_linfa_0_8_are_not_ours() {
    use linfa::prelude::{Records, SilhouetteScore};
    let table = array![[0.0, 0.0], [0.1, 0.0], [5.0, 5.0]];
    let theirs = |labels: [usize; 3]| {
        let labels = ndarray::Array1::from(labels.to_vec());
        let data = linfa::DatasetBase::new(table.clone(), labels);
        assert_eq!(data.nsamples(), 3);
        data.silhouette_score().unwrap()
    };
    // Theirs gives a row alone in its cluster 1, the definition 0: scikit-learn 1.9.1 has 0.6572.
    near(theirs([0, 0, 1]), 0.9905, 5e-5);
    let features = features(table.view());
    near(
        exact(&features, &[0, 0, 1]).unwrap().mean.value,
        0.6572,
        5e-5,
    );
    // One cluster is no perfect clustering.
    near(theirs([0, 0, 0]), 1.0, 0.0);
    let error = exact(&features, &[0, 0, 0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Degenerate);
}

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

/// Three clouds that overlap, of unlike sizes, with a weight a row.
fn clouds(rows: usize) -> (Features, Vec<u32>) {
    let draw =
        |row: usize, column: u32| crate::numeric::rng::Stream::new(5, column, row as u64).normal();
    let labels: Vec<u32> = (0..rows).map(|row| [0, 0, 0, 1, 1, 9][row % 6]).collect();
    let table = Array2::from_shape_fn((rows, 3), |(row, column)| {
        let shift = if column == 0 {
            f64::from(labels[row].min(2)) * 2.0
        } else {
            0.0
        };
        draw(row, column as u32) + shift
    });
    let weights: Vec<f64> = (0..rows).map(|row| 0.5 + (row % 3) as f64).collect();
    (
        features(table.view()).with_weights(&weights).unwrap(),
        labels,
    )
}

#[test]
fn a_sample_is_right_on_average_and_knows_its_error() {
    let (features, labels) = clouds(3_000);
    let truth = exact(&features, &labels).unwrap().mean.value;
    let draws: Vec<Silhouette> = (0..200)
        .map(|seed| SilhouetteParams::default().sample(300).seed(seed))
        .map(|params| params.evaluate(&features, &labels).unwrap())
        .collect();
    let mean = |of: fn(&Silhouette, f64) -> f64| {
        draws.iter().map(|draw| of(draw, truth)).sum::<f64>() / draws.len() as f64
    };
    let spread = mean(|draw, truth| (draw.mean.value - truth).powi(2)).sqrt();
    let told = mean(|draw, _| draw.mean.se);
    // The mean of 200 within 4 of its own standard errors; 200 squares tell a standard error to
    // about 5 %, here held to 4 times that.
    near(
        mean(|draw, _| draw.mean.value),
        truth,
        4.0 * spread / 200f64.sqrt(),
    );
    near(told / spread, 1.0, 0.2);
    let covered =
        mean(|draw, truth| f64::from(u8::from(draw.mean.lo <= truth && truth <= draw.mean.hi)));
    near(covered, 0.95, 0.062);
    assert!(
        draws
            .iter()
            .all(|draw| draw.compared == 300 && draw.rows == 3_000)
    );
    // A sample of all rows is no sample.
    let all = SilhouetteParams::default()
        .sample(3_000)
        .evaluate(&features, &labels)
        .unwrap();
    assert_eq!(all, exact(&features, &labels).unwrap());
}

#[test]
fn many_rows_are_sampled_unless_told_otherwise() {
    let (features, labels) = clouds(21_000);
    let silhouette = exact(&features, &labels).unwrap();
    // 20,000 squared by 21,000.
    assert_eq!((silhouette.compared, silhouette.values()), (19_047, None));
    assert!(silhouette.mean.se > 0.0 && silhouette.mean.se < 1e-3);
}

#[test]
fn bits_do_not_depend_on_threads() {
    let (features, labels) = clouds(10_000);
    let distances = Array2::from_shape_fn((300, 300), |(i, j)| {
        (features.view()[(i, 0)] - features.view()[(j, 0)]).abs()
    });
    let compute = || {
        let params = SilhouetteParams::default();
        let reports = [
            params
                .clone()
                .sample(2_000)
                .evaluate(&features, &labels)
                .unwrap(),
            params
                .clone()
                .simplified()
                .evaluate(&features, &labels)
                .unwrap(),
            params
                .evaluate_distances(distances.view(), &labels[..300])
                .unwrap(),
        ];
        let dispersion = Dispersion::of_labels(&features, &labels).unwrap();
        serde_json::to_string(&(&reports[..], dispersion)).unwrap()
    };
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(compute)
    };
    let alone = run(1);
    for threads in [2, 3, 8] {
        assert!(run(threads) == alone, "differs with {threads} threads");
    }
}

#[test]
fn far_wide_and_tiny_values_are_as_good_as_any() {
    let (table, species) = iris();
    let check = |moved: Array2<f64>, tolerance: f64| {
        let features = features(moved.view());
        near(
            exact(&features, &species).unwrap().mean.value,
            0.5034774407,
            tolerance,
        );
        let of_centres = simplified(&features, &species).unwrap().mean.value;
        let here = simplified(&self::features(table.view()), &species)
            .unwrap()
            .mean
            .value;
        near(of_centres, here, tolerance);
        if let Ok(dispersion) = Dispersion::of_labels(&features, &species) {
            near(
                dispersion.calinski_harabasz().unwrap() / 487.3308763749,
                1.0,
                tolerance,
            );
            near(
                dispersion.davies_bouldin().unwrap() / 0.7513707095,
                1.0,
                tolerance,
            );
        }
    };
    check(table.clone(), 1e-9);
    check(table.mapv(|x| x + 1e8), 1e-6);
    check(table.mapv(|x| x * 1e300), 1e-9);
    check(table.mapv(|x| x * 1e150), 1e-9);
    check(table.mapv(|x| x * 1e-300), 1e-9);
    // The sums of squares themselves.
    let far = Dispersion::of_labels(&features(table.mapv(|x| x + 1e8).view()), &species).unwrap();
    let near_by = Dispersion::of_labels(&features(table.view()), &species).unwrap();
    near(far.within / near_by.within, 1.0, 1e-6);
    near(far.between / near_by.between, 1.0, 1e-6);
    let error = Dispersion::of_labels(&features(table.mapv(|x| x * 1e300).view()), &species);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Overflow);
    // A column that is huge and of one value tells nothing, and one of both ends is the widest.
    let wide = array![[f64::MAX, f64::MAX], [f64::MAX, f64::MIN], [f64::MAX, 0.0]];
    let found = exact(&features(wide.view()), &[0, 1, 0]).unwrap();
    near(found.mean.value, (0.5 + 0.0 + 0.0) / 3.0, 1e-15);
}

#[test]
fn rows_that_are_all_the_same_have_nothing_to_tell() {
    let features = features(Array2::from_elem((4, 2), 3.0).view());
    assert_eq!(
        exact(&features, &[0, 0, 1, 1]).unwrap().values(),
        Some(&[0.0; 4][..])
    );
    assert_eq!(
        simplified(&features, &[0, 0, 1, 1]).unwrap().values(),
        Some(&[0.0; 4][..])
    );
    let dispersion = Dispersion::of_labels(&features, &[0, 0, 1, 1]).unwrap();
    near(dispersion.total + dispersion.explained(), 0.0, 0.0);
    assert_eq!(
        dispersion.calinski_harabasz().unwrap_err().kind(),
        ErrorKind::Degenerate
    );
    let error = dispersion.davies_bouldin().unwrap_err().to_string();
    assert!(
        error.contains("clusters 0 and 1 have one centre"),
        "{error}"
    );
}

#[test]
fn what_has_no_answer_is_refused() {
    let table = array![[0.0, 1.0], [1.0, 1.0], [5.0, f64::NAN], [6.0, 0.0]];
    let holed = features(table.view());
    let said = |result: Result<Silhouette>| result.unwrap_err().to_string();
    assert_eq!(
        said(exact(&holed, &[0, 0, 1, 1])),
        "column x1, row 2 (counted from 0): NaN has no distance; impute it or drop the row"
    );
    // The row with a hole does not count.
    assert!(exact(&holed, &[0, 0, NOWHERE, 1]).is_ok());
    assert!(said(exact(&holed, &[0, 0, 1])).starts_with("column labels has length 3, expected 4"));
    assert!(said(exact(&holed, &[NOWHERE; 4])).starts_with("needs at least 1 rows with a cluster"));
    assert!(said(exact(&holed, &[0, 0, NOWHERE, 0])).contains("every row is in cluster 0"));
    let none = Features::from_view(&[], Array2::zeros((2, 0)).view(), MissingValues::Refuse);
    assert!(said(exact(&none.unwrap(), &[0, 1])).contains("columns of numbers"));

    let whole = features(table.column(0).insert_axis(ndarray::Axis(1)));
    let params = SilhouetteParams::default();
    let sampled = params.clone().sample(3).evaluate(&whole, &[0, 0, 1, 1]);
    assert!(said(sampled).starts_with("sample is 3, expected at least 4"));
    let level = params.clone().level(1.5).evaluate(&whole, &[0, 0, 1, 1]);
    assert!(said(level).starts_with("level is 1.5"));
    let shares = whole.clone().with_weights(&[0.25; 4]).unwrap();
    assert!(said(exact(&shares, &[0, 0, 1, 1])).contains("weights of the 2 rows of cluster 0"));
    assert!(simplified(&shares, &[0, 0, 1, 1]).is_ok());
    let heavy = whole.clone().with_weights(&[1e300; 4]).unwrap();
    assert!(matches!(
        exact(&heavy, &[0, 0, 1, 1]),
        Err(Error::Overflow { .. })
    ));
    // As many clusters as rows: nobody has a neighbour, and nothing is left within.
    near(exact(&whole, &[0, 1, 2, 3]).unwrap().mean.value, 0.0, 0.0);
    for labels in [[0, 1, 2, 3], [7; 4]] {
        let dispersion = Dispersion::of_labels(&whole, &labels).unwrap();
        for index in [dispersion.calinski_harabasz(), dispersion.davies_bouldin()] {
            assert_eq!(index.unwrap_err().kind(), ErrorKind::Degenerate);
        }
    }

    let of = |table: Array2<f64>| said(params.evaluate_distances(table.view(), &[0, 1]));
    assert!(of(array![[0.0, -1.0], [1.0, 0.0]]).contains("row 0 (counted from 0): -1 to row 1"));
    assert!(of(array![[0.0, 1.0], [f64::NAN, 0.0]]).contains("row 1 (counted from 0): NaN"));
    assert!(of(array![[0.0, 1.0], [1.0, 0.5]]).contains("0.5 to itself"));
    assert!(of(array![[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]).contains("length 3, expected 2"));
    let simple = params.clone().simplified();
    let square = array![[0.0, 1.0], [1.0, 0.0]];
    assert!(said(simple.evaluate_distances(square.view(), &[0, 1])).contains("no centres"));
}

#[test]
fn params_are_saved_and_strict() {
    let params = SilhouetteParams::default().sample(500).seed(3);
    let text = serde_json::to_string(&params).unwrap();
    assert_eq!(text, r#"{"method":{"sample":500},"seed":3,"level":0.95}"#);
    assert_eq!(
        serde_json::from_str::<SilhouetteParams>(&text).unwrap(),
        params
    );
    assert!(serde_json::from_str::<SilhouetteParams>(r#"{"sed":3}"#).is_err());
}
