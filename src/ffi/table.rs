//! Tables: from Arrow streams, to Arrow streams, cell by cell.
#![allow(unsafe_code, reason = "functions that C finds by name")]

use std::{ffi::c_char, ptr, sync::Arc};

use arrow_array::{RecordBatch, ffi_stream::FFI_ArrowArrayStream};
use arrow_schema::{DataType, Schema};

use super::{
    cmy_status,
    guard::{Fallible, Fault, free, guard},
    pointer::{buffer, give, handle, null, place, take_back, text},
};
use crate::arrow::{Column, Table};

/// Columns of one length, with names and types. Immutable once filled; may then be used from many
/// threads at once. Columns are shared, not copied, by whatever is made of it.
#[derive(Debug)]
pub struct cmy_table {
    pub(super) table: Table,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum cmy_column_type {
    /// Yes and no.
    Boolean = 1,
    /// Whole numbers.
    Integer = 2,
    /// Floating point numbers.
    Float = 3,
    /// Decimals: money of the books, in minor units of a scale.
    Decimal = 4,
    /// Civil days, as days since 1970-01-01.
    Date = 5,
    /// Instants, as microseconds since 1970-01-01 in UTC.
    Instant = 6,
    /// Text in UTF-8.
    Text = 7,
    /// Anything else: take it by `cmy_table_export()`.
    Other = 8,
}

impl cmy_table {
    pub(super) fn new(table: Table) -> Self {
        Self { table }
    }

    fn column(&self, at: usize) -> Fallible<Column<'_>> {
        self.table.column_at(at).ok_or_else(|| {
            Fault::Misuse(format!(
                "there is no column {at}, the table has {} (counted from 0)",
                self.table.names().len()
            ))
        })
    }

    /// The number of rows, if a buffer of the caller has room for them.
    fn rows_within(&self, capacity: usize) -> Fallible<usize> {
        let rows = self.table.len();
        if capacity < rows {
            return Err(Fault::Misuse(format!(
                "capacity is {capacity}, the table has {rows} rows"
            )));
        }
        Ok(rows)
    }
}

/// An empty table, to be filled with columns by `cmy_table_add_i64()` and its like. Free it with
/// `cmy_table_free()`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_new(table: *mut *mut cmy_table) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let table = unsafe { place("table", table, ptr::null_mut()) }?;
        let nothing = RecordBatch::new_empty(Arc::new(Schema::empty()));
        *table = give(cmy_table::new(nothing.into()));
        Ok(())
    })
}

/// Takes a table out of a stream of the Arrow C stream interface: of a data frame, a query, a file.
/// All batches are read; buffers are shared with the producer, not copied. The stream is consumed also
/// if the call fails: it is moved out and its `release` is set to NULL.
///
/// `CMY_STATUS_STREAM` with what the producer says if it fails. Text is checked to be UTF-8; that
/// buffers are as long as their arrays say is the promise of the producer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_import(
    stream: *mut FFI_ArrowArrayStream,
    table: *mut *mut cmy_table,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header. Taken first, since it is consumed whatever else is wrong.
        let taken = (!stream.is_null()).then(|| unsafe { FFI_ArrowArrayStream::from_raw(stream) });
        // SAFETY: the head of the header.
        let table = unsafe { place("table", table, ptr::null_mut()) }?;
        let taken = taken.ok_or_else(|| null("stream"))?;
        *table = give(cmy_table::new(Table::from_stream(taken)?));
        Ok(())
    })
}

/// Gives a table as a stream of the Arrow C stream interface. Whoever takes the stream calls its
/// `release`; the table may be freed before. `stream` is written over: it must hold no stream.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_export(
    table: *const cmy_table,
    stream: *mut FFI_ArrowArrayStream,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header. The place is written without a look at what is there,
        // and an empty stream has nothing to drop when it is written over.
        let (stream, table) = unsafe {
            (
                place("stream", stream, FFI_ArrowArrayStream::empty())?,
                handle("table", table)?,
            )
        };
        *stream = table.table.clone().into_stream();
        Ok(())
    })
}

/// The number of rows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_rows(table: *const cmy_table, rows: *mut usize) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (rows, table) = unsafe { (place("rows", rows, 0)?, handle("table", table)?) };
        *rows = table.table.len();
        Ok(())
    })
}

/// The number of columns.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_columns(
    table: *const cmy_table,
    columns: *mut usize,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (columns, table) = unsafe { (place("columns", columns, 0)?, handle("table", table)?) };
        *columns = table.table.names().len();
        Ok(())
    })
}

/// The name of a column, lent until the table is freed or another column is added.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_column_name(
    table: *const cmy_table,
    column: usize,
    name: *mut *const c_char,
    name_len: *mut usize,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (name, name_len, table) = unsafe {
            (
                place("name", name, ptr::null())?,
                place("name_len", name_len, 0)?,
                handle("table", table)?,
            )
        };
        let found = table.column(column)?.name();
        (*name, *name_len) = (found.as_ptr().cast(), found.len());
        Ok(())
    })
}

/// Where the column of a name is, counted from 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_find_column(
    table: *const cmy_table,
    name: *const c_char,
    name_len: usize,
    column: *mut usize,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (column, table, name) = unsafe {
            (
                place("column", column, 0)?,
                handle("table", table)?,
                text("name", name, name_len)?,
            )
        };
        // Says what is wrong with a name that is not there, or there twice.
        table.table.column(name)?;
        *column = table
            .table
            .names()
            .position(|found| found == name)
            .unwrap_or_default();
        Ok(())
    })
}

