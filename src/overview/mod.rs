//! The question: who are my best customers, who is leaving, who is growing, and what should I do on
//! Monday?
//!
//! # Model
//!
//! An overview is the road through all rooms, in one call: what a host has goes in
//! ([`OverviewInputs`]), and each chapter that can be told is ([`Overview`]). Nothing is worked out here
//! that a room does not work out; a figure of a chapter is the room's own.
//!
//! ```text
//! records of people --identity--> who is who; transactions, events, statuses of resolved customers
//! transactions --------> segments, worth, bridge, profit, cohorts, kinds, moves, churn, risk
//! segments + worth + risk + statuses --actions--> what to do with whom, and who is held out
//! ```
//!
//! A chapter without its input, or of which the data admit no answer, is a typed absence with the reason
//! ([`Chapter`]); the others are as they were.
//!
//! # How to read it
//!
//! - [`Overview::summary`]: the base in a page, with what speaks against the figures ([`Gate`]).
//! - [`Overview::customers`]: one wide table of columns in the order of the customers.
//! - [`Overview::card`]: everything about one customer, and where each thing comes from.
//! - [`Overview::actions`]: what to do with whom, ranked, only for those who may be contacted, with a
//!   part held out so that it can be measured.
//! - [`Overview::receipt`]: what it was made of. The same receipt gives the same bytes.
//!
//! # Limits
//!
//! Where there are many customers, what is *learned* (which purchase model fits, what goes with
//! leaving, who goes quiet, how many kinds there are) is learned from a sample that is drawn by keys
//! ([`OverviewParams::sample`]); what is told is told of all. Purchases are looked at by day, so that
//! an overview of a log and that of a merged state are one; they count on the day they happened, also where
//! the log knows that they became known later. The rows after the day have no say but in who the customers
//! are: whoever is in the log has a row in the table. Save rates of actions are assumptions
//! until held-out customers have shown them.
//!
//! # Complexity
//!
//! O(rows) for the state and O(customers log customers) for the rest; memory is about 1 kB a customer. The
//! same bits for any number of threads.
//!
//! # Example
//!
//! ```
//! use custometry::{
//!     data::{ContactStatus, ContactStatuses, date_of_day},
//!     overview::{ActionParams, OverviewInputs, OverviewParams},
//!     simulate::PurchaseLogParams,
//! };
//!
//! let log = PurchaseLogParams::default().customers(800).generate()?.transactions;
//! let said = log.customers().numbers().map(|customer| (customer, ContactStatus::Allowed));
//! let contact = ContactStatuses::new(log.customers(), said)?;
//! let inputs = OverviewInputs::new().transactions(&log).contact(&contact);
//! let overview = OverviewParams::default().fit(&inputs, date_of_day(10_407).unwrap())?;
//!
//! assert_eq!(overview.customers().len(), 800);
//! assert!(overview.summary().worth.unwrap() > 0.0);
//! let actions = overview.actions(&ActionParams::default().count(10).hold_out(0.2))?;
//! assert_eq!((actions.rows().len(), actions.held_out()), (10, 2));
//! # Ok::<(), custometry::Error>(())
//! ```
//!
//! # References
//!
//! P. C. Verhoef, K. N. Lemon (2013), *Successful customer value management*, European Management
//! Journal 31(1), 1-15, doi:10.1016/j.emj.2012.08.001.

mod actions;
mod card;
mod chapter;
mod churn;
mod fit;
mod gates;
mod identity;
mod inputs;
mod kinds;
mod moves;
mod over_time;
mod params;
mod receipt;
mod segments;
mod state;
mod summary;
mod table;
mod worth;

#[cfg(test)]
mod tests;

use std::fmt;

use chrono::NaiveDate;
use serde::{Serialize, Serializer, ser::SerializeStruct};

use self::actions::{ActionInputs, RiskInput};
use crate::{
    Error, Result,
    data::{ContactStatuses, CustomerIx, CustomerKey, Events},
    value::{Cohorts, ProfitBasis, ProfitLadder, Profitability, Summary},
};

