//! The question: what share of customers, and of their money, did we lose in a period?
//!
//! # Model
//!
//! Customers are looked at on two days, `from` and `to`. Those there on `from` are the base; who came
//! later is no part of a churn rate.
//!
//! ```text
//! logo churn   = lost / at start               lost: there on `from`, not on `to`
//! gross churn  = (churned + contraction) / start money
//! NRR          = (start - churned - contraction + expansion) / start money
//! GRR          = (start - churned - contraction) / start money          ≤ 1
//! quick ratio  = (new + reactivation + expansion) / (churned + contraction)
//! annual       = 1 - (1 - c)^(365 / days)      monthly = 1 - (1 - c)^(365 / 12 / days)
//! ```
//!
//! where churned is the start money of the lost, contraction and expansion what those who stayed pay
//! less and more, new the end money of those who had never been customers on `from` or before, and
//! reactivation that of those who had, but were none on `from`. In an allowed gap a customer counts
//! with the amount before the gap.
//!
//! # How to read it
//!
//! NRR above 1 says that those who stayed made up for those who left; GRR says how much must be made
//! up. Both leave new customers out. With few customers read the interval of the logo churn first.
//!
//! # Limits
//!
//! A customer who left and came back within the period was kept. Rates of different lengths are
//! compared on one [`RateScale`]; those of periods in a row are compounded
//! ([`PeriodRates::compound`]). There is no mean of rates: neither of months, nor of groups, whose
//! counts are merged instead.
//!
//! # Complexity
//!
//! O(spells + customers) for one period. Of periods that are asked for together
//! ([`PeriodRates::series`]) the spells are walked through once, O(spells + periods · customers). Money
//! adds O(contracts) for each period. In parallel by customers.
//!
//! # References
//!
//! C. S. Gold (2020), *Fighting Churn with Data*, Manning, ch. 2. E. B. Wilson (1927), *JASA* 22,
//! 209-212, [doi](https://doi.org/10.1080/01621459.1927.10502953).

mod compound;
mod count;
mod flows;
mod merge;

#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::{
    compound::{CompoundedRates, RateScale},
    flows::RevenueFlows,
};
use self::{count::check_period, flows::Counts};
use super::ChurnDefinition;
use crate::{
    Error, Result,
    data::{Currency, Estimate, date_of_day},
    persist,
};

/// Who was lost, kept and won from one day to another, and their money.
///
/// Counts of disjoint customers merge, and can be saved until the others are there.
///
/// # Example
///
/// ```
/// use custometry::{churn::{PeriodRates, Subscriptions}, data::{Currency, date_of_day}};
///
/// let day = |day| date_of_day(day).unwrap();
/// let book = Subscriptions::builder(Currency::EUR)
///     .text_keys(&["ann", "bob", "cid", "dan"])
///     .starts(vec![0, 0, 0, 10])
///     .ends(vec![None, None, Some(20), None])
///     .monthly_money(vec![1_000, 2_000, 1_000, 5_000])
///     .known_until(day(100))
///     .build()?;
/// let rates = PeriodRates::of_subscriptions(&book, 0, day(0), day(30))?;
/// assert_eq!((rates.at_start(), rates.lost(), rates.won()), (3, 1, 1));
/// assert_eq!(rates.net_revenue_retention(), Some(0.75));
/// assert_eq!(rates.quick_ratio(), Some(5.0));
/// let churn = rates.logo_churn(0.95)?;
/// assert!((churn.value - 1.0 / 3.0).abs() < 1e-15 && churn.hi < 0.8);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct PeriodRates {
    definition: ChurnDefinition,
    from: i32,
    to: i32,
    counts: Counts,
    money: Option<(Currency, RevenueFlows)>,
}

/// Rates as they are read, not yet checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    definition: ChurnDefinition,
    from: i32,
    to: i32,
    counts: Counts,
    money: Option<(Currency, RevenueFlows)>,
}

impl TryFrom<Fields> for PeriodRates {
    type Error = Error;

