//! The results of `churn_chances`.

use arrow_array::RecordBatch;

use super::Columns;
#[cfg(any(feature = "ffi", feature = "python"))]
use crate::data::Estimate;
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    churn::{
        Calibration, CalibrationBin, CalibrationVerdict, Contributions, CrossValidation, Direction,
        DiscreteHazard, FoldReport, Folds, GainsRow, Logistic, LogisticPath,
        LogisticPathValidation, LogisticVerdict, PrecisionRecall, ProfitPoint, RankEvaluation,
        Reason, ReasonPart, ReasonValue, RocPoint,
    },
};

/// - `coefficients`, a row each, the intercept first: `name`, `coefficient` (log odds a unit of the
///   column, or the logarithm of the hazard with that link) and its `standard_error`;
/// - `covariance` of the coefficients: a row and a column each, the columns by their names.
impl Tables for Logistic {
    const TABLES: &'static [&'static str] = &["coefficients", "covariance"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "coefficients" => {
                coefficients(&self.names(), self.coefficients(), self.standard_errors())
            }
            "covariance" => square(&self.names(), self.covariance()),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// - `coefficients`, a row each, those of the baseline first: `name`, `coefficient` on the scale of the
///   link and its `standard_error`;
/// - `covariance` of the coefficients: a row and a column each, the columns by their names.
impl Tables for DiscreteHazard {
    const TABLES: &'static [&'static str] = &["coefficients", "covariance"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "coefficients" => {
                coefficients(&self.names(), &self.coefficients(), self.standard_errors())
            }
            "covariance" => square(&self.names(), self.covariance()),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// - `penalties`, a row each from the highest: `penalty`, `nonzero` (columns with a coefficient other than
///   0, the intercept aside) and `deviance_explained` (a share);
/// - `coefficients`, a row a penalty: a column for each coefficient, by its name.
impl Tables for LogisticPath {
    const TABLES: &'static [&'static str] = &["penalties", "coefficients"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let places = 0..self.penalties().len();
        match name {
            "penalties" => {
                let explained: Result<Vec<f64>> = places
                    .clone()
                    .map(|at| self.deviance_explained(at))
                    .collect();
                let nonzero: Result<Vec<usize>> = places
                    .map(|at| self.nonzero(at).map(|names| names.len()))
                    .collect();
                Columns::new()
                    .floats("penalty", self.penalties().to_vec())
                    .counts("nonzero", nonzero?)
                    .known("deviance_explained", explained?)
                    .finish()
            }
            "coefficients" => {
                let rows: Result<Vec<&[f64]>> = places.map(|at| self.coefficients(at)).collect();
                wide(&self.names(), &rows?)
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `penalties`, a row each from the highest: `penalty`, the mean `deviance` of a row that was not seen and
/// its `standard_error` over the folds.
impl Tables for LogisticPathValidation {
    const TABLES: &'static [&'static str] = &["penalties"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "penalties" => Columns::new()
                .floats("penalty", self.path.penalties().to_vec())
                .floats("deviance", self.deviances.clone())
                .floats("standard_error", self.standard_errors.clone())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `blocks` of an isotonic curve, a row each by rising scores, none of another curve: scores `from` and
/// `to`, the probability `value`, and the `rows` of the fit in it.
impl Tables for Calibration {
    const TABLES: &'static [&'static str] = &["blocks"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let blocks = self.blocks();
        match name {
            "blocks" => Columns::new()
                .floats("from", blocks.iter().map(|block| block.from).collect())
                .floats("to", blocks.iter().map(|block| block.to).collect())
                .floats("value", blocks.iter().map(|block| block.value).collect())
                .counts("rows", blocks.iter().map(|block| block.rows))
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `folds`, a row for each row of the data in each fold, trained on first: `fold` and `row`, from 0, and
/// whether the fold tests it (`test`) or trains on it.
impl Tables for Folds {
    const TABLES: &'static [&'static str] = &["folds"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "folds" => {
                let sides = || {
                    let folds = self.as_slice().iter().enumerate();
                    folds.flat_map(|(at, fold)| [(at, &fold.train, false), (at, &fold.test, true)])
                };
                let rows = sides().flat_map(|(_, rows, _)| rows.iter().copied());
                let numbers = sides().flat_map(|(at, rows, _)| rows.iter().map(move |_| at));
                let tests = sides().flat_map(|(_, rows, test)| rows.iter().map(move |_| test));
                Columns::new()
                    .counts("fold", numbers)
                    .counts("row", rows)
                    .flags("test", tests)
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// - `rows`, a row for each of the data: `probability` to leave, `uncalibrated` probability and the `fold`
///   that tested it, from 0; all null where none did;
/// - `folds`, a row each: rows of the fit (`train`), how many of them `left`, rows predicted (`test`),
///   the `verdict` on the coefficients (`converged`, `separated`) and that on the `calibration` (`sound`,
///   `few_rows`, `flat`);
/// - `aliased`, a row for each column without a coefficient in a fold: `fold` and `column`;
/// - `separated`, a row for each column that tells those who left from the others without error in a
///   fold: `fold` and `column`.
impl Tables for CrossValidation {
    const TABLES: &'static [&'static str] = &["rows", "folds", "aliased", "separated"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let folds = self.folds();
        match name {
            "rows" => Columns::new()
                .known("probability", self.probabilities().iter().copied())
                .known("uncalibrated", self.uncalibrated().iter().copied())
                .ints(
                    "fold",
                    self.fold_of_row().iter().map(|fold| fold.map(i64::from)),
                )
                .finish(),
            "folds" => Columns::new()
                .counts("fold", 0..folds.len())
                .counts("train", folds.iter().map(|fold| fold.train))
                .counts("left", folds.iter().map(|fold| fold.left))
                .counts("test", folds.iter().map(|fold| fold.test))
                .texts(
                    "verdict",
                    folds.iter().map(|fold| match fold.verdict {
                        LogisticVerdict::Converged => "converged",
                        LogisticVerdict::Separated { .. } => "separated",
                    }),
                )
                .texts(
                    "calibration",
                    folds.iter().map(|fold| match fold.calibration {
                        CalibrationVerdict::Sound => "sound",
                        CalibrationVerdict::FewRows => "few_rows",
                        CalibrationVerdict::Flat => "flat",
                    }),
                )
                .finish(),
            "aliased" => columns_of_folds(folds.iter().map(|fold| fold.aliased.as_slice())),
            "separated" => columns_of_folds(folds.iter().map(separated)),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// The columns that tell those who left from the others without error in a fold.
fn separated(fold: &FoldReport) -> &[String] {
    match &fold.verdict {
        LogisticVerdict::Separated { columns } => columns,
        LogisticVerdict::Converged => &[],
    }
}

/// Names of columns, fold by fold.
fn columns_of_folds<'a>(folds: impl Iterator<Item = &'a [String]> + Clone) -> Result<RecordBatch> {
    let numbers = folds.clone().enumerate();
    let numbers = numbers.flat_map(|(at, names)| names.iter().map(move |_| at));
    Columns::new()
        .counts("fold", numbers)
        .texts("column", folds.flatten())
        .finish()
}

/// - `roc`, a row a point from the strictest threshold: `threshold` (null where nobody is taken),
///   `false_positive_rate` and `true_positive_rate`;
/// - `precision_recall`, a row a threshold from the strictest: `threshold`, `precision` and `recall`.
///
/// All but thresholds are shares.
impl Tables for RankEvaluation {
    const TABLES: &'static [&'static str] = &["roc", "precision_recall"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "roc" => {
                let points = self.roc();
                let rate = |of: fn(&RocPoint) -> f64| points.iter().map(of).collect();
                Columns::new()
                    .known("threshold", points.iter().map(|point| point.threshold))
                    .floats(
                        "false_positive_rate",
                        rate(|point| point.false_positive_rate),
                    )
                    .floats("true_positive_rate", rate(|point| point.true_positive_rate))
                    .finish()
            }
            "precision_recall" => {
                let points = self.precision_recall();
                let part = |of: fn(&PrecisionRecall) -> f64| points.iter().map(of).collect();
                Columns::new()
                    .floats("threshold", part(|point| point.threshold))
                    .floats("precision", part(|point| point.precision))
                    .floats("recall", part(|point| point.recall))
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `gains`, a row for each part of the customers, from the highest scores: `part`, from 1; `customers`
/// and how many of them `left`, by weight; the `rate` that left and its `lift` over that of all;
/// `cumulative_rate` and `cumulative_lift` of the parts so far; the share of those who left that is
/// `captured` by them; `highest_score` and `lowest_score` of the part.
impl Tables for [GainsRow] {
    const TABLES: &'static [&'static str] = &["gains"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let of = |get: fn(&GainsRow) -> f64| self.iter().map(get).collect();
        match name {
            "gains" => Columns::new()
                .counts("part", self.iter().map(|row| row.part))
                .floats("customers", of(|row| row.customers))
                .floats("left", of(|row| row.left))
                .floats("rate", of(|row| row.rate))
                .floats("lift", of(|row| row.lift))
                .floats("cumulative_rate", of(|row| row.cumulative_rate))
                .floats("cumulative_lift", of(|row| row.cumulative_lift))
                .floats("captured", of(|row| row.captured))
                .floats("highest_score", of(|row| row.highest_score))
                .floats("lowest_score", of(|row| row.lowest_score))
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `profit`, a row a point: the `share` of the customers that is contacted and the profit `per_customer` of
/// all, in the money of the economics.
impl Tables for [ProfitPoint] {
    const TABLES: &'static [&'static str] = &["profit"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "profit" => Columns::new()
                .floats("share", self.iter().map(|point| point.share).collect())
                .floats(
                    "per_customer",
                    self.iter().map(|point| point.per_customer).collect(),
                )
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `bins`, a row each by rising probability: `customers`, by weight; the `lowest`, `highest` and mean
/// (`mean_probability`) of what they were told; the `rate` that left, with `rate_lower` and `rate_upper`.
impl Tables for [CalibrationBin] {
    const TABLES: &'static [&'static str] = &["bins"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let of = |get: fn(&CalibrationBin) -> f64| self.iter().map(get).collect();
        let rates: Vec<_> = self.iter().map(|bin| Some(bin.rate)).collect();
        match name {
            "bins" => Columns::new()
                .floats("customers", of(|bin| bin.customers))
                .floats("lowest", of(|bin| bin.lowest))
                .floats("highest", of(|bin| bin.highest))
                .floats("mean_probability", of(|bin| bin.mean_probability))
                .estimates("rate", &rates)
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// - `contributions`, a row a customer: a column for each feature, by its name, on the scale on which the
///   model is linear;
/// - `scores`, a row a customer: `score`, on the same scale, and `probability` to leave.
impl Tables for Contributions<'_> {
    const TABLES: &'static [&'static str] = &["contributions", "scores"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "contributions" => Columns::new()
                .matrix(self.features(), self.values().view())
                .finish(),
            "scores" => {
                let rows = 0..self.rows();
                Columns::new()
                    .known("score", rows.clone().map(|row| self.score(row)))
                    .known("probability", rows.map(|row| self.probability(row)))
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// The reasons of some customers, those of one beside those of the next:
///
/// - `reasons`, a row each: the `customer` as a place in the list, from 0; the `rank` of the reason among
///   those of the customer, from 1; its `name`; the `contribution` to the score; by how much the
///   probability would change at the mean (`probability_change`); its `direction` (`raises`, `lowers`); and
///   whether it is `actionable`;
/// - `parts`, a row for each feature of each reason: `customer` and `rank` of the reason; `feature`; its
///   value as a `number` or as a `level` of a category, both null where it is missing; and its
///   `contribution`.
impl Tables for [Vec<Reason>] {
    const TABLES: &'static [&'static str] = &["reasons", "parts"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let all: Vec<(usize, usize, &Reason)> = self
            .iter()
            .enumerate()
            .flat_map(|(customer, reasons)| {
                let ranked = reasons.iter().zip(1..);
                ranked.map(move |(reason, rank)| (customer, rank, reason))
            })
            .collect();
        match name {
            "reasons" => reasons(&all),
            "parts" => parts(&all),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn reasons(all: &[(usize, usize, &Reason)]) -> Result<RecordBatch> {
    let of = |get: fn(&Reason) -> f64| all.iter().map(|(_, _, reason)| get(reason)).collect();
    let direction = |(_, _, reason): &(usize, usize, &Reason)| match reason.direction {
        Direction::Raises => "raises",
        Direction::Lowers => "lowers",
    };
    Columns::new()
        .counts("customer", all.iter().map(|&(customer, _, _)| customer))
        .counts("rank", all.iter().map(|&(_, rank, _)| rank))
        .texts("name", all.iter().map(|(_, _, reason)| &reason.name))
        .floats("contribution", of(|reason| reason.contribution))
        .floats("probability_change", of(|reason| reason.probability_change))
        .texts("direction", all.iter().map(direction))
        .flags(
            "actionable",
            all.iter().map(|(_, _, reason)| reason.actionable),
        )
        .finish()
}

fn parts(all: &[(usize, usize, &Reason)]) -> Result<RecordBatch> {
    let parts: Vec<(usize, usize, &ReasonPart)> = all
        .iter()
        .flat_map(|&(customer, rank, reason)| {
            let parts = reason.parts.iter();
            parts.map(move |part| (customer, rank, part))
        })
        .collect();
    let number = |(_, _, part): &(usize, usize, &ReasonPart)| match part.value {
        ReasonValue::Number(number) => Some(number),
        ReasonValue::Level(_) | ReasonValue::Missing => None,
    };
    let level = |&(_, _, part): &(usize, usize, &'_ ReasonPart)| match &part.value {
        ReasonValue::Level(level) => Some(level.clone()),
        ReasonValue::Number(_) | ReasonValue::Missing => None,
    };
    Columns::new()
        .counts("customer", parts.iter().map(|&(customer, _, _)| customer))
        .counts("rank", parts.iter().map(|&(_, rank, _)| rank))
        .texts("feature", parts.iter().map(|(_, _, part)| &part.feature))
        .known("number", parts.iter().map(number))
        .known_texts("level", parts.iter().map(level))
        .floats(
            "contribution",
            parts.iter().map(|(_, _, part)| part.contribution).collect(),
        )
        .finish()
}

fn coefficients(
    names: &[String],
    coefficients: &[f64],
    standard_errors: Vec<f64>,
) -> Result<RecordBatch> {
    Columns::new()
        .texts("name", names)
        .floats("coefficient", coefficients.to_vec())
        .floats("standard_error", standard_errors)
        .finish()
}

/// Cells of a square matrix, row by row, as a column for each name.
pub(crate) fn square(names: &[String], cells: &[f64]) -> Result<RecordBatch> {
    let rows: Vec<&[f64]> = cells.chunks(names.len().max(1)).collect();
    wide(names, &rows)
}

/// Rows of cells as a column for each name.
pub(super) fn wide(names: &[String], rows: &[&[f64]]) -> Result<RecordBatch> {
    let mut columns = Columns::new();
    for (at, name) in names.iter().enumerate() {
        columns = columns.known(name, rows.iter().map(|row| row.get(at).copied()));
    }
    columns.finish()
}

/// Estimates by name: `name`, `value`, its standard error `se`, and the ends of the interval, `lower` and
/// `upper`.
#[cfg(any(feature = "ffi", feature = "python"))]
pub(crate) fn estimates(names: &[String], estimates: &[Estimate]) -> Result<RecordBatch> {
    let of = |get: fn(&Estimate) -> f64| estimates.iter().map(get).collect();
    Columns::new()
        .texts("name", names)
        .floats("value", of(|it| it.value))
        .floats("se", of(|it| it.se))
        .floats("lower", of(|it| it.lo))
        .floats("upper", of(|it| it.hi))
        .finish()
}
