//! The likelihood of an accelerated failure time model, and its maximum.

use std::{borrow::Cow, ops::Range};

use super::family::{AftFamily, Curve};
use crate::{
    Error, Result,
    churn::{
        Durations,
        design::Bound,
        standard::independent,
        tiles::{TILE, Tiles, add_products},
    },
    numeric::{
        cholesky::Cholesky,
        lanes::dot,
        newton::{Ending, Minimum, Newton, Point, Rest},
    },
};

/// Nothing is sought beyond this many spans (see [`Likelihood::span`]). What is infinite stops far
/// before, where the likelihood is flat; here ends what is flat to the last digit.
const FAR: f64 = 300.0;
/// The logarithm of the scale, in spans, is sought within this; there is no best value near it.
const FAR_SCALE: f64 = 12.0;
/// A likelihood this near to its limit, by the mean weight of who left, in which steps still move
/// the time of rows by this many scales, rises for ever. Where a level has nobody who left, a step
/// of Newton moves it by one scale; on the normal curve by the inverse of its distance in scales.
const FLAT: f64 = 1e-6;
const STILL_MOVING: f64 = 0.05;

pub(super) struct Likelihood {
    family: AftFamily,
    /// The rows that are used; `None` for all.
    rows: Option<Vec<u32>>,
    ends: Vec<End>,
    names: Vec<String>,
    /// A one and the standardised columns.
    x: Tiles,
    mean: Vec<f64>,
    /// 0 for a constant.
    sd: Vec<f64>,
    /// The largest value of each column less the smallest.
    range: Vec<f64>,
    /// Correlations of the columns, row by row.
    correlation: Vec<f64>,
    /// The highest of the log times, from which they are counted.
    latest: f64,
    /// The unit in which log times are counted: how far those who left are before the latest, in the
    /// mean, which is near to the scale; 1 for a family without.
    span: f64,
    /// What the units of time take from the log-likelihood.
    of_units: f64,
    events: usize,
    weight: f64,
    /// The mean weight of the rows that left.
    unit: f64,
}

/// How a row was watched.
#[derive(Clone, Copy)]
struct End {
    /// The logarithm of the time at the end, in spans from the latest.
    exit: f64,
    /// That at the entry; minus infinity for the start.
    entry: f64,
    weight: f64,
    has_left: bool,
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
    /// The names of the columns whose coefficients grow without limit.
    pub(super) infinite: Vec<String>,
}

impl Likelihood {
    pub(super) fn new(
        family: AftFamily,
        durations: &Durations,
        bound: &Bound<'_>,
        rows: Option<Vec<u32>>,
    ) -> Result<Self> {
        let names = bound.names();
        let width = names.len();
        let count = rows.as_ref().map_or(durations.len(), Vec::len);
        let mut all = Self {
            family,
            rows,
            ends: Vec::with_capacity(count),
            names,
            x: Tiles::zeros(count, width + 1),
            mean: vec![0.0; width],
            sd: vec![0.0; width],
            range: vec![0.0; width],
            correlation: vec![0.0; width * width],
            latest: f64::NEG_INFINITY,
            span: 1.0,
            of_units: 0.0,
            events: 0,
            weight: 0.0,
            unit: 1.0,
        };
        let log_times: Vec<f64> = durations
            .times()
            .iter()
            .map(|&time| libm::log(time))
            .collect();
        let mut of_events = 0.0;
        for at in 0..count {
            let row = all.row(at);
            let weight = durations.weight_of(row);
            let has_left = durations.cause()[row] > 0;
            let exit = log_times[durations.exit_places()[row] as usize];
            if exit.is_infinite() {
                let reason = "ends at time 0, which has no logarithm; leave the row out, or count \
                              started days as whole";
                return Err(Error::value("exit", row, reason));
            }
            all.latest = all.latest.max(exit);
            all.ends.push(End {
                exit,
                entry: durations
                    .entry_places()
                    .map_or(f64::NEG_INFINITY, |entries| {
                        log_times[entries[row] as usize]
                    }),
                weight,
                has_left,
            });
            all.weight += weight;
            if has_left {
                all.events += 1;
                of_events += weight;
            }
        }
        if all.events == 0 {
            return Err(Error::NotEnoughData {
                what: "rows that left".into(),
                needed: 1,
                found: 0,
            });
        }
        all.unit = of_events / all.events as f64;
        all.count_in_spans(of_events);
        let mut x = Tiles::zeros(count, width + 1);
        x.change(|rows, tile| {
            let len = rows.len();
            tile[..len].fill(1.0);
            let mut line = vec![0.0; width];
            for (at, row) in rows.enumerate() {
                bound.write(all.row(row), &mut line);
                for (column, x) in tile[len..].chunks_exact_mut(len).zip(&line) {
                    column[at] = *x;
                }
            }
        });
        all.standardise(x)?;
        Ok(all)
    }

