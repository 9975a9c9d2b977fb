//! Names for codes.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::MAX_BINS;
use crate::{
    Error, Result,
    data::{Segment, SegmentId},
    persist,
};

/// A segment and the scores that belong to it, all three ranges together.
///
/// # Example
///
/// ```
/// use custometry::{data::SegmentId, value::SegmentRule};
/// let best = SegmentRule::new(SegmentId(1), "Best", 4..=5, 4..=5, 1..=5);
/// assert!(best.covers([5, 4, 1]) && !best.covers([3, 4, 1]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRule {
    segment: Segment,
    ranges: [RangeInclusive<u8>; 3],
}

impl SegmentRule {
    /// A segment by ranges of the recency, frequency and money scores.
    ///
    /// # Example
    ///
    /// See [`SegmentRule`].
    pub fn new(
        id: SegmentId,
        name: &str,
        recency: RangeInclusive<u8>,
        frequency: RangeInclusive<u8>,
        monetary: RangeInclusive<u8>,
    ) -> Self {
        Self {
            segment: Segment {
                id,
                name: name.to_owned(),
            },
            ranges: [recency, frequency, monetary],
        }
    }

    /// Whether three scores belong to the segment.
    ///
    /// # Example
    ///
    /// See [`SegmentRule`].
    pub fn covers(&self, scores: [u8; 3]) -> bool {
        self.ranges
            .iter()
            .zip(&scores)
            .all(|(range, score)| range.contains(score))
    }
}

/// A map from every code to exactly one named segment, and a segment for
/// customers without a purchase.
///
/// # Example
///
/// ```
/// use custometry::{data::SegmentId, value::{SegmentMap, SegmentRule}};
///
/// let rule = |id, name, recency| SegmentRule::new(SegmentId(id), name, recency, 1..=2, 1..=1);
/// let map = SegmentMap::new(
///     "recent or not v1",
///     [3, 2, 1],
///     vec![rule(1, "Recent", 3..=3), rule(2, "Not recent", 1..=2)],
///     (SegmentId(0), "No purchase"),
/// )?;
/// assert_eq!(map.segment([3, 1, 1]), SegmentId(1));
///
/// // A gap or an overlap is an error that names the code.
/// let gap = SegmentMap::new("v2", [3, 2, 1], vec![rule(1, "Recent", 3..=3)], (SegmentId(0), "None"));
/// assert!(gap.unwrap_err().to_string().contains("code 111 belongs to no segment"));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "MapFields", into = "MapFields")]
pub struct SegmentMap {
    scheme: String,
    bins: [usize; 3],
    /// The segments; the last is that of customers without a purchase.
    segments: Vec<Segment>,
    /// For each code, recency slowest, a place in `segments`.
    places: Vec<u8>,
}

impl SegmentMap {
    /// A map by rules.
    ///
    /// `bins` are those of recency, frequency and money. Each code must be
    /// covered by exactly one rule. `scheme` names the map and its version.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for bins outside 1 to 9, more than 255 rules,
    /// or a code that no rule covers or two do; [`Error::DuplicateKey`] for a
    /// segment number given twice.
    ///
    /// # Example
    ///
    /// See [`SegmentMap`].
    pub fn new(
        scheme: &str,
        bins: [usize; 3],
        rules: Vec<SegmentRule>,
        no_purchase: (SegmentId, &str),
    ) -> Result<Self> {
        Self::by_rules(scheme, bins, rules, no_purchase, |scores| scores)
    }

