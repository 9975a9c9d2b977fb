use proptest::prelude::*;

use super::*;
use crate::{churn::Durations, data::Categories};

const EXIT: [f64; 12] = [1., 2., 2., 2., 3., 3., 4., 5., 5., 6., 7., 7.];
const CAUSE: [u16; 12] = [1, 1, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0];
const RISK: [f64; 12] = [9., 4., 4., 6., 6., 2., 5., 5., 1., 3., 2., 2.];
const WEIGHT: [f64; 12] = [1., 2., 1., 3., 1., 2., 1., 0.5, 1., 2., 1., 1.];
const ENTRY: [f64; 12] = [0., 0., 1., 0., 2., 0., 1., 3., 0., 4., 2., 6.];

fn durations() -> Durations {
    Durations::new(&EXIT, &CAUSE).unwrap()
}

fn near(found: f64, want: f64, tolerance: f64) {
    assert!(
        (found - want).abs() <= tolerance * want.abs().max(1.0),
        "{found}, not {want}"
    );
}

/// Counts to 1e-12, share and standard error to 1e-13.
fn same(found: Concordance, counts: [f64; 5], value: f64, se: f64) {
    near(found.concordant, counts[0], 1e-12);
    near(found.discordant, counts[1], 1e-12);
    near(found.tied_risk, counts[2], 1e-12);
    near(found.tied_time, counts[3], 1e-12);
    near(found.tied_both, counts[4], 1e-12);
    near(found.value, value, 1e-13);
    near(found.estimate.unwrap().se, se, 1e-13);
}

// All of the following: R 4.2.2, survival 3.5.3, concordance(Surv(exit, cause) ~ risk,
// reverse = TRUE) with the further arguments named.
#[test]
fn harrell_is_that_of_r() {
    let params = ConcordanceParams::new();
    let plain = params.fit(&durations(), &RISK).unwrap();
    same(plain, [35., 11., 2., 1., 1.], 0.75, 0.0865273319053966);
    // weights
    let weighted = durations().with_weights(&WEIGHT).unwrap();
    let found = params.fit(&weighted, &RISK).unwrap();
    same(
        found,
        [52., 20.5, 1.5, 0.5, 2.],
        0.712837837837838,
        0.121584312285590,
    );
    // Surv(entry, exit, cause)
    let entered = durations().with_entries(&ENTRY).unwrap();
    let found = params.fit(&entered, &RISK).unwrap();
    same(
        found,
        [16., 6., 2., 1., 1.],
        0.708333333333333,
        0.112271501487672,
    );
    let both = entered.with_weights(&WEIGHT).unwrap();
    let found = params.fit(&both, &RISK).unwrap();
    same(found, [25.5, 15., 1.5, 0.5, 2.], 0.625, 0.175910229985653);
    // strata(1, 2, 1, 2, ...)
    let labels: Vec<&str> = ["a", "b"].into_iter().cycle().take(12).collect();
    let strata = Categories::new(&labels).unwrap();
    let found = params.fit_within(&durations(), &RISK, &strata).unwrap();
    same(
        found,
        [17., 5., 0., 0., 0.],
        0.7727272727272727,
        0.0911435743806313,
    );
}

#[test]
fn uno_is_that_of_r() {
    let params = ConcordanceParams::new().weight(ConcordanceWeight::Uno);
    // timewt = "n/G2"
    let found = params.fit(&durations(), &RISK).unwrap();
    let counts = [41.91796875, 13.16796875, 5.5986328125, 1.72265625, 1.];
    same(found, counts, 0.7368806424100031, 0.0772918604856009);
    // ymax = 4
    let found = params
        .clone()
        .horizon(4.0)
        .fit(&durations(), &RISK)
        .unwrap();
    same(
        found,
        [36.75, 8., 1.72265625, 0., 1.],
        0.809321677733883,
        0.106002694254807,
    );
    // weights
    let weighted = durations().with_weights(&WEIGHT).unwrap();
    let found = params.fit(&weighted, &RISK).unwrap();
    let counts = [
        71.9404677998328,
        28.3425150387648,
        13.3228294186104,
        1.4803143798456,
        2.,
    ];
    same(found, counts, 0.6918825801903541, 0.0996274839267648);
    // strata
    let labels: Vec<&str> = ["a", "b"].into_iter().cycle().take(12).collect();
    let strata = Categories::new(&labels).unwrap();
    let found = params.fit_within(&durations(), &RISK, &strata).unwrap();
    let counts = [20.555555555555557, 5., 0., 0., 0.];
    same(found, counts, 0.8043478260869565, 0.0866590003443746);
}

