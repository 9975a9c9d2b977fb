//! Which group each customer belongs to, and whether the groups are real.
//!
//! *What kinds of customers are there, how sure are we that the kinds are real, and which kind is
//! this one?*
//!
//! - [`PreparationParams`] bring columns of different kinds onto one scale, and freeze how.
//! - [`KMeansParams`], [`GaussianMixtureParams`], [`KPrototypesParams`] and [`DbscanParams`] look
//!   for groups, [`KMeansStreamParams`] in rows that keep coming; [`RulesParams`] and [`RfmGrid`]
//!   hold groups that somebody has defined.
//! - [`SilhouetteParams`] and [`Dispersion`] tell whether groups are apart, [`Agreement`] whether
//!   two groupings say the same, [`StabilityParams`] whether groups would be found
//!   again, and [`PanelParams`] which numbers of groups can be defended.
//! - [`ProfileParams`] describe each group in the original units, [`NamingRules`] propose names,
//!   and [`SurrogateParams`] find a simple tree that tells the groups apart.
//!
//! # Example
//!
//! ```
//! use custometry::{data::{Features, MissingValues}, segmentation::*};
//!
//! let columns: &[(&str, &[f64])] = &[
//!     ("recency", &[3.0, 5.0, 200.0, 260.0, 4.0, 310.0]),
//!     ("spend", &[900.0, 1_200.0, 40.0, 55.0, 1_000.0, 35.0]),
//! ];
//! let features = Features::from_columns(columns, MissingValues::Refuse)?;
//! let in_logs = ColumnParams::default().transform(Transform::Ln);
//! let preparation = PreparationParams::default().all(in_logs).fit(&features)?;
//! let prepared = preparation.apply(&features)?;
//!
//! let groups = KMeansParams::new(2).fit(prepared.features())?;
//! let cluster = groups.assign(prepared.features())?;
//! assert_eq!(cluster[0], cluster[4]);
//! let apart = SilhouetteParams::default().evaluate(prepared.features(), &cluster)?;
//! assert!(apart.mean.value > 0.8);
//! # Ok::<(), custometry::Error>(())
//! ```

mod placed;
mod points;
mod preparation;

mod dbscan;
mod gaussian_mixture;
mod k_means;
mod k_prototypes;
mod rfm_grid;
mod rules;

mod agreement;
mod validity;

mod naming;
mod profiles;
mod surrogate;

mod scheme;

mod panel;
mod stability;

#[cfg(test)]
mod test_data;

pub use self::agreement::{Agreement, Contingency};
pub use self::dbscan::{Dbscan, DbscanParams, RadiusProposal};
pub use self::gaussian_mixture::{
    Covariance, GaussianMixture, GaussianMixtureParams, MixtureVerdict, Soundness,
};
pub use self::k_means::{
    FittedLimits, KMeans, KMeansAlgorithm, KMeansParams, KMeansStart, KMeansStream,
    KMeansStreamParams, KMeansVerdict, LimitedAssignment, SizeLimits,
};
pub use self::k_prototypes::{KPrototypes, KPrototypesParams, MismatchWeight, PrototypeStart};
pub use self::naming::{NamingLevel, NamingReason, NamingRules, ProposedName};
pub use self::panel::{
    Panel, PanelGap, PanelIndex, PanelParams, PanelPreference, PanelReason, PanelRecommendation,
    PanelRow, PanelStrength, PanelWarning,
};
pub use self::preparation::{
    CategoryParams, CategoryReport, ColumnMoments, ColumnParams, ColumnReport, Encoding, Missing,
    MissingCategory, Outside, Preparation, PreparationParams, PreparationReport,
    PreparationWarning, Prepared, Scale, Transform, UnknownCategory,
};
pub use self::profiles::{
    Association, CategoryProfile, Distinction, Exemplar, LevelShare, NumericProfile,
    NumericSummary, PopulationProfile, ProfileInputs, ProfileParams, Profiles, Quantile,
    SegmentProfile, VarianceTest,
};
pub use self::rfm_grid::RfmGrid;
pub use self::rules::{
    Condition, FeatureValue, PassedOver, Rule, RuleCount, RuleCounts, RuleCoverage,
    RuleExplanation, RuleFinding, RuleOverlap, RuleReach, RuleRegion, RuleReport, RuleValue,
    RuleVerdict, Rules, RulesParams,
};
pub use self::scheme::{
    FeatureContribution, FeatureFlip, FeatureReasons, FittedOn, Placements, SegmentExplanation,
    SegmentModel, SegmentModelParams, SegmentProduct, SegmentReasons, SegmentSize, Segmentation,
    SegmentationParams, ShortestFlip,
};
pub use self::stability::{ClusterStability, Stability, StabilityParams, StabilityVerdict};
pub use self::surrogate::{
    MissingValue, SegmentFidelity, Surrogate, SurrogateCondition, SurrogateExplanation,
    SurrogateLeaf, SurrogateParams,
};
pub use self::validity::{
    ClusterDispersion, ClusterSilhouette, Dispersion, Silhouette, SilhouetteParams,
};
