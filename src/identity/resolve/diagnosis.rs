//! How well clusters hang together.

use serde::Serialize;

use super::{
    Resolution,
    cluster::weigh_missing,
    components::{Component, Components, Link, Sets, components, count},
    rules::Rules,
};
use crate::{
    Result,
    identity::{Edge, MatchWeight, ScoredPairs, Scorer},
    numeric::map_chunks,
};

/// How well a cluster of two records or more hangs together. Of a cluster of more than 128
/// records, the pairs that were weighed and those with a common neighbour are looked at;
/// of a smaller one all pairs.
///
/// # Example
///
/// See [`Resolution::diagnose`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClusterDiagnosis {
    /// The cluster, by its number.
    pub cluster: u32,
    /// Its records.
    pub records: u32,
    /// Pairs inside whose weight is at or above the threshold.
    pub links: u64,
    /// Pairs inside that speak against, though others outvote them: their weight is below
    /// the threshold, and they do not hold the cluster together.
    pub conflicts: u64,
    /// Pairs without which the cluster would fall apart. That of two records has one, a
    /// chain one fewer than it has records, and none where each record has two links that
    /// do not depend on each other.
    pub bridges: u32,
    /// The weakest of the pairs that hold it together, the strongest there are (those of
    /// a maximum spanning tree): with a higher threshold it would be two.
    /// `None` where that is all required.
    pub weakest: Option<MatchWeight>,
    /// The share of the pairs inside that are links.
    pub density: f64,
    /// The mean probability of the pairs inside that were looked at.
    pub probability: f64,
}

/// Two records of a set by place, with what is known of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) a: u32,
    pub(super) b: u32,
    pub(super) weight: i32,
    /// Somebody knows them to be one person.
    pub(super) required: bool,
}

/// A cluster with all that is known of its pairs: those of its tree, which hold it
/// together, from the strongest to the weakest, and the others.
pub(super) struct Inside {
    pub(super) tree: Vec<Known>,
    others: Vec<Known>,
}

impl Inside {
    pub(super) fn new(scorer: &Scorer<'_>, rules: &Rules<'_>, set: Component<'_>) -> Result<Self> {
        let mut pairs = set.links.to_vec();
        pairs.extend(weigh_missing(scorer, set)?);
        let record = |place: u32| set.members[place as usize];
        let known = |&(a, b, weight): &Link| Known {
            a,
            b,
            weight,
            required: rules.requires(record(a), record(b)),
        };
        let mut pairs: Vec<Known> = pairs.iter().map(known).collect();
        pairs
            .sort_unstable_by_key(|pair| (!pair.required, -i64::from(pair.weight), pair.a, pair.b));
        let mut sets = Components::in_order(set.members.len());
        let (tree, others) = pairs.into_iter().partition(|pair: &Known| {
            let new = sets.root(pair.a) != sets.root(pair.b);
            sets.join(pair.a, pair.b);
            new
        });
        Ok(Self { tree, others })
    }

    pub(super) fn diagnosis(
        &self,
        cluster: u32,
        set: Component<'_>,
        threshold: MatchWeight,
    ) -> ClusterDiagnosis {
        let size = set.members.len();
        let links = |pairs: &[Known]| {
            let linked = pairs.iter().filter(|pair| pair.weight >= threshold.0);
            linked.count() as u64
        };
        let extra = links(&self.others);
        let links = links(&self.tree) + extra;
        let pairs = self.tree.iter().chain(&self.others);
        let looked_at = (self.tree.len() + self.others.len()) as f64;
        let sum: f64 = pairs
            .map(|pair| MatchWeight(pair.weight).probability())
            .sum();
        let held = self.tree.iter().filter(|pair| !pair.required);
        let all = size as f64 * (size as f64 - 1.0) / 2.0;
        ClusterDiagnosis {
            cluster,
            records: count(size),
            links,
            conflicts: self.others.len() as u64 - extra,
            bridges: self.bridges(size, threshold),
            weakest: held.map(|pair| MatchWeight(pair.weight)).min(),
            density: links as f64 / all,
            probability: sum / looked_at,
        }
    }

