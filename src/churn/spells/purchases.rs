//! Spells of those who buy without a contract.

use chrono::NaiveDate;

use super::{Spell, Spells, check_day};
use crate::{
    Error, Result,
    churn::ChurnDefinition,
    data::{CustomerIx, day_of_date},
    value::SummaryState,
};

impl Spells {
    /// Spells of purchases up to and including a day: each begins with a purchase and ends after the
    /// silence that the definition allows. A day of refunds only is no purchase.
    ///
    /// With an inactivity of d days the end is d days after the last purchase before a gap of more than
    /// d days; a purchase d days after the last one goes on with the spell.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a definition that purchases alone do not settle (contracts,
    /// probabilities), or whose numbers make no sense.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::churn::{ChurnDefinition, Spells};
    /// use custometry::data::{Currency, CustomerIx, Transactions, date_of_day};
    /// use custometry::value::SummaryState;
    ///
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["ann", "ann", "ann"])
    ///     .days(vec![0, 20, 90])
    ///     .amounts(vec![500, 700, 600])
    ///     .build()?;
    /// let definition = ChurnDefinition::Inactivity { days: 30 };
    /// let state = SummaryState::new(&log)?;
    /// let spells = Spells::of_purchases(&state, date_of_day(100).unwrap(), definition)?;
    /// let ends: Vec<_> = spells.of(CustomerIx(0)).map(|spell| (spell.start, spell.end)).collect();
    /// assert_eq!(ends, [(0, Some(50)), (90, None)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_purchases(
        state: &SummaryState,
        as_of: NaiveDate,
        definition: ChurnDefinition,
    ) -> Result<Self> {
        definition.check()?;
        let known_until = day_of_date(as_of).saturating_add(1);
        check_day("as_of", known_until)?;
        let ChurnDefinition::Inactivity { days: allowed } = definition else {
            return Err(Error::parameter(
                "definition",
                format!("{definition:?}"),
                "one that purchase days settle, such as an inactivity",
            ));
        };
        let mut spells: Vec<(CustomerIx, Spell)> = Vec::new();
        for customer in state.customers().numbers() {
            let mut open: Option<(i32, i32)> = None;
            let mut close = |(start, last): (i32, i32)| {
                let end = i64::from(last) + i64::from(allowed);
                let end = i32::try_from(end).ok().filter(|&end| end < known_until);
                let cause = None;
                spells.push((customer, Spell { start, end, cause }));
            };
            for day in purchase_days(state, customer, as_of) {
                open = match open {
                    Some((start, last))
                        if i64::from(day) - i64::from(last) <= i64::from(allowed) =>
                    {
                        Some((start, day))
                    }
                    before => {
                        before.into_iter().for_each(&mut close);
                        Some((day, day))
                    }
                };
            }
            open.into_iter().for_each(close);
        }
        check_count(spells.len())?;
        let customers = state.customers().clone();
        let spells = spells.into_iter();
        Ok(Self::of_sorted(
            definition,
            customers,
            known_until,
            Vec::new(),
            spells,
        ))
    }
}

/// The days on which a customer bought, up to a day, in order.
pub(in crate::churn) fn purchase_days(
    state: &SummaryState,
    customer: CustomerIx,
    as_of: NaiveDate,
) -> impl Iterator<Item = i32> {
    let days = state.days_of(customer).filter(|day| day.purchase);
    days.map(|day| day.date)
        .take_while(move |&date| date <= as_of)
        .map(day_of_date)
}

fn check_count(spells: usize) -> Result<()> {
    if u32::try_from(spells).is_ok() {
        return Ok(());
    }
    Err(Error::Overflow {
        what: "more than 4294967295 spells; split the customers".into(),
    })
}
