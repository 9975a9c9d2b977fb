//! Small dense square matrices, stored row by row: products, systems of equations, exponential,
//! logarithm, eigenvalues and singular values.
//!
//! Orders are up to a few hundred as a rule, and 2,000 at most, where a product takes seconds: plain
//! loops serve, and run in a fixed order.

mod eigenvalues;
mod exponential;
mod logarithm;
mod singular;
mod stochastic;

/// A square matrix.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Square {
    order: usize,
    cells: Vec<f64>,
}

impl Square {
    pub(crate) fn zeros(order: usize) -> Self {
        Self {
            order,
            cells: vec![0.0; order * order],
        }
    }

    pub(crate) fn identity(order: usize) -> Self {
        Self::from_fn(order, |row, column| f64::from(u8::from(row == column)))
    }

    pub(crate) fn from_fn(order: usize, mut cell: impl FnMut(usize, usize) -> f64) -> Self {
        let mut cells = Vec::with_capacity(order * order);
        for row in 0..order {
            cells.extend((0..order).map(|column| cell(row, column)));
        }
        Self { order, cells }
    }

    pub(crate) fn order(&self) -> usize {
        self.order
    }

    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.order..(row + 1) * self.order]
    }

    pub(crate) fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.cells[row * self.order..(row + 1) * self.order]
    }

    pub(crate) fn at(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.order + column]
    }

    pub(crate) fn cells(&self) -> &[f64] {
        &self.cells
    }

    /// This matrix with another one of its order, cell by cell.
    pub(crate) fn zip(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let cells = self.cells.iter().zip(&other.cells);
        Self {
            order: self.order,
            cells: cells.map(|(&one, &other)| f(one, other)).collect(),
        }
    }

    pub(crate) fn scaled(mut self, factor: f64) -> Self {
        self.cells.iter_mut().for_each(|cell| *cell *= factor);
        self
    }

    pub(crate) fn plus_identity(mut self, factor: f64) -> Self {
        let order = self.order;
        (0..order).for_each(|at| self.cells[at * order + at] += factor);
        self
    }

    pub(crate) fn times(&self, other: &Self) -> Self {
        let mut product = Self::zeros(self.order);
        for row in 0..self.order {
            let sums = product.row_mut(row);
            for (inner, &factor) in self.row(row).iter().enumerate() {
                for (sum, &cell) in sums.iter_mut().zip(other.row(inner)) {
                    *sum += factor * cell;
                }
            }
        }
        product
    }

    /// The product of a row of numbers and this matrix.
    pub(crate) fn row_times(&self, left: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.order];
        for (row, &factor) in left.iter().enumerate() {
            for (sum, &cell) in sums.iter_mut().zip(self.row(row)) {
                *sum += factor * cell;
            }
        }
        sums
    }

    /// The product of this matrix and a column of numbers.
    pub(crate) fn times_column(&self, right: &[f64]) -> Vec<f64> {
        let of_row = |row| self.row(row).iter().zip(right).map(|(a, b)| a * b).sum();
        (0..self.order).map(of_row).collect()
    }

    /// A whole power, by squaring.
    pub(crate) fn power(&self, exponent: u64) -> Self {
        self.power_by(exponent, Self::times)
    }

    fn power_by(&self, mut exponent: u64, times: impl Fn(&Self, &Self) -> Self) -> Self {
        let mut result = Self::identity(self.order);
        let mut square = self.clone();
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = times(&result, &square);
            }
            exponent >>= 1;
            if exponent > 0 {
                square = times(&square, &square);
            }
        }
        result
    }

    /// The largest sum of absolute values of a column.
    pub(crate) fn norm(&self) -> f64 {
        let sum = |column| (0..self.order).map(|row| self.at(row, column).abs()).sum();
        (0..self.order).map(sum).fold(0.0, f64::max)
    }

    /// Whether all cells are finite.
    pub(crate) fn is_finite(&self) -> bool {
        self.cells.iter().all(|cell| cell.is_finite())
    }

    /// The factors of this matrix; `None` if it is singular to working precision.
    pub(crate) fn lu(&self) -> Option<Lu> {
        Lu::new(self)
    }
}

/// P A = L U with unit lower L, by elimination with the largest pivot of each column.
#[derive(Debug, Clone)]
pub(crate) struct Lu {
    factors: Square,
    /// The row of A that each row of the factors is.
    rows: Vec<usize>,
    even: bool,
}

impl Lu {
    /// The factors; `None` if a pivot is nothing but noise.
    fn new(matrix: &Square) -> Option<Self> {
        let order = matrix.order;
        let mut factors = matrix.clone();
        let mut rows: Vec<usize> = (0..order).collect();
        let mut even = true;
        // A pivot below this is noise of the eliminations before it, one for each row above.
        let floor = matrix.norm() * f64::EPSILON * order as f64;
        for step in 0..order {
            let size = |row: usize| factors.at(row, step).abs();
            let pivot = (step..order).fold(
                step,
                |best, row| {
                    if size(row) > size(best) { row } else { best }
                },
            );
            if !(size(pivot) > floor && size(pivot).is_finite()) {
                return None;
            }
            if pivot != step {
                rows.swap(pivot, step);
                even = !even;
                for column in 0..order {
                    factors
                        .cells
                        .swap(pivot * order + column, step * order + column);
                }
            }
            let (above, below) = factors.cells.split_at_mut((step + 1) * order);
            let pivot_row = &above[step * order..];
            for row in below.chunks_exact_mut(order) {
                let factor = row[step] / pivot_row[step];
                row[step] = factor;
                for (cell, &top) in row[step + 1..].iter_mut().zip(&pivot_row[step + 1..]) {
                    *cell -= factor * top;
                }
            }
        }
        Some(Self {
            factors,
            rows,
            even,
        })
    }

    /// Whether the determinant is above 0, and the logarithm of its size, which itself is soon too
    /// small for a number.
    pub(crate) fn ln_determinant(&self) -> (bool, f64) {
        let pivots = || (0..self.factors.order).map(|at| self.factors.at(at, at));
        let below = pivots().filter(|&pivot| pivot < 0.0).count();
        let logs = pivots().map(|pivot| pivot.abs().ln()).sum();
        ((below % 2 == 0) == self.even, logs)
    }

    /// The solution x of A x = b.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let order = self.factors.order;
        let mut x: Vec<f64> = self.rows.iter().map(|&row| b[row]).collect();
        for row in 0..order {
            let factors = &self.factors.row(row)[..row];
            let done: f64 = factors.iter().zip(&x).map(|(a, b)| a * b).sum();
            x[row] -= done;
        }
        for row in (0..order).rev() {
            let factors = &self.factors.row(row)[row + 1..];
            let done: f64 = factors.iter().zip(&x[row + 1..]).map(|(a, b)| a * b).sum();
            x[row] = (x[row] - done) / self.factors.at(row, row);
        }
        x
    }

    /// The solution X of A X = B.
    pub(crate) fn solve_all(&self, b: &Square) -> Square {
        let order = self.factors.order;
        let mut x = Square::zeros(order);
        for column in 0..order {
            let given: Vec<f64> = (0..order).map(|row| b.at(row, column)).collect();
            for (row, value) in self.solve(&given).into_iter().enumerate() {
                x.cells[row * order + column] = value;
            }
        }
        x
    }

    pub(crate) fn inverse(&self) -> Square {
        self.solve_all(&Square::identity(self.factors.order))
    }
}

#[cfg(test)]
mod tests;
