//! Pareto/NBD and NBD against published and recomputed figures.

use custometry::{
    data::{Days, DiscountRate, TimeUnit},
    value::{
        FitVerdict, Nbd, NbdParams, ParetoNbd, ParetoNbdParams, Prediction, PurchaseHistory,
        PurchaseModel,
    },
};

use crate::bg_nbd::{cdnow_histories, close, history};

fn weeks(weeks: f64) -> Days {
    Days::from_weeks(weeks)
}

fn model(r: f64, alpha: f64, s: f64, beta: f64) -> ParetoNbd {
    ParetoNbd::new(TimeUnit::Weeks, r, alpha, s, beta).unwrap()
}

fn check_fit(
    model: &impl PurchaseModel,
    parameters: &[f64],
    errors: &[f64],
    ln_l: f64,
    within: f64,
) {
    let report = model.fit_report().unwrap();
    assert_eq!(report.verdict, FitVerdict::Converged);
    assert!(
        (report.log_likelihood - ln_l).abs() < 1e-6,
        "{}",
        report.log_likelihood
    );
    for ((name, got), expected) in model.parameters().into_iter().zip(parameters) {
        assert!(
            (got / expected - 1.0).abs() < within,
            "{name}: {got}, expected {expected}"
        );
    }
    for (got, expected) in report.standard_errors().unwrap().iter().zip(errors) {
        close(*got, *expected, 1e-4);
    }
}

/// The optimum by full Newton in 30-digit arithmetic on the day-exact data. Fader,
/// Hardie and Lee 2005 print .553, 10.578, .606, 11.669 and -9595.0.
#[test]
fn cdnow_fit_against_a_30_digit_optimum() {
    let model = ParetoNbdParams::default().fit(&cdnow_histories()).unwrap();
    let parameters = [0.55327704685, 10.577683463, 0.60623998913, 11.668735289];
    let errors = [0.047627931, 0.84272227, 0.18728088, 6.2111049];
    check_fit(&model, &parameters, &errors, -9594.97617894, 1e-5);
    // BIC: notebook of A. Ahmed on customer analytics, 19221.0.
    close(model.fit_report().unwrap().bic(), 19221.0, 3e-6);
}

#[test]
fn nbd_fit_of_cdnow_against_a_30_digit_optimum() {
    let model = NbdParams::default().fit(&cdnow_histories()).unwrap();
    check_fit(
        &model,
        &[0.3847661, 12.0720217],
        &[0.020985, 0.808723],
        -9763.657615,
        1e-6,
    );
    close(model.fit_report().unwrap().bic(), 19542.8, 3e-6);
}

/// The walkthrough of BTYD 2.4.3, whose parameters are .553, 10.580, .606, 11.656
/// with digits that it does not print: near .55337133, 10.57952125, .60590662,
/// 11.65806718.
#[test]
fn predictions_against_the_btyd_walkthrough() {
    let model = model(0.55337133, 10.57952125, 0.60590662, 11.65806718);
    let year = weeks(52.0);
    close(
        model.expected_of_new_customer(year).unwrap(),
        1.473434,
        4e-7,
    );
    let customer_1516 = history(26, 216.0 / 7.0, 31.0);
    assert!((model.p_alive_one(&customer_1516) - 0.997874).abs() < 5.1e-7);
    close(
        model.expected_purchases_one(&customer_1516, year).unwrap(),
        25.45647,
        4e-7,
    );
    for (x, expected) in [
        (10, 0.7062289),
        (15, 0.1442396),
        (20, 0.02250658),
        (25, 0.00309267),
    ] {
        let got = model
            .expected_purchases_one(&history(x, 20.0, 39.0), year)
            .unwrap();
        close(got, expected, 4e-7);
    }
}

/// Fader and Hardie's note 009 (spreadsheet), parameters .55, 10.56, .61, 11.64;
/// P(alive) and the conditional expectation in 30 digits at the same.
#[test]
fn predictions_against_note_009() {
    let model = model(0.55, 10.56, 0.61, 11.64);
    let printed = [
        0.0, 0.05077821, 0.09916088, 0.14542507, 0.18979930, 0.23247466, 0.27361274, 0.31335159,
        0.35181024, 0.38909211,
    ];
    for (t, expected) in printed.iter().enumerate() {
        let got = model.expected_of_new_customer(weeks(t as f64)).unwrap();
        assert!((got - expected).abs() < 5.1e-9, "{t}: {got}");
    }
    let two = model
        .expected_purchases_one(&history(10, 35.0, 39.0), weeks(2.0))
        .unwrap();
    close(two, 0.3884117232, 2e-10);
    close(
        model.p_alive_one(&history(0, 0.0, 39.0)),
        0.292403101109,
        2e-12,
    );
}

