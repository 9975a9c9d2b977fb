//! Logs brought over to resolved customers: what a row says stays, whose it is changes.

use custometry::{
    ErrorKind,
    data::{
        Crosswalk, Currency, CustomerIx, CustomerKey, Customers, MatchReport, Merge, MinorUnits,
        Transactions, UnknownCustomers, date_of_day,
    },
    value::SummaryState,
};
use proptest::prelude::*;

/// A key, a day and an amount.
type Row = (u8, i32, i64);

fn log(rows: &[Row]) -> Transactions {
    let texts = |of: &dyn Fn(usize, &Row) -> String| -> Vec<String> {
        rows.iter()
            .enumerate()
            .map(|(at, row)| of(at, row))
            .collect()
    };
    Transactions::builder(Currency::EUR)
        .text_keys(&texts(&|_, row| format!("k{}", row.0)))
        .days(rows.iter().map(|row| row.1).collect())
        .amounts(rows.iter().map(|row| row.2).collect())
        .orders(&texts(&|at, _| format!("o{}", at / 2)))
        .items(&texts(&|at, row| {
            if at % 3 == 0 {
                String::new()
            } else {
                format!("i{}", row.0)
            }
        }))
        .quantities((0..rows.len()).map(|at| at as f64 * 0.5).collect())
        .channels(&texts(&|_, row| {
            ["web", "shop"][usize::from(row.0 % 2)].to_owned()
        }))
        .costs(rows.iter().map(|row| row.2 / 3).collect())
        .sources(&texts(&|_, row| format!("s{}", row.1 % 3)))
        .build()
        .unwrap()
}

/// Keys k0 to k5 are of the persons given; further keys are unknown.
fn crosswalk(persons: &[u32]) -> Crosswalk {
    let keys: Vec<String> = (0..persons.len()).map(|at| format!("k{at}")).collect();
    let entries = keys.iter().zip(persons);
    let of_shop = entries.map(|(key, &person)| ("shop", CustomerKey::Text(key), person));
    Crosswalk::of_persons(of_shop.chain([("web", 1.into(), 7)])).unwrap()
}

/// All that a row says but whose it is.
fn columns(log: &Transactions, row: usize) -> impl PartialEq + std::fmt::Debug {
    let label =
        |of: Option<&custometry::data::Categories>| of.unwrap().label(row).map(str::to_owned);
    (
        (
            log.days()[row],
            log.amounts()[row],
            log.costs().unwrap()[row],
        ),
        log.quantities().unwrap()[row].to_bits(),
        [log.orders(), log.items(), log.channels(), log.sources()].map(label),
    )
}

/// What a row of the log is expected to be keyed by.
fn expected(key: u8, persons: &[u32], unknown: UnknownCustomers) -> Option<String> {
    let known = persons.get(usize::from(key)).map(u32::to_string);
    match unknown {
        UnknownCustomers::Keep => known.or_else(|| Some(format!("shop:k{key}"))),
        _ => known,
    }
}

proptest! {
    #[test]
    fn rows_and_money_are_kept(
        rows in prop::collection::vec((0u8..9, 0i32..20, -500i64..500), 0..40),
        persons in prop::collection::vec(0u32..4, 1..7),
    ) {
        let (before, crosswalk) = (log(&rows), crosswalk(&persons));
        for unknown in [UnknownCustomers::Keep, UnknownCustomers::Drop] {
            let (after, report) = before.rekey("shop", &crosswalk, unknown).unwrap();
            let keyed: Vec<(usize, String)> = rows
                .iter()
                .enumerate()
                .filter_map(|(at, row)| Some((at, expected(row.0, &persons, unknown)?)))
                .collect();
            prop_assert_eq!(after.len(), keyed.len());
            for (row, (old, key)) in keyed.iter().enumerate() {
                let found = after.customers().key(after.customer()[row]).unwrap();
                prop_assert_eq!(&found.to_string(), key);
                prop_assert_eq!(columns(&after, row), columns(&before, *old));
            }
            // The numbers are those of the crosswalk.
            for (number, key) in crosswalk.customers().keys().enumerate() {
                let same = after.customers().keys().nth(number).unwrap();
                prop_assert_eq!(same.to_string(), key.to_string());
            }
            prop_assert_eq!(report, account(&rows, &persons, &keyed));
        }
        let all_known = rows.iter().all(|row| usize::from(row.0) < persons.len());
        let refused = before.rekey("shop", &crosswalk, UnknownCustomers::Refuse);
        prop_assert_eq!(refused.is_ok(), all_known);
        if all_known {
            let dropped = before.rekey("shop", &crosswalk, UnknownCustomers::Drop);
            prop_assert_eq!(refused, dropped);
        }
    }

    /// Bringing over shards and merging their states is bringing over the whole.
    #[test]
    fn shards_of_a_log_merge(
        rows in prop::collection::vec((0u8..9, 0i32..20, -500i64..500), 0..40),
        persons in prop::collection::vec(0u32..4, 1..7),
        cut in 0usize..40,
    ) {
        let crosswalk = crosswalk(&persons);
        let state = |rows: &[Row]| {
            let (log, _) = log(rows).rekey("shop", &crosswalk, UnknownCustomers::Keep).unwrap();
            SummaryState::new(&log).unwrap()
        };
        let cut = cut.min(rows.len());
        let merged = state(&rows[..cut]).merge(state(&rows[cut..])).unwrap();
        prop_assert_eq!(merged.in_key_order(), state(&rows).in_key_order());
    }
}

