//! The example program `identity`, run as its users run it.

use std::{fs, path::Path};

use serde_json::Value;

use crate::programs::Folder;

const PROGRAM: &str = "identity";

/// Records of few people, some of them twice, with a true entity.
const SHOP: &str = "\
id, person, First Name, Last Name, DOB, E-Mail, Fax
1, a, Ann, Lee, 1970-01-31, ann@lee.org,
2, a, Anne, Lee, 31/01/1970, ann@lee.org,
3, b, Bob, Marsh, 19650417, bob@marsh.net,
4, b, Bob, Marsh, 1965-04-17, ,
5, c, Cyril, Dee, 1988-11-02, cyril@dee.com,
6, d, Eve, Foxley, 1991-07-23, eve@fox.org,
7, d, Eve, Foxley, 1991-07-23, eve@fox.org,
8, e, Greta, Holm, 1959-12-12, greta@holm.se,
";

const WEB: &str = "\
key;name;mail
x1;\"Lee, Ann\";ann@lee.org
x2;Cyril Dee;cyril@dee.com
x3;Zoe Young;zoe@young.uk
x4;Greta Holm;greta@holm.se
";

fn share(json: &Value, of: &str, what: &str) -> f64 {
    json[of][what].as_f64().unwrap()
}

#[test]
fn records_of_one_person_are_found_and_judged() {
    let folder = Folder::with("shop.csv", SHOP);
    let arguments = [
        "shop.csv", "--id", "id", "--truth", "person", "--out", "out.csv", "--json", "out.json",
    ];
    let run = folder.run(PROGRAM, &arguments).good();
    run.says("Guessed from the headers: given_name = First Name, surname = Last Name,");
    run.says("5. Agreement with the truth");
    // Personal data stay out of the page.
    assert!(!run.out.contains("lee.org") && !run.out.contains("Foxley"));

    let json = folder.json("out.json");
    assert_eq!(json["records"], 8);
    assert_eq!(json["clusters"], 5);
    assert_eq!(json["largest"], 2);
    let names = json["columns"].as_array().unwrap();
    let names: Vec<&str> = names
        .iter()
        .map(|column| column["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["given_name", "surname", "birth_date", "email"]);
    assert_eq!(json["columns"][2]["known"], 8);
    for of in ["pairwise", "b_cubed"] {
        for what in ["precision", "recall", "f1"] {
            assert!(share(&json, of, what) > 1.0 - 1e-12, "{json}");
        }
    }
    assert_eq!(json["blocking_recall"], 1.0);
    assert!(json["threshold"].is_f64() && json["estimated"]["recall"].is_f64());
    assert!(json["rules"][0]["pairs"].as_u64() > Some(0));
    let pairs = json["pairs_scored"].as_u64();
    assert!((3..=28).contains(&pairs.unwrap()));
    let level = &json["comparisons"][0]["levels"][0];
    assert!(level["m"].is_f64() && level["u"].is_f64());
    assert!(json["warnings"].is_array() && json.get("statement").is_none());
    for step in ["prepare", "block", "train", "score", "cluster"] {
        assert!(share(&json, "seconds", step) >= 0.0);
    }

    let out = folder.read("out.csv");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "source,id,cluster");
    assert_eq!(lines[1], "shop,1,0");
    assert_eq!(lines[2], "shop,2,0");
    assert_eq!(lines.len(), 9);
    assert_eq!(folder.names(), ["out.csv", "out.json", "shop.csv"]);
}

/// The files have other headers and delimiters, and names in another form.
#[test]
fn two_files_are_linked() {
    let folder = Folder::with("shop.csv", SHOP);
    let web = WEB.replace("key;", "ID;");
    fs::write(folder.0.join("web.csv"), web).unwrap();
    let arguments = [
        "shop.csv", "web.csv", "--link", "--id", "id", "--out", "out.csv", "--json", "out.json",
    ];
    let run = folder.run(PROGRAM, &arguments).good();
    run.says("web.csv: divided by semicolons, rows: 4.");
    run.says("given_name = First Name, name");
    let json = folder.json("out.json");
    assert_eq!(json["files"][1]["source"], "web");
    assert_eq!(json["largest"], 2);
    let out = folder.read("out.csv");
    let cluster = |of: &str| {
        let line = out.lines().find(|line| line.starts_with(of)).unwrap();
        line.rsplit(',').next().unwrap().to_owned()
    };
    assert_eq!(cluster("shop,5,"), cluster("web,x2,"));
    assert_eq!(cluster("shop,8,"), cluster("web,x4,"));
    assert_ne!(cluster("shop,1,"), cluster("shop,2,"));
    assert_ne!(cluster("shop,6,"), cluster("web,x3,"));
}

/// By the surest of the usual names in each file.
#[test]
fn the_column_of_keys_may_be_guessed() {
    let folder = Folder::with("shop.csv", SHOP);
    fs::write(folder.0.join("web.csv"), WEB).unwrap();
    let run = |files: &[&str]| folder.run(PROGRAM, &[files, &["--out", "out.csv"]].concat());
    let page = run(&["shop.csv", "web.csv"]).good();
    page.says("Key of a record, guessed from the header: id. To say otherwise: --id.");
    page.says("Key of a record, guessed from the header: key.");
    let out = folder.read("out.csv");
    assert!(
        out.contains("\nshop,1,") && out.contains("\nweb,x4,"),
        "{out}"
    );
    fs::write(folder.0.join("other.csv"), "surname,place\nLee,3\n").unwrap();
    let message = run(&["other.csv"]).refused_in_a_line();
    assert!(
        message.contains("name it with --id, the columns are 1 \"surname\", 2 \"place\""),
        "{message}"
    );
}

#[test]
fn named_columns_are_looked_up_in_each_file() {
    let folder = Folder::with("shop.csv", SHOP);
    fs::write(folder.0.join("web.csv"), WEB).unwrap();
    let run = |more: &[&str]| {
        let mut arguments = vec!["shop.csv", "web.csv", "--id", "1", "--json", "out.json"];
        arguments.extend_from_slice(more);
        folder.run(PROGRAM, &arguments)
    };
    run(&["--email", "mail", "--address", "dob", "--address", "fax"]).good();
    let json = folder.json("out.json");
    assert_eq!(json["columns"][0]["name"], "email");
    assert_eq!(json["columns"][0]["blank"], 8);
    assert_eq!(json["columns"][1]["from"], "DOB + Fax");
    assert_eq!(json["columns"][1]["blank"], 4);
    let message = run(&["--surname", "nobody"]).refused_in_a_line();
    assert!(
        message.contains("no column \"nobody\" for --surname; the columns are shop.csv: 1 \"id\"")
            && message.contains("web.csv: 1 \"key\""),
        "{message}"
    );
    let message = run(&["--truth", "person"]).refused_in_a_line();
    assert!(message.contains("web.csv, line 1: no column \"person\" for --truth"));
}

/// There is no pair, and all keys of the figures are there all the same.
#[test]
fn what_no_rule_pairs_stays_alone() {
    let one = "id,first_name,surname\n1,Ann,Lee\n";
    let blank = "id,first_name,surname\n1,,\n2, , \n";
    for (file, count) in [(one, 1), (blank, 2)] {
        let folder = Folder::with("in.csv", file);
        let arguments = [
            "in.csv", "--id", "id", "--truth", "id", "--json", "out.json",
        ];
        let run = folder.run(PROGRAM, &arguments).good();
        let statement = "No rule pairs records within 2,000,000 pairs: every record is a \
                         cluster of its own.";
        run.says(statement);
        let json = folder.json("out.json");
        assert_eq!(json["statement"], statement);
        assert_eq!(json["records"], count);
        assert_eq!(json["clusters"], count);
        assert_eq!(json["pairs_scored"], 0);
        assert!(json["threshold"].is_null() && json["estimated"].is_null());
        assert_eq!(json["pairwise"]["f1"], 1.0);
        assert_eq!(json["seconds"]["train"], 0.0);
    }
}

#[test]
fn columns_without_a_value_are_left_out_and_rows_may_be_alike() {
    let rows: Vec<String> = (0..20).map(|id| format!("{id},Lee,Bonn,\n")).collect();
    let file = format!("id,surname,city,phone\n{}", rows.concat());
    let folder = Folder::with("in.csv", file);
    let arguments = ["in.csv", "--id", "id", "--json", "out.json"];
    let run = folder.run(PROGRAM, &arguments).good();
    run.says("phone has no value that is known; it is left out.");
    let json = folder.json("out.json");
    for (name, distinct) in [("surname", 1), ("city", 1), ("phone", 0)] {
        let mut columns = json["columns"].as_array().unwrap().iter();
        let column = columns.find(|column| column["name"] == name).unwrap();
        assert_eq!(column["distinct"], distinct, "{name}");
        assert_eq!(column["used"], distinct > 0, "{name}");
    }
    assert_eq!(json["comparisons"].as_array().unwrap().len(), 2);
}

#[test]
fn what_cannot_be_read_is_told_in_a_line() {
    let folder = Folder::with("shop.csv", SHOP);
    let files = [
        ("empty.csv", ""),
        ("header.csv", "id,surname\n"),
        ("twice.csv", "id,surname\n7,Lee\n8,Ma\n\n7,Fox\n"),
        ("no_id.csv", "id,surname\n7,Lee\n ,Ma\n"),
        ("short.csv", "id,surname\n7,Lee\n8\n"),
        ("other.csv", "id,colour\n7,red\n"),
    ];
    for (name, content) in files {
        fs::write(folder.0.join(name), content).unwrap();
    }
    let cases = [
        ("nothing.csv", "cannot read nothing.csv:"),
        ("empty.csv", "empty.csv, line 1: the file is empty"),
        ("header.csv", "header.csv, line 1: no rows below the header"),
        ("twice.csv", "twice.csv, line 5: id 7 is that of line 2 too"),
        ("no_id.csv", "no_id.csv, line 3: the id is blank"),
        (
            "short.csv",
            "short.csv, line 3: 1 fields, but the header has 2",
        ),
        ("other.csv", "no column looks like one of a person"),
        ("shop.csv --link", "--link needs exactly two files"),
        ("shop.csv shop.csv --link", "shop.csv is given twice"),
        (
            "shop.csv --truth-pattern (a)",
            "--truth-pattern needs --truth",
        ),
        ("shop.csv --truth id --truth-pattern (a", "unclosed group"),
        (
            "shop.csv --truth id --truth-pattern a",
            "no group in parentheses",
        ),
        (
            "shop.csv --truth id --truth-pattern ([1-4])",
            "shop.csv, line 6, column \"id\": the true entity does not match",
        ),
        (
            "shop.csv --truth fax",
            "line 2, column \"Fax\": the true entity is blank",
        ),
        ("shop.csv --out shop.csv", "cannot write shop.csv"),
        ("shop.csv --out o --json o", "must name different files"),
        (
            "shop.csv --text fax --text fax",
            "column Fax is named for two columns",
        ),
    ];
    for (arguments, expected) in cases {
        let arguments: Vec<&str> = arguments.split(' ').chain(["--id", "id"]).collect();
        let message = folder.run(PROGRAM, &arguments).refused_in_a_line();
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
    // Nothing was written.
    assert_eq!(folder.names().len(), 1 + files.len());
}

/// Runs the program on data files with a known truth, unless one of them is not there.
fn judged(files: &[&str], arguments: &[&str]) -> Option<f64> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let mut all = Vec::new();
    for file in files {
        let path = data.join(file);
        if !path.is_file() {
            eprintln!("NOT RUN: {} is not there", path.display());
            return None;
        }
        all.push(path.to_string_lossy().into_owned());
    }
    let mut all: Vec<&str> = all.iter().map(String::as_str).collect();
    all.extend_from_slice(arguments);
    all.extend(["--json", "out.json"]);
    let folder = Folder::new();
    folder.run(PROGRAM, &all).good();
    let json = folder.json("out.json");
    let estimated = share(&json, "estimated", "precision");
    let precision = share(&json, "pairwise", "precision");
    assert!(
        (estimated - precision).abs() < 0.02,
        "{files:?}: {estimated} {precision}"
    );
    Some(share(&json, "pairwise", "f1"))
}

const FEBRL: [&str; 19] = [
    "--id",
    "rec_id",
    "--truth",
    "rec_id",
    "--truth-pattern",
    r"rec-(\d+)-",
    "--given-name",
    "given_name",
    "--surname=surname",
    "--birth-date",
    "date_of_birth",
    "--address",
    "street_number",
    "--address",
    "address_1",
    "--city",
    "suburb",
    "--postcode",
    "postcode",
];

#[test]
fn febrl_3_within_a_file() {
    let f1 = judged(&["febrl_dataset3.csv"], &FEBRL);
    assert!(f1.is_none_or(|f1| f1 >= 0.995), "{f1:?}");
}

#[test]
fn febrl_4_across_files() {
    let files = ["febrl_dataset4a.csv", "febrl_dataset4b.csv"];
    let link = [&FEBRL[..], &["--link"]].concat();
    let f1 = judged(&files, &link);
    assert!(f1.is_none_or(|f1| f1 >= 0.998), "{f1:?}");
    let with_number = [&link[..], &["--identifier", "soc_sec_id"]].concat();
    let f1 = judged(&files, &with_number);
    assert!(f1.is_none_or(|f1| f1 >= 0.9995), "{f1:?}");
}

#[test]
fn fake_1000_with_guessed_columns() {
    let f1 = judged(
        &["fake_1000.csv"],
        &["--id", "unique_id", "--truth", "cluster"],
    );
    assert!(f1.is_none_or(|f1| f1 >= 0.88), "{f1:?}");
}
