//! On which days to look, how far back and how far ahead.

use chrono::{FixedOffset, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{
    FeatureSet,
    dates::{Dates, RenewalCycle, Renewals},
};
use crate::{
    Error, Result,
    data::{DayBoundary, Window, date_of_day, day_of_date},
    persist::{Persist, sealed::Sealed},
};

/// On which days to look at the customers, how far back and how far ahead.
///
/// Without more said: all history is looked at, the outcome window begins on the day of the snapshot
/// and is 30 days long, every customer counts from the first day, and the features are
/// [`FeatureSet::purchases`].
///
/// # Example
///
/// ```
/// use custometry::{churn::SnapshotPlan, data::date_of_day};
///
/// let plan = SnapshotPlan::monthly(date_of_day(0).unwrap(), 3).lookback(365).gap(14).horizon(60);
/// assert_eq!(plan.days(), [0, 31, 59]);
/// let text = custometry::persist::to_json(&plan)?;
/// assert_eq!(custometry::persist::from_json::<SnapshotPlan>(&text)?, plan);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct SnapshotPlan {
    pub(super) dates: Dates,
    pub(super) lookback: Option<u32>,
    pub(super) gap: u32,
    pub(super) horizon: u32,
    pub(super) min_tenure: u32,
    pub(super) features: FeatureSet,
    pub(super) boundary: DayBoundary,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    dates: Dates,
    lookback: Option<u32>,
    gap: u32,
    horizon: u32,
    min_tenure: u32,
    features: FeatureSet,
    offset_seconds: Option<i32>,
}

impl From<SnapshotPlan> for Fields {
    fn from(plan: SnapshotPlan) -> Self {
        Self {
            dates: plan.dates,
            lookback: plan.lookback,
            gap: plan.gap,
            horizon: plan.horizon,
            min_tenure: plan.min_tenure,
            features: plan.features,
            offset_seconds: match plan.boundary {
                DayBoundary::Utc => None,
                DayBoundary::FixedOffset(offset) => Some(offset.local_minus_utc()),
            },
        }
    }
}

impl TryFrom<Fields> for SnapshotPlan {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let boundary = match fields.offset_seconds {
            None => DayBoundary::Utc,
            Some(seconds) => FixedOffset::east_opt(seconds)
                .map(DayBoundary::FixedOffset)
                .ok_or_else(|| {
                    Error::parameter("offset", seconds, "less than a day, in seconds")
                })?,
        };
        let plan = Self {
            dates: fields.dates,
            lookback: fields.lookback,
            gap: fields.gap,
            horizon: fields.horizon,
            min_tenure: fields.min_tenure,
            features: fields.features,
            boundary,
        };
        plan.check()?;
        Ok(plan)
    }
}

impl Sealed for SnapshotPlan {}

impl Persist for SnapshotPlan {
    const FORMAT: &'static str = "custometry/snapshot-plan";
    const VERSION: u32 = 1;
}

impl SnapshotPlan {
    /// A snapshot on each of these dates, which must ascend.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::SnapshotPlan, data::date_of_day};
    /// let dates = [90, 180].map(|day| date_of_day(day).unwrap());
    /// assert_eq!(SnapshotPlan::on(&dates).days(), [90, 180]);
    /// ```
    pub fn on(dates: &[NaiveDate]) -> Self {
        Self::of(Dates::Days(
            dates.iter().map(|&date| day_of_date(date)).collect(),
        ))
    }

    /// A snapshot every so many days, as many as are wanted.
    ///
    /// Every whole number of weeks keeps the day of the week. Days after the end of the calendar are
    /// left out.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::SnapshotPlan, data::date_of_day};
    /// assert_eq!(SnapshotPlan::every(28, date_of_day(90).unwrap(), 3).days(), [90, 118, 146]);
    /// ```
    pub fn every(days: u32, first: NaiveDate, count: u32) -> Self {
        let day = |at: u32| {
            let day = i64::from(day_of_date(first)) + i64::from(at) * i64::from(days);
            i32::try_from(day)
                .ok()
                .filter(|&day| date_of_day(day).is_some())
        };
        Self::of(Dates::Days((0..count).map_while(day).collect()))
    }

