//! One error type for the whole library.
//!
//! Rooms are made to be chained, so they share an error: a pipeline needs one
//! `?` and a host one `match`. A variant is a *kind of failure*, not a place;
//! it carries the numbers that a person needs to mend the input.

use std::borrow::Cow;

/// What every fallible function of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call could not give an answer.
///
/// Messages name the offending value, the row (counted from 0), the allowed
/// range and, where it is not obvious, what to do. Bad input loses nothing: the
/// caller's data are untouched and objects made earlier still work.
///
/// # Example
///
/// ```
/// use custometry::{ErrorKind, data::Currency};
///
/// let error = Currency::USD.parse("12.345").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidParameter);
/// assert!(error.to_string().contains("12.345"));
/// ```
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An argument or a single value is outside its allowed range.
    #[error("{name} is {value}, expected {expected}")]
    InvalidParameter {
        /// The parameter.
        name: &'static str,
        /// Its value as given.
        value: Box<str>,
        /// The allowed range, and the remedy.
        expected: Cow<'static, str>,
    },
    /// Columns of one table differ in length.
    #[error("column {column} has length {found}, expected {expected}, the length of the others")]
    LengthMismatch {
        /// The column that differs.
        column: Box<str>,
        /// The length of the columns before it.
        expected: usize,
        /// Its own length.
        found: usize,
    },
    /// One row of a column cannot be used. Always the first such row.
    #[error("column {column}, row {row} (counted from 0): {reason}")]
    InvalidValue {
        /// The column.
        column: Box<str>,
        /// The first bad row, counted from 0.
        row: usize,
        /// What is wrong with it and what to do.
        reason: Box<str>,
    },
    /// There is too little of something to answer the question.
    #[error("needs at least {needed} {what}, found {found}")]
    NotEnoughData {
        /// What is counted.
        what: Cow<'static, str>,
        /// How many are needed.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// The data admit no answer: all equal, singular, a single class.
    #[error("degenerate data: {what}")]
    Degenerate {
        /// What is degenerate and what to do.
        what: Cow<'static, str>,
    },
    /// An iteration ended before its tolerance was met.
    #[error(
        "{model} did not converge: after {iterations} iterations the last change was \
         {last_change:e}, tolerance {tolerance:e}"
    )]
    NotConverged {
        /// The model that was fitted.
        model: &'static str,
        /// Iterations done.
        iterations: usize,
        /// The size of the last change, in the units of `tolerance`.
        last_change: f64,
        /// What `last_change` had to fall below.
        tolerance: f64,
    },
    /// A key that must be unique occurs twice.
    #[error("key {key} occurs in row {first_row} and again in row {row} (counted from 0)")]
    DuplicateKey {
        /// The key.
        key: Box<str>,
        /// Where it occurs first.
        first_row: usize,
        /// Where it occurs again.
        row: usize,
    },
    /// Two objects made under different definitions were put together.
    #[error("{what} is {found}, expected {expected}")]
    VersionMismatch {
        /// What differs.
        what: &'static str,
        /// The definition of the first object.
        expected: Box<str>,
        /// The definition of the second.
        found: Box<str>,
    },
    /// An [`Observer`](crate::Observer) asked to stop.
    #[error("cancelled while {stage}, {done} of {total} done")]
    Cancelled {
        /// What was going on.
        stage: &'static str,
        /// Steps done.
        done: u64,
        /// Steps in all.
        total: u64,
    },
    /// A saved model cannot be read or written.
    #[error("model format: expected {expected}, found {found}")]
    ModelFormat {
        /// What can be read.
        expected: Box<str>,
        /// What was found.
        found: Box<str>,
    },
    /// A number grew past the type that holds it.
    #[error("overflow: {what}")]
    Overflow {
        /// Which number, its limit, and what to do.
        what: Cow<'static, str>,
    },
    /// The producer of a stream of columns failed, or handed over what is no such stream.
    #[error("stream of columns: {what}")]
    Stream {
        /// What the producer says.
        what: Box<str>,
    },
}

