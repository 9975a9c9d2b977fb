//! Records of people, pairs of them and how common values are, from tables.

use std::{borrow::Cow, collections::HashMap};

use serde::{Deserialize, Serialize};

use super::super::Table;
use crate::{
    Error, Result,
    data::{CustomerIx, CustomerKey},
    identity::{DateOrder, FieldKind, PhoneRegion, RecordIx, Records, TermFrequencies},
};

/// Which column of a table is which of records of people.
///
/// | column | holds | default |
/// |---|---|---|
/// | key | keys that are unique within a source: text or whole numbers | `key` |
/// | source | the names of sources; the blank one where null | none: one source |
/// | fields | what the records say, in an order of one's own | the columns with the names below |
///
/// Without fields of one's own, the columns `given_name`, `surname`, `full_name`, `birth_date`,
/// `email`, `phone`, `address`, `city` and `postcode` are taken that the table has. What is null or
/// blank is missing. Days of birth may be dates, and anything else may be numbers: a postcode 10115
/// is the text "10115". A set is a list of texts; a place is two columns.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Int64Array, RecordBatch, StringArray};
/// use custometry::{arrow::RecordColumns, identity::FieldKind};
///
/// let text = |texts: [&str; 2]| Arc::new(StringArray::from(texts.to_vec())) as _;
/// let batch = RecordBatch::try_from_iter([
///     ("id", Arc::new(Int64Array::from(vec![7, 8])) as _),
///     ("surname", text(["Lee", "de la Cruz"])),
///     ("mobile", text(["(212) 555-2368", ""])),
/// ])?;
/// let columns = RecordColumns::default()
///     .key("id")
///     .field("surname", FieldKind::Surname)
///     .field("mobile", FieldKind::Phone);
/// let records = columns.read(&batch.into())?;
/// assert_eq!(records.value(0, "mobile").as_deref(), Some("+12125552368"));
/// assert_eq!(records.value(1, "mobile"), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordColumns {
    key: String,
    source: Option<String>,
    source_name: Option<String>,
    fields: Vec<RecordField>,
    phone_region: Option<PhoneRegion>,
    date_order: Option<DateOrder>,
    generic_above: Option<u32>,
}

/// A column of the table as a column of the records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordField {
    column: String,
    kind: FieldKind,
    /// The name in the records; that of the column unless it is set.
    #[serde(default)]
    name: Option<String>,
    /// The second column of places.
    #[serde(default)]
    longitude: Option<String>,
}

/// The columns that are taken under their own names.
const STANDARD: [(&str, FieldKind); 9] = [
    ("given_name", FieldKind::GivenName),
    ("surname", FieldKind::Surname),
    ("full_name", FieldKind::FullName),
    ("birth_date", FieldKind::BirthDate),
    ("email", FieldKind::Email),
    ("phone", FieldKind::Phone),
    ("address", FieldKind::Address),
    ("city", FieldKind::City),
    ("postcode", FieldKind::Postcode),
];

impl Default for RecordColumns {
    fn default() -> Self {
        Self {
            key: "key".to_owned(),
            source: None,
            source_name: None,
            fields: Vec::new(),
            phone_region: None,
            date_order: None,
            generic_above: None,
        }
    }
}

