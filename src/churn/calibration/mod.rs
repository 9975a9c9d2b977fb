//! Calibration: whether of those scored 20 % one in five leaves.
//!
//! *The score puts customers in order; what is the probability?*
//!
//! # Model
//!
//! A curve that rises with the score, fitted to scores that were made without the outcome of their
//! row:
//!
//! ```text
//! Platt       P(leave | s) = 1 / (1 + exp(-(slope s + intercept)))      slope >= 0
//! beta        P(leave | p) = 1 / (1 + exp(-(a ln p - b ln(1 - p) + c))) a, b >= 0
//! isotonic    the rising step function with the least weighted squared error
//! ```
//!
//! Platt's curve is fitted by maximum likelihood to targets that are drawn in a little, (N₁ + 1) /
//! (N₁ + 2) for those who left and 1 / (N₀ + 2) for the others, so that it is finite even where scores
//! tell them apart without error (Platt 1999); by Newton's method, to the end (Lin, Lin and Weng
//! 2007). The beta curve takes probabilities and has the identity among its members (Kull, Silva Filho
//! and Flach 2017); scores of 0 and 1 are taken to be 2⁻⁵² from there. The isotonic curve pools
//! customers of equal score, then neighbours that would fall (pool adjacent violators, Ayer et al.
//! 1955); between two blocks it is linear, before the first and after the last constant.
//!
//! # How to read it
//!
//! [`Calibration::verdict`] says whether the curve tells customers apart at all. Where scores
//! rank customers the wrong way the best rising curve is flat, and everybody gets the rate of leaving.
//! [`Calibration::blocks`] are the steps of an isotonic curve, with the rows that each rests on.
//!
//! # Limits
//!
//! A calibration that is fitted to scores of the rows that the model was fitted to is worth
//! nothing: give it out-of-fold scores, as [`ChurnModelParams`](super::ChurnModelParams) does.
//! Isotonic curves take any form, and with fewer than 1,000 rows or so that of the noise: the curve then
//! has few steps, ties many customers, and may say 0 or 1, which costs an infinite log-loss if it is
//! wrong once. Platt's curve with its two numbers is the safer choice there.
//!
//! # Complexity
//!
//! O(rows) an iteration for Platt and beta, a dozen or so; O(rows log rows) for isotonic. A prediction
//! takes O(1), isotonic O(log blocks). The same bits for any number of threads.
//!
//! # Example
//!
//! ```
//! use custometry::churn::{Calibration, CalibrationMethod};
//!
//! let scores = [0.9, 0.9, 0.8, 0.4, 0.3, 0.3, 0.2, 0.1];
//! let left = [true, false, true, false, true, false, false, false];
//! let isotonic = Calibration::fit(CalibrationMethod::Isotonic, &scores, &left, None)?;
//! // From the top 2 of 3 left, then 1 of 3, then none.
//! let probabilities = isotonic.calibrate(&[0.85, 0.3, 0.15])?;
//! let wanted = [2.0 / 3.0, 1.0 / 3.0, 0.0];
//! assert!(probabilities.iter().zip(wanted).all(|(p, want)| (p - want).abs() < 1e-15));
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! # References
//!
//! - Platt, J. (1999), "Probabilistic outputs for support vector machines and comparisons to
//!   regularized likelihood methods", *Advances in Large Margin Classifiers*.
//! - Lin, H.-T., Lin, C.-J. and Weng, R. C. (2007), "A note on Platt's probabilistic outputs for support
//!   vector machines", doi:10.1007/s10994-007-5018-6.
//! - Kull, M., Silva Filho, T. and Flach, P. (2017), "Beyond sigmoids: How to obtain well-calibrated
//!   probabilities from binary classifiers with beta calibration", doi:10.1214/17-EJS1338SI.
//! - Ayer, M. et al. (1955), "An empirical distribution function for sampling with incomplete
//!   information", doi:10.1214/aoms/1177728423.
//! - Zadrozny, B. and Elkan, C. (2002), "Transforming classifier scores into accurate multiclass
//!   probability estimates", doi:10.1145/775047.775151.
//! - Niculescu-Mizil, A. and Caruana, R. (2005), "Predicting good probabilities with supervised
//!   learning", doi:10.1145/1102351.1102430.

mod curve;
mod isotonic;
mod rising;
mod saved;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::curve::Curve;
use crate::{Error, Result, numeric::first_where, numeric::map_chunks};

pub use self::isotonic::CalibrationBlock;

/// Scores that are worked on together.
const ROWS: usize = 16_384;
/// Below so many rows an isotonic curve follows the noise.
const FEW_ROWS: usize = 1_000;

