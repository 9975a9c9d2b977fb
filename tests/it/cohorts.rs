//! Cohorts against a plain account of each customer.

use chrono::{Datelike, NaiveDate};
use custometry::{
    ErrorKind,
    data::{Assignments, Currency, Segment, SegmentId, Transactions, date_of_day},
    value::{Cohort, CohortParams, CohortPeriod, Cohorts, SummaryState},
};
use proptest::prelude::*;

type Row = (i64, i32, i64);

fn log(rows: &[Row]) -> Transactions {
    Transactions::builder(Currency::EUR)
        .int_keys(&rows.iter().map(|row| row.0).collect::<Vec<_>>())
        .days(rows.iter().map(|row| row.1).collect())
        .amounts(rows.iter().map(|row| row.2).collect())
        .build()
        .unwrap()
}

/// The number of a period, by plain arithmetic.
fn number(period: CohortPeriod, day: i32) -> i32 {
    let date = date_of_day(day).unwrap();
    let month = date.year() * 12 + i32::try_from(date.month0()).unwrap();
    match period {
        CohortPeriod::Quarter => month.div_euclid(3),
        CohortPeriod::Year => month.div_euclid(12),
        _ => month,
    }
}

/// Each cell from the rows one by one: active, repeated, purchases and money.
fn plain_cell(rows: &[Row], period: CohortPeriod, as_of: i32, cohort: i32, age: i32) -> [i64; 4] {
    let mut cell = [0; 4];
    for customer in 0..12 {
        let mine: Vec<&Row> = rows
            .iter()
            .filter(|row| row.0 == customer && row.1 <= as_of)
            .collect();
        let mut bought: Vec<i32> = mine
            .iter()
            .filter(|row| row.2 >= 0)
            .map(|row| row.1)
            .collect();
        bought.sort_unstable();
        bought.dedup();
        let Some(&first) = bought.first() else {
            continue;
        };
        if number(period, first) != cohort {
            continue;
        }
        let here = |day: &i32| number(period, *day) == cohort + age;
        cell[0] += i64::from(bought.iter().any(here));
        let second = bought.get(1).map(|&day| number(period, day));
        cell[1] += i64::from(second.is_some_and(|second| second <= cohort + age));
        cell[2] += bought
            .iter()
            .filter(|day| here(day))
            .map(|_| 1)
            .sum::<i64>();
        let counted = mine.iter().filter(|row| row.1 >= first && here(&row.1));
        cell[3] += counted.map(|row| row.2).sum::<i64>();
    }
    cell
}

fn columns(cohort: &Cohort, age: usize) -> [i64; 4] {
    let cell = cohort.cells[age];
    let count = |count: u64| i64::try_from(count).unwrap();
    [
        count(cell.active),
        count(cell.repeated),
        count(cell.purchases),
        cell.money.0,
    ]
}

fn total(cohorts: &Cohorts) -> i64 {
    let cells = cohorts.rows().iter().flat_map(|cohort| &cohort.cells);
    cells.map(|cell| cell.money.0).sum::<i64>() + cohorts.outside().0
}

