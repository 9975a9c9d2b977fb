//! From features to the columns of a regression: numbers as they are, categories as one column for
//! each level but the first.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    data::{Categories, Features},
    numeric::map_chunks,
};

/// What a regression does with a row that lacks a value.
///
/// A missing value is never taken for 0. Whether leaving out such rows is harmless depends on why
/// values are missing; who has no phone number may well leave for other reasons.
///
/// # Example
///
/// ```
/// use custometry::churn::MissingRows;
/// assert_eq!(MissingRows::default(), MissingRows::Refuse);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MissingRows {
    /// The first missing value is an error that names its row.
    #[default]
    Refuse,
    /// Rows with a missing value are left out of the fit and counted.
    LeaveOut,
}

/// How features become columns; part of a fitted model, so that prediction does the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Design {
    numbers: Vec<String>,
    categories: Vec<Levels>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Levels {
    name: String,
    /// Ascending; the first is the reference and has no column.
    levels: Vec<String>,
}

/// Columns beyond this are refused: the Hessian has their square.
const MAX_COLUMNS: usize = 2_000;
/// Rows that are looked through together.
const ROWS: usize = 16_384;

impl Design {
    /// The design of these features: numbers in their order, then categories with the levels of the
    /// rows that the policy leaves, by name.
    pub(crate) fn new(features: &Features, policy: MissingRows) -> Result<Self> {
        let numbers = features.names().to_vec();
        let columns: Vec<(&str, &Categories)> = features
            .category_names()
            .filter_map(|name| Some((name, features.categories(name)?)))
            .collect();
        let is_whole = |row: usize| {
            features.view().row(row).iter().all(|cell| !cell.is_nan())
                && columns.iter().all(|(_, column)| column.code(row).is_some())
        };
        let counts = |row: usize| match policy {
            MissingRows::Refuse => true,
            MissingRows::LeaveOut => is_whole(row),
        };
        let mut seen: Vec<Vec<bool>> = columns
            .iter()
            .map(|(_, column)| vec![false; column.labels().len()])
            .collect();
        if !columns.is_empty() {
            for row in (0..features.len()).filter(|&row| counts(row)) {
                for (seen, (_, column)) in seen.iter_mut().zip(&columns) {
                    if let Some(code) = column.code(row) {
                        seen[code as usize] = true;
                    }
                }
            }
        }
        let mut categories = Vec::new();
        let mut width = numbers.len();
        for (&(name, column), seen) in columns.iter().zip(&seen) {
            let mut levels: Vec<String> = column
                .labels()
                .zip(seen)
                .filter(|&(_, &seen)| seen)
                .map(|(label, _)| label.to_owned())
                .collect();
            levels.sort_unstable();
            width += levels.len().saturating_sub(1);
            if width > MAX_COLUMNS {
                return Err(Error::parameter(
                    "columns of the regression",
                    width,
                    format!("at most {MAX_COLUMNS}; group the rare levels of {name}"),
                ));
            }
            categories.push(Levels {
                name: name.to_owned(),
                levels,
            });
        }
        if width > MAX_COLUMNS {
            let most = format!("at most {MAX_COLUMNS}; leave some out");
            return Err(Error::parameter("columns of the regression", width, most));
        }
        Ok(Self {
            numbers,
            categories,
        })
    }

    /// The number of columns.
    pub(crate) fn width(&self) -> usize {
        let levels = self.categories.iter();
        self.numbers.len()
            + levels
                .map(|column| column.levels.len().saturating_sub(1))
                .sum::<usize>()
    }

