//! Segments of customers from a table.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::super::super::{Table, column::Column};
use crate::{
    Result,
    data::{Assignments, Customers, Segment, SegmentId},
};

/// Which column of a table says to which segment a customer belongs.
///
/// | column | holds | default |
/// |---|---|---|
/// | segment | names of segments, or their numbers; null or blank for none | `segment` |
/// | customer | keys: text or whole numbers | `customer` |
///
/// Segments are numbered by first appearance, or by their numbers where the column holds those,
/// unless they are said with [`segments`](Self::segments).
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{RecordBatch, StringArray};
/// use custometry::{arrow::AssignmentColumns, data::{Customers, date_of_day}};
///
/// let batch = RecordBatch::try_from_iter([
///     ("customer", Arc::new(StringArray::from(vec!["ann", "bob", "cid"])) as _),
///     ("segment", Arc::new(StringArray::from(vec![Some("gold"), None, Some("basic")])) as _),
/// ])?;
/// let day = date_of_day(19_000).unwrap();
/// let columns = AssignmentColumns::default();
/// let tiers = columns.read(&batch.clone().into(), "tiers v1", day)?;
/// assert_eq!((tiers.name_of(0), tiers.name_of(1), tiers.counts()), (Some("gold"), None, vec![1, 1]));
///
/// // In the order of customers that are there already; who is not in the table has no segment.
/// let (customers, _) = Customers::from_texts(&["dan", "cid"])?;
/// let tiers = columns.read_for(&batch.into(), "tiers v1", day, &customers)?;
/// assert_eq!((tiers.name_of(0), tiers.name_of(1)), (None, Some("basic")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AssignmentColumns {
    customer: String,
    segment: String,
    segments: Option<Vec<Segment>>,
}

impl Default for AssignmentColumns {
    fn default() -> Self {
        Self {
            customer: "customer".to_owned(),
            segment: "segment".to_owned(),
            segments: None,
        }
    }
}

impl AssignmentColumns {
    /// The segments, a row for each row of the table.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`](crate::Error::InvalidParameter) for a column that is not there or of a type that cannot be read,
    /// and for a blank scheme; [`Error::InvalidValue`](crate::Error::InvalidValue) for the first row with a segment that is not
    /// among those that were said.
    ///
    /// # Example
    ///
    /// See [`AssignmentColumns`].
    pub fn read(&self, table: &Table, scheme: &str, as_of: NaiveDate) -> Result<Assignments> {
        let (segments, rows) = self.segments_of(&table.column(&self.segment)?)?;
        Assignments::new(scheme, as_of, segments, rows)
    }

    /// The segments of some customers, in their order, found by the column of keys. Rows of others
    /// are left out; customers without a row have no segment.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); [`Error::DuplicateKey`](crate::Error::DuplicateKey) for a customer with two rows.
    ///
    /// # Example
    ///
    /// See [`AssignmentColumns`].
    pub fn read_for(
        &self,
        table: &Table,
        scheme: &str,
        as_of: NaiveDate,
        customers: &Customers,
    ) -> Result<Assignments> {
        let (segments, rows) = self.segments_of(&table.column(&self.segment)?)?;
        let places = table.column(&self.customer)?.rows_of(customers)?;
        let segment = |at: Option<usize>| at.and_then(|at| rows.get(at).copied().flatten());
        let rows = places.into_iter().map(segment).collect();
        Assignments::new(scheme, as_of, segments, rows)
    }

