//! Tables of counts, and what is expected of them.

use crate::{
    Error, Result,
    numeric::{binomial::multinomial, rng::Stream},
};

/// Turns of fitting to the totals, and the share of a total that may be missed in the end.
const MOST_TURNS: usize = 20_000;
const TOTAL_TOLERANCE: f64 = 1e-11;

/// Counts with the model that says what is expected.
pub(super) struct Table {
    rows: Vec<Vec<u64>>,
    model: Model,
}

enum Model {
    /// One row with these probabilities.
    Given(Vec<f64>),
    /// Rows and columns are independent, over the cells that are possible.
    Independent(Option<Vec<Vec<bool>>>),
}

/// The two statistics of a table.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Statistics {
    pub(super) g: f64,
    pub(super) pearson: f64,
}

impl Statistics {
    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            g: self.g + other.g,
            pearson: self.pearson + other.pearson,
        }
    }

    fn impossible() -> Self {
        Self {
            g: f64::INFINITY,
            pearson: f64::INFINITY,
        }
    }
}

/// What is expected of a table, and how far from it the counts are.
pub(super) struct Fit {
    expected: Vec<Vec<f64>>,
    pub(super) df: u64,
    pub(super) statistics: Statistics,
}

impl Fit {
    /// The expected counts of all cells that are compared.
    pub(super) fn expected_cells(&self) -> impl Iterator<Item = f64> {
        self.expected
            .iter()
            .flatten()
            .copied()
            .filter(|&cell| cell > 0.0)
    }
}

impl Table {
    pub(super) fn given(row: Vec<u64>, probabilities: &[f64]) -> Self {
        Self {
            rows: vec![row],
            model: Model::Given(probabilities.to_vec()),
        }
    }

    pub(super) fn independent(rows: Vec<Vec<u64>>, possible: Option<Vec<Vec<bool>>>) -> Self {
        Self {
            rows,
            model: Model::Independent(possible),
        }
    }

    /// The most counts of a row.
    pub(super) fn largest_row(&self) -> u64 {
        let totals = self.rows.iter().map(|row| row.iter().sum());
        totals.max().unwrap_or(0)
    }

    pub(super) fn fit(&self) -> Result<Fit> {
        self.fit_to(&self.rows)
    }

    /// The statistics of counts that are drawn anew from what is expected, with the same row totals.
    pub(super) fn redrawn(&self, fit: &Fit, draw: &mut Stream) -> Statistics {
        let again = |(row, expected): (&Vec<u64>, &Vec<f64>)| {
            let total = row.iter().sum();
            let mut drawn = vec![0; row.len()];
            let of = |cell: &f64| if total > 0 { cell / total as f64 } else { 0.0 };
            let probabilities: Vec<f64> = expected.iter().map(of).collect();
            multinomial(draw, total, &probabilities, &mut drawn);
            drawn
        };
        let rows: Vec<Vec<u64>> = self.rows.iter().zip(&fit.expected).map(again).collect();
        // Counts that nothing can be fitted to are at the edge, and count as extreme.
        self.fit_to(&rows)
            .map_or(Statistics::impossible(), |fit| fit.statistics)
    }

    fn fit_to(&self, rows: &[Vec<u64>]) -> Result<Fit> {
        let (expected, df) = match &self.model {
            Model::Given(probabilities) => {
                let total: u64 = rows[0].iter().sum();
                let cells = probabilities.iter().filter(|&&p| p > 0.0).count() as u64;
                let expected = probabilities.iter().map(|p| p * total as f64).collect();
                (vec![expected], cells.saturating_sub(1))
            }
            Model::Independent(possible) => independent(rows, possible.as_deref())?,
        };
        Ok(Fit {
            statistics: compare(rows, &expected),
            expected,
            df,
        })
    }
}

fn compare(rows: &[Vec<u64>], expected: &[Vec<f64>]) -> Statistics {
    let mut sum = Statistics::default();
    for (&count, &expected) in rows.iter().flatten().zip(expected.iter().flatten()) {
        let count = count as f64;
        if expected <= 0.0 {
            if count > 0.0 {
                return Statistics::impossible();
            }
            continue;
        }
        if count > 0.0 {
            sum.g += 2.0 * count * (count / expected).ln();
        }
        sum.pearson += (count - expected) * (count - expected) / expected;
    }
    sum
}

