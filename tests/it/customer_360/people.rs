//! Its first chapter: how many customers there are, by records of people.

use std::fs;

use serde_json::Value;

use super::PROGRAM;
use crate::{
    over_time::{cents, number},
    programs::Folder,
};

/// Keys 1 and 2 are one person, 3 and 4 another, 6 and 7 a third without a purchase.
const PEOPLE: &str = "\
id, First Name, Last Name, DOB, E-Mail
1, Ann, Lee, 1970-01-31, ann@lee.org
2, Anne, Lee, 31/01/1970, ann@lee.org
3, Bob, Marsh, 19650417, bob@marsh.net
4, Bob, Marsh, 1965-04-17,
5, Cyril, Dee, 1988-11-02, cyril@dee.com
6, Eve, Foxley, 1991-07-23, eve@fox.org
7, Eve, Foxley, 1991-07-23, eve@fox.org
8, Greta, Holm, 1959-12-12, greta@holm.se
";

/// Ann buys under both keys on the first day. Nobody knows who 99 is.
const LOG: &str = "\
customer,date,amount
2,2020-01-01,10
1,2020-01-01,4
1,2020-02-01,20
3,2020-01-05,5
4,2020-03-05,5
5,2020-01-10,7
99,2020-02-02,1.50
";

/// Another file of people, with other headers and names in one.
const WEB: &str = "\
key;name;mail
x2;Cyril Dee;cyril@dee.com
x3;Zoe Young;zoe@young.uk
";

fn folder() -> Folder {
    let folder = Folder::with("log.csv", LOG);
    let files = [("people.csv", PEOPLE), ("web.csv", WEB)];
    for (name, content) in files {
        fs::write(folder.0.join(name), content).unwrap();
    }
    folder
}

/// The figures of a run on the log with these arguments.
fn figures(folder: &Folder, arguments: &[&str]) -> Value {
    let all = [&["log.csv", "--json", "out.json"], arguments].concat();
    folder.run(PROGRAM, &all).good();
    folder.json("out.json")
}

/// Customers, repeat purchase days, customers with one purchase day, and cents.
fn counts(of: &Value) -> (u64, u64, u64, i64) {
    let count = |name: &str| of[name].as_u64().unwrap();
    (
        count("customers"),
        count("repeat_days"),
        count("one_time"),
        cents(&of["revenue"]),
    )
}

#[test]
fn the_shipped_purchases_are_taken_apart_and_put_together_again() {
    let folder = Folder::new();
    let run = folder.run(PROGRAM, &["--json", "out.json"]).good();
    for text in [
        "As keyed",
        "Fragmented",
        "Resolved",
        "are synthetic",
        "True",
    ] {
        run.says(text);
    }
    let json = folder.json("out.json");
    let [keyed, fragmented, resolved] =
        ["as_keyed", "fragmented", "resolved"].map(|of| counts(&json[of]));
    assert_eq!(keyed.0, 2357);
    // Both keys of a customer have a purchase if the coin falls on either side.
    let keys = 2357 + 2357 / 5;
    assert!(keyed.0 < fragmented.0 && fragmented.0 <= keys);
    let difference = resolved.0.abs_diff(keyed.0) as f64;
    assert!(difference <= 0.01 * keyed.0 as f64, "{resolved:?}");
    // To the cent.
    assert_eq!([fragmented.3, resolved.3], [keyed.3; 2]);
    // Purchase days are those of the keys together, but for days on both keys.
    assert!(fragmented.0 + fragmented.1 >= keyed.0 + keyed.1);
    let again = (resolved.0 - resolved.2) as f64 / resolved.0 as f64;
    assert!((number(&json["resolved"]["repeat_rate"]) - again).abs() < 1e-12);

    let identity = &json["identity"];
    assert_eq!(identity["synthetic"], true);
    assert_eq!(identity["records"], keys);
    assert!(number(&identity["pairwise"]["f1"]) > 0.97, "{identity}");
    for what in ["precision", "recall"] {
        let by_model = number(&identity["estimated"][what]);
        let by_truth = number(&identity["pairwise"][what]);
        assert!((by_model - by_truth).abs() < 0.02, "{identity}");
    }
    assert_eq!(identity["match"]["known_rows"], 6919);
    assert_eq!(identity["match"]["unknown_rows"], 0);
    // The other chapters are those of the keys.
    let segments = json["rfm"]["segments"].as_array().unwrap().iter();
    let customers = segments.map(|one| one["customers"].as_u64().unwrap());
    assert_eq!(customers.sum::<u64>(), keyed.0);

    let first = folder.read("out.json");
    let again = folder.run(PROGRAM, &["--json", "out.json"]).good();
    assert_eq!((again.out, folder.read("out.json")), (run.out, first));
}

