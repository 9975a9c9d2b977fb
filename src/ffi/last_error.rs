//! The last error of a thread.
#![allow(
    unsafe_code,
    reason = "functions that C finds by name, and a buffer of theirs"
)]

use std::{
    cell::RefCell,
    ffi::{CString, c_char},
    ptr,
};

use super::{cmy_status, guard::Fault};

struct LastError {
    status: cmy_status,
    message: CString,
    row: Option<usize>,
    column: Option<CString>,
}

thread_local! {
    static LAST: RefCell<Option<LastError>> = const { RefCell::new(None) };
}

pub(super) fn remember(fault: &Fault) {
    let last = LastError {
        status: fault.status(),
        message: c_text(&fault.message()),
        row: fault.row(),
        column: fault.column().map(c_text),
    };
    // A thread that is ending has nobody left to ask.
    let _ = LAST.try_with(|place| place.replace(Some(last)));
}

/// The text, ended by a NUL; any NUL inside is made visible.
fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default()
}

/// Something of the last error, if there is one.
fn ask<T>(of: impl FnOnce(&LastError) -> T) -> Option<T> {
    let asked = LAST.try_with(|place| place.borrow().as_ref().map(of));
    asked.ok().flatten()
}

#[cfg(test)]
pub(super) fn message() -> String {
    ask(|last| last.message.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What went wrong in the last call on this thread that failed, in words for a person; "" if none
/// has. Calls that succeed leave it alone, as they do `errno`. Lent until the next call on this thread
/// that fails: a host that moves work between threads copies it at once.
#[unsafe(no_mangle)]
pub extern "C" fn cmy_last_error_message() -> *const c_char {
    ask(|last| last.message.as_ptr()).unwrap_or(c"".as_ptr())
}

/// The status of that call; `CMY_STATUS_OK` if none has failed.
#[unsafe(no_mangle)]
pub extern "C" fn cmy_last_error_kind() -> cmy_status {
    ask(|last| last.status).unwrap_or(cmy_status::Ok)
}

/// The row that it is about, counted from 0; -1 if it is about no row.
#[unsafe(no_mangle)]
pub extern "C" fn cmy_last_error_row() -> i64 {
    let row = ask(|last| last.row).flatten();
    row.and_then(|row| i64::try_from(row).ok()).unwrap_or(-1)
}

/// The column that it is about; NULL if it is about no column. Lent as the message is.
#[unsafe(no_mangle)]
pub extern "C" fn cmy_last_error_column() -> *const c_char {
    let column = ask(|last| last.column.as_ref().map(|column| column.as_ptr()));
    column.flatten().unwrap_or(ptr::null())
}

/// Copies the message into a buffer, as `snprintf` does: what does not fit is left out, a NUL ends
/// what is there, and the length of the whole message without the NUL is returned. A buffer of NULL
/// with a capacity of 0 asks for the length.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cmy_last_error_copy(buffer: *mut c_char, capacity: usize) -> usize {
    let copy = |last: &LastError| {
        let message = last.message.to_str().unwrap_or_default();
        if buffer.is_null() || capacity == 0 {
            return message.len();
        }
        // Half a character is no UTF-8.
        let mut fits = message.len().min(capacity - 1);
        while !message.is_char_boundary(fits) {
            fits -= 1;
        }
        // SAFETY: `fits + 1 <= capacity`, which is how many bytes the caller has there.
        unsafe {
            ptr::copy_nonoverlapping(message.as_ptr(), buffer.cast(), fits);
            buffer.add(fits).write(0);
        }
        message.len()
    };
    ask(copy).unwrap_or_else(|| {
        if !buffer.is_null() && capacity > 0 {
            // SAFETY: there is a byte.
            unsafe { buffer.write(0) };
        }
        0
    })
}
