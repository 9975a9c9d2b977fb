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
/// A likelihood this near to its limit rises for ever if a step still moves linear predictors apart by
/// `MOVING`, and if gains fall from step to step by a factor only: e on a tail that has no end. Before
/// a summit the gain falls to its square.
const FLAT: f64 = 1e-6;
const MOVING: f64 = 0.5;
const FALLING: f64 = 0.2;
/// It also rises for ever where it cannot be climbed to its end, after so many iterations or because
/// numbers run out, and hazards are this far apart by a column already, in logarithms, and still move;
/// half as far where nearly nothing is left to be gained.
const FAR_APART: f64 = 10.0;
const NEARLY_FLAT: f64 = 1e-2;
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
        what: "the likelihood is out of the range of numbers; give smaller offsets or weights"
            .into(),
    })?;
    if now.is_lost {
        return Err(lost());
    }
    let can_be_infinite = params.ridge <= 0.0;
    let active = if can_be_infinite {
        active(rows.columns, &now)
    } else {
        let varies = |&column: &usize| rows.scale[column] > 0.0;
        (0..rows.columns).filter(varies).collect()
    };
    let unit = rows.mean_weight_of_leaving();
    let null = now.log_likelihood;
    let mut score_test = 0.0;
    let mut last: Option<Stand> = None;
    let mut is_lost = false;
    for iteration in 0..=params.max_iterations {
        let Some(stand) = Stand::new(&beta, &active, &now, iteration) else {
            break;
        };
        let before = last.map_or(f64::INFINITY, |last| last.gain);
        if iteration == 0 {
            score_test = stand.gain;
        }
        let end = |stand: Stand, infinite| stand.end(&active, infinite, (null, score_test));
        let size = unit + now.log_likelihood.abs();
        if can_be_infinite
            && stand.gain < FLAT * unit
            && stand.gain > FALLING * before
            && rows.spread(&active, &stand.step) > MOVING
        {
            let infinite = movers(rows, &active, &stand.step);
            return Ok(end(stand, infinite));
        }
        let next = if stand.gain <= TOLERANCE * size || iteration == params.max_iterations {
            None
        } else {
            let least = height - ROUNDING * size;
            uphill(&pass, &beta, &active, &stand.step, least, &mut is_lost)
        };
        let Some((to, (to_height, there))) = next else {
            if stand.gain <= ROUNDING * size {
                return Ok(end(stand.moved(&active), Vec::new()));
            }
            last = Some(stand);
            break;
        };
        (beta, height, now) = (to, to_height, there);
        last = Some(stand);
    }
    let (iterations, gain) = last
        .as_ref()
        .map_or((0, 0.0), |at| (at.iterations, at.gain));
    if let Some(stand) = last
        && can_be_infinite
        && (iterations < params.max_iterations || iterations >= MANY)
    {
        let is_flat = stand.gain < NEARLY_FLAT * unit;
        let enough = if is_flat { 0.5 * FAR_APART } else { FAR_APART };
        let far =
            |&place: &usize| (stand.beta[active[place]] * rows.range[active[place]]).abs() > enough;
        let mut infinite = movers(rows, &active, &stand.step);
        infinite.retain(far);
        if !infinite.is_empty() {
            return Ok(stand.end(&active, infinite, (null, score_test)));
        }
    }
    if is_lost {
        return Err(lost());
    }
    Err(Error::NotConverged {
        model: "Cox regression",
        iterations,
        last_change: gain,
        tolerance: TOLERANCE * (unit + now.log_likelihood.abs()),
    })
}

/// A place on the climb, with the step from there.
struct Stand {
    /// Of all columns.
    beta: Vec<f64>,
    factor: Cholesky,
    step: Vec<f64>,
    /// Twice what the quadratic model promises of the step.
    gain: f64,
    log_likelihood: f64,
    iterations: usize,
}

impl Stand {
    /// `None` where the information cannot be factored.
    fn new(beta: &[f64], active: &[usize], now: &Pass, iterations: usize) -> Option<Self> {
        let factor = factor(active, now)?;
        let gradient: Vec<f64> = active.iter().map(|&at| now.slopes.gradient[at]).collect();
        let step = factor.solve(&gradient);
        Some(Self {
            beta: beta.to_vec(),
            factor,
            gain: gradient.iter().zip(&step).map(|(g, s)| g * s).sum::<f64>(),
            step,
            log_likelihood: now.log_likelihood,
            iterations,
        })
    }

    /// After the step, too small to tell from where it starts but for the last digits.
    fn moved(mut self, active: &[usize]) -> Self {
        moved(&mut self.beta, active, &self.step, 1.0);
        self
    }

    fn end(self, active: &[usize], infinite: Vec<usize>, (null, score_test): (f64, f64)) -> Climb {
        Climb {
            beta: active.iter().map(|&at| self.beta[at]).collect(),
            inverse: self.factor.inverse(),
            active: active.to_vec(),
            log_likelihood_null: null,
            log_likelihood: self.log_likelihood,
            score_test,
            iterations: self.iterations,
            infinite,
        }
    }
}

/// The places of the columns that a step moves the most: by `MOVING`, or by half as much as any.
fn movers(rows: &Rows, active: &[usize], step: &[f64]) -> Vec<usize> {
    let moves = |place: usize| (step[place] * rows.range[active[place]]).abs();
    let most = (0..step.len()).map(moves).fold(0.0, f64::max);
    let least = MOVING.min(0.5 * most);
    (0..step.len())
        .filter(|&place| moves(place) > least)
        .collect()
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

/// The first of ever shorter steps that comes up to `least` at the least. Those that lose digits do not
/// count, and are told.
fn uphill(
    pass: &impl Fn(&[f64]) -> Option<(f64, Pass)>,
    beta: &[f64],
    active: &[usize],
    step: &[f64],
    least: f64,
    is_lost: &mut bool,
) -> Option<(Vec<f64>, (f64, Pass))> {
    let mut share = 1.0;
    *is_lost = false;
    for _ in 0..30 {
        let mut to = beta.to_vec();
        moved(&mut to, active, step, share);
        if let Some(there) = pass(&to) {
            if there.1.is_lost {
                *is_lost = true;
            } else if there.0 >= least {
                return Some((to, there));
            }
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
