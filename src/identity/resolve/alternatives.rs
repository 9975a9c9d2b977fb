//! What else could be: other ways to put the same records together, each as probable as
//! its doubtful merges.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    Resolution, check_edges,
    components::{Components, count, numbered},
    correlation::{Bounds, Held},
    crosswalk,
    link::Candidates,
    merges::{CERTAIN, DOUBTFUL, Merge, merges_between, merges_inside},
    rules::Rules,
};
use crate::{
    Error, Observer, Result,
    data::{Crosswalk, Estimate},
    identity::{RecordIx, Records, ScoredPairs, Scorer},
    numeric::{Stage, map_chunks, map_chunks_observed, rng::Stream},
};

/// How to draw alternatives to a resolution.
///
/// # Model
///
/// What holds a cluster together is a tree of merges, the surest first; a merge is as
/// probable as the mean weight of the pairs between its two parts says (average linkage);
/// where there are several, those that speak against count half, since the slips of one
/// person come together in one record.
/// Two clusters that were kept apart are one with the probability of the mean weight
/// between them. A draw makes each of these merges, or not, by its probability and
/// independently of the others; what is known to be two people stays two. Of two sources
/// that are linked one to one, a draw gives each record one of its candidates, or none.
///
/// # Limits
///
/// Draws carry the doubt about merges, as far as the model is right. They do not carry
/// the doubt about the model itself, nor pairs that no rule makes. Pairs below the floor
/// of the weighed pairs, or below a probability of 1 in 1,000, are never merged.
///
/// # Example
///
/// ```
/// use custometry::data::{Currency, Transactions, UnknownCustomers, date_of_day};
/// use custometry::identity::*;
/// use custometry::{simulate::PeopleParams, value::SummaryState};
/// # let people = PeopleParams::default().records(3_000).generate()?;
/// # let records = Records::builder()
/// #     .int_keys(&people.record)
/// #     .given_name(&people.given_name)
/// #     .surname(&people.surname)
/// #     .birth_dates(&people.birth_date)
/// #     .build()?;
/// # let blocking = BlockingParams::suited_to(&records, PairKind::All, 500_000)?.block(&records)?;
/// # let model = FellegiSunterParams::default().fit(&blocking)?;
/// # let scorer = model.scorer(&records)?;
/// # let scored = scorer.score(&blocking, MatchWeight::from_bits(-10.0)?)?;
/// let customers = ResolveParams::default().resolve(&scorer, &blocking, &scored)?;
/// let alternatives = AlternativesParams::default().draws(100).draw(&customers, &scorer, &scored)?;
///
/// // How many customers are there?
/// let count = alternatives.customers(0.95)?;
/// assert_eq!(count.value, f64::from(customers.clusters()));
/// assert!(count.lo < count.hi);
///
/// // How many of them bought once?
/// let log = Transactions::builder(Currency::EUR)
///     .int_keys(&people.record)
///     .days((0..3_000).collect())
///     .amounts(vec![500; 3_000])
///     .build()?;
/// let [one_time] = alternatives.estimate(&records, 0.95, |crosswalk| {
///     let (log, _) = log.rekey("", crosswalk, UnknownCustomers::Keep)?;
///     let summary = SummaryState::new(&log)?.summary(date_of_day(3_000).unwrap())?;
///     let once = summary.frequency().iter().filter(|&&again| again == 0).count();
///     Ok([once as f64 / summary.len() as f64])
/// })?;
/// assert!(0.5 < one_time.lo && one_time.lo < one_time.hi && one_time.hi < 1.0);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlternativesParams {
    draws: usize,
    seed: u64,
}

impl Default for AlternativesParams {
    fn default() -> Self {
        Self {
            draws: 200,
            seed: 1,
        }
    }
}

/// A merge that was made, or was not, and could be otherwise.
///
/// # Example
///
/// See [`Alternatives::doubtful`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DoubtfulMerge {
    /// The strongest pair between the two parts: a record of the first.
    pub a: RecordIx,
    /// A record of the second part.
    pub b: RecordIx,
    /// Whether the resolution made it.
    pub made: bool,
    /// The probability that the two parts are one person.
    pub probability: f64,
}

