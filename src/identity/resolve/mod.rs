//! From weighed pairs to customers.

mod components;
mod correlation;
mod judge;
mod link;
mod metrics;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

pub use self::judge::{Expected, LinkQuality};
pub use self::metrics::{Agreement, b_cubed, blocking_recall, pairwise, pairwise_of_links};
use self::{
    components::{Component, components},
    correlation::{Evidence, NEVER},
    judge::right_inside,
    link::one_to_one,
};
use super::{
    Blocking, Edge, MatchWeight, PairKind, RecordIx, Records, ScoredPairs, Scorer, records::MISSING,
};
use crate::{Error, Result, data::Crosswalk, numeric::map_chunks};

/// Where a pair is taken for one person.
///
/// # Example
///
/// ```
/// use custometry::identity::{ResolveParams, Threshold};
/// let careful = ResolveParams::default().threshold(Threshold::FalseDiscovery(0.01));
/// assert_ne!(careful, ResolveParams::default());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Threshold {
    /// Where the expected F1 is largest.
    #[default]
    BestF1,
    /// The lowest weight at which so small a share of links is expected to be wrong.
    FalseDiscovery(f64),
    /// A weight.
    Weight(MatchWeight),
}

/// How pairs become clusters.
///
/// # Example
///
/// See [`ResolveParams::clustering`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Clustering {
    /// The clusters for which the evidence of all pairs inside, for and against, is
    /// largest: chains are cut where they are weakest, and twins stay two.
    #[default]
    Correlation,
    /// Two records are joined if each is the best partner of the other.
    BestLink,
    /// Records that hang together by any chain of links are one.
    Connected,
}

/// How to resolve records.
///
/// # Example
///
/// ```
/// use custometry::identity::{BlockingParams, FellegiSunterParams, MatchWeight, PairKind, Records, ResolveParams};
/// use custometry::simulate::PeopleParams;
/// let people = PeopleParams::default().records(5_000).generate()?;
/// let records = Records::builder()
///     .int_keys(&people.record)
///     .given_name(&people.given_name)
///     .surname(&people.surname)
///     .birth_dates(&people.birth_date)
///     .postcode(&people.postcode)
///     .email(&people.email)
///     .phone(&people.phone)
///     .build()?;
/// let blocking = BlockingParams::suited_to(&records, PairKind::All, 1_000_000)?.block(&records)?;
/// let model = FellegiSunterParams::default().fit(&blocking)?;
/// let scorer = model.scorer(&records)?;
/// let scored = scorer.score(&blocking, MatchWeight::from_bits(-10.0)?)?;
/// let customers = ResolveParams::default().resolve(&scorer, &blocking, &scored)?;
///
/// let true_customers = people.person.iter().max().unwrap() + 1;
/// let wrong = f64::from(customers.clusters().abs_diff(true_customers));
/// assert!(wrong / f64::from(true_customers) < 0.01);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ResolveParams {
    threshold: Threshold,
    clustering: Clustering,
    must_link: Vec<(RecordIx, RecordIx)>,
    cannot_link: Vec<(RecordIx, RecordIx)>,
    exclusive: Vec<String>,
}

/// Who is who: a cluster for each record.
///
/// # Example
///
/// See [`ResolveParams`].
#[derive(Clone, PartialEq)]
pub struct Resolution {
    /// The cluster of each record; clusters are numbered by their first records in the
    /// order of sources and keys.
    cluster: Vec<u32>,
    clusters: u32,
    threshold: MatchWeight,
    expected: Expected,
    links: Vec<(RecordIx, RecordIx)>,
}

impl fmt::Debug for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolution")
            .field("records", &self.cluster.len())
            .field("clusters", &self.clusters)
            .field("threshold", &self.threshold)
            .finish_non_exhaustive()
    }
}

/// Sets of so many records have all their pairs weighed; of larger ones those of records
/// with a common neighbour, of so many neighbours each, and about so many in all.
const ALL_PAIRS: usize = 128;
const NEIGHBOURS: usize = 24;
const MOST_PAIRS: usize = 2_000_000;

impl ResolveParams {
    /// Where a pair is taken for one person.
    ///
    /// # Example
    ///
    /// See [`Threshold`].
    pub fn threshold(mut self, threshold: Threshold) -> Self {
        self.threshold = threshold;
        self
    }

