//! Populations with known truth, from a seed.
//!
//! *How much data do I need before this model can be trusted? Would it find the
//! truth if it were there?* A simulator answers before the first real customer
//! is touched; the tests and benches of this crate use the same ones.
//!
//! What is drawn for one customer depends on the seed and the customer alone.
//! A population can therefore be made in shards, on any number of threads, and
//! is the same to the last bit.

mod churn;
mod opportunities;
mod people;
mod purchases;
mod renewals;

pub use self::churn::{CauseHazard, ChurnHistory, ChurnParams, TimeGrain};
pub use self::opportunities::{OpportunityHistory, OpportunityParams};
pub use self::people::{PeopleParams, SimulatedPeople};
pub use self::purchases::{
    PurchaseLog, PurchaseLogParams, PurchaseTiming, PurchaseTruth, RowOrder,
};
pub use self::renewals::{RenewalHistory, RenewalParams};
