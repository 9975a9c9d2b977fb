//! Against R and scikit-learn, against curves and tables by hand, and what must hold for any data.

#![expect(clippy::float_cmp, reason = "counts, and numbers that are exact")]

use super::{
    gap::{by_first_maximum, by_paper, within_an_error},
    knee::knee,
    strength::{halves, predicted},
    *,
};
use crate::{
    ErrorKind,
    data::Features,
    numeric::rng::Stream,
    segmentation::{
        Covariance, KMeansParams, KMeansStart,
        placed::NOWHERE,
        test_data::{clouds, features, iris, ruspini, wholesale, wholesale_in_logs},
    },
};

fn near(found: f64, expected: f64, error: f64) {
    assert!(
        (found - expected).abs() <= error,
        "found {found}, expected {expected} within {error}"
    );
}

fn gap(value: f64, error: f64) -> PanelGap {
    PanelGap {
        log_within: 0.0,
        value,
        error,
    }
}

#[test]
fn iris_has_no_best_number_of_groups() {
    let panel = PanelParams::new(1..=8).evaluate(&iris()).unwrap();
    // scikit-learn 1.9.1 and R 4.2.2, the best of 200 restarts: sum of squares, silhouette,
    // Calinski-Harabasz and Davies-Bouldin.
    let golden = [
        (152.3479517604, 0.6810461692, 513.9245459803, 0.4042928372),
        (78.8514414261, 0.5528190124, 561.6277566296, 0.6619715465),
        (57.2284732143, 0.4980505050, 530.7658081873, 0.7803069839),
        (46.4461820513, 0.4887488871, 495.5414876777, 0.8059652120),
        (39.0399872461, 0.3648340040, 473.8506068330, 0.9141579727),
    ];
    for (row, (within, silhouette, ch, db)) in panel.rows[1..].iter().zip(golden) {
        near(row.within, within, 1e-10);
        near(row.silhouette.unwrap().value, silhouette, 1e-10);
        near(row.calinski_harabasz.unwrap(), ch, 1e-9);
        near(row.davies_bouldin.unwrap(), db, 1e-10);
    }
    near(panel.row(3).unwrap().explained, 0.8842752513, 1e-10);
    let one = panel.row(1).unwrap();
    near(one.within, 681.3706, 1e-9);
    assert!(one.silhouette.is_none() && one.gap.is_some() && one.bic.is_some());
    // scikit-learn, mixtures of diagonal covariances; ours add 1e-6 to each variance.
    for (row, bic) in panel.rows.iter().zip([1522.120153, 857.551494, 744.631662]) {
        near(row.bic.unwrap(), bic, 0.01);
    }
    let prefers = |index| panel.preferred(index);
    assert_eq!(prefers(PanelIndex::Silhouette), Some(2));
    assert_eq!(prefers(PanelIndex::DaviesBouldin), Some(2));
    assert_eq!(prefers(PanelIndex::CalinskiHarabasz), Some(3));
    // R's clusGap by both rules: the last of those tested.
    assert_eq!(prefers(PanelIndex::Gap), Some(8));
    assert_eq!(prefers(PanelIndex::GapFirstMaximum), Some(8));
    assert!(panel.warnings.contains(&PanelWarning::GapRises));
    // R's fpc: both 2 and 3 are stable.
    assert!(
        panel.rows[1..3]
            .iter()
            .all(|row| row.stability.as_ref().unwrap().least_jaccard() > 0.85)
    );
    // Whichever of the two is recommended, an index speaks against it.
    let told = &panel.recommendation;
    let other = |reason: &PanelReason| match reason {
        PanelReason::Prefers { k, .. } => *k == 5 - told.k,
        _ => false,
    };
    assert!(told.k == 2 || told.k == 3, "{told:?}");
    assert!(told.against.iter().any(other), "{told:?}");
}

