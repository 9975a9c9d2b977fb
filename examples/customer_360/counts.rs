//! Customers in numbers.

use custometry::{
    data::{MinorUnits, Transactions, day_of_date},
    value::Summary,
};
use serde::Serialize;

use crate::common::{Result, money::Money};

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
    /// Those of a log and its summary.
    pub(crate) fn new(log: &Transactions, summary: &Summary) -> Result<Self> {
        let as_of = day_of_date(summary.as_of());
        let counted = (log.days().iter().zip(log.amounts())).filter(|(day, _)| **day <= as_of);
        let amounts = counted.map(|(_, &amount)| MinorUnits(amount));
        let once = (summary.has_purchase().zip(summary.frequency()))
            .filter(|(bought, again)| *bought && **again == 0);
        Ok(Self {
            customers: summary.buyers(),
            repeat_days: summary.frequency().iter().map(|&x| u64::from(x)).sum(),
            one_time: once.count(),
            revenue: Money::sum(amounts, log.currency())?,
        })
    }
}
