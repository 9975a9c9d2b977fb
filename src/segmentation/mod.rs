//! Which group each customer belongs to, and whether the groups are real.
//!
//! *What kinds of customers are there, how sure are we that the kinds are real, and which kind is
//! this one?*

mod agreement;
mod placed;
mod validity;

pub use self::agreement::{Agreement, Contingency};
pub use self::validity::{
    ClusterDispersion, ClusterSilhouette, Dispersion, Silhouette, SilhouetteParams,
};
