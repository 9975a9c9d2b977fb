//! What must hold between the predictions of a model, whatever its parameters.

use custometry::{
    data::{Days, TimeUnit},
    simulate::{PurchaseLogParams, PurchaseTiming},
    value::{
        BgNbd, BgNbdParams, FitVerdict, MbgNbd, MbgNbdParams, Nbd, ParetoNbd, ParetoNbdParams,
        Prediction, PurchaseHistories, PurchaseModel, SummaryState,
    },
};

use crate::bg_nbd::{close, history};

fn models() -> Vec<Box<dyn PurchaseModel>> {
    let unit = TimeUnit::Weeks;
    vec![
        Box::new(Nbd::new(unit, 0.385, 12.07).unwrap()),
        Box::new(Nbd::new(unit, 8.0, 30.0).unwrap()),
        Box::new(BgNbd::new(unit, 0.243, 4.414, 0.793, 2.426).unwrap()),
        Box::new(BgNbd::new(unit, 6.0, 20.0, 1.0, 7.0).unwrap()),
        Box::new(MbgNbd::new(unit, 0.525, 6.183, 0.891, 1.614).unwrap()),
        Box::new(MbgNbd::new(unit, 3.0, 9.0, 0.2, 0.3).unwrap()),
        Box::new(ParetoNbd::new(unit, 0.553, 10.578, 0.606, 11.669).unwrap()),
        Box::new(ParetoNbd::new(unit, 4.0, 8.0, 1.0, 8.0).unwrap()),
        Box::new(ParetoNbd::new(unit, 2.0, 300.0, 5.0, 2.0).unwrap()),
    ]
}

#[test]
fn chances_sum_to_one_and_their_mean_is_the_expectation() {
    for model in models() {
        for known in [
            history(0, 0.0, 0.0),
            history(0, 0.0, 39.0),
            history(2, 30.43, 38.86),
            history(26, 30.0, 31.0),
            history(10, 20.0, 39.0),
        ] {
            let horizon = Days::from_weeks(13.0);
            let (mut sum, mut mean) = (0.0, 0.0);
            for n in 0..1_500 {
                let chance = model
                    .predict_one(&known, Prediction::Exactly(n, horizon))
                    .unwrap();
                sum += chance;
                mean += f64::from(n) * chance;
            }
            assert!((sum - 1.0).abs() < 1e-10, "{model:?}, {known:?}: {sum}");
            let expected = model.expected_purchases_one(&known, horizon).unwrap();
            close(mean, expected, 1e-8);
        }
    }
}

/// Fader, Hardie and Lee's spreadsheet for the distribution of BG/NBD purchases.
#[test]
fn bg_nbd_chances_against_the_published_spreadsheet() {
    let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426).unwrap();
    let chance = |n: u32, weeks: f64| {
        let exactly = Prediction::Exactly(n, Days::from_weeks(weeks));
        model.predict_new(exactly).unwrap()
    };
    assert!((chance(10, 2.0) - 1.07869e-7).abs() < 5.1e-13);
    assert!((chance(0, 39.0) - 0.5737864).abs() < 5.1e-8);
    let printed = [
        0.0019995214,
        0.0015170236,
        0.0011633150,
        0.0009003148,
        0.0007023638,
        0.0005517902,
        0.0004361913,
        0.0003467171,
        0.0002769613,
        0.0002222260,
    ];
    for (n, expected) in (11..).zip(printed) {
        let got = chance(n, 30.0);
        assert!((got - expected).abs() < 5.1e-11, "{n}: {got}");
    }
}

/// Customers who all leave, or all buy, at one rate: the laws of rates have no width,
/// and the fit says so or comes to a large shape; it does not fail.
#[test]
fn like_customers_get_a_verdict() {
    let histories = |timing: PurchaseTiming| {
        let params = PurchaseLogParams::default().customers(1_500).timing(timing);
        let state = SummaryState::new(&params.generate().unwrap().transactions).unwrap();
        let last = custometry::data::date_of_day(10_407).unwrap();
        PurchaseHistories::new(&state.summary(last).unwrap()).unwrap()
    };
    let alike = histories(PurchaseTiming::ParetoNbd {
        r: 0.6,
        alpha: 6.0,
        s: 1e5,
        beta: 3e6,
    });
    let pareto = ParetoNbdParams::default().fit(&alike).unwrap();
    let verdict = &pareto.fit_report().unwrap().verdict;
    assert!(
        *verdict != FitVerdict::Converged || pareto.s() > 2.0,
        "{verdict:?}"
    );
    let alike = histories(PurchaseTiming::BgNbd {
        r: 0.6,
        alpha: 6.0,
        a: 2e4,
        b: 8e4,
    });
    let bg = BgNbdParams::default().fit(&alike).unwrap();
    let verdict = &bg.fit_report().unwrap().verdict;
    assert!(
        *verdict != FitVerdict::Converged || bg.a() > 2.0,
        "{verdict:?}"
    );
    // What can be told all the same: a fifth leaves after a purchase.
    close(bg.a() / (bg.a() + bg.b()), 0.2, 0.1);
    let mbg = MbgNbdParams::default().fit(&alike).unwrap();
    assert!(mbg.fit_report().unwrap().log_likelihood.is_finite());
}
