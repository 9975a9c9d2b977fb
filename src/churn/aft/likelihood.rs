//! The likelihood of an accelerated failure time model, and its maximum.

use super::family::{AftFamily, Curve};
use crate::{
    Error, Result,
    churn::{Durations, design::Bound},
    numeric::{
        cholesky::Cholesky,
        map_chunks,
        newton::{Ending, Newton, Point},
    },
};

const CHUNK: usize = 4096;
/// The share of a column's variance that the columns before it must leave unexplained.
const INDEPENDENT: f64 = 1e-10;
/// Coefficients of standardised columns beyond this, e^30 in time, have no finite best value.
const FAR: f64 = 30.0;

/// A variance of a coefficient of a standardised column, in squares of log time, that no data with
/// a finite best value give.
const FLAT: f64 = 1e6;

pub(super) struct Likelihood<'a> {
    family: AftFamily,
    durations: &'a Durations,
    bound: Bound<'a>,
    /// The rows that are used; `None` for all.
    rows: Option<Vec<u32>>,
    names: Vec<String>,
    mean: Vec<f64>,
    sd: Vec<f64>,
    /// Correlations of the columns, row by row.
    correlation: Vec<f64>,
    log_times: Vec<f64>,
    /// The weighted mean of log time.
    centre: f64,
    events: usize,
}

/// A maximum, in the units of the columns.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    /// The intercept first.
    pub(super) coefficients: Vec<f64>,
    /// 0 without a scale.
    pub(super) log_scale: f64,
    /// Of the coefficients, then of the logarithm of the scale if there is one.
    pub(super) covariance: Vec<f64>,
    pub(super) log_likelihood: f64,
    pub(super) iterations: usize,
}

impl<'a> Likelihood<'a> {
    pub(super) fn new(
        family: AftFamily,
        durations: &'a Durations,
        bound: Bound<'a>,
        rows: Option<Vec<u32>>,
    ) -> Result<Self> {
        let names = bound.names();
        let width = names.len();
        let mut all = Self {
            family,
            durations,
            bound,
            rows,
            names,
            mean: vec![0.0; width],
            sd: vec![1.0; width],
            correlation: Vec::new(),
            log_times: durations.times().iter().map(|time| time.ln()).collect(),
            centre: 0.0,
            events: 0,
        };
        let used = 0..all.rows();
        all.events = used
            .clone()
            .filter(|&at| durations.cause()[all.row(at)] > 0)
            .count();
        if all.events == 0 {
            return Err(Error::NotEnoughData {
                what: "rows that left".into(),
                needed: 1,
                found: 0,
            });
        }
        // Means first, then squares around them.
        let total: f64 = used
            .clone()
            .map(|at| durations.weight_of(all.row(at)))
            .sum();
        let sums = all.over_rows(width + 1, |row, weight, x, sums| {
            for (sum, x) in sums.iter_mut().zip(x) {
                *sum += weight / total * x;
            }
            sums[width] += weight / total * all.log_times[durations.exit_places()[row] as usize];
        });
        all.mean.copy_from_slice(&sums[..width]);
        all.centre = sums[width];
        let squares = all.over_rows(width * width, |_, weight, x, sums| {
            for a in 0..width {
                for b in 0..=a {
                    let product = (x[a] - all.mean[a]) * (x[b] - all.mean[b]);
                    sums[a * width + b] += weight / total * product;
                }
            }
        });
        for at in 0..width {
            let sd = squares[at * width + at].sqrt();
            if !sd.is_finite() {
                let expected = "numbers whose squares are finite; change the unit";
                return Err(Error::parameter("column", all.names[at].as_str(), expected));
            }
            // A constant has a deviation of rounding alone.
            let constant = sd <= all.mean[at].abs() * 1e-13;
            all.sd[at] = if constant { 0.0 } else { sd };
        }
        all.correlation = squares;
        for a in 0..width {
            for b in 0..=a {
                let scale = all.sd[a] * all.sd[b];
                let cell = &mut all.correlation[a * width + b];
                *cell = if scale > 0.0 { *cell / scale } else { 0.0 };
            }
        }
        Ok(all)
    }

    pub(super) fn rows(&self) -> usize {
        self.rows.as_ref().map_or(self.durations.len(), Vec::len)
    }

