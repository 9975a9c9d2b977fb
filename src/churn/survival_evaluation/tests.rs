use proptest::prelude::*;

use super::*;
use crate::{
    churn::{Durations, golden},
    data::Categories,
};

const EXIT: [f64; 12] = [1., 2., 2., 2., 3., 3., 4., 5., 5., 6., 7., 7.];
const CAUSE: [u16; 12] = [1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0];
const RISK: [f64; 12] = [9., 4., 4., 6., 6., 2., 5., 5., 1., 3., 2., 2.];
const WEIGHT: [f64; 12] = [1., 2., 1., 3., 1., 2., 1., 0.5, 1., 2., 1., 1.];
const ENTRY: [f64; 12] = [0., 0., 1., 0., 2., 0., 1., 3., 0., 4., 2., 6.];

fn durations() -> Durations {
    Durations::new(&EXIT, &CAUSE).unwrap()
}

fn near(found: f64, want: f64, tolerance: f64) {
    assert!(
        (found - want).abs() <= tolerance * want.abs().max(1.0),
        "{found}, not {want}"
    );
}

/// Counts to 1e-12, share and standard error to 1e-13.
fn same(found: Concordance, counts: [f64; 5], value: f64, se: f64) {
    near(found.concordant, counts[0], 1e-12);
    near(found.discordant, counts[1], 1e-12);
    near(found.tied_risk, counts[2], 1e-12);
    near(found.tied_time, counts[3], 1e-12);
    near(found.tied_both, counts[4], 1e-12);
    near(found.value, value, 1e-13);
    near(found.estimate.unwrap().se, se, 1e-13);
}

// All of the following: R 4.2.2, survival 3.5.3, concordance(Surv(exit, cause) ~ risk,
// reverse = TRUE) with the further arguments named.
#[test]
fn harrell_is_that_of_r() {
    let params = ConcordanceParams::new();
    let plain = params.fit(&durations(), &RISK).unwrap();
    same(plain, [35., 11., 2., 1., 1.], 0.75, 0.0865273319053966);
    // weights
    let weighted = durations().with_weights(&WEIGHT).unwrap();
    let found = params.fit(&weighted, &RISK).unwrap();
    same(
        found,
        [52., 20.5, 1.5, 0.5, 2.],
        0.712837837837838,
        0.121584312285590,
    );
    // Surv(entry, exit, cause)
    let entered = durations().with_entries(&ENTRY).unwrap();
    let found = params.fit(&entered, &RISK).unwrap();
    same(
        found,
        [16., 6., 2., 1., 1.],
        0.708333333333333,
        0.112271501487672,
    );
    let both = entered.with_weights(&WEIGHT).unwrap();
    let found = params.fit(&both, &RISK).unwrap();
    same(found, [25.5, 15., 1.5, 0.5, 2.], 0.625, 0.175910229985653);
    // strata(1, 2, 1, 2, ...)
    let labels: Vec<&str> = ["a", "b"].into_iter().cycle().take(12).collect();
    let strata = Categories::new(&labels).unwrap();
    let found = params.fit_within(&durations(), &RISK, &strata).unwrap();
    same(
        found,
        [17., 5., 0., 0., 0.],
        0.7727272727272727,
        0.0911435743806313,
    );
}

#[test]
fn uno_is_that_of_r() {
    let params = ConcordanceParams::new().weight(ConcordanceWeight::Uno);
    // timewt = "n/G2"
    let found = params.fit(&durations(), &RISK).unwrap();
    let counts = [41.91796875, 13.16796875, 5.5986328125, 1.72265625, 1.];
    same(found, counts, 0.7368806424100031, 0.0772918604856009);
    // ymax = 4
    let found = params
        .clone()
        .horizon(4.0)
        .fit(&durations(), &RISK)
        .unwrap();
    same(
        found,
        [36.75, 8., 1.72265625, 0., 1.],
        0.809321677733883,
        0.106002694254807,
    );
    // weights
    let weighted = durations().with_weights(&WEIGHT).unwrap();
    let found = params.fit(&weighted, &RISK).unwrap();
    let counts = [
        71.9404677998328,
        28.3425150387648,
        13.3228294186104,
        1.4803143798456,
        2.,
    ];
    same(found, counts, 0.6918825801903541, 0.0996274839267648);
    // strata
    let labels: Vec<&str> = ["a", "b"].into_iter().cycle().take(12).collect();
    let strata = Categories::new(&labels).unwrap();
    let found = params.fit_within(&durations(), &RISK, &strata).unwrap();
    let counts = [20.555555555555557, 5., 0., 0., 0.];
    same(found, counts, 0.8043478260869565, 0.0866590003443746);
}

