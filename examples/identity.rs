//! Who is who: which records of one file are of one person, or which records of two
//! files belong together, and how sure that is.
//!
//! ```text
//! cargo run --release --example identity -- FILE... --id COL [--link]
//!     [--truth COL [--truth-pattern REGEX]] [--given-name COL] [--surname COL] ...
//!     [--out FILE] [--json FILE]
//! ```
//!
//! Without any option that names a column of people, the columns are guessed from the
//! headers. Rules, levels and threshold are chosen by the library.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Parser;

#[path = "identity/columns.rs"]
mod columns;
#[path = "identity/common.rs"]
mod common;
#[path = "identity/found.rs"]
mod found;
#[path = "identity/page.rs"]
mod page;
#[path = "identity/people.rs"]
mod people;

use columns::ColumnNames;
use common::{Result, files::Staged};
use found::{Found, Watch};
use people::People;

/// Who is who: which records are of one person, and how sure that is
#[derive(Debug, Parser)]
#[command(name = "identity")]
struct Args {
    /// CSV files with one record a row and a header
    #[arg(required = true)]
    files: Vec<PathBuf>,

    #[command(flatten)]
    columns: ColumnNames,

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
    let people = People::read(&args.files, &args.columns, args.truth_pattern.as_deref())?;
    let found = Found::new(&people, args.link, &mut watch)?;
    let page = found.to_string();
    let mut staged = Vec::new();
    let input = &args.files[0];
    if let Some(target) = &args.json {
        let text = serde_json::to_string_pretty(&found)? + "\n";
        staged.push(Staged::write(target, input, text.into_bytes())?);
    }
    if let Some(target) = &args.out {
        staged.push(Staged::write(target, input, found.to_csv(&people)?)?);
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
    if args.truth_pattern.is_some() && !args.columns.has_truth() {
        return Err("--truth-pattern needs --truth, the column it looks at".into());
    }
    if args.out.is_some() && args.out == args.json {
        return Err("--out and --json must name different files".into());
    }
    for target in [&args.out, &args.json].into_iter().flatten() {
        let place = fs::canonicalize(target);
        let is_read = |file: &PathBuf| match (&place, fs::canonicalize(file)) {
            (Ok(place), Ok(file)) => *place == file,
            _ => false,
        };
        if args.files.iter().any(is_read) {
            let target = target.display();
            return Err(format!("cannot write {target}: it is a file that is read").into());
        }
    }
    Ok(())
}