    pub(super) fn events(&self) -> usize {
        self.events
    }

    fn row(&self, at: usize) -> usize {
        self.rows.as_ref().map_or(at, |rows| rows[at] as usize)
    }

    /// Sums over rows of what `f` adds for a row, its weight and its columns.
    fn over_rows(&self, len: usize, f: impl Fn(usize, f64, &[f64], &mut [f64]) + Sync) -> Vec<f64> {
        let parts = map_chunks(self.rows(), CHUNK, |range| {
            let mut x = vec![0.0; self.names.len()];
            let mut sums = vec![0.0; len];
            for at in range {
                let row = self.row(at);
                self.bound.write(row, &mut x);
                f(row, self.durations.weight_of(row), &x, &mut sums);
            }
            sums
        });
        let mut all = vec![0.0; len];
        for part in parts {
            for (sum, part) in all.iter_mut().zip(part) {
                *sum += part;
            }
        }
        all
    }

    /// The columns that are no combination of a constant and of columns before them.
    pub(super) fn independent(&self) -> Vec<usize> {
        let width = self.names.len();
        let mut kept: Vec<usize> = Vec::new();
        let mut lower: Vec<Vec<f64>> = Vec::new();
        for column in (0..width).filter(|&column| self.sd[column] > 0.0) {
            let mut solved = Vec::with_capacity(kept.len());
            for (other, factor) in kept.iter().zip(&lower) {
                let mut rest = self.correlation[column * width + other];
                for (a, b) in solved.iter().zip(factor) {
                    rest -= a * b;
                }
                solved.push(rest / factor[solved.len()]);
            }
            let left = 1.0 - solved.iter().map(|part| part * part).sum::<f64>();
            if left > INDEPENDENT {
                solved.push(left.sqrt());
                lower.push(solved);
                kept.push(column);
            }
        }
        kept
    }

    /// The maximum over an intercept, some columns, and the scale.
    pub(super) fn fit(&self, active: &[usize]) -> Result<Fit> {
        let scaled = self.family.has_scale();
        let slopes = active.len() + 1;
        let order = slopes + usize::from(scaled);
        let start = vec![0.0; order];
        let mut bounds = vec![(-FAR, FAR); order];
        if scaled {
            bounds[slopes] = (-10.0, 10.0);
        }
        let newton = Newton {
            bounds,
            tolerance: 1e-14 * self.rows() as f64,
            max_iterations: 200,
        };
        let minimum = newton
            .minimise(&start, |at| self.point(active, at))
            .ok_or_else(|| Error::Degenerate {
                what: "the likelihood is not finite at the start; change the unit of time".into(),
            })?;
        let far = minimum.at.iter().position(|at| at.abs() > 0.9 * FAR);
        let narrow = scaled && minimum.at[slopes].abs() > 9.0;
        if far.is_some() || narrow || minimum.ending == Ending::OnBoundary {
            let name = match far {
                Some(at) if (1..slopes).contains(&at) => self.names[active[at - 1]].as_str(),
                Some(0) => "the intercept",
                _ => "the scale",
            };
            return Err(without_end(name));
        }
        if minimum.ending == Ending::Unfinished && minimum.decrement > 1e-8 {
            return Err(Error::NotConverged {
                model: "accelerated failure time",
                iterations: minimum.iterations,
                last_change: minimum.decrement,
                tolerance: newton.tolerance,
            });
        }
        let singular = || Error::Degenerate {
            what: "the information is singular; leave a column out".into(),
        };
        let last = self.point(active, &minimum.at).ok_or_else(singular)?;
        let inverse = Cholesky::new(order, &last.hessian)
            .ok_or_else(singular)?
            .inverse();
        // A likelihood that is flat along a coefficient has climbed towards infinity.
        if let Some(at) = (0..slopes).find(|&at| inverse[at * order + at] > FLAT) {
            let name = match at {
                0 => "the intercept",
                _ => self.names[active[at - 1]].as_str(),
            };
            return Err(without_end(name));
        }
        // Back to the units of the columns: coefficients = J standardised ones.
        let mut back = vec![0.0; order * order];
        back[0] = 1.0;
        for (at, &column) in active.iter().enumerate() {
            back[at + 1] = -self.mean[column] / self.sd[column];
            back[(at + 1) * order + at + 1] = 1.0 / self.sd[column];
        }
        if scaled {
            back[slopes * order + slopes] = 1.0;
        }
        let times = |matrix: &[f64], other: &dyn Fn(usize, usize) -> f64| {
            let cell = |at: usize| {
                let (row, column) = (at / order, at % order);
                (0..order)
                    .map(|k| matrix[row * order + k] * other(k, column))
                    .sum()
            };
            (0..order * order).map(cell).collect::<Vec<f64>>()
        };
        let half = times(&back, &|row, column| inverse[row * order + column]);
        let covariance = times(&half, &|row, column| back[column * order + row]);
        let raw = |row: usize| {
            (0..order)
                .map(|k| back[row * order + k] * minimum.at[k])
                .sum::<f64>()
        };
        let mut coefficients: Vec<f64> = (0..slopes).map(raw).collect();
        coefficients[0] += self.centre;
        Ok(Fit {
            coefficients,
            log_scale: if scaled { minimum.at[slopes] } else { 0.0 },
            covariance,
            log_likelihood: -last.value,
            iterations: minimum.iterations,
        })
    }

