//! The purchase log: columns, validated once.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    Categories, Currency, CustomerIx, CustomerKey, Customers, DayBoundary, MinorUnits, day_of_date,
    shared::Shared, time::is_day,
};
use crate::{Error, Result, numeric::first_where};

/// A log of purchases and refunds, one row each, as columns of equal length.
///
/// Rows may come in any order and may repeat. Refunds (negative amounts) and
/// zero amounts are kept: what they mean is for each analysis to say. Once
/// built, a log never changes.
///
/// `Debug` prints counts, never values.
///
/// # Example
///
/// ```
/// use custometry::data::{Currency, Transactions};
///
/// let log = Transactions::builder(Currency::USD)
///     .text_keys(&["ann", "bob", "ann"])
///     .days(vec![9862, 9873, 9879])
///     .amounts(vec![1177, 1200, -500])
///     .channels(&["web", "web", "shop"])
///     .build()?;
/// assert_eq!((log.len(), log.customers().len()), (3, 2));
/// assert_eq!(log.amounts()[2], -500);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Transactions {
    currency: Currency,
    customers: Customers,
    customer: Vec<CustomerIx>,
    day: Shared<i32>,
    amount: Shared<i64>,
    order: Option<Categories>,
    item: Option<Categories>,
    quantity: Option<Shared<f64>>,
    channel: Option<Categories>,
    cost: Option<Shared<i64>>,
    source: Option<Categories>,
    recorded: Option<Shared<i32>>,
}

impl fmt::Debug for Transactions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transactions")
            .field("rows", &self.len())
            .field("customers", &self.customers.len())
            .field("currency", &self.currency)
            .finish_non_exhaustive()
    }
}

/// One row of a purchase log, for hosts that hold rows rather than columns.
///
/// # Example
///
/// ```
/// use custometry::data::{Currency, MinorUnits, Transaction, Transactions, date_of_day};
///
/// let day = date_of_day(9862).unwrap();
/// let mut row = Transaction::new("ann".into(), day, MinorUnits(1177));
/// row.channel = Some("web");
/// let log = Transactions::from_rows(Currency::USD, [row])?;
/// assert_eq!(log.channels().unwrap().label(0), Some("web"));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Transaction<'a> {
    /// Who bought.
    pub customer: CustomerKey<'a>,
    /// On which day.
    pub date: NaiveDate,
    /// What was paid; negative for a refund.
    pub amount: MinorUnits,
    /// The order that the row belongs to.
    pub order: Option<&'a str>,
    /// What was bought.
    pub item: Option<&'a str>,
    /// How much of it.
    pub quantity: Option<f64>,
    /// Through which channel.
    pub channel: Option<&'a str>,
    /// What the row cost the seller.
    pub cost: Option<MinorUnits>,
    /// Which source brought the customer.
    pub source: Option<&'a str>,
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

impl<'a> Transaction<'a> {
    /// A row with the three columns that every log has.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{MinorUnits, Transaction, date_of_day};
    /// let row = Transaction::new(7.into(), date_of_day(0).unwrap(), MinorUnits(100));
    /// assert_eq!(row.channel, None);
    /// ```
    pub fn new(customer: CustomerKey<'a>, date: NaiveDate, amount: MinorUnits) -> Self {
        Self {
            customer,
            date,
            amount,
            order: None,
            item: None,
            quantity: None,
            channel: None,
            cost: None,
            source: None,
        }
    }
}

impl Transactions {
    /// Starts a log in one currency. Customers, days and amounts are needed;
    /// the other columns are optional.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Currency, Transactions};
    /// let error = Transactions::builder(Currency::EUR).build().unwrap_err();
    /// assert!(error.to_string().contains("customers"));
    /// ```
    pub fn builder(currency: Currency) -> TransactionsBuilder {
        TransactionsBuilder::new(currency)
    }

