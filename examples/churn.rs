//! When do customers leave, who will, and what drives it?
//!
//! ```text
//! cargo run --release --example churn -- survival FILE.csv --duration COL --event COL
//!     [--event-value V] [--entry COL] [--strata COL] [--features A,B]
//!     [--ties efron|breslow] [--json OUT]
//! cargo run --release --example churn -- table FILE.csv --id COL --label COL --positive VALUE
//!     [--drop A,B] [--folds 10] [--seed N] [--json OUT] [--scores OUT.csv]
//! ```
//!
//! A row is a customer: for how long there, and whether that ended by leaving (`survival`); or what was
//! known on a day, and whether the customer left in the time after it (`table`). Blank fields are
//! missing, never 0; columns of text become categories by themselves.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};

#[path = "churn/common.rs"]
mod common;
#[path = "churn/fields.rs"]
mod fields;
#[path = "churn/page.rs"]
mod page;
#[path = "churn/read.rs"]
mod read;
#[path = "churn/survival.rs"]
mod survival;
#[path = "churn/table/mod.rs"]
mod table;

use common::{
    Result,
    files::{Staged, spare_inputs},
};
use survival::Survival;
use table::{Known, Risk};

/// When customers leave, who will, and what drives it
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
    /// Who will leave, how sure that is, and what speaks for it, by all columns of a table
    Table(TableArgs),
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

#[derive(Debug, clap::Args)]
struct TableArgs {
    /// A CSV file with a header and a row for each customer; a customer with several rows is tested
    /// as a whole
    file: PathBuf,

    /// Column of the customer key
    #[arg(long, value_name = "COL")]
    id: String,

    /// Column of whether the customer left; rows without are scored, but not learned from
    #[arg(long, value_name = "COL")]
    label: String,

    /// What stands in that column where a customer left; all else is staying
    #[arg(long, value_name = "VALUE")]
    positive: String,

    /// Columns that say nothing of what was known before, separated by commas
    #[arg(long, value_name = "COLS", value_delimiter = ',')]
    drop: Vec<String>,

    /// In how many parts the customers are cut: each is tested by what the others teach
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=1000))]
    folds: u32,

    /// Which customers are in which part
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Write the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write the chance of each customer to leave, and the strongest reasons, to this CSV file
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TiesArg {
    Efron,
    Breslow,
}

fn main() -> ExitCode {
    common::finish(match Args::parse().question {
        Question::Survival(args) => survive(&args),
        Question::Table(args) => judge(&args),
    })
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

/// The same for a table of who left.
fn judge(args: &TableArgs) -> Result<String> {
    if args.scores.is_some() && args.scores == args.json {
        return Err("--scores and --json must name different files".into());
    }
    let targets = args.json.iter().chain(&args.scores);
    spare_inputs(targets, std::slice::from_ref(&args.file))?;
    let known = Known::read(args)?;
    let risk = Risk::new(args, &known)?;
    let page = risk.to_string();
    let mut staged = Vec::new();
    if let Some(target) = &args.json {
        let text = serde_json::to_string_pretty(&risk)? + "\n";
        staged.push(Staged::write(target, text.into_bytes())?);
    }
    if let Some(target) = &args.scores {
        staged.push(Staged::write(target, risk.scores(&known)?)?);
    }
    staged.into_iter().try_for_each(Staged::commit)?;
    Ok(page)
}
