//! Interning: a column of keys becomes dense numbers, first appearance first.
//!
//! The work is cut by the hash of the key, so that each part meets a table
//! small enough for the cache and parts run in parallel; then the parts are
//! numbered together by the row in which each key appeared first. The numbers
//! therefore depend on the column alone, not on the cut or the threads.
//!
//! ```text
//! chunks of rows      cut each chunk by hash             (parallel over chunks)
//! parts of the hash   number the keys of a part          (parallel over parts)
//! first rows          rank among all first rows          (one bit a row)
//! chunks of rows      write rank of each row's key       (parallel over chunks)
//! ```

use std::ops::Range;

use hashbrown::{HashTable, hash_table::Entry};
use rayon::prelude::*;

use crate::{Error, Result};

/// Rows in a chunk; a position within one fits in 16 bits.
const CHUNK: usize = 1 << 16;
/// Parts a long column is cut into.
const PARTS: usize = 256;

/// A column of keys that can be interned.
pub(super) trait KeyColumn: Sync {
    /// One key, borrowed from the column.
    type Key<'a>: Copy + Eq + Send + Sync
    where
        Self: 'a;

    fn len(&self) -> usize;
    fn key(&self, row: usize) -> Self::Key<'_>;
    fn hash(key: Self::Key<'_>) -> u64;
}

/// Finds the number of a key by its hash: one table for each part.
#[derive(Clone, Default)]
pub(super) struct KeyIndex {
    parts: Vec<HashTable<u32>>,
}

impl KeyIndex {
    /// The number of a key, given its hash and a test for equality.
    pub(super) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let table = self.parts.get(part_of(hash, self.parts.len()))?;
        table.find(hash, |&number| same(number)).copied()
    }

    /// Adds a number whose key is not in the index. `hash_of` is asked for the
    /// hashes of other numbers when the table grows.
    pub(super) fn insert(&mut self, hash: u64, number: u32, hash_of: impl Fn(u32) -> u64) {
        if self.parts.is_empty() {
            self.parts.push(HashTable::new());
        }
        let part = part_of(hash, self.parts.len());
        self.parts[part].insert_unique(hash, number, |&other| hash_of(other));
    }
}

/// The part of a hash. The table itself uses the lowest and the highest bits,
/// so the part is taken from the middle.
fn part_of(hash: u64, parts: usize) -> usize {
    (hash >> 32) as usize & parts.saturating_sub(1)
}

/// What interning a column gives.
pub(super) struct Interned {
    /// The number of each row's key.
    pub(super) codes: Vec<u32>,
    /// The row in which each key appeared first, ascending.
    pub(super) first_rows: Vec<usize>,
    pub(super) index: KeyIndex,
}

/// The rows of one chunk, ordered by part. The keys come along: a part then
/// reads its rows end to end instead of all over the column.
struct CutChunk<K> {
    /// Where each part starts in `rows`; one more entry closes the last.
    starts: Vec<u32>,
    /// Positions within the chunk, and keys with their hashes; ascending inside a part.
    /// A text is fetched once for its hash, and again only where two hashes are equal.
    rows: Vec<u16>,
    keys: Vec<(u64, K)>,
}

impl<K> CutChunk<K> {
    fn range(&self, part: usize) -> Range<usize> {
        self.starts[part] as usize..self.starts[part + 1] as usize
    }
}

/// The keys of one part, numbered within it.
struct Part {
    table: HashTable<u32>,
    first_rows: Vec<usize>,
    /// The number of each row of the part, in the order of the rows.
    codes: Vec<u32>,
}

/// Numbers the keys of a column in order of first appearance.
///
/// # Errors
///
/// [`Error::Overflow`] if there are more keys than a `u32` can number.
pub(super) fn intern<C: KeyColumn>(column: &C) -> Result<Interned> {
    let parts = if column.len() <= CHUNK { 1 } else { PARTS };
    let chunks: Vec<CutChunk<C::Key<'_>>> = (0..column.len().div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| cut(column, chunk * CHUNK, parts))
        .collect();
    let numbered: Vec<Part> = (0..parts)
        .into_par_iter()
        .map(|part| number_part::<C>(&chunks, part))
        .collect();

    let (tables, numbers, codes) = rank_parts(column.len(), numbered)?;
    let positions = positions_of_parts(&chunks, parts);
    let mut all = vec![0u32; column.len()];
    all.par_chunks_mut(CHUNK)
        .zip(chunks.par_iter().zip(&positions))
        .for_each(|(out, (chunk, positions))| {
            for part in 0..parts {
                let codes = &codes[part][positions[part]..];
                let ranks = &numbers.by_part[part];
                for (&row, &code) in chunk.rows[chunk.range(part)].iter().zip(codes) {
                    out[usize::from(row)] = ranks[code as usize];
                }
            }
        });
    Ok(Interned {
        codes: all,
        first_rows: numbers.first_rows,
        index: KeyIndex { parts: tables },
    })
}

