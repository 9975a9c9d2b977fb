//! Blocking: which pairs of records are compared at all.
//!
//! All pairs of a million records are half a million millions. Records that share a key
//! under at least one rule are compared, the others are not: what no rule makes is lost,
//! so that rules are worth more thought than scores.

mod blocks;
mod defaults;
mod keys;
mod report;
mod rule;

use std::{fmt, ops::Range};

use serde::{Deserialize, Serialize};

use self::blocks::RuleBlocks;
pub use self::{
    report::{HotBlock, PairCounts, RuleReport},
    rule::{BlockingRule, HotBlocks, Key},
};
use super::{RecordIx, Records};
use crate::{
    Error, Observer, Result,
    numeric::{Stage, map_chunks, map_chunks_observed},
};

/// Which records may be paired at all.
///
/// # Example
///
/// ```
/// use custometry::identity::{BlockingParams, BlockingRule, PairKind, Records};
/// let records = Records::builder()
///     .int_keys(&[1, 2, 1, 2])
///     .sources(&["shop", "shop", "web", "web"])
///     .surname(&["Lee"; 4])
///     .build()?;
/// let pairs = |kind| -> custometry::Result<u64> {
///     let params = BlockingParams::new(vec![BlockingRule::on(["surname"])]).pairs(kind);
///     Ok(params.block(&records)?.count().total)
/// };
/// assert_eq!(pairs(PairKind::All)?, 6);
/// assert_eq!(pairs(PairKind::AcrossSources)?, 4);
/// assert_eq!(pairs(PairKind::WithinSources)?, 2);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PairKind {
    /// Any two: records are linked across sources, and duplicates found within each.
    #[default]
    All,
    /// Records of different sources: no source has a person twice.
    AcrossSources,
    /// Records of one source.
    WithinSources,
}

impl PairKind {
    /// Whether two records are a pair of this kind.
    pub(super) fn fits(self, same_source: bool) -> bool {
        match self {
            Self::All => true,
            Self::AcrossSources => !same_source,
            Self::WithinSources => same_source,
        }
    }

    /// How many pairs of records there are of this kind, compared or not.
    pub(super) fn total(self, records: &Records) -> u64 {
        let all = |n: u64| n * n.saturating_sub(1) / 2;
        let mut sizes = vec![0u64; records.sources().len()];
        for &source in records.source() {
            sizes[usize::from(source)] += 1;
        }
        let within: u64 = sizes.into_iter().map(all).sum();
        match self {
            Self::All => all(records.len() as u64),
            Self::AcrossSources => all(records.len() as u64) - within,
            Self::WithinSources => within,
        }
    }
}

/// By which rules to pair records.
///
/// # Example
///
/// ```
/// use custometry::identity::{BlockingParams, BlockingRule, ColumnPart, Part, RecordIx, Records};
/// let records = Records::builder()
///     .text_keys(&["a", "b", "c", "d"])
///     .surname(&["Lee", "Lee", "Li", "Ma"])
///     .birth_dates(&["1970-05-17", "1970-05-17", "1970-12-01", ""])
///     .build()?;
/// let born = BlockingRule::on([ColumnPart::new("birth_date", Part::Year)]);
/// let params = BlockingParams::new(vec![BlockingRule::on(["surname"]), born]);
/// let blocking = params.block(&records)?;
///
/// // The rules make 1 and 3 pairs; one of them is the same.
/// assert_eq!(blocking.rules().iter().map(|rule| rule.pairs).sum::<u64>(), 4);
/// assert_eq!(blocking.count().new, [1, 2]);
/// assert_eq!(blocking.all()[0], (RecordIx(0), RecordIx(1)));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockingParams {
    rules: Vec<BlockingRule>,
    #[serde(default)]
    pairs: PairKind,
    #[serde(default = "most_pairs")]
    max_pairs: u64,
}

/// More pairs than a machine should be surprised by.
const MAX_PAIRS: u64 = 20_000_000_000;

fn most_pairs() -> u64 {
    MAX_PAIRS
}

impl BlockingParams {
    /// By these rules; any two records, and at most 20,000 million pairs, unless it is
    /// set otherwise.
    ///
    /// # Example
    ///
    /// See [`BlockingParams`].
    pub fn new(rules: Vec<BlockingRule>) -> Self {
        Self {
            rules,
            pairs: PairKind::default(),
            max_pairs: MAX_PAIRS,
        }
    }

