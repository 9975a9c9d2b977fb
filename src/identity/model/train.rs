//! Training without labels, and with them.

use super::{
    ComparisonModel, Families, FellegiSunter, FellegiSunterParams, Lambda, LevelOrder,
    TrainingReport, TrainingWarning,
    em::{self, Chances, Logarithms, Session, TOLERANCE},
    patterns::{Counter, Patterns},
    random::{AtRandom, record_hashes},
};
use crate::{
    Error, Result,
    identity::{
        Blocking, BlockingRule, Comparison, FieldKind, RecordIx,
        comparison::{Compiled, Levels, NO_LEVEL},
    },
};

/// What people of one household share.
const SHARED: [FieldKind; 6] = [
    FieldKind::Surname,
    FieldKind::Address,
    FieldKind::City,
    FieldKind::Postcode,
    FieldKind::Phone,
    FieldKind::Place,
];

/// How two of one family compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OfFamily {
    AsAnybody,
    /// They agree more often than by chance.
    Shared,
    /// As anybody, but for twins: a day of birth.
    Twins,
}

/// The largest share of two of one family who are born on one day: of 1,000 births 12 are
/// of twins (Monden, Pison and Smits 2021, doi:10.1093/humrep/deab029). Without a bound,
/// families take in people whose names are written in two ways.
const TWINS: f64 = 0.012;

/// How often the u of pairs of one person are taken out, and all is trained again.
const ROUNDS: usize = 3;

/// The least part of a u that is left when pairs of one person are taken out: two
/// people share more than the difference of two large numbers can tell.
const LEAST_PART: f64 = 0.02;

/// m before any training: the best level, and all others together.
const START: f64 = 0.9;

/// The order of levels that so few pairs of one person reach is left to chance.
const SELDOM_SEEN: f64 = 0.01;

/// A personal comparison that agrees so seldom for one person is suspect.
const SELDOM: f64 = 0.4;

/// What a training works on.
pub(super) struct Training<'a> {
    params: &'a FellegiSunterParams,
    blocking: &'a Blocking<'a>,
    comparisons: Vec<Comparison>,
    families: Vec<OfFamily>,
    /// λ, where it is not estimated.
    lambda: Option<f64>,
}

impl<'a> Training<'a> {
    pub(super) fn new(params: &'a FellegiSunterParams, blocking: &'a Blocking<'a>) -> Result<Self> {
        for (name, pairs) in [
            ("random pairs", params.random_pairs),
            ("training pairs", params.training_pairs),
        ] {
            if pairs == 0 {
                return Err(Error::parameter(name, pairs, "at least 1"));
            }
        }
        let records = blocking.records();
        let comparisons = params.chosen(records);
        if comparisons.is_empty() {
            return Err(Error::NotEnoughData {
                what: "columns to compare".into(),
                needed: 1,
                found: 0,
            });
        }
        let digits = comparisons
            .iter()
            .map(|one| one.levels().len() as f64 + 1.0);
        if digits.map(f64::log2).sum::<f64>() > 127.0 {
            let expected = "so few that all their levels together have fewer than 2^127 patterns";
            return Err(Error::parameter(
                "number of comparisons",
                comparisons.len(),
                expected,
            ));
        }
        let of_family = |one: &Comparison| {
            if looks_at(blocking, one, &SHARED) {
                OfFamily::Shared
            } else if looks_at(blocking, one, &[FieldKind::BirthDate]) {
                OfFamily::Twins
            } else {
                OfFamily::AsAnybody
            }
        };
        let mut families: Vec<OfFamily> = comparisons.iter().map(of_family).collect();
        let some = families.contains(&OfFamily::Shared);
        let all = families.iter().all(|of| *of == OfFamily::Shared);
        if params.families == Families::Ignored || !some || all {
            families.fill(OfFamily::AsAnybody);
        }
        Ok(Self {
            params,
            blocking,
            comparisons,
            families,
            lambda: given_lambda(params.lambda, blocking)?,
        })
    }