/// Customer 1516 at the definitive optimum, in 30 digits.
#[test]
fn customer_1516_in_30_digits() {
    let model = model(0.55327704685, 10.577683463, 0.60623998913, 11.668735289);
    let known = history(26, 216.0 / 7.0, 31.0);
    close(model.p_alive_one(&known), 0.997873404715, 1e-11);
    close(
        model.expected_purchases_one(&known, weeks(52.0)).unwrap(),
        25.4551835035,
        1e-10,
    );
}

/// DERT of "RFM and CLV" (Fader, Hardie and Lee 2005), recomputed in 30 digits.
/// The iso-value curves bend backwards: more purchases long ago are worth less.
#[test]
fn dert_of_rfm_and_clv_in_30_digits() {
    let model = model(0.5629966, 12.5590370, 0.4081095, 10.5148048);
    let dert = |rate: f64, x: u32, t_x: f64| {
        let rate = DiscountRate::continuous(rate / 7.0).unwrap();
        model
            .predict_one(&history(x, t_x, 77.86), Prediction::Residual(rate))
            .unwrap()
    };
    close(dert(0.0027, 7, 35.0), 1.864183328, 3e-10);
    close(dert(1.15f64.ln() / 52.0, 7, 35.0), 1.870584995, 3e-10);
    let printed = [
        2.1991554, 2.8435344, 2.8671284, 2.4454101, 1.8405019, 1.2624165, 0.80961812, 0.49480362,
        0.2920247, 0.16792751,
    ];
    for (x, expected) in (1..).zip(printed) {
        close(dert(0.0027, x, 30.0), expected, 3e-8);
    }
}

/// Histories on which the difference of two hypergeometric functions underflows or
/// loses all digits, in 30 digits; times as printed.
#[test]
fn p_alive_under_stress_in_30_digits() {
    let sub = model(0.5143, 2.8845, 0.2856, 14.1087);
    let fast = model(10.465, 0.00798565181, 3.0516, 2.820);
    for (model, x, t_x, age, expected) in [
        (&sub, 221, 103.42857, 103.57143, 0.999596052318),
        (&sub, 254, 97.14286, 97.28571, 0.999558226123),
        (&sub, 161, 94.71429, 98.0, 0.749487752258),
        (&sub, 204, 98.57143, 99.42857, 0.994255079638),
        (&fast, 40, 5.0, 6.0, 0.00188512818736),
        (&fast, 50, 1.0, 37.0, 1.41714429129e-96),
        (&fast, 50, 4.0, 37.0, 6.7329748718e-60),
        (&fast, 400, 5.0, 6.0, 5.13745811332e-31),
        (&fast, 500, 1.0, 37.0, 0.0),
    ] {
        close(model.p_alive_one(&history(x, t_x, age)), expected, 1e-8);
    }
    let model = model(0.55, 10.58, 0.61, 11.67);
    for (x, expected) in [(132, 6.20605178896), (133, 6.25287224757)] {
        let got = model
            .expected_purchases_one(&history(x, 200.0, 200.0), weeks(10.0))
            .unwrap();
        close(got, expected, 1e-10);
    }
}

#[test]
fn nobody_leaves_in_an_nbd_world() {
    let model = Nbd::new(TimeUnit::Weeks, 0.4, 12.0).unwrap();
    let known = history(0, 0.0, 5_000.0);
    let silence = model
        .predict_one(&known, Prediction::SilenceAge(0.5))
        .unwrap();
    assert!(silence.is_infinite());
    let rate = DiscountRate::annual(0.15).unwrap();
    let ever = model
        .predict_one(&known, Prediction::Residual(rate))
        .unwrap();
    close(ever, 0.4 / 5_012.0 / (7.0 * rate.per_day()), 1e-14);
    let century = Prediction::Discounted(Days(36_525_000.0), rate);
    close(model.predict_one(&known, century).unwrap(), ever, 1e-12);
}

#[test]
fn p_alive_is_at_the_threshold_on_the_silence_age() {
    let model = model(0.553, 10.578, 0.606, 11.669);
    for (x, t_x) in [(0, 0.0), (1, 3.0), (26, 30.0), (300, 90.0)] {
        for threshold in [0.999, 0.5, 0.05, 1e-6] {
            let known = history(x, t_x, t_x);
            let silence = Prediction::SilenceAge(threshold);
            let age = Days(model.predict_one(&known, silence).unwrap());
            let then = PurchaseHistory::new(x, weeks(t_x), age).unwrap();
            close(model.p_alive_one(&then), threshold, 1e-9);
        }
    }
}