/// Other ways to put the same records together.
///
/// # Example
///
/// See [`AlternativesParams`].
#[derive(Clone, PartialEq)]
pub struct Alternatives {
    draws: usize,
    seed: u64,
    /// The clusters of the resolution.
    resolved: Vec<u32>,
    clusters: u32,
    doubt: Doubt,
}

/// What is certain and what is not.
#[derive(Clone, PartialEq)]
struct Doubt {
    /// The node of each record: records whose merges are certain are one. Nodes are
    /// numbered by their first records.
    node: Vec<u32>,
    nodes: u32,
    law: Law,
    merges: Vec<DoubtfulMerge>,
}

impl fmt::Debug for Alternatives {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alternatives")
            .field("draws", &self.draws)
            .field("records", &self.resolved.len())
            .field("doubtful", &self.doubt.merges.len())
            .finish_non_exhaustive()
    }
}

/// What is drawn.
#[derive(Clone, PartialEq)]
enum Law {
    Merges(Merges),
    Links(Candidates),
}

/// Merges of nodes, each with a probability of its own.
#[derive(Clone, PartialEq)]
struct Merges {
    /// The nodes that have any, in order. Odds and bounds are by place in here.
    active: Vec<u32>,
    /// Two nodes and a probability, the surest first.
    odds: Vec<(u32, u32, f64)>,
    bounds: Bounds,
}

/// What the random streams of one seed are for.
const DRAW: u32 = 0x416c_7400;

/// Sets looked at together; a constant.
const CHUNK: usize = 256;

impl AlternativesParams {
    /// How many draws; 200 by default.
    ///
    /// # Example
    ///
    /// See [`AlternativesParams`].
    pub fn draws(mut self, draws: usize) -> Self {
        self.draws = draws;
        self
    }

    /// The seed of the draws; 1 by default.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::AlternativesParams;
    /// assert_ne!(AlternativesParams::default().seed(2), AlternativesParams::default());
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Finds the doubtful merges of a resolution.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for fewer than two draws, and unless scorer and pairs
    /// are those of the records that were resolved.
    ///
    /// # Example
    ///
    /// See [`AlternativesParams`].
    pub fn draw(
        &self,
        resolution: &Resolution,
        scorer: &Scorer<'_>,
        scored: &ScoredPairs,
    ) -> Result<Alternatives> {
        if self.draws < 2 {
            let expected = "at least 2, and 200 or more for intervals";
            return Err(Error::parameter("draws", self.draws, expected));
        }
        let records = scorer.records();
        let rules = resolution.rules(records)?;
        check_edges(records, scored)?;
        let doubt = match resolution.partner_share {
            Some(share) => Doubt::of_links(resolution, records, scored, share),
            None => Doubt::of_merges(resolution, scorer, &rules, scored)?,
        };
        Ok(Alternatives {
            draws: self.draws,
            seed: self.seed,
            resolved: resolution.cluster.clone(),
            clusters: resolution.clusters,
            doubt,
        })
    }
}

impl Doubt {
    fn of_links(
        resolution: &Resolution,
        records: &Records,
        scored: &ScoredPairs,
        share: f64,
    ) -> Self {
        let candidates = Candidates::new(scored.edges(), records.len(), share);
        let merge = |(a, b, probability): (u32, u32, f64)| DoubtfulMerge {
            a: RecordIx(a),
            b: RecordIx(b),
            made: resolution.cluster[a as usize] == resolution.cluster[b as usize],
            probability,
        };
        let in_doubt = DOUBTFUL.probability()..CERTAIN.probability();
        let merges = candidates.probabilities().map(merge);
        let mut merges: Vec<DoubtfulMerge> = merges
            .filter(|merge| in_doubt.contains(&merge.probability))
            .collect();
        // The sort is stable: of equals the stronger pair first.
        merges.sort_by(|one, other| other.probability.total_cmp(&one.probability));
        Self {
            node: records.rank().to_vec(),
            nodes: count(records.len()),
            law: Law::Links(candidates),
            merges,
        }
    }

