//! Segments by rules: ordered, the first that matches decides.
//!
//! # Question
//!
//! We know what our segments are: best customers spend so much and came lately, and so on. Who is
//! in which, and are the rules sound: does each customer fall somewhere, does each rule take
//! anybody?
//!
//! # Model
//!
//! ```text
//! segment(x) = segment of the first rule k whose condition holds for x; the default, if none does
//! ```
//!
//! where x are the features of a customer, numbers and labels, each of which may be missing. A
//! comparison with a missing value is false and its negation true, see [`Condition`]. Quantile
//! conditions get their numbers when the rules are fitted and keep them:
//!
//! ```text
//! Q(p) = x(i) + (h - i) (x(i+1) - x(i)),  h = 1 + (n - 1) p,  i = floor(h)
//! ```
//!
//! where x(1) to x(n) are the values that are not missing, in order (definition 7 of Hyndman and
//! Fan); a row of weight w stands there w times.
//!
//! # How to read it
//!
//! [`Rules::explain`] tells which rule took a customer and what each earlier one lacked.
//! [`Rules::validate`] proves, without data, which rules can never match, where two match and
//! their order decides, and whom only the default takes. The gaps are conditions themselves, ready
//! to become rules. An overlap is no mistake: ordered rules live on it.
//!
//! # Limits
//!
//! Rules know each threshold and nothing between: customers a cent apart may part. Validation
//! takes features to be free of each other; that nobody is recent without ever having bought, it
//! does not know. Conditions with very many alternatives are reported as too complex, never
//! guessed at.
//!
//! # Complexity
//!
//! Assignment is one pass over the columns that rules look at, in parallel. Validation does not
//! look at rows.
//!
//! # Example
//!
//! Needs by recency, frequency and money, the thresholds taken from the customers of today:
//!
//! ```
//! use custometry::{data::{SegmentId, date_of_day}, segmentation::*, simulate::PurchaseLogParams,
//!                  value::SummaryState};
//!
//! let log = PurchaseLogParams::default().customers(2_000).generate()?.transactions;
//! let features = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?.features()?;
//!
//! let recent = || Condition::quantile_below("recency", 0.4);
//! let big = || Condition::quantile_at_least("monetary", 0.8);
//! let rules = RulesParams::new(vec![
//!     Rule::new(SegmentId(1), "Keep close", recent().and(big())),
//!     Rule::new(SegmentId(2), "Win back", big().and(!recent())),
//!     Rule::new(SegmentId(3), "Small but loyal", recent().and(Condition::above("frequency", 3.0))),
//!     Rule::new(SegmentId(4), "Grow", recent()),
//! ])
//! .otherwise(SegmentId(9), "Leave alone")
//! .fit(&features)?;
//!
//! let report = rules.validate_on(&features)?;
//! assert!(report.rules.iter().all(|rule| matches!(rule.reach, RuleReach::Reachable { .. })));
//! let counts = report.counts.unwrap();
//! assert_eq!(counts.by_rule[0].rows + counts.by_rule[1].rows, 400, "a fifth are big");
//! assert!(counts.empty_segments.is_empty());
//!
//! let segments = rules.assign(&features)?;
//! let why = rules.explain(&features, 0)?;
//! assert_eq!(rules.segments()[segments[0] as usize], why.segment);
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! # References
//!
//! - Hyndman, R. J. and Fan, Y. (1996). Sample quantiles in statistical packages. *The American
//!   Statistician* 50(4), 361-365. doi:10.2307/2684934

mod axis;
mod check;
mod condition;
mod evaluate;
mod explain;
mod frozen;
mod model;
mod params;
mod quantile;
mod region;
mod report;

#[cfg(test)]
mod tests;

pub use self::condition::Condition;
pub use self::explain::{PassedOver, RuleExplanation, RuleFinding};
pub use self::frozen::{FeatureValue, RuleValue};
pub use self::model::Rules;
pub use self::params::{Rule, RulesParams};
pub use self::report::{
    RuleCount, RuleCounts, RuleCoverage, RuleOverlap, RuleReach, RuleRegion, RuleReport,
    RuleVerdict,
};
