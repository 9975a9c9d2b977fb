//! When customers leave, how many of them, and what it costs.
//!
//! *Who was a customer when, what is our churn rate really, and how long must a silence be to count as
//! churn?*
//!
//! - [`Spells`] say when each customer was a customer; they come from [`Subscriptions`] or from purchase
//!   days, and carry the [`ChurnDefinition`] they were made under.
//! - A [`SnapshotPlan`] says on which days to look at the customers; [`Snapshots`] are what was known of
//!   them before each of these days, and what became of them after it.
//!
//! # Example
//!
//! ```
//! use custometry::{churn::Subscriptions, data::{Currency, CustomerIx, date_of_day}};
//!
//! let book = Subscriptions::builder(Currency::EUR)
//!     .text_keys(&["ann", "ann", "bob"])
//!     .starts(vec![0, 33, 0])
//!     .ends(vec![Some(30), None, Some(60)])
//!     .monthly_money(vec![1_000, 1_200, 900])
//!     .known_until(date_of_day(100).unwrap())
//!     .build()?;
//! let spells = book.spells(7)?; // a renewal three days late is no churn
//! assert_eq!(spells.of(CustomerIx(0)).count(), 1);
//! assert_eq!(spells.of(CustomerIx(1)).next().unwrap().end, Some(60));
//! # Ok::<(), custometry::Error>(())
//! ```

mod definition;
mod snapshot;
mod spells;
mod subscriptions;

pub use self::definition::ChurnDefinition;
pub use self::snapshot::{
    Audit, Feature, FeatureSet, History, HostFeature, Leak, Outcome, OutcomeCounts, SnapshotData,
    SnapshotPlan, Snapshots, Split,
};
pub use self::spells::{ChurnReturns, Spell, Spells};
pub use self::subscriptions::{Subscriptions, SubscriptionsBuilder};