    /// A log from rows. An optional column is made if any row has it. Labels may
    /// then be missing from other rows; quantities and costs may not.
    ///
    /// # Errors
    ///
    /// As [`TransactionsBuilder::build`], and [`Error::InvalidValue`] for a row
    /// whose key is of another kind than the first, or that lacks a quantity or
    /// cost that other rows have.
    ///
    /// # Example
    ///
    /// See [`Transaction`].
    pub fn from_rows<'a>(
        currency: Currency,
        rows: impl IntoIterator<Item = Transaction<'a>>,
    ) -> Result<Self> {
        let rows: Vec<Transaction<'a>> = rows.into_iter().collect();
        let mut builder = Self::builder(currency)
            .dates(&rows.iter().map(|row| row.date).collect::<Vec<_>>())
            .amounts(rows.iter().map(|row| row.amount.0).collect());
        builder = match rows.first().map(|row| row.customer) {
            None | Some(CustomerKey::Int(_)) => {
                let key = |row: &Transaction<'_>| match row.customer {
                    CustomerKey::Int(key) => Some(key),
                    CustomerKey::Text(_) => None,
                };
                builder.int_keys(&complete("customer", &rows, "an integer key", key)?)
            }
            Some(CustomerKey::Text(_)) => {
                let key = |row: &Transaction<'a>| match row.customer {
                    CustomerKey::Int(_) => None,
                    CustomerKey::Text(key) => Some(key),
                };
                builder.text_keys(&complete("customer", &rows, "a text key", key)?)
            }
        };
        if rows.iter().any(|row| row.quantity.is_some()) {
            let quantity = |row: &Transaction<'_>| row.quantity;
            builder = builder.quantities(complete("quantity", &rows, "a quantity", quantity)?);
        }
        if rows.iter().any(|row| row.cost.is_some()) {
            let cost = |row: &Transaction<'_>| row.cost.map(|cost| cost.0);
            builder = builder.costs(complete("cost", &rows, "a cost", cost)?);
        }
        let labels = |of: fn(&Transaction<'a>) -> Option<&'a str>| -> Option<Vec<&'a str>> {
            let any = rows.iter().any(|row| of(row).is_some());
            any.then(|| rows.iter().map(|row| of(row).unwrap_or("")).collect())
        };
        if let Some(orders) = labels(|row| row.order) {
            builder = builder.orders(&orders);
        }
        if let Some(items) = labels(|row| row.item) {
            builder = builder.items(&items);
        }
        if let Some(channels) = labels(|row| row.channel) {
            builder = builder.channels(&channels);
        }
        if let Some(sources) = labels(|row| row.source) {
            builder = builder.sources(&sources);
        }
        builder.build()
    }

    /// The number of rows.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// let log = Transactions::from_rows(Currency::USD, [])?;
    /// assert_eq!(log.len(), 0);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.customer.len()
    }

    /// Whether there are no rows.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// assert!(Transactions::from_rows(Currency::USD, [])?.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.customer.is_empty()
    }

    /// The currency of amounts and costs.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// let log = Transactions::from_rows(Currency::JPY, [])?;
    /// assert_eq!(log.currency(), Currency::JPY);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The customers, in the order of every result column.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[8, 9]).days(vec![0, 0]).amounts(vec![1, 1]).build()?;
    /// assert_eq!(log.customers().len(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers(&self) -> &Customers {
        &self.customers
    }

    /// The customer of each row.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, CustomerIx, Transactions};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[8, 9]).days(vec![0, 0]).amounts(vec![1, 1]).build()?;
    /// assert_eq!(log.customer(), [CustomerIx(0), CustomerIx(1)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customer(&self) -> &[CustomerIx] {
        &self.customer
    }

    /// The day of each row, counted from 1970-01-01.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[8]).days(vec![3]).amounts(vec![1]).build()?;
    /// assert_eq!(log.days(), [3]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn days(&self) -> &[i32] {
        &self.day
    }

    /// The amount of each row in minor units; negative for refunds.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[8]).days(vec![3]).amounts(vec![-5]).build()?;
    /// assert_eq!(log.amounts(), [-5]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn amounts(&self) -> &[i64] {
        &self.amount
    }

    /// The order of each row, if the log says.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[8]).days(vec![3]).amounts(vec![1]).orders(&["A-1"]).build()?;
    /// assert_eq!(log.orders().unwrap().label(0), Some("A-1"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn orders(&self) -> Option<&Categories> {
        self.order.as_ref()
    }

    /// The item of each row, if the log says.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[8]).days(vec![3]).amounts(vec![1]).items(&["tea"]).build()?;
    /// assert_eq!(log.items().unwrap().label(0), Some("tea"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn items(&self) -> Option<&Categories> {
        self.item.as_ref()
    }

    /// The quantity of each row, if the log says.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[8]).days(vec![3]).amounts(vec![1]).quantities(vec![2.5]).build()?;
    /// assert_eq!(log.quantities(), Some([2.5].as_slice()));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn quantities(&self) -> Option<&[f64]> {
        self.quantity.as_deref()
    }

    /// The channel of each row, if the log says.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[8]).days(vec![3]).amounts(vec![1]).build()?;
    /// assert!(log.channels().is_none());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn channels(&self) -> Option<&Categories> {
        self.channel.as_ref()
    }

    /// The cost of each row in minor units, if the log says.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[8]).days(vec![3]).amounts(vec![9]).costs(vec![4]).build()?;
    /// assert_eq!(log.costs(), Some([4].as_slice()));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn costs(&self) -> Option<&[i64]> {
        self.cost.as_deref()
    }

    /// The source that brought the customer of each row, if the log says.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[8]).days(vec![3]).amounts(vec![9]).sources(&["search"]).build()?;
    /// assert_eq!(log.sources().unwrap().code(0), Some(0));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn sources(&self) -> Option<&Categories> {
        self.source.as_ref()
    }

    /// The civil day on which each row became known, if the log says.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// # let log = Transactions::builder(Currency::USD).int_keys(&[8]).days(vec![3]).amounts(vec![9]).recorded_days(vec![5]).build()?;
    /// assert_eq!(log.recorded_days(), Some([5].as_slice()));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn recorded_days(&self) -> Option<&[i32]> {
        self.recorded.as_deref()
    }
}

