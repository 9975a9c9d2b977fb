//! Small bases by hand; random and simulated ones in the files beside.

mod keys;
mod random;
mod simulated;

use std::ops::ControlFlow;

use chrono::NaiveDate;

use super::*;
use crate::{
    Error, ErrorKind, Progress,
    data::{
        ContactStatus::{self, Allowed, Refused, Unknown},
        ContactStatuses, Currency, Customers, MinorUnits, date_of_day,
    },
    identity::{BlockingParams, BlockingRule, MatchWeight, ResolveParams, Threshold},
};

const LEVEL: f64 = 0.95;

fn day(number: i32) -> NaiveDate {
    date_of_day(number).unwrap()
}

/// Only these records are one person, whatever they say.
fn known(pairs: &[(u32, u32)]) -> IdentityParams {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|&(a, b)| (RecordIx(a), RecordIx(b)))
        .collect();
    let never = Threshold::Weight(MatchWeight::from_bits(30_000.0).unwrap());
    IdentityParams::default()
        .blocking(BlockingParams::new(vec![BlockingRule::on(["city"])]))
        .resolve(ResolveParams::default().threshold(never).must_link(&pairs))
}

fn cities(count: usize) -> Vec<&'static str> {
    ["Ulm", "Ulm", "Bonn", "Bonn"]
        .into_iter()
        .cycle()
        .take(count)
        .collect()
}

fn records_of(sources: &[&str], keys: &[&str]) -> Records {
    Records::builder()
        .text_keys(keys)
        .sources(sources)
        .city(&cities(keys.len()))
        .column(
            "team",
            crate::identity::FieldKind::Text,
            &["red", "blue", "red", "red"].repeat(2)[..keys.len()],
        )
        .build()
        .unwrap()
}

fn log_of(keys: &[&str], days: &[i32], amounts: &[i64]) -> Transactions {
    Transactions::builder(Currency::EUR)
        .text_keys(keys)
        .days(days.to_vec())
        .amounts(amounts.to_vec())
        .build()
        .unwrap()
}

fn texts(customers: &Customers) -> Vec<String> {
    customers.keys().map(|key| key.to_string()).collect()
}

fn found(keys: &Keys, key: &str) -> Option<u32> {
    keys.find(key.into()).map(|customer| customer.0)
}

fn statuses(of: &[(&str, ContactStatus)]) -> ContactStatuses {
    let keys: Vec<&str> = of.iter().map(|(key, _)| *key).collect();
    let (customers, rows) = Customers::from_texts(&keys).unwrap();
    let said = of.iter().map(|(_, said)| *said);
    ContactStatuses::new(&customers, rows.into_iter().zip(said)).unwrap()
}

fn people_of(chapter: &IdentityChapter) -> (f64, f64, f64) {
    let of = chapter.people_interval.unwrap();
    (of.value, of.lo, of.hi)
}

/// Ann has the keys a1 and a2, Bob b, Cid c; a purchase of x has no record, and Cid none.
fn small() -> (Records, Transactions) {
    let records = records_of(&[""; 4], &["a1", "a2", "b", "c"]);
    let log = log_of(
        &["a1", "b", "x", "a2", "b", "a1"],
        &[0, 3, 4, 5, 9, 40],
        &[1_000, 700, 300, 500, -200, 9_900],
    );
    (records, log)
}

fn small_resolved(as_of: i32) -> Resolved {
    let (records, log) = small();
    let params = known(&[(0, 1)]);
    resolve(
        &records,
        None,
        Some(&log),
        day(as_of),
        &params,
        LEVEL,
        &mut (),
    )
    .unwrap()
}

#[test]
fn two_keys_of_one_person_are_counted_once() {
    let chapter = small_resolved(30).chapter;
    let before = chapter.fragmented.unwrap();
    // Each key has one purchase day; that of 9 has a refund only.
    assert_eq!(
        (before.customers, before.one_time, before.repeat_days),
        (4, 4, 0)
    );
    assert_eq!(before.revenue, MinorUnits(2_300));
    assert_eq!(before.repeat_rate.unwrap().to_bits(), 0.0f64.to_bits());
    assert_eq!(
        before.revenue_per_customer.unwrap().to_bits(),
        5.75f64.to_bits()
    );
    let after = chapter.resolved.unwrap();
    assert_eq!(
        (after.customers, after.one_time, after.repeat_days),
        (3, 2, 1)
    );
    assert_eq!(after.revenue, MinorUnits(2_300));
    assert_eq!(
        after.repeat_rate.unwrap().to_bits(),
        (1.0f64 / 3.0).to_bits()
    );
    assert_eq!(
        after.revenue_per_customer.unwrap().to_bits(),
        (23.0f64 / 3.0).to_bits()
    );

    assert_eq!((chapter.records, chapter.people), (4, 3));
    assert_eq!(chapter.cluster(), [0, 0, 1, 2]);
    let matched = chapter.matched.unwrap();
    assert_eq!((matched.known_customers, matched.unknown_customers), (3, 1));
    assert_eq!((matched.customers_before, matched.customers_after), (4, 3));
    assert_eq!(matched.unknown_money, MinorUnits(300));
    assert_eq!(chapter.statement, None);
    // What must be is in no doubt.
    let doubts = chapter.doubts.unwrap();
    assert_eq!((doubts.customers.lo, doubts.customers.hi), (3.0, 3.0));
    assert!((doubts.repeat_rate.value - 1.0 / 3.0).abs() < 1e-15);
    assert_eq!(people_of(&chapter), (3.0, 3.0, 3.0));
}

