//! Each rule, by figures worked out by hand.

use super::*;
use crate::{ErrorKind, value::RetentionOffer};

#[test]
fn the_lost_are_won_back_for_what_they_would_add() {
    let actions = table(vec![
        one(1).lost(),
        One {
            days: Some(83),
            ..one(2)
        },
        One {
            days: Some(82),
            ..one(3)
        },
    ])
    .default();
    // V = 40 / .2 = 200, of which .8 is to be won; .8 × .05 × 200 = 8, half of it spent.
    check(&actions, 0, Action::WinBack, [160.0, 8.0, 4.0, 4.0]);
    // V = 100 / .5 = 200 as well. At the limit they are lost, and not retained at .1.
    check(&actions, 1, Action::WinBack, [100.0, 5.0, 2.5, 2.5]);
    check(&actions, 2, Action::Retain, [100.0, 10.0, 5.0, 5.0]);
}

#[test]
fn without_a_limit_the_silence_date_tells_who_is_lost() {
    let dates = [
        Some(day(2024, 6, 29)),
        Some(day(2024, 6, 30)),
        Some(day(2024, 7, 1)),
        None,
    ];
    let rows = (0..).zip(dates).map(|(key, date)| One {
        date,
        ..one(key).lost()
    });
    let mut customers = table(rows.collect());
    customers.quiet_after = None;
    let actions = customers.default();
    let of = |number| row(&actions, number).unwrap().action;
    assert_eq!([of(0), of(1)], [Action::WinBack; 2]);
    assert_eq!([of(2), of(3)], [Action::Retain; 2]);
    assert_eq!(row(&actions, 2).unwrap().silence_date, dates[2]);
    // With a limit the date says nothing.
    customers.quiet_after = Some(96);
    assert!(
        customers
            .default()
            .rows()
            .iter()
            .all(|row| row.action == Action::Retain)
    );
}

#[test]
fn the_risk_is_that_of_the_model_where_there_is_one() {
    let rows = vec![
        One {
            risk: 0.3,
            ..one(1)
        },
        one(2),
        One {
            risk: 0.3,
            ..one(3).newcomer()
        },
        one(4).newcomer(),
        // Of those lost it says nothing.
        One {
            risk: 0.3,
            ..one(5).lost()
        },
    ];
    let mut customers = table(rows);
    let actions = customers.default();
    check(&actions, 0, Action::Retain, [60.0, 6.0, 3.0, 3.0]);
    check(&actions, 1, Action::Retain, [100.0, 10.0, 5.0, 5.0]);
    check(&actions, 2, Action::Welcome, [60.0, 6.0, 3.0, 3.0]);
    check(&actions, 3, Action::Welcome, [100.0, 10.0, 5.0, 5.0]);
    check(&actions, 4, Action::WinBack, [160.0, 8.0, 4.0, 4.0]);
    customers.risk = false;
    check(
        &customers.default(),
        0,
        Action::Retain,
        [100.0, 10.0, 5.0, 5.0],
    );
    check(
        &customers.default(),
        2,
        Action::Welcome,
        [100.0, 10.0, 5.0, 5.0],
    );
}

/// Twenty-one who buy as often, of whom the first spends 30 and the middle 70.
fn peers() -> Vec<One> {
    let spend = |key: i64| if key < 10 { 30.0 } else { 70.0 };
    (0..21)
        .map(|key| One {
            spend: spend(key),
            ..one(key).at_stake(1.0)
        })
        .collect()
}

#[test]
fn those_who_spend_less_than_their_peers_are_to_grow() {
    let mut rows = peers();
    // H = .5 × 4 × (70 - 30) = 80; .05 × 80 = 4. To retain gains .5 × .1 × 2 / 2 = .05.
    rows[0].purchases = 4.0;
    // As much is gained by retaining: .5 × .1 × V / 2 = 2 by V = 80, CLV = 40.
    rows[1].purchases = 4.0;
    rows[1].clv = 40.0;
    // One cent more, or less.
    rows[2].purchases = 4.0;
    rows[2].clv = 40.01;
    rows[3].purchases = 4.0;
    rows[3].clv = 39.99;
    // The middle and above has nothing to grow to.
    rows[10].purchases = 1e6;
    let actions = table(rows).default();
    check(&actions, 0, Action::Grow, [80.0, 4.0, 2.0, 2.0]);
    check(&actions, 1, Action::Retain, [40.0, 4.0, 2.0, 2.0]);
    check(&actions, 2, Action::Retain, [40.01, 4.001, 2.0005, 2.0005]);
    check(&actions, 3, Action::Grow, [80.0, 4.0, 2.0, 2.0]);
    check(&actions, 10, Action::Retain, [1.0, 0.1, 0.05, 0.05]);
}

