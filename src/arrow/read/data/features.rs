//! A matrix of features from a table.

use serde::{Deserialize, Serialize};

use super::super::super::Table;
use crate::{
    Error, Result,
    data::{Categories, Customers, Features, MissingValues},
};

/// Which columns of a table are features, and which is what else.
///
/// | column | holds | default |
/// |---|---|---|
/// | numbers | numbers of any type | see below |
/// | categories | labels: text, whole numbers or booleans; null or blank where unknown | see below |
/// | weight | how much a row counts, 0 or more | none |
/// | customer | keys, where rows belong to customers | `customer`, if it is there |
///
/// Where neither `numbers` nor `categories` are named, every column that is nothing else is a
/// feature: of categories if it holds text or booleans, of numbers otherwise.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Float64Array, Int64Array, RecordBatch, StringArray};
/// use custometry::{arrow::FeatureColumns, data::Customers};
///
/// let batch = RecordBatch::try_from_iter([
///     ("customer", Arc::new(StringArray::from(vec!["bob", "ann", "cid"])) as _),
///     ("visits", Arc::new(Int64Array::from(vec![3, 4, 5])) as _),
///     ("spend", Arc::new(Float64Array::from(vec![1.5, 2.5, 3.5])) as _),
///     ("region", Arc::new(StringArray::from(vec![Some("north"), None, None])) as _),
/// ])?;
/// let features = FeatureColumns::default().read(&batch.clone().into())?;
/// assert_eq!(features.names(), ["visits", "spend"]);
/// assert_eq!(features.categories("region").unwrap().label(0), Some("north"));
///
/// // In the order of customers that are there already.
/// let (customers, _) = Customers::from_texts(&["ann", "bob"])?;
/// let features = FeatureColumns::default()
///     .numbers(["spend"])
///     .read_for(&batch.into(), &customers)?;
/// assert_eq!(features.column("spend").unwrap().to_vec(), [2.5, 1.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeatureColumns {
    customer: String,
    numbers: Option<Vec<String>>,
    categories: Option<Vec<String>>,
    weight: Option<String>,
    missing: MissingValues,
}

impl Default for FeatureColumns {
    fn default() -> Self {
        Self {
            customer: "customer".to_owned(),
            numbers: None,
            categories: None,
            weight: None,
            missing: MissingValues::Refuse,
        }
    }
}

impl FeatureColumns {
    /// The features, a row for each row of the table.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there or of a type that cannot be read;
    /// [`Error::InvalidValue`] for the first row that is infinite, missing against the policy, or no
    /// weight.
    ///
    /// # Example
    ///
    /// See [`FeatureColumns`].
    pub fn read(&self, table: &Table) -> Result<Features> {
        let (numbers, categories) = self.chosen(table)?;
        let mut columns = Vec::with_capacity(numbers.len());
        for name in numbers {
            let column = table.column(name)?;
            columns.push((
                name,
                match self.missing {
                    MissingValues::Refuse => column.f64s()?,
                    MissingValues::Keep => column.f64s_or_nan()?,
                },
            ));
        }
        let columns: Vec<(&str, &[f64])> = columns
            .iter()
            .map(|(name, values)| (*name, &**values))
            .collect();
        let mut features = Features::from_columns(&columns, self.missing)?;
        for name in categories {
            features = features.with_categories(name, table.column(name)?.labels()?)?;
        }
        match &self.weight {
            Some(weight) => features.with_weights(&table.column(weight)?.f64s()?),
            None => Ok(features),
        }
    }

    /// The features of some customers, in their order, found by the column of keys. Rows of others
    /// are left out.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); [`Error::DuplicateKey`] for a customer with two rows;
    /// [`Error::InvalidParameter`] for a customer without a row, unless missing values are kept and
    /// rows have no weights.
    ///
    /// # Example
    ///
    /// See [`FeatureColumns`].
    pub fn read_for(&self, table: &Table, customers: &Customers) -> Result<Features> {
        let features = self.read(table)?;
        let places = table.column(&self.customer)?.rows_of(customers)?;
        let rows: Vec<usize> = places.iter().copied().flatten().collect();
        if rows.len() == places.len() {
            return Ok(features.of_rows(&rows));
        }
        if self.missing == MissingValues::Refuse || self.weight.is_some() {
            let without = customers.keys().zip(&places).find(|(_, at)| at.is_none());
            let key = without.map_or_else(String::new, |(key, _)| key.to_string());
            let expected = "a customer of the table; give every customer a row";
            return Err(Error::parameter("customer", key, expected));
        }
        with_gaps(&features, &places)
    }

