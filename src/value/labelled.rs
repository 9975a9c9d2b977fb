//! Money by customer, label and day: for questions by channel, item or source.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Measure, SummaryState, day_table::DayTable};
use crate::{
    Error, Result,
    data::{
        Assignments, Categories, Currency, CustomerIx, CustomerKey, Customers, Merge, Segment,
        SegmentId, Transactions, merge_sealed,
    },
    persist,
};

/// The mergeable state of questions by channel, item, acquisition source or any other
/// label of the rows: money by customer, label and day.
///
/// Shards may share customers, labels and days; the merged state is that of all rows
/// together, exactly.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, Merge, Transactions}, value::LabelledState};
/// let shard = |channels: &[&str]| {
///     let log = Transactions::builder(Currency::EUR)
///         .text_keys(&vec!["ann"; channels.len()])
///         .days(vec![0; channels.len()])
///         .amounts(vec![500; channels.len()])
///         .channels(channels)
///         .build()?;
///     LabelledState::new(&log, log.channels().unwrap())
/// };
/// let state = shard(&["web", ""])?.merge(shard(&["shop", "web"])?)?;
/// assert_eq!(state.customers().len(), 1);
/// assert_eq!(state.labels().collect::<Vec<_>>(), ["web", "shop"]);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct LabelledState {
    customers: Customers,
    labels: Customers,
    /// With cells in the place of customers; see [`Cell`].
    cells: SummaryState,
}

/// How a state is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    customers: Customers,
    labels: Customers,
    cells: SummaryState,
}

/// A customer and the place of a label, if there is one: as a number, the key of a
/// cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    pub(super) customer: usize,
    pub(super) label: Option<usize>,
}

impl Cell {
    #[expect(
        clippy::cast_possible_wrap,
        reason = "a bit pattern, taken apart below"
    )]
    fn key(self) -> i64 {
        let label = self.label.map_or(0, |label| label as u64 + 1);
        ((self.customer as u64) << 32 | label) as i64
    }

    #[expect(
        clippy::cast_sign_loss,
        clippy::cast_possible_truncation,
        reason = "a bit pattern of two numbers of 32 bits"
    )]
    fn of_key(key: i64) -> Self {
        let label = key as u32;
        Self {
            customer: (key as u64 >> 32) as usize,
            label: label.checked_sub(1).map(|label| label as usize),
        }
    }
}

impl fmt::Debug for LabelledState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LabelledState")
            .field("customers", &self.customers.len())
            .field("labels", &self.labels.len())
            .field("cells", &self.cells.customers().len())
            .finish_non_exhaustive()
    }
}

impl LabelledState {
    /// The state of a log by one of its label columns, or any other column with a
    /// label for each row; blank labels are a label of their own.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; as [`SummaryState::new`].
    ///
    /// # Example
    ///
    /// See [`LabelledState`].
    pub fn new(log: &Transactions, labels: &Categories) -> Result<Self> {
        Self::build(log, labels, SummaryState::new)
    }

