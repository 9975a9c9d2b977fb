//! Arrow record batches and C streams, in and out.
//!
//! A data frame of any kind comes in as a [`Table`]; a struct of column names says which column is
//! which ([`TransactionColumns`] and its like). Every result that has rows goes out as record batches
//! ([`Tables`]).
//!
//! # Types
//!
//! | read as | Arrow types | kept without a copy |
//! |---|---|---|
//! | keys, texts, labels | utf8, `large_utf8`, `utf8_view`, dictionaries of them; keys and labels also whole numbers | |
//! | numbers | all integers, floats and decimals up to 128 bits | float64 |
//! | minor units | the same, whole | int64 |
//! | money | the same; floats are rounded half to even, decimals must fit the currency | |
//! | days | date32, date64, timestamps, text as 2024-05-31, whole numbers | date32, int32 |
//! | instants | timestamps of any unit and zone, dates | timestamp\[us\] |
//! | yes or no | boolean, 0 and 1 | |
//!
//! A column that comes in one batch and without nulls in the type of the last column is shared with
//! its producer; everything else is converted once. A zone is a label: instants are UTC, and a
//! timestamp without a zone is taken as UTC. Where a day ends is said by a
//! [`DayBoundary`](crate::data::DayBoundary). Nulls are errors that name their row, except where a
//! column says what they mean.
//!
//! # Versions
//!
//! The requirement is `>=59, <61`: both majors are tested, and cargo picks the one that the host has.
//! C and Python hosts cross by the C data interface and never see a version.

mod column;
mod read;
mod stream;
mod table;
mod tables;
mod write;

#[cfg(any(feature = "ffi", feature = "python"))]
pub(crate) use self::{
    column::Column,
    write::{Columns, estimates, migration, spells, square},
};
pub use self::{
    read::{
        AssignmentColumns, ContactColumns, ContractColumns, CrosswalkColumns, DurationColumns,
        EventColumns, FeatureColumns, FoldColumns, HistoryColumns, OpportunityColumns, PairColumns,
        RecordColumns, RecordKeyColumns, ScoreColumns, SegmentPanelColumns, SpellColumns,
        SpendColumns, SubscriptionColumns, TermFrequencyColumns, TransactionColumns,
        TransitionColumns, TripleColumns,
    },
    table::Table,
    tables::Tables,
};
