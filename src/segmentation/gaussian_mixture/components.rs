//! The parameters of a mixture, and the densities that they stand for.

use super::{
    Covariance,
    kernel::{self, Line},
};
use crate::{Error, Result};

/// The smallest conditional variance worked with, so that no square overflows for values as large
/// as [`LARGEST`](super::LARGEST).
const SMALLEST_VARIANCE: f64 = 1e-100;

/// Weights, means and covariances of k components.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Components {
    pub(super) shape: Covariance,
    pub(super) columns: usize,
    /// Shares of the whole, which sum to 1.
    pub(super) weights: Vec<f64>,
    /// Row by row.
    pub(super) means: Vec<f64>,
    /// For each component the lower triangle, row by row, or the diagonal.
    pub(super) covariances: Vec<f64>,
}

impl Covariance {
    /// Numbers that make up a covariance.
    pub(super) fn size(self, columns: usize) -> usize {
        match self {
            Self::Full => columns * (columns + 1) / 2,
            Self::Diagonal => columns,
        }
    }

    /// Where the variance of a column stands among them.
    pub(super) fn diagonal(self, column: usize) -> usize {
        match self {
            Self::Full => column * (column + 1) / 2 + column,
            Self::Diagonal => column,
        }
    }
}

impl Components {
    pub(super) fn len(&self) -> usize {
        self.weights.len()
    }

    pub(super) fn mean(&self, component: usize) -> &[f64] {
        &self.means[component * self.columns..][..self.columns]
    }

    pub(super) fn covariance(&self, component: usize) -> &[f64] {
        let size = self.shape.size(self.columns);
        &self.covariances[component * size..][..size]
    }

    /// Free parameters.
    pub(super) fn parameters(&self) -> usize {
        let each = 1 + self.columns + self.shape.size(self.columns);
        self.len() * each - 1
    }
}

/// A component made ready for use.
#[derive(Debug, Clone, PartialEq)]
struct Density {
    /// The logarithm of the weight and of what stands before the exponential; minus infinity for
    /// a component without weight.
    constant: f64,
    /// R, where the transpose of R times R is the inverse of the covariance; laid out like it.
    root: Vec<f64>,
}

/// The densities of all components.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Densities(Vec<Density>);

impl Densities {
    /// # Errors
    ///
    /// [`Error::Degenerate`] for a covariance that is singular; it names the column.
    pub(super) fn new(components: &Components, names: &[String]) -> Result<Self> {
        let density = |component: usize| {
            let covariance = components.covariance(component);
            let root = match components.shape {
                Covariance::Full => inverse_root(covariance, components.columns),
                Covariance::Diagonal => inverse_roots(covariance),
            };
            let root = root.map_err(|column| singular(component, &names[column]))?;
            let ln_root: f64 = (0..components.columns)
                .map(|column| libm::log(root[components.shape.diagonal(column)]))
                .sum();
            let ln_2_pi = libm::log(2.0 * std::f64::consts::PI);
            let constant = libm::log(components.weights[component]) + ln_root
                - 0.5 * components.columns as f64 * ln_2_pi;
            Ok(Density { constant, root })
        };
        (0..components.len())
            .map(density)
            .collect::<Result<_>>()
            .map(Self)
    }

    /// The logarithms of weight times density, a line a component, of the rows of a tile.
    pub(super) fn joint(
        &self,
        components: &Components,
        rows: &[Line],
        centred: &mut [Line],
        joint: &mut [Line],
    ) {
        for (component, (density, joint)) in self.0.iter().zip(joint).enumerate() {
            kernel::centre(rows, components.mean(component), centred);
            let (root, constant) = (&density.root, density.constant);
            kernel::log_density(components.shape, centred, root, constant, joint);
        }
    }

    /// Minus the logarithm of weight times density, in parts: what does not depend on the point,
    /// and for each column half its share of the squared Mahalanobis distance.
    pub(super) fn terms(
        &self,
        components: &Components,
        point: &[f64],
        component: usize,
    ) -> (f64, Vec<f64>) {
        let Density { constant, root } = &self.0[component];
        let mean = components.mean(component);
        let off: Vec<f64> = point.iter().zip(mean).map(|(x, mean)| x - mean).collect();
        let terms = match components.shape {
            Covariance::Diagonal => {
                let squares = off.iter().zip(root).map(|(off, root)| off * root);
                squares.map(|scaled| 0.5 * scaled * scaled).collect()
            }
            Covariance::Full => {
                let line = |row: usize| &root[row * (row + 1) / 2..][..=row];
                let dot = |row| line(row).iter().zip(&off).map(|(r, off)| r * off).sum();
                let scaled: Vec<f64> = (0..off.len()).map(dot).collect();
                let column = |at: usize| {
                    let below = (at..off.len()).map(|row| line(row)[at] * scaled[row]);
                    0.5 * off[at] * below.sum::<f64>()
                };
                (0..off.len()).map(column).collect()
            }
        };
        (-constant, terms)
    }

