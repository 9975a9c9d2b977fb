//! The question: how long must a customer be silent to count as lost?
//!
//! # Model
//!
//! Each customer has completed gaps, the days from one purchase to the next, and a last one that is
//! still open: of it is known only that it is longer than the silence so far. The product-limit curve
//! uses both:
//!
//! ```text
//! S(g) = Π over lengths t ≤ g of (1 - d(t) / n(t))
//!
//! d(t)   gaps that ended with a purchase after t days
//! n(t)   gaps, completed or open, of at least t days
//! ```
//!
//! S(g) is the share of purchases that no other follows within g days. With H the longest length seen,
//! calling customers lost after d days of silence has two faults:
//!
//! ```text
//! type I(d)   of those called lost, the share that buys again:    1 - S(H) / S(d)
//! type II(d)  of those lost by now, the share not called lost yet:
//!             Σ over customers silent for c < d of S(H) / S(c)  over the same sum for all
//! ```
//!
//! where S(H) / S(c) is the chance that a silence of c days is for good, that is, within H days nobody
//! comes back any more.
//!
//! # How to read it
//!
//! The curve need not come down to 0: what is left are customers who never come back, and a share
//! beyond it has no threshold. Completed gaps alone forget them, and long gaps that are still open:
//! their threshold is too low.
//!
//! # Limits
//!
//! One threshold for all does weekly and yearly buyers no justice: split them, or let each have a
//! rhythm of their own. Gaps of one customer are taken as independent; those who buy often weigh more.
//!
//! # Complexity
//!
//! One pass over the purchase days, in parallel by customers; the curve and the faults are linear in
//! the distinct lengths.
//!
//! # References
//!
//! E. L. Kaplan, P. Meier (1958), *JASA* 53, 457-481,
//! [doi](https://doi.org/10.1080/01621459.1958.10501452).

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::{definition::share, spells::purchase_days};
use crate::{Error, Result, data::day_of_date, numeric::map_chunks, value::SummaryState};

/// What products of shares may be off by: a threshold is taken where the curve comes this near.
const NEAR: f64 = 1e-12;

/// Customers whose gaps are counted together; a constant.
const CHUNK: usize = 1 << 15;
/// Lengths, in days, below which counts stand in a table: more than ten years.
const SHORT: usize = 1 << 12;

/// Completed and open gaps by length.
struct Lengths {
    short: Vec<[u64; 2]>,
    long: BTreeMap<u32, [u64; 2]>,
}

impl Lengths {
    fn new() -> Self {
        Self {
            short: vec![[0; 2]; SHORT],
            long: BTreeMap::new(),
        }
    }

    fn of(&mut self, days: u32) -> &mut [u64; 2] {
        match self.short.get_mut(days as usize) {
            Some(counts) => counts,
            None => self.long.entry(days).or_default(),
        }
    }

    /// The lengths that occur.
    fn into_counts(self) -> impl Iterator<Item = (u32, [u64; 2])> {
        let short = (0..)
            .zip(self.short)
            .filter(|(_, counts)| *counts != [0; 2]);
        short.chain(self.long)
    }
}

/// The gaps between purchases of all customers, the last one of each included.
///
/// # Example
///
/// ```
/// use custometry::{churn::PurchaseGaps, value::SummaryState};
/// use custometry::data::{Currency, Transactions, date_of_day};
///
/// let log = Transactions::builder(Currency::EUR)
///     .int_keys(&[1, 1, 1, 2, 2, 3])
///     .days(vec![0, 10, 30, 0, 10, 5])
///     .amounts(vec![100; 6])
///     .build()?;
/// let gaps = PurchaseGaps::new(&SummaryState::new(&log)?, date_of_day(60).unwrap())?;
/// assert_eq!((gaps.completed(), gaps.open()), (3, 3));
/// // Half of the gaps that ended took 10 days; but half of all purchases have no successor.
/// assert_eq!(gaps.completed_threshold(0.5)?, Some(10));
/// assert_eq!(gaps.threshold(0.5)?, Some(20));
/// assert_eq!(gaps.threshold(0.9)?, None);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PurchaseGaps {
    points: Vec<GapPoint>,
    completed: u64,
    open: u64,
}

