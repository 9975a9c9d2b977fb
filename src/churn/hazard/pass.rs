//! The log-likelihood with its slopes, in one pass over the rows and their periods.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined into the dispatched closure is not compiled for its instructions"
)]

use super::periods::Periods;
use crate::{
    churn::{
        Link,
        logistic::{Information, LinkSlopes},
        tiles::{TILE, Tiles, add_products},
    },
    numeric::lanes::dot,
};

/// The log-likelihood, its gradient and minus its second derivatives, row by row: by the coefficients of
/// the baseline, then of the columns.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) log_likelihood: f64,
    pub(super) gradient: Vec<f64>,
    pub(super) information: Vec<f64>,
}

/// What a pass goes over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course<'a> {
    pub(super) periods: &'a Periods,
    /// The powers of the periods; `None` for a coefficient a period.
    pub(super) powers: Option<&'a [Vec<f64>]>,
    pub(super) x: &'a Tiles,
    pub(super) link: Link,
}

/// Where sums of each kind begin, of those that are made beside one another.
struct Layout {
    /// By period: values, scores, bends.
    periods: usize,
    /// Scores by column, and their products.
    columns: usize,
    /// The coefficients of the baseline.
    baseline: usize,
}

impl Layout {
    fn scores(&self) -> usize {
        3 * self.periods
    }

    fn products(&self) -> usize {
        self.scores() + self.columns
    }

    /// The products of columns and the baseline: for each column a number for each of its coefficients.
    fn crosses(&self) -> usize {
        self.products() + self.columns * self.columns
    }

    fn len(&self) -> usize {
        self.crosses() + self.columns * self.baseline
    }
}

/// Room for the slopes of the periods of one customer.
pub(super) struct Slopes {
    eta: Vec<f64>,
    sign: Vec<f64>,
    pub(super) value: Vec<f64>,
    score: Vec<f64>,
    bend: Vec<f64>,
}

impl Slopes {
    pub(super) fn new(len: usize) -> Self {
        let zeros = || vec![0.0; len];
        Self {
            eta: zeros(),
            sign: vec![-1.0; len],
            value: zeros(),
            score: zeros(),
            bend: zeros(),
        }
    }

    /// Those of some periods, by the baseline and what the columns of the customer add; `sign` says
    /// how the last of them ended.
    #[inline(always)]
    pub(super) fn fill(
        &mut self,
        link: Link,
        of: Information,
        level: &[f64],
        shift: f64,
        sign: f64,
    ) {
        for (eta, level) in self.eta.iter_mut().zip(level) {
            *eta = level + shift;
        }
        let len = level.len();
        let Some(last) = len.checked_sub(1) else {
            return;
        };
        self.sign[last] = sign;
        let out = LinkSlopes {
            value: &mut self.value,
            score: &mut self.score,
            bend: &mut self.bend,
        };
        link.slopes(of, &self.eta[..len], &self.sign[..len], out);
        self.sign[last] = -1.0;
    }

    /// Those of the first periods, as often as the customer counts.
    #[inline(always)]
    fn weigh(&mut self, count: usize, weight: f64) {
        for at in 0..count {
            self.value[at] *= weight;
            self.score[at] *= weight;
            self.bend[at] *= weight;
        }
    }
}

#[inline(always)]
fn add(sums: &mut [f64], terms: &[f64]) {
    for (sum, term) in sums.iter_mut().zip(terms) {
        *sum += term;
    }
}

#[inline(always)]
fn add_multiple(sums: &mut [f64], by: f64, terms: &[f64]) {
    for (sum, term) in sums.iter_mut().zip(terms) {
        *sum += by * term;
    }
}

