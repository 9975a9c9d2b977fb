//! The models that a segmentation can hold, behind one shape.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::product::SegmentProduct;
use crate::{
    Observer, Result,
    data::{Features, Segment},
    segmentation::{
        Dbscan, DbscanParams, GaussianMixture, GaussianMixtureParams, KMeans, KMeansParams,
        KPrototypes, KPrototypesParams, RfmGrid, Rules, RulesParams, placed::Placed,
    },
};

/// What decides which segment a customer belongs to, before it is fitted.
///
/// Parameters of a model turn into it, and so does what needs no fit.
///
/// # Example
///
/// ```
/// use custometry::segmentation::{KMeansParams, SegmentModelParams};
/// let params = SegmentModelParams::from(KMeansParams::new(4));
/// assert!(matches!(params, SegmentModelParams::KMeans(_)));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SegmentModelParams {
    /// Groups around means.
    KMeans(KMeansParams),
    /// Groups of the shape of a normal distribution, with soft membership.
    GaussianMixture(GaussianMixtureParams),
    /// Groups around prototypes of numbers and categories.
    KPrototypes(KPrototypesParams),
    /// Crowds of any shape, and those who stand alone.
    Dbscan(DbscanParams),
    /// Rules that somebody has written; their quantiles are frozen by the fit.
    Rules(RulesParams),
    /// Scores of recency, frequency and money, and a map of them.
    RfmGrid(Box<RfmGrid>),
    /// Each pair of segments of two segmentations.
    Product(Box<SegmentProduct>),
    /// A model that is fitted already, such as that of a [stream](crate::segmentation::KMeansStream).
    Fitted(Box<SegmentModel>),
}

/// What decides which segment a customer belongs to, fitted and frozen.
///
/// # Example
///
/// See [`Segmentation::model`](super::Segmentation::model).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SegmentModel {
    /// Groups around means.
    KMeans(KMeans),
    /// Groups of the shape of a normal distribution.
    GaussianMixture(GaussianMixture),
    /// Groups around prototypes of numbers and categories.
    KPrototypes(KPrototypes),
    /// Crowds of any shape.
    Dbscan(Dbscan),
    /// Rules with frozen quantiles.
    Rules(Rules),
    /// Scores of recency, frequency and money, and a map of them.
    RfmGrid(Box<RfmGrid>),
    /// Each pair of segments of two segmentations.
    Product(Box<SegmentProduct>),
}

impl SegmentModelParams {
    /// Whether the model looks for groups, in features that were brought onto one scale. The
    /// others hold groups that are known.
    pub(in crate::segmentation) fn looks_for_groups(&self) -> bool {
        match self {
            Self::KMeans(_) | Self::GaussianMixture(_) | Self::KPrototypes(_) | Self::Dbscan(_) => {
                true
            }
            Self::Rules(_) | Self::RfmGrid(_) | Self::Product(_) | Self::Fitted(_) => false,
        }
    }

    /// Whether it takes features that were prepared.
    pub(super) fn takes_prepared(&self) -> bool {
        match self {
            Self::Fitted(model) => model.measures(),
            _ => self.looks_for_groups(),
        }
    }

    pub(in crate::segmentation) fn fit_observed(
        &self,
        features: &Features,
        observer: &mut dyn Observer,
    ) -> Result<SegmentModel> {
        Ok(match self {
            Self::KMeans(params) => SegmentModel::KMeans(params.fit_observed(features, observer)?),
            Self::GaussianMixture(params) => {
                SegmentModel::GaussianMixture(params.fit_observed(features, observer)?)
            }
            Self::KPrototypes(params) => {
                SegmentModel::KPrototypes(params.fit_observed(features, observer)?)
            }
            Self::Dbscan(params) => SegmentModel::Dbscan(params.fit(features)?),
            Self::Rules(params) => SegmentModel::Rules(params.fit(features)?),
            Self::RfmGrid(grid) => SegmentModel::RfmGrid(grid.clone()),
            Self::Product(product) => SegmentModel::Product(product.clone()),
            Self::Fitted(model) => (**model).clone(),
        })
    }
}

impl SegmentModel {
    /// How many clusters rows can be placed in.
    pub(in crate::segmentation) fn clusters(&self) -> usize {
        match self {
            Self::KMeans(model) => model.clusters(),
            Self::GaussianMixture(model) => model.clusters(),
            Self::KPrototypes(model) => model.clusters(),
            Self::Dbscan(model) => model.clusters(),
            Self::Rules(model) => model.segments().len(),
            Self::RfmGrid(model) => model.segments().len(),
            Self::Product(model) => model.segments().len(),
        }
    }

    /// The segments of a model that has its own: one for each cluster.
    pub(super) fn own_segments(&self) -> Option<&[Segment]> {
        match self {
            Self::KMeans(_) | Self::GaussianMixture(_) | Self::KPrototypes(_) | Self::Dbscan(_) => {
                None
            }
            Self::Rules(model) => Some(model.segments()),
            Self::RfmGrid(model) => Some(model.segments()),
            Self::Product(model) => Some(model.segments()),
        }
    }

    pub(in crate::segmentation) fn place(&self, features: &Features) -> Result<Placed> {
        match self {
            Self::KMeans(model) => model.place(features),
            Self::GaussianMixture(model) => model.place(features),
            Self::KPrototypes(model) => model.place(features),
            Self::Dbscan(model) => model.place(features),
            Self::Rules(model) => model.place(features),
            Self::RfmGrid(model) => model.place(features),
            Self::Product(model) => model.place(features),
        }
    }

    /// Whether a row has a distance to each cluster.
    pub(super) fn measures(&self) -> bool {
        self.own_segments().is_none()
    }

    /// The middle of a cluster in the prepared columns of numbers, or what of a crowd is nearest
    /// to a point; empty if the model does not measure.
    pub(super) fn middle(&self, cluster: u32, point: &[f64]) -> Vec<f64> {
        let row = |centres: ArrayView2<'_, f64>| centres.row(cluster as usize).to_vec();
        match self {
            Self::KMeans(model) => row(model.centres()),
            Self::GaussianMixture(model) => row(model.means()),
            Self::KPrototypes(model) => row(model.centres()),
            Self::Dbscan(model) => model.nearest_core_point(point, cluster),
            Self::Rules(_) | Self::RfmGrid(_) | Self::Product(_) => Vec::new(),
        }
    }

    /// Whether a cost is a squared distance.
    pub(super) fn squares(&self) -> bool {
        matches!(self, Self::KMeans(_) | Self::Dbscan(_))
    }
}

/// A variant from what it holds.
macro_rules! from {
    ($($held:ident => $variant:ident),+ $(,)?) => {$(
        impl From<$held> for SegmentModelParams {
            fn from(held: $held) -> Self {
                Self::$variant(held.into())
            }
        }
    )+};
}

from! {
    KMeansParams => KMeans,
    GaussianMixtureParams => GaussianMixture,
    KPrototypesParams => KPrototypes,
    DbscanParams => Dbscan,
    RulesParams => Rules,
    RfmGrid => RfmGrid,
    SegmentProduct => Product,
    SegmentModel => Fitted,
}
