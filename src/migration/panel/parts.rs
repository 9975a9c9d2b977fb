//! Snapshots joined part by part: what can be merged needs no numbers for all customers.
//!
//! Rows are cut by the hash of their key, so that the customers of a part fit into the cache. Each part
//! is a panel of its own.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use super::{NO_ROW, SegmentPanel, snapshots::code_of};
use crate::{
    data::{Assignments, Segment},
    migration::chunks::CHUNK,
    numeric::map_chunks,
};

/// Parts that many rows are cut into; a constant.
const PARTS: usize = 1_024;

/// Marks a customer who has a row but no segment, while a part is made.
const NO_SEGMENT: u16 = u16::MAX - 1;

/// The rows of a chunk of a snapshot, ordered by part.
struct CutChunk {
    /// Where each part starts; one more entry closes the last.
    starts: Vec<u32>,
    keys: Vec<i64>,
    codes: Vec<u16>,
}

fn hash(key: i64) -> u64 {
    FixedState::default().hash_one(key)
}

/// The part of a key. The table of a part uses the low bits of the hash.
fn part_of(key: i64, parts: usize) -> usize {
    (hash(key) >> 32) as usize & (parts - 1)
}

/// What `f` makes of the panel of each part; `None` if a key occurs twice in a snapshot.
pub(super) fn map_parts<T: Send>(
    snapshots: &[(&[i64], &Assignments)],
    periods: &[String],
    states: &[Segment],
    f: impl Fn(&SegmentPanel) -> T + Sync,
) -> Option<Vec<T>> {
    let rows: usize = snapshots.iter().map(|(keys, _)| keys.len()).sum();
    let parts = if rows <= CHUNK { 1 } else { PARTS };
    let cuts: Vec<Vec<CutChunk>> = (snapshots.iter())
        .map(|&(keys, assignments)| {
            map_chunks(keys.len(), CHUNK, |range| {
                cut(&keys[range.clone()], assignments, range.start, parts)
            })
        })
        .collect();
    let panel = |part: usize| {
        let columns = columns_of(&cuts, part, rows / parts)?;
        let len = columns.first().map_or(0, Vec::len);
        let (periods, states) = (periods.to_vec(), states.to_vec());
        let panel = SegmentPanel::of_columns(None, len, periods, states, columns);
        Some(f(&panel))
    };
    let made = map_chunks(parts, 1, |range| panel(range.start));
    made.into_iter().collect()
}

/// Orders the rows of a chunk by part: a counting sort.
fn cut(keys: &[i64], assignments: &Assignments, start: usize, parts: usize) -> CutChunk {
    #[expect(clippy::cast_possible_truncation, reason = "parts are at most 1,024")]
    let part_of_row: Vec<u16> = keys.iter().map(|&key| part_of(key, parts) as u16).collect();
    let mut starts = vec![0u32; parts + 1];
    for &part in &part_of_row {
        starts[usize::from(part) + 1] += 1;
    }
    for part in 0..parts {
        starts[part + 1] += starts[part];
    }
    let mut next = starts.clone();
    let mut cut = CutChunk {
        starts,
        keys: vec![0; keys.len()],
        codes: vec![0; keys.len()],
    };
    for (row, (&key, &part)) in keys.iter().zip(&part_of_row).enumerate() {
        let slot = &mut next[usize::from(part)];
        cut.keys[*slot as usize] = key;
        let code = code_of(assignments, start + row);
        cut.codes[*slot as usize] = if code == NO_ROW { NO_SEGMENT } else { code };
        *slot += 1;
    }
    cut
}

/// The codes of the customers of a part, period by period; `None` if one has two rows in a period.
fn columns_of(cuts: &[Vec<CutChunk>], part: usize, rows: usize) -> Option<Vec<Vec<u16>>> {
    let periods = cuts.len();
    // About as many customers as a period has rows, and some more.
    let mut known = Known::with_room(rows / periods.max(1) * 5 / 4);
    // The codes of each customer side by side.
    let mut codes: Vec<u16> = Vec::with_capacity(known.keys.capacity() * periods);
    for (period, chunks) in cuts.iter().enumerate() {
        for chunk in chunks {
            let range = chunk.starts[part] as usize..chunk.starts[part + 1] as usize;
            for (&key, &code) in chunk.keys[range.clone()].iter().zip(&chunk.codes[range]) {
                let at = known.number(key)? as usize * periods;
                if at == codes.len() {
                    codes.resize(at + periods, NO_ROW);
                }
                let place = &mut codes[at + period];
                if *place != NO_ROW {
                    return None;
                }
                *place = code;
            }
        }
    }
    let column = |period: usize| {
        let customers = codes.chunks_exact(periods);
        let codes = customers.map(|codes| match codes[period] {
            NO_SEGMENT => NO_ROW,
            code => code,
        });
        codes.collect()
    };
    Some((0..periods).map(column).collect())
}

/// The keys of a part, numbered in order of first appearance: a table with linear probing, small enough
/// to stay in the cache.
struct Known {
    keys: Vec<i64>,
    /// Numbers by hash, more than twice as many places as keys; `EMPTY` where there is none.
    slots: Vec<u32>,
}

const EMPTY: u32 = u32::MAX;

impl Known {
    fn with_room(keys: usize) -> Self {
        Self {
            keys: Vec::with_capacity(keys),
            slots: vec![EMPTY; (2 * keys + 1).next_power_of_two()],
        }
    }

    /// The number of a key; `None` if there are too many.
    fn number(&mut self, key: i64) -> Option<u32> {
        let slot = self.slot_of(key);
        let found = self.slots[slot];
        if found != EMPTY {
            return Some(found);
        }
        let number = u32::try_from(self.keys.len()).ok();
        let number = number.filter(|&number| number < EMPTY)?;
        self.slots[slot] = number;
        self.keys.push(key);
        if 2 * self.keys.len() >= self.slots.len() {
            self.slots = vec![EMPTY; 2 * self.slots.len()];
            for (number, at) in (0..).zip(0..self.keys.len()) {
                let slot = self.slot_of(self.keys[at]);
                self.slots[slot] = number;
            }
        }
        Some(number)
    }

    /// The slot that holds a key, or that it would go to. There always is a free one.
    fn slot_of(&self, key: i64) -> usize {
        let mask = self.slots.len() - 1;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the low bits are asked for"
        )]
        let mut slot = hash(key) as usize & mask;
        loop {
            let number = self.slots[slot];
            if number == EMPTY || self.keys[number as usize] == key {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }
}
