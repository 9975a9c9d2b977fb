//! Logistic curves that may not fall.

use super::ROWS;
use crate::{
    Error, Result,
    numeric::{cholesky::Cholesky, map_chunks},
};

/// A row to fit to. The first column is 1; the coefficients of the others may not be negative.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<const D: usize> {
    pub(super) x: [f64; D],
    /// From 0 to 1.
    pub(super) target: f64,
    pub(super) weight: f64,
}

/// 1 / (1 + exp(-x)).
pub(super) fn logistic(x: f64) -> f64 {
    let small = libm::exp(-x.abs());
    if x >= 0.0 {
        1.0 / (1.0 + small)
    } else {
        small / (1.0 + small)
    }
}

const MODEL: &str = "calibration";
const ITERATIONS: usize = 200;
/// Twice the likelihood per row that is still to be had when Newton's next step is the last.
const TOLERANCE: f64 = 1e-15;
/// The same, when gains begin to be lost to rounding, and full steps are sure to be right.
const CLOSE: f64 = 1e-11;

/// The mean loss, its slopes and its curvatures.
#[derive(Debug, Clone, Copy)]
struct Sums<const D: usize> {
    loss: f64,
    slope: [f64; D],
    curvature: [[f64; D]; D],
}

impl<const D: usize> Sums<D> {
    fn new(rows: &[Row<D>], total: f64, at: &[f64; D]) -> Self {
        let parts = map_chunks(rows.len(), ROWS, |range| {
            let mut sums = Self::zero();
            for row in &rows[range] {
                sums.add(row, row.weight / total, at);
            }
            sums
        });
        let mut all = Self::zero();
        for part in parts {
            all.loss += part.loss;
            for i in 0..D {
                all.slope[i] += part.slope[i];
                for j in 0..=i {
                    all.curvature[i][j] += part.curvature[i][j];
                }
            }
        }
        all
    }

    fn zero() -> Self {
        Self {
            loss: 0.0,
            slope: [0.0; D],
            curvature: [[0.0; D]; D],
        }
    }

    fn add(&mut self, row: &Row<D>, weight: f64, at: &[f64; D]) {
        let eta: f64 = row.x.iter().zip(at).map(|(x, b)| x * b).sum();
        let p = logistic(eta);
        // ln(1 + e^eta) - target eta, with nothing large in between.
        let small = libm::log1p(libm::exp(-eta.abs()));
        self.loss += weight * (small + eta.max(0.0) - row.target * eta);
        for i in 0..D {
            self.slope[i] += weight * (p - row.target) * row.x[i];
            for j in 0..=i {
                self.curvature[i][j] += weight * p * logistic(-eta) * row.x[i] * row.x[j];
            }
        }
    }

    /// The Newton step in the coefficients that are free.
    fn step(&self, free: &[usize]) -> [f64; D] {
        let order = free.len();
        let largest = free
            .iter()
            .map(|&i| self.curvature[i][i])
            .fold(0.0, f64::max);
        let mut matrix = vec![0.0; order * order];
        for (i, &of_i) in free.iter().enumerate() {
            for (j, &of_j) in free.iter().enumerate() {
                matrix[i * order + j] = self.curvature[of_i.max(of_j)][of_i.min(of_j)];
            }
        }
        let slope: Vec<f64> = free.iter().map(|&i| -self.slope[i]).collect();
        // Columns that are made up of others share what they do: any of the best will do.
        let mut damping = 0.0;
        let solved = loop {
            let mut damped = matrix.clone();
            for i in 0..order {
                damped[i * order + i] += damping * largest;
            }
            match Cholesky::new(order, &damped) {
                Some(factor) => break factor.solve(&slope),
                None if damping < 1.0 => damping = (damping * 10.0_f64).max(1e-13),
                None => break slope,
            }
        };
        let mut step = [0.0; D];
        for (&i, solved) in free.iter().zip(solved) {
            step[i] = solved;
        }
        step
    }
}

/// The coefficients with the greatest likelihood, by Newton's method projected to those that do not
/// fall (Bertsekas 1982, doi:10.1137/0320018).
pub(super) fn fit<const D: usize>(rows: &[Row<D>]) -> Result<[f64; D]> {
    let total: f64 = rows.iter().map(|row| row.weight).sum();
    let target: f64 = rows.iter().map(|row| row.weight / total * row.target).sum();
    let mut at = [0.0; D];
    at[0] = libm::log(target) - libm::log1p(-target);
    let mut sums = Sums::new(rows, total, &at);
    let mut last = f64::INFINITY;
    for _ in 0..ITERATIONS {
        let is_held = |i: usize| i > 0 && at[i] <= 0.0 && sums.slope[i] >= 0.0;
        let mut free: Vec<usize> = (0..D).filter(|&i| !is_held(i)).collect();
        let mut step = sums.step(&free);
        // What lies at the bound and would cross it is held there.
        while let Some(place) = free
            .iter()
            .position(|&i| i > 0 && at[i] <= 0.0 && step[i] < 0.0)
        {
            free.remove(place);
            step = sums.step(&free);
        }
        last = (0..D).map(|i| -sums.slope[i] * step[i]).sum();
        let mut share = 1.0;
        let (next, is_whole, now) = loop {
            let mut next = at;
            let mut is_whole = share >= 1.0;
            for i in 0..D {
                next[i] = at[i] + share * step[i];
                if i > 0 && next[i] < 0.0 {
                    next[i] = 0.0;
                    is_whole = false;
                }
            }
            let now = Sums::new(rows, total, &next);
            let promised: f64 = (0..D).map(|i| sums.slope[i] * (at[i] - next[i])).sum();
            let gained = now.loss <= sums.loss - 1e-4 * promised;
            if gained || (last <= CLOSE && now.loss.is_finite()) || share < 1e-12 {
                break (next, is_whole, now);
            }
            share /= 2.0;
        };
        (at, sums) = (next, now);
        if last <= TOLERANCE && is_whole {
            return Ok(at);
        }
    }
    Err(Error::NotConverged {
        model: MODEL,
        iterations: ITERATIONS,
        last_change: last,
        tolerance: TOLERANCE,
    })
}
