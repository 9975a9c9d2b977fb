//! The example program `segmentation`, run as its users run it.

use std::fmt::Write;

use serde_json::Value;

use crate::programs::Folder;

const PROGRAM: &str = "segmentation";

const IRIS: &str = include_str!("../golden/segmentation/iris.csv");
const FLOWERS: &str = "sepal_length,sepal_width,petal_length,petal_width";

/// Two kinds of customers, who like two channels, and one of whom less is known.
fn shop() -> String {
    let mut text = "Customer,Visits,Spend,Channel,Copies\n".to_owned();
    for at in 0..24 {
        let (visits, spend, channel) = match at % 2 {
            0 => (1 + at % 3, 10 + at, "web"),
            _ => (20 + at % 4, 500 + 10 * at, "shop"),
        };
        writeln!(text, "c{at},{visits},{spend},{channel},{}", 1 + at % 2).unwrap();
    }
    text
}

fn close(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!(
        (found - expected).abs() < 1e-9,
        "{found}, expected {expected}"
    );
}

#[test]
fn iris_by_k_means_is_as_published() {
    let folder = Folder::with("iris.csv", IRIS);
    let arguments = [
        "iris.csv",
        "--features",
        FLOWERS,
        "--scale",
        "none",
        "--k",
        "3",
        "--stability",
        "20",
        "--seed",
        "7",
        "--json",
        "out.json",
        "--assign",
        "out.csv",
    ];
    let run = folder.run(PROGRAM, &arguments).good();
    run.says("1. Segments, by kmeans with k = 3");
    run.says("2. Profiles, in the original units");
    let json = folder.json("out.json");
    // scikit-learn 1.9.1 and R 4.2.2.
    close(&json["inertia"], 78.8514414261);
    close(&json["silhouette"], 0.5528190124);
    close(&json["calinski_harabasz"], 561.6277566296);
    close(&json["davies_bouldin"], 0.6619715465);
    assert_eq!(json["k"], 3);
    let segments = json["segments"].as_array().unwrap();
    let sizes: Vec<&Value> = segments.iter().map(|segment| &segment["size"]).collect();
    assert_eq!(sizes, [62, 50, 38]);
    close(&segments[1]["profile"]["petal_length"]["mean"], 1.462);
    for segment in segments {
        assert!(segment["jaccard"].as_f64().unwrap() > 0.7);
        assert!(!segment["exemplars"].as_array().unwrap().is_empty());
    }
    assert!(json["seconds"].as_f64().unwrap() > 0.0);
    assert!(json.get("panel").is_none());
    let rows = folder.read("out.csv");
    assert!(rows.starts_with("row,segment,name,distance,margin,runner_up,novel\n1,2,"));
    assert_eq!(rows.lines().count(), 151);

    // Another run of the same gives the same but for the time.
    let again = folder.run(PROGRAM, &arguments).good();
    assert_eq!(again.out, run.out);
    assert_eq!(folder.read("out.csv"), rows);
}

