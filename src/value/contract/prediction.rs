//! What a model of renewals can be asked.

use serde::{Deserialize, Serialize};

use super::{
    super::{
        FitReport,
        prediction::{Intervals, Moved, log_covariance, variance},
    },
    law::Law,
};
use crate::{Error, Result, data::Estimate};

/// The most renewals to look ahead: there is one step for each.
const MOST_AHEAD: u32 = 1_000_000;

/// What to predict of a customer who has made some renewals, 0 for a new one. Times
/// are counted in renewals, discount rates are effective rates from one to the next.
///
/// # Example
///
/// ```
/// use custometry::value::{ContractModel, ContractPrediction, Sbg};
/// // Fader and Hardie 2007, the regular segment: 3.69 payments' worth of a new customer.
/// let model = Sbg::new(0.70407729847, 1.1820430262)?;
/// let lifetime = model.predict_new(ContractPrediction::Discounted(0.1))?;
/// assert!((lifetime - 3.69491).abs() < 5e-6);
/// // The payment made now, and what comes from the next renewal on, a period later.
/// let residual = model.predict_new(ContractPrediction::Residual(0.1))?;
/// assert!((lifetime - (1.0 + residual / 1.1)).abs() < 1e-12);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContractPrediction {
    /// The chance to make the next so many renewals; `Survival(1)` is the retention
    /// rate at the next one.
    Survival(u32),
    /// Renewals expected of the next so many.
    Renewals(u32),
    /// The expected lifetime in periods, those already paid included. Infinite where
    /// the model has no mean: so many stay so long that an average says nothing.
    Lifetime,
    /// Discounted expected lifetime (DEL): the payment just made and all to come,
    /// each period worth less.
    Discounted(f64),
    /// Discounted expected residual lifetime (DERL): the payments to come, seen from
    /// just before the next renewal, which is not discounted. At a rate of 0 the
    /// renewals to come, which may be infinite.
    Residual(f64),
    /// By how many percent [`Residual`](Self::Residual) rises if retention at the next
    /// renewal rises by one (Fader and Hardie 2010).
    Elasticity(f64),
}

impl ContractPrediction {
    fn check(self) -> Result<()> {
        match self {
            Self::Survival(n) | Self::Renewals(n) if n > MOST_AHEAD => {
                Err(Error::parameter("renewals", n, "at most a million"))
            }
            // Written so that NaN fails as well.
            Self::Discounted(rate) | Self::Residual(rate) | Self::Elasticity(rate)
                if !(rate >= 0.0 && rate.is_finite()) =>
            {
                let expected = "a finite rate from one renewal to the next, not negative";
                Err(Error::parameter("discount rate", rate, expected))
            }
            _ => Ok(()),
        }
    }

    fn of<L: Law>(self, law: &L, made: u32) -> f64 {
        let made = f64::from(made);
        let residual = |made: f64, rate: f64| law.residual(made, 1.0 / (1.0 + rate));
        match self {
            Self::Survival(n) => law.ln_survival(made, f64::from(n)).exp(),
            Self::Renewals(n) => {
                let chances = (1..=n).map(|n| law.ln_survival(made, f64::from(n)).exp());
                // Once a chance is below any number, so are those after it.
                chances.take_while(|chance| *chance > 0.0).sum()
            }
            Self::Lifetime => made + 1.0 + residual(made, 0.0),
            Self::Discounted(rate) => 1.0 + residual(made, rate) / (1.0 + rate),
            Self::Residual(rate) => residual(made, rate),
            Self::Elasticity(rate) => 1.0 + residual(made + 1.0, rate) / (1.0 + rate),
        }
    }

    fn is_probability(self) -> bool {
        matches!(self, Self::Survival(_))
    }
}

/// Something for each of many customers, worked out once for each number of renewals.
fn by_renewals<T: Clone>(renewals: &[u32], of_each: impl FnOnce(&[u32]) -> Vec<T>) -> Vec<T> {
    let mut different = renewals.to_vec();
    different.sort_unstable();
    different.dedup();
    let values = of_each(&different);
    let value = |made: &u32| values[different.partition_point(|other| other < made)].clone();
    renewals.iter().map(value).collect()
}

pub(super) fn predict<L: Law>(
    law: &L,
    renewals: &[u32],
    what: ContractPrediction,
) -> Result<Vec<f64>> {
    what.check()?;
    Ok(by_renewals(renewals, |different| {
        different.iter().map(|&made| what.of(law, made)).collect()
    }))
}

/// Predictions with intervals by the delta method.
pub(super) fn predict_with_intervals<L: Law>(
    law: &L,
    report: Option<&FitReport>,
    renewals: &[u32],
    what: ContractPrediction,
    level: f64,
) -> Result<Vec<Option<Estimate>>> {
    what.check()?;
    let intervals = Intervals::new(level)?;
    let covariance = log_covariance(&law.parameters(), report)?;
    let moved = Moved::new(law);
    let estimate = |(value, slopes): &(f64, Vec<f64>)| {
        let se = variance(slopes, &covariance).sqrt();
        if what.is_probability() {
            intervals.of_share(*value, se)
        } else {
            intervals.of_positive(*value, se)
        }
    };
    Ok(by_renewals(renewals, |different| {
        let of_each = |law: &L| different.iter().map(|&made| what.of(law, made)).collect();
        moved.predict(of_each).iter().map(estimate).collect()
    }))
}
