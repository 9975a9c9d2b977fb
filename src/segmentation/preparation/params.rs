//! What is asked of a preparation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Preparation;
use crate::{Error, Result, data::Features};

/// What is done to the values of a column before they are scaled.
///
/// # Example
///
/// ```
/// use custometry::segmentation::{ColumnParams, Transform};
/// assert_ne!(ColumnParams::default().transform(Transform::Log1p), ColumnParams::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Transform {
    /// Nothing. The default.
    #[default]
    None,
    /// ln x, for values above 0: money and counts live on a scale of ratios.
    Ln,
    /// ln(1 + x), for values above -1: the same where 0 occurs.
    Log1p,
    /// (x^λ - 1) / λ, for values above 0; λ by maximum likelihood (Box and Cox 1964,
    /// doi:10.1111/j.2517-6161.1964.tb00553.x).
    BoxCox,
    /// The same for any values, by 1 + |x| and its sign (Yeo and Johnson 2000,
    /// doi:10.1093/biomet/87.4.954).
    YeoJohnson,
    /// The share of the customers of the fit below, ties halved: from 0 to 1, straight between
    /// the values of the fit. The preparation holds every different value.
    QuantileRank,
}

/// What a column is centred on and divided by, after the transform.
///
/// # Example
///
/// ```
/// use custometry::segmentation::{ColumnParams, Scale};
/// assert_eq!(ColumnParams::default().scale(Scale::ZScore), ColumnParams::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scale {
    /// Nothing: the column keeps its units, and one in cents outweighs one in years.
    None,
    /// The mean and the standard deviation with divisor n. The default.
    #[default]
    ZScore,
    /// The median and the range of the middle half, which outliers do not move.
    Robust,
    /// The least value and the range: from 0 to 1.
    MinMax,
}

/// What becomes of a row that misses a column.
///
/// # Example
///
/// ```
/// use custometry::segmentation::{ColumnParams, Missing};
/// assert_ne!(ColumnParams::default().missing(Missing::Median), ColumnParams::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Missing {
    /// It is an error. The default.
    #[default]
    Refuse,
    /// It gets the median of the customers of the fit.
    Median,
    /// It gets this value, in the units of the column.
    Constant(f64),
    /// It gets the median, and a column `<name> missing` beside it holds 1; 0 for other rows.
    IndicatorAndMedian,
    /// It is set apart and takes no part in the fit: missing says something of its own.
    OwnSegment,
}

/// What becomes of a value that the transform is not made for, such as the logarithm of 0.
///
/// # Example
///
/// ```
/// use custometry::segmentation::{ColumnParams, Outside};
/// assert_ne!(ColumnParams::default().outside(Outside::Clamp), ColumnParams::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outside {
    /// It is an error. The default.
    #[default]
    Refuse,
    /// It is taken for the least value of the fit that the transform is made for.
    Clamp,
}

/// How one numeric column is prepared: missing values, winsorising, transform, scale, weight, in
/// this order.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::*};
///
/// let spend = Features::from_columns(&[("spend", &[1.0, 10.0, 100.0])], MissingValues::Refuse)?;
/// let logs = ColumnParams::default().transform(Transform::Ln).scale(Scale::MinMax);
/// let prepared = PreparationParams::default().all(logs).fit(&spend)?.apply(&spend)?;
/// assert!((prepared.features().view()[(1, 0)] - 0.5).abs() < 1e-12);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ColumnParams {
    pub(super) transform: Transform,
    pub(super) scale: Scale,
    pub(super) winsorise: Option<(f64, f64)>,
    pub(super) missing: Missing,
    pub(super) outside: Outside,
    pub(super) weight: f64,
}

impl Default for ColumnParams {
    fn default() -> Self {
        Self {
            transform: Transform::default(),
            scale: Scale::default(),
            winsorise: None,
            missing: Missing::default(),
            outside: Outside::default(),
            weight: 1.0,
        }
    }
}

impl ColumnParams {
    /// What is done to the values before they are scaled.
    ///
    /// # Example
    ///
    /// See [`ColumnParams`].
    pub fn transform(self, transform: Transform) -> Self {
        Self { transform, ..self }
    }

    /// What the column is centred on and divided by.
    ///
    /// # Example
    ///
    /// See [`ColumnParams`].
    pub fn scale(self, scale: Scale) -> Self {
        Self { scale, ..self }
    }

