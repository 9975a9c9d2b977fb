//! Centres under limits: the cheapest assignment and the means of its clusters, in turn.

use std::ops::Range;

use pulp::Arch;

use super::{
    Bounds, FittedLimits, SizeLimits, Sums, check_costs, counted, distances::Distances, flow,
};
use crate::{
    Observer, Result,
    numeric::{Stage, map_chunks_observed},
    observer::report,
    segmentation::{
        k_means::{
            SIDE_BY_SIDE,
            lloyd::{self, Run, Stop, square},
        },
        points::Points,
    },
};

/// It goes on from the ends of so many runs without limits.
pub(in crate::segmentation::k_means) const ENDS: usize = 2;

/// And from starts of runs: as many as look at about so many rows and centres at once, but neither
/// fewer nor more than these.
const CHEAP: usize = 1 << 17;
const LEAST_STARTS: usize = 6;
const MOST_STARTS: usize = 100;

/// With more rows than this it goes a few iterations from each start, and to the end with the best.
const FEW: usize = 1 << 13;
const SHORT: usize = 6;

/// What an observer is told.
const LIMITING: &str = "keeping the limits of sizes";

/// A sum of squares that falls by less than this share has come to rest.
const LEAST: f64 = 1e-12;

/// From how many starts of runs it goes down.
pub(in crate::segmentation::k_means) fn starts(rows: usize, clusters: usize) -> usize {
    (CHEAP / (rows * clusters).max(1)).clamp(LEAST_STARTS, MOST_STARTS)
}

/// The best run under limits: from the end of the best run without, and from other centres.
///
/// # Errors
///
/// As `bounds` and `check_costs`, and [`Error::Cancelled`](crate::Error::Cancelled).
pub(in crate::segmentation::k_means) fn fit<'a>(
    points: Points<'a>,
    limits: SizeLimits,
    best: &Run,
    others: &[Vec<f64>],
    stop: Stop,
    observer: &mut dyn Observer,
) -> Result<(Run, FittedLimits)> {
    let inertia = best.inertia();
    let bounds = bounds(points, limits, best)?;
    let mut short = stop;
    if points.rows > FEW {
        short.iterations = stop.iterations.min(SHORT);
    }
    let from = |centres: &[f64]| -> Result<Descent<'a>> {
        Ok(Descent::new(points, centres.to_vec(), bounds)?.go_on(short))
    };
    let mut end = from(&best.centres)?;
    let mut keep = |next: Descent<'a>| {
        if next.sums.cost() < end.sums.cost() {
            end = next;
        }
    };
    if points.rows <= SIDE_BY_SIDE {
        let stage = Stage {
            name: LIMITING,
            total: others.len(),
        };
        let one = |range: Range<usize>| from(&others[range.start]);
        map_chunks_observed(0..others.len(), 1, stage, observer, one)?
            .into_iter()
            .for_each(&mut keep);
    } else {
        for (at, centres) in others.iter().enumerate() {
            keep(from(centres)?);
            report(observer, LIMITING, at + 1, others.len())?;
        }
    }
    let end = end.go_on(stop);
    let nearest_cost = end.sums.nearest_cost(points, &end.distances);
    let run = Run {
        centres: end.centres,
        labels: end.labels,
        within: end.sums.within,
        weights: end.sums.weights,
        iterations: end.iterations,
        converged: end.converged,
    };
    let fitted = FittedLimits {
        limits,
        rows: end.sums.rows,
        cost: run.inertia(),
        nearest_cost,
        unlimited_inertia: inertia.min(nearest_cost),
    };
    Ok((run, fitted))
}

/// What a run keeps of the limits, if it keeps them as it is.
///
/// # Errors
///
/// As `SizeLimits::bounds`.
pub(in crate::segmentation::k_means) fn kept(
    points: Points,
    limits: SizeLimits,
    run: &Run,
) -> Result<Option<FittedLimits>> {
    let bounds = bounds(points, limits, run)?;
    let rows = rows_of(points, run.weights.len(), &run.labels);
    let inertia = run.inertia();
    let is_kept = rows.iter().all(|&rows| bounds.hold(rows));
    Ok(is_kept.then_some(FittedLimits {
        limits,
        rows,
        cost: inertia,
        nearest_cost: inertia,
        unlimited_inertia: inertia,
    }))
}

fn bounds(points: Points, limits: SizeLimits, run: &Run) -> Result<Bounds> {
    let mut bounds = limits.bounds(counted(points)?, run.weights.len())?;
    // A cluster without rows has no mean.
    bounds.least = bounds.least.max(1);
    Ok(bounds)
}

/// A way down to where the cheapest assignment is to the means of its own clusters.
struct Descent<'a> {
    arch: Arch,
    points: Points<'a>,
    bounds: Bounds,
    distances: Distances,
    /// Those of the last assignment.
    potentials: Vec<f64>,
    centres: Vec<f64>,
    labels: Vec<u32>,
    sums: Sums,
    iterations: usize,
    converged: bool,
}

impl<'a> Descent<'a> {
    /// At some centres. Means lie among the rows, so that costs around them stay as finite as these.
    fn new(points: Points<'a>, centres: Vec<f64>, bounds: Bounds) -> Result<Self> {
        let arch = Arch::new();
        let distances = Distances::of(arch, points, &centres);
        check_costs(points, &distances)?;
        let mut potentials = flow::potentials(points, &distances, bounds);
        let labels = flow::assign(points, &distances, bounds, &mut potentials);
        Ok(Self {
            arch,
            points,
            bounds,
            potentials,
            centres,
            sums: Sums::of(points, &distances, &labels),
            labels,
            distances,
            iterations: 0,
            converged: false,
        })
    }

    /// Until nothing changes, or the iterations end.
    fn go_on(mut self, stop: Stop) -> Self {
        let points = self.points;
        while self.iterations < stop.iterations && !self.converged {
            self.iterations += 1;
            let sums = lloyd::Sums::of(self.arch, points, self.sums.rows.len(), &self.labels);
            let means = sums.means(&self.centres);
            self.distances.renew(self.arch, points, &means);
            let labels = flow::assign(points, &self.distances, self.bounds, &mut self.potentials);
            let sums = Sums::of(points, &self.distances, &labels);
            self.converged = labels == self.labels
                || square(&means, &self.centres) <= stop.shift
                || sums.cost() >= self.sums.cost() * (1.0 - LEAST);
            self.centres = means;
            self.labels = labels;
            self.sums = sums;
        }
        self
    }
}

/// The rows of a weight above 0 in each cluster.
fn rows_of(points: Points, clusters: usize, labels: &[u32]) -> Vec<usize> {
    let mut rows = vec![0; clusters];
    for (row, &label) in labels.iter().enumerate() {
        rows[label as usize] += usize::from(points.weight(row) > 0.0);
    }
    rows
}
