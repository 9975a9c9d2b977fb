//! Columns of a result, put together into a record batch.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array,
    Int64Array, RecordBatch, RecordBatchOptions, StringArray, TimestampMicrosecondArray,
    UInt32Array, types::UInt32Type,
};
use arrow_schema::{ArrowError, Field, Schema};
use chrono::NaiveDate;
use ndarray::ArrayView2;

use crate::{
    Error, Result,
    data::{Categories, Currency, CustomerKey, Customers, Estimate, MinorUnits, day_of_date},
};

/// Digits of an amount of money: all that 64 bits of minor units can have.
const MONEY_DIGITS: u8 = 19;

/// Collects the columns of a record batch, all of one length.
///
/// | values | Arrow type |
/// |---|---|
/// | keys of customers | `int64` or `utf8` |
/// | counts and other whole numbers | `int64` |
/// | estimates, shares, rates | `float64`; null where there is none |
/// | money of the books | `decimal128(19, decimals of the currency)` |
/// | days | `date32` |
/// | instants | `timestamp[us, UTC]` |
/// | names | `utf8`; labels of many rows as a dictionary of `utf8` |
/// | yes or no | `boolean` |
#[derive(Default)]
pub(crate) struct Columns {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
    /// The first column that Arrow refused.
    fault: Option<Error>,
}

impl Columns {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A column `customer` of keys: the start of every table with a row a customer.
    pub(crate) fn of(customers: &Customers) -> Self {
        Self::new().keys("customer", customers)
    }

    pub(crate) fn keys(self, name: &str, customers: &Customers) -> Self {
        self.some_keys(name, customers.keys())
    }

