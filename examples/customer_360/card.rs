//! One customer's card.

use std::fmt;

use chrono::NaiveDate;
use custometry::data::MinorUnits;
use serde::Serialize;

use crate::{
    Analysis,
    common::{
        Result,
        money::Money,
        tables::{self, count, or_none, table},
    },
    resolved::Resolved,
};

/// How many of the last days are listed.
const LISTED: usize = 5;

#[derive(Serialize)]
pub(crate) struct Card {
    key: String,
    /// The keys of the log that are the customer's, if customers were resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<Vec<String>>,
    segment: String,
    rfm_code: Option<u16>,
    first_purchase: Option<NaiveDate>,
    last_purchase: Option<NaiveDate>,
    days_since_last: Option<u32>,
    purchase_days: usize,
    revenue: Option<Money>,
    first_money: Money,
    repeat_money: Money,
    /// On days that have refunds only.
    refund_money: Money,
    last_days: Vec<Day>,
    #[serde(skip)]
    currency: String,
}

#[derive(Serialize)]
struct Day {
    date: NaiveDate,
    purchase: bool,
    money: Money,
}

impl Card {
    /// Of the customer with a key; if the analysis is of resolved ones, with any of theirs.
    pub(crate) fn new(
        analysis: &Analysis<'_>,
        resolved: Option<&Resolved>,
        key: &str,
    ) -> Result<Self> {
        let Analysis { summary, state, .. } = analysis;
        let customer = match resolved {
            Some(resolved) => resolved.find(key.trim()),
            None => summary.customers().find(key.trim().into()),
        };
        let customer = customer
            .ok_or_else(|| format!("--card {key}: no row of the file has this customer"))?;
        let at = customer.at();
        let money = |minor| Money::new(minor, summary.currency());
        let days: Vec<Day> = (state.days_of(customer))
            .take_while(|day| day.date <= summary.as_of())
            .map(|day| Day {
                date: day.date,
                purchase: day.purchase,
                money: money(day.money),
            })
            .collect();
        Ok(Self {
            key: or_none(summary.customers().key(customer)),
            keys: resolved.map(|resolved| resolved.keys_of(customer)),
            segment: or_none(analysis.segments.name_of(at)),
            rfm_code: analysis.scores.code(at),
            first_purchase: summary.first_purchase(customer),
            last_purchase: summary.last_purchase(customer),
            days_since_last: summary.days_since_last(customer),
            purchase_days: days.iter().filter(|day| day.purchase).count(),
            revenue: summary.total_money(customer).map(money),
            first_money: money(MinorUnits(summary.first_money()[at])),
            repeat_money: money(MinorUnits(summary.repeat_money()[at])),
            refund_money: money(MinorUnits(summary.refund_money()[at])),
            last_days: days.into_iter().rev().take(LISTED).collect(),
            currency: summary.currency().code().to_owned(),
        })
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let currency = &self.currency;
        let line = |label: &str, value: String| [label.to_owned(), value];
        let mut rows = vec![
            line("Segment", self.segment.clone()),
            line("RFM code", or_none(self.rfm_code)),
            line("First purchase", or_none(self.first_purchase)),
            line("Last purchase", or_none(self.last_purchase)),
            line("Days since", or_none(self.days_since_last)),
            line("Purchase days", count(self.purchase_days)),
            line(&format!("Revenue, {currency}"), or_none(self.revenue)),
            line("  first purchase day", self.first_money.to_string()),
            line("  later purchase days", self.repeat_money.to_string()),
            line("  days of refunds only", self.refund_money.to_string()),
        ];
        if let Some(keys) = &self.keys {
            rows.insert(0, line("Keys", tables::printable(&keys.join(", "))));
        }
        writeln!(f, "11. Customer {}", tables::printable(&self.key))?;
        writeln!(f, "{}", table(["", ""], 1, rows))?;
        if self.last_days.is_empty() {
            return Ok(());
        }
        let money = format!("Net, {currency}");
        let rows = self.last_days.iter().map(|day| {
            let kind = if day.purchase { "purchase" } else { "refund" };
            [day.date.to_string(), kind.to_owned(), day.money.to_string()]
        });
        writeln!(f, "{}", table(["Last days", "", &money], 2, rows))
    }
}
