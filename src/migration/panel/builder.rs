//! A panel of rows.

use std::fmt;

use super::{NO_ROW, SegmentPanel, check_cells, order};
use crate::{
    Error, Result,
    data::{Currency, CustomerIx, CustomerKey, Customers, Segment, SegmentId, Texts},
    migration::states,
    numeric::first_where,
};

/// Collects the columns of a [`SegmentPanel`].
///
/// Customers, periods and segments are needed, values are optional. Setters never fail;
/// [`build`](Self::build) checks everything and reports the first fault.
///
/// # Example
///
/// ```
/// use custometry::migration::SegmentPanel;
///
/// let rows = SegmentPanel::builder()
///     .int_keys(&[7, 8, 7])
///     .periods(&["2024-01-01", "2024-01-01", "2024-01-01"])
///     .segments(&["a", "b", "b"]);
/// let error = rows.build().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "key customer 7 in period 2024-01-01 occurs in row 0 and again in row 2 (counted from 0)"
/// );
/// ```
#[derive(Clone, Default)]
pub struct SegmentPanelBuilder {
    customers: Option<(Customers, Vec<CustomerIx>)>,
    periods: Option<(Texts, Vec<u32>)>,
    segments: Option<(Texts, Vec<u32>)>,
    values: Option<(Currency, Vec<i64>)>,
    period_order: Option<Vec<String>>,
    order: Option<Vec<String>>,
    /// The first fault that a setter met.
    fault: Option<Error>,
}

impl fmt::Debug for SegmentPanelBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.customers.as_ref().map(|(_, rows)| rows.len());
        f.debug_struct("SegmentPanelBuilder")
            .field("rows", &rows)
            .finish_non_exhaustive()
    }
}

impl SegmentPanelBuilder {
    /// Keeps a value, or the first fault.
    fn keep<T>(&mut self, made: Result<T>) -> Option<T> {
        made.map_err(|fault| self.fault.get_or_insert(fault)).ok()
    }

