//! How well each penalty predicts customers that the fit did not see.

use serde::Serialize;

use super::{LogisticPath, LogisticPathParams, Traced, rows::Rows, usable};
use crate::{
    Error, Result,
    churn::{
        Folds, Link, LogisticData,
        design::{Bound, Design},
        logistic::{Information, LinkSlopes},
    },
    numeric::map_chunks,
};

/// Rows that are predicted together.
const ROWS: usize = 4_096;

/// The deviance of customers that the fit did not see, by penalty.
///
/// # Example
///
/// See [`LogisticPathParams::cross_validate`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LogisticPathValidation {
    /// The path fitted to all rows.
    pub path: LogisticPath,
    /// By penalty of the path the mean deviance of a test row: -2 log(the chance of what it did).
    pub deviances: Vec<f64>,
    /// The standard errors of the deviances, by how they differ between folds.
    pub standard_errors: Vec<f64>,
    /// The number of folds.
    pub folds: usize,
}

impl LogisticPathValidation {
    /// The place of the penalty that predicts best: of equals the largest penalty.
    ///
    /// # Example
    ///
    /// See [`LogisticPathParams::cross_validate`].
    pub fn best(&self) -> usize {
        let mut best = 0;
        for (at, deviance) in self.deviances.iter().enumerate() {
            if *deviance < self.deviances[best] {
                best = at;
            }
        }
        best
    }

    /// The place of the largest penalty that predicts as well as the [`best`](Self::best) but for one
    /// standard error of that: the simplest of what cannot be told apart.
    ///
    /// # Example
    ///
    /// See [`LogisticPathParams::cross_validate`].
    pub fn one_se(&self) -> usize {
        let best = self.best();
        let most = self.deviances[best] + self.standard_errors[best];
        let is_near = |&at: &usize| self.deviances[at] <= most;
        (0..best).find(is_near).unwrap_or(best)
    }
}

impl LogisticPathParams {
    /// Fits the path to all rows, and asks how well each of its penalties predicts the test rows of each
    /// fold by its training rows.
    ///
    /// The deviance is the mean over test rows, by their weights; its standard error comes from the
    /// means of the folds, as in glmnet.
    ///
    /// # Errors
    ///
    /// As [`fit`](Self::fit), for the rows of each fit too; [`Error::LengthMismatch`] for folds of
    /// another table; [`Error::NotEnoughData`] for fewer than two folds, or a fold without a row to test.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{
    ///     churn::{Folds, LogisticData, LogisticPathParams},
    ///     data::{Features, MissingValues},
    /// };
    /// let x: Vec<f64> = (0..40).map(|row| f64::from(row % 10)).collect();
    /// // Who has more of x leaves, but for some.
    /// let left: Vec<bool> = (0..40).map(|row| (row % 10 > 4) != (row % 7 == 0)).collect();
    /// let features = Features::from_columns(&[("x", &x)], MissingValues::Refuse)?;
    /// let data = LogisticData::new(&features, &left);
    /// let folds = Folds::stratified(&left, 4, 1)?;
    /// let validation = LogisticPathParams::new().cross_validate(&data, &folds)?;
    /// let (best, simplest) = (validation.best(), validation.one_se());
    /// assert!(simplest <= best);
    /// assert!(validation.deviances[best] < validation.deviances[0]); // x is worth having
    /// assert_eq!(validation.path.nonzero(simplest)?, ["x"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn cross_validate(
        &self,
        data: &LogisticData<'_>,
        folds: &Folds,
    ) -> Result<LogisticPathValidation> {
        self.check()?;
        data.check()?;
        let all_rows = data.left.len();
        Error::check_length("folds", all_rows, folds.rows())?;
        let count = folds.as_slice().len();
        if count < 2 {
            return Err(Error::NotEnoughData {
                what: "folds".into(),
                needed: 2,
                found: count,
            });
        }
        let path = self.fit(data)?;
        let design = Design::new(data.features, self.missing)?;
        let bound = design.bind(data.features)?;
        let mut is_usable = vec![false; all_rows];
        for row in usable(data, &bound, self.missing)? {
            is_usable[row as usize] = true;
        }
        let pick = |rows: &[usize]| -> Vec<u32> {
            let usable = rows.iter().filter(|&&row| is_usable[row]);
            usable.filter_map(|&row| u32::try_from(row).ok()).collect()
        };
        let mut judged = Vec::with_capacity(count);
        for fold in folds.as_slice() {
            let train = pick(&fold.train);
            let design = design.of_rows(data.features, &train);
            let bound = design.bind(data.features)?;
            let rows = Rows::new(data, &bound, &train)?;
            let traced = self.trace(&rows, Some(&path.penalties))?;
            judged.push(tested(data, &bound, &traced, &pick(&fold.test))?);
        }
        let total: f64 = judged.iter().map(|(weight, _)| weight).sum();
        let mean = |of: &dyn Fn(&[f64]) -> f64| {
            let parts = judged.iter();
            parts
                .map(|(weight, fold)| weight / total * of(fold))
                .sum::<f64>()
        };
        let places = 0..path.penalties.len();
        let deviances: Vec<f64> = places.map(|at| mean(&|fold| fold[at])).collect();
        let spread = |(at, centre): (usize, &f64)| {
            let square = mean(&|fold| (fold[at] - centre) * (fold[at] - centre));
            (square / (count - 1) as f64).sqrt()
        };
        Ok(LogisticPathValidation {
            standard_errors: deviances.iter().enumerate().map(spread).collect(),
            deviances,
            folds: count,
            path,
        })
    }
}

/// The weight of some rows, and by penalty the mean deviance of them.
fn tested(
    data: &LogisticData<'_>,
    bound: &Bound<'_>,
    traced: &Traced,
    rows: &[u32],
) -> Result<(f64, Vec<f64>)> {
    let count = traced.coefficients.len();
    let parts = map_chunks(rows.len(), ROWS, |range| {
        let mut x = vec![0.0; bound.names().len()];
        let [mut eta, mut value, mut score, mut bend] = [(); 4].map(|()| vec![0.0; count]);
        let mut sums = vec![0.0; 1 + count];
        for &row in &rows[range] {
            let row = row as usize;
            bound.write(row, &mut x);
            let offset = data.offset.map_or(0.0, |offset| offset[row]);
            for (eta, coefficients) in eta.iter_mut().zip(&traced.coefficients) {
                *eta = offset + coefficients[0];
                for (&column, coefficient) in traced.kept.iter().zip(&coefficients[1..]) {
                    *eta += coefficient * x[column];
                }
            }
            let sign = vec![if data.left[row] { 1.0 } else { -1.0 }; count];
            let out = LinkSlopes {
                value: &mut value,
                score: &mut score,
                bend: &mut bend,
            };
            Link::Logit.slopes(Information::Observed, &eta, &sign, out);
            let weight = data.weight(row);
            sums[0] += weight;
            for (sum, value) in sums[1..].iter_mut().zip(&value) {
                *sum -= 2.0 * weight * value;
            }
        }
        sums
    });
    let mut sums = vec![0.0; 1 + traced.coefficients.len()];
    for part in parts {
        for (sum, part) in sums.iter_mut().zip(part) {
            *sum += part;
        }
    }
    let deviances = sums.split_off(1);
    let weight = sums[0];
    if weight.is_nan() || weight <= 0.0 {
        return Err(Error::NotEnoughData {
            what: "rows to test in each fold, with a weight above 0".into(),
            needed: 1,
            found: 0,
        });
    }
    Ok((weight, deviances.iter().map(|sum| sum / weight).collect()))
}
