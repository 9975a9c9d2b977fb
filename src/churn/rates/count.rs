//! One walk over the customers for any number of periods.

use std::iter::Peekable;

use chrono::NaiveDate;

use super::{
    PeriodRates,
    flows::{Counts, RevenueFlows},
};
use crate::{
    Error, Result,
    churn::{Spell, Spells, Subscriptions},
    data::{CustomerIx, MinorUnits, date_of_day, day_of_date},
    numeric::map_chunks,
};

/// Customers that are counted together; a constant.
const CHUNK: usize = 1 << 12;

impl PeriodRates {
    /// What became of customers and their money from one day to another. Contracts at most
    /// `allowed_gap_days` apart are one.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless `from` is before `to` and `to` a day of which is known who
    /// was a customer: `to` + `allowed_gap_days` before
    /// [`known_until`](Subscriptions::known_until); [`Error::Overflow`] for sums that do not fit.
    ///
    /// # Example
    ///
    /// See [`PeriodRates`].
    pub fn of_subscriptions(
        book: &Subscriptions,
        allowed_gap_days: u32,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Self> {
        let spells = book.spells(allowed_gap_days)?;
        let mut rates = [Self::empty(&spells, from, to)?];
        Self::count(&mut rates, &spells, Some(book))?;
        let [rates] = rates;
        Ok(rates)
    }

    /// Rates of periods in a row, such as months: each from one of these days to the next, so that
    /// there is one less than days. The same as one by one, in one walk over the customers; see
    /// [`compound`](Self::compound).
    ///
    /// # Errors
    ///
    /// Those of [`of_subscriptions`](Self::of_subscriptions); [`Error::NotEnoughData`] for fewer than
    /// two days; [`Error::InvalidValue`] for days that are not ascending.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{PeriodRates, Subscriptions}, data::{Currency, date_of_day}};
    /// # let day = |day| date_of_day(day).unwrap();
    /// # let book = Subscriptions::builder(Currency::EUR)
    /// #     .int_keys(&[1, 2, 3, 4])
    /// #     .starts(vec![0; 4])
    /// #     .ends(vec![Some(20), Some(50), Some(55), None])
    /// #     .monthly_money(vec![1_000; 4])
    /// #     .known_until(day(100))
    /// #     .build()?;
    /// let months = PeriodRates::series(&book, 0, &[day(0), day(30), day(60)])?;
    /// assert_eq!((months[0].lost(), months[1].lost()), (1, 2));
    /// assert_eq!(months[1], PeriodRates::of_subscriptions(&book, 0, day(30), day(60))?);
    /// assert_eq!(PeriodRates::compound(&months)?.logo_churn, 0.75);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn series(
        book: &Subscriptions,
        allowed_gap_days: u32,
        days: &[NaiveDate],
    ) -> Result<Vec<Self>> {
        if days.len() < 2 {
            return Err(Error::NotEnoughData {
                what: "days between which there are periods".into(),
                needed: 2,
                found: days.len(),
            });
        }
        if let Some(row) = days.windows(2).position(|pair| pair[0] >= pair[1]) {
            let reason = "not after the day before it; give ascending days";
            return Err(Error::value("days", row + 1, reason));
        }
        let spells = book.spells(allowed_gap_days)?;
        let periods = days.windows(2);
        let periods = periods.map(|pair| Self::empty(&spells, pair[0], pair[1]));
        let mut rates = periods.collect::<Result<Vec<Self>>>()?;
        Self::count(&mut rates, &spells, Some(book))?;
        Ok(rates)
    }

