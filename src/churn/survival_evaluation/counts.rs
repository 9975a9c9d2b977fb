//! Counting the pairs of rows that all weigh one, in whole numbers.
//!
//! The rows stand in the order of risk and are parted by the bits of their time, highest first,
//! each part in the order in which it was. Two rows that end at different times part at just one
//! bit: there the pair is seen, with the lower risk first. So O(n log(times)), in passes that read
//! memory in order, and the two parts go on side by side.

use rayon::prelude::*;

use super::pairs::Sums;
use crate::{
    churn::Durations,
    numeric::{from_order, to_order},
};

/// Rows that are compared each with each rather than parted once more.
const FEW: usize = 24;
/// Rows that are worth another thread.
const MANY: usize = 1 << 14;

/// When a row ended, as twice the place of the time, and one more if it was censored then or left
/// too late to count. So who is censored at a time stays longer than who left at it, and even keys
/// are those of the rows that left.
type Key = u32;

fn left(key: Key) -> bool {
    key & 1 == 0
}

/// A row on its way through the parts.
trait Row: Copy + Send + Sync {
    fn key(&self) -> Key;
    /// Twice what the row adds to the pairs in the right order.
    fn add(&mut self, twice: i64);
}

impl Row for Key {
    fn key(&self) -> Key {
        *self
    }

    fn add(&mut self, _: i64) {}
}

impl Row for (Key, i64) {
    fn key(&self) -> Key {
        self.0
    }

    fn add(&mut self, twice: i64) {
        self.1 += twice;
    }
}

/// Rows by when they ended, and in the order of risk.
pub(super) struct Counts {
    /// Risk from low to high, then from late to early; whether a risk is that of the row before is
    /// told apart.
    sorted: Vec<(u64, Key)>,
    tolerance: f64,
    /// By place who left (and counts) and who ended at all before it.
    before: Vec<[u32; 2]>,
}

impl Counts {
    /// Rows that leave at a place before `upto` count. Neighbours in risk that differ by no more
    /// than the tolerance are equal. Weights and entries are not looked at.
    pub(super) fn new(durations: &Durations, risk: &[f64], tolerance: f64, upto: usize) -> Self {
        let places = durations.times().len();
        let mut before = vec![[0u32; 2]; places + 1];
        let mut sorted: Vec<(u64, Key)> = Vec::with_capacity(risk.len());
        let ends = durations.exit_places().iter().zip(durations.cause());
        for ((&place, &cause), &risk) in ends.zip(risk) {
            let counts = cause > 0 && (place as usize) < upto;
            let here = &mut before[place as usize + 1];
            here[0] += u32::from(counts);
            here[1] += 1;
            // The complement, so that later rows come first among equals.
            let key = 2 * place + u32::from(!counts);
            sorted.push((to_order(risk), !key));
        }
        for place in 0..places {
            let [left, ended] = before[place];
            before[place + 1][0] += left;
            before[place + 1][1] += ended;
        }
        sorted.par_sort_unstable();
        Self {
            sorted,
            tolerance,
            before,
        }
    }

    /// The sums over all pairs.
    pub(super) fn sums(&self) -> Sums {
        let mut rows: Vec<Key> = Vec::with_capacity(self.sorted.len());
        let ties = self.each_tie(|key, _| rows.push(key));
        self.counted(&mut rows, ties)
    }

    /// The sums, and by row, in no order that means anything, what it adds to the pairs in the
    /// right order (half for those of equal risk) and to all pairs.
    pub(super) fn sums_with_influence(&self) -> (Sums, Vec<[f64; 2]>) {
        let mut rows: Vec<(Key, i64)> = Vec::with_capacity(self.sorted.len());
        let ties = self.each_tie(|key, twice| rows.push((key, twice)));
        let sums = self.counted(&mut rows, ties);
        let influence = |&(key, twice): &(Key, i64)| {
            let [earlier, later] = [i64::from(self.earlier(key)), i64::from(self.later(key))];
            let right = twice + 2 * earlier;
            [right as f64 / 2.0, (earlier + later) as f64]
        };
        (sums, rows.par_iter().map(influence).collect())
    }

    /// Who left before a row ended.
    fn earlier(&self, key: Key) -> u32 {
        let place = (key / 2) as usize;
        self.before[place + usize::from(!left(key))][0]
    }

    /// Who stayed longer than a row that left; nobody for the other rows.
    fn later(&self, key: Key) -> u32 {
        if !left(key) {
            return 0;
        }
        let place = (key / 2) as usize;
        let [upto, ended] = [self.before[place + 1][0], self.before[place][1]];
        let leaving = upto - self.before[place][0];
        let all = self.before[self.before.len() - 1][1];
        all - ended - leaving
    }

