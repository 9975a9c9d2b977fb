//! Scores and their explanation, from one function.

use std::fmt;

use rayon::prelude::*;
use serde::Serialize;

use super::{
    FellegiSunter, MatchWeight, TermFrequencies,
    weight::{SoftMinimum, fixed, log_ratio},
};
use crate::{
    Error, Observer, Result,
    identity::{
        Blocking, RecordIx, Records, Test,
        comparison::{Compiled, Levels, NO_LEVEL},
        records::MISSING,
    },
    numeric::map_chunks,
};

/// A model bound to records.
///
/// # Example
///
/// See [`FellegiSunter`].
pub struct Scorer<'r> {
    model: FellegiSunter,
    compiled: Compiled<'r>,
    /// Against two people taken at random, and against two of one family.
    prior: Against,
    has_families: bool,
    comparisons: Vec<Weights>,
    tables: Vec<Table>,
    soft: SoftMinimum,
}

/// Evidence against the two alternatives, in parts of a bit.
#[derive(Debug, Clone, Copy, Default)]
struct Against {
    random: i32,
    family: i32,
}

impl Against {
    #[inline]
    fn plus(self, other: Self) -> Self {
        Self {
            random: self.random.saturating_add(other.random),
            family: self.family.saturating_add(other.family),
        }
    }
}

/// The weights of a comparison by level.
struct Weights {
    levels: Vec<LevelWeight>,
    /// Whether people of one family agree on it as people taken at random do: term
    /// frequencies speak against both then.
    personal: bool,
}

#[derive(Clone, Copy)]
struct LevelWeight {
    weight: Against,
    /// The table of term frequencies, and its place in a row.
    table: Option<usize>,
}

/// What is added for each value of a column, or [`NO_SHARE`].
struct Table {
    slot: usize,
    adjustments: Vec<i32>,
}

/// A value whose share is not known.
const NO_SHARE: i32 = i32::MAX;

/// One comparison of a pair: its level, and what that is worth.
///
/// # Example
///
/// See [`PairExplanation`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ComparisonScore {
    /// The name of the comparison.
    pub comparison: String,
    /// The values of the two records in the columns it looks at.
    pub values: Vec<(String, Option<String>, Option<String>)>,
    /// The name of the level; `None` where nothing can be compared.
    pub level: Option<String>,
    /// The chance of the level for records of one person.
    pub m: Option<f64>,
    /// The chance of the level for records of two people taken at random.
    pub u: Option<f64>,
    /// `log2(m/u)`, of neighbouring levels together where the model's
    /// [`LevelOrder`](super::LevelOrder) says so.
    pub weight: MatchWeight,
    /// What is added because the value is rare, or taken off because it is common.
    pub term_frequency: MatchWeight,
    /// What it is worth against two people of one family, all in all.
    pub against_family: MatchWeight,
}

/// Why a pair has its weight. The parts add up to it exactly.
///
/// # Example
///
/// ```
/// # use custometry::identity::{Comparison, ComparisonModel, FellegiSunter, RecordIx, Records};
/// # let records = Records::builder().int_keys(&[1, 2]).surname(&["Lee", "Lee"]).city(&["Bonn", ""]).build()?;
/// # let of = |column| ComparisonModel::new(Comparison::exact(column), vec![0.9, 0.1], vec![0.01, 0.99]);
/// let model = FellegiSunter::new(1e-3, vec![of("surname"), of("city")])?;
/// let scorer = model.scorer(&records)?;
/// let why = scorer.explain(RecordIx(0), RecordIx(1))?;
/// assert_eq!(why.comparisons[0].level.as_deref(), Some("same"));
/// assert_eq!(why.comparisons[1].level, None);
/// let parts: i32 = why.comparisons.iter().map(|one| one.weight.0 + one.term_frequency.0).sum();
/// assert_eq!(why.prior.0 + parts, why.weight.0);
/// assert_eq!(why.weight, scorer.score_one(RecordIx(0), RecordIx(1))?);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PairExplanation {
    /// What is known before any comparison: `log2(λ/(1 - λ))`.
    pub prior: MatchWeight,
    /// Each comparison.
    pub comparisons: Vec<ComparisonScore>,
    /// The evidence against two people taken at random: prior and comparisons.
    pub against_random: MatchWeight,
    /// The evidence against two people of one family, where the model knows of them.
    pub against_family: Option<MatchWeight>,
    /// The weight: the evidence against both.
    pub weight: MatchWeight,
    /// Its probability.
    pub probability: f64,
}

