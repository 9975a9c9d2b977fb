//! What is known of pairs besides their weights.

use std::collections::BTreeMap;

use super::{
    ResolveParams,
    components::{Components, count},
    correlation::Bounds,
};
use crate::{
    Error, Result,
    identity::{PairKind, RecordIx, Records, records::MISSING},
};

/// Pairs that must be one person and pairs that must not, columns of which one person
/// has one value, sources that have nobody twice.
pub(super) struct Rules<'r> {
    pub(super) records: &'r Records,
    /// The smaller number first, in order; and so below.
    pub(super) must: Vec<(u32, u32)>,
    cannot: Vec<(u32, u32)>,
    exclusive: Vec<usize>,
    unique_in_source: bool,
}

/// The records of a set as nodes: those that must be one person are one.
pub(super) struct Nodes {
    /// The node of each record of the set.
    pub(super) of: Vec<u32>,
    /// The first record of each node, by its place in the set.
    pub(super) first: Vec<u32>,
    pub(super) bounds: Bounds,
}

/// Why two records cannot be one person, whatever their weight.
///
/// # Example
///
/// See [`ClusterExplanation`](super::ClusterExplanation).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Forbidden {
    /// Somebody knows it.
    CannotLink,
    /// They have two values in this column, of which one person has one.
    Exclusive(String),
    /// They are of one source, which has nobody twice.
    SameSource,
}

impl<'r> Rules<'r> {
    pub(super) fn new(
        params: &ResolveParams,
        records: &'r Records,
        kind: PairKind,
    ) -> Result<Self> {
        let numbers = |pairs: &[(RecordIx, RecordIx)], name: &str| -> Result<Vec<(u32, u32)>> {
            let number = |(row, &(a, b)): (usize, &(RecordIx, RecordIx))| {
                if a.at().max(b.at()) < records.len() && a != b {
                    return Ok((a.0.min(b.0), a.0.max(b.0)));
                }
                let reason = format!("records {} and {} of {}", a.0, b.0, records.len());
                Err(Error::value(name, row, reason))
            };
            let mut numbers = (pairs.iter().enumerate().map(number)).collect::<Result<Vec<_>>>()?;
            numbers.sort_unstable();
            Ok(numbers)
        };
        let exclusive = params.exclusive.iter().map(|name| records.column(name));
        Ok(Self {
            records,
            must: numbers(&params.must_link, "must-link pair")?,
            cannot: numbers(&params.cannot_link, "cannot-link pair")?,
            exclusive: exclusive.collect::<Result<_>>()?,
            unique_in_source: kind == PairKind::AcrossSources,
        })
    }

    /// Whether the caller said nothing but which pairs to make.
    pub(super) fn none(&self) -> bool {
        self.must.is_empty() && self.cannot.is_empty() && self.exclusive.is_empty()
    }

    /// Whether any chain of pairs may be one person.
    pub(super) fn free(&self) -> bool {
        self.none() && !self.unique_in_source
    }

    /// Whether what must be one person may be, by all that is known.
    pub(super) fn check(&self) -> Result<()> {
        let mut sets = Components::new(self.records.rank());
        for &(a, b) in &self.must {
            sets.join(a, b);
        }
        for &(a, b) in &self.cannot {
            if sets.root(a) == sets.root(b) {
                return Err(self.contradiction(a, b));
            }
        }
        // One value of an exclusive column a person, and one record a source.
        let mut first = BTreeMap::new();
        for record in self.must.iter().flat_map(|&(a, b)| [a, b]) {
            let (at, root) = (record as usize, sets.root(record));
            for &column in &self.exclusive {
                let codes = self.codes(column);
                if codes[at] == MISSING {
                    continue;
                }
                let known = *first.entry((Some(column), root, 0)).or_insert(record);
                if codes[known as usize] != codes[at] {
                    return Err(self.contradiction(known, record));
                }
            }
            if self.unique_in_source {
                let source = self.records.source()[at];
                let known = *first.entry((None, root, source)).or_insert(record);
                if known != record {
                    return Err(self.contradiction(known, record));
                }
            }
        }
        Ok(())
    }

