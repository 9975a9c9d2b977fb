//! What calls come to, as fixed numbers.
#![allow(unsafe_code, reason = "functions that C finds by name")]

use std::ffi::{CStr, c_char};

use crate::ErrorKind;

/// What a call came to. The numbers never change; later versions may add some.
///
/// 1 to 99 say what is wrong with the data or the question: show the message to a person. 100 and
/// more say what is wrong with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum cmy_status {
    /// The call has done what it says.
    Ok = 0,
    /// An argument or a single value is outside its allowed range, missing, or not known.
    InvalidParameter = 1,
    /// Columns of one table differ in length.
    LengthMismatch = 2,
    /// One row of a column cannot be used; `cmy_last_error_row()` says which.
    InvalidValue = 3,
    /// There is too little of something to answer the question.
    NotEnoughData = 4,
    /// The data admit no answer: all equal, singular, a single class.
    Degenerate = 5,
    /// An iteration ended before its tolerance was met.
    NotConverged = 6,
    /// A key that must be unique occurs twice.
    DuplicateKey = 7,
    /// Two objects made under different definitions were put together.
    VersionMismatch = 8,
    /// The progress callback asked to stop.
    Cancelled = 9,
    /// A saved object cannot be read or written.
    ModelFormat = 10,
    /// A number grew past the type that holds it.
    Overflow = 11,
    /// The producer of an Arrow stream failed, or handed over what is no such stream.
    Stream = 12,
    /// A defect of the library, or an Arrow stream that breaks the rules of Arrow. The process, and
    /// objects made earlier, are as they were.
    Panic = 100,
    /// A pointer is NULL that must not be.
    NullPointer = 101,
    /// A text is not UTF-8.
    BadUtf8 = 102,
    /// A call that no data can make right: a column, row or item that is not there, an answer of
    /// another type, a buffer that is too small.
    Misuse = 103,
    /// The system gives no threads to work on.
    NoThreads = 104,
}

impl cmy_status {
    pub(super) const ALL: [(Self, &CStr); 18] = [
        (Self::Ok, c"ok"),
        (Self::InvalidParameter, c"invalid_parameter"),
        (Self::LengthMismatch, c"length_mismatch"),
        (Self::InvalidValue, c"invalid_value"),
        (Self::NotEnoughData, c"not_enough_data"),
        (Self::Degenerate, c"degenerate"),
        (Self::NotConverged, c"not_converged"),
        (Self::DuplicateKey, c"duplicate_key"),
        (Self::VersionMismatch, c"version_mismatch"),
        (Self::Cancelled, c"cancelled"),
        (Self::ModelFormat, c"model_format"),
        (Self::Overflow, c"overflow"),
        (Self::Stream, c"stream"),
        (Self::Panic, c"panic"),
        (Self::NullPointer, c"null_pointer"),
        (Self::BadUtf8, c"bad_utf8"),
        (Self::Misuse, c"misuse"),
        (Self::NoThreads, c"no_threads"),
    ];
}

impl From<ErrorKind> for cmy_status {
    fn from(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::InvalidParameter => Self::InvalidParameter,
            ErrorKind::LengthMismatch => Self::LengthMismatch,
            ErrorKind::InvalidValue => Self::InvalidValue,
            ErrorKind::NotEnoughData => Self::NotEnoughData,
            ErrorKind::Degenerate => Self::Degenerate,
            ErrorKind::NotConverged => Self::NotConverged,
            ErrorKind::DuplicateKey => Self::DuplicateKey,
            ErrorKind::VersionMismatch => Self::VersionMismatch,
            ErrorKind::Cancelled => Self::Cancelled,
            ErrorKind::ModelFormat => Self::ModelFormat,
            ErrorKind::Overflow => Self::Overflow,
            ErrorKind::Stream => Self::Stream,
        }
    }
}

/// The name of a status, such as `invalid_value`; `unknown` for any other number. Lives as long as the
/// process.
#[unsafe(no_mangle)]
pub extern "C" fn cmy_status_name(status: i32) -> *const c_char {
    let mut all = cmy_status::ALL.iter();
    let found = all.find(|(known, _)| *known as i32 == status);
    found.map_or(c"unknown", |(_, name)| *name).as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_have_the_numbers_of_the_kinds_of_errors() {
        for &kind in ErrorKind::ALL {
            let status = cmy_status::from(kind);
            assert_eq!(status as i32, kind as i32);
            let (_, name) = cmy_status::ALL
                .iter()
                .find(|(it, _)| *it == status)
                .unwrap();
            assert_eq!(name.to_str().unwrap(), kind.name());
        }
        let numbers: Vec<i32> = cmy_status::ALL.iter().map(|&(it, _)| it as i32).collect();
        let fixed: Vec<i32> = (0..=12).chain(100..=104).collect();
        assert_eq!(numbers, fixed);
    }
}
