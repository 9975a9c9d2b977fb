//! Features: named columns, one row a customer, and how much each row counts.

use std::ops::Range;

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::Categories;
use crate::{
    Error, Result,
    numeric::{
        hash::{fnv1a, mix},
        map_chunks,
    },
};

/// What a missing value (NaN) in a feature means. Infinite values are always
/// refused: they come from a division or an overflow that wants mending.
///
/// # Example
///
/// ```
/// use custometry::data::{Features, MissingValues};
/// let gaps: &[(&str, &[f64])] = &[("age", &[31.0, f64::NAN])];
/// assert!(Features::from_columns(gaps, MissingValues::Refuse).is_err());
/// assert!(Features::from_columns(gaps, MissingValues::Keep).is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MissingValues {
    /// A missing value is an error that names its row.
    #[default]
    Refuse,
    /// Missing values stay; the model that meets them has its own policy.
    Keep,
}

/// A matrix of numbers with named columns, rows in the order of the customers; beside it, where
/// there are any, named columns of categories and a weight a row.
///
/// # Example
///
/// ```
/// use custometry::data::{Features, MissingValues};
///
/// let features = Features::from_columns(
///     &[("recency", &[3.0, 40.0, 7.0]), ("spend", &[120.0, 8.5, 60.0])],
///     MissingValues::Refuse,
/// )?;
/// assert_eq!(features.view().shape(), [3, 2]);
/// assert_eq!(features.column("spend").unwrap()[1], 8.5);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    names: Vec<String>,
    /// Row by row: models go through customers, and a customer's values lie
    /// together.
    values: Array2<f64>,
    categories: Vec<(String, Categories)>,
    weights: Option<Vec<f64>>,
}

impl Features {
    /// A matrix from columns.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`], [`Error::InvalidValue`] for a value that is
    /// infinite or missing against the policy, and for names as in
    /// [`from_view`](Self::from_view).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Features, MissingValues};
    /// let columns: &[(&str, &[f64])] = &[("a", &[1.0, 2.0]), ("b", &[1.0])];
    /// let error = Features::from_columns(columns, MissingValues::Refuse).unwrap_err();
    /// assert!(error.to_string().starts_with("column b has length 1, expected 2"));
    /// ```
    pub fn from_columns(columns: &[(&str, &[f64])], missing: MissingValues) -> Result<Self> {
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        for (name, values) in columns {
            Error::check_length(name, rows, values.len())?;
        }
        let values = Array2::from_shape_fn((rows, columns.len()), |(row, at)| columns[at].1[row]);
        let names = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        Self::checked(names, values, missing)
    }

