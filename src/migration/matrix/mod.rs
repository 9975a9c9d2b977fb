//! The question: with what probability does a customer go from one state to another?
//!
//! # Model
//!
//! A Markov chain in discrete time: where a customer goes depends on where the customer is, and not
//! on the path there nor on the date. Whether that holds is a question for
//! [`ChainTestParams`](super::ChainTestParams).
//!
//! # Formula
//!
//! ```text
//! p_ij = n_ij / n_i                         from counts
//! p_ij = (n_ij + a) / (n_i + a m_i)         smoothed
//! interval = (p + z²/2n ± z sqrt(p (1 - p)/n + z²/4n²)) / (1 + z²/n)
//! ```
//!
//! where `n_ij` is the number of customers who went from i to j, `n_i` their sum, `m_i` the number of
//! states that can be reached from i in a step, and z the quantile of the normal law.
//!
//! # How to read the numbers
//!
//! A row is where the customers of a state are one period later. A row of a state that nobody was in
//! is not known; no number stands in for it. Who knows better says so: a state that is never left by
//! [`absorbing`](TransitionMatrix::absorbing), a whole row by [`with_row`](TransitionMatrix::with_row).
//!
//! # Limits
//!
//! Intervals are of one cell each; taken together, more of them miss than each says. They take
//! transitions to be independent, which many periods of few customers are only if the model holds.
//!
//! # Complexity
//!
//! O(k²) for k states, in time and room.
//!
//! # References
//!
//! - Anderson, T. W. and Goodman, L. A. (1957), "Statistical inference about Markov chains",
//!   doi:10.1214/aoms/1177707039.
//! - Wilson, E. B. (1927), "Probable inference, the law of succession, and statistical inference",
//!   doi:10.1080/01621459.1927.10502953.

mod embedding;
mod generator;

use serde::{Deserialize, Serialize};

use super::{counts::TransitionCounts, states};
use crate::{
    Error, Result,
    data::{Estimate, Segment, SegmentId},
    numeric::matrix::Square,
    persist,
};

pub use self::{
    embedding::{Embeddability, EmbeddingVerdict, GeneratorFit, NoGenerator, RateAdjustment},
    generator::Generator,
};

/// How far the sum of a row that is given may be from 1.
const SUM_TOLERANCE: f64 = 1e-9;

/// How far the sum of a row that is computed may be from 1. Any further, and its cells are noise.
const ROUNDING: f64 = 1e-6;

/// The probabilities of going from one state to another within a period.
///
/// # Example
///
/// ```
/// use custometry::{data::{Segment, SegmentId}, migration::{TransitionCounts, TransitionMatrix}};
///
/// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
/// let states = vec![state(1, "active"), state(2, "lapsed"), state(3, "closed")];
/// let counts = TransitionCounts::new(states, &[[208, 22, 2], [10, 80, 10], [0, 0, 0]])?;
/// let matrix = TransitionMatrix::of_counts(&counts);
/// let (active, lapsed, closed) = (SegmentId(1), SegmentId(2), SegmentId(3));
///
/// assert_eq!(matrix.probability(lapsed, closed), Some(0.1));
/// assert_eq!(matrix.probability(closed, closed), None); // nobody was seen there
/// let stays = matrix.interval(active, active, 0.95)?.unwrap();
/// assert!((stays.lo - 0.85069195).abs() < 1e-8 && (stays.hi - 0.92949318).abs() < 1e-8);
/// assert_eq!(matrix.absorbing(closed)?.probability(closed, closed), Some(1.0));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct TransitionMatrix {
    states: Vec<Segment>,
    rows: Vec<Option<Row>>,
}

/// Where the customers of a state go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) probabilities: Vec<f64>,
    /// How many were seen, and how many smoothing has added; nothing where the row was given.
    pub(super) exposure: Option<f64>,
    /// The states that cannot be reached from this one in a step.
    impossible: Vec<SegmentId>,
}

/// How a matrix is saved.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    states: Vec<Segment>,
    rows: Vec<Option<Row>>,
}

