//! The question: when was each customer a customer?
//!
//! # Model
//!
//! A spell is a half-open run of civil days, counted from 1970-01-01:
//!
//! ```text
//! customer on day d   if and only if   start ≤ d < end
//! ```
//!
//! A customer has any number of spells, in order, with at least one day between them. What happens on
//! the day `known_until` or later the data do not tell: a spell that goes on until then is open.
//!
//! # How to read it
//!
//! An open spell is no promise: the customer was there on the last day that is known. An end becomes
//! certain only with time; see [`Spells::returns`].
//!
//! # Limits
//!
//! Customers who came before records began seem to have come with them: give their true start where
//! it is known.
//!
//! Spells of purchases are made of [`SummaryState`](crate::value::SummaryState), which keeps what was
//! bought on each day but not when it was recorded. Purchases that became known later are in them as
//! if they had been known on their day: where that matters, make the state of the rows recorded before
//! the day one looks at, and `as_of` the last day that is complete.
//!
//! # Complexity
//!
//! O(n log n) to sort n spells, 12 bytes each to hold. Spells of purchases and of contracts are made
//! in one pass, in parallel by customers.

mod model;
mod purchases;
mod returns;
mod saved;

#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

pub(super) use self::purchases::purchase_days;
pub use self::returns::ChurnReturns;
use self::saved::Fields;
use super::ChurnDefinition;
use crate::{
    Error, Result,
    data::{CustomerIx, Customers, date_of_day},
};

/// An end that is not known.
const OPEN: i32 = i32::MAX;
/// A cause that is not named.
const NO_CAUSE: u32 = u32::MAX;

/// Days on which a customer was one, from the first until the end.
///
/// # Example
///
/// ```
/// use custometry::churn::Spell;
/// let spell = Spell { start: 10, end: Some(12), cause: None };
/// assert!(spell.holds(10) && spell.holds(11) && !spell.holds(12));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    /// The first day, counted from 1970-01-01.
    pub start: i32,
    /// The first day on which the customer was none; `None` if the spell goes on.
    pub end: Option<i32>,
    /// Why it ended, as a place in [`Spells::causes`]; `None` if open or not named.
    pub cause: Option<u32>,
}

impl Spell {
    /// Whether the customer was one on a day.
    ///
    /// # Example
    ///
    /// See [`Spell`].
    pub fn holds(&self, day: i32) -> bool {
        self.start <= day && self.end.is_none_or(|end| day < end)
    }
}

/// When each customer was a customer, under one definition of churn.
///
/// # Example
///
/// ```
/// use custometry::{churn::{ChurnDefinition, Spell, Spells}, data::{CustomerIx, Customers}};
///
/// let (customers, _) = Customers::from_texts(&["ann", "bob"])?;
/// let spell = |start, end, cause| Spell { start, end, cause };
/// let spells = Spells::new(
///     ChurnDefinition::Contractual { allowed_gap_days: 0 },
///     customers,
///     100,
///     &["price"],
///     &[
///         (CustomerIx(0), spell(50, None, None)),
///         (CustomerIx(0), spell(0, Some(30), Some(0))),
///         (CustomerIx(1), spell(10, Some(100), None)), // goes on for all that is known
///     ],
/// )?;
/// assert_eq!(spells.of(CustomerIx(0)).next(), Some(spell(0, Some(30), Some(0))));
/// assert_eq!(spells.of(CustomerIx(1)).next(), Some(spell(10, None, None)));
/// assert!(spells.active_on(CustomerIx(0), 50) && !spells.active_on(CustomerIx(0), 30));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Spells {
    definition: ChurnDefinition,
    customers: Customers,
    known_until: i32,
    causes: Vec<String>,
    /// Where the spells of each customer begin, and where the last end.
    offsets: Vec<u32>,
    starts: Vec<i32>,
    ends: Vec<i32>,
    end_causes: Vec<u32>,
}

impl fmt::Debug for Spells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spells")
            .field("definition", &self.definition)
            .field("customers", &self.customers.len())
            .field("spells", &self.starts.len())
            .field("known_until", &self.known_until)
            .finish_non_exhaustive()
    }
}