    /// Counts log times in spans from the latest. A time is then at most 0 and in the mean of those
    /// who left -1: near to the best place whatever the unit of time, and with a likelihood.
    fn count_in_spans(&mut self, of_events: f64) {
        /// Nearer than this the logarithms of times tell too little.
        const TOLD_APART: f64 = 1e-6;
        let left = || self.ends.iter().filter(|end| end.has_left);
        let before = left().map(|end| end.weight / of_events * (self.latest - end.exit));
        let before: f64 = before.sum();
        if self.family.has_scale() && before > TOLD_APART {
            self.span = before;
        }
        let log_span = libm::log(self.span);
        self.of_units = left().map(|end| end.weight * (end.exit + log_span)).sum();
        for end in &mut self.ends {
            end.exit = (end.exit - self.latest) / self.span;
            end.entry = (end.entry - self.latest) / self.span;
        }
    }

    fn standardise(&mut self, mut x: Tiles) -> Result<()> {
        let width = self.names.len();
        let shares = |rows: Range<usize>| -> Vec<f64> {
            let ends = self.ends[rows].iter();
            ends.map(|end| end.weight / self.weight).collect()
        };
        // Means first, then squares around them.
        let means = x.sums(width, |rows, tile, sums| {
            let shares = shares(rows);
            let columns = tile.chunks_exact(shares.len()).skip(1);
            for (sum, column) in sums.iter_mut().zip(columns) {
                *sum += dot(&shares, column);
            }
        });
        x.change(|rows, tile| {
            let columns = tile.chunks_exact_mut(rows.len()).skip(1);
            for (column, mean) in columns.zip(&means) {
                for x in column {
                    *x -= mean;
                }
            }
        });
        let squares = x.sums(width * width, |rows, tile, sums| {
            let len = rows.len();
            add_products(&tile[len..], &shares(rows), sums, width);
        });
        let mut sd = Vec::with_capacity(width);
        for at in 0..width {
            let one = squares[at * width + at].sqrt();
            if !one.is_finite() {
                let expected = "numbers whose squares are finite; change the unit";
                return Err(Error::parameter(
                    "column",
                    self.names[at].as_str(),
                    expected,
                ));
            }
            // A constant has a deviation of rounding alone.
            let constant = one <= means[at].abs() * 1e-13;
            sd.push(if constant { 0.0 } else { one });
        }
        x.change(|rows, tile| {
            let columns = tile.chunks_exact_mut(rows.len()).skip(1);
            for (column, &sd) in columns.zip(&sd) {
                for x in column {
                    *x = if sd > 0.0 { *x / sd } else { 0.0 };
                }
            }
        });
        for a in 0..width {
            for b in 0..=a {
                let scale = sd[a] * sd[b];
                if scale > 0.0 {
                    self.correlation[a * width + b] = squares[a * width + b] / scale;
                }
            }
        }
        self.range = x.ranges().split_off(1);
        self.mean = means;
        self.sd = sd;
        self.x = x;
        Ok(())
    }

    pub(super) fn rows(&self) -> usize {
        self.x.rows()
    }

    pub(super) fn events(&self) -> usize {
        self.events
    }

    fn row(&self, at: usize) -> usize {
        self.rows.as_ref().map_or(at, |rows| rows[at] as usize)
    }

    /// The columns that are no combination of a constant and of columns before them.
    pub(super) fn independent(&self) -> Vec<usize> {
        let width = self.names.len();
        let varying: Vec<usize> = (0..width).filter(|&at| self.sd[at] > 0.0).collect();
        independent(&varying, |column, other| {
            self.correlation[column * width + other]
        })
    }