impl RecordColumns {
    /// Reads the records.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there or of a type that cannot be read;
    /// [`Error::InvalidValue`] for the first row whose key is null or blank, or whose number or place
    /// is none; [`Error::DuplicateKey`] for a key that occurs twice in a source.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Date32Array, Int64Array, RecordBatch};
    /// use custometry::arrow::RecordColumns;
    ///
    /// let batch = RecordBatch::try_from_iter([
    ///     ("key", Arc::new(Int64Array::from(vec![7, 8])) as _),
    ///     ("birth_date", Arc::new(Date32Array::from(vec![Some(136), None])) as _),
    ///     ("postcode", Arc::new(Int64Array::from(vec![10115, 80331])) as _),
    /// ])?;
    /// let records = RecordColumns::default().read(&batch.into())?;
    /// assert_eq!(records.value(0, "birth_date").as_deref(), Some("1970-05-17"));
    /// assert_eq!(records.value(1, "birth_date"), None);
    /// assert_eq!(records.value(1, "postcode").as_deref(), Some("80331"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(&self, table: &Table) -> Result<Records> {
        let (keys, of_record) = table
            .column(&self.key)?
            .keys()
            .map_err(|error| match error {
                Error::InvalidValue { row, reason, .. } => Error::value(&self.key, row, reason),
                other => other,
            })?;
        let mut records = Records::builder().numbered_keys(keys, of_record);
        if let Some(name) = &self.source_name {
            records = records.source(name);
        }
        if let Some(source) = &self.source {
            records = records.sources(&or_blank(table.column(source)?.spellings()?));
        }
        if let Some(region) = self.phone_region {
            records = records.phone_region(region);
        }
        if let Some(order) = self.date_order {
            records = records.date_order(order);
        }
        if let Some(above) = self.generic_above {
            records = records.generic_above(above);
        }
        let standard;
        let fields = if self.fields.is_empty() {
            standard = standard_fields(table);
            &standard
        } else {
            &self.fields
        };
        for field in fields {
            let name = field.name.as_ref().unwrap_or(&field.column);
            let column = table.column(&field.column)?;
            records = match (field.kind, &field.longitude) {
                (FieldKind::Place, Some(longitude)) => {
                    let longitudes = table.column(longitude)?.f64s_or_nan()?;
                    let latitudes = column.f64s_or_nan()?;
                    let places = latitudes.iter().copied().zip(longitudes.iter().copied());
                    records.places(name, &places.collect::<Vec<_>>())
                }
                (FieldKind::Number, _) if !column.is_text() => {
                    records.numbers(name, &column.f64s_or_nan()?)
                }
                (FieldKind::Set, _) if !column.is_text() => records.set(name, &column.sets()?),
                (kind, _) => records.column(name, kind, &or_blank(column.spellings()?)),
            };
        }
        records.build()
    }

    /// The column of keys.
    ///
    /// # Example
    ///
    /// See [`RecordColumns`].
    pub fn key(mut self, column: &str) -> Self {
        column.clone_into(&mut self.key);
        self
    }

    /// The column of sources.
    ///
    /// # Example
    ///
    /// See [`RecordKeyColumns`].
    pub fn source(mut self, column: &str) -> Self {
        self.source = Some(column.to_owned());
        self
    }

    /// The name of the one source that all records are of.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch};
    /// use custometry::arrow::RecordColumns;
    /// let batch = RecordBatch::try_from_iter([("key", Arc::new(Int64Array::from(vec![7])) as _)])?;
    /// let records = RecordColumns::default().source_name("web").read(&batch.into())?;
    /// assert_eq!(records.sources(), ["web"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn source_name(mut self, name: &str) -> Self {
        self.source_name = Some(name.to_owned());
        self.source = None;
        self
    }

    /// A column of a kind, under its own name.
    ///
    /// # Example
    ///
    /// See [`RecordColumns`].
    pub fn field(self, column: &str, kind: FieldKind) -> Self {
        self.add(column, kind, None, None)
    }

    /// A column of a kind, under another name.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch, StringArray};
    /// use custometry::{arrow::RecordColumns, identity::FieldKind};
    /// let batch = RecordBatch::try_from_iter([
    ///     ("key", Arc::new(Int64Array::from(vec![7])) as _),
    ///     ("NACHNAME", Arc::new(StringArray::from(vec!["Müller"])) as _),
    /// ])?;
    /// let columns = RecordColumns::default().named_field("surname", "NACHNAME", FieldKind::Surname);
    /// assert_eq!(columns.read(&batch.into())?.value(0, "surname").as_deref(), Some("muller"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn named_field(self, name: &str, column: &str, kind: FieldKind) -> Self {
        self.add(column, kind, Some(name), None)
    }

    /// Places, under a name, from a column of latitudes and one of longitudes in degrees; null is
    /// missing.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Float64Array, Int64Array, RecordBatch};
    /// use custometry::arrow::RecordColumns;
    /// let batch = RecordBatch::try_from_iter([
    ///     ("key", Arc::new(Int64Array::from(vec![7])) as _),
    ///     ("lat", Arc::new(Float64Array::from(vec![52.5])) as _),
    ///     ("lon", Arc::new(Float64Array::from(vec![13.4])) as _),
    /// ])?;
    /// let records = RecordColumns::default().places("home", "lat", "lon").read(&batch.into())?;
    /// assert_eq!(records.value(0, "home").as_deref(), Some("52.5, 13.4"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn places(self, name: &str, latitude: &str, longitude: &str) -> Self {
        self.add(latitude, FieldKind::Place, Some(name), Some(longitude))
    }

    fn add(
        mut self,
        column: &str,
        kind: FieldKind,
        name: Option<&str>,
        longitude: Option<&str>,
    ) -> Self {
        self.fields.push(RecordField {
            column: column.to_owned(),
            kind,
            name: name.map(str::to_owned),
            longitude: longitude.map(str::to_owned),
        });
        self
    }

    /// Where phone numbers without a country code are from. See
    /// [`RecordsBuilder::phone_region`](crate::identity::RecordsBuilder::phone_region).
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch, StringArray};
    /// use custometry::{arrow::RecordColumns, identity::PhoneRegion};
    /// let batch = RecordBatch::try_from_iter([
    ///     ("key", Arc::new(Int64Array::from(vec![7])) as _),
    ///     ("phone", Arc::new(StringArray::from(vec!["030 901820"])) as _),
    /// ])?;
    /// let columns = RecordColumns::default().phone_region(PhoneRegion::new("DE")?);
    /// assert_eq!(columns.read(&batch.into())?.value(0, "phone").as_deref(), Some("+4930901820"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn phone_region(mut self, region: PhoneRegion) -> Self {
        self.phone_region = Some(region);
        self
    }

    /// What comes first in dates such as 2/1/1970. See
    /// [`RecordsBuilder::date_order`](crate::identity::RecordsBuilder::date_order).
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch, StringArray};
    /// use custometry::{arrow::RecordColumns, identity::DateOrder};
    /// let batch = RecordBatch::try_from_iter([
    ///     ("key", Arc::new(Int64Array::from(vec![7])) as _),
    ///     ("birth_date", Arc::new(StringArray::from(vec!["2/1/1970"])) as _),
    /// ])?;
    /// let columns = RecordColumns::default().date_order(DateOrder::DayFirst);
    /// assert_eq!(columns.read(&batch.into())?.value(0, "birth_date").as_deref(), Some("1970-01-02"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn date_order(mut self, order: DateOrder) -> Self {
        self.date_order = Some(order);
        self
    }

    /// An e-mail address, phone number or identifier that more records share is no key and no
    /// evidence. See [`RecordsBuilder::generic_above`](crate::identity::RecordsBuilder::generic_above).
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch, StringArray};
    /// use custometry::arrow::RecordColumns;
    /// let batch = RecordBatch::try_from_iter([
    ///     ("key", Arc::new(Int64Array::from(vec![7, 8])) as _),
    ///     ("email", Arc::new(StringArray::from(vec!["ann@lee.org"; 2])) as _),
    /// ])?;
    /// let records = RecordColumns::default().generic_above(1).read(&batch.into())?;
    /// assert_eq!(records.report("email").map(|report| report.generic), Some(2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn generic_above(mut self, records: u32) -> Self {
        self.generic_above = Some(records);
        self
    }
}

