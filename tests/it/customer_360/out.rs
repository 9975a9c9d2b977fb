//! The folder of results.

use std::fs;

use super::PROGRAM;
use crate::programs::Folder;

/// The header of a table and the number of its rows.
fn shape(table: &str) -> (Vec<String>, usize) {
    let mut lines = table.lines();
    let header = lines.next().unwrap().split(',').map(str::to_owned);
    (header.collect(), lines.count())
}

#[test]
fn a_folder_holds_the_page_its_pictures_and_tidy_tables() {
    let folder = Folder::new();
    let run = folder.run(
        PROGRAM,
        &["--as-of", "1997-09-30", "--json", "a.json", "--out", "all"],
    );
    run.good();
    let page = folder.read("all/report.html");
    for text in [
        "2,486",
        "2,356",
        "people are made up",
        "<svg ",
        "What to do",
        "Kaplan-Meier",
    ] {
        assert!(page.contains(text), "{text} is not on the page");
    }
    assert!(!page.contains("<script") && !page.contains("https://"));
    assert_eq!(folder.read("all/overview.json"), folder.read("a.json"));

    let (header, rows) = shape(&folder.read("all/customers.csv"));
    assert_eq!(rows, 2_357);
    for column in ["customer", "segment", "kind", "clv", "risk", "active"] {
        assert!(
            header.iter().any(|name| name == column),
            "{column} is not in {header:?}"
        );
    }
    let (header, rows) = shape(&folder.read("all/actions.csv"));
    assert_eq!((header[0].as_str(), rows), ("key", 10));

    let mut pictures: Vec<String> = fs::read_dir(folder.0.join("all/pictures"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pictures.sort();
    // A picture and its numbers for each of twelve.
    assert_eq!(pictures.len(), 24);
    let (header, rows) = shape(&folder.read("all/pictures/rfm_map.csv"));
    assert_eq!(header, ["frequency score", "recency score", "customers"]);
    assert_eq!(rows, 25);

    // A second run replaces them.
    folder
        .run(PROGRAM, &["--as-of", "1997-09-30", "--out", "all"])
        .good();
    assert_eq!(folder.read("all/report.html"), page);
}

#[test]
fn a_file_that_is_read_is_not_written() {
    let log = "customer,date,amount\na,2024-01-05,10\nb,2024-02-05,20\n";
    let folder = Folder::with("customers.csv", log);
    let message = folder
        .run(PROGRAM, &["customers.csv", "--out", "."])
        .refused_in_a_line();
    assert!(message.contains("it is a file that is read"), "{message}");
    assert_eq!(folder.read("customers.csv"), log);
    assert!(!folder.names().contains(&"report.html".to_owned()));
}

#[test]
fn a_place_that_is_no_folder_is_refused() {
    let log = "customer,date,amount\na,2024-01-05,10\n";
    let folder = Folder::with("log.csv", log);
    let message = folder
        .run(PROGRAM, &["log.csv", "--out", "log.csv"])
        .refused_in_a_line();
    assert!(
        message.contains("cannot make the folder log.csv/pictures"),
        "{message}"
    );
}
