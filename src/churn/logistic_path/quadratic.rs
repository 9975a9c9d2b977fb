//! The least of a quadratic and a penalty.

use super::{
    descent::{ONES, Penalty},
    factor::Factor,
};
use crate::numeric::lanes::dot;

/// The equations of some coordinates, factored, with the ridge that is in them.
#[derive(Debug)]
pub(super) struct Solved {
    alive: Vec<usize>,
    ridge: f64,
    factor: Factor,
}

/// The loss near some coefficients, to the second order, with the penalty.
pub(super) struct Quadratic<'a> {
    pub(super) at: &'a [f64],
    pub(super) gradient: &'a [f64],
    pub(super) curvature: &'a [f64],
    pub(super) penalty: Penalty,
}

/// Sweeps end where no coordinate moves linear predictors by more than the root of this, or of this
/// share of what the first sweep did.
const AT_REST: f64 = 1e-28;
const RELATIVE: f64 = 1e-12;
const ROUNDS: usize = 1_000;

impl Quadratic<'_> {
    /// Where it is least, and by how much that moves linear predictors, squared.
    ///
    /// In turn coordinates are swept, which finds out which of them are 0, and the equations of
    /// those that are not are solved, which takes them to their end.
    pub(super) fn least(&self, solved: &mut Option<Solved>) -> (Vec<f64>, f64) {
        let mut to = self.at.to_vec();
        let mut slopes = self.gradient.to_vec();
        let all: Vec<usize> = (0..to.len()).collect();
        if self.penalty.lasso <= 0.0 && self.solve(&all, &mut to, &slopes, solved) {
            let size = self.size(&to, &self.slopes(&to));
            return (to, size);
        }
        let mut first = 0.0;
        for round in 0..ROUNDS {
            let moved = self.sweep(&all, &mut to, &mut slopes);
            if round == 0 {
                first = moved;
            }
            let rest = AT_REST.max(RELATIVE * first);
            if moved <= rest {
                break;
            }
            let mut alive: Vec<usize> = all
                .iter()
                .copied()
                .filter(|&at| at < ONES || to[at] != 0.0)
                .collect();
            // As many sweeps as take the time of solving.
            let is_solved = self.is_of(solved.as_ref(), &alive);
            let sweeps = if is_solved { 0 } else { alive.len() / 6 };
            for _ in 0..sweeps {
                if self.sweep(&alive, &mut to, &mut slopes) <= rest {
                    break;
                }
            }
            alive.retain(|&at| at < ONES || to[at] != 0.0);
            slopes = self.slopes(&to);
            self.solve(&alive, &mut to, &slopes, solved);
            slopes = self.slopes(&to);
        }
        let size = self.size(&to, &slopes);
        (to, size)
    }

    /// By how much linear predictors move to there, squared.
    fn size(&self, to: &[f64], slopes: &[f64]) -> f64 {
        let steps = to.iter().zip(self.at).map(|(to, at)| to - at);
        let bent = self.gradient.iter().zip(slopes).map(|(a, b)| a - b);
        let size: f64 = steps.zip(bent).map(|(step, bent)| step * bent).sum();
        size.max(0.0)
    }

    fn line(&self, at: usize) -> &[f64] {
        &self.curvature[at * self.at.len()..][..self.at.len()]
    }

    /// The slopes elsewhere, without the penalty.
    fn slopes(&self, to: &[f64]) -> Vec<f64> {
        let step: Vec<f64> = to.iter().zip(self.at).map(|(to, at)| to - at).collect();
        let slope = |at: usize| self.gradient[at] - dot(self.line(at), &step);
        (0..to.len()).map(slope).collect()
    }

    /// Takes some coordinates, one after the other, to where it is least; tells by how much that
    /// moved linear predictors at most, squared.
    fn sweep(&self, of: &[usize], to: &mut [f64], slopes: &mut [f64]) -> f64 {
        let mut most = 0.0f64;
        for &at in of {
            let line = self.line(at);
            let (lasso, ridge) = if at < ONES {
                (0.0, 0.0)
            } else {
                (self.penalty.lasso, self.penalty.ridge)
            };
            let bend = line[at] + ridge;
            if bend <= 0.0 {
                continue;
            }
            let pull = slopes[at] + line[at] * to[at];
            let best = if pull.abs() <= lasso {
                0.0
            } else {
                (pull - lasso.copysign(pull)) / bend
            };
            let step = best - to[at];
            if step != 0.0 {
                to[at] = best;
                for (slope, cell) in slopes.iter_mut().zip(line) {
                    *slope -= cell * step;
                }
                most = most.max(step * step * bend);
            }
        }
        most
    }

    /// Whether equations are those of these coordinates.
    fn is_of(&self, solved: Option<&Solved>, alive: &[usize]) -> bool {
        let ridge = self.penalty.ridge.to_bits();
        solved.is_some_and(|solved| solved.ridge.to_bits() == ridge && solved.alive == alive)
    }

    /// Solves for the coordinates that are not 0, or goes towards that until the first becomes 0. Tells
    /// whether it could.
    fn solve(
        &self,
        alive: &[usize],
        to: &mut [f64],
        slopes: &[f64],
        solved: &mut Option<Solved>,
    ) -> bool {
        if !self.is_of(solved.as_ref(), alive) {
            *solved = self.factored(alive);
        }
        let Some(solved) = solved else {
            return false;
        };
        let side: Vec<f64> = alive
            .iter()
            .map(|&at| {
                if at < ONES {
                    return slopes[at];
                }
                // Without a lasso 0 is like any other number.
                let lasso = self.penalty.lasso.copysign(to[at]);
                slopes[at] - lasso - self.penalty.ridge * to[at]
            })
            .collect();
        let step = solved.factor.solve(&side);
        let mut share = 1.0;
        let mut stopped = None;
        for (&at, step) in alive.iter().zip(&step) {
            let turns = self.penalty.lasso > 0.0 && at >= ONES && (to[at] + step) * to[at] <= 0.0;
            if turns && -to[at] / step < share {
                share = -to[at] / step;
                stopped = Some(at);
            }
        }
        for (&at, step) in alive.iter().zip(&step) {
            to[at] += share * step;
        }
        if let Some(at) = stopped {
            to[at] = 0.0;
        }
        true
    }

    fn factored(&self, alive: &[usize]) -> Option<Solved> {
        let order = alive.len();
        let mut matrix = vec![0.0; order * order];
        for (row, &at) in alive.iter().enumerate() {
            let line = self.line(at);
            let cells = &mut matrix[row * order..=row * order + row];
            for (cell, &other) in cells.iter_mut().zip(alive) {
                *cell = line[other];
            }
            if at >= ONES {
                matrix[row * order + row] += self.penalty.ridge;
            }
        }
        Some(Solved {
            factor: Factor::new(order, &matrix)?,
            alive: alive.to_vec(),
            ridge: self.penalty.ridge,
        })
    }
}
