//! BG/NBD against published and recomputed figures.

use custometry::{
    ErrorKind,
    data::{Days, TimeUnit},
    value::{
        BgNbd, BgNbdParams, FitVerdict, PurchaseHistories, PurchaseHistory, PurchaseModel,
        SummaryState,
    },
};
use proptest::prelude::*;

use crate::cdnow;

pub(crate) fn close(got: f64, expected: f64, relative: f64) {
    let off = (got - expected).abs();
    assert!(
        off <= relative * expected.abs(),
        "{got}, expected {expected}"
    );
}

pub(crate) fn cdnow_histories() -> PurchaseHistories {
    let log = cdnow::log();
    let as_of = chrono::NaiveDate::from_ymd_opt(1997, 9, 30).unwrap();
    let summary = SummaryState::new(&log).unwrap().summary(as_of).unwrap();
    PurchaseHistories::new(&summary).unwrap()
}

pub(crate) fn history(x: u32, recency_weeks: f64, age_weeks: f64) -> PurchaseHistory {
    let (recency, age) = (Days::from_weeks(recency_weeks), Days::from_weeks(age_weeks));
    PurchaseHistory::new(x, recency, age).unwrap()
}

fn expected_over(model: &BgNbd, history: &PurchaseHistory, horizon: Days) -> f64 {
    model.expected_purchases_one(history, horizon).unwrap()
}

/// The optimum by full Newton in 30-digit arithmetic on the day-exact data;
/// Fader, Hardie and Lee 2005 print .243, 4.414, .793, 2.426 and -9582.4.
#[test]
fn cdnow_fit_against_a_30_digit_optimum() {
    let histories = cdnow_histories();
    let model = BgNbdParams::default().fit(&histories).unwrap();
    close(model.r(), 0.24259452243, 1e-6);
    close(model.alpha(), 4.41360201901, 1e-6);
    close(model.a(), 0.792922017226, 1e-6);
    close(model.b(), 2.42590677683, 1e-6);
    let report = model.fit_report().unwrap();
    assert_eq!(report.verdict, FitVerdict::Converged);
    assert!((report.log_likelihood + 9582.4292066739).abs() < 1e-6);
    let errors = report.standard_errors().unwrap();
    for (got, expected) in errors.iter().zip([0.012557, 0.378224, 0.185733, 0.705414]) {
        close(*got, expected, 1e-4);
    }
    // BIC: notebook of A. Ahmed on customer analytics, 19195.9.
    close(report.bic(), 19195.9, 3e-6);
}

/// Covariance in 30-digit arithmetic at the same optimum.
#[test]
fn cdnow_covariance_against_a_30_digit_hessian() {
    let model = BgNbdParams::default().fit(&cdnow_histories()).unwrap();
    let covariance = model.fit_report().unwrap().covariance.clone().unwrap();
    let expected = [
        [0.00015768774, 0.0037064196, -8.7847007e-5, 6.5637091e-5],
        [0.0037064196, 0.14305342, -0.0028656776, 0.010523285],
        [-8.7847007e-5, -0.0028656776, 0.034497058, 0.12321779],
        [6.5637091e-5, 0.010523285, 0.12321779, 0.49760936],
    ];
    for (row, line) in expected.iter().enumerate() {
        for (column, &value) in line.iter().enumerate() {
            close(covariance[4 * row + column], value, 1e-6);
            let mirrored = covariance[4 * column + row];
            assert_eq!(covariance[4 * row + column].to_bits(), mirrored.to_bits());
        }
    }
}

/// The walkthrough of BTYD 2.4.3, at its parameters.
#[test]
fn predictions_against_the_btyd_walkthrough() {
    let model = BgNbd::new(TimeUnit::Weeks, 0.2425967, 4.413659, 0.7929869, 2.426164).unwrap();
    let year = Days::from_weeks(52.0);
    let customer_1516 = history(26, 216.0 / 7.0, 31.0);
    close(model.p_alive_one(&customer_1516), 0.9688523, 5e-7);
    close(expected_over(&model, &customer_1516, year), 25.75659, 4e-7);
    close(
        model.expected_of_new_customer(year).unwrap(),
        1.444004,
        4e-7,
    );
    for (x, expected) in [
        (10, 0.3474606),
        (15, 0.04283391),
        (20, 0.004158973),
        (25, 0.0003583685),
    ] {
        close(
            expected_over(&model, &history(x, 20.0, 39.0), year),
            expected,
            3e-7,
        );
    }
}

