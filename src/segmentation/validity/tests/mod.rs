//! Samples, threads, extreme values and errors.

mod golden;
mod properties;

use ndarray::{Array2, ArrayView2, array};

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
#[expect(clippy::cast_possible_truncation, reason = "a few species")]
fn iris() -> (Array2<f64>, Vec<u32>) {
    let text = include_str!("../../../../tests/golden/segmentation/iris.csv");
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

/// Three clouds that overlap, of unlike sizes, with a weight a row.
fn clouds(rows: usize) -> (Features, Vec<u32>) {
    let draw = |row: usize, column: usize| {
        crate::numeric::rng::Stream::new(5, 0, (3 * row + column) as u64).normal()
    };
    let labels: Vec<u32> = (0..rows).map(|row| [0, 0, 0, 1, 1, 9][row % 6]).collect();
    let table = Array2::from_shape_fn((rows, 3), |(row, column)| {
        let shift = if column == 0 {
            f64::from(labels[row].min(2)) * 2.0
        } else {
            0.0
        };
        draw(row, column) + shift
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