    /// How pairs become clusters.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{Clustering, ResolveParams};
    /// let plain = ResolveParams::default().clustering(Clustering::Connected);
    /// assert_ne!(plain, ResolveParams::default());
    /// ```
    pub fn clustering(mut self, clustering: Clustering) -> Self {
        self.clustering = clustering;
        self
    }

    /// Pairs that somebody knows to be one person.
    ///
    /// # Example
    ///
    /// See [`cannot_link`](Self::cannot_link).
    pub fn must_link(mut self, pairs: &[(RecordIx, RecordIx)]) -> Self {
        self.must_link.extend_from_slice(pairs);
        self
    }

    /// Pairs that somebody knows to be two people.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{RecordIx, ResolveParams};
    /// let known = ResolveParams::default()
    ///     .must_link(&[(RecordIx(0), RecordIx(1))])
    ///     .cannot_link(&[(RecordIx(0), RecordIx(2))]);
    /// assert_ne!(known, ResolveParams::default());
    /// ```
    pub fn cannot_link(mut self, pairs: &[(RecordIx, RecordIx)]) -> Self {
        self.cannot_link.extend_from_slice(pairs);
        self
    }

    /// A column of which one person has one value only, such as a number of a passport:
    /// two records with two values are never one person.
    ///
    /// Of more than 128 records that hang together by links, only those that a rule pairs
    /// are held to it; others may still meet by way of third records.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::ResolveParams;
    /// assert_ne!(ResolveParams::default().exclusive("passport"), ResolveParams::default());
    /// ```
    pub fn exclusive(mut self, column: &str) -> Self {
        self.exclusive.push(column.to_owned());
        self
    }

    /// Resolves the records of a scorer by weighed pairs. Under
    /// [`PairKind::AcrossSources`] no source has a person twice; with two sources each
    /// record has at most one partner.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for pairs or a blocking of other records, an exclusive
    /// column that does not exist, and a threshold that cannot be;
    /// [`Error::InvalidValue`] for a known pair that names a record that does not exist;
    /// [`Error::Degenerate`] if records must be one person and must not.
    ///
    /// # Example
    ///
    /// See [`ResolveParams`].
    pub fn resolve(
        &self,
        scorer: &Scorer<'_>,
        blocking: &Blocking<'_>,
        scored: &ScoredPairs,
    ) -> Result<Resolution> {
        let records = scorer.records();
        if !std::ptr::eq(blocking.records(), records) {
            let expected = "the blocking of the records that the scorer is bound to";
            return Err(Error::parameter("blocking", "of other records", expected));
        }
        let count = records.len();
        let inside = |edge: &Edge| edge.a.at().max(edge.b.at()) < count;
        if !scored.edges().iter().all(inside) {
            let expected = "pairs of the records that the scorer is bound to";
            return Err(Error::parameter(
                "weighed pairs",
                "of other records",
                expected,
            ));
        }
        let rules = Rules::new(self, records, blocking.kind())?;
        rules.check()?;
        let quality = LinkQuality::new(blocking, scored);
        let threshold = match self.threshold {
            Threshold::BestF1 => quality.best_f1(),
            Threshold::FalseDiscovery(share) => quality.false_discovery(share)?,
            Threshold::Weight(weight) => weight,
        };
        let work = Work {
            scorer,
            rules: &rules,
            threshold,
            clustering: self.clustering,
        };
        let links_only = blocking.kind() == PairKind::AcrossSources && records.sources().len() == 2;
        let joined = if links_only && rules.none() && self.threshold == Threshold::BestF1 {
            let smaller = smaller_source(records) as f64;
            let share = (quality.all() / smaller).min(0.999);
            let links = one_to_one(scored.edges(), count, share);
            links.iter().map(|link| (link.a.0, link.b.0)).collect()
        } else {
            work.clusters(scored.edges())?
        };
        Ok(work.resolution(joined, scored.edges(), &quality))
    }
}

fn smaller_source(records: &Records) -> usize {
    let mut sizes = vec![0usize; records.sources().len()];
    for &source in records.source() {
        sizes[usize::from(source)] += 1;
    }
    sizes.into_iter().min().unwrap_or(0)
}

/// What is known of pairs besides their weights.
struct Rules<'r> {
    records: &'r Records,
    must: Vec<(u32, u32)>,
    /// The smaller number first, in order.
    cannot: Vec<(u32, u32)>,
    /// The columns of which one person has one value.
    exclusive: Vec<usize>,
    /// Whether no source has a person twice.
    unique_in_source: bool,
}

