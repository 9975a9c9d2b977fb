//! New segments under the numbers of the old ones.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{assignment::largest_gain, overlap::OverlapCounts};
use crate::{
    Error, Result,
    data::{Assignments, Segment, SegmentId},
    migration::states,
    persist,
};

/// Jaccard indices are compared in parts of 2^40, in whole numbers, so that equal ones are equal.
const PARTS: u128 = 1 << 40;

/// What the sum over all pairs is made of.
///
/// # Example
///
/// See [`AlignmentParams::measure`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OverlapMeasure {
    /// The customers in both: as few as possible change their segment by a change of labels.
    #[default]
    Customers,
    /// The Jaccard index: all pairs count alike, whatever their size.
    Jaccard,
}

/// How segments of two segmentations are paired.
///
/// # Example
///
/// ```
/// use custometry::{data::*, migration::{AlignmentParams, OverlapCounts}};
///
/// let day = date_of_day(0).unwrap();
/// let segment = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
/// let rows = |ids: [u32; 6]| ids.map(|id| Some(SegmentId(id))).to_vec();
/// let old = vec![segment(1, "regular"), segment(2, "occasional")];
/// let old = Assignments::new("v1", day, old, rows([1, 1, 1, 2, 2, 2]))?;
/// // A new fit has numbered its clusters the other way round, and found a third.
/// let new = vec![segment(1, "x"), segment(2, "y"), segment(3, "gifts")];
/// let new = Assignments::new("v2", day, new, rows([2, 2, 2, 1, 1, 3]))?;
///
/// let overlap = OverlapCounts::of_assignments(&old, &new)?;
/// let alignment = AlignmentParams::default().align(&overlap)?;
/// let aligned = alignment.apply(&new)?;
/// assert_eq!(aligned.scheme(), "v1");
/// assert_eq!(aligned.name_of(0), Some("regular"));
/// assert_eq!((aligned.get(3), aligned.name_of(5)), (Some(SegmentId(2)), Some("gifts")));
/// // The old ones know the fresh segment too: the two can be compared.
/// assert_eq!(alignment.apply(&old)?.segments(), aligned.segments());
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlignmentParams {
    measure: OverlapMeasure,
    threshold: f64,
}

impl Default for AlignmentParams {
    fn default() -> Self {
        Self {
            measure: OverlapMeasure::default(),
            threshold: 0.5,
        }
    }
}

/// An old and a new segment that are one, and why.
///
/// # Example
///
/// ```
/// # use custometry::{data::*, migration::{AlignmentParams, OverlapCounts}};
/// # let day = date_of_day(0).unwrap();
/// # let segment = |id| Segment { id: SegmentId(id), name: id.to_string() };
/// # let rows = |ids: [u32; 6]| ids.map(|id| Some(SegmentId(id))).to_vec();
/// # let old = Assignments::new("v1", day, vec![segment(1), segment(2)], rows([1, 1, 1, 1, 2, 2]))?;
/// # let new = Assignments::new("v2", day, vec![segment(8), segment(9)], rows([8, 8, 8, 9, 9, 9]))?;
/// let overlap = OverlapCounts::of_assignments(&old, &new)?; // rows 3, 1 and 0, 2
/// let alignment = AlignmentParams::default().align(&overlap)?;
/// let pair = &alignment.pairs()[0];
/// assert_eq!((pair.old, pair.new), (SegmentId(1), SegmentId(8)));
/// assert_eq!((pair.customers, pair.old_customers, pair.new_customers), (3, 4, 3));
/// assert_eq!(pair.jaccard, 0.75);
/// assert!((pair.margin - (0.75 - 1.0 / 6.0)).abs() < 1e-15);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct AlignedPair {
    /// The old segment.
    pub old: SegmentId,
    /// The new segment.
    pub new: SegmentId,
    /// The customers in both.
    pub customers: u64,
    /// The customers of the old segment that have a new one.
    pub old_customers: u64,
    /// The customers of the new segment that had an old one.
    pub new_customers: u64,
    /// The Jaccard index of the pair.
    pub jaccard: f64,
    /// The Jaccard index less that of the best rival; below 0 where the sum over all pairs gains by
    /// passing over the best rival.
    pub margin: f64,
}

impl AlignedPair {
    /// Whether the numbers are such as [`AlignmentParams::align`] gives.
    fn is_sound(&self) -> bool {
        let lone = self.new_customers.checked_sub(self.customers);
        let united = lone.and_then(|lone| self.old_customers.checked_add(lone));
        let Some(united) = united.filter(|_| self.old_customers >= self.customers) else {
            return false;
        };
        // The best rival has an index from 0 to 1.
        self.customers > 0
            && self.jaccard.to_bits() == (self.customers as f64 / united as f64).to_bits()
            && (self.jaccard - 1.0..=self.jaccard).contains(&self.margin)
    }
}

