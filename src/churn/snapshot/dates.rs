//! On which days to look at a customer.

use chrono::{Datelike, Months};
use serde::{Deserialize, Serialize};

use crate::{
    Error, Result,
    churn::{ChurnDefinition, Spell},
    data::{Window, date_of_day, day_of_date},
};

/// How long a contract runs until it is renewed or ends.
///
/// # Example
///
/// ```
/// use custometry::{churn::{RenewalCycle, SnapshotPlan}, data::{Window, date_of_day}};
///
/// let year = Window::new(date_of_day(0).unwrap(), date_of_day(364).unwrap())?;
/// let monthly = SnapshotPlan::renewals(RenewalCycle::Months(1), 7, year);
/// assert_ne!(monthly, SnapshotPlan::renewals(RenewalCycle::Days(30), 7, year));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RenewalCycle {
    /// So many days.
    Days(u32),
    /// So many calendar months, to the same day of the month as the start, or the last day of the
    /// month where it is too short.
    Months(u32),
}

impl RenewalCycle {
    /// The day after so many cycles from a day; `None` past the calendar.
    fn after(self, start: i32, cycles: u32) -> Option<i32> {
        match self {
            Self::Days(days) => {
                let day = i64::from(start) + i64::from(days) * i64::from(cycles);
                let day = i32::try_from(day).ok()?;
                date_of_day(day).map(|_| day)
            }
            Self::Months(months) => {
                let months = Months::new(months.checked_mul(cycles)?);
                let date = date_of_day(start)?.checked_add_months(months)?;
                Some(day_of_date(date))
            }
        }
    }

    /// The least days that it can have.
    pub(super) fn shortest(self) -> i64 {
        match self {
            Self::Days(days) => i64::from(days),
            // A day that a month does not have moves to its last: no month is shorter than 28 days,
            // nor twelve than 365.
            Self::Months(months) => i64::from(months / 12) * 365 + i64::from(months % 12) * 28,
        }
    }

    /// The fewest cycles after which it is a day or later; `None` past the calendar.
    fn until(self, start: i32, day: i64) -> Option<u32> {
        let low = match self {
            Self::Days(days) => (day - i64::from(start)).div_euclid(i64::from(days.max(1))),
            Self::Months(months) => {
                let month = |day: i32| {
                    let date = date_of_day(day)?;
                    Some(i64::from(date.year()) * 12 + i64::from(date.month0()))
                };
                let apart = month(i32::try_from(day).ok()?)? - month(start)?;
                apart.div_euclid(i64::from(months.max(1)))
            }
        };
        // What is below is too few by one cycle at most.
        let low = u32::try_from(low.max(0)).ok()?;
        let reached = i64::from(self.after(start, low)?) >= day;
        Some(if reached { low } else { low + 1 })
    }
}

/// Days before the renewals of each customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Renewals {
    pub(super) cycle: RenewalCycle,
    /// Days from the snapshot to the renewal.
    pub(super) lead_time: u32,
    /// The first and the last day on which there may be a snapshot.
    pub(super) within: Window,
}

/// More periods than that are an error of units.
const MOST_PERIODS: i64 = 1 << 16;

impl Renewals {
    pub(super) fn first(&self) -> i32 {
        day_of_date(self.within.first())
    }

    pub(super) fn last(&self) -> i32 {
        day_of_date(self.within.last())
    }

    /// The days of snapshots on which a customer of this spell was one the day before, ascending.
    pub(super) fn days_of(&self, spell: &Spell, known_until: i32) -> impl Iterator<Item = i32> {
        let lead_time = i64::from(self.lead_time);
        let start = spell.start;
        let first = i64::from(self.first()).max(i64::from(start) + 1);
        let last = i64::from(self.last().min(spell.end.unwrap_or(known_until)));
        let renewals = Some(first + lead_time)
            .filter(|_| first <= last)
            .and_then(|renewal| self.cycle.until(start, renewal))
            .map(|cycles| cycles.max(1)..);
        let cycle = self.cycle;
        renewals
            .into_iter()
            .flatten()
            .map_while(move |cycles| cycle.after(start, cycles))
            .map(move |renewal| i64::from(renewal) - lead_time)
            .take_while(move |&day| day <= last)
            .filter_map(|day| i32::try_from(day).ok())
    }

    /// The first days of the cycles from the first day on.
    fn periods(&self) -> Vec<i32> {
        let (first, last) = (self.first(), self.last());
        let starts = (0..).map_while(|cycles| self.cycle.after(first, cycles));
        starts.take_while(|&day| day <= last).collect()
    }

