//! Equations of the coefficients that are not 0.

use pulp::Arch;

use crate::numeric::{dispatch, lanes::dot};

/// The factor of a symmetric matrix by Cholesky, A = L Lᵀ, row by row. As that of
/// [`numeric`](crate::numeric), but for a thousand columns and more: sums run in lanes.
#[derive(Debug)]
pub(super) struct Factor {
    order: usize,
    lower: Vec<f64>,
}

impl Factor {
    /// Of a matrix, of which the lower triangle is read. `None` unless it is positive definite beyond
    /// rounding.
    pub(super) fn new(order: usize, matrix: &[f64]) -> Option<Self> {
        let mut lower = vec![0.0; order * order];
        let mut is_definite = true;
        dispatch(
            Arch::new(),
            #[inline(always)]
            || {
                for row in 0..order {
                    let (above, from_row) = lower.split_at_mut(row * order);
                    let line = &mut from_row[..order];
                    for column in 0..row {
                        let other = &above[column * order..][..=column];
                        let rest =
                            matrix[row * order + column] - dot(&line[..column], &other[..column]);
                        line[column] = rest / other[column];
                    }
                    let pivot = matrix[row * order + row];
                    let rest = pivot - dot(&line[..row], &line[..row]);
                    // A pivot lost to cancellation is noise, not curvature.
                    if !(rest > pivot * f64::EPSILON * order as f64 && rest.is_finite()) {
                        is_definite = false;
                        return;
                    }
                    line[row] = rest.sqrt();
                }
            },
        );
        is_definite.then_some(Self { order, lower })
    }

    /// The solution of A x = b.
    pub(super) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let line = |row: usize| &self.lower[row * self.order..][..=row];
        let mut x = b.to_vec();
        for row in 0..self.order {
            let rest = x[row] - dot(&line(row)[..row], &x[..row]);
            x[row] = rest / line(row)[row];
        }
        for row in (0..self.order).rev() {
            let value = x[row] / line(row)[row];
            x[row] = value;
            for (x, cell) in x.iter_mut().zip(&line(row)[..row]) {
                *x -= value * cell;
            }
        }
        x
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::{cholesky::Cholesky, rng::Stream};

    #[test]
    fn solutions_are_those_of_the_plain_factor() {
        let mut stream = Stream::new(3, 0, 0);
        for order in [1, 2, 7, 8, 9, 40] {
            let root: Vec<f64> = (0..order * order).map(|_| stream.normal()).collect();
            let mut matrix = vec![0.0; order * order];
            for row in 0..order {
                for column in 0..order {
                    let pairs =
                        (0..order).map(|k| root[row * order + k] * root[column * order + k]);
                    let ridge = f64::from(u8::from(row == column));
                    matrix[row * order + column] = pairs.sum::<f64>() + ridge;
                }
            }
            let b: Vec<f64> = (0..order).map(|_| stream.normal()).collect();
            let ours = Factor::new(order, &matrix).unwrap().solve(&b);
            let plain = Cholesky::new(order, &matrix).unwrap().solve(&b);
            for (a, b) in ours.iter().zip(&plain) {
                assert!((a - b).abs() < 1e-11 * (1.0 + b.abs()), "{a} {b}");
            }
        }
    }

    #[test]
    fn matrices_that_are_not_positive_definite_are_refused() {
        assert!(Factor::new(2, &[1.0, 2.0, 2.0, 1.0]).is_none());
        assert!(Factor::new(2, &[1.0, 1.0, 1.0, 1.0]).is_none());
        assert!(Factor::new(1, &[0.0]).is_none());
        assert!(Factor::new(1, &[f64::NAN]).is_none());
        assert!(Factor::new(1, &[f64::INFINITY]).is_none());
    }
}
