//! The example program `migration`, run as its users run it.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::programs::Folder;

const PROGRAM: &str = "migration";

const COLUMNS: [&str; 7] = [
    "in.csv",
    "--id",
    "who",
    "--period",
    "when",
    "--segment",
    "what",
];

fn run(content: &str, more: &[&str]) -> Value {
    let folder = Folder::with("in.csv", content);
    let arguments = [&COLUMNS[..], more, &["--json", "out.json"]].concat();
    folder.run(PROGRAM, &arguments).good();
    folder.json("out.json")
}

/// Two periods of customers who are never outside, so many for each cell of a table.
fn pairs(names: &[&str], counts: &[&[usize]]) -> String {
    let mut text = "who,when,what\n".to_owned();
    let mut customer = 0;
    for (from, row) in names.iter().zip(counts) {
        for (to, &count) in names.iter().zip(*row) {
            for _ in 0..count {
                customer += 1;
                writeln!(text, "c{customer},1,{from}\nc{customer},2,{to}").unwrap();
            }
        }
    }
    text
}

fn close(found: &Value, expected: f64, tolerance: f64) {
    let found = found.as_f64().unwrap();
    assert!(
        (found - expected).abs() < tolerance,
        "{found}, expected {expected}"
    );
}

fn balance<'a>(found: &'a Value, segment: &Value) -> &'a Value {
    let mut rows = found["balance"].as_array().unwrap().iter();
    rows.find(|row| row["segment"] == *segment).unwrap()
}

/// Ten customers, of whom one goes and three come: by hand.
#[test]
fn a_balance_holds_in_customers_and_in_money() {
    let before = ["A", "A", "A", "B", "B", "B", "C", "C", "C", "C"];
    let after = [
        (1, "A"),
        (2, "A"),
        (3, "B"),
        (4, "B"),
        (5, "A"),
        (6, "C"),
        (7, "C"),
        (8, "C"),
        (9, "B"),
        (11, "A"),
        (12, "C"),
        (13, "C"),
    ];
    let mut text = "who;when;what;worth\n".to_owned();
    for (customer, segment) in (1..).zip(before) {
        writeln!(text, "{customer};1;{segment};{customer}.50").unwrap();
    }
    for (customer, segment) in after {
        writeln!(text, "{customer};2;{segment};{customer}.75").unwrap();
    }
    let found = run(&text, &["--value", "worth", "--order", "A,B,C"]);
    assert_eq!(found["states"], json!(["A", "B", "C"]));
    assert_eq!(found["counts"], json!([[2, 1, 0], [1, 1, 1], [0, 1, 2]]));
    for (segment, [opening, born, arrived, left, churned, closing]) in [
        ("A", [3, 1, 1, 1, 0, 4]),
        ("B", [3, 0, 2, 2, 0, 3]),
        ("C", [4, 2, 1, 1, 1, 5]),
    ] {
        let row = balance(&found, &json!(segment));
        for (key, value) in [
            ("opening", opening),
            ("born", born),
            ("returned", 0),
            ("arrived", arrived),
            ("left", left),
            ("paused", 0),
            ("churned", churned),
            ("closing", closing),
        ] {
            assert_eq!(row[key], value, "{segment} {key}");
        }
    }
    // 7.5 + 8.5 + 9.5 + 10.5 before; 6.75 + 7.75 + 8.75 + 12.75 + 13.75 after.
    let money = &balance(&found, &json!("C"))["money"];
    for (key, value) in [
        ("opening", 36.0),
        ("born", 26.5),
        ("arrived", 6.75),
        ("change", 0.5),
        ("left", 9.5),
        ("churned", 10.5),
        ("closing", 49.75),
    ] {
        close(&money[key], value, 1e-12);
    }
    let all = balance(&found, &Value::Null);
    assert_eq!((&all["opening"], &all["closing"]), (&json!(10), &json!(12)));
    let growth = &found["growth"][2];
    assert_eq!(
        (&growth["segment"], &growth["change"]),
        (&json!("C"), &json!(1))
    );
    assert_eq!(growth["parts"]["churned"], -1);
    close(&growth["rate"], 0.25, 1e-15);
    let ladder = &found["ladder"];
    assert_eq!(
        (&ladder["upgraded"], &ladder["downgraded"]),
        (&json!(2), &json!(2))
    );
}

