//! What an operation gives back.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, UInt32Array};
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use super::{Held, Object};
use crate::{
    Error, Result,
    data::{Currency, Days, Estimate, MinorUnits},
};

/// What an operation gives back: a value, values by name, a column, a table or an object.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Nothing,
    Flag(bool),
    /// Wide enough for seeds and fingerprints.
    Int(i128),
    Float(f64),
    Text(String),
    Date(NaiveDate),
    /// Money of the books: minor units, and how many decimals they are.
    Money(i64, u8),
    List(Vec<Answer>),
    /// Answers by name, in an order that is kept.
    Record(Vec<(String, Answer)>),
    Column(ArrayRef),
    Table(RecordBatch),
    Object(Object),
}

impl Answer {
    /// A record from names and answers.
    pub(crate) fn record<const N: usize>(fields: [(&str, Answer); N]) -> Self {
        Self::Record(
            fields
                .map(|(name, answer)| (name.to_owned(), answer))
                .into(),
        )
    }

    /// Money of the books.
    pub(crate) fn money(minor: MinorUnits, currency: Currency) -> Self {
        Self::Money(minor.0, currency.scale())
    }

    /// Anything that serde can write: parameters, verdicts, the names of levels.
    pub(crate) fn written(value: &impl Serialize) -> Result<Self> {
        let value = serde_json::to_value(value).map_err(|error| Error::ModelFormat {
            expected: "what JSON can hold".into(),
            found: error.to_string().into(),
        })?;
        Ok(value.into())
    }

    /// Objects in a list.
    pub(crate) fn objects<T: Held>(objects: impl IntoIterator<Item = T>) -> Self {
        let objects = objects.into_iter();
        Self::List(objects.map(|it| Self::Object(Object::new(it))).collect())
    }
}

/// An amount of money as text: 1250 with 2 decimals is 12.50.
pub(crate) fn decimal_text(minor: i64, scale: u8) -> String {
    let digits = minor.unsigned_abs().to_string();
    let decimals = usize::from(scale);
    let digits = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, rest) = digits.split_at(digits.len() - decimals);
    let sign = if minor < 0 { "-" } else { "" };
    let point = if rest.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{rest}")
}

impl From<Value> for Answer {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Nothing,
            Value::Bool(flag) => Self::Flag(flag),
            Value::Number(number) => match number.as_i128() {
                Some(whole) => Self::Int(whole),
                None => Self::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => Self::Text(text),
            Value::Array(values) => Self::List(values.into_iter().map(Self::from).collect()),
            Value::Object(fields) => Self::Record(
                fields
                    .into_iter()
                    .map(|(name, value)| (name, value.into()))
                    .collect(),
            ),
        }
    }
}

/// What operations may return, so that a getter is its own operation.
pub(crate) trait IntoAnswer {
    fn into_answer(self) -> Result<Answer>;
}

macro_rules! answers {
    ($($type:ty: $value:ident => $answer:expr;)+) => {
        $(impl IntoAnswer for $type {
            fn into_answer(self) -> Result<Answer> {
                let $value = self;
                Ok($answer)
            }
        })+
    };
}

answers! {
    Answer: answer => answer;
    (): _nothing => Answer::Nothing;
    bool: flag => Answer::Flag(flag);
    f64: number => Answer::Float(number);
    i64: number => Answer::Int(number.into());
    u64: number => Answer::Int(number.into());
    i32: number => Answer::Int(number.into());
    u32: number => Answer::Int(number.into());
    u16: number => Answer::Int(number.into());
    u8: number => Answer::Int(number.into());
    &str: text => Answer::Text(text.to_owned());
    String: text => Answer::Text(text);
    NaiveDate: date => Answer::Date(date);
    Days: days => Answer::Float(days.0);
    RecordBatch: table => Answer::Table(table);
    Vec<f64>: values => Answer::Column(Arc::new(Float64Array::from(values)));
    &[f64]: values => Answer::Column(Arc::new(Float64Array::from(values.to_vec())));
    Vec<i64>: values => Answer::Column(Arc::new(Int64Array::from(values)));
    &[i64]: values => Answer::Column(Arc::new(Int64Array::from(values.to_vec())));
    Vec<u32>: values => Answer::Column(Arc::new(UInt32Array::from(values)));
    &[u32]: values => Answer::Column(Arc::new(UInt32Array::from(values.to_vec())));
    Vec<Option<u32>>: values => Answer::Column(Arc::new(UInt32Array::from(values)));
    Vec<u64>: values => Answer::Column(Arc::new(counts(&values)));
    &[u64]: values => Answer::Column(Arc::new(counts(values)));
    Vec<Option<f64>>: values => Answer::Column(Arc::new(Float64Array::from(values)));
    Vec<bool>: flags => Answer::Column(Arc::new(BooleanArray::from(flags)));
    Vec<&str>: texts => Answer::List(texts.into_iter().map(|text| Answer::Text(text.to_owned())).collect());
    Vec<String>: texts => Answer::List(texts.into_iter().map(Answer::Text).collect());
    &[String]: texts => Answer::List(texts.iter().cloned().map(Answer::Text).collect());
    Estimate: it => Answer::record([
        ("value", Answer::Float(it.value)),
        ("se", Answer::Float(it.se)),
        ("lower", Answer::Float(it.lo)),
        ("upper", Answer::Float(it.hi)),
        ("level", Answer::Float(it.level)),
    ]);
}

/// Counts as in tables: what does not fit 63 bits is null; nothing countable comes near.
fn counts(values: &[u64]) -> Int64Array {
    let fits = |&count: &u64| i64::try_from(count).ok();
    values.iter().map(fits).collect()
}

impl IntoAnswer for usize {
    fn into_answer(self) -> Result<Answer> {
        // No machine counts further than 64 bits.
        Ok(Answer::Int(i128::try_from(self).unwrap_or(i128::MAX)))
    }
}

impl<T: Held> IntoAnswer for T {
    fn into_answer(self) -> Result<Answer> {
        Ok(Answer::Object(Object::new(self)))
    }
}

impl<T: Held> IntoAnswer for Arc<T> {
    fn into_answer(self) -> Result<Answer> {
        Ok(Answer::Object(Object::of(self)))
    }
}

impl<T: IntoAnswer> IntoAnswer for Option<T> {
    fn into_answer(self) -> Result<Answer> {
        self.map_or(Ok(Answer::Nothing), T::into_answer)
    }
}

impl<T: IntoAnswer> IntoAnswer for Result<T> {
    fn into_answer(self) -> Result<Answer> {
        self.and_then(T::into_answer)
    }
}
