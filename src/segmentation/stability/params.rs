//! How often rows are drawn, and for which clusters.

use serde::{Deserialize, Serialize};

use super::{
    compare::{Comparison, Reference, weight_of},
    refit::Refits,
    report::{ClusterStability, Stability},
};
use crate::{
    Error, Observer, Result,
    data::Features,
    numeric::{Stage, map_items_observed, rng::Stream},
    segmentation::{Prepared, SegmentModel, SegmentModelParams, Segmentation, placed::NOWHERE},
};

/// What an observer is told.
const RESAMPLING: &str = "fitting to resamples";

/// The purpose of the random numbers.
const DRAW: u32 = 0x57AB;

/// At most this similarity a cluster is dissolved, from that one on recovered.
const DISSOLVED: f64 = 0.5;
const RECOVERED: f64 = 0.75;

/// How to find out whether clusters would be found again.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::*};
///
/// // Two groups of ten, and nothing between them.
/// let spend: Vec<f64> = (0..20).map(|at| f64::from(at % 10 + 100 * (at / 10))).collect();
/// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
/// let two = StabilityParams::default().evaluate(&features, KMeansParams::new(2))?;
/// assert_eq!(two.least_jaccard(), 1.0);
/// assert_eq!((two.clusters[0].rows, two.clusters[0].recovered), (10, 100));
/// assert_eq!(two.clusters[0].verdict(), StabilityVerdict::HighlyStable);
///
/// // Three are one too many: now this group is cut and now that.
/// let three = StabilityParams::default().evaluate(&features, KMeansParams::new(3))?;
/// assert!(three.least_jaccard() < 0.75);
/// assert!(three.adjusted_rand < two.adjusted_rand);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StabilityParams {
    resamples: usize,
    seed: u64,
    copies: bool,
}

impl Default for StabilityParams {
    fn default() -> Self {
        Self {
            resamples: 100,
            seed: 0,
            copies: false,
        }
    }
}

impl StabilityParams {
    /// How many times rows are drawn; 100 unless told.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::StabilityParams;
    /// assert_ne!(StabilityParams::default().resamples(500), StabilityParams::default());
    /// ```
    pub fn resamples(mut self, resamples: usize) -> Self {
        self.resamples = resamples;
        self
    }

