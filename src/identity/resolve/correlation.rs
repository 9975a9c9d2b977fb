//! Which records of a set belong together, by all evidence for and against.
//!
//! Correlation clustering: the clusters of which the sum of W - τ over all pairs inside
//! is largest. Clusters are joined as long as the evidence between them is above 0, the
//! strongest first (greedy additive edge contraction: Keuper and others 2015,
//! doi:10.1109/ICCV.2015.204), and then single nodes move where that is better. A node
//! is a record, or the records that must be one person. What is known to be two people
//! is no evidence but a bound: no sum of weights outvotes it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
};

use crate::identity::records::MISSING;

/// What keeps nodes apart, whatever the evidence. Columns without a bound are empty.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Bounds {
    /// Of each column of which one person has one value, the value of each node.
    pub(super) exclusive: Vec<Vec<u32>>,
    /// The sources of each node, where no source has a person twice.
    pub(super) sources: Vec<Vec<u16>>,
    /// The nodes that each must not be with.
    pub(super) apart: Vec<Vec<u32>>,
}

/// The evidence among the nodes of one set. Pairs of which nothing is known speak
/// neither for nor against.
pub(super) struct Evidence {
    /// For each node, W - τ with the others of which something is known.
    known: Vec<BTreeMap<u32, i64>>,
    bounds: Bounds,
}

/// The value of each cluster, and how many of its nodes have it.
type ValueOf = Vec<(u32, u32)>;

/// What each cluster has of what is bounded.
pub(super) struct Held {
    /// By column.
    values: Vec<ValueOf>,
    sources: Vec<BTreeSet<u16>>,
}

impl Held {
    /// Every node by itself.
    pub(super) fn new(bounds: &Bounds) -> Self {
        let one = |&value: &u32| (value, u32::from(value != MISSING));
        let columns = bounds.exclusive.iter();
        Self {
            values: columns.map(|of| of.iter().map(one).collect()).collect(),
            sources: (bounds.sources.iter())
                .map(|of| of.iter().copied().collect())
                .collect(),
        }
    }

    /// Whether a cluster may take another one in, or a node.
    pub(super) fn fits(&self, a: u32, other: &Self, b: u32) -> bool {
        let (a, b) = (a as usize, b as usize);
        let same = |(own, others): (&ValueOf, &ValueOf)| {
            let (one, other) = (own[a].0, others[b].0);
            one == other || one == MISSING || other == MISSING
        };
        self.values.iter().zip(&other.values).all(same)
            && (self.sources.is_empty() || self.sources[a].is_disjoint(&other.sources[b]))
    }

    /// Puts what one cluster has to what another has.
    pub(super) fn join(&mut self, keep: u32, gone: u32) {
        let (keep, gone) = (keep as usize, gone as usize);
        for of in &mut self.values {
            let (value, nodes) = of[gone];
            if value != MISSING {
                of[keep] = (value, of[keep].1 + nodes);
            }
        }
        if !self.sources.is_empty() {
            let mut moved = std::mem::take(&mut self.sources[gone]);
            self.sources[keep].append(&mut moved);
        }
    }

    /// Moves what a node has from its cluster to another that it fits.
    fn move_node(&mut self, bounds: &Bounds, node: usize, from: u32, to: u32) {
        let (from, to) = (from as usize, to as usize);
        for (held, of) in self.values.iter_mut().zip(&bounds.exclusive) {
            if of[node] == MISSING {
                continue;
            }
            held[from].1 -= 1;
            if held[from].1 == 0 {
                held[from].0 = MISSING;
            }
            held[to] = (of[node], held[to].1 + 1);
        }
        for source in bounds.sources.get(node).into_iter().flatten() {
            self.sources[from].remove(source);
            self.sources[to].insert(*source);
        }
    }
}

impl Evidence {
    pub(super) fn new(nodes: usize, bounds: Bounds) -> Self {
        Self {
            known: vec![BTreeMap::new(); nodes],
            bounds,
        }
    }