#[test]
fn figures_stop_at_the_day() {
    let at = |as_of| small_resolved(as_of).chapter;
    let counts = |of: Option<BaseFigures>| {
        let of = of.unwrap();
        (of.customers, of.one_time, of.revenue.0)
    };
    assert_eq!(counts(at(4).fragmented), (3, 3, 2_000));
    assert_eq!(counts(at(4).resolved), (3, 3, 2_000));
    assert_eq!(counts(at(40).fragmented), (4, 3, 12_200));
    assert_eq!(counts(at(40).resolved), (3, 2, 12_200));
    let before = at(-1);
    assert_eq!(counts(before.resolved), (0, 0, 0));
    assert_eq!(before.resolved.unwrap().repeat_rate, None);
    assert_eq!(before.resolved.unwrap().revenue_per_customer, None);
    assert_eq!(before.doubts, None);
}

#[test]
fn without_a_log_the_people_are_the_customers() {
    let (records, _) = small();
    let params = known(&[(0, 1)]);
    let of = resolve(&records, None, None, day(9), &params, LEVEL, &mut ()).unwrap();
    assert_eq!(of.log, None);
    assert_eq!(texts(of.keys.customers()), ["a1", "b", "c"]);
    assert_eq!(found(&of.keys, "a2"), Some(0));
    assert_eq!(of.keys.keys_of(CustomerIx(0)), ["a1", "a2"]);
    assert_eq!(of.chapter.records_of(CustomerIx(2)), [RecordIx(3)]);
    let chapter = &of.chapter;
    assert_eq!((chapter.fragmented, chapter.resolved), (None, None));
    assert_eq!((chapter.matched, chapter.doubts), (None, None));
    assert_eq!(people_of(chapter), (3.0, 3.0, 3.0));

    // The same key in two sources, of two people.
    let records = records_of(&["web", "a:b", "web"], &["1", "1", "2"]);
    let params = known(&[]);
    let of = resolve(&records, None, None, day(9), &params, LEVEL, &mut ()).unwrap();
    assert_eq!(texts(of.keys.customers()), [r"a\:b:1", "web:1", "web:2"]);
    assert_eq!(found(&of.keys, "web:1"), Some(1));
    assert_eq!(
        (found(&of.keys, "1"), found(&of.keys, "2")),
        (None, Some(2))
    );
    // One of them is named: its keys come first.
    let of = resolve(&records, Some("web"), None, day(9), &params, LEVEL, &mut ()).unwrap();
    assert_eq!(found(&of.keys, "1"), Some(1));
}

#[test]
fn records_that_nothing_pairs_are_people_of_their_own() {
    let surnames = ["Lee", "Ma", "Ito"];
    let builder = Records::builder().text_keys(&["a", "b", "c"]);
    let records = builder.surname(&surnames).build().unwrap();
    let log = log_of(&["c", "a"], &[0, 1], &[500, 500]);
    let params = IdentityParams::default();
    let of = resolve(&records, None, Some(&log), day(9), &params, LEVEL, &mut ()).unwrap();
    let chapter = &of.chapter;
    assert_eq!((chapter.people, chapter.cluster()), (3, &[0, 1, 2][..]));
    assert_eq!((chapter.pairs_compared, chapter.threshold), (0, None));
    assert_eq!((chapter.expected, chapter.people_interval), (None, None));
    assert_eq!(chapter.fragmented, chapter.resolved);
    let statement = chapter.statement.as_deref().unwrap();
    assert!(
        statement.contains("2000000 pairs") && statement.contains("Add columns"),
        "{statement}"
    );
    assert_eq!(texts(of.keys.customers()), ["c", "a"]);

    let rules = BlockingParams::new(vec![BlockingRule::on(["surname"])]);
    let params = params.blocking(rules);
    let of = resolve(&records, None, Some(&log), day(9), &params, LEVEL, &mut ()).unwrap();
    assert!(of.chapter.statement.unwrap().contains("other rules"));
}