    /// The segments in common use, by recency and frequency:
    ///
    /// ```text
    ///          F1             F2                  F3                  F4         F5
    /// R5       New            Potential loyalist  Potential loyalist  Champions  Champions
    /// R4       Promising      Potential loyalist  Potential loyalist  Loyal      Loyal
    /// R3       About to sleep About to sleep      Need attention      Loyal      Loyal
    /// R2, R1   Hibernating    Hibernating         At risk             At risk    Can't lose
    /// ```
    ///
    /// There is no standard; this is the map most often copied. For k bins other
    /// than 5 the score s is read as ceil(5 s / k), so the best stays the best.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for bins outside 1 to 9.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::SegmentMap;
    /// let map = SegmentMap::standard([5, 5, 5])?;
    /// assert_eq!(map.name([5, 5, 1]), "Champions");
    /// assert_eq!(map.name([1, 5, 5]), "Can't lose");
    /// assert_eq!(map.name([0, 0, 0]), "No purchase");
    /// assert_eq!(SegmentMap::standard([3, 3, 1])?.name([3, 3, 1]), "Champions");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn standard(bins: [usize; 3]) -> Result<Self> {
        let rule = |id, name, recency, frequency| {
            SegmentRule::new(SegmentId(id), name, recency, frequency, 1..=5)
        };
        let rules = vec![
            rule(1, "Champions", 5..=5, 4..=5),
            rule(2, "Loyal", 3..=4, 4..=5),
            rule(3, "Potential loyalist", 4..=5, 2..=3),
            rule(4, "New", 5..=5, 1..=1),
            rule(5, "Promising", 4..=4, 1..=1),
            rule(6, "Need attention", 3..=3, 3..=3),
            rule(7, "About to sleep", 3..=3, 1..=2),
            rule(8, "At risk", 1..=2, 3..=4),
            rule(9, "Can't lose", 1..=2, 5..=5),
            rule(10, "Hibernating", 1..=2, 1..=2),
        ];
        let none = (SegmentId(0), "No purchase");
        let fifths = |scores: [u8; 3]| {
            let mut read = scores;
            for (score, bins) in read.iter_mut().zip(bins) {
                let fifth = (usize::from(*score) * 5).div_ceil(bins.max(1));
                *score = u8::try_from(fifth).unwrap_or(5);
            }
            read
        };
        Self::by_rules("rfm standard v1", bins, rules, none, fifths)
    }

    fn by_rules(
        scheme: &str,
        bins: [usize; 3],
        rules: Vec<SegmentRule>,
        no_purchase: (SegmentId, &str),
        read: impl Fn([u8; 3]) -> [u8; 3],
    ) -> Result<Self> {
        check_bins(bins)?;
        let mut places = Vec::with_capacity(bins.iter().product());
        for scores in codes(bins) {
            let covering = |(_, rule): &(u8, &SegmentRule)| rule.covers(read(scores));
            let mut matching = (0u8..).zip(&rules).filter(covering);
            let refused = |found: String| {
                let [r, f, m] = scores;
                let found = format!("incomplete or overlapping: code {r}{f}{m} belongs to {found}");
                Error::parameter("segment map", found, "every code in exactly one segment")
            };
            let Some((place, rule)) = matching.next() else {
                return Err(refused("no segment".into()));
            };
            if let Some((_, other)) = matching.next() {
                let (name, other) = (&rule.segment.name, &other.segment.name);
                return Err(refused(format!("{name} and to {other}")));
            }
            places.push(place);
        }
        let (id, name) = no_purchase;
        let none = Segment {
            id,
            name: name.to_owned(),
        };
        let segments = rules
            .into_iter()
            .map(|rule| rule.segment)
            .chain([none])
            .collect();
        Self::try_from(MapFields {
            scheme: scheme.to_owned(),
            bins,
            segments,
            places,
        })
    }

    /// The name of the map and its version.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::SegmentMap;
    /// assert_eq!(SegmentMap::standard([5, 5, 5])?.scheme(), "rfm standard v1");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The numbers of bins of recency, frequency and money that it maps.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::SegmentMap;
    /// assert_eq!(SegmentMap::standard([5, 3, 1])?.bins(), [5, 3, 1]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn bins(&self) -> [usize; 3] {
        self.bins
    }

    /// The segments; the last is that of customers without a purchase.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::value::SegmentMap;
    /// assert_eq!(SegmentMap::standard([5, 5, 5])?.segments().len(), 11);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The segment of three scores. Scores outside the bins, such as the zeros
    /// of a customer without a purchase, belong to the last segment.
    ///
    /// # Example
    ///
    /// See [`SegmentMap`].
    pub fn segment(&self, scores: [u8; 3]) -> SegmentId {
        self.at(scores).map_or(SegmentId(0), |segment| segment.id)
    }

    /// The name of the segment of three scores.
    ///
    /// # Example
    ///
    /// See [`SegmentMap::standard`].
    pub fn name(&self, scores: [u8; 3]) -> &str {
        self.at(scores).map_or("", |segment| &segment.name)
    }

    /// The place of the segment of three scores among the segments.
    pub(crate) fn place(&self, scores: [u8; 3]) -> u32 {
        let last = self.segments.len().saturating_sub(1);
        let place = self.code(scores).map(|code| u32::from(self.places[code]));
        // At most 256 segments.
        place.unwrap_or_else(|| u32::try_from(last).unwrap_or(0))
    }

    /// Always some segment: there is at least that of no purchase.
    fn at(&self, scores: [u8; 3]) -> Option<&Segment> {
        self.segments.get(self.place(scores) as usize)
    }

    /// The place of three scores among all codes; `None` outside the bins.
    fn code(&self, scores: [u8; 3]) -> Option<usize> {
        let mut code = Some(0usize);
        for (score, bins) in scores.into_iter().zip(self.bins) {
            let digit = usize::from(score)
                .checked_sub(1)
                .filter(|&digit| digit < bins);
            code = code.zip(digit).map(|(code, digit)| code * bins + digit);
        }
        code
    }
}

/// All codes, in the order of `SegmentMap::places`.
fn codes(bins: [usize; 3]) -> impl Iterator<Item = [u8; 3]> {
    let upto = |bins: usize| 1..=u8::try_from(bins).unwrap_or(MAX_BINS);
    let [r, f, m] = bins;
    upto(r).flat_map(move |r| upto(f).flat_map(move |f| upto(m).map(move |m| [r, f, m])))
}

