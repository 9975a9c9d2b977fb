//! What is found in a table: how well it tells who leaves, and what speaks for leaving.

use std::time::Instant;

use custometry::{
    Error,
    churn::{
        ChurnModel, ChurnModelParams, CrossValidation, Folds, GainsRow, Judgement, Logistic,
        LogisticData, LogisticParams, LogisticVerdict, MissingRows, ProbabilityEvaluation,
        RankEvaluation, RankMeasure,
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

/// The parts of the table of gains.
const PARTS: usize = 10;

/// The most parts by which the calibration is fitted to customers that its model did not see.
const CALIBRATED_BY: u32 = 10;

/// Everything that is told. `--json` writes it as it stands.
#[derive(Serialize)]
pub(crate) struct Risk {
    file: String,
    /// Rows of which it is known whether the customer left.
    n: usize,
    left: usize,
    /// Rows of which it is not known, and how many of them are of a group that nobody known is in.
    unknown: usize,
    not_scored: usize,
    /// What stands for staying, the first few.
    staying: Vec<String>,
    #[serde(skip)]
    other_staying: usize,
    /// How well the chances tell who leaves, of customers whom the models did not see.
    #[serde(flatten)]
    tested: Judgement,
    /// The same without calibration.
    uncalibrated: Judgement,
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
    /// Columns of text with too many levels to learn from.
    left_out: Vec<String>,
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
    /// Without the assumption that the rows of a customer are independent; z, p and the interval are by
    /// this one if a customer has several.
    robust_se: f64,
    z: f64,
    p: f64,
    odds_ratio: Estimate,
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
        let customers = (!known.is_a_row_each()).then_some(known.customers.as_slice());
        let folds = match customers {
            None => Folds::stratified(&left, args.folds as usize, args.seed),
            Some(customers) => {
                data = data.clusters(customers);
                Folds::grouped(customers, args.folds as usize, args.seed)
            }
        };
        let folds = folds.map_err(in_the_file)?;
        // A row that lacks a value is a customer too.
        let params = ChurnModelParams::default()
            .logistic(LogisticParams::default().missing(MissingRows::Indicate))
            .folds(args.folds.min(CALIBRATED_BY) as usize)
            .seed(args.seed);
        let tested = params.cross_validate(&data, &folds).map_err(in_the_file)?;
        let model = params.fit(&data).map_err(in_the_file)?;
        let logistic = model.logistic();
        let chances = tested.probabilities();
        let judged =
            |chances: &[f64]| Judgement::new(chances, &left, customers, LEVEL).map_err(in_the_file);
        let gains = RankEvaluation::new(chances, &left).and_then(|ranked| {
            let parts = PARTS.min(left.len());
            ranked.gains(parts)
        });
        let of_folds = folds.as_slice().iter().enumerate();
        let of_asked = if known.asked.is_empty() {
            Vec::new()
        } else {
            model.predict(&known.of_asked, None).map_err(in_the_file)?
        };
        let mut found = Self {
            file: args.file.display().to_string(),
            n: left.len(),
            left: logistic.left(),
            unknown: known.left.len() - left.len(),
            not_scored: known.left.len() - left.len() - known.asked.len(),
            staying: known.staying.clone(),
            other_staying: known.other_staying,
            tested: judged(chances)?,
            uncalibrated: judged(tested.uncalibrated())?,
            gains: gains.map_err(in_the_file)?,
            folds: of_folds
                .map(|(fold, rows)| FoldTested::new(fold, &rows.test, chances, &left))
                .collect::<custometry::Result<_>>()
                .map_err(in_the_file)?,
            log_likelihood: logistic.log_likelihood(),
            deviance: logistic.deviance(),
            null_deviance: logistic.null_deviance(),
            verdict: logistic.verdict().clone(),
            drivers: drivers(logistic, &data, customers.is_some()).map_err(in_the_file)?,
            aliased: logistic.aliased(),
            left_out: known.crowded.iter().map(|(name, _)| name.clone()).collect(),
            seconds: 0.0,
            whole: Whole {
                of_taught: model.predict(&known.taught, None)?,
                of_asked,
                model,
                tested,
            },
        };
        found.seconds = (now() - start).as_secs_f64();
        Ok(found)
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
        let ranked = RankEvaluation::new(&chances, &left);
        let auc = ranked
            .and_then(|ranked| ranked.measure(&RankMeasure::Auc))
            .ok();
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
fn drivers(
    logistic: &Logistic,
    data: &LogisticData<'_>,
    by_customer: bool,
) -> custometry::Result<Vec<Driver>> {
    let errors = logistic.standard_errors();
    let robust = logistic.robust_errors(data)?;
    let driver = |(at, name): (usize, String)| {
        let (coefficient, se, robust_se) = (logistic.coefficients()[at], errors[at], robust[at]);
        let taken = if by_customer { robust_se } else { se };
        let log = Estimate::normal(coefficient, taken, LEVEL)?;
        let z = coefficient / taken;
        Ok(Driver {
            name,
            coefficient,
            se,
            robust_se,
            z,
            p: libm::erfc(z.abs() * std::f64::consts::FRAC_1_SQRT_2),
            odds_ratio: log.exp(),
        })
    };
    logistic
        .names()
        .into_iter()
        .enumerate()
        .map(driver)
        .collect()
}
