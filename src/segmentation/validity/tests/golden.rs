//! Against scikit-learn, R and Rousseeuw's paper.

use ndarray::{Array2, ArrayView2, array};

use super::{NOWHERE, exact, features, iris, near, simplified};
use crate::{
    ErrorKind,
    segmentation::{Dispersion, SilhouetteParams},
};

/// Plain k-means from the rows of a start to the end.
#[expect(clippy::cast_possible_truncation, reason = "a few clusters")]
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
