//! What the limits of a fit cost.

use serde::{Deserialize, Serialize};

use super::SizeLimits;
use crate::{Error, Result};

/// What the limits of a fit were, and what they cost.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::{KMeansParams, SizeLimits}};
///
/// let features = Features::from_columns(&[("x", &[0.0, 0.0, 3.0, 9.0])], MissingValues::Refuse)?;
/// let limits = SizeLimits::default().at_most(2);
/// let groups = KMeansParams::new(2).size_limits(limits).fit(&features)?;
/// let Some(fitted) = groups.limits() else { unreachable!() };
/// // Without limits 0, 0 and 3 are together: 6. With them 3 and 9 are: 18.
/// assert_eq!((fitted.unlimited_inertia(), fitted.cost()), (6.0, 18.0));
/// assert_eq!(fitted.cost_increase(), 2.0);
/// assert_eq!(fitted.rows(), [2, 2]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedLimits {
    pub(super) limits: SizeLimits,
    pub(super) rows: Vec<usize>,
    pub(super) cost: f64,
    pub(super) nearest_cost: f64,
    pub(super) unlimited_inertia: f64,
}

impl FittedLimits {
    /// The limits, as they were given.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::{KMeansParams, SizeLimits}};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// let limits = SizeLimits::default().at_most(2);
    /// let groups = KMeansParams::new(2).size_limits(limits).fit(&features)?;
    /// assert_eq!(groups.limits().map(|fitted| fitted.limits()), Some(limits));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn limits(&self) -> SizeLimits {
        self.limits
    }

    /// The rows of a weight above 0 in each cluster: what the limits count. Weights of clusters
    /// are the sizes of [`KMeans::sizes`](crate::segmentation::KMeans::sizes).
    ///
    /// # Example
    ///
    /// See [`FittedLimits`].
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// The sum of squares of the assignment under the limits, which is the inertia of the fit.
    ///
    /// # Example
    ///
    /// See [`FittedLimits`].
    pub fn cost(&self) -> f64 {
        self.cost
    }

    /// What it would be with each row in the nearest of the same clusters.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::{KMeansParams, SizeLimits}};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 2.0, 9.0])], MissingValues::Refuse)?;
    /// let limits = SizeLimits::default().at_most(2);
    /// let groups = KMeansParams::new(2).size_limits(limits).fit(&features)?;
    /// // Centres at 0.5 and 5.5: 2 goes to the first.
    /// assert_eq!(groups.limits().map(|fitted| fitted.nearest_cost()), Some(15.0));
    /// assert_eq!(groups.inertia(), 25.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn nearest_cost(&self) -> f64 {
        self.nearest_cost
    }

    /// The least sum of squares without limits that was seen: of the best run from the same
    /// starts or, should that be less, of the nearest assignment to the centres of the fit.
    ///
    /// # Example
    ///
    /// See [`FittedLimits`].
    pub fn unlimited_inertia(&self) -> f64 {
        self.unlimited_inertia
    }

    /// By which share the limits raise the sum of squares: cost / unlimited inertia - 1. It is
    /// infinite where only the limits make it more than 0.
    ///
    /// # Example
    ///
    /// See [`FittedLimits`].
    pub fn cost_increase(&self) -> f64 {
        if self.cost > self.unlimited_inertia {
            self.cost / self.unlimited_inertia - 1.0
        } else {
            0.0
        }
    }

    /// `Ok` if it can belong to a fit of so many clusters and this sum of squares.
    pub(in crate::segmentation::k_means) fn check(
        &self,
        clusters: usize,
        inertia: f64,
    ) -> Result<()> {
        Error::check_length("rows of the limits", clusters, self.rows.len())?;
        let too_many = || Error::parameter("rows of the limits", "too many", "fewer than 2^53");
        let all = self.rows.iter().try_fold(0usize, |sum, &rows| {
            sum.checked_add(rows).filter(|&sum| sum < 1 << 53)
        });
        let bounds = self.limits.bounds(all.ok_or_else(too_many)?, clusters)?;
        if let Some(rows) = self.rows.iter().find(|&&rows| !bounds.hold(rows)) {
            let expected = format!("from {} to {}, the limits", bounds.least, bounds.most);
            return Err(Error::parameter("rows of the limits", rows, expected));
        }
        // Of the same numbers in the same order.
        if self.cost.to_bits() != inertia.to_bits() {
            let expected = format!("{inertia}, the sum of squares within the clusters");
            return Err(Error::parameter("cost", self.cost, expected));
        }
        let order = [
            ("unlimited_inertia", 0.0, self.unlimited_inertia),
            ("nearest_cost", self.unlimited_inertia, self.nearest_cost),
            ("cost", self.nearest_cost, self.cost),
        ];
        for (name, least, value) in order {
            if !(value.is_finite() && value >= least) {
                let expected = format!("a finite number of {least} or more");
                return Err(Error::parameter(name, value, expected));
            }
        }
        Ok(())
    }
}
