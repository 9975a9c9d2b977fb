//! Which numbers of clusters are compared, and by what.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    segmentation::{
        Covariance, GaussianMixtureParams, KMeansParams, SegmentModelParams, SilhouetteParams,
    },
};

/// Which numbers of clusters are compared, and by what.
///
/// By default by k-means, with 50 resamples for the stability of clusters, 20 splits for the
/// prediction strength and 50 references for the gap.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::*};
///
/// // Three groups of ten.
/// let spend: Vec<f64> = (0..30).map(|at| f64::from(at % 10 + 100 * (at / 10))).collect();
/// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
/// let panel = PanelParams::new(1..=5).evaluate(&features)?;
/// assert_eq!(panel.recommendation.k, 3);
/// assert_eq!(panel.preferred(PanelIndex::Silhouette), Some(3));
/// assert_eq!(panel.row(3).unwrap().sizes, [10.0 / 30.0; 3]);
/// for reason in &panel.recommendation.reasons {
///     assert!(!reason.to_string().is_empty());
/// }
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PanelParams {
    pub(super) first: usize,
    pub(super) last: usize,
    #[serde(default)]
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) restarts: Option<usize>,
    #[serde(default)]
    pub(super) seed: u64,
    #[serde(default)]
    pub(super) silhouette: SilhouetteParams,
    #[serde(default = "fifty")]
    pub(super) resamples: usize,
    #[serde(default = "twenty")]
    pub(super) splits: usize,
    #[serde(default = "fifty")]
    pub(super) references: usize,
}

/// What looks for the clusters.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    #[default]
    KMeans,
    GaussianMixture(Covariance),
}

fn fifty() -> usize {
    50
}
fn twenty() -> usize {
    20
}

impl PanelParams {
    /// All numbers of clusters of a range, such as `2..=8`. With 1 in it the panel can say that
    /// there are no groups.
    ///
    /// # Example
    ///
    /// See [`PanelParams`].
    pub fn new(range: RangeInclusive<usize>) -> Self {
        Self {
            first: *range.start(),
            last: *range.end(),
            kind: Kind::default(),
            restarts: None,
            seed: 0,
            silhouette: SilhouetteParams::default(),
            resamples: fifty(),
            splits: twenty(),
            references: fifty(),
        }
    }

    /// Gaussian mixtures in place of k-means. The panel then has AIC and ICL beside BIC, and no
    /// gap, which is about sums of squares. All restarts are made in each resample, which takes
    /// its time.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::*};
    ///
    /// let spend: Vec<f64> = (0..40).map(|at| f64::from(at % 10 + 100 * (at / 20))).collect();
    /// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
    /// let params = PanelParams::new(1..=2).mixtures(Covariance::Full).resamples(5).splits(5);
    /// let panel = params.evaluate(&features)?;
    /// assert_eq!(panel.preferred(PanelIndex::Bic), Some(2));
    /// assert!(panel.rows[1].icl.is_some() && panel.rows[1].gap.is_none());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn mixtures(mut self, covariance: Covariance) -> Self {
        self.kind = Kind::GaussianMixture(covariance);
        self
    }

    /// How many times each fit to all rows starts; as the model has it unless told.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::PanelParams;
    /// assert_ne!(PanelParams::new(2..=8).restarts(50), PanelParams::new(2..=8));
    /// ```
    pub fn restarts(mut self, restarts: usize) -> Self {
        self.restarts = Some(restarts);
        self
    }

    /// What all random numbers come from; 0 by default.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::PanelParams;
    /// assert_ne!(PanelParams::new(2..=8).seed(1), PanelParams::new(2..=8));
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How silhouettes are computed; exactly up to 20,000 rows unless told, and from a sample
    /// beyond.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::{PanelParams, SilhouetteParams};
    /// let sample = SilhouetteParams::default().sample(1_000);
    /// assert_ne!(PanelParams::new(2..=8).silhouette(sample), PanelParams::new(2..=8));
    /// ```
    pub fn silhouette(mut self, params: SilhouetteParams) -> Self {
        self.silhouette = params;
        self
    }

    /// The resamples for the stability of clusters; 50 unless told, 0 for no stability.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::PanelParams};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// let panel = PanelParams::new(1..=2).resamples(0).evaluate(&features)?;
    /// assert!(panel.rows[0].stability.is_none() && panel.rows[0].gap.is_some());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn resamples(mut self, resamples: usize) -> Self {
        self.resamples = resamples;
        self
    }

    /// The splits into halves for the prediction strength; 20 unless told, 0 for none.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::PanelParams};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// let panel = PanelParams::new(1..=2).splits(0).evaluate(&features)?;
    /// assert!(panel.rows[0].strength.is_none());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn splits(mut self, splits: usize) -> Self {
        self.splits = splits;
        self
    }

    /// The references for the gap; 50 unless told, 0 for no gap.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::PanelParams};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// let panel = PanelParams::new(1..=2).references(0).evaluate(&features)?;
    /// assert!(panel.rows[0].gap.is_none());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn references(mut self, references: usize) -> Self {
        self.references = references;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.first == 0 || self.first > self.last {
            let given = format!("{}..={}", self.first, self.last);
            let expected = "a range from 1 or more up to no less than where it starts";
            return Err(Error::parameter("range", given, expected));
        }
        for (name, count) in [
            ("resamples", self.resamples),
            ("splits", self.splits),
            ("references", self.references),
        ] {
            if count == 1 {
                let expected = "0 for none, or at least 2, of which a mean has an error";
                return Err(Error::parameter(name, count, expected));
            }
        }
        Ok(())
    }

    /// The model with so many clusters.
    pub(super) fn model(&self, k: usize) -> SegmentModelParams {
        match self.kind {
            Kind::KMeans => {
                let params = KMeansParams::new(k).seed(self.seed);
                match self.restarts {
                    Some(restarts) => params.restarts(restarts).into(),
                    None => params.into(),
                }
            }
            Kind::GaussianMixture(covariance) => {
                let params = GaussianMixtureParams::new(k).covariance(covariance);
                let params = params.seed(self.seed);
                match self.restarts {
                    Some(restarts) => params.restarts(restarts).into(),
                    None => params.into(),
                }
            }
        }
    }
}
