//! Panels and counts of transitions from tables.

use std::{borrow::Cow, collections::HashMap};

use serde::{Deserialize, Serialize};

use super::super::{Table, column::Column};
use crate::{
    Error, Result,
    data::{
        Categories, Currency, CustomerIx, Customers, DayBoundary, Segment, SegmentId, date_of_day,
    },
    migration::{SegmentPanel, SegmentPanelBuilder, TransitionCounts, TripleCounts},
};

/// Which column of a table is which of a panel: a row a customer and period.
///
/// | column | holds | default |
/// |---|---|---|
/// | customer | keys: text or whole numbers | `customer` |
/// | period | labels: text or whole numbers; or dates, and timestamps (cut at the day boundary), which become labels as 2024-05-31 | `period` |
/// | segment | labels: text, whole numbers or booleans | `segment` |
/// | value | money of the customer in the period in units of currency, or in minor units | none |
///
/// Nulls are errors: a customer who is outside in a period has no row.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Int64Array, RecordBatch, StringArray};
/// use custometry::{arrow::{SegmentPanelColumns, Tables}, data::Currency};
///
/// let batch = RecordBatch::try_from_iter([
///     ("client", Arc::new(Int64Array::from(vec![7, 8, 7])) as _),
///     ("year", Arc::new(Int64Array::from(vec![2023, 2023, 2024])) as _),
///     ("tier", Arc::new(StringArray::from(vec!["gold", "gold", "silver"])) as _),
///     ("cents", Arc::new(Int64Array::from(vec![900, 800, 250])) as _),
/// ])?;
/// let panel = SegmentPanelColumns::default()
///     .customer("client")
///     .period("year")
///     .segment("tier")
///     .value_minor("cents")
///     .order(&["silver", "gold"])
///     .read(&batch.into(), Some(Currency::EUR))?;
/// assert_eq!(panel.periods(), ["2023", "2024"]);
/// assert_eq!(panel.states()[0].name, "silver");
/// assert_eq!(panel.flows()?.table("moves")?.num_rows(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SegmentPanelColumns {
    customer: String,
    period: String,
    day_boundary: DayBoundary,
    segment: String,
    value: Option<String>,
    value_minor: Option<String>,
    period_order: Option<Vec<String>>,
    order: Option<Vec<String>>,
}

impl Default for SegmentPanelColumns {
    fn default() -> Self {
        Self {
            customer: "customer".to_owned(),
            period: "period".to_owned(),
            day_boundary: DayBoundary::Utc,
            segment: "segment".to_owned(),
            value: None,
            value_minor: None,
            period_order: None,
            order: None,
        }
    }
}

impl SegmentPanelColumns {
    /// Reads the panel. A currency is needed if there is a column of values.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there or of a type that cannot be read, and
    /// for values without a currency; [`Error::InvalidValue`] for the first row that is null; and what
    /// [`SegmentPanelBuilder::build`] refuses.
    ///
    /// # Example
    ///
    /// See [`SegmentPanelColumns`].
    pub fn read(&self, table: &Table, currency: Option<Currency>) -> Result<SegmentPanel> {
        let (customers, rows) = table.column(&self.customer)?.keys()?;
        self.build(table, currency, customers, rows)
    }

