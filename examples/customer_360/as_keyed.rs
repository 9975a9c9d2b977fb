//! Who the customers are, taking every key in the file for one person.

use std::fmt;

use chrono::NaiveDate;
use custometry::data::{MinorUnits, date_of_day, day_of_date};
use serde::Serialize;

use crate::{
    Analysis,
    common::{
        Result,
        money::Money,
        tables::{count, percent, table},
    },
};

#[derive(Serialize)]
pub(crate) struct AsKeyed {
    /// With a purchase up to the day.
    customers: usize,
    /// All rows that were read, whatever their day.
    transactions: usize,
    /// Purchase days after a customer's first.
    repeat_days: u64,
    /// Customers with one purchase day.
    one_time: usize,
    /// Customers with rows, but without a purchase up to the day.
    without_purchase: usize,
    rows_after_as_of: usize,
    refund_rows: usize,
    zero_rows: usize,
    /// Of the whole file.
    first_day: NaiveDate,
    last_day: NaiveDate,
    revenue: Money,
    refunds: Money,
    #[serde(skip)]
    as_of: NaiveDate,
    #[serde(skip)]
    currency: String,
}

impl AsKeyed {
    pub(crate) fn new(analysis: &Analysis<'_>) -> Result<Self> {
        let (log, summary) = (analysis.log, &analysis.summary);
        let as_of = day_of_date(summary.as_of());
        let counted: Vec<i64> = (log.days().iter().zip(log.amounts()))
            .filter(|(day, _)| **day <= as_of)
            .map(|(_, amount)| *amount)
            .collect();
        let refunds = || counted.iter().filter(|amount| **amount < 0);
        let sum = |amounts: &mut dyn Iterator<Item = &i64>| {
            Money::sum(amounts.map(|amount| MinorUnits(*amount)), log.currency())
        };
        let once = (summary.has_purchase().zip(summary.frequency()))
            .filter(|(bought, again)| *bought && **again == 0);
        let days = log.days().iter().copied();
        let date = |day: Option<i32>| day.and_then(date_of_day).unwrap_or_default();
        Ok(Self {
            customers: summary.buyers(),
            transactions: log.len(),
            repeat_days: summary.frequency().iter().map(|&x| u64::from(x)).sum(),
            one_time: once.count(),
            without_purchase: summary.len() - summary.buyers(),
            rows_after_as_of: log.len() - counted.len(),
            refund_rows: refunds().count(),
            zero_rows: counted.iter().filter(|amount| **amount == 0).count(),
            first_day: date(days.clone().min()),
            last_day: date(days.max()),
            revenue: sum(&mut counted.iter())?,
            refunds: sum(&mut refunds())?,
            as_of: summary.as_of(),
            currency: log.currency().code().to_owned(),
        })
    }
}

impl fmt::Display for AsKeyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (as_of, currency) = (self.as_of, &self.currency);
        let one_time = Some(self.one_time as f64 / self.customers as f64);
        let mut rows = vec![
            [
                "Customers with a purchase".to_owned(),
                count(self.customers),
            ],
            [
                "  of them with one purchase day".to_owned(),
                format!("{} ({})", count(self.one_time), percent(one_time)),
            ],
            ["Repeat purchase days".to_owned(), count(self.repeat_days)],
            [
                format!("Revenue, net of refunds, {currency}"),
                self.revenue.to_string(),
            ],
            [format!("  refunds, {currency}"), self.refunds.to_string()],
            ["Refund rows".to_owned(), count(self.refund_rows)],
            ["Rows of amount 0".to_owned(), count(self.zero_rows)],
        ];
        if self.without_purchase > 0 {
            let label = "Customers without a purchase so far".to_owned();
            rows.push([label, count(self.without_purchase)]);
        }
        rows.extend([
            ["Rows read".to_owned(), count(self.transactions)],
            [
                format!("  after {as_of}, left out"),
                count(self.rows_after_as_of),
            ],
            [
                "First and last day".to_owned(),
                format!("{} to {}", self.first_day, self.last_day),
            ],
        ]);
        writeln!(f, "1. Who the customers are, up to {as_of}")?;
        writeln!(f, "{}", table(["", ""], 1, rows))
    }
}
