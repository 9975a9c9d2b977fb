//! What a purchase model is to the code around it: parameters, a likelihood, and
//! what it expects; and how any such model is fitted.

use super::{
    FitReport, PurchaseHistories, PurchaseHistory,
    fit::{Fitted, LogLikelihood, Parametric, maximise},
};
use crate::{
    Error, Result,
    data::{Days, TimeUnit},
    numeric::{map_chunks, quadrature::integrate_from_zero},
};

/// A history in the unit of a model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// Repeat purchases.
    pub(super) x: f64,
    /// From the first purchase to the last.
    pub(super) recency: f64,
    /// From the first purchase to the end of observation.
    pub(super) age: f64,
}

impl Known {
    pub(super) fn new(history: &PurchaseHistory, unit: TimeUnit) -> Self {
        Self {
            x: f64::from(history.frequency()),
            recency: unit.count(history.recency()),
            age: unit.count(history.age()),
        }
    }

    /// A customer who has just come.
    pub(super) const NEW: Self = Self {
        x: 0.0,
        recency: 0.0,
        age: 0.0,
    };
}

/// The core of a purchase model: the likelihood of its parameters, and what it
/// expects. All times are in its unit.
pub(super) trait Process: Parametric {
    /// Which parameters are times, and scale with the unit.
    const TIMES: &'static [bool];

    fn unit(&self) -> TimeUnit;
    /// Where fits start, with times as shares of the longest age.
    fn starts(&self) -> Vec<Vec<f64>>;
    /// The log-likelihood of many cells, ascending by frequency.
    fn log_likelihood(&self, cells: &[PurchaseHistory], weights: &[f64]) -> LogLikelihood;

    /// The chance to be active at the end of observation.
    fn p_alive(&self, known: &Known) -> f64;
    /// The chance that a customer active now is so after t.
    fn p_stays(&self, known: &Known, t: f64) -> f64;
    /// Purchases expected over t of a customer who is active.
    fn expected_if_active(&self, known: &Known, t: f64) -> f64;
    /// The chance of exactly n purchases in t of a customer who is active.
    fn exactly_if_active(&self, known: &Known, n: u32, t: f64) -> f64;
    /// Purchases expected ever of customers of one frequency who are active, each
    /// discounted at the continuous rate.
    fn residuals_if_active(&self, same: &[Known], rate: f64) -> Vec<f64>;
    /// The time in which the rate of purchases of an active customer falls off
    /// notably.
    fn time_scale(&self, known: &Known) -> f64;

    /// Purchases expected over t of a customer who is active, each discounted at
    /// the continuous rate. With E(u) those expected over u, by parts,
    ///
    /// ```text
    /// e^(-δt) E(t) + δ ∫ e^(-δu) E(u) du      over u from 0 to t
    /// ```
    fn discounted_if_active(&self, known: &Known, t: f64, rate: f64) -> f64 {
        let at_the_end = (-rate * t).exp() * self.expected_if_active(known, t);
        if rate <= 0.0 {
            return at_the_end;
        }
        let within = integrate_from_zero(t, self.time_scale(known), 8.0 / rate, |u| {
            (-rate * u).exp() * self.expected_if_active(known, u)
        });
        at_the_end + rate * within
    }
    /// The age at which P(alive) falls to the threshold if no purchase comes.
    /// `None` if it never does.
    fn silence(&self, x: f64, recency: f64, threshold: f64) -> Option<f64>;
}

/// Fits a model by maximum likelihood, in the unit of `shape`.
pub(super) fn fit<P: Process>(shape: &P, histories: &PurchaseHistories) -> Result<(P, FitReport)> {
    let (cells, weights) = histories.weighted();
    let customers: f64 = weights.iter().sum();
    check_histories(cells, weights, customers, P::NAMES.len())?;
    // In the scale of the data the parameters that are times are about as large as
    // an age.
    let longest = cells.iter().map(|cell| cell.age().0).fold(0.0, f64::max);
    let scale = scale::<P>(shape.unit().count(Days(longest)));
    let of_scale = |start: Vec<f64>| {
        start
            .iter()
            .zip(&scale)
            .map(|(p, scale)| p * scale)
            .collect()
    };
    let starts: Vec<Vec<f64>> = shape.starts().into_iter().map(of_scale).collect();
    let fitted = fit_from(shape, cells, weights, &scale, &starts)?;
    Ok((shape.with_parameters(&fitted.parameters), fitted.report))
}

/// Fits other weights of the same cells, from the parameters of a model.
pub(super) fn refit<P: Process>(
    core: &P,
    cells: &[PurchaseHistory],
    weights: &[f64],
) -> Result<Fitted> {
    let longest = cells.iter().map(|cell| cell.age().0).fold(0.0, f64::max);
    let scale = scale::<P>(core.unit().count(Days(longest)));
    fit_from(core, cells, weights, &scale, &[core.parameters()])
}

