//! A fitted path, and what it says of customers.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::{Traced, rows::Rows, saved::LogisticPathFields};
use crate::{
    Error, Result,
    churn::{Link, design::Design, linear::Linear},
    data::Features,
};

/// Logistic regressions at penalties from the largest to the smallest; see [`LogisticPathParams`].
///
/// What is asked of one of them is asked by its place, from 0, among the
/// [`penalties`](Self::penalties).
///
/// [`LogisticPathParams`]: super::LogisticPathParams
///
/// # Example
///
/// See [`LogisticPathParams`](super::LogisticPathParams).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "LogisticPathFields")]
pub struct LogisticPath {
    pub(super) l1_share: f64,
    pub(super) design: Design,
    /// The columns that are not aliased.
    pub(super) kept: Vec<usize>,
    pub(super) means: Vec<f64>,
    pub(super) penalties: Vec<f64>,
    /// By penalty; the intercept first.
    pub(super) coefficients: Vec<Vec<f64>>,
    /// Twice the mean loss: of the intercept alone, and by penalty.
    pub(super) null_deviance: f64,
    pub(super) deviances: Vec<f64>,
    /// Used, left out, left.
    pub(super) rows: [usize; 3],
}

impl LogisticPath {
    pub(super) fn new(
        l1_share: f64,
        design: Design,
        rows: &Rows,
        traced: Traced,
        counts: [usize; 3],
    ) -> Result<Self> {
        let mut numbers = traced.coefficients.iter().flatten();
        if !numbers.all(|number| number.is_finite()) {
            return Err(Error::Degenerate {
                what: "coefficients are out of the range of numbers; change the unit of columns"
                    .into(),
            });
        }
        Ok(Self {
            l1_share,
            design,
            means: traced
                .kept
                .iter()
                .map(|&at| rows.columns.mean[at])
                .collect(),
            kept: traced.kept,
            penalties: traced.penalties,
            coefficients: traced.coefficients,
            null_deviance: 2.0 * traced.null_loss,
            deviances: traced.losses.iter().map(|loss| 2.0 * loss).collect(),
            rows: counts,
        })
    }

    /// The names of the coefficients: `(Intercept)`, then columns; `column=level` for a level.
    /// Those left out are [`aliased`](Self::aliased).
    ///
    /// # Example
    ///
    /// See [`aliased`](Self::aliased).
    pub fn names(&self) -> Vec<String> {
        let columns = self.design.names();
        let kept = self.kept.iter().map(|&at| columns[at].clone());
        std::iter::once("(Intercept)".to_owned())
            .chain(kept)
            .collect()
    }

