//! What a panel says.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{data::Estimate, segmentation::Stability};

/// Numbers of clusters side by side.
///
/// # Example
///
/// See [`PanelParams`](super::PanelParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Panel {
    /// One for each number of clusters, rising.
    pub rows: Vec<PanelRow>,
    /// Which number each index prefers, of those that were computed and have a preference.
    pub preferences: Vec<PanelPreference>,
    /// What can be defended best, and what speaks against it.
    pub recommendation: PanelRecommendation,
    /// What is odd about the data or the range; each row has its own besides.
    pub warnings: Vec<PanelWarning>,
}

/// All there is to say of one number of clusters.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::*};
///
/// let features = Features::from_columns(&[("x", &[0.0, 2.0, 9.0, 11.0])], MissingValues::Refuse)?;
/// let params = PanelParams::new(1..=2).resamples(0).splits(0).references(0);
/// let panel = params.evaluate(&features)?;
/// let two = panel.row(2).unwrap();
/// assert_eq!((two.within, two.calinski_harabasz), (4.0, Some(40.5)));
/// assert_eq!(panel.row(1).unwrap().silhouette, None); // there is no other cluster
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PanelRow {
    /// How many clusters were asked for.
    pub k: usize,
    /// The weighted sum of squared distances to the means of the clusters.
    pub within: f64,
    /// The share of the spread that lies between clusters.
    pub explained: f64,
    /// The mean silhouette; its standard error is 0 unless rows were sampled. None for a single
    /// cluster.
    pub silhouette: Option<Estimate>,
    /// The index of Caliński and Harabasz, where it exists.
    pub calinski_harabasz: Option<f64>,
    /// The index of Davies and Bouldin, where it exists.
    pub davies_bouldin: Option<f64>,
    /// The gap; not of mixtures.
    pub gap: Option<PanelGap>,
    /// BIC: of the mixture, or beside k-means that of a diagonal mixture started from its centres;
    /// none if that is not sound. Less is better.
    pub bic: Option<f64>,
    /// AIC, of mixtures alone.
    pub aic: Option<f64>,
    /// ICL, of mixtures alone: BIC with what is unsure about who belongs where added.
    pub icl: Option<f64>,
    /// The prediction strength.
    pub strength: Option<PanelStrength>,
    /// The stability of each cluster.
    pub stability: Option<Stability>,
    /// The shares of the weight that clusters have, rising.
    pub sizes: Vec<f64>,
    /// Whether the fit came to rest.
    pub converged: bool,
    /// What speaks against this number.
    pub warnings: Vec<PanelWarning>,
}

/// How much better the clusters are than those of data without any.
///
/// # Example
///
/// ```
/// # use custometry::{data::{Features, MissingValues}, segmentation::PanelParams};
/// # let features = Features::from_columns(&[("x", &[0.0, 2.0, 9.0, 11.0])], MissingValues::Refuse)?;
/// let panel = PanelParams::new(1..=2).evaluate(&features)?;
/// let gap = panel.rows[1].gap.unwrap();
/// assert_eq!(gap.log_within, 2f64.ln()); // half of 4
/// assert!(gap.error > 0.0);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PanelGap {
    /// The logarithm of half the sum of squares.
    pub log_within: f64,
    /// What the references have more of it on average.
    pub value: f64,
    /// s(k): the error that the rules allow for.
    pub error: f64,
}

/// How well one half of the rows tells the groups of the other.
///
/// # Example
///
/// ```
/// # use custometry::{data::{Features, MissingValues}, segmentation::PanelParams};
/// # let features = Features::from_columns(&[("x", &[0.0, 2.0, 9.0, 11.0])], MissingValues::Refuse)?;
/// let one = PanelParams::new(1..=1).evaluate(&features)?.rows[0].strength.unwrap();
/// assert_eq!((one.mean, one.error), (1.0, 0.0));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PanelStrength {
    /// The mean over splits.
    pub mean: f64,
    /// The standard error of that mean.
    pub error: f64,
}