fn standard_fields(table: &Table) -> Vec<RecordField> {
    let known = |name: &str| STANDARD.into_iter().find(|(standard, _)| *standard == name);
    let field = |name| {
        let (column, kind) = known(name)?;
        Some(RecordField {
            column: column.to_owned(),
            kind,
            name: None,
            longitude: None,
        })
    };
    table.names().filter_map(field).collect()
}

fn or_blank(texts: Vec<Option<Cow<'_, str>>>) -> Vec<Cow<'_, str>> {
    texts.into_iter().map(Option::unwrap_or_default).collect()
}

/// Which columns of a table name records by source and key.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Int64Array, RecordBatch, StringArray};
/// use custometry::{arrow::{RecordColumns, RecordKeyColumns, Table}, identity::RecordIx};
///
/// let batch = |keys: Vec<i64>, sources: Vec<&str>| -> Result<Table, arrow_schema::ArrowError> {
///     let batch = RecordBatch::try_from_iter([
///         ("key", Arc::new(Int64Array::from(keys)) as _),
///         ("source", Arc::new(StringArray::from(sources)) as _),
///     ])?;
///     Ok(batch.into())
/// };
/// let table = batch(vec![17, 18, 17], vec!["shop", "shop", "web"])?;
/// let records = RecordColumns::default().source("source").read(&table)?;
/// let named = RecordKeyColumns::default().source("source");
/// let found = named.find(&batch(vec![17, 18], vec!["web", "web"])?, &records)?;
/// assert_eq!(found, [Some(RecordIx(2)), None]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecordKeyColumns {
    key: String,
    source: Option<String>,
    source_name: String,
}

