//! The log-likelihood with its slopes, in one pass over the rows.

use super::{
    link::{Information, Link, Slopes},
    rows::Rows,
};
use crate::{
    churn::tiles::{TILE, Tiles, add_dots, add_products},
    numeric::lanes::dot,
};

/// The log-likelihood with its gradient and minus its second derivatives, row by row, by a constant and
/// columns in the units of [`Rows`].
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) log_likelihood: f64,
    pub(super) gradient: Vec<f64>,
    pub(super) information: Vec<f64>,
}

impl Pass {
    /// At these coefficients of the columns of `x`; `None` where numbers end.
    pub(super) fn new(
        rows: &Rows,
        x: &Tiles,
        beta: &[f64],
        link: Link,
        of: Information,
    ) -> Option<Self> {
        let order = beta.len();
        let sums = x.sums(
            1 + order + order * order,
            #[inline(always)]
            |range, tile, sums| {
                let len = range.len();
                let [mut value, mut score, mut bend] = [[0.0; TILE]; 3];
                let eta = predictors(
                    rows.offset.as_deref().map(|offset| &offset[range.clone()]),
                    tile,
                    len,
                    beta,
                );
                let weight = rows.weights(range.clone());
                let slopes = Slopes {
                    value: &mut value,
                    score: &mut score,
                    bend: &mut bend,
                };
                link.slopes(of, &eta[..len], &rows.sign[range], slopes);
                sums[0] += dot(weight, &value[..len]);
                for (at, weight) in weight.iter().enumerate() {
                    score[at] *= weight;
                    bend[at] *= weight;
                }
                let (gradient, information) = sums[1..].split_at_mut(order);
                add_dots(&score[..len], tile, gradient);
                add_products(tile, &bend[..len], information, order);
            },
        );
        if sums.iter().any(|sum| !sum.is_finite()) {
            return None;
        }
        let mut information = sums[1 + order..].to_vec();
        for a in 0..order {
            for b in 0..a {
                information[b * order + a] = information[a * order + b];
            }
        }
        Some(Self {
            log_likelihood: sums[0],
            gradient: sums[1..=order].to_vec(),
            information,
        })
    }
}

/// The linear predictors of the rows of a tile.
#[expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]
#[inline(always)]
pub(super) fn predictors(
    offset: Option<&[f64]>,
    tile: &[f64],
    len: usize,
    beta: &[f64],
) -> [f64; TILE] {
    let mut eta = [0.0; TILE];
    if let Some(offset) = offset {
        eta[..len].copy_from_slice(offset);
    }
    for (column, b) in tile.chunks_exact(len).zip(beta) {
        for (eta, x) in eta.iter_mut().zip(column) {
            *eta += b * x;
        }
    }
    eta
}
