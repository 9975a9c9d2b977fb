mod against_r;

use std::f64::consts::PI;

use super::*;
use crate::{
    churn::golden,
    data::{Categories, Features, MissingValues},
    numeric::rng::Stream,
    persist,
};

fn near(found: f64, want: f64, tolerance: f64) {
    assert!(
        (found - want).abs() <= tolerance * want.abs().max(1.0),
        "{found}, not {want}"
    );
}

const FAMILIES: [AftFamily; 4] = [
    AftFamily::Weibull,
    AftFamily::Exponential,
    AftFamily::LogNormal,
    AftFamily::LogLogistic,
];

fn all_near(found: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(found.len(), want.len());
    for (&found, &want) in found.iter().zip(want) {
        near(found, want, tolerance);
    }
}

fn rossi() -> (Durations, Features) {
    let names = ["fin", "age", "race", "wexp", "mar", "paro", "prio"];
    let features = golden::features(golden::ROSSI, &names);
    (golden::durations(golden::ROSSI, "week", "arrest"), features)
}

#[test]
fn delayed_entry_of_exponentials_is_exposure() {
    let durations = Durations::new(&[5., 9., 4., 7.], &[1, 0, 1, 1]).unwrap();
    let durations = durations.with_entries(&[2., 0., 1., 6.]).unwrap();
    let none = Features::from_columns(&[("one", &[1.0; 4])], MissingValues::Refuse).unwrap();
    let model = AftParams::new(AftFamily::Exponential)
        .fit(&durations, &none)
        .unwrap();
    assert_eq!(model.aliased(), ["one"]);
    // 3 + 9 + 3 + 1 months for 3 who left.
    near(
        model.coefficient("(Intercept)").unwrap(),
        (16.0f64 / 3.0).ln(),
        1e-9,
    );
    near(model.standard_errors()[0], 1.0 / 3.0f64.sqrt(), 1e-12);
}

#[test]
fn rows_that_are_left_out_may_end_at_time_0() {
    let exit = [2.0, 0.0, 5.0, 8.0, 6.0, 0.0];
    let durations = Durations::new(&exit, &[1, 1, 1, 0, 1, 0]).unwrap();
    let x = [1.0, f64::NAN, 2.0, 2.0, 3.0, f64::NAN];
    let fit = |x: &[f64]| {
        let features = Features::from_columns(&[("x", x)], MissingValues::Keep).unwrap();
        let params = AftParams::new(AftFamily::Exponential).missing(MissingRows::LeaveOut);
        params.fit(&durations, &features)
    };
    assert_eq!(fit(&x).unwrap().rows(), [4, 2, 3]);
    let mut known = x;
    known[5] = 1.0;
    let error = fit(&known).unwrap_err().to_string();
    assert!(error.starts_with("column exit, row 5"), "{error}");
}

#[test]
fn slopes_of_many_scales_are_finite_too() {
    // log T = 3 x and noise of a thousandth of it and less.
    let x: Vec<f64> = (0..200u32)
        .map(|row| f64::from(row * 37 % 200) / 100.0)
        .collect();
    let mut draw = Stream::new(11, 0, 0);
    let exit: Vec<f64> = x
        .iter()
        .map(|x| (3.0 * x + 1e-3 * draw.normal()).exp())
        .collect();
    let durations = Durations::new(&exit, &[1; 200]).unwrap();
    let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse).unwrap();
    for family in [
        AftFamily::Weibull,
        AftFamily::LogNormal,
        AftFamily::LogLogistic,
    ] {
        let model = AftParams::new(family).fit(&durations, &features).unwrap();
        assert_eq!(*model.verdict(), AftVerdict::Converged);
        near(model.coefficient("x").unwrap(), 3.0, 1e-3);
        assert!((3e-4..3e-3).contains(&model.scale()), "{}", model.scale());
    }
}

