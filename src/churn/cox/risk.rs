//! Who is at risk at each event time, and how hazardous they are together.

use pulp::Arch;
use rayon::prelude::*;

use super::{
    Ties,
    rows::{BLOCK, EventTime, Rows},
};
use crate::numeric::{dispatch, exp_of_negative, lanes::dot, map_chunks};

/// Event times that are worked on together.
pub(super) const GROUPS: usize = 1_024;
/// A sum over those at risk that is less than this share of all that was added and taken off for it
/// has too few digits left.
const LOST: f64 = 1e-7;

/// What is known of each event time, and each row, at some coefficients.
#[derive(Debug)]
pub(super) struct Risk {
    /// Weighted relative hazard of each row, shifted; negative up to entries.
    pub(super) e: Vec<f64>,
    /// What was taken off the linear predictor before the exponential, by stratum.
    pub(super) shift: Vec<f64>,
    /// Sums over those at risk: of e, and of e times each column.
    pub(super) s0: Vec<f64>,
    pub(super) s1: Vec<f64>,
    /// Sums over those who left at the time; the columns only where they are needed for ties.
    pub(super) d0: Vec<f64>,
    pub(super) d1: Vec<f64>,
    /// Weighted sum of the shifted linear predictors of those who left.
    pub(super) left: f64,
    /// Whether what rows with entries add and take off again leaves too few digits at some time.
    pub(super) is_lost: bool,
}

/// Sums over the hazard of one event time, split among the tied.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Step {
    /// The hazard, and what those who leave then get of it.
    pub(super) hazard: f64,
    pub(super) hazard_left: f64,
    pub(super) a: f64,
    pub(super) b: f64,
    pub(super) c: f64,
    pub(super) log: f64,
}

impl Step {
    fn new(time: EventTime, s0: f64, d0: f64, ties: Ties) -> Self {
        let mut step = Self::default();
        let weight = time.mean_weight;
        let deaths = f64::from(time.deaths);
        if ties == Ties::Breslow {
            step.hazard = weight * deaths / s0;
            step.hazard_left = step.hazard;
            step.a = weight * deaths / (s0 * s0);
            step.log = weight * deaths * libm::log(s0);
            return step;
        }
        // Logarithms of products of a few, which neither overflow nor vanish.
        let mut product = 1.0;
        for l in 0..time.deaths {
            let f = f64::from(l) / deaths;
            let s = s0 - f * d0;
            let inverse = 1.0 / s;
            let square = inverse * inverse;
            step.hazard += inverse;
            step.hazard_left += (1.0 - f) * inverse;
            step.a += square;
            step.b += f * square;
            step.c += f * f * square;
            let next: f64 = product * s;
            if (1e-200..1e200).contains(&next) {
                product = next;
            } else {
                step.log += libm::log(product);
                product = s;
            }
        }
        step.log = weight * (step.log + libm::log(product));
        for sum in [
            &mut step.hazard,
            &mut step.hazard_left,
            &mut step.a,
            &mut step.b,
            &mut step.c,
        ] {
            *sum *= weight;
        }
        step
    }

    /// The mean of a column at risk over the tied, times the hazard; `cell` is that of the time and the
    /// column.
    pub(super) fn mean(&self, risk: &Risk, cell: usize) -> f64 {
        self.a * risk.s1[cell] - self.b * risk.d1[cell]
    }

    /// The part of it that who left at the time does not get.
    pub(super) fn mean_not_left(&self, risk: &Risk, cell: usize) -> f64 {
        self.b * risk.s1[cell] - self.c * risk.d1[cell]
    }

    /// The step of an event time that counts so many times.
    pub(super) fn times(self, weight: f64) -> Self {
        Self {
            hazard: self.hazard * weight,
            hazard_left: self.hazard_left * weight,
            a: self.a * weight,
            b: self.b * weight,
            c: self.c * weight,
            log: self.log * weight,
        }
    }
}

struct BlockSums {
    first: usize,
    s0: Vec<f64>,
    /// Sums of what is added and what is taken off alike.
    magnitude: Vec<f64>,
    s1: Vec<f64>,
    d0: Vec<f64>,
    d1: Vec<f64>,
    left: f64,
}