/// The report, counted the obvious way.
fn account(rows: &[Row], persons: &[u32], keyed: &[(usize, String)]) -> MatchReport {
    let distinct = |keys: Vec<String>| {
        keys.into_iter()
            .collect::<std::collections::BTreeSet<_>>()
            .len() as u64
    };
    let half = |known: bool| -> Vec<Row> {
        let is_known = |row: &&Row| (usize::from(row.0) < persons.len()) == known;
        rows.iter().filter(is_known).copied().collect()
    };
    let keys = |rows: &[Row]| distinct(rows.iter().map(|row| row.0.to_string()).collect());
    let money = |rows: &[Row]| MinorUnits(rows.iter().map(|row| row.2).sum());
    let (known, unknown) = (half(true), half(false));
    let mut report = MatchReport::default();
    report.known_customers = keys(&known);
    report.unknown_customers = keys(&unknown);
    report.known_rows = known.len() as u64;
    report.unknown_rows = unknown.len() as u64;
    report.known_money = money(&known);
    report.unknown_money = money(&unknown);
    report.customers_before = keys(rows);
    report.customers_after = distinct(keyed.iter().map(|(_, key)| key.clone()).collect());
    report
}

#[test]
fn two_keys_of_one_person_have_the_purchase_days_of_both() {
    // k0 buys on days 0 and 10, k1 on days 10 and 30. Together the person has three
    // purchase days: a frequency of 2 and a recency of 30 days.
    let before = log(&[(0, 0, 100), (0, 10, 200), (1, 10, 300), (1, 30, 400)]);
    let (after, report) = before
        .rekey("shop", &crosswalk(&[5, 5]), UnknownCustomers::Drop)
        .unwrap();
    assert_eq!((report.customers_before, report.customers_after), (2, 1));
    let as_of = date_of_day(40).unwrap();
    let summary = |log| SummaryState::new(log).unwrap().summary(as_of).unwrap();
    assert_eq!(summary(&before).frequency(), [1, 1]);
    assert_eq!(summary(&before).recency(), [10, 20]);

    let state = SummaryState::new(&after).unwrap();
    let person = after.customers().find(5.into()).unwrap();
    let days: Vec<_> = state.days_of(person).map(|day| day.money.0).collect();
    assert_eq!(days, [100, 500, 400]);
    // Person 7 of the web has no row and no history.
    let merged = summary(&after);
    assert_eq!(merged.frequency()[person.at()], 2);
    assert_eq!(merged.recency()[person.at()], 30);
    assert_eq!(merged.age()[person.at()], 40);
}

#[test]
fn logs_of_two_sources_share_one_numbering() {
    let crosswalk = crosswalk(&[7]);
    let web = Transactions::builder(Currency::EUR)
        .int_keys(&[1, 2])
        .days(vec![4, 5])
        .amounts(vec![50, 60])
        .build()
        .unwrap();
    let (shop, _) = log(&[(0, 0, 100)])
        .rekey("shop", &crosswalk, UnknownCustomers::Keep)
        .unwrap();
    let (web, _) = web
        .rekey("web", &crosswalk, UnknownCustomers::Keep)
        .unwrap();
    let state = |log| SummaryState::new(log).unwrap();
    let merged = state(&shop).merge(state(&web)).unwrap();
    let keys: Vec<String> = merged
        .customers()
        .keys()
        .map(|key| key.to_string())
        .collect();
    assert_eq!(keys, ["7", "web:2"]);
    assert_eq!(merged.days_of(CustomerIx(0)).count(), 2);
}

