//! Who is still a customer, how much will each buy, what is that worth, and how
//! sure is it? All purchase models, the spend model and lifetime value, and what
//! changed in money over time, from a file of purchases.
//!
//! ```text
//! cargo run --release --example value -- [FILE] [--as-of DATE] [--calibrate-until DATE]
//!     [--cost COL] [--cohort month|quarter|year] [--json FILE] [--scores FILE]
//! ```
//!
//! Without FILE it reads the CDNOW purchases in `examples/data/`. With
//! `--calibrate-until` the models are fitted to the purchases up to that day and
//! judged by those after it. The chapters on money over time are in `examples/common/`,
//! and are of everything up to `--as-of`.

use std::{fmt, path::PathBuf, process::ExitCode};

use chrono::NaiveDate;
use clap::{Parser, ValueEnum};
use custometry::{
    data::{TimeUnit, date_of_day},
    value::{Holdout, HoldoutReport, Summary, SummaryState},
};
use serde::Serialize;

mod common;

#[path = "value/model_table.rs"]
mod model_table;
#[path = "value/models.rs"]
mod models;
#[path = "value/over_time.rs"]
mod over_time;
#[path = "value/scores.rs"]
mod scores;

use common::{
    Result,
    files::{Staged, spare_inputs},
    input::{Input, InputArgs},
    over_time::{OverTime, OverTimeArgs},
    progress,
    tables::{count, percent, table},
    told::Told,
    worth::WorthArgs,
};
use model_table::ModelTable;
use models::{Models, clv_params};
use scores::Scores;

/// Who is still a customer, how much will each buy, what is that worth, and what changed
#[derive(Debug, Parser)]
#[command(name = "value")]
struct Args {
    #[command(flatten)]
    input: InputArgs,

    /// The last day that counts, as YYYY-MM-DD [default: the last day in the file]
    #[arg(long, value_name = "DATE")]
    as_of: Option<NaiveDate>,

    /// Fit the models up to this day and judge them by the days after it
    #[arg(long, value_name = "DATE")]
    calibrate_until: Option<NaiveDate>,

    /// The unit of time of the parameters
    #[arg(long, value_enum, default_value_t = Unit::Weeks)]
    unit: Unit,

    #[command(flatten)]
    worth: WorthArgs,

    #[command(flatten)]
    over_time: OverTimeArgs,

    /// P(alive) at which a silent customer is taken for lost
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.5,
        allow_negative_numbers = true
    )]
    threshold: f64,

    /// Write the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write one line a customer to this CSV file; recency and age are in days
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Unit {
    Weeks,
    Days,
}

fn main() -> ExitCode {
    common::finish(run(&Args::parse()))
}

/// From the file to the page. Whatever can fail is done before the first output
/// file is put in its place.
fn run(args: &Args) -> Result<String> {
    let outputs = [&args.json, &args.scores, &args.input.rejects];
    let named: Vec<&PathBuf> = outputs.into_iter().flatten().collect();
    if (1..named.len()).any(|at| named[..at].contains(&named[at])) {
        return Err("--json, --scores and --rejects must name different files".into());
    }
    let input = args.input.read()?;
    spare_inputs(named, std::slice::from_ref(&input.path))?;
    let in_file = |error| format!("{}: {error}", input.path.display());
    let analysis = Analysis::new(args, &input).map_err(in_file)?;
    let page = format!("{input}\n{analysis}");
    let mut staged = Vec::new();
    if let Some(target) = &args.json {
        let text = serde_json::to_string_pretty(&analysis)? + "\n";
        staged.push(Staged::write(target, text.into_bytes())?);
    }
    if let Some(target) = &args.scores {
        let scores = match &analysis.scores {
            Told::Known(scores) => scores,
            Told::Unknown { error } => {
                return Err(format!("{}: no scores: {error}", input.path.display()).into());
            }
        };
        let lines = scores.to_csv(&analysis.customers)?;
        staged.push(Staged::write(target, lines)?);
    }
    staged.extend(input.rejects.stage(args.input.rejects.as_deref())?);
    for file in staged {
        file.commit()?;
    }
    Ok(page)
}

/// Everything that is told. `--json` writes it as it stands.
#[derive(Serialize)]
struct Analysis {
    file: String,
    as_of: NaiveDate,
    calibrate_until: Option<NaiveDate>,
    unit: TimeUnit,
    horizon_days: f64,
    summary: Counts,
    models: ModelTable,
    #[serde(skip_serializing_if = "Option::is_none")]
    holdout: Option<HoldoutPart>,
    /// The model that speaks, or why none does.
    scores: Told<Scores>,
    #[serde(flatten)]
    over_time: OverTime,
    #[serde(skip)]
    customers: Summary,
    #[serde(skip)]
    worth: WorthArgs,
}

