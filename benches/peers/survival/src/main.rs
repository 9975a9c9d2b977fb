//! The crate `survival` on the columns that `churn.py` wrote: `peer-survival cox FOLDER RUNS`. Prints
//! one line of JSON.

use std::{env, error::Error, fs, path::Path, time::Instant};

use ndarray::Array2;
use survival::regression::{CoxphData, CoxphFitResult, CoxphOptions};

const COLUMNS: usize = 10;

fn doubles(path: &Path) -> Result<Vec<f64>, Box<dyn Error>> {
    let bytes = fs::read(path)?;
    let (words, _) = bytes.as_chunks::<8>();
    Ok(words.iter().map(|word| f64::from_le_bytes(*word)).collect())
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().collect();
    let [_, case, folder, runs] = &words[..] else {
        return Err("give a case, a folder and a number of runs".into());
    };
    if case != "cox" {
        return Err("the case is cox".into());
    }
    let folder = Path::new(folder);
    let times = doubles(&folder.join("times.f64"))?;
    let left = fs::read(folder.join("left.u8"))?;
    let columns = doubles(&folder.join("columns.f64"))?;
    let rows = times.len();
    let x = Array2::from_shape_fn((rows, COLUMNS), |(row, at)| columns[at * rows + row]);
    let status: Vec<i32> = left.iter().map(|&left| i32::from(left)).collect();
    let mut best = (f64::INFINITY, Vec::new());
    for _ in 0..runs.parse::<usize>()?.max(1) {
        let (times, status, x) = (times.clone(), status.clone(), x.clone());
        let start = Instant::now();
        let data = CoxphData::try_new(times, None, status, x, None, None, None)?;
        // The barest fit: no residuals, no concordance.
        let fit = CoxphFitResult::fit(data, CoxphOptions::default(), false)?;
        let seconds = start.elapsed().as_secs_f64();
        if seconds < best.0 {
            let errors = (0..COLUMNS).map(|at| fit.var[[at, at]].sqrt());
            best = (seconds, fit.coefficients.iter().copied().chain(errors).collect());
        }
    }
    println!("{}", serde_json::json!({"seconds": best.0, "answer": best.1}));
    Ok(())
}
