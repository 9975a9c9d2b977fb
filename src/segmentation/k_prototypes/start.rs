//! First prototypes.

use super::{
    PrototypeStart,
    fit::{Prototypes, total},
    rows::{CHUNK, LANES, Rows},
};
use crate::numeric::{map_chunks, rng::Stream};

/// Streams of random numbers of a run: for rows, and for the numbers of prototypes.
const ROWS: u32 = 0;
const NUMBERS: u32 = 1;

/// What all runs start from.
pub(super) struct Starter<'a> {
    rows: &'a Rows,
    clusters: usize,
    gamma: f64,
    start: PrototypeStart,
    seed: u64,
    means: Vec<f64>,
    deviations: Vec<f64>,
    /// The rows of Cao, Liang and Bai; they are the same for each run.
    cao: Vec<usize>,
}

impl<'a> Starter<'a> {
    pub(super) fn new(
        rows: &'a Rows,
        clusters: usize,
        gamma: f64,
        start: PrototypeStart,
        seed: u64,
    ) -> Self {
        let cao = match start {
            PrototypeStart::Cao | PrototypeStart::Spread if rows.categorical() > 0 => {
                cao(rows, clusters)
            }
            _ => Vec::new(),
        };
        Self {
            rows,
            clusters,
            gamma,
            start,
            seed,
            means: rows.means(),
            deviations: rows.deviations(),
            cao,
        }
    }

    /// The first prototypes of a run.
    pub(super) fn prototypes(&self, run: usize) -> Prototypes {
        let mut draw = Stream::new(self.seed, ROWS, run as u64);
        match self.start {
            PrototypeStart::Spread if run == 0 && !self.cao.is_empty() => self.of_rows(&self.cao),
            PrototypeStart::Spread => self.of_rows(&self.spread(&mut draw)),
            PrototypeStart::Random => self.of_rows(&self.random(&mut draw)),
            PrototypeStart::Cao if self.cao.is_empty() => {
                self.numbers_drawn(run, &vec![0; self.clusters])
            }
            PrototypeStart::Cao => self.numbers_drawn(run, &self.cao),
            PrototypeStart::Huang => self.numbers_drawn(run, &self.huang(&mut draw)),
        }
    }

    fn of_rows(&self, chosen: &[usize]) -> Prototypes {
        Prototypes::of_rows(self.rows, self.gamma, chosen)
    }

    /// Labels of rows, numbers drawn around the means.
    fn numbers_drawn(&self, run: usize, chosen: &[usize]) -> Prototypes {
        let mut draw = Stream::new(self.seed, NUMBERS, run as u64);
        let mut made = self.of_rows(chosen);
        let columns = self.means.iter().zip(&self.deviations).cycle();
        for (centre, (mean, deviation)) in made.centres.iter_mut().zip(columns) {
            *centre = mean + deviation * draw.normal();
        }
        made
    }

    /// The dissimilarities of all rows to one of them.
    fn to_row(&self, row: usize) -> Vec<f64> {
        let prototype = self.of_rows(&[row]);
        let parts = self.rows.map_tiles(
            #[inline(always)]
            |tiles| {
                let mut found = Vec::with_capacity(tiles.len());
                for tile in tiles {
                    found.push(self.rows.dissimilarity(tile, &prototype, 0));
                }
                found
            },
        );
        let mut all: Vec<f64> = parts.into_iter().flatten().flatten().collect();
        all.truncate(self.rows.len());
        all
    }

    /// A row drawn with a probability that goes with its mass; `None` if there is no mass.
    fn drawn(&self, draw: &mut Stream, mass: impl Fn(usize) -> f64 + Sync) -> Option<usize> {
        let chunk = CHUNK * LANES;
        let sums = map_chunks(self.rows.len(), chunk, |range| {
            range.map(&mass).sum::<f64>()
        });
        let mut left = draw.uniform() * sums.iter().sum::<f64>();
        let at = sums.iter().position(|sum| {
            let here = left < *sum;
            if !here {
                left -= sum;
            }
            here
        });
        // Past the end by rounding: the last chunk with mass.
        let at = at.or_else(|| sums.iter().rposition(|&sum| sum > 0.0))?;
        let mut last = None;
        for row in at * chunk..((at + 1) * chunk).min(self.rows.len()) {
            let mass = mass(row);
            if mass > 0.0 {
                last = Some(row);
                if left < mass {
                    break;
                }
                left -= mass;
            }
        }
        last
    }

