//! One question to all models: how likely is each customer to leave within a horizon?
//!
//! *Which of my models shall decide, and can I take another without writing anything anew?*
//!
//! # Model
//!
//! ```text
//! churn model       P(leaves within its horizon | features), calibrated
//! Cox, AFT, hazards 1 - S(age + horizon | features) / S(age | features)
//! purchase models   1 - P(alive at the end of the horizon | history)
//! ```
//!
//! [`Scorer::churn_probability`] asks each model what it can answer. Of a survival model it is the
//! probability of somebody who has been there for so long, not that of a new customer. The event is not
//! the same for all:
//!
//! - a [`ChurnModel`] speaks of who leaves from the end of the gap of its plan to the end of its horizon,
//!   and of no other horizon;
//! - [`Cox`], [`Aft`] and [`DiscreteHazard`] speak of customers who are there today, the last in whole
//!   periods ([`ScorerInput::days_per_unit`]): of an age the periods that are over count;
//! - a purchase model speaks of customers of whom nobody knows whether they still are: that they will not
//!   be active at the end of the horizon includes that they have left already. A customer without any
//!   purchase has no history, and gets NaN.
//!
//! Of one customer a probability never falls with the horizon.
//!
//! # How to read it
//!
//! [`Scorer::contributions`] tell what each feature adds to the score of each customer
//! ([`Contributions`]); their sums are exact. They say what the model goes by, not what would help.
//!
//! # Limits
//!
//! Beyond the last time at which somebody left in the data of a [`Cox`] regression its curves are flat,
//! and nobody leaves. [`Nbd`] knows no leaving and is refused. Contributions are
//! those of a [`ChurnModel`] and of a [`Cox`] regression; those of a [`DiscreteHazard`] are asked of
//! itself.
//!
//! # Complexity
//!
//! That of the predictions of the model.
//!
//! # Example
//!
//! ```
//! use custometry::{
//!     churn::{AftFamily, AftParams, CoxData, CoxParams, Durations, Scorer, ScorerInput},
//!     data::{Days, Features, MissingValues, TimeUnit},
//!     value::{BgNbd, PurchaseHistories},
//! };
//!
//! let days = [20.0, 35.0, 50.0, 70.0, 80.0, 95.0, 120.0, 120.0];
//! let durations = Durations::new(&days, &[1, 1, 1, 0, 1, 1, 0, 0])?;
//! let calls = [3.0, 1.0, 2.0, 1.0, 0.0, 2.0, 0.0, 1.0];
//! let features = Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)?;
//! let cox = CoxParams::default().fit(&CoxData::new(&durations, &features))?;
//! let aft = AftParams::new(AftFamily::Weibull).fit(&durations, &features)?;
//! let bg_nbd = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?;
//!
//! let ages = [30.0; 8];
//! let histories = PurchaseHistories::from_columns(&[2; 8], &[20.0; 8], &[30.0; 8], None)?;
//! let customers = ScorerInput::new().features(&features).ages(&ages).histories(&histories);
//! let models: [&dyn Scorer; 3] = [&cox, &aft, &bg_nbd];
//! for model in models {
//!     let month = model.churn_probability(&customers, Days(30.0))?;
//!     let two = model.churn_probability(&customers, Days(60.0))?;
//!     assert!(month.iter().zip(two).all(|(&one, two)| 0.0 < one && one <= two && two < 1.0));
//! }
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! # References
//!
//! Those of the models.

mod contributions;
mod input;
mod reasons;
#[cfg(test)]
mod tests;

use std::fmt::Debug;

use super::{Aft, ChurnModel, Cox, CoxCustomers, DiscreteHazard};
use crate::{
    Error, Result,
    data::Days,
    value::{BgNbd, MbgNbd, Nbd, ParetoNbd, Prediction, PurchaseModel},
};

pub use self::{
    contributions::Contributions,
    input::ScorerInput,
    reasons::{Direction, Reason, ReasonParams, ReasonPart, ReasonValue, Reasons},
};

mod sealed {
    /// Closes [`Scorer`](super::Scorer): what it promises is checked in this crate.
    pub trait Sealed {}
}

