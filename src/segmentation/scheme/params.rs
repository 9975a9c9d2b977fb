//! What is asked of a segmentation, and its fit.

use chrono::NaiveDate;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    model::{SegmentModel, SegmentModelParams},
    segmentation::{FittedOn, Parts, SegmentSize, Segmentation, check_name_and_novelty},
};
use crate::{
    Error, Observer, Result,
    data::{Features, Segment, SegmentId},
    numeric::quantile::weighted_quantile,
    segmentation::{
        CategoryParams, Encoding, Preparation, PreparationParams, Prepared,
        placed::{NOWHERE, Placed},
    },
};

/// A model, how columns are prepared for it, and the name of the whole.
///
/// # Example
///
/// ```
/// use chrono::NaiveDate;
/// use custometry::{data::{Features, MissingValues}, segmentation::*};
///
/// let columns: &[(&str, &[f64])] = &[
///     ("recency", &[3.0, 5.0, 200.0, 260.0, 4.0, 310.0]),
///     ("spend", &[900.0, 1_200.0, 40.0, 55.0, 1_000.0, 35.0]),
/// ];
/// let features = Features::from_columns(columns, MissingValues::Refuse)?;
/// let in_logs = ColumnParams::default().transform(Transform::Ln);
/// let segmentation = SegmentationParams::new("habits", KMeansParams::new(2))
///     .preparation(PreparationParams::default().all(in_logs))
///     .fit(&features, NaiveDate::from_ymd_opt(2024, 12, 31).unwrap())?;
/// assert_eq!(segmentation.segments().len(), 2);
/// assert_eq!(segmentation.sizes()[0].rows, 3);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentationParams {
    name: String,
    model: SegmentModelParams,
    #[serde(default)]
    preparation: Asked,
    #[serde(default = "default_novelty")]
    novelty: f64,
}

/// What was said of the preparation.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Asked {
    /// Nothing: whatever suits the model.
    #[default]
    Suited,
    This(PreparationParams),
    Fitted(Box<Preparation>),
    None,
}

fn default_novelty() -> f64 {
    0.99
}

impl SegmentationParams {
    /// A segmentation by a model, under a name that says what it is about. Models that look for
    /// groups get z-scores, k-prototypes with their categories as they are; rules, grids,
    /// products and models that are fitted already read the columns as they are.
    ///
    /// # Example
    ///
    /// See [`SegmentationParams`].
    pub fn new(name: &str, model: impl Into<SegmentModelParams>) -> Self {
        Self {
            name: name.to_owned(),
            model: model.into(),
            preparation: Asked::Suited,
            novelty: default_novelty(),
        }
    }

    /// How columns are brought onto one scale before the model sees them.
    ///
    /// # Example
    ///
    /// See [`SegmentationParams`].
    pub fn preparation(mut self, params: PreparationParams) -> Self {
        self.preparation = Asked::This(params);
        self
    }

