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
//! O(customers and their spells).
//!
//! # References
//!
//! C. S. Gold (2020), *Fighting Churn with Data*, Manning, ch. 2. E. B. Wilson (1927), *JASA* 22,
//! 209-212, [doi](https://doi.org/10.1080/01621459.1927.10502953).

mod compound;

#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use self::compound::{CompoundedRates, RateScale};
use super::{ChurnDefinition, Spells, Subscriptions};
use crate::{
    Error, Result,
    data::{
        Currency, CustomerIx, Estimate, Merge, MinorUnits, date_of_day, day_of_date, merge_sealed,
    },
};

/// Who was lost, kept and won from one day to another, and their money.
///
/// Counts of disjoint customers merge.
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
#[serde(try_from = "Fields", into = "Fields")]
pub struct PeriodRates {
    definition: ChurnDefinition,
    from: i32,
    to: i32,
    counts: Counts,
    money: Option<(Currency, RevenueFlows)>,
}

/// How rates are saved.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    definition: ChurnDefinition,
    from: i32,
    to: i32,
    counts: Counts,
    money: Option<(Currency, RevenueFlows)>,
}

impl From<PeriodRates> for Fields {
    fn from(rates: PeriodRates) -> Self {
        Self {
            definition: rates.definition,
            from: rates.from,
            to: rates.to,
            counts: rates.counts,
            money: rates.money,
        }
    }
}

impl TryFrom<Fields> for PeriodRates {
    type Error = Error;

    fn try_from(fields: Fields) -> Result<Self> {
        fields.definition.check()?;
        check_period(fields.from, fields.to)?;
        let (counts, money) = (fields.counts, fields.money);
        if counts.lost > counts.at_start {
            let expected = format!("at most those at the start, {}", counts.at_start);
            return Err(Error::parameter("lost", counts.lost, expected));
        }
        counts.check()?;
        if let Some((_, flows)) = &money {
            flows.check()?;
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

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    at_start: u64,
    lost: u64,
    won: u64,
    returned: u64,
    passing: u64,
}

impl Counts {
    fn at_end(&self) -> Option<u64> {
        let stayed = self.at_start.checked_sub(self.lost)?;
        stayed.checked_add(self.won)?.checked_add(self.returned)
    }

    fn check(&self) -> Result<()> {
        match self.at_end() {
            Some(_) => Ok(()),
            None => Err(Error::Overflow {
                what: "more than 1.8e19 customers".into(),
            }),
        }
    }
}

/// Monthly recurring money on the two days of a period and what changed it, in minor units.
///
/// ```text
/// end = start - churned - contraction + expansion + new + reactivation
/// ```
///
/// # Example
///
/// See [`PeriodRates::flows`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RevenueFlows {
    /// Of those there at the start, then.
    pub start: MinorUnits,
    /// Of the lost, at the start.
    pub churned: MinorUnits,
    /// What those who stayed pay less, at least 0.
    pub contraction: MinorUnits,
    /// What those who stayed pay more.
    pub expansion: MinorUnits,
    /// Of new customers, at the end.
    pub new: MinorUnits,
    /// Of customers who came back, at the end.
    pub reactivation: MinorUnits,
}

impl RevenueFlows {
    /// What is paid on the last day; checked when the flows were made.
    ///
    /// # Example
    ///
    /// See [`PeriodRates::flows`].
    pub fn end(&self) -> MinorUnits {
        MinorUnits(self.end_sum().try_into().unwrap_or(i64::MAX))
    }

    fn end_sum(&self) -> i128 {
        let [start, churned, contraction, expansion, new, back] = self.parts().map(i128::from);
        start - churned - contraction + expansion + new + back
    }

    fn parts(&self) -> [i64; 6] {
        let Self {
            start,
            churned,
            contraction,
            expansion,
            new,
            reactivation,
        } = *self;
        [start, churned, contraction, expansion, new, reactivation].map(|part| part.0)
    }