    fn of_merges(
        resolution: &Resolution,
        scorer: &Scorer<'_>,
        rules: &Rules<'_>,
        scored: &ScoredPairs,
    ) -> Result<Self> {
        let rank = scorer.records().rank();
        let sets = resolution.sets(rank, scored.edges());
        let inside = map_chunks(sets.len(), CHUNK, |range| {
            let merged = range.map(|at| merges_inside(scorer, rules, sets.get(at)));
            Ok(merged.collect::<Result<Vec<_>>>()?.concat())
        });
        let inside = inside.into_iter().collect::<Result<Vec<_>>>()?.concat();
        let between = merges_between(resolution, scorer, rules, scored)?;
        let (certain, open): (Vec<Merge>, Vec<Merge>) = inside
            .into_iter()
            .partition(|merge| merge.weight >= CERTAIN.bits());
        let (node, sizes) = numbered(rank, certain.iter().map(|merge| (merge.a, merge.b)));
        let ends = |merge: &Merge| {
            let (a, b) = (node[merge.a as usize], node[merge.b as usize]);
            (a.min(b), a.max(b))
        };
        let mut open: Vec<Merge> = open.into_iter().chain(between).collect();
        open.sort_by(|one, other| {
            let falling = other.weight.total_cmp(&one.weight);
            falling.then_with(|| ends(one).cmp(&ends(other)))
        });
        let free = open.iter().filter(|merge| !merge.blocked);
        let merges = free.map(|merge| DoubtfulMerge {
            a: RecordIx(merge.a),
            b: RecordIx(merge.b),
            made: merge.made,
            probability: probability(merge.weight),
        });
        Ok(Self {
            merges: merges.collect(),
            law: Law::Merges(Merges::new(rules, &node, &open, ends)),
            nodes: count(sizes.len()),
            node,
        })
    }
}

impl Merges {
    fn new(
        rules: &Rules<'_>,
        node: &[u32],
        open: &[Merge],
        ends: impl Fn(&Merge) -> (u32, u32),
    ) -> Self {
        let both = |merge: &Merge| {
            let (a, b) = ends(merge);
            [a, b]
        };
        let mut active: Vec<u32> = open.iter().flat_map(both).collect();
        active.sort_unstable();
        active.dedup();
        let place = |node: u32| active.binary_search(&node).ok().map(count);
        let merge = |merge: &Merge| {
            let (a, b) = ends(merge);
            Some((place(a)?, place(b)?, probability(merge.weight)))
        };
        let odds = open.iter().filter_map(merge).collect();
        let mut bounds = Bounds::default();
        if !rules.free() {
            let own = (0u32..)
                .zip(node)
                .filter_map(|(record, &node)| Some((record, place(node)?)));
            let (members, of): (Vec<u32>, Vec<u32>) = own.unzip();
            bounds = rules.bounds(&members, &of, active.len());
        }
        Self {
            active,
            odds,
            bounds,
        }
    }

    /// The nodes that are put together in a draw: each pair is one merge.
    fn draw(&self, random: &mut Stream) -> Vec<(u32, u32)> {
        let mut sets = Components::in_order(self.active.len());
        let mut held = Held::new(&self.bounds);
        let mut apart = self.bounds.apart.clone();
        let mut joined = Vec::new();
        for &(a, b, probability) in &self.odds {
            if random.uniform() >= probability {
                continue;
            }
            let (a, b) = (sets.root(a), sets.root(b));
            if a == b || !held.fits(a, &held, b) {
                continue;
            }
            if !apart.is_empty() {
                let (less, more) = if apart[a as usize].len() < apart[b as usize].len() {
                    (a, b)
                } else {
                    (b, a)
                };
                let few = std::mem::take(&mut apart[less as usize]);
                let kept_apart = few.iter().any(|&other| sets.root(other) == more);
                if kept_apart {
                    apart[less as usize] = few;
                    continue;
                }
                let mut all = std::mem::take(&mut apart[more as usize]);
                all.extend(few);
                apart[a.min(b) as usize] = all;
            }
            sets.join(a, b);
            held.join(a.min(b), a.max(b));
            joined.push((self.active[a as usize], self.active[b as usize]));
        }
        joined
    }
}

