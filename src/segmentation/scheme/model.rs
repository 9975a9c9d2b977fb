//! The models that a segmentation can hold, behind one shape.

use serde::{Deserialize, Serialize};

use super::product::SegmentProduct;
use crate::{
    Observer, Result,
    data::{Features, Segment},
    segmentation::{
        GaussianMixture, GaussianMixtureParams, KMeans, KMeansParams, KPrototypes,
        KPrototypesParams, RfmGrid, Rules, RulesParams, placed::Placed,
    },
};

/// What decides which segment a customer belongs to, before it is fitted.
///
/// Parameters of a model turn into it, and so do the two that need no fit.
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
    /// Rules that somebody has written; their quantiles are frozen by the fit.
    Rules(RulesParams),
    /// Scores of recency, frequency and money, and a map of them.
    RfmGrid(RfmGrid),
    /// Each pair of segments of two segmentations.
    Product(Box<SegmentProduct>),
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
    /// Rules with frozen quantiles.
    Rules(Rules),
    /// Scores of recency, frequency and money, and a map of them.
    RfmGrid(RfmGrid),
    /// Each pair of segments of two segmentations.
    Product(Box<SegmentProduct>),
}

impl SegmentModelParams {
    /// Whether the model looks for groups, in features that were brought onto one scale. The
    /// others read the columns as they are, and have segments of their own.
    pub(in crate::segmentation) fn looks_for_groups(&self) -> bool {
        match self {
            Self::KMeans(_) | Self::GaussianMixture(_) | Self::KPrototypes(_) => true,
            Self::Rules(_) | Self::RfmGrid(_) | Self::Product(_) => false,
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
            Self::Rules(params) => SegmentModel::Rules(params.fit(features)?),
            Self::RfmGrid(grid) => SegmentModel::RfmGrid(grid.clone()),
            Self::Product(product) => SegmentModel::Product(product.clone()),
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
            Self::Rules(model) => model.segments().len(),
            Self::RfmGrid(model) => model.segments().len(),
            Self::Product(model) => model.segments().len(),
        }
    }

    /// The segments of a model that has its own: one for each cluster.
    pub(super) fn own_segments(&self) -> Option<&[Segment]> {
        match self {
            Self::KMeans(_) | Self::GaussianMixture(_) | Self::KPrototypes(_) => None,
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
            Self::Rules(model) => model.place(features),
            Self::RfmGrid(model) => model.place(features),
            Self::Product(model) => model.place(features),
        }
    }

    /// Whether a cost is a squared distance.
    pub(super) fn squares(&self) -> bool {
        matches!(self, Self::KMeans(_))
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
    RulesParams => Rules,
    RfmGrid => RfmGrid,
    SegmentProduct => Product,
}
