//! Operations of `overview`.

mod actions;
mod card;
mod chapters;
mod figures;
mod summary;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{Answer, Arguments, IntoAnswer, Object, Room, held, registry::Kind};
use crate::{
    Error, Result,
    arrow::Tables,
    data::{Assignments, ContactStatuses, Customers, Events, Transactions},
    identity::Records,
    overview::{
        Absence, ActionParams, Overview, OverviewInputs, OverviewParams, OverviewState, Receipt,
        TableColumn,
    },
    value::{ProfitState, Rfm, SummaryState},
};

held!("overview": Overview, OverviewState, Receipt);

pub(super) fn register(room: &mut Room<'_>) {
    state(room);
    overview(room);
    receipt(room);
    chapters::register(room);
    actions::register(room);
}

fn state(room: &mut Room<'_>) {
    room.kind::<OverviewState>()
        .operation("new", &["log", "as_of"], |arguments| {
            let as_of = arguments.date("as_of")?;
            let (log, observer) = arguments.with_observer::<Transactions>("log")?;
            OverviewState::new_observed(&log, as_of, observer)
        })
        .operation("from_parts", &["summary", "profit"], |arguments| {
            let summary: &SummaryState = arguments.object("summary")?;
            let profit: &ProfitState = arguments.object("profit")?;
            OverviewState::from_parts(summary.clone(), profit.clone())
        })
        .operation("window", &["as_of"], |arguments| {
            Answer::written(&OverviewState::window(arguments.date("as_of")?)?)
        })
        .operation("with_contact", &["self", "statuses"], |arguments| {
            let state: &OverviewState = arguments.this()?;
            let statuses: &ContactStatuses = arguments.object("statuses")?;
            Ok(state.clone().with_contact(statuses.clone()))
        })
        .get("as_of", OverviewState::as_of)
        .get("summary", |state| state.summary().clone())
        .get("profit", |state| state.profit().clone())
        .get("contact", |state| state.contact().cloned())
        .get("in_key_order", OverviewState::in_key_order)
        .merged()
        .saved();
}

fn overview(room: &mut Room<'_>) {
    let kind = room
        .kind::<Overview>()
        .operation(
            "fit",
            &[
                "as_of",
                "params",
                "records",
                "source",
                "transactions",
                "events",
                "contact",
                "earlier_customers",
                "earlier",
                "rfm",
            ],
            fit,
        )
        .operation("fit_state", &["state", "params"], |arguments| {
            let params: OverviewParams = arguments.params()?;
            let (state, observer) = arguments.with_observer::<OverviewState>("state")?;
            params.fit_state_observed(&state, observer)
        })
        .defaults::<OverviewParams>()
        .get("as_of", Overview::as_of)
        .get("receipt", |it| it.receipt().clone())
        .get("state", |it| it.state().cloned())
        .get("purchases", |it| it.purchases().cloned())
        .get("keys", |it| customers_of(it).cloned())
        .get("customers", Tables::record_batch)
        .get("gates", |it| it.table("gates"))
        .get("absent", |it| it.table("absent"))
        .get("summary", summary::page)
        .operation("find", &["self", "key"], |arguments| {
            let found = arguments.this::<Overview>()?.find(arguments.key("key")?);
            Ok(found.map(|number| number.0))
        })
        .operation("card", &["self", "key"], |arguments| {
            let it: &Overview = arguments.this()?;
            let card = it.card(arguments.key("key")?)?;
            card.map(|card| card::record(&card, it)).transpose()
        })
        .operation("actions", &["self", "params"], |arguments| {
            let overview: Arc<Overview> = arguments.share("self")?;
            let actions = overview.actions(&arguments.params::<ActionParams>()?)?;
            Ok(actions::Listed { overview, actions })
        })
        .get("json", written)
        .tables();
    chapters::of_overview(kind);
}

/// The arguments are the inputs; earlier segments are two lists, the customers and their segments.
fn fit(arguments: &mut Arguments<'_>) -> Result<Overview> {
    let params: OverviewParams = arguments.params()?;
    let as_of = arguments.date("as_of")?;
    let records: Option<Arc<Records>> = arguments.optional_share("records")?;
    let source: Option<String> = arguments.optional_json("source")?;
    let log: Option<Arc<Transactions>> = arguments.optional_share("transactions")?;
    let events: Option<Arc<Events>> = arguments.optional_share("events")?;
    let contact: Option<Arc<ContactStatuses>> = arguments.optional_share("contact")?;
    let rfm: Option<Arc<Rfm>> = arguments.optional_share("rfm")?;
    let customers: Vec<Arc<Customers>> = arguments.shares("earlier_customers")?;
    let earlier: Vec<Arc<Assignments>> = arguments.shares("earlier")?;
    Error::check_length("earlier", customers.len(), earlier.len())?;

    let mut inputs = OverviewInputs::new();
    if let Some(records) = &records {
        inputs = inputs.records(records);
    }
    if let Some(source) = &source {
        inputs = inputs.source(source);
    }
    if let Some(log) = &log {
        inputs = inputs.transactions(log);
    }
    if let Some(events) = &events {
        inputs = inputs.events(events);
    }
    if let Some(contact) = &contact {
        inputs = inputs.contact(contact);
    }
    if let Some(rfm) = &rfm {
        inputs = inputs.rfm(rfm);
    }
    for (customers, segments) in customers.iter().zip(&earlier) {
        inputs = inputs.earlier(customers, segments);
    }
    params.fit_observed(&inputs, as_of, arguments.observer())
}

/// The receipt. Its text is that of `serde_json` in Rust, to the letter.
fn receipt(room: &mut Room<'_>) {
    room.kind::<Receipt>()
        .operation("read", &["text"], |arguments| {
            let text: String = arguments.json("text")?;
            serde_json::from_str::<Receipt>(&text).map_err(|error| Error::ModelFormat {
                expected: "the text of a receipt".into(),
                found: error.to_string().into(),
            })
        })
        .get("id", Receipt::id)
        .get("text", written)
        .get("version", |it| it.version.clone())
        .get("as_of", |it| it.as_of)
        .get("seed", |it| it.seed)
        .get("inputs", |it| Answer::written(&it.inputs))
        .get("parameters", |it| it.parameters.clone())
        .tables();
}

/// As a line of JSON.
fn written(it: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(it).map_err(|error| Error::ModelFormat {
        expected: "what JSON can hold".into(),
        found: error.to_string().into(),
    })
}

/// The customers whose rows the columns of an overview are.
fn customers_of(overview: &Overview) -> Option<&Customers> {
    if let Some(summary) = overview.purchases() {
        return Some(summary.customers());
    }
    // Without transactions they are in the table alone, which is then short.
    let table = overview.customers();
    match table.column("customer") {
        Some(TableColumn::Keys(customers)) => Some(*customers),
        _ => None,
    }
}

/// Why something is not there, by kind and in words.
fn absence(absence: &Absence) -> Result<Answer> {
    Answer::written(absence)
}

fn answer(it: impl IntoAnswer) -> Result<Answer> {
    it.into_answer()
}

fn object<T: super::Held>(it: T) -> Answer {
    Answer::Object(Object::new(it))
}

/// A number that may not be there.
fn number(number: Option<f64>) -> Answer {
    number.map_or(Answer::Nothing, Answer::Float)
}

/// The kind of the overview itself, that its parts add their operations to.
type OfOverview<'r> = Kind<'r, Overview>;
