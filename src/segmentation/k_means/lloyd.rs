//! Lloyd's iterations: rows go to the nearest centre, centres go to the mean of their rows.
//!
//! Two things make them fast without changing a result. A row keeps an upper bound of the
//! distance to its centre and a lower bound of the distance to any other (Hamerly 2010,
//! doi:10.1137/1.9781611972801.12); while they cannot cross, the row is not looked at. And the
//! sums of a centre are moved along by the rows that come and go.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]

use pulp::Arch;
use rayon::prelude::*;

use super::tiles::{Centres, Nearest, TILE, Tile};
use crate::{
    numeric::{dispatch, map_chunks},
    segmentation::{placed::NOWHERE, points::Points},
};

/// Rows whose contributions are added up together, before those of the chunks are, in order.
pub(super) const CHUNK: usize = 1 << 14;

/// Bounds are kept apart by this much, so that rounding never decides.
const SLACK: f64 = 1e-9;

/// Centres that the iterations came to, and the rows that belong to them.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// One after the other.
    pub(super) centres: Vec<f64>,
    /// The nearest centre of each row.
    pub(super) labels: Vec<u32>,
    /// The sum of squares within each cluster.
    pub(super) within: Vec<f64>,
    /// The weight of the rows of each cluster.
    pub(super) weights: Vec<f64>,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stop {
    pub(super) iterations: usize,
    /// The sum of the squared moves of all centres that counts as standing still.
    pub(super) shift: f64,
}

impl Run {
    /// Iterates from `centres` until no row moves.
    pub(super) fn new(arch: Arch, points: Points, mut centres: Vec<f64>, stop: Stop) -> Self {
        let columns = points.columns;
        let count = centres.len() / columns;
        let mut rows = Rows::new(points.rows);
        let mut sums = Sums::new(count, columns);
        let mut drift = vec![0.0; count];
        let (mut iterations, mut converged) = (0, false);
        while iterations < stop.iterations && !converged {
            iterations += 1;
            let change = rows.assign(arch, points, &Centres::new(columns, &centres), &drift);
            sums.join(&change);
            converged = change.moved == 0;
            if !converged {
                let mut next = sums.means(&centres);
                sums.refill(points, &rows.centre, &mut next);
                drift = moves(columns, &centres, &next);
                centres = next;
                converged =
                    drift.iter().map(|move_of| move_of * move_of).sum::<f64>() <= stop.shift;
            }
        }
        // Sums that rows came to and left have gathered rounding: made anew, and the rows
        // assigned once more, so that centres, rows and sums of squares belong together.
        let sums = Sums::of(arch, points, count, &rows.centre);
        Self::at(arch, points, sums.means(&centres), iterations, converged)
    }

    /// The rows as they belong to given centres.
    pub(super) fn at(
        arch: Arch,
        points: Points,
        centres: Vec<f64>,
        iterations: usize,
        converged: bool,
    ) -> Self {
        let count = centres.len() / points.columns;
        let mut labels = vec![NOWHERE; points.rows];
        let ready = Centres::new(points.columns, &centres);
        let chunk = |(at, labels): (usize, &mut [u32])| {
            let (mut within, mut weights) = (vec![0.0; count], vec![0.0; count]);
            dispatch(
                arch,
                #[inline(always)]
                || {
                    nearest_rows(
                        points,
                        at * CHUNK,
                        labels.len(),
                        &ready,
                        |row, found, place| {
                            let centre = found.centre[place];
                            let weight = points.weight(at * CHUNK + row);
                            labels[row] = centre;
                            within[centre as usize] += weight * found.distance[place];
                            weights[centre as usize] += weight;
                        },
                    );
                },
            );
            (within, weights)
        };
        let parts: Vec<_> = labels
            .par_chunks_mut(CHUNK)
            .enumerate()
            .map(chunk)
            .collect();
        let (mut within, mut weights) = (vec![0.0; count], vec![0.0; count]);
        for (part_within, part_weights) in parts {
            for at in 0..count {
                within[at] += part_within[at];
                weights[at] += part_weights[at];
            }
        }
        Self {
            centres,
            labels,
            within,
            weights,
            iterations,
            converged,
        }
    }

    pub(super) fn inertia(&self) -> f64 {
        self.within.iter().sum()
    }
}

/// What comes to each centre of a batch of rows.
#[derive(Debug)]
pub(super) struct Arrivals {
    /// One after the other; the centre itself where no row came.
    pub(super) means: Vec<f64>,
    pub(super) weights: Vec<f64>,
    /// The sum of squares to the centre.
    pub(super) within: Vec<f64>,
}

