//! The keys of records under a rule.

use std::ops::Range;

use super::rule::{BlockingRule, Key};
use crate::{
    Error, Result,
    identity::{ColumnPart, Records, Values, nickname_sets, part::Operand, records::MISSING},
    numeric::{
        hash::{fnv1a, mix},
        map_chunks,
    },
};

/// One component of the keys of a rule.
enum Component<'r> {
    /// Each record has at most one: the number of a part.
    One(Operand<'r>),
    /// Each record may have several.
    Many {
        operand: Operand<'r>,
        /// Where the keys of each part end.
        ends: Vec<usize>,
        keys: Vec<u64>,
    },
}

/// The components of the keys of a rule, bound to records.
pub(super) struct RuleKeys<'r> {
    records: &'r Records,
    components: Vec<Component<'r>>,
}

/// Values whose keys are made together; a constant.
const CHUNK: usize = 1 << 12;

impl<'r> RuleKeys<'r> {
    pub(super) fn new(records: &'r Records, rule: &BlockingRule) -> Result<Self> {
        rule.check()?;
        let components = rule.keys().iter().map(|key| Component::new(records, key));
        Ok(Self {
            records,
            components: components.collect::<Result<_>>()?,
        })
    }

    pub(super) fn of_parts(records: &'r Records, parts: &[ColumnPart]) -> Result<Self> {
        let part = |part: &ColumnPart| {
            let operand = Operand::new(records, part)?;
            Ok(Component::One(operand))
        };
        Ok(Self {
            records,
            components: parts.iter().map(part).collect::<Result<_>>()?,
        })
    }

    /// Whether each record has at most one key.
    pub(super) fn single(&self) -> bool {
        let one = |component: &Component<'_>| matches!(component, Component::One(_));
        self.components.iter().all(one)
    }

    fn value(&self, component: &Component<'_>, record: u32) -> u32 {
        let column = component.operand().column;
        self.records.columns()[column].codes[record as usize]
    }

    /// The one key of a record; `None` if it has none. Exact for one and for two
    /// components, a hash of 64 bits for more.
    pub(super) fn one(&self, record: u32) -> Option<u64> {
        let mut key = 0;
        for (place, component) in self.components.iter().enumerate() {
            let id = component.operand().id(self.value(component, record));
            if id == MISSING {
                return None;
            }
            key = match place {
                0 => u64::from(id),
                1 => key << 32 | u64::from(id),
                _ => mix(key) ^ u64::from(id),
            };
        }
        Some(key)
    }

    /// At most so many keys has a record.
    pub(super) fn most(&self, record: u32) -> u64 {
        let of_component = |component: &Component<'_>| {
            let id = component.operand().id(self.value(component, record));
            match component {
                _ if id == MISSING => 0,
                Component::One(_) => 1,
                Component::Many { ends, .. } => own(ends, id).len() as u64,
            }
        };
        let counts = self.components.iter().map(of_component);
        counts.fold(1, u64::saturating_mul)
    }

    /// All keys of a record, in no order, each once.
    pub(super) fn all(&self, record: u32, keys: &mut Vec<u64>) {
        keys.clear();
        keys.push(0);
        let mut next = Vec::new();
        for component in &self.components {
            let id = component.operand().id(self.value(component, record));
            next.clear();
            if id != MISSING {
                let join = |key: u64, part: u64| mix(key).wrapping_add(mix(part));
                match component {
                    Component::One(_) => {
                        next.extend(keys.iter().map(|&key| join(key, u64::from(id))));
                    }
                    Component::Many {
                        ends, keys: parts, ..
                    } => {
                        let parts = &parts[own(ends, id)];
                        let joined = keys
                            .iter()
                            .flat_map(|&key| parts.iter().map(move |&part| join(key, part)));
                        next.extend(joined);
                    }
                }
            }
            std::mem::swap(keys, &mut next);
        }
        keys.sort_unstable();
        keys.dedup();
    }

    /// The numbers of all parts of a record, for an order of records; a missing part
    /// comes last.
    pub(super) fn order(&self, record: u32) -> Vec<u32> {
        let id = |component: &Component<'_>| component.operand().id(self.value(component, record));
        self.components.iter().map(id).collect()
    }

    /// The key of a record as a person would read it.
    pub(super) fn show(&self, record: u32) -> String {
        let shown = self.components.iter().map(|component| {
            let operand = component.operand();
            let id = operand.id(self.value(component, record));
            operand.show(id)
        });
        shown.collect::<Vec<_>>().join(", ")
    }
}