pub use self::{
    actions::{
        Action, ActionCounts, ActionParams, ActionReason, ActionRow, ActionTotals, Actions, Arm,
        Arms,
    },
    card::{Card, CardChurn, CardProvenance, CardPurchases, CardSegment, CardWorth},
    chapter::{Absence, Chapter, ChapterKind},
    churn::{Churn, Driver, Drivers, Risk, RiskTest, SegmentStay, SegmentStays, Stay, StayShare},
    gates::{Gate, GateKind, GateVerdict},
    identity::{BaseFigures, FiguresInDoubt, IdentityChapter, IdentityParams},
    inputs::OverviewInputs,
    kinds::Kinds,
    moves::{Moves, MovesOrigin},
    over_time::RevenueBridge,
    params::OverviewParams,
    receipt::{InputFingerprint, Receipt},
    segments::{RfmSegments, SegmentFigures},
    state::OverviewState,
    summary::{ContactCounts, OverviewSummary, SegmentGrowth},
    table::{CustomerTable, TableColumn},
    worth::{ValueCandidate, ValueModel, Worth},
};

use self::identity::Keys;

/// The whole of what is known of the customers of a host on a day.
///
/// # Example
///
/// See the [module page](self).
#[derive(Clone, PartialEq)]
pub struct Overview {
    receipt: Receipt,
    level: f64,
    keys: Keys,
    state: Option<OverviewState>,
    summary: Option<Summary>,
    events: Option<Events>,
    contact: Option<ContactStatuses>,
    strangers: usize,
    figures: Chapter<BaseFigures>,
    identity: Chapter<IdentityChapter>,
    segments: Chapter<RfmSegments>,
    worth: Chapter<Worth>,
    bridge: Chapter<RevenueBridge>,
    profit: Chapter<Profitability>,
    cohorts: Chapter<Cohorts>,
    kinds: Chapter<Kinds>,
    migration: Chapter<Moves>,
    churn: Chapter<Churn>,
    risk: Chapter<Risk>,
}

impl fmt::Debug for Overview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overview")
            .field("as_of", &self.receipt.as_of)
            .field("customers", &self.keys.customers().len())
            .finish_non_exhaustive()
    }
}

/// The receipt, the page, the table and the chapters; the profit is that of all customers, and those of
/// each are in the table.
impl Serialize for Overview {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut all = serializer.serialize_struct("Overview", 14)?;
        all.serialize_field("receipt", &self.receipt)?;
        all.serialize_field("summary", &self.summary())?;
        all.serialize_field("customers", &self.customers())?;
        all.serialize_field("base", &self.figures)?;
        all.serialize_field("identity", &self.identity)?;
        all.serialize_field("segments", &self.segments)?;
        all.serialize_field("worth", &self.worth)?;
        all.serialize_field("bridge", &self.bridge)?;
        all.serialize_field("profit", &self.ladder())?;
        all.serialize_field("cohorts", &self.cohorts)?;
        all.serialize_field("kinds", &self.kinds)?;
        all.serialize_field("migration", &self.migration)?;
        all.serialize_field("churn", &self.churn)?;
        all.serialize_field("risk", &self.risk)?;
        all.end()
    }
}

impl Overview {
    /// The last day that counts.
    ///
    /// # Example
    ///
    /// See [`Overview::base`].
    pub fn as_of(&self) -> NaiveDate {
        self.receipt.as_of
    }