    /// Tells of each row, by risk, its key and twice what pairs of equal risk add to it, less what
    /// [`part`] adds for them; gives the pairs that are equal in risk, and in risk and time.
    fn each_tie(&self, mut tell: impl FnMut(Key, i64)) -> [u64; 2] {
        let mut ties = [0u64; 2];
        let mut again = Vec::new();
        let alike = |a: &(u64, Key), b: &(u64, Key)| {
            a.0 == b.0
                || self.tolerance > 0.0 && from_order(b.0) - from_order(a.0) <= self.tolerance
        };
        for group in self.sorted.chunk_by(alike) {
            if let [(_, key)] = group {
                tell(!key, 0);
                continue;
            }
            again.clear();
            again.extend(group.iter().map(|(_, key)| !key));
            if self.tolerance > 0.0 {
                again.sort_unstable_by(|a, b| b.cmp(a));
            }
            let mut longer = 0;
            let mut sooner = again.iter().filter(|&&key| left(key)).count() as u64;
            for same in again.chunk_by(|a, b| a == b) {
                let (key, count) = (same[0], same.len() as u64);
                let twice = if left(key) {
                    sooner -= count;
                    ties[0] += count * longer;
                    ties[1] += count * (count - 1) / 2;
                    longer + sooner
                } else {
                    sooner
                };
                longer += count;
                for _ in same {
                    tell(key, -twice.cast_signed());
                }
            }
        }
        ties
    }

    fn counted<R: Row>(&self, rows: &mut [R], [tied_risk, tied_both]: [u64; 2]) -> Sums {
        let bits = (2 * (self.before.len() as u64 - 1)).ilog2() + 1;
        let mut spare = rows.to_vec();
        let concordant = part(rows, &mut spare, bits) - tied_risk;
        let keys = 0..self.before.len() - 1;
        let mut comparable = 0;
        let mut tied_time = 0;
        for (place, key) in keys.zip((0..).step_by(2)) {
            let leaving = u64::from(self.before[place + 1][0] - self.before[place][0]);
            comparable += leaving * u64::from(self.later(key));
            tied_time += leaving * leaving.saturating_sub(1) / 2;
        }
        Sums {
            concordant: concordant as f64,
            discordant: (comparable - concordant - tied_risk) as f64,
            tied_risk: tied_risk as f64,
            tied_time: (tied_time - tied_both) as f64,
            tied_both: tied_both as f64,
        }
    }
}

/// Counts the pairs of a row and an earlier one that stayed longer than it, if it left. Adds to
/// each row twice these, less twice the earlier rows that left before it ended. Afterwards both
/// slices hold the rows, in the order of the bits up to parts that were not parted further.
fn part<R: Row>(rows: &mut [R], spare: &mut [R], bits: u32) -> u64 {
    let Some(bit) = bits.checked_sub(1) else {
        // All of one key.
        spare.copy_from_slice(rows);
        return 0;
    };
    if rows.len() <= FEW {
        let found = each_with_each(rows);
        spare.copy_from_slice(rows);
        return found;
    }
    let is_low = |row: &&R| row.key() >> bit & 1 == 0;
    let low = rows.iter().filter(is_low).count();
    if low == 0 || low == rows.len() {
        return part(rows, spare, bit);
    }
    let rows_in_all = rows.len();
    let mut found = 0;
    let (mut lows, mut lows_left) = (0, 0i64);
    for (at, row) in rows.iter().enumerate() {
        let mut row = *row;
        let key = row.key();
        let is_high = key >> bit & 1 == 1;
        let is_left = u64::from(left(key));
        let highs = at - lows;
        let longer = if is_high { 0 } else { highs as u64 * is_left };
        found += longer;
        let sooner = if is_high { lows_left } else { 0 };
        row.add(2 * (longer.cast_signed() - sooner));
        spare[if is_high { low + highs } else { lows }] = row;
        lows += usize::from(!is_high);
        lows_left += if is_high { 0 } else { is_left.cast_signed() };
    }
    let (low_rows, high_rows) = spare.split_at_mut(low);
    let (low_spare, high_spare) = rows.split_at_mut(low);
    let mut of_low = || part(low_rows, low_spare, bit);
    let mut of_high = || part(high_rows, high_spare, bit);
    let (in_low, in_high) = if rows_in_all > MANY {
        rayon::join(of_low, of_high)
    } else {
        (of_low(), of_high())
    };
    found + in_low + in_high
}

/// As [`part`], for few rows.
fn each_with_each<R: Row>(rows: &mut [R]) -> u64 {
    let mut found = 0;
    for at in 1..rows.len() {
        let (earlier, rest) = rows.split_at_mut(at);
        let key = rest[0].key();
        let (mut longer, mut sooner) = (0u32, 0u32);
        for other in earlier.iter().map(Row::key) {
            longer += u32::from(other > key);
            sooner += u32::from(other < key && left(other));
        }
        let longer = if left(key) { u64::from(longer) } else { 0 };
        found += longer;
        rest[0].add(2 * (longer.cast_signed() - i64::from(sooner)));
    }
    found
}
