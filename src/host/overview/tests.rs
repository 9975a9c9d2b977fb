//! A host has the same overview as Rust: receipts and figures, to the letter.

use serde_json::{Value, json};

use super::super::{Answer, Argument, Object, call};
use crate::{
    ErrorKind,
    arrow::Tables,
    data::{ContactStatus, ContactStatuses, Transactions, date_of_day},
    overview::{ActionParams, Overview, OverviewInputs, OverviewParams, OverviewState},
    simulate::PurchaseLogParams,
};

fn ask(operation: &str, named: Vec<(&str, Argument)>) -> crate::Result<Answer> {
    let named = named.into_iter().map(|(name, it)| (name.to_owned(), it));
    call(&format!("overview.{operation}"), named.collect(), &mut ())
}

fn object(operation: &str, named: Vec<(&str, Argument)>) -> Object {
    match ask(operation, named).unwrap() {
        Answer::Object(object) => object,
        other => panic!("{operation}: {other:?}"),
    }
}

fn text(operation: &str, of: &Object) -> String {
    match ask(operation, vec![("self", it(of))]).unwrap() {
        Answer::Text(text) => text,
        other => panic!("{operation}: {other:?}"),
    }
}

fn it(object: &Object) -> Argument {
    Argument::Object(object.clone())
}

fn plain(value: Value) -> Argument {
    Argument::Json(value)
}

/// A log, everybody of whom agreed.
fn given() -> (Transactions, ContactStatuses) {
    let log = PurchaseLogParams::default().customers(600);
    let log = log.generate().unwrap().transactions;
    let said = log
        .customers()
        .numbers()
        .map(|it| (it, ContactStatus::Allowed));
    let contact = ContactStatuses::new(log.customers(), said).unwrap();
    (log, contact)
}

#[test]
fn a_host_gets_what_rust_gets() {
    let (log, contact) = given();
    let day = date_of_day(10_407).unwrap();
    let params = OverviewParams::default().margin(0.4).seed(7);
    let inputs = OverviewInputs::new().transactions(&log).contact(&contact);
    let of_rust: Overview = params.fit(&inputs, day).unwrap();
    let of_host = object(
        "Overview.fit",
        vec![
            ("as_of", plain(json!(day))),
            ("params", plain(json!({"margin": 0.4, "seed": 7}))),
            ("transactions", it(&Object::new(log.clone()))),
            ("contact", it(&Object::new(contact.clone()))),
        ],
    );

    let receipt = object("Overview.receipt", vec![("self", it(&of_host))]);
    let of_text = serde_json::to_string(of_rust.receipt()).unwrap();
    assert_eq!(text("Receipt.text", &receipt), of_text);
    assert_eq!(text("Receipt.id", &receipt), of_rust.receipt().id());
    let json = text("Overview.json", &of_host);
    assert_eq!(json, serde_json::to_string(&of_rust).unwrap());

    let params = ActionParams::default().count(20).hold_out(0.2);
    let of_params = plain(json!({"count": 20, "hold_out": 0.2}));
    let actions = object(
        "Overview.actions",
        vec![("self", it(&of_host)), ("params", of_params)],
    );
    let of_rust = of_rust.actions(&params).unwrap();
    assert_eq!(text("Actions.receipt", &actions), of_rust.receipt());
    for name in ["actions", "reasons", "by_action"] {
        let table = ask(
            "Actions.table",
            vec![("self", it(&actions)), ("name", plain(json!(name)))],
        );
        let Answer::Table(table) = table.unwrap() else {
            panic!("no table {name}");
        };
        let expected = of_rust.table(name).unwrap();
        assert_eq!(table.num_rows(), expected.num_rows());
        for column in expected.schema().fields() {
            let of = |batch: &arrow_array::RecordBatch| {
                batch.column_by_name(column.name()).unwrap().clone()
            };
            assert_eq!(&of(&table), &of(&expected), "{name}: {}", column.name());
        }
    }
}

#[test]
fn chapters_are_there_or_say_why_not() {
    let (log, contact) = given();
    let day = date_of_day(10_407).unwrap();
    let state = OverviewState::new(&log, day).unwrap().with_contact(contact);
    let overview = object(
        "Overview.fit_state",
        vec![("state", it(&Object::new(state)))],
    );
    let whole = overview.get::<Overview>().unwrap();
    let absent = ["people"];
    for name in Overview::TABLES {
        let table = whole.table(name);
        assert_eq!(table.is_ok(), !absent.contains(name), "{name}: {table:?}");
    }
    let nothing = ask("Overview.identity", vec![("self", it(&overview))]);
    assert!(matches!(nothing.unwrap(), Answer::Nothing));
    let chapter = |operation: &str, name: &str| {
        let named = vec![("self", it(&overview)), ("chapter", plain(json!(name)))];
        ask(operation, named)
    };
    let why = chapter("Overview.absence", "identity").unwrap().to_json();
    assert_eq!(
        why,
        json!({"kind": "no_input", "reason": "needs records of people"})
    );
    let refused = chapter("Overview.require", "identity").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidParameter);
    let worth = chapter("Overview.require", "worth").unwrap();
    assert!(matches!(worth, Answer::Object(_)));
    let there = chapter("Overview.absence", "worth").unwrap();
    assert!(matches!(there, Answer::Nothing));
    let card = vec![("self", it(&overview)), ("key", plain(json!(7)))];
    let card = ask("Overview.card", card).unwrap().to_json();
    assert_eq!(card["keys"], json!(["7"]));
    assert_eq!(card["contact"], "allowed");
}