/// Week, arrest, 10 prio - age of the recidivism data of Rossi, Berk and Lenihan (1980).
pub(super) fn rossi() -> (Durations, Vec<f64>) {
    let (prio, age) = (
        golden::numbers(golden::ROSSI, "prio"),
        golden::numbers(golden::ROSSI, "age"),
    );
    let score = prio.iter().zip(&age).map(|(prio, age)| 10.0 * prio - age);
    let durations = golden::durations(golden::ROSSI, "week", "arrest");
    (durations, score.collect())
}

#[test]
fn rossi_is_that_of_r_and_uno_is_harrell() {
    // concordance(Surv(week, arrest) ~ I(10 * prio - age), reverse = TRUE)
    let (durations, score) = rossi();
    let counts = [25501., 16467., 614., 111., 0.];
    let found = ConcordanceParams::new().fit(&durations, &score).unwrap();
    same(found, counts, 0.6060776854069795, 0.0278610538299661);
    // Everyone censored is censored in the last week, so all weights are 1.
    let uno = ConcordanceParams::new().weight(ConcordanceWeight::Uno);
    assert_eq!(uno.fit(&durations, &score).unwrap(), found);
    // prio - .1 age has ties that rounding splits; a tolerance puts them together.
    let split: Vec<f64> = score
        .iter()
        .map(|score| score / 10.0 * 1.1 - score * 0.01)
        .collect();
    let near = ConcordanceParams::new()
        .tie_tolerance(1e-9)
        .count(&durations, &split)
        .unwrap();
    assert_eq!(
        (near.concordant, near.discordant, near.tied_risk),
        (25501., 16467., 614.)
    );
}

#[test]
fn bad_input_is_refused() {
    let params = ConcordanceParams::new();
    let one = Durations::new(&[1.0, 2.0], &[1, 1]).unwrap();
    let said = |result: crate::Result<Concordance>| result.unwrap_err().to_string();
    assert!(said(params.fit(&one, &[1.0, f64::NAN])).starts_with("column risk, row 1"));
    assert!(said(params.fit(&one, &[1.0])).contains("length 1"));
    assert!(said(params.clone().level(2.0).fit(&one, &[1.0, 2.0])).starts_with("level"));
    assert!(said(params.clone().horizon(f64::NAN).count(&one, &[1.0, 2.0])).starts_with("horizon"));
    let negative = params.clone().tie_tolerance(-1.0);
    assert!(said(negative.count(&one, &[1.0, 2.0])).starts_with("tie_tolerance"));
    let causes = Durations::new(&[1.0, 2.0], &[1, 2]).unwrap();
    assert!(said(params.fit(&causes, &[1.0, 2.0])).contains("of_cause"));
    let strata = Categories::new(&["a", ""]).unwrap();
    assert!(
        said(params.fit_within(&one, &[1.0, 2.0], &strata)).starts_with("column strata, row 1")
    );
    let nobody = Durations::new(&[1.0, 2.0], &[0, 0]).unwrap();
    assert!(said(params.fit(&nobody, &[1.0, 2.0])).contains("who left first"));
}

