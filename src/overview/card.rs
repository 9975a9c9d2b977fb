//! Everything about one customer.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::{ActionReason, Overview};
use crate::{
    Result,
    churn::{Reason, ReasonPart, ReasonValue},
    data::{Assignments, ContactStatus, Currency, CustomerIx, CustomerKey, MinorUnits},
    identity::RecordIx,
    value::{Change, CustomerDay, CustomerProfit, ProfitBasis},
};

/// Everything about one customer, and where each thing comes from.
///
/// # Example
///
/// ```
/// use custometry::{data::*, overview::{OverviewInputs, OverviewParams}, simulate::PurchaseLogParams};
/// let log = PurchaseLogParams::default().customers(300).generate()?.transactions;
/// let inputs = OverviewInputs::new().transactions(&log);
/// let overview = OverviewParams::default().fit(&inputs, date_of_day(10_407).unwrap())?;
///
/// let key = log.customers().key(CustomerIx(7)).unwrap();
/// let card = overview.card(key)?.unwrap();
/// assert_eq!(card.key, key.to_string());
/// let worth = card.worth.unwrap();
/// assert!(worth.clv_lo.unwrap() <= worth.clv && worth.clv <= worth.clv_hi.unwrap());
/// assert!(card.provenance.iter().any(|of| of.of == "worth"));
/// assert_eq!(overview.card("nobody".into())?, None);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Card {
    /// The customer.
    pub customer: CustomerIx,
    /// The customer's own key.
    pub key: String,
    /// All keys that are the customer's.
    pub keys: Vec<String>,
    /// The records of people that are the customer's.
    pub records: Vec<RecordIx>,
    /// Whether the customer may be contacted.
    pub contact: ContactStatus,
    /// What the customer bought.
    pub purchases: Option<CardPurchases>,
    /// The segment by recency, frequency and money.
    pub segment: Option<CardSegment>,
    /// The kind, by what the customer does.
    pub kind: Option<String>,
    /// What the customer is worth.
    pub worth: Option<CardWorth>,
    /// What the customer brought in, where costs are known.
    pub profit: Option<CustomerProfit>,
    /// What changed from one period to the next.
    pub change: Option<Change>,
    /// The segment on the day before the last of the moves.
    pub segment_before: Option<String>,
    /// Whether the customer is lost, or will be; none without a purchase.
    pub churn: Option<CardChurn>,
    /// The latest events, the latest first.
    pub events: Vec<(DateTime<Utc>, String)>,
    /// Where each thing comes from.
    pub provenance: Vec<CardProvenance>,
}

impl fmt::Debug for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Card")
            .field("customer", &self.customer)
            .finish_non_exhaustive()
    }
}

/// The parts of a card show no more of a person than that they are there.
macro_rules! shown_by_name {
    ($($part:ident),+) => {$(
        impl fmt::Debug for $part {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($part)).finish_non_exhaustive()
            }
        }
    )+};
}

shown_by_name!(CardPurchases, CardSegment, CardWorth, CardChurn);

/// What a customer bought up to the day. Money is in minor units.
///
/// # Example
///
/// See [`Card`].
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CardPurchases {
    /// None without a purchase.
    pub first: Option<NaiveDate>,
    /// None without a purchase.
    pub last: Option<NaiveDate>,
    /// None without a purchase.
    pub days_since_last: Option<u32>,
    /// Days with a purchase.
    pub purchase_days: u32,
    /// All money, net of refunds.
    pub revenue: Option<MinorUnits>,
    /// Of the first purchase day.
    pub first_money: MinorUnits,
    /// Of the later ones.
    pub repeat_money: MinorUnits,
    /// Of days of refunds only.
    pub refund_money: MinorUnits,
    /// The latest days, the latest first.
    pub last_days: Vec<CustomerDay>,
}

/// The segment of a customer, and its scores.
///
/// # Example
///
/// See [`Card`].
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CardSegment {
    /// The segment.
    pub name: String,
    /// The scores as one number, such as 543; none without a purchase.
    pub rfm_code: Option<u16>,
}

/// The worth of a customer, in units of currency.
///
/// # Example
///
/// See [`Card`].
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CardWorth {
    /// The probability that the customer is still one.
    pub p_alive: f64,
    /// Purchases expected within the horizon.
    pub expected_purchases: f64,
    /// The expected spend of each.
    pub mean_spend: f64,
    /// Margin expected within the horizon, discounted.
    pub clv: f64,
    /// How sure that is: the lower end; none where the models have no errors.
    pub clv_lo: Option<f64>,
    /// The upper end.
    pub clv_hi: Option<f64>,
    /// How sure the interval is.
    pub level: f64,
    /// The day from which a customer who stays silent counts as lost.
    pub silence_date: Option<NaiveDate>,
}

