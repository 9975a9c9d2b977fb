//! One column of a table, read as what a room needs.
//!
//! Nulls are looked at everywhere: a column that must not have any names the first row that is
//! null. Values that the library keeps in the very type they come in are shared; all others are
//! converted in one pass.

use std::borrow::Cow;

use arrow_array::{
    Array, ArrowPrimitiveType,
    cast::AsArray,
    types::{
        Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Float16Type,
        Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
        TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
        TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_schema::{DataType, TimeUnit};
use chrono::{DateTime, NaiveDate};

use crate::{
    Error, Result,
    data::{
        Categories, Currency, CustomerIx, CustomerKey, Customers, DayBoundary, MinorUnits, Shared,
        date_of_day, day_of_date,
    },
};

/// One column, batch by batch.
pub(crate) struct Column<'t> {
    name: &'t str,
    data_type: &'t DataType,
    chunks: Vec<&'t dyn Array>,
}

/// A number as it comes.
#[derive(Clone, Copy)]
enum Number {
    Whole(i128),
    Float(f64),
    /// `Decimal(n, s)` is n / 10^s.
    Decimal(i128, i8),
}

impl<'t> Column<'t> {
    pub(super) fn new(name: &'t str, data_type: &'t DataType, chunks: Vec<&'t dyn Array>) -> Self {
        Self {
            name,
            data_type,
            chunks,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.len()).sum()
    }

    #[cfg(feature = "ffi")]
    pub(crate) fn name(&self) -> &'t str {
        self.name
    }

    #[cfg(feature = "ffi")]
    pub(crate) fn data_type(&self) -> &'t DataType {
        self.data_type
    }

    /// Whether the column holds text, in any of its forms.
    pub(crate) fn is_text(&self) -> bool {
        is_text(self.data_type)
    }

    /// Whether the column holds dates or instants.
    pub(crate) fn is_time(&self) -> bool {
        matches!(
            self.data_type,
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)
        )
    }

    /// Whether the column holds true and false.
    pub(crate) fn is_boolean(&self) -> bool {
        matches!(self.data_type, DataType::Boolean)
    }

    /// Numbers that are all there and finite or not as they come; what is null is an error.
    pub(crate) fn f64s(&self) -> Result<Shared<f64>> {
        match self.as_it_is::<Float64Type>() {
            Some(shared) => Ok(shared),
            None => self.convert("numbers", |row, number| {
                Ok(self.there(row, number)?.to_f64())
            }),
        }
    }

    /// Numbers; NaN where null.
    pub(crate) fn f64s_or_nan(&self) -> Result<Shared<f64>> {
        match self.as_it_is::<Float64Type>() {
            Some(shared) => Ok(shared),
            None => self.convert("numbers", |_, number| {
                Ok(number.map_or(f64::NAN, Number::to_f64))
            }),
        }
    }

    /// Whole numbers.
    pub(crate) fn i64s(&self) -> Result<Shared<i64>> {
        match self.as_it_is::<Int64Type>() {
            Some(shared) => Ok(shared),
            None => self.whole("whole numbers of 64 bits"),
        }
    }

    /// Whole numbers from 0, however large.
    pub(crate) fn u64s(&self) -> Result<Vec<u64>> {
        Ok(self.whole("whole numbers from 0")?.to_vec())
    }

    /// Whole numbers from 0.
    pub(crate) fn u32s(&self) -> Result<Shared<u32>> {
        match self.as_it_is::<UInt32Type>() {
            Some(shared) => Ok(shared),
            None => self.whole("whole numbers from 0, below 2^32"),
        }
    }

    /// Whole numbers from 0, and what stands for null and NaN.
    #[cfg(any(feature = "ffi", feature = "python"))]
    pub(crate) fn u32s_or(&self, null: u32) -> Result<Shared<u32>> {
        match self.as_it_is::<UInt32Type>() {
            Some(shared) => Ok(shared),
            None => self.convert(
                "whole numbers from 0, below 2^32",
                |row, number| match number {
                    None => Ok(null),
                    Some(Number::Float(number)) if number.is_nan() => Ok(null),
                    number => self.whole_at(row, number),
                },
            ),
        }
    }

    /// Small whole numbers from 0.
    pub(crate) fn u16s(&self) -> Result<Shared<u16>> {
        match self.as_it_is::<UInt16Type>() {
            Some(shared) => Ok(shared),
            None => self.whole("whole numbers from 0, below 65,536"),
        }
    }

    /// Small whole numbers from 0; booleans are 0 and 1.
    pub(crate) fn u16s_or_flags(&self) -> Result<Shared<u16>> {
        if matches!(self.data_type, DataType::Boolean) {
            let flags = self.flags()?.into_iter().map(u16::from);
            return Ok(flags.collect::<Vec<u16>>().into());
        }
        self.u16s()
    }

    /// Yes or no: booleans, or the numbers 0 and 1.
    pub(crate) fn flags(&self) -> Result<Vec<bool>> {
        if self.is_time() {
            return Err(self.not("true and false, or 1 and 0"));
        }
        let mut flags = Vec::with_capacity(self.len());
        for chunk in &self.chunks {
            let start = flags.len();
            if let Some(booleans) = chunk.as_boolean_opt() {
                for at in 0..booleans.len() {
                    let flag = booleans.is_valid(at).then(|| booleans.value(at));
                    flags.push(self.there(start + at, flag)?);
                }
            } else {
                self.numbers_of(
                    *chunk,
                    start,
                    "true and false, or 1 and 0",
                    &mut |row, number| {
                        let flag = match self.there(row, number)?.to_whole() {
                            Some(0) => false,
                            Some(1) => true,
                            _ => return Err(self.refused(row, "is neither 0 nor 1".to_owned())),
                        };
                        flags.push(flag);
                        Ok(())
                    },
                )?;
            }
        }
        Ok(flags)
    }

    /// Money in units of currency, as minor units. Floats are rounded half to even; decimals and texts
    /// such as 12.50 must have no more digits than the currency.
    pub(crate) fn amounts(&self, currency: Currency) -> Result<Shared<i64>> {
        if self.is_text() {
            let amounts = self.texts()?.into_iter().enumerate().map(|(row, text)| {
                let amount = currency.parse(self.there(row, text)?);
                let refused = |error: Error| self.refused(row, error.to_string());
                amount.map(|MinorUnits(minor)| minor).map_err(refused)
            });
            return amounts.collect::<Result<Vec<i64>>>().map(Shared::from);
        }
        self.convert("amounts of money", |row, number| {
            let minor = match self.there(row, number)? {
                Number::Whole(n) => decimal_to_scale(n, 0, currency.scale()),
                Number::Decimal(n, scale) => decimal_to_scale(n, scale, currency.scale()),
                Number::Float(x) => {
                    let minor = currency.from_f64(x).map(|MinorUnits(minor)| minor.into());
                    return minor
                        .map_err(|error| self.refused(row, error.to_string()))
                        .and_then(|minor: i128| self.narrow(row, minor));
                }
            };
            let minor = minor.ok_or_else(|| {
                let code = currency.code();
                let decimals = currency.scale();
                self.refused(
                    row,
                    format!("has more than the {decimals} decimals of {code}; round it"),
                )
            })?;
            self.narrow(row, minor)
        })
    }

    /// Civil days: dates, instants cut at `boundary`, text as 2024-05-31, or days since 1970-01-01.
    pub(crate) fn days(&self, boundary: DayBoundary) -> Result<Shared<i32>> {
        if let Some(shared) = self.as_it_is::<Date32Type>() {
            return Ok(shared);
        }
        if let Some(shared) = self.as_it_is::<Int32Type>() {
            return Ok(shared);
        }
        match self.data_type {
            DataType::Timestamp(..) | DataType::Date64 => {
                let instants = self.instants()?;
                let days: Result<Vec<i32>> = instants
                    .iter()
                    .enumerate()
                    .map(|(row, &micros)| {
                        let instant = DateTime::from_timestamp_micros(micros);
                        let date = instant.map(|instant| boundary.date(instant));
                        let out = || self.refused(row, "is outside the calendar".to_owned());
                        date.map(day_of_date).ok_or_else(out)
                    })
                    .collect();
                days.map(Shared::from)
            }
            _ if self.is_text() => {
                let days: Result<Vec<i32>> = self
                    .texts()?
                    .into_iter()
                    .enumerate()
                    .map(|(row, text)| {
                        let text = self.there(row, text)?;
                        let date = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d");
                        date.map(day_of_date).map_err(|_| {
                            self.refused(row, format!("is {text:?}, not a date such as 2024-05-31"))
                        })
                    })
                    .collect();
                days.map(Shared::from)
            }
            _ => self.convert_stored(
                "dates, timestamps, text such as 2024-05-31, or days since 1970-01-01",
                |row, number| self.whole_at(row, number),
            ),
        }
    }

    /// Civil days; null where not known.
    pub(crate) fn days_or_null(&self, boundary: DayBoundary) -> Result<Vec<Option<i32>>> {
        let known: Vec<bool> = self.valid();
        if known.iter().all(|&known| known) {
            return Ok(self.days(boundary)?.iter().copied().map(Some).collect());
        }
        if matches!(self.data_type, DataType::Date32) {
            let day = |row, number: Option<Number>| {
                let day = number.and_then(Number::to_whole);
                day.map(|day| self.narrow(row, day)).transpose()
            };
            return Ok(self.convert_stored("dates", day)?.to_vec());
        }
        // Of the chunks only the rows that are there are read.
        let mut days = Vec::with_capacity(self.len());
        for chunk in &self.chunks {
            for at in 0..chunk.len() {
                if known.get(days.len()) == Some(&false) {
                    days.push(None);
                    continue;
                }
                let one = chunk.slice(at, 1);
                let column = Column::new(self.name, self.data_type, vec![one.as_ref()]);
                let row = days.len();
                let day = column.days(boundary).map_err(|error| at_row(error, row))?;
                days.push(day.first().copied());
            }
        }
        Ok(days)
    }

    /// Instants in microseconds since 1970-01-01 in UTC; a timestamp without a zone is taken as UTC.
    pub(crate) fn instants(&self) -> Result<Shared<i64>> {
        if let Some(shared) = self.as_it_is::<TimestampMicrosecondType>() {
            return Ok(shared);
        }
        self.convert_stored("timestamps or dates", |row, number| {
            let (per_unit, units_per_micro) = match self.data_type {
                DataType::Date32 => (86_400_000_000, 1),
                other => micros(other).ok_or_else(|| self.not("timestamps or dates"))?,
            };
            let Number::Whole(n) = self.there(row, number)? else {
                return Err(self.not("timestamps or dates"));
            };
            self.narrow(row, (n * per_unit).div_euclid(units_per_micro))
        })
    }

    /// What is stored, as whole numbers; `None` where null. Minor units of decimals, days of dates,
    /// microseconds of instants since 1970-01-01 in UTC, 1 and 0 of booleans.
    #[cfg(feature = "ffi")]
    pub(crate) fn wholes(&self) -> Result<Vec<Option<i64>>> {
        let wanted = "whole numbers, decimals, dates, instants or booleans";
        let (per_unit, units_per_micro) = micros(self.data_type).unwrap_or((1, 1));
        let mut values = Vec::with_capacity(self.len());
        for &chunk in &self.chunks {
            if let Some(booleans) = chunk.as_boolean_opt() {
                values.extend(booleans.iter().map(|flag| flag.map(i64::from)));
                continue;
            }
            let start = values.len();
            self.numbers_of(chunk, start, wanted, &mut |row, number| {
                values.push(match number {
                    None => None,
                    Some(Number::Whole(n) | Number::Decimal(n, _)) => {
                        Some(self.narrow(row, (n * per_unit).div_euclid(units_per_micro))?)
                    }
                    Some(Number::Float(_)) => return Err(self.not(wanted)),
                });
                Ok(())
            })?;
        }
        Ok(values)
    }

    /// The text of a row that is there; `None` if it is null.
    #[cfg(feature = "ffi")]
    pub(crate) fn text_at(&self, row: usize) -> Result<Option<&'t str>> {
        let mut at = row;
        for &chunk in &self.chunks {
            if at < chunk.len() {
                return self.text_in(chunk, at);
            }
            at -= chunk.len();
        }
        Ok(None)
    }

    #[cfg(feature = "ffi")]
    fn text_in(&self, chunk: &'t dyn Array, at: usize) -> Result<Option<&'t str>> {
        if let DataType::Dictionary(..) = chunk.data_type() {
            let code = codes(chunk.slice(at, 1).as_ref())
                .first()
                .copied()
                .flatten();
            let labels = chunk.as_any_dictionary().values().as_ref();
            let known = code.filter(|&code| code < labels.len());
            return known.map_or(Ok(None), |code| self.text_in(labels, code));
        }
        let text = match chunk.data_type() {
            DataType::Utf8 if chunk.is_valid(at) => chunk.as_string::<i32>().value(at),
            DataType::LargeUtf8 if chunk.is_valid(at) => chunk.as_string::<i64>().value(at),
            DataType::Utf8View if chunk.is_valid(at) => chunk.as_string_view().value(at),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => {
                return Ok(None);
            }
            _ => return Err(self.not("text")),
        };
        Ok(Some(text))
    }

    /// Texts; `None` where null.
    pub(crate) fn texts(&self) -> Result<Vec<Option<&'t str>>> {
        let mut texts = Vec::with_capacity(self.len());
        for &chunk in &self.chunks {
            match chunk.data_type() {
                DataType::Dictionary(..) => {
                    let labels = self.texts_of(chunk.as_any_dictionary().values().as_ref())?;
                    for code in codes(chunk) {
                        texts.push(code.and_then(|code| labels.get(code).copied().flatten()));
                    }
                }
                _ => texts.extend(self.texts_of(chunk)?),
            }
        }
        Ok(texts)
    }

    /// Texts with "" where null.
    pub(crate) fn texts_or_blank(&self) -> Result<Vec<&'t str>> {
        let texts = self.texts()?.into_iter();
        Ok(texts.map(Option::unwrap_or_default).collect())
    }

    /// Values as a person would type them: text as it is, days as 2024-05-31, whole numbers and
    /// booleans by their text; `None` where null.
    pub(crate) fn spellings(&self) -> Result<Vec<Option<Cow<'t, str>>>> {
        let owned = |text: String| Some(Cow::Owned(text));
        match self.data_type {
            _ if self.is_text() => {
                let texts = self.texts()?.into_iter();
                Ok(texts.map(|text| text.map(Cow::Borrowed)).collect())
            }
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
                let days = self.days_or_null(DayBoundary::Utc)?.into_iter();
                let date = |day: Option<i32>| owned(date_of_day(day?)?.to_string());
                Ok(days.map(date).collect())
            }
            _ => {
                let labels = self.labels()?;
                let label = |row| owned(labels.label(row)?.to_owned());
                Ok((0..labels.len()).map(label).collect())
            }
        }
    }

    /// Several values a row, each as [`spellings`](Self::spellings); none where null.
    pub(crate) fn sets(&self) -> Result<Vec<Vec<Cow<'t, str>>>> {
        let mut sets = Vec::with_capacity(self.len());
        for &chunk in &self.chunks {
            // The elements of all rows, and where those of each row are.
            let (elements, ranges): (&dyn Array, Vec<(usize, usize)>) =
                if let Some(lists) = chunk.as_list_opt::<i32>() {
                    let at = |end: i32| usize::try_from(end).unwrap_or_default();
                    let ends = lists.value_offsets().windows(2);
                    let ranges = ends.map(|ends| (at(ends[0]), at(ends[1])));
                    (lists.values().as_ref(), ranges.collect())
                } else if let Some(lists) = chunk.as_list_opt::<i64>() {
                    let at = |end: i64| usize::try_from(end).unwrap_or_default();
                    let ends = lists.value_offsets().windows(2);
                    let ranges = ends.map(|ends| (at(ends[0]), at(ends[1])));
                    (lists.values().as_ref(), ranges.collect())
                } else {
                    return Err(self.not("lists of texts"));
                };
            let elements = Column::new(self.name, elements.data_type(), vec![elements]);
            let elements = elements.spellings()?;
            for (at, (start, end)) in ranges.into_iter().enumerate() {
                let row = elements.get(start..end).filter(|_| chunk.is_valid(at));
                sets.push(row.unwrap_or_default().iter().flatten().cloned().collect());
            }
        }
        Ok(sets)
    }

    /// Labels: text, or whole numbers and booleans by their text; unknown where null or blank.
    pub(crate) fn labels(&self) -> Result<Categories> {
        if self.is_text() {
            return Categories::new(&self.texts_or_blank()?);
        }
        if self.is_boolean() {
            let mut labels = Vec::with_capacity(self.len());
            for chunk in &self.chunks {
                labels.extend(chunk.as_boolean().iter().map(|flag| match flag {
                    None => "",
                    Some(true) => "true",
                    Some(false) => "false",
                }));
            }
            return Categories::new(&labels);
        }
        let labels = self.convert("text, whole numbers or booleans", |row, number| {
            let Some(number) = number else {
                return Ok(String::new());
            };
            let whole = number.to_whole().map(|n| n.to_string());
            whole.ok_or_else(|| {
                self.refused(row, "is a number with decimals, not a label".to_owned())
            })
        })?;
        Categories::new(&labels)
    }

    /// Customers by key, numbered by first appearance, and the number of each row.
    pub(crate) fn keys(&self) -> Result<(Customers, Vec<CustomerIx>)> {
        if !self.is_text() {
            return Customers::from_ints(&self.whole_keys()?);
        }
        if !matches!(self.data_type, DataType::Dictionary(..)) {
            return Customers::from_texts(&self.text_keys()?);
        }
        // Each different code is looked at once; equal texts may still have several codes.
        let mut distinct = Vec::new();
        let mut numbers = Vec::with_capacity(self.len());
        for &chunk in &self.chunks {
            let labels = self.texts_of(chunk.as_any_dictionary().values().as_ref())?;
            let mut met: Vec<Option<usize>> = vec![None; labels.len()];
            for code in codes(chunk) {
                let text = code.and_then(|code| Some((code, (*labels.get(code)?)?)));
                let (code, text) = self.there(numbers.len(), text)?;
                numbers.push(*met[code].get_or_insert_with(|| {
                    distinct.push(text);
                    distinct.len() - 1
                }));
            }
        }
        let (customers, of_distinct) =
            Customers::from_texts(&distinct).map_err(|error| at_first_row_of(error, &numbers))?;
        let rows = numbers
            .into_iter()
            .map(|number| of_distinct[number])
            .collect();
        Ok((customers, rows))
    }

    /// A number for each row, the same where the keys are the same: whole numbers that 32 bits hold as
    /// they are; other keys by the order in which they appear first.
    pub(crate) fn numbered(&self) -> Result<Vec<u32>> {
        if !self.is_text()
            && let Ok(numbers) = self.u32s()
        {
            return Ok(numbers.to_vec());
        }
        let (_, rows) = self.keys()?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// The customer of each row, looked up by key; `None` for a key that nobody has.
    ///
    /// # Errors
    ///
    /// [`Error::VersionMismatch`] for texts where customers have whole numbers, or the other way
    /// round: nobody would be found.
    pub(crate) fn find_in(&self, customers: &Customers) -> Result<Vec<Option<CustomerIx>>> {
        let kind = |text| if text { "text" } else { "integer" };
        let known = customers.key(CustomerIx(0));
        let of_text = known.map(|key| matches!(key, CustomerKey::Text(_)));
        if let Some(of_text) = of_text
            && of_text != self.is_text()
            && self.len() > 0
        {
            return Err(Error::VersionMismatch {
                what: "kind of customer key",
                expected: kind(of_text).into(),
                found: kind(self.is_text()).into(),
            });
        }
        if self.is_text() {
            let keys = self.text_keys()?;
            let find = |key: &&str| customers.find(CustomerKey::Text(key));
            return Ok(keys.iter().map(find).collect());
        }
        let keys = self.whole_keys()?;
        let find = |&key: &i64| customers.find(CustomerKey::Int(key));
        Ok(keys.iter().map(find).collect())
    }

    /// The row of each customer, in the order of the customers; `None` where there is none. Keys of
    /// others are left out.
    ///
    /// # Errors
    ///
    /// As [`find_in`](Self::find_in); [`Error::DuplicateKey`] for a customer with two rows.
    pub(crate) fn rows_of(&self, customers: &Customers) -> Result<Vec<Option<usize>>> {
        let mut rows = vec![None; customers.len()];
        for (row, customer) in self.find_in(customers)?.into_iter().enumerate() {
            let Some(customer) = customer else { continue };
            let Some(place) = rows.get_mut(customer.at()) else {
                continue;
            };
            if let Some(first_row) = place.replace(row) {
                let key = customers.key(customer).map(|key| key.to_string());
                return Err(Error::DuplicateKey {
                    key: key.unwrap_or_default().into(),
                    first_row,
                    row,
                });
            }
        }
        Ok(rows)
    }

    /// An error about a row of this column.
    pub(crate) fn refused(&self, row: usize, reason: String) -> Error {
        Error::value(self.name, row, reason)
    }

    pub(super) fn whole_keys(&self) -> Result<Shared<i64>> {
        match self.data_type {
            DataType::Float16 | DataType::Float32 | DataType::Float64 | DataType::Boolean => {
                Err(self.not("keys: text or whole numbers; cast the column to one of them"))
            }
            _ => self.i64s(),
        }
    }

    pub(super) fn text_keys(&self) -> Result<Vec<&'t str>> {
        let texts = self.texts()?.into_iter().enumerate();
        texts.map(|(row, text)| self.there(row, text)).collect()
    }

    /// Which rows are not null.
    fn valid(&self) -> Vec<bool> {
        let mut valid = Vec::with_capacity(self.len());
        for chunk in &self.chunks {
            // Also of columns without any value, and of labels that are null themselves.
            match chunk.logical_nulls() {
                Some(nulls) => valid.extend(nulls.iter()),
                None => valid.resize(valid.len() + chunk.len(), true),
            }
        }
        valid
    }

    /// The values as they are, if they are of that type, in one piece, and all there.
    fn as_it_is<P: ArrowPrimitiveType>(&self) -> Option<Shared<P::Native>> {
        let &[chunk] = self.chunks.as_slice() else {
            return None;
        };
        let array = chunk.as_primitive_opt::<P>()?;
        (array.null_count() == 0).then(|| Shared::of(array.values().clone()))
    }

    /// Whole numbers in a type that may be too narrow.
    fn whole<T: TryFrom<i128> + Send + Sync + 'static>(&self, wanted: &str) -> Result<Shared<T>> {
        self.convert(wanted, |row, number| self.whole_at(row, number))
    }

    fn whole_at<T: TryFrom<i128>>(&self, row: usize, number: Option<Number>) -> Result<T> {
        let whole = self.there(row, number)?.to_whole();
        let whole = whole.ok_or_else(|| self.refused(row, "is not a whole number".to_owned()))?;
        self.narrow(row, whole)
    }

    fn narrow<T: TryFrom<i128>>(&self, row: usize, number: i128) -> Result<T> {
        let out = |_| self.refused(row, format!("{number} is out of range"));
        T::try_from(number).map_err(out)
    }

    /// Numbers made into something. Days and instants are stored as numbers, but are none.
    fn convert<T: Send + Sync + 'static>(
        &self,
        wanted: &str,
        make: impl FnMut(usize, Option<Number>) -> Result<T>,
    ) -> Result<Shared<T>> {
        if self.is_time() {
            return Err(self.not(wanted));
        }
        self.convert_stored(wanted, make)
    }

    /// The same for what is stored as numbers, whatever they stand for.
    fn convert_stored<T: Send + Sync + 'static>(
        &self,
        wanted: &str,
        mut make: impl FnMut(usize, Option<Number>) -> Result<T>,
    ) -> Result<Shared<T>> {
        let mut values = Vec::with_capacity(self.len());
        for &chunk in &self.chunks {
            let start = values.len();
            self.numbers_of(chunk, start, wanted, &mut |row, number| {
                values.push(make(row, number)?);
                Ok(())
            })?;
        }
        Ok(values.into())
    }

    /// Hands out the numbers of a chunk, whatever they are.
    fn numbers_of(
        &self,
        chunk: &dyn Array,
        start: usize,
        wanted: &str,
        take: &mut impl FnMut(usize, Option<Number>) -> Result<()>,
    ) -> Result<()> {
        macro_rules! whole {
            ($type:ty) => {
                primitive::<$type>(chunk, start, |n| Number::Whole(n.into()), take)
            };
        }
        match chunk.data_type() {
            DataType::Int8 => whole!(Int8Type),
            DataType::Int16 => whole!(Int16Type),
            DataType::Int32 => whole!(Int32Type),
            DataType::Int64 => whole!(Int64Type),
            DataType::UInt8 => whole!(UInt8Type),
            DataType::UInt16 => whole!(UInt16Type),
            DataType::UInt32 => whole!(UInt32Type),
            DataType::UInt64 => whole!(UInt64Type),
            DataType::Date32 => whole!(Date32Type),
            DataType::Date64 => whole!(Date64Type),
            DataType::Timestamp(TimeUnit::Second, _) => whole!(TimestampSecondType),
            DataType::Timestamp(TimeUnit::Millisecond, _) => whole!(TimestampMillisecondType),
            DataType::Timestamp(TimeUnit::Microsecond, _) => whole!(TimestampMicrosecondType),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => whole!(TimestampNanosecondType),
            DataType::Float16 => {
                primitive::<Float16Type>(chunk, start, |x| Number::Float(x.to_f64()), take)
            }
            DataType::Float32 => {
                primitive::<Float32Type>(chunk, start, |x| Number::Float(x.into()), take)
            }
            DataType::Float64 => primitive::<Float64Type>(chunk, start, Number::Float, take),
            &DataType::Decimal32(_, scale) => {
                primitive::<Decimal32Type>(chunk, start, |n| Number::Decimal(n.into(), scale), take)
            }
            &DataType::Decimal64(_, scale) => {
                primitive::<Decimal64Type>(chunk, start, |n| Number::Decimal(n.into(), scale), take)
            }
            &DataType::Decimal128(_, scale) => {
                primitive::<Decimal128Type>(chunk, start, |n| Number::Decimal(n, scale), take)
            }
            DataType::Null => (start..start + chunk.len()).try_for_each(|row| take(row, None)),
            DataType::Dictionary(..) => {
                let values = self.dictionary_numbers(chunk, wanted)?;
                let rows = codes(chunk).into_iter().zip(start..);
                let value = |code: usize| values.get(code).copied().flatten();
                rows.into_iter()
                    .try_for_each(|(code, row)| take(row, code.and_then(value)))
            }
            _ => Err(self.not(wanted)),
        }
    }

    /// The numbers that the codes of a dictionary stand for. A function of its own, since a generic
    /// one that calls itself with its own closures would have no end of types.
    fn dictionary_numbers(&self, chunk: &dyn Array, wanted: &str) -> Result<Vec<Option<Number>>> {
        let mut values = Vec::new();
        let dictionary = chunk.as_any_dictionary().values().as_ref();
        self.numbers_of(dictionary, 0, wanted, &mut |_, number| {
            values.push(number);
            Ok(())
        })?;
        Ok(values)
    }

    fn texts_of(&self, chunk: &'t dyn Array) -> Result<Vec<Option<&'t str>>> {
        Ok(match chunk.data_type() {
            DataType::Utf8 => chunk.as_string::<i32>().iter().collect(),
            DataType::LargeUtf8 => chunk.as_string::<i64>().iter().collect(),
            DataType::Utf8View => chunk.as_string_view().iter().collect(),
            DataType::Null => vec![None; chunk.len()],
            _ => return Err(self.not("text")),
        })
    }

    fn there<T>(&self, row: usize, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| self.refused(row, "is null; fill it or drop the row".to_owned()))
    }

    /// An error about the type of the column.
    fn not(&self, wanted: &str) -> Error {
        let found = format!("{} in column {}", self.data_type, self.name);
        Error::parameter("type", found, wanted.to_owned())
    }
}

