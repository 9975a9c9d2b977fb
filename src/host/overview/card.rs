//! Everything about one customer, as a record.

use super::{answer, number};
use crate::{
    Result,
    data::Currency,
    host::Answer,
    overview::{Card, CardChurn, CardPurchases, CardWorth, Overview},
    value::{Change, CustomerDay, CustomerProfit, Summary},
};

/// Parts that the customer does not have are nothing.
pub(super) fn record(card: &Card, overview: &Overview) -> Result<Answer> {
    // Without purchases there is no money to tell.
    let currency = overview
        .purchases()
        .map_or(Currency::EUR, Summary::currency);
    let segment = card.segment.as_ref().map(|segment| -> Result<Answer> {
        Ok(Answer::record([
            ("name", Answer::Text(segment.name.clone())),
            ("rfm_code", answer(segment.rfm_code)?),
        ]))
    });
    let events = card.events.iter().map(|(at, kind)| -> Result<Answer> {
        Ok(Answer::record([
            ("at", Answer::written(at)?),
            ("kind", Answer::Text(kind.clone())),
        ]))
    });
    let records = card
        .records
        .iter()
        .map(|record| Answer::Int(record.0.into()));
    let provenance = card.provenance.iter().map(|part| {
        Answer::record([
            ("of", Answer::Text(part.of.to_owned())),
            ("by", Answer::Text(part.by.clone())),
        ])
    });
    Ok(Answer::record([
        ("number", answer(card.customer.0)?),
        ("key", Answer::Text(card.key.clone())),
        ("keys", answer(&card.keys[..])?),
        ("records", Answer::List(records.collect())),
        ("contact", Answer::Text(card.contact.name().to_owned())),
        (
            "purchases",
            answer(card.purchases.as_ref().map(|it| purchases(it, currency)))?,
        ),
        ("segment", answer(segment)?),
        ("kind", answer(card.kind.clone())?),
        ("worth", answer(card.worth.as_ref().map(worth))?),
        (
            "profit",
            answer(card.profit.as_ref().map(|it| profit(it, currency)))?,
        ),
        (
            "change",
            answer(card.change.as_ref().map(|it| change(it, currency)))?,
        ),
        ("segment_before", answer(card.segment_before.clone())?),
        ("churn", answer(card.churn.as_ref().map(churn))?),
        ("events", Answer::List(events.collect::<Result<_>>()?)),
        ("provenance", Answer::List(provenance.collect())),
    ]))
}

fn purchases(of: &CardPurchases, currency: Currency) -> Result<Answer> {
    let day = |day: &CustomerDay| {
        Answer::record([
            ("day", Answer::Date(day.date)),
            ("money", Answer::money(day.money, currency)),
            ("purchase", Answer::Flag(day.purchase)),
        ])
    };
    let revenue = of.revenue.map(|money| Answer::money(money, currency));
    Ok(Answer::record([
        ("first", answer(of.first)?),
        ("last", answer(of.last)?),
        ("days_since_last", answer(of.days_since_last)?),
        ("purchase_days", answer(of.purchase_days)?),
        ("revenue", answer(revenue)?),
        ("first_money", Answer::money(of.first_money, currency)),
        ("repeat_money", Answer::money(of.repeat_money, currency)),
        ("refund_money", Answer::money(of.refund_money, currency)),
        (
            "last_days",
            Answer::List(of.last_days.iter().map(day).collect()),
        ),
    ]))
}

fn worth(of: &CardWorth) -> Result<Answer> {
    Ok(Answer::record([
        ("p_alive", Answer::Float(of.p_alive)),
        ("expected_purchases", Answer::Float(of.expected_purchases)),
        ("mean_spend", Answer::Float(of.mean_spend)),
        ("clv", Answer::Float(of.clv)),
        ("clv_lo", number(of.clv_lo)),
        ("clv_hi", number(of.clv_hi)),
        ("level", Answer::Float(of.level)),
        ("silence_date", answer(of.silence_date)?),
    ]))
}

fn profit(of: &CustomerProfit, currency: Currency) -> Answer {
    Answer::record([
        ("net_sales", Answer::money(of.net_sales, currency)),
        ("costs", Answer::money(of.costs, currency)),
        ("to_serve", Answer::money(of.to_serve, currency)),
        ("profit", Answer::money(of.profit, currency)),
    ])
}

fn change(of: &Change, currency: Currency) -> Answer {
    Answer::record([
        ("opening", Answer::money(of.opening, currency)),
        ("closing", Answer::money(of.closing, currency)),
        ("change", Answer::money(of.change, currency)),
        ("movement", Answer::Text(of.movement.name().to_owned())),
        ("persistence", Answer::Float(of.persistence)),
    ])
}

fn churn(of: &CardChurn) -> Result<Answer> {
    Ok(Answer::record([
        ("active", Answer::Flag(of.active)),
        ("risk", number(of.risk)),
        ("within_days", answer(of.within_days)?),
        ("reasons", Answer::written(&of.reasons)?),
    ]))
}