/// The kind of an [`Error`], with numbers that never change.
///
/// The C status codes and the Python exception classes come from these
/// numbers. A number that falls out of use is never given to another kind.
///
/// # Example
///
/// ```
/// use custometry::ErrorKind;
/// assert_eq!(ErrorKind::Overflow as i32, 11);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(i32)]
pub enum ErrorKind {
    /// See [`Error::InvalidParameter`].
    InvalidParameter = 1,
    /// See [`Error::LengthMismatch`].
    LengthMismatch = 2,
    /// See [`Error::InvalidValue`].
    InvalidValue = 3,
    /// See [`Error::NotEnoughData`].
    NotEnoughData = 4,
    /// See [`Error::Degenerate`].
    Degenerate = 5,
    /// See [`Error::NotConverged`].
    NotConverged = 6,
    /// See [`Error::DuplicateKey`].
    DuplicateKey = 7,
    /// See [`Error::VersionMismatch`].
    VersionMismatch = 8,
    /// See [`Error::Cancelled`].
    Cancelled = 9,
    /// See [`Error::ModelFormat`].
    ModelFormat = 10,
    /// See [`Error::Overflow`].
    Overflow = 11,
    /// See [`Error::Stream`].
    Stream = 12,
}

impl ErrorKind {
    /// Every kind, by number.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::ErrorKind;
    /// assert!(ErrorKind::ALL.iter().zip(1..).all(|(&kind, number)| kind as i32 == number));
    /// ```
    pub const ALL: &'static [Self] = &[
        Self::InvalidParameter,
        Self::LengthMismatch,
        Self::InvalidValue,
        Self::NotEnoughData,
        Self::Degenerate,
        Self::NotConverged,
        Self::DuplicateKey,
        Self::VersionMismatch,
        Self::Cancelled,
        Self::ModelFormat,
        Self::Overflow,
        Self::Stream,
    ];

    /// The name by which hosts in other languages know the kind.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(custometry::ErrorKind::NotConverged.name(), "not_converged");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidParameter => "invalid_parameter",
            Self::LengthMismatch => "length_mismatch",
            Self::InvalidValue => "invalid_value",
            Self::NotEnoughData => "not_enough_data",
            Self::Degenerate => "degenerate",
            Self::NotConverged => "not_converged",
            Self::DuplicateKey => "duplicate_key",
            Self::VersionMismatch => "version_mismatch",
            Self::Cancelled => "cancelled",
            Self::ModelFormat => "model_format",
            Self::Overflow => "overflow",
            Self::Stream => "stream",
        }
    }
}

