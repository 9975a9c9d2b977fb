//! Rows in blocks of the same score, from high to low. All that asks for the order reads these.

use std::fmt;

use rayon::prelude::*;

use crate::{
    Error, Result,
    numeric::{first_where, from_order, to_order},
};

/// Weights other than 0 lie between this and its inverse, so that neither their squares nor the
/// sums of these leave the range of f64.
const LEAST_WEIGHT: f64 = 1e-100;

/// Customers of the same score.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Block {
    pub(super) score: f64,
    /// The weight of those who left; their number where all weigh the same.
    pub(super) left: f64,
    /// The weight of those who stayed, or their number.
    pub(super) stayed: f64,
}

impl Block {
    pub(super) fn weight(&self) -> f64 {
        self.left + self.stayed
    }
}

/// All customers with a weight, in blocks from the highest score to the lowest.
#[derive(Clone, PartialEq)]
pub(super) struct Blocks {
    pub(super) list: Vec<Block>,
    /// The sums of the squared weights of those who left and who stayed, by block; none where all
    /// customers weigh the same.
    squares: Option<Vec<[f64; 2]>>,
    /// What each customer weighs, if all weigh the same. Sums are then whole numbers of customers,
    /// which do not round, and are told in this unit.
    pub(super) unit: Option<f64>,
    /// How many customers left, and how many stayed.
    pub(super) rows: [usize; 2],
    /// What these weigh, or their numbers.
    pub(super) total: [f64; 2],
}

/// A customer as it is sorted: by score from high to low, then by weight, so that sums do not
/// depend on the order of the rows.
trait Row: Copy + Ord + Send {
    fn key(&self) -> u64;
    fn weight(&self) -> f64;
}

impl Row for u64 {
    fn key(&self) -> u64 {
        *self
    }

    fn weight(&self) -> f64 {
        1.0
    }
}

impl Row for (u64, u64) {
    fn key(&self) -> u64 {
        self.0
    }

    fn weight(&self) -> f64 {
        f64::from_bits(self.1)
    }
}

/// A whole number that is the smaller, the higher the score.
pub(super) fn key(score: f64) -> u64 {
    !to_order(score)
}

pub(super) fn score(key: u64) -> f64 {
    from_order(!key)
}

/// Checks columns and tells what each customer weighs, if all weigh the same.
pub(super) fn check(
    column: &'static str,
    scores: &[f64],
    left: &[bool],
    weights: Option<&[f64]>,
) -> Result<Option<f64>> {
    Error::check_length("left", scores.len(), left.len())?;
    if scores.is_empty() {
        return Err(Error::NotEnoughData {
            what: "customers".into(),
            needed: 1,
            found: 0,
        });
    }
    if let Some(row) = first_where(scores, |score| !score.is_finite()) {
        let reason = "is not a finite number; score the customer or leave the row out";
        return Err(Error::value(column, row, reason));
    }
    let Some(weights) = weights else {
        return Ok(Some(1.0));
    };
    Error::check_length("weights", scores.len(), weights.len())?;
    let usable = LEAST_WEIGHT..=LEAST_WEIGHT.recip();
    let bad = |&weight: &f64| !usable.contains(&weight) && weight.to_bits() << 1 != 0;
    if let Some(row) = first_where(weights, bad) {
        let reason = "must be 0 or a number between 1e-100 and 1e100";
        return Err(Error::value("weights", row, reason));
    }
    if first_where(weights, |&weight| weight > 0.0).is_none() {
        return Err(Error::Degenerate {
            what: "all weights are 0; give those who are to count a weight".into(),
        });
    }
    let first = weights[0];
    let equal = first_where(weights, |weight| weight.to_bits() != first.to_bits()).is_none();
    Ok(equal.then_some(first))
}