    /// Customers by integer key.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// let panel = SegmentPanel::builder().int_keys(&[7]).periods(&["1"]).segments(&["a"]).build()?;
    /// assert!(panel.customers().unwrap().find(7.into()).is_some());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn int_keys(mut self, keys: &[i64]) -> Self {
        self.customers = self.keep(Customers::from_ints(keys));
        self
    }

    /// Customers by text key. Blank keys are a fault.
    ///
    /// # Example
    ///
    /// See [`SegmentPanel`].
    pub fn text_keys<S: AsRef<str> + Sync>(mut self, keys: &[S]) -> Self {
        self.customers = self.keep(Customers::from_texts(keys));
        self
    }

    /// Customers already numbered, so that several tables share one numbering. Customers without a
    /// row are kept: they are not yet there in any period.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::{data::Customers, migration::SegmentPanel};
    /// let (customers, rows) = Customers::from_texts(&["ann", "bob"])?;
    /// let panel = SegmentPanel::builder()
    ///     .numbered(customers, vec![rows[1]])
    ///     .periods(&["1"])
    ///     .segments(&["a"])
    ///     .build()?;
    /// assert_eq!(panel.len(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn numbered(mut self, customers: Customers, rows: Vec<CustomerIx>) -> Self {
        let stray = first_where(&rows, |row| row.at() >= customers.len());
        let checked = match stray {
            None => Ok((customers, rows)),
            Some(row) => Err(Error::value(
                "customer",
                row,
                format!(
                    "number {} of {} customers (counted from 0)",
                    rows[row].0,
                    customers.len()
                ),
            )),
        };
        self.customers = self.keep(checked);
        self
    }

    /// The period of each row, by its label. Blank labels are a fault.
    ///
    /// Periods follow one another as numbers if all labels are numbers, as dates if all are dates of
    /// ISO 8601, else as texts; or as [`period_order`](Self::period_order) says. Without that, two
    /// labels of equal value ("1" and "01", "2024-1-5" and "2024-01-05") are a fault: they would be two
    /// periods. Numbers that are not all whole are compared in double precision.
    ///
    /// # Example
    ///
    /// See [`SegmentPanel`].
    pub fn periods<S: AsRef<str> + Sync>(mut self, labels: &[S]) -> Self {
        self.periods = self.keep(numbered("period", labels));
        self
    }

    /// The segment of each row, by its label. Blank labels are a fault: leave out the row, and the
    /// customer is outside in that period.
    ///
    /// States stand in an order as that of periods, or as [`order`](Self::order) says; without that,
    /// two labels of equal value ("1" and "1.0") are a fault here too. The number of a state is its
    /// place in that order.
    ///
    /// # Example
    ///
    /// See [`SegmentPanel`].
    pub fn segments<S: AsRef<str> + Sync>(mut self, labels: &[S]) -> Self {
        self.segments = self.keep(numbered("segment", labels));
        self
    }

    /// The money of each row in minor units: what the customer was worth in the period.
    ///
    /// # Example
    ///
    /// See [`SegmentPanel`].
    pub fn values(mut self, currency: Currency, values: Vec<i64>) -> Self {
        self.values = Some((currency, values));
        self
    }

    /// All periods in their order, also such as nobody has a row in. Parts of the customers that
    /// shall be merged need the same.
    ///
    /// # Example
    ///
    /// ```
    /// # use custometry::migration::SegmentPanel;
    /// let panel = SegmentPanel::builder()
    ///     .int_keys(&[7, 7])
    ///     .periods(&["autumn", "spring"])
    ///     .segments(&["a", "a"])
    ///     .period_order(&["spring", "summer", "autumn"])
    ///     .build()?;
    /// assert_eq!(panel.periods().len(), 3);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn period_order<S: AsRef<str>>(mut self, labels: &[S]) -> Self {
        self.period_order = Some(owned(labels));
        self
    }

    /// All segments in their order, for a scale the lowest first, also such as nobody is in.
    ///
    /// # Example
    ///
    /// See [`SegmentPanel`].
    pub fn order<S: AsRef<str>>(mut self, labels: &[S]) -> Self {
        self.order = Some(owned(labels));
        self
    }

    /// Checks the columns and makes the panel.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidValue`] for a blank key or label, a label that is not in the order given, or two
    /// labels of equal value where no order is given;
    /// [`Error::NotEnoughData`] for a column that is missing, or without any segment;
    /// [`Error::LengthMismatch`] for columns of different lengths; [`Error::DuplicateKey`] for two
    /// rows of one customer and period, or a label given twice in an order;
    /// [`Error::InvalidParameter`] for more than 2,000 segments, or 2^31 cells (customers times
    /// periods).
    ///
    /// # Example
    ///
    /// See [`SegmentPanelBuilder`].
    pub fn build(self) -> Result<SegmentPanel> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let (customers, rows) = self.customers.ok_or_else(|| missing("customers"))?;
        let periods = self.periods.ok_or_else(|| missing("periods"))?;
        let segments = self.segments.ok_or_else(|| missing("segments"))?;
        Error::check_length("period", rows.len(), periods.1.len())?;
        Error::check_length("segment", rows.len(), segments.1.len())?;
        if let Some((_, values)) = &self.values {
            Error::check_length("value", rows.len(), values.len())?;
        }
        let (labels, periods) = ordered("period", periods, self.period_order)?;
        let (names, segments) = ordered("segment", segments, self.order)?;
        let states = states_of(names)?;
        check_cells(customers.len(), labels.len())?;

        let mut codes = vec![vec![NO_ROW; customers.len()]; labels.len()];
        for (row, ((customer, &period), &segment)) in
            rows.iter().zip(&periods).zip(&segments).enumerate()
        {
            let code = &mut codes[period as usize][customer.at()];
            if *code != NO_ROW {
                let same = |at: &usize| rows[*at] == *customer && periods[*at] == period;
                return Err(Error::DuplicateKey {
                    key: describe(&customers, *customer, &labels[period as usize]),
                    first_row: (0..row).find(same).unwrap_or(row),
                    row,
                });
            }
            // The number of states is below u16::MAX.
            *code = u16::try_from(segment).unwrap_or(NO_ROW);
        }
        let values = self.values.map(|(currency, values)| {
            let mut columns = vec![vec![0; customers.len()]; labels.len()];
            for ((customer, &period), &value) in rows.iter().zip(&periods).zip(&values) {
                columns[period as usize][customer.at()] = value;
            }
            (currency, columns)
        });
        let len = customers.len();
        let panel = SegmentPanel::of_columns(Some(customers), len, labels, states, codes);
        Ok(SegmentPanel { values, ..panel })
    }
}

