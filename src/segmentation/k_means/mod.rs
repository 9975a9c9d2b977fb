//! k-means: groups of customers around their means.
//!
//! *What are the typical customers, and which of them is this one like?*
//!
//! # Model
//!
//! Each row belongs to the nearest of k centres, and the centres make the sum of squares least:
//!
//! ```text
//! inertia = sum over rows i of w_i min over centres c of |x_i - c|²
//!
//! where
//!   x_i   the prepared features of row i
//!   w_i   its weight, 1 unless told
//! ```
//!
//! There is no way to be sure of the least sum of squares. [`KMeansParams`] starts many times
//! from rows drawn by greedy k-means++ (Arthur and Vassilvitskii 2007), goes downhill by Lloyd's
//! iterations (1982) and moves of single rows (Hartigan and Wong 1979), and keeps the best.
//!
//! # How to read the numbers
//!
//! The inertia falls with every further cluster, real or not: by itself it says nothing about how
//! many there are. Centres are means in the prepared space; a segmentation tells them in the
//! original units. Distances depend on how columns were scaled: unscaled, the column with the
//! largest numbers decides alone.
//!
//! # Limits
//!
//! Clusters of k-means are round and of like spread. Strings, rings and clusters of very
//! different spread are cut up; long tails become clusters of a few extreme customers, unless
//! [`SizeLimits`] say how small a cluster may be.
//!
//! # Complexity
//!
//! O(rows x clusters x columns) an iteration at the start, much less once rows settle (Hamerly's
//! bounds), on all threads; 20 bytes a row beside the data.
//!
//! # References
//!
//! - Lloyd, S. (1982), "Least squares quantization in PCM", doi:10.1109/TIT.1982.1056489.
//! - Hartigan, J. and Wong, M. (1979), "A k-means clustering algorithm", doi:10.2307/2346830.
//! - Arthur, D. and Vassilvitskii, S. (2007), "k-means++: the advantages of careful seeding", SODA.
//! - Hamerly, G. (2010), "Making k-means even faster", doi:10.1137/1.9781611972801.12.

mod hartigan;
mod limits;
mod lloyd;
mod model;
mod seeding;
mod stream;
mod tiles;

use pulp::Arch;
use serde::{Deserialize, Serialize};

use self::lloyd::{Run, Stop};
use super::points::{self, Points};
use crate::{
    Error, Observer, Result,
    data::Features,
    numeric::{Stage, map_chunks_observed},
    observer::report,
};

pub use self::limits::{FittedLimits, LimitedAssignment, SizeLimits};
pub use self::model::{KMeans, KMeansVerdict};
pub use self::stream::{KMeansStream, KMeansStreamParams};

/// What an observer is told.
const LOOKING: &str = "looking for clusters";

/// Without a number of restarts there are as many as look at about so many rows and centres, but
/// neither fewer nor more than these.
const CHEAP: usize = 1 << 21;
const LEAST_RESTARTS: usize = 10;
const MOST_RESTARTS: usize = 100;

/// Runs whose sums of squares differ by no more than this share ended alike.
const ALIKE: f64 = 1e-9;

/// Above this many rows the runs follow one another, each on all threads: side by side they would
/// hold the bounds of all of them at once.
pub(super) const SIDE_BY_SIDE: usize = 1 << 16;

/// How many clusters, and how to look for them.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::KMeansParams};
///
/// let spend = [1.0, 2.0, 1.5, 9.0, 9.5, 8.0];
/// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
/// let groups = KMeansParams::new(2).seed(7).fit(&features)?;
/// let cluster = groups.assign(&features)?;
/// assert_eq!(cluster[0], cluster[2]);
/// assert_ne!(cluster[0], cluster[3]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KMeansParams {
    clusters: usize,
    #[serde(default)]
    start: KMeansStart,
    #[serde(default)]
    algorithm: KMeansAlgorithm,
    #[serde(default)]
    restarts: Option<usize>,
    #[serde(default)]
    seed: u64,
    #[serde(default = "default_iterations")]
    max_iterations: usize,
    #[serde(default)]
    tolerance: f64,
    #[serde(default, skip_serializing_if = "SizeLimits::is_none")]
    size_limits: SizeLimits,
}

