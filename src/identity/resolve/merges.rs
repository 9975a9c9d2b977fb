//! Merges that make clusters, and merges that could.

use std::cmp::Reverse;

use super::{
    Resolution,
    cluster::{ALL_PAIRS, weigh_missing},
    components::{Component, Components},
    diagnosis::{Inside, Known},
    rules::Rules,
};
use crate::{
    Result,
    identity::{Edge, MatchWeight, RecordIx, ScoredPairs, Scorer},
    numeric::map_chunks,
};

/// Merges above are certain, and those below are not made.
pub(super) const CERTAIN: MatchWeight = MatchWeight(20 << 16);
pub(super) const DOUBTFUL: MatchWeight = MatchWeight(-(10 << 16));

/// Pairs of clusters looked at together; a constant.
const CHUNK: usize = 256;

/// A merge by two records and the mean weight between their parts.
#[derive(Clone, Copy)]
pub(super) struct Merge {
    /// The strongest pair between them.
    pub(super) a: u32,
    pub(super) b: u32,
    /// In bits.
    pub(super) weight: f64,
    /// Whether the resolution made it.
    pub(super) made: bool,
    /// Whether it cannot be made unless other records of the two parts leave.
    pub(super) blocked: bool,
}

/// What a weight counts, in parts of a bit: half if it speaks against, as it does where
/// clusters are made.
fn counted(weight: MatchWeight) -> i64 {
    let weight = i64::from(weight.0);
    if weight < 0 { weight / 2 } else { weight }
}

/// What the pairs between two parts say, in bits: the mean of what they count. A single
/// pair is as probable as its weight.
fn together(mut weights: impl ExactSizeIterator<Item = MatchWeight>) -> f64 {
    match (weights.len(), weights.next()) {
        (1, Some(weight)) => weight.bits(),
        (pairs, first) => {
            let sum: i64 = first.into_iter().chain(weights).map(counted).sum();
            bits(sum, pairs)
        }
    }
}

/// The mean in bits of what so many weights count together.
fn bits(sum: i64, pairs: usize) -> f64 {
    sum as f64 / (pairs as f64 * f64::from(1u32 << 16))
}

/// The merges that make a cluster, from the surest to the least sure.
pub(super) fn merges_inside(
    scorer: &Scorer<'_>,
    rules: &Rules<'_>,
    set: Component<'_>,
) -> Result<Vec<Merge>> {
    let merge = |a: u32, b: u32, weight: f64| Merge {
        a: set.members[a as usize],
        b: set.members[b as usize],
        weight,
        made: true,
        blocked: false,
    };
    if set.members.len() > ALL_PAIRS || set.members.len() == 2 {
        let inside = Inside::new(scorer, rules, set)?;
        let of_pair = |pair: &Known| {
            let weight = if pair.required {
                f64::INFINITY
            } else {
                MatchWeight(pair.weight).bits()
            };
            merge(pair.a, pair.b, weight)
        };
        return Ok(inside.tree.iter().map(of_pair).collect());
    }
    let mut pairs = set.links.to_vec();
    pairs.extend(weigh_missing(scorer, set)?);
    let record = |place: u32| set.members[place as usize];
    let required = |a: u32, b: u32| rules.requires(record(a), record(b));
    let tree = average_linkage(set.members.len(), &pairs, required);
    Ok(tree
        .into_iter()
        .map(|(a, b, weight)| merge(a, b, weight))
        .collect())
}

/// Merges of the two parts with the largest mean weight between them, until there is one:
/// the strongest pair between the parts and the mean in bits. What is required comes
/// first. Of equal ones the first by place.
fn average_linkage(
    size: usize,
    pairs: &[(u32, u32, i32)],
    required: impl Fn(u32, u32) -> bool,
) -> Vec<(u32, u32, f64)> {
    /// Between two parts.
    #[derive(Clone, Copy)]
    struct Between {
        sum: i64,
        pairs: usize,
        strongest: (i32, u32, u32),
        required: bool,
    }
    let mut between: Vec<Option<Between>> = vec![None; size * size];
    for &(a, b, weight) in pairs {
        let required = required(a, b);
        let of_pair = Between {
            sum: counted(MatchWeight(weight)),
            pairs: 1,
            strongest: (weight, a, b),
            required,
        };
        between[a as usize * size + b as usize] = Some(of_pair);
        between[b as usize * size + a as usize] = Some(of_pair);
    }
    let mean = |of: &Between| match of.pairs {
        1 => MatchWeight(of.strongest.0).bits(),
        pairs => bits(of.sum, pairs),
    };
    let mut parts: Vec<usize> = (0..size).collect();
    let mut merges = Vec::with_capacity(size.saturating_sub(1));
    while parts.len() > 1 {
        let mut best: Option<((bool, f64), usize, usize)> = None;
        for (at, &b) in parts.iter().enumerate() {
            for &a in &parts[..at] {
                let Some(of) = &between[a * size + b] else {
                    continue;
                };
                let key = (of.required, mean(of));
                if best.is_none_or(|(most, _, _)| key > most) {
                    best = Some((key, a, b));
                }
            }
        }
        let Some(((required, mean), a, b)) = best else {
            break;
        };
        let Some(Between { strongest, .. }) = between[a * size + b] else {
            break;
        };
        let weight = if required { f64::INFINITY } else { mean };
        merges.push((strongest.1, strongest.2, weight));
        parts.retain(|&part| part != b);
        for &other in &parts {
            if other == a {
                continue;
            }
            let joined = match (between[a * size + other], between[b * size + other]) {
                (Some(one), Some(two)) => Some(Between {
                    sum: one.sum + two.sum,
                    pairs: one.pairs + two.pairs,
                    strongest: if two.strongest.0 > one.strongest.0 {
                        two.strongest
                    } else {
                        one.strongest
                    },
                    required: one.required || two.required,
                }),
                (one, two) => one.or(two),
            };
            between[a * size + other] = joined;
            between[other * size + a] = joined;
        }
    }
    merges
}

