//! The question: where was each customer in each period?
//!
//! # Model
//!
//! A panel holds one place for each customer and period: a state, or one of three places outside. A
//! customer who has no row in a period is never left out. Which place outside it is, the customer's
//! own rows say:
//!
//! ```text
//! before the first row       not yet    no customer so far
//! between two rows           inactive   away, and came back
//! after the last row         churned    away, as far as the panel shows
//! without any row            not yet    in every period
//! ```
//!
//! Periods are those that occur in the data, or those that are given; a step leads from one to the
//! next, whatever time lies between. Where the labels of periods are dates, their days are kept
//! ([`SegmentPanel::period_days`]) for whoever needs lengths.
//!
//! # How to read it
//!
//! "Churned" is a verdict of hindsight: one more period may turn it into "inactive". Nobody can be
//! "inactive" in the last period, and of who is there in the last period nothing is known yet.
//!
//! # Limits
//!
//! A step from one period to the next is one step even if a period is missing from the data as a
//! whole: give all periods to have it count as a period in which nobody was seen.
//!
//! # Complexity
//!
//! O(rows) to join, 2 bytes a customer and period to hold, and 8 more with values. A panel of more than
//! 2^31 cells, customers times periods, is refused: most often a timestamp stands where a period should.

mod builder;
mod order;
mod parts;
mod snapshots;

#[cfg(test)]
mod tests;

use std::{fmt, ops::Range};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    TripleCounts,
    chunks::{CHUNK, MOST_IN_TABLE},
    states,
};
use crate::{
    Error, Result,
    data::{Currency, CustomerIx, Customers, Segment, SegmentId},
    numeric::map_chunks,
};

pub use self::{builder::SegmentPanelBuilder, snapshots::SnapshotKeys};

/// Where a customer is in a period.
///
/// # Example
///
/// ```
/// use custometry::{data::SegmentId, migration::Presence};
/// assert!(Presence::In(SegmentId(3)).is_in() && !Presence::Inactive.is_in());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Presence {
    /// In a state.
    In(SegmentId),
    /// No customer so far.
    NotYet,
    /// Away, between two periods in a state.
    Inactive,
    /// Away since the last period in a state, as far as the panel shows.
    Churned,
}

impl Presence {
    /// Whether the customer is in a state.
    ///
    /// # Example
    ///
    /// See [`Presence`].
    pub fn is_in(self) -> bool {
        matches!(self, Self::In(_))
    }

    /// The place of a code: states first, then the three places outside.
    pub(super) fn of_code(states: &[Segment], code: usize) -> Self {
        match (states.get(code), code - states.len().min(code)) {
            (Some(state), _) => Self::In(state.id),
            (None, 0) => Self::NotYet,
            (None, 1) => Self::Inactive,
            (None, _) => Self::Churned,
        }
    }

    /// The name for people.
    pub(super) fn name(self, states: &[Segment]) -> &str {
        match self {
            Self::In(id) => {
                states::place_of(states, id).map_or("", |place| states[place].name.as_str())
            }
            Self::NotYet => "not yet",
            Self::Inactive => "inactive",
            Self::Churned => "churned",
        }
    }
}

/// How many places outside there are; their codes follow those of the states, in the order of
/// [`Presence`].
pub(super) const OUTSIDE: usize = 3;

/// Up to this many cells, customers times periods, a panel holds: 4 GiB; a constant.
const MOST_CELLS: usize = 1 << 31;

/// `Ok` if a panel of so many customers and periods can be held.
fn check_cells(customers: usize, periods: usize) -> Result<()> {
    match customers.checked_mul(periods) {
        Some(cells) if cells <= MOST_CELLS => Ok(()),
        _ => Err(Error::parameter(
            "size of the panel",
            format!("{customers} customers in {periods} periods"),
            format!(
                "at most {MOST_CELLS} cells (customers times periods); if the period is a \
                 timestamp, give its month, quarter or year, else build a panel for each part of the \
                 customers"
            ),
        )),
    }
}