impl<'r> Rules<'r> {
    fn new(params: &ResolveParams, records: &'r Records, kind: PairKind) -> Result<Self> {
        let numbers = |pairs: &[(RecordIx, RecordIx)], name: &str| -> Result<Vec<(u32, u32)>> {
            let number = |(row, &(a, b)): (usize, &(RecordIx, RecordIx))| {
                if a.at().max(b.at()) < records.len() && a != b {
                    return Ok((a.0.min(b.0), a.0.max(b.0)));
                }
                let reason = format!("records {} and {} of {}", a.0, b.0, records.len());
                Err(Error::value(name, row, reason))
            };
            pairs.iter().enumerate().map(number).collect()
        };
        let mut cannot = numbers(&params.cannot_link, "cannot-link pair")?;
        cannot.sort_unstable();
        let exclusive = params.exclusive.iter().map(|name| records.column(name));
        Ok(Self {
            records,
            must: numbers(&params.must_link, "must-link pair")?,
            cannot,
            exclusive: exclusive.collect::<Result<_>>()?,
            unique_in_source: kind == PairKind::AcrossSources,
        })
    }

    fn none(&self) -> bool {
        self.must.is_empty() && self.cannot.is_empty() && self.exclusive.is_empty()
    }

    /// Whether what must be one person may be, by all that is known.
    fn check(&self) -> Result<()> {
        let mut sets = components::Components::new(self.records.rank());
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
                let codes = &self.records.columns()[column].codes;
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

    /// Whether two records are known to be two people.
    fn forbids(&self, a: u32, b: u32) -> bool {
        let source = self.records.source();
        let (one, other) = (a as usize, b as usize);
        if self.unique_in_source && source[one] == source[other] {
            return true;
        }
        let two_values = |&column: &usize| {
            let codes = &self.records.columns()[column].codes;
            let (one, other) = (codes[one], codes[other]);
            one != other && one != MISSING && other != MISSING
        };
        self.exclusive.iter().any(two_values)
            || self.cannot.binary_search(&(a.min(b), a.max(b))).is_ok()
    }
}

/// What clusters are made by.
struct Work<'w> {
    scorer: &'w Scorer<'w>,
    rules: &'w Rules<'w>,
    threshold: MatchWeight,
    clustering: Clustering,
}

/// Sets refined together; a constant.
const CHUNK: usize = 64;

