//! Summaries, and the states they come from.

use crate::{
    Error, Result,
    data::{Categories, Customers, Transactions},
    host::{Answer, Arguments, Room},
    value::{LabelledState, Summary, SummaryState},
};

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<SummaryState>()
        .operation("new", &["log"], |arguments| {
            let (log, observer) = arguments.with_observer::<Transactions>("log")?;
            SummaryState::new_observed(&log, observer)
        })
        .operation("contribution", &["log"], |arguments| {
            SummaryState::contribution(arguments.object("log")?)
        })
        .operation("summary", &["self", "as_of"], |arguments| {
            arguments
                .this::<SummaryState>()?
                .summary(arguments.date("as_of")?)
        })
        .operation("of_customers", &["self", "keys"], |arguments| {
            let state: &SummaryState = arguments.this()?;
            let (wanted, rows) = arguments.keys("keys")?;
            let found = wanted.keys().map(|key| {
                let unknown = || Error::parameter("keys", key, "keys of customers of the state");
                state.customers().find(key).ok_or_else(unknown)
            });
            let found: Vec<_> = found.collect::<Result<_>>()?;
            let listed: Vec<_> = rows
                .iter()
                .filter_map(|row| found.get(row.at()).copied())
                .collect();
            state.of_customers(&listed)
        })
        .get("in_key_order", SummaryState::in_key_order)
        .get("daily_log", SummaryState::daily_log)
        .merged()
        .saved()
        .tables()
        .get("measure", |state| Answer::written(&state.measure()))
        .get("currency", |state| Answer::written(&state.currency()))
        .get("customers", |state| state.customers().clone());
    room.kind::<Summary>()
        .tables()
        .get("len", Summary::len)
        .get("as_of", Summary::as_of)
        .get("buyers", Summary::buyers)
        .get("days_after_as_of", Summary::days_after_as_of)
        .get("features", Summary::features)
        .get("currency", |summary| Answer::written(&summary.currency()))
        .get("customers", |summary| summary.customers().clone());
    room.kind::<LabelledState>()
        .operation("new", &["log", "labels"], |arguments| {
            LabelledState::new(arguments.object("log")?, &labels(arguments)?)
        })
        .operation("contribution", &["log", "labels"], |arguments| {
            LabelledState::contribution(arguments.object("log")?, &labels(arguments)?)
        })
        .operation("first_labels", &["self", "scheme", "as_of"], |arguments| {
            let scheme: String = arguments.json("scheme")?;
            let state: &LabelledState = arguments.this()?;
            state.first_labels(&scheme, arguments.date("as_of")?)
        })
        .get("in_key_order", LabelledState::in_key_order)
        .merged()
        .saved()
        .get("labels", |state| {
            state.labels().map(str::to_owned).collect::<Vec<String>>()
        })
        .get("measure", |state| Answer::written(&state.measure()))
        .get("currency", |state| Answer::written(&state.currency()))
        .get("customers", |state| -> Customers {
            state.customers().clone()
        });
}

/// The argument `labels`: the name of a column of labels of the log, or a label for each of its rows.
fn labels(arguments: &Arguments<'_>) -> Result<Categories> {
    let log: &Transactions = arguments.object("log")?;
    if let Ok(given) = arguments.object::<Categories>("labels") {
        return Ok(given.clone());
    }
    let Ok(name) = arguments.json::<String>("labels") else {
        return arguments.labels("labels");
    };
    let column = match name.as_str() {
        "order" => log.orders(),
        "item" => log.items(),
        "channel" => log.channels(),
        "source" => log.sources(),
        _ => None,
    };
    let expected = "a column of labels that the log has: order, item, channel or source";
    let missing = || Error::parameter("labels", name, expected);
    column.cloned().ok_or_else(missing)
}
