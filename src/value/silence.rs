//! When to worry about each customer.

use std::fmt;

use chrono::NaiveDate;

use super::{Prediction, PurchaseHistories, PurchaseModel, Summary};
use crate::{Error, Result, data::CustomerIx};

/// The day on which P(alive) of each customer falls below a threshold if they stay
/// silent: what a reminder is scheduled by.
///
/// # Example
///
/// ```
/// use custometry::{data::date_of_day, simulate::PurchaseLogParams, value::*};
///
/// let log = PurchaseLogParams::default().customers(2_000).generate()?.transactions;
/// let summary = SummaryState::new(&log)?.summary(date_of_day(10_407).unwrap())?;
/// let histories = PurchaseHistories::new(&summary)?;
/// let model = BgNbdParams::default().fit(&histories)?;
/// let at_stake = model.expected_purchases(&histories, custometry::data::Days(365.0))?;
/// let dates = SilenceDates::new(&model, &summary, &histories, 0.5, &at_stake)?;
///
/// // The most valuable customer and the day to call.
/// let (customer, date, value) = dates.by_value().next().unwrap();
/// assert!(date > summary.last_purchase(customer).unwrap());
/// assert!(value >= dates.by_value().last().unwrap().2);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct SilenceDates {
    dates: Vec<Option<NaiveDate>>,
    /// Those with a date, by falling value.
    order: Vec<CustomerIx>,
    value: Vec<f64>,
}

impl fmt::Debug for SilenceDates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SilenceDates")
            .field("customers", &self.dates.len())
            .field("with_a_date", &self.order.len())
            .finish_non_exhaustive()
    }
}

impl SilenceDates {
    /// The dates of the customers of a summary, and what is at stake with each.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] unless the threshold is between 0 and 1;
    /// [`Error::LengthMismatch`] unless histories and values are of the customers of
    /// the summary.
    ///
    /// # Example
    ///
    /// See [`SilenceDates`].
    pub fn new(
        model: &dyn PurchaseModel,
        summary: &Summary,
        histories: &PurchaseHistories,
        threshold: f64,
        value_at_stake: &[f64],
    ) -> Result<Self> {
        Error::check_length("histories", summary.len(), histories.len())?;
        Error::check_length("value at stake", summary.len(), value_at_stake.len())?;
        let ages = model.predict(histories, Prediction::SilenceAge(threshold))?;
        let date = |(customer, age): (CustomerIx, &f64)| {
            // On a whole day P(alive) is at the threshold, and below it on the next.
            let days = chrono::Days::new(whole(age.floor() + 1.0)?);
            summary.first_purchase(customer)?.checked_add_days(days)
        };
        let dates: Vec<Option<NaiveDate>> =
            summary.customers().numbers().zip(&ages).map(date).collect();
        let mut order: Vec<CustomerIx> = summary.customers().numbers().collect();
        order.retain(|customer| dates[customer.at()].is_some());
        let value = |customer: &CustomerIx| value_at_stake[customer.at()];
        // Stable, so that ties stay in the order of the customers; NaN comes last.
        order.sort_by(|a, b| {
            let (a, b) = (value(a), value(b));
            a.is_nan().cmp(&b.is_nan()).then(b.total_cmp(&a))
        });
        Ok(Self {
            dates,
            order,
            value: value_at_stake.to_vec(),
        })
    }

    /// The date of each customer; `None` if P(alive) never falls so far, or not in
    /// the calendar, and for a customer without a purchase. A date that has passed
    /// says since when.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::{Currency, Days, TimeUnit, Transactions, date_of_day}, value::*};
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["ann", "ann", "bob"])
    ///     .days(vec![0, 30, 10])
    ///     .amounts(vec![500, 500, 500])
    ///     .build()?;
    /// let summary = SummaryState::new(&log)?.summary(date_of_day(60).unwrap())?;
    /// let histories = PurchaseHistories::new(&summary)?;
    /// let model = BgNbd::new(TimeUnit::Weeks, 0.243, 4.414, 0.793, 2.426)?;
    /// let dates = SilenceDates::new(&model, &summary, &histories, 0.5, &[1.0, 1.0])?;
    /// assert!(dates.dates()[0].is_some());
    /// // BG/NBD holds that who bought once cannot have left.
    /// assert_eq!(dates.dates()[1], None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn dates(&self) -> &[Option<NaiveDate>] {
        &self.dates
    }

    /// Customers that have a date, the date, and what is at stake, by falling value;
    /// ties in the order of the customers.
    ///
    /// # Example
    ///
    /// See [`SilenceDates`].
    pub fn by_value(&self) -> impl Iterator<Item = (CustomerIx, NaiveDate, f64)> {
        self.order.iter().filter_map(|&customer| {
            let date = self.dates[customer.at()]?;
            Some((customer, date, self.value[customer.at()]))
        })
    }
}

/// A whole number of days, unless it is out of all calendars.
fn whole(days: f64) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    (0.0..1e12).contains(&days).then_some(days as u64)
}
