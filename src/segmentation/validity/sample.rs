//! Which rows are compared, and what their silhouettes say of all.

use std::ops::Range;

use super::groups::Groups;
use crate::{Error, Result, numeric::rng::Stream};

/// The purpose of the random numbers: one stream a cluster.
const DRAW: u32 = 1;

/// The places of rows that are compared, in order, and the part of each cluster.
pub(super) struct Sample {
    pub(super) places: Vec<usize>,
    parts: Vec<Range<usize>>,
}

/// A mean over rows and its standard error.
#[derive(Clone, Copy)]
pub(super) struct Mean {
    pub(super) value: f64,
    pub(super) se: f64,
}

impl Sample {
    /// Every row.
    pub(super) fn all(groups: &Groups) -> Self {
        Self {
            places: (0..groups.rows.len()).collect(),
            parts: (0..groups.len()).map(|c| groups.places(c)).collect(),
        }
    }

    /// So many rows without replacement, spread over the clusters as all rows are, and two at
    /// least of each cluster that has two.
    pub(super) fn stratified(groups: &Groups, wanted: usize, seed: u64) -> Result<Self> {
        let needed = 2 * groups.len();
        if wanted < needed {
            let expected = format!("at least {needed}, two rows for each cluster");
            return Err(Error::parameter("sample", wanted, expected));
        }
        let all = groups.rows.len() as u128;
        // Shares are cut from one running total, so that they sum to what is wanted.
        let upto = |bound: usize| (bound as u128 * wanted as u128 / all.max(1)) as usize;
        let mut sample = Self {
            places: Vec::with_capacity(wanted + needed),
            parts: Vec::with_capacity(groups.len()),
        };
        for cluster in 0..groups.len() {
            let places = groups.places(cluster);
            let share = upto(places.end) - upto(places.start);
            let mut missing = share.max(2).min(places.len());
            let start = sample.places.len();
            let mut draw = Stream::new(seed, DRAW, u64::from(groups.labels[cluster]));
            for place in places.clone() {
                // Each row with the chance that leaves the right number (Knuth, algorithm S).
                if draw.index(places.end - place) < missing {
                    sample.places.push(place);
                    missing -= 1;
                }
            }
            sample.parts.push(start..sample.places.len());
        }
        Ok(sample)
    }

    /// The weighted mean of each cluster and that of all, from a value for each of `places`.
    ///
    /// Clusters are strata. Within one the weighted mean is a ratio of two sums of the sample;
    /// its variance is that of the linearised ratio with the correction for a finite population
    /// (Cochran 1977, 6.5).
    pub(super) fn means(&self, groups: &Groups, values: &[f64]) -> (Mean, Vec<Mean>) {
        let of_cluster = |(cluster, part): (usize, &Range<usize>)| {
            let weight = |at: usize| groups.weights[self.places[at]];
            let drawn: f64 = part.clone().map(weight).sum();
            let sum: f64 = part.clone().map(|at| weight(at) * values[at]).sum();
            let mean = sum / drawn;
            let residual = |at: usize| weight(at) * (values[at] - mean);
            let squares: f64 = part.clone().map(|at| residual(at).powi(2)).sum();
            let (n, all) = (part.len() as f64, groups.places(cluster).len() as f64);
            let variance = if n < all {
                (1.0 - n / all) * all * all / n * squares / (n - 1.0)
            } else {
                0.0
            };
            Mean {
                value: mean,
                se: variance.sqrt() / groups.totals[cluster],
            }
        };
        let means: Vec<Mean> = self.parts.iter().enumerate().map(of_cluster).collect();
        let total = groups.total();
        let shares = || groups.totals.iter().map(|weight| weight / total);
        let overall = Mean {
            value: means.iter().zip(shares()).map(|(m, w)| w * m.value).sum(),
            se: (means.iter().zip(shares()))
                .map(|(m, w)| (w * m.se).powi(2))
                .sum::<f64>()
                .sqrt(),
        };
        (overall, means)
    }
}