/// A length of gaps and the curve there.
///
/// # Example
///
/// See [`PurchaseGaps::curve`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct GapPoint {
    /// The length, in days.
    pub days: u32,
    /// Gaps of at least this length.
    pub at_risk: u64,
    /// Gaps of this length that ended with a purchase.
    pub completed: u64,
    /// Customers silent for just so long.
    pub open: u64,
    /// The share of purchases that no other follows within so many days.
    pub silent: f64,
}

/// The faults of one threshold.
///
/// # Example
///
/// See [`PurchaseGaps::faults`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ThresholdFaults {
    /// Days without a purchase after which a customer is called lost.
    pub days: u32,
    /// Of those called lost, the share that buys again (type I).
    pub false_alarms: f64,
    /// Of those lost by now, the share not called lost yet (type II).
    pub missed: f64,
}

impl PurchaseGaps {
    /// The gaps up to and including a day. Customers without a purchase until then have none.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without a purchase.
    ///
    /// # Example
    ///
    /// See [`PurchaseGaps`].
    pub fn new(state: &SummaryState, as_of: NaiveDate) -> Result<Self> {
        let last_day = day_of_date(as_of);
        let parts = map_chunks(state.customers().len(), CHUNK, |range| {
            let mut lengths = Lengths::new();
            for customer in state.customers().numbers_in(range) {
                let mut last = None;
                for day in purchase_days(state, customer, as_of) {
                    if let Some(before) = last.replace(day) {
                        lengths.of(day.abs_diff(before))[0] += 1;
                    }
                }
                if let Some(last) = last {
                    lengths.of(last_day.abs_diff(last))[1] += 1;
                }
            }
            lengths
        });
        let mut lengths: BTreeMap<u32, [u64; 2]> = BTreeMap::new();
        for (days, [completed, open]) in parts.into_iter().flat_map(Lengths::into_counts) {
            let counts = lengths.entry(days).or_default();
            counts[0] += completed;
            counts[1] += open;
        }
        let total = |kind: usize| lengths.values().map(|counts| counts[kind]).sum::<u64>();
        let (completed, open) = (total(0), total(1));
        if open == 0 {
            return Err(Error::NotEnoughData {
                what: format!("customers with a purchase up to {as_of}").into(),
                needed: 1,
                found: 0,
            });
        }
        let (mut at_risk, mut silent) = (completed + open, 1.0);
        let mut points = Vec::with_capacity(lengths.len());
        for (days, [completed, open]) in lengths {
            // Written so that a curve that comes down to 0 does so exactly.
            silent *= (at_risk - completed) as f64 / at_risk as f64;
            points.push(GapPoint {
                days,
                at_risk,
                completed,
                open,
                silent,
            });
            at_risk -= completed + open;
        }
        Ok(Self {
            points,
            completed,
            open,
        })
    }

    /// The number of gaps that ended with a purchase.
    ///
    /// # Example
    ///
    /// See [`PurchaseGaps`].
    pub fn completed(&self) -> u64 {
        self.completed
    }

    /// The number of gaps that are still open: customers with a purchase.
    ///
    /// # Example
    ///
    /// See [`PurchaseGaps`].
    pub fn open(&self) -> u64 {
        self.open
    }