/// Half an iteration: rows go to the nearest centre, and the centres stay.
pub(super) fn arrivals(arch: Arch, points: Points, centres: &[f64]) -> Arrivals {
    let run = Run::at(arch, points, centres.to_vec(), 1, false);
    let sums = Sums::of(arch, points, run.weights.len(), &run.labels);
    Arrivals {
        means: sums.means(centres),
        weights: run.weights,
        within: run.within,
    }
}

/// Hands what the kernel finds for `len` rows from `start` on to `each`, with the place of the row
/// among them and in the tile.
#[inline(always)]
pub(super) fn nearest_rows(
    points: Points,
    start: usize,
    len: usize,
    centres: &Centres,
    mut each: impl FnMut(usize, &Nearest, usize),
) {
    let mut tile = Tile::new(points.columns);
    let mut found = Nearest::new();
    for first in (0..len).step_by(TILE) {
        let end = (first + TILE).min(len);
        tile.clear();
        (first..end).for_each(|row| tile.push(points.row(start + row)));
        tile.nearest(centres, &mut found);
        for row in first..end {
            each(row, &found, row - first);
        }
    }
}

/// How far each centre went.
fn moves(columns: usize, from: &[f64], to: &[f64]) -> Vec<f64> {
    let pairs = from.chunks_exact(columns).zip(to.chunks_exact(columns));
    pairs.map(|(from, to)| square(from, to).sqrt()).collect()
}

/// The squared distance of two points.
pub(super) fn square(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Where every row is, and how near.
struct Rows {
    centre: Vec<u32>,
    /// At least the distance to the own centre.
    upper: Vec<f64>,
    /// At most the distance to any other centre.
    lower: Vec<f64>,
}

/// The sums from which centres are made: of weights times values, of weights, and how many rows.
#[derive(Debug, Clone)]
pub(super) struct Sums {
    values: Vec<f64>,
    weights: Vec<f64>,
    /// Rows of a weight above 0; a sum of weights that has been added to and taken from need not
    /// come back to 0.
    rows: Vec<i64>,
    moved: usize,
}

impl Sums {
    fn new(count: usize, columns: usize) -> Self {
        Self {
            values: vec![0.0; count * columns],
            weights: vec![0.0; count],
            rows: vec![0; count],
            moved: 0,
        }
    }

    #[inline(always)]
    fn add(&mut self, centre: usize, row: &[f64], weight: f64, rows: i64) {
        let columns = row.len();
        let sums = &mut self.values[centre * columns..(centre + 1) * columns];
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += weight * value;
        }
        self.weights[centre] += weight;
        self.rows[centre] += rows;
    }

    /// Of all rows, as they belong to their centres.
    pub(super) fn of(arch: Arch, points: Points, count: usize, centre: &[u32]) -> Self {
        let parts = map_chunks(points.rows, CHUNK, |range| {
            let mut sums = Self::new(count, points.columns);
            dispatch(
                arch,
                #[inline(always)]
                || {
                    for row in range.clone() {
                        let weight = points.weight(row);
                        let counts = i64::from(weight > 0.0);
                        sums.add(centre[row] as usize, points.row(row), weight, counts);
                    }
                },
            );
            sums
        });
        let mut all = Self::new(count, points.columns);
        for part in &parts {
            all.join(part);
        }
        all
    }

    /// The centres; one without rows stays where it was.
    pub(super) fn means(&self, before: &[f64]) -> Vec<f64> {
        let columns = before.len() / self.rows.len();
        let mut means = before.to_vec();
        for (centre, mean) in means.chunks_exact_mut(columns).enumerate() {
            if self.rows[centre] > 0 {
                let sums = &self.values[centre * columns..(centre + 1) * columns];
                for (mean, sum) in mean.iter_mut().zip(sums) {
                    *mean = sum / self.weights[centre];
                }
            }
        }
        means
    }

    /// Puts a centre without rows on the row that is farthest from its own centre, which lowers
    /// the sum of squares the most. Rows that are all on their centres leave it where it is.
    fn refill(&self, points: Points, centre: &[u32], centres: &mut [f64]) {
        let columns = points.columns;
        let empty = || (0..self.rows.len()).filter(|&at| self.rows[at] == 0);
        let wanted = empty().count();
        if wanted == 0 {
            return;
        }
        let far = |row: usize| {
            let own = centre[row] as usize * columns;
            (square(points.row(row), &centres[own..own + columns]), row)
        };
        let mut rows: Vec<(f64, usize)> = (0..points.rows)
            .filter(|&row| points.weight(row) > 0.0)
            .map(far)
            .filter(|(distance, _)| *distance > 0.0)
            .collect();
        rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        // Rows in one place would make two centres of one.
        rows.dedup_by(|a, b| points.row(a.1) == points.row(b.1));
        for (at, (_, row)) in empty().zip(rows) {
            centres[at * columns..(at + 1) * columns].copy_from_slice(points.row(row));
        }
    }

    fn join(&mut self, other: &Self) {
        for (sum, more) in self.values.iter_mut().zip(&other.values) {
            *sum += more;
        }
        for (sum, more) in self.weights.iter_mut().zip(&other.weights) {
            *sum += more;
        }
        for (sum, more) in self.rows.iter_mut().zip(&other.rows) {
            *sum += more;
        }
        self.moved += other.moved;
    }
}