impl Transactions {
    /// The same rows with other customers.
    pub(super) fn with_customers(self, customers: Customers, customer: Vec<CustomerIx>) -> Self {
        Self {
            customers,
            customer,
            ..self
        }
    }

    /// Some rows, in the order given.
    pub(super) fn of_rows(&self, rows: &[usize]) -> Self {
        fn pick<T: Copy + Send + Sync + 'static>(column: &[T], rows: &[usize]) -> Shared<T> {
            let picked: Vec<T> = rows.iter().map(|&row| column[row]).collect();
            picked.into()
        }
        let labels = |column: &Option<Categories>| column.as_ref().map(|it| it.of_rows(rows));
        Self {
            currency: self.currency,
            customers: self.customers.clone(),
            customer: rows.iter().map(|&row| self.customer[row]).collect(),
            day: pick(&self.day, rows),
            amount: pick(&self.amount, rows),
            order: labels(&self.order),
            item: labels(&self.item),
            quantity: self.quantity.as_ref().map(|column| pick(column, rows)),
            channel: labels(&self.channel),
            cost: self.cost.as_ref().map(|column| pick(column, rows)),
            source: labels(&self.source),
            recorded: self.recorded.as_ref().map(|column| pick(column, rows)),
        }
    }
}

/// A column of what every row must have.
fn complete<'a, T>(
    column: &str,
    rows: &[Transaction<'a>],
    what: &str,
    of: impl Fn(&Transaction<'a>) -> Option<T>,
) -> Result<Vec<T>> {
    rows.iter()
        .enumerate()
        .map(|(at, row)| {
            of(row).ok_or_else(|| {
                let reason = format!("the row lacks {what}, which other rows have");
                Error::value(column, at, reason)
            })
        })
        .collect()
}

/// Collects the columns of a [`Transactions`].
///
/// Setters never fail; [`build`](Self::build) checks everything once and
/// reports the first fault.
///
/// # Example
///
/// ```
/// use custometry::data::{Currency, Transactions};
/// let error = Transactions::builder(Currency::USD)
///     .int_keys(&[1, 2, 3])
///     .days(vec![0, 1])
///     .amounts(vec![1, 2, 3])
///     .build()
///     .unwrap_err();
/// assert_eq!(error.to_string(), "column day has length 2, expected 3, the length of the others");
/// ```
#[derive(Clone)]
pub struct TransactionsBuilder {
    currency: Currency,
    customer: Option<(Customers, Vec<CustomerIx>)>,
    day: Option<Shared<i32>>,
    amount: Option<Shared<i64>>,
    order: Option<Categories>,
    item: Option<Categories>,
    quantity: Option<Shared<f64>>,
    channel: Option<Categories>,
    cost: Option<Shared<i64>>,
    source: Option<Categories>,
    recorded: Option<Shared<i32>>,
    /// The first fault that a setter met.
    fault: Option<Error>,
}

impl fmt::Debug for TransactionsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionsBuilder")
            .field("rows", &self.customer.as_ref().map(|(_, rows)| rows.len()))
            .finish_non_exhaustive()
    }
}

