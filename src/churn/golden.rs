//! Data that tests of this room share: files of the Python package lifelines 0.30.3 (MIT).

use super::Durations;
use crate::data::{Features, MissingValues};

pub(super) const ROSSI: &str = include_str!("../../tests/golden/churn/rossi.csv");
pub(super) const WALTONS: &str = include_str!("../../tests/golden/churn/waltons.csv");
pub(super) const ANDERSON: &str = include_str!("../../tests/golden/churn/anderson.csv");
pub(super) const LUNG: &str = include_str!("../../tests/golden/churn/lung.csv");
pub(super) const HEART: &str = include_str!("../../tests/golden/churn/heart.csv");
pub(super) const G3: &str = include_str!("../../tests/golden/churn/g3.csv");
pub(super) const LYMPHOMA: &str = include_str!("../../tests/golden/churn/lymphoma.csv");
pub(super) const REGIMES: &str = include_str!("../../tests/golden/churn/dd.csv");

/// A column of one of the files, whose cells are parted by commas or blanks.
pub(super) fn column<'a>(file: &'a str, name: &str) -> Vec<&'a str> {
    let parts = |line: &'a str| -> Vec<&'a str> {
        let by = if file.contains(',') { ',' } else { ' ' };
        let cells = line.split(by);
        cells.map(|cell| cell.trim().trim_matches('"')).collect()
    };
    let mut lines = file.lines().filter(|line| !line.trim().is_empty());
    let header = parts(lines.next().unwrap());
    let at = header.iter().position(|&known| known == name).unwrap();
    lines.map(|line| parts(line)[at]).collect()
}

pub(super) fn numbers(file: &str, name: &str) -> Vec<f64> {
    let cells = column(file, name);
    cells.iter().map(|cell| cell.parse().unwrap()).collect()
}

pub(super) fn durations(file: &str, time: &str, event: &str) -> Durations {
    let died = |&event: &f64| u16::from(event > 0.5);
    let cause: Vec<u16> = numbers(file, event).iter().map(died).collect();
    Durations::new(&numbers(file, time), &cause).unwrap()
}

pub(super) fn features(file: &str, names: &[&str]) -> Features {
    let columns: Vec<Vec<f64>> = names.iter().map(|name| numbers(file, name)).collect();
    let named: Vec<(&str, &[f64])> = names
        .iter()
        .copied()
        .zip(columns.iter().map(Vec::as_slice))
        .collect();
    Features::from_columns(&named, MissingValues::Refuse).unwrap()
}