fn owned<S: AsRef<str>>(labels: &[S]) -> Vec<String> {
    labels.iter().map(|it| it.as_ref().to_owned()).collect()
}

fn missing(column: &'static str) -> Error {
    Error::NotEnoughData {
        what: format!("columns of {column}").into(),
        needed: 1,
        found: 0,
    }
}

/// A customer and a period for a person.
pub(super) fn describe(customers: &Customers, customer: CustomerIx, period: &str) -> Box<str> {
    let key = customers.key(customer).unwrap_or(CustomerKey::Text("?"));
    format!("customer {key} in period {period}").into()
}

/// The different labels of a column, and the number of each row's label.
fn numbered<S: AsRef<str> + Sync>(column: &str, labels: &[S]) -> Result<(Texts, Vec<u32>)> {
    let blank = |label: &S| label.as_ref().trim().is_empty();
    match first_where(labels, blank) {
        None => Texts::number(labels),
        Some(row) => Err(Error::value(
            column,
            row,
            format!("the {column} is blank; leave out the row, or give it a {column}"),
        )),
    }
}

/// The labels of a column in their order, and the place of each row's label in it.
fn ordered(
    column: &'static str,
    (texts, mut codes): (Texts, Vec<u32>),
    given: Option<Vec<String>>,
) -> Result<(Vec<String>, Vec<u32>)> {
    let found: Vec<String> = texts.iter().map(str::to_owned).collect();
    let labels = match given {
        Some(given) => given,
        None => match order::sorted(&found) {
            Ok(sorted) => sorted.into_iter().map(|at| found[at].clone()).collect(),
            Err([one, other]) => return Err(same_value(column, &found, &codes, one, other)),
        },
    };
    let (known, places) = Texts::number(&labels)?;
    let twice = (places.iter().enumerate()).find(|&(row, &place)| place as usize != row);
    if let Some((row, &first)) = twice {
        return Err(Error::DuplicateKey {
            key: format!("{column} {}", labels[row]).into(),
            first_row: first as usize,
            row,
        });
    }
    let mut all = labels.clone();
    all.extend(found);
    let (_, places) = Texts::number(&all)?;
    let place_of = &places[labels.len()..];
    let stray = |code: &u32| place_of[*code as usize] as usize >= known.len();
    if let Some(row) = first_where(&codes, stray) {
        let label = &all[labels.len() + codes[row] as usize];
        let reason = format!(
            "{label:?} is not one of {}; add it to the order, or mend the row",
            labels.join(", ")
        );
        return Err(Error::value(column, row, reason));
    }
    for code in &mut codes {
        *code = place_of[*code as usize];
    }
    Ok((labels, codes))
}

/// The error for two labels of equal value, at the first row of the later one.
fn same_value(column: &str, labels: &[String], codes: &[u32], one: usize, other: usize) -> Error {
    // Labels are numbered in order of first appearance.
    let (first, later) = (one.min(other), one.max(other));
    let row = codes.iter().position(|&code| code as usize == later);
    let reason = format!(
        "{:?} and {:?} have the same value; write them alike, or give an order of all labels if they \
         are two",
        labels[first], labels[later]
    );
    Error::value(column, row.unwrap_or(0), reason)
}

/// States with their places as numbers.
fn states_of(names: Vec<String>) -> Result<Vec<Segment>> {
    let states: Vec<Segment> = (0..)
        .zip(names)
        .map(|(place, name)| Segment {
            id: SegmentId(place),
            name,
        })
        .collect();
    states::check(&states)?;
    Ok(states)
}
