//! The summary against a naive count of the same rows, and its edges.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use custometry::{
    ErrorKind,
    data::{Currency, CustomerIx, Transactions, date_of_day, day_of_date},
    value::{Summary, SummaryState},
};
use proptest::prelude::*;

type Row = (i64, i32, i64);

fn day(number: i32) -> NaiveDate {
    date_of_day(number).unwrap()
}

fn summary(rows: &[Row], as_of: i32) -> custometry::Result<Summary> {
    let log = Transactions::builder(Currency::USD)
        .int_keys(&rows.iter().map(|row| row.0).collect::<Vec<_>>())
        .days(rows.iter().map(|row| row.1).collect())
        .amounts(rows.iter().map(|row| row.2).collect())
        .build()?;
    SummaryState::new(&log)?.summary(day(as_of))
}

proptest! {
    /// The definition, spelled out with sets.
    #[test]
    fn summary_agrees_with_the_definition(
        rows in prop::collection::vec((0i64..5, -4i32..12, -3i64..5), 0..50),
        as_of in -6i32..14,
    ) {
        let got = summary(&rows, as_of).unwrap();
        for customer in got.customers().numbers() {
            let Some(custometry::data::CustomerKey::Int(key)) = got.customers().key(customer) else {
                panic!("an integer key");
            };
            let known: Vec<&Row> = rows.iter().filter(|r| r.0 == key && r.1 <= as_of).collect();
            let purchase_days: BTreeSet<i32> =
                known.iter().filter(|row| row.2 >= 0).map(|row| row.1).collect();
            let mut money: BTreeMap<i32, i64> = BTreeMap::new();
            for row in &known {
                *money.entry(row.1).or_default() += row.2;
            }
            let on = |days: &BTreeSet<i32>| days.iter().map(|day| money[day]).sum::<i64>();
            let at = customer.at();
            let first = purchase_days.first().copied();
            prop_assert_eq!(got.first_purchase(customer).map(day_of_date), first);
            let last = purchase_days.last().copied();
            prop_assert_eq!(got.last_purchase(customer).map(day_of_date), last);
            let repeats = purchase_days.len().saturating_sub(1);
            prop_assert_eq!(got.frequency()[at] as usize, repeats);
            if let (Some(first), Some(last)) = (first, last) {
                prop_assert_eq!(got.recency()[at].cast_signed(), last - first);
                prop_assert_eq!(got.age()[at].cast_signed(), as_of - first);
                prop_assert_eq!(got.first_money()[at], money[&first]);
                prop_assert_eq!(got.days_since_last(customer).unwrap().cast_signed(), as_of - last);
            } else {
                let row = (got.recency()[at], got.age()[at], got.first_money()[at]);
                prop_assert_eq!(row, (0, 0, 0));
                prop_assert_eq!(got.days_since_last(customer), None);
            }
            prop_assert_eq!(got.first_money()[at] + got.repeat_money()[at], on(&purchase_days));
            let total: i64 = money.values().sum();
            prop_assert_eq!(got.total_money(customer).unwrap().0, total);
            prop_assert_eq!(got.refund_money()[at], total - on(&purchase_days));
        }
        let later: BTreeSet<(i64, i32)> =
            rows.iter().filter(|row| row.1 > as_of).map(|row| (row.0, row.1)).collect();
        prop_assert_eq!(got.days_after_as_of(), later.len() as u64);
    }
}

#[test]
fn a_customer_without_a_purchase_keeps_a_row() {
    let got = summary(&[(1, 5, -300), (2, 50, 700)], 10).unwrap();
    assert_eq!(got.len(), 2);
    assert_eq!(got.buyers(), 0);
    assert_eq!(
        (got.frequency(), got.recency(), got.age()),
        (&[0, 0][..], &[0, 0][..], &[0, 0][..])
    );
    assert_eq!(got.refund_money(), [-300, 0]);
    assert_eq!(got.first_purchase(CustomerIx(0)), None);
}

#[test]
fn money_past_64_bits_is_an_error_not_a_wrong_number() {
    let same_day = summary(&[(1, 0, i64::MAX), (1, 0, 1)], 0).unwrap_err();
    assert_eq!(same_day.kind(), ErrorKind::Overflow);
    let over_days = summary(&[(1, 0, i64::MAX), (1, 1, 1)], 1).unwrap_err();
    assert_eq!(over_days.kind(), ErrorKind::Overflow);
    // What fits in the end fits on the way, in any order.
    let got = summary(&[(1, 0, i64::MAX), (1, 0, 5), (1, 0, -5)], 0).unwrap();
    assert_eq!(got.total_money(CustomerIx(0)).unwrap().0, i64::MAX);
    let got = summary(&[(1, 0, i64::MIN)], 0).unwrap();
    assert_eq!(got.refund_money(), [i64::MIN]);
}

#[test]
fn the_whole_calendar_fits() {
    let (first, last) = (day_of_date(NaiveDate::MIN), day_of_date(NaiveDate::MAX));
    let got = summary(&[(1, last, 1), (1, first, 1)], last).unwrap();
    assert_eq!(got.recency()[0], last.abs_diff(first));
    assert_eq!(got.last_purchase(CustomerIx(0)), Some(NaiveDate::MAX));
}

#[test]
fn no_rows_give_an_empty_summary() {
    let got = summary(&[], 0).unwrap();
    assert!(got.is_empty());
    assert_eq!(got.days_after_as_of(), 0);
}
