use super::*;
use crate::churn::{
    PairedDifference, PairedScores, ProbabilityEvaluation, RankEvaluation, RankMeasure,
    RetentionEconomics,
};

fn same(found: &PairedDifference, first: f64, second: f64, difference: f64, se: f64) {
    near(found.first, first, 1e-14);
    near(found.second, second, 1e-14);
    near(found.difference.value, difference, 1e-14);
    near(found.difference.se, se, 1e-14);
}

#[test]
fn differences_are_those_of_r_and_numpy() {
    let made = made();
    let pair = PairedScores::new(&made.p, &made.q, &made.left);
    // R 4.2.2, pROC 1.18.0: roc.test(r, s, method = "delong")
    let auc = pair.auc().unwrap();
    same(
        &auc,
        0.6411111111111111,
        0.6794444444444444,
        -0.03833333333333322,
        0.10712574819307415,
    );
    near(auc.z.unwrap(), -0.3578349181211277, 1e-13);
    near(auc.p_value.unwrap(), 0.7204668575991846, 1e-13);
    near(auc.difference.lo, -0.2482959416086652, 1e-13);
    near(auc.difference.hi, 0.1716292749419988, 1e-13);
    // NumPy 2.4.6, from the matrix of all pairs and by rows.
    let clustered = pair.clusters(&made.clusters);
    near(
        clustered.auc().unwrap().difference.se,
        0.12512391994857144,
        1e-14,
    );
    let brier = pair.brier().unwrap();
    same(
        &brier,
        0.25656,
        0.2400520355065809,
        0.01650796449341902,
        0.048825300658695676,
    );
    near(
        clustered.brier().unwrap().difference.se,
        0.056736492861113506,
        1e-14,
    );
    let loss = pair.log_loss().unwrap();
    same(
        &loss,
        0.7543064233642625,
        0.6814754394625954,
        0.072830983901667,
        0.12947216386247032,
    );
    near(
        clustered.log_loss().unwrap().difference.se,
        0.14408189872381855,
        1e-14,
    );
    let weighted = pair.weights(&made.weights);
    let clustered = weighted.clusters(&made.clusters);
    let auc = weighted.auc().unwrap();
    same(
        &auc,
        0.6176016702977488,
        0.6772875816993463,
        -0.05968591140159751,
        0.11365891590641516,
    );
    near(
        clustered.auc().unwrap().difference.se,
        0.12686209682286154,
        1e-14,
    );
    let brier = weighted.brier().unwrap();
    same(
        &brier,
        0.26764952380952384,
        0.2419694783331147,
        0.025680045476409098,
        0.052281420427485376,
    );
    near(
        clustered.brier().unwrap().difference.se,
        0.05807434817507262,
        1e-14,
    );
    let loss = weighted.log_loss().unwrap();
    same(
        &loss,
        0.7871926792847916,
        0.6861650162426205,
        0.10102766304217121,
        0.14096347851414834,
    );
    near(
        clustered.log_loss().unwrap().difference.se,
        0.15079962420034296,
        1e-14,
    );
}