    /// Adds what is known of a pair of records to what is known of their nodes.
    pub(super) fn add(&mut self, a: u32, b: u32, evidence: i64) {
        for (one, other) in [(a, b), (b, a)] {
            *self.known[one as usize].entry(other).or_insert(0) += evidence;
        }
    }

    /// The cluster of each node: the place of its first one.
    pub(super) fn clusters(&self) -> Vec<u32> {
        let mut clusters = self.contract();
        self.improve(&mut clusters);
        let mut first = BTreeMap::new();
        for (at, cluster) in (0u32..).zip(&mut clusters) {
            *cluster = *first.entry(*cluster).or_insert(at);
        }
        clusters
    }

    /// Joins the two clusters with the strongest evidence between them, as long as there
    /// is any. Of equals those of the smallest names.
    fn contract(&self) -> Vec<u32> {
        let mut around = self.known.clone();
        let mut held = Held::new(&self.bounds);
        let mut apart: Vec<BTreeSet<u32>> = (self.bounds.apart.iter())
            .map(|of| of.iter().copied().collect())
            .collect();
        let mut parent: Vec<u32> = (0u32..).take(around.len()).collect();
        let mut heap = BinaryHeap::new();
        for (a, known) in (0u32..).zip(&self.known) {
            let ahead = known.iter().filter(|(b, sum)| **b > a && **sum > 0);
            heap.extend(ahead.map(|(&b, &sum)| (sum, Reverse((a, b)))));
        }
        while let Some((sum, Reverse((a, b)))) = heap.pop() {
            // An entry is out of date if one of the two was joined since, or more is known.
            if around[a as usize].get(&b) != Some(&sum) {
                continue;
            }
            // What is kept apart now stays so: a cluster only grows.
            if !held.fits(a, &held, b) || apart.get(a as usize).is_some_and(|of| of.contains(&b)) {
                continue;
            }
            // The smaller neighbourhood moves.
            let swap = around[a as usize].len() < around[b as usize].len();
            let (keep, gone) = if swap { (b, a) } else { (a, b) };
            parent[gone as usize] = keep;
            held.join(keep, gone);
            if !apart.is_empty() {
                for other in std::mem::take(&mut apart[gone as usize]) {
                    apart[other as usize].remove(&gone);
                    apart[other as usize].insert(keep);
                    apart[keep as usize].insert(other);
                }
            }
            around[keep as usize].remove(&gone);
            for (other, more) in std::mem::take(&mut around[gone as usize]) {
                if other == keep {
                    continue;
                }
                let sum = around[keep as usize].entry(other).or_insert(0);
                *sum += more;
                let sum = *sum;
                let back = &mut around[other as usize];
                back.remove(&gone);
                back.insert(keep, sum);
                if sum > 0 {
                    heap.push((sum, Reverse((keep.min(other), keep.max(other)))));
                }
            }
        }
        let root = |mut at: u32| {
            while parent[at as usize] != at {
                at = parent[at as usize];
            }
            at
        };
        (0u32..).take(parent.len()).map(root).collect()
    }