impl AlignmentParams {
    /// What the sum over all pairs is made of; customers at first.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::migration::{AlignmentParams, OverlapMeasure};
    /// let params = AlignmentParams::default().measure(OverlapMeasure::Jaccard);
    /// assert_ne!(params, AlignmentParams::default());
    /// ```
    pub fn measure(mut self, measure: OverlapMeasure) -> Self {
        self.measure = measure;
        self
    }

    /// The Jaccard index that a pair must reach, from 0 to 1; .5 at first. Pairs without a common
    /// customer never hold.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::migration::AlignmentParams;
    /// assert_ne!(AlignmentParams::default().threshold(0.3), AlignmentParams::default());
    /// ```
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    /// Pairs old and new segments.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a threshold outside 0 to 1, or two schemes of one name; [`Error::NotEnoughData`] if no
    /// customer has a segment in both; [`Error::Overflow`] if there are no numbers left for fresh
    /// segments.
    ///
    /// # Example
    ///
    /// See [`AlignmentParams`].
    pub fn align(&self, overlap: &OverlapCounts) -> Result<Alignment> {
        if self.threshold.is_nan() || !(0.0..=1.0).contains(&self.threshold) {
            let expected = "a share from 0 to 1";
            return Err(Error::parameter("threshold", self.threshold, expected));
        }
        differ(overlap.old_scheme(), overlap.new_scheme())?;
        let (old, new) = (overlap.old_segments(), overlap.new_segments());
        let (rows, columns) = (overlap.row_totals(), overlap.column_totals());
        if rows.iter().all(|&total| total == 0) {
            return Err(Error::NotEnoughData {
                what: "customers with a segment in both".into(),
                needed: 1,
                found: 0,
            });
        }
        let cells = overlap.cells();
        let width = new.len();
        let united =
            |row: usize, column: usize| rows[row] + (columns[column] - cells[row * width + column]);
        let jaccard = |row: usize, column: usize| match cells[row * width + column] {
            0 => 0.0,
            common => common as f64 / united(row, column) as f64,
        };
        let parts = |cell: usize| match cells[cell] {
            0 => 0,
            common => {
                let of = u128::from(united(cell / width, cell % width));
                u64::try_from(u128::from(common) * PARTS / of).unwrap_or(u64::MAX)
            }
        };
        let chosen = match self.measure {
            OverlapMeasure::Customers => largest_gain(cells, old.len(), width),
            OverlapMeasure::Jaccard => {
                let gains: Vec<u64> = (0..cells.len()).map(parts).collect();
                largest_gain(&gains, old.len(), width)
            }
        };
        let mut pairs = Vec::new();
        for (row, column) in chosen.into_iter().enumerate() {
            let Some(column) = column else { continue };
            let index = jaccard(row, column);
            if cells[row * width + column] == 0 || index < self.threshold {
                continue;
            }
            let of_row = (0..width)
                .filter(|&at| at != column)
                .map(|at| jaccard(row, at));
            let of_column = (0..old.len())
                .filter(|&at| at != row)
                .map(|at| jaccard(at, column));
            pairs.push(AlignedPair {
                old: old[row].id,
                new: new[column].id,
                customers: cells[row * width + column],
                old_customers: rows[row],
                new_customers: columns[column],
                jaccard: index,
                margin: index - of_row.chain(of_column).fold(0.0, f64::max),
            });
        }
        Ok(Alignment {
            fresh: fresh(old, new, &pairs)?,
            old_scheme: overlap.old_scheme().to_owned(),
            new_scheme: overlap.new_scheme().to_owned(),
            old: old.to_vec(),
            new: new.to_vec(),
            pairs,
        })
    }
}

/// `Ok` if two schemes have two names.
fn differ(old: &str, new: &str) -> Result<()> {
    if old != new {
        return Ok(());
    }
    let expected =
        "a name that tells it from the old one: segments of one scheme need no alignment";
    Err(Error::parameter(
        "scheme of the new segments",
        new,
        expected,
    ))
}

/// Segments beside the old ones for the new ones without a pair: numbers above all old ones, and the
/// names of the new ones, with a count where the name is taken.
fn fresh(old: &[Segment], new: &[Segment], pairs: &[AlignedPair]) -> Result<Vec<Segment>> {
    let mut highest = old.iter().map(|segment| segment.id.0).max().unwrap_or(0);
    let mut taken: HashSet<String> = old.iter().map(|segment| segment.name.clone()).collect();
    let mut fresh = Vec::new();
    for segment in new
        .iter()
        .filter(|s| pairs.iter().all(|pair| pair.new != s.id))
    {
        highest = highest.checked_add(1).ok_or_else(|| Error::Overflow {
            what: "no number above 4294967295 for a fresh segment; number the old ones lower"
                .into(),
        })?;
        let mut name = segment.name.clone();
        let mut count = 2u32;
        while !taken.insert(name.clone()) {
            name = format!("{} ({count})", segment.name);
            count += 1;
        }
        let id = SegmentId(highest);
        fresh.push(Segment { id, name });
    }
    Ok(fresh)
}

