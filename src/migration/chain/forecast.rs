//! How many customers will be where.

use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    data::{Estimate, Segment, SegmentId},
    migration::{
        matrix::{Row, TransitionMatrix},
        states,
    },
    numeric::{
        binomial::{MOST_TRIALS, multinomial},
        map_chunks,
        rng::Stream,
    },
};

/// What the random streams of one seed are for.
const REPLICATE: u32 = 0x466f_7265;

/// Replicates that are drawn together; a constant.
const CHUNK: usize = 8;

/// Numbers that all replicates together may hold: 2 GiB.
const MOST_NUMBERS: usize = 1 << 28;

/// How far to look ahead, and how to find out how sure that is.
///
/// Expected numbers are those of the matrix, step by step. Their intervals are from replicates. Each
/// draws the rows of the matrix from what the counts leave open, a Dirichlet law with the counts and
/// 1 more, spread over the steps that are possible (Perks 1947; Berger, Bernardo and Sun 2015,
/// doi:10.1214/14-BA915), and then lets every single customer walk. An interval therefore holds what
/// will be counted, not only what is expected, so often as its level says. Where all draws lie on one
/// side of the expected number, it is widened to hold that too. Rows that were given are taken to be
/// exact.
///
/// # Example
///
/// ```
/// use custometry::{data::{Segment, SegmentId}, migration::*};
///
/// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
/// let states = vec![state(1, "active"), state(2, "asleep")];
/// let counts = TransitionCounts::new(states, &[[900, 100], [50, 150]])?;
/// let matrix = TransitionMatrix::of_counts(&counts);
///
/// let params = ForecastParams::new(4).values(vec![30.0, 0.0]);
/// let forecast = params.customers(&matrix, &[950, 250])?;
/// let active = forecast.at(1, SegmentId(1)).unwrap();
/// assert!((active.value - (950.0 * 0.9 + 250.0 * 0.25)).abs() < 1e-9);
/// assert!(active.lo > 860.0 && active.hi < 970.0);
/// assert!((forecast.worth(1).unwrap().value - 30.0 * active.value).abs() < 1e-9);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForecastParams {
    steps: usize,
    #[serde(default)]
    values: Option<Vec<f64>>,
    #[serde(default = "default_replicates")]
    replicates: usize,
    #[serde(default = "default_level")]
    level: f64,
    #[serde(default)]
    seed: u64,
}

fn default_replicates() -> usize {
    1_000
}

fn default_level() -> f64 {
    0.95
}

impl ForecastParams {
    /// A forecast over so many periods, with intervals of 95 % from 1,000 replicates.
    ///
    /// # Example
    ///
    /// See [`ForecastParams`].
    pub fn new(steps: usize) -> Self {
        Self {
            steps,
            values: None,
            replicates: default_replicates(),
            level: default_level(),
            seed: 0,
        }
    }

    /// What a customer of each state is worth in a period, in the order of the states.
    ///
    /// # Example
    ///
    /// See [`ForecastParams`].
    pub fn values(mut self, values: Vec<f64>) -> Self {
        self.values = Some(values);
        self
    }

    /// How many replicates to draw.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::ForecastParams;
    /// assert_ne!(ForecastParams::new(1).replicates(200), ForecastParams::new(1));
    /// ```
    pub fn replicates(mut self, replicates: usize) -> Self {
        self.replicates = replicates;
        self
    }

