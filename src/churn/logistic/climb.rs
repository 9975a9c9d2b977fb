//! Newton's method on the log-likelihood, with coefficients that grow without limit named.

use super::{
    link::{Information, Link},
    pass::Pass,
    rows::Rows,
};
use crate::{Error, Result, churn::tiles::Tiles, numeric::cholesky::Cholesky};

/// The climb ends where the quadratic model promises no more than this share of the information on the
/// constant: a step then moves linear predictors by 1e-11.
const TOLERANCE: f64 = 1e-22;
/// Rounding may hide a gain of this share of the likelihood.
const ROUNDING: f64 = 1e-12;
/// A likelihood this near to its limit, by one customer, rises for ever if a step still moves linear
/// predictors apart by `MOVING`, and if gains fall from step to step by a factor only: e on a tail that
/// has no end. Before a summit the gain falls to its square.
const FLAT: f64 = 1e-6;
const MOVING: f64 = 0.05;
const FALLING: f64 = 0.1;
/// It also rises for ever where it cannot be climbed to its end, because numbers run out or after so
/// many iterations, and predictors are this far apart by a column already and still move.
const FAR_APART: f64 = 10.0;
const MANY: usize = 20;

/// What is climbed, and how far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slope<'a> {
    pub(super) rows: &'a Rows,
    /// A one, and the columns that have a coefficient.
    pub(super) x: &'a Tiles,
    pub(super) link: Link,
    /// What the square of each coefficient costs, twice over; 0 for the constant.
    pub(super) ridge: &'a [f64],
    pub(super) max_iterations: usize,
}

/// The end of a climb, in the units of [`Rows`].
#[derive(Debug)]
pub(super) struct Summit {
    /// The constant first.
    pub(super) beta: Vec<f64>,
    /// The inverse of the information.
    pub(super) inverse: Vec<f64>,
    pub(super) log_likelihood: f64,
    pub(super) iterations: usize,
    /// The places of the coefficients that grow without limit.
    pub(super) infinite: Vec<usize>,
}

/// A place on the climb.
#[derive(Debug)]
struct Stand {
    beta: Vec<f64>,
    /// The log-likelihood less the cost of the coefficients.
    height: f64,
    now: Pass,
    factor: Cholesky,
}

