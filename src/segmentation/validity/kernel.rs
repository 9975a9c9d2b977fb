//! Sums of distances from each of some points to the points of each cluster.
//!
//! Eight targets go side by side, one a lane, and meet one source after the other: the
//! differences are taken as they are, not through a product that cancels, and each lane adds in
//! the order of the sources, so that neither threads nor instruction sets change a bit. No table
//! of distances is made.

use crate::numeric::map_chunks;

/// Targets side by side.
const LANES: usize = 8;
/// Groups of lanes that share a visit to a tile.
const BLOCKS: usize = 8;
/// Sources in a tile, few enough to stay close to the core meanwhile.
const TILE: usize = 256;

type Lanes = [f64; LANES];

/// Points in clusters: cluster c has the points `bounds[c]..bounds[c + 1]`.
pub(super) struct Sources<'a> {
    /// Row by row; the width is from 1 to 8 or a multiple of 8.
    pub(super) values: &'a [f64],
    pub(super) width: usize,
    pub(super) weights: &'a [f64],
    pub(super) bounds: &'a [usize],
}

impl Sources<'_> {
    /// For each of so many targets, `finish` of its number and its sums: one a cluster, of weight
    /// times distance. `target` gives its values.
    pub(super) fn map_sums<'t>(
        &self,
        targets: usize,
        target: impl Fn(usize) -> &'t [f64] + Sync,
        finish: impl Fn(usize, &[f64]) -> f64 + Sync,
    ) -> Vec<f64> {
        let chunk = |range: std::ops::Range<usize>| {
            let sums = match self.width {
                1 => self.sums::<1>(range.clone(), &target),
                2 => self.sums::<2>(range.clone(), &target),
                3 => self.sums::<3>(range.clone(), &target),
                4 => self.sums::<4>(range.clone(), &target),
                5 => self.sums::<5>(range.clone(), &target),
                6 => self.sums::<6>(range.clone(), &target),
                7 => self.sums::<7>(range.clone(), &target),
                _ => self.sums::<8>(range.clone(), &target),
            };
            let clusters = self.bounds.len() - 1;
            let mut of_target = vec![0.0; clusters];
            let mut finished = Vec::with_capacity(range.len());
            for (at, number) in range.enumerate() {
                let (block, lane) = (at / LANES, at % LANES);
                for (cluster, sum) in of_target.iter_mut().enumerate() {
                    *sum = sums[cluster * BLOCKS + block][lane];
                }
                finished.push(finish(number, &of_target));
            }
            finished
        };
        map_chunks(targets, LANES * BLOCKS, chunk).concat()
    }

    /// The sums of at most `LANES * BLOCKS` targets, `BLOCKS` a cluster.
    fn sums<'t, const D: usize>(
        &self,
        targets: std::ops::Range<usize>,
        target: &impl Fn(usize) -> &'t [f64],
    ) -> Vec<Lanes> {
        let parts = self.width / D;
        // Lanes without a target stay at zero; nobody reads their sums.
        let used = targets.len().div_ceil(LANES);
        let mut blocks = vec![[[0.0; LANES]; D]; used * parts];
        for (at, number) in targets.enumerate() {
            let (block, lane) = (at / LANES, at % LANES);
            let (values, _) = target(number).as_chunks::<D>();
            let to = &mut blocks[block * parts..(block + 1) * parts];
            for (to, values) in to.iter_mut().zip(values) {
                for (lanes, value) in to.iter_mut().zip(values) {
                    lanes[lane] = *value;
                }
            }
        }
        let (points, _) = self.values.as_chunks::<D>();
        let mut sums = vec![[0.0; LANES]; BLOCKS * (self.bounds.len() - 1)];
        pulp::Arch::new().dispatch(Visit {
            blocks: &blocks,
            parts,
            points,
            sources: self,
            sums: &mut sums,
        });
        sums
    }
}

/// The visit of all blocks of targets to all sources. A type and not a closure, since only what
/// is inlined into `with_simd` is compiled for the instruction set that was found.
struct Visit<'a, const D: usize> {
    blocks: &'a [[Lanes; D]],
    /// Arrays of D values that make up a point.
    parts: usize,
    points: &'a [[f64; D]],
    sources: &'a Sources<'a>,
    sums: &'a mut [Lanes],
}

impl<const D: usize> pulp::WithSimd for Visit<'_, D> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "see the type")]
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let parts = self.parts;
        let clusters = self.sources.bounds.windows(2);
        for (ends, sums) in clusters.zip(self.sums.chunks_exact_mut(BLOCKS)) {
            let points = &self.points[ends[0] * parts..ends[1] * parts];
            let weights = &self.sources.weights[ends[0]..ends[1]];
            for (tile, weights) in points.chunks(TILE * parts).zip(weights.chunks(TILE)) {
                for (block, sums) in self.blocks.chunks_exact(parts).zip(&mut *sums) {
                    add(block, tile, weights, sums);
                }
            }
        }
    }
}

/// Adds the distances of a block of targets to the sources of a tile.
#[expect(
    clippy::inline_always,
    reason = "compiled for the instruction set of its caller"
)]
#[inline(always)]
fn add<const D: usize>(block: &[[Lanes; D]], tile: &[[f64; D]], weights: &[f64], sums: &mut Lanes) {
    let mut sum = *sums;
    for (source, weight) in tile.chunks_exact(block.len()).zip(weights) {
        let mut squares = [0.0; LANES];
        for (block, source) in block.iter().zip(source) {
            for (lanes, value) in block.iter().zip(source) {
                for (square, lane) in squares.iter_mut().zip(lanes) {
                    let difference = lane - value;
                    *square += difference * difference;
                }
            }
        }
        for (sum, square) in sum.iter_mut().zip(squares) {
            *sum += weight * square.sqrt();
        }
    }
    *sums = sum;
}
