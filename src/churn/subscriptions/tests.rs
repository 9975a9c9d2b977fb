use proptest::prelude::*;

use super::*;

fn book(rows: &[(i64, i32, Option<i32>, i64)]) -> Result<Subscriptions> {
    Subscriptions::builder(Currency::EUR)
        .int_keys(&rows.iter().map(|row| row.0).collect::<Vec<_>>())
        .starts(rows.iter().map(|row| row.1).collect())
        .ends(rows.iter().map(|row| row.2).collect())
        .monthly_money(rows.iter().map(|row| row.3).collect())
        .known_until(date_of_day(100).unwrap())
        .build()
}

fn spans(spells: &Spells, customer: u32) -> Vec<(i32, Option<i32>)> {
    let spells = spells.of(CustomerIx(customer));
    spells.map(|spell| (spell.start, spell.end)).collect()
}

#[test]
fn periods_at_most_the_gap_apart_are_one_spell() {
    let book = book(&[
        (1, 20, Some(25), 5),
        (1, 0, Some(10), 5),
        (1, 5, Some(8), 5), // within another: the longer one tells the end
        (2, 0, None, 5),
        (2, 50, Some(60), 5),
    ])
    .unwrap();
    assert_eq!(
        spans(&book.spells(9).unwrap(), 0),
        [(0, Some(10)), (20, Some(25))]
    );
    assert_eq!(spans(&book.spells(10).unwrap(), 0), [(0, Some(25))]);
    assert_eq!(spans(&book.spells(0).unwrap(), 1), [(0, None)]);
}

#[test]
fn an_end_is_known_once_the_gap_has_passed() {
    let book = book(&[(1, 0, Some(95), 5), (2, 96, None, 5)]).unwrap();
    assert_eq!(spans(&book.spells(4).unwrap(), 0), [(0, Some(95))]);
    let spells = book.spells(5).unwrap(); // a period may yet begin on day 100
    assert_eq!(spans(&spells, 0), [(0, None)]);
    assert_eq!(spans(&spells, 1), []);
    assert!(book.spells(u32::MAX).is_err());
}

#[test]
fn in_a_gap_the_last_amount_holds() {
    let book = book(&[
        (1, 0, Some(10), 500),
        (1, 2, Some(10), 70),
        (1, 14, None, 600),
    ])
    .unwrap();
    let customer = CustomerIx(0);
    assert_eq!(book.money_on(customer, 12).unwrap().0, 0);
    assert_eq!(book.money_in_spell(customer, 12).unwrap().0, 570);
    assert_eq!(book.money_in_spell(customer, 14).unwrap().0, 600);
    assert_eq!(book.money_on(CustomerIx(9), 12).unwrap().0, 0);
}

#[test]
fn bad_rows_are_named() {
    for (row, column) in [
        ((1, i32::MAX, None, 5), "starts"),
        ((1, 0, Some(i32::MAX), 5), "ends"),
        ((1, 5, Some(5), 5), "ends"),
        ((1, 5, None, -1), "monthly_money"),
    ] {
        let error = book(&[(1, 0, None, 5), row]).unwrap_err().to_string();
        assert!(
            error.starts_with(&format!("column {column}, row 1")),
            "{error}"
        );
    }
    let huge = book(&[(1, 0, None, i64::MAX), (1, 0, None, 1)]).unwrap();
    assert!(matches!(
        huge.money_on(CustomerIx(0), 1),
        Err(Error::Overflow { .. })
    ));
    let none = Subscriptions::builder(Currency::EUR).int_keys(&[]).build();
    assert!(matches!(none, Err(Error::NotEnoughData { .. })));
    let short = Subscriptions::builder(Currency::EUR)
        .int_keys(&[1])
        .known_until(date_of_day(0).unwrap());
    assert!(matches!(short.build(), Err(Error::LengthMismatch { .. })));
}

#[test]
fn numbered_customers_must_exist() {
    let (customers, rows) = Customers::from_texts(&["ann", "bob", "cid"]).unwrap();
    let book = |rows: Vec<CustomerIx>| {
        Subscriptions::builder(Currency::EUR)
            .numbered(customers.clone(), rows)
            .starts(vec![0, 5])
            .ends(vec![None, None])
            .monthly_money(vec![100, 200])
            .known_until(date_of_day(100).unwrap())
            .build()
    };
    let made = book(vec![rows[2], rows[0]]).unwrap();
    assert_eq!(made.customers(), &customers);
    assert_eq!(made.money_on(rows[2], 9).unwrap(), MinorUnits(100));
    assert_eq!(spans(&made.spells(0).unwrap(), 1), []);
    let error = book(vec![rows[0], CustomerIx(3)]).unwrap_err().to_string();
    assert!(
        error.contains("customer, row 1") && error.contains("3 of 3"),
        "{error}"
    );
}

