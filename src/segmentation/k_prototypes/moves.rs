//! Moves of single rows: what the batch form cannot see.
//!
//! Rows go to the nearest prototype as if prototypes stood still. A row that moves takes both with
//! it, so a move can pay although the other prototype is not nearer (Hartigan and Wong 1979,
//! doi:10.2307/2346830, for means; the same count is made for modes here).

use super::rows::Rows;

/// A move must pay more than this share of what it saves, or rounding could move rows for ever.
const NOTICEABLE: f64 = 1e-10;

/// The rows of each cluster, summed up.
struct Tally<'a> {
    rows: &'a Rows,
    gamma: f64,
    sizes: Vec<f64>,
    /// Sums of numbers, cluster by cluster.
    sums: Vec<f64>,
    /// For each column of categories the weight of each label, cluster by cluster.
    counts: Vec<Vec<f64>>,
    /// The greatest and the second greatest weight of a label, cluster by cluster and column by
    /// column; `None` where it must be looked for again.
    tops: Vec<Option<[f64; 2]>>,
}

impl<'a> Tally<'a> {
    fn new(rows: &'a Rows, gamma: f64, clusters: usize, cluster: &[u32]) -> Self {
        let columns = 0..rows.categorical();
        let mut made = Self {
            rows,
            gamma,
            sizes: vec![0.0; clusters],
            sums: vec![0.0; clusters * rows.numeric()],
            counts: columns
                .map(|at| vec![0.0; clusters * rows.levels(at)])
                .collect(),
            tops: vec![None; clusters * rows.categorical()],
        };
        for (row, &cluster) in cluster.iter().enumerate() {
            made.add(row, cluster as usize, rows.weight(row));
        }
        made
    }

    fn add(&mut self, row: usize, cluster: usize, weight: f64) {
        let (numeric, categorical) = (self.rows.numeric(), self.rows.categorical());
        self.sizes[cluster] += weight;
        for column in 0..numeric {
            self.sums[cluster * numeric + column] += weight * self.rows.number(row, column);
        }
        for column in 0..categorical {
            let place = cluster * self.rows.levels(column) + self.rows.code(row, column) as usize;
            self.counts[column][place] += weight;
            self.tops[cluster * categorical + column] = None;
        }
    }

    fn tops(&mut self, cluster: usize, column: usize) -> [f64; 2] {
        let place = cluster * self.rows.categorical() + column;
        if let Some(tops) = self.tops[place] {
            return tops;
        }
        let levels = self.rows.levels(column);
        let mut tops = [0.0; 2];
        for &count in &self.counts[column][cluster * levels..(cluster + 1) * levels] {
            if count > tops[0] {
                tops = [count, tops[0]];
            } else if count > tops[1] {
                tops[1] = count;
            }
        }
        self.tops[place] = Some(tops);
        tops
    }

    /// The squared distance of a row to the mean of a cluster.
    fn square(&self, row: usize, cluster: usize) -> f64 {
        let numeric = self.rows.numeric();
        let mut square = 0.0;
        for column in 0..numeric {
            let mean = self.sums[cluster * numeric + column] / self.sizes[cluster];
            let off = self.rows.number(row, column) - mean;
            square += off * off;
        }
        square
    }

    fn count(&self, row: usize, cluster: usize, column: usize) -> f64 {
        let place = cluster * self.rows.levels(column) + self.rows.code(row, column) as usize;
        self.counts[column][place]
    }

    /// What the cost falls by when a row leaves its cluster, which others stay in.
    fn saved(&mut self, row: usize, cluster: usize) -> f64 {
        let (weight, size) = (self.rows.weight(row), self.sizes[cluster]);
        let mut saved = weight * size / (size - weight) * self.square(row, cluster);
        for column in 0..self.rows.categorical() {
            let [most, next] = self.tops(cluster, column);
            let left = (self.count(row, cluster, column) - weight).max(next);
            // If the row's label is the mode, the mode loses weight, down to the next label.
            let is_mode = self.count(row, cluster, column) >= most;
            let lost = if is_mode { most - left } else { 0.0 };
            saved += self.gamma * (weight - lost);
        }
        saved
    }

    /// What the cost rises by when a row joins a cluster.
    fn added(&mut self, row: usize, cluster: usize) -> f64 {
        let (weight, size) = (self.rows.weight(row), self.sizes[cluster]);
        let mut added = weight * size / (size + weight) * self.square(row, cluster);
        for column in 0..self.rows.categorical() {
            let [most, _] = self.tops(cluster, column);
            let gained = (self.count(row, cluster, column) + weight - most).max(0.0);
            added += self.gamma * (weight - gained.min(weight));
        }
        added
    }
}

/// Goes through the rows once and moves each to the cluster that lowers the cost most, the first
/// among equals. Says whether a row moved.
pub(super) fn moves(rows: &Rows, gamma: f64, clusters: usize, cluster: &mut [u32]) -> Moved {
    let mut tally = Tally::new(rows, gamma, clusters, cluster);
    let mut moved = Moved::None;
    for (row, cluster) in cluster.iter_mut().enumerate() {
        let (from, weight) = (*cluster as usize, rows.weight(row));
        if tally.sizes[from] <= weight {
            continue;
        }
        let saved = tally.saved(row, from);
        let mut best = (saved * (1.0 - NOTICEABLE), from);
        for to in (0..clusters).filter(|&to| to != from) {
            let added = tally.added(row, to);
            if added < best.0 {
                best = (added, to);
            }
        }
        if best.1 != from {
            tally.add(row, from, -weight);
            tally.add(row, best.1, weight);
            #[expect(clippy::cast_possible_truncation, reason = "a number of a cluster")]
            let to = best.1 as u32;
            *cluster = to;
            moved = Moved::Some;
        }
    }
    moved
}

/// Whether rows moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    /// No move pays.
    None,
    /// At least one did.
    Some,
}