    /// Reads the panel of customers who are numbered already, so that several tables share one
    /// numbering. Customers without a row are kept: they are not yet there in any period.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and [`Error::InvalidValue`] for a key that none of the customers has.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch};
    /// use custometry::{arrow::SegmentPanelColumns, data::Customers};
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("customer", Arc::new(Int64Array::from(vec![8])) as _),
    ///     ("period", Arc::new(Int64Array::from(vec![1])) as _),
    ///     ("segment", Arc::new(Int64Array::from(vec![1])) as _),
    /// ])?;
    /// let (customers, _) = Customers::from_ints(&[7, 8])?;
    /// let columns = SegmentPanelColumns::default();
    /// assert_eq!(columns.read_numbered(&batch.clone().into(), None, &customers)?.len(), 2);
    /// let (others, _) = Customers::from_ints(&[7])?;
    /// let error = columns.read_numbered(&batch.into(), None, &others).unwrap_err();
    /// assert!(error.to_string().contains("row 0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read_numbered(
        &self,
        table: &Table,
        currency: Option<Currency>,
        customers: &Customers,
    ) -> Result<SegmentPanel> {
        let column = table.column(&self.customer)?;
        let found = column.find_in(customers)?.into_iter().enumerate();
        let known = found.map(|(row, customer)| {
            let unknown = || column.refused(row, "is not one of the customers".to_owned());
            customer.ok_or_else(unknown)
        });
        let rows = known.collect::<Result<_>>()?;
        self.build(table, currency, customers.clone(), rows)
    }

    fn build(
        &self,
        table: &Table,
        currency: Option<Currency>,
        customers: Customers,
        rows: Vec<CustomerIx>,
    ) -> Result<SegmentPanel> {
        let period = table.column(&self.period)?;
        let segment = table.column(&self.segment)?;
        let mut panel = SegmentPanel::builder().numbered(customers, rows);
        panel = if period.is_time() {
            panel.periods(&dates(&period, self.day_boundary)?)
        } else {
            labelled(&period, panel, |panel, labels| panel.periods(labels))?
        };
        panel = labelled(&segment, panel, |panel, labels| panel.segments(labels))?;
        let without = || {
            let expected = "the currency of the values, such as EUR";
            Error::parameter("currency", "none", expected)
        };
        match (&self.value_minor, &self.value) {
            (Some(minor), _) => {
                let values = table.column(minor)?.i64s()?;
                panel = panel.values(currency.ok_or_else(without)?, values.to_vec());
            }
            (None, Some(value)) => {
                let currency = currency.ok_or_else(without)?;
                let values = table.column(value)?.amounts(currency)?;
                panel = panel.values(currency, values.to_vec());
            }
            (None, None) => {}
        }
        if let Some(labels) = &self.period_order {
            panel = panel.period_order(labels);
        }
        if let Some(labels) = &self.order {
            panel = panel.order(labels);
        }
        panel.build()
    }

    /// The column of customer keys.
    ///
    /// # Example
    ///
    /// See [`SegmentPanelColumns`].
    pub fn customer(mut self, column: &str) -> Self {
        column.clone_into(&mut self.customer);
        self
    }

    /// The column of periods.
    ///
    /// # Example
    ///
    /// See [`SegmentPanelColumns`].
    pub fn period(mut self, column: &str) -> Self {
        column.clone_into(&mut self.period);
        self
    }

    /// Where timestamps of periods are cut into days; midnight UTC by default.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch, TimestampSecondArray};
    /// use custometry::{arrow::SegmentPanelColumns, data::DayBoundary};
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("customer", Arc::new(Int64Array::from(vec![7])) as _),
    ///     ("period", Arc::new(TimestampSecondArray::from(vec![86_400 - 1])) as _),
    ///     ("segment", Arc::new(Int64Array::from(vec![1])) as _),
    /// ])?;
    /// let tokyo = DayBoundary::FixedOffset(chrono::FixedOffset::east_opt(9 * 3600).unwrap());
    /// let panel = SegmentPanelColumns::default().day_boundary(tokyo).read(&batch.into(), None)?;
    /// assert_eq!(panel.periods(), ["1970-01-02"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn day_boundary(mut self, boundary: DayBoundary) -> Self {
        self.day_boundary = boundary;
        self
    }

    /// The column of segments.
    ///
    /// # Example
    ///
    /// See [`SegmentPanelColumns`].
    pub fn segment(mut self, column: &str) -> Self {
        column.clone_into(&mut self.segment);
        self
    }

    /// The column of values, in units of currency.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Float64Array, Int64Array, RecordBatch};
    /// use custometry::{arrow::SegmentPanelColumns, data::{Currency, CustomerIx, MinorUnits}};
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("customer", Arc::new(Int64Array::from(vec![7])) as _),
    ///     ("period", Arc::new(Int64Array::from(vec![1])) as _),
    ///     ("segment", Arc::new(Int64Array::from(vec![1])) as _),
    ///     ("spend", Arc::new(Float64Array::from(vec![12.5])) as _),
    /// ])?;
    /// let columns = SegmentPanelColumns::default().value("spend");
    /// let panel = columns.read(&batch.clone().into(), Some(Currency::EUR))?;
    /// assert_eq!(panel.value(0, CustomerIx(0)), Some(MinorUnits(1250)));
    /// assert!(columns.read(&batch.into(), None).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn value(mut self, column: &str) -> Self {
        self.value = Some(column.to_owned());
        self.value_minor = None;
        self
    }

    /// The column of values, in minor units.
    ///
    /// # Example
    ///
    /// See [`SegmentPanelColumns`].
    pub fn value_minor(mut self, column: &str) -> Self {
        self.value_minor = Some(column.to_owned());
        self
    }

    /// All periods in their order, as [`SegmentPanelBuilder::period_order`].
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::arrow::SegmentPanelColumns;
    /// let columns = SegmentPanelColumns::default().period_order(&["spring", "autumn"]);
    /// assert_ne!(columns, SegmentPanelColumns::default());
    /// ```
    pub fn period_order<S: AsRef<str>>(mut self, labels: &[S]) -> Self {
        self.period_order = Some(owned(labels));
        self
    }

    /// All segments in their order, for a scale the lowest first, as [`SegmentPanelBuilder::order`].
    ///
    /// # Example
    ///
    /// See [`SegmentPanelColumns`].
    pub fn order<S: AsRef<str>>(mut self, labels: &[S]) -> Self {
        self.order = Some(owned(labels));
        self
    }
}