proptest! {
    #[test]
    fn counts_are_those_of_all_pairs(
        rows in prop::collection::vec((1u8..9, 0u16..2, 0u8..5, 0u8..8), 2..40),
    ) {
        let exit: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
        let entry: Vec<f64> = rows.iter().map(|row| f64::from(row.3.min(row.0 - 1))).collect();
        let cause: Vec<u16> = rows.iter().map(|row| row.1).collect();
        let risk: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        let mut want = [0.0; 5];
        for i in 0..rows.len() {
            for j in 0..rows.len() {
                let first = cause[i] == 1 && entry[j] < exit[i];
                let later = exit[j] > exit[i] || (exit[j] >= exit[i] && cause[j] == 0);
                if first && later {
                    want[match rows[i].2.cmp(&rows[j].2) {
                        std::cmp::Ordering::Greater => 0,
                        std::cmp::Ordering::Less => 1,
                        std::cmp::Ordering::Equal => 2,
                    }] += 1.0;
                }
                if i < j && rows[i].0 == rows[j].0 && cause[i] + cause[j] == 2 {
                    want[if rows[i].2 == rows[j].2 { 4 } else { 3 }] += 1.0;
                }
            }
        }
        let durations = Durations::new(&exit, &cause).unwrap().with_entries(&entry).unwrap();
        match ConcordanceParams::new().fit(&durations, &risk) {
            Err(_) => prop_assert!(want[0] + want[1] + want[2] < 0.5),
            Ok(found) => {
                let counts = [found.concordant, found.discordant, found.tied_risk,
                    found.tied_time, found.tied_both];
                prop_assert!(counts.iter().zip(want).all(|(found, want)| (found - want).abs() < 1e-9));
                let counted = ConcordanceParams::new().count(&durations, &risk).unwrap();
                prop_assert_eq!(counted, Concordance { estimate: None, ..found });
            }
        }
    }
}

/// With weights of 1 pairs are summed one by one along a tree, by other code than without.
fn agrees_with_weights_of_one(
    exit: &[f64],
    cause: &[u16],
    risk: &[f64],
    params: &ConcordanceParams,
) {
    let counted = Durations::new(exit, cause).unwrap();
    let summed = counted
        .clone()
        .with_weights(&vec![1.0; exit.len()])
        .unwrap();
    match (params.fit(&counted, risk), params.fit(&summed, risk)) {
        (Err(one), Err(other)) => assert_eq!(one, other),
        (one, other) => {
            let (one, other) = (one.unwrap(), other.unwrap());
            let counts = |of: &Concordance| {
                let right = (of.concordant, of.discordant, of.tied_risk);
                (right, of.tied_time, of.tied_both, of.value)
            };
            assert_eq!(counts(&one), counts(&other));
            near(one.estimate.unwrap().se, other.estimate.unwrap().se, 1e-11);
            let only = params.count(&counted, risk).unwrap();
            assert_eq!(
                only,
                Concordance {
                    estimate: None,
                    ..one
                }
            );
        }
    }
}

proptest! {
    #[test]
    fn counts_are_sums_with_weights_of_one(
        rows in prop::collection::vec((0u16..300, 0u16..2, 0u16..300), 2..300),
        grain in prop::sample::select(vec![1u16, 7, 60, 300]),
        coarse in prop::sample::select(vec![1u16, 7, 60, 300]),
        horizon in prop::option::of(0.0..300.0f64),
        tolerance in prop::sample::select(vec![0.0, 1.0, 20.0]),
    ) {
        let exit: Vec<f64> = rows.iter().map(|row| f64::from(row.0 / grain * grain)).collect();
        let cause: Vec<u16> = rows.iter().map(|row| row.1).collect();
        let risk: Vec<f64> = rows.iter().map(|row| 150.0 - f64::from(row.2 / coarse * coarse)).collect();
        let params = ConcordanceParams::new().tie_tolerance(tolerance);
        let params = match horizon {
            Some(horizon) => params.horizon(horizon),
            None => params,
        };
        agrees_with_weights_of_one(&exit, &cause, &risk, &params);
    }
}

