//! The state of a stream.

use pulp::Arch;
use serde::{Deserialize, Serialize};

use super::KMeansStreamParams;
use crate::{
    Error, ErrorKind, Result,
    data::Features,
    numeric::rng::Stream,
    persist,
    segmentation::{
        k_means::{KMeans, KMeansStart, lloyd::arrivals, seeding},
        points::{Points, is_usable},
    },
};

const PURPOSE: u32 = 0x6B53;

/// What earlier batches count in the recent inertia when another comes.
const RECENT: f64 = 0.9;

/// Centres that follow a stream of batches.
///
/// The same batches in the same order give the same bits on any number of threads, whether or not
/// the state was saved and loaded in between.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, persist, segmentation::*};
///
/// let batch = Features::from_columns(&[("x", &[0.0, 0.2, 5.0, 5.2])], MissingValues::Refuse)?;
/// let start = KMeansStart::Centres(vec![vec![1.0], vec![4.0]]);
/// let mut stream = KMeansStreamParams::new(2).start(start).open(&["x"])?;
/// stream.update(&batch)?;
///
/// let text = persist::to_json(&stream)?;
/// let mut resumed: KMeansStream = persist::from_json(&text)?;
/// stream.update(&batch)?;
/// resumed.update(&batch)?;
/// assert_eq!(resumed, stream);
/// assert_eq!(stream.model()?.sizes(), [4.0, 4.0]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct KMeansStream {
    params: KMeansStreamParams,
    columns: Vec<String>,
    /// Rows of a weight above 0.
    rows: u64,
    batches: usize,
    recent: Recent,
    phase: Phase,
}

