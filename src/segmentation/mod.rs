//! Which group each customer belongs to, and whether the groups are real.
//!
//! *What kinds of customers are there, how sure are we that the kinds are real, and which kind is
//! this one?*

mod k_prototypes;
mod placed;

pub use self::k_prototypes::{Gamma, KPrototypes, KPrototypesParams, Start};
