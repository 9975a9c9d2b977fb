//! How many rows are in each pair of clusters.

use std::fmt;

use serde::Serialize;

use crate::{
    Error, Result,
    data::{Assignments, Merge, merge_sealed},
    segmentation::placed::NOWHERE,
};

/// The table of two groupings: for each cluster of the first and each of the second the rows in
/// both. Cells without a row take no room. Tables of parts of the rows can be merged.
///
/// # Example
///
/// ```
/// use custometry::{data::Merge, segmentation::Contingency};
///
/// let monday = Contingency::of_labels(&[0, 0, 1], &[5, 6, 6])?;
/// let tuesday = Contingency::of_labels(&[1, 1], &[6, u32::MAX])?;
/// let both = monday.merge(tuesday)?;
/// assert_eq!((both.count(1, 6), both.count(1, 5)), (2, 0));
/// assert_eq!(both.first_totals(), [(0, 2), (1, 2)]);
/// assert_eq!((both.rows(), both.left_out()), (4, 1));
/// assert_eq!(both.agreement()?.rand, 0.5);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct Contingency {
    /// Labels of both and rows, by rising labels; no count is 0.
    cells: Vec<(u32, u32, u64)>,
    left_out: u64,
}

impl fmt::Debug for Contingency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contingency")
            .field("cells", &self.cells.len())
            .field("rows", &self.rows())
            .field("left_out", &self.left_out)
            .finish_non_exhaustive()
    }
}

impl Contingency {
    /// The table of two groupings by labels, a row each. A row with a label of `u32::MAX` in
    /// either has no cluster and is left out.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::Overflow`] for more than 4,294,967,295 rows.
    ///
    /// # Example
    ///
    /// See [`Contingency`].
    pub fn of_labels(first: &[u32], second: &[u32]) -> Result<Self> {
        Error::check_length("second", first.len(), second.len())?;
        let both = |(&first, &second): (&u32, &u32)| {
            (first != NOWHERE && second != NOWHERE).then_some((first, second))
        };
        Self::of_pairs(first.iter().zip(second).map(both))
    }

    /// The table of two assignments of the same customers, in the same order, by the numbers of
    /// the segments. A customer without a segment in either is left out.
    ///
    /// # Errors
    ///
    /// As [`of_labels`](Self::of_labels).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Assignments, Segment, SegmentId, date_of_day}, segmentation::Contingency};
    ///
    /// let segments = vec![Segment { id: SegmentId(9), name: "all".into() }];
    /// let rows = vec![Some(SegmentId(9)), None];
    /// let all = Assignments::new("v1", date_of_day(0).unwrap(), segments, rows)?;
    /// let table = Contingency::of_assignments(&all, &all)?;
    /// assert_eq!((table.count(9, 9), table.left_out()), (1, 1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_assignments(first: &Assignments, second: &Assignments) -> Result<Self> {
        Error::check_length("second", first.len(), second.len())?;
        let pairs = first.iter().zip(second.iter());
        Self::of_pairs(pairs.map(|(first, second)| Some((first?.0, second?.0))))
    }

    fn of_pairs(pairs: impl Iterator<Item = Option<(u32, u32)>>) -> Result<Self> {
        let mut left_out = 0;
        let mut keys: Vec<u64> = Vec::with_capacity(pairs.size_hint().0);
        for pair in pairs {
            match pair {
                Some((first, second)) => keys.push(u64::from(first) << 32 | u64::from(second)),
                None => left_out += 1,
            }
        }
        keys.sort_unstable();
        #[expect(clippy::cast_possible_truncation, reason = "the halves of a key")]
        let cell = |run: &[u64]| ((run[0] >> 32) as u32, run[0] as u32, run.len() as u64);
        let table = Self {
            cells: keys.chunk_by(|one, other| one == other).map(cell).collect(),
            left_out,
        };
        table.check()
    }

    /// Fails if there are so many rows that products of pairs of them overflow.
    fn check(self) -> Result<Self> {
        // Sums of two checked tables, and lengths of slices, are far from the end of u64.
        if u32::try_from(self.rows() + self.left_out).is_ok() {
            return Ok(self);
        }
        let what = format!("more than {} rows; compare a sample", u32::MAX);
        Err(Error::Overflow { what: what.into() })
    }

    /// The rows in both clusters.
    ///
    /// # Example
    ///
    /// See [`Contingency`].
    pub fn count(&self, first: u32, second: u32) -> u64 {
        let at = (self.cells).binary_search_by_key(&(first, second), |&(a, b, _)| (a, b));
        at.map_or(0, |at| self.cells[at].2)
    }

    /// The cells that hold rows, by rising labels: the label of the first grouping, that of the
    /// second, and the rows in both.
    ///
    /// # Example
    ///
    /// ```
    /// let table = custometry::segmentation::Contingency::of_labels(&[1, 0, 1], &[4, 3, 4])?;
    /// assert_eq!(table.cells().collect::<Vec<_>>(), [(0, 3, 1), (1, 4, 2)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn cells(&self) -> impl ExactSizeIterator<Item = (u32, u32, u64)> {
        self.cells.iter().copied()
    }

    /// The rows in each cluster of the first grouping, by rising label.
    ///
    /// # Example
    ///
    /// See [`Contingency`].
    pub fn first_totals(&self) -> Vec<(u32, u64)> {
        totals(self.cells().map(|(first, _, count)| (first, count)))
    }

    /// The rows in each cluster of the second grouping, by rising label.
    ///
    /// # Example
    ///
    /// ```
    /// let table = custometry::segmentation::Contingency::of_labels(&[1, 0, 1], &[4, 3, 4])?;
    /// assert_eq!(table.second_totals(), [(3, 1), (4, 2)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn second_totals(&self) -> Vec<(u32, u64)> {
        let mut by_second: Vec<_> = self.cells().map(|(_, second, n)| (second, n)).collect();
        by_second.sort_unstable();
        totals(by_second.into_iter())
    }

    /// For each cell the places of its clusters among the totals, and its rows.
    pub(super) fn places(&self) -> impl Iterator<Item = ((usize, usize), u64)> {
        let (firsts, seconds) = (self.first_totals(), self.second_totals());
        let place = |totals: &[(u32, u64)], label| totals.partition_point(|&(of, _)| of < label);
        self.cells()
            .map(move |(a, b, count)| ((place(&firsts, a), place(&seconds, b)), count))
    }

    /// The rows in all cells.
    ///
    /// # Example
    ///
    /// See [`Contingency`].
    pub fn rows(&self) -> u64 {
        self.cells.iter().map(|(_, _, count)| count).sum()
    }

    /// The rows without a cluster in one grouping or both.
    ///
    /// # Example
    ///
    /// See [`Contingency`].
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}

/// Sums of neighbours of one label.
fn totals(counts: impl Iterator<Item = (u32, u64)>) -> Vec<(u32, u64)> {
    let mut totals: Vec<(u32, u64)> = Vec::new();
    for (label, count) in counts {
        match totals.last_mut() {
            Some((last, total)) if *last == label => *total += count,
            _ => totals.push((label, count)),
        }
    }
    totals
}

impl merge_sealed::Sealed for Contingency {}
impl Merge for Contingency {
    fn neutral(&self) -> Self {
        Self::default()
    }

    fn merge(mut self, other: Self) -> Result<Self> {
        self.left_out += other.left_out;
        self.cells.extend(other.cells);
        // Two runs in order: a stable sort merges them in one pass.
        self.cells.sort_by_key(|&(a, b, _)| (a, b));
        self.cells.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 += next.2;
            }
            same
        });
        self.check()
    }
}