fn default_iterations() -> usize {
    300
}

/// Where the iterations start.
///
/// # Example
///
/// ```
/// use custometry::segmentation::KMeansStart;
/// assert_eq!(KMeansStart::default(), KMeansStart::PlusPlus);
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KMeansStart {
    /// From rows drawn by greedy k-means++, anew in each restart.
    #[default]
    PlusPlus,
    /// From these centres, one run only.
    Centres(Vec<Vec<f64>>),
}

/// How to get from a start to a minimum of the sum of squares.
///
/// # Example
///
/// ```
/// use custometry::segmentation::KMeansAlgorithm;
/// assert_eq!(KMeansAlgorithm::default(), KMeansAlgorithm::Hartigan);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KMeansAlgorithm {
    /// Lloyd's iterations: rows go to the nearest centre, centres to the mean of their rows, until
    /// no row moves.
    Lloyd,
    /// Lloyd's iterations, then moves of single rows that still lower the sum of squares (Hartigan
    /// and Wong 1979, doi:10.2307/2346830), in turn until neither changes anything. Every end of
    /// these is an end of Lloyd's, but not the other way round: the sum of squares is at most
    /// Lloyd's from the same start.
    #[default]
    Hartigan,
}

impl KMeansParams {
    /// k-means with a number of clusters: from many starts by greedy k-means++, each until no row
    /// moves.
    ///
    /// # Example
    ///
    /// See [`KMeansParams`].
    pub fn new(clusters: usize) -> Self {
        Self {
            clusters,
            start: KMeansStart::default(),
            algorithm: KMeansAlgorithm::default(),
            restarts: None,
            seed: 0,
            max_iterations: default_iterations(),
            tolerance: 0.0,
            size_limits: SizeLimits::default(),
        }
    }

