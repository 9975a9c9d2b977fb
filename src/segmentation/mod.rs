//! Which group each customer belongs to, and whether the groups are real.
//!
//! *What kinds of customers are there, how sure are we that the kinds are real, and which kind is
//! this one?*

mod gaussian_mixture;
mod placed;

pub use self::gaussian_mixture::{
    Covariance, GaussianMixture, GaussianMixtureParams, MixtureVerdict, Soundness,
};
