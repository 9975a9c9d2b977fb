//! Newton's method on the log-likelihood, with coefficients that grow without limit named.

use super::{
    pass::{Course, Pass},
    periods::Periods,
};
use crate::{
    Error, Result,
    churn::{Link, design::Bound, logistic::Information, standard::Standardised},
    numeric::cholesky::Cholesky,
};

/// The last step is one of which the quadratic model promises no more than this share of the sum of the
/// bends: it moves linear predictors by 1e-9, and leaves the square of that to be gained.
const TOLERANCE: f64 = 1e-18;
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
/// More coefficients are refused: the information has their square.
const MAX_COEFFICIENTS: usize = 2_000;

/// What is climbed.
#[derive(Debug)]
pub(super) struct Climb<'a> {
    periods: &'a Periods,
    pub(super) columns: Standardised,
    /// How much the rows count, by their weights and the periods they are at risk; they sum to 1.
    share: Vec<f64>,
    powers: Option<Vec<Vec<f64>>>,
    link: Link,
    max_iterations: usize,
    /// The least weight of a row, but no less than a millionth of the mean: what counts as one customer.
    unit: f64,
}

/// The end of a climb, by standardised columns and periods in units from -1 to 1.
#[derive(Debug, Clone)]
pub(super) struct Summit {
    /// Of the baseline, then of the columns.
    pub(super) coefficients: Vec<f64>,
    /// The inverse of the expected information.
    pub(super) inverse: Vec<f64>,
    pub(super) log_likelihood: f64,
    pub(super) iterations: usize,
    /// The places of the coefficients that grow without limit.
    pub(super) infinite: Vec<usize>,
}

/// A place on the climb.
struct Stand {
    at: Vec<f64>,
    now: Pass,
}

impl<'a> Climb<'a> {
    pub(super) fn new(
        periods: &'a Periods,
        bound: &Bound<'_>,
        link: Link,
        max_iterations: usize,
    ) -> Result<Self> {
        let lives = &periods.lives;
        let count = |from: u32, to: u32| f64::from(to - from);
        let highest = lives
            .iter()
            .fold(0.0f64, |high, life| high.max(life.weight));
        let counts = lives
            .iter()
            .map(|life| life.weight / highest * count(life.from, life.to));
        let total: f64 = counts.clone().sum();
        let share: Vec<f64> = counts.map(|count| count / total).collect();
        let rows: Vec<u32> = lives.iter().map(|life| life.row).collect();
        let powers = periods.powers();
        let baseline = powers.as_ref().map_or(periods.fitted.len(), Vec::len);
        let all = baseline + bound.names().len();
        if all > MAX_COEFFICIENTS {
            let expected = format!(
                "at most {MAX_COEFFICIENTS}; take longer periods, HazardBaseline::Linear, or fewer \
                 columns"
            );
            return Err(Error::parameter("coefficients", all, expected));
        }
        let weights = lives.iter().map(|life| life.weight);
        let mean = weights.clone().sum::<f64>() / lives.len() as f64;
        Ok(Self {
            periods,
            columns: Standardised::new(bound, 0, &rows, &share)?,
            share,
            powers,
            link,
            max_iterations,
            unit: weights.fold(mean, f64::min).max(1e-6 * mean),
        })
    }

    /// The columns that no constant and no columns before them make up.
    pub(super) fn independent(&self) -> Vec<usize> {
        self.columns.independent(&self.share)
    }

    pub(super) fn periods(&self) -> &Periods {
        self.periods
    }

    /// How many coefficients the baseline has.
    pub(super) fn baseline(&self) -> usize {
        self.powers
            .as_ref()
            .map_or(self.periods.fitted.len(), Vec::len)
    }

