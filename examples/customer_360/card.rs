//! One customer's card.

use std::fmt;

use chrono::NaiveDate;
use custometry::{
    data::{ContactStatus, Currency, Transactions},
    identity::Records,
    overview::{self, CardChurn, CardProvenance, CardWorth},
};
use serde::Serialize;

use crate::{
    churn::Said,
    common::{
        Result,
        bridge::Moved,
        money::Money,
        tables::{self, count, or_none, percent, table},
    },
};

#[derive(Serialize)]
pub(crate) struct Card {
    key: String,
    /// The keys of the log that are the customer's, if customers were resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<Vec<String>>,
    /// The records of people that are the customer's.
    records: Vec<Record>,
    contact: ContactStatus,
    segment: String,
    segment_before: Option<String>,
    kind: Option<String>,
    rfm_code: Option<u16>,
    #[serde(flatten)]
    purchases: Purchases,
    worth: Option<Worth>,
    churn: Option<Churn>,
    change: Option<Moved>,
    provenance: Vec<CardProvenance>,
    #[serde(skip)]
    currency: String,
}

#[derive(Serialize)]
struct Record {
    source: String,
    key: String,
}

#[derive(Serialize)]
struct Purchases {
    first_purchase: Option<NaiveDate>,
    last_purchase: Option<NaiveDate>,
    days_since_last: Option<u32>,
    purchase_days: u32,
    revenue: Option<Money>,
    first_money: Money,
    repeat_money: Money,
    /// On days that have refunds only.
    refund_money: Money,
    last_days: Vec<Day>,
}

#[derive(Serialize)]
struct Day {
    date: NaiveDate,
    purchase: bool,
    money: Money,
}

#[derive(Serialize)]
struct Worth {
    p_alive: f64,
    clv: f64,
    clv_lo: Option<f64>,
    clv_hi: Option<f64>,
    silence_date: Option<NaiveDate>,
}

#[derive(Serialize)]
struct Churn {
    active: bool,
    risk: Option<f64>,
    within_days: Option<u32>,
    reasons: Vec<Said>,
}

impl Card {
    /// From the card of the library, the log that was read, and the records of people if
    /// customers were resolved.
    pub(crate) fn new(
        card: overview::Card,
        log: &Transactions,
        records: Option<&Records>,
    ) -> Result<Self> {
        let currency = log.currency();
        let purchases = card.purchases.ok_or("a card without purchases")?;
        let of_log = |key: &String| log.customers().find(key.as_str().into()).is_some();
        let keys = records.map(|_| card.keys.into_iter().filter(of_log).collect());
        let record = |record: &_| {
            let (source, key) = records?.key(*record)?;
            Some(Record {
                source: source.to_owned(),
                key: key.to_string(),
            })
        };
        let segment = card.segment;
        Ok(Self {
            key: card.key,
            keys,
            records: card.records.iter().filter_map(record).collect(),
            contact: card.contact,
            rfm_code: segment.as_ref().and_then(|segment| segment.rfm_code),
            segment: or_none(segment.map(|segment| segment.name)),
            segment_before: card.segment_before,
            kind: card.kind,
            purchases: Purchases::new(purchases, currency),
            worth: card.worth.map(|worth| Worth::new(&worth)),
            churn: card.churn.map(|churn| Churn::new(churn, currency)),
            change: card.change.map(|change| Moved::new(&change, currency)),
            provenance: card.provenance,
            currency: currency.code().to_owned(),
        })
    }
}

impl Purchases {
    fn new(of: overview::CardPurchases, currency: Currency) -> Self {
        let money = |minor| Money::new(minor, currency);
        let days = of.last_days.into_iter().map(|day| Day {
            date: day.date,
            purchase: day.purchase,
            money: money(day.money),
        });
        Self {
            first_purchase: of.first,
            last_purchase: of.last,
            days_since_last: of.days_since_last,
            purchase_days: of.purchase_days,
            revenue: of.revenue.map(money),
            first_money: money(of.first_money),
            repeat_money: money(of.repeat_money),
            refund_money: money(of.refund_money),
            last_days: days.collect(),
        }
    }
}