impl Error {
    /// The kind of failure, for hosts that branch on it.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{Error, ErrorKind};
    /// let error = Error::Degenerate { what: "all values are equal".into() };
    /// assert_eq!(error.kind(), ErrorKind::Degenerate);
    /// assert_eq!(error.kind() as i32, 5);
    /// ```
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::InvalidParameter { .. } => ErrorKind::InvalidParameter,
            Self::LengthMismatch { .. } => ErrorKind::LengthMismatch,
            Self::InvalidValue { .. } => ErrorKind::InvalidValue,
            Self::NotEnoughData { .. } => ErrorKind::NotEnoughData,
            Self::Degenerate { .. } => ErrorKind::Degenerate,
            Self::NotConverged { .. } => ErrorKind::NotConverged,
            Self::DuplicateKey { .. } => ErrorKind::DuplicateKey,
            Self::VersionMismatch { .. } => ErrorKind::VersionMismatch,
            Self::Cancelled { .. } => ErrorKind::Cancelled,
            Self::ModelFormat { .. } => ErrorKind::ModelFormat,
            Self::Overflow { .. } => ErrorKind::Overflow,
            Self::Stream { .. } => ErrorKind::Stream,
        }
    }

    /// The row that cannot be used, counted from 0, if the error is about one.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::Customers;
    /// let error = Customers::from_texts(&["ann", " "]).unwrap_err();
    /// assert_eq!((error.column(), error.row()), (Some("customer"), Some(1)));
    /// ```
    pub fn row(&self) -> Option<usize> {
        match self {
            Self::InvalidValue { row, .. } | Self::DuplicateKey { row, .. } => Some(*row),
            _ => None,
        }
    }

    /// The column that cannot be used, if the error is about one.
    ///
    /// # Example
    ///
    /// See [`row`](Self::row).
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::InvalidValue { column, .. } | Self::LengthMismatch { column, .. } => Some(column),
            _ => None,
        }
    }

    pub(crate) fn parameter(
        name: &'static str,
        value: impl std::fmt::Display,
        expected: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::InvalidParameter {
            name,
            value: value.to_string().into(),
            expected: expected.into(),
        }
    }

    pub(crate) fn value(column: &str, row: usize, reason: impl Into<Box<str>>) -> Self {
        Self::InvalidValue {
            column: column.into(),
            row,
            reason: reason.into(),
        }
    }

    #[cfg(feature = "arrow")]
    pub(crate) fn stream(what: impl Into<Box<str>>) -> Self {
        Self::Stream { what: what.into() }
    }

    /// `Ok` when a column has the length of the ones before it.
    pub(crate) fn check_length(column: &str, expected: usize, found: usize) -> Result<()> {
        if expected == found {
            return Ok(());
        }
        Err(Self::LengthMismatch {
            column: column.into(),
            expected,
            found,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stays_small() {
        // Errors travel in every `Result`: a large one would slow the good path.
        assert!(size_of::<Error>() <= 64);
    }

    #[test]
    fn messages_say_what_where_and_what_to_do() {
        let cases: [(Error, &str); 11] = [
            (
                Error::parameter("bins", 12, "a whole number from 1 to 9"),
                "bins is 12, expected a whole number from 1 to 9",
            ),
            (
                Error::check_length("amount", 3, 2).unwrap_err(),
                "column amount has length 2, expected 3, the length of the others",
            ),
            (
                Error::value("amount", 7, "NaN is not an amount of money"),
                "column amount, row 7 (counted from 0): NaN is not an amount of money",
            ),
            (
                Error::NotEnoughData {
                    what: "customers with a purchase".into(),
                    needed: 1,
                    found: 0,
                },
                "needs at least 1 customers with a purchase, found 0",
            ),
            (
                Error::Degenerate {
                    what: "every age is 0; use a later as_of".into(),
                },
                "degenerate data: every age is 0; use a later as_of",
            ),
            (
                Error::NotConverged {
                    model: "bg/nbd",
                    iterations: 100,
                    last_change: 0.5,
                    tolerance: 1e-9,
                },
                "bg/nbd did not converge: after 100 iterations the last change was 5e-1, \
                 tolerance 1e-9",
            ),
            (
                Error::DuplicateKey {
                    key: "anna".into(),
                    first_row: 1,
                    row: 4,
                },
                "key anna occurs in row 1 and again in row 4 (counted from 0)",
            ),
            (
                Error::VersionMismatch {
                    what: "currency",
                    expected: "USD with 2 decimals".into(),
                    found: "EUR with 2 decimals".into(),
                },
                "currency is EUR with 2 decimals, expected USD with 2 decimals",
            ),
            (
                Error::Cancelled {
                    stage: "summarising",
                    done: 2,
                    total: 9,
                },
                "cancelled while summarising, 2 of 9 done",
            ),
            (
                Error::ModelFormat {
                    expected: "custometry/rfm version 1".into(),
                    found: "custometry/rfm version 2".into(),
                },
                "model format: expected custometry/rfm version 1, found custometry/rfm version 2",
            ),
            (
                Error::Overflow {
                    what: "more than 4294967295 customers; split the log".into(),
                },
                "overflow: more than 4294967295 customers; split the log",
            ),
        ];
        for (number, (error, message)) in cases.into_iter().enumerate() {
            assert_eq!(error.to_string(), message);
            assert_eq!(error.kind() as usize, number + 1, "kind numbers are fixed");
        }
    }
}
