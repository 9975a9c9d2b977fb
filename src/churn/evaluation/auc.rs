//! The area under the ROC curve, and how sure it is.

use super::ranks::{Blocks, RankEvaluation};
use crate::{Error, Result, data::Estimate};

impl Blocks {
    /// The share of pairs in the right order.
    pub(super) fn auc(&self) -> f64 {
        // Twice the pairs, so that without weights all sums are whole.
        let twice = self.with_above().fold(0.0, |sum, (block, [left, _])| {
            sum + block.stayed * (2.0 * left + block.left)
        });
        let [left, stayed] = self.total;
        (twice / (2.0 * left * stayed)).min(1.0)
    }

    /// The variance by the structural components.
    fn auc_variance(&self, auc: f64) -> f64 {
        let [left, stayed] = self.total;
        let mut sums = [0.0; 2];
        for (at, (block, above)) in self.with_above().enumerate() {
            let of_left = 1.0 - (above[1] + 0.5 * block.stayed) / stayed;
            let of_stayed = (above[0] + 0.5 * block.left) / left;
            let squares = self.squares(at);
            sums[0] += squares[0] * (of_left - auc).powi(2);
            sums[1] += squares[1] * (of_stayed - auc).powi(2);
        }
        sample_factor(self.rows[0]) * sums[0] / (left * left)
            + sample_factor(self.rows[1]) * sums[1] / (stayed * stayed)
    }
}

/// n/(n - 1), which makes up for the mean having been taken from the n themselves.
pub(super) fn sample_factor(n: usize) -> f64 {
    n as f64 / (n as f64 - 1.0)
}

/// Refuses fewer than two of those who left or who stayed.
pub(super) fn check_two_each(rows: [usize; 2]) -> Result<()> {
    let classes = ["customers who left", "customers who stayed"];
    for (what, found) in classes.into_iter().zip(rows) {
        if found < 2 {
            return Err(Error::NotEnoughData {
                what: what.into(),
                needed: 2,
                found,
            });
        }
    }
    Ok(())
}

impl RankEvaluation {
    /// The area under the ROC curve: how often of one customer who left and one who stayed the
    /// former has the higher score, equal scores counting half.
    ///
    /// ```text
    /// AUC = sum of w_i v_j psi(x_i, y_j) / (W V),  psi = 1 if x > y, 1/2 if x = y, 0 if x < y
    /// var = m/(m-1) sum of w_i² (A_i - AUC)² / W² + n/(n-1) sum of v_j² (B_j - AUC)² / V²
    /// ```
    ///
    /// where the m customers who left have scores x, weights w with sum W, and components `A_i`, the
    /// weighted share of those who stayed that i stands above; the n who stayed have y, v, V, and
    /// `B_j`, the share of those who left that stand above j. Without weights this is the variance
    /// of `DeLong` and others (1988, doi:10.2307/2531595), found from the sorted scores as by Sun
    /// and Xu (2014, doi:10.1109/LSP.2014.2337313).
    ///
    /// The interval is AUC ± z · se, cut at 0 and 1. Weights are those of a sample: one customer
    /// of weight 2 is not as sure as two customers. If all pairs are in order the standard error
    /// is 0, which tells that there are too few customers to say more.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] with fewer than two customers who left or who stayed (the value
    /// alone is to be had by [`measure`](Self::measure)); [`Error::InvalidParameter`] for a level
    /// that is not between 0 and 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::RankEvaluation;
    /// let left = [true, true, false, true, false, false];
    /// let auc = RankEvaluation::new(&[6.0, 5.0, 4.0, 3.0, 2.0, 1.0], &left)?.auc(0.95)?;
    /// // R 4.2.2, pROC 1.18.0: auc(..., direction = "<"), sqrt(var(...))
    /// assert!((auc.value - 8.0 / 9.0).abs() < 1e-15);
    /// assert!((auc.se - 0.1571348402636773).abs() < 1e-15 && auc.hi == 1.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn auc(&self, level: f64) -> Result<Estimate> {
        check_two_each(self.blocks.rows)?;
        let value = self.blocks.auc();
        let se = self.blocks.auc_variance(value).sqrt();
        let free = Estimate::normal(value, se, level)?;
        Estimate::with_interval(value, se, free.lo.max(0.0), free.hi.min(1.0), level)
    }

    /// The Gini coefficient of the order, `2 AUC - 1`: 0 for a coin, 1 for the perfect order.
    ///
    /// # Errors
    ///
    /// As [`auc`](Self::auc).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::RankEvaluation;
    /// let left = [true, true, false, true, false, false];
    /// let gini = RankEvaluation::new(&[6.0, 5.0, 4.0, 3.0, 2.0, 1.0], &left)?.gini(0.95)?;
    /// assert!((gini.value - 7.0 / 9.0).abs() < 1e-15);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn gini(&self, level: f64) -> Result<Estimate> {
        let auc = self.auc(level)?;
        let of = |auc: f64| 2.0 * auc - 1.0;
        Estimate::with_interval(of(auc.value), 2.0 * auc.se, of(auc.lo), of(auc.hi), level)
    }
}