impl Number {
    fn to_f64(self) -> f64 {
        match self {
            Self::Whole(n) => n as f64,
            Self::Float(x) => x,
            Self::Decimal(n, scale) => decimal_to_f64(n, scale),
        }
    }

    /// The whole number that it is, if it is one.
    fn to_whole(self) -> Option<i128> {
        match self {
            Self::Whole(n) => Some(n),
            Self::Float(x) => {
                // Below 2^63 the cast is exact; no column of ours holds more.
                let whole = x.trunc() - x == 0.0 && x.abs() < 9_223_372_036_854_775_808.0;
                #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
                whole.then_some(x as i128)
            }
            Self::Decimal(n, scale) => decimal_to_scale(n, scale, 0),
        }
    }
}

/// The number nearest to n / 10^scale.
fn decimal_to_f64(n: i128, scale: i8) -> f64 {
    // Both are exact as floats, so that the quotient is rounded once.
    if n.unsigned_abs() < 1 << 53 && (0..=22).contains(&scale) {
        return n as f64 / 10f64.powi(scale.into());
    }
    format!("{n}e{}", -i32::from(scale))
        .parse()
        .unwrap_or(f64::NAN)
}

/// n / 10^from as a multiple of 10^-to, if it is one and fits.
fn decimal_to_scale(n: i128, from: i8, to: u8) -> Option<i128> {
    let shift = i32::from(to) - i32::from(from);
    let power = 10i128.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 {
        n.checked_mul(power)
    } else {
        (n % power == 0).then_some(n / power)
    }
}

