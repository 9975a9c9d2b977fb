//! RFM: recency, frequency and money, scored and named.

mod edges;
mod model;
mod params;
mod segments;

pub use self::edges::{Binning, RfmBins, Ties};
pub use self::model::{Rfm, RfmScores};
pub use self::params::{Nesting, RfmMoney, RfmParams};
pub use self::segments::{SegmentMap, SegmentRule};

/// The most bins that a score may have, so that a code is three digits.
const MAX_BINS: u8 = 9;
