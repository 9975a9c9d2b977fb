//! Newton's method on the log partial likelihood, with aliased columns left out and coefficients
//! that grow without limit named.

use super::{CoxParams, pass::Pass, rows::Rows};
use crate::{Error, Result, numeric::cholesky::Cholesky};

/// What is left of a column's information beside the columns before it, below which it is aliased.
const ALIASED: f64 = 1e-11;
/// The climb ends where the quadratic model promises no more than this share of the likelihood.
const TOLERANCE: f64 = 1e-20;
/// Rounding may hide a gain of this share of the likelihood.
const ROUNDING: f64 = 1e-12;
/// A likelihood this near to its limit, in which a step still moves linear predictors by this much,
/// rises for ever.
const FLAT: f64 = 1e-6;
const STILL_MOVING: f64 = 0.5;
/// So does one that cannot be climbed to its end, after so many iterations or because numbers run out,
/// where hazards are this far apart by a column already, in logarithms, and still move.
const FAR_APART: f64 = 10.0;
const MANY: usize = 20;

/// The end of a climb, in the units of the scaled columns.
#[derive(Debug)]
pub(super) struct Climb {
    /// The columns that are not aliased, and their coefficients.
    pub(super) active: Vec<usize>,
    pub(super) beta: Vec<f64>,
    /// The inverse of the information of the active columns.
    pub(super) inverse: Vec<f64>,
    pub(super) log_likelihood_null: f64,
    pub(super) log_likelihood: f64,
    pub(super) score_test: f64,
    pub(super) iterations: usize,
    /// The places among the active columns whose coefficients grow without limit.
    pub(super) infinite: Vec<usize>,
}

pub(super) fn climb(rows: &Rows, params: &CoxParams) -> Result<Climb> {
    let ridge = Ridge::new(rows, params.ridge);
    let pass = |beta: &[f64]| {
        Pass::new(rows, beta, params.ties).map(|mut pass| {
            let height = pass.log_likelihood - ridge.cost(beta);
            ridge.bend(beta, &mut pass);
            (height, pass)
        })
    };
    let mut beta = vec![0.0; rows.columns];
    let (mut height, mut now) = pass(&beta).ok_or_else(|| Error::Degenerate {
        what:
            "the likelihood is out of the range of numbers; give smaller offsets or weights, and \
               offsets nearer to each other where rows have entries"
                .into(),
    })?;
    let active = if params.ridge > 0.0 {
        let varies = |&column: &usize| rows.scale[column] > 0.0;
        (0..rows.columns).filter(varies).collect()
    } else {
        active(rows.columns, &now)
    };
    let unit = rows.mean_weight_of_leaving();
    let mut end = Climb {
        beta: Vec::new(),
        inverse: Vec::new(),
        log_likelihood_null: now.log_likelihood,
        log_likelihood: now.log_likelihood,
        score_test: 0.0,
        iterations: 0,
        infinite: Vec::new(),
        active,
    };
    let mut gain = 0.0;
    let mut last: Option<(Cholesky, Vec<f64>)> = None;
    for iteration in 0..=params.max_iterations {
        let Some(factor) = factor(&end.active, &now) else {
            break;
        };
        let gradient: Vec<f64> = end
            .active
            .iter()
            .map(|&at| now.slopes.gradient[at])
            .collect();
        let step = factor.solve(&gradient);
        gain = gradient.iter().zip(&step).map(|(g, s)| g * s).sum::<f64>();
        if iteration == 0 {
            end.score_test = gain;
        }
        end.iterations = iteration;
        end.log_likelihood = now.log_likelihood;
        let size = unit + now.log_likelihood.abs();
        if gain < FLAT * unit {
            end.infinite = moving(rows, &end.active, &step);
            if !end.infinite.is_empty() {
                return Ok(end.at(&beta, &factor));
            }
        }
        let is_over = gain <= TOLERANCE * size;
        let next = if is_over || iteration == params.max_iterations {
            None
        } else {
            let least = height - ROUNDING * size;
            uphill(&pass, &beta, &end.active, &step, least)
        };
        match next {
            Some((to, (to_height, there))) => (beta, height, now) = (to, to_height, there),
            None if gain <= ROUNDING * size && !now.is_lost => {
                moved(&mut beta, &end.active, &step, 1.0);
                return Ok(end.at(&beta, &factor));
            }
            None => {
                last = Some((factor, step));
                break;
            }
        }
        last = Some((factor, step));
    }
    if let Some((factor, step)) = last
        && (end.iterations < params.max_iterations || end.iterations >= MANY)
    {
        end.infinite = moving(rows, &end.active, &step);
        end.infinite
            .retain(|&place| is_far_apart(rows, &beta, end.active[place]));
        if !end.infinite.is_empty() {
            return Ok(end.at(&beta, &factor));
        }
    }
    if now.is_lost {
        return Err(lost());
    }
    Err(Error::NotConverged {
        model: "Cox regression",
        iterations: end.iterations,
        last_change: gain,
        tolerance: TOLERANCE * (unit + end.log_likelihood.abs()),
    })
}

