//! Expectation and maximisation, in one pass over the rows a step.

use ndarray::ArrayView2;

use super::{
    Covariance,
    components::{Components, Densities},
    kernel::{self, Line, ZERO},
    tile::{Tile, map_tiles},
};
use crate::numeric::first_where;

/// What a component must hold of the whole not to count as empty.
const LEAST_SHARE: f64 = f64::EPSILON;

/// The rows of a fit and how much they count.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) values: ArrayView2<'a, f64>,
    pub(super) weights: Option<&'a [f64]>,
    /// Of all weights.
    pub(super) total: f64,
}

/// Weighted sums over rows, by component.
struct Moments {
    /// Weight times the logarithm of the density of the mixture.
    log_likelihood: f64,
    weights: Vec<f64>,
    /// Of each column less the mean that the sums are about.
    first: Vec<f64>,
    /// Of products of columns, laid out like covariances.
    second: Vec<f64>,
}

impl Rows<'_> {
    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// Goes through all rows; `spread` leaves the shares of the components in the lines `joint`
    /// of the tile. Sums are about the means of the components: close to the rows, so that little
    /// cancels wherever the data lie.
    fn moments(&self, about: &Components, spread: impl Fn(&mut Tile) + Sync) -> Moments {
        let zero = |_| Moments::zero(about);
        let partial = map_tiles(self.values, about, zero, |range, tile, sums| {
            spread(tile);
            let mut weights = ZERO;
            for (weight, row) in weights.as_flattened_mut().iter_mut().zip(range) {
                *weight = self.weight(row);
            }
            sums.add_tile(about, tile, &weights);
        });
        let mut total = Moments::zero(about);
        for sums in &partial {
            total.add(sums);
        }
        total
    }

    /// One component with the mean and the covariance of all rows.
    pub(super) fn whole(&self, shape: Covariance, regularisation: f64) -> Components {
        let columns = self.values.ncols();
        let first = first_where(self.weights.unwrap_or(&[]), |weight| *weight > 0.0);
        let mut whole = Components {
            shape,
            columns,
            weights: vec![1.0],
            means: self.values.row(first.unwrap_or(0)).to_vec(),
            covariances: vec![0.0; shape.size(columns)],
        };
        // The second pass is about the mean that the first found.
        for _ in 0..2 {
            let moments = self.moments(&whole, |tile| tile.joint.fill([[1.0; _]; _]));
            whole = moments.maximum(&whole, regularisation);
        }
        whole
    }

    /// The components of rows that each belong to the nearest mean.
    pub(super) fn groups(&self, about: &Components, regularisation: f64) -> Components {
        self.moments(about, |tile| tile.give_to_nearest(about))
            .maximum(about, regularisation)
    }

    /// One step: the log-likelihood of the components per unit of weight, and the components that
    /// follow from their shares in the rows.
    pub(super) fn step(
        &self,
        components: &Components,
        densities: &Densities,
        regularisation: f64,
    ) -> (f64, Components) {
        let moments = self.moments(components, |tile| {
            tile.join(components, densities);
            tile.share();
        });
        let next = moments.maximum(components, regularisation);
        (moments.log_likelihood / self.total, next)
    }

    /// Sum of weight times the logarithm of the share of a row's best component.
    pub(super) fn certainty(&self, components: &Components, densities: &Densities) -> f64 {
        let partial = map_tiles(
            self.values,
            components,
            |_| 0.0,
            |range, tile, sum| {
                tile.join(components, densities);
                tile.share();
                for (at, row) in range.enumerate() {
                    let share = |line: &Line| line.as_flattened()[at];
                    let most = tile.joint.iter().map(share).fold(0.0, f64::max);
                    *sum += self.weight(row) * libm::log(most);
                }
            },
        );
        partial.iter().sum()
    }
}

impl Moments {
    fn zero(about: &Components) -> Self {
        Self {
            log_likelihood: 0.0,
            weights: vec![0.0; about.len()],
            first: vec![0.0; about.means.len()],
            second: vec![0.0; about.covariances.len()],
        }
    }

    fn add_tile(&mut self, about: &Components, tile: &mut Tile, weights: &Line) {
        let (columns, size) = (about.columns, about.shape.size(about.columns));
        let logs = tile.log_sum.as_flattened();
        for (weight, log) in weights.as_flattened().iter().zip(logs) {
            self.log_likelihood += weight * log;
        }
        let second = self.second.chunks_exact_mut(size);
        let first = self.first.chunks_exact_mut(columns);
        let sums = self.weights.iter_mut().zip(first.zip(second));
        for (component, (weight, (first, second))) in sums.enumerate() {
            let shares = &mut tile.joint[component];
            for (share, weight) in shares
                .as_flattened_mut()
                .iter_mut()
                .zip(weights.as_flattened())
            {
                *share *= weight;
            }
            kernel::centre(&tile.rows, about.mean(component), &mut tile.centred);
            kernel::add_moments(about.shape, &tile.centred, shares, (weight, first, second));
        }
    }

    fn add(&mut self, other: &Self) {
        self.log_likelihood += other.log_likelihood;
        let pairs = [
            (&mut self.weights, &other.weights),
            (&mut self.first, &other.first),
            (&mut self.second, &other.second),
        ];
        for (ours, theirs) in pairs {
            for (sum, term) in ours.iter_mut().zip(theirs) {
                *sum += term;
            }
        }
    }

    /// The components that the sums are most likely of. One that has lost all rows keeps its
    /// place and gets no weight.
    fn maximum(&self, about: &Components, regularisation: f64) -> Components {
        let mut next = about.clone();
        let size = about.shape.size(about.columns);
        let total: f64 = self.weights.iter().sum();
        for (component, &weight) in self.weights.iter().enumerate() {
            if weight <= LEAST_SHARE * total {
                next.weights[component] = 0.0;
                continue;
            }
            next.weights[component] = weight / total;
            let moved = &self.first[component * about.columns..][..about.columns];
            let mean = &mut next.means[component * about.columns..][..about.columns];
            for (mean, sum) in mean.iter_mut().zip(moved) {
                *mean += sum / weight;
            }
            let second = &self.second[component * size..][..size];
            let covariance = &mut next.covariances[component * size..][..size];
            let moved: Vec<f64> = moved.iter().map(|sum| sum / weight).collect();
            match about.shape {
                Covariance::Full => {
                    let pairs = (0..moved.len()).flat_map(|row| (0..=row).map(move |at| (row, at)));
                    for (at, (row, column)) in pairs.enumerate() {
                        covariance[at] = second[at] / weight - moved[row] * moved[column];
                    }
                }
                Covariance::Diagonal => {
                    for at in 0..moved.len() {
                        covariance[at] = second[at] / weight - moved[at] * moved[at];
                    }
                }
            }
            for column in 0..about.columns {
                let variance = &mut covariance[about.shape.diagonal(column)];
                *variance = variance.max(0.0) + regularisation;
            }
        }
        next
    }
}
