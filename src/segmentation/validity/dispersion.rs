//! Sums of squares within and between clusters, and the indices made of them.

use serde::Serialize;

use super::{
    centres::Centres,
    groups::{Groups, Points},
};
use crate::{Error, Result, data::Features};

/// How much rows spread within clusters and between them, with the indices of Caliński and
/// Harabasz and of Davies and Bouldin.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::Dispersion};
///
/// let features = Features::from_columns(&[("x", &[0.0, 2.0, 9.0, 11.0])], MissingValues::Refuse)?;
/// let dispersion = Dispersion::of_labels(&features, &[0, 0, 1, 1])?;
/// assert_eq!((dispersion.within, dispersion.between, dispersion.total), (4.0, 81.0, 85.0));
/// assert_eq!(dispersion.calinski_harabasz()?, 40.5); // (81 / 1) / (4 / 2)
/// assert!((dispersion.davies_bouldin()? - 2.0 / 9.0).abs() < 1e-15);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Dispersion {
    /// The weighted sum of squared distances of rows to the centres of their clusters; the
    /// inertia of k-means if the clusters are its own.
    pub within: f64,
    /// The weighted sum of squared distances of the centres to the mean of all rows.
    pub between: f64,
    /// Both together: the spread of all rows around their mean.
    pub total: f64,
    /// The clusters that rows are in, by rising label.
    pub by_cluster: Vec<ClusterDispersion>,
    /// The rows that count: with a cluster and a weight above 0.
    pub rows: usize,
    /// `within` and `between` on a scale where neither leaves the range of f64.
    scaled: [f64; 2],
    /// For each cluster the largest sum of two radii by the distance of the centres, and the
    /// cluster that gave it; infinite if two centres are one.
    nearest: Vec<(f64, u32)>,
}

/// How much the rows of one cluster spread.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::Dispersion};
///
/// let features = Features::from_columns(&[("x", &[0.0, 2.0, 9.0])], MissingValues::Refuse)?;
/// let clusters = Dispersion::of_labels(&features, &[0, 0, 5])?.by_cluster;
/// assert_eq!((clusters[0].within, clusters[0].radius), (2.0, 1.0));
/// assert_eq!((clusters[1].label, clusters[1].rows, clusters[1].weight), (5, 1, 1.0));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClusterDispersion {
    /// The number of the cluster.
    pub label: u32,
    /// Its rows that count.
    pub rows: usize,
    /// Their weight.
    pub weight: f64,
    /// The weighted sum of their squared distances to the centre.
    pub within: f64,
    /// The weighted mean of their distances to the centre.
    pub radius: f64,
}

impl Dispersion {
    /// The dispersion of rows under labels; a row of label `u32::MAX` has no cluster and is left
    /// out. Labels need not follow each other. One cluster is enough here.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless there is a label for each row; [`Error::NotEnoughData`]
    /// without a row that counts or without columns; [`Error::InvalidValue`] for a missing value;
    /// [`Error::Overflow`] if a sum outgrows f64.
    ///
    /// # Example
    ///
    /// See [`Dispersion`].
    pub fn of_labels(features: &Features, labels: &[u32]) -> Result<Self> {
        let groups = Groups::new(features.len(), labels, features.weights())?;
        let points = Points::new(features, &groups)?;
        let centres = Centres::new(&points, &groups);
        let spreads = centres.spreads();
        // Twice, since the square of the unit alone could leave the range.
        let squared = |scaled: f64| scaled * points.unit * points.unit;
        let scaled = [
            spreads.iter().map(|spread| spread.squares).sum(),
            centres.between(),
        ];
        let [within, between] = scaled.map(squared);
        if !(within + between).is_finite() {
            return Err(Error::Overflow {
                what: "the sum of squares is beyond 1e308; scale the features".into(),
            });
        }
        let radius = |cluster: usize| spreads[cluster].distances / groups.totals[cluster];
        let nearest = |cluster: usize| {
            let mut nearest = (f64::NEG_INFINITY, groups.labels[cluster]);
            for other in (0..groups.len()).filter(|&other| other != cluster) {
                let apart = centres.distance(cluster, other);
                let ratio = if apart > 0.0 {
                    (radius(cluster) + radius(other)) / apart
                } else {
                    f64::INFINITY
                };
                if ratio > nearest.0 {
                    nearest = (ratio, groups.labels[other]);
                }
            }
            nearest
        };
        let of_cluster = |cluster: usize| ClusterDispersion {
            label: groups.labels[cluster],
            rows: groups.places(cluster).len(),
            weight: groups.totals[cluster],
            within: squared(spreads[cluster].squares),
            radius: radius(cluster) * points.unit,
        };
        Ok(Self {
            within,
            between,
            total: within + between,
            by_cluster: (0..groups.len()).map(of_cluster).collect(),
            rows: groups.rows.len(),
            scaled,
            nearest: (0..groups.len()).map(nearest).collect(),
        })
    }

