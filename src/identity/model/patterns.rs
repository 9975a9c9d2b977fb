//! How often each pattern of agreement occurs among pairs.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::{
    Result,
    identity::{
        Blocking,
        comparison::{Compiled, Levels, NO_LEVEL},
    },
    numeric::hash::mix,
};

/// Patterns of agreement and how many pairs have each, in the order of the patterns.
pub(super) struct Patterns {
    /// The levels of all comparisons, or [`NO_LEVEL`], end to end.
    levels: Vec<u8>,
    width: usize,
    /// Pairs with each.
    pub(super) counts: Vec<f64>,
    /// All of them.
    pub(super) pairs: u64,
    /// The share of all pairs that was looked at.
    pub(super) sampled: f64,
}

/// Pairs by pattern, in the making.
type Found = HashMap<u128, u64, FixedState>;

/// What a tile of pairs comes to.
#[derive(Default)]
struct Tally {
    found: Found,
    /// Those of them that no earlier rule makes.
    found_first: Found,
    /// The pairs at work, and their patterns.
    pairs: Vec<(u32, u32)>,
    numbers: Vec<u128>,
    levels: Levels,
}

/// How patterns are counted.
#[derive(Clone, Copy)]
pub(super) struct Counter<'a> {
    pub(super) compiled: &'a Compiled<'a>,
    pub(super) hashes: &'a [u64],
    /// Levels of each comparison.
    pub(super) levels: &'a [usize],
    /// More pairs than this are sampled.
    pub(super) most: u64,
}

impl Patterns {
    pub(super) fn len(&self) -> usize {
        self.counts.len()
    }

    pub(super) fn levels(&self, pattern: usize) -> &[u8] {
        &self.levels[pattern * self.width..(pattern + 1) * self.width]
    }
}

impl Counter<'_> {
    /// The numbers of the patterns of some pairs: their levels as the digits of a number.
    fn patterns(&self, tally: &mut Tally) {
        let Tally {
            pairs,
            numbers,
            levels,
            ..
        } = tally;
        numbers.clear();
        numbers.resize(pairs.len(), 0);
        for (comparison, &count) in self.levels.iter().enumerate() {
            let levels = self.compiled.levels(comparison, pairs, levels);
            for (&level, number) in levels.iter().zip(numbers.iter_mut()) {
                let digit = match level {
                    NO_LEVEL => count,
                    level => usize::from(level),
                };
                *number = *number * (count as u128 + 1) + digit as u128;
            }
        }
    }

    fn decode(&self, mut number: u128) -> Vec<u8> {
        let mut levels: Vec<u8> = Vec::with_capacity(self.levels.len());
        for &count in self.levels.iter().rev() {
            let base = count as u128 + 1;
            let digit = number % base;
            number /= base;
            // Levels are at most 32.
            #[expect(clippy::cast_possible_truncation)]
            let level = if digit == count as u128 {
                NO_LEVEL
            } else {
                digit as u8
            };
            levels.push(level);
        }
        levels.reverse();
        levels
    }

    /// The patterns of the pairs of each rule, and of all different pairs.
    pub(super) fn count(&self, blocking: &Blocking<'_>) -> Result<(Vec<Patterns>, Patterns)> {
        let of_rules = || blocking.rules().iter().map(|report| report.pairs);
        let together: u64 = of_rules().sum();
        let different = if together > self.most {
            blocking.count().total
        } else {
            together
        };
        let all = self.share(different);
        let mut found_first = Found::default();
        let mut patterns = Vec::new();
        for (rule, pairs) in of_rules().enumerate() {
            // A rule has fewer pairs than all together, so that what is taken of all is
            // taken of the rule as well.
            let own = self.share(pairs);
            let visit = |tally: &mut Tally, pairs: &[(u32, u32)]| {
                tally.pairs.clear();
                tally
                    .pairs
                    .extend(pairs.iter().filter(|&&pair| self.takes(own, pair)));
                self.patterns(tally);
                for (&number, &(a, b)) in tally.numbers.iter().zip(&tally.pairs) {
                    *tally.found.entry(number).or_insert(0) += 1;
                    if self.takes(all, (a, b)) && !blocking.is_made_before(rule, a, b) {
                        *tally.found_first.entry(number).or_insert(0) += 1;
                    }
                }
            };
            let mut found = Found::default();
            blocking.fold_pairs_of(rule, Tally::default, visit, |tally| {
                add(&mut found, tally.found);
                add(&mut found_first, tally.found_first);
            })?;
            patterns.push(self.in_order(found, own));
        }
        Ok((patterns, self.in_order(found_first, all)))
    }

    /// The share of so many pairs that is taken.
    fn share(&self, pairs: u64) -> f64 {
        if pairs > self.most {
            self.most as f64 / pairs as f64
        } else {
            1.0
        }
    }

    /// Whether a pair is taken: if the hash of the two, in either order, is below the
    /// share.
    fn takes(&self, share: f64, (a, b): (u32, u32)) -> bool {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of 2^64; saturates"
        )]
        let below = (share * 2f64.powi(64)) as u64;
        let (one, other) = (self.hashes[a as usize], self.hashes[b as usize]);
        share >= 1.0 || mix(one ^ other) < below
    }

    fn in_order(&self, found: Found, sampled: f64) -> Patterns {
        let mut in_order: Vec<(u128, u64)> = found.into_iter().collect();
        in_order.sort_unstable();
        Patterns {
            levels: in_order
                .iter()
                .flat_map(|&(pattern, _)| self.decode(pattern))
                .collect(),
            width: self.levels.len(),
            pairs: in_order.iter().map(|&(_, count)| count).sum(),
            counts: in_order.iter().map(|&(_, count)| count as f64).collect(),
            sampled,
        }
    }
}

/// Adds up whole numbers by pattern: their order does not matter.
fn add(all: &mut Found, more: Found) {
    for (pattern, count) in more.into_iter().collect::<Vec<_>>() {
        *all.entry(pattern).or_insert(0) += count;
    }
}