    /// Moves single nodes, first to last, to the cluster for which most speaks, or to one
    /// of their own, until none moves. Each move is a gain, and rounds are few.
    fn improve(&self, clusters: &mut [u32]) {
        const ROUNDS: usize = 16;
        let count = clusters.len();
        let mut size = vec![0u32; count];
        for &cluster in clusters.iter() {
            size[cluster as usize] += 1;
        }
        let mut empty: Vec<u32> = (0u32..)
            .zip(&size)
            .filter(|(_, size)| **size == 0)
            .map(|(at, _)| at)
            .collect();
        let nodes = Held::new(&self.bounds);
        let mut held = Held::new(&self.bounds);
        for (at, &cluster) in (0u32..).zip(clusters.iter()) {
            if cluster != at {
                held.move_node(&self.bounds, at as usize, at, cluster);
            }
        }
        for _ in 0..ROUNDS {
            let mut moved = false;
            for (node, at) in (0u32..).zip(0..count) {
                let mut sums: BTreeMap<u32, i64> = BTreeMap::new();
                for (&other, &evidence) in &self.known[at] {
                    *sums.entry(clusters[other as usize]).or_insert(0) += evidence;
                }
                let own = clusters[at];
                let stay = sums.get(&own).copied().unwrap_or(0);
                let better = sums.iter().filter(|&(_, &sum)| sum > stay.max(0));
                let apart = self.bounds.apart.get(at).map_or(&[][..], Vec::as_slice);
                let open = |cluster: u32| {
                    cluster != own
                        && held.fits(cluster, &nodes, node)
                        && apart
                            .iter()
                            .all(|&other| clusters[other as usize] != cluster)
                };
                let better = better.filter(|&(&cluster, _)| open(cluster));
                let best = better.map(|(&cluster, &sum)| (sum, Reverse(cluster))).max();
                let to = match best {
                    Some((_, Reverse(cluster))) => cluster,
                    None if stay < 0 => match empty.pop() {
                        Some(alone) => alone,
                        None => continue,
                    },
                    None => continue,
                };
                held.move_node(&self.bounds, at, own, to);
                size[own as usize] -= 1;
                size[to as usize] += 1;
                if size[own as usize] == 0 {
                    empty.push(own);
                }
                clusters[at] = to;
                moved = true;
            }
            if !moved {
                return;
            }
        }
    }

