//! What it shares with the other programs.

#[path = "../common/files.rs"]
pub(crate) mod files;
#[path = "../common/header.rs"]
mod header;
#[path = "../common/outcome.rs"]
mod outcome;
#[path = "../common/probability.rs"]
pub(crate) mod probability;
#[expect(dead_code, reason = "only the reading takes long")]
#[path = "../common/progress.rs"]
pub(crate) mod progress;
#[path = "../common/rows.rs"]
pub(crate) mod rows;
#[path = "../common/tables.rs"]
pub(crate) mod tables;
#[path = "../common/wanted.rs"]
pub(crate) mod wanted;

pub(crate) use outcome::{Result, finish};
