//! A fitted mixture: its parameters and what it says of the data.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::{
    Covariance, LARGEST,
    components::{Components, Densities},
    fit::within,
};
use crate::{Error, Result, persist};

/// How a fit came to its end.
///
/// # Example
///
/// ```
/// use custometry::segmentation::MixtureVerdict;
/// assert!(MixtureVerdict::IterationLimit.statement().contains("max_iterations"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MixtureVerdict {
    /// The log-likelihood came to rest and all components are sound.
    Converged,
    /// The log-likelihood still rose when the iterations were used up.
    IterationLimit,
    /// It came to rest, but a component is singular or empty.
    Unsound,
}

impl MixtureVerdict {
    /// The verdict in words.
    ///
    /// # Example
    ///
    /// See [`MixtureVerdict`].
    pub fn statement(self) -> &'static str {
        match self {
            Self::Converged => "the fit came to rest and all clusters are sound",
            Self::IterationLimit => {
                "the iterations were used up before the fit came to rest; raise max_iterations or \
                 the tolerance"
            }
            Self::Unsound => {
                "a cluster is singular or empty; ask for fewer clusters or diagonal covariances, \
                 or drop columns that do not vary"
            }
        }
    }
}

/// Whether one component says something about the data.
///
/// # Example
///
/// See [`GaussianMixture::soundness`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Soundness {
    /// Nothing speaks against it.
    Sound,
    /// Its rows hardly vary in some direction: a constant column, columns that follow from one
    /// another, equal rows, or fewer rows than columns. At least half of the variance there is
    /// the regularisation.
    Singular,
    /// It has lost all rows; its weight is 0 and it takes no part.
    Empty,
}

/// A fitted Gaussian mixture.
///
/// # Example
///
/// ```
/// use custometry::{data::{Features, MissingValues}, segmentation::*};
///
/// let spend = [1.0, 1.2, 0.9, 1.1, 0.7, 8.0, 9.5, 7.1, 8.4];
/// let features = Features::from_columns(&[("spend", &spend)], MissingValues::Refuse)?;
/// let one = GaussianMixtureParams::new(1).fit(&features)?;
/// let two = GaussianMixtureParams::new(2).fit(&features)?;
/// assert!(two.bic() < one.bic());
/// assert_eq!((two.clusters(), two.verdict()), (2, MixtureVerdict::Converged));
///
/// // A customer between the two, and one beyond everything.
/// let new = Features::from_columns(&[("spend", &[2.5, 1e6])], MissingValues::Refuse)?;
/// let membership = two.membership(&new)?;
/// assert!((membership.row(1).sum() - 1.0).abs() < 1e-12);
/// assert!(two.log_density(&new)?[1] < -1e9);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct GaussianMixture {
    pub(super) names: Vec<String>,
    pub(super) components: Components,
    pub(super) densities: Densities,
    /// Those of the components, as handed out.
    means: Array2<f64>,
    fit: Fit,
}

/// What is known of the fit besides the parameters.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Fit {
    /// The sum of the weights of the rows.
    pub(super) rows_weight: f64,
    pub(super) log_likelihood: f64,
    /// Sum of weight times the logarithm of the share of a row's best component.
    pub(super) certainty: f64,
    pub(super) iterations: usize,
    pub(super) converged: bool,
    pub(super) regularisation: f64,
}

impl GaussianMixture {
    pub(super) fn fitted(
        names: Vec<String>,
        components: Components,
        densities: Densities,
        fit: Fit,
    ) -> Self {
        let shape = (components.len(), components.columns);
        let means = Array2::from_shape_fn(shape, |(cluster, at)| components.mean(cluster)[at]);
        Self {
            names,
            components,
            densities,
            means,
            fit,
        }
    }

    /// The number of clusters.
    ///
    /// # Example
    ///
    /// See [`GaussianMixture`].
    pub fn clusters(&self) -> usize {
        self.components.len()
    }

