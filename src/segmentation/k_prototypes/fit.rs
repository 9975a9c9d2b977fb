//! One run: rows to prototypes and prototypes to the middle of their rows, in turn.

use super::{
    moves::{Moved, moves},
    rows::{CHUNK, LANES, Rows},
};
use crate::numeric::map_chunks;

/// The means and modes of clusters.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prototypes {
    pub(super) clusters: usize,
    pub(super) numeric: usize,
    pub(super) categorical: usize,
    /// Cluster by cluster.
    pub(super) centres: Vec<f64>,
    pub(super) modes: Vec<u32>,
    pub(super) gamma: f64,
}

impl Prototypes {
    /// Prototypes that are rows.
    pub(super) fn of_rows(rows: &Rows, gamma: f64, chosen: &[usize]) -> Self {
        let (numeric, categorical) = (rows.numeric(), rows.categorical());
        let mut made = Self {
            clusters: chosen.len(),
            numeric,
            categorical,
            centres: vec![0.0; chosen.len() * numeric],
            modes: vec![0; chosen.len() * categorical],
            gamma,
        };
        for (cluster, &row) in chosen.iter().enumerate() {
            made.put(rows, cluster, row);
        }
        made
    }

    /// Puts a prototype where a row is.
    pub(super) fn put(&mut self, rows: &Rows, cluster: usize, row: usize) {
        for column in 0..self.numeric {
            self.centres[cluster * self.numeric + column] = rows.number(row, column);
        }
        for column in 0..self.categorical {
            self.modes[cluster * self.categorical + column] = rows.code(row, column);
        }
    }

    #[inline]
    pub(super) fn centre(&self, cluster: usize) -> &[f64] {
        &self.centres[cluster * self.numeric..(cluster + 1) * self.numeric]
    }

    #[inline]
    pub(super) fn mode(&self, cluster: usize) -> &[u32] {
        &self.modes[cluster * self.categorical..(cluster + 1) * self.categorical]
    }
}

/// Where a run ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    pub(super) prototypes: Prototypes,
    /// The weight of the rows of each cluster.
    pub(super) sizes: Vec<f64>,
    pub(super) cost: f64,
    pub(super) iterations: usize,
    pub(super) converged: bool,
}

/// For each row its nearest prototype, the first among equals, and how far that is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Nearest {
    pub(super) cluster: Vec<u32>,
    pub(super) cost: Vec<f64>,
}

/// Places all rows.
pub(super) fn nearest(rows: &Rows, prototypes: &Prototypes) -> Nearest {
    let parts = rows.map_tiles(
        #[inline(always)]
        |tiles| {
            let mut found = Vec::with_capacity(tiles.len());
            for tile in tiles {
                let mut best = [f64::INFINITY; LANES];
                let mut cluster = [0u32; LANES];
                for (number, at) in (0u32..).zip(0..prototypes.clusters) {
                    let cost = rows.dissimilarity(tile, prototypes, at);
                    for lane in 0..LANES {
                        let nearer = cost[lane] < best[lane];
                        best[lane] = if nearer { cost[lane] } else { best[lane] };
                        cluster[lane] = if nearer { number } else { cluster[lane] };
                    }
                }
                found.push((cluster, best));
            }
            found
        },
    );
    let mut all = Nearest {
        cluster: Vec::with_capacity(rows.tiles() * LANES),
        cost: Vec::with_capacity(rows.tiles() * LANES),
    };
    for (cluster, cost) in parts.into_iter().flatten() {
        all.cluster.extend_from_slice(&cluster);
        all.cost.extend_from_slice(&cost);
    }
    all.cluster.truncate(rows.len());
    all.cost.truncate(rows.len());
    all
}

/// A sum over rows, chunk by chunk.
pub(super) fn total(rows: &Rows, of: impl Fn(usize) -> f64 + Sync) -> f64 {
    let chunk = |range: std::ops::Range<usize>| range.map(&of).sum::<f64>();
    map_chunks(rows.len(), CHUNK * LANES, chunk).iter().sum()
}