#[test]
fn what_cannot_be_brought_over_is_refused() {
    let crosswalk = crosswalk(&[0]);
    let log = log(&[(0, 0, 1), (1, 0, 1)]);
    let refuse = |log: &Transactions, source, crosswalk: &Crosswalk, unknown| {
        log.rekey(source, crosswalk, unknown).unwrap_err()
    };
    let source = refuse(&log, "Shop", &crosswalk, UnknownCustomers::Keep);
    let message = r#"source is "Shop", expected one of the crosswalk: "shop", "web""#;
    assert_eq!(source.to_string(), message);
    let kind = refuse(&log, "web", &crosswalk, UnknownCustomers::Drop);
    assert_eq!(kind.kind(), ErrorKind::VersionMismatch);
    assert_eq!(
        kind.to_string(),
        "kind of customer key is text, expected integer"
    );
    let unknown = refuse(&log, "shop", &crosswalk, UnknownCustomers::Refuse).to_string();
    assert!(unknown.starts_with("column customer, row 1"), "{unknown}");

    // A resolved customer has the key that the unknown one would get.
    let (customers, _) = Customers::from_texts(&["shop:k1"]).unwrap();
    let taken = Crosswalk::new(customers, [("shop", "k0".into(), CustomerIx(0))]).unwrap();
    let error = refuse(&log, "shop", &taken, UnknownCustomers::Keep).to_string();
    assert!(error.starts_with("column customer, row 1"), "{error}");
    assert!(error.contains("shop:k1"), "{error}");
    assert!(log.rekey("shop", &taken, UnknownCustomers::Drop).is_ok());

    let rich = Transactions::builder(Currency::EUR)
        .text_keys(&["k0", "k0"])
        .days(vec![0, 1])
        .amounts(vec![i64::MAX, 1])
        .build()
        .unwrap();
    let error = refuse(&rich, "shop", &crosswalk, UnknownCustomers::Keep);
    assert_eq!(error.kind(), ErrorKind::Overflow);
}

#[test]
fn names_of_sources_never_run_into_keys() {
    let key_of = |source: &str, key: &str| {
        let crosswalk = Crosswalk::of_persons([(source, "known".into(), 0)]).unwrap();
        let log = Transactions::builder(Currency::EUR)
            .text_keys(&[key])
            .days(vec![0])
            .amounts(vec![1])
            .build()
            .unwrap();
        let (log, _) = log
            .rekey(source, &crosswalk, UnknownCustomers::Keep)
            .unwrap();
        log.customers().key(CustomerIx(1)).unwrap().to_string()
    };
    assert_eq!(key_of("", "x"), ":x");
    assert_eq!(key_of("a", "b:c"), "a:b:c");
    assert_eq!(key_of("a:b", "c"), r"a\:b:c");
    assert_eq!(key_of(r"a\", ":c"), r"a\\::c");
    assert_eq!(key_of(r"a\:", "c"), r"a\\\::c");
}

#[test]
fn customers_without_a_row_are_kept_but_not_counted() {
    let (customers, rows) = Customers::from_texts(&["k0", "k1", "k8"]).unwrap();
    let log = Transactions::builder(Currency::EUR)
        .numbered(customers, vec![rows[1]])
        .days(vec![0])
        .amounts(vec![5])
        .build()
        .unwrap();
    let (log, report) = log
        .rekey("shop", &crosswalk(&[3, 4]), UnknownCustomers::Keep)
        .unwrap();
    let keys: Vec<String> = log.customers().keys().map(|key| key.to_string()).collect();
    assert_eq!(keys, ["3", "4", "7", "shop:k8"]);
    assert_eq!((report.customers_before, report.unknown_customers), (1, 0));
    assert_eq!(
        (report.customers_after, report.known_money),
        (1, MinorUnits(5))
    );
}
