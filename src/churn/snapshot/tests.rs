mod properties;
mod renewals;
mod saved;

use std::ops::ControlFlow;

use chrono::DateTime;

use super::*;
use crate::{
    ErrorKind, Progress,
    churn::{ChurnDefinition, Folds, Spell},
    data::{Currency, Customers, date_of_day},
    value::SummaryState,
};

/// Customer, day, amount, channel, day recorded.
type Row = (u32, i32, i64, u8, i32);

type SpellRow = (CustomerIx, i32, Option<i32>, Option<u32>);

fn spells_of(table: Customers, rows: &[SpellRow], causes: &[&str], known_until: i32) -> Spells {
    let spell = |&(who, start, end, cause): &SpellRow| (who, Spell { start, end, cause });
    let rows: Vec<_> = rows.iter().map(spell).collect();
    Spells::new(
        ChurnDefinition::Inactivity { days: 60 },
        table,
        known_until,
        causes,
        &rows,
    )
    .unwrap()
}

const CHANNELS: [&str; 3] = ["web", "shop", "app"];

fn customers(count: i64) -> Customers {
    Customers::from_ints(&(0..count).collect::<Vec<_>>())
        .unwrap()
        .0
}

fn log(rows: &[Row], count: i64) -> Transactions {
    Transactions::builder(Currency::EUR)
        .numbered(
            customers(count),
            rows.iter().map(|row| CustomerIx(row.0)).collect(),
        )
        .days(rows.iter().map(|row| row.1).collect())
        .amounts(rows.iter().map(|row| row.2).collect())
        .channels(
            &rows
                .iter()
                .map(|row| CHANNELS[usize::from(row.3) % 3])
                .collect::<Vec<_>>(),
        )
        .recorded_days(rows.iter().map(|row| row.4).collect())
        .build()
        .unwrap()
}

fn events(rows: &[Row], count: i64) -> Events {
    let instant = |day: i32| DateTime::from_timestamp(i64::from(day) * 86_400 + 4_321, 0).unwrap();
    Events::builder(
        customers(count),
        rows.iter().map(|row| CustomerIx(row.0)).collect(),
    )
    .at(&rows.iter().map(|row| instant(row.1)).collect::<Vec<_>>())
    .recorded_at(&rows.iter().map(|row| instant(row.4)).collect::<Vec<_>>())
    .kinds(
        &rows
            .iter()
            .map(|row| CHANNELS[usize::from(row.3) % 3])
            .collect::<Vec<_>>(),
    )
    .build()
    .unwrap()
}

fn full_set() -> FeatureSet {
    let some = Some(60);
    [
        Feature::ChannelShare {
            channel: "web".into(),
            days: some,
        },
        Feature::ChannelEntropy { days: None },
        Feature::Events {
            kind: "shop".into(),
            days: some,
        },
        Feature::EventRecency { kind: "app".into() },
        Feature::KindEntropy { days: some },
    ]
    .into_iter()
    .try_fold(FeatureSet::purchases(), FeatureSet::with)
    .unwrap()
}

fn on(days: &[i32]) -> SnapshotPlan {
    let dates: Vec<_> = days.iter().map(|&day| date_of_day(day).unwrap()).collect();
    SnapshotPlan::on(&dates)
}

fn bits(snapshots: &Snapshots) -> Vec<u64> {
    let bits = |value: &f64| {
        if value.is_nan() {
            u64::MAX
        } else {
            value.to_bits()
        }
    };
    snapshots.features.view().iter().map(bits).collect()
}

fn built(plan: &SnapshotPlan, rows: &[Row], spells: &Spells) -> Snapshots {
    let count = i64::try_from(spells.customers().len()).unwrap();
    let (log, events) = (log(rows, count), events(rows, count));
    plan.build(&SnapshotData::new(spells).transactions(&log).events(&events))
        .unwrap()
}

fn always(count: i64, start: i32, known_until: i32) -> Spells {
    let table = customers(count);
    let rows: Vec<_> = table
        .numbers()
        .map(|who| (who, start, None, None))
        .collect();
    spells_of(table, &rows, &[], known_until)
}

