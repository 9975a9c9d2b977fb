//! The blocks of one rule.

use rayon::prelude::*;

use super::{
    HotBlocks, PairKind,
    keys::RuleKeys,
    report::{HotBlock, RuleReport},
    rule::BlockingRule,
};
use crate::{
    Error, Result,
    identity::Records,
    numeric::{hash::mix, map_chunks},
};

/// Marks a record that is in no block.
const NONE: u32 = u32::MAX;

/// The width of a block whose members are all paired, and stand in the order of sources.
const FULL: u32 = u32::MAX;

/// The width of the widest window: no block has more places.
const WIDEST: u32 = FULL - 1;

/// The blocks of one rule: records end to end, and who is in which.
pub(super) struct RuleBlocks {
    /// Members of the blocks: records in the order of sources and keys, or in the order
    /// of the window where a block has one.
    members: Vec<u32>,
    ends: Vec<u32>,
    /// Less than so many places apart within a block, two records are paired.
    widths: Vec<u32>,
    membership: Membership,
    kind: PairKind,
}

/// The blocks of each record.
enum Membership {
    /// At most one each; with the place in it where blocks have windows.
    One {
        block: Vec<u32>,
        place: Option<Vec<u32>>,
    },
    /// Several each, in rising order, with the place in each.
    Many {
        ends: Vec<u32>,
        blocks: Vec<(u32, u32)>,
    },
}

/// A key and the rank of a record that has it.
type Keyed = (u64, u32);

/// Records whose keys are made together; a constant.
const CHUNK: usize = 1 << 14;

/// Rules of more records than this are not counted in full to choose among them, but by
/// one in so many of their keys.
const COUNTED: usize = 100_000;
const PART_OF_KEYS: u64 = 8;

/// The most hot blocks that are named in a report.
const NAMED: usize = 20;

/// Blocks in the making.
struct Building<'a> {
    records: &'a Records,
    rule: &'a BlockingRule,
    kind: PairKind,
    keys: RuleKeys<'a>,
    /// By which hot blocks are cut, under [`HotBlocks::SubBlock`].
    sub_keys: Option<&'a RuleKeys<'a>>,
    /// Records in the order of sources and keys.
    by_rank: &'a [u32],
    /// One key in so many is taken.
    one_in: u64,
    members: Vec<u32>,
    ends: Vec<u32>,
    widths: Vec<u32>,
    report: RuleReport,
}

impl RuleBlocks {
    /// The blocks of a rule and what there is to say of them.
    pub(super) fn new(
        records: &Records,
        by_rank: &[u32],
        rule: &BlockingRule,
        kind: PairKind,
    ) -> Result<(Self, RuleReport)> {
        let keys = RuleKeys::new(records, rule)?;
        let single = keys.single();
        let (mut blocks, report) = Self::made(records, by_rank, rule, kind, keys, 1)?;
        blocks.membership = blocks.membership(records.len(), single);
        Ok((blocks, report))
    }

    /// About how many pairs a rule makes, for the choice of rules: where many records have
    /// several keys each, by a part of the keys.
    pub(super) fn about_pairs(
        records: &Records,
        by_rank: &[u32],
        rule: &BlockingRule,
        kind: PairKind,
    ) -> Result<u64> {
        let keys = RuleKeys::new(records, rule)?;
        let one_in = if keys.single() || records.len() <= COUNTED {
            1
        } else {
            PART_OF_KEYS
        };
        let (_, report) = Self::made(records, by_rank, rule, kind, keys, one_in)?;
        Ok(report.pairs * one_in)
    }

    /// The blocks of the keys that are taken; who is in which is left open.
    fn made(
        records: &Records,
        by_rank: &[u32],
        rule: &BlockingRule,
        kind: PairKind,
        keys: RuleKeys<'_>,
        one_in: u64,
    ) -> Result<(Self, RuleReport)> {
        let single = keys.single();
        let sub_keys = match rule.hot() {
            HotBlocks::SubBlock(parts) => Some(RuleKeys::of_parts(records, parts)?),
            _ => None,
        };
        let mut building = Building {
            records,
            rule,
            kind,
            keys,
            sub_keys: sub_keys.as_ref(),
            by_rank,
            one_in,
            members: Vec::new(),
            ends: Vec::new(),
            widths: Vec::new(),
            report: RuleReport::new(rule.to_string()),
        };
        match rule.window() {
            Some(width) => building.neighbourhood(width),
            None => building.by_key(single)?,
        }
        let Building {
            members,
            ends,
            widths,
            report,
            ..
        } = building;
        let blocks = Self {
            membership: Membership::One {
                block: Vec::new(),
                place: None,
            },
            members,
            ends,
            widths,
            kind,
        };
        Ok((blocks, report))
    }

