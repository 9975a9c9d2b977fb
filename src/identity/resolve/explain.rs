//! Why records are one person, and why they are not.

use serde::Serialize;

use super::{
    ClusterDiagnosis, Forbidden, Resolution, check_edges,
    components::{Component, Components, count},
    diagnosis::{Inside, Known},
    rules::Rules,
};
use crate::{
    Error, Result,
    identity::{
        Blocking, Edge, MatchWeight, PairExplanation, RecordIx, Records, ScoredPairs, Scorer,
    },
};

/// Two records that were put together, or the parts of a cluster that they are in.
///
/// # Example
///
/// See [`ClusterExplanation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MergeStep {
    /// A record of one part, the earlier of the two by source and key.
    pub a: RecordIx,
    /// A record of the other part.
    pub b: RecordIx,
    /// Their weight.
    pub weight: MatchWeight,
    /// The first rule that pairs them; `None` where no rule does, and they were weighed
    /// because they hang together by others.
    pub rule: Option<usize>,
    /// Whether somebody knows them to be one person.
    pub required: bool,
    /// The records of both parts.
    pub records: u32,
}

/// How a cluster came to be: its records put together step by step, by what is required
/// first and then from the strongest pair to the weakest.
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
/// let rules = vec![BlockingRule::on(["city"]), BlockingRule::on(["team"])];
/// let blocking = BlockingParams::new(rules).block(&records)?;
/// let scorer = model.scorer(&records)?;
/// let scored = scorer.score(&blocking, MatchWeight::from_bits(-20.0)?)?;
/// let threshold = Threshold::Weight(MatchWeight::from_bits(-2.0)?);
/// let customers = ResolveParams::default().threshold(threshold).resolve(&scorer, &blocking, &scored)?;
///
/// let how = customers.explain_cluster(&scorer, &blocking, &scored, RecordIx(1))?;
/// assert_eq!(how.records, [RecordIx(0), RecordIx(1)]);
/// assert_eq!((how.steps[0].a, how.steps[0].rule), (RecordIx(0), Some(0)));
/// // The nearest record outside shares the city, and not the team.
/// assert_eq!(how.nearest.unwrap().b, RecordIx(2));
///
/// let why = customers.explain_pair(&scorer, &blocking, &scored, RecordIx(0), RecordIx(2))?;
/// assert_eq!(why.verdict, Verdict::TooWeak);
/// assert_eq!(why.missing.0, customers.threshold().0 - why.pair.weight.0);
/// let never = customers.explain_pair(&scorer, &blocking, &scored, RecordIx(0), RecordIx(3))?;
/// assert_eq!(never.verdict, Verdict::NotCompared);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClusterExplanation {
    /// The cluster, by its number.
    pub cluster: u32,
    /// Its records in the order of sources and keys.
    pub records: Vec<RecordIx>,
    /// Each step put two parts together; one fewer than there are records.
    pub steps: Vec<MergeStep>,
    /// How well it hangs together; `None` for a single record.
    pub diagnosis: Option<ClusterDiagnosis>,
    /// The strongest weighed pair with a record outside; the record inside comes first.
    pub nearest: Option<Edge>,
}

/// Why two records are one person, or not.
///
/// # Example
///
/// See [`ClusterExplanation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// One person: somebody knows it.
    Required,
    /// One person, by the weight of the pair itself.
    Linked,
    /// One person by way of other records; [`PairVerdict::path`] names them.
    Chained,
    /// Two people, because these records cannot be one: the pair itself, or another one
    /// of their clusters.
    Forbidden {
        /// A record of the first cluster.
        a: RecordIx,
        /// A record of the second cluster.
        b: RecordIx,
        /// What forbids it.
        why: Forbidden,
    },
    /// Two people, because no rule pairs them: they were never weighed.
    NotCompared,
    /// Two people, because the weight is below the threshold.
    TooWeak,
    /// Two people though the pair alone would do, because the other pairs of their
    /// clusters speak against it.
    Outvoted,
    /// Two people, because one of them has a better partner in the other source.
    Rival,
}