/// The sequence of the R package markovchain (`example_sequence` of its tests), as one customer.
#[test]
fn a_sequence_is_of_the_first_order() {
    let letters = "abaaaabababaabbba".chars();
    let mut text = "who,when,what\n".to_owned();
    for (period, letter) in (1..).zip(letters) {
        writeln!(text, "x,{period},{letter}").unwrap();
    }
    let found = run(&text, &["--steps", "2"]);
    assert_eq!(found["counts"], json!([[4, 5], [5, 2]]));
    let order = &found["tests"]["order"];
    close(&order["pearson"], 0.63, 1e-12);
    close(&order["g"], 0.599161283, 1e-9);
    close(&order["p"], 0.7297889, 1e-7);
    assert_eq!(order["df"], 2);
    assert_eq!(found["forecast"].as_array().unwrap().len(), 2);
    // From a: 4/9 stay.
    close(&found["forecast"][0]["customers"][0], 4.0 / 9.0, 1e-12);
    assert_eq!(found["forecast"][0]["step"], 1);
}

/// The land of Oz (Kemeny and Snell 1976), and the table of Craig and Sendi (2002).
#[test]
fn long_runs_and_mobility_are_as_published() {
    let oz: [&[usize]; 3] = [&[2, 1, 1], &[2, 0, 2], &[1, 1, 2]];
    let found = run(
        &pairs(&["rain", "nice", "snow"], &oz),
        &["--order", "rain,nice,snow"],
    );
    for (share, expected) in [0.4, 0.2, 0.4].iter().enumerate() {
        close(&found["steady_state"][share], *expected, 1e-12);
    }
    close(&found["mobility"]["svd"], 0.683012701892, 1e-12);
    close(&found["mobility"]["prais"], 1.0, 1e-12);
    close(&found["probabilities"][0][1], 0.25, 1e-15);

    let sick: [&[usize]; 3] = [&[682, 33, 25], &[154, 64, 47], &[19, 19, 43]];
    let found = run(&pairs(&["1", "2", "3"], &sick), &[]);
    let shares = [0.8343668262, 0.0765921432, 0.0890410306];
    for (at, expected) in shares.into_iter().enumerate() {
        close(&found["steady_state"][at], expected, 1e-10);
    }
    // scipy 1.17.1, chi2_contingency: Pearson, and lambda_ = "log-likelihood".
    let test = &found["tests"]["independence"];
    assert_eq!(test["df"], 4);
    close(&test["pearson"], 334.1691440422742, 1e-9);
    close(&test["g"], 282.01307366679055, 1e-9);
}

