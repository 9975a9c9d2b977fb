//! What is left of each row: residuals and robust errors.

use std::ops::Range;

use ndarray::Array2;

use super::{
    Cox, CoxData, Ties,
    risk::{Risk, Step},
    rows::{BLOCK, Rows},
};
use crate::{
    Error, Result,
    churn::design::MissingRows,
    numeric::{fill_rows, map_chunks},
};

/// The place of a row that was at risk at no event.
const NOWHERE: u32 = u32::MAX;

/// The residuals of a fit, by row of the data.
///
/// ```text
/// martingale_i   left or not, less the cumulative hazard at the exit (less that at the entry)
/// deviance_i     the same made symmetric
/// score_i        integral of (x_i - mean at risk) over the martingale; they sum to 0
/// dfbeta_i       score_i' covariance: about how much the coefficients owe to row i
/// ```
///
/// Rows are not multiplied by their weights, but [`robust_covariance`](Self::robust_covariance) is.
/// Tied events share the hazard by the rule of the fit (Therneau and Grambsch 2000, chapter 4).
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{CoxData, CoxParams, Durations},
///     data::{Features, MissingValues},
/// };
/// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 0])?;
/// let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
/// let data = CoxData::new(&durations, &x);
/// let cox = CoxParams::default().fit(&data)?;
/// let residuals = cox.residuals(&data)?;
/// assert!(residuals.martingale().iter().sum::<f64>().abs() < 1e-12);
/// assert!(residuals.score().column(0).sum().abs() < 1e-9);
/// assert_eq!(residuals.names(), ["x"]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CoxResiduals {
    names: Vec<String>,
    rows: Vec<u32>,
    martingale: Vec<f64>,
    died: Vec<f64>,
    weight: Vec<f64>,
    clusters: Option<Vec<u32>>,
    score: Array2<f64>,
    covariance: Array2<f64>,
    coefficients: Vec<f64>,
    event_rows: Vec<u32>,
    schoenfeld: Array2<f64>,
}

impl Cox {
    /// The residuals of the data of the fit. Rows that lack a value are left out, as
    /// [`CoxResiduals::rows`] tells.
    ///
    /// # Errors
    ///
    /// As [`CoxParams::fit`](super::CoxParams::fit) for the data.
    ///
    /// # Example
    ///
    /// See [`CoxResiduals`].
    pub fn residuals(&self, data: &CoxData<'_>) -> Result<CoxResiduals> {
        let (usable, rows) = self.rows_of(data)?;
        let sums = Sums::new(&rows, &self.scaled(&rows), self.ties);
        let blocks = map_chunks(rows.len(), BLOCK, |range| {
            BlockResiduals::new(self, &rows, &sums, range)
        });
        let mut out = self.empty(data, usable);
        out.gather(&rows, &blocks, data.durations.len());
        let events = blocks.iter().map(|block| block.event_rows.as_slice());
        out.event_rows = events.collect::<Vec<_>>().concat();
        let shape = (out.event_rows.len(), self.kept.len());
        let schoenfeld = blocks.iter().map(|block| block.schoenfeld.as_slice());
        let schoenfeld = schoenfeld.collect::<Vec<_>>().concat();
        out.schoenfeld = Array2::from_shape_vec(shape, schoenfeld).map_err(|error| {
            let what = format!("residuals of events: {error}").into();
            Error::Degenerate { what }
        })?;
        Ok(out)
    }

    /// The rows of the fit once more: those that are usable, and those that are sorted.
    pub(super) fn rows_of(&self, data: &CoxData<'_>) -> Result<(Vec<u32>, Rows)> {
        data.check()?;
        let bound = self.design.bind(data.features)?;
        let usable = data.usable(&bound, MissingRows::LeaveOut)?;
        data.events(&usable)?;
        let rows = Rows::new(data, &bound, self.design.width(), &usable)?;
        Ok((usable, rows))
    }

    /// The coefficients of the scaled columns.
    pub(super) fn scaled(&self, rows: &Rows) -> Vec<f64> {
        let mut beta = vec![0.0; rows.columns];
        for (&at, coefficient) in self.kept.iter().zip(&self.coefficients) {
            beta[at] = coefficient * rows.scale[at];
        }
        beta
    }