    /// The names of the columns of numbers and of categories.
    fn chosen<'t>(&'t self, table: &'t Table) -> Result<(Vec<&'t str>, Vec<&'t str>)> {
        fn named(list: Option<&Vec<String>>) -> Vec<&str> {
            list.into_iter().flatten().map(String::as_str).collect()
        }
        if self.numbers.is_some() || self.categories.is_some() {
            return Ok((
                named(self.numbers.as_ref()),
                named(self.categories.as_ref()),
            ));
        }
        let (mut numbers, mut categories) = (Vec::new(), Vec::new());
        let rest = |name: &&str| *name != self.customer && Some(*name) != self.weight.as_deref();
        for name in table.names().filter(rest) {
            let column = table.column(name)?;
            if column.is_text() || column.is_boolean() {
                categories.push(name);
            } else {
                numbers.push(name);
            }
        }
        Ok((numbers, categories))
    }

    /// The column of the keys of customers.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch};
    /// use custometry::{arrow::FeatureColumns, data::Customers};
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("card", Arc::new(Int64Array::from(vec![12, 11])) as _),
    ///     ("visits", Arc::new(Int64Array::from(vec![3, 4])) as _),
    /// ])?;
    /// let (customers, _) = Customers::from_ints(&[11, 12, 13])?;
    /// let columns = FeatureColumns::default().customer("card");
    /// let error = columns.read_for(&batch.into(), &customers).unwrap_err();
    /// assert!(error.to_string().starts_with("customer is 13, expected"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn customer(mut self, column: &str) -> Self {
        column.clone_into(&mut self.customer);
        self
    }

    /// The columns of numbers.
    ///
    /// # Example
    ///
    /// See [`FeatureColumns`].
    pub fn numbers<N: Into<String>>(mut self, columns: impl IntoIterator<Item = N>) -> Self {
        self.numbers = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// The columns of categories.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{BooleanArray, Int64Array, RecordBatch};
    /// use custometry::arrow::FeatureColumns;
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("shop", Arc::new(Int64Array::from(vec![17, 4])) as _),
    ///     ("member", Arc::new(BooleanArray::from(vec![true, false])) as _),
    /// ])?;
    /// let features = FeatureColumns::default().categories(["shop", "member"]).read(&batch.into())?;
    /// assert!(features.categories("shop").unwrap().labels().eq(["17", "4"]));
    /// assert!(features.categories("member").unwrap().labels().eq(["true", "false"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn categories<N: Into<String>>(mut self, columns: impl IntoIterator<Item = N>) -> Self {
        self.categories = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// The column of weights.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch};
    /// use custometry::arrow::FeatureColumns;
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("visits", Arc::new(Int64Array::from(vec![3, 4])) as _),
    ///     ("people", Arc::new(Int64Array::from(vec![20, 1])) as _),
    /// ])?;
    /// let features = FeatureColumns::default().weight("people").read(&batch.into())?;
    /// assert_eq!(features.names(), ["visits"]);
    /// assert_eq!(features.weights(), Some([20.0, 1.0].as_slice()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn weight(mut self, column: &str) -> Self {
        self.weight = Some(column.to_owned());
        self
    }

    /// What becomes of null and NaN; they are refused by default.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Float32Array, RecordBatch};
    /// use custometry::{arrow::FeatureColumns, data::MissingValues};
    ///
    /// let ages = Float32Array::from(vec![Some(31.0), None]);
    /// let batch = RecordBatch::try_from_iter([("age", Arc::new(ages) as _)])?;
    /// let columns = FeatureColumns::default();
    /// let error = columns.read(&batch.clone().into()).unwrap_err();
    /// assert!(error.to_string().starts_with("column age, row 1 (counted from 0): is null"));
    /// let features = columns.missing(MissingValues::Keep).read(&batch.into())?;
    /// assert!(features.column("age").unwrap()[1].is_nan());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn missing(mut self, missing: MissingValues) -> Self {
        self.missing = missing;
        self
    }
}

/// Rows of features, all missing where there is no row.
fn with_gaps(features: &Features, places: &[Option<usize>]) -> Result<Features> {
    let mut columns = Vec::with_capacity(features.names().len());
    for name in features.names() {
        let Some(column) = features.column(name) else {
            continue;
        };
        let value = |at: &Option<usize>| at.and_then(|at| column.get(at).copied());
        let values: Vec<f64> = places
            .iter()
            .map(|at| value(at).unwrap_or(f64::NAN))
            .collect();
        columns.push((name.as_str(), values));
    }
    let columns: Vec<(&str, &[f64])> = columns
        .iter()
        .map(|(name, values)| (*name, values.as_slice()))
        .collect();
    let mut picked = Features::from_columns(&columns, MissingValues::Keep)?;
    for name in features.category_names() {
        let Some(column) = features.categories(name) else {
            continue;
        };
        let label = |at: &Option<usize>| at.and_then(|at| column.label(at)).unwrap_or_default();
        let labels: Vec<&str> = places.iter().map(label).collect();
        picked = picked.with_categories(name, Categories::new(&labels)?)?;
    }
    Ok(picked)
}