    /// Whether the smallest variance of each component in any direction is at most about twice
    /// the regularisation.
    ///
    /// By the trace of the inverse of its covariance, which is at least 1 over that variance and
    /// at most the number of columns over it.
    pub(super) fn singular(&self, regularisation: f64) -> impl Iterator<Item = bool> {
        (self.0.iter()).map(move |density| {
            let trace: f64 = density.root.iter().map(|root| root * root).sum();
            2.0 * regularisation * trace >= 1.0
        })
    }
}

fn singular(component: usize, column: &str) -> Error {
    Error::Degenerate {
        what: format!(
            "within cluster {component}, column {column} does not vary or follows from the others; \
             raise regularisation, drop the column, ask for fewer clusters, or use diagonal \
             covariances"
        )
        .into(),
    }
}

/// The inverse of the Cholesky factor of a lower triangle, or the first column without variance of
/// its own.
fn inverse_root(covariance: &[f64], columns: usize) -> std::result::Result<Vec<f64>, usize> {
    let at = |row: usize, column: usize| row * (row + 1) / 2 + column;
    let mut lower = covariance.to_vec();
    for row in 0..columns {
        for column in 0..=row {
            let mut rest = covariance[at(row, column)];
            for k in 0..column {
                rest -= lower[at(row, k)] * lower[at(column, k)];
            }
            lower[at(row, column)] = if row == column {
                // A pivot lost to cancellation is noise, not variance.
                let noise = covariance[at(row, row)] * f64::EPSILON * columns as f64;
                if !(rest > noise.max(SMALLEST_VARIANCE) && rest.is_finite()) {
                    return Err(row);
                }
                rest.sqrt()
            } else {
                rest / lower[at(column, column)]
            };
        }
    }
    let mut inverse = lower.clone();
    for row in 0..columns {
        let pivot = lower[at(row, row)];
        for column in 0..row {
            let product: f64 = (column..row)
                .map(|k| lower[at(row, k)] * inverse[at(k, column)])
                .sum();
            inverse[at(row, column)] = -product / pivot;
        }
        inverse[at(row, row)] = 1.0 / pivot;
    }
    Ok(inverse)
}

fn inverse_roots(variances: &[f64]) -> std::result::Result<Vec<f64>, usize> {
    let fails = |variance: &f64| !(*variance > SMALLEST_VARIANCE && variance.is_finite());
    match variances.iter().position(fails) {
        Some(column) => Err(column),
        None => Ok(variances
            .iter()
            .map(|variance| 1.0 / variance.sqrt())
            .collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_multiplies_back() {
        // 4 2 1 / 2 5 3 / 1 3 6
        let covariance = [4.0, 2.0, 5.0, 1.0, 3.0, 6.0];
        let full = |at: &[f64], i: usize, j: usize| {
            if j <= i { at[i * (i + 1) / 2 + j] } else { 0.0 }
        };
        let root = inverse_root(&covariance, 3).unwrap();
        for i in 0..3 {
            for j in 0..3 {
                // R A Rᵀ = 1
                let mut sum = 0.0;
                for a in 0..3 {
                    for b in 0..3 {
                        let value = full(&covariance, a.max(b), a.min(b));
                        sum += full(&root, i, a) * value * full(&root, j, b);
                    }
                }
                let unit = f64::from(u8::from(i == j));
                assert!((sum - unit).abs() < 1e-14, "{i} {j} {sum}");
            }
        }
    }

    #[test]
    fn what_does_not_vary_is_named() {
        assert_eq!(inverse_root(&[1.0, 1.0, 1.0], 2), Err(1));
        assert_eq!(inverse_root(&[f64::NAN, 0.0, 1.0], 2), Err(0));
        assert_eq!(inverse_roots(&[1.0, 0.0]), Err(1));
        assert_eq!(inverse_roots(&[f64::INFINITY]), Err(0));
    }
}