    fn check(&self, gap: u32, horizon: u32) -> Result<()> {
        let days = self.cycle.shortest();
        let (RenewalCycle::Days(length) | RenewalCycle::Months(length)) = self.cycle;
        if length == 0 {
            let expected = "1 day or 1 month or more";
            return Err(Error::parameter("renewal cycle", length, expected));
        }
        if i64::from(self.within.days()) > days * MOST_PERIODS {
            let expected = "65536 cycles or fewer within the dates; shorten them";
            return Err(Error::parameter("renewal cycle", length, expected));
        }
        let after = u64::from(gap) + u64::from(horizon);
        if self.lead_time < gap || u64::from(self.lead_time) >= after {
            let expected = format!(
                "{gap} days or more and less than {after}, so that the outcome window has the \
                 renewal in it; change it, the gap or the horizon"
            );
            return Err(Error::parameter("lead_time", self.lead_time, expected));
        }
        Ok(())
    }

    /// `Ok` if who does not renew leaves within the outcome window, and has no row before the renewal
    /// that would have come next.
    fn check_definition(&self, definition: ChurnDefinition, gap: u32, horizon: u32) -> Result<()> {
        let ChurnDefinition::Lapsed { grace_days } = definition else {
            return Ok(());
        };
        // From the snapshot to the day on which who does not renew is no customer any more.
        let lapse = i64::from(self.lead_time) + i64::from(grace_days);
        if lapse >= i64::from(gap) + i64::from(horizon) {
            let least = lapse - i64::from(gap) + 1;
            let expected = format!(
                "{least} days or more: of spells with a grace of {grace_days} days, who does not \
                 renew leaves {lapse} days after the snapshot, and the outcome window must hold that \
                 day"
            );
            return Err(Error::parameter("horizon", horizon, expected));
        }
        let shortest = self.cycle.shortest();
        if grace_days > 0 && lapse >= shortest {
            let expected = format!(
                "together with the grace of {grace_days} days less than a cycle, {shortest} days: \
                 else the snapshot before the next renewal sees those who did not renew while they \
                 still count; shorten the lead time, or the grace of the spells"
            );
            return Err(Error::parameter("lead_time", self.lead_time, expected));
        }
        Ok(())
    }
}

/// On which days there are snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Dates {
    /// The same for all customers.
    Days(Vec<i32>),
    /// Each customer's own.
    Renewals(Renewals),
}

impl Dates {
    /// The dates, or the first days of the cycles of renewals, counted from the first date.
    pub(super) fn periods(&self) -> Vec<i32> {
        match self {
            Self::Days(days) => days.clone(),
            Self::Renewals(renewals) => renewals.periods(),
        }
    }

    pub(super) fn check(&self, gap: u32, horizon: u32) -> Result<()> {
        let days = match self {
            Self::Days(days) => days,
            Self::Renewals(renewals) => return renewals.check(gap, horizon),
        };
        if days.is_empty() {
            return Err(Error::NotEnoughData {
                what: "dates of snapshots".into(),
                needed: 1,
                found: 0,
            });
        }
        if let Some(row) = days.iter().position(|&day| date_of_day(day).is_none()) {
            let reason = format!("day {} is outside the calendar", days[row]);
            return Err(Error::value("date", row, reason));
        }
        if let Some(row) = days.windows(2).position(|two| two[0] >= two[1]) {
            let reason = "not after the date before it; give each date once, in order";
            return Err(Error::value("date", row + 1, reason));
        }
        Ok(())
    }

    /// `Ok` if the outcome window holds what it is there to hold, under this definition of churn.
    pub(super) fn check_definition(
        &self,
        definition: ChurnDefinition,
        gap: u32,
        horizon: u32,
    ) -> Result<()> {
        match self {
            Self::Days(_) => Ok(()),
            Self::Renewals(renewals) => renewals.check_definition(definition, gap, horizon),
        }
    }

    /// `Ok` if all is known of the day before each snapshot.
    pub(super) fn check_known(&self, known_until: i32) -> Result<()> {
        match self {
            Self::Days(days) => {
                let Some(row) = days.iter().position(|&day| day > known_until) else {
                    return Ok(());
                };
                let reason = format!(
                    "day {} is after day {known_until}, the first that the data do not cover; take \
                     it out",
                    days[row]
                );
                Err(Error::value("date", row, reason))
            }
            Self::Renewals(renewals) if renewals.last() > known_until => {
                let expected = format!(
                    "day {known_until} at the latest, the first that the data do not cover"
                );
                Err(Error::parameter(
                    "last day of renewals",
                    renewals.last(),
                    expected,
                ))
            }
            Self::Renewals(_) => Ok(()),
        }
    }
}
