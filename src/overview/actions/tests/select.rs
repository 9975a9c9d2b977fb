//! Count, budget and order.

use proptest::prelude::*;

use super::*;

/// Active customers with so much at stake each, of which a tenth is the break-even.
fn at_stake(values: &[f64]) -> Table {
    let rows = (0..)
        .zip(values)
        .map(|(key, &value)| one(key).at_stake(value));
    table(rows.collect())
}

#[test]
fn the_list_is_by_gain_and_then_by_key() {
    let mut customers = at_stake(&[10.0, 30.0, 20.0, 30.0, 20.0]);
    for (at, key) in [50, 40, -7, 20, 30].into_iter().enumerate() {
        customers.rows[at].key = key;
    }
    assert_eq!(customers.keys(&customers.default()), [20, 40, -7, 30, 50]);
    let first = |count| {
        let actions = customers
            .choose(&ActionParams::default().count(count))
            .unwrap();
        assert_eq!(
            actions.counts().not_selected,
            5 - actions.rows().len() as u64
        );
        assert_eq!(actions.counts().retain, 5);
        customers.keys(&actions)
    };
    assert_eq!(first(3), [20, 40, -7]);
    assert_eq!(first(9), [20, 40, -7, 30, 50]);
    assert!(first(0).is_empty());
}

#[test]
fn a_budget_takes_what_gains_most_for_its_spend() {
    // Break-evens of 12, 9, 6 and 3 at a cost of 2: the dearest first.
    let customers = at_stake(&[60.0, 30.0, 120.0, 90.0]);
    let list = |params: &ActionParams| {
        let actions = customers.choose(params).unwrap();
        (customers.keys(&actions), actions.planned_spend())
    };
    let costs = ActionParams::default().cost(Action::Retain, 2.0);
    assert_eq!(list(&costs.clone().budget(5.0)), (vec![2, 3], 4.0));
    assert_eq!(list(&costs.clone().budget(6.0)), (vec![2, 3, 0], 6.0));
    assert_eq!(list(&costs.clone().budget(6.0).count(1)), (vec![2], 2.0));
    assert_eq!(list(&costs.budget(1.99)), (vec![], 0.0));
    // Half of the break-even: 6, 4.5, 3 and 1.5, and as much gain, so the largest first. Of 8.5 the
    // 6 leave 2.5, and only 1.5 fits.
    let halves = ActionParams::default();
    assert_eq!(list(&halves.clone().budget(8.5)), (vec![2, 1], 7.5));
    assert_eq!(list(&halves.budget(15.0)), (vec![2, 3, 0, 1], 15.0));
}

#[test]
fn to_let_go_costs_nothing_and_comes_last() {
    let mut customers = at_stake(&[60.0, 30.0, 120.0, 90.0]);
    customers.rows[1].profit = -100;
    customers.rows[2].profit = -200;
    let params = ActionParams::default();
    let keys = |params: &ActionParams| customers.keys(&customers.choose(params).unwrap());
    assert_eq!(keys(&params), [3, 0, 2, 1]);
    assert_eq!(keys(&params.clone().budget(0.0)), [2, 1]);
    assert_eq!(keys(&params.clone().budget(5.0).count(2)), [3, 2]);
}

#[test]
fn a_budget_of_the_very_sum_is_enough() {
    // Added up, .1 three times is above .3, and .55 a hundred times above 55.
    for (cost, times, budget) in [(0.1, 3, 0.3), (0.55, 100, 55.0)] {
        let params = ActionParams::default()
            .cost(Action::Retain, cost)
            .budget(budget);
        let actions = at_stake(&vec![100.0; times + 1]).choose(&params).unwrap();
        assert_eq!(
            (actions.rows().len(), actions.planned_spend()),
            (times, budget)
        );
    }
}

#[test]
fn totals_are_those_of_the_rows() {
    let mut customers = at_stake(&[100.0; 40]);
    customers.rows[7].days = Some(95);
    customers.rows[8].profit = -500;
    let actions = customers.default();
    assert_eq!(
        (actions.held_out(), actions.planned_spend()),
        (4, 38.0 * 5.0 + 2.5)
    );
    let (mut spend, mut gain) = (0.0, 0.0);
    for row in actions.rows().iter().filter(|row| row.arm == Arm::Treat) {
        spend += row.spend;
        gain += row.gain;
    }
    assert_eq!(
        (actions.treated_spend(), actions.expected_gain()),
        (spend, gain)
    );
    let by_action = actions.by_action();
    assert_eq!(by_action.map(|totals| totals.action), Action::ALL);
    assert_eq!(by_action.map(|totals| totals.rows), [1, 38, 0, 0, 1]);
    let spends = by_action.map(|totals| totals.spend.to_bits());
    assert_eq!(spends, [2.5, 190.0, 0.0, 0.0, 0.0_f64].map(f64::to_bits));
    assert_eq!(
        by_action.iter().map(|totals| totals.held_out).sum::<u64>(),
        4
    );
    let together: f64 = by_action.iter().map(|totals| totals.gain).sum();
    let of_retained = 5.0 * (by_action[1].rows - by_action[1].held_out) as f64;
    assert_eq!((together, by_action[1].gain), (gain, of_retained));
}

/// Rows with gains and spends that do not go together: new customers cost 1, those to retain 3, and
/// the lost half of their break-even.
fn mixed() -> impl Strategy<Value = Table> {
    let row = (0..3u8, 0.5..200.0f64);
    proptest::collection::vec(row, 1..11).prop_map(|rows| {
        let of = |(key, (kind, value)): (i64, (u8, f64))| {
            let one = one(key).at_stake(value);
            match kind {
                0 => one.newcomer(),
                1 => one,
                _ => One {
                    days: Some(90),
                    ..one
                },
            }
        };
        table((0..).zip(rows).map(of).collect())
    })
}

proptest! {
    #[test]
    fn the_budget_holds_and_little_is_missed(customers in mixed(), budget in 0.0..12.0f64) {
        let params = ActionParams::default().cost(Action::Welcome, 1.0).cost(Action::Retain, 3.0);
        let all = customers.choose(&params).unwrap();
        let within = customers.choose(&params.clone().budget(budget)).unwrap();
        prop_assert!(within.planned_spend() <= budget);
        let summed: f64 = within.rows().iter().map(|row| row.spend).sum();
        prop_assert!(summed <= budget * (1.0 + 1e-12));

        // The best of all choices, one by one.
        let offered: Vec<&ActionRow> =
            all.rows().iter().filter(|row| row.action != Action::LetGo).collect();
        let mut best = 0.0_f64;
        for set in 0..1u32 << offered.len() {
            let chosen = || offered.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1);
            if chosen().map(|(_, row)| row.spend).sum::<f64>() <= budget {
                best = best.max(chosen().map(|(_, row)| row.gain).sum());
            }
        }
        let gain: f64 = within.rows().iter().map(|row| row.gain).sum();
        let most = offered.iter().map(|row| row.gain).fold(0.0, f64::max);
        prop_assert!(gain <= best + 1e-9 && best <= gain + most + 1e-9, "{gain} of {best}");

        // A count takes the first of it.
        for count in 0..=within.rows().len() {
            let params = params.clone().budget(budget).count(count);
            let keys = customers.keys(&customers.choose(&params).unwrap());
            prop_assert_eq!(keys, &customers.keys(&within)[..count]);
        }
    }
}