    /// Minus the log-likelihood with its derivatives, by standardised columns.
    fn point(&self, active: &[usize], at: &[f64]) -> Option<Point> {
        let slopes = active.len() + 1;
        let order = at.len();
        let scaled = self.family.has_scale();
        let log_scale = if scaled { at[slopes] } else { 0.0 };
        let scale = log_scale.exp();
        let sums = self.over_rows(1 + order + order * order, |row, weight, x, sums| {
            let (value, rest) = sums.split_at_mut(1);
            let (gradient, hessian) = rest.split_at_mut(order);
            let column = |k: usize| match k {
                0 => 1.0,
                _ => (x[active[k - 1]] - self.mean[active[k - 1]]) / self.sd[active[k - 1]],
            };
            let eta = self.centre + (0..slopes).map(|k| at[k] * column(k)).sum::<f64>();
            // The derivatives by eta and by the logarithm of the scale.
            let mut by = [0.0; 5];
            let add = |by: &mut [f64; 5], sign: f64, curve: Curve, z: f64| {
                by[0] -= sign * curve.slope / scale;
                by[1] -= sign * z * curve.slope;
                by[2] += sign * curve.bend / (scale * scale);
                by[3] += sign * (curve.slope + z * curve.bend) / scale;
                by[4] += sign * z * (curve.slope + z * curve.bend);
                -weight * sign * curve.value
            };
            let exit = self.log_times[self.durations.exit_places()[row] as usize];
            let z = (exit - eta) / scale;
            if self.durations.cause()[row] > 0 {
                value[0] += add(&mut by, 1.0, self.family.log_density(z), z);
                by[1] -= 1.0;
                value[0] += weight * (log_scale + exit);
            } else {
                value[0] += add(&mut by, 1.0, self.family.log_survival(z), z);
            }
            if let Some(entries) = self.durations.entry_places() {
                let entry = self.log_times[entries[row] as usize];
                // Watched from the start on otherwise: the logarithm is that of 0.
                if entry.is_finite() {
                    let z = (entry - eta) / scale;
                    value[0] += add(&mut by, -1.0, self.family.log_survival(z), z);
                }
            }
            for a in 0..slopes {
                let of_a = weight * column(a);
                gradient[a] -= of_a * by[0];
                for b in 0..=a {
                    hessian[a * order + b] -= of_a * column(b) * by[2];
                }
                if scaled {
                    hessian[slopes * order + a] -= of_a * by[3];
                }
            }
            if scaled {
                gradient[slopes] -= weight * by[1];
                hessian[slopes * order + slopes] -= weight * by[4];
            }
        });
        if sums.iter().any(|sum| !sum.is_finite()) {
            return None;
        }
        let mut hessian = sums[1 + order..].to_vec();
        for a in 0..order {
            for b in 0..a {
                hessian[b * order + a] = hessian[a * order + b];
            }
        }
        Some(Point {
            value: sums[0],
            gradient: sums[1..=order].to_vec(),
            hessian,
        })
    }
}

fn without_end(name: &str) -> Error {
    Error::Degenerate {
        what: format!(
            "{name} has no finite best value, as when nobody of a level left; leave the column \
             out or group its rare levels"
        )
        .into(),
    }
}
