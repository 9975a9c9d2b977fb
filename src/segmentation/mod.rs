//! Which group each customer belongs to, and whether the groups are real.
//!
//! *What kinds of customers are there, how sure are we that the kinds are real, and which kind is
//! this one?*

mod naming;
mod placed;
mod profiles;
mod surrogate;

pub use self::naming::{NamingLevel, NamingReason, NamingRules, ProposedName};
pub use self::profiles::{
    Association, CategoryProfile, Distinction, Exemplar, LevelShare, NumericProfile,
    NumericSummary, PopulationProfile, ProfileInputs, ProfileParams, Profiles, Quantile,
    SegmentProfile, VarianceTest,
};
pub use self::surrogate::{
    Condition, MissingValue, SegmentFidelity, Surrogate, SurrogateExplanation, SurrogateLeaf,
    SurrogateParams,
};
