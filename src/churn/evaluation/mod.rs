//! Judging scores of who will leave.
//!
//! *Does the model put those who leave in front, are its probabilities right, what does acting on
//! it earn, and is it better than the other one?*
//!
//! # Model
//!
//! There is none: scores come from anywhere, and are held against who left. [`RankEvaluation`]
//! looks at the order alone, [`ProbabilityEvaluation`] at the numbers themselves, and
//! [`PairedScores`] at two models on the same customers.
//!
//! ```text
//! AUC   = P(score of one who left > score of one who stayed) + P(equal) / 2
//! lift  = rate among the customers with the highest scores / rate of all
//! EMPC  = E max over T of profit(T, g) per customer,  g ~ beta(a, b) the share that takes the offer
//! Brier = mean of (p - left)²
//! loss  = -mean of ln(p if left, 1 - p if stayed)
//! logit P(left) = intercept + slope · logit p
//! ```
//!
//! # Ties
//!
//! Customers of the same score are one block. AUC counts their pairs half; the curves, average
//! precision and profits take the block whole; a block that the border of lift or gains cuts counts
//! on each side by its share. So no result depends on the order of the rows, to the last bit.
//!
//! Without weights a border lies between customers: a tenth of 7,043 are 704.
//!
//! # How to read the numbers
//!
//! AUC: 0.5 is a coin, 1 the perfect order; churn models of small companies reach 0.7 to 0.85. It
//! looks at all customers, whereas a campaign reaches few: for that look at lift and profit. A good
//! order says nothing of the probabilities: they are right if the calibration slope is near 1, the
//! intercept near 0 and the curve near the diagonal. Brier score and log-loss measure both at once,
//! and compare models on the same customers; their size alone says little, their skill more.
//!
//! # Limits
//!
//! All is measured on the customers given: those the model was fitted to flatter it. Standard errors
//! take customers for independent; where one customer has several rows, `PairedScores` takes
//! clusters. Who was contacted and stayed for it looks like a false alarm.
//!
//! # Complexity
//!
//! O(n log n) for one sort, then O(n) for each measure; profits evaluate two incomplete beta
//! functions for each corner of the convex hull of the ROC curve, of which there are few.
//!
//! # Example
//!
//! See [`RankEvaluation`], [`ProbabilityEvaluation`] and [`PairedScores`].
//!
//! # References
//!
//! - `DeLong`, E., `DeLong`, D. and Clarke-Pearson, D. (1988), "Comparing the areas under two or more
//!   correlated receiver operating characteristic curves", doi:10.2307/2531595.
//! - Sun, X. and Xu, W. (2014), "Fast implementation of `DeLong`'s algorithm",
//!   doi:10.1109/LSP.2014.2337313.
//! - Verbraken, T., Verbeke, W. and Baesens, B. (2013), "A novel profit maximizing metric for
//!   measuring classification performance of customer churn prediction models",
//!   doi:10.1109/TKDE.2012.50.
//! - Murphy, A. (1973), "A new vector partition of the probability score", Journal of Applied
//!   Meteorology 12, 595-600.
//! - Stephenson, D., Coelho, C. and Jolliffe, I. (2008), "Two extra components in the Brier score
//!   decomposition", doi:10.1175/2007WAF2006116.1.
//! - Cox, D. (1958), "Two further applications of a model for binary regression",
//!   doi:10.1093/biomet/45.3-4.562.

mod auc;
mod bootstrap;
mod compare;
mod curve;
mod gains;
mod judgement;
mod measure;
mod pairs;
mod precision;
mod probability;
mod profit;
mod ranks;
mod slope;
#[cfg(test)]
mod tests;

pub use self::{
    compare::{PairedDifference, PairedScores},
    curve::CalibrationBin,
    gains::GainsRow,
    judgement::Judgement,
    measure::RankMeasure,
    precision::{PrecisionRecall, RocPoint},
    probability::{BrierScore, LogLoss, ProbabilityEvaluation},
    profit::{MaximumProfit, ProfitPoint, RetentionEconomics},
    ranks::RankEvaluation,
    slope::CalibrationSlope,
};
