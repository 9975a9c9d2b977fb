//! Which group each customer belongs to, and whether the groups are real.
//!
//! *What kinds of customers are there, how sure are we that the kinds are real, and which kind is
//! this one?*

mod placed;
mod rfm_grid;
mod rules;

pub use self::rfm_grid::RfmGrid;
pub use self::rules::{
    Condition, FeatureValue, PassedOver, Rule, RuleCount, RuleCounts, RuleCoverage,
    RuleExplanation, RuleFinding, RuleOverlap, RuleReach, RuleRegion, RuleReport, RuleValue,
    RuleVerdict, Rules, RulesParams,
};
