//! Who are my customers, which group does each belong to, whom should I look at
//! first, what are they worth, what changed, and who makes money? One page of answers
//! from a file of purchases.
//!
//! ```text
//! cargo run --release --example customer_360 -- [FILE] [--as-of DATE] [--card KEY]
//!     [--cost COL] [--cohort month|quarter|year] [--json FILE]
//! ```
//!
//! Without FILE it reads the CDNOW purchases in `examples/data/`. The chapters
//! are in `examples/customer_360/`; reading files and the chapters on money over time,
//! in `examples/common/`.

use std::{fmt, path::PathBuf, process::ExitCode};

use chrono::NaiveDate;
use clap::Parser;
use custometry::{
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
#[path = "customer_360/rfm.rs"]
mod rfm;
#[path = "customer_360/worth.rs"]
mod worth;

use as_keyed::AsKeyed;
use attention::Attention;
use card::Card;
use common::{
    Result,
    files::Staged,
    input::{Input, InputArgs},
    over_time::{OverTime, OverTimeArgs, first_purchase},
    progress,
    told::Told,
    worth::WorthArgs,
};
use rfm::RfmSegments;
use worth::Worth;

/// Who the customers are, in which segments, whom to look at first, what they are worth,
/// what changed and who makes money
#[derive(Debug, Parser)]
#[command(name = "customer_360")]
struct Args {
    #[command(flatten)]
    input: InputArgs,

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
    let in_file = |error| format!("{}: {error}", input.path.display());
    let figures = Figures::new(args, &input).map_err(in_file)?;
    let page = format!("{input}\n{figures}");
    write_files(args, input, &figures)?;
    Ok(page)
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
    fn new(log: &'a Transactions, as_of: Option<NaiveDate>) -> Result<Self> {
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

        let state = SummaryState::new_observed(log, &mut progress::follow())?;
        let summary = state.summary(as_of)?;
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

/// The standard segments of a summary, and what they are made of.
fn segment(summary: &Summary) -> custometry::Result<(Rfm, RfmScores, Assignments)> {
    let rfm = RfmParams::default().fit(summary)?;
    let scores = rfm.score(summary)?;
    let segments = scores.assign(&SegmentMap::standard(rfm.bins())?)?;
    Ok((rfm, scores, segments))
}

/// The chapters. `--json` writes each under its own key.
#[derive(Serialize)]
struct Figures {
    file: String,
    as_of: NaiveDate,
    currency: String,
    rejected_rows: u64,
    rounded_amounts: u64,
    as_keyed: AsKeyed,
    rfm: RfmSegments,
    look_first: Attention,
    value: Told<Worth>,
    #[serde(flatten)]
    over_time: OverTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<Card>,
}

impl Figures {
    fn new(args: &Args, input: &Input) -> Result<Self> {
        let analysis = Analysis::new(&input.log, args.as_of)?;
        let card = args.card.as_ref().map(|key| Card::new(&analysis, key));
        Ok(Self {
            file: input.path.display().to_string(),
            as_of: analysis.summary.as_of(),
            currency: input.log.currency().code().to_owned(),
            rejected_rows: input.rejects.count(),
            rounded_amounts: input.rounded,
            as_keyed: AsKeyed::new(&analysis)?,
            rfm: RfmSegments::new(&analysis)?,
            look_first: Attention::new(&analysis),
            value: Worth::new(&analysis, &args.worth)?,
            over_time: OverTime::new(
                analysis.log,
                &analysis.state,
                analysis.summary.as_of(),
                &args.over_time,
                Some(|summary| Ok(segment(summary)?.2)),
            ),
            card: card.transpose()?,
        })
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n", self.as_keyed, self.rfm)?;
        writeln!(f, "{}\n4. What they are worth", self.look_first)?;
        writeln!(f, "{}", self.value)?;
        self.over_time.show(f, 5)?;
        match &self.card {
            Some(card) => write!(f, "\n{card}"),
            None => Ok(()),
        }
    }
}

fn write_files(args: &Args, input: Input, figures: &Figures) -> Result<()> {
    let json = match &args.json {
        Some(target) => {
            let text = serde_json::to_string_pretty(figures)? + "\n";
            Some(Staged::write(target, &input.path, text.into_bytes())?)
        }
        None => None,
    };
    let rejects = input
        .rejects
        .stage(args.input.rejects.as_deref(), &input.path)?;
    for staged in [json, rejects].into_iter().flatten() {
        staged.commit()?;
    }
    Ok(())
}
