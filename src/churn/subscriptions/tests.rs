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
