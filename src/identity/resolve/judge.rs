//! How wrong the links may be, without labels.

use serde::Serialize;

use crate::{
    Error, Result,
    identity::{Blocking, Edge, MatchWeight, ScoredPairs},
    numeric::map_chunks,
};

/// How many links are right, and how many right ones there are, as far as the model is
/// right: each pair counts by its probability (Enamorado, Fifield and Imai 2019).
///
/// # Example
///
/// See [`LinkQuality`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Expected {
    /// The share of links that are right: 1 less the false discovery rate.
    pub precision: f64,
    /// The share of right links that are found: 1 less the miss rate, pairs that no rule
    /// makes among the missed.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

impl Expected {
    /// From right links found, links found, and all right links.
    pub(super) fn new(right: f64, found: f64, all: f64) -> Self {
        let share = |part: f64, whole: f64| {
            if whole > 0.0 {
                (part / whole).min(1.0)
            } else {
                1.0
            }
        };
        Self {
            precision: share(right, found),
            recall: share(right, all),
            f1: share(2.0 * right, found + all),
        }
    }
}

/// What is expected of the links at or above each weight.
///
/// # Example
///
/// ```
/// use custometry::identity::{BlockingParams, FellegiSunterParams, LinkQuality, MatchWeight, PairKind, Records};
/// use custometry::simulate::PeopleParams;
/// # let people = PeopleParams::default().records(3_000).generate()?;
/// # let records = Records::builder()
/// #     .int_keys(&people.record)
/// #     .given_name(&people.given_name)
/// #     .surname(&people.surname)
/// #     .birth_dates(&people.birth_date)
/// #     .email(&people.email)
/// #     .build()?;
/// let blocking = BlockingParams::suited_to(&records, PairKind::All, 500_000)?.block(&records)?;
/// let model = FellegiSunterParams::default().fit(&blocking)?;
/// let scored = model.scorer(&records)?.score(&blocking, MatchWeight::from_bits(-10.0)?)?;
/// let quality = LinkQuality::new(&blocking, &scored);
///
/// let strict = quality.at(MatchWeight::from_probability(0.99)?);
/// let loose = quality.at(MatchWeight::from_probability(0.01)?);
/// assert!(strict.precision > loose.precision && strict.recall < loose.recall);
/// let best = quality.best_f1();
/// assert!(quality.at(best).f1 >= strict.f1.max(loose.f1));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LinkQuality {
    /// Weights of the edges, falling.
    weights: Vec<MatchWeight>,
    /// The right links among the first edges, from one to all.
    right: Vec<f64>,
    /// All right links: those of the edges, of the pairs below the floor, and those that
    /// no rule makes.
    all: f64,
    missed_by_blocking: f64,
}

/// The least expected F1 for which links below even odds are taken.
const WORTH_A_GUESS: f64 = 0.25;

/// Edges looked at together; a constant.
const CHUNK: usize = 1 << 13;

impl LinkQuality {
    /// What is expected of the edges of a blocking.
    ///
    /// Right links that no rule makes are estimated from how many rules make those that
    /// are found: with f1 made by one rule only and f2 by two, at least f1²/(2 f2) are
    /// made by none (Chao 1987).
    ///
    /// # Example
    ///
    /// See [`LinkQuality`].
    pub fn new(blocking: &Blocking<'_>, scored: &ScoredPairs) -> Self {
        let mut edges: Vec<Edge> = scored.edges().to_vec();
        edges.sort_unstable_by_key(|edge| std::cmp::Reverse(edge.weight));
        let mut sum = 0.0;
        let right = edges.iter().map(|edge| {
            sum += edge.weight.probability();
            sum
        });
        let right: Vec<f64> = right.collect();
        // Pairs below the floor are known by eighths of a bit. Those of the edges are
        // taken out of the buckets they are in.
        let floor = edges.last().map(|edge| edge.weight);
        let below = scored.histogram().map(|(start, pairs)| match floor {
            Some(floor) if start >= floor => 0.0,
            _ => pairs as f64 * start.probability(),
        });
        let below: f64 = below.sum();
        let made = map_chunks(scored.edges().len(), CHUNK, |range| {
            let mut sums = [0.0; 2];
            for edge in &scored.edges()[range] {
                let rules = blocking.rules_that_make(edge.a, edge.b);
                if let Some(sum) = sums.get_mut(rules.wrapping_sub(1)) {
                    *sum += edge.weight.probability();
                }
            }
            sums
        });
        let [one, two] = made
            .into_iter()
            .fold([0.0; 2], |all, part| [all[0] + part[0], all[1] + part[1]]);
        let missed_by_blocking = one * one / (2.0 * two.max(1.0));
        Self {
            all: sum + below + missed_by_blocking,
            weights: edges.iter().map(|edge| edge.weight).collect(),
            right,
            missed_by_blocking,
        }
    }

    /// What is expected of the links at or above a weight.
    ///
    /// # Example
    ///
    /// See [`LinkQuality`].
    pub fn at(&self, threshold: MatchWeight) -> Expected {
        self.of_first(self.weights.partition_point(|weight| *weight >= threshold))
    }

    fn of_first(&self, count: usize) -> Expected {
        let right = count.checked_sub(1).map_or(0.0, |last| self.right[last]);
        Expected::new(right, count as f64, self.all)
    }