impl TransactionsBuilder {
    fn new(currency: Currency) -> Self {
        Self {
            currency,
            customer: None,
            day: None,
            amount: None,
            order: None,
            item: None,
            quantity: None,
            channel: None,
            cost: None,
            source: None,
            recorded: None,
            fault: None,
        }
    }

    /// Keeps a value, or the first fault.
    fn keep<T>(&mut self, made: Result<T>) -> Option<T> {
        made.map_err(|fault| self.fault.get_or_insert(fault)).ok()
    }

    /// Customers by integer key.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// let log = Transactions::builder(Currency::USD).int_keys(&[4]).days(vec![0]).amounts(vec![1]).build()?;
    /// assert_eq!(log.customers().key(log.customer()[0]), Some(4.into()));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn int_keys(mut self, keys: &[i64]) -> Self {
        self.customer = self.keep(Customers::from_ints(keys));
        self
    }

    /// Customers by text key. Blank keys are a fault.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// let log = Transactions::builder(Currency::USD).text_keys(&["ann"]).days(vec![0]).amounts(vec![1]).build()?;
    /// assert_eq!(log.customers().key(log.customer()[0]), Some("ann".into()));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn text_keys<S: AsRef<str> + Sync>(mut self, keys: &[S]) -> Self {
        self.customer = self.keep(Customers::from_texts(keys));
        self
    }

    /// Customers already numbered, so that several tables share one numbering.
    /// Customers without a row are kept.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Customers, Transactions};
    /// let (customers, rows) = Customers::from_texts(&["ann", "bob"])?;
    /// let log = Transactions::builder(Currency::USD)
    ///     .numbered(customers, vec![rows[1]])
    ///     .days(vec![0])
    ///     .amounts(vec![1])
    ///     .build()?;
    /// assert_eq!((log.len(), log.customers().len()), (1, 2));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn numbered(mut self, customers: Customers, rows: Vec<CustomerIx>) -> Self {
        let checked = customers.check_rows(&rows);
        self.customer = self.keep(checked.map(|()| (customers, rows)));
        self
    }

    /// Days, counted from 1970-01-01.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// let log = Transactions::builder(Currency::USD).int_keys(&[4]).days(vec![-1]).amounts(vec![1]).build()?;
    /// assert_eq!(log.days(), [-1]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn days(self, days: Vec<i32>) -> Self {
        self.shared_days(days.into())
    }

    pub(crate) fn shared_days(mut self, days: Shared<i32>) -> Self {
        if let Some(row) = first_where(&days, |&day| !is_day(day)) {
            let reason = format!("day {} is outside the calendar", days[row]);
            self.keep::<()>(Err(Error::value("day", row, reason)));
        }
        self.day = Some(days);
        self
    }

    /// Days as civil dates.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// let date = chrono::NaiveDate::from_ymd_opt(1997, 1, 1).unwrap();
    /// let log = Transactions::builder(Currency::USD).int_keys(&[4]).dates(&[date]).amounts(vec![1]).build()?;
    /// assert_eq!(log.days(), [9862]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn dates(mut self, dates: &[NaiveDate]) -> Self {
        let days: Vec<i32> = dates.iter().map(|&date| day_of_date(date)).collect();
        self.day = Some(days.into());
        self
    }

    /// Days as instants, cut where `boundary` says.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, DayBoundary, Transactions};
    /// # use chrono::DateTime;
    /// let log = Transactions::builder(Currency::USD)
    ///     .int_keys(&[4])
    ///     .instants(&[DateTime::UNIX_EPOCH], DayBoundary::Utc)
    ///     .amounts(vec![1])
    ///     .build()?;
    /// assert_eq!(log.days(), [0]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn instants(mut self, instants: &[DateTime<Utc>], boundary: DayBoundary) -> Self {
        let day = |&instant: &DateTime<Utc>| day_of_date(boundary.date(instant));
        self.day = Some(instants.iter().map(day).collect::<Vec<_>>().into());
        self
    }

    /// Amounts in minor units; negative for refunds.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// let log = Transactions::builder(Currency::USD).int_keys(&[4]).days(vec![0]).amounts(vec![1177]).build()?;
    /// assert_eq!(log.amounts(), [1177]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn amounts(self, minor_units: Vec<i64>) -> Self {
        self.shared_amounts(minor_units.into())
    }

    pub(crate) fn shared_amounts(mut self, minor_units: Shared<i64>) -> Self {
        self.amount = Some(minor_units);
        self
    }

    /// Amounts in units of currency, each rounded half to even
    /// ([`Currency::from_f64`]). A number that is not finite is a fault.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::data::{Currency, Transactions};
    /// let log = |amount| Transactions::builder(Currency::USD)
    ///     .int_keys(&[4])
    ///     .days(vec![0])
    ///     .float_amounts(&[amount])
    ///     .build();
    /// assert_eq!(log(11.77)?.amounts(), [1177]);
    /// assert!(log(f64::NAN).unwrap_err().to_string().contains("row 0"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn float_amounts(mut self, amounts: &[f64]) -> Self {
        let currency = self.currency;
        let minor = |(row, &amount): (usize, &f64)| {
            currency
                .from_f64(amount)
                .map(|minor| minor.0)
                .map_err(|error| Error::value("amount", row, error.to_string()))
        };
        let converted: Result<Vec<i64>> = amounts.iter().enumerate().map(minor).collect();
        self.amount = self.keep(converted.map(Shared::from));
        self
    }

    /// The order that each row belongs to; blank where unknown.
    ///
    /// # Example
    ///
    /// See [`Transactions::orders`].
    pub fn orders<S: AsRef<str> + Sync>(mut self, orders: &[S]) -> Self {
        self.order = self.keep(Categories::new(orders));
        self
    }

    #[cfg(feature = "arrow")]
    pub(crate) fn order_labels(mut self, labels: Categories) -> Self {
        self.order = Some(labels);
        self
    }

    /// What each row bought; blank where unknown.
    ///
    /// # Example
    ///
    /// See [`Transactions::items`].
    pub fn items<S: AsRef<str> + Sync>(mut self, items: &[S]) -> Self {
        self.item = self.keep(Categories::new(items));
        self
    }

    #[cfg(feature = "arrow")]
    pub(crate) fn item_labels(mut self, labels: Categories) -> Self {
        self.item = Some(labels);
        self
    }

    /// How much each row bought. A number that is not finite is a fault.
    ///
    /// # Example
    ///
    /// See [`Transactions::quantities`].
    pub fn quantities(self, quantities: Vec<f64>) -> Self {
        self.shared_quantities(quantities.into())
    }

    pub(crate) fn shared_quantities(mut self, quantities: Shared<f64>) -> Self {
        let broken = |quantity: &f64| !quantity.is_finite();
        if let Some(row) = first_where(&quantities, broken) {
            let reason = format!("{} is not a quantity", quantities[row]);
            self.keep::<()>(Err(Error::value("quantity", row, reason)));
        }
        self.quantity = Some(quantities);
        self
    }

    /// The channel of each row; blank where unknown.
    ///
    /// # Example
    ///
    /// See [`Transactions`].
    pub fn channels<S: AsRef<str> + Sync>(mut self, channels: &[S]) -> Self {
        self.channel = self.keep(Categories::new(channels));
        self
    }

    #[cfg(feature = "arrow")]
    pub(crate) fn channel_labels(mut self, labels: Categories) -> Self {
        self.channel = Some(labels);
        self
    }

    /// What each row cost the seller, in minor units.
    ///
    /// # Example
    ///
    /// See [`Transactions::costs`].
    pub fn costs(self, minor_units: Vec<i64>) -> Self {
        self.shared_costs(minor_units.into())
    }

    pub(crate) fn shared_costs(mut self, minor_units: Shared<i64>) -> Self {
        self.cost = Some(minor_units);
        self
    }

    /// The source that brought the customer of each row; blank where unknown.
    ///
    /// # Example
    ///
    /// See [`Transactions::sources`].
    pub fn sources<S: AsRef<str> + Sync>(mut self, sources: &[S]) -> Self {
        self.source = self.keep(Categories::new(sources));
        self
    }

    #[cfg(feature = "arrow")]
    pub(crate) fn source_labels(mut self, labels: Categories) -> Self {
        self.source = Some(labels);
        self
    }

    /// The civil day on which each row became known, where it can be later than
    /// the day of the purchase: a late invoice, a back-dated refund.
    ///
    /// # Example
    ///
    /// See [`Transactions::recorded_days`].
    pub fn recorded_days(self, days: Vec<i32>) -> Self {
        self.shared_recorded_days(days.into())
    }

    pub(crate) fn shared_recorded_days(mut self, days: Shared<i32>) -> Self {
        if let Some(row) = first_where(&days, |&day| !is_day(day)) {
            let reason = format!("day {} is outside the calendar", days[row]);
            self.keep::<()>(Err(Error::value("recorded day", row, reason)));
        }
        self.recorded = Some(days);
        self
    }

    /// Checks the columns and makes the log.
    ///
    /// # Errors
    ///
    /// The first of: a fault that a setter met ([`Error::InvalidValue`] with
    /// its row, [`Error::Overflow`] at 2^32 customers or labels);
    /// [`Error::InvalidParameter`] for a missing column;
    /// [`Error::LengthMismatch`].
    ///
    /// # Example
    ///
    /// See [`TransactionsBuilder`].
    pub fn build(self) -> Result<Transactions> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let missing = |name, by| Error::parameter(name, "missing", by);
        let (customers, customer) = self.customer.ok_or_else(|| {
            missing(
                "customers",
                "a column set by int_keys, text_keys or numbered",
            )
        })?;
        let day = self
            .day
            .ok_or_else(|| missing("days", "a column set by days, dates or instants"))?;
        let amount = self
            .amount
            .ok_or_else(|| missing("amounts", "a column set by amounts or float_amounts"))?;
        let labels = |column: &Option<Categories>| column.as_ref().map(Categories::len);
        let lengths = [
            ("day", Some(day.len())),
            ("amount", Some(amount.len())),
            ("order", labels(&self.order)),
            ("item", labels(&self.item)),
            (
                "quantity",
                self.quantity.as_ref().map(|column| column.len()),
            ),
            ("channel", labels(&self.channel)),
            ("cost", self.cost.as_ref().map(|column| column.len())),
            ("source", labels(&self.source)),
            (
                "recorded day",
                self.recorded.as_ref().map(|column| column.len()),
            ),
        ];
        for (column, length) in lengths {
            Error::check_length(column, customer.len(), length.unwrap_or(customer.len()))?;
        }
        Ok(Transactions {
            currency: self.currency,
            customers,
            customer,
            day,
            amount,
            order: self.order,
            item: self.item,
            quantity: self.quantity,
            channel: self.channel,
            cost: self.cost,
            source: self.source,
            recorded: self.recorded,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::date_of_day;

    fn day(number: i32) -> NaiveDate {
        date_of_day(number).unwrap()
    }

    #[test]
    fn the_first_bad_row_is_named_whatever_the_column() {
        let build = |days: Vec<i32>, amounts: &[f64], keys: &[&str]| {
            Transactions::builder(Currency::USD)
                .text_keys(keys)
                .days(days)
                .float_amounts(amounts)
                .build()
                .map_err(|error| error.to_string())
        };
        let good = build(vec![0, 1], &[1.0, -2.0], &["a", "b"]);
        assert_eq!(good.unwrap().amounts(), [100, -200]);
        for (days, amounts, keys, message) in [
            (vec![0, 1], [1.0, 2.0], ["a", " "], "column customer, row 1"),
            (
                vec![0, i32::MAX],
                [1.0, 2.0],
                ["a", "b"],
                "column day, row 1",
            ),
            (
                vec![0, 1],
                [f64::INFINITY, f64::NAN],
                ["a", "b"],
                "column amount, row 0",
            ),
            (
                vec![0, 1, 2],
                [1.0, 2.0],
                ["a", "b"],
                "column day has length 3, expected 2",
            ),
        ] {
            let error = build(days, &amounts, &keys).unwrap_err();
            assert!(error.starts_with(message), "{error}");
        }
    }

    #[test]
    fn numbered_customers_must_exist() {
        let (customers, _) = Customers::from_ints(&[5]).unwrap();
        let error = Transactions::builder(Currency::USD)
            .numbered(customers, vec![CustomerIx(0), CustomerIx(1)])
            .days(vec![0, 0])
            .amounts(vec![0, 0])
            .build()
            .unwrap_err();
        let message = "column customer, row 1 (counted from 0): number 1 of 1 customers";
        assert!(error.to_string().starts_with(message), "{error}");
    }

    #[test]
    fn rows_become_columns_and_gaps_are_named() {
        let plain = Transaction::new("ann".into(), day(3), MinorUnits(5));
        let full = Transaction {
            quantity: Some(1.5),
            cost: Some(MinorUnits(2)),
            order: Some("o1"),
            item: Some("tea"),
            channel: Some("web"),
            source: Some("ad"),
            ..plain
        };
        let log = Transactions::from_rows(Currency::USD, [full, full]).unwrap();
        assert_eq!(log.costs(), Some([2, 2].as_slice()));
        assert_eq!(log.items().unwrap().label(1), Some("tea"));

        for (rows, message) in [
            (
                [full, plain],
                "column quantity, row 1 (counted from 0): the row lacks a quantity",
            ),
            (
                [plain, full],
                "column quantity, row 0 (counted from 0): the row lacks a quantity",
            ),
        ] {
            let error = Transactions::from_rows(Currency::USD, rows).unwrap_err();
            assert!(error.to_string().starts_with(message), "{error}");
        }

        let other = Transaction::new(7.into(), day(3), MinorUnits(5));
        let error = Transactions::from_rows(Currency::USD, [plain, other]).unwrap_err();
        assert!(error.to_string().contains("row 1"), "{error}");
    }

    #[test]
    fn debug_tells_counts_not_people() {
        let row = Transaction::new("ann".into(), day(3), MinorUnits(512));
        let log = Transactions::from_rows(Currency::USD, [row]).unwrap();
        for text in [format!("{row:?}"), format!("{log:?}")] {
            assert!(!text.contains("ann") && !text.contains("512"), "{text}");
        }
        assert!(format!("{log:?}").contains("rows: 1"));
    }
}
