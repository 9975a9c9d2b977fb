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
        let transient = transient(&classes);
        let visits = fundamental(&matrix, &transient)?;
        let id = |&at: &usize| self.states()[at].id;
        let arrival = arrival_by(&matrix, &classes, &transient, &visits);
        Ok(Absorption {
            classes: (classes.all.iter().filter(|class| class.recurrent))
                .map(|class| class.members.iter().map(id).collect())
                .collect(),
            probabilities: transient.iter().map(|&at| arrival[at].clone()).collect(),
            steps: rows(&visits).map(|row| row.iter().sum()).collect(),
            visits: rows(&visits).map(<[f64]>::to_vec).collect(),
            transient: transient.iter().map(id).collect(),
        })
    }
}

fn rows(matrix: &Square) -> impl Iterator<Item = &[f64]> {
    (0..matrix.order()).map(|row| matrix.row(row))
}

fn transient(classes: &Classes) -> Vec<usize> {
    let of = |&at: &usize| !classes.all[classes.of[at]].recurrent;
    (0..classes.of.len()).filter(of).collect()
}

/// I - Q for some states. What is left of 1 on the diagonal is the sum of the other steps, which no
/// subtraction spoils.
pub(super) fn leaving(matrix: &Square, states: &[usize]) -> Square {
    Square::from_fn(states.len(), |from, to| {
        let row = matrix.row(states[from]);
        if from == to {
            let others = row.iter().enumerate().filter(|&(at, _)| at != states[from]);
            others.map(|(_, p)| p).sum()
        } else {
            -row[states[to]]
        }
    })
}

pub(super) fn no_way_out() -> Error {
    Error::Degenerate {
        what: "the way out of some states is less probable than numbers can tell; merge or drop \
               such states"
            .into(),
    }
}

/// The expected visits of each transient state to each.
fn fundamental(matrix: &Square, transient: &[usize]) -> Result<Square> {
    if transient.is_empty() {
        return Ok(Square::zeros(0));
    }
    let lu = leaving(matrix, transient).lu().ok_or_else(no_way_out)?;
    Ok(lu.inverse())
}

/// For each state the probability of ending in each recurrent class.
pub(super) fn arrival(matrix: &Square, classes: &Classes) -> Result<Vec<Vec<f64>>> {
    let transient = transient(classes);
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

/// Which states are left for good, for sums over the time until then.
pub(in crate::migration) struct Ways(Classes);

impl Ways {
    pub(in crate::migration) fn of(matrix: &Square) -> Self {
        Self(Classes::of(matrix))
    }

    /// Whether a state belongs to a class that is never left.
    pub(in crate::migration) fn for_good(&self, state: usize) -> bool {
        self.0.all[self.0.of[state]].recurrent
    }

    /// The expected sum of what all visits to transient states bring, from each state.
    pub(in crate::migration) fn sum(&self, matrix: &Square, rewards: &[f64]) -> Result<Vec<f64>> {
        let transient = transient(&self.0);
        let mut sums = vec![0.0; rewards.len()];
        if transient.is_empty() {
            return Ok(sums);
        }
        let lu = leaving(matrix, &transient).lu().ok_or_else(no_way_out)?;
        let rewards: Vec<f64> = transient.iter().map(|&at| rewards[at]).collect();
        for (&at, sum) in transient.iter().zip(lu.solve(&rewards)) {
            sums[at] = sum;
        }
        Ok(sums)
    }
}
