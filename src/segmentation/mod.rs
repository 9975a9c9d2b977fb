//! Which group each customer belongs to, and whether the groups are real.
//!
//! *What kinds of customers are there, how sure are we that the kinds are real, and which kind is
//! this one?*

mod k_means;
mod placed;
mod points;

pub use self::k_means::{KMeans, KMeansAlgorithm, KMeansParams, KMeansStart, KMeansVerdict};
mod preparation;

pub use self::preparation::{
    CategoryParams, CategoryReport, ColumnMoments, ColumnParams, ColumnReport, Encoding, Missing,
    MissingCategory, Outside, Preparation, PreparationParams, PreparationReport,
    PreparationWarning, Prepared, Scale, Transform, UnknownCategory,
mod rfm_grid;
mod rules;

pub use self::rfm_grid::RfmGrid;
pub use self::rules::{
    Condition, FeatureValue, PassedOver, Rule, RuleCount, RuleCounts, RuleCoverage,
    RuleExplanation, RuleFinding, RuleOverlap, RuleReach, RuleRegion, RuleReport, RuleValue,
    RuleVerdict, Rules, RulesParams,
mod agreement;
mod placed;
mod validity;

pub use self::agreement::{Agreement, Contingency};
pub use self::validity::{
    ClusterDispersion, ClusterSilhouette, Dispersion, Silhouette, SilhouetteParams,
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
mod k_prototypes;
mod placed;

pub use self::k_prototypes::{Gamma, KPrototypes, KPrototypesParams, Start};
mod gaussian_mixture;
mod placed;

pub use self::gaussian_mixture::{
    Covariance, GaussianMixture, GaussianMixtureParams, MixtureVerdict, Soundness,
};
