//! The question: which contracts did each customer have, and what did they pay?
//!
//! # Model
//!
//! A row is a period [start, end) of civil days with a monthly recurring amount. Periods of a customer
//! may follow one another (a change of plan), lie apart (a late renewal) or overlap (two products); on
//! a day a customer pays the sum of the periods that hold it. A customer is one from the first of
//! periods that lie at most the allowed gap apart to the end of the last; see [`Subscriptions::spells`].
//!
//! # Limits
//!
//! Amounts must be brought to one month before they come here: a twelfth of a yearly price.
//!
//! # Complexity
//!
//! O(n log n) to sort n periods.

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt};

use chrono::NaiveDate;

use super::{ChurnDefinition, Spell, Spells};
use crate::{
    Error, Result,
    data::{Currency, CustomerIx, Customers, MinorUnits, date_of_day, day_of_date},
};

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
    start: i32,
    end: Option<i32>,
    money: i64,
    cause: Option<u32>,
}

impl Period {
    fn holds(&self, day: i32) -> bool {
        self.start <= day && self.end.is_none_or(|end| day < end)
    }
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
        SubscriptionsBuilder {
            currency,
            keys: None,
            starts: Vec::new(),
            ends: Vec::new(),
            money: Vec::new(),
            causes: None,
            known_until: None,
        }
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
        let held = self.of(customer).iter().filter(|period| period.holds(day));
        let sum = held.map(|period| i128::from(period.money)).sum();
        MinorUnits::from_sum(sum, "one customer")
    }

    /// What a customer pays on a day of a spell: in an allowed gap what was paid on the last day
    /// before it.
    pub(super) fn money_in_spell(&self, customer: CustomerIx, day: i32) -> Result<MinorUnits> {
        let periods = self.of(customer);
        if periods.iter().any(|period| period.holds(day)) {
            return self.money_on(customer, day);
        }
        let ends = periods.iter().filter_map(|period| period.end);
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
    /// that many days earlier than the data.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if the gap reaches beyond the calendar.
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
        let mut spells: Vec<(CustomerIx, Spell)> = Vec::new();
        for customer in self.customers.numbers() {
            let mut open: Option<Spell> = None;
            for period in self.of(customer) {
                match &mut open {
                    Some(spell)
                        if spell
                            .end
                            .is_none_or(|end| i64::from(period.start) - i64::from(end) <= gap) =>
                    {
                        // Of two periods that end together the later one names the cause.
                        let later = match (spell.end, period.end) {
                            (Some(one), Some(other)) => other >= one,
                            (Some(_), None) => true,
                            (None, _) => false,
                        };
                        if later {
                            (spell.end, spell.cause) = (period.end, period.cause);
                        }
                    }
                    _ => {
                        spells.extend(open.map(|spell| (customer, spell)));
                        open = Some(Spell {
                            start: period.start,
                            end: period.end,
                            cause: period.cause,
                        });
                    }
                }
            }
            spells.extend(open.map(|spell| (customer, spell)));
        }
        let definition = ChurnDefinition::Contractual { allowed_gap_days };
        let customers = self.customers.clone();
        Spells::new(definition, customers, known_until, &self.causes, &spells)
    }

    fn of(&self, customer: CustomerIx) -> &[Period] {
        let bound = |at: usize| self.offsets.get(at).copied();
        match (bound(customer.at()), bound(customer.at().saturating_add(1))) {
            (Some(from), Some(to)) => &self.periods[from..to],
            _ => &[],
        }
    }
}

/// Gathers the columns of [`Subscriptions`].
///
/// # Example
///
/// See [`Subscriptions`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct SubscriptionsBuilder {
    currency: Currency,
    keys: Option<Result<(Customers, Vec<CustomerIx>)>>,
    starts: Vec<i32>,
    ends: Vec<Option<i32>>,
    money: Vec<i64>,
    causes: Option<Vec<Option<String>>>,
    known_until: Option<NaiveDate>,
}

impl SubscriptionsBuilder {
    /// The customer of each period, by numbers.
    ///
    /// # Example
    ///
    /// See [`Subscriptions::customers`].
    pub fn int_keys(mut self, keys: &[i64]) -> Self {
        self.keys = Some(Customers::from_ints(keys));
        self
    }

    /// The customer of each period, by texts.
    ///
    /// # Example
    ///
    /// See [`Subscriptions`].
    pub fn text_keys<S: AsRef<str> + Sync>(mut self, keys: &[S]) -> Self {
        self.keys = Some(Customers::from_texts(keys));
        self
    }