    /// The level of the intervals.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::ForecastParams;
    /// assert_ne!(ForecastParams::new(1).level(0.8), ForecastParams::new(1));
    /// ```
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// The seed of the replicates.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::ForecastParams;
    /// assert_ne!(ForecastParams::new(1).seed(7), ForecastParams::new(1));
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The forecast for so many customers in each state now, in the order of the states.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for fewer than 2 replicates, a level that is not between 0 and 1, or
    /// more steps, states and replicates than memory would hold; [`Error::LengthMismatch`] unless there
    /// is a start, and a value if there are any, for each state; [`Error::InvalidValue`] for a value
    /// that is not finite; [`Error::Overflow`] for more than 10^12 customers; [`Error::Degenerate`] if
    /// customers come to a state whose row is not known.
    ///
    /// # Example
    ///
    /// See [`ForecastParams`].
    pub fn customers(&self, matrix: &TransitionMatrix, start: &[u64]) -> Result<Forecast> {
        let total = start.iter().try_fold(0u64, |sum, &n| sum.checked_add(n));
        if total.is_none_or(|total| total > MOST_TRIALS) {
            return Err(Error::Overflow {
                what: format!("more than {MOST_TRIALS} customers; forecast shares").into(),
            });
        }
        let as_numbers: Vec<f64> = start.iter().map(|&n| n as f64).collect();
        self.forecast(matrix, &as_numbers, |draw, rows| {
            let mut now = start.to_vec();
            let mut path = Vec::with_capacity((self.steps + 1) * now.len());
            path.extend_from_slice(&as_numbers);
            for _ in 0..self.steps {
                let mut next = vec![0; now.len()];
                for (&n, row) in now.iter().zip(rows) {
                    multinomial(draw, n, row, &mut next);
                }
                now = next;
                path.extend(now.iter().map(|&n| n as f64));
            }
            path
        })
    }

    /// The forecast for shares of customers, or for any numbers that are not single customers.
    /// Its intervals hold what is expected: with so many customers that chance evens out.
    ///
    /// # Errors
    ///
    /// As [`customers`](Self::customers), and [`Error::InvalidValue`] for a share that is not finite or
    /// below 0.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Segment, SegmentId}, migration::*};
    ///
    /// let state = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let states = vec![state(1, "active"), state(2, "asleep")];
    /// let matrix = TransitionMatrix::given(states, &[[0.9, 0.1], [0.25, 0.75]])?;
    /// let forecast = ForecastParams::new(2).shares(&matrix, &[1.0, 0.0])?;
    /// let after_two = forecast.at(2, SegmentId(2)).unwrap();
    /// assert!((after_two.value - 0.165).abs() < 1e-15);
    /// assert!(after_two.se < 1e-12); // the matrix was given
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn shares(&self, matrix: &TransitionMatrix, start: &[f64]) -> Result<Forecast> {
        self.forecast(matrix, start, |_, rows| {
            walk(rows, start, self.steps).concat()
        })
    }

    /// The forecast with replicates by a function of the rows that were drawn, which gives the numbers
    /// of all steps one after the other.
    fn forecast(
        &self,
        matrix: &TransitionMatrix,
        start: &[f64],
        replicate: impl Fn(&mut Stream, &[Vec<f64>]) -> Vec<f64> + Sync,
    ) -> Result<Forecast> {
        let order = matrix.order();
        states::check_amounts("start", order, start)?;
        self.check(order)?;
        let reached = self.reached(matrix, start)?;
        let rows: Vec<Vec<f64>> = (0..order)
            .map(|at| match &matrix.rows()[at] {
                Some(row) if reached[at] => row.probabilities.clone(),
                // Nobody comes here.
                _ => vec![0.0; order],
            })
            .collect();
        let expected = walk(&rows, start, self.steps);
        let drawn = map_chunks(self.replicates, CHUNK, |range| {
            let one = |number: usize| {
                let mut draw = Stream::new(self.seed, REPLICATE, number as u64);
                let rows = draw_rows(&mut draw, matrix, &reached);
                replicate(&mut draw, &rows)
            };
            range.map(one).collect::<Vec<_>>()
        });
        let drawn: Vec<Vec<f64>> = drawn.into_iter().flatten().collect();
        let level = self.level;
        let mut numbers = Vec::with_capacity(self.steps + 1);
        for (step, expected) in expected.iter().enumerate() {
            let cell = |at: usize| {
                let mut draws: Vec<f64> =
                    (drawn.iter()).map(|path| path[step * order + at]).collect();
                estimate(expected[at], &mut draws, level)
            };
            numbers.push((0..order).map(cell).collect::<Result<Vec<_>>>()?);
        }
        let mut worth = Vec::new();
        if let Some(values) = &self.values {
            let sum = |numbers: &[f64]| numbers.iter().zip(values).map(|(n, v)| n * v).sum::<f64>();
            for (step, expected) in expected.iter().enumerate() {
                let of = |path: &Vec<f64>| sum(&path[step * order..(step + 1) * order]);
                let mut draws: Vec<f64> = drawn.iter().map(of).collect();
                worth.push(estimate(sum(expected), &mut draws, level)?);
            }
        }
        Ok(Forecast {
            states: matrix.states().to_vec(),
            numbers,
            worth,
        })
    }