#[test]
fn where_nobody_left_the_first_level_all_others_are_infinite() {
    let (durations, features) = with_level(3_000, 400, 0);
    let plan = |row: usize| match row {
        ..400 => "annual",
        _ if row.is_multiple_of(3) => "half a year",
        _ => "monthly",
    };
    let plans: Vec<&str> = (0..3_000).map(plan).collect();
    let x = features.view().column(1).to_vec();
    let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)
        .unwrap()
        .with_categories("plan", Categories::new(&plans).unwrap())
        .unwrap();
    for family in FAMILIES {
        let model = AftParams::new(family).fit(&durations, &features).unwrap();
        let names = vec!["plan=half a year".to_owned(), "plan=monthly".to_owned()];
        assert_eq!(
            *model.verdict(),
            AftVerdict::InfiniteCoefficients { names },
            "{family:?}"
        );
        // What they have in common is in the intercept; what is between them is finite.
        let [intercept, half, month] = ["(Intercept)", "plan=half a year", "plan=monthly"]
            .map(|name| model.coefficient(name).unwrap());
        assert!(half < -2.0 && month < -2.0 && intercept > 6.0);
        assert!((half - month).abs() < 0.3, "{half} {month}");
    }
}

#[test]
fn a_scale_without_end_is_refused() {
    // Watched from 1 on, and leaving far more at first than a power of time can say: the best power
    // is below 0, where the chance to stay is none.
    let exit: Vec<f64> = (0..300u32)
        .map(|row| {
            if row < 200 {
                1.0 + f64::from(row + 1) / 1e4
            } else {
                100.0
            }
        })
        .collect();
    let cause: Vec<u16> = (0..300).map(|row| u16::from(row < 200)).collect();
    let durations = Durations::new(&exit, &cause).unwrap();
    let durations = durations.with_entries(&[1.0; 300]).unwrap();
    let ones = [1.0; 300];
    let constant = Features::from_columns(&[("one", &ones)], MissingValues::Refuse).unwrap();
    let error = AftParams::new(AftFamily::Weibull)
        .fit(&durations, &constant)
        .unwrap_err()
        .to_string();
    assert!(error.contains("has no finite best value"), "{error}");
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let features =
        Features::from_columns(&[("a", &[1.0, 1.0, 0.0])], MissingValues::Refuse).unwrap();
    let said = |exit: &[f64], cause: &[u16]| {
        let durations = Durations::new(exit, cause).unwrap();
        AftParams::new(AftFamily::Weibull)
            .fit(&durations, &features)
            .unwrap_err()
            .to_string()
    };
    assert!(said(&[1., 0., 2.], &[1, 1, 1]).starts_with("column exit, row 1"));
    assert!(said(&[1., 3., 2.], &[0, 0, 0]).contains("rows that left"));
    assert!(said(&[1., 3., 2.], &[1, 2, 0]).contains("of_cause"));
    // One time for all: the narrower, the better.
    assert!(said(&[2., 2., 2.], &[1, 1, 1]).contains("scale has no finite best value"));
}

#[test]
fn waltons_is_that_of_other_programs() {
    // Fruit flies, waltons_dataset.csv of the Python package lifelines. Maxima to full precision by
    // general optimisers; exponential in closed form, 8087 days for 156 deaths.
    let durations = golden::durations(golden::WALTONS, "T", "E");
    let ones = vec![1.0; durations.len()];
    let constant = Features::from_columns(&[("one", &ones)], MissingValues::Refuse).unwrap();
    let fit = |family| {
        let model = AftParams::new(family).fit(&durations, &constant).unwrap();
        (
            model.coefficient("(Intercept)").unwrap(),
            model.scale(),
            model.log_likelihood(),
        )
    };
    let (intercept, _, value) = fit(AftFamily::Exponential);
    near(intercept.exp(), 8087.0 / 156.0, 1e-9);
    near(value, -771.9125085, 1e-9);
    let (intercept, scale, value) = fit(AftFamily::Weibull);
    near(intercept.exp(), 55.7330784648, 1e-9);
    near(1.0 / scale, 3.450510348, 1e-6);
    near(value, -672.0621873, 1e-9);
    let (intercept, scale, _) = fit(AftFamily::LogNormal);
    near(intercept, 3.82883604067, 1e-9);
    near(scale, 0.51237503763, 1e-9);
    let (intercept, scale, _) = fit(AftFamily::LogLogistic);
    near(intercept.exp(), 50.323443415, 1e-9);
    near(1.0 / scale, 4.0285953587, 1e-9);
}

