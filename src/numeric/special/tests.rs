//! Every function against mpmath, then the edges of the domains.
//!
//! A tolerance is about twice the largest error seen, over these cases and over
//! some ten thousand random ones. It is relative to the value, except that a
//! logarithm is held to `max(|value|, 1)`: where the value crosses zero the last
//! bit of the arguments alone moves it by an absolute amount.

use super::*;
use serde_json::Value;

/// The references by name; see `make_special.py` beside them.
fn golden(name: &str) -> Vec<(Vec<f64>, f64)> {
    let all: Value =
        serde_json::from_str(include_str!("../../../tests/golden/numeric/special.json")).unwrap();
    // As text, because that is parsed to the nearest double.
    let number = |text: &Value| text.as_str().unwrap().parse::<f64>().unwrap();
    let row = |row: &Value| {
        let args = row["args"].as_array().unwrap().iter().map(number).collect();
        (args, number(&row["value"]))
    };
    all["cases"][name]
        .as_array()
        .unwrap()
        .iter()
        .map(row)
        .collect()
}

fn relative(_: &[f64], want: f64) -> f64 {
    want.abs()
}

fn relative_or_absolute(_: &[f64], want: f64) -> f64 {
    want.abs().max(1.0)
}

/// Equal, infinities included.
fn is(got: f64, want: f64) -> bool {
    got.total_cmp(&want).is_eq()
}

/// Fails with the worst case when an error exceeds `tolerance * scale`.
fn holds(name: &str, tolerance: f64, scale: fn(&[f64], f64) -> f64, f: impl Fn(&[f64]) -> f64) {
    let mut worst = (0.0, String::from("none"));
    let cases = golden(name);
    assert!(!cases.is_empty());
    for (args, want) in cases {
        let got = f(&args);
        // A value beyond f64 is infinite on both sides; one of 0 has no scale.
        if is(got, want) {
            continue;
        }
        let error = (got - want).abs() / scale(&args, want).max(f64::MIN_POSITIVE);
        let error = if error.is_nan() { f64::INFINITY } else { error };
        if error > worst.0 {
            worst = (error, format!("{args:?}: got {got:e}, want {want:e}"));
        }
    }
    assert!(
        worst.0 <= tolerance,
        "{name}: error {:.1e} at {}",
        worst.0,
        worst.1
    );
}

#[test]
fn ln_gamma_matches_reference() {
    // Relative even beside the zeros at 1 and 2.
    holds("ln_gamma", 1.6e-15, relative, |x| ln_gamma(x[0]));
}

#[test]
fn digamma_matches_reference() {
    holds("digamma", 2.5e-15, relative_or_absolute, |x| digamma(x[0]));
}

#[test]
fn trigamma_matches_reference() {
    holds("trigamma", 1e-15, relative, |x| trigamma(x[0]));
}

#[test]
fn ln_beta_matches_reference() {
    holds("ln_beta", 6e-15, relative_or_absolute, |x| {
        ln_beta(x[0], x[1])
    });
}

#[test]
fn ln_rising_matches_reference() {
    // ln r is a summand: beside a tiny r a small result is a difference of large
    // ones.
    let scale = |args: &[f64], want: f64| want.abs().max(1.0).max(args[0].ln().abs());
    holds("ln_rising", 1e-15, scale, |x| ln_rising(x[0], x[1]));
}

#[test]
fn sums_of_exponentials_match_reference() {
    holds("log_sum_exp", 4e-16, relative_or_absolute, |x| {
        log_sum_exp(x[0], x[1])
    });
    holds("log_diff_exp", 4e-16, relative_or_absolute, |x| {
        log_diff_exp(x[0], x[1])
    });
    holds(
        "log_sum_exp_slice",
        4e-16,
        relative_or_absolute,
        log_sum_exp_slice,
    );
}

#[test]
fn hyp2f1_matches_reference_where_the_models_ask() {
    holds("hyp2f1", 6e-14, relative, |x| {
        hyp2f1(x[0], x[1], x[2], x[3])
    });
}

#[test]
fn hyp2f1_matches_reference_elsewhere() {
    holds("hyp2f1_other", 3e-13, relative, |x| {
        hyp2f1(x[0], x[1], x[2], x[3])
    });
}

#[test]
fn ln_hyp2f1_matches_reference() {
    holds("ln_hyp2f1", 2.5e-14, relative_or_absolute, |x| {
        ln_hyp2f1(x[0], x[1], x[2], x[3])
    });
}