/// Which new segment is which old one: brings assignments of both segmentations under one scheme,
/// that of the old one. New segments without a pair are fresh segments there.
///
/// # Example
///
/// See [`AlignmentParams`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Alignment {
    old_scheme: String,
    new_scheme: String,
    old: Vec<Segment>,
    new: Vec<Segment>,
    pairs: Vec<AlignedPair>,
    /// For the new segments without a pair, in their order.
    fresh: Vec<Segment>,
}

/// How an alignment is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    old_scheme: String,
    new_scheme: String,
    old: Vec<Segment>,
    new: Vec<Segment>,
    pairs: Vec<AlignedPair>,
    fresh: Vec<Segment>,
}

impl TryFrom<Fields> for Alignment {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        differ(&fields.old_scheme, &fields.new_scheme)?;
        states::check(&fields.old)?;
        states::check(&fields.new)?;
        let mut before = None;
        for (row, pair) in fields.pairs.iter().enumerate() {
            let place = states::place(&fields.old, pair.old)?;
            states::place(&fields.new, pair.new)?;
            let same = |other: &AlignedPair| other.old == pair.old || other.new == pair.new;
            if let Some(first_row) = fields.pairs[..row].iter().position(same) {
                return Err(Error::DuplicateKey {
                    key: format!("pair {}-{}", pair.old.0, pair.new.0).into(),
                    first_row,
                    row,
                });
            }
            if !pair.is_sound() {
                let reason = "its evidence contradicts itself";
                return Err(Error::value("pairs", row, reason));
            }
            if before.is_some_and(|before| before >= place) {
                let reason = "pairs do not stand in the order of the old segments";
                return Err(Error::value("pairs", row, reason));
            }
            before = Some(place);
        }
        if fields.fresh != fresh(&fields.old, &fields.new, &fields.pairs)? {
            return Err(Error::parameter(
                "fresh segments",
                fields.fresh.len(),
                "one for each new segment without a pair, above all old ones",
            ));
        }
        Ok(Self {
            old_scheme: fields.old_scheme,
            new_scheme: fields.new_scheme,
            old: fields.old,
            new: fields.new,
            pairs: fields.pairs,
            fresh: fields.fresh,
        })
    }
}

impl From<Alignment> for Fields {
    fn from(alignment: Alignment) -> Self {
        Self {
            old_scheme: alignment.old_scheme,
            new_scheme: alignment.new_scheme,
            old: alignment.old,
            new: alignment.new,
            pairs: alignment.pairs,
            fresh: alignment.fresh,
        }
    }
}

impl persist::sealed::Sealed for Alignment {}
impl persist::Persist for Alignment {
    const FORMAT: &'static str = "custometry/alignment";
    const VERSION: u32 = 1;
}

impl Alignment {
    /// The old and new segments that are one, in the order of the old ones.
    ///
    /// # Example
    ///
    /// See [`AlignedPair`].
    pub fn pairs(&self) -> &[AlignedPair] {
        &self.pairs
    }