impl Work<'_> {
    fn rank(&self) -> &[u32] {
        self.rules.records.rank()
    }

    /// The pairs of records that are put together: enough to connect each cluster.
    fn clusters(&self, edges: &[Edge]) -> Result<Vec<(u32, u32)>> {
        let good =
            |edge: &&Edge| edge.weight >= self.threshold && !self.rules.forbids(edge.a.0, edge.b.0);
        let linked = edges.iter().filter(good).map(|edge| (edge.a.0, edge.b.0));
        let linked: Vec<(u32, u32)> = match self.clustering {
            Clustering::BestLink => best_links(edges.iter().filter(good), self.rules.records.len()),
            _ => linked.collect(),
        };
        let together = linked.into_iter().chain(self.rules.must.iter().copied());
        let sets = components(self.rank(), together, edges);
        if self.clustering != Clustering::Correlation && self.rules.none() {
            return Ok(sets.iter().flat_map(chain).collect());
        }
        let made = map_chunks(sets.len(), CHUNK, |range| {
            let refined = sets[range].iter().map(|set| self.refine(set));
            refined.collect::<Result<Vec<_>>>()
        });
        let mut joined = Vec::new();
        for made in made {
            joined.extend(made?.into_iter().flatten());
        }
        Ok(joined)
    }

    /// What a weight says of two records of a set. Evidence against counts half: the slips
    /// of one person come together, in one record, and comparisons that are taken to be
    /// independent count them twice.
    fn evidence(&self, weight: i32) -> i64 {
        let evidence = i64::from(weight) - i64::from(self.threshold.0);
        if evidence < 0 { evidence / 2 } else { evidence }
    }

    /// Cuts a set where the evidence says so.
    fn refine(&self, set: &Component) -> Result<Vec<(u32, u32)>> {
        let members = &set.members;
        if let ([a, b], true) = (&members[..], self.rules.none()) {
            return Ok(vec![(*a, *b)]);
        }
        let mut evidence = Evidence::new(members.len());
        for &(a, b, weight) in &set.links {
            evidence.set(a, b, self.evidence(weight));
        }
        let missing = missing_pairs(set);
        let pairs: Vec<(RecordIx, RecordIx)> = missing
            .iter()
            .map(|&(a, b)| (RecordIx(members[a as usize]), RecordIx(members[b as usize])))
            .collect();
        for (&(a, b), weight) in missing.iter().zip(self.scorer.score_pairs(&pairs)?) {
            evidence.set(a, b, self.evidence(weight.0));
        }
        self.apply_rules(set, &mut evidence);
        let clusters = evidence.clusters();
        let joined = clusters.iter().enumerate().filter_map(|(at, &first)| {
            let (a, b) = (members[first as usize], members[at]);
            (a != b).then_some((a, b))
        });
        Ok(joined.collect())
    }

    /// What must be and what must not be is stronger than any weight.
    fn apply_rules(&self, set: &Component, evidence: &mut Evidence) {
        if self.rules.none() && !self.rules.unique_in_source {
            return;
        }
        let members = &set.members;
        let place: BTreeMap<u32, u32> = members.iter().copied().zip(0u32..).collect();
        for &(a, b) in &self.rules.must {
            if let (Some(&one), Some(&other)) = (place.get(&a), place.get(&b)) {
                evidence.set(one, other, -NEVER);
            }
        }
        let mut forbid = |a: u32, b: u32| {
            if self.rules.forbids(members[a as usize], members[b as usize]) {
                evidence.set(a, b, NEVER);
            }
        };
        if members.len() <= ALL_PAIRS {
            for (at, _) in (0u32..).zip(members) {
                (0..at).for_each(|before| forbid(before, at));
            }
        } else {
            for &(a, b, _) in &set.links {
                forbid(a, b);
            }
            for &(a, b) in &self.rules.cannot {
                if let (Some(&one), Some(&other)) = (place.get(&a), place.get(&b)) {
                    forbid(one, other);
                }
            }
        }
    }

    /// Numbers clusters by their first records, and says what is expected of them.
    fn resolution(
        &self,
        joined: Vec<(u32, u32)>,
        edges: &[Edge],
        quality: &LinkQuality,
    ) -> Resolution {
        let rank = self.rank();
        let mut sets = components::Components::new(rank);
        for (a, b) in joined {
            sets.join(a, b);
        }
        let mut by_rank = vec![0u32; rank.len()];
        for (record, &rank) in (0u32..).zip(rank) {
            by_rank[rank as usize] = record;
        }
        let mut cluster = vec![0u32; rank.len()];
        let mut clusters = 0;
        let mut sizes: Vec<u64> = Vec::new();
        for &record in &by_rank {
            let root = sets.root(record);
            if root == record {
                cluster[record as usize] = clusters;
                sizes.push(0);
                clusters += 1;
            } else {
                cluster[record as usize] = cluster[root as usize];
            }
            sizes[cluster[record as usize] as usize] += 1;
        }
        let inside = |edge: &&Edge| cluster[edge.a.at()] == cluster[edge.b.at()];
        let inside: Vec<Edge> = edges.iter().filter(inside).copied().collect();
        let right = right_inside(&cluster, &sizes, &inside);
        let found: u64 = sizes.iter().map(|size| size * (size - 1) / 2).sum();
        let found = found as f64;
        Resolution {
            expected: Expected::new(right, found, quality.all().max(right)),
            threshold: self.threshold,
            cluster,
            clusters,
            links: inside.iter().map(|edge| (edge.a, edge.b)).collect(),
        }
    }
}

/// A set as a chain of its records.
fn chain(set: &Component) -> impl Iterator<Item = (u32, u32)> + '_ {
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

