//! The question: what was known of each customer on a day, and what became of the customer?
//!
//! # Model
//!
//! A snapshot looks at the customers on a day s. What is before s may be used, what is from s on is
//! to be foretold:
//!
//! ```text
//!      features            too late to act        outcome window
//! [s - lookback, s)          [s, s + gap)    [s + gap, s + gap + horizon)
//! ```
//!
//! A customer has a row if the customer was one on day s - 1, the last day that may be used: whether
//! one still is on day s is not known before s. Who leaves within the gap is lost to any action and
//! neither retained nor churned ([`Outcome::LostInGap`]). Where the data end before the window does,
//! the outcome is not known ([`Outcome::Unknown`]), also of those who have left by then: of a window
//! seen in part, only they would be known. Such a row can be scored, and a survival model has it with
//! the time that was seen, but no classifier may learn from it.
//!
//! The days are the same for all customers, or each customer's own: a lead time before each renewal
//! ([`SnapshotPlan::renewals`]), where most of those with a contract decide.
//!
//! Features are made of a [`History`], which holds the rows of one customer that happened before s
//! and, where the log says when rows became known, were recorded before s. There is no way from it
//! to later rows, so that no feature can see the future; [`SnapshotPlan::audit`] shows it on the
//! data.
//!
//! # How to read it
//!
//! Rows are in the order of customers, and of dates for each. The rows of one customer depend on one
//! another: give [`Snapshots::clusters`] to whatever gives standard errors, and check a model by
//! [`Folds::forward`](crate::churn::Folds::forward) or
//! [`Folds::by_customer`](crate::churn::Folds::by_customer). Folds of rows drawn at random
//! would put the same months of the same customer on both sides, and are not offered.
//!
//! # Limits
//!
//! Spells are taken as they are. Spells whose starts and ends are found from later rows (short breaks
//! that are bridged; a rhythm that is learned from all purchases) let hindsight decide who has a row
//! at all and since when: a customer within a break has one only if the break was bridged later. Take
//! a definition that looks back only, such as inactivity, or for contracts with an allowed break
//! [`Subscriptions::spells_with_grace`](crate::churn::Subscriptions::spells_with_grace), by which a
//! customer within a break is one until it has become too long; the last days can be scored too. Those
//! of [`Subscriptions::spells`](crate::churn::Subscriptions::spells) cannot, as these spells wait until
//! the break is over. Spells do not ask when a row was recorded: who has a row, and the tenure, may rest
//! on rows that became known later.
//!
//! Renewals are counted from the start of a spell: after a late renewal that begins a new contract
//! they are earlier than that contract's own ([`SnapshotPlan::renewals`]).
//!
//! # Complexity
//!
//! O(rows of the logs) to group, unless they are by customer, and O(r log r) for the r rows of each
//! customer. The windows of all dates are found in one pass for each length; counts and sums are then
//! differences, and deviations, gaps and shares of labels a pass through the window. Grouping takes 6
//! bytes for each row of a log. In parallel by customers; the same bits for any number of
//! threads.
//!
//! # References
//!
//! Gold (2020), *Fighting Churn with Data*, Manning, chapters 4 and 7.
//! Kaufman, Rosset, Perlich and Stitelman (2012), *Leakage in data mining*, ACM TKDD 6(4),
//! doi:10.1145/2382577.2382579.

mod audit;
mod build;
mod dates;
mod feature;
mod feature_set;
mod history;
mod ledger;
mod plan;
mod rows;
mod splits;
mod track;
mod values;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ChurnDefinition, Spells};
use crate::data::{CustomerIx, Customers, Events, Features, Transactions};

pub use self::{
    audit::{Audit, Leak},
    dates::RenewalCycle,
    feature::Feature,
    feature_set::FeatureSet,
    history::History,
    plan::SnapshotPlan,
    splits::Split,
};

/// What snapshots are made of: when customers were customers, and what they did.
///
/// # Example
///
/// See [`Snapshots`].
#[derive(Debug, Clone, Copy)]
pub struct SnapshotData<'a> {
    pub(super) spells: &'a Spells,
    pub(super) transactions: Option<&'a Transactions>,
    pub(super) events: Option<&'a Events>,
}

impl<'a> SnapshotData<'a> {
    /// Spells alone.
    ///
    /// # Example
    ///
    /// See [`Snapshots`].
    pub fn new(spells: &'a Spells) -> Self {
        Self {
            spells,
            transactions: None,
            events: None,
        }
    }

    /// Purchases, of the customers of the spells.
    ///
    /// # Example
    ///
    /// See [`Snapshots`].
    pub fn transactions(mut self, log: &'a Transactions) -> Self {
        self.transactions = Some(log);
        self
    }

