//! Two models beside each other, on the same customers.

use std::fmt;

use serde::Serialize;

use super::{
    auc::{check_two_each, sample_factor},
    pairs::{Order, Pairs, few},
    probability::{certain_and_wrong, check_probabilities, loss},
    ranks::check,
};
use crate::{Error, Result, data::Estimate, numeric::special::normal_cdf};

/// Scores of two models for the same customers, and who left.
///
/// The same customers, because then most of what is due to chance is the same for both and cancels:
/// two models whose intervals overlap may well differ for sure.
///
/// # Example
///
/// ```
/// use custometry::churn::{PairedScores, RankMeasure};
///
/// let left = [true, true, false, true, false, false, true, false];
/// let old = [0.9, 0.4, 0.6, 0.7, 0.5, 0.2, 0.3, 0.1];
/// let new = [0.9, 0.8, 0.6, 0.7, 0.5, 0.2, 0.4, 0.1];
/// let pair = PairedScores::new(&new, &old, &left);
/// let auc = pair.auc()?;
/// assert!((auc.first - 14.0 / 16.0).abs() < 1e-15 && (auc.second - 12.0 / 16.0).abs() < 1e-15);
/// assert!(auc.p_value.unwrap() > 0.05);
/// let lift = pair.bootstrap(&RankMeasure::LiftAt(0.5), 200, 1)?;
/// assert_eq!(lift.difference.value, 0.5);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct PairedScores<'a> {
    pub(super) scores: [&'a [f64]; 2],
    pub(super) left: &'a [bool],
    pub(super) weights: Option<&'a [f64]>,
    pub(super) clusters: Option<&'a [u32]>,
    pub(super) level: f64,
}

impl fmt::Debug for PairedScores<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairedScores")
            .field("rows", &self.left.len())
            .field("weighted", &self.weights.is_some())
            .field("clustered", &self.clusters.is_some())
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}

/// How much two models differ in one measure.
///
/// # Example
///
/// See [`PairedScores`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PairedDifference {
    /// The measure of the first model.
    pub first: f64,
    /// The measure of the second model.
    pub second: f64,
    /// First less second.
    pub difference: Estimate,
    /// The difference in standard errors; `None` if its standard error is 0.
    pub z: Option<f64>,
    /// How likely a z at least as far from 0 is if the models are equally good, by the normal
    /// distribution; `None` if the standard error is 0.
    pub p_value: Option<f64>,
}

impl PairedDifference {
    pub(super) fn new(measures: [f64; 2], difference: Estimate) -> Self {
        let z = (difference.se > 0.0).then(|| difference.value / difference.se);
        Self {
            first: measures[0],
            second: measures[1],
            difference,
            z,
            p_value: z.map(|z| 2.0 * normal_cdf(-z.abs())),
        }
    }
}

impl<'a> PairedScores<'a> {
    /// Scores of a first and a second model, higher for those likelier to leave. Intervals are at
    /// 0.95 unless told. Columns are checked when something is asked.
    ///
    /// # Example
    ///
    /// See [`PairedScores`].
    pub fn new(first: &'a [f64], second: &'a [f64], left: &'a [bool]) -> Self {
        Self {
            scores: [first, second],
            left,
            weights: None,
            clusters: None,
            level: 0.95,
        }
    }