impl TryFrom<Fields> for TransitionMatrix {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let Fields { states, rows } = fields;
        states::check(&states)?;
        Error::check_length("rows of probabilities", states.len(), rows.len())?;
        for (from, row) in rows.iter().enumerate() {
            let Some(row) = row else { continue };
            check_row(&states, from, &row.probabilities)?;
            if row.exposure.is_some_and(|n| !(n.is_finite() && n > 0.0)) {
                let reason = "the exposure is not a finite number above 0";
                return Err(Error::value("exposure", from, reason));
            }
            for &id in &row.impossible {
                let to = states::place(&states, id)?;
                if row.probabilities[to] > 0.0 {
                    let reason = format!("the step to state {} is impossible but has one", id.0);
                    return Err(Error::value("probability", from, reason));
                }
            }
        }
        Ok(Self { states, rows })
    }
}

impl persist::sealed::Sealed for TransitionMatrix {}
impl persist::Persist for TransitionMatrix {
    const FORMAT: &'static str = "custometry/transition-matrix";
    const VERSION: u32 = 1;
}

/// `Ok` if a row holds as many probabilities as states, and they add up to 1.
fn check_row(states: &[Segment], from: usize, row: &[f64]) -> Result<()> {
    let column = format!("probabilities from {}", states::show(&states[from]));
    Error::check_length(&column, states.len(), row.len())?;
    for (to, p) in row.iter().enumerate() {
        if !(*p >= 0.0 && *p <= 1.0) {
            let reason = format!(
                "the probability of going to {} is {p}, not between 0 and 1",
                states::show(&states[to])
            );
            return Err(Error::value(&column, from, reason));
        }
    }
    let sum: f64 = row.iter().sum();
    if (sum - 1.0).abs() <= SUM_TOLERANCE {
        return Ok(());
    }
    let reason = format!("the row sums to {sum}, not to 1 within {SUM_TOLERANCE:e}");
    Err(Error::value(&column, from, reason))
}

impl TransitionMatrix {
    /// The shares of the counts. The row of a state that nobody was in stays unknown.
    ///
    /// # Example
    ///
    /// See [`TransitionMatrix`].
    pub fn of_counts(counts: &TransitionCounts) -> Self {
        Self::with_added(counts, 0.0)
    }