    /// Where to start.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::{KMeansParams, KMeansStart}};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// let start = KMeansStart::Centres(vec![vec![0.0], vec![5.0]]);
    /// assert_eq!(KMeansParams::new(2).start(start).fit(&features)?.assign(&features)?, [0, 0, 1]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn start(mut self, start: KMeansStart) -> Self {
        self.start = start;
        self
    }

    /// How to get from a start to a minimum.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::{KMeansAlgorithm, KMeansParams};
    /// let params = KMeansParams::new(3).algorithm(KMeansAlgorithm::Lloyd);
    /// assert_ne!(params, KMeansParams::new(3));
    /// ```
    pub fn algorithm(mut self, algorithm: KMeansAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// How many times to start; the run with the least sum of squares is kept. Unless it is said,
    /// 10 times, and up to 100 times while rows and clusters are few enough for that to cost next
    /// to nothing.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::KMeansParams;
    /// assert_ne!(KMeansParams::new(3).restarts(50), KMeansParams::new(3));
    /// ```
    pub fn restarts(mut self, restarts: usize) -> Self {
        self.restarts = Some(restarts);
        self
    }

    /// The seed of the starts.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::KMeansParams;
    /// assert_ne!(KMeansParams::new(3).seed(1), KMeansParams::new(3));
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// After how many iterations a run ends, whether or not rows still move.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::KMeansParams;
    /// assert_ne!(KMeansParams::new(3).max_iterations(20), KMeansParams::new(3));
    /// ```
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = iterations;
        self
    }

    /// A run also ends when the squared moves of all centres come to no more than this share of
    /// the mean variance of the columns. 0, as it is at first, waits until no row moves.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::segmentation::KMeansParams;
    /// assert_ne!(KMeansParams::new(3).tolerance(1e-4), KMeansParams::new(3));
    /// ```
    pub fn tolerance(mut self, share: f64) -> Self {
        self.tolerance = share;
        self
    }

    /// How many rows a cluster may have.
    ///
    /// The fit goes on from the ends of the best runs without limits, and from starts: the cheapest
    /// assignment within the limits and the means of its clusters, in turn (Bradley, Bennett and
    /// Demiriz 2000, MSR-TR-2000-65). No cluster is left without a row. If the best run keeps the
    /// limits already, it is the fit.
    ///
    /// # Example
    ///
    /// See [`SizeLimits`].
    pub fn size_limits(mut self, limits: SizeLimits) -> Self {
        self.size_limits = limits;
        self
    }

    /// Looks for the clusters.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for no cluster, no restart, no iteration, a tolerance below 0,
    /// or limits of sizes that no assignment keeps; [`Error::LengthMismatch`] for a start of another
    /// shape; [`Error::InvalidValue`] for a missing value, or one beyond 1e140;
    /// [`Error::NotEnoughData`] for fewer different rows than clusters. With limits of sizes also
    /// [`Error::Overflow`], as [`KMeans::assign_within`].
    ///
    /// # Example
    ///
    /// See [`KMeansParams`].
    pub fn fit(&self, features: &Features) -> Result<KMeans> {
        self.fit_observed(features, &mut ())
    }

    /// As [`fit`](Self::fit), watched: a step is a restart.
    ///
    /// # Errors
    ///
    /// As `fit`, and [`Error::Cancelled`].
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{Progress, data::{Features, MissingValues}, segmentation::KMeansParams};
    /// # let features = Features::from_columns(&[("a", &[0.0, 1.0, 9.0])], MissingValues::Refuse)?;
    /// let mut stop = |_: Progress| std::ops::ControlFlow::Break(());
    /// assert!(KMeansParams::new(2).fit_observed(&features, &mut stop).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn fit_observed(&self, features: &Features, observer: &mut dyn Observer) -> Result<KMeans> {
        let points = Points::of(features)?;
        let limited = !self.size_limits.is_none();
        let kept = if limited { limits::ENDS } else { 1 };
        let mut runs = self.cluster_observed(points, kept, observer)?;
        let best = runs.remove(0);
        if !limited {
            return Ok(KMeans::of(features.names(), best, None));
        }
        if let Some(fitted) = limits::kept(points, self.size_limits, &best)? {
            return Ok(KMeans::of(features.names(), best, Some(fitted)));
        }
        let mut others: Vec<Vec<f64>> = runs.into_iter().map(|run| run.centres).collect();
        match &self.start {
            KMeansStart::PlusPlus => {
                let runs = self.runs(points.rows);
                let starts = limits::starts(points.rows, self.clusters).min(runs);
                let arch = Arch::new();
                for run in 0..starts as u64 {
                    let start = seeding::plus_plus(arch, points, self.clusters, self.seed, run)?;
                    others.push(start);
                }
            }
            KMeansStart::Centres(centres) => others.push(centres.concat()),
        }
        let stop = self.stop(points);
        let (run, fitted) = limits::fit(points, self.size_limits, &best, &others, stop, observer)?;
        Ok(KMeans::of(features.names(), run, Some(fitted)))
    }

    pub(super) fn clusters(&self) -> usize {
        self.clusters
    }

    /// Whether each restart has a start of its own, and sizes are not limited.
    pub(super) fn starts_anew(&self) -> bool {
        matches!(self.start, KMeansStart::PlusPlus) && self.size_limits.is_none()
    }

    /// `Ok` if these parameters can be fitted to points.
    pub(super) fn check(&self, points: Points) -> Result<()> {
        let whole = |name, value| match value {
            0 => Err(Error::parameter(name, 0, "1 or more")),
            _ => Ok(()),
        };
        whole("clusters", self.clusters)?;
        whole("restarts", self.restarts.unwrap_or(1))?;
        whole("max_iterations", self.max_iterations)?;
        if !(self.tolerance >= 0.0 && self.tolerance.is_finite()) {
            return Err(Error::parameter(
                "tolerance",
                self.tolerance,
                "a finite number of 0 or more",
            ));
        }
        if self.clusters > points.rows {
            return Err(Error::NotEnoughData {
                what: "rows, one for each cluster".into(),
                needed: self.clusters,
                found: points.rows,
            });
        }
        if !self.size_limits.is_none() {
            let rows = limits::counted(points)?;
            self.size_limits.bounds(rows, self.clusters)?;
        }
        check_start(&self.start, self.clusters, points.columns)
    }

    fn stop(&self, points: Points) -> Stop {
        Stop {
            iterations: self.max_iterations,
            shift: if self.tolerance > 0.0 {
                self.tolerance * mean_variance(points)
            } else {
                0.0
            },
        }
    }

    /// The best runs on some points, the best of all first: up to `most` that end differently.
    fn cluster_observed(
        &self,
        points: Points,
        most: usize,
        observer: &mut dyn Observer,
    ) -> Result<Vec<Run>> {
        self.check(points)?;
        let arch = Arch::new();
        let stop = self.stop(points);
        let runs = self.runs(points.rows);
        let one = |run: usize| -> Result<Run> {
            let start = match &self.start {
                KMeansStart::PlusPlus => {
                    seeding::plus_plus(arch, points, self.clusters, self.seed, run as u64)?
                }
                KMeansStart::Centres(centres) => centres.concat(),
            };
            let run = Run::new(arch, points, start, stop);
            Ok(match self.algorithm {
                KMeansAlgorithm::Lloyd => run,
                KMeansAlgorithm::Hartigan => hartigan::descend(arch, points, run, stop),
            })
        };
        let mut best: Vec<Run> = Vec::new();
        let mut keep = |run: Run| {
            let inertia = run.inertia();
            let ahead = |run: &Run| run.inertia().total_cmp(&inertia).is_le();
            best.insert(best.partition_point(ahead), run);
            best.dedup_by(|next, run| next.inertia() - run.inertia() <= ALIKE * run.inertia());
            best.truncate(most);
        };
        if points.rows <= SIDE_BY_SIDE {
            let stage = Stage {
                name: LOOKING,
                total: runs,
            };
            map_chunks_observed(0..runs, 1, stage, observer, |range| one(range.start))?
                .into_iter()
                .for_each(&mut keep);
        } else {
            for run in 0..runs {
                keep(one(run)?);
                report(observer, LOOKING, run + 1, runs)?;
            }
        }
        let first = best.first().ok_or_else(|| too_few(self.clusters, 0))?;
        let filled = first.weights.iter().filter(|&&weight| weight > 0.0);
        match filled.count() {
            filled if filled < self.clusters => Err(too_few(self.clusters, filled)),
            _ => Ok(best),
        }
    }

    /// How many runs there are.
    fn runs(&self, rows: usize) -> usize {
        match (&self.start, self.restarts) {
            (KMeansStart::Centres(_), _) => 1,
            (KMeansStart::PlusPlus, Some(restarts)) => restarts,
            (KMeansStart::PlusPlus, None) => {
                (CHEAP / (rows * self.clusters).max(1)).clamp(LEAST_RESTARTS, MOST_RESTARTS)
            }
        }
    }
}

