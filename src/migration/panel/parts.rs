//! Snapshots joined part by part: what can be merged needs no numbers for all customers.
//!
//! Rows are cut by the hash of their key, so that the customers of a part fit into the cache. Each part
//! is a panel of its own.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::{HashTable, hash_table::Entry};

use super::{CHUNK, NO_ROW, SegmentPanel, snapshots::code_of};
use crate::{
    data::{Assignments, Segment},
    numeric::map_chunks,
};

/// Parts that many rows are cut into; a constant.
const PARTS: usize = 512;

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

/// The part of a key. A table uses the lowest and the highest bits of the hash.
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
    #[expect(clippy::cast_possible_truncation, reason = "parts are at most 512")]
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
    let guess = rows / periods.max(1) * 5 / 4;
    let mut known: Vec<i64> = Vec::with_capacity(guess);
    let mut table: HashTable<u32> = HashTable::with_capacity(guess);
    // The codes of each customer side by side.
    let mut codes: Vec<u16> = Vec::with_capacity(guess * periods);
    for (period, chunks) in cuts.iter().enumerate() {
        for chunk in chunks {
            let range = chunk.starts[part] as usize..chunk.starts[part + 1] as usize;
            for (&key, &code) in chunk.keys[range.clone()].iter().zip(&chunk.codes[range]) {
                let entry = table.entry(
                    hash(key),
                    |&at| known[at as usize] == key,
                    |&at| hash(known[at as usize]),
                );
                let at = match entry {
                    Entry::Occupied(found) => *found.get() as usize,
                    Entry::Vacant(free) => {
                        let at = known.len();
                        // More than 2^32 customers in a part do not fit into memory.
                        free.insert(u32::try_from(at).ok()?);
                        known.push(key);
                        codes.resize(codes.len() + periods, NO_ROW);
                        at
                    }
                };
                let place = &mut codes[at * periods + period];
                if *place != NO_ROW {
                    return None;
                }
                *place = code;
            }
        }
    }
    let column = |period: usize| {
        let codes = codes.iter().skip(period).step_by(periods);
        let codes = codes.map(|&code| if code == NO_SEGMENT { NO_ROW } else { code });
        codes.collect()
    };
    Some((0..periods).map(column).collect())
}