/// Orders the rows of a chunk by the part of their key: a counting sort.
fn cut<C: KeyColumn>(column: &C, start: usize, parts: usize) -> CutChunk<C::Key<'_>> {
    let len = CHUNK.min(column.len() - start);
    let hashed = |row: usize| {
        let key = column.key(start + row);
        (C::hash(key), key)
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "positions are below CHUNK = 2^16"
    )]
    if parts == 1 {
        return CutChunk {
            starts: vec![0, len as u32],
            rows: (0..len).map(|row| row as u16).collect(),
            keys: (0..len).map(hashed).collect(),
        };
    }
    let in_order: Vec<(u64, C::Key<'_>)> = (0..len).map(hashed).collect();
    let mut starts = vec![0u32; parts + 1];
    for &(hash, _) in &in_order {
        starts[part_of(hash, parts) + 1] += 1;
    }
    for part in 0..parts {
        starts[part + 1] += starts[part];
    }
    let mut next = starts.clone();
    let mut rows = vec![0u16; len];
    let mut keys = vec![in_order[0]; len];
    #[expect(
        clippy::cast_possible_truncation,
        reason = "positions are below CHUNK = 2^16"
    )]
    for (row, &key) in in_order.iter().enumerate() {
        let slot = &mut next[part_of(key.0, parts)];
        rows[*slot as usize] = row as u16;
        keys[*slot as usize] = key;
        *slot += 1;
    }
    CutChunk { starts, rows, keys }
}

/// Numbers the keys of one part in order of first appearance within it.
fn number_part<C: KeyColumn>(chunks: &[CutChunk<C::Key<'_>>], part: usize) -> Part {
    let rows = chunks.iter().map(|chunk| chunk.range(part).len()).sum();
    let mut codes = Vec::with_capacity(rows);
    let mut table = HashTable::new();
    let mut first_rows = Vec::new();
    // Keys and hashes of the part side by side: comparing and growing stay in
    // the cache.
    let mut known: Vec<(u64, C::Key<'_>)> = Vec::new();
    for (number, chunk) in chunks.iter().enumerate() {
        let range = chunk.range(part);
        for (&position, &(hash, key)) in chunk.rows[range.clone()].iter().zip(&chunk.keys[range]) {
            let entry = table.entry(
                hash,
                |&code: &u32| known[code as usize] == (hash, key),
                |&code| known[code as usize].0,
            );
            let code = match entry {
                Entry::Occupied(found) => *found.get(),
                Entry::Vacant(free) => {
                    // A part cannot overflow its u32 before the total does; the
                    // total is checked when the parts are ranked.
                    #[expect(clippy::cast_possible_truncation, reason = "see above")]
                    let next = first_rows.len() as u32;
                    free.insert(next);
                    first_rows.push(number * CHUNK + usize::from(position));
                    known.push((hash, key));
                    next
                }
            };
            codes.push(code);
        }
    }
    Part {
        table,
        first_rows,
        codes,
    }
}

/// The numbers of all keys, once the parts are put together.
struct Ranked {
    /// For each part, the final number of each of its keys.
    by_part: Vec<Vec<u32>>,
    first_rows: Vec<usize>,
}

type PartTables = Vec<HashTable<u32>>;
type PartCodes = Vec<Vec<u32>>;

/// Ranks the keys of all parts by the row of their first appearance, and
/// rewrites the tables to hold the ranks.
fn rank_parts(rows: usize, parts: Vec<Part>) -> Result<(PartTables, Ranked, PartCodes)> {
    let keys: usize = parts.iter().map(|part| part.first_rows.len()).sum();
    if u32::try_from(keys).is_err() {
        return Err(Error::Overflow {
            what: format!("{keys} different keys, more than 4294967295; split the data").into(),
        });
    }
    // One bit a row says whether a key appeared first in it; the rank of a
    // first row is the number of bits before it.
    let mut firsts = vec![0u64; rows.div_ceil(64)];
    for &row in parts.iter().flat_map(|part| &part.first_rows) {
        firsts[row / 64] |= 1 << (row % 64);
    }
    let mut before = 0u32;
    let before: Vec<u32> = firsts
        .iter()
        .map(|word| {
            let so_far = before;
            before += word.count_ones();
            so_far
        })
        .collect();
    let rank = |row: usize| {
        let lower = firsts[row / 64] & ((1 << (row % 64)) - 1);
        before[row / 64] + lower.count_ones()
    };

    let ranked: Vec<_> = parts
        .into_par_iter()
        .map(|mut part| {
            let numbers: Vec<u32> = part.first_rows.iter().map(|&row| rank(row)).collect();
            for code in &mut part.table {
                *code = numbers[*code as usize];
            }
            (part.table, numbers, part.codes)
        })
        .collect();
    let mut first_rows = Vec::with_capacity(keys);
    for (word, &bits) in firsts.iter().enumerate() {
        let mut rest = bits;
        while rest != 0 {
            first_rows.push(word * 64 + rest.trailing_zeros() as usize);
            rest &= rest - 1;
        }
    }
    let (mut tables, mut by_part, mut codes) = (Vec::new(), Vec::new(), Vec::new());
    for (table, numbers, part_codes) in ranked {
        tables.push(table);
        by_part.push(numbers);
        codes.push(part_codes);
    }
    let numbers = Ranked {
        by_part,
        first_rows,
    };
    Ok((tables, numbers, codes))
}

/// For each chunk, where its rows begin within the codes of each part.
fn positions_of_parts<K>(chunks: &[CutChunk<K>], parts: usize) -> Vec<Vec<usize>> {
    let mut next = vec![0usize; parts];
    chunks
        .iter()
        .map(|chunk| {
            let here = next.clone();
            for (part, position) in next.iter_mut().enumerate() {
                *position += chunk.range(part).len();
            }
            here
        })
        .collect()
}
