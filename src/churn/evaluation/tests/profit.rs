use super::*;
use crate::churn::{RankEvaluation, RetentionEconomics};

fn best(scores: &[f64], left: &[bool], economics: RetentionEconomics) -> (f64, f64) {
    let ranks = RankEvaluation::new(scores, left).unwrap();
    let found = ranks.expected_maximum_profit(&economics).unwrap();
    (found.per_customer, found.share)
}

#[test]
fn the_published_cases_are_met() {
    let paper = RetentionEconomics::new();
    let left: Vec<bool> = (0..20).map(|row| row % 2 == 1).collect();
    let right: Vec<f64> = left.iter().map(|&left| f64::from(u8::from(left))).collect();
    let wrong: Vec<f64> = right.iter().map(|score| 1.0 - score).collect();
    // The R package EMP, as stored in tests/metrics/test_churn.py of empulse 0.13 (MIT).
    let (profit, share) = best(&right, &left, paper);
    near(profit, 28.0000000000391, 1e-14);
    near(share, 0.499999999728095, 1e-14);
    let (profit, share) = best(&wrong, &left, paper);
    near(profit, 22.5007912244511, 1e-14);
    near(share, 0.9991601018889205, 1e-14);
    let certain = |scores: &[f64]| {
        let ranks = RankEvaluation::new(scores, &left).unwrap();
        ranks.maximum_profit(&paper).unwrap()
    };
    near(certain(&right).per_customer, 28.0, 1e-14);
    near(certain(&wrong).per_customer, 22.5, 1e-14);
    // Checked by quadrature.
    let left = [
        true, false, true, false, true, false, false, true, false, false,
    ];
    let scores = [0.95, 0.85, 0.8, 0.7, 0.65, 0.5, 0.4, 0.35, 0.2, 0.1];
    let (profit, share) = best(&scores, &left, paper);
    near(profit, 18.00870447966, 1e-12);
    near(share, 0.793351957869, 1e-12);
    let turned: Vec<f64> = scores.iter().map(|score| -score).collect();
    let perfect: Vec<f64> = left.iter().map(|&left| f64::from(u8::from(left))).collect();
    let inverted: Vec<f64> = perfect.iter().map(|score| -score).collect();
    near(best(&perfect, &left, paper).0, 22.4000000000313, 1e-14);
    near(best(&inverted, &left, paper).0, 15.8066404537, 1e-11);
    assert!(best(&turned, &left, paper).0 < 18.0);
}

#[test]
fn the_parameters_do_what_those_of_empulse_do() {
    // empulse 0.13.1: empc_score(left, p, ...) and mpc_score(..., accept_rate=alpha/(alpha+beta)); the
    // profit and the share by quadrature over the stretches (SciPy 1.17.1), which agrees to 1e-12.
    let made = made();
    let paper = RetentionEconomics::new();
    for (economics, profit, share, certain) in [
        (
            paper,
            22.509547179281235,
            0.9925807062509651,
            22.499999999999996,
        ),
        (
            paper.acceptance(2.0, 14.0),
            6.791348548071483,
            0.6867570404165279,
            5.875,
        ),
        (
            paper.acceptance(6.0, 5.0),
            45.818344056233556,
            0.9998572440686951,
            45.81818181818182,
        ),
        (
            paper.lifetime_value(50.0),
            1.6842529814059852,
            0.41859382638749265,
            1.4666666666666666,
        ),
        (
            paper.incentive(100.0),
            0.6262472399339244,
            0.09264324578716354,
            0.25,
        ),
        (
            paper.contact(15.0),
            10.343506553266483,
            0.6673501513193801,
            9.283333333333333,
        ),
        (
            paper
                .acceptance(10.0, 7.0)
                .lifetime_value(300.0)
                .incentive(50.0)
                .contact(25.0),
            27.207695227493467,
            0.667773629415858,
            26.470588235294112,
        ),
    ] {
        let found = best(&made.p, &made.left, economics);
        near(found.0, profit, 1e-12);
        near(found.1, share, 1e-12);
        let ranks = RankEvaluation::new(&made.p, &made.left).unwrap();
        near(
            ranks.maximum_profit(&economics).unwrap().per_customer,
            certain,
            1e-13,
        );
        // The curve touches the maximum where its steps are the customers, as no ties are cut there.
        let curve = ranks.profit_curve(&economics, 60).unwrap();
        let top = curve
            .iter()
            .fold(0.0, |top, point| point.per_customer.max(top));
        near(top, certain, 1e-13);
    }
    let weighted = RankEvaluation::weighted(&made.p, &made.left, &made.weights).unwrap();
    let found = weighted.expected_maximum_profit(&paper).unwrap();
    near(found.per_customer, 23.461986778411433, 1e-12);
    near(found.share, 0.9959461326650942, 1e-12);
}