    fn membership(&self, records: usize, single: bool) -> Membership {
        if single {
            let mut block = vec![NONE; records];
            let windows = self.widths.iter().any(|&width| width != FULL);
            let mut place = windows.then(|| vec![0; records]);
            for at in 0..self.ends.len() {
                for (within, &record) in (0u32..).zip(self.block(at)) {
                    #[expect(clippy::cast_possible_truncation, reason = "blocks are below 2^32")]
                    let number = at as u32;
                    block[record as usize] = number;
                    if let Some(place) = &mut place {
                        place[record as usize] = within;
                    }
                }
            }
            return Membership::One { block, place };
        }
        let mut ends = vec![0u32; records];
        for &record in &self.members {
            ends[record as usize] += 1;
        }
        let mut total = 0;
        for end in &mut ends {
            total += *end;
            *end = total - *end;
        }
        let mut blocks = vec![(0, 0); self.members.len()];
        for at in 0..self.ends.len() {
            for (within, &record) in (0u32..).zip(self.block(at)) {
                let next = &mut ends[record as usize];
                #[expect(clippy::cast_possible_truncation, reason = "blocks are below 2^32")]
                let number = at as u32;
                blocks[*next as usize] = (number, within);
                *next += 1;
            }
        }
        Membership::Many { ends, blocks }
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    fn block(&self, at: usize) -> &[u32] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.members[start as usize..self.ends[at] as usize]
    }

    pub(super) fn size(&self, at: usize) -> usize {
        self.block(at).len()
    }

    /// About how many pairs the records from one place of a block on have.
    pub(super) fn pairs_from(&self, at: usize, place: usize) -> u64 {
        let after = self.size(at) - place - 1;
        after.min(self.widths[at] as usize - 1) as u64
    }

    /// Whether the rule makes the pair at all.
    #[inline]
    pub(super) fn makes(&self, a: u32, b: u32) -> bool {
        match &self.membership {
            Membership::One { block, place } => {
                let of = block[a as usize];
                if of == NONE || of != block[b as usize] {
                    return false;
                }
                place.as_ref().is_none_or(|place| {
                    let apart = place[a as usize].abs_diff(place[b as usize]);
                    apart < self.widths[of as usize]
                })
            }
            Membership::Many { .. } => self.first_shared(a, b).is_some(),
        }
    }

    /// The first block in which two records are paired.
    fn first_shared(&self, a: u32, b: u32) -> Option<u32> {
        let Membership::Many { ends, blocks } = &self.membership else {
            return None;
        };
        let of = |record: u32| {
            let at = record as usize;
            let start = at.checked_sub(1).map_or(0, |before| ends[before]);
            &blocks[start as usize..ends[at] as usize]
        };
        let (mut a, mut b) = (of(a), of(b));
        while let (Some(&(left, one)), Some(&(right, other))) = (a.first(), b.first()) {
            if left == right && one.abs_diff(other) < self.widths[left as usize] {
                return Some(left);
            }
            if left <= right {
                a = &a[1..];
            }
            if right <= left {
                b = &b[1..];
            }
        }
        None
    }

    /// Each pair of a block whose first record is at one of some places, once in the
    /// rule.
    #[inline]
    pub(super) fn pairs(
        &self,
        at: usize,
        places: std::ops::Range<usize>,
        source: &[u16],
        mut each: impl FnMut(u32, u32),
    ) {
        let members = self.block(at);
        let width = self.widths[at] as usize;
        let several = matches!(self.membership, Membership::Many { .. });
        for place in places {
            let one = members[place];
            let end = place.saturating_add(width).min(members.len());
            for &other in &members[place + 1..end] {
                let fits = match self.kind {
                    PairKind::All => true,
                    PairKind::AcrossSources => source[one as usize] != source[other as usize],
                    PairKind::WithinSources => source[one as usize] == source[other as usize],
                };
                if !fits || (several && self.first_shared(one, other) != u32::try_from(at).ok()) {
                    continue;
                }
                each(one, other);
            }
        }
    }
}