/// Rows of which those of one level have not left, or have left at once.
fn with_level(rows: usize, of_level: usize, left: u16) -> (Durations, Features) {
    let mut draw = Stream::new(7, 0, 0);
    let mut exit = Vec::with_capacity(rows);
    let mut cause = Vec::with_capacity(rows);
    for row in 0..rows {
        let time = 60.0 * draw.exponential() + 1e-3;
        exit.push(time.min(100.0));
        let gone = u16::from(time < 100.0);
        cause.push(if row < of_level { gone * left } else { gone });
    }
    let level: Vec<f64> = (0..rows)
        .map(|row| f64::from(u8::from(row < of_level)))
        .collect();
    let x: Vec<f64> = (0..rows).map(|_| draw.normal()).collect();
    let features =
        Features::from_columns(&[("level", &level), ("x", &x)], MissingValues::Refuse).unwrap();
    (Durations::new(&exit, &cause).unwrap(), features)
}

#[test]
fn a_level_that_nobody_left_is_infinite_for_any_number_of_rows_and_weights() {
    let infinite = |name: &str| AftVerdict::InfiniteCoefficients {
        names: vec![name.to_owned()],
    };
    for family in FAMILIES {
        for (rows, of_level) in [(200, 3), (20_000, 5), (20_000, 9_000), (120_000, 40)] {
            let (durations, features) = with_level(rows, of_level, 0);
            let model = AftParams::new(family).fit(&durations, &features).unwrap();
            assert_eq!(
                *model.verdict(),
                infinite("level"),
                "{family:?} {rows} {of_level}"
            );
            assert!(model.coefficient("level").unwrap() > 2.0);
            assert!(model.coefficient("x").unwrap().abs() < 0.5);
            let text = persist::to_json(&model).unwrap();
            assert_eq!(persist::from_json::<Aft>(&text).unwrap(), model);
        }
        let (durations, features) = with_level(5_000, 40, 0);
        for unit in [1e-6, 1e6] {
            let weighted = durations.clone().with_weights(&vec![unit; 5_000]).unwrap();
            let model = AftParams::new(family).fit(&weighted, &features).unwrap();
            assert_eq!(*model.verdict(), infinite("level"), "{family:?} {unit}");
        }
        // A single one of the level who left makes it finite.
        let (durations, features) = with_level(120_000, 1, 1);
        let model = AftParams::new(family).fit(&durations, &features).unwrap();
        assert_eq!(*model.verdict(), AftVerdict::Converged, "{family:?}");
    }
}

#[test]
fn three_who_left_of_many_are_a_fit() {
    let (durations, _) = with_level(200_000, 3, 1);
    let cause: Vec<u16> = (0..200_000u32)
        .map(|row| u16::from(row % 70_000 == 9))
        .collect();
    let exits: Vec<f64> = (0..200_000)
        .map(|row| durations.exit(row).unwrap())
        .collect();
    let few = Durations::new(&exits, &cause).unwrap();
    let constant =
        Features::from_columns(&[("one", &vec![2.5; 200_000])], MissingValues::Refuse).unwrap();
    let model = AftParams::new(AftFamily::Exponential)
        .fit(&few, &constant)
        .unwrap();
    assert_eq!(model.aliased(), ["one"]);
    let exposure: f64 = exits.iter().sum();
    near(
        model.coefficient("(Intercept)").unwrap(),
        (exposure / 3.0).ln(),
        1e-9,
    );
    for family in FAMILIES {
        let model = AftParams::new(family).fit(&few, &constant).unwrap();
        assert!(
            model
                .standard_errors()
                .iter()
                .all(|se| se.is_finite() && *se > 0.0)
        );
    }
}