    /// A matrix from a view of one, rows by columns.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless there is a name for each column;
    /// [`Error::InvalidParameter`] for a blank name, [`Error::DuplicateKey`] for
    /// one given twice; [`Error::InvalidValue`] for a value that is infinite or
    /// missing against the policy.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Features, MissingValues};
    /// use ndarray::array;
    ///
    /// let matrix = array![[1.0, 2.0], [3.0, 4.0]];
    /// let features = Features::from_view(&["x", "y"], matrix.view(), MissingValues::Refuse)?;
    /// assert_eq!(features.names(), ["x", "y"]);
    /// assert!(Features::from_view(&["x", "x"], matrix.view(), MissingValues::Refuse).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn from_view(
        names: &[&str],
        values: ArrayView2<'_, f64>,
        missing: MissingValues,
    ) -> Result<Self> {
        Error::check_length("names", values.ncols(), names.len())?;
        let names = names.iter().map(|&name| name.to_owned()).collect();
        let values = values.as_standard_layout().into_owned();
        Self::checked(names, values, missing)
    }

    fn checked(names: Vec<String>, values: Array2<f64>, missing: MissingValues) -> Result<Self> {
        for (at, name) in names.iter().enumerate() {
            check_name(name, names[..at].iter().map(String::as_str))?;
        }
        let refused = |value: &f64| match missing {
            MissingValues::Refuse => !value.is_finite(),
            MissingValues::Keep => value.is_infinite(),
        };
        for (row, line) in values.outer_iter().enumerate() {
            if let Some(at) = line.iter().position(refused) {
                let advice = match missing {
                    MissingValues::Refuse => "impute it, drop the row, or keep missing values",
                    MissingValues::Keep => "mend what made it",
                };
                let reason = format!("{} is not a finite number; {advice}", line[at]);
                return Err(Error::value(&names[at], row, reason));
            }
        }
        Ok(Self {
            names,
            values,
            categories: Vec::new(),
            weights: None,
        })
    }

    /// The same features with one more column of categories, such as a channel or a region.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless it has a row for each row there is (features without any
    /// column take the rows of the first one); [`Error::InvalidParameter`] for a blank name,
    /// [`Error::DuplicateKey`] for one that is taken.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Categories, Features, MissingValues};
    ///
    /// let features = Features::from_columns(&[("spend", &[120.0, 8.5])], MissingValues::Refuse)?
    ///     .with_categories("channel", Categories::new(&["web", "shop"])?)?;
    /// assert_eq!(features.categories("channel").unwrap().label(1), Some("shop"));
    /// assert!(features.with_categories("spend", Categories::new(&["a", "b"])?).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn with_categories(mut self, name: &str, column: Categories) -> Result<Self> {
        check_name(
            name,
            self.names
                .iter()
                .map(String::as_str)
                .chain(self.category_names()),
        )?;
        if self.names.is_empty() && self.categories.is_empty() && self.weights.is_none() {
            self.values = Array2::zeros((column.len(), 0));
        }
        Error::check_length(name, self.len(), column.len())?;
        self.categories.push((name.to_owned(), column));
        Ok(self)
    }

    /// The same features with a weight a row: how much the customer counts, as if the row stood
    /// there so many times. Weights need not be whole; a row of weight 0 counts for nothing.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a weight that is negative or not
    /// finite; [`Error::NotEnoughData`] if there are rows and none counts.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Features, MissingValues};
    ///
    /// let features = Features::from_columns(&[("spend", &[120.0, 8.5])], MissingValues::Refuse)?;
    /// assert_eq!(features.weights(), None);
    /// assert!(features.clone().with_weights(&[1.0, -1.0]).is_err());
    /// assert_eq!(features.with_weights(&[1.0, 2.5])?.weights(), Some(&[1.0, 2.5][..]));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn with_weights(mut self, weights: &[f64]) -> Result<Self> {
        Error::check_length("weights", self.len(), weights.len())?;
        let refused = |weight: &f64| !(weight.is_finite() && *weight >= 0.0);
        if let Some(row) = weights.iter().position(refused) {
            let reason = format!(
                "{} is not a weight; give a finite number of 0 or more",
                weights[row]
            );
            return Err(Error::value("weights", row, reason));
        }
        if !weights.is_empty() && weights.iter().all(|&weight| weight == 0.0) {
            return Err(Error::NotEnoughData {
                what: "rows with a weight above 0".into(),
                needed: 1,
                found: 0,
            });
        }
        self.weights = Some(weights.to_vec());
        Ok(self)
    }

    /// Of parts that are known to fit: names that differ, as many as columns; finite values in
    /// standard layout; a label and a weight for each row.
    pub(crate) fn from_parts(
        names: Vec<String>,
        values: Array2<f64>,
        categories: Vec<(String, Categories)>,
        weights: Option<Vec<f64>>,
    ) -> Self {
        Self {
            names,
            values,
            categories,
            weights,
        }
    }

    /// The number of rows.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Features, MissingValues};
    /// let one = Features::from_columns(&[("a", &[1.0])], MissingValues::Refuse)?;
    /// assert_eq!(one.len(), 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.values.nrows()
    }

    /// Whether there are no rows.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Features, MissingValues};
    /// assert!(Features::from_columns(&[], MissingValues::Refuse)?.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of the columns, in order.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Features, MissingValues};
    /// let one = Features::from_columns(&[("a", &[1.0])], MissingValues::Refuse)?;
    /// assert_eq!(one.names(), ["a"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The matrix, rows by columns.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Features, MissingValues};
    /// let one = Features::from_columns(&[("a", &[1.5])], MissingValues::Refuse)?;
    /// assert_eq!(one.view()[(0, 0)], 1.5);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn view(&self) -> ArrayView2<'_, f64> {
        self.values.view()
    }

    /// One column by name; `None` if there is no such column.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Features, MissingValues};
    /// let one = Features::from_columns(&[("a", &[1.5])], MissingValues::Refuse)?;
    /// assert_eq!(one.column("a").unwrap().len(), 1);
    /// assert!(one.column("b").is_none());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn column(&self, name: &str) -> Option<ArrayView1<'_, f64>> {
        let at = self.names.iter().position(|known| known == name)?;
        Some(self.values.column(at))
    }

    /// The names of the columns of categories, in order.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Categories, Features, MissingValues};
    /// let one = Features::from_columns(&[], MissingValues::Refuse)?
    ///     .with_categories("channel", Categories::new(&["web", "shop"])?)?;
    /// assert_eq!(one.category_names().collect::<Vec<_>>(), ["channel"]);
    /// assert_eq!(one.len(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn category_names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.categories.iter().map(|(name, _)| name.as_str())
    }

    /// One column of categories by name; `None` if there is no such column.
    ///
    /// # Example
    ///
    /// See [`with_categories`](Self::with_categories).
    pub fn categories(&self, name: &str) -> Option<&Categories> {
        let named = |(known, _): &&(String, Categories)| known == name;
        self.categories.iter().find(named).map(|(_, column)| column)
    }

    /// How much each row counts; `None` if all count the same.
    ///
    /// # Example
    ///
    /// See [`with_weights`](Self::with_weights).
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// Some of the rows, in this order; a row that is not there would be an error of the caller.
    pub(crate) fn of_rows(&self, rows: &[usize]) -> Self {
        let categories = self.categories.iter();
        let weights = self.weights.as_ref();
        Self {
            names: self.names.clone(),
            values: self.values.select(Axis(0), rows),
            categories: categories
                .map(|(name, column)| (name.clone(), column.of_rows(rows)))
                .collect(),
            weights: weights.map(|weights| rows.iter().map(|&row| weights[row]).collect()),
        }
    }

    /// Equal names, numbers, categories and weights have equal fingerprints.
    pub(crate) fn fingerprint(&self) -> u64 {
        let numbers = |values: &[f64]| {
            let chunk = |rows: Range<usize>| {
                let canonical = |value: &f64| {
                    let value = if value.is_nan() { f64::NAN } else { *value };
                    (value + 0.0).to_bits() // -0 is 0
                };
                let bits = values[rows].iter().map(canonical);
                bits.fold(0, |hash, bits| mix(hash ^ bits))
            };
            let chunks = map_chunks(values.len(), CHUNK, chunk);
            chunks
                .into_iter()
                .fold(values.len() as u64, |hash, chunk| mix(hash ^ chunk))
        };
        let text = |text: &str| fnv1a(text.bytes());
        let mut parts: Vec<u64> = self.names.iter().map(|name| text(name)).collect();
        parts.push(numbers(self.values.as_slice().unwrap_or_default()));
        for (name, column) in &self.categories {
            parts.push(text(name));
            parts.extend(column.labels().map(text));
            // Of codes 0 is free for a missing one.
            let codes = (0..column.len()).map(|row| column.code(row).map_or(0, |code| code + 1));
            parts.push(codes.fold(0, |hash, code| mix(hash ^ u64::from(code))));
        }
        parts.push(self.weights.as_deref().map_or(0, numbers));
        parts
            .into_iter()
            .fold(self.len() as u64, |hash, part| mix(hash ^ part))
    }
}

