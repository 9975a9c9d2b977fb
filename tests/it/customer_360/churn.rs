//! The chapter on who leaves. The figures are those of R 4.2.2 with `survival` 3.5.3, from the same
//! purchases: `survfit`, `survdiff`, `coxph` with robust errors, and counts by hand.

use serde_json::{Value, json};

use super::{PROGRAM, figures};
use crate::programs::Folder;

fn close(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!(
        (found - expected).abs() <= 1e-8 * expected.abs(),
        "{found}, expected {expected}"
    );
}

/// The first purchase as `coxph(Surv(t, e) ~ log2(amount) + cohort, robust = TRUE)`, with t from the
/// first day to 169 days after the last before a longer silence.
#[test]
fn who_leaves_agrees_with_r() {
    let folder = Folder::new();
    let arguments = ["--as-of", "1997-09-30", "--json", "out.json"];
    let page = folder.run(PROGRAM, &arguments).good();
    page.says("who has bought nothing for 169 days is called lost");
    page.says("The cohorts may be alike (log-rank test, p 0.7230)");
    let churn = &folder.json("out.json")["churn"];

    assert_eq!(churn["definition"], json!({"inactivity": {"days": 169}}));
    let threshold = &churn["threshold"];
    assert_eq!(threshold["days"], 169);
    assert_eq!(threshold["of_ended_gaps"], 128);
    close(&threshold["false_alarms"], 0.108369929377043);
    close(&threshold["missed"], 0.228229283472547);
    let days = [30, 60, 90, 128, 180];
    let faults = [
        (0.402327213536012, 0.0409913655985572),
        (0.295402152603315, 0.0814057612722184),
        (0.234740055618679, 0.121162145247101),
        (0.173154846669724, 0.176830387519312),
        (0.097050318008551, 0.246564291306465),
    ];
    let others = threshold["others"].as_array().unwrap();
    assert_eq!(others.len(), days.len());
    for ((other, day), (false_alarms, missed)) in others.iter().zip(days).zip(faults) {
        assert_eq!(other["days"], day);
        close(&other["false_alarms"], false_alarms);
        close(&other["missed"], missed);
    }

    let months = churn["months"].as_array().unwrap();
    assert_eq!(months.len(), 6);
    for (month, counts) in [(3, [2182, 600, 6, 1588]), (5, [918, 286, 45, 677])] {
        let names = ["at_start", "lost", "returned", "at_end"];
        assert_eq!(
            names.map(|name| months[month][name].as_u64().unwrap()),
            counts
        );
        close(
            &months[month]["logo_churn"]["value"],
            counts[1] as f64 / counts[0] as f64,
        );
    }

    let survival = churn["survival"].as_array().unwrap();
    let names: Vec<&Value> = survival.iter().map(|stay| &stay["cohort"]).collect();
    assert_eq!(names, ["All", "1997-01", "1997-02", "1997-03"]);
    assert_eq!(survival[0]["customers"], 2357);
    assert_eq!(survival[0]["lost"], 1778);
    let after = |stay: usize, days: usize| &survival[stay]["after"][days]["still_there"];
    close(&survival[0]["median_days"], 169.0);
    close(&after(0, 1)["value"], 0.339838778107764);
    close(&after(0, 1)["se"], 0.00975622214789416);
    close(&after(0, 1)["lo"], 0.320765837086186);
    close(&after(0, 1)["hi"], 0.358990942825561);
    close(&after(1, 1)["value"], 0.352112676056338);
    close(&after(3, 1)["value"], 0.347705146036161);
    close(&churn["cohorts_p"], 0.723026491571474);
    // Nobody was watched for a year.
    assert!(after(0, 2).is_null() && after(0, 0)["value"] == 1.0);

    let first = &churn["first_purchase"];
    assert_eq!(
        (&first["rows"], &first["lost"]),
        (&json!(2357), &json!(1778))
    );
    let expected = [
        ("first_amount", -0.101808836902872, 0.0136585357751447),
        ("cohort=1997-02", 0.034627979016297, 0.0542055035780318),
        ("cohort=1997-03", -0.00194116017371643, 0.0588730983363604),
    ];
    let drivers = first["features"].as_array().unwrap();
    assert_eq!(drivers.len(), expected.len());
    for (driver, (name, coefficient, error)) in drivers.iter().zip(expected) {
        assert_eq!(driver["name"], name);
        close(&driver["log"]["value"], coefficient);
        close(&driver["log"]["se"], error);
        close(&driver["hazard_ratio"]["value"], f64::exp(coefficient));
    }

    let counts = |date: &str| {
        let snapshots = churn["snapshots"].as_array().unwrap();
        let of = snapshots.iter().find(|snapshot| snapshot["date"] == date);
        ["retained", "churned", "unknown"].map(|name| of.unwrap()[name].as_u64().unwrap())
    };
    assert_eq!(counts("1997-05-03"), [2357 - 785, 785, 0]);
    assert_eq!(counts("1997-07-02"), [2164 - 1578, 1578, 0]);
    // Who was a customer on the last day, and nothing is known of after.
    let today = counts("1997-09-30");
    assert!(today[0] == 0 && today[1] == 0 && today[2] > 0);
    // `strata(date, recency)`, `cluster = customer`; amounts are those of purchase days.
    let drivers = &churn["drivers"];
    assert_eq!(
        (&drivers["rows"], &drivers["lost"]),
        (&json!(10076), &json!(6449))
    );
    let expected = [
        ("purchase_days", -0.19640457257609367, 0.05607284518181539),
        ("money_mean", -0.02668242152912598, 0.00899575856777699),
        ("tenure", 0.00260405453714627, 0.15190916759360512),
    ];
    for (name, coefficient, error) in expected {
        let drivers = drivers["features"].as_array().unwrap();
        let driver = drivers.iter().find(|driver| driver["name"] == name);
        let log = &driver.unwrap()["log"];
        close(&log["value"], coefficient);
        close(&log["se"], error);
    }
}

