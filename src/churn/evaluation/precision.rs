//! Curves over all thresholds, and what is read from them.

use serde::Serialize;

use super::ranks::RankEvaluation;

/// What contacting all customers from a score upwards finds.
///
/// # Example
///
/// See [`RankEvaluation::precision_recall`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PrecisionRecall {
    /// Customers with this score or a higher one are contacted.
    pub threshold: f64,
    /// The share of the contacted that left.
    pub precision: f64,
    /// The share of those who left that is contacted.
    pub recall: f64,
}

/// A point of the ROC curve.
///
/// # Example
///
/// See [`RankEvaluation::roc`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RocPoint {
    /// Customers with this score or a higher one are contacted; `None` where nobody is.
    pub threshold: Option<f64>,
    /// The share of those who stayed that is contacted.
    pub false_positive_rate: f64,
    /// The share of those who left that is contacted.
    pub true_positive_rate: f64,
}

impl RankEvaluation {
    /// Precision and recall at each score, from the highest to the lowest, without a point for
    /// nobody, whose precision is not defined.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::RankEvaluation;
    /// let ranks = RankEvaluation::new(&[0.9, 0.5, 0.5, 0.1], &[true, true, false, false])?;
    /// let curve = ranks.precision_recall();
    /// // The two customers with the same score come together.
    /// assert_eq!(curve.len(), 3);
    /// assert_eq!((curve[1].precision, curve[1].recall), (2.0 / 3.0, 1.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn precision_recall(&self) -> Vec<PrecisionRecall> {
        let points = self.blocks.with_above().map(|(block, [left, stayed])| {
            let left = left + block.left;
            PrecisionRecall {
                threshold: block.score,
                precision: left / (left + (stayed + block.stayed)),
                recall: left / self.blocks.total[0],
            }
        });
        points.collect()
    }

    /// The mean of the precision over those who left, from the highest score to the lowest:
    ///
    /// ```text
    /// AP = sum over scores of (recall - recall before) · precision
    /// ```
    ///
    /// Customers of the same score are contacted together, so the order of the rows does not
    /// matter. This is the area under the precision-recall curve in steps; joining its points by
    /// lines would be too kind (Davis and Goadrich 2006, doi:10.1145/1143844.1143874). Unlike AUC
    /// it depends on the share that left, which is what a coin reaches.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::RankEvaluation;
    /// let ranks = RankEvaluation::new(&[0.9, 0.5, 0.5, 0.1], &[true, true, false, false])?;
    /// assert!((ranks.average_precision() - (0.5 + 0.5 * 2.0 / 3.0)).abs() < 1e-15);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn average_precision(&self) -> f64 {
        let sum = self.blocks.with_above().fold(0.0, |sum, (block, above)| {
            let left = above[0] + block.left;
            // Where nobody left yet the precision is 0 of something, as a block weighs above 0.
            sum + block.left * left / (left + (above[1] + block.stayed))
        });
        sum / self.blocks.total[0]
    }

    /// The ROC curve: a point for nobody, then one for each score from the highest to the lowest.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::RankEvaluation;
    /// let ranks = RankEvaluation::new(&[0.9, 0.5, 0.5, 0.1], &[true, true, false, false])?;
    /// let curve = ranks.roc();
    /// assert_eq!(curve[0].threshold, None);
    /// assert_eq!((curve[2].false_positive_rate, curve[2].true_positive_rate), (0.5, 1.0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn roc(&self) -> Vec<RocPoint> {
        let nobody = RocPoint {
            threshold: None,
            false_positive_rate: 0.0,
            true_positive_rate: 0.0,
        };
        let total = self.blocks.total;
        let points = self.blocks.with_above().map(|(block, above)| RocPoint {
            threshold: Some(block.score),
            false_positive_rate: (above[1] + block.stayed) / total[1],
            true_positive_rate: (above[0] + block.left) / total[0],
        });
        std::iter::once(nobody).chain(points).collect()
    }

    /// The largest distance between the shares of those who left and of those who stayed that lie
    /// above a score, the two-sided statistic of Kolmogorov and Smirnov.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::RankEvaluation;
    /// let ranks = RankEvaluation::new(&[0.9, 0.5, 0.5, 0.1], &[true, true, false, false])?;
    /// assert_eq!(ranks.kolmogorov_smirnov(), 0.5);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn kolmogorov_smirnov(&self) -> f64 {
        let total = self.blocks.total;
        let distances = self.blocks.with_above().map(|(block, [left, stayed])| {
            let left = (left + block.left) / total[0];
            (left - (stayed + block.stayed) / total[1]).abs()
        });
        distances.fold(0.0, f64::max)
    }
}
