use super::*;
use crate::{
    churn::{BrierScore, LogLoss, ProbabilityEvaluation, RankEvaluation},
    numeric::rng::Stream,
};

fn parts(brier: &BrierScore) -> f64 {
    brier.reliability - brier.resolution + brier.uncertainty + brier.within_variance
        - brier.within_covariance
}

fn loss_parts(loss: &LogLoss) -> f64 {
    loss.reliability - loss.resolution + loss.uncertainty
}

#[test]
fn losses_are_those_of_sklearn() {
    // scikit-learn 1.9.1: brier_score_loss, log_loss, with and without sample_weight.
    let made = made();
    let plain = ProbabilityEvaluation::new(&made.p, &made.left).unwrap();
    near(plain.brier().value, 0.25656, 1e-15);
    near(plain.log_loss().value, 0.7543064233642625, 1e-15);
    let weighted = ProbabilityEvaluation::weighted(&made.p, &made.left, &made.weights).unwrap();
    near(weighted.brier().value, 0.26764952380952384, 1e-15);
    near(weighted.log_loss().value, 0.7871926792847916, 1e-15);
    for judged in [plain, weighted] {
        let (brier, loss) = (judged.brier(), judged.log_loss());
        near(parts(&brier), brier.value, 1e-15);
        near(loss_parts(&loss), loss.value, 1e-15);
        near(
            brier.uncertainty,
            judged.rate() * (1.0 - judged.rate()),
            1e-15,
        );
        let binned = judged.binned_brier(5).unwrap();
        near(parts(&binned), brier.value, 1e-15);
        assert!(binned.within_variance > 0.0 && brier.within_variance == 0.0);
    }
}

#[test]
fn the_curve_is_that_of_sklearn_without_ties() {
    // scikit-learn 1.9.1: calibration_curve(left, u, n_bins=5, strategy="quantile").
    let made = made();
    let u: Vec<f64> = (0..60)
        .map(|i| f64::from(if i == 59 { 60 } else { 1 + i * 37 % 59 }) / 64.0)
        .collect();
    let judged = ProbabilityEvaluation::new(&u, &made.left).unwrap();
    let curve = judged.calibration_curve(5, 0.95).unwrap();
    let means = [0.1015625, 0.2890625, 0.4765625, 0.6640625, 0.8515625];
    let rates = [0.5, 0.5, 1.0 / 3.0, 0.5, 2.0 / 3.0];
    assert_eq!(curve.len(), 5);
    for ((bin, mean), rate) in curve.iter().zip(means).zip(rates) {
        near(bin.mean_probability, mean, 1e-15);
        near(bin.rate.value, rate, 1e-15);
        near(bin.customers, 12.0, 0.0);
    }
    // R 4.2.2: prop.test(6, 12, correct = FALSE)$conf.int
    near(curve[0].rate.lo, 0.2537815976337061, 1e-12);
    near(curve[0].rate.hi, 0.7462184023662939, 1e-12);
    let error: f64 = means
        .iter()
        .zip(rates)
        .map(|(mean, rate)| (mean - rate).abs())
        .sum();
    near(
        judged.expected_calibration_error(5).unwrap(),
        error / 5.0,
        1e-15,
    );
}

#[test]
fn equal_probabilities_stay_together() {
    let p = [0.1, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3, 0.9];
    let left = [false, false, false, true, false, true, false, true];
    let judged = ProbabilityEvaluation::new(&p, &left).unwrap();
    let curve = judged.calibration_curve(4, 0.95).unwrap();
    let sizes: Vec<f64> = curve.iter().map(|bin| bin.customers).collect();
    assert_eq!(sizes, [1.0, 6.0, 1.0]);
    assert_eq!(judged.calibration_curve(usize::MAX, 0.95).unwrap().len(), 3);
    assert!(judged.calibration_curve(0, 0.95).is_err());
    assert!(judged.calibration_curve(2, 1.5).is_err());
    assert!(judged.binned_brier(0).is_err() && judged.expected_calibration_error(0).is_err());
}

