//! Which segments grow and shrink, who moves where, and what will the base look like in a
//! year?
//!
//! ```text
//! cargo run --release --example migration -- PANEL.csv --id COL --period COL
//!     --segment COL [--value COL] [--order a,b,c] [--steps N] [--seed N] [--json OUT]
//! ```
//!
//! A row says in which segment a customer was in a period. Customers without a row in a
//! period were outside: not yet customers, inactive, or gone.

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;

#[path = "migration/common.rs"]
mod common;
#[path = "migration/found.rs"]
mod found;
#[path = "migration/page.rs"]
mod page;
#[path = "migration/read.rs"]
mod read;

use common::{
    Result,
    files::{Staged, spare_inputs},
};
use found::Found;

/// How customers move between segments, and what that will do
#[derive(Debug, Parser)]
#[command(name = "migration")]
struct Args {
    /// A CSV file with a header and a row for each customer and period
    file: PathBuf,

    #[command(flatten)]
    columns: Columns,

    /// All segments in their order, the lowest first, separated by commas [default: as numbers
    /// or dates if all are, else by the alphabet, and without up or down]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    order: Vec<String>,

    /// How many periods to look ahead
    #[arg(long, value_name = "N", default_value_t = 4)]
    steps: usize,

    /// The seed of what is drawn for the forecast
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Write the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Columns of the file, by name or number.
#[derive(Debug, clap::Args)]
struct Columns {
    /// Column of the customer
    #[arg(long, value_name = "COL")]
    id: String,

    /// Column of the period: numbers, dates such as 2024-03-31, or texts
    #[arg(long, value_name = "COL")]
    period: String,

    /// Column of the segment
    #[arg(long, value_name = "COL")]
    segment: String,

    /// Column of what the customer was worth in the period
    #[arg(long, value_name = "COL")]
    value: Option<String>,

    /// Three letters for the currency of the values
    #[arg(long, value_name = "CODE", default_value = "USD")]
    currency: String,

    /// Decimals of the currency; further ones in the file are rounded
    #[arg(long, value_name = "N", default_value_t = 2)]
    decimals: u8,
}

fn main() -> ExitCode {
    common::finish(run(&Args::parse()))
}

/// From the file to the page. Whatever can fail is done before the output file is put in its
/// place.
fn run(args: &Args) -> Result<String> {
    spare_inputs(args.json.iter(), std::slice::from_ref(&args.file))?;
    let panel = read::panel(args)?;
    let found =
        Found::new(args, &panel).map_err(|error| format!("{}: {error}", args.file.display()))?;
    let page = found.to_string();
    if let Some(target) = &args.json {
        let text = serde_json::to_string_pretty(&found)? + "\n";
        Staged::write(target, text.into_bytes())?.commit()?;
    }
    Ok(page)
}