#[test]
fn entries_are_those_of_the_likelihood() {
    // The likelihood written out, and its derivatives by differences, at the maximum found.
    let (durations, _) = rossi();
    let features = golden::features(golden::ROSSI, &["fin", "prio"]);
    let rows = durations.len();
    let exits: Vec<f64> = (0..rows).map(|row| durations.exit(row).unwrap()).collect();
    let entries: Vec<f64> = exits
        .iter()
        .zip(0u8..=255)
        .map(|(exit, row)| exit * f64::from(row % 4) / 5.0)
        .chain(exits[256..].iter().map(|exit| exit / 3.0))
        .collect();
    let entered = durations.clone().with_entries(&entries).unwrap();
    let (fin, prio) = (
        golden::numbers(golden::ROSSI, "fin"),
        golden::numbers(golden::ROSSI, "prio"),
    );
    for family in FAMILIES {
        let model = AftParams::new(family).fit(&entered, &features).unwrap();
        let value = |p: &[f64]| -> f64 {
            let of_row = |row: usize| {
                let eta = p[0] + p[1] * fin[row] + p[2] * prio[row];
                let scale = p.get(3).map_or(1.0, |log| log.exp());
                let log_survival = |time: f64| {
                    let z = (time.ln() - eta) / scale;
                    match family {
                        AftFamily::LogLogistic => -(1.0 + z.exp()).ln(),
                        AftFamily::LogNormal => (0.5 * libm::erfc(z / 2.0f64.sqrt())).ln(),
                        _ => -z.exp(),
                    }
                };
                let log_density = |time: f64| {
                    let z = (time.ln() - eta) / scale;
                    let of_z = match family {
                        AftFamily::LogLogistic => z - 2.0 * (1.0 + z.exp()).ln(),
                        AftFamily::LogNormal => -0.5 * (z * z + (2.0 * PI).ln()),
                        _ => z - z.exp(),
                    };
                    of_z - (scale * time).ln()
                };
                let end = if durations.cause()[row] > 0 {
                    log_density(exits[row])
                } else {
                    log_survival(exits[row])
                };
                let entry = entries[row];
                end - if entry > 0.0 {
                    log_survival(entry)
                } else {
                    0.0
                }
            };
            (0..rows).map(of_row).sum()
        };
        let mut best = model.coefficients().to_vec();
        if family.has_scale() {
            best.push(model.scale().ln());
        }
        near(model.log_likelihood(), value(&best), 1e-10);
        // In units of standard errors, and the second differences of two widths without the error
        // of the second order of each.
        let se = model.standard_errors();
        let order = se.len();
        let moved = |by: &[(usize, f64)]| {
            let mut to = best.clone();
            for &(at, by) in by {
                to[at] += by * se[at];
            }
            value(&to)
        };
        let bend = |a: usize, b: usize| {
            let wide = |h: f64| {
                let corner = |by_a: f64, by_b: f64| moved(&[(a, by_a * h), (b, by_b * h)]);
                (corner(1., 1.) - corner(1., -1.) - corner(-1., 1.) + corner(-1., -1.))
                    / (4.0 * h * h)
            };
            (4.0 * wide(0.03) - wide(0.06)) / 3.0
        };
        for a in 0..order {
            let slope = (moved(&[(a, 1e-3)]) - moved(&[(a, -1e-3)])) / 2e-3;
            assert!(slope.abs() < 1e-4, "{family:?} {a}: {slope}");
        }
        // The covariance is the inverse of the information.
        let information: Vec<f64> = (0..order * order)
            .map(|at| -bend(at / order, at % order))
            .collect();
        for a in 0..order {
            for b in 0..order {
                let term = |k: usize| {
                    let covariance = model.covariance()[a * order + k] / (se[a] * se[k]);
                    covariance * information[k * order + b]
                };
                let cell: f64 = (0..order).map(term).sum();
                let want = f64::from(u8::from(a == b));
                assert!((cell - want).abs() < 1e-5, "{family:?} {a} {b}: {cell}");
            }
        }
    }
}

