//! A surrogate tree: the segments told apart by a few thresholds.
//!
//! # Question
//!
//! Which simple rule tells the segments apart, and for how many customers is it right?
//!
//! # Model
//!
//! A classification tree on the features in their own units, with the segment as the class
//! (CART). It grows where it gains most until it has its number of leaves; each leaf stands for
//! the segment with the most weight in it.
//!
//! ```text
//! gain = (W_t G_t - W_l G_l - W_r G_r) / W,   G = 1 - Σ p_s²
//! ```
//!
//! where G is the Gini impurity of a node by the shares `p_s` of the segments, `W_t`, `W_l` and `W_r`
//! the weights of a node and its two children, and W the weight of all. Splits are:
//!
//! - a numeric feature below a threshold or not; thresholds lie halfway between two neighbouring
//!   values. Customers without a value go to the side where they gain more, which is learnt; or
//!   having a value is itself the split.
//! - one label of a category feature, or having none, against all others.
//!
//! Equal gains go to the earlier column (numeric before category), then to the lower threshold or
//! the label that appears earlier. Two leaves of one parent with the same segment become one.
//!
//! # How to read it
//!
//! The fidelity is the share of customers whom the tree puts into their segment: at 95 % the
//! conditions of the leaves *are* the segments for most purposes, at 60 % the segments are not
//! boxes and no short rule will do. The tree explains where borders lie, not why: of two features
//! that say the same it shows one.
//!
//! # Limits
//!
//! Borders of k-means are slanted; steps follow them only with many leaves. A tree with exactly k
//! leaves can cost up to order k times the k-means cost at worst, and some partitions admit no
//! better (Dasgupta and others 2020, whose IMM trees keep that bound); this tree makes fidelity
//! large instead and bounds nothing, which on real tables needs fewer leaves.
//!
//! A missing value in a feature that had none at the fit goes to the heavier side.
//!
//! # Complexity
//!
//! O(d n log n) for sorting each feature once and O(d n) for each level of the tree; 16 bytes for
//! each value while it grows. In parallel over the features.
//!
//! # Example
//!
//! See [`SurrogateParams`].
//!
//! # References
//!
//! - Breiman, L., Friedman, J. H., Olshen, R. A. and Stone, C. J. (1984). *Classification and
//!   Regression Trees*. Wadsworth, doi:10.1201/9781315139470.
//! - Dasgupta, S., Frost, N., Moshkovitz, M. and Rashtchian, C. (2020). Explainable k-means and
//!   k-medians clustering. *ICML*, arXiv:2002.12538.

mod condition;
mod entries;
mod grow;
mod model;
mod params;
mod saved;
mod split;
mod tree;

#[cfg(test)]
mod tests;

pub use self::condition::{MissingValue, SurrogateCondition};
pub use self::model::{SegmentFidelity, Surrogate, SurrogateExplanation, SurrogateLeaf};
pub use self::params::SurrogateParams;
