//! Operations of `identity`.
//!
//! Records are named by their row, from 0; weights are numbers of bits; small values (comparisons,
//! rules, parts of columns) are JSON, which the operations in `values` make.

mod model;
mod records;
mod resolve;
mod texts;
mod values;

use serde_json::Value;

use super::{Answer, Arguments, Room, held};
use crate::{
    Result,
    arrow::PairColumns,
    identity::{
        Alternatives, FellegiSunter, LinkQuality, MatchWeight, PreparedTexts, RecordIx, Records,
        Resolution, ScoredPairs, SplinkModel, TermFrequencies,
    },
};

held!(
    "identity": Alternatives, FellegiSunter, LinkQuality, PreparedTexts, Records, Resolution,
    ScoredPairs, SplinkModel, TermFrequencies
);

pub(super) fn register(room: &mut Room<'_>) {
    values::register(room);
    texts::register(room);
    records::register(room);
    model::register(room);
    resolve::register(room);
}

/// Pairs of records: a table with the columns `a` and `b`, or a list of pairs.
fn pairs(arguments: &Arguments<'_>, name: &'static str) -> Result<Vec<(RecordIx, RecordIx)>> {
    arguments.json_or_table(name, |table| PairColumns::default().read(table))
}

/// A weight in bits.
fn weight(arguments: &Arguments<'_>, name: &'static str) -> Result<MatchWeight> {
    MatchWeight::from_bits(arguments.json(name)?)
}

/// Fields that hold weights.
const WEIGHTS: [&str; 7] = [
    "weight",
    "prior",
    "term_frequency",
    "against_random",
    "against_family",
    "missing",
    "weakest",
];

/// What serde writes, with weights in bits.
fn in_bits(value: &impl serde::Serialize) -> Result<Answer> {
    Ok(bits_of(Answer::written(value)?))
}

fn bits_of(answer: Answer) -> Answer {
    match answer {
        Answer::List(answers) => Answer::List(answers.into_iter().map(bits_of).collect()),
        Answer::Record(fields) => {
            let field = |(name, answer): (String, Answer)| match answer {
                Answer::Int(parts) if WEIGHTS.contains(&name.as_str()) => {
                    // Parts of weights are of 32 bits.
                    let parts = i32::try_from(parts).unwrap_or_default();
                    (name, Answer::Float(MatchWeight(parts).bits()))
                }
                answer => (name, bits_of(answer)),
            };
            Answer::Record(fields.into_iter().map(field).collect())
        }
        answer => answer,
    }
}

/// Numbers of groups from labels of any kind: only whether two are equal counts.
fn groups(arguments: &Arguments<'_>, name: &'static str) -> Result<Vec<u32>> {
    let labels: Vec<Value> = arguments.column(name, |column| {
        if let Ok(numbers) = column.u32s() {
            return Ok(numbers.iter().map(|&number| number.into()).collect());
        }
        let labels = column.labels()?;
        let label = |row| match labels.code(row) {
            Some(code) => Ok(code.into()),
            None => Err(column.refused(row, "is null or blank, and no label".to_owned())),
        };
        (0..labels.len()).map(label).collect()
    })?;
    let mut numbers = std::collections::HashMap::new();
    let mut group = |label: Value| {
        let next = numbers.len();
        *numbers.entry(label.to_string()).or_insert(next)
    };
    let groups = labels.into_iter().map(|label| {
        let number = group(label);
        u32::try_from(number).map_err(|_| crate::Error::Overflow {
            what: format!("more than {} groups in {name}", u32::MAX).into(),
        })
    });
    groups.collect()
}
