use proptest::prelude::*;

use super::*;
use crate::{
    data::{Currency, Transactions},
    value::SummaryState,
};

const YEAR: ChurnDefinition = ChurnDefinition::Inactivity { days: 365 };

fn customers(len: i64) -> Customers {
    Customers::from_ints(&(0..len).collect::<Vec<_>>())
        .unwrap()
        .0
}

fn spell(start: i32, end: Option<i32>) -> Spell {
    let cause = None;
    Spell { start, end, cause }
}

#[test]
fn bad_spells_are_named() {
    let good = (CustomerIx(0), spell(0, Some(10)));
    let with = |cause, end| Spell {
        start: 20,
        end,
        cause,
    };
    for (bad, word) in [
        ((CustomerIx(2), spell(0, None)), "no such customer"),
        ((CustomerIx(0), spell(10, Some(12))), "touches"),
        ((CustomerIx(0), spell(9, None)), "overlaps"),
        ((CustomerIx(0), spell(20, Some(20))), "not after"),
        ((CustomerIx(0), spell(i32::MIN, None)), "calendar"),
        ((CustomerIx(0), with(Some(1), Some(30))), "no such cause"),
        ((CustomerIx(0), with(Some(0), None)), "needs an end"),
    ] {
        let made = Spells::new(YEAR, customers(2), 100, &["price"], &[good, bad]);
        let error = made.unwrap_err().to_string();
        assert!(error.contains("row 1") && error.contains(word), "{error}");
    }
    let twice = Spells::new(YEAR, customers(1), 100, &["a", "b", "a"], &[]).unwrap_err();
    assert!(
        twice.to_string().contains("row 0 and again in row 2"),
        "{twice}"
    );
    assert!(Spells::new(YEAR, customers(1), i32::MAX, &["a"], &[]).is_err());
}

#[test]
fn what_is_not_known_yet_is_open_or_left_out() {
    let rows = [
        (
            CustomerIx(0),
            Spell {
                start: 0,
                end: Some(100),
                cause: Some(0),
            },
        ),
        (CustomerIx(0), spell(101, None)),
        (CustomerIx(1), spell(100, None)),
    ];
    let spells = Spells::new(YEAR, customers(2), 100, &["price"], &rows).unwrap();
    assert_eq!(
        spells.of(CustomerIx(0)).collect::<Vec<_>>(),
        [spell(0, None)]
    );
    assert_eq!(spells.of(CustomerIx(1)).count(), 0);
    assert_eq!(spells.of(CustomerIx(u32::MAX)).count(), 0);
    assert!(spells.active_on(CustomerIx(0), 99) && !spells.active_on(CustomerIx(0), 100));
}

#[test]
fn saved_spells_come_back_and_broken_ones_do_not() {
    let rows = [
        (CustomerIx(1), spell(3, Some(9))),
        (
            CustomerIx(1),
            Spell {
                start: 12,
                end: Some(20),
                cause: Some(0),
            },
        ),
    ];
    let spells = Spells::new(YEAR, customers(2), 100, &["price"], &rows).unwrap();
    let text = persist::to_json(&spells).unwrap();
    assert_eq!(persist::from_json::<Spells>(&text).unwrap(), spells);
    for (part, broken) in [
        ("\"offsets\":[0,0,2]", "\"offsets\":[0,3,2]"),
        ("\"offsets\":[0,0,2]", "\"offsets\":[1,1,2]"),
        ("\"offsets\":[0,0,2]", "\"offsets\":[0,2]"),
        ("\"starts\":[3,12]", "\"starts\":[3,9]"),
        ("\"ends\":[9,20]", "\"ends\":[9]"),
        ("\"days\":365", "\"days\":0"),
    ] {
        assert!(text.contains(part), "{text}");
        let broken = text.replace(part, broken);
        assert!(persist::from_json::<Spells>(&broken).is_err(), "{broken}");
    }
}