/// A chain that is known comes back from the moves of customers who come and go.
#[test]
fn a_known_chain_is_recovered() {
    const CHAIN: [[f64; 3]; 3] = [[0.7, 0.2, 0.1], [0.3, 0.5, 0.2], [0.05, 0.15, 0.8]];
    // What solves pi P = pi, by hand.
    const LONG_RUN: [f64; 3] = [14.0 / 43.0, 11.0 / 43.0, 18.0 / 43.0];
    let mut state = 7u64;
    let mut uniform = || {
        // SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195).
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut text = "who,when,what\n".to_owned();
    for customer in 0..4_000 {
        let mut place = 0;
        let first = (0..5).find(|_| uniform() < 0.3).unwrap_or(5);
        for period in first..10 {
            let (came, mut rest) = (uniform() < 0.9, uniform());
            if came {
                writeln!(
                    text,
                    "{customer},{period},{}",
                    ["low", "middle", "high"][place]
                )
                .unwrap();
            }
            let next = CHAIN[place].iter().position(|p| {
                rest -= p;
                rest < 0.0
            });
            place = next.unwrap_or(2);
            if uniform() < 0.03 {
                break;
            }
        }
    }
    let found = run(&text, &["--order", "low,middle,high"]);
    for (from, row) in CHAIN.iter().enumerate() {
        let counted: u64 = (0..3)
            .map(|to| found["counts"][from][to].as_u64().unwrap())
            .sum();
        for (to, &p) in row.iter().enumerate() {
            let four_errors = 4.0 * (p * (1.0 - p) / counted as f64).sqrt();
            close(&found["probabilities"][from][to], p, four_errors);
        }
    }
    for (at, share) in LONG_RUN.into_iter().enumerate() {
        close(&found["steady_state"][at], share, 0.02);
    }
    for test in ["stationarity", "order"] {
        assert!(found["tests"][test]["p"].as_f64().unwrap() > 1e-4, "{test}");
    }
    assert!(found["tests"]["independence"]["p"].as_f64().unwrap() < 1e-12);
    let stays = found["sequences"]["stays"].as_array().unwrap();
    let expected: Vec<f64> = stays
        .iter()
        .map(|it| it["expected"].as_f64().unwrap())
        .collect();
    assert!(
        expected[2] > expected[0] && expected[0] > expected[1],
        "{expected:?}"
    );
    assert!(found["drift"]["psi"].as_f64().unwrap() > 0.5);
    assert!(!found["critical_moves"].as_array().unwrap().is_empty());
}

/// Nine in ten stay each time, until six in ten are gone.
#[test]
fn a_mass_exit_rings() {
    let mut text = "who,when,what\n".to_owned();
    for customer in 0..400 {
        for period in 0..5 {
            let goes = customer % 10 == 0 || (period == 4 && customer % 10 < 6);
            let what = if goes && period > 0 && period < 4 {
                "silver"
            } else {
                "gold"
            };
            if !(goes && period == 4) {
                writeln!(text, "{customer},{period},{what}").unwrap();
            }
        }
    }
    let found = run(&text, &["--order", "silver,gold"]);
    let first = &found["critical_moves"][0];
    assert_eq!(
        (&first["from"], &first["to"]),
        (&json!("gold"), &json!("(outside)"))
    );
    assert_eq!(
        (&first["customers"], &first["rings"]),
        (&json!(200), &json!(true))
    );
    close(&first["share"], 200.0 / 360.0, 1e-12);
    close(&first["usual_share"], 0.0, 1e-12);
}

#[test]
fn nobody_is_dropped_and_periods_stand_in_their_order() {
    let text = "who,when,what\nann,10,new\nann,2,old\nbob,2,new\nbob,9,new\ncid,9,new\ndan,2,old\n\
                dan,10,old\n";
    let found = run(text, &[]);
    assert_eq!(found["periods"], json!(["2", "9", "10"]));
    assert_eq!(found["customers"], 4);
    // Only bob was in a segment in two periods running.
    assert_eq!(found["counts"], json!([[1, 0], [0, 0]]));
    let rows = found["balance"].as_array().unwrap();
    let of = |step: u64, segment: Value| {
        rows.iter()
            .find(|row| row["step"] == step && row["segment"] == segment)
            .unwrap()
    };
    assert_eq!(of(0, json!("old"))["paused"], 2);
    assert_eq!(of(0, json!("new"))["born"], 1);
    assert_eq!(of(1, json!("new"))["returned"], 1);
    assert_eq!(of(1, json!("new"))["churned"], 2);
    assert_eq!(of(1, Value::Null)["closing"], 2);
    // Nobody was seen to leave "old" for a segment: its row is not known, nor the long run.
    assert_eq!(found["probabilities"][1], Value::Null);
    assert_eq!(found["steady_state"], Value::Null);
    assert!(!found["notes"].as_array().unwrap().is_empty());
    let one = run("who,when,what\na,1,x\nb,1,y\n", &[]);
    assert_eq!(one["counts"], json!([[0, 0], [0, 0]]));
    assert_eq!(one["balance"], json!([]));
    assert_eq!(one["tests"]["stationarity"], Value::Null);
}

#[test]
fn what_is_wrong_is_told_by_line() {
    let refused = |content: &str, more: &[&str]| {
        let folder = Folder::with("in.csv", content);
        let arguments = [&COLUMNS[..], more, &["--json", "out.json"]].concat();
        let message = folder.run(PROGRAM, &arguments).refused_in_a_line();
        assert_eq!(folder.names(), ["in.csv"]);
        message
    };
    for (content, says) in [
        ("", "line 1: the file is empty"),
        ("who,when,what\n", "no rows below the header"),
        ("who,when\n1,2\n", "no column \"what\""),
        ("who,when,what\na,1\n", "line 2: 2 fields, not 3"),
        ("who,when,what\na,1,x\n,2,y\n", "line 3, column who"),
        ("who,when,what\na,1,x\na,2,\n", "line 3, column what"),
        (
            "who,when,what\na,1,x\nb,1,x\na,1,y\n",
            "line 4: customer a in period 1 stands on line 2 already",
        ),
    ] {
        let message = refused(content, &[]);
        assert!(message.contains(says), "{message}");
    }
    let good = "who,when,what,v\na,1,x,1\na,2,y,2\n";
    for (more, says) in [
        (
            &["--order", "x"][..],
            "line 3, column what: \"y\" is not one of x",
        ),
        (&["--order", "x,y,x"], "name 3 is \"x\""),
        (&["--value", "when"], "column 2 \"when\" is asked for twice"),
    ] {
        let message = refused(good, more);
        assert!(message.contains(says), "{message}");
    }
    let bad = good.replace("2,y,2", "2,y,two");
    let message = refused(&bad, &["--value", "v"]);
    assert!(message.contains("line 3, column v is \"two\""), "{message}");
}
