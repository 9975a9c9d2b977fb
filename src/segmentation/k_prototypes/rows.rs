//! Rows in tiles of eight: numbers, codes of labels, weights.

use std::{cmp::Ordering, ops::Range};

use pulp::Arch;
use rayon::prelude::*;

use super::fit::Prototypes;
use crate::{
    Error, Result,
    data::Features,
    numeric::{dispatch, map_chunks},
};

/// Rows that go through the kernel side by side, one a lane.
pub(super) const LANES: usize = 8;
/// Tiles worked on together; a constant.
pub(super) const CHUNK: usize = 256;

/// The code of a row without a label.
pub(super) const MISSING: u32 = 0;
/// The code of a label that the fit has not seen: no mode has it.
const UNKNOWN: u32 = u32::MAX;

/// The columns of a fit, and the labels of each column of categories in the order of their
/// bytes; label `at` has the code `at + 1`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Levels {
    pub(super) numeric: Vec<String>,
    pub(super) categories: Vec<(String, Vec<String>)>,
}

impl Levels {
    /// The labels of the rows that count.
    pub(super) fn of(features: &Features) -> Result<Self> {
        let numeric = features.names().to_vec();
        let mut categories = Vec::new();
        for name in features.category_names() {
            let column = column(features, name)?;
            let all: Vec<&str> = column.labels().collect();
            let mut seen = vec![false; all.len()];
            for row in (0..features.len()).filter(|&row| weight(features, row) > 0.0) {
                if let Some(code) = column.code(row) {
                    seen[code as usize] = true;
                }
            }
            let used = all.iter().zip(&seen).filter(|(_, seen)| **seen);
            let mut labels: Vec<String> = used.map(|(label, _)| (*label).to_owned()).collect();
            labels.sort_unstable();
            categories.push((name.to_owned(), labels));
        }
        if numeric.is_empty() && categories.is_empty() {
            return Err(Error::NotEnoughData {
                what: "columns of numbers or categories".into(),
                needed: 1,
                found: 0,
            });
        }
        Ok(Self {
            numeric,
            categories,
        })
    }

    /// The names of the columns, numeric ones first.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let categories = self.categories.iter().map(|(name, _)| name.as_str());
        self.numeric.iter().map(String::as_str).chain(categories)
    }

    /// The label of a code of a column of categories; `None` for the level "none".
    pub(super) fn label(&self, column: usize, code: u32) -> Option<&str> {
        let (_, labels) = self.categories.get(column)?;
        let at = (code as usize).checked_sub(1)?;
        labels.get(at).map(String::as_str)
    }

    /// `Ok` if features have the columns of the fit, in its order.
    pub(super) fn check_columns(&self, features: &Features) -> Result<()> {
        let numeric = features.names().iter().map(String::as_str);
        let found: Vec<&str> = numeric.chain(features.category_names()).collect();
        let expected: Vec<&str> = self.names().collect();
        if features.names().len() == self.numeric.len() && found == expected {
            return Ok(());
        }
        let list = |numeric: usize, names: &[&str]| {
            let (numbers, categories) = names.split_at(numeric.min(names.len()));
            format!("numeric {numbers:?} and categories {categories:?}").into_boxed_str()
        };
        Err(Error::VersionMismatch {
            what: "the list of columns",
            expected: list(self.numeric.len(), &expected),
            found: list(features.names().len(), &found),
        })
    }

    /// For each column of categories of some features, what each of their codes is here.
    fn translation(&self, features: &Features) -> Result<Vec<Vec<u32>>> {
        let mut tables = Vec::with_capacity(self.categories.len());
        for (name, labels) in &self.categories {
            let code = |label: &str| {
                let place = labels.binary_search_by(|known| known.as_str().cmp(label));
                let place = place.ok().and_then(|at| u32::try_from(at + 1).ok());
                place.unwrap_or(UNKNOWN)
            };
            tables.push(column(features, name)?.labels().map(code).collect());
        }
        Ok(tables)
    }
}

fn column<'a>(features: &'a Features, name: &str) -> Result<&'a crate::data::Categories> {
    let missing = || Error::VersionMismatch {
        what: "column of categories",
        expected: name.into(),
        found: "none".into(),
    };
    features.categories(name).ok_or_else(missing)
}

fn weight(features: &Features, row: usize) -> f64 {
    features.weights().map_or(1.0, |weights| weights[row])
}

/// Rows as the kernel wants them. Lanes beyond the last row hold the last row once more, with
/// weight 0.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rows {
    len: usize,
    numeric: usize,
    categorical: usize,
    /// Tile by tile, column by column.
    numbers: Vec<[f64; LANES]>,
    codes: Vec<[u32; LANES]>,
    weights: Vec<[f64; LANES]>,
    /// Codes in use in each column of categories: labels and "none".
    levels: Vec<usize>,
}

