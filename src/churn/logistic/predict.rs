//! What a logistic regression says of customers.

use ndarray::Array2;

use super::Logistic;
use crate::{Error, Result, churn::Reference, data::Features, numeric::map_chunks};

/// Customers that are worked on together.
const ROWS: usize = 4_096;

impl Logistic {
    /// The linear predictor of each customer: the logarithm of its odds to leave, or of its hazard for
    /// [`Link::ComplementaryLogLog`](super::Link::ComplementaryLogLog).
    ///
    /// Columns are found by name; others than those of the fit are not looked at.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for features without a column of the model;
    /// [`Error::InvalidValue`] for a missing value, a level that the fit did not have, or a bad
    /// offset; [`Error::LengthMismatch`].
    ///
    /// # Example
    ///
    /// See [`predict`](Self::predict).
    pub fn linear_predictor(
        &self,
        features: &Features,
        offset: Option<&[f64]>,
    ) -> Result<Vec<f64>> {
        self.linear.predictor(features, offset)
    }

    /// The chance of each customer to leave, with its offset if the fit had one.
    ///
    /// # Errors
    ///
    /// As [`linear_predictor`](Self::linear_predictor).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let annual = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    /// let features = Features::from_columns(&[("annual", &annual)], MissingValues::Refuse)?;
    /// let left = [true, true, true, false, true, false, false, false];
    /// let model = LogisticParams::default().fit(&LogisticData::new(&features, &left))?;
    /// let two: &[(&str, &[f64])] = &[("age", &[31.0, 47.0]), ("annual", &[0.0, 1.0])];
    /// let two = Features::from_columns(two, MissingValues::Refuse)?;
    /// let chances = model.predict(&two, None)?;
    /// assert!((chances[0] - 0.75).abs() < 1e-12 && (chances[1] - 0.25).abs() < 1e-12);
    /// let odds = model.linear_predictor(&two, None)?[0].exp();
    /// assert!((odds - 3.0).abs() < 1e-12);
    /// let twice = model.predict(&two, Some(&[2.0_f64.ln(); 2]))?;
    /// assert!((twice[0] - 6.0 / 7.0).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn predict(&self, features: &Features, offset: Option<&[f64]>) -> Result<Vec<f64>> {
        let predictors = self.linear_predictor(features, offset)?;
        let parts = map_chunks(predictors.len(), ROWS, |rows| {
            let chances = predictors[rows].iter().map(|&eta| self.link.chance(eta));
            chances.collect::<Vec<f64>>()
        });
        Ok(parts.concat())
    }

    /// What each column adds to each linear predictor: `b_j (x_j - reference_j)`, a row each, in
    /// the order of [`names`](Self::names) without the intercept.
    ///
    /// # Errors
    ///
    /// As [`linear_predictor`](Self::linear_predictor), and for a reference row of another length or
    /// not finite.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticParams, Reference},
    ///     data::{Features, MissingValues},
    /// };
    /// let annual = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
    /// let features = Features::from_columns(&[("annual", &annual)], MissingValues::Refuse)?;
    /// let left = [true, true, true, false, true, false, false, false];
    /// let model = LogisticParams::default().fit(&LogisticData::new(&features, &left))?;
    /// let b = model.coefficients()[1];
    /// assert_eq!(model.terms(&features, Reference::Zero)?[[4, 0]], b);
    /// assert_eq!(model.terms(&features, Reference::Mean)?[[4, 0]], 0.5 * b);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn terms(&self, features: &Features, reference: Reference<'_>) -> Result<Array2<f64>> {
        let count = self.linear.kept().len();
        let reference = match reference {
            Reference::Zero => vec![0.0; count],
            Reference::Mean => self.linear.means().to_vec(),
            Reference::Row(row) => {
                Error::check_length("reference", count, row.len())?;
                if let Some(at) = row.iter().position(|cell| !cell.is_finite()) {
                    return Err(Error::value("reference", at, "give a finite number"));
                }
                row.to_vec()
            }
        };
        self.linear.terms(features, &reference)
    }

    /// What each feature adds to the linear predictor of each customer, relative to a customer with the
    /// means of the fit: a row for each customer, a column for each of
    /// [`feature_names`](Self::feature_names). Levels of a category are taken together; what is
    /// aliased adds nothing.
    ///
    /// The [`base`](Self::base) and the contributions of a row, added from the first to the last, are its
    /// linear predictor (less its offset) to the last bit.
    ///
    /// # Errors
    ///
    /// As [`linear_predictor`](Self::linear_predictor).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticParams},
    ///     data::{Categories, Features, MissingValues},
    /// };
    /// let calls = [3.0, 1.0, 2.0, 1.0, 0.0, 2.0, 0.0, 1.0, 3.0];
    /// let plan = Categories::new(&["a", "b", "c", "a", "b", "c", "a", "b", "c"])?;
    /// let features = Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)?
    ///     .with_categories("plan", plan)?;
    /// let left = [true, true, true, false, false, true, false, false, false];
    /// let model = LogisticParams::default().fit(&LogisticData::new(&features, &left))?;
    /// assert_eq!(model.feature_names(), ["calls", "plan"]);
    /// let contributions = model.contributions(&features)?;
    /// let predictors = model.linear_predictor(&features, None)?;
    /// for (row, predictor) in contributions.rows().into_iter().zip(predictors) {
    ///     assert_eq!(row.iter().fold(model.base(), |sum, term| sum + term), predictor);
    /// }
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn contributions(&self, features: &Features) -> Result<Array2<f64>> {
        self.linear.contributions(features)
    }

    /// The features of the fit in the order of [`contributions`](Self::contributions): numbers, then
    /// categories.
    ///
    /// # Example
    ///
    /// See [`contributions`](Self::contributions).
    pub fn feature_names(&self) -> Vec<String> {
        self.linear.features().map(str::to_owned).collect()
    }

    /// The linear predictor of a customer with the means of the fit and no offset.
    ///
    /// # Example
    ///
    /// See [`contributions`](Self::contributions).
    pub fn base(&self) -> f64 {
        self.linear.base()
    }
}
