//! A log brought over from the keys of a source to resolved customers.

use serde::{Deserialize, Serialize};

use super::{Crosswalk, CustomerIx, CustomerKey, Customers, MinorUnits, Transactions};
use crate::{Error, Result};

/// What becomes of customers of a log that a crosswalk does not know.
///
/// # Example
///
/// See [`Transactions::rekey`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UnknownCustomers {
    /// Each becomes a customer of its own, after the resolved ones. All keys are texts
    /// then, whether or not anybody is unknown: a resolved customer has its own key, an
    /// unknown one `source:key`, with a backslash before each `:` and backslash in the
    /// name of the source. No two customers of different sources can share such a key.
    #[default]
    Keep,
    /// Their rows are left out.
    Drop,
    /// The first row of one is an error.
    Refuse,
}

/// How much of a log a crosswalk knows. Only customers with a row count.
///
/// # Example
///
/// See [`Transactions::rekey`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MatchReport {
    /// Customers of the log that the crosswalk knows.
    pub known_customers: u64,
    /// Customers of the log that it does not.
    pub unknown_customers: u64,
    /// Rows of known customers.
    pub known_rows: u64,
    /// Rows of unknown customers.
    pub unknown_rows: u64,
    /// Money of known customers, net of refunds.
    pub known_money: MinorUnits,
    /// Money of unknown customers, net of refunds.
    pub unknown_money: MinorUnits,
    /// Customers of the log as it was.
    pub customers_before: u64,
    /// Customers of the log as it is now: fewer, where several keys are one person's or
    /// where the unknown are left out.
    pub customers_after: u64,
}

/// The rows and the money of some customers.
#[derive(Clone, Copy, Default)]
struct Share {
    customers: u64,
    rows: u64,
    money: i128,
}

