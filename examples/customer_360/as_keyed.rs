//! Who the customers are, taking every key in the file for one person.

use std::fmt;

use chrono::NaiveDate;
use custometry::{
    data::{Currency, MinorUnits, Transactions, date_of_day, day_of_date},
    overview::BaseFigures,
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
    counts: Counts,
    /// Customers with rows, but without a purchase up to the day.
    without_purchase: usize,
    #[serde(flatten)]
    rows: AsRead,
}

/// The rows of the file.
#[derive(Serialize)]
pub(crate) struct AsRead {
    /// All that were read, whatever their day.
    transactions: usize,
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
    keys: usize,
    #[serde(skip)]
    currency: Currency,
}

impl AsRead {
    /// Those of a log, up to the end of a day.
    pub(crate) fn new(log: &Transactions, as_of: NaiveDate) -> Result<Self> {
        let currency = log.currency();
        let until = day_of_date(as_of);
        let counted: Vec<i64> = (log.days().iter().zip(log.amounts()))
            .filter(|(day, _)| **day <= until)
            .map(|(_, amount)| *amount)
            .collect();
        // Money of all customers together that is past its limit is told of the rows.
        Money::sum(counted.iter().copied().map(MinorUnits), currency)?;
        let refunds = || counted.iter().filter(|amount| **amount < 0);
        let days = log.days().iter().copied();
        let date = |day: Option<i32>| day.and_then(date_of_day).unwrap_or_default();
        Ok(Self {
            transactions: log.len(),
            rows_after_as_of: log.len() - counted.len(),
            refund_rows: refunds().count(),
            zero_rows: counted.iter().filter(|amount| **amount == 0).count(),
            first_day: date(days.clone().min()),
            last_day: date(days.max()),
            refunds: Money::sum(refunds().copied().map(MinorUnits), currency)?,
            keys: log.customers().len(),
            as_of,
            currency,
        })
    }
}

impl AsKeyed {
    /// From the rows, and the figures of the customers whose keys they have.
    pub(crate) fn new(rows: AsRead, base: &BaseFigures) -> Self {
        Self {
            counts: Counts::new(base, rows.currency),
            without_purchase: rows.keys - base.customers,
            rows,
        }
    }
}

impl fmt::Display for AsKeyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows: of, .. } = self;
        let (as_of, currency) = (of.as_of, of.currency.code());
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
            [format!("  refunds, {currency}"), of.refunds.to_string()],
            ["Refund rows".to_owned(), count(of.refund_rows)],
            ["Rows of amount 0".to_owned(), count(of.zero_rows)],
        ];
        if self.without_purchase > 0 {
            let label = "Customers without a purchase so far".to_owned();
            rows.push([label, count(self.without_purchase)]);
        }
        rows.extend([
            ["Rows read".to_owned(), count(of.transactions)],
            [
                format!("  after {as_of}, left out"),
                count(of.rows_after_as_of),
            ],
            [
                "First and last day".to_owned(),
                format!("{} to {}", of.first_day, of.last_day),
            ],
        ]);
        writeln!(f, "{}", table(["", ""], 1, rows))
    }
}