#[test]
fn features_are_those_counted_by_hand() {
    // On day 200: purchases 150, 50, 20 (two rows, one a refund) and 10 days ago.
    let rows: [Row; 5] = [
        (0, 50, 1000, 0, 50),
        (0, 150, 400, 0, 150),
        (0, 180, 600, 1, 180),
        (0, 180, -100, 2, 180),
        (0, 190, 300, 0, 190),
    ];
    let snapshots = built(&on(&[200]).features(full_set()), &rows, &always(1, 0, 300));
    let value = |name: &str| snapshots.features().column(name).unwrap()[0];
    let entropy = -(0.6 * 0.6_f64.ln() + 2.0 * 0.2 * 0.2_f64.ln());
    // Months back from day 200: oldest [20, 50) 0, [50, 80) 1000, 0, 0, [140, 170) 400, [170, 200) 800.
    let slope = (-1.5 * 1000.0 + 1.5 * 400.0 + 2.5 * 800.0) / 17.5;
    for (name, expected) in [
        ("tenure", 200.0),
        ("recency", 10.0),
        ("purchases_30d", 3.0),
        ("purchases_90d", 4.0),
        ("purchases", 5.0),
        ("money_30d", 800.0),
        ("money", 2200.0),
        ("purchase_days", 4.0),
        ("purchase_rate_180d", 5.0 / 180.0 * 30.0),
        ("money_mean", 440.0),
        // Squares about 440: 313600, 1600, 25600, 291600, 19600; their sum is 652000.
        ("money_sd", 163_000.0_f64.sqrt()),
        ("max_gap", 100.0),
        // From 50 to 190 are 140 days in 3 gaps.
        ("overdue", 10.0 / (140.0 / 3.0)),
        ("purchase_share_30d_90d", 0.75),
        ("money_share_30d_90d", 800.0 / 1200.0),
        ("purchase_change_90d", 3.0),
        ("money_change_90d", 0.2),
        ("money_slope_6m", slope),
        ("channel_web_60d", 0.5),
        ("channel_entropy", entropy),
        ("events_shop_60d", 1.0),
        ("recency_app", 20.0),
        (
            "kind_entropy_60d",
            -(0.5 * 0.5_f64.ln() + 2.0 * 0.25 * 0.25_f64.ln()),
        ),
    ] {
        let found = value(name);
        assert!(
            (found - expected).abs() <= 1e-12 * expected.abs(),
            "{name}: {found}"
        );
    }
}

#[test]
fn a_day_of_refunds_only_is_no_purchase_day() {
    // A refund alone on days 40 and 95, one with a purchase on day 60, a gift on day 70.
    let rows: [Row; 6] = [
        (0, 10, 500, 0, 10),
        (0, 40, -500, 0, 40),
        (0, 60, -100, 0, 60),
        (0, 60, 300, 0, 60),
        (0, 70, 0, 0, 70),
        (0, 95, -50, 0, 95),
    ];
    let plan = on(&[100]).features(full_set());
    let snapshots = built(&plan, &rows, &always(1, 0, 300));
    let value = |name: &str| snapshots.features().column(name).unwrap()[0];
    for (name, expected) in [
        ("recency", 30.0),
        ("purchase_days", 3.0),
        ("max_gap", 50.0),
        // From 10 to 70 are 60 days in 2 gaps.
        ("overdue", 30.0 / 30.0),
        ("purchases", 6.0),
        ("money", 150.0),
    ] {
        assert!((value(name) - expected).abs() < 1e-12, "{name}");
    }
    // As spells have it: of the last purchase day and of the silence after it.
    let log = log(&rows, 1);
    let definition = ChurnDefinition::Inactivity { days: 25 };
    let state = SummaryState::new(&log).unwrap();
    let spells = Spells::of_purchases(&state, date_of_day(99).unwrap(), definition).unwrap();
    let last = spells.of(CustomerIx(0)).last().unwrap();
    assert_eq!((last.start, last.end), (60, Some(95)));
    assert!((f64::from(100 - (last.end.unwrap() - 25)) - value("recency")).abs() < 1e-12);
    // Refunds alone leave all of these missing.
    let snapshots = built(&plan, &rows[1..3], &always(1, 0, 300));
    for name in ["recency", "max_gap", "overdue"] {
        assert!(
            snapshots.features().column(name).unwrap()[0].is_nan(),
            "{name}"
        );
    }
}

