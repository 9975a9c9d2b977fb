//! The results of `segmentation`.

mod agreement;
mod explanations;
mod models;
mod panel;
mod preparation;
mod profiles;
mod rules;
mod scheme;
mod surrogate;
mod validity;

use ndarray::ArrayView2;
use serde::Serialize;

use super::Columns;
use crate::{data::Segment, segmentation::RuleValue};

/// A table with a column a feature, under the names of the features alone: nothing can be of the
/// same name.
fn wide<S: AsRef<str>>(names: &[S], values: ArrayView2<'_, f64>) -> Columns {
    let columns = names.iter().zip(values.columns());
    columns.fold(Columns::new(), |table, (name, column)| {
        table.floats(name.as_ref(), column.to_vec())
    })
}

/// Numbers and names of segments.
fn segments<'s>(
    columns: Columns,
    [id, name]: [&str; 2],
    segments: impl Iterator<Item = Option<&'s Segment>> + Clone,
) -> Columns {
    let ids = segments.clone();
    columns
        .ints(id, ids.map(|segment| Some(i64::from(segment?.id.0))))
        .known_texts(name, segments.map(|segment| Some(segment?.name.as_str())))
}

/// Values of a row: numbers in a column `name`, labels in one `name_label`, null where missing.
fn values<'v>(
    columns: Columns,
    name: &str,
    values: impl Iterator<Item = &'v RuleValue> + Clone,
) -> Columns {
    let number = |value: &RuleValue| match value {
        RuleValue::Number(number) => Some(*number),
        _ => None,
    };
    let label = |value: &RuleValue| match value {
        RuleValue::Label(_) | RuleValue::OtherLabel => Some(value.to_string()),
        RuleValue::Number(_) | RuleValue::Missing => None,
    };
    columns
        .known(name, values.clone().map(number))
        .known_texts(&format!("{name}_label"), values.map(label))
}

/// The name of one of several cases, as serde writes it.
fn word(case: &impl Serialize) -> Option<String> {
    match serde_json::to_value(case).ok()? {
        serde_json::Value::String(word) => Some(word),
        serde_json::Value::Object(fields) => fields.into_iter().next().map(|(word, _)| word),
        _ => None,
    }
}
