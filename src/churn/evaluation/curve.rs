//! Probabilities beside the shares that left.

use std::ops::Range;

use serde::Serialize;

use super::{probability::ProbabilityEvaluation, ranks::Block};
use crate::{Error, Result, data::Estimate};

/// Customers of about the same probability.
///
/// # Example
///
/// See [`ProbabilityEvaluation::calibration_curve`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CalibrationBin {
    /// How many customers are in it, or their weight.
    pub customers: f64,
    /// The lowest probability among them.
    pub lowest: f64,
    /// The highest probability among them.
    pub highest: f64,
    /// The mean of their probabilities.
    pub mean_probability: f64,
    /// The share of them that left, with Wilson's interval.
    pub rate: Estimate,
}

/// The means over some blocks.
pub(super) struct Group {
    pub(super) weight: f64,
    pub(super) probability: f64,
    pub(super) rate: f64,
}

impl Group {
    pub(super) fn new(blocks: &[Block]) -> Self {
        let sum = |of: fn(&Block) -> f64| blocks.iter().map(of).sum::<f64>();
        let weight = sum(Block::weight);
        if let [block] = blocks {
            return Self {
                weight,
                probability: block.score,
                rate: block.left / weight,
            };
        }
        Self {
            weight,
            probability: sum(|block| block.weight() * block.score) / weight,
            rate: sum(|block| block.left) / weight,
        }
    }
}

impl ProbabilityEvaluation {
    /// The calibration curve: customers in bins of about equal size, by rising probability, and
    /// how many of each left.
    ///
    /// Customers of the same probability stay together: they belong to the bin in which the middle
    /// of them lies if all customers are cut into equal parts. So bins are not always of the same
    /// size, and there may be fewer than asked for. Without equal probabilities sizes differ by one
    /// customer at most.
    ///
    /// The interval of a rate is Wilson's, for (sum of w)² / sum of w² customers if they have
    /// weights. A probability outside the interval is a sign of a bin that is off.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for 0 bins, or a level that is not between 0 and 1.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::ProbabilityEvaluation;
    ///
    /// let left = [false, false, true, true, false, true];
    /// let judged = ProbabilityEvaluation::new(&[0.1, 0.2, 0.2, 0.6, 0.8, 0.9], &left)?;
    /// let curve = judged.calibration_curve(2, 0.95)?;
    /// assert!((curve[0].mean_probability - 0.5 / 3.0).abs() < 1e-15);
    /// assert!((curve[0].rate.value - 1.0 / 3.0).abs() < 1e-15);
    /// assert_eq!((curve[1].lowest, curve[1].highest), (0.6, 0.9));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn calibration_curve(&self, bins: usize, level: f64) -> Result<Vec<CalibrationBin>> {
        let ranges = self.bins(bins)?.into_iter().rev();
        let bin = |range: Range<usize>| {
            let blocks = &self.blocks.list[range.clone()];
            let group = Group::new(blocks);
            let customers = if self.blocks.unit.is_some() {
                group.weight
            } else {
                let squares = range.map(|at| self.blocks.squares(at));
                group.weight.powi(2) / squares.map(|[left, stayed]| left + stayed).sum::<f64>()
            };
            Ok(CalibrationBin {
                customers: group.weight * self.blocks.scale(),
                lowest: blocks[blocks.len() - 1].score,
                highest: blocks[0].score,
                mean_probability: group.probability,
                rate: Estimate::wilson(group.rate.min(1.0), customers, level)?,
            })
        };
        ranges.map(bin).collect()
    }

    /// The expected calibration error: how far the mean probability of a bin is from the share
    /// that left, on average over customers, with the bins of
    /// [`calibration_curve`](Self::calibration_curve).
    ///
    /// It depends on the bins, and chance alone makes it above 0: the more bins, the more. It
    /// compares models on the same customers and bins, no more (Naeini and others 2015,
    /// doi:10.1609/aaai.v29i1.9602).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for 0 bins.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::ProbabilityEvaluation;
    /// let judged = ProbabilityEvaluation::new(&[0.75, 0.25], &[true, false])?;
    /// assert_eq!(judged.expected_calibration_error(2)?, 0.25);
    /// assert_eq!(judged.expected_calibration_error(1)?, 0.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn expected_calibration_error(&self, bins: usize) -> Result<f64> {
        let ranges = self.bins(bins)?.into_iter();
        let error = |range: Range<usize>| {
            let group = Group::new(&self.blocks.list[range]);
            group.weight * (group.probability - group.rate).abs()
        };
        Ok(ranges.map(error).sum::<f64>() / self.blocks.weight())
    }

    /// Blocks by bin, from the highest probability to the lowest.
    pub(super) fn bins(&self, bins: usize) -> Result<Vec<Range<usize>>> {
        if bins == 0 {
            return Err(Error::parameter("bins", bins, "at least 1"));
        }
        let all = self.blocks.weight();
        let of = |(block, above): (&Block, [f64; 2])| {
            let middle = above[0] + above[1] + 0.5 * block.weight();
            (middle / all * bins as f64).floor()
        };
        let places: Vec<f64> = self.blocks.with_above().map(of).collect();
        let mut start = 0;
        let runs = places.chunk_by(|a, b| b <= a);
        Ok(runs
            .map(|run| {
                start += run.len();
                start - run.len()..start
            })
            .collect())
    }
}
