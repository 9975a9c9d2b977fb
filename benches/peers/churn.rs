//! Our side of `churn.py`: times it on columns that the script wrote. Prints one line of JSON a
//! run.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use clap::{Parser, ValueEnum};
use custometry::{
    churn::{
        ChurnDefinition, ConcordanceParams, CoxData, CoxParams, Durations, KaplanMeier, RiskTable,
        SnapshotData, SnapshotPlan, Spells,
    },
    data::{Currency, Features, MissingValues, Transactions, date_of_day},
    value::SummaryState,
};
use serde_json::{Value, json};

mod columns;
mod timing;

use columns::column;
use timing::{Answer, fastest, print_under};

/// A case of the script, `runs` times: the fastest run is told.
#[derive(Parser)]
struct Args {
    case: Case,
    /// Where the columns are.
    folder: PathBuf,
    runs: usize,
    threads: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Case {
    /// Cox regression of ten columns, Efron's ties, with standard errors.
    Cox,
    /// The same with robust standard errors.
    CoxRobust,
    /// The curve of all customers.
    Km,
    /// Harrell's C with its standard error, of one column.
    Harrell,
    /// Features and labels of twelve dates from a log of purchases.
    Snapshots,
}

const COLUMNS: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    print_under(args.threads, || run(&args))
}

/// Lengths of stay, whether they ended by leaving, and the columns that may drive it.
struct Stays {
    times: Vec<f64>,
    left: Vec<u16>,
    columns: Vec<f64>,
}

impl Stays {
    fn read(folder: &Path) -> Answer<Self> {
        let left = fs::read(folder.join("left.u8"))?;
        Ok(Self {
            times: column(&folder.join("times.f64"), f64::from_le_bytes)?,
            left: left.into_iter().map(u16::from).collect(),
            columns: column(&folder.join("columns.f64"), f64::from_le_bytes)?,
        })
    }

    fn durations(&self) -> Answer<Durations> {
        Ok(Durations::new(&self.times, &self.left)?)
    }

    fn features(&self) -> Answer<Features> {
        let names: Vec<String> = (0..COLUMNS).map(|at| format!("x{at}")).collect();
        let columns: Vec<(&str, &[f64])> = names
            .iter()
            .map(String::as_str)
            .zip(self.columns.chunks_exact(self.times.len()))
            .collect();
        Ok(Features::from_columns(&columns, MissingValues::Refuse)?)
    }
}

fn run(args: &Args) -> Answer<Value> {
    let (seconds, answer) = match args.case {
        Case::Cox => {
            let stays = Stays::read(&args.folder)?;
            let features = stays.features()?;
            fastest(args.runs, || {
                let durations = stays.durations()?;
                let cox = CoxParams::default().fit(&CoxData::new(&durations, &features))?;
                Ok([cox.coefficients(), &cox.standard_errors()].concat())
            })?
        }
        Case::CoxRobust => {
            let stays = Stays::read(&args.folder)?;
            let features = stays.features()?;
            fastest(args.runs, || {
                let durations = stays.durations()?;
                let data = CoxData::new(&durations, &features);
                let cox = CoxParams::default().fit(&data)?;
                let errors = cox.residuals(&data)?.robust_errors();
                Ok([cox.coefficients(), &errors].concat())
            })?
        }
        Case::Km => {
            let stays = Stays::read(&args.folder)?;
            fastest(args.runs, || {
                let curve = KaplanMeier::new(&RiskTable::new(&stays.durations()?))?;
                Ok(vec![curve.survival_at(100.0), curve.survival_at(365.0)])
            })?
        }
        Case::Harrell => {
            let stays = Stays::read(&args.folder)?;
            let risk = &stays.columns[..stays.times.len()];
            fastest(args.runs, || {
                let durations = stays.durations()?;
                let judged = ConcordanceParams::new().fit(&durations, risk)?;
                Ok(vec![judged.value])
            })?
        }
        Case::Snapshots => snapshots(args)?,
    };
    Ok(json!({"seconds": seconds, "answer": answer}))
}

/// Twelve monthly dates of a log of purchases, of which the spells are known.
fn snapshots(args: &Args) -> Answer<(f64, Vec<f64>)> {
    let file = |name: &str| args.folder.join(name);
    let whole = |name: &str| column(&file(name), i32::from_le_bytes);
    let keys: Vec<i64> = whole("customer.i32")?.into_iter().map(i64::from).collect();
    let amounts = whole("amount.i32")?.into_iter().map(i64::from);
    let log = Transactions::builder(Currency::EUR)
        .int_keys(&keys)
        .days(whole("day.i32")?)
        .amounts(amounts.collect())
        .build()?;
    let day = |day| date_of_day(day).ok_or("a day");
    let state = SummaryState::new(&log)?;
    let (until, first) = (day(1_095)?, day(600)?);
    let definition = ChurnDefinition::Inactivity { days: 90 };
    let spells = Spells::of_purchases(&state, until, definition)?;
    let plan = SnapshotPlan::every(30, first, 12).horizon(90);
    fastest(args.runs, || {
        let built = plan.build(&SnapshotData::new(&spells).transactions(&log))?;
        let sum = built.features().view().sum();
        Ok(vec![built.len() as f64, sum])
    })
}