/// Expected counts under independence, and the degrees of freedom.
fn independent(rows: &[Vec<u64>], possible: Option<&[Vec<bool>]>) -> Result<(Vec<Vec<f64>>, u64)> {
    let columns = rows.first().map_or(0, Vec::len);
    let of_row: Vec<f64> = rows
        .iter()
        .map(|row| row.iter().sum::<u64>() as f64)
        .collect();
    let mut of_column = vec![0.0; columns];
    for row in rows {
        for (sum, &count) in of_column.iter_mut().zip(row) {
            *sum += count as f64;
        }
    }
    let total: f64 = of_row.iter().sum();
    let open = |row: usize, column: usize| {
        let possible = possible.is_none_or(|possible| possible[row][column]);
        possible && of_row[row] > 0.0 && of_column[column] > 0.0
    };
    let full_rows: Vec<usize> = (0..rows.len()).filter(|&row| of_row[row] > 0.0).collect();
    let full_columns: Vec<usize> = (0..columns).filter(|&at| of_column[at] > 0.0).collect();
    let complete = (full_rows.iter()).all(|&row| full_columns.iter().all(|&at| open(row, at)));
    if complete {
        let cell = |row: usize, column: usize| {
            if total > 0.0 {
                of_row[row] * of_column[column] / total
            } else {
                0.0
            }
        };
        let expected = (0..rows.len()).map(|row| (0..columns).map(|at| cell(row, at)).collect());
        let less_one = |count: usize| (count as u64).saturating_sub(1);
        let df = less_one(full_rows.len()) * less_one(full_columns.len());
        return Ok((expected.collect(), df));
    }
    let expected = fit_in_turns(&of_row, &of_column, open)?;
    let cells = (full_rows.iter())
        .map(|&row| full_columns.iter().filter(|&&at| open(row, at)).count())
        .sum::<usize>();
    let parts = parts(&full_rows, &full_columns, open);
    let df = (cells + parts).saturating_sub(full_rows.len() + full_columns.len());
    Ok((expected, df as u64))
}

/// Cells of the form `a_i b_j` where they are possible, with these totals: rows and columns are scaled in
/// turns.
fn fit_in_turns(
    of_row: &[f64],
    of_column: &[f64],
    open: impl Fn(usize, usize) -> bool,
) -> Result<Vec<Vec<f64>>> {
    let mut cells: Vec<Vec<f64>> = (0..of_row.len())
        .map(|row| {
            (0..of_column.len())
                .map(|column| f64::from(u8::from(open(row, column))))
                .collect()
        })
        .collect();
    let factor = |want: f64, sum: f64| if sum > 0.0 { want / sum } else { 0.0 };
    let mut worst = f64::INFINITY;
    for _ in 0..MOST_TURNS {
        worst = 0.0;
        for (row, &want) in cells.iter_mut().zip(of_row) {
            let sum: f64 = row.iter().sum();
            if want > 0.0 {
                worst = (sum / want - 1.0).abs().max(worst);
            }
            for cell in row.iter_mut() {
                *cell *= factor(want, sum);
            }
        }
        if worst <= TOTAL_TOLERANCE {
            return Ok(cells);
        }
        for (column, &want) in of_column.iter().enumerate() {
            let sum: f64 = cells.iter().map(|row| row[column]).sum();
            for row in &mut cells {
                row[column] *= factor(want, sum);
            }
        }
    }
    Err(Error::NotConverged {
        model: "independence with impossible cells",
        iterations: MOST_TURNS,
        last_change: worst,
        tolerance: TOTAL_TOLERANCE,
    })
}

/// Into how many parts rows and columns fall that share no cell.
fn parts(rows: &[usize], columns: &[usize], open: impl Fn(usize, usize) -> bool) -> usize {
    let mut row_left: Vec<usize> = rows.to_vec();
    let mut column_left: Vec<usize> = columns.to_vec();
    let mut parts = 0;
    while let Some(first) = row_left.pop() {
        parts += 1;
        let mut open_rows = vec![first];
        while let Some(row) = open_rows.pop() {
            let (reached, rest) = column_left.iter().partition(|&&column| open(row, column));
            column_left = rest;
            let reached: Vec<usize> = reached;
            for column in reached {
                let (more, rest): (Vec<usize>, Vec<usize>) =
                    row_left.iter().partition(|&&row| open(row, column));
                row_left = rest;
                open_rows.extend(more);
            }
        }
    }
    parts
}
