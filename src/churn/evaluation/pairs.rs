//! Scores of two models side by side.

use rayon::prelude::*;

use super::{
    compare::PairedScores,
    ranks::{Blocks, Part, key, score},
};
use crate::{Error, Result};

/// The customers that have a weight.
pub(super) struct Pairs {
    pub(super) scores: [Vec<f64>; 2],
    pub(super) left: Vec<bool>,
    /// What all weigh, or what each weighs.
    pub(super) unit: Option<f64>,
    weights: Vec<f64>,
    /// A number below `clusters` for each, if they are clustered.
    cluster: Option<Vec<u32>>,
    pub(super) clusters: usize,
}

impl Pairs {
    /// The rows of two columns that `check` lets pass.
    pub(super) fn new(
        of: &PairedScores<'_>,
        check: impl Fn(&'static str, &[f64], &[bool], Option<&[f64]>) -> Result<Option<f64>>,
    ) -> Result<Self> {
        Error::check_length("second", of.scores[0].len(), of.scores[1].len())?;
        let unit = check("first", of.scores[0], of.left, of.weights)?;
        check("second", of.scores[1], of.left, of.weights)?;
        if let Some(clusters) = of.clusters {
            Error::check_length("clusters", of.left.len(), clusters.len())?;
        }
        if u32::try_from(of.left.len()).is_err() {
            let what = "more than 2^32 - 1 rows; compare on a sample".into();
            return Err(Error::Overflow { what });
        }
        let weights = of.weights.filter(|_| unit.is_none());
        let rows: Vec<usize> = (0..of.left.len())
            .filter(|&row| weights.is_none_or(|weights| weights[row] > 0.0))
            .collect();
        let numbers = of
            .clusters
            .map(|clusters| numbered(&taken(clusters, &rows)));
        let (cluster, clusters) = match numbers {
            None => (None, rows.len()),
            Some((cluster, clusters)) => (Some(cluster), clusters),
        };
        Ok(Self {
            scores: of.scores.map(|scores| taken(scores, &rows)),
            left: taken(of.left, &rows),
            unit,
            weights: weights.map_or_else(Vec::new, |weights| taken(weights, &rows)),
            cluster,
            clusters,
        })
    }

    /// What a customer weighs, beside the unit of all.
    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.get(row).copied().unwrap_or(1.0)
    }

    pub(super) fn weight_of_all(&self) -> f64 {
        (0..self.left.len()).map(|row| self.weight(row)).sum()
    }

    pub(super) fn cluster(&self, row: usize) -> usize {
        self.cluster.as_ref().map_or(row, |of| of[row] as usize)
    }
}

fn taken<T: Copy>(column: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|&row| column[row]).collect()
}

/// A number for each row, the same for rows with the same label, and how many labels there are.
fn numbered(labels: &[u32]) -> (Vec<u32>, usize) {
    let mut sorted: Vec<(u32, u32)> = labels.iter().copied().zip(0..).collect();
    sorted.par_sort_unstable();
    let mut numbers = vec![0; labels.len()];
    let mut count = 0;
    for (run, number) in sorted.chunk_by(|a, b| a.0 == b.0).zip(0..) {
        for &(_, row) in run {
            numbers[row as usize] = number;
        }
        count += 1;
    }
    (numbers, count)
}

/// Too few of those who are drawn: customers, or clusters.
pub(super) fn few(
    pairs: &Pairs,
    customers: &'static str,
    clusters: &'static str,
    found: usize,
) -> Error {
    let what = match pairs.cluster {
        None => customers,
        Some(_) => clusters,
    };
    Error::NotEnoughData {
        what: what.into(),
        needed: 2,
        found,
    }
}

/// Pairs in the order of one of their scores, for weights that change.
pub(super) struct Order<'a> {
    pairs: &'a Pairs,
    /// Rows from the highest score to the lowest, and their columns in that order.
    rows: Vec<u32>,
    left: Vec<bool>,
    weights: Vec<f64>,
    clusters: Vec<u32>,
    /// The score of each run of rows with the same score, and where the run ends.
    runs: Vec<(f64, usize)>,
}

impl<'a> Order<'a> {
    pub(super) fn new(pairs: &'a Pairs, scores: &[f64]) -> Self {
        let mut sorted: Vec<(u64, u32)> = scores.iter().copied().map(key).zip(0..).collect();
        sorted.par_sort_unstable();
        let mut runs = Vec::new();
        let mut end = 0;
        for run in sorted.chunk_by(|a, b| a.0 == b.0) {
            end += run.len();
            runs.push((score(run[0].0), end));
        }
        let rows: Vec<u32> = sorted.into_iter().map(|(_, row)| row).collect();
        let places = || rows.iter().map(|&row| row as usize);
        Self {
            left: places().map(|row| pairs.left[row]).collect(),
            weights: match pairs.weights.as_slice() {
                [] => Vec::new(),
                weights => places().map(|row| weights[row]).collect(),
            },
            clusters: match &pairs.cluster {
                None => rows.clone(),
                Some(cluster) => places().map(|row| cluster[row]).collect(),
            },
            pairs,
            rows,
            runs,
        }
    }

    /// The blocks of rows that count as often as `times` says of their clusters, or once each.
    pub(super) fn blocks(&self, times: Option<&[u32]>) -> Blocks {
        let mut blocks = Blocks::empty(self.pairs.unit, self.runs.len());
        let mut start = 0;
        for &(score, end) in &self.runs {
            let mut parts = [Part::default(); 2];
            for at in start..end {
                let times = times.map_or(1, |times| times[self.clusters[at] as usize]);
                let weight = self.weights.get(at).copied().unwrap_or(1.0);
                let part = &mut parts[usize::from(!self.left[at])];
                part.add(times as usize, f64::from(times) * weight);
            }
            start = end;
            if parts[0].rows + parts[1].rows > 0 {
                blocks.push(score, parts);
            }
        }
        blocks
    }

    /// For each row the structural component of AUC: for one who left the weight of those who
    /// stayed and stand below, for one who stayed that of those who left and stand above, equal
    /// scores counting half, as shares. The blocks are those of all rows, each once.
    pub(super) fn components(&self, blocks: &Blocks) -> Vec<f64> {
        let total = blocks.total;
        let mut components = vec![0.0; self.rows.len()];
        let mut start = 0;
        for ((block, above), &(_, end)) in blocks.with_above().zip(&self.runs) {
            let of_left = 1.0 - (above[1] + 0.5 * block.stayed) / total[1];
            let of_stayed = (above[0] + 0.5 * block.left) / total[0];
            for at in start..end {
                let of = if self.left[at] { of_left } else { of_stayed };
                components[self.rows[at] as usize] = of;
            }
            start = end;
        }
        components
    }
}