/// How instants of a type become microseconds: times the one, divided by the other.
fn micros(data_type: &DataType) -> Option<(i128, i128)> {
    match data_type {
        DataType::Timestamp(TimeUnit::Second, _) => Some((1_000_000, 1)),
        DataType::Timestamp(TimeUnit::Millisecond, _) | DataType::Date64 => Some((1_000, 1)),
        // Null is without any value: its first row is refused.
        DataType::Timestamp(TimeUnit::Microsecond, _) | DataType::Null => Some((1, 1)),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => Some((1, 1_000)),
        _ => None,
    }
}

/// The same error at another row.
fn at_row(error: Error, at: usize) -> Error {
    match error {
        Error::InvalidValue { column, reason, .. } => Error::InvalidValue {
            column,
            row: at,
            reason,
        },
        other => other,
    }
}

/// An error of a list of different keys, at the row where the key appears first.
fn at_first_row_of(error: Error, numbers: &[usize]) -> Error {
    match error {
        Error::InvalidValue { row, .. } => {
            let first = numbers.iter().position(|&number| number == row);
            at_row(error, first.unwrap_or(row))
        }
        other => other,
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// The codes of a dictionary chunk; `None` where null.
fn codes(chunk: &dyn Array) -> Vec<Option<usize>> {
    macro_rules! codes {
        ($($type:ident => $code:ty),+) => {
            match chunk.as_any_dictionary().keys().data_type() {
                $(DataType::$type => {
                    let keys = chunk.as_any_dictionary().keys().as_primitive::<$code>();
                    keys.iter().map(|key| usize::try_from(key?).ok()).collect()
                })+
                // Arrow has no other keys.
                _ => Vec::new(),
            }
        };
    }
    codes!(
        Int8 => Int8Type, Int16 => Int16Type, Int32 => Int32Type, Int64 => Int64Type,
        UInt8 => UInt8Type, UInt16 => UInt16Type, UInt32 => UInt32Type, UInt64 => UInt64Type
    )
}

fn primitive<P: ArrowPrimitiveType>(
    chunk: &dyn Array,
    start: usize,
    number: impl Fn(P::Native) -> Number,
    take: &mut impl FnMut(usize, Option<Number>) -> Result<()>,
) -> Result<()> {
    let array = chunk.as_primitive::<P>();
    if array.null_count() == 0 {
        let rows = array.values().iter().zip(start..);
        return rows
            .into_iter()
            .try_for_each(|(&value, row)| take(row, Some(number(value))));
    }
    array
        .iter()
        .zip(start..)
        .try_for_each(|(value, row)| take(row, value.map(&number)))
}

#[cfg(test)]
mod tests;