    /// Rows that lie far apart.
    fn spread(&self, draw: &mut Stream) -> Vec<usize> {
        let weight = |row| self.rows.weight(row);
        let first = self.drawn(draw, weight).unwrap_or(0);
        let mut chosen = vec![first];
        let mut nearest = self.to_row(first);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the logarithm of a count of 1 or more"
        )]
        let tries = 2 + (self.clusters as f64).ln() as usize;
        while chosen.len() < self.clusters {
            let mut best: Option<(f64, usize, Vec<f64>)> = None;
            for _ in 0..tries {
                let Some(row) = self.drawn(draw, |row| weight(row) * nearest[row]) else {
                    break;
                };
                let mut then = self.to_row(row);
                for (then, now) in then.iter_mut().zip(&nearest) {
                    *then = then.min(*now);
                }
                let cost = total(self.rows, |row| weight(row) * then[row]);
                if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                    best = Some((cost, row, then));
                }
            }
            match best {
                Some((_, row, then)) => {
                    chosen.push(row);
                    nearest = then;
                }
                // All rows are at one of the chosen: the run will say that it found too few.
                None => chosen.push(first),
            }
        }
        chosen
    }

    /// Different rows by weight, without putting them back: those of the smallest exponential
    /// variates with the weights as rates (Efraimidis and Spirakis 2006,
    /// doi:10.1016/j.ipl.2005.11.003).
    fn random(&self, draw: &mut Stream) -> Vec<usize> {
        let mut keyed: Vec<(f64, usize)> = (0..self.rows.len())
            .map(|row| (draw.exponential() / self.rows.weight(row), row))
            .collect();
        keyed.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        keyed.truncate(self.clusters);
        keyed.into_iter().map(|(_, row)| row).collect()
    }

    /// For each cluster labels drawn by their frequency, and the row that has most of them among
    /// the rows not taken; the first among equals.
    fn huang(&self, draw: &mut Stream) -> Vec<usize> {
        let rows = self.rows;
        let mut taken = vec![false; rows.len()];
        let mut chosen = Vec::with_capacity(self.clusters);
        for _ in 0..self.clusters {
            // A label by its frequency is the label of a row drawn by weight.
            let labels: Vec<u32> = (0..rows.categorical())
                .map(|column| {
                    let row = self.drawn(draw, |row| rows.weight(row)).unwrap_or(0);
                    rows.code(row, column)
                })
                .collect();
            let differs = |row| {
                let pairs = labels.iter().enumerate();
                pairs
                    .filter(|&(column, &code)| rows.code(row, column) != code)
                    .count()
            };
            let free = (0..rows.len()).filter(|&row| !taken[row]);
            let row = free.min_by_key(|&row| differs(row)).unwrap_or(0);
            taken[row] = true;
            chosen.push(row);
        }
        chosen
    }
}

/// The rows of Cao, Liang and Bai 2009: the one of most typical labels first, then each time the
/// one whose density times its least number of differences from those chosen is greatest; the
/// first among equals.
fn cao(rows: &Rows, clusters: usize) -> Vec<usize> {
    let mut density = vec![0.0; rows.len()];
    for column in 0..rows.categorical() {
        let mut counts = vec![0.0; rows.levels(column)];
        for row in 0..rows.len() {
            counts[rows.code(row, column) as usize] += rows.weight(row);
        }
        for (row, density) in density.iter_mut().enumerate() {
            *density += counts[rows.code(row, column) as usize];
        }
    }
    let mut chosen = Vec::with_capacity(clusters);
    let mut least = vec![u32::MAX; rows.len()];
    let mut next = first_of_most(&density);
    while chosen.len() < clusters {
        chosen.push(next);
        for (row, least) in least.iter_mut().enumerate() {
            let mut differs = 0;
            for column in 0..rows.categorical() {
                differs += u32::from(rows.code(row, column) != rows.code(next, column));
            }
            *least = differs.min(*least);
        }
        let pairs = density.iter().zip(&least);
        let promise: Vec<f64> = pairs
            .map(|(density, &least)| density * f64::from(least))
            .collect();
        next = first_of_most(&promise);
    }
    chosen
}

fn first_of_most(values: &[f64]) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (at, &value) in values.iter().enumerate() {
        if value > best.1 {
            best = (at, value);
        }
    }
    best.0
}