impl Building<'_> {
    /// One block of all records, by the order of their keys.
    fn neighbourhood(&mut self, width: u32) {
        let keyed = |record: &u32| {
            let order = self.keys.order(*record);
            let known = order
                .iter()
                .all(|&id| id != crate::identity::records::MISSING);
            known.then_some((order, *record))
        };
        // The sort is stable: of equals, who comes first by source and key stays first.
        let mut order: Vec<(Vec<u32>, u32)> = self.by_rank.iter().filter_map(keyed).collect();
        order.par_sort_by(|a, b| a.0.cmp(&b.0));
        let members: Vec<u32> = order.into_iter().map(|(_, record)| record).collect();
        self.report.records = members.len() as u64;
        self.report.largest = self.report.records;
        if members.len() > 1 {
            self.add(&members, width.min(WIDEST));
        }
    }

    /// A block for each key that two records share.
    fn by_key(&mut self, single: bool) -> Result<()> {
        if !single {
            self.check_number_of_keys()?;
        }
        let keyed = keyed(&self.keys, self.by_rank, single, self.one_in);
        let mut with_key = 0u64;
        if single {
            with_key = keyed.len() as u64;
        } else {
            let mut seen = vec![false; self.by_rank.len()];
            for &(_, rank) in &keyed {
                with_key += u64::from(!std::mem::replace(&mut seen[rank as usize], true));
            }
        }
        self.report.records = with_key;
        for block in keyed
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|block| block.len() > 1)
        {
            let members: Vec<u32> = block
                .iter()
                .map(|&(_, rank)| self.by_rank[rank as usize])
                .collect();
            self.report.largest = self.report.largest.max(members.len() as u64);
            if members.len() <= self.rule.most() {
                self.add(&members, FULL);
            } else {
                self.hot(&members)?;
            }
        }
        Ok(())
    }

    /// Keys that are too many are refused before memory is taken for them.
    fn check_number_of_keys(&self) -> Result<()> {
        let of_chunk = |range: std::ops::Range<usize>| {
            let keys = self.by_rank[range]
                .iter()
                .map(|&record| self.keys.most(record));
            keys.fold(0, u64::saturating_add)
        };
        let all = map_chunks(self.by_rank.len(), CHUNK, of_chunk);
        let all = all.into_iter().fold(0, u64::saturating_add);
        if u32::try_from(all).is_ok() {
            return Ok(());
        }
        Err(Error::Overflow {
            what: format!(
                "the records have {all} keys under {}, more than {}; use a key with fewer values a \
                 record",
                self.rule,
                u32::MAX
            )
            .into(),
        })
    }

    fn add(&mut self, members: &[u32], width: u32) {
        self.report.blocks += 1;
        self.report.pairs += self.count(members, width);
        self.members.extend_from_slice(members);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "no more than the keys, checked"
        )]
        self.ends.push(self.members.len() as u32);
        self.widths.push(width);
    }

    /// The pairs of a block, in closed form where it is not windowed by source.
    fn count(&self, members: &[u32], width: u32) -> u64 {
        let all = |n: u64| n * n.saturating_sub(1) / 2;
        let n = members.len() as u64;
        let source = self.records.source();
        let of = |record: u32| source[record as usize];
        match (self.kind, width) {
            (PairKind::All, FULL) => all(n),
            (PairKind::All, width) => {
                let apart = u64::from(width - 1).min(n.saturating_sub(1));
                apart * n - apart * (apart + 1) / 2
            }
            (kind, FULL) => {
                // Members are in the order of sources.
                let runs = members.chunk_by(|&a, &b| of(a) == of(b));
                let within: u64 = runs.map(|run| all(run.len() as u64)).sum();
                match kind {
                    PairKind::WithinSources => within,
                    _ => all(n) - within,
                }
            }
            (kind, width) => {
                let across = kind == PairKind::AcrossSources;
                let pairs_of = |place: usize| {
                    let end = place.saturating_add(width as usize).min(members.len());
                    let fits = |&&other: &&u32| (of(members[place]) != of(other)) == across;
                    members[place + 1..end].iter().filter(fits).count() as u64
                };
                (0..members.len()).map(pairs_of).sum()
            }
        }
    }

    /// A block that is larger than the rule allows.
    fn hot(&mut self, members: &[u32]) -> Result<()> {
        let key = self.keys.show(members[0]);
        let skipped = match (self.rule.hot(), self.sub_keys) {
            (HotBlocks::Fail, _) => {
                return Err(Error::Degenerate {
                    what: format!(
                        "{} records share the key {key} of {}, more than the {} allowed; allow \
                         more, add to the key, or choose another policy for hot blocks",
                        members.len(),
                        self.rule,
                        self.rule.most()
                    )
                    .into(),
                });
            }
            (HotBlocks::SubBlock(_), Some(keys)) => self.sub_blocks(members, keys),
            (HotBlocks::Window(width), _) => {
                let all = self.count(members, FULL);
                let columns = self.records.columns();
                let values = |record: u32| {
                    columns
                        .iter()
                        .map(move |field| field.codes[record as usize])
                };
                let mut order = members.to_vec();
                order.sort_by(|&a, &b| values(a).cmp(values(b)));
                let before = self.report.pairs;
                self.add(&order, (*width).min(WIDEST));
                all - (self.report.pairs - before)
            }
            (HotBlocks::Skip | HotBlocks::SubBlock(_), _) => self.count(members, FULL),
        };
        self.report.hot(HotBlock {
            key,
            records: members.len() as u64,
            skipped_pairs: skipped,
        });
        Ok(())
    }

    /// Cuts a block by more components of the key; gives the pairs that are left out.
    fn sub_blocks(&mut self, members: &[u32], keys: &RuleKeys<'_>) -> u64 {
        let all = self.count(members, FULL);
        let keyed = |(place, &record): (u32, &u32)| Some((keys.one(record)?, place));
        let mut cut: Vec<Keyed> = (0u32..).zip(members).filter_map(keyed).collect();
        cut.sort_unstable();
        let before = self.report.pairs;
        for block in cut
            .chunk_by(|a, b| a.0 == b.0)
            .filter(|block| block.len() > 1)
        {
            let members: Vec<u32> = block
                .iter()
                .map(|&(_, place)| members[place as usize])
                .collect();
            if members.len() <= self.rule.most() {
                self.add(&members, FULL);
            }
        }
        all - (self.report.pairs - before)
    }
}