    /// Trains, with m from pairs known to be of one person if there are any.
    pub(super) fn fit(&self, known: Option<&[(RecordIx, RecordIx)]>) -> Result<FellegiSunter> {
        let bound: Vec<&Comparison> = self.comparisons.iter().collect();
        let compiled = Compiled::new(self.blocking.records(), &bound)?;
        let hashes = record_hashes(self.blocking.records());
        let levels: Vec<usize> = bound.iter().map(|one| one.levels().len()).collect();
        let counter = Counter {
            compiled: &compiled,
            hashes: &hashes,
            levels: &levels,
            most: self.params.training_pairs,
        };
        let mut warnings = Vec::new();
        let (observed, u_errors) = self.observed(&counter, &mut warnings);
        let (of_rules, all) = counter.count(self.blocking)?;
        if observed.iter().all(|share| share[0] > 0.5) {
            warnings.push(TrainingWarning::AllAlike);
        }
        let mut sessions = self.sessions(of_rules);
        let training_pairs = sessions.iter().map(|session| session.patterns.pairs).sum();
        if training_pairs == 0 {
            return Err(Error::NotEnoughData {
                what: "pairs that share a key under a rule".into(),
                needed: 1,
                found: 0,
            });
        }
        let known = known
            .map(|known| self.labelled(&compiled, known))
            .transpose()?;
        let mut chances = self.start(&observed, known.as_deref());
        let mut shares = self.first_shares();
        let mut iterations = 0;
        for round in 0..ROUNDS {
            // Known pairs tell m, but not h.
            if known.is_none() || self.has_families() {
                if round == 0 {
                    begin(&mut sessions, &chances, shares);
                }
                let ending = em::fit(&mut sessions, &mut chances, known.is_some());
                iterations = ending.iterations;
                if round + 1 == ROUNDS && ending.last_change > TOLERANCE {
                    let last_change = ending.last_change;
                    warnings.push(TrainingWarning::NotConverged { last_change });
                }
            }
            shares = self.shares(&all, &chances, shares);
            for (one, observed) in chances.iter_mut().zip(&observed) {
                one.u = without_matches(observed, one, shares);
            }
        }
        if known.is_none() {
            let untrained = |&at: &usize| !sessions.iter().any(|session| session.allows[at]);
            warnings.extend((0..levels.len()).filter(untrained).map(|at| {
                let comparison = self.name(at);
                TrainingWarning::Untrained { comparison }
            }));
        }
        for (at, one) in chances.iter().enumerate() {
            self.guard(at, one, &mut warnings);
        }
        let report = TrainingReport {
            training_pairs,
            iterations,
            expected_matches: shares.0 * self.total(),
            u_errors,
            warnings,
        };
        self.model(chances, shares, report)
    }

    fn model(
        &self,
        chances: Vec<Chances>,
        (lambda, eta): (f64, f64),
        report: TrainingReport,
    ) -> Result<FellegiSunter> {
        let comparisons = self.comparisons.iter().cloned().zip(chances);
        let comparison = |(comparison, of): (Comparison, Chances)| ComparisonModel {
            comparison,
            m: of.m,
            u: of.u,
            family: of.h,
        };
        let model = FellegiSunter {
            lambda,
            families: self.has_families().then_some(eta),
            comparisons: comparisons.map(comparison).collect(),
            level_order: LevelOrder::Falling,
            report: Some(report),
        };
        model.check()?;
        Ok(model)
    }

    fn name(&self, at: usize) -> String {
        self.comparisons[at].name().to_owned()
    }

    fn has_families(&self) -> bool {
        self.families.contains(&OfFamily::Shared)
    }

    /// All pairs of records, compared or not.
    fn total(&self) -> f64 {
        self.blocking.kind().total(self.blocking.records()) as f64
    }

