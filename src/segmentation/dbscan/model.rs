//! Core points, frozen, and what they say of new rows.

use ndarray::{ArrayView1, ArrayView2};
use serde::{Deserialize, Serialize};

use super::{DbscanParams, core_points::Core, density::CHUNK};
use crate::{
    Error, Result,
    data::Features,
    numeric::map_chunks,
    persist,
    segmentation::{
        placed::{NOWHERE, Placed},
        points::{Points, is_usable},
    },
};

/// Core points and their clusters, frozen.
///
/// A row belongs to the cluster of the nearest core point, if that is within the radius; of equally
/// near ones to that with the lower number. Every other row is noise. Clusters are numbered from 0
/// in the order of their first core points among the rows of the fit.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::DbscanParams};
///
/// let x = [0.0, 1.0, 2.0, 3.0, 9.0, 9.5, 40.0];
/// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
/// let crowds = DbscanParams::new(1.0, 2).fit(&features)?;
/// assert_eq!((crowds.clusters(), crowds.sizes(), crowds.noise()), (2, &[4.0, 2.0][..], 1.0));
///
/// let new = Features::from_columns(&[("x", &[3.9, 8.2, 5.0])], MissingValues::Refuse)?;
/// assert_eq!(crowds.assign(&new)?, [Some(0), Some(1), None]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Dbscan {
    params: DbscanParams,
    columns: Vec<String>,
    core: Core,
    sizes: Vec<f64>,
    noise: f64,
}

impl Dbscan {
    /// From the core points of a fit, and all its points for the sizes.
    pub(super) fn new(
        params: DbscanParams,
        columns: &[String],
        core: Core,
        points: Points,
    ) -> Self {
        let mut model = Self {
            params,
            columns: columns.to_vec(),
            sizes: vec![0.0; core.count],
            noise: 0.0,
            core,
        };
        for (row, cluster) in model.nearest(points).into_iter().enumerate() {
            match model.sizes.get_mut(cluster as usize) {
                Some(size) => *size += points.weight(row),
                None => model.noise += points.weight(row),
            }
        }
        model
    }

    /// The number of clusters.
    ///
    /// # Example
    ///
    /// See [`Dbscan`].
    pub fn clusters(&self) -> usize {
        self.sizes.len()
    }