    /// Which records may be paired.
    ///
    /// # Example
    ///
    /// See [`PairKind`].
    pub fn pairs(mut self, kind: PairKind) -> Self {
        self.pairs = kind;
        self
    }

    /// The most pairs that the rules may make together, each counted by itself.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{BlockingParams, BlockingRule, Records};
    /// let records = Records::builder().int_keys(&[1, 2, 3, 4]).city(&["Bonn"; 4]).build()?;
    /// let params = BlockingParams::new(vec![BlockingRule::on(["city"])]).max_pairs(5);
    /// let error = params.block(&records).unwrap_err();
    /// assert!(error.to_string().contains("city: 6"), "{error}");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn max_pairs(mut self, pairs: u64) -> Self {
        self.max_pairs = pairs;
        self
    }

    /// The rules.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{BlockingParams, BlockingRule};
    /// let rule = BlockingRule::on(["email"]);
    /// assert_eq!(BlockingParams::new(vec![rule.clone()]).rules(), [rule]);
    /// ```
    pub fn rules(&self) -> &[BlockingRule] {
        &self.rules
    }

    /// Finds the blocks. No pair is made yet, only counted.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] without rules, for a column that does not exist, a
    /// window below 2, a key that its column cannot give, a neighbourhood by anything
    /// but parts of columns; [`Error::Degenerate`] for a hot block under
    /// [`HotBlocks::Fail`]; [`Error::Overflow`] for more pairs than allowed, rule by
    /// rule, and where all records together have 2^32 keys under one rule.
    ///
    /// # Example
    ///
    /// See [`BlockingParams`].
    pub fn block<'r>(&self, records: &'r Records) -> Result<Blocking<'r>> {
        if self.rules.is_empty() {
            return Err(Error::parameter("number of rules", 0, "at least 1"));
        }
        let by_rank = records.by_rank();
        let made = map_chunks(self.rules.len(), 1, |range| {
            RuleBlocks::new(records, &by_rank, &self.rules[range.start], self.pairs)
        });
        let (mut blocks, mut reports) = (Vec::new(), Vec::new());
        for made in made {
            let (of_rule, report) = made?;
            blocks.push(of_rule);
            reports.push(report);
        }
        let total: u64 = reports.iter().map(|report| report.pairs).sum();
        if total > self.max_pairs {
            let by_rule: Vec<String> = reports
                .iter()
                .map(|report| format!("{}: {}", report.rule, report.pairs))
                .collect();
            return Err(Error::Overflow {
                what: format!(
                    "the rules make {total} pairs, more than the {} allowed ({}); add to the keys \
                     of the largest, or allow more",
                    self.max_pairs,
                    by_rule.join("; ")
                )
                .into(),
            });
        }
        Ok(Blocking {
            records,
            rules: self.rules.clone(),
            kind: self.pairs,
            blocks,
            reports,
        })
    }
}

/// The blocks of all rules, and the pairs within them: each pair once, made by the first
/// rule that makes it.
///
/// # Example
///
/// See [`BlockingParams`].
pub struct Blocking<'r> {
    records: &'r Records,
    rules: Vec<BlockingRule>,
    kind: PairKind,
    blocks: Vec<RuleBlocks>,
    reports: Vec<RuleReport>,
}

impl fmt::Debug for Blocking<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blocking")
            .field("records", &self.records.len())
            .field("rules", &self.reports.len())
            .finish_non_exhaustive()
    }
}

/// A piece of work: some blocks of a rule, or some records of one block.
#[derive(Clone)]
struct Tile {
    rule: usize,
    blocks: Range<usize>,
    /// Of a tile of one block, which records come first in the pair.
    places: Option<Range<usize>>,
}

/// About the pairs of a tile; a constant.
const TILE: u64 = 1 << 15;

/// Two records, by number.
pub(super) type Pair = (u32, u32);

/// Pairs handed on together: they are worked on comparison by comparison, which fetches
/// many values at once.
const BATCH: usize = 1 << 10;

/// Tiles whose results are held at once; a constant.
const TILES_PER_STEP: usize = 64;

