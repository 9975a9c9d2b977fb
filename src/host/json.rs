//! Answers as JSON, for hosts that have no other values.

use arrow_array::{
    Array, ArrowPrimitiveType,
    cast::AsArray,
    types::{
        Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType, UInt32Type,
    },
};
use arrow_schema::{DataType, TimeUnit};
use chrono::DateTime;
use serde_json::Value;

use super::{Answer, decimal_text};
use crate::data::date_of_day;

impl Answer {
    /// As JSON: numbers that are not finite are null, columns are lists, tables are columns by name, and
    /// objects, which JSON cannot hold, are null.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Flag(flag) => (*flag).into(),
            Self::Int(number) => match (u64::try_from(*number), i64::try_from(*number)) {
                (Ok(number), _) => number.into(),
                (_, Ok(number)) => number.into(),
                _ => number.to_string().into(),
            },
            Self::Float(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Date(date) => date.to_string().into(),
            Self::Money(minor, scale) => decimal_text(*minor, *scale).into(),
            Self::List(answers) => answers.iter().map(Self::to_json).collect(),
            Self::Record(fields) => fields
                .iter()
                .map(|(name, answer)| (name.clone(), answer.to_json()))
                .collect(),
            Self::Column(column) => column_json(column),
            Self::Table(table) => {
                let names = table.schema_ref().fields().iter().map(|field| field.name());
                let columns = table.columns().iter().map(|column| column_json(column));
                names.cloned().zip(columns).collect()
            }
            Self::Nothing | Self::Object(_) => Value::Null,
        }
    }
}

/// The values of a column as JSON, in the types that columns of ours have: days and instants in ISO 8601,
/// money as its exact text.
fn column_json(column: &dyn Array) -> Value {
    match column.data_type() {
        DataType::Boolean => column.as_boolean().iter().map(Value::from).collect(),
        DataType::Int64 => numbers::<Int64Type>(column, Value::from),
        DataType::UInt32 => numbers::<UInt32Type>(column, Value::from),
        DataType::Float64 => numbers::<Float64Type>(column, Value::from),
        DataType::Date32 => numbers::<Date32Type>(column, |day| {
            date_of_day(day).map(|date| date.to_string()).into()
        }),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            numbers::<TimestampMicrosecondType>(column, |micros| {
                let instant = DateTime::from_timestamp_micros(micros);
                instant.map(|instant| instant.to_rfc3339()).into()
            })
        }
        &DataType::Decimal128(_, scale) => numbers::<Decimal128Type>(column, |minor| {
            let minor = i64::try_from(minor).ok().zip(u8::try_from(scale).ok());
            minor
                .map(|(minor, scale)| decimal_text(minor, scale))
                .into()
        }),
        DataType::Utf8 => column.as_string::<i32>().iter().map(Value::from).collect(),
        DataType::Dictionary(..) => {
            let labels = column.as_any_dictionary();
            let texts = column_json(labels.values());
            let text = |code: u32| texts.get(code as usize).cloned().unwrap_or_default();
            numbers::<UInt32Type>(labels.keys(), text)
        }
        _ => Value::Null,
    }
}

fn numbers<P: ArrowPrimitiveType>(column: &dyn Array, value: impl Fn(P::Native) -> Value) -> Value {
    let Some(numbers) = column.as_primitive_opt::<P>() else {
        return Value::Null;
    };
    let values = numbers.iter();
    values
        .map(|number| Value::from(number.map(&value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{
        ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array,
        Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray, UInt32Array,
    };
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_in_records_are_lists() {
        let labels = UInt32Array::from(vec![Some(1), None, Some(0)]);
        let labels = DictionaryArray::new(labels, Arc::new(StringArray::from(vec!["a", "b"])));
        let money = Decimal128Array::from(vec![Some(1250), None, Some(-7)]);
        let money = money.with_precision_and_scale(19, 2).unwrap();
        let columns: Vec<(&str, ArrayRef)> = vec![
            (
                "flag",
                Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
            ),
            (
                "count",
                Arc::new(Int64Array::from(vec![Some(-1), None, Some(1 << 60)])),
            ),
            (
                "place",
                Arc::new(UInt32Array::from(vec![Some(1), None, Some(2)])),
            ),
            (
                "share",
                Arc::new(Float64Array::from(vec![0.5, f64::NAN, f64::INFINITY])),
            ),
            (
                "day",
                Arc::new(Date32Array::from(vec![Some(19_874), None, Some(0)])),
            ),
            (
                "at",
                Arc::new(TimestampMicrosecondArray::from(vec![
                    Some(1_500_000),
                    None,
                    Some(0),
                ])),
            ),
            ("paid", Arc::new(money)),
            (
                "text",
                Arc::new(StringArray::from(vec![Some("x"), None, Some("")])),
            ),
            ("label", Arc::new(labels)),
        ];
        let expected = json!({
            "flag": [true, null, false],
            "count": [-1, null, 1u64 << 60],
            "place": [1, null, 2],
            "share": [0.5, null, null],
            "day": ["2024-05-31", null, "1970-01-01"],
            "at": ["1970-01-01T00:00:01.500+00:00", null, "1970-01-01T00:00:00+00:00"],
            "paid": ["12.50", null, "-0.07"],
            "text": ["x", null, ""],
            "label": ["b", null, "a"],
        });
        let fields = columns.iter().map(|(name, column)| {
            let column = Answer::Column(Arc::clone(column));
            ((*name).to_owned(), column)
        });
        assert_eq!(Answer::Record(fields.collect()).to_json(), expected);
        let table = RecordBatch::try_from_iter_with_nullable(
            columns
                .into_iter()
                .map(|(name, column)| (name, column, true)),
        );
        let record = Answer::record([("table", Answer::Table(table.unwrap()))]);
        assert_eq!(record.to_json(), json!({ "table": expected }));
    }
}
