//! Who are my customers, who leaves, who grows, and what should I do on Monday? One page of
//! answers from a file of purchases.
//!
//! ```text
//! cargo run --release --example customer_360 -- [FILE] [--people PEOPLE...]
//!     [--contact CONTACT] [--actions N] [--budget AMOUNT] [--hold-out SHARE] [--seed N]
//!     [--as-of DATE] [--card KEY] [--cost COL] [--cohort month|quarter|year] [--json FILE]
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

use std::{iter, path::PathBuf, process::ExitCode};

use chrono::NaiveDate;
use clap::Parser;
use custometry::{
    data::{Transactions, date_of_day},
    overview::{Overview, OverviewInputs, OverviewParams},
};

mod common;

#[path = "customer_360/actions.rs"]
mod actions;
#[path = "customer_360/as_keyed.rs"]
mod as_keyed;
#[path = "customer_360/attention.rs"]
mod attention;
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
use common::{
    Result,
    files::{Staged, spare_inputs},
    input::{Input, InputArgs},
    over_time::{OverTimeArgs, first_purchase},
    progress,
    worth::WorthArgs,
};
use contact::{Contact, ContactArgs};
use figures::Figures;
use identity::{Known, PeopleArgs};
use synthetic::Resolved;

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
    let input = args.input.read()?;
    let targets = [&args.json, &args.input.rejects].into_iter().flatten();
    let read: Vec<PathBuf> = iter::once(&input.path)
        .chain(&args.people.people)
        .chain(&args.contact.contact)
        .cloned()
        .collect();
    spare_inputs(targets, &read)?;
    let in_file = |error| format!("{}: {error}", input.path.display());
    let as_of = last_day(&input.log, args.as_of).map_err(in_file)?;
    let shipped = args.input.file.is_none();
    let like = &input.columns.customer.name;
    let people = args.people.read(like)?;
    let customers = shipped.then(|| input.log.customers());
    let contact = args.contact.read(like, customers)?;
    let synthetic = if shipped && people.is_none() {
        Some(Resolved::new(&input.log, as_of)?)
    } else {
        None
    };
    let given = Given {
        input: &input,
        as_of,
        people: people.as_ref(),
        contact: contact.as_ref(),
        synthetic: synthetic.as_ref(),
    };
    let rows = AsRead::new(&input.log, as_of).map_err(in_file)?;
    let overview = given.overview(args).map_err(in_file)?;
    let figures = Figures::new(args, &given, rows, &overview).map_err(in_file)?;
    let people = people.map_or_else(String::new, |known| known.people.to_string());
    let read = contact.map_or_else(String::new, |contact| contact.to_string());
    let page = format!("{input}{people}{read}\n{figures}");
    let json = match &args.json {
        Some(target) => {
            let text = serde_json::to_string_pretty(&figures)? + "\n";
            Some(Staged::write(target, text.into_bytes())?)
        }
        None => None,
    };
    let rejects = input.rejects.stage(args.input.rejects.as_deref())?;
    for staged in [json, rejects].into_iter().flatten() {
        staged.commit()?;
    }
    Ok(page)
}

/// The last day that counts: the one that is wanted, or else the last of the log.
fn last_day(log: &Transactions, as_of: Option<NaiveDate>) -> Result<NaiveDate> {
    let first = first_purchase(log);
    let last = log.days().iter().copied().max().and_then(date_of_day);
    let (Some(first), Some(last)) = (first, last) else {
        return Err("no purchases: all rows are refunds".into());
    };
    let as_of = as_of.unwrap_or(last);
    if as_of < first {
        let message = format!("--as-of {as_of} is before the first purchase, on {first}");
        return Err(message.into());
    }
    Ok(as_of)
}

/// What was read.
struct Given<'a> {
    input: &'a Input,
    as_of: NaiveDate,
    people: Option<&'a Known>,
    contact: Option<&'a Contact>,
    /// What becomes of the log if people with two keys are put in.
    synthetic: Option<&'a Resolved>,
}

impl Given<'_> {
    /// All of it together.
    fn overview(&self, args: &Args) -> Result<Overview> {
        let log = &self.input.log;
        let params = OverviewParams::default()
            .seed(args.actions.seed())
            .margin(args.worth.margin())
            .discount(args.worth.discount()?)
            .horizon(args.worth.horizon())
            .cohorts(args.over_time.cohort());
        let mut inputs = OverviewInputs::new().transactions(log);
        if let Some(contact) = self.contact {
            inputs = inputs.contact(&contact.statuses);
        }
        match self.people {
            Some(known) => known.overview(&params, inputs, log.customers(), self.as_of),
            None => Ok(params.fit_observed(&inputs, self.as_of, &mut progress::follow())?),
        }
    }
}
