//! Who are my customers and how many are there, which group does each belong to, what kinds
//! are there, whom should I look at first, what are they worth, what changed, who makes money,
//! and who leaves? One page of answers from a file of purchases.
//!
//! ```text
//! cargo run --release --example customer_360 -- [FILE] [--people PEOPLE...]
//!     [--as-of DATE] [--card KEY] [--cost COL] [--cohort month|quarter|year] [--json FILE]
//! ```
//!
//! With records of people, keys that are one person's are one customer in all chapters.
//! Without FILE it reads the CDNOW purchases in `examples/data/`; nothing is known of
//! their people, and the first chapter shows resolution on synthetic ones. The chapters
//! are in `examples/customer_360/`; reading files, people, and the chapters on money over
//! time, in `examples/common/`.

use std::{fmt, iter, path::PathBuf, process::ExitCode};

use chrono::NaiveDate;
use clap::Parser;
use custometry::{
    Observer,
    data::{Assignments, Transactions, date_of_day},
    value::{Rfm, RfmParams, RfmScores, SegmentMap, Summary, SummaryState},
};
use serde::Serialize;

mod common;

#[path = "customer_360/as_keyed.rs"]
mod as_keyed;
#[path = "customer_360/attention.rs"]
mod attention;
#[path = "customer_360/card.rs"]
mod card;
#[path = "customer_360/churn/mod.rs"]
mod churn;
#[path = "customer_360/counts.rs"]
mod counts;
#[path = "customer_360/how_many.rs"]
mod how_many;
#[path = "customer_360/identity.rs"]
mod identity;
#[path = "common/judged.rs"]
mod judged;
#[path = "customer_360/kinds.rs"]
mod kinds;
#[path = "customer_360/moves.rs"]
mod moves;
#[path = "common/people/mod.rs"]
mod people;
#[path = "common/probability.rs"]
mod probability;
#[path = "customer_360/resolved.rs"]
mod resolved;
#[path = "customer_360/rfm.rs"]
mod rfm;
#[path = "customer_360/synthetic.rs"]
mod synthetic;
#[path = "customer_360/worth.rs"]
mod worth;

use as_keyed::AsKeyed;
use attention::Attention;
use card::Card;
use churn::Churn;
use common::{
    Result,
    files::{Staged, spare_inputs},
    input::{Input, InputArgs},
    over_time::{OverTime, OverTimeArgs, first_purchase},
    progress,
    told::Told,
    worth::WorthArgs,
};
use how_many::HowMany;
use identity::{PeopleArgs, WhoIsWho};
use kinds::Kinds;
use moves::Moves;
use rfm::RfmSegments;
use worth::Worth;

/// Who the customers are, in which segments, whom to look at first, what they are worth,
/// what changed, who makes money and who leaves
#[derive(Debug, Parser)]
#[command(name = "customer_360")]
struct Args {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    people: PeopleArgs,

    /// The last day that counts, as YYYY-MM-DD [default: the last day in the file]
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,

    #[command(flatten)]
    worth: WorthArgs,

    #[command(flatten)]
    over_time: OverTimeArgs,

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
        .cloned()
        .collect();
    spare_inputs(targets, &read)?;
    let in_file = |error| format!("{}: {error}", input.path.display());
    let as_of = last_day(&input.log, args.as_of).map_err(in_file)?;
    let people = args.people.read(&input.columns.customer.name)?;
    let who = match &people {
        Some(people) => Some(WhoIsWho::of_people(&input.log, people)?),
        None if args.input.file.is_none() => Some(WhoIsWho::synthetic(&input.log)?),
        None => None,
    };
    let figures = Figures::new(args, &input, as_of, who.as_ref()).map_err(in_file)?;
    let people = people.map_or_else(String::new, |people| people.to_string());
    let page = format!("{input}{people}\n{figures}");
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

/// What the chapters look at.
struct Analysis<'a> {
    log: &'a Transactions,
    state: SummaryState,
    summary: Summary,
    rfm: Rfm,
    scores: RfmScores,
    segments: Assignments,
}

impl<'a> Analysis<'a> {
    fn new(log: &'a Transactions, as_of: NaiveDate) -> Result<Self> {
        let (state, summary) = summarise(log, as_of, &mut progress::follow())?;
        let (rfm, scores, segments) = segment(&summary)?;
        Ok(Self {
            log,
            state,
            summary,
            rfm,
            scores,
            segments,
        })
    }
}

