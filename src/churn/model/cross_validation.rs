//! Fitting again and again to some rows, to see what the others are told.

use super::{
    ChurnModelParams,
    table::{Table, seed_within},
};
use crate::{
    Error, Result,
    churn::{Calibration, CalibrationMethod, CalibrationVerdict, Folds, LogisticVerdict},
};

/// What was fitted to the training rows of one fold.
///
/// # Example
///
/// See [`CrossValidation::folds`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FoldReport {
    /// Rows of the fit.
    pub train: usize,
    /// How many of them left.
    pub left: usize,
    /// Rows that were predicted.
    pub test: usize,
    /// Columns without a coefficient, such as levels without training rows.
    pub aliased: Vec<String>,
    /// Whether the coefficients are what they seem.
    pub verdict: LogisticVerdict,
    /// Whether the calibration is what it seems.
    pub calibration: CalibrationVerdict,
}

/// Probabilities of rows by models that did not see them.
///
/// # Example
///
/// See [the page of the model](super::ChurnModel).
#[derive(Debug, Clone, PartialEq)]
pub struct CrossValidation {
    probabilities: Vec<f64>,
    uncalibrated: Vec<f64>,
    fold_of_row: Vec<Option<u32>>,
    folds: Vec<FoldReport>,
}

impl CrossValidation {
    /// The calibrated probability of each row of the table; NaN for a row that was not tested.
    ///
    /// # Example
    ///
    /// See [the page of the model](super::ChurnModel).
    pub fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }

    /// The same before calibration, by the regressions alone.
    ///
    /// # Example
    ///
    /// See [the page of the model](super::ChurnModel).
    pub fn uncalibrated(&self) -> &[f64] {
        &self.uncalibrated
    }

    /// The fold in which each row was tested, a place in [`folds`](Self::folds).
    ///
    /// # Example
    ///
    /// See [`folds`](Self::folds).
    pub fn fold_of_row(&self) -> &[Option<u32>] {
        &self.fold_of_row
    }

    /// The number of rows that were not tested: they are in no fold, lack a value, or have no known
    /// outcome.
    ///
    /// # Example
    ///
    /// See [`folds`](Self::folds).
    pub fn rows_not_tested(&self) -> usize {
        let rows = self.fold_of_row.iter();
        rows.filter(|fold| fold.is_none()).count()
    }

    /// What was fitted in each fold.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{CalibrationMethod, ChurnModelParams, Folds, LogisticData, LogisticVerdict},
    ///     data::{Categories, Features, MissingValues},
    /// };
    /// // One customer has a plan that no other has.
    /// let plans = ["a", "b", "a", "b", "a", "b", "a", "b", "c"];
    /// let features = Features::from_columns(&[], MissingValues::Refuse)?
    ///     .with_categories("plan", Categories::new(&plans)?)?;
    /// let left = [true, true, false, true, false, false, true, false, false];
    /// let data = LogisticData::new(&features, &left);
    /// let params = ChurnModelParams::default().calibration(CalibrationMethod::None);
    /// let tested = params.cross_validate(&data, &Folds::stratified(&left, 2, 1)?)?;
    /// let fold = tested.fold_of_row()[8].unwrap();
    /// let report = &tested.folds()[fold as usize];
    /// // Where it was tested it had no coefficient.
    /// assert_eq!(report.aliased, ["plan=c"]);
    /// assert_eq!(report.train + report.test, 9);
    /// assert_eq!(tested.rows_not_tested(), 0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn folds(&self) -> &[FoldReport] {
        &self.folds
    }
}

impl ChurnModelParams {
    /// The calibration of a model of some rows, by scores of regressions that did not see them.
    pub(super) fn cross_fit(
        &self,
        table: &mut Table<'_>,
        rows: &[usize],
        seed: u64,
    ) -> Result<Calibration> {
        let folds = table.deal(rows, self.folds, seed)?;
        let mut scores = vec![f64::NAN; rows.len()];
        for (number, fold) in folds.as_slice().iter().enumerate() {
            let train: Vec<usize> = fold.train.iter().map(|&at| rows[at]).collect();
            let test: Vec<usize> = fold.test.iter().map(|&at| rows[at]).collect();
            let what = format!("the training rows of fold {number} of the calibration");
            table.check_classes(&train, &what)?;
            let logistic = table.fit(&train)?;
            let made = table.scores(&logistic, &test, self.calibration)?;
            for (&at, score) in fold.test.iter().zip(made) {
                scores[at] = score;
            }
        }
        let (left, weights) = table.outcomes(rows);
        Calibration::fit(self.calibration, &scores, &left, Some(&weights))
    }

    pub(super) fn validate(&self, table: &mut Table<'_>, folds: &Folds) -> Result<CrossValidation> {
        let mut out = CrossValidation {
            probabilities: vec![f64::NAN; table.given()],
            uncalibrated: vec![f64::NAN; table.given()],
            fold_of_row: vec![None; table.given()],
            folds: Vec::with_capacity(folds.as_slice().len()),
        };
        let mut place_of = vec![None; table.given()];
        for (row, &place) in table.places().iter().enumerate() {
            place_of[place] = Some(row);
        }
        let in_table = |rows: &[usize]| -> Vec<usize> {
            let rows = rows.iter().filter_map(|&row| place_of[row]);
            rows.collect()
        };
        let all = folds.as_slice().iter();
        let all: Vec<_> = all
            .map(|fold| (in_table(&fold.train), in_table(&fold.test)))
            .collect();
        for (number, (train, _)) in all.iter().enumerate() {
            table.check_classes(train, &format!("the training rows of fold {number}"))?;
        }
        for (number, (train, test)) in (0u32..).zip(&all) {
            let calibration = if self.calibration == CalibrationMethod::None {
                None
            } else {
                let counting = table.counting_of(train);
                let seed = seed_within(self.seed, number as usize);
                let within = self.cross_fit(table, &counting, seed);
                Some(within.map_err(|error| in_fold(error, number))?)
            };
            let logistic = table.fit(train)?;
            let uncalibrated = table.scores(&logistic, test, CalibrationMethod::None)?;
            let made = match &calibration {
                None => uncalibrated.clone(),
                Some(calibration) => {
                    calibration.calibrate(&table.scores(&logistic, test, self.calibration)?)?
                }
            };
            for ((&row, probability), uncalibrated) in test.iter().zip(made).zip(uncalibrated) {
                let place = table.places()[row];
                out.probabilities[place] = probability;
                out.uncalibrated[place] = uncalibrated;
                out.fold_of_row[place] = Some(number);
            }
            out.folds.push(FoldReport {
                train: logistic.rows(),
                left: logistic.left(),
                test: test.len(),
                aliased: logistic.aliased(),
                verdict: logistic.verdict().clone(),
                calibration: calibration.map_or(CalibrationVerdict::Sound, |calibration| {
                    calibration.verdict()
                }),
            });
        }
        Ok(out)
    }
}

/// What lacks, and in which fold.
fn in_fold(error: Error, fold: u32) -> Error {
    match error {
        Error::NotEnoughData {
            what,
            needed,
            found,
        } => Error::NotEnoughData {
            what: format!("{what} (within the training rows of fold {fold})").into(),
            needed,
            found,
        },
        other => other,
    }
}