    /// Values beyond these quantiles of the fit are taken for the quantiles; shares from 0 to 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let spend: &[(&str, &[f64])] = &[("spend", &[0.0, 1.0, 2.0, 3.0, 90.0])];
    /// let spend = Features::from_columns(spend, MissingValues::Refuse)?;
    /// let clipped = ColumnParams::default().winsorise(0.0, 0.75).scale(Scale::None);
    /// let prepared = PreparationParams::default().all(clipped).fit(&spend)?.apply(&spend)?;
    /// assert_eq!(prepared.features().view()[(4, 0)], 3.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn winsorise(self, low_share: f64, high_share: f64) -> Self {
        Self {
            winsorise: Some((low_share, high_share)),
            ..self
        }
    }

    /// What becomes of a row that misses the column.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let spend: &[(&str, &[f64])] = &[("spend", &[10.0, 14.0, f64::NAN])];
    /// let spend = Features::from_columns(spend, MissingValues::Keep)?;
    /// assert!(PreparationParams::default().fit(&spend).is_err());
    /// let both = ColumnParams::default().missing(Missing::IndicatorAndMedian).scale(Scale::None);
    /// let prepared = PreparationParams::default().all(both).fit(&spend)?.apply(&spend)?;
    /// assert_eq!(prepared.features().names(), ["spend", "spend missing"]);
    /// assert_eq!(prepared.features().view().row(2).to_vec(), [12.0, 1.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn missing(self, missing: Missing) -> Self {
        Self { missing, ..self }
    }

    /// What becomes of a value that the transform is not made for.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let spend = Features::from_columns(&[("spend", &[0.0, 1.0, 5.0])], MissingValues::Refuse)?;
    /// let logs = ColumnParams::default().transform(Transform::Ln);
    /// let error = PreparationParams::default().all(logs).fit(&spend).unwrap_err();
    /// assert!(error.to_string().starts_with("column spend, row 0 (counted from 0): 0 has no"));
    /// let clamped = logs.outside(Outside::Clamp);
    /// assert!(PreparationParams::default().all(clamped).fit(&spend).is_ok());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn outside(self, outside: Outside) -> Self {
        Self { outside, ..self }
    }

    /// How much the column counts: its part in squared distances is multiplied by this, and so
    /// the column by the square root. Above 0; 1 by default.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let spend = Features::from_columns(&[("spend", &[1.0, 3.0])], MissingValues::Refuse)?;
    /// let fourfold = ColumnParams::default().weight(4.0);
    /// let prepared = PreparationParams::default().all(fourfold).fit(&spend)?.apply(&spend)?;
    /// assert_eq!(prepared.features().column("spend").unwrap().to_vec(), [-2.0, 2.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn weight(self, weight: f64) -> Self {
        Self { weight, ..self }
    }

    fn check(&self) -> Result<()> {
        check_weight(self.weight)?;
        if let Some((low, high)) = self.winsorise {
            // Written so that NaN fails as well.
            if !(0.0 <= low && low < high && high <= 1.0) {
                return Err(Error::parameter(
                    "winsorise",
                    format!("({low}, {high})"),
                    "two shares from 0 to 1, the lower first",
                ));
            }
        }
        match self.missing {
            Missing::Constant(value) if !value.is_finite() => {
                Err(Error::parameter("missing", value, "a finite constant"))
            }
            _ => Ok(()),
        }
    }
}

fn check_weight(weight: f64) -> Result<()> {
    // Within these the root neither overflows nor loses digits.
    if (1e-100..=1e100).contains(&weight) {
        return Ok(());
    }
    Err(Error::parameter(
        "weight",
        weight,
        "a number above 0 (from 1e-100 to 1e100); leave a column out that shall not count",
    ))
}

/// How a column of categories becomes something to measure distances by.
///
/// # Example
///
/// ```
/// use custometry::segmentation::{CategoryParams, Encoding};
/// assert_eq!(CategoryParams::default().encoding(Encoding::OneHot), CategoryParams::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Encoding {
    /// A column `<name>=<level>` of 0 and 1 for each level, levels in the order of their bytes. Two
    /// customers of different levels lie √2 apart. The default; at most 1,000 levels.
    #[default]
    OneHot,
    /// The column is carried through, for models that know categories, such as k-prototypes.
    Native,
}