#[test]
fn the_bootstrap_is_near_the_formula_and_repeats() {
    let made = made();
    let pair = PairedScores::new(&made.p, &made.q, &made.left);
    let found = pair.bootstrap(&RankMeasure::Auc, 4_000, 7).unwrap();
    let formula = pair.auc().unwrap();
    assert_eq!((found.first, found.second), (formula.first, formula.second));
    assert!((found.difference.se / formula.difference.se - 1.0).abs() < 0.05);
    assert!((found.difference.lo - formula.difference.lo).abs() < 0.03);
    let clustered = pair.clusters(&made.clusters);
    let found = clustered.bootstrap(&RankMeasure::Auc, 4_000, 7).unwrap();
    let formula = clustered.auc().unwrap();
    assert!((found.difference.se / formula.difference.se - 1.0).abs() < 0.07);
    for measure in [
        RankMeasure::AveragePrecision,
        RankMeasure::KolmogorovSmirnov,
        RankMeasure::LiftAt(0.1),
        RankMeasure::CapturedAt(0.3),
        RankMeasure::ExpectedMaximumProfit(RetentionEconomics::new()),
        RankMeasure::MaximumProfit(RetentionEconomics::new()),
    ] {
        let weighted = clustered.weights(&made.weights);
        let once = weighted.bootstrap(&measure, 50, 3).unwrap();
        assert_eq!(once, weighted.bootstrap(&measure, 50, 3).unwrap());
        assert_ne!(once, weighted.bootstrap(&measure, 50, 4).unwrap());
        let plain = RankEvaluation::weighted(&made.p, &made.left, &made.weights).unwrap();
        near(once.first, plain.measure(&measure).unwrap(), 1e-14);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(3)
            .build()
            .unwrap();
        let elsewhere = pool.install(|| weighted.bootstrap(&measure, 50, 3).unwrap());
        assert_eq!(once, elsewhere);
    }
}

#[test]
fn a_model_does_not_differ_from_itself() {
    let made = made();
    let pair = PairedScores::new(&made.p, &made.p, &made.left);
    let drawn = pair.bootstrap(&RankMeasure::LiftAt(0.2), 20, 1).unwrap();
    for found in [
        pair.auc().unwrap(),
        pair.brier().unwrap(),
        pair.log_loss().unwrap(),
        drawn,
    ] {
        assert_eq!((found.difference.value, found.difference.se), (0.0, 0.0));
        assert_eq!((found.z, found.p_value), (None, None));
    }
}

#[test]
fn clusters_of_one_row_are_none_and_copies_add_nothing() {
    let made = made();
    let own: Vec<u32> = (0..60).map(|row| 1_000_000 - row).collect();
    let pair = PairedScores::new(&made.p, &made.q, &made.left);
    let apart = pair.clusters(&own);
    near(
        apart.auc().unwrap().difference.se,
        pair.auc().unwrap().difference.se,
        1e-15,
    );
    near(
        apart.brier().unwrap().difference.se,
        pair.brier().unwrap().difference.se,
        1e-15,
    );
    // Every row twice, as one cluster, tells as much as once.
    let twice = |column: &[f64]| [column, column].concat();
    let (p, q, left) = (
        twice(&made.p),
        twice(&made.q),
        [made.left.as_slice(), &made.left].concat(),
    );
    let clusters = [own.as_slice(), &own].concat();
    let copies = PairedScores::new(&p, &q, &left).clusters(&clusters);
    near(
        copies.auc().unwrap().difference.se,
        pair.auc().unwrap().difference.se,
        1e-15,
    );
    near(
        copies.log_loss().unwrap().difference.se,
        pair.log_loss().unwrap().difference.se,
        1e-15,
    );
}

