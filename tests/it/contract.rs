//! Models of renewals against published and recomputed figures.

use custometry::{
    ErrorKind,
    simulate::RenewalParams,
    value::{
        Bdw, BdwParams, ContractHistories, ContractModel, ContractPrediction, FitVerdict,
        LikelihoodRatio, Limit, Sbg, SbgParams,
    },
};
use proptest::prelude::*;

use crate::bg_nbd::close;

/// Survivors of 1,000 customers of two segments, years 0 to 12: Fader and Hardie 2007,
/// table 1.
pub(crate) const REGULAR: [u64; 13] = [
    1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173,
];
pub(crate) const HIGH_END: [u64; 13] = [
    1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394,
];

pub(crate) fn seen(survivors: &[u64], renewals: usize) -> ContractHistories {
    ContractHistories::from_survivors(&[&survivors[..=renewals]]).unwrap()
}

/// The optima in 30-digit arithmetic; the paper prints .668 and 3.806, .704 and 1.182.
#[test]
fn sbg_fits_against_30_digit_optima() {
    for (survivors, renewals, alpha, beta, log_likelihood) in [
        (&REGULAR, 7, 0.70407729847, 1.1820430262, -1680.265188),
        (&HIGH_END, 7, 0.66808835, 3.8060949641, -1611.158147),
        (&REGULAR, 4, 0.76366509, 1.2958302722, -1401.559424),
        (&HIGH_END, 4, 1.2809764, 7.7903840953, -1225.134907),
    ] {
        let model = SbgParams::default()
            .fit(&seen(survivors, renewals))
            .unwrap();
        close(model.alpha(), alpha, 1e-7);
        close(model.beta(), beta, 1e-7);
        let report = model.fit_report().unwrap();
        assert_eq!(report.verdict, FitVerdict::Converged);
        let miss = report.log_likelihood - log_likelihood;
        assert!(miss.abs() < 1e-6, "{}", report.log_likelihood);
    }
}

/// The same for BdW; the segments of four years are those of Fader, Hardie, Liu, Davin
/// and Steenburgh 2018.
#[test]
fn bdw_fits_against_30_digit_optima() {
    for (survivors, renewals, truth, log_likelihood) in [
        (
            &REGULAR,
            7,
            [0.45561398937, 0.77932550839, 1.28345128580],
            -1679.602833,
        ),
        (
            &HIGH_END,
            7,
            [0.21425333928, 1.42657487490, 1.72356484870],
            -1605.314213,
        ),
        (
            &REGULAR,
            4,
            [0.52302931291, 0.89428265891, 1.19639871140],
            -1401.3830516786,
        ),
        (
            &HIGH_END,
            4,
            [0.25933573, 1.72255148, 1.58436151],
            -1222.749318,
        ),
    ] {
        let model = BdwParams::default()
            .fit(&seen(survivors, renewals))
            .unwrap();
        for ((name, got), truth) in model.parameters().into_iter().zip(truth) {
            assert!((got / truth - 1.0).abs() < 1e-6, "{name} {got}, {truth}");
        }
        let report = model.fit_report().unwrap();
        let miss = report.log_likelihood - log_likelihood;
        assert!(miss.abs() < 1e-6, "{}", report.log_likelihood);
    }
}

