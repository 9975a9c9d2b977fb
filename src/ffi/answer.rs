//! What operations give back.
#![allow(unsafe_code, reason = "functions that C finds by name")]

use std::{ffi::c_char, ptr, sync::OnceLock};

use arrow_array::RecordBatch;

use super::{
    cmy_object, cmy_status, cmy_table,
    guard::{Fallible, Fault, free, guard},
    pointer::{give, handle, place, take_back, text},
};
use crate::{
    Error,
    data::day_of_date,
    host::{Answer, decimal_text},
};

/// What an operation has given back. Immutable; may be used from many threads at once.
#[derive(Debug)]
pub struct cmy_answer {
    answer: Answer,
    /// Texts that are lent, made when they are asked for.
    text: OnceLock<String>,
    json: OnceLock<String>,
}

/// What an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum cmy_type {
    /// Nothing: there is no such thing.
    Nothing = 0,
    /// Yes or no.
    Flag = 1,
    /// A whole number.
    Integer = 2,
    /// A floating point number.
    Float = 3,
    /// A text.
    Text = 4,
    /// A civil day.
    Date = 5,
    /// Money of the books.
    Money = 6,
    /// Answers in a row.
    List = 7,
    /// Answers by name.
    Record = 8,
    /// A column of numbers.
    Column = 9,
    /// A table.
    Table = 10,
    /// An object.
    Object = 11,
}

impl cmy_answer {
    pub(super) fn new(answer: Answer) -> Self {
        Self {
            answer,
            text: OnceLock::new(),
            json: OnceLock::new(),
        }
    }

    fn kind(&self) -> (cmy_type, &'static str) {
        match &self.answer {
            Answer::Nothing => (cmy_type::Nothing, "nothing"),
            Answer::Flag(_) => (cmy_type::Flag, "a flag"),
            Answer::Int(_) => (cmy_type::Integer, "a whole number"),
            Answer::Float(_) => (cmy_type::Float, "a floating point number"),
            Answer::Text(_) => (cmy_type::Text, "a text"),
            Answer::Date(_) => (cmy_type::Date, "a date"),
            Answer::Money(..) => (cmy_type::Money, "money"),
            Answer::List(_) => (cmy_type::List, "a list"),
            Answer::Record(_) => (cmy_type::Record, "a record"),
            Answer::Column(_) => (cmy_type::Column, "a column"),
            Answer::Table(_) => (cmy_type::Table, "a table"),
            Answer::Object(_) => (cmy_type::Object, "an object"),
        }
    }

    /// The fault of an answer that is asked for what it is not.
    fn not(&self, wanted: &str) -> Fault {
        Fault::Misuse(format!("the answer is {}, not {wanted}", self.kind().1))
    }

    pub(super) fn object(&self) -> Fallible<cmy_object> {
        match &self.answer {
            Answer::Object(object) => Ok(cmy_object::new(object.clone())),
            _ => Err(self.not("an object")),
        }
    }

    fn table(&self) -> Fallible<cmy_table> {
        let batch = match &self.answer {
            Answer::Table(batch) => batch.clone(),
            Answer::Column(column) => RecordBatch::try_from_iter([("value", column.clone())])
                .map_err(|error| Error::stream(error.to_string()))?,
            _ => return Err(self.not("a table or a column")),
        };
        Ok(cmy_table::new(batch.into()))
    }

    fn text(&self) -> Fallible<&str> {
        let made = match &self.answer {
            Answer::Text(text) => return Ok(text),
            Answer::Date(date) => self.text.get_or_init(|| date.to_string()),
            Answer::Int(number) => self.text.get_or_init(|| number.to_string()),
            Answer::Money(minor, scale) => self.text.get_or_init(|| decimal_text(*minor, *scale)),
            _ => return Err(self.not("a text, a date, money or a whole number")),
        };
        Ok(made)
    }