    /// The name of each column; `column=level` for a level.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = self.numbers.clone();
        for column in &self.categories {
            let levels = column.levels.iter().skip(1);
            names.extend(levels.map(|level| format!("{}={level}", column.name)));
        }
        names
    }

    /// The names of categories that have no column, as they have one level only.
    pub(crate) fn without_columns(&self) -> impl Iterator<Item = String> {
        let categories = self.categories.iter();
        let constant = categories.filter(|column| column.levels.len() < 2);
        constant.map(|column| column.name.clone())
    }

    /// The column of the features that each column is made of, by number.
    pub(crate) fn sources(&self) -> Vec<usize> {
        let mut sources: Vec<usize> = (0..self.numbers.len()).collect();
        for (at, column) in self.categories.iter().enumerate() {
            let levels = column.levels.len().saturating_sub(1);
            sources.extend(std::iter::repeat_n(self.numbers.len() + at, levels));
        }
        sources
    }

    /// The names of the columns of the features, by number: numbers, then categories.
    pub(crate) fn source_names(&self) -> impl ExactSizeIterator<Item = &str> {
        let count = self.numbers.len() + self.categories.len();
        (0..count).map(|source| self.source_name(source))
    }

    /// The name of a column of the features, by number.
    pub(crate) fn source_name(&self, source: usize) -> &str {
        match self.numbers.get(source) {
            Some(name) => name,
            None => &self.categories[source - self.numbers.len()].name,
        }
    }

    /// Whether what was read could have been made by [`new`](Self::new).
    pub(crate) fn check(&self) -> Result<()> {
        let ascending = |column: &Levels| column.levels.windows(2).all(|pair| pair[0] < pair[1]);
        let mut names: Vec<&str> = self.numbers.iter().map(String::as_str).collect();
        names.extend(self.categories.iter().map(|column| column.name.as_str()));
        names.sort_unstable();
        let repeated = names.windows(2).any(|pair| pair[0] == pair[1]);
        if repeated || self.width() > MAX_COLUMNS || !self.categories.iter().all(ascending) {
            return Err(Error::ModelFormat {
                expected: "different columns with ascending levels".into(),
                found: "others".into(),
            });
        }
        Ok(())
    }

    /// Finds the columns of the design in features, those of the fit or others.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there.
    pub(crate) fn bind<'a>(&'a self, features: &'a Features) -> Result<Bound<'a>> {
        let absent = |name: &str| {
            let found = features.names().iter().map(String::as_str);
            let found: Vec<&str> = found.chain(features.category_names()).collect();
            Error::InvalidParameter {
                name: "features",
                value: format!("{found:?}").into(),
                expected: format!("the columns of the model, with {name}").into(),
            }
        };
        let mut numbers = Vec::with_capacity(self.numbers.len());
        for name in &self.numbers {
            let place = features.names().iter().position(|known| known == name);
            numbers.push(place.ok_or_else(|| absent(name))?);
        }
        let mut categories = Vec::with_capacity(self.categories.len());
        for known in &self.categories {
            let column = features
                .categories(&known.name)
                .ok_or_else(|| absent(&known.name))?;
            categories.push(BoundCategory::new(known, column));
        }
        Ok(Bound {
            design: self,
            values: features.view(),
            is_whole: numbers.len() == features.names().len() && numbers.is_sorted(),
            numbers,
            categories,
        })
    }
}

/// A design together with the features it was found in.
#[derive(Debug)]
pub(crate) struct Bound<'a> {
    design: &'a Design,
    values: ArrayView2<'a, f64>,
    /// The place of each number among those of the features.
    numbers: Vec<usize>,
    /// Whether those are all the numbers of the features, in their order.
    is_whole: bool,
    categories: Vec<BoundCategory<'a>>,
}

#[derive(Debug)]
struct BoundCategory<'a> {
    column: &'a Categories,
    /// By code of the column the place of the level in the design, if it knows the level.
    level_of_code: Vec<Option<usize>>,
}

impl<'a> BoundCategory<'a> {
    fn new(known: &'a Levels, column: &'a Categories) -> Self {
        let place = |label: &str| {
            let levels = &known.levels;
            levels
                .binary_search_by(|level| level.as_str().cmp(label))
                .ok()
        };
        Self {
            column,
            level_of_code: column.labels().map(place).collect(),
        }
    }

    fn level(&self, row: usize) -> Option<usize> {
        let code = self.column.code(row)?;
        self.level_of_code[code as usize]
    }
}