#[test]
fn the_prediction_strength_of_iris_against_fpc() {
    // R's fpc 2.2-10 for k = 2 to 5, k-means from one start of random rows. The error of theirs
    // is that of 50 splits, as ours.
    let (data, splits) = (iris(), 50);
    for (k, expected) in [(2, 0.977), (3, 0.687), (4, 0.531), (5, 0.499)] {
        let one = |split: usize| {
            let halves = halves(&[1.0; 150], 0, split);
            let found = [0, 1].map(|at: usize| {
                let mut draw = Stream::new(k as u64, 1, (2 * split + at) as u64);
                let mut start: Vec<Vec<f64>> = Vec::new();
                while start.len() < k {
                    let row = draw.index(150);
                    let centre = data.view().row(row).to_vec();
                    if halves[at][row] > 0.0 && !start.contains(&centre) {
                        start.push(centre);
                    }
                }
                let half = data.clone().with_weights(&halves[at]).unwrap();
                let params = KMeansParams::new(k).start(KMeansStart::Centres(start));
                params.fit(&half).unwrap().assign(&data).unwrap()
            });
            let strength = |own: usize| predicted(&halves[own], &found[own], &found[1 - own]);
            f64::midpoint(strength(0), strength(1))
        };
        let all: Vec<f64> = (0..splits).map(one).collect();
        let mean = all.iter().sum::<f64>() / splits as f64;
        let squares: f64 = all.iter().map(|one| (one - mean).powi(2)).sum();
        let error = squares.sqrt() / splits as f64;
        near(mean, expected, 3.0 * error * 2f64.sqrt());
    }
    // With several starts three groups are foretold better than by one.
    let params = PanelParams::new(1..=3).resamples(0).references(0);
    let panel = params.evaluate(&data).unwrap();
    let strength = |k| panel.row(k).unwrap().strength.unwrap();
    assert_eq!(strength(1).mean, 1.0);
    near(
        strength(2).mean,
        0.977,
        3.0 * strength(2).error * 2f64.sqrt(),
    );
    assert!(strength(3).mean > 0.687);
}

#[test]
fn the_gap_of_ruspini_against_cluster() {
    let params = PanelParams::new(1..=6)
        .resamples(0)
        .splits(0)
        .references(200);
    let panel = params.evaluate(&ruspini()).unwrap();
    // R 4.2.2, cluster 2.1.4, clusGap with d.power = 2 and B = 500: an error of about 0.004.
    let logs = [
        11.71330739147,
        10.70703314881,
        10.14767756,
        8.77036543348,
        8.52978555,
    ];
    let gaps = [-0.0993, 0.2180, 0.3594, 1.3575, 1.3203];
    for (row, (log, gap)) in panel.rows.iter().zip(logs.into_iter().zip(gaps)) {
        let found = row.gap.unwrap();
        near(found.log_within, log, 1e-8);
        near(
            found.value,
            gap,
            3.0 * (found.error / 200f64.sqrt()).hypot(0.004),
        );
        near(found.error, 0.075, 0.03);
    }
    assert_eq!(panel.preferred(PanelIndex::Gap), Some(4));
    assert_eq!(panel.preferred(PanelIndex::GapFirstMaximum), Some(4));
    assert_eq!(panel.preferred(PanelIndex::Silhouette), Some(4));
    assert_eq!(panel.recommendation.k, 4);
    // scikit-learn and R.
    let four = panel.row(4).unwrap();
    near(four.within, 12881.0512361, 1e-6);
    near(four.silhouette.unwrap().value, 0.737656990881, 1e-11);
    near(four.calinski_harabasz.unwrap(), 425.327343094, 1e-8);
}

#[test]
fn a_few_rows_far_off_please_the_silhouette_and_are_told() {
    let mut rows = clouds(400, 2, 2, 3);
    for row in 0..10 {
        rows[(row, 0)] += 500.0;
    }
    let quick = PanelParams::new(2..=3).resamples(0).splits(0).references(0);
    let panel = quick.evaluate(&features(rows.view())).unwrap();
    let two = panel.row(2).unwrap();
    let share = 10.0 / 400.0;
    near(two.sizes[0], share, 1e-12);
    assert_eq!(panel.preferred(PanelIndex::Silhouette), Some(2));
    for expected in [
        PanelWarning::SmallCluster { k: 2, share },
        PanelWarning::SilhouetteOfUnequal { k: 2, share },
    ] {
        assert!(two.warnings.contains(&expected), "{:?}", two.warnings);
    }
    let skewed = |warning: &PanelWarning| matches!(warning, PanelWarning::Skewed { .. });
    assert_eq!(panel.warnings.iter().filter(|w| skewed(w)).count(), 1);
}

