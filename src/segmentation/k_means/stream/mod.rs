//! k-means over a stream: centres that follow rows as they come.
//!
//! *New customers come every day: how do the typical ones move along without a fit of everything?*
//!
//! # Model
//!
//! Sculley (2010), with weights and, if wanted, forgetting. A batch goes to the centres that are
//! nearest before it; then each centre moves towards the mean of what it got:
//!
//! ```text
//! V_c <- 2^(-W / half_life) V_c
//! eta  = W_c / (V_c + W_c)
//! c   <- c + eta (m_c - c)
//! V_c <- V_c + W_c
//!
//! where
//!   W_c   the weight of the rows of the batch that are nearest to centre c, W of all of them
//!   m_c   their weighted mean
//!   V_c   the weight that the centre has so far; 0 at first
//! ```
//!
//! Without forgetting a centre is the weighted mean of all rows that were ever assigned to it, as
//! in Sculley's paper, where rows of a batch are taken one by one at the rate 1 / V. The first
//! batch moves centres just as one of Lloyd's iterations does.
//!
//! **Start.** Rows are gathered until there are enough of them; the best of some runs of
//! [`KMeansParams`] on these gives the centres, and they are the first batch. While fewer
//! different rows than clusters have come, gathering goes on.
//!
//! **Starved centres.** A centre that gets hardly any rows stands where the stream is not.
//! scikit-learn compares the weights of centres since the beginning. Here what counts is what came
//! since the last look, so that a centre of yesterday starves as well: one that got less than
//! `reassignment_ratio` times what the busiest got is put, by greedy k-means++, on a row of the
//! batch, and begins anew with no weight. Looks are `10 x clusters / reassignment_ratio` rows
//! apart, where chance makes no centre look starved.
//!
//! # How to read the numbers
//!
//! Sums of squares are as they were when rows were assigned, to centres that have moved since: they
//! are above what an assignment of the same rows to the final centres would give.
//! [`KMeansStream::recent_inertia`] tells how the stream does now: if it rises for long, rows have
//! come where no centre is, or the number of clusters no longer fits.
//!
//! # Limits
//!
//! The order of the rows counts. Batches that are each of one kind of customer, such as a sorted
//! table, pull centres to and fro: shuffle what can be shuffled. A fit of everything by
//! [`KMeansParams`] is better wherever everything fits into memory.
//!
//! Two streams cannot be merged. What one has seen was assigned to its own centres as they were
//! then; centres of two streams are neither the same in number one by one, nor does any pairing of
//! them give what one stream over all rows would have given. A state obeys no merge law, so there is
//! no `Merge`: take batches to one stream, or fit on a sample of both.
//!
//! # Complexity
//!
//! O(rows x clusters x columns) for each batch, on all threads; memory for the centres and, in the
//! beginning, the gathered rows. These are fitted as a whole when there are enough of them: a first
//! batch of very many rows costs what [`KMeansParams`] cost on it.
//!
//! # References
//!
//! - Sculley, D. (2010), "Web-scale k-means clustering", doi:10.1145/1772690.1772862.

mod state;

use serde::{Deserialize, Serialize};

use super::{KMeansParams, KMeansStart, check_start};
use crate::{Error, Result};

pub use self::state::KMeansStream;

/// Rows to gather unless it is said otherwise, in all and for each cluster.
const LEAST_BUFFER: usize = 2_000;
const BUFFER_OF_CLUSTER: usize = 100;

/// How to follow a stream.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::KMeansStreamParams};
///
/// let day = |spend: &[f64]| Features::from_columns(&[("spend", spend)], MissingValues::Refuse);
/// let mut stream = KMeansStreamParams::new(2).buffer(4).open(&["spend"])?;
/// for spend in [[1.0, 9.0, 1.2], [8.8, 1.1, 9.1], [0.9, 9.2, 1.0]] {
///     stream.update(&day(&spend)?)?;
/// }
/// let groups = stream.model()?;
/// assert_eq!(stream.rows(), 9);
/// let cluster = groups.assign(&day(&[1.0, 9.0, 1.1])?)?;
/// assert_eq!(cluster[0], cluster[2]);
/// assert_ne!(cluster[0], cluster[1]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KMeansStreamParams {
    clusters: usize,
    #[serde(default)]
    start: KMeansStart,
    #[serde(default)]
    buffer: Option<usize>,
    #[serde(default)]
    seed: u64,
    #[serde(default)]
    half_life: Option<f64>,
    #[serde(default = "default_ratio")]
    reassignment_ratio: f64,
}

fn default_ratio() -> f64 {
    0.01
}

impl KMeansStreamParams {
    /// A stream into a number of clusters, without forgetting.
    ///
    /// # Example
    ///
    /// See [`KMeansStreamParams`].
    pub fn new(clusters: usize) -> Self {
        Self {
            clusters,
            start: KMeansStart::default(),
            buffer: None,
            seed: 0,
            half_life: None,
            reassignment_ratio: default_ratio(),
        }
    }

