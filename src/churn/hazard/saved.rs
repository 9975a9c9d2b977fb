//! The saved form of a discrete-time hazard, and what is checked when it is read.

use serde::Deserialize;

use super::{
    DiscreteHazard, HazardBaseline, HazardVerdict,
    curve::{Curve, Level},
};
use crate::{
    Error, Result,
    churn::{Link, linear::Linear},
    persist,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HazardFields {
    link: Link,
    curve: Curve,
    linear: Linear,
    covariance: Vec<f64>,
    log_likelihood: f64,
    null_log_likelihood: f64,
    rows: [usize; 3],
    person_periods: u64,
    iterations: usize,
    verdict: HazardVerdict,
}

impl Curve {
    fn fault(&self) -> Option<&'static str> {
        let expected = match self.baseline {
            HazardBaseline::EachPeriod => 0,
            HazardBaseline::Linear => 2,
            HazardBaseline::Polynomial(degree) => degree.saturating_add(1),
        };
        if self.powers.len() != expected {
            return Some("another number of powers than the baseline has");
        }
        let is_fitted = |level: &Level| matches!(level, Level::Between(_));
        let has_periods = self.periods.iter().any(is_fitted);
        if has_periods != self.powers.is_empty() || (expected > 0 && !self.periods.is_empty()) {
            return Some("periods that are not those of the baseline");
        }
        let levels = self.periods.iter().filter_map(|level| match level {
            Level::Between(level) => Some(level),
            _ => None,
        });
        let mut numbers = self
            .powers
            .iter()
            .chain(levels)
            .chain([&self.centre, &self.half]);
        if !numbers.all(|number| number.is_finite()) || self.half < 1.0 || self.centre < 1.0 {
            return Some("a baseline that is none");
        }
        None
    }
}

impl HazardFields {
    /// What does not fit together, if anything.
    fn fault(&self) -> Option<&'static str> {
        if let Some(fault) = self.curve.fault() {
            return Some(fault);
        }
        let mut names = self.curve.names();
        names.extend(self.linear.names());
        let order = names.len();
        if order.checked_mul(order) != Some(self.covariance.len()) {
            return Some("other numbers of coefficients than of covariances");
        }
        let scalars = [self.log_likelihood, self.null_log_likelihood];
        let mut numbers = self.covariance.iter().chain(&scalars);
        if !numbers.all(|number| number.is_finite()) {
            return Some("a number that is not finite");
        }
        let cell = |row: usize, column: usize| self.covariance[row * order + column];
        let mut pairs = (0..order).flat_map(|row| (0..row).map(move |column| (row, column)));
        let symmetric =
            pairs.all(|(row, column)| cell(row, column).to_bits() == cell(column, row).to_bits());
        if !symmetric || (0..order).any(|at| cell(at, at) < 0.0) {
            return Some("what is no covariance");
        }
        if self.linear.base().abs() > 0.0 {
            return Some("a base beside the baseline");
        }
        let best = self.log_likelihood + 1e-6 * (1.0 + self.log_likelihood.abs());
        if self.null_log_likelihood > best {
            return Some("a likelihood below that without columns");
        }
        if self.rows[2] == 0 || self.rows[2] > self.rows[0] {
            return Some("more or fewer customers who left than can be");
        }
        if self.person_periods < self.rows[0] as u64 {
            return Some("fewer periods than rows");
        }
        let ends = |level: &Level| matches!(level, Level::Never | Level::Always);
        let at_ends = self.curve.names_of(ends);
        let is_right = match &self.verdict {
            HazardVerdict::Converged => at_ends.is_empty(),
            HazardVerdict::InfiniteCoefficients { names: infinite } => {
                let mut known = names.iter();
                let (first, others) = infinite.split_at(at_ends.len().min(infinite.len()));
                !infinite.is_empty()
                    && first == at_ends
                    && others.iter().all(|name| known.any(|known| known == name))
            }
        };
        if !is_right {
            return Some("a verdict on coefficients that are not there");
        }
        None
    }
}

impl TryFrom<HazardFields> for DiscreteHazard {
    type Error = Error;

    fn try_from(fields: HazardFields) -> Result<Self> {
        fields.linear.check()?;
        if let Some(found) = fields.fault() {
            return Err(Error::ModelFormat {
                expected: "a baseline, coefficients and a covariance that fit together".into(),
                found: found.into(),
            });
        }
        Ok(Self {
            link: fields.link,
            curve: fields.curve,
            linear: fields.linear,
            covariance: fields.covariance,
            log_likelihood: fields.log_likelihood,
            null_log_likelihood: fields.null_log_likelihood,
            rows: fields.rows,
            person_periods: fields.person_periods,
            iterations: fields.iterations,
            verdict: fields.verdict,
        })
    }
}

impl persist::sealed::Sealed for DiscreteHazard {}
impl persist::Persist for DiscreteHazard {
    const FORMAT: &'static str = "custometry/discrete_hazard";
    const VERSION: u32 = 1;
}