impl Transactions {
    /// The log with resolved customers in place of the keys of a source.
    ///
    /// Rows keep their order, and all other columns come along. The customers are all of
    /// the crosswalk, with its numbers, also those without a row; unknown ones that are
    /// kept come after them, in the order of the log. So the resolved customers have the same
    /// numbers in the logs of all sources, and the states of logs brought over in the same
    /// way merge.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a source that the crosswalk does not have;
    /// [`Error::VersionMismatch`] if the log has integer keys and the source texts, or the
    /// other way round; [`Error::InvalidValue`] for the first row of an unknown customer
    /// under [`UnknownCustomers::Refuse`], and under [`UnknownCustomers::Keep`] for one
    /// whose new key a resolved customer has; [`Error::Overflow`] for sums of money past
    /// `i64` and for 2^32 customers.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::data::{Crosswalk, Currency, MinorUnits, Transactions, UnknownCustomers};
    ///
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["a-1", "a-2", "a-9"])
    ///     .days(vec![0, 5, 7])
    ///     .amounts(vec![1000, 500, 300])
    ///     .build()?;
    /// let crosswalk = Crosswalk::of_persons([("shop", "a-1".into(), 0), ("shop", "a-2".into(), 0)])?;
    ///
    /// // Two of the keys are of one person; the third is unknown and stays what it is.
    /// let (kept, report) = log.rekey("shop", &crosswalk, UnknownCustomers::Keep)?;
    /// let keys: Vec<String> = kept.customers().keys().map(|key| key.to_string()).collect();
    /// assert_eq!(keys, ["0", "shop:a-9"]);
    /// assert_eq!((report.customers_before, report.customers_after), (3, 2));
    /// assert_eq!(report.known_money, MinorUnits(1500));
    /// assert_eq!(report.unknown_money, MinorUnits(300));
    ///
    /// let (dropped, _) = log.rekey("shop", &crosswalk, UnknownCustomers::Drop)?;
    /// assert_eq!(dropped.amounts(), [1000, 500]);
    /// assert!(log.rekey("shop", &crosswalk, UnknownCustomers::Refuse).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn rekey(
        &self,
        source: &str,
        crosswalk: &Crosswalk,
        unknown: UnknownCustomers,
    ) -> Result<(Self, MatchReport)> {
        let resolved = self.resolve(source, crosswalk)?;
        let report = self.match_report(&resolved, unknown)?;
        if unknown == UnknownCustomers::Keep {
            let (customers, numbers) = self.kept(source, crosswalk, &resolved)?;
            let rows = self.customer().iter().map(|ix| numbers[ix.at()]);
            let log = self.clone().with_customers(customers, rows.collect());
            return Ok((log, report));
        }
        let (mut rows, mut customer) = (Vec::new(), Vec::new());
        for (row, &ix) in self.customer().iter().enumerate() {
            if let Some(person) = resolved[ix.at()] {
                rows.push(row);
                customer.push(person);
            } else if unknown == UnknownCustomers::Refuse {
                let key = self.customers().key(ix).map(|key| key.to_string());
                let reason = format!(
                    "the crosswalk has no key {} of the source {source:?}; resolve it, or keep or \
                     drop unknown customers",
                    key.unwrap_or_default()
                );
                return Err(Error::value("customer", row, reason));
            }
        }
        let log = self.of_rows(&rows);
        Ok((
            log.with_customers(crosswalk.customers().clone(), customer),
            report,
        ))
    }

    /// For each customer of the log the resolved one.
    fn resolve(&self, source: &str, crosswalk: &Crosswalk) -> Result<Vec<Option<CustomerIx>>> {
        let Some(of_source) = crosswalk.of_source(source) else {
            let names: Vec<String> = crosswalk
                .sources()
                .map(|name| format!("{name:?}"))
                .collect();
            let expected = format!("one of the crosswalk: {}", names.join(", "));
            return Err(Error::parameter("source", format!("{source:?}"), expected));
        };
        // A number read as text, or the other way round, would match nobody.
        let kind = |keys: &Customers| match keys.key(CustomerIx(0)) {
            None => None,
            Some(CustomerKey::Int(_)) => Some("integer"),
            Some(CustomerKey::Text(_)) => Some("text"),
        };
        if let (Some(expected), Some(found)) = (kind(&of_source.keys), kind(self.customers()))
            && expected != found
        {
            return Err(Error::VersionMismatch {
                what: "kind of customer key",
                expected: expected.into(),
                found: found.into(),
            });
        }
        let keys = self.customers().keys();
        Ok(keys.map(|key| of_source.find(key)).collect())
    }

    fn match_report(
        &self,
        resolved: &[Option<CustomerIx>],
        unknown: UnknownCustomers,
    ) -> Result<MatchReport> {
        let mut of_customer = vec![(0u64, 0i128); resolved.len()];
        for (ix, &amount) in self.customer().iter().zip(self.amounts()) {
            let (rows, money) = &mut of_customer[ix.at()];
            *rows += 1;
            *money += i128::from(amount);
        }
        let (mut known, mut others) = (Share::default(), Share::default());
        let mut persons: Vec<CustomerIx> = Vec::new();
        for (&(rows, money), person) in of_customer.iter().zip(resolved) {
            if rows == 0 {
                continue;
            }
            persons.extend(person);
            let share = if person.is_some() {
                &mut known
            } else {
                &mut others
            };
            share.customers += 1;
            share.rows += rows;
            share.money += money;
        }
        persons.sort_unstable();
        persons.dedup();
        let kept = if unknown == UnknownCustomers::Keep {
            others.customers
        } else {
            0
        };
        Ok(MatchReport {
            known_customers: known.customers,
            unknown_customers: others.customers,
            known_rows: known.rows,
            unknown_rows: others.rows,
            known_money: MinorUnits::from_sum(known.money, "known customers")?,
            unknown_money: MinorUnits::from_sum(others.money, "unknown customers")?,
            customers_before: known.customers + others.customers,
            customers_after: persons.len() as u64 + kept,
        })
    }

    /// The resolved customers and after them the unknown ones, and the new number of each
    /// customer of the log.
    fn kept(
        &self,
        source: &str,
        crosswalk: &Crosswalk,
        resolved: &[Option<CustomerIx>],
    ) -> Result<(Customers, Vec<CustomerIx>)> {
        let source = source.replace('\\', r"\\").replace(':', r"\:");
        let own = crosswalk.customers().keys().map(|key| key.to_string());
        let unknown = self.customers().numbers().zip(resolved);
        let unknown = unknown.filter(|(_, person)| person.is_none());
        let unknown: Vec<CustomerIx> = unknown.map(|(ix, _)| ix).collect();
        let new = unknown.iter().filter_map(|&ix| self.customers().key(ix));
        let keys: Vec<String> = own
            .chain(new.map(|key| format!("{source}:{key}")))
            .collect();
        let (customers, places) = Customers::from_texts(&keys)?;

        let of_unknown = &places[crosswalk.customers().len()..];
        let mut numbers: Vec<CustomerIx> = resolved
            .iter()
            .map(|person| person.unwrap_or(CustomerIx(0)))
            .collect();
        for (&ix, &number) in unknown.iter().zip(of_unknown) {
            if number.at() < crosswalk.customers().len() {
                let row = self.customer().iter().position(|&other| other == ix);
                let key = &keys[number.at()];
                let reason = format!("a resolved customer has the key {key}; give it another");
                return Err(Error::value("customer", row.unwrap_or_default(), reason));
            }
            numbers[ix.at()] = number;
        }
        Ok((customers, numbers))
    }
}