/// What a column holds, and of decimals how many of their digits are behind the point; 0 of others.
/// `scale` may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_column_type(
    table: *const cmy_table,
    column: usize,
    column_type: *mut cmy_column_type,
    scale: *mut i32,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (column_type, table) = unsafe {
            (
                place("column_type", column_type, cmy_column_type::Other)?,
                handle("table", table)?,
            )
        };
        // SAFETY: the head of the header; not asked for where NULL.
        let scale = unsafe { place("scale", scale, 0) }.ok();
        let data_type = table.column(column)?.data_type();
        *column_type = type_of(data_type);
        if let Some(scale) = scale {
            *scale = scale_of(data_type);
        }
        Ok(())
    })
}

/// Copies a column of numbers, decimals, dates or booleans as floating point numbers: decimals in
/// units (12.50), dates in days, booleans as 1 and 0. A null is NaN. `capacity` is the number of rows
/// there is room for, at least that of the table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_copy_f64(
    table: *const cmy_table,
    column: usize,
    values: *mut f64,
    capacity: usize,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (table, values) = unsafe {
            let table = handle("table", table)?;
            let rows = table.rows_within(capacity)?;
            (table, buffer("values", values, rows)?)
        };
        let column = table.column(column)?;
        if *column.data_type() == DataType::Boolean {
            let flags = column.wholes()?.into_iter();
            let as_float = |flag: Option<i64>| flag.map_or(f64::NAN, |flag| flag as f64);
            fill(values, flags.map(as_float));
        } else {
            fill(values, column.f64s_or_nan()?.iter().copied());
        }
        Ok(())
    })
}

/// Copies a column of whole numbers, decimals, dates, instants or booleans as whole numbers: decimals
/// in minor units (12.50 is 1250), dates in days since 1970-01-01, instants in microseconds since then
/// in UTC, booleans as 1 and 0.
///
/// `valid`, if not NULL, is set to 1 where there is a value and to 0 where it is null; the value of a
/// null is 0. If `valid` is NULL, a null is an error that names its row. Both have room for `capacity`
/// rows, at least those of the table.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_copy_i64(
    table: *const cmy_table,
    column: usize,
    values: *mut i64,
    valid: *mut u8,
    capacity: usize,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (table, values) = unsafe {
            let table = handle("table", table)?;
            let rows = table.rows_within(capacity)?;
            (table, buffer("values", values, rows)?)
        };
        let column = table.column(column)?;
        let found = column.wholes()?;
        if valid.is_null() {
            if let Some(row) = found.iter().position(Option::is_none) {
                let reason = "is null; pass `valid` to be told of nulls".to_owned();
                return Err(column.refused(row, reason).into());
            }
        } else {
            // SAFETY: the head of the header.
            let valid = unsafe { buffer("valid", valid, found.len()) }?;
            fill(valid, found.iter().map(|value| value.is_some().into()));
        }
        fill(values, found.into_iter().map(Option::unwrap_or_default));
        Ok(())
    })
}

/// The text of a cell, lent until the table is freed; not ended by a NUL. NULL and a length of 0 for a
/// null. Columns that hold no text are refused.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_text(
    table: *const cmy_table,
    column: usize,
    row: usize,
    cell: *mut *const c_char,
    cell_len: *mut usize,
) -> cmy_status {
    guard(|| {
        // SAFETY: the head of the header.
        let (cell, cell_len, table) = unsafe {
            (
                place("cell", cell, ptr::null())?,
                place("cell_len", cell_len, 0)?,
                handle("table", table)?,
            )
        };
        let found = table.column(column)?;
        let rows = table.table.len();
        if row >= rows {
            return Err(Fault::Misuse(format!(
                "there is no row {row}, the table has {rows} (counted from 0)"
            )));
        }
        if let Some(found) = found.text_at(row)? {
            (*cell, *cell_len) = (found.as_ptr().cast(), found.len());
        }
        Ok(())
    })
}

/// Frees a table. NULL is no table and fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_table_free(table: *mut cmy_table) {
    // SAFETY: the head of the header.
    free(unsafe { take_back(table) });
}

fn fill<T>(places: &mut [T], values: impl Iterator<Item = T>) {
    for (place, value) in places.iter_mut().zip(values) {
        *place = value;
    }
}

fn type_of(data_type: &DataType) -> cmy_column_type {
    match data_type {
        DataType::Boolean => cmy_column_type::Boolean,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => cmy_column_type::Float,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) => {
            cmy_column_type::Decimal
        }
        DataType::Date32 => cmy_column_type::Date,
        DataType::Date64 | DataType::Timestamp(..) => cmy_column_type::Instant,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => cmy_column_type::Text,
        DataType::Dictionary(_, values) => type_of(values),
        whole if whole.is_integer() => cmy_column_type::Integer,
        _ => cmy_column_type::Other,
    }
}

fn scale_of(data_type: &DataType) -> i32 {
    match data_type {
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale) => (*scale).into(),
        DataType::Dictionary(_, values) => scale_of(values),
        _ => 0,
    }
}