    /// Customers count by a weight, as in
    /// [`RankEvaluation::weighted`](crate::churn::RankEvaluation::weighted).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::PairedScores;
    /// let pair = PairedScores::new(&[0.9, 0.5], &[0.8, 0.5], &[true, false]).weights(&[3.0, 1.0]);
    /// assert!((pair.brier()?.difference.value - (0.07 - 0.0925)).abs() < 1e-15);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn weights(mut self, weights: &'a [f64]) -> Self {
        self.weights = Some(weights);
        self
    }

    /// Rows with the same number belong together, such as those of one customer on several days.
    /// They are not independent, and standard errors say so.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::PairedScores;
    /// let left = [true, true, false, false];
    /// let pair = PairedScores::new(&[0.9, 0.8, 0.6, 0.1], &[0.7, 0.6, 0.4, 0.1], &left);
    /// let apart = pair.brier()?.difference.se;
    /// assert!(pair.clusters(&[7, 7, 8, 8]).brier()?.difference.se > apart);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn clusters(mut self, clusters: &'a [u32]) -> Self {
        self.clusters = Some(clusters);
        self
    }

    /// The level of intervals.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::PairedScores;
    /// let pair = PairedScores::new(&[0.9, 0.5], &[0.8, 0.5], &[true, false]).level(0.8);
    /// assert_eq!(pair.brier()?.difference.level, 0.8);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// The difference in AUC, with the standard error of `DeLong` and others (1988,
    /// doi:10.2307/2531595):
    ///
    /// ```text
    /// var = m/(m-1) sum of w_i² (A_i - D)² / W² + n/(n-1) sum of v_j² (B_j - D)² / V²
    /// ```
    ///
    /// with the names of [`RankEvaluation::auc`](crate::churn::RankEvaluation::auc), where D is the
    /// difference, and `A_i` and `B_j` are those of the first model less those of the second. With
    /// clusters (Obuchowski 1997, doi:10.2307/2533958):
    ///
    /// ```text
    /// var = m/(m-1) sum of a_g² + n/(n-1) sum of b_g² + 2 G/(G-1) sum of a_g b_g
    /// a_g = sum of w_i (A_i - D) / W,  b_g = sum of v_j (B_j - D) / V,  each over a cluster
    /// ```
    ///
    /// where of the G clusters m have somebody who left and n somebody who stayed.
    ///
    /// Against a second column that is the same for all, whose AUC is 1/2 for sure, this is how sure
    /// the AUC of one model is if its rows are clustered.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a score that is not finite, or a weight
    /// that is neither 0 nor between 1e-100 and 1e100; [`Error::NotEnoughData`] with fewer than two
    /// customers, or clusters, of those who left or stayed; [`Error::Degenerate`] if all left or
    /// stayed, or all weights are 0; [`Error::InvalidParameter`] for the level;
    /// [`Error::Overflow`] for 2^32 rows or more.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{PairedScores, RankEvaluation};
    /// let left = [true, true, false, true, false, false];
    /// let scores = [6.0, 5.0, 4.0, 3.0, 2.0, 1.0];
    /// let one = PairedScores::new(&scores, &[0.0; 6], &left);
    /// let auc = RankEvaluation::new(&scores, &left)?.auc(0.95)?;
    /// assert!((one.auc()?.difference.se - auc.se).abs() < 1e-15);
    /// // Three customers with two rows each.
    /// assert!(one.clusters(&[1, 1, 2, 2, 3, 3]).auc()?.difference.se > auc.se);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn auc(&self) -> Result<PairedDifference> {
        let pairs = Pairs::new(self, check)?;
        let judged = pairs.scores.each_ref().map(|scores| {
            let order = Order::new(&pairs, scores);
            let blocks = order.blocks(None);
            blocks.check_both()?;
            check_two_each(blocks.rows)?;
            let components = order.components(&blocks);
            Ok((blocks.auc(), components, blocks.total))
        });
        let [first, second] = judged;
        let (first, second) = (first?, second?);
        let difference = first.0 - second.0;
        let total = first.2;
        let mut sums = ClassSums::new(&pairs);
        for (row, &left) in pairs.left.iter().enumerate() {
            let class = usize::from(!left);
            let moved = first.1[row] - second.1[row] - difference;
            sums.add(
                pairs.cluster(row),
                class,
                pairs.weight(row) * moved / total[class],
            );
        }
        let se = sums.variance()?.max(0.0).sqrt();
        let difference = Estimate::normal(difference, se, self.level)?;
        Ok(PairedDifference::new([first.0, second.0], difference))
    }

    /// The difference in the Brier score of probabilities; less is better. The standard error is
    /// that of a mean of differences, by row or by cluster:
    ///
    /// ```text
    /// se² = G/(G-1) sum over clusters of (sum of w (d - D))² / W²
    /// ```
    ///
    /// where d is the loss of a row under the first model less that under the second, D the mean of
    /// these, and G the number of clusters, or of rows. After Diebold and Mariano (1995,
    /// doi:10.1080/07350015.1995.10524599), with clusters for their autocorrelation.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for what is not a probability, or a weight
    /// that is neither 0 nor between 1e-100 and 1e100; [`Error::NotEnoughData`] with fewer than two
    /// customers or clusters; [`Error::Degenerate`] if all weights are 0;
    /// [`Error::InvalidParameter`] for the level; [`Error::Overflow`] for 2^32 rows or more.
    ///
    /// # Example
    ///
    /// See [`weights`](Self::weights).
    pub fn brier(&self) -> Result<PairedDifference> {
        self.mean_loss(|p, left| if left { (1.0 - p).powi(2) } else { p.powi(2) })
    }

    /// The difference in log-loss of probabilities; less is better. As [`brier`](Self::brier).
    ///
    /// # Errors
    ///
    /// As `brier`, and [`Error::InvalidValue`] for a row that did what had probability 0: its loss
    /// is infinite.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::PairedScores;
    /// let found = PairedScores::new(&[0.8, 0.5], &[0.4, 0.5], &[true, false]).log_loss()?;
    /// assert!((found.difference.value - 0.5f64.ln() / 2.0).abs() < 1e-15);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn log_loss(&self) -> Result<PairedDifference> {
        for (column, scores) in ["first", "second"].into_iter().zip(self.scores) {
            check_probabilities(column, scores, self.left, self.weights)?;
            if let Some(row) = certain_and_wrong(scores, self.left, self.weights) {
                let reason = "did what had probability 0, so its loss is infinite; keep \
                              probabilities between 0 and 1, say by clipping them to 1e-6 and \
                              1 - 1e-6";
                return Err(Error::value(column, row, reason));
            }
        }
        self.mean_loss(loss)
    }

    fn mean_loss(&self, loss: impl Fn(f64, bool) -> f64) -> Result<PairedDifference> {
        let pairs = Pairs::new(self, check_probabilities)?;
        if pairs.clusters < 2 {
            return Err(few(&pairs, "customers", "clusters of rows", pairs.clusters));
        }
        let all = pairs.weight_of_all();
        let losses = pairs.scores.each_ref().map(|scores| {
            let rows = scores.iter().zip(&pairs.left);
            rows.map(|(&p, &left)| loss(p, left)).collect::<Vec<f64>>()
        });
        let mean = |of: &dyn Fn(usize) -> f64| {
            let rows = 0..pairs.left.len();
            rows.map(|row| pairs.weight(row) * of(row)).sum::<f64>() / all
        };
        let difference = mean(&|row| losses[0][row] - losses[1][row]);
        let mut sums = vec![0.0; pairs.clusters];
        for row in 0..pairs.left.len() {
            let moved = losses[0][row] - losses[1][row] - difference;
            sums[pairs.cluster(row)] += pairs.weight(row) * moved;
        }
        let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
        let se = (sample_factor(pairs.clusters) * squares).sqrt() / all;
        let difference = Estimate::normal(difference, se, self.level)?;
        let measures = [mean(&|row| losses[0][row]), mean(&|row| losses[1][row])];
        Ok(PairedDifference::new(measures, difference))
    }
}

