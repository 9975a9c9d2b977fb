//! What it cost to win customers, and when that was earned back.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    data::{Assignments, CustomerIx, Days, DiscountRate, MinorUnits, day_of_date},
    numeric::map_chunks,
    value::{Measure, SummaryState},
};

/// What was spent to win customers, by the source that brought them.
///
/// Customers are won on the day of the first purchase and compared by age in days, so
/// that those who came late count for what they have shown: the contribution at an age
/// is an average over the customers who have come to it (Lin and others 1997,
/// doi:10.2307/2533947, for one-day intervals).
///
/// ```text
/// L(t) = Σ e^(-δu) Σ contribution at age u / customers of age u or more      over u < t
/// ```
///
/// Acquisition costs (CAC) are spend over customers won, blended: customers who would
/// have come without it are among them.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, MinorUnits, Transactions, date_of_day},
///                  value::{AcquisitionParams, LabelledState, Payback, SummaryState}};
/// let log = Transactions::builder(Currency::EUR)
///     .text_keys(&["ann", "ann", "bob"])
///     .days(vec![0, 30, 10])
///     .amounts(vec![1000, 1000, 400])
///     .costs(vec![700, 500, 300])
///     .sources(&["ad", "ad", "mail"])
///     .build()?;
/// let as_of = date_of_day(99).unwrap();
/// let sources = LabelledState::new(&log, log.sources().unwrap())?.first_labels("source", as_of)?;
/// let params = AcquisitionParams::new(as_of)
///     .spend("ad", MinorUnits(500))
///     .spend("mail", MinorUnits(150))
///     .horizon(90);
/// let acquisition = params.evaluate(&SummaryState::contribution(&log)?, &sources)?;
/// let [ad, mail] = &acquisition.sources[..] else { panic!("two sources") };
/// assert_eq!(ad.payback, Payback::After { days: 30, observed: 1 });
/// assert!((ad.ltv_to_cac.unwrap() - 8.0 / 5.0).abs() < 1e-12);
/// assert_eq!(mail.payback, Payback::NotWithin { days: 89 });
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcquisitionParams {
    as_of: NaiveDate,
    #[serde(default = "a_year")]
    horizon: u32,
    discount: Option<DiscountRate>,
    #[serde(default)]
    spend: Vec<(String, MinorUnits)>,
}

fn a_year() -> u32 {
    365
}

/// What customers cost to win and have brought, by source and together.
///
/// # Example
///
/// See [`AcquisitionParams`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Acquisition {
    /// What the money is: without costs of the rows it is revenue, and pays back sooner
    /// than it should.
    pub measure: Measure,
    /// Each source, in the order of the scheme; then sources with spend that brought
    /// nobody; then, as `None`, customers without a source if there are any.
    pub sources: Vec<AcquisitionLine>,
    /// All customers and all spend.
    pub blended: AcquisitionLine,
}

/// What the customers of one source cost to win and have brought.
///
/// # Example
///
/// See [`AcquisitionParams`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AcquisitionLine {
    /// The name of the source.
    pub source: Option<String>,
    /// The customers won up to the last day.
    pub customers: u64,
    /// What was spent.
    pub spend: MinorUnits,
    /// Spend over customers, in minor units; `None` without customers.
    pub cac: Option<f64>,
    /// What they have brought up to the last day, from the first purchase on.
    pub money: MinorUnits,
    /// L at the horizon, in minor units a customer; `None` if nobody has been observed
    /// so long.
    pub ltv: Option<f64>,
    /// The customers who have been observed over the whole horizon.
    pub observed: u64,
    /// The ratio of the two; `None` if one is missing or nothing was spent.
    pub ltv_to_cac: Option<f64>,
    /// When the costs were earned back.
    pub payback: Payback,
}

/// When acquisition costs were earned back.
///
/// # Example
///
/// See [`AcquisitionParams`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Payback {
    /// So many days after the first purchase; 0 is on its day.
    After {
        /// The age in days.
        days: u32,
        /// The customers who have been observed so long.
        observed: u64,
    },
    /// Not by the longest age observed: it may come later.
    NotWithin {
        /// That age in days.
        days: u32,
    },
    /// Nothing was spent.
    NothingSpent,
    /// Nobody was won.
    NobodyWon,
}

impl AcquisitionParams {
    /// As of the end of a day; nothing spent, a horizon of 365 days and no discount
    /// unless they are set.
    ///
    /// # Example
    ///
    /// See [`AcquisitionParams`].
    pub fn new(as_of: NaiveDate) -> Self {
        Self {
            as_of,
            horizon: a_year(),
            discount: None,
            spend: Vec::new(),
        }
    }

    /// What was spent on a source, by its name.
    ///
    /// # Example
    ///
    /// See [`AcquisitionParams`].
    pub fn spend(mut self, source: &str, spend: MinorUnits) -> Self {
        self.spend.push((source.to_owned(), spend));
        self
    }

    /// Over how many days from the first purchase, its day included, lifetime value is
    /// counted.
    ///
    /// # Example
    ///
    /// See [`AcquisitionParams`].
    pub fn horizon(mut self, days: u32) -> Self {
        self.horizon = days;
        self
    }