#[test]
fn slope_and_intercept_are_those_of_r() {
    let made = made();
    let judged = ProbabilityEvaluation::new(&made.p, &made.left).unwrap();
    // R 4.2.2: glm(left ~ qlogis(p), binomial) and glm(left ~ 1 + offset(qlogis(p)), binomial) with
    // epsilon 1e-15
    let found = judged.calibration_slope(0.95).unwrap();
    near(found.slope.value, 0.3235922245297703, 1e-13);
    near(found.slope.se, 0.1918214168796327, 1e-13);
    near(found.intercept.value, 0.05409383520065817, 1e-13);
    near(found.intercept.se, 0.2665242145800997, 1e-13);
    near(found.in_the_large.value, 0.1390233091107349, 1e-13);
    near(found.in_the_large.se, 0.3065987184667028, 1e-13);
    // NumPy 2.4.6: Newton's method and the robust covariance.
    let judged = ProbabilityEvaluation::weighted(&made.p, &made.left, &made.weights).unwrap();
    let found = judged.calibration_slope(0.95).unwrap();
    near(found.slope.value, 0.2575505941719916, 1e-13);
    near(found.slope.se, 0.21096948764403695, 1e-13);
    near(found.intercept.value, 0.10201137734889451, 1e-13);
    near(found.intercept.se, 0.278759349785754, 1e-13);
    near(found.in_the_large.value, 0.21588162652993023, 1e-13);
    near(found.in_the_large.se, 0.40812712419558705, 1e-13);
}

#[test]
fn what_has_no_slope_is_told() {
    let error = |p: &[f64], left: &[bool]| {
        let judged = ProbabilityEvaluation::new(p, left).unwrap();
        judged.calibration_slope(0.95).unwrap_err().to_string()
    };
    assert!(error(&[0.3, 1.0, 0.2], &[true, false, true]).contains("probabilities, row 1"));
    assert!(error(&[0.0, 0.5], &[true, false]).contains("row 0"));
    assert!(error(&[0.5, 0.4], &[true, true]).contains("all customers left"));
    assert!(error(&[0.5, 0.5], &[true, false]).contains("all probabilities are equal"));
    assert!(error(&[0.9, 0.8, 0.2], &[true, true, false]).contains("without overlap"));
    assert!(error(&[0.9, 0.8, 0.2], &[false, false, true]).contains("without overlap"));
    // One shared probability is no overlap either.
    assert!(error(&[0.9, 0.5, 0.5, 0.1], &[true, true, false, false]).contains("without overlap"));
    let judged = ProbabilityEvaluation::new(&[0.5, 0.4], &[true, false]).unwrap();
    assert!(
        judged
            .calibration_slope(2.0)
            .unwrap_err()
            .to_string()
            .starts_with("level")
    );
}

#[test]
fn slopes_of_extreme_probabilities_are_found() {
    let p = [1e-300, 1e-300, 1e-12, 1e-12, 0.999_999_999_999, 0.5];
    let left = [false, true, false, true, true, false];
    let found = ProbabilityEvaluation::new(&p, &left)
        .unwrap()
        .calibration_slope(0.95)
        .unwrap();
    // The scores are 0 there: sum of (left - mu) and of (left - mu) x.
    let (mut plain, mut times_x, mut large) = (0.0, 0.0, 0.0);
    for (p, left) in p.into_iter().zip(left) {
        let x = p.ln() - (-p).ln_1p();
        let y = f64::from(u8::from(left));
        let mu = 1.0 / (1.0 + (-found.intercept.value - found.slope.value * x).exp());
        plain += y - mu;
        times_x += (y - mu) * x;
        large += y - 1.0 / (1.0 + (-found.in_the_large.value - x).exp());
    }
    assert!(plain.abs() < 1e-12 && times_x.abs() < 1e-9 && large.abs() < 1e-12);
}