#[test]
fn what_cannot_be_known_is_missing() {
    let snapshots = built(&on(&[20]).features(full_set()), &[], &always(1, 0, 300));
    for (name, value) in snapshots
        .features()
        .names()
        .iter()
        .zip(snapshots.features().view())
    {
        let counted = [
            "tenure",
            "purchases",
            "money",
            "purchase_days",
            "purchase_rate",
            "events",
        ];
        let is_count = counted.iter().any(|stem| name.starts_with(stem))
            && !["share", "change", "slope", "mean", "sd"]
                .iter()
                .any(|part| name.contains(part));
        assert_eq!(value.is_nan(), !is_count, "{name}");
    }
}

#[test]
fn outcomes_change_on_the_days_that_the_window_says() {
    // s = 100, gap 10, window [110, 140).
    let plan = on(&[100])
        .gap(10)
        .horizon(30)
        .features(FeatureSet::new(vec![]).unwrap());
    let outcome = |start, end, known_until| {
        let table = customers(1);
        let spells = spells_of(
            table,
            &[(CustomerIx(0), start, end, end.map(|_| 0))],
            &["price"],
            known_until,
        );
        let made = plan.build(&SnapshotData::new(&spells)).unwrap();
        let row = |row: usize| (made.outcomes[row], made.exit_days[row], made.causes[row]);
        (!made.is_empty()).then(|| row(0))
    };
    let (lost, churned) = (
        |at| Outcome::LostInGap { cause: Some(0), at },
        |at| Outcome::Churned { cause: Some(0), at },
    );
    for (start, end, known, expected) in [
        (0, Some(99), 500, None),
        (0, Some(100), 500, Some((lost(100), 1, 1))),
        (0, Some(109), 500, Some((lost(109), 10, 1))),
        (0, Some(110), 500, Some((churned(110), 11, 1))),
        (0, Some(139), 500, Some((churned(139), 40, 1))),
        (0, Some(140), 500, Some((Outcome::Retained, 41, 1))),
        (0, None, 140, Some((Outcome::Retained, 40, 0))),
        (0, None, 139, Some((Outcome::Unknown, 39, 0))),
        (0, Some(120), 139, Some((Outcome::Unknown, 21, 1))),
        (0, Some(105), 139, Some((Outcome::Unknown, 6, 1))),
        (0, None, 100, Some((Outcome::Unknown, 0, 0))),
        (99, None, 500, Some((Outcome::Retained, 400, 0))),
        (100, None, 500, None),
    ] {
        assert_eq!(
            outcome(start, end, known),
            expected,
            "{start} {end:?} {known}"
        );
    }
}

#[test]
fn a_customer_who_came_back_has_the_tenure_of_the_spell_that_lasts() {
    let table = customers(1);
    let who = CustomerIx(0);
    let rows = [(who, 0, Some(50), None), (who, 80, None, None)];
    let spells = spells_of(table, &rows, &[], 300);
    let plan = on(&[40, 60, 81, 120]).min_tenure(30);
    let plan = plan.features(FeatureSet::new(vec![Feature::Tenure]).unwrap());
    let made = plan.build(&SnapshotData::new(&spells)).unwrap();
    assert_eq!(made.days(), [40, 120]);
    assert_eq!(
        made.features().column("tenure").unwrap().to_vec(),
        [40.0, 40.0]
    );
    assert_eq!(made.causes(), [1, 0]);
}