    fn parts_mut(&mut self) -> [&mut i64; 6] {
        [
            &mut self.start.0,
            &mut self.churned.0,
            &mut self.contraction.0,
            &mut self.expansion.0,
            &mut self.new.0,
            &mut self.reactivation.0,
        ]
    }

    /// Adds those of other customers.
    fn add(&mut self, other: &Self) -> Result<()> {
        for (part, more) in self.parts_mut().into_iter().zip(other.parts()) {
            let sum = part.checked_add(more);
            *part = sum.ok_or_else(|| MinorUnits::too_much("all customers"))?;
        }
        MinorUnits::from_sum(self.end_sum(), "all customers").map(|_| ())
    }

    /// `Ok` if no part is negative and no more was lost than there was.
    fn check(&self) -> Result<()> {
        if let Some(part) = self.parts().into_iter().find(|&part| part < 0) {
            return Err(Error::parameter("money", part, "at least 0"));
        }
        let lost = i128::from(self.churned.0) + i128::from(self.contraction.0);
        if lost > i128::from(self.start.0) {
            let expected = format!("at most that at the start, {}", self.start.0);
            return Err(Error::parameter("money lost", lost, expected));
        }
        MinorUnits::from_sum(self.end_sum(), "all customers").map(|_| ())
    }
}

impl PeriodRates {
    /// What became of customers and their money from one day to another. Contracts at most
    /// `allowed_gap_days` apart are one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless `from` is before `to` and `to` a day of which is known who
    /// was a customer: `to` + `allowed_gap_days` before
    /// [`known_until`](Subscriptions::known_until); [`Error::Overflow`] for sums that do not fit.
    ///
    /// # Example
    ///
    /// See [`PeriodRates`].
    pub fn of_subscriptions(
        book: &Subscriptions,
        allowed_gap_days: u32,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Self> {
        let spells = book.spells(allowed_gap_days)?;
        let mut rates = Self::empty(&spells, from, to)?;
        let mut sum = RevenueFlows::default();
        for customer in spells.customers().numbers() {
            let presence = rates.count(&spells, customer);
            let at_start = if presence.at_start {
                book.money_in_spell(customer, rates.from)?.0
            } else {
                0
            };
            let at_end = if presence.at_end {
                book.money_in_spell(customer, rates.to)?.0
            } else {
                0
            };
            let mut flows = RevenueFlows {
                start: MinorUnits(at_start),
                ..RevenueFlows::default()
            };
            match (presence.at_start, presence.at_end) {
                (true, true) => {
                    flows.contraction.0 = at_start.saturating_sub(at_end).max(0);
                    flows.expansion.0 = at_end.saturating_sub(at_start).max(0);
                }
                (true, false) => flows.churned.0 = at_start,
                (false, _) if presence.before => flows.reactivation.0 = at_end,
                (false, _) => flows.new.0 = at_end,
            }
            sum.add(&flows)?;
        }
        rates.money = Some((book.currency(), sum));
        Ok(rates)
    }

    /// What became of customers from one day to another, without money.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless `from` is before `to` and `to` before
    /// [`known_until`](Spells::known_until).
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, PeriodRates, Spells}, value::SummaryState};
    /// # use custometry::data::{Currency, Transactions, date_of_day};
    /// let day = |day| date_of_day(day).unwrap();
    /// let log = Transactions::builder(Currency::EUR)
    ///     .int_keys(&[1, 2, 2, 3])
    ///     .days(vec![0, 0, 50, 40])
    ///     .amounts(vec![100; 4])
    ///     .build()?;
    /// let definition = ChurnDefinition::Inactivity { days: 30 };
    /// let spells = Spells::of_purchases(&SummaryState::new(&log)?, day(100), definition)?;
    /// let rates = PeriodRates::of_spells(&spells, day(10), day(60))?;
    /// assert_eq!((rates.at_start(), rates.lost(), rates.won()), (2, 1, 1));
    /// assert_eq!(rates.flows(), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_spells(spells: &Spells, from: NaiveDate, to: NaiveDate) -> Result<Self> {
        let mut rates = Self::empty(spells, from, to)?;
        for customer in spells.customers().numbers() {
            rates.count(spells, customer);
        }
        Ok(rates)
    }

    fn empty(spells: &Spells, from: NaiveDate, to: NaiveDate) -> Result<Self> {
        let (first, last) = (day_of_date(from), day_of_date(to));
        check_period(first, last)?;
        if last >= spells.known_until() {
            let known = date_of_day(spells.known_until()).unwrap_or_default();
            let expected = format!(
                "a day before {known}, the first of which nothing is certain; take an earlier period, \
                 or read newer data"
            );
            return Err(Error::parameter("to", to, expected));
        }
        Ok(Self {
            definition: *spells.definition(),
            from: first,
            to: last,
            counts: Counts::default(),
            money: None,
        })
    }

    /// Counts a customer.
    fn count(&mut self, spells: &Spells, customer: CustomerIx) -> PresenceAt {
        let mut presence = PresenceAt::default();
        let mut within = false;
        for spell in spells.of(customer) {
            presence.at_start |= spell.holds(self.from);
            presence.at_end |= spell.holds(self.to);
            presence.before |= spell.start <= self.from;
            within |= self.from < spell.start && spell.start <= self.to;
        }
        let counts = &mut self.counts;
        match (presence.at_start, presence.at_end) {
            (true, stayed) => {
                counts.at_start += 1;
                counts.lost += u64::from(!stayed);
            }
            (false, true) if presence.before => counts.returned += 1,
            (false, true) => counts.won += 1,
            (false, false) => counts.passing += u64::from(within),
        }
        presence
    }

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