#[test]
fn peers_are_active_and_as_frequent_and_twenty() {
    // All of those to grow have the most to gain by it.
    let grown = |rows: &[One]| {
        let of = |row: &One| One {
            purchases: 1e3,
            ..row.clone()
        };
        let actions = table(rows.iter().map(of).collect()).default();
        let grow = |row: &&ActionRow| row.action == Action::Grow;
        let first = row(&actions, 0)
            .filter(grow)
            .map(|row| row.value_at_stake / 500.0);
        (actions.counts().grow, first)
    };
    let rows = peers();
    assert_eq!(grown(&rows), (10, Some(40.0)));
    // Of 20 the middle is halfway: (30 + 70) / 2 = 50.
    assert_eq!(grown(&rows[..20]), (10, Some(20.0)));
    assert_eq!(grown(&rows[..19]), (0, None));
    // Who may not be contacted is a peer all the same; who is lost is none.
    let mut others = rows.clone();
    others[20].contact = ContactStatus::Refused;
    assert_eq!(grown(&others), (10, Some(40.0)));
    others[20] = others[20].clone().lost();
    assert_eq!(grown(&others), (10, Some(20.0)));
    // 3 and 4 repeat days are one group, 5 is another: 20 are left, and the one joins them.
    let mut others = rows.clone();
    others[20].frequency = 4;
    assert_eq!(grown(&others), (10, Some(40.0)));
    others[20].frequency = 5;
    assert_eq!(grown(&others), (10, Some(40.0)));
    // A group of its own is not joined: with 20 more of them the middle of the first 20 is 50 again.
    let more = (30..49).map(|key| One {
        frequency: 5,
        ..one(key)
    });
    let others: Vec<One> = others.into_iter().chain(more).collect();
    assert_eq!(grown(&others), (10, Some(20.0)));
    // A group of 19 joins the next that is not empty.
    let mut others = rows;
    others.truncate(20);
    others[19].frequency = 1;
    assert_eq!(grown(&others), (10, Some(20.0)));
}

#[test]
fn who_cost_more_than_they_brought_are_let_go() {
    let rows = vec![
        One {
            profit: -1_250,
            ..one(1)
        },
        One {
            profit: -1_251,
            ..one(2).lost()
        },
        One {
            profit: -1,
            ..one(3).newcomer()
        },
        One {
            profit: 0,
            ..one(4)
        },
    ];
    let mut customers = table(rows);
    let actions = customers.default();
    check(&actions, 0, Action::LetGo, [12.5, 0.0, 0.0, 0.0]);
    check(&actions, 1, Action::LetGo, [12.51, 0.0, 0.0, 0.0]);
    check(&actions, 2, Action::LetGo, [0.01, 0.0, 0.0, 0.0]);
    check(&actions, 3, Action::Retain, [100.0, 10.0, 5.0, 5.0]);
    // They are last, by what was lost.
    assert_eq!(customers.keys(&actions), [4, 2, 1, 3]);
    // Where costs are not known, it cannot be said.
    customers.profit = false;
    assert_eq!(customers.default().counts().let_go, 0);
}