impl RuleReport {
    fn new(rule: String) -> Self {
        Self {
            rule,
            ..Self::default()
        }
    }

    /// Keeps the largest hot blocks by name, and all in the sums.
    fn hot(&mut self, block: HotBlock) {
        self.hot += 1;
        self.skipped_pairs += block.skipped_pairs;
        let place = self
            .hot_blocks
            .partition_point(|known| known.records >= block.records);
        if place < NAMED {
            self.hot_blocks.insert(place, block);
            self.hot_blocks.truncate(NAMED);
        }
    }
}

/// The keys of all records with their ranks, in order: one key in so many.
fn keyed(keys: &RuleKeys<'_>, by_rank: &[u32], single: bool, one_in: u64) -> Vec<Keyed> {
    let taken = |key: &&u64| one_in == 1 || mix(**key).is_multiple_of(one_in);
    let chunks = map_chunks(by_rank.len(), CHUNK, |range| {
        let mut made: Vec<Keyed> = Vec::with_capacity(range.len());
        let mut several = Vec::new();
        for rank in range {
            let record = by_rank[rank];
            #[expect(clippy::cast_possible_truncation, reason = "records are below 2^32")]
            let rank = rank as u32;
            if single {
                made.extend(keys.one(record).map(|key| (key, rank)));
            } else {
                keys.all(record, &mut several);
                made.extend(several.iter().filter(taken).map(|&key| (key, rank)));
            }
        }
        made
    });
    let mut all = chunks.concat();
    all.par_sort_unstable();
    all
}
