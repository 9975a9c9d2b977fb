//! The example program `value`, run as its users run it.

use std::fmt::Write;

use serde_json::Value;

use crate::{
    bg_nbd::close,
    over_time::{agrees, cents, number},
    programs::Folder,
};

const PROGRAM: &str = "value";

/// Optima in 30-digit arithmetic; the holdout of the papers has 1,882 repeat
/// purchase days.
#[test]
fn the_cdnow_purchases_give_the_published_models() {
    let folder = Folder::new();
    let arguments = [
        "--calibrate-until",
        "1997-09-30",
        "--as-of",
        "1998-06-30",
        "--json",
        "out.json",
        "--scores",
        "scores.csv",
    ];
    let run = folder.run(PROGRAM, &arguments).good();
    run.says("1,882 repeat purchase days in 273 days.");
    let json = folder.json("out.json");
    assert_eq!(json["summary"]["customers"], 2_357);
    assert_eq!(json["summary"]["repeat_days"], 2_457);
    assert_eq!(json["summary"]["one_time"], 1_411);
    assert_eq!(json["holdout"]["actual"], 1_882.0);
    let models = [
        (
            "nbd",
            -9763.657615,
            vec![("r", 0.3847661), ("alpha", 12.0720217)],
        ),
        (
            "bg_nbd",
            -9582.4292066739,
            vec![
                ("r", 0.24259452243),
                ("alpha", 4.41360201901),
                ("a", 0.792922017226),
                ("b", 2.42590677683),
            ],
        ),
        (
            "mbg_nbd",
            -9582.135715554,
            vec![
                ("r", 0.52484315911),
                ("alpha", 6.1830852796),
                ("a", 0.89135939073),
                ("b", 1.6140022402),
            ],
        ),
        (
            "pareto_nbd",
            -9594.97617894,
            vec![
                ("r", 0.55327704685),
                ("alpha", 10.577683463),
                ("s", 0.60623998913),
                ("beta", 11.668735289),
            ],
        ),
        (
            "gamma_gamma",
            -4055.917694802,
            vec![
                ("p", 6.2495722713),
                ("q", 3.7442246671),
                ("gamma", 15.443520963),
            ],
        ),
    ];
    for (name, log_likelihood, params) in models {
        let model = &json["models"][name];
        assert_eq!(model["verdict"], "converged");
        assert!((number(&model["log_likelihood"]) - log_likelihood).abs() < 1e-6);
        for (param, expected) in params {
            close(number(&model["params"][param]), expected, 1e-6);
            assert!(number(&model["standard_errors"][param]) > 0.0);
        }
        assert_eq!(model["holdout_expected"].is_number(), name != "gamma_gamma");
    }

    let scores = folder.read("scores.csv");
    let mut lines = scores.lines();
    assert_eq!(
        lines.next(),
        Some(
            "customer,frequency,recency,age,p_alive,expected_purchases,expected_spend,clv,silence_date"
        )
    );
    assert_eq!(lines.clone().count(), 2_357);
    let first: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(first[..4], ["1", "2", "213", "272"]);
    let total: f64 = scores
        .lines()
        .skip(1)
        .map(|line| line.split(',').nth(7).unwrap().parse::<f64>().unwrap())
        .sum();
    close(total, number(&json["scores"]["clv"]), 1e-9);
}

#[test]
fn money_over_time_is_that_of_the_rows_after_the_chapters_on_models() {
    let folder = Folder::new();
    let arguments = ["--cohort", "quarter", "--json", "out.json"];
    let run = folder.run(PROGRAM, &arguments).good();
    for chapter in [
        "4. What changed",
        "5. Who makes money",
        "6. Cohorts",
        "1997 Q1",
    ] {
        run.says(chapter);
    }
    let json = folder.json("out.json");
    agrees(&json, "1998-06-30");
    assert!(json["bridge"].get("segments").is_none());
    // The published sample: 2,357 customers came in the first quarter of 1997.
    assert_eq!(json["cohorts"]["rows"][0]["customers"], 2_357);

    // Until the last day, also where models end before it.
    let arguments = [
        "--calibrate-until",
        "1997-06-30",
        "--as-of",
        "1997-09-30",
        "--json",
        "out.json",
    ];
    let run = folder.run(PROGRAM, &arguments).good();
    run.says("7. Cohorts");
    agrees(&folder.json("out.json"), "1997-09-30");
}