/// Sums by cluster over those who left and those who stayed.
struct ClassSums<'a> {
    pairs: &'a Pairs,
    sums: Vec<[f64; 2]>,
    has: Vec<[bool; 2]>,
}

impl<'a> ClassSums<'a> {
    fn new(pairs: &'a Pairs) -> Self {
        Self {
            pairs,
            sums: vec![[0.0; 2]; pairs.clusters],
            has: vec![[false; 2]; pairs.clusters],
        }
    }

    fn add(&mut self, cluster: usize, class: usize, part: f64) {
        self.sums[cluster][class] += part;
        self.has[cluster][class] = true;
    }

    /// The variance of the sum of all.
    fn variance(&self) -> Result<f64> {
        let count = |class: usize| self.has.iter().filter(|has| has[class]).count();
        let classes = [
            "clusters with somebody who left",
            "clusters with somebody who stayed",
        ];
        let mut variance = 0.0;
        for (class, what) in classes.into_iter().enumerate() {
            let found = count(class);
            if found < 2 {
                return Err(few(self.pairs, "customers of each kind", what, found));
            }
            let squares: f64 = self.sums.iter().map(|sums| sums[class].powi(2)).sum();
            variance += sample_factor(found) * squares;
        }
        let products: f64 = self.sums.iter().map(|[left, stayed]| left * stayed).sum();
        Ok(variance + 2.0 * sample_factor(self.pairs.clusters) * products)
    }
}