/// Cohorts of 10,000 who came in five years, seen until the fifth: sBG of the first
/// cohort, and of four together.
#[test]
fn cohorts_pool_against_published_figures() {
    let cohort = [10_000, 6_334, 4_367, 3_264, 2_604];
    let rows: Vec<&[u64]> = (0..4).map(|late| &cohort[..5 - late]).collect();
    let fit = |rows: &[&[u64]]| {
        let histories = ContractHistories::from_survivors(rows).unwrap();
        SbgParams::default().fit(&histories).unwrap()
    };
    let first = fit(&rows[..1]);
    close(first.alpha(), 1.55233954, 1e-7);
    close(first.beta(), 2.6397938470, 1e-7);
    let told = |model: &Sbg| model.fit_report().unwrap().log_likelihood;
    assert!((told(&first) + 14610.768213).abs() < 1e-5);
    let pooled = fit(&rows);
    close(pooled.alpha(), 1.6670883207, 1e-7);
    close(pooled.beta(), 2.8566118579, 1e-7);
    assert!((told(&pooled) + 44644.115506).abs() < 1e-5);
    let residual = ContractPrediction::Residual(0.1);
    let values = pooled.predict(&[0, 1, 2, 3, 4], residual).unwrap();
    for (got, printed) in values
        .iter()
        .zip([2.161802, 2.665747, 3.099869, 3.480329, 3.818108])
    {
        assert!((got - printed).abs() < 6e-7, "{got}, {printed}");
    }
    // Nobody who came in the last year has come to a renewal: it changes the number of
    // customers alone.
    let mut with_last = rows.clone();
    with_last.push(&cohort[..1]);
    assert_eq!(fit(&with_last).parameters(), pooled.parameters());
}

/// Published survival after twelve renewals, DEL and DERL at a rate of 10 %.
#[test]
fn what_renewals_are_worth_against_published_figures() {
    let regular = SbgParams::default().fit(&seen(&REGULAR, 7)).unwrap();
    let high_end = SbgParams::default().fit(&seen(&HIGH_END, 7)).unwrap();
    let new = |model: &Sbg, what| model.predict_new(what).unwrap();
    for (model, survival, lifetime) in [(&regular, 0.1700, 3.69491), (&high_end, 0.3780, 5.92225)] {
        assert!((new(model, ContractPrediction::Survival(12)) - survival).abs() < 5e-5);
        assert!((new(model, ContractPrediction::Discounted(0.1)) - lifetime).abs() < 5e-6);
    }
    let residual = ContractPrediction::Residual(0.1);
    let seven = high_end.predict_one(7, residual).unwrap();
    assert!((seven - 7.529628).abs() < 6e-7, "{seven}");
    let printed = [2.964399, 4.103140, 4.869805, 5.442059, 5.894095];
    let values = regular.predict(&[0, 1, 2, 3, 4], residual).unwrap();
    for (got, printed) in values.iter().zip(printed) {
        assert!((got - printed).abs() < 6e-7, "{got}, {printed}");
    }
}

/// Fader, Hardie, Liu, Davin and Steenburgh 2018: LR 4.77, p .029.
#[test]
fn the_likelihood_ratio_of_duration_dependence_is_as_published() {
    let histories = seen(&HIGH_END, 4);
    let sbg = SbgParams::default().fit(&histories).unwrap();
    let bdw = BdwParams::default().fit(&histories).unwrap();
    let reports = (sbg.fit_report().unwrap(), bdw.fit_report().unwrap());
    let test = LikelihoodRatio::new(reports.0, reports.1).unwrap();
    assert!((test.statistic - 4.77).abs() < 5e-3);
    assert!((test.p_value - 0.029).abs() < 5e-4);
}

const PREDICTIONS: [ContractPrediction; 7] = [
    ContractPrediction::Survival(1),
    ContractPrediction::Survival(40),
    ContractPrediction::Renewals(12),
    ContractPrediction::Lifetime,
    ContractPrediction::Discounted(0.1),
    ContractPrediction::Residual(0.003),
    ContractPrediction::Elasticity(0.2),
];

