//! When do customers leave, and what drives it?
//!
//! ```text
//! cargo run --release --example churn -- survival FILE.csv --duration COL --event COL
//!     [--event-value V] [--entry COL] [--strata COL] [--features A,B]
//!     [--ties efron|breslow] [--json OUT]
//! ```
//!
//! A row is a customer: for how long there, and whether that ended by leaving. Blank fields are
//! missing, never 0; columns of text become categories by themselves.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};

#[path = "churn/common.rs"]
mod common;
#[path = "churn/page.rs"]
mod page;
#[path = "churn/read.rs"]
mod read;
#[path = "churn/survival.rs"]
mod survival;

use common::{
    Result,
    files::{Staged, spare_inputs},
};
use survival::Survival;

/// When customers leave, and what drives it
#[derive(Debug, Parser)]
#[command(name = "churn")]
struct Args {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    /// How long customers stay, by group, and what drives how soon they leave
    Survival(SurvivalArgs),
}

#[derive(Debug, clap::Args)]
struct SurvivalArgs {
    /// A CSV file with a header and a row for each customer
    file: PathBuf,

    /// Column of how long the customer has been there, in any unit
    #[arg(long, value_name = "COL")]
    duration: String,

    /// Column of whether that ended by leaving
    #[arg(long, value_name = "COL")]
    event: String,

    /// What stands in that column where a customer left [default: 1, true or yes]
    #[arg(long, value_name = "VALUE")]
    event_value: Option<String>,

    /// Column of the time from which the customer was watched, where that was later than the start
    #[arg(long, value_name = "COL")]
    entry: Option<String>,

    /// Column of groups: a curve each, a test whether they differ, and a baseline of its own each
    #[arg(long, value_name = "COL")]
    strata: Option<String>,

    /// Columns that may drive how soon customers leave, separated by commas
    #[arg(long, value_name = "COLS", value_delimiter = ',')]
    features: Vec<String>,

    /// What is assumed of customers who leave at the same time
    #[arg(long, value_enum, default_value_t = TiesArg::Efron)]
    ties: TiesArg,

    /// Write the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TiesArg {
    Efron,
    Breslow,
}

fn main() -> ExitCode {
    let Question::Survival(args) = Args::parse().question;
    common::finish(survive(&args))
}

/// From the file to the page. Whatever can fail is done before the output file is put in its
/// place.
fn survive(args: &SurvivalArgs) -> Result<String> {
    spare_inputs(args.json.iter(), std::slice::from_ref(&args.file))?;
    let customers = read::customers(args)?;
    let found = Survival::new(args, &customers)?;
    let page = found.to_string();
    if let Some(target) = &args.json {
        let text = serde_json::to_string_pretty(&found)? + "\n";
        Staged::write(target, text.into_bytes())?.commit()?;
    }
    Ok(page)
}
