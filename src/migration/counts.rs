//! How many customers went from which state to which.

use std::fmt;

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::states::{self, Places};
use crate::{
    Error, Result,
    data::{Merge, Segment, SegmentId, merge_sealed},
    persist,
};

/// Counts of transitions: for each state that customers were in, the states that they were in one
/// period later. Staying is a transition from a state to itself.
///
/// Counts are **pooled over customers**: each customer adds the steps of the own path, and no step
/// leads from the end of one customer's path to the start of another's. Counts of parts of the
/// customers, or of periods, can be merged.
///
/// A cell can be marked as [`impossible`](Self::impossible), a structural zero: nobody comes back to
/// "new". It is then no observation that it did not happen, and tests and smoothing leave it out.
///
/// # Example
///
/// ```
/// use custometry::{data::{Merge, Segment, SegmentId}, migration::TransitionCounts};
///
/// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
/// let states = vec![state(1, "active"), state(2, "lapsed")];
/// let spring = TransitionCounts::new(states.clone(), &[[90, 10], [5, 45]])?;
/// let summer = TransitionCounts::new(states, &[[80, 15], [10, 45]])?;
/// let both = spring.merge(summer)?;
/// assert_eq!(both.count(SegmentId(1), SegmentId(2)), Some(25));
/// assert_eq!((both.row_totals(), both.column_totals()), (vec![195, 105], vec![185, 115]));
/// assert_eq!(both.total(), 300);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct TransitionCounts {
    states: Vec<Segment>,
    /// Row by row, from by to.
    counts: Vec<u64>,
    impossible: Vec<bool>,
}

/// How counts are saved: structural zeros as pairs of states.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    states: Vec<Segment>,
    counts: Vec<Vec<u64>>,
    impossible: Vec<(SegmentId, SegmentId)>,
}

impl TryFrom<Fields> for TransitionCounts {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let counts = Self::new(fields.states, &fields.counts)?;
        (fields.impossible.into_iter())
            .try_fold(counts, |counts, (from, to)| counts.impossible(from, to))
    }
}

impl From<TransitionCounts> for Fields {
    fn from(counts: TransitionCounts) -> Self {
        Self {
            impossible: counts.impossible_cells().collect(),
            counts: (counts.counts.chunks_exact(counts.order()))
                .map(<[u64]>::to_vec)
                .collect(),
            states: counts.states,
        }
    }
}

impl persist::sealed::Sealed for TransitionCounts {}
impl persist::Persist for TransitionCounts {
    const FORMAT: &'static str = "custometry/transition-counts";
    const VERSION: u32 = 1;
}

impl fmt::Debug for TransitionCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransitionCounts")
            .field("states", &self.states.len())
            .field("total", &self.total())
            .finish_non_exhaustive()
    }
}

impl TransitionCounts {
    /// Counts by row: a row for each state that customers came from, with a count for each state
    /// that they went to, both in the order of the states.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without a state; [`Error::InvalidParameter`] for more than 2,000;
    /// [`Error::DuplicateKey`] for a number of a state given twice; [`Error::LengthMismatch`] unless
    /// rows and their counts are as many as states; [`Error::Overflow`] if the sum of all is beyond
    /// 2^64.
    ///
    /// # Example
    ///
    /// See [`TransitionCounts`].
    pub fn new(states: Vec<Segment>, rows: &[impl AsRef<[u64]>]) -> Result<Self> {
        Error::check_length("rows of counts", states.len(), rows.len())?;
        for (at, row) in rows.iter().enumerate() {
            let column = format!("counts, row {at}");
            Error::check_length(&column, states.len(), row.as_ref().len())?;
        }
        let counts = rows.iter().flat_map(AsRef::as_ref).copied().collect();
        Self::of_cells(states, counts)
    }

    /// As [`new`](Self::new), from the cells row by row.
    pub(super) fn of_cells(states: Vec<Segment>, counts: Vec<u64>) -> Result<Self> {
        states::check(&states)?;
        let impossible = vec![false; counts.len()];
        let counts = Self {
            states,
            counts,
            impossible,
        };
        counts.checked()
    }

    /// Fails if the sum of all counts is beyond its type.
    fn checked(self) -> Result<Self> {
        let total = (self.counts.iter()).try_fold(0u64, |sum, &count| sum.checked_add(count));
        total.map(|_| self).ok_or_else(too_many)
    }