fn check_bins(bins: [usize; 3]) -> Result<()> {
    if bins
        .iter()
        .all(|bins| (1..=usize::from(MAX_BINS)).contains(bins))
    {
        return Ok(());
    }
    Err(Error::parameter(
        "bins",
        format!("{bins:?}"),
        "1 to 9 bins for each measure",
    ))
}

impl persist::sealed::Sealed for SegmentMap {}
impl persist::Persist for SegmentMap {
    const FORMAT: &'static str = "custometry/segment-map";
    const VERSION: u32 = 1;
}

/// How a map is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MapFields {
    scheme: String,
    bins: [usize; 3],
    segments: Vec<Segment>,
    places: Vec<u8>,
}

impl From<SegmentMap> for MapFields {
    fn from(map: SegmentMap) -> Self {
        Self {
            scheme: map.scheme,
            bins: map.bins,
            segments: map.segments,
            places: map.places,
        }
    }
}

impl TryFrom<MapFields> for SegmentMap {
    type Error = Error;
    fn try_from(fields: MapFields) -> Result<Self> {
        check_bins(fields.bins)?;
        let refused = |expected: &'static str| {
            let found = format!("of {} segments", fields.segments.len());
            Error::parameter("segment map", found, expected)
        };
        if fields.segments.is_empty() || fields.segments.len() > 256 {
            return Err(refused("1 to 255 segments and one for no purchase"));
        }
        Error::check_length("places", fields.bins.iter().product(), fields.places.len())?;
        // The last segment is not for codes.
        if fields
            .places
            .iter()
            .any(|&place| usize::from(place) + 1 >= fields.segments.len())
        {
            return Err(refused("codes that point to segments with a purchase"));
        }
        for (row, segment) in fields.segments.iter().enumerate() {
            let same = |other: &Segment| other.id == segment.id;
            if let Some(first) = fields.segments[..row].iter().position(same) {
                return Err(Error::DuplicateKey {
                    key: format!("segment {}", segment.id.0).into(),
                    first_row: first,
                    row,
                });
            }
        }
        Ok(Self {
            scheme: fields.scheme,
            bins: fields.bins,
            segments: fields.segments,
            places: fields.places,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_map_covers_every_code_for_any_bins() {
        for r in 1..=9 {
            for f in 1..=9 {
                let map = SegmentMap::standard([r, f, 2]).unwrap();
                for scores in codes([r, f, 2]) {
                    assert_ne!(map.segment(scores), SegmentId(0), "{scores:?}");
                }
            }
        }
        for bins in [[0, 5, 5], [5, 10, 5]] {
            assert!(SegmentMap::standard(bins).is_err());
        }
    }

    #[test]
    fn the_standard_map_is_the_one_in_its_table() {
        let map = SegmentMap::standard([5, 5, 5]).unwrap();
        let rows = [
            [
                "Hibernating",
                "Hibernating",
                "At risk",
                "At risk",
                "Can't lose",
            ],
            [
                "Hibernating",
                "Hibernating",
                "At risk",
                "At risk",
                "Can't lose",
            ],
            [
                "About to sleep",
                "About to sleep",
                "Need attention",
                "Loyal",
                "Loyal",
            ],
            [
                "Promising",
                "Potential loyalist",
                "Potential loyalist",
                "Loyal",
                "Loyal",
            ],
            [
                "New",
                "Potential loyalist",
                "Potential loyalist",
                "Champions",
                "Champions",
            ],
        ];
        for (r, row) in (1..).zip(rows) {
            for (f, name) in (1..).zip(row) {
                for m in 1..=5 {
                    assert_eq!(map.name([r, f, m]), name, "R{r} F{f} M{m}");
                }
            }
        }
    }

    #[test]
    fn gaps_overlaps_and_repeated_numbers_are_refused() {
        let rule = |id, recency| SegmentRule::new(SegmentId(id), "x", recency, 1..=1, 1..=1);
        let none = (SegmentId(9), "none");
        let map = |rules| {
            SegmentMap::new("v1", [3, 1, 1], rules, none)
                .unwrap_err()
                .to_string()
        };
        assert!(map(vec![rule(1, 1..=2)]).contains("code 311 belongs to no segment"));
        let overlap = map(vec![rule(1, 1..=2), rule(2, 2..=3)]);
        assert!(
            overlap.contains("code 211 belongs to x and to x"),
            "{overlap}"
        );
        let twice = map(vec![rule(9, 1..=3)]);
        assert!(
            twice.contains("segment 9 occurs in row 0 and again in row 1"),
            "{twice}"
        );
    }

    #[test]
    fn saved_maps_come_back_and_are_checked() {
        let map = SegmentMap::standard([2, 2, 1]).unwrap();
        let text = persist::to_json(&map).unwrap();
        assert_eq!(persist::from_json::<SegmentMap>(&text).unwrap(), map);
        let start = text.find("\"places\":[").unwrap();
        let broken = format!("{}\"places\":[0,0,0,10]}}}}", &text[..start]);
        let error = persist::from_json::<SegmentMap>(&broken).unwrap_err();
        assert!(
            error.to_string().contains("segments with a purchase"),
            "{error}"
        );
    }
}
