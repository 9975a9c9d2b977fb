use proptest::prelude::*;

use super::*;
use crate::data::{Currency, Transactions, date_of_day};

fn gaps(rows: &[(i64, i32)], as_of: i32) -> Result<PurchaseGaps> {
    let log = Transactions::builder(Currency::EUR)
        .int_keys(&rows.iter().map(|row| row.0).collect::<Vec<_>>())
        .days(rows.iter().map(|row| row.1).collect())
        .amounts(vec![100; rows.len()]);
    let state = SummaryState::new(&log.build().unwrap()).unwrap();
    PurchaseGaps::new(&state, date_of_day(as_of).unwrap())
}

/// One customer for each gap that ended, who then is silent for `open` days, and one for each open gap.
fn of_lengths(completed: &[i32], open: &[i32]) -> PurchaseGaps {
    let mut rows = Vec::new();
    for (customer, gap) in (0..).zip(completed) {
        rows.extend([(customer, 1000 - gap), (customer, 1000)]);
    }
    for (customer, gap) in (500..).zip(open) {
        rows.push((customer, 1000 - gap));
    }
    gaps(&rows, 1000).unwrap()
}

#[test]
fn golden_aml_curve() {
    // The aml data of R survival (n 23); field values of survfit(Surv(time, status) ~ 1, aml):
    // S(5, 9, 13, 23, 31, 48).
    let completed = [
        9, 13, 18, 23, 31, 34, 48, 5, 5, 8, 8, 12, 23, 27, 30, 33, 43, 45,
    ];
    let open = [13, 28, 45, 161, 16];
    let gaps = of_lengths(&completed, &open);
    // The silences of 0 days that follow completed gaps are at risk at no length above 0.
    for (days, golden) in [
        (5, 0.91304347826),
        (9, 0.78260869565),
        (13, 0.69565217391),
        (23, 0.54658385093),
        (31, 0.38647342995),
        (48, 0.08281573499),
    ] {
        let point = gaps
            .curve()
            .iter()
            .find(|point| point.days == days)
            .unwrap();
        assert!(
            (point.silent - golden).abs() < 5e-12,
            "{days} {}",
            point.silent
        );
    }
    assert_eq!(gaps.threshold(0.5).unwrap(), Some(27)); // R: the median
    assert_eq!(gaps.completed_threshold(0.5).unwrap(), Some(23));
    assert_eq!(gaps.threshold(0.95).unwrap(), None);
}

#[test]
fn completed_gaps_alone_are_too_short() {
    let gaps = of_lengths(&[10, 20, 30, 40], &[60, 60, 60, 60]);
    assert_eq!(gaps.completed_threshold(0.5).unwrap(), Some(20));
    assert_eq!(gaps.threshold(0.5).unwrap(), Some(40));
    assert_eq!(gaps.threshold(0.8).unwrap(), None);
}

#[test]
fn faults_by_hand() {
    // S: 7/8 at 10, 6/8 at 20, 5/8 at 30, 4/8 at 40; four silent for 60 days, four for none.
    let gaps = of_lengths(&[10, 20, 30, 40], &[60, 60, 60, 60]);
    let faults = gaps.faults();
    let days: Vec<u32> = faults.iter().map(|it| it.days).collect();
    assert_eq!(days, [10, 20, 30, 40, 60]);
    // Silent for 0 days: lost with chance 1/2 each, 2 in all; for 60 days: 4.
    for (fault, (alarms, missed)) in faults.iter().zip([
        (1.0 - 4.0 / 7.0, 2.0 / 6.0),
        (1.0 - 4.0 / 6.0, 2.0 / 6.0),
        (1.0 - 4.0 / 5.0, 2.0 / 6.0),
        (0.0, 2.0 / 6.0),
        (0.0, 2.0 / 6.0),
    ]) {
        assert!((fault.false_alarms - alarms).abs() < 1e-15, "{fault:?}");
        assert!((fault.missed - missed).abs() < 1e-15, "{fault:?}");
    }
    assert_eq!(gaps.cheapest(1.0, 1.0).unwrap().unwrap().days, 40);
    assert_eq!(gaps.cheapest(0.0, 1.0).unwrap().unwrap().days, 10);
    for weight in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(gaps.cheapest(weight, 1.0).is_err() && gaps.cheapest(1.0, weight).is_err());
    }
}

#[test]
fn where_everybody_returns_nobody_is_lost() {
    let gaps = of_lengths(&[10, 20], &[]);
    assert!(gaps.faults().is_empty());
    assert_eq!(gaps.cheapest(1.0, 1.0).unwrap(), None);
    assert_eq!(gaps.threshold(0.99).unwrap(), Some(20));
}

#[test]
fn without_purchases_there_are_no_gaps() {
    assert!(matches!(
        gaps(&[(1, 50)], 40),
        Err(Error::NotEnoughData { .. })
    ));
    let one = gaps(&[(1, 50)], 50).unwrap();
    assert_eq!(one.completed_threshold(0.5).unwrap(), None);
    for share in [0.0, 1.0, f64::NAN] {
        assert!(one.threshold(share).is_err() && one.completed_threshold(share).is_err());
    }
}

#[test]
fn long_gaps_and_any_number_of_threads() {
    // More customers than are counted together, silent for up to 300 years.
    let rows: Vec<(i64, i32)> = (0..120_000)
        .map(|at: i32| (i64::from(at % 50_000), at % 7 * 16_000 + at % 1_000))
        .collect();
    let made = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build()
            .unwrap()
            .install(|| gaps(&rows, 110_000).unwrap())
    };
    let one = made(1);
    assert_eq!(
        (one.completed() + one.open(), one.open()),
        (120_000, 50_000)
    );
    assert!(
        one.curve()
            .windows(2)
            .all(|pair| pair[0].days < pair[1].days)
    );
    assert!(one.curve().last().unwrap().days > 40_000);
    for threads in [2, 3, 8] {
        assert_eq!(made(threads), one);
    }
}

proptest! {
    /// The curve against one that looks at every gap on every day.
    #[test]
    fn the_curve_is_that_of_the_definition(
        completed in prop::collection::vec(1i32..40, 0..12),
        open in prop::collection::vec(0i32..60, 1..12),
    ) {
        let gaps = of_lengths(&completed, &open);
        let silent = |days: u32| {
            let upto = gaps.curve().iter().take_while(|point| point.days <= days);
            upto.last().map_or(1.0, |point| point.silent)
        };
        let mut naive = 1.0;
        for day in 1..60 {
            let ended = completed.iter().filter(|&&it| it == day).count();
            let at_risk = completed.iter().chain(&open).filter(|&&it| it >= day).count();
            if at_risk > 0 {
                naive *= 1.0 - ended as f64 / at_risk as f64;
            }
            prop_assert!((silent(day.unsigned_abs()) - naive).abs() < 1e-12);
        }
        for share in [0.1, 0.5, 0.9] {
            let (all, naive) = (gaps.threshold(share)?, gaps.completed_threshold(share)?);
            if let (Some(all), Some(naive)) = (all, naive) {
                prop_assert!(naive <= all, "{} {}", naive, all);
            }
        }
    }
}
