//! Gaussian mixture: segments that overlap, and how sure each membership is.
//!
//! # Question
//!
//! What kinds of customers are there if kinds differ in spread and shape as well as in their
//! middle, and how likely does each customer belong to each kind?
//!
//! # Model
//!
//! A customer is of kind k with probability `w_k`; the features of that kind are normally
//! distributed around a mean with a covariance of their own.
//!
//! ```text
//! f(x)      = Σ_k w_k N(x | μ_k, Σ_k)
//! τ_k(x)    = w_k N(x | μ_k, Σ_k) / f(x)          membership
//! ln L      = Σ_i v_i ln f(x_i)
//! BIC       = -2 ln L + p ln V,   AIC = -2 ln L + 2 p
//! ICL       = BIC - 2 Σ_i v_i ln max_k τ_k(x_i)
//! ```
//!
//! where `v_i` is the weight of row i, V the sum of weights and p the number of free parameters:
//! k - 1 weights, k d means, and for each component d (d + 1) / 2 covariances
//! ([`Covariance::Full`]) or d variances ([`Covariance::Diagonal`]) of d columns.
//!
//! The fit is by expectation and maximisation from several starts: half of them from a short
//! k-means, half from rows drawn at random with the covariance of all rows. All starts are brought
//! near rest, and the best goes on to the tolerance. The regularisation is added to each variance. The best start is the one of highest likelihood *among those whose
//! components are all sound*: a component that shrinks onto a few rows of one value has a
//! likelihood without bound and tells nothing (Hathaway 1985).
//!
//! # How to read it
//!
//! BIC, AIC and ICL are small for good models; a difference of 10 in BIC is strong evidence. ICL
//! also asks that segments be apart, and so names fewer of them. A membership of 0.55 against 0.45
//! is a customer between two segments. Read [`verdict`](GaussianMixture::verdict) and
//! [`soundness`](GaussianMixture::soundness) before the numbers: a singular component means that
//! the regularisation, not the data, sets how narrow it is.
//!
//! # Limits
//!
//! Likelihoods have many maxima: a fit is the best of the starts, not the best there is. Heavy
//! tails are taken for clusters of their own; take logarithms of money first. Full covariances of
//! d columns want well over d (d + 1) / 2 rows a cluster; ask for diagonal ones if there are
//! fewer. Rounded data (many equal values in a column) draw singular components. Membership is
//! relative: far from all clusters it still sums to 1; look at
//! [`log_density`](GaussianMixture::log_density) to see who is far from all.
//!
//! # Complexity
//!
//! O(n k d²) a step for full covariances, O(n k d) for diagonal ones, in parallel and in one pass;
//! no matrix of rows by clusters is kept.
//!
//! # References
//!
//! - Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Maximum likelihood from incomplete
//!   data via the EM algorithm. *JRSS B* 39(1), 1-38. doi:10.1111/j.2517-6161.1977.tb01600.x
//! - Hathaway, R. J. (1985). A constrained formulation of maximum-likelihood estimation for normal
//!   mixture distributions. *Annals of Statistics* 13(2), 795-800. doi:10.1214/aos/1176349557
//! - Biernacki, C., Celeux, G. and Govaert, G. (2000). Assessing a mixture model for clustering
//!   with the integrated completed likelihood. *IEEE TPAMI* 22(7), 719-725. doi:10.1109/34.865189
//! - Böhning, D., Dietz, E., Schaub, R., Schlattmann, P. and Lindsay, B. G. (1994). The
//!   distribution of the likelihood ratio for mixtures of densities from the one-parameter
//!   exponential family. *AISM* 46(2), 373-388. doi:10.1007/BF01720593 (when to stop)

mod climb;
mod components;
mod em;
mod fit;
mod kernel;
mod model;
mod params;
mod predict;
mod start;
#[cfg(test)]
mod tests;
mod tile;

pub use self::{
    model::{GaussianMixture, MixtureVerdict, Soundness},
    params::{Covariance, GaussianMixtureParams},
};

/// Beyond it squares of values overflow sooner or later.
const LARGEST: f64 = 1e90;