    /// Counts the steps of paths, one path a customer: the states of consecutive periods, in order.
    /// A period without a state is a gap: no step leads into it or out of it.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`Error::InvalidValue`] for a state that is not among the states,
    /// with the number of the path as its row.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::TransitionCounts};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let (a, b) = (Some(SegmentId(1)), Some(SegmentId(2)));
    /// let paths = [vec![a, a, b, None, b], vec![b, a]];
    /// let counts = TransitionCounts::of_paths(vec![state(1, "a"), state(2, "b")], &paths)?;
    /// assert_eq!(counts.cells().rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>(),
    ///     [[1, 1], [1, 0]]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_paths(
        states: Vec<Segment>,
        paths: &[impl AsRef<[Option<SegmentId>]>],
    ) -> Result<Self> {
        states::check(&states)?;
        let order = states.len();
        let places = Places::of(&states);
        let mut counts = vec![0; order * order];
        for (row, path) in paths.iter().enumerate() {
            let path = places.path(row, path.as_ref())?;
            for step in path.windows(2) {
                if let &[Some(from), Some(to)] = step {
                    counts[from * order + to] += 1;
                }
            }
        }
        Self::of_cells(states, counts)
    }

    /// Marks a transition as one that cannot happen.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a state that is not among the states, or a transition that
    /// was counted.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::TransitionCounts};
    /// # let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "new"), state(2, "regular")];
    /// let counts = TransitionCounts::new(states, &[[0, 70], [0, 30]])?;
    /// let counts = counts.impossible(SegmentId(2), SegmentId(1))?;
    /// assert!(counts.is_impossible(SegmentId(2), SegmentId(1)));
    /// assert!(counts.impossible(SegmentId(1), SegmentId(2)).is_err()); // 70 did
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn impossible(mut self, from: SegmentId, to: SegmentId) -> Result<Self> {
        let from = states::place(&self.states, from)?;
        let to = states::place(&self.states, to)?;
        let cell = from * self.order() + to;
        if self.counts[cell] > 0 {
            let shown = |at: usize| states::show(&self.states[at]);
            return Err(Error::parameter(
                "the count of an impossible transition",
                self.counts[cell],
                format!(
                    "0: customers did go from {} to {}; leave the cell possible, or mend the data",
                    shown(from),
                    shown(to)
                ),
            ));
        }
        self.impossible[cell] = true;
        Ok(self)
    }

    /// Whether a transition is marked as one that cannot happen.
    ///
    /// # Example
    ///
    /// See [`impossible`](Self::impossible).
    pub fn is_impossible(&self, from: SegmentId, to: SegmentId) -> bool {
        self.cell(from, to)
            .is_some_and(|cell| self.impossible[cell])
    }

    /// The transitions that are marked as impossible, row by row.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::TransitionCounts};
    /// # let all = Segment { id: SegmentId(1), name: "all".into() };
    /// let counts = TransitionCounts::new(vec![all], &[[5]])?;
    /// assert_eq!(counts.impossible_cells().count(), 0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn impossible_cells(&self) -> impl Iterator<Item = (SegmentId, SegmentId)> {
        let order = self.order();
        let id = |at: usize| self.states[at].id;
        let marked = self.impossible.iter().enumerate();
        let marked = marked.filter(|&(_, &is)| is);
        marked.map(move |(cell, _)| (id(cell / order), id(cell % order)))
    }

    /// The states, in the order of rows and columns.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::TransitionCounts};
    /// # let all = Segment { id: SegmentId(1), name: "all".into() };
    /// assert_eq!(TransitionCounts::new(vec![all], &[[5]])?.states()[0].name, "all");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn states(&self) -> &[Segment] {
        &self.states
    }

    /// How many customers went from one state to another; `None` if one of them is not among the
    /// states.
    ///
    /// # Example
    ///
    /// See [`TransitionCounts`].
    pub fn count(&self, from: SegmentId, to: SegmentId) -> Option<u64> {
        self.cell(from, to).map(|cell| self.counts[cell])
    }

    /// All counts, from by to.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::TransitionCounts};
    /// # let all = Segment { id: SegmentId(1), name: "all".into() };
    /// assert_eq!(TransitionCounts::new(vec![all], &[[5]])?.cells()[[0, 0]], 5);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn cells(&self) -> ArrayView2<'_, u64> {
        let shape = (self.order(), self.order());
        // The shape always fits; an empty table stands in for an error that cannot be.
        ArrayView2::from_shape(shape, &self.counts)
            .unwrap_or_else(|_| ArrayView2::from(&[[0u64; 0]; 0]))
    }

    /// How many customers were in each state before.
    ///
    /// # Example
    ///
    /// See [`TransitionCounts`].
    pub fn row_totals(&self) -> Vec<u64> {
        let rows = self.counts.chunks_exact(self.order());
        rows.map(|row| row.iter().sum()).collect()
    }

    /// How many customers were in each state afterwards.
    ///
    /// # Example
    ///
    /// See [`TransitionCounts`].
    pub fn column_totals(&self) -> Vec<u64> {
        let mut totals = vec![0; self.order()];
        for row in self.counts.chunks_exact(self.order()) {
            for (total, count) in totals.iter_mut().zip(row) {
                *total += count;
            }
        }
        totals
    }

    /// How many transitions there are in all.
    ///
    /// # Example
    ///
    /// See [`TransitionCounts`].
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The same counts without the states that nobody was in, before or afterwards.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] if there is no transition at all.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::TransitionCounts};
    /// # let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "a"), state(2, "empty"), state(3, "c")];
    /// let counts = TransitionCounts::new(states, &[[4, 0, 1], [0, 0, 0], [2, 0, 3]])?;
    /// assert_eq!(counts.visited()?.states().len(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn visited(&self) -> Result<Self> {
        let (rows, columns) = (self.row_totals(), self.column_totals());
        let kept: Vec<usize> = (0..self.order())
            .filter(|&at| rows[at] > 0 || columns[at] > 0)
            .collect();
        let order = self.order();
        let cells = || (kept.iter()).flat_map(|&row| kept.iter().map(move |&to| row * order + to));
        let states = kept.iter().map(|&at| self.states[at].clone()).collect();
        let mut visited = Self::of_cells(states, cells().map(|cell| self.counts[cell]).collect())?;
        visited.impossible = cells().map(|cell| self.impossible[cell]).collect();
        Ok(visited)
    }

    /// How many went up, stayed and went down on a scale, its lowest state first. Transitions from or
    /// to a state that is not on the scale, such as "lost", are counted apart.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a state that is not among the states;
    /// [`Error::DuplicateKey`] for one that stands on the scale twice.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::TransitionCounts};
    /// # let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "gold"), state(2, "silver"), state(9, "lost")];
    /// let counts = TransitionCounts::new(states, &[[8, 2, 1], [3, 5, 4], [0, 1, 6]])?;
    /// let moves = counts.directions(&[SegmentId(2), SegmentId(1)])?;
    /// assert_eq!((moves.up, moves.stayed, moves.down, moves.off_scale), (3, 13, 2, 12));
    /// assert_eq!(moves.up_share(), Some(3.0 / 18.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn directions(&self, scale: &[SegmentId]) -> Result<Directions> {
        let rank = states::ranks(&self.states, scale)?;
        let mut moves = Directions::default();
        for (cell, &count) in self.counts.iter().enumerate() {
            match (rank[cell / self.order()], rank[cell % self.order()]) {
                (Some(from), Some(to)) if from < to => moves.up += count,
                (Some(from), Some(to)) if from > to => moves.down += count,
                (Some(_), Some(_)) => moves.stayed += count,
                _ => moves.off_scale += count,
            }
        }
        Ok(moves)
    }

    pub(super) fn order(&self) -> usize {
        self.states.len()
    }

    pub(super) fn row(&self, from: usize) -> &[u64] {
        &self.counts[from * self.order()..(from + 1) * self.order()]
    }

    /// Whether each transition from a state is possible.
    pub(super) fn possible(&self, from: usize) -> impl Iterator<Item = bool> {
        let row = &self.impossible[from * self.order()..(from + 1) * self.order()];
        row.iter().map(|impossible| !impossible)
    }

    /// `Ok` if these are counts of the same states with the same structural zeros.
    pub(super) fn check_same(&self, other: &Self) -> Result<()> {
        states::same(&self.states, &other.states)?;
        if self.impossible == other.impossible {
            return Ok(());
        }
        let show = |counts: &Self| {
            let marked = counts.impossible_cells();
            let pairs: Vec<String> = marked.map(|(a, b)| format!("{}-{}", a.0, b.0)).collect();
            format!("[{}]", pairs.join(", ")).into()
        };
        Err(Error::VersionMismatch {
            what: "the list of impossible transitions",
            expected: show(self),
            found: show(other),
        })
    }

    fn cell(&self, from: SegmentId, to: SegmentId) -> Option<usize> {
        let from = states::place_of(&self.states, from)?;
        Some(from * self.order() + states::place_of(&self.states, to)?)
    }
}

