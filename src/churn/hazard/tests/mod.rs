//! What a fit says, beside R and by hand.

mod against_r;
mod properties;
mod saved;

use super::*;
use crate::{
    churn::golden,
    data::{Categories, MissingValues},
};

const NAMES: [&str; 7] = ["fin", "age", "race", "wexp", "mar", "paro", "prio"];

/// Rossi, Berk and Lenihan (1980): 432 people released from prison, watched for 52 weeks.
fn rossi() -> Durations {
    golden::durations(golden::ROSSI, "week", "arrest")
}

/// The same with weights and with entries, made up.
fn late_rossi() -> Durations {
    // i <- 0:431; w <- 1 + (i %% 3) / 2; entry <- ifelse(i %% 4 < week, i %% 4, 0)
    let rossi = rossi();
    let weights: Vec<f64> = (0..432).map(|row| 1.0 + f64::from(row % 3) / 2.0).collect();
    let entry = |row: usize| {
        let entry = (row % 4) as f64;
        if entry < rossi.exit(row).unwrap() {
            entry
        } else {
            0.0
        }
    };
    let entries: Vec<f64> = (0..432).map(entry).collect();
    let late = rossi.clone().with_entries(&entries).unwrap();
    late.with_weights(&weights).unwrap()
}

fn features() -> Features {
    golden::features(golden::ROSSI, &NAMES)
}

fn params(link: Link, baseline: HazardBaseline) -> HazardParams {
    HazardParams::new().link(link).baseline(baseline)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small whole numbers"
)]
fn whole(time: f64) -> usize {
    time as usize
}

#[track_caller]
fn near(found: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(found.len(), want.len());
    for (found, want) in found.iter().zip(want) {
        assert!(
            (found - want).abs() <= tolerance * want.abs().max(1e-300),
            "{found} {want}"
        );
    }
}

fn x_of(x: &[f64]) -> Features {
    Features::from_columns(&[("x", x)], MissingValues::Refuse).unwrap()
}

#[test]
fn bad_input_is_refused_with_a_remedy() {
    let x = x_of(&[1.0, 0.0, 1.0, 0.0]);
    let fit = |params: HazardParams, durations: &Durations, features: &Features| {
        params.fit(durations, features).unwrap_err().to_string()
    };
    let said = |exits: &[f64; 4], causes: &[u16; 4]| {
        fit(
            HazardParams::new(),
            &Durations::new(exits, causes).unwrap(),
            &x,
        )
    };
    let error = said(&[1.0, 2.0, 2.5, 1.0], &[1, 0, 1, 0]);
    assert!(
        error.starts_with("column exit, row 2") && error.contains("whole number"),
        "{error}"
    );
    let error = said(&[1.0, 0.0, 2.0, 1.0], &[1, 0, 1, 0]);
    assert!(
        error.starts_with("column exit, row 1") && error.contains("leave it out"),
        "{error}"
    );
    assert!(said(&[1.0, 1e7, 2.0, 1.0], &[1, 0, 1, 0]).contains("months"));
    assert_eq!(
        said(&[1.0, 2.0, 2.0, 1.0], &[0; 4]),
        "needs at least 1 rows that left, found 0"
    );
    assert!(said(&[1.0, 2.0, 2.0, 1.0], &[1, 2, 0, 0]).contains("Durations::of_cause"));
    assert!(said(&[1.0, 1.0, 1.0, 1.0], &[1; 4]).contains("hazards are 0 and 1"));
    let good = Durations::new(&[1.0, 2.0, 2.0, 1.0], &[1, 1, 0, 0]).unwrap();
    let half = good.clone().with_entries(&[0.0, 0.5, 1.0, 0.0]).unwrap();
    assert!(fit(HazardParams::new(), &half, &x).starts_with("column entry, row 1"));
    assert!(fit(HazardParams::new(), &good, &x_of(&[1.0])).starts_with("column features"));
    let weighted = x.clone().with_weights(&[1.0; 4]).unwrap();
    assert!(fit(HazardParams::new(), &good, &weighted).contains("Durations::with_weights"));
    assert!(fit(HazardParams::new().max_iterations(0), &good, &x).contains("at least 1"));
    let polynomial = |degree| HazardParams::new().baseline(HazardBaseline::Polynomial(degree));
    assert!(fit(polynomial(9), &good, &x).contains("at most 8"));
    assert!(fit(polynomial(usize::MAX), &good, &x).contains("at most 8"));
    let error = fit(polynomial(2), &good, &x);
    assert!(
        error.starts_with("needs at least 3 periods") && error.ends_with("found 2"),
        "{error}"
    );
    let missing = [f64::NAN; 4];
    let missing = Features::from_columns(&[("x", &missing)], MissingValues::Keep).unwrap();
    assert!(fit(HazardParams::new(), &good, &missing).starts_with("column x, row 0"));
    let left_out = HazardParams::new().missing(MissingRows::LeaveOut);
    assert_eq!(
        fit(left_out, &good, &missing),
        "needs at least 1 rows that left, found 0"
    );
    // At risk in one period each, in which all have the same.
    let once = Durations::new(&[1.0, 1.0, 2.0, 2.0], &[1, 0, 1, 0]).unwrap();
    let once = once.with_entries(&[0.0, 0.0, 1.0, 1.0]).unwrap();
    let by_period = x_of(&[0.0, 0.0, 1.0, 1.0]);
    assert!(fit(HazardParams::new(), &once, &by_period).contains("told from periods"));
    let huge = good.with_weights(&[1e308; 4]).unwrap();
    assert!(fit(HazardParams::new(), &huge, &x).contains("smaller weights"));
}

