//! The question: what went before a move from one segment to another, what changed with it, and which
//! moves should ring a bell?
//!
//! # Model
//!
//! Those who moved from a segment are held against those who stayed in it, feature by feature: how much
//! the feature changed for both, and how high it stood before. Differences are standardised, tested by
//! Welch's t and controlled together for the number of tests (Benjamini and Hochberg 1995). How well the
//! level before tells movers from stayers is the area under the ROC curve: a leading indicator.
//!
//! A [`MoveWatch`] keeps what share of a segment usually makes each move, and rings where the share of
//! the latest period lies beyond.
//!
//! # Formula
//!
//! ```text
//! d   = (m1 - m0) / sqrt((s1² + s0²) / 2)
//! t   = (m1 - m0) / sqrt(s1²/n1 + s0²/n0)
//! df  = (s1²/n1 + s0²/n0)² / ((s1²/n1)²/(n1 - 1) + (s0²/n0)²/(n0 - 1))
//! q_i = min over j >= i of (tests / j) p_j                   p rising
//! AUC = P(mover above stayer) + 1/2 P(equal)
//! p   = (x + 1/2) / (n + 1)
//! threshold = min(1, p + z max(sd between periods, sqrt(p (1 - p) (1/m + 1/n))))
//! ```
//!
//! where m, s² and n are mean, variance and number of movers (1) and stayers (0), weighted if the
//! features are, with effective sizes `(sum w)² / sum w²` for n. In the threshold
//! x of n customers of the segment made the move in all periods of the history together, and m
//! customers had the segment in the latest period: see [`MoveWatch`].
//!
//! # How to read the numbers
//!
//! A d of .2 is small, of .8 large (Cohen 1988), whatever p says. An AUC of .5 tells nothing; below it a
//! low level goes before the move. Features that define the segments change with every move by
//! construction: their levels before are the news.
//!
//! # Limits
//!
//! A difference is not a cause. Customers without a segment afterwards are neither movers nor stayers:
//! they are counted, as those without one before are, and a state such as "lost" makes movers of them. A
//! threshold of few periods is rough: the spread of three of them is itself uncertain by a half.
//! Weights must be 0 or from 1e-100 to 1e100, so that their squares can be summed.
//!
//! # Complexity
//!
//! O(d n log n) for n customers and d features, for each segment that customers of a segment move to.
//!
//! # References
//!
//! - Welch, B. L. (1947), "The generalization of Student's problem", `doi:10.1093/biomet/34.1-2.28`.
//! - Benjamini, Y. and Hochberg, Y. (1995), "Controlling the false discovery rate",
//!   `doi:10.1111/j.2517-6161.1995.tb02031.x`.
//! - Hanley, J. A. and `McNeil`, B. J. (1982), "The meaning and use of the area under a ROC curve",
//!   `doi:10.1148/radiology.143.1.7063747`.

mod contrast;
mod report;
mod watch;

pub use self::contrast::Contrast;
pub use self::report::{DriverParams, Drivers, FeatureDriver, MoveDrivers};
pub use self::watch::{CriticalMove, MoveWatch, MoveWatchParams};

#[cfg(test)]
mod tests;
