//! Rates of other lengths of time.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::PeriodRates;
use crate::{Error, Result};

/// The length of time that a churn rate is stated for.
///
/// # Example
///
/// ```
/// use custometry::churn::RateScale;
/// // 2 % in 30 days are more than 21 % in a year, not 24 %.
/// assert!((RateScale::Annual.of(0.02, 30)? - 0.2179).abs() < 1e-4);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RateScale {
    /// A month of 365 / 12 days.
    Monthly,
    /// A year of 365 days.
    Annual,
}

impl RateScale {
    /// A churn rate of so many days, stated for this length: 1 - (1 - c)^(length / days).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the rate is from 0 to 1 and there is a day.
    ///
    /// # Example
    ///
    /// See [`RateScale`].
    pub fn of(self, churn: f64, days: u32) -> Result<f64> {
        if !(0.0..=1.0).contains(&churn) {
            let expected = "a share from 0 to 1; revenue that grows has no churn rate to scale";
            return Err(Error::parameter("churn", churn, expected));
        }
        if days == 0 {
            return Err(Error::parameter("days", days, "at least 1"));
        }
        let length = match self {
            Self::Monthly => 365.0 / 12.0,
            Self::Annual => 365.0,
        };
        Ok(-libm::expm1(
            libm::log1p(-churn) * (length / f64::from(days)),
        ))
    }
}

/// Rates of periods that follow one another, as if they were one: retention of each multiplied.
///
/// # Example
///
/// See [`PeriodRates::compound`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CompoundedRates {
    /// The first day of the first period.
    pub from: NaiveDate,
    /// The last day of the last period.
    pub to: NaiveDate,
    /// Days from the one to the other.
    pub days: u32,
    /// 1 less the product of the shares of customers kept.
    pub logo_churn: f64,
    /// The product of net revenue retentions; `None` if one has none.
    pub net_revenue_retention: Option<f64>,
    /// The product of gross revenue retentions; `None` if one has none.
    pub gross_revenue_retention: Option<f64>,
}

impl PeriodRates {
    /// The rates of periods that follow one another, each beginning on the last day of the one before.
    ///
    /// Each period has a base of its own, so that customers won in one are at risk in the next. The
    /// rate of one group over all the time is that of one long period.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without a period, or for one without customers at its start;
    /// [`Error::InvalidValue`] for a period that overlaps the one before or leaves a hole;
    /// [`Error::VersionMismatch`] for another definition or currency.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{PeriodRates, Subscriptions}, data::{Currency, date_of_day}};
    /// # let day = |day| date_of_day(day).unwrap();
    /// let book = Subscriptions::builder(Currency::EUR)
    ///     .int_keys(&[1, 2, 3, 4])
    ///     .starts(vec![0; 4])
    ///     .ends(vec![Some(20), Some(50), Some(55), None])
    ///     .monthly_money(vec![1_000; 4])
    ///     .known_until(day(100))
    ///     .build()?;
    /// let rates = |from, to| PeriodRates::of_subscriptions(&book, 0, day(from), day(to));
    /// let [one, two] = [rates(0, 30)?, rates(30, 60)?];
    /// let both = PeriodRates::compound(&[one.clone(), two])?;
    /// assert_eq!((both.days, both.logo_churn), (60, 0.75)); // the mean would be 0.46
    /// assert!(PeriodRates::compound(&[one, rates(31, 60)?]).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn compound(periods: &[Self]) -> Result<CompoundedRates> {
        let [first, .., last] = periods else {
            return match periods {
                [only] => Self::product(only, only, periods),
                _ => Err(Error::NotEnoughData {
                    what: "periods to compound".into(),
                    needed: 1,
                    found: 0,
                }),
            };
        };
        for (row, pair) in (1..).zip(periods.windows(2)) {
            let (before, after) = (&pair[0], &pair[1]);
            let scope = |rates: &Self| (rates.definition, rates.currency());
            if scope(before) != scope(after) {
                return Err(Error::VersionMismatch {
                    what: "definition and currency of the rates",
                    expected: format!("{:?}", scope(before)).into(),
                    found: format!("{:?}", scope(after)).into(),
                });
            }
            if before.to != after.from {
                let fault = if after.from < before.to {
                    "overlaps the one before"
                } else {
                    "leaves a hole after the one before"
                };
                let reason = format!(
                    "the period from {} to {} {fault}, which ends on {}; give periods in a row",
                    after.from(),
                    after.to(),
                    before.to()
                );
                return Err(Error::value("periods", row, reason));
            }
        }
        Self::product(first, last, periods)
    }

    fn product(first: &Self, last: &Self, periods: &[Self]) -> Result<CompoundedRates> {
        let mut kept = 1.0;
        for period in periods {
            let counts = &period.counts;
            if counts.at_start == 0 {
                return Err(Error::NotEnoughData {
                    what: format!("customers on {}", period.from()).into(),
                    needed: 1,
                    found: 0,
                });
            }
            kept *= (counts.at_start - counts.lost) as f64 / counts.at_start as f64;
        }
        let product = |rate: fn(&Self) -> Option<f64>| {
            let mut rates = periods.iter().map(rate);
            rates.try_fold(1.0, |product, rate| Some(product * rate?))
        };
        Ok(CompoundedRates {
            from: first.from(),
            to: last.to(),
            days: last.to.abs_diff(first.from),
            logo_churn: 1.0 - kept,
            net_revenue_retention: product(Self::net_revenue_retention),
            gross_revenue_retention: product(Self::gross_revenue_retention),
        })
    }
}
