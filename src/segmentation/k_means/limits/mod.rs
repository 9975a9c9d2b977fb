//! Clusters of limited size: so many rows at least, so many at most.
//!
//! *Which groups can the team serve, when each needs enough customers to be worth it and has room
//! for no more than so many?*
//!
//! # Model
//!
//! The sum of squares is made least among the assignments that keep the limits:
//!
//! ```text
//! cost = sum over rows i of w_i |x_i - c_a(i)|²
//!
//! such that  least <= rows i with a(i) = j <= most    for each cluster j
//!
//! where
//!   a(i)   the cluster of row i, not always the nearest
//!   w_i    the weight of row i, 1 unless told
//! ```
//!
//! For given centres the cheapest assignment is a flow of least cost, and is found exactly. A fit
//! takes it in turn with the means of the clusters until nothing changes (Bradley, Bennett and
//! Demiriz 2000): from the ends of the best runs without limits and from starts by greedy
//! k-means++. With many rows the starts are compared after a few iterations, and the best goes on.
//!
//! # How to read the numbers
//!
//! Limits count rows and weights weigh the cost: two customers of weight 1 are two calls to make,
//! one of weight 2 is a single one. Rows of weight 0 are not counted and go to the nearest centre.
//! [`FittedLimits::cost_increase`] says what the limits cost: near 0 they hardly bind; where it is
//! large they cut through groups that belong together.
//!
//! # Limits
//!
//! A row that is not in its nearest cluster is where it is because of the other rows: the same
//! customer may be elsewhere in the next batch. [`KMeans::assign`] knows one row at a time and
//! gives the nearest centre, whose sizes keep no limits; [`KMeans::assign_within`] assigns a whole
//! batch. As without limits, there is no way to be sure of the least sum of squares over all
//! centres.
//!
//! # Complexity
//!
//! An assignment is O(rows x clusters) for the distances, and O(clusters² + clusters x log rows)
//! for each row that is moved one by one. Those are few: an assignment starts from the prices of
//! the limits on a part of the rows, and in a fit from those of the assignment before. It takes 8
//! bytes for each row and cluster, in a fit of up to 65,536 rows so much for each start, and some
//! more for the rows that are cheap to move.
//!
//! # References
//!
//! - Bradley, P., Bennett, K. and Demiriz, A. (2000), "Constrained k-means clustering",
//!   MSR-TR-2000-65.
//! - Ahuja, R., Magnanti, T. and Orlin, J. (1993), "Network flows", Prentice Hall, chapter 9.

mod distances;
mod fit;
mod fitted;
mod flow;

use pulp::Arch;
use serde::{Deserialize, Serialize};

use self::distances::Distances;
pub(super) use self::fit::{ENDS, fit, kept, starts};
pub use self::fitted::FittedLimits;
use super::KMeans;
use crate::{Error, Result, data::Features, segmentation::points::Points};

/// How many rows a cluster may have, the same for each.
///
/// Nothing is limited at first. Where rows and shares are both given, both are kept.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::{KMeansParams, SizeLimits}};
///
/// let spend = [1.0, 2.0, 3.0, 4.0, 20.0, 21.0];
/// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
/// let balanced = SizeLimits::default().at_least_share(0.5);
/// let groups = KMeansParams::new(2).size_limits(balanced).fit(&features)?;
/// assert_eq!(groups.sizes(), [3.0, 3.0]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_field_names,
    reason = "saved under the names of the setters"
)]
pub struct SizeLimits {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_least: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_most: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_least_share: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_most_share: Option<f64>,
}

/// Limits in rows, which leave room for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) least: usize,
    pub(super) most: usize,
}

impl Bounds {
    fn hold(self, rows: usize) -> bool {
        (self.least..=self.most).contains(&rows)
    }
}

/// A share of rows that comes this near to a whole number of them is that number.
const ROUNDING: f64 = 1e-12;

impl SizeLimits {
    /// Each cluster has at least so many rows.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::SizeLimits;
    /// assert_ne!(SizeLimits::default().at_least(100), SizeLimits::default());
    /// ```
    pub fn at_least(mut self, rows: usize) -> Self {
        self.at_least = Some(rows);
        self
    }

