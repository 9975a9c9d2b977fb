use super::*;
use crate::churn::{RankEvaluation, RankMeasure, RetentionEconomics};

#[test]
fn the_order_is_judged_as_by_sklearn_and_r() {
    let made = made();
    let ranks = RankEvaluation::new(&made.p, &made.left).unwrap();
    // R 4.2.2, pROC 1.18.0: auc(r), sqrt(var(r)), ci.auc(r)
    let auc = ranks.auc(0.95).unwrap();
    near(auc.value, 0.6411111111111111, 1e-15);
    near(auc.se, 0.07275137715411543, 1e-14);
    near(auc.lo, 0.4985210320633549, 1e-14);
    near(auc.hi, 0.7837011901588675, 1e-14);
    // scikit-learn 1.9.1: average_precision_score; SciPy 1.17.1: ks_2samp
    near(ranks.average_precision(), 0.6366791243025886, 1e-15);
    near(ranks.kolmogorov_smirnov(), 0.26666666666666666, 1e-15);
    // The same with sample_weight; the standard error by NumPy from the matrix of all pairs.
    let ranks = RankEvaluation::weighted(&made.p, &made.left, &made.weights).unwrap();
    let auc = ranks.auc(0.95).unwrap();
    near(auc.value, 0.6176016702977487, 1e-15);
    near(auc.se, 0.07831992965070185, 1e-14);
    near(ranks.average_precision(), 0.6403309873237901, 1e-15);
    near(ranks.kolmogorov_smirnov(), 0.24183006535947715, 1e-15);
}

#[test]
fn the_curves_are_those_of_sklearn() {
    let made = made();
    let ranks = RankEvaluation::new(&made.p, &made.left).unwrap();
    // scikit-learn 1.9.1: precision_recall_curve, from the end.
    let curve = ranks.precision_recall();
    assert_eq!(curve.len(), 23);
    for (point, want) in curve.iter().zip([
        (0.92, 0.5, 0.03333333333333333),
        (0.88, 0.8, 0.13333333333333333),
        (0.84, 0.625, 0.16666666666666666),
    ]) {
        assert_eq!((point.threshold, point.precision, point.recall), want);
    }
    let roc = ranks.roc();
    assert_eq!(roc.len(), 24);
    assert_eq!(
        (roc[0].false_positive_rate, roc[0].true_positive_rate),
        (0.0, 0.0)
    );
    assert_eq!(
        (roc[23].false_positive_rate, roc[23].true_positive_rate),
        (1.0, 1.0)
    );
    let area: f64 = roc
        .windows(2)
        .map(|ends| {
            let width = ends[1].false_positive_rate - ends[0].false_positive_rate;
            width * f64::midpoint(ends[0].true_positive_rate, ends[1].true_positive_rate)
        })
        .sum();
    near(area, ranks.measure(&RankMeasure::Auc).unwrap(), 1e-14);
}