#[test]
fn many_rows_are_counted_as_they_are_summed() {
    let mut draw = crate::numeric::rng::Stream::new(5, 0, 0);
    let rows = 40_000;
    let exit: Vec<f64> = (0..rows).map(|_| draw.exponential()).collect();
    let cause: Vec<u16> = (0..rows).map(|_| u16::from(draw.uniform() < 0.3)).collect();
    let risk: Vec<f64> = exit.iter().map(|exit| draw.normal() - exit).collect();
    let days: Vec<f64> = exit.iter().map(|exit| (exit * 100.0).floor()).collect();
    let levels: Vec<f64> = risk.iter().map(|risk| risk.floor()).collect();
    let params = ConcordanceParams::new();
    agrees_with_weights_of_one(&exit, &cause, &risk, &params);
    agrees_with_weights_of_one(&days, &cause, &risk, &params);
    agrees_with_weights_of_one(&exit, &cause, &levels, &params);
    agrees_with_weights_of_one(&days, &cause, &levels, &params);
    // All of one time, all of one risk, nobody censored.
    agrees_with_weights_of_one(&vec![3.0; rows], &cause, &risk, &params);
    agrees_with_weights_of_one(&days, &cause, &vec![-0.5; rows], &params);
    agrees_with_weights_of_one(&exit, &vec![1; rows], &risk, &params);
}

#[test]
fn a_perfect_order_has_no_error() {
    let exit: Vec<f64> = (1..=500).map(f64::from).collect();
    let risk: Vec<f64> = exit.iter().map(|exit| -exit).collect();
    let durations = Durations::new(&exit, &[1; 500]).unwrap();
    let found = ConcordanceParams::new().fit(&durations, &risk).unwrap();
    let estimate = found.estimate.unwrap();
    assert_eq!(
        (found.concordant, found.value, estimate.se),
        (124_750.0, 1.0, 0.0)
    );
}

/// Time, Brier score, its standard error, AUC: the definitions with G from R 4.2.2, survival 3.5.3,
/// survfit(Surv(exit + ifelse(cause == 0, 1e-6, 0), 1 - cause) ~ 1) just before each time, for
/// survival exp(-risk time / 40).
const AT: [[f64; 4]; 4] = [
    [
        2.0,
        0.169030576358086,
        0.0714697900429162,
        0.703703703703704,
    ],
    [4.5, 0.177910698893145, 0.046497245252429, 0.902298850574713],
    [
        5.0,
        0.260268022573168,
        0.0783639771827126,
        0.837209302325581,
    ],
    [
        7.0,
        0.267017878021611,
        0.0924819940023977,
        0.771028037383177,
    ],
];

#[test]
fn scores_at_times_are_those_of_the_definition() {
    let weights = CensoringWeights::new(&durations()).unwrap();
    let times = AT.map(|at| at[0]);
    let survival = |row: usize, at: usize| (-RISK[row] * times[at] / 40.0).exp();
    let survival = ndarray::Array2::from_shape_fn((12, 4), |(row, at)| survival(row, at));
    let brier = weights
        .brier(&durations(), &times, survival.view(), 0.95)
        .unwrap();
    let auc = weights.auc(&durations(), &times, &RISK, 0.95).unwrap();
    let chances = weights
        .auc_of_survival(&durations(), &times, survival.view(), 0.95)
        .unwrap();
    assert_eq!(auc, chances);
    let mut area = 0.0;
    for at in 0..4 {
        near(brier.scores[at].value, AT[at][1], 1e-13);
        near(brier.scores[at].se, AT[at][2], 1e-13);
        near(auc[at].auc.value, AT[at][3], 1e-13);
        if at > 0 {
            area += (AT[at][0] - AT[at - 1][0]) * (AT[at][1] + AT[at - 1][1]) / 2.0;
        }
    }
    near(brier.integrated.unwrap().value, area / 5.0, 1e-13);
}

