//! Whether there is a chain in continuous time behind a matrix, and which.
//!
//! # Question
//!
//! Probabilities are known by the quarter; what are they by the month? The third root of a matrix of
//! probabilities need not be one: it may have negative cells, or not exist. It exists for every part of
//! the period if and only if the matrix is e^Q with rates Q, that is, if it is *embeddable*.
//!
//! # Conditions
//!
//! No rates exist (Israel, Rosenthal and Wei 2001) if the determinant is not above 0, if it is above
//! the product of the diagonal, or if some state can be reached from another in several steps but not
//! in one. Nor do they if an eigenvalue below 0 is simple, or if all eigenvalues are positive and
//! differ, which leaves one real logarithm only (Culver 1966), and that one has negative rates. They
//! do exist if the principal logarithm has none. Between these the question is open, as it is where the
//! matrix is so near to a singular one that rounding may have made the difference.
//!
//! # Adjustments
//!
//! ```text
//! diagonal   negative rates become 0; the diagonal becomes minus the sum of the others
//! weighted   negative rates become 0; what they were is taken from the other cells of the row, the
//!            diagonal too, in proportion to their size
//! ```
//!
//! # References
//!
//! - Israel, R. B., Rosenthal, J. S. and Wei, J. Z. (2001), "Finding generators for Markov chains via
//!   empirical transition matrices, with applications to credit ratings",
//!   doi:10.1111/1467-9965.00114.
//! - Culver, W. J. (1966), "On the existence and uniqueness of the real logarithm of a matrix",
//!   doi:10.1090/S0002-9939-1966-0202740-6.

use serde::{Deserialize, Serialize};

use super::{Generator, TransitionMatrix};
use crate::{
    Error, Result,
    data::SegmentId,
    numeric::matrix::{Lu, Square},
};

/// A rate below 0 by no more than this, in units of the largest rate or 1, is rounding.
const RATE_TOLERANCE: f64 = 1e-11;

/// Eigenvalues nearer than this may be one.
const SAME_EIGENVALUE: f64 = 1e-7;

/// Where rounding may have changed more than this of a determinant, its sign is not believed.
const MOST_NOISE: f64 = 0.01;

/// What is known of the rates behind a matrix.
///
/// # Example
///
/// See [`TransitionMatrix::embeddability`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Embeddability {
    /// Whether rates exist.
    pub verdict: EmbeddingVerdict,
    /// The determinant; 0 if the matrix is singular to working precision.
    pub determinant: f64,
    /// The product of the diagonal, which the determinant may not be above.
    pub diagonal_product: f64,
    /// The least rate off the diagonal in the principal logarithm; `None` if there is no such
    /// logarithm, or a single state.
    pub least_rate: Option<f64>,
}

/// Whether rates exist that a matrix is the exponential of.
///
/// # Example
///
/// See [`TransitionMatrix::embeddability`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EmbeddingVerdict {
    /// The principal logarithm is a generator.
    Embeddable,
    /// No generator exists, for this reason.
    NotEmbeddable(NoGenerator),
    /// The principal logarithm is no generator, but another one may be.
    Undecided,
}

/// Why no rates exist.
///
/// # Example
///
/// See [`TransitionMatrix::embeddability`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoGenerator {
    /// The determinant is below 0, or two rows are the same, so that it is 0.
    DeterminantNotPositive,
    /// The determinant is above the product of the diagonal.
    DeterminantAboveDiagonal,
    /// A state can be reached from another, but not in one step.
    NotInOneStep {
        /// The state from where.
        from: SegmentId,
        /// The state that can be reached.
        to: SegmentId,
    },
    /// A simple eigenvalue is below 0: there is no real logarithm.
    NegativeEigenvalue,
    /// The only real logarithm has negative rates.
    NegativeRates,
}

/// What to do with negative rates of the principal logarithm.
///
/// # Example
///
/// See [`TransitionMatrix::generator`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RateAdjustment {
    /// Refuse them.
    Refuse,
    /// Set them to 0 and make up for it on the diagonal.
    Diagonal,
    /// Set them to 0 and make up for it in all other cells of the row, by their size.
    Weighted,
}