fn summarise(
    log: &Transactions,
    as_of: NaiveDate,
    observer: &mut dyn Observer,
) -> Result<(SummaryState, Summary)> {
    let state = SummaryState::new_observed(log, observer)?;
    let summary = state.summary(as_of)?;
    Ok((state, summary))
}

/// The standard segments of a summary, and what they are made of.
fn segment(summary: &Summary) -> custometry::Result<(Rfm, RfmScores, Assignments)> {
    let rfm = RfmParams::default().fit(summary)?;
    let scores = rfm.score(summary)?;
    let segments = scores.assign(&SegmentMap::standard(rfm.bins())?)?;
    Ok((rfm, scores, segments))
}

/// The chapters. `--json` writes each under its own key.
#[derive(Serialize)]
struct Figures<'a> {
    file: String,
    as_of: NaiveDate,
    currency: String,
    rejected_rows: u64,
    rounded_amounts: u64,
    as_keyed: AsKeyed,
    #[serde(flatten)]
    how_many: Option<HowMany<'a>>,
    rfm: RfmSegments,
    kinds: Told<Kinds>,
    look_first: Attention,
    value: Told<Worth>,
    migration: Told<Moves>,
    #[serde(flatten)]
    over_time: OverTime,
    churn: Told<Churn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<Card>,
}

impl<'a> Figures<'a> {
    fn new(
        args: &Args,
        input: &Input,
        as_of: NaiveDate,
        who: Option<&'a WhoIsWho>,
    ) -> Result<Self> {
        // With synthetic people the chapters are of the keys, which they were put into.
        let resolved = who.filter(|who| !who.identity.synthetic);
        let resolved = resolved.map(|who| &who.resolved);
        let log = resolved.map_or(&input.log, |resolved| &resolved.log);
        let analysis = Analysis::new(log, as_of)?;
        let as_keyed = match resolved {
            Some(_) => AsKeyed::new(
                &input.log,
                &summarise(&input.log, as_of, &mut progress::follow())?.1,
            )?,
            None => AsKeyed::new(&input.log, &analysis.summary)?,
        };
        let how_many = who.map(|who| HowMany::new(who, as_keyed.counts, &input.log, &analysis));
        let card = args.card.as_ref();
        let card = card.map(|key| Card::new(&analysis, resolved, key));
        Ok(Self {
            file: input.path.display().to_string(),
            as_of,
            currency: input.log.currency().code().to_owned(),
            rejected_rows: input.rejects.count(),
            rounded_amounts: input.rounded,
            how_many: how_many.transpose()?,
            as_keyed,
            rfm: RfmSegments::new(&analysis)?,
            kinds: Kinds::new(&analysis).into(),
            look_first: Attention::new(&analysis),
            value: Worth::new(&analysis, &args.worth)?,
            migration: Moves::new(&analysis, as_of).into(),
            over_time: OverTime::new(
                analysis.log,
                &analysis.state,
                as_of,
                &args.over_time,
                Some(|summary| Ok(segment(summary)?.2)),
            ),
            churn: Churn::new(&analysis, as_of).into(),
            card: card.transpose()?,
        })
    }
}

impl fmt::Display for Figures<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "1. Who the customers are, up to {}", self.as_of)?;
        match &self.how_many {
            Some(how_many) => writeln!(f, "{how_many}\nBy the keys of the file:")?,
            None => writeln!(
                f,
                "Every key is taken for one customer; which keys are one person's is found out \
                 with records of people: --people FILE."
            )?,
        }
        write!(f, "{}\n{}\n", self.as_keyed, self.rfm)?;
        writeln!(f, "3. Kinds, found in what they do")?;
        writeln!(f, "{}", self.kinds)?;
        writeln!(f, "{}\n5. What they are worth", self.look_first)?;
        writeln!(f, "{}", self.value)?;
        writeln!(f, "6. Who moves where\n{}", self.migration)?;
        self.over_time.show(f, 7)?;
        write!(f, "\n10. Who leaves, and when\n{}", self.churn)?;
        match &self.card {
            Some(card) => write!(f, "\n{card}"),
            None => Ok(()),
        }
    }
}
