//! The base in a page.

use chrono::NaiveDate;
use serde::Serialize;

use super::{Absence, Chapter, Gate, Overview};
use crate::{
    data::{ContactStatus, Estimate, MinorUnits},
    migration::Growth,
    value::BridgeLine,
};

/// The base of customers in a page. What rests on a chapter that is not there is none.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, overview::{OverviewInputs, OverviewParams}, simulate::PurchaseLogParams};
/// let log = PurchaseLogParams::default().customers(600).generate()?.transactions;
/// let inputs = OverviewInputs::new().transactions(&log);
/// let overview = OverviewParams::default().fit(&inputs, date_of_day(10_407).unwrap())?;
/// let page = overview.summary();
/// assert_eq!(page.active.unwrap() + page.lost.unwrap(), page.customers.unwrap());
/// assert!(page.top_decile_share.unwrap() > 0.1);
/// assert!(page.gates.iter().any(|gate| gate.statement.contains("days")));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OverviewSummary {
    /// The last day that counts.
    pub as_of: NaiveDate,
    /// The currency of all money.
    pub currency: Option<String>,
    /// Keys that are customers, with a purchase or without.
    pub known: usize,
    /// Customers with a purchase up to the day.
    pub customers: Option<usize>,
    /// Those of them who are not lost on the day.
    pub active: Option<usize>,
    /// The others.
    pub lost: Option<usize>,
    /// Who bought for the first time in the closing period of the bridge.
    pub new: Option<u64>,
    /// Who bought in its opening period and no more.
    pub gone: Option<u64>,
    /// All money up to the day, net of refunds, in minor units.
    pub revenue: Option<MinorUnits>,
    /// The share of customers with two purchase days or more.
    pub repeat_rate: Option<f64>,
    /// The periods of the bridge.
    pub periods: Option<[NaiveDate; 4]>,
    /// From the money of one period to that of the next.
    pub bridge: Option<BridgeLine>,
    /// How unevenly net sales are spread over customers: 0 if evenly, near 1 if all is one's.
    pub gini: Option<f64>,
    /// The share of net sales that the best tenth of the customers makes.
    pub top_decile_share: Option<f64>,
    /// The customers lost in the last full month, of those there at its start.
    pub monthly_churn: Option<Estimate>,
    /// That month: its first day less one, and its last.
    pub churn_month: Option<[NaiveDate; 2]>,
    /// Customers who are to be expected to go quiet, within the days of the risk.
    pub expected_quiet: Option<f64>,
    /// The worth of all customers, in units of currency.
    pub worth: Option<f64>,
    /// How sure that is; none where the models have no errors.
    pub worth_interval: Option<Estimate>,
    /// The segment that grew most.
    pub fastest_growing: Option<SegmentGrowth>,
    /// The segment that shrank most.
    pub fastest_shrinking: Option<SegmentGrowth>,
    /// Who may be contacted.
    pub contact: ContactCounts,
    /// What speaks against the figures.
    pub gates: Vec<Gate>,
    /// Chapters that are not there, and why.
    pub absent: Vec<(&'static str, Absence)>,
}

/// How a segment grew.
///
/// # Example
///
/// See [`OverviewSummary`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SegmentGrowth {
    /// The segment.
    pub segment: String,
    /// Its customers on the first day of the moves.
    pub opening: u64,
    /// And on the last.
    pub closing: u64,
    /// The change over the opening; none from nobody.
    pub rate: Option<f64>,
    /// The probability of chance changes as large.
    pub p: f64,
}

/// Who may be contacted.
///
/// # Example
///
/// See [`OverviewSummary`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ContactCounts {
    /// Customers who agreed.
    pub allowed: usize,
    /// Customers who refused.
    pub refused: usize,
    /// Customers of whom nothing is known: that is no permission.
    pub unknown: usize,
    /// Keys with a status that are no customer's.
    pub strangers: usize,
}

impl SegmentGrowth {
    fn new(growth: &Growth) -> Self {
        Self {
            segment: growth.state.name.clone(),
            opening: growth.opening,
            closing: growth.closing,
            rate: growth.rate,
            p: growth.p,
        }
    }
}

impl Overview {
    /// The base in a page.
    ///
    /// # Example
    ///
    /// See [`OverviewSummary`].
    pub fn summary(&self) -> OverviewSummary {
        let base = self.figures.told();
        let bridge = self.bridge.told();
        let churn = self.churn.told();
        let month = churn.and_then(|churn| churn.months.last());
        let sales = self
            .profit
            .told()
            .and_then(|profit| profit.concentration().ok());
        let worth = self.worth.told();
        let moves = self.migration.told();
        let growth = |of: Option<&Growth>| of.map(SegmentGrowth::new);
        let customers = base.map(|base| base.customers);
        let active = churn.map(|churn| churn.active);
        OverviewSummary {
            as_of: self.as_of(),
            currency: (self.summary.as_ref()).map(|summary| summary.currency().code().to_owned()),
            known: self.keys.customers().len(),
            customers,
            active,
            lost: customers.zip(active).map(|(all, active)| all - active),
            new: bridge.map(|of| of.total.customers.new),
            gone: bridge.map(|of| of.total.customers.lost),
            revenue: base.map(|base| base.revenue),
            repeat_rate: base.and_then(|base| base.repeat_rate),
            periods: bridge.map(|of| {
                let (opening, closing) = (of.opening, of.closing);
                [
                    opening.first(),
                    opening.last(),
                    closing.first(),
                    closing.last(),
                ]
            }),
            bridge: bridge.map(|of| of.total.clone()),
            gini: sales.as_ref().and_then(|sales| sales.gini().ok()),
            top_decile_share: sales
                .as_ref()
                .and_then(|sales| sales.share_of_top(0.1).ok()),
            monthly_churn: month.and_then(|month| month.logo_churn(self.level).ok()),
            churn_month: month.map(|month| [month.from(), month.to()]),
            expected_quiet: self.risk.told().map(|risk| risk.expected_quiet),
            worth: worth.map(|worth| worth.total),
            worth_interval: worth.and_then(|worth| worth.total_interval),
            fastest_growing: growth(moves.and_then(|moves| moves.fastest_growing.as_ref())),
            fastest_shrinking: growth(moves.and_then(|moves| moves.fastest_shrinking.as_ref())),
            contact: self.contact_counts(),
            gates: self.gates(),
            absent: self.absent(),
        }
    }

    fn contact_counts(&self) -> ContactCounts {
        let mut counts = ContactCounts {
            strangers: self.strangers,
            ..ContactCounts::default()
        };
        for customer in self.keys.customers().numbers() {
            match self.contact_of(customer) {
                ContactStatus::Allowed => counts.allowed += 1,
                ContactStatus::Refused => counts.refused += 1,
                ContactStatus::Unknown => counts.unknown += 1,
            }
        }
        counts
    }

    /// Chapters that are not there.
    fn absent(&self) -> Vec<(&'static str, Absence)> {
        fn of<T>(name: &'static str, chapter: &Chapter<T>) -> Option<(&'static str, Absence)> {
            chapter.absence().map(|absence| (name, absence.clone()))
        }
        let all = [
            of("base", &self.figures),
            of("identity", &self.identity),
            of("segments", &self.segments),
            of("worth", &self.worth),
            of("bridge", &self.bridge),
            of("profit", &self.profit),
            of("cohorts", &self.cohorts),
            of("kinds", &self.kinds),
            of("migration", &self.migration),
            of("churn", &self.churn),
            of("risk", &self.risk),
        ];
        all.into_iter().flatten().collect()
    }
}
