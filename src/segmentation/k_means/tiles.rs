//! The kernel: which centre is nearest to each row, many rows at a time.
//!
//! Rows are taken in tiles, column by column, so that one instruction works on several rows and
//! no sum runs across lanes. Each lane does the same additions in the same order whatever the
//! width of the machine, and no multiplication is fused with an addition, so that every dispatch
//! path gives the same bits.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]

/// Rows in a tile.
pub(super) const TILE: usize = 64;
/// Rows that are worked on together: one register of AVX-512, two of AVX2.
const LANES: usize = 8;
/// Centres that are worked on together, so that a row is loaded once for all of them.
const TOGETHER: usize = 4;

/// Centres as the kernel reads them: in fours, column by column.
#[derive(Debug, Clone)]
pub(super) struct Centres {
    pub(super) count: usize,
    pub(super) columns: usize,
    fours: Vec<[f64; TOGETHER]>,
}

impl Centres {
    /// From centres one after the other.
    pub(super) fn new(columns: usize, centres: &[f64]) -> Self {
        let count = centres.len() / columns;
        let mut fours = Vec::with_capacity(count.div_ceil(TOGETHER) * columns);
        for first in (0..count).step_by(TOGETHER) {
            for column in 0..columns {
                // What fills up the last four is infinitely far from everything.
                fours.push(std::array::from_fn(|at| {
                    let place = (first + at) * columns + column;
                    centres.get(place).copied().unwrap_or(f64::INFINITY)
                }));
            }
        }
        Self {
            count,
            columns,
            fours,
        }
    }
}

/// Some rows, column by column.
pub(super) struct Tile {
    columns: usize,
    values: Vec<[f64; TILE]>,
    /// How many rows of the tile are in use.
    len: usize,
}

/// What the kernel finds for the rows of a tile. Distances are squared.
pub(super) struct Nearest {
    pub(super) centre: [u32; TILE],
    pub(super) distance: [f64; TILE],
    pub(super) runner_up: [u32; TILE],
    pub(super) runner_up_distance: [f64; TILE],
}

impl Nearest {
    pub(super) fn new() -> Self {
        Self {
            centre: [0; TILE],
            distance: [0.0; TILE],
            runner_up: [0; TILE],
            runner_up_distance: [0.0; TILE],
        }
    }
}

impl Tile {
    pub(super) fn new(columns: usize) -> Self {
        Self {
            columns,
            values: vec![[0.0; TILE]; columns],
            len: 0,
        }
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_full(&self) -> bool {
        self.len == TILE
    }

    /// Adds a row. The tile must not be full.
    #[inline(always)]
    pub(super) fn push(&mut self, row: &[f64]) {
        let at = self.len % TILE;
        for (column, &value) in self.values.iter_mut().zip(row) {
            column[at] = value;
        }
        self.len = at + 1;
    }

    /// The squared distance of each row to each centre, by centre.
    #[inline(always)]
    pub(super) fn distances(&self, centres: &Centres, found: &mut [[f64; TILE]]) {
        let mut start = 0;
        while start < self.len {
            let fours = centres.fours.chunks_exact(self.columns);
            for (four, found) in fours.zip(found.chunks_mut(TOGETHER)) {
                let sums = self.squares(start, four);
                for (sum, found) in sums.iter().zip(found) {
                    found[start..start + LANES].copy_from_slice(sum);
                }
            }
            start += LANES;
        }
    }

    /// The squared distances of the rows from `start` on to four centres.
    #[inline(always)]
    fn squares(&self, start: usize, four: &[[f64; TOGETHER]]) -> [[f64; LANES]; TOGETHER] {
        let mut sums = [[0.0; LANES]; TOGETHER];
        for (column, centre) in self.values.iter().zip(four) {
            let Some(x) = column
                .get(start..)
                .and_then(|rest| rest.first_chunk::<LANES>())
            else {
                break; // tiles are whole numbers of lanes
            };
            for (sum, &c) in sums.iter_mut().zip(centre) {
                for lane in 0..LANES {
                    let gap = x[lane] - c;
                    sum[lane] += gap * gap;
                }
            }
        }
        sums
    }

    /// The nearest and the second nearest centre of each row; of centres that are equally near,
    /// the one with the lower number. With one centre the second is infinitely far.
    #[inline(always)]
    pub(super) fn nearest(&self, centres: &Centres, found: &mut Nearest) {
        let used = self.len.next_multiple_of(LANES);
        let mut places = Places {
            best: [0; TILE],
            second: [0; TILE],
        };
        found.distance.fill(f64::INFINITY);
        found.runner_up_distance.fill(f64::INFINITY);
        let mut sums = [[0.0; TILE]; TOGETHER];
        let mut number = 0;
        for four in centres.fours.chunks_exact(self.columns) {
            for start in (0..used).step_by(LANES) {
                let of_lanes = self.squares(start, four);
                for (sums, of_lanes) in sums.iter_mut().zip(&of_lanes) {
                    sums[start..start + LANES].copy_from_slice(of_lanes);
                }
            }
            for sums in &sums {
                found.consider(number, &sums[..used], &mut places);
                number += 1;
            }
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "numbers of centres are 32 bits"
        )]
        for row in 0..used {
            found.centre[row] = places.best[row] as u32;
            found.runner_up[row] = places.second[row] as u32;
        }
    }
}