/// A run from first prototypes; `None` if a cluster stayed empty.
///
/// In batches until those end, then by single moves, and again, until no move pays.
pub(super) fn run(rows: &Rows, start: Prototypes, most: usize) -> Option<Run> {
    let mut prototypes = start;
    let mut placed = nearest(rows, &prototypes);
    refill(rows, &mut prototypes, &mut placed);
    let mut state = State {
        prototypes,
        cluster: placed.cluster,
        cost: f64::INFINITY,
    };
    let mut iterations = 0;
    let mut converged = false;
    while iterations < most && !converged {
        iterations += 1;
        let next = state.next(rows);
        if next.cost < state.cost {
            let settled = next.cluster == state.cluster;
            state = next;
            if !settled {
                continue;
            }
        }
        // Batches gain no more. Equal costs would hand rows to and fro for ever.
        let clusters = state.prototypes.clusters;
        let gamma = state.prototypes.gamma;
        let mut cluster = state.cluster.clone();
        converged = moves(rows, gamma, clusters, &mut cluster) == Moved::None;
        if !converged {
            let moved = State {
                cluster,
                ..state.clone()
            };
            let next = moved.next(rows);
            converged = next.cost >= state.cost;
            if !converged {
                state = next;
            }
        }
    }
    let sizes = sizes(rows, &state.cluster, state.prototypes.clusters);
    let full = sizes.iter().all(|&size| size > 0.0);
    full.then_some(Run {
        prototypes: state.prototypes,
        sizes,
        cost: state.cost,
        iterations,
        converged,
    })
}

/// Prototypes, the rows that are nearest to each, and what they cost.
#[derive(Clone)]
struct State {
    prototypes: Prototypes,
    cluster: Vec<u32>,
    cost: f64,
}

impl State {
    /// Prototypes in the middle of their rows, and rows at the nearest of those.
    fn next(&self, rows: &Rows) -> Self {
        let mut prototypes = self.prototypes.clone();
        update(rows, &self.cluster, &mut prototypes);
        let mut placed = nearest(rows, &prototypes);
        refill(rows, &mut prototypes, &mut placed);
        Self {
            cost: total(rows, |row| rows.weight(row) * placed.cost[row]),
            cluster: placed.cluster,
            prototypes,
        }
    }
}

fn sizes(rows: &Rows, cluster: &[u32], clusters: usize) -> Vec<f64> {
    let mut sizes = vec![0.0; clusters];
    for (row, &cluster) in cluster.iter().enumerate() {
        sizes[cluster as usize] += rows.weight(row);
    }
    sizes
}

/// Moves each prototype to the middle of its rows: column by column, each in the order of the
/// rows. A cluster without rows stays.
fn update(rows: &Rows, cluster: &[u32], prototypes: &mut Prototypes) {
    enum Middle {
        Means(Vec<f64>),
        Modes(Vec<u32>),
    }
    let clusters = prototypes.clusters;
    let sizes = sizes(rows, cluster, clusters);
    let (numeric, categorical) = (rows.numeric(), rows.categorical());
    let columns = map_chunks(numeric + categorical, 1, |range| {
        let at = range.start;
        if at < numeric {
            let mut sums = vec![0.0; clusters];
            for (row, &cluster) in cluster.iter().enumerate() {
                sums[cluster as usize] += rows.weight(row) * rows.number(row, at);
            }
            return Middle::Means(sums);
        }
        let column = at - numeric;
        let levels = rows.levels(column);
        let mut counts = vec![0.0; clusters * levels];
        for (row, &cluster) in cluster.iter().enumerate() {
            let code = rows.code(row, column) as usize;
            counts[cluster as usize * levels + code] += rows.weight(row);
        }
        let mode = |counts: &[f64]| {
            let mut best = (0, 0.0);
            for (code, &count) in (0u32..).zip(counts) {
                if count > best.1 {
                    best = (code, count);
                }
            }
            best.0
        };
        Middle::Modes(counts.chunks_exact(levels).map(mode).collect())
    });
    for (at, middle) in columns.iter().enumerate() {
        for (cluster, &size) in sizes.iter().enumerate() {
            if size <= 0.0 {
                continue;
            }
            match middle {
                Middle::Means(sums) => {
                    prototypes.centres[cluster * numeric + at] = sums[cluster] / size;
                }
                Middle::Modes(modes) => {
                    prototypes.modes[cluster * categorical + at - numeric] = modes[cluster];
                }
            }
        }
    }
}

/// Gives each cluster without rows the row that costs most, the first among equals, and whatever
/// rows are then nearer to it. Ends when no row costs anything.
fn refill(rows: &Rows, prototypes: &mut Prototypes, placed: &mut Nearest) {
    // Each refill makes the cost smaller; the bound is against rounding.
    for _ in 0..4 * prototypes.clusters {
        let mut taken = vec![false; prototypes.clusters];
        for &cluster in &placed.cluster {
            taken[cluster as usize] = true;
        }
        let Some(empty) = taken.iter().position(|taken| !taken) else {
            return;
        };
        let mut farthest = (0, 0.0);
        for (row, &cost) in placed.cost.iter().enumerate() {
            if cost > farthest.1 {
                farthest = (row, cost);
            }
        }
        if farthest.1 <= 0.0 {
            return;
        }
        prototypes.put(rows, empty, farthest.0);
        *placed = nearest(rows, prototypes);
    }
}
