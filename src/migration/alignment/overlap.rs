//! Which customers are in which pair of an old and a new segment.

use std::{fmt, ops::Range};

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    data::{Assignments, Merge, Segment, merge_sealed},
    migration::{chunks::chunk_for, states},
    numeric::map_chunks,
    persist,
};

/// How many customers are in each pair of an old and a new segment, and, apart from these, how many
/// have a segment in one of the two only: those who went, and those who came. Counts of parts of the
/// customers can be merged.
///
/// # Example
///
/// ```
/// use custometry::{data::*, migration::OverlapCounts};
///
/// let day = date_of_day(0).unwrap();
/// let segment = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
/// let rows = |ids: &[u32]| ids.iter().map(|&id| (id > 0).then_some(SegmentId(id))).collect();
/// let old = Assignments::new("v1", day, vec![segment(1, "a"), segment(2, "b")], rows(&[1, 1, 2, 2, 0]))?;
/// let new = Assignments::new("v2", day, vec![segment(7, "x")], rows(&[7, 7, 7, 0, 7]))?;
/// let counts = OverlapCounts::of_assignments(&old, &new)?;
/// assert_eq!(counts.both().column(0).to_vec(), [2, 1]);
/// assert_eq!((counts.went(), counts.came(), counts.nowhere()), (&[0, 1][..], &[1][..], 0));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct OverlapCounts {
    old_scheme: String,
    new_scheme: String,
    old: Vec<Segment>,
    new: Vec<Segment>,
    /// Old by new, row by row.
    both: Vec<u64>,
    went: Vec<u64>,
    came: Vec<u64>,
    nowhere: u64,
}

/// How counts are saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    old_scheme: String,
    new_scheme: String,
    old: Vec<Segment>,
    new: Vec<Segment>,
    both: Vec<Vec<u64>>,
    went: Vec<u64>,
    came: Vec<u64>,
    nowhere: u64,
}

impl TryFrom<Fields> for OverlapCounts {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        states::check(&fields.old)?;
        states::check(&fields.new)?;
        Error::check_length("both", fields.old.len(), fields.both.len())?;
        for row in &fields.both {
            Error::check_length("a row of both", fields.new.len(), row.len())?;
        }
        Error::check_length("went", fields.old.len(), fields.went.len())?;
        Error::check_length("came", fields.new.len(), fields.came.len())?;
        let counts = Self {
            old_scheme: fields.old_scheme,
            new_scheme: fields.new_scheme,
            old: fields.old,
            new: fields.new,
            both: fields.both.concat(),
            went: fields.went,
            came: fields.came,
            nowhere: fields.nowhere,
        };
        counts.checked()
    }
}

impl From<OverlapCounts> for Fields {
    fn from(counts: OverlapCounts) -> Self {
        Self {
            both: (counts.both.chunks_exact(counts.new.len()))
                .map(<[u64]>::to_vec)
                .collect(),
            old_scheme: counts.old_scheme,
            new_scheme: counts.new_scheme,
            old: counts.old,
            new: counts.new,
            went: counts.went,
            came: counts.came,
            nowhere: counts.nowhere,
        }
    }
}

impl persist::sealed::Sealed for OverlapCounts {}
impl persist::Persist for OverlapCounts {
    const FORMAT: &'static str = "custometry/overlap-counts";
    const VERSION: u32 = 1;
}

impl fmt::Debug for OverlapCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverlapCounts")
            .field("old", &self.old.len())
            .field("new", &self.new.len())
            .field("customers", &self.all())
            .finish_non_exhaustive()
    }
}

impl OverlapCounts {
    /// Counts customers by their old and their new segment, the same customers in the same order.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless both have as many customers; [`Error::NotEnoughData`] if one
    /// has no segments at all; [`Error::InvalidParameter`] for more than 2,000.
    ///
    /// # Complexity
    ///
    /// O(n + k·l) for n customers, k old and l new segments, in time and room; in parallel where
    /// there are many more customers than 65,536 and 4·(k + 1)·(l + 1).
    ///
    /// # Example
    ///
    /// See [`OverlapCounts`].
    pub fn of_assignments(old: &Assignments, new: &Assignments) -> Result<Self> {
        Error::check_length("the new assignments", old.len(), new.len())?;
        states::check(old.segments())?;
        states::check(new.segments())?;
        let (rows, columns) = (old.segments().len(), new.segments().len());
        // One more row and column for customers without a segment.
        let width = columns + 1;
        let chunk = |range: Range<usize>| {
            let mut cells = vec![0u64; (rows + 1) * width];
            for row in range {
                let from = old.place(row).unwrap_or(rows);
                let to = new.place(row).unwrap_or(columns);
                cells[from * width + to] += 1;
            }
            cells
        };
        let mut cells = vec![0u64; (rows + 1) * width];
        for part in map_chunks(old.len(), chunk_for(cells.len()), chunk) {
            for (cell, more) in cells.iter_mut().zip(part) {
                *cell += more;
            }
        }
        let mut both = Vec::with_capacity(rows * columns);
        let mut went = Vec::with_capacity(rows);
        for row in cells[..rows * width].chunks_exact(width) {
            both.extend_from_slice(&row[..columns]);
            went.push(row[columns]);
        }
        let last = &cells[rows * width..];
        Ok(Self {
            old_scheme: old.scheme().to_owned(),
            new_scheme: new.scheme().to_owned(),
            old: old.segments().to_vec(),
            new: new.segments().to_vec(),
            both,
            went,
            came: last[..columns].to_vec(),
            nowhere: last[columns],
        })
    }