    /// The columns of the fit, in order.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::DbscanParams};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0])], MissingValues::Refuse)?;
    /// assert_eq!(DbscanParams::new(1.0, 2).fit(&features)?.columns(), ["a"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The radius and `min_points` of the fit.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::DbscanParams};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0])], MissingValues::Refuse)?;
    /// let params = DbscanParams::new(1.0, 2);
    /// assert_eq!(params.fit(&features)?.params(), params);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn params(&self) -> DbscanParams {
        self.params
    }

    /// The weight of the rows of each cluster in the fit, border rows included; without weights,
    /// how many there were.
    ///
    /// # Example
    ///
    /// See [`Dbscan`].
    pub fn sizes(&self) -> &[f64] {
        &self.sizes
    }

    /// The weight of the rows in no cluster in the fit.
    ///
    /// # Example
    ///
    /// See [`Dbscan`].
    pub fn noise(&self) -> f64 {
        self.noise
    }

    /// The core points, rows by columns, in the units of the fit. Neighbours are near each other;
    /// the order means nothing else.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::DbscanParams};
    /// let x = [0.0, 1.0, 2.0, 9.0];
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// // Ends have one other row within the radius, and the last none.
    /// let crowds = DbscanParams::new(1.0, 3).fit(&features)?;
    /// assert_eq!(crowds.core_points(), ndarray::array![[1.0]]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn core_points(&self) -> ArrayView2<'_, f64> {
        let shape = (self.core.clusters.len(), self.columns.len());
        // The tree holds whole points.
        ArrayView2::from_shape(shape, &self.core.tree.values)
            .unwrap_or_else(|_| ndarray::aview2::<f64, 0>(&[]))
    }

    /// The cluster of each of the core points.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::DbscanParams};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0])], MissingValues::Refuse)?;
    /// assert_eq!(DbscanParams::new(1.0, 2).fit(&features)?.core_clusters(), [0, 0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn core_clusters(&self) -> &[u32] {
        &self.core.clusters
    }

    /// The cluster of each row; `None` for noise.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] if the columns are not those of the fit;
    /// [`Error::InvalidValue`] for a missing value, or one beyond 1e140.
    ///
    /// # Example
    ///
    /// See [`Dbscan`].
    pub fn assign(&self, features: &Features) -> Result<Vec<Option<u32>>> {
        let clusters = self.nearest(self.points(features)?);
        let cluster = |cluster| (cluster != NOWHERE).then_some(cluster);
        Ok(clusters.into_iter().map(cluster).collect())
    }

    /// A cost is the squared distance to the nearest core point of the cluster. The runner-up is
    /// the cluster of the nearest core point of any other cluster, whatever its distance; for noise
    /// every cluster is another.
    pub(in crate::segmentation) fn place(&self, features: &Features) -> Result<Placed> {
        let points = self.points(features)?;
        let parts = map_chunks(points.rows, CHUNK, |range| {
            let both = |row| {
                let own = self.core.nearest(points.row(row), self.reach(), NOWHERE);
                let next = self.core.nearest(points.row(row), f64::INFINITY, own.1);
                (own, next)
            };
            range.map(both).collect::<Vec<_>>()
        });
        let mut placed = Placed::default();
        for ((cost, cluster), (runner_up_cost, runner_up)) in parts.into_iter().flatten() {
            let is_noise = cluster == NOWHERE;
            placed.cost.push(if is_noise { f64::NAN } else { cost });
            placed.cluster.push(cluster);
            placed.runner_up_cost.push(runner_up_cost);
            placed.runner_up.push(runner_up);
        }
        Ok(placed)
    }

    /// The core point of a cluster that is nearest to a point; the first of equals.
    pub(in crate::segmentation) fn nearest_core_point(
        &self,
        point: &[f64],
        cluster: u32,
    ) -> Vec<f64> {
        let core_points = self.core_points();
        let distance = |row: &ArrayView1<'_, f64>| -> f64 {
            row.iter().zip(point).map(|(a, b)| (a - b) * (a - b)).sum()
        };
        let of_cluster = (self.core.clusters.iter().zip(core_points.rows()))
            .filter(|(known, _)| **known == cluster);
        let nearest = of_cluster.min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b)));
        nearest.map(|(_, row)| row.to_vec()).unwrap_or_default()
    }

    fn reach(&self) -> f64 {
        self.params.radius * self.params.radius
    }

    fn nearest(&self, points: Points) -> Vec<u32> {
        let parts = map_chunks(points.rows, CHUNK, |range| {
            let of_row = |row| self.core.nearest(points.row(row), self.reach(), NOWHERE).1;
            range.map(of_row).collect::<Vec<u32>>()
        });
        parts.concat()
    }

    /// The points, if the features have the columns of the fit, in the same order.
    fn points<'a>(&self, features: &'a Features) -> Result<Points<'a>> {
        Points::of_columns(&self.columns, features)
    }
}

/// How core points are saved: which of them make up a cluster follows from the radius.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    params: DbscanParams,
    columns: Vec<String>,
    /// In the order of the rows.
    core_points: Vec<f64>,
    sizes: Vec<f64>,
    noise: f64,
}

impl From<Dbscan> for Fields {
    fn from(model: Dbscan) -> Self {
        Self {
            params: model.params,
            columns: model.columns,
            core_points: model.core.values(),
            sizes: model.sizes,
            noise: model.noise,
        }
    }
}

impl TryFrom<Fields> for Dbscan {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        fields.params.check()?;
        let columns = fields.columns.len();
        if columns == 0 || fields.core_points.is_empty() {
            return Err(Error::NotEnoughData {
                what: "columns and core points".into(),
                needed: 1,
                found: 0,
            });
        }
        let points = fields.core_points.len() / columns;
        Error::check_length("core_points", points * columns, fields.core_points.len())?;
        if let Some(at) = fields
            .core_points
            .iter()
            .position(|value| !is_usable(value))
        {
            let reason = format!(
                "{} is not a finite number up to 1e140",
                fields.core_points[at]
            );
            return Err(Error::value("core_points", at / columns, reason));
        }
        let core = Core::new(columns, &fields.core_points, fields.params.radius)?;
        Error::check_length("sizes", core.count, fields.sizes.len())?;
        let finite = |value: f64| value.is_finite();
        if let Some(size) = fields
            .sizes
            .iter()
            .find(|&&size| !(finite(size) && size > 0.0))
        {
            return Err(Error::parameter("size", size, "a finite number above 0"));
        }
        if !(finite(fields.noise) && fields.noise >= 0.0) {
            return Err(Error::parameter(
                "noise",
                fields.noise,
                "a finite number of 0 or more",
            ));
        }
        Ok(Self {
            params: fields.params,
            columns: fields.columns,
            core,
            sizes: fields.sizes,
            noise: fields.noise,
        })
    }
}

impl persist::sealed::Sealed for Dbscan {}
impl persist::Persist for Dbscan {
    const FORMAT: &'static str = "custometry/dbscan";
    const VERSION: u32 = 1;
}
