//! What is wrong with some rules, without data and on data.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;

use super::{
    Condition, FeatureValue, RuleValue, Rules,
    check::{Geometry, named_labels},
};
use crate::{
    Result,
    data::{Features, Segment},
};

/// What can and cannot happen under some rules; exact, whatever the data: every verdict is proved
/// by dividing the features along the thresholds of the rules, not by trying rows.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues, SegmentId}, segmentation::*};
///
/// let columns: &[(&str, &[f64])] = &[("spend", &[120.0, 8.5]), ("recency", &[30.0, 400.0])];
/// let features = Features::from_columns(columns, MissingValues::Refuse)?;
/// let rules = RulesParams::new(vec![
///     Rule::new(SegmentId(1), "Big", Condition::at_least("spend", 10.0)),
///     Rule::new(SegmentId(2), "New", Condition::below("recency", 90.0)),
///     Rule::new(SegmentId(3), "Huge", Condition::at_least("spend", 1000.0)),
/// ])
/// .fit(&features)?;
/// let report = rules.validate();
///
/// // The third rule comes too late: the first has taken everybody it is for.
/// assert_eq!(report.rules[2].reach, RuleReach::Covered { by: vec![0] });
/// assert_eq!(report.overlaps[0].region.to_string(), "spend at least 10 and recency below 90");
/// let RuleCoverage::Gaps { regions, .. } = &report.coverage else { panic!() };
/// assert_eq!(
///     regions[0].to_string(),
///     "(spend below 10 or spend missing) and (recency at least 90 or recency missing)"
/// );
/// println!("{report}");
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleReport {
    /// Each rule, in order.
    pub rules: Vec<RuleVerdict>,
    /// Pairs of rules that can both match, where their order matters; at most 1000 are listed.
    pub overlaps: Vec<RuleOverlap>,
    /// Pairs that overlap and are not listed.
    pub overlaps_left_off: u64,
    /// Pairs that were too complex to decide.
    pub pairs_undecided: u64,
    /// What is left to the default.
    pub coverage: RuleCoverage,
    /// What became of the rows of some data; `None` without data.
    pub counts: Option<RuleCounts>,
}

/// A rule, and whether it can ever take anybody.
///
/// # Example
///
/// See [`RuleReport`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleVerdict {
    /// Where the rule leads.
    pub segment: Segment,
    /// Whether it can get anybody there.
    pub reach: RuleReach,
}

/// Whether a rule can ever take a customer.
///
/// # Example
///
/// See [`RuleReport`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RuleReach {
    /// It can.
    Reachable {
        /// Values that it takes and no earlier rule does.
        example: Vec<FeatureValue>,
    },
    /// No values meet its condition.
    Contradiction,
    /// Earlier rules take all that it would.
    Covered {
        /// Rules that do so together, counted from 0; none of them can be spared.
        by: Vec<u32>,
    },
    /// The condition, or those before it, have too many alternatives to decide.
    TooComplex,
}

/// Two rules that can both match; the first one decides.
///
/// # Example
///
/// See [`RuleReport`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleOverlap {
    /// The rule that decides, counted from 0.
    pub first: u32,
    /// The rule that would match too.
    pub second: u32,
    /// Where both match; there may be more.
    pub region: RuleRegion,
}

/// A region of the features. Shown as its condition in words.
///
/// # Example
///
/// See [`RuleReport`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleRegion {
    /// What holds in it and nowhere else; ready to become a rule.
    pub condition: Condition,
    /// Values that are in it, in the order of [`Rules::columns`].
    pub example: Vec<FeatureValue>,
}

impl fmt::Display for RuleRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)
    }
}

/// What the rules leave to the default.
///
/// # Example
///
/// See [`RuleReport`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RuleCoverage {
    /// Nothing: some rule matches whatever the values, missing ones too.
    Everything,
    /// Some regions.
    Gaps {
        /// Regions that no rule takes; none overlap.
        regions: Vec<RuleRegion>,
        /// Whether there may be more than are listed.
        more: bool,
    },
    /// The conditions have too many alternatives to decide.
    TooComplex,
}

/// What became of the rows of some data.
///
/// # Example
///
/// See [`Rules::validate_on`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleCounts {
    /// What each rule took.
    pub by_rule: Vec<RuleCount>,
    /// What was left to the default.
    pub otherwise: RuleCount,
    /// Segments that nobody is in.
    pub empty_segments: Vec<Segment>,
    /// Labels that rules name and no row has: new ones perhaps, or slips of the pen.
    pub unseen_labels: Vec<FeatureValue>,
}

/// A number of rows.
///
/// # Example
///
/// See [`Rules::validate_on`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RuleCount {
    /// How many.
    pub rows: u64,
    /// The sum of their weights; the same as `rows` where there are no weights.
    pub weight: f64,
}

impl Rules {
    /// Looks for rules that can never match, pairs that overlap, and what is left to the default.
    ///
    /// # Complexity
    ///
    /// Conditions become unions of boxes. Their number is small for conditions that people write,
    /// and can double with each alternative; each question gets about two million operations and
    /// is then given up, which the report says.
    ///
    /// # Example
    ///
    /// See [`RuleReport`].
    pub fn validate(&self) -> RuleReport {
        let compiled = self.compiled();
        let geometry = Geometry::new(&compiled.columns, &compiled.frozen);
        let verdict = |(at, rule): (usize, &super::Rule)| RuleVerdict {
            segment: rule.segment.clone(),
            reach: geometry.reach(at),
        };
        let pairs = geometry.pairs();
        RuleReport {
            rules: self.rules().iter().enumerate().map(verdict).collect(),
            overlaps: pairs.listed,
            overlaps_left_off: pairs.left_off,
            pairs_undecided: pairs.undecided,
            coverage: geometry.coverage(),
            counts: None,
        }
    }