    /// Keys of some customers, all of one kind.
    pub(crate) fn some_keys<'k>(
        self,
        name: &str,
        keys: impl Iterator<Item = CustomerKey<'k>>,
    ) -> Self {
        let mut keys = keys.peekable();
        let text = |key| match key {
            CustomerKey::Text(text) => Some(text),
            CustomerKey::Int(_) => None,
        };
        let number = |key| match key {
            CustomerKey::Int(number) => Some(number),
            CustomerKey::Text(_) => None,
        };
        match keys.peek() {
            Some(CustomerKey::Text(_)) => self.known_texts(name, keys.map(text)),
            _ => self.ints(name, keys.map(number)),
        }
    }

    /// Whole numbers.
    pub(crate) fn ints<N: Into<Option<i64>>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = N>,
    ) -> Self {
        let values: Int64Array = values.into_iter().map(Into::into).collect();
        self.add(name, Arc::new(values))
    }

    /// Counts. What does not fit 63 bits is null; nothing countable comes near.
    pub(crate) fn counts<N: TryInto<i64>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = N>,
    ) -> Self {
        self.ints(name, values.into_iter().map(|count| count.try_into().ok()))
    }

    /// Numbers that are all there.
    pub(crate) fn floats(self, name: &str, values: Vec<f64>) -> Self {
        self.add(name, Arc::new(Float64Array::from(values)))
    }

    /// Numbers of which some may not exist: `None` and NaN are null.
    pub(crate) fn known<N: Into<Option<f64>>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = N>,
    ) -> Self {
        let known = |value: N| value.into().filter(|value| !value.is_nan());
        let values: Float64Array = values.into_iter().map(known).collect();
        self.add(name, Arc::new(values))
    }

    /// A column of numbers for each name; NaN is null.
    pub(crate) fn matrix<S: AsRef<str>>(
        mut self,
        names: impl IntoIterator<Item = S>,
        cells: ArrayView2<'_, f64>,
    ) -> Self {
        for (name, column) in names.into_iter().zip(cells.columns()) {
            self = self.known(name.as_ref(), column.iter().copied());
        }
        self
    }

    /// Estimates: the value as `name`, the ends of the interval as `name_lower` and `name_upper`.
    pub(crate) fn estimates(self, name: &str, values: &[Option<Estimate>]) -> Self {
        let part = |of: fn(&Estimate) -> f64| values.iter().map(move |it| it.as_ref().map(of));
        self.known(name, part(|it| it.value))
            .known(&format!("{name}_lower"), part(|it| it.lo))
            .known(&format!("{name}_upper"), part(|it| it.hi))
    }

    /// Estimates of one thing: `value`, its standard error `se`, and the ends of the interval.
    pub(crate) fn estimate<'e>(
        self,
        values: impl IntoIterator<Item = Option<&'e Estimate>, IntoIter: Clone>,
    ) -> Self {
        let values = values.into_iter();
        let part = |of: fn(&Estimate) -> f64| values.clone().map(move |it| it.map(of));
        self.known("value", part(|it| it.value))
            .known("se", part(|it| it.se))
            .known("lower", part(|it| it.lo))
            .known("upper", part(|it| it.hi))
    }

    /// All columns of a batch.
    #[cfg(any(feature = "ffi", feature = "python"))]
    pub(crate) fn batch(mut self, batch: &RecordBatch) -> Self {
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            self = self.add(field.name(), Arc::clone(array));
        }
        self
    }

    /// Money of the books.
    pub(crate) fn money<N: Into<Option<MinorUnits>>>(
        self,
        name: &str,
        currency: Currency,
        values: impl IntoIterator<Item = N>,
    ) -> Self {
        let minor = |value: N| value.into().map(|MinorUnits(minor)| i128::from(minor));
        let values: Decimal128Array = values.into_iter().map(minor).collect();
        let scale = i8::try_from(currency.scale()).unwrap_or(i8::MAX);
        let values = values.with_precision_and_scale(MONEY_DIGITS, scale);
        self.add_made(name, values)
    }

    pub(crate) fn days<N: Into<Option<i32>>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = N>,
    ) -> Self {
        let values: Date32Array = values.into_iter().map(Into::into).collect();
        self.add(name, Arc::new(values))
    }

    pub(crate) fn dates<N: Into<Option<NaiveDate>>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = N>,
    ) -> Self {
        self.days(
            name,
            values.into_iter().map(|date| date.into().map(day_of_date)),
        )
    }

    /// Instants in microseconds since 1970-01-01 in UTC.
    pub(crate) fn instants(self, name: &str, micros: &[i64]) -> Self {
        let values = TimestampMicrosecondArray::from(micros.to_vec()).with_timezone("UTC");
        self.add(name, Arc::new(values))
    }

    pub(crate) fn texts<S: AsRef<str>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = S>,
    ) -> Self {
        self.known_texts(name, values.into_iter().map(Some))
    }

    /// Texts of which some are not known.
    pub(crate) fn known_texts<S: AsRef<str>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = Option<S>>,
    ) -> Self {
        let values: StringArray = values.into_iter().collect();
        self.add(name, Arc::new(values))
    }

    /// Labels of many rows: each text once.
    pub(crate) fn labels(self, name: &str, labels: &Categories) -> Self {
        let texts = labels.labels().map(Some).collect::<StringArray>();
        let codes = (0..labels.len())
            .map(|row| labels.code(row))
            .collect::<UInt32Array>();
        self.dictionary(name, codes, texts)
    }

    /// Names of many rows, given by their place among `names`.
    pub(crate) fn named<'n>(
        self,
        name: &str,
        names: impl IntoIterator<Item = &'n str>,
        places: impl IntoIterator<Item = Option<usize>>,
    ) -> Self {
        let texts = names.into_iter().map(Some).collect::<StringArray>();
        let code = |place: Option<usize>| place.and_then(|place| u32::try_from(place).ok());
        let codes = places.into_iter().map(code).collect::<UInt32Array>();
        self.dictionary(name, codes, texts)
    }

    pub(crate) fn flags<N: Into<Option<bool>>>(
        self,
        name: &str,
        values: impl IntoIterator<Item = N>,
    ) -> Self {
        let values: BooleanArray = values.into_iter().map(Into::into).collect();
        self.add(name, Arc::new(values))
    }

    fn dictionary(self, name: &str, codes: UInt32Array, texts: StringArray) -> Self {
        let labels = DictionaryArray::<UInt32Type>::try_new(codes, Arc::new(texts));
        self.add_made(name, labels)
    }

    fn add_made<A: Array + 'static>(
        mut self,
        name: &str,
        array: std::result::Result<A, ArrowError>,
    ) -> Self {
        match array {
            Ok(array) => self.add(name, Arc::new(array)),
            Err(error) => {
                self.fault.get_or_insert(Error::stream(error.to_string()));
                self
            }
        }
    }

    fn add(mut self, name: &str, array: ArrayRef) -> Self {
        // Nullable or not must not depend on the data: schemas of two shards are the same.
        self.fields
            .push(Field::new(name, array.data_type().clone(), true));
        self.arrays.push(array);
        self
    }

    /// The record batch.
    ///
    /// # Errors
    ///
    /// [`Error::LengthMismatch`].
    pub(crate) fn finish(self) -> Result<RecordBatch> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let rows = self.arrays.first().map_or(0, Array::len);
        for (field, array) in self.fields.iter().zip(&self.arrays) {
            Error::check_length(field.name(), rows, array.len())?;
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let schema = Arc::new(Schema::new(self.fields));
        RecordBatch::try_new_with_options(schema, self.arrays, &options)
            .map_err(|error| Error::stream(error.to_string()))
    }
}