    fn contradiction(&self, a: u32, b: u32) -> Error {
        let name = |record: u32| {
            let key = self.records.key(RecordIx(record));
            key.map_or_else(String::new, |(source, key)| format!("{source} {key}"))
        };
        Error::Degenerate {
            what: format!(
                "records {} and {} must be one person and must not; take one of the two back",
                name(a).trim(),
                name(b).trim()
            )
            .into(),
        }
    }

    fn codes(&self, column: usize) -> &[u32] {
        &self.records.columns()[column].codes
    }

    /// Whether two records are known to be two people.
    pub(super) fn forbids(&self, a: u32, b: u32) -> bool {
        !self.free() && self.forbidden(a, b).is_some()
    }

    /// Why two records cannot be one person, if that is known.
    pub(super) fn forbidden(&self, a: u32, b: u32) -> Option<Forbidden> {
        let source = self.records.source();
        let (one, other) = (a as usize, b as usize);
        if self.cannot.binary_search(&(a.min(b), a.max(b))).is_ok() {
            return Some(Forbidden::CannotLink);
        }
        for &column in &self.exclusive {
            let codes = self.codes(column);
            let (one, other) = (codes[one], codes[other]);
            if one != other && one != MISSING && other != MISSING {
                let name = self.records.columns()[column].name.clone();
                return Some(Forbidden::Exclusive(name));
            }
        }
        let twice = self.unique_in_source && source[one] == source[other];
        twice.then_some(Forbidden::SameSource)
    }

    /// Whether somebody knows two records to be one person.
    pub(super) fn requires(&self, a: u32, b: u32) -> bool {
        self.must.binary_search(&(a.min(b), a.max(b))).is_ok()
    }

    /// The records of a set as nodes, and what bounds them.
    pub(super) fn nodes(&self, members: &[u32]) -> Nodes {
        let mut sets = Components::in_order(members.len());
        for (a, b) in among(&self.must, members) {
            sets.join(a, b);
        }
        let (mut of, mut first) = (Vec::with_capacity(members.len()), Vec::new());
        for at in 0..count(members.len()) {
            let root = sets.root(at);
            if root == at {
                of.push(count(first.len()));
                first.push(at);
            } else {
                of.push(of[root as usize]);
            }
        }
        let bounds = self.bounds(members, &of, first.len());
        Nodes { of, first, bounds }
    }

    /// What bounds the nodes of some records.
    pub(super) fn bounds(&self, members: &[u32], of: &[u32], nodes: usize) -> Bounds {
        let mut bounds = Bounds::default();
        for &column in &self.exclusive {
            let codes = self.codes(column);
            let mut values = vec![MISSING; nodes];
            for (&record, &node) in members.iter().zip(of) {
                // A node has one value at most: that was checked.
                let value = codes[record as usize];
                if value != MISSING {
                    values[node as usize] = value;
                }
            }
            bounds.exclusive.push(values);
        }
        if self.unique_in_source {
            bounds.sources = vec![Vec::new(); nodes];
            for (&record, &node) in members.iter().zip(of) {
                let source = self.records.source()[record as usize];
                bounds.sources[node as usize].push(source);
            }
        }
        for (a, b) in among(&self.cannot, members) {
            bounds.apart.resize(nodes, Vec::new());
            let (a, b) = (of[a as usize], of[b as usize]);
            bounds.apart[a as usize].push(b);
            bounds.apart[b as usize].push(a);
        }
        bounds
    }
}

/// The pairs of a list that are among some records, by their places.
fn among(pairs: &[(u32, u32)], members: &[u32]) -> Vec<(u32, u32)> {
    if pairs.is_empty() {
        return Vec::new();
    }
    let place: BTreeMap<u32, u32> = members.iter().copied().zip(0u32..).collect();
    let of_record = |(&record, &one): (&u32, &u32)| {
        let from = pairs.partition_point(|pair| pair.0 < record);
        let own = pairs[from..]
            .iter()
            .take_while(move |pair| pair.0 == record);
        let own = own.filter_map(|pair| Some((one, *place.get(&pair.1)?)));
        own.collect::<Vec<_>>()
    };
    place.iter().flat_map(of_record).collect()
}
