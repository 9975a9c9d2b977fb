//! u: how two records taken at random compare.
//!
//! A comparison sees the values of a few columns. What two records with the same values
//! come to is counted exactly, without a sample:
//!
//! ```text
//! P(same values) = Σ_v n_v (n_v - 1) / (N (N - 1))
//! ```
//!
//! Pairs of different values are weighed by how many pairs of records have them, all of
//! them where there are few enough, and otherwise a sample.

use std::ops::Range;

use rayon::prelude::*;

use crate::{
    data::CustomerKey,
    identity::{
        PairKind, RecordIx, Records,
        comparison::{Compiled, Levels, NO_LEVEL},
        records::MISSING,
    },
    numeric::{
        hash::{fnv1a, mix},
        map_chunks,
        rng::Stream,
    },
};

/// How the levels of a comparison are spread over pairs taken at random.
pub(super) struct Spread {
    /// The share of each level among pairs that can be compared.
    pub(super) share: Vec<f64>,
    /// The standard error of each share; 0 where it was counted.
    pub(super) error: Vec<f64>,
}

/// What is compared at random.
#[derive(Clone, Copy)]
pub(super) struct AtRandom<'a> {
    pub(super) compiled: &'a Compiled<'a>,
    /// Levels of each comparison.
    pub(super) levels: &'a [usize],
    pub(super) kind: PairKind,
    /// The most pairs of different values to look at, for each comparison.
    pub(super) most: u64,
    pub(super) seed: u64,
}

/// The random numbers that draw pairs.
const DRAWS: u32 = 0x1D_0001;

/// Values looked at together: each with all others, and each with itself; constants.
const ROWS: usize = 64;
const VALUES: usize = 1 << 12;

/// Records on either side of a group of drawn pairs, and groups looked at together.
const GROUP: usize = 16;
const GROUPS: usize = 16;

/// Different combinations of values of some columns, and how many records have each.
#[derive(Default)]
struct Combinations {
    /// A record with each.
    first: Vec<u32>,
    /// Records with each, by source: the sources that have it, in their order, and no
    /// others, since most have few of the values. One source stands for all where sources
    /// do not matter.
    counts: Vec<(u16, u32)>,
    /// Where the counts of each end.
    ends: Vec<usize>,
}

/// Pairs by level, in the making.
struct Sums {
    pairs: Vec<f64>,
    variance: Vec<f64>,
}