#[test]
fn what_cannot_be_compared_is_told() {
    let left = [true, false, true, false];
    let p = [0.9, 0.2, 0.7, 0.4];
    let pair = PairedScores::new(&p, &p, &left);
    let text = |found: crate::Result<PairedDifference>| found.unwrap_err().to_string();
    assert!(text(PairedScores::new(&p, &p[1..], &left).auc()).contains("column second"));
    assert!(text(PairedScores::new(&p, &p, &left[1..]).brier()).contains("column left"));
    assert!(text(pair.clusters(&[1]).auc()).contains("column clusters"));
    assert!(text(pair.weights(&[1.0, -1.0, 1.0, 1.0]).auc()).contains("weights, row 1"));
    assert!(
        text(PairedScores::new(&p, &[0.1, f64::NAN, 0.2, 0.3], &left).auc())
            .contains("second, row 1")
    );
    assert!(
        text(PairedScores::new(&[2.0, 0.1, 0.2, 0.3], &p, &left).brier()).contains("first, row 0")
    );
    let sure = [0.9, 1.0, 0.7, 0.4];
    assert!(text(PairedScores::new(&p, &sure, &left).log_loss()).contains("second, row 1"));
    assert!(
        PairedScores::new(&p, &sure, &left)
            .weights(&[1.0, 0.0, 1.0, 2.0])
            .log_loss()
            .is_ok()
    );
    assert!(
        text(pair.weights(&[1.0, 0.0, 1.0, 2.0]).auc()).contains("2 customers who stayed, found 1")
    );
    assert!(text(pair.clusters(&[1, 1, 1, 2]).auc()).contains("somebody who left, found 1"));
    assert!(text(pair.clusters(&[5; 4]).brier()).contains("2 clusters of rows, found 1"));
    assert!(text(PairedScores::new(&p, &p, &[true; 4]).auc()).contains("all customers left"));
    assert!(text(pair.bootstrap(&RankMeasure::Auc, 1, 1)).starts_with("draws"));
    assert!(text(pair.level(0.0).bootstrap(&RankMeasure::Auc, 9, 1)).starts_with("level"));
    assert!(text(pair.level(1.0).auc()).starts_with("level"));
    assert!(text(pair.bootstrap(&RankMeasure::LiftAt(2.0), 9, 1)).starts_with("share"));
    assert!(!format!("{pair:?}").contains("0.7"));
}

#[test]
fn draws_that_cannot_differ_tell_nothing() {
    let (new, old) = ([0.9, 0.8, 0.3, 0.1], [0.2, 0.8, 0.3, 0.4]);
    let left = [true, false, true, false];
    let pair = PairedScores::new(&new, &old, &left);
    let text = |pair: &PairedScores<'_>| {
        let found = pair.bootstrap(&RankMeasure::Auc, 9, 1);
        found.unwrap_err().to_string()
    };
    assert!(text(&pair.clusters(&[7; 4])).contains("2 clusters of rows, found 1"));
    // One cluster of those who left and one of those who stayed, or one customer each.
    assert!(text(&pair.clusters(&[7, 8, 7, 8])).contains("there is but one draw"));
    let two = PairedScores::new(&new[..2], &old[..2], &left[..2]);
    assert!(text(&two).contains("there is but one draw"));
    // These differ: a cluster with both kinds may come alone.
    let apart = pair.clusters(&[7, 7, 8, 8]);
    let found = apart.bootstrap(&RankMeasure::Auc, 99, 1).unwrap();
    assert!(found.difference.se > 0.0);
}

#[test]
fn small_draws_have_one_customer_above_the_border() {
    // Two clusters, of two and of eight rows: twice the small one are four rows.
    let new: Vec<f64> = (0..10).map(f64::from).collect();
    let old: Vec<f64> = new.iter().map(|score| (score * 7.0 + 1.0) % 10.0).collect();
    let left: Vec<bool> = (0..10).map(|row| row % 2 == 1).collect();
    let clusters = [1, 1, 2, 2, 2, 2, 2, 2, 2, 2];
    let pair = PairedScores::new(&new, &old, &left).clusters(&clusters);
    for measure in [RankMeasure::LiftAt(0.1), RankMeasure::CapturedAt(0.1)] {
        let found = pair.bootstrap(&measure, 50, 1).unwrap();
        assert!(found.difference.se > 0.0, "{found:?}");
    }
    // A share of less than one of all customers stays an error.
    let less = pair.bootstrap(&RankMeasure::LiftAt(0.09), 50, 1);
    assert!(less.unwrap_err().to_string().starts_with("share"));
}