    /// The best coefficients of the baseline and some columns.
    pub(super) fn to_summit(&self, kept: &[usize]) -> Result<Summit> {
        let x = self.columns.x.of(kept);
        let course = Course {
            periods: self.periods,
            powers: self.powers.as_deref(),
            x: &x,
            link: self.link,
        };
        let stand = |at: Vec<f64>| {
            let now = course.pass(&at, Information::Observed)?;
            Some(Stand { at, now })
        };
        let mut start = self.start();
        start.resize(course.baseline() + kept.len(), 0.0);
        let mut here = stand(start).ok_or_else(|| Error::Degenerate {
            what: "the likelihood is out of the range of numbers; give smaller weights".into(),
        })?;
        let (mut before, mut iterations) = (f64::INFINITY, 0);
        loop {
            let order = here.at.len();
            let factor = Cholesky::new(order, &here.now.information).ok_or_else(singular)?;
            let step = factor.solve(&here.now.gradient);
            let gain: f64 = here
                .now
                .gradient
                .iter()
                .zip(&step)
                .map(|(a, b)| a * b)
                .sum();
            let is_flat = gain < FLAT * self.unit && gain > FALLING * before;
            if is_flat && self.spread(&course, &step) > MOVING {
                let infinite = self.movers(&course, &step);
                return summit(&course, here.at, iterations, infinite);
            }
            let size = self.unit + here.now.log_likelihood.abs();
            let bends: f64 = (0..order)
                .map(|at| here.now.information[at * order + at])
                .sum();
            let tolerance = TOLERANCE * bends;
            let is_noise = gain <= ROUNDING * size && gain > 0.5 * before;
            if gain <= tolerance || is_noise {
                return summit(&course, moved(&here.at, &step, 1.0), iterations, Vec::new());
            }
            let least = here.now.log_likelihood - ROUNDING * size;
            let next = if iterations < self.max_iterations {
                let shares = (0..60).map(|halved| 0.5f64.powi(halved));
                shares
                    .filter_map(|share| stand(moved(&here.at, &step, share)))
                    .find(|there| there.now.log_likelihood >= least)
            } else {
                None
            };
            let Some(next) = next else {
                if gain <= ROUNDING * size {
                    return summit(&course, moved(&here.at, &step, 1.0), iterations, Vec::new());
                }
                let stuck = iterations < self.max_iterations || iterations >= MANY;
                let mut infinite = self.movers(&course, &step);
                let apart = self.moves(&course, &here.at);
                infinite.retain(|&at| apart[at] > FAR_APART);
                if stuck && !infinite.is_empty() && self.spread(&course, &step) > MOVING {
                    return summit(&course, here.at, iterations, infinite);
                }
                return Err(Error::NotConverged {
                    model: "discrete-time hazard",
                    iterations,
                    last_change: gain,
                    tolerance,
                });
            };
            (here, before) = (next, gain);
            iterations += 1;
        }
    }

    /// The baseline at which hazards are those of all rows.
    fn start(&self) -> Vec<f64> {
        let (left, at_risk) = (&self.periods.left, &self.periods.at_risk);
        let level = |left: f64, at_risk: f64| {
            let share = left / at_risk;
            let level = match self.link {
                Link::Logit => libm::log(share) - libm::log1p(-share),
                Link::ComplementaryLogLog => libm::log(-libm::log1p(-share)),
            };
            // Where all left, or by rounding nobody did.
            if level.is_finite() {
                level.clamp(-30.0, 3.0)
            } else {
                0.0
            }
        };
        match &self.powers {
            None => left
                .iter()
                .zip(at_risk)
                .map(|(a, b)| level(*a, *b))
                .collect(),
            Some(powers) => {
                let mut start = vec![0.0; powers.len()];
                start[0] = level(left.iter().sum(), at_risk.iter().sum());
                start
            }
        }
    }

    /// How far a step moves linear predictors apart.
    fn spread(&self, course: &Course<'_>, step: &[f64]) -> f64 {
        let (baseline, columns) = step.split_at(course.baseline());
        let of_columns = if columns.is_empty() {
            0.0
        } else {
            course.x.range_of(columns)
        };
        let of_baseline = self
            .powers
            .as_ref()
            .map_or(0.0, |_| range(&course.levels(baseline)));
        of_columns.max(of_baseline)
    }

    /// How far each coefficient sets linear predictors apart; those of single periods do not, nor does an
    /// intercept.
    fn moves(&self, course: &Course<'_>, of: &[f64]) -> Vec<f64> {
        let mut moves = vec![0.0; course.baseline()];
        for (at, power) in self.powers.iter().flatten().enumerate() {
            moves[at] = range(power);
        }
        moves.extend(course.x.ranges());
        for (moves, of) in moves.iter_mut().zip(of) {
            *moves *= of.abs();
        }
        moves
    }

    /// The places of the coefficients that a step moves the most: by `MOVING`, or by half as much as any.
    fn movers(&self, course: &Course<'_>, step: &[f64]) -> Vec<usize> {
        let moves = self.moves(course, step);
        let most = moves.iter().copied().fold(0.0, f64::max);
        let least = MOVING.min(0.5 * most);
        (0..step.len()).filter(|&at| moves[at] > least).collect()
    }
}

fn range(of: &[f64]) -> f64 {
    let ends = of
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |ends, &x| {
            (ends.0.min(x), ends.1.max(x))
        });
    ends.1 - ends.0
}

fn moved(from: &[f64], step: &[f64], share: f64) -> Vec<f64> {
    from.iter()
        .zip(step)
        .map(|(at, step)| at + share * step)
        .collect()
}

fn singular() -> Error {
    Error::Degenerate {
        what: "columns cannot be told from periods, as where the rows at risk in a period have all the \
               same; leave a column out, or take HazardBaseline::Linear"
            .into(),
    }
}

/// The end, with the information that is expected there.
fn summit(
    course: &Course<'_>,
    at: Vec<f64>,
    iterations: usize,
    infinite: Vec<usize>,
) -> Result<Summit> {
    let pass = course
        .pass(&at, Information::Expected)
        .ok_or_else(singular)?;
    let factor = Cholesky::new(at.len(), &pass.information).ok_or_else(singular)?;
    Ok(Summit {
        inverse: factor.inverse(),
        log_likelihood: pass.log_likelihood,
        coefficients: at,
        iterations,
        infinite,
    })
}
