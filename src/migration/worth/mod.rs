//! The question: what is a customer of each state worth, and at which state should one stop spending?
//!
//! # Model
//!
//! Each period a customer of state i brings `r_i`, the margin less what is spent on the relationship,
//! and then moves by the transition matrix (Pfeifer and Carraway 2000). Whoever stops spending on the
//! customers of a state gives them up: they bring nothing from then on.
//!
//! # Formula
//!
//! ```text
//! V = sum over t from 0 to T of (1 + d)^-t P^t R        over a horizon of T periods
//! V = (I - P / (1 + d))^-1 R                            without an end
//! V = max(0, R + P V / (1 + d))                         with the best states to stop in
//! ```
//!
//! where d is the discount rate of a period and R holds the `r_i`.
//!
//! # How to read the numbers
//!
//! V is the value at the start of a period in which the customer is in the state, the margin of that
//! period included. With rewards of 1 and no discount it is the expected number of periods; with 1 in
//! one state only, of the periods in that state.
//!
//! # Limits
//!
//! It is an expectation, not an interval. All customers of a state are taken to be alike: what else is
//! known of them belongs into more states. Without a discount the value is finite only where rewards
//! end.
//!
//! # Complexity
//!
//! O(k² T) over a horizon, O(k³) without an end, times the few policies that are tried.
//!
//! # References
//!
//! - Pfeifer, P. E. and Carraway, R. L. (2000), "Modeling customer relationships as Markov chains",
//!   `doi:10.1002/(SICI)1520-6653(200021)14:2<43::AID-DIR4>3.0.CO;2-H`.
//! - Howard, R. A. (1960), *Dynamic Programming and Markov Processes*, MIT Press (policy iteration).

use serde::{Deserialize, Serialize};

use super::{chain::Classes, matrix::TransitionMatrix, states};
use crate::{Error, Result, data::SegmentId, numeric::matrix::Square};

/// Policies that are tried at most. Each is better than the one before; some five are enough.
const MOST_POLICIES: usize = 1_000;

/// What customers bring in each state, and how later money counts.
///
/// # Example
///
/// ```
/// use custometry::{data::{Segment, SegmentId}, migration::{MarkovValueParams, TransitionMatrix}};
///
/// // The example of Pfeifer and Carraway: by recency, a margin of 40, mailings for 4.
/// let state = |id| Segment { id: SegmentId(id), name: format!("recency {id}") };
/// let rows = [
///     [0.30, 0.70, 0.00, 0.00, 0.00],
///     [0.20, 0.00, 0.80, 0.00, 0.00],
///     [0.15, 0.00, 0.00, 0.85, 0.00],
///     [0.05, 0.00, 0.00, 0.00, 0.95],
///     [0.00, 0.00, 0.00, 0.00, 1.00],
/// ];
/// let matrix = TransitionMatrix::given((1..=5).map(state).collect(), &rows)?;
/// let params = MarkovValueParams::new(vec![36.0, -4.0, -4.0, -4.0, 0.0]).discount(0.2);
/// assert!((params.value(&matrix)?[0] - 52.31960944).abs() < 1e-8);
///
/// let best = params.optimal_stopping(&matrix)?;
/// assert_eq!(best.stop_in, [SegmentId(4)]);
/// assert!((best.values[0] - 53.149425).abs() < 1e-6);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkovValueParams {
    rewards: Vec<f64>,
    #[serde(default)]
    discount: f64,
    #[serde(default)]
    horizon: Option<usize>,
    #[serde(default)]
    stop_in: Vec<SegmentId>,
}

/// The best states to stop in.
///
/// # Example
///
/// See [`MarkovValueParams`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OptimalStopping {
    /// The states in which going on is worth less than nothing.
    pub stop_in: Vec<SegmentId>,
    /// The value of a customer of each state, in their order, if one stops there; 0 where one stops.
    pub values: Vec<f64>,
    /// How many policies were tried.
    pub policies: usize,
}

impl MarkovValueParams {
    /// The money that a customer of each state brings in a period, in the order of the states; without
    /// a discount, without an end, without stopping.
    ///
    /// # Example
    ///
    /// See [`MarkovValueParams`].
    pub fn new(rewards: Vec<f64>) -> Self {
        Self {
            rewards,
            discount: 0.0,
            horizon: None,
            stop_in: Vec::new(),
        }
    }

    /// The discount rate of a period: 0.2 makes 1.2 in the next period worth 1 now.
    ///
    /// # Example
    ///
    /// See [`MarkovValueParams`].
    pub fn discount(mut self, rate: f64) -> Self {
        self.discount = rate;
        self
    }

