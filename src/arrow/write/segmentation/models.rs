//! Models that look for groups.

use arrow_array::RecordBatch;
use ndarray::ArrayView2;

use super::{super::Columns, wide, word};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    segmentation::{
        Dbscan, GaussianMixture, KMeans, KPrototypes, LimitedAssignment, RadiusProposal,
    },
};

/// - `clusters`, a row a cluster: `cluster`, its number from 0; `size`, the weight of its rows;
///   `within`, their sum of squares about the centre; `rows`, the rows that count, null unless sizes
///   were limited.
/// - `centres`, a row a cluster: a column a feature, in its prepared units.
impl Tables for KMeans {
    const TABLES: &'static [&'static str] = &["clusters", "centres"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "clusters" => {
                let limited = self.limits().map(|limits| limits.rows().iter());
                let mut rows = limited.into_iter().flatten();
                let rows = self
                    .sizes()
                    .iter()
                    .map(|_| rows.next()?.to_owned().try_into().ok());
                Columns::new()
                    .counts("cluster", 0..self.clusters())
                    .floats("size", self.sizes().to_vec())
                    .floats("within", self.within().to_vec())
                    .ints::<Option<i64>>("rows", rows)
                    .finish()
            }
            "centres" => wide(self.columns(), self.centres()).finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// - `rows`, a row a row of the features: `cluster`, its number from 0.
/// - `clusters`, a row a cluster: `cluster`; `size`, the rows that count.
impl Tables for LimitedAssignment {
    const TABLES: &'static [&'static str] = &["rows", "clusters"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "rows" => Columns::new()
                .ints(
                    "cluster",
                    self.cluster.iter().map(|&cluster| i64::from(cluster)),
                )
                .finish(),
            "clusters" => Columns::new()
                .counts("cluster", 0..self.sizes.len())
                .counts("size", self.sizes.iter().copied())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// - `clusters`, a row a cluster: `cluster`, its number from 0; `weight`, its share; `soundness`:
///   sound, singular or empty.
/// - `means`, a row a cluster: a column a feature, in its prepared units.
/// - `covariances`, a row a cluster and pair of features: `cluster`, `feature`, `other`,
///   `covariance`; a diagonal mixture has zeros off the diagonal.
impl Tables for GaussianMixture {
    const TABLES: &'static [&'static str] = &["clusters", "means", "covariances"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "clusters" => Columns::new()
                .counts("cluster", 0..self.clusters())
                .floats("weight", self.weights().to_vec())
                .known_texts("soundness", self.soundness().iter().map(word))
                .finish(),
            "means" => wide(self.names(), self.means()).finish(),
            "covariances" => covariances(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn covariances(it: &GaussianMixture) -> Result<RecordBatch> {
    let names = it.names();
    let pairs = || {
        (0..it.clusters())
            .flat_map(|_| names.iter().flat_map(|a| names.iter().map(move |b| (a, b))))
    };
    let cells = names.len() * names.len();
    let clusters = (0..it.clusters()).flat_map(|cluster| std::iter::repeat_n(cluster, cells));
    let values = (0..it.clusters()).filter_map(|cluster| it.covariance(cluster));
    Columns::new()
        .counts("cluster", clusters)
        .texts("feature", pairs().map(|(feature, _)| feature))
        .texts("other", pairs().map(|(_, other)| other))
        .floats("covariance", values.flatten().collect())
        .finish()
}

/// - `clusters`, a row a cluster: `cluster`, its number from 0; `size`, the weight of its rows.
/// - `prototypes`, a row a cluster: a column a feature, numeric ones in their prepared units, then
///   the labels of the categories, null where the most frequent is none.
impl Tables for KPrototypes {
    const TABLES: &'static [&'static str] = &["clusters", "prototypes"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "clusters" => Columns::new()
                .counts("cluster", 0..self.clusters())
                .floats("size", self.sizes().to_vec())
                .finish(),
            "prototypes" => prototypes(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn prototypes(it: &KPrototypes) -> Result<RecordBatch> {
    let names: Vec<&str> = it.columns().collect();
    let centres: ArrayView2<'_, f64> = it.centres();
    let (numeric, categories) = names.split_at(centres.ncols().min(names.len()));
    let modes: Vec<Vec<Option<&str>>> = (0..it.sizes().len())
        .filter_map(|cluster| it.modes(cluster.try_into().ok()?))
        .collect();
    let table = wide(numeric, centres);
    let table = categories
        .iter()
        .enumerate()
        .fold(table, |table, (at, name)| {
            table.known_texts(
                name,
                modes.iter().map(|labels| labels.get(at).copied().flatten()),
            )
        });
    table.finish()
}

/// - `clusters`, a row a cluster: `cluster`, its number from 0; `size`, the weight of its rows.
/// - `core_points`, a row a core point: a column a feature, in its prepared units. The clusters
///   they belong to are told by [`core_clusters`](Dbscan::core_clusters).
impl Tables for Dbscan {
    const TABLES: &'static [&'static str] = &["clusters", "core_points"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "clusters" => Columns::new()
                .counts("cluster", 0..self.clusters())
                .floats("size", self.sizes().to_vec())
                .finish(),
            "core_points" => wide(self.columns(), self.core_points()).finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `curve`, a row a percent from 0 to 100: `share` of the rows, from 0 to 1, that are core points
/// within `radius`.
impl Tables for RadiusProposal {
    const TABLES: &'static [&'static str] = &["curve"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "curve" => {
                let last = self.curve.len().saturating_sub(1).max(1) as f64;
                let shares = (0..self.curve.len()).map(|at| at as f64 / last);
                Columns::new()
                    .floats("share", shares.collect())
                    .floats("radius", self.curve.clone())
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}