#[test]
fn plans_and_data_that_cannot_be_are_refused() {
    let spells = always(1, 0, 100);
    let data = SnapshotData::new(&spells);
    let none = || FeatureSet::new(vec![]).unwrap();
    let error = |plan: SnapshotPlan| plan.build(&data).unwrap_err().to_string();
    assert!(error(on(&[])).contains("dates of snapshots"));
    assert!(error(on(&[5, 5]).features(none())).starts_with("column date, row 1"));
    assert!(error(on(&[101]).features(none())).contains("after day 100"));
    assert!(error(on(&[5]).horizon(0)).starts_with("horizon is 0"));
    assert!(error(on(&[5]).lookback(90)).contains("180 days"));
    assert!(error(on(&[5])).contains("data with transactions"));
    let other = log(&[], 2);
    let error = on(&[5]).build(&data.transactions(&other)).unwrap_err();
    assert!(error.to_string().contains("one table of customers"));
    let read = |text: &str| serde_json::from_str::<FeatureSet>(text);
    assert!(read(r#"{"version":2,"features":[]}"#).is_ok());
    let error = read(r#"{"version":1,"features":[]}"#).unwrap_err();
    assert!(error.to_string().contains("is 1, expected 2"), "{error}");
    assert!(read(r#"{"version":2,"features":[{"money_slope":{"months":1}}]}"#).is_err());
}

#[test]
fn a_host_can_watch_and_stop_and_its_infinity_is_named() {
    let spells = always(2, 0, 100);
    let plan = on(&[5, 50]).features(FeatureSet::new(vec![]).unwrap());
    let data = SnapshotData::new(&spells);
    let stop = &mut |_: Progress| ControlFlow::Break(());
    let error = plan.build_observed(&data, &[], stop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let of = |known: &History<'_>| {
        if known.day() > 5 {
            f64::INFINITY
        } else {
            f64::NAN
        }
    };
    let error = plan
        .build_observed(&data, &[HostFeature::new("x", &of)], &mut ())
        .unwrap_err();
    assert!(error.to_string().starts_with("column x, row 1"), "{error}");
}

#[test]
fn an_audit_names_a_feature_that_is_not_of_the_history_alone() {
    let rows: Vec<Row> = (0..20)
        .map(|at| (0, at * 10, 100, 0, at * 10 + 3))
        .collect();
    let (spells, log) = (always(1, 0, 300), log(&rows, 1));
    let data = SnapshotData::new(&spells).transactions(&log);
    let plan = on(&[50, 100]).features(FeatureSet::purchases());
    assert_eq!(plan.audit(&data, &[]).unwrap().leak, None);
    // A feature of the host that remembers how often it was asked is not of the history alone.
    let asked = std::sync::atomic::AtomicU32::new(0);
    let of = |_: &History<'_>| f64::from(asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    let leak = plan
        .audit(&data, &[HostFeature::new("asked", &of)])
        .unwrap()
        .leak
        .unwrap();
    assert_eq!(
        (leak.feature.as_str(), leak.row, leak.day),
        ("asked", 0, 50)
    );
}

#[test]
fn folds_keep_customers_together_and_are_of_like_size() {
    let spells = always(10_000, 0, 100);
    let plan = on(&[5, 50]).features(FeatureSet::new(vec![]).unwrap());
    let made = plan.build(&SnapshotData::new(&spells)).unwrap();
    let folds = Folds::by_customer(&made, 4, 7).unwrap();
    for fold in folds.as_slice() {
        assert!(
            fold.test
                .chunks(2)
                .all(|two| made.clusters()[two[0]] == made.clusters()[two[1]])
        );
        assert_eq!(fold.test.len() / 2, 2500);
    }
    assert_ne!(folds, Folds::by_customer(&made, 4, 8).unwrap());
    assert!(Folds::by_customer(&made, 1, 7).is_err());
    assert!(made.forward_splits(100).is_err());
}

#[test]
fn splits_of_more_rows_than_there_is_room_for_are_refused() {
    let plan = SnapshotPlan::every(30, date_of_day(30).unwrap(), 4).horizon(30);
    let plan = plan.features(FeatureSet::new(vec![]).unwrap());
    let made = plan.build(&SnapshotData::new(&always(2, 0, 300))).unwrap();
    let splits = made.forward_splits(0).unwrap();
    let rows = |split: &Split| split.train.len() + split.test.len();
    let all: usize = splits.iter().map(rows).sum();
    // 2, 4 and 6 rows to train on, 2 to test on each.
    assert_eq!(all, 18);
    assert_eq!(made.forward_splits_within(0, all).unwrap(), splits);
    let error = made.forward_splits_within(0, all - 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overflow);
    assert!(error.to_string().contains("18 rows in all splits"));
}
