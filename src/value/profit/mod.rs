//! Profitability: what each customer leaves after what it costs to serve them.
//!
//! # Question
//!
//! Which customers and segments make money, which lose it, and how much hangs on how
//! few? What did it cost to win them, and when was that earned back?
//!
//! # Definition
//!
//! ```text
//! gross sales         rows of amount 0 or more
//! - refunds           rows below 0
//! = net sales
//! - costs             of the rows: goods, delivery, fees
//! = contribution
//! - cost to serve     of the customer: service, visits, credit; by name
//! = profit
//! ```
//!
//! in whole minor units at every step. Costs of activities are shared out over
//! customers by what they use ([`Activity`]) and add up to what was spent. What it cost
//! to win customers is no part of the ladder: it is compared with it over time
//! ([`AcquisitionParams`]).
//!
//! # How to read it
//!
//! The whale curve is the profit of the best customer, the best two, and so on. It
//! rises above the total where the last customers lose money: a peak of 140 % says that
//! 40 % of all profit is given away by those beyond it. Shares of a total that is not
//! positive mean nothing and are refused; amounts are always told.
//!
//! A log without costs is measured all the same, and says that its profit is revenue
//! ([`ProfitBasis`]).
//!
//! # References
//!
//! - Kaplan, R. S. and Narayanan, V. G. (2001). Measuring and managing customer
//!   profitability. *Journal of Cost Management* 15(5), 5-15: the whale curve.
//! - Kaplan, R. S. and Anderson, S. R. (2004). Time-driven activity-based costing.
//!   *Harvard Business Review* 82(11), 131-138.

mod acquisition;
mod activity;
mod concentration;
mod offer;
mod profitability;
mod state;
mod whale;

pub use self::acquisition::{Acquisition, AcquisitionLine, AcquisitionParams, Payback};
pub use self::activity::{Activity, Allocation};
pub use self::concentration::{AbcParams, Concentration};
pub use self::offer::RetentionOffer;
pub use self::profitability::{
    CustomerProfit, ProfitBasis, ProfitDecile, ProfitGroup, ProfitLadder, ProfitParams,
    Profitability,
};
pub use self::state::ProfitState;
pub use self::whale::WhaleCurve;
