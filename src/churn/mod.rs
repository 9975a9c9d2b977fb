//! When customers leave, how many of them, and what it costs.
//!
//! *Who was a customer when, what is our churn rate really, and how long must a silence be to count as
//! churn?*
//!
//! - [`Spells`] say when each customer was a customer; they come from [`Subscriptions`] or from purchase
//!   days, and carry the [`ChurnDefinition`] they were made under.
//! - [`PurchaseGaps`] tell how long a silence must be, and how often one is wrong to call it churn.
//! - [`PeriodRates`] say what share of customers and of their money was lost from one day to another.
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
mod gaps;
mod rates;
mod spells;
mod subscriptions;

pub use self::definition::ChurnDefinition;
pub use self::gaps::{GapPoint, PurchaseGaps, ThresholdFaults};
pub use self::rates::{CompoundedRates, PeriodRates, RateScale, RevenueFlows};
pub use self::spells::{ChurnReturns, Spell, Spells};
pub use self::subscriptions::{Subscriptions, SubscriptionsBuilder};