/// Rows before they are tiles.
struct Table {
    numeric: usize,
    categorical: usize,
    numbers: Vec<f64>,
    codes: Vec<u32>,
}

impl Table {
    /// Some rows of features that have the columns of the fit.
    fn new(features: &Features, levels: &Levels, rows: Range<usize>) -> Result<Self> {
        levels.check_columns(features)?;
        let (numeric, categorical) = (levels.numeric.len(), levels.categories.len());
        let mut numbers = Vec::with_capacity(rows.len() * numeric);
        for row in rows.clone() {
            for (at, &value) in features.view().row(row).iter().enumerate() {
                if value.is_nan() {
                    let reason = "NaN cannot be placed; prepare missing values first";
                    return Err(Error::value(&levels.numeric[at], row, reason));
                }
                // -0 is 0.
                numbers.push(value + 0.0);
            }
        }
        let tables = levels.translation(features)?;
        let mut codes = vec![MISSING; rows.len() * categorical];
        for (at, ((name, _), table)) in levels.categories.iter().zip(&tables).enumerate() {
            let column = column(features, name)?;
            for (place, row) in rows.clone().enumerate() {
                if let Some(code) = column.code(row) {
                    codes[place * categorical + at] = table[code as usize];
                }
            }
        }
        Ok(Self {
            numeric,
            categorical,
            numbers,
            codes,
        })
    }

    fn numbers(&self, row: usize) -> &[f64] {
        &self.numbers[row * self.numeric..(row + 1) * self.numeric]
    }

    fn codes(&self, row: usize) -> &[u32] {
        &self.codes[row * self.categorical..(row + 1) * self.categorical]
    }

    /// An order of rows by what they hold.
    fn compare(&self, a: usize, b: usize) -> Ordering {
        let pairs = self.numbers(a).iter().zip(self.numbers(b));
        let numbers = pairs
            .map(|(a, b)| a.total_cmp(b))
            .find(|order| order.is_ne());
        numbers.unwrap_or_else(|| self.codes(a).cmp(self.codes(b)))
    }

    fn tiles(&self, rows: &[(usize, f64)], levels: Vec<usize>) -> Rows {
        let tiles = rows.len().div_ceil(LANES);
        let mut made = Rows {
            len: rows.len(),
            numeric: self.numeric,
            categorical: self.categorical,
            numbers: vec![[0.0; LANES]; tiles * self.numeric],
            codes: vec![[0; LANES]; tiles * self.categorical],
            weights: vec![[0.0; LANES]; tiles],
            levels,
        };
        let last = rows.last().map_or(0, |&(row, _)| row);
        for place in 0..tiles * LANES {
            let (row, weight) = rows.get(place).copied().unwrap_or((last, 0.0));
            let (tile, lane) = (place / LANES, place % LANES);
            for (at, &value) in self.numbers(row).iter().enumerate() {
                made.numbers[tile * self.numeric + at][lane] = value;
            }
            for (at, &code) in self.codes(row).iter().enumerate() {
                made.codes[tile * self.categorical + at][lane] = code;
            }
            made.weights[tile][lane] = weight;
        }
        made
    }
}

impl Rows {
    /// The different rows that count, each with the sum of its weights, in an order that does not
    /// depend on how they came.
    pub(super) fn merged(features: &Features, levels: &Levels) -> Result<Self> {
        let table = Table::new(features, levels, 0..features.len())?;
        let mut order: Vec<usize> = (0..features.len())
            .filter(|&row| weight(features, row) > 0.0)
            .collect();
        if order.is_empty() {
            return Err(Error::NotEnoughData {
                what: "rows with a weight above 0".into(),
                needed: 1,
                found: 0,
            });
        }
        check_sizes(features, &levels.numeric, &order)?;
        order.par_sort_unstable_by(|&a, &b| table.compare(a, b).then(a.cmp(&b)));
        let mut merged: Vec<(usize, f64)> = Vec::new();
        for row in order {
            match merged.last_mut() {
                Some((same, sum)) if table.compare(*same, row).is_eq() => {
                    *sum += weight(features, row);
                }
                _ => merged.push((row, weight(features, row))),
            }
        }
        let sizes = levels.categories.iter().map(|(_, labels)| labels.len() + 1);
        Ok(table.tiles(&merged, sizes.collect()))
    }

    /// All rows, in their order.
    pub(super) fn all(features: &Features, levels: &Levels) -> Result<Self> {
        let table = Table::new(features, levels, 0..features.len())?;
        let rows: Vec<(usize, f64)> = (0..features.len()).map(|row| (row, 1.0)).collect();
        let sizes = levels.categories.iter().map(|(_, labels)| labels.len() + 1);
        Ok(table.tiles(&rows, sizes.collect()))
    }

