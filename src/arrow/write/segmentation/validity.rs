//! Whether groups are apart, and would be found again.

use arrow_array::RecordBatch;

use super::{super::Columns, word};
use crate::{
    Error, Result,
    arrow::{Tables, tables::no_table},
    data::Estimate,
    segmentation::{ClusterStability, Dispersion, Silhouette, Stability},
};

/// - `clusters`, a row a cluster that rows are in: `cluster`, its number; `rows` that count;
///   `mean`, the mean silhouette, with `se`, `lower` and `upper`.
/// - `rows`, a row a row of the data: `silhouette`, from -1 to 1, null where the row does not count.
///   Not there if rows were sampled.
impl Tables for Silhouette {
    const TABLES: &'static [&'static str] = &["clusters", "rows"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "clusters" => {
                let part = |of: fn(&Estimate) -> f64| {
                    let clusters = self.by_cluster.iter();
                    clusters.map(|cluster| of(&cluster.mean)).collect()
                };
                let clusters = || self.by_cluster.iter();
                Columns::new()
                    .ints("cluster", clusters().map(|it| i64::from(it.label)))
                    .counts("rows", clusters().map(|it| it.rows))
                    .floats("mean", part(|mean| mean.value))
                    .floats("se", part(|mean| mean.se))
                    .floats("lower", part(|mean| mean.lo))
                    .floats("upper", part(|mean| mean.hi))
                    .finish()
            }
            "rows" => {
                let sampled = || {
                    let expected = "clusters: rows were sampled; ask for an exact silhouette";
                    Error::parameter("table", name, expected)
                };
                let values = self.values().ok_or_else(sampled)?;
                Columns::new()
                    .known("silhouette", values.iter().copied())
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `clusters`, a row a cluster that rows are in: `cluster`, its number; `rows` that count; `weight`;
/// `within`, their sum of squares about the centre; `radius`, their mean distance to it.
impl Tables for Dispersion {
    const TABLES: &'static [&'static str] = &["clusters"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "clusters" => {
                let clusters = || self.by_cluster.iter();
                Columns::new()
                    .ints("cluster", clusters().map(|it| i64::from(it.label)))
                    .counts("rows", clusters().map(|it| it.rows))
                    .floats("weight", clusters().map(|it| it.weight).collect())
                    .floats("within", clusters().map(|it| it.within).collect())
                    .floats("radius", clusters().map(|it| it.radius).collect())
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `clusters`, a row a cluster that rows are in: `cluster`, its number in the model or that of the
/// segment; `rows` that count; `mean_jaccard`, the mean similarity from 0 to 1, and its
/// `standard_error`; the resamples in which it was `dissolved` or `recovered`; `verdict`.
impl Tables for Stability {
    const TABLES: &'static [&'static str] = &["clusters"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "clusters" => {
                let clusters: Vec<&ClusterStability> = self.clusters.iter().collect();
                stable_clusters(Columns::new(), &clusters).finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// The columns of stabilities.
pub(super) fn stable_clusters(columns: Columns, clusters: &[&ClusterStability]) -> Columns {
    let all = || clusters.iter();
    columns
        .ints("cluster", all().map(|it| i64::from(it.label)))
        .counts("rows", all().map(|it| it.rows))
        .floats("mean_jaccard", all().map(|it| it.mean_jaccard).collect())
        .floats(
            "standard_error",
            all().map(|it| it.standard_error).collect(),
        )
        .counts("dissolved", all().map(|it| it.dissolved))
        .counts("recovered", all().map(|it| it.recovered))
        .known_texts("verdict", all().map(|it| word(&it.verdict())))
}