/// Numbers fingerprinted together; a constant.
const CHUNK: usize = 1 << 16;

/// Names are not blank, and different from those before them.
fn check_name<'a>(name: &str, earlier: impl Iterator<Item = &'a str>) -> Result<()> {
    if name.trim().is_empty() {
        return Err(Error::parameter(
            "feature name",
            format!("{name:?}"),
            "a name that is not blank",
        ));
    }
    let earlier: Vec<&str> = earlier.collect();
    match earlier.iter().position(|&known| known == name) {
        None => Ok(()),
        Some(first) => Err(Error::DuplicateKey {
            key: name.into(),
            first_row: first,
            row: earlier.len(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_bad_value_is_named_by_column_and_row() {
        let view = array![[1.0, 2.0], [3.0, f64::NAN], [f64::INFINITY, 0.0]];
        let error = |missing| {
            Features::from_view(&["x", "y"], view.view(), missing)
                .unwrap_err()
                .to_string()
        };
        assert!(error(MissingValues::Refuse).starts_with("column y, row 1 (counted from 0): NaN"));
        assert!(error(MissingValues::Keep).starts_with("column x, row 2 (counted from 0): inf"));
    }

    #[test]
    fn any_memory_order_gives_the_same_features() {
        let rows = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        let columns = rows.t().as_standard_layout().into_owned();
        let from = |view| Features::from_view(&["a", "b", "c"], view, MissingValues::Refuse);
        assert_eq!(from(rows.view()).unwrap(), from(columns.t()).unwrap());
        assert!(
            from(array![[1.0]].view()).is_err(),
            "three names, one column"
        );
    }

    #[test]
    fn categories_and_weights_have_a_row_for_each_row() {
        let two: &[(&str, &[f64])] = &[("a", &[1.0, 2.0])];
        let features = Features::from_columns(two, MissingValues::Refuse).unwrap();
        let column = Categories::new(&["x"]).unwrap();
        let error = features.clone().with_categories("b", column).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("column b has length 1, expected 2")
        );
        let error = features.clone().with_weights(&[1.0, f64::NAN]).unwrap_err();
        assert!(error.to_string().starts_with("column weights, row 1"));
        assert!(features.with_weights(&[0.0, 0.0]).is_err());
    }
}
