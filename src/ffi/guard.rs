//! Around every function: errors and panics become a status.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use super::{cmy_status, last_error};
use crate::Error;

pub(super) type Fallible<T> = Result<T, Fault>;

/// Why a function of the ABI could not do what it says.
#[derive(Debug)]
pub(super) enum Fault {
    /// The library refused.
    Library(Error),
    Panic(String),
    NullPointer(String),
    /// A text that is not UTF-8, with the row where it is one of many.
    BadUtf8 {
        what: String,
        row: Option<usize>,
    },
    Misuse(String),
    NoThreads(String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Library(error)
    }
}

impl Fault {
    pub(super) fn status(&self) -> cmy_status {
        match self {
            Self::Library(error) => error.kind().into(),
            Self::Panic(_) => cmy_status::Panic,
            Self::NullPointer(_) => cmy_status::NullPointer,
            Self::BadUtf8 { .. } => cmy_status::BadUtf8,
            Self::Misuse(_) => cmy_status::Misuse,
            Self::NoThreads(_) => cmy_status::NoThreads,
        }
    }

    pub(super) fn message(&self) -> String {
        match self {
            Self::Library(error) => error.to_string(),
            Self::Panic(what) => format!("a defect of the library: {what}; please report it"),
            Self::NullPointer(what) => format!("{what} is NULL"),
            Self::BadUtf8 { what, row: None } => format!("{what} is not UTF-8"),
            Self::BadUtf8 {
                what,
                row: Some(row),
            } => format!("column {what}, row {row} (counted from 0): is not UTF-8"),
            Self::Misuse(what) => what.clone(),
            Self::NoThreads(what) => format!("the system gives no threads to work on: {what}"),
        }
    }

    /// The row it is about.
    pub(super) fn row(&self) -> Option<usize> {
        match self {
            Self::Library(error) => error.row(),
            Self::BadUtf8 { row, .. } => *row,
            _ => None,
        }
    }

    /// The column it is about.
    pub(super) fn column(&self) -> Option<&str> {
        match self {
            Self::Library(error) => error.column(),
            Self::BadUtf8 {
                what, row: Some(_), ..
            } => Some(what),
            _ => None,
        }
    }
}

/// Runs the body of a function of the ABI. An unwind that left it would end the process of the host.
pub(super) fn guard(body: impl FnOnce() -> Fallible<()>) -> cmy_status {
    // What a body may leave half done is its own: outputs are written last, handles are immutable,
    // and a handle that is being filled is replaced as a whole.
    let fault = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return cmy_status::Ok,
        Ok(Err(fault)) => fault,
        Err(payload) => Fault::Panic(words(payload)),
    };
    let status = fault.status();
    last_error::remember(&fault);
    status
}

/// Drops what a handle holds. A destructor that panics must not unwind into the host either.
pub(super) fn free<T>(it: Option<Box<T>>) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(it))) {
        words(payload);
    }
}

fn words(payload: Box<dyn Any + Send>) -> String {
    let payload = match payload.downcast::<String>() {
        Ok(text) => return *text,
        Err(payload) => payload,
    };
    match payload.downcast::<&'static str>() {
        Ok(text) => (*text).to_owned(),
        Err(payload) => {
            // Its destructor is anybody's, and may panic in its turn.
            std::mem::forget(payload);
            "a panic without words".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a panic carries, and panics when it is dropped.
    struct Mute;

    impl Drop for Mute {
        #[allow(clippy::panic, reason = "the panic is what is tested")]
        fn drop(&mut self) {
            panic!("once more");
        }
    }

    #[test]
    #[allow(clippy::panic, reason = "the panic is what is tested")]
    fn a_panic_is_a_status_with_its_words() {
        assert_eq!(guard(|| panic!("row {}", 3)), cmy_status::Panic);
        let words = |what| format!("a defect of the library: {what}; please report it");
        assert_eq!(last_error::message(), words("row 3"));
        assert_eq!(guard(|| panic!("plain")), cmy_status::Panic);
        assert_eq!(last_error::message(), words("plain"));
        let mute = || std::panic::panic_any(Mute);
        assert_eq!(guard(mute), cmy_status::Panic);
        assert_eq!(last_error::message(), words("a panic without words"));
    }

    #[test]
    fn success_leaves_the_last_error_alone() {
        let fault = || Err(Error::value("amount", 7, "is null").into());
        assert_eq!(guard(fault), cmy_status::InvalidValue);
        assert_eq!(guard(|| Ok(())), cmy_status::Ok);
        assert_eq!(
            last_error::message(),
            "column amount, row 7 (counted from 0): is null"
        );
    }
}