#[test]
fn what_cannot_be_judged_is_told() {
    let error =
        |scores: &[f64], left: &[bool]| RankEvaluation::new(scores, left).unwrap_err().to_string();
    assert!(error(&[], &[]).contains("needs at least 1 customers"));
    assert!(error(&[1.0], &[]).contains("column left"));
    assert!(error(&[1.0, f64::NAN], &[true, false]).contains("scores, row 1"));
    assert!(error(&[f64::NEG_INFINITY, 1.0], &[true, false]).contains("scores, row 0"));
    assert!(error(&[1.0, 2.0], &[true, true]).contains("all customers left"));
    assert!(error(&[1.0, 2.0], &[false, false]).contains("no customer left"));
    let error = |weights: &[f64]| {
        let left = [true, false, true];
        let made = RankEvaluation::weighted(&[1.0, 2.0, 3.0], &left, weights);
        made.unwrap_err().to_string()
    };
    assert!(error(&[1.0, 2.0]).contains("column weights"));
    for bad in [-1.0, f64::NAN, f64::INFINITY, 1e-101, 1e101, -0.5] {
        assert!(error(&[1.0, bad, 1.0]).contains("weights, row 1"), "{bad}");
    }
    assert!(error(&[0.0; 3]).contains("all weights are 0"));
    assert!(error(&[1.0, 0.0, 1.0]).contains("all customers left"));
    let few = RankEvaluation::new(&[1.0, 2.0, 3.0], &[true, false, false]).unwrap();
    assert!(
        few.auc(0.95)
            .unwrap_err()
            .to_string()
            .contains("2 customers who left, found 1")
    );
    near(few.measure(&RankMeasure::Auc).unwrap(), 0.0, 0.0);
    let ranks = RankEvaluation::new(&[1.0, 2.0, 3.0, 4.0], &[true, false, true, false]).unwrap();
    assert!(ranks.auc(1.0).is_err() && ranks.gini(f64::NAN).is_err());
    for share in [0.0, -0.1, 1.1, f64::NAN, 0.2] {
        assert!(ranks.lift_at(share).is_err(), "{share}");
    }
    assert!(ranks.gains(0).is_err() && ranks.gains(5).is_err());
}

#[test]
fn huge_and_tiny_numbers_are_taken() {
    let scores = [f64::MAX, f64::MIN, 1e-320, -0.0, 0.0];
    let left = [true, false, true, true, false];
    let ranks = RankEvaluation::weighted(&scores, &left, &[1e100, 1e-100, 1e100, 1e-100, 1e100]);
    let auc = ranks.unwrap().auc(0.95).unwrap();
    near(auc.value, 1.0, 1e-15);
    // -0 and 0 are the same score.
    let ranks = RankEvaluation::new(&scores, &left).unwrap();
    near(ranks.measure(&RankMeasure::Auc).unwrap(), 5.5 / 6.0, 1e-15);
}

#[test]
fn borders_lie_between_customers_without_weights() {
    // 23 customers, no ties; tenths end after floor(23 i / 10).
    let scores: Vec<f64> = (0..23).map(f64::from).collect();
    let left: Vec<bool> = (0..23).map(|i| i % 3 == 0).collect();
    let ranks = RankEvaluation::new(&scores, &left).unwrap();
    let gains = ranks.gains(10).unwrap();
    let sizes: Vec<f64> = gains.iter().map(|row| row.customers).collect();
    assert_eq!(sizes, [2.0, 2.0, 2.0, 3.0, 2.0, 2.0, 3.0, 2.0, 2.0, 3.0]);
    assert_eq!(
        (gains[0].highest_score, gains[0].lowest_score),
        (22.0, 21.0)
    );
    assert_eq!((gains[9].highest_score, gains[9].lowest_score), (2.0, 0.0));
    assert_eq!((gains[9].captured, gains[9].cumulative_lift), (1.0, 1.0));
    near(ranks.lift_at(0.1).unwrap(), gains[0].lift, 1e-15);
    near(ranks.captured_at(0.4).unwrap(), gains[3].captured, 1e-15);
    // 0.29 of 100 are 29, although 0.29 · 100 is below 29 in f64.
    let scores: Vec<f64> = (0..100).map(f64::from).collect();
    let left: Vec<bool> = (0..100).map(|i| i == 71).collect();
    let ranks = RankEvaluation::new(&scores, &left).unwrap();
    near(ranks.captured_at(0.29).unwrap(), 1.0, 0.0);
}

/// All that is asked of an order, to compare one with another.
fn all(ranks: &RankEvaluation) -> Vec<f64> {
    let mut found = vec![ranks.rate()];
    for measure in [
        RankMeasure::Auc,
        RankMeasure::AveragePrecision,
        RankMeasure::KolmogorovSmirnov,
        RankMeasure::LiftAt(0.5),
        RankMeasure::CapturedAt(1.0),
        RankMeasure::ExpectedMaximumProfit(RetentionEconomics::new()),
        RankMeasure::MaximumProfit(RetentionEconomics::new()),
    ] {
        found.push(ranks.measure(&measure).unwrap());
    }
    for row in ranks.gains(2).unwrap() {
        found.extend([row.customers, row.left, row.captured, row.cumulative_rate]);
    }
    found
}

