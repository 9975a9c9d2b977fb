//! Features: a named matrix, one row a customer.

use ndarray::{Array2, ArrayView1, ArrayView2};

use crate::{Error, Result};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum MissingValues {
    /// A missing value is an error that names its row.
    #[default]
    Refuse,
    /// Missing values stay; the model that meets them has its own policy.
    Keep,
}

/// A matrix of numbers with named columns, rows in the order of the customers.
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
            if name.trim().is_empty() {
                return Err(Error::parameter(
                    "feature name",
                    format!("{name:?}"),
                    "a name that is not blank",
                ));
            }
            if let Some(first) = names[..at].iter().position(|earlier| earlier == name) {
                return Err(Error::DuplicateKey {
                    key: name.as_str().into(),
                    first_row: first,
                    row: at,
                });
            }
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
        Ok(Self { names, values })
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
}
