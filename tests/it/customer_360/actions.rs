//! Its last chapters: what to do with whom, who may be contacted, and one customer.

use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

use serde_json::Value;

use super::PROGRAM;
use crate::{
    over_time::number,
    programs::{Folder, Run},
};

/// How many customers there are in the log of a folder.
const CUSTOMERS: usize = 300;

/// The first customers of the shipped purchases, as a file of somebody's own.
fn log() -> (String, Vec<String>) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data/cdnow_purchases.csv");
    let shipped = fs::read_to_string(shipped).unwrap();
    let (header, rows) = shipped.split_once('\n').unwrap();
    let (mut log, mut keys) = (format!("{header}\n"), Vec::<String>::new());
    for row in rows.lines() {
        let key = row.split(',').next().unwrap();
        if !keys.iter().any(|known| known == key) {
            if keys.len() == CUSTOMERS {
                continue;
            }
            keys.push(key.to_owned());
        }
        log += row;
        log.push('\n');
    }
    (log, keys)
}

/// A folder with that log and statuses of its customers, and who agreed.
///
/// Of six customers three agreed, each in one of the ways to write it, one of them after a refusal
/// of somebody else and one besides what is not known; two refused, one of them after all; of one
/// nothing is known.
fn folder() -> (Folder, BTreeSet<String>) {
    let (log, keys) = log();
    let yes = ["allowed", "YES", "Opt-in", "true", "1"];
    let no = ["refused", "No", "opt-OUT", "False", "0"];
    let mut statuses = "customer;consent\nnobody;yes\nanother;refused\n".to_owned();
    let mut agreed = BTreeSet::new();
    for (at, key) in keys.iter().enumerate() {
        let (yes, no) = (yes[at / 6 % 5], no[at / 6 % 5]);
        let said: &[&str] = match at % 6 {
            0 | 1 => &[yes],
            2 => &["unknown", yes, ""],
            3 => &[no],
            4 => &[yes, no, yes],
            _ => &[],
        };
        for word in said {
            writeln!(statuses, "{key};{word}").unwrap();
        }
        if at % 6 < 3 {
            agreed.insert(key.clone());
        }
    }
    let folder = Folder::with("log.csv", log);
    fs::write(folder.0.join("contact.csv"), statuses).unwrap();
    (folder, agreed)
}

/// A run on that log with its statuses, and the figures.
fn run(folder: &Folder, arguments: &[&str]) -> (Run, Value) {
    let written = ["log.csv", "--contact", "contact.csv", "--json", "out.json"];
    let run = folder.run(PROGRAM, &[&written, arguments].concat()).good();
    (run, folder.json("out.json"))
}

fn rows(json: &Value) -> &Vec<Value> {
    json["actions"].as_array().unwrap()
}

/// The keys on the list with what of each row.
fn listed<'a>(json: &'a Value, what: &str) -> Vec<(&'a str, &'a str)> {
    let text = |row: &'a Value, name: &str| row[name].as_str().unwrap();
    let row = |row: &'a Value| (text(row, "key"), text(row, what));
    rows(json).iter().map(row).collect()
}

#[test]
fn only_who_agreed_is_on_the_list() {
    let (folder, agreed) = folder();
    let (run, json) = run(&folder, &["--actions", "1000", "--hold-out", "0"]);
    run.says("contact.csv: rows: ");
    run.says("status = column 2 \"consent\" (guessed)");
    run.says("11. What to do");
    run.says("Keys with a status that are no customer's: 2.");
    run.says("Nobody is held out");
    let contact = &json["contact"];
    assert_eq!(contact["synthetic"], false);
    for (status, customers) in [
        ("allowed", 150),
        ("refused", 100),
        ("unknown", 50),
        ("strangers", 2),
    ] {
        assert_eq!(contact[status], customers, "{status}");
    }
    let rows = rows(&json);
    assert!(
        rows.len() > 10 && rows.len() <= agreed.len(),
        "{}",
        rows.len()
    );
    for row in rows {
        assert!(agreed.contains(row["key"].as_str().unwrap()), "{row}");
        assert!(!row["reasons"].as_array().unwrap().is_empty(), "{row}");
        assert_eq!(
            (&row["arm"], &row["propensity"]),
            (&"treat".into(), &1.0.into())
        );
    }
    let summary = &json["actions_summary"];
    assert_eq!(summary["counts"]["refused"], 100);
    assert_eq!(summary["counts"]["unknown"], 50);
    assert_eq!(summary["counts"]["not_selected"], 0);
    let by_action = summary["by_action"].as_array().unwrap().iter();
    let of_actions: u64 = by_action.map(|of| of["rows"].as_u64().unwrap()).sum();
    assert_eq!(of_actions, rows.len() as u64);
}

