//! How far probabilities are from what came true.

use std::fmt;

use serde::Serialize;

use super::{
    curve::Group,
    ranks::{Block, Blocks, check},
};
use crate::{Error, Result, numeric::first_where};

/// Predicted probabilities of leaving, and who left.
///
/// # Example
///
/// ```
/// use custometry::churn::ProbabilityEvaluation;
///
/// let left = [true, false, true, false, false];
/// let judged = ProbabilityEvaluation::new(&[0.8, 0.8, 0.4, 0.4, 0.1], &left)?;
/// let brier = judged.brier();
/// assert!((brier.value - 1.21 / 5.0).abs() < 1e-15);
/// let parts = brier.reliability - brier.resolution + brier.uncertainty;
/// assert!((parts - brier.value).abs() < 1e-15);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct ProbabilityEvaluation {
    pub(super) blocks: Blocks,
    /// The first customer whose probability is 0 or 1.
    certain: Option<usize>,
    /// The first customer who did what had probability 0.
    wrong: Option<usize>,
}

impl fmt::Debug for ProbabilityEvaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProbabilityEvaluation")
            .field("left", &self.blocks.rows[0])
            .field("stayed", &self.blocks.rows[1])
            .finish_non_exhaustive()
    }
}

/// The Brier score and what it consists of.
///
/// ```text
/// value = reliability - resolution + uncertainty + within_variance - within_covariance
/// ```
///
/// # Example
///
/// See [`ProbabilityEvaluation::brier`] and [`ProbabilityEvaluation::binned_brier`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BrierScore {
    /// The mean of (probability - outcome)², with 1 for leaving; 0 is best.
    pub value: f64,
    /// How far the probabilities are from the rates of those who got them; 0 is best.
    pub reliability: f64,
    /// How far these rates are from the rate of all; more is better.
    pub resolution: f64,
    /// The score of giving everyone the rate of all: r (1 - r).
    pub uncertainty: f64,
    /// How much probabilities differ within bins; 0 without bins.
    pub within_variance: f64,
    /// Twice how much outcomes follow probabilities within bins; 0 without bins.
    pub within_covariance: f64,
}

impl BrierScore {
    /// How much better than giving everyone the rate of all, `1 - value / uncertainty`; `None` if
    /// all left or all stayed.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::ProbabilityEvaluation;
    /// let judged = ProbabilityEvaluation::new(&[0.9, 0.1], &[true, false])?;
    /// assert!((judged.brier().skill().unwrap() - 0.96).abs() < 1e-15);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn skill(&self) -> Option<f64> {
        skill(self.value, self.uncertainty)
    }
}

/// The mean log-loss and what it consists of, in natural logarithms.
///
/// ```text
/// value = reliability - resolution + uncertainty
/// ```
///
/// # Example
///
/// See [`ProbabilityEvaluation::log_loss`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LogLoss {
    /// The mean of -ln of the probability that was given to what came true; 0 is best. Infinite if
    /// a customer did what had probability 0.
    pub value: f64,
    /// The mean divergence of the rates from the probabilities; 0 is best, infinite with the value.
    pub reliability: f64,
    /// The mean divergence of the rates from the rate of all; more is better.
    pub resolution: f64,
    /// The loss of giving everyone the rate of all: its entropy.
    pub uncertainty: f64,
    /// The first row that did what had probability 0, and so makes the value infinite.
    pub certain_and_wrong: Option<usize>,
}

impl LogLoss {
    /// How much better than giving everyone the rate of all, `1 - value / uncertainty`, which is
    /// minus infinity with an infinite value; `None` if all left or all stayed.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::ProbabilityEvaluation;
    /// let coin = ProbabilityEvaluation::new(&[0.5, 0.5], &[true, false])?;
    /// assert!(coin.log_loss().skill().unwrap().abs() < 1e-15);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn skill(&self) -> Option<f64> {
        skill(self.value, self.uncertainty)
    }
}

fn skill(value: f64, uncertainty: f64) -> Option<f64> {
    (uncertainty > 0.0).then(|| 1.0 - value / uncertainty)
}

/// The loss of probability p: -ln p for one who left, -ln(1 - p) for one who stayed.
pub(super) fn loss(p: f64, left: bool) -> f64 {
    if left {
        -libm::log(p)
    } else {
        -libm::log1p(-p)
    }
}

/// The losses of one who left and of one who stayed if all get the share that left. Both shares are
/// given, as the larger may be 1 but for rounding.
fn losses_of([left, stayed]: [f64; 2]) -> [f64; 2] {
    let of = |share: f64, other: f64| {
        if other < share {
            -libm::log1p(-other)
        } else {
            -libm::log(share)
        }
    };
    [of(left, stayed), of(stayed, left)]
}

/// The sum over those who left and those who stayed of `share · (ln share + loss)`.
fn divergence(shares: [f64; 2], losses: [f64; 2]) -> f64 {
    let own = losses_of(shares);
    let part = |at: usize| {
        if shares[at] > 0.0 {
            shares[at] * (losses[at] - own[at])
        } else {
            0.0
        }
    };
    part(0) + part(1)
}

