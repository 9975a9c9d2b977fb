//! What goes in: customers, money, time, logs, feature matrices, and the types
//! that the rooms hand to one another.
//!
//! *Which columns do I need, and what becomes of a refund, a late row, a blank
//! key?* Everything here is checked once, when it is built, and never changes
//! after that.
//!
//! - [`Customers`] give every key outside a dense [`CustomerIx`] inside.
//! - Money is [`MinorUnits`] of one [`Currency`], exact from the text of a file.
//! - Purchases belong to civil days; a [`DayBoundary`] says where days end.
//! - [`Transactions`] and [`Events`] are logs; [`Features`] a matrix.
//! - A [`Crosswalk`] says which keys of many sources are one customer;
//!   [`Transactions::rekey`] brings a log over to it.
//! - [`Assignments`] say who is in which segment; an [`Estimate`] how sure a
//!   number is; [`ContactStatuses`] whom one may contact.
//! - The [`Merge`] law holds for everything that is computed in parts.
//!
//! # Example
//!
//! ```
//! use custometry::data::{Currency, Transactions};
//!
//! let log = Transactions::builder(Currency::USD)
//!     .text_keys(&["ann", "bob", "ann"])
//!     .days(vec![9862, 9862, 9900])
//!     .amounts(vec![Currency::USD.parse("11.77")?.0, 1200, -300])
//!     .build()?;
//! assert_eq!(log.amounts().iter().sum::<i64>(), 2077);
//! # Ok::<(), custometry::Error>(())
//! ```

mod customers;
mod intern;

mod money;
mod time;

mod categories;
mod crosswalk;
mod events;
mod features;
mod rekey;
mod shared;
mod transactions;

mod assignments;
mod contact;
mod estimate;

mod merge;

pub use self::assignments::{Assignments, Segment, SegmentId};
pub use self::categories::Categories;
pub use self::contact::{ContactStatus, ContactStatuses};
pub use self::crosswalk::Crosswalk;
pub use self::customers::{CustomerIx, CustomerKey, Customers};
pub use self::estimate::Estimate;
pub use self::events::{Events, EventsBuilder};
pub use self::features::{Features, MissingValues};
pub use self::merge::{Merge, merge_all};
pub use self::money::{Currency, MinorUnits};
pub use self::rekey::{MatchReport, UnknownCustomers};
pub use self::time::{DayBoundary, Days, DiscountRate, TimeUnit, Window, date_of_day, day_of_date};
pub use self::transactions::{Transaction, Transactions, TransactionsBuilder};

pub(crate) use self::customers::{Texts, head};
pub(crate) use self::merge::sealed as merge_sealed;
#[cfg(feature = "arrow")]
pub(crate) use self::shared::Shared;