/// A pair, and what became of it.
///
/// # Example
///
/// See [`ClusterExplanation`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PairVerdict {
    /// Whether the two are one person.
    pub together: bool,
    /// Why.
    pub verdict: Verdict,
    /// The weight and its parts.
    pub pair: PairExplanation,
    /// The first rule that pairs them, if any does.
    pub rule: Option<usize>,
    /// How far the weight is below the threshold; 0 or less if it is not.
    pub missing: MatchWeight,
    /// The pairs that connect the two, from the first to the second; none if they are
    /// two people.
    pub path: Vec<MergeStep>,
    /// Of two people, the strongest weighed pair of their clusters.
    pub nearest: Option<Edge>,
}

impl Resolution {
    fn check_all(
        &self,
        blocking: &Blocking<'_>,
        scorer: &Scorer<'_>,
        scored: &ScoredPairs,
    ) -> Result<()> {
        if !std::ptr::eq(blocking.records(), scorer.records()) {
            let expected = "the blocking of the records that the scorer is bound to";
            return Err(Error::parameter("blocking", "of other records", expected));
        }
        self.check_records(scorer.records())?;
        check_edges(scorer.records(), scored)
    }

    /// How the cluster of a record came to be.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless scorer, blocking and pairs are those of the
    /// records that were resolved; [`Error::InvalidValue`] for a record that does not
    /// exist.
    ///
    /// # Example
    ///
    /// See [`ClusterExplanation`].
    pub fn explain_cluster(
        &self,
        scorer: &Scorer<'_>,
        blocking: &Blocking<'_>,
        scored: &ScoredPairs,
        record: RecordIx,
    ) -> Result<ClusterExplanation> {
        self.check_all(blocking, scorer, scored)?;
        let cluster = self.of(record, 0)?;
        let rules = self.rules(scorer.records())?;
        let sets = self.set(scorer.records().rank(), cluster, scored.edges());
        let alone = [record.0];
        let set = sets.first().unwrap_or(Component {
            members: &alone,
            links: &[],
        });
        let inside = Inside::new(scorer, &rules, set)?;
        let mut size = vec![1u32; set.members.len()];
        let mut parts = Components::in_order(set.members.len());
        let step = |pair: &Known| {
            let (a, b) = (parts.root(pair.a), parts.root(pair.b));
            parts.join(a, b);
            let records = size[a as usize] + size[b as usize];
            size[parts.root(a) as usize] = records;
            MergeStep {
                records,
                ..step(pair, set.members, blocking)
            }
        };
        let steps = inside.tree.iter().map(step).collect();
        let outside = |edge: &&Edge| {
            (self.cluster[edge.a.at()] == cluster) != (self.cluster[edge.b.at()] == cluster)
        };
        let nearest = strongest(scored.edges().iter().filter(outside), scorer.records());
        let is_alone = set.members.len() == 1;
        Ok(ClusterExplanation {
            cluster,
            records: set.members.iter().map(|&record| RecordIx(record)).collect(),
            steps,
            diagnosis: (!is_alone).then(|| inside.diagnosis(cluster, set, self.threshold)),
            nearest: nearest.map(|edge| {
                if self.cluster[edge.a.at()] == cluster {
                    return edge;
                }
                let (a, b) = (edge.b, edge.a);
                Edge { a, b, ..edge }
            }),
        })
    }

    /// Why two records are one person, or why they are not.
    ///
    /// # Errors
    ///
    /// As [`explain_cluster`](Self::explain_cluster).
    ///
    /// # Example
    ///
    /// See [`ClusterExplanation`].
    pub fn explain_pair(
        &self,
        scorer: &Scorer<'_>,
        blocking: &Blocking<'_>,
        scored: &ScoredPairs,
        a: RecordIx,
        b: RecordIx,
    ) -> Result<PairVerdict> {
        self.check_all(blocking, scorer, scored)?;
        let (of_a, of_b) = (self.of(a, 0)?, self.of(b, 1)?);
        let rules = self.rules(scorer.records())?;
        let pair = scorer.explain(a, b)?;
        let rule = blocking.first_rule(a, b);
        let strong = pair.weight >= self.threshold;
        let mut path = Vec::new();
        let mut nearest = None;
        let verdict = if of_a == of_b {
            path = self.path(scorer, blocking, scored, &rules, a, b)?;
            if rules.requires(a.0, b.0) {
                Verdict::Required
            } else if path.len() <= 1 || (strong && rule.is_some()) {
                Verdict::Linked
            } else {
                Verdict::Chained
            }
        } else {
            let between = |edge: &&Edge| {
                let (one, other) = (self.cluster[edge.a.at()], self.cluster[edge.b.at()]);
                (one, other) == (of_a, of_b) || (one, other) == (of_b, of_a)
            };
            nearest = strongest(scored.edges().iter().filter(between), scorer.records());
            if let Some(forbidden) = self.forbidden(&rules, a, b) {
                forbidden
            } else if rule.is_none() {
                Verdict::NotCompared
            } else if self.partner_share.is_some() && self.has_partner(of_a, of_b) {
                Verdict::Rival
            } else if strong {
                Verdict::Outvoted
            } else {
                Verdict::TooWeak
            }
        };
        Ok(PairVerdict {
            together: of_a == of_b,
            missing: MatchWeight(self.threshold.0.saturating_sub(pair.weight.0)),
            verdict,
            pair,
            rule,
            path,
            nearest,
        })
    }