    /// One row that exists.
    pub(super) fn one(features: &Features, levels: &Levels, row: usize) -> Result<Self> {
        let table = Table::new(features, levels, row..row + 1)?;
        let sizes = levels.categories.iter().map(|(_, labels)| labels.len() + 1);
        Ok(table.tiles(&[(0, 1.0)], sizes.collect()))
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn numeric(&self) -> usize {
        self.numeric
    }

    pub(super) fn categorical(&self) -> usize {
        self.categorical
    }

    pub(super) fn tiles(&self) -> usize {
        self.weights.len()
    }

    /// Codes in use in a column of categories.
    pub(super) fn levels(&self, column: usize) -> usize {
        self.levels[column]
    }

    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights[row / LANES][row % LANES]
    }

    pub(super) fn number(&self, row: usize, column: usize) -> f64 {
        self.numbers[row / LANES * self.numeric + column][row % LANES]
    }

    pub(super) fn code(&self, row: usize, column: usize) -> u32 {
        self.codes[row / LANES * self.categorical + column][row % LANES]
    }

    /// The means of the numeric columns.
    pub(super) fn means(&self) -> Vec<f64> {
        let total: f64 = (0..self.len).map(|row| self.weight(row)).sum();
        let mean = |column| {
            let rows = 0..self.len;
            rows.map(|row| self.weight(row) * self.number(row, column))
                .sum::<f64>()
                / total
        };
        (0..self.numeric).map(mean).collect()
    }

    /// The standard deviations of the numeric columns, over the sum of the weights.
    pub(super) fn deviations(&self) -> Vec<f64> {
        let total: f64 = (0..self.len).map(|row| self.weight(row)).sum();
        let deviation = |(column, mean): (usize, &f64)| {
            let constant = self.number(0, column);
            if (1..self.len).all(|row| self.number(row, column).total_cmp(&constant).is_eq()) {
                // The mean of equal numbers can miss them by a bit.
                return 0.0;
            }
            let squares = (0..self.len).map(|row| {
                let off = self.number(row, column) - mean;
                self.weight(row) * off * off
            });
            (squares.sum::<f64>() / total).sqrt()
        };
        self.means().iter().enumerate().map(deviation).collect()
    }

    /// For each chunk of tiles, what `f` makes of it under the best instructions there are: `f` must
    /// be inlined to be compiled for them.
    pub(super) fn map_tiles<T: Send>(&self, f: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
        map_chunks(self.tiles(), CHUNK, |tiles| {
            dispatch(
                Arch::new(),
                #[inline(always)]
                || f(tiles.clone()),
            )
        })
    }

    /// The dissimilarities of the rows of a tile to a prototype.
    ///
    /// Term by term in the order of the columns, so that they are, bit for bit, the sums of the
    /// contributions of the columns.
    #[expect(
        clippy::inline_always,
        reason = "it must be compiled under the caller's instructions"
    )]
    #[inline(always)]
    pub(super) fn dissimilarity(
        &self,
        tile: usize,
        to: &Prototypes,
        cluster: usize,
    ) -> [f64; LANES] {
        let mut total = [0.0; LANES];
        let numbers = &self.numbers[tile * self.numeric..(tile + 1) * self.numeric];
        for (x, &centre) in numbers.iter().zip(to.centre(cluster)) {
            for lane in 0..LANES {
                let off = x[lane] - centre;
                total[lane] += off * off;
            }
        }
        let codes = &self.codes[tile * self.categorical..(tile + 1) * self.categorical];
        for (code, &mode) in codes.iter().zip(to.mode(cluster)) {
            for lane in 0..LANES {
                total[lane] += if code[lane] == mode { 0.0 } else { to.gamma };
            }
        }
        total
    }

    /// The terms of one row's dissimilarity, column by column.
    pub(super) fn terms(&self, row: usize, to: &Prototypes, cluster: usize) -> Vec<f64> {
        let square = |(column, centre): (usize, &f64)| {
            let off = self.number(row, column) - centre;
            off * off
        };
        let differs = |(column, &mode): (usize, &u32)| {
            if self.code(row, column) == mode {
                0.0
            } else {
                to.gamma
            }
        };
        let numbers = to.centre(cluster).iter().enumerate().map(square);
        let codes = to.mode(cluster).iter().enumerate().map(differs);
        numbers.chain(codes).collect()
    }
}

/// `Ok` if all squared differences can be added up.
fn check_sizes(features: &Features, names: &[String], rows: &[usize]) -> Result<()> {
    let total: f64 = rows.iter().map(|&row| weight(features, row)).sum();
    let columns = names.len() as f64;
    let view = features.view();
    for (at, name) in names.iter().enumerate() {
        for &row in rows {
            let widest = 2.0 * view[(row, at)].abs();
            let fits = (widest * widest * columns * total.max(1.0)).is_finite();
            if !fits {
                let reason = format!(
                    "{:e} is too large for squares to be added up; scale the column",
                    view[(row, at)]
                );
                return Err(Error::value(name, row, reason));
            }
        }
    }
    Ok(())
}