proptest! {
    /// Whatever the parameters, the renewals made and the question.
    #[test]
    fn bdw_without_duration_dependence_is_sbg(
        ln_alpha in -4f64..4.0, ln_beta in -4f64..6.0, made in 0u32..40,
    ) {
        let (alpha, beta) = (ln_alpha.exp(), ln_beta.exp());
        let sbg = Sbg::new(alpha, beta).unwrap();
        let bdw = Bdw::new(alpha, beta, 1.0).unwrap();
        for what in PREDICTIONS {
            let one = sbg.predict_one(made, what).unwrap();
            let other = bdw.predict_one(made, what).unwrap();
            let same = (one / other - 1.0).abs() < 1e-9 || (one.is_infinite() && other.is_infinite());
            prop_assert!(same, "{what:?}: {one}, {other}");
        }
        let histories = seen(&REGULAR, 12);
        let (one, other) = (sbg.log_likelihood(&histories), bdw.log_likelihood(&histories));
        prop_assert!((one / other - 1.0).abs() < 1e-12, "{one}, {other}");
    }

    /// Sums over the survival curve, taken term by term.
    #[test]
    fn predictions_are_sums_over_the_survival_curve(
        ln_gamma in -2f64..3.0, ln_delta in -2f64..4.0, ln_c in -1f64..1.0, made in 0u32..10,
    ) {
        let model = Bdw::new(ln_gamma.exp(), ln_delta.exp(), ln_c.exp()).unwrap();
        let curve = model.survival_curve(2_000);
        let from = made as usize;
        // Far down the curve, where nobody is left, there is nothing to compare.
        prop_assume!(curve[from] > 1e-200);
        let chance = |n: usize| curve[from + n] / curve[from];
        let ask = |what| model.predict_one(made, what).unwrap();
        let close = |got: f64, sum: f64| (got - sum).abs() < 1e-9 * sum.max(1e-9);
        prop_assert!(close(ask(ContractPrediction::Survival(30)), chance(30)));
        let twelve: f64 = (1..=12).map(chance).sum();
        prop_assert!(close(ask(ContractPrediction::Renewals(12)), twelve));
        // At 5 % a period, 1,500 periods are for ever.
        let factor: f64 = 1.0 / 1.05;
        let residual: f64 = (1..1_500).rev().map(|n| factor.powf(n as f64 - 1.0) * chance(n)).sum();
        prop_assert!(close(ask(ContractPrediction::Residual(0.05)), residual));
        let lifetime = 1.0 + factor * residual;
        prop_assert!(close(ask(ContractPrediction::Discounted(0.05)), lifetime));
    }

    /// Columns tell what survivor counts tell.
    #[test]
    fn columns_and_counts_agree(
        rows in prop::collection::vec((0u32..6, any::<bool>()), 1..60),
    ) {
        let renewals: Vec<u32> = rows.iter().map(|row| row.0).collect();
        let lost: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let columns = ContractHistories::from_columns(&renewals, &lost, None).unwrap();
        let each: Vec<Vec<u64>> = rows.iter().map(|&(made, lost)| {
            let mut survivors = vec![1; made as usize + 1];
            survivors.extend(lost.then_some(0));
            survivors
        }).collect();
        prop_assert_eq!(&columns, &ContractHistories::from_survivors(&each).unwrap());
        // Who is looked at from the day they came is looked at from the start.
        let entered = vec![0; rows.len()];
        prop_assert_eq!(&columns, &ContractHistories::from_columns(&renewals, &lost, Some(&entered)).unwrap());
    }
}

/// Those who left before the books begin are in no file. Told when each was first
/// seen, the fit finds the truth all the same; not told, it takes all for faithful.
#[test]
fn a_base_known_from_some_day_on_is_not_taken_for_faithful() {
    let made = RenewalParams::default()
        .customers(60_000)
        .cohorts(12)
        .generate()
        .unwrap();
    let missed = 3;
    let kept: Vec<usize> = (0..made.renewals.len())
        .filter(|&at| made.renewals[at] >= missed)
        .collect();
    let renewals: Vec<u32> = kept.iter().map(|&at| made.renewals[at]).collect();
    let lost: Vec<bool> = kept.iter().map(|&at| made.lost[at]).collect();
    let entered = vec![missed; kept.len()];
    let fit = |entered| {
        let histories = ContractHistories::from_columns(&renewals, &lost, entered).unwrap();
        SbgParams::default().fit(&histories).unwrap()
    };
    let told = fit(Some(&entered)).estimates(0.999).unwrap();
    assert!(told[0].lo < 0.704 && 0.704 < told[0].hi, "{told:?}");
    assert!(told[1].lo < 1.182 && 1.182 < told[1].hi, "{told:?}");
    let first = fit(None).retention_curve(1)[0];
    // In truth 0.627 make the first renewal.
    assert!(first > 0.9, "{first}");
}

