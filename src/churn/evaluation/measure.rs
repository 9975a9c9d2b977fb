//! Measures of an order, by name.

use serde::{Deserialize, Serialize};

use super::{profit::RetentionEconomics, ranks::RankEvaluation};
use crate::Result;

/// A number that tells how good an order is; more is better.
///
/// # Example
///
/// ```
/// use custometry::churn::{RankEvaluation, RankMeasure};
/// let ranks = RankEvaluation::new(&[0.9, 0.5, 0.3, 0.1], &[true, true, false, false])?;
/// assert_eq!(ranks.measure(&RankMeasure::Auc)?, 1.0);
/// assert_eq!(ranks.measure(&RankMeasure::LiftAt(0.5))?, 2.0);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RankMeasure {
    /// The value of [`RankEvaluation::auc`].
    Auc,
    /// [`RankEvaluation::average_precision`].
    AveragePrecision,
    /// [`RankEvaluation::kolmogorov_smirnov`].
    KolmogorovSmirnov,
    /// [`RankEvaluation::lift_at`] a share of the customers.
    LiftAt(f64),
    /// [`RankEvaluation::captured_at`] a share of the customers.
    CapturedAt(f64),
    /// The profit per customer of [`RankEvaluation::expected_maximum_profit`].
    ExpectedMaximumProfit(RetentionEconomics),
    /// The profit per customer of [`RankEvaluation::maximum_profit`].
    MaximumProfit(RetentionEconomics),
}

impl RankEvaluation {
    /// One measure, by name.
    ///
    /// # Errors
    ///
    /// Those of the method of that name. AUC comes without its standard error, and so needs but
    /// one customer of each kind.
    ///
    /// # Example
    ///
    /// See [`RankMeasure`].
    pub fn measure(&self, measure: &RankMeasure) -> Result<f64> {
        match measure {
            RankMeasure::Auc => Ok(self.blocks.auc()),
            RankMeasure::AveragePrecision => Ok(self.average_precision()),
            RankMeasure::KolmogorovSmirnov => Ok(self.kolmogorov_smirnov()),
            RankMeasure::LiftAt(share) => self.lift_at(*share),
            RankMeasure::CapturedAt(share) => self.captured_at(*share),
            RankMeasure::ExpectedMaximumProfit(economics) => {
                Ok(self.expected_maximum_profit(economics)?.per_customer)
            }
            RankMeasure::MaximumProfit(economics) => {
                Ok(self.maximum_profit(economics)?.per_customer)
            }
        }
    }

    /// One measure of customers drawn at random from those of an evaluation that has it. A draw of
    /// clusters may be so small that a share of it is less than one customer; one it is then.
    pub(super) fn measure_of_draw(&self, measure: &RankMeasure) -> Result<f64> {
        match measure {
            RankMeasure::LiftAt(share) => Ok(self.lift_of_draw(*share)),
            RankMeasure::CapturedAt(share) => Ok(self.captured_of_draw(*share)),
            other => self.measure(other),
        }
    }
}