#[test]
fn economics_that_make_no_sense_are_refused() {
    let ranks = RankEvaluation::new(&[1.0, 0.0], &[true, false]).unwrap();
    let paper = RetentionEconomics::new();
    for (economics, name) in [
        (paper.lifetime_value(f64::NAN), "lifetime_value"),
        (paper.lifetime_value(f64::INFINITY), "lifetime_value"),
        (paper.contact(-1.0), "contact"),
        (paper.incentive(-1.0), "incentive"),
        (paper.incentive(200.0), "incentive"),
        (paper.acceptance(0.0, 1.0), "alpha"),
        (paper.acceptance(1.0, f64::NAN), "beta"),
    ] {
        let errors = [
            ranks.expected_maximum_profit(&economics).unwrap_err(),
            ranks.maximum_profit(&economics).unwrap_err(),
            ranks.profit_curve(&economics, 2).unwrap_err(),
        ];
        for error in errors {
            assert!(error.to_string().starts_with(name), "{error}");
        }
    }
    assert!(ranks.profit_curve(&paper, 3).is_err());
}

#[test]
fn a_campaign_that_costs_nothing_takes_all_who_may_leave() {
    let ranks = RankEvaluation::new(&[3.0, 2.0, 1.0, 0.0], &[true, false, true, false]).unwrap();
    let free = RetentionEconomics::new()
        .incentive(0.0)
        .contact(0.0)
        .acceptance(1.0, 1.0);
    let found = ranks.expected_maximum_profit(&free).unwrap();
    near(found.per_customer, 50.0, 1e-13);
    // The last stretch holds nobody who left, and brings nothing.
    near(found.share, 0.75, 1e-15);
    let dear = RetentionEconomics::new().contact(1e99);
    let found = ranks.expected_maximum_profit(&dear).unwrap();
    assert_eq!((found.per_customer, found.share), (0.0, 0.0));
    let found = ranks.maximum_profit(&dear).unwrap();
    assert_eq!((found.per_customer, found.share), (0.0, 0.0));
}

#[test]
fn the_extremes_of_the_acceptance_stay_finite() {
    let made = made();
    for (alpha, beta) in [(1e-3, 1e-3), (1e6, 1e6), (1e-3, 1e6), (1e6, 1e-3)] {
        let economics = RetentionEconomics::new().acceptance(alpha, beta);
        let (profit, share) = best(&made.p, &made.left, economics);
        assert!(profit.is_finite() && profit >= 0.0 && (0.0..=1.0).contains(&share));
    }
}

proptest! {
    /// More is known of the acceptance before the campaign than its mean, so no less is earned.
    #[test]
    fn knowing_the_acceptance_pays((scores, left, weights) in customers(), value in 20.0f64..400.0) {
        let ranks = RankEvaluation::weighted(&scores, &left, &weights).unwrap();
        let economics = RetentionEconomics::new().lifetime_value(value);
        let expected = ranks.expected_maximum_profit(&economics).unwrap();
        let certain = ranks.maximum_profit(&economics).unwrap();
        prop_assert!(expected.per_customer >= certain.per_customer - 1e-12);
        prop_assert!((0.0..=1.0).contains(&certain.share));
        prop_assert!(expected.share >= 0.0 && expected.share <= 1.0 + 1e-12);
    }
}
