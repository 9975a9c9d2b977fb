//! k-prototypes: groups of customers by numbers and categories together.
//!
//! # Question
//!
//! What kinds of customers are there, judged by what they spend *and* by where they live, how
//! they pay and which channel they came through?
//!
//! # Model
//!
//! A cluster has a prototype: the mean of each numeric column and the mode, the most frequent
//! label, of each column of categories. A row costs its squared distance to the means and γ for
//! each label that is not the mode; the fit looks for the k prototypes that cost least.
//!
//! ```text
//! d(row, cluster) = Σ_j (x_j - mean_j)² + γ Σ_c [label_c ≠ mode_c]
//! cost            = Σ_rows w min_cluster d(row, cluster)
//! ```
//!
//! where x are the numbers of a row, w its weight, and \[ \] is 1 if true and 0 if not. Without
//! columns of categories this is k-means, without numeric ones k-modes (γ is then 1, so that the
//! cost counts labels). Rows go to the nearest prototype and prototypes move to the middle of
//! their rows, in turn, until no row moves (the batch form; Huang moves the prototype at each
//! row). Then rows are moved one by one where that pays though the other prototype is not nearer,
//! since both prototypes move with the row (the step of Hartigan and Wong). A cluster that runs
//! empty is given the row that costs most. The best of several runs is kept.
//!
//! # How to read it
//!
//! γ says how many squared units of the numeric columns one wrong label is worth; see [`MismatchWeight`].
//! Bring the numeric columns to one scale first, or the widest of them decides alone.
//! [`KPrototypes::contributions`] tells which columns put a row where it is.
//!
//! A row without a label has the label "none": missing is a level of its own, as good as any
//! other, and can be the mode. A label that the fit has not seen differs from every mode.
//! Among equally frequent labels the smallest by its bytes is the mode, "none" before all.
//!
//! # Limits
//!
//! Clusters are round in the numeric columns and of like size, as in k-means. A label agrees or
//! it does not: "gold" is no nearer to "silver" than to "none". Columns of many rare labels are
//! noise that costs γ a row; merge rare labels. Missing numbers are refused.
//!
//! # Complexity
//!
//! Equal rows are merged first. Then O(rows · k · columns) an iteration, in parallel except for the
//! moves of single rows; tens of iterations a run. Neither the order of the rows nor that of the labels matters: rows are put
//! in an order of their own.
//!
//! # Example
//!
//! ```
//! use custometry::{data::{Categories, Features, MissingValues}, segmentation::KPrototypesParams};
//!
//! let spend: &[(&str, &[f64])] = &[("spend", &[1.0, 1.2, 0.9, 7.9, 8.1, 8.0])];
//! let features = Features::from_columns(spend, MissingValues::Refuse)?
//!     .with_categories("channel", Categories::new(&["web", "web", "shop", "shop", "shop", "shop"])?)?;
//! let model = KPrototypesParams::new(2).fit(&features)?;
//! let cluster = model.assign(&features)?;
//! assert_eq!(cluster[0], cluster[2]);
//! assert_ne!(cluster[0], cluster[3]);
//! assert_eq!(model.modes(cluster[3]), Some(vec![Some("shop")]));
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! # References
//!
//! - Huang, Z. (1998). Extensions to the k-means algorithm for clustering large data sets with
//!   categorical values. *Data Mining and Knowledge Discovery* 2, 283-304.
//!   doi:10.1023/A:1009769707641
//! - Cao, F., Liang, J. and Bai, L. (2009). A new initialization method for categorical data
//!   clustering. *Expert Systems with Applications* 36, 10223-10228.
//!   doi:10.1016/j.eswa.2009.01.060
//! - Arthur, D. and Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding.
//!   *SODA '07*, 1027-1035.
//! - Hartigan, J. A. and Wong, M. A. (1979). Algorithm AS 136: a k-means clustering algorithm.
//!   *Applied Statistics* 28, 100-108. doi:10.2307/2346830

mod fit;
mod model;
mod moves;
mod rows;
mod start;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::model::KPrototypes;
use crate::{Error, Observer, Result, data::Features, observer::report};