impl Default for RecordKeyColumns {
    fn default() -> Self {
        Self {
            key: "key".to_owned(),
            source: None,
            source_name: String::new(),
        }
    }
}

impl RecordKeyColumns {
    /// The record of each row; `None` for a key that the source does not have.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there or of a type that cannot be read;
    /// [`Error::InvalidValue`] for the first row whose key is null or blank.
    ///
    /// # Example
    ///
    /// See [`RecordKeyColumns`].
    pub fn find(&self, table: &Table, records: &Records) -> Result<Vec<Option<RecordIx>>> {
        let (keys, of_row) = table.column(&self.key)?.keys()?;
        let sources = match &self.source {
            Some(source) => Some(table.column(source)?.spellings()?),
            None => None,
        };
        let numbers = (0u32..).map(RecordIx).take(records.len());
        let named = numbers.filter_map(|record| Some((records.key(record)?, record)));
        let record_of: HashMap<(&str, CustomerKey<'_>), RecordIx> = named.collect();
        let find = |(row, &of_row): (usize, &CustomerIx)| {
            let source = match &sources {
                Some(sources) => sources.get(row)?.as_deref().unwrap_or_default().trim(),
                None => &self.source_name,
            };
            record_of.get(&(source, keys.key(of_row)?)).copied()
        };
        Ok(of_row.iter().enumerate().map(find).collect())
    }

    /// The column of keys; `key` by default.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch};
    /// use custometry::{arrow::RecordKeyColumns, identity::{RecordIx, Records}};
    /// let batch = RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from(vec![8])) as _)])?;
    /// let records = Records::builder().int_keys(&[7, 8]).source("web").build()?;
    /// let named = RecordKeyColumns::default().key("id").source_name("web");
    /// assert_eq!(named.find(&batch.into(), &records)?, [Some(RecordIx(1))]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn key(mut self, column: &str) -> Self {
        column.clone_into(&mut self.key);
        self
    }

    /// The column of sources.
    ///
    /// # Example
    ///
    /// See [`RecordKeyColumns`].
    pub fn source(mut self, column: &str) -> Self {
        self.source = Some(column.to_owned());
        self
    }

    /// The source of all rows; the blank one by default.
    ///
    /// # Example
    ///
    /// See [`key`](Self::key).
    pub fn source_name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.source_name);
        self.source = None;
        self
    }
}

