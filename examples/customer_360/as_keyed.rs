//! Who the customers are, taking every key in the file for one person.

use std::fmt;

use chrono::NaiveDate;
use custometry::{
    data::{MinorUnits, Transactions, date_of_day, day_of_date},
    value::Summary,
};
use serde::Serialize;

use crate::{
    common::{
        Result,
        money::Money,
        tables::{count, percent, table},
    },
    counts::Counts,
};

#[derive(Serialize)]
pub(crate) struct AsKeyed {
    #[serde(flatten)]
    pub(crate) counts: Counts,
    /// All rows that were read, whatever their day.
    transactions: usize,
    /// Customers with rows, but without a purchase up to the day.
    without_purchase: usize,
    rows_after_as_of: usize,
    refund_rows: usize,
    zero_rows: usize,
    /// Of the whole file.
    first_day: NaiveDate,
    last_day: NaiveDate,
    refunds: Money,
    #[serde(skip)]
    as_of: NaiveDate,
    #[serde(skip)]
    currency: String,
}

impl AsKeyed {
    /// From a log and its summary.
    pub(crate) fn new(log: &Transactions, summary: &Summary) -> Result<Self> {
        let as_of = day_of_date(summary.as_of());
        let counted: Vec<i64> = (log.days().iter().zip(log.amounts()))
            .filter(|(day, _)| **day <= as_of)
            .map(|(_, amount)| *amount)
            .collect();
        let refunds = || counted.iter().filter(|amount| **amount < 0);
        let days = log.days().iter().copied();
        let date = |day: Option<i32>| day.and_then(date_of_day).unwrap_or_default();
        Ok(Self {
            counts: Counts::new(log, summary)?,
            transactions: log.len(),
            without_purchase: summary.len() - summary.buyers(),
            rows_after_as_of: log.len() - counted.len(),
            refund_rows: refunds().count(),
            zero_rows: counted.iter().filter(|amount| **amount == 0).count(),
            first_day: date(days.clone().min()),
            last_day: date(days.max()),
            refunds: Money::sum(refunds().copied().map(MinorUnits), log.currency())?,
            as_of: summary.as_of(),
            currency: log.currency().code().to_owned(),
        })
    }
}

impl fmt::Display for AsKeyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (as_of, currency) = (self.as_of, &self.currency);
        let Counts {
            customers,
            repeat_days,
            one_time,
            revenue,
        } = self.counts;
        let share = percent(Some(one_time as f64 / customers as f64));
        let mut rows = vec![
            ["Customers with a purchase".to_owned(), count(customers)],
            [
                "  of them with one purchase day".to_owned(),
                format!("{} ({share})", count(one_time)),
            ],
            ["Repeat purchase days".to_owned(), count(repeat_days)],
            [
                format!("Revenue, net of refunds, {currency}"),
                revenue.to_string(),
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
        writeln!(f, "{}", table(["", ""], 1, rows))
    }
}