fn owned<S: AsRef<str>>(labels: &[S]) -> Vec<String> {
    labels.iter().map(|it| it.as_ref().to_owned()).collect()
}

/// Gives the labels of a column to a panel; blank where null.
fn labelled(
    column: &Column<'_>,
    panel: SegmentPanelBuilder,
    set: impl Fn(SegmentPanelBuilder, &[&str]) -> SegmentPanelBuilder,
) -> Result<SegmentPanelBuilder> {
    if column.is_text() {
        return Ok(set(panel, &column.texts_or_blank()?));
    }
    let labels = column.labels()?;
    let texts: Vec<&str> = (0..labels.len())
        .map(|row| labels.label(row).unwrap_or_default())
        .collect();
    Ok(set(panel, &texts))
}

/// Days as labels: 2024-05-31.
fn dates(column: &Column<'_>, boundary: DayBoundary) -> Result<Vec<Cow<'static, str>>> {
    let days = column.days(boundary)?;
    let mut texts: HashMap<i32, String> = HashMap::new();
    let labels = days.iter().enumerate().map(|(row, &day)| {
        if let Some(text) = texts.get(&day) {
            return Ok(text.clone().into());
        }
        let out = || column.refused(row, "is outside the calendar".to_owned());
        let text = date_of_day(day).ok_or_else(out)?.to_string();
        texts.insert(day, text.clone());
        Ok(text.into())
    });
    labels.collect()
}

/// Which column of a table is which of counted transitions: a row a transition, or a row a pair of
/// states with a count.
///
/// | column | holds | default |
/// |---|---|---|
/// | from, to | labels: the names of states | `from`, `to` |
/// | customers | counts | none: each row is one |
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Int64Array, RecordBatch, StringArray};
/// use custometry::{arrow::{Tables, TransitionColumns}, data::{Segment, SegmentId}};
///
/// let batch = RecordBatch::try_from_iter([
///     ("before", Arc::new(StringArray::from(vec!["a", "a", "b"])) as _),
///     ("after", Arc::new(StringArray::from(vec!["a", "b", "b"])) as _),
///     ("n", Arc::new(Int64Array::from(vec![80, 20, 7])) as _),
/// ])?;
/// let states = |names: &[&str]| -> Vec<Segment> {
///     let named = (0..).map(SegmentId).zip(names);
///     named.map(|(id, name)| Segment { id, name: (*name).into() }).collect()
/// };
/// let columns = TransitionColumns::default().from("before").to("after").customers("n");
/// let counts = columns.read(&batch.clone().into(), states(&["a", "b"]))?;
/// assert_eq!(counts.row_totals(), [100, 7]);
/// // Its own table is read back.
/// let again = TransitionColumns::default().customers("customers");
/// assert_eq!(again.read(&counts.record_batch()?.into(), states(&["a", "b"]))?, counts);
/// let error = columns.read(&batch.into(), states(&["a"])).unwrap_err();
/// assert!(error.to_string().starts_with("column before, row 2"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TransitionColumns {
    from: String,
    to: String,
    customers: Option<String>,
}