#[test]
fn damaged_forms_are_refused() {
    let (durations, features) = rossi();
    let model = AftParams::new(AftFamily::Weibull)
        .fit(&durations, &features)
        .unwrap();
    let text = persist::to_json(&model).unwrap();
    let damages = [
        ("\"active\":[0,1,2", "\"active\":[0,2,1"),
        ("\"active\":[0,1,2,3,4,5,6]", "\"active\":[0,1,2,3,4,5,7]"),
        ("\"active\":[0,1,2,3,4,5,6]", "\"active\":[0,1,2,3,4,5]"),
        ("\"covariance\":[", "\"covariance\":[1.0,"),
        ("\"covariance\":[0", "\"covariance\":[-0"),
        ("\"rows\":[432,0,114]", "\"rows\":[432,0,0]"),
        ("\"rows\":[432,0,114]", "\"rows\":[100,0,114]"),
        ("\"log_likelihood\":-6", "\"log_likelihood\":-9"),
        ("\"log_scale\":", "\"log_scale\":1e999,\"log_scale\":"),
        ("\"family\":\"weibull\"", "\"family\":\"exponential\""),
        ("\"family\":\"weibull\"", "\"family\":\"gamma\""),
        (
            "\"verdict\":\"converged\"",
            "\"verdict\":{\"infinite_coefficients\":{\"names\":[]}}",
        ),
        (
            "\"verdict\":\"converged\"",
            "\"verdict\":{\"infinite_coefficients\":{\"names\":[\"x\"]}}",
        ),
        ("\"verdict\":", "\"more\":1,\"verdict\":"),
    ];
    for (from, to) in damages {
        let damaged = text.replacen(from, to, 1);
        assert_ne!(damaged, text, "{from} is not in {text}");
        assert!(persist::from_json::<Aft>(&damaged).is_err(), "{to}");
    }
    // Values of the covariance, in both halves or in one.
    let said = |damages: &[(usize, usize, f64)]| {
        let order = model.standard_errors().len();
        let mut covariance = model.covariance().to_vec();
        for &(row, column, value) in damages {
            covariance[row * order + column] = value;
        }
        let [from, to] = [model.covariance(), &covariance]
            .map(|numbers| serde_json::to_string(numbers).unwrap());
        let damaged = text.replacen(&from, &to, 1);
        persist::from_json::<Aft>(&damaged).map_err(|error| error.to_string())
    };
    let se = model.standard_errors();
    assert_eq!(said(&[]).as_ref(), Ok(&model));
    let refused = |damages: &[(usize, usize, f64)]| {
        let error = said(damages).unwrap_err();
        assert!(error.contains("a covariance that cannot be"), "{error}");
    };
    let little = 1e-6 * se[1] * se[3];
    let one = model.covariance()[se.len() + 3];
    assert!(said(&[(1, 3, one + little), (3, 1, one + little)]).is_ok());
    refused(&[(1, 3, one + little)]);
    let most = se[1] * se[3];
    for beyond in [1.000_001 * most, -1.000_001 * most] {
        refused(&[(1, 3, beyond), (3, 1, beyond)]);
    }
    // Of a variance of its own that is too small for it.
    refused(&[(0, 0, 1e-20)]);
}

#[test]
fn predictions_out_of_range_are_refused() {
    let (durations, _) = rossi();
    let features = golden::features(golden::ROSSI, &["fin", "prio"]);
    let model = AftParams::new(AftFamily::Weibull)
        .fit(&durations, &features)
        .unwrap();
    // A column of tenths has a coefficient above 1.
    let tenths: Vec<f64> = golden::numbers(golden::ROSSI, "fin")
        .iter()
        .map(|fin| fin / 10.0)
        .collect();
    let in_tenths = Features::from_columns(&[("fin", &tenths)], MissingValues::Refuse).unwrap();
    let steep = AftParams::new(AftFamily::Weibull)
        .fit(&durations, &in_tenths)
        .unwrap();
    assert!(steep.coefficient("fin").unwrap() > 1.5);
    let huge = Features::from_columns(&[("fin", &[0.0, 1.7e308])], MissingValues::Refuse).unwrap();
    for error in [
        steep.survival(&huge, &[5.0]).unwrap_err(),
        steep.quantile(&huge, 0.5).unwrap_err(),
        steep.mean(&huge).unwrap_err(),
        steep.linear_predictor(&huge).unwrap_err(),
    ] {
        let said = error.to_string();
        assert!(said.starts_with("column features, row 1"), "{said}");
    }
    // A finite predictor this large means that nobody leaves.
    let large = Features::from_columns(&[("fin", &[1e300])], MissingValues::Refuse).unwrap();
    near(steep.survival(&large, &[5.0]).unwrap()[[0, 0]], 1.0, 0.0);
    let bad = model.conditional_survival(&features.of_rows(&[0, 1]), &[3.0, -1.0], &[1.0]);
    let said = bad.unwrap_err().to_string();
    assert!(said.starts_with("column already, row 1"), "{said}");
    let one = golden::features(golden::ROSSI, &["fin"]);
    assert!(model.quantile(&one, 0.5).is_err());
    assert!(model.quantile(&features, 0.0).is_err());
    assert!(model.survival(&features, &[f64::NAN]).is_err());
    let all = model.survival(&features, &[0.0, f64::INFINITY]).unwrap();
    assert_eq!((all[[0, 0]], all[[0, 1]]), (1.0, 0.0));
}