impl Rows {
    fn new(rows: usize) -> Self {
        Self {
            centre: vec![NOWHERE; rows],
            // Bounds that cross, so that each row is looked at.
            upper: vec![f64::INFINITY; rows],
            lower: vec![0.0; rows],
        }
    }

    /// Moves rows to their nearest centre. `drift` is how far each centre has moved since the
    /// bounds were last right. Gives what came to each centre less what left it.
    fn assign(&mut self, arch: Arch, points: Points, centres: &Centres, drift: &[f64]) -> Sums {
        let (farthest, next) = two_largest(drift);
        let columns = points.columns;
        let parts: Vec<Sums> = self
            .centre
            .par_chunks_mut(CHUNK)
            .zip(self.upper.par_chunks_mut(CHUNK))
            .zip(self.lower.par_chunks_mut(CHUNK))
            .enumerate()
            .map(|(at, ((centre, upper), lower))| {
                let mut part = Part {
                    points,
                    start: at * CHUNK,
                    centre,
                    upper,
                    lower,
                    sums: Sums::new(centres.count, columns),
                };
                dispatch(
                    arch,
                    #[inline(always)]
                    || part.assign(centres, drift, farthest, next),
                );
                part.sums
            })
            .collect();
        let mut all = Sums::new(centres.count, columns);
        for part in &parts {
            all.join(part);
        }
        all
    }
}

/// The largest value with its place, and the largest of the others.
fn two_largest(values: &[f64]) -> ((usize, f64), f64) {
    let (mut largest, mut next) = ((0, 0.0), 0.0);
    for (at, &value) in values.iter().enumerate() {
        if value > largest.1 {
            next = largest.1;
            largest = (at, value);
        } else if value > next {
            next = value;
        }
    }
    (largest, next)
}

/// The rows of a chunk.
struct Part<'a> {
    points: Points<'a>,
    start: usize,
    centre: &'a mut [u32],
    upper: &'a mut [f64],
    lower: &'a mut [f64],
    sums: Sums,
}

impl Part<'_> {
    #[inline(always)]
    fn assign(&mut self, centres: &Centres, drift: &[f64], farthest: (usize, f64), next: f64) {
        let mut tile = Tile::new(centres.columns);
        let mut members = [0usize; TILE];
        let mut found = Nearest::new();
        for at in 0..self.centre.len() {
            let own = self.centre[at] as usize;
            if own < drift.len() {
                let others = if own == farthest.0 { next } else { farthest.1 };
                self.upper[at] += drift[own];
                self.lower[at] -= others;
                if self.upper[at] * (1.0 + SLACK) < self.lower[at] {
                    continue;
                }
            }
            members[tile.len()] = at;
            tile.push(self.points.row(self.start + at));
            if tile.is_full() {
                self.settle(&tile, &members, centres, &mut found);
                tile.clear();
            }
        }
        self.settle(&tile, &members, centres, &mut found);
    }

    #[inline(always)]
    fn settle(
        &mut self,
        tile: &Tile,
        members: &[usize; TILE],
        centres: &Centres,
        found: &mut Nearest,
    ) {
        tile.nearest(centres, found);
        for (place, &at) in members.iter().enumerate().take(tile.len()) {
            let (old, new) = (self.centre[at], found.centre[place]);
            self.upper[at] = found.distance[place].sqrt();
            self.lower[at] = found.runner_up_distance[place].sqrt();
            if old == new {
                continue;
            }
            let row = self.points.row(self.start + at);
            let weight = self.points.weight(self.start + at);
            let counts = i64::from(weight > 0.0);
            self.sums.add(new as usize, row, weight, counts);
            if old != NOWHERE {
                self.sums.add(old as usize, row, -weight, -counts);
            }
            self.sums.moved += 1;
            self.centre[at] = new;
        }
    }
}