/// A model that tells how likely customers are to leave: [`ChurnModel`], [`Cox`], [`Aft`],
/// [`DiscreteHazard`], [`BgNbd`], [`MbgNbd`], [`ParetoNbd`], and [`Nbd`], which refuses.
///
/// Implemented by this crate only.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{ChurnModelParams, LogisticData, Scorer, ScorerInput},
///     data::{Days, Features, MissingValues},
/// };
/// let calls: Vec<f64> = (0..60).map(|row| f64::from(row % 4)).collect();
/// let left: Vec<bool> = (0..60).map(|row| row * 7 % 11 < 1 + 3 * (row % 4)).collect();
/// let features = Features::from_columns(&[("calls", &calls)], MissingValues::Refuse)?;
/// let params = ChurnModelParams::default().folds(5).horizon(Days(30.0));
/// let model = params.fit(&LogisticData::new(&features, &left))?;
/// let customers = ScorerInput::new().features(&features);
/// let risks = model.churn_probability(&customers, Days(30.0))?;
/// assert_eq!(risks, model.predict(&features, None)?);
/// let error = model.churn_probability(&customers, Days(60.0)).unwrap_err();
/// assert!(error.to_string().starts_with("horizon is 60, expected 30 days"));
/// # Ok::<(), custometry::Error>(())
/// ```
pub trait Scorer: sealed::Sealed + Debug + Send + Sync {
    /// The probability of each customer to leave within so many days.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a horizon that is negative or not finite, or not that of a
    /// [`ChurnModel`], or no whole number of periods of a [`DiscreteHazard`]; for what the model needs and the input lacks: features of all but purchase
    /// models, ages of survival models, histories of purchase models; and for a model in which nobody
    /// leaves. Those of the predictions of the model.
    ///
    /// # Example
    ///
    /// See [`Scorer`].
    fn churn_probability(&self, customers: &ScorerInput<'_>, horizon: Days) -> Result<Vec<f64>>;

    /// What each feature adds to the score of each customer; the horizon is that of the probabilities
    /// they belong to.
    ///
    /// # Errors
    ///
    /// As [`churn_probability`](Self::churn_probability), and [`Error::InvalidParameter`] of a
    /// model that has no contributions.
    ///
    /// # Example
    ///
    /// See [`Contributions`].
    fn contributions<'a>(
        &self,
        customers: &ScorerInput<'a>,
        horizon: Days,
    ) -> Result<Contributions<'a>>;
}

fn check_horizon(horizon: Days) -> Result<()> {
    if horizon.0.is_finite() && horizon.0 >= 0.0 {
        return Ok(());
    }
    let expected = "a finite number of days of 0 or more";
    Err(Error::parameter("horizon", horizon.0, expected))
}

fn without_contributions(model: &'static str, why: &'static str) -> Error {
    let expected = format!("a model with contributions: {why}");
    Error::parameter("model", model, expected)
}

impl sealed::Sealed for ChurnModel {}
impl Scorer for ChurnModel {
    fn churn_probability(&self, customers: &ScorerInput<'_>, horizon: Days) -> Result<Vec<f64>> {
        check_horizon(horizon)?;
        self.check_horizon(horizon)?;
        self.predict(customers.needed_features()?, customers.offset)
    }

    fn contributions<'a>(
        &self,
        customers: &ScorerInput<'a>,
        horizon: Days,
    ) -> Result<Contributions<'a>> {
        check_horizon(horizon)?;
        self.check_horizon(horizon)?;
        self.contributions(customers.needed_features()?, customers.offset)
    }
}

/// The cumulative hazard of each customer from today to the horizon.
fn cox_hazards(cox: &Cox, customers: &ScorerInput<'_>, horizon: Days) -> Result<Vec<f64>> {
    check_horizon(horizon)?;
    let ages = customers.needed_ages()?;
    let mut rows = CoxCustomers::new(customers.needed_features()?).alive_for(&ages);
    if let Some(strata) = customers.strata {
        rows = rows.strata(strata);
    }
    if let Some(offset) = customers.offset {
        rows = rows.offset(offset);
    }
    let ahead = cox.hazards(&rows, &[customers.in_units(horizon.0)])?;
    Ok(ahead.into_iter().collect())
}

