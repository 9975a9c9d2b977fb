//! What became of clusters: the events of MONIC.

use serde::{Deserialize, Serialize};

use super::overlap::OverlapCounts;
use crate::{
    Error, Result,
    data::{Segment, SegmentId},
};

/// From which shares on a cluster survives or is split.
///
/// # Example
///
/// ```
/// use custometry::{data::*, migration::*};
///
/// let day = date_of_day(0).unwrap();
/// let segment = |id| Segment { id: SegmentId(id), name: id.to_string() };
/// let rows = |runs: &[(u32, usize)]| {
///     runs.iter().flat_map(|&(id, n)| vec![Some(SegmentId(id)); n]).collect::<Vec<_>>()
/// };
/// let old = Assignments::new("v1", day, vec![segment(1), segment(2)], rows(&[(1, 10), (2, 10)]))?;
/// let new = vec![segment(5), segment(6), segment(7)];
/// let new = Assignments::new("v2", day, new, rows(&[(5, 10), (6, 6), (7, 4)]))?;
/// let overlap = OverlapCounts::of_assignments(&old, &new)?;
/// let events = ClusterEventParams::default().survival(0.7).events(&overlap)?;
/// assert_eq!(events.old[0].fate, ClusterFate::Survived { to: SegmentId(5) });
/// assert_eq!(events.old[1].fate, ClusterFate::Split { into: vec![SegmentId(6), SegmentId(7)] });
/// assert_eq!(events.new[2].origin, ClusterOrigin::Part { of: vec![SegmentId(2)] });
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClusterEventParams {
    survival: f64,
    split: f64,
}

impl Default for ClusterEventParams {
    fn default() -> Self {
        Self {
            survival: 0.5,
            split: 0.25,
        }
    }
}

/// What became of all clusters.
///
/// # Example
///
/// See [`ClusterEventParams`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ClusterEvents {
    /// For each old segment what became of it, in order.
    pub old: Vec<OldCluster>,
    /// For each new segment where it comes from, in order.
    pub new: Vec<NewCluster>,
}

/// What became of an old segment, with the evidence.
///
/// # Example
///
/// See [`ClusterEventParams`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OldCluster {
    /// The old segment.
    pub segment: Segment,
    /// What became of it.
    pub fate: ClusterFate,
    /// Its customers that have a new segment.
    pub stayed: u64,
    /// Its customers that have none.
    pub went: u64,
    /// Where those who stayed are now, the largest part first; shares are of those who stayed.
    pub parts: Vec<SharedPart>,
}

/// Where a new segment comes from, with the evidence.
///
/// # Example
///
/// See [`ClusterEventParams`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct NewCluster {
    /// The new segment.
    pub segment: Segment,
    /// Where it comes from.
    pub origin: ClusterOrigin,
    /// Its customers that had an old segment.
    pub stayed: u64,
    /// Its customers that had none.
    pub came: u64,
    /// Where those who stayed were before, the largest part first; shares are of those who stayed.
    pub parts: Vec<SharedPart>,
}

/// A part of a segment: those of its customers who are in one segment of the other segmentation.
///
/// # Example
///
/// ```
/// # use custometry::{data::*, migration::*};
/// # let day = date_of_day(0).unwrap();
/// # let segment = |id| Segment { id: SegmentId(id), name: id.to_string() };
/// # let rows = |ids: [u32; 4]| ids.map(|id| Some(SegmentId(id))).to_vec();
/// # let old = Assignments::new("v1", day, vec![segment(1)], rows([1, 1, 1, 1]))?;
/// # let new = Assignments::new("v2", day, vec![segment(5), segment(6)], rows([5, 6, 6, 6]))?;
/// let overlap = OverlapCounts::of_assignments(&old, &new)?;
/// let part = &ClusterEventParams::default().events(&overlap)?.old[0].parts[0];
/// assert_eq!((part.segment, part.customers, part.share), (SegmentId(6), 3, 0.75));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SharedPart {
    /// The segment of the other segmentation.
    pub segment: SegmentId,
    /// The customers in both.
    pub customers: u64,
    /// Their share.
    pub share: f64,
}

/// What became of an old segment.
///
/// # Example
///
/// See [`ClusterEventParams`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "fate")]
#[non_exhaustive]
pub enum ClusterFate {
    /// Most of it is in a new segment that took in no other old one.
    Survived {
        /// The new segment.
        to: SegmentId,
    },
    /// Most of it is in a new segment together with most of another old one: they were merged.
    Absorbed {
        /// The new segment.
        into: SegmentId,
        /// The other old segments.
        with: Vec<SegmentId>,
    },
    /// Most of it is in a few new segments, none of which has enough of it alone.
    Split {
        /// The new segments, the one with the largest part first.
        into: Vec<SegmentId>,
    },
    /// None of this: its customers are scattered, or nobody is left.
    Vanished,
}

/// Where a new segment comes from: which old segments went over to it, by what became of them. That its
/// customers are old ones does not suffice. A segment of small parts of many old ones, none of which
/// survived, was absorbed or was split into it, has [`Emerged`](Self::Emerged), even if none of its
/// customers is new.
///
/// # Example
///
/// See [`ClusterEventParams`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "origin")]
#[non_exhaustive]
pub enum ClusterOrigin {
    /// An old segment survives as it.
    Survives {
        /// The old segment.
        from: SegmentId,
    },
    /// Two or more old segments were absorbed by it.
    Merged {
        /// The old segments.
        from: Vec<SegmentId>,
    },
    /// It is a part of old segments that were split.
    Part {
        /// The old segments.
        of: Vec<SegmentId>,
    },
    /// None of this: it is new as a segment, whether its customers are new or not.
    Emerged,
}

