//! What holds of any table.

use proptest::prelude::*;

use super::*;
use crate::numeric::rng::Stream;

/// Any customers, with all that can be missing or at its end.
fn any(seed: u64, count: u32) -> Table {
    fn one_of<T: Copy>(draw: &mut Stream, values: &[T]) -> T {
        values[draw.index(values.len())]
    }
    use ContactStatus::{Allowed, Refused, Unknown};
    let mut draw = Stream::new(seed, 0, 0);
    let mut customer = |key: u32| {
        let draw = &mut draw;
        let worth = draw.uniform() * 500.0;
        let edge = one_of(draw, &[f64::NAN, -5.0, 0.0, 1e9, f64::INFINITY]);
        let [sooner, later] = [day(2024, 6, 1), day(2024, 7, 1)].map(Some);
        One {
            key: key.into(),
            contact: one_of(draw, &[Unknown, Allowed, Allowed, Allowed, Refused]),
            days: one_of(
                draw,
                &[None, Some(0), Some(5), Some(82), Some(83), Some(400)],
            ),
            frequency: one_of(draw, &[0, 1, 2, 4, 40]),
            p_alive: one_of(draw, &[0.0, 1e-300, 0.2, 0.9, 1.0, f64::NAN]),
            clv: one_of(draw, &[worth, worth, edge]),
            purchases: one_of(draw, &[0.0, 2.5, f64::NAN]),
            spend: one_of(draw, &[0.0, 10.0, 20.0, 50.0, f64::NAN]),
            date: one_of(draw, &[None, sooner, later]),
            risk: one_of(draw, &[f64::NAN, 0.0, 0.4, 1.0]),
            profit: one_of(draw, &[-300, 0, 0, 0, 4_000]),
        }
    };
    Table {
        rows: (0..count).map(&mut customer).collect(),
        quiet_after: (!seed.is_multiple_of(3)).then_some(83),
        risk: !seed.is_multiple_of(4),
        profit: !seed.is_multiple_of(5),
        contact: !seed.is_multiple_of(7),
    }
}

proptest! {
    #[test]
    fn everybody_is_counted_and_only_the_allowed_are_listed(
        seed in 0..1_000_000u64, count in 0..200u32, limit in 0..250usize, budget in 0.0..100.0f64,
    ) {
        let customers = any(seed, count);
        let all = customers.default();
        let counts = all.counts();
        let offered: u64 = Action::ALL.iter().map(|&action| counts.of(action)).sum();
        let others =
            counts.refused + counts.unknown + counts.no_purchase + counts.nothing_to_gain;
        prop_assert_eq!(offered + others, u64::from(count));
        prop_assert_eq!(all.rows().len() as u64, offered);

        let params = ActionParams::default().count(limit).budget(budget);
        let some = customers.choose(&params).unwrap();
        prop_assert!(some.planned_spend() <= budget && some.rows().len() <= limit);
        prop_assert_eq!(some.rows().len() as u64 + some.counts().not_selected, offered);
        let mut seen = vec![false; customers.rows.len()];
        for row in all.rows() {
            let one = &customers.rows[row.customer.at()];
            prop_assert!(customers.contact && one.contact == ContactStatus::Allowed);
            prop_assert!(!std::mem::replace(&mut seen[row.customer.at()], true));
            prop_assert!(!row.reasons.is_empty());
            let figures = [row.value_at_stake, row.break_even, row.spend, row.gain];
            prop_assert!(figures.iter().all(|figure| figure.is_finite()));
            prop_assert!((row.gain - (row.break_even - row.spend)).abs() < 1e-9);
            prop_assert_eq!(row.gain > 0.0, row.action != Action::LetGo);
            prop_assert_eq!(row.action == Action::Welcome, one.frequency == 0
                && row.action != Action::WinBack && row.action != Action::LetGo);
        }
        // What is on a shorter list is on the longer one, in the same order.
        let mut rest = all.rows().iter();
        for row in some.rows() {
            prop_assert!(rest.any(|other| other.customer == row.customer));
        }
    }
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let customers = any(1, 60_000);
    let list = |params: &ActionParams, threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let actions = pool.install(|| customers.choose(params)).unwrap();
        serde_json::to_string(&actions).unwrap()
    };
    let params = ActionParams::default();
    for params in [
        params.clone(),
        params.budget(1e6).count(9_000).arms(Arms::ByKey),
    ] {
        let alone = list(&params, 1);
        assert!(
            [2, 3, 8]
                .map(|threads| list(&params, threads))
                .iter()
                .all(|text| *text == alone)
        );
        assert!(alone.len() > 1_000_000);
    }
}
