//! Preparations.

use arrow_array::RecordBatch;

use super::{super::Columns, word};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    segmentation::{ColumnMoments, ColumnReport, Preparation, PreparationWarning, Prepared},
};

/// - `columns`, a row a numeric column, in its own units unless told: `column`; `rows` that the fit
///   learnt from; `missing` rows; `min`, `max`, `mean`, `skew` as the values came, and
///   `min_after`, `max_after`, `mean_after`, `skew_after` when transformed; `lambda`, the power of
///   Box-Cox or Yeo-Johnson; `centre` and `scale` of the transformed values; `lower` and `upper`
///   bounds of winsorising; `winsorised` and `clamped`, shares of the weight; `constant`.
/// - `categories`, a row a column of categories: `column`, `levels`, `missing`.
/// - `prepared`, a row a prepared column in order: `prepared`, and the `column` it comes from.
/// - `warnings`, a row each: `column`, `warning`, `statement`.
impl Tables for Preparation {
    const TABLES: &'static [&'static str] = &["columns", "categories", "prepared", "warnings"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "columns" => columns(&self.report().columns),
            "categories" => {
                let columns = || self.report().categories.iter();
                Columns::new()
                    .texts("column", columns().map(|column| &column.name))
                    .counts("levels", columns().map(|column| column.levels))
                    .counts("missing", columns().map(|column| column.missing))
                    .finish()
            }
            "prepared" => Columns::new()
                .texts("prepared", self.names())
                .known_texts(
                    "column",
                    (0..self.names().len()).map(|at| self.source_of(at)),
                )
                .finish(),
            "warnings" => warnings(&self.report().warnings),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn columns(reports: &[ColumnReport]) -> Result<RecordBatch> {
    let moments = |table: Columns, after: &str, of: fn(&ColumnReport) -> &ColumnMoments| {
        let part = |part: fn(&ColumnMoments) -> f64| reports.iter().map(of).map(part).collect();
        table
            .floats(&format!("min{after}"), part(|it| it.min))
            .floats(&format!("max{after}"), part(|it| it.max))
            .floats(&format!("mean{after}"), part(|it| it.mean))
            .floats(&format!("skew{after}"), part(|it| it.skew))
    };
    let number = |of: fn(&ColumnReport) -> f64| reports.iter().map(of).collect::<Vec<f64>>();
    let table = Columns::new()
        .texts("column", reports.iter().map(|it| &it.name))
        .counts("rows", reports.iter().map(|it| it.rows))
        .counts("missing", reports.iter().map(|it| it.missing));
    let table = moments(table, "", |it| &it.before);
    moments(table, "_after", |it| &it.after)
        .known("lambda", reports.iter().map(|it| it.lambda))
        .floats("centre", number(|it| it.centre))
        .floats("scale", number(|it| it.scale))
        .known("lower", reports.iter().map(|it| Some(it.bounds?.0)))
        .known("upper", reports.iter().map(|it| Some(it.bounds?.1)))
        .floats("winsorised", number(|it| it.winsorised))
        .floats("clamped", number(|it| it.clamped))
        .flags("constant", reports.iter().map(|it| it.constant))
        .finish()
}

fn warnings(warnings: &[PreparationWarning]) -> Result<RecordBatch> {
    let column = |warning: &PreparationWarning| match warning {
        PreparationWarning::Skewed { column, .. }
        | PreparationWarning::Constant { column, .. }
        | PreparationWarning::TwoValues { column }
        | PreparationWarning::MostlyMissing { column, .. }
        | PreparationWarning::Winsorised { column, .. }
        | PreparationWarning::Clamped { column, .. }
        | PreparationWarning::OneLevel { column } => column.clone(),
    };
    Columns::new()
        .texts("column", warnings.iter().map(column))
        .known_texts("warning", warnings.iter().map(word))
        .texts("statement", warnings.iter().map(ToString::to_string))
        .finish()
}

/// `rows`, a row a row of the features: `set_apart`, the place, among the columns whose missing
/// values have a segment of their own, of the one that the row misses; null where it goes to the
/// model.
impl Tables for Prepared {
    const TABLES: &'static [&'static str] = &["rows"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "rows" => {
                let place = |row: usize| {
                    let column = self.set_apart()?.get(row).copied();
                    column.filter(|&column| column != u32::MAX).map(i64::from)
                };
                Columns::new()
                    .ints::<Option<i64>>("set_apart", (0..self.features().len()).map(place))
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}
