//! DBSCAN: crowded places, and customers that are in none of them.
//!
//! *Where do customers crowd, whatever the shape of the crowd, and who stands alone?*
//!
//! # Model
//!
//! As Ester, Kriegel, Sander and Xu (1996) define it, with weights:
//!
//! ```text
//! core point   a row with a weight of min_points within the radius
//!              sum over rows j with |x_i - x_j| <= radius of w_j >= min_points
//! cluster      core points that are connected by steps of at most the radius
//! border       a row that is no core point, but within the radius of one
//! noise        every other row
//!
//! where
//!   x_i   the prepared features of row i
//!   w_i   its weight, 1 unless told; a row counts towards itself
//! ```
//!
//! This counts as scikit-learn does: the row itself is one of `min_points`, and the radius is
//! part of the neighbourhood.
//!
//! **Border rows.** In the paper and in most programs a border row within reach of two clusters
//! goes to the one that was looked at first. Here it goes to the cluster of the nearest core point,
//! of equally near ones to that with the lower number. Core points, clusters and noise are the same
//! everywhere; border rows now no longer depend on the order of the rows. It is also the rule by
//! which a frozen model assigns new rows, so that the rows of the fit come out as they were.
//!
//! # How to read the numbers
//!
//! The radius is in the units of the prepared features: prepare them first. The number of clusters
//! is an answer, not a question; noise is part of it. Much noise says that the radius is small, one
//! cluster of nearly everybody that it is large. [`DbscanParams::propose_radius`] gives one to
//! start with. As for `min_points`, 2 x columns is a start (Schubert et al. 2017); more for noisy
//! data.
//!
//! # Limits
//!
//! One radius is for all: crowds of very different density do not come out together. In many
//! columns all distances become alike, and so does everything; beyond ten or so columns take
//! another model. New rows do not make core points: where customers begin to crowd after the fit is
//! noise until the next one. A model holds its core points, which are rows of the fit: whoever
//! saves it saves them.
//!
//! # Complexity
//!
//! About O(rows x log rows) in few columns, by a k-d tree and on all threads but for the building
//! of the tree and the joining of core points; in many columns up to O(rows²). Memory for two
//! copies of the rows.
//!
//! # References
//!
//! - Ester, M., Kriegel, H.-P., Sander, J. and Xu, X. (1996), "A density-based algorithm for
//!   discovering clusters in large spatial databases with noise", KDD, 226-231.
//! - Schubert, E., Sander, J., Ester, M., Kriegel, H.-P. and Xu, X. (2017), "DBSCAN revisited,
//!   revisited: why and how you should (still) use DBSCAN", doi:10.1145/3068335.
//! - Satopaa, V., Albrecht, J., Irwin, D. and Raghavan, B. (2011), "Finding a 'kneedle' in a
//!   haystack: detecting knee points in system behavior", doi:10.1109/ICDCSW.2011.20.
//! - Bentley, J. L. (1975), "Multidimensional binary search trees used for associative searching",
//!   doi:10.1145/361002.361007.

mod core_points;
mod density;
mod join;
mod model;
mod radius;
mod tree;

use serde::{Deserialize, Serialize};

use self::{core_points::Core, density::Neighbourhood};
use super::points::Points;
use crate::{Error, Result, data::Features};

pub use self::{model::Dbscan, radius::RadiusProposal};

/// How near, and how many.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::DbscanParams};
///
/// let columns: &[(&str, &[f64])] = &[
///     ("visits", &[1.0, 1.2, 1.1, 7.0, 7.1, 7.2, 30.0]),
///     ("spend", &[2.0, 2.1, 1.9, 5.0, 5.2, 5.1, 90.0]),
/// ];
/// let features = Features::from_columns(columns, MissingValues::Refuse)?;
/// let crowds = DbscanParams::new(0.5, 3).fit(&features)?;
/// let cluster = crowds.assign(&features)?;
/// assert_eq!(cluster[..4], [Some(0), Some(0), Some(0), Some(1)]);
/// assert_eq!(cluster[6], None);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DbscanParams {
    radius: f64,
    min_points: usize,
}

impl DbscanParams {
    /// Core points have a weight of `min_points` within `radius`, their own included.
    ///
    /// # Example
    ///
    /// See [`DbscanParams`].
    pub fn new(radius: f64, min_points: usize) -> Self {
        Self { radius, min_points }
    }

