//! The question: is a feature, or the mix of segments, still distributed as it was, or has it drifted?
//!
//! # Model
//!
//! Bins are frozen on a reference sample: deciles, given edges, categories or segments. A missing
//! value is a bin of its own, and so is a category that the reference never had. Later samples are
//! counted into the same bins, in parts if need be, and their shares are compared.
//!
//! # Formula
//!
//! ```text
//! PSI  = sum over bins of (q - p) ln(q / p)
//! PSI / (1/n + 1/m)  ~  chi-square of B - 1 degrees, if nothing changed
//! JS   = 1/2 sum p ln(2 p / (p + q)) + 1/2 sum q ln(2 q / (p + q)),   distance = sqrt(JS)
//! H    = sqrt(1/2 sum of (sqrt p - sqrt q)^2)
//! ```
//!
//! where p and q are the shares of a bin in reference and sample, n and m the customers of both, and
//! B the bins that either of them has customers in. Of a feature the same sum is known as the
//! characteristic stability index, CSI. With weights n and m are effective sizes,
//! `(sum w)^2 / sum w^2` (Kish 1965), and p-values are approximate. A weight is 0 or from 1e-100 to
//! 1e100, so that squares can be summed; but for rounding only their ratios matter.
//!
//! # How to read the numbers
//!
//! The usual bands (below .1 small, above .25 large) say how far shares moved, and not whether they
//! moved by more than chance: among 200 customers a PSI of .1 is noise, among a million .0001 is not.
//! A [`DriftVerdict`] puts the band and the p-value together; `critical_psi` is the PSI from which
//! a change of this many customers is significant.
//!
//! # Limits
//!
//! Bins see no movement within them; [`KolmogorovSmirnov`] compares numbers without bins. A p-value
//! takes customers as independent, which those of two days of one base are not: where most are the
//! same, it is too large. PSI is infinite where a bin is empty on one side only: see [`ZeroShares`].
//!
//! # Complexity
//!
//! O(n log B) to count n rows of numbers, O(n log n) to set quantile bins; O(n + B + L) to count n
//! rows of L labels into B bins of categories, by a hash of the labels.
//!
//! # References
//!
//! - Yurdakul, B. and Naranjo, J. (2020), "Statistical properties of the population stability index",
//!   Journal of Risk Model Validation 14(4), `doi:10.21314/JRMV.2020.227`.
//! - Lin, J. (1991), "Divergence measures based on the Shannon entropy", `doi:10.1109/18.61115`.
//! - Kish, L. (1965), *Survey Sampling*, Wiley.

mod bins;
mod compare;
mod counts;
mod kolmogorov_smirnov;
mod params;
mod reference;

pub(super) use self::bins::check_weights;
pub use self::compare::{Drift, DriftBin, DriftTest, DriftVerdict, PsiBand, StabilityIndex};
pub use self::counts::DriftCounts;
pub use self::kolmogorov_smirnov::KolmogorovSmirnov;
pub use self::params::{DriftParams, ZeroShares};
pub use self::reference::DriftReference;

#[cfg(test)]
mod tests;