    fn try_from(fields: Fields) -> Result<Self> {
        fields.definition.check()?;
        check_period(fields.from, fields.to)?;
        let (counts, money) = (fields.counts, fields.money);
        counts.check()?;
        if let Some((_, flows)) = &money {
            flows.check(&counts)?;
        }
        Ok(Self {
            definition: fields.definition,
            from: fields.from,
            to: fields.to,
            counts,
            money,
        })
    }
}

impl persist::sealed::Sealed for PeriodRates {}
impl persist::Persist for PeriodRates {
    const FORMAT: &'static str = "custometry/churn-period-rates";
    const VERSION: u32 = 1;
}

impl PeriodRates {
    /// What counted as churn.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::*, data::{Currency, date_of_day}};
    /// # let day = |day| date_of_day(day).unwrap();
    /// # let book = Subscriptions::builder(Currency::EUR)
    /// #     .text_keys(&["ann", "bob", "bob", "cid"])
    /// #     .starts(vec![0, 0, 50, 45])
    /// #     .ends(vec![None, Some(20), None, Some(55)])
    /// #     .monthly_money(vec![1_000, 2_000, 2_500, 100])
    /// #     .known_until(day(100))
    /// #     .build()?;
    /// let rates = PeriodRates::of_subscriptions(&book, 7, day(40), day(60))?;
    /// assert_eq!(rates.definition(), &ChurnDefinition::Contractual { allowed_gap_days: 7 });
    /// assert_eq!((rates.from(), rates.to(), rates.days()), (day(40), day(60), 20));
    /// // Ann stayed, Bob came back, Cid came and went.
    /// assert_eq!((rates.at_start(), rates.at_end(), rates.lost()), (1, 2, 0));
    /// assert_eq!((rates.won(), rates.returned(), rates.came_and_went()), (0, 1, 1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn definition(&self) -> &ChurnDefinition {
        &self.definition
    }

    /// The first of the two days.
    ///
    /// # Example
    ///
    /// See [`definition`](Self::definition).
    pub fn from(&self) -> NaiveDate {
        date_of_day(self.from).unwrap_or_default()
    }

    /// The second of the two days.
    ///
    /// # Example
    ///
    /// See [`definition`](Self::definition).
    pub fn to(&self) -> NaiveDate {
        date_of_day(self.to).unwrap_or_default()
    }

    /// Days from the one to the other.
    ///
    /// # Example
    ///
    /// See [`definition`](Self::definition).
    pub fn days(&self) -> u32 {
        self.to.abs_diff(self.from)
    }

    /// Customers on the first day.
    ///
    /// # Example
    ///
    /// See [`definition`](Self::definition).
    pub fn at_start(&self) -> u64 {
        self.counts.at_start
    }

    /// Customers on the last day.
    ///
    /// # Example
    ///
    /// See [`definition`](Self::definition).
    pub fn at_end(&self) -> u64 {
        // Checked to fit when the counts were made.
        self.counts.at_end().unwrap_or(u64::MAX)
    }

    /// Of those on the first day, how many were none on the last.
    ///
    /// # Example
    ///
    /// See [`definition`](Self::definition).
    pub fn lost(&self) -> u64 {
        self.counts.lost
    }

    /// Customers on the last day who had been none until the first.
    ///
    /// # Example
    ///
    /// See [`definition`](Self::definition).
    pub fn won(&self) -> u64 {
        self.counts.won
    }

    /// Customers on the last day who had been customers before the first, but were none on it.
    ///
    /// # Example
    ///
    /// See [`definition`](Self::definition).
    pub fn returned(&self) -> u64 {
        self.counts.returned
    }

    /// Those who came, or came back, and left again between the two days.
    ///
    /// # Example
    ///
    /// See [`definition`](Self::definition).
    pub fn came_and_went(&self) -> u64 {
        self.counts.passing
    }

    /// The money; `None` for rates made of spells.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::*, data::{Currency, MinorUnits, date_of_day}};
    /// # let day = |day| date_of_day(day).unwrap();
    /// let book = Subscriptions::builder(Currency::EUR)
    ///     .text_keys(&["ann", "ann", "bob"])
    ///     .starts(vec![0, 20, 25])
    ///     .ends(vec![Some(20), None, None])
    ///     .monthly_money(vec![1_000, 700, 400])
    ///     .known_until(day(100))
    ///     .build()?;
    /// let rates = PeriodRates::of_subscriptions(&book, 0, day(0), day(30))?;
    /// let flows = rates.flows().unwrap();
    /// assert_eq!((flows.contraction, flows.new), (MinorUnits(300), MinorUnits(400)));
    /// assert_eq!(flows.end(), MinorUnits(1_100));
    /// assert_eq!(rates.currency(), Some(Currency::EUR));
    /// assert_eq!(rates.gross_revenue_retention(), Some(0.7));
    /// assert_eq!(rates.gross_churn(), Some(0.3));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn flows(&self) -> Option<&RevenueFlows> {
        self.money.as_ref().map(|(_, flows)| flows)
    }

    /// The currency of the money.
    ///
    /// # Example
    ///
    /// See [`flows`](Self::flows).
    pub fn currency(&self) -> Option<Currency> {
        self.money.as_ref().map(|(currency, _)| *currency)
    }

    /// The share of customers lost, with the interval of Wilson.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] if there was nobody on the first day; [`Error::InvalidParameter`] for a
    /// level that is not between 0 and 1.
    ///
    /// # Example
    ///
    /// See [`PeriodRates`].
    pub fn logo_churn(&self, level: f64) -> Result<Estimate> {
        wilson(self.counts.lost, self.counts.at_start, level)
    }

    /// The share of the money at the start that was lost, churned or contracted; `None` without money.
    ///
    /// # Example
    ///
    /// See [`flows`](Self::flows).
    pub fn gross_churn(&self) -> Option<f64> {
        self.share_of_start(|flows| i128::from(flows.churned.0) + i128::from(flows.contraction.0))
    }

    /// Net revenue retention (NRR): what the customers of the first day pay on the last, over what
    /// they paid then. New customers and those who came back are left out.
    ///
    /// # Example
    ///
    /// See [`PeriodRates`].
    pub fn net_revenue_retention(&self) -> Option<f64> {
        self.share_of_start(|flows| {
            let [start, churned, contraction, expansion, ..] = flows.parts().map(i128::from);
            start - churned - contraction + expansion
        })
    }

    /// Gross revenue retention (GRR): the same without what is paid more; at most 1.
    ///
    /// # Example
    ///
    /// See [`flows`](Self::flows).
    pub fn gross_revenue_retention(&self) -> Option<f64> {
        self.share_of_start(|flows| {
            let [start, churned, contraction, ..] = flows.parts().map(i128::from);
            start - churned - contraction
        })
    }

    /// Money won over money lost; `None` without money, or if nothing was lost.
    ///
    /// # Example
    ///
    /// See [`PeriodRates`].
    pub fn quick_ratio(&self) -> Option<f64> {
        let parts = self.flows()?.parts().map(i128::from);
        let [_, churned, contraction, expansion, new, back] = parts;
        let lost = churned + contraction;
        (lost > 0).then(|| (new + back + expansion) as f64 / lost as f64)
    }

    fn share_of_start(&self, part: impl Fn(&RevenueFlows) -> i128) -> Option<f64> {
        let flows = self.flows()?;
        (flows.start.0 > 0).then(|| part(flows) as f64 / flows.start.0 as f64)
    }
}

/// A share with the interval of Wilson, without correction for continuity.
pub(super) fn wilson(part: u64, whole: u64, level: f64) -> Result<Estimate> {
    super::definition::share("level", level)?;
    if whole == 0 {
        return Err(Error::NotEnoughData {
            what: "customers at the start".into(),
            needed: 1,
            found: 0,
        });
    }
    Estimate::wilson(part as f64 / whole as f64, whole as f64, level)
}
