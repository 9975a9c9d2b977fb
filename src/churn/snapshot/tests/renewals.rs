//! Days of each customer's own, before renewals.

use chrono::{Months, NaiveDate};
use proptest::prelude::*;

use super::*;
use crate::{
    churn::Subscriptions,
    data::{Window, day_of_date},
};

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

/// Contracts of customers, from a day to another.
pub(super) fn contracts(
    rows: &[(CustomerIx, i32, Option<i32>)],
    known_until: i32,
) -> Subscriptions {
    let count = rows.iter().map(|row| i64::from(row.0.0) + 1).max();
    Subscriptions::builder(Currency::EUR)
        .numbered(
            customers(count.unwrap_or(0)),
            rows.iter().map(|row| row.0).collect(),
        )
        .starts(rows.iter().map(|row| row.1).collect())
        .ends(rows.iter().map(|row| row.2).collect())
        .monthly_money(vec![900; rows.len()])
        .known_until(date_of_day(known_until).unwrap())
        .build()
        .unwrap()
}

#[test]
fn who_does_not_renew_leaves_when_the_grace_is_over() {
    let book = contracts(&[(CustomerIx(0), 0, Some(60))], 400);
    let plan = before_renewals(RenewalCycle::Days(30), 7, 0, 300);
    let build = |grace, horizon| {
        let spells = book.spells_with_grace(grace).unwrap();
        let plan = plan.clone().horizon(horizon);
        plan.build(&SnapshotData::new(&spells))
    };
    let error = |grace, horizon| build(grace, horizon).unwrap_err().to_string();
    let churned = |at| Outcome::Churned { cause: None, at };
    for grace in [0, 1, 10, 22] {
        let found = build(grace, 30).unwrap();
        let at = 60 + grace.cast_signed();
        assert_eq!(found.days(), [23, 53], "{grace}");
        assert_eq!(found.outcomes(), [Outcome::Retained, churned(at)]);
    }
    // Day 70 is 17 days after day 53.
    assert!(error(10, 17).starts_with("horizon is 17, expected 18 days or more"));
    let found = build(10, 18).unwrap();
    assert_eq!(found.outcomes(), [Outcome::Retained, churned(70)]);
    // With a grace of 30 days the window of day 53 must hold day 90. Before that, on day 83, the
    // customer has missed a renewal, but may yet renew late.
    assert!(error(30, 30).starts_with("horizon is 30, expected 38 days or more"));
    assert!(error(30, 38).starts_with("lead_time is 7"));
    assert!(error(23, 31).contains("grace of 23 days less than a cycle, 30 days"));
    assert!(error(u32::MAX, 30).starts_with("horizon"));
}

#[test]
fn cycles_of_months_are_as_short_as_february_lets_them_be() {
    for (months, least) in [(1, 28), (2, 59), (3, 89), (12, 365), (25, 730 + 28)] {
        let cycle = RenewalCycle::Months(months);
        let next = |start: i32, cycles| {
            let date = date_of_day(start).unwrap() + Months::new(months * cycles);
            day_of_date(date)
        };
        // From each day of nine years on, two of them leap years.
        let lengths = (0..3_300).flat_map(|start| {
            let days = [start, next(start, 1), next(start, 2), next(start, 3)];
            [days[1] - days[0], days[2] - days[1], days[3] - days[2]]
        });
        let shortest = i64::from(lengths.min().unwrap());
        assert_eq!(shortest, least);
        let grace = u32::try_from(cycle.shortest()).unwrap() - 7;
        let book = contracts(&[(CustomerIx(0), 0, None)], 400);
        let spells = |grace| book.spells_with_grace(grace).unwrap();
        let plan = before_renewals(cycle, 7, 0, 300).horizon(2_000);
        assert!(cycle.shortest() <= shortest);
        assert!(plan.build(&SnapshotData::new(&spells(grace))).is_err());
        assert!(plan.build(&SnapshotData::new(&spells(grace - 1))).is_ok());
    }
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
        cycle in cycles(), lead_time in 0_u32..50, min_tenure in 0_u32..100, gap in 0_u32..50,
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
        let gap = gap.min(lead_time);
        let plan = before_renewals(cycle, lead_time, first, last).min_tenure(min_tenure);
        let found = made(&plan.gap(gap).horizon(60), &spells);
        let mut expected = Vec::new();
        for &(who, start, end, cause) in &rows {
            // Day by day.
            let outcome = |day: i32| {
                let window = day + gap.cast_signed()..day + gap.cast_signed() + 60;
                let first_out = (day..window.end).find(|&day| end == Some(day));
                match first_out {
                    _ if window.clone().any(|day| day >= known_until) => Outcome::Unknown,
                    None => Outcome::Retained,
                    Some(at) if window.contains(&at) => Outcome::Churned { cause, at },
                    Some(at) => Outcome::LostInGap { cause, at },
                }
            };
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
                    expected.push((who, day, outcome(day)));
                }
            }
        }
        let row = |row: usize| (found.clusters()[row], found.days()[row], found.outcomes()[row]);
        prop_assert_eq!((0..found.len()).map(row).collect::<Vec<_>>(), expected);
    }

    /// Of contracts that run for whole cycles.
    #[test]
    fn one_row_is_churned_for_each_contract_that_is_not_renewed(
        cycle in 2_u32..90, share in 0_u32..100, lead_share in 0_u32..100, gap_share in 0_u32..=100,
        more in 0_u32..90,
        lives in prop::collection::vec((0_i32..200, prop::option::of(1_u32..9)), 1..6),
    ) {
        // Lead time and grace are less than a cycle together; the window holds the day of the lapse
        // and not that of the next renewal.
        let lapse = share * cycle / 100;
        let lead_time = lead_share * (lapse + 1) / 100;
        let grace = lapse - lead_time;
        let gap = gap_share * lead_time / 100;
        let horizon = lapse + 1 - gap + more % cycle;
        let mut rows = Vec::new();
        for (who, &(start, renewals)) in (0..).map(CustomerIx).zip(&lives) {
            // All have a contract after the first, and the last may go on.
            let cycles = renewals.unwrap_or(20);
            for number in 0..cycles {
                let from = start + (number * cycle).cast_signed();
                let last = number + 1 == cycles && renewals.is_none();
                rows.push((who, from, (!last).then(|| from + cycle.cast_signed())));
            }
        }
        let known_until = 4_000;
        let spells = contracts(&rows, known_until).spells_with_grace(grace).unwrap();
        let plan = before_renewals(RenewalCycle::Days(cycle), lead_time, 0, 2_000);
        let found = made(&plan.gap(gap).horizon(horizon), &spells);
        let mut expected = Vec::new();
        for (who, &(start, renewals)) in (0..).map(CustomerIx).zip(&lives) {
            for number in 1.. {
                let renewal = start + (number * cycle).cast_signed();
                let day = renewal - lead_time.cast_signed();
                if day > 2_000 || renewals.is_some_and(|last| number > last) {
                    break;
                }
                let at = renewal + grace.cast_signed();
                let outcome = match renewals {
                    Some(last) if number == last => Outcome::Churned { cause: None, at },
                    _ => Outcome::Retained,
                };
                if day > start {
                    expected.push((who, day, outcome));
                }
            }
        }
        let row = |row: usize| (found.clusters()[row], found.days()[row], found.outcomes()[row]);
        prop_assert_eq!((0..found.len()).map(row).collect::<Vec<_>>(), expected);
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
