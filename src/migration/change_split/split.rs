//! The parts of a change, customer by customer.

use std::ops::Range;

use serde::Serialize;

use super::matrix::{Cells, ChangeMatrix};
use crate::{
    Error, Result,
    data::{Assignments, Segment},
    migration::{alignment::Alignment, chunks::chunk_for, states},
    numeric::map_chunks,
};

/// How a change is split.
///
/// # Example
///
/// See [`ChangeSplit`].
#[derive(Debug, Clone, Copy, Default)]
pub struct ChangeSplitParams<'a> {
    alignment: Option<&'a Alignment>,
    rematched: Option<&'a [bool]>,
}

/// A change, split into its causes.
///
/// # Example
///
/// ```
/// use custometry::{data::*, migration::*};
///
/// let day = |day| date_of_day(day).unwrap();
/// let segments = || vec![
///     Segment { id: SegmentId(1), name: "small".into() },
///     Segment { id: SegmentId(2), name: "large".into() },
/// ];
/// let made = |on, ids: [u32; 6]| {
///     let rows = ids.map(|id| (id > 0).then_some(SegmentId(id))).to_vec();
///     Assignments::new("v1", day(on), segments(), rows)
/// };
/// let june = made(30, [1, 1, 2, 2, 1, 0])?;
/// let july = made(60, [1, 2, 2, 0, 2, 1])?; // by the definition of June
/// let rematched = [false, false, false, false, true, false];
/// let split = ChangeSplitParams::default().rematched(&rematched).split(&june, &july, &july)?;
///
/// // The definition was frozen: it moved nobody.
/// assert_eq!(split.definition.moved(), 0);
/// assert_eq!((split.behaviour.moved(), split.rematching.moved(), split.total.moved()), (3, 1, 4));
/// assert_eq!(split.behaviour.counts().cells().row(0).to_vec(), [1, 1]);
/// assert_eq!((split.behaviour.left(), split.behaviour.entered()), (&[0, 1][..], &[1, 0][..]));
/// assert_eq!((split.behaviour.outside(), split.behaviour.customers()), (0, 5));
/// assert_eq!(split.behaviour.net(SegmentId(2))?, 0);
/// assert_eq!(split.causes[4], ChangeCause::Rematching);
/// let large = &split.segments[1];
/// assert_eq!((large.before, large.behaviour, large.rematching, large.after), (2, 0, 1, 3));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChangeSplit {
    /// All customers, from the old definition on the first day to the new one on the second.
    pub total: ChangeMatrix,
    /// What behaviour did, by the old definition; without re-matched customers.
    pub behaviour: ChangeMatrix,
    /// What the definition did, on the second day; without re-matched customers.
    pub definition: ChangeMatrix,
    /// The total of re-matched customers alone.
    pub rematching: ChangeMatrix,
    /// How many customers there are of each cause.
    pub counts: ChangeCauses,
    /// For each segment how the causes add up, in order.
    pub segments: Vec<SegmentChange>,
    /// The cause of each customer, in order.
    #[serde(skip)]
    pub causes: Vec<ChangeCause>,
}

/// Why a customer is in another segment, or is not.
///
/// # Example
///
/// See [`ChangeSplit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeCause {
    /// Neither step moved the customer.
    Unchanged,
    /// Behaviour alone.
    Behaviour,
    /// The definition alone.
    Definition,
    /// Behaviour, and then the definition moved the customer further.
    Both,
    /// Behaviour, and then the definition moved the customer back: no movement in total.
    Cancelled,
    /// The records of the customer were put together otherwise, whether there was a movement or not.
    Rematching,
}