    /// The share of right links that some rule makes, as far as the rules tell.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::identity::*;
    /// # let records = Records::builder().int_keys(&[1, 2]).city(&["Ulm", "Ulm"]).build()?;
    /// # let blocking = BlockingParams::new(vec![BlockingRule::on(["city"])]).block(&records)?;
    /// # let city = ComparisonModel::new(Comparison::exact("city"), vec![0.9, 0.1], vec![0.1, 0.9]);
    /// # let scored = FellegiSunter::new(0.1, vec![city])?.scorer(&records)?.score(&blocking, MatchWeight(-1 << 20))?;
    /// let quality = LinkQuality::new(&blocking, &scored);
    /// assert!(quality.blocking_recall() > 0.0 && quality.blocking_recall() <= 1.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn blocking_recall(&self) -> f64 {
        if self.all > 0.0 {
            1.0 - self.missed_by_blocking / self.all
        } else {
            1.0
        }
    }

    /// All right links that are expected, found or not.
    pub(super) fn all(&self) -> f64 {
        self.all
    }

    /// The weight at which the expected F1 is largest: that of the last link that raises
    /// it. Even odds where there are no links, and where even the best expected F1 is
    /// below one quarter: to find what little there may be, most links would be wrong.
    ///
    /// # Example
    ///
    /// See [`LinkQuality`].
    pub fn best_f1(&self) -> MatchWeight {
        let mut best = (0.0, MatchWeight(0));
        for (at, &weight) in self.weights.iter().enumerate() {
            // Equal weights are taken or left together.
            if self.weights.get(at + 1) == Some(&weight) {
                continue;
            }
            let f1 = self.of_first(at + 1).f1;
            if f1 > best.0 {
                best = (f1, weight);
            }
        }
        if best.0 < WORTH_A_GUESS {
            MatchWeight(0)
        } else {
            best.1
        }
    }

    /// The lowest weight at which so small a share of the links is expected to be wrong.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the share is from 0 to 1;
    /// [`Error::Degenerate`] if there is no such weight.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::identity::*;
    /// # let cities = ["Ulm", "Ulm", "Bonn", "Kiel"];
    /// # let records = Records::builder().int_keys(&[1, 2, 3, 4]).city(&cities).build()?;
    /// # let blocking = BlockingParams::new(vec![BlockingRule::on(["city"])]).block(&records)?;
    /// # let city = ComparisonModel::new(Comparison::exact("city"), vec![0.9, 0.1], vec![0.1, 0.9]);
    /// # let scored = FellegiSunter::new(0.5, vec![city])?.scorer(&records)?.score(&blocking, MatchWeight(-1 << 20))?;
    /// let quality = LinkQuality::new(&blocking, &scored);
    /// let safe = quality.false_discovery(0.5)?;
    /// assert!(quality.at(safe).precision >= 0.5);
    /// assert!(quality.false_discovery(1e-9).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn false_discovery(&self, at_most: f64) -> Result<MatchWeight> {
        // Written so that NaN fails as well.
        if !(0.0..=1.0).contains(&at_most) {
            let expected = "a share from 0 to 1";
            return Err(Error::parameter("false discovery rate", at_most, expected));
        }
        let last = |at: usize| self.weights.get(at + 1) != Some(&self.weights[at]);
        let good = |at: usize| 1.0 - self.of_first(at + 1).precision <= at_most;
        let mut falling = (0..self.weights.len()).rev();
        if let Some(at) = falling.find(|&at| last(at) && good(at)) {
            return Ok(self.weights[at]);
        }
        let what = format!(
            "at no weight are so few links as {at_most} expected to be wrong; allow more, or \
             compare more columns"
        );
        Err(Error::Degenerate { what: what.into() })
    }
}

/// Clusters looked at together, and the largest that are looked at from every record;
/// constants.
const CLUSTERS: usize = 1 << 10;
const LARGEST: usize = 128;

/// How many pairs inside of clusters are expected to be right. A pair is as probable as
/// its weight says, or as the two steps by way of a third record of the cluster, if that
/// is more.
pub(super) fn right_inside(cluster: &[u32], sizes: &[u64], inside: &[Edge]) -> f64 {
    let mut by_cluster: Vec<(u32, Edge)> = inside
        .iter()
        .map(|edge| (cluster[edge.a.at()], *edge))
        .collect();
    by_cluster.sort_unstable();
    let runs: Vec<&[(u32, Edge)]> = by_cluster.chunk_by(|one, other| one.0 == other.0).collect();
    let parts = map_chunks(runs.len(), CLUSTERS, |range| {
        let of_run = |run: &&[(u32, Edge)]| {
            let size = usize::try_from(sizes[run[0].0 as usize]).unwrap_or(usize::MAX);
            if size == 2 || size > LARGEST {
                return run.iter().map(|(_, edge)| edge.weight.probability()).sum();
            }
            right_of_cluster(run)
        };
        runs[range].iter().map(of_run).sum::<f64>()
    });
    parts.into_iter().sum()
}

fn right_of_cluster(edges: &[(u32, Edge)]) -> f64 {
    let mut members: Vec<u32> = edges
        .iter()
        .flat_map(|(_, edge)| [edge.a.0, edge.b.0])
        .collect();
    members.sort_unstable();
    members.dedup();
    let n = members.len();
    let place = |record: u32| members.partition_point(|&member| member < record);
    let mut chance = vec![0.0f64; n * n];
    for (_, edge) in edges {
        let (a, b) = (place(edge.a.0), place(edge.b.0));
        let own = edge.weight.probability();
        (chance[a * n + b], chance[b * n + a]) = (own, own);
    }
    let mut right = 0.0;
    for a in 0..n {
        for b in 0..a {
            let steps = (0..n).map(|c| chance[a * n + c] * chance[c * n + b]);
            right += steps.fold(chance[a * n + b], f64::max);
        }
    }
    right
}