impl<'r> Component<'r> {
    fn new(records: &'r Records, key: &Key) -> Result<Self> {
        let bind = |of: &ColumnPart| Operand::new(records, of);
        let many = |of: &ColumnPart, make: &(dyn Fn(&str) -> Vec<u64> + Sync)| {
            let operand = bind(of)?;
            let Some(texts) = operand.texts() else {
                return Err(not_texts(of));
            };
            let (ends, keys) = keys_of(texts.len(), &|at| make(texts.text(at)));
            Ok(Self::Many {
                operand,
                ends,
                keys,
            })
        };
        match key {
            Key::Part(of) => Ok(Self::One(bind(of)?)),
            Key::Deletions(of) => many(of, &deletions),
            Key::Words(of) => many(of, &|text| text.split_whitespace().map(hash_text).collect()),
            Key::Nicknames(of) => many(of, &|text| {
                // Numbers of sets are small: mixed, they are no hash of a text.
                let sets = nickname_sets(text).iter().map(|&set| mix(set.into()));
                sets.chain([hash_text(text)]).collect()
            }),
            Key::Bands { of, q, bands, rows } => {
                many(of, &|text| min_hash_bands(text, *q, *bands, *rows))
            }
            Key::Elements(column) => {
                let operand = Operand::new(records, &column.as_str().into())?;
                let Values::Sets(sets) = operand.values() else {
                    let expected = "a column of sets";
                    return Err(Error::parameter("elements of a key", column, expected));
                };
                let element = |set: u32| {
                    let members = sets.members(set).iter();
                    members.map(|&element| u64::from(element)).collect()
                };
                let (ends, keys) = keys_of(sets.len(), &element);
                Ok(Self::Many {
                    operand,
                    ends,
                    keys,
                })
            }
        }
    }

    fn operand(&self) -> &Operand<'r> {
        match self {
            Self::One(operand) | Self::Many { operand, .. } => operand,
        }
    }
}

/// Which of the keys of all parts are those of one.
fn own(ends: &[usize], id: u32) -> Range<usize> {
    let at = id as usize;
    at.checked_sub(1).map_or(0, |before| ends[before])..ends[at]
}

fn not_texts(of: &ColumnPart) -> Error {
    Error::parameter("part of a key", of, "a column of texts")
}

/// The keys of each of some values, end to end.
fn keys_of(count: usize, make: &(dyn Fn(u32) -> Vec<u64> + Sync)) -> (Vec<usize>, Vec<u64>) {
    #[expect(clippy::cast_possible_truncation, reason = "values are below 2^32")]
    let chunks = map_chunks(count, CHUNK, |range| {
        range.map(|at| make(at as u32)).collect::<Vec<_>>()
    });
    let mut keys = Vec::new();
    let mut ends = Vec::with_capacity(count);
    for mut made in chunks.into_iter().flatten() {
        made.sort_unstable();
        made.dedup();
        keys.append(&mut made);
        ends.push(keys.len());
    }
    (ends, keys)
}

fn hash_text(text: &str) -> u64 {
    mix(fnv1a(text.bytes()))
}

/// Longer texts are their own only key: a slip in one of so many letters is a matter
/// for bands.
const MOST_LETTERS: usize = 64;

/// A text, and the texts with one letter of it left out.
fn deletions(text: &str) -> Vec<u64> {
    let mut keys = vec![hash_text(text)];
    if text.chars().nth(MOST_LETTERS).is_some() {
        return keys;
    }
    for (at, letter) in text.char_indices() {
        let rest = text[at + letter.len_utf8()..].bytes();
        keys.push(mix(fnv1a(text[..at].bytes().chain(rest))));
    }
    keys
}

/// Bands of the `MinHash` signature of the runs of letters of a text; a text shorter
/// than a run is one run.
fn min_hash_bands(text: &str, q: u32, bands: u32, rows: u32) -> Vec<u64> {
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    if starts.is_empty() {
        return Vec::new();
    }
    let q = q as usize;
    let run = |start: usize| {
        let from = starts[start];
        let to = starts.get(start + q).copied().unwrap_or(text.len());
        hash_text(&text[from..to])
    };
    let runs: Vec<u64> = (0..=starts.len().saturating_sub(q)).map(run).collect();
    let smallest = |row: u32| {
        let salt = mix(u64::from(row) + 1);
        runs.iter().map(|&run| mix(run ^ salt)).min().unwrap_or(0)
    };
    let band = |band: u32| {
        let rows = (0..rows).map(|row| smallest(band * rows + row));
        rows.fold(u64::from(band), |key, row| mix(key ^ row))
    };
    (0..bands).map(band).collect()
}
