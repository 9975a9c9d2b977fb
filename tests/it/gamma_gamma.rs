//! Gamma-Gamma against published and recomputed figures.

use custometry::{
    ErrorKind,
    data::date_of_day,
    simulate::{PurchaseLogParams, PurchaseTiming},
    value::{FitVerdict, GammaGamma, GammaGammaParams, SpendHistories, SpendVerdict, SummaryState},
};

use crate::{bg_nbd::close, cdnow};

fn cdnow_spends() -> SpendHistories {
    let as_of = chrono::NaiveDate::from_ymd_opt(1997, 9, 30).unwrap();
    let state = SummaryState::new(&cdnow::log()).unwrap();
    SpendHistories::new(&state.summary(as_of).unwrap())
}

/// The optimum by full Newton in 30-digit arithmetic on the 946 customers with a
/// repeat purchase day. Fader, Hardie and Lee 2005 print 6.25, 3.74, 15.44.
#[test]
fn cdnow_fit_against_a_30_digit_optimum() {
    let spends = cdnow_spends();
    assert_eq!(
        (spends.len(), spends.usable(), spends.not_positive()),
        (2_357, 946, 0)
    );
    let model = GammaGammaParams::default().fit(&spends).unwrap();
    close(model.p(), 6.2495722713, 1e-6);
    close(model.q(), 3.7442246671, 1e-6);
    close(model.gamma(), 15.443520963, 1e-6);
    let report = model.fit_report().unwrap();
    assert_eq!(report.verdict, FitVerdict::Converged);
    assert!((report.log_likelihood + 4055.917694802).abs() < 1e-6);
    let errors = report.standard_errors().unwrap();
    for (got, expected) in errors.iter().zip([1.1900588, 0.29013274, 4.159433]) {
        close(*got, expected, 1e-4);
    }
    // "RFM and CLV" prints a correlation of .114; .057 without one customer.
    let told = model.eligibility().unwrap();
    assert!((told.correlation.unwrap().value - 0.114).abs() < 5e-4);
    assert_eq!(told.verdict(), SpendVerdict::Eligible);
}

/// Note 025 of Fader and Hardie: customers 1, 2, 3, 6 and 9, at exactly the rounded
/// parameters; and at those of the optimum, where the documentation of `lifetimes`
/// 0.11.3 prints the same customers, here cut to two decimals as it is quoted.
#[test]
fn expected_spend_against_note_025() {
    let known = [(2, 22.35), (1, 11.77), (0, 0.0), (7, 73.74), (2, 25.55)];
    let at = |p: f64, q: f64, gamma: f64| -> Vec<f64> {
        let model = GammaGamma::new(p, q, gamma).unwrap();
        let spend = |(x, mean)| model.expected_spend_one(x, mean).unwrap();
        known.into_iter().map(spend).collect()
    };
    let rounded = [24.66, 18.92, 35.22, 71.47, 27.29];
    for (got, printed) in at(6.25, 3.74, 15.44).into_iter().zip(rounded) {
        assert!((got - printed).abs() <= 5.1e-3, "{got}, {printed}");
    }
    let cut = [24.65, 18.91, 35.17, 71.46, 27.28];
    for (got, printed) in at(6.2495722713, 3.7442246671, 15.443520963)
        .into_iter()
        .zip(cut)
    {
        assert!((0.0..0.01).contains(&(got - printed)), "{got}, {printed}");
    }
}

#[test]
fn spend_that_tells_no_model_is_refused_or_judged() {
    let fit = |x: &[u32], mean: &[f64]| {
        let spends = SpendHistories::from_columns(x, mean, None).unwrap();
        GammaGammaParams::default().fit(&spends)
    };
    let none = fit(&[0; 9], &[0.0; 9]).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::NotEnoughData);
    let refunds = fit(&[1; 9], &[-4.0; 9]).unwrap_err();
    assert!(refunds.to_string().contains("above 0"), "{refunds}");
    let alike = fit(&[2; 9], &[20.0; 9]).unwrap_err();
    assert_eq!(alike.kind(), ErrorKind::Degenerate);
    assert!(alike.to_string().contains("20"), "{alike}");
    // Amounts over ten orders of magnitude: no mean over customers.
    let x: Vec<u32> = vec![4; 60];
    let mean: Vec<f64> = (0..60)
        .map(|at| (f64::from(at) * 0.4 - 5.0).exp())
        .collect();
    let wild = fit(&x, &mean).unwrap();
    assert!(wild.q() <= 1.0);
    let verdict = wild.eligibility().unwrap().verdict();
    assert_eq!(verdict, SpendVerdict::NoMean);
    assert!(verdict.statement().contains("fit them apart"));
    let spends = SpendHistories::from_columns(&[3, 0], &[5.0, 0.0], None).unwrap();
    let error = wild.expected_spend(&spends).unwrap_err().to_string();
    assert!(error.contains("row 1"), "{error}");
    // Who has shown enough has a mean all the same.
    assert!(wild.expected_spend_one(30, 5.0).unwrap() > 0.0);
}

/// Amounts that grow with frequency break the model, and the gate says so.
#[test]
fn amounts_that_go_with_frequency_are_noticed() {
    let x: Vec<u32> = (1..200).map(|at| 1 + at % 9).collect();
    let mean: Vec<f64> = (1..200)
        .zip(&x)
        .map(|(at, &x)| f64::from(x) * 5.0 + f64::from(at % 7))
        .collect();
    let model = GammaGammaParams::default()
        .fit(&SpendHistories::from_columns(&x, &mean, None).unwrap())
        .unwrap();
    assert_eq!(
        model.eligibility().unwrap().verdict(),
        SpendVerdict::Correlated
    );
}

#[test]
fn weights_count_as_customers() {
    let (x, mean) = ([1, 2, 5, 3, 1], [10.0, 14.0, 40.0, 22.0, 17.0]);
    let weighted = SpendHistories::from_columns(&x, &mean, Some(&[20.0; 5])).unwrap();
    let repeated = SpendHistories::from_columns(&x.repeat(20), &mean.repeat(20), None).unwrap();
    let fit = |spends| GammaGammaParams::default().fit(spends).unwrap();
    let (weighted, repeated) = (fit(&weighted), fit(&repeated));
    close(weighted.p(), repeated.p(), 1e-6);
    close(weighted.gamma(), repeated.gamma(), 1e-6);
}

/// Over 200 populations of known truth it lies within three standard errors for at
/// least 95 % of each parameter.
#[test]
fn truth_is_recovered_within_three_standard_errors() {
    let truth = [6.25, 3.74, 15.44];
    let mut inside = [0; 3];
    for seed in 0..200 {
        // Few purchases a year, so that hardly any two fall on one day and are merged.
        let log = PurchaseLogParams::default()
            .customers(1_000)
            .timing(PurchaseTiming::Nbd {
                r: 2.0,
                alpha: 60.0,
            })
            .seed(seed)
            .generate()
            .unwrap();
        let state = SummaryState::new(&log.transactions).unwrap();
        let summary = state.summary(date_of_day(10_407).unwrap()).unwrap();
        let spends = SpendHistories::new(&summary);
        let model = GammaGammaParams::default().fit(&spends).unwrap();
        // Three standard errors: a level of 99.73 %.
        for (at, estimate) in model.estimates(0.9973).unwrap().iter().enumerate() {
            inside[at] += u32::from(estimate.lo <= truth[at] && truth[at] <= estimate.hi);
        }
    }
    assert!(
        inside.iter().all(|&count| count >= 190),
        "{inside:?} of 200"
    );
}