/// `Ok` if given centres are as many as clusters, each of usable numbers for all columns.
fn check_start(start: &KMeansStart, clusters: usize, columns: usize) -> Result<()> {
    let KMeansStart::Centres(centres) = start else {
        return Ok(());
    };
    Error::check_length("start", clusters, centres.len())?;
    for (row, centre) in centres.iter().enumerate() {
        Error::check_length("a centre of the start", columns, centre.len())?;
        if let Some(value) = centre.iter().find(|value| !points::is_usable(value)) {
            let reason = format!("{value} is not a finite number up to 1e140");
            return Err(Error::value("start", row, reason));
        }
    }
    Ok(())
}

/// The centres of one run from greedy k-means++ after so many of Lloyd's iterations, for models
/// that start from them.
///
/// # Errors
///
/// [`Error::NotEnoughData`] if fewer different rows count for something.
pub(super) fn short_run(
    points: Points,
    clusters: usize,
    seed: u64,
    run: u64,
    iterations: usize,
) -> Result<Vec<f64>> {
    let arch = Arch::new();
    let stop = Stop {
        iterations,
        shift: 0.0,
    };
    let start = seeding::plus_plus(arch, points, clusters, seed, run)?;
    Ok(Run::new(arch, points, start, stop).centres)
}

/// Where rows belong after a search that costs little.
pub(super) struct Search {
    /// The nearest centre of each row, of those of no weight as well.
    pub(super) labels: Vec<u32>,
    pub(super) inertia: f64,
}

