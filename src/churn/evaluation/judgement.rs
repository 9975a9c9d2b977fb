//! How right chances to leave were, in a few figures.

use serde::Serialize;

use super::{PairedScores, ProbabilityEvaluation, RankEvaluation, RankMeasure};
use crate::Result;

/// The share of the customers that lift and capture are told of.
const TOP: f64 = 0.1;

/// The figures that a report of chances to leave shows: how well they rank, and how true they are. Each
/// is that of [`RankEvaluation`] or [`ProbabilityEvaluation`].
///
/// # Example
///
/// ```
/// use custometry::churn::{Judgement, RankEvaluation, RankMeasure};
/// let chances = [0.9, 0.7, 0.6, 0.4, 0.3, 0.1];
/// let left = [true, true, false, true, false, false];
/// let judged = Judgement::new(&chances, &left, None, 0.95)?;
/// let auc = RankEvaluation::new(&chances, &left)?.measure(&RankMeasure::Auc)?;
/// assert_eq!(judged.auc, auc);
/// assert!(judged.auc_se.is_some() && judged.lift_at_10 == 2.0);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Judgement {
    /// The chance that of one who left and one who stayed the first has the higher score.
    pub auc: f64,
    /// Its error by `DeLong`'s method, which knows of rows that are of one customer; none with one customer who
    /// left, or stayed.
    pub auc_se: Option<f64>,
    /// The mean precision over the ranks of those who left.
    pub average_precision: f64,
    /// The mean negative log-likelihood.
    pub log_loss: f64,
    /// The mean squared error.
    pub brier: f64,
    /// How many times more leave among the tenth with the highest scores, or the first of fewer than ten.
    pub lift_at_10: f64,
    /// The share of those who left that is in that tenth.
    pub captured_at_10: f64,
    /// 1 is right; none where chances of 0 or 1 leave it open.
    pub calibration_slope: Option<f64>,
    /// 0 is right: the logit of all chances together is neither too high nor too low.
    pub calibration_intercept: Option<f64>,
}

impl Judgement {
    /// With the customer of each row where some have several: their rows are not independent.
    ///
    /// # Errors
    ///
    /// Those of [`RankEvaluation::new`] and [`ProbabilityEvaluation::new`].
    ///
    /// # Example
    ///
    /// See [`Judgement`].
    pub fn new(
        chances: &[f64],
        left: &[bool],
        customers: Option<&[u32]>,
        level: f64,
    ) -> Result<Self> {
        let ranked = RankEvaluation::new(chances, left)?;
        let judged = ProbabilityEvaluation::new(chances, left)?;
        let auc_se = match customers {
            None => ranked.auc(level).ok().map(|auc| auc.se),
            Some(customers) => {
                // Beside a score that tells nothing: the error of the difference is that of the first.
                let nothing = vec![0.0; left.len()];
                let pair = PairedScores::new(chances, &nothing, left).clusters(customers);
                pair.auc().ok().map(|auc| auc.difference.se)
            }
        };
        let slope = judged.calibration_slope(level).ok();
        let top = TOP.max(1.0 / left.len() as f64);
        Ok(Self {
            auc: ranked.measure(&RankMeasure::Auc)?,
            auc_se,
            average_precision: ranked.average_precision(),
            log_loss: judged.log_loss().value,
            brier: judged.brier().value,
            lift_at_10: ranked.lift_at(top)?,
            captured_at_10: ranked.captured_at(top)?,
            calibration_slope: slope.map(|slope| slope.slope.value),
            calibration_intercept: slope.map(|slope| slope.in_the_large.value),
        })
    }
}
