//! From weighed pairs to customers.

mod alternatives;
mod cluster;
mod components;
mod correlation;
mod diagnosis;
mod explain;
mod judge;
mod link;
mod merges;
mod metrics;
mod rules;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::{
    alternatives::{Alternatives, AlternativesParams, DoubtfulMerge},
    diagnosis::ClusterDiagnosis,
    explain::{ClusterExplanation, MergeStep, PairVerdict, Verdict},
    judge::{Expected, LinkQuality},
    metrics::{Agreement, b_cubed, blocking_recall, pairwise, pairwise_of_links},
    rules::Forbidden,
};
use self::{
    cluster::Work,
    components::{count, numbered},
    judge::right_inside,
    link::{Candidates, partner_share},
    rules::Rules,
};
use super::{Blocking, Edge, MatchWeight, PairKind, RecordIx, Records, ScoredPairs, Scorer};
use crate::{Error, Result, data::Crosswalk};

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
    params: ResolveParams,
    kind: PairKind,
    /// The share of the records of the smaller of two sources that are expected to have
    /// a partner, where links are one to one.
    partner_share: Option<f64>,
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
    /// Records without a value go with any.
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
        check_edges(records, scored)?;
        let kind = blocking.kind();
        let rules = Rules::new(self, records, kind)?;
        rules.check()?;
        let quality = LinkQuality::new(blocking, scored);
        let threshold = match self.threshold {
            Threshold::BestF1 => quality.best_f1(),
            Threshold::FalseDiscovery(share) => quality.false_discovery(share)?,
            Threshold::Weight(weight) => weight,
        };
        let links_only = kind == PairKind::AcrossSources && records.sources().len() == 2;
        let one_to_one_links = links_only && rules.none() && self.threshold == Threshold::BestF1;
        let partner_share = one_to_one_links.then(|| partner_share(records, quality.all()));
        let joined = if let Some(share) = partner_share {
            Candidates::new(scored.edges(), records.len(), share).best()
        } else {
            let work = Work {
                scorer,
                rules: &rules,
                threshold,
                clustering: self.clustering,
            };
            work.clusters(scored.edges())?
        };
        let (cluster, sizes) = numbered(records.rank(), joined);
        let inside = |edge: &&Edge| cluster[edge.a.at()] == cluster[edge.b.at()];
        let inside: Vec<Edge> = scored.edges().iter().filter(inside).copied().collect();
        let right = right_inside(&cluster, &sizes, &inside);
        let found: u64 = sizes.iter().map(|size| size * (size - 1) / 2).sum();
        let clusters = count(sizes.len());
        Ok(Resolution {
            expected: Expected::new(right, found as f64, quality.all().max(right)),
            links: inside.iter().map(|edge| (edge.a, edge.b)).collect(),
            cluster,
            clusters,
            threshold,
            params: self.clone(),
            kind,
            partner_share,
        })
    }
}

fn check_edges(records: &Records, scored: &ScoredPairs) -> Result<()> {
    let inside = |edge: &Edge| edge.a.at().max(edge.b.at()) < records.len();
    if scored.edges().iter().all(inside) {
        return Ok(());
    }
    let expected = "pairs of the records that the scorer is bound to";
    Err(Error::parameter(
        "weighed pairs",
        "of other records",
        expected,
    ))
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
        self.check_records(records)?;
        crosswalk(records, &self.cluster)
    }

    /// The weighed pairs within clusters.
    ///
    /// # Example
    ///
    /// See [`cluster`](Self::cluster).
    pub fn links(&self) -> &[(RecordIx, RecordIx)] {
        &self.links
    }

    fn check_records(&self, records: &Records) -> Result<()> {
        if records.len() == self.cluster.len() {
            return Ok(());
        }
        let expected = format!("the {} that were resolved", self.cluster.len());
        Err(Error::parameter(
            "number of records",
            records.len(),
            expected,
        ))
    }

    /// What was known of pairs when these records were resolved.
    fn rules<'r>(&self, records: &'r Records) -> Result<Rules<'r>> {
        self.check_records(records)?;
        Rules::new(&self.params, records, self.kind)
    }
}

/// From the keys of records to their clusters.
fn crosswalk(records: &Records, cluster: &[u32]) -> Result<Crosswalk> {
    let entry = |(record, &cluster): (u32, &u32)| {
        let (source, key) = records.key(RecordIx(record))?;
        Some((source, key, cluster))
    };
    Crosswalk::of_persons((0u32..).zip(cluster).filter_map(entry))
}
