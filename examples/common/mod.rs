//! What the example programs share: reading a purchase log from a user's file,
//! writing files whole or not at all, tables, progress, and the chapters on money
//! over time.

pub(crate) mod bridge;
pub(crate) mod cohorts;
pub(crate) mod columns;
pub(crate) mod dates;
pub(crate) mod files;
pub(crate) mod header;
pub(crate) mod input;
pub(crate) mod money;
mod outcome;
pub(crate) mod over_time;
pub(crate) mod profit;
pub(crate) mod progress;
pub(crate) mod rejects;
pub(crate) mod rows;
pub(crate) mod tables;
pub(crate) mod told;
pub(crate) mod worth;

pub(crate) use outcome::{Result, finish};
