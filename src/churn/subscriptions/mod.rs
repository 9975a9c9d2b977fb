//! The question: which contracts did each customer have, and what did they pay?
//!
//! # Model
//!
//! A row is a period [start, end) of civil days with a monthly recurring amount. Periods of a customer
//! may follow one another (a change of plan), lie apart (a late renewal) or overlap (two products); on
//! a day a customer pays the sum of the periods that hold it. A customer is one from the first of
//! periods that lie at most the allowed gap apart to the end of the last.
//!
//! # How to read it
//!
//! Periods that belong together are one spell, so that a customer in a break that turned out to be
//! bridged was one. Of a break that is not over nobody knows yet. [`Subscriptions::spells`] wait: they
//! say nothing of the last days, and end with the contract, as rates must count.
//! [`Subscriptions::spells_with_grace`] do not: a customer is one until the break has become too long,
//! as one must say who scores customers today.
//!
//! # Limits
//!
//! Amounts must be brought to one month before they come here: a twelfth of a yearly price.
//!
//! # Complexity
//!
//! O(n log n) to sort n periods; spells are made of them in one pass, in parallel by customers.

mod builder;

#[cfg(test)]
mod tests;

use std::fmt;

pub use self::builder::SubscriptionsBuilder;
use super::{ChurnDefinition, Spell, Spells, spells::check_count};
use crate::{
    Error, Result,
    data::{Currency, CustomerIx, Customers, MinorUnits, date_of_day},
    numeric::map_chunks,
};

/// Customers whose spells are made together; a constant.
const CHUNK: usize = 1 << 12;

/// Periods of contracts with what was paid for them.
///
/// # Example
///
/// ```
/// use custometry::{churn::Subscriptions, data::{Currency, CustomerIx, MinorUnits, date_of_day}};
///
/// let book = Subscriptions::builder(Currency::EUR)
///     .text_keys(&["ann", "ann"])
///     .starts(vec![0, 20])
///     .ends(vec![Some(30), None])
///     .monthly_money(vec![1_000, 200])
///     .known_until(date_of_day(100).unwrap())
///     .build()?;
/// assert_eq!(book.money_on(CustomerIx(0), 25)?, MinorUnits(1_200));
/// assert_eq!(book.money_on(CustomerIx(0), 30)?, MinorUnits(200));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Subscriptions {
    currency: Currency,
    customers: Customers,
    known_until: i32,
    causes: Vec<String>,
    /// Where the periods of each customer begin, and where the last end.
    offsets: Vec<usize>,
    /// By customer, then by start.
    periods: Vec<Period>,
}

/// A row, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Period {
    spell: Spell,
    money: i64,
}

impl fmt::Debug for Subscriptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriptions")
            .field("currency", &self.currency)
            .field("customers", &self.customers.len())
            .field("periods", &self.periods.len())
            .field("known_until", &self.known_until)
            .finish_non_exhaustive()
    }
}

impl Subscriptions {
    /// Starts a table of periods, in any order.
    ///
    /// # Example
    ///
    /// See [`Subscriptions`].
    pub fn builder(currency: Currency) -> SubscriptionsBuilder {
        SubscriptionsBuilder::new(currency)
    }