    /// What it was made of.
    ///
    /// # Example
    ///
    /// See [`Receipt`].
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// The state that it was made of, which merges with those of other shards; none without transactions. Its
    /// customers are resolved ones where there are records of people.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, overview::{OverviewInputs, OverviewParams, OverviewState}};
    /// let log = Transactions::builder(Currency::EUR).int_keys(&[1]).days(vec![0]).amounts(vec![900]).build()?;
    /// let as_of = date_of_day(90).unwrap();
    /// let overview = OverviewParams::default().fit(&OverviewInputs::new().transactions(&log), as_of)?;
    /// assert_eq!(overview.state(), Some(&OverviewState::new(&log, as_of)?));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn state(&self) -> Option<&OverviewState> {
        self.state.as_ref()
    }

    /// The purchases of each customer up to the day; none without transactions.
    ///
    /// # Example
    ///
    /// See [`Overview::base`].
    pub fn purchases(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }

    /// Customers, purchases and revenue in numbers.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, overview::{OverviewInputs, OverviewParams}};
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["ann", "bob", "ann"])
    ///     .days(vec![0, 3, 40])
    ///     .amounts(vec![2_500, 900, 3_100])
    ///     .build()?;
    /// let as_of = date_of_day(60).unwrap();
    /// let overview = OverviewParams::default().fit(&OverviewInputs::new().transactions(&log), as_of)?;
    /// let base = overview.base().told().unwrap();
    /// assert_eq!((base.customers, base.one_time, base.repeat_days), (2, 1, 1));
    /// assert_eq!(base.revenue, MinorUnits(6_500));
    /// assert_eq!(overview.as_of(), as_of);
    /// assert_eq!(overview.purchases().unwrap().frequency(), [1, 0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn base(&self) -> &Chapter<BaseFigures> {
        &self.figures
    }

    /// Who is who: how many customers there really are, and how wrong the figures are if every key is
    /// taken for one.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, identity::Records, overview::{OverviewInputs, OverviewParams}};
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["a1", "b7", "a2"])
    ///     .days(vec![0, 3, 40])
    ///     .amounts(vec![2_500, 900, 3_100])
    ///     .build()?;
    /// let records = Records::builder()
    ///     .text_keys(&["a1", "a2", "b7"])
    ///     .full_name(&["Ann Abel", "Ann Abel", "Bob Bell"])
    ///     .email(&["ann@abel.example", "ann@abel.example", "bob@bell.example"])
    ///     .build()?;
    /// let inputs = OverviewInputs::new().transactions(&log).records(&records);
    /// let overview = OverviewParams::default().fit(&inputs, date_of_day(60).unwrap())?;
    /// let identity = overview.identity().told().unwrap();
    /// assert_eq!(identity.records, 3);
    /// assert_eq!(identity.fragmented.unwrap().customers, 3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn identity(&self) -> &Chapter<IdentityChapter> {
        &self.identity
    }

    /// The segments by recency, frequency and money.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, overview::{OverviewInputs, OverviewParams}, simulate::PurchaseLogParams};
    /// # let log = PurchaseLogParams::default().customers(300).generate()?.transactions;
    /// # let inputs = OverviewInputs::new().transactions(&log);
    /// # let overview = OverviewParams::default().fit(&inputs, date_of_day(10_407).unwrap())?;
    /// let segments = overview.segments().told().unwrap();
    /// assert_eq!(segments.figures.iter().map(|of| of.customers).sum::<usize>(), 300);
    /// assert_eq!(segments.assignments.len(), segments.scores.len());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn segments(&self) -> &Chapter<RfmSegments> {
        &self.segments
    }

    /// Kinds of customers, found in what they do.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, overview::{OverviewInputs, OverviewParams}, simulate::PurchaseLogParams};
    /// # let log = PurchaseLogParams::default().customers(300).generate()?.transactions;
    /// # let inputs = OverviewInputs::new().transactions(&log);
    /// # let overview = OverviewParams::default().fit(&inputs, date_of_day(10_407).unwrap())?;
    /// let kinds = overview.kinds().told().unwrap();
    /// assert!(kinds.panel.recommendation.k >= 2);
    /// assert_eq!(kinds.assignments.len(), 300);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn kinds(&self) -> &Chapter<Kinds> {
        &self.kinds
    }

    /// What customers are worth over the time ahead.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, overview::{OverviewInputs, OverviewParams}, simulate::PurchaseLogParams};
    /// # let log = PurchaseLogParams::default().customers(300).generate()?.transactions;
    /// # let inputs = OverviewInputs::new().transactions(&log);
    /// # let overview = OverviewParams::default().fit(&inputs, date_of_day(10_407).unwrap())?;
    /// let worth = overview.worth().told().unwrap();
    /// assert!((worth.clv.iter().sum::<f64>() / worth.total - 1.0).abs() < 1e-12);
    /// assert!(worth.p_alive.iter().all(|p| (0.0..=1.0).contains(p)));
    /// assert_eq!(worth.candidates.len(), 4);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn worth(&self) -> &Chapter<Worth> {
        &self.worth
    }

    /// What changed in money between two periods.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, overview::{OverviewInputs, OverviewParams}, simulate::PurchaseLogParams};
    /// # let log = PurchaseLogParams::default().customers(300).generate()?.transactions;
    /// # let inputs = OverviewInputs::new().transactions(&log);
    /// # let overview = OverviewParams::default().fit(&inputs, date_of_day(10_407).unwrap())?;
    /// let bridge = overview.bridge().told().unwrap();
    /// assert_eq!(bridge.closing.last(), overview.as_of());
    /// assert_eq!(bridge.bridge.total()?, bridge.total);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn bridge(&self) -> &Chapter<RevenueBridge> {
        &self.bridge
    }

    /// Who makes money, of all rows up to the day.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, overview::{OverviewInputs, OverviewParams}};
    /// let log = Transactions::builder(Currency::EUR)
    ///     .int_keys(&[1, 2])
    ///     .days(vec![0, 95])
    ///     .amounts(vec![900, 500])
    ///     .build()?;
    /// let as_of = date_of_day(90).unwrap();
    /// let overview = OverviewParams::default().fit(&OverviewInputs::new().transactions(&log), as_of)?;
    /// assert_eq!(overview.profit().told().unwrap().profit(), [900, 0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn profit(&self) -> &Chapter<Profitability> {
        &self.profit
    }

    /// What became of those who came in each period.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, overview::{OverviewInputs, OverviewParams}};
    /// # let log = Transactions::builder(Currency::EUR).int_keys(&[1]).days(vec![0]).amounts(vec![900]).build()?;
    /// # let as_of = date_of_day(90).unwrap();
    /// # let overview = OverviewParams::default().fit(&OverviewInputs::new().transactions(&log), as_of)?;
    /// assert_eq!(overview.cohorts().told().unwrap().rows()[0].customers, 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn cohorts(&self) -> &Chapter<Cohorts> {
        &self.cohorts
    }

    /// How customers move between segments: from quarter to quarter by the segments of today, or by earlier
    /// segments that were given.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, overview::{MovesOrigin, OverviewInputs, OverviewParams}};
    /// let (customers, _) = Customers::from_texts(&["ann", "bob"])?;
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["bob", "ann"])
    ///     .days(vec![0, 40])
    ///     .amounts(vec![900, 500])
    ///     .build()?;
    /// let segment = |id, name: &str| Segment { id: SegmentId(id), name: name.into() };
    /// let both = vec![segment(1, "gold"), segment(2, "tin")];
    /// let day = |day, rows| Assignments::new("metals", date_of_day(day).unwrap(), both.clone(), rows);
    /// let winter = day(10, vec![Some(SegmentId(1)), Some(SegmentId(2))])?;
    /// let spring = day(50, vec![Some(SegmentId(2)), Some(SegmentId(2))])?;
    /// let inputs = OverviewInputs::new().transactions(&log).earlier(&customers, &winter).earlier(&customers, &spring);
    /// let overview = OverviewParams::default().fit(&inputs, date_of_day(60).unwrap())?;
    /// let moves = overview.migration().told().unwrap();
    /// assert_eq!(moves.origin, MovesOrigin::Given);
    /// assert_eq!(moves.fastest_growing.as_ref().unwrap().state.name, "tin");
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn migration(&self) -> &Chapter<Moves> {
        &self.migration
    }

    /// Who leaves, and when.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, overview::{OverviewInputs, OverviewParams}, simulate::PurchaseLogParams};
    /// # let log = PurchaseLogParams::default().customers(600).generate()?.transactions;
    /// # let inputs = OverviewInputs::new().transactions(&log);
    /// # let overview = OverviewParams::default().fit(&inputs, date_of_day(10_407).unwrap())?;
    /// let churn = overview.churn().told().unwrap();
    /// assert_eq!(churn.is_active().iter().filter(|active| **active).count(), churn.active);
    /// assert_eq!(churn.stays[0].cohort, "All");
    /// let risk = overview.risk().told().unwrap();
    /// let known = risk.probability.iter().filter(|p| !p.is_nan());
    /// assert_eq!(known.count(), risk.customers);
    /// let at = risk.probability.iter().position(|p| !p.is_nan()).unwrap();
    /// assert!(risk.reasons(CustomerIx(at as u32), 2)?.len() <= 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn churn(&self) -> &Chapter<Churn> {
        &self.churn
    }

    /// How likely each customer is to go quiet, and what speaks for it.
    ///
    /// # Example
    ///
    /// See [`Overview::churn`].
    pub fn risk(&self) -> &Chapter<Risk> {
        &self.risk
    }

    /// The customer with a key: that of the transactions, of a record, or the customer's own.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, overview::{OverviewInputs, OverviewParams}};
    /// # let log = Transactions::builder(Currency::EUR).int_keys(&[7]).days(vec![0]).amounts(vec![900]).build()?;
    /// # let as_of = date_of_day(90).unwrap();
    /// # let overview = OverviewParams::default().fit(&OverviewInputs::new().transactions(&log), as_of)?;
    /// assert_eq!(overview.find(7.into()), Some(CustomerIx(0)));
    /// assert_eq!(overview.find(8.into()), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn find(&self, key: CustomerKey<'_>) -> Option<CustomerIx> {
        self.keys.find(key)
    }

    /// What to do with whom: ranked, within a count or a budget, only for those who may be contacted,
    /// with a part held out.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for parameters out of their range;
    /// the reason why there is no worth, without which there is nothing at stake.
    ///
    /// # Example
    ///
    /// See the [module page](self).
    pub fn actions(&self, params: &ActionParams) -> Result<Actions> {
        let worth = self.worth.require("the worth of customers")?;
        let Some(summary) = &self.summary else {
            return Err(no_log());
        };
        let reasons = match self.risk.told() {
            Some(risk) => Some((risk, risk.contributions()?)),
            None => None,
        };
        let drivers = |customer: CustomerIx| {
            let of = reasons.iter().flat_map(|(_, of)| of.of(customer, DRIVERS));
            card::drivers(of, summary.currency())
        };
        let risk = reasons.as_ref().map(|(risk, _)| RiskInput {
            probability: &risk.probability,
            within_days: risk.within_days,
            drivers: &drivers,
        });
        let customers = summary.customers();
        let days_since_last = customers.numbers().map(|it| summary.days_since_last(it));
        let inputs = ActionInputs {
            customers,
            as_of: self.receipt.as_of,
            currency: summary.currency(),
            contact: self.contact.as_ref().map(ContactStatuses::as_slice),
            days_since_last: days_since_last.collect(),
            frequency: summary.frequency(),
            p_alive: &worth.p_alive,
            clv: &worth.clv,
            expected_purchases: &worth.discounted_purchases,
            mean_spend: &worth.mean_spend,
            margin: worth.margin,
            silence_dates: &worth.silence_dates,
            quiet_after: self.churn.told().map(|churn| churn.threshold.days),
            risk,
            profit: self.costed().map(Profitability::profit),
        };
        Actions::choose(params, &inputs)?.of_overview(&self.receipt.id())
    }

    /// The profit of all customers.
    fn ladder(&self) -> Chapter<ProfitLadder> {
        match &self.profit {
            Chapter::Told(profit) => match profit.ladder() {
                Ok(ladder) => Chapter::Told(ladder),
                Err(error) => Chapter::Absent(Absence::NoAnswer(error)),
            },
            Chapter::Absent(absence) => Chapter::Absent(absence.clone()),
        }
    }

    /// The profits, where costs are known.
    fn costed(&self) -> Option<&Profitability> {
        let profit = self.profit.told();
        profit.filter(|profit| profit.basis() == ProfitBasis::Costs)
    }
}

/// How many of the features that speak for leaving are told with an action.
const DRIVERS: usize = 2;

fn no_log() -> Error {
    Error::parameter("transactions", "missing", "an overview of transactions")
}