/// Marks a customer without a row while a panel is made.
const NO_ROW: u16 = u16::MAX;

/// Where each customer was in each period, and what the customer was worth there.
///
/// # Example
///
/// ```
/// use custometry::{data::{Currency, CustomerIx, SegmentId}, migration::{Presence, SegmentPanel}};
///
/// let panel = SegmentPanel::builder()
///     .text_keys(&["ann", "bob", "ann", "cid", "ann"])
///     .periods(&["9", "9", "10", "10", "12"])
///     .segments(&["gold", "silver", "silver", "gold", "gold"])
///     .values(Currency::EUR, vec![900, 200, 250, 800, 950])
///     .order(&["silver", "gold"])
///     .build()?;
/// assert_eq!(panel.periods(), ["9", "10", "12"]);
/// let ann = CustomerIx(0);
/// assert_eq!(panel.presence(2, ann), Some(Presence::In(SegmentId(1)))); // gold
/// assert_eq!(panel.presence(1, CustomerIx(1)), Some(Presence::Churned)); // Bob
/// assert_eq!(panel.presence(0, CustomerIx(2)), Some(Presence::NotYet)); // Cid
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct SegmentPanel {
    customers: Option<Customers>,
    len: usize,
    periods: Vec<String>,
    states: Vec<Segment>,
    /// A column of codes for each period: the place of a state, or that of a place outside, which
    /// follow the states.
    codes: Vec<Vec<u16>>,
    /// A column of money for each period; 0 outside.
    values: Option<(Currency, Vec<Vec<i64>>)>,
}

impl fmt::Debug for SegmentPanel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentPanel")
            .field("customers", &self.len)
            .field("periods", &self.periods.len())
            .field("states", &self.states.len())
            .finish_non_exhaustive()
    }
}

impl SegmentPanel {
    /// Starts a panel of rows: a customer, a period and a segment each, in any order.
    ///
    /// # Example
    ///
    /// See [`SegmentPanel`].
    pub fn builder() -> SegmentPanelBuilder {
        SegmentPanelBuilder::default()
    }

    /// A panel of sound parts, whose codes still have `NO_ROW` where there is no row.
    fn of_columns(
        customers: Option<Customers>,
        len: usize,
        periods: Vec<String>,
        states: Vec<Segment>,
        mut codes: Vec<Vec<u16>>,
    ) -> Self {
        // Fewer states than u16::MAX are admitted by `states::check`.
        let not_yet = u16::try_from(states.len()).unwrap_or(NO_ROW);
        settle_outside(&mut codes, not_yet);
        Self {
            customers,
            len,
            periods,
            states,
            codes,
            values: None,
        }
    }