#[test]
fn rows_count_as_often_as_their_weights_say() {
    let thrice = Durations::new(&[1., 2., 2., 2., 4.], &[1, 0, 0, 0, 1]).unwrap();
    let once = Durations::new(&[1., 2., 4.], &[1, 0, 1])
        .unwrap()
        .with_weights(&[1., 3., 1.])
        .unwrap();
    let score = |durations: &Durations, survival: &[f64]| {
        let survival = ndarray::ArrayView2::from_shape((survival.len(), 1), survival).unwrap();
        let weights = CensoringWeights::new(durations).unwrap();
        let brier = weights
            .brier(durations, &[1.5], survival, 0.95)
            .unwrap()
            .scores[0]
            .value;
        let auc = weights
            .auc_of_survival(durations, &[1.5], survival, 0.95)
            .unwrap()[0]
            .auc
            .value;
        (brier, auc)
    };
    let (brier, auc) = score(&thrice, &[0.5, 0.4, 0.4, 0.4, 0.9]);
    let weighted = score(&once, &[0.5, 0.4, 0.9]);
    near(weighted.0, brier, 1e-15);
    near(weighted.1, auc, 1e-15);
    near(auc, 0.25, 1e-15);
}

#[test]
fn times_that_cannot_be_judged_are_named() {
    let all = durations();
    let weights = CensoringWeights::new(&all).unwrap();
    let auc = |times: &[f64]| {
        weights
            .auc(&all, times, &RISK, 0.95)
            .unwrap_err()
            .to_string()
    };
    assert!(auc(&[7.5]).starts_with("time is 7.5"));
    assert!(auc(&[0.5]).contains("nobody in the test data has left by time 0.5"));
    assert!(auc(&[2.0, 2.0]).starts_with("time is 2"));
    assert!(auc(&[f64::NAN]).starts_with("time is NaN"));
    assert!(auc(&[]).contains("times"));
    let entered = all.clone().with_entries(&ENTRY).unwrap();
    let error = weights.auc(&entered, &[2.0], &RISK, 0.95).unwrap_err();
    assert!(error.to_string().starts_with("entries"));
    let mut survival = ndarray::Array2::from_elem((12, 1), 0.5);
    survival[[3, 0]] = 1.5;
    let error = weights
        .brier(&all, &[2.0], survival.view(), 0.95)
        .unwrap_err();
    assert!(error.to_string().starts_with("column survival, row 3"));
}

#[test]
fn rounding_of_weights_makes_neither_pairs_nor_chances() {
    // The watched times of the two groups do not meet.
    let durations = Durations::new(&[1.0, 3.0, 3.0, 3.0], &[1, 0, 0, 0]).unwrap();
    let durations = durations.with_entries(&[0.0, 2.0, 2.0, 2.0]).unwrap();
    let weighted = durations.with_weights(&[1.0, 0.1, 0.2, 0.3]).unwrap();
    let error = ConcordanceParams::new().fit(&weighted, &[5.0, 1.0, 1.0, 1.0]);
    assert!(error.unwrap_err().to_string().contains("of no pair"));
    let uno = ConcordanceParams::new().weight(ConcordanceWeight::Uno);
    let error = uno.fit(&weighted, &[5.0, 1.0, 1.0, 1.0]).unwrap_err();
    assert!(error.to_string().contains("entry"), "{error}");

    // The last to be watched is censored: nothing is known after that.
    let train = Durations::new(&[1.0, 2.0, 2.0], &[1, 1, 0]).unwrap();
    let train = train.with_weights(&[1.0, 0.1, 0.2]).unwrap();
    let test = Durations::new(&[3.0], &[0]).unwrap();
    let chances = ndarray::array![[0.5]];
    let weights = CensoringWeights::new(&train).unwrap();
    assert!(weights.brier(&test, &[2.5], chances.view(), 0.95).is_err());
}