    /// The share of the spread that lies between clusters, from 0 to 1; 0 if there is no spread.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::Dispersion};
    /// let features = Features::from_columns(&[("x", &[0.0, 2.0, 9.0, 11.0])], MissingValues::Refuse)?;
    /// let dispersion = Dispersion::of_labels(&features, &[0, 0, 1, 1])?;
    /// assert_eq!(dispersion.explained(), 81.0 / 85.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn explained(&self) -> f64 {
        let [within, between] = self.scaled;
        if within + between > 0.0 {
            between / (within + between)
        } else {
            0.0
        }
    }

    /// The index of Caliński and Harabasz: the variance between clusters by that within. More is
    /// better. A row of weight w counts as w rows.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] for a single cluster, unless there are more rows than clusters, or
    /// if every row lies on the centre of its cluster.
    ///
    /// # Example
    ///
    /// See [`Dispersion`].
    pub fn calinski_harabasz(&self) -> Result<f64> {
        let freedom = self.check("the Calinski-Harabasz index")?;
        let clusters = self.by_cluster.len() as f64;
        let [within, between] = self.scaled;
        let index = between / within * (freedom / (clusters - 1.0));
        if index.is_finite() {
            return Ok(index);
        }
        Err(Error::Degenerate {
            what: "every row lies on the centre of its cluster, so the Calinski-Harabasz index is \
                   infinite; give fewer clusters"
                .into(),
        })
    }

    /// The index of Davies and Bouldin: how wide clusters are beside their distance to the one
    /// most like them, on average. Less is better.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] for a single cluster, unless there are more rows than clusters, or
    /// if two clusters have one centre.
    ///
    /// # Example
    ///
    /// See [`Dispersion`].
    pub fn davies_bouldin(&self) -> Result<f64> {
        self.check("the Davies-Bouldin index")?;
        for ((ratio, other), cluster) in self.nearest.iter().zip(&self.by_cluster) {
            if ratio.is_infinite() {
                let what = format!(
                    "clusters {} and {other} have one centre, so the Davies-Bouldin index is \
                     infinite; merge them",
                    cluster.label
                );
                return Err(Error::Degenerate { what: what.into() });
            }
        }
        let sum: f64 = self.nearest.iter().map(|(ratio, _)| ratio).sum();
        Ok(sum / self.nearest.len() as f64)
    }

    /// The degrees of freedom within clusters, where there are some and two clusters or more.
    fn check(&self, index: &str) -> Result<f64> {
        let clusters = self.by_cluster.len();
        if clusters < 2 {
            let what = format!("{index} compares clusters and there is one; give two or more");
            return Err(Error::Degenerate { what: what.into() });
        }
        let weight: f64 = self.by_cluster.iter().map(|cluster| cluster.weight).sum();
        let freedom = weight - clusters as f64;
        if freedom > 0.0 {
            return Ok(freedom);
        }
        let what = format!(
            "{clusters} clusters share rows of weight {weight}; {index} needs more rows than \
             clusters, and weights that are numbers of copies"
        );
        Err(Error::Degenerate { what: what.into() })
    }
}
