//! A model fitted again to the same rows under other weights.

use crate::{
    Error, Result,
    data::Features,
    segmentation::{
        SegmentModel, SegmentModelParams,
        k_means::{SIDE_BY_SIDE, Starts, search},
        points::Points,
    },
};

/// Up to so many rows times clusters k-means starts afresh alone, and the most starts then.
const FEW: usize = 1 << 16;
const STARTS: usize = 8;
/// Fresh starts beyond: beside known centres, and without them.
const BESIDE_KNOWN: usize = 2;
const ALONE: usize = 4;

/// How a model is fitted again.
pub(in crate::segmentation) struct Refits<'a> {
    features: &'a Features,
    how: How<'a>,
}

enum How<'a> {
    /// By a few starts.
    Search {
        points: Points<'a>,
        clusters: usize,
        centres: Option<Vec<f64>>,
        fresh: usize,
        /// With many rows a move of a single one changes next to nothing.
        single_moves: bool,
        seed: u64,
    },
    /// As it was told.
    Fit(&'a SegmentModelParams),
}

impl<'a> Refits<'a> {
    /// With many rows k-means starts from the centres of `known` as well, if they are as many as
    /// its clusters.
    pub(in crate::segmentation) fn new(
        features: &'a Features,
        params: &'a SegmentModelParams,
        known: Option<&SegmentModel>,
        seed: u64,
    ) -> Result<Self> {
        let how = match params {
            SegmentModelParams::KMeans(k_means) if k_means.starts_anew() => {
                let points = Points::of(features)?;
                k_means.check(points)?;
                let clusters = k_means.clusters();
                let few = points.rows * clusters <= FEW;
                // Known centres would find themselves again where a better end needs many starts.
                let centres = match known {
                    Some(SegmentModel::KMeans(model)) if !few && model.clusters() == clusters => {
                        Some(model.centres().iter().copied().collect())
                    }
                    _ => None,
                };
                let fresh = match (few, &centres) {
                    (true, _) => STARTS,
                    (false, Some(_)) => BESIDE_KNOWN,
                    (false, None) => ALONE,
                };
                How::Search {
                    points,
                    clusters,
                    centres,
                    fresh,
                    single_moves: few,
                    seed,
                }
            }
            _ => How::Fit(params),
        };
        Ok(Self { features, how })
    }

    /// Whether fits may go side by side, each with what it needs for itself.
    pub(in crate::segmentation) fn side_by_side(&self) -> bool {
        self.features.len() <= SIDE_BY_SIDE
    }

    /// The cluster of every row, drawn or not, by a fit under other weights; none if those admit
    /// no fit. `item` is the number of the fit, for its random numbers.
    pub(in crate::segmentation) fn labels(
        &self,
        weights: &[f64],
        item: u64,
    ) -> Result<Option<Vec<u32>>> {
        let labels = match &self.how {
            How::Search {
                points,
                clusters,
                centres,
                fresh,
                single_moves,
                seed,
            } => {
                let points = Points {
                    weights: Some(weights),
                    ..*points
                };
                let starts = Starts {
                    known: centres.as_deref(),
                    fresh: *fresh,
                    single_moves: *single_moves,
                    seed: *seed,
                    item,
                };
                search(points, *clusters, starts).map(|found| found.labels)
            }
            How::Fit(params) => {
                let weighted = || self.features.clone().with_weights(weights);
                weighted().and_then(|features| {
                    let model = params.fit_observed(&features, &mut ())?;
                    Ok(model.place(&features)?.cluster)
                })
            }
        };
        match labels {
            Ok(labels) => Ok(Some(labels)),
            Err(Error::NotEnoughData { .. } | Error::Degenerate { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
