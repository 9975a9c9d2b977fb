//! What a silhouette tells.

use std::fmt;

use serde::Serialize;

use crate::data::Estimate;

/// How well rows sit in their clusters: see the members, and
/// [`SilhouetteParams`](super::SilhouetteParams).
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::SilhouetteParams};
///
/// let features = Features::from_columns(&[("x", &[0.0, 1.0, 5.0])], MissingValues::Refuse)?;
/// let silhouette = SilhouetteParams::default().evaluate(&features, &[7, 7, 9])?;
/// // The first row: 1 from its own, 5 from the other: (5 - 1) / 5. The last is alone: 0.
/// assert_eq!(silhouette.values(), Some(&[0.8, 0.75, 0.0][..]));
/// assert_eq!((silhouette.by_cluster[1].label, silhouette.by_cluster[1].mean.value), (9, 0.0));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Silhouette {
    /// The mean over rows, weighted as they are. Its standard error is 0 unless rows were sampled.
    pub mean: Estimate,
    /// The clusters that rows are in, by rising label.
    pub by_cluster: Vec<ClusterSilhouette>,
    /// The rows that count: with a cluster and a weight above 0.
    pub rows: usize,
    /// The rows whose silhouette was computed.
    pub compared: usize,
    pub(super) values: Option<Vec<f64>>,
}

/// How well the rows of one cluster sit in it.
///
/// # Example
///
/// See [`Silhouette`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClusterSilhouette {
    /// The number of the cluster.
    pub label: u32,
    /// Its rows that count.
    pub rows: usize,
    /// The mean over its rows, weighted as they are.
    pub mean: Estimate,
}

impl fmt::Debug for Silhouette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Silhouette")
            .field("mean", &self.mean)
            .field("clusters", &self.by_cluster.len())
            .field("rows", &self.rows)
            .field("compared", &self.compared)
            .finish_non_exhaustive()
    }
}

impl Silhouette {
    /// The silhouette of each row of the data, in order; NaN for a row that does not count.
    /// `None` if rows were sampled.
    ///
    /// # Example
    ///
    /// See [`Silhouette`].
    pub fn values(&self) -> Option<&[f64]> {
        self.values.as_deref()
    }
}
