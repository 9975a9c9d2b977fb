//! Centres that were found, and what they say of new rows.

use ndarray::ArrayView2;
use pulp::Arch;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    limits::FittedLimits,
    lloyd::{CHUNK, Run, nearest_rows},
    tiles::Centres,
};
use crate::{
    Error, Result,
    data::Features,
    numeric::dispatch,
    persist,
    segmentation::{
        placed::{NOWHERE, Placed},
        points::{Points, is_usable},
    },
};

/// How the run that was kept came to its end.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::{KMeansParams, KMeansVerdict}};
/// let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
/// assert_eq!(KMeansParams::new(2).fit(&features)?.verdict(), KMeansVerdict::Converged);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KMeansVerdict {
    /// Rows, or centres within the tolerance, stood still.
    Converged,
    /// The iterations ended first; more of them would lower the sum of squares.
    IterationLimit,
    /// The centres have followed a stream ([`KMeansStream`](super::KMeansStream)): they are means of
    /// what came to them, and not an end of iterations.
    Streamed,
}

/// Centres of clusters, frozen.
///
/// Clusters are numbered from 0, in no order that means anything: the same data with another seed
/// may number them otherwise. A segmentation gives them names and numbers that stay.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::KMeansParams};
///
/// let columns: &[(&str, &[f64])] = &[("x", &[0.0, 0.2, 5.0, 5.2]), ("y", &[1.0, 1.0, 3.0, 3.0])];
/// let features = Features::from_columns(columns, MissingValues::Refuse)?;
/// let groups = KMeansParams::new(2).fit(&features)?;
/// assert!((groups.inertia() - 0.04).abs() < 1e-12);
/// assert_eq!(groups.sizes(), [2.0, 2.0]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "KMeansFields")]
pub struct KMeans {
    columns: Vec<String>,
    /// One after the other.
    centres: Vec<f64>,
    sizes: Vec<f64>,
    within: Vec<f64>,
    iterations: usize,
    verdict: KMeansVerdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<FittedLimits>,
}

/// How centres are saved.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KMeansFields {
    columns: Vec<String>,
    centres: Vec<f64>,
    sizes: Vec<f64>,
    within: Vec<f64>,
    iterations: usize,
    verdict: KMeansVerdict,
    #[serde(default)]
    limits: Option<FittedLimits>,
}

impl TryFrom<KMeansFields> for KMeans {
    type Error = Error;
    fn try_from(fields: KMeansFields) -> Result<Self> {
        let clusters = fields.sizes.len();
        if clusters == 0 || fields.columns.is_empty() {
            return Err(Error::NotEnoughData {
                what: "clusters and columns".into(),
                needed: 1,
                found: 0,
            });
        }
        Error::check_length(
            "centres",
            clusters * fields.columns.len(),
            fields.centres.len(),
        )?;
        Error::check_length("within", clusters, fields.within.len())?;
        if let Some(value) = fields.centres.iter().find(|value| !is_usable(value)) {
            return Err(Error::parameter(
                "centre",
                value,
                "a finite number up to 1e140",
            ));
        }
        for value in fields.sizes.iter().chain(&fields.within) {
            if !(value.is_finite() && *value >= 0.0) {
                return Err(Error::parameter(
                    "size",
                    value,
                    "a finite number of 0 or more",
                ));
            }
        }
        if let Some(limits) = &fields.limits {
            limits.check(clusters, fields.within.iter().sum())?;
        }
        Ok(Self {
            columns: fields.columns,
            centres: fields.centres,
            sizes: fields.sizes,
            within: fields.within,
            iterations: fields.iterations,
            verdict: fields.verdict,
            limits: fields.limits,
        })
    }
}

impl persist::sealed::Sealed for KMeans {}
impl persist::Persist for KMeans {
    const FORMAT: &'static str = "custometry/k-means";
    const VERSION: u32 = 1;
}

impl KMeans {
    pub(super) fn of(columns: &[String], run: Run, limits: Option<FittedLimits>) -> Self {
        Self {
            columns: columns.to_vec(),
            centres: run.centres,
            sizes: run.weights,
            within: run.within,
            iterations: run.iterations,
            verdict: if run.converged {
                KMeansVerdict::Converged
            } else {
                KMeansVerdict::IterationLimit
            },
            limits,
        }
    }

    /// The centres of a stream, with the weights and sums of squares that they have.
    pub(super) fn streamed(
        columns: &[String],
        centres: Vec<f64>,
        sizes: Vec<f64>,
        within: Vec<f64>,
        batches: usize,
    ) -> Self {
        Self {
            columns: columns.to_vec(),
            centres,
            sizes,
            within,
            iterations: batches,
            verdict: KMeansVerdict::Streamed,
            limits: None,
        }
    }