impl Course<'_> {
    /// How many coefficients the baseline has.
    pub(super) fn baseline(&self) -> usize {
        self.powers.map_or(self.periods.fitted.len(), <[_]>::len)
    }

    /// The baseline in each fitted period.
    pub(super) fn levels(&self, coefficients: &[f64]) -> Vec<f64> {
        let Some(powers) = self.powers else {
            return coefficients.to_vec();
        };
        let mut levels = vec![0.0; self.periods.fitted.len()];
        for (power, coefficient) in powers.iter().zip(coefficients) {
            add_multiple(&mut levels, *coefficient, power);
        }
        levels
    }

    /// At these coefficients; `None` where numbers end.
    pub(super) fn pass(&self, coefficients: &[f64], of: Information) -> Option<Pass> {
        let baseline = self.baseline();
        let (alpha, beta) = coefficients.split_at(baseline);
        let levels = self.levels(alpha);
        let layout = Layout {
            periods: levels.len(),
            columns: beta.len(),
            baseline,
        };
        let sums = self.sums(&layout, &levels, beta, of);
        if !sums.iter().all(|sum| sum.is_finite()) {
            return None;
        }
        Some(self.assembled(&layout, &sums))
    }

    fn sums(&self, layout: &Layout, levels: &[f64], beta: &[f64], of: Information) -> Vec<f64> {
        let (periods, columns) = (layout.periods, layout.columns);
        let one;
        let x = if columns == 0 {
            // Without a column there would be no tiles to go over.
            one = Tiles::zeros(self.periods.lives.len(), 1);
            &one
        } else {
            self.x
        };
        x.sums(
            layout.len(),
            #[inline(always)]
            |rows, tile, sums| {
                let len = rows.len();
                let mut shift = [0.0; TILE];
                for (column, beta) in tile.chunks_exact(len).zip(beta) {
                    add_multiple(&mut shift, *beta, column);
                }
                let [mut scores, mut bends] = [[0.0; TILE]; 2];
                let mut moments = vec![0.0; self.powers.map_or(0, <[_]>::len) * len];
                let mut room = Slopes::new(periods);
                let ones = vec![1.0; periods];
                for (at, life) in self.periods.lives[rows].iter().enumerate() {
                    let (from, to) = (life.from as usize, life.to as usize);
                    let count = to - from;
                    room.fill(self.link, of, &levels[from..to], shift[at], life.sign);
                    room.weigh(count, life.weight);
                    let (score, bend) = (&room.score[..count], &room.bend[..count]);
                    add(&mut sums[from..to], &room.value[..count]);
                    add(&mut sums[periods + from..periods + to], score);
                    add(&mut sums[2 * periods + from..2 * periods + to], bend);
                    scores[at] = dot(score, &ones[..count]);
                    bends[at] = dot(bend, &ones[..count]);
                    if let Some(powers) = self.powers {
                        for (moments, power) in moments.chunks_exact_mut(len).zip(powers) {
                            moments[at] = dot(bend, &power[from..to]);
                        }
                    } else {
                        let crosses = sums[layout.crosses()..].chunks_exact_mut(periods);
                        for (cross, column) in crosses.zip(tile.chunks_exact(len)) {
                            add_multiple(&mut cross[from..to], column[at], bend);
                        }
                    }
                }
                if columns == 0 {
                    return;
                }
                let (scores, bends) = (&scores[..len], &bends[..len]);
                let of_columns = &mut sums[layout.scores()..layout.products()];
                for (sum, column) in of_columns.iter_mut().zip(tile.chunks_exact(len)) {
                    *sum += dot(column, scores);
                }
                let products = &mut sums[layout.products()..layout.crosses()];
                add_products(tile, bends, products, columns);
                if self.powers.is_some() {
                    let crosses = sums[layout.crosses()..].chunks_exact_mut(layout.baseline);
                    for (cross, column) in crosses.zip(tile.chunks_exact(len)) {
                        for (sum, moments) in cross.iter_mut().zip(moments.chunks_exact(len)) {
                            *sum += dot(moments, column);
                        }
                    }
                }
            },
        )
    }

    fn assembled(&self, layout: &Layout, sums: &[f64]) -> Pass {
        let (periods, columns, baseline) = (layout.periods, layout.columns, layout.baseline);
        let order = baseline + columns;
        let (values, scores) = (&sums[..periods], &sums[periods..2 * periods]);
        let bends = &sums[2 * periods..3 * periods];
        let mut information = vec![0.0; order * order];
        let mut gradient = Vec::with_capacity(order);
        match self.powers {
            None => {
                gradient.extend_from_slice(scores);
                for (at, bend) in bends.iter().enumerate() {
                    information[at * order + at] = *bend;
                }
            }
            Some(powers) => {
                for (a, of_a) in powers.iter().enumerate() {
                    gradient.push(dot(of_a, scores));
                    let bent: Vec<f64> = of_a.iter().zip(bends).map(|(x, bend)| x * bend).collect();
                    for (b, of_b) in powers.iter().enumerate() {
                        information[a * order + b] = dot(&bent, of_b);
                    }
                }
            }
        }
        gradient.extend_from_slice(&sums[layout.scores()..layout.products()]);
        for column in 0..columns {
            let row = baseline + column;
            let crosses = &sums[layout.crosses() + column * baseline..][..baseline];
            for (at, cross) in crosses.iter().enumerate() {
                information[row * order + at] = *cross;
                information[at * order + row] = *cross;
            }
            for other in 0..=column {
                let product = sums[layout.products() + column * columns + other];
                information[row * order + baseline + other] = product;
                information[(baseline + other) * order + row] = product;
            }
        }
        Pass {
            log_likelihood: values.iter().sum(),
            gradient,
            information,
        }
    }
}