impl Blocks {
    pub(super) fn new(
        column: &'static str,
        scores: &[f64],
        left: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Self> {
        let unit = check(column, scores, left, weights)?;
        let customers = scores.iter().zip(left);
        match (weights, unit) {
            (Some(weights), None) => {
                let heavy = customers.zip(weights).filter(|&(_, &weight)| weight > 0.0);
                let rows = heavy.map(|((&score, &left), &w)| ((key(score), w.to_bits()), left));
                Ok(Self::of_rows(rows, None))
            }
            _ => Ok(Self::of_rows(
                customers.map(|(&score, &left)| (key(score), left)),
                unit,
            )),
        }
    }

    fn of_rows<T: Row>(rows: impl Iterator<Item = (T, bool)>, unit: Option<f64>) -> Self {
        let (mut left, mut stayed) = (Vec::new(), Vec::new());
        for (row, has_left) in rows {
            if has_left {
                left.push(row);
            } else {
                stayed.push(row);
            }
        }
        rayon::join(|| left.par_sort_unstable(), || stayed.par_sort_unstable());
        let mut made = Self::empty(unit, left.len() + stayed.len());
        let mut rest = [left.as_slice(), stayed.as_slice()];
        while let Some(key) = rest
            .iter()
            .filter_map(|rows| Some(rows.first()?.key()))
            .min()
        {
            let [left, stayed] = rest.each_mut().map(|rows| taken(rows, key));
            made.push(score(key), [left, stayed]);
        }
        made
    }

    /// Blocks are to be pushed from the highest score to the lowest.
    pub(super) fn empty(unit: Option<f64>, capacity: usize) -> Self {
        Self {
            list: Vec::with_capacity(capacity),
            squares: unit.is_none().then(Vec::new),
            unit,
            rows: [0; 2],
            total: [0.0; 2],
        }
    }

    pub(super) fn push(&mut self, score: f64, parts: [Part; 2]) {
        let [left, stayed] = parts.map(|part| part.weight);
        self.list.push(Block {
            score,
            left,
            stayed,
        });
        if let Some(squares) = &mut self.squares {
            squares.push(parts.map(|part| part.squares));
        }
        for (at, part) in parts.iter().enumerate() {
            self.rows[at] += part.rows;
            self.total[at] += part.weight;
        }
    }

    /// The sums of the squared weights of those who left and who stayed in a block.
    pub(super) fn squares(&self, at: usize) -> [f64; 2] {
        match &self.squares {
            Some(squares) => squares[at],
            None => [self.list[at].left, self.list[at].stayed],
        }
    }

    /// What sums are told in.
    pub(super) fn scale(&self) -> f64 {
        self.unit.unwrap_or(1.0)
    }

    /// The logit of the share that left, also where that is 1 but for rounding.
    pub(super) fn logit_rate(&self) -> f64 {
        libm::log(self.total[0]) - libm::log(self.total[1])
    }

    pub(super) fn weight(&self) -> f64 {
        self.total[0] + self.total[1]
    }

    /// Refuses customers who all left or all stayed.
    pub(super) fn check_both(&self) -> Result<()> {
        let what = match self.rows {
            [_, 0] => {
                "all customers left, so there is nobody to tell them from; take in those who \
                       stayed (customers of weight 0 do not count)"
            }
            [0, _] => {
                "no customer left, so there is nobody to find; take in those who left \
                       (customers of weight 0 do not count)"
            }
            _ => return Ok(()),
        };
        Err(Error::Degenerate { what: what.into() })
    }

    /// Each block, and the weight of those who left and who stayed above it.
    pub(super) fn with_above(&self) -> impl Iterator<Item = (&Block, [f64; 2])> {
        self.list.iter().scan([0.0; 2], |above, block| {
            let before = *above;
            above[0] += block.left;
            above[1] += block.stayed;
            Some((block, before))
        })
    }
}

/// Some of the customers of a block.
#[derive(Clone, Copy, Default)]
pub(super) struct Part {
    pub(super) rows: usize,
    pub(super) weight: f64,
    pub(super) squares: f64,
}

impl Part {
    pub(super) fn add(&mut self, rows: usize, weight: f64) {
        self.rows += rows;
        self.weight += weight;
        self.squares += weight * weight;
    }
}

/// Takes those with a key from the front.
fn taken<T: Row>(rows: &mut &[T], key: u64) -> Part {
    let mut part = Part::default();
    while let Some((first, rest)) = rows.split_first()
        && first.key() == key
    {
        part.add(1, first.weight());
        *rows = rest;
    }
    part
}

/// Customers in the order of their scores, and who of them left.
///
/// Scores are any finite numbers that are higher for those likelier to leave; only their order
/// counts. Nothing here depends on the order of the rows.
///
/// # Example
///
/// ```
/// use custometry::churn::RankEvaluation;
///
/// let left = [true, false, true, false, false];
/// let ranks = RankEvaluation::new(&[0.9, 0.8, 0.7, 0.2, 0.1], &left)?;
/// // Of the six pairs of one who left and one who stayed, five are in the right order.
/// assert!((ranks.auc(0.95)?.value - 5.0 / 6.0).abs() < 1e-15);
/// assert_eq!(ranks.lift_at(0.2)?, 2.5);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct RankEvaluation {
    pub(super) blocks: Blocks,
}

impl fmt::Debug for RankEvaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RankEvaluation")
            .field("left", &self.blocks.rows[0])
            .field("stayed", &self.blocks.rows[1])
            .finish_non_exhaustive()
    }
}

impl RankEvaluation {
    /// Sorts customers by score.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a score that is not finite;
    /// [`Error::NotEnoughData`] without rows; [`Error::Degenerate`] if all left or all stayed.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::RankEvaluation;
    /// let ranks = RankEvaluation::new(&[3.0, -1.0], &[true, false])?;
    /// assert_eq!(ranks.rate(), 0.5);
    /// let alike = RankEvaluation::new(&[3.0, -1.0], &[true, true]).unwrap_err();
    /// assert!(alike.to_string().contains("all customers left"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn new(scores: &[f64], left: &[bool]) -> Result<Self> {
        Self::of_blocks(Blocks::new("scores", scores, left, None)?)
    }

    /// As [`new`](Self::new), where each customer counts by a weight, such as how many customers
    /// of the base it stands for in a sample. The scale of the weights does not matter, and
    /// weights that are all equal are the same as none.
    ///
    /// # Errors
    ///
    /// As `new`, and [`Error::InvalidValue`] for a weight that is neither 0 nor between 1e-100
    /// and 1e100; [`Error::Degenerate`] if all are 0. Customers of weight 0 do not count.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{RankEvaluation, RankMeasure};
    /// let left = [true, false, true];
    /// let ranks = RankEvaluation::weighted(&[0.9, 0.5, 0.1], &left, &[3.0, 2.0, 1.0])?;
    /// assert_eq!(ranks.measure(&RankMeasure::Auc)?, 0.75);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn weighted(scores: &[f64], left: &[bool], weights: &[f64]) -> Result<Self> {
        Self::of_blocks(Blocks::new("scores", scores, left, Some(weights))?)
    }

    pub(super) fn of_blocks(blocks: Blocks) -> Result<Self> {
        blocks.check_both()?;
        Ok(Self { blocks })
    }

    /// The share of all customers that left.
    ///
    /// # Example
    ///
    /// See [`new`](Self::new).
    pub fn rate(&self) -> f64 {
        self.blocks.total[0] / self.blocks.weight()
    }
}
