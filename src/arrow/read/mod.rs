//! What a room takes, from the columns of a table.

mod churn_chances;
mod churn_times;
mod data;
mod identity;
mod migration;
mod segmentation;
mod simulate;
mod transactions;
mod value;

pub use self::{
    churn_chances::{FoldColumns, ScoreColumns},
    churn_times::{DurationColumns, SpellColumns, SubscriptionColumns},
    data::{AssignmentColumns, ContactColumns, CrosswalkColumns, EventColumns, FeatureColumns},
    identity::{PairColumns, RecordColumns, RecordKeyColumns, TermFrequencyColumns},
    migration::{SegmentPanelColumns, TransitionColumns, TripleColumns},
    transactions::TransactionColumns,
    value::{ContractColumns, HistoryColumns, OpportunityColumns, SpendColumns},
};
