//! What must hold for any data; against other implementations in `peers`.

mod peers;

use ndarray::Array2;
use proptest::prelude::*;

use super::*;
use crate::{
    Error, ErrorKind, Result,
    data::{Features, MissingValues},
    persist,
    segmentation::placed::NOWHERE,
};

fn features(values: &Array2<f64>) -> Features {
    let names: Vec<String> = (0..values.ncols()).map(|at| format!("x{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Features::from_view(&names, values.view(), MissingValues::Refuse).unwrap()
}

fn iris() -> Features {
    let text = include_str!("../../../../tests/golden/segmentation/iris.csv");
    let numbers = |line: &str| -> Vec<f64> {
        (line.split(',').take(4).map(|field| field.parse().unwrap())).collect()
    };
    let values: Vec<f64> = text.lines().skip(1).flat_map(numbers).collect();
    features(&Array2::from_shape_vec((150, 4), values).unwrap())
}

/// Uniforms and sums of twelve of them less 6, by plain arithmetic that other languages repeat to
/// the last bit.
struct Draw(u64);

impl Draw {
    fn uniform(&mut self) -> f64 {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..12 {
            sum += self.uniform();
        }
        sum - 6.0
    }
}

/// Three clusters that overlap, in three columns.
fn overlapping(rows: usize, seed: u64) -> Array2<f64> {
    let mut draw = Draw(seed);
    let mut values = Array2::zeros((rows, 3));
    for row in 0..rows {
        let [a, b, c] = [draw.normal(), draw.normal(), draw.normal()];
        let made = match row % 6 {
            0..3 => [a, b + 0.5 * a, c],
            3..5 => [2.5 + 0.8 * a, -1.0 + b, 1.0 + 0.6 * c - 0.3 * b],
            _ => [-1.0 + 0.5 * a, 2.5 + 0.7 * b - 0.4 * a, -1.0 + 1.2 * c],
        };
        for (column, value) in made.into_iter().enumerate() {
            values[(row, column)] = value;
        }
    }
    values
}

fn three_means() -> Vec<Vec<f64>> {
    vec![
        vec![0.0, 0.0, 0.0],
        vec![2.0, -1.0, 1.0],
        vec![-1.0, 2.0, -1.0],
    ]
}

/// From given means, so that there is one start.
fn three() -> GaussianMixtureParams {
    GaussianMixtureParams::new(3).start(&three_means())
}

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{found}, expected {expected}"
    );
}

// ---- what must hold ----

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let data = features(&overlapping(5_000, 5));
    for covariance in [Covariance::Full, Covariance::Diagonal] {
        let made = [1, 2, 3, 8].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| {
                let params = GaussianMixtureParams::new(4)
                    .covariance(covariance)
                    .restarts(2);
                let mixture = params.max_iterations(20).fit(&data).unwrap();
                let bits: Vec<u64> = (mixture.membership(&data).unwrap().iter())
                    .map(|share| share.to_bits())
                    .collect();
                (persist::to_json(&mixture).unwrap(), bits)
            })
        });
        assert!(made.iter().all(|one| *one == made[0]));
    }
}

fn small() -> impl Strategy<Value = Array2<f64>> {
    (60usize..200, any::<u64>()).prop_map(|(rows, seed)| overlapping(rows, seed))
}