impl Bound<'_> {
    /// The name of each column.
    pub(crate) fn names(&self) -> Vec<String> {
        self.design.names()
    }

    /// Writes the columns of a row; a value that is missing, or a level that the design does not
    /// know, is NaN in each column that it feeds.
    pub(crate) fn write(&self, row: usize, out: &mut [f64]) {
        let values = self.values.row(row);
        let (of_numbers, mut of_levels) = out.split_at_mut(self.numbers.len());
        match values.as_slice() {
            // Rows are far apart in memory; the less is done for one, the more are fetched at once.
            Some(values) if self.is_whole => of_numbers.copy_from_slice(values),
            _ => {
                for (out, &number) in of_numbers.iter_mut().zip(&self.numbers) {
                    *out = values[number];
                }
            }
        }
        for (bound, known) in self.categories.iter().zip(&self.design.categories) {
            let (cells, rest) = of_levels.split_at_mut(known.levels.len().saturating_sub(1));
            of_levels = rest;
            match bound.level(row) {
                None => cells.fill(f64::NAN),
                Some(level) => {
                    cells.fill(0.0);
                    if level > 0 {
                        cells[level - 1] = 1.0;
                    }
                }
            }
        }
    }

    /// The first feature that cannot be used in a row, and why.
    fn unusable(&self, row: usize) -> Option<(&str, String)> {
        let values = self.values.row(row);
        let missing = "the value is missing; impute it, or leave out such rows";
        let number = self.numbers.iter().position(|&at| values[at].is_nan());
        if let Some(at) = number {
            return Some((&self.design.numbers[at], missing.into()));
        }
        let at = self
            .categories
            .iter()
            .position(|bound| bound.level(row).is_none())?;
        let reason = match self.categories[at].column.label(row) {
            None => missing.into(),
            Some(label) => format!(
                "the model knows no level {label:?} of this column; group it with a known level, \
                 or fit again"
            ),
        };
        Some((&self.design.categories[at].name, reason))
    }

    /// The rows that can be used, by the policy: `None` if all can.
    pub(crate) fn usable_rows(&self, policy: MissingRows) -> Result<Option<Vec<u32>>> {
        let rows = self.values.nrows();
        let unusable = |row: &usize| self.unusable(*row).is_some();
        let firsts = map_chunks(rows, ROWS, |mut range| range.find(unusable));
        let Some(first) = firsts.into_iter().flatten().next() else {
            return Ok(None);
        };
        match policy {
            MissingRows::Refuse => {
                let (column, reason) = self.unusable(first).unwrap_or_default();
                Err(Error::value(column, first, reason))
            }
            MissingRows::LeaveOut => {
                let rows = u32::try_from(rows).map_err(|_| Error::Overflow {
                    what: "more than 4294967295 rows; split them".into(),
                })?;
                let usable = |row: &u32| self.unusable(*row as usize).is_none();
                Ok(Some((0..rows).filter(usable).collect()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::MissingValues;

    fn features(labels: &[&str]) -> Features {
        let numbers: Vec<f64> = (0..labels.len()).map(|row| row as f64).collect();
        Features::from_columns(&[("n", &numbers)], MissingValues::Keep)
            .unwrap()
            .with_categories("plan", Categories::new(labels).unwrap())
            .unwrap()
    }

    #[test]
    fn levels_sort_by_name_and_the_first_is_the_reference() {
        let features = features(&["b", "c", "a", "b"]);
        let design = Design::new(&features, MissingRows::Refuse).unwrap();
        assert_eq!(design.names(), ["n", "plan=b", "plan=c"]);
        let bound = design.bind(&features).unwrap();
        let rows: Vec<[f64; 3]> = (0..4)
            .map(|row| {
                let mut out = [9.0; 3];
                bound.write(row, &mut out);
                out
            })
            .collect();
        let want = [
            [0.0, 1.0, 0.0],
            [1.0, 0.0, 1.0],
            [2.0, 0.0, 0.0],
            [3.0, 1.0, 0.0],
        ];
        assert_eq!(rows, want);
    }

    #[test]
    fn other_features_are_bound_by_name_or_refused() {
        let design = Design::new(&features(&["b", "a"]), MissingRows::Refuse).unwrap();
        assert!(design.bind(&features(&["a", "a", "b"])).is_ok());
        let unknown = features(&["a", "z"]);
        let bound = design.bind(&unknown).unwrap();
        let error = bound.usable_rows(MissingRows::Refuse).unwrap_err();
        assert!(error.to_string().starts_with("column plan, row 1"));
        assert!(error.to_string().contains("no level \"z\""));
        let numbers = Features::from_columns(&[("n", &[1.0])], MissingValues::Keep).unwrap();
        let error = design.bind(&numbers).unwrap_err();
        assert!(error.to_string().contains("with plan"));
    }

    #[test]
    fn missing_values_follow_the_policy() {
        let gaps = features(&["b", "", "a"]);
        let design = Design::new(&gaps, MissingRows::LeaveOut).unwrap();
        let bound = design.bind(&gaps).unwrap();
        let mut out = [0.0; 2];
        bound.write(1, &mut out);
        assert!(out[1].is_nan());
        let error = bound.usable_rows(MissingRows::Refuse).unwrap_err();
        assert!(error.to_string().starts_with("column plan, row 1"));
        let kept = bound.usable_rows(MissingRows::LeaveOut).unwrap();
        assert_eq!(kept, Some(vec![0, 2]));
        let whole = features(&["a", "b"]);
        let design = Design::new(&whole, MissingRows::LeaveOut).unwrap();
        let bound = design.bind(&whole).unwrap();
        assert_eq!(bound.usable_rows(MissingRows::Refuse).unwrap(), None);
    }

    #[test]
    fn levels_of_rows_that_are_left_out_are_not_known() {
        let numbers = [1.0, f64::NAN, 3.0];
        let plans = Categories::new(&["b", "gone", "a"]).unwrap();
        let features = Features::from_columns(&[("n", &numbers)], MissingValues::Keep)
            .unwrap()
            .with_categories("plan", plans)
            .unwrap();
        let design = Design::new(&features, MissingRows::LeaveOut).unwrap();
        assert_eq!(design.names(), ["n", "plan=b"]);
        assert_eq!(design.sources(), [0, 1]);
        assert_eq!(design.source_name(1), "plan");
        let bound = design.bind(&features).unwrap();
        let usable = bound.usable_rows(MissingRows::LeaveOut).unwrap();
        assert_eq!(usable, Some(vec![0, 2]));
    }

    #[test]
    fn too_many_levels_are_refused_with_the_column_named() {
        let labels: Vec<String> = (0..3_000).map(|at| at.to_string()).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let error = Design::new(&features(&labels), MissingRows::Refuse).unwrap_err();
        assert!(error.to_string().contains("rare levels of plan"));
    }
}
