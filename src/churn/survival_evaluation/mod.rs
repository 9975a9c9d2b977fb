//! Judging predictions of who leaves when.
//!
//! *Does the model put those who leave first in front, and are its chances right?*
//!
//! # Model
//!
//! [`Concordance`] looks at pairs of customers of whom it is known who left first, and counts how
//! often the one with the higher risk did:
//!
//! ```text
//! C = (concordant + tied in risk / 2) / (concordant + discordant + tied in risk)
//! ```
//!
//! [`CensoringWeights`] judge predictions at given times: the Brier score, the mean squared error of
//! the predicted chance to be still there, and the area under the ROC curve of who has left by then.
//!
//! # How to read the numbers
//!
//! 0.5 is a coin, 1 the perfect order. Customers leave for reasons that no column tells; 0.65 to
//! 0.8 is common. The order says nothing of the chances themselves.
//!
//! # Limits
//!
//! Harrell's C depends on how long customers were watched; Uno's weights take that out, as long as
//! being censored has nothing to do with the risk.
//!
//! # Complexity
//!
//! Concordance O(n log n); without weights and entries pairs are counted in whole numbers, on all
//! threads, otherwise along a tree of sums. Brier scores and AUC of one score O(n) for each time after a sort, AUC of
//! survival curves O(n log n) for each time.
//!
//! # References
//!
//! - Harrell, F. et al. (1982), "Evaluating the yield of medical tests",
//!   doi:10.1001/jama.1982.03320430047030.
//! - Uno, H. et al. (2011), "On the C-statistics for evaluating overall adequacy of risk prediction
//!   procedures with censored survival data", doi:10.1002/sim.4154.
//! - Graf, E. et al. (1999), "Assessment and comparison of prognostic classification schemes for
//!   survival data", Statistics in Medicine 18, 2529-2545.
//! - Hung, H. and Chiang, C.-T. (2010), "Estimation methods for time-dependent AUC models with
//!   survival data", doi:10.1002/cjs.10046.
//! - Therneau, T. and Watson, D. (2017), "The concordance statistic and the Cox model", Mayo Clinic
//!   technical report 85.

mod censoring;
mod concordance;
mod counts;
mod ipcw;
mod pairs;
#[cfg(test)]
mod tests;

pub use self::concordance::{Concordance, ConcordanceParams, ConcordanceWeight};
pub use self::ipcw::{AucAt, BrierScores, CensoringWeights};
