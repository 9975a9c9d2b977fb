//! What a host has.

use std::fmt;

use chrono::NaiveDate;

use crate::{
    Error, Result,
    data::{Assignments, ContactStatuses, Customers, Events, Transactions},
    identity::Records,
    value::Rfm,
};

/// What an overview is made of: what a host has, and nothing that it has not.
///
/// Every input is optional; what rests on one that is missing says so. All keys are of one kind: those
/// of the transactions. Contact statuses, events and earlier segments are looked up by key, so that
/// they may number customers in their own way; with records of people the keys of one person are one
/// customer in all of them. Money to serve customers comes with the transactions
/// ([`TransactionsBuilder::costs`](crate::data::TransactionsBuilder::costs)).
///
/// # Example
///
/// ```
/// use custometry::{data::{ContactStatus, ContactStatuses, Currency, Transactions}, overview::OverviewInputs};
///
/// let log = Transactions::builder(Currency::EUR)
///     .text_keys(&["ann", "bob", "ann"])
///     .days(vec![0, 3, 40])
///     .amounts(vec![2_500, 900, 3_100])
///     .build()?;
/// let said = log.customers().numbers().map(|customer| (customer, ContactStatus::Allowed));
/// let contact = ContactStatuses::new(log.customers(), said)?;
/// let inputs = OverviewInputs::new().transactions(&log).contact(&contact);
/// assert!(format!("{inputs:?}").contains("transactions: 3"));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct OverviewInputs<'a> {
    pub(super) records: Option<&'a Records>,
    pub(super) source: Option<&'a str>,
    pub(super) transactions: Option<&'a Transactions>,
    pub(super) events: Option<&'a Events>,
    pub(super) contact: Option<&'a ContactStatuses>,
    pub(super) earlier: Vec<(&'a Customers, &'a Assignments)>,
    pub(super) rfm: Option<&'a Rfm>,
}

impl fmt::Debug for OverviewInputs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OverviewInputs")
            .field("records", &self.records.map_or(0, Records::len))
            .field(
                "transactions",
                &self.transactions.map_or(0, Transactions::len),
            )
            .field("events", &self.events.map_or(0, Events::len))
            .field("contact", &self.contact.map_or(0, |it| it.as_slice().len()))
            .field("earlier", &self.earlier.len())
            .finish_non_exhaustive()
    }
}

impl OverviewInputs<'_> {
    /// `Ok` if all inputs can be of one day.
    pub(super) fn check(&self, as_of: NaiveDate) -> Result<()> {
        if let (Some(source), None) = (self.source, self.records) {
            let expected = "a source of records of people; give the records too";
            return Err(Error::parameter("source", source, expected));
        }
        for (customers, segments) in &self.earlier {
            Error::check_length("earlier segments", customers.len(), segments.len())?;
            if segments.as_of() > as_of {
                return Err(Error::parameter(
                    "day of the earlier segments",
                    segments.as_of(),
                    format!("a day up to {as_of}, the day of the overview"),
                ));
            }
        }
        Ok(())
    }
}

impl<'a> OverviewInputs<'a> {
    /// Nothing yet.
    ///
    /// # Example
    ///
    /// See [`OverviewInputs`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Records of people: keys that are one person's become one customer, who keeps the first of them in
    /// the transactions as a key. Without records every key is a customer.
    ///
    /// # Example
    ///
    /// See [`Overview::identity`](super::Overview::identity).
    pub fn records(mut self, records: &'a Records) -> Self {
        self.records = Some(records);
        self
    }

    /// The source of the records whose keys the other inputs have; without it a key is looked up in
    /// all sources.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::date_of_day, overview::{OverviewInputs, OverviewParams}};
    /// let inputs = OverviewInputs::new().source("shop");
    /// let error = OverviewParams::default().fit(&inputs, date_of_day(0).unwrap()).unwrap_err();
    /// assert!(error.to_string().contains("give the records too"));
    /// ```
    pub fn source(mut self, source: &'a str) -> Self {
        self.source = Some(source);
        self
    }

    /// Purchases and refunds.
    ///
    /// # Example
    ///
    /// See [`OverviewInputs`].
    pub fn transactions(mut self, log: &'a Transactions) -> Self {
        self.transactions = Some(log);
        self
    }

    /// What customers did besides: visits, calls, complaints. They say more of who will leave. Their days
    /// are those of UTC; those of nobody in the base, and those that happened or became known after the
    /// day of the overview, are left out.
    ///
    /// # Example
    ///
    /// See [`Overview::churn`](super::Overview::churn).
    pub fn events(mut self, log: &'a Events) -> Self {
        self.events = Some(log);
        self
    }

    /// Who may be contacted. Without it, and for whoever is not in it, that is unknown, and there is
    /// no action.
    ///
    /// # Example
    ///
    /// See [`OverviewInputs`].
    pub fn contact(mut self, statuses: &'a ContactStatuses) -> Self {
        self.contact = Some(statuses);
        self
    }

    /// The edges of an earlier overview ([`RfmSegments::rfm`](super::RfmSegments::rfm)), in place of those of the
    /// customers of today: segments of different days are then of one definition, and can be given as
    /// [earlier](Self::earlier) ones.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::*, overview::{MovesOrigin, OverviewInputs, OverviewParams}, simulate::PurchaseLogParams};
    /// let log = PurchaseLogParams::default().customers(200).generate()?.transactions;
    /// let inputs = OverviewInputs::new().transactions(&log);
    /// let then = OverviewParams::default().fit(&inputs, date_of_day(10_300).unwrap())?;
    /// let kept = then.segments().told().unwrap();
    ///
    /// let inputs = inputs.rfm(&kept.rfm).earlier(log.customers(), &kept.assignments);
    /// let now = OverviewParams::default().fit(&inputs, date_of_day(10_407).unwrap())?;
    /// let moves = now.migration().told().unwrap();
    /// assert_eq!((moves.origin, moves.days.len()), (MovesOrigin::Given, 2));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn rfm(mut self, edges: &'a Rfm) -> Self {
        self.rfm = Some(edges);
        self
    }

    /// Segments of an earlier day, with the customers whose rows they are; may be given for several
    /// days. Without any, the segments of earlier days are worked out from the transactions.
    ///
    /// # Example
    ///
    /// See [`Overview::migration`](super::Overview::migration).
    pub fn earlier(mut self, customers: &'a Customers, segments: &'a Assignments) -> Self {
        self.earlier.push((customers, segments));
        self
    }
}