/// What becomes of a row without a label.
///
/// # Example
///
/// ```
/// use custometry::segmentation::{CategoryParams, MissingCategory};
/// assert_ne!(CategoryParams::default().missing(MissingCategory::OwnLevel), CategoryParams::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MissingCategory {
    /// It is an error. The default.
    #[default]
    Refuse,
    /// No label is a level: one-hot a column `<name> missing`, carried through the label
    /// "(missing)".
    OwnLevel,
}

/// What becomes of a label that no customer of the fit had.
///
/// # Example
///
/// ```
/// use custometry::segmentation::{CategoryParams, UnknownCategory};
/// assert_ne!(CategoryParams::default().unknown(UnknownCategory::AllZero), CategoryParams::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UnknownCategory {
    /// It is an error. The default.
    #[default]
    Refuse,
    /// It is of no level: one-hot all its columns are 0. A native column carries it as it is, and
    /// it is unlike every level.
    AllZero,
}

/// How one column of categories is prepared.
///
/// # Example
///
/// ```
/// use custometry::{data::{Categories, Features, MissingValues}, segmentation::*};
///
/// let features = Features::from_columns(&[], MissingValues::Refuse)?
///     .with_categories("channel", Categories::new(&["web", "shop", ""])?)?;
/// let params = CategoryParams::default().missing(MissingCategory::OwnLevel);
/// let preparation = PreparationParams::default().all_categories(params).fit(&features)?;
/// assert_eq!(preparation.names(), ["channel=shop", "channel=web", "channel missing"]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CategoryParams {
    pub(super) encoding: Encoding,
    pub(super) missing: MissingCategory,
    pub(super) unknown: UnknownCategory,
    pub(super) weight: f64,
}

impl Default for CategoryParams {
    fn default() -> Self {
        Self {
            encoding: Encoding::default(),
            missing: MissingCategory::default(),
            unknown: UnknownCategory::default(),
            weight: 1.0,
        }
    }
}

impl CategoryParams {
    /// How the column becomes something to measure distances by.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Categories, Features, MissingValues}, segmentation::*};
    /// let features = Features::from_columns(&[("spend", &[1.0, 2.0])], MissingValues::Refuse)?
    ///     .with_categories("channel", Categories::new(&["web", "shop"])?)?;
    /// let native = CategoryParams::default().encoding(Encoding::Native);
    /// let preparation = PreparationParams::default().all_categories(native).fit(&features)?;
    /// let prepared = preparation.apply(&features)?;
    /// assert_eq!(prepared.features().names(), ["spend"]);
    /// assert_eq!(prepared.features().categories("channel").unwrap().label(0), Some("web"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn encoding(self, encoding: Encoding) -> Self {
        Self { encoding, ..self }
    }

    /// What becomes of a row without a label.
    ///
    /// # Example
    ///
    /// See [`CategoryParams`].
    pub fn missing(self, missing: MissingCategory) -> Self {
        Self { missing, ..self }
    }

    /// What becomes of a label that no customer of the fit had.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Categories, Features, MissingValues}, segmentation::*};
    /// let channel = |labels: &[&str]| {
    ///     Features::from_columns(&[], MissingValues::Refuse)?
    ///         .with_categories("channel", Categories::new(labels)?)
    /// };
    /// let lenient = CategoryParams::default().unknown(UnknownCategory::AllZero);
    /// let spring = channel(&["web", "shop"])?;
    /// let preparation = PreparationParams::default().all_categories(lenient).fit(&spring)?;
    /// let autumn = preparation.apply(&channel(&["phone"])?)?;
    /// assert_eq!(autumn.features().view().row(0).to_vec(), [0.0, 0.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn unknown(self, unknown: UnknownCategory) -> Self {
        Self { unknown, ..self }
    }

    /// How much the columns count, as [`ColumnParams::weight`]. A column that is carried through
    /// has none: what it counts is up to the model.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::CategoryParams;
    /// assert_ne!(CategoryParams::default().weight(0.5), CategoryParams::default());
    /// ```
    pub fn weight(self, weight: f64) -> Self {
        Self { weight, ..self }
    }

    fn check(&self) -> Result<()> {
        if self.encoding == Encoding::Native && self.weight.total_cmp(&1.0).is_ne() {
            return Err(Error::parameter(
                "weight",
                self.weight,
                "1 for a native column; give the weight of categories to the model",
            ));
        }
        check_weight(self.weight)
    }
}