impl merge_sealed::Sealed for TransitionCounts {}
impl Merge for TransitionCounts {
    fn neutral(&self) -> Self {
        Self {
            counts: vec![0; self.counts.len()],
            ..self.clone()
        }
    }

    fn merge(mut self, other: Self) -> Result<Self> {
        self.check_same(&other)?;
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.checked_add(*more).ok_or_else(too_many)?;
        }
        self.checked()
    }
}

fn too_many() -> Error {
    Error::Overflow {
        what: "more than 18446744073709551615 transitions; count fewer periods".into(),
    }
}

/// Transitions by their direction on a scale.
///
/// # Example
///
/// See [`TransitionCounts::directions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Directions {
    /// To a higher state.
    pub up: u64,
    /// To the same state, on the scale.
    pub stayed: u64,
    /// To a lower state.
    pub down: u64,
    /// From or to a state that is not on the scale.
    pub off_scale: u64,
}

impl Directions {
    fn share(&self, count: u64) -> Option<f64> {
        let all = self.up + self.stayed + self.down;
        (all > 0).then(|| count as f64 / all as f64)
    }

    /// The share that went up, of the transitions on the scale; `None` if there is none.
    ///
    /// # Example
    ///
    /// See [`TransitionCounts::directions`].
    pub fn up_share(&self) -> Option<f64> {
        self.share(self.up)
    }

    /// The share that went down, of the transitions on the scale; `None` if there is none.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::TransitionCounts};
    /// # let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let counts = TransitionCounts::new(vec![state(1, "low"), state(2, "high")], &[[5, 1], [2, 2]])?;
    /// let moves = counts.directions(&[SegmentId(1), SegmentId(2)])?;
    /// assert_eq!(moves.down_share(), Some(0.2));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn down_share(&self) -> Option<f64> {
        self.share(self.down)
    }
}