/// Merges of clusters that were kept apart: a forest of the most probable ones. Where some
/// pairs of two clusters must not be one person, the others say how probable it is that
/// their records are, once those are elsewhere.
pub(super) fn merges_between(
    resolution: &Resolution,
    scorer: &Scorer<'_>,
    rules: &Rules<'_>,
    scored: &ScoredPairs,
) -> Result<Vec<Merge>> {
    let cluster = &resolution.cluster;
    let rank = scorer.records().rank();
    let mut across: Vec<((u32, u32), Edge)> = Vec::new();
    let doubtful = scored.edges().iter().filter(|edge| edge.weight >= DOUBTFUL);
    for edge in doubtful.filter(|edge| !rules.forbids(edge.a.0, edge.b.0)) {
        let (one, other) = (cluster[edge.a.at()], cluster[edge.b.at()]);
        if one != other {
            across.push(((one.min(other), one.max(other)), *edge));
        }
    }
    across.sort_unstable_by_key(|(pair, edge)| {
        let (a, b) = (rank[edge.a.at()], rank[edge.b.at()]);
        (*pair, Reverse(edge.weight), a.min(b), a.max(b))
    });
    let members = Members::new(cluster, resolution.clusters);
    let runs: Vec<&[((u32, u32), Edge)]> = across.chunk_by(|one, other| one.0 == other.0).collect();
    let made = map_chunks(runs.len(), CHUNK, |range| {
        let merge = |run: &&[((u32, u32), Edge)]| {
            let ((one, other), strongest) = run[0];
            let (of_one, of_other) = (members.of(one), members.of(other));
            let (weight, blocked) = weight_between(scorer, rules, of_one, of_other, run)?;
            let merge = Merge {
                a: strongest.a.0,
                b: strongest.b.0,
                weight,
                made: false,
                blocked,
            };
            Ok((one, other, merge))
        };
        runs[range].iter().map(merge).collect::<Result<Vec<_>>>()
    });
    let mut merges = made.into_iter().collect::<Result<Vec<_>>>()?.concat();
    merges.retain(|(_, _, merge)| merge.weight >= DOUBTFUL.bits());
    // The sort is stable: of equals the first clusters.
    merges.sort_by(|one, other| other.2.weight.total_cmp(&one.2.weight));
    let mut sets = Components::in_order(resolution.clusters as usize);
    merges.retain(|&(one, other, _)| {
        let new = sets.root(one) != sets.root(other);
        sets.join(one, other);
        new
    });
    Ok(merges.into_iter().map(|(_, _, merge)| merge).collect())
}

/// The mean weight in bits between two clusters over the pairs that may be one person, and
/// whether any may not. Of large clusters only the given pairs are looked at.
fn weight_between(
    scorer: &Scorer<'_>,
    rules: &Rules<'_>,
    one: &[u32],
    other: &[u32],
    known: &[((u32, u32), Edge)],
) -> Result<(f64, bool)> {
    const MOST: usize = 1 << 10;
    let all = one.len() * other.len();
    if all == known.len() || all > MOST {
        let weights = known.iter().map(|(_, edge)| edge.weight);
        return Ok((together(weights), false));
    }
    let pairs = one.iter().flat_map(|&a| other.iter().map(move |&b| (a, b)));
    let allowed = pairs.filter(|&(a, b)| !rules.forbids(a, b));
    let allowed: Vec<_> = allowed.map(|(a, b)| (RecordIx(a), RecordIx(b))).collect();
    let weights = scorer.score_pairs(&allowed)?;
    Ok((together(weights.into_iter()), allowed.len() < all))
}

/// The records of each cluster.
struct Members {
    starts: Vec<usize>,
    records: Vec<u32>,
}

impl Members {
    fn new(cluster: &[u32], clusters: u32) -> Self {
        let mut starts = vec![0usize; clusters as usize + 1];
        for &of in cluster {
            starts[of as usize + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut records = vec![0u32; cluster.len()];
        for (record, &of) in (0u32..).zip(cluster) {
            records[next[of as usize]] = record;
            next[of as usize] += 1;
        }
        Self { starts, records }
    }

    fn of(&self, cluster: u32) -> &[u32] {
        &self.records[self.starts[cluster as usize]..self.starts[cluster as usize + 1]]
    }
}