    /// Columns go through a preparation that is fitted already: that of an earlier segmentation, or
    /// the one that a model which is fitted already has seen.
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// # let spend = [10.0, 11.0, 12.0, 500.0, 520.0, 9.0];
    /// # let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
    /// let in_logs = ColumnParams::default().transform(Transform::Ln);
    /// let preparation = PreparationParams::default().all(in_logs).fit(&features)?;
    /// // Batches as they come, each prepared alike.
    /// let mut stream = KMeansStreamParams::new(2).buffer(6).open(preparation.names())?;
    /// stream.update(preparation.apply(&features)?.features())?;
    /// // What has come of it so far, as a segmentation with names, distances and novelty.
    /// let model = SegmentModel::KMeans(stream.model()?);
    /// let params = SegmentationParams::new("spenders", model).prepared_by(preparation);
    /// let segmentation = params.fit(&features, day)?;
    /// assert_eq!(segmentation.sizes()[0].rows, 4);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn prepared_by(mut self, preparation: Preparation) -> Self {
        self.preparation = Asked::Fitted(Box::new(preparation));
        self
    }

    /// The model sees the columns as they are: the one with the largest numbers decides.
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let raw = SegmentationParams::new("raw", KMeansParams::new(2)).unprepared();
    /// assert!(raw.fit(&features, day)?.preparation().is_none());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn unprepared(mut self) -> Self {
        self.preparation = Asked::None;
        self
    }

    /// A customer is novel whose distance is above that of this share of the customers of the
    /// segment in the fit; 0.99 unless told.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::{KMeansParams, SegmentationParams};
    /// let params = SegmentationParams::new("needs", KMeansParams::new(4));
    /// assert_ne!(params.clone().novelty(0.999), params);
    /// ```
    pub fn novelty(mut self, share: f64) -> Self {
        self.novelty = share;
        self
    }

    /// Fits preparation and model, as of the day that the features are of.
    ///
    /// Segments that a model finds are numbered from 1 by falling weight and called "Segment 1"
    /// and so on; then come those of the columns whose missing values make a segment of their
    /// own. Rules, grids and products bring their numbers and names.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a blank name, a share of novelty that is not above 0 and up
    /// to 1, and a preparation for a model that reads columns as they are; whatever the
    /// preparation and the model refuse.
    ///
    /// # Example
    ///
    /// See [`SegmentationParams`].
    pub fn fit(&self, features: &Features, fitted_at: NaiveDate) -> Result<Segmentation> {
        self.fit_observed(features, fitted_at, &mut ())
    }

    /// As [`fit`](Self::fit), watched: the steps are those of the model.
    ///
    /// # Errors
    ///
    /// As `fit`, and [`Error::Cancelled`].
    ///
    /// # Example
    ///
    /// ```
    /// # use chrono::NaiveDate;
    /// # use custometry::{Progress, data::{Features, MissingValues}, segmentation::*};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// # let day = NaiveDate::from_ymd_opt(2024, 12, 31).unwrap();
    /// let mut stop = |_: Progress| std::ops::ControlFlow::Break(());
    /// let params = SegmentationParams::new("needs", KMeansParams::new(2));
    /// assert!(params.fit_observed(&features, day, &mut stop).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn fit_observed(
        &self,
        features: &Features,
        fitted_at: NaiveDate,
        observer: &mut dyn Observer,
    ) -> Result<Segmentation> {
        self.check()?;
        let preparation = self.fit_preparation(features)?;
        let prepared = preparation
            .as_ref()
            .map(|preparation| preparation.apply(features))
            .transpose()?;
        let seen = prepared.as_ref().map_or(features, Prepared::features);
        let apart = prepared.as_ref().and_then(Prepared::set_apart);
        let together = apart.map(|apart| seen.of_rows(&rows_together(apart)));
        let model = self
            .model
            .fit_observed(together.as_ref().unwrap_or(seen), observer)?;
        let placed = model.place(seen)?;

        let own = preparation
            .as_ref()
            .map_or(&[][..], |p| p.own_segment_columns());
        let mut found = Found::new(model.clusters() + own.len());
        found.count(&placed, apart, model.clusters(), features.weights());
        if let SegmentModel::KMeans(means) = &model
            && let Some(limited) = means.limits()
        {
            found.limit(limited.rows(), means.sizes());
        }
        let (segments, places) = match model.own_segments() {
            Some(segments) => (segments.to_vec(), (0..).take(segments.len()).collect()),
            None => found.numbered(model.clusters(), own),
        };
        Segmentation::new(Parts {
            name: self.name.clone(),
            fitted_at,
            fitted_on: FittedOn {
                fingerprint: features.fingerprint(),
                columns: (features.names().iter().map(String::as_str))
                    .chain(features.category_names())
                    .map(str::to_owned)
                    .collect(),
            },
            novelty: self.novelty,
            sizes: by_place(&places, &found.sizes),
            bounds: by_place(&places, &found.bounds(self.novelty)),
            segments,
            places,
            preparation,
            model,
        })
    }

    fn check(&self) -> Result<()> {
        check_name_and_novelty(&self.name, self.novelty)?;
        if matches!(self.preparation, Asked::This(_) | Asked::Fitted(_))
            && !self.model.takes_prepared()
        {
            return Err(Error::parameter(
                "preparation",
                "given",
                "none: rules, grids and products read the columns as they are",
            ));
        }
        Ok(())
    }

    fn fit_preparation(&self, features: &Features) -> Result<Option<Preparation>> {
        match &self.preparation {
            Asked::This(params) => params.fit(features).map(Some),
            Asked::Fitted(preparation) => Ok(Some((**preparation).clone())),
            Asked::None => Ok(None),
            Asked::Suited if !self.model.looks_for_groups() => Ok(None),
            Asked::Suited => {
                let mut categories = CategoryParams::default();
                if matches!(self.model, SegmentModelParams::KPrototypes(_)) {
                    categories = categories.encoding(Encoding::Native);
                }
                let params = PreparationParams::default().all_categories(categories);
                params.fit(features).map(Some)
            }
        }
    }
}