#[test]
fn a_range_gives_a_panel_and_uses_what_it_recommends() {
    let folder = Folder::with("iris.csv", IRIS);
    let arguments = [
        "iris.csv",
        "--features",
        FLOWERS,
        "--scale",
        "none",
        "--k-range",
        "2..5",
        "--json",
        "out.json",
    ];
    let run = folder.run(PROGRAM, &arguments).good();
    run.says("1. How many segments");
    run.says("Each index alone prefers:");
    let json = folder.json("out.json");
    let panel = json["panel"].as_array().unwrap();
    let ks: Vec<&Value> = panel.iter().map(|row| &row["k"]).collect();
    assert_eq!(ks, [2, 3, 4, 5]);
    close(&panel[1]["within"], 78.8514414261);
    let k = &json["recommendation"]["k"];
    assert_eq!(&json["k"], k);
    assert!(
        !json["recommendation"]["reasons"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let chosen = panel.iter().find(|row| &row["k"] == k).unwrap();
    assert_eq!(chosen["within"], json["inertia"]);
}

#[test]
fn other_models_take_weights_and_categories() {
    let folder = Folder::with("shop.csv", shop());
    let run = |arguments: &[&str]| {
        let all = [
            "shop.csv", "--json", "out.json", "--assign", "out.csv", "--k", "2",
        ];
        folder.run(PROGRAM, &[&all, arguments].concat()).good();
        (folder.json("out.json"), folder.read("out.csv"))
    };
    let (json, rows) = run(&[
        "--id",
        "customer",
        "--features",
        "visits,spend",
        "--weight",
        "copies",
        "--transform",
        "ln",
    ]);
    assert_eq!(json["segments"][0]["weight"].as_f64(), Some(24.0));
    assert_eq!(json["segments"][1]["weight"].as_f64(), Some(12.0));
    assert!(rows.starts_with("Customer,segment,"));

    let (json, rows) = run(&["--features", "visits,spend", "--model", "gmm"]);
    assert!(json["bic"].is_number() && json["log_likelihood"].is_number());
    assert!(
        rows.lines()
            .next()
            .unwrap()
            .ends_with(",membership_1,membership_2")
    );

    let (json, _) = run(&["--features", "visits,channel", "--model", "kprototypes"]);
    let shares = &json["segments"][0]["profile"]["Channel"]["shares"];
    assert!(shares["web"] == 1.0 || shares["shop"] == 1.0, "{shares}");
    assert!(json["cost"].is_number() && json["gamma"].is_number());

    let (json, _) = run(&["--features", "visits", "--categories", "channel"]);
    assert_eq!(json["segments"][0]["size"], 12);
}

#[test]
fn what_cannot_be_read_is_told_with_its_line_and_a_remedy() {
    let refused = |content: &str, arguments: &[&str]| {
        let folder = Folder::with("in.csv", content);
        let run = folder.run(PROGRAM, &[&["in.csv"], arguments].concat());
        let message = run.refused_in_a_line();
        assert_eq!(folder.names(), ["in.csv"]);
        message
    };
    let two = ["--features", "a,b", "--k", "3", "--json", "out.json"];
    for (content, says) in [
        ("", "line 1: the file is empty"),
        ("a,b\n", "no rows below the header"),
        ("a,b\n1,2\n3\n", "line 3: 1 fields, not 2"),
        ("a,b\n1,2\n3,x\n", "line 3, column b is \"x\""),
        ("a,b\n1,2\n3,inf\n", "line 3, column b is \"inf\""),
        (
            "a,b\n1,2\n3,\n4,5\n",
            "values are missing in b (1 of 3 rows); say what that means",
        ),
        (
            "a,c\n1,2\n",
            "no column \"b\"; the columns are 1 \"a\", 2 \"c\"",
        ),
        ("a,b,A,b\n1,2,3,4\n", "are both called \"b\""),
        ("a,b\n1,2\n", "column a is 1 for all rows"),
        ("a,b\n1,2\n2,3\n1,2\n2,3\n", "different rows"),
    ] {
        let message = refused(content, &two);
        assert!(message.contains(says), "{message}");
    }
    let message = refused(
        "a,b\n1,-2\n3,4\n5,6\n",
        &[&two[..], &["--transform", "ln"]].concat(),
    );
    assert!(
        message.contains("column b") && message.contains("no logarithm"),
        "{message}"
    );
    let message = refused("a,b\n1,2\n3,4\n", &["--features", "a,b,A", "--k", "2"]);
    assert!(
        message.contains("column 1 \"a\" is asked for twice"),
        "{message}"
    );
    let message = refused(
        "a,b\n1,2\n3,4\n",
        &[&two[..], &["--weight", "a", "--assign", "out.json"]].concat(),
    );
    assert!(message.contains("must name different files"), "{message}");

    let folder = Folder::with("in.csv", "a,b\n1,2\n3,\n4,5\n9,9\n");
    for (missing, k) in [("median", 2), ("mark", 2), ("apart", 3)] {
        let arguments = [
            "in.csv",
            "--features",
            "a,b",
            "--k",
            "2",
            "--missing",
            missing,
            "--json",
            "out.json",
        ];
        folder.run(PROGRAM, &arguments).good();
        let segments = folder.json("out.json");
        assert_eq!(
            segments["segments"].as_array().unwrap().len(),
            k,
            "{missing}"
        );
    }
}