fn probability(bits: f64) -> f64 {
    1.0 / (1.0 + (-bits).exp2())
}

impl Alternatives {
    /// The merges that are in doubt, from the surest to the least sure: what to look at
    /// by eye, those around even odds first. Merges that something known rules out are not
    /// among them.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::identity::*;
    /// # let records = Records::builder().int_keys(&[1, 2, 3]).city(&["Ulm", "Ulm", "Bonn"]).build()?;
    /// # let city = ComparisonModel::new(Comparison::exact("city"), vec![0.9, 0.1], vec![0.2, 0.8]);
    /// # let blocking = BlockingParams::new(vec![BlockingRule::on(["city"])]).block(&records)?;
    /// # let model = FellegiSunter::new(0.5, vec![city])?;
    /// # let scorer = model.scorer(&records)?;
    /// # let scored = scorer.score(&blocking, MatchWeight::from_bits(-20.0)?)?;
    /// let customers = ResolveParams::default().resolve(&scorer, &blocking, &scored)?;
    /// let alternatives = AlternativesParams::default().draw(&customers, &scorer, &scored)?;
    /// let [one] = alternatives.doubtful() else { panic!() };
    /// assert_eq!((one.a, one.b, one.made), (RecordIx(0), RecordIx(1), true));
    /// assert_eq!(one.probability, scored.edges()[0].weight.probability());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn doubtful(&self) -> &[DoubtfulMerge] {
        &self.doubt.merges
    }

    /// How many draws there are.
    ///
    /// # Example
    ///
    /// See [`cluster`](Self::cluster).
    pub fn draws(&self) -> usize {
        self.draws
    }

    /// The cluster of each record in a draw, from 0; clusters are numbered as those of
    /// [`Resolution::cluster`]. `None` beyond the last draw.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::identity::*;
    /// # let records = Records::builder().int_keys(&[1, 2, 3]).city(&["Ulm", "Ulm", "Bonn"]).build()?;
    /// # let city = ComparisonModel::new(Comparison::exact("city"), vec![0.9, 0.1], vec![0.2, 0.8]);
    /// # let blocking = BlockingParams::new(vec![BlockingRule::on(["city"])]).block(&records)?;
    /// # let model = FellegiSunter::new(0.5, vec![city])?;
    /// # let scorer = model.scorer(&records)?;
    /// # let scored = scorer.score(&blocking, MatchWeight::from_bits(-20.0)?)?;
    /// # let customers = ResolveParams::default().resolve(&scorer, &blocking, &scored)?;
    /// let alternatives = AlternativesParams::default().draw(&customers, &scorer, &scored)?;
    /// let (together, apart) = (vec![0, 0, 1], vec![0, 1, 2]);
    /// for draw in 0..alternatives.draws() {
    ///     let cluster = alternatives.cluster(draw).unwrap();
    ///     assert!(cluster == together || cluster == apart);
    /// }
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn cluster(&self, draw: usize) -> Option<Vec<u32>> {
        if draw >= self.draws {
            return None;
        }
        let order: Vec<u32> = (0..self.doubt.nodes).collect();
        let (of_node, _) = numbered(&order, self.joined(draw));
        Some(
            self.doubt
                .node
                .iter()
                .map(|&node| of_node[node as usize])
                .collect(),
        )
    }

    /// The pairs of nodes that a draw puts together: each is one customer fewer.
    fn joined(&self, draw: usize) -> Vec<(u32, u32)> {
        let mut random = Stream::new(self.seed, DRAW, draw as u64);
        match &self.doubt.law {
            Law::Merges(merges) => merges.draw(&mut random),
            Law::Links(candidates) => {
                let links = candidates.draw(&mut random);
                let node = |record: u32| self.doubt.node[record as usize];
                links.into_iter().map(|(a, b)| (node(a), node(b))).collect()
            }
        }
    }

    /// How many customers the records are of: the number of clusters of the resolution,
    /// and the interval of the draws, widened to hold it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the level is between 0 and 1.
    ///
    /// # Example
    ///
    /// See [`AlternativesParams`].
    pub fn customers(&self, level: f64) -> Result<Estimate> {
        let counts = map_chunks(self.draws, 1, |range| {
            f64::from(self.doubt.nodes) - self.joined(range.start).len() as f64
        });
        interval(f64::from(self.clusters), counts, level)
    }

    /// What follows from who is who: each statistic for the resolution, and its interval
    /// over the draws, widened to hold it. The statistics are given the crosswalk of each.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a level that is not between 0 and 1, records that
    /// are not those that were resolved, and a statistic that is not finite; what the
    /// statistics themselves return.
    ///
    /// # Example
    ///
    /// See [`AlternativesParams`].
    pub fn estimate<const N: usize>(
        &self,
        records: &Records,
        level: f64,
        statistics: impl Fn(&Crosswalk) -> Result<[f64; N]> + Sync,
    ) -> Result<[Estimate; N]> {
        self.estimate_observed(records, level, statistics, &mut ())
    }

    /// As [`estimate`](Self::estimate), watched by an observer.
    ///
    /// # Errors
    ///
    /// As [`estimate`](Self::estimate), and [`Error::Cancelled`].
    ///
    /// # Example
    ///
    /// See [`Observer`].
    pub fn estimate_observed<const N: usize>(
        &self,
        records: &Records,
        level: f64,
        statistics: impl Fn(&Crosswalk) -> Result<[f64; N]> + Sync,
        observer: &mut dyn Observer,
    ) -> Result<[Estimate; N]> {
        if records.len() != self.resolved.len() {
            let expected = format!("the {} that were resolved", self.resolved.len());
            return Err(Error::parameter(
                "number of records",
                records.len(),
                expected,
            ));
        }
        let own = statistics(&crosswalk(records, &self.resolved)?)?;
        let stage = Stage {
            name: "drawing alternatives",
            total: self.draws,
        };
        let drawn = map_chunks_observed(0..self.draws, 1, stage, observer, |range| {
            let cluster = self.cluster(range.start).unwrap_or_default();
            statistics(&crosswalk(records, &cluster)?)
        })?;
        let mut estimates = Vec::with_capacity(N);
        for (at, &value) in own.iter().enumerate() {
            let drawn = drawn.iter().map(|statistics| statistics[at]).collect();
            estimates.push(interval(value, drawn, level)?);
        }
        estimates
            .try_into()
            .map_err(|_| Error::parameter("statistics", N, "as many as there are"))
    }
}

