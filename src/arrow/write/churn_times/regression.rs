//! Regressions of times to leaving, their tests, and how well predictions came true.

use arrow_array::RecordBatch;
use ndarray::ArrayView2;

use super::super::Columns;
use crate::{
    Result,
    arrow::{Tables, tables::no_table, write::churn_chances::wide},
    churn::{Aft, AucAt, BrierScores, Cox, CoxResiduals, ProportionalityTest, TermTest},
    data::Estimate,
};

/// - `coefficients`, a row each: `name`, `coefficient` (the log hazard ratio of one unit more), its
///   `standard_error`, and the `hazard_ratio`;
/// - `covariance` of the coefficients: a row and a column each, the columns by their names.
impl Tables for Cox {
    const TABLES: &'static [&'static str] = &["coefficients", "covariance"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "coefficients" => {
                // Ratios beyond the range of numbers are the greatest number, whatever the level.
                let ratios = self.hazard_ratios(0.95)?;
                Columns::new()
                    .texts("name", self.names())
                    .floats("coefficient", self.coefficients().to_vec())
                    .floats("standard_error", self.standard_errors())
                    .floats("hazard_ratio", ratios.iter().map(|it| it.value).collect())
                    .finish()
            }
            "covariance" => cells(self.names(), self.covariance()),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// Residuals of rows of the data, which start with the number of the `row`, from 0:
///
/// - `residuals`: `martingale` and `deviance`;
/// - `score` and `dfbeta`: a column a coefficient, by name.
///
/// Residuals of events, by stratum and time, with their `row` too:
///
/// - `schoenfeld` and `scaled_schoenfeld`: a column a coefficient, by name.
///
/// Of the coefficients:
///
/// - `robust`, a row each: `name` and `robust_error`;
/// - `robust_covariance`: a row and a column each, the columns by their names.
impl Tables for CoxResiduals {
    const TABLES: &'static [&'static str] = &[
        "residuals",
        "score",
        "dfbeta",
        "schoenfeld",
        "scaled_schoenfeld",
        "robust",
        "robust_covariance",
    ];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let of_rows = |rows: &[u32], cells: ArrayView2<'_, f64>| {
            Columns::new()
                .counts("row", rows.iter().copied())
                .matrix(self.names(), cells)
                .finish()
        };
        match name {
            "residuals" => Columns::new()
                .counts("row", self.rows().iter().copied())
                .floats("martingale", self.martingale().to_vec())
                .floats("deviance", self.deviance())
                .finish(),
            "score" => of_rows(self.rows(), self.score().view()),
            "dfbeta" => of_rows(self.rows(), self.dfbeta().view()),
            "schoenfeld" => of_rows(self.event_rows(), self.schoenfeld().view()),
            "scaled_schoenfeld" => of_rows(self.event_rows(), self.scaled_schoenfeld().view()),
            "robust" => Columns::new()
                .texts("name", self.names())
                .floats("robust_error", self.robust_errors())
                .finish(),
            "robust_covariance" => Columns::new()
                .matrix(self.names(), self.robust_covariance().view())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `terms`, a row a feature that has a coefficient, and `GLOBAL` for all of them at once: `term`, the
/// chi-squared `statistic`, its `degrees` of freedom, and `p`.
impl Tables for ProportionalityTest {
    const TABLES: &'static [&'static str] = &["terms"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let tests = || self.terms.iter().chain([&self.global]);
        let of = |get: fn(&TermTest) -> f64| tests().map(get).collect();
        match name {
            "terms" => Columns::new()
                .texts("term", tests().map(|test| &test.term))
                .floats("statistic", of(|test| test.statistic))
                .counts("degrees", tests().map(|test| test.degrees))
                .floats("p", of(|test| test.p))
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// - `coefficients`, a row each, the intercept first and the logarithm of the scale last, if it was fitted
///   (`Log(scale)`): `name`, `coefficient` on the log of time, and its `standard_error`;
/// - `covariance` of the same: a row and a column each, the columns by their names.
impl Tables for Aft {
    const TABLES: &'static [&'static str] = &["coefficients", "covariance"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let errors = self.standard_errors();
        let (mut names, mut coefficients) = (self.names(), self.coefficients().to_vec());
        if errors.len() > names.len() {
            names.push("Log(scale)".to_owned());
            coefficients.push(libm::log(self.scale()));
        }
        match name {
            "coefficients" => Columns::new()
                .texts("name", &names)
                .floats("coefficient", coefficients)
                .floats("standard_error", errors)
                .finish(),
            "covariance" => cells(&names, self.covariance()),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `scores`, a row a time: `time`, and the Brier `score` with its standard error `score_se` and the ends
/// of its interval, `score_lower` and `score_upper`.
impl Tables for BrierScores {
    const TABLES: &'static [&'static str] = &["scores"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "scores" => {
                let columns = Columns::new().floats("time", self.times.clone());
                with_errors(columns, "score", &self.scores).finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `auc`, a row a time: `time`; how many have left by it (`cases`) and how many have not (`controls`);
/// `auc` with its standard error `auc_se` and the ends of its interval, `auc_lower` and `auc_upper`.
impl Tables for [AucAt] {
    const TABLES: &'static [&'static str] = &["auc"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "auc" => {
                let found: Vec<Estimate> = self.iter().map(|at| at.auc).collect();
                let columns = Columns::new()
                    .floats("time", self.iter().map(|at| at.time).collect())
                    .counts("cases", self.iter().map(|at| at.cases))
                    .counts("controls", self.iter().map(|at| at.controls));
                with_errors(columns, "auc", &found).finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// Cells of a square matrix, row by row, as a column for each name.
fn cells(names: &[String], cells: &[f64]) -> Result<RecordBatch> {
    let rows: Vec<&[f64]> = cells.chunks(names.len().max(1)).collect();
    wide(names, &rows)
}

/// Adds estimates: the value as `name`, its standard error as `name_se`, and the ends of the interval as
/// `name_lower` and `name_upper`.
fn with_errors(columns: Columns, name: &str, estimates: &[Estimate]) -> Columns {
    let of = |get: fn(&Estimate) -> f64| estimates.iter().map(get).collect();
    columns
        .floats(name, of(|it| it.value))
        .floats(&format!("{name}_se"), of(|it| it.se))
        .floats(&format!("{name}_lower"), of(|it| it.lo))
        .floats(&format!("{name}_upper"), of(|it| it.hi))
}