fn scale<P: Process>(longest: f64) -> Vec<f64> {
    let scale = |&is_time: &bool| if is_time { longest } else { 1.0 };
    P::TIMES.iter().map(scale).collect()
}

fn fit_from<P: Process>(
    shape: &P,
    cells: &[PurchaseHistory],
    weights: &[f64],
    scale: &[f64],
    starts: &[Vec<f64>],
) -> Result<Fitted> {
    let customers = weights.iter().sum();
    maximise(shape.model(), P::NAMES, scale, starts, customers, |p| {
        shape.with_parameters(p).log_likelihood(cells, weights)
    })
}

/// Refuses data from which no purchase model can be told.
fn check_histories(
    cells: &[PurchaseHistory],
    weights: &[f64],
    customers: f64,
    parameters: usize,
) -> Result<()> {
    let weighed = || {
        let with_weights = cells.iter().zip(weights);
        with_weights.filter(|&(_, &weight)| weight > 0.0)
    };
    let needed = u32::try_from(parameters).unwrap_or(u32::MAX) + 1;
    if customers < f64::from(needed) {
        // Below five, so that it fits.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let found = customers as usize;
        return Err(Error::NotEnoughData {
            what: format!("customers with a purchase, to tell {parameters} parameters").into(),
            needed: needed as usize,
            found,
        });
    }
    if !weighed().any(|(cell, _)| cell.age().0 > 0.0) {
        return Err(Error::Degenerate {
            what: "every customer came on the last day; observe them for longer".into(),
        });
    }
    if !weighed().any(|(cell, _)| cell.frequency() > 0) {
        return Err(Error::Degenerate {
            what: "no customer has a repeat purchase, so there is no rate to tell; observe for \
                   longer"
                .into(),
        });
    }
    Ok(())
}

/// Sums over cells: the value, the slopes, and the lower triangle of the
/// curvatures.
#[derive(Clone, Copy)]
pub(super) struct Sums<const N: usize> {
    pub(super) value: f64,
    pub(super) slope: [f64; N],
    pub(super) curvature: [[f64; N]; N],
}

impl<const N: usize> Sums<N> {
    pub(super) const ZERO: Self = Self {
        value: 0.0,
        slope: [0.0; N],
        curvature: [[0.0; N]; N],
    };

    /// Adds a term with its slopes and the lower triangle of its curvatures.
    pub(super) fn add(
        &mut self,
        weight: f64,
        value: f64,
        slope: &[f64; N],
        curvature: &[[f64; N]; N],
    ) {
        self.value += weight * value;
        for row in 0..N {
            self.slope[row] += weight * slope[row];
            let sums = self.curvature[row].iter_mut().zip(&curvature[row]);
            sums.take(row + 1)
                .for_each(|(sum, value)| *sum += weight * value);
        }
    }

    /// The log-likelihood that parts add up to, from the first to the last.
    pub(super) fn total(parts: impl IntoIterator<Item = Self>) -> LogLikelihood {
        let mut total = Self::ZERO;
        for part in parts {
            total.add(1.0, part.value, &part.slope, &part.curvature);
        }
        let symmetric = |at: usize| {
            let (row, column) = (at / N, at % N);
            total.curvature[row.max(column)][row.min(column)]
        };
        LogLikelihood {
            value: total.value,
            gradient: total.slope.to_vec(),
            hessian: (0..N * N).map(symmetric).collect(),
        }
    }
}

/// Cells of a likelihood added up together; a constant.
const LIKELIHOOD_CHUNK: usize = 1 << 12;

/// Adds up a likelihood over the cells, in parallel and in a fixed order. `run`
/// prepares what the cells of one frequency share, `add` adds one of them.
pub(super) fn sum_by_frequency<const N: usize, R>(
    cells: &[PurchaseHistory],
    weights: &[f64],
    unit: TimeUnit,
    run: impl Fn(f64) -> R + Sync,
    add: impl Fn(&R, &Known, f64, &mut Sums<N>) + Sync,
) -> LogLikelihood {
    let partial = map_chunks(cells.len(), LIKELIHOOD_CHUNK, |range| {
        let mut sums = Sums::ZERO;
        let mut at = range.start;
        for same in cells[range].chunk_by(|p, q| p.frequency() == q.frequency()) {
            let shared = run(f64::from(same[0].frequency()));
            for cell in same {
                add(&shared, &Known::new(cell, unit), weights[at], &mut sums);
                at += 1;
            }
        }
        sums
    });
    Sums::total(partial)
}