#[test]
fn without_statuses_nobody_is_contacted_and_that_is_said() {
    let (folder, _) = folder();
    let arguments = ["log.csv", "--json", "out.json"];
    let run = folder.run(PROGRAM, &arguments).good();
    run.says("Nobody may be contacted");
    run.says("--contact FILE");
    let json = folder.json("out.json");
    assert_eq!(rows(&json).len(), 0);
    assert_eq!(json["contact"]["unknown"], CUSTOMERS);
    assert_eq!(json["contact"]["synthetic"], false);
    assert_eq!(json["actions_summary"]["counts"]["unknown"], CUSTOMERS);
    assert_eq!(json["actions_summary"]["planned_spend"], 0.0);
}

#[test]
fn a_budget_is_kept() {
    let (folder, _) = folder();
    let spend = |json: &Value| {
        rows(json)
            .iter()
            .map(|row| number(&row["spend"]))
            .sum::<f64>()
    };
    let (_, all) = run(&folder, &["--actions", "1000"]);
    let budget = 0.2 * spend(&all);
    let (_, json) = run(
        &folder,
        &["--actions", "1000", "--budget", &budget.to_string()],
    );
    let planned = number(&json["actions_summary"]["planned_spend"]);
    assert!(
        planned <= budget && planned > 0.5 * budget,
        "{planned} of {budget}"
    );
    assert!((spend(&json) - planned).abs() < 1e-6);
    assert!(rows(&json).len() < rows(&all).len());
    let treated = number(&json["actions_summary"]["treated_spend"]);
    assert!(treated <= planned);
}

#[test]
fn a_share_is_held_out_and_the_same_one_when_run_again() {
    let (folder, _) = folder();
    let arguments = ["--actions", "40", "--hold-out", "0.25", "--seed", "7"];
    let (first, json) = run(&folder, &arguments);
    first.says("with a probability of 25.0% (treated with a propensity of 0.75)");
    let arms = listed(&json, "arm");
    assert_eq!(arms.len(), 40);
    let held_out = arms.iter().filter(|(_, arm)| *arm == "hold_out");
    assert_eq!(held_out.count(), 10);
    assert_eq!(json["actions_summary"]["held_out"], 10);
    assert!(rows(&json).iter().all(|row| row["propensity"] == 0.75));

    let (again, second) = run(&folder, &arguments);
    assert_eq!((first.out, &json), (again.out, &second));
    // Other arms of the same customers, and another receipt.
    let (_, other) = run(
        &folder,
        &["--actions", "40", "--hold-out", "0.25", "--seed", "8"],
    );
    let others = listed(&other, "arm");
    let moved = |(key, arm): &&(&str, &str)| {
        let mut others = others.iter();
        others.any(|(other, now)| other == key && now != arm)
    };
    assert!(arms.iter().any(|row| moved(&row)));
    assert_ne!(json["receipt"]["id"], other["receipt"]["id"]);
}