/// Week, arrest, 10 prio - age of the recidivism data of Rossi, Berk and Lenihan (1980).
pub(super) fn rossi() -> (Durations, Vec<f64>) {
    let text = include_str!("../../../tests/golden/churn/rossi.csv");
    let mut week = Vec::new();
    let mut arrest = Vec::new();
    let mut score = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<f64> = line
            .split(',')
            .map(|cell| cell.trim().parse().unwrap())
            .collect();
        week.push(cells[0]);
        arrest.push(u16::from(cells[1] > 0.5));
        score.push(10.0 * cells[8] - cells[3]);
    }
    (Durations::new(&week, &arrest).unwrap(), score)
}

#[test]
fn rossi_is_that_of_r_and_uno_is_harrell() {
    // concordance(Surv(week, arrest) ~ I(10 * prio - age), reverse = TRUE)
    let (durations, score) = rossi();
    let counts = [25501., 16467., 614., 111., 0.];
    let found = ConcordanceParams::new().fit(&durations, &score).unwrap();
    same(found, counts, 0.6060776854069795, 0.0278610538299661);
    // Everyone censored is censored in the last week, so all weights are 1.
    let uno = ConcordanceParams::new().weight(ConcordanceWeight::Uno);
    assert_eq!(uno.fit(&durations, &score).unwrap(), found);
    // prio - .1 age has ties that rounding splits; a tolerance puts them together.
    let split: Vec<f64> = score
        .iter()
        .map(|score| score / 10.0 * 1.1 - score * 0.01)
        .collect();
    let near = ConcordanceParams::new()
        .tie_tolerance(1e-9)
        .count(&durations, &split)
        .unwrap();
    assert_eq!(
        (near.concordant, near.discordant, near.tied_risk),
        (25501., 16467., 614.)
    );
}

#[test]
fn bad_input_is_refused() {
    let params = ConcordanceParams::new();
    let one = Durations::new(&[1.0, 2.0], &[1, 1]).unwrap();
    let said = |result: crate::Result<Concordance>| result.unwrap_err().to_string();
    assert!(said(params.fit(&one, &[1.0, f64::NAN])).starts_with("column risk, row 1"));
    assert!(said(params.fit(&one, &[1.0])).contains("length 1"));
    assert!(said(params.clone().level(2.0).fit(&one, &[1.0, 2.0])).starts_with("level"));
    assert!(said(params.clone().horizon(f64::NAN).count(&one, &[1.0, 2.0])).starts_with("horizon"));
    let negative = params.clone().tie_tolerance(-1.0);
    assert!(said(negative.count(&one, &[1.0, 2.0])).starts_with("tie_tolerance"));
    let causes = Durations::new(&[1.0, 2.0], &[1, 2]).unwrap();
    assert!(said(params.fit(&causes, &[1.0, 2.0])).contains("of_cause"));
    let strata = Categories::new(&["a", ""]).unwrap();
    assert!(
        said(params.fit_within(&one, &[1.0, 2.0], &strata)).starts_with("column strata, row 1")
    );
    let nobody = Durations::new(&[1.0, 2.0], &[0, 0]).unwrap();
    assert!(said(params.fit(&nobody, &[1.0, 2.0])).contains("who left first"));
}

proptest! {
    #[test]
    fn counts_are_those_of_all_pairs(
        rows in prop::collection::vec((1u8..9, 0u16..2, 0u8..5, 0u8..8), 2..40),
    ) {
        let exit: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
        let entry: Vec<f64> = rows.iter().map(|row| f64::from(row.3.min(row.0 - 1))).collect();
        let cause: Vec<u16> = rows.iter().map(|row| row.1).collect();
        let risk: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        let mut want = [0.0; 5];
        for i in 0..rows.len() {
            for j in 0..rows.len() {
                let first = cause[i] == 1 && entry[j] < exit[i];
                let later = exit[j] > exit[i] || (exit[j] >= exit[i] && cause[j] == 0);
                if first && later {
                    want[match rows[i].2.cmp(&rows[j].2) {
                        std::cmp::Ordering::Greater => 0,
                        std::cmp::Ordering::Less => 1,
                        std::cmp::Ordering::Equal => 2,
                    }] += 1.0;
                }
                if i < j && rows[i].0 == rows[j].0 && cause[i] + cause[j] == 2 {
                    want[if rows[i].2 == rows[j].2 { 4 } else { 3 }] += 1.0;
                }
            }
        }
        let durations = Durations::new(&exit, &cause).unwrap().with_entries(&entry).unwrap();
        match ConcordanceParams::new().fit(&durations, &risk) {
            Err(_) => prop_assert!(want[0] + want[1] + want[2] < 0.5),
            Ok(found) => {
                let counts = [found.concordant, found.discordant, found.tied_risk,
                    found.tied_time, found.tied_both];
                prop_assert_eq!(counts, want);
                prop_assert_eq!(found.value, ConcordanceParams::new().count(&durations, &risk).unwrap().value);
            }
        }
    }
}
