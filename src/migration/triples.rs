//! How many customers took which two steps in a row.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::states::{self, Places};
use crate::{
    Error, Result,
    data::{Merge, Segment, SegmentId, merge_sealed},
    persist,
};

/// Counts of two steps in a row: from a state, via another, to a third. They tell whether it matters
/// where a customer came from ([`first_order`](super::ChainTestParams::first_order)).
///
/// Counts are pooled over customers, as those of [`TransitionCounts`](super::TransitionCounts), and
/// can be merged. Triples that nobody took need no room.
///
/// # Example
///
/// ```
/// use custometry::{data::{Merge, Segment, SegmentId}, migration::TripleCounts};
///
/// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
/// let (a, b) = (Some(SegmentId(1)), Some(SegmentId(2)));
/// let states = vec![state(1, "a"), state(2, "b")];
/// let ann = TripleCounts::of_paths(states.clone(), &[[a, a, b, a]])?;
/// let bob = TripleCounts::of_paths(states, &[[a, a, b, b]])?;
/// let both = ann.merge(bob)?;
/// assert_eq!(both.count(SegmentId(1), SegmentId(1), SegmentId(2)), 2);
/// assert_eq!(both.total(), 4);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct TripleCounts {
    states: Vec<Segment>,
    /// Places of from, via and to with their count, by via, from and to; no count is 0.
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) via: u32,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) count: u64,
}

impl Cell {
    fn key(&self) -> (u32, u32, u32) {
        (self.via, self.from, self.to)
    }
}

/// How triples are saved: numbers of from, via and to, and the count.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    states: Vec<Segment>,
    cells: Vec<(SegmentId, SegmentId, SegmentId, u64)>,
}

impl TryFrom<Fields> for TripleCounts {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let sum = fields.cells.len();
        let counts = Self::new(fields.states, &fields.cells)?;
        Error::check_length(
            "cells that differ and hold a count",
            sum,
            counts.cells.len(),
        )?;
        Ok(counts)
    }
}

impl From<TripleCounts> for Fields {
    fn from(counts: TripleCounts) -> Self {
        Self {
            cells: counts.cells().collect(),
            states: counts.states,
        }
    }
}

impl persist::sealed::Sealed for TripleCounts {}
impl persist::Persist for TripleCounts {
    const FORMAT: &'static str = "custometry/triple-counts";
    const VERSION: u32 = 1;
}

impl fmt::Debug for TripleCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TripleCounts")
            .field("states", &self.states.len())
            .field("total", &self.total())
            .finish_non_exhaustive()
    }
}

