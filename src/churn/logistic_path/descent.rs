//! The least of the loss and a penalty: Newton's method, by coordinates within.

use super::{
    quadratic::{Quadratic, Solved},
    rows::{Rows, Slopes},
};
use crate::{Error, Result, churn::tiles::Tiles};

/// The descent has ended where a step moves linear predictors by the root of this, on the average of
/// rows by their variance; or by the root of `NOISE` where rounding lets steps no longer shrink.
const STILL: f64 = 1e-24;
const NOISE: f64 = 1e-14;
/// A step of which more than this share, squared, is left to the next wants new second derivatives.
const SLOW: f64 = 0.03;
/// Rounding may hide a gain of this share of the loss.
const ROUNDING: f64 = 1e-13;
const STEPS: usize = 200;
/// What the slope of the best intercept cannot be.
const LOST: f64 = 1e-9;
/// A slope beyond its limit by this share of it is rounding.
const BEYOND: f64 = 1e-12;
/// A loss this near to its limit, in rows, falls for ever if steps still move linear predictors of
/// rows apart by `MOVING` and what they gain falls by a factor only.
const FLAT: f64 = 1e-6;
const MOVING: f64 = 0.5;
const FALLING: f64 = 0.02;
/// Columns of ones.
pub(super) const ONES: usize = 1;

/// A penalty on coefficients of standardised columns: `lasso |b| + ridge b² / 2` for each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Penalty {
    pub(super) lasso: f64,
    pub(super) ridge: f64,
}

impl Penalty {
    pub(super) fn new(penalty: f64, l1_share: f64) -> Self {
        Self {
            lasso: penalty * l1_share,
            ridge: penalty * (1.0 - l1_share),
        }
    }

    /// What coefficients cost; the intercept, which is the first, costs nothing.
    fn cost(self, beta: &[f64]) -> f64 {
        let one = |beta: &f64| self.lasso * beta.abs() + 0.5 * self.ridge * beta * beta;
        beta[ONES..].iter().map(one).sum()
    }
}

/// A descent along a path of penalties; each begins where the one before ended.
#[derive(Debug)]
pub(super) struct Descent<'a> {
    rows: &'a Rows,
    /// The columns that may have a coefficient, by their places among those with the ones; 0 first.
    pub(super) places: Vec<usize>,
    x: Tiles,
    /// Which of the places are worked on, ascending, the intercept first.
    working: Vec<usize>,
    tiles: Tiles,
    /// Of the working places.
    beta: Vec<f64>,
    now: Slopes,
    /// Second derivatives by working places, at some earlier coefficients; empty if there are none.
    curvature: Vec<f64>,
    is_fresh: bool,
    /// Equations that were solved by them.
    solved: Option<Solved>,
    /// The slopes of all places where the last penalty ended.
    slopes: Vec<f64>,
}

impl<'a> Descent<'a> {
    /// Begins at the best intercept alone.
    pub(super) fn new(rows: &'a Rows, columns: &[usize]) -> Result<Self> {
        let mut places = vec![0];
        places.extend(columns.iter().map(|column| column + ONES));
        let x = rows.columns.x.of(&places);
        let tiles = x.of(&[0]);
        let start = rows.start();
        let now = rows.slopes(&tiles, &[start]);
        let mut descent = Self {
            rows,
            places,
            x,
            working: vec![0],
            tiles,
            beta: vec![start],
            now,
            curvature: Vec::new(),
            is_fresh: false,
            solved: None,
            slopes: Vec::new(),
        };
        let free = Penalty::new(0.0, 1.0);
        let settled = descent.settle(free);
        // Where no row has a chance other than 0 and 1, nothing moves.
        let loss = descent.now.loss;
        let is_lost =
            descent.now.gradient[0].abs() > LOST || !loss.is_finite() || loss < f64::MIN_POSITIVE;
        if settled.is_err() || is_lost {
            return Err(Error::Degenerate {
                what:
                    "with the offsets the likelihood is out of the range of numbers; give smaller \
                       ones, nearer to each other"
                        .into(),
            });
        }
        descent.slopes = descent.all_slopes();
        Ok(descent)
    }

    /// The least penalty at which, by this share of the lasso, all coefficients are 0.
    pub(super) fn all_zero_at(&self, l1_share: f64) -> f64 {
        let highest = self.slopes[ONES..].iter();
        highest.fold(0.0f64, |high, slope| high.max(slope.abs())) / l1_share
    }

    pub(super) fn loss(&self) -> f64 {
        self.now.loss
    }

    /// The coefficients of all places.
    pub(super) fn coefficients(&self) -> Vec<f64> {
        let mut all = vec![0.0; self.places.len()];
        for (&place, beta) in self.working.iter().zip(&self.beta) {
            all[place] = *beta;
        }
        all
    }

