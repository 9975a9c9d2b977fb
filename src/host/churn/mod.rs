//! Operations of `churn`: of times to leaving, and of chances to leave.

mod chances;
mod times;

pub(super) use self::times::returns;
use super::{Arguments, Room};
use crate::{Result, churn::Reference};

pub(super) fn register(room: &mut Room<'_>) {
    times::register(room);
    chances::register(room);
}

/// How sure intervals are, unless told.
const LEVEL: f64 = 0.95;

/// The argument `level`.
fn level(arguments: &Arguments<'_>) -> Result<f64> {
    Ok(arguments.optional_json("level")?.unwrap_or(LEVEL))
}

/// The argument `reference`: "zero", "mean", or a number for each coefficient.
#[derive(serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum GivenReference {
    Zero,
    Mean,
    #[serde(untagged)]
    Row(Vec<f64>),
}

impl GivenReference {
    /// The argument, or the mean of the fit.
    fn of(arguments: &Arguments<'_>) -> Result<Self> {
        Ok(arguments.optional_json("reference")?.unwrap_or(Self::Mean))
    }

    fn reference(&self) -> Reference<'_> {
        match self {
            Self::Zero => Reference::Zero,
            Self::Mean => Reference::Mean,
            Self::Row(row) => Reference::Row(row),
        }
    }
}
