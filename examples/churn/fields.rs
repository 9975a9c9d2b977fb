//! Columns as texts: which are of numbers, and the features that they make.

use std::{collections::BTreeSet, path::Path};

use custometry::data::{Categories, Features, MissingValues};

use crate::common::{Result, tables::printable, wanted::Wanted};

/// The most levels of a category: each is a column of its own in the regression.
const LEVELS: usize = 200;

/// A column with more numbers than this, and hardly anything else, is one of numbers. A category with
/// more levels than this needs two rows for each.
const CODES: usize = 10;

/// A column of a file, row by row.
pub(crate) struct Field<'a> {
    pub(crate) wanted: &'a Wanted,
    pub(crate) texts: &'a [String],
}

/// What stands for a missing value.
pub(crate) fn is_missing(text: &str) -> bool {
    let words = ["na", "nan", "null"];
    text.is_empty() || words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A field as a finite number.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// What is wrong with a field that is no number.
pub(crate) fn no_number(text: &str) -> &'static str {
    if with_a_point(text) {
        "it is not a number; write decimals with a point"
    } else {
        "it is not a number"
    }
}

/// Whether a field is a number if its comma is taken for a point.
fn with_a_point(text: &str) -> bool {
    number(&text.replacen(',', ".", 1)).is_some()
}

/// Whether a field is a value, as a text in any case or as a number.
pub(crate) fn is_value(text: &str, value: &str) -> bool {
    let value = value.trim();
    text.eq_ignore_ascii_case(value) || number(text).is_some_and(|read| number(value) == Some(read))
}

/// The features of some rows: columns of numbers, and categories for all others.
pub(crate) fn features(
    path: &Path,
    lines: &[u64],
    fields: &[Field<'_>],
    rows: &[usize],
) -> Result<Features> {
    let mut numbers: Vec<(&str, Vec<f64>)> = Vec::new();
    let mut categories: Vec<(&str, Vec<&str>)> = Vec::new();
    for field in fields {
        let name = field.wanted.name.as_str();
        let texts = rows.iter().map(|&row| field.texts[row].as_str());
        if field.is_of_numbers(path, lines)? {
            numbers.push((
                name,
                texts.map(|text| number(text).unwrap_or(f64::NAN)).collect(),
            ));
        } else {
            let known = |text| if is_missing(text) { "" } else { text };
            categories.push((name, texts.map(known).collect()));
        }
    }
    let columns: Vec<(&str, &[f64])> = numbers
        .iter()
        .map(|(name, column)| (*name, column.as_slice()))
        .collect();
    let mut features = Features::from_columns(&columns, MissingValues::Keep)?;
    for (name, column) in &categories {
        features = features.with_categories(name, Categories::new(column)?)?;
    }
    Ok(features)
}

/// The categories with too many levels to learn from, and how many they have.
pub(crate) fn crowded(features: &Features) -> Vec<(String, usize)> {
    let rows = features.len();
    let is_crowded = |count: usize| count > LEVELS || (count > CODES && 2 * count > rows);
    let count = |name: &str| Some((name.to_owned(), features.categories(name)?.labels().len()));
    let all = features.category_names().filter_map(count);
    all.filter(|(_, count)| is_crowded(*count)).collect()
}

/// Refuses features that nothing can be learned from.
pub(crate) fn refuse_useless(path: &Path, features: &Features) -> Result<()> {
    let (path, rows) = (path.display(), features.len());
    if let Some((name, count)) = crowded(features).first() {
        let name = printable(name);
        return Err(format!(
            "{path}, column {name}: {count} levels of text in {rows} rows, too many to learn from; \
             group the rare ones, or leave the column out"
        )
        .into());
    }
    let is_constant = |name: &&str| {
        let levels = features.categories(name);
        levels.is_some_and(|levels| {
            levels.labels().len() == 1 && (0..rows).all(|row| levels.code(row).is_some())
        })
    };
    let constant: Vec<&str> = features.category_names().filter(is_constant).collect();
    if features.names().is_empty() && constant.len() == features.category_names().len() {
        let names = printable(&constant.join(", "));
        return Err(format!(
            "{path}: only one group in column {names}, which drives nothing; give others"
        )
        .into());
    }
    Ok(())
}

impl Field<'_> {
    /// Whether a column is one of numbers, which it is if all that stands in it is a number. A
    /// few texts among many numbers do not make groups of them: they are faults.
    fn is_of_numbers(&self, path: &Path, lines: &[u64]) -> Result<bool> {
        let present = self.texts.iter().enumerate();
        let present = present.filter(|(_, text)| !is_missing(text));
        let others: Vec<usize> = present
            .clone()
            .filter(|(_, text)| number(text).is_none())
            .map(|(row, _)| row)
            .collect();
        let Some(&first) = others.first() else {
            return Ok(present.clone().next().is_some());
        };
        let (line, text) = (lines[first], &self.texts[first]);
        if present.clone().all(|(_, text)| with_a_point(text)) {
            return Err(self.wanted.fault(path, line, text, no_number(text)));
        }
        let numbers: BTreeSet<u64> = present
            .clone()
            .filter_map(|(_, text)| number(text).map(f64::to_bits))
            .collect();
        if numbers.len() > CODES && 10 * others.len() < present.count() {
            let why = "it is not a number, and nearly all others are; leave it blank if it is not \
                       known, or write groups with a letter first";
            return Err(self.wanted.fault(path, line, text, why));
        }
        Ok(false)
    }
}
