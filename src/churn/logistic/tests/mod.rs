//! Golden numbers are of R 4.2.2 (`glm`, `epsilon = 1e-15`) unless said.

mod against_r;
mod properties;
mod saved;
mod verdicts;

use super::*;
use crate::{
    churn::golden,
    data::{Categories, Features, MissingValues},
};

const NAMES: [&str; 7] = ["fin", "age", "race", "wexp", "mar", "paro", "prio"];

/// Rossi, Berk and Lenihan (1980): 432 people released from prison, and who was arrested.
fn rossi() -> (Features, Vec<bool>) {
    let arrest = golden::numbers(golden::ROSSI, "arrest");
    let left = arrest.iter().map(|&arrest| arrest > 0.5).collect();
    (golden::features(golden::ROSSI, &NAMES), left)
}

#[track_caller]
fn near(found: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(found.len(), want.len());
    for (found, want) in found.iter().zip(want) {
        let gap = (found - want).abs();
        assert!(gap <= tolerance * want.abs(), "{found} {want}");
    }
}

fn features(columns: &[(&str, &[f64])]) -> Features {
    Features::from_columns(columns, MissingValues::Keep).unwrap()
}