    /// The same panel with the money of each customer in each period: a column for each period, in
    /// the order of the customers.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`] unless columns are as many as periods and values as customers;
    /// [`Error::InvalidValue`] for money of a customer who is outside in the period.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::*, migration::SegmentPanel};
    /// let segments = vec![Segment { id: SegmentId(4), name: "all".into() }];
    /// let day = |day, rows| Assignments::new("v1", date_of_day(day).unwrap(), segments.clone(), rows);
    /// let (first, last) = (day(0, vec![Some(SegmentId(4)), None])?, day(91, vec![Some(SegmentId(4)); 2])?);
    /// let panel = SegmentPanel::of_assignments(&[&first, &last])?;
    /// let valued = panel.clone().with_values(Currency::EUR, &[[500, 0], [700, 900]])?;
    /// assert_eq!(valued.value(1, CustomerIx(1)), Some(MinorUnits(900)));
    /// assert!(panel.with_values(Currency::EUR, &[[500, 1], [700, 900]]).is_err());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn with_values(
        mut self,
        currency: Currency,
        columns: &[impl AsRef<[i64]>],
    ) -> Result<Self> {
        Error::check_length("values", self.periods.len(), columns.len())?;
        for ((codes, column), period) in self.codes.iter().zip(columns).zip(&self.periods) {
            let name = format!("value in period {period}");
            Error::check_length(&name, self.len, column.as_ref().len())?;
            let stray = |(code, value): (&u16, &i64)| {
                *value != 0 && usize::from(*code) >= self.states.len()
            };
            if let Some(row) = codes.iter().zip(column.as_ref()).position(stray) {
                let reason = "the customer has money but no segment in the period; give one, such as \
                     a segment for customers without";
                return Err(Error::value(&name, row, reason));
            }
        }
        let columns = columns.iter().map(|column| column.as_ref().to_vec());
        self.values = Some((currency, columns.collect()));
        Ok(self)
    }

    /// The customers, if the panel was made of keys.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// let panel = SegmentPanel::builder().int_keys(&[7]).periods(&["1"]).segments(&["a"]).build()?;
    /// assert_eq!(panel.customers().unwrap().len(), 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn customers(&self) -> Option<&Customers> {
        self.customers.as_ref()
    }

    /// The number of customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// let panel = SegmentPanel::builder().int_keys(&[7]).periods(&["1"]).segments(&["a"]).build()?;
    /// assert_eq!(panel.len(), 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no customers.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// let none: [&str; 0] = [];
    /// let panel = SegmentPanel::builder().int_keys(&[]).periods(&none).segments(&none);
    /// assert!(panel.order(&["a"]).build()?.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The labels of the periods, in order.
    ///
    /// # Example
    ///
    /// See [`SegmentPanel`].
    pub fn periods(&self) -> &[String] {
        &self.periods
    }

    /// The days of the periods, counted from 1970-01-01, if all labels are dates.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[7, 7])
    ///     .periods(&["1970-04-02", "1970-01-01"])
    ///     .segments(&["a", "b"])
    ///     .build()?;
    /// assert_eq!(panel.period_days(), Some(vec![0, 91]));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn period_days(&self) -> Option<Vec<i32>> {
        order::days(&self.periods)
    }

    /// The states, in order.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[7, 8])
    ///     .periods(&["1", "1"])
    ///     .segments(&["10", "9"])
    ///     .build()?;
    /// assert_eq!(panel.states()[0].name, "9"); // as numbers
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn states(&self) -> &[Segment] {
        &self.states
    }

    /// The state with a name; `None` if there is none.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::SegmentId, migration::SegmentPanel};
    /// let panel = SegmentPanel::builder().int_keys(&[7]).periods(&["1"]).segments(&["a"]).build()?;
    /// assert_eq!(panel.state("a"), Some(SegmentId(0)));
    /// assert_eq!(panel.state("b"), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn state(&self, name: &str) -> Option<SegmentId> {
        let named = self.states.iter().find(|state| state.name == name);
        named.map(|state| state.id)
    }

    /// The currency of the values; `None` if there are none.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// let panel = SegmentPanel::builder().int_keys(&[7]).periods(&["1"]).segments(&["a"]).build()?;
    /// assert_eq!(panel.currency(), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn currency(&self) -> Option<Currency> {
        self.values.as_ref().map(|(currency, _)| *currency)
    }

    /// Where a customer is in a period, counted from 0; `None` if one of them does not exist.
    ///
    /// # Example
    ///
    /// See [`SegmentPanel`].
    pub fn presence(&self, period: usize, customer: CustomerIx) -> Option<Presence> {
        let code = *self.codes.get(period)?.get(customer.at())?;
        Some(Presence::of_code(&self.states, usize::from(code)))
    }

    /// The money of a customer in a period, 0 outside; `None` if one of them does not exist, or
    /// there are no values.
    ///
    /// # Example
    ///
    /// See [`with_values`](Self::with_values).
    pub fn value(&self, period: usize, customer: CustomerIx) -> Option<crate::data::MinorUnits> {
        let (_, columns) = self.values.as_ref()?;
        let value = *columns.get(period)?.get(customer.at())?;
        Some(crate::data::MinorUnits(value))
    }

    /// How many customers took which two steps in a row, in states for three consecutive periods.
    ///
    /// # Errors
    ///
    /// [`Error::NotEnoughData`] without a state.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::SegmentId, migration::SegmentPanel};
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[7, 7, 7])
    ///     .periods(&["1", "2", "3"])
    ///     .segments(&["a", "a", "b"])
    ///     .build()?;
    /// let triples = panel.triples()?;
    /// assert_eq!(triples.count(SegmentId(0), SegmentId(0), SegmentId(1)), 1);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn triples(&self) -> Result<TripleCounts> {
        let order = self.states.len();
        let mut cells = Vec::new();
        for columns in self.codes.windows(3) {
            let of_chunk = |range: Range<usize>| triples_of(columns, range, order);
            for (key, count) in map_chunks(self.len, CHUNK, of_chunk).into_iter().flatten() {
                let id = |place: usize| self.states[place % order].id;
                let (from, via) = (id(key / order), id(key / order / order));
                cells.push((from, via, id(key), count));
            }
        }
        TripleCounts::new(self.states.clone(), &cells)
    }

    pub(super) fn codes(&self) -> &[Vec<u16>] {
        &self.codes
    }

    pub(super) fn values(&self) -> Option<&[Vec<i64>]> {
        self.values.as_ref().map(|(_, columns)| &columns[..])
    }
}