impl Worth {
    fn new(of: &CardWorth) -> Self {
        Self {
            p_alive: of.p_alive,
            clv: of.clv,
            clv_lo: of.clv_lo,
            clv_hi: of.clv_hi,
            silence_date: of.silence_date,
        }
    }
}

impl Churn {
    fn new(of: CardChurn, currency: Currency) -> Self {
        let parts = of.reasons.into_iter().flat_map(|reason| reason.parts);
        Self {
            active: of.active,
            risk: of.risk,
            within_days: of.within_days,
            reasons: parts.map(|part| Said::new(part, currency)).collect(),
        }
    }
}

fn line(label: &str, value: String) -> [String; 2] {
    [label.to_owned(), value]
}

impl Card {
    fn rows(&self) -> Vec<[String; 2]> {
        let (of, currency) = (&self.purchases, &self.currency);
        let contact = match self.contact {
            ContactStatus::Allowed => "allowed",
            ContactStatus::Refused => "refused",
            ContactStatus::Unknown => "unknown",
        };
        let mut rows = vec![
            line("Contact", contact.to_owned()),
            line("Segment", self.segment.clone()),
            line("  before", or_none(self.segment_before.as_ref())),
            line("RFM code", or_none(self.rfm_code)),
            line("Kind", or_none(self.kind.as_ref())),
            line("First purchase", or_none(of.first_purchase)),
            line("Last purchase", or_none(of.last_purchase)),
            line("Days since", or_none(of.days_since_last)),
            line("Purchase days", count(of.purchase_days)),
            line(&format!("Revenue, {currency}"), or_none(of.revenue)),
            line("  first purchase day", of.first_money.to_string()),
            line("  later purchase days", of.repeat_money.to_string()),
            line("  days of refunds only", of.refund_money.to_string()),
        ];
        if let Some(Moved {
            opening, closing, ..
        }) = &self.change
        {
            rows.push(line(
                "  of the last periods",
                format!("{opening} to {closing}"),
            ));
        }
        if let Some(worth) = &self.worth {
            rows.extend(worth.rows(currency));
        }
        if let Some(churn) = &self.churn {
            rows.extend(churn.rows());
        }
        if let Some(keys) = &self.keys {
            rows.insert(0, line("Keys", tables::printable(&keys.join(", "))));
            rows.insert(1, line("Records of people", count(self.records.len())));
        }
        rows
    }
}

impl Worth {
    fn rows(&self, currency: &str) -> [[String; 2]; 3] {
        let ends = self.clv_lo.zip(self.clv_hi);
        let interval = ends.map(|(lo, hi)| format!(" ({lo:.2} to {hi:.2})"));
        let clv = format!("{:.2}{}", self.clv, interval.unwrap_or_default());
        [
            line("P(alive)", format!("{:.2}", self.p_alive)),
            line(&format!("Worth, {currency}"), clv),
            line("Worry from", or_none(self.silence_date)),
        ]
    }
}

impl Churn {
    fn rows(&self) -> Vec<[String; 2]> {
        let state = if self.active { "active" } else { "lost" };
        let mut rows = vec![line("Customer is", state.to_owned())];
        if let (Some(risk), Some(days)) = (self.risk, self.within_days) {
            rows.push(line(
                &format!("Goes quiet within {days} days"),
                percent(Some(risk)),
            ));
            let reasons: Vec<String> = self.reasons.iter().map(Said::words).collect();
            let reasons = (!reasons.is_empty()).then(|| reasons.join(", "));
            rows.push(line("  what speaks for it", or_none(reasons)));
        }
        rows
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "12. Customer {}", tables::printable(&self.key))?;
        writeln!(f, "{}", table(["", ""], 1, self.rows()))?;
        if !self.purchases.last_days.is_empty() {
            let money = format!("Net, {}", self.currency);
            let rows = self.purchases.last_days.iter().map(|day| {
                let kind = if day.purchase { "purchase" } else { "refund" };
                [day.date.to_string(), kind.to_owned(), day.money.to_string()]
            });
            writeln!(f, "{}", table(["Last days", "", &money], 2, rows))?;
        }
        writeln!(f, "Where this is from:")?;
        for CardProvenance { of, by, .. } in &self.provenance {
            writeln!(f, "  {of}: {by}.")?;
        }
        Ok(())
    }
}