    /// A snapshot on the same day of each month, as many as are wanted: the last day of the month
    /// where it is too short.
    ///
    /// # Example
    ///
    /// See [`SnapshotPlan`].
    pub fn monthly(first: NaiveDate, count: u32) -> Self {
        let day = |month| {
            first
                .checked_add_months(Months::new(month))
                .map(day_of_date)
        };
        Self::of(Dates::Days((0..count).map_while(day).collect()))
    }

    /// Snapshots a lead time before each renewal of each customer, on the days of `within` only.
    ///
    /// A spell comes up for renewal each cycle from its start. The lead time is the time in days to
    /// act before a renewal, and the outcome window must hold the renewal: the lead time is the gap or
    /// more, and less than the gap and the horizon together. With a lead time of 0 the days are each
    /// cycle after the start, so that all customers are seen at the same ages.
    ///
    /// Of [spells with grace](crate::churn::Subscriptions::spells_with_grace) who does not renew leaves
    /// when the grace is over: the window must hold that day too, lead time + grace < gap + horizon.
    /// Who is within the grace is a customer, whom nothing known so far tells from one who renews late.
    /// So that no one has a row before a renewal after the one that was missed, lead time and grace
    /// together must be shorter than a cycle. [`build`](Self::build) refuses what breaks either rule.
    ///
    /// Renewals are counted from the start of the spell. Who renewed late, within the grace, goes on
    /// with the spell, but the contract may run from the later day on. From then on it ends later than
    /// the renewal that is counted, by the days of all late renewals of the spell, and may do so after
    /// the window: give the horizon as many days more. Who ends a contract then, or between two
    /// renewals, may be within the grace on the day of the next snapshot, and has a row.
    ///
    /// Where cycles differ from customer to customer, each cycle needs a plan of its own, and spells of
    /// its customers.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::{ChurnDefinition, FeatureSet, Outcome, RenewalCycle, SnapshotData, SnapshotPlan, Spell, Spells}, data::{CustomerIx, Customers, Window, date_of_day}};
    ///
    /// let (customers, _) = Customers::from_texts(&["ann", "bob"])?;
    /// let spell = |who, start, end| (CustomerIx(who), Spell { start, end, cause: None });
    /// let definition = ChurnDefinition::Contractual { allowed_gap_days: 0 };
    /// let spells = Spells::new(definition, customers, 200, &[""; 0], &[spell(0, 10, None), spell(1, 25, Some(85))])?;
    ///
    /// let within = Window::new(date_of_day(0).unwrap(), date_of_day(150).unwrap())?;
    /// let plan = SnapshotPlan::renewals(RenewalCycle::Days(30), 7, within).features(FeatureSet::new(vec![])?);
    /// let snapshots = plan.build(&SnapshotData::new(&spells))?;
    /// // Ann renews on days 40, 70, 100 and 130; Bob on day 55, and on day 85 he does not.
    /// assert_eq!(snapshots.days(), [33, 63, 93, 123, 48, 78]);
    /// assert_eq!(snapshots.outcomes()[5], Outcome::Churned { cause: None, at: 85 });
    /// # Ok::<(), custometry::Error>(())
    /// ```
    ///
    /// With a grace of 10 days who does not renew on day 60 leaves on day 70:
    ///
    /// ```
    /// # use custometry::{churn::{FeatureSet, Outcome, RenewalCycle, SnapshotData, SnapshotPlan, Subscriptions}, data::{Currency, Window, date_of_day}};
    /// # let day = |day| date_of_day(day).unwrap();
    /// let book = Subscriptions::builder(Currency::EUR)
    ///     .text_keys(&["ann"])
    ///     .starts(vec![0])
    ///     .ends(vec![Some(60)])
    ///     .monthly_money(vec![900])
    ///     .known_until(day(400))
    ///     .build()?;
    /// let spells = book.spells_with_grace(10)?;
    /// let plan = SnapshotPlan::renewals(RenewalCycle::Days(30), 7, Window::new(day(0), day(300))?);
    /// let plan = plan.features(FeatureSet::new(vec![])?);
    /// let snapshots = plan.build(&SnapshotData::new(&spells))?;
    /// assert_eq!(snapshots.days(), [23, 53]);
    /// let churned = Outcome::Churned { cause: None, at: 70 };
    /// assert_eq!(snapshots.outcomes(), [Outcome::Retained, churned]);
    /// // A window of 17 days would end before.
    /// assert!(plan.horizon(17).build(&SnapshotData::new(&spells)).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn renewals(cycle: RenewalCycle, lead_time: u32, within: Window) -> Self {
        Self::of(Dates::Renewals(Renewals {
            cycle,
            lead_time,
            within,
        }))
    }

    fn of(dates: Dates) -> Self {
        Self {
            dates,
            lookback: None,
            gap: 0,
            horizon: 30,
            min_tenure: 0,
            features: FeatureSet::default(),
            boundary: DayBoundary::Utc,
        }
    }

    /// How many days before the snapshot the features see; all history if not set.
    ///
    /// # Example
    ///
    /// See [`SnapshotPlan`].
    pub fn lookback(mut self, days: u32) -> Self {
        self.lookback = Some(days);
        self
    }

    /// Days between the snapshot and the outcome window: the time it takes to act.
    ///
    /// # Example
    ///
    /// See [`SnapshotPlan`].
    pub fn gap(mut self, days: u32) -> Self {
        self.gap = days;
        self
    }

    /// The length of the outcome window in days, 1 or more.
    ///
    /// # Example
    ///
    /// See [`SnapshotPlan`].
    pub fn horizon(mut self, days: u32) -> Self {
        self.horizon = days;
        self
    }

    /// How many days one must have been a customer to have a row.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::SnapshotPlan, data::date_of_day};
    /// let plan = SnapshotPlan::on(&[date_of_day(90).unwrap()]).min_tenure(60);
    /// assert_ne!(plan, plan.clone().min_tenure(61));
    /// ```
    pub fn min_tenure(mut self, days: u32) -> Self {
        self.min_tenure = days;
        self
    }

    /// The features.
    ///
    /// # Example
    ///
    /// See the [snapshots](super::Snapshots).
    pub fn features(mut self, features: FeatureSet) -> Self {
        self.features = features;
        self
    }

    /// Where the days of events end; by default at midnight UTC.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{churn::SnapshotPlan, data::{DayBoundary, date_of_day}};
    /// let plan = SnapshotPlan::on(&[date_of_day(90).unwrap()]);
    /// assert_eq!(plan.clone().day_boundary(DayBoundary::Utc), plan);
    /// ```
    pub fn day_boundary(mut self, boundary: DayBoundary) -> Self {
        self.boundary = boundary;
        self
    }

    /// The days of the snapshots, counted from 1970-01-01; empty where each customer has days of their
    /// own.
    ///
    /// # Example
    ///
    /// See [`SnapshotPlan`].
    pub fn days(&self) -> &[i32] {
        match &self.dates {
            Dates::Days(days) => days,
            Dates::Renewals(_) => &[],
        }
    }

    /// The days between a snapshot and its outcome window, and the length of that.
    pub(in crate::churn) fn window(&self) -> (u32, u32) {
        (self.gap, self.horizon)
    }

    /// The plan with a snapshot on each of these dates instead.
    pub(in crate::churn) fn with_dates(&self, dates: &[NaiveDate]) -> Self {
        Self {
            dates: Self::on(dates).dates,
            ..self.clone()
        }
    }

    /// The first day after the outcome window of a snapshot.
    pub(super) fn window_end(&self, day: i32) -> i64 {
        i64::from(day) + i64::from(self.gap) + i64::from(self.horizon)
    }

    pub(super) fn check(&self) -> Result<()> {
        self.dates.check(self.gap, self.horizon)?;
        for (name, days) in [("horizon", Some(self.horizon)), ("lookback", self.lookback)] {
            if days == Some(0) {
                return Err(Error::parameter(name, 0, "1 day or more"));
            }
        }
        for feature in self.features.as_slice() {
            let asked = self.lookback.zip(feature.reach());
            if let Some((lookback, reach)) = asked.filter(|&(days, reach)| reach > u64::from(days))
            {
                let expected = format!(
                    "at least {reach} days, which the feature {} needs",
                    feature.name()
                );
                return Err(Error::parameter("lookback", lookback, expected));
            }
        }
        Ok(())
    }
}