    /// What the random numbers come from; 0 by default.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::StabilityParams;
    /// assert_ne!(StabilityParams::default().seed(1), StabilityParams::default());
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether a row that was drawn several times counts so many times in the fit; once unless
    /// told, as in Hennig's package fpc. With copies clusters come out less stable, since the fit
    /// then varies as much as one to new customers would; the bands of
    /// [`StabilityVerdict`](super::StabilityVerdict) are for rows that count once.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let spend: Vec<f64> = (0..60).map(|at| f64::from(at * at % 61)).collect();
    /// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
    /// let with = |params: StabilityParams| params.evaluate(&features, KMeansParams::new(4));
    /// let once = with(StabilityParams::default())?;
    /// let copies = with(StabilityParams::default().copies(true))?;
    /// assert!(copies.adjusted_rand < once.adjusted_rand);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn copies(mut self, copies: bool) -> Self {
        self.copies = copies;
        self
    }

    /// Fits the model to the features as they are, prepared where they need be, and tells how
    /// stable its clusters are. They go by their numbers in that fit.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for fewer than two resamples and for rules, grids and products,
    /// which are not found in the data; whatever the model refuses in all rows.
    ///
    /// # Example
    ///
    /// See [`StabilityParams`].
    pub fn evaluate(
        &self,
        features: &Features,
        model: impl Into<SegmentModelParams>,
    ) -> Result<Stability> {
        self.evaluate_observed(features, model, &mut ())
    }

    /// As [`evaluate`](Self::evaluate), watched: first comes the fit, then a step is a resample.
    ///
    /// # Errors
    ///
    /// As `evaluate`, and [`Error::Cancelled`].
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{Progress, data::{Features, MissingValues}, segmentation::*};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// let mut stop = |step: Progress| match step.stage {
    ///     "fitting to resamples" => std::ops::ControlFlow::Break(()),
    ///     _ => std::ops::ControlFlow::Continue(()),
    /// };
    /// let params = StabilityParams::default();
    /// assert!(params.evaluate_observed(&features, KMeansParams::new(2), &mut stop).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn evaluate_observed(
        &self,
        features: &Features,
        model: impl Into<SegmentModelParams>,
        observer: &mut dyn Observer,
    ) -> Result<Stability> {
        let params = model.into();
        self.check(&params)?;
        let fitted = params.fit_observed(features, observer)?;
        let labels = fitted.place(features)?.cluster;
        self.of_labels(features, &params, &fitted, &labels, observer)
    }

    /// How stable the segments of a segmentation are, in their order and by their numbers, with
    /// the parameters of the model that it was fitted by.
    ///
    /// The features go through the frozen preparation, and the segments are those that the
    /// segmentation assigns; the model is fitted anew in each resample. With the features of
    /// another day than that of the fit the question becomes whether the segments would be found
    /// today. Customers whom a missing value sets apart are in no group that a model found: they
    /// are left out, and so is their segment.
    ///
    /// # Errors
    ///
    /// As [`evaluate`](Self::evaluate) and as [`Segmentation::assign`]; features with too few
    /// different rows for the model are no error, but fail in each resample.
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// use custometry::{data::{Features, MissingValues}, segmentation::*};
    ///
    /// let spend: Vec<f64> = (0..30).map(|at| f64::from(at % 10 + 100 * (at / 20))).collect();
    /// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let model = KMeansParams::new(2);
    /// let segmentation = SegmentationParams::new("spenders", model.clone()).fit(&features, day)?;
    /// let params = StabilityParams::default();
    /// let stability = params.evaluate_segmentation(&segmentation, &features, model)?;
    /// let segments = segmentation.segments().iter().zip(&stability.clusters);
    /// for (segment, found) in segments {
    ///     assert_eq!((segment.id.0, found.mean_jaccard), (found.label, 1.0));
    /// }
    /// assert_eq!(stability.clusters[0].rows, 20);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn evaluate_segmentation(
        &self,
        segmentation: &Segmentation,
        features: &Features,
        model: impl Into<SegmentModelParams>,
    ) -> Result<Stability> {
        self.evaluate_segmentation_observed(segmentation, features, model, &mut ())
    }

    /// As [`evaluate_segmentation`](Self::evaluate_segmentation), watched: a step is a resample.
    ///
    /// # Errors
    ///
    /// As `evaluate_segmentation`, and [`Error::Cancelled`].
    ///
    /// # Example
    ///
    /// See [`evaluate_observed`](Self::evaluate_observed).
    pub fn evaluate_segmentation_observed(
        &self,
        segmentation: &Segmentation,
        features: &Features,
        model: impl Into<SegmentModelParams>,
        observer: &mut dyn Observer,
    ) -> Result<Stability> {
        let params = model.into();
        self.check(&params)?;
        let (placed, prepared) = segmentation.place(features)?;
        let places = segmentation.places_of_clusters();
        let place = |cluster: u32| places.get(cluster as usize).copied().unwrap_or(NOWHERE);
        let mut labels: Vec<u32> = placed.cluster.into_iter().map(place).collect();
        let mut seen = prepared.as_ref().map_or(features, Prepared::features);
        let together;
        if let Some(apart) = prepared.as_ref().and_then(Prepared::set_apart) {
            let weight = weight_of(seen.weights());
            let mut weights: Vec<f64> = (0..labels.len()).map(weight).collect();
            for (row, _) in (apart.iter().enumerate()).filter(|(_, column)| **column != NOWHERE) {
                labels[row] = NOWHERE;
                weights[row] = 0.0;
            }
            together = seen.clone().with_weights(&weights)?;
            seen = &together;
        }
        let model = segmentation.model();
        let mut stability = self.of_labels(seen, &params, model, &labels, observer)?;
        for cluster in &mut stability.clusters {
            cluster.label = segmentation.segments()[cluster.label as usize].id.0;
        }
        Ok(stability)
    }

    fn check(&self, params: &SegmentModelParams) -> Result<()> {
        if self.resamples < 2 {
            let expected = "at least 2, of which a mean has an error";
            return Err(Error::parameter("resamples", self.resamples, expected));
        }
        if params.looks_for_groups() {
            return Ok(());
        }
        Err(Error::parameter(
            "model",
            "one that holds known groups",
            "one that looks for groups: of what is known there is nothing to find again",
        ))
    }

    /// The stability of given clusters; `fitted` is the model that they are of.
    pub(in crate::segmentation) fn of_labels(
        &self,
        features: &Features,
        params: &SegmentModelParams,
        fitted: &SegmentModel,
        labels: &[u32],
        observer: &mut dyn Observer,
    ) -> Result<Stability> {
        let weight = weight_of(features.weights());
        let reference = Reference::new(labels, &weight);
        let refits = Refits::new(features, params, Some(fitted), self.seed)?;
        let one = |resample: usize| -> Result<Option<Comparison>> {
            let times = self.draw(&reference.rows, labels.len(), resample);
            let of_row = |(row, &times): (usize, &u32)| f64::from(times) * weight(row);
            let weights: Vec<f64> = times.iter().enumerate().map(of_row).collect();
            let found = refits.labels(&weights, resample as u64)?;
            Ok(found.map(|found| reference.compare(&found, &times, &weight)))
        };
        let stage = Stage {
            name: RESAMPLING,
            total: self.resamples,
        };
        let comparisons = map_items_observed(stage, refits.side_by_side(), observer, one)?;
        Ok(self.summarise(&reference, comparisons))
    }

    /// How often each row counts: as it was drawn, or once if it was.
    pub(super) fn draw(&self, rows: &[usize], len: usize, resample: usize) -> Vec<u32> {
        let mut draw = Stream::new(self.seed, DRAW, resample as u64);
        let mut times = vec![0; len];
        for _ in 0..rows.len() {
            let times = &mut times[rows[draw.index(rows.len())]];
            *times = if self.copies { *times + 1 } else { 1 };
        }
        times
    }

    fn summarise(&self, reference: &Reference, comparisons: Vec<Option<Comparison>>) -> Stability {
        let failed = comparisons.iter().filter(|found| found.is_none()).count();
        let comparisons: Vec<Comparison> = comparisons
            .into_iter()
            .map(|found| found.unwrap_or_else(|| reference.nothing()))
            .collect();
        let n = self.resamples as f64;
        let of_cluster = |(at, &label): (usize, &u32)| {
            let similar = || comparisons.iter().map(|found| found.jaccard[at]);
            let mean = similar().sum::<f64>() / n;
            let squares: f64 = similar().map(|jaccard| (jaccard - mean).powi(2)).sum();
            ClusterStability {
                label,
                rows: reference.sizes[at],
                mean_jaccard: mean,
                standard_error: (squares / (n - 1.0) / n).sqrt(),
                dissolved: similar().filter(|&jaccard| jaccard <= DISSOLVED).count(),
                recovered: similar().filter(|&jaccard| jaccard >= RECOVERED).count(),
            }
        };
        let agreed: f64 = comparisons.iter().map(|found| found.adjusted_rand).sum();
        Stability {
            clusters: reference
                .labels
                .iter()
                .enumerate()
                .map(of_cluster)
                .collect(),
            resamples: self.resamples,
            failed,
            adjusted_rand: agreed / n,
        }
    }
}
