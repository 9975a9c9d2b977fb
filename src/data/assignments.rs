//! Which segment each customer belongs to, on a day.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{Error, Result, persist};

/// The number of a segment within its scheme. It stays the same for the life
/// of the scheme: it names a kind of customer, not a place in a list.
///
/// # Example
///
/// ```
/// use custometry::data::SegmentId;
/// assert!(SegmentId(1) < SegmentId(2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SegmentId(pub u32);

/// A segment: its number and its name.
///
/// # Example
///
/// ```
/// use custometry::data::{Segment, SegmentId};
/// let best = Segment { id: SegmentId(1), name: "Champions".into() };
/// assert_eq!(best.name, "Champions");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// The stable number.
    pub id: SegmentId,
    /// The name for people.
    pub name: String,
}

/// The segment of each customer as of a day, under one named scheme.
///
/// Rows are in the order of the customers. A customer may have none. Two
/// assignments can be compared over time only if their schemes are equal.
///
/// # Example
///
/// ```
/// use chrono::NaiveDate;
/// use custometry::data::{Assignments, Segment, SegmentId};
///
/// let as_of = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
/// let segment = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
/// let assignments = Assignments::new(
///     "size v1",
///     as_of,
///     vec![segment(10, "small"), segment(20, "large")],
///     vec![Some(SegmentId(20)), None, Some(SegmentId(10)), Some(SegmentId(20))],
/// )?;
/// assert_eq!(assignments.counts(), [1, 2]);
/// assert_eq!(assignments.name_of(0), Some("large"));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Assignments {
    scheme: String,
    as_of: NaiveDate,
    segments: Vec<Segment>,
    /// For each customer a place in `segments`, or `NONE`.
    places: Vec<u32>,
}

const NONE: u32 = u32::MAX;

/// How assignments are saved: by number, not by place.
#[derive(Serialize, Deserialize)]
struct Fields {
    scheme: String,
    as_of: NaiveDate,
    segments: Vec<Segment>,
    rows: Vec<Option<SegmentId>>,
}

impl TryFrom<Fields> for Assignments {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        Self::new(&fields.scheme, fields.as_of, fields.segments, fields.rows)
    }
}

impl From<Assignments> for Fields {
    fn from(assignments: Assignments) -> Self {
        Self {
            rows: assignments.iter().collect(),
            scheme: assignments.scheme,
            as_of: assignments.as_of,
            segments: assignments.segments,
        }
    }
}

impl persist::sealed::Sealed for Assignments {}
impl persist::Persist for Assignments {
    const FORMAT: &'static str = "custometry/assignments";
    const VERSION: u32 = 1;
}

impl Assignments {
    /// Assignments of customers to the segments of a scheme.
    ///
    /// `scheme` names the definition and its version; assignments under other
    /// schemes are not comparable.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a blank scheme,
    /// [`Error::DuplicateKey`] for a segment number given twice,
    /// [`Error::InvalidValue`] for a row whose number is not among the segments.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Assignments, SegmentId, date_of_day};
    /// let day = date_of_day(0).unwrap();
    /// let error = Assignments::new("v1", day, vec![], vec![None, Some(SegmentId(3))]).unwrap_err();
    /// assert!(error.to_string().contains("row 1"));
    /// ```
    pub fn new(
        scheme: &str,
        as_of: NaiveDate,
        segments: Vec<Segment>,
        rows: Vec<Option<SegmentId>>,
    ) -> Result<Self> {
        if scheme.trim().is_empty() {
            return Err(Error::parameter(
                "scheme",
                format!("{scheme:?}"),
                "a name for the definition of the segments, with its version",
            ));
        }
        let place_of = |id| {
            segments
                .iter()
                .position(|segment: &Segment| segment.id == id)
        };
        for (at, segment) in segments.iter().enumerate() {
            let first = place_of(segment.id).unwrap_or(at);
            if first != at {
                return Err(Error::DuplicateKey {
                    key: format!("segment {}", segment.id.0).into(),
                    first_row: first,
                    row: at,
                });
            }
        }
        let place = |(row, id): (usize, Option<SegmentId>)| {
            let Some(id) = id else { return Ok(NONE) };
            let place = place_of(id).and_then(|place| u32::try_from(place).ok());
            place.ok_or_else(|| {
                let reason = format!("segment {} is not one of the scheme {scheme}", id.0);
                Error::value("segment", row, reason)
            })
        };
        let places = rows
            .into_iter()
            .enumerate()
            .map(place)
            .collect::<Result<_>>()?;
        Ok(Self {
            scheme: scheme.to_owned(),
            as_of,
            segments,
            places,
        })
    }

