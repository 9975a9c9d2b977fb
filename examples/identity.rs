//! Who is who: which records of one file are of one person, or which records of two
//! files belong together, and how sure that is.
//!
//! ```text
//! cargo run --release --example identity -- FILE... [--id COL] [--link]
//!     [--truth COL [--truth-pattern REGEX]] [--given-name COL] [--surname COL] ...
//!     [--out FILE] [--json FILE]
//! ```
//!
//! Without --id the column of the keys is guessed from the headers, and without any option
//! that names a column of people those are. Rules, levels and threshold are chosen by the
//! library. Reading people and resolving them is in `examples/common/people/`.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

#[path = "identity/common.rs"]
mod common;
#[path = "identity/found.rs"]
mod found;
#[path = "identity/page.rs"]
mod page;
#[path = "common/people/mod.rs"]
mod people;
#[path = "identity/truth.rs"]
mod truth;

use common::{
    Result,
    files::{Staged, spare_inputs},
};
use found::{Found, Watch};
use people::{
    columns::PersonColumns,
    read::{People, TakeTruth},
};
use truth::Truth;

/// Who is who: which records are of one person, and how sure that is
#[derive(Debug, Parser)]
#[command(name = "identity")]
struct Args {
    /// CSV files with one record a row and a header
    #[arg(required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    columns: PersonColumns,

    /// Column of the true entity, to judge the outcome by; never used to find it
    #[arg(long, value_name = "COL")]
    truth: Option<String>,

    /// The true entity is the first group of this regular expression in --truth
    #[arg(long, value_name = "REGEX")]
    truth_pattern: Option<String>,

    /// Link two files, neither of which has anybody twice
    #[arg(long)]
    link: bool,

    /// Write the source, the key and the cluster of each row to this CSV file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Write the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    common::finish(run(&Args::parse()))
}

/// From the files to the page. Whatever can fail is done before the first output file
/// is put in its place.
fn run(args: &Args) -> Result<String> {
    check(args)?;
    let mut watch = Watch::start();
    let mut truth = Truth::new(args.truth_pattern.as_deref())?;
    let mut take = |text: &str| truth.push(text);
    let column = args.truth.as_deref();
    let column = column.map(|name| (name, &mut take as TakeTruth<'_>));
    let people = People::read(&args.files, &args.columns, None, column)?;
    let known = args.truth.as_ref().map(|_| &truth.of_rows[..]);
    let found = Found::new(&people, known, args.link, &mut watch)?;
    let page = format!("{people}{found}");
    let mut staged = Vec::new();
    if let Some(target) = &args.json {
        let text = serde_json::to_string_pretty(&found)? + "\n";
        staged.push(Staged::write(target, text.into_bytes())?);
    }
    if let Some(target) = &args.out {
        staged.push(Staged::write(target, found.to_csv(&people)?)?);
    }
    for file in staged {
        file.commit()?;
    }
    Ok(page)
}

/// What is wrong with the arguments whatever the files hold.
fn check(args: &Args) -> Result<()> {
    if args.link && args.files.len() != 2 {
        let given = args.files.len();
        return Err(format!("--link needs exactly two files, and {given} is given").into());
    }
    if args.truth_pattern.is_some() && args.truth.is_none() {
        return Err("--truth-pattern needs --truth, the column it looks at".into());
    }
    if args.out.is_some() && args.out == args.json {
        return Err("--out and --json must name different files".into());
    }
    let targets = [&args.out, &args.json].into_iter().flatten();
    spare_inputs(targets, &args.files)
}
