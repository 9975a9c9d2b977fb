//! Golden numbers are of R 4.2.2 and survival (`coxph`, `eps = 1e-15`) unless said.

use super::*;
use crate::{
    churn::Durations,
    data::{Categories, Features, MissingValues},
};

const NAMES: [&str; 7] = ["fin", "age", "race", "wexp", "mar", "paro", "prio"];

/// Rossi, Berk and Lenihan (1980): 432 people released from prison, watched for a year.
struct Rossi {
    durations: Durations,
    columns: Vec<(String, Vec<f64>)>,
}

impl Rossi {
    fn new() -> Self {
        let text = include_str!("../../../tests/golden/churn/rossi.csv");
        let mut lines = text.lines();
        let names: Vec<String> = lines
            .next()
            .unwrap()
            .split(',')
            .map(str::to_owned)
            .collect();
        let mut columns: Vec<(String, Vec<f64>)> =
            names.into_iter().map(|name| (name, Vec::new())).collect();
        for line in lines {
            for (cell, column) in line.split(',').zip(&mut columns) {
                column.1.push(cell.trim().parse().unwrap());
            }
        }
        let of = |wanted: &str| &columns.iter().find(|(name, _)| name == wanted).unwrap().1;
        let cause: Vec<u16> = of("arrest").iter().map(|&x| u16::from(x > 0.5)).collect();
        Self {
            durations: Durations::new(of("week"), &cause).unwrap(),
            columns,
        }
    }

    fn column(&self, wanted: &str) -> &[f64] {
        &self
            .columns
            .iter()
            .find(|(name, _)| name == wanted)
            .unwrap()
            .1
    }

    fn features(&self, names: &[&str]) -> Features {
        let columns: Vec<(&str, &[f64])> = names
            .iter()
            .map(|name| (*name, self.column(name)))
            .collect();
        Features::from_columns(&columns, MissingValues::Refuse).unwrap()
    }
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

#[test]
fn rossi_by_efron_and_breslow_is_that_of_r() {
    let rossi = Rossi::new();
    let features = rossi.features(&NAMES);
    let data = CoxData::new(&rossi.durations, &features);
    let cox = CoxParams::default().fit(&data).unwrap();
    near(
        cox.coefficients(),
        &[
            -0.379422166871210,
            -0.057437743013761,
            0.313899785949295,
            -0.149795697222788,
            -0.433703876690251,
            -0.084871082990837,
            0.091497079351121,
        ],
        1e-9,
    );
    near(
        &cox.standard_errors(),
        &[
            0.191379480712809,
            0.021999470627954,
            0.307992776392939,
            0.212224296158164,
            0.381868057464922,
            0.195756671920923,
            0.028648550073471,
        ],
        1e-9,
    );
    let (null, fitted) = cox.log_likelihood();
    near(
        &[null, fitted],
        &[-675.38063234687, -658.74765944609],
        1e-12,
    );
    let tests = [cox.likelihood_ratio_test(), cox.score_test()];
    near(&tests, &[33.2659458, 33.5286889], 1e-8);
    assert!((cox.wald_test() - 32.11).abs() < 0.005);
    assert_eq!(
        (cox.rows(), cox.events(), cox.verdict()),
        (432, 114, &CoxVerdict::Converged)
    );
    let cox = CoxParams::default().ties(Ties::Breslow).fit(&data).unwrap();
    near(
        cox.coefficients(),
        &[
            -0.379021887795027,
            -0.057245925363557,
            0.314129765068245,
            -0.151114599627457,
            -0.432782572549051,
            -0.084982835751605,
            0.091111540500466,
        ],
        1e-9,
    );
    let (null, fitted) = cox.log_likelihood();
    near(
        &[null, fitted],
        &[-675.68338941750, -659.12060567733],
        1e-12,
    );
}
