//! How long it takes.

use serde::Serialize;

use super::{absorption::Leaving, classes::Classes, long_run::stationary};
use crate::{
    Result,
    data::SegmentId,
    migration::{matrix::TransitionMatrix, states},
    numeric::{map_chunks, matrix::Square},
};

/// How long customers stay in a state.
///
/// # Example
///
/// See [`TransitionMatrix::sojourn`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Sojourn {
    /// The expected number of periods from entering the state to leaving it; `None` if it is never
    /// left.
    pub expected: Option<f64>,
    /// After how many periods half of a cohort has left, as a fraction between whole periods; `None`
    /// if the state is never left. Those who come back are not counted.
    pub half_life: Option<f64>,
}

impl TransitionMatrix {
    /// How long customers stay in a state.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a state that is not among the
    /// states; [`Error::Degenerate`](crate::Error::Degenerate) if its row is not known.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::TransitionMatrix};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "active"), state(2, "lost")];
    /// let matrix = TransitionMatrix::given(states, &[[0.75, 0.25], [0.0, 1.0]])?;
    /// let active = matrix.sojourn(SegmentId(1))?;
    /// assert_eq!(active.expected, Some(4.0));
    /// assert!((active.half_life.unwrap() - 2.409).abs() < 1e-3);
    /// assert_eq!(matrix.sojourn(SegmentId(2))?.expected, None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn sojourn(&self, state: SegmentId) -> Result<Sojourn> {
        let at = states::place(self.states(), state)?;
        let row = &self.known(at)?.probabilities;
        let leaves: f64 = (row.iter().enumerate())
            .filter(|&(to, _)| to != at)
            .map(|(_, p)| p)
            .sum();
        let left = leaves > 0.0;
        Ok(Sojourn {
            expected: left.then(|| 1.0 / leaves),
            // ln(1 - leaves), which is the logarithm of 0 if nobody stays.
            half_life: left.then(|| std::f64::consts::LN_2 / -(-leaves.min(1.0)).ln_1p()),
        })
    }

    /// The expected number of periods until a state is reached for the first time, from each state in
    /// their order: 0 from itself, `None` from where it is not sure to be reached.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a state that is not among the
    /// states; [`Error::Degenerate`](crate::Error::Degenerate) if a row is not known.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::TransitionMatrix};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "new"), state(2, "loyal"), state(3, "lost")];
    /// let rows = [[0.5, 0.25, 0.25], [0.0, 0.9, 0.1], [0.0, 0.0, 1.0]];
    /// let matrix = TransitionMatrix::given(states, &rows)?;
    /// let to_lost = matrix.first_passage(SegmentId(3))?;
    /// assert!((to_lost[0].unwrap() - 7.0).abs() < 1e-13);
    /// assert_eq!(to_lost[2], Some(0.0));
    /// assert_eq!(matrix.first_passage(SegmentId(2))?, [None, Some(0.0), None]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn first_passage(&self, to: SegmentId) -> Result<Vec<Option<f64>>> {
        let to = states::place(self.states(), to)?;
        passage(&self.dense()?, to)
    }

    /// [`first_passage`](Self::first_passage) to all states: rows from, columns to.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`](crate::Error::Degenerate) if a row is not known.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::TransitionMatrix};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "rain"), state(2, "nice"), state(3, "snow")];
    /// let rows = [[0.5, 0.25, 0.25], [0.5, 0.0, 0.5], [0.25, 0.25, 0.5]];
    /// let passages = TransitionMatrix::given(states, &rows)?.first_passages()?;
    /// assert!((passages[0][1].unwrap() - 4.0).abs() < 1e-14);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn first_passages(&self) -> Result<Vec<Vec<Option<f64>>>> {
        let matrix = self.dense()?;
        let columns = map_chunks(self.order(), 1, |range| passage(&matrix, range.start));
        let columns: Vec<_> = columns.into_iter().collect::<Result<_>>()?;
        let row = |from: usize| columns.iter().map(|column| column[from]).collect();
        Ok((0..self.order()).map(row).collect())
    }

    /// The expected number of periods until a state is reached again, from each state in their order:
    /// one over its long-run share within its class; `None` where return is not sure.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`](crate::Error::Degenerate) if a row is not known.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::TransitionMatrix};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let matrix = TransitionMatrix::given(vec![state(1, "a"), state(2, "b")], &[[0.5, 0.5], [0.0, 1.0]])?;
    /// assert_eq!(matrix.return_times()?, [None, Some(1.0)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn return_times(&self) -> Result<Vec<Option<f64>>> {
        let matrix = self.dense()?;
        let mut times = vec![None; self.order()];
        for class in Classes::of(&matrix)
            .all
            .iter()
            .filter(|class| class.recurrent)
        {
            let shares = stationary(&matrix, class);
            for &at in &class.members {
                times[at] = Some(1.0 / shares[at]);
            }
        }
        Ok(times)
    }
}

/// The expected first passage to one state from each.
fn passage(matrix: &Square, to: usize) -> Result<Vec<Option<f64>>> {
    let order = matrix.order();
    // Those from where there is a way, and of the others those who can still end there.
    let mut arrives = vec![false; order];
    arrives[to] = true;
    spread_back(matrix, to, &mut arrives);
    let mut strays: Vec<bool> = arrives.iter().map(|arrives| !arrives).collect();
    spread_back(matrix, to, &mut strays);
    let sure: Vec<usize> = (0..order).filter(|&at| at != to && !strays[at]).collect();
    let mut times = vec![None; order];
    times[to] = Some(0.0);
    let leaving = Leaving::of(matrix, &sure)?;
    for (&at, time) in sure.iter().zip(leaving.solve(&vec![1.0; sure.len()])) {
        times[at] = Some(time);
    }
    Ok(times)
}

/// Adds to some states all from which they can be reached without coming through `end` before.
fn spread_back(matrix: &Square, end: usize, states: &mut [bool]) {
    let mut open: Vec<usize> = (0..states.len()).filter(|&at| states[at]).collect();
    while let Some(to) = open.pop() {
        for (from, state) in states.iter_mut().enumerate() {
            if from != end && !*state && matrix.at(from, to) > 0.0 {
                *state = true;
                open.push(from);
            }
        }
    }
}
