//! The Cholesky factor of a small symmetric matrix, stored row by row.

/// A = L Lᵀ with L lower triangular.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    order: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factors a symmetric matrix, of which the lower triangle is read. `None`
    /// unless it is positive definite beyond rounding.
    pub(crate) fn new(order: usize, matrix: &[f64]) -> Option<Self> {
        let mut lower = vec![0.0; order * order];
        for row in 0..order {
            for column in 0..=row {
                let mut rest = matrix[row * order + column];
                for k in 0..column {
                    rest -= lower[row * order + k] * lower[column * order + k];
                }
                lower[row * order + column] = if row == column {
                    // A pivot lost to cancellation is noise, not curvature.
                    let floor = matrix[row * order + row] * f64::EPSILON * order as f64;
                    if !(rest > floor && rest.is_finite()) {
                        return None;
                    }
                    rest.sqrt()
                } else {
                    rest / lower[column * order + column]
                };
            }
        }
        Some(Self { order, lower })
    }

    /// The solution of A x = b.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = self.order;
        let mut x = b.to_vec();
        for row in 0..n {
            for k in 0..row {
                x[row] -= self.lower[row * n + k] * x[k];
            }
            x[row] /= self.lower[row * n + row];
        }
        for row in (0..n).rev() {
            for k in row + 1..n {
                x[row] -= self.lower[k * n + row] * x[k];
            }
            x[row] /= self.lower[row * n + row];
        }
        x
    }

    /// The inverse, symmetric to the last bit.
    pub(crate) fn inverse(&self) -> Vec<f64> {
        let n = self.order;
        let mut inverse = vec![0.0; n * n];
        for column in 0..n {
            let mut unit = vec![0.0; n];
            unit[column] = 1.0;
            for (row, value) in self.solve(&unit).into_iter().enumerate() {
                inverse[row * n + column] = value;
            }
        }
        for row in 0..n {
            for column in 0..row {
                let mean = f64::midpoint(inverse[row * n + column], inverse[column * n + row]);
                inverse[row * n + column] = mean;
                inverse[column * n + row] = mean;
            }
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn matrices_that_are_not_positive_definite_are_refused() {
        assert!(Cholesky::new(2, &[1.0, 2.0, 2.0, 1.0]).is_none());
        assert!(Cholesky::new(2, &[1.0, 1.0, 1.0, 1.0]).is_none());
        assert!(Cholesky::new(1, &[0.0]).is_none());
        assert!(Cholesky::new(1, &[f64::NAN]).is_none());
        assert!(Cholesky::new(1, &[f64::INFINITY]).is_none());
    }

    proptest! {
        #[test]
        fn solutions_and_inverses_multiply_back(
            root in prop::collection::vec(-2.0f64..2.0, 16),
            b in prop::collection::vec(-5.0f64..5.0, 4),
        ) {
            let n = 4;
            let mut matrix = vec![0.0; 16];
            for row in 0..n {
                for column in 0..n {
                    let dot: f64 = (0..n).map(|k| root[row * n + k] * root[column * n + k]).sum();
                    matrix[row * n + column] = dot + f64::from(u8::from(row == column));
                }
            }
            let factor = Cholesky::new(n, &matrix).unwrap();
            let x = factor.solve(&b);
            let inverse = factor.inverse();
            for row in 0..n {
                let back: f64 = (0..n).map(|k| matrix[row * n + k] * x[k]).sum();
                prop_assert!((back - b[row]).abs() < 1e-10);
                let by_inverse: f64 = (0..n).map(|k| inverse[row * n + k] * b[k]).sum();
                prop_assert!((by_inverse - x[row]).abs() < 1e-9);
                for column in 0..n {
                    let (upper, lower) = (inverse[row * n + column], inverse[column * n + row]);
                    prop_assert_eq!(upper.to_bits(), lower.to_bits());
                }
            }
        }
    }
}