    /// As [`of_counts`](Self::of_counts), with so many customers added to each transition that is
    /// possible: 1 is Laplace's rule, 0.5 that of Jeffreys. Nothing is added to the row of a state
    /// that nobody was in: it stays unknown.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the number is finite and not below 0.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::{TransitionCounts, TransitionMatrix}};
    /// # let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let counts = TransitionCounts::new(vec![state(1, "a"), state(2, "b")], &[[8, 0], [0, 0]])?;
    /// let matrix = TransitionMatrix::smoothed(&counts, 1.0)?;
    /// assert_eq!(matrix.row(SegmentId(1)), Some(&[0.9, 0.1][..]));
    /// assert_eq!(matrix.row(SegmentId(2)), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn smoothed(counts: &TransitionCounts, added: f64) -> Result<Self> {
        if !(added >= 0.0 && added.is_finite()) {
            let expected = "a finite number of 0 or more, such as 0.5";
            return Err(Error::parameter("smoothing", added, expected));
        }
        Ok(Self::with_added(counts, added))
    }

    fn with_added(counts: &TransitionCounts, added: f64) -> Self {
        let row = |(from, total): (usize, u64)| {
            if total == 0 {
                return None;
            }
            let possible: Vec<bool> = counts.possible(from).collect();
            let cells = possible.iter().filter(|&&possible| possible).count();
            let exposure = total as f64 + added * cells as f64;
            let share = |(&count, &possible): (&u64, &bool)| {
                let more = if possible { added } else { 0.0 };
                (count as f64 + more) / exposure
            };
            let marked = possible.iter().zip(counts.states());
            Some(Row {
                probabilities: counts.row(from).iter().zip(&possible).map(share).collect(),
                exposure: Some(exposure),
                impossible: marked
                    .filter_map(|(possible, state)| (!possible).then_some(state.id))
                    .collect(),
            })
        };
        let totals = counts.row_totals();
        Self {
            states: counts.states().to_vec(),
            rows: totals.into_iter().enumerate().map(row).collect(),
        }
    }

    /// A matrix that is known from elsewhere: a row for each state, in their order. Such a row is
    /// exact, and has no intervals.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`], [`Error::InvalidParameter`] and [`Error::DuplicateKey`] as
    /// [`TransitionCounts::new`]; [`Error::LengthMismatch`] unless rows and their numbers are as many
    /// as states; [`Error::InvalidValue`] for a number that is no probability, or a row whose sum is
    /// off from 1 by more than 1e-9.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::TransitionMatrix};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "rain"), state(2, "nice")];
    /// assert!(TransitionMatrix::given(states.clone(), &[[0.5, 0.5], [1.0, 0.0]]).is_ok());
    /// let error = TransitionMatrix::given(states, &[[0.5, 0.5], [0.7, 0.2]]).unwrap_err();
    /// assert!(error.to_string().contains("nice"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn given(states: Vec<Segment>, rows: &[impl AsRef<[f64]>]) -> Result<Self> {
        states::check(&states)?;
        Error::check_length("rows of probabilities", states.len(), rows.len())?;
        let mut matrix = Self {
            rows: vec![None; states.len()],
            states,
        };
        for (from, row) in rows.iter().enumerate() {
            matrix.set_row(from, row.as_ref())?;
        }
        Ok(matrix)
    }

    /// The same matrix with a row that is known from elsewhere.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a state that is not among the states, and as
    /// [`given`](Self::given).
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::{TransitionCounts, TransitionMatrix}};
    /// # let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let counts = TransitionCounts::new(vec![state(1, "a"), state(2, "b")], &[[8, 2], [0, 0]])?;
    /// let matrix = TransitionMatrix::of_counts(&counts).with_row(SegmentId(2), &[0.1, 0.9])?;
    /// assert_eq!(matrix.probability(SegmentId(2), SegmentId(1)), Some(0.1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn with_row(mut self, from: SegmentId, probabilities: &[f64]) -> Result<Self> {
        let from = states::place(&self.states, from)?;
        self.set_row(from, probabilities)?;
        Ok(self)
    }

    fn set_row(&mut self, from: usize, probabilities: &[f64]) -> Result<()> {
        check_row(&self.states, from, probabilities)?;
        let sum: f64 = probabilities.iter().sum();
        self.rows[from] = Some(Row {
            // What is missing to 1 would grow with every step of a forecast.
            probabilities: probabilities.iter().map(|p| p / sum).collect(),
            exposure: None,
            impossible: Vec::new(),
        });
        Ok(())
    }

    /// The same matrix with a state that is never left, such as "closed".
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a state that is not among the states.
    ///
    /// # Example
    ///
    /// See [`TransitionMatrix`].
    pub fn absorbing(self, state: SegmentId) -> Result<Self> {
        let place = states::place(&self.states, state)?;
        let stays: Vec<f64> = (0..self.order())
            .map(|to| f64::from(u8::from(to == place)))
            .collect();
        self.with_row(state, &stays)
    }

    /// The states, in the order of rows and columns.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::TransitionMatrix};
    /// # let all = Segment { id: SegmentId(1), name: "all".into() };
    /// assert_eq!(TransitionMatrix::given(vec![all], &[[1.0]])?.states().len(), 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn states(&self) -> &[Segment] {
        &self.states
    }

    /// The probability that a customer of one state is in another a period later; `None` if the row is
    /// not known, or one of them is not among the states.
    ///
    /// # Example
    ///
    /// See [`TransitionMatrix`].
    pub fn probability(&self, from: SegmentId, to: SegmentId) -> Option<f64> {
        let to = states::place_of(&self.states, to)?;
        self.row(from).map(|row| row[to])
    }

    /// The probabilities from a state, in the order of the states; `None` if they are not known.
    ///
    /// # Example
    ///
    /// See [`smoothed`](Self::smoothed).
    pub fn row(&self, from: SegmentId) -> Option<&[f64]> {
        let row = self.rows[states::place_of(&self.states, from)?].as_ref();
        row.map(|row| &row.probabilities[..])
    }

    /// How many customers a row rests on, smoothing included; `None` if it is not known or was given.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::{TransitionCounts, TransitionMatrix}};
    /// # let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let counts = TransitionCounts::new(vec![state(1, "a"), state(2, "b")], &[[8, 2], [0, 0]])?;
    /// let matrix = TransitionMatrix::of_counts(&counts);
    /// assert_eq!(matrix.exposure(SegmentId(1)), Some(10.0));
    /// assert_eq!(matrix.exposure(SegmentId(2)), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn exposure(&self, from: SegmentId) -> Option<f64> {
        let row = self.rows[states::place_of(&self.states, from)?].as_ref();
        row.and_then(|row| row.exposure)
    }

    /// A probability with its standard error and Wilson's interval; `None` if the row is not known or
    /// was given. A transition that is impossible is sure to be 0. In a smoothed matrix what was added
    /// counts as seen.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a state that is not among the states, or a level that is not
    /// between 0 and 1.
    ///
    /// # Example
    ///
    /// See [`TransitionMatrix`].
    pub fn interval(&self, from: SegmentId, to: SegmentId, level: f64) -> Result<Option<Estimate>> {
        let to_place = states::place(&self.states, to)?;
        let row = self.rows[states::place(&self.states, from)?].as_ref();
        let Some((row, n)) = row.and_then(|row| Some((row, row.exposure?))) else {
            // The level is checked all the same.
            return Estimate::normal(0.0, 0.0, level).map(|_| None);
        };
        if row.impossible.contains(&to) {
            return Estimate::normal(0.0, 0.0, level).map(Some);
        }
        Estimate::wilson(row.probabilities[to_place], n, level).map(Some)
    }

    pub(super) fn order(&self) -> usize {
        self.states.len()
    }

    pub(super) fn rows(&self) -> &[Option<Row>] {
        &self.rows
    }

    /// The numbers of the states in these places.
    pub(super) fn ids(&self, places: &[usize]) -> Vec<SegmentId> {
        places.iter().map(|&at| self.states[at].id).collect()
    }

    /// All probabilities.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] if a row is not known.
    pub(super) fn dense(&self) -> Result<Square> {
        let mut rows = Vec::with_capacity(self.order());
        for from in 0..self.order() {
            rows.push(&self.known(from)?.probabilities);
        }
        Ok(Square::from_fn(self.order(), |from, to| rows[from][to]))
    }

    /// A row that has to be known.
    pub(super) fn known(&self, from: usize) -> Result<&Row> {
        self.rows[from].as_ref().ok_or_else(|| Error::Degenerate {
            what: format!(
                "nobody was seen in state {}, so that its row is not known: say that it is never \
                 left (absorbing), give the row (with_row), or leave states without customers out \
                 (TransitionCounts::visited)",
                states::show(&self.states[from])
            )
            .into(),
        })
    }

    /// A matrix from a computation, whose cells may be below 0, and whose rows off from 1, by
    /// rounding.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] if a row is off from 1 by more than rounding explains.
    fn rounded(states: &[Segment], cells: &Square) -> Result<Self> {
        let mut rows = Vec::with_capacity(states.len());
        for (from, state) in states.iter().enumerate() {
            let clean: Vec<f64> = (cells.row(from).iter())
                .map(|p| p.clamp(0.0, f64::INFINITY))
                .collect();
            let sum: f64 = clean.iter().sum();
            if sum.is_nan() || (sum - 1.0).abs() > ROUNDING {
                let what = format!(
                    "the computed probabilities from {} sum to {sum}, not to 1: the matrix is too \
                     near to one without such a result; ask for another time",
                    states::show(state)
                );
                return Err(Error::Degenerate { what: what.into() });
            }
            rows.push(Some(Row {
                probabilities: clean.iter().map(|p| p / sum).collect(),
                exposure: None,
                impossible: Vec::new(),
            }));
        }
        Ok(Self {
            states: states.to_vec(),
            rows,
        })
    }
}

impl Row {
    /// Whether a step from here to a state is one that was ruled out.
    pub(super) fn rules_out(&self, to: SegmentId) -> bool {
        self.impossible.contains(&to)
    }
}

#[cfg(test)]
mod tests;