    /// Each cluster has at most so many rows.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::SizeLimits;
    /// assert_ne!(SizeLimits::default().at_most(100), SizeLimits::default());
    /// ```
    pub fn at_most(mut self, rows: usize) -> Self {
        self.at_most = Some(rows);
        self
    }

    /// Each cluster has at least this share of the rows, from 0 to 1; part of a row is a whole
    /// one more.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::SizeLimits;
    /// assert_ne!(SizeLimits::default().at_least_share(0.1), SizeLimits::default());
    /// ```
    pub fn at_least_share(mut self, share: f64) -> Self {
        self.at_least_share = Some(share);
        self
    }

    /// Each cluster has at most this share of the rows, from 0 to 1; part of a row is none.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::SizeLimits;
    /// assert_ne!(SizeLimits::default().at_most_share(0.4), SizeLimits::default());
    /// ```
    pub fn at_most_share(mut self, share: f64) -> Self {
        self.at_most_share = Some(share);
        self
    }

    /// Nothing is limited.
    pub(super) fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The limits for so many rows and clusters.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if no assignment keeps them.
    pub(super) fn bounds(&self, rows: usize, clusters: usize) -> Result<Bounds> {
        let share = |name, share: Option<f64>| match share {
            Some(share) if !(0.0..=1.0).contains(&share) => {
                Err(Error::parameter(name, share, "a share from 0 to 1"))
            }
            _ => Ok(share.map(|share| share * rows as f64)),
        };
        let least = share("at_least_share", self.at_least_share)?;
        let most = share("at_most_share", self.at_most_share)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a number of rows"
        )]
        let (least, most) = (
            least.map(|rows| (rows * (1.0 - ROUNDING)).ceil() as usize),
            most.map(|rows| (rows * (1.0 + ROUNDING)).floor() as usize),
        );
        let bounds = Bounds {
            least: least.unwrap_or(0).max(self.at_least.unwrap_or(0)),
            most: most.unwrap_or(rows).min(self.at_most.unwrap_or(rows)),
        };
        let least = if bounds.least == self.at_least.unwrap_or(0) {
            "at_least"
        } else {
            "at_least_share"
        };
        let most = if Some(bounds.most) == self.at_most {
            "at_most"
        } else {
            "at_most_share"
        };
        let told = |rows: usize| format!("{rows} rows a cluster");
        if bounds.least > rows / clusters.max(1) {
            return Err(Error::parameter(
                least,
                told(bounds.least),
                format!(
                    "at most {}, for {rows} rows in {clusters} clusters; lower it, or have fewer \
                     clusters",
                    rows / clusters.max(1)
                ),
            ));
        }
        if bounds.most < rows.div_ceil(clusters.max(1)) {
            return Err(Error::parameter(
                most,
                told(bounds.most),
                format!(
                    "at least {}, for {rows} rows in {clusters} clusters; raise it, or have more \
                     clusters",
                    rows.div_ceil(clusters.max(1))
                ),
            ));
        }
        Ok(bounds)
    }
}

/// Rows of a batch in clusters of limited size: see [`KMeans::assign_within`].
///
/// # Example
///
/// See [`KMeans::assign_within`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LimitedAssignment {
    /// The cluster of each row.
    pub cluster: Vec<u32>,
    /// The sum of squares around the centres, weighted as rows are.
    pub cost: f64,
    /// What it would be with each row in its nearest cluster.
    pub unlimited_cost: f64,
    /// The rows for which another centre is nearer.
    pub moved: usize,
    /// The rows of a weight above 0 in each cluster: what the limits count.
    pub sizes: Vec<usize>,
}

