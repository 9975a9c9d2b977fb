//! What can be told, or why it cannot.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{Error, ErrorKind, Result};

/// A part of an overview: what it tells, or why it is not there.
///
/// # Example
///
/// ```
/// use custometry::overview::{Absence, Chapter};
/// let told = Chapter::Told(3);
/// assert_eq!(told.told(), Some(&3));
/// let absent: Chapter<i32> = Chapter::Absent(Absence::NoInput("transactions"));
/// assert_eq!(absent.absence().unwrap().to_string(), "needs transactions");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Chapter<T> {
    /// What there is to tell.
    Told(T),
    /// Why there is nothing to tell.
    Absent(Absence),
}

/// Why a chapter is not there.
///
/// # Example
///
/// ```
/// use custometry::overview::Absence;
/// assert_eq!(Absence::LeftOut.to_string(), "left out, as asked for");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Absence {
    /// The parameters leave it out.
    LeftOut,
    /// An input is missing: which.
    NoInput(&'static str),
    /// The data admit no answer: too few, all alike, not long enough.
    NoAnswer(Error),
}

/// The chapters that can be left out.
///
/// # Example
///
/// See [`OverviewParams::without`](super::OverviewParams::without).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChapterKind {
    /// Who is who.
    Identity,
    /// What customers are worth.
    Worth,
    /// What changed in money.
    Bridge,
    /// Who makes money.
    Profit,
    /// What became of those who came in each period.
    Cohorts,
    /// Kinds of customers, found in what they do.
    Kinds,
    /// How customers move between segments.
    Migration,
    /// Who leaves, and when.
    Churn,
    /// Who will go quiet, and what speaks for it.
    Risk,
}

impl<T> Chapter<T> {
    /// What is told.
    ///
    /// # Example
    ///
    /// See [`Chapter`].
    pub fn told(&self) -> Option<&T> {
        match self {
            Self::Told(told) => Some(told),
            Self::Absent(_) => None,
        }
    }

    /// Why nothing is told.
    ///
    /// # Example
    ///
    /// See [`Chapter`].
    pub fn absence(&self) -> Option<&Absence> {
        match self {
            Self::Told(_) => None,
            Self::Absent(absence) => Some(absence),
        }
    }

    /// What is told, or the error for a question that rests on it.
    ///
    /// # Errors
    ///
    /// The error that the chapter met; [`Error::InvalidParameter`] that says what is missing.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::overview::{Absence, Chapter};
    /// let absent: Chapter<i32> = Chapter::Absent(Absence::NoInput("transactions"));
    /// assert!(absent.require("the worth").unwrap_err().to_string().contains("needs transactions"));
    /// ```
    pub fn require(&self, what: &'static str) -> Result<&T> {
        match self {
            Self::Told(told) => Ok(told),
            Self::Absent(Absence::NoAnswer(error)) => Err(error.clone()),
            Self::Absent(absence) => Err(Error::parameter(
                what,
                "not there",
                format!("an overview that has it ({absence})"),
            )),
        }
    }

    /// The chapter of an answer. Whoever asked to stop is heeded; any other error is the reason why
    /// there is no chapter.
    pub(super) fn of(answer: Result<T>) -> Result<Self> {
        match answer {
            Ok(told) => Ok(Self::Told(told)),
            Err(error) if error.kind() == ErrorKind::Cancelled => Err(error),
            Err(error) => Ok(Self::Absent(Absence::NoAnswer(error))),
        }
    }
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeftOut => write!(f, "left out, as asked for"),
            Self::NoInput(what) => write!(f, "needs {what}"),
            Self::NoAnswer(error) => write!(f, "{error}"),
        }
    }
}

impl Serialize for Absence {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let kind = match self {
            Self::LeftOut => "left_out",
            Self::NoInput(_) => "no_input",
            Self::NoAnswer(_) => "no_answer",
        };
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("kind", kind)?;
        map.serialize_entry("reason", &self.to_string())?;
        map.end()
    }
}