#[test]
fn the_lost_who_are_not_worth_an_offer_are_let_go_and_others_have_nothing_to_gain() {
    let rows = vec![
        one(1).lost(),
        One {
            clv: 0.0,
            ..one(2).lost()
        },
        // Surely gone, and surely there.
        One {
            p_alive: 0.0,
            clv: 0.0,
            ..one(3).lost()
        },
        One {
            p_alive: 1.0,
            clv: 40.0,
            ..one(4).lost()
        },
        One {
            clv: -40.0,
            ..one(5).lost()
        },
        One {
            p_alive: 1.0,
            ..one(6)
        },
        One {
            p_alive: 0.0,
            clv: 0.0,
            ..one(7)
        },
        One {
            clv: -1.0,
            ..one(8).newcomer()
        },
    ];
    let customers = table(rows);
    let actions = customers.default();
    check(&actions, 0, Action::WinBack, [160.0, 8.0, 4.0, 4.0]);
    check(&actions, 1, Action::LetGo, [0.0; 4]);
    check(&actions, 2, Action::LetGo, [0.0; 4]);
    check(&actions, 3, Action::LetGo, [0.0; 4]);
    check(&actions, 4, Action::LetGo, [-160.0, 0.0, 0.0, 0.0]);
    let counts = actions.counts();
    assert_eq!(
        (counts.win_back, counts.let_go, counts.nothing_to_gain),
        (1, 4, 3)
    );
    // .8 × .05 × (200 - d) - .2 d is nothing at d = 8 / .24 = 33.3.
    let dear = |incentive| {
        let offer = RetentionOffer::new(0.05).incentive(incentive);
        customers
            .choose(&ActionParams::default().offer(Action::WinBack, offer))
            .unwrap()
    };
    assert_eq!(row(&dear(33.0), 0).unwrap().action, Action::WinBack);
    check(&dear(34.0), 0, Action::LetGo, [160.0, 0.0, 0.0, 0.0]);
}

#[test]
fn offers_and_costs_are_those_of_the_parameters() {
    let mut rows = peers();
    rows[0].purchases = 40.0;
    rows[1] = one(1).newcomer();
    rows[2] = one(2).lost();
    rows[3] = one(3);
    rows[4].purchases = 1.0;
    let offer =
        |save_rate: f64, incentive: f64| RetentionOffer::new(save_rate).incentive(incentive);
    let params = ActionParams::default()
        .offer(Action::Grow, offer(0.2, 5.0))
        .offer(Action::Welcome, offer(0.3, 10.0))
        .offer(Action::WinBack, offer(0.1, 10.0))
        .offer(Action::Retain, offer(0.4, 0.0))
        .cost(Action::Grow, 7.0)
        .cost(Action::Retain, 1.0)
        .cost(Action::Welcome, 0.0);
    let actions = table(rows).choose(&params).unwrap();
    // H = .5 × 40 × 40 = 800; .2 × 800 - 5.
    check(&actions, 0, Action::Grow, [800.0, 155.0, 7.0, 148.0]);
    // .5 × .3 × (200 - 10) - .5 × 10.
    check(&actions, 1, Action::Welcome, [100.0, 23.5, 0.0, 23.5]);
    // .8 × .1 × (200 - 10) - .2 × 10.
    check(&actions, 2, Action::WinBack, [160.0, 13.2, 6.6, 6.6]);
    check(&actions, 3, Action::Retain, [100.0, 40.0, 1.0, 39.0]);
    // A value at stake of 1 is saved with .4, which the cost is more than; H = 20, of which .2 less 5.
    assert!(row(&actions, 4).is_none());
    assert_eq!(actions.counts().nothing_to_gain, 17);
}

#[test]
fn only_the_allowed_are_listed_and_all_are_counted() {
    let of = |contact: ContactStatus, key: i64| One {
        contact,
        ..one(key)
    };
    let rows = vec![
        of(ContactStatus::Refused, 1),
        of(ContactStatus::Refused, 2).lost(),
        of(ContactStatus::Unknown, 3),
        One {
            days: None,
            p_alive: f64::NAN,
            clv: f64::NAN,
            ..of(ContactStatus::Refused, 4)
        },
        One {
            days: None,
            p_alive: f64::NAN,
            clv: f64::NAN,
            ..one(5)
        },
        One {
            clv: f64::INFINITY,
            ..one(6)
        },
        One {
            p_alive: f64::NAN,
            ..one(7)
        },
        One {
            clv: f64::NAN,
            ..one(8)
        },
        one(9),
        One {
            profit: -1,
            ..of(ContactStatus::Refused, 10)
        },
    ];
    let mut customers = table(rows);
    let actions = customers.default();
    assert_eq!(customers.keys(&actions), [9]);
    let counts = *actions.counts();
    assert_eq!(
        (counts.refused, counts.unknown, counts.no_purchase),
        (4, 1, 4)
    );
    assert_eq!(Action::ALL.map(|action| counts.of(action)), [0, 1, 0, 0, 0]);
    assert_eq!((counts.nothing_to_gain, counts.not_selected), (0, 0));
    // Of nobody is it known.
    customers.contact = false;
    let actions = customers.default();
    assert!(actions.rows().is_empty());
    assert_eq!(actions.counts().unknown, 10);
}

