//! Collecting columns into records.

use std::{collections::HashMap, fmt};

use rayon::prelude::*;

use super::{Field, FieldKind, RawColumn, Records, normal::Normaliser};
use crate::{
    Error, Result,
    data::{CustomerIx, Customers, Texts},
    identity::{DateOrder, PhoneRegion, date_order_of, parse_full_name},
};

/// Collects the columns of [`Records`].
///
/// Setters never fail; [`build`](Self::build) checks everything once and reports the
/// first fault. Blank texts are missing values.
///
/// # Example
///
/// ```
/// use custometry::identity::Records;
/// let error = Records::builder()
///     .text_keys(&["a", "b", "a"])
///     .surname(&["Lee", "Li", "Ma"])
///     .build()
///     .unwrap_err();
/// assert_eq!(error.to_string(), "key a occurs in row 0 and again in row 2 (counted from 0)");
/// ```
#[derive(Clone, Default)]
pub struct RecordsBuilder {
    keys: Option<(Customers, Vec<CustomerIx>)>,
    source: Option<(Texts, Vec<u32>)>,
    /// One source for all.
    one_source: String,
    columns: Vec<(String, FieldKind, Column)>,
    region: Option<PhoneRegion>,
    date_order: Option<DateOrder>,
    generic_above: Option<u32>,
    /// The first fault that a setter met.
    fault: Option<Error>,
}

#[derive(Clone)]
enum Column {
    Texts(RawColumn),
    Sets(Vec<Vec<String>>),
    Numbers(Vec<f64>),
    Places(Vec<(f64, f64)>),
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Texts(raw) => raw.codes.len(),
            Self::Sets(rows) => rows.len(),
            Self::Numbers(rows) => rows.len(),
            Self::Places(rows) => rows.len(),
        }
    }
}