/// Which pairs of a rule to make.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Once {
    /// Those that no rule before it makes.
    AmongRules,
    /// All of the rule.
    InRule,
}

impl<'r> Blocking<'r> {
    /// The records.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{BlockingParams, BlockingRule, PairKind, Records};
    /// let records = Records::builder().int_keys(&[1, 2]).city(&["Bonn"; 2]).build()?;
    /// let blocking = BlockingParams::new(vec![BlockingRule::on(["city"])]).block(&records)?;
    /// assert_eq!(blocking.records().len(), 2);
    /// assert_eq!(blocking.kind(), PairKind::All);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn records(&self) -> &'r Records {
        self.records
    }

    /// Which records may be paired.
    ///
    /// # Example
    ///
    /// See [`records`](Self::records).
    pub fn kind(&self) -> PairKind {
        self.kind
    }

    pub(super) fn params(&self) -> &[BlockingRule] {
        &self.rules
    }

    /// What each rule makes and what it leaves out, in their order.
    ///
    /// # Example
    ///
    /// See [`RuleReport`].
    pub fn rules(&self) -> &[RuleReport] {
        &self.reports
    }

    /// Counts the pairs that each rule adds to those before it, without keeping any.
    ///
    /// # Example
    ///
    /// See [`BlockingParams`].
    pub fn count(&self) -> PairCounts {
        let mut new = vec![0; self.blocks.len()];
        let tiles = self.tiles(0..self.blocks.len());
        let counts = map_chunks(tiles.len(), 1, |range| {
            let mut count = 0u64;
            self.visit(&tiles[range.start], Once::AmongRules, |pairs| {
                count += pairs.len() as u64;
            });
            count
        });
        for (tile, count) in tiles.iter().zip(counts) {
            new[tile.rule] += count;
        }
        PairCounts {
            total: new.iter().sum(),
            new,
        }
    }

    /// Whether any rule pairs two records.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{BlockingParams, BlockingRule, RecordIx, Records};
    /// let records = Records::builder().int_keys(&[1, 2, 3]).city(&["Bonn", "Bonn", "Ulm"]).build()?;
    /// let blocking = BlockingParams::new(vec![BlockingRule::on(["city"])]).block(&records)?;
    /// assert_eq!(blocking.first_rule(RecordIx(0), RecordIx(1)), Some(0));
    /// assert_eq!(blocking.first_rule(RecordIx(0), RecordIx(2)), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn first_rule(&self, a: RecordIx, b: RecordIx) -> Option<usize> {
        let known = a.at().max(b.at()) < self.records.len();
        if !known || a == b {
            return None;
        }
        let source = self.records.source();
        let fits = self.kind.fits(source[a.at()] == source[b.at()]);
        let makes = |blocks: &RuleBlocks| blocks.makes(a.0, b.0);
        self.blocks.iter().position(makes).filter(|_| fits)
    }

    /// Whether a rule before this one pairs two records.
    pub(super) fn is_made_before(&self, rule: usize, a: u32, b: u32) -> bool {
        self.blocks[..rule].iter().any(|blocks| blocks.makes(a, b))
    }

    /// How many rules pair two records, whatever the rules before them do.
    pub(super) fn rules_that_make(&self, a: RecordIx, b: RecordIx) -> usize {
        let makes = |blocks: &&RuleBlocks| blocks.makes(a.0, b.0);
        self.blocks.iter().filter(makes).count()
    }

    /// All pairs, for tests and small data: by rule, by block. Memory is taken for each.
    ///
    /// # Example
    ///
    /// See [`BlockingParams`].
    pub fn all(&self) -> Vec<(RecordIx, RecordIx)> {
        let add = |all: &mut Vec<_>, pairs: &[Pair]| {
            all.extend(pairs.iter().map(|&(a, b)| (RecordIx(a), RecordIx(b))));
        };
        let mut all = Vec::new();
        // Nobody watches, so that nobody stops it.
        let _ = self.fold_pairs(&mut (), "pairing", Vec::new, add, |mut pairs| {
            all.append(&mut pairs);
        });
        all
    }

    /// Visits each pair once, some at a time, in pieces of constant size, and takes what
    /// each piece made, in order. The record that comes first by source and key comes first in the pair,
    /// except in windows.
    pub(super) fn fold_pairs<T: Send>(
        &self,
        observer: &mut dyn Observer,
        stage: &'static str,
        start: impl Fn() -> T + Sync,
        visit: impl Fn(&mut T, &[Pair]) + Sync,
        take: impl FnMut(T),
    ) -> Result<()> {
        let tiles = self.tiles(0..self.blocks.len());
        self.fold_tiles(
            &tiles,
            Once::AmongRules,
            (observer, stage),
            start,
            visit,
            take,
        )
    }

    /// Visits each pair of one rule once, whatever the rules before it make.
    pub(super) fn fold_pairs_of<T: Send>(
        &self,
        rule: usize,
        start: impl Fn() -> T + Sync,
        visit: impl Fn(&mut T, &[Pair]) + Sync,
        take: impl FnMut(T),
    ) -> Result<()> {
        let tiles = self.tiles(rule..rule + 1);
        self.fold_tiles(
            &tiles,
            Once::InRule,
            (&mut (), "pairing"),
            start,
            visit,
            take,
        )
    }

    /// What pieces made is taken step by step, so that memory does not grow with the
    /// number of pairs.
    fn fold_tiles<T: Send>(
        &self,
        tiles: &[Tile],
        once: Once,
        (observer, name): (&mut dyn Observer, &'static str),
        start: impl Fn() -> T + Sync,
        visit: impl Fn(&mut T, &[Pair]) + Sync,
        mut take: impl FnMut(T),
    ) -> Result<()> {
        let stage = Stage {
            name,
            total: tiles.len(),
        };
        let mut done = 0;
        for step in tiles.chunks(TILES_PER_STEP) {
            let items = done..done + step.len();
            done = items.end;
            let made = map_chunks_observed(items, 1, stage, observer, |range| {
                let mut made = start();
                self.visit(&tiles[range.start], once, |pairs| visit(&mut made, pairs));
                Ok(made)
            });
            made?.into_iter().for_each(&mut take);
        }
        Ok(())
    }

    fn visit(&self, tile: &Tile, once: Once, mut each: impl FnMut(&[Pair])) {
        let blocks = &self.blocks[tile.rule];
        let mut batch = Vec::with_capacity(BATCH);
        for at in tile.blocks.clone() {
            let places = tile.places.clone().unwrap_or(0..blocks.size(at));
            blocks.pairs(at, places, self.records.source(), |a, b| {
                if once == Once::AmongRules && self.is_made_before(tile.rule, a, b) {
                    return;
                }
                batch.push((a, b));
                if batch.len() == BATCH {
                    each(&batch);
                    batch.clear();
                }
            });
        }
        if !batch.is_empty() {
            each(&batch);
        }
    }

    /// Cuts the work of some rules into pieces.
    fn tiles(&self, rules: Range<usize>) -> Vec<Tile> {
        let mut tiles = Vec::new();
        for rule in rules {
            let blocks = &self.blocks[rule];
            let (mut start, mut pairs) = (0, 0);
            for at in 0..blocks.len() {
                let of_block: u64 = blocks.pairs_from(at, 0) * blocks.size(at) as u64;
                if of_block > 2 * TILE {
                    if start < at {
                        tiles.push(Tile {
                            rule,
                            blocks: start..at,
                            places: None,
                        });
                    }
                    cut(blocks, rule, at, &mut tiles);
                    (start, pairs) = (at + 1, 0);
                    continue;
                }
                pairs += of_block;
                if pairs >= TILE || at + 1 == blocks.len() {
                    tiles.push(Tile {
                        rule,
                        blocks: start..at + 1,
                        places: None,
                    });
                    (start, pairs) = (at + 1, 0);
                }
            }
        }
        tiles
    }
}

/// Cuts a large block into pieces.
fn cut(blocks: &RuleBlocks, rule: usize, at: usize, tiles: &mut Vec<Tile>) {
    let (mut from, mut pairs) = (0, 0);
    for place in 0..blocks.size(at) {
        pairs += blocks.pairs_from(at, place);
        if pairs >= TILE || place + 1 == blocks.size(at) {
            tiles.push(Tile {
                rule,
                blocks: at..at + 1,
                places: Some(from..place + 1),
            });
            (from, pairs) = (place + 1, 0);
        }
    }
}
