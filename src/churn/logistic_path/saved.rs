//! The saved form of a path, and what is checked when it is read.

use serde::Deserialize;

use super::LogisticPath;
use crate::{Error, Result, churn::design::Design, persist};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogisticPathFields {
    l1_share: f64,
    design: Design,
    kept: Vec<usize>,
    means: Vec<f64>,
    penalties: Vec<f64>,
    coefficients: Vec<Vec<f64>>,
    null_deviance: f64,
    deviances: Vec<f64>,
    rows: [usize; 3],
}

impl LogisticPathFields {
    /// What does not fit together, if anything.
    fn fault(&self) -> Option<&'static str> {
        let ascending = self.kept.windows(2).all(|pair| pair[0] < pair[1]);
        let is_known = |&column: &usize| column < self.design.width();
        if self.kept.is_empty() || !ascending || !self.kept.iter().all(is_known) {
            return Some("columns out of order or unknown");
        }
        let count = self.kept.len();
        let fits = |coefficients: &Vec<f64>| coefficients.len() == count + 1;
        if self.means.len() != count || !self.coefficients.iter().all(fits) {
            return Some("other numbers of coefficients and means than columns");
        }
        let penalties = self.penalties.len();
        if penalties == 0
            || self.coefficients.len() != penalties
            || self.deviances.len() != penalties
        {
            return Some("other numbers of coefficients and deviances than penalties");
        }
        let numbers = self.coefficients.iter().flatten().chain(&self.means);
        let mut numbers = numbers.chain(&self.penalties).chain(&self.deviances);
        if !numbers.all(|number| number.is_finite()) {
            return Some("a number that is not finite");
        }
        let descending = self.penalties.windows(2).all(|pair| pair[0] > pair[1]);
        if !descending || self.penalties.iter().any(|&penalty| penalty < 0.0) {
            return Some("penalties that do not fall, or are below 0");
        }
        if !(0.0..=1.0).contains(&self.l1_share) {
            return Some("a share of the lasso that is none");
        }
        let positive = self.null_deviance.is_finite() && self.null_deviance > 0.0;
        if !positive || self.deviances.iter().any(|&deviance| deviance < 0.0) {
            return Some("a deviance below 0");
        }
        if self.rows[2] == 0 || self.rows[2] >= self.rows[0] {
            return Some("more or fewer customers who left than can be");
        }
        None
    }
}

impl TryFrom<LogisticPathFields> for LogisticPath {
    type Error = Error;

    fn try_from(fields: LogisticPathFields) -> Result<Self> {
        fields.design.check()?;
        if let Some(found) = fields.fault() {
            return Err(Error::ModelFormat {
                expected: "columns, penalties and coefficients that fit together".into(),
                found: found.into(),
            });
        }
        Ok(Self {
            l1_share: fields.l1_share,
            design: fields.design,
            kept: fields.kept,
            means: fields.means,
            penalties: fields.penalties,
            coefficients: fields.coefficients,
            null_deviance: fields.null_deviance,
            deviances: fields.deviances,
            rows: fields.rows,
        })
    }
}

impl persist::sealed::Sealed for LogisticPath {}
impl persist::Persist for LogisticPath {
    const FORMAT: &'static str = "custometry/logistic_path";
    const VERSION: u32 = 1;
}
