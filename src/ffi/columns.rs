//! Tables from plain columns of C.
#![allow(unsafe_code, reason = "functions that C finds by name")]

use std::{
    ffi::{CStr, c_char},
    str,
    sync::Arc,
};

use arrow_array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, LargeStringArray, PrimitiveArray, RecordBatch,
    RecordBatchIterator, StringArray,
    types::{Float64Type, Int32Type, Int64Type},
};
use arrow_schema::{ArrowError, Field, Schema};

use super::{
    cmy_status, cmy_table,
    guard::{Fallible, Fault, guard},
    pointer::{handle_mut, optional_values, text, values},
};
use crate::{Error, Result, arrow::Table};

/// Adds a column of whole numbers of 32 bits: days since 1970-01-01, small counts. The values are
/// copied, and so they are by all functions of this kind.
///
/// `valid` has a byte a row, 0 where the value is null; NULL if all are there. The first column says
/// how many rows the table has; the others must have as many. On failure the table is as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_add_i32(
    table: *mut cmy_table,
    name: *const c_char,
    name_len: usize,
    values: *const i32,
    valid: *const u8,
    rows: usize,
) -> cmy_status {
    // SAFETY: as of this function.
    guard(|| unsafe { add_numbers::<Int32Type>(table, (name, name_len), values, valid, rows) })
}

/// Adds a column of whole numbers of 64 bits: keys, amounts in minor units, counts. See
/// `cmy_table_add_i32()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_add_i64(
    table: *mut cmy_table,
    name: *const c_char,
    name_len: usize,
    values: *const i64,
    valid: *const u8,
    rows: usize,
) -> cmy_status {
    // SAFETY: as of this function.
    guard(|| unsafe { add_numbers::<Int64Type>(table, (name, name_len), values, valid, rows) })
}

/// Adds a column of floating point numbers. NaN is a number and not a null. See
/// `cmy_table_add_i32()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_add_f64(
    table: *mut cmy_table,
    name: *const c_char,
    name_len: usize,
    values: *const f64,
    valid: *const u8,
    rows: usize,
) -> cmy_status {
    // SAFETY: as of this function.
    guard(|| unsafe { add_numbers::<Float64Type>(table, (name, name_len), values, valid, rows) })
}

/// Adds a column of yes and no, a byte a row: 0 is no, anything else is yes. See
/// `cmy_table_add_i32()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_add_bool(
    table: *mut cmy_table,
    name: *const c_char,
    name_len: usize,
    values: *const u8,
    valid: *const u8,
    rows: usize,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (table, name, flags, valid) = unsafe {
            (
                handle_mut("table", table)?,
                text("name", name, name_len)?,
                self::values("values", values, rows)?,
                Valid::read(valid, rows)?,
            )
        };
        let flags = (0..).zip(flags);
        let flags: BooleanArray = flags
            .map(|(row, &flag)| valid.there(row).then_some(flag != 0))
            .collect();
        Ok(table.add(name, Arc::new(flags))?)
    })
}

/// Adds a column of texts that lie one after the other in one buffer: the text of a row is from
/// `offsets[row]` up to `offsets[row + 1]`, so that there are `rows + 1` offsets, ascending, and
/// `offsets[rows]` bytes may be read. UTF-8; no NULs are needed. With 0 rows both may be NULL. See
/// `cmy_table_add_i32()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_add_text(
    table: *mut cmy_table,
    name: *const c_char,
    name_len: usize,
    bytes: *const c_char,
    offsets: *const usize,
    valid: *const u8,
    rows: usize,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header. With no rows there is nothing to read.
        let (table, name, bytes, offsets, valid) = unsafe {
            let offsets = match rows {
                0 => &[][..],
                _ => self::values("offsets", offsets, rows.saturating_add(1))?,
            };
            let end = offsets.last().copied().unwrap_or_default();
            (
                handle_mut("table", table)?,
                text("name", name, name_len)?,
                self::values("bytes", bytes.cast::<u8>(), end)?,
                offsets,
                Valid::read(valid, rows)?,
            )
        };
        let mut texts = Vec::with_capacity(rows);
        for (row, ends) in offsets.windows(2).enumerate() {
            let text = match ends {
                &[start, end] => bytes.get(start..end),
                _ => None,
            };
            let text = text
                .ok_or_else(|| Fault::Misuse(format!("offsets are not ascending at row {row}")))?;
            texts.push(valid.there(row).then_some((row, text)));
        }
        table.add_texts(name, &texts)
    })
}