/// The rows that no column sets apart.
pub(super) fn rows_together(apart: &[u32]) -> Vec<usize> {
    (0..apart.len())
        .filter(|&row| apart[row] == NOWHERE)
        .collect()
}

/// What the fit found in each cluster, and after the clusters in what each column sets apart.
struct Found {
    sizes: Vec<SegmentSize>,
    /// Costs and weights of the rows of a weight above 0.
    costs: Vec<Vec<(f64, f64)>>,
}

impl Found {
    fn new(count: usize) -> Self {
        let nothing = SegmentSize {
            rows: 0,
            weight: 0.0,
        };
        Self {
            sizes: vec![nothing; count],
            costs: vec![Vec::new(); count],
        }
    }

    fn count(
        &mut self,
        placed: &Placed,
        apart: Option<&[u32]>,
        clusters: usize,
        weights: Option<&[f64]>,
    ) {
        for row in 0..placed.cluster.len() {
            let weight = weights.map_or(1.0, |weights| weights[row]);
            let column = apart.map_or(NOWHERE, |apart| apart[row]);
            let at = match (column, placed.cluster[row]) {
                (NOWHERE, NOWHERE) => continue,
                (NOWHERE, cluster) => cluster as usize,
                (column, _) => clusters + column as usize,
            };
            self.sizes[at].rows += 1;
            self.sizes[at].weight += weight;
            if weight > 0.0 && column == NOWHERE {
                self.costs[at].push((placed.cost[row], weight));
            }
        }
    }

    /// The sizes of clusters as limits have made them.
    fn limit(&mut self, rows: &[usize], weights: &[f64]) {
        for (size, (&rows, &weight)) in self.sizes.iter_mut().zip(rows.iter().zip(weights)) {
            *size = SegmentSize { rows, weight };
        }
    }

    /// Clusters by falling weight, then the columns; for each cluster its place.
    fn numbered(&self, clusters: usize, own: &[String]) -> (Vec<Segment>, Vec<u32>) {
        let mut order: Vec<usize> = (0..clusters).collect();
        order.sort_by(|&a, &b| self.sizes[b].weight.total_cmp(&self.sizes[a].weight));
        order.extend(clusters..self.sizes.len());
        let mut places = vec![0; order.len()];
        let mut segments = Vec::with_capacity(order.len());
        for (number, &cluster) in (0u32..).zip(&order) {
            places[cluster] = number;
            segments.push(Segment {
                id: SegmentId(number + 1),
                name: match cluster.checked_sub(clusters) {
                    None => format!("Segment {}", number + 1),
                    Some(column) => format!("{} missing", own[column]),
                },
            });
        }
        (segments, places)
    }

    /// The cost in each cluster above which a customer is novel; none without customers.
    fn bounds(&mut self, share: f64) -> Vec<Option<f64>> {
        let bound = |costs: &mut Vec<(f64, f64)>| {
            costs.par_sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let copy = costs.iter().fold(1.0, |least: f64, row| least.min(row.1));
            weighted_quantile(costs, copy, share)
        };
        self.costs.iter_mut().map(bound).collect()
    }
}

/// What is known of each cluster, in the order of the places of their segments.
fn by_place<T: Copy>(places: &[u32], of_clusters: &[T]) -> Vec<T> {
    let mut all: Vec<(u32, T)> = places
        .iter()
        .copied()
        .zip(of_clusters.iter().copied())
        .collect();
    all.sort_by_key(|(place, _)| *place);
    all.into_iter().map(|(_, of_cluster)| of_cluster).collect()
}