#[test]
fn equal_weights_do_not_add_up_to_rounding() {
    let rows = 100_000u32;
    let scores: Vec<f64> = (0..rows).map(|row| f64::from(row * 37 % 10_007)).collect();
    let left: Vec<bool> = (0..rows).map(|row| row * 29 % 83 < row % 40).collect();
    let plain = RankEvaluation::new(&scores, &left).unwrap();
    let tenths = RankEvaluation::weighted(&scores, &left, &vec![0.1; scores.len()]).unwrap();
    let gains = tenths.gains(10).unwrap();
    assert_eq!(gains.len(), 10);
    for (row, mut want) in gains.into_iter().zip(plain.gains(10).unwrap()) {
        want.customers *= 0.1;
        want.left *= 0.1;
        assert_eq!(row, want);
    }
    assert_eq!(plain.auc(0.95).unwrap(), tenths.auc(0.95).unwrap());
    assert_eq!(plain.rate().to_bits(), tenths.rate().to_bits());
}

proptest! {
    /// AUC and its error by comparing all pairs.
    #[test]
    fn pairs_are_counted_right((scores, left, weights) in customers()) {
        let rows = |class: bool| -> Vec<usize> {
            (0..left.len()).filter(|&row| left[row] == class && weights[row] > 0.0).collect()
        };
        let (leavers, stayers) = (rows(true), rows(false));
        let order = |x: usize, y: usize| match scores[x].total_cmp(&scores[y]) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        };
        let total = |rows: &[usize]| rows.iter().map(|&row| weights[row]).sum::<f64>();
        let (w, v) = (total(&leavers), total(&stayers));
        let a: Vec<f64> = leavers.iter()
            .map(|&x| stayers.iter().map(|&y| weights[y] * order(x, y)).sum::<f64>() / v)
            .collect();
        let b: Vec<f64> = stayers.iter()
            .map(|&y| leavers.iter().map(|&x| weights[x] * order(x, y)).sum::<f64>() / w)
            .collect();
        let auc = leavers.iter().zip(&a).map(|(&x, a)| weights[x] * a).sum::<f64>() / w;
        let part = |rows: &[usize], parts: &[f64], total: f64| {
            let moved = |(&row, part): (&usize, &f64)| weights[row] * (part - auc);
            let squares = rows.iter().zip(parts).map(moved).map(|moved| moved.powi(2));
            let n = rows.len() as f64;
            n / (n - 1.0) * squares.sum::<f64>() / (total * total)
        };
        let se = (part(&leavers, &a, w) + part(&stayers, &b, v)).sqrt();
        let found = RankEvaluation::weighted(&scores, &left, &weights).unwrap().auc(0.9).unwrap();
        prop_assert!((found.value - auc).abs() < 1e-13 && (found.se - se).abs() < 1e-13);
    }

    /// Rows in another order give the same bits; so do scores that are stretched.
    #[test]
    fn only_the_order_of_scores_counts((scores, left, weights) in customers(), turn in 1usize..40) {
        let at = |row: usize| (row * 7 + turn) % left.len();
        prop_assume!(!left.len().is_multiple_of(7));
        let turned = |column: &[f64]| -> Vec<f64> {
            (0..left.len()).map(|row| column[at(row)]).collect()
        };
        let turned_left: Vec<bool> = (0..left.len()).map(|row| left[at(row)]).collect();
        let stretched: Vec<f64> = turned(&scores).iter().map(|x| x.powi(3) * 1e9 - 7.0).collect();
        let odd: Vec<f64> = weights.iter().zip(&scores).map(|(w, s)| w * (0.1 + s)).collect();
        let first = RankEvaluation::weighted(&scores, &left, &odd);
        prop_assume!(first.is_ok());
        let second = RankEvaluation::weighted(&stretched, &turned_left, &turned(&odd)).unwrap();
        prop_assert_eq!(all(&first.unwrap()), all(&second));
    }

    /// Whole weights are so many customers, as far as values go.
    #[test]
    fn weights_are_repetition((scores, left, weights) in customers()) {
        let found = RankEvaluation::weighted(&scores, &left, &weights).unwrap();
        // Twice as often, so that half of them are whole.
        let doubled: Vec<f64> = weights.iter().map(|weight| 2.0 * weight).collect();
        let plain = RankEvaluation::new(&repeated(&scores, &doubled), &repeated(&left, &doubled));
        let plain = plain.unwrap();
        let weighted = RankEvaluation::weighted(&scores, &left, &doubled).unwrap();
        // If all weights are equal, halves are of whole customers.
        let equal = weights.iter().all(|weight| weight.to_bits() == weights[0].to_bits());
        let whole = !equal || left.len().is_multiple_of(2);
        prop_assume!(whole);
        for (one, other) in all(&plain).iter().zip(all(&weighted)) {
            prop_assert!((one - other).abs() < 1e-12 * one.abs().max(1.0), "{one} {other}");
        }
        let (a, b) = (found.auc(0.95).unwrap(), weighted.auc(0.95).unwrap());
        prop_assert!((a.se - b.se).abs() < 1e-14);
    }

    /// Turned round, with those who left for those who stayed, the order is as good.
    #[test]
    fn the_complement_is_as_good((scores, left, _) in customers()) {
        let negative: Vec<f64> = scores.iter().map(|score| -score).collect();
        let stayed: Vec<bool> = left.iter().map(|left| !left).collect();
        let one = RankEvaluation::new(&scores, &left).unwrap().auc(0.95).unwrap();
        let other = RankEvaluation::new(&negative, &stayed).unwrap().auc(0.95).unwrap();
        prop_assert_eq!(one.value.to_bits(), other.value.to_bits());
        prop_assert!((one.se - other.se).abs() < 1e-15);
    }

    /// Weights that are all equal are none.
    #[test]
    fn equal_weights_are_none((scores, left, _) in customers()) {
        let plain = RankEvaluation::new(&scores, &left).unwrap();
        let ones = RankEvaluation::weighted(&scores, &left, &vec![1.0; left.len()]).unwrap();
        prop_assert_eq!(&plain, &ones);
        let heavy = RankEvaluation::weighted(&scores, &left, &vec![0.3; left.len()]).unwrap();
        let (a, b) = (plain.auc(0.95).unwrap(), heavy.auc(0.95).unwrap());
        prop_assert!((a.value - b.value).abs() < 1e-14 && (a.se - b.se).abs() < 1e-14);
        for share in [0.3, 0.5, 0.77] {
            let (a, b) = (plain.lift_at(share).unwrap(), heavy.lift_at(share).unwrap());
            prop_assert!((a - b).abs() < 1e-13, "{a} {b}");
        }
    }

    /// A block on a border counts by its share: the mean over all orders of its rows.
    #[test]
    fn ties_on_a_border_are_a_mean_over_orders(
        stayed in 0usize..5,
        gone in 1usize..5,
        share in 0.2f64..0.9,
    ) {
        // One block of all, and one customer on either side.
        let mut scores = vec![9.0, 0.0];
        let mut left = vec![false, false];
        scores.extend(vec![5.0; stayed + gone]);
        left.extend((0..stayed + gone).map(|row| row < gone));
        let ranks = RankEvaluation::new(&scores, &left).unwrap();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few customers")]
        let top = (share * scores.len() as f64).floor() as usize;
        prop_assume!(top >= 1);
        let tied = (stayed + gone) as f64;
        let expected = (top - 1).min(stayed + gone) as f64 * gone as f64 / tied;
        let captured = ranks.captured_at(share).unwrap();
        prop_assert!((captured - expected / gone as f64).abs() < 1e-14);
    }
}