/// Numbers of centres, as wide as the distances, so that one mask chooses both.
struct Places {
    best: [u64; TILE],
    second: [u64; TILE],
}

impl Nearest {
    /// Takes in the distances of the rows to a further centre. What is chosen is chosen by masks:
    /// which centre is nearer is a toss-up, and branches on it would be guessed wrong.
    #[inline(always)]
    fn consider(&mut self, number: u64, sums: &[f64], places: &mut Places) {
        let best = self.distance.iter_mut().zip(&mut places.best);
        let second = (self.runner_up_distance.iter_mut()).zip(&mut places.second);
        for ((&sum, (best, best_at)), (second, second_at)) in sums.iter().zip(best).zip(second) {
            let nearer = mask(sum < *best);
            let behind = choose_value(nearer, *best, sum);
            let behind_at = choose(nearer, *best_at, number);
            // What was best stays the first among those that are as near as it is.
            let closer = nearer | mask(behind < *second);
            *second = choose_value(closer, behind, *second);
            *second_at = choose(closer, behind_at, *second_at);
            *best = choose_value(nearer, sum, *best);
            *best_at = choose(nearer, number, *best_at);
        }
    }
}

/// All bits, or none.
#[inline(always)]
fn mask(yes: bool) -> u64 {
    u64::from(yes).wrapping_neg()
}

#[inline(always)]
fn choose(mask: u64, yes: u64, no: u64) -> u64 {
    yes & mask | no & !mask
}

#[inline(always)]
fn choose_value(mask: u64, yes: f64, no: f64) -> f64 {
    f64::from_bits(choose(mask, yes.to_bits(), no.to_bits()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulp::Arch;

    use super::*;
    use crate::numeric::dispatch;

    /// What the kernel finds under a dispatch path.
    fn found(
        arch: Arch,
        columns: usize,
        rows: &[f64],
        centres: &[f64],
    ) -> Vec<(u32, u64, u32, u64)> {
        let mut tile = Tile::new(columns);
        rows.chunks_exact(columns).for_each(|row| tile.push(row));
        let mut nearest = Nearest::new();
        let centres = Centres::new(columns, centres);
        dispatch(
            arch,
            #[inline(always)]
            || tile.nearest(&centres, &mut nearest),
        );
        let of = |row: usize| {
            (
                nearest.centre[row],
                nearest.distance[row].to_bits(),
                nearest.runner_up[row],
                nearest.runner_up_distance[row].to_bits(),
            )
        };
        (0..tile.len()).map(of).collect()
    }

    fn naive(row: &[f64], centres: &[f64]) -> Vec<f64> {
        let square = |centre: &[f64]| row.iter().zip(centre).map(|(x, c)| (x - c) * (x - c)).sum();
        centres.chunks_exact(row.len()).map(square).collect()
    }

    proptest! {
        #[test]
        fn every_dispatch_path_finds_what_plain_loops_find(
            columns in 1usize..6,
            numbers in prop::collection::vec(-3i32..4, 5 * TILE),
            count in 1usize..12,
        ) {
            // Small whole numbers, so that many distances are equal.
            let numbers: Vec<f64> = numbers.into_iter().map(f64::from).collect();
            let rows = &numbers[..columns * 37];
            let centres = &numbers[columns * 37..columns * (37 + count)];
            let fast = found(Arch::new(), columns, rows, centres);
            prop_assert_eq!(&fast, &found(Arch::Scalar, columns, rows, centres));
            for (row, (first, distance, second, next)) in rows.chunks_exact(columns).zip(fast) {
                let squares = naive(row, centres);
                let mut order: Vec<usize> = (0..count).collect();
                order.sort_by(|&a, &b| squares[a].total_cmp(&squares[b]));
                prop_assert_eq!(first as usize, order[0]);
                prop_assert_eq!(distance, squares[order[0]].to_bits());
                if let Some(&runner_up) = order.get(1) {
                    prop_assert_eq!(second as usize, runner_up);
                    prop_assert_eq!(next, squares[runner_up].to_bits());
                } else {
                    prop_assert_eq!(next, f64::INFINITY.to_bits());
                }
            }
        }

        #[test]
        fn all_distances_are_those_of_plain_loops(
            numbers in prop::collection::vec(-1e6f64..1e6, 3 * TILE),
            count in 1usize..10,
        ) {
            let (rows, centres) = (&numbers[..3 * 20], &numbers[60..60 + 3 * count]);
            let mut tile = Tile::new(3);
            rows.chunks_exact(3).for_each(|row| tile.push(row));
            let mut out = vec![[0.0; TILE]; count];
            let ready = Centres::new(3, centres);
            dispatch(Arch::new(), #[inline(always)] || tile.distances(&ready, &mut out));
            for (at, row) in rows.chunks_exact(3).enumerate() {
                for (number, square) in naive(row, centres).into_iter().enumerate() {
                    prop_assert_eq!(out[number][at].to_bits(), square.to_bits());
                }
            }
        }
    }
}
