//! Counting steps: one pass over two columns of codes.

use std::ops::Range;

use crate::{
    Error, Result,
    data::Segment,
    migration::{
        TransitionCounts,
        chunks::{CHUNK, MOST_IN_TABLE},
        states,
    },
    numeric::map_chunks,
};

/// Up to this many cells are counted in four tables, one for each customer of four in a row: many in
/// a row take the same step, and would wait for each other.
const MOST_IN_FOUR: usize = 1 << 11;

/// Two columns of codes with the money of each, and the group of each customer.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    pub(super) from: &'a [u16],
    pub(super) to: &'a [u16],
    pub(super) money: Option<[&'a [i64]; 2]>,
    pub(super) groups: Option<&'a [u32]>,
}

/// How many customers took a step, and their money before and after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) customers: u64,
    pub(super) before: i128,
    pub(super) after: i128,
}

impl Sums {
    pub(super) fn add(&mut self, other: Self) {
        self.customers += other.customers;
        self.before += other.before;
        self.after += other.after;
    }

    /// As [`add`](Self::add), for sums of any size.
    pub(super) fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            customers: self.customers.checked_add(other.customers)?,
            before: self.before.checked_add(other.before)?,
            after: self.after.checked_add(other.after)?,
        })
    }
}

/// The cells that somebody is in, ascending: (group · width + from) · width + to. Codes from `width`
/// on count as the last one. Groups are below `groups`.
pub(super) fn tally(columns: Columns<'_>, width: usize, groups: usize) -> Vec<(usize, Sums)> {
    let len = columns.from.len();
    let cells = groups.saturating_mul(width * width);
    if cells > MOST_IN_TABLE {
        let parts = map_chunks(len, CHUNK, |range| sorted(columns, range, width));
        return merged(parts.into_iter().flatten().collect());
    }
    let mut sums = vec![Sums::default(); cells];
    if columns.money.is_some() {
        for part in map_chunks(len, CHUNK, |range| summed(columns, range, width, cells)) {
            for (sum, more) in sums.iter_mut().zip(part) {
                sum.add(more);
            }
        }
    } else {
        let counts = |range: Range<usize>| match (columns.groups, cells <= MOST_IN_FOUR) {
            (Some(_), _) => counted_by_key(columns, range, width, cells),
            (None, true) => counted::<4>(columns, range, width, cells),
            (None, false) => counted::<1>(columns, range, width, cells),
        };
        for part in map_chunks(len, CHUNK, counts) {
            for (at, count) in part.into_iter().enumerate() {
                sums[at % cells].customers += u64::from(count);
            }
        }
    }
    let cells = sums.into_iter().enumerate();
    cells.filter(|(_, sums)| sums.customers > 0).collect()
}

fn last_code(width: usize) -> u16 {
    u16::try_from(width - 1).unwrap_or(u16::MAX)
}

/// Counts of a chunk, in `LANES` tables end to end.
fn counted<const LANES: usize>(
    columns: Columns<'_>,
    range: Range<usize>,
    width: usize,
    cells: usize,
) -> Vec<u32> {
    let last = last_code(width);
    let cell = |from: u16, to: u16| usize::from(from.min(last)) * width + usize::from(to.min(last));
    let mut counts = vec![0u32; LANES * cells];
    let (from, to) = (&columns.from[range.clone()], &columns.to[range]);
    let (from, from_rest) = from.as_chunks::<LANES>();
    let (to, to_rest) = to.as_chunks::<LANES>();
    for (from, to) in from.iter().zip(to) {
        for lane in 0..LANES {
            counts[lane * cells + cell(from[lane], to[lane])] += 1;
        }
    }
    for (&from, &to) in from_rest.iter().zip(to_rest) {
        counts[cell(from, to)] += 1;
    }
    counts
}