    fn of(&self, record: RecordIx, row: usize) -> Result<u32> {
        let found = self.cluster.get(record.at()).copied();
        found.ok_or_else(|| {
            let reason = format!("record {} of {}", record.0, self.cluster.len());
            Error::value("record", row, reason)
        })
    }

    /// The pairs that connect two records of a cluster.
    fn path(
        &self,
        scorer: &Scorer<'_>,
        blocking: &Blocking<'_>,
        scored: &ScoredPairs,
        rules: &Rules<'_>,
        a: RecordIx,
        b: RecordIx,
    ) -> Result<Vec<MergeStep>> {
        let rank = scorer.records().rank();
        let sets = self.set(rank, self.cluster[a.at()], scored.edges());
        let Some(set) = sets.first() else {
            return Ok(Vec::new());
        };
        let place = |of: RecordIx| {
            let by_rank = |member: &u32| rank[*member as usize];
            let at = set.members.binary_search_by_key(&rank[of.at()], by_rank);
            at.map_or(0, count)
        };
        let inside = Inside::new(scorer, rules, set)?;
        let path = inside.path(set.members.len(), place(a), place(b));
        let steps = path.iter().map(|pair| step(pair, set.members, blocking));
        Ok(steps.collect())
    }

    /// What forbids that two clusters are one, the pair itself first.
    fn forbidden(&self, rules: &Rules<'_>, a: RecordIx, b: RecordIx) -> Option<Verdict> {
        if let Some(why) = rules.forbidden(a.0, b.0) {
            return Some(Verdict::Forbidden { a, b, why });
        }
        if rules.free() {
            return None;
        }
        let members = |of: u32| {
            let own = (0u32..)
                .zip(&self.cluster)
                .filter(move |(_, cluster)| **cluster == of);
            own.map(|(record, _)| record).collect::<Vec<u32>>()
        };
        let (of_a, of_b) = (members(self.cluster[a.at()]), members(self.cluster[b.at()]));
        let mut pairs = of_a
            .iter()
            .flat_map(|&one| of_b.iter().map(move |&other| (one, other)));
        pairs.find_map(|(one, other)| {
            let why = rules.forbidden(one, other)?;
            Some(Verdict::Forbidden {
                a: RecordIx(one),
                b: RecordIx(other),
                why,
            })
        })
    }

    /// Whether any of two clusters has more than one record.
    fn has_partner(&self, one: u32, other: u32) -> bool {
        let records = self.cluster.iter();
        records.filter(|&&of| of == one || of == other).count() > 2
    }
}

/// A pair of a tree as a step that puts two records together.
fn step(pair: &Known, members: &[u32], blocking: &Blocking<'_>) -> MergeStep {
    let (a, b) = (
        RecordIx(members[pair.a as usize]),
        RecordIx(members[pair.b as usize]),
    );
    MergeStep {
        a,
        b,
        weight: MatchWeight(pair.weight),
        rule: blocking.first_rule(a, b),
        required: pair.required,
        records: 2,
    }
}

/// The strongest of some pairs; of equal ones the first by source and key.
fn strongest<'e>(edges: impl Iterator<Item = &'e Edge>, records: &Records) -> Option<Edge> {
    let rank = |of: RecordIx| records.rank()[of.at()];
    let order = |edge: &&Edge| {
        let (a, b) = (rank(edge.a), rank(edge.b));
        (std::cmp::Reverse(edge.weight), a.min(b), a.max(b))
    };
    edges.min_by_key(order).copied()
}