#[test]
fn periods_without_and_with_nothing_but_leavers_are_told_apart() {
    // Of five at risk in period 1 nobody left, in 2 some, in 3 nobody was watched, in 4 both left.
    let durations = Durations::new(&[2.0, 2.0, 2.0, 1.0, 1.0, 4.0, 4.0], &[1, 0, 1, 0, 0, 1, 1]);
    let entries = [0.0, 0.0, 0.0, 0.0, 0.0, 3.0, 3.0];
    let durations = durations.unwrap().with_entries(&entries).unwrap();
    let x = x_of(&[0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
    let model = HazardParams::new().fit(&durations, &x).unwrap();
    assert_eq!(model.names(), ["period=2", "x"]);
    let hazard = model.hazard(&x, &[1, 4]).unwrap();
    assert_eq!(hazard.row(0).to_vec(), [0.0, 1.0]);
    let HazardVerdict::InfiniteCoefficients { names } = model.verdict() else {
        panic!("{:?}", model.verdict());
    };
    assert_eq!(names[..2], ["period=1", "period=4"]);
    let error = model.survival(&x, &[4]).unwrap_err().to_string();
    assert!(
        error.starts_with("period is 3, expected one of the 4 periods"),
        "{error}"
    );
    // Who is asked from period 4 on is not asked about period 3.
    let already = [3, 0, 0, 0, 0, 3, 3];
    let ahead = model.conditional_survival(&x, &already, &[0, 1]).unwrap();
    assert_eq!(ahead.row(0).to_vec(), [1.0, 0.0]);
    assert_eq!(ahead.row(1).to_vec(), [1.0, 1.0]);
    assert!(model.survival(&x, &[5]).is_err() && model.hazard(&x, &[0]).is_err());
}

#[test]
fn a_level_that_never_leaves_is_named() {
    let durations = Durations::new(
        &[1.0, 2.0, 3.0, 3.0, 2.0, 1.0, 2.0, 3.0, 3.0, 3.0],
        &[1, 1, 1, 0, 0, 1, 1, 0, 0, 0],
    )
    .unwrap();
    let x = x_of(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    for link in [Link::Logit, Link::ComplementaryLogLog] {
        for baseline in [HazardBaseline::Linear, HazardBaseline::EachPeriod] {
            let model = params(link, baseline).fit(&durations, &x).unwrap();
            let names = vec!["x".to_string()];
            let verdict = HazardVerdict::InfiniteCoefficients { names };
            assert_eq!(*model.verdict(), verdict, "{link:?} {baseline:?}");
            assert!(
                model
                    .coefficient("x")
                    .is_some_and(|b| b < -5.0 && b.is_finite())
            );
        }
    }
    // All leave in the last period: its slope by the period is infinite.
    let durations = Durations::new(&[2.0, 2.0, 2.0, 1.0], &[1, 1, 1, 0]).unwrap();
    let model = params(Link::Logit, HazardBaseline::Linear)
        .fit(&durations, &x_of(&[0.0, 1.0, 0.0, 1.0]))
        .unwrap();
    let names = vec!["t".to_string()];
    assert_eq!(
        *model.verdict(),
        HazardVerdict::InfiniteCoefficients { names }
    );
}

#[test]
fn survival_is_the_product_of_what_hazards_leave() {
    let (durations, features) = (rossi(), features());
    for link in [Link::Logit, Link::ComplementaryLogLog] {
        for baseline in [HazardBaseline::Linear, HazardBaseline::EachPeriod] {
            let model = params(link, baseline).fit(&durations, &features).unwrap();
            let weeks: Vec<u32> = (1..=52).collect();
            let hazard = model.hazard(&features, &weeks).unwrap();
            let alive = model.survival(&features, &weeks).unwrap();
            let mut left = vec![1.0; 432];
            for at in 0..52 {
                for (row, left) in left.iter_mut().enumerate() {
                    *left *= 1.0 - hazard[[row, at]];
                    assert!((*left - alive[[row, at]]).abs() < 1e-13);
                }
            }
            let ages: Vec<u32> = (0..432).map(|row| row % 40).collect();
            let ahead = model
                .conditional_survival(&features, &ages, &[0, 3, 12])
                .unwrap();
            for row in 0..432 {
                let age = ages[row] as usize;
                let at = |weeks: usize| {
                    if weeks == 0 {
                        1.0
                    } else {
                        alive[[row, weeks - 1]]
                    }
                };
                let want = [1.0, at(age + 3) / at(age), at(age + 12) / at(age)];
                near(&ahead.row(row).to_vec(), &want, 1e-12);
            }
            // As many are expected to leave as did: the slope by a constant.
            let at_risk = |row: usize, at: usize| at < whole(durations.exit(row).unwrap());
            let cells = (0..432).flat_map(|row| (0..52).map(move |at| (row, at)));
            let expected: f64 = cells
                .filter(|&(row, at)| at_risk(row, at))
                .map(|(row, at)| hazard[[row, at]])
                .sum();
            if link == Link::Logit {
                assert!((expected - 114.0).abs() < 1e-8, "{expected}");
            }
        }
    }
}

#[test]
fn levels_are_taken_together_and_sum_to_the_predictor() {
    let plans = ["a", "b", "c", "b", "a", "c", "b", "a"];
    let calls = [1.0, 2.0, 5.0, 2.0, 0.0, 3.0, 1.0, 4.0];
    let features = x_of(&calls).with_categories("plan", Categories::new(&plans).unwrap());
    let features = features.unwrap();
    let exits = [1.0, 2.0, 2.0, 1.0, 3.0, 3.0, 2.0, 3.0];
    let durations = Durations::new(&exits, &[1, 0, 1, 0, 1, 0, 1, 0]).unwrap();
    let params = params(Link::Logit, HazardBaseline::Linear);
    let model = params.fit(&durations, &features).unwrap();
    assert_eq!(model.names(), ["(Intercept)", "t", "x", "plan=b", "plan=c"]);
    let (b, added) = (
        model.coefficients(),
        model.contributions(&features).unwrap(),
    );
    assert_eq!(added.dim(), (8, 2));
    let above = model.linear_predictor(&features).unwrap();
    let hazard = model.hazard(&features, &[2]).unwrap();
    for row in 0..8 {
        let sum = added.row(row).iter().fold(0.0, |sum, term| sum + term);
        assert_eq!(sum.to_bits(), above[row].to_bits());
        let place = ["a", "b", "c"].iter().position(|&of| of == plans[row]);
        let level = [0.0, b[3], b[4]][place.unwrap()];
        let eta: f64 = b[0] + 2.0 * b[1] + b[2] * calls[row] + level;
        assert!((hazard[[row, 0]] - 1.0 / (1.0 + (-eta).exp())).abs() < 1e-12);
    }
}

#[test]
fn predictions_go_as_far_as_the_baseline_does() {
    let features = features();
    let model = params(Link::Logit, HazardBaseline::Linear)
        .fit(&rossi(), &features)
        .unwrap();
    assert!(model.survival(&features, &[520]).is_ok());
    assert!(model.survival(&features, &[100_001]).is_err());
    let old = vec![u32::MAX; 432];
    assert!(
        model
            .conditional_survival(&features, &old, &[u32::MAX])
            .is_err()
    );
    let now = model.conditional_survival(&features, &old, &[0]).unwrap();
    assert!(now.iter().all(|alive| alive.to_bits() == 1f64.to_bits()));
    assert!(
        model
            .conditional_survival(&features, &old[1..], &[0])
            .is_err()
    );
    assert_eq!(model.survival(&features, &[]).unwrap().dim(), (432, 0));
    let each = HazardParams::new().fit(&rossi(), &features).unwrap();
    let error = each.survival(&features, &[53]).unwrap_err().to_string();
    assert!(error.starts_with("period is 53") && error.contains("HazardBaseline::Linear"));
    let error = model.hazard(&x_of(&[1.0]), &[1]).unwrap_err().to_string();
    assert!(error.contains("with fin"), "{error}");
}

#[test]
fn without_columns_it_is_the_life_table() {
    let one = Categories::new(&["a"; 432]).unwrap();
    let none = Features::from_columns(&[], MissingValues::Refuse).unwrap();
    let none = none.with_categories("one", one).unwrap();
    let durations = late_rossi();
    let model = HazardParams::new().fit(&durations, &none).unwrap();
    assert_eq!(model.aliased(), ["one"]);
    let hazard = model.hazard(&none, &[1, 20, 52]).unwrap();
    for (at, week) in [1.0, 20.0, 52.0].into_iter().enumerate() {
        let (mut left, mut at_risk) = (0.0, 0.0);
        for row in 0..432 {
            let weight = durations.weights().unwrap()[row];
            let (entry, exit) = (durations.entry(row).unwrap(), durations.exit(row).unwrap());
            if entry < week && week <= exit {
                at_risk += weight;
                if week >= exit && durations.cause()[row] > 0 {
                    left += weight;
                }
            }
        }
        assert!((hazard[[0, at]] - left / at_risk).abs() < 1e-12);
    }
    assert_eq!(
        model.log_likelihood().to_bits(),
        model.null_log_likelihood().to_bits()
    );
}
