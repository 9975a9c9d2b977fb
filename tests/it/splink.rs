//! Match weights against Splink 5.0.0 on DuckDB 2.0.0, with its own m, u, λ and term
//! frequencies. See `tests/golden/identity/README.md`.

use std::{fs, path::Path};

use custometry::identity::{BlockingParams, FieldKind, RecordIx, Records, Scorer, SplinkModel};
use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The rows of a data file, or nothing if it is not there.
fn data(name: &str) -> Option<Vec<Vec<String>>> {
    let path = Path::new(ROOT).join("../shared/data").join(name);
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("NOT RUN: {} is not there", path.display());
        return None;
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let row = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
    Some(reader.records().map(|one| row(one.unwrap())).collect())
}

/// All columns letter by letter, under their own names.
fn records(rows: &[Vec<String>], id: &str) -> Records {
    let header = &rows[0];
    let column =
        |at: usize| -> Vec<&str> { rows[1..].iter().map(|row| row[at].as_str()).collect() };
    let id = header.iter().position(|name| name == id).unwrap();
    let mut builder = Records::builder().text_keys(&column(id));
    for (at, name) in header.iter().enumerate().filter(|(at, _)| *at != id) {
        builder = builder.column(name, FieldKind::Verbatim, &column(at));
    }
    builder.build().unwrap()
}

fn golden(name: &str) -> String {
    let path = Path::new(ROOT).join("tests/golden/identity").join(name);
    fs::read_to_string(path).unwrap()
}

/// Compares every pair of the golden file; gives how many there are.
fn compare(name: &str, records: &Records) -> usize {
    let splink = SplinkModel::from_json(&golden(&format!("{name}.json"))).unwrap();
    let scorer: Scorer<'_> = splink.model.scorer(records).unwrap();
    let table = golden(&format!("{name}.tsv"));
    let mut pairs = Vec::new();
    let mut weights = Vec::new();
    for line in table.lines().skip(1) {
        let mut fields = line.split('\t');
        let mut find = || records.find("", fields.next().unwrap().into()).unwrap();
        pairs.push((find(), find()));
        weights.push(fields.next().unwrap().parse::<f64>().unwrap());
    }
    let ours = scorer.score_pairs(&pairs).unwrap();
    for ((&(a, b), ours), theirs) in pairs.iter().zip(&ours).zip(&weights) {
        assert!(
            (ours.bits() - theirs).abs() < 1e-3,
            "{name} {a:?} {b:?}: {} {theirs}\n{:#?}",
            ours.bits(),
            scorer.explain(a, b)
        );
    }

    // The pairs that the rules make, rule by rule.
    let counts: Value = serde_json::from_str(&golden("pair_counts.json")).unwrap();
    let rules = counts[name]["rules"].as_array().unwrap();
    let blocking = BlockingParams::new(splink.rules)
        .pairs(splink.pairs)
        .block(records)
        .unwrap();
    let made = blocking.count();
    assert_eq!(rules.len(), made.new.len());
    for ((rule, report), &new) in rules.iter().zip(blocking.rules()).zip(&made.new) {
        assert_eq!(rule["alone"], report.pairs, "{name} {}", report.rule);
        assert_eq!(rule["beyond_earlier"], new, "{name} {}", report.rule);
    }
    assert_eq!(counts[name]["pairs"], made.total);
    let makes = |&(a, b): &(RecordIx, RecordIx)| blocking.first_rule(a, b).is_some();
    assert!(pairs.iter().all(makes));
    pairs.len()
}

#[test]
fn fake_1000_against_splink() {
    let Some(rows) = data("fake_1000.csv") else {
        return;
    };
    let records = records(&rows, "unique_id");
    for model in ["library", "swap", "distances", "expressions"] {
        assert!(compare(&format!("fake_1000_{model}"), &records) > 3_000);
    }
}

/// The British form of an Australian postcode, as the script that made the goldens has it.
fn british(state: &str, postcode: &str) -> String {
    let digits = postcode.len() == 4 && postcode.bytes().all(|byte| byte.is_ascii_digit());
    if state.is_empty() || !digits {
        return String::new();
    }
    let last = char::from(b'A' + postcode.as_bytes()[3] - b'0');
    let (area, district, sector) = (state[..2].to_uppercase(), &postcode[..2], &postcode[2..3]);
    format!("{area}{district} {sector}{last}{last}")
}

#[test]
fn febrl_3_against_splink() {
    let Some(mut rows) = data("febrl_dataset3.csv") else {
        return;
    };
    let at = |name: &str| rows[0].iter().position(|column| column == name).unwrap();
    let (state, postcode) = (at("state"), at("postcode"));
    for row in &mut rows {
        let made = british(&row[state], &row[postcode]);
        row.push(made);
    }
    *rows[0].last_mut().unwrap() = "british_postcode".to_owned();
    let records = records(&rows, "rec_id");
    for model in ["febrl3_library", "febrl3_postcode"] {
        assert!(compare(model, &records) > 5_000);
    }
}