/// Who goes quiet, of all the purchases: what is told of today is not told by looking ahead, and what was
/// told on earlier days came true as often as it was said.
#[test]
fn who_will_go_quiet_is_tested_on_later_days() {
    let folder = Folder::new();
    let page = folder.run(PROGRAM, &["--json", "out.json"]).good();
    page.says("Who will go quiet, which here is to buy nothing for 90 days:");
    let risk = &folder.json("out.json")["churn"]["risk"];
    assert_eq!(risk["horizon_days"], 90);
    // 299 customers bought from 1998-04-02 to 1998-06-30, counted from the file.
    assert_eq!(risk["customers"], 299);
    let expected = risk["expected_quiet"].as_f64().unwrap();
    assert!(
        expected > 0.3 * 299.0 && expected < 0.8 * 299.0,
        "{expected}"
    );
    let tested = &risk["tested"];
    assert!(tested["auc"].as_f64().unwrap() > 0.75, "{tested}");
    assert!(
        tested["calibration_slope"].as_f64().unwrap() > 0.6,
        "{tested}"
    );
    let first = risk["first"].as_array().unwrap();
    assert_eq!(first.len(), 10);
    for customer in first {
        let chance = customer["probability"].as_f64().unwrap();
        assert!(chance > 0.0 && chance < 1.0);
        for reason in customer["reasons"].as_array().unwrap() {
            assert!(reason["contribution"].as_f64().unwrap() > 0.0, "{reason}");
        }
    }
}

#[test]
fn what_cannot_be_told_of_leaving_says_why() {
    let error = |log: &str| {
        let churn = figures(log, &[])["churn"].clone();
        churn["error"]
            .as_str()
            .unwrap_or_else(|| panic!("{churn}"))
            .to_owned()
    };
    let short = "customer;date;amount\na;2024-01-01;5\na;2024-01-09;5\nb;2024-02-01;5\n";
    assert_eq!(
        error(short),
        "from 2024-01-01 to 2024-02-01 are fewer than 90 days, too few to tell who is gone"
    );
    let faithful =
        "customer;date;amount\na;2024-01-01;5\na;2024-06-30;5\nb;2024-03-01;5\nb;2024-06-01;5\n";
    assert!(
        error(faithful).contains("nobody is lost"),
        "{}",
        error(faithful)
    );
}