/// Whether a customer is lost, or will be.
///
/// # Example
///
/// See [`Card`].
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CardChurn {
    /// Whether the customer is not lost on the day.
    pub active: bool,
    /// The chance to go quiet; none for those who are quiet.
    pub risk: Option<f64>,
    /// Within so many days.
    pub within_days: Option<u32>,
    /// What speaks for it, the strongest first.
    pub reasons: Vec<Reason>,
}

/// Where a part of a card comes from.
///
/// # Example
///
/// See [`Card`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CardProvenance {
    /// The part.
    pub of: &'static str,
    /// The model or the rule, and how it was found.
    pub by: String,
}

/// How many of the latest days, events and reasons are on a card.
const LATEST: usize = 5;
const REASONS: usize = 3;

impl Overview {
    /// Everything about the customer with a key: that of the transactions, of a record, or the
    /// customer's own. None if nobody has it.
    ///
    /// # Errors
    ///
    /// Those of [`Risk::reasons`](super::Risk::reasons).
    ///
    /// # Example
    ///
    /// See [`Card`].
    pub fn card(&self, key: CustomerKey<'_>) -> Result<Option<Card>> {
        let Some(customer) = self.keys.find(key) else {
            return Ok(None);
        };
        let at = customer.at();
        let own = self.keys.customers().key(customer);
        let name_in = |of: &Assignments| of.name_of(at).map(str::to_owned);
        let records = self.identity.told();
        let segments = self.segments.told();
        let mut card = Card {
            customer,
            key: own.map(|key| key.to_string()).unwrap_or_default(),
            keys: self.keys.keys_of(customer),
            records: records.map_or_else(Vec::new, |of| of.records_of(customer).to_vec()),
            contact: self.contact_of(customer),
            purchases: self.purchases_of(customer),
            segment: segments.and_then(|of| {
                Some(CardSegment {
                    name: name_in(&of.assignments)?,
                    rfm_code: of.scores.code(at),
                })
            }),
            kind: self.kinds.told().and_then(|of| name_in(&of.assignments)),
            worth: self.worth_of(at),
            profit: self.costed().and_then(|of| of.of(customer)),
            change: self.bridge.told().and_then(|of| of.bridge.change(customer)),
            segment_before: self.migration.told().and_then(|of| name_in(&of.before)),
            churn: self.churn_of(customer)?,
            events: self.events_of(customer),
            provenance: Vec::new(),
        };
        card.provenance = self.provenance(&card);
        Ok(Some(card))
    }

    pub(super) fn contact_of(&self, customer: CustomerIx) -> ContactStatus {
        let contact = self.contact.as_ref();
        let status = contact.and_then(|contact| contact.as_slice().get(customer.at()));
        status.copied().unwrap_or_default()
    }

    fn purchases_of(&self, customer: CustomerIx) -> Option<CardPurchases> {
        let (summary, state) = (self.summary.as_ref()?, self.state.as_ref()?);
        let at = customer.at();
        let as_of = summary.as_of();
        let days = state.summary().days_of(customer);
        let mut days: Vec<_> = days.take_while(|day| day.date <= as_of).collect();
        let purchase_days = days.iter().filter(|day| day.purchase).count();
        days.reverse();
        days.truncate(LATEST);
        Some(CardPurchases {
            first: summary.first_purchase(customer),
            last: summary.last_purchase(customer),
            days_since_last: summary.days_since_last(customer),
            purchase_days: u32::try_from(purchase_days).unwrap_or(u32::MAX),
            revenue: summary.total_money(customer),
            first_money: MinorUnits(summary.first_money()[at]),
            repeat_money: MinorUnits(summary.repeat_money()[at]),
            refund_money: MinorUnits(summary.refund_money()[at]),
            last_days: days,
        })
    }

    fn worth_of(&self, at: usize) -> Option<CardWorth> {
        let worth = self.worth.told().filter(|worth| !worth.clv[at].is_nan())?;
        let known = |end: f64| (!end.is_nan()).then_some(end);
        Some(CardWorth {
            p_alive: worth.p_alive[at],
            expected_purchases: worth.expected_purchases[at],
            mean_spend: worth.mean_spend[at],
            clv: worth.clv[at],
            clv_lo: known(worth.clv_lo[at]),
            clv_hi: known(worth.clv_hi[at]),
            level: self.level,
            silence_date: worth.silence_dates[at],
        })
    }

    fn churn_of(&self, customer: CustomerIx) -> Result<Option<CardChurn>> {
        let summary = self.summary.as_ref();
        let bought = summary.and_then(|summary| summary.last_purchase(customer));
        let (Some(churn), Some(_)) = (self.churn.told(), bought) else {
            return Ok(None);
        };
        let risk = self.risk.told();
        let chance = risk.map(|risk| risk.probability[customer.at()]);
        let chance = chance.filter(|chance| !chance.is_nan());
        let reasons = match risk {
            Some(risk) => risk.reasons(customer, REASONS)?,
            None => Vec::new(),
        };
        Ok(Some(CardChurn {
            active: churn.is_active()[customer.at()],
            risk: chance,
            within_days: risk.map(|risk| risk.within_days),
            reasons,
        }))
    }