/// Customers by cause.
///
/// # Example
///
/// ```
/// # use custometry::{data::*, migration::*};
/// # let segments = ["a", "b"].iter().zip(1..).map(|(name, id)| Segment { id: SegmentId(id), name: (*name).into() });
/// # let segments: Vec<_> = segments.collect();
/// # let made = |ids: [u32; 4]| {
/// #     let rows = ids.map(|id| Some(SegmentId(id))).to_vec();
/// #     Assignments::new("v1", date_of_day(0).unwrap(), segments.clone(), rows)
/// # };
/// let (before, between, after) = (made([1, 1, 1, 1])?, made([1, 2, 1, 2])?, made([1, 2, 2, 1])?);
/// let counts = ChangeSplitParams::default().split(&before, &between, &after)?.counts;
/// assert_eq!((counts.unchanged, counts.behaviour, counts.definition, counts.cancelled), (1, 1, 1, 1));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct ChangeCauses {
    /// Neither step moved them.
    pub unchanged: u64,
    /// Behaviour alone moved them.
    pub behaviour: u64,
    /// The definition alone moved them.
    pub definition: u64,
    /// Both moved them, one after the other.
    pub both: u64,
    /// Both moved them, there and back.
    pub cancelled: u64,
    /// Their records were put together otherwise.
    pub rematched: u64,
    /// Of the re-matched those who moved.
    pub rematched_moved: u64,
}

/// How the change of one segment adds up: `after = before + behaviour + definition + rematching`.
///
/// # Example
///
/// See [`ChangeSplit`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SegmentChange {
    /// The segment.
    pub segment: Segment,
    /// Customers in it on the first day, by the old definition.
    pub before: u64,
    /// Net change by behaviour.
    pub behaviour: i64,
    /// Net change by the definition.
    pub definition: i64,
    /// Net change by re-matching.
    pub rematching: i64,
    /// Customers in it on the second day, by the new definition.
    pub after: u64,
}

/// The four matrices while they are counted, and the causes.
struct Counting {
    /// Total, behaviour, definition, re-matching.
    cells: [Cells; 4],
    causes: Vec<ChangeCause>,
}

impl<'a> ChangeSplitParams<'a> {
    /// Which new segment is which old one, where the new definition has a scheme of its own.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, migration::*};
    /// let day = date_of_day(0).unwrap();
    /// let segment = |id| vec![Segment { id: SegmentId(id), name: id.to_string() }];
    /// let old = Assignments::new("v1", day, segment(1), vec![Some(SegmentId(1))])?;
    /// let new = Assignments::new("v2", day, segment(8), vec![Some(SegmentId(8))])?;
    /// assert!(ChangeSplitParams::default().split(&old, &old, &new).is_err());
    /// let alignment = AlignmentParams::default().align(&OverlapCounts::of_assignments(&old, &new)?)?;
    /// let split = ChangeSplitParams::default().alignment(&alignment).split(&old, &old, &new)?;
    /// assert_eq!(split.total.moved(), 0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn alignment(mut self, alignment: &'a Alignment) -> Self {
        self.alignment = Some(alignment);
        self
    }

    /// For each customer whether the records were put together otherwise between the days, as
    /// [`rematched_customers`](super::rematched_customers) tells; nobody at first.
    ///
    /// # Example
    ///
    /// See [`ChangeSplit`].
    pub fn rematched(mut self, rematched: &'a [bool]) -> Self {
        self.rematched = Some(rematched);
        self
    }

    /// Splits the change of the same customers, in the same order: `before` is the old definition on
    /// the first day, `between` the old definition on the second day, `after` the new definition on the
    /// second day.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless all have as many customers; [`Error::VersionMismatch`] if
    /// `before` and `between` are of different schemes, or if schemes or segments differ and no alignment
    /// brings them together; [`Error::InvalidParameter`] if `between` and `after` are of different days,
    /// or of a day before that of `before`; [`Error::NotEnoughData`] without a segment.
    ///
    /// # Example
    ///
    /// See [`ChangeSplit`].
    pub fn split(
        &self,
        before: &Assignments,
        between: &Assignments,
        after: &Assignments,
    ) -> Result<ChangeSplit> {
        Error::check_length(
            "the old definition on the second day",
            before.len(),
            between.len(),
        )?;
        Error::check_length(
            "the new definition on the second day",
            before.len(),
            after.len(),
        )?;
        let rematched = self.rematched.unwrap_or_default();
        if self.rematched.is_some() {
            Error::check_length("rematched", before.len(), rematched.len())?;
        }
        if between.as_of() != after.as_of() {
            return Err(Error::parameter(
                "the day of the new definition",
                after.as_of(),
                format!(
                    "{}, the day of the old definition applied again",
                    between.as_of()
                ),
            ));
        }
        if before.as_of() > between.as_of() {
            return Err(Error::parameter(
                "the second day",
                between.as_of(),
                format!("{} or later, the first day", before.as_of()),
            ));
        }
        // An alignment would bring a new definition under the old scheme as well, and all movement
        // would pass for behaviour.
        if before.scheme() != between.scheme() {
            return Err(Error::VersionMismatch {
                what: "the scheme of the second assignments (apply the definition of the first day \
                       to the second)",
                expected: before.scheme().into(),
                found: between.scheme().into(),
            });
        }
        match self.alignment {
            None => split([before, between, after], rematched),
            Some(alignment) => {
                let [before, between, after] =
                    [before, between, after].map(|assignments| alignment.apply(assignments));
                split([&before?, &between?, &after?], rematched)
            }
        }
    }
}