impl Risk {
    /// The sums over the risk sets at these coefficients of the scaled columns.
    pub(super) fn new(rows: &Rows, beta: &[f64], ties: Ties) -> Self {
        let arch = Arch::new();
        let columns = rows.columns;
        let mut e = vec![0.0; rows.len()];
        e.par_chunks_mut(BLOCK).enumerate().for_each(|(at, eta)| {
            if let Some(offset) = &rows.offset {
                eta.copy_from_slice(&offset[rows.block(at)]);
            }
            let x = rows.block_columns(at);
            dispatch(
                arch,
                #[inline(always)]
                || {
                    for (column, &beta) in x.chunks_exact(eta.len()).zip(beta) {
                        for (eta, x) in eta.iter_mut().zip(column) {
                            *eta += beta * x;
                        }
                    }
                },
            );
        });
        let highest = |range: std::ops::Range<usize>| {
            e[range].iter().copied().fold(f64::NEG_INFINITY, f64::max)
        };
        let shift: Vec<f64> = rows
            .strata
            .iter()
            .map(|s| highest(s.rows.clone()))
            .collect();
        let parts: Vec<BlockSums> = e
            .par_chunks_mut(BLOCK)
            .enumerate()
            .map(|(at, e)| block_sums(rows, at, e, &shift, ties, arch))
            .collect();
        let count = rows.groups.len();
        let mut risk = Self {
            e,
            shift,
            s0: vec![0.0; count],
            s1: vec![0.0; count * columns],
            d0: vec![0.0; count],
            d1: vec![0.0; count * columns],
            left: 0.0,
            is_lost: false,
        };
        let mut magnitude = vec![0.0; count];
        for part in parts {
            let first = part.first;
            add(&mut risk.s0[first..], &part.s0);
            add(&mut magnitude[first..], &part.magnitude);
            add(&mut risk.d0[first..], &part.d0);
            add(&mut risk.s1[first * columns..], &part.s1);
            add(&mut risk.d1[first * columns..], &part.d1);
            risk.left += part.left;
        }
        for stratum in &rows.strata {
            for group in stratum.groups.clone().rev().skip(1) {
                risk.s0[group] += risk.s0[group + 1];
                magnitude[group] += magnitude[group + 1];
                let (now, later) = risk.s1.split_at_mut((group + 1) * columns);
                add(&mut now[group * columns..], &later[..columns]);
            }
        }
        let sums = risk.s0.iter().zip(&magnitude);
        risk.is_lost = sums.into_iter().any(|(s0, all)| *s0 < LOST * all);
        // Those who left were at risk: rounding apart, a sum cannot be less than theirs.
        for (s0, d0) in risk.s0.iter_mut().zip(&risk.d0) {
            *s0 = s0.max(*d0);
        }
        risk
    }

    /// The hazard of each event time, shifted.
    pub(super) fn steps(&self, rows: &Rows, ties: Ties) -> Vec<Step> {
        let steps = map_chunks(rows.groups.len(), GROUPS, |range| {
            range
                .map(|group| Step::new(rows.groups[group], self.s0[group], self.d0[group], ties))
                .collect::<Vec<_>>()
        });
        steps.into_iter().flatten().collect()
    }

    /// The cumulative hazard up to and with each event time, by stratum; shifted.
    pub(super) fn cumulative(rows: &Rows, steps: &[Step]) -> Vec<f64> {
        let mut out = vec![0.0; steps.len()];
        for stratum in &rows.strata {
            let mut sum = 0.0;
            for group in stratum.groups.clone() {
                sum += steps[group].hazard;
                out[group] = sum;
            }
        }
        out
    }

    /// What each row was expected to have left, weighted.
    pub(super) fn expected(rows: &Rows, steps: &[Step], cumulative: &[f64], row: usize) -> f64 {
        let group = rows.group[row] as usize;
        let step = &steps[group];
        if rows.died[row] > 0.0 {
            cumulative[group] - (step.hazard - step.hazard_left)
        } else {
            cumulative[group]
        }
    }
}

fn add(to: &mut [f64], from: &[f64]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += from;
    }
}

fn block_sums(
    rows: &Rows,
    at: usize,
    e: &mut [f64],
    shift: &[f64],
    ties: Ties,
    arch: Arch,
) -> BlockSums {
    let columns = rows.columns;
    let range = rows.block(at);
    let group = &rows.group[range.clone()];
    let (died, weight) = (&rows.died[range.clone()], &rows.weight[range.clone()]);
    for (stratum, shift) in rows.strata.iter().zip(shift) {
        let start = stratum.rows.start.max(range.start);
        let end = stratum.rows.end.min(range.end);
        if start < end {
            for eta in &mut e[start - range.start..end - range.start] {
                *eta -= shift;
            }
        }
    }
    let left = left_of(died, weight, e);
    let first = group[0] as usize;
    let count = group[group.len() - 1] as usize + 1 - first;
    let mut sums = BlockSums {
        first,
        s0: vec![0.0; count],
        magnitude: vec![0.0; count],
        s1: vec![0.0; count * columns],
        d0: vec![0.0; count],
        d1: vec![0.0; count * columns],
        left,
    };
    let x = rows.block_columns(at);
    let len = e.len();
    let mut of_left = vec![0.0; len];
    dispatch(
        arch,
        #[inline(always)]
        || {
            for (e, weight) in e.iter_mut().zip(weight) {
                *e = exp_of_negative(*e) * weight;
            }
            for ((out, e), died) in of_left.iter_mut().zip(&*e).zip(died) {
                *out = e * died;
            }
            let mut start = 0;
            while start < len {
                let mut end = start + 1;
                while end < len && group[end] == group[start] {
                    end += 1;
                }
                let at = group[start] as usize - first;
                let tied = ties == Ties::Efron && rows.groups[at + first].deaths > 1;
                sums.s0[at] = e[start..end].iter().sum();
                sums.magnitude[at] = e[start..end].iter().map(|e| e.abs()).sum();
                sums.d0[at] = of_left[start..end].iter().sum();
                for column in 0..columns {
                    let x = &x[column * len + start..column * len + end];
                    sums.s1[at * columns + column] = dot(&e[start..end], x);
                    if tied {
                        sums.d1[at * columns + column] = dot(&of_left[start..end], x);
                    }
                }
                start = end;
            }
        },
    );
    sums
}

fn left_of(died: &[f64], weight: &[f64], eta: &[f64]) -> f64 {
    let mut sum = 0.0;
    for ((died, weight), eta) in died.iter().zip(weight).zip(eta) {
        sum += died * weight * eta;
    }
    sum
}