/// Sums over batches in which later ones count more.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recent {
    within: f64,
    weight: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Phase {
    /// Rows until there are enough to seek centres among.
    Gathering {
        values: Vec<f64>,
        weights: Vec<f64>,
        enough: usize,
    },
    Following(Following),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Following {
    /// One after the other.
    centres: Vec<f64>,
    /// The weight of each, as it counts now.
    weights: Vec<f64>,
    /// The sum of squares of each, as it counts now.
    within: Vec<f64>,
    /// What each got since the last look.
    got: Vec<f64>,
    rows_since: u64,
}

impl KMeansStream {
    pub(super) fn new(params: KMeansStreamParams, columns: Vec<String>) -> Result<Self> {
        params.check(columns.len())?;
        let phase = match &params.start {
            KMeansStart::Centres(centres) => {
                Phase::Following(Following::new(centres.concat(), params.clusters))
            }
            KMeansStart::PlusPlus => Phase::Gathering {
                values: Vec::new(),
                weights: Vec::new(),
                enough: params.rows_to_gather(),
            },
        };
        Ok(Self {
            params,
            columns,
            rows: 0,
            batches: 0,
            recent: Recent::default(),
            phase,
        })
    }

    /// Takes a batch in. Without rows nothing happens; rows of weight 0 are passed over. After an
    /// error the state is what it was.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] if the columns are not those of the stream;
    /// [`Error::InvalidValue`] for a missing value, or one beyond 1e140; [`Error::Overflow`] for
    /// weights whose sums are not finite.
    ///
    /// # Example
    ///
    /// See [`KMeansStream`].
    pub fn update(&mut self, features: &Features) -> Result<()> {
        let points = Points::of_columns(&self.columns, features)?;
        let counts = |row: &usize| points.weight(*row) > 0.0;
        let rows = (0..points.rows).filter(counts).count();
        if rows == 0 {
            return Ok(());
        }
        if let Phase::Gathering {
            values,
            weights,
            enough,
        } = &mut self.phase
            && weights.len() + rows < *enough
        {
            // Nothing here can fail, so that rows are taken in where they are to stay.
            gather(values, weights, points);
            self.rows += rows as u64;
            self.batches += 1;
            return Ok(());
        }
        let mut next = self.clone();
        next.rows += rows as u64;
        next.batches += 1;
        match &mut next.phase {
            Phase::Gathering {
                values, weights, ..
            } => {
                gather(values, weights, points);
                next.settle()?;
            }
            Phase::Following(_) => next.follow(points, rows as u64)?,
        }
        *self = next;
        Ok(())
    }

    /// Seeks centres among the rows that were gathered. If fewer of them are different than there
    /// are clusters, twice as many are to be gathered.
    fn settle(&mut self) -> Result<()> {
        match self.settled() {
            Ok(settled) => *self = settled,
            Err(error) if error.kind() == ErrorKind::NotEnoughData => {
                if let Phase::Gathering {
                    weights, enough, ..
                } = &mut self.phase
                {
                    *enough = weights.len().saturating_mul(2);
                }
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// With centres, whether or not enough rows were gathered.
    fn settled(&self) -> Result<Self> {
        let mut settled = self.clone();
        if let Phase::Gathering {
            values, weights, ..
        } = &self.phase
        {
            let points = Points {
                values,
                rows: weights.len(),
                columns: self.columns.len(),
                weights: Some(weights),
            };
            let seeding = self.params.seeding();
            let run = seeding.cluster_observed(points, 1, &mut ())?.remove(0);
            settled.phase = Phase::Following(Following::new(run.centres, self.params.clusters));
            settled.follow(points, weights.len() as u64)?;
        }
        Ok(settled)
    }

    /// Moves the centres by a batch.
    fn follow(&mut self, points: Points, rows: u64) -> Result<()> {
        let Phase::Following(following) = &mut self.phase else {
            return Ok(());
        };
        let arch = Arch::new();
        let (within, weight) = following.take(arch, points, &self.params);
        self.recent = Recent {
            within: RECENT * self.recent.within + within,
            weight: RECENT * self.recent.weight + weight,
        };
        following.rows_since += rows;
        let mut draw = Stream::new(self.params.seed, PURPOSE, self.batches as u64);
        following.look(arch, points, &self.params, &mut draw);
        let sums = [self.recent.within, self.recent.weight];
        if following.is_sound() && sums.iter().all(|sum| sum.is_finite()) {
            return Ok(());
        }
        Err(Error::Overflow {
            what: "the sums of weights and squares of the stream; give smaller weights".into(),
        })
    }

    /// The columns of the stream, in order.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::KMeansStreamParams;
    /// assert_eq!(KMeansStreamParams::new(2).open(&["a", "b"])?.columns(), ["a", "b"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// How many rows of a weight above 0 have come.
    ///
    /// # Example
    ///
    /// See [`KMeansStreamParams`].
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The mean squared distance of rows to the centres that they came to, before these moved. Each
    /// batch counts with its weight, and 0.9 times as much with every batch that came after it. `None`
    /// while rows are gathered.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::{KMeansStart, KMeansStreamParams}};
    /// let start = KMeansStart::Centres(vec![vec![0.0]]);
    /// let mut stream = KMeansStreamParams::new(1).start(start).open(&["a"])?;
    /// assert_eq!(stream.recent_inertia(), None);
    /// stream.update(&Features::from_columns(&[("a", &[1.0, 3.0])], MissingValues::Refuse)?)?;
    /// assert_eq!(stream.recent_inertia(), Some(5.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn recent_inertia(&self) -> Option<f64> {
        let has_rows = self.recent.weight > 0.0;
        has_rows.then(|| self.recent.within / self.recent.weight)
    }

    /// The centres as they are, frozen. Sizes are the weights that the centres have, and the sums
    /// of squares are those at the time of assignment; the verdict is
    /// [`Streamed`](super::super::KMeansVerdict::Streamed), and iterations are batches. A stream
    /// that is still gathering looks for centres among the rows that it has, and stays as it is.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] if no row has come, or, without given centres, fewer different rows
    /// than clusters.
    ///
    /// # Example
    ///
    /// See [`KMeansStreamParams`].
    pub fn model(&self) -> Result<KMeans> {
        if self.rows == 0 {
            return Err(Error::NotEnoughData {
                what: "rows of a weight above 0 in the stream".into(),
                needed: 1,
                found: 0,
            });
        }
        match &self.phase {
            Phase::Gathering { .. } => self.settled()?.model(),
            Phase::Following(following) => Ok(KMeans::streamed(
                &self.columns,
                following.centres.clone(),
                following.weights.clone(),
                following.within.clone(),
                self.batches,
            )),
        }
    }
}

/// Takes in the rows of a weight above 0.
fn gather(values: &mut Vec<f64>, weights: &mut Vec<f64>, points: Points) {
    for row in (0..points.rows).filter(|&row| points.weight(row) > 0.0) {
        values.extend_from_slice(points.row(row));
        weights.push(points.weight(row));
    }
}

impl Following {
    fn new(centres: Vec<f64>, clusters: usize) -> Self {
        Self {
            centres,
            weights: vec![0.0; clusters],
            within: vec![0.0; clusters],
            got: vec![0.0; clusters],
            rows_since: 0,
        }
    }

    /// Moves the centres; the sum of squares and the weight of the batch.
    fn take(&mut self, arch: Arch, points: Points, params: &KMeansStreamParams) -> (f64, f64) {
        let came = arrivals(arch, points, &self.centres);
        let total: f64 = came.weights.iter().sum();
        let remains = params.remains(total);
        let centres = self.centres.chunks_exact_mut(points.columns);
        let means = came.means.chunks_exact(points.columns);
        for (at, (centre, mean)) in centres.zip(means).enumerate() {
            let (old, new) = (remains * self.weights[at], came.weights[at]);
            if old > 0.0 {
                let rate = new / (old + new);
                for (centre, mean) in centre.iter_mut().zip(mean) {
                    *centre += rate * (mean - *centre);
                }
            } else {
                // Without rows the mean is where the centre was.
                centre.copy_from_slice(mean);
            }
            self.weights[at] = old + new;
            self.within[at] = remains * self.within[at] + came.within[at];
            self.got[at] += new;
        }
        (came.within.iter().sum(), total)
    }

    /// If it is time for a look, puts starved centres on rows of the batch.
    fn look(&mut self, arch: Arch, points: Points, params: &KMeansStreamParams, draw: &mut Stream) {
        let is_time = |rows: f64| self.rows_since as f64 >= rows;
        if !params.rows_between_looks().is_some_and(is_time) {
            return;
        }
        let most = self.got.iter().copied().fold(0.0, f64::max);
        let least = params.reassignment_ratio * most;
        let columns = points.columns;
        let (mut starved, mut standing) = (Vec::new(), Vec::new());
        for (at, centre) in self.centres.chunks_exact(columns).enumerate() {
            if self.got[at] < least {
                starved.push(at);
            } else {
                standing.extend_from_slice(centre);
            }
        }
        // Rows that are all on centres leave nothing to draw from, and centres where they are.
        let drawn = seeding::further(arch, points, &standing, starved.len(), draw);
        for (at, centre) in starved.into_iter().zip(drawn.chunks_exact(columns)) {
            self.centres[at * columns..(at + 1) * columns].copy_from_slice(centre);
            self.weights[at] = 0.0;
            self.within[at] = 0.0;
        }
        self.got.fill(0.0);
        self.rows_since = 0;
    }

    fn is_sound(&self) -> bool {
        let sums = [&self.weights, &self.within, &self.got];
        let is_sum = |value: &f64| value.is_finite() && *value >= 0.0;
        self.centres.iter().all(is_usable) && sums.into_iter().flatten().all(is_sum)
    }
}

/// How a stream is saved.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    params: KMeansStreamParams,
    columns: Vec<String>,
    rows: u64,
    batches: usize,
    recent: Recent,
    phase: Phase,
}

impl TryFrom<Fields> for KMeansStream {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let params = &fields.params;
        let columns = fields.columns.len();
        params.check(columns)?;
        let require = |holds: bool, name: &'static str, expected: &'static str| {
            if holds {
                return Ok(());
            }
            Err(Error::parameter(name, "something else", expected))
        };
        let Recent { within, weight } = fields.recent;
        require(
            within.is_finite() && weight.is_finite() && within >= 0.0 && weight >= 0.0,
            "recent",
            "two finite numbers of 0 or more",
        )?;
        // Beyond this one more row would be lost in a float, and in time the counter overflows.
        require(fields.rows < 1 << 53, "rows", "fewer than 2^53")?;
        require(
            fields.batches as u64 <= fields.rows && (fields.batches > 0) == (fields.rows > 0),
            "batches",
            "one or more rows in each",
        )?;
        match &fields.phase {
            Phase::Gathering {
                values,
                weights,
                enough,
            } => {
                Error::check_length("values", weights.len() * columns, values.len())?;
                require(
                    fields.recent == Recent::default(),
                    "recent",
                    "nothing while rows are gathered",
                )?;
                require(
                    params.start == KMeansStart::PlusPlus && weights.len() as u64 == fields.rows,
                    "weights",
                    "one for each row, and no given centres",
                )?;
                require(
                    *enough >= params.rows_to_gather() && *enough > weights.len(),
                    "enough",
                    "more rows than were gathered, and at least the buffer",
                )?;
                let is_weight = |weight: &f64| weight.is_finite() && *weight > 0.0;
                require(
                    values.iter().all(is_usable) && weights.iter().all(is_weight),
                    "values",
                    "finite numbers up to 1e140, and weights above 0",
                )?;
            }
            Phase::Following(following) => {
                let clusters = params.clusters;
                let centres = clusters.saturating_mul(columns);
                Error::check_length("centres", centres, following.centres.len())?;
                Error::check_length("weights", clusters, following.weights.len())?;
                Error::check_length("within", clusters, following.within.len())?;
                Error::check_length("got", clusters, following.got.len())?;
                require(
                    following.is_sound() && following.rows_since <= fields.rows,
                    "centres",
                    "finite numbers up to 1e140, and sums of 0 or more",
                )?;
            }
        }
        Ok(Self {
            params: fields.params,
            columns: fields.columns,
            rows: fields.rows,
            batches: fields.batches,
            recent: fields.recent,
            phase: fields.phase,
        })
    }
}

impl persist::sealed::Sealed for KMeansStream {}
impl persist::Persist for KMeansStream {
    const FORMAT: &'static str = "custometry/k-means-stream";
    const VERSION: u32 = 1;
}