/// By which curve scores become probabilities.
///
/// # Example
///
/// ```
/// use custometry::churn::CalibrationMethod;
/// assert_eq!(CalibrationMethod::default(), CalibrationMethod::Platt);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CalibrationMethod {
    /// None: scores are probabilities already, and stay as they are.
    None,
    /// A logistic curve of the score: two numbers, for scores of any kind.
    #[default]
    Platt,
    /// A rising step function: any form, for 1,000 rows and more.
    Isotonic,
    /// A beta curve: three numbers, for scores from 0 to 1.
    Beta,
}

/// Whether a calibration is what it seems.
///
/// # Example
///
/// ```
/// use custometry::churn::{Calibration, CalibrationMethod, CalibrationVerdict};
/// let left = [true, false, true, false];
/// let good = Calibration::fit(CalibrationMethod::Platt, &[3.0, 1.0, 2.0, 2.5], &left, None)?;
/// assert_eq!(good.verdict(), CalibrationVerdict::Sound);
/// // Who left had the lower scores.
/// let wrong = Calibration::fit(CalibrationMethod::Platt, &[1.0, 3.0, 2.0, 2.5], &left, None)?;
/// assert_eq!(wrong.verdict(), CalibrationVerdict::Flat);
/// assert!((wrong.calibrate(&[1.0])?[0] - 0.5).abs() < 1e-15);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CalibrationVerdict {
    /// Probabilities rise with the score.
    Sound,
    /// An isotonic curve of fewer than 1,000 rows: its form is likely that of the noise.
    FewRows,
    /// The same probability for everybody: scores are equal, or rank customers the wrong way.
    Flat,
}

/// A rising curve from scores to probabilities.
///
/// # Example
///
/// ```
/// use custometry::{churn::{Calibration, CalibrationMethod}, persist};
///
/// let scores = [-2.0, -1.0, -0.5, 0.0, 0.4, 1.0, 1.5, 2.0];
/// let left = [false, false, true, false, false, true, false, true];
/// let platt = Calibration::fit(CalibrationMethod::Platt, &scores, &left, None)?;
/// let probabilities = platt.calibrate(&scores)?;
/// assert!(probabilities.is_sorted());
/// // Of 8 customers 3 left: 4 / 5 is the target of these, 1 / 7 that of the others, and the mean
/// // prediction is that of the targets.
/// let mean = probabilities.iter().sum::<f64>() / 8.0;
/// assert!((mean - (3.0 * 0.8 + 5.0 / 7.0) / 8.0).abs() < 1e-14);
/// let text = persist::to_json(&platt)?;
/// assert_eq!(persist::from_json::<Calibration>(&text)?, platt);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "saved::Fields")]
pub struct Calibration {
    curve: Curve,
    rows: usize,
    left: usize,
}

impl Calibration {
    /// Fits a curve to scores, and who of them left; rows may have weights, which say how many times a
    /// row stood there: the targets of Platt's curve depend on how many customers there are, and so on
    /// the scale of the weights.
    ///
    /// Scores must come from a model that did not see the outcome of their row. A row of weight 0
    /// counts for nothing.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a score that is not finite, or not between
    /// 0 and 1 where the method needs that, and for a weight that is negative or not finite;
    /// [`Error::NotEnoughData`] unless some left and some did not; [`Error::Degenerate`] for a beta curve
    /// of scores that tell them apart without error, which has no greatest likelihood, and for
    /// scores that differ by too little to be told apart; [`Error::NotConverged`];
    /// [`Error::Overflow`] if weights do not add up to a number.
    ///
    /// # Example
    ///
    /// See [`Calibration`].
    pub fn fit(
        method: CalibrationMethod,
        scores: &[f64],
        left: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        check_scores(method, scores)?;
        Error::check_length("left", scores.len(), left.len())?;
        if let Some(weights) = weights {
            Error::check_length("weights", scores.len(), weights.len())?;
            let refused = |weight: &f64| !(weight.is_finite() && *weight >= 0.0);
            if let Some(row) = first_where(weights, refused) {
                let reason = "is not a weight; give a finite number of 0 or more";
                return Err(Error::value("weights", row, reason));
            }
        }
        let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
        let mut used: Vec<Scored> = Vec::with_capacity(scores.len());
        for (row, (&score, &left)) in scores.iter().zip(left).enumerate() {
            if weight(row) > 0.0 {
                used.push(Scored {
                    score: score + 0.0, // -0 is 0
                    left,
                    weight: weight(row),
                });
            }
        }
        let gone = used.iter().filter(|row| row.left).count();
        for (count, what) in [
            (gone, "customers who left, to calibrate by"),
            (used.len() - gone, "customers who stayed, to calibrate by"),
        ] {
            if count == 0 {
                return Err(Error::NotEnoughData {
                    what: what.into(),
                    needed: 1,
                    found: 0,
                });
            }
        }
        if !used.iter().map(|row| row.weight).sum::<f64>().is_finite() {
            return Err(Error::Overflow {
                what: "the weights do not add up to a number; scale them".into(),
            });
        }
        let (rows, left) = (used.len(), gone);
        let curve = Curve::fit(method, used)?;
        Ok(Self { curve, rows, left })
    }

