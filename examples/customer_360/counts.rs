//! Customers in numbers.

use custometry::{data::Currency, overview::BaseFigures};
use serde::Serialize;

use crate::common::money::Money;

/// The customers of a log up to a day.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Counts {
    /// With a purchase up to the day.
    pub(crate) customers: usize,
    /// Purchase days after a customer's first.
    pub(crate) repeat_days: u64,
    /// Customers with one purchase day.
    pub(crate) one_time: usize,
    /// Net of refunds.
    pub(crate) revenue: Money,
}

impl Counts {
    pub(crate) fn new(base: &BaseFigures, currency: Currency) -> Self {
        Self {
            customers: base.customers,
            repeat_days: base.repeat_days,
            one_time: base.one_time,
            revenue: Money::new(base.revenue, currency),
        }
    }
}