/// A generator that was found for a matrix.
///
/// # Example
///
/// See [`TransitionMatrix::generator`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct GeneratorFit {
    /// The rates.
    pub generator: Generator,
    /// Whether a rate was adjusted.
    pub adjusted: bool,
    /// What is known of the exact question.
    pub embeddability: Embeddability,
    /// The largest difference between a probability of the matrix and that of the generator over one
    /// period.
    pub distance: f64,
}

impl TransitionMatrix {
    /// Whether there are rates that this matrix is the outcome of.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] if a row is not known.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::*};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "a"), state(2, "b")];
    /// let slow = TransitionMatrix::given(states.clone(), &[[0.9, 0.1], [0.3, 0.7]])?;
    /// assert_eq!(slow.embeddability()?.verdict, EmbeddingVerdict::Embeddable);
    /// let flips = TransitionMatrix::given(states, &[[0.1, 0.9], [0.8, 0.2]])?;
    /// let why = NoGenerator::DeterminantNotPositive;
    /// assert_eq!(flips.embeddability()?.verdict, EmbeddingVerdict::NotEmbeddable(why));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn embeddability(&self) -> Result<Embeddability> {
        let matrix = self.dense()?;
        let logarithm = matrix.logarithm();
        self.judge(&matrix, logarithm.as_ref())
    }

    fn judge(&self, matrix: &Square, logarithm: Option<&Square>) -> Result<Embeddability> {
        let order = self.order();
        // The part of the determinant that rounding may have changed: the matrix can be singular within
        // it only if this is near 1.
        let noise = |lu: &Lu| matrix.norm() * lu.inverse().norm() * f64::EPSILON * order as f64;
        let factors = matrix.lu().map(|lu| (noise(&lu), lu));
        let factors = factors.filter(|(noise, _)| *noise <= MOST_NOISE);
        let noise = factors.as_ref().map_or(1.0, |(noise, _)| *noise);
        // Whether it is above 0, and the logarithm of its size. Where nothing but noise is left of it, it
        // is 0 for sure only if two rows are the same.
        let (above, ln_determinant) = match &factors {
            Some((_, lu)) => lu.ln_determinant(),
            None => (!two_rows_are_one(matrix), f64::NEG_INFINITY),
        };
        let size = ln_determinant.exp();
        let determinant = if above { size } else { -size };
        let ln_diagonal: f64 = (0..order).map(|at| matrix.at(at, at).ln()).sum();
        let least_rate = logarithm.and_then(least_rate);
        let sound = |rates| least_rate.is_none_or(|least| least >= -tolerance(rates));
        let none = EmbeddingVerdict::NotEmbeddable;
        let verdict = if !above {
            none(NoGenerator::DeterminantNotPositive)
        } else if ln_determinant > ln_diagonal + 1e-12 * order as f64 + noise {
            none(NoGenerator::DeterminantAboveDiagonal)
        } else if let Some((from, to)) = self.not_in_one_step(matrix) {
            none(NoGenerator::NotInOneStep { from, to })
        } else if factors.is_none() {
            // So near to singular that nothing can be told.
            EmbeddingVerdict::Undecided
        } else if logarithm.is_some_and(sound) {
            EmbeddingVerdict::Embeddable
        } else {
            // What the logarithm is off by, as far as can be told.
            let off = |rates: &Square| noise * rates.norm().max(1.0) + tolerance(rates);
            let negative = |rates| least_rate.is_some_and(|least| least < -off(rates));
            Self::by_eigenvalues(matrix, logarithm.is_some_and(negative))?
        };
        Ok(Embeddability {
            verdict,
            determinant,
            diagonal_product: ln_diagonal.exp(),
            least_rate,
        })
    }

    /// A state that is reached from another in two steps but not in one. If there is none, all that
    /// can be reached is reached in one.
    fn not_in_one_step(&self, matrix: &Square) -> Option<(SegmentId, SegmentId)> {
        let id = |at: usize| self.states()[at].id;
        for from in 0..self.order() {
            let mut reached = vec![false; self.order()];
            let steps = matrix
                .row(from)
                .iter()
                .enumerate()
                .filter(|&(_, p)| *p > 0.0);
            for (via, _) in steps {
                for (to, p) in matrix.row(via).iter().enumerate() {
                    reached[to] |= *p > 0.0;
                }
            }
            let missing = |&to: &usize| reached[to] && matrix.at(from, to) <= 0.0;
            if let Some(to) = (0..self.order()).find(missing) {
                return Some((id(from), id(to)));
            }
        }
        None
    }

    /// The verdict where the principal logarithm is no generator: because of rates that are negative
    /// beyond rounding, or for reasons that are not sure.
    fn by_eigenvalues(matrix: &Square, negative: bool) -> Result<EmbeddingVerdict> {
        let values = matrix.eigenvalues()?;
        let simple = |at: usize| {
            let near = |other: &usize| {
                let (one, other) = (values[at], values[*other]);
                (one.real - other.real).hypot(one.imaginary - other.imaginary) < SAME_EIGENVALUE
            };
            (0..values.len()).filter(near).count() == 1
        };
        let real = |at: usize| values[at].imaginary.abs() <= 0.0;
        let all = 0..values.len();
        let below = |at: usize| real(at) && values[at].real < -SAME_EIGENVALUE && simple(at);
        let above = |at: usize| real(at) && values[at].real > SAME_EIGENVALUE && simple(at);
        Ok(if all.clone().any(below) {
            EmbeddingVerdict::NotEmbeddable(NoGenerator::NegativeEigenvalue)
        } else if negative && all.clone().all(above) {
            EmbeddingVerdict::NotEmbeddable(NoGenerator::NegativeRates)
        } else {
            EmbeddingVerdict::Undecided
        })
    }

    /// Rates that this matrix is the outcome of: the principal logarithm, adjusted where it has
    /// negative rates. How far the matrix of these rates is from this one is told.
    ///
    /// # Errors
    ///
    /// [`Error::Degenerate`] if a row is not known, if there is no principal logarithm, or if it has
    /// negative rates and they are refused.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::*};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "a"), state(2, "b"), state(3, "c")];
    /// // From a to c in two steps, never in one: no rates are behind that.
    /// let rows = [[0.9, 0.1, 0.0], [0.1, 0.8, 0.1], [0.0, 0.1, 0.9]];
    /// let matrix = TransitionMatrix::given(states, &rows)?;
    /// assert!(matrix.generator(RateAdjustment::Refuse).is_err());
    /// let near = matrix.generator(RateAdjustment::Weighted)?;
    /// assert!(near.adjusted && near.distance < 0.01);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn generator(&self, adjustment: RateAdjustment) -> Result<GeneratorFit> {
        let matrix = self.dense()?;
        let logarithm = matrix.logarithm();
        let embeddability = self.judge(&matrix, logarithm.as_ref())?;
        let logarithm = logarithm.ok_or_else(no_logarithm)?;
        let least = least_rate(&logarithm).unwrap_or(0.0);
        let adjusted = least < -tolerance(&logarithm);
        let rates = match adjustment {
            RateAdjustment::Refuse if adjusted => {
                let what = format!(
                    "the logarithm of the matrix has a negative rate of {least}; adjust it, or count \
                     moves with their times"
                );
                return Err(Error::Degenerate { what: what.into() });
            }
            RateAdjustment::Weighted => weighted(&logarithm),
            RateAdjustment::Refuse | RateAdjustment::Diagonal => diagonal(&logarithm),
        };
        let moved = rates.exponential_of_rates().ok_or_else(no_logarithm)?;
        let gaps = moved.zip(&matrix, |one, other| (one - other).abs());
        Ok(GeneratorFit {
            generator: Generator::of_rates(self.states(), &rates),
            adjusted,
            embeddability,
            distance: gaps.cells().iter().copied().fold(0.0, f64::max),
        })
    }

    /// The probabilities over so many periods. A whole number of them needs no more than the matrix;
    /// a part of a period takes a root of it, e^(t log P), which is checked to be a matrix of
    /// probabilities.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the number is finite and not below 0;
    /// [`Error::Degenerate`] if a row is not known, and for a part of a period if there is no such root,
    /// it has negative cells, or rounding has left nothing of it.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::*};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "a"), state(2, "b")];
    /// let quarter = TransitionMatrix::given(states, &[[0.9, 0.1], [0.3, 0.7]])?;
    /// let stays = |matrix: &TransitionMatrix| matrix.probability(SegmentId(1), SegmentId(1)).unwrap();
    /// let month = quarter.power(1.0 / 3.0)?;
    /// assert!((stays(&month.power(3.0)?) - 0.9).abs() < 1e-14);
    /// assert!((stays(&quarter.power(4.0)?) - 0.7824).abs() < 1e-14); // a year
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn power(&self, periods: f64) -> Result<Self> {
        // 2^53: every number up to it is a whole one that fits.
        if !(0.0..=9_007_199_254_740_992.0).contains(&periods) {
            let expected = "a number of periods from 0 to 2^53";
            return Err(Error::parameter("periods", periods, expected));
        }
        let matrix = self.dense()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "from 0 to 2^53, and what is left of 1 is asked for below"
        )]
        let whole = matrix.stochastic_power(periods as u64);
        let part = periods.fract();
        if part <= 0.0 {
            return Self::rounded(self.states(), &whole);
        }
        let logarithm = matrix.logarithm().ok_or_else(no_logarithm)?;
        let root = (logarithm.scaled(part).exponential()).ok_or_else(no_logarithm)?;
        let root = whole.times(&root);
        let least = root.cells().iter().copied().fold(f64::INFINITY, f64::min);
        if least < -RATE_TOLERANCE {
            let what = format!(
                "the matrix over {periods} periods has a negative probability of {least}: there is \
                 no such chain; use whole periods, or an adjusted generator"
            );
            return Err(Error::Degenerate { what: what.into() });
        }
        Self::rounded(self.states(), &root)
    }
}

