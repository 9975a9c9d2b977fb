//! Answers that data may not hold.

use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

use serde::Serialize;

/// What can be told, or why it cannot.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Told<T> {
    Known(T),
    Unknown { error: String },
}

impl<T> Told<T> {
    pub(crate) fn unknown(error: impl Display) -> Self {
        Self::Unknown {
            error: error.to_string(),
        }
    }

    /// Shows what is known in its own way.
    pub(crate) fn show(
        &self,
        f: &mut Formatter<'_>,
        show: impl FnOnce(&T, &mut Formatter<'_>) -> fmt::Result,
    ) -> fmt::Result {
        match self {
            Self::Known(known) => show(known, f),
            Self::Unknown { error } => writeln!(f, "Cannot be told: {error}."),
        }
    }
}

impl<T> From<Result<T, Box<dyn Error>>> for Told<T> {
    fn from(made: Result<T, Box<dyn Error>>) -> Self {
        made.map_or_else(Self::unknown, Self::Known)
    }
}

impl<T: Display> Display for Told<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.show(f, T::fmt)
    }
}