#[test]
fn grace_lasts_until_the_break_is_too_long() {
    let book = book(&[
        (1, 0, Some(10), 5),
        (1, 14, Some(20), 5), // four days late
        (2, 0, Some(96), 5),
        (3, 0, Some(97), 5),
    ])
    .unwrap();
    let three = book.spells_with_grace(3).unwrap();
    assert_eq!(spans(&three, 0), [(0, Some(13)), (14, Some(23))]);
    assert_eq!(spans(&three, 1), [(0, Some(99))]);
    assert_eq!(spans(&three, 2), [(0, None)]);
    assert_eq!(three.known_until(), 100);
    assert_eq!(
        three.definition(),
        &ChurnDefinition::Lapsed { grace_days: 3 }
    );
    // Who renews on the day on which the grace ends goes on.
    let four = book.spells_with_grace(4).unwrap();
    assert_eq!(spans(&four, 0), [(0, Some(24))]);
    let ever = book.spells_with_grace(u32::MAX).unwrap();
    assert_eq!(spans(&ever, 0), [(0, None)]);
    assert_eq!(
        spans(&book.spells_with_grace(0).unwrap(), 0),
        spans(&book.spells(0).unwrap(), 0)
    );
}

#[test]
fn the_cause_of_an_end_that_is_not_known_is_left_out() {
    let book = Subscriptions::builder(Currency::EUR)
        .int_keys(&[1, 2])
        .starts(vec![0, 0])
        .ends(vec![Some(50), Some(95)])
        .monthly_money(vec![1, 1])
        .end_causes(&[Some("price"), Some("moved")])
        .known_until(date_of_day(100).unwrap());
    let book = book.build().unwrap();
    let causes = |spells: &Spells| {
        [0, 1].map(|customer| spells.of(CustomerIx(customer)).next().unwrap().cause)
    };
    assert_eq!(causes(&book.spells(0).unwrap()), [Some(1), Some(0)]);
    assert_eq!(causes(&book.spells(5).unwrap()), [Some(1), None]);
    assert_eq!(causes(&book.spells_with_grace(5).unwrap()), [Some(1), None]);
}

#[test]
fn any_number_of_threads_gives_the_same_spells() {
    let rows: Vec<(i64, i32, Option<i32>, i64)> = (0..30_000)
        .map(|at: i32| {
            let (start, stay) = (at * 37 % 80, 1 + at * 13 % 30);
            (
                i64::from(at % 11_000),
                start,
                Some(start + stay).filter(|_| at % 5 > 0),
                1,
            )
        })
        .collect();
    let book = book(&rows).unwrap();
    let made = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        pool.install(|| (book.spells(4).unwrap(), book.spells_with_grace(4).unwrap()))
    };
    let one = made(1);
    for threads in [2, 3, 8] {
        assert_eq!(made(threads), one);
    }
}

proptest! {
    /// Both kinds of spells against what the periods say of each day.
    #[test]
    fn spells_are_what_the_periods_say_each_day(
        rows in prop::collection::vec((0i32..70, prop::option::of(1i32..30)), 1..9),
        gap in 0i32..12,
        known_until in 1i32..110,
    ) {
        let rows: Vec<(i64, i32, Option<i32>, i64)> = rows
            .into_iter()
            .map(|(start, stay)| (7, start, stay.map(|stay| start + stay), 1))
            .collect();
        let mut book = book(&rows).unwrap();
        book.known_until = known_until;
        let (hindsight, grace) = (
            book.spells(gap.unsigned_abs()).unwrap(),
            book.spells_with_grace(gap.unsigned_abs()).unwrap(),
        );
        for day in 0..known_until {
            // Until when those who have begun by this day go on.
            let begun = rows.iter().filter(|row| row.1 <= day);
            let last = begun.map(|row| row.2.unwrap_or(i32::MAX - 50)).max();
            let bridged = |last: i32| {
                rows.iter().any(|row| row.1 > day && i64::from(row.1) - i64::from(last) <= i64::from(gap))
            };
            let was = last.is_some_and(|last| day < last || bridged(last));
            if day < known_until - gap {
                prop_assert_eq!(hindsight.active_on(CustomerIx(0), day), was, "day {}", day);
            }
            let is = last.is_some_and(|last| day < last + gap);
            prop_assert_eq!(grace.active_on(CustomerIx(0), day), is, "day {}", day);
        }
        for spells in [hindsight, grace] {
            let rows: Vec<_> = spells.of(CustomerIx(0)).map(|it| (CustomerIx(0), it)).collect();
            let (definition, known) = (*spells.definition(), spells.known_until());
            let again =
                Spells::new(definition, spells.customers().clone(), known, &[""; 0], &rows);
            prop_assert_eq!(again.unwrap(), spells);
        }
    }
}
