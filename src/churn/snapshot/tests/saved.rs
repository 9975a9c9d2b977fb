//! Plans that are saved.

use chrono::FixedOffset;
use proptest::prelude::*;

use super::*;
use crate::{
    data::{DayBoundary, Window},
    persist,
};

fn read(text: &str) -> crate::Result<SnapshotPlan> {
    persist::from_json(text)
}

#[test]
fn damaged_plans_are_refused() {
    let offset = FixedOffset::east_opt(3600).unwrap();
    let dates = on(&[300, 400])
        .lookback(200)
        .day_boundary(DayBoundary::FixedOffset(offset));
    let within = Window::new(date_of_day(0).unwrap(), date_of_day(365).unwrap()).unwrap();
    let renewals = SnapshotPlan::renewals(RenewalCycle::Months(12), 20, within).gap(5);
    for (plan, edits) in [
        (
            &dates,
            &[
                ("[300,400]", "[400,300]"),
                ("[300,400]", "[300,300]"),
                ("[300,400]", "[]"),
                ("[300,400]", "[300,2147483647]"),
                ("[300,400]", "[300,400.5]"),
                ("\"days\":[300", "\"weeks\":[300"),
                ("\"lookback\":200", "\"lookback\":0"),
                ("\"lookback\":200", "\"lookback\":179"),
                ("\"lookback\":200", "\"lookback\":-1"),
                ("\"horizon\":30", "\"horizon\":0"),
                ("\"horizon\":30,", ""),
                ("\"horizon\":30,", "\"horizon\":30,\"width\":1,"),
                ("\"offset_seconds\":3600", "\"offset_seconds\":86400"),
                ("\"version\":2", "\"version\":1"),
                ("\"tenure\",", "\"tenure\",\"tenure\","),
                ("\"days\":30}", "\"days\":0}"),
            ][..],
        ),
        (
            &renewals,
            &[
                ("{\"months\":12}", "{\"months\":0}"),
                ("{\"months\":12}", "{\"weeks\":12}"),
                ("\"lead_time\":20", "\"lead_time\":4"),
                ("\"lead_time\":20", "\"lead_time\":35"),
                ("\"lead_time\":20", "\"lead_time\":20,\"more\":1"),
                ("1970-01-01", "1971-01-02"),
                ("1970-01-01", "1970-02-30"),
            ][..],
        ),
    ] {
        let text = persist::to_json(plan).unwrap();
        assert_eq!(read(&text).unwrap(), *plan);
        for &(part, damaged) in edits {
            assert!(text.contains(part), "{part} in {text}");
            let error = read(&text.replacen(part, damaged, 1)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ModelFormat, "{damaged}");
        }
    }
}

fn dates() -> impl Strategy<Value = SnapshotPlan> {
    let days = prop::collection::btree_set(-900_000_i32..900_000, 1..20);
    let renewals = (
        1_u32..500,
        0_u32..30,
        -9_000_i32..0,
        0_i32..9_000,
        prop::bool::ANY,
    )
        .prop_map(|(length, lead_time, first, last, in_months)| {
            let cycle = if in_months {
                RenewalCycle::Months(length)
            } else {
                RenewalCycle::Days(length)
            };
            let within = Window::new(date_of_day(first).unwrap(), date_of_day(last).unwrap());
            SnapshotPlan::renewals(cycle, lead_time, within.unwrap())
        });
    prop_oneof![
        days.prop_map(|days| on(&days.into_iter().collect::<Vec<_>>())),
        renewals,
    ]
}

proptest! {
    #[test]
    fn a_saved_plan_comes_back_the_same(
        plan in dates(),
        gap in 0_u32..2,
        more in 0_u32..u32::MAX,
        min_tenure in 0_u32..,
        lookback in prop::option::of(180_u32..),
        offset in prop::option::of(-86_399_i32..86_400),
        labelled in prop::bool::ANY,
    ) {
        let boundary = offset.map_or(DayBoundary::Utc, |seconds| {
            DayBoundary::FixedOffset(FixedOffset::east_opt(seconds).unwrap())
        });
        let mut plan = plan.horizon(30 + more % 1_000_000).min_tenure(min_tenure).day_boundary(boundary);
        if plan.days().is_empty() || gap == 0 {
            plan = plan.gap(0);
        } else {
            plan = plan.gap(more);
        }
        if let Some(days) = lookback {
            plan = plan.lookback(days);
        }
        if labelled {
            plan = plan.features(full_set());
        }
        let text = persist::to_json(&plan).unwrap();
        let again = read(&text).unwrap();
        prop_assert_eq!(&again, &plan);
        prop_assert_eq!(persist::to_json(&again).unwrap(), text);
    }
}
