use proptest::prelude::*;

use super::*;
use crate::{
    churn::Subscriptions,
    data::{CustomerKey, Merge, day_of_date, merge_all},
};

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// A subscription: customer, start, end, monthly money.
type Row = (i64, NaiveDate, Option<NaiveDate>, i64);

/// Nine subscriptions of six customers, worked out by hand.
fn rows() -> [Row; 9] {
    [
        (1, date(2024, 1, 1), None, 100),
        (2, date(2024, 1, 1), Some(date(2024, 1, 20)), 50),
        (3, date(2023, 6, 1), Some(date(2024, 2, 1)), 80),
        (3, date(2024, 2, 1), None, 60),
        (4, date(2024, 1, 1), None, 40),
        (4, date(2024, 1, 15), None, 20),
        (5, date(2024, 1, 10), None, 500),
        (6, date(2023, 1, 1), Some(date(2024, 1, 31)), 30),
        (6, date(2024, 3, 1), None, 30),
    ]
}

fn book(rows: &[Row]) -> Subscriptions {
    let ends = rows.iter().map(|row| row.2.map(day_of_date));
    Subscriptions::builder(Currency::USD)
        .int_keys(&rows.iter().map(|row| row.0).collect::<Vec<_>>())
        .starts(rows.iter().map(|row| day_of_date(row.1)).collect())
        .ends(ends.collect())
        .monthly_money(rows.iter().map(|row| row.3).collect())
        .known_until(date(2024, 6, 1))
        .build()
        .unwrap()
}

fn january(allowed_gap: u32) -> PeriodRates {
    let (from, to) = (date(2024, 1, 1), date(2024, 2, 1));
    PeriodRates::of_subscriptions(&book(&rows()), allowed_gap, from, to).unwrap()
}

fn near(found: f64, golden: f64) {
    assert!((found - golden).abs() < 5e-11, "{found} {golden}");
}

#[test]
fn golden_hand_fixture_without_a_gap() {
    let rates = january(0);
    assert_eq!((rates.at_start(), rates.at_end(), rates.lost()), (5, 4, 2));
    assert_eq!(
        (rates.won(), rates.returned(), rates.came_and_went()),
        (1, 0, 0)
    );
    let flows = rates.flows().unwrap();
    assert_eq!(flows.parts(), [300, 80, 20, 20, 500, 0]);
    assert_eq!(flows.end().0, 100 + 60 + 60 + 500);
    let churn = rates.logo_churn(0.95).unwrap();
    near(churn.value, 0.4);
    near(rates.net_revenue_retention().unwrap(), 0.7333333333);
    near(rates.gross_revenue_retention().unwrap(), 0.6666666667);
    near(rates.gross_churn().unwrap(), 0.3333333333);
    near(rates.quick_ratio().unwrap(), 5.2);
    near(
        RateScale::Monthly.of(churn.value, rates.days()).unwrap(),
        0.3942048059,
    );
    near(
        RateScale::Annual.of(churn.value, rates.days()).unwrap(),
        0.9975570764,
    );
}

#[test]
fn golden_hand_fixture_with_gaps() {
    // Customer 6 is away for 30 days.
    near(january(29).logo_churn(0.95).unwrap().value, 0.4);
    let rates = january(30);
    near(rates.logo_churn(0.95).unwrap().value, 0.2);
    // In the gap the 30 of customer 6 stand: 300 - 50 - 20 + 20.
    assert_eq!(rates.flows().unwrap().parts(), [300, 50, 20, 20, 500, 0]);
}

#[test]
fn who_comes_back_is_not_new() {
    let (from, to) = (date(2024, 2, 1), date(2024, 3, 1));
    let rates = PeriodRates::of_subscriptions(&book(&rows()), 0, from, to).unwrap();
    assert_eq!(
        (
            rates.at_start(),
            rates.lost(),
            rates.won(),
            rates.returned()
        ),
        (4, 0, 0, 1)
    );
    let flows = rates.flows().unwrap();
    assert_eq!((flows.new.0, flows.reactivation.0), (0, 30));
    assert_eq!(rates.quick_ratio(), None);
}

#[test]
fn spells_give_the_same_customers() {
    let spells = book(&rows()).spells(0).unwrap();
    let (from, to) = (date(2024, 1, 1), date(2024, 2, 1));
    let rates = PeriodRates::of_spells(&spells, from, to).unwrap();
    assert_eq!(rates.counts, january(0).counts);
    assert_eq!((rates.flows(), rates.net_revenue_retention()), (None, None));
}

#[test]
fn shards_of_customers_add_up() {
    let (from, to) = (date(2024, 1, 1), date(2024, 2, 1));
    let whole = january(0);
    let shards: Vec<PeriodRates> = (1..=6)
        .map(|customer| {
            let rows: Vec<Row> = rows().into_iter().filter(|row| row.0 == customer).collect();
            PeriodRates::of_subscriptions(&book(&rows), 0, from, to).unwrap()
        })
        .collect();
    let backwards = shards.iter().rev().cloned();
    assert_eq!(merge_all(backwards).unwrap().unwrap(), whole);
    assert_eq!(merge_all(shards).unwrap().unwrap(), whole);
    assert_eq!(whole.clone().merge(whole.neutral()).unwrap(), whole);
    let other = january(1);
    assert!(matches!(
        whole.merge(other),
        Err(Error::VersionMismatch { .. })
    ));
}