impl Climb {
    /// The end at these coefficients.
    fn at(mut self, beta: &[f64], factor: &Cholesky) -> Self {
        self.beta = self.active.iter().map(|&at| beta[at]).collect();
        self.inverse = factor.inverse();
        self
    }
}

/// The places of the columns by which a step still moves linear predictors.
fn moving(rows: &Rows, active: &[usize], step: &[f64]) -> Vec<usize> {
    let moves = |&place: &usize| (step[place] * rows.range[active[place]]).abs() > STILL_MOVING;
    (0..step.len()).filter(moves).collect()
}

fn is_far_apart(rows: &Rows, beta: &[f64], column: usize) -> bool {
    (beta[column] * rows.range[column]).abs() > FAR_APART
}

fn lost() -> Error {
    Error::Degenerate {
        what: "rows with entries are so much more hazardous than others at risk before them that \
               sums lose their digits; bring offsets nearer to each other, or make strata"
            .into(),
    }
}

/// What coefficients cost: half the ridge times the sum of their squares, in the units of the data.
struct Ridge {
    of_column: Vec<f64>,
}

impl Ridge {
    fn new(rows: &Rows, ridge: f64) -> Self {
        let of_column = |&scale: &f64| {
            if scale > 0.0 {
                ridge / (scale * scale)
            } else {
                0.0
            }
        };
        Self {
            of_column: rows.scale.iter().map(of_column).collect(),
        }
    }

    fn cost(&self, beta: &[f64]) -> f64 {
        let costs = beta.iter().zip(&self.of_column);
        0.5 * costs.map(|(beta, cost)| cost * beta * beta).sum::<f64>()
    }

    /// Takes the cost off the slopes.
    fn bend(&self, beta: &[f64], pass: &mut Pass) {
        for (at, cost) in self.of_column.iter().enumerate() {
            pass.slopes.gradient[at] -= cost * beta[at];
            pass.slopes.information[at * beta.len() + at] += cost;
        }
    }
}

fn moved(beta: &mut [f64], active: &[usize], step: &[f64], share: f64) {
    for (&at, step) in active.iter().zip(step) {
        beta[at] += share * step;
    }
}

/// The first of ever shorter steps that comes up to `least` at the least.
fn uphill(
    pass: &impl Fn(&[f64]) -> Option<(f64, Pass)>,
    beta: &[f64],
    active: &[usize],
    step: &[f64],
    least: f64,
) -> Option<(Vec<f64>, (f64, Pass))> {
    let mut share = 1.0;
    for _ in 0..30 {
        let mut to = beta.to_vec();
        moved(&mut to, active, step, share);
        if let Some(there) = pass(&to)
            && there.0 >= least
        {
            return Some((to, there));
        }
        share *= 0.5;
    }
    None
}

/// The columns that add something to those before them.
fn active(columns: usize, pass: &Pass) -> Vec<usize> {
    let mut lower: Vec<Vec<f64>> = Vec::new();
    let mut active: Vec<usize> = Vec::new();
    for column in 0..columns {
        let mut row: Vec<f64> = Vec::with_capacity(active.len() + 1);
        let mut rest = pass.slopes.information[column * columns + column];
        for (place, &earlier) in active.iter().enumerate() {
            let mut cell = pass.slopes.information[column * columns + earlier];
            for (a, b) in row.iter().zip(&lower[place]) {
                cell -= a * b;
            }
            let cell = cell / lower[place][place];
            rest -= cell * cell;
            row.push(cell);
        }
        if rest > ALIASED * pass.slopes.raw[column] && rest > 0.0 {
            row.push(rest.sqrt());
            lower.push(row);
            active.push(column);
        }
    }
    active
}

fn factor(active: &[usize], pass: &Pass) -> Option<Cholesky> {
    let columns = pass.slopes.gradient.len();
    let mut part = Vec::with_capacity(active.len() * active.len());
    for &row in active {
        part.extend(
            active
                .iter()
                .map(|&column| pass.slopes.information[row * columns + column]),
        );
    }
    Cholesky::new(active.len(), &part)
}