/// The triples of a chunk of customers in three periods, with their customers:
/// (via · order + from) · order + to.
fn triples_of(columns: &[Vec<u16>], range: Range<usize>, order: usize) -> Vec<(usize, u64)> {
    let [from, via, to] = [0, 1, 2].map(|at| &columns[at][range.clone()]);
    let keys = from
        .iter()
        .zip(via)
        .zip(to)
        .filter_map(|((from, via), to)| {
            let [from, via, to] = [from, via, to].map(|&code| usize::from(code));
            let inside = from.max(via).max(to) < order;
            inside.then_some((via * order + from) * order + to)
        });
    if order.pow(3) <= MOST_IN_TABLE {
        let mut counts = vec![0; order.pow(3)];
        for key in keys {
            counts[key] += 1;
        }
        let counts = counts.into_iter().enumerate();
        return counts.filter(|&(_, count)| count > 0).collect();
    }
    let mut keys: Vec<usize> = keys.collect();
    keys.sort_unstable();
    let runs = keys.chunk_by(|one, other| one == other);
    runs.map(|run| (run[0], run.len() as u64)).collect()
}

/// Writes the places outside: not yet before the first row, inactive between rows, churned after
/// the last.
fn settle_outside(codes: &mut [Vec<u16>], not_yet: u16) {
    let (inactive, churned) = (not_yet + 1, not_yet + 2);
    // The customers of a chunk, period by period.
    let mut columns: Vec<_> = codes.iter_mut().map(|it| it.chunks_mut(CHUNK)).collect();
    let mut chunks: Vec<Vec<&mut [u16]>> = Vec::new();
    loop {
        let chunk: Vec<&mut [u16]> = columns.iter_mut().filter_map(Iterator::next).collect();
        if chunk.is_empty() {
            break;
        }
        chunks.push(chunk);
    }
    chunks.par_iter_mut().for_each(|periods| {
        let len = periods.first().map_or(0, |column| column.len());
        let mut seen = vec![false; len];
        for column in periods.iter_mut() {
            for (code, seen) in column.iter_mut().zip(&mut seen) {
                let away = if *seen { inactive } else { not_yet };
                *seen |= *code != NO_ROW;
                *code = if *code == NO_ROW { away } else { *code };
            }
        }
        seen.fill(false);
        for column in periods.iter_mut().rev() {
            for (code, seen) in column.iter_mut().zip(&mut seen) {
                *code = if *code == inactive && !*seen {
                    churned
                } else {
                    *code
                };
                *seen |= *code < not_yet;
            }
        }
    });
}
