//! What must hold for any data.

use proptest::prelude::*;

use super::*;
use crate::data::{Merge, Window};

pub(super) fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0_u32..4, 0_i32..300, -500_i64..5_000, 0_u8..3, 0_i32..40)
        .prop_map(|(who, day, amount, channel, late)| (who, day, amount, channel, day + late));
    prop::collection::vec(row, 0..60)
}

#[test]
fn money_beyond_64_bits_is_summed_whole() {
    let rows: [Row; 4] = [
        (0, 1, i64::MAX, 0, 1),
        (0, 2, i64::MAX, 0, 2),
        (0, 3, i64::MAX, 0, 3),
        (0, 50, -7, 0, 50),
    ];
    let snapshots = built(&on(&[60]), &rows, &always(1, 0, 300));
    let value = |name: &str| snapshots.features().column(name).unwrap()[0];
    let whole = 3 * i128::from(i64::MAX) - 7;
    assert_eq!(value("money").to_bits(), (whole as f64).to_bits());
    assert_eq!(value("money_30d").to_bits(), (-7.0_f64).to_bits());
    assert_eq!(
        value("money_mean").to_bits(),
        (whole as f64 / 4.0).to_bits()
    );
}

/// More customers than a piece has and more rows than a run has, in any order and on any threads.
#[test]
fn a_log_by_customer_and_one_in_any_order_give_the_same_table() {
    let mut state = 1_u64;
    let mut next = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    let mut rows: Vec<Row> = (0..70_000)
        .map(|_| {
            let day = i32::try_from(next(300)).unwrap();
            let who = u32::try_from(next(2_100)).unwrap();
            let amount = i64::try_from(next(900)).unwrap() - 100;
            (who, day, amount, u8::try_from(next(3)).unwrap(), day)
        })
        .collect();
    let (spells, plan) = (always(2_100, 0, 300), on(&[100, 200, 300]));
    let plan = plan.features(full_set());
    let on_threads = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        pool.install(|| built(&plan, &rows, &spells))
    };
    let (one, three) = (on_threads(1), on_threads(3));
    assert_eq!(one.outcomes(), three.outcomes());
    assert_eq!(bits(&one), bits(&three));
    let any_order = bits(&one);
    rows.sort_by_key(|row| row.0);
    let by_customer = built(&plan, &rows, &spells);
    assert_eq!(by_customer.len(), 6_300);
    assert_eq!(bits(&by_customer), any_order);
    // Counted without any grouping.
    for (who, day) in [(0, 100), (1_023, 200), (1_024, 200), (2_099, 300)] {
        let of = rows.iter().filter(|row| row.0 == who && row.1 < day);
        let at =
            |row: &usize| by_customer.clusters()[*row].0 == who && by_customer.days()[*row] == day;
        let row = (0..by_customer.len()).find(at).unwrap();
        let value = by_customer.features().column("purchases").unwrap()[row];
        assert!((value - of.count() as f64).abs() < 0.5, "{who} {day}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_future_changes_no_feature(rows in rows(), more in rows(), day in 1_i32..300) {
        let spells = always(4, 0, 300);
        let plan = on(&[day]).features(full_set()).lookback(200);
        let base = built(&plan, &rows, &spells);
        let known = |row: &Row| row.1 < day && row.4 < day;
        let mut altered: Vec<Row> = rows.iter().copied().filter(known).collect();
        altered.extend(more.into_iter().filter(|row| !known(row)));
        prop_assert_eq!(bits(&base), bits(&built(&plan, &altered, &spells)));
    }

    #[test]
    fn the_order_of_rows_changes_nothing(rows in rows(), seed in 0_usize..60) {
        let spells = always(4, 0, 300);
        let plan = on(&[50, 150, 299]).features(full_set());
        let mut turned = rows.clone();
        turned.reverse();
        let by = seed % turned.len().max(1);
        turned.rotate_left(by);
        prop_assert_eq!(bits(&built(&plan, &rows, &spells)), bits(&built(&plan, &turned, &spells)));
    }

    #[test]
    fn a_shift_of_all_clocks_changes_nothing(rows in rows(), shift in -9_000_i32..9_000) {
        let plan = |shift: i32| on(&[50 + shift, 150 + shift]).features(full_set());
        let moved: Vec<Row> =
            rows.iter().map(|row| (row.0, row.1 + shift, row.2, row.3, row.4 + shift)).collect();
        let base = built(&plan(0), &rows, &always(4, 0, 300));
        let moved = built(&plan(shift), &moved, &always(4, shift, 300 + shift));
        prop_assert_eq!(bits(&base), bits(&moved));
        prop_assert_eq!(base.outcomes(), moved.outcomes());
    }

    #[test]
    fn a_plan_of_many_dates_is_many_plans_of_one(rows in rows()) {
        let spells = always(4, 0, 300);
        let all = built(&on(&[50, 150, 299]).features(full_set()), &rows, &spells);
        for day in [50, 150, 299] {
            let one = built(&on(&[day]).features(full_set()), &rows, &spells);
            let of = (0..all.len()).filter(|&row| all.days[row] == day).collect::<Vec<_>>();
            let width = all.features.names().len();
            let whole = bits(&all);
            let part: Vec<u64> =
                of.iter().flat_map(|&row| whole[row * width..(row + 1) * width].to_vec()).collect();
            prop_assert_eq!(bits(&one), part);
        }
    }

    #[test]
    fn what_is_outside_the_window_changes_no_outcome(end in 101_i32..400, other in 401_i32..900) {
        // Ends at or after the end of the window, day 131, are all one to the outcome.
        let plan = on(&[100]).gap(1).features(FeatureSet::new(vec![]).unwrap());
        let outcome = |end| {
            let rows = [(CustomerIx(0), 0, Some(end), None)];
            let spells = spells_of(customers(1), &rows, &[], 1000);
            plan.build(&SnapshotData::new(&spells)).unwrap().outcomes[0]
        };
        prop_assert_eq!(outcome(end) == outcome(other), end >= 131);
    }

    #[test]
    fn training_outcomes_of_contracts_have_settled(allowed in 0_u32..50, horizon in 1_u32..60) {
        let definition = ChurnDefinition::Contractual { allowed_gap_days: allowed };
        let table = customers(2);
        let spell = |end| Spell { start: 0, end, cause: None };
        let rows = [(CustomerIx(0), spell(None)), (CustomerIx(1), spell(Some(250)))];
        let spells = Spells::new(definition, table, 300, &["price"], &rows).unwrap();
        let plan = SnapshotPlan::every(20, date_of_day(20).unwrap(), 12).horizon(horizon);
        let plan = plan.features(FeatureSet::new(vec![]).unwrap());
        let made = plan.build(&SnapshotData::new(&spells)).unwrap();
        for split in made.forward_splits(0).unwrap() {
            let span = i32::try_from(horizon + allowed).unwrap();
            prop_assert!(split.train.iter().all(|&row| made.days[row] + span <= split.day));
        }
    }

    #[test]
    fn training_windows_are_over_before_the_test(gap in 0_u32..40, horizon in 1_u32..60, embargo in 0_u32..40) {
        let plan = SnapshotPlan::every(20, date_of_day(20).unwrap(), 12).gap(gap).horizon(horizon);
        let plan = plan.features(FeatureSet::new(vec![]).unwrap());
        let made = plan.build(&SnapshotData::new(&always(3, 0, 300))).unwrap();
        for split in made.forward_splits(embargo).unwrap() {
            let span = i32::try_from(gap + horizon + embargo).unwrap();
            prop_assert!(split.train.iter().all(|&row| made.days[row] + span <= split.day));
            prop_assert!(split.test.iter().all(|&row| made.days[row] == split.day));
        }
    }

    #[test]
    fn who_has_a_row_and_its_features_do_not_depend_on_the_future(
        rows in rows_in_time(), more in rows_in_time(), day in 1_i32..300,
    ) {
        let plan = on(&[day]).features(full_set());
        let base = whole(&plan, &rows, 330);
        let mut altered: Vec<Row> = rows.iter().copied().filter(|row| row.1 < day).collect();
        // As the day before knew it.
        let known = whole(&plan, &altered, day - 1);
        altered.extend(more.into_iter().filter(|row| row.1 >= day));
        for other in [known, whole(&plan, &altered, 330)] {
            prop_assert_eq!(base.clusters(), other.clusters());
            prop_assert_eq!(bits(&base), bits(&other));
        }
    }

    /// Contracts with breaks, as each day knew them: who has a row, since when, and no outcome that was
    /// known is another later.
    #[test]
    fn rows_of_contracts_with_grace_do_not_depend_on_the_future(
        contracts in contracts_of_four(), more in contracts_of_four(),
        day in 1_i32..300, grace in 0_u32..30, lead_time in 0_u32..30,
    ) {
        // What begins on the day or later is not known, nor is an end.
        let mut altered: Vec<_> = contracts.iter().copied().filter(|row| row.1 < day).collect();
        for (row, other) in altered.iter_mut().zip(&more) {
            row.2 = row.2.filter(|&end| end < day).or(other.2.map(|end| end.max(day)));
        }
        let mut known = altered.clone();
        for row in &mut known {
            row.2 = row.2.filter(|&end| end < day);
        }
        altered.extend(more.into_iter().filter(|row| row.1 >= day));
        let within = Window::new(date_of_day(0).unwrap(), date_of_day(day).unwrap()).unwrap();
        let own = SnapshotPlan::renewals(RenewalCycle::Days(60), lead_time, within);
        for plan in [on(&[day]), own] {
            let plan = plan.horizon(60).features(FeatureSet::new(vec![Feature::Tenure]).unwrap());
            let table = |rows: &[_], known_until| {
                let spells = renewals::contracts(rows, known_until).spells_with_grace(grace).unwrap();
                plan.build(&SnapshotData::new(&spells)).unwrap()
            };
            let base = table(&contracts, 1_000);
            for other in [table(&known, day), table(&altered, 1_000)] {
                prop_assert_eq!(base.clusters(), other.clusters());
                prop_assert_eq!(base.days(), other.days());
                prop_assert_eq!(bits(&base), bits(&other));
                for row in (0..base.len()).filter(|&row| base.days()[row] + 60 <= day) {
                    prop_assert_eq!(base.outcomes()[row], other.outcomes()[row]);
                }
            }
        }
    }

    #[test]
    fn outcomes_depend_on_the_window_and_the_silence_before_it_alone(
        rows in rows_in_time(), more in rows_in_time(),
        day in 60_i32..200, gap in 0_u32..20, horizon in 1_u32..60,
    ) {
        let plan = on(&[day]).gap(gap).horizon(horizon).features(FeatureSet::new(vec![]).unwrap());
        let end = day + i32::try_from(gap + horizon).unwrap();
        // The silence that the definition allows goes back from the day before the snapshot.
        let within = |row: &Row| (day - SILENCE..end).contains(&row.1);
        let mut altered: Vec<Row> = rows.iter().copied().filter(within).collect();
        altered.extend(more.into_iter().filter(|row| !within(row)));
        let (base, other) = (whole(&plan, &rows, 330), whole(&plan, &altered, 330));
        prop_assert_eq!(base.clusters(), other.clusters());
        prop_assert_eq!(base.outcomes(), other.outcomes());
    }

    #[test]
    fn order_clocks_and_parts_of_the_log_change_nothing(
        rows in rows(), at in 0_usize..60, shift in -9_000_i32..9_000,
    ) {
        let plan = |shift: i32| on(&[50 + shift, 150 + shift, 299 + shift]).features(full_set());
        let base = whole(&plan(0), &rows, 330);
        let same = |other: &Snapshots| {
            base.clusters() == other.clusters()
                && base.outcomes().len() == other.outcomes().len()
                && base.exit_days() == other.exit_days()
                && base.causes() == other.causes()
                && bits(&base) == bits(other)
        };
        let mut turned = rows.clone();
        turned.reverse();
        turned.rotate_left(at.min(rows.len()));
        let turned = whole(&plan(0), &turned, 330);
        prop_assert!(same(&turned));
        prop_assert_eq!(base.outcomes(), turned.outcomes());

        let moved = |row: &Row| (row.0, row.1 + shift, row.2, row.3, row.4 + shift);
        let moved: Vec<Row> = rows.iter().map(moved).collect();
        prop_assert!(same(&whole(&plan(shift), &moved, 330 + shift)));

        // The rows of a customer in two logs, the later one appended in front.
        let (one, other) = rows.split_at(at.min(rows.len()));
        let state = |rows: &[Row]| SummaryState::new(&log(rows, 4)).unwrap();
        let merged = state(one).merge(state(other)).unwrap();
        let appended = [other, one].concat();
        let appended = of_state(&plan(0), &merged, &appended, 330);
        prop_assert!(same(&appended));
        prop_assert_eq!(base.outcomes(), appended.outcomes());
    }

    /// Against the definition, date by date.
    #[test]
    fn splits_are_those_that_the_definition_says(
        ends in prop::collection::vec(prop::option::of(10_i32..400), 1..6),
        gap in 0_u32..30, horizon in 1_u32..60, embargo in 0_u32..40,
    ) {
        let table = customers(i64::try_from(ends.len()).unwrap());
        let spell = |(who, &end): (CustomerIx, &Option<i32>)| (who, 0, end, None);
        let rows: Vec<_> = table.numbers().zip(&ends).map(spell).collect();
        let spells = spells_of(table, &rows, &[], 350);
        let plan = SnapshotPlan::every(25, date_of_day(20).unwrap(), 13).gap(gap).horizon(horizon);
        let plan = plan.features(FeatureSet::new(vec![]).unwrap());
        let made = plan.build(&SnapshotData::new(&spells)).unwrap();
        let known = |&row: &usize| {
            matches!(made.outcomes[row], Outcome::Retained | Outcome::Churned { .. })
        };
        let span = i32::try_from(gap + horizon + embargo).unwrap();
        let mut expected = Vec::new();
        for &day in plan.days() {
            let known = || (0..made.len()).filter(known);
            let train: Vec<usize> = known().filter(|&row| made.days[row] + span <= day).collect();
            let test: Vec<usize> = known().filter(|&row| made.days[row] == day).collect();
            if !train.is_empty() && !test.is_empty() {
                expected.push(Split { day, train, test });
            }
        }
        match made.forward_splits(embargo) {
            Ok(splits) => prop_assert_eq!(splits, expected),
            Err(_) => prop_assert!(expected.is_empty()),
        }
    }
}

