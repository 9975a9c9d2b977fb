//! A simple tree that tells segments apart.

use arrow_array::RecordBatch;

use super::{super::Columns, segments, word};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    segmentation::{Surrogate, SurrogateCondition},
};

/// - `leaves`, a row a leaf: `leaf`, its number from 0; `id` and `segment` of what it stands for;
///   `customers` of the fit in it, their `weight`, and that as a `share` of all; `purity`, the share
///   of its weight that is of its segment; `rule`, its conditions in words.
/// - `conditions`, a row a condition of a leaf; all of a leaf must hold: `leaf`; `feature`; `kind`:
///   range, missing, is or `none_of`; `from` (included) and `below` (excluded) of a range; `missing`,
///   what becomes of a missing value in a range; `condition` in words.
/// - `fidelity`, a row a segment: `id`, its number; `weight`; `precision`, of those put into it the
///   share that is of it; `recall`, of those of it the share that is put into it; null for nobody.
impl Tables for Surrogate {
    const TABLES: &'static [&'static str] = &["leaves", "conditions", "fidelity"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "leaves" => leaves(self),
            "conditions" => conditions(self),
            "fidelity" => fidelity(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn leaves(it: &Surrogate) -> Result<RecordBatch> {
    let leaves = it.leaves();
    let table = Columns::new().counts("leaf", 0..leaves.len());
    let of = leaves.iter().map(|leaf| Some(&leaf.segment));
    segments(table, ["id", "segment"], of)
        .counts("customers", leaves.iter().map(|leaf| leaf.customers))
        .floats("weight", leaves.iter().map(|leaf| leaf.weight).collect())
        .floats("share", leaves.iter().map(|leaf| leaf.share).collect())
        .floats("purity", leaves.iter().map(|leaf| leaf.purity).collect())
        .texts("rule", leaves.iter().map(ToString::to_string))
        .finish()
}

fn conditions(it: &Surrogate) -> Result<RecordBatch> {
    let leaves = it.leaves();
    let all = || {
        let numbered = leaves.iter().enumerate();
        numbered.flat_map(|(number, leaf)| leaf.conditions.iter().map(move |it| (number, it)))
    };
    let ends = |condition: &SurrogateCondition| match condition {
        SurrogateCondition::Range { from, below, .. } => (*from, *below),
        _ => (None, None),
    };
    let missing = |condition: &SurrogateCondition| match condition {
        SurrogateCondition::Range { missing, .. } => word(missing),
        _ => None,
    };
    Columns::new()
        .counts("leaf", all().map(|(leaf, _)| leaf))
        .texts("feature", all().map(|(_, it)| it.feature()))
        .known_texts("kind", all().map(|(_, it)| word(it)))
        .known("from", all().map(|(_, it)| ends(it).0))
        .known("below", all().map(|(_, it)| ends(it).1))
        .known_texts("missing", all().map(|(_, it)| missing(it)))
        .texts("condition", all().map(|(_, it)| it.to_string()))
        .finish()
}

fn fidelity(it: &Surrogate) -> Result<RecordBatch> {
    let found = it.by_segment();
    let all = || found.iter();
    Columns::new()
        .ints("id", all().map(|it| i64::from(it.id.0)))
        .floats("weight", all().map(|it| it.weight).collect())
        .known("precision", all().map(|it| it.precision))
        .known("recall", all().map(|it| it.recall))
        .finish()
}
