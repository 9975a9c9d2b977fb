//! Small bases by hand; simulated ones in the files beside.

mod simulated;

use std::ops::ControlFlow;

use chrono::NaiveDate;

use super::*;
use crate::{
    Error, ErrorKind, Progress,
    data::{
        ContactStatus::{self, Allowed, Refused, Unknown},
        ContactStatuses, Currency, CustomerKey, Customers, MinorUnits, date_of_day,
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
fn keys_lead_to_customers_and_back() {
    let Resolved { log, keys, chapter } = small_resolved(30);
    let log = log.unwrap();
    assert_eq!(texts(keys.customers()), ["a1", "b", "log:x"]);
    assert_eq!(log.customers(), keys.customers());
    let rows: Vec<u32> = log.customer().iter().map(|customer| customer.0).collect();
    assert_eq!(rows, [0, 1, 2, 0, 1, 0]);
    for (key, customer) in [
        ("a1", Some(0)),
        ("a2", Some(0)),
        ("b", Some(1)),
        ("x", Some(2)),
        ("log:x", Some(2)),
        ("c", None), // a record without a purchase
        ("z", None),
    ] {
        assert_eq!(found(&keys, key), customer, "{key}");
    }
    let own: Vec<Vec<String>> = (0..4).map(|at| keys.keys_of(CustomerIx(at))).collect();
    assert_eq!(own, [vec!["a1", "a2"], vec!["b"], vec!["x"], vec![]]);
    let records = |customer| chapter.records_of(CustomerIx(customer));
    assert_eq!(records(0), [RecordIx(0), RecordIx(1)]);
    assert_eq!(records(1), [RecordIx(2)]);
    assert!(records(2).is_empty() && records(3).is_empty() && records(u32::MAX).is_empty());
    let (others, _) = Customers::from_texts(&["z", "a2", "log:x", "c", "x"]).unwrap();
    let numbers = [None, Some(0), Some(2), None, Some(2)];
    assert_eq!(keys.numbers(&others), numbers.map(|at| at.map(CustomerIx)));
}

#[test]
fn the_stronger_word_of_all_keys_holds() {
    let keys = small_resolved(30).keys;
    let said = statuses(&[
        ("a1", Allowed),
        ("a2", Refused),
        ("b", Allowed),
        ("c", Allowed),
        ("z", Refused),
    ]);
    let (contact, nobody) = keys.contact(&said).unwrap();
    assert_eq!(contact.as_slice(), [Refused, Allowed, Unknown]);
    assert_eq!(contact.customers(), keys.customers());
    assert_eq!(nobody, 2);
    let (contact, _) = keys
        .contact(&statuses(&[("a2", Allowed), ("a1", Unknown)]))
        .unwrap();
    assert_eq!(contact.as_slice(), [Allowed, Unknown, Unknown]);
}

#[test]
fn a_key_of_two_people_is_no_permission_and_a_refusal_for_both() {
    // The number 1 is Ann's in the shop and Bob's in the web.
    let records = records_of(&["shop", "web", "shop", "web"], &["1", "1", "2", "3"]);
    let log = log_of(&["2", "3"], &[0, 1], &[500, 500]);
    let params = known(&[(0, 2), (1, 3)]);
    let of = resolve(&records, None, Some(&log), day(9), &params, LEVEL, &mut ()).unwrap();
    assert_eq!(found(&of.keys, "1"), None);
    assert_eq!(of.keys.keys_of(CustomerIx(0)), ["2", "1"]);
    let all = [("1", Refused), ("2", Allowed), ("3", Allowed)];
    let (contact, nobody) = of.keys.contact(&statuses(&all)).unwrap();
    assert_eq!((contact.as_slice(), nobody), (&[Refused, Refused][..], 0));
    let (contact, nobody) = of.keys.contact(&statuses(&[("1", Allowed)])).unwrap();
    assert_eq!((contact.as_slice(), nobody), (&[Unknown, Unknown][..], 1));
}

#[test]
fn a_key_of_two_people_in_the_log_asks_for_the_source() {
    let records = records_of(&["web", "shop", "web"], &["1", "1", "w"]);
    let log = log_of(&["1"], &[0], &[500]);
    let params = known(&[(1, 2)]);
    let of = |source| {
        resolve(
            &records,
            source,
            Some(&log),
            day(9),
            &params,
            LEVEL,
            &mut (),
        )
    };
    let error = of(None).unwrap_err();
    assert!(
        matches!(error, Error::InvalidParameter { name: "source", .. }),
        "{error}"
    );
    let message = error.to_string();
    assert!(message.contains(r#""shop" and in "web""#), "{message}");
    assert!(message.contains("name the source"), "{message}");

    let shop = of(Some("shop")).unwrap();
    assert_eq!(
        shop.chapter.records_of(CustomerIx(0)),
        [RecordIx(1), RecordIx(2)]
    );
    // Other keys of the web lead to people too, but say nothing of an input keyed as the log.
    assert_eq!(
        (found(&shop.keys, "1"), found(&shop.keys, "w")),
        (Some(0), Some(0))
    );
    let (input, _) = Customers::from_texts(&["1", "w"]).unwrap();
    assert_eq!(shop.keys.numbers(&input), [Some(CustomerIx(0)), None]);
    assert_eq!(shop.keys.keys_of(CustomerIx(0)), ["1", "w"]);
    // But for a refusal.
    let said = statuses(&[("1", Allowed), ("w", Refused), ("x", Refused)]);
    let (contact, nobody) = shop.keys.contact(&said).unwrap();
    assert_eq!((contact.as_slice(), nobody), (&[Refused][..], 1));
    let (contact, nobody) = shop.keys.contact(&statuses(&[("w", Allowed)])).unwrap();
    assert_eq!((contact.as_slice(), nobody), (&[Unknown][..], 1));
    let web = of(Some("web")).unwrap();
    assert_eq!(web.chapter.records_of(CustomerIx(0)), [RecordIx(0)]);

    let error = of(Some("crm")).unwrap_err().to_string();
    assert_eq!(
        error,
        r#"source is "crm", expected one of the sources of the records, ["shop", "web"]"#
    );
}

#[test]
fn one_key_of_one_person_in_two_sources_is_no_clash() {
    let records = records_of(&["web", "shop"], &["1", "1"]);
    let log = log_of(&["1"], &[0], &[500]);
    let params = known(&[(0, 1)]);
    let of = resolve(&records, None, Some(&log), day(9), &params, LEVEL, &mut ()).unwrap();
    assert_eq!(
        of.chapter.records_of(CustomerIx(0)),
        [RecordIx(0), RecordIx(1)]
    );
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
fn whole_numbers_and_texts_are_one_key_if_they_read_alike() {
    let ints = Records::builder()
        .int_keys(&[-7, 8, 9])
        .city(&["Ulm"; 3])
        .build()
        .unwrap();
    let text = records_of(&[""; 3], &["-7", "8", "9"]);
    let of_ints = Transactions::builder(Currency::EUR)
        .int_keys(&[8, -7, 5])
        .days(vec![0, 1, 2])
        .amounts(vec![1, 1, 1])
        .build()
        .unwrap();
    let of_text = log_of(&["8", "-7", "5"], &[0, 1, 2], &[1, 1, 1]);
    let params = known(&[(0, 1)]);
    for (records, log) in [
        (&ints, &of_text),
        (&text, &of_ints),
        (&ints, &of_ints),
        (&text, &of_text),
    ] {
        let of = resolve(records, None, Some(log), day(9), &params, LEVEL, &mut ()).unwrap();
        assert_eq!(texts(of.keys.customers()), ["8", "log:5"]);
        for (key, customer) in [
            (8, Some(0)),
            (-7, Some(0)),
            (5, Some(1)),
            (9, None),
            (6, None),
        ] {
            assert_eq!(of.keys.find(key.into()), customer.map(CustomerIx), "{key}");
            assert_eq!(found(&of.keys, &key.to_string()), customer, "{key}");
        }
        for other in [
            "+8",
            "08",
            "-07",
            "8 ",
            "-",
            "",
            "--7",
            "99999999999999999999",
        ] {
            assert_eq!(found(&of.keys, other), None, "{other}");
        }
        let mut own = of.keys.keys_of(CustomerIx(0));
        own.sort();
        assert_eq!(own, ["-7", "8"]);
        let (input, _) = Customers::from_ints(&[5, 9, -7]).unwrap();
        let numbers = [Some(CustomerIx(1)), None, Some(CustomerIx(0))];
        assert_eq!(of.keys.numbers(&input), numbers);
    }
    let zero = Keys::as_they_are(&Customers::from_ints(&[0]).unwrap().0);
    assert_eq!(
        (found(&zero, "0"), found(&zero, "-0"), found(&zero, "00")),
        (Some(0), None, None)
    );
}

#[test]
fn ready_keys_are_customers() {
    let (customers, _) = Customers::from_texts(&["ann", "bob"]).unwrap();
    let keys = Keys::as_they_are(&customers);
    assert_eq!(keys.customers(), &customers);
    assert_eq!((found(&keys, "bob"), found(&keys, "cid")), (Some(1), None));
    assert_eq!(keys.keys_of(CustomerIx(1)), ["bob"]);
    let said = statuses(&[("bob", Allowed), ("cid", Allowed), ("dan", Unknown)]);
    let (contact, nobody) = keys.contact(&said).unwrap();
    assert_eq!((contact.as_slice(), nobody), (&[Unknown, Allowed][..], 2));
    assert!(!format!("{keys:?}").contains("bob"));
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

#[test]
fn keys_of_a_kind_are_as_they_are_told() {
    // The own key of a customer without a record may not be that of one with a record.
    let records = records_of(&[""; 2], &["log:x", "b"]);
    let log = log_of(&["log:x", "x"], &[0, 1], &[1, 1]);
    let params = known(&[(0, 1)]);
    let error = resolve(&records, None, Some(&log), day(9), &params, LEVEL, &mut ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidValue);
    let key: CustomerKey<'_> = "log:x".into();
    assert!(error.to_string().contains(&key.to_string()));
}