/// The parts of [`Alternatives::estimate`] for hosts, who work out the statistics of each draw
/// themselves.
#[cfg(any(feature = "ffi", feature = "python"))]
impl Alternatives {
    /// The crosswalk of a draw, or that of the resolution.
    pub(crate) fn crosswalk(&self, records: &Records, draw: Option<usize>) -> Result<Crosswalk> {
        Error::check_length("records", self.resolved.len(), records.len())?;
        match draw {
            None => crosswalk(records, &self.resolved),
            Some(draw) => {
                let beyond = || Error::parameter("draw", draw, format!("below {}", self.draws));
                crosswalk(records, &self.cluster(draw).ok_or_else(beyond)?)
            }
        }
    }

    /// The statistic of the resolution with the interval of those of the draws.
    pub(crate) fn interval(&self, value: f64, drawn: &[f64], level: f64) -> Result<Estimate> {
        Error::check_length("drawn", self.draws, drawn.len())?;
        interval(value, drawn.to_vec(), level)
    }
}

/// A value and its draws. The resolution is one of the alternatives, and so its value is
/// within.
fn interval(value: f64, mut drawn: Vec<f64>, level: f64) -> Result<Estimate> {
    let mut estimate = Estimate::of_draws(value, &mut drawn, level)?;
    estimate.lo = estimate.lo.min(value);
    estimate.hi = estimate.hi.max(value);
    Ok(estimate)
}