impl fmt::Debug for RecordsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.columns.iter().map(|(name, kind, _)| (name, kind));
        f.debug_struct("RecordsBuilder")
            .field("records", &self.keys.as_ref().map(|(_, rows)| rows.len()))
            .field("columns", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// Shared by so many records, or by so large a part of all, a personal value is no
/// longer personal.
const GENERIC_RECORDS: u32 = 100;
const GENERIC_PART: usize = 1_000;

impl RecordsBuilder {
    fn keep<T>(&mut self, made: Result<T>) -> Option<T> {
        made.map_err(|fault| self.fault.get_or_insert(fault)).ok()
    }

    /// Keys as texts, unique within a source.
    ///
    /// # Example
    ///
    /// See [`RecordsBuilder`].
    pub fn text_keys<S: AsRef<str> + Sync>(mut self, keys: &[S]) -> Self {
        self.keys = self.keep(Customers::from_texts(keys).map_err(of_key));
        self
    }

    /// Keys as whole numbers, unique within a source.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Records;
    /// let records = Records::builder().int_keys(&[8, 9]).surname(&["Lee", "Li"]).build()?;
    /// assert_eq!(records.len(), 2);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn int_keys(mut self, keys: &[i64]) -> Self {
        self.keys = self.keep(Customers::from_ints(keys).map_err(of_key));
        self
    }

    /// Different keys in the order of their first records, and the key of each record.
    #[cfg(feature = "arrow")]
    pub(crate) fn numbered_keys(mut self, keys: Customers, of_record: Vec<CustomerIx>) -> Self {
        self.keys = Some((keys, of_record));
        self
    }

    /// The one source of all records.
    ///
    /// # Example
    ///
    /// See [`Records::key`].
    pub fn source(mut self, source: &str) -> Self {
        source.trim().clone_into(&mut self.one_source);
        self.source = None;
        self
    }

    /// The source of each record.
    ///
    /// # Example
    ///
    /// See [`Records`].
    pub fn sources<S: AsRef<str> + Sync>(mut self, sources: &[S]) -> Self {
        let trimmed: Vec<&str> = sources
            .iter()
            .map(|source| source.as_ref().trim())
            .collect();
        self.source = self.keep(Texts::number(&trimmed));
        self
    }

    /// Where phone numbers without a country code are from; the United States unless
    /// it is set.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{PhoneRegion, Records};
    /// let records = Records::builder()
    ///     .int_keys(&[1])
    ///     .phone(&["030 901820"])
    ///     .phone_region(PhoneRegion::new("DE")?)
    ///     .build()?;
    /// assert_eq!(records.value(0, "phone").as_deref(), Some("+4930901820"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn phone_region(mut self, region: PhoneRegion) -> Self {
        self.region = Some(region);
        self
    }

    /// What comes first in dates such as 2/1/1970. Unless it is set, each column of
    /// birth dates tells by the dates that can be read in one way only; where none
    /// does, the month is first.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{DateOrder, Records};
    /// let records = Records::builder()
    ///     .int_keys(&[1])
    ///     .birth_dates(&["2/1/1970"])
    ///     .date_order(DateOrder::DayFirst)
    ///     .build()?;
    /// assert_eq!(records.value(0, "birth_date").as_deref(), Some("1970-01-02"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn date_order(mut self, order: DateOrder) -> Self {
        self.date_order = Some(order);
        self
    }

    /// An e-mail address, phone number or identifier that more records share is no key
    /// and no evidence. 100 unless it is set, or one in a thousand of all records if
    /// that is more.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Records;
    /// let records = Records::builder()
    ///     .int_keys(&[1, 2, 3, 4])
    ///     .phone(&["212 555 2368", "212 555 2368", "212 555 2368", "212 555 0147"])
    ///     .generic_above(2)
    ///     .build()?;
    /// assert_eq!(records.value(0, "phone"), None);
    /// let report = records.report("phone").unwrap();
    /// assert_eq!(report.generic_values, [("+12125552368".to_owned(), 3)]);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn generic_above(mut self, records: u32) -> Self {
        self.generic_above = Some(records);
        self
    }

    /// A column of texts of a kind, under a name. [`FieldKind::Set`],
    /// [`FieldKind::Number`] and [`FieldKind::Place`] have setters of their own: here
    /// each text is a set of one element, a number, or a place written as "latitude,
    /// longitude".
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::{FieldKind, Records};
    /// let records = Records::builder()
    ///     .int_keys(&[1])
    ///     .column("mobile", FieldKind::Phone, &["(212) 555-2368"])
    ///     .build()?;
    /// assert_eq!(records.value(0, "mobile").as_deref(), Some("+12125552368"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn column<S: AsRef<str> + Sync>(
        mut self,
        name: &str,
        kind: FieldKind,
        values: &[S],
    ) -> Self {
        let column = match kind {
            FieldKind::Set => {
                let set = |value: &S| vec![value.as_ref().to_owned()];
                Some(Column::Sets(values.iter().map(set).collect()))
            }
            FieldKind::Number => {
                let read = read_all(name, values, |text| text.parse().ok());
                self.keep(read).map(Column::Numbers)
            }
            FieldKind::Place => {
                let place = |text: &str| {
                    let (latitude, longitude) = text.split_once(',')?;
                    Some((
                        latitude.trim().parse().ok()?,
                        longitude.trim().parse().ok()?,
                    ))
                };
                self.keep(read_all(name, values, place)).map(Column::Places)
            }
            _ => {
                let raw = Texts::number(values).map(|(texts, codes)| RawColumn { texts, codes });
                self.keep(raw).map(Column::Texts)
            }
        };
        if let Some(column) = column {
            self.columns.push((name.to_owned(), kind, column));
        }
        self
    }

    /// Given names, as the column `given_name`.
    ///
    /// # Example
    ///
    /// See [`Records`].
    pub fn given_name<S: AsRef<str> + Sync>(self, values: &[S]) -> Self {
        self.column("given_name", FieldKind::GivenName, values)
    }

    /// Family names, as the column `surname`.
    ///
    /// # Example
    ///
    /// See [`Records`].
    pub fn surname<S: AsRef<str> + Sync>(self, values: &[S]) -> Self {
        self.column("surname", FieldKind::Surname, values)
    }

    /// All names in one text. The parts become the columns `given_name` and `surname`,
    /// unless there is a column of that name or kind.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Records;
    /// let records = Records::builder()
    ///     .int_keys(&[1, 2])
    ///     .full_name(&["Dr. Ann Lee", "Lee, Ann"])
    ///     .build()?;
    /// assert_eq!(records.value(0, "surname"), records.value(1, "surname"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn full_name<S: AsRef<str> + Sync>(self, values: &[S]) -> Self {
        self.column("full_name", FieldKind::FullName, values)
    }

    /// Days of birth, as the column `birth_date`.
    ///
    /// # Example
    ///
    /// See [`FieldReport`](super::FieldReport).
    pub fn birth_dates<S: AsRef<str> + Sync>(self, values: &[S]) -> Self {
        self.column("birth_date", FieldKind::BirthDate, values)
    }

    /// E-mail addresses, as the column `email`.
    ///
    /// # Example
    ///
    /// See [`Records`].
    pub fn email<S: AsRef<str> + Sync>(self, values: &[S]) -> Self {
        self.column("email", FieldKind::Email, values)
    }

    /// Phone numbers, as the column `phone`.
    ///
    /// # Example
    ///
    /// See [`phone_region`](Self::phone_region).
    pub fn phone<S: AsRef<str> + Sync>(self, values: &[S]) -> Self {
        self.column("phone", FieldKind::Phone, values)
    }

    /// Streets and house numbers, as the column `address`.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Records;
    /// let records = Records::builder()
    ///     .int_keys(&[1, 2])
    ///     .address(&["12 Main Street", "12 MAIN ST."])
    ///     .build()?;
    /// assert_eq!(records.value(0, "address"), records.value(1, "address"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn address<S: AsRef<str> + Sync>(self, values: &[S]) -> Self {
        self.column("address", FieldKind::Address, values)
    }

    /// Towns, as the column `city`.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Records;
    /// let records = Records::builder().int_keys(&[1]).city(&["São Paulo"]).build()?;
    /// assert_eq!(records.value(0, "city").as_deref(), Some("sao paulo"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn city<S: AsRef<str> + Sync>(self, values: &[S]) -> Self {
        self.column("city", FieldKind::City, values)
    }

    /// Postcodes, as the column `postcode`.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Records;
    /// let records = Records::builder().int_keys(&[1, 2]).postcode(&["sw1a 1aa", "SW1A1AA"]).build()?;
    /// assert_eq!(records.value(0, "postcode"), records.value(1, "postcode"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn postcode<S: AsRef<str> + Sync>(self, values: &[S]) -> Self {
        self.column("postcode", FieldKind::Postcode, values)
    }

    /// Sets of values, under a name: all phone numbers, all previous surnames.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Records;
    /// let records = Records::builder()
    ///     .int_keys(&[1, 2])
    ///     .set("surnames", &[vec!["Lee", "Li"], vec!["li", " ", "LEE"]])
    ///     .build()?;
    /// assert_eq!(records.value(0, "surnames"), records.value(1, "surnames"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn set<R: AsRef<[S]>, S: AsRef<str>>(mut self, name: &str, rows: &[R]) -> Self {
        let set = |row: &R| {
            let elements = row.as_ref().iter();
            elements
                .map(|element| element.as_ref().to_owned())
                .collect()
        };
        let column = Column::Sets(rows.iter().map(set).collect());
        self.columns.push((name.to_owned(), FieldKind::Set, column));
        self
    }

    /// Numbers, under a name; NaN is missing.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Records;
    /// let records = Records::builder().int_keys(&[1, 2]).numbers("height", &[1.7, f64::NAN]).build()?;
    /// assert_eq!(records.value(1, "height"), None);
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn numbers(mut self, name: &str, values: &[f64]) -> Self {
        let column = Column::Numbers(values.to_vec());
        self.columns
            .push((name.to_owned(), FieldKind::Number, column));
        self
    }

    /// Places, under a name, as latitude and longitude in degrees; NaN is missing.
    ///
    /// # Example
    ///
    /// ```
    /// use custometry::identity::Records;
    /// let records = Records::builder().int_keys(&[1]).places("home", &[(52.5, 13.4)]).build()?;
    /// assert_eq!(records.value(0, "home").as_deref(), Some("52.5, 13.4"));
    /// # Ok::<(), custometry::Error>(())
    /// ```
    pub fn places(mut self, name: &str, values: &[(f64, f64)]) -> Self {
        let column = Column::Places(values.to_vec());
        self.columns
            .push((name.to_owned(), FieldKind::Place, column));
        self
    }

    /// Checks and normalises all columns.
    ///
    /// # Errors
    ///
    /// The first of: a fault that a setter met ([`Error::InvalidValue`] with its row,
    /// [`Error::Overflow`]); [`Error::InvalidParameter`] for missing keys or a column
    /// name given twice; [`Error::LengthMismatch`]; [`Error::DuplicateKey`] for a key
    /// that occurs twice in a source; [`Error::InvalidValue`] for a number or a place
    /// that is none.
    ///
    /// # Example
    ///
    /// See [`RecordsBuilder`].
    pub fn build(self) -> Result<Records> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let (keys, key) = self.keys.ok_or_else(|| {
            Error::parameter("keys", "missing", "a column set by text_keys or int_keys")
        })?;
        let count = key.len();
        let key: Vec<u32> = key.into_iter().map(|key| key.0).collect();
        let (sources, source) = match self.source {
            Some((texts, codes)) => {
                Error::check_length("source", count, codes.len())?;
                sorted_sources(&texts, &codes)?
            }
            None => (vec![self.one_source], vec![0; count]),
        };
        for (at, (name, _, column)) in self.columns.iter().enumerate() {
            Error::check_length(name, count, column.len())?;
            if self.columns[..at].iter().any(|(other, ..)| other == name) {
                return Err(Error::parameter("column", name, "each column name once"));
            }
        }
        check_unique(&keys, &key, &source)?;

        let generic_above = self.generic_above.unwrap_or_else(|| {
            let part = u32::try_from(count / GENERIC_PART).unwrap_or(u32::MAX);
            part.max(GENERIC_RECORDS)
        });
        let mut columns = self.columns;
        add_parts_of_names(&mut columns)?;
        let region = self.region.unwrap_or_default();
        let given = self.date_order;
        let make = |(name, kind, column): &(String, FieldKind, Column)| -> Result<Field> {
            let date_order = match (given, kind, column) {
                (Some(order), ..) => order,
                (None, FieldKind::BirthDate, Column::Texts(raw)) => {
                    date_order_of(raw.texts.iter()).unwrap_or(DateOrder::MonthFirst)
                }
                _ => DateOrder::MonthFirst,
            };
            let normaliser = Normaliser { region, date_order };
            match column {
                Column::Texts(raw) => Field::texts(name, *kind, raw, &normaliser, generic_above),
                Column::Sets(rows) => {
                    Field::sets(name, rows.iter().map(Vec::as_slice), &normaliser)
                }
                Column::Numbers(rows) => {
                    check_finite(name, rows, |number| !number.is_infinite())?;
                    Ok(Field::numbers(name, rows))
                }
                Column::Places(rows) => {
                    check_finite(name, rows, |(latitude, longitude)| {
                        latitude.is_nan()
                            || longitude.is_nan()
                            || (latitude.abs() <= 90.0 && longitude.abs() <= 180.0)
                    })?;
                    Ok(Field::places(name, rows))
                }
            }
        };
        let made: Vec<Result<Field>> = columns.par_iter().map(make).collect();
        let fields = made.into_iter().collect::<Result<_>>()?;
        let rank = ranks(&keys, &key, &source);
        Ok(Records {
            keys,
            key,
            sources,
            source,
            fields,
            rank,
        })
    }
}