#[test]
fn what_is_no_probability_is_told() {
    let error = |p: &[f64]| {
        let made = ProbabilityEvaluation::new(p, &[true, false]);
        made.unwrap_err().to_string()
    };
    assert!(error(&[0.5, 1.1]).contains("probabilities, row 1"));
    assert!(error(&[-1e-9, 0.5]).contains("probabilities, row 0"));
    assert!(error(&[0.5, f64::NAN]).contains("not a finite number"));
    assert!(error(&[0.5]).contains("column left"));
}

#[test]
fn certainty_that_was_wrong_is_infinite_and_named() {
    let left = [true, false, true, false];
    let judged = ProbabilityEvaluation::new(&[1.0, 0.0, 0.0, 1.0], &left).unwrap();
    let loss = judged.log_loss();
    assert_eq!(
        (loss.value, loss.certain_and_wrong),
        (f64::INFINITY, Some(2))
    );
    assert_eq!(
        (loss.reliability, loss.skill()),
        (f64::INFINITY, Some(f64::NEG_INFINITY))
    );
    assert!(loss.resolution.is_finite());
    near(judged.brier().value, 0.5, 0.0);
    // Certain and right costs nothing; a customer of weight 0 does not count.
    let weights = [1.0, 2.0, 0.0, 0.0];
    let judged = ProbabilityEvaluation::weighted(&[1.0, 0.0, 0.0, 1.0], &left, &weights).unwrap();
    assert_eq!(
        (judged.log_loss().value, judged.log_loss().certain_and_wrong),
        (0.0, None)
    );
}

#[test]
fn one_class_has_losses_but_no_skill() {
    let judged = ProbabilityEvaluation::new(&[0.2, 0.1], &[false, false]).unwrap();
    let (brier, loss) = (judged.brier(), judged.log_loss());
    near(brier.value, 0.025, 1e-15);
    assert_eq!(
        (brier.skill(), loss.skill(), loss.uncertainty),
        (None, None, 0.0)
    );
    near(loss.value, -(0.8f64.ln() + 0.9f64.ln()) / 2.0, 1e-15);
    near(loss_parts(&loss), loss.value, 1e-15);
}

proptest! {
    #[test]
    fn parts_add_up_and_rows_may_stand_anyhow(
        (scores, left, weights) in customers(),
        bins in 1usize..12,
    ) {
        let p: Vec<f64> = scores.iter().map(|score| 0.05 + 0.9 * score).collect();
        let judged = ProbabilityEvaluation::weighted(&p, &left, &weights).unwrap();
        let (brier, loss) = (judged.brier(), judged.log_loss());
        let binned = judged.binned_brier(bins).unwrap();
        prop_assert!((parts(&brier) - brier.value).abs() < 1e-14);
        prop_assert!((parts(&binned) - binned.value).abs() < 1e-14);
        prop_assert!((loss_parts(&loss) - loss.value).abs() < 1e-14);
        prop_assert!(brier.reliability >= 0.0 && loss.reliability >= -1e-16);
        let curve = judged.calibration_curve(bins, 0.9).unwrap();
        let all: f64 = curve.iter().map(|bin| bin.customers).sum();
        prop_assert!((all - weights.iter().sum::<f64>()).abs() < 1e-12);
        prop_assert!(curve.is_sorted_by(|a, b| a.highest < b.lowest));
        let back = |column: &[f64]| column.iter().rev().copied().collect::<Vec<f64>>();
        let turned: Vec<bool> = left.iter().rev().copied().collect();
        let turned = ProbabilityEvaluation::weighted(&back(&p), &turned, &back(&weights)).unwrap();
        prop_assert_eq!(brier, turned.brier());
        prop_assert_eq!(loss, turned.log_loss());
        prop_assert_eq!(binned, turned.binned_brier(bins).unwrap());
        prop_assert_eq!(curve, turned.calibration_curve(bins, 0.9).unwrap());
    }

    /// Whole weights are so many customers.
    #[test]
    fn weights_are_repetition_of_losses((scores, left, weights) in customers()) {
        let weighted = ProbabilityEvaluation::weighted(&scores, &left, &weights).unwrap();
        let (p, many) = (repeated(&scores, &weights), repeated(&left, &weights));
        let many = ProbabilityEvaluation::new(&p, &many).unwrap();
        let (a, b) = (weighted.brier(), many.brier());
        prop_assert!((a.value - b.value).abs() < 1e-14 && (a.resolution - b.resolution).abs() < 1e-14);
        let (a, b) = (weighted.log_loss().value, many.log_loss().value);
        prop_assert!((a - b).abs() < 1e-14 || a.is_infinite() && b.is_infinite());
        let errors = [weighted, many].map(|judged| judged.expected_calibration_error(3).unwrap());
        prop_assert!((errors[0] - errors[1]).abs() < 1e-13);
    }
}

