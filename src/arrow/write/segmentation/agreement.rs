//! Two groupings side by side.

use arrow_array::RecordBatch;

use super::super::Columns;
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    segmentation::Contingency,
};

/// - `cells`, a row a pair of clusters that share rows: `first`, `second`, the numbers of the
///   clusters; `rows` in both.
/// - `first_totals` and `second_totals`, a row a cluster of that grouping: `cluster`, `rows`.
impl Tables for Contingency {
    const TABLES: &'static [&'static str] = &["cells", "first_totals", "second_totals"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "cells" => Columns::new()
                .ints("first", self.cells().map(|(first, _, _)| i64::from(first)))
                .ints(
                    "second",
                    self.cells().map(|(_, second, _)| i64::from(second)),
                )
                .counts("rows", self.cells().map(|(_, _, rows)| rows))
                .finish(),
            "first_totals" => totals(&self.first_totals()),
            "second_totals" => totals(&self.second_totals()),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn totals(totals: &[(u32, u64)]) -> Result<RecordBatch> {
    Columns::new()
        .ints(
            "cluster",
            totals.iter().map(|&(cluster, _)| i64::from(cluster)),
        )
        .counts("rows", totals.iter().map(|&(_, rows)| rows))
        .finish()
}
