//! Singular values.

use super::Square;

/// Sweeps over all pairs of columns; some eight are enough for the orders of use.
const MOST_SWEEPS: usize = 60;

impl Square {
    /// The singular values, from the largest to the smallest: columns are rotated in pairs until all
    /// are orthogonal (Hestenes 1958, doi:10.1137/0106005). Unlike the eigenvalues of the product
    /// with the transpose, small ones keep their accuracy (Demmel and Veselić 1992,
    /// doi:10.1137/0613074).
    pub(crate) fn singular_values(&self) -> Vec<f64> {
        let order = self.order();
        let column = |at| -> Vec<f64> { (0..order).map(|row| self.at(row, at)).collect() };
        let mut columns: Vec<Vec<f64>> = (0..order).map(column).collect();
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(x, y)| x * y).sum() };
        for _ in 0..MOST_SWEEPS {
            let mut rotated = false;
            for first in 0..order {
                for second in first + 1..order {
                    let (left, right) = columns.split_at_mut(second);
                    let (one, two) = (&mut left[first], &mut right[0]);
                    let (a, b, c) = (dot(one, one), dot(two, two), dot(one, two));
                    if c.abs() <= f64::EPSILON * (a * b).sqrt() {
                        continue;
                    }
                    rotated = true;
                    let zeta = (b - a) / (2.0 * c);
                    let tangent = zeta.signum() / (zeta.abs() + zeta.hypot(1.0));
                    let cosine = 1.0 / tangent.hypot(1.0);
                    let sine = cosine * tangent;
                    for (x, y) in one.iter_mut().zip(two) {
                        (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
                    }
                }
            }
            if !rotated {
                break;
            }
        }
        let mut values: Vec<f64> = columns.iter().map(|x| dot(x, x).sqrt()).collect();
        values.sort_by(|one, other| other.total_cmp(one));
        values
    }
}