    /// The same, and what becomes of the rows of some data.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Categories, Features, MissingValues, SegmentId}, segmentation::*};
    ///
    /// let features = Features::from_columns(&[("spend", &[120.0, 8.5, 60.0])], MissingValues::Refuse)?
    ///     .with_categories("channel", Categories::new(&["web", "shop", "web"])?)?;
    /// let rules = RulesParams::new(vec![
    ///     Rule::new(SegmentId(1), "Online", Condition::one_of("channel", &["web", "ap"])),
    ///     Rule::new(SegmentId(2), "Big", Condition::at_least("spend", 100.0)),
    /// ])
    /// .fit(&features)?;
    /// let counts = rules.validate_on(&features)?.counts.unwrap();
    /// assert_eq!((counts.by_rule[0].rows, counts.otherwise.rows), (2, 1));
    /// assert_eq!(counts.empty_segments[0].name, "Big");
    /// assert_eq!(counts.unseen_labels[0].to_string(), "channel ap");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn validate_on(&self, features: &Features) -> Result<RuleReport> {
        let counts = self.count(features)?;
        Ok(RuleReport {
            counts: Some(counts),
            ..self.validate()
        })
    }

    fn count(&self, features: &Features) -> Result<RuleCounts> {
        let matches = self.matches(features)?;
        let mut by_rule = vec![RuleCount::default(); self.rules().len() + 1];
        let mut in_segment = vec![0.0; self.segments().len()];
        for (row, rule) in matches.into_iter().enumerate() {
            let weight = features.weights().map_or(1.0, |weights| weights[row]);
            let count = &mut by_rule[rule as usize];
            count.rows += 1;
            count.weight += weight;
            in_segment[self.place_of(rule) as usize] += weight;
        }
        let otherwise = by_rule.pop().unwrap_or_default();
        let nobody = |(segment, weight): (&Segment, f64)| (weight <= 0.0).then(|| segment.clone());
        let segments = self.segments().iter().zip(in_segment);
        let empty_segments = segments.filter_map(nobody).collect();
        Ok(RuleCounts {
            by_rule,
            otherwise,
            empty_segments,
            unseen_labels: self.unseen_labels(features),
        })
    }

    fn unseen_labels(&self, features: &Features) -> Vec<FeatureValue> {
        let compiled = self.compiled();
        let seen = compiled.columns.iter().map(|column| {
            let categories = features.categories(&column.name);
            categories.map_or_else(BTreeSet::new, |categories| categories.labels().collect())
        });
        let seen: Vec<BTreeSet<&str>> = seen.collect();
        named_labels(&compiled.frozen)
            .into_iter()
            .filter(|(column, label)| !seen[*column].contains(label))
            .map(|(column, label)| FeatureValue {
                feature: compiled.columns[column].name.clone(),
                value: RuleValue::Label(label.to_owned()),
            })
            .collect()
    }
}

/// The report in words, a line a finding.
impl fmt::Display for RuleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, verdict) in self.rules.iter().enumerate() {
            write!(f, "rule {at} ({})", verdict.segment.name)?;
            match &verdict.reach {
                RuleReach::Reachable { .. } => f.write_str(" can match")?,
                RuleReach::Contradiction => f.write_str(" contradicts itself")?,
                RuleReach::Covered { by } => {
                    f.write_str(" never matches: its customers are taken by rule")?;
                    for (place, by) in by.iter().enumerate() {
                        write!(f, "{}{by}", if place == 0 { " " } else { " and " })?;
                    }
                }
                RuleReach::TooComplex => f.write_str(" is too complex to decide")?,
            }
            if let Some(count) = self
                .counts
                .as_ref()
                .and_then(|counts| counts.by_rule.get(at))
            {
                write!(f, "; rows: {}", count.rows)?;
            }
            writeln!(f)?;
        }
        for overlap in &self.overlaps {
            let (first, second, region) = (overlap.first, overlap.second, &overlap.region);
            writeln!(f, "rules {first} and {second} both match for {region}")?;
        }
        if self.overlaps_left_off > 0 {
            writeln!(f, "{} more pairs overlap", self.overlaps_left_off)?;
        }
        if self.pairs_undecided > 0 {
            writeln!(
                f,
                "{} pairs are too complex to decide",
                self.pairs_undecided
            )?;
        }
        match &self.coverage {
            RuleCoverage::Everything => writeln!(f, "the default takes nobody")?,
            RuleCoverage::TooComplex => {
                writeln!(f, "what the default takes is too complex to decide")?;
            }
            RuleCoverage::Gaps { regions, more } => {
                for region in regions {
                    writeln!(f, "only the default takes {region}")?;
                }
                if *more {
                    writeln!(f, "the default takes more than that")?;
                }
            }
        }
        if let Some(counts) = &self.counts {
            writeln!(f, "rows left to the default: {}", counts.otherwise.rows)?;
            for segment in &counts.empty_segments {
                writeln!(
                    f,
                    "nobody is in {} (segment {})",
                    segment.name, segment.id.0
                )?;
            }
            for label in &counts.unseen_labels {
                writeln!(f, "no row has {label}")?;
            }
        }
        Ok(())
    }
}
