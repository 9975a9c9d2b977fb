//! Churn models, their calibration, and the folds they are tested by.

use super::{FitRows, takes_rows};
use crate::{
    Error, Result,
    arrow::FoldColumns,
    churn::{
        Calibration, CalibrationMethod, ChurnModel, ChurnModelParams, CrossValidation, Folds,
        Logistic, Snapshots,
    },
    data::Days,
    host::{Answer, Arguments, IntoAnswer, Room, held},
};

held!("churn": Calibration, ChurnModel, CrossValidation, Folds);

pub(super) fn register(room: &mut Room<'_>) {
    folds(room);
    calibration(room);
    churn_model(room);
    cross_validation(room);
}

fn folds(room: &mut Room<'_>) {
    room.kind::<Folds>()
        .operation("stratified", &["left", "folds", "seed"], |arguments| {
            let left = arguments.flags("left")?;
            Folds::stratified(&left, arguments.json("folds")?, arguments.json("seed")?)
        })
        .operation("grouped", &["clusters", "folds", "seed"], |arguments| {
            let clusters = arguments.optional_clusters("clusters")?;
            let missing = || Error::parameter("clusters", "missing", "a key for each row");
            let clusters = clusters.ok_or_else(missing)?;
            Folds::grouped(&clusters, arguments.json("folds")?, arguments.json("seed")?)
        })
        .operation(
            "by_customer",
            &["snapshots", "folds", "seed"],
            |arguments| {
                let snapshots: &Snapshots = arguments.object("snapshots")?;
                Folds::by_customer(snapshots, arguments.json("folds")?, arguments.json("seed")?)
            },
        )
        .operation("forward", &["snapshots", "embargo"], |arguments| {
            let snapshots: &Snapshots = arguments.object("snapshots")?;
            Folds::forward(snapshots, arguments.optional_json("embargo")?.unwrap_or(0))
        })
        .operation("from_splits", &["rows", "splits"], |arguments| {
            let splits: Vec<(Vec<usize>, Vec<usize>)> = arguments.json("splits")?;
            let splits: Vec<(&[usize], &[usize])> = splits
                .iter()
                .map(|(train, test)| (train.as_slice(), test.as_slice()))
                .collect();
            Folds::from_splits(arguments.json("rows")?, &splits)
        })
        .operation("read", &["table", "rows", "columns"], |arguments| {
            let columns: FoldColumns = arguments.optional_json("columns")?.unwrap_or_default();
            columns.read(arguments.table("table")?, arguments.json("rows")?)
        })
        .get("rows", Folds::rows)
        .get("len", |folds| folds.as_slice().len())
        .get("splits", splits)
        .tables();
}

/// The rows that each fold trains on and tests.
fn splits(folds: &Folds) -> Result<Answer> {
    let column = |rows: &[usize]| {
        let numbers = rows.iter().filter_map(|&row| i64::try_from(row).ok());
        numbers.collect::<Vec<i64>>().into_answer()
    };
    let folds = folds.as_slice().iter();
    let parts: Result<Vec<Answer>> = folds
        .map(|fold| {
            Ok(Answer::record([
                ("train", column(&fold.train)?),
                ("test", column(&fold.test)?),
            ]))
        })
        .collect();
    parts.map(Answer::List)
}

fn calibration(room: &mut Room<'_>) {
    room.kind::<Calibration>()
        .operation(
            "fit",
            &["method", "scores", "left", "weights"],
            |arguments| {
                let method: Option<CalibrationMethod> = arguments.optional_json("method")?;
                let weights = arguments.optional_numbers("weights")?;
                Calibration::fit(
                    method.unwrap_or_default(),
                    &arguments.numbers("scores")?,
                    &arguments.flags("left")?,
                    weights.as_deref(),
                )
            },
        )
        .operation("read", &["method", "table", "columns"], |arguments| {
            let method: Option<CalibrationMethod> = arguments.optional_json("method")?;
            let columns: crate::arrow::ScoreColumns =
                arguments.optional_json("columns")?.unwrap_or_default();
            columns.calibration(arguments.table("table")?, method.unwrap_or_default())
        })
        .operation("calibrate", &["self", "scores"], |arguments| {
            let scores = arguments.numbers("scores")?;
            arguments.this::<Calibration>()?.calibrate(&scores)
        })
        .get("method", |curve| Answer::written(&curve.method()))
        .get("parameters", |curve| {
            let named = curve.parameters().into_iter();
            let named = named.map(|(name, value)| (name.to_owned(), Answer::Float(value)));
            Answer::Record(named.collect())
        })
        .get("rows", Calibration::rows)
        .get("left", Calibration::left)
        .get("verdict", |curve| Answer::written(&curve.verdict()))
        .tables()
        .saved();
}

fn churn_model(room: &mut Room<'_>) {
    room.kind::<ChurnModel>()
        .operation("fit", takes_rows!("params"), |arguments| {
            let rows = FitRows::of(arguments)?;
            arguments.params::<ChurnModelParams>()?.fit(&rows.data())
        })
        .operation("fit_snapshots", &["snapshots", "params"], |arguments| {
            arguments
                .params::<ChurnModelParams>()?
                .fit_snapshots(arguments.object("snapshots")?)
        })
        .operation("uncalibrated", &["logistic", "horizon"], |arguments| {
            let logistic: &Logistic = arguments.object("logistic")?;
            ChurnModel::uncalibrated(logistic.clone(), arguments.json::<Days>("horizon")?)
        })
        .defaults::<ChurnModelParams>()
        .operation("predict", &["self", "features", "offset"], |arguments| {
            let offset = arguments.optional_numbers("offset")?;
            let features = arguments.object("features")?;
            arguments
                .this::<ChurnModel>()?
                .predict(features, offset.as_deref())
        })
        .get("logistic", |model| model.logistic().clone())
        .get("calibration", |model| model.calibration().clone())
        .get("horizon", ChurnModel::horizon)
        .get("plan", |model| model.plan().cloned())
        .get("definition", |model| {
            model.definition().map(Answer::written)
        })
        .operation("plan_on", &["self", "dates"], |arguments| {
            let dates: Vec<chrono::NaiveDate> = arguments.json("dates")?;
            Ok(arguments.this::<ChurnModel>()?.plan_on(&dates))
        })
        .get("rows_lost_in_gap", ChurnModel::rows_lost_in_gap)
        .get("rows_unknown", ChurnModel::rows_unknown)
        .saved();
}

fn cross_validation(room: &mut Room<'_>) {
    room.kind::<CrossValidation>()
        .operation(
            "cross_validate",
            takes_rows!("folds", "params"),
            |arguments| {
                let rows = FitRows::of(arguments)?;
                let folds: &Folds = arguments.object("folds")?;
                params(arguments)?.cross_validate(&rows.data(), folds)
            },
        )
        .operation(
            "cross_validate_snapshots",
            &["snapshots", "folds", "params"],
            |arguments| {
                let snapshots: &Snapshots = arguments.object("snapshots")?;
                let folds: &Folds = arguments.object("folds")?;
                params(arguments)?.cross_validate_snapshots(snapshots, folds)
            },
        )
        .get("probabilities", |it| it.probabilities().to_vec())
        .get("uncalibrated", |it| it.uncalibrated().to_vec())
        .get("rows_not_tested", CrossValidation::rows_not_tested)
        .tables();
}

fn params(arguments: &Arguments<'_>) -> Result<ChurnModelParams> {
    arguments.params()
}