impl AtRandom<'_> {
    /// The spread of the levels of each comparison.
    pub(super) fn spreads(self) -> Vec<Spread> {
        let counted: Vec<(Sums, bool)> = (0..self.levels.len())
            .into_par_iter()
            .map(|comparison| self.counted(comparison))
            .collect();
        let sampled = (0..).zip(&counted).filter(|(_, (_, complete))| !complete);
        let sampled: Vec<usize> = sampled.map(|(comparison, _)| comparison).collect();
        let mut sums: Vec<Sums> = counted.into_iter().map(|(sums, _)| sums).collect();
        self.sample(&sampled, &mut sums);
        let spread = |Sums { pairs, variance }| {
            let total: f64 = pairs.iter().sum();
            let part = |sum: f64| if total > 0.0 { sum / total } else { 0.0 };
            Spread {
                share: pairs.iter().map(|&sum| part(sum)).collect(),
                error: variance.iter().map(|&sum| part(f64::sqrt(sum))).collect(),
            }
        };
        sums.into_iter().map(spread).collect()
    }

    /// The pairs of a comparison that are counted: those of the same values, and of
    /// different ones where these are few. Also, whether that is all of them.
    fn counted(&self, comparison: usize) -> (Sums, bool) {
        let all = self.combinations(comparison);
        let levels = self.levels[comparison];
        let parts = map_chunks(all.first.len(), VALUES, |range| {
            let mut pairs = vec![0.0; levels];
            let same = all.first[range.clone()].iter().map(|&one| (one, one));
            let same: Vec<(u32, u32)> = same.collect();
            let mut work = Levels::default();
            let found = self.compiled.levels(comparison, &same, &mut work);
            for (at, &level) in range.zip(found) {
                if level != NO_LEVEL {
                    pairs[usize::from(level)] += all.equal_pairs(at, self.kind);
                }
            }
            pairs
        });
        let mut pairs = vec![0.0; levels];
        add(&mut pairs, parts);
        let different = all.first.len() as u64;
        let complete = different * different.saturating_sub(1) / 2 <= self.most;
        if complete {
            self.count(comparison, &all, &mut pairs);
        }
        let variance = vec![0.0; levels];
        (Sums { pairs, variance }, complete)
    }

    /// Adds all pairs of different combinations.
    fn count(&self, comparison: usize, all: &Combinations, sums: &mut [f64]) {
        let different = all.first.len();
        let parts = map_chunks(different, ROWS, |range| {
            let mut sums = vec![0.0; sums.len()];
            let (mut pairs, mut work) = (Vec::new(), Levels::default());
            for a in range {
                pairs.clear();
                pairs.extend(all.first[a + 1..].iter().map(|&b| (all.first[a], b)));
                let levels = self.compiled.levels(comparison, &pairs, &mut work);
                for (b, &level) in (a + 1..).zip(levels) {
                    if level != NO_LEVEL {
                        sums[usize::from(level)] += all.pairs(a, b, self.kind);
                    }
                }
            }
            sums
        });
        add(sums, parts);
    }

    /// Adds what pairs of different combinations come to, by a sample of pairs of
    /// records, the same for all comparisons that need one. Pairs are drawn in groups: all
    /// pairs of a few records with a few others, which are fetched once for many pairs.
    /// Pairs of a group depend on each other, groups do not, and the variance is that
    /// between groups.
    fn sample(&self, comparisons: &[usize], sums: &mut [Sums]) {
        if comparisons.is_empty() {
            return;
        }
        let records = self.compiled.records();
        let urn = Urn::new(records, self.kind);
        if urn.pairs() == 0 {
            return;
        }
        let groups = self.most.div_ceil((GROUP * GROUP) as u64).max(2);
        let groups = usize::try_from(groups).unwrap_or(usize::MAX);
        let parts = map_chunks(groups, GROUPS, |range| {
            let (mut drawn, mut ends) = (Vec::new(), Vec::new());
            for group in range {
                let mut stream = Stream::new(self.seed, DRAWS, group as u64);
                urn.draw(&mut stream, &mut drawn);
                ends.push(drawn.len());
            }
            let mut work = Levels::default();
            let found = comparisons
                .iter()
                .map(|&comparison| self.found_in_groups(comparison, &drawn, &ends, &mut work));
            (found.collect::<Vec<_>>(), drawn.len())
        });
        let drawn: usize = parts.iter().map(|(_, drawn)| drawn).sum();
        // Each pair drawn stands for so many.
        let scale = self.kind.total(records) as f64 / drawn.max(1) as f64;
        for (at, &comparison) in comparisons.iter().enumerate() {
            for level in 0..self.levels[comparison] {
                let mut found = Found::default();
                for (of_part, _) in &parts {
                    found.add(of_part[at][level]);
                }
                let Sums { pairs, variance } = &mut sums[comparison];
                pairs[level] += found.pairs as f64 * scale;
                variance[level] += scale * scale * found.variance(groups);
            }
        }
    }

    /// By level, what is found in groups of pairs that end so.
    fn found_in_groups(
        &self,
        comparison: usize,
        drawn: &[(u32, u32)],
        ends: &[usize],
        work: &mut Levels,
    ) -> Vec<Found> {
        let slots = self.compiled.slots(comparison);
        let levels = self.compiled.levels(comparison, drawn, work);
        let mut all = vec![Found::default(); self.levels[comparison]];
        let mut start = 0;
        for &end in ends {
            let mut of_group = vec![0u64; all.len()];
            for (&level, &(a, b)) in levels[start..end].iter().zip(&drawn[start..end]) {
                let (a, b) = (self.compiled.row(a), self.compiled.row(b));
                // The same values have been counted.
                let same = slots.iter().all(|&slot| a[slot] == b[slot]);
                if level != NO_LEVEL && !same {
                    of_group[usize::from(level)] += 1;
                }
            }
            let compared = of_group.iter().sum();
            for (all, pairs) in all.iter_mut().zip(of_group) {
                all.add(Found::of_group(pairs, compared));
            }
            start = end;
        }
        all
    }

    /// The different combinations of values that a comparison sees.
    fn combinations(&self, comparison: usize) -> Combinations {
        let records = self.compiled.records();
        let slots = self.compiled.slots(comparison);
        let mut all = Combinations::default();
        // Sources matter only where pairs of one source do not count alike.
        let one_source = self.kind == PairKind::All;
        if let ([slot], true) = (slots, one_source) {
            // The values of one column are numbered and counted already.
            let field = &records.columns()[self.compiled.column(*slot)];
            all.first = vec![0; field.values.len()];
            all.counts = field.counts.iter().map(|&count| (0, count)).collect();
            let mut blank = None;
            for (record, &value) in (0u32..).zip(&field.codes) {
                if value == MISSING {
                    let (_, count) = blank.get_or_insert((record, 0));
                    *count += 1;
                } else {
                    all.first[value as usize] = record;
                }
            }
            // No value may be something to compare as well.
            if let Some((record, count)) = blank {
                all.first.push(record);
                all.counts.push((0, count));
            }
            all.ends = (1..=all.counts.len()).collect();
            return all;
        }
        let source = |record: u32| {
            if one_source {
                0
            } else {
                records.source()[record as usize]
            }
        };
        let values = |record: u32| {
            let row = self.compiled.row(record);
            slots.iter().map(move |&slot| row[slot])
        };
        #[expect(clippy::cast_possible_truncation, reason = "records are below 2^32")]
        let mut order: Vec<u32> = (0..records.len() as u32).collect();
        order.par_sort_unstable_by(|&a, &b| {
            values(a)
                .cmp(values(b))
                .then_with(|| source(a).cmp(&source(b)))
        });
        for same in order.chunk_by(|&a, &b| values(a).eq(values(b))) {
            all.first.push(same[0]);
            for of_source in same.chunk_by(|&a, &b| source(a) == source(b)) {
                #[expect(clippy::cast_possible_truncation, reason = "records are below 2^32")]
                let count = of_source.len() as u32;
                all.counts.push((source(of_source[0]), count));
            }
            all.ends.push(all.counts.len());
        }
        all
    }
}

