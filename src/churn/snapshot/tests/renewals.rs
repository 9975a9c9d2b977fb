//! Days of each customer's own, before renewals.

use chrono::{Months, NaiveDate};
use proptest::prelude::*;

use super::*;
use crate::data::{Window, day_of_date};

fn within(first: i32, last: i32) -> Window {
    Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap()).unwrap()
}

fn before_renewals(cycle: RenewalCycle, lead_time: u32, first: i32, last: i32) -> SnapshotPlan {
    let plan = SnapshotPlan::renewals(cycle, lead_time, within(first, last));
    plan.features(FeatureSet::new(vec![]).unwrap())
}

fn made(plan: &SnapshotPlan, spells: &Spells) -> Snapshots {
    plan.build(&SnapshotData::new(spells)).unwrap()
}

#[test]
fn months_end_on_the_day_of_the_start_or_on_their_last() {
    let date = |month, day| NaiveDate::from_ymd_opt(1971, month, day).unwrap();
    let day = |month, of_month| day_of_date(date(month, of_month));
    let table = customers(1);
    let rows = [(CustomerIx(0), day(1, 31), Some(day(5, 31)), None)];
    let spells = spells_of(table, &rows, &[], day(12, 31));
    let plan = before_renewals(RenewalCycle::Months(1), 5, day(1, 1), day(12, 1));
    let found = made(&plan, &spells);
    let renewals = [day(2, 28), day(3, 31), day(4, 30), day(5, 31)];
    assert_eq!(found.days(), renewals.map(|day| day - 5));
    let churned = Outcome::Churned {
        cause: None,
        at: day(5, 31),
    };
    assert_eq!(found.outcomes()[3], churned);
    // The window of April's is 30 days from 25 April on, over before the end of May.
    assert_eq!(found.outcomes()[2], Outcome::Retained);
}

#[test]
fn renewals_that_cannot_be_are_refused() {
    let spells = always(1, 0, 100);
    let error = |plan: SnapshotPlan| {
        let error = plan.build(&SnapshotData::new(&spells)).unwrap_err();
        error.to_string()
    };
    let plan = |lead_time| before_renewals(RenewalCycle::Days(30), lead_time, 0, 100);
    assert!(
        error(before_renewals(RenewalCycle::Months(0), 0, 0, 100)).starts_with("renewal cycle")
    );
    let long = before_renewals(RenewalCycle::Days(1), 0, 0, 90_000);
    assert!(error(long).starts_with("renewal cycle is 1"));
    assert!(error(plan(9).gap(10)).starts_with("lead_time is 9"));
    assert!(error(plan(40).gap(10)).contains("less than 40"));
    assert!(error(plan(u32::MAX)).starts_with("lead_time"));
    assert!(error(before_renewals(RenewalCycle::Days(30), 5, 0, 101)).contains("day 100"));
    assert!(plan(39).gap(10).build(&SnapshotData::new(&spells)).is_ok());
}

#[test]
fn the_ends_of_the_calendar_are_no_fault() {
    let (first, last) = (NaiveDate::MIN, NaiveDate::MAX);
    let (first, last) = (day_of_date(first), day_of_date(last));
    let table = customers(2);
    let rows = [
        (CustomerIx(0), first, None, None),
        (CustomerIx(1), last - 40, None, None),
    ];
    let spells = spells_of(table, &rows, &[], last);
    for cycle in [RenewalCycle::Days(7), RenewalCycle::Months(1)] {
        let plan = before_renewals(cycle, 3, last - 60, last);
        let found = made(&plan, &spells);
        assert!(found.clusters().contains(&CustomerIx(0)), "{cycle:?}");
        assert!(found.clusters().contains(&CustomerIx(1)), "{cycle:?}");
    }
    let rare = before_renewals(RenewalCycle::Months(u32::MAX), 0, first, last);
    assert!(made(&rare, &spells).is_empty());
    let far = before_renewals(RenewalCycle::Days(u32::MAX), u32::MAX, first, last);
    assert!(made(&far.gap(u32::MAX), &spells).is_empty());
}

#[test]
fn rows_are_counted_and_audited_by_customers_own_days() {
    let rows: Vec<Row> = (0..40)
        .map(|at| {
            (
                at % 4,
                i32::try_from(at).unwrap() * 7,
                100,
                0,
                i32::try_from(at).unwrap() * 7,
            )
        })
        .collect();
    let (log, events) = (log(&rows, 4), events(&rows, 4));
    let table = customers(4);
    let spell = |who: CustomerIx| {
        let number = i32::try_from(who.0).unwrap();
        (who, number * 9, (number == 2).then_some(170), None)
    };
    let rows: Vec<SpellRow> = table.numbers().map(spell).collect();
    let spells = spells_of(table, &rows, &[], 300);
    let data = SnapshotData::new(&spells)
        .transactions(&log)
        .events(&events);
    let plan = before_renewals(RenewalCycle::Days(40), 10, 50, 250).features(full_set());
    let found = plan.build(&data).unwrap();
    // Before 80, 120, ..., 240 less 10 days: 70 to 230 and none of 270 and later.
    assert_eq!(found.days()[..5], [70, 110, 150, 190, 230]);
    let counts = found.counts();
    assert_eq!(
        counts.iter().map(|count| count.day).collect::<Vec<_>>(),
        [50, 90, 130, 170, 210, 250]
    );
    let total: usize = counts
        .iter()
        .map(|count| count.retained + count.churned + count.lost_in_gap + count.unknown)
        .sum();
    assert_eq!(total, found.len());
    // Customer 2: start on 18, end on 170; renewals on 98, 138; snapshots on 88 and 128, and 168.
    assert_eq!(counts[2].churned + counts[1].churned + counts[0].churned, 1);
    let audit = plan.audit(&data, &[]).unwrap();
    assert_eq!(audit.leak, None);
    assert_eq!(audit.compared, found.len() * found.features().names().len());
    let asked = std::sync::atomic::AtomicU32::new(0);
    let of = |_: &History<'_>| f64::from(asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    let audit = plan
        .audit(&data, &[HostFeature::new("asked", &of)])
        .unwrap();
    assert_eq!(audit.leak.unwrap().feature, "asked");
}