/// Adds a column of texts, one pointer a row; NULL is null. `lengths` has the bytes of each;
/// `lengths` of NULL says that every text ends with a NUL. UTF-8. See `cmy_table_add_i32()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_add_strings(
    table: *mut cmy_table,
    name: *const c_char,
    name_len: usize,
    texts: *const *const c_char,
    lengths: *const usize,
    rows: usize,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (table, name, pointers, lengths) = unsafe {
            (
                handle_mut("table", table)?,
                text("name", name, name_len)?,
                values("texts", texts, rows)?,
                optional_values("lengths", lengths, rows)?,
            )
        };
        let mut texts = Vec::with_capacity(rows);
        for (row, &pointer) in pointers.iter().enumerate() {
            let length = lengths.and_then(|lengths| lengths.get(row));
            let bytes = match length {
                _ if pointer.is_null() => None,
                // SAFETY: the head of the header.
                Some(&length) => Some(unsafe { values("texts", pointer.cast::<u8>(), length) }?),
                // SAFETY: the same.
                None => Some(unsafe { CStr::from_ptr(pointer) }.to_bytes()),
            };
            texts.push(bytes.map(|bytes| (row, bytes)));
        }
        table.add_texts(name, &texts)
    })
}

/// Which rows are there.
struct Valid<'a>(Option<&'a [u8]>);

impl Valid<'_> {
    /// # Safety
    ///
    /// `valid` is NULL or has `rows` bytes.
    unsafe fn read(valid: *const u8, rows: usize) -> Fallible<Self> {
        // SAFETY: as above.
        unsafe { optional_values("valid", valid, rows) }.map(Self)
    }

    fn there(&self, row: usize) -> bool {
        let byte = self.0.and_then(|valid| valid.get(row));
        byte.is_none_or(|&byte| byte != 0)
    }
}

/// # Safety
///
/// Pointers are what the head of the header says.
unsafe fn add_numbers<P: ArrowPrimitiveType>(
    table: *mut cmy_table,
    (name, name_len): (*const c_char, usize),
    numbers: *const P::Native,
    valid: *const u8,
    rows: usize,
) -> Fallible<()> {
    // SAFETY: as above.
    let (table, name, numbers, valid) = unsafe {
        (
            handle_mut("table", table)?,
            text("name", name, name_len)?,
            values("values", numbers, rows)?,
            Valid::read(valid, rows)?,
        )
    };
    let array: PrimitiveArray<P> = match valid.0 {
        None => PrimitiveArray::from_iter_values(numbers.iter().copied()),
        Some(_) => (0..)
            .zip(numbers)
            .map(|(row, &number)| valid.there(row).then_some(number))
            .collect(),
    };
    Ok(table.add(name, Arc::new(array))?)
}

impl cmy_table {
    /// Adds a column of the rows there are.
    fn add(&mut self, name: &str, column: ArrayRef) -> Result<()> {
        let there = self.table.schema();
        let first = there.fields().is_empty() && self.table.is_empty();
        if !first {
            Error::check_length(name, self.table.len(), column.len())?;
        }
        if self.table.names().any(|taken| taken == name) {
            let expected = "a name that no column of the table has yet";
            return Err(Error::parameter("name", name, expected));
        }
        let mut fields = there.fields().to_vec();
        fields.push(Arc::new(Field::new(name, column.data_type().clone(), true)));
        let schema = Arc::new(Schema::new_with_metadata(fields, there.metadata().clone()));
        let batches: Vec<std::result::Result<RecordBatch, ArrowError>> = if first {
            vec![RecordBatch::try_new(Arc::clone(&schema), vec![column])]
        } else {
            // In pieces of the batches there are.
            let mut start = 0;
            let piece = |batch: &RecordBatch| {
                let mut columns = batch.columns().to_vec();
                columns.push(column.slice(start, batch.num_rows()));
                start += batch.num_rows();
                RecordBatch::try_new(Arc::clone(&schema), columns)
            };
            self.table.batches().iter().map(piece).collect()
        };
        self.table = Table::read(RecordBatchIterator::new(batches, schema))?;
        Ok(())
    }

    /// Adds a column of texts, each with its row.
    fn add_texts(&mut self, name: &str, texts: &[Option<(usize, &[u8])>]) -> Fallible<()> {
        let mut checked = Vec::with_capacity(texts.len());
        let mut total = 0;
        for text in texts {
            let Some((row, bytes)) = *text else {
                checked.push(None);
                continue;
            };
            let text = str::from_utf8(bytes).map_err(|_| Fault::BadUtf8 {
                what: name.to_owned(),
                row: Some(row),
            })?;
            total += text.len();
            checked.push(Some(text));
        }
        // Plain texts count their bytes in 31 bits.
        let array: ArrayRef = if i32::try_from(total).is_ok() {
            Arc::new(checked.into_iter().collect::<StringArray>())
        } else {
            Arc::new(checked.into_iter().collect::<LargeStringArray>())
        };
        Ok(self.add(name, array)?)
    }
}