    /// The names of the columns, in order.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let features = Features::from_columns(&[("x", &[1.0, 2.0, 4.0])], MissingValues::Refuse)?;
    /// assert_eq!(GaussianMixtureParams::new(1).fit(&features)?.names(), ["x"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The share of each cluster in the whole; they sum to 1.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let x = [0.0, 1.0, 2.0, 50.0, 51.0, 52.0, 53.0, 54.0, 55.0];
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let mixture = GaussianMixtureParams::new(2).start(&[vec![1.0], vec![52.0]]).fit(&features)?;
    /// assert!((mixture.weights()[0] - 3.0 / 9.0).abs() < 1e-6);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn weights(&self) -> &[f64] {
        &self.components.weights
    }

    /// The means, clusters by columns, in the units of the columns.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let features = Features::from_columns(&[("x", &[1.0, 2.0, 6.0])], MissingValues::Refuse)?;
    /// let mixture = GaussianMixtureParams::new(1).fit(&features)?;
    /// assert!((mixture.means()[(0, 0)] - 3.0).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn means(&self) -> ArrayView2<'_, f64> {
        self.means.view()
    }

    /// The covariance of a cluster, columns by columns, in products of their units; the
    /// regularisation is in it. `None` if there is no such cluster.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let features = Features::from_columns(&[("x", &[1.0, 2.0, 6.0])], MissingValues::Refuse)?;
    /// let mixture = GaussianMixtureParams::new(1).regularisation(0.0).fit(&features)?;
    /// // Divided by n: (4 + 1 + 9) / 3.
    /// assert!((mixture.covariance(0).unwrap()[(0, 0)] - 14.0 / 3.0).abs() < 1e-12);
    /// assert!(mixture.covariance(1).is_none());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn covariance(&self, cluster: usize) -> Option<Array2<f64>> {
        if cluster >= self.clusters() {
            return None;
        }
        let columns = self.names.len();
        let values = self.components.covariance(cluster);
        let value = |(a, b): (usize, usize)| match self.components.shape {
            Covariance::Full => values[a.max(b) * (a.max(b) + 1) / 2 + a.min(b)],
            Covariance::Diagonal if a == b => values[a],
            Covariance::Diagonal => 0.0,
        };
        Some(Array2::from_shape_fn((columns, columns), value))
    }

    /// The log-likelihood of the rows of the fit, each times its weight.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let features = Features::from_columns(&[("x", &[1.0, 2.0, 6.0])], MissingValues::Refuse)?;
    /// let mixture = GaussianMixtureParams::new(1).fit(&features)?;
    /// let sum: f64 = mixture.log_density(&features)?.iter().sum();
    /// assert!((mixture.log_likelihood() - sum).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn log_likelihood(&self) -> f64 {
        self.fit.log_likelihood
    }

    /// The number of free parameters.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let features = Features::from_columns(&[("x", &[1.0, 2.0, 6.0])], MissingValues::Refuse)?;
    /// assert_eq!(GaussianMixtureParams::new(2).fit(&features)?.parameters(), 5);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn parameters(&self) -> usize {
        self.components.parameters()
    }

    /// The Bayesian information criterion (Schwarz 1978, doi:10.1214/aos/1176344136), small for
    /// good models. The number of rows in it is the sum of their weights. R's `mclust` prints it
    /// with the other sign.
    ///
    /// # Example
    ///
    /// See [`GaussianMixture`].
    pub fn bic(&self) -> f64 {
        self.parameters() as f64 * libm::log(self.fit.rows_weight) - 2.0 * self.fit.log_likelihood
    }

    /// Akaike's information criterion (1974, doi:10.1109/TAC.1974.1100705), small for good models.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let features = Features::from_columns(&[("x", &[1.0, 2.0, 6.0])], MissingValues::Refuse)?;
    /// let mixture = GaussianMixtureParams::new(1).fit(&features)?;
    /// assert_eq!(mixture.aic(), 2.0 * 2.0 - 2.0 * mixture.log_likelihood());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn aic(&self) -> f64 {
        2.0 * self.parameters() as f64 - 2.0 * self.fit.log_likelihood
    }

    /// The integrated completed likelihood (Biernacki, Celeux and Govaert 2000), small for good
    /// models: BIC plus a fine for rows between clusters.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let x: Vec<f64> = (0..60).map(|at| f64::from(at * at % 31)).collect();
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let mixture = GaussianMixtureParams::new(2).fit(&features)?;
    /// assert!(mixture.icl() > mixture.bic());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn icl(&self) -> f64 {
        self.bic() - 2.0 * self.fit.certainty
    }

    /// Steps of expectation and maximisation that the start that was kept took.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let features = Features::from_columns(&[("x", &[1.0, 2.0, 6.0])], MissingValues::Refuse)?;
    /// // The mean and variance of all rows need no second thought.
    /// assert!(GaussianMixtureParams::new(1).fit(&features)?.iterations() <= 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn iterations(&self) -> usize {
        self.fit.iterations
    }

    /// How the fit came to its end: the iteration limit before an unsound component before
    /// converged.
    ///
    /// # Example
    ///
    /// See [`GaussianMixture`].
    pub fn verdict(&self) -> MixtureVerdict {
        if !self.fit.converged {
            MixtureVerdict::IterationLimit
        } else if self.soundness().iter().any(|&at| at != Soundness::Sound) {
            MixtureVerdict::Unsound
        } else {
            MixtureVerdict::Converged
        }
    }

    /// Whether each cluster says something about the data.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let (x, constant) = ([1.0, 2.0, 6.0], [7.0; 3]);
    /// let columns: &[(&str, &[f64])] = &[("x", &x), ("constant", &constant)];
    /// let features = Features::from_columns(columns, MissingValues::Refuse)?;
    /// let mixture = GaussianMixtureParams::new(1).fit(&features)?;
    /// assert_eq!(mixture.soundness(), [Soundness::Singular]);
    /// assert_eq!(mixture.verdict(), MixtureVerdict::Unsound);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn soundness(&self) -> Vec<Soundness> {
        let singular = self.densities.singular(self.fit.regularisation);
        (self.components.weights.iter().zip(singular))
            .map(|(&weight, singular)| match singular {
                _ if weight <= 0.0 => Soundness::Empty,
                true => Soundness::Singular,
                false => Soundness::Sound,
            })
            .collect()
    }
}

