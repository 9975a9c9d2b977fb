//! The one object that a segmentation is.

use chrono::NaiveDate;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::{model::SegmentModel, params::rows_together, placements::Placements};
use crate::{
    Error, Result,
    data::{Assignments, Features, Segment, SegmentId},
    persist,
    segmentation::{
        Preparation, Prepared, ProposedName, SizeLimits,
        placed::{NOWHERE, Placed},
    },
};

/// A segmentation: which columns, how they are prepared, the model, the segments with numbers and
/// names that stay, when it was fitted and on what. Frozen: the same customer with the same
/// features is in the same segment for ever.
///
/// # Example
///
/// ```
/// use chrono::NaiveDate;
/// use custometry::{data::{Features, MissingValues, SegmentId}, persist, segmentation::*};
///
/// let columns: &[(&str, &[f64])] = &[
///     ("visits", &[1.0, 2.0, 1.0, 20.0, 22.0, 2.0]),
///     ("spend", &[20.0, 30.0, 10.0, 400.0, 380.0, 25.0]),
/// ];
/// let features = Features::from_columns(columns, MissingValues::Refuse)?;
/// let day = |year| NaiveDate::from_ymd_opt(year, 12, 31).unwrap();
/// let mut segmentation =
///     SegmentationParams::new("habits", KMeansParams::new(2)).fit(&features, day(2024))?;
/// segmentation.rename(SegmentId(2), "regulars")?;
///
/// // A year later, by the file that was kept.
/// let text = persist::to_json(&segmentation)?;
/// let kept: Segmentation = persist::from_json(&text)?;
/// let new: &[(&str, &[f64])] = &[("visits", &[21.0, 1.0]), ("spend", &[410.0, 9_000.0])];
/// let new = Features::from_columns(new, MissingValues::Refuse)?;
/// let placements = kept.assign(&new, day(2025))?;
/// assert_eq!(placements.assignments().name_of(0), Some("regulars"));
/// assert!(placements.is_novel(1), "nobody in the fit was like this");
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Segmentation {
    parts: Parts,
    version: u64,
}

/// Everything that a segmentation is made of, and how it is saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Parts {
    pub(super) name: String,
    pub(super) fitted_at: NaiveDate,
    pub(super) fitted_on: FittedOn,
    pub(super) novelty: f64,
    pub(super) preparation: Option<Preparation>,
    pub(super) model: SegmentModel,
    pub(super) segments: Vec<Segment>,
    pub(super) sizes: Vec<SegmentSize>,
    /// For each cluster of the model, and then for each column that sets rows apart, the place of
    /// its segment.
    pub(super) places: Vec<u32>,
    /// By segment, the cost above which a customer is novel.
    pub(super) bounds: Vec<Option<f64>>,
}

/// What a segmentation was fitted on.
///
/// # Example
///
/// See [`Segmentation::fitted_on`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FittedOn {
    /// Of the numbers, categories and weights: equal data, equal fingerprint.
    pub fingerprint: u64,
    /// The columns of numbers, then those of categories.
    pub columns: Vec<String>,
}

/// How large a segment was in the fit.
///
/// # Example
///
/// See [`Segmentation::sizes`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SegmentSize {
    /// Customers.
    pub rows: usize,
    /// The sum of their weights.
    pub weight: f64,
}

impl TryFrom<Parts> for Segmentation {
    type Error = Error;
    fn try_from(parts: Parts) -> Result<Self> {
        parts.check()?;
        Self::new(parts)
    }
}

impl From<Segmentation> for Parts {
    fn from(segmentation: Segmentation) -> Self {
        segmentation.parts
    }
}

impl persist::sealed::Sealed for Segmentation {}
impl persist::Persist for Segmentation {
    const FORMAT: &'static str = "custometry/segmentation";
    const VERSION: u32 = 1;
}