    /// As [`new`](Self::new), from sound parts: places in `segments`, `u32::MAX` for none.
    pub(crate) fn from_places(
        scheme: String,
        as_of: NaiveDate,
        segments: Vec<Segment>,
        places: Vec<u32>,
    ) -> Self {
        Self {
            scheme,
            as_of,
            segments,
            places,
        }
    }

    pub(crate) fn into_places(self) -> Vec<u32> {
        self.places
    }

    /// The number of customers, with or without a segment.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Assignments, date_of_day};
    /// let nobody = Assignments::new("v1", date_of_day(0).unwrap(), vec![], vec![None])?;
    /// assert_eq!(nobody.len(), 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are no customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Assignments, date_of_day};
    /// assert!(Assignments::new("v1", date_of_day(0).unwrap(), vec![], vec![])?.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The definition of the segments, and its version.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Assignments, date_of_day};
    /// let nobody = Assignments::new("v1", date_of_day(0).unwrap(), vec![], vec![])?;
    /// assert_eq!(nobody.scheme(), "v1");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The day for which the assignments hold, at its end.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Assignments, date_of_day};
    /// let nobody = Assignments::new("v1", date_of_day(0).unwrap(), vec![], vec![])?;
    /// assert_eq!(nobody.as_of().to_string(), "1970-01-01");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn as_of(&self) -> NaiveDate {
        self.as_of
    }

    /// The segments of the scheme, also those that nobody is in.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Assignments, date_of_day};
    /// let nobody = Assignments::new("v1", date_of_day(0).unwrap(), vec![], vec![])?;
    /// assert!(nobody.segments().is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The segment of a customer; `None` if there is none.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Assignments, date_of_day};
    /// let nobody = Assignments::new("v1", date_of_day(0).unwrap(), vec![], vec![None])?;
    /// assert_eq!(nobody.get(0), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn get(&self, row: usize) -> Option<SegmentId> {
        self.segment_of(row).map(|segment| segment.id)
    }

    /// The name of a customer's segment; `None` if there is none.
    ///
    /// # Example
    ///
    /// See [`Assignments`].
    pub fn name_of(&self, row: usize) -> Option<&str> {
        self.segment_of(row).map(|segment| segment.name.as_str())
    }

    fn segment_of(&self, row: usize) -> Option<&Segment> {
        self.segments.get(self.place(row)?)
    }

    /// The place of a customer's segment among [`segments`](Self::segments).
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Assignments, Segment, SegmentId, date_of_day};
    /// let segments = vec![Segment { id: SegmentId(9), name: "all".into() }];
    /// let rows = vec![Some(SegmentId(9)), None];
    /// let all = Assignments::new("v1", date_of_day(0).unwrap(), segments, rows)?;
    /// assert_eq!((all.place(0), all.place(1)), (Some(0), None));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn place(&self, row: usize) -> Option<usize> {
        let place = self.places.get(row).copied()?;
        (place != NONE).then_some(place as usize)
    }

    /// The segment of each customer, in order.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Assignments, date_of_day};
    /// let nobody = Assignments::new("v1", date_of_day(0).unwrap(), vec![], vec![None, None])?;
    /// assert_eq!(nobody.iter().flatten().count(), 0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<SegmentId>> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// How many customers are in each of [`segments`](Self::segments).
    ///
    /// # Example
    ///
    /// See [`Assignments`].
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.segments.len()];
        for row in 0..self.len() {
            if let Some(place) = self.place(row) {
                counts[place] += 1;
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::date_of_day;

    fn segment(id: u32) -> Segment {
        Segment {
            id: SegmentId(id),
            name: format!("segment {id}"),
        }
    }

    #[test]
    fn saved_assignments_come_back_and_are_checked() {
        let as_of = date_of_day(100).unwrap();
        let rows = vec![Some(SegmentId(5)), None, Some(SegmentId(2))];
        let made = Assignments::new("v1", as_of, vec![segment(5), segment(2)], rows).unwrap();
        let text = persist::to_json(&made).unwrap();
        assert_eq!(persist::from_json::<Assignments>(&text).unwrap(), made);
        let broken = text.replace("[5,null,2]", "[5,null,3]");
        let error = persist::from_json::<Assignments>(&broken).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("segment 3 is not one of the scheme v1")
        );
    }

    #[test]
    fn a_scheme_is_named_and_its_numbers_are_unique() {
        let as_of = date_of_day(0).unwrap();
        assert!(Assignments::new(" ", as_of, vec![], vec![]).is_err());
        let twice = Assignments::new("v1", as_of, vec![segment(1), segment(1)], vec![]);
        assert!(
            twice
                .unwrap_err()
                .to_string()
                .contains("segment 1 occurs in row 0")
        );
    }
}