    /// u as pairs taken at random have it, those of one person among them, and its
    /// standard errors.
    fn observed(
        &self,
        counter: &Counter<'_>,
        warnings: &mut Vec<TrainingWarning>,
    ) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let at_random = AtRandom {
            compiled: counter.compiled,
            levels: counter.levels,
            kind: self.blocking.kind(),
            most: self.params.random_pairs,
            seed: self.params.seed,
        };
        let found = at_random
            .spreads()
            .into_iter()
            .enumerate()
            .map(|(at, found)| {
                if found.share.iter().sum::<f64>() == 0.0 {
                    let comparison = self.name(at);
                    warnings.push(TrainingWarning::NothingToCompare { comparison });
                }
                (smooth(&found.share, self.total()), found.error)
            });
        found.unzip()
    }

    /// The chances that the training begins with.
    fn start(&self, observed: &[Vec<f64>], known: Option<&[Vec<f64>]>) -> Vec<Chances> {
        let start = |(at, u): (usize, &Vec<f64>)| Chances {
            m: known.map_or_else(|| start_of(u.len()), |known| known[at].clone()),
            u: u.clone(),
            h: match self.families[at] {
                OfFamily::AsAnybody => None,
                OfFamily::Shared => Some(start_of(u.len())),
                OfFamily::Twins => Some(with_twins(u)),
            },
            h_at_most: if self.families[at] == OfFamily::Twins {
                TWINS
            } else {
                1.0
            },
        };
        observed.iter().enumerate().map(start).collect()
    }

    /// Shares to begin with: one record in five has a second one of the same person.
    fn first_shares(&self) -> (f64, f64) {
        let n = self.blocking.records().len() as f64;
        let share = |part: f64| (part * n / self.total()).min(0.1);
        (share(0.2), share(0.1))
    }

    /// The pairs of each rule that makes any, and which comparisons count in it.
    fn sessions(&self, of_rules: Vec<Patterns>) -> Vec<Session> {
        let rules = self.blocking.params().iter().zip(of_rules);
        let rules = rules.filter(|(_, patterns)| patterns.pairs > 0);
        let session = |(rule, patterns): (&BlockingRule, Patterns)| {
            let known: Vec<&str> = rule.columns().collect();
            let apart =
                |one: &Comparison| !one.columns().iter().any(|column| known.contains(column));
            Session {
                patterns,
                allows: self.comparisons.iter().map(apart).collect(),
                matches: 0.5,
                families: 0.01,
            }
        };
        rules.map(session).collect()
    }

    /// The shares of pairs of one person and of one family among all pairs, by how
    /// probable the model makes each pair of the blocking. They are a fixed point.
    fn shares(&self, all: &Patterns, chances: &[Chances], start: (f64, f64)) -> (f64, f64) {
        let total = self.total();
        let given = self.lambda;
        let logarithms = Logarithms::new(chances);
        let likelihoods: Vec<_> = (0..all.len())
            .map(|at| logarithms.of(all.levels(at), |_| true))
            .collect();
        let (mut lambda, mut eta) = (given.unwrap_or(start.0), start.1);
        for _ in 0..200 {
            let (mut matches, mut families) = (0.0, 0.0);
            for (&likelihood, count) in likelihoods.iter().zip(&all.counts) {
                let found = logarithms.posterior(likelihood, (lambda, eta));
                matches += count * found.matches;
                families += count * found.families;
            }
            let share = |pairs: f64| (pairs / all.sampled / total).clamp(1e-15, 0.5);
            let new_lambda = given.unwrap_or_else(|| share(matches));
            // Two people taken at random are left some of what is not of one person.
            let most = 0.5 * (1.0 - new_lambda);
            let new = (new_lambda, share(families).min(most));
            let change = (new.0 / lambda - 1.0).abs().max((new.1 / eta - 1.0).abs());
            (lambda, eta) = new;
            if change < 1e-9 {
                break;
            }
        }
        (lambda, eta)
    }

    /// m by the levels of pairs known to be of one person.
    fn labelled(
        &self,
        compiled: &Compiled<'_>,
        labels: &[(RecordIx, RecordIx)],
    ) -> Result<Vec<Vec<f64>>> {
        let count = self.blocking.records().len();
        let mut sums: Vec<Vec<f64>> = self
            .comparisons
            .iter()
            .map(|one| vec![0.5; one.levels().len()])
            .collect();
        let mut pairs = Vec::with_capacity(labels.len());
        for (row, &(a, b)) in labels.iter().enumerate() {
            if a.at().max(b.at()) >= count || a == b {
                let reason = format!("records {} and {} of {count}", a.0, b.0);
                return Err(Error::value("known pair", row, reason));
            }
            pairs.push((a.0, b.0));
        }
        let mut work = Levels::default();
        for (at, sums) in sums.iter_mut().enumerate() {
            for &level in compiled.levels(at, &pairs, &mut work) {
                if level != NO_LEVEL {
                    sums[usize::from(level)] += 1.0;
                }
            }
        }
        for sums in &mut sums {
            let total: f64 = sums.iter().sum();
            divide(sums, total);
        }
        Ok(sums)
    }

    /// Looks at the chances of a comparison.
    fn guard(&self, at: usize, one: &Chances, warnings: &mut Vec<TrainingWarning>) {
        let comparison = || self.name(at);
        if one.m[0] < one.u[0] {
            warnings.push(TrainingWarning::LabelSwitch {
                comparison: comparison(),
            });
        }
        let kinds = self.blocking.records().fields();
        let personal = kinds
            .filter(|(name, _)| self.comparisons[at].columns().contains(name))
            .any(|(_, kind)| matches!(kind, FieldKind::GivenName | FieldKind::BirthDate));
        if personal && one.m[0] < SELDOM {
            warnings.push(TrainingWarning::PerhapsFamilies {
                comparison: comparison(),
            });
        }
        let ratio = |level: usize| one.m[level] / one.u[level];
        let out_of_order =
            |level| one.m[level] >= SELDOM_SEEN && ratio(level) > 2.0 * ratio(level - 1);
        if (1..one.m.len()).any(out_of_order) {
            warnings.push(TrainingWarning::NotMonotone {
                comparison: comparison(),
            });
        }
    }
}