/// Customers who are all alike leave at a constant rate: the beta law runs off to a
/// point, and predicts as the geometric law does.
#[test]
fn like_customers_are_told_to_be_like() {
    let geometric = [4096, 3072, 2304, 1728, 1296, 972, 729];
    let model = SbgParams::default().fit(&seen(&geometric, 6)).unwrap();
    let FitVerdict::OnBoundary { parameters } = &model.fit_report().unwrap().verdict else {
        panic!("{:?}", model.fit_report());
    };
    assert!(
        parameters
            .iter()
            .any(|(_, limit)| *limit == Limit::Infinity)
    );
    assert!(model.estimates(0.95).is_err());
    for rate in model.retention_curve(10) {
        assert!((rate - 0.75).abs() < 1e-3, "{rate}");
    }
    let lifetime = model.predict_new(ContractPrediction::Lifetime).unwrap();
    assert!((lifetime - 4.0).abs() < 0.02, "{lifetime}");
}

#[test]
fn what_cannot_be_told_is_said() {
    let fit = |survivors: &[u64]| {
        let histories = ContractHistories::from_survivors(&[survivors]).unwrap();
        SbgParams::default()
            .fit(&histories)
            .map_err(|error| (error.kind(), error.to_string()))
    };
    for (survivors, kind, words) in [
        (
            &[1000][..],
            ErrorKind::NotEnoughData,
            "renewals that customers came to",
        ),
        (&[1000, 600], ErrorKind::NotEnoughData, "needs at least 2"),
        (
            &[1000, 1000, 1000],
            ErrorKind::Degenerate,
            "no customer was lost",
        ),
        (&[1000, 0, 0], ErrorKind::NotEnoughData, "found 1"),
        (&[0, 0, 0], ErrorKind::NotEnoughData, "found 0"),
    ] {
        let (found, message) = fit(survivors).unwrap_err();
        assert_eq!(found, kind, "{message}");
        assert!(message.contains(words), "{message}");
    }
    let nobody: [Vec<u64>; 0] = [];
    assert_eq!(
        ContractHistories::from_survivors(&nobody)
            .unwrap()
            .customers(),
        0
    );
    let none = ContractHistories::from_columns(&[], &[], None).unwrap();
    assert_eq!(none.survival(), [1.0]);
    for (renewals, lost, entered, words) in [
        (vec![1, 2], vec![true], None, "column lost has length 1"),
        (
            vec![1],
            vec![true],
            Some(vec![]),
            "column entered has length 0",
        ),
        (
            vec![1, 2],
            vec![true; 2],
            Some(vec![0, 3]),
            "column entered, row 1",
        ),
        (
            vec![1, 100_001],
            vec![true; 2],
            None,
            "column renewals, row 1",
        ),
    ] {
        let error =
            ContractHistories::from_columns(&renewals, &lost, entered.as_deref()).unwrap_err();
        assert!(error.to_string().starts_with(words), "{error}");
    }
    let empty: [&[u64]; 2] = [&[5], &[]];
    let error = ContractHistories::from_survivors(&empty).unwrap_err();
    assert!(
        error.to_string().starts_with("column survivors, row 1"),
        "{error}"
    );

    let model = Sbg::new(1.0, 2.0).unwrap();
    for (what, words) in [
        (ContractPrediction::Residual(-0.1), "discount rate is -0.1"),
        (
            ContractPrediction::Discounted(f64::NAN),
            "discount rate is NaN",
        ),
        (
            ContractPrediction::Elasticity(f64::INFINITY),
            "discount rate is inf",
        ),
        (
            ContractPrediction::Survival(1_000_001),
            "renewals is 1000001",
        ),
    ] {
        let error = model.predict(&[0], what).unwrap_err();
        assert!(error.to_string().starts_with(words), "{error}");
    }
    assert!(Sbg::new(0.0, 1.0).is_err() && Bdw::new(1.0, 1.0, f64::INFINITY).is_err());
}
