//! One versioned object: columns, preparation, model, segments with names.
//!
//! *Which segment is this customer in, today and by the same rule as last year?*
//!
//! # Model
//!
//! ```text
//! features --Preparation--> prepared --model--> cluster --places--> segment
//! ```
//!
//! Everything between the features and the segment is fitted once and frozen. Clusters have
//! whatever number the model gave them; segments have numbers that stay. The version is a
//! fingerprint of all of it, and assignments carry it, so that a change of behaviour can be told
//! from a change of definition.
//!
//! # Limits
//!
//! Fitting anew gives new segments under a new version, even on like data. A customer whose
//! values are missing goes where the policy of the column says; nothing is guessed.
//!
//! # Complexity
//!
//! One pass through preparation and model in parallel, 25 bytes a customer for the result.

mod explain;
mod model;
mod params;
mod placements;
mod product;
mod segmentation;

pub use self::{
    explain::{
        FeatureContribution, FeatureFlip, FeatureReasons, SegmentExplanation, SegmentReasons,
        ShortestFlip,
    },
    model::{SegmentModel, SegmentModelParams},
    params::SegmentationParams,
    placements::Placements,
    product::SegmentProduct,
    segmentation::{FittedOn, SegmentSize, Segmentation},
};

#[cfg(test)]
mod tests;