    /// Where to start. With given centres nothing is gathered.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::{KMeansStart, KMeansStreamParams}};
    /// let start = KMeansStart::Centres(vec![vec![0.0], vec![5.0]]);
    /// let mut stream = KMeansStreamParams::new(2).start(start).open(&["a"])?;
    /// stream.update(&Features::from_columns(&[("a", &[1.0, 2.0, 6.0])], MissingValues::Refuse)?)?;
    /// assert_eq!(stream.model()?.centres(), ndarray::array![[1.5], [6.0]]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn start(mut self, start: KMeansStart) -> Self {
        self.start = start;
        self
    }

    /// How many rows to gather before the first centres are sought. Unless it is said, 100 for each
    /// cluster and at least 2,000.
    ///
    /// # Example
    ///
    /// See [`KMeansStreamParams`].
    pub fn buffer(mut self, rows: usize) -> Self {
        self.buffer = Some(rows);
        self
    }

    /// The seed of all draws.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::KMeansStreamParams;
    /// assert_ne!(KMeansStreamParams::new(3).seed(1), KMeansStreamParams::new(3));
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Forgets: once rows of this weight have come, what was before them counts half. Sizes and sums
    /// of squares fade likewise. Rows of one batch count alike.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::{KMeansStart, KMeansStreamParams}};
    /// let start = KMeansStart::Centres(vec![vec![0.0]]);
    /// let mut stream = KMeansStreamParams::new(1).start(start).half_life(2.0).open(&["a"])?;
    /// for a in [[0.0, 0.0], [3.0, 3.0]] {
    ///     stream.update(&Features::from_columns(&[("a", &a)], MissingValues::Refuse)?)?;
    /// }
    /// // (1 x 0 + 2 x 3) / 3
    /// assert_eq!(stream.model()?.centres(), ndarray::array![[2.0]]);
    /// assert_eq!(stream.model()?.sizes(), [3.0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn half_life(mut self, weight: f64) -> Self {
        self.half_life = Some(weight);
        self
    }

    /// Centres that get less than this share of what the busiest gets begin anew. 0.01 unless it is
    /// said; 0 leaves them all where they are.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::KMeansStreamParams;
    /// assert_ne!(KMeansStreamParams::new(3).reassignment_ratio(0.0), KMeansStreamParams::new(3));
    /// ```
    pub fn reassignment_ratio(mut self, share: f64) -> Self {
        self.reassignment_ratio = share;
        self
    }

    /// A stream that has seen nothing, for batches of these columns.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for no cluster, no row to gather, a half-life that is not a
    /// finite number above 0, or a ratio outside of 0 to 1, 1 excluded; [`Error::NotEnoughData`]
    /// for no column; [`Error::LengthMismatch`] for a start of another shape;
    /// [`Error::InvalidValue`] for one that is not of finite numbers.
    ///
    /// # Example
    ///
    /// See [`KMeansStreamParams`].
    pub fn open(&self, columns: &[impl AsRef<str>]) -> Result<KMeansStream> {
        let columns = columns.iter().map(|name| name.as_ref().to_owned());
        KMeansStream::new(self.clone(), columns.collect())
    }

    fn check(&self, columns: usize) -> Result<()> {
        if columns == 0 {
            return Err(Error::NotEnoughData {
                what: "columns of numbers".into(),
                needed: 1,
                found: 0,
            });
        }
        let counts = [
            ("clusters", self.clusters),
            ("buffer", self.rows_to_gather()),
        ];
        if let Some((name, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(Error::parameter(name, 0, "1 or more"));
        }
        let half_life = self.half_life.unwrap_or(1.0);
        if !(half_life > 0.0 && half_life.is_finite()) {
            let expected = "a finite number above 0";
            return Err(Error::parameter("half_life", half_life, expected));
        }
        if !(0.0..1.0).contains(&self.reassignment_ratio) {
            return Err(Error::parameter(
                "reassignment_ratio",
                self.reassignment_ratio,
                "from 0 to 1, 1 excluded",
            ));
        }
        check_start(&self.start, self.clusters, columns)
    }

    fn rows_to_gather(&self) -> usize {
        let of_clusters = self.clusters.saturating_mul(BUFFER_OF_CLUSTER);
        self.buffer.unwrap_or(of_clusters.max(LEAST_BUFFER))
    }

    /// What is left of old weight after a batch of some weight.
    fn remains(&self, weight: f64) -> f64 {
        let faded = |half_life: f64| libm::exp2(-weight / half_life);
        self.half_life.map_or(1.0, faded)
    }

    /// Rows between two looks at what centres get; `None` for no look.
    fn rows_between_looks(&self) -> Option<f64> {
        let looks = self.reassignment_ratio > 0.0;
        looks.then(|| 10.0 * self.clusters as f64 / self.reassignment_ratio)
    }

    /// How centres are sought among the rows that were gathered.
    fn seeding(&self) -> KMeansParams {
        KMeansParams::new(self.clusters).seed(self.seed)
    }
}

#[cfg(test)]
mod tests;
