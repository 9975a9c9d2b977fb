//! Eigenvalues of a matrix without symmetry.

use super::Square;
use crate::{Error, Result};

/// Steps without an eigenvalue before the search is given up, and after which the shift is one that
/// the matrix does not suggest.
const MOST_STEPS: u32 = 90;
const OTHER_SHIFT_EVERY: u32 = 10;

/// An eigenvalue, with its imaginary part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Eigenvalue {
    pub(crate) real: f64,
    pub(crate) imaginary: f64,
}

impl Eigenvalue {
    /// The distance from 0.
    pub(crate) fn modulus(&self) -> f64 {
        self.real.hypot(self.imaginary)
    }
}

impl Square {
    /// The eigenvalues, by falling distance from 0, conjugates with the positive one first: by
    /// Francis' double steps on the Hessenberg form (Francis 1962, doi:10.1093/comjnl/4.4.332; Golub
    /// and Van Loan 2013, *Matrix Computations*, 4th edition, algorithm 7.5.2).
    ///
    /// # Errors
    ///
    /// [`Error::NotConverged`] if the steps do not end, which has not been seen.
    pub(crate) fn eigenvalues(&self) -> Result<Vec<Eigenvalue>> {
        let mut form = Hessenberg::of(self);
        let mut found = Vec::with_capacity(self.order());
        let (mut end, mut steps) = (self.order(), 0);
        while end > 0 {
            let start = form.start_of_block(end);
            match end - start {
                1 => {
                    let real = form.0.at(start, start);
                    found.push(Eigenvalue {
                        real,
                        imaginary: 0.0,
                    });
                    (end, steps) = (start, 0);
                }
                2 => {
                    found.extend(form.pair(start));
                    (end, steps) = (start, 0);
                }
                _ => {
                    if steps == MOST_STEPS {
                        return Err(Error::NotConverged {
                            model: "eigenvalues",
                            iterations: MOST_STEPS as usize,
                            last_change: f64::NAN,
                            tolerance: f64::EPSILON,
                        });
                    }
                    steps += 1;
                    form.step(start, end, steps % OTHER_SHIFT_EVERY == 0);
                }
            }
        }
        found.sort_by(|one, other| {
            let far = other.modulus().total_cmp(&one.modulus());
            far.then(other.real.total_cmp(&one.real))
                .then(other.imaginary.total_cmp(&one.imaginary))
        });
        Ok(found)
    }
}

/// A matrix with zeros below its first subdiagonal.
struct Hessenberg(Square);

/// The reflection that takes `x` to a multiple of the first unit: I - 2 v vᵀ / vᵀ v. `None` if there
/// is nothing to take away.
fn reflection(x: &[f64]) -> Option<(Vec<f64>, f64)> {
    let largest = x.iter().fold(0.0, |most: f64, cell| most.max(cell.abs()));
    if largest <= 0.0 || x[1..].iter().all(|cell| cell.abs() <= 0.0) {
        return None;
    }
    let mut v: Vec<f64> = x.iter().map(|cell| cell / largest).collect();
    let length = v.iter().map(|cell| cell * cell).sum::<f64>().sqrt();
    v[0] += length.copysign(v[0]);
    let factor = 2.0 / v.iter().map(|cell| cell * cell).sum::<f64>();
    Some((v, factor))
}

impl Hessenberg {
    fn of(matrix: &Square) -> Self {
        let order = matrix.order();
        let mut form = Self(matrix.clone());
        for column in 0..order.saturating_sub(2) {
            let below: Vec<f64> = (column + 1..order)
                .map(|row| form.0.at(row, column))
                .collect();
            form.reflect(&below, column + 1, column..order, 0..order);
            (column + 2..order).for_each(|row| form.0.row_mut(row)[column] = 0.0);
        }
        form
    }

    /// Applies the reflection of `x`, whose first place is `first`, from the left to some columns
    /// and from the right to some rows.
    fn reflect(
        &mut self,
        x: &[f64],
        first: usize,
        columns: std::ops::Range<usize>,
        rows: std::ops::Range<usize>,
    ) {
        let Some((v, factor)) = reflection(x) else {
            return;
        };
        for column in columns {
            let dot: f64 = (v.iter().enumerate())
                .map(|(at, v)| v * self.0.at(first + at, column))
                .sum();
            for (at, v) in v.iter().enumerate() {
                self.0.row_mut(first + at)[column] -= factor * dot * v;
            }
        }
        for row in rows {
            let cells = &mut self.0.row_mut(row)[first..first + v.len()];
            let dot: f64 = v.iter().zip(&*cells).map(|(v, cell)| v * cell).sum();
            for (cell, v) in cells.iter_mut().zip(&v) {
                *cell -= factor * dot * v;
            }
        }
    }

    /// Where the last block that does not fall apart begins, of those that end before `end`.
    fn start_of_block(&mut self, end: usize) -> usize {
        for row in (1..end).rev() {
            let around = self.0.at(row - 1, row - 1).abs() + self.0.at(row, row).abs();
            let around = if around > 0.0 { around } else { self.0.norm() };
            if self.0.at(row, row - 1).abs() <= f64::EPSILON * around {
                self.0.row_mut(row)[row - 1] = 0.0;
                return row;
            }
        }
        0
    }

    /// The eigenvalues of a block of two.
    fn pair(&self, start: usize) -> [Eigenvalue; 2] {
        let (a, b) = (self.0.at(start, start), self.0.at(start, start + 1));
        let (c, d) = (self.0.at(start + 1, start), self.0.at(start + 1, start + 1));
        let half_gap = 0.5 * (a - d);
        let discriminant = half_gap * half_gap + b * c;
        let middle = f64::midpoint(a, d);
        if discriminant < 0.0 {
            let imaginary = (-discriminant).sqrt();
            let of = |imaginary| Eigenvalue {
                real: middle,
                imaginary,
            };
            return [of(imaginary), of(-imaginary)];
        }
        // d + shift is the eigenvalue nearer d; the other follows from the product of both shifts.
        let far = half_gap + discriminant.sqrt().copysign(half_gap);
        let near = if far.abs() > 0.0 { -b * c / far } else { 0.0 };
        let of = |real| Eigenvalue {
            real,
            imaginary: 0.0,
        };
        [of(d + far), of(d + near)]
    }

    /// One double step on the block from `start` to before `end`, of three rows or more.
    fn step(&mut self, start: usize, end: usize, other_shift: bool) {
        let h = |row: usize, column: usize| self.0.at(row, column);
        let (last, before) = (end - 1, end - 2);
        let (sum, product) = if other_shift {
            let size = h(last, before).abs() + h(before, before - 1).abs();
            (1.5 * size, size * size)
        } else {
            let product = h(before, before) * h(last, last) - h(before, last) * h(last, before);
            (h(before, before) + h(last, last), product)
        };
        let (top, next) = (h(start, start), h(start + 1, start));
        let mut x = vec![
            top * top + h(start, start + 1) * next - sum * top + product,
            next * (top + h(start + 1, start + 1) - sum),
            next * h(start + 2, start + 1),
        ];
        for at in start..end - 1 {
            // The bulge that the step before has left one column to the left.
            if at > start {
                let rows = at..(at + 3).min(end);
                x = rows.map(|row| self.0.at(row, at - 1)).collect();
            }
            let left = if at > start { at - 1 } else { start };
            self.reflect(&x, at, left..end, start..(at + 4).min(end));
            if at > start {
                (at + 1..(at + 3).min(end)).for_each(|row| self.0.row_mut(row)[at - 1] = 0.0);
            }
        }
    }
}