    /// Money is worth less the later after the first purchase it comes.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{DiscountRate, date_of_day}, value::AcquisitionParams};
    /// let params = AcquisitionParams::new(date_of_day(0).unwrap());
    /// assert_ne!(params.clone().discount(DiscountRate::annual(0.15)?), params);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn discount(mut self, rate: DiscountRate) -> Self {
        self.discount = Some(rate);
        self
    }

    fn check(&self) -> Result<()> {
        for (row, (source, spend)) in self.spend.iter().enumerate() {
            if spend.0 < 0 {
                let reason = format!("{} minor units spent on {source}", spend.0);
                return Err(Error::value("spend", row, reason));
            }
            let first = self.spend.iter().position(|(name, _)| name == source);
            if let Some(first_row) = first.filter(|first| *first != row) {
                return Err(Error::DuplicateKey {
                    key: format!("source {source}").into(),
                    first_row,
                    row,
                });
            }
        }
        if self.horizon == 0 {
            return Err(Error::parameter("horizon", 0, "at least 1 day"));
        }
        Ok(())
    }

    /// What the customers of each source cost to win and have brought. Lifetime value
    /// is of contribution if the state is, and of revenue otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless the sources are of the same customers;
    /// [`Error::InvalidValue`] for spend below 0, [`Error::DuplicateKey`] for a source
    /// with spend given twice, [`Error::InvalidParameter`] for a horizon of 0;
    /// [`Error::Overflow`] if the money of a source exceeds `i64`.
    ///
    /// # Example
    ///
    /// See [`AcquisitionParams`].
    pub fn evaluate(&self, state: &SummaryState, sources: &Assignments) -> Result<Acquisition> {
        self.check()?;
        Error::check_length("source", state.customers().len(), sources.len())?;
        let named = sources.segments().len();
        let mut members: Vec<Vec<CustomerIx>> = vec![Vec::new(); named + 1];
        for customer in state.customers().numbers() {
            members[sources.place(customer.at()).unwrap_or(named)].push(customer);
        }
        let lives = map_chunks(named + 1, 1, |group| {
            let members = group.flat_map(|group| members[group].iter().copied());
            Lives::new(state, members, self.as_of)
        });
        let all = Lives::new(state, state.customers().numbers(), self.as_of);
        let spent = |source: &str| {
            let named = self.spend.iter().find(|(name, _)| name == source);
            named.map_or(0, |(_, spend)| spend.0)
        };
        let mut lines = Vec::new();
        for (segment, lives) in sources.segments().iter().zip(&lives) {
            lines.push(self.line(Some(&segment.name), lives, spent(&segment.name).into())?);
        }
        let known = |name: &str| {
            sources
                .segments()
                .iter()
                .any(|segment| segment.name == name)
        };
        for (name, spend) in self.spend.iter().filter(|(name, _)| !known(name)) {
            lines.push(self.line(Some(name), &Lives::default(), spend.0.into())?);
        }
        if lives[named].customers > 0 {
            lines.push(self.line(None, &lives[named], 0)?);
        }
        let total = self
            .spend
            .iter()
            .map(|(_, spend)| i128::from(spend.0))
            .sum();
        Ok(Acquisition {
            measure: state.measure(),
            sources: lines,
            blended: self.line(None, &all, total)?,
        })
    }

    fn line(&self, source: Option<&str>, lives: &Lives, spend: i128) -> Result<AcquisitionLine> {
        let customers = lives.customers;
        let cac = (customers > 0).then(|| spend as f64 / customers as f64);
        let longest = u32::try_from(lives.there.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let mut payback = match cac {
            None => Payback::NobodyWon,
            Some(_) if spend == 0 => Payback::NothingSpent,
            Some(_) => Payback::NotWithin { days: longest },
        };
        let (mut ltv, mut observed) = (None, 0);
        let mut brought = 0.0;
        for (days, (&money, &there)) in (0u32..).zip(lives.money.iter().zip(&lives.there)) {
            let factor = self
                .discount
                .map_or(1.0, |rate| rate.factor(Days(days.into())));
            brought += factor * (money as f64 / there as f64);
            let open = matches!(payback, Payback::NotWithin { .. });
            if open && cac.is_some_and(|cac| brought >= cac) {
                payback = Payback::After {
                    days,
                    observed: there,
                };
            }
            if days + 1 == self.horizon {
                (ltv, observed) = (Some(brought), there);
            }
        }
        let ratio = |(ltv, cac): (f64, f64)| (cac > 0.0).then(|| ltv / cac);
        Ok(AcquisitionLine {
            source: source.map(str::to_owned),
            customers,
            spend: MinorUnits::from_sum(spend, "all sources")?,
            cac,
            money: MinorUnits::from_sum(lives.money.iter().sum(), "a source")?,
            ltv,
            observed,
            ltv_to_cac: ltv.zip(cac).and_then(ratio),
            payback,
        })
    }
}

/// Some customers by age in days: their money, and how many have come to it.
#[derive(Debug, Default)]
struct Lives {
    customers: u64,
    money: Vec<i128>,
    there: Vec<u64>,
}

impl Lives {
    fn new(
        state: &SummaryState,
        members: impl Iterator<Item = CustomerIx>,
        as_of: NaiveDate,
    ) -> Self {
        let as_of = day_of_date(as_of);
        let mut lives = Self::default();
        for customer in members {
            let entries = state.table().entries(customer.at());
            let mut first = None;
            for (stamp, money) in entries.take_while(|(stamp, _)| stamp.day() <= as_of) {
                let day = stamp.day();
                if first.is_none() && stamp.purchase() {
                    let age = as_of.abs_diff(day) as usize;
                    if age >= lives.there.len() {
                        lives.there.resize(age + 1, 0);
                        lives.money.resize(age + 1, 0);
                    }
                    lives.customers += 1;
                    lives.there[age] += 1;
                    first = Some(day);
                }
                // Refunds before the first purchase are of nobody's age.
                if let Some(first) = first {
                    lives.money[first.abs_diff(day) as usize] += i128::from(money);
                }
            }
        }
        // From how many are of an age to how many have come to it.
        let mut there = 0;
        for count in lives.there.iter_mut().rev() {
            there += *count;
            *count = there;
        }
        lives
    }
}
