//! One wide table of customers.

use std::fmt;

use chrono::NaiveDate;
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::Overview;
use crate::{
    data::{Customers, MinorUnits},
    value::{Movement, Summary},
};

/// All that is known of the customers, as columns of one length in the order of the customers. A
/// chapter that is not there has no columns.
///
/// | column | what |
/// |---|---|
/// | `customer` | the key |
/// | `contact` | `allowed`, `refused` or `unknown` |
/// | `first_purchase`, `last_purchase` | days |
/// | `days_since_last`, `purchase_days` | counts |
/// | `revenue`, `profit` | minor units; profit where costs are known |
/// | `segment`, `rfm_code`, `kind` | names; scores as one number |
/// | `p_alive`, `expected_purchases`, `clv`, `clv_lo`, `clv_hi`, `silence_date` | of the worth |
/// | `movement`, `change` | of the bridge; minor units |
/// | `segment_before` | on the day before the last of the moves |
/// | `active`, `risk` | 1 for customers who are not lost, 0 for those who are; the chance to go quiet |
///
/// # Example
///
/// ```
/// use custometry::{data::*, overview::{OverviewInputs, OverviewParams, TableColumn}};
/// let log = Transactions::builder(Currency::EUR)
///     .text_keys(&["ann", "bob", "ann"])
///     .days(vec![0, 3, 40])
///     .amounts(vec![2_500, 900, 3_100])
///     .build()?;
/// let as_of = date_of_day(60).unwrap();
/// let overview = OverviewParams::default().fit(&OverviewInputs::new().transactions(&log), as_of)?;
/// let table = overview.customers();
/// assert_eq!(table.len(), 2);
/// let Some(TableColumn::Counts(days)) = table.column("purchase_days") else { panic!() };
/// assert_eq!(days, &[Some(2), Some(1)]);
/// assert!(table.names().any(|name| name == "segment"));
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct CustomerTable<'a> {
    len: usize,
    columns: Vec<(&'static str, TableColumn<'a>)>,
}

/// A column of the table.
///
/// # Example
///
/// See [`CustomerTable`].
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum TableColumn<'a> {
    /// The keys of the customers.
    Keys(&'a Customers),
    /// Names; none where there is none.
    Names(Vec<Option<&'a str>>),
    /// Days; none where there is none.
    Dates(Vec<Option<NaiveDate>>),
    /// Counts; none where nothing can be counted.
    Counts(Vec<Option<u32>>),
    /// Money in minor units; none where there is none.
    Money(Vec<Option<i64>>),
    /// Numbers; NaN where there is none.
    Numbers(&'a [f64]),
}

impl fmt::Debug for CustomerTable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomerTable")
            .field("rows", &self.len)
            .field("columns", &self.names().collect::<Vec<_>>())
            .finish()
    }
}

impl fmt::Debug for TableColumn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableColumn")
            .field("rows", &self.len())
            .finish_non_exhaustive()
    }
}

impl TableColumn<'_> {
    /// The number of rows.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::overview::TableColumn;
    /// assert_eq!(TableColumn::Numbers(&[0.5, 0.7]).len(), 2);
    /// ```
    pub fn len(&self) -> usize {
        match self {
            Self::Keys(customers) => customers.len(),
            Self::Names(column) => column.len(),
            Self::Dates(column) => column.len(),
            Self::Counts(column) => column.len(),
            Self::Money(column) => column.len(),
            Self::Numbers(column) => column.len(),
        }
    }

    /// Whether there are no rows.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::overview::TableColumn;
    /// assert!(TableColumn::Numbers(&[]).is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> CustomerTable<'a> {
    /// The number of customers.
    ///
    /// # Example
    ///
    /// See [`CustomerTable`].
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no customers.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::date_of_day, overview::{OverviewInputs, OverviewParams}};
    /// let nothing = OverviewParams::default().fit(&OverviewInputs::new(), date_of_day(0).unwrap())?;
    /// assert!(nothing.customers().is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The names of the columns, in their order.
    ///
    /// # Example
    ///
    /// See [`CustomerTable`].
    pub fn names(&self) -> impl ExactSizeIterator<Item = &'static str> {
        self.columns.iter().map(|(name, _)| *name)
    }

    /// The columns and their names, in their order.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, overview::{OverviewInputs, OverviewParams}};
    /// # let log = Transactions::builder(Currency::EUR).int_keys(&[1]).days(vec![0]).amounts(vec![900]).build()?;
    /// # let as_of = date_of_day(90).unwrap();
    /// # let overview = OverviewParams::default().fit(&OverviewInputs::new().transactions(&log), as_of)?;
    /// assert!(overview.customers().columns().all(|(_, column)| column.len() == 1));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn columns(&self) -> impl ExactSizeIterator<Item = (&'static str, &TableColumn<'a>)> {
        self.columns.iter().map(|(name, column)| (*name, column))
    }

    /// A column by its name.
    ///
    /// # Example
    ///
    /// See [`CustomerTable`].
    pub fn column(&self, name: &str) -> Option<&TableColumn<'a>> {
        let found = self.columns.iter().find(|(of, _)| *of == name);
        found.map(|(_, column)| column)
    }
}

