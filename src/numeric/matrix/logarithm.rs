//! The principal logarithm of a matrix.

use super::Square;
use crate::numeric::quadrature::panel;

/// Roots are taken until the matrix is so near the identity. Gauss and Legendre's rule of 16 points
/// is then Padé's approximation of degree 16, with an error far below rounding.
const NEAR: f64 = 0.5;

/// Bounds on the roots, and on the steps of each.
const MOST_ROOTS: u32 = 60;
const MOST_STEPS: usize = 60;

impl Square {
    /// The real logarithm whose eigenvalues lie within π of the real axis: roots until the matrix is
    /// near the identity, then
    ///
    /// ```text
    /// log(I + X) = integral over t from 0 to 1 of X (I + t X)^-1
    /// ```
    ///
    /// by Gauss and Legendre's rule (Cheng, Higham, Kenney and Laub 2001,
    /// doi:10.1137/S0895479899364015). `None` where the iteration for a root does not converge: the
    /// matrix is singular, or has an eigenvalue below 0.
    pub(crate) fn logarithm(&self) -> Option<Self> {
        let mut root = self.clone();
        let mut roots = 0;
        while root.clone().plus_identity(-1.0).norm() > NEAR {
            if roots == MOST_ROOTS {
                return None;
            }
            root = root.square_root()?;
            roots += 1;
        }
        let near = root.plus_identity(-1.0);
        let mut logarithm = Self::zeros(self.order());
        for (point, weight) in panel(0.0, 1.0) {
            let shifted = near.clone().scaled(point).plus_identity(1.0);
            let term = shifted.lu()?.solve_all(&near);
            logarithm = logarithm.zip(&term, |sum, term| sum + weight * term);
        }
        let logarithm = logarithm.scaled(f64::from(roots).exp2());
        logarithm.is_finite().then_some(logarithm)
    }

    /// The principal square root, by the product form of Denman and Beavers' iteration with the
    /// scaling by determinants (the same paper, section 3).
    fn square_root(&self) -> Option<Self> {
        let order = self.order() as f64;
        let mut rest = self.clone();
        let mut root = self.clone();
        let mut last = f64::INFINITY;
        for _ in 0..MOST_STEPS {
            let lu = rest.lu()?;
            let inverse = lu.inverse();
            let away = rest.clone().plus_identity(-1.0).norm();
            // Far from the end scaling helps; near it, it only adds noise.
            let scale = if away > 0.1 {
                (-0.5 * lu.ln_determinant().1 / order).exp()
            } else {
                1.0
            };
            if !(scale.is_finite() && scale > 0.0) {
                return None;
            }
            let square = scale * scale;
            let half = inverse.clone().scaled(1.0 / square).plus_identity(1.0);
            root = root.times(&half).scaled(0.5 * scale);
            rest = rest
                .zip(&inverse, |m, i| 0.25 * (square * m + i / square))
                .plus_identity(0.5);
            let away = rest.clone().plus_identity(-1.0).norm();
            if away <= f64::EPSILON * order || (away < 1e-10 && away >= last) {
                return root.is_finite().then_some(root);
            }
            last = away;
        }
        None
    }
}