#[test]
fn two_keys_of_one_person_are_one_customer_everywhere() {
    let folder = folder();
    let written = ["log.csv", "--people", "people.csv", "--json", "out.json"];
    let run = folder.run(PROGRAM, &written).good();
    run.says("Key of a record, guessed from the header: id.");
    run.says("By key");
    run.says("Customers without a record: 1, with 1 of 7 rows and 1.50 USD of revenue.");
    assert!(!run.out.contains("synthetic"));
    // Personal data stay out of the page.
    assert!(!run.out.contains("lee.org") && !run.out.contains("Foxley"));

    let json = folder.json("out.json");
    // By key only 1 comes again; as people, Ann and Bob do.
    assert_eq!(counts(&json["as_keyed"]), (6, 1, 5, 52_50));
    assert_eq!(counts(&json["fragmented"]), (6, 1, 5, 52_50));
    assert_eq!(counts(&json["resolved"]), (4, 2, 2, 52_50));
    assert!((number(&json["resolved"]["repeat_rate"]) - 0.5).abs() < 1e-12);
    assert!((number(&json["resolved"]["revenue_per_customer"]) - 13.125).abs() < 1e-12);
    let identity = &json["identity"];
    assert_eq!(identity["synthetic"], false);
    assert_eq!(
        (&identity["records"], &identity["clusters"]),
        (&8.into(), &5.into())
    );
    assert!(identity.get("pairwise").is_none());
    let matched = &identity["match"];
    for (name, expected) in [
        ("known_customers", 5),
        ("unknown_customers", 1),
        ("known_rows", 6),
        ("unknown_rows", 1),
        ("customers_before", 6),
        ("customers_after", 4),
    ] {
        assert_eq!(matched[name], expected, "{name}");
    }
    let money = [&matched["known_money"], &matched["unknown_money"]];
    assert_eq!(money.map(cents), [51_00, 1_50]);

    // The other chapters look at people.
    let best = &json["profit"]["most_profitable"][0];
    assert_eq!((&best["key"], cents(&best["profit"])), (&"2".into(), 34_00));
    let segments = json["rfm"]["segments"].as_array().unwrap().iter();
    let customers = segments.map(|one| one["customers"].as_u64().unwrap());
    assert_eq!(customers.sum::<u64>(), 4);
}

#[test]
fn a_card_is_found_by_any_key_of_the_customer() {
    let folder = folder();
    let card = |key: &str| {
        let json = figures(&folder, &["--people", "people.csv", "--card", key]);
        json["card"].clone()
    };
    let ann = card("1");
    assert_eq!(ann["key"], "2", "the first of the log");
    assert_eq!(ann["keys"], serde_json::json!(["2", "1"]));
    assert_eq!(
        (&ann["purchase_days"], cents(&ann["revenue"])),
        (&2.into(), 34_00)
    );
    assert_eq!(card("2"), ann);
    let unknown = card("99");
    assert_eq!(unknown["key"], "log:99");
    assert_eq!(unknown["keys"], serde_json::json!(["99"]));
    // As it is written on the page.
    assert_eq!(card("log:99"), unknown);

    let arguments = ["log.csv", "--people", "people.csv", "--card", "6"];
    let message = folder.run(PROGRAM, &arguments).refused_in_a_line();
    assert!(message.contains("--card 6: no row of the file has this customer"));
    // Without people there are no other keys.
    let alone = figures(&folder, &["--card", "1"]);
    assert!(alone["card"].get("keys").is_none());
}

