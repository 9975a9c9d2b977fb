//! Where it all leads.

use serde::Serialize;

use super::{
    absorption::arrival,
    classes::{Class, Classes},
};
use crate::{
    Error, Result,
    data::SegmentId,
    migration::{matrix::TransitionMatrix, states},
    numeric::matrix::Square,
};

/// The shares of the states in the long run, where they do not depend on the start.
///
/// # Example
///
/// See [`TransitionMatrix::steady_state`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SteadyState {
    /// The share of each state, in their order. They sum to 1.
    pub shares: Vec<f64>,
    /// 1 if the shares of any start come to these. Otherwise they go round with this period for ever,
    /// and these are the averages over time.
    pub period: u64,
}

/// The shares of the states in the long run, from any start.
///
/// # Example
///
/// See [`TransitionMatrix::long_run`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LongRun {
    /// The states of each class that is never left.
    pub classes: Vec<Vec<SegmentId>>,
    /// For each class the share of each state, in the order of the matrix, among those who are in the
    /// class.
    pub shares: Vec<Vec<f64>>,
    /// For each class its period: above 1 the shares at one time go round, and those above are their
    /// averages over time.
    pub periods: Vec<u64>,
    /// For each state the probability of ending in each class.
    pub arrival: Vec<Vec<f64>>,
}

impl LongRun {
    /// Whether the shares at one time come to rest, from any start.
    ///
    /// # Example
    ///
    /// See [`TransitionMatrix::long_run`].
    pub fn converges(&self) -> bool {
        self.periods.iter().all(|&period| period == 1)
    }

    /// How many are in each state in the long run, given how many are in each now (or shares).
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless there is a number for each state; [`Error::InvalidValue`] for
    /// one that is not finite or below 0.
    ///
    /// # Example
    ///
    /// See [`TransitionMatrix::long_run`].
    pub fn from_start(&self, start: &[f64]) -> Result<Vec<f64>> {
        states::check_amounts("start", self.arrival.len(), start)?;
        let mut end = vec![0.0; start.len()];
        for (class, shares) in self.shares.iter().enumerate() {
            let arrives = start.iter().zip(&self.arrival);
            let mass: f64 = arrives.map(|(n, arrival)| n * arrival[class]).sum();
            for (end, share) in end.iter_mut().zip(shares) {
                *end += mass * share;
            }
        }
        Ok(end)
    }
}

impl TransitionMatrix {
    /// The shares of the states in the long run, whatever the start. States that are left for good
    /// have none.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] if a row is not known, or if there is more than one class of states that
    /// is never left: then the long run depends on the start, and [`long_run`](Self::long_run) tells
    /// it.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::TransitionMatrix};
    ///
    /// // The land of Oz: Kemeny and Snell 1976.
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "rain"), state(2, "nice"), state(3, "snow")];
    /// let rows = [[0.5, 0.25, 0.25], [0.5, 0.0, 0.5], [0.25, 0.25, 0.5]];
    /// let steady = TransitionMatrix::given(states, &rows)?.steady_state()?;
    /// assert!((steady.shares[1] - 0.2).abs() < 1e-15);
    /// assert_eq!(steady.period, 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn steady_state(&self) -> Result<SteadyState> {
        let matrix = self.dense()?;
        let classes = Classes::of(&matrix);
        let mut recurrent = classes.all.iter().filter(|class| class.recurrent);
        match (recurrent.next(), recurrent.count()) {
            (Some(class), 0) => Ok(SteadyState {
                shares: stationary(&matrix, class),
                period: class.period,
            }),
            (_, others) => {
                let what = format!(
                    "{} classes of states are never left, so that the long run depends on the start; \
                     ask for long_run",
                    others + 1
                );
                Err(Error::Degenerate { what: what.into() })
            }
        }
    }

    /// The shares of the states in the long run, for each class of states that is never left, and the
    /// probabilities of ending there.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] if a row is not known.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::TransitionMatrix};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "trial"), state(2, "member"), state(3, "lost")];
    /// let rows = [[0.0, 0.25, 0.75], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    /// let end = TransitionMatrix::given(states, &rows)?.long_run()?;
    /// assert_eq!(end.classes, [[SegmentId(2)], [SegmentId(3)]]);
    /// assert_eq!(end.from_start(&[100.0, 10.0, 0.0])?, [0.0, 35.0, 75.0]);
    /// assert!(end.converges());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn long_run(&self) -> Result<LongRun> {
        let matrix = self.dense()?;
        let classes = Classes::of(&matrix);
        let recurrent = || classes.all.iter().filter(|class| class.recurrent);
        Ok(LongRun {
            classes: recurrent().map(|class| self.ids(&class.members)).collect(),
            shares: recurrent()
                .map(|class| stationary(&matrix, class))
                .collect(),
            periods: recurrent().map(|class| class.period).collect(),
            arrival: arrival(&matrix, &classes)?,
        })
    }
}

/// The long-run shares within a recurrent class, by elimination without a subtraction (Grassmann,
/// Taksar and Heyman 1985).
pub(super) fn stationary(matrix: &Square, class: &Class) -> Vec<f64> {
    let members = &class.members;
    let mut p = Square::from_fn(members.len(), |from, to| {
        matrix.at(members[from], members[to])
    });
    for last in (1..members.len()).rev() {
        // Never 0: from a recurrent state the others are reached.
        let leaves: f64 = p.row(last)[..last].iter().sum();
        let gone: Vec<f64> = p.row(last)[..last].to_vec();
        for from in 0..last {
            let row = p.row_mut(from);
            row[last] /= leaves;
            let via = row[last];
            for (cell, step) in row.iter_mut().zip(&gone) {
                *cell += via * step;
            }
        }
    }
    let mut shares = vec![0.0; members.len()];
    shares[0] = 1.0;
    for to in 1..members.len() {
        shares[to] = (0..to).map(|from| shares[from] * p.at(from, to)).sum();
    }
    let sum: f64 = shares.iter().sum();
    let mut all = vec![0.0; matrix.order()];
    for (&at, share) in members.iter().zip(&shares) {
        all[at] = share / sum;
    }
    all
}