    /// How many pairs of the tree no circle of links goes through. Each link beside the
    /// tree closes one: the way through the tree between its ends is no bridge. What is
    /// known to be none is skipped from then on.
    fn bridges(&self, size: usize, threshold: MatchWeight) -> u32 {
        let Rooted { parent, depth, .. } = Rooted::new(&self.tree, size);
        // The highest record that is reached without crossing a bridge.
        let mut top: Vec<u32> = (0u32..).take(size).collect();
        let mut bridges = self.tree.len();
        for link in self.others.iter().filter(|pair| pair.weight >= threshold.0) {
            let (mut a, mut b) = (find(&mut top, link.a), find(&mut top, link.b));
            while a != b {
                if depth[a as usize] < depth[b as usize] {
                    (a, b) = (b, a);
                }
                bridges -= 1;
                top[a as usize] = parent[a as usize];
                a = find(&mut top, a);
            }
        }
        count(bridges)
    }

    /// The pairs of the tree between two records, from one to the other; none where it
    /// does not connect them.
    pub(super) fn path(&self, size: usize, from: u32, to: u32) -> Vec<Known> {
        let Rooted {
            parent,
            depth,
            pair,
        } = Rooted::new(&self.tree, size);
        let (mut a, mut b) = (from, to);
        let (mut start, mut end) = (Vec::new(), Vec::new());
        while a != b {
            let from_start = depth[a as usize] >= depth[b as usize];
            let (at, way) = if from_start {
                (&mut a, &mut start)
            } else {
                (&mut b, &mut end)
            };
            let Some(&step) = self.tree.get(pair[*at as usize]) else {
                return Vec::new();
            };
            way.push(step);
            *at = parent[*at as usize];
        }
        start.extend(end.into_iter().rev());
        start
    }
}

/// The records of a tree from its roots downwards.
struct Rooted {
    /// The record above each; roots are their own.
    parent: Vec<u32>,
    depth: Vec<u32>,
    /// The pair of the tree that each is under its parent by; none for roots.
    pair: Vec<usize>,
}

impl Rooted {
    fn new(tree: &[Known], size: usize) -> Self {
        let mut around = vec![Vec::new(); size];
        for (at, pair) in tree.iter().enumerate() {
            around[pair.a as usize].push((pair.b, at));
            around[pair.b as usize].push((pair.a, at));
        }
        let mut rooted = Self {
            parent: (0u32..).take(size).collect(),
            depth: vec![u32::MAX; size],
            pair: vec![usize::MAX; size],
        };
        for root in (0u32..).take(size) {
            if rooted.depth[root as usize] != u32::MAX {
                continue;
            }
            rooted.depth[root as usize] = 0;
            let mut open = vec![root];
            while let Some(at) = open.pop() {
                let below = rooted.depth[at as usize] + 1;
                for &(next, pair) in &around[at as usize] {
                    let to = next as usize;
                    if rooted.depth[to] == u32::MAX {
                        rooted.depth[to] = below;
                        rooted.parent[to] = at;
                        rooted.pair[to] = pair;
                        open.push(next);
                    }
                }
            }
        }
        rooted
    }
}

fn find(top: &mut [u32], mut at: u32) -> u32 {
    while top[at as usize] != at {
        top[at as usize] = top[top[at as usize] as usize];
        at = top[at as usize];
    }
    at
}

/// Clusters looked at together; a constant.
const CHUNK: usize = 256;