    /// The number of clusters.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::KMeansParams};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// assert_eq!(KMeansParams::new(2).fit(&features)?.clusters(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn clusters(&self) -> usize {
        self.sizes.len()
    }

    /// The columns of the fit, in order.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::KMeansParams};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// assert_eq!(KMeansParams::new(2).fit(&features)?.columns(), ["a"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The centres, clusters by columns, in the units of the fit.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::KMeansParams};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0])], MissingValues::Refuse)?;
    /// assert_eq!(KMeansParams::new(1).fit(&features)?.centres()[(0, 0)], 0.5);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn centres(&self) -> ArrayView2<'_, f64> {
        let shape = (self.clusters(), self.columns.len());
        // The constructors have compared the lengths.
        ArrayView2::from_shape(shape, &self.centres)
            .unwrap_or_else(|_| ndarray::aview2::<f64, 0>(&[]))
    }

    /// The weight of the rows of each cluster in the fit; without weights, how many there were.
    ///
    /// # Example
    ///
    /// See [`KMeans`].
    pub fn sizes(&self) -> &[f64] {
        &self.sizes
    }

    /// The sum of squares within each cluster in the fit.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::KMeansParams};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0])], MissingValues::Refuse)?;
    /// assert_eq!(KMeansParams::new(1).fit(&features)?.within(), [0.5]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn within(&self) -> &[f64] {
        &self.within
    }

    /// The sum of squares within the clusters.
    ///
    /// # Example
    ///
    /// See [`KMeans`].
    pub fn inertia(&self) -> f64 {
        self.within.iter().sum()
    }

    /// Iterations of the run that was kept; of a stream, its batches.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::KMeansParams};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0])], MissingValues::Refuse)?;
    /// assert!(KMeansParams::new(1).fit(&features)?.iterations() >= 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// How the run ended.
    ///
    /// # Example
    ///
    /// See [`KMeansVerdict`].
    pub fn verdict(&self) -> KMeansVerdict {
        self.verdict
    }

    /// The limits of sizes that the fit kept, and what they cost; `None` without limits.
    ///
    /// Under limits sizes and sums of squares of clusters are those of the assignment that keeps
    /// them. [`assign`](Self::assign) still gives the nearest cluster.
    ///
    /// # Example
    ///
    /// See [`FittedLimits`].
    pub fn limits(&self) -> Option<&FittedLimits> {
        self.limits.as_ref()
    }

    /// The nearest cluster of each row; of equally near ones the one with the lower number.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] if the columns are not those of the fit;
    /// [`Error::InvalidValue`] for a missing value, or one beyond 1e140.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::KMeansParams};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// let groups = KMeansParams::new(2).fit(&features)?;
    /// let cluster = groups.assign(&features)?;
    /// assert_eq!(cluster[0], cluster[1]);
    /// let other = Features::from_columns(&[("b", &[0.0])], MissingValues::Refuse)?;
    /// assert!(groups.assign(&other).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn assign(&self, features: &Features) -> Result<Vec<u32>> {
        self.place(features).map(|placed| placed.cluster)
    }

    pub(in crate::segmentation) fn place(&self, features: &Features) -> Result<Placed> {
        let points = Points::of_columns(&self.columns, features)?;
        let ready = Centres::new(points.columns, &self.centres);
        let arch = Arch::new();
        let mut placed = Placed {
            cluster: vec![NOWHERE; points.rows],
            runner_up: vec![NOWHERE; points.rows],
            cost: vec![0.0; points.rows],
            runner_up_cost: vec![0.0; points.rows],
        };
        let alone = self.clusters() == 1;
        placed
            .cluster
            .par_chunks_mut(CHUNK)
            .zip(placed.runner_up.par_chunks_mut(CHUNK))
            .zip(placed.cost.par_chunks_mut(CHUNK))
            .zip(placed.runner_up_cost.par_chunks_mut(CHUNK))
            .enumerate()
            .for_each(|(at, (((cluster, runner_up), cost), runner_up_cost))| {
                dispatch(
                    arch,
                    #[inline(always)]
                    || {
                        nearest_rows(
                            points,
                            at * CHUNK,
                            cluster.len(),
                            &ready,
                            |row, found, place| {
                                cluster[row] = found.centre[place];
                                cost[row] = found.distance[place];
                                runner_up[row] = if alone {
                                    NOWHERE
                                } else {
                                    found.runner_up[place]
                                };
                                runner_up_cost[row] = found.runner_up_distance[place];
                            },
                        );
                    },
                );
            });
        Ok(placed)
    }
}
