//! The rows of a fit, and sums over them.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]

use std::ops::Range;

use crate::{
    Error, Result,
    churn::{
        Link, LogisticData,
        design::Bound,
        logistic::{Information, LinkSlopes},
        standard::Standardised,
        tiles::{TILE, Tiles, add_products},
    },
    numeric::lanes::dot,
};

/// The rows that count, with a one and the standardised columns.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) columns: Standardised,
    /// 1 for who left, -1 for who stayed.
    sign: Vec<f64>,
    /// How much each row counts of all.
    pub(super) share: Vec<f64>,
    offset: Option<Vec<f64>>,
    /// How many left.
    pub(super) left: usize,
}

/// The mean loss of the rows, which is less the log-likelihood, and how it falls with coefficients.
#[derive(Debug, Clone)]
pub(super) struct Slopes {
    pub(super) loss: f64,
    /// How fast the loss falls with each coefficient.
    pub(super) gradient: Vec<f64>,
}

impl Rows {
    /// The rows of the data that are among `usable` and have a weight above 0.
    pub(super) fn new(data: &LogisticData<'_>, bound: &Bound<'_>, usable: &[u32]) -> Result<Self> {
        let weight = |row: u32| data.weight(row as usize);
        let counted: Vec<u32> = usable
            .iter()
            .copied()
            .filter(|&row| weight(row) > 0.0)
            .collect();
        let left = |row: &u32| data.left[*row as usize];
        let leavers = counted.iter().filter(|row| left(row)).count();
        let single = if leavers == 0 {
            Some("rows that left")
        } else if leavers == counted.len() {
            Some("rows that stayed")
        } else {
            None
        };
        if let Some(what) = single {
            return Err(Error::NotEnoughData {
                what: what.into(),
                needed: 1,
                found: 0,
            });
        }
        // By the highest first: the sum of great weights is then within the range of numbers.
        let highest = counted
            .iter()
            .fold(0.0f64, |high, &row| high.max(weight(row)));
        let total: f64 = counted.iter().map(|&row| weight(row) / highest).sum();
        let share: Vec<f64> = counted
            .iter()
            .map(|&row| weight(row) / highest / total)
            .collect();
        let signs = counted.iter().map(|row| if left(row) { 1.0 } else { -1.0 });
        let offset = |offset: &[f64]| counted.iter().map(|&row| offset[row as usize]).collect();
        Ok(Self {
            columns: Standardised::new(bound, 1, &counted, &share)?,
            sign: signs.collect(),
            offset: data.offset.map(offset),
            share,
            left: leavers,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.sign.len()
    }

    /// An intercept to begin at: the log odds of leaving, less the mean offset.
    pub(super) fn start(&self) -> f64 {
        let pairs = self.share.iter().zip(&self.sign);
        let left: f64 = pairs.map(|(share, sign)| share * sign.max(0.0)).sum();
        let offset = self.offset.as_deref().unwrap_or_default();
        let mean: f64 = offset
            .iter()
            .zip(&self.share)
            .map(|(x, share)| x * share)
            .sum();
        let start = libm::log(left / (1.0 - left)) - mean;
        if start.is_finite() { start } else { -mean }
    }

    /// The linear predictors of a tile, by its columns and their coefficients.
    #[inline(always)]
    fn predict(&self, rows: &Range<usize>, tile: &[f64], beta: &[f64], eta: &mut [f64]) {
        match &self.offset {
            None => eta.fill(0.0),
            Some(offset) => eta.copy_from_slice(&offset[rows.clone()]),
        }
        for (column, &beta) in tile.chunks_exact(rows.len()).zip(beta) {
            if beta != 0.0 {
                for (eta, x) in eta.iter_mut().zip(column) {
                    *eta += beta * x;
                }
            }
        }
    }

    /// The loss and its slopes at coefficients of the columns of `x`.
    pub(super) fn slopes(&self, x: &Tiles, beta: &[f64]) -> Slopes {
        let mut sums = x.sums(
            1 + x.columns(),
            #[inline(always)]
            |rows, tile, sums| {
                let len = rows.len();
                let [mut eta, mut value, mut score, mut bend] = [[0.0; TILE]; 4];
                self.predict(&rows, tile, beta, &mut eta[..len]);
                let out = LinkSlopes {
                    value: &mut value,
                    score: &mut score,
                    bend: &mut bend,
                };
                let (sign, share) = (&self.sign[rows.clone()], &self.share[rows]);
                Link::Logit.slopes(Information::Observed, &eta[..len], sign, out);
                sums[0] -= dot(&value[..len], share);
                for (score, share) in score.iter_mut().zip(share) {
                    *score *= share;
                }
                for (sum, column) in sums[1..].iter_mut().zip(tile.chunks_exact(len)) {
                    *sum += dot(&score[..len], column);
                }
            },
        );
        let gradient = sums.split_off(1);
        Slopes {
            loss: sums[0],
            gradient,
        }
    }

    /// The second derivatives of the loss, row by row.
    pub(super) fn curvature(&self, x: &Tiles, beta: &[f64]) -> Vec<f64> {
        let order = x.columns();
        let mut all = x.sums(
            order * order,
            #[inline(always)]
            |rows, tile, sums| {
                let len = rows.len();
                let [mut eta, mut value, mut score, mut bend] = [[0.0; TILE]; 4];
                self.predict(&rows, tile, beta, &mut eta[..len]);
                let out = LinkSlopes {
                    value: &mut value,
                    score: &mut score,
                    bend: &mut bend,
                };
                let (sign, share) = (&self.sign[rows.clone()], &self.share[rows]);
                Link::Logit.slopes(Information::Observed, &eta[..len], sign, out);
                for (bend, share) in bend.iter_mut().zip(share) {
                    *bend *= share;
                }
                add_products(tile, &bend[..len], sums, order);
            },
        );
        for row in 0..order {
            for column in 0..row {
                all[column * order + row] = all[row * order + column];
            }
        }
        all
    }
}