    /// The columns whose coefficient is 0 at all penalties because they are constant, or sums of others
    /// before them; and categories of a single level by their own name.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticPathParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let columns: [(&str, &[f64]); 3] = [
    ///     ("x", &[1.0, 0.0, 1.0, 0.0]),
    ///     ("one", &[1.0, 1.0, 1.0, 1.0]),
    ///     ("not_x", &[0.0, 1.0, 0.0, 1.0]),
    /// ];
    /// let features = Features::from_columns(&columns, MissingValues::Refuse)?;
    /// let left = [true, false, true, true];
    /// let path = LogisticPathParams::new().fit(&LogisticData::new(&features, &left))?;
    /// assert_eq!(path.names(), ["(Intercept)", "x"]);
    /// assert_eq!(path.aliased(), ["one", "not_x"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn aliased(&self) -> Vec<String> {
        let columns = self.design.names().into_iter().enumerate();
        let aliased = columns.filter(|(at, _)| self.kept.binary_search(at).is_err());
        let aliased = aliased.map(|(_, name)| name);
        aliased.chain(self.design.without_columns()).collect()
    }

    /// The share of the lasso in the penalties.
    ///
    /// # Example
    ///
    /// See [`penalties`](Self::penalties).
    pub fn l1_share(&self) -> f64 {
        self.l1_share
    }

    /// The penalties, from the largest to the smallest.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticPathParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let x = Features::from_columns(&[("x", &[1.0, -1.0, 1.0, -1.0])], MissingValues::Refuse)?;
    /// let data = LogisticData::new(&x, &[true, false, true, true]);
    /// let path = LogisticPathParams::new().fit(&data)?;
    /// assert_eq!((path.penalties().len(), path.l1_share()), (100, 1.0));
    /// // At the first nothing is explained; at the last what x can tell, nearly.
    /// assert!(path.deviance_explained(0)?.abs() < 1e-12);
    /// assert!(path.deviance_explained(99)? > 0.3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn penalties(&self) -> &[f64] {
        &self.penalties
    }

    /// The coefficients at a penalty, in the units of the columns and in the order of their
    /// [names](Self::names), the intercept first. Those that the lasso makes 0 are exactly 0.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a penalty that is not there.
    ///
    /// # Example
    ///
    /// See [`LogisticPathParams`](super::LogisticPathParams).
    pub fn coefficients(&self, at: usize) -> Result<&[f64]> {
        self.coefficients.get(at).map(Vec::as_slice).ok_or_else(|| {
            let expected = format!("a place among {} penalties, from 0", self.penalties.len());
            Error::parameter("penalty", at, expected)
        })
    }

    /// The names of the columns whose coefficient at a penalty is not 0.
    ///
    /// # Errors
    ///
    /// As [`coefficients`](Self::coefficients).
    ///
    /// # Example
    ///
    /// See [the page of the model](super::LogisticPathParams).
    pub fn nonzero(&self, at: usize) -> Result<Vec<String>> {
        let coefficients = self.coefficients(at)?;
        let pairs = self.names().into_iter().zip(coefficients).skip(1);
        let nonzero = pairs.filter(|(_, coefficient)| coefficient.abs() > 0.0);
        Ok(nonzero.map(|(name, _)| name).collect())
    }

    /// The share of the deviance of the intercept alone, with the offsets if there are any, that the
    /// coefficients at a penalty explain.
    ///
    /// # Errors
    ///
    /// As [`coefficients`](Self::coefficients).
    ///
    /// # Example
    ///
    /// See [`penalties`](Self::penalties).
    pub fn deviance_explained(&self, at: usize) -> Result<f64> {
        self.coefficients(at)?;
        Ok(1.0 - self.deviances[at] / self.null_deviance)
    }

    /// The number of rows of the fit: those with a weight above 0 and without a missing value.
    ///
    /// # Example
    ///
    /// See [`LogisticPathParams::missing`](super::LogisticPathParams::missing).
    pub fn rows(&self) -> usize {
        self.rows[0]
    }

    /// The number of rows with a weight above 0 that were left out because they lack a value.
    ///
    /// # Example
    ///
    /// See [`LogisticPathParams::missing`](super::LogisticPathParams::missing).
    pub fn rows_left_out(&self) -> usize {
        self.rows[1]
    }

    /// The number of rows of the fit with a weight above 0 that left.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticPathParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let x = Features::from_columns(&[("x", &[1.0, -1.0, 1.0, -1.0])], MissingValues::Refuse)?;
    /// let data = LogisticData::new(&x, &[true, false, true, true]);
    /// assert_eq!(LogisticPathParams::new().fit(&data)?.left(), 3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn left(&self) -> usize {
        self.rows[2]
    }

    /// The log odds of leaving of each row, by the coefficients at a penalty.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a penalty that is not there, or features without a column of the
    /// model; [`Error::InvalidValue`] for a missing value, an unknown level or an offset that is not finite;
    /// [`Error::LengthMismatch`] for offsets.
    ///
    /// # Example
    ///
    /// See [`predict`](Self::predict).
    pub fn linear_predictor(
        &self,
        at: usize,
        features: &Features,
        offset: Option<&[f64]>,
    ) -> Result<Vec<f64>> {
        self.linear(at)?.predictor(features, offset)
    }

    /// The probability of leaving of each row, by the coefficients at a penalty.
    ///
    /// # Errors
    ///
    /// As [`linear_predictor`](Self::linear_predictor).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticPathParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let x = Features::from_columns(&[("x", &[1.0, -1.0, 1.0, -1.0])], MissingValues::Refuse)?;
    /// let data = LogisticData::new(&x, &[true, false, true, true]);
    /// let path = LogisticPathParams::new().fit(&data)?;
    /// // Nothing but how many leave is known at the first penalty.
    /// assert!((path.predict(0, &x, None)?[1] - 0.75).abs() < 1e-12);
    /// let (log_odds, chance) = (path.linear_predictor(60, &x, None)?, path.predict(60, &x, None)?);
    /// assert!((chance[0] - 1.0 / (1.0 + (-log_odds[0]).exp())).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn predict(
        &self,
        at: usize,
        features: &Features,
        offset: Option<&[f64]>,
    ) -> Result<Vec<f64>> {
        let mut all = self.linear_predictor(at, features, offset)?;
        for one in &mut all {
            *one = Link::Logit.chance(*one);
        }
        Ok(all)
    }

    /// What each feature adds to the linear predictor of each row, by the coefficients at a penalty: a row
    /// for each row, a column for each feature, numbers first and then categories, whose levels are taken
    /// together. They are relative to a customer with the means of the fit; the [`base`](Self::base) and
    /// the contributions of a row, added from the first to the last, are its linear predictor (less its
    /// offset) to the last bit.
    ///
    /// # Errors
    ///
    /// As [`linear_predictor`](Self::linear_predictor).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticPathParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let x = Features::from_columns(&[("x", &[1.0, -1.0, 1.0, -1.0])], MissingValues::Refuse)?;
    /// let data = LogisticData::new(&x, &[true, false, true, true]);
    /// let path = LogisticPathParams::new().fit(&data)?;
    /// let (base, added) = (path.base(60)?, path.contributions(60, &x)?);
    /// assert_eq!(base + added[[0, 0]], path.linear_predictor(60, &x, None)?[0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn contributions(&self, at: usize, features: &Features) -> Result<Array2<f64>> {
        self.linear(at)?.contributions(features)
    }

    /// The features of the fit in the order of [`contributions`](Self::contributions): numbers, then
    /// categories.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticPathParams},
    ///     data::{Categories, Features, MissingValues},
    /// };
    /// let features = Features::from_columns(&[("x", &[1.0, -1.0, 1.0, -1.0])], MissingValues::Refuse)?
    ///     .with_categories("plan", Categories::new(&["a", "b", "b", "c"])?)?;
    /// let left = [true, false, true, true];
    /// let path = LogisticPathParams::new().fit(&LogisticData::new(&features, &left))?;
    /// assert_eq!(path.feature_names(), ["x", "plan"]);
    /// assert_eq!(path.contributions(60, &features)?.ncols(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn feature_names(&self) -> Vec<String> {
        self.design.source_names().map(str::to_owned).collect()
    }

    /// The linear predictor of a customer with the means of the fit, by the coefficients at a penalty.
    ///
    /// # Errors
    ///
    /// As [`coefficients`](Self::coefficients).
    ///
    /// # Example
    ///
    /// See [`contributions`](Self::contributions).
    pub fn base(&self, at: usize) -> Result<f64> {
        Ok(self.linear(at)?.base())
    }

    fn linear(&self, at: usize) -> Result<Linear> {
        let (intercept, slopes) = match self.coefficients(at)? {
            [intercept, slopes @ ..] => (*intercept, slopes),
            [] => (0.0, &[][..]),
        };
        let terms = slopes.iter().zip(&self.means);
        let base = intercept + terms.map(|(b, mean)| b * mean).sum::<f64>();
        let (design, kept) = (self.design.clone(), self.kept.clone());
        Ok(Linear::new(
            design,
            kept,
            slopes.to_vec(),
            self.means.clone(),
            base,
        ))
    }
}