    /// Looks for crowds. Rows of weight 0 are left out.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a radius that is not a finite number above 0, or no
    /// `min_points`; [`Error::InvalidValue`] for a missing value, or one beyond 1e140;
    /// [`Error::NotEnoughData`] if no row is a core point.
    ///
    /// # Example
    ///
    /// See [`DbscanParams`].
    pub fn fit(&self, features: &Features) -> Result<Dbscan> {
        self.check()?;
        let points = Points::of(features)?;
        let around = Neighbourhood::new(points);
        check_weight(self.min_points, around.total())?;
        let core_rows = around.core_rows(self.radius, self.min_points);
        if core_rows.is_empty() {
            return Err(Error::NotEnoughData {
                what: format!(
                    "row with a weight of {} within {} of it; take a larger radius, such as \
                     propose_radius finds, or fewer min_points",
                    self.min_points, self.radius
                )
                .into(),
                needed: 1,
                found: 0,
            });
        }
        drop(around);
        let values: Vec<f64> = core_rows
            .iter()
            .flat_map(|&row| points.row(row))
            .copied()
            .collect();
        let core = Core::new(points.columns, &values, self.radius)?;
        Ok(Dbscan::new(*self, features.names(), core, points))
    }

    /// A radius to start with: the knee of the curve of k-distances.
    ///
    /// For each row the least radius at which it is a core point is taken, that is, the distance
    /// to its `min_points`-th neighbour, itself included, or with weights as far as a weight of
    /// `min_points` reaches. In ascending order these rise slowly as long as rows are in crowds and
    /// steeply beyond. The knee between is, as in Kneedle, where the curve, scaled to the unit
    /// square, lies farthest below its diagonal; of the local maxima of this difference that
    /// Kneedle looks at, it is the largest, which needs neither smoothing nor a sensitivity.
    /// Rows that are core points at any radius, having enough others in the same place, say
    /// nothing of it and are left out of the curve that the knee is looked for in.
    ///
    /// It is a proposal. One distant row stretches the curve and moves the knee up: look at the
    /// curve, and try radii around the proposal.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for no `min_points`; [`Error::InvalidValue`] for a missing
    /// value, or one beyond 1e140; [`Error::NotEnoughData`] for fewer rows, or less weight, than
    /// `min_points`; [`Error::Degenerate`] if each row has `min_points` in its very place.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::DbscanParams};
    ///
    /// let spend = [1.0, 1.1, 1.2, 1.3, 1.4, 5.0, 5.1, 5.2, 5.3, 20.0];
    /// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
    /// let proposal = DbscanParams::propose_radius(&features, 3)?;
    /// // Nine of ten rows have two others within 0.2.
    /// assert!((proposal.radius - 0.2).abs() < 1e-9);
    /// assert_eq!(proposal.core_share, 0.9);
    /// assert_eq!(DbscanParams::new(proposal.radius, 3).fit(&features)?.clusters(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn propose_radius(features: &Features, min_points: usize) -> Result<RadiusProposal> {
        check_min_points(min_points)?;
        let around = Neighbourhood::new(Points::of(features)?);
        check_weight(min_points, around.total())?;
        let radii = around.least_radii(min_points);
        radius::propose(radii.into_iter().zip(around.weights).collect())
    }

    fn check(&self) -> Result<()> {
        if !(self.radius > 0.0 && self.radius.is_finite()) {
            return Err(Error::parameter(
                "radius",
                self.radius,
                "a finite number above 0",
            ));
        }
        check_min_points(self.min_points)
    }
}

fn check_min_points(min_points: usize) -> Result<()> {
    match min_points {
        0 => Err(Error::parameter("min_points", 0, "1 or more")),
        _ => Ok(()),
    }
}

/// `Ok` if all rows together are enough for a core point.
fn check_weight(min_points: usize, total: f64) -> Result<()> {
    if total >= density::wanted(min_points) {
        return Ok(());
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and min_points"
    )]
    let found = total as usize;
    Err(Error::NotEnoughData {
        what: "rows, or weight of rows, which is min_points".into(),
        needed: min_points,
        found,
    })
}

#[cfg(test)]
mod tests;
