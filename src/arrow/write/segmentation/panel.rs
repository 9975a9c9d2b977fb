//! Numbers of clusters side by side.

use arrow_array::RecordBatch;

use super::{super::Columns, validity::stable_clusters, word};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    segmentation::{ClusterStability, Panel, PanelReason, PanelRow, Stability},
};

/// - `panel`, a row a number of clusters, null where something was not computed or does not exist:
///   `k`; `within`, the sum of squares; `explained`, the share of the spread between clusters;
///   `silhouette`, its mean, with `silhouette_lower` and `silhouette_upper`;
///   `calinski_harabasz`; `davies_bouldin`; `gap`, `gap_error` and `log_within`; `bic`; `aic`;
///   `icl`; `prediction_strength` and `prediction_strength_error`; `least_jaccard` and
///   `adjusted_rand` of the resamples; `smallest_share`, of the weight; `converged`.
/// - `preferences`, a row an index: `index`, its `name`, and the `k` it prefers.
/// - `reasons`, a row each: `speaks`, for or against the recommended number; `reason`; `statement`.
/// - `warnings`, a row each: `k`, null where it is about the data or the range; `warning`;
///   `statement`.
/// - `stability`, a row a cluster of each number: `k`, and the columns of
///   [`Stability`].
/// - `sizes`, a row a cluster of each number, rising: `k`, `share` of the weight.
impl Tables for Panel {
    const TABLES: &'static [&'static str] = &[
        "panel",
        "preferences",
        "reasons",
        "warnings",
        "stability",
        "sizes",
    ];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "panel" => panel(&self.rows),
            "preferences" => {
                let all = || self.preferences.iter();
                Columns::new()
                    .known_texts("index", all().map(|it| word(&it.index)))
                    .texts("name", all().map(|it| it.index.name()))
                    .counts("k", all().map(|it| it.k))
                    .finish()
            }
            "reasons" => reasons(self),
            "warnings" => warnings(self),
            "stability" => stability(&self.rows),
            "sizes" => {
                let sizes = || {
                    self.rows
                        .iter()
                        .flat_map(|row| row.sizes.iter().map(|size| (row.k, *size)))
                };
                Columns::new()
                    .counts("k", sizes().map(|(k, _)| k))
                    .floats("share", sizes().map(|(_, share)| share).collect())
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn panel(rows: &[PanelRow]) -> Result<RecordBatch> {
    let all = || rows.iter();
    let silhouettes: Vec<_> = all().map(|row| row.silhouette).collect();
    let least = |row: &PanelRow| row.stability.as_ref().map(Stability::least_jaccard);
    let agreed = |row: &PanelRow| Some(row.stability.as_ref()?.adjusted_rand);
    Columns::new()
        .counts("k", all().map(|row| row.k))
        .floats("within", all().map(|row| row.within).collect())
        .floats("explained", all().map(|row| row.explained).collect())
        .estimates("silhouette", &silhouettes)
        .known("calinski_harabasz", all().map(|row| row.calinski_harabasz))
        .known("davies_bouldin", all().map(|row| row.davies_bouldin))
        .known("gap", all().map(|row| Some(row.gap?.value)))
        .known("gap_error", all().map(|row| Some(row.gap?.error)))
        .known("log_within", all().map(|row| Some(row.gap?.log_within)))
        .known("bic", all().map(|row| row.bic))
        .known("aic", all().map(|row| row.aic))
        .known("icl", all().map(|row| row.icl))
        .known(
            "prediction_strength",
            all().map(|row| Some(row.strength?.mean)),
        )
        .known(
            "prediction_strength_error",
            all().map(|row| Some(row.strength?.error)),
        )
        .known("least_jaccard", all().map(least))
        .known("adjusted_rand", all().map(agreed))
        .known(
            "smallest_share",
            all().map(|row| row.sizes.first().copied()),
        )
        .flags("converged", all().map(|row| row.converged))
        .finish()
}

fn reasons(panel: &Panel) -> Result<RecordBatch> {
    let told = &panel.recommendation;
    let both = || {
        let speaks = |word: &'static str| move |reason| (word, reason);
        let reasons = told.reasons.iter().map(speaks("for"));
        reasons.chain(told.against.iter().map(speaks("against")))
    };
    Columns::new()
        .texts("speaks", both().map(|(speaks, _)| speaks))
        .known_texts(
            "reason",
            both().map(|(_, reason): (_, &PanelReason)| word(reason)),
        )
        .texts("statement", both().map(|(_, reason)| reason.to_string()))
        .finish()
}

fn warnings(panel: &Panel) -> Result<RecordBatch> {
    let all = || {
        let of_row = |row: &'_ PanelRow| row.k;
        let of_rows = panel.rows.iter().flat_map(move |row| {
            row.warnings
                .iter()
                .map(move |warning| (i64::try_from(of_row(row)).ok(), warning))
        });
        panel
            .warnings
            .iter()
            .map(|warning| (None, warning))
            .chain(of_rows)
    };
    Columns::new()
        .ints::<Option<i64>>("k", all().map(|(k, _)| k))
        .known_texts("warning", all().map(|(_, warning)| word(warning)))
        .texts("statement", all().map(|(_, warning)| warning.to_string()))
        .finish()
}

fn stability(rows: &[PanelRow]) -> Result<RecordBatch> {
    let told = rows
        .iter()
        .filter_map(|row| Some((row.k, row.stability.as_ref()?)));
    let (numbers, clusters): (Vec<usize>, Vec<&ClusterStability>) = told
        .flat_map(|(k, stability)| stability.clusters.iter().map(move |cluster| (k, cluster)))
        .unzip();
    stable_clusters(Columns::new().counts("k", numbers), &clusters).finish()
}