    fn empty(&self, data: &CoxData<'_>, rows: Vec<u32>) -> CoxResiduals {
        let columns = self.kept.len();
        let cause = data.durations.cause();
        let weight = |&row: &u32| data.durations.weight_of(row as usize);
        let died = |&row: &u32| f64::from(u8::from(cause[row as usize] > 0));
        let cluster = |clusters: &[u32]| rows.iter().map(|&row| clusters[row as usize]).collect();
        CoxResiduals {
            names: self.names.clone(),
            martingale: vec![0.0; rows.len()],
            died: rows.iter().map(died).collect(),
            weight: rows.iter().map(weight).collect(),
            clusters: data.clusters.map(cluster),
            score: Array2::zeros((rows.len(), columns)),
            covariance: Array2::from_shape_fn((columns, columns), |(row, column)| {
                self.covariance[row * columns + column]
            }),
            coefficients: self.coefficients.clone(),
            event_rows: Vec::new(),
            schoenfeld: Array2::zeros((0, columns)),
            rows,
        }
    }
}

/// Means at risk and their sums over the hazard, by event time and column.
struct Sums {
    risk: Risk,
    steps: Vec<Step>,
    cumulative: Vec<f64>,
    /// The mean at risk, over the tied.
    mean: Vec<f64>,
    /// Sum up to the time of the mean times the hazard.
    of_means: Vec<f64>,
}

impl Sums {
    fn new(rows: &Rows, beta: &[f64], ties: Ties) -> Self {
        let risk = Risk::new(rows, beta, ties);
        let steps = risk.steps(rows, ties);
        let columns = rows.columns;
        let mut sums = Self {
            cumulative: Risk::cumulative(rows, &steps),
            mean: vec![0.0; steps.len() * columns],
            of_means: vec![0.0; steps.len() * columns],
            risk,
            steps,
        };
        for stratum in &rows.strata {
            let mut total = vec![0.0; columns];
            for group in stratum.groups.clone() {
                let (step, time) = (&sums.steps[group], rows.groups[group]);
                let weight = time.mean_weight * f64::from(time.deaths);
                for (column, total) in total.iter_mut().enumerate() {
                    let cell = group * columns + column;
                    let (s1, d1) = (sums.risk.s1[cell], sums.risk.d1[cell]);
                    sums.mean[cell] =
                        (step.hazard * s1 - (step.hazard - step.hazard_left) * d1) / weight;
                    *total += step.mean(&sums.risk, cell);
                    sums.of_means[cell] = *total;
                }
            }
        }
        sums
    }
}

/// The residuals of a block of sorted rows.
struct BlockResiduals {
    martingale: Vec<f64>,
    /// Row by row.
    score: Vec<f64>,
    event_rows: Vec<u32>,
    schoenfeld: Vec<f64>,
}

impl BlockResiduals {
    fn new(cox: &Cox, rows: &Rows, sums: &Sums, range: Range<usize>) -> Self {
        let columns = cox.kept.len();
        let mut out = Self {
            martingale: Vec::with_capacity(range.len()),
            score: Vec::with_capacity(range.len() * columns),
            event_rows: Vec::with_capacity(range.len()),
            schoenfeld: Vec::with_capacity(range.len() * columns),
        };
        for row in range {
            let group = rows.group[row] as usize;
            let left = rows.died[row];
            let e = sums.risk.e[row] / rows.weight[row].abs();
            let lambda = Risk::expected(rows, &sums.steps, &sums.cumulative, row);
            out.martingale.push(left - e * lambda);
            if left > 0.0 {
                out.event_rows.push(rows.of[row]);
            }
            for &column in &cox.kept {
                let (x, scale) = (rows.value(row, column), rows.scale[column]);
                let cell = group * rows.columns + column;
                let (mut gap, mut mean) = (0.0, sums.of_means[cell]);
                if left > 0.0 {
                    gap = x - sums.mean[cell];
                    mean -= sums.steps[group].mean_not_left(&sums.risk, cell);
                    out.schoenfeld.push(gap * scale);
                }
                out.score.push((gap - e * (x * lambda - mean)) * scale);
            }
        }
        out
    }
}