    /// Goes on to the next penalty. `expected` is the limit beyond which a slope is expected to be
    /// too great there.
    pub(super) fn descend(&mut self, penalty: Penalty, expected: f64) -> Result<()> {
        self.take_in(expected.min(penalty.lasso));
        loop {
            self.settle(penalty)?;
            self.slopes = self.all_slopes();
            if !self.take_in(penalty.lasso * (1.0 + BEYOND)) {
                return Ok(());
            }
        }
    }

    fn all_slopes(&self) -> Vec<f64> {
        self.rows.slopes(&self.x, &self.coefficients()).gradient
    }

    /// Takes in the columns whose slopes are beyond a limit; tells whether there are any.
    fn take_in(&mut self, limit: f64) -> bool {
        let is_working = |place: &usize| self.working.binary_search(place).is_ok();
        let (slopes, count) = (&self.slopes, self.places.len());
        let more: Vec<usize> = (0..count)
            .filter(|place| slopes[*place].abs() > limit && !is_working(place))
            .collect();
        if more.is_empty() {
            return false;
        }
        let all = self.coefficients();
        self.working.extend(more);
        self.working.sort_unstable();
        self.beta = self.working.iter().map(|&place| all[place]).collect();
        self.tiles = self.x.of(&self.working);
        self.now.gradient = self.working.iter().map(|&at| self.slopes[at]).collect();
        self.curvature.clear();
        true
    }

    /// Finds the least over the working columns.
    fn settle(&mut self, penalty: Penalty) -> Result<()> {
        let mut before = f64::INFINITY;
        let mut size = f64::INFINITY;
        for _ in 0..STEPS {
            if self.curvature.is_empty() {
                self.curvature = self.rows.curvature(&self.tiles, &self.beta);
                self.is_fresh = true;
                self.solved = None;
            }
            let mut solved = self.solved.take();
            let quadratic = Quadratic {
                at: &self.beta,
                gradient: &self.now.gradient,
                curvature: &self.curvature,
                penalty,
            };
            let (to, moved) = quadratic.least(&mut solved);
            self.solved = solved;
            size = moved;
            let is_noise = self.is_fresh && size <= NOISE && size > 0.25 * before;
            self.refuse_infinite(penalty, &to, [before, size])?;
            if size <= STILL || is_noise {
                self.now = self.rows.slopes(&self.tiles, &to);
                self.beta = to;
                return Ok(());
            }
            let is_whole = self.go(penalty, &to);
            let is_slow = size > SLOW * before;
            before = size;
            match is_whole {
                Some(Reached::End) if !is_slow => self.is_fresh = false,
                Some(_) => self.curvature.clear(),
                None if self.is_fresh => break,
                None => {
                    before = f64::INFINITY;
                    self.curvature.clear();
                }
            }
        }
        Err(Error::NotConverged {
            model: "logistic path",
            iterations: STEPS,
            last_change: size,
            tolerance: STILL,
        })
    }

    /// Goes as much of the way as does not lead up. `None` if even the least share does, or if second
    /// derivatives of elsewhere led there.
    fn go(&mut self, penalty: Penalty, to: &[f64]) -> Option<Reached> {
        let height = self.now.loss + penalty.cost(&self.beta);
        let most = height + ROUNDING * (1.0 + height.abs());
        let mut share = 1.0;
        for _ in 0..40 {
            let there: Vec<f64> = self
                .beta
                .iter()
                .zip(to)
                .map(|(&from, &to)| {
                    if share < 1.0 {
                        from + share * (to - from)
                    } else {
                        to
                    }
                })
                .collect();
            let slopes = self.rows.slopes(&self.tiles, &there);
            if slopes.loss + penalty.cost(&there) <= most {
                (self.beta, self.now) = (there, slopes);
                return Some(if share < 1.0 {
                    Reached::Part
                } else {
                    Reached::End
                });
            }
            if !self.is_fresh {
                return None;
            }
            share *= 0.5;
        }
        None
    }

    /// Without a penalty coefficients may have no finite best value.
    fn refuse_infinite(&self, penalty: Penalty, to: &[f64], sizes: [f64; 2]) -> Result<()> {
        let [before, size] = sizes;
        let is_free = penalty.lasso <= 0.0 && penalty.ridge <= 0.0;
        let is_flat = size * (self.rows.len() as f64) < FLAT && size > FALLING * before;
        if !(is_free && is_flat && self.is_fresh) {
            return Ok(());
        }
        let steps = to.iter().zip(&self.beta);
        let mut step: Vec<f64> = steps.map(|(to, from)| to - from).collect();
        // All move together with the intercept, which tells nobody from another; alone it has an end
        // unless offsets are out of range.
        if step.len() > ONES {
            step[..ONES].fill(0.0);
        }
        if self.tiles.range_of(&step) <= MOVING {
            return Ok(());
        }
        Err(Error::Degenerate {
            what:
                "some columns tell who left without error, so that without a penalty coefficients \
                   are infinite; leave out the penalty 0"
                    .into(),
        })
    }
}

enum Reached {
    End,
    Part,
}