/// Where a customer is on the two days.
#[derive(Default)]
struct PresenceAt {
    at_start: bool,
    at_end: bool,
    /// Was a customer on the first day or before.
    before: bool,
}

impl merge_sealed::Sealed for PeriodRates {}

impl Merge for PeriodRates {
    fn neutral(&self) -> Self {
        Self {
            counts: Counts::default(),
            money: self
                .money
                .map(|(currency, _)| (currency, RevenueFlows::default())),
            ..self.clone()
        }
    }

    /// Counts of both; the two must hold different customers.
    fn merge(mut self, other: Self) -> Result<Self> {
        let scope = |rates: &Self| {
            let currency = rates.currency().map(|currency| currency.to_string());
            (rates.definition, rates.from(), rates.to(), currency)
        };
        if scope(&self) != scope(&other) {
            return Err(Error::VersionMismatch {
                what: "definition, first day, last day and currency of the rates",
                expected: format!("{:?}", scope(&self)).into(),
                found: format!("{:?}", scope(&other)).into(),
            });
        }
        let (sum, more) = (&mut self.counts, &other.counts);
        for (part, more) in [
            (&mut sum.at_start, more.at_start),
            (&mut sum.lost, more.lost),
            (&mut sum.won, more.won),
            (&mut sum.returned, more.returned),
            (&mut sum.passing, more.passing),
        ] {
            *part = part.checked_add(more).ok_or_else(|| Error::Overflow {
                what: "more than 1.8e19 customers".into(),
            })?;
        }
        sum.check()?;
        if let (Some((_, sum)), Some((_, more))) = (&mut self.money, &other.money) {
            sum.add(more)?;
        }
        Ok(self)
    }
}

fn check_period(from: i32, to: i32) -> Result<()> {
    match (date_of_day(from), date_of_day(to)) {
        (Some(_), Some(_)) if from < to => Ok(()),
        (Some(first), Some(last)) => {
            let expected = format!("a day after the first, {first}");
            Err(Error::parameter("to", last, expected))
        }
        _ => Err(Error::parameter("from", from, "a day of the calendar")),
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