    fn check(&self, order: usize) -> Result<()> {
        if self.replicates < 2 {
            let expected = "at least 2, and 1000 or more for intervals";
            return Err(Error::parameter("replicates", self.replicates, expected));
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            let expected = "a share between 0 and 1, such as 0.95";
            return Err(Error::parameter("level", self.level, expected));
        }
        let numbers = (self.steps.saturating_add(1))
            .saturating_mul(order)
            .saturating_mul(self.replicates);
        if numbers > MOST_NUMBERS {
            // The start is one of the times that are held.
            let times = MOST_NUMBERS / order / self.replicates;
            if times == 0 {
                let expected = format!(
                    "at most {} of {order} states, and fewer with more steps",
                    MOST_NUMBERS / order
                );
                return Err(Error::parameter("replicates", self.replicates, expected));
            }
            let expected = format!(
                "at most {} with {} replicates of {order} states",
                times - 1,
                self.replicates
            );
            return Err(Error::parameter("steps", self.steps, expected));
        }
        if let Some(values) = &self.values {
            Error::check_length("values", order, values.len())?;
            if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                let reason = format!("{} is not a finite value", values[row]);
                return Err(Error::value("values", row, reason));
            }
        }
        Ok(())
    }

    /// The states that somebody leaves, or stays in, within the steps.
    fn reached(&self, matrix: &TransitionMatrix, start: &[f64]) -> Result<Vec<bool>> {
        let mut now: Vec<bool> = start.iter().map(|&n| n > 0.0).collect();
        let mut ever = vec![false; now.len()];
        for _ in 0..self.steps {
            let mut next = vec![false; now.len()];
            let mut news = false;
            for from in (0..now.len()).filter(|&from| now[from]) {
                news |= !ever[from];
                ever[from] = true;
                let row = matrix.known(from)?;
                let id = |to: usize| matrix.states()[to].id;
                for (to, p) in row.probabilities.iter().enumerate() {
                    // A step that was not seen may be drawn, but not to a state that nobody left.
                    let drawn = row.exposure.is_some() && !row.rules_out(id(to));
                    next[to] |= *p > 0.0 || (drawn && matrix.rows()[to].is_some());
                }
            }
            if !news {
                break;
            }
            now = next;
        }
        Ok(ever)
    }
}

/// A number with its draws, and an interval that holds it. Draws of a row take some of what is not
/// seen to be possible, which the number does not, so that they may all lie on one side of it.
fn estimate(value: f64, draws: &mut [f64], level: f64) -> Result<Estimate> {
    let mut estimate = Estimate::of_draws(value, draws, level)?;
    estimate.lo = estimate.lo.min(value);
    estimate.hi = estimate.hi.max(value);
    Ok(estimate)
}

/// The numbers of all steps, the start among them.
fn walk(rows: &[Vec<f64>], start: &[f64], steps: usize) -> Vec<Vec<f64>> {
    let mut path = Vec::with_capacity(steps + 1);
    let mut now = start.to_vec();
    for _ in 0..steps {
        let mut next = vec![0.0; now.len()];
        for (&n, row) in now.iter().zip(rows).filter(|(n, _)| **n > 0.0) {
            for (sum, p) in next.iter_mut().zip(row) {
                *sum += n * p;
            }
        }
        path.push(std::mem::replace(&mut now, next));
    }
    path.push(now);
    path
}