/// Two records and the weight of their being one person.
///
/// # Example
///
/// See [`ScoredPairs`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Edge {
    /// The record that comes first by source and key, except in windows.
    pub a: RecordIx,
    /// The other record.
    pub b: RecordIx,
    /// The weight.
    pub weight: MatchWeight,
}

/// The pairs at or above a floor, and all that were scored in numbers.
///
/// # Example
///
/// ```
/// use custometry::identity::{BlockingParams, BlockingRule, Comparison, ComparisonModel, FellegiSunter, MatchWeight, Records};
/// let records = Records::builder()
///     .int_keys(&[1, 2, 3])
///     .surname(&["Lee", "Lee", "Li"])
///     .city(&["Bonn"; 3])
///     .build()?;
/// let surname = ComparisonModel::new(Comparison::exact("surname"), vec![0.9, 0.1], vec![0.01, 0.99]);
/// let model = FellegiSunter::new(0.1, vec![surname])?;
/// let blocking = BlockingParams::new(vec![BlockingRule::on(["city"])]).block(&records)?;
/// let scored = model.scorer(&records)?.score(&blocking, MatchWeight::from_bits(-4.0)?)?;
/// assert_eq!((scored.pairs(), scored.edges().len()), (3, 1));
/// assert_eq!(scored.histogram().map(|(_, pairs)| pairs).sum::<u64>(), 3);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct ScoredPairs {
    edges: Vec<Edge>,
    histogram: Vec<u64>,
}

impl fmt::Debug for ScoredPairs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScoredPairs")
            .field("pairs", &self.pairs())
            .field("edges", &self.edges.len())
            .finish_non_exhaustive()
    }
}

/// Buckets of the histogram: an eighth of a bit each, the first and the last open.
const BUCKETS: usize = 1 << 10;
const HALF: i32 = 1 << 9;
const BUCKET: u32 = 13;

/// What a tile of pairs comes to.
struct Tally {
    edges: Vec<Edge>,
    histogram: Vec<u32>,
    work: Work,
}

/// What is at work, kept from batch to batch.
#[derive(Default)]
struct Work {
    totals: Vec<Against>,
    levels: Levels,
}

/// Pairs of the host's own that are weighed together; a constant.
const BATCH: usize = 1 << 12;

impl ScoredPairs {
    /// How many pairs were scored.
    ///
    /// # Example
    ///
    /// See [`ScoredPairs`].
    pub fn pairs(&self) -> u64 {
        self.histogram.iter().sum()
    }

    /// The pairs at or above the floor.
    ///
    /// # Example
    ///
    /// See [`ScoredPairs`].
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// All pairs that were scored, counted by eighths of a bit: the lower end of each
    /// and how many there are, from -64 bits to 64; what is beyond is in the first and
    /// in the last.
    ///
    /// # Example
    ///
    /// See [`ScoredPairs`].
    pub fn histogram(&self) -> impl Iterator<Item = (MatchWeight, u64)> {
        let start = |bucket: i32| MatchWeight((bucket - HALF) << BUCKET);
        (0..).map(start).zip(self.histogram.iter().copied())
    }
}

fn bucket(weight: i32) -> usize {
    let at = ((weight >> BUCKET) + HALF).max(0);
    (at.unsigned_abs() as usize).min(BUCKETS - 1)
}

