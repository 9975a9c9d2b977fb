//! How customers leave the states that they leave for good.

use serde::Serialize;

use super::classes::Classes;
use crate::{
    Error, Result, data::SegmentId, migration::matrix::TransitionMatrix, numeric::matrix::Square,
};

/// What becomes of those who are in a transient state.
///
/// # Example
///
/// See [`TransitionMatrix::absorption`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Absorption {
    /// The transient states, in the order of the matrix.
    pub transient: Vec<SegmentId>,
    /// The states of each class that is never left.
    pub classes: Vec<Vec<SegmentId>>,
    /// For each transient state the probability of ending in each class. They sum to 1.
    pub probabilities: Vec<Vec<f64>>,
    /// For each transient state the expected number of periods until a class that is never left is
    /// entered.
    pub steps: Vec<f64>,
    /// For each transient state the expected number of periods in each transient state, the present
    /// one included: the fundamental matrix.
    pub visits: Vec<Vec<f64>>,
}

impl TransitionMatrix {
    /// Where customers of transient states end, after how many periods, and where they are until then.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] if a row is not known, or if the way out of a state is so improbable that
    /// numbers do not tell it from none.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::TransitionMatrix};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "active"), state(2, "asleep"), state(3, "lost")];
    /// let rows = [[0.5, 0.5, 0.0], [0.25, 0.25, 0.5], [0.0, 0.0, 1.0]];
    /// let absorption = TransitionMatrix::given(states, &rows)?.absorption()?;
    /// assert_eq!(absorption.transient, [SegmentId(1), SegmentId(2)]);
    /// assert_eq!(absorption.steps, [5.0, 3.0]);
    /// assert_eq!(absorption.visits[0], [3.0, 2.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn absorption(&self) -> Result<Absorption> {
        let matrix = self.dense()?;
        let classes = Classes::of(&matrix);
        let transient = classes.transient();
        let visits = fundamental(&matrix, &transient)?;
        let arrival = arrival_by(&matrix, &classes, &transient, &visits);
        Ok(Absorption {
            classes: (classes.all.iter().filter(|class| class.recurrent))
                .map(|class| self.ids(&class.members))
                .collect(),
            probabilities: transient.iter().map(|&at| arrival[at].clone()).collect(),
            steps: rows(&visits).map(|row| row.iter().sum()).collect(),
            visits: rows(&visits).map(<[f64]>::to_vec).collect(),
            transient: self.ids(&transient),
        })
    }
}

fn rows(matrix: &Square) -> impl Iterator<Item = &[f64]> {
    (0..matrix.order()).map(|row| matrix.row(row))
}

/// I - Q for some states that are all left in the end, with its factors. States are eliminated from the
/// last to the first, and the chance to leave all of them is carried along as a column of its own: the
/// diagonal is a sum of ways out, so that nothing is subtracted and the rarest way out keeps its digits
/// (Grassmann, Taksar and Heyman 1985).
pub(super) struct Leaving {
    /// Above the diagonal the share of each later state that is passed on; below it the steps to earlier
    /// states once all later ones are gone.
    steps: Square,
    /// The chance to go on to an earlier state or out.
    leaves: Vec<f64>,
}

impl Leaving {
    /// # Errors
    ///
    /// [`Error::Degenerate`] if a way out is less probable than the least number.
    pub(super) fn of(matrix: &Square, states: &[usize]) -> Result<Self> {
        let order = states.len();
        let mut inside = vec![false; matrix.order()];
        for &at in states {
            inside[at] = true;
        }
        let out = |&at: &usize| -> f64 {
            let row = matrix.row(at).iter().zip(&inside);
            row.filter(|(_, inside)| !**inside).map(|(p, _)| p).sum()
        };
        let mut out: Vec<f64> = states.iter().map(out).collect();
        let mut steps = Square::from_fn(order, |from, to| matrix.at(states[from], states[to]));
        let mut leaves = vec![0.0; order];
        for last in (0..order).rev() {
            let gone = steps.row(last)[..last].to_vec();
            leaves[last] = out[last] + gone.iter().sum::<f64>();
            if leaves[last] <= 0.0 {
                return Err(Error::Degenerate {
                    what:
                        "the way out of some states is less probable than numbers can tell; merge \
                           or drop such states"
                            .into(),
                });
            }
            for from in 0..last {
                let row = steps.row_mut(from);
                row[last] /= leaves[last];
                let via = row[last];
                for (cell, step) in row.iter_mut().zip(&gone) {
                    *cell += via * step;
                }
                out[from] += via * out[last];
            }
        }
        Ok(Self { steps, leaves })
    }