    fn events_of(&self, customer: CustomerIx) -> Vec<(DateTime<Utc>, String)> {
        let Some(log) = &self.events else {
            return Vec::new();
        };
        let of = |row: &usize| log.customer()[*row] == customer;
        let event = |row: usize| {
            let at = DateTime::from_timestamp_micros(log.at_micros()[row])?;
            let kind = log.kinds().label(row).unwrap_or_default();
            Some((at, kind.to_owned()))
        };
        let mut events: Vec<_> = (0..log.len()).filter(of).filter_map(event).collect();
        events.sort_by(|one, other| other.cmp(one));
        events.truncate(LATEST);
        events
    }

    /// Where the parts of a card come from, of those that it has.
    fn provenance(&self, card: &Card) -> Vec<CardProvenance> {
        let mut all = Vec::new();
        let mut add = |of, by| all.push(CardProvenance { of, by });
        if let Some(identity) = self.identity.told() {
            let (own, keys) = (card.records.len(), card.keys.len());
            let weight = identity
                .threshold
                .map(|bits| format!(" from {bits:.1} bits on"));
            let weight = weight.unwrap_or_default();
            add(
                "keys",
                format!("{own} records of one person{weight}, {keys} keys"),
            );
        }
        if self.contact.is_some() {
            add(
                "contact",
                "the strongest of all statuses of the keys".into(),
            );
        }
        if let Some(state) = &self.state {
            let days = state.summary().customers().len();
            let (as_of, kinds) = (self.as_of(), "purchase days");
            add(
                "purchases",
                format!("{kinds} of {days} customers up to {as_of}"),
            );
        }
        if let Some(segments) = self.segments.told().filter(|_| card.segment.is_some()) {
            add("segment", segments.assignments.scheme().to_owned());
        }
        if let Some(kinds) = self.kinds.told().filter(|_| card.kind.is_some()) {
            add("kind", kinds.segmentation.scheme());
        }
        if card.profit.is_some() {
            add("profit", ProfitBasis::Costs.statement().to_owned());
        }
        if let Some(worth) = self.worth.told().filter(|_| card.worth.is_some()) {
            let model = worth.model.as_model();
            let verdict = model.fit_report().map(|report| report.verdict.statement());
            let verdict = verdict.unwrap_or_default();
            let (name, days, sure) = (model.name(), worth.horizon.0, 100.0 * self.level);
            let by = format!(
                "{name} ({verdict}) and gamma-gamma, over {days} days; {sure:.0}% intervals"
            );
            add("worth", by);
        }
        if let Some(of) = self.bridge.told().filter(|_| card.change.is_some()) {
            let (opening, closing) = (of.opening, of.closing);
            let text = format!(
                "{} to {} against {} to {}",
                closing.first(),
                closing.last(),
                opening.first(),
                opening.last()
            );
            add("change", text);
        }
        if let Some(moves) = self
            .migration
            .told()
            .filter(|_| card.segment_before.is_some())
        {
            let day = moves.before.as_of();
            add("segment_before", format!("{} on {day}", moves.scheme));
        }
        if let Some(churn) = self.churn.told().filter(|_| card.churn.is_some()) {
            let days = churn.threshold.days;
            add(
                "churn",
                format!("lost after {days} days without a purchase"),
            );
        }
        let at_risk = card
            .churn
            .as_ref()
            .is_some_and(|churn| churn.risk.is_some());
        if let Some(risk) = self.risk.told().filter(|_| at_risk) {
            let rows = risk.model.logistic().rows();
            let tested = risk.tested.told();
            let auc = tested.map(|test| format!(", AUC {:.3} on later days", test.judged.auc));
            let auc = auc.unwrap_or_default();
            add("risk", format!("logistic regression of {rows} rows{auc}"));
        }
        all
    }
}

/// The reasons of a regression as those of an action, money in units of currency.
pub(super) fn drivers(
    reasons: impl Iterator<Item = Reason>,
    currency: Currency,
) -> Vec<ActionReason> {
    let parts = reasons.flat_map(|reason| reason.parts);
    let driver = |part: ReasonPart| {
        let ReasonValue::Number(value) = part.value else {
            return None;
        };
        let money = part.feature.starts_with("money");
        Some(ActionReason::Driver {
            value: if money {
                value * currency.to_f64(MinorUnits(1))
            } else {
                value
            },
            feature: part.feature,
            contribution: part.contribution,
        })
    };
    parts.filter_map(driver).collect()
}