/// Pairs of a set that were not weighed, or fell below the floor: all of a small set, those
/// with a common neighbour of a large one.
fn missing_pairs(set: &Component) -> Vec<(u32, u32)> {
    let mut known: Vec<(u32, u32)> = set.links.iter().map(|&(a, b, _)| (a, b)).collect();
    known.sort_unstable();
    #[expect(clippy::cast_possible_truncation, reason = "fewer than the records")]
    let count = set.members.len() as u32;
    let mut pairs: Vec<(u32, u32)> = if set.members.len() <= ALL_PAIRS {
        (0..count)
            .flat_map(|b| (0..b).map(move |a| (a, b)))
            .collect()
    } else {
        let mut around: Vec<Vec<(i32, u32)>> = vec![Vec::new(); set.members.len()];
        for &(a, b, weight) in &set.links {
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

impl Resolution {
    /// The cluster of each record, in the order of the records. Clusters are numbered
    /// from 0 by their first records in the order of sources and keys.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::*;
    /// let records = Records::builder().int_keys(&[1, 2, 3]).city(&["Ulm", "Bonn", "Ulm"]).build()?;
    /// let city = ComparisonModel::new(Comparison::exact("city"), vec![0.9, 0.1], vec![0.01, 0.99]);
    /// let model = FellegiSunter::new(0.3, vec![city])?;
    /// let blocking = BlockingParams::new(vec![BlockingRule::on(["city"])]).block(&records)?;
    /// let scorer = model.scorer(&records)?;
    /// let scored = scorer.score(&blocking, MatchWeight::from_bits(-20.0)?)?;
    /// let params = ResolveParams::default().threshold(Threshold::Weight(MatchWeight::from_bits(-5.0)?));
    /// let customers = params.resolve(&scorer, &blocking, &scored)?;
    /// assert_eq!(customers.cluster(), [0, 1, 0]);
    /// assert_eq!(customers.clusters(), 2);
    /// assert_eq!(customers.links(), [(RecordIx(0), RecordIx(2))]);
    /// assert_eq!(customers.threshold(), MatchWeight::from_bits(-5.0)?);
    /// assert!(customers.expected().precision > 0.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn cluster(&self) -> &[u32] {
        &self.cluster
    }

    /// How many clusters there are: customers.
    ///
    /// # Example
    ///
    /// See [`cluster`](Self::cluster).
    pub fn clusters(&self) -> u32 {
        self.clusters
    }

    /// The weight from which on a pair speaks for one person.
    ///
    /// # Example
    ///
    /// See [`cluster`](Self::cluster).
    pub fn threshold(&self) -> MatchWeight {
        self.threshold
    }

    /// How right the pairs within clusters are, as far as the model is.
    ///
    /// # Example
    ///
    /// See [`cluster`](Self::cluster).
    pub fn expected(&self) -> Expected {
        self.expected
    }

    /// From the keys of the records to customers: what other rooms need. Customers are
    /// numbered as the clusters, which are their keys.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the records are those that were resolved.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Currency, Transactions, UnknownCustomers};
    /// # use custometry::identity::*;
    /// # let records = Records::builder()
    /// #     .text_keys(&["17", "18", "w5"])
    /// #     .sources(&["shop", "shop", "web"])
    /// #     .city(&["Ulm", "Bonn", "Ulm"])
    /// #     .build()?;
    /// # let city = ComparisonModel::new(Comparison::exact("city"), vec![0.9, 0.1], vec![0.01, 0.99]);
    /// # let model = FellegiSunter::new(0.3, vec![city])?;
    /// # let blocking = BlockingParams::new(vec![BlockingRule::on(["city"])]).block(&records)?;
    /// # let scorer = model.scorer(&records)?;
    /// # let scored = scorer.score(&blocking, MatchWeight::from_bits(-20.0)?)?;
    /// # let params = ResolveParams::default().threshold(Threshold::Weight(MatchWeight::from_bits(-5.0)?));
    /// let customers = params.resolve(&scorer, &blocking, &scored)?;
    /// let crosswalk = customers.crosswalk(&records)?;
    /// // The customer 17 of the shop and w5 of the web are one.
    /// assert_eq!(crosswalk.find("shop", "17".into()), crosswalk.find("web", "w5".into()));
    ///
    /// let shop = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["17", "99"])
    ///     .days(vec![0, 1])
    ///     .amounts(vec![500, 700])
    ///     .build()?;
    /// let (resolved, report) = shop.rekey("shop", &crosswalk, UnknownCustomers::Keep)?;
    /// assert_eq!((report.known_rows, report.unknown_rows), (1, 1));
    /// assert_eq!(resolved.len(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn crosswalk(&self, records: &Records) -> Result<Crosswalk> {
        if records.len() != self.cluster.len() {
            let expected = format!("the {} that were resolved", self.cluster.len());
            return Err(Error::parameter(
                "number of records",
                records.len(),
                expected,
            ));
        }
        let entry = |(record, &cluster): (u32, &u32)| {
            let (source, key) = records.key(RecordIx(record))?;
            Some((source, key, cluster))
        };
        Crosswalk::of_persons((0u32..).zip(&self.cluster).filter_map(entry))
    }

    /// The weighed pairs within clusters.
    ///
    /// # Example
    ///
    /// See [`cluster`](Self::cluster).
    pub fn links(&self) -> &[(RecordIx, RecordIx)] {
        &self.links
    }
}
