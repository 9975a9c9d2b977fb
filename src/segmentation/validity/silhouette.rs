//! The silhouette of every row, or of a sample.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use super::{
    centres::Centres,
    groups::{Groups, Points, scale_to_one},
    kernel::Sources,
    report::{ClusterSilhouette, Silhouette},
    sample::{Mean, Sample},
};
use crate::{
    Error, Result,
    data::{Estimate, Features},
    numeric::map_chunks,
};

/// Up to so many rows the silhouette is exact unless told otherwise.
const EXACT_UP_TO: usize = 20_000;
/// The least number of rows in a sample unless told otherwise.
const LEAST_SAMPLE: usize = 2_000;
/// Rows of a table of distances handled at a time.
const CHUNK: usize = 64;

/// Which rows are compared, and with what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    /// Exact for few rows, a sample for many.
    #[default]
    BySize,
    Exact,
    Sample(usize),
    Simplified,
}

/// How to compute a silhouette.
///
/// By default it is exact for up to 20,000 rows. Beyond, a sample of rows stands for all: as many
/// as keep the work to that of 20,000 rows, but at least 2,000. Rows are drawn within each
/// cluster, as its share of all, and each drawn row is compared with all rows, so that its
/// silhouette is its true one.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::SilhouetteParams};
///
/// let spend = [10.0, 12.0, 11.0, 80.0, 83.0];
/// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
/// let silhouette = SilhouetteParams::default().evaluate(&features, &[0, 0, 0, 1, 1])?;
/// assert!(silhouette.mean.value > 0.9);
/// assert_eq!(silhouette.mean.se, 0.0); // every row was compared
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SilhouetteParams {
    method: Method,
    seed: u64,
    level: f64,
}

impl Default for SilhouetteParams {
    fn default() -> Self {
        Self {
            method: Method::default(),
            seed: 0,
            level: 0.95,
        }
    }
}

impl SilhouetteParams {
    /// Compares every row with every other, however many there are.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::SilhouetteParams;
    /// assert_ne!(SilhouetteParams::default().exact(), SilhouetteParams::default());
    /// ```
    pub fn exact(mut self) -> Self {
        self.method = Method::Exact;
        self
    }

