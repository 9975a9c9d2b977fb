//! Validity: whether the groups are apart.
//!
//! # Question
//!
//! Are these groups of customers really different, or were some cut out of one cloud? And does
//! another number of groups part them better?
//!
//! # Model
//!
//! A row is well placed if it is closer to its own cluster than to the next.
//!
//! ```text
//! silhouette            s(i) = (b(i) - a(i)) / max(a(i), b(i))
//! Calinski-Harabasz     CH = (B / (k - 1)) / (W / (n - k))
//! Davies-Bouldin        DB = mean over clusters c of max over others e of (r(c) + r(e)) / d(c, e)
//! ```
//!
//! where a(i) is the mean distance of row i to the other rows of its cluster and b(i) the least
//! mean distance to the rows of another one, n the number of rows and k of clusters, W the sum of
//! squared distances of the rows to the centres of their clusters, B that of the centres to the
//! mean of all, each as often as it has rows, r(c) the mean distance of the rows of cluster c to
//! its centre and d(c, e) the distance of two centres. Distances are Euclidean. The simplified
//! silhouette takes for a(i) and b(i) the distances to the centres.
//!
//! A weight is a number of copies: a row of weight 3 counts as three rows at one place.
//!
//! # How to read it
//!
//! Silhouettes go from -1 (closer to another cluster) by 0 (between two) to 1. As a rule of thumb
//! a mean above 0.7 is strong structure, above 0.5 reasonable, below 0.25 none to speak of
//! (Kaufman and Rousseeuw 1990). More is better for the silhouette and for Calinski-Harabasz,
//! less for Davies-Bouldin. They often disagree on the number of clusters, and all three like
//! to split off a few outliers: look at the sizes too.
//!
//! # Limits
//!
//! Round clusters of like size do best; long or nested ones do badly even if they are real. No
//! index says whether there are clusters at all: one cluster has no silhouette.
//!
//! # Complexity
//!
//! The silhouette compares every row with every other: 20,000 rows are 400 million distances.
//! Beyond that a sample of rows is compared with all. The others take a few passes over the rows.
//!
//! # References
//!
//! - Rousseeuw, P. J. (1987). Silhouettes: a graphical aid to the interpretation and validation
//!   of cluster analysis. *Journal of Computational and Applied Mathematics* 20, 53-65.
//!   doi:10.1016/0377-0427(87)90125-7
//! - Kaufman, L. and Rousseeuw, P. J. (1990). *Finding Groups in Data*. Wiley.
//!   doi:10.1002/9780470316801
//! - Hruschka, E. R., de Castro, L. N. and Campello, R. J. G. B. (2004). Evolutionary algorithms
//!   for clustering gene-expression data. *ICDM 2004*, 403-406. doi:10.1109/ICDM.2004.10073
//! - Caliński, T. and Harabasz, J. (1974). A dendrite method for cluster analysis.
//!   *Communications in Statistics* 3(1), 1-27. doi:10.1080/03610927408827101
//! - Davies, D. L. and Bouldin, D. W. (1979). A cluster separation measure. *IEEE Transactions on
//!   Pattern Analysis and Machine Intelligence* 1(2), 224-227. doi:10.1109/TPAMI.1979.4766909
//! - Cochran, W. G. (1977). *Sampling Techniques*, 3rd edition, chapters 5 and 6. Wiley.

mod centres;
mod dispersion;
mod groups;
mod kernel;
mod report;
mod sample;
mod silhouette;

pub use self::{
    dispersion::{ClusterDispersion, Dispersion},
    report::{ClusterSilhouette, Silhouette},
    silhouette::SilhouetteParams,
};

#[cfg(test)]
mod tests;
