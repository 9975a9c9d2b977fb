//! The results of `identity`. Weights are told in bits; records by their row, from 0.

use arrow_array::RecordBatch;

use super::Columns;
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    identity::{
        Alternatives, Blocking, ClusterDiagnosis, ClusterExplanation, FellegiSunter, FieldKind,
        MatchWeight, MergeStep, PairExplanation, PairVerdict, RecordIx, Records, Resolution,
        ScoredPairs, TrainingWarning,
    },
};

fn row(record: RecordIx) -> i64 {
    record.0.into()
}

/// Two columns of records: `a` and `b`.
fn pairs<'p>(pairs: impl Iterator<Item = &'p (RecordIx, RecordIx)> + Clone) -> Columns {
    Columns::new()
        .ints("a", pairs.clone().map(|pair| row(pair.0)))
        .ints("b", pairs.map(|pair| row(pair.1)))
}

/// `records`, a row a record: `source`, `key`, and each column of the records under its own name
/// with its values as they are compared: numbers as such, anything else as text, null where missing.
///
/// `fields`, a row a column of the records: `name`, `kind`, how many records have a value (`known`),
/// how many different values there are (`distinct`), and how many records have none: `blank`,
/// `generic` (placeholders, and values of far too many records), `unreadable` and
/// `first_unreadable` (a row; null if all can be read).
///
/// `generic_values`, a row a value that far too many records share: `name` of the column, `value`,
/// `records`.
impl Tables for Records {
    const TABLES: &'static [&'static str] = &["records", "fields", "generic_values"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "records" => records(self),
            "fields" => fields(self),
            "generic_values" => generic_values(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn records(it: &Records) -> Result<RecordBatch> {
    let keys = (0u32..)
        .take(it.len())
        .filter_map(|at| it.key(RecordIx(at)))
        .collect::<Vec<_>>();
    let mut columns = Columns::new()
        .texts("source", keys.iter().map(|(source, _)| source))
        .some_keys("key", keys.iter().map(|&(_, key)| key));
    for (name, kind) in it.fields() {
        let values = (0..it.len()).map(|record| it.value(record, name));
        columns = match kind {
            FieldKind::Number => {
                columns.known(name, values.map(|value| value?.parse::<f64>().ok()))
            }
            _ => columns.known_texts(name, values),
        };
    }
    columns.finish()
}

fn fields(it: &Records) -> Result<RecordBatch> {
    let reports = it.fields().map(|(name, _)| it.report(name));
    let reports: Vec<_> = reports.flatten().collect();
    let kinds: Vec<String> = it.fields().map(|(_, kind)| snake(&kind)).collect();
    Columns::new()
        .texts("name", it.fields().map(|(name, _)| name))
        .texts("kind", kinds)
        .counts("known", reports.iter().map(|report| report.known))
        .counts("distinct", reports.iter().map(|report| report.distinct))
        .counts("blank", reports.iter().map(|report| report.blank))
        .counts("generic", reports.iter().map(|report| report.generic))
        .counts("unreadable", reports.iter().map(|report| report.unreadable))
        .ints(
            "first_unreadable",
            reports.iter().map(|report| {
                let first = report.first_unreadable;
                first.and_then(|row| i64::try_from(row).ok())
            }),
        )
        .finish()
}

fn generic_values(it: &Records) -> Result<RecordBatch> {
    let reports = it.fields().map(|(name, _)| (name, it.report(name)));
    let rows: Vec<(&str, &str, u64)> = reports
        .flat_map(|(name, report)| {
            let values = report.map(|report| report.generic_values.as_slice());
            let values = values.unwrap_or_default().iter();
            values.map(move |(value, records)| (name, value.as_str(), *records))
        })
        .collect();
    Columns::new()
        .texts("name", rows.iter().map(|row| row.0))
        .texts("value", rows.iter().map(|row| row.1))
        .counts("records", rows.iter().map(|row| row.2))
        .finish()
}

/// The name of a choice, as parameters have it.
fn snake(choice: &impl serde::Serialize) -> String {
    match serde_json::to_value(choice) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// `rules`, a row a rule: `rule` in words, `records` with a key, `blocks` of two records or more,
/// records of the `largest`, `pairs` within the blocks, blocks that are `hot` (of more records than
/// the rule allows), and `skipped_pairs` of those.
///
/// `hot_blocks`, a row each, at most twenty a rule: `rule`, `key`, `records`, `skipped_pairs`.
///
/// `pairs`, a row each that any rule makes: `a`, `b`. Memory is taken for each.
impl Tables for Blocking<'_> {
    const TABLES: &'static [&'static str] = &["rules", "hot_blocks", "pairs"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "rules" => rules(self),
            "hot_blocks" => hot_blocks(self),
            "pairs" => pairs(self.all().iter()).finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn rules(it: &Blocking<'_>) -> Result<RecordBatch> {
    let rules = it.rules().iter();
    Columns::new()
        .texts("rule", rules.clone().map(|rule| &rule.rule))
        .counts("records", rules.clone().map(|rule| rule.records))
        .counts("blocks", rules.clone().map(|rule| rule.blocks))
        .counts("largest", rules.clone().map(|rule| rule.largest))
        .counts("pairs", rules.clone().map(|rule| rule.pairs))
        .counts("hot", rules.clone().map(|rule| rule.hot))
        .counts("skipped_pairs", rules.map(|rule| rule.skipped_pairs))
        .finish()
}

fn hot_blocks(it: &Blocking<'_>) -> Result<RecordBatch> {
    let blocks = it.rules().iter().flat_map(|rule| {
        let blocks = rule.hot_blocks.iter();
        blocks.map(move |block| (&rule.rule, block))
    });
    Columns::new()
        .texts("rule", blocks.clone().map(|(rule, _)| rule))
        .texts("key", blocks.clone().map(|(_, block)| &block.key))
        .counts("records", blocks.clone().map(|(_, block)| block.records))
        .counts(
            "skipped_pairs",
            blocks.map(|(_, block)| block.skipped_pairs),
        )
        .finish()
}

/// `edges`, a row a pair at or above the floor: `a`, `b`, `weight` in bits, and the `probability`
/// that the two are of one person.
///
/// `histogram`, all pairs that were scored by eighths of a bit: `weight`, the lower end in bits, and
/// how many `pairs` there are; the first and the last row are open.
impl Tables for ScoredPairs {
    const TABLES: &'static [&'static str] = &["edges", "histogram"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "edges" => {
                let edges = self.edges().iter();
                Columns::new()
                    .ints("a", edges.clone().map(|edge| row(edge.a)))
                    .ints("b", edges.clone().map(|edge| row(edge.b)))
                    .known("weight", edges.clone().map(|edge| edge.weight.bits()))
                    .known("probability", edges.map(|edge| edge.weight.probability()))
                    .finish()
            }
            "histogram" => {
                let (weights, pairs): (Vec<f64>, Vec<u64>) = self
                    .histogram()
                    .map(|(weight, pairs)| (weight.bits(), pairs))
                    .unzip();
                let columns = Columns::new().floats("weight", weights);
                columns.counts("pairs", pairs).finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `levels`, a row a level of a comparison, the best first: names of the `comparison` and the
/// `level`; its chances `m` for records of one person, `u` of two taken at random and `family` of two
/// of one family (null where that is u); `u_error`, the standard error of u (null unless trained);
/// `term_frequency`, the column by whose values it is adjusted, if any.
///
/// `warnings` of the training, a row each: `warning`, its name; `comparison`, if it is about one;
/// `text`.
impl Tables for FellegiSunter {
    const TABLES: &'static [&'static str] = &["levels", "warnings"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "levels" => levels(self),
            "warnings" => warnings(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn levels(it: &FellegiSunter) -> Result<RecordBatch> {
    let u_error = |comparison: usize, level: usize| {
        let errors = it.report()?.u_errors.get(comparison)?;
        errors.get(level).copied()
    };
    let levels = it.comparisons().iter().enumerate().flat_map(|(at, one)| {
        let levels = one.comparison.levels().iter().enumerate();
        levels.map(move |(level_at, level)| (at, one, level_at, level))
    });
    let chance = |of: &[f64], at: usize| of.get(at).copied();
    Columns::new()
        .texts(
            "comparison",
            levels.clone().map(|(_, one, ..)| one.comparison.name()),
        )
        .texts("level", levels.clone().map(|(.., level)| &level.name))
        .known(
            "m",
            levels.clone().map(|(_, one, at, _)| chance(&one.m, at)),
        )
        .known(
            "u",
            levels.clone().map(|(_, one, at, _)| chance(&one.u, at)),
        )
        .known(
            "family",
            levels
                .clone()
                .map(|(_, one, at, _)| chance(one.family.as_ref()?, at)),
        )
        .known(
            "u_error",
            levels.clone().map(|(of, _, at, _)| u_error(of, at)),
        )
        .known_texts(
            "term_frequency",
            levels.map(|(.., level)| Some(&level.term_frequency.as_ref()?.column)),
        )
        .finish()
}

fn warnings(it: &FellegiSunter) -> Result<RecordBatch> {
    use TrainingWarning as W;
    let named = |warning: &TrainingWarning| match warning {
        W::Untrained { comparison } => ("untrained", Some(comparison.clone())),
        W::LabelSwitch { comparison } => ("label_switch", Some(comparison.clone())),
        W::PerhapsFamilies { comparison } => ("perhaps_families", Some(comparison.clone())),
        W::NotMonotone { comparison } => ("not_monotone", Some(comparison.clone())),
        W::AllAlike => ("all_alike", None),
        W::NotConverged { .. } => ("not_converged", None),
        W::NothingToCompare { comparison } => ("nothing_to_compare", Some(comparison.clone())),
    };
    let warnings = it.report().map(|report| report.warnings.as_slice());
    let warnings = warnings.unwrap_or_default().iter();
    Columns::new()
        .texts("warning", warnings.clone().map(|it| named(it).0))
        .known_texts("comparison", warnings.clone().map(|it| named(it).1))
        .texts("text", warnings.map(ToString::to_string))
        .finish()
}

/// `comparisons`, a row each: `comparison`, the name of the `level` (null where nothing can be
/// compared) with its chances `m` and `u`; in bits its `weight`, what is added for the
/// `term_frequency` of the value, and what it is worth `against_family`, all in all.
///
/// `values`, a row a column that a comparison looks at: `comparison`, `column`, and the values of the
/// two records, `a` and `b`; null where missing.
impl Tables for PairExplanation {
    const TABLES: &'static [&'static str] = &["comparisons", "values"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let comparisons = self.comparisons.iter();
        match name {
            "comparisons" => {
                let bits = |of: fn(&crate::identity::ComparisonScore) -> MatchWeight| {
                    comparisons.clone().map(move |one| of(one).bits())
                };
                Columns::new()
                    .texts("comparison", comparisons.clone().map(|one| &one.comparison))
                    .known_texts("level", comparisons.clone().map(|one| one.level.as_ref()))
                    .known("m", comparisons.clone().map(|one| one.m))
                    .known("u", comparisons.clone().map(|one| one.u))
                    .known("weight", bits(|one| one.weight))
                    .known("term_frequency", bits(|one| one.term_frequency))
                    .known("against_family", bits(|one| one.against_family))
                    .finish()
            }
            "values" => {
                let values = comparisons.flat_map(|one| {
                    let values = one.values.iter();
                    values.map(move |(column, a, b)| (&one.comparison, column, a, b))
                });
                Columns::new()
                    .texts("comparison", values.clone().map(|it| it.0))
                    .texts("column", values.clone().map(|it| it.1))
                    .known_texts("a", values.clone().map(|it| it.2.as_ref()))
                    .known_texts("b", values.map(|it| it.3.as_ref()))
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `records`, a row a record, in their order: `record`, its row, and `cluster`, the number of its
/// customer.
///
/// `links`, a row a weighed pair within a cluster: `a`, `b`.
impl Tables for Resolution {
    const TABLES: &'static [&'static str] = &["records", "links"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "records" => {
                let clusters = self.cluster().iter().map(|&cluster| i64::from(cluster));
                Columns::new()
                    .ints("record", (0i64..).take(self.cluster().len()))
                    .ints("cluster", clusters)
                    .finish()
            }
            "links" => pairs(self.links().iter()).finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `diagnoses`, a row a cluster of two records or more: `cluster`, its number; its `records`; pairs
/// inside that are `links`, and `conflicts` that speak against; `bridges`, pairs without which it
/// would fall apart; `weakest`, the weight in bits of the weakest pair that holds it together (null
/// where that is all required); `density`, the share of the pairs inside that are links;
/// `probability`, the mean of the pairs inside that were looked at.
impl Tables for [ClusterDiagnosis] {
    const TABLES: &'static [&'static str] = &["diagnoses"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "diagnoses" => Columns::new()
                .counts("cluster", self.iter().map(|it| it.cluster))
                .counts("records", self.iter().map(|it| it.records))
                .counts("links", self.iter().map(|it| it.links))
                .counts("conflicts", self.iter().map(|it| it.conflicts))
                .counts("bridges", self.iter().map(|it| it.bridges))
                .known(
                    "weakest",
                    self.iter().map(|it| it.weakest.map(MatchWeight::bits)),
                )
                .known("density", self.iter().map(|it| it.density))
                .known("probability", self.iter().map(|it| it.probability))
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn steps(steps: &[MergeStep]) -> Result<RecordBatch> {
    let rule = |step: &MergeStep| step.rule.and_then(|rule| i64::try_from(rule).ok());
    Columns::new()
        .ints("a", steps.iter().map(|step| row(step.a)))
        .ints("b", steps.iter().map(|step| row(step.b)))
        .known("weight", steps.iter().map(|step| step.weight.bits()))
        .ints("rule", steps.iter().map(rule))
        .flags("required", steps.iter().map(|step| step.required))
        .counts("records", steps.iter().map(|step| step.records))
        .finish()
}

/// `steps`, a row each, in their order: `a` and `b`, a record of either part; their `weight` in bits;
/// the first `rule` that pairs them, from 0 (null where none does); whether it is `required`; the
/// `records` of both parts.
///
/// `records` of the cluster, a row each: `record`.
impl Tables for ClusterExplanation {
    const TABLES: &'static [&'static str] = &["steps", "records"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "steps" => steps(&self.steps),
            "records" => {
                let records = self.records.iter().map(|&record| row(record));
                Columns::new().ints("record", records).finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `path`, a row a pair that connects the two, from the first to the second: the columns of the
/// `steps` of a [`ClusterExplanation`].
impl Tables for PairVerdict {
    const TABLES: &'static [&'static str] = &["path"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "path" => steps(&self.path),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `doubtful`, a row a merge that could be otherwise: `a` and `b`, the strongest pair between the two
/// parts; whether it was `made`; the `probability` that the parts are one person.
impl Tables for Alternatives {
    const TABLES: &'static [&'static str] = &["doubtful"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "doubtful" => {
                let merges = self.doubtful().iter();
                Columns::new()
                    .ints("a", merges.clone().map(|merge| row(merge.a)))
                    .ints("b", merges.clone().map(|merge| row(merge.b)))
                    .flags("made", merges.clone().map(|merge| merge.made))
                    .known("probability", merges.map(|merge| merge.probability))
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}