impl CoxResiduals {
    /// Brings what was found by sorted rows to the rows of the data, which have one, or two with an
    /// entry; none if never at risk.
    fn gather(&mut self, rows: &Rows, blocks: &[BlockResiduals], len: usize) {
        let columns = self.coefficients.len();
        let mut places = [vec![NOWHERE; len], Vec::new()];
        for (at, &row) in (0..).zip(&rows.of) {
            let is_entry = rows.weight[at as usize] < 0.0;
            let places = &mut places[usize::from(is_entry)];
            places.resize(len, NOWHERE);
            places[row as usize] = at;
        }
        let rows = &self.rows;
        let found = |row: usize| {
            let places = places.iter().filter_map(move |places| places.get(row));
            places
                .filter(|&&place| place != NOWHERE)
                .map(|&place| (&blocks[place as usize / BLOCK], place as usize % BLOCK))
        };
        let martingale = map_chunks(rows.len(), BLOCK, |range| {
            let of_row = |&row: &u32| {
                let parts = found(row as usize);
                parts.map(|(block, place)| block.martingale[place]).sum()
            };
            rows[range].iter().map(of_row).collect::<Vec<f64>>()
        });
        self.martingale = martingale.concat();
        fill_rows(&mut self.score, BLOCK, |range, cells| {
            for (&row, cells) in rows[range].iter().zip(cells.chunks_exact_mut(columns)) {
                for (block, place) in found(row as usize) {
                    let part = &block.score[place * columns..(place + 1) * columns];
                    for (cell, part) in cells.iter_mut().zip(part) {
                        *cell += part;
                    }
                }
            }
        });
    }

