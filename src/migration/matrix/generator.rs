//! Rates of moving at any time.

use serde::{Deserialize, Serialize};

use super::TransitionMatrix;
use crate::{
    Error, Result,
    data::{Segment, SegmentId},
    migration::{counts::TransitionCounts, states},
    numeric::matrix::Square,
    persist,
};

/// The generator of a Markov chain in continuous time: the rates at which customers move, a unit of
/// time each.
///
/// From durations, where each move is known with its time:
///
/// ```text
/// q_ij = n_ij / t_i,   standard error sqrt(n_ij) / t_i
/// ```
///
/// where `n_ij` is the number of moves and `t_i` the time that all customers together spent in state
/// i (Albert 1962, "Estimating the infinitesimal generator of a continuous time, finite state Markov
/// process", *Annals of Mathematical Statistics* 33, 727-753). Unlike probabilities between snapshots it
/// uses moves there and back within a period. From a transition matrix see
/// [`TransitionMatrix::generator`].
///
/// # Example
///
/// ```
/// use custometry::{data::{Segment, SegmentId}, migration::{Generator, TransitionCounts}};
///
/// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
/// let (a, b) = (SegmentId(1), SegmentId(2));
/// let moves = TransitionCounts::new(vec![state(1, "a"), state(2, "b")], &[[0, 16], [4, 0]])?;
/// let generator = Generator::of_durations(&moves, &[160.0, 40.0])?; // customer-months
/// assert_eq!((generator.rate(a, b), generator.rate(b, b)), (Some(0.1), Some(-0.1)));
/// assert_eq!(generator.standard_error(a, b), Some(0.025));
/// let year = generator.transition(12.0)?;
/// assert!((year.probability(a, b).unwrap() - 0.5 * (1.0 - (-2.4f64).exp())).abs() < 1e-14);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Generator {
    states: Vec<Segment>,
    /// The rates from each state; its own is minus the sum of the others.
    rates: Vec<Option<Vec<f64>>>,
    /// The time that was observed in each state, if rates are from durations.
    exposures: Option<Vec<f64>>,
}

/// How a generator is saved.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    states: Vec<Segment>,
    rates: Vec<Option<Vec<f64>>>,
    exposures: Option<Vec<f64>>,
}

impl TryFrom<Fields> for Generator {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let Fields {
            states,
            rates,
            exposures,
        } = fields;
        states::check(&states)?;
        Error::check_length("rows of rates", states.len(), rates.len())?;
        for (from, row) in rates.iter().enumerate() {
            let Some(row) = row else { continue };
            Error::check_length("rates", states.len(), row.len())?;
            let others = row.iter().enumerate().filter(|&(to, _)| to != from);
            let mut sum = 0.0;
            for (_, &rate) in others {
                if !(rate >= 0.0 && rate.is_finite()) {
                    let reason = format!("the rate {rate} is not a finite number of 0 or more");
                    return Err(Error::value("rates", from, reason));
                }
                sum += rate;
            }
            if row[from].is_nan() || (row[from] + sum).abs() > 1e-9 * (1.0 + sum) {
                return Err(Error::value("rates", from, "the row does not sum to 0"));
            }
        }
        if let Some(exposures) = &exposures {
            states::check_amounts("exposures", states.len(), exposures)?;
            for (from, (time, row)) in exposures.iter().zip(&rates).enumerate() {
                if (*time > 0.0) != row.is_some() {
                    let reason = format!(
                        "rates are known where time was spent, and this state has a time of {time}"
                    );
                    return Err(Error::value("rates", from, reason));
                }
            }
        }
        Ok(Self {
            states,
            rates,
            exposures,
        })
    }
}

impl persist::sealed::Sealed for Generator {}
impl persist::Persist for Generator {
    const FORMAT: &'static str = "custometry/generator";
    const VERSION: u32 = 1;
}

