//! What a logistic regression is fitted to.

use crate::{Error, Result, churn::linear::check_offset, data::Features};

/// The data of one logistic regression, borrowed: features, and who left.
///
/// Weights of rows are those of the features ([`Features::with_weights`]).
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{LogisticData, LogisticParams},
///     data::{Features, MissingValues},
/// };
/// let calls = [0.0, 1.0, 1.0, 0.0];
/// let features = Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)?
///     .with_weights(&[3.0, 3.0, 1.0, 1.0])?;
/// let left = [false, true, false, true];
/// let model = LogisticParams::default().fit(&LogisticData::new(&features, &left))?;
/// // Three to one in each group, the other way round.
/// assert!((model.coefficient("calls").unwrap() - 2.0 * 3.0_f64.ln()).abs() < 1e-12);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LogisticData<'a> {
    pub(in crate::churn) features: &'a Features,
    pub(in crate::churn) left: &'a [bool],
    pub(in crate::churn) offset: Option<&'a [f64]>,
    pub(in crate::churn) clusters: Option<&'a [u32]>,
}

impl<'a> LogisticData<'a> {
    /// Features, and for each row whether the customer left. Nothing is checked before the fit.
    ///
    /// # Example
    ///
    /// See [`LogisticData`].
    pub fn new(features: &'a Features, left: &'a [bool]) -> Self {
        Self {
            features,
            left,
            offset: None,
            clusters: None,
        }
    }

    /// A part of the linear predictor that is known for each row, with coefficient 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{LogisticData, LogisticParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let x = [0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let left = [true, false, false, true, true, false];
    /// let data = LogisticData::new(&features, &left);
    /// let free = LogisticParams::default().fit(&data)?;
    /// // What the offset says already is not said again.
    /// let rest = LogisticParams::default().fit(&data.offset(&x))?;
    /// let gap = free.coefficient("x").unwrap() - rest.coefficient("x").unwrap();
    /// assert!((gap - 1.0).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn offset(mut self, offset: &'a [f64]) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The cluster of each row, such as the customer whose months they are. The fit is the same; robust
    /// errors ([`Logistic::robust_covariance`](super::Logistic::robust_covariance)) then take rows
    /// of a cluster together.
    ///
    /// # Example
    ///
    /// See [`Logistic::robust_covariance`](super::Logistic::robust_covariance).
    pub fn clusters(mut self, clusters: &'a [u32]) -> Self {
        self.clusters = Some(clusters);
        self
    }

    pub(in crate::churn) fn check(&self) -> Result<()> {
        let rows = self.features.len();
        Error::check_length("left", rows, self.left.len())?;
        if let Some(offset) = self.offset {
            check_offset(rows, offset)?;
        }
        if let Some(clusters) = self.clusters {
            Error::check_length("clusters", rows, clusters.len())?;
        }
        Ok(())
    }

    pub(super) fn weight(&self, row: usize) -> f64 {
        self.features.weights().map_or(1.0, |weights| weights[row])
    }
}