impl Spells {
    /// Spells of known customers, in any order. `known_until` is the first day, counted from
    /// 1970-01-01, that the data do not cover: an end on it or later is taken as open, and a spell
    /// that starts on it or later is left out.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a definition or a day that makes no sense;
    /// [`Error::DuplicateKey`] for a cause named twice; [`Error::InvalidValue`] for a customer or a
    /// cause that does not exist, an end not after its start, the cause of an end that is not given, or
    /// a spell that overlaps or touches another of the customer; [`Error::Overflow`] for more than
    /// 4 294 967 295 spells.
    ///
    /// # Example
    ///
    /// See [`Spells`].
    pub fn new(
        definition: ChurnDefinition,
        customers: Customers,
        known_until: i32,
        causes: &[impl AsRef<str>],
        spells: &[(CustomerIx, Spell)],
    ) -> Result<Self> {
        definition.check()?;
        check_day("known_until", known_until)?;
        let causes = check_causes(causes)?;
        check_count(spells.len())?;
        let mut known: Vec<(CustomerIx, Spell, usize)> = Vec::with_capacity(spells.len());
        for (row, &(customer, spell)) in spells.iter().enumerate() {
            check_spell(row, customer, spell, customers.len(), causes.len())?;
            let Spell { start, end, cause } = spell;
            if start < known_until {
                let end = end.filter(|&end| end < known_until);
                let cause = cause.filter(|_| end.is_some());
                known.push((customer, Spell { start, end, cause }, row));
            }
        }
        if !known.is_sorted_by_key(|&(customer, spell, row)| (customer, spell.start, row)) {
            known.sort_unstable_by_key(|&(customer, spell, row)| (customer, spell.start, row));
        }
        for pair in known.windows(2) {
            let ((one, before, _), (other, after, row)) = (pair[0], pair[1]);
            if one == other && before.end.is_none_or(|end| end >= after.start) {
                let reason = "the spell overlaps or touches another of the customer; join the two";
                return Err(Error::value("spell", row, reason));
            }
        }
        Ok(Self::of_sorted(
            definition,
            customers,
            known_until,
            causes,
            known.iter().map(|&(customer, spell, _)| (customer, spell)),
        ))
    }

    /// Spells that are sound, in order, and not beyond what is known.
    pub(super) fn of_sorted(
        definition: ChurnDefinition,
        customers: Customers,
        known_until: i32,
        causes: Vec<String>,
        spells: impl Iterator<Item = (CustomerIx, Spell)>,
    ) -> Self {
        let mut offsets = vec![0u32; customers.len() + 1];
        let (mut starts, mut ends, mut end_causes) = (Vec::new(), Vec::new(), Vec::new());
        for (customer, spell) in spells {
            offsets[customer.at() + 1] += 1;
            starts.push(spell.start);
            ends.push(spell.end.unwrap_or(OPEN));
            end_causes.push(spell.cause.unwrap_or(NO_CAUSE));
        }
        for at in 1..offsets.len() {
            offsets[at] += offsets[at - 1];
        }
        Self {
            definition,
            customers,
            known_until,
            causes,
            offsets,
            starts,
            ends,
            end_causes,
        }
    }

