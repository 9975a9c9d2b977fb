//! Who is held out.

use std::collections::BTreeMap;

use super::*;

/// Some of each action, many with the same gain.
fn many(count: i64) -> Table {
    let of = |key: i64| {
        let one = one(key).at_stake((1 + key * 7 % 5) as f64);
        match key * 5 % 8 {
            0 | 1 => one.lost(),
            2 | 3 => one.newcomer(),
            4 => One {
                profit: -key,
                ..one
            },
            _ => one,
        }
    };
    table((1..=count).map(of).collect())
}

/// The rows in the order in which they are drawn.
fn drawn(actions: &Actions) -> Vec<&ActionRow> {
    let mut rows: Vec<&ActionRow> = actions.rows().iter().collect();
    rows.sort_by_key(|row| row.action);
    rows
}

/// The arms by key.
fn by_key(customers: &Table, params: &ActionParams) -> BTreeMap<i64, Arm> {
    let actions = customers.choose(params).unwrap();
    let keys = customers.keys(&actions);
    keys.into_iter()
        .zip(actions.rows().iter().map(|row| row.arm))
        .collect()
}

#[test]
fn the_share_is_held_out_of_any_first_rows() {
    for (count, share) in [(40, 0.1), (100, 0.07), (57, 0.15), (30, 0.8), (9, 0.05)] {
        let customers = many(count);
        for seed in 0..50 {
            let params = ActionParams::default().hold_out(share).seed(seed);
            let actions = customers.choose(&params).unwrap();
            let mut held_out = 0;
            for (before, row) in drawn(&actions).into_iter().enumerate() {
                held_out += u64::from(row.arm == Arm::HoldOut);
                let due = (before + 1) as f64 * share;
                // Near a whole number the product is off by a rounding.
                let [floor, ceil] = [(due + 1e-9).floor(), (due - 1e-9).ceil()];
                assert!(
                    (floor..=ceil).contains(&(held_out as f64)),
                    "{held_out} for {due}"
                );
            }
            assert_eq!(actions.held_out(), held_out);
            let told = |row: &ActionRow| row.propensity.to_bits() == (1.0 - share).to_bits();
            assert!(actions.rows().iter().all(told));
        }
    }
    let held_out = |share: f64| {
        let params = ActionParams::default().hold_out(share);
        many(1_000).choose(&params).unwrap().held_out()
    };
    assert_eq!([held_out(0.0), held_out(0.1), held_out(0.007)], [0, 100, 7]);
}

/// Each row is held out as often as its chance says: within 4 standard errors over seeds.
#[test]
fn every_row_has_the_same_chance() {
    const SEEDS: u32 = 2_000;
    let customers = many(23);
    for arms in [Arms::Balanced, Arms::ByKey] {
        for share in [0.15, 0.8] {
            let mut held_out = [0u32; 23];
            let (mut fewest, mut most) = (u64::MAX, 0);
            for seed in 0..SEEDS.into() {
                let params = ActionParams::default()
                    .hold_out(share)
                    .seed(seed)
                    .arms(arms);
                let actions = customers.choose(&params).unwrap();
                for row in actions.rows().iter().filter(|row| row.arm == Arm::HoldOut) {
                    held_out[row.customer.at()] += 1;
                }
                fewest = fewest.min(actions.held_out());
                most = most.max(actions.held_out());
            }
            let error = (share * (1.0 - share) / f64::from(SEEDS)).sqrt();
            for often in held_out {
                let often = f64::from(often) / f64::from(SEEDS);
                assert!((often - share).abs() < 4.0 * error, "{often} for {share}");
            }
            let due = 23.0 * share;
            let rounded = (fewest as f64, most as f64) == (due.floor(), due.ceil());
            assert_eq!(rounded, arms == Arms::Balanced, "{fewest} to {most}");
        }
    }
}

#[test]
fn arms_are_by_seed_and_key_whatever_the_order() {
    let customers = many(60);
    let mut turned = customers.clone();
    turned.rows.rotate_left(17);
    turned.rows.reverse();
    for arms in [Arms::Balanced, Arms::ByKey] {
        let params = ActionParams::default().hold_out(0.3).seed(5).arms(arms);
        let first = by_key(&customers, &params);
        assert_eq!(first, by_key(&customers, &params));
        assert_eq!(first, by_key(&turned, &params));
        assert_ne!(first, by_key(&customers, &params.clone().seed(6)));
        // A budget that ends among equals ends at the same of them.
        let some = params.budget(10.3);
        let list = |table: &Table| table.keys(&table.choose(&some).unwrap());
        assert_eq!(list(&customers), list(&turned));
        assert!(list(&customers).len() < 60);
    }
}

#[test]
fn by_key_the_held_out_stay_so() {
    let params = ActionParams::default()
        .hold_out(0.2)
        .seed(3)
        .arms(Arms::ByKey);
    let all = by_key(&many(300), &params);
    let held_out = all.values().filter(|&&arm| arm == Arm::HoldOut).count();
    // 60 within 4 standard errors.
    assert!(held_out.abs_diff(60) < 28, "{held_out}");
    let fewer = by_key(&many(100), &params.clone().count(50));
    assert!(fewer.iter().all(|(key, arm)| all[key] == *arm));
    // Whoever has another worth and action by now has the same arm.
    let mut later = many(300);
    later.rows.iter_mut().for_each(|row| {
        row.clv *= 3.0;
        row.days = Some(95 - row.days.unwrap());
    });
    assert_eq!(by_key(&later, &params), all);
    let larger = by_key(&many(300), &params.clone().hold_out(0.4));
    let stays = |(key, arm): (&i64, &Arm)| *arm == Arm::Treat || larger[key] == Arm::HoldOut;
    assert!(all.iter().all(stays));
    // In balance that is not so: the list has a say.
    let balanced = params.arms(Arms::Balanced);
    let all = by_key(&many(300), &balanced);
    let fewer = by_key(&many(100), &balanced);
    assert!(fewer.iter().any(|(key, arm)| all[key] != *arm));
}

#[test]
fn texts_are_keys_as_well() {
    let customers = many(50);
    let texts = |rows: &[One]| -> Vec<String> {
        rows.iter()
            .map(|row| format!("customer {}", row.key))
            .collect()
    };
    let arms = |table: &Table| -> BTreeMap<String, Arm> {
        let (known, _) = Customers::from_texts(&texts(&table.rows)).unwrap();
        let actions = table
            .choose_of(&known, &ActionParams::default().hold_out(0.5))
            .unwrap();
        let key = |row: &ActionRow| match known.key(row.customer) {
            Some(CustomerKey::Text(key)) => key.to_owned(),
            other => panic!("{other:?} is no text"),
        };
        actions
            .rows()
            .iter()
            .map(|row| (key(row), row.arm))
            .collect()
    };
    let first = arms(&customers);
    assert_eq!(
        first.values().filter(|&&arm| arm == Arm::HoldOut).count(),
        25
    );
    let mut turned = customers;
    turned.rows.reverse();
    assert_eq!(arms(&turned), first);
}