    /// The first day of each period, counted from 1970-01-01.
    ///
    /// # Example
    ///
    /// See [`Subscriptions`].
    pub fn starts(mut self, starts: Vec<i32>) -> Self {
        self.starts = starts;
        self
    }

    /// The first day after each period; `None` while it goes on.
    ///
    /// # Example
    ///
    /// See [`Subscriptions`].
    pub fn ends(mut self, ends: Vec<Option<i32>>) -> Self {
        self.ends = ends;
        self
    }

    /// What is paid a month in each period, in minor units, at least 0.
    ///
    /// # Example
    ///
    /// See [`Subscriptions`].
    pub fn monthly_money(mut self, money: Vec<i64>) -> Self {
        self.money = money;
        self
    }

    /// Why each period ended; `None` if it goes on or nobody knows. May be left out.
    ///
    /// # Example
    ///
    /// See [`Subscriptions::spells`].
    pub fn end_causes(mut self, causes: &[Option<&str>]) -> Self {
        let owned = causes.iter().map(|cause| cause.map(str::to_owned));
        self.causes = Some(owned.collect());
        self
    }

    /// The first day that the data do not cover.
    ///
    /// # Example
    ///
    /// See [`Subscriptions`].
    pub fn known_until(mut self, day: NaiveDate) -> Self {
        self.known_until = Some(day);
        self
    }

    /// The table. Causes are sorted by name.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without keys or without [`known_until`](Self::known_until);
    /// [`Error::LengthMismatch`] for columns of different lengths; [`Error::InvalidValue`] for a day
    /// outside the calendar, an end that is not after its start, a negative amount, or the cause of a
    /// period that has no end; and what [`Customers`] refuse of keys.
    ///
    /// # Example
    ///
    /// See [`Subscriptions`].
    pub fn build(self) -> Result<Subscriptions> {
        let missing = |what: &'static str| Error::NotEnoughData {
            what: what.into(),
            needed: 1,
            found: 0,
        };
        let (customers, owners) = self.keys.ok_or_else(|| missing("columns of keys"))??;
        let known_until = self
            .known_until
            .ok_or_else(|| missing("days known_until"))?;
        Error::check_length("starts", owners.len(), self.starts.len())?;
        Error::check_length("ends", owners.len(), self.ends.len())?;
        Error::check_length("monthly_money", owners.len(), self.money.len())?;
        let labels = match self.causes {
            Some(labels) => {
                Error::check_length("end_causes", owners.len(), labels.len())?;
                labels
            }
            None => vec![None; owners.len()],
        };
        let mut names: BTreeMap<&str, u32> = BTreeMap::new();
        for label in labels.iter().flatten() {
            names.insert(label, 0);
        }
        for (place, number) in names.values_mut().zip(0..) {
            *place = number;
        }
        let mut rows: Vec<(CustomerIx, Period)> = Vec::with_capacity(owners.len());
        for (row, owner) in owners.iter().enumerate() {
            let cause = labels[row].as_deref();
            let period = Period {
                start: self.starts[row],
                end: self.ends[row],
                money: self.money[row],
                cause: cause.and_then(|name| names.get(name)).copied(),
            };
            check_period(row, &period)?;
            rows.push((*owner, period));
        }
        let causes = names.into_keys().map(str::to_owned).collect();
        // Stable: periods that start together stay in the order of the rows.
        rows.sort_by_key(|(owner, period)| (*owner, period.start));
        let mut offsets = vec![0; customers.len() + 1];
        for (owner, _) in &rows {
            offsets[owner.at() + 1] += 1;
        }
        for at in 1..offsets.len() {
            offsets[at] += offsets[at - 1];
        }
        Ok(Subscriptions {
            currency: self.currency,
            customers,
            known_until: day_of_date(known_until),
            causes,
            offsets,
            periods: rows.into_iter().map(|(_, period)| period).collect(),
        })
    }
}

fn check_period(row: usize, period: &Period) -> Result<()> {
    let refuse = |column: &str, reason: &str| Err(Error::value(column, row, reason));
    let outside = "outside the calendar; count days from 1970-01-01";
    if date_of_day(period.start).is_none() {
        return refuse("starts", outside);
    }
    if period.end.is_some_and(|end| date_of_day(end).is_none()) {
        return refuse("ends", outside);
    }
    if period.end.is_some_and(|end| end <= period.start) {
        let reason = "not after the start; the end is the first day no longer in the period";
        return refuse("ends", reason);
    }
    if period.money < 0 {
        return refuse("monthly_money", "negative; leave out credits");
    }
    if period.cause.is_some() && period.end.is_none() {
        return refuse(
            "end_causes",
            "a cause needs an end; give the day, or no cause",
        );
    }
    Ok(())
}