impl<'r> Scorer<'r> {
    pub(super) fn new(
        model: &FellegiSunter,
        records: &'r Records,
        frequencies: &TermFrequencies,
    ) -> Result<Self> {
        let comparisons: Vec<_> = model
            .comparisons()
            .iter()
            .map(|one| &one.comparison)
            .collect();
        let compiled = Compiled::new(records, &comparisons)?;
        let lambda = model.lambda();
        let prior = Against {
            random: log_ratio(lambda, 1.0 - lambda),
            family: model.families().map_or(0, |eta| log_ratio(lambda, eta)),
        };
        let mut scorer = Self {
            model: model.clone(),
            compiled,
            prior,
            has_families: model.families().is_some(),
            comparisons: Vec::new(),
            tables: Vec::new(),
            soft: SoftMinimum::new(),
        };
        for one in model.comparisons() {
            let random = model.worth(&one.m, &one.u);
            let family = model.worth(&one.m, one.family.as_ref().unwrap_or(&one.u));
            let mut levels = Vec::new();
            for (at, level) in one.comparison.levels().iter().enumerate() {
                let weight = Against {
                    random: log_ratio(random[at].0, random[at].1),
                    family: log_ratio(family[at].0, family[at].1),
                };
                let table = match &level.term_frequency {
                    None => None,
                    Some(of) => scorer.table(one, of, frequencies)?,
                };
                levels.push(LevelWeight { weight, table });
            }
            scorer.comparisons.push(Weights {
                levels,
                personal: one.family.is_none(),
            });
        }
        Ok(scorer)
    }

    /// The table of what each value of a column adds to a level; `None` where no level
    /// of the comparison says what it is to share a value of the column.
    fn table(
        &mut self,
        of: &super::ComparisonModel,
        adjust: &crate::identity::TermFrequency,
        frequencies: &TermFrequencies,
    ) -> Result<Option<usize>> {
        let exact = Test::exact(adjust.column.as_str());
        let levels = of.comparison.levels();
        let Some(same) = levels.iter().position(|level| level.test == exact) else {
            let expected = "a column that a level of the comparison compares for equality";
            return Err(Error::parameter("term frequency", &adjust.column, expected));
        };
        let column = self.compiled.counted(adjust)?;
        let Some(slot) = self.compiled.slot_of(column) else {
            return Ok(None);
        };
        let field = &self.compiled.records().columns()[column];
        let known: u64 = field.counts.iter().map(|&count| u64::from(count)).sum();
        let external = frequencies.of(&adjust.column);
        let u = of.u[same];
        let adjustment = |value: u32| {
            let share = match external {
                None => Some(f64::from(field.counts[value as usize]) / known as f64),
                Some(table) => table.get(&field.values.show(value)).copied(),
            };
            share.map_or(NO_SHARE, |share| {
                let ratio = (u.max(1e-300) / share.max(adjust.minimum)).log2();
                fixed(adjust.weight * ratio)
            })
        };
        #[expect(clippy::cast_possible_truncation, reason = "values are below 2^32")]
        let values = 0..field.values.len() as u32;
        let adjustments = values.into_par_iter().map(adjustment).collect();
        self.tables.push(Table { slot, adjustments });
        Ok(Some(self.tables.len() - 1))
    }

