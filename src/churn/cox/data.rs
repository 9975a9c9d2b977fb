//! What a Cox regression is fitted to.

use crate::{
    Error, Result,
    churn::{
        Durations,
        design::{Bound, MissingRows},
    },
    data::{Categories, Features},
    numeric::first_where,
};

/// The data of one Cox regression, borrowed: durations and features, row by row.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{CoxData, CoxParams, Durations},
///     data::{Categories, Features, MissingValues},
/// };
/// let durations = Durations::new(&[1.0, 2.0, 3.0, 1.0, 2.0, 3.0], &[1, 1, 0, 1, 1, 1])?;
/// let x = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
/// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
/// let country = Categories::new(&["at", "at", "at", "de", "de", "de"])?;
/// let data = CoxData::new(&durations, &features).strata(&country);
/// assert_eq!(CoxParams::default().fit(&data)?.strata(), ["at", "de"]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CoxData<'a> {
    pub(super) durations: &'a Durations,
    pub(super) features: &'a Features,
    pub(super) strata: Option<&'a Categories>,
    pub(super) offset: Option<&'a [f64]>,
    pub(super) clusters: Option<&'a [u32]>,
}

impl<'a> CoxData<'a> {
    /// Durations and the features that may explain them. Nothing is checked before the fit.
    ///
    /// # Example
    ///
    /// See [`CoxData`].
    pub fn new(durations: &'a Durations, features: &'a Features) -> Self {
        Self {
            durations,
            features,
            strata: None,
            offset: None,
            clusters: None,
        }
    }

    /// The stratum of each row: each has a baseline hazard of its own, of which nothing is assumed.
    ///
    /// # Example
    ///
    /// See [`CoxData`].
    pub fn strata(mut self, strata: &'a Categories) -> Self {
        self.strata = Some(strata);
        self
    }

    /// A part of the linear predictor that is known for each row, with coefficient 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxData, CoxParams, Durations},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
    /// let x = [1.0, 0.0, 1.0, 0.0];
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let data = CoxData::new(&durations, &features);
    /// let free = CoxParams::default().fit(&data)?.coefficients()[0];
    /// // What the offset says already is not said again.
    /// let rest = CoxParams::default().fit(&data.offset(&x))?.coefficients()[0];
    /// assert!((free - 1.0 - rest).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn offset(mut self, offset: &'a [f64]) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The cluster of each row, such as the customer whose spell it is. The fit is the same; robust
    /// errors ([`CoxResiduals`](super::CoxResiduals)) then take rows of a cluster together.
    ///
    /// # Example
    ///
    /// See [`CoxResiduals::robust_covariance`](super::CoxResiduals::robust_covariance).
    pub fn clusters(mut self, clusters: &'a [u32]) -> Self {
        self.clusters = Some(clusters);
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        let rows = self.durations.len();
        Error::check_length("features", rows, self.features.len())?;
        if let Some(strata) = self.strata {
            Error::check_length("strata", rows, strata.len())?;
            if let Some(row) = (0..rows).find(|&row| strata.code(row).is_none()) {
                let reason = "the stratum is missing; name one, or leave the row out";
                return Err(Error::value("strata", row, reason));
            }
        }
        if let Some(offset) = self.offset {
            Error::check_length("offset", rows, offset.len())?;
            if let Some(row) = first_where(offset, |offset| !offset.is_finite()) {
                let reason = format!("{} is not an offset; give a finite number", offset[row]);
                return Err(Error::value("offset", row, reason));
            }
        }
        if let Some(clusters) = self.clusters {
            Error::check_length("clusters", rows, clusters.len())?;
        }
        if self.features.weights().is_some() {
            let expected = "none; give them to the durations (Durations::with_weights)";
            return Err(Error::parameter(
                "weights of the features",
                "given",
                expected,
            ));
        }
        if self.durations.causes() > 1 {
            let expected = "one cause; choose it by Durations::of_cause";
            return Err(Error::parameter(
                "causes",
                self.durations.causes(),
                expected,
            ));
        }
        Ok(())
    }

    /// The rows to fit to.
    pub(super) fn usable(&self, bound: &Bound<'_>, policy: MissingRows) -> Result<Vec<u32>> {
        let all = || {
            let rows = u32::try_from(self.durations.len()).map_err(|_| Error::Overflow {
                what: "more than 4294967295 rows; split them".into(),
            })?;
            Ok((0..rows).collect())
        };
        bound.usable_rows(policy)?.map_or_else(all, Ok)
    }

    /// The number of usable rows that left; an error if none did.
    pub(super) fn events(&self, usable: &[u32]) -> Result<usize> {
        let cause = self.durations.cause();
        let left = |row: &&u32| cause[**row as usize] > 0;
        match usable.iter().filter(left).count() {
            0 => Err(Error::NotEnoughData {
                what: "customers who left".into(),
                needed: 1,
                found: 0,
            }),
            events => Ok(events),
        }
    }

    /// The code of the stratum of a row; 0 without strata.
    pub(super) fn stratum(&self, row: usize) -> u32 {
        let code = self.strata.and_then(|strata| strata.code(row));
        code.unwrap_or_default()
    }
}
