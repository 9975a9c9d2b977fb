//! Our side of `risk.py`: times it on columns that the script wrote. Prints one line of JSON a run.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use clap::{Parser, ValueEnum};
use custometry::{
    churn::{
        Calibration, CalibrationMethod, LogisticData, LogisticParams, RankEvaluation,
        RetentionEconomics,
    },
    data::{Features, MissingValues},
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
    /// Logistic regression of twenty columns, with standard errors.
    Logistic,
    /// AUC with its error, average precision, lift and expected maximum profit of one score.
    Judge,
    /// An isotonic curve.
    Isotonic,
}

const COLUMNS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    print_under(args.threads, || run(&args))
}

fn features(folder: &Path) -> Answer<Features> {
    let cells = column(&folder.join("columns.f64"), f64::from_le_bytes)?;
    let names: Vec<String> = (0..COLUMNS).map(|at| format!("x{at}")).collect();
    let columns: Vec<(&str, &[f64])> = names
        .iter()
        .map(String::as_str)
        .zip(cells.chunks_exact(cells.len() / COLUMNS))
        .collect();
    Ok(Features::from_columns(&columns, MissingValues::Refuse)?)
}

fn run(args: &Args) -> Answer<Value> {
    let left = fs::read(args.folder.join("left.u8"))?;
    let left: Vec<bool> = left.into_iter().map(|left| left > 0).collect();
    let scores = || column(&args.folder.join("scores.f64"), f64::from_le_bytes);
    let (seconds, answer) = match args.case {
        Case::Logistic => {
            let features = features(&args.folder)?;
            let data = LogisticData::new(&features, &left);
            fastest(args.runs, || {
                let model = LogisticParams::default().fit(&data)?;
                Ok([model.coefficients(), &model.standard_errors()].concat())
            })?
        }
        Case::Judge => {
            let scores = scores()?;
            let economics = RetentionEconomics::new();
            fastest(args.runs, || {
                let ranked = RankEvaluation::new(&scores, &left)?;
                let earned = ranked.expected_maximum_profit(&economics)?;
                Ok(vec![
                    ranked.auc(0.95)?.value,
                    ranked.average_precision(),
                    ranked.lift_at(0.1)?,
                    earned.per_customer,
                ])
            })?
        }
        Case::Isotonic => {
            let scores = scores()?;
            fastest(args.runs, || {
                let curve = Calibration::fit(CalibrationMethod::Isotonic, &scores, &left, None)?;
                Ok(curve.calibrate(&[0.05, 0.2, 0.7])?)
            })?
        }
    };
    Ok(json!({"seconds": seconds, "answer": answer}))
}