impl KMeans {
    /// The cheapest assignment of a batch of rows, all together, to clusters of limited size: each
    /// month's customers by what the teams can take. The limits are for this batch and need not be
    /// those of the fit.
    ///
    /// Limits count rows of a weight above 0; weights weigh the cost. Of assignments that cost the
    /// same, one is chosen by the order of rows and clusters.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign); [`Error::InvalidParameter`] for limits that no assignment of
    /// these rows keeps; [`Error::Overflow`] for more than 4,294,967,295 rows, or weights times
    /// squared distances beyond 1e300.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::{KMeansParams, SizeLimits}};
    ///
    /// let of = |x: &[f64]| Features::from_columns(&[("x", x)], MissingValues::Refuse);
    /// let groups = KMeansParams::new(2).fit(&of(&[0.0, 2.0, 9.0, 11.0])?)?;
    /// let batch = of(&[0.0, 1.0, 5.0])?;
    /// let two_each = groups.assign_within(&batch, &SizeLimits::default().at_most(2))?;
    /// assert_eq!(two_each.cluster[0], two_each.cluster[1]);
    /// assert_ne!(two_each.cluster[1], two_each.cluster[2]);
    /// // 5 goes to the centre at 10 instead of 1.
    /// assert_eq!((two_each.cost, two_each.unlimited_cost, two_each.moved), (26.0, 17.0, 1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn assign_within(
        &self,
        features: &Features,
        limits: &SizeLimits,
    ) -> Result<LimitedAssignment> {
        let points = Points::of_columns(self.columns(), features)?;
        let bounds = limits.bounds(counted(points)?, self.clusters())?;
        let centres = self.centres();
        let distances = Distances::of(Arch::new(), points, centres.as_slice().unwrap_or_default());
        check_costs(points, &distances)?;
        let mut potentials = flow::potentials(points, &distances, bounds);
        let cluster = flow::assign(points, &distances, bounds, &mut potentials);
        let sums = Sums::of(points, &distances, &cluster);
        Ok(LimitedAssignment {
            cluster,
            cost: sums.cost(),
            unlimited_cost: sums.nearest_cost(points, &distances),
            moved: sums.moved,
            sizes: sums.rows,
        })
    }
}

/// How many rows the limits count.
///
/// # Errors
///
/// [`Error::Overflow`] for more rows than 32 bits number.
pub(super) fn counted(points: Points) -> Result<usize> {
    if u32::try_from(points.rows).is_err() {
        return Err(Error::Overflow {
            what: "more than 4294967295 rows; split the batch".into(),
        });
    }
    let counts = |row: &usize| points.weight(*row) > 0.0;
    Ok((0..points.rows).filter(counts).count())
}

/// `Ok` if sums of costs stay finite.
fn check_costs(points: Points, distances: &Distances) -> Result<()> {
    let farthest = |row: usize| distances.row(row).iter().copied().fold(0.0, f64::max);
    let sum: f64 = (0..points.rows)
        .map(|row| points.weight(row) * farthest(row))
        .sum();
    if sum.is_nan() || sum > 1e300 {
        return Err(Error::Overflow {
            what: "weights times squared distances beyond 1e300; scale the weights".into(),
        });
    }
    Ok(())
}

/// What an assignment adds up to.
struct Sums {
    /// The sum of squares within each cluster.
    within: Vec<f64>,
    /// The weight of its rows.
    weights: Vec<f64>,
    /// Its rows of a weight above 0.
    rows: Vec<usize>,
    /// Rows for which another centre is nearer.
    moved: usize,
}

impl Sums {
    fn of(points: Points, distances: &Distances, labels: &[u32]) -> Self {
        let clusters = distances.clusters;
        let mut sums = Self {
            within: vec![0.0; clusters],
            weights: vec![0.0; clusters],
            rows: vec![0; clusters],
            moved: 0,
        };
        for (row, &label) in labels.iter().enumerate() {
            let (cluster, weight) = (label as usize, points.weight(row));
            let all = distances.row(row);
            sums.within[cluster] += weight * all[cluster];
            sums.weights[cluster] += weight;
            sums.rows[cluster] += usize::from(weight > 0.0);
            sums.moved += usize::from(all.iter().any(|&distance| distance < all[cluster]));
        }
        sums
    }

    fn cost(&self) -> f64 {
        self.within.iter().sum()
    }

    /// What the nearest assignment costs; rounding never puts it above this one.
    fn nearest_cost(&self, points: Points, distances: &Distances) -> f64 {
        if self.moved == 0 {
            return self.cost();
        }
        let mut within = vec![0.0; self.within.len()];
        for row in 0..points.rows {
            let cluster = distances.nearest(row);
            within[cluster] += points.weight(row) * distances.row(row)[cluster];
        }
        within.iter().sum::<f64>().min(self.cost())
    }
}

#[cfg(test)]
mod tests;
