//! What kinds of customers are there, how sure are we that the kinds are real, and which
//! kind is each customer?
//!
//! ```text
//! cargo run --release --example segmentation -- FILE.csv --features A,B,C [--id COL]
//!     [--transform ln|log1p|none] [--scale z|robust|none] [--k N | --k-range 2..8]
//!     [--weight COL] [--model kmeans|gmm|kprototypes] [--categories D,E]
//!     [--missing refuse|median|mark|apart] [--seed N] [--stability N]
//!     [--json OUT] [--assign OUT.csv]
//! ```
//!
//! Without --k a panel of indices is shown for each number of segments in --k-range, and
//! the recommended number is used.

use std::{ops::RangeInclusive, path::PathBuf, process::ExitCode};

use clap::{Parser, ValueEnum};

#[path = "segmentation/common.rs"]
mod common;
#[path = "segmentation/found.rs"]
mod found;
#[path = "segmentation/page.rs"]
mod page;
#[path = "segmentation/read.rs"]
mod read;

use common::{
    Result,
    files::{Staged, spare_inputs},
};
use found::Found;
use read::Customers;

/// What kinds of customers there are, and which kind each customer is
#[derive(Debug, Parser)]
#[command(name = "segmentation")]
struct Args {
    /// A CSV file with one customer a row and a header
    file: PathBuf,

    #[command(flatten)]
    columns: Columns,

    /// What is done to each number first
    #[arg(long, value_enum, default_value_t = TransformArg::None)]
    transform: TransformArg,

    /// How numbers are brought onto one scale
    #[arg(long, value_enum, default_value_t = ScaleArg::Z)]
    scale: ScaleArg,

    /// What a missing number means: an error, the median, the median and a mark beside it, or
    /// a segment of its own
    #[arg(long, value_enum, default_value_t = MissingArg::Refuse)]
    missing: MissingArg,

    /// How many segments
    #[arg(long, value_name = "N", conflicts_with = "k_range")]
    k: Option<usize>,

    /// Look at each number of segments from the first to the last, and use the recommended one
    #[arg(long, value_name = "FROM..TO", value_parser = range, default_value = "2..8")]
    k_range: RangeInclusive<usize>,

    /// What looks for the segments
    #[arg(long, value_enum, default_value_t = ModelArg::Kmeans)]
    model: ModelArg,

    /// The seed of everything that is drawn
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// Draw the customers anew so many times, and tell how often each segment is found again
    #[arg(long, value_name = "N")]
    stability: Option<usize>,

    /// Write the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write the segment of each customer to this CSV file
    #[arg(long, value_name = "FILE")]
    assign: Option<PathBuf>,
}

/// Columns of the file, by name or number.
#[derive(Debug, clap::Args)]
struct Columns {
    /// Column of the customer [default: the number of the row]
    #[arg(long, value_name = "COL")]
    id: Option<String>,

    /// Columns that segments are made of, separated by commas
    #[arg(long, value_name = "COLS", value_delimiter = ',', required = true)]
    features: Vec<String>,

    /// Further columns, of labels
    #[arg(long, value_name = "COLS", value_delimiter = ',')]
    categories: Vec<String>,

    /// Column of how much each row counts
    #[arg(long, value_name = "COL")]
    weight: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TransformArg {
    Ln,
    Log1p,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScaleArg {
    Z,
    Robust,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum MissingArg {
    Refuse,
    Median,
    Mark,
    Apart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModelArg {
    Kmeans,
    Gmm,
    Kprototypes,
}

/// Both ends are included, however many dots there are.
fn range(text: &str) -> std::result::Result<RangeInclusive<usize>, String> {
    let ends = || {
        let (from, to) = text.split_once("..")?;
        let to = to.trim_start_matches(['.', '=']);
        Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
    };
    match ends() {
        Some((from, to)) if 1 <= from && from <= to => Ok(from..=to),
        _ => Err("two numbers from 1 up, the smaller first, such as 2..8".to_owned()),
    }
}

fn main() -> ExitCode {
    common::finish(run(&Args::parse()))
}

/// From the file to the page. Whatever can fail is done before the first output file is
/// put in its place.
fn run(args: &Args) -> Result<String> {
    if args.assign.is_some() && args.assign == args.json {
        return Err("--assign and --json must name different files".into());
    }
    let targets = [&args.assign, &args.json].into_iter().flatten();
    spare_inputs(targets, std::slice::from_ref(&args.file))?;
    let mixed = args.model == ModelArg::Kprototypes;
    let customers = Customers::read(&args.file, &args.columns, mixed)?;
    if args.missing == MissingArg::Refuse {
        customers.refuse_missing()?;
    }
    let found = Found::new(args, &customers)
        .map_err(|error| format!("{}: {error}", args.file.display()))?;
    let page = found.to_string();
    let mut staged = Vec::new();
    if let Some(target) = &args.json {
        let text = serde_json::to_string_pretty(&found)? + "\n";
        staged.push(Staged::write(target, text.into_bytes())?);
    }
    if let Some(target) = &args.assign {
        staged.push(Staged::write(target, found.to_csv(&customers)?)?);
    }
    for file in staged {
        file.commit()?;
    }
    Ok(page)
}