/// The fault of a key, in the words of this room.
fn of_key(fault: Error) -> Error {
    match fault {
        Error::InvalidValue { row, reason, .. } => Error::value("key", row, reason),
        other => other,
    }
}

fn read_all<S: AsRef<str>, T: Missing>(
    name: &str,
    values: &[S],
    read: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>> {
    let one = |(row, value): (usize, &S)| match value.as_ref().trim() {
        "" => Ok(T::MISSING),
        text => read(text).ok_or_else(|| Error::value(name, row, T::unreadable(text))),
    };
    values.iter().enumerate().map(one).collect()
}

/// How a column that is not text marks a missing value.
trait Missing: Sized {
    const MISSING: Self;
    fn unreadable(text: &str) -> String;
}

impl Missing for f64 {
    const MISSING: Self = f64::NAN;
    fn unreadable(text: &str) -> String {
        format!("{text:?} is not a number; leave it blank if it is not known")
    }
}

impl Missing for (f64, f64) {
    const MISSING: Self = (f64::NAN, f64::NAN);
    fn unreadable(text: &str) -> String {
        format!("{text:?} is not a latitude and a longitude, such as 52.5, 13.4")
    }
}

fn check_finite<T: fmt::Debug>(name: &str, rows: &[T], good: impl Fn(&T) -> bool) -> Result<()> {
    match rows.iter().position(|row| !good(row)) {
        None => Ok(()),
        Some(row) => {
            let reason = format!("{:?} is out of range; NaN marks a missing value", rows[row]);
            Err(Error::value(name, row, reason))
        }
    }
}

/// The sources in the order of the alphabet, and that of each record.
fn sorted_sources(texts: &Texts, codes: &[u32]) -> Result<(Vec<String>, Vec<u16>)> {
    if u16::try_from(texts.len()).is_err() {
        let expected = format!("at most {}; is this the column of sources?", u16::MAX);
        return Err(Error::parameter("number of sources", texts.len(), expected));
    }
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_by_key(|&at| texts.at(at));
    let mut place = vec![0u16; texts.len()];
    for (to, &from) in (0u16..).zip(&order) {
        place[from] = to;
    }
    let names = order.iter().map(|&at| texts.at(at).to_owned()).collect();
    Ok((
        names,
        codes.iter().map(|&code| place[code as usize]).collect(),
    ))
}

/// No source has a key twice.
fn check_unique(keys: &Customers, key: &[u32], source: &[u16]) -> Result<()> {
    if keys.len() == key.len() {
        return Ok(());
    }
    let mut seen = HashMap::with_capacity(key.len());
    for (row, of_row) in key.iter().zip(source).enumerate() {
        if let Some(first_row) = seen.insert(of_row, row) {
            let key = keys.key(CustomerIx(*of_row.0));
            return Err(Error::DuplicateKey {
                key: key.map_or_else(String::new, |key| key.to_string()).into(),
                first_row,
                row,
            });
        }
    }
    Ok(())
}

/// Where each record comes when all are ordered by source and key.
fn ranks(keys: &Customers, key: &[u32], source: &[u16]) -> Vec<u32> {
    let mut place = vec![0u32; keys.len()];
    for (to, from) in (0u32..).zip(keys.key_order()) {
        place[from.at()] = to;
    }
    if place.len() == key.len() && source.iter().all(|of| *of == source[0]) {
        // Each key is that of one record.
        return key.iter().map(|&key| place[key as usize]).collect();
    }
    let mut order: Vec<(u16, u32, u32)> = (0u32..)
        .zip(key.iter().zip(source))
        .map(|(row, (&key, &source))| (source, place[key as usize], row))
        .collect();
    order.par_sort_unstable();
    let mut rank = vec![0; key.len()];
    for (to, (.., row)) in (0u32..).zip(order) {
        rank[row as usize] = to;
    }
    rank
}

/// Where names came in one text, their parts become columns too.
fn add_parts_of_names(columns: &mut Vec<(String, FieldKind, Column)>) -> Result<()> {
    let has = |name: &str, kind| {
        let mut columns = columns.iter();
        columns.any(|(known, other, _)| known == name || *other == kind)
    };
    let given = has("given_name", FieldKind::GivenName);
    let surname = has("surname", FieldKind::Surname);
    let full = columns.iter().find_map(|(_, kind, column)| match column {
        Column::Texts(raw) if *kind == FieldKind::FullName => Some(raw),
        _ => None,
    });
    let Some(full) = full else { return Ok(()) };
    let names: Vec<_> = full.texts.iter().map(parse_full_name).collect();
    let part = |of: fn(&crate::identity::PersonName) -> &str| -> Result<Column> {
        let parts: Vec<&str> = names.iter().map(of).collect();
        let (texts, code) = Texts::number(&parts)?;
        let codes = full.codes.iter().map(|&raw| code[raw as usize]).collect();
        Ok(Column::Texts(RawColumn { texts, codes }))
    };
    let mut more = Vec::new();
    if !given {
        let column = part(|name| &name.given)?;
        more.push(("given_name".to_owned(), FieldKind::GivenName, column));
    }
    if !surname {
        let column = part(|name| &name.surname)?;
        more.push(("surname".to_owned(), FieldKind::Surname, column));
    }
    columns.append(&mut more);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parts of names never take the name of a column that is there.
    #[test]
    fn columns_keep_their_names() {
        let records = RecordsBuilder::default()
            .int_keys(&[1])
            .column("given_name", FieldKind::Verbatim, &["A"])
            .full_name(&["Ann Lee"])
            .build()
            .unwrap();
        let names: Vec<&str> = records.fields().map(|(name, _)| name).collect();
        assert_eq!(names, ["given_name", "full_name", "surname"]);
        assert_eq!(records.value(0, "given_name").as_deref(), Some("A"));
    }

    #[test]
    fn places_have_one_zero() {
        let records = RecordsBuilder::default()
            .int_keys(&[1, 2])
            .places("home", &[(0.0, -0.0), (-0.0, 0.0)])
            .build()
            .unwrap();
        assert_eq!(records.report("home").unwrap().distinct, 1);
    }

    #[test]
    fn reports_show_no_values() {
        let records = RecordsBuilder::default()
            .int_keys(&[1, 2])
            .email(&["ann@lee.org"; 2])
            .generic_above(1)
            .build()
            .unwrap();
        let report = records.report("email").unwrap();
        assert_eq!(report.generic_values[0].0, "ann@lee.org");
        assert!(!format!("{report:?}").contains("ann"), "{report:?}");
    }
}
