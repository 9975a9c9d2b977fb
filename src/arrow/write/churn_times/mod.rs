//! The results of `churn` about times to leaving.

mod cohorts;
mod regression;
mod snapshots;
mod spells;
mod survival;

#[cfg(any(feature = "ffi", feature = "python"))]
pub(crate) use self::spells::spells;
