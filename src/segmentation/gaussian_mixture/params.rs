//! What is asked of a mixture.

use serde::{Deserialize, Serialize};

/// How the columns may vary together within a cluster.
///
/// # Example
///
/// ```
/// use custometry::segmentation::{Covariance, GaussianMixtureParams};
/// let params = GaussianMixtureParams::new(3);
/// assert_eq!(params.clone().covariance(Covariance::Full), params);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Covariance {
    /// Clusters are ellipsoids that lie as they like. The default.
    #[default]
    Full,
    /// Within a cluster each column varies on its own: ellipsoids along the axes. Far fewer
    /// parameters, and never singular because columns follow from one another.
    Diagonal,
}

/// How to fit a Gaussian mixture of k clusters.
///
/// The default is full covariances, ten starts, and a stop once the log-likelihood is within
/// 1e-9 per unit of weight of where it is heading. Setters never fail; `fit` checks them.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::GaussianMixtureParams};
///
/// let spend = [1.0, 1.2, 0.9, 1.1, 0.7, 8.0, 9.5, 7.1, 8.4];
/// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
/// let mixture = GaussianMixtureParams::new(2).seed(1).fit(&features)?;
/// let cluster = mixture.assign(&features)?;
/// assert!(cluster[..5].iter().all(|&at| at == cluster[0]));
/// assert!(cluster[5..].iter().all(|&at| at == cluster[8] && at != cluster[0]));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GaussianMixtureParams {
    pub(super) clusters: usize,
    #[serde(default)]
    pub(super) covariance: Covariance,
    #[serde(default = "restarts")]
    pub(super) restarts: usize,
    #[serde(default)]
    pub(super) seed: u64,
    #[serde(default = "max_iterations")]
    pub(super) max_iterations: usize,
    #[serde(default = "tolerance")]
    pub(super) tolerance: f64,
    #[serde(default = "regularisation")]
    pub(super) regularisation: f64,
    #[serde(default)]
    pub(super) start: Option<Vec<Vec<f64>>>,
}

fn restarts() -> usize {
    10
}
fn max_iterations() -> usize {
    1_000
}
fn tolerance() -> f64 {
    1e-9
}
fn regularisation() -> f64 {
    1e-6
}

impl GaussianMixtureParams {
    /// A mixture of so many clusters, the rest as by default.
    ///
    /// # Example
    ///
    /// See [`GaussianMixtureParams`].
    pub fn new(clusters: usize) -> Self {
        Self {
            clusters,
            covariance: Covariance::default(),
            restarts: restarts(),
            seed: 0,
            max_iterations: max_iterations(),
            tolerance: tolerance(),
            regularisation: regularisation(),
            start: None,
        }
    }

    /// How columns may vary together; full by default.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::*};
    ///
    /// let x: Vec<f64> = (0..40).map(|at| f64::from(at % 10)).collect();
    /// let y: Vec<f64> = (0..40).map(|at| f64::from(at % 7)).collect();
    /// let features = Features::from_columns(&[("x", &x), ("y", &y)], MissingValues::Refuse)?;
    /// let mixture = GaussianMixtureParams::new(1).covariance(Covariance::Diagonal).fit(&features)?;
    /// assert_eq!(mixture.covariance(0).unwrap()[(0, 1)], 0.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn covariance(mut self, covariance: Covariance) -> Self {
        self.covariance = covariance;
        self
    }

    /// Starts of which the best is kept; 10 by default. Each begins anew from random numbers of
    /// its own: the even ones, counted from 0, from a short k-means, the odd ones from random rows.
    /// All are brought to within 1e-5 per unit of weight of where they are heading, and the best
    /// of them to the tolerance.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::GaussianMixtureParams};
    ///
    /// let x: Vec<f64> = (0..60).map(|at| f64::from(at * at % 31)).collect();
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let one = GaussianMixtureParams::new(3).restarts(1).fit(&features)?;
    /// let ten = GaussianMixtureParams::new(3).restarts(10).fit(&features)?;
    /// assert!(ten.log_likelihood() >= one.log_likelihood() - 1e-3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn restarts(mut self, restarts: usize) -> Self {
        self.restarts = restarts;
        self
    }

    /// What the random numbers come from; 0 by default.
    ///
    /// # Example
    ///
    /// See [`GaussianMixtureParams`].
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Steps after which a start gives up; 1,000 by default. That is no error:
    /// [`verdict`](super::GaussianMixture::verdict) tells.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::*};
    ///
    /// let x: Vec<f64> = (0..60).map(|at| f64::from(at * at % 31)).collect();
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let hasty = GaussianMixtureParams::new(3).max_iterations(2).fit(&features)?;
    /// assert_eq!(hasty.verdict(), MixtureVerdict::IterationLimit);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = iterations;
        self
    }

    /// How near the log-likelihood per unit of weight must be to where it is heading, judged by
    /// how fast its steps shrink (Böhning et al. 1994); 1e-9 by default. BIC is then good to about
    /// 2e-9 times the sum of weights. Not the same as the tolerance of scikit-learn, which is for
    /// the last step alone and stops long before.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::GaussianMixtureParams};
    ///
    /// let x: Vec<f64> = (0..60).map(|at| f64::from(at * at % 31)).collect();
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let params = GaussianMixtureParams::new(2).restarts(1);
    /// let rough = params.clone().tolerance(1e-2).fit(&features)?;
    /// assert!(rough.iterations() < params.fit(&features)?.iterations());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// What is added to each variance in each step, in squared units of the column; 1e-6 by
    /// default, which suits columns on a scale near 1. With 0 a covariance that becomes singular
    /// ends its start.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::GaussianMixtureParams};
    ///
    /// let constant = Features::from_columns(&[("x", &[2.0; 9])], MissingValues::Refuse)?;
    /// let params = GaussianMixtureParams::new(1).regularisation(0.25);
    /// assert_eq!(params.fit(&constant)?.covariance(0).unwrap()[(0, 0)], 0.25);
    /// assert!(params.regularisation(0.0).fit(&constant).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn regularisation(mut self, regularisation: f64) -> Self {
        self.regularisation = regularisation;
        self
    }

    /// The means to begin with, one a cluster, with equal weights and the covariance of all rows.
    /// There is then one start whatever [`restarts`](Self::restarts) says.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Features, MissingValues}, segmentation::GaussianMixtureParams};
    ///
    /// let spend = [1.0, 1.2, 0.9, 1.1, 0.7, 8.0, 9.5, 7.1, 8.4];
    /// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
    /// let start = [vec![9.0], vec![1.0]];
    /// let mixture = GaussianMixtureParams::new(2).start(&start).fit(&features)?;
    /// assert!(mixture.means()[(0, 0)] > mixture.means()[(1, 0)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn start(mut self, means: &[Vec<f64>]) -> Self {
        self.start = Some(means.to_vec());
        self
    }
}