impl sealed::Sealed for Cox {}
impl Scorer for Cox {
    fn churn_probability(&self, customers: &ScorerInput<'_>, horizon: Days) -> Result<Vec<f64>> {
        let hazards = cox_hazards(self, customers, horizon)?;
        Ok(hazards.into_iter().map(|h| -libm::expm1(-h)).collect())
    }

    fn contributions<'a>(
        &self,
        customers: &ScorerInput<'a>,
        horizon: Days,
    ) -> Result<Contributions<'a>> {
        let hazards = cox_hazards(self, customers, horizon)?;
        Contributions::of_cox(
            self,
            customers.needed_features()?,
            customers.offset,
            hazards,
        )
    }
}

impl sealed::Sealed for Aft {}
impl Scorer for Aft {
    fn churn_probability(&self, customers: &ScorerInput<'_>, horizon: Days) -> Result<Vec<f64>> {
        check_horizon(horizon)?;
        let features = customers.needed_features()?;
        let ages = customers.needed_ages()?;
        let ahead = [customers.in_units(horizon.0)];
        let alive = self.conditional_survival(features, &ages, &ahead)?;
        Ok(alive.iter().map(|alive| 1.0 - alive).collect())
    }

    fn contributions<'a>(&self, _: &ScorerInput<'a>, _: Days) -> Result<Contributions<'a>> {
        let why = "one of accelerated times does not keep the means of its fit";
        Err(without_contributions("Aft", why))
    }
}

impl sealed::Sealed for DiscreteHazard {}
impl Scorer for DiscreteHazard {
    fn churn_probability(&self, customers: &ScorerInput<'_>, horizon: Days) -> Result<Vec<f64>> {
        check_horizon(horizon)?;
        let features = customers.needed_features()?;
        let ages = customers.needed_periods()?;
        let ahead = [customers.whole_periods(horizon)?];
        let alive = self.conditional_survival(features, &ages, &ahead)?;
        Ok(alive.iter().map(|alive| 1.0 - alive).collect())
    }

    fn contributions<'a>(&self, _: &ScorerInput<'a>, _: Days) -> Result<Contributions<'a>> {
        let why = "what a feature adds to a hazard is told by DiscreteHazard::contributions";
        Err(without_contributions("DiscreteHazard", why))
    }
}

/// The probability not to be active at the end of the horizon.
fn gone_by(
    model: &dyn PurchaseModel,
    customers: &ScorerInput<'_>,
    horizon: Days,
) -> Result<Vec<f64>> {
    check_horizon(horizon)?;
    let alive = model.predict(customers.needed_histories()?, Prediction::PAliveIn(horizon))?;
    Ok(alive.into_iter().map(|alive| 1.0 - alive).collect())
}

macro_rules! purchase_scorer {
    ($($model:ty),*) => {$(
        impl sealed::Sealed for $model {}
        impl Scorer for $model {
            fn churn_probability(
                &self,
                customers: &ScorerInput<'_>,
                horizon: Days,
            ) -> Result<Vec<f64>> {
                gone_by(self, customers, horizon)
            }

            fn contributions<'a>(&self, _: &ScorerInput<'a>, _: Days) -> Result<Contributions<'a>> {
                Err(without_contributions(self.name(), "a purchase model has no features"))
            }
        }
    )*};
}

purchase_scorer!(BgNbd, MbgNbd, ParetoNbd);

impl sealed::Sealed for Nbd {}
impl Scorer for Nbd {
    fn churn_probability(&self, _: &ScorerInput<'_>, _: Days) -> Result<Vec<f64>> {
        let expected = "a model in which customers leave, such as BgNbd or ParetoNbd";
        Err(Error::parameter("model", self.name(), expected))
    }

    fn contributions<'a>(&self, _: &ScorerInput<'a>, _: Days) -> Result<Contributions<'a>> {
        Err(without_contributions(
            self.name(),
            "a purchase model has no features",
        ))
    }
}
