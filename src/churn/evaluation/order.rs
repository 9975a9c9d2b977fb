//! Rows in the order of their scores, for weights that change.

use rayon::prelude::*;

use super::ranks::{Blocks, Part, key, score};

/// Rows from the highest score to the lowest, in runs of the same score.
pub(super) struct Order {
    rows: Vec<u32>,
    /// The score of each run, and where it ends.
    runs: Vec<(f64, usize)>,
}

impl Order {
    /// There are at most 2^32 rows.
    pub(super) fn new(scores: &[f64]) -> Self {
        let mut sorted: Vec<(u64, u32)> = scores.iter().copied().map(key).zip(0..).collect();
        sorted.par_sort_unstable();
        let mut runs = Vec::new();
        let mut end = 0;
        for run in sorted.chunk_by(|a, b| a.0 == b.0) {
            end += run.len();
            runs.push((score(run[0].0), end));
        }
        Self {
            rows: sorted.into_iter().map(|(_, row)| row).collect(),
            runs,
        }
    }

    fn runs(&self) -> impl Iterator<Item = (f64, &[u32])> {
        let mut start = 0;
        self.runs.iter().map(move |&(score, end)| {
            let rows = &self.rows[start..end];
            start = end;
            (score, rows)
        })
    }

    /// The blocks of rows that count a number of times each, and weigh something each time; `unit`
    /// is what they all weigh beside that.
    pub(super) fn blocks(
        &self,
        left: &[bool],
        unit: Option<f64>,
        count: impl Fn(usize) -> (usize, f64),
    ) -> Blocks {
        let mut blocks = Blocks::empty(unit, self.runs.len());
        for (score, rows) in self.runs() {
            let mut parts = [Part::default(); 2];
            for &row in rows {
                let row = row as usize;
                let (times, weight) = count(row);
                parts[usize::from(!left[row])].add(times, times as f64 * weight);
            }
            if parts[0].rows + parts[1].rows > 0 {
                blocks.push(score, parts);
            }
        }
        blocks
    }

    /// For each row the structural component of AUC: for one who left the weight of those who
    /// stayed and stand below, for one who stayed that of those who left and stand above, equal
    /// scores counting half, as shares. The blocks are those of all rows, each once.
    pub(super) fn components(&self, left: &[bool], blocks: &Blocks) -> Vec<f64> {
        let total = blocks.total;
        let mut components = vec![0.0; left.len()];
        for ((block, above), (_, rows)) in blocks.with_above().zip(self.runs()) {
            let of_left = 1.0 - (above[1] + 0.5 * block.stayed) / total[1];
            let of_stayed = (above[0] + 0.5 * block.left) / total[0];
            for &row in rows {
                let row = row as usize;
                components[row] = if left[row] { of_left } else { of_stayed };
            }
        }
        components
    }
}
