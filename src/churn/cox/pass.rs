//! One pass over the rows: the log-likelihood with its gradient and information, by the Gram form.
//!
//! With e the weighted relative hazards, the information is `X' diag(m) X` less a few products for
//! each event time, where m is what each row was expected to have left.

use std::{borrow::Cow, ops::Range};

use pulp::Arch;

use super::{
    Ties, kernel,
    risk::{GROUPS, Risk, Step},
    rows::{BLOCK, Rows},
};
use crate::numeric::{dispatch, map_chunks};

/// Numbers that the sums of chunks may take up before they are added up.
const HELD: usize = 1 << 22;

/// The log partial likelihood at some coefficients, and its slopes.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) log_likelihood: f64,
    pub(super) slopes: Slopes,
    /// Whether too few digits are left of some sum over those at risk.
    pub(super) is_lost: bool,
}

/// How the log partial likelihood changes with the coefficients.
#[derive(Debug)]
pub(super) struct Slopes {
    pub(super) gradient: Vec<f64>,
    /// Symmetric, row by row.
    pub(super) information: Vec<f64>,
    /// The diagonal of the information before the means are taken off.
    pub(super) raw: Vec<f64>,
}

impl Pass {
    /// `None` where the likelihood is out of the range of numbers.
    pub(super) fn new(rows: &Rows, beta: &[f64], ties: Ties) -> Option<Self> {
        let risk = Risk::new(rows, beta, ties);
        let steps = risk.steps(rows, ties);
        let logs = map_chunks(steps.len(), GROUPS, |range| {
            steps[range].iter().map(|step| step.log).sum::<f64>()
        });
        let log_likelihood = risk.left - logs.iter().sum::<f64>();
        if !log_likelihood.is_finite() || steps.iter().any(|step| !step.a.is_finite()) {
            return None;
        }
        let slopes = Slopes::new(rows, &risk, &steps, None);
        let mut numbers = slopes.gradient.iter().chain(&slopes.information);
        numbers.all(|number| number.is_finite()).then_some(Self {
            log_likelihood,
            slopes,
            is_lost: risk.is_lost,
        })
    }
}

impl Slopes {
    /// The slopes, in which each event time counts as much as its weight says; once without weights.
    pub(super) fn new(rows: &Rows, risk: &Risk, steps: &[Step], weights: Option<&[f64]>) -> Self {
        let columns = rows.columns;
        let square = columns * columns;
        let steps = match weights {
            None => Cow::Borrowed(steps),
            Some(weights) => {
                let pairs = steps.iter().zip(weights);
                Cow::Owned(pairs.map(|(step, &weight)| step.times(weight)).collect())
            }
        };
        let steps: &[Step] = &steps;
        let cumulative = Risk::cumulative(rows, steps);
        let arch = Arch::new();
        // The Gram matrix, and after it the gradient.
        let mut gram = sum_of_chunks(rows.len(), BLOCK, square + columns, |range, out| {
            let at = range.start / BLOCK;
            let len = range.len();
            let (mut expected, mut residual) = (Vec::with_capacity(len), Vec::with_capacity(len));
            for row in range {
                let m = risk.e[row] * Risk::expected(rows, steps, &cumulative, row);
                let counted = weights.map_or(1.0, |weights| weights[rows.group[row] as usize]);
                expected.push(m);
                residual.push(rows.died[row] * rows.weight[row] * counted - m);
            }
            let (gram, sums) = out.split_at_mut(square);
            let x = rows.block_columns(at);
            dispatch(
                arch,
                #[inline(always)]
                || kernel::gram(x, len, &expected, &residual, gram, sums),
            );
        });
        let gradient = gram.split_off(square);
        let mut information = gram;
        let raw = (0..columns)
            .map(|at| information[at * columns + at])
            .collect();
        let products = sum_of_chunks(steps.len(), GROUPS, square, |range, out| {
            dispatch(
                arch,
                #[inline(always)]
                || {
                    for group in range.clone() {
                        let cells = group * columns..(group + 1) * columns;
                        let (s1, d1) = (&risk.s1[cells.clone()], &risk.d1[cells]);
                        products_of(&steps[group], s1, d1, out);
                    }
                },
            );
        });
        for (to, from) in information.iter_mut().zip(&products) {
            *to -= from;
        }
        for row in 0..columns {
            for column in 0..row {
                information[column * columns + row] = information[row * columns + column];
            }
        }
        Self {
            gradient,
            information,
            raw,
        }
    }
}

/// The sum of what `work` adds to `width` numbers in each chunk, in the order of chunks. Few chunks
/// at a time are held, however many there are.
fn sum_of_chunks(
    len: usize,
    chunk: usize,
    width: usize,
    work: impl Fn(Range<usize>, &mut [f64]) + Sync,
) -> Vec<f64> {
    let mut sums = vec![0.0; width];
    let at_a_time = chunk * (HELD / width.max(1)).max(16);
    for start in (0..len).step_by(at_a_time) {
        let parts = map_chunks(at_a_time.min(len - start), chunk, |range| {
            let mut part = vec![0.0; width];
            work(start + range.start..start + range.end, &mut part);
            part
        });
        for part in parts {
            for (sum, part) in sums.iter_mut().zip(part) {
                *sum += part;
            }
        }
    }
    sums
}

/// Adds the products that one event time takes off the information.
#[expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]
#[inline(always)]
fn products_of(step: &Step, s1: &[f64], d1: &[f64], out: &mut [f64]) {
    let columns = s1.len();
    for i in 0..columns {
        let of_s = step.a * s1[i] - step.b * d1[i];
        let of_d = step.c * d1[i] - step.b * s1[i];
        let row = &mut out[i * columns..=i * columns + i];
        for ((cell, s), d) in row.iter_mut().zip(s1).zip(d1) {
            *cell += of_s * s + of_d * d;
        }
    }
}