    /// Fails if the sum of all counts is beyond its type.
    fn checked(self) -> Result<Self> {
        let mut counts = self.both.iter().chain(&self.went).chain(&self.came);
        let sum = counts.try_fold(self.nowhere, |sum, &count| sum.checked_add(count));
        sum.map(|_| self).ok_or_else(too_many)
    }

    fn all(&self) -> u64 {
        let counts = self.both.iter().chain(&self.went).chain(&self.came);
        counts.sum::<u64>() + self.nowhere
    }

    /// The definition of the old segments.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, migration::OverlapCounts};
    /// # let day = date_of_day(0).unwrap();
    /// # let all = vec![Segment { id: SegmentId(1), name: "all".into() }];
    /// let old = Assignments::new("v1", day, all.clone(), vec![])?;
    /// let new = Assignments::new("v2", day, all, vec![])?;
    /// let counts = OverlapCounts::of_assignments(&old, &new)?;
    /// assert_eq!((counts.old_scheme(), counts.new_scheme()), ("v1", "v2"));
    /// assert_eq!((counts.old_segments().len(), counts.new_segments().len()), (1, 1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn old_scheme(&self) -> &str {
        &self.old_scheme
    }

    /// The definition of the new segments.
    ///
    /// # Example
    ///
    /// See [`old_scheme`](Self::old_scheme).
    pub fn new_scheme(&self) -> &str {
        &self.new_scheme
    }

    /// The old segments, in the order of rows.
    ///
    /// # Example
    ///
    /// See [`old_scheme`](Self::old_scheme).
    pub fn old_segments(&self) -> &[Segment] {
        &self.old
    }

    /// The new segments, in the order of columns.
    ///
    /// # Example
    ///
    /// See [`old_scheme`](Self::old_scheme).
    pub fn new_segments(&self) -> &[Segment] {
        &self.new
    }

    /// The customers of each old segment in each new one, old by new.
    ///
    /// # Example
    ///
    /// See [`OverlapCounts`].
    pub fn both(&self) -> ArrayView2<'_, u64> {
        let shape = (self.old.len(), self.new.len());
        // The shape always fits; an empty table stands in for an error that cannot be.
        ArrayView2::from_shape(shape, &self.both)
            .unwrap_or_else(|_| ArrayView2::from(&[[0u64; 0]; 0]))
    }

    /// The customers of each old segment who have no new one.
    ///
    /// # Example
    ///
    /// See [`OverlapCounts`].
    pub fn went(&self) -> &[u64] {
        &self.went
    }

    /// The customers of each new segment who had no old one.
    ///
    /// # Example
    ///
    /// See [`OverlapCounts`].
    pub fn came(&self) -> &[u64] {
        &self.came
    }

    /// The customers without a segment in either.
    ///
    /// # Example
    ///
    /// See [`OverlapCounts`].
    pub fn nowhere(&self) -> u64 {
        self.nowhere
    }

    pub(super) fn cells(&self) -> &[u64] {
        &self.both
    }

    pub(super) fn row_totals(&self) -> Vec<u64> {
        let rows = self.both.chunks_exact(self.new.len());
        rows.map(|row| row.iter().sum()).collect()
    }

    pub(super) fn column_totals(&self) -> Vec<u64> {
        let mut totals = vec![0; self.new.len()];
        for row in self.both.chunks_exact(self.new.len()) {
            for (total, count) in totals.iter_mut().zip(row) {
                *total += count;
            }
        }
        totals
    }
}

impl merge_sealed::Sealed for OverlapCounts {}
impl Merge for OverlapCounts {
    fn neutral(&self) -> Self {
        Self {
            both: vec![0; self.both.len()],
            went: vec![0; self.went.len()],
            came: vec![0; self.came.len()],
            nowhere: 0,
            ..self.clone()
        }
    }

    fn merge(mut self, other: Self) -> Result<Self> {
        for (what, mine, yours) in [
            (
                "the scheme of the old segments",
                &self.old_scheme,
                &other.old_scheme,
            ),
            (
                "the scheme of the new segments",
                &self.new_scheme,
                &other.new_scheme,
            ),
        ] {
            if mine != yours {
                return Err(Error::VersionMismatch {
                    what,
                    expected: mine.as_str().into(),
                    found: yours.as_str().into(),
                });
            }
        }
        states::same(&self.old, &other.old)?;
        states::same(&self.new, &other.new)?;
        let add = |counts: &mut [u64], more: &[u64]| {
            for (count, more) in counts.iter_mut().zip(more) {
                *count = count.checked_add(*more).ok_or_else(too_many)?;
            }
            Ok(())
        };
        add(&mut self.both, &other.both)?;
        add(&mut self.went, &other.went)?;
        add(&mut self.came, &other.came)?;
        self.nowhere = self
            .nowhere
            .checked_add(other.nowhere)
            .ok_or_else(too_many)?;
        self.checked()
    }
}

fn too_many() -> Error {
    Error::Overflow {
        what: "more than 18446744073709551615 customers; count fewer".into(),
    }
}
