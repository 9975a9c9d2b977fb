//! Rules, and what can and cannot happen under them.

use arrow_array::RecordBatch;

use super::{super::Columns, segments, word};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    segmentation::{RfmGrid, RuleCount, RuleCoverage, RuleReach, RuleReport, Rules},
};

/// - `rules`, a row a rule: `rule`, its number from 0; `id` and `segment` of where it leads;
///   `condition` as written, and `frozen`, with numbers in place of quantiles.
/// - `segments`, a row a segment: `id`, `segment`.
impl Tables for Rules {
    const TABLES: &'static [&'static str] = &["rules", "segments"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "rules" => {
                let rules = self.rules();
                let table = Columns::new().counts("rule", 0..rules.len());
                let of = rules.iter().map(|rule| Some(&rule.segment));
                segments(table, ["id", "segment"], of)
                    .texts("condition", rules.iter().map(|rule| rule.when.to_string()))
                    .texts("frozen", self.frozen().iter().map(ToString::to_string))
                    .finish()
            }
            "segments" => {
                let all = self.segments().iter().map(Some);
                segments(Columns::new(), ["id", "segment"], all).finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// - `rules`, a row a rule and one for the default: `rule`, its number from 0, null for the
///   default; `id` and `segment`, null for the default; `reach`: reachable, contradiction,
///   covered or `too_complex`, null for the default; `covered_by`, numbers of rules with commas;
///   `rows` and `weight` that it took, null without data.
/// - `overlaps`, a row a pair of rules that can both match: `first`, which decides; `second`;
///   `region`, where both match.
/// - `gaps`, a row a region that no rule takes: `region`.
/// - `empty_segments`, a row a segment that nobody is in: `id`, `segment`.
/// - `unseen_labels`, a row a label that rules name and no row has: `feature`, `label`.
impl Tables for RuleReport {
    const TABLES: &'static [&'static str] = &[
        "rules",
        "overlaps",
        "gaps",
        "empty_segments",
        "unseen_labels",
    ];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "rules" => reaches(self),
            "overlaps" => {
                let all = || self.overlaps.iter();
                Columns::new()
                    .ints("first", all().map(|pair| i64::from(pair.first)))
                    .ints("second", all().map(|pair| i64::from(pair.second)))
                    .texts("region", all().map(|pair| pair.region.to_string()))
                    .finish()
            }
            "gaps" => {
                let gaps = match &self.coverage {
                    RuleCoverage::Gaps { regions, .. } => regions.as_slice(),
                    RuleCoverage::Everything | RuleCoverage::TooComplex => &[],
                };
                Columns::new()
                    .texts("region", gaps.iter().map(ToString::to_string))
                    .finish()
            }
            "empty_segments" => {
                let counts = self.counts.iter();
                let empty = counts.flat_map(|counts| counts.empty_segments.iter().map(Some));
                segments(Columns::new(), ["id", "segment"], empty).finish()
            }
            "unseen_labels" => {
                let counts = self.counts.iter();
                let all = counts.flat_map(|counts| counts.unseen_labels.iter());
                Columns::new()
                    .texts("feature", all.clone().map(|it| &it.feature))
                    .texts("label", all.map(|it| it.value.to_string()))
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn reaches(it: &RuleReport) -> Result<RecordBatch> {
    let rules = || it.rules.iter().map(Some).chain([None]);
    let covered = |reach: &RuleReach| match reach {
        RuleReach::Covered { by } => {
            let numbers: Vec<String> = by.iter().map(ToString::to_string).collect();
            Some(numbers.join(", "))
        }
        RuleReach::Reachable { .. } | RuleReach::Contradiction | RuleReach::TooComplex => None,
    };
    let counts: Vec<Option<RuleCount>> = match &it.counts {
        Some(counts) => {
            let all = counts.by_rule.iter().chain([&counts.otherwise]);
            all.copied().map(Some).collect()
        }
        None => vec![None; it.rules.len() + 1],
    };
    let numbers = (0..).zip(rules()).map(|(at, rule)| rule.map(|_| at));
    let table = Columns::new().ints::<Option<i64>>("rule", numbers);
    let of = rules().map(|rule| Some(&rule?.segment));
    segments(table, ["id", "segment"], of)
        .known_texts("reach", rules().map(|rule| word(&rule?.reach)))
        .known_texts("covered_by", rules().map(|rule| covered(&rule?.reach)))
        .ints::<Option<i64>>(
            "rows",
            counts
                .iter()
                .map(|count| count.as_ref()?.rows.try_into().ok()),
        )
        .known(
            "weight",
            counts.iter().map(|count| Some(count.as_ref()?.weight)),
        )
        .finish()
}

/// `segments`, a row a segment: `id`, `segment`.
impl Tables for RfmGrid {
    const TABLES: &'static [&'static str] = &["segments"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "segments" => {
                let all = self.segments().iter().map(Some);
                segments(Columns::new(), ["id", "segment"], all).finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}