fn cycles() -> impl Strategy<Value = RenewalCycle> {
    prop_oneof![
        (1_u32..90).prop_map(RenewalCycle::Days),
        (1_u32..5).prop_map(RenewalCycle::Months),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Each renewal of each spell is tried, one after the other.
    #[test]
    fn rows_are_those_of_each_renewal_counted_from_the_start(
        cycle in cycles(), lead_time in 0_u32..50, min_tenure in 0_u32..100,
        first in 0_i32..400, length in 0_i32..500,
        starts in prop::collection::vec((0_i32..300, 1_i32..300, 1_i32..300), 1..4),
    ) {
        let known_until = 1_000;
        let table = customers(i64::try_from(starts.len()).unwrap());
        let mut rows = Vec::new();
        for (who, &(start, long, pause)) in table.numbers().zip(&starts) {
            rows.push((who, start, Some(start + long), None));
            rows.push((who, start + long + pause, None, None));
        }
        let spells = spells_of(table, &rows, &[], known_until);
        let last = (first + length).min(known_until);
        let plan = before_renewals(cycle, lead_time, first, last).horizon(60).min_tenure(min_tenure);
        let found = made(&plan, &spells);
        let mut expected = Vec::new();
        for &(who, start, end, _) in &rows {
            let date = date_of_day(start).unwrap();
            for number in 1.. {
                let renewal = match cycle {
                    RenewalCycle::Days(days) => start + i32::try_from(days * number).unwrap(),
                    RenewalCycle::Months(months) => day_of_date(date + Months::new(months * number)),
                };
                let day = renewal - i32::try_from(lead_time).unwrap();
                if day > known_until {
                    break;
                }
                let is_one = start < day && end.is_none_or(|end| day <= end);
                let old = day - start >= i32::try_from(min_tenure).unwrap();
                if is_one && old && (first..=last).contains(&day) {
                    expected.push((who, day));
                }
            }
        }
        let found: Vec<_> = found.clusters().iter().copied().zip(found.days().iter().copied()).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn windows_of_training_are_over_before_the_cycle_of_the_test(
        cycle in cycles(), embargo in 0_u32..40, starts in prop::collection::vec(0_i32..200, 1..5),
    ) {
        let table = customers(i64::try_from(starts.len()).unwrap());
        let rows: Vec<SpellRow> =
            table.numbers().zip(&starts).map(|(who, &start)| (who, start, None, None)).collect();
        let spells = spells_of(table, &rows, &[], 900);
        let plan = before_renewals(cycle, 5, 100, 800).gap(2).horizon(20);
        let made = made(&plan, &spells);
        let splits = made.forward_splits(embargo).unwrap();
        let span = i32::try_from(22 + embargo).unwrap();
        let mut tested = 0;
        for (at, split) in splits.iter().enumerate() {
            let next = splits.get(at + 1).map_or(i32::MAX, |next| next.day);
            prop_assert!(split.train.iter().all(|&row| made.days[row] + span <= split.day));
            prop_assert!(split.test.iter().all(|&row| (split.day..next).contains(&made.days[row])));
            tested += split.test.len();
        }
        // All but those of the first cycles.
        let from = splits[0].day;
        prop_assert_eq!(tested, made.days.iter().filter(|&&day| day >= from).count());
    }

    /// A plan of renewals with a lead time of 0 is one of dates where all starts are the same.
    #[test]
    fn renewals_of_a_common_start_are_common_dates(rows in super::properties::rows(), days in 20_u32..90) {
        let spells = always(4, 0, 300);
        let own = before_renewals(RenewalCycle::Days(days), 0, 0, 300).features(full_set());
        let own = built(&own, &rows, &spells);
        let first = date_of_day(i32::try_from(days).unwrap()).unwrap();
        let dates = SnapshotPlan::every(days, first, 300 / days).features(full_set());
        let dates = built(&dates, &rows, &spells);
        prop_assert_eq!(own.days(), dates.days());
        prop_assert_eq!(own.outcomes(), dates.outcomes());
        prop_assert_eq!(bits(&own), bits(&dates));
    }
}