#[test]
fn many_rows_give_the_same_bits_on_any_number_of_threads() {
    let draws = |from: u64| -> Vec<f64> {
        let draw = |row: u64| Stream::new(5, 0, row).uniform();
        (from..from + 60_000).map(draw).collect()
    };
    let (p, chance) = (draws(0), draws(60_000));
    let left: Vec<bool> = chance
        .iter()
        .zip(&p)
        .map(|(chance, p)| chance < p)
        .collect();
    let weights: Vec<f64> = draws(120_000).iter().map(|draw| 0.5 + draw).collect();
    let all = || {
        let judged = ProbabilityEvaluation::weighted(&p, &left, &weights).unwrap();
        let ranks = RankEvaluation::weighted(&p, &left, &weights).unwrap();
        let auc = ranks.auc(0.95).unwrap();
        (
            judged.calibration_slope(0.95).unwrap(),
            judged.log_loss(),
            auc,
            ranks.gains(10).unwrap(),
        )
    };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        pool.install(all)
    };
    let one = on(1);
    assert_eq!(one, on(3));
    // The probabilities are right.
    let slope = one.0.slope;
    assert!(slope.se < 0.02 && (slope.value - 1.0).abs() < 3.0 * slope.se);
    let large = one.0.in_the_large;
    assert!(large.se < 0.02 && large.value.abs() < 3.0 * large.se);
    // With uniform p: AUC 5/6 and a Brier score of 1/6.
    assert!((one.2.value - 5.0 / 6.0).abs() < 3.0 * one.2.se);
}

#[test]
fn a_maximum_that_is_flat_to_the_last_digits_is_reached() {
    // Many rows with few probabilities, far from the outcomes: the last steps change the likelihood
    // by less than its rounding.
    let p: Vec<f64> = (0..7_000)
        .map(|row| 0.01 + f64::from(row % 73) / 75.0)
        .collect();
    let left: Vec<bool> = (0..7_000)
        .map(|row| row * 31 % 97 < (row % 73) / 2)
        .collect();
    let judged = ProbabilityEvaluation::new(&p, &left).unwrap();
    let found = judged.calibration_slope(0.95).unwrap();
    // R 4.2.2: glm(left ~ qlogis(p), binomial), epsilon 1e-15
    near(found.slope.value, 0.501677357494264, 1e-11);
    near(found.slope.se, 0.02279369282034329, 1e-11);
    near(found.intercept.value, -1.643381777497876, 1e-11);
}

/// Probabilities with ties or far tails, outcomes that follow them more or less, and weights.
fn drawn_data(seed: u64) -> (Vec<f64>, Vec<bool>, Vec<f64>) {
    let mut stream = Stream::new(seed, 1, 0);
    let rows = [6, 20, 100, 700][stream.index(4)];
    let spread = [0.01, 0.3, 1.0, 3.0, 12.0, 200.0][stream.index(6)];
    let shift = [-30.0, -4.0, 0.0, 2.0][stream.index(4)];
    let slope = [0.0, 0.05, 0.7, 1.0, 2.5][stream.index(5)];
    let ties = [0.0, 1.0, 8.0][stream.index(3)];
    let spans = [0.0, 1.0, 6.0][stream.index(3)];
    let mut columns = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rows {
        let mut score = spread * (stream.uniform() + stream.uniform() - 1.0);
        if ties > 0.0 {
            score = (score * ties / spread).round() * spread / ties;
        }
        // Within what has a probability below 1.
        let p = 1.0 / (1.0 + (-(score + shift).clamp(-600.0, 36.0)).exp());
        columns.0.push(p);
        columns
            .1
            .push(stream.uniform() < 1.0 / (1.0 + (-slope * score).exp()));
        columns.2.push(10f64.powf(spans * (stream.uniform() - 0.5)));
    }
    columns
}