impl Serialize for CustomerTable<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for (name, column) in &self.columns {
            map.serialize_entry(name, column)?;
        }
        map.end()
    }
}

impl Serialize for TableColumn<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Keys(customers) => {
                serializer.collect_seq(customers.keys().map(|key| key.to_string()))
            }
            Self::Names(column) => serializer.collect_seq(column),
            Self::Dates(column) => serializer.collect_seq(column),
            Self::Counts(column) => serializer.collect_seq(column),
            Self::Money(column) => serializer.collect_seq(column),
            Self::Numbers(column) => serializer.collect_seq(column.iter()),
        }
    }
}

impl Overview {
    /// All that is known of the customers, as one wide table in their order. A column is there if its
    /// chapter is.
    ///
    /// # Example
    ///
    /// See [`CustomerTable`].
    pub fn customers(&self) -> CustomerTable<'_> {
        let customers = self.keys.customers();
        let mut columns = vec![("customer", TableColumn::Keys(customers))];
        let contact = customers
            .numbers()
            .map(|it| Some(self.contact_of(it).name()));
        columns.push(("contact", TableColumn::Names(contact.collect())));
        if let Some(summary) = &self.summary {
            let all = || summary.customers().numbers();
            let first = all().map(|it| summary.first_purchase(it));
            let last = all().map(|it| summary.last_purchase(it));
            let since = all().map(|it| summary.days_since_last(it));
            let bought = summary.has_purchase().zip(summary.frequency());
            let bought = bought.map(|(bought, again)| Some(if bought { again + 1 } else { 0 }));
            let money = all().map(|it| summary.total_money(it).map(|MinorUnits(minor)| minor));
            columns.extend([
                ("first_purchase", TableColumn::Dates(first.collect())),
                ("last_purchase", TableColumn::Dates(last.collect())),
                ("days_since_last", TableColumn::Counts(since.collect())),
                ("purchase_days", TableColumn::Counts(bought.collect())),
                ("revenue", TableColumn::Money(money.collect())),
            ]);
        }
        if let Some(profit) = self.costed() {
            let profit = profit.profit().iter().copied().map(Some);
            columns.push(("profit", TableColumn::Money(profit.collect())));
        }
        if let Some(segments) = self.segments.told() {
            let rows = 0..segments.assignments.len();
            let names = rows.clone().map(|row| segments.assignments.name_of(row));
            let codes = rows.map(|row| segments.scores.code(row).map(u32::from));
            columns.push(("segment", TableColumn::Names(names.collect())));
            columns.push(("rfm_code", TableColumn::Counts(codes.collect())));
        }
        if let Some(kinds) = self.kinds.told() {
            let names = (0..kinds.assignments.len()).map(|row| kinds.assignments.name_of(row));
            columns.push(("kind", TableColumn::Names(names.collect())));
        }
        if let Some(worth) = self.worth.told() {
            columns.extend([
                ("p_alive", TableColumn::Numbers(&worth.p_alive)),
                (
                    "expected_purchases",
                    TableColumn::Numbers(&worth.expected_purchases),
                ),
                ("clv", TableColumn::Numbers(&worth.clv)),
                ("clv_lo", TableColumn::Numbers(&worth.clv_lo)),
                ("clv_hi", TableColumn::Numbers(&worth.clv_hi)),
                (
                    "silence_date",
                    TableColumn::Dates(worth.silence_dates.clone()),
                ),
            ]);
        }
        if let Some(of) = self.bridge.told() {
            let movements = of.bridge.movements().iter();
            let names = movements.map(|movement| movement.map(Movement::name));
            let change = customers.numbers().map(|it| of.bridge.change(it));
            let change = change.map(|change| change.map(|change| change.change.0));
            columns.push(("movement", TableColumn::Names(names.collect())));
            columns.push(("change", TableColumn::Money(change.collect())));
        }
        if let Some(moves) = self.migration.told() {
            let names = (0..moves.before.len()).map(|row| moves.before.name_of(row));
            columns.push(("segment_before", TableColumn::Names(names.collect())));
        }
        if let Some(churn) = self.churn.told() {
            let bought = self.summary.iter().flat_map(Summary::has_purchase);
            let active = churn.is_active().iter().zip(bought);
            let active = active.map(|(&active, bought)| bought.then_some(u32::from(active)));
            columns.push(("active", TableColumn::Counts(active.collect())));
        }
        if let Some(risk) = self.risk.told() {
            columns.push(("risk", TableColumn::Numbers(&risk.probability)));
        }
        CustomerTable {
            len: customers.len(),
            columns,
        }
    }
}