    /// What became of customers from one day to another, without money.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless `from` is before `to` and `to` before
    /// [`known_until`](Spells::known_until).
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{churn::{ChurnDefinition, PeriodRates, Spells}, value::SummaryState};
    /// # use custometry::data::{Currency, Transactions, date_of_day};
    /// let day = |day| date_of_day(day).unwrap();
    /// let log = Transactions::builder(Currency::EUR)
    ///     .int_keys(&[1, 2, 2, 3])
    ///     .days(vec![0, 0, 50, 40])
    ///     .amounts(vec![100; 4])
    ///     .build()?;
    /// let definition = ChurnDefinition::Inactivity { days: 30 };
    /// let spells = Spells::of_purchases(&SummaryState::new(&log)?, day(100), definition)?;
    /// let rates = PeriodRates::of_spells(&spells, day(10), day(60))?;
    /// assert_eq!((rates.at_start(), rates.lost(), rates.won()), (2, 1, 1));
    /// assert_eq!(rates.flows(), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn of_spells(spells: &Spells, from: NaiveDate, to: NaiveDate) -> Result<Self> {
        let mut rates = [Self::empty(spells, from, to)?];
        Self::count(&mut rates, spells, None)?;
        let [rates] = rates;
        Ok(rates)
    }

    fn empty(spells: &Spells, from: NaiveDate, to: NaiveDate) -> Result<Self> {
        let (first, last) = (day_of_date(from), day_of_date(to));
        check_period(first, last)?;
        if last >= spells.known_until() {
            let known = date_of_day(spells.known_until()).unwrap_or_default();
            let expected = format!(
                "a day before {known}, the first of which nothing is certain; take an earlier period, \
                 or read newer data"
            );
            return Err(Error::parameter("to", to, expected));
        }
        Ok(Self {
            definition: *spells.definition(),
            from: first,
            to: last,
            counts: Counts::default(),
            money: None,
        })
    }

    /// Counts all customers, and their money where there is a book, for periods in a row.
    fn count(rates: &mut [Self], spells: &Spells, book: Option<&Subscriptions>) -> Result<()> {
        let first = rates.first().map(|rates| rates.from);
        let days: Vec<i32> = first
            .into_iter()
            .chain(rates.iter().map(|rates| rates.to))
            .collect();
        let parts = map_chunks(spells.customers().len(), CHUNK, |range| {
            let mut sums = vec![Sum::default(); rates.len()];
            for customer in spells.customers().numbers_in(range) {
                let mut walk = Walk {
                    book,
                    customer,
                    ahead: spells.of(customer).peekable(),
                    last: None,
                };
                walk.add(&days, &mut sums)?;
            }
            Ok(sums)
        });
        if let Some(book) = book {
            for rates in &mut *rates {
                rates.money = Some((book.currency(), RevenueFlows::default()));
            }
        }
        for part in parts {
            for (rates, sum) in rates.iter_mut().zip(part?) {
                rates.counts.add(&sum.counts)?;
                if let Some((_, flows)) = &mut rates.money {
                    flows.add(&sum.flows)?;
                }
            }
        }
        Ok(())
    }
}

/// What is counted of some customers in one period.
#[derive(Clone, Default)]
struct Sum {
    counts: Counts,
    flows: RevenueFlows,
}

/// Where a customer is on a day.
struct Presence {
    day: i32,
    here: bool,
    /// When the last spell began that did so on this day or before.
    since: Option<i32>,
    /// What is paid by who is here.
    money: i64,
}

/// A customer, looked at on one day after the other.
struct Walk<'a, S: Iterator<Item = Spell>> {
    book: Option<&'a Subscriptions>,
    customer: CustomerIx,
    /// The spells that begin after the day.
    ahead: Peekable<S>,
    /// The one before them.
    last: Option<Spell>,
}

impl<S: Iterator<Item = Spell>> Walk<'_, S> {
    /// Adds the customer to the sum of each period.
    fn add(&mut self, days: &[i32], sums: &mut [Sum]) -> Result<()> {
        let [first, rest @ ..] = days else {
            return Ok(());
        };
        let mut from = self.look(*first)?;
        for (&day, sum) in rest.iter().zip(sums) {
            let to = self.look(day)?;
            let flows = from.count(&to, &mut sum.counts);
            if self.book.is_some() {
                sum.flows.add(&flows)?;
            }
            from = to;
        }
        Ok(())
    }

    /// Where the customer is on a day, which is not before those that were looked at.
    fn look(&mut self, day: i32) -> Result<Presence> {
        while let Some(spell) = self.ahead.next_if(|spell| spell.start <= day) {
            self.last = Some(spell);
        }
        let here = self.last.is_some_and(|spell| spell.holds(day));
        let money = match self.book.filter(|_| here) {
            Some(book) => book.money_in_spell(self.customer, day)?.0,
            None => 0,
        };
        Ok(Presence {
            day,
            here,
            since: self.last.map(|spell| spell.start),
            money,
        })
    }
}

impl Presence {
    /// Counts the customer in the period from this day to another, and tells the money.
    fn count(&self, to: &Self, counts: &mut Counts) -> RevenueFlows {
        let mut flows = RevenueFlows {
            start: MinorUnits(self.money),
            ..RevenueFlows::default()
        };
        match (self.here, to.here) {
            (true, true) => {
                counts.at_start += 1;
                flows.contraction.0 = self.money.saturating_sub(to.money).max(0);
                flows.expansion.0 = to.money.saturating_sub(self.money).max(0);
            }
            (true, false) => {
                counts.at_start += 1;
                counts.lost += 1;
                flows.churned.0 = self.money;
            }
            (false, true) if self.since.is_some() => {
                counts.returned += 1;
                flows.reactivation.0 = to.money;
            }
            (false, true) => {
                counts.won += 1;
                flows.new.0 = to.money;
            }
            (false, false) => {
                let came = to.since.is_some_and(|start| start > self.day);
                counts.passing += u64::from(came);
            }
        }
        flows
    }
}

pub(super) fn check_period(from: i32, to: i32) -> Result<()> {
    match (date_of_day(from), date_of_day(to)) {
        (Some(_), Some(_)) if from < to => Ok(()),
        (Some(first), Some(last)) => {
            let expected = format!("a day after the first, {first}");
            Err(Error::parameter("to", last, expected))
        }
        _ => Err(Error::parameter("from", from, "a day of the calendar")),
    }
}
