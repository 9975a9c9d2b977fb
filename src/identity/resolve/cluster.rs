//! Clusters of records that hang together by links.

use super::{
    Clustering,
    components::{Component, Link, components, count},
    correlation::Evidence,
    rules::{Nodes, Rules},
};
use crate::{
    Result,
    identity::{Edge, MatchWeight, RecordIx, Scorer},
    numeric::map_chunks,
};

/// Sets of so many records have all their pairs weighed; of larger ones those of records
/// with a common neighbour, of so many neighbours each, and about so many in all.
pub(super) const ALL_PAIRS: usize = 128;
const NEIGHBOURS: usize = 24;
const MOST_PAIRS: usize = 2_000_000;

/// What clusters are made by.
pub(super) struct Work<'w> {
    pub(super) scorer: &'w Scorer<'w>,
    pub(super) rules: &'w Rules<'w>,
    pub(super) threshold: MatchWeight,
    pub(super) clustering: Clustering,
}

/// Sets refined together; a constant.
const CHUNK: usize = 64;

impl Work<'_> {
    /// The pairs of records that are put together: enough to connect each cluster.
    pub(super) fn clusters(&self, edges: &[Edge]) -> Result<Vec<(u32, u32)>> {
        let good =
            |edge: &&Edge| edge.weight >= self.threshold && !self.rules.forbids(edge.a.0, edge.b.0);
        let linked = edges.iter().filter(good).map(|edge| (edge.a.0, edge.b.0));
        let linked: Vec<(u32, u32)> = match self.clustering {
            Clustering::BestLink => best_links(edges.iter().filter(good), self.rules.records.len()),
            _ => linked.collect(),
        };
        let together = linked.into_iter().chain(self.rules.must.iter().copied());
        let sets = components(self.rules.records.rank(), together, edges);
        if self.clustering != Clustering::Correlation && self.rules.free() {
            return Ok((0..sets.len()).flat_map(|at| chain(sets.get(at))).collect());
        }
        let made = map_chunks(sets.len(), CHUNK, |range| {
            let mut joined = Vec::new();
            for at in range {
                self.refine(sets.get(at), &mut joined)?;
            }
            Ok(joined)
        });
        Ok(made.into_iter().collect::<Result<Vec<_>>>()?.concat())
    }

    /// What a weight says of two records of a set. Evidence against counts half: the slips
    /// of one person come together, in one record, and comparisons that are taken to be
    /// independent count them twice.
    fn evidence(&self, weight: i32) -> i64 {
        let evidence = i64::from(weight) - i64::from(self.threshold.0);
        if evidence < 0 { evidence / 2 } else { evidence }
    }

    /// Cuts a set where the evidence says so, and adds the pairs that are left.
    fn refine(&self, set: Component<'_>, joined: &mut Vec<(u32, u32)>) -> Result<()> {
        let members = set.members;
        if let ([a, b], true) = (members, self.rules.none()) {
            joined.push((*a, *b));
            return Ok(());
        }
        let missing = weigh_missing(self.scorer, set)?;
        let pairs = || set.links.iter().chain(&missing);
        if self.rules.free() && pairs().all(|(_, _, weight)| *weight >= self.threshold.0) {
            joined.extend(chain(set));
            return Ok(());
        }
        let Nodes { of, first, bounds } = self.rules.nodes(members);
        let mut evidence = Evidence::new(first.len(), bounds);
        let mut add = |a: u32, b: u32, weight: i32| {
            let (a, b) = (of[a as usize], of[b as usize]);
            if a != b {
                evidence.add(a, b, self.evidence(weight));
            }
        };
        for &(a, b, weight) in pairs() {
            add(a, b, weight);
        }
        let clusters = evidence.clusters();
        joined.extend(members.iter().zip(&of).filter_map(|(&record, &node)| {
            let place = first[clusters[node as usize] as usize];
            let head = members[place as usize];
            (head != record).then_some((head, record))
        }));
        Ok(())
    }
}

/// A set as a chain of its records.
fn chain(set: Component<'_>) -> impl Iterator<Item = (u32, u32)> + '_ {
    set.members.windows(2).map(|pair| (pair[0], pair[1]))
}

/// Links that are the best of both records; of equal ones the first.
fn best_links<'e>(edges: impl Iterator<Item = &'e Edge>, records: usize) -> Vec<(u32, u32)> {
    let mut best: Vec<Option<Edge>> = vec![None; records];
    for edge in edges {
        for record in [edge.a, edge.b] {
            let known = &mut best[record.at()];
            if known.is_none_or(|known| edge.weight > known.weight) {
                *known = Some(*edge);
            }
        }
    }
    let both = |edge: &Edge| best[edge.a.at()] == Some(*edge) && best[edge.b.at()] == Some(*edge);
    let links = best.iter().flatten().filter(|edge| both(edge));
    links.map(|edge| (edge.a.0, edge.b.0)).collect()
}

/// The weights of pairs of a set that were not weighed, or fell below the floor: see
/// [`missing_pairs`].
pub(super) fn weigh_missing(scorer: &Scorer<'_>, set: Component<'_>) -> Result<Vec<Link>> {
    let missing = missing_pairs(set);
    let record = |place: u32| RecordIx(set.members[place as usize]);
    let pairs: Vec<_> = missing
        .iter()
        .map(|&(a, b)| (record(a), record(b)))
        .collect();
    let weights = scorer.score_pairs(&pairs)?;
    let weighed = missing.iter().zip(weights);
    Ok(weighed.map(|(&(a, b), weight)| (a, b, weight.0)).collect())
}

/// Pairs of a set that were not weighed, or fell below the floor: all of a small set, those
/// with a common neighbour of a large one.
fn missing_pairs(set: Component<'_>) -> Vec<(u32, u32)> {
    let mut known: Vec<(u32, u32)> = set.links.iter().map(|&(a, b, _)| (a, b)).collect();
    known.sort_unstable();
    let mut pairs: Vec<(u32, u32)> = if set.members.len() <= ALL_PAIRS {
        (0..count(set.members.len()))
            .flat_map(|b| (0..b).map(move |a| (a, b)))
            .collect()
    } else {
        let mut around: Vec<Vec<(i32, u32)>> = vec![Vec::new(); set.members.len()];
        for &(a, b, weight) in set.links {
            around[a as usize].push((-weight, b));
            around[b as usize].push((-weight, a));
        }
        // So many neighbours make so many pairs of each record.
        let most = (2 * MOST_PAIRS / set.members.len()).isqrt();
        let mut pairs = Vec::new();
        for neighbours in &mut around {
            neighbours.sort_unstable();
            neighbours.truncate(most.clamp(2, NEIGHBOURS));
            for (at, &(_, one)) in neighbours.iter().enumerate() {
                let others = neighbours[..at].iter();
                pairs.extend(others.map(|&(_, other)| (one.min(other), one.max(other))));
            }
        }
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    };
    pairs.retain(|pair| known.binary_search(pair).is_err());
    pairs
}