    /// Up to which period to add up: 0 is the present one alone.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::*};
    /// # let all = Segment { id: SegmentId(1), name: "all".into() };
    /// let matrix = TransitionMatrix::given(vec![all], &[[1.0]])?;
    /// assert_eq!(MarkovValueParams::new(vec![2.0]).horizon(4).value(&matrix)?, [10.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn horizon(mut self, periods: usize) -> Self {
        self.horizon = Some(periods);
        self
    }

    /// States whose customers are given up: they are worth 0, and whoever comes there is lost.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::*};
    /// # let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let matrix = TransitionMatrix::given(vec![state(1, "a"), state(2, "b")], &[[0.5, 0.5], [0.5, 0.5]])?;
    /// let params = MarkovValueParams::new(vec![1.0, -5.0]).stop_in(vec![SegmentId(2)]);
    /// assert_eq!(params.value(&matrix)?, [2.0, 0.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn stop_in(mut self, states: Vec<SegmentId>) -> Self {
        self.stop_in = states;
        self
    }

    /// The value of a customer of each state, in their order.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless there is a reward for each state; [`Error::InvalidValue`] for
    /// one that is not finite; [`Error::InvalidParameter`] for a discount that is not finite or below
    /// 0, or a state to stop in that is not among the states; [`Error::Degenerate`] if the row of a
    /// state in which one goes on is not known, or if without an end and without a discount the rewards
    /// of some states never end.
    ///
    /// # Example
    ///
    /// See [`MarkovValueParams`].
    pub fn value(&self, matrix: &TransitionMatrix) -> Result<Vec<f64>> {
        self.check(matrix)?;
        let mut stops = vec![false; matrix.order()];
        for &id in &self.stop_in {
            stops[states::place(matrix.states(), id)?] = true;
        }
        self.value_of(matrix, &stops)
    }

    /// The states to stop in that make every customer worth the most, without an end, by policy
    /// iteration (Howard 1960). States that were said to be stopped in are, whether or not that is
    /// best.
    ///
    /// # Errors
    ///
    /// As [`value`](Self::value), and [`Error::InvalidParameter`] for a horizon: then the best states
    /// would depend on the time that is left.
    ///
    /// # Example
    ///
    /// See [`MarkovValueParams`].
    pub fn optimal_stopping(&self, matrix: &TransitionMatrix) -> Result<OptimalStopping> {
        self.check(matrix)?;
        if let Some(horizon) = self.horizon {
            let expected = "no horizon: with one the best states depend on the time that is left";
            return Err(Error::parameter("horizon", horizon, expected));
        }
        let mut fixed = vec![false; matrix.order()];
        for &id in &self.stop_in {
            fixed[states::place(matrix.states(), id)?] = true;
        }
        // Ties are decided for going on, whichever way they are rounded.
        let largest = self
            .rewards
            .iter()
            .fold(1.0f64, |most, r| most.max(r.abs()));
        let tolerance = 1e-12 * largest;
        let factor = 1.0 / (1.0 + self.discount);
        let mut stops = vec![true; matrix.order()];
        let mut values = vec![0.0; matrix.order()];
        for policies in 1..=MOST_POLICIES {
            let mut next = fixed.clone();
            for (at, stop) in next.iter_mut().enumerate().filter(|(_, stop)| !**stop) {
                let row = &matrix.known(at)?.probabilities;
                let later: f64 = row.iter().zip(&values).map(|(p, value)| p * value).sum();
                *stop = self.rewards[at] + factor * later < -tolerance;
            }
            if next == stops {
                let stopped = (0..stops.len()).filter(|&at| stops[at]);
                return Ok(OptimalStopping {
                    stop_in: stopped.map(|at| matrix.states()[at].id).collect(),
                    values,
                    policies,
                });
            }
            stops = next;
            values = self.value_of(matrix, &stops)?;
        }
        Err(Error::NotConverged {
            model: "policy iteration",
            iterations: MOST_POLICIES,
            last_change: f64::INFINITY,
            tolerance,
        })
    }

    fn check(&self, matrix: &TransitionMatrix) -> Result<()> {
        Error::check_length("rewards", matrix.order(), self.rewards.len())?;
        if let Some(row) = self.rewards.iter().position(|reward| !reward.is_finite()) {
            let reason = format!("{} is not a finite amount of money", self.rewards[row]);
            return Err(Error::value("rewards", row, reason));
        }
        if !(self.discount >= 0.0 && self.discount.is_finite()) {
            let expected = "a finite rate of 0 or more, such as 0.1";
            return Err(Error::parameter("discount", self.discount, expected));
        }
        Ok(())
    }

    /// The values if one stops in some states.
    fn value_of(&self, matrix: &TransitionMatrix, stops: &[bool]) -> Result<Vec<f64>> {
        let order = matrix.order();
        let mut steps = Square::zeros(order);
        let mut rewards = self.rewards.clone();
        for at in 0..order {
            if stops[at] {
                rewards[at] = 0.0;
                steps.row_mut(at)[at] = 1.0;
            } else {
                let row = &matrix.known(at)?.probabilities;
                steps.row_mut(at).copy_from_slice(row);
            }
        }
        let factor = 1.0 / (1.0 + self.discount);
        if let Some(horizon) = self.horizon {
            let mut values = rewards.clone();
            for _ in 0..horizon {
                let later = steps.times_column(&values);
                let both = rewards.iter().zip(&later);
                values = both
                    .map(|(reward, later)| reward + factor * later)
                    .collect();
            }
            return Ok(values);
        }
        if self.discount > 0.0 {
            let left = steps.scaled(-factor).plus_identity(1.0);
            let lu = left.lu().ok_or_else(|| Error::Degenerate {
                what: "the discount is too small to be told from none; leave it away".into(),
            })?;
            return Ok(lu.solve(&rewards));
        }
        let never_end = |at: usize| {
            Error::Degenerate {
            what: format!(
                "without a discount and without an end the rewards of state {} add up for ever: give \
                 a discount or a horizon, or make the state one that is left",
                states::show(&matrix.states()[at])
            )
            .into(),
        }
        };
        let classes = Classes::of(&steps);
        if let Some(at) = (0..order).find(|&at| classes.for_good(at) && rewards[at].abs() > 0.0) {
            return Err(never_end(at));
        }
        classes.sum(&steps, &rewards)
    }
}

#[cfg(test)]
mod tests;