fn assert_alike(a: &GaussianMixture, b: &GaussianMixture) {
    close(
        a.log_likelihood(),
        b.log_likelihood(),
        1e-7 * a.log_likelihood().abs(),
    );
    for (a, b) in a.means().iter().zip(b.means()) {
        close(*a, *b, 1e-6);
    }
    for (a, b) in a.weights().iter().zip(b.weights()) {
        close(*a, *b, 1e-6);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_weight_of_two_is_a_row_twice(values in small()) {
        let n = values.nrows();
        let weights: Vec<f64> = (0..n).map(|row| (row % 3) as f64).collect();
        let rows: Vec<usize> = (0..n).flat_map(|row| vec![row; row % 3]).collect();
        let repeated = features(&values.select(ndarray::Axis(0), &rows));
        let weighted = features(&values).with_weights(&weights).unwrap();
        let params = three().max_iterations(8);
        let (a, b) = (params.fit(&weighted).unwrap(), params.fit(&repeated).unwrap());
        assert_alike(&a, &b);
        close(a.bic(), b.bic(), 1e-6);
        close(a.icl(), b.icl(), 1e-6);
    }

    #[test]
    fn the_order_of_rows_does_not_matter(values in small()) {
        let n = values.nrows();
        let rows: Vec<usize> = (0..n).map(|row| (row * 7 + 3) % n).collect();
        prop_assume!(n % 7 != 0);
        let params = three().max_iterations(8);
        let turned = features(&values.select(ndarray::Axis(0), &rows));
        assert_alike(&params.fit(&features(&values)).unwrap(), &params.fit(&turned).unwrap());
    }

    #[test]
    fn the_log_likelihood_never_falls(values in small()) {
        let data = features(&values);
        for covariance in [Covariance::Full, Covariance::Diagonal] {
            let mut before = f64::NEG_INFINITY;
            for steps in 0..15 {
                let params = three().covariance(covariance).regularisation(0.0);
                let now = params.max_iterations(steps).fit(&data).unwrap().log_likelihood();
                prop_assert!(now >= before - 1e-10 * now.abs(), "{} {}", now, before);
                before = now;
            }
        }
    }

    #[test]
    fn where_the_data_lie_does_not_matter(values in small(), shift in -1e7f64..1e7) {
        let moved = values.mapv(|value| value + shift);
        let means: Vec<Vec<f64>> = (three_means().iter())
            .map(|mean| mean.iter().map(|value| value + shift).collect())
            .collect();
        let here = three().max_iterations(8).fit(&features(&values)).unwrap();
        let there = GaussianMixtureParams::new(3).start(&means).max_iterations(8);
        let there = there.fit(&features(&moved)).unwrap();
        close(here.log_likelihood(), there.log_likelihood(), 1e-5);
    }

    #[test]
    fn memberships_sum_to_one_and_agree_with_clusters(values in small(), far in -1e85f64..1e85) {
        let mixture = three().max_iterations(3).fit(&features(&values)).unwrap();
        let mut rows = values;
        rows[(5, 1)] = far;
        let rows = features(&rows);
        let placed = mixture.place(&rows).unwrap();
        let log_density = mixture.log_density(&rows).unwrap();
        for (row, shares) in mixture.membership(&rows).unwrap().outer_iter().enumerate() {
            prop_assert!((shares.sum() - 1.0).abs() < 1e-12);
            let share = shares[placed.cluster[row] as usize];
            prop_assert!(shares.iter().all(|&other| other <= share));
            let by_cost = (-placed.cost[row] - log_density[row]).exp();
            prop_assert!((by_cost - share).abs() < 1e-9);
            prop_assert!(placed.cost[row] <= placed.runner_up_cost[row]);
            prop_assert!(placed.runner_up[row] != placed.cluster[row]);
        }
    }
}

// ---- data that are not as they should be ----

fn columns(columns: &[&[f64]]) -> Features {
    let names = ["a", "b", "c"];
    let columns: Vec<(&str, &[f64])> = names.into_iter().zip(columns.iter().copied()).collect();
    Features::from_columns(&columns, MissingValues::Keep).unwrap()
}

#[test]
fn a_cluster_a_row_is_singular_but_finite() {
    let data = columns(&[&[1.0, 2.0, 5.0, 9.0], &[0.0, 4.0, 4.0, 1.0]]);
    let mixture = GaussianMixtureParams::new(4).fit(&data).unwrap();
    assert_eq!(mixture.verdict(), MixtureVerdict::Unsound);
    assert!(mixture.bic().is_finite());
    let error = GaussianMixtureParams::new(5).fit(&data).unwrap_err();
    assert_eq!(
        error.to_string(),
        "needs at least 5 rows with a weight above 0, as many as clusters, found 4"
    );
    let none = GaussianMixtureParams::new(4)
        .regularisation(0.0)
        .fit(&data)
        .unwrap_err();
    assert_eq!(none.kind(), ErrorKind::Degenerate);
}

#[test]
fn equal_rows_leave_clusters_empty_or_alike() {
    let x = [1.0, 1.0, 1.0, 1.0, 8.0, 8.0, 8.0];
    let mixture = GaussianMixtureParams::new(4).fit(&columns(&[&x])).unwrap();
    assert_eq!(mixture.verdict(), MixtureVerdict::Unsound);
    let cluster = mixture.assign(&columns(&[&x])).unwrap();
    assert!(cluster[..4].iter().all(|&at| at == cluster[0]) && cluster[0] != cluster[4]);
    for row in mixture.membership(&columns(&[&x])).unwrap().outer_iter() {
        close(row.sum(), 1.0, 1e-12);
    }
    let saved = persist::to_json(&mixture).unwrap();
    assert_eq!(
        persist::from_json::<GaussianMixture>(&saved).unwrap(),
        mixture
    );

    let same = GaussianMixtureParams::new(2)
        .fit(&columns(&[&[3.0; 6]]))
        .unwrap();
    assert_eq!(same.verdict(), MixtureVerdict::Unsound);
    close(same.means()[(0, 0)], 3.0, 0.0);
}

#[test]
fn a_cluster_that_no_row_is_near_loses_its_weight() {
    // Means that far away get nothing in the first step and are empty from then on.
    let mut values = overlapping(200, 2);
    values.row_mut(0).fill(0.5);
    let mut start = three_means();
    start.push(vec![1e5; 3]);
    let mixture = GaussianMixtureParams::new(4)
        .start(&start)
        .fit(&features(&values))
        .unwrap();
    assert_eq!(mixture.soundness()[3], Soundness::Empty);
    assert!(mixture.weights()[3] <= 0.0);
    let without = three().fit(&features(&values)).unwrap();
    close(mixture.log_likelihood(), without.log_likelihood(), 1e-4);
    let shares = mixture.membership(&features(&values)).unwrap();
    assert!(shares.column(3).iter().all(|&share| share <= 0.0));
    let placed = mixture.place(&features(&values)).unwrap();
    assert!(
        placed
            .cluster
            .iter()
            .chain(&placed.runner_up)
            .all(|&at| at < 3)
    );
}

#[test]
fn one_cluster_has_no_runner_up() {
    let data = columns(&[&[1.0, 2.0, 4.0]]);
    let placed = GaussianMixtureParams::new(1)
        .fit(&data)
        .unwrap()
        .place(&data)
        .unwrap();
    assert_eq!(placed.runner_up, [NOWHERE; 3]);
    assert!(placed.runner_up_cost.iter().all(|cost| cost.is_infinite()));
}

#[test]
fn columns_that_follow_from_others_are_told() {
    let x: Vec<f64> = (0..30).map(|at| f64::from(at * at % 17)).collect();
    let twice: Vec<f64> = x.iter().map(|value| 2.0 * value).collect();
    let data = columns(&[&x, &twice]);
    let told = GaussianMixtureParams::new(2).fit(&data).unwrap();
    assert_eq!(told.verdict(), MixtureVerdict::Unsound);
    let params = GaussianMixtureParams::new(1).regularisation(0.0);
    assert_eq!(
        params.fit(&data).unwrap_err().to_string(),
        "degenerate data: within cluster 0, column b does not vary or follows from the others; \
         raise regularisation, drop the column, ask for fewer clusters, or use diagonal covariances"
    );
    let diagonal = params.covariance(Covariance::Diagonal).fit(&data).unwrap();
    assert_eq!(diagonal.verdict(), MixtureVerdict::Converged);
}

#[test]
fn a_sound_fit_is_kept_before_a_likelier_one_that_is_not() {
    // Half of the rows share one value: a component on them alone has a huge density.
    let mut values = overlapping(120, 9);
    for row in (0..120).step_by(6) {
        values[(row, 0)] = 0.25;
    }
    let mixture = GaussianMixtureParams::new(3)
        .restarts(12)
        .fit(&features(&values))
        .unwrap();
    assert_eq!(mixture.verdict(), MixtureVerdict::Converged);
}

#[test]
fn large_and_small_scales_are_sound_or_told() {
    for scale in [1e-4, 1e4, 1e60, 1e85] {
        let data = features(&overlapping(90, 4).mapv(|value| value * scale));
        let params = GaussianMixtureParams::new(2)
            .regularisation(0.0)
            .restarts(2);
        let mixture = params.fit(&data).unwrap();
        assert!(mixture.bic().is_finite(), "{scale}");
        close(mixture.membership(&data).unwrap().sum(), 90.0, 1e-9);
    }
    for huge in [1e100, 1e300] {
        let data = columns(&[&[1.0, huge, 3.0]]);
        let error = GaussianMixtureParams::new(1).fit(&data).unwrap_err();
        assert!(error.to_string().starts_with("column a, row 1"), "{error}");
        let model = GaussianMixtureParams::new(1)
            .fit(&columns(&[&[1.0, 2.0, 3.0]]))
            .unwrap();
        assert_eq!(
            model.log_density(&data).unwrap_err().kind(),
            ErrorKind::InvalidValue
        );
    }
    let weights = columns(&[&[1.0, 2.0, 3.0]])
        .with_weights(&[1e300; 3])
        .unwrap();
    assert_eq!(
        GaussianMixtureParams::new(1)
            .fit(&weights)
            .unwrap_err()
            .kind(),
        ErrorKind::InvalidParameter
    );
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let data = columns(&[&[1.0, 2.0, 4.0, 7.0]]);
    let params = GaussianMixtureParams::new(2);
    let kind = |result: Result<GaussianMixture>| result.unwrap_err().kind();
    for bad in [
        GaussianMixtureParams::new(0),
        params.clone().restarts(0),
        params.clone().tolerance(0.0),
        params.clone().tolerance(f64::NAN),
        params.clone().regularisation(-1.0),
        params.clone().regularisation(f64::NAN),
        params.clone().start(&[vec![1.0]]),
        params.clone().start(&[vec![1.0], vec![1.0, 2.0]]),
        params.clone().start(&[vec![1.0], vec![f64::NAN]]),
    ] {
        assert_eq!(kind(bad.fit(&data)), ErrorKind::InvalidParameter, "{bad:?}");
    }
    assert_eq!(kind(params.fit(&columns(&[]))), ErrorKind::NotEnoughData);
    assert_eq!(
        kind(params.fit(&columns(&[&[1.0]]))),
        ErrorKind::NotEnoughData
    );
    let counted = data.clone().with_weights(&[0.0, 1.0, 0.0, 0.0]).unwrap();
    assert_eq!(kind(params.fit(&counted)), ErrorKind::NotEnoughData);
    let missing = columns(&[&[1.0, 2.0], &[3.0, f64::NAN]]);
    let error = params.fit(&missing).unwrap_err();
    assert!(error.to_string().starts_with("column b, row 1"), "{error}");

    let mixture = params.fit(&data).unwrap();
    let other = columns(&[&[1.0], &[2.0]]);
    assert!(matches!(
        mixture.assign(&other).unwrap_err(),
        Error::VersionMismatch { .. }
    ));
    assert_eq!(mixture.assign(&columns(&[&[]])).unwrap(), Vec::<u32>::new());
}

#[test]
fn what_is_saved_is_checked_when_read() {
    let data = features(&overlapping(90, 4));
    for covariance in [Covariance::Full, Covariance::Diagonal] {
        let mixture = GaussianMixtureParams::new(2)
            .covariance(covariance)
            .fit(&data)
            .unwrap();
        let text = persist::to_json(&mixture).unwrap();
        let read: GaussianMixture = persist::from_json(&text).unwrap();
        assert_eq!(read, mixture);
        assert_eq!(
            read.membership(&data).unwrap(),
            mixture.membership(&data).unwrap()
        );
        for (from, to) in [
            (r#""weights":[0."#, r#""weights":[1."#),
            (r#""weights":["#, r#""weights":[0.0,"#),
            (r#""covariances":[["#, r#""covariances":[[-"#),
            (r#""means":[["#, r#""means":[[1.0,"#),
            (r#""columns":["x0","#, r#""columns":["#),
            (r#""rows_weight":"#, r#""rows_weight":-"#),
        ] {
            let broken = text.replacen(from, to, 1);
            assert_ne!(broken, text, "{from}");
            assert!(
                persist::from_json::<GaussianMixture>(&broken).is_err(),
                "{from}"
            );
        }
    }
    let params: GaussianMixtureParams = serde_json::from_str(r#"{"clusters":3}"#).unwrap();
    assert_eq!(params, GaussianMixtureParams::new(3));
}