    /// Events, of the customers of the spells.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, Spell, Feature, FeatureSet, SnapshotData, SnapshotPlan, Spells}, data::{CustomerIx, Customers, Events, date_of_day}};
    /// let (customers, rows) = Customers::from_ints(&[7])?;
    /// let definition = ChurnDefinition::Inactivity { days: 60 };
    /// let spells = Spells::new(definition, customers.clone(), 90, &["price"], &[(rows[0], Spell { start: 0, end: None, cause: None })])?;
    /// let noon = date_of_day(5).unwrap().and_hms_opt(12, 0, 0).unwrap().and_utc();
    /// let events = Events::builder(customers, rows).at(&[noon]).kinds(&["login"]).build()?;
    ///
    /// let set = FeatureSet::new(vec![Feature::EventRecency { kind: "login".into() }])?;
    /// let plan = SnapshotPlan::on(&[date_of_day(10).unwrap()]).features(set);
    /// let snapshots = plan.build(&SnapshotData::new(&spells).events(&events))?;
    /// assert_eq!(snapshots.features().view()[[0, 0]], 5.0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn events(mut self, log: &'a Events) -> Self {
        self.events = Some(log);
        self
    }
}

/// A feature that the host computes, from what was known before the snapshot.
///
/// # Example
///
/// ```
/// use custometry::{churn::{ChurnDefinition, Spell, FeatureSet, History, HostFeature, SnapshotData, SnapshotPlan, Spells}, data::{Currency, Transactions, date_of_day}};
///
/// let log = Transactions::builder(Currency::EUR)
///     .int_keys(&[7, 7, 7]).days(vec![0, 20, 40]).amounts(vec![900, 300, 500]).build()?;
/// let definition = ChurnDefinition::Inactivity { days: 60 };
/// let spells = Spells::new(definition, log.customers().clone(), 90, &["price"], &[(log.customer()[0], Spell { start: 0, end: None, cause: None })])?;
/// let least = |known: &History<'_>| known.amounts().iter().min().map_or(f64::NAN, |&least| least as f64);
/// let plan = SnapshotPlan::on(&[10, 30].map(|day| date_of_day(day).unwrap())).features(FeatureSet::new(vec![])?);
/// let data = SnapshotData::new(&spells).transactions(&log);
/// let snapshots = plan.build_observed(&data, &[HostFeature::new("least", &least)], &mut ())?;
/// assert_eq!(snapshots.features().column("least").unwrap().to_vec(), [900.0, 300.0]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct HostFeature<'a> {
    pub(super) name: &'a str,
    pub(super) of: &'a (dyn Fn(&History<'_>) -> f64 + Sync),
}

impl fmt::Debug for HostFeature<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostFeature")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<'a> HostFeature<'a> {
    /// A feature of this name; NaN where it is missing.
    ///
    /// # Example
    ///
    /// See [`HostFeature`].
    pub fn new(name: &'a str, of: &'a (dyn Fn(&History<'_>) -> f64 + Sync)) -> Self {
        Self { name, of }
    }
}

/// What became of a customer after a snapshot.
///
/// # Example
///
/// See [`Snapshots`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Still a customer when the window was over.
    Retained,
    /// Left within the window.
    Churned {
        /// Why, a place in the causes of the spells.
        cause: Option<u32>,
        /// The first day not a customer.
        at: i32,
    },
    /// Left before the window began.
    LostInGap {
        /// Why, a place in the causes of the spells.
        cause: Option<u32>,
        /// The first day not a customer.
        at: i32,
    },
    /// The data end before the window is over.
    Unknown,
}

/// How many rows have which outcome.
///
/// # Example
///
/// See [`Snapshots`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutcomeCounts {
    /// The day of the snapshot, or the first day of the cycle.
    pub day: i32,
    /// Rows retained.
    pub retained: usize,
    /// Rows churned.
    pub churned: usize,
    /// Rows lost in the gap.
    pub lost_in_gap: usize,
    /// Rows of which it is not known.
    pub unknown: usize,
}

/// Customers on the days of a plan: features of before, outcomes of after.
///
/// # Example
///
/// ```
/// use custometry::{churn::{ChurnDefinition, Spell, Outcome, SnapshotData, SnapshotPlan, Spells}, data::{Currency, Transactions, date_of_day}};
///
/// let log = Transactions::builder(Currency::EUR)
///     .text_keys(&["ann", "bob", "ann"]).days(vec![0, 0, 20]).amounts(vec![900, 300, 500]).build()?;
/// let (ann, bob) = (log.customer()[0], log.customer()[1]);
/// let definition = ChurnDefinition::Inactivity { days: 60 };
/// let spells = Spells::new(definition, log.customers().clone(), 90, &["price"], &[(ann, Spell { start: 0, end: None, cause: None }), (bob, Spell { start: 0, end: Some(45), cause: Some(0) })])?;
///
/// let plan = SnapshotPlan::every(30, date_of_day(30).unwrap(), 3).horizon(30);
/// let snapshots = plan.build(&SnapshotData::new(&spells).transactions(&log))?;
/// // Ann on days 30, 60 and 90, Bob on day 30.
/// assert_eq!(snapshots.days(), [30, 60, 90, 30]);
/// assert_eq!(snapshots.outcomes()[3], Outcome::Churned { cause: Some(0), at: 45 });
/// assert_eq!(snapshots.outcomes()[2], Outcome::Unknown);
/// assert_eq!(snapshots.features().column("recency").unwrap().to_vec(), [10.0, 40.0, 70.0, 30.0]);
/// assert_eq!(snapshots.counts()[0].churned, 1);
/// assert_eq!(*snapshots.definition(), definition);
/// assert_eq!((snapshots.exit_days()[3], snapshots.causes()[3]), (16, 1));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone)]
pub struct Snapshots {
    plan: SnapshotPlan,
    definition: ChurnDefinition,
    keys: Customers,
    customers: Vec<CustomerIx>,
    days: Vec<i32>,
    outcomes: Vec<Outcome>,
    exit_days: Vec<i32>,
    causes: Vec<u32>,
    features: Features,
}

