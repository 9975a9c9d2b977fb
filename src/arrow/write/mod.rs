//! What a room gives, as record batches.

mod columns;

mod churn_chances;
mod churn_times;
mod data;
mod identity;
pub(crate) mod migration;
mod overview;
mod segmentation;
mod simulate;
mod value;

pub(crate) use self::columns::Columns;
#[cfg(any(feature = "ffi", feature = "python"))]
pub(crate) use self::{
    churn_chances::{estimates, square},
    churn_times::spells,
};