/// How far from 0 the means of (left - mu) and of (left - mu) x are, which a line of the largest
/// likelihood makes 0, where rounding of the line itself is forgiven.
fn scores_at([a, b]: [f64; 2], p: &[f64], left: &[bool], weights: &[f64]) -> [f64; 2] {
    let (mut scores, mut forgiven, mut sizes) = ([0.0; 2], [0.0; 2], [0.0; 2]);
    for ((&p, &left), weight) in p.iter().zip(left).zip(weights) {
        let x = p.ln() - (-p).ln_1p();
        let residual = f64::from(u8::from(left)) - 1.0 / (1.0 + (-a - b * x).exp());
        for (at, factor) in [1.0, x].into_iter().enumerate() {
            scores[at] += weight * residual * factor;
            sizes[at] += weight * factor.abs();
            forgiven[at] += 1e-15 * weight * (a.abs() + (b * x).abs()) * factor.abs();
        }
    }
    [0, 1].map(|at| (scores[at].abs() - forgiven[at]).max(0.0) / sizes[at])
}

#[test]
fn a_slope_that_exists_is_found() {
    let mut found = 0;
    for seed in 0..6_000 {
        let (p, left, weights) = drawn_data(seed);
        let judged = ProbabilityEvaluation::weighted(&p, &left, &weights).unwrap();
        match judged.calibration_slope(0.95) {
            Ok(slope) => {
                let [line, large] = [
                    [slope.intercept.value, slope.slope.value],
                    [slope.in_the_large.value, 1.0],
                ];
                let [plain, times_x] = scores_at(line, &p, &left, &weights);
                let [shifted, _] = scores_at(large, &p, &left, &weights);
                let largest = plain.max(times_x).max(shifted);
                assert!(
                    largest < 1e-9,
                    "seed {seed}: {plain}, {times_x}, {shifted} at {slope:?}"
                );
                found += 1;
            }
            Err(crate::Error::Degenerate { .. }) => {}
            Err(error) => panic!("seed {seed}, {} rows: {error}", p.len()),
        }
    }
    assert!(found > 4_000, "{found}");
}

#[test]
fn a_rate_that_rounds_to_1_has_an_entropy() {
    let judged = ProbabilityEvaluation::weighted(&[0.5, 0.5], &[true, false], &[1e17, 1.0]);
    let judged = judged.unwrap();
    let (brier, loss) = (judged.brier(), judged.log_loss());
    // With a share q = 1e-17 that stayed: q (1 - ln q), but for its square.
    let entropy = 1e-17 * (1.0 + 17.0 * std::f64::consts::LN_10);
    assert!((loss.uncertainty / entropy - 1.0).abs() < 1e-14, "{loss:?}");
    assert!((brier.uncertainty / 1e-17 - 1.0).abs() < 1e-14);
    // All have one probability.
    assert_eq!((loss.resolution, brier.resolution), (0.0, 0.0));
    near(loss.reliability, std::f64::consts::LN_2, 1e-15);
    let skill = 1.0 - std::f64::consts::LN_2 / entropy;
    assert!((loss.skill().unwrap() / skill - 1.0).abs() < 1e-14);
}

#[test]
fn zeros_of_either_sign_are_no_weights() {
    let found = ProbabilityEvaluation::weighted(&[0.5, 0.4], &[true, false], &[0.0, -0.0]);
    assert!(found.unwrap_err().to_string().contains("all weights are 0"));
    let found = RankEvaluation::weighted(&[0.5, 0.4], &[true, false], &[-0.0, 0.0]);
    assert!(found.unwrap_err().to_string().contains("all weights are 0"));
}
