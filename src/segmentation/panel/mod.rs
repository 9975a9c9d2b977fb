//! The panel: how many groups there are, by all that can be said about it.
//!
//! # Question
//!
//! Into how many groups do our customers fall? Which numbers of groups can be defended, and what
//! speaks against each?
//!
//! # Model
//!
//! There is no best number of clusters that all would agree on, so that the panel puts side by
//! side, for each k of a range, what is known to help, and says which k each of them prefers:
//!
//! ```text
//! knee          of W, the sum of squares within clusters (Satopaa et al. 2011)
//! silhouette    the k of the greatest mean
//! CH, DB        the greatest Calinski-Harabasz, the least Davies-Bouldin
//! gap           Gap(k) = E ln W* - ln W; the least k with Gap(k) >= Gap(k + 1) - s(k + 1)
//! first SE      the least k with Gap(k) >= Gap(m) - s(m), m the first maximum of the gap
//! BIC           the least, of a Gaussian mixture with k components
//! strength      the greatest k with ps(k) + se >= 0.8
//!
//! where
//!   W*     W of rows drawn evenly from the box that holds the data
//!   s(k)   the standard deviation of ln W* times sqrt(1 + 1/B), of B references
//!   ps(k)  the mean over splits of the least share, over clusters of one half, of the pairs of its
//!          rows that the clusters of the other half put together as well
//! ```
//!
//! and the stability of each cluster (see [`StabilityParams`](super::StabilityParams)).
//!
//! BIC belongs to a mixture. In a panel of mixtures it is that of the fit itself. For k-means it
//! is that of a mixture with a variance for each column and cluster, started from the centres of
//! k-means: the hard assignments of k-means have no likelihood of their own whose BIC could be
//! compared over k.
//!
//! # How to read it
//!
//! Rows of the panel first: a k whose clusters are not stable is out, whatever an index says. Then
//! sizes: indices like to split off a few outliers. Then [`Panel::preferences`], which usually
//! disagree: on the iris flowers the silhouette says 2, Calinski-Harabasz 3, and the gap goes on
//! rising. [`Panel::recommendation`] follows the rule of [`PanelRecommendation`], and says what
//! speaks against it. Use to the business is no index: a panel can say which numbers of groups are sound,
//! not which is wanted.
//!
//! # Limits
//!
//! All but BIC and the gap compare two clusters or more: that there are no groups at all only the
//! gap, the prediction strength and BIC can say, with 1 in the range. Gap and knee are read along
//! k: a range without gaps from 1 or 2 on serves them best. Indices of round clusters say little
//! of long ones. Skewed columns spoil all of it, about which the panel warns.
//!
//! References are searched from up to 3 starts, the data from all restarts: where there are many
//! local optima the gap of a large k comes out somewhat too high.
//!
//! # Complexity
//!
//! For each k a fit, beside k-means also that of a mixture, a silhouette and, by default, 50 fits
//! to resamples, 40 to halves and 50 to references; these three can be switched off. Beyond 20,000 rows the silhouette is that of a sample.
//!
//! # References
//!
//! - Tibshirani, R., Walther, G. and Hastie, T. (2001). Estimating the number of clusters in a data
//!   set via the gap statistic. *JRSS B* 63, 411-423. doi:10.1111/1467-9868.00293
//! - Tibshirani, R. and Walther, G. (2005). Cluster validation by prediction strength. *Journal of
//!   Computational and Graphical Statistics* 14, 511-528. doi:10.1198/106186005X59243
//! - Satopaa, V., Albrecht, J., Irwin, D. and Raghavan, B. (2011). Finding a "kneedle" in a
//!   haystack. *ICDCS Workshops*, 166-171. doi:10.1109/ICDCSW.2011.20
//! - Fraley, C. and Raftery, A. E. (2002). Model-based clustering, discriminant analysis, and
//!   density estimation. *JASA* 97, 611-631. doi:10.1198/016214502760047131

mod evaluate;
mod gap;
mod knee;
mod params;
mod recommend;
mod report;
mod strength;

pub use self::{
    params::PanelParams,
    report::{
        Panel, PanelGap, PanelIndex, PanelPreference, PanelReason, PanelRecommendation, PanelRow,
        PanelStrength, PanelWarning,
    },
};

#[cfg(test)]
mod tests;