proptest! {
    /// Any input gives an answer or an error, and no answer holds a NaN.
    #[test]
    fn nothing_panics(
        rows in prop::collection::vec((any::<f64>(), 0.0f64..=1.0, any::<bool>(), 0u32..4), 0..12),
        weights in prop::collection::vec(
            prop_oneof![0.0f64..3.0, Just(0.0), Just(1e100), Just(1e-100)],
            12,
        ),
        (share, parts) in (any::<f64>(), 0usize..14),
        money in prop::array::uniform3(prop_oneof![0.0f64..500.0, any::<f64>()]),
        shapes in prop::array::uniform2(prop_oneof![0.001f64..30.0, any::<f64>()]),
    ) {
        let scores: Vec<f64> = rows.iter().map(|row| row.0).collect();
        let p: Vec<f64> = rows.iter().map(|row| (row.1 * 8.0).round() / 8.0).collect();
        let left: Vec<bool> = rows.iter().map(|row| row.2).collect();
        let clusters: Vec<u32> = rows.iter().map(|row| row.3).collect();
        let weights = &weights[..rows.len()];
        let economics = RetentionEconomics::new()
            .lifetime_value(money[0])
            .incentive(money[1])
            .contact(money[2])
            .acceptance(shapes[0], shapes[1]);
        let measures = [
            RankMeasure::Auc,
            RankMeasure::AveragePrecision,
            RankMeasure::KolmogorovSmirnov,
            RankMeasure::LiftAt(share),
            RankMeasure::LiftAt(0.5),
            RankMeasure::CapturedAt(share),
            RankMeasure::ExpectedMaximumProfit(economics),
            RankMeasure::MaximumProfit(economics),
        ];
        for scores in [&scores, &p] {
            for ranks in [
                RankEvaluation::new(scores, &left),
                RankEvaluation::weighted(scores, &left, weights),
            ] {
                let Ok(ranks) = ranks else { continue };
                for measure in &measures {
                    prop_assert!(!ranks.measure(measure).is_ok_and(f64::is_nan), "{measure:?}");
                }
                if let Ok(auc) = ranks.auc(0.95) {
                    prop_assert!((0.0..=1.0).contains(&auc.value) && auc.lo <= auc.hi);
                }
                for row in ranks.gains(parts).unwrap_or_default() {
                    prop_assert!(row.rate >= 0.0 && row.captured <= 1.0 + 1e-9, "{row:?}");
                }
                for point in ranks.profit_curve(&economics, parts).unwrap_or_default() {
                    prop_assert!(!point.per_customer.is_nan());
                }
            }
            let pair = PairedScores::new(scores, &p, &left);
            for pair in [pair, pair.weights(weights), pair.clusters(&clusters)] {
                let drawn = pair.bootstrap(&measures[3], 3, 1);
                for found in [pair.auc(), pair.brier(), pair.log_loss(), drawn] {
                    prop_assert!(!found.is_ok_and(|found| found.first.is_nan()));
                }
            }
        }
        for judged in [
            ProbabilityEvaluation::new(&p, &left),
            ProbabilityEvaluation::weighted(&p, &left, weights),
        ] {
            let Ok(judged) = judged else { continue };
            let (brier, loss) = (judged.brier(), judged.log_loss());
            prop_assert!(brier.value >= 0.0 && loss.value >= 0.0);
            prop_assert!((0.0..=0.25).contains(&brier.uncertainty), "{brier:?}");
            prop_assert!((0.0..=0.7).contains(&loss.uncertainty), "{loss:?}");
            for resolution in [brier.resolution, loss.resolution] {
                prop_assert!((-1e-14..=0.7).contains(&resolution), "{brier:?} {loss:?}");
            }
            for skill in [brier.skill(), loss.skill()].into_iter().flatten() {
                prop_assert!(skill <= 1.0, "{brier:?} {loss:?}");
            }
            if let Ok(slope) = judged.calibration_slope(0.95) {
                prop_assert!(slope.slope.value.is_finite() && slope.in_the_large.se >= 0.0);
            }
            for bin in judged.calibration_curve(parts, 0.95).unwrap_or_default() {
                prop_assert!((0.0..=1.0).contains(&bin.rate.value) && bin.lowest <= bin.highest);
            }
            let error = judged.expected_calibration_error(parts.max(1)).unwrap();
            prop_assert!((0.0..=1.0).contains(&error));
        }
    }
}