impl Generator {
    /// Rates from moves and the time at risk of them. Counts on the diagonal are ignored: to stay is
    /// no move. The rates of a state in which no time was spent stay unknown.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless there is a time for each state; [`Error::InvalidValue`] for a
    /// time that is not finite or below 0, or moves out of a state without any time.
    ///
    /// # Example
    ///
    /// See [`Generator`].
    pub fn of_durations(moves: &TransitionCounts, exposures: &[f64]) -> Result<Self> {
        states::check_amounts("exposures", moves.order(), exposures)?;
        let mut rates = Vec::with_capacity(moves.order());
        for (from, &time) in exposures.iter().enumerate() {
            let others = || {
                moves
                    .row(from)
                    .iter()
                    .enumerate()
                    .filter(|&(to, _)| to != from)
            };
            if time <= 0.0 {
                if others().any(|(_, &count)| count > 0) {
                    let state = states::show(&moves.states()[from]);
                    let reason = format!("customers left {state}, but no time was spent there");
                    return Err(Error::value("exposures", from, reason));
                }
                rates.push(None);
                continue;
            }
            let mut row: Vec<f64> = (moves.row(from).iter()).map(|&n| n as f64 / time).collect();
            let left: u64 = others().map(|(_, &count)| count).sum();
            row[from] = -(left as f64 / time);
            rates.push(Some(row));
        }
        Ok(Self {
            states: moves.states().to_vec(),
            rates,
            exposures: Some(exposures.to_vec()),
        })
    }

    /// A generator from its cells, with rows that sum to 0.
    pub(super) fn of_rates(states: &[Segment], rates: &Square) -> Self {
        Self {
            states: states.to_vec(),
            rates: (0..states.len())
                .map(|from| Some(rates.row(from).to_vec()))
                .collect(),
            exposures: None,
        }
    }

    /// The states.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::{Generator, TransitionCounts}};
    /// # let all = Segment { id: SegmentId(1), name: "all".into() };
    /// let moves = TransitionCounts::new(vec![all], &[[0]])?;
    /// assert_eq!(Generator::of_durations(&moves, &[5.0])?.states().len(), 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn states(&self) -> &[Segment] {
        &self.states
    }

    /// The rate from one state to another, a unit of time; from a state to itself minus the rate of
    /// leaving it. `None` if it is not known, or one of them is not among the states.
    ///
    /// # Example
    ///
    /// See [`Generator`].
    pub fn rate(&self, from: SegmentId, to: SegmentId) -> Option<f64> {
        let to = states::place_of(&self.states, to)?;
        let row = self.rates[states::place_of(&self.states, from)?].as_ref();
        row.map(|row| row[to])
    }

    /// The standard error of a rate; `None` unless the generator is from durations and the rate is
    /// known.
    ///
    /// # Example
    ///
    /// See [`Generator`].
    pub fn standard_error(&self, from: SegmentId, to: SegmentId) -> Option<f64> {
        let rate = self.rate(from, to)?;
        let time = self.exposures.as_ref()?[states::place_of(&self.states, from)?];
        // sqrt(n) / t with n = rate t.
        Some((rate.abs() / time).sqrt())
    }

    /// The probabilities of moving within a time, e^(time Q).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the time is finite and not below 0; [`Error::Degenerate`] if
    /// the rates of a state are not known; [`Error::Overflow`] if rates times the time are too large.
    ///
    /// # Example
    ///
    /// See [`Generator`].
    pub fn transition(&self, time: f64) -> Result<TransitionMatrix> {
        if !(time >= 0.0 && time.is_finite()) {
            return Err(Error::parameter(
                "time",
                time,
                "a finite number of 0 or more",
            ));
        }
        let mut rows = Vec::with_capacity(self.states.len());
        for (from, row) in self.rates.iter().enumerate() {
            rows.push(row.as_ref().ok_or_else(|| {
                Error::Degenerate {
                what: format!(
                    "no time was observed in state {}, so that its rates are not known: leave the \
                     state out, or give it a time",
                    states::show(&self.states[from])
                )
                .into(),
            }
            })?);
        }
        let scaled = Square::from_fn(rows.len(), |from, to| rows[from][to] * time);
        let moved = scaled
            .exponential_of_rates()
            .ok_or_else(|| Error::Overflow {
                what: "the rates times the time are too large; ask for a shorter time".into(),
            })?;
        TransitionMatrix::rounded(&self.states, &moved)
    }
}
