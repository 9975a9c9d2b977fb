//! Drift.

use arrow_array::RecordBatch;

use super::{super::Columns, choice};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    migration::{Drift, DriftBin, DriftReference, DriftTest, KolmogorovSmirnov},
};

/// `bins`, a row a bin: its `label`, and the `total` of the reference sample in it: rows, or weights.
impl Tables for DriftReference {
    const TABLES: &'static [&'static str] = &["bins"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "bins" => Columns::new()
                .texts("label", self.labels())
                .floats("total", self.counts().totals().to_vec())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// Those of several [`Drift`]s, of one.
impl Tables for Drift {
    const TABLES: &'static [&'static str] = <[Self]>::TABLES;

    fn table(&self, name: &str) -> Result<RecordBatch> {
        std::slice::from_ref(self).table(name)
    }
}

/// `drift`, a row a column that was compared: `feature`, `index` ("population" or "characteristic"),
/// `psi`, its `p`, `critical_psi`, `expected_psi`, `band`, `verdict`; `js_divergence_nats`,
/// `js_divergence_bits`, `js_distance_nats`, `js_distance_bits`, `hellinger`; the tests `chi_square`,
/// `chi_square_df`, `chi_square_p` and `chi_square_of_fit` likewise; the gap `ks` with `ks_at`, `ks_p`,
/// `ks_exact`, null without both samples; `reference_rows`, `rows`, `reference_size`, `size`,
/// `zero_bins`, `impossible_bins`, `sparse_bins`. `bins`, a row a column and bin: `feature`, `label`,
/// `reference_share`, `share`, and the part `psi` of the index.
impl Tables for [Drift] {
    const TABLES: &'static [&'static str] = &["drift", "bins"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "drift" => drifts(self).finish(),
            "bins" => {
                let rows = || {
                    self.iter()
                        .flat_map(|it| it.bins.iter().map(move |bin| (it, bin)))
                };
                let number = |of: fn(&DriftBin) -> f64| rows().map(|(_, bin)| of(bin)).collect();
                Columns::new()
                    .texts("feature", rows().map(|(it, _)| it.feature.as_str()))
                    .texts("label", rows().map(|(_, bin)| bin.label.as_str()))
                    .floats("reference_share", number(|bin| bin.reference_share))
                    .floats("share", number(|bin| bin.share))
                    .floats("psi", number(|bin| bin.psi))
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn drifts(all: &[Drift]) -> Columns {
    let number = |of: fn(&Drift) -> f64| all.iter().map(of).collect::<Vec<_>>();
    let columns = Columns::new()
        .texts("feature", all.iter().map(|it| it.feature.as_str()))
        .known_texts("index", all.iter().map(|it| choice(&it.index)))
        .floats("psi", number(|it| it.psi))
        .known("p", number(|it| it.p))
        .known("critical_psi", number(|it| it.critical_psi))
        .known("expected_psi", number(|it| it.expected_psi))
        .known_texts("band", all.iter().map(|it| choice(&it.band)))
        .known_texts("verdict", all.iter().map(|it| choice(&it.verdict)))
        .floats("js_divergence_nats", number(|it| it.js_divergence_nats))
        .floats("js_divergence_bits", number(|it| it.js_divergence_bits))
        .floats("js_distance_nats", number(|it| it.js_distance_nats))
        .floats("js_distance_bits", number(|it| it.js_distance_bits))
        .floats("hellinger", number(|it| it.hellinger));
    let columns = tests(columns, "chi_square", all, |it| &it.chi_square);
    let columns = tests(columns, "chi_square_of_fit", all, |it| {
        &it.chi_square_of_fit
    });
    let ks = |of: fn(&KolmogorovSmirnov) -> f64| all.iter().map(move |it| it.ks.as_ref().map(of));
    columns
        .known("ks", ks(|it| it.statistic))
        .known("ks_at", ks(|it| it.at))
        .known("ks_p", ks(|it| it.p))
        .flags("ks_exact", all.iter().map(|it| it.ks.map(|ks| ks.exact)))
        .counts("reference_rows", all.iter().map(|it| it.reference_rows))
        .counts("rows", all.iter().map(|it| it.rows))
        .floats("reference_size", number(|it| it.reference_size))
        .floats("size", number(|it| it.size))
        .counts("zero_bins", all.iter().map(|it| it.zero_bins))
        .counts("impossible_bins", all.iter().map(|it| it.impossible_bins))
        .counts("sparse_bins", all.iter().map(|it| it.sparse_bins))
}

fn tests(columns: Columns, name: &str, all: &[Drift], of: fn(&Drift) -> &DriftTest) -> Columns {
    columns
        .known(name, all.iter().map(|it| of(it).statistic))
        .counts(&format!("{name}_df"), all.iter().map(|it| of(it).df))
        .known(&format!("{name}_p"), all.iter().map(|it| of(it).p))
}