#[test]
fn numbers_beyond_all_bounds_are_no_gain() {
    let rows = vec![
        // The worth is not a number.
        One {
            p_alive: f64::MIN_POSITIVE,
            clv: 1e10,
            purchases: 0.0,
            ..one(1)
        },
        One {
            p_alive: f64::MIN_POSITIVE,
            clv: 1e10,
            ..one(2).lost()
        },
        One {
            purchases: f64::NAN,
            spend: f64::NAN,
            ..one(3)
        },
    ];
    let more = (4..24).map(|key| One {
        purchases: f64::MAX,
        spend: 1.0,
        ..one(key)
    });
    let rich = (24..54).map(|key| One {
        spend: f64::MAX,
        ..one(key)
    });
    let customers = table(rows.into_iter().chain(more).chain(rich).collect());
    let actions = customers.default();
    assert!(row(&actions, 0).is_none());
    check(&actions, 1, Action::LetGo, [0.0; 4]);
    for number in 2..53 {
        check(&actions, number, Action::Retain, [100.0, 10.0, 5.0, 5.0]);
    }
    // An incentive so large takes everything.
    let huge = RetentionOffer::new(1.0).incentive(f64::MAX);
    let params = Action::ALL[..4]
        .iter()
        .fold(ActionParams::default(), |params, &action| {
            params.offer(action, huge)
        });
    let actions = customers.choose(&params).unwrap();
    assert_eq!((actions.rows().len(), actions.counts().let_go), (1, 1));
}

#[test]
fn few_customers_and_none() {
    let none = table(Vec::new()).default();
    assert_eq!(
        (none.rows().len(), *none.counts()),
        (0, ActionCounts::default())
    );
    assert_eq!((none.held_out(), none.planned_spend().to_bits()), (0, 0));
    let alone = table(vec![one(1)]).default();
    check(&alone, 0, Action::Retain, [100.0, 10.0, 5.0, 5.0]);
    assert_eq!(
        (alone.currency(), alone.as_of()),
        (Currency::EUR, day(2024, 6, 30))
    );
    assert_eq!(alone.params(), &ActionParams::default());
}

#[test]
fn parameters_out_of_range_are_told_of() {
    let params = ActionParams::default;
    let offer = RetentionOffer::new;
    let cases = [
        (
            params().offer(Action::Retain, offer(1.5)),
            "save rate is 1.5",
        ),
        (
            params().offer(Action::Grow, offer(f64::NAN)),
            "save rate is NaN",
        ),
        (
            params().offer(Action::Grow, offer(0.1).incentive(-1.0)),
            "incentive is -1",
        ),
        (
            params().offer(Action::LetGo, offer(0.1)),
            "action of an offer is let go",
        ),
        (
            params().cost(Action::LetGo, 1.0),
            "action of a cost is let go",
        ),
        (params().cost(Action::WinBack, -1.0), "cost is -1"),
        (params().cost(Action::WinBack, f64::INFINITY), "cost is inf"),
        (params().budget(f64::NAN), "budget is NaN"),
        (params().budget(-0.5), "budget is -0.5"),
        (params().hold_out(1.0), "hold-out is 1"),
        (params().hold_out(-0.1), "hold-out is -0.1"),
        (params().hold_out(f64::NAN), "hold-out is NaN"),
    ];
    for (params, message) in cases {
        let error = table(Vec::new()).choose(&params).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        assert!(error.to_string().starts_with(message), "{error}");
    }
}

#[test]
fn columns_are_checked() {
    let bad = [
        (
            One {
                p_alive: 1.5,
                ..one(2)
            },
            "column P(alive), row 1 (counted from 0): 1.5",
        ),
        (
            One {
                risk: -0.1,
                ..one(2)
            },
            "column chance to go quiet, row 1 (counted from 0): -0.1",
        ),
    ];
    for (bad, message) in bad {
        let error = table(vec![one(1), bad])
            .choose(&ActionParams::default())
            .unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}");
    }
    let (customers, _) = Customers::from_ints(&[1, 2]).unwrap();
    let error = table(vec![one(1)])
        .choose_of(&customers, &ActionParams::default())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LengthMismatch);
}