/// The customers of a summary in numbers.
#[derive(Serialize)]
struct Counts {
    customers: usize,
    repeat_days: u64,
    one_time: usize,
}

/// The purchases after the calibration.
#[derive(Serialize)]
struct HoldoutPart {
    /// Repeat purchase days.
    actual: f64,
    days: f64,
    /// How the model that speaks did.
    #[serde(skip_serializing_if = "Option::is_none")]
    best: Option<HoldoutReport>,
}

impl Analysis {
    fn new(args: &Args, input: &Input) -> Result<Self> {
        let log = &input.log;
        let last = log.days().iter().copied().max().and_then(date_of_day);
        let as_of = args.as_of.or(last).ok_or("no rows")?;
        let state = SummaryState::new_observed(log, &mut progress::follow())?;
        let base = args.calibrate_until.unwrap_or(as_of);
        let summary = state.summary(base)?;
        if summary.buyers() == 0 {
            return Err(format!("no purchases up to {base}").into());
        }
        let unit = match args.unit {
            Unit::Weeks => TimeUnit::Weeks,
            Unit::Days => TimeUnit::Days,
        };
        // Arguments out of range are told before the long part.
        clv_params(&args.worth)?;
        let models = Models::fit(&summary, unit)?;
        let holdout = (args.calibrate_until)
            .map(|until| Holdout::new(&state, until, as_of))
            .transpose()?;
        let best = models.best();
        let scores = match &best {
            Ok(best) => Told::Known(Scores::new(args, *best, &models, &summary)?),
            Err(error) => Told::unknown(error),
        };
        let part = |holdout: &Holdout| -> Result<HoldoutPart> {
            let best = best.as_ref().ok();
            Ok(HoldoutPart {
                actual: holdout.actual().iter().map(|&days| f64::from(days)).sum(),
                days: holdout.horizon().0,
                best: best
                    .map(|(_, model)| holdout.evaluate(*model))
                    .transpose()?,
            })
        };
        Ok(Self {
            file: input.path.display().to_string(),
            as_of,
            calibrate_until: args.calibrate_until,
            unit,
            horizon_days: args.worth.horizon().0,
            summary: Counts::new(&summary),
            holdout: holdout.as_ref().map(part).transpose()?,
            models: ModelTable::new(&models, holdout.as_ref())?,
            scores,
            over_time: over_time::over_time(log, &state, as_of, &args.over_time),
            customers: summary,
            worth: args.worth.clone(),
        })
    }
}

impl Counts {
    fn new(summary: &Summary) -> Self {
        let once = (summary.has_purchase().zip(summary.frequency()))
            .filter(|(bought, again)| *bought && **again == 0);
        Self {
            customers: summary.buyers(),
            repeat_days: summary.frequency().iter().map(|&x| u64::from(x)).sum(),
            one_time: once.count(),
        }
    }
}

impl fmt::Display for Analysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            customers,
            repeat_days,
            one_time,
        } = &self.summary;
        writeln!(f, "1. Customers, up to {}", self.customers.as_of())?;
        let share = *one_time as f64 / *customers as f64;
        let rows = [
            ["Customers with a purchase".to_owned(), count(customers)],
            [
                "  of them with one purchase day".to_owned(),
                format!("{} ({})", count(one_time), percent(Some(share))),
            ],
            ["Repeat purchase days".to_owned(), count(repeat_days)],
        ];
        writeln!(f, "{}\n", table(["", ""], 1, rows))?;
        writeln!(f, "2. Models")?;
        writeln!(f, "{}", self.models)?;
        if let Some(holdout) = &self.holdout {
            writeln!(f, "3. What came after {}", self.customers.as_of())?;
            holdout.fmt(f)?;
            writeln!(f)?;
        }
        let number = if self.holdout.is_some() { 4 } else { 3 };
        writeln!(f, "{number}. Worth, {}", self.worth)?;
        self.scores
            .show(f, |scores, f| scores.show(f, &self.customers))?;
        writeln!(f)?;
        self.over_time.show(f, number + 1)
    }
}

impl fmt::Display for HoldoutPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let actual = count(self.actual);
        writeln!(f, "{actual} repeat purchase days in {} days.", self.days)?;
        let Some(best) = &self.best else {
            return Ok(());
        };
        let rows = best.by_frequency.iter().map(|line| {
            let more = if line.or_more { "+" } else { "" };
            [
                format!("{}{more}", line.frequency),
                count(line.customers),
                format!("{:.3}", line.expected),
                format!("{:.3}", line.actual),
            ]
        });
        let headers = [
            "Repeat purchases before",
            "Customers",
            "Expected of each",
            "Came",
        ];
        writeln!(f, "{}", table(headers, 0, rows))?;
        writeln!(
            f,
            "By customer: mean absolute error {:.3}, root mean squared error {:.3}, bias {:+.3}.",
            best.mae, best.rmse, best.bias
        )
    }
}