/// Which columns of a table are the two records of a pair, each by its row from 0.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Int64Array, RecordBatch};
/// use custometry::{arrow::{PairColumns, Table}, identity::RecordIx};
///
/// let batch = RecordBatch::try_from_iter([
///     ("left", Arc::new(Int64Array::from(vec![0, 4])) as _),
///     ("right", Arc::new(Int64Array::from(vec![1, -2])) as _),
/// ])?;
/// let columns = PairColumns::default().a("left").b("right");
/// let error = columns.read(&batch.clone().into()).unwrap_err();
/// assert!(error.to_string().starts_with("column right, row 1"), "{error}");
/// let first = Table::from(batch.slice(0, 1));
/// assert_eq!(columns.read(&first)?, [(RecordIx(0), RecordIx(1))]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PairColumns {
    a: String,
    b: String,
}

impl Default for PairColumns {
    fn default() -> Self {
        Self {
            a: "a".to_owned(),
            b: "b".to_owned(),
        }
    }
}

impl PairColumns {
    /// Reads the pairs.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there or holds no whole numbers;
    /// [`Error::InvalidValue`] for the first row that is null, negative or too large.
    ///
    /// # Example
    ///
    /// See [`PairColumns`].
    pub fn read(&self, table: &Table) -> Result<Vec<(RecordIx, RecordIx)>> {
        let a = table.column(&self.a)?.u32s()?;
        let b = table.column(&self.b)?.u32s()?;
        let pairs = a.iter().zip(b.iter());
        Ok(pairs.map(|(&a, &b)| (RecordIx(a), RecordIx(b))).collect())
    }

    /// The column of first records; `a` by default.
    ///
    /// # Example
    ///
    /// See [`PairColumns`].
    pub fn a(mut self, column: &str) -> Self {
        column.clone_into(&mut self.a);
        self
    }

    /// The column of second records; `b` by default.
    ///
    /// # Example
    ///
    /// See [`PairColumns`].
    pub fn b(mut self, column: &str) -> Self {
        column.clone_into(&mut self.b);
        self
    }
}

/// Which columns of a table are values and the shares of records that have them.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{Float64Array, RecordBatch, StringArray};
/// use custometry::{arrow::TermFrequencyColumns, identity::TermFrequencies};
///
/// let batch = RecordBatch::try_from_iter([
///     ("name", Arc::new(StringArray::from(vec!["lee", "ma"])) as _),
///     ("share", Arc::new(Float64Array::from(vec![0.02, 0.0025])) as _),
/// ])?;
/// let columns = TermFrequencyColumns::default().value("name");
/// let census = columns.read(&batch.into(), "surname", TermFrequencies::default())?;
/// let same = TermFrequencies::default().table("surname", [("lee", 0.02), ("ma", 0.0025)])?;
/// assert_eq!(census, same);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TermFrequencyColumns {
    value: String,
    share: String,
}

impl Default for TermFrequencyColumns {
    fn default() -> Self {
        Self {
            value: "value".to_owned(),
            share: "share".to_owned(),
        }
    }
}

impl TermFrequencyColumns {
    /// Adds the table of a column of records to those there are.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for a column that is not there or of a type that cannot be read;
    /// [`Error::InvalidValue`] for the first share that is null, or not above 0 and at most 1.
    ///
    /// # Example
    ///
    /// See [`TermFrequencyColumns`].
    pub fn read(
        &self,
        table: &Table,
        of_column: &str,
        frequencies: TermFrequencies,
    ) -> Result<TermFrequencies> {
        let values = or_blank(table.column(&self.value)?.spellings()?);
        let shares = table.column(&self.share)?.f64s()?;
        let rows = values.into_iter().zip(shares.iter().copied());
        frequencies.table(of_column, rows)
    }

    /// The column of values; `value` by default.
    ///
    /// # Example
    ///
    /// See [`TermFrequencyColumns`].
    pub fn value(mut self, column: &str) -> Self {
        column.clone_into(&mut self.value);
        self
    }

    /// The column of shares; `share` by default.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::arrow::TermFrequencyColumns;
    /// assert_ne!(TermFrequencyColumns::default().share("part"), TermFrequencyColumns::default());
    /// ```
    pub fn share(mut self, column: &str) -> Self {
        column.clone_into(&mut self.share);
        self
    }
}
