//! How an overview is made.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{ChapterKind, IdentityParams, Overview, OverviewInputs, OverviewState};
use crate::{
    Error, Observer, Result,
    churn::{ChurnModelParams, LogisticParams, MissingRows},
    data::{Days, DiscountRate, TimeUnit, Window},
    value::{BridgeParams, CohortPeriod, RfmParams},
};

/// How an overview is made. The defaults run the whole road; each room keeps its own parameters.
///
/// # Example
///
/// ```
/// use custometry::{data::Days, overview::OverviewParams, simulate::PurchaseLogParams};
///
/// let made = PurchaseLogParams::default().customers(500).generate()?;
/// let inputs = custometry::overview::OverviewInputs::new().transactions(&made.transactions);
/// let as_of = custometry::data::date_of_day(10_407).unwrap();
/// let params = OverviewParams::default().margin(0.4).horizon(Days(180.0)).seed(7);
/// let overview = params.fit(&inputs, as_of)?;
/// assert_eq!(overview.customers().len(), 500);
/// assert!(overview.worth().told().unwrap().total > 0.0);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OverviewParams {
    pub(super) seed: u64,
    pub(super) level: f64,
    pub(super) left_out: BTreeSet<ChapterKind>,
    pub(super) identity: IdentityParams,
    pub(super) rfm: RfmParams,
    pub(super) unit: TimeUnit,
    pub(super) margin: f64,
    pub(super) discount: Option<DiscountRate>,
    pub(super) horizon: f64,
    pub(super) silence: f64,
    pub(super) bridge: Option<(Window, Window)>,
    pub(super) cohorts: CohortPeriod,
    pub(super) most_kinds: usize,
    pub(super) quarters: usize,
    pub(super) quiet_after: Option<u32>,
    pub(super) risk: ChurnModelParams,
    pub(super) sample: usize,
}

impl Default for OverviewParams {
    fn default() -> Self {
        // Nobody is left out for a mean gap that is not known yet.
        let logistic = LogisticParams::default().missing(MissingRows::Indicate);
        Self {
            seed: 0,
            level: 0.95,
            left_out: BTreeSet::new(),
            identity: IdentityParams::default(),
            rfm: RfmParams::default(),
            unit: TimeUnit::Weeks,
            margin: 0.3,
            discount: None,
            horizon: 365.0,
            silence: 0.5,
            bridge: None,
            cohorts: CohortPeriod::Month,
            most_kinds: 6,
            quarters: 8,
            quiet_after: None,
            risk: ChurnModelParams::default().logistic(logistic),
            sample: 20_000,
        }
    }
}