fn split(of: [&Assignments; 3], rematched: &[bool]) -> Result<ChangeSplit> {
    let [before, between, after] = of;
    let segments = before.segments();
    states::check(segments)?;
    for other in [between, after] {
        if before.scheme() != other.scheme() {
            return Err(Error::VersionMismatch {
                what: "the scheme of the segments (give the alignment of the two)",
                expected: before.scheme().into(),
                found: other.scheme().into(),
            });
        }
        states::same(segments, other.segments())?;
    }
    let order = segments.len();
    let chunk = |range: Range<usize>| {
        let mut counting = Counting {
            cells: std::array::from_fn(|_| Cells::new(order)),
            causes: Vec::with_capacity(range.len()),
        };
        for row in range {
            let [old, middle, new] = of.map(|of| of.place(row).unwrap_or(order));
            counting.add(old, middle, new, rematched.get(row) == Some(&true));
        }
        counting
    };
    let mut all: [Cells; 4] = std::array::from_fn(|_| Cells::new(order));
    let mut causes = Vec::with_capacity(before.len());
    let cells = all.len() * (order + 1) * (order + 1);
    for part in map_chunks(before.len(), chunk_for(cells), chunk) {
        for (cells, more) in all.iter_mut().zip(&part.cells) {
            cells.plus(more);
        }
        causes.extend(part.causes);
    }
    let [total, behaviour, definition, rematching] = all;
    let [total, behaviour] = [total.finish(segments)?, behaviour.finish(segments)?];
    let [definition, rematching] = [definition.finish(segments)?, rematching.finish(segments)?];
    let mut changes = Vec::with_capacity(order);
    let totals = before.counts().into_iter().zip(after.counts());
    for (segment, (before, after)) in segments.iter().zip(totals) {
        changes.push(SegmentChange {
            segment: segment.clone(),
            before: before as u64,
            behaviour: behaviour.net(segment.id)?,
            definition: definition.net(segment.id)?,
            rematching: rematching.net(segment.id)?,
            after: after as u64,
        });
    }
    Ok(ChangeSplit {
        counts: ChangeCauses::of(&causes, rematching.moved()),
        segments: changes,
        total,
        behaviour,
        definition,
        rematching,
        causes,
    })
}

impl Counting {
    fn add(&mut self, old: usize, middle: usize, new: usize, rematched: bool) {
        let [total, behaviour, definition, rematching] = &mut self.cells;
        total.add(old, new);
        if rematched {
            rematching.add(old, new);
            self.causes.push(ChangeCause::Rematching);
            return;
        }
        behaviour.add(old, middle);
        definition.add(middle, new);
        self.causes.push(match (old != middle, middle != new) {
            (false, false) => ChangeCause::Unchanged,
            (true, false) => ChangeCause::Behaviour,
            (false, true) => ChangeCause::Definition,
            (true, true) if old == new => ChangeCause::Cancelled,
            (true, true) => ChangeCause::Both,
        });
    }
}

impl ChangeCauses {
    fn of(causes: &[ChangeCause], rematched_moved: u64) -> Self {
        let mut counts = Self {
            rematched_moved,
            ..Self::default()
        };
        for cause in causes {
            *match cause {
                ChangeCause::Unchanged => &mut counts.unchanged,
                ChangeCause::Behaviour => &mut counts.behaviour,
                ChangeCause::Definition => &mut counts.definition,
                ChangeCause::Both => &mut counts.both,
                ChangeCause::Cancelled => &mut counts.cancelled,
                ChangeCause::Rematching => &mut counts.rematched,
            } += 1;
        }
        counts
    }
}