    /// What counted as churn.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, Spells}, data::Customers};
    /// let definition = ChurnDefinition::Inactivity { days: 30 };
    /// let (customers, _) = Customers::from_ints(&[7])?;
    /// let spells = Spells::new(definition, customers, 100, &[""; 0], &[])?;
    /// assert_eq!(spells.definition(), &definition);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn definition(&self) -> &ChurnDefinition {
        &self.definition
    }

    /// The customers, with and without a spell.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, Spells}, data::Customers};
    /// # let definition = ChurnDefinition::Inactivity { days: 30 };
    /// let (customers, _) = Customers::from_ints(&[7])?;
    /// let spells = Spells::new(definition, customers, 100, &[""; 0], &[])?;
    /// assert_eq!(spells.customers().len(), 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers(&self) -> &Customers {
        &self.customers
    }

    /// The first day that the data do not cover, counted from 1970-01-01.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, Spells}, data::Customers};
    /// # let definition = ChurnDefinition::Inactivity { days: 30 };
    /// # let (customers, _) = Customers::from_ints(&[7])?;
    /// let spells = Spells::new(definition, customers, 100, &[""; 0], &[])?;
    /// assert_eq!(spells.known_until(), 100);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn known_until(&self) -> i32 {
        self.known_until
    }

    /// The names of the causes of ends.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, Spells}, data::Customers};
    /// # let definition = ChurnDefinition::Contractual { allowed_gap_days: 0 };
    /// # let (customers, _) = Customers::from_ints(&[7])?;
    /// let spells = Spells::new(definition, customers, 100, &["price", "moved"], &[])?;
    /// assert_eq!(spells.causes(), ["price", "moved"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn causes(&self) -> &[String] {
        &self.causes
    }

    /// The number of spells of all customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, Spell, Spells}, data::{CustomerIx, Customers}};
    /// # let definition = ChurnDefinition::Inactivity { days: 30 };
    /// # let (customers, _) = Customers::from_ints(&[7])?;
    /// let rows = [(CustomerIx(0), Spell { start: 0, end: None, cause: None })];
    /// let spells = Spells::new(definition, customers, 100, &[""; 0], &rows)?;
    /// assert_eq!((spells.len(), spells.is_empty()), (1, false));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is no spell.
    ///
    /// # Example
    ///
    /// See [`len`](Self::len).
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The spells of a customer, in order; none for a customer who does not exist.
    ///
    /// # Example
    ///
    /// See [`Spells`].
    pub fn of(&self, customer: CustomerIx) -> impl DoubleEndedIterator<Item = Spell> {
        let bound = |at: usize| self.offsets.get(at).map_or(0, |&offset| offset as usize);
        let end = bound(customer.at().saturating_add(1));
        let rows = bound(customer.at()).min(end)..end;
        rows.map(|row| Spell {
            start: self.starts[row],
            end: (self.ends[row] != OPEN).then_some(self.ends[row]),
            cause: (self.end_causes[row] != NO_CAUSE).then_some(self.end_causes[row]),
        })
    }

    /// Whether a customer was one on a day. Nothing is known of days from
    /// [`known_until`](Self::known_until) on: `false`.
    ///
    /// # Example
    ///
    /// See [`Spells`].
    pub fn active_on(&self, customer: CustomerIx, day: i32) -> bool {
        day < self.known_until && self.of(customer).any(|spell| spell.holds(day))
    }
}

/// `Ok` for a day of the calendar.
pub(super) fn check_day(name: &'static str, day: i32) -> Result<()> {
    if date_of_day(day).is_some() {
        return Ok(());
    }
    let expected = "a day counted from 1970-01-01, within the calendar; are these seconds?";
    Err(Error::parameter(name, day, expected))
}

fn check_causes(causes: &[impl AsRef<str>]) -> Result<Vec<String>> {
    let causes: Vec<String> = causes.iter().map(|it| it.as_ref().to_owned()).collect();
    let mut order: Vec<usize> = (0..causes.len()).collect();
    order.sort_by_key(|&at| &causes[at]);
    for pair in order.windows(2) {
        if causes[pair[0]] == causes[pair[1]] {
            return Err(Error::DuplicateKey {
                key: causes[pair[0]].as_str().into(),
                first_row: pair[0],
                row: pair[1],
            });
        }
    }
    Ok(causes)
}

fn check_spell(
    row: usize,
    customer: CustomerIx,
    spell: Spell,
    customers: usize,
    causes: usize,
) -> Result<()> {
    let refuse = |reason: &str| Err(Error::value("spell", row, reason));
    if customer.at() >= customers {
        return refuse("there is no such customer; number them by Customers");
    }
    if [Some(spell.start), spell.end]
        .into_iter()
        .flatten()
        .any(|day| date_of_day(day).is_none())
    {
        return refuse("a day is outside the calendar; count days from 1970-01-01");
    }
    if spell.end.is_some_and(|end| end <= spell.start) {
        return refuse("the end is not after the start; the end is the first day no longer in");
    }
    match spell.cause {
        Some(cause) if cause as usize >= causes => refuse("there is no such cause; name it"),
        Some(_) if spell.end.is_none() => refuse("a cause needs an end; give the day"),
        _ => Ok(()),
    }
}

/// `Ok` for as many spells as can be kept.
pub(super) fn check_count(spells: usize) -> Result<()> {
    if u32::try_from(spells).is_ok() {
        return Ok(());
    }
    Err(Error::Overflow {
        what: "more than 4294967295 spells; split the customers".into(),
    })
}
