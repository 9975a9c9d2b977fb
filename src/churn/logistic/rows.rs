//! The rows of a fit: who left, how much each counts, and centred columns.

use std::{borrow::Cow, ops::Range};

use super::{Link, LogisticData, pass::Pass};
use crate::{
    Error, Result,
    churn::{
        design::{Bound, MissingRows},
        standard::independent,
        tiles::{TILE, Tiles, add_dots, add_products},
    },
    numeric::lanes::dot,
};

/// The deviation of a constant, by rounding alone, as a share of it.
const CONSTANT: f64 = 1e-13;

static ONES: [f64; TILE] = [1.0; TILE];

#[derive(Debug)]
pub(super) struct Rows {
    /// Their rows in the data; `None` for all.
    places: Option<Vec<u32>>,
    /// 1 for who left, -1 for who stayed.
    pub(super) sign: Vec<f64>,
    weight: Option<Vec<f64>>,
    pub(super) offset: Option<Vec<f64>>,
    /// A one, and all columns: less their mean, in units of their scale.
    pub(super) x: Tiles,
    pub(super) mean: Vec<f64>,
    /// A power of two near to the size of a column.
    pub(super) scale: Vec<f64>,
    /// Products of each two columns of `x`, and of each with who left less the share that did; by
    /// weight. The lower triangle.
    products: Vec<f64>,
    residuals: Vec<f64>,
    /// The sum of the weights, and of those of who left and who stayed.
    pub(super) total: f64,
    of_left: f64,
    of_stayed: f64,
    /// How many left.
    pub(super) left: usize,
}

impl Rows {
    pub(super) fn new(
        data: &LogisticData<'_>,
        bound: &Bound<'_>,
        policy: MissingRows,
    ) -> Result<Self> {
        let all = u32::try_from(data.left.len()).map_err(|_| Error::Overflow {
            what: "more than 4294967295 rows; split them".into(),
        })?;
        let counts = |row: &u32| data.weight(*row as usize) > 0.0;
        let some_do_not = data.features.weights().is_some() && !(0..all).all(|row| counts(&row));
        let counting = some_do_not.then(|| (0..all).filter(counts).collect());
        // Most data are whole: a missing value shows in the means.
        let rows = Self::of(data, bound, counting)?;
        if rows.mean.iter().all(|mean| mean.is_finite()) {
            return rows.centred(&bound.names());
        }
        drop(rows);
        let usable = bound.usable_rows(policy)?;
        let usable = usable.unwrap_or_else(|| (0..all).collect());
        let rows = usable.into_iter().filter(counts).collect();
        Self::of(data, bound, Some(rows))?.centred(&bound.names())
    }

    /// Some rows with their columns as they are.
    fn of(data: &LogisticData<'_>, bound: &Bound<'_>, rows: Option<Vec<u32>>) -> Result<Self> {
        let count = rows.as_ref().map_or(data.left.len(), Vec::len);
        if count == 0 {
            return Err(Error::NotEnoughData {
                what: "rows without a missing value".into(),
                needed: 1,
                found: 0,
            });
        }
        let row = |at: usize| rows.as_ref().map_or(at, |rows| rows[at] as usize);
        let pick = |column: &[f64]| (0..count).map(|at| column[row(at)]).collect::<Vec<f64>>();
        let sign = |at: usize| if data.left[row(at)] { 1.0 } else { -1.0 };
        let sign: Vec<f64> = (0..count).map(sign).collect();
        let weight = data.features.weights().map(pick);
        let left = sign.iter().filter(|sign| **sign > 0.0).count();
        for (found, what) in [(left, "who left"), (count - left, "who stayed")] {
            if found == 0 {
                return Err(Error::NotEnoughData {
                    what: format!("customers {what}, beside those of the other kind").into(),
                    needed: 1,
                    found,
                });
            }
        }
        let sum_of = |kind: f64| -> f64 {
            let rows = sign.iter().enumerate();
            let rows = rows.filter(|(_, sign)| **sign * kind > 0.0);
            rows.map(|(at, _)| weight.as_ref().map_or(1.0, |weight| weight[at]))
                .sum()
        };
        let (of_left, of_stayed) = (sum_of(1.0), sum_of(-1.0));
        let total = of_left + of_stayed;
        if !total.is_finite() {
            let expected = "weights whose sum is finite; divide them by the largest";
            return Err(Error::parameter("weights", total, expected));
        }
        let width = bound.names().len();
        let mut x = Tiles::zeros(count, width + 1);
        x.change(|rows, tile| {
            let len = rows.len();
            tile[..len].fill(1.0);
            let mut line = vec![0.0; width];
            for (at, place) in rows.enumerate() {
                bound.write(row(place), &mut line);
                for (column, x) in tile[len..].chunks_exact_mut(len).zip(&line) {
                    column[at] = *x;
                }
            }
        });
        let mut all = Self {
            offset: data.offset.map(pick),
            places: rows,
            sign,
            weight,
            x,
            mean: Vec::new(),
            scale: Vec::new(),
            products: Vec::new(),
            residuals: Vec::new(),
            total,
            of_left,
            of_stayed,
            left,
        };
        all.measure(width);
        Ok(all)
    }

