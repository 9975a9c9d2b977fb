//! From features to the columns of a regression: numbers as they are, categories as one column for
//! each level but the first, and what is missing as the policy says.

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
    /// Rows with a missing value stay, and that it is missing may tell something by itself: a number
    /// is taken for the weighted mean of the known ones, with a further column `NAME is missing` that is 1 for
    /// such rows; among categories, missing is one more level. In predictions a missing number is
    /// filled likewise, by the mean of the fit. A number that is never known tells nothing, as a
    /// constant does.
    Indicate,
}

/// How features become columns; part of a fitted model, so that prediction does the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Design {
    numbers: Vec<String>,
    /// What a missing number is taken for, by number; none where missing numbers are not filled.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fills: Vec<f64>,
    /// The places of the numbers that have a column for being missing, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    indicated: Vec<usize>,
    categories: Vec<Levels>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Levels {
    name: String,
    /// Ascending; the first is the reference and has no column.
    #[serde(rename = "levels")]
    labels: Vec<String>,
    /// Whether missing is one more level, the last.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    missing: bool,
}

impl Levels {
    fn count(&self) -> usize {
        self.labels.len() + usize::from(self.missing)
    }

    /// The number of columns.
    fn width(&self) -> usize {
        self.count().saturating_sub(1)
    }

    /// The names of the columns.
    fn names(&self) -> impl Iterator<Item = String> {
        let names = self.labels.iter();
        let names = names.map(|level| format!("{}={level}", self.name));
        let missing = self.missing.then(|| missing_name(&self.name));
        names.chain(missing).skip(1)
    }
}

fn missing_name(name: &str) -> String {
    format!("{name} is missing")
}

/// Columns beyond this are refused: the Hessian has their square.
const MAX_COLUMNS: usize = 2_000;
/// Rows that are looked through together.
const ROWS: usize = 16_384;

impl Design {
    /// The design of these features: numbers in their order, which of them are missing, then
    /// categories with the levels of the rows that the policy leaves, by name.
    pub(crate) fn new(features: &Features, policy: MissingRows) -> Result<Self> {
        let weights = features.weights();
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        Self::weighted(features, policy, weight)
    }

