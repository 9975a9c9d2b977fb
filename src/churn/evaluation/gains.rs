//! What the customers with the highest scores hold.

use serde::Serialize;

use super::ranks::{Blocks, RankEvaluation};
use crate::{Error, Result};

/// Sums of weights are the same if they differ by less than this part of themselves.
const SAME: f64 = 1e-12;

/// One part of the customers, in the order of their scores.
///
/// # Example
///
/// See [`RankEvaluation::gains`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct GainsRow {
    /// The number of the part; 1 has the highest scores.
    pub part: usize,
    /// How many customers are in it, or their weight.
    pub customers: f64,
    /// How many of them left, or their weight.
    pub left: f64,
    /// The share of them that left.
    pub rate: f64,
    /// That share in shares of all customers: 2 is twice as many as at random.
    pub lift: f64,
    /// The share that left of this part and all before it.
    pub cumulative_rate: f64,
    /// The lift of this part and all before it.
    pub cumulative_lift: f64,
    /// The share of all who left that is in this part and those before it.
    pub captured: f64,
    /// The highest score in the part.
    pub highest_score: f64,
    /// The lowest score in the part.
    pub lowest_score: f64,
}

/// What lies above a border.
pub(super) struct Cut {
    pub(super) customers: f64,
    pub(super) left: f64,
    /// The scores next to the border, above and below it.
    scores: [f64; 2],
}

impl Blocks {
    /// The weight above a border that leaves a share of the customers above it: whole customers,
    /// where all weigh the same.
    fn border_at(&self, share: f64) -> f64 {
        if self.unit.is_none() {
            return share * self.weight();
        }
        let customers = share * self.customers() as f64;
        let whole = customers.round();
        // Three tenths of ten are three, whatever 0.3 is in f64.
        let near = (customers - whole).abs() <= SAME * customers;
        if near { whole } else { customers.floor() }
    }

    /// The weight above the border after some parts.
    pub(super) fn border_after(&self, part: usize, parts: usize) -> f64 {
        match self.unit {
            _ if part == parts => self.weight(),
            Some(_) => (part as u128 * self.customers() as u128 / parts as u128) as f64,
            None => self.weight() * (part as f64 / parts as f64),
        }
    }

    fn customers(&self) -> usize {
        self.rows[0] + self.rows[1]
    }

    /// What lies above each of some rising borders. Of a block that a border cuts, those who left
    /// lie above it to the same share as all.
    pub(super) fn cuts(&self, borders: impl Iterator<Item = f64>) -> Vec<Cut> {
        let blocks = &self.list;
        let last = blocks.len() - 1;
        let mut above = [0.0; 2];
        let mut next = 0;
        let cut = |border: f64| {
            while next <= last
                && above[0] + above[1] + blocks[next].weight() <= border * (1.0 + SAME)
            {
                above[0] += blocks[next].left;
                above[1] += blocks[next].stayed;
                next += 1;
            }
            let inside = border - (above[0] + above[1]);
            let below = blocks[next.min(last)];
            if next <= last && inside > SAME * border {
                let share = inside / below.weight();
                return Cut {
                    customers: border,
                    left: above[0] + share * below.left,
                    scores: [below.score; 2],
                };
            }
            Cut {
                customers: border,
                left: above[0],
                scores: [blocks[next.saturating_sub(1)].score, below.score],
            }
        };
        borders.map(cut).collect()
    }

    pub(super) fn check_parts(&self, parts: usize) -> Result<()> {
        let customers = self.customers();
        if (1..=customers).contains(&parts) {
            return Ok(());
        }
        let expected = format!("a whole number from 1 to {customers}, the customers");
        Err(Error::parameter("parts", parts, expected))
    }
}