impl TripleCounts {
    /// Counts by triple: from, via, to and how many. A triple may come more than once.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without a state, [`Error::InvalidParameter`] for more than 2,000;
    /// [`Error::DuplicateKey`] for a number of a state given twice; [`Error::InvalidValue`] for a
    /// triple with a state that is not among the states; [`Error::Overflow`] if the sum of all is
    /// beyond 2^64.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::TripleCounts};
    /// # let all = Segment { id: SegmentId(7), name: "all".into() };
    /// let always = (SegmentId(7), SegmentId(7), SegmentId(7), 3);
    /// assert_eq!(TripleCounts::new(vec![all], &[always, always])?.total(), 6);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn new(
        states: Vec<Segment>,
        triples: &[(SegmentId, SegmentId, SegmentId, u64)],
    ) -> Result<Self> {
        states::check(&states)?;
        let places = Places::of(&states);
        let mut cells = Vec::with_capacity(triples.len());
        for (row, &(from, via, to, count)) in triples.iter().enumerate() {
            let path = places.path(row, &[Some(from), Some(via), Some(to)])?;
            cells.extend(cell(&path, count));
        }
        Self::of_cells(states, cells)
    }

    /// Counts the triples of paths, one path a customer: the states of consecutive periods, in
    /// order. A period without a state is a gap that no triple reaches over.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), with the number of the path as its row.
    ///
    /// # Example
    ///
    /// See [`TripleCounts`].
    pub fn of_paths(
        states: Vec<Segment>,
        paths: &[impl AsRef<[Option<SegmentId>]>],
    ) -> Result<Self> {
        states::check(&states)?;
        let places = Places::of(&states);
        // As much room as there are triples that differ, not as there are steps.
        let mut counts = BTreeMap::new();
        for (row, path) in paths.iter().enumerate() {
            let path = places.path(row, path.as_ref())?;
            for cell in path.windows(3).filter_map(|triple| cell(triple, 1)) {
                *counts.entry(cell.key()).or_insert(0) += cell.count;
            }
        }
        let cell = |((via, from, to), count)| Cell {
            via,
            from,
            to,
            count,
        };
        Self::of_cells(states, counts.into_iter().map(cell).collect())
    }

    /// Sorts cells and adds up those of one triple.
    fn of_cells(states: Vec<Segment>, mut cells: Vec<Cell>) -> Result<Self> {
        let sum = (cells.iter()).try_fold(0u64, |sum, cell| sum.checked_add(cell.count));
        if sum.is_none() {
            return Err(Error::Overflow {
                what: "more than 18446744073709551615 triples; count fewer periods".into(),
            });
        }
        cells.sort_by_key(Cell::key);
        cells.dedup_by(|next, kept| {
            let same = next.key() == kept.key();
            if same {
                kept.count += next.count;
            }
            same
        });
        cells.retain(|cell| cell.count > 0);
        Ok(Self { states, cells })
    }

    /// The states.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::TripleCounts};
    /// # let all = Segment { id: SegmentId(7), name: "all".into() };
    /// assert_eq!(TripleCounts::new(vec![all], &[])?.states().len(), 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn states(&self) -> &[Segment] {
        &self.states
    }

    /// How many took these two steps; 0 for states that are not known.
    ///
    /// # Example
    ///
    /// See [`TripleCounts`].
    pub fn count(&self, from: SegmentId, via: SegmentId, to: SegmentId) -> u64 {
        let place = |id| states::place_of(&self.states, id).and_then(|at| u32::try_from(at).ok());
        let key = || Some((place(via)?, place(from)?, place(to)?));
        let Some(key) = key() else { return 0 };
        let at = self.cells.binary_search_by_key(&key, Cell::key);
        at.map_or(0, |at| self.cells[at].count)
    }

    /// The triples that somebody took, by via, from and to, each as from, via, to and count.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::TripleCounts};
    /// # let all = Segment { id: SegmentId(7), name: "all".into() };
    /// let id = SegmentId(7);
    /// let counts = TripleCounts::new(vec![all], &[(id, id, id, 3)])?;
    /// assert_eq!(counts.cells().collect::<Vec<_>>(), [(id, id, id, 3)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn cells(&self) -> impl ExactSizeIterator<Item = (SegmentId, SegmentId, SegmentId, u64)> {
        let id = |at: u32| self.states[at as usize].id;
        let of = move |cell: &Cell| (id(cell.from), id(cell.via), id(cell.to), cell.count);
        self.cells.iter().map(of)
    }

    /// How many triples there are in all.
    ///
    /// # Example
    ///
    /// See [`TripleCounts`].
    pub fn total(&self) -> u64 {
        self.cells.iter().map(|cell| cell.count).sum()
    }

    /// The cells of each state in the middle.
    pub(super) fn by_middle(&self) -> impl Iterator<Item = &[Cell]> {
        self.cells.chunk_by(|one, other| one.via == other.via)
    }
}

/// The cell of a path of three; `None` over a gap.
fn cell(path: &[Option<usize>], count: u64) -> Option<Cell> {
    let place = |at: usize| u32::try_from((*path.get(at)?)?).ok();
    Some(Cell {
        from: place(0)?,
        via: place(1)?,
        to: place(2)?,
        count,
    })
}

impl merge_sealed::Sealed for TripleCounts {}
impl Merge for TripleCounts {
    fn neutral(&self) -> Self {
        Self {
            states: self.states.clone(),
            cells: Vec::new(),
        }
    }

    fn merge(mut self, other: Self) -> Result<Self> {
        states::same(&self.states, &other.states)?;
        self.cells.extend(other.cells);
        Self::of_cells(self.states, self.cells)
    }
}