    fn json(&self) -> Fallible<&str> {
        match &self.answer {
            Answer::Column(_) | Answer::Table(_) | Answer::Object(_) => {
                Err(self.not("anything that JSON holds"))
            }
            other => Ok(self.json.get_or_init(|| other.to_json().to_string())),
        }
    }

    fn f64(&self) -> Fallible<f64> {
        match self.answer {
            Answer::Float(number) => Ok(number),
            Answer::Int(number) => Ok(number as f64),
            Answer::Money(minor, scale) => Ok(minor as f64 / 10f64.powi(scale.into())),
            _ => Err(self.not("a number")),
        }
    }

    fn i64(&self) -> Fallible<i64> {
        match self.answer {
            Answer::Flag(flag) => Ok(flag.into()),
            Answer::Int(number) => Ok(i64::try_from(number).map_err(|_| Error::Overflow {
                what: format!("{number} is no whole number of 64 bits; take its text").into(),
            })?),
            Answer::Money(minor, _) => Ok(minor),
            Answer::Date(date) => Ok(day_of_date(date).into()),
            _ => Err(self.not("a whole number, a flag, money or a date")),
        }
    }
}

/// What an answer is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_answer_type(
    answer: *const cmy_answer,
    answer_type: *mut cmy_type,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (answer_type, answer) = unsafe {
            (
                place("answer_type", answer_type, cmy_type::Nothing)?,
                handle("answer", answer)?,
            )
        };
        *answer_type = answer.kind().0;
        Ok(())
    })
}

/// The object that an answer is, as a handle of its own: free both.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_answer_object(
    answer: *const cmy_answer,
    object: *mut *mut cmy_object,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (object, answer) = unsafe {
            (
                place("object", object, ptr::null_mut())?,
                handle("answer", answer)?,
            )
        };
        *object = give(answer.object()?);
        Ok(())
    })
}

/// The table that an answer is, as a handle of its own: free both. A column is a table of one column,
/// named "value".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_answer_table(
    answer: *const cmy_answer,
    table: *mut *mut cmy_table,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (table, answer) = unsafe {
            (
                place("table", table, ptr::null_mut())?,
                handle("answer", answer)?,
            )
        };
        *table = give(answer.table()?);
        Ok(())
    })
}

/// The number that an answer is: a floating point number, a whole number, or money in units (12.50).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_answer_f64(answer: *const cmy_answer, number: *mut f64) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (number, answer) =
            unsafe { (place("number", number, 0.0)?, handle("answer", answer)?) };
        *number = answer.f64()?;
        Ok(())
    })
}

/// The whole number that an answer is: a whole number, a flag as 1 or 0, money in minor units (12.50
/// is 1250), or a date in days since 1970-01-01. `CMY_STATUS_OVERFLOW` for a seed or a fingerprint that
/// has no room in 63 bits: take its text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_answer_i64(answer: *const cmy_answer, number: *mut i64) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (number, answer) = unsafe { (place("number", number, 0)?, handle("answer", answer)?) };
        *number = answer.i64()?;
        Ok(())
    })
}

/// The text that an answer is: a text, a date as "2024-05-31", money as "12.50", or the digits of a
/// whole number. Lent until the answer is freed; not ended by a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_answer_text(
    answer: *const cmy_answer,
    text: *mut *const c_char,
    text_len: *mut usize,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (text, text_len, answer) = unsafe {
            (
                place("text", text, ptr::null())?,
                place("text_len", text_len, 0)?,
                handle("answer", answer)?,
            )
        };
        let found = answer.text()?;
        (*text, *text_len) = (found.as_ptr().cast(), found.len());
        Ok(())
    })
}

/// An answer as JSON: numbers that are not finite are null. Columns, tables and objects have no JSON:
/// an answer that is one is refused, and in lists and records they are null and taken by
/// `cmy_answer_item()` and `cmy_answer_field()`. Lent until the answer is freed; not ended by a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_answer_json(
    answer: *const cmy_answer,
    json: *mut *const c_char,
    json_len: *mut usize,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (json, json_len, answer) = unsafe {
            (
                place("json", json, ptr::null())?,
                place("json_len", json_len, 0)?,
                handle("answer", answer)?,
            )
        };
        let found = answer.json()?;
        (*json, *json_len) = (found.as_ptr().cast(), found.len());
        Ok(())
    })
}