    /// The same where the weights of rows are told apart from the features.
    pub(crate) fn weighted(
        features: &Features,
        policy: MissingRows,
        weight: impl Fn(usize) -> f64,
    ) -> Result<Self> {
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
            MissingRows::Refuse | MissingRows::Indicate => true,
            MissingRows::LeaveOut => is_whole(row),
        };
        let indicate = policy == MissingRows::Indicate;
        let (fills, indicated) = if indicate {
            means_of_known(features, weight)
        } else {
            (Vec::new(), Vec::new())
        };
        let mut seen: Vec<Vec<bool>> = columns
            .iter()
            .map(|(_, column)| vec![false; column.labels().len()])
            .collect();
        let mut missing = vec![false; columns.len()];
        if !columns.is_empty() {
            for row in (0..features.len()).filter(|&row| counts(row)) {
                for (at, (_, column)) in columns.iter().enumerate() {
                    match column.code(row) {
                        Some(code) => seen[at][code as usize] = true,
                        None => missing[at] = indicate,
                    }
                }
            }
        }
        let mut categories = Vec::new();
        let mut width = numbers.len() + indicated.len();
        for ((&(name, column), seen), missing) in columns.iter().zip(&seen).zip(missing) {
            let mut labels: Vec<String> = column
                .labels()
                .zip(seen)
                .filter(|&(_, &seen)| seen)
                .map(|(label, _)| label.to_owned())
                .collect();
            labels.sort_unstable();
            let levels = Levels {
                name: name.to_owned(),
                labels,
                missing,
            };
            width += levels.width();
            if width > MAX_COLUMNS {
                return Err(Error::parameter(
                    "columns of the regression",
                    width,
                    format!("at most {MAX_COLUMNS}; group the rare levels of {name}"),
                ));
            }
            categories.push(levels);
        }
        if width > MAX_COLUMNS {
            let most = format!("at most {MAX_COLUMNS}; leave some out");
            return Err(Error::parameter("columns of the regression", width, most));
        }
        let all = Self {
            numbers,
            fills,
            indicated,
            categories,
        };
        if let Some(name) = all.repeated_name() {
            let expected = "a name that no other column has or is given; rename it";
            return Err(Error::parameter("column of the regression", name, expected));
        }
        Ok(all)
    }

    /// A name that two columns have.
    fn repeated_name(&self) -> Option<String> {
        let mut names = self.names();
        names.sort_unstable();
        let mut pairs = names.windows(2);
        pairs
            .find(|pair| pair[0] == pair[1])
            .map(|pair| pair[0].clone())
    }

    /// The same columns, with the missing numbers of some rows taken for the means of these.
    pub(crate) fn of_rows(&self, features: &Features, rows: &[u32]) -> Self {
        let mut all = self.clone();
        if !self.fills.is_empty() {
            let mut weights = vec![0.0; features.len()];
            for &row in rows {
                weights[row as usize] = features.weights().map_or(1.0, |all| all[row as usize]);
            }
            all.fills = means_of_known(features, |row| weights[row]).0;
        }
        all
    }

    /// The number of columns.
    pub(crate) fn width(&self) -> usize {
        let of_levels: usize = self.categories.iter().map(Levels::width).sum();
        self.numbers.len() + self.indicated.len() + of_levels
    }

    /// The name of each column; `column=level` for a level, `column is missing` for what is missing.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = self.numbers.clone();
        let indicated = self.indicated.iter();
        names.extend(indicated.map(|&number| missing_name(&self.numbers[number])));
        names.extend(self.categories.iter().flat_map(Levels::names));
        names
    }

    /// The names of categories that have no column, as they have one level only.
    pub(crate) fn without_columns(&self) -> impl Iterator<Item = String> {
        let categories = self.categories.iter();
        let constant = categories.filter(|column| column.count() < 2);
        constant.map(|column| column.name.clone())
    }

    /// The column of the features that each column is made of, by number.
    pub(crate) fn sources(&self) -> Vec<usize> {
        let mut sources: Vec<usize> = (0..self.numbers.len()).collect();
        sources.extend(&self.indicated);
        for (at, column) in self.categories.iter().enumerate() {
            sources.extend(std::iter::repeat_n(self.numbers.len() + at, column.width()));
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
        let ascending = |column: &Levels| column.labels.windows(2).all(|pair| pair[0] < pair[1]);
        let mut names: Vec<&str> = self.numbers.iter().map(String::as_str).collect();
        names.extend(self.categories.iter().map(|column| column.name.as_str()));
        names.sort_unstable();
        let repeated = names.windows(2).any(|pair| pair[0] == pair[1]);
        let fills = [0, self.numbers.len()].contains(&self.fills.len())
            && self.fills.iter().all(|fill| fill.is_finite());
        let indicated = self.indicated.is_sorted_by(|one, other| one < other)
            && (self.indicated.last()).is_none_or(|&last| last < self.fills.len());
        let sound = fills
            && indicated
            && self.repeated_name().is_none()
            && self.categories.iter().all(ascending);
        if repeated || self.width() > MAX_COLUMNS || !sound {
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

/// The mean of the known values of each number, by the weights of the rows, and the places of the
/// numbers that are not all known.
fn means_of_known(features: &Features, weight: impl Fn(usize) -> f64) -> (Vec<f64>, Vec<usize>) {
    let values = features.view();
    let mut means = Vec::with_capacity(features.names().len());
    let mut gaps = Vec::new();
    for (at, column) in values.columns().into_iter().enumerate() {
        let known = || column.iter().enumerate().filter(|(_, x)| !x.is_nan());
        let count = known().count();
        if count < column.len() {
            gaps.push(at);
        }
        let all: f64 = known().map(|(row, _)| weight(row)).sum();
        // Shares are added, as a sum of large numbers may be beyond them. Where no row that counts
        // knows the number it is the same in all, and has no coefficient, whatever it is.
        let shares = known().map(|(row, x)| x * (weight(row) / all));
        means.push(if all > 0.0 { shares.sum() } else { 0.0 });
    }
    (means, gaps)
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
    /// The place of what is missing, if that is a level.
    level_of_missing: Option<usize>,
}

impl<'a> BoundCategory<'a> {
    fn new(known: &'a Levels, column: &'a Categories) -> Self {
        let place = |label: &str| {
            let levels = &known.labels;
            levels
                .binary_search_by(|level| level.as_str().cmp(label))
                .ok()
        };
        Self {
            column,
            level_of_code: column.labels().map(place).collect(),
            level_of_missing: known.missing.then_some(known.labels.len()),
        }
    }

    fn level(&self, row: usize) -> Option<usize> {
        match self.column.code(row) {
            Some(code) => self.level_of_code[code as usize],
            None => self.level_of_missing,
        }
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
        let (of_numbers, rest) = out.split_at_mut(self.numbers.len());
        let (of_missing, mut of_levels) = rest.split_at_mut(self.design.indicated.len());
        match values.as_slice() {
            // Rows are far apart in memory; the less is done for one, the more are fetched at once.
            Some(values) if self.is_whole => of_numbers.copy_from_slice(values),
            _ => {
                for (out, &number) in of_numbers.iter_mut().zip(&self.numbers) {
                    *out = values[number];
                }
            }
        }
        for (out, &number) in of_missing.iter_mut().zip(&self.design.indicated) {
            *out = f64::from(u8::from(of_numbers[number].is_nan()));
        }
        for (out, fill) in of_numbers.iter_mut().zip(&self.design.fills) {
            if out.is_nan() {
                *out = *fill;
            }
        }
        for (bound, known) in self.categories.iter().zip(&self.design.categories) {
            let (cells, rest) = of_levels.split_at_mut(known.width());
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
        let mut numbers = self.numbers.iter();
        let number = numbers.position(|&at| values[at].is_nan());
        if let Some(at) = number.filter(|_| self.design.fills.is_empty()) {
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
            // With missing values told apart, what is left is a level that the design does not know.
            MissingRows::Refuse | MissingRows::Indicate => {
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
    fn what_is_missing_is_told_apart() {
        let made = |numbers: &[f64], plans: &[&str]| {
            let whole: Vec<f64> = (0..numbers.len()).map(|row| row as f64).collect();
            let columns: [(&str, &[f64]); 2] = [("whole", &whole), ("n", numbers)];
            Features::from_columns(&columns, MissingValues::Keep)
                .unwrap()
                .with_categories("plan", Categories::new(plans).unwrap())
                .unwrap()
        };
        let features = made(&[1.0, f64::NAN, 4.0, 4.0], &["b", "a", "", "b"]);
        let design = Design::new(&features, MissingRows::Indicate).unwrap();
        let names = ["whole", "n", "n is missing", "plan=b", "plan is missing"];
        assert_eq!(design.names(), names);
        assert_eq!(design.width(), 5);
        assert_eq!(design.sources(), [0, 1, 1, 2, 2]);
        assert!(design.check().is_ok());
        let written = |features: &Features| -> Vec<[f64; 5]> {
            let bound = design.bind(features).unwrap();
            assert_eq!(bound.usable_rows(MissingRows::Refuse).unwrap(), None);
            let row = |row| {
                let mut out = [9.0; 5];
                bound.write(row, &mut out);
                out
            };
            (0..features.len()).map(row).collect()
        };
        let want = [
            [0.0, 1.0, 0.0, 1.0, 0.0],
            [1.0, 3.0, 1.0, 0.0, 0.0],
            [2.0, 4.0, 0.0, 0.0, 1.0],
            [3.0, 4.0, 0.0, 1.0, 0.0],
        ];
        assert_eq!(written(&features), want);
        // A number that was never missing is filled by its mean; a level that is not known is not.
        let numbers: [(&str, &[f64]); 2] = [("n", &[7.0]), ("whole", &[f64::NAN])];
        let later = Features::from_columns(&numbers, MissingValues::Keep)
            .unwrap()
            .with_categories("plan", Categories::new(&[""]).unwrap())
            .unwrap();
        assert_eq!(written(&later), [[1.5, 7.0, 0.0, 0.0, 1.0]]);
        let bound = made(&[1.0], &["z"]);
        let bound = design.bind(&bound).unwrap();
        let error = bound.usable_rows(MissingRows::Indicate).unwrap_err();
        assert!(error.to_string().contains("no level \"z\""));
        // Rows that do not count add nothing to the mean.
        let weighted = features.clone().with_weights(&[3.0, 1.0, 1.0, 0.0]);
        let weighted = Design::new(&weighted.unwrap(), MissingRows::Indicate).unwrap();
        assert!((weighted.fills[1] - 1.75).abs() < 1e-15);
        let unknown = features.clone().with_weights(&[0.0, 1.0, 0.0, 0.0]);
        let unknown = Design::new(&unknown.unwrap(), MissingRows::Indicate).unwrap();
        assert_eq!(unknown.fills, [1.0, 0.0]);
        let of_three = design.of_rows(&features, &[1, 2, 3]);
        assert_eq!(of_three.fills, [2.0, 4.0]);
        assert_eq!(of_three.names(), design.names());
        let never = made(&[f64::NAN; 2], &["a", "b"]);
        let never = Design::new(&never, MissingRows::Indicate).unwrap();
        assert_eq!(never.fills[1..], [0.0]);
    }

    #[test]
    fn columns_of_one_name_are_refused() {
        for name in ["n is missing", "plan=b"] {
            let numbers: [(&str, &[f64]); 2] = [("n", &[1.0, f64::NAN]), (name, &[1.0, 2.0])];
            let features = Features::from_columns(&numbers, MissingValues::Keep)
                .unwrap()
                .with_categories("plan", Categories::new(&["a", "b"]).unwrap())
                .unwrap();
            let error = Design::new(&features, MissingRows::Indicate).unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn numbers_may_be_filled_in_a_saved_form_only_as_they_are_made() {
        let made = |fills: &[f64], indicated: &[usize]| Design {
            numbers: vec!["a".into(), "b".into()],
            fills: fills.to_vec(),
            indicated: indicated.to_vec(),
            categories: Vec::new(),
        };
        assert!(made(&[], &[]).check().is_ok());
        assert!(made(&[1.0, 2.0], &[0, 1]).check().is_ok());
        for damaged in [
            made(&[1.0], &[]),
            made(&[1.0, f64::NAN], &[]),
            made(&[], &[0]),
            made(&[1.0, 2.0], &[1, 0]),
            made(&[1.0, 2.0], &[2]),
        ] {
            assert!(damaged.check().is_err(), "{damaged:?}");
        }
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