#[test]
fn a_silhouette_that_splits_off_outliers_is_told() {
    let Some(spend) = wholesale() else { return };
    let quick = PanelParams::new(2..=3)
        .resamples(20)
        .splits(0)
        .references(0);
    let raw = quick.evaluate(&features(spend.view())).unwrap();
    // scikit-learn, raw, best of 300: the silhouette likes it, and 65 of 440 are apart.
    let two = raw.row(2).unwrap();
    near(two.silhouette.unwrap().value, 0.5115, 5e-5);
    near(two.sizes[0] * 440.0, 65.0, 1e-9);
    assert_eq!(
        raw.warnings.len(),
        6,
        "every column is skewed: {:?}",
        raw.warnings
    );
    let unequal = |panel: &Panel| {
        let warnings = panel.rows.iter().flat_map(|row| &row.warnings);
        warnings
            .filter(|w| matches!(w, PanelWarning::SilhouetteOfUnequal { .. }))
            .count()
    };
    assert_eq!(unequal(&raw), 1);
    let logs = quick.evaluate(&wholesale_in_logs().unwrap()).unwrap();
    near(
        logs.row(2).unwrap().silhouette.unwrap().value,
        0.29003883,
        5e-9,
    );
    assert!(logs.warnings.is_empty(), "{:?}", logs.warnings);
    assert_eq!((unequal(&logs), logs.recommendation.k), (0, 2));
}

#[test]
fn one_cloud_is_one_group() {
    let data = features(clouds(200, 1, 2, 3).view());
    let panel = PanelParams::new(1..=4)
        .resamples(10)
        .evaluate(&data)
        .unwrap();
    assert_eq!(panel.preferred(PanelIndex::Gap), Some(1));
    assert_eq!(panel.preferred(PanelIndex::PredictionStrength), Some(1));
    assert_eq!(panel.recommendation.k, 1);
    assert_eq!(panel.recommendation.reasons[0], PanelReason::NoGroups);
}

#[test]
fn knees_are_where_the_paper_has_them() {
    // Satopaa et al. (2011), figure 2: -1 / (x + .1) + 5 at ten places has its knee at x = .22,
    // the third. Turned over it falls.
    let curve: Vec<f64> = (0..10)
        .map(|at| 1.0 / (f64::from(at) / 9.0 + 0.1) - 5.0)
        .collect();
    assert_eq!(knee(&curve), Some(2));
    assert_eq!(knee(&[100.0, 20.0, 15.0, 12.0, 10.0]), Some(1));
    // A line has none, nor have two points, or a curve that does not fall.
    assert_eq!(knee(&[4.0, 3.0, 2.0, 1.0, 0.0]), None);
    assert_eq!(knee(&[4.0, 3.0]), None);
    assert_eq!(knee(&[1.0, 1.0, 1.0, 1.0]), None);
    assert_eq!(knee(&[]), None);
}

#[test]
fn rules_of_the_gap_by_hand() {
    let gaps = [
        gap(0.1, 0.0),
        gap(0.4, 0.05),
        gap(0.42, 0.05),
        gap(0.3, 0.05),
    ];
    // .4 >= .42 - .05
    assert_eq!(by_paper(&gaps), Some(1));
    // The first maximum is the third; the second is within its error.
    assert_eq!(by_first_maximum(&gaps), Some(1));
    let rises = [gap(0.1, 0.0), gap(0.2, 0.0), gap(0.3, 0.0)];
    assert_eq!((by_paper(&rises), by_first_maximum(&rises)), (None, None));
    // Of a gap that never falls the last is the maximum; here the second is within its error.
    assert_eq!(within_an_error(&rises, 2), 2);
    let nearly = [gap(0.1, 0.0), gap(0.28, 0.0), gap(0.3, 0.05)];
    assert_eq!(within_an_error(&nearly, 2), 1);
    // A gap that stands still has had its maximum, as in R's `maxSE`.
    let still = [gap(0.1, 0.0), gap(0.3, 0.0), gap(0.3, 0.0), gap(0.9, 0.0)];
    assert_eq!(by_first_maximum(&still), Some(1));
}

