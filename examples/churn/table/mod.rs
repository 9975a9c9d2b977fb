//! What is found in a table: how well it tells who leaves, and what speaks for leaving.

use std::time::Instant;

use custometry::{
    Error,
    churn::{
        CalibrationMethod, ChurnModel, ChurnModelParams, CrossValidation, Folds, GainsRow,
        Logistic, LogisticData, LogisticParams, LogisticVerdict, MissingRows,
        ProbabilityEvaluation, RankEvaluation,
    },
    data::Estimate,
};
use serde::Serialize;

mod page;
mod read;
mod scores;

pub(crate) use self::read::Known;

use crate::{TableArgs, common::Result};

/// The level of intervals.
const LEVEL: f64 = 0.95;

/// The share of the customers that the lift is told of, and the parts of the table of gains.
const TOP: f64 = 0.1;
const PARTS: usize = 10;

/// Everything that is told. `--json` writes it as it stands.
#[derive(Serialize)]
pub(crate) struct Risk {
    file: String,
    /// Rows of which it is known whether the customer left.
    n: usize,
    left: usize,
    /// Rows of which it is not known.
    unknown: usize,
    /// What stands for staying, the first few.
    staying: Vec<String>,
    /// How well the chances tell who leaves, of customers whom the models did not see.
    #[serde(flatten)]
    tested: Tested,
    /// The same without calibration.
    uncalibrated: Tested,
    /// Customers by falling chance, in ten parts.
    gains: Vec<GainsRow>,
    folds: Vec<FoldTested>,
    log_likelihood: f64,
    deviance: f64,
    null_deviance: f64,
    verdict: LogisticVerdict,
    /// What goes with leaving, with all else equal; first the intercept.
    drivers: Vec<Driver>,
    /// Columns without a coefficient: constant, or made up by others.
    aliased: Vec<String>,
    /// In all, without reading the file.
    seconds: f64,
    #[serde(skip)]
    whole: Whole,
}

/// What the scores of customers are made of.
struct Whole {
    model: ChurnModel,
    tested: CrossValidation,
    /// The chance by the model of all, row by row: of those who taught it, and of the others.
    of_taught: Vec<f64>,
    of_asked: Vec<f64>,
}

#[derive(Serialize)]
struct Tested {
    /// The chance that of one who left and one who stayed the first has the higher score.
    auc: f64,
    auc_se: f64,
    average_precision: f64,
    log_loss: f64,
    brier: f64,
    /// How many times more leave among the tenth with the highest scores.
    lift_at_10: f64,
    captured_at_10: f64,
    /// 1 is right; none where chances of 0 or 1 leave it open.
    calibration_slope: Option<f64>,
    calibration_intercept: Option<f64>,
}

#[derive(Serialize)]
struct FoldTested {
    fold: usize,
    rows: usize,
    left: usize,
    /// None where all left, or all stayed.
    auc: Option<f64>,
    log_loss: f64,
    brier: f64,
}

/// A column of the regression.
#[derive(Serialize)]
struct Driver {
    name: String,
    coefficient: f64,
    se: f64,
    z: f64,
    p: f64,
    odds_ratio: Estimate,
}