    /// The customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::Subscriptions, data::{Currency, date_of_day}};
    /// let book = Subscriptions::builder(Currency::EUR)
    ///     .int_keys(&[7, 7])
    ///     .starts(vec![0, 30])
    ///     .ends(vec![Some(30), None])
    ///     .monthly_money(vec![900, 900])
    ///     .known_until(date_of_day(100).unwrap())
    ///     .build()?;
    /// assert_eq!(book.customers().len(), 1);
    /// assert_eq!((book.len(), book.is_empty()), (2, false));
    /// assert_eq!((book.currency(), book.known_until()), (Currency::EUR, 100));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers(&self) -> &Customers {
        &self.customers
    }

    /// The currency of the amounts.
    ///
    /// # Example
    ///
    /// See [`customers`](Self::customers).
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The first day that the data do not cover, counted from 1970-01-01.
    ///
    /// # Example
    ///
    /// See [`customers`](Self::customers).
    pub fn known_until(&self) -> i32 {
        self.known_until
    }

    /// The number of periods.
    ///
    /// # Example
    ///
    /// See [`customers`](Self::customers).
    pub fn len(&self) -> usize {
        self.periods.len()
    }

    /// Whether there is no period.
    ///
    /// # Example
    ///
    /// See [`customers`](Self::customers).
    pub fn is_empty(&self) -> bool {
        self.periods.is_empty()
    }

    /// What a customer pays a month by the periods that hold a day, in minor units; 0 if none does, or
    /// for a customer who does not exist.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] if the sum does not fit.
    ///
    /// # Example
    ///
    /// See [`Subscriptions`].
    pub fn money_on(&self, customer: CustomerIx, day: i32) -> Result<MinorUnits> {
        let held = self.of(customer).iter();
        let held = held.filter(|period| period.spell.holds(day));
        let sum = held.map(|period| i128::from(period.money)).sum();
        MinorUnits::from_sum(sum, "one customer")
    }

    /// What a customer pays on a day of a spell: in an allowed gap what was paid on the last day
    /// before it.
    pub(super) fn money_in_spell(&self, customer: CustomerIx, day: i32) -> Result<MinorUnits> {
        let periods = self.of(customer);
        if periods.iter().any(|period| period.spell.holds(day)) {
            return self.money_on(customer, day);
        }
        let ends = periods.iter().filter_map(|period| period.spell.end);
        match ends.filter(|&end| end <= day).max() {
            Some(end) => self.money_on(customer, end - 1),
            None => Ok(MinorUnits(0)),
        }
    }

    /// When each customer was one: periods that overlap, touch or lie at most `allowed_gap_days` apart
    /// are one spell, so that neither a change of plan nor a late renewal is churn. The cause of an end
    /// is that of the period that ended last.
    ///
    /// An end is known only once the allowed gap has passed without another period: what is known ends
    /// that many days earlier than the data. To say who is a customer today take
    /// [`spells_with_grace`](Self::spells_with_grace).
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if the gap reaches beyond the calendar; [`Error::Overflow`] for more
    /// than 4 294 967 295 spells.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::Subscriptions, data::{Currency, CustomerIx, date_of_day}};
    /// let book = Subscriptions::builder(Currency::EUR)
    ///     .int_keys(&[7, 7])
    ///     .starts(vec![0, 33])
    ///     .ends(vec![Some(30), Some(60)])
    ///     .monthly_money(vec![900, 900])
    ///     .end_causes(&[None, Some("moved")])
    ///     .known_until(date_of_day(100).unwrap())
    ///     .build()?;
    /// assert_eq!(book.spells(2)?.of(CustomerIx(0)).count(), 2);
    /// let spells = book.spells(3)?;
    /// let spell = spells.of(CustomerIx(0)).next().unwrap();
    /// assert_eq!((spell.start, spell.end), (0, Some(60)));
    /// assert_eq!(spells.causes()[spell.cause.unwrap() as usize], "moved");
    /// assert_eq!(spells.known_until(), 97);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn spells(&self, allowed_gap_days: u32) -> Result<Spells> {
        let gap = i64::from(allowed_gap_days);
        let known_until = i32::try_from(i64::from(self.known_until) - gap)
            .ok()
            .filter(|&day| date_of_day(day).is_some());
        let known_until = known_until.ok_or_else(|| {
            let expected = "a number of days such as 0, 7 or 30";
            Error::parameter("allowed_gap_days", allowed_gap_days, expected)
        })?;
        let definition = ChurnDefinition::Contractual { allowed_gap_days };
        self.merged(definition, gap, known_until, |end| end)
    }

    /// When each customer was one, as one could say on each day: to the end of periods that lie at most
    /// `grace_days` apart, and so many days longer, as until then nobody knows whether another begins. One
    /// that begins on the day of that end still goes on with the spell.
    /// A customer in such a break is one, so that there is a row of a
    /// [snapshot](crate::churn::SnapshotPlan), and what is known does not end earlier than the data.
    ///
    /// Rates are better read from [`spells`](Self::spells), where customers are lost on the day on
    /// which the contract ended.
    ///
    /// # Errors
    ///
    /// [`Error::Overflow`] for more than 4 294 967 295 spells.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::Subscriptions, data::{Currency, CustomerIx, date_of_day}};
    /// let book = Subscriptions::builder(Currency::EUR)
    ///     .int_keys(&[7, 7, 8])
    ///     .starts(vec![0, 35, 0])
    ///     .ends(vec![Some(30), Some(60), Some(95)])
    ///     .monthly_money(vec![900, 900, 500])
    ///     .known_until(date_of_day(100).unwrap())
    ///     .build()?;
    /// let spells = book.spells_with_grace(7)?;
    /// let ends = [0, 1].map(|customer| spells.of(CustomerIx(customer)).last().unwrap().end);
    /// // Customer 8 may yet renew.
    /// assert_eq!((ends, spells.known_until()), ([Some(67), None], 100));
    /// // Customers in a break are there, both in one that was bridged and in one that is not over.
    /// assert!(spells.active_on(CustomerIx(0), 32) && spells.active_on(CustomerIx(1), 98));
    /// // A contract that begins on day 102 would go on with the spell of customer 8: that there is none
    /// // is known once that day is over.
    /// assert_eq!(book.spells(7)?.known_until(), 93);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn spells_with_grace(&self, grace_days: u32) -> Result<Spells> {
        let grace = i64::from(grace_days);
        let definition = ChurnDefinition::Lapsed { grace_days };
        self.merged(definition, grace, self.known_until, |end| end + grace)
    }

    /// Spells of periods that overlap, touch or lie at most `gap` days apart; `end_of` makes the end of
    /// a spell of that of its last period.
    fn merged(
        &self,
        definition: ChurnDefinition,
        gap: i64,
        known_until: i32,
        end_of: impl Fn(i64) -> i64 + Sync,
    ) -> Result<Spells> {
        let known_end = |spell: &Spell| {
            let end = i32::try_from(end_of(i64::from(spell.end?))).ok()?;
            (end < known_until).then_some(end)
        };
        let pieces = map_chunks(self.customers.len(), CHUNK, |range| {
            let mut spells: Vec<(CustomerIx, Spell)> = Vec::with_capacity(range.len());
            for customer in self.customers.numbers_in(range) {
                for_each_merged(self.of(customer), gap, |spell| {
                    if spell.start < known_until {
                        let end = known_end(&spell);
                        let cause = spell.cause.filter(|_| end.is_some());
                        spells.push((
                            customer,
                            Spell {
                                end,
                                cause,
                                ..spell
                            },
                        ));
                    }
                });
            }
            spells
        });
        check_count(pieces.iter().map(Vec::len).sum())?;
        Ok(Spells::of_sorted(
            definition,
            self.customers.clone(),
            known_until,
            self.causes.clone(),
            pieces.into_iter().flatten(),
        ))
    }

    fn of(&self, customer: CustomerIx) -> &[Period] {
        let bound = |at: usize| self.offsets.get(at).copied();
        match (bound(customer.at()), bound(customer.at().saturating_add(1))) {
            (Some(from), Some(to)) => &self.periods[from..to],
            _ => &[],
        }
    }
}

/// Gives the runs of periods that are at most `gap` days apart; periods are in the order of their
/// starts.
fn for_each_merged(periods: &[Period], gap: i64, mut give: impl FnMut(Spell)) {
    let mut open: Option<Spell> = None;
    for &Period { spell: next, .. } in periods {
        let within = |end: i32| i64::from(next.start) - i64::from(end) <= gap;
        match &mut open {
            Some(spell) if spell.end.is_none_or(within) => {
                // Of two periods that end together the later one names the cause.
                let later = match (spell.end, next.end) {
                    (Some(one), Some(other)) => other >= one,
                    (Some(_), None) => true,
                    (None, _) => false,
                };
                if later {
                    (spell.end, spell.cause) = (next.end, next.cause);
                }
            }
            _ => {
                open.into_iter().for_each(&mut give);
                open = Some(next);
            }
        }
    }
    open.into_iter().for_each(give);
}
