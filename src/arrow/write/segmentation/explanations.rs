//! Why one row is where it is.

use arrow_array::RecordBatch;

use super::{super::Columns, segments, values};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    segmentation::{
        FeatureReasons, RuleExplanation, RuleFinding, SegmentExplanation, SegmentReasons,
        SurrogateCondition, SurrogateExplanation,
    },
};

/// - `findings`, a row a condition that had a say: `rule`, its number from 0, null for the default;
///   `id` and `segment` of where it leads; `matched`, whether it took the row; `condition`;
///   `feature`; `value` or `value_label` in it; `holds`.
/// - `values`, a row a feature that rules ask for: `feature`, `value`, `value_label`.
impl Tables for RuleExplanation {
    const TABLES: &'static [&'static str] = &["findings", "values"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "findings" => findings(self),
            "values" => {
                let all = self.values.iter();
                let table = Columns::new().texts("feature", all.clone().map(|it| &it.feature));
                values(table, "value", all.map(|it| &it.value)).finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn findings(it: &RuleExplanation) -> Result<RecordBatch> {
    let passed = it.passed_over.iter().flat_map(|passed| {
        let reasons = passed.reasons.iter();
        reasons.map(move |reason| (Some(passed.rule), &passed.segment, false, reason))
    });
    let taken = it.reasons.iter();
    let taken = taken.map(|reason| (it.rule, &it.segment, it.rule.is_some(), reason));
    let all: Vec<(Option<u32>, _, bool, &RuleFinding)> = passed.chain(taken).collect();
    let rules = all.iter().map(|(rule, ..)| rule.map(i64::from));
    let table = Columns::new().ints::<Option<i64>>("rule", rules);
    let of = all.iter().map(|(_, segment, ..)| Some(*segment));
    let table = segments(table, ["id", "segment"], of)
        .flags("matched", all.iter().map(|(_, _, matched, _)| *matched))
        .texts(
            "condition",
            all.iter().map(|(.., it)| it.condition.to_string()),
        )
        .texts("feature", all.iter().map(|(.., it)| &it.feature));
    values(table, "value", all.iter().map(|(.., it)| &it.value))
        .flags("holds", all.iter().map(|(.., it)| it.holds))
        .finish()
}

/// What features had to do with it; without a row where they were not measured.
///
/// - `contributions`, a row a prepared feature, the strongest first: `feature`, `prepared`; the
///   `value` of the row and those of the middles `own` and `other`, in the units of the feature,
///   with labels in `value_label`, `own_label` and `other_label`; `contribution` to the margin.
/// - `flips`, a row a numeric feature that alone could change the segment, the easiest first:
///   `feature`, `from`, `to`; `effort` in prepared units; `becomes_id` and `becomes`.
/// - `shortest`, a row a feature of the shortest change of all together: `feature`, `from`, `to`.
impl Tables for SegmentExplanation {
    const TABLES: &'static [&'static str] = &["contributions", "flips", "shortest"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let reasons = match &self.reasons {
            SegmentReasons::Features(reasons) => Some(reasons),
            _ => None,
        };
        match name {
            "contributions" => contributions(reasons),
            "flips" => flips(reasons),
            "shortest" => {
                let shortest = reasons.and_then(|reasons| reasons.shortest.as_ref());
                let changes = shortest.map_or(&[][..], |shortest| &shortest.changes);
                Columns::new()
                    .texts("feature", changes.iter().map(|(feature, ..)| feature))
                    .known("from", changes.iter().map(|(_, from, _)| *from))
                    .known("to", changes.iter().map(|(.., to)| *to))
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn contributions(reasons: Option<&FeatureReasons>) -> Result<RecordBatch> {
    let all = reasons.map_or(&[][..], |reasons| &reasons.contributions);
    let table = Columns::new()
        .texts("feature", all.iter().map(|it| &it.feature))
        .texts("prepared", all.iter().map(|it| &it.prepared));
    let table = values(table, "value", all.iter().map(|it| &it.value));
    let table = values(table, "own", all.iter().map(|it| &it.own));
    values(table, "other", all.iter().map(|it| &it.other))
        .floats(
            "contribution",
            all.iter().map(|it| it.contribution).collect(),
        )
        .finish()
}

fn flips(reasons: Option<&FeatureReasons>) -> Result<RecordBatch> {
    let all = reasons.map_or(&[][..], |reasons| &reasons.flips);
    let table = Columns::new()
        .texts("feature", all.iter().map(|it| &it.feature))
        .known("from", all.iter().map(|it| it.from))
        .floats("to", all.iter().map(|it| it.to).collect())
        .floats("effort", all.iter().map(|it| it.effort).collect());
    let becomes = all.iter().map(|it| Some(&it.becomes));
    segments(table, ["becomes_id", "becomes"], becomes).finish()
}

/// `conditions`, a row a condition of the leaf: `feature`, `condition`.
impl Tables for SurrogateExplanation {
    const TABLES: &'static [&'static str] = &["conditions"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "conditions" => {
                let all = || self.leaf.conditions.iter();
                Columns::new()
                    .texts("feature", all().map(SurrogateCondition::feature))
                    .texts("condition", all().map(ToString::to_string))
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}