    /// The segments there are, and that of each row.
    fn segments_of(&self, column: &Column<'_>) -> Result<(Vec<Segment>, Vec<Option<SegmentId>>)> {
        let labels = column.labels()?;
        let names: Vec<&str> = labels.labels().collect();
        let first_row = |code: usize| {
            let is_it = |row: &usize| labels.code(*row).map(|code| code as usize) == Some(code);
            (0..labels.len()).find(is_it).unwrap_or_default()
        };
        let numbered = !(column.is_text() || column.is_boolean());
        // Of each different label the number of its segment.
        let mut ids = Vec::with_capacity(names.len());
        for (code, name) in names.iter().enumerate() {
            let said = self.segments.as_ref();
            let id = match said {
                None if !numbered => u32::try_from(code).ok().map(SegmentId),
                None => name.parse().ok().map(SegmentId),
                Some(said) => {
                    let is_it = |segment: &&Segment| {
                        if numbered {
                            segment.id.0.to_string() == *name
                        } else {
                            segment.name == *name
                        }
                    };
                    said.iter().find(is_it).map(|segment| segment.id)
                }
            };
            let refused = || {
                let reason = match said {
                    None => format!("{name} is not a number from 0 to {}", u32::MAX),
                    Some(said) => {
                        let said: Vec<&str> = said.iter().map(|it| it.name.as_str()).collect();
                        format!("{name:?} is not one of the segments {}", said.join(", "))
                    }
                };
                column.refused(first_row(code), reason)
            };
            ids.push(id.ok_or_else(refused)?);
        }
        let id = |row| {
            let code = labels.code(row)?;
            ids.get(code as usize).copied()
        };
        let rows = (0..labels.len()).map(id).collect();
        let segments = self.segments.clone().unwrap_or_else(|| {
            let named = ids.iter().zip(&names);
            let mut segments: Vec<Segment> = named
                .map(|(&id, &name)| Segment {
                    id,
                    name: name.to_owned(),
                })
                .collect();
            segments.sort_by_key(|segment| segment.id);
            segments
        });
        Ok((segments, rows))
    }

    /// The column of the keys of customers.
    ///
    /// # Example
    ///
    /// See [`segment`](Self::segment).
    pub fn customer(mut self, column: &str) -> Self {
        column.clone_into(&mut self.customer);
        self
    }

    /// The column of segments.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch};
    /// use custometry::{arrow::AssignmentColumns, data::{Customers, SegmentId, date_of_day}};
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("card", Arc::new(Int64Array::from(vec![12, 11])) as _),
    ///     ("tier", Arc::new(Int64Array::from(vec![3, 2])) as _),
    /// ])?;
    /// let (customers, _) = Customers::from_ints(&[11])?;
    /// let columns = AssignmentColumns::default().customer("card").segment("tier");
    /// let day = date_of_day(19_000).unwrap();
    /// let tiers = columns.read_for(&batch.into(), "tiers v1", day, &customers)?;
    /// assert_eq!((tiers.get(0), tiers.segments().len()), (Some(SegmentId(2)), 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn segment(mut self, column: &str) -> Self {
        column.clone_into(&mut self.segment);
        self
    }

    /// The segments there are, in their order; those of the column by default.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{RecordBatch, StringArray};
    /// use custometry::{arrow::AssignmentColumns, data::{Segment, SegmentId, date_of_day}};
    ///
    /// let tiers = StringArray::from(vec!["basic", "silver"]);
    /// let batch = RecordBatch::try_from_iter([("segment", Arc::new(tiers) as _)])?;
    /// let segment = |id, name: &str| Segment { id: SegmentId(id), name: name.to_owned() };
    /// let columns = AssignmentColumns::default();
    /// let read = |segments| {
    ///     let day = date_of_day(19_000).unwrap();
    ///     columns.clone().segments(segments).read(&batch.clone().into(), "tiers v1", day)
    /// };
    /// let three = vec![segment(7, "gold"), segment(8, "silver"), segment(9, "basic")];
    /// assert_eq!(read(three)?.counts(), [0, 1, 1]);
    /// let error = read(vec![segment(9, "basic")]).unwrap_err();
    /// assert!(error.to_string().contains("row 1 (counted from 0): \"silver\" is not one of"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn segments(mut self, segments: Vec<Segment>) -> Self {
        self.segments = Some(segments);
        self
    }
}
