//! Profiles: what the segments are like.
//!
//! # Question
//!
//! What is this segment like, beside everybody, and who is a typical customer of it?
//!
//! # Model
//!
//! None: counts, shares, means and quantiles in the units of the features, and how they stand to
//! the population, which is all customers, with a segment or without.
//!
//! ```text
//! index                   = 100 m_s / m
//! standardised difference = (m_s - m) / sd
//! lift                    = p_s / p
//! F                       = (B / (k - 1)) / (S / (W - k)),   eta² = B / (B + S)
//! V                       = sqrt(chi² / (W min(k - 1, l - 1)))
//! ```
//!
//! where m and sd are mean and standard deviation in the population and `m_s` the mean in the
//! segment; p and `p_s` shares of a label; B and S the sums of squares between and within the k
//! segments, W the sum of weights and l the number of labels. Against the rest of the customers in
//! place of all of them, the standardised difference would be larger by 1 / (1 - share).
//!
//! The exemplars of a segment are the customers nearest to its median in every numeric feature,
//! with the interquartile range of the population as the unit (its sd where that range is 0), or
//! in features of the caller's, such as the prepared ones that the segments were found in. The
//! exact medoid would take the square of the number of customers.
//!
//! # How to read it
//!
//! An index of 250 for spend: two and a half times the mean. A standardised difference above 0.5
//! or below -0.5 is worth a word, above 1 it is what the segment is about. Eta squared tells which
//! features separate segments at all. Where the segments were *found* in the same features, the
//! p-values are small by construction: they confirm nothing, only features kept apart can.
//!
//! # Limits
//!
//! A missing value is left out of its feature, which is told; it is not guessed. Weights count
//! customers: standard deviations and tests take their sum as the number of customers, so that
//! weights that add up to 1 have none. Features beyond 1e300 are refused.
//!
//! # Complexity
//!
//! O(n d log n) for the quantiles, in parallel over the features; three passes for the rest.
//!
//! # Example
//!
//! See [`ProfileParams`].
//!
//! # References
//!
//! - Fisher, R. A. (1925). *Statistical Methods for Research Workers*. Oliver and Boyd.
//! - Cramér, H. (1946). *Mathematical Methods of Statistics*. Princeton University Press.
//! - Hyndman, R. J. and Fan, Y. (1996). Sample quantiles in statistical packages. *The American
//!   Statistician* 50(4), 361-365, doi:10.2307/2684934.

mod build;
mod categories;
mod exemplars;
mod groups;
mod moments;
mod params;
mod quantiles;
mod report;

#[cfg(test)]
mod tests;

pub use self::params::{ProfileInputs, ProfileParams};
pub use self::report::{
    Association, CategoryProfile, Distinction, Exemplar, LevelShare, NumericProfile,
    NumericSummary, PopulationProfile, Profiles, Quantile, SegmentProfile, VarianceTest,
};