    /// The sum of the evidence inside of clusters: what is to be as large as can be.
    #[cfg(test)]
    fn inside(&self, clusters: &[u32]) -> i64 {
        let mut sum = 0;
        for a in 0..clusters.len() {
            for b in a + 1..clusters.len() {
                if clusters[a] == clusters[b] {
                    let other = u32::try_from(b).unwrap();
                    sum += self.known[a].get(&other).copied().unwrap_or(0);
                }
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn evidence(records: usize, pairs: &[(u32, u32, i64)]) -> Evidence {
        within(records, pairs, Bounds::default())
    }

    fn within(records: usize, pairs: &[(u32, u32, i64)], bounds: Bounds) -> Evidence {
        let mut all = Evidence::new(records, bounds);
        for &(a, b, sum) in pairs {
            all.add(a, b, sum);
        }
        all
    }

    #[test]
    fn a_chain_is_cut_where_the_evidence_is_weakest() {
        let links = [
            (0, 1, 9),
            (1, 2, 8),
            (2, 3, 1),
            (1, 3, -4),
            (2, 4, -4),
            (3, 4, 8),
            (4, 5, 9),
        ];
        assert_eq!(evidence(6, &links).clusters(), [0, 0, 0, 3, 3, 3]);
    }

    #[test]
    fn twins_stay_two() {
        // A copy of each; the twins agree on all but the given name.
        let links = [
            (0, 1, 20),
            (2, 3, 20),
            (0, 2, 4),
            (1, 3, -6),
            (0, 3, -6),
            (1, 2, -6),
        ];
        assert_eq!(evidence(4, &links).clusters(), [0, 0, 2, 2]);
    }

    #[test]
    fn no_evidence_outvotes_a_bound() {
        let links = [(0, 1, 1 << 40), (1, 2, 1 << 40), (0, 2, 1 << 40)];
        let apart = Bounds {
            apart: vec![vec![1], vec![0], vec![]],
            ..Bounds::default()
        };
        let clusters = within(3, &links, apart).clusters();
        assert_ne!(clusters[0], clusters[1]);
        // A record without a value goes with either, and not with both.
        let passports = Bounds {
            exclusive: vec![vec![7, MISSING, 8]],
            ..Bounds::default()
        };
        assert_eq!(within(3, &links, passports).clusters(), [0, 0, 2]);
        let sources = Bounds {
            sources: vec![vec![0], vec![1], vec![0]],
            ..Bounds::default()
        };
        assert_eq!(within(3, &links, sources).clusters(), [0, 0, 2]);
    }

    /// All ways to cut a few records into clusters.
    fn best(evidence: &Evidence, records: usize) -> i64 {
        let mut best = i64::MIN;
        let mut clusters = vec![0u32; records];
        loop {
            best = best.max(evidence.inside(&clusters));
            // The next word over 0..records: more than the partitions, but all of them.
            let mut at = 0;
            loop {
                if at == records {
                    return best;
                }
                clusters[at] += 1;
                if (clusters[at] as usize) < records {
                    break;
                }
                clusters[at] = 0;
                at += 1;
            }
        }
    }

    /// Whether no cluster breaks a bound.
    fn keeps(bounds: &Bounds, clusters: &[u32]) -> bool {
        let same = |a: usize, b: usize| a < b && clusters[a] == clusters[b];
        let nodes = || (0..clusters.len()).flat_map(|a| (0..clusters.len()).map(move |b| (a, b)));
        let two_values = |a: usize, b: usize| {
            let known = |of: &&Vec<u32>| of[a] != MISSING && of[b] != MISSING;
            bounds
                .exclusive
                .iter()
                .filter(known)
                .any(|of| of[a] != of[b])
        };
        let one_source = |a: usize, b: usize| {
            bounds.sources[a]
                .iter()
                .any(|of| bounds.sources[b].contains(of))
        };
        nodes().filter(|&(a, b)| same(a, b)).all(|(a, b)| {
            let other = u32::try_from(b).unwrap();
            !two_values(a, b) && !one_source(a, b) && !bounds.apart[a].contains(&other)
        })
    }

    proptest! {
        #[test]
        fn bounds_are_kept(
            pairs in prop::collection::vec((0u32..12, 0u32..12, -9i64..30), 0..60),
            values in prop::collection::vec((0u32..4, 0u32..3), 12),
            sources in prop::collection::vec(0u16..9, 12),
            apart in prop::collection::vec((0u32..12, 0u32..12), 0..8),
        ) {
            let pairs: Vec<_> = pairs.into_iter().filter(|(a, b, _)| a != b).collect();
            let known = |value: u32| if value == 0 { MISSING } else { value };
            let column = |of: fn(&(u32, u32)) -> u32| values.iter().map(|pair| known(of(pair))).collect();
            let bounds = || {
                let mut all = vec![Vec::new(); 12];
                for &(a, b) in apart.iter().filter(|(a, b)| a != b) {
                    all[a as usize].push(b);
                    all[b as usize].push(a);
                }
                Bounds {
                    exclusive: vec![column(|pair| pair.0), column(|pair| pair.1)],
                    sources: sources.iter().map(|&source| vec![source]).collect(),
                    apart: all,
                }
            };
            let found = within(12, &pairs, bounds()).clusters();
            prop_assert!(keeps(&bounds(), &found), "{found:?}");
        }

        #[test]
        fn clusters_are_nearly_the_best_there_are(
            pairs in prop::collection::vec((0u32..5, 0u32..5, -9i64..10), 0..10),
        ) {
            let pairs: Vec<_> = pairs.into_iter().filter(|(a, b, _)| a != b).collect();
            let evidence = evidence(5, &pairs);
            let found = evidence.clusters();
            let (sum, most) = (evidence.inside(&found), best(&evidence, 5));
            prop_assert!(sum >= 0 && sum <= most);
            prop_assert!(most - sum <= most / 2, "{sum} of {most}");
            // No single record would do better elsewhere.
            for at in 0..5 {
                for to in 0..5u32 {
                    let mut moved = found.clone();
                    moved[at] = to;
                    prop_assert!(evidence.inside(&moved) <= sum);
                }
            }
        }
    }
}