#[test]
fn people_may_be_in_several_files() {
    let folder = folder();
    let log = LOG.replace("99,", "x2,");
    fs::write(folder.0.join("log.csv"), log).unwrap();
    let once = figures(&folder, &["--people", "people.csv", "web.csv"]);
    // Cyril bought on the web as well, a second day.
    assert_eq!(counts(&once["resolved"]), (3, 3, 0, 52_50));
    assert_eq!(once["identity"]["match"]["unknown_rows"], 0);
    let again = figures(&folder, &["--people", "people.csv", "--people", "web.csv"]);
    assert_eq!(once, again);

    // One key for one person in two files is fine, for two people it is not.
    fs::write(folder.0.join("web.csv"), WEB.replace("x2", "5")).unwrap();
    let json = figures(&folder, &["--people", "people.csv", "web.csv"]);
    assert_eq!(counts(&json["resolved"]), (4, 2, 2, 52_50));
    fs::write(folder.0.join("web.csv"), WEB.replace("x3", "5")).unwrap();
    let arguments = ["log.csv", "--people", "people.csv", "web.csv"];
    let message = folder.run(PROGRAM, &arguments).refused_in_a_line();
    assert!(
        message.contains("key 5 of the log is in people.csv and in web.csv, as the key of two"),
        "{message}"
    );
    // Where the log does not have the key, it does no harm.
    fs::write(folder.0.join("web.csv"), WEB.replace("x3", "8")).unwrap();
    folder.run(PROGRAM, &arguments).good();
}

/// The column called as in the log is the first guess, whatever comes before it.
#[test]
fn the_column_of_keys_is_called_as_in_the_log_or_named() {
    let folder = folder();
    let people = PEOPLE.replace("id, First", "Customer, First");
    let people: Vec<String> = (people.lines().zip(0..))
        .map(|(line, at)| match at {
            0 => format!("id,{line}\n"),
            _ => format!("r{at},{line}\n"),
        })
        .collect();
    fs::write(folder.0.join("people.csv"), people.concat()).unwrap();
    let json = figures(&folder, &["--people", "people.csv"]);
    assert_eq!(counts(&json["resolved"]), (4, 2, 2, 52_50));

    // With the numbers of the records nobody is found, and that is said.
    let arguments = [
        "log.csv",
        "--people",
        "people.csv",
        "--id",
        "id",
        "--json",
        "out.json",
    ];
    let run = folder.run(PROGRAM, &arguments).good();
    run.says("No purchase belongs to any of the records");
    run.says("--id");
    let json = folder.json("out.json");
    assert_eq!(counts(&json["resolved"]), counts(&json["as_keyed"]));
    assert_eq!(json["identity"]["match"]["known_rows"], 0);
    assert_eq!(cents(&json["identity"]["match"]["unknown_money"]), 52_50);
}

#[test]
fn people_whom_no_rule_pairs_are_customers_each() {
    let folder = Folder::with("log.csv", LOG);
    let people = "id,first_name,surname\n1,Ann,Lee\n2,Bob,Fox\n3,,\n";
    fs::write(folder.0.join("people.csv"), people).unwrap();
    let arguments = ["log.csv", "--people", "people.csv", "--json", "out.json"];
    let run = folder.run(PROGRAM, &arguments).good();
    run.says("every record is a cluster of its own");
    run.says("No two keys with purchases are of one person.");
    let json = folder.json("out.json");
    assert_eq!(counts(&json["resolved"]), (6, 1, 5, 52_50));
    assert_eq!(json["identity"]["clusters"], 3);
    assert_eq!(json["identity"]["pairs_scored"], 0);
    assert!(json["identity"]["estimated"].is_null() && json["identity"]["threshold"].is_null());
}