#[test]
fn times_asked_for_are_placed_with_the_ties_of_the_durations() {
    // The second row is censored at three tenths, the third leaves after it.
    let all = Durations::new(&[0.1 + 0.2, 0.3, 0.5, 0.6], &[1, 0, 1, 0]).unwrap();
    let weights = CensoringWeights::new(&all).unwrap();
    let risk = [4.0, 3.0, 2.0, 1.0];
    let chances = ndarray::array![[0.5], [0.6], [0.7], [0.8]];
    let horizon = |time| {
        ConcordanceParams::new()
            .horizon(time)
            .fit(&all, &risk)
            .unwrap()
    };
    for time in [0.3, 0.1 + 0.2, 0.3 - 1e-9] {
        let found = weights.auc(&all, &[time], &risk, 0.95).unwrap()[0];
        assert_eq!((found.cases, found.controls), (1, 3));
        let brier = weights.brier(&all, &[time], chances.view(), 0.95).unwrap();
        near(
            brier.scores[0].value,
            (0.25 + 0.16 + 0.09 + 0.04) / 4.0,
            1e-15,
        );
        near(horizon(time).concordant, 3.0, 0.0);
    }
    // Censored at 0.3 with another rounding, in other data: G(0.3-) is still 1.
    let other = Durations::new(&[0.3, 0.4], &[0, 1]).unwrap();
    let test = Durations::new(&[0.1 + 0.2, 0.5], &[1, 0]).unwrap();
    let chances = ndarray::array![[0.5], [0.9]];
    let weights = CensoringWeights::new(&other).unwrap();
    let brier = weights
        .brier(&test, &[0.1 + 0.2], chances.view(), 0.95)
        .unwrap();
    near(brier.scores[0].value, 0.13, 1e-15);
}

#[test]
fn the_mean_of_auc_is_that_of_a_case_drawn_by_time() {
    let all = durations();
    let weights = CensoringWeights::new(&all).unwrap();
    let times = AT.map(|at| at[0]);
    let found = weights.auc(&all, &times, &RISK, 0.95).unwrap();
    // The curve by hand: of 12 leave 1, of 11 leave 2, of 8 leave 1, of 6 leave 1, of 5 leave 2, of
    // 2 leaves 1.
    let stay = [
        (11.0 / 12.0) * (9.0 / 11.0),
        (7.0 / 8.0) * (5.0 / 6.0),
        3.0 / 5.0,
        1.0 / 2.0,
    ];
    let (mut there, mut sum) = (1.0, 0.0);
    for (stay, at) in stay.iter().zip(&AT) {
        sum += at[3] * there * (1.0 - stay);
        there *= stay;
    }
    near(
        AucAt::mean(&found, &all).unwrap(),
        sum / (1.0 - there),
        1e-13,
    );
    near(AucAt::mean(&found[2..3], &all).unwrap(), AT[2][3], 1e-13);
    let backwards: Vec<AucAt> = found.iter().rev().copied().collect();
    assert!(AucAt::mean(&backwards, &all).is_err());
    assert!(AucAt::mean(&[], &all).is_err());
    let nobody = Durations::new(&[9.0], &[1]).unwrap();
    let error = AucAt::mean(&found, &nobody).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("nobody in the test data has left")
    );
}