/// λ, where it is not estimated.
fn given_lambda(lambda: Lambda, blocking: &Blocking<'_>) -> Result<Option<f64>> {
    let lambda = match lambda {
        Lambda::Estimated => return Ok(None),
        Lambda::Given(lambda) => lambda,
        Lambda::Rules { rules, recall } => {
            let count = blocking.rules().len();
            if !(1..=count).contains(&rules) {
                let expected = format!("1 to {count}, the rules of the blocking");
                return Err(Error::parameter("rules for lambda", rules, expected));
            }
            if !(recall > 0.0 && recall <= 1.0) {
                let expected = "a share above 0 and at most 1";
                return Err(Error::parameter("recall of the rules", recall, expected));
            }
            let counts = blocking.count().new;
            let found: u64 = counts.iter().take(rules).sum();
            let total = blocking.kind().total(blocking.records());
            found as f64 / recall / total as f64
        }
    };
    // Written so that NaN fails as well.
    if !(lambda > 0.0 && lambda < 1.0) {
        return Err(Error::parameter("lambda", lambda, "above 0 and below 1"));
    }
    Ok(Some(lambda))
}

/// Where the shares of the sessions begin: what agreement on the columns of the rule
/// makes of the shares among all pairs.
fn begin(sessions: &mut [Session], chances: &[Chances], shares: (f64, f64)) {
    for session in sessions {
        let (mut matches, mut families) = shares;
        for (one, allowed) in chances.iter().zip(&session.allows) {
            if !allowed {
                let u = one.u[0].max(1e-12);
                matches *= one.m[0] / u;
                families *= one.h.as_ref().map_or(1.0, |h| h[0] / u);
            }
        }
        let total = 1.0 + matches + families;
        session.matches = (matches / total).clamp(1e-4, 0.9);
        session.families = (families / total).clamp(1e-6, 0.05);
    }
}

/// Chances of levels before any training.
fn start_of(levels: usize) -> Vec<f64> {
    let rest = (1.0 - START) / (levels as f64 - 1.0);
    let mut start = vec![rest; levels];
    start[0] = START;
    start
}

fn divide(values: &mut [f64], by: f64) {
    for value in values {
        *value /= by;
    }
}

/// Shares with half a pair added to each level: what was never seen is not impossible.
fn smooth(shares: &[f64], pairs: f64) -> Vec<f64> {
    let total = pairs + 0.5 * shares.len() as f64;
    shares
        .iter()
        .map(|share| (share * pairs + 0.5) / total)
        .collect()
}

/// u without the pairs of one person, and of one family, that are among pairs taken at
/// random.
fn without_matches(observed: &[f64], one: &Chances, (lambda, eta): (f64, f64)) -> Vec<f64> {
    let mut u: Vec<f64> = Vec::with_capacity(observed.len());
    for (level, &share) in observed.iter().enumerate() {
        let family = one.h.as_ref().map_or(0.0, |h| eta * h[level]);
        let rest = share - lambda * one.m[level] - family;
        u.push(rest.max(LEAST_PART * share));
    }
    let total: f64 = u.iter().sum();
    divide(&mut u, total);
    u
}

/// Whether a comparison looks at columns of these kinds only.
fn looks_at(blocking: &Blocking<'_>, one: &Comparison, kinds: &[FieldKind]) -> bool {
    let columns = one.columns();
    let mut others = blocking
        .records()
        .fields()
        .filter(|(_, kind)| !kinds.contains(kind));
    !others.any(|(name, _)| columns.contains(&name))
}

/// The chances of two of one family to compare so in their days of birth: those of two
/// people, but for twins.
fn with_twins(u: &[f64]) -> Vec<f64> {
    let mut family = u.to_vec();
    if u[0] < TWINS {
        let rest = (1.0 - TWINS) / (1.0 - u[0]);
        for chance in &mut family {
            *chance *= rest;
        }
        family[0] = TWINS;
    }
    family
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_one_person_are_taken_out_of_u() {
        let one = Chances {
            m: vec![0.8, 0.2],
            u: vec![0.0, 1.0],
            h: None,
            h_at_most: 1.0,
        };
        let u = without_matches(&[1.8e-5, 1.0 - 1.8e-5], &one, (1e-5, 0.0));
        assert!((u[0] - 1e-5).abs() < 1e-9, "{u:?}");
        // Where nearly all agreement is of one person, a part is left.
        let u = without_matches(&[8e-6, 1.0 - 8e-6], &one, (1e-5, 0.0));
        assert!(u[0] > 0.0 && u[0] < 1e-6, "{u:?}");
    }
}
