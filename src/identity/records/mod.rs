//! Records of people from one or many sources.

mod builder;
mod field;
mod normal;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::builder::RecordsBuilder;
pub(super) use self::field::{Field, Values};
pub use self::field::{FieldKind, FieldReport};
use crate::{
    Error, Result,
    data::{CustomerKey, Customers, Texts},
};

/// Marks a record without a value in a column.
pub(super) const MISSING: u32 = u32::MAX;

/// The number of a record within [`Records`]: its row, from 0.
///
/// # Example
///
/// ```
/// use custometry::identity::{RecordIx, Records};
/// let records = Records::builder().text_keys(&["x1", "x2"]).surname(&["Lee", "Li"]).build()?;
/// assert_eq!(records.find("", "x2".into()), Some(RecordIx(1)));
/// assert_eq!(RecordIx(1).at(), 1);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordIx(pub u32);

impl RecordIx {
    /// The number as a position in a column.
    ///
    /// # Example
    ///
    /// See [`RecordIx`].
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// Texts of one column as they came, each different one once.
#[derive(Clone)]
struct RawColumn {
    texts: Texts,
    codes: Vec<u32>,
}

/// Records of people, in columns that were brought into one form.
///
/// Each record has a key that is unique within its source. Each different value of a
/// column is normalised and stored once; a record holds its number. Nothing that is
/// worked out from records depends on the order in which they came.
///
/// # Example
///
/// ```
/// use custometry::identity::Records;
/// let records = Records::builder()
///     .text_keys(&["17", "18", "17"])
///     .sources(&["shop", "shop", "web"])
///     .given_name(&["Dr. José", "ANN", "jose"])
///     .surname(&["de la Cruz", "Lee", "De La Cruz"])
///     .email(&["J.Cruz@gmail.com", "unknown", "jcruz+shop@gmail.com"])
///     .build()?;
/// assert_eq!(records.len(), 3);
/// assert_eq!(records.value(0, "given_name"), Some("jose".to_owned()));
/// assert_eq!(records.value(0, "email"), records.value(2, "email"));
/// assert_eq!(records.value(1, "email"), None);
/// # Ok::<(), custometry::Error>(())
/// ```
#[derive(Clone)]
pub struct Records {
    keys: Customers,
    /// The key of each record.
    key: Vec<u32>,
    sources: Vec<String>,
    /// The source of each record.
    source: Vec<u16>,
    fields: Vec<Field>,
    /// Where each record comes when all are ordered by source and key.
    rank: Vec<u32>,
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("records", &self.len())
            .field("sources", &self.sources.len())
            .field("fields", &self.fields().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl Records {
    /// Starts a table of records.
    ///
    /// # Example
    ///
    /// See [`Records`].
    pub fn builder() -> RecordsBuilder {
        RecordsBuilder::default()
    }

    /// The number of records.
    ///
    /// # Example
    ///
    /// See [`Records`].
    pub fn len(&self) -> usize {
        self.key.len()
    }

    /// Whether there are no records.
    ///
    /// # Example
    ///
    /// ```
    /// let none = custometry::identity::Records::builder().int_keys(&[]).build()?;
    /// assert!(none.is_empty());
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.key.is_empty()
    }

    /// The names and kinds of the columns.
    ///
    /// # Example
    ///
    /// See [`FieldKind`].
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (&str, FieldKind)> {
        let fields = self.fields.iter();
        fields.map(|field| (field.name.as_str(), field.kind))
    }

    /// What became of the values of a column; `None` if there is no such column.
    ///
    /// # Example
    ///
    /// See [`FieldReport`].
    pub fn report(&self, column: &str) -> Option<&FieldReport> {
        let field = self.fields.iter().find(|field| field.name == column);
        field.map(|field| &field.report)
    }

    /// The value of a record in a column, as it is compared. `None` for a missing one,
    /// and where there is no such record or column.
    ///
    /// # Example
    ///
    /// See [`Records`].
    pub fn value(&self, record: usize, column: &str) -> Option<String> {
        let field = self.fields.iter().find(|field| field.name == column)?;
        let code = *field.codes.get(record)?;
        (code != MISSING).then(|| field.values.show(code))
    }

    /// The sources, in the order of the alphabet.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Records;
    /// let records = Records::builder().int_keys(&[1, 1]).sources(&["web", "shop"]).build()?;
    /// assert_eq!(records.sources(), ["shop", "web"]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// The source and the key of a record; `None` if there is no such record.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{RecordIx, Records};
    /// let records = Records::builder().int_keys(&[5]).source("web").build()?;
    /// assert_eq!(records.key(RecordIx(0)), Some(("web", 5.into())));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn key(&self, record: RecordIx) -> Option<(&str, CustomerKey<'_>)> {
        let at = record.at();
        let key = self.key_number(*self.key.get(at)?)?;
        Some((&self.sources[usize::from(self.source[at])], key))
    }

    fn key_number(&self, number: u32) -> Option<CustomerKey<'_>> {
        self.keys.key(crate::data::CustomerIx(number))
    }

    /// The record of a key within a source; the source is blank where none was named.
    ///
    /// # Example
    ///
    /// See [`RecordIx`].
    pub fn find(&self, source: &str, key: CustomerKey<'_>) -> Option<RecordIx> {
        let number = self.keys.find(key)?.0;
        let of_source = |at: &usize| self.sources[usize::from(self.source[*at])] == source;
        // Keys are numbered by the first row of each, which no key is before.
        let rows = number as usize..self.len();
        let all = rows.filter(|&at| self.key[at] == number);
        #[expect(clippy::cast_possible_truncation, reason = "records are below 2^32")]
        all.filter(of_source).map(|at| RecordIx(at as u32)).next()
    }

    /// The records in the order of sources and keys.
    pub(super) fn by_rank(&self) -> Vec<u32> {
        by_rank(&self.rank)
    }

    /// Where each record comes in the order of sources and keys.
    pub(super) fn rank(&self) -> &[u32] {
        &self.rank
    }

    pub(super) fn source(&self) -> &[u16] {
        &self.source
    }

    pub(super) fn columns(&self) -> &[Field] {
        &self.fields
    }

    /// The place of a column.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] that lists the columns there are.
    pub(super) fn column(&self, name: &str) -> Result<usize> {
        let found = self.fields.iter().position(|field| field.name == name);
        found.ok_or_else(|| {
            let names: Vec<&str> = self
                .fields
                .iter()
                .map(|field| field.name.as_str())
                .collect();
            Error::parameter("column", name, format!("one of {}", names.join(", ")))
        })
    }
}

/// Numbers in the order of their ranks, each of which one has.
pub(super) fn by_rank(rank: &[u32]) -> Vec<u32> {
    let mut by_rank = vec![0; rank.len()];
    for (number, &rank) in (0u32..).zip(rank) {
        by_rank[rank as usize] = number;
    }
    by_rank
}