fn purchases(rows: &[(i64, i32)]) -> SummaryState {
    let log = Transactions::builder(Currency::EUR)
        .int_keys(&rows.iter().map(|row| row.0).collect::<Vec<_>>())
        .days(rows.iter().map(|row| row.1).collect())
        .amounts(vec![100; rows.len()]);
    SummaryState::new(&log.build().unwrap()).unwrap()
}

#[test]
fn a_definition_that_purchases_do_not_settle_is_refused() {
    let contract = ChurnDefinition::Contractual {
        allowed_gap_days: 3,
    };
    let state = purchases(&[(1, 0)]);
    let error = Spells::of_purchases(&state, date_of_day(9).unwrap(), contract).unwrap_err();
    assert!(error.to_string().contains("Contractual"), "{error}");
}

#[test]
fn each_customer_may_be_silent_by_a_rhythm_of_their_own() {
    // Customer 0 buys every 10 days, customer 1 every 100; customer 2 bought once.
    let mut rows: Vec<(i64, i32)> = (0..=10).map(|at| (0, 10 * at)).collect();
    rows.extend((0..=10).map(|at| (1, 100 * at)));
    rows.push((2, 500));
    let state = purchases(&rows);
    let ends = |definition| {
        let spells = Spells::of_purchases(&state, date_of_day(5000).unwrap(), definition).unwrap();
        [0, 1, 2].map(|customer| spells.of(CustomerIx(customer)).last().unwrap().end.unwrap())
    };
    // Of 23 gaps 20 ended, half of them by day 10; the curve is 13/23 at 10 days, below a tenth
    // nowhere, and 3/23 at 100. At the quantile .8 all have 100 days: (10 · 10 + 5 · 100) / 15 = 40.
    let own = ChurnDefinition::OwnRhythm {
        quantile: 0.8,
        prior_gaps: 5.0,
    };
    assert_eq!(ends(own), [100 + 40, 1000 + 100, 500 + 100]);
    // The mean gap of all is 55: 2 · (10 · 10 + 10 · 55) / 20 = 65, 2 · (1000 + 550) / 20 = 155, 110.
    let overdue = ChurnDefinition::Overdue {
        ratio: 2.0,
        prior_gaps: 10.0,
    };
    assert_eq!(ends(overdue), [100 + 65, 1000 + 155, 500 + 110]);

    let as_of = date_of_day(5000).unwrap();
    let rare = ChurnDefinition::OwnRhythm {
        quantile: 0.9,
        prior_gaps: 5.0,
    };
    assert!(matches!(
        Spells::of_purchases(&state, as_of, rare),
        Err(Error::Degenerate { .. })
    ));
    let once = purchases(&[(1, 0)]);
    assert!(matches!(
        Spells::of_purchases(&once, as_of, overdue),
        Err(Error::NotEnoughData { .. })
    ));
}

proptest! {
    /// A customer on a day is one who bought on it or on one of the days - 1 before.
    #[test]
    fn inactivity_is_what_each_day_says(
        days in prop::collection::vec(0i32..120, 1..12),
        allowed in 1i32..40,
        as_of in 0i32..130,
    ) {
        let rows: Vec<(i64, i32)> = days.iter().map(|&day| (7, day)).collect();
        let definition = ChurnDefinition::Inactivity { days: allowed.unsigned_abs() };
        let as_of_date = date_of_day(as_of).unwrap();
        let spells = Spells::of_purchases(&purchases(&rows), as_of_date, definition).unwrap();
        for day in 0..=as_of {
            let bought = days.iter().any(|&it| it <= day && day - it < allowed);
            prop_assert_eq!(spells.active_on(CustomerIx(0), day), bought, "day {}", day);
        }
        let rebuilt: Vec<_> = spells.of(CustomerIx(0)).map(|it| (CustomerIx(0), it)).collect();
        let again =
            Spells::new(definition, spells.customers().clone(), as_of + 1, &[""; 0], &rebuilt);
        prop_assert_eq!(again.unwrap(), spells);
    }
}