#[test]
fn sums_that_do_not_fit_are_refused() {
    let one = (1, date(2024, 1, 1), None, i64::MAX);
    let two = (2, date(2024, 1, 1), None, 1);
    let (from, to) = (date(2024, 1, 1), date(2024, 2, 1));
    let rates = PeriodRates::of_subscriptions(&book(&[one, two]), 0, from, to);
    assert!(matches!(rates, Err(Error::Overflow { .. })));
}

#[test]
fn only_periods_in_a_row_are_compounded() {
    let month = |from, to| {
        let rows = rows();
        PeriodRates::of_subscriptions(&book(&rows), 0, date(2024, from, 1), date(2024, to, 1))
            .unwrap()
    };
    let both = PeriodRates::compound(&[month(1, 2), month(2, 3)]).unwrap();
    near(both.logo_churn, 0.4);
    near(both.net_revenue_retention.unwrap(), 220.0 / 300.0);
    assert_eq!(
        (both.from, both.to, both.days),
        (date(2024, 1, 1), date(2024, 3, 1), 60)
    );
    near(
        PeriodRates::compound(&[month(1, 2)]).unwrap().logo_churn,
        0.4,
    );
    for (periods, word) in [
        ([month(1, 2), month(3, 4)], "hole"),
        ([month(1, 3), month(2, 4)], "overlaps"),
        ([month(2, 3), month(1, 2)], "overlaps"),
    ] {
        let error = PeriodRates::compound(&periods).unwrap_err().to_string();
        assert!(error.contains("row 1") && error.contains(word), "{error}");
    }
    let strange = PeriodRates::compound(&[january(0), january(3)]);
    assert!(matches!(strange, Err(Error::VersionMismatch { .. })));
    assert!(matches!(
        PeriodRates::compound(&[]),
        Err(Error::NotEnoughData { .. })
    ));
}

#[test]
fn days_that_cannot_be_judged_are_refused() {
    let book = book(&rows());
    let rates = |gap, from, to| PeriodRates::of_subscriptions(&book, gap, from, to);
    let (start, last) = (date(2024, 1, 1), date(2024, 5, 31));
    assert!(rates(0, start, last).is_ok());
    assert!(
        rates(1, start, last)
            .unwrap_err()
            .to_string()
            .contains("2024-05-31")
    );
    assert!(rates(0, start, start).is_err());
    let none = rates(0, date(2020, 1, 1), date(2020, 2, 1)).unwrap();
    assert!(matches!(
        none.logo_churn(0.95),
        Err(Error::NotEnoughData { .. })
    ));
    assert_eq!(none.net_revenue_retention(), None);
    for (churn, days) in [(-0.1, 30), (1.1, 30), (f64::NAN, 30), (0.1, 0)] {
        assert!(RateScale::Annual.of(churn, days).is_err());
    }
    assert!(january(0).logo_churn(95.0).is_err());
}

#[test]
fn golden_wilson() {
    // R: prop.test(2, 5, correct = FALSE), prop.test(0, 10, correct = FALSE)
    for ((part, whole), (lo, hi)) in [
        ((2, 5), (0.117620774233, 0.769275718724)),
        ((0, 10), (0.0, 0.277532799863)),
    ] {
        let share = wilson(part, whole, 0.95).unwrap();
        near(share.lo, lo);
        near(share.hi, hi);
    }
    let all = wilson(7, 7, 0.95).unwrap();
    assert!(all.hi >= 1.0 && all.lo < 1.0);
}

#[test]
fn saved_rates_come_back_and_broken_ones_do_not() {
    let text = persist::to_json(&january(0)).unwrap();
    assert_eq!(
        persist::from_json::<PeriodRates>(&text).unwrap(),
        january(0)
    );
    for (part, broken) in [
        ("\"lost\":2", "\"lost\":6"),
        ("\"churned\":80", "\"churned\":-80"),
        ("\"churned\":80", "\"churned\":290"),
        ("\"to\":19754", "\"to\":19723"),
        ("\"returned\":0", "\"returned\":18446744073709551615"),
        // Money of customers who are not there.
        ("\"won\":1", "\"won\":0"),
        ("\"reactivation\":0", "\"reactivation\":5"),
        ("\"at_start\":5,\"lost\":2", "\"at_start\":5,\"lost\":0"),
        ("\"at_start\":5,\"lost\":2", "\"at_start\":2,\"lost\":2"),
        ("\"new\":500", "\"new\":9223372036854775807"),
        ("\"allowed_gap_days\":0", "\"allowed_gap_days\":-1"),
        ("\"counts\"", "\"count\""),
    ] {
        assert!(text.contains(part), "{text}");
        let broken = text.replace(part, broken);
        assert!(
            persist::from_json::<PeriodRates>(&broken).is_err(),
            "{broken}"
        );
    }
}

