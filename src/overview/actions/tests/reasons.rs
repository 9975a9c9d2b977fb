//! Why each row is on the list.

use super::*;

/// The reasons of the first customer.
fn reasons(customers: &Table) -> Vec<ActionReason> {
    row(&customers.default(), 0).unwrap().reasons.clone()
}

fn words(customers: &Table) -> Vec<String> {
    reasons(customers).iter().map(ToString::to_string).collect()
}

#[test]
fn what_decided_comes_first() {
    let date = Some(day(2024, 5, 1));
    let mut customers = table(vec![One {
        date,
        ..one(7).lost()
    }]);
    let alive = "still a customer with a probability of 20.0 %";
    assert_eq!(
        words(&customers),
        ["silent for 95 days, 83 are the limit", alive]
    );
    customers.quiet_after = None;
    let [past, silent] = ["taken for lost from 2024-05-01 on", "silent for 95 days"];
    assert_eq!(words(&customers), [past, silent, alive]);
    customers.rows[0].clv = 0.0;
    let little = "not worth an offer, 0.00 to win";
    assert_eq!(words(&customers), [past, silent, little]);
    customers.quiet_after = Some(1);
    assert_eq!(
        words(&customers),
        ["silent for 95 days, 1 is the limit", little]
    );
    customers.rows[0].profit = -1_234;
    assert_eq!(words(&customers), ["cost 12.34 more than brought"]);
}

#[test]
fn the_risk_comes_with_what_drives_it() {
    let mut customers = table(vec![One {
        risk: 0.3,
        ..one(7)
    }]);
    let risk = [
        "goes quiet within 90 days with a probability of 30.0 %",
        "1 of 7 is 1.5, which adds 0.25 to the score",
        "2 of 7 is 1.5, which adds 0.25 to the score",
    ];
    assert_eq!(words(&customers), risk);
    customers.rows[0].frequency = 0;
    customers.rows[0].days = Some(1);
    assert_eq!(words(&customers)[0], "bought on one day so far, 1 day ago");
    assert_eq!(words(&customers)[1..], risk);
    customers.rows[0].risk = f64::NAN;
    assert_eq!(
        words(&customers)[1..],
        ["still a customer with a probability of 50.0 %"]
    );
    customers.rows[0].frequency = 1;
    let alive = ActionReason::Alive { probability: 0.5 };
    let silent = ActionReason::Silent {
        days: 1,
        limit: Some(83),
    };
    assert_eq!(reasons(&customers), [alive, silent]);
}

#[test]
fn to_grow_is_by_what_peers_spend() {
    let spends = [30.0].into_iter().chain([70.0; 20]);
    let rows = (0..).zip(spends).map(|(key, spend)| One {
        spend,
        p_alive: 1.0,
        ..one(key)
    });
    let customers = table(rows.collect());
    let usual = "spends 30.00 a purchase, 70.00 is usual among 21 who buy as often";
    assert_eq!(words(&customers), [usual]);
}

#[test]
fn nothing_of_a_customer_is_in_what_is_printed_for_debugging() {
    let customers = table(vec![One {
        risk: 0.3125,
        ..one(7)
    }]);
    let actions = customers.default();
    let text = format!(
        "{actions:?} {:?} {:?}",
        actions.rows(),
        actions.rows()[0].reasons
    );
    assert!(text.contains("rows: 1") && text.contains("[GoesQuiet, Driver, Driver]"));
    for figure in ["0.3125", "62.5", "6.25", "1.5", "of 7"] {
        assert!(!text.contains(figure), "{text}");
        assert!(serde_json::to_string(&actions).unwrap().contains(figure));
    }
}