/// By hand: Bob costs 15.00 for 10.00, Ann 2.50 for 20.00 in two purchases.
#[test]
fn costs_and_periods_are_named() {
    let log =
        "who,day,paid,ours\nann,2019-12-31,12,1.5\nbob,2020-01-01,10,15\nann,2020-06-30,8,1\n";
    let folder = Folder::with("log.csv", log);
    let named = [
        "log.csv",
        "--customer",
        "who",
        "--amount",
        "paid",
        "--cost",
        "4",
    ];
    let arguments = [&named[..], &["--cohort", "year", "--json", "out.json"]].concat();
    let run = folder.run(PROGRAM, &arguments).good();
    run.says("cost = column 4 \"ours\"");
    let json = folder.json("out.json");
    let profit = &json["profit"];
    assert_eq!(
        (cents(&profit["costs"]), cents(&profit["profit"])),
        (17_50, 12_50)
    );
    assert_eq!(profit["unprofitable_customers"][0]["key"], "bob");
    assert_eq!(cents(&profit["unprofitable_customers"][0]["profit"]), -5_00);
    close(number(&profit["whale"]["peak_percent"]), 140.0, 1e-12);
    let cohorts = &json["cohorts"]["rows"];
    assert_eq!(
        (&cohorts[0]["start"], &cohorts[1]["start"]),
        (&"2019-01-01".into(), &"2020-01-01".into())
    );
    assert_eq!(cohorts[0]["cells"][1]["retention"], 1.0);

    let message = folder
        .run(
            PROGRAM,
            &[
                "log.csv",
                "--customer",
                "who",
                "--amount",
                "paid",
                "--cost",
                "fee",
            ],
        )
        .refused_in_a_line();
    assert!(
        message.contains("no column \"fee\" for the cost"),
        "{message}"
    );
}

#[test]
fn days_and_weeks_are_the_same_model() {
    let folder = Folder::new();
    folder.run(PROGRAM, &["--json", "weeks.json"]).good();
    folder
        .run(PROGRAM, &["--unit", "days", "--json", "days.json"])
        .good();
    let (weeks, days) = (folder.json("weeks.json"), folder.json("days.json"));
    let alpha = |json: &Value| number(&json["models"]["bg_nbd"]["params"]["alpha"]);
    close(alpha(&days), 7.0 * alpha(&weeks), 1e-6);
    let clv = |json: &Value| number(&json["scores"]["clv"]);
    close(clv(&days), clv(&weeks), 1e-6);
    assert!(weeks.get("holdout").is_none());
}

/// Data that no model can be told from still get an answer; scores do not.
#[test]
fn what_cannot_be_told_is_said() {
    let mut log = "customer,date,amount\n".to_owned();
    for at in 1..=20 {
        writeln!(log, "{at},2024-01-{at:02},10.00").unwrap();
    }
    let folder = Folder::with("once.csv", &log);
    let run = folder
        .run(PROGRAM, &["once.csv", "--json", "out.json"])
        .good();
    run.says("no customer has a repeat purchase");
    let json = folder.json("out.json");
    assert_eq!(json["models"]["bg_nbd"]["verdict"], "failed");
    assert!(
        json["models"]["gamma_gamma"]["statement"]
            .as_str()
            .unwrap()
            .contains("repeat")
    );
    let message = folder
        .run(
            PROGRAM,
            &["once.csv", "--json", "new.json", "--scores", "scores.csv"],
        )
        .refused_in_a_line();
    assert!(message.contains("no scores"), "{message}");
    assert_eq!(folder.names(), ["once.csv", "out.json"]);
}

/// Where all spend the same there is no spend model, but purchases can be told.
#[test]
fn purchases_are_told_where_money_is_not() {
    let mut log = "customer,date,amount\n".to_owned();
    for customer in 1..=40u32 {
        for visit in 0..=customer % 4 {
            let day = 1 + (customer * 7 + visit * 5) % 28;
            writeln!(log, "{customer},2024-0{}-{day:02},10.00", 1 + visit).unwrap();
        }
    }
    let folder = Folder::with("same.csv", &log);
    let arguments = ["same.csv", "--json", "out.json", "--scores", "scores.csv"];
    let run = folder.run(PROGRAM, &arguments).good();
    run.says("all customers spend 10 on average");
    let json = folder.json("out.json");
    assert!(json["scores"]["clv"].is_null() && json["scores"]["no_value"].is_string());
    let scores = folder.read("scores.csv");
    let first: Vec<&str> = scores.lines().nth(1).unwrap().split(',').collect();
    assert!(first[5].parse::<f64>().is_ok(), "{first:?}");
    assert_eq!(first[6..8], ["", ""]);
}

#[test]
fn arguments_that_do_not_fit_are_refused_in_a_line() {
    let folder = Folder::new();
    for (arguments, said) in [
        (["--margin", "30"], "margin is 30"),
        (["--annual-discount", "-0.5"], "discount rate is -0.5"),
        (["--horizon", "-1"], "horizon is -1"),
        (["--threshold", "1.5"], "threshold is 1.5"),
        (
            ["--calibrate-until", "2001-01-01"],
            "expected a day after 2001-01-01",
        ),
        (["--as-of", "1990-01-01"], "no purchases up to 1990-01-01"),
    ] {
        let message = folder.run(PROGRAM, &arguments).refused_in_a_line();
        assert!(message.contains(said), "{message}");
    }
    let same = ["--json", "a", "--scores", "a"];
    let message = folder.run(PROGRAM, &same).refused_in_a_line();
    assert!(message.contains("different files"), "{message}");
    assert!(folder.names().is_empty());
}
