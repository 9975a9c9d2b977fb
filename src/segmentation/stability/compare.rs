//! Clusters of all rows beside those of a resample.

use crate::segmentation::{agreement::adjusted_rand, placed::NOWHERE};

/// The clusters of all rows that count: those with a cluster and a weight above 0.
pub(super) struct Reference {
    /// The labels of the clusters, rising.
    pub(super) labels: Vec<u32>,
    /// How many rows each has.
    pub(super) sizes: Vec<usize>,
    /// The rows that count.
    pub(super) rows: Vec<usize>,
    /// For each of `rows` the place of its cluster.
    places: Vec<usize>,
}

/// What one resample says.
pub(super) struct Comparison {
    /// Of each cluster the similarity to the cluster most like it.
    pub(super) jaccard: Vec<f64>,
    /// Of all rows that count.
    pub(super) adjusted_rand: f64,
}

impl Reference {
    pub(super) fn new(labels: &[u32], weight: impl Fn(usize) -> f64) -> Self {
        let rows: Vec<usize> = (0..labels.len())
            .filter(|&row| labels[row] != NOWHERE && weight(row) > 0.0)
            .collect();
        let mut names: Vec<u32> = rows.iter().map(|&row| labels[row]).collect();
        names.sort_unstable();
        names.dedup();
        let place = |&row: &usize| names.partition_point(|&name| name < labels[row]);
        let places: Vec<usize> = rows.iter().map(place).collect();
        let mut sizes = vec![0; names.len()];
        for &place in &places {
            sizes[place] += 1;
        }
        Self {
            labels: names,
            sizes,
            rows,
            places,
        }
    }

    /// A resample that found nothing.
    pub(super) fn nothing(&self) -> Comparison {
        Comparison {
            jaccard: vec![0.0; self.labels.len()],
            adjusted_rand: 0.0,
        }
    }

    /// Against the clusters that a refit puts all rows in. `times` tells how often each row was
    /// drawn and `weight` how much it counts.
    pub(super) fn compare(
        &self,
        found: &[u32],
        times: &[u32],
        weight: impl Fn(usize) -> f64,
    ) -> Comparison {
        let largest = found.iter().filter(|&&label| label != NOWHERE).max();
        let columns = largest.map_or(0, |&label| label as usize + 1);
        if columns == 0 {
            return self.nothing();
        }
        let clusters = self.labels.len();
        let mut all = vec![0_u64; clusters * columns];
        let mut drawn = vec![0.0; clusters * columns];
        let (mut ours, mut theirs) = (vec![0.0; clusters], vec![0.0; columns]);
        for (&row, &place) in self.rows.iter().zip(&self.places) {
            let weight = if times[row] > 0 { weight(row) } else { 0.0 };
            ours[place] += weight;
            if found[row] != NOWHERE {
                let column = found[row] as usize;
                all[place * columns + column] += 1;
                drawn[place * columns + column] += weight;
                theirs[column] += weight;
            }
        }
        let of_cluster = |(line, own): (&[f64], &f64)| {
            let pairs = line.iter().zip(&theirs);
            let similar = |(both, other): (&f64, &f64)| {
                let either = own + other - both;
                if *both > 0.0 { both / either } else { 0.0 }
            };
            pairs.map(similar).fold(0.0, f64::max)
        };
        Comparison {
            jaccard: drawn
                .chunks_exact(columns)
                .zip(&ours)
                .map(of_cluster)
                .collect(),
            adjusted_rand: adjusted_rand(&all, columns),
        }
    }
}

/// How much a row counts.
pub(super) fn weight_of(weights: Option<&[f64]>) -> impl Fn(usize) -> f64 {
    move |row| weights.map_or(1.0, |weights| weights[row])
}
