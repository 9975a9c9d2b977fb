//! The figures of a base of customers.

use serde::Serialize;

use crate::{Result, data::MinorUnits, value::Summary};

/// The figures of a base of customers, up to the end of a day.
///
/// # Example
///
/// See [`Overview::identity`](crate::overview::Overview::identity).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct BaseFigures {
    /// Customers with a purchase.
    pub customers: usize,
    /// Customers with one purchase day.
    pub one_time: usize,
    /// Purchase days after a customer's first, of all customers.
    pub repeat_days: u64,
    /// The share of customers with two purchase days or more; `None` where nobody bought.
    pub repeat_rate: Option<f64>,
    /// Net of refunds, those of customers without a purchase among them.
    pub revenue: MinorUnits,
    /// In units of the currency; `None` where nobody bought.
    pub revenue_per_customer: Option<f64>,
}

impl BaseFigures {
    /// The figures of a summary.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`](crate::Error::Overflow) for revenue past `i64`.
    pub(crate) fn new(summary: &Summary) -> Result<Self> {
        let customers = summary.buyers();
        let once = (summary.has_purchase().zip(summary.frequency()))
            .filter(|&(bought, &again)| bought && again == 0);
        let one_time = once.count();
        let numbers = summary.customers().numbers();
        let money = numbers.filter_map(|customer| summary.total_money(customer));
        let sum: i128 = money.map(|money| i128::from(money.0)).sum();
        let revenue = MinorUnits::from_sum(sum, "all customers")?;
        let each = |of: f64| (customers > 0).then(|| of / customers as f64);
        Ok(Self {
            customers,
            one_time,
            repeat_days: summary.frequency().iter().map(|&x| u64::from(x)).sum(),
            repeat_rate: each((customers - one_time) as f64),
            revenue,
            revenue_per_customer: each(summary.currency().to_f64(revenue)),
        })
    }
}