#[test]
fn predictions_by_hand() {
    // Four rows are a cluster of the half; the other half has three of them together: 3 of 6
    // pairs. The cluster of one row has no pairs.
    let own = [0, 0, 0, 0, 1];
    assert_eq!(predicted(&[1.0; 5], &own, &[2, 2, 2, 0, 0]), 0.5);
    assert_eq!(predicted(&[1.0; 5], &own, &[2; 5]), 1.0);
    // Rows of no weight have no say, and a pair weighs the product of its rows.
    assert_eq!(
        predicted(&[1.0, 1.0, 1.0, 0.0, 1.0], &own, &[2, 2, 2, 0, 0]),
        1.0
    );
    assert_eq!(
        predicted(&[2.0, 1.0, 1.0, 0.0, 1.0], &own, &[2, 2, 0, 0, 0]),
        2.0 / 5.0
    );
    // A row that the other half puts nowhere is together with none.
    assert_eq!(predicted(&[1.0; 3], &[0; 3], &[0, 0, NOWHERE]), 1.0 / 3.0);
}

#[test]
fn a_panel_of_mixtures_has_their_criteria() {
    let params = PanelParams::new(1..=3).mixtures(Covariance::Full);
    let panel = params
        .resamples(0)
        .splits(0)
        .restarts(6)
        .evaluate(&iris())
        .unwrap();
    // scikit-learn; ours add 1e-6 to each variance. The third is R's optimum.
    for (row, bic) in panel.rows.iter().zip([829.978155, 574.017833, 580.838907]) {
        near(row.bic.unwrap(), bic, 0.01);
        assert!(row.icl.unwrap() >= row.bic.unwrap() && row.aic.is_some());
        assert!(row.gap.is_none());
    }
    assert_eq!(panel.preferred(PanelIndex::Bic), Some(2));
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let data = features(clouds(150, 3, 2, 5).view());
    let weights: Vec<f64> = (0..150).map(|row| f64::from(row % 4) / 2.0).collect();
    let data = data.with_weights(&weights).unwrap();
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let params = PanelParams::new(1..=4).resamples(6).splits(4).references(5);
        pool.build()
            .unwrap()
            .install(|| params.evaluate(&data).unwrap())
    };
    let one = on(1);
    for threads in [2, 3, 8] {
        assert_eq!(on(threads), one);
    }
}

#[test]
fn rows_of_no_weight_change_nothing() {
    let data = clouds(90, 3, 2, 6);
    let params = PanelParams::new(1..=4).resamples(6).splits(4).references(5);
    let mut more = data.clone();
    more.push_row(ndarray::aview1(&[1e6, -1e6])).unwrap();
    let mut weights = vec![1.0; 91];
    weights[90] = 0.0;
    let more = features(more.view()).with_weights(&weights).unwrap();
    let weighted = features(data.view()).with_weights(&weights[..90]).unwrap();
    assert_eq!(
        params.evaluate(&more).unwrap(),
        params.evaluate(&weighted).unwrap()
    );
}

#[test]
fn what_cannot_be_compared_is_said() {
    let data = features(ndarray::array![[1.0], [2.0], [2.0], [3.0]].view());
    let told = |params: PanelParams, data: &Features| params.evaluate(data).unwrap_err();
    let zero = told(PanelParams::new(0..=3), &data);
    assert!(zero.to_string().starts_with("range is 0..=3"), "{zero}");
    #[expect(clippy::reversed_empty_ranges, reason = "what is to be refused")]
    let empty = told(PanelParams::new(3..=2), &data);
    assert_eq!(empty.kind(), ErrorKind::InvalidParameter);
    let many = told(PanelParams::new(2..=4), &data);
    assert!(
        many.to_string()
            .starts_with("needs at least 4 different rows"),
        "{many}"
    );
    for single in [
        PanelParams::new(1..=2).resamples(1),
        PanelParams::new(1..=2).splits(1),
        PanelParams::new(1..=2).references(1),
    ] {
        assert_eq!(told(single, &data).kind(), ErrorKind::InvalidParameter);
    }
    let restarts = told(PanelParams::new(1..=2).restarts(0), &data);
    assert!(
        restarts.to_string().starts_with("restarts is 0"),
        "{restarts}"
    );
    // Each row a cluster: indices that do not exist are left out.
    let whole = PanelParams::new(3..=3).evaluate(&data).unwrap();
    assert_eq!(
        (whole.rows[0].within, whole.rows[0].calinski_harabasz),
        (0.0, None)
    );
}