    /// The maximum over an intercept, some columns, and the scale.
    pub(super) fn fit(&self, active: &[usize]) -> Result<Fit> {
        let scaled = self.family.has_scale();
        let slopes = active.len() + 1;
        let order = slopes + usize::from(scaled);
        let x = self.x_of(active);
        let point = |at: &[f64]| self.point(&x, at);
        let mut bounds = vec![(-FAR, FAR); order];
        if scaled {
            bounds[slopes] = (-FAR_SCALE, FAR_SCALE);
        }
        let climb = |start: &[f64], tolerance: f64| {
            let newton = Newton {
                bounds: bounds.clone(),
                tolerance,
                max_iterations: 200,
            };
            newton
                .minimise(start, point)
                .ok_or_else(|| Error::Degenerate {
                    what: "the likelihood is not finite at the start; change the unit of time"
                        .into(),
                })
        };
        let singular = || Error::Degenerate {
            what: "the information is singular; leave a column out".into(),
        };
        // Near the top first: where there is none, to go on is to lose digits.
        let mut top = climb(&vec![0.0; order], FLAT * self.unit)?;
        let judged = |top: &Minimum| {
            let here = point(&top.at).ok_or_else(singular)?;
            let mut endless = self.without_end(active, top, &here, &point);
            for (at, endless) in endless.iter_mut().enumerate() {
                *endless |= top.rests[at] != Rest::Inside || top.at[at].abs() > 0.9 * bounds[at].1;
            }
            Ok((here, endless))
        };
        let (mut last, mut endless) = judged(&top)?;
        if !endless.contains(&true) {
            let tolerance = 1e-14 * self.weight;
            let so_far = top.iterations;
            top = climb(&top.at, tolerance)?;
            top.iterations += so_far;
            (last, endless) = judged(&top)?;
            let missed = top.ending == Ending::Unfinished && top.decrement > 1e-8 * self.unit;
            if missed && !endless.contains(&true) {
                return Err(Error::NotConverged {
                    model: "accelerated failure time",
                    iterations: top.iterations,
                    last_change: top.decrement,
                    tolerance,
                });
            }
        }
        let infinite: Vec<String> = (active.iter().zip(&endless[1..]))
            .filter(|(_, endless)| **endless)
            .map(|(&at, _)| self.names[at].clone())
            .collect();
        let scale_too = scaled && endless[slopes];
        if scale_too || (infinite.is_empty() && endless[0]) {
            let name = if scale_too {
                "the scale"
            } else {
                "the intercept"
            };
            return Err(Error::Degenerate {
                what: format!(
                    "{name} has no finite best value, as when all times are one; use another \
                     family, or leave such customers out"
                )
                .into(),
            });
        }
        let inverse = Cholesky::new(order, &last.hessian)
            .ok_or_else(singular)?
            .inverse();
        let (coefficients, covariance) = self.in_units(active, &top.at, &inverse);
        Ok(Fit {
            coefficients,
            log_scale: if scaled {
                top.at[slopes] + libm::log(self.span)
            } else {
                0.0
            },
            covariance,
            log_likelihood: -last.value - self.of_units,
            iterations: top.iterations,
            infinite,
        })
    }