impl Parts {
    /// `Ok` if what was read belongs together.
    fn check(&self) -> Result<()> {
        check_name_and_novelty(&self.name, self.novelty)?;
        let own = self
            .preparation
            .as_ref()
            .map_or(0, |preparation| preparation.own_segment_columns().len());
        let count = self.model.clusters() + own;
        for (column, len) in [
            ("segments", self.segments.len()),
            ("sizes", self.sizes.len()),
            ("places", self.places.len()),
            ("bounds", self.bounds.len()),
        ] {
            Error::check_length(column, count, len)?;
        }
        let mut places = self.places.clone();
        places.sort_unstable();
        if (0..).zip(&places).any(|(at, &place): (u32, _)| at != place) {
            let expected = "each place of the segments once";
            return Err(Error::parameter("places", format!("{places:?}"), expected));
        }
        let mut ids: Vec<SegmentId> = self.segments.iter().map(|segment| segment.id).collect();
        ids.sort_unstable();
        if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            let expected = "a number that no other segment has";
            return Err(Error::parameter("segment", twice[0].0, expected));
        }
        Ok(())
    }

    /// What says who belongs where. Names do not, so they may change.
    fn version(&self) -> Result<u64> {
        let ids: Vec<SegmentId> = self.segments.iter().map(|segment| segment.id).collect();
        persist::fingerprint_of(&(&self.preparation, &self.model, &self.places, ids))
    }
}

/// `Ok` if a segmentation can be called so, and novelty can be told at this share.
pub(super) fn check_name_and_novelty(name: &str, novelty: f64) -> Result<()> {
    if name.trim().is_empty() {
        let expected = "a name that says what the segments are about";
        return Err(Error::parameter("name", format!("{name:?}"), expected));
    }
    if !(novelty > 0.0 && novelty <= 1.0) {
        let expected = "a share of customers above 0 and up to 1";
        return Err(Error::parameter("novelty", novelty, expected));
    }
    Ok(())
}

impl Segmentation {
    pub(super) fn new(parts: Parts) -> Result<Self> {
        Ok(Self {
            version: parts.version()?,
            parts,
        })
    }

