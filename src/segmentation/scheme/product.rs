//! The product of two segmentations: needs by value.

use serde::{Deserialize, Serialize};

use super::segmentation::Segmentation;
use crate::{
    Error, Result,
    data::{Features, Segment, SegmentId},
    segmentation::placed::{NOWHERE, Placed},
};

/// Each pair of a segment of one segmentation and a segment of another: what customers need by
/// what they are worth.
///
/// As a model of a third segmentation it reads the columns of both. A pair has the name of both,
/// and a number that follows from the places of the two. A customer who has no segment in one of
/// the two has none here. There is no next best: distances of two models cannot be compared; the
/// two segmentations tell their own.
///
/// # Example
///
/// ```
/// use chrono::NaiveDate;
/// use custometry::{data::{Features, MissingValues, SegmentId}, segmentation::*};
///
/// let columns: &[(&str, &[f64])] =
///     &[("visits", &[1.0, 2.0, 9.0, 8.0]), ("spend", &[10.0, 900.0, 20.0, 800.0])];
/// let features = Features::from_columns(columns, MissingValues::Refuse)?;
/// let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
///
/// let often = Rule::new(SegmentId(1), "often", Condition::at_least("visits", 5.0));
/// let often = RulesParams::new(vec![often]).otherwise(SegmentId(2), "seldom");
/// let needs = SegmentationParams::new("needs", often).fit(&features, day)?;
/// let much = Rule::new(SegmentId(1), "much", Condition::at_least("spend", 100.0));
/// let much = RulesParams::new(vec![much]).otherwise(SegmentId(2), "little");
/// let value = SegmentationParams::new("value", much).fit(&features, day)?;
///
/// let product = SegmentProduct::new(needs, value)?;
/// let both = SegmentationParams::new("needs by value", product).fit(&features, day)?;
/// let placements = both.assign(&features, day)?;
/// assert_eq!(placements.assignments().name_of(3), Some("often, much"));
/// assert_eq!(both.segments().len(), 4);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct SegmentProduct {
    first: Segmentation,
    second: Segmentation,
    segments: Vec<Segment>,
}

/// How a product is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    first: Segmentation,
    second: Segmentation,
}

impl From<SegmentProduct> for Parts {
    fn from(product: SegmentProduct) -> Self {
        Self {
            first: product.first,
            second: product.second,
        }
    }
}

impl TryFrom<Parts> for SegmentProduct {
    type Error = Error;
    fn try_from(parts: Parts) -> Result<Self> {
        Self::new(parts.first, parts.second)
    }
}

impl SegmentProduct {
    /// Of two segmentations.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] if the pairs cannot be numbered.
    ///
    /// # Example
    ///
    /// See [`SegmentProduct`].
    pub fn new(first: Segmentation, second: Segmentation) -> Result<Self> {
        let pairs = first.segments().len().checked_mul(second.segments().len());
        let pairs = pairs.filter(|&pairs| u32::try_from(pairs).is_ok_and(|pairs| pairs < NOWHERE));
        let pairs = pairs.ok_or(Error::Overflow {
            what: "pairs of segments; multiply segmentations of fewer segments".into(),
        })?;
        let mut segments = Vec::with_capacity(pairs);
        for one in first.segments() {
            for other in second.segments() {
                segments.push(Segment {
                    id: SegmentId(number(segments.len()) + 1),
                    name: format!("{}, {}", one.name, other.name),
                });
            }
        }
        Ok(Self {
            first,
            second,
            segments,
        })
    }

    /// The first of the two.
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let of = |name, k| SegmentationParams::new(name, KMeansParams::new(k)).fit(&features, day);
    /// let product = SegmentProduct::new(of("needs", 2)?, of("value", 3)?)?;
    /// assert_eq!(product.first().name(), "needs");
    /// assert_eq!(product.second().name(), "value");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn first(&self) -> &Segmentation {
        &self.first
    }

    /// The second of the two.
    ///
    /// # Example
    ///
    /// See [`first`](Self::first).
    pub fn second(&self) -> &Segmentation {
        &self.second
    }

    /// The pairs: for each segment of the first all of the second.
    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(super) fn place(&self, features: &Features) -> Result<Placed> {
        let first = self.first.places(features)?;
        let second = self.second.places(features)?;
        let width = number(self.second.segments().len());
        let pair = |(&one, &other): (&u32, &u32)| match (one, other) {
            (NOWHERE, _) | (_, NOWHERE) => NOWHERE,
            (one, other) => one * width + other,
        };
        Ok(Placed::decided(
            first.iter().zip(&second).map(pair).collect(),
        ))
    }
}

/// A place among pairs, of which there are fewer than `u32::MAX`.
fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(NOWHERE)
}