/// How many answers are in a list or a record.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_answer_len(answer: *const cmy_answer, len: *mut usize) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (len, answer) = unsafe { (place("len", len, 0)?, handle("answer", answer)?) };
        *len = match &answer.answer {
            Answer::List(items) => items.len(),
            Answer::Record(fields) => fields.len(),
            _ => return Err(answer.not("a list or a record")),
        };
        Ok(())
    })
}

/// An answer in a list or a record by its place, counted from 0, as a handle of its own: free both.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_answer_item(
    answer: *const cmy_answer,
    at: usize,
    item: *mut *mut cmy_answer,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (item, answer) = unsafe {
            (
                place("item", item, ptr::null_mut())?,
                handle("answer", answer)?,
            )
        };
        let (found, len) = match &answer.answer {
            Answer::List(items) => (items.get(at), items.len()),
            Answer::Record(fields) => (fields.get(at).map(|(_, field)| field), fields.len()),
            _ => return Err(answer.not("a list or a record")),
        };
        let found = found.ok_or_else(|| {
            Fault::Misuse(format!(
                "there is no item {at}, the answer has {len} (counted from 0)"
            ))
        })?;
        *item = give(cmy_answer::new(found.clone()));
        Ok(())
    })
}

/// An answer in a record by its name, as a handle of its own: free both.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_answer_field(
    answer: *const cmy_answer,
    name: *const c_char,
    name_len: usize,
    field: *mut *mut cmy_answer,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (field, answer, name) = unsafe {
            (
                place("field", field, ptr::null_mut())?,
                handle("answer", answer)?,
                text("name", name, name_len)?,
            )
        };
        let Answer::Record(fields) = &answer.answer else {
            return Err(answer.not("a record"));
        };
        let found = fields.iter().find(|(there, _)| there == name);
        let (_, found) = found.ok_or_else(|| {
            let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
            Fault::Misuse(format!(
                "there is no {name}, the record has: {}",
                names.join(", ")
            ))
        })?;
        *field = give(cmy_answer::new(found.clone()));
        Ok(())
    })
}

/// Frees an answer. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_answer_free(answer: *mut cmy_answer) {
    // SAFETY: the head of the header.
    free(unsafe { take_back(answer) });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::Float64Array;
    use chrono::NaiveDate;

    use super::*;

    #[test]
    fn an_answer_is_taken_as_what_it_is() {
        let money = cmy_answer::new(Answer::Money(-1250, 2));
        assert_eq!(money.text().unwrap(), "-12.50");
        assert_eq!(money.i64().unwrap(), -1250);
        assert!((money.f64().unwrap() + 12.5).abs() < 1e-15);
        assert_eq!(money.json().unwrap(), r#""-12.50""#);

        let seed = cmy_answer::new(Answer::Int(u64::MAX.into()));
        assert_eq!(seed.text().unwrap(), "18446744073709551615");
        assert!(matches!(
            seed.i64(),
            Err(Fault::Library(Error::Overflow { .. }))
        ));

        let date = cmy_answer::new(Answer::Date(NaiveDate::from_ymd_opt(1970, 1, 3).unwrap()));
        assert_eq!(
            (date.text().unwrap(), date.i64().unwrap()),
            ("1970-01-03", 2)
        );

        let column = Float64Array::from(vec![0.5, f64::NAN]);
        let column = cmy_answer::new(Answer::Column(Arc::new(column)));
        assert!(column.table().unwrap().table.names().eq(["value"]));
        let fault = column.json().unwrap_err();
        assert_eq!(
            fault.message(),
            "the answer is a column, not anything that JSON holds"
        );
    }
}