#[test]
fn without_people_every_key_is_a_customer_and_that_is_said() {
    let folder = folder();
    let run = folder
        .run(PROGRAM, &["log.csv", "--json", "out.json"])
        .good();
    run.says("Every key is taken for one customer");
    run.says("--people FILE");
    let json = folder.json("out.json");
    for key in ["fragmented", "resolved", "identity"] {
        assert!(json.get(key).is_none(), "{key}");
    }
    assert_eq!(counts(&json["as_keyed"]), (6, 1, 5, 52_50));
}

/// Customers 4 and 18 of the shipped purchases, told to be one person.
#[test]
fn people_of_the_shipped_purchases_are_used_in_place_of_synthetic_ones() {
    let people = "customer,surname,birth_date,email\n\
                  4,Lee,1970-01-31,ann@lee.org\n\
                  18,Lee,1970-01-31,ann@lee.org\n\
                  21,Marsh,1965-04-17,bob@marsh.net\n";
    let folder = Folder::with("people.csv", people);
    let arguments = ["--people", "people.csv", "--json", "out.json"];
    folder.run(PROGRAM, &arguments).good();
    let json = folder.json("out.json");
    assert_eq!(json["identity"]["synthetic"], false);
    assert_eq!(json["as_keyed"]["customers"], 2357);
    assert_eq!(json["fragmented"]["customers"], 2357);
    assert_eq!(json["resolved"]["customers"], 2356);
}

#[test]
fn people_that_cannot_be_read_are_told_in_a_line() {
    let folder = folder();
    let files: [(&str, &[u8]); 7] = [
        ("empty.csv", b""),
        ("header.csv", b"id,surname\n"),
        ("twice.csv", b"id,surname\n7,Lee\n8,Ma\n\n7,Fox\n"),
        ("colour.csv", b"id,colour\n7,red\n"),
        ("keyless.csv", b"colour,surname\nred,Lee\n"),
        ("latin.csv", b"id,surname\n7,M\xfcller\n"),
        ("wide.csv", b"\xff\xfei\0d\0"),
    ];
    for (name, content) in files {
        fs::write(folder.0.join(name), content).unwrap();
    }
    let before = folder.names();
    let people = fs::read(folder.0.join("people.csv")).unwrap();
    for (arguments, expected) in [
        ("--people missing.csv", "cannot read missing.csv: "),
        ("--people empty.csv", "empty.csv, line 1: the file is empty"),
        ("--people header.csv", "header.csv, line 1: no rows below"),
        (
            "--people twice.csv",
            "twice.csv, line 5: id 7 is that of line 2 too",
        ),
        (
            "--people colour.csv",
            "colour.csv, line 1: no column looks like one of a person",
        ),
        (
            "--people keyless.csv",
            "keyless.csv, line 1: no column looks like the key of a record; name it with --id, \
             the columns are 1 \"colour\", 2 \"surname\"",
        ),
        (
            "--people latin.csv",
            "latin.csv, line 2, column 2: the text is not UTF-8",
        ),
        ("--people wide.csv", "it is in UTF-16"),
        (
            "--people people.csv people.csv",
            "people.csv is given twice",
        ),
        (
            "--people people.csv --id no",
            "no column \"no\" for --id; the columns are",
        ),
        (
            "--people people.csv --city no",
            "no column \"no\" for --city",
        ),
        (
            "--people people.csv --rejects people.csv",
            "cannot write people.csv: ",
        ),
        ("--surname 2", "no file of them: --people FILE"),
    ] {
        let arguments = [
            &["log.csv", "--json", "out.json"],
            &arguments.split(' ').collect::<Vec<_>>()[..],
        ];
        let message = folder.run(PROGRAM, &arguments.concat()).refused_in_a_line();
        assert!(message.contains(expected), "{expected}: {message}");
    }
    let over = [
        "log.csv",
        "--people",
        "web.csv",
        "people.csv",
        "--json",
        "people.csv",
    ];
    let message = folder.run(PROGRAM, &over).refused_in_a_line();
    assert!(
        message.contains("cannot write people.csv: it is a file that is read"),
        "{message}"
    );
    assert_eq!(folder.names(), before, "nothing is written");
    assert_eq!(fs::read(folder.0.join("people.csv")).unwrap(), people);
}
