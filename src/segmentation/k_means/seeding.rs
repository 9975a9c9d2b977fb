//! Where the iterations start: greedy k-means++.
//!
//! Arthur and Vassilvitskii (2007, "k-means++: the advantages of careful seeding", SODA, 1027-1035)
//! draw each further centre from the rows, with a chance in proportion to the squared distance to
//! the centres so far. The greedy form draws a few candidates and takes the one that leaves the
//! least sum of squares.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]

use pulp::Arch;
use rayon::prelude::*;

use super::{
    lloyd::CHUNK,
    tiles::{Centres, TILE, Tile},
};
use crate::{
    Error, Result,
    numeric::{dispatch, map_chunks, rng::Stream},
    segmentation::points::Points,
};

const PURPOSE: u32 = 0x6B2B;

/// `count` different rows as centres, one after the other.
///
/// # Errors
///
/// [`Error::NotEnoughData`] if fewer different rows count for something.
pub(super) fn plus_plus(
    arch: Arch,
    points: Points,
    count: usize,
    seed: u64,
    run: u64,
) -> Result<Vec<f64>> {
    let centres = further(
        arch,
        points,
        &[],
        count,
        &mut Stream::new(seed, PURPOSE, run),
    );
    match centres.len() / points.columns {
        found if found < count => Err(Error::NotEnoughData {
            what: "different rows of a weight above 0, one for each cluster".into(),
            needed: count,
            found,
        }),
        _ => Ok(centres),
    }
}

/// Up to `count` rows as centres, different from each other and from those that stand; fewer if
/// fewer such rows count for something.
pub(super) fn further(
    arch: Arch,
    points: Points,
    standing: &[f64],
    count: usize,
    draw: &mut Stream,
) -> Vec<f64> {
    let mut potential = Potential::new(points);
    for centre in standing.chunks_exact(points.columns) {
        potential.add(arch, points, centre);
    }
    let mut centres = Vec::with_capacity(count * points.columns);
    let in_all = standing.len() / points.columns + count;
    // 2 + ln k candidates, as Arthur and Vassilvitskii tried them.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a logarithm of a count"
    )]
    let candidates = 2 + (in_all as f64).ln() as usize;
    for chosen in 0..count {
        let is_first = chosen == 0 && standing.is_empty();
        let tried = if is_first { 1 } else { candidates };
        let rows: Vec<usize> = (0..tried).map_while(|_| potential.draw(draw)).collect();
        let best = match rows[..] {
            [] => break,
            [only] => only,
            _ => potential.best(arch, points, &rows),
        };
        centres.extend_from_slice(points.row(best));
        potential.add(arch, points, points.row(best));
    }
    centres
}

/// How much each row adds to the sum of squares, under the centres so far.
struct Potential {
    /// The squared distance to the nearest centre; 1 while there is none.
    distance: Vec<f64>,
    /// Weight times distance.
    share: Vec<f64>,
    by_chunk: Vec<f64>,
}

impl Potential {
    fn new(points: Points) -> Self {
        let share: Vec<f64> = (0..points.rows).map(|row| points.weight(row)).collect();
        Self {
            distance: vec![f64::INFINITY; points.rows],
            by_chunk: map_chunks(points.rows, CHUNK, |range| share[range].iter().sum()),
            share,
        }
    }

    /// A row, with a chance in proportion to its share. `None` if no row has any.
    fn draw(&self, stream: &mut Stream) -> Option<usize> {
        let total: f64 = self.by_chunk.iter().sum();
        let mut rest = stream.uniform() * total;
        // What rounding leaves over at the end falls to the last row that has a share.
        let mut last = None;
        for (at, &of_chunk) in self.by_chunk.iter().enumerate() {
            if rest >= of_chunk && at + 1 < self.by_chunk.len() {
                rest -= of_chunk;
                continue;
            }
            let start = at * CHUNK;
            let end = (start + CHUNK).min(self.share.len());
            for (place, &share) in self.share[start..end].iter().enumerate() {
                if share > 0.0 {
                    last = Some(start + place);
                    if rest < share {
                        return last;
                    }
                }
                rest -= share;
            }
        }
        last.or_else(|| self.share.iter().rposition(|&share| share > 0.0))
    }

    /// The candidate that would leave the least sum of squares; of equal ones the first drawn.
    fn best(&self, arch: Arch, points: Points, rows: &[usize]) -> usize {
        let candidates: Vec<f64> = rows
            .iter()
            .flat_map(|&row| points.row(row))
            .copied()
            .collect();
        let centres = Centres::new(points.columns, &candidates);
        let sums = map_chunks(points.rows, CHUNK, |range| {
            dispatch(
                arch,
                #[inline(always)]
                || {
                    let mut sums = vec![0.0; rows.len()];
                    let mut tile = Tile::new(points.columns);
                    let mut found = vec![[0.0; TILE]; rows.len()];
                    for start in range.clone().step_by(TILE) {
                        let end = (start + TILE).min(range.end);
                        tile.clear();
                        (start..end).for_each(|row| tile.push(points.row(row)));
                        tile.distances(&centres, &mut found);
                        for (sum, found) in sums.iter_mut().zip(&found) {
                            for (row, &to) in (start..end).zip(found) {
                                *sum += points.weight(row) * least(self.distance[row], to);
                            }
                        }
                    }
                    sums
                },
            )
        });
        let mut best = (rows[0], f64::INFINITY);
        for (at, &row) in rows.iter().enumerate() {
            let sum: f64 = sums.iter().map(|sums| sums[at]).sum();
            if sum < best.1 {
                best = (row, sum);
            }
        }
        best.0
    }

    fn add(&mut self, arch: Arch, points: Points, centre: &[f64]) {
        let centres = Centres::new(points.columns, centre);
        let chunk = |(at, (distance, share)): (usize, (&mut [f64], &mut [f64]))| {
            dispatch(
                arch,
                #[inline(always)]
                || {
                    let first = at * CHUNK;
                    let mut sum = 0.0;
                    let mut tile = Tile::new(points.columns);
                    let mut found = [[0.0; TILE]];
                    for start in (0..distance.len()).step_by(TILE) {
                        let end = (start + TILE).min(distance.len());
                        tile.clear();
                        (start..end).for_each(|row| tile.push(points.row(first + row)));
                        tile.distances(&centres, &mut found);
                        for (row, &to) in (start..end).zip(&found[0]) {
                            distance[row] = least(distance[row], to);
                            share[row] = points.weight(first + row) * distance[row];
                            sum += share[row];
                        }
                    }
                    sum
                },
            )
        };
        self.by_chunk = self
            .distance
            .par_chunks_mut(CHUNK)
            .zip(self.share.par_chunks_mut(CHUNK))
            .enumerate()
            .map(chunk)
            .collect();
    }
}

/// `f64::min` asks about NaN; here there is none.
#[inline(always)]
fn least(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}