#[test]
fn ln_upper_gamma_matches_reference() {
    holds("ln_upper_gamma", 1e-14, relative_or_absolute, |x| {
        ln_upper_gamma(x[0], x[1])
    });
}

#[test]
fn normal_cdf_matches_reference() {
    holds("normal_cdf", 5e-15, relative, |x| normal_cdf(x[0]));
}

#[test]
fn normal_quantile_matches_reference() {
    holds("normal_quantile", 2.2e-15, relative, |x| {
        normal_quantile(x[0])
    });
}

#[test]
fn infinities_are_limits() {
    let inf = f64::INFINITY;
    assert!(is(ln_gamma(inf), inf));
    assert!(is(log_sum_exp(-inf, -inf), -inf));
    assert!(is(log_sum_exp(-inf, 3.0), 3.0));
    assert!(is(log_sum_exp(inf, -inf), inf));
    assert!(is(log_diff_exp(3.0, -inf), 3.0));
    assert!(is(log_diff_exp(3.0, 3.0), -inf));
    assert!(is(log_diff_exp(-inf, -inf), -inf));
    assert!(is(log_sum_exp_slice(&[]), -inf));
    assert!(is(log_sum_exp_slice(&[-inf, -inf]), -inf));
    assert!(is(log_sum_exp_slice(&[-inf, 2.0]), 2.0));
    assert!(is(log_sum_exp_slice(&[inf, 2.0]), inf));
    assert!(is(normal_cdf(-inf), 0.0));
    assert!(is(normal_cdf(inf), 1.0));
    assert!(is(normal_quantile(0.0), -inf));
    assert!(is(normal_quantile(1.0), inf));
    assert!(is(ln_upper_gamma(2.0, inf), -inf));
}

#[test]
fn outside_the_domain_is_nan() {
    let nan = f64::NAN;
    for x in [nan, 0.0, -1.5, f64::NEG_INFINITY] {
        assert!(ln_gamma(x).is_nan() && digamma(x).is_nan() && trigamma(x).is_nan());
        assert!(ln_beta(x, 2.0).is_nan() && ln_beta(2.0, x).is_nan());
        assert!(ln_rising(x, 2.0).is_nan());
        assert!(ln_upper_gamma(1.0, x).is_nan());
        assert!(hyp2f1(1.0, 2.0, x, 0.5).is_nan());
        assert!(ln_hyp2f1(x, 2.0, 3.0, 0.5).is_nan() && ln_hyp2f1(2.0, x, 3.0, 0.5).is_nan());
    }
    for z in [nan, 1.5, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(hyp2f1(1.0, 2.0, 3.5, z).is_nan() && ln_hyp2f1(1.0, 2.0, 3.5, z).is_nan());
    }
    assert!(hyp2f1(1.0, 2.0, 3.0, 1.0).is_nan(), "z = 1 needs c > a + b");
    assert!(hyp2f1(nan, 2.0, 3.0, 0.5).is_nan() && hyp2f1(1.0, nan, 3.0, 0.5).is_nan());
    assert!(ln_hyp2f1(1.0, 2.0, 3.0, -0.5).is_nan());
    assert!(ln_rising(1.0, -1.0).is_nan() && ln_rising(1.0, nan).is_nan());
    assert!(ln_upper_gamma(nan, 1.0).is_nan());
    assert!(log_diff_exp(1.0, 2.0).is_nan() && log_sum_exp(nan, 1.0).is_nan());
    assert!(log_sum_exp_slice(&[1.0, nan]).is_nan());
    assert!(log_sum_exp_slice(&[f64::INFINITY, nan]).is_nan());
    assert!(normal_quantile(nan).is_nan() && normal_quantile(1.1).is_nan());
    assert!(normal_quantile(-0.1).is_nan() && normal_cdf(nan).is_nan());
}

#[test]
fn the_whole_domain_of_ln_hyp2f1_is_answered() {
    // Corners of the domain, far from what the models ask: an answer, and soon.
    let sizes = [1e-5, 1.0, 3e3];
    for a in sizes {
        for b in sizes {
            for c in sizes {
                for z in [0.0, 1e-300, 0.4, 0.99, 1.0 - f64::EPSILON] {
                    let ln = ln_hyp2f1(a, b, c, z);
                    assert!(ln.is_finite() && ln >= -1e-12, "{a} {b} {c} {z}: {ln}");
                    let swapped = ln_hyp2f1(b, a, c, z);
                    assert!(
                        (ln - swapped).abs() <= 1e-11 * ln.max(1.0),
                        "{a} {b} {c} {z}"
                    );
                }
            }
        }
    }
}
