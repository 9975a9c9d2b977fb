//! From features to the columns of a regression: numbers as they are, categories as one column for
//! each level but the first.

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    data::{Categories, Features},
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

impl Design {
    /// The design of these features: numbers in their order, then categories, levels by name.
    pub(crate) fn new(features: &Features) -> Result<Self> {
        let numbers = features.names().to_vec();
        let mut categories = Vec::new();
        let mut width = numbers.len();
        for name in features.category_names() {
            let Some(column) = features.categories(name) else {
                continue;
            };
            let mut levels: Vec<String> = column.labels().map(str::to_owned).collect();
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
    /// [`Error::InvalidParameter`] for a column that is not there; [`Error::InvalidValue`] for a
    /// level that the design does not know.
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
            categories.push(BoundCategory::new(known, column)?);
        }
        Ok(Bound {
            design: self,
            features,
            numbers,
            categories,
        })
    }
}

/// A design together with the features it was found in.
#[derive(Debug)]
pub(crate) struct Bound<'a> {
    design: &'a Design,
    features: &'a Features,
    /// The place of each number among those of the features.
    numbers: Vec<usize>,
    categories: Vec<BoundCategory<'a>>,
}

#[derive(Debug)]
struct BoundCategory<'a> {
    column: &'a Categories,
    /// By code of the column the place of the level in the design.
    level_of_code: Vec<usize>,
}

impl<'a> BoundCategory<'a> {
    fn new(known: &'a Levels, column: &'a Categories) -> Result<Self> {
        let mut level_of_code = Vec::new();
        for (code, label) in column.labels().enumerate() {
            let found = known
                .levels
                .binary_search_by(|level| level.as_str().cmp(label));
            let Ok(level) = found else {
                let of_label = |&row: &usize| column.code(row).is_some_and(|c| c as usize == code);
                let row = (0..column.len()).find(of_label).unwrap_or_default();
                let reason = format!(
                    "the model knows no level {label:?} of this column; group it with a known \
                     level, or fit again"
                );
                return Err(Error::value(&known.name, row, reason));
            };
            level_of_code.push(level);
        }
        Ok(Self {
            column,
            level_of_code,
        })
    }
}

impl Bound<'_> {
    /// The name of each column.
    pub(crate) fn names(&self) -> Vec<String> {
        self.design.names()
    }

    /// Writes the columns of a row; a missing value is NaN in each column that it feeds.
    pub(crate) fn write(&self, row: usize, out: &mut [f64]) {
        let view = self.features.view();
        let mut at = 0;
        for &number in &self.numbers {
            out[at] = view[[row, number]];
            at += 1;
        }
        for (bound, known) in self.categories.iter().zip(&self.design.categories) {
            let width = known.levels.len().saturating_sub(1);
            let cells = &mut out[at..at + width];
            match bound.column.code(row) {
                None => cells.fill(f64::NAN),
                Some(code) => {
                    cells.fill(0.0);
                    let level = bound.level_of_code[code as usize];
                    if level > 0 {
                        cells[level - 1] = 1.0;
                    }
                }
            }
            at += width;
        }
    }

    /// The first feature that a row lacks.
    pub(crate) fn missing(&self, row: usize) -> Option<&str> {
        let view = self.features.view();
        let number = self.numbers.iter().position(|&at| view[[row, at]].is_nan());
        if let Some(at) = number {
            return Some(&self.design.numbers[at]);
        }
        let lacks = |bound: &BoundCategory| bound.column.code(row).is_none();
        let at = self.categories.iter().position(lacks)?;
        Some(&self.design.categories[at].name)
    }

    /// The rows that can be used, by the policy: `None` if all can.
    pub(crate) fn usable_rows(&self, policy: MissingRows) -> Result<Option<Vec<u32>>> {
        let rows = self.features.len();
        let Some(first) = (0..rows).find(|&row| self.missing(row).is_some()) else {
            return Ok(None);
        };
        match policy {
            MissingRows::Refuse => {
                let column = self.missing(first).unwrap_or_default();
                let reason = "the value is missing; impute it, or leave out such rows";
                Err(Error::value(column, first, reason))
            }
            MissingRows::LeaveOut => {
                let usable = |row: &u32| self.missing(*row as usize).is_none();
                let rows = u32::try_from(rows).map_err(|_| Error::Overflow {
                    what: "more than 4294967295 rows; split them".into(),
                })?;
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
        let design = Design::new(&features).unwrap();
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
        let design = Design::new(&features(&["b", "a"])).unwrap();
        assert!(design.bind(&features(&["a", "a", "b"])).is_ok());
        let unknown = features(&["a", "z"]);
        let error = design.bind(&unknown).unwrap_err();
        assert!(error.to_string().starts_with("column plan, row 1"));
        let numbers = Features::from_columns(&[("n", &[1.0])], MissingValues::Keep).unwrap();
        let error = design.bind(&numbers).unwrap_err();
        assert!(error.to_string().contains("with plan"));
    }

    #[test]
    fn missing_values_follow_the_policy() {
        let gaps = features(&["b", "", "a"]);
        let design = Design::new(&gaps).unwrap();
        let bound = design.bind(&gaps).unwrap();
        let mut out = [0.0; 2];
        bound.write(1, &mut out);
        assert!(out[1].is_nan());
        let error = bound.usable_rows(MissingRows::Refuse).unwrap_err();
        assert!(error.to_string().starts_with("column plan, row 1"));
        let kept = bound.usable_rows(MissingRows::LeaveOut).unwrap();
        assert_eq!(kept, Some(vec![0, 2]));
        let whole = features(&["a", "b"]);
        let design = Design::new(&whole).unwrap();
        let bound = design.bind(&whole).unwrap();
        assert_eq!(bound.usable_rows(MissingRows::Refuse).unwrap(), None);
    }

    #[test]
    fn too_many_levels_are_refused_with_the_column_named() {
        let labels: Vec<String> = (0..3_000).map(|at| at.to_string()).collect();
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let error = Design::new(&features(&labels)).unwrap_err();
        assert!(error.to_string().contains("rare levels of plan"));
    }
}