    /// The weights of some rows that stand together.
    pub(super) fn weights(&self, rows: Range<usize>) -> &[f64] {
        match &self.weight {
            Some(weight) => &weight[rows],
            None => &ONES[..rows.len()],
        }
    }

    /// The mean of each column and the mean of its size.
    fn measure(&mut self, width: usize) {
        let sums = self.x.sums(
            2 * width,
            #[inline(always)]
            |rows, tile, sums| {
                let len = rows.len();
                let mut shares = [0.0; TILE];
                for (share, weight) in shares.iter_mut().zip(self.weights(rows)) {
                    *share = weight / self.total;
                }
                let (means, sizes) = sums.split_at_mut(width);
                let columns = tile.chunks_exact(len).skip(1);
                for ((mean, size), column) in means.iter_mut().zip(sizes).zip(columns) {
                    *mean += dot(&shares[..len], column);
                    let mut absolute = [0.0; TILE];
                    for (to, x) in absolute.iter_mut().zip(column) {
                        *to = x.abs();
                    }
                    *size += dot(&shares[..len], &absolute[..len]);
                }
            },
        );
        let (mean, size) = sums.split_at(width);
        let scale = |&size: &f64| {
            if size > 0.0 && size.is_finite() {
                libm::scalbn(1.0, libm::ilogb(size).clamp(-1_000, 1_000))
            } else {
                1.0
            }
        };
        self.mean = mean.to_vec();
        self.scale = size.iter().map(scale).collect();
    }

    /// Centres the columns and takes their products.
    fn centred(mut self, names: &[String]) -> Result<Self> {
        let (mean, scale) = (&self.mean, &self.scale);
        self.x.change(|rows, tile| {
            let columns = tile.chunks_exact_mut(rows.len()).skip(1);
            for ((column, mean), scale) in columns.zip(mean).zip(scale) {
                let by = 1.0 / scale;
                for x in column {
                    *x = (*x - mean) * by;
                }
            }
        });
        let order = mean.len() + 1;
        let share = self.share();
        let mut sums = self.x.sums(
            order + order * order,
            #[inline(always)]
            |rows, tile, sums| {
                let len = rows.len();
                let weight = self.weights(rows.clone());
                let mut residual = [0.0; TILE];
                for ((out, sign), weight) in residual.iter_mut().zip(&self.sign[rows]).zip(weight) {
                    let left = if *sign > 0.0 { 1.0 } else { 0.0 };
                    *out = weight * (left - share);
                }
                let (residuals, products) = sums.split_at_mut(order);
                add_dots(&residual[..len], tile, residuals);
                add_products(tile, weight, products, order);
            },
        );
        let wide = |at: &usize| !sums[order + at * order + at].is_finite();
        if let Some(at) = (1..order).find(wide) {
            let expected = "numbers whose squares are finite; change the unit";
            return Err(Error::parameter("column", names[at - 1].as_str(), expected));
        }
        self.products = sums.split_off(order);
        self.residuals = sums;
        Ok(self)
    }