#[test]
fn days_of_a_series_are_refused_by_row() {
    let book = book(&rows());
    let said = |days: &[NaiveDate]| {
        let error = PeriodRates::series(&book, 0, days).unwrap_err();
        error.to_string()
    };
    let (one, two) = (date(2024, 1, 1), date(2024, 2, 1));
    assert!(said(&[one]).contains("at least 2 days"));
    assert!(said(&[one, two, two]).starts_with("column days, row 2"));
    assert!(said(&[one, two, date(2024, 6, 1)]).starts_with("to "));
}

#[test]
fn any_number_of_threads_gives_the_same_rates() {
    let many: Vec<Row> = (0..15_000)
        .map(|at: i64| {
            let start = date_of_day(19_000 + i32::try_from(at * 37 % 700).unwrap()).unwrap();
            let end = start + chrono::Days::new((at * 13 % 400).unsigned_abs() + 1);
            (at % 9_000, start, Some(end).filter(|_| at % 3 > 0), at)
        })
        .collect();
    let days: Vec<NaiveDate> = (0..12)
        .filter_map(|at| date_of_day(19_100 + 50 * at))
        .collect();
    let book = book(&many);
    let series = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        pool.install(|| PeriodRates::series(&book, 7, &days).unwrap())
    };
    let one = series(1);
    assert!(one.iter().all(|rates| rates.lost() > 0 && rates.won() > 0));
    for threads in [2, 3, 8] {
        assert_eq!(series(threads), one);
    }
}

/// Contracts of up to five customers on days 0 to 100.
fn contracts() -> impl Strategy<Value = Vec<Row>> {
    let row = (0i64..5, 0i32..80, prop::option::of(1i32..40), 0i64..500);
    prop::collection::vec(row, 1..14).prop_map(|rows| {
        let row = |(customer, start, stay, money): (i64, i32, Option<i32>, i64)| {
            let date = |day: i32| date_of_day(19_000 + day).unwrap();
            (
                customer,
                date(start),
                stay.map(|stay| date(start + stay)),
                money,
            )
        };
        rows.into_iter().map(row).collect()
    })
}

proptest! {
    /// Each period of a series against what the book says of each customer on its two days.
    #[test]
    fn a_series_is_what_the_book_says_of_each_day(
        rows in contracts(),
        gap in 0u32..12,
        steps in prop::collection::vec(1i32..30, 2..6),
    ) {
        let book = book(&rows);
        let spells = book.spells(gap).unwrap();
        let mut days = vec![19_001];
        for step in steps {
            days.push(days[days.len() - 1] + step);
        }
        let dates: Vec<NaiveDate> = days.iter().filter_map(|&day| date_of_day(day)).collect();
        let series = PeriodRates::series(&book, gap, &dates).unwrap();
        for (rates, pair) in series.iter().zip(days.windows(2)) {
            let [from, to] = [pair[0], pair[1]];
            let (mut counts, mut parts) = (Counts::default(), [0i64; 6]);
            for customer in spells.customers().numbers() {
                let Some(CustomerKey::Int(key)) = book.customers().key(customer) else {
                    unreachable!()
                };
                let here = |day| spells.active_on(customer, day);
                let began = |days: std::ops::RangeInclusive<i32>| {
                    spells.of(customer).any(|spell| days.contains(&spell.start))
                };
                // In an allowed gap what was paid before it: on the last day on which there was a
                // contract.
                let held = |day: i32| {
                    rows.iter().filter(move |row| {
                        row.0 == key
                            && day_of_date(row.1) <= day
                            && row.2.is_none_or(|end| day < day_of_date(end))
                    })
                };
                let pays = |day: i32| {
                    let day = (18_000..=day).rev().find(|&day| held(day).next().is_some());
                    held(day.unwrap()).map(|row| row.3).sum::<i64>()
                };
                match (here(from), here(to)) {
                    (true, true) => {
                        let (old, new) = (pays(from), pays(to));
                        counts.at_start += 1;
                        parts[0] += old;
                        parts[2] += (old - new).max(0);
                        parts[3] += (new - old).max(0);
                    }
                    (true, false) => {
                        counts.at_start += 1;
                        counts.lost += 1;
                        parts[0] += pays(from);
                        parts[1] += pays(from);
                    }
                    (false, true) if began(0..=from) => {
                        counts.returned += 1;
                        parts[5] += pays(to);
                    }
                    (false, true) => {
                        counts.won += 1;
                        parts[4] += pays(to);
                    }
                    (false, false) => counts.passing += u64::from(began(from + 1..=to)),
                }
            }
            prop_assert_eq!(rates.counts, counts);
            prop_assert_eq!(rates.flows().unwrap().parts(), parts);
            let (first, last) = (rates.from(), rates.to());
            let alone = PeriodRates::of_subscriptions(&book, gap, first, last).unwrap();
            prop_assert_eq!(&alone, rates);
            let without_money = PeriodRates::of_spells(&spells, first, last).unwrap();
            prop_assert_eq!(without_money.counts, counts);
            let text = persist::to_json(rates).unwrap();
            prop_assert_eq!(&persist::from_json::<PeriodRates>(&text).unwrap(), rates);
        }
    }
}