/// Pairs of one level in groups of pairs, in sums of whole numbers.
#[derive(Clone, Copy, Default)]
struct Found {
    pairs: u64,
    /// Those of all levels.
    compared: u64,
    /// Over the groups, the squares of both and their product.
    pairs_squared: u64,
    compared_squared: u64,
    product: u64,
}

impl Found {
    fn of_group(pairs: u64, compared: u64) -> Self {
        Self {
            pairs,
            compared,
            pairs_squared: pairs * pairs,
            compared_squared: compared * compared,
            product: pairs * compared,
        }
    }

    fn add(&mut self, other: Self) {
        self.pairs += other.pairs;
        self.compared += other.compared;
        self.pairs_squared += other.pairs_squared;
        self.compared_squared += other.compared_squared;
        self.product += other.product;
    }

    /// The variance of the pairs found, by how far groups are from their share:
    /// G / (G - 1) Σ (c - s n)² (Cochran 1977, Sampling Techniques, chapter 9A).
    fn variance(self, groups: usize) -> f64 {
        let share = self.pairs as f64 / self.compared.max(1) as f64;
        let squares = self.pairs_squared as f64 - 2.0 * share * self.product as f64
            + share * share * self.compared_squared as f64;
        squares.max(0.0) * groups as f64 / (groups as f64 - 1.0)
    }
}

/// Draws records of a kind of pairs, all such pairs alike.
struct Urn {
    kind: PairKind,
    /// Records in the order of sources and keys, so that no order of the rows matters.
    by_rank: Vec<u32>,
    /// The places of each source in that order.
    sources: Vec<Range<usize>>,
    /// The ordered pairs that begin in a source or in one before it.
    pairs: Vec<u64>,
}

impl Urn {
    fn new(records: &Records, kind: PairKind) -> Self {
        let mut urn = Self {
            kind,
            sources: Vec::new(),
            pairs: Vec::new(),
            by_rank: records.by_rank(),
        };
        let source = |record: u32| records.source()[record as usize];
        let (mut start, mut all) = (0, 0);
        for members in urn.by_rank.chunk_by(|&a, &b| source(a) == source(b)) {
            let partners = match kind {
                PairKind::All => urn.by_rank.len(),
                PairKind::AcrossSources => urn.by_rank.len() - members.len(),
                PairKind::WithinSources => members.len(),
            };
            all += members.len() as u64 * partners as u64;
            urn.pairs.push(all);
            urn.sources.push(start..start + members.len());
            start += members.len();
        }
        urn
    }

