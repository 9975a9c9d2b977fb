use super::*;
use crate::data::merge_all;

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
    let text = serde_json::to_string(&january(0)).unwrap();
    assert_eq!(
        serde_json::from_str::<PeriodRates>(&text).unwrap(),
        january(0)
    );
    for (part, broken) in [
        ("\"lost\":2", "\"lost\":6"),
        ("\"churned\":80", "\"churned\":-80"),
        ("\"churned\":80", "\"churned\":290"),
        ("\"to\":19754", "\"to\":19723"),
    ] {
        assert!(text.contains(part), "{text}");
        let broken = text.replace(part, broken);
        assert!(
            serde_json::from_str::<PeriodRates>(&broken).is_err(),
            "{broken}"
        );
    }
}