fn no_logarithm() -> Error {
    Error::Degenerate {
        what: "the matrix has no real principal logarithm, because it is singular or has an \
               eigenvalue below 0; use whole periods, or count moves with their times"
            .into(),
    }
}

/// The least cell off the diagonal.
fn least_rate(rates: &Square) -> Option<f64> {
    let order = rates.order();
    let off = (0..order * order).filter(|at| at / order != at % order);
    off.map(|at| rates.cells()[at]).reduce(f64::min)
}

/// Whether two rows are the same to the last bit, so that the determinant is 0 without rounding.
fn two_rows_are_one(matrix: &Square) -> bool {
    let order = matrix.order();
    (1..order).any(|at| (0..at).any(|before| matrix.row(before) == matrix.row(at)))
}

fn tolerance(rates: &Square) -> f64 {
    RATE_TOLERANCE * rates.norm().max(1.0)
}

/// Rates without negative ones; the diagonal makes up for them, and for rounding.
fn diagonal(logarithm: &Square) -> Square {
    let order = logarithm.order();
    let mut rates = Square::from_fn(order, |from, to| {
        if from == to {
            0.0
        } else {
            logarithm.at(from, to).max(0.0)
        }
    });
    for from in 0..order {
        let sum: f64 = rates.row(from).iter().sum();
        rates.row_mut(from)[from] = -sum;
    }
    rates
}

/// Rates without negative ones, which all other cells of their row make up for.
fn weighted(logarithm: &Square) -> Square {
    let mut rates = logarithm.clone();
    for from in 0..logarithm.order() {
        let row = rates.row_mut(from);
        let (mut good, mut bad) = (row[from].abs(), 0.0);
        for (to, rate) in row.iter_mut().enumerate() {
            if to != from && *rate < 0.0 {
                bad -= *rate;
                *rate = 0.0;
            } else if to != from {
                good += *rate;
            }
        }
        if good > 0.0 {
            for rate in row.iter_mut() {
                *rate -= bad * rate.abs() / good;
            }
        }
    }
    // Rows sum to 0 but for rounding; now they do to the last bit that a sum has.
    diagonal(&rates)
}
