//! The columns of contracts.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Period, Subscriptions};
use crate::{
    Error, Result,
    churn::Spell,
    data::{Currency, CustomerIx, Customers, date_of_day, day_of_date},
};

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
    pub(super) fn new(currency: Currency) -> Self {
        Self {
            currency,
            keys: None,
            starts: Vec::new(),
            ends: Vec::new(),
            money: Vec::new(),
            causes: None,
            known_until: None,
        }
    }

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

    /// The customer of each period, already numbered, so that several tables share one numbering.
    /// Customers without a period are kept.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::Subscriptions, data::{Currency, Customers, date_of_day}};
    /// let (customers, rows) = Customers::from_texts(&["ann", "bob"])?;
    /// let book = Subscriptions::builder(Currency::EUR)
    ///     .numbered(customers, vec![rows[1]])
    ///     .starts(vec![0])
    ///     .ends(vec![None])
    ///     .monthly_money(vec![900])
    ///     .known_until(date_of_day(100).unwrap())
    ///     .build()?;
    /// assert_eq!((book.len(), book.customers().len()), (1, 2));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn numbered(mut self, customers: Customers, rows: Vec<CustomerIx>) -> Self {
        let count = customers.len();
        let unknown = rows.iter().position(|row| row.at() >= count);
        self.keys = Some(match unknown {
            None => Ok((customers, rows)),
            Some(row) => {
                let reason = format!(
                    "number {} of {count} customers (counted from 0)",
                    rows[row].0
                );
                Err(Error::value("customer", row, reason))
            }
        });
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
    /// period that has no end, or a customer number that does not exist; and what [`Customers`] refuse of
    /// keys.
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
            let spell = Spell {
                start: self.starts[row],
                end: self.ends[row],
                cause: cause.and_then(|name| names.get(name)).copied(),
            };
            let money = self.money[row];
            let period = Period { spell, money };
            check_period(row, &period)?;
            rows.push((*owner, period));
        }
        let causes = names.into_keys().map(str::to_owned).collect();
        // Stable: periods that start together stay in the order of the rows.
        rows.sort_by_key(|(owner, period)| (*owner, period.spell.start));
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
    let Spell { start, end, cause } = period.spell;
    if date_of_day(start).is_none() {
        return refuse("starts", outside);
    }
    if end.is_some_and(|end| date_of_day(end).is_none()) {
        return refuse("ends", outside);
    }
    if end.is_some_and(|end| end <= start) {
        let reason = "not after the start; the end is the first day no longer in the period";
        return refuse("ends", reason);
    }
    if period.money < 0 {
        return refuse("monthly_money", "negative; leave out credits");
    }
    if cause.is_some() && end.is_none() {
        return refuse(
            "end_causes",
            "a cause needs an end; give the day, or no cause",
        );
    }
    Ok(())
}