impl Slope<'_> {
    /// Climbs from a start, of which the slopes may be known.
    pub(super) fn climb(&self, start: Vec<f64>, known: Option<Pass>) -> Result<Summit> {
        let out_of_range = || Error::Degenerate {
            what: "the likelihood is out of the range of numbers; give smaller offsets".into(),
        };
        let pass = known.or_else(|| self.pass(&start, Information::Observed));
        let stand = self.stand(start, pass.ok_or_else(out_of_range)?);
        let mut stand = stand.ok_or_else(singular)?;
        let unit = self.rows.unit();
        let can_be_infinite = self.ridge.iter().all(|&cost| cost <= 0.0);
        let (mut before, mut iterations) = (f64::INFINITY, 0);
        loop {
            let step = stand.factor.solve(&stand.now.gradient);
            let gain = stand.now.gradient.iter().zip(&step);
            let gain: f64 = gain.map(|(slope, step)| slope * step).sum();
            if can_be_infinite
                && gain < FLAT * unit
                && gain > FALLING * before
                && self.spread(&step) > MOVING
            {
                let infinite = self.movers(&step);
                return self.summit(stand, iterations, infinite);
            }
            let size = unit + stand.now.log_likelihood.abs();
            let tolerance = TOLERANCE * stand.now.information[0];
            let is_over = gain <= tolerance || (gain <= ROUNDING * size && gain > 0.5 * before);
            if is_over {
                stand.beta = moved(&stand.beta, &step, 1.0);
                return self.summit(stand, iterations, Vec::new());
            }
            let next = if iterations < self.max_iterations {
                self.uphill(&stand, &step, stand.height - ROUNDING * size)
            } else {
                None
            };
            match next {
                Some(next) => {
                    (stand, before) = (next, gain);
                    iterations += 1;
                }
                None if gain <= ROUNDING * size => {
                    stand.beta = moved(&stand.beta, &step, 1.0);
                    return self.summit(stand, iterations, Vec::new());
                }
                None => {
                    let stuck = iterations < self.max_iterations || iterations >= MANY;
                    let mut infinite = self.movers(&step);
                    let ranges = self.x.ranges();
                    infinite.retain(|&at| (stand.beta[at] * ranges[at]).abs() > FAR_APART);
                    if can_be_infinite
                        && stuck
                        && !infinite.is_empty()
                        && self.spread(&step) > MOVING
                    {
                        return self.summit(stand, iterations, infinite);
                    }
                    return Err(Error::NotConverged {
                        model: "logistic regression",
                        iterations,
                        last_change: gain,
                        tolerance,
                    });
                }
            }
        }
    }

    fn pass(&self, beta: &[f64], of: Information) -> Option<Pass> {
        Pass::new(self.rows, self.x, beta, self.link, of)
    }

    /// Takes the cost of the coefficients off the slopes; `None` where the information is singular.
    fn stand(&self, beta: Vec<f64>, mut now: Pass) -> Option<Stand> {
        let mut height = now.log_likelihood;
        for (at, (cost, beta)) in self.ridge.iter().zip(&beta).enumerate() {
            height -= 0.5 * cost * beta * beta;
            now.gradient[at] -= cost * beta;
            now.information[at * self.ridge.len() + at] += cost;
        }
        Some(Stand {
            factor: Cholesky::new(beta.len(), &now.information)?,
            beta,
            height,
            now,
        })
    }

    /// The first of ever shorter steps that comes up to `least` at the least, and from where one can go
    /// on: a step may leave so little doubt of some rows that the others alone do not tell where to.
    fn uphill(&self, from: &Stand, step: &[f64], least: f64) -> Option<Stand> {
        let mut share = 1.0;
        for _ in 0..60 {
            let beta = moved(&from.beta, step, share);
            let there = self.pass(&beta, Information::Observed);
            match there.and_then(|pass| self.stand(beta, pass)) {
                Some(there) if there.height >= least => return Some(there),
                _ => share *= 0.5,
            }
        }
        None
    }

    /// How far a step moves linear predictors apart.
    fn spread(&self, step: &[f64]) -> f64 {
        let mut by = step.to_vec();
        by[0] = 0.0;
        self.x.range_of(&by)
    }

    /// The places of the columns that a step moves the most: by `MOVING`, or by half as much as any.
    fn movers(&self, step: &[f64]) -> Vec<usize> {
        let ranges = self.x.ranges();
        let moves = |place: usize| (step[place] * ranges[place]).abs();
        let most = (1..step.len()).map(moves).fold(0.0, f64::max);
        let least = MOVING.min(0.5 * most);
        (1..step.len())
            .filter(|&place| moves(place) > least)
            .collect()
    }

    /// The end, with the information that is expected there.
    fn summit(&self, stand: Stand, iterations: usize, infinite: Vec<usize>) -> Result<Summit> {
        let (log_likelihood, beta) = (stand.now.log_likelihood, stand.beta.clone());
        let stand = if self.link.is_canonical() {
            Some(stand)
        } else {
            let pass = self.pass(&beta, Information::Expected);
            pass.and_then(|pass| self.stand(stand.beta, pass))
        };
        Ok(Summit {
            beta,
            inverse: stand.ok_or_else(singular)?.factor.inverse(),
            log_likelihood,
            iterations,
            infinite,
        })
    }
}

fn singular() -> Error {
    Error::Degenerate {
        what: "the information is singular; leave a column out, or give smaller offsets".into(),
    }
}

fn moved(beta: &[f64], step: &[f64], share: f64) -> Vec<f64> {
    let both = beta.iter().zip(step);
    both.map(|(beta, step)| beta + share * step).collect()
}