    /// Compares so many rows, spread over the clusters, with all rows. Fewer than two a cluster
    /// are refused; clusters too small for their share are made up to two rows. With as many as
    /// there are rows, or more, the result is exact.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::SilhouetteParams};
    ///
    /// let x: Vec<f64> = (0..1_000).map(|i| f64::from(i % 2) * 50.0 + f64::from(i) / 100.0).collect();
    /// let labels: Vec<u32> = (0..1_000).map(|i| i % 2).collect();
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let exact = SilhouetteParams::default().evaluate(&features, &labels)?;
    /// let sample = SilhouetteParams::default().sample(100).seed(4).evaluate(&features, &labels)?;
    /// assert_eq!((sample.compared, sample.values()), (100, None));
    /// assert!((sample.mean.value - exact.mean.value).abs() < 4.0 * sample.mean.se);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn sample(mut self, rows: usize) -> Self {
        self.method = Method::Sample(rows);
        self
    }

    /// Takes the distances to the centres of the clusters in place of the mean distances to their
    /// rows (Hruschka and others 2004). It needs no sample for any number of rows, and comes out
    /// higher than the silhouette proper: compare it with its own kind only.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::SilhouetteParams};
    ///
    /// let features = Features::from_columns(&[("x", &[0.0, 2.0, 9.0, 11.0])], MissingValues::Refuse)?;
    /// let params = SilhouetteParams::default().simplified();
    /// let silhouette = params.evaluate(&features, &[0, 0, 1, 1])?;
    /// // Centres at 1 and 10: (10 - 1) / 10 for the first row, (8 - 1) / 8 for the second.
    /// assert_eq!(silhouette.values(), Some(&[0.9, 0.875, 0.875, 0.9][..]));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn simplified(mut self) -> Self {
        self.method = Method::Simplified;
        self
    }

    /// The seed of the sample; 0 by default.
    ///
    /// # Example
    ///
    /// See [`sample`](Self::sample).
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The level of the intervals; 0.95 by default.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::SilhouetteParams;
    /// assert_ne!(SilhouetteParams::default().level(0.99), SilhouetteParams::default());
    /// ```
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// The silhouette of rows under labels; a row of label `u32::MAX` has no cluster and is left
    /// out. Labels need not follow each other.
    ///
    /// A row alone in its cluster has the silhouette 0, as has one whose a and b are both 0. A
    /// weight is a number of copies: a(i) is the sum of weight times distance over the own cluster
    /// divided by its weight less 1. If weights are shares, scale them up first.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless there is a label for each row; [`Error::NotEnoughData`]
    /// without a row that counts or without columns; [`Error::InvalidValue`] for a missing value;
    /// [`Error::Degenerate`] for a single cluster, or one of several rows whose weights sum to no
    /// more than 1; [`Error::InvalidParameter`] for a sample smaller than two rows a cluster or a
    /// level that is none; [`Error::Overflow`] for weights that sum to more than 1e100.
    ///
    /// # Example
    ///
    /// See [`SilhouetteParams`].
    pub fn evaluate(&self, features: &Features, labels: &[u32]) -> Result<Silhouette> {
        let groups = Groups::new(features.len(), labels, features.weights())?;
        let sample = self.plan(&groups)?;
        let points = Points::new(features, &groups)?;
        let target = |at: usize| points.row(sample.places[at]);
        let values = if self.method == Method::Simplified {
            let centres = Centres::new(&points, &groups).values();
            let sources = Sources {
                values: &centres,
                width: points.width,
                weights: &vec![1.0; groups.len()],
                bounds: &(0..=groups.len()).collect::<Vec<_>>(),
            };
            sources.map_sums(sample.places.len(), target, |at, distances| {
                let own = groups.cluster_of(sample.places[at]);
                if is_single(&groups, own) {
                    return 0.0;
                }
                silhouette(own, |cluster| distances[cluster], groups.len())
            })
        } else {
            let sources = Sources {
                values: &points.values,
                width: points.width,
                weights: &groups.weights,
                bounds: &groups.bounds,
            };
            let finish = |at: usize, sums: &[f64]| of_sums(&groups, sample.places[at], sums);
            sources.map_sums(sample.places.len(), target, finish)
        };
        self.report(&groups, &sample, &values)
    }

    /// The silhouette under a table of distances, such as one of mixed or ranked features: entry
    /// (i, j) is how far row j is from row i.
    ///
    /// # Errors
    ///
    /// As [`evaluate`](Self::evaluate), and [`Error::LengthMismatch`] unless the table is square;
    /// [`Error::InvalidValue`] for a distance that is not a finite number of 0 or more, or not 0
    /// from a row to itself; [`Error::InvalidParameter`] for the simplified silhouette, since a
    /// table has no centres.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::SilhouetteParams;
    /// use ndarray::array;
    ///
    /// let distances = array![[0.0, 1.0, 2.0], [1.0, 0.0, 1.0], [2.0, 1.0, 0.0]];
    /// let params = SilhouetteParams::default();
    /// let silhouette = params.evaluate_distances(distances.view(), &[0, 0, 1])?;
    /// assert!((silhouette.mean.value - 1.0 / 6.0).abs() < 1e-15);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn evaluate_distances(
        &self,
        distances: ArrayView2<'_, f64>,
        labels: &[u32],
    ) -> Result<Silhouette> {
        if self.method == Method::Simplified {
            let expected = "exact or a sample, since a table of distances has no centres";
            return Err(Error::parameter("method", "simplified", expected));
        }
        Error::check_length("distances", distances.nrows(), distances.ncols())?;
        let groups = Groups::new(distances.nrows(), labels, None)?;
        let sample = self.plan(&groups)?;
        let (scale, _) = scale_to_one(largest(distances, &groups)?);
        let values = map_chunks(sample.places.len(), CHUNK, |range| {
            let of_place = |&place: &usize| {
                let line = distances.row(groups.rows[place]);
                let sum = |ends: &[usize]| {
                    let rows = &groups.rows[ends[0]..ends[1]];
                    rows.iter().map(|&row| line[row] * scale).sum()
                };
                let sums: Vec<f64> = groups.bounds.windows(2).map(sum).collect();
                of_sums(&groups, place, &sums)
            };
            sample.places[range]
                .iter()
                .map(of_place)
                .collect::<Vec<_>>()
        });
        self.report(&groups, &sample, &values.concat())
    }

    /// Checks all that needs no distances, and chooses the rows.
    fn plan(&self, groups: &Groups) -> Result<Sample> {
        Estimate::normal(0.0, 0.0, self.level)?;
        groups.need_two("the silhouette")?;
        for (cluster, total) in groups.totals.iter().enumerate() {
            let rows = groups.places(cluster).len();
            if self.method != Method::Simplified && rows > 1 && *total <= 1.0 {
                let label = groups.labels[cluster];
                let what = format!(
                    "the weights of the {rows} rows of cluster {label} sum to {total}; a weight \
                     is a number of copies, so scale them to sum to more than 1"
                );
                return Err(Error::Degenerate { what: what.into() });
            }
        }
        let rows = groups.rows.len();
        let wanted = match self.method {
            Method::Exact | Method::Simplified => rows,
            Method::Sample(wanted) => wanted,
            Method::BySize => (EXACT_UP_TO * EXACT_UP_TO / rows)
                .max(LEAST_SAMPLE)
                .max(2 * groups.len()),
        };
        if wanted >= rows {
            Ok(Sample::all(groups))
        } else {
            Sample::stratified(groups, wanted, self.seed)
        }
    }

    fn report(&self, groups: &Groups, sample: &Sample, values: &[f64]) -> Result<Silhouette> {
        let (mean, means) = sample.means(groups, values);
        let estimate = |mean: Mean| Estimate::normal(mean.value, mean.se, self.level);
        let mut by_cluster = Vec::with_capacity(groups.len());
        for (cluster, mean) in means.into_iter().enumerate() {
            by_cluster.push(ClusterSilhouette {
                label: groups.labels[cluster],
                rows: groups.places(cluster).len(),
                mean: estimate(mean)?,
            });
        }
        let is_all = sample.places.len() == groups.rows.len();
        let in_order = || {
            let mut ordered = vec![f64::NAN; groups.len];
            for (&row, value) in groups.rows.iter().zip(values) {
                ordered[row] = *value;
            }
            ordered
        };
        Ok(Silhouette {
            mean: estimate(mean)?,
            by_cluster,
            rows: groups.rows.len(),
            compared: sample.places.len(),
            values: is_all.then(in_order),
        })
    }
}

