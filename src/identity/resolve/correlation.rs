//! Which records of a set belong together, by all evidence for and against.
//!
//! Correlation clustering: the clusters of which the sum of W - τ over all pairs inside
//! is largest. Clusters are joined as long as the evidence between them is above 0, the
//! strongest first (greedy additive edge contraction: Keuper and others 2015,
//! doi:10.1109/ICCV.2015.204), and then single records move where that is better.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

/// What is against two records that must not be one person.
pub(super) const NEVER: i64 = -(1 << 40);

/// The evidence among the records of one set. Pairs of which nothing is known speak
/// neither for nor against.
pub(super) struct Evidence {
    /// For each record, W - τ with the others of which something is known.
    known: Vec<BTreeMap<u32, i64>>,
}

impl Evidence {
    pub(super) fn new(records: usize) -> Self {
        Self {
            known: vec![BTreeMap::new(); records],
        }
    }

    /// Sets what is known of a pair; `NEVER` stays.
    pub(super) fn set(&mut self, a: u32, b: u32, evidence: i64) {
        for (one, other) in [(a, b), (b, a)] {
            let known = self.known[one as usize].entry(other).or_insert(evidence);
            if *known != NEVER {
                *known = evidence;
            }
        }
    }

    /// The cluster of each record: the place of its first one.
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
            // The smaller neighbourhood moves.
            let swap = around[a as usize].len() < around[b as usize].len();
            let (keep, gone) = if swap { (b, a) } else { (a, b) };
            parent[gone as usize] = keep;
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

    /// Moves single records, first to last, to the cluster for which most speaks, or to one
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
        for _ in 0..ROUNDS {
            let mut moved = false;
            for at in 0..count {
                let mut sums: BTreeMap<u32, i64> = BTreeMap::new();
                for (&other, &evidence) in &self.known[at] {
                    *sums.entry(clusters[other as usize]).or_insert(0) += evidence;
                }
                let own = clusters[at];
                let stay = sums.get(&own).copied().unwrap_or(0);
                let others = sums.iter().filter(|(cluster, _)| **cluster != own);
                let best = others.map(|(&cluster, &sum)| (sum, Reverse(cluster))).max();
                let to = match best {
                    Some((sum, Reverse(cluster))) if sum > stay.max(0) => cluster,
                    _ if stay < 0 => match empty.pop() {
                        Some(alone) => alone,
                        None => continue,
                    },
                    _ => continue,
                };
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
        let mut all = Evidence::new(records);
        for &(a, b, sum) in pairs {
            all.set(a, b, sum);
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
        let never = [(0, 1, 20), (0, 1, NEVER), (0, 1, 30)];
        assert_eq!(evidence(2, &never).clusters(), [0, 1]);
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

    proptest! {
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