/// The cell of each customer of a chunk.
fn keys(
    columns: Columns<'_>,
    range: Range<usize>,
    width: usize,
) -> impl Iterator<Item = (usize, usize)> {
    let last = last_code(width);
    range.map(move |at| {
        let group = columns.groups.map_or(0, |groups| groups[at] as usize);
        let (from, to) = (columns.from[at].min(last), columns.to[at].min(last));
        let key = (group * width + usize::from(from)) * width + usize::from(to);
        (at, key)
    })
}

fn counted_by_key(
    columns: Columns<'_>,
    range: Range<usize>,
    width: usize,
    cells: usize,
) -> Vec<u32> {
    let mut counts = vec![0; cells];
    for (_, key) in keys(columns, range, width) {
        counts[key] += 1;
    }
    counts
}

/// The sums of one customer.
fn one(columns: Columns<'_>, at: usize) -> Sums {
    let money = |side: usize| columns.money.map_or(0, |money| i128::from(money[side][at]));
    Sums {
        customers: 1,
        before: money(0),
        after: money(1),
    }
}

/// Sums of a chunk, in a table.
fn summed(columns: Columns<'_>, range: Range<usize>, width: usize, cells: usize) -> Vec<Sums> {
    let mut sums = vec![Sums::default(); cells];
    for (at, key) in keys(columns, range, width) {
        sums[key].add(one(columns, at));
    }
    sums
}

/// Sums of a chunk, by sorting: for tables that would be large and mostly empty.
fn sorted(columns: Columns<'_>, range: Range<usize>, width: usize) -> Vec<(usize, Sums)> {
    let of = |(at, key)| (key, one(columns, at));
    merged(keys(columns, range, width).map(of).collect())
}

fn merged(mut cells: Vec<(usize, Sums)>) -> Vec<(usize, Sums)> {
    cells.sort_unstable_by_key(|&(key, _)| key);
    cells.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1.add(next.1);
        }
        same
    });
    cells
}

impl TransitionCounts {
    /// Counts the steps of customers whose states before and afterwards stand side by side, as places
    /// among the states.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); [`Error::LengthMismatch`] unless both columns are equally long;
    /// [`Error::InvalidValue`] for a place that is not one of the states'.
    ///
    /// # Complexity
    ///
    /// O(customers), in parallel.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::TransitionCounts};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(10, "low"), state(20, "high")];
    /// let counts = TransitionCounts::of_codes(states.clone(), &[0, 0, 1], &[0, 1, 1])?;
    /// assert_eq!(counts.count(SegmentId(10), SegmentId(20)), Some(1));
    /// let error = TransitionCounts::of_codes(states, &[0, 0, 1], &[0, 2, 1]).unwrap_err();
    /// assert!(error.to_string().contains("row 1"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_codes(states: Vec<Segment>, from: &[u16], to: &[u16]) -> Result<Self> {
        states::check(&states)?;
        Error::check_length("to", from.len(), to.len())?;
        let order = states.len();
        let columns = Columns {
            from,
            to,
            money: None,
            groups: None,
        };
        // One state more takes the codes that are none.
        let width = order + 1;
        let mut counts = vec![0; order * order];
        for (cell, sums) in tally(columns, width, 1) {
            let (from_code, to_code) = (cell / width, cell % width);
            if from_code == order || to_code == order {
                return Err(stray_code(from, to, order));
            }
            counts[from_code * order + to_code] = sums.customers;
        }
        Self::of_cells(states, counts)
    }
}

/// The error for the first row whose code is none of the states'.
fn stray_code(from: &[u16], to: &[u16], order: usize) -> Error {
    let stray = |column: &[u16]| column.iter().position(|&code| usize::from(code) >= order);
    let (column, row, code) = match (stray(from), stray(to)) {
        (Some(row), other) if other.is_none_or(|other| row <= other) => ("from", row, from[row]),
        (_, Some(row)) => ("to", row, to[row]),
        _ => ("from", 0, 0),
    };
    let reason = format!("{code} is not the place of one of {order} states (counted from 0)");
    Error::value(column, row, reason)
}
