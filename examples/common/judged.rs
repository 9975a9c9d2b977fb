//! How right chances to leave were, of customers of whom it is known.

use custometry::{
    Result,
    churn::{PairedScores, ProbabilityEvaluation, RankEvaluation, RankMeasure},
};
use serde::Serialize;

/// The level of intervals.
const LEVEL: f64 = 0.95;

/// The share of the customers that the lift is told of.
const TOP: f64 = 0.1;

#[derive(Serialize)]
pub(crate) struct Judged {
    /// The chance that of one who left and one who stayed the first has the higher score.
    pub(crate) auc: f64,
    /// None with one customer who left, or stayed.
    pub(crate) auc_se: Option<f64>,
    pub(crate) average_precision: f64,
    pub(crate) log_loss: f64,
    pub(crate) brier: f64,
    /// How many times more leave among the tenth with the highest scores.
    pub(crate) lift_at_10: f64,
    pub(crate) captured_at_10: f64,
    /// 1 is right; none where chances of 0 or 1 leave it open.
    pub(crate) calibration_slope: Option<f64>,
    pub(crate) calibration_intercept: Option<f64>,
}

impl Judged {
    /// With the customer of each row where some have several: their rows are not independent.
    pub(crate) fn new(chances: &[f64], left: &[bool], customers: Option<&[u32]>) -> Result<Self> {
        let ranked = RankEvaluation::new(chances, left)?;
        let judged = ProbabilityEvaluation::new(chances, left)?;
        let auc_se = match customers {
            None => ranked.auc(LEVEL).ok().map(|auc| auc.se),
            Some(customers) => {
                // Beside a score that tells nothing: the error of the difference is that of the first.
                let nothing = vec![0.0; left.len()];
                let pair = PairedScores::new(chances, &nothing, left).clusters(customers);
                pair.auc().ok().map(|auc| auc.difference.se)
            }
        };
        let slope = judged.calibration_slope(LEVEL).ok();
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