/// Whether a cluster has one row, and one copy of it.
fn is_single(groups: &Groups, cluster: usize) -> bool {
    groups.places(cluster).len() == 1 && groups.totals[cluster] <= 1.0
}

/// The silhouette of the row at a place, from its sums of weight times distance.
fn of_sums(groups: &Groups, place: usize, sums: &[f64]) -> f64 {
    let own = groups.cluster_of(place);
    if is_single(groups, own) {
        return 0.0;
    }
    let mean = |cluster: usize| {
        // The copy itself is no other row of its cluster.
        let itself = if cluster == own { 1.0 } else { 0.0 };
        sums[cluster] / (groups.totals[cluster] - itself)
    };
    silhouette(own, mean, groups.len())
}

/// The silhouette by the distances to each cluster.
fn silhouette(own: usize, distance: impl Fn(usize) -> f64, clusters: usize) -> f64 {
    let others = (0..clusters).filter(|&cluster| cluster != own);
    let b = others.map(&distance).fold(f64::INFINITY, f64::min);
    let a = distance(own);
    let larger = a.max(b);
    if larger > 0.0 { (b - a) / larger } else { 0.0 }
}

/// The largest distance between rows that count; an error for the first that is none.
fn largest(distances: ArrayView2<'_, f64>, groups: &Groups) -> Result<f64> {
    let mut rows = groups.rows.clone();
    rows.sort_unstable();
    let of_chunk = |range: std::ops::Range<usize>| {
        let mut largest = 0.0_f64;
        for &row in &rows[range] {
            let line = distances.row(row);
            for &column in &rows {
                let distance = line[column];
                // Written so that NaN fails as well.
                if !(distance >= 0.0 && distance.is_finite()) {
                    let reason = format!(
                        "{distance} to row {column} is not a distance; give finite numbers of 0 \
                         or more"
                    );
                    return Err(Error::value("distances", row, reason));
                }
                largest = largest.max(distance);
            }
            if line[row] > 0.0 {
                let reason = format!("{} to itself; set the diagonal to 0", line[row]);
                return Err(Error::value("distances", row, reason));
            }
        }
        Ok(largest)
    };
    let mut all = 0.0_f64;
    for largest in map_chunks(rows.len(), CHUNK, of_chunk) {
        all = all.max(largest?);
    }
    Ok(all)
}