    /// The names of the columns of score, dfbeta and Schoenfeld residuals: those of the fit.
    ///
    /// # Example
    ///
    /// See [`CoxResiduals`].
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The rows of the data that the residuals are of.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxData, CoxParams, Durations},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[4.0, 2.0, 3.0, 1.0], &[1, 1, 0, 1])?;
    /// let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let data = CoxData::new(&durations, &x);
    /// let residuals = CoxParams::default().fit(&data)?.residuals(&data)?;
    /// assert_eq!(residuals.rows(), [0, 1, 2, 3]);
    /// assert_eq!(residuals.event_rows(), [3, 1, 0]); // by time
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The martingale residual of each of [`rows`](Self::rows): above 0 for who left sooner than the
    /// model thought.
    ///
    /// # Example
    ///
    /// See [`CoxResiduals`].
    pub fn martingale(&self) -> &[f64] {
        &self.martingale
    }

    /// The deviance residual of each of [`rows`](Self::rows): beyond 3 or so a row is odd.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxData, CoxParams, Durations},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 0])?;
    /// let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let data = CoxData::new(&durations, &x);
    /// let residuals = CoxParams::default().fit(&data)?.residuals(&data)?;
    /// let (m, d) = (residuals.martingale()[3], residuals.deviance()[3]);
    /// assert!((d + (-2.0 * m).sqrt()).abs() < 1e-12); // still there
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn deviance(&self) -> Vec<f64> {
        let one = |(&m, &left): (&f64, &f64)| {
            let log = if left > 0.0 { libm::log(left - m) } else { 0.0 };
            (-2.0 * (m + log)).max(0.0).sqrt().copysign(m)
        };
        self.martingale.iter().zip(&self.died).map(one).collect()
    }

    /// The score residuals, a row for each of [`rows`](Self::rows).
    ///
    /// # Example
    ///
    /// See [`CoxResiduals`].
    pub fn score(&self) -> &Array2<f64> {
        &self.score
    }

    /// About how much each coefficient would fall without each of [`rows`](Self::rows).
    ///
    /// # Example
    ///
    /// See [`robust_covariance`](Self::robust_covariance).
    pub fn dfbeta(&self) -> Array2<f64> {
        times(&self.score, &self.covariance)
    }

    /// The row of the data of each event, by stratum and time.
    ///
    /// # Example
    ///
    /// See [`rows`](Self::rows).
    pub fn event_rows(&self) -> &[u32] {
        &self.event_rows
    }

    /// The Schoenfeld residuals: of each of [`event_rows`](Self::event_rows), what its columns are
    /// above the mean of those at risk.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxData, CoxParams, Durations},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
    /// let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let data = CoxData::new(&durations, &x);
    /// let cox = CoxParams::default().fit(&data)?;
    /// let residuals = cox.residuals(&data)?;
    /// let r = cox.coefficients()[0].exp();
    /// assert!((residuals.schoenfeld()[[0, 0]] - 1.0 / (r + 1.0)).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn schoenfeld(&self) -> &Array2<f64> {
        &self.schoenfeld
    }

    /// The Schoenfeld residuals scaled so that they vary about the coefficient at their time
    /// (Grambsch and Therneau 1994): times events times covariance, plus the coefficients.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxData, CoxParams, Durations},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
    /// let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let data = CoxData::new(&durations, &x);
    /// let cox = CoxParams::default().fit(&data)?;
    /// let mean = cox.residuals(&data)?.scaled_schoenfeld().column(0).sum() / 4.0;
    /// assert!((mean - cox.coefficients()[0]).abs() < 1e-9);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn scaled_schoenfeld(&self) -> Array2<f64> {
        let events = self.event_rows.len() as f64;
        let mut scaled = times(&self.schoenfeld, &self.covariance);
        for mut row in scaled.rows_mut() {
            for (cell, coefficient) in row.iter_mut().zip(&self.coefficients) {
                *cell = *cell * events + coefficient;
            }
        }
        scaled
    }

    /// The covariance of the coefficients by Lin and Wei (1989): products of weighted dfbeta, summed
    /// within the clusters of the data first. It holds where the model does not, and where rows of
    /// a cluster (spells of one customer) are alike.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CoxData, CoxParams, Durations},
    ///     data::{Features, MissingValues},
    /// };
    /// let durations = Durations::new(&[1.0, 2.0, 3.0, 4.0], &[1, 1, 1, 1])?;
    /// let x = Features::from_columns(&[("x", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
    /// let data = CoxData::new(&durations, &x);
    /// let cox = CoxParams::default().fit(&data)?;
    /// let residuals = cox.residuals(&data)?;
    /// let squares: f64 = residuals.dfbeta().iter().map(|d| d * d).sum();
    /// assert!((residuals.robust_covariance()[[0, 0]] - squares).abs() < 1e-12);
    /// assert!((residuals.robust_errors()[0] - squares.sqrt()).abs() < 1e-12);
    /// // All in one cluster: nothing is known.
    /// let one = cox.residuals(&data.clusters(&[7; 4]))?;
    /// assert!(one.robust_errors()[0] < 1e-9);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn robust_covariance(&self) -> Array2<f64> {
        let columns = self.coefficients.len();
        let weighted = |place: usize, sum: &mut [f64]| {
            let score = self.score.row(place);
            for (sum, cell) in sum.iter_mut().zip(score) {
                *sum += cell * self.weight[place];
            }
        };
        // The places of the rows of each cluster, one after the other.
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        if let Some(clusters) = &self.clusters {
            order.sort_by_key(|&place| clusters[place]);
        }
        let of_one = |&a: &usize, &b: &usize| {
            let clusters = self.clusters.as_ref();
            clusters.is_some_and(|clusters| clusters[a] == clusters[b])
        };
        let clusters: Vec<&[usize]> = order.chunk_by(of_one).collect();
        let parts = map_chunks(clusters.len(), BLOCK, |range| {
            let mut products = vec![0.0; columns * columns];
            let mut sum = vec![0.0; columns];
            for cluster in &clusters[range] {
                sum.fill(0.0);
                for &place in *cluster {
                    weighted(place, &mut sum);
                }
                for (row, a) in sum.iter().enumerate() {
                    for (cell, b) in products[row * columns..].iter_mut().zip(&sum[..=row]) {
                        *cell += a * b;
                    }
                }
            }
            products
        });
        let mut products = Array2::<f64>::zeros((columns, columns));
        for part in parts {
            for (sum, cell) in products.iter_mut().zip(part) {
                *sum += cell;
            }
        }
        for row in 0..columns {
            for column in 0..row {
                products[[column, row]] = products[[row, column]];
            }
        }
        let half = times(&products, &self.covariance);
        times(&self.covariance, &half)
    }

    /// The robust standard errors of the coefficients.
    ///
    /// # Example
    ///
    /// See [`robust_covariance`](Self::robust_covariance).
    pub fn robust_errors(&self) -> Vec<f64> {
        self.robust_covariance()
            .diag()
            .iter()
            .map(|v| v.max(0.0).sqrt())
            .collect()
    }
}

/// The product of two matrices, summed in the order of columns on every machine.
fn times(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    let mut product = Array2::zeros((a.nrows(), b.ncols()));
    fill_rows(&mut product, BLOCK, |range, cells| {
        for (row, out) in range.zip(cells.chunks_exact_mut(b.ncols())) {
            for (a, b) in a.row(row).iter().zip(b.rows()) {
                for (cell, b) in out.iter_mut().zip(b) {
                    *cell += a * b;
                }
            }
        }
    });
    product
}
