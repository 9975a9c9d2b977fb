//! What resamples tell.

use serde::{Deserialize, Serialize};

/// How stable each cluster is, and the grouping as a whole.
///
/// # Example
///
/// See [`StabilityParams`](super::StabilityParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Stability {
    /// The clusters that rows are in: as the model numbers them, or in the order of the segments.
    pub clusters: Vec<ClusterStability>,
    /// How many times rows were drawn.
    pub resamples: usize,
    /// The resamples to which the model could not be fitted. They count as dissolving every
    /// cluster.
    pub failed: usize,
    /// The mean adjusted Rand index of the assignment of all rows by each refit and the one of
    /// all rows: 1 if they are the same, about 0 if they have nothing to do with each other. Rows
    /// count once each, whatever their weight.
    pub adjusted_rand: f64,
}

/// How stable one cluster is.
///
/// # Example
///
/// See [`StabilityParams`](super::StabilityParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClusterStability {
    /// The number of the cluster in the model, or that of the segment.
    pub label: u32,
    /// Its rows that count: with a weight above 0.
    pub rows: usize,
    /// The mean over resamples of the Jaccard similarity to the cluster most like it, from 0
    /// to 1.
    pub mean_jaccard: f64,
    /// The standard error of that mean, for the resamples are so many and not more.
    pub standard_error: f64,
    /// The resamples with a similarity of at most 0.5.
    pub dissolved: usize,
    /// The resamples with a similarity of at least 0.75.
    pub recovered: usize,
}

/// What a mean Jaccard similarity says of a cluster, by the bands of Hennig (2007, 2008) and of
/// the manual of his package fpc.
///
/// # Example
///
/// ```
/// use custometry::segmentation::StabilityVerdict;
/// assert_eq!(StabilityVerdict::of(0.5), StabilityVerdict::Dissolved);
/// assert_eq!(StabilityVerdict::of(0.8), StabilityVerdict::Stable);
/// assert!(StabilityVerdict::Pattern < StabilityVerdict::Stable);
/// assert!(StabilityVerdict::of(0.7).statement().contains("pattern"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StabilityVerdict {
    /// At most 0.5.
    Dissolved,
    /// Below 0.6.
    Doubtful,
    /// Below 0.75.
    Pattern,
    /// Below 0.85.
    Stable,
    /// 0.85 or more.
    HighlyStable,
}

impl StabilityVerdict {
    /// The verdict on a mean Jaccard similarity; of NaN, as of 0.
    ///
    /// # Example
    ///
    /// See [`StabilityVerdict`].
    pub fn of(mean_jaccard: f64) -> Self {
        match mean_jaccard {
            mean if mean >= 0.85 => Self::HighlyStable,
            mean if mean >= 0.75 => Self::Stable,
            mean if mean >= 0.6 => Self::Pattern,
            mean if mean > 0.5 => Self::Doubtful,
            _ => Self::Dissolved,
        }
    }

    /// The verdict in words.
    ///
    /// # Example
    ///
    /// See [`StabilityVerdict`].
    pub fn statement(self) -> &'static str {
        match self {
            Self::Dissolved => "the cluster dissolves when other customers are drawn",
            Self::Doubtful => "the cluster is not to be trusted",
            Self::Pattern => {
                "there is a pattern in the data, but who belongs to the cluster is uncertain"
            }
            Self::Stable => "the cluster is stable",
            Self::HighlyStable => "the cluster is highly stable",
        }
    }
}

impl ClusterStability {
    /// What the mean similarity says of the cluster.
    ///
    /// # Example
    ///
    /// See [`StabilityParams`](super::StabilityParams).
    pub fn verdict(&self) -> StabilityVerdict {
        StabilityVerdict::of(self.mean_jaccard)
    }
}

impl Stability {
    /// The least mean similarity of a cluster: a grouping is as stable as its worst cluster.
    ///
    /// # Example
    ///
    /// See [`StabilityParams`](super::StabilityParams).
    pub fn least_jaccard(&self) -> f64 {
        let means = self.clusters.iter().map(|cluster| cluster.mean_jaccard);
        means.fold(1.0, f64::min)
    }
}