    /// The records.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::identity::{Comparison, ComparisonModel, FellegiSunter, Records};
    /// # let records = Records::builder().int_keys(&[1, 2]).city(&["Ulm", "Ulm"]).build()?;
    /// # let city = ComparisonModel::new(Comparison::exact("city"), vec![0.9, 0.1], vec![0.01, 0.99]);
    /// let model = FellegiSunter::new(0.1, vec![city])?;
    /// let scorer = model.scorer(&records)?;
    /// assert_eq!(scorer.records().len(), 2);
    /// assert_eq!(scorer.model(), &model);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn records(&self) -> &'r Records {
        self.compiled.records()
    }

    /// The model.
    ///
    /// # Example
    ///
    /// See [`records`](Self::records).
    pub fn model(&self) -> &FellegiSunter {
        &self.model
    }

    /// Adds what one comparison of some pairs is worth. The one place where that is worked
    /// out: `each` is told the pair, its level, the weight of that, and the adjustment.
    fn add(
        &self,
        comparison: usize,
        pairs: &[(u32, u32)],
        levels: &mut Levels,
        mut each: impl FnMut(usize, u8, Against, Against),
    ) {
        let Weights {
            levels: weights,
            personal,
        } = &self.comparisons[comparison];
        let levels = self.compiled.levels(comparison, pairs, levels);
        for (at, (&level, &(a, b))) in levels.iter().zip(pairs).enumerate() {
            if level == NO_LEVEL {
                each(at, level, Against::default(), Against::default());
                continue;
            }
            let LevelWeight { weight, table } = weights[usize::from(level)];
            let random = table.map_or(0, |table| self.adjustment(table, a, b));
            let adjusted = Against {
                random,
                family: if *personal { random } else { 0 },
            };
            each(at, level, weight, adjusted);
        }
    }

    /// What the commoner of two values adds; where one is not known, the other.
    fn adjustment(&self, table: usize, a: u32, b: u32) -> i32 {
        let Table { slot, adjustments } = &self.tables[table];
        let of = |record: u32| match self.compiled.row(record)[*slot] {
            MISSING => NO_SHARE,
            value => adjustments[value as usize],
        };
        match of(a).min(of(b)) {
            NO_SHARE => 0,
            adjustment => adjustment,
        }
    }

    #[inline]
    fn weight(&self, total: Against) -> i32 {
        if self.has_families {
            self.soft.of(total.random, total.family)
        } else {
            total.random
        }
    }

    /// The evidence of some pairs, comparison by comparison.
    fn add_up(&self, pairs: &[(u32, u32)], work: &mut Work) {
        let Work { totals, levels } = work;
        totals.clear();
        totals.resize(pairs.len(), self.prior);
        for comparison in 0..self.comparisons.len() {
            self.add(comparison, pairs, levels, |at, _, weight, adjusted| {
                totals[at] = totals[at].plus(weight).plus(adjusted);
            });
        }
    }

    fn weights(&self, pairs: &[(u32, u32)], work: &mut Work) -> Vec<MatchWeight> {
        self.add_up(pairs, work);
        let weight = |&total: &Against| MatchWeight(self.weight(total));
        work.totals.iter().map(weight).collect()
    }

    fn check(&self, record: RecordIx, row: usize) -> Result<()> {
        let count = self.records().len();
        if record.at() < count {
            return Ok(());
        }
        let reason = format!("record {} of {count}", record.0);
        Err(Error::value("record", row, reason))
    }

    /// The weight of a pair.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for a record that does not exist.
    ///
    /// # Example
    ///
    /// See [`FellegiSunter`].
    pub fn score_one(&self, a: RecordIx, b: RecordIx) -> Result<MatchWeight> {
        self.check(a, 0)?;
        self.check(b, 0)?;
        Ok(self.weights(&[(a.0, b.0)], &mut Work::default())[0])
    }

    /// The weights of pairs of the host's own.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] with the place of the first pair that names a record
    /// that does not exist.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::identity::{Comparison, ComparisonModel, FellegiSunter, RecordIx, Records};
    /// # let records = Records::builder().int_keys(&[1, 2]).city(&["Ulm", "Ulm"]).build()?;
    /// # let city = ComparisonModel::new(Comparison::exact("city"), vec![0.9, 0.1], vec![0.01, 0.99]);
    /// # let scorer = FellegiSunter::new(0.1, vec![city])?.scorer(&records)?;
    /// let pairs = [(RecordIx(0), RecordIx(1)), (RecordIx(1), RecordIx(0))];
    /// let weights = scorer.score_pairs(&pairs)?;
    /// assert_eq!(weights[0], weights[1]);
    /// assert!(scorer.score_pairs(&[(RecordIx(0), RecordIx(9))]).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn score_pairs(&self, pairs: &[(RecordIx, RecordIx)]) -> Result<Vec<MatchWeight>> {
        for (row, &(a, b)) in pairs.iter().enumerate() {
            self.check(a, row)?;
            self.check(b, row)?;
        }
        let chunks = map_chunks(pairs.len(), BATCH, |range| {
            let numbers = pairs[range].iter().map(|&(a, b)| (a.0, b.0));
            self.weights(&numbers.collect::<Vec<_>>(), &mut Work::default())
        });
        Ok(chunks.concat())
    }

    /// Why a pair has its weight.
    ///
    /// # Errors
    ///
    /// As [`score_one`](Self::score_one).
    ///
    /// # Example
    ///
    /// See [`PairExplanation`].
    pub fn explain(&self, a: RecordIx, b: RecordIx) -> Result<PairExplanation> {
        self.check(a, 0)?;
        self.check(b, 0)?;
        let mut comparisons = Vec::new();
        let mut total = self.prior;
        for (at, one) in self.model.comparisons().iter().enumerate() {
            let mut found = (NO_LEVEL, Against::default(), Against::default());
            self.add(
                at,
                &[(a.0, b.0)],
                &mut Levels::default(),
                |_, level, weight, adjusted| {
                    found = (level, weight, adjusted);
                },
            );
            let (level, weight, adjusted) = found;
            total = total.plus(weight).plus(adjusted);
            let level = (level != NO_LEVEL).then_some(usize::from(level));
            let columns = one.comparison.columns().into_iter().map(|column| {
                let value = |record: RecordIx| self.records().value(record.at(), column);
                (column.to_owned(), value(a), value(b))
            });
            comparisons.push(ComparisonScore {
                comparison: one.comparison.name().to_owned(),
                values: columns.collect(),
                level: level.map(|level| one.comparison.levels()[level].name.clone()),
                m: level.map(|level| one.m[level]),
                u: level.map(|level| one.u[level]),
                weight: MatchWeight(weight.random),
                term_frequency: MatchWeight(adjusted.random),
                against_family: MatchWeight(weight.family.saturating_add(adjusted.family)),
            });
        }
        let weight = MatchWeight(self.weight(total));
        Ok(PairExplanation {
            prior: MatchWeight(self.prior.random),
            comparisons,
            against_random: MatchWeight(total.random),
            against_family: self.has_families.then_some(MatchWeight(total.family)),
            weight,
            probability: weight.probability(),
        })
    }

    /// Scores all pairs of a blocking and keeps those at or above a floor. Memory is
    /// taken for these only.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the blocking is of the same records.
    ///
    /// # Example
    ///
    /// See [`ScoredPairs`].
    pub fn score(&self, blocking: &Blocking<'_>, floor: MatchWeight) -> Result<ScoredPairs> {
        self.score_observed(blocking, floor, &mut ())
    }

    /// As [`score`](Self::score), watched by an observer.
    ///
    /// # Errors
    ///
    /// As [`score`](Self::score), and [`Error::Cancelled`].
    ///
    /// # Example
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// # use custometry::identity::{BlockingParams, BlockingRule, Comparison, ComparisonModel, FellegiSunter, MatchWeight, Records};
    /// # let records = Records::builder().int_keys(&[1, 2]).city(&["Ulm", "Ulm"]).build()?;
    /// # let city = ComparisonModel::new(Comparison::exact("city"), vec![0.9, 0.1], vec![0.01, 0.99]);
    /// # let scorer = FellegiSunter::new(0.1, vec![city])?.scorer(&records)?;
    /// # let blocking = BlockingParams::new(vec![BlockingRule::on(["city"])]).block(&records)?;
    /// let mut stop = |_: custometry::Progress| ControlFlow::Break(());
    /// let stopped = scorer.score_observed(&blocking, MatchWeight(0), &mut stop);
    /// assert_eq!(stopped.unwrap_err().kind(), custometry::ErrorKind::Cancelled);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn score_observed(
        &self,
        blocking: &Blocking<'_>,
        floor: MatchWeight,
        observer: &mut dyn Observer,
    ) -> Result<ScoredPairs> {
        if !std::ptr::eq(blocking.records(), self.records()) {
            let expected = "the blocking of the records that the scorer is bound to";
            return Err(Error::parameter("blocking", "of other records", expected));
        }
        let mut all = ScoredPairs {
            edges: Vec::new(),
            histogram: vec![0; BUCKETS],
        };
        let start = || Tally {
            edges: Vec::new(),
            histogram: vec![0; BUCKETS],
            work: Work::default(),
        };
        let visit = |tally: &mut Tally, pairs: &[(u32, u32)]| {
            self.add_up(pairs, &mut tally.work);
            for (&(a, b), &total) in pairs.iter().zip(&tally.work.totals) {
                let weight = self.weight(total);
                tally.histogram[bucket(weight)] += 1;
                if weight >= floor.0 {
                    tally.edges.push(Edge {
                        a: RecordIx(a),
                        b: RecordIx(b),
                        weight: MatchWeight(weight),
                    });
                }
            }
        };
        blocking.fold_pairs(observer, "scoring pairs", start, visit, |mut tally| {
            all.edges.append(&mut tally.edges);
            for (sum, more) in all.histogram.iter_mut().zip(tally.histogram) {
                *sum += u64::from(more);
            }
        })?;
        Ok(all)
    }
}

impl fmt::Debug for Scorer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scorer")
            .field("records", &self.records().len())
            .field("model", &self.model)
            .finish_non_exhaustive()
    }
}