/// The parts of a weight that left and stayed.
fn shares([left, stayed]: [f64; 2]) -> [f64; 2] {
    [left / (left + stayed), stayed / (left + stayed)]
}

/// Checks columns, of which the first holds probabilities; as [`check`].
pub(super) fn check_probabilities(
    column: &'static str,
    probabilities: &[f64],
    left: &[bool],
    weights: Option<&[f64]>,
) -> Result<Option<f64>> {
    let outside = |p: &f64| p.is_finite() && !(0.0..=1.0).contains(p);
    if let Some(row) = first_where(probabilities, outside) {
        let reason = "is not a probability, a number from 0 to 1; scores of another kind must be \
                      calibrated before";
        return Err(Error::value(column, row, reason));
    }
    check(column, probabilities, left, weights)
}

/// The first customer who did what had probability 0.
pub(super) fn certain_and_wrong(
    probabilities: &[f64],
    left: &[bool],
    weights: Option<&[f64]>,
) -> Option<usize> {
    let wrong = |(p, left): (f64, bool)| if left { p <= 0.0 } else { p >= 1.0 };
    first_row(probabilities, left, weights, wrong)
}

fn first_row(
    probabilities: &[f64],
    left: &[bool],
    weights: Option<&[f64]>,
    is: impl Fn((f64, bool)) -> bool,
) -> Option<usize> {
    let mut rows = probabilities.iter().copied().zip(left.iter().copied());
    let counts = |row: usize| weights.is_none_or(|weights| weights[row] > 0.0);
    let mut row = 0;
    rows.find_map(|pair| {
        let found = (is(pair) && counts(row)).then_some(row);
        row += 1;
        found
    })
}

impl ProbabilityEvaluation {
    /// Takes probabilities of leaving. All may have left or stayed.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for what is not a number from 0 to 1;
    /// [`Error::NotEnoughData`] without rows.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::ProbabilityEvaluation;
    /// let percent = ProbabilityEvaluation::new(&[0.5, 20.0], &[true, false]).unwrap_err();
    /// assert!(percent.to_string().contains("row 1"));
    /// ```
    pub fn new(probabilities: &[f64], left: &[bool]) -> Result<Self> {
        Self::of(probabilities, left, None)
    }

