//! What a mixture says of rows: density, membership, cluster.

use ndarray::Array2;

use super::{
    GaussianMixture,
    fit::check_values,
    kernel::{self, Line},
    tile::{Tile, map_tiles},
};
use crate::{
    Result,
    data::Features,
    segmentation::{
        placed::{NOWHERE, Placed},
        points::check_columns,
    },
};

impl GaussianMixture {
    /// The logarithm of the density of the mixture at each row; far below that of most rows it
    /// marks a customer unlike any other.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`](crate::Error::VersionMismatch) unless the columns are
    /// those of the fit; [`Error::InvalidValue`](crate::Error::InvalidValue) for a value that is
    /// missing or beyond 1e90.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Features, MissingValues}, segmentation::*};
    /// let features = Features::from_columns(&[("x", &[-1.0, 1.0])], MissingValues::Refuse)?;
    /// let mixture = GaussianMixtureParams::new(1).regularisation(0.0).fit(&features)?;
    /// // Standard normal: -ln(2 π) / 2 - 1 / 2.
    /// assert!((mixture.log_density(&features)?[0] + 1.418938533204673).abs() < 1e-12);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn log_density(&self, features: &Features) -> Result<Vec<f64>> {
        self.by_tile(features, |rows, tile, out| {
            tile.share();
            out.extend(kernel::numbers(&tile.log_sum, rows));
        })
    }

    /// How likely each row belongs to each cluster, rows by clusters; each row sums to 1.
    ///
    /// # Errors
    ///
    /// As [`log_density`](Self::log_density).
    ///
    /// # Example
    ///
    /// See [`GaussianMixture`].
    pub fn membership(&self, features: &Features) -> Result<Array2<f64>> {
        let shares = self.by_tile(features, |rows, tile, out| {
            tile.share();
            for row in 0..rows {
                out.extend(tile.joint.iter().map(|line| line.as_flattened()[row]));
            }
        })?;
        let k = self.clusters();
        let share = |(row, cluster): (usize, usize)| shares[row * k + cluster];
        Ok(Array2::from_shape_fn((features.len(), k), share))
    }

    /// The likeliest cluster of each row, numbered from 0; the first of equals.
    ///
    /// # Errors
    ///
    /// As [`log_density`](Self::log_density).
    ///
    /// # Example
    ///
    /// See [`GaussianMixtureParams`](super::GaussianMixtureParams).
    pub fn assign(&self, features: &Features) -> Result<Vec<u32>> {
        Ok(self.place(features)?.cluster)
    }

    /// Where rows go. The cost is minus the logarithm of weight times density.
    pub(in crate::segmentation) fn place(&self, features: &Features) -> Result<Placed> {
        let ranked = self.by_tile(features, |rows, tile, out| {
            out.extend((0..rows).map(|row| best_two(&tile.joint, row)));
        })?;
        let mut placed = Placed::default();
        for [(cluster, cost), (runner_up, runner_up_cost)] in ranked {
            placed.cluster.push(cluster);
            placed.cost.push(cost);
            placed.runner_up.push(runner_up);
            placed.runner_up_cost.push(runner_up_cost);
        }
        Ok(placed)
    }

    /// What a point costs in a cluster, in parts: what does not depend on the point, and what each
    /// column adds.
    pub(in crate::segmentation) fn terms(&self, point: &[f64], cluster: u32) -> (f64, Vec<f64>) {
        let densities = &self.densities;
        densities.terms(&self.components, point, cluster as usize)
    }

    /// Goes through the rows with the logarithms of their joint densities.
    fn by_tile<T: Send>(
        &self,
        features: &Features,
        f: impl Fn(usize, &mut Tile, &mut Vec<T>) + Sync,
    ) -> Result<Vec<T>> {
        check_columns(&self.names, features)?;
        check_values(features)?;
        let chunks = map_tiles(
            features.view(),
            &self.components,
            Vec::with_capacity,
            |rows, tile, out| {
                tile.join(&self.components, &self.densities);
                f(rows.len(), tile, out);
            },
        );
        Ok(chunks.into_iter().flatten().collect())
    }
}

/// The cheapest cluster of a row and the next, the first of equals. Clusters without weight cost
/// without bound and are never named.
fn best_two(joint: &[Line], row: usize) -> [(u32, f64); 2] {
    let mut best = [(NOWHERE, f64::INFINITY); 2];
    for (cluster, line) in (0..).zip(joint) {
        let cost = -line.as_flattened()[row];
        if cost < best[0].1 {
            best = [(cluster, cost), best[0]];
        } else if cost < best[1].1 {
            best[1] = (cluster, cost);
        }
    }
    best
}