    /// A curve that leaves probabilities as they are, of so many rows.
    pub(super) fn unchanged(rows: usize, left: usize) -> Self {
        Self {
            curve: Curve::Same,
            rows,
            left,
        }
    }

    /// The probability for each score, from 0 to 1 and rising with it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for a score that is not finite, or not between 0 and 1 where the method
    /// needs that.
    ///
    /// # Example
    ///
    /// See [`Calibration`].
    pub fn calibrate(&self, scores: &[f64]) -> Result<Vec<f64>> {
        check_scores(self.method(), scores)?;
        let parts = map_chunks(scores.len(), ROWS, |rows| {
            let scores = scores[rows].iter();
            scores.map(|&score| self.one(score)).collect::<Vec<f64>>()
        });
        Ok(parts.concat())
    }

    /// The probability for a score that is known to be sound.
    pub(super) fn one(&self, score: f64) -> f64 {
        self.curve.at(score)
    }

    /// The curve that was fitted.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{Calibration, CalibrationMethod};
    /// let made = Calibration::fit(CalibrationMethod::Beta, &[0.2, 0.6, 0.4], &[false, false, true], None)?;
    /// assert_eq!(made.method(), CalibrationMethod::Beta);
    /// assert_eq!((made.rows(), made.left()), (3, 1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn method(&self) -> CalibrationMethod {
        self.curve.method()
    }

    /// The numbers of the curve by name: `slope` and `intercept`, or `a`, `b` and `c`; none of an
    /// isotonic one.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{Calibration, CalibrationMethod};
    /// let (scores, left) = ([1.0, 2.0, 3.0], [false, true, true]);
    /// let platt = Calibration::fit(CalibrationMethod::Platt, &scores, &left, None)?;
    /// let [("slope", slope), ("intercept", intercept)] = platt.parameters()[..] else { panic!() };
    /// let p = 1.0 / (1.0 + (-(slope * 2.0 + intercept)).exp());
    /// assert!((p - platt.calibrate(&[2.0])?[0]).abs() < 1e-14);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn parameters(&self) -> Vec<(&'static str, f64)> {
        self.curve.parameters()
    }

    /// The steps of an isotonic curve, by rising score; none of another.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{Calibration, CalibrationMethod};
    /// let (scores, left) = ([1.0, 2.0, 3.0], [true, false, true]);
    /// let isotonic = Calibration::fit(CalibrationMethod::Isotonic, &scores, &left, None)?;
    /// let blocks = isotonic.blocks();
    /// assert_eq!((blocks[0].from, blocks[0].to, blocks[0].value), (1.0, 2.0, 0.5));
    /// assert_eq!((blocks[1].rows, blocks.len()), (1, 2));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn blocks(&self) -> &[CalibrationBlock] {
        match &self.curve {
            Curve::Isotonic { blocks } => blocks,
            Curve::Same | Curve::Platt { .. } | Curve::Beta { .. } => &[],
        }
    }

    /// The number of rows of the fit, those of weight 0 aside.
    ///
    /// # Example
    ///
    /// See [`method`](Self::method).
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many of these left.
    ///
    /// # Example
    ///
    /// See [`method`](Self::method).
    pub fn left(&self) -> usize {
        self.left
    }

    /// Whether the curve is what it seems.
    ///
    /// # Example
    ///
    /// See [`CalibrationVerdict`].
    pub fn verdict(&self) -> CalibrationVerdict {
        match &self.curve {
            curve if curve.is_flat() => CalibrationVerdict::Flat,
            Curve::Isotonic { .. } if self.rows < FEW_ROWS => CalibrationVerdict::FewRows,
            _ => CalibrationVerdict::Sound,
        }
    }
}

/// A row to calibrate by.
#[derive(Debug, Clone, Copy)]
struct Scored {
    score: f64,
    left: bool,
    weight: f64,
}

fn check_scores(method: CalibrationMethod, scores: &[f64]) -> Result<()> {
    let (least, most, reason) = match method {
        CalibrationMethod::Platt | CalibrationMethod::Isotonic => (
            f64::MIN,
            f64::MAX,
            "the score is not a number; give a finite one",
        ),
        CalibrationMethod::None | CalibrationMethod::Beta => (
            0.0,
            1.0,
            "the score is no probability; give one from 0 to 1, or calibrate by Platt",
        ),
    };
    match first_where(scores, |score| !(least..=most).contains(score)) {
        None => Ok(()),
        Some(row) => Err(Error::value("scores", row, reason)),
    }
}