/// What has a preference for a number of clusters.
///
/// # Example
///
/// ```
/// use custometry::segmentation::PanelIndex;
/// assert_eq!(PanelIndex::DaviesBouldin.name(), "Davies-Bouldin");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PanelIndex {
    /// The knee of the sum of squares.
    Knee,
    /// The greatest silhouette.
    Silhouette,
    /// The greatest index of Caliński and Harabasz.
    CalinskiHarabasz,
    /// The least index of Davies and Bouldin.
    DaviesBouldin,
    /// The gap by the rule of its paper.
    Gap,
    /// The gap by its first maximum less an error.
    GapFirstMaximum,
    /// The least BIC.
    Bic,
    /// The greatest k whose prediction strength, with an error added, is 0.8 or more.
    PredictionStrength,
    /// The greatest k whose clusters are all stable.
    Stability,
}

impl PanelIndex {
    /// Its name.
    ///
    /// # Example
    ///
    /// See [`PanelIndex`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Knee => "knee of the sum of squares",
            Self::Silhouette => "silhouette",
            Self::CalinskiHarabasz => "Calinski-Harabasz",
            Self::DaviesBouldin => "Davies-Bouldin",
            Self::Gap => "gap",
            Self::GapFirstMaximum => "first maximum of the gap",
            Self::Bic => "BIC",
            Self::PredictionStrength => "prediction strength",
            Self::Stability => "stability",
        }
    }
}

/// The number of clusters that an index prefers.
///
/// # Example
///
/// See [`Panel::preferred`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PanelPreference {
    /// The index.
    pub index: PanelIndex,
    /// What it prefers.
    pub k: usize,
}

/// The number of clusters that can be defended best, with reasons.
///
/// 1. If 1 is in the range and all that can say so of gap (by the rule of its paper) and
///    prediction strength prefer it, there are no groups: 1.
/// 2. Otherwise those numbers from 2 on stand whose clusters are all stable, where that was
///    computed, and none of them small. If there are none, the most stable one is taken, with
///    stability not computed the one with the largest smallest cluster.
/// 3. Among those that stand each index has a vote: silhouette, Calinski-Harabasz,
///    Davies-Bouldin and BIC for the one where they are best, knee, gap and prediction strength
///    for theirs if it stands. The most votes win, of equals the smaller number.
///
/// # Example
///
/// See [`PanelParams`](super::PanelParams).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PanelRecommendation {
    /// The number.
    pub k: usize,
    /// What speaks for it.
    pub reasons: Vec<PanelReason>,
    /// What speaks against it.
    pub against: Vec<PanelReason>,
}

/// Something that speaks for a number of clusters, or against it.
///
/// # Example
///
/// ```
/// # use custometry::{data::{Features, MissingValues}, segmentation::*};
/// # let features = Features::from_columns(&[("x", &[0.0, 2.0, 9.0, 11.0])], MissingValues::Refuse)?;
/// let params = PanelParams::new(2..=3).resamples(0).splits(0).references(0);
/// let panel = params.evaluate(&features)?;
/// let told = panel.recommendation.reasons[0].to_string();
/// assert_eq!(told, "silhouette prefers 2 (0.7750)");
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PanelReason {
    /// An index prefers a number.
    Prefers {
        /// The index.
        index: PanelIndex,
        /// What it prefers.
        k: usize,
        /// Its value there, where it has one.
        value: Option<f64>,
        /// Its value at the number that is recommended, if that is another.
        here: Option<f64>,
    },
    /// Every cluster is stable.
    Stable {
        /// The least mean Jaccard similarity.
        least_jaccard: f64,
    },
    /// Of all that have been looked at, no number has stable clusters of fair size; its clusters
    /// come nearest.
    NoneStable {
        /// The least mean Jaccard similarity.
        least_jaccard: f64,
    },
    /// What was computed of gap and prediction strength finds no groups at all.
    NoGroups,
    /// A warning about the number.
    Warning(PanelWarning),
}