/// Contracts of four customers, the first of each of which is there from the first day.
fn contracts_of_four() -> impl Strategy<Value = Vec<(CustomerIx, i32, Option<i32>)>> {
    let row = (0_u32..4, 0_i32..300, prop::option::weighted(0.9, 1_i32..80)).prop_map(
        |(who, start, length)| (CustomerIx(who), start, length.map(|length| start + length)),
    );
    let first = (0..4).map(|who| (CustomerIx(who), 0, Some(5)));
    prop::collection::vec(row, 0..24).prop_map(move |rows| first.clone().chain(rows).collect())
}

/// Days of silence after which customers of these tests are none.
const SILENCE: i32 = 40;

/// Rows recorded on their day.
fn rows_in_time() -> impl Strategy<Value = Vec<Row>> {
    let in_time = |row: Row| (row.0, row.1, row.2, row.3, row.1);
    rows().prop_map(move |rows| rows.into_iter().map(in_time).collect())
}

/// From the log to the table: spells of purchases up to a day, and the snapshots.
fn whole(plan: &SnapshotPlan, rows: &[Row], as_of: i32) -> Snapshots {
    of_state(
        plan,
        &SummaryState::new(&log(rows, 4)).unwrap(),
        rows,
        as_of,
    )
}

fn of_state(plan: &SnapshotPlan, state: &SummaryState, rows: &[Row], as_of: i32) -> Snapshots {
    let days = SILENCE.unsigned_abs();
    let definition = ChurnDefinition::Inactivity { days };
    let spells = Spells::of_purchases(state, date_of_day(as_of).unwrap(), definition).unwrap();
    built(plan, rows, &spells)
}
