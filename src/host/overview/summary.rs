//! The base in a page.

use chrono::NaiveDate;

use super::{absence, answer, figures, number};
use crate::{
    Result,
    data::MinorUnits,
    host::{Answer, value::bridge_line},
    overview::{Absence, Gate, Overview, SegmentGrowth},
    value::Summary,
};

/// The page as a record; money of the books are decimals of its currency.
pub(super) fn page(overview: &Overview) -> Result<Answer> {
    let page = overview.summary();
    let currency = overview.purchases().map(Summary::currency);
    let money = |minor: Option<MinorUnits>| match (minor, currency) {
        (Some(minor), Some(currency)) => Answer::money(minor, currency),
        _ => Answer::Nothing,
    };
    let bridge = match (&page.bridge, currency) {
        (Some(line), Some(currency)) => bridge_line(line, currency)?,
        _ => Answer::Nothing,
    };
    let grown = |of: Option<&SegmentGrowth>| {
        of.map_or(Answer::Nothing, |of| {
            figures::growth(&of.segment, [of.opening, of.closing], of.rate, of.p)
        })
    };
    let contact = &page.contact;
    Ok(Answer::record([
        ("as_of", Answer::Date(page.as_of)),
        ("currency", answer(page.currency)?),
        ("known", answer(page.known)?),
        ("customers", answer(page.customers)?),
        ("active", answer(page.active)?),
        ("lost", answer(page.lost)?),
        ("new", answer(page.new)?),
        ("gone", answer(page.gone)?),
        ("revenue", money(page.revenue)),
        ("repeat_rate", number(page.repeat_rate)),
        (
            "periods",
            dates(page.periods.as_ref().map(|days| &days[..])),
        ),
        ("bridge", bridge),
        ("gini", number(page.gini)),
        ("top_decile_share", number(page.top_decile_share)),
        ("monthly_churn", answer(page.monthly_churn)?),
        (
            "churn_month",
            dates(page.churn_month.as_ref().map(|days| &days[..])),
        ),
        ("expected_quiet", number(page.expected_quiet)),
        ("worth", number(page.worth)),
        ("worth_interval", answer(page.worth_interval)?),
        ("fastest_growing", grown(page.fastest_growing.as_ref())),
        ("fastest_shrinking", grown(page.fastest_shrinking.as_ref())),
        (
            "contact",
            Answer::record([
                ("allowed", answer(contact.allowed)?),
                ("refused", answer(contact.refused)?),
                ("unknown", answer(contact.unknown)?),
                ("strangers", answer(contact.strangers)?),
            ]),
        ),
        ("gates", gates(&page.gates)?),
        ("absent", absences(&page.absent)?),
    ]))
}

fn dates(days: Option<&[NaiveDate]>) -> Answer {
    let list = |days: &[NaiveDate]| days.iter().copied().map(Answer::Date).collect();
    days.map_or(Answer::Nothing, |days| Answer::List(list(days)))
}

fn gates(gates: &[Gate]) -> Result<Answer> {
    let one = |gate: &Gate| -> Result<Answer> {
        Ok(Answer::record([
            ("question", Answer::written(&gate.kind)?),
            ("verdict", Answer::written(&gate.verdict)?),
            ("value", number(gate.value)),
            ("limit", number(gate.limit)),
            ("statement", Answer::Text(gate.statement.clone())),
        ]))
    };
    Ok(Answer::List(gates.iter().map(one).collect::<Result<_>>()?))
}

/// Why chapters are not there, by their names.
fn absences(all: &[(&'static str, Absence)]) -> Result<Answer> {
    let one = |(chapter, of): &(&'static str, Absence)| Ok(((*chapter).to_owned(), absence(of)?));
    Ok(Answer::Record(all.iter().map(one).collect::<Result<_>>()?))
}