/// How a mixture is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    columns: Vec<String>,
    covariance: Covariance,
    weights: Vec<f64>,
    means: Vec<Vec<f64>>,
    /// Lower triangles row by row, or diagonals.
    covariances: Vec<Vec<f64>>,
    fit: Fit,
}

impl From<GaussianMixture> for Fields {
    fn from(model: GaussianMixture) -> Self {
        let Components {
            shape,
            columns,
            weights,
            means,
            covariances,
        } = model.components;
        let split = |values: &[f64], size| values.chunks(size).map(<[f64]>::to_vec).collect();
        Self {
            columns: model.names,
            covariance: shape,
            weights,
            means: split(&means, columns),
            covariances: split(&covariances, shape.size(columns)),
            fit: model.fit,
        }
    }
}

impl TryFrom<Fields> for GaussianMixture {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let (k, columns) = (fields.weights.len(), fields.columns.len());
        if k == 0 || columns == 0 {
            return Err(Error::parameter(
                "clusters and columns",
                0,
                "at least 1 of each",
            ));
        }
        Error::check_length("means", k, fields.means.len())?;
        Error::check_length("covariances", k, fields.covariances.len())?;
        let size = fields.covariance.size(columns);
        for (mean, covariance) in fields.means.iter().zip(&fields.covariances) {
            Error::check_length("means", columns, mean.len())?;
            Error::check_length("covariances", size, covariance.len())?;
        }
        let means = fields.means.concat();
        if let Some(mean) = means.iter().find(|mean| !within(mean)) {
            return Err(Error::parameter(
                "mean",
                mean,
                "a number from -1e90 to 1e90",
            ));
        }
        let total: f64 = fields.weights.iter().sum();
        if !((total - 1.0).abs() < 1e-9 && fields.weights.iter().all(|&weight| weight >= 0.0)) {
            return Err(Error::parameter(
                "weights",
                total,
                "numbers of 0 or more that sum to 1",
            ));
        }
        let Fit {
            rows_weight,
            log_likelihood,
            certainty,
            regularisation,
            ..
        } = fields.fit;
        let sound = rows_weight > 0.0
            && within(&rows_weight)
            && log_likelihood.is_finite()
            && certainty <= 0.0
            && (0.0..=LARGEST).contains(&regularisation);
        if !sound {
            let found = format!("{:?}", fields.fit);
            return Err(Error::parameter(
                "fit",
                found,
                "numbers that a fit can have",
            ));
        }
        let components = Components {
            shape: fields.covariance,
            columns,
            weights: fields.weights,
            means,
            covariances: fields.covariances.concat(),
        };
        let densities = Densities::new(&components, &fields.columns)?;
        Ok(Self::fitted(
            fields.columns,
            components,
            densities,
            fields.fit,
        ))
    }
}

impl persist::sealed::Sealed for GaussianMixture {}
impl persist::Persist for GaussianMixture {
    const FORMAT: &'static str = "custometry/gaussian-mixture";
    const VERSION: u32 = 1;
}