impl Default for TransitionColumns {
    fn default() -> Self {
        Self {
            from: "from".to_owned(),
            to: "to".to_owned(),
            customers: None,
        }
    }
}

impl TransitionColumns {
    /// Reads the counts, of states in this order.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there or of a type that cannot be read, or
    /// more than 2,000 states; [`Error::InvalidValue`] for the first row that is null, of a state that is
    /// not among the states or of a name that two of them have, or counts less than nothing;
    /// [`Error::Overflow`] for more than 2^64 transitions.
    ///
    /// # Example
    ///
    /// See [`TransitionColumns`].
    pub fn read(&self, table: &Table, states: Vec<Segment>) -> Result<TransitionCounts> {
        let from = places(&table.column(&self.from)?, &states)?;
        let to = places(&table.column(&self.to)?, &states)?;
        let Some(customers) = &self.customers else {
            return TransitionCounts::of_codes(states, &codes(&from), &codes(&to));
        };
        let customers = table.column(customers)?.u64s()?;
        let mut rows = vec![vec![0u64; states.len()]; states.len()];
        for ((from, to), customers) in from.into_iter().zip(to).zip(customers) {
            let cell = rows.get_mut(from).and_then(|row| row.get_mut(to));
            if let Some(cell) = cell {
                *cell = cell.checked_add(customers).ok_or_else(|| Error::Overflow {
                    what: "more than 18446744073709551615 transitions; count fewer periods".into(),
                })?;
            }
        }
        TransitionCounts::new(states, &rows)
    }

    /// The column of states before.
    ///
    /// # Example
    ///
    /// See [`TransitionColumns`].
    pub fn from(mut self, column: &str) -> Self {
        column.clone_into(&mut self.from);
        self
    }

    /// The column of states afterwards.
    ///
    /// # Example
    ///
    /// See [`TransitionColumns`].
    pub fn to(mut self, column: &str) -> Self {
        column.clone_into(&mut self.to);
        self
    }

    /// The column of counts.
    ///
    /// # Example
    ///
    /// See [`TransitionColumns`].
    pub fn customers(mut self, column: &str) -> Self {
        self.customers = Some(column.to_owned());
        self
    }
}

/// Which column of a table is which of counted triples: a row two steps of a customer, or a row three
/// states with a count.
///
/// | column | holds | default |
/// |---|---|---|
/// | from, via, to | labels: the names of states | `from`, `via`, `to` |
/// | customers | counts | none: each row is one |
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{RecordBatch, StringArray};
/// use custometry::{arrow::{Tables, TripleColumns}, data::{Segment, SegmentId}};
///
/// let column = |labels: &[&str]| Arc::new(StringArray::from(labels.to_vec())) as _;
/// let batch = RecordBatch::try_from_iter([
///     ("first", column(&["a", "a", "a"])),
///     ("second", column(&["b", "a", "b"])),
///     ("third", column(&["a", "a", "a"])),
/// ])?;
/// let states = || vec![
///     Segment { id: SegmentId(1), name: "a".into() },
///     Segment { id: SegmentId(2), name: "b".into() },
/// ];
/// let columns = TripleColumns::default().from("first").via("second").to("third");
/// let triples = columns.read(&batch.into(), states())?;
/// assert_eq!(triples.count(SegmentId(1), SegmentId(2), SegmentId(1)), 2);
/// let again = TripleColumns::default().customers("customers");
/// assert_eq!(again.read(&triples.record_batch()?.into(), states())?, triples);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TripleColumns {
    from: String,
    via: String,
    to: String,
    customers: Option<String>,
}