/// Something that the caller should look at.
///
/// # Example
///
/// ```
/// # use custometry::{data::{Features, MissingValues}, segmentation::*};
/// let spend: Vec<f64> = (0..40).map(|at| f64::from(at % 7)).chain([900.0]).collect();
/// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
/// let panel = PanelParams::new(2..=3).evaluate(&features)?;
/// assert!(panel.warnings[0].to_string().starts_with("spend is skewed (6.2)"));
/// let small = PanelWarning::SmallCluster { k: 2, share: 1.0 / 41.0 };
/// assert!(panel.rows[0].warnings.contains(&small));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PanelWarning {
    /// A cluster has less than 5 % of the weight: perhaps a few outliers.
    SmallCluster {
        /// The number of clusters.
        k: usize,
        /// The share of the smallest.
        share: f64,
    },
    /// The silhouette prefers a number whose smallest cluster has less than a third of an even
    /// share: it likes to split off what is far out.
    SilhouetteOfUnequal {
        /// The number of clusters.
        k: usize,
        /// The share of the smallest.
        share: f64,
    },
    /// A cluster is not stable: a mean Jaccard similarity below 0.75.
    Unstable {
        /// The number of clusters.
        k: usize,
        /// The cluster, as the model numbers it.
        label: u32,
        /// Its mean Jaccard similarity.
        mean_jaccard: f64,
    },
    /// The fit did not come to rest.
    NotConverged {
        /// The number of clusters.
        k: usize,
    },
    /// A cluster of the mixture is singular or empty, so that its likelihood says little.
    Unsound {
        /// The number of clusters.
        k: usize,
    },
    /// A column has a skew beyond 2, and a few customers rule its scale: transform it.
    Skewed {
        /// The column.
        column: String,
        /// Its skew.
        skew: f64,
    },
    /// The gap still rises at the end of the range: it prefers more clusters, or the groups have
    /// an inner order that the box of the references has not.
    GapRises,
}

impl fmt::Display for PanelReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefers {
                index,
                k,
                value,
                here,
            } => {
                write!(f, "{} prefers {k}", index.name())?;
                match (value, here) {
                    (Some(value), Some(here)) => write!(f, " ({value:.4}, here {here:.4})"),
                    (Some(value), None) => write!(f, " ({value:.4})"),
                    _ => Ok(()),
                }
            }
            Self::Stable { least_jaccard } => write!(
                f,
                "every cluster is stable (least mean Jaccard {least_jaccard:.3})"
            ),
            Self::NoneStable { least_jaccard } => write!(
                f,
                "no number has stable clusters of fair size; these come nearest (least mean \
                 Jaccard {least_jaccard:.3})"
            ),
            Self::NoGroups => write!(f, "nothing tells the data from a single group"),
            Self::Warning(warning) => warning.fmt(f),
        }
    }
}

impl fmt::Display for PanelWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SmallCluster { k, share } => write!(
                f,
                "with {k} the smallest cluster has {:.1} % of the weight: perhaps outliers",
                100.0 * share
            ),
            Self::SilhouetteOfUnequal { k, share } => write!(
                f,
                "the silhouette prefers {k}, where the smallest cluster has {:.1} %: it likes to \
                 split off what is far out",
                100.0 * share
            ),
            Self::Unstable {
                k,
                label,
                mean_jaccard,
            } => write!(
                f,
                "with {k} cluster {label} is not stable (mean Jaccard {mean_jaccard:.3})"
            ),
            Self::NotConverged { k } => write!(f, "with {k} the fit did not come to rest"),
            Self::Unsound { k } => {
                write!(f, "with {k} a cluster of the mixture is singular or empty")
            }
            Self::Skewed { column, skew } => write!(
                f,
                "{column} is skewed ({skew:.1}), so that a few customers rule its scale: \
                 transform it"
            ),
            Self::GapRises => write!(f, "the gap still rises at the end of the range"),
        }
    }
}

impl Panel {
    /// All there is to say of one number of clusters; `None` if it is not in the range.
    ///
    /// # Example
    ///
    /// See [`PanelRow`].
    pub fn row(&self, k: usize) -> Option<&PanelRow> {
        self.rows.iter().find(|row| row.k == k)
    }

    /// The number of clusters that an index prefers; `None` if it was not computed or has no
    /// preference.
    ///
    /// # Example
    ///
    /// See [`PanelParams`](super::PanelParams).
    pub fn preferred(&self, index: PanelIndex) -> Option<usize> {
        let found = |preference: &&PanelPreference| preference.index == index;
        self.preferences.iter().find(found).map(|found| found.k)
    }
}