    /// What all visits bring from each state, if a visit to each brings so much.
    pub(super) fn solve(&self, rewards: &[f64]) -> Vec<f64> {
        let mut sums = rewards.to_vec();
        for last in (1..sums.len()).rev() {
            let (before, rest) = sums.split_at_mut(last);
            for (from, sum) in before.iter_mut().enumerate() {
                *sum += self.steps.at(from, last) * rest[0];
            }
        }
        for at in 0..sums.len() {
            let earlier = self.steps.row(at)[..at].iter().zip(&sums);
            let earlier: f64 = earlier.map(|(step, sum)| step * sum).sum();
            sums[at] = (sums[at] + earlier) / self.leaves[at];
        }
        sums
    }
}

/// The expected visits of each transient state to each.
fn fundamental(matrix: &Square, transient: &[usize]) -> Result<Square> {
    let leaving = Leaving::of(matrix, transient)?;
    let order = transient.len();
    let columns: Vec<Vec<f64>> = (0..order)
        .map(|to| {
            let visits = (0..order).map(|at| f64::from(u8::from(at == to)));
            leaving.solve(&visits.collect::<Vec<_>>())
        })
        .collect();
    Ok(Square::from_fn(order, |from, to| columns[to][from]))
}

/// For each state the probability of ending in each recurrent class.
pub(super) fn arrival(matrix: &Square, classes: &Classes) -> Result<Vec<Vec<f64>>> {
    let transient = classes.transient();
    let visits = fundamental(matrix, &transient)?;
    Ok(arrival_by(matrix, classes, &transient, &visits))
}

fn arrival_by(
    matrix: &Square,
    classes: &Classes,
    transient: &[usize],
    visits: &Square,
) -> Vec<Vec<f64>> {
    let recurrent: Vec<usize> = (0..classes.all.len())
        .filter(|&class| classes.all[class].recurrent)
        .collect();
    let mut arrival = vec![vec![0.0; recurrent.len()]; matrix.order()];
    for (column, &class) in recurrent.iter().enumerate() {
        let members = &classes.all[class].members;
        for &at in members {
            arrival[at][column] = 1.0;
        }
        let enters = |&from: &usize| -> f64 { members.iter().map(|&to| matrix.at(from, to)).sum() };
        let enters: Vec<f64> = transient.iter().map(enters).collect();
        for (&at, probability) in transient.iter().zip(visits.times_column(&enters)) {
            arrival[at][column] = probability;
        }
    }
    arrival
}

impl Classes {
    /// The states that are left for good.
    fn transient(&self) -> Vec<usize> {
        let of = |&at: &usize| !self.for_good(at);
        (0..self.of.len()).filter(of).collect()
    }

    /// Whether a state belongs to a class that is never left.
    pub(in crate::migration) fn for_good(&self, state: usize) -> bool {
        self.all[self.of[state]].recurrent
    }

    /// The expected sum of what all visits to transient states bring, from each state.
    pub(in crate::migration) fn sum(&self, matrix: &Square, rewards: &[f64]) -> Result<Vec<f64>> {
        let transient = self.transient();
        let leaving = Leaving::of(matrix, &transient)?;
        let rewards: Vec<f64> = transient.iter().map(|&at| rewards[at]).collect();
        let mut sums = vec![0.0; matrix.order()];
        for (&at, sum) in transient.iter().zip(leaving.solve(&rewards)) {
            sums[at] = sum;
        }
        Ok(sums)
    }
}