/// Rows of the states that are reached, from what their counts leave open.
fn draw_rows(draw: &mut Stream, matrix: &TransitionMatrix, reached: &[bool]) -> Vec<Vec<f64>> {
    let row = |(at, row): (usize, &Option<Row>)| match row {
        Some(row) if reached[at] => match row.exposure {
            Some(exposure) => draw_row(draw, matrix, row, exposure),
            None => row.probabilities.clone(),
        },
        _ => vec![0.0; reached.len()],
    };
    matrix.rows().iter().enumerate().map(row).collect()
}

fn draw_row(draw: &mut Stream, matrix: &TransitionMatrix, row: &Row, exposure: f64) -> Vec<f64> {
    let open = |to: usize| {
        let known = matrix.rows()[to].is_some();
        let seen = row.probabilities[to] > 0.0;
        seen || (known && !row.rules_out(matrix.states()[to].id))
    };
    let open: Vec<bool> = (0..row.probabilities.len()).map(open).collect();
    let prior = 1.0 / open.iter().filter(|&&open| open).count() as f64;
    let cells = row.probabilities.iter().zip(&open);
    let logs: Vec<f64> = cells
        .map(|(p, &open)| {
            if open {
                draw.ln_gamma(p * exposure + prior)
            } else {
                f64::NEG_INFINITY
            }
        })
        .collect();
    let top = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logs.iter().map(|log| (log - top).exp()).collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

/// How many customers will be where, step by step.
///
/// # Example
///
/// See [`ForecastParams`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Forecast {
    states: Vec<Segment>,
    /// By step from 0, and by state.
    numbers: Vec<Vec<Estimate>>,
    /// By step, if states have values.
    worth: Vec<Estimate>,
}

impl Forecast {
    /// The states.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::*};
    /// # let all = Segment { id: SegmentId(1), name: "all".into() };
    /// let matrix = TransitionMatrix::given(vec![all], &[[1.0]])?;
    /// assert_eq!(ForecastParams::new(1).customers(&matrix, &[5])?.states().len(), 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn states(&self) -> &[Segment] {
        &self.states
    }

    /// How many periods it looks ahead.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::*};
    /// # let all = Segment { id: SegmentId(1), name: "all".into() };
    /// let matrix = TransitionMatrix::given(vec![all], &[[1.0]])?;
    /// assert_eq!(ForecastParams::new(3).customers(&matrix, &[5])?.steps(), 3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn steps(&self) -> usize {
        self.numbers.len() - 1
    }

    /// The number of customers in each state after so many periods, in the order of the states; 0
    /// periods give the start. `None` beyond the last.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Segment, SegmentId}, migration::*};
    /// # let all = Segment { id: SegmentId(1), name: "all".into() };
    /// let matrix = TransitionMatrix::given(vec![all], &[[1.0]])?;
    /// let forecast = ForecastParams::new(3).customers(&matrix, &[5])?;
    /// assert_eq!(forecast.step(3).unwrap()[0].value, 5.0);
    /// assert!(forecast.step(4).is_none());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn step(&self, step: usize) -> Option<&[Estimate]> {
        self.numbers.get(step).map(Vec::as_slice)
    }

    /// The number of customers in a state after so many periods; `None` beyond the last, or for a
    /// state that is not among the states.
    ///
    /// # Example
    ///
    /// See [`ForecastParams`].
    pub fn at(&self, step: usize, state: SegmentId) -> Option<Estimate> {
        let at = states::place_of(&self.states, state)?;
        Some(self.numbers.get(step)?[at])
    }

    /// What all customers are worth in the period after so many; `None` beyond the last, or if states
    /// were given no values.
    ///
    /// # Example
    ///
    /// See [`ForecastParams`].
    pub fn worth(&self, step: usize) -> Option<Estimate> {
        self.worth.get(step).copied()
    }
}