    /// As [`new`](Self::new), where each customer counts by a weight. The scale of the weights does
    /// not matter, and weights that are all equal are the same as none.
    ///
    /// # Errors
    ///
    /// As `new`, and [`Error::InvalidValue`] for a weight that is neither 0 nor between 1e-100 and
    /// 1e100; [`Error::Degenerate`] if all are 0. Customers of weight 0 do not count.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::ProbabilityEvaluation;
    /// let judged = ProbabilityEvaluation::weighted(&[0.9, 0.5], &[true, false], &[3.0, 1.0])?;
    /// assert!((judged.brier().value - 0.07).abs() < 1e-15);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn weighted(probabilities: &[f64], left: &[bool], weights: &[f64]) -> Result<Self> {
        Self::of(probabilities, left, Some(weights))
    }

    fn of(probabilities: &[f64], left: &[bool], weights: Option<&[f64]>) -> Result<Self> {
        const COLUMN: &str = "probabilities";
        check_probabilities(COLUMN, probabilities, left, weights)?;
        Ok(Self {
            blocks: Blocks::new(COLUMN, probabilities, left, weights)?,
            certain: first_row(probabilities, left, weights, |(p, _)| p <= 0.0 || p >= 1.0),
            wrong: certain_and_wrong(probabilities, left, weights),
        })
    }

    /// The first customer whose probability is 0 or 1.
    pub(super) fn certain(&self) -> Option<usize> {
        self.certain
    }

    /// The share of all customers that left.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::ProbabilityEvaluation;
    /// let judged = ProbabilityEvaluation::new(&[0.9, 0.5], &[true, false])?;
    /// assert_eq!((judged.rate(), judged.mean_probability()), (0.5, 0.7));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn rate(&self) -> f64 {
        self.blocks.total[0] / self.blocks.weight()
    }

    /// The mean of the probabilities, which a model that is right on the whole keeps near the
    /// [`rate`](Self::rate).
    ///
    /// # Example
    ///
    /// See [`rate`](Self::rate).
    pub fn mean_probability(&self) -> f64 {
        self.mean(|block| block.weight() * block.score)
    }

    /// The Brier score, with its parts over customers of the same probability:
    ///
    /// ```text
    /// reliability = sum of n_k (p_k - r_k)² / N
    /// resolution  = sum of n_k (r_k - r)² / N
    /// ```
    ///
    /// where `n_k` customers have probability `p_k`, a share `r_k` of them left, and r of all N. Where
    /// hardly two customers have the same probability, all `r_k` are 0 or 1 and the parts tell
    /// little; [`binned_brier`](Self::binned_brier) is then the one to look at.
    ///
    /// Brier (1950), "Verification of forecasts expressed in terms of probability", Monthly Weather
    /// Review 78, 1-3; Murphy (1973), "A new vector partition of the probability score", Journal of
    /// Applied Meteorology 12, 595-600.
    ///
    /// # Example
    ///
    /// See [`ProbabilityEvaluation`].
    pub fn brier(&self) -> BrierScore {
        self.brier_over(self.blocks.list.iter().map(std::slice::from_ref))
    }

    /// The Brier score, with its parts over bins of about equally many customers, those of
    /// [`calibration_curve`](Self::calibration_curve). What probabilities do within a bin has parts
    /// of its own, so that all of them still add up to the score (Stephenson and others 2008,
    /// doi:10.1175/2007WAF2006116.1). Resolution less the within-variance plus the
    /// within-covariance depends little on the bins.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for 0 bins.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::ProbabilityEvaluation;
    /// let left = [true, false, true, false];
    /// let brier = ProbabilityEvaluation::new(&[0.9, 0.7, 0.4, 0.2], &left)?.binned_brier(2)?;
    /// assert!((brier.within_variance - 0.01).abs() < 1e-15);
    /// let parts = brier.reliability - brier.resolution + brier.uncertainty
    ///     + brier.within_variance - brier.within_covariance;
    /// assert!((parts - brier.value).abs() < 1e-15);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn binned_brier(&self, bins: usize) -> Result<BrierScore> {
        let ranges = self.bins(bins)?;
        let slices = ranges.into_iter().map(|range| &self.blocks.list[range]);
        Ok(self.brier_over(slices))
    }

    /// The log-loss, with its parts over customers of the same probability:
    ///
    /// ```text
    /// value       = -mean of ln p for those who left, ln(1 - p) for those who stayed
    /// reliability = sum of n_k D(r_k, p_k) / N,  D(r, p) = r ln(r/p) + (1-r) ln((1-r)/(1-p))
    /// resolution  = sum of n_k D(r_k, r) / N
    /// ```
    ///
    /// as for [`brier`](Self::brier) (Weijs and others 2010, doi:10.1175/2010MWR3229.1). A model
    /// that gives probability 0 to what happens has an infinite loss. It is not hidden by clipping:
    /// the value is infinite, and the first such row is named.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::ProbabilityEvaluation;
    /// let left = [true, false, true];
    /// let loss = ProbabilityEvaluation::new(&[0.8, 0.5, 0.5], &left)?.log_loss();
    /// assert!((loss.value - (1.25f64.ln() + 2.0 * 2f64.ln()) / 3.0).abs() < 1e-15);
    /// let sure = ProbabilityEvaluation::new(&[0.8, 1.0, 0.5], &left)?.log_loss();
    /// assert_eq!((sure.value, sure.certain_and_wrong), (f64::INFINITY, Some(1)));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn log_loss(&self) -> LogLoss {
        let value = self.mean(|block| {
            // No customer has no loss, even where the loss of one is infinite.
            let part = |weight: f64, left: bool| {
                if weight > 0.0 {
                    weight * loss(block.score, left)
                } else {
                    0.0
                }
            };
            part(block.left, true) + part(block.stayed, false)
        });
        let diverges = |losses: &dyn Fn(&Block) -> [f64; 2]| {
            self.mean(|block| {
                let shares = shares([block.left, block.stayed]);
                block.weight() * divergence(shares, losses(block))
            })
        };
        let all = shares(self.blocks.total);
        let of_all = losses_of(all);
        let entropy = match self.blocks.rows {
            [0, _] | [_, 0] => 0.0,
            _ => all[0] * of_all[0] + all[1] * of_all[1],
        };
        LogLoss {
            value,
            reliability: diverges(&|block| [loss(block.score, true), loss(block.score, false)]),
            resolution: diverges(&|_| of_all),
            uncertainty: entropy,
            certain_and_wrong: self.wrong,
        }
    }

    fn brier_over<'a>(&self, groups: impl Iterator<Item = &'a [Block]>) -> BrierScore {
        let rate = self.rate();
        let mut score = BrierScore {
            value: self.mean(|block| {
                block.left * (1.0 - block.score).powi(2) + block.stayed * block.score.powi(2)
            }),
            reliability: 0.0,
            resolution: 0.0,
            uncertainty: rate * (self.blocks.total[1] / self.blocks.weight()),
            within_variance: 0.0,
            within_covariance: 0.0,
        };
        for blocks in groups {
            let group = Group::new(blocks);
            let share = group.weight / self.blocks.weight();
            score.reliability += share * (group.probability - group.rate).powi(2);
            score.resolution += share * (group.rate - rate).powi(2);
            let (mut variance, mut covariance) = (0.0, 0.0);
            for block in blocks {
                let deviation = block.score - group.probability;
                variance += block.weight() * deviation.powi(2);
                covariance += (block.left - block.weight() * group.rate) * deviation;
            }
            score.within_variance += share * (variance / group.weight);
            score.within_covariance += 2.0 * share * (covariance / group.weight);
        }
        score
    }

    fn mean(&self, of: impl Fn(&Block) -> f64) -> f64 {
        self.blocks.list.iter().map(of).sum::<f64>() / self.blocks.weight()
    }
}