impl ClusterEventParams {
    /// The share of a segment's customers from which it survives, above 0 and at most 1; .5 at first,
    /// as in MONIC.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::migration::ClusterEventParams;
    /// assert_ne!(ClusterEventParams::default().survival(0.7), ClusterEventParams::default());
    /// ```
    pub fn survival(mut self, survival: f64) -> Self {
        self.survival = survival;
        self
    }

    /// The share from which a part counts in a split, above 0 and at most the one of survival; .25 at
    /// first.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::migration::ClusterEventParams;
    /// assert_ne!(ClusterEventParams::default().split(0.1), ClusterEventParams::default());
    /// ```
    pub fn split(mut self, split: f64) -> Self {
        self.split = split;
        self
    }

    /// Tells what became of old segments, and where new ones come from.
    ///
    /// Where two new segments have a share of survival (at a threshold of half or less) it is the
    /// larger part that counts, or the first of equal ones. A split asks for two parts or more.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for thresholds out of range.
    ///
    /// # Example
    ///
    /// See [`ClusterEventParams`].
    pub fn events(&self, overlap: &OverlapCounts) -> Result<ClusterEvents> {
        let share = |value: f64| value > 0.0 && value <= 1.0;
        if !share(self.survival) {
            let expected = "a share above 0 and at most 1";
            return Err(Error::parameter("survival", self.survival, expected));
        }
        if !share(self.split) || self.split > self.survival {
            let expected = format!(
                "a share above 0 and at most {}, that of survival",
                self.survival
            );
            return Err(Error::parameter("split", self.split, expected));
        }
        let (old, new) = (overlap.old_segments(), overlap.new_segments());
        let both = overlap.both();
        let of_old: Vec<Vec<SharedPart>> = (both.outer_iter())
            .map(|row| parts(row.iter().copied(), new))
            .collect();
        let home = |parts: &[SharedPart]| {
            let first = parts.first().filter(|part| part.share >= self.survival);
            first.map(|part| part.segment)
        };
        let homes: Vec<Option<SegmentId>> = of_old.iter().map(|parts| home(parts)).collect();
        let fate = |at: usize| match homes[at] {
            Some(to) => {
                let with: Vec<SegmentId> = (homes.iter().zip(old).enumerate())
                    .filter(|&(other, (home, _))| other != at && *home == Some(to))
                    .map(|(_, (_, segment))| segment.id)
                    .collect();
                if with.is_empty() {
                    ClusterFate::Survived { to }
                } else {
                    ClusterFate::Absorbed { into: to, with }
                }
            }
            None => self.split_of(&of_old[at]),
        };
        let fates: Vec<ClusterFate> = (0..old.len()).map(fate).collect();
        let (stayed, remained) = (overlap.row_totals(), overlap.column_totals());
        let new = new.iter().enumerate().map(|(at, segment)| NewCluster {
            segment: segment.clone(),
            origin: origin(segment.id, old, &fates),
            stayed: remained[at],
            came: overlap.came()[at],
            parts: parts(both.column(at).iter().copied(), old),
        });
        let new = new.collect();
        let old = (old.iter().zip(fates).zip(of_old).enumerate())
            .map(|(at, ((segment, fate), parts))| OldCluster {
                segment: segment.clone(),
                fate,
                stayed: stayed[at],
                went: overlap.went()[at],
                parts,
            })
            .collect();
        Ok(ClusterEvents { old, new })
    }

    /// The fate of a segment that is nowhere as a whole.
    fn split_of(&self, parts: &[SharedPart]) -> ClusterFate {
        let large: Vec<&SharedPart> = parts
            .iter()
            .filter(|part| part.share >= self.split)
            .collect();
        let customers =
            |parts: &[&SharedPart]| parts.iter().map(|part| part.customers).sum::<u64>();
        let all: Vec<&SharedPart> = parts.iter().collect();
        // Of whole numbers, so that half and half is a whole.
        let together = customers(&large) as f64 / (customers(&all).max(1)) as f64;
        if large.len() >= 2 && together >= self.survival {
            let into = large.iter().map(|part| part.segment).collect();
            return ClusterFate::Split { into };
        }
        ClusterFate::Vanished
    }
}

/// Where a new segment comes from, by what became of the old ones.
fn origin(id: SegmentId, old: &[Segment], fates: &[ClusterFate]) -> ClusterOrigin {
    let from = |is: &dyn Fn(&ClusterFate) -> bool| -> Vec<SegmentId> {
        let whose = old.iter().zip(fates).filter(|(_, fate)| is(fate));
        whose.map(|(segment, _)| segment.id).collect()
    };
    let survivors = from(&|fate| matches!(fate, ClusterFate::Survived { to } if *to == id));
    let merged = from(&|fate| matches!(fate, ClusterFate::Absorbed { into, .. } if *into == id));
    let part = from(&|fate| matches!(fate, ClusterFate::Split { into } if into.contains(&id)));
    match survivors.first() {
        Some(&from) => ClusterOrigin::Survives { from },
        None if !merged.is_empty() => ClusterOrigin::Merged { from: merged },
        None if !part.is_empty() => ClusterOrigin::Part { of: part },
        None => ClusterOrigin::Emerged,
    }
}

/// The parts of one segment that hold customers, the largest first, equal ones in their order.
fn parts(counts: impl Iterator<Item = u64> + Clone, others: &[Segment]) -> Vec<SharedPart> {
    let all: u64 = counts.clone().sum();
    let with = counts.zip(others).filter(|&(count, _)| count > 0);
    let mut parts: Vec<SharedPart> = with
        .map(|(customers, other)| SharedPart {
            segment: other.id,
            customers,
            share: customers as f64 / all as f64,
        })
        .collect();
    parts.sort_by_key(|part| std::cmp::Reverse(part.customers));
    parts
}