/// Figures of the tests of scikit-survival 0.28: times, who left, risks; the share to six digits,
/// pairs in the right and in the wrong order, and of equal risk. (That program counts as tied in
/// time also who is censored when another leaves.)
#[test]
fn small_cases_are_those_of_published_tests() {
    type Case<'a> = (&'a [f64], &'a [u16], &'a [f64], f64, [f64; 3]);
    let apart = [1., 5., 6., 11., 34., 45., 46., 50.];
    let tied = [1., 5., 6., 11., 11., 34., 45., 45., 50.];
    let risk = [5., 8., 11., 19., 34., 12., 3., 9., 12.];
    let late = [34., 11., 11., 5., 1., 89., 13., 45., 7., 13., 9., 13.];
    let risk_late = [1., 19., 13., 13., 15., 14., 19., 23., 11., 10., 11., 1.];
    let falling = [7., 6., 5., 4., 3., 2., 1., 0.];
    let rising = [0., 1., 2., 3., 4., 5., 6., 7.];
    let alike = [5., 15., 11., 34., 12., 3., 9., 12.];
    let nearly = [5., 15., 11., 34., 12. + 4.5e-9, 3., 9., 12. - 4.5e-9];
    let cases: [Case; 9] = [
        (&apart, &[1; 8], &falling, 1.0, [28., 0., 0.]),
        (&apart, &[1; 8], &rising, 0.0, [0., 28., 0.]),
        (
            &apart,
            &[0, 1, 1, 0, 0, 1, 0, 0],
            &[5., 8., 11., 34., 12., 3., 9., 12.],
            0.2307692,
            [3., 10., 0.],
        ),
        (
            &tied,
            &[0, 1, 1, 0, 1, 0, 1, 0, 0],
            &risk,
            0.4,
            [8., 12., 0.],
        ),
        (
            &tied,
            &[0, 1, 1, 0, 0, 0, 1, 0, 0],
            &risk,
            0.2,
            [3., 12., 0.],
        ),
        (
            &tied,
            &[0, 1, 0, 1, 1, 0, 1, 0, 0],
            &risk,
            0.5294118,
            [9., 8., 0.],
        ),
        (
            &apart,
            &[0, 1, 1, 0, 1, 1, 0, 0],
            &alike,
            0.59375,
            [9., 6., 1.],
        ),
        (
            &apart,
            &[0, 1, 1, 0, 1, 1, 0, 0],
            &nearly,
            0.59375,
            [9., 6., 1.],
        ),
        (
            &late,
            &[1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1],
            &risk_late,
            0.5681818,
            [12., 9., 1.],
        ),
    ];
    for (exit, cause, risk, value, counts) in cases {
        let durations = Durations::new(exit, cause).unwrap();
        let params = ConcordanceParams::new().tie_tolerance(1e-8);
        let found = params.fit(&durations, risk).unwrap();
        let found_counts = (found.concordant, found.discordant, found.tied_risk);
        assert_eq!(found_counts, counts.into());
        near(found.value, value, 5e-7);
    }
    // Uno's, where no two rows end together: theirs to seven digits, and those of R 4.2.2, survival
    // 3.5.3, concordance(..., timewt = "n/G2"). They agree in full without ties in risk.
    let exit = [1., 5., 6., 10., 11., 34., 45., 46., 50., 56.];
    let durations = Durations::new(&exit, &[0, 1, 1, 0, 1, 0, 1, 0, 0, 1]).unwrap();
    let cases = [
        (
            [5., 8., 11., 19., 34., 12., 3., 9., 12., 20.],
            0.347890360332615,
            0.3478903603326147,
        ),
        (
            [5., 8., 11., 11., 34., 12., 3., 9., 12., 20.],
            0.365629810028969,
            0.3656298121342778,
        ),
        (
            [5., 8., 11., 11., 34., 12., 11., 9., 12., 20.],
            0.387865723332956,
            0.3878657222051124,
        ),
    ];
    for (risk, theirs, of_r) in cases {
        let uno = ConcordanceParams::new().weight(ConcordanceWeight::Uno);
        let found = uno.fit(&durations, &risk).unwrap().value;
        near(found, theirs, 5e-8);
        near(found, of_r, 1e-14);
    }
}

#[test]
fn areas_and_their_mean_are_those_of_published_tests() {
    // From the tests of scikit-survival 0.28, cumulative and dynamic AUC.
    let exit = [
        10.88, 19.78, 40.92, 98.7, 70.19, 10.15, 28.95, 29.57, 17.9, 63.78, 36.22, 83.14, 13.69,
        99.51, 3.19,
    ];
    let risk = [
        -1.019, -0.016, 0.132, 0.269, -0.777, -1.077, 0.894, -1.227, -0.417, 0.072, -1.275, -0.91,
        -0.825, -0.292, -0.045,
    ];
    let all = Durations::new(&exit, &[1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0, 1]).unwrap();
    let weights = CensoringWeights::new(&all).unwrap();
    let one = weights.auc(&all, &[28.0], &risk, 0.95).unwrap();
    near(one[0].auc.value, 0.362963, 5e-7);
    near(AucAt::mean(&one, &all).unwrap(), 0.362963, 5e-7);
    let two = weights.auc(&all, &[15.0, 66.0], &risk, 0.95).unwrap();
    near(two[0].auc.value, 0.3030303, 5e-8);
    near(two[1].auc.value, 0.45, 5e-8);
    near(AucAt::mean(&two, &all).unwrap(), 0.3943949, 5e-8);
}