impl Resolution {
    /// How well each cluster of two records or more hangs together, in the order of the
    /// clusters.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) unless the scorer and
    /// the pairs are those of the records that were resolved.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::*;
    /// let records = Records::builder()
    ///     .int_keys(&[1, 2, 3, 4])
    ///     .city(&["Ulm", "Ulm", "Ulm", "Bonn"])
    ///     .column("team", FieldKind::Text, &["a", "a", "b", "b"])
    ///     .build()?;
    /// let of = |column| ComparisonModel::new(Comparison::exact(column), vec![0.9, 0.1], vec![0.1, 0.9]);
    /// let model = FellegiSunter::new(0.2, vec![of("city"), of("team")])?;
    /// let blocking = BlockingParams::new(vec![BlockingRule::on(["city"])]).block(&records)?;
    /// let scorer = model.scorer(&records)?;
    /// let scored = scorer.score(&blocking, MatchWeight::from_bits(-20.0)?)?;
    /// let params = ResolveParams::default()
    ///     .clustering(Clustering::Connected)
    ///     .threshold(Threshold::Weight(MatchWeight::from_bits(-8.0)?));
    /// let customers = params.resolve(&scorer, &blocking, &scored)?;
    ///
    /// // 1, 2 and 3, of whom 3 is in another team; each has a link to each.
    /// let [three] = customers.diagnose(&scorer, &scored)?[..] else { panic!() };
    /// assert_eq!((three.records, three.links, three.bridges), (3, 3, 0));
    /// assert_eq!(three.weakest, Some(scorer.score_one(RecordIx(0), RecordIx(2))?));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn diagnose(
        &self,
        scorer: &Scorer<'_>,
        scored: &ScoredPairs,
    ) -> Result<Vec<ClusterDiagnosis>> {
        let rules = self.rules(scorer.records())?;
        super::check_edges(scorer.records(), scored)?;
        let sets = self.sets(scorer.records().rank(), scored.edges());
        let made = map_chunks(sets.len(), CHUNK, |range| {
            let diagnosed = range.map(|at| {
                let set = sets.get(at);
                let cluster = self.cluster[set.members[0] as usize];
                let inside = Inside::new(scorer, &rules, set)?;
                Ok(inside.diagnosis(cluster, set, self.threshold))
            });
            diagnosed.collect::<Result<Vec<_>>>()
        });
        Ok(made.into_iter().collect::<Result<Vec<_>>>()?.concat())
    }

    /// The clusters of two records or more, with the weighed pairs inside.
    pub(super) fn sets(&self, rank: &[u32], edges: &[Edge]) -> Sets {
        let mut head = vec![None; self.clusters as usize];
        let joined = (0u32..).zip(&self.cluster);
        let joined = joined.map(|(record, &cluster)| {
            let head = *head[cluster as usize].get_or_insert(record);
            (head, record)
        });
        components(rank, joined, edges)
    }

    /// The records of a cluster of two or more in the order of sources and keys, with the
    /// weighed pairs inside; nothing for a single record.
    pub(super) fn set(&self, rank: &[u32], cluster: u32, edges: &[Edge]) -> Sets {
        let own = (0u32..)
            .zip(&self.cluster)
            .filter(|(_, of)| **of == cluster);
        let members: Vec<u32> = own.map(|(record, _)| record).collect();
        let joined = members.iter().map(|&record| (members[0], record));
        components(rank, joined, edges)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inside(size: u32, links: &[(u32, u32)]) -> Inside {
        let mut sets = Components::in_order(size as usize);
        let (tree, others) = links
            .iter()
            .map(|&(a, b)| Known {
                a,
                b,
                weight: 1,
                required: false,
            })
            .partition(|pair: &Known| {
                let new = sets.root(pair.a) != sets.root(pair.b);
                sets.join(pair.a, pair.b);
                new
            });
        Inside { tree, others }
    }

    fn parts(size: u32, links: &[(u32, u32)]) -> usize {
        let mut sets = Components::in_order(size as usize);
        for &(a, b) in links {
            sets.join(a, b);
        }
        (0..size).filter(|&at| sets.root(at) == at).count()
    }

    proptest! {
        #[test]
        fn bridges_are_the_links_without_which_there_are_more_parts(
            links in prop::collection::btree_set((0u32..9, 0u32..9), 0..16),
        ) {
            let links: Vec<_> = links.into_iter().filter(|(a, b)| a < b).collect();
            let whole = parts(9, &links);
            let is_bridge = |at: &usize| {
                let mut rest = links.clone();
                rest.remove(*at);
                parts(9, &rest) > whole
            };
            let expected = (0..links.len()).filter(is_bridge).count();
            let found = inside(9, &links).bridges(9, MatchWeight(1));
            prop_assert_eq!(found as usize, expected);
        }
    }
}
