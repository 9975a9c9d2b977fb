//! Stability: whether the groups would be found again.
//!
//! # Question
//!
//! Had we drawn other customers of the same kind, would the same groups have come out? Which of
//! the groups can be relied on, and which are a whim of this sample?
//!
//! # Model
//!
//! Rows are drawn with replacement, as many as there are, and the model is fitted to them anew.
//! Each cluster of all rows is held beside the cluster of the resample that is most like it, both
//! cut down to the rows that were drawn (Hennig 2007):
//!
//! ```text
//! Jaccard of cluster c in resample b = max over clusters e of b of  w(c and e) / w(c or e)
//!
//! where
//!   w   the sum of the weights of different rows that were drawn, each taken once
//! ```
//!
//! The mean over the resamples is the stability of the cluster. In a resample a cluster is
//! *dissolved* if its Jaccard similarity is at most 0.5, and *recovered* if it is at least 0.75.
//! For the grouping as a whole, each refit assigns all rows, and the adjusted Rand index of that
//! assignment and the one of all rows is averaged (Dolnicar and Leisch 2010).
//!
//! A resample is a set of weights: a row that was drawn counts with its own weight, once however
//! often it was drawn, or as many times if so told. Rows of weight 0 are not drawn.
//!
//! # How to read it
//!
//! Cluster by cluster, by the bands of [`StabilityVerdict`]: above 0.85 highly stable, from 0.75
//! on stable, from 0.6 on a pattern in the data without a sure border, below that not to be
//! trusted, at most 0.5 dissolved. Some clusters of one grouping can be stable and others not.
//!
//! # Limits
//!
//! What is stable need not be real: two halves of one round cloud can be stable if the cloud is
//! longer one way, and k = 1 always is. What is unstable is not meaningful. Small clusters are
//! unstable by nature: one customer alone is missing from 37 % of the resamples.
//!
//! Preparation is not fitted anew: bounds and scales stay as they are.
//!
//! A resample to which the model cannot be fitted, for example one that holds fewer different
//! rows than clusters, has found nothing: it counts with a similarity of 0 for each cluster, and
//! [`Stability::failed`] says how many there were. So does a resample in which no row of a cluster
//! was drawn, for that cluster.
//!
//! # Complexity
//!
//! A fit for each resample, side by side where rows are few. k-means makes up to 8 fresh starts
//! in each, and fewer if two of them come to the same best end. Where rows times clusters are more
//! than 65,536 it starts from the centres of all rows and two fresh ones: with so many rows the
//! better of two ends is seldom another in a resample. With few rows known centres would hide
//! instability, since they find themselves again. Other models are fitted as they were told.
//!
//! # References
//!
//! - Hennig, C. (2007). Cluster-wise assessment of cluster stability. *Computational Statistics
//!   and Data Analysis* 52, 258-271. doi:10.1016/j.csda.2006.11.025
//! - Dolnicar, S. and Leisch, F. (2010). Evaluation of structure and reproducibility of cluster
//!   solutions using the bootstrap. *Marketing Letters* 21, 83-101. doi:10.1007/s11002-009-9083-4

mod compare;
mod params;
mod refit;
mod report;

pub(in crate::segmentation) use self::refit::Refits;
pub use self::{
    params::StabilityParams,
    report::{ClusterStability, Stability, StabilityVerdict},
};

#[cfg(test)]
mod tests;
