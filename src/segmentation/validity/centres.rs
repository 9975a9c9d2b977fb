//! Centres of clusters, and the spread of rows around them.

use super::groups::{Groups, Points};
use crate::numeric::map_chunks;

/// Rows handled at a time; a constant, so that results do not depend on threads.
const CHUNK: usize = 4_096;

/// The centre of each cluster: its first row plus an offset. Held apart, because in a cluster far
/// from the origin the sum would round away what tells two rows from each other.
pub(super) struct Centres<'a> {
    points: &'a Points,
    groups: &'a Groups,
    /// Cluster by cluster.
    offsets: Vec<f64>,
}

/// What the rows of a cluster are from their centre.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spread {
    /// Weighted sum of squared distances.
    pub(super) squares: f64,
    /// Weighted sum of distances.
    pub(super) distances: f64,
}

impl<'a> Centres<'a> {
    pub(super) fn new(points: &'a Points, groups: &'a Groups) -> Self {
        let width = points.width;
        let mut offsets = vec![0.0; groups.len() * width];
        for (cluster, offset) in offsets.chunks_exact_mut(width).enumerate() {
            let places = groups.places(cluster);
            let first = points.row(places.start);
            let sums = map_chunks(places.len(), CHUNK, |range| {
                let mut sums = vec![0.0; width];
                for place in places.start + range.start..places.start + range.end {
                    let weight = groups.weights[place];
                    for ((sum, value), first) in sums.iter_mut().zip(points.row(place)).zip(first) {
                        *sum += weight * (value - first);
                    }
                }
                sums
            });
            for sums in sums {
                for (offset, sum) in offset.iter_mut().zip(sums) {
                    *offset += sum;
                }
            }
            for offset in offset {
                *offset /= groups.totals[cluster];
            }
        }
        Self {
            points,
            groups,
            offsets,
        }
    }

    fn first(&self, cluster: usize) -> &[f64] {
        self.points.row(self.groups.places(cluster).start)
    }

    fn offset(&self, cluster: usize) -> &[f64] {
        let width = self.points.width;
        &self.offsets[cluster * width..(cluster + 1) * width]
    }

    /// The centres, cluster by cluster.
    pub(super) fn values(&self) -> Vec<f64> {
        let of_cluster = |cluster| {
            let pairs = self.first(cluster).iter().zip(self.offset(cluster));
            pairs.map(|(first, offset)| first + offset)
        };
        (0..self.groups.len()).flat_map(of_cluster).collect()
    }

    /// The way from the first row of all to the centre of a cluster.
    fn way_to(&self, cluster: usize) -> impl Iterator<Item = f64> {
        let start = self.points.row(0);
        let pairs = self.first(cluster).iter().zip(self.offset(cluster));
        (pairs.zip(start)).map(|((first, offset), start)| (first - start) + offset)
    }

    /// The distance of two centres.
    pub(super) fn distance(&self, one: usize, other: usize) -> f64 {
        let firsts = self.first(one).iter().zip(self.first(other));
        let offsets = self.offset(one).iter().zip(self.offset(other));
        (firsts.zip(offsets))
            .map(|((a, b), (c, d))| ((a - b) + (c - d)).powi(2))
            .sum::<f64>()
            .sqrt()
    }

    /// The weighted sum of squared distances of the centres to the mean of all rows.
    pub(super) fn between(&self) -> f64 {
        let mut mean = vec![0.0; self.points.width];
        let total = self.groups.total();
        for (cluster, weight) in self.groups.totals.iter().enumerate() {
            for (mean, way) in mean.iter_mut().zip(self.way_to(cluster)) {
                *mean += weight / total * way;
            }
        }
        let of_cluster = |(cluster, weight): (usize, &f64)| {
            let ways = self.way_to(cluster).zip(&mean);
            weight * ways.map(|(way, mean)| (way - mean).powi(2)).sum::<f64>()
        };
        self.groups.totals.iter().enumerate().map(of_cluster).sum()
    }

    /// The spread of the rows of each cluster.
    pub(super) fn spreads(&self) -> Vec<Spread> {
        let of_cluster = |cluster: usize| {
            let places = self.groups.places(cluster);
            let (first, offset) = (self.first(cluster), self.offset(cluster));
            let parts = map_chunks(places.len(), CHUNK, |range| {
                let mut spread = Spread::default();
                for place in places.start + range.start..places.start + range.end {
                    let row = self.points.row(place).iter().zip(first).zip(offset);
                    let square: f64 = row
                        .map(|((value, first), offset)| ((value - first) - offset).powi(2))
                        .sum();
                    spread.squares += self.groups.weights[place] * square;
                    spread.distances += self.groups.weights[place] * square.sqrt();
                }
                spread
            });
            parts.iter().fold(Spread::default(), |all, part| Spread {
                squares: all.squares + part.squares,
                distances: all.distances + part.distances,
            })
        };
        (0..self.groups.len()).map(of_cluster).collect()
    }
}

impl Points {
    /// The values of the row at a place.
    pub(super) fn row(&self, place: usize) -> &[f64] {
        &self.values[place * self.width..(place + 1) * self.width]
    }
}