    /// The definition that both are brought under.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, migration::{AlignmentParams, OverlapCounts}};
    /// # let day = date_of_day(0).unwrap();
    /// # let segment = |id| Segment { id: SegmentId(id), name: id.to_string() };
    /// # let rows = |ids: [u32; 4]| ids.map(|id| Some(SegmentId(id))).to_vec();
    /// # let old = Assignments::new("v1", day, vec![segment(1), segment(2)], rows([1, 1, 2, 2]))?;
    /// # let new = Assignments::new("v2", day, vec![segment(8), segment(9)], rows([8, 8, 8, 9]))?;
    /// let overlap = OverlapCounts::of_assignments(&old, &new)?;
    /// let alignment = AlignmentParams::default().threshold(0.6).align(&overlap)?;
    /// assert_eq!((alignment.old_scheme(), alignment.new_scheme()), ("v1", "v2"));
    /// assert_eq!(alignment.unmatched_old().count(), 1); // 2 and 9 share half only
    /// let (new, fresh) = alignment.unmatched_new().next().unwrap();
    /// assert_eq!((new.id, fresh.id), (SegmentId(9), SegmentId(3)));
    /// assert_eq!(alignment.segments().len(), 3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn old_scheme(&self) -> &str {
        &self.old_scheme
    }

    /// The definition that is brought under the old one.
    ///
    /// # Example
    ///
    /// See [`old_scheme`](Self::old_scheme).
    pub fn new_scheme(&self) -> &str {
        &self.new_scheme
    }

    /// The old segments, in order.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, migration::*};
    ///
    /// let day = date_of_day(0).unwrap();
    /// let segment = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let rows = || vec![Some(SegmentId(1))];
    /// let old = Assignments::new("v1", day, vec![segment(1, "loyal")], rows())?;
    /// let new = Assignments::new("v2", day, vec![segment(1, "often")], rows())?;
    /// let overlap = OverlapCounts::of_assignments(&old, &new)?;
    /// let alignment = AlignmentParams::default().align(&overlap)?;
    /// assert_eq!(alignment.old_segments()[0].name, "loyal");
    /// assert_eq!(alignment.new_segments()[0].name, "often");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn old_segments(&self) -> &[Segment] {
        &self.old
    }

    /// The new segments, in order.
    ///
    /// # Example
    ///
    /// See [`old_segments`](Self::old_segments).
    pub fn new_segments(&self) -> &[Segment] {
        &self.new
    }

    /// The old segments without a pair.
    ///
    /// # Example
    ///
    /// See [`old_scheme`](Self::old_scheme).
    pub fn unmatched_old(&self) -> impl Iterator<Item = &Segment> {
        let paired = |id| self.pairs.iter().any(|pair| pair.old == id);
        self.old.iter().filter(move |segment| !paired(segment.id))
    }

    /// The new segments without a pair, each with the fresh segment that it becomes.
    ///
    /// # Example
    ///
    /// See [`old_scheme`](Self::old_scheme).
    pub fn unmatched_new(&self) -> impl Iterator<Item = (&Segment, &Segment)> {
        let paired = |id| self.pairs.iter().any(|pair| pair.new == id);
        let lone = self.new.iter().filter(move |segment| !paired(segment.id));
        lone.zip(&self.fresh)
    }

    /// The segments of both under one scheme: the old ones, then the fresh ones.
    ///
    /// # Example
    ///
    /// See [`old_scheme`](Self::old_scheme).
    pub fn segments(&self) -> Vec<Segment> {
        self.old.iter().chain(&self.fresh).cloned().collect()
    }

    /// The number under the common scheme of a new segment; `None` if it is not among the new ones.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, migration::{AlignmentParams, OverlapCounts}};
    /// # let day = date_of_day(0).unwrap();
    /// # let segment = |id| Segment { id: SegmentId(id), name: id.to_string() };
    /// # let old = Assignments::new("v1", day, vec![segment(1)], vec![Some(SegmentId(1))])?;
    /// # let new = Assignments::new("v2", day, vec![segment(8)], vec![Some(SegmentId(8))])?;
    /// let alignment = AlignmentParams::default().align(&OverlapCounts::of_assignments(&old, &new)?)?;
    /// assert_eq!(alignment.becomes(SegmentId(8)), Some(SegmentId(1)));
    /// assert_eq!(alignment.becomes(SegmentId(1)), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn becomes(&self, new: SegmentId) -> Option<SegmentId> {
        let paired = self.pairs.iter().find(|pair| pair.new == new);
        paired.map(|pair| pair.old).or_else(|| {
            let mut lone = self.unmatched_new();
            lone.find(|(segment, _)| segment.id == new)
                .map(|(_, fresh)| fresh.id)
        })
    }

    /// Brings assignments of the old or the new scheme under the common one, with
    /// [`segments`](Self::segments).
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] for assignments of another scheme, or with other segments.
    ///
    /// # Example
    ///
    /// See [`AlignmentParams`].
    pub fn apply(&self, assignments: &Assignments) -> Result<Assignments> {
        let known = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
        let common = self.segments();
        let moved: Vec<u32> = if assignments.scheme() == self.old_scheme {
            states::same(&self.old, assignments.segments())?;
            (0..self.old.len()).map(known).collect()
        } else if assignments.scheme() == self.new_scheme {
            states::same(&self.new, assignments.segments())?;
            let new = self.new.iter().map(|segment| self.becomes(segment.id));
            let place = |id: SegmentId| states::place(&common, id).map(known);
            new.map(|id| id.map_or(Ok(u32::MAX), place))
                .collect::<Result<_>>()?
        } else {
            return Err(Error::VersionMismatch {
                what: "the scheme of the assignments",
                expected: format!("{} or {}", self.old_scheme, self.new_scheme).into(),
                found: assignments.scheme().into(),
            });
        };
        let place = |row: usize| {
            assignments
                .place(row)
                .map_or(u32::MAX, |place| moved[place])
        };
        let places = (0..assignments.len()).map(place).collect();
        let scheme = self.old_scheme.clone();
        Ok(Assignments::from_places(
            scheme,
            assignments.as_of(),
            common,
            places,
        ))
    }
}