/// Hardie's spreadsheet for BG/NBD, and the same in 30 digits.
#[test]
fn predictions_against_hardies_spreadsheet() {
    let model = BgNbd::new(TimeUnit::Weeks, 0.2425945, 4.4136019, 0.7929199, 2.4258881).unwrap();
    let known = history(2, 30.43, 38.86);
    close(
        expected_over(&model, &known, Days::from_weeks(39.0)),
        1.225905705,
        5e-10,
    );
    for (weeks, printed) in [
        (0.1429, 0.0078),
        (1.0, 0.0532),
        (3.0, 0.1506),
        (31.8571, 1.0405),
        (32.0, 1.0437),
    ] {
        let got = model
            .expected_of_new_customer(Days::from_weeks(weeks))
            .unwrap();
        assert!((got - printed).abs() <= 5.1e-5, "{weeks}: {got}");
    }
    // 1.8576 in the spreadsheet; 1.857956 at these parameters in 30 digits.
    let got = model
        .expected_of_new_customer(Days::from_weeks(78.0))
        .unwrap();
    assert!((got - 1.857956).abs() < 2.1e-6, "{got}");
}

/// BTYD 2.4.3: holdout purchases expected by calibration frequency 0..6 and 7+,
/// at its parameters.
#[test]
fn conditional_expectations_by_frequency_against_btyd() {
    let log = cdnow::log();
    let as_of = chrono::NaiveDate::from_ymd_opt(1997, 9, 30).unwrap();
    let summary = SummaryState::new(&log).unwrap().summary(as_of).unwrap();
    let histories = PurchaseHistories::new(&summary).unwrap();
    let model = BgNbd::new(TimeUnit::Weeks, 0.2425967, 4.413659, 0.7929869, 2.426164).unwrap();
    let expected = model
        .expected_purchases(&histories, Days::from_weeks(39.0))
        .unwrap();
    let (mut sums, mut counts) = ([0.0; 8], [0.0; 8]);
    for (&x, value) in summary.frequency().iter().zip(expected) {
        sums[x.min(7) as usize] += value;
        counts[x.min(7) as usize] += 1.0;
    }
    let printed = [
        0.2250893, 0.5231364, 1.044126, 1.520256, 2.163824, 2.653789, 3.503957, 6.157036,
    ];
    for ((sum, count), printed) in sums.iter().zip(counts).zip(printed) {
        close(sum / count, printed, 5e-7);
    }
}

/// The best customers of the next week in the documentation of `lifetimes` 0.11.3,
/// whose data have weeks with two decimals; recomputed in 30 digits at the optimum.
#[test]
fn the_best_customers_of_the_lifetimes_documentation() {
    let as_of = chrono::NaiveDate::from_ymd_opt(1997, 9, 30).unwrap();
    let state = SummaryState::new(&cdnow::log()).unwrap();
    let summary = state.summary(as_of).unwrap();
    let optimum = [0.24259452243, 4.41360201901, 0.792922017226, 2.42590677683];
    let [r, alpha, a, b] = optimum;
    let model = BgNbd::new(TimeUnit::Weeks, r, alpha, a, b).unwrap();
    let weeks = |days: u32| (f64::from(days) / 7.0 * 100.0).round() / 100.0;
    for (key, expected) in [
        ("509", 0.4248758),
        ("841", 0.4747366),
        ("1981", 0.4865239),
        ("157", 0.6623944),
        ("1516", 0.7106208),
    ] {
        let at = summary.customers().find(key.into()).unwrap().at();
        let (last, age) = (summary.recency()[at], summary.age()[at]);
        let known = history(summary.frequency()[at], weeks(last), weeks(age));
        let next = expected_over(&model, &known, Days::from_weeks(1.0));
        assert!((next - expected).abs() < 6e-8, "{key}: {next}");
    }
}

#[test]
fn weights_count_as_customers() {
    let rows = [
        (0u32, 0.0, 200.0),
        (3, 150.0, 250.0),
        (1, 40.0, 190.0),
        (6, 100.0, 260.0),
    ];
    let column = |copies: usize| {
        let rows = || {
            rows.iter()
                .flat_map(move |row| std::iter::repeat_n(row, copies))
        };
        (
            rows().map(|row| row.0).collect::<Vec<_>>(),
            rows().map(|row| row.1).collect::<Vec<_>>(),
            rows().map(|row| row.2).collect::<Vec<_>>(),
        )
    };
    let fit = |(x, recency, age): (Vec<u32>, Vec<f64>, Vec<f64>), weights: Option<&[f64]>| {
        let histories = PurchaseHistories::from_columns(&x, &recency, &age, weights).unwrap();
        BgNbdParams::default().fit(&histories).unwrap()
    };
    let weighted = fit(column(1), Some(&[50.0; 4]));
    let repeated = fit(column(50), None);
    assert_eq!(weighted, repeated);
}