    /// What the segments are about.
    ///
    /// # Example
    ///
    /// See [`scheme`](Self::scheme).
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// A fingerprint of everything that says who belongs where: columns, preparation, model,
    /// numbers of segments. Names may change without a new version.
    ///
    /// # Example
    ///
    /// See [`scheme`](Self::scheme).
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Name and version, as assignments carry them. Assignments of equal schemes can be compared
    /// over time.
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues, SegmentId}, segmentation::*};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let params = SegmentationParams::new("needs", KMeansParams::new(2));
    /// let mut segmentation = params.fit(&features, day)?;
    /// assert_eq!(segmentation.name(), "needs");
    /// let scheme = segmentation.scheme();
    /// assert_eq!(scheme, format!("needs, version {:016x}", segmentation.version()));
    /// segmentation.rename(SegmentId(1), "small")?;
    /// assert_eq!(segmentation.scheme(), scheme);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn scheme(&self) -> String {
        format!("{}, version {:016x}", self.parts.name, self.version)
    }

    /// The day that the features of the fit were of.
    ///
    /// # Example
    ///
    /// See [`fitted_on`](Self::fitted_on).
    pub fn fitted_at(&self) -> NaiveDate {
        self.parts.fitted_at
    }

    /// What it was fitted on.
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let of = |k| SegmentationParams::new("needs", KMeansParams::new(k)).fit(&features, day);
    /// let (two, three) = (of(2)?, of(3)?);
    /// assert_eq!(two.fitted_on().columns, ["a"]);
    /// assert_eq!(two.fitted_on(), three.fitted_on());
    /// assert_eq!(two.fitted_at(), day);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn fitted_on(&self) -> &FittedOn {
        &self.parts.fitted_on
    }

    /// The frozen preparation; none where the model reads the columns as they are.
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let params = SegmentationParams::new("needs", KMeansParams::new(2));
    /// let segmentation = params.fit(&features, day)?;
    /// assert_eq!(segmentation.preparation().unwrap().names(), ["a"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn preparation(&self) -> Option<&Preparation> {
        self.parts.preparation.as_ref()
    }

    /// The frozen model. Its clusters are numbered otherwise than the segments.
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let params = SegmentationParams::new("needs", KMeansParams::new(2)).unprepared();
    /// match params.fit(&features, day)?.model() {
    ///     SegmentModel::KMeans(model) => assert_eq!(model.inertia(), 0.5),
    ///     other => panic!("{other:?}"),
    /// }
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn model(&self) -> &SegmentModel {
        &self.parts.model
    }

    /// The segments. Those that a model has found come by falling weight in the fit.
    ///
    /// # Example
    ///
    /// See [`SegmentationParams`](super::SegmentationParams).
    pub fn segments(&self) -> &[Segment] {
        &self.parts.segments
    }

    /// How large each segment was in the fit, in the order of [`segments`](Self::segments).
    ///
    /// # Example
    ///
    /// See [`SegmentationParams`](super::SegmentationParams).
    pub fn sizes(&self) -> &[SegmentSize] {
        &self.parts.sizes
    }

    /// For each cluster of the model, as the model numbers them, the place of its segment.
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let params = SegmentationParams::new("needs", KMeansParams::new(2)).unprepared();
    /// let segmentation = params.fit(&features, day)?;
    /// let SegmentModel::KMeans(model) = segmentation.model() else { panic!() };
    /// let large = segmentation.places_of_clusters().iter().position(|&place| place == 0);
    /// assert_eq!(model.centres()[(large.unwrap(), 0)], 0.5);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn places_of_clusters(&self) -> &[u32] {
        &self.parts.places[..self.parts.model.clusters()]
    }

    /// Gives a segment another name. Its number and the version stay.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a number that no segment has, and for a blank name.
    ///
    /// # Example
    ///
    /// See [`Segmentation`].
    pub fn rename(&mut self, id: SegmentId, name: &str) -> Result<()> {
        let at = self.renamed(id, name)?;
        name.clone_into(&mut self.parts.segments[at].name);
        Ok(())
    }

    /// The place of the segment that is to have a name.
    fn renamed(&self, id: SegmentId, name: &str) -> Result<usize> {
        if name.trim().is_empty() {
            return Err(Error::parameter("name", format!("{name:?}"), "not blank"));
        }
        let mut segments = self.parts.segments.iter();
        segments
            .position(|segment| segment.id == id)
            .ok_or_else(|| {
                let ids = self.parts.segments.iter();
                let ids: Vec<String> = ids.map(|segment| segment.id.0.to_string()).collect();
                let expected = format!("one of {}", ids.join(", "));
                Error::parameter("segment", id.0, expected)
            })
    }

    /// Gives segments the names that were proposed for them.
    ///
    /// # Errors
    ///
    /// As [`rename`](Self::rename).
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// # let columns: &[(&str, &[f64])] = &[("visits", &[1.0, 2.0, 1.0, 20.0, 22.0, 2.0])];
    /// # let features = Features::from_columns(columns, MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let params = SegmentationParams::new("habits", KMeansParams::new(2));
    /// let mut segmentation = params.fit(&features, day)?;
    /// let placements = segmentation.assign(&features, day)?;
    /// let profiles = ProfileParams::default().profile(&features, placements.assignments())?;
    /// segmentation.rename_all(&NamingRules::default().propose(&profiles)?)?;
    /// assert_eq!(segmentation.segments()[1].name, "High visits");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn rename_all(&mut self, names: &[ProposedName]) -> Result<()> {
        let places = names.iter().map(|name| self.renamed(name.id, &name.name));
        let places = places.collect::<Result<Vec<usize>>>()?;
        for (place, proposed) in places.into_iter().zip(names) {
            proposed
                .name
                .clone_into(&mut self.parts.segments[place].name);
        }
        Ok(())
    }

    /// The segment of each customer on a day, with distance, margin and novelty.
    ///
    /// Nothing is fitted: the features go through the frozen preparation to the frozen model.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] for a column of the fit that is not there;
    /// [`Error::InvalidValue`] for what the policy of a column refuses.
    ///
    /// # Example
    ///
    /// See [`Segmentation`].
    pub fn assign(&self, features: &Features, as_of: NaiveDate) -> Result<Placements> {
        let (placed, prepared) = self.place(features)?;
        let apart = prepared.as_ref().and_then(Prepared::set_apart);
        let clusters = self.parts.model.clusters();
        Ok(Placements::new(self, as_of, placed, |row| {
            let column = apart.map_or(NOWHERE, |apart| apart[row]);
            (column != NOWHERE).then(|| self.parts.places[clusters + column as usize])
        }))
    }

    /// The segment of each customer of a batch under limits of size, such as a team has: the
    /// assignment of least distance that keeps them. Limits do not count customers whom a missing
    /// value sets apart. Where nobody else is in the batch counts in [`assign`](Self::assign);
    /// here everybody in it does.
    ///
    /// # Errors
    ///
    /// As `assign` and as [`KMeans::assign_within`](crate::segmentation::KMeans::assign_within);
    /// [`Error::InvalidParameter`] unless the model is k-means.
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let spend = [1.0, 2.0, 3.0, 4.0, 20.0, 21.0];
    /// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
    /// let params = SegmentationParams::new("spenders", KMeansParams::new(2));
    /// let segmentation = params.fit(&features, day)?;
    /// let even = SizeLimits::default().at_most_share(0.5);
    /// let assignments = segmentation.assign_within(&features, day, &even)?;
    /// assert_eq!(assignments.counts(), [3, 3]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn assign_within(
        &self,
        features: &Features,
        as_of: NaiveDate,
        limits: &SizeLimits,
    ) -> Result<Assignments> {
        let SegmentModel::KMeans(model) = &self.parts.model else {
            let expected = "none: sizes are limited for segments of k-means only";
            return Err(Error::parameter("limits", "given", expected));
        };
        let prepared = self.prepare(features)?;
        let seen = prepared.as_ref().map_or(features, Prepared::features);
        let Some(apart) = prepared.as_ref().and_then(Prepared::set_apart) else {
            let cluster = model.assign_within(seen, limits)?.cluster;
            let place = |cluster: u32| self.parts.places[cluster as usize];
            return Ok(self.assignments(as_of, cluster.into_iter().map(place).collect()));
        };
        let own = |&column: &u32| match column {
            NOWHERE => NOWHERE,
            column => self.parts.places[model.clusters() + column as usize],
        };
        let mut places: Vec<u32> = apart.iter().map(own).collect();
        let rows = rows_together(apart);
        let cluster = model.assign_within(&seen.of_rows(&rows), limits)?.cluster;
        for (row, cluster) in rows.into_iter().zip(cluster) {
            places[row] = self.parts.places[cluster as usize];
        }
        Ok(self.assignments(as_of, places))
    }

    /// How likely each customer belongs to each segment: rows by the order of
    /// [`segments`](Self::segments), summing to 1; none unless the model is a mixture.
    ///
    /// # Errors
    ///
    /// As [`assign`](Self::assign).
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// # let spend = [1.0, 2.0, 1.5, 9.0, 9.5, 8.0, 1.2];
    /// # let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let params = SegmentationParams::new("spenders", GaussianMixtureParams::new(2));
    /// let membership = params.fit(&features, day)?.membership(&features)?.unwrap();
    /// assert!(membership[(0, 0)] > 0.99);
    /// assert!((membership.row(3).sum() - 1.0).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn membership(&self, features: &Features) -> Result<Option<Array2<f64>>> {
        let SegmentModel::GaussianMixture(mixture) = &self.parts.model else {
            return Ok(None);
        };
        let prepared = self.prepare(features)?;
        let seen = prepared.as_ref().map_or(features, Prepared::features);
        let of_clusters = mixture.membership(seen)?;
        let mut membership = Array2::zeros((features.len(), self.parts.segments.len()));
        for (cluster, &place) in self.places_of_clusters().iter().enumerate() {
            membership
                .column_mut(place as usize)
                .assign(&of_clusters.column(cluster));
        }
        let apart = prepared.as_ref().and_then(Prepared::set_apart);
        for (row, &column) in apart.into_iter().flatten().enumerate() {
            if column != NOWHERE {
                let place = self.parts.places[mixture.clusters() + column as usize];
                membership.row_mut(row).fill(0.0);
                membership[(row, place as usize)] = 1.0;
            }
        }
        Ok(Some(membership))
    }

    fn prepare(&self, features: &Features) -> Result<Option<Prepared>> {
        let preparation = self.parts.preparation.as_ref();
        preparation
            .map(|preparation| preparation.apply(features))
            .transpose()
    }

    /// Where the model puts rows, and the features that it saw if they are others.
    pub(in crate::segmentation) fn place(
        &self,
        features: &Features,
    ) -> Result<(Placed, Option<Prepared>)> {
        let prepared = self.prepare(features)?;
        let seen = prepared.as_ref().map_or(features, Prepared::features);
        Ok((self.parts.model.place(seen)?, prepared))
    }

    /// The place of the segment of each row, or `NOWHERE`.
    pub(super) fn places(&self, features: &Features) -> Result<Vec<u32>> {
        // The day of an assignment has no part in it.
        let placements = self.assign(features, self.parts.fitted_at)?;
        Ok(placements.into_places())
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.parts
    }

    pub(super) fn assignments(&self, as_of: NaiveDate, places: Vec<u32>) -> Assignments {
        Assignments::from_places(self.scheme(), as_of, self.parts.segments.clone(), places)
    }
}