    /// Ordered pairs, also of a record and itself where it may be drawn twice.
    fn pairs(&self) -> u64 {
        self.pairs.last().copied().unwrap_or(0)
    }

    /// Draws a group of pairs: all pairs of a few records with a few others, without those
    /// of a record and itself.
    fn draw(&self, stream: &mut Stream, into: &mut Vec<(u32, u32)>) {
        let count = self.by_rank.len();
        let own = if self.kind == PairKind::All {
            0..count
        } else {
            let pair = stream.below(self.pairs());
            self.sources[self.pairs.partition_point(|&end| end <= pair)].clone()
        };
        let mut draw = |across: bool| {
            let place = if across {
                let other = stream.index(count - own.len());
                other + if other < own.start { 0 } else { own.len() }
            } else {
                own.start + stream.index(own.len())
            };
            self.by_rank[place]
        };
        let ones: [u32; GROUP] = std::array::from_fn(|_| draw(false));
        let across = self.kind == PairKind::AcrossSources;
        let others: [u32; GROUP] = std::array::from_fn(|_| draw(across));
        for one in ones {
            let pairs = others.iter().map(|&other| (one, other));
            into.extend(pairs.filter(|(one, other)| one != other));
        }
    }
}

impl Combinations {
    fn counts(&self, at: usize) -> &[(u16, u32)] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.counts[start..self.ends[at]]
    }

    /// The pairs of records with two different combinations.
    fn pairs(&self, a: usize, b: usize, kind: PairKind) -> f64 {
        let (a, b) = (self.counts(a), self.counts(b));
        let all = || total(a) * total(b);
        match kind {
            PairKind::All => all(),
            PairKind::AcrossSources => all() - of_one_source(a, b),
            PairKind::WithinSources => of_one_source(a, b),
        }
    }

    /// The pairs of records with one combination.
    fn equal_pairs(&self, at: usize, kind: PairKind) -> f64 {
        let counts = self.counts(at);
        let all = |n: f64| n * (n - 1.0) / 2.0;
        let within = || counts.iter().map(|&(_, n)| all(f64::from(n))).sum::<f64>();
        match kind {
            PairKind::All => all(total(counts)),
            PairKind::AcrossSources => all(total(counts)) - within(),
            PairKind::WithinSources => within(),
        }
    }
}

/// Adds up what parts of the pairs come to.
fn add(sums: &mut [f64], parts: Vec<Vec<f64>>) {
    for part in parts {
        for (sum, more) in sums.iter_mut().zip(part) {
            *sum += more;
        }
    }
}

fn total(counts: &[(u16, u32)]) -> f64 {
    counts.iter().map(|&(_, n)| f64::from(n)).sum()
}

/// The pairs of a record of the one and a record of the other, both of one source.
fn of_one_source(a: &[(u16, u32)], b: &[(u16, u32)]) -> f64 {
    let (mut a, mut b) = (a, b);
    let mut pairs = 0.0;
    while let ([(left, n), rest_of_a @ ..], [(right, m), rest_of_b @ ..]) = (a, b) {
        if left == right {
            pairs += f64::from(*n) * f64::from(*m);
        }
        if left <= right {
            a = rest_of_a;
        }
        if right <= left {
            b = rest_of_b;
        }
    }
    pairs
}

/// The hash of each record's source and key, for samples of pairs that do not depend on
/// the order of the rows, nor on other records.
pub(super) fn record_hashes(records: &Records) -> Vec<u64> {
    let of_source = |source: &String| mix(fnv1a(source.bytes()));
    let of_source: Vec<u64> = records.sources().iter().map(of_source).collect();
    #[expect(clippy::cast_possible_truncation, reason = "records are below 2^32")]
    let hash = |record: usize| {
        let source = of_source[usize::from(records.source()[record])];
        let key = records.key(RecordIx(record as u32));
        let key = key.map_or(0, |(_, key)| match key {
            CustomerKey::Int(key) => mix(key.cast_unsigned()),
            CustomerKey::Text(key) => mix(fnv1a(key.bytes())),
        });
        mix(source ^ key)
    };
    (0..records.len()).into_par_iter().map(hash).collect()
}