    /// The state of a log whose money is contribution, as
    /// [`SummaryState::contribution`].
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`]; as [`SummaryState::contribution`].
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Transactions}, value::{LabelledState, Measure}};
    /// let log = Transactions::builder(Currency::EUR)
    ///     .int_keys(&[1])
    ///     .days(vec![0])
    ///     .amounts(vec![500])
    ///     .costs(vec![300])
    ///     .items(&["tea"])
    ///     .build()?;
    /// let state = LabelledState::contribution(&log, log.items().unwrap())?;
    /// assert_eq!(state.measure(), Measure::Contribution);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn contribution(log: &Transactions, labels: &Categories) -> Result<Self> {
        Self::build(log, labels, SummaryState::contribution)
    }

    fn build(
        log: &Transactions,
        labels: &Categories,
        state: impl Fn(&Transactions) -> Result<SummaryState>,
    ) -> Result<Self> {
        Error::check_length("label", log.len(), labels.len())?;
        let names: Vec<&str> = labels.labels().collect();
        let (names, _) = Customers::from_texts(&names)?;
        let key = |(row, customer): (usize, &CustomerIx)| {
            let label = labels.code(row).map(|code| code as usize);
            let customer = customer.at();
            Cell { customer, label }.key()
        };
        let keys: Vec<i64> = log.customer().iter().enumerate().map(key).collect();
        let mut by_cell = Transactions::builder(log.currency())
            .int_keys(&keys)
            .days(log.days().to_vec())
            .amounts(log.amounts().to_vec());
        if let Some(costs) = log.costs() {
            by_cell = by_cell.costs(costs.to_vec());
        }
        Ok(Self {
            customers: log.customers().clone(),
            labels: names,
            cells: state(&by_cell.build()?)?,
        })
    }

    /// The customers.
    ///
    /// # Example
    ///
    /// See [`LabelledState`].
    pub fn customers(&self) -> &Customers {
        &self.customers
    }

    /// The labels, in order of first appearance.
    ///
    /// # Example
    ///
    /// See [`LabelledState`].
    pub fn labels(&self) -> impl ExactSizeIterator<Item = &str> {
        self.labels.keys().map(|key| match key {
            CustomerKey::Text(label) => label,
            CustomerKey::Int(_) => "",
        })
    }

    /// The currency of the money.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Transactions}, value::LabelledState};
    /// let log = Transactions::builder(Currency::CHF).int_keys(&[1]).days(vec![0]).amounts(vec![5]);
    /// let log = log.sources(&["ad"]).build()?;
    /// assert_eq!(LabelledState::new(&log, log.sources().unwrap())?.currency(), Currency::CHF);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn currency(&self) -> Currency {
        self.cells.currency()
    }

    /// What the money is.
    ///
    /// # Example
    ///
    /// See [`contribution`](Self::contribution).
    pub fn measure(&self) -> Measure {
        self.cells.measure()
    }

    /// The label of each customer's first purchase day, as segments: the source that
    /// brought each, say. Of several labels on that day the first in the order of the
    /// alphabet counts, so that no order of rows matters. Customers without a purchase,
    /// or with a blank label, are in no segment.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a blank scheme.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Transactions, date_of_day}, value::LabelledState};
    /// let log = Transactions::builder(Currency::EUR)
    ///     .text_keys(&["ann", "ann", "bob"])
    ///     .days(vec![9, 3, 5])
    ///     .amounts(vec![500; 3])
    ///     .sources(&["mail", "ad", "mail"])
    ///     .build()?;
    /// let state = LabelledState::new(&log, log.sources().unwrap())?;
    /// let sources = state.first_labels("source", date_of_day(9).unwrap())?;
    /// assert_eq!((sources.name_of(0), sources.name_of(1)), (Some("ad"), Some("mail")));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn first_labels(&self, scheme: &str, as_of: NaiveDate) -> Result<Assignments> {
        let (_, in_order) = self.labels.in_key_order();
        let mut rank = vec![0; in_order.len()];
        for (place, label) in in_order.iter().enumerate() {
            rank[label.at()] = place;
        }
        // The smallest day, and on it the smallest rank; blank comes last.
        let mut first: Vec<Option<(NaiveDate, usize)>> = vec![None; self.customers.len()];
        for number in self.cells.customers().numbers() {
            let Some(cell) = self.cell(number) else {
                continue;
            };
            let mut days = self.cells.days_of(number).filter(|day| day.purchase);
            let Some(day) = days.next().filter(|day| day.date <= as_of) else {
                continue;
            };
            let found = (day.date, cell.label.map_or(usize::MAX, |label| rank[label]));
            let first = &mut first[cell.customer];
            *first = Some(first.map_or(found, |first| first.min(found)));
        }
        #[expect(clippy::cast_possible_truncation, reason = "labels are below 2^32")]
        let id = |place: usize| SegmentId(place as u32);
        let names: Vec<&str> = self.labels().collect();
        let segment = |(place, label): (usize, &CustomerIx)| Segment {
            id: id(place),
            name: names[label.at()].to_owned(),
        };
        let segments = in_order.iter().enumerate().map(segment).collect();
        let rows = (first.into_iter())
            .map(|first| first.filter(|(_, rank)| *rank != usize::MAX))
            .map(|first| first.map(|(_, rank)| id(rank)))
            .collect();
        Assignments::new(scheme, as_of, segments, rows)
    }

    /// The same state with customers and labels in the order of their keys.
    ///
    /// # Errors
    ///
    /// None in practice: nothing is added up.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::{data::{Currency, Merge, Transactions}, value::LabelledState};
    /// let state = |key, channel| {
    ///     let log = Transactions::builder(Currency::EUR).int_keys(&[key]).days(vec![0]).amounts(vec![5]);
    ///     let log = log.channels(&[channel]).build()?;
    ///     LabelledState::new(&log, log.channels().unwrap())
    /// };
    /// let one_way = state(1, "web")?.merge(state(2, "shop")?)?;
    /// let other_way = state(2, "shop")?.merge(state(1, "web")?)?;
    /// assert_eq!(one_way.in_key_order()?, other_way.in_key_order()?);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn in_key_order(&self) -> Result<Self> {
        let (customers, old_customers) = self.customers.in_key_order();
        let (labels, old_labels) = self.labels.in_key_order();
        let cells = self.renumbered(&places(&old_customers), &places(&old_labels))?;
        Ok(Self {
            customers,
            labels,
            cells: cells.in_key_order()?,
        })
    }

    /// The cells with other numbers for the customers and the labels.
    fn renumbered(&self, customers: &[CustomerIx], labels: &[CustomerIx]) -> Result<SummaryState> {
        let key = |number: CustomerIx| {
            let cell = self.cell(number)?;
            let customer = customers[cell.customer].at();
            let label = cell.label.map(|label| labels[label].at());
            Some(Cell { customer, label }.key())
        };
        let keys: Vec<i64> = self.cells.customers().numbers().filter_map(key).collect();
        self.cells.with_customers(Customers::from_ints(&keys)?.0)
    }

    pub(super) fn table(&self) -> &DayTable {
        self.cells.table()
    }

    /// The cells, in the order of the table.
    pub(super) fn cells(&self) -> impl ExactSizeIterator<Item = Option<Cell>> {
        self.cells
            .customers()
            .numbers()
            .map(|number| self.cell(number))
    }

    /// `None` only if the number is not one of a cell.
    fn cell(&self, number: CustomerIx) -> Option<Cell> {
        match self.cells.customers().key(number)? {
            CustomerKey::Int(key) => Some(Cell::of_key(key)),
            CustomerKey::Text(_) => None,
        }
    }
}

/// For each old number, the place in the new order.
fn places(old: &[CustomerIx]) -> Vec<CustomerIx> {
    let mut places = vec![CustomerIx(0); old.len()];
    for (place, old) in (0u32..).zip(old) {
        places[old.at()] = CustomerIx(place);
    }
    places
}

impl merge_sealed::Sealed for LabelledState {}

impl Merge for LabelledState {
    fn neutral(&self) -> Self {
        Self {
            customers: Customers::default(),
            labels: Customers::default(),
            cells: self.cells.neutral(),
        }
    }

    fn merge(self, other: Self) -> Result<Self> {
        let (customers, of_customers) = self.customers.union(&other.customers)?;
        let (labels, of_labels) = self.labels.union(&other.labels)?;
        let more = other.renumbered(&of_customers, &of_labels)?;
        Ok(Self {
            customers,
            labels,
            cells: self.cells.merge(more)?,
        })
    }
}

impl From<LabelledState> for Fields {
    fn from(state: LabelledState) -> Self {
        let LabelledState {
            customers,
            labels,
            cells,
        } = state;
        Self {
            customers,
            labels,
            cells,
        }
    }
}

impl TryFrom<Fields> for LabelledState {
    type Error = Error;
    fn try_from(fields: Fields) -> Result<Self> {
        let Fields {
            customers,
            labels,
            cells,
        } = fields;
        let state = Self {
            customers,
            labels,
            cells,
        };
        let known = |cell: &Option<Cell>| {
            cell.is_some_and(|Cell { customer, label }| {
                let has_label = label.is_none_or(|label| label < state.labels.len());
                customer < state.customers.len() && has_label
            })
        };
        let unknown = state.cells().position(|cell| !known(&cell));
        match unknown {
            None => Ok(state),
            Some(row) => {
                let reason = "the customer or the label of this cell is not among those saved";
                Err(Error::value("cells", row, reason))
            }
        }
    }
}

impl persist::sealed::Sealed for LabelledState {}
impl persist::Persist for LabelledState {
    const FORMAT: &'static str = "custometry/labelled-state";
    const VERSION: u32 = 1;
}