    /// The product-limit curve at each length that occurs.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::PurchaseGaps, value::SummaryState};
    /// # use custometry::data::{Currency, Transactions, date_of_day};
    /// # let log = Transactions::builder(Currency::EUR)
    /// #     .int_keys(&[1, 1, 2])
    /// #     .days(vec![0, 10, 0])
    /// #     .amounts(vec![100; 3])
    /// #     .build()?;
    /// let gaps = PurchaseGaps::new(&SummaryState::new(&log)?, date_of_day(15).unwrap())?;
    /// let curve: Vec<_> = gaps.curve().iter().map(|point| (point.days, point.silent)).collect();
    /// assert_eq!(curve, [(5, 1.0), (10, 0.5), (15, 0.5)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn curve(&self) -> &[GapPoint] {
        &self.points
    }

    /// The shortest length within which this share of purchases is followed by another; `None` if the
    /// curve does not come down that far.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a share that is not between 0 and 1.
    ///
    /// # Example
    ///
    /// See [`PurchaseGaps`].
    pub fn threshold(&self, followed: f64) -> Result<Option<u32>> {
        share("share of purchases", followed)?;
        let low = |point: &&GapPoint| point.silent <= 1.0 - followed + NEAR;
        Ok(self.points.iter().find(low).map(|point| point.days))
    }

    /// The same from completed gaps alone, to see how far it is too low. `None` if there are none.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a share that is not between 0 and 1.
    ///
    /// # Example
    ///
    /// See [`PurchaseGaps`].
    pub fn completed_threshold(&self, followed: f64) -> Result<Option<u32>> {
        share("share of gaps", followed)?;
        if self.completed == 0 {
            return Ok(None);
        }
        let mut ended = 0;
        let mut points = self.points.iter();
        let reached = points.find(|point| {
            ended += point.completed;
            ended as f64 / self.completed as f64 >= followed - NEAR
        });
        Ok(reached.map(|point| point.days))
    }

    /// The mean of the gaps that ended; `None` if there are none.
    pub(super) fn mean_completed(&self) -> Option<f64> {
        let days = |point: &GapPoint| u128::from(point.days) * u128::from(point.completed);
        let sum: u128 = self.points.iter().map(days).sum();
        (self.completed > 0).then(|| sum as f64 / self.completed as f64)
    }

    /// The two faults of each threshold of at least a day that makes a difference, the shortest first
    /// (the D-curve). None if nobody is lost: the longest gap of all ended with a purchase.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::PurchaseGaps, value::SummaryState};
    /// # use custometry::data::{Currency, Transactions, date_of_day};
    /// # let log = Transactions::builder(Currency::EUR)
    /// #     .int_keys(&[1, 1, 2])
    /// #     .days(vec![0, 10, 0])
    /// #     .amounts(vec![100; 3])
    /// #     .build()?;
    /// let gaps = PurchaseGaps::new(&SummaryState::new(&log)?, date_of_day(15).unwrap())?;
    /// let faults = gaps.faults();
    /// // After 5 days one of two comes back, and nobody has been silent for less.
    /// assert_eq!((faults[0].days, faults[0].false_alarms), (5, 0.5));
    /// assert_eq!(faults[0].missed, 0.0);
    /// assert_eq!(gaps.cheapest(1.0, 1.0)?.unwrap().days, 10);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn faults(&self) -> Vec<ThresholdFaults> {
        let left = self.points.last().map_or(0.0, |point| point.silent);
        if left <= 0.0 {
            return Vec::new();
        }
        let lost = |point: &GapPoint| point.open as f64 * (left / point.silent);
        let all: f64 = self.points.iter().map(lost).sum();
        let mut missed = 0.0;
        let mut faults = Vec::new();
        for point in &self.points {
            if point.days >= 1 {
                faults.push(ThresholdFaults {
                    days: point.days,
                    false_alarms: 1.0 - left / point.silent,
                    missed: missed / all,
                });
            }
            // Who is silent for just so many days is called lost.
            missed += lost(point);
        }
        faults
    }

    /// The threshold with the least cost: a false alarm and a missed customer weigh as given. Of equal
    /// ones the shortest; `None` if there are no [`faults`](Self::faults).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a weight that is negative or not finite.
    ///
    /// # Example
    ///
    /// See [`faults`](Self::faults).
    pub fn cheapest(
        &self,
        false_alarm_weight: f64,
        missed_weight: f64,
    ) -> Result<Option<ThresholdFaults>> {
        for (name, weight) in [
            ("false_alarm_weight", false_alarm_weight),
            ("missed_weight", missed_weight),
        ] {
            if !(0.0..=f64::MAX).contains(&weight) {
                return Err(Error::parameter(
                    name,
                    weight,
                    "a finite number of at least 0",
                ));
            }
        }
        let scale = false_alarm_weight.max(missed_weight).max(f64::MIN_POSITIVE);
        let (alarm, miss) = (false_alarm_weight / scale, missed_weight / scale);
        let cost = |it: &ThresholdFaults| alarm * it.false_alarms + miss * it.missed;
        let faults = self.faults();
        Ok(faults
            .into_iter()
            .min_by(|one, other| cost(one).total_cmp(&cost(other))))
    }
}
