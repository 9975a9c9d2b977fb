//! Who are my customers, who leaves, who grows, and what should I do on Monday? One page of
//! answers from a file of purchases.
//!
//! ```text
//! cargo run --release --example customer_360 -- [FILE] [--people PEOPLE...]
//!     [--contact CONTACT] [--actions N] [--budget AMOUNT] [--hold-out SHARE] [--seed N]
//!     [--as-of DATE] [--card KEY] [--cost COL] [--cohort month|quarter|year] [--json FILE]
//!     [--out DIR] [--generate N]
//! ```
//!
//! All of it is one [`Overview`] of the library; this program reads files and prints. With
//! records of people, keys that are one person's are one customer in all chapters. Actions
//! are for those of whom a file of statuses says that they may be contacted, and part of
//! them is held out, so that it can be told what the actions do.
//!
//! Without FILE it reads the CDNOW purchases in `examples/data/`; nothing is known of
//! their people, so the first chapter shows resolution on synthetic ones, and who may be
//! contacted is drawn by key. The chapters are in `examples/customer_360/`; reading files,
//! people, and the chapters on money over time, in `examples/common/`.

use std::{path::PathBuf, process::ExitCode};

use chrono::NaiveDate;
use clap::Parser;

mod common;

#[path = "customer_360/actions.rs"]
mod actions;
#[path = "customer_360/as_keyed.rs"]
mod as_keyed;
#[path = "customer_360/attention.rs"]
mod attention;
#[path = "customer_360/base.rs"]
mod base;
#[path = "customer_360/card.rs"]
mod card;
#[path = "customer_360/churn/mod.rs"]
mod churn;
#[path = "customer_360/contact.rs"]
mod contact;
#[path = "customer_360/counts.rs"]
mod counts;
#[path = "customer_360/figures.rs"]
mod figures;
#[path = "customer_360/how_many.rs"]
mod how_many;
#[path = "customer_360/identity.rs"]
mod identity;
#[path = "customer_360/kinds.rs"]
mod kinds;
#[path = "customer_360/moves.rs"]
mod moves;
#[path = "customer_360/out.rs"]
mod out;
#[path = "common/people"]
mod people {
    pub(crate) mod columns;
    mod header;
    pub(crate) mod read;
    mod roles;
}
#[path = "common/probability.rs"]
mod probability;
#[path = "customer_360/rfm.rs"]
mod rfm;
#[path = "common/steps.rs"]
mod steps;
#[path = "customer_360/summary.rs"]
mod summary;
#[path = "customer_360/synthetic.rs"]
mod synthetic;
#[path = "customer_360/told.rs"]
mod told;
#[path = "customer_360/worth.rs"]
mod worth;

use actions::ActionArgs;
use as_keyed::AsRead;
use base::Base;
use common::{
    Result,
    files::{Staged, spare_inputs},
    input::InputArgs,
    over_time::OverTimeArgs,
    worth::WorthArgs,
};
use contact::ContactArgs;
use figures::Figures;
use identity::PeopleArgs;
use steps::Steps;

/// Who the customers are, in which segments, what they are worth, what changed, who makes
/// money, who leaves, and what to do with whom
#[derive(Debug, Parser)]
#[command(name = "customer_360")]
struct Args {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    people: PeopleArgs,

    #[command(flatten)]
    contact: ContactArgs,

    /// The last day that counts, as YYYY-MM-DD [default: the last day in the file]
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,

    #[command(flatten)]
    worth: WorthArgs,

    #[command(flatten)]
    over_time: OverTimeArgs,

    #[command(flatten)]
    actions: ActionArgs,

    /// Write the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// In place of a file, make up the purchases of so many people, some of whom have two keys; tell how
    /// long each step takes, and how much memory
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=100_000_000),
        conflicts_with_all = ["file", "people", "rejects"]
    )]
    generate: Option<u32>,

    /// Write a page with pictures and tidy files of all results into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Show everything about the customer with this key
    #[arg(long, value_name = "KEY")]
    card: Option<String>,
}

fn main() -> ExitCode {
    common::finish(run(&Args::parse()))
}

/// From the file to the page. Whatever can fail is done before the first output
/// file is put in its place.
fn run(args: &Args) -> Result<String> {
    if args.json.is_some() && args.json == args.input.rejects {
        return Err("--json and --rejects name the same file".into());
    }
    let targets = [&args.json, &args.input.rejects].into_iter().flatten();
    spare_inputs(targets, &args.read())?;
    let mut steps = Steps::start();
    let base = Base::new(args, &mut steps)?;
    let in_file = |error| format!("{}: {error}", base.name);
    let rows = AsRead::new(base.log(), base.as_of).map_err(in_file)?;
    let overview = base.overview(args, &mut steps).map_err(in_file)?;
    let actions = args.actions.choose(&overview)?;
    steps.done("choosing actions");
    let figures = Figures::new(args, &base, rows, &overview, actions.as_ref()).map_err(in_file)?;
    let page = format!("{}\n{figures}", base.told);
    let json = match &args.json {
        Some(target) => {
            let text = serde_json::to_string_pretty(&figures)? + "\n";
            Some(Staged::write(target, text.into_bytes())?)
        }
        None => None,
    };
    let folder = match &args.out {
        Some(folder) => out::Results {
            figures: &figures,
            overview: &overview,
            actions: actions.as_ref(),
            shown: base.shown(),
        }
        .stage(folder, &args.read())?,
        None => Vec::new(),
    };
    let rejects = base.stage_rejects(args.input.rejects.as_deref())?;
    for staged in json.into_iter().chain(rejects).chain(folder) {
        staged.commit()?;
    }
    steps.done("telling it");
    Ok(match args.generate {
        Some(_) => format!("{page}\n{steps}"),
        None => page,
    })
}

impl Args {
    /// The files that are read.
    fn read(&self) -> Vec<PathBuf> {
        let log = self.input.file.iter();
        let read = log.chain(&self.people.people).chain(&self.contact.contact);
        read.cloned().collect()
    }
}