/// What a label that is not the mode costs, in squared units of the numeric columns.
///
/// # Example
///
/// ```
/// use custometry::{data::{Categories, Features, MissingValues}, segmentation::{MismatchWeight, KPrototypesParams}};
///
/// let columns: &[(&str, &[f64])] = &[("a", &[0.0, 4.0]), ("b", &[0.0, 8.0])];
/// let features = Features::from_columns(columns, MissingValues::Refuse)?
///     .with_categories("c", Categories::new(&["x", "y"])?)?;
/// // The standard deviations are 2 and 4.
/// assert_eq!(KPrototypesParams::new(1).fit(&features)?.gamma(), 1.5);
/// let params = KPrototypesParams::new(1).gamma(MismatchWeight::Value(0.5));
/// assert_eq!(params.fit(&features)?.gamma(), 0.5);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MismatchWeight {
    /// Half the mean of the standard deviations of the numeric columns, the rule of the Python
    /// package kmodes after Huang's advice. The deviations are those of the rows themselves:
    /// divided by the sum of the weights, not by one less. Without numeric columns γ is 1.
    #[default]
    HalfMeanDeviation,
    /// This value.
    Value(f64),
}

/// How a run of [`KPrototypesParams`] finds its first prototypes.
///
/// # Example
///
/// ```
/// use custometry::segmentation::PrototypeStart;
/// assert_eq!(PrototypeStart::default(), PrototypeStart::Spread);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PrototypeStart {
    /// The first run starts as [`Cao`](Self::Cao) does, with the numbers of the rows it picks;
    /// the others with rows that lie far apart: each is drawn with a probability that goes with
    /// its dissimilarity to the nearest one so far, and is the best of 2 + ln k such draws (the
    /// greedy k-means++ of Arthur and Vassilvitskii 2007 on the mixed dissimilarity).
    #[default]
    Spread,
    /// The labels of rows that are both typical and unlike each other (Cao, Liang and Bai 2009),
    /// always the same; the numbers are drawn from a normal law with the mean and the deviation
    /// of each column, as the package kmodes does. Without numeric columns one run is made.
    Cao,
    /// Labels drawn by their frequency, then moved to the nearest row not taken (Huang 1998); the
    /// numbers as for [`Cao`](Self::Cao).
    Huang,
    /// Different rows at random, by weight.
    Random,
}

/// How to fit [`KPrototypes`].
///
/// # Example
///
/// ```
/// use custometry::{data::{Categories, Features, MissingValues}, segmentation::{KPrototypesParams, PrototypeStart}};
///
/// let plan = Categories::new(&["free", "free", "paid", "paid", "trial"])?;
/// let features = Features::from_columns(&[], MissingValues::Refuse)?.with_categories("plan", plan)?;
/// let model = KPrototypesParams::new(3).start(PrototypeStart::Cao).fit(&features)?;
/// assert_eq!(model.cost(), 0.0);
/// assert!(KPrototypesParams::new(4).fit(&features).is_err(), "three different rows");
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KPrototypesParams {
    clusters: usize,
    #[serde(default)]
    gamma: MismatchWeight,
    #[serde(default)]
    start: PrototypeStart,
    #[serde(default = "default_restarts")]
    restarts: usize,
    #[serde(default = "default_iterations")]
    max_iterations: usize,
    #[serde(default)]
    seed: u64,
}

fn default_restarts() -> usize {
    10
}

fn default_iterations() -> usize {
    100
}

impl KPrototypesParams {
    /// k clusters, 10 runs of at most 100 iterations, seed 0.
    ///
    /// # Example
    ///
    /// See [`KPrototypesParams`].
    pub fn new(clusters: usize) -> Self {
        Self {
            clusters,
            gamma: MismatchWeight::default(),
            start: PrototypeStart::default(),
            restarts: default_restarts(),
            max_iterations: default_iterations(),
            seed: 0,
        }
    }

    /// What a label that is not the mode costs.
    ///
    /// # Example
    ///
    /// See [`MismatchWeight`].
    pub fn gamma(mut self, gamma: MismatchWeight) -> Self {
        self.gamma = gamma;
        self
    }

    /// How each run finds its first prototypes.
    ///
    /// # Example
    ///
    /// See [`KPrototypesParams`].
    pub fn start(mut self, start: PrototypeStart) -> Self {
        self.start = start;
        self
    }