/// What a search starts from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Starts<'a> {
    /// Centres that are known, before all others.
    pub(super) known: Option<&'a [f64]>,
    /// The most starts by greedy k-means++.
    pub(super) fresh: usize,
    /// Whether single rows move as well, after Lloyd's iterations.
    pub(super) single_moves: bool,
    pub(super) seed: u64,
    /// Each item has starts of its own.
    pub(super) item: u64,
}

/// The best end from some starts. It stops early once the least sum of squares has been found
/// twice: where all starts lead to one end two are enough.
///
/// # Errors
///
/// [`Error::NotEnoughData`] if fewer different rows count for something.
pub(super) fn search(points: Points, clusters: usize, starts: Starts) -> Result<Search> {
    let arch = Arch::new();
    let all = points;
    let counted = Counted::of(all);
    let points = counted.points(all.columns);
    let stop = Stop {
        iterations: default_iterations(),
        shift: 0.0,
    };
    let draw = |at: usize| {
        // Items are far apart, so that none has the starts of another.
        let run = ((starts.item + 1) << 32) | at as u64;
        seeding::plus_plus(arch, points, clusters, starts.seed, run)
    };
    let known = starts.known.map(|centres| Ok(centres.to_vec()));
    let mut best: Option<Run> = None;
    let mut hits = 0;
    for start in known.into_iter().chain((0..starts.fresh).map(draw)) {
        let mut run = Run::new(arch, points, start?, stop);
        if starts.single_moves {
            run = hartigan::descend(arch, points, run, stop);
        }
        let least = best.as_ref().map_or(f64::INFINITY, Run::inertia);
        if run.inertia() < least * (1.0 - ALIKE) {
            best = Some(run);
            hits = 1;
        } else if run.inertia() <= least * (1.0 + ALIKE) {
            hits += 1;
        }
        if hits == 2 {
            break;
        }
    }
    let filled = |run: &Run| run.weights.iter().filter(|&&weight| weight > 0.0).count();
    let found = best.as_ref().map_or(0, filled);
    match best {
        Some(run) if found == clusters => Ok(Search {
            inertia: run.inertia(),
            labels: Run::at(arch, all, run.centres, run.iterations, run.converged).labels,
        }),
        _ => Err(too_few(clusters, found)),
    }
}

/// The rows of a weight above 0, close together: of a resample or a half they are so few of all
/// that iterations over the others would take up to half of the time.
struct Counted {
    values: Vec<f64>,
    weights: Vec<f64>,
}

impl Counted {
    fn of(points: Points) -> Self {
        let rows = || (0..points.rows).filter(|&row| points.weight(row) > 0.0);
        Self {
            values: rows().flat_map(|row| points.row(row)).copied().collect(),
            weights: rows().map(|row| points.weight(row)).collect(),
        }
    }

    fn points(&self, columns: usize) -> Points<'_> {
        Points {
            values: &self.values,
            rows: self.weights.len(),
            columns,
            weights: Some(&self.weights),
        }
    }
}

fn too_few(needed: usize, found: usize) -> Error {
    Error::NotEnoughData {
        what: "different rows of a weight above 0, one for each cluster".into(),
        needed,
        found,
    }
}

/// The mean over the columns of their variance. It only sets a tolerance.
fn mean_variance(points: Points) -> f64 {
    let n = points.rows.max(1) as f64;
    let mut sums = vec![0.0; points.columns];
    let mut squares = vec![0.0; points.columns];
    let about = points.row(0);
    for row in 0..points.rows {
        for (at, value) in points.row(row).iter().enumerate() {
            let gap = value - about[at];
            sums[at] += gap;
            squares[at] += gap * gap;
        }
    }
    let of_column = |(sum, square): (&f64, &f64)| square / n - (sum / n) * (sum / n);
    sums.iter().zip(&squares).map(of_column).sum::<f64>() / points.columns as f64
}

#[cfg(test)]
mod tests;