impl Default for TripleColumns {
    fn default() -> Self {
        Self {
            from: "from".to_owned(),
            via: "via".to_owned(),
            to: "to".to_owned(),
            customers: None,
        }
    }
}

impl TripleColumns {
    /// Reads the counts, of states in this order.
    ///
    /// # Errors
    ///
    /// As [`TransitionColumns::read`].
    ///
    /// # Example
    ///
    /// See [`TripleColumns`].
    pub fn read(&self, table: &Table, states: Vec<Segment>) -> Result<TripleCounts> {
        let [from, via, to] = [&self.from, &self.via, &self.to].map(|name| {
            let places = places(&table.column(name)?, &states)?.into_iter();
            let ids = places.filter_map(|place| states.get(place).map(|state| state.id));
            Ok(ids.collect::<Vec<SegmentId>>())
        });
        let (from, via, to): (_, Vec<SegmentId>, Vec<SegmentId>) = (from?, via?, to?);
        let customers = match &self.customers {
            Some(customers) => table.column(customers)?.u64s()?,
            None => vec![1; table.len()],
        };
        let rows = from.into_iter().zip(via).zip(to).zip(customers);
        let triples: Vec<_> = rows
            .map(|(((from, via), to), customers)| (from, via, to, customers))
            .collect();
        TripleCounts::new(states, &triples)
    }

    /// The column of states at first.
    ///
    /// # Example
    ///
    /// See [`TripleColumns`].
    pub fn from(mut self, column: &str) -> Self {
        column.clone_into(&mut self.from);
        self
    }

    /// The column of states in between.
    ///
    /// # Example
    ///
    /// See [`TripleColumns`].
    pub fn via(mut self, column: &str) -> Self {
        column.clone_into(&mut self.via);
        self
    }

    /// The column of states at last.
    ///
    /// # Example
    ///
    /// See [`TripleColumns`].
    pub fn to(mut self, column: &str) -> Self {
        column.clone_into(&mut self.to);
        self
    }

    /// The column of counts.
    ///
    /// # Example
    ///
    /// See [`TripleColumns`].
    pub fn customers(mut self, column: &str) -> Self {
        self.customers = Some(column.to_owned());
        self
    }
}

/// The place of the state of each row.
fn places(column: &Column<'_>, states: &[Segment]) -> Result<Vec<usize>> {
    let labels: Categories = column.labels()?;
    let places: Vec<Option<usize>> = labels
        .labels()
        .map(|label| {
            let mut named = (0..states.len()).filter(|&at| states[at].name == label);
            // A name that two states have tells neither.
            named.next().filter(|_| named.next().is_none())
        })
        .collect();
    let place = |row: usize| {
        let Some(code) = labels.code(row) else {
            return Err(column.refused(row, "is null; leave out the row".to_owned()));
        };
        let place = places.get(code as usize).copied().flatten();
        place.ok_or_else(|| {
            let known: Vec<&str> = states.iter().map(|state| state.name.as_str()).collect();
            let label = labels.label(row).unwrap_or_default();
            let known = known.join(", ");
            column.refused(
                row,
                format!("{label:?} is not the name of one state of {known}"),
            )
        })
    };
    (0..labels.len()).map(place).collect()
}

/// Places as the codes that are counted; there are fewer states than codes.
fn codes(places: &[usize]) -> Vec<u16> {
    let code = |&place: &usize| u16::try_from(place).unwrap_or(u16::MAX);
    places.iter().map(code).collect()
}