#[test]
fn no_records_leave_a_log_as_it_is() {
    let records = Records::builder().int_keys(&[]).build().unwrap();
    let (_, log) = small();
    let params = IdentityParams::default();
    let of = resolve(&records, None, Some(&log), day(9), &params, LEVEL, &mut ()).unwrap();
    assert_eq!(of.log.as_ref(), Some(&log));
    assert_eq!(texts(of.keys.customers()), ["a1", "b", "x", "a2"]);
    assert_eq!(of.keys, Keys::as_they_are(log.customers()));
    assert_eq!((of.chapter.records, of.chapter.people), (0, 0));
    let matched = of.chapter.matched.unwrap();
    assert_eq!((matched.known_customers, matched.unknown_customers), (0, 4));
    assert_eq!(
        (matched.unknown_rows, matched.unknown_money),
        (6, MinorUnits(12_200))
    );
    assert_eq!((matched.customers_before, matched.customers_after), (4, 4));
    let statement = of.chapter.statement.unwrap();
    assert!(statement.contains("fewer than two records"), "{statement}");
    assert!(statement.contains("No key of the log"), "{statement}");

    let of = resolve(&records, None, None, day(9), &params, LEVEL, &mut ()).unwrap();
    assert!(of.keys.customers().is_empty() && of.log.is_none());
    // A log without rows has nothing that could match.
    let none = log_of(&[], &[], &[]);
    let of = resolve(&records, None, Some(&none), day(9), &params, LEVEL, &mut ()).unwrap();
    assert_eq!(of.chapter.resolved.unwrap().customers, 0);
    assert!(!of.chapter.statement.unwrap().contains("No key of the log"));
}

#[test]
fn keys_that_match_nobody_are_told() {
    let (records, _) = small();
    let log = log_of(&["A1", "B"], &[0, 1], &[500, 500]);
    let params = known(&[(0, 1)]);
    let of = resolve(&records, None, Some(&log), day(9), &params, LEVEL, &mut ()).unwrap();
    assert!(
        of.chapter
            .statement
            .unwrap()
            .starts_with("No key of the log")
    );
    assert_eq!(texts(of.keys.customers()), ["A1", "B"]);
    assert_eq!(
        (found(&of.keys, "a1"), found(&of.keys, "B")),
        (None, Some(1))
    );
    assert_eq!(of.chapter.doubts, None);
}

#[test]
fn the_chapter_shows_no_keys() {
    let of = small_resolved(30);
    let shown = format!("{:?}{}", of, serde_json::to_string(&of.chapter).unwrap());
    assert!(shown.contains("people"));
    for secret in ["a1", "a2", "log:x", "Ulm"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn a_level_that_cannot_be_is_refused_before_any_work() {
    let (records, log) = small();
    let mut asked = 0;
    for level in [0.0, 1.0, f64::NAN, 95.0] {
        let mut watch = |_: Progress| {
            asked += 1;
            ControlFlow::Continue(())
        };
        let params = IdentityParams::default();
        let of = resolve(
            &records,
            None,
            Some(&log),
            day(9),
            &params,
            level,
            &mut watch,
        );
        assert_eq!(of.unwrap_err().kind(), ErrorKind::InvalidParameter);
    }
    assert_eq!(asked, 0);
}

#[test]
fn an_observer_may_stop_every_step() {
    let (records, log) = small();
    let params = known(&[(0, 1)]);
    let run = |stop: usize| {
        let mut seen = Vec::new();
        let mut watch = |progress: Progress| {
            seen.push(progress);
            if seen.len() == stop {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let of = resolve(
            &records,
            None,
            Some(&log),
            day(30),
            &params,
            LEVEL,
            &mut watch,
        );
        (of.map(|of| of.chapter), seen)
    };
    let (all, seen) = run(usize::MAX);
    let own = seen
        .iter()
        .filter(|of| of.stage == "finding out who is who");
    let own: Vec<(u64, u64)> = own.map(|of| (of.done, of.total)).collect();
    assert_eq!(own, (1..8).map(|step| (step, 7)).collect::<Vec<_>>());
    for stage in ["scoring pairs", "summarising", "drawing alternatives"] {
        assert!(seen.iter().any(|of| of.stage == stage), "{stage}");
    }
    for stop in 1..=seen.len() {
        let (of, seen) = run(stop);
        assert_eq!(of.unwrap_err().kind(), ErrorKind::Cancelled);
        assert_eq!(seen.len(), stop);
    }
    assert_eq!(all.unwrap(), small_resolved(30).chapter);
}
