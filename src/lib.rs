//! *custometry* is the measurement of customers: a library that a host program
//! links to learn who its customers are, what they are worth, which group they
//! belong to, who is leaving and why, how the groups move, and what to do about
//! it. Columns in, typed answers out; no server, no database, no clock, no I/O.
//!
//! # Example
//!
//! ```
//! use custometry::data::{Currency, Transactions, date_of_day};
//! use custometry::value::{RfmParams, SegmentMap, SummaryState};
//!
//! let log = Transactions::builder(Currency::EUR)
//!     .text_keys(&["ann", "bob", "ann", "cid", "ann"])
//!     .days(vec![0, 3, 40, 50, 88])
//!     .amounts(vec![2_500, 900, 3_100, 400, 2_000])
//!     .build()?;
//! let as_of = date_of_day(90).unwrap();
//! let summary = SummaryState::new(&log)?.summary(as_of)?;
//! let scores = RfmParams::default().fit(&summary)?.score(&summary)?;
//! let segments = scores.assign(&SegmentMap::standard([5, 5, 5])?)?;
//! assert_eq!(segments.name_of(0), Some("Champions")); // ann
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! # Rooms
//!
//! - [`data`]: what goes in, and the types that rooms hand to one another.
//! - [`identity`]: how likely it is that two records are of one person.
//! - [`value`]: purchase summaries, segments, purchase models, contracts, profits.
//! - [`segmentation`]: which group each customer belongs to, and whether the groups are real.
//! - [`churn`]: who leaves, when and why.
//! - [`migration`]: how customers move between states, and where that leads.
//! - [`overview`]: the 360-degree view of all of it, and the actions that follow.
//! - [`simulate`]: seeded populations with known truth.
//! - [`persist`]: saving and loading what was fitted.
//!
//! # One shape for everything
//!
//! A model is three nouns: parameters (`RfmParams`, a plain builder whose
//! setters never fail), the fitted object (`Rfm`, immutable) and its result
//! columns (`RfmScores`, in the order of the customers).
//! `params.fit(&data)?` checks everything once, before any work.
//!
//! # Determinism
//!
//! The same input, seed and version give the same bits on 1 or 64 threads. Work
//! is cut by constants, floats are added in a fixed order, random numbers belong
//! to the item they are drawn for, ties are broken by index. Batch calls run on
//! the ambient rayon pool; run them inside `ThreadPool::install` to bound it.
//!
//! # Errors
//!
//! One [`Error`] for all rooms, with a stable [`ErrorKind`]. Messages name the
//! first bad row and what to do. Nothing panics.
//!
//! # Features
//!
//! None yet. Features add hosts and formats; none will ever change a result.
//!
//! # Further reading
//!
//! [`_documentation`] holds the architecture, the methods and the change log.

mod error;
#[cfg(any(feature = "ffi", feature = "python"))]
mod host;
mod numeric;
mod observer;

#[cfg(feature = "arrow")]
pub mod arrow;
pub mod churn;
pub mod data;
#[cfg(feature = "ffi")]
pub mod ffi;
pub mod identity;
pub mod migration;
pub mod overview;
pub mod persist;
#[cfg(feature = "python")]
mod python;
#[cfg(feature = "report")]
pub mod report;
pub mod segmentation;
pub mod simulate;
pub mod value;

pub use self::error::{Error, ErrorKind, Result};
pub use self::observer::{Observer, Progress};

/// Longer documents, so that their code is compiled too.
pub mod _documentation {
    #[doc = include_str!("../docs/ARCHITECTURE.md")]
    pub mod architecture {}
    #[doc = include_str!("../docs/METHODS.md")]
    pub mod methods {}
    #[doc = include_str!("../docs/CONTRIBUTING.md")]
    pub mod contributing {}
    #[doc = include_str!("../CHANGELOG.md")]
    pub mod changelog {}
}

/// The code of the README, compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
