//! Where customers are, and how clearly.

use chrono::NaiveDate;
use rayon::prelude::*;

use super::segmentation::Segmentation;
use crate::{
    data::{Assignments, Segment},
    segmentation::placed::{NOWHERE, Placed},
};

/// Rows worked on together; a constant.
const CHUNK: usize = 1 << 14;

/// The segment of each customer on a day, how far they are from it, by how much it is nearer than
/// the next, and whether anybody in the fit was as far. Columns in the order of the customers.
///
/// # How to read it
///
/// A small margin means that little would have to change for the customer to belong elsewhere. A
/// customer who is novel is in the segment that is nearest, and yet not like its members were
/// when it was fitted; many of them mean that the segmentation has grown old.
///
/// # Example
///
/// ```
/// use chrono::NaiveDate;
/// use custometry::{data::{Features, MissingValues}, segmentation::*};
///
/// let spend: Vec<f64> = (0..100).map(f64::from).chain((0..50).map(|x| 500.0 + f64::from(x))).collect();
/// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
/// let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
/// let params = SegmentationParams::new("spenders", KMeansParams::new(2)).unprepared();
/// let segmentation = params.fit(&features, day)?;
///
/// let new = Features::from_columns(&[("spend", &[59.5, 287.0, 5_000.0])], MissingValues::Refuse)?;
/// let placements = segmentation.assign(&new, day)?;
/// assert_eq!(placements.distance(0), Some(10.0)); // from 49.5, the mean
/// assert_eq!(placements.margin(1), Some(0.0)); // halfway to 524.5
/// assert_eq!(placements.runner_up(2).map(|s| s.name.as_str()), Some("Segment 1"));
/// assert_eq!(placements.novel(), [false, true, true]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Placements {
    assignments: Assignments,
    runners_up: Vec<u32>,
    costs: Vec<f64>,
    margins: Vec<f64>,
    novel: Vec<bool>,
    squares: bool,
}

impl Placements {
    /// Of rows as the model placed them. `apart` is the place of a segment of its own.
    pub(super) fn new(
        segmentation: &Segmentation,
        as_of: NaiveDate,
        placed: Placed,
        apart: impl Fn(usize) -> Option<u32> + Sync,
    ) -> Self {
        let parts = segmentation.parts();
        let Placed {
            cluster: mut places,
            runner_up: mut runners_up,
            cost: mut costs,
            runner_up_cost: mut margins,
        } = placed;
        let mut novel = vec![false; places.len()];
        places
            .par_chunks_mut(CHUNK)
            .zip(runners_up.par_chunks_mut(CHUNK))
            .zip(costs.par_chunks_mut(CHUNK))
            .zip(margins.par_chunks_mut(CHUNK))
            .zip(novel.par_chunks_mut(CHUNK))
            .enumerate()
            .for_each(
                |(chunk, ((((places, runners_up), costs), margins), novel))| {
                    for at in 0..places.len() {
                        if let Some(place) = apart(chunk * CHUNK + at) {
                            places[at] = place;
                            runners_up[at] = NOWHERE;
                            costs[at] = f64::NAN;
                            margins[at] = f64::INFINITY;
                            continue;
                        }
                        if let Some(&place) = parts.places.get(runners_up[at] as usize) {
                            runners_up[at] = place;
                        }
                        let Some(&place) = parts.places.get(places[at] as usize) else {
                            // No segment reaches as far.
                            costs[at] = f64::NAN;
                            margins[at] = f64::INFINITY;
                            novel[at] = true;
                            continue;
                        };
                        places[at] = place;
                        margins[at] -= costs[at];
                        let bound = parts.bounds[place as usize];
                        novel[at] = bound.is_some_and(|bound| costs[at] > bound);
                    }
                },
            );
        Self {
            assignments: segmentation.assignments(as_of, places),
            runners_up,
            costs,
            margins,
            novel,
            squares: parts.model.squares(),
        }
    }

    /// The segments, for whatever takes assignments.
    ///
    /// # Example
    ///
    /// See [`Segmentation`].
    pub fn assignments(&self) -> &Assignments {
        &self.assignments
    }

    /// The segments alone.
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// # let segmentation = SegmentationParams::new("a", KMeansParams::new(2)).fit(&features, day)?;
    /// let assignments = segmentation.assign(&features, day)?.into_assignments();
    /// assert_eq!(assignments.counts(), [2, 1]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn into_assignments(self) -> Assignments {
        self.assignments
    }

    /// How many customers there are.
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// # let segmentation = SegmentationParams::new("a", KMeansParams::new(2)).fit(&features, day)?;
    /// let placements = segmentation.assign(&features, day)?;
    /// assert_eq!(placements.len(), 3);
    /// assert!(!placements.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.costs.len()
    }

    /// Whether there is no customer.
    ///
    /// # Example
    ///
    /// See [`len`](Self::len).
    pub fn is_empty(&self) -> bool {
        self.costs.is_empty()
    }

    /// How far a customer is from the segment: for k-means the distance to its centre in the
    /// prepared space; for other models the [cost](Self::costs). None without a segment, and for
    /// a segment of missing values.
    ///
    /// # Example
    ///
    /// See [`Placements`].
    pub fn distance(&self, row: usize) -> Option<f64> {
        let cost = self.costs.get(row).copied().filter(|cost| !cost.is_nan())?;
        Some(if self.squares { cost.sqrt() } else { cost })
    }

    /// What the model makes small: the squared distance to the centre of k-means, the
    /// dissimilarity to a prototype, minus the logarithm of weight times density in a mixture, 0
    /// for rules, grids and products. NaN without a segment, and for a segment of missing values.
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let params = SegmentationParams::new("a", KMeansParams::new(2)).unprepared();
    /// let placements = params.fit(&features, day)?.assign(&features, day)?;
    /// assert_eq!(placements.costs(), [0.25, 0.25, 0.0]);
    /// assert_eq!(placements.margins(), [80.75, 63.75, 72.25]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn costs(&self) -> &[f64] {
        &self.costs
    }

    /// By how much the runner-up costs more; none if there is none.
    ///
    /// # Example
    ///
    /// See [`Placements`].
    pub fn margin(&self, row: usize) -> Option<f64> {
        let margin = self.margins.get(row).copied();
        margin.filter(|margin| margin.is_finite())
    }

    /// By how much the runner-up costs more than the own segment, 0 or more; infinite if there is
    /// none.
    ///
    /// # Example
    ///
    /// See [`costs`](Self::costs).
    pub fn margins(&self) -> &[f64] {
        &self.margins
    }

    /// The next best segment.
    ///
    /// # Example
    ///
    /// See [`Placements`].
    pub fn runner_up(&self, row: usize) -> Option<&Segment> {
        let place = *self.runners_up.get(row)?;
        self.assignments.segments().get(place as usize)
    }

    /// Whether a customer is farther from the segment than nearly all were in the fit, or has none
    /// because no segment reaches as far.
    ///
    /// # Example
    ///
    /// See [`Segmentation`].
    pub fn is_novel(&self, row: usize) -> bool {
        self.novel.get(row).is_some_and(|&novel| novel)
    }

    /// For each customer, whether they are [novel](Self::is_novel).
    ///
    /// # Example
    ///
    /// See [`Placements`].
    pub fn novel(&self) -> &[bool] {
        &self.novel
    }

    pub(super) fn into_places(self) -> Vec<u32> {
        self.assignments.into_places()
    }
}