#[test]
fn data_that_tell_no_model_are_refused_or_judged() {
    let fit = |x: &[u32], recency: &[f64], age: &[f64]| {
        let histories = PurchaseHistories::from_columns(x, recency, age, None).unwrap();
        BgNbdParams::default().fit(&histories)
    };
    let one_timers = fit(&[0; 10], &[0.0; 10], &[100.0; 10]).unwrap_err();
    assert_eq!(one_timers.kind(), ErrorKind::Degenerate);
    assert!(
        one_timers
            .to_string()
            .contains("no customer has a repeat purchase")
    );
    let today = fit(&[0; 10], &[0.0; 10], &[0.0; 10]).unwrap_err();
    assert!(today.to_string().contains("came on the last day"));
    let one = fit(&[3], &[90.0], &[100.0]).unwrap_err();
    assert_eq!(one.kind(), ErrorKind::NotEnoughData);
    // All alike in rate: r and alpha run off together, and nobody drops out.
    let alike = fit(&[5; 40], &[99.0; 40], &[100.0; 40]).unwrap();
    let verdict = &alike.fit_report().unwrap().verdict;
    assert!(
        verdict.statement().contains("goes to"),
        "{}",
        verdict.statement()
    );
    let error = alike.estimates(0.95).unwrap_err().to_string();
    assert!(
        error.contains("no standard errors") && error.contains("bootstrap"),
        "{error}"
    );
    // The limiting model is a Poisson process of 5 purchases in 100 days.
    let next = expected_over(&alike, &history(5, 99.0 / 7.0, 100.0 / 7.0), Days(100.0));
    assert!((next - 5.0).abs() < 0.05, "{next}");
}

/// The third form of the conditional expectation has no seam at a = 1.
#[test]
fn nothing_is_special_about_a_of_one() {
    let at = |a: f64| {
        let model = BgNbd::new(TimeUnit::Weeks, 0.5, 10.0, a, 2.0).unwrap();
        expected_over(&model, &history(4, 20.0, 39.0), Days::from_weeks(52.0))
    };
    let middle = at(1.0);
    for step in [1e-12, 1e-9, 1e-6] {
        let (below, above) = (at(1.0 - step), at(1.0 + step));
        assert!(
            (below - middle).abs() < 10.0 * step + 1e-14,
            "{below} {middle}"
        );
        assert!((f64::midpoint(below, above) - middle).abs() < 1e-11);
    }
}

/// In a population of like customers (r = 52) the series of the expectation once
/// lost all digits: a longer horizon promised less. Figures: the closed form in
/// mpmath 1.3 with 40 digits.
#[test]
fn like_customers_are_expected_to_buy_more_in_a_longer_time() {
    let logs = [
        3.9526801415956423f64,
        -3.366265218779932,
        -0.2888492844003227,
        -2.5702647737562483,
    ];
    let [r, alpha, a, b] = logs.map(f64::exp);
    let model = BgNbd::new(TimeUnit::Days, r, alpha * 10.0, a, b).unwrap();
    let known = PurchaseHistory::new(0, Days(0.0), Days(216.1264795651193)).unwrap();
    for (horizon, expected) in [
        (65618.89404925052, 4.764272688055197),
        (98428.34107387578, 5.200010026937276),
    ] {
        close(
            expected_over(&model, &known, Days(horizon)),
            expected,
            1e-10,
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]
    #[test]
    fn predictions_are_finite_and_in_order(
        logs in prop::array::uniform4(-4.0f64..4.0),
        x in prop_oneof![0u32..20, 0u32..3_000],
        recency in 0.0f64..1.0,
        age in 0.01f64..3_000.0,
        horizon in prop_oneof![0.0f64..100.0, 0.0f64..1e5],
    ) {
        let [r, alpha, a, b] = logs.map(f64::exp);
        let model = BgNbd::new(TimeUnit::Days, r, alpha * 10.0, a, b).unwrap();
        let last = if x == 0 { 0.0 } else { age * recency.max(1e-6) };
        let of = |age: f64| PurchaseHistory::new(x, Days(last), Days(age)).unwrap();
        let known = of(age);
        let alive = model.p_alive_one(&known);
        prop_assert!((0.0..=1.0).contains(&alive), "{alive}");
        prop_assert!(model.p_alive_one(&of(age * 1.1)) <= alive, "silence does not help");
        let many = expected_over(&model, &known, Days(horizon));
        prop_assert!(many.is_finite() && many >= 0.0, "{many}");
        let longer = expected_over(&model, &known, Days(horizon * 1.5));
        prop_assert!(longer >= many * (1.0 - 1e-9), "{longer} < {many}");
        // No more than at the customer's own rate for ever.
        let rate = (r + f64::from(x)) / (alpha * 10.0 + age);
        prop_assert!(many <= rate * horizon * (1.0 + 1e-9) + 1e-300, "{many}");
    }
}