impl OverviewParams {
    /// The seed of all that the rooms draw: samples, starts and folds; 0 by default.
    ///
    /// # Example
    ///
    /// See [`OverviewParams`].
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How sure intervals are; 0.95 by default.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::overview::OverviewParams;
    /// assert_ne!(OverviewParams::default().level(0.8), OverviewParams::default());
    /// ```
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// Leaves out a chapter.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, overview::{Absence, ChapterKind, OverviewInputs, OverviewParams}};
    /// let log = Transactions::builder(Currency::EUR).int_keys(&[1]).days(vec![0]).amounts(vec![900]).build()?;
    /// let params = OverviewParams::default().without(ChapterKind::Profit);
    /// let overview = params.fit(&OverviewInputs::new().transactions(&log), date_of_day(90).unwrap())?;
    /// assert_eq!(overview.profit().absence(), Some(&Absence::LeftOut));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn without(mut self, chapter: ChapterKind) -> Self {
        self.left_out.insert(chapter);
        self
    }

    /// How people are resolved.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::overview::{IdentityParams, OverviewParams};
    /// let params = OverviewParams::default().identity(IdentityParams::default());
    /// assert_eq!(params, OverviewParams::default());
    /// ```
    pub fn identity(mut self, params: IdentityParams) -> Self {
        self.identity = params;
        self
    }

    /// How recency, frequency and money are scored.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{overview::OverviewParams, value::RfmParams};
    /// let params = OverviewParams::default().rfm(RfmParams::default().bins(4, 4, 4));
    /// assert_ne!(params, OverviewParams::default());
    /// ```
    pub fn rfm(mut self, params: RfmParams) -> Self {
        self.rfm = params;
        self
    }

    /// The unit in which purchase models tell time; weeks by default.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::TimeUnit, overview::OverviewParams};
    /// assert_ne!(OverviewParams::default().unit(TimeUnit::Days), OverviewParams::default());
    /// ```
    pub fn unit(mut self, unit: TimeUnit) -> Self {
        self.unit = unit;
        self
    }

    /// The margin, as a share of revenue; 0.3 by default.
    ///
    /// # Example
    ///
    /// See [`OverviewParams`].
    pub fn margin(mut self, margin: f64) -> Self {
        self.margin = margin;
        self
    }

    /// What money loses in worth by coming later; 15 % a year by default.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::DiscountRate, overview::OverviewParams};
    /// let params = OverviewParams::default().discount(DiscountRate::annual(0.08)?);
    /// assert_ne!(params, OverviewParams::default());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn discount(mut self, rate: DiscountRate) -> Self {
        self.discount = Some(rate);
        self
    }

    /// How far ahead worth is told; a year by default.
    ///
    /// # Example
    ///
    /// See [`OverviewParams`].
    pub fn horizon(mut self, horizon: Days) -> Self {
        self.horizon = horizon.0;
        self
    }

    /// P(alive) below which a silent customer counts as lost; 0.5 by default.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::overview::OverviewParams;
    /// assert_ne!(OverviewParams::default().silence(0.3), OverviewParams::default());
    /// ```
    pub fn silence(mut self, threshold: f64) -> Self {
        self.silence = threshold;
        self
    }

    /// The two periods that the bridge leads between; by default the year up to the day and the one
    /// before, or halves of the time since the first purchase where that is less.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Window, date_of_day}, overview::OverviewParams};
    /// let day = |d| date_of_day(d).unwrap();
    /// let params = OverviewParams::default().bridge(Window::new(day(0), day(29))?, Window::new(day(30), day(59))?);
    /// assert_ne!(params, OverviewParams::default());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn bridge(mut self, opening: Window, closing: Window) -> Self {
        self.bridge = Some((opening, closing));
        self
    }

    /// The periods by which customers are told apart by their first purchase; months by default.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{overview::OverviewParams, value::CohortPeriod};
    /// assert_ne!(OverviewParams::default().cohorts(CohortPeriod::Year), OverviewParams::default());
    /// ```
    pub fn cohorts(mut self, period: CohortPeriod) -> Self {
        self.cohorts = period;
        self
    }

    /// The most kinds of customers that are looked for; 6 by default.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::overview::OverviewParams;
    /// assert_ne!(OverviewParams::default().most_kinds(4), OverviewParams::default());
    /// ```
    pub fn most_kinds(mut self, most: usize) -> Self {
        self.most_kinds = most;
        self
    }

    /// The most quarters that moves are told of; 8 by default.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::overview::OverviewParams;
    /// assert_ne!(OverviewParams::default().quarters(4), OverviewParams::default());
    /// ```
    pub fn quarters(mut self, most: usize) -> Self {
        self.quarters = most;
        self
    }

    /// After how many days of silence a customer counts as lost; by default the limit with the fewest
    /// faults is found ([`PurchaseGaps::cheapest`](crate::churn::PurchaseGaps::cheapest)).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::overview::OverviewParams;
    /// assert_ne!(OverviewParams::default().quiet_after(90), OverviewParams::default());
    /// ```
    pub fn quiet_after(mut self, days: u32) -> Self {
        self.quiet_after = Some(days);
        self
    }

    /// How it is learned who goes quiet.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::ChurnModelParams, overview::OverviewParams};
    /// assert_ne!(OverviewParams::default().risk(ChurnModelParams::default()), OverviewParams::default());
    /// ```
    pub fn risk(mut self, params: ChurnModelParams) -> Self {
        self.risk = params;
        self
    }

    /// Of how many customers what is learned is learned, where there are more: which purchase model fits,
    /// what goes with leaving, who goes quiet, how many kinds there are; 20,000 by default. They are drawn by
    /// their keys, from those with a purchase. What is told of customers and of all of them is always told of all of them.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::overview::OverviewParams;
    /// assert_ne!(OverviewParams::default().sample(50_000), OverviewParams::default());
    /// ```
    pub fn sample(mut self, customers: usize) -> Self {
        self.sample = customers;
        self
    }

    /// The overview as of the end of a day.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a parameter out of its range, for periods and earlier segments of days
    /// after the day, and for keys of the transactions that are those of two people;
    /// [`Error::LengthMismatch`] for earlier segments of another number of customers; [`Error::VersionMismatch`]
    /// for keys of another kind; [`Error::Overflow`] for money past `i64`. What the data do not admit is no error:
    /// the chapter says why it is not there.
    ///
    /// # Example
    ///
    /// See [`OverviewParams`].
    pub fn fit(&self, inputs: &OverviewInputs<'_>, as_of: NaiveDate) -> Result<Overview> {
        self.fit_observed(inputs, as_of, &mut ())
    }

    /// [`fit`](Self::fit), watched.
    ///
    /// # Errors
    ///
    /// Those of [`fit`](Self::fit); [`Error::Cancelled`] if the observer asks to stop.
    ///
    /// # Example
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use custometry::{ErrorKind, Progress, data::*, overview::{OverviewInputs, OverviewParams}};
    /// let log = Transactions::builder(Currency::EUR).int_keys(&[1]).days(vec![0]).amounts(vec![900]).build()?;
    /// let inputs = OverviewInputs::new().transactions(&log);
    /// let mut stop = |_: Progress| ControlFlow::Break(());
    /// let stopped = OverviewParams::default().fit_observed(&inputs, date_of_day(90).unwrap(), &mut stop);
    /// assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Cancelled);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn fit_observed(
        &self,
        inputs: &OverviewInputs<'_>,
        as_of: NaiveDate,
        observer: &mut dyn Observer,
    ) -> Result<Overview> {
        self.check()?;
        Overview::of_inputs(self, inputs, as_of, observer)
    }

    /// The overview of a state, such as one that was merged from parts: every chapter but identity, and
    /// without events.
    ///
    /// # Errors
    ///
    /// Those of [`fit`](Self::fit).
    ///
    /// # Example
    ///
    /// See [`OverviewState`].
    pub fn fit_state(&self, state: &OverviewState) -> Result<Overview> {
        self.fit_state_observed(state, &mut ())
    }

    /// [`fit_state`](Self::fit_state), watched.
    ///
    /// # Errors
    ///
    /// Those of [`fit_observed`](Self::fit_observed).
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, overview::{OverviewParams, OverviewState}};
    /// let log = Transactions::builder(Currency::EUR).int_keys(&[1]).days(vec![0]).amounts(vec![900]).build()?;
    /// let state = OverviewState::new(&log, date_of_day(90).unwrap())?;
    /// let overview = OverviewParams::default().fit_state_observed(&state, &mut ())?;
    /// assert_eq!(overview.customers().len(), 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn fit_state_observed(
        &self,
        state: &OverviewState,
        observer: &mut dyn Observer,
    ) -> Result<Overview> {
        self.check()?;
        Overview::of_state(self, state, observer)
    }

    pub(super) fn has(&self, chapter: ChapterKind) -> bool {
        !self.left_out.contains(&chapter)
    }

    /// Nothing may be told of days that are to come.
    pub(super) fn check_day(&self, as_of: NaiveDate) -> Result<()> {
        match self.bridge {
            Some((_, closing)) if closing.last() > as_of => Err(Error::parameter(
                "closing period",
                format!("up to {}", closing.last()),
                format!("days up to {as_of}, the day of the overview"),
            )),
            _ => Ok(()),
        }
    }

    fn check(&self) -> Result<()> {
        if let Some((opening, closing)) = self.bridge {
            BridgeParams::new(opening, closing).check()?;
        }
        self.rfm.check()?;
        let open = |name, value: f64| {
            if value > 0.0 && value < 1.0 {
                return Ok(());
            }
            Err(Error::parameter(name, value, "a share between 0 and 1"))
        };
        open("level", self.level)?;
        open("silence", self.silence)?;
        if !(self.margin > 0.0 && self.margin <= 1.0) {
            let expected = "a share of revenue above 0 and up to 1, such as 0.3";
            return Err(Error::parameter("margin", self.margin, expected));
        }
        if !(self.horizon > 0.0 && self.horizon.is_finite()) {
            let expected = "a finite number of days above 0";
            return Err(Error::parameter("horizon", self.horizon, expected));
        }
        for (name, value, least) in [
            ("most kinds", self.most_kinds, 2),
            ("quarters", self.quarters, 2),
            ("sample", self.sample, 100),
        ] {
            if value < least {
                let expected = format!("{least} or more");
                return Err(Error::parameter(name, value, expected));
            }
        }
        if self.quiet_after == Some(0) {
            let expected = "1 day or more";
            return Err(Error::parameter("days of silence", 0, expected));
        }
        Ok(())
    }
}
