//! MBG/NBD against published and recomputed figures, and against its simulation.

use custometry::{
    data::{Days, TimeUnit},
    value::{FitVerdict, MbgNbd, MbgNbdParams, PurchaseHistories, PurchaseHistory, PurchaseModel},
};

use crate::bg_nbd::{cdnow_histories, close};

/// The optimum by full Newton in 30-digit arithmetic on the day-exact data;
/// The packages `BTYDplus` and `lifetimes` print .525, 6.183, .891, 1.614. Standard errors are good
/// to five digits.
#[test]
fn cdnow_fit_against_a_30_digit_optimum() {
    let model = MbgNbdParams::default().fit(&cdnow_histories()).unwrap();
    close(model.r(), 0.52484315911, 1e-6);
    close(model.alpha(), 6.1830852796, 1e-6);
    close(model.a(), 0.89135939073, 1e-6);
    close(model.b(), 1.6140022402, 1e-6);
    let report = model.fit_report().unwrap();
    assert_eq!(report.verdict, FitVerdict::Converged);
    assert!((report.log_likelihood + 9582.135715554).abs() < 1e-6);
    let errors = report.standard_errors().unwrap();
    let expected = [0.0832682066, 0.69562237, 0.15479039, 0.53749788];
    for (got, expected) in errors.iter().zip(expected) {
        close(*got, expected, 1e-4);
    }
}

#[test]
fn a_new_customer_may_already_be_gone() {
    let model = MbgNbd::new(TimeUnit::Weeks, 0.525, 6.183, 0.891, 1.614).unwrap();
    let just_bought = PurchaseHistory::new(0, Days(0.0), Days(0.0)).unwrap();
    close(
        model.p_alive_one(&just_bought),
        1.614 / (0.891 + 1.614),
        1e-14,
    );
    // What is expected of a new customer is what is expected of one known for no
    // time at all.
    for weeks in [0.5, 10.0, 500.0, 50_000.0] {
        let horizon = Days::from_weeks(weeks);
        let new = model.expected_of_new_customer(horizon).unwrap();
        let known = model.expected_purchases_one(&just_bought, horizon).unwrap();
        close(new, known, 1e-12);
    }
}

/// The definition, by brute force: the posterior mean of the number of purchases
/// in (T, T + t], integrated over a grid of p and λ.
#[test]
fn expectations_against_integration_over_the_mixing_laws() {
    let (r, alpha, a, b) = (0.7f64, 6.0f64, 1.3f64, 2.1f64);
    let model = MbgNbd::new(TimeUnit::Days, r, alpha, a, b).unwrap();
    for (x, recency, age, t) in [
        (0u32, 0.0, 20.0, 30.0),
        (3, 12.0, 20.0, 30.0),
        (7, 19.0, 20.0, 5.0),
    ] {
        let n = f64::from(x);
        // Weights and expectations on a grid of p (midpoints) and of λ (in logs).
        let (mut top, mut bottom) = (0.0, 0.0);
        for i in 0..400 {
            let p = (f64::from(i) + 0.5) / 400.0;
            let law = p.powf(a - 1.0) * (1.0 - p).powf(b - 1.0);
            for j in 0..800 {
                let u = -14.0 + 18.0 * (f64::from(j) + 0.5) / 800.0;
                let rate = u.exp();
                // Gamma density in u, without constants.
                let density = (r * u - alpha * rate).exp();
                let bought = (n * u).exp() * (1.0 - p).powf(n);
                let active = bought * (1.0 - p) * (-rate * age).exp();
                let left = bought * p * (-rate * recency).exp();
                // Purchases in t of an active customer: (1 - e^(-λ p t)) / p.
                let next = -(-rate * p * t).exp_m1() / p;
                top += law * density * active * next;
                bottom += law * density * (active + left);
            }
        }
        let history = PurchaseHistory::new(x, Days(recency), Days(age)).unwrap();
        let got = model.expected_purchases_one(&history, Days(t)).unwrap();
        close(got, top / bottom, 2e-3);
    }
}

#[test]
fn cells_of_weight_zero_do_not_matter() {
    let x = [0, 1, 2, 5, 3, 0];
    let recency = [0.0, 30.0, 80.0, 150.0, 90.0, 0.0];
    let age = [200.0, 190.0, 200.0, 180.0, 100.0, 50.0];
    let with = |weights: &[f64]| {
        let histories = PurchaseHistories::from_columns(&x, &recency, &age, Some(weights)).unwrap();
        MbgNbdParams::default().fit(&histories).unwrap()
    };
    let without = PurchaseHistories::from_columns(&x[..5], &recency[..5], &age[..5], None).unwrap();
    let without = MbgNbdParams::default().fit(&without).unwrap();
    let with = with(&[1.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
    close(with.r(), without.r(), 1e-9);
    close(with.b(), without.b(), 1e-9);
}