    /// The number of runs, of which the one of least cost is kept; the first among equals.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::KPrototypesParams};
    /// # let two = Features::from_columns(&[("a", &[0.0, 4.0])], MissingValues::Refuse)?;
    /// assert!(KPrototypesParams::new(2).restarts(0).fit(&two).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn restarts(mut self, restarts: usize) -> Self {
        self.restarts = restarts;
        self
    }

    /// The most iterations of a run. A fit that met them says so:
    /// [`KPrototypes::converged`].
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::KPrototypesParams};
    /// # let two = Features::from_columns(&[("a", &[0.0, 4.0])], MissingValues::Refuse)?;
    /// let model = KPrototypesParams::new(1).max_iterations(5).fit(&two)?;
    /// assert!(model.converged() && model.iterations() <= 5);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = iterations;
        self
    }

    /// The seed of the draws.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::segmentation::KPrototypesParams;
    /// assert_ne!(KPrototypesParams::new(3).seed(1), KPrototypesParams::new(3));
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Fits the prototypes.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless there are a cluster, a run and an iteration or more and
    /// γ is finite and above 0; [`Error::InvalidValue`] for a missing number, and for numbers so
    /// large that their squares cannot be added up; [`Error::NotEnoughData`] without a column or
    /// if fewer rows differ than there are clusters; [`Error::Degenerate`] if every numeric column
    /// is constant, so that the data give no γ, or if rows lie too close for their distance to be
    /// a number, so that a cluster stays empty.
    ///
    /// # Example
    ///
    /// See [`KPrototypesParams`].
    pub fn fit(&self, features: &Features) -> Result<KPrototypes> {
        self.fit_observed(features, &mut ())
    }

    /// As [`fit`](Self::fit), watched: one step a run.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit), and [`Error::Cancelled`].
    ///
    /// # Example
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use custometry::{Progress, data::{Features, MissingValues}, segmentation::KPrototypesParams};
    ///
    /// let two = Features::from_columns(&[("a", &[0.0, 4.0])], MissingValues::Refuse)?;
    /// let mut runs = 0;
    /// KPrototypesParams::new(2).restarts(3).fit_observed(&two, &mut |_: Progress| {
    ///     runs += 1;
    ///     ControlFlow::Continue(())
    /// })?;
    /// assert_eq!(runs, 3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn fit_observed(
        &self,
        features: &Features,
        observer: &mut dyn Observer,
    ) -> Result<KPrototypes> {
        self.check()?;
        let levels = rows::Levels::of(features)?;
        let rows = rows::Rows::merged(features, &levels)?;
        if rows.len() < self.clusters {
            return Err(Error::NotEnoughData {
                what: "different rows, one for each cluster".into(),
                needed: self.clusters,
                found: rows.len(),
            });
        }
        let gamma = self.gamma_of(&rows)?;
        let start = start::Starter::new(&rows, self.clusters, gamma, self.start, self.seed);
        // Without numbers to draw, each run from the labels of Cao would be the same.
        let runs = if self.start == PrototypeStart::Cao && rows.numeric() == 0 {
            1
        } else {
            self.restarts
        };
        let mut best: Option<fit::Run> = None;
        for run in 0..runs {
            let found = fit::run(&rows, start.prototypes(run), self.max_iterations);
            if let Some(found) = found
                && best.as_ref().is_none_or(|best| found.cost < best.cost)
            {
                best = Some(found);
            }
            report(observer, "looking for prototypes", run + 1, runs)?;
        }
        let best = best.ok_or_else(|| Error::Degenerate {
            what: format!(
                "rows lie so close that {} clusters cannot be told apart; ask for fewer clusters \
                 or scale the columns",
                self.clusters
            )
            .into(),
        })?;
        Ok(KPrototypes::new(levels, best))
    }

    fn check(&self) -> Result<()> {
        let counts = [
            ("clusters", self.clusters),
            ("restarts", self.restarts),
            ("max_iterations", self.max_iterations),
        ];
        for (name, value) in counts {
            if value == 0 {
                return Err(Error::parameter(name, value, "a whole number of 1 or more"));
            }
        }
        if u32::try_from(self.clusters).is_err() {
            let expected = "fewer clusters than 4294967295";
            return Err(Error::parameter("clusters", self.clusters, expected));
        }
        match self.gamma {
            MismatchWeight::Value(gamma) => check_gamma(gamma),
            MismatchWeight::HalfMeanDeviation => Ok(()),
        }
    }

    fn gamma_of(&self, rows: &rows::Rows) -> Result<f64> {
        if let MismatchWeight::Value(gamma) = self.gamma {
            return Ok(gamma);
        }
        let deviations = rows.deviations();
        if deviations.is_empty() {
            return Ok(1.0);
        }
        let gamma = 0.5 * (deviations.iter().sum::<f64>() / deviations.len() as f64);
        if gamma > 0.0 {
            return Ok(gamma);
        }
        if rows.categorical() == 0 {
            // There is no label to cost anything.
            return Ok(1.0);
        }
        Err(Error::Degenerate {
            what: "every numeric column is constant, so that half their mean deviation is 0 and \
                   labels would cost nothing; drop the columns or give gamma"
                .into(),
        })
    }
}

/// A cost of a label that counts.
fn check_gamma(gamma: f64) -> Result<()> {
    // Written so that NaN fails as well.
    if gamma > 0.0 && gamma.is_finite() {
        return Ok(());
    }
    Err(Error::parameter(
        "gamma",
        gamma,
        "a finite number above 0; to leave categories out, drop their columns",
    ))
}