/// How features are prepared for a model. By default every numeric column is z-scored, every
/// column of categories one-hot, and a missing value an error.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::*};
///
/// let features = Features::from_columns(
///     &[("spend", &[12.0, 40.0, 900.0]), ("visits", &[1.0, 2.0, 9.0]), ("age", &[31.0, 64.0, 40.0])],
///     MissingValues::Refuse,
/// )?;
/// let preparation = PreparationParams::default()
///     .all(ColumnParams::default().transform(Transform::Log1p))
///     .column("age", ColumnParams::default().weight(0.5))
///     .fit(&features)?;
/// let prepared = preparation.apply(&features)?;
/// assert!(prepared.features().column("spend").unwrap().sum().abs() < 1e-12);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PreparationParams {
    all: ColumnParams,
    columns: BTreeMap<String, ColumnParams>,
    all_categories: CategoryParams,
    categories: BTreeMap<String, CategoryParams>,
}

impl PreparationParams {
    /// How numeric columns are prepared that are not named.
    ///
    /// # Example
    ///
    /// See [`PreparationParams`].
    pub fn all(mut self, params: ColumnParams) -> Self {
        self.all = params;
        self
    }

    /// How this numeric column is prepared.
    ///
    /// # Example
    ///
    /// See [`PreparationParams`].
    pub fn column(mut self, name: &str, params: ColumnParams) -> Self {
        self.columns.insert(name.to_owned(), params);
        self
    }

    /// How columns of categories are prepared that are not named.
    ///
    /// # Example
    ///
    /// See [`CategoryParams`].
    pub fn all_categories(mut self, params: CategoryParams) -> Self {
        self.all_categories = params;
        self
    }

    /// How this column of categories is prepared.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::{CategoryParams, Encoding, PreparationParams};
    /// let native = CategoryParams::default().encoding(Encoding::Native);
    /// let params = PreparationParams::default().category("channel", native);
    /// assert_ne!(params, PreparationParams::default());
    /// ```
    pub fn category(mut self, name: &str, params: CategoryParams) -> Self {
        self.categories.insert(name.to_owned(), params);
        self
    }

    /// Learns transforms, scales, bounds and levels from features, and freezes them.
    ///
    /// # Errors
    ///
    /// - [`Error::InvalidParameter`] for a weight or a share out of its range, and for the name of
    ///   a column that is not there;
    /// - [`Error::NotEnoughData`] without columns, or a column without values;
    /// - [`Error::InvalidValue`] for the first missing value that is refused, and the first that
    ///   the transform is not made for;
    /// - [`Error::Degenerate`] for a column that cannot be scaled because it is constant, and for
    ///   one without a likeliest power;
    /// - [`Error::Overflow`] for more than 1,000 levels, and for a column whose squares would
    ///   overflow.
    ///
    /// # Example
    ///
    /// See [`PreparationParams`].
    pub fn fit(&self, features: &Features) -> Result<Preparation> {
        self.check(features)?;
        super::fit::fit(self, features)
    }

    fn check(&self, features: &Features) -> Result<()> {
        self.all.check()?;
        self.all_categories.check()?;
        for (name, params) in &self.columns {
            params.check()?;
            if features.column(name).is_none() {
                return Err(unknown(name, "numeric", features.names()));
            }
        }
        for (name, params) in &self.categories {
            params.check()?;
            if features.categories(name).is_none() {
                let known: Vec<&str> = features.category_names().collect();
                return Err(unknown(name, "category", &known));
            }
        }
        if features.names().is_empty() && features.category_names().len() == 0 {
            return Err(Error::NotEnoughData {
                what: "columns to prepare".into(),
                needed: 1,
                found: 0,
            });
        }
        if features.is_empty() {
            return Err(Error::NotEnoughData {
                what: "rows to prepare".into(),
                needed: 1,
                found: 0,
            });
        }
        Ok(())
    }

    pub(super) fn of_column(&self, name: &str) -> &ColumnParams {
        self.columns.get(name).unwrap_or(&self.all)
    }

    pub(super) fn of_category(&self, name: &str) -> &CategoryParams {
        self.categories.get(name).unwrap_or(&self.all_categories)
    }
}

fn unknown(name: &str, kind: &str, known: &[impl AsRef<str>]) -> Error {
    let known: Vec<&str> = known.iter().map(AsRef::as_ref).collect();
    let known = match known.as_slice() {
        [] => "there is none".to_owned(),
        known => format!("there are {}", known.join(", ")),
    };
    let expected = format!("the name of a {kind} column; {known}");
    Error::parameter("column", name, expected)
}