impl RankEvaluation {
    /// The table of gains: customers in so many parts of equal size, by falling score.
    ///
    /// Without weights part i of k ends after `floor(i n / k)` customers, with weights after i/k
    /// of the weight. Customers of the same score that stand on both sides of a border count on
    /// each side by their share, which is what a random order among them gives on average; so the
    /// order of the rows does not matter, and `left` may be a fraction.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the parts are from 1 to the number of customers.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::RankEvaluation;
    ///
    /// let scores = [0.9, 0.7, 0.7, 0.7, 0.2, 0.1];
    /// let left = [true, true, true, false, false, false];
    /// let gains = RankEvaluation::new(&scores, &left)?.gains(3)?;
    /// // Of the three customers with 0.7, two of whom left, one counts in the first part.
    /// assert!((gains[0].left - 5.0 / 3.0).abs() < 1e-15);
    /// assert!((gains[1].captured - 1.0).abs() < 1e-15);
    /// assert_eq!((gains[2].highest_score, gains[2].lowest_score), (0.2, 0.1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn gains(&self, parts: usize) -> Result<Vec<GainsRow>> {
        let blocks = &self.blocks;
        blocks.check_parts(parts)?;
        let cuts = blocks.cuts((0..=parts).map(|part| blocks.border_after(part, parts)));
        let all = self.rate();
        let row = |(at, pair): (usize, &[Cut])| {
            let [from, to] = [&pair[0], &pair[1]];
            let customers = to.customers - from.customers;
            let left = to.left - from.left;
            let cumulative_rate = to.left / to.customers;
            GainsRow {
                part: at + 1,
                customers: customers * blocks.scale(),
                left: left * blocks.scale(),
                rate: left / customers,
                lift: left / customers / all,
                cumulative_rate,
                cumulative_lift: cumulative_rate / all,
                captured: to.left / blocks.total[0],
                highest_score: from.scores[1],
                lowest_score: to.scores[0],
            }
        };
        Ok(cuts.windows(2).enumerate().map(row).collect())
    }

    /// How many times more customers left among a share of them with the highest scores than among
    /// all.
    ///
    /// ```text
    /// lift = (left above the border / customers above the border) / rate of all
    /// ```
    ///
    /// Without weights the border is below `floor(share · n)` customers; equal scores on both
    /// sides of it count by their share, as in [`gains`](Self::gains).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the share is above 0, at most 1, and one customer or
    /// more.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::RankEvaluation;
    /// let ranks = RankEvaluation::new(&[4.0, 3.0, 2.0, 1.0], &[true, false, false, false])?;
    /// assert_eq!(ranks.lift_at(0.5)?, 2.0);
    /// assert!(ranks.lift_at(0.1).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn lift_at(&self, share: f64) -> Result<f64> {
        Ok(self.lift(&self.cut_at(share)?))
    }

    fn lift(&self, cut: &Cut) -> f64 {
        cut.left / cut.customers / self.rate()
    }

    /// The lift at a share that is in order, where one customer at least lies above the border.
    pub(super) fn lift_of_draw(&self, share: f64) -> f64 {
        self.lift(&self.cut_of_draw(share))
    }

    /// The captured share, likewise.
    pub(super) fn captured_of_draw(&self, share: f64) -> f64 {
        self.cut_of_draw(share).left / self.blocks.total[0]
    }

    fn cut_of_draw(&self, share: f64) -> Cut {
        let least = match self.blocks.unit {
            Some(_) => 1.0,
            None => f64::MIN_POSITIVE,
        };
        self.cut(self.blocks.border_at(share).max(least))
    }

    /// The share of all who left that is among a share of the customers with the highest scores,
    /// with the border of [`lift_at`](Self::lift_at).
    ///
    /// # Errors
    ///
    /// As `lift_at`.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::RankEvaluation;
    /// let ranks = RankEvaluation::new(&[4.0, 3.0, 2.0, 1.0], &[true, false, true, false])?;
    /// assert_eq!(ranks.captured_at(0.5)?, 0.5);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn captured_at(&self, share: f64) -> Result<f64> {
        Ok(self.cut_at(share)?.left / self.blocks.total[0])
    }

    fn cut_at(&self, share: f64) -> Result<Cut> {
        let border = if share > 0.0 && share <= 1.0 {
            self.blocks.border_at(share)
        } else {
            0.0
        };
        if border <= 0.0 {
            let expected = "above 0 and at most 1, and no less than one customer";
            return Err(Error::parameter("share", share, expected));
        }
        Ok(self.cut(border))
    }

    fn cut(&self, border: f64) -> Cut {
        let mut cuts = self.blocks.cuts(std::iter::once(border));
        // One border makes one cut.
        cuts.swap_remove(0)
    }
}