    /// The row of the data.
    pub(super) fn row(&self, at: usize) -> usize {
        self.places.as_ref().map_or(at, |rows| rows[at] as usize)
    }

    /// How many rows that count were left out.
    pub(super) fn left_out(&self, data: &LogisticData<'_>) -> usize {
        let counting = match data.features.weights() {
            None => data.left.len(),
            Some(weights) => weights.iter().filter(|weight| **weight > 0.0).count(),
        };
        counting - self.sign.len()
    }

    /// The share of those who left, by weight.
    pub(super) fn share(&self) -> f64 {
        self.of_left / self.total
    }

    /// The least weight of a row, but no less than a millionth of the mean: what counts as one customer.
    pub(super) fn unit(&self) -> f64 {
        let mean = self.total / self.sign.len() as f64;
        let weights = self.weight.iter().flatten();
        weights
            .fold(mean, |least, &weight| least.min(weight))
            .max(1e-6 * mean)
    }

    fn product(&self, a: usize, b: usize) -> f64 {
        let order = self.mean.len() + 1;
        self.products[a.max(b) * order + a.min(b)]
    }

    /// The columns that vary.
    pub(super) fn varying(&self) -> Vec<usize> {
        let varies = |&column: &usize| {
            let sd = (self.product(column + 1, column + 1) / self.total).sqrt();
            sd * self.scale[column] > self.mean[column].abs() * CONSTANT
        };
        (0..self.mean.len()).filter(varies).collect()
    }

    /// The columns that are no combination of a constant and of columns before them.
    pub(super) fn independent(&self) -> Vec<usize> {
        let size = |column: usize| self.product(column + 1, column + 1).sqrt();
        independent(&self.varying(), |column, other| {
            self.product(column + 1, other + 1) / (size(column) * size(other))
        })
    }

    /// The linear predictor at which all have the chance of the share that left.
    pub(super) fn predictor(&self, link: Link) -> f64 {
        match link {
            Link::Logit => libm::log(self.of_left) - libm::log(self.of_stayed),
            Link::ComplementaryLogLog => libm::log(-self.log_of_stayed()),
        }
    }

    fn log_of_stayed(&self) -> f64 {
        if self.share() < 0.5 {
            libm::log1p(-self.share())
        } else {
            libm::log(self.of_stayed / self.total)
        }
    }

    /// The log-likelihood where all have the chance of the share that left.
    pub(super) fn log_likelihood_at_share(&self) -> f64 {
        self.of_left * libm::log(self.share()) + self.of_stayed * self.log_of_stayed()
    }

    /// The slopes there by a constant and some columns, which cost nothing; `None` where they are not
    /// known: with offsets, or another link.
    pub(super) fn at_share(&self, link: Link, active: &[usize]) -> Option<Pass> {
        if link != Link::Logit || self.offset.is_some() {
            return None;
        }
        let places = places(active);
        let bend = self.share() * (self.of_stayed / self.total);
        let information =
            (places.iter()).flat_map(|&a| places.iter().map(move |&b| bend * self.product(a, b)));
        Some(Pass {
            log_likelihood: self.log_likelihood_at_share(),
            gradient: places.iter().map(|&at| self.residuals[at]).collect(),
            information: information.collect(),
        })
    }

    /// A one and some of the columns.
    pub(super) fn x_of(&self, active: &[usize]) -> Cow<'_, Tiles> {
        if active.len() == self.mean.len() {
            Cow::Borrowed(&self.x)
        } else {
            Cow::Owned(self.x.of(&places(active)))
        }
    }
}

/// The places of a constant and of columns.
fn places(active: &[usize]) -> Vec<usize> {
    std::iter::once(0)
        .chain(active.iter().map(|at| at + 1))
        .collect()
}