    /// A one and some of the columns.
    fn x_of(&self, active: &[usize]) -> Cow<'_, Tiles> {
        if active.len() + 1 == self.x.columns() {
            return Cow::Borrowed(&self.x);
        }
        let columns: Vec<usize> = std::iter::once(0)
            .chain(active.iter().map(|at| at + 1))
            .collect();
        Cow::Owned(self.x.of(&columns))
    }

    /// Along which parameters the likelihood rises for ever: where hardly anything is left to gain,
    /// Newton's steps do not become shorter. They are measured in what they move the time of rows by,
    /// in scales, whatever the size of the parameter itself.
    fn without_end(
        &self,
        active: &[usize],
        top: &Minimum,
        here: &Point,
        point: &impl Fn(&[f64]) -> Option<Point>,
    ) -> Vec<bool> {
        let order = top.at.len();
        if top.decrement > FLAT * self.unit {
            return vec![false; order];
        }
        let scale = match top.at.get(active.len() + 1) {
            Some(&log_scale) => libm::exp(log_scale),
            None => 1.0,
        };
        let moves = |(at, step): (usize, &f64)| match at.checked_sub(1) {
            None => step.abs() / scale,
            Some(at) => match active.get(at) {
                Some(&column) => (step * self.range[column] / scale).abs(),
                None => step.abs(),
            },
        };
        let step = |of: &Point| {
            let step = Cholesky::new(order, &of.hessian)?.solve(&of.gradient);
            Some((
                step.iter().enumerate().map(moves).collect::<Vec<f64>>(),
                step,
            ))
        };
        let twice = || {
            let (first, by) = step(here)?;
            if first.iter().all(|&moves| moves <= STILL_MOVING) {
                return None;
            }
            let to: Vec<f64> = top.at.iter().zip(by).map(|(at, by)| at - by).collect();
            let (second, _) = step(&point(&to)?)?;
            let goes_on = |(a, b): (&f64, &f64)| a.min(*b) > STILL_MOVING && *b > 0.5 * a;
            Some(first.iter().zip(&second).map(goes_on).collect())
        };
        twice().unwrap_or_else(|| vec![false; order])
    }

    /// The coefficients of the columns as they were given, and the covariance. The way back from
    /// spans and standardised columns is a factor for each, and a first row for the intercept.
    fn in_units(&self, active: &[usize], at: &[f64], inverse: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (order, slopes) = (at.len(), active.len() + 1);
        let mut factor = vec![1.0; order];
        let mut first = vec![0.0; order];
        factor[0] = self.span;
        first[0] = self.span;
        for (at, &column) in active.iter().enumerate() {
            factor[at + 1] = self.span / self.sd[column];
            first[at + 1] = -self.mean[column] * factor[at + 1];
        }
        let mut coefficients: Vec<f64> = at[..slopes]
            .iter()
            .zip(&factor)
            .map(|(b, f)| b * f)
            .collect();
        coefficients[0] = self.latest + first.iter().zip(at).map(|(f, b)| f * b).sum::<f64>();
        let mut covariance = inverse.to_vec();
        for (row, of_row) in covariance.chunks_exact_mut(order).enumerate() {
            for (cell, by) in of_row.iter_mut().zip(&factor) {
                *cell *= factor[row] * by;
            }
        }
        // The intercept with each of the standardised ones.
        let with: Vec<f64> = inverse
            .chunks_exact(order)
            .map(|row| row.iter().zip(&first).map(|(cell, f)| cell * f).sum())
            .collect();
        covariance[0] = with.iter().zip(&first).map(|(cell, f)| cell * f).sum();
        for at in 1..order {
            covariance[at] = with[at] * factor[at];
            covariance[at * order] = covariance[at];
        }
        (coefficients, covariance)
    }

    /// Minus the log-likelihood with its derivatives, by a one and standardised columns.
    fn point(&self, x: &Tiles, at: &[f64]) -> Option<Point> {
        let (order, slopes) = (at.len(), x.columns());
        let log_scale = at.get(slopes).copied().unwrap_or(0.0);
        let scale = [libm::exp(-log_scale), log_scale];
        let sums = x.sums(
            1 + order + order * order,
            #[inline(always)]
            |rows, tile, sums| {
                let len = rows.len();
                let mut eta = [0.0; TILE];
                for (column, b) in tile.chunks_exact(len).zip(at) {
                    for (eta, x) in eta.iter_mut().zip(column) {
                        *eta += b * x;
                    }
                }
                let mut by = [[0.0; TILE]; 3];
                let (value, rest) = sums.split_at_mut(1);
                let (gradient, hessian) = rest.split_at_mut(order);
                for (at, (end, &eta)) in self.ends[rows].iter().zip(&eta).enumerate() {
                    let of_row = self.by_row(*end, eta, scale);
                    value[0] += of_row.value;
                    by[0][at] = of_row.eta;
                    by[1][at] = of_row.eta_eta;
                    by[2][at] = of_row.eta_scale;
                    if order > slopes {
                        gradient[slopes] += of_row.scale;
                        hessian[slopes * order + slopes] += of_row.scale_scale;
                    }
                }
                let [by_eta, bend, cross] = by.each_ref().map(|by| &by[..len]);
                for (k, column) in tile.chunks_exact(len).enumerate() {
                    gradient[k] += dot(column, by_eta);
                    if order > slopes {
                        hessian[slopes * order + k] += dot(column, cross);
                    }
                }
                add_products(tile, bend, hessian, order);
            },
        );
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

    /// What a row adds to minus the log-likelihood (in spans), by its linear predictor, one over the
    /// scale, and the logarithm of the scale.
    #[inline]
    fn by_row(&self, end: End, eta: f64, [per_scale, log_scale]: [f64; 2]) -> Derivatives {
        let mut by = Derivatives::default();
        let mut add = |weight: f64, curve: Curve, z: f64| {
            let (slope, bend) = (weight * curve.slope, weight * curve.bend);
            let both = slope + z * bend;
            by.value -= weight * curve.value;
            by.eta += slope * per_scale;
            by.scale += z * slope;
            by.eta_eta -= bend * per_scale * per_scale;
            by.eta_scale -= both * per_scale;
            by.scale_scale -= z * both;
        };
        let z = (end.exit - eta) * per_scale;
        if end.has_left {
            add(end.weight, self.family.log_density(z), z);
        } else {
            add(end.weight, self.family.log_survival(z), z);
        }
        // Watched from the start on otherwise: the logarithm is that of 0.
        if end.entry.is_finite() {
            let z = (end.entry - eta) * per_scale;
            add(-end.weight, self.family.log_survival(z), z);
        }
        if end.has_left {
            by.value += end.weight * log_scale;
            by.scale += end.weight;
        }
        by
    }
}

/// What a row adds to minus the log-likelihood, with its derivatives by the linear predictor and by
/// the logarithm of the scale.
#[derive(Default)]
struct Derivatives {
    value: f64,
    eta: f64,
    scale: f64,
    eta_eta: f64,
    eta_scale: f64,
    scale_scale: f64,
}
