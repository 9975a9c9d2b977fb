//! The saved form of a logistic regression, and what is checked when it is read.

use serde::Deserialize;

use super::{Link, Logistic, LogisticVerdict};
use crate::{Error, Result, churn::linear::Linear, persist};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogisticFields {
    link: Link,
    linear: Linear,
    ridge: f64,
    coefficients: Vec<f64>,
    covariance: Vec<f64>,
    log_likelihood: f64,
    null_log_likelihood: f64,
    rows: usize,
    rows_left_out: usize,
    left: usize,
    iterations: usize,
    verdict: LogisticVerdict,
}

impl LogisticFields {
    /// What does not fit together, if anything.
    fn fault(&self) -> Option<&'static str> {
        let count = self.linear.kept().len() + 1;
        if self.covariance.len() != count * count {
            return Some("a covariance of another number of columns");
        }
        let slopes = self.coefficients.iter().skip(1);
        let same = slopes.zip(self.linear.coefficients());
        let mut same = same.map(|(a, b)| a.to_bits() == b.to_bits());
        let intercept = self.coefficients.first().copied().unwrap_or(f64::NAN);
        if self.coefficients.len() != count
            || !same.all(|same| same)
            || intercept.to_bits() != self.linear.intercept().to_bits()
        {
            return Some("coefficients that are not those of the columns");
        }
        let scalars = [self.ridge, self.log_likelihood, self.null_log_likelihood];
        let numbers = self.coefficients.iter().chain(&self.covariance);
        if !numbers.chain(&scalars).all(|number| number.is_finite()) {
            return Some("a number that is not finite");
        }
        if self.ridge < 0.0 {
            return Some("a ridge below 0");
        }
        let cell = |row: usize, column: usize| self.covariance[row * count + column];
        let mut pairs = (0..count).flat_map(|row| (0..row).map(move |column| (row, column)));
        let fits = |(row, column): (usize, usize)| {
            let most = cell(row, row).sqrt() * cell(column, column).sqrt();
            cell(row, column).to_bits() == cell(column, row).to_bits()
                && cell(row, column).abs() <= most * (1.0 + 1e-9)
        };
        if (0..count).any(|at| cell(at, at) < 0.0) || !pairs.all(fits) {
            return Some("what is no covariance");
        }
        if self.log_likelihood > 0.0 || self.null_log_likelihood > 0.0 {
            return Some("a likelihood above 1");
        }
        let best = self.log_likelihood + 1e-6 * (1.0 + self.log_likelihood.abs());
        if self.null_log_likelihood > best {
            return Some("a likelihood below that without columns");
        }
        if self.left == 0 || self.left >= self.rows {
            return Some("more or fewer customers who left than can be");
        }
        if let LogisticVerdict::Separated { columns } = &self.verdict {
            let names = self.linear.names();
            let mut known = names.iter();
            let in_order = columns.iter().all(|name| known.any(|known| known == name));
            if columns.is_empty() || !in_order {
                return Some("a verdict on columns that are not there");
            }
        }
        None
    }
}

impl TryFrom<LogisticFields> for Logistic {
    type Error = Error;

    fn try_from(fields: LogisticFields) -> Result<Self> {
        fields.linear.check()?;
        if let Some(found) = fields.fault() {
            return Err(Error::ModelFormat {
                expected: "columns, coefficients and a covariance that fit together".into(),
                found: found.into(),
            });
        }
        Ok(Self {
            link: fields.link,
            linear: fields.linear,
            ridge: fields.ridge,
            coefficients: fields.coefficients,
            covariance: fields.covariance,
            log_likelihood: fields.log_likelihood,
            null_log_likelihood: fields.null_log_likelihood,
            rows: fields.rows,
            rows_left_out: fields.rows_left_out,
            left: fields.left,
            iterations: fields.iterations,
            verdict: fields.verdict,
        })
    }
}

impl persist::sealed::Sealed for Logistic {}
impl persist::Persist for Logistic {
    const FORMAT: &'static str = "custometry/logistic";
    const VERSION: u32 = 1;
}
