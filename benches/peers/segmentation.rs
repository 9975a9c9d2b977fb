//! Our side of `segmentation.py`, and linfa's: times them on columns that the script wrote.
//! Prints one line of JSON a run.

use std::{
    error::Error,
    path::{Path, PathBuf},
};

use clap::{Parser, ValueEnum};
use custometry::{
    data::{Features, MissingValues, date_of_day},
    segmentation::{
        ColumnParams, Covariance, GaussianMixtureParams, KMeansAlgorithm, KMeansParams,
        KMeansStart, PreparationParams, Segmentation, SegmentationParams, SilhouetteParams,
        SizeLimits, StabilityParams, Transform,
    },
};
use linfa::{DatasetBase, traits::Fit};
use linfa_clustering::{KMeans as Linfa, KMeansInit};
use ndarray::{Array2, ArrayView2};
use serde_json::{Value, json};

mod columns;
mod timing;

use columns::column;
use timing::{Answer, fastest, print_under};

/// A case of the script, `runs` times: the fastest run is told.
#[derive(Parser)]
struct Args {
    case: Case,
    /// Where points.f64 and start.f64 are, row by row.
    folder: PathBuf,
    columns: usize,
    runs: usize,
    threads: usize,
}

#[derive(Clone, Copy, ValueEnum)]
enum Case {
    KMeans,
    KMeansLinfa,
    Silhouette,
    MixtureFull,
    MixtureDiagonal,
    Assign,
    AssignPrepared,
    Stability,
    Limits,
}

/// Iterations of k-means, and steps of expectation and maximisation, on all sides.
const ITERATIONS: usize = 16;
const STEPS: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    print_under(args.threads, || run(&args))
}

fn read(path: &Path, columns: usize) -> Answer<Array2<f64>> {
    let values = column(path, f64::from_le_bytes)?;
    Ok(Array2::from_shape_vec(
        (values.len() / columns, columns),
        values,
    )?)
}

fn features(points: ArrayView2<'_, f64>) -> Answer<Features> {
    let names: Vec<String> = (0..points.ncols()).map(|at| format!("x{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(Features::from_view(&names, points, MissingValues::Refuse)?)
}

fn told((seconds, answer): (f64, Value)) -> Value {
    json!({"seconds": seconds, "answer": answer})
}

fn run(args: &Args) -> Answer<Value> {
    let points = read(&args.folder.join("points.f64"), args.columns)?;
    let start = read(&args.folder.join("start.f64"), args.columns)?;
    let centres: Vec<Vec<f64>> = start.rows().into_iter().map(|row| row.to_vec()).collect();
    let k = centres.len();
    let given = KMeansParams::new(k).start(KMeansStart::Centres(centres.clone()));
    let lloyd = given.algorithm(KMeansAlgorithm::Lloyd);
    if let Case::KMeansLinfa = args.case {
        let rows = points.nrows() as f64;
        let (data, start) = (DatasetBase::from(points), &start);
        let answer = fastest(args.runs, || {
            let model = Linfa::params(k)
                .init_method(KMeansInit::Precomputed(start.clone()))
                .n_runs(1)
                .max_n_iterations(ITERATIONS as u64)
                .tolerance(1e-300)
                .fit(&data);
            // It takes stopping short for a failure, and its inertia is a mean.
            Ok(model.map_or(Value::Null, |model| json!(model.inertia() * rows)))
        });
        return answer.map(told);
    }
    let features = features(points.view())?;
    drop(points);
    let day = date_of_day(20_000).ok_or("a day")?;
    let assigned = |segmentation: &Segmentation| {
        fastest(args.runs, || {
            let placements = segmentation.assign(&features, day)?;
            Ok(json!(placements.assignments().counts()))
        })
        .map(told)
    };
    match args.case {
        Case::KMeans => fastest(args.runs, || {
            let model = lloyd.clone().max_iterations(ITERATIONS).fit(&features)?;
            Ok(json!(model.inertia()))
        })
        .map(told),
        Case::KMeansLinfa => Ok(Value::Null),
        Case::Silhouette => {
            let labels = lloyd.max_iterations(1).fit(&features)?.assign(&features)?;
            let params = SilhouetteParams::default().exact();
            fastest(args.runs, || {
                Ok(json!(params.evaluate(&features, &labels)?.mean.value))
            })
            .map(told)
        }
        Case::MixtureFull | Case::MixtureDiagonal => {
            let covariance = match args.case {
                Case::MixtureFull => Covariance::Full,
                _ => Covariance::Diagonal,
            };
            let params = GaussianMixtureParams::new(k).covariance(covariance);
            let params = params
                .start(&centres)
                .tolerance(f64::MIN_POSITIVE)
                .max_iterations(STEPS);
            let (seconds, (steps, answer)) = fastest(args.runs, || {
                let model = params.fit(&features)?;
                Ok((model.iterations(), json!(model.log_likelihood())))
            })?;
            Ok(json!({"seconds": seconds / steps as f64, "answer": answer}))
        }
        Case::Assign => {
            let params = SegmentationParams::new("points", lloyd.max_iterations(5));
            assigned(&params.unprepared().fit(&features, day)?)
        }
        Case::AssignPrepared => {
            let logs = ColumnParams::default().transform(Transform::Ln);
            let model = KMeansParams::new(k).restarts(1).max_iterations(5);
            let params = SegmentationParams::new("points", model);
            let params = params.preparation(PreparationParams::default().all(logs));
            assigned(&params.fit(&features, day)?)
        }
        Case::Stability => {
            let model = KMeansParams::new(k);
            fastest(args.runs, || {
                let stability = StabilityParams::default().evaluate(&features, model.clone())?;
                Ok(json!(stability.least_jaccard()))
            })
            .map(told)
        }
        Case::Limits => {
            let even = 1.0 / k as f64;
            let limits = SizeLimits::default();
            let limits = limits.at_least_share(0.8 * even).at_most_share(1.2 * even);
            let params = KMeansParams::new(k).size_limits(limits);
            fastest(args.runs, || Ok(json!(params.fit(&features)?.sizes()))).map(told)
        }
    }
}