#[test]
fn statuses_that_cannot_be_read_are_told() {
    let (folder, _) = folder();
    let before = folder.names();
    let message = |content: &str, arguments: &[&str]| {
        fs::write(folder.0.join("contact.csv"), content).unwrap();
        let written = ["log.csv", "--contact", "contact.csv", "--json", "out.json"];
        folder
            .run(PROGRAM, &[&written, arguments].concat())
            .refused()
    };
    let told = message("id,status,x\n4,perhaps,\n18,yes\n,no,\n21,yes,\n", &[]);
    for line in [
        "error: contact.csv: 3 of 4 rows cannot be read; mend or remove them",
        "\ncontact.csv, line 2, column 2 (status): \"perhaps\" is not allowed, refused or unknown",
        "\ncontact.csv, line 3: 2 fields, but the header has 3",
        "\ncontact.csv, line 4, column 1 (id): the customer is blank",
    ] {
        assert!(told.contains(line), "{line:?} is not in\n{told}");
    }
    for (content, arguments, expected) in [
        ("", &[][..], "contact.csv, line 1: the file is empty"),
        ("id,status\n", &[], "contact.csv, line 1: no rows below"),
        (
            "id,x\n4,yes\n",
            &[],
            "no column looks like the contact status; name it with --contact-status",
        ),
        (
            "x,status\n4,yes\n",
            &[],
            "no column looks like the customer; name it with --contact-customer",
        ),
        (
            "id,status\n4,yes\n",
            &["--contact-status", "no"],
            "no column \"no\" for the contact status",
        ),
        (
            "id,status\n4,yes\n",
            &["--rejects", "contact.csv"],
            "cannot write contact.csv: it is a file that is read",
        ),
    ] {
        let told = message(content, arguments);
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert_eq!(folder.names(), before, "nothing is written");
    for usage in [
        ["--hold-out", "1"],
        ["--hold-out", "-0.1"],
        ["--budget", "-1"],
        ["--budget", "much"],
        ["--contact-status", "2"],
    ] {
        let arguments = [&["log.csv"], &usage[..]].concat();
        assert_eq!(folder.run(PROGRAM, &arguments).code, Some(2), "{usage:?}");
    }
}

/// Ten actions and one card, without a file: statuses are drawn, and said to be.
#[test]
fn the_shipped_purchases_have_drawn_statuses() {
    let folder = Folder::new();
    let run = folder.run(PROGRAM, &["--json", "out.json"]).good();
    run.says("The base in short, up to 1998-06-30");
    run.says("These statuses are synthetic");
    let json = folder.json("out.json");
    let contact = &json["contact"];
    assert_eq!(contact["synthetic"], true);
    let all = number(&json["as_keyed"]["customers"]);
    for (status, expected) in [("allowed", 0.7), ("unknown", 0.2), ("refused", 0.1)] {
        let share = number(&contact[status]) / all;
        // Four standard errors of a share of 2,357.
        assert!((share - expected).abs() < 0.04, "{status}: {share}");
        let counted = &json["actions_summary"]["counts"][status];
        assert!(
            status == "allowed" || *counted == contact[status],
            "{status}"
        );
    }
    assert_eq!(rows(&json).len(), 10);
    assert_eq!(json["actions_summary"]["held_out"], 1);
    let gains: Vec<f64> = rows(&json).iter().map(|row| number(&row["gain"])).collect();
    assert!(gains.is_sorted_by(|one, next| one >= next), "{gains:?}");

    let page = &json["summary"];
    let sum = number(&page["active"]) + number(&page["lost"]);
    assert!((sum - all).abs() < 1e-9);
    assert_eq!(page["revenue"], json["as_keyed"]["revenue"]);
    assert_eq!(page["worth"], json["value"]["clv"]);
    let id = json["receipt"]["id"].as_str().unwrap();
    assert!(run.out.ends_with(&format!("Receipt: {id}\n")), "{id}");

    let key = rows(&json)[0]["key"].as_str().unwrap();
    let arguments = ["--json", "card.json", "--card", key];
    folder
        .run(PROGRAM, &arguments)
        .good()
        .says("Where this is from:");
    let with_card = folder.json("card.json");
    assert_eq!(with_card["actions"], json["actions"]);
    let card = &with_card["card"];
    assert_eq!(
        (&card["key"], &card["contact"]),
        (&key.into(), &"allowed".into())
    );
    let worth = &card["worth"];
    let ends = [&worth["clv_lo"], &worth["clv"], &worth["clv_hi"]].map(number);
    assert!(ends.is_sorted(), "{worth}");
    assert!(number(&worth["p_alive"]) > 0.0);
    assert!(card["churn"]["active"].is_boolean() && card["kind"].is_string());
    assert!(card["segment_before"].is_string() && card["change"]["opening"].is_number());
    assert!(!card["provenance"].as_array().unwrap().is_empty());
}
