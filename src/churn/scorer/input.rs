//! The customers to score, and all that may be known of them.

use std::fmt;

use crate::{
    Error, Result,
    data::{Categories, Days, Features},
    value::PurchaseHistories,
};

/// Customers to score, borrowed, row by row in the same order; each model takes what it needs.
///
/// # Example
///
/// ```
/// use custometry::{
///     churn::{AftFamily, AftParams, Durations, Scorer, ScorerInput},
///     data::{Days, Features, MissingValues},
/// };
/// // Durations in months of 30 days.
/// let durations = Durations::new(&[2.0, 3.0, 5.0, 4.0], &[1, 1, 1, 0])?;
/// let x = Features::from_columns(&[("a", &[1.0, 0.0, 1.0, 0.0])], MissingValues::Refuse)?;
/// let aft = AftParams::new(AftFamily::Exponential).fit(&durations, &x)?;
/// let customers = ScorerInput::new().features(&x).ages(&[90.0; 4]).days_per_unit(30.0);
/// // At a = 0 one in 7 months left.
/// let risk = aft.churn_probability(&customers, Days(30.0))?[1];
/// assert!((risk - (1.0 - (-1.0_f64 / 7.0).exp())).abs() < 1e-8);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct ScorerInput<'a> {
    features: Option<&'a Features>,
    ages: Option<&'a [f64]>,
    pub(super) strata: Option<&'a Categories>,
    pub(super) offset: Option<&'a [f64]>,
    histories: Option<&'a PurchaseHistories>,
    days_per_unit: f64,
}

impl fmt::Debug for ScorerInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.features.map(Features::len);
        f.debug_struct("ScorerInput")
            .field("features", &rows)
            .field("ages", &self.ages.is_some())
            .field("strata", &self.strata.is_some())
            .field("offset", &self.offset.is_some())
            .field("histories", &self.histories)
            .field("days_per_unit", &self.days_per_unit)
            .finish()
    }
}

impl Default for ScorerInput<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> ScorerInput<'a> {
    /// Customers of whom nothing is known yet.
    ///
    /// # Example
    ///
    /// See [`ScorerInput`].
    pub fn new() -> Self {
        Self {
            features: None,
            ages: None,
            strata: None,
            offset: None,
            histories: None,
            days_per_unit: 1.0,
        }
    }

    /// Their features.
    ///
    /// # Example
    ///
    /// See [`ScorerInput`].
    pub fn features(mut self, features: &'a Features) -> Self {
        self.features = Some(features);
        self
    }

    /// How many days each has been a customer; a survival model needs it, 0 for new customers.
    ///
    /// # Example
    ///
    /// See [`ScorerInput`].
    pub fn ages(mut self, days: &'a [f64]) -> Self {
        self.ages = Some(days);
        self
    }

    /// The stratum of each, for a Cox regression with strata.
    ///
    /// # Example
    ///
    /// See [`CoxCustomers::strata`](crate::churn::CoxCustomers::strata).
    pub fn strata(mut self, strata: &'a Categories) -> Self {
        self.strata = Some(strata);
        self
    }

    /// The known part of each linear predictor, as in the fit.
    ///
    /// # Example
    ///
    /// See [`CoxCustomers::offset`](crate::churn::CoxCustomers::offset).
    pub fn offset(mut self, offset: &'a [f64]) -> Self {
        self.offset = Some(offset);
        self
    }

    /// Their purchase histories, for a purchase model.
    ///
    /// # Example
    ///
    /// See [`Scorer`](super::Scorer).
    pub fn histories(mut self, histories: &'a PurchaseHistories) -> Self {
        self.histories = Some(histories);
        self
    }

    /// How many days the unit has in which the durations of a survival model were given: 1 unless
    /// told, 30.4375 for months. Ages and horizons are given in days.
    ///
    /// # Example
    ///
    /// See [`ScorerInput`].
    pub fn days_per_unit(mut self, days: f64) -> Self {
        self.days_per_unit = days;
        self
    }

    pub(super) fn needed_features(&self) -> Result<&'a Features> {
        self.features
            .ok_or_else(|| absent("features", "ScorerInput::features"))
    }

    pub(super) fn needed_histories(&self) -> Result<&'a PurchaseHistories> {
        self.histories
            .ok_or_else(|| absent("histories", "ScorerInput::histories"))
    }

    /// Ages in the unit of a survival model.
    pub(super) fn needed_ages(&self) -> Result<Vec<f64>> {
        let unit = self.days_per_unit;
        if !(unit.is_finite() && unit > 0.0) {
            let expected = "a finite number above 0";
            return Err(Error::parameter("days_per_unit", unit, expected));
        }
        let remedy = "ScorerInput::ages, 0 for new customers";
        let ages = self.ages.ok_or_else(|| absent("ages", remedy))?;
        Ok(ages.iter().map(|&age| self.in_units(age)).collect())
    }

    /// The periods of each customer that are over, for a model of whole periods.
    pub(super) fn needed_periods(&self) -> Result<Vec<u32>> {
        let ages = self.needed_ages()?;
        let refused = |age: &f64| !(0.0..=MOST_PERIODS).contains(age);
        if let Some(row) = ages.iter().position(refused) {
            let reason = "is not an age; give a finite number of days of 0 or more";
            return Err(Error::value("ages", row, reason));
        }
        Ok(ages.into_iter().map(whole).collect())
    }

    /// A horizon in whole periods.
    pub(super) fn whole_periods(&self, horizon: Days) -> Result<u32> {
        let periods = self.in_units(horizon.0);
        if periods <= MOST_PERIODS && (periods - periods.round()).abs() <= 1e-9 * periods.max(1.0) {
            return Ok(whole(periods.round()));
        }
        let unit = self.days_per_unit;
        let expected = format!("a whole number of periods of {unit} days");
        Err(Error::parameter("horizon", horizon.0, expected))
    }

    /// A time in days in the unit of a survival model.
    pub(super) fn in_units(&self, days: f64) -> f64 {
        days / self.days_per_unit
    }
}

/// Periods are counted in 32 bits.
const MOST_PERIODS: f64 = 4e9;

/// The whole part of a number that is known to be in range. Ages that a division left just below a
/// whole number of periods are that number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to MOST_PERIODS"
)]
fn whole(number: f64) -> u32 {
    (number * (1.0 + 1e-12)).floor() as u32
}

fn absent(what: &'static str, remedy: &str) -> Error {
    let expected = format!("those of the customers; give them by {remedy}");
    Error::parameter(what, "not given", expected)
}
