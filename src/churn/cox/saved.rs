//! The saved form of a Cox regression, and what is checked when it is read.

use serde::Deserialize;

use super::{Cox, CoxVerdict, Ties, baseline::Baseline};
use crate::{Error, Result, churn::design::Design, persist};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CoxFields {
    design: Design,
    ties: Ties,
    ridge: f64,
    kept: Vec<usize>,
    names: Vec<String>,
    aliased: Vec<String>,
    coefficients: Vec<f64>,
    means: Vec<f64>,
    centre: Vec<f64>,
    covariance: Vec<f64>,
    log_likelihood_null: f64,
    log_likelihood: f64,
    score_test: f64,
    rows: usize,
    rows_left_out: usize,
    events: usize,
    iterations: usize,
    verdict: CoxVerdict,
    is_stratified: bool,
    strata: Vec<String>,
    baselines: Vec<Baseline>,
}

impl CoxFields {
    /// What does not fit together, if anything.
    fn fault(&self) -> Option<&'static str> {
        let count = self.kept.len();
        let is_kept = |column: &usize| self.kept.binary_search(column).is_ok();
        let (mut names, mut aliased) = (Vec::new(), Vec::new());
        for (column, name) in self.design.names().into_iter().enumerate() {
            if is_kept(&column) {
                names.push(name);
            } else {
                aliased.push(name);
            }
        }
        aliased.extend(self.design.without_columns());
        let ascending = self.kept.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || count == 0 || names != self.names || aliased != self.aliased {
            return Some("columns that are not those of the design");
        }
        if self.coefficients.len() != count
            || self.means.len() != count
            || self.centre.len() != count
            || self.covariance.len() != count * count
        {
            return Some("other numbers of coefficients, means and covariances than columns");
        }
        let scalars = [
            self.ridge,
            self.log_likelihood_null,
            self.log_likelihood,
            self.score_test,
        ];
        let numbers = self
            .coefficients
            .iter()
            .chain(&self.means)
            .chain(&self.centre);
        let mut numbers = numbers.chain(&self.covariance).chain(&scalars);
        if !numbers.all(|number| number.is_finite()) {
            return Some("a number that is not finite");
        }
        let cell = |row: usize, column: usize| self.covariance[row * count + column];
        let mut pairs = (0..count).flat_map(|row| (0..row).map(move |column| (row, column)));
        let symmetric =
            pairs.all(|(row, column)| cell(row, column).to_bits() == cell(column, row).to_bits());
        if self.ridge < 0.0 {
            return Some("a ridge below 0");
        }
        if !symmetric || (0..count).any(|at| cell(at, at) < 0.0) || self.score_test < 0.0 {
            return Some("what is no covariance");
        }
        if self.events == 0 || self.events > self.rows {
            return Some("more or fewer customers who left than can be");
        }
        if let CoxVerdict::InfiniteCoefficients { names } = &self.verdict
            && (names.is_empty() || !names.iter().all(|name| self.names.contains(name)))
        {
            return Some("a verdict on columns that are not there");
        }
        let mut strata: Vec<&String> = self.strata.iter().collect();
        strata.sort_unstable();
        strata.dedup();
        let expected = if self.is_stratified { strata.len() } else { 1 };
        if strata.len() != self.strata.len()
            || (!self.is_stratified && !strata.is_empty())
            || expected == 0
            || self.baselines.len() != expected
        {
            return Some("other numbers of strata than of baselines");
        }
        if !self.baselines.iter().all(|baseline| baseline.fits(count)) {
            return Some("a baseline that is none");
        }
        None
    }
}

impl TryFrom<CoxFields> for Cox {
    type Error = Error;

    fn try_from(fields: CoxFields) -> Result<Self> {
        fields.design.check()?;
        if let Some(found) = fields.fault() {
            return Err(Error::ModelFormat {
                expected: "columns, coefficients, strata and baselines that fit together".into(),
                found: found.into(),
            });
        }
        Ok(Self {
            design: fields.design,
            ties: fields.ties,
            ridge: fields.ridge,
            kept: fields.kept,
            names: fields.names,
            aliased: fields.aliased,
            coefficients: fields.coefficients,
            means: fields.means,
            centre: fields.centre,
            covariance: fields.covariance,
            log_likelihood_null: fields.log_likelihood_null,
            log_likelihood: fields.log_likelihood,
            score_test: fields.score_test,
            rows: fields.rows,
            rows_left_out: fields.rows_left_out,
            events: fields.events,
            iterations: fields.iterations,
            verdict: fields.verdict,
            is_stratified: fields.is_stratified,
            strata: fields.strata,
            baselines: fields.baselines,
        })
    }
}

impl persist::sealed::Sealed for Cox {}
impl persist::Persist for Cox {
    const FORMAT: &'static str = "custometry/cox";
    const VERSION: u32 = 1;
}