proptest! {
    #[test]
    fn every_cell_agrees_with_a_plain_account(
        rows in prop::collection::vec((0i64..12, -40i32..400, -300i64..900), 1..90),
        as_of in 100i32..450,
        period in prop::sample::select(vec![CohortPeriod::Month, CohortPeriod::Quarter, CohortPeriod::Year]),
        salt in any::<u64>(),
    ) {
        let log = log(&rows);
        let state = SummaryState::new(&log).unwrap();
        let params = CohortParams::new(period, date_of_day(as_of).unwrap());
        let first = rows.iter().filter(|row| row.2 >= 0 && row.1 <= as_of).map(|row| row.1).min();
        let Some(first) = first else {
            prop_assert_eq!(params.evaluate(&state).unwrap_err().kind(), ErrorKind::NotEnoughData);
            return Ok(());
        };
        let cohorts = params.evaluate(&state).unwrap();
        let begin = number(period, first);
        let periods = number(period, as_of) - begin + 1;
        prop_assert_eq!(cohorts.rows().len(), usize::try_from(periods).unwrap());
        for (at, cohort) in (0..).zip(cohorts.rows()) {
            prop_assert_eq!(number(period, custometry::data::day_of_date(cohort.start)), begin + at);
            prop_assert_eq!(cohort.cells.len(), usize::try_from(periods - at).unwrap());
            for age in 0..periods - at {
                let place = usize::try_from(age).unwrap();
                let plain = plain_cell(&rows, period, as_of, begin + at, age);
                prop_assert_eq!(columns(cohort, place), plain);
                // The last period is over if the day after is of another.
                let over = begin + at + age < number(period, as_of + 1);
                prop_assert_eq!(cohort.cells[place].complete, over);
            }
            let at_first = cohort.cells[0].active;
            prop_assert_eq!(cohort.customers, at_first);
        }
        // Nothing is lost.
        let all: i64 = rows.iter().filter(|row| row.1 <= as_of).map(|row| row.2).sum();
        prop_assert_eq!(total(&cohorts), all);

        // Segments add up, cell by cell.
        let named = |id: u32| Segment { id: SegmentId(id), name: format!("s{id}") };
        let of = |at: u32| match salt >> (2 * at % 64) & 3 {
            3 => None,
            id => Some(SegmentId(u32::try_from(id).unwrap())),
        };
        let assigned = log.customers().numbers().map(|customer| of(customer.0)).collect();
        let day = date_of_day(as_of).unwrap();
        let assigned = Assignments::new("any v1", day, vec![named(0), named(1), named(2)], assigned).unwrap();
        let groups = params.evaluate_segments(&state, &assigned).unwrap();
        prop_assert_eq!(groups.iter().map(|(_, group)| total(group)).sum::<i64>(), all);
        for (at, cohort) in cohorts.rows().iter().enumerate() {
            for age in 0..cohort.cells.len() {
                let mut sum = [0; 4];
                for (_, group) in &groups {
                    for (sum, more) in sum.iter_mut().zip(columns(&group.rows()[at], age)) {
                        *sum += more;
                    }
                }
                prop_assert_eq!(sum, columns(cohort, age));
            }
        }
    }
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// Three cohorts by hand: the averages leave the unfinished month out, and each age is
/// an average of those who came to it.
#[test]
fn averages_are_over_the_cohorts_that_have_come_so_far() {
    let rows = [
        ("a", day(2024, 1, 3)),
        ("b", day(2024, 1, 9)),
        ("c", day(2024, 2, 9)),
        ("d", day(2024, 3, 9)),
        ("a", day(2024, 2, 3)),
        ("a", day(2024, 3, 3)),
        ("b", day(2024, 3, 8)),
        ("c", day(2024, 3, 7)),
        ("b", day(2024, 4, 1)),
    ];
    let log = Transactions::builder(Currency::EUR)
        .text_keys(&rows.map(|row| row.0))
        .dates(&rows.map(|row| row.1))
        .amounts(vec![100; rows.len()])
        .build()
        .unwrap();
    let state = SummaryState::new(&log).unwrap();
    let cohorts = CohortParams::new(CohortPeriod::Month, day(2024, 4, 2))
        .evaluate(&state)
        .unwrap();
    assert_eq!(cohorts.rows().len(), 4);
    assert_eq!(cohorts.rows()[3].customers, 0);
    assert_eq!(cohorts.rows()[3].retention(0), None);
    assert_eq!(cohorts.rows()[0].retention(3), Some(0.5));
    let ages = cohorts.by_age().unwrap();
    let told: Vec<_> = ages
        .iter()
        .map(|age| (age.age, age.cohorts, age.customers))
        .collect();
    assert_eq!(told, [(0, 3, 4), (1, 2, 3), (2, 1, 2)]);
    // Of a, b and c, a and c bought in their second month; a and b in their third.
    assert!((ages[1].retention - 2.0 / 3.0).abs() < 1e-15);
    assert!((ages[1].repeat_rate - 2.0 / 3.0).abs() < 1e-15);
    assert_eq!(
        (ages[2].retention.to_bits(), ages[2].repeat_rate.to_bits()),
        (1f64.to_bits(), 1f64.to_bits())
    );
    assert_eq!(ages[2].money.0, 200);
    let finished = CohortParams::new(CohortPeriod::Month, day(2024, 3, 31))
        .evaluate(&state)
        .unwrap();
    assert!(!finished.statement().contains("not over"));
    assert!(cohorts.statement().contains("not over on 2024-04-02"));
}

#[test]
fn what_has_no_cohorts_is_said() {
    let state = SummaryState::new(&log(&[(1, 5, -100)])).unwrap();
    let params = CohortParams::new(CohortPeriod::Month, day(2024, 4, 2));
    let error = params.evaluate(&state).unwrap_err();
    assert_eq!(
        error.to_string(),
        "needs at least 1 purchases up to 2024-04-02, found 0"
    );
    let old = SummaryState::new(&log(&[(1, -300_000, 100)])).unwrap();
    let error = params.evaluate(&old).unwrap_err().to_string();
    assert!(
        error.starts_with("period is month from 1148-08-18 to 2024-04-02"),
        "{error}"
    );
    let rich = SummaryState::new(&log(&[(1, 5, i64::MAX), (2, 5, i64::MAX)])).unwrap();
    assert_eq!(
        params.evaluate(&rich).unwrap_err().kind(),
        ErrorKind::Overflow
    );
}