impl fmt::Debug for Snapshots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshots")
            .field("rows", &self.len())
            .field("plan", &self.plan)
            .finish_non_exhaustive()
    }
}

impl Snapshots {
    /// The number of rows.
    ///
    /// # Example
    ///
    /// See [`Snapshots`].
    pub fn len(&self) -> usize {
        self.days.len()
    }

    /// Whether there is no row.
    ///
    /// # Example
    ///
    /// See [`Snapshots`].
    pub fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// The plan they were made by.
    ///
    /// # Example
    ///
    /// See [`Snapshots`].
    pub fn plan(&self) -> &SnapshotPlan {
        &self.plan
    }

    /// What churn means here: the definition of the spells.
    ///
    /// # Example
    ///
    /// See [`Snapshots`].
    pub fn definition(&self) -> &ChurnDefinition {
        &self.definition
    }

    /// The customers of the spells, with and without a row.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, Spell, SnapshotData, SnapshotPlan, Spells}, data::{CustomerIx, Customers, date_of_day}};
    /// # let definition = ChurnDefinition::Inactivity { days: 60 };
    /// let (customers, rows) = Customers::from_texts(&["ann", "bob"])?;
    /// let spell = Spell { start: 0, end: None, cause: None };
    /// let spells = Spells::new(definition, customers, 90, &[""; 0], &[(rows[1], spell)])?;
    /// let plan = SnapshotPlan::on(&[date_of_day(30).unwrap()]).features(custometry::churn::FeatureSet::new(vec![])?);
    /// let snapshots = plan.build(&SnapshotData::new(&spells))?;
    /// let bob = snapshots.customers().key(snapshots.clusters()[0]);
    /// assert_eq!((snapshots.len(), bob), (1, Some("bob".into())));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers(&self) -> &Customers {
        &self.keys
    }

    /// The customer of each row: the clusters of robust standard errors.
    ///
    /// # Example
    ///
    /// See [`Snapshots`].
    pub fn clusters(&self) -> &[CustomerIx] {
        &self.customers
    }

    /// The day of the snapshot of each row.
    ///
    /// # Example
    ///
    /// See [`Snapshots`].
    pub fn days(&self) -> &[i32] {
        &self.days
    }

    /// The features, one row each; missing ones are NaN.
    ///
    /// # Example
    ///
    /// See [`Snapshots`].
    pub fn features(&self) -> &Features {
        &self.features
    }

    /// What became of each row.
    ///
    /// # Example
    ///
    /// See [`Snapshots`].
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// Days from the day before the snapshot, on which the customer was one, to the first day not a
    /// customer; of those still there to the last day that the data cover, which can be 0.
    ///
    /// # Example
    ///
    /// See [`Snapshots`].
    pub fn exit_days(&self) -> &[i32] {
        &self.exit_days
    }

    /// How that time ended: 0 if it had not ended with the data (censored), else the place of the
    /// cause in the spells and 1; one more than there are causes where it has no name.
    ///
    /// # Example
    ///
    /// See [`Snapshots`].
    pub fn causes(&self) -> &[u32] {
        &self.causes
    }

    /// How many rows of each date have which outcome. Where each customer has days of their own, they
    /// are counted by cycle, from the first day of the plan on.
    ///
    /// # Example
    ///
    /// See [`Snapshots`].
    pub fn counts(&self) -> Vec<OutcomeCounts> {
        let periods = self.plan.dates.periods();
        let of = |&day: &i32| OutcomeCounts {
            day,
            ..OutcomeCounts::default()
        };
        let mut counts: Vec<OutcomeCounts> = periods.iter().map(of).collect();
        for (&day, outcome) in self.days.iter().zip(&self.outcomes) {
            // No row is before the first period.
            let count = &mut counts[last_until(&periods, day)];
            match outcome {
                Outcome::Retained => count.retained += 1,
                Outcome::Churned { .. } => count.churned += 1,
                Outcome::LostInGap { .. } => count.lost_in_gap += 1,
                Outcome::Unknown => count.unknown += 1,
            }
        }
        counts
    }
}

/// The last of ascending days that is not after a day, or the first.
fn last_until(days: &[i32], day: i32) -> usize {
    let after = days.partition_point(|&at| at <= day);
    after.saturating_sub(1)
}