impl Tested {
    fn new(probabilities: &[f64], left: &[bool]) -> custometry::Result<Self> {
        let ranked = RankEvaluation::new(probabilities, left)?;
        let judged = ProbabilityEvaluation::new(probabilities, left)?;
        let auc = ranked.auc(LEVEL)?;
        let slope = match judged.calibration_slope(LEVEL) {
            Ok(slope) => Some(slope),
            // Chances of 0 and 1, or scores that make no error.
            Err(Error::InvalidValue { .. } | Error::Degenerate { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(Self {
            auc: auc.value,
            auc_se: auc.se,
            average_precision: ranked.average_precision(),
            log_loss: judged.log_loss().value,
            brier: judged.brier().value,
            lift_at_10: ranked.lift_at(TOP)?,
            captured_at_10: ranked.captured_at(TOP)?,
            calibration_slope: slope.map(|slope| slope.slope.value),
            calibration_intercept: slope.map(|slope| slope.in_the_large.value),
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "programs may look at the clock")]
fn now() -> Instant {
    Instant::now()
}

impl Risk {
    pub(crate) fn new(args: &TableArgs, known: &Known) -> Result<Self> {
        let start = now();
        let in_the_file = |error: Error| format!("{}: {error}", args.file.display());
        let left: Vec<bool> = known.left.iter().copied().flatten().collect();
        let mut data = LogisticData::new(&known.taught, &left);
        let folds = if known.is_a_row_each() {
            Folds::stratified(&left, args.folds as usize, args.seed)
        } else {
            data = data.clusters(&known.customers);
            Folds::grouped(&known.customers, args.folds as usize, args.seed)
        };
        let folds = folds.map_err(in_the_file)?;
        // A row that lacks a value is a customer too.
        let params = ChurnModelParams::default()
            .logistic(LogisticParams::default().missing(MissingRows::Indicate))
            .folds(args.folds as usize)
            .seed(args.seed);
        let tested = params.cross_validate(&data, &folds).map_err(in_the_file)?;
        let raw = params.clone().calibration(CalibrationMethod::None);
        let raw = raw.cross_validate(&data, &folds).map_err(in_the_file)?;
        let model = params.fit(&data).map_err(in_the_file)?;
        let logistic = model.logistic();
        let of_asked = match &known.asked {
            None => Vec::new(),
            Some(asked) => (model.predict(&asked.features, None))
                .map_err(|error| asked.in_the_file(args, error))?,
        };
        let chances = tested.probabilities();
        Ok(Self {
            file: args.file.display().to_string(),
            n: left.len(),
            left: logistic.left(),
            unknown: known.left.len() - left.len(),
            staying: known.staying.clone(),
            tested: Tested::new(chances, &left)?,
            uncalibrated: Tested::new(raw.probabilities(), &left)?,
            gains: RankEvaluation::new(chances, &left)?.gains(PARTS.min(left.len()))?,
            folds: (folds.as_slice().iter().enumerate())
                .map(|(fold, rows)| FoldTested::new(fold, &rows.test, chances, &left))
                .collect::<custometry::Result<_>>()?,
            log_likelihood: logistic.log_likelihood(),
            deviance: logistic.deviance(),
            null_deviance: logistic.null_deviance(),
            verdict: logistic.verdict().clone(),
            drivers: drivers(logistic)?,
            aliased: logistic.aliased(),
            seconds: (now() - start).as_secs_f64(),
            whole: Whole {
                of_taught: model.predict(&known.taught, None)?,
                of_asked,
                model,
                tested,
            },
        })
    }
}

impl FoldTested {
    fn new(
        fold: usize,
        rows: &[usize],
        chances: &[f64],
        left: &[bool],
    ) -> custometry::Result<Self> {
        let chances: Vec<f64> = rows.iter().map(|&row| chances[row]).collect();
        let left: Vec<bool> = rows.iter().map(|&row| left[row]).collect();
        let judged = ProbabilityEvaluation::new(&chances, &left)?;
        let auc = match RankEvaluation::new(&chances, &left) {
            Ok(ranked) => Some(ranked.auc(LEVEL)?.value),
            Err(Error::NotEnoughData { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(Self {
            fold: fold + 1,
            rows: rows.len(),
            left: left.iter().filter(|&&left| left).count(),
            auc,
            log_loss: judged.log_loss().value,
            brier: judged.brier().value,
        })
    }
}

/// The coefficients in their order: the intercept, numbers, then categories.
fn drivers(logistic: &Logistic) -> custometry::Result<Vec<Driver>> {
    let (names, errors) = (logistic.names(), logistic.standard_errors());
    let ratios = logistic.odds_ratios(LEVEL)?;
    let columns = names
        .into_iter()
        .zip(ratios)
        .zip(logistic.coefficients().iter().zip(errors));
    let driver = |((name, odds_ratio), (&coefficient, se))| {
        let z = coefficient / se;
        Driver {
            name,
            coefficient,
            se,
            z,
            p: libm::erfc(z.abs() * std::f64::consts::FRAC_1_SQRT_2),
            odds_ratio,
        }
    };
    Ok(columns.map(driver).collect())
}
