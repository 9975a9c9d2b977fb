//! Every Arrow type that is promised, in one batch and in several.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, Date32Array, Date64Array, Decimal32Array,
    Decimal64Array, Decimal128Array, DictionaryArray, Float16Array, Float32Array, Float64Array,
    Int8Array, Int16Array, Int32Array, Int64Array, LargeStringArray, NullArray, PrimitiveArray,
    RecordBatch, RecordBatchIterator, StringArray, StringViewArray, TimestampMicrosecondArray,
    TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array,
    types::{
        ArrowDictionaryKeyType, Float16Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
        UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_schema::{Field, Schema};
use chrono::FixedOffset;

use super::super::Table;
use crate::{
    Error, ErrorKind, Result,
    arrow::column::Column,
    data::{Currency, CustomerKey, Customers, DayBoundary},
};

/// A table of one column `c`, in as many batches as there are arrays.
fn table(chunks: Vec<ArrayRef>) -> Table {
    let field = Field::new("c", chunks[0].data_type().clone(), true);
    let schema = Arc::new(Schema::new(vec![field]));
    let batches: Vec<_> = chunks
        .into_iter()
        .map(|chunk| RecordBatch::try_new(Arc::clone(&schema), vec![chunk]))
        .collect();
    Table::read(RecordBatchIterator::new(batches, schema)).unwrap()
}

fn one(array: impl arrow_array::Array + 'static) -> Table {
    table(vec![Arc::new(array)])
}

/// The same values in one batch, and cut in two after the first row.
fn whole_and_cut(array: ArrayRef) -> [Table; 2] {
    let cut = vec![array.slice(0, 1), array.slice(1, array.len() - 1)];
    [table(vec![array]), table(cut)]
}

fn read<'t, T>(table: &'t Table, how: impl FnOnce(&Column<'t>) -> Result<T>) -> Result<T> {
    how(&table.column("c")?)
}

fn error<'t, T: std::fmt::Debug>(
    table: &'t Table,
    how: impl FnOnce(&Column<'t>) -> Result<T>,
) -> Error {
    read(table, how).unwrap_err()
}

fn dictionary<K: ArrowDictionaryKeyType>(
    codes: Vec<Option<K::Native>>,
    values: ArrayRef,
) -> ArrayRef
where
    PrimitiveArray<K>: From<Vec<Option<K::Native>>>,
{
    let codes = PrimitiveArray::<K>::from(codes);
    Arc::new(DictionaryArray::<K>::try_new(codes, values).unwrap())
}

/// Dictionaries of three rows, 0, 1 and 0, with every type of codes.
fn dictionaries(values: &ArrayRef) -> Vec<ArrayRef> {
    macro_rules! all {
        ($($key:ty),+) => {
            vec![$(dictionary::<$key>(vec![Some(0), Some(1), Some(0)], Arc::clone(values))),+]
        };
    }
    all!(
        Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type
    )
}

/// Three texts in every type that holds them.
fn texts(values: [&str; 2]) -> Vec<ArrayRef> {
    let [a, b] = values;
    let mut all: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![a, b, a])),
        Arc::new(LargeStringArray::from(vec![a, b, a])),
        Arc::new(StringViewArray::from(vec![a, b, a])),
    ];
    let of_two: [ArrayRef; 3] = [
        Arc::new(StringArray::from(vec![a, b])),
        Arc::new(LargeStringArray::from(vec![a, b])),
        Arc::new(StringViewArray::from(vec![a, b])),
    ];
    all.extend(of_two.iter().flat_map(dictionaries));
    all
}

/// 1, 2 and 1 in every type of whole numbers.
fn whole_numbers() -> Vec<ArrayRef> {
    let mut all: Vec<ArrayRef> = vec![
        Arc::new(Int8Array::from(vec![1, 2, 1])),
        Arc::new(Int16Array::from(vec![1, 2, 1])),
        Arc::new(Int32Array::from(vec![1, 2, 1])),
        Arc::new(Int64Array::from(vec![1, 2, 1])),
        Arc::new(UInt8Array::from(vec![1, 2, 1])),
        Arc::new(UInt16Array::from(vec![1, 2, 1])),
        Arc::new(UInt32Array::from(vec![1, 2, 1])),
        Arc::new(UInt64Array::from(vec![1, 2, 1])),
    ];
    let of_two: ArrayRef = Arc::new(Int16Array::from(vec![1, 2]));
    all.extend(dictionaries(&of_two));
    all
}

/// 1, 2 and 1 in every type of other numbers.
fn other_numbers() -> Vec<ArrayRef> {
    type F16 = <Float16Type as ArrowPrimitiveType>::Native;
    let half = |x: f32| F16::from_f32(x);
    vec![
        Arc::new(Float16Array::from(vec![half(1.0), half(2.0), half(1.0)])),
        Arc::new(Float32Array::from(vec![1.0, 2.0, 1.0])),
        Arc::new(Float64Array::from(vec![1.0, 2.0, 1.0])),
        Arc::new(decimal_32(vec![100, 200, 100], 2)),
        Arc::new(decimal_64(vec![100, 200, 100], 2)),
        Arc::new(decimal_128(vec![100, 200, 100], 2)),
        Arc::new(decimal_128(vec![1, 2, 1], 0)),
    ]
}

fn decimal_32(values: Vec<i32>, scale: i8) -> Decimal32Array {
    let array = Decimal32Array::from(values);
    array.with_precision_and_scale(9, scale).unwrap()
}

fn decimal_64(values: Vec<i64>, scale: i8) -> Decimal64Array {
    let array = Decimal64Array::from(values);
    array.with_precision_and_scale(18, scale).unwrap()
}

fn decimal_128(values: Vec<i128>, scale: i8) -> Decimal128Array {
    let array = Decimal128Array::from(values);
    array.with_precision_and_scale(38, scale).unwrap()
}

/// The days 1, 2 and 1 as instants of every unit, two hours into the day, with and without a zone.
fn timestamps() -> Vec<ArrayRef> {
    let seconds: Vec<i64> = vec![86_400 + 7_200, 2 * 86_400 + 7_200, 86_400 + 7_200];
    let times = |per_second: i64| -> Vec<i64> { seconds.iter().map(|s| s * per_second).collect() };
    let zone = "Asia/Tokyo";
    vec![
        Arc::new(TimestampSecondArray::from(times(1))),
        Arc::new(TimestampSecondArray::from(times(1)).with_timezone(zone)),
        Arc::new(TimestampMillisecondArray::from(times(1_000))),
        Arc::new(TimestampMillisecondArray::from(times(1_000)).with_timezone(zone)),
        Arc::new(TimestampMicrosecondArray::from(times(1_000_000))),
        Arc::new(TimestampMicrosecondArray::from(times(1_000_000)).with_timezone(zone)),
        Arc::new(TimestampNanosecondArray::from(times(1_000_000_000))),
        Arc::new(TimestampNanosecondArray::from(times(1_000_000_000)).with_timezone(zone)),
    ]
}

fn keys(customers: &Customers) -> Vec<String> {
    customers.keys().map(|key| key.to_string()).collect()
}

fn numbers(rows: &[crate::data::CustomerIx]) -> Vec<u32> {
    rows.iter().map(|row| row.0).collect()
}

#[test]
fn keys_are_text_or_whole_numbers_of_any_type() {
    for array in texts(["ann", "bob"]) {
        for table in whole_and_cut(array) {
            let (customers, rows) = read(&table, Column::keys).unwrap();
            assert_eq!(keys(&customers), ["ann", "bob"]);
            assert_eq!(numbers(&rows), [0, 1, 0]);
            assert!(table.column("c").unwrap().is_text());
        }
    }
    for array in whole_numbers() {
        for table in whole_and_cut(array) {
            let (customers, rows) = read(&table, Column::keys).unwrap();
            assert!(customers.keys().eq([1.into(), 2.into()]));
            assert_eq!(numbers(&rows), [0, 1, 0]);
        }
    }
    // A float is no key, not even a whole one: 2^53 and 2^53 + 1 would be one customer.
    for array in other_numbers().into_iter().take(3) {
        let error = error(&table(vec![array]), Column::keys);
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        assert!(
            error.to_string().contains("in column c, expected keys"),
            "{error}"
        );
    }
    let flags = one(BooleanArray::from(vec![true]));
    assert!(read(&flags, Column::keys).is_err());
}

#[test]
fn equal_texts_are_one_customer_whatever_their_codes() {
    let codes = |codes: Vec<Option<i8>>, values: Vec<Option<&str>>| {
        dictionary::<Int8Type>(codes, Arc::new(StringArray::from(values)))
    };
    // Other codes in each batch; twice the same text in one; a text that no row has.
    let first = codes(vec![Some(1), Some(0)], vec![Some("bob"), Some("ann"), None]);
    let second = codes(
        vec![Some(2), Some(0), Some(1)],
        vec![Some("bob"), Some("bob"), Some("cid"), Some("dan")],
    );
    let several = table(vec![first.clone(), second]);
    let (customers, rows) = read(&several, Column::keys).unwrap();
    assert_eq!(keys(&customers), ["ann", "bob", "cid"]);
    assert_eq!(numbers(&rows), [0, 1, 2, 1, 1]);

    // Nulls in the codes and in the values, and blanks, are named by the row of the table.
    for (bad, what) in [
        (
            codes(vec![Some(0), None], vec![Some("bob")]),
            "row 3 (counted from 0): is null",
        ),
        (
            codes(vec![Some(0), Some(1)], vec![Some("bob"), None]),
            "row 3 (counted from 0): is null",
        ),
        (
            codes(
                vec![Some(0), Some(1), Some(1)],
                vec![Some("bob"), Some(" ")],
            ),
            "row 3 (counted from 0): the key is blank",
        ),
    ] {
        let error = error(&table(vec![first.clone(), bad]), Column::keys);
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[test]
fn numbers_are_read_from_any_type() {
    for array in whole_numbers().into_iter().chain(other_numbers()) {
        for table in whole_and_cut(array) {
            assert_eq!(*read(&table, Column::f64s).unwrap(), [1.0, 2.0, 1.0]);
            assert_eq!(*read(&table, Column::f64s_or_nan).unwrap(), [1.0, 2.0, 1.0]);
            assert_eq!(*read(&table, Column::i64s).unwrap(), [1, 2, 1]);
            assert_eq!(*read(&table, Column::u32s).unwrap(), [1, 2, 1]);
            assert_eq!(*read(&table, Column::u16s).unwrap(), [1, 2, 1]);
        }
    }
    for array in texts(["1", "2"]) {
        let error = error(&table(vec![array]), Column::f64s);
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    }
}

#[test]
fn numbers_that_do_not_fit_are_refused_by_row() {
    let out = |table: &Table, how: fn(&Column<'_>) -> Result<()>| error(table, how).to_string();
    let large = one(UInt64Array::from(vec![1, u64::MAX]));
    let message = out(&large, |column| column.i64s().map(|_| ()));
    assert_eq!(
        message,
        "column c, row 1 (counted from 0): 18446744073709551615 is out of range"
    );
    let negative = one(Int64Array::from(vec![1, -1]));
    assert!(out(&negative, |column| column.u32s().map(|_| ())).contains("row 1"));
    let large = one(Int32Array::from(vec![65_535, 65_536]));
    assert!(out(&large, |column| column.u16s().map(|_| ())).contains("row 1"));
    for halves in [
        one(Float64Array::from(vec![1.0, 1.5])),
        one(Float64Array::from(vec![1.0, f64::NAN])),
        one(Float64Array::from(vec![1.0, f64::INFINITY])),
        one(decimal_32(vec![10, 15], 1)),
    ] {
        let message = out(&halves, |column| column.i64s().map(|_| ()));
        assert_eq!(
            message,
            "column c, row 1 (counted from 0): is not a whole number"
        );
    }
}

#[test]
fn decimals_become_the_nearest_float() {
    let exact = one(decimal_128(vec![11_77, -5], 2));
    assert_eq!(*read(&exact, Column::f64s).unwrap(), [11.77, -0.05]);
    // Past 2^53 neither part is exact as a float, but the quotient must be.
    let long = one(decimal_128(vec![12_345_678_901_234_567_890_123], 10));
    assert_eq!(
        *read(&long, Column::f64s).unwrap(),
        [1_234_567_890_123.456_8]
    );
    let hundreds = one(decimal_32(vec![3], -2));
    assert_eq!(*read(&hundreds, Column::f64s).unwrap(), [300.0]);
}

#[test]
fn money_is_exact_from_decimals_and_rounded_once_from_floats() {
    let amounts = |table: &Table, currency| read(table, |column| column.amounts(currency));
    let same: [ArrayRef; 3] = [
        Arc::new(decimal_32(vec![1_250, -7], 2)),
        Arc::new(decimal_64(vec![12_500, -70], 3)),
        Arc::new(decimal_128(vec![1_250_000, -7_000], 5)),
    ];
    for array in same {
        for table in whole_and_cut(array) {
            assert_eq!(*amounts(&table, Currency::EUR).unwrap(), [1_250, -7]);
        }
    }
    for array in whole_numbers() {
        let table = table(vec![array]);
        assert_eq!(*amounts(&table, Currency::EUR).unwrap(), [100, 200, 100]);
        assert_eq!(*amounts(&table, Currency::JPY).unwrap(), [1, 2, 1]);
    }
    for array in other_numbers() {
        assert_eq!(
            *amounts(&table(vec![array]), Currency::USD).unwrap(),
            [100, 200, 100]
        );
    }
    let ties = one(Float64Array::from(vec![0.125, 0.375, 11.77]));
    assert_eq!(*amounts(&ties, Currency::USD).unwrap(), [12, 38, 1_177]);
    let hundreds = one(decimal_32(vec![3], -2));
    assert_eq!(*amounts(&hundreds, Currency::USD).unwrap(), [30_000]);

    for (bad, what) in [
        (
            one(decimal_64(vec![10, 1_251], 3)),
            "row 1 (counted from 0): has more than the 2 decimals",
        ),
        (
            one(Float64Array::from(vec![1.0, f64::NAN])),
            "row 1 (counted from 0)",
        ),
        (
            one(Int64Array::from(vec![1, i64::MAX])),
            "row 1 (counted from 0)",
        ),
    ] {
        let error = amounts(&bad, Currency::EUR).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidValue);
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[test]
fn days_are_read_from_dates_instants_text_and_numbers() {
    let dates: Vec<ArrayRef> = vec![
        Arc::new(Date32Array::from(vec![1, 2, 1])),
        Arc::new(Date64Array::from(vec![
            86_400_000,
            2 * 86_400_000,
            86_400_000,
        ])),
    ];
    let all = dates.into_iter().chain(timestamps()).chain(whole_numbers());
    for array in all.chain(texts(["1970-01-02", " 1970-01-03 "])) {
        for table in whole_and_cut(array) {
            let days = read(&table, |column| column.days(DayBoundary::Utc)).unwrap();
            assert_eq!(*days, [1, 2, 1]);
            let known = read(&table, |column| column.days_or_null(DayBoundary::Utc)).unwrap();
            assert_eq!(known, [Some(1), Some(2), Some(1)]);
        }
    }
    // The boundary moves instants, whatever zone they are labelled with, and not civil days.
    let west = DayBoundary::FixedOffset(FixedOffset::west_opt(3 * 3_600).unwrap());
    for array in timestamps() {
        assert_eq!(
            *read(&table(vec![array]), |column| column.days(west)).unwrap(),
            [0, 1, 0]
        );
    }
    let civil = one(Date32Array::from(vec![1, 2]));
    assert_eq!(*read(&civil, |column| column.days(west)).unwrap(), [1, 2]);

    for (bad, what) in [
        (
            one(StringArray::from(vec!["2024-05-31", "31.5.2024"])),
            "column c, row 1 (counted from 0): is \"31.5.2024\", not a date such as 2024-05-31",
        ),
        (
            one(TimestampSecondArray::from(vec![0, 9_000_000_000_000])),
            "column c, row 1 (counted from 0): is outside the calendar",
        ),
        (
            one(TimestampSecondArray::from(vec![0, i64::MAX])),
            "row 1 (counted from 0)",
        ),
        (
            one(BooleanArray::from(vec![true])),
            "type is Boolean in column c",
        ),
    ] {
        let error = error(&bad, |column| column.days(DayBoundary::Utc));
        assert!(error.to_string().contains(what), "{error}");
    }
}

#[test]
fn days_that_are_not_known_stay_so() {
    let known = |table: &Table| read(table, |column| column.days_or_null(DayBoundary::Utc));
    for array in [
        Arc::new(Date32Array::from(vec![Some(1), None, Some(3)])) as ArrayRef,
        Arc::new(StringArray::from(vec![
            Some("1970-01-02"),
            None,
            Some("1970-01-04"),
        ])),
        Arc::new(TimestampSecondArray::from(vec![
            Some(86_400),
            None,
            Some(3 * 86_400),
        ])),
        dictionary::<Int8Type>(
            vec![Some(0), None, Some(1)],
            Arc::new(StringArray::from(vec!["1970-01-02", "1970-01-04"])),
        ),
    ] {
        for table in whole_and_cut(array) {
            assert_eq!(known(&table).unwrap(), [Some(1), None, Some(3)]);
        }
    }
    let nothing = one(NullArray::new(2));
    assert_eq!(known(&nothing).unwrap(), [None, None]);
    let label = StringArray::from(vec![Some("1970-01-02"), None]);
    let null_label = dictionary::<Int8Type>(vec![Some(1), Some(0)], Arc::new(label));
    assert_eq!(known(&table(vec![null_label])).unwrap(), [None, Some(1)]);
    let bad = one(StringArray::from(vec![None, Some("never")]));
    assert!(
        known(&bad)
            .unwrap_err()
            .to_string()
            .contains("row 1 (counted from 0)")
    );
}

#[test]
fn instants_are_microseconds_rounded_down() {
    for array in timestamps() {
        for table in whole_and_cut(array) {
            let instants = read(&table, Column::instants).unwrap();
            assert_eq!(*instants, [93_600_000_000, 180_000_000_000, 93_600_000_000]);
        }
    }
    let nanos = one(TimestampNanosecondArray::from(vec![-1, 0, 1_999]));
    assert_eq!(*read(&nanos, Column::instants).unwrap(), [-1, 0, 1]);
    let day = 86_400_000_000;
    let dates = one(Date32Array::from(vec![-1, 2]));
    assert_eq!(*read(&dates, Column::instants).unwrap(), [-day, 2 * day]);
    let dates = one(Date64Array::from(vec![86_400_000]));
    assert_eq!(*read(&dates, Column::instants).unwrap(), [day]);

    let numbers = one(Int64Array::from(vec![5]));
    assert!(
        error(&numbers, Column::instants)
            .to_string()
            .contains("expected timestamps or dates")
    );
    let late = one(TimestampSecondArray::from(vec![0, i64::MAX]));
    assert!(
        error(&late, Column::instants)
            .to_string()
            .contains("row 1 (counted from 0)")
    );
}

#[test]
fn yes_and_no_are_booleans_or_one_and_zero() {
    let flags: Vec<ArrayRef> = vec![
        Arc::new(BooleanArray::from(vec![true, false, true])),
        Arc::new(Int8Array::from(vec![1, 0, 1])),
        Arc::new(UInt64Array::from(vec![1, 0, 1])),
        Arc::new(Float64Array::from(vec![1.0, 0.0, 1.0])),
        Arc::new(decimal_32(vec![10, 0, 10], 1)),
    ];
    for array in flags {
        for table in whole_and_cut(array) {
            assert_eq!(read(&table, Column::flags).unwrap(), [true, false, true]);
        }
    }
    let two = table(vec![
        Arc::new(Int64Array::from(vec![1])),
        Arc::new(Int64Array::from(vec![0, 2])),
    ]);
    let message = "column c, row 2 (counted from 0): is neither 0 nor 1";
    assert_eq!(error(&two, Column::flags).to_string(), message);
    assert!(read(&one(StringArray::from(vec!["yes"])), Column::flags).is_err());
}

#[test]
fn labels_are_text_whole_numbers_or_booleans() {
    let labels = |table: &Table| -> Vec<Option<String>> {
        let labels = read(table, Column::labels).unwrap();
        (0..labels.len())
            .map(|row| labels.label(row).map(str::to_owned))
            .collect()
    };
    let some = |label: &str| Some(label.to_owned());
    for array in texts(["web", " "]) {
        for table in whole_and_cut(array) {
            assert_eq!(labels(&table), [some("web"), None, some("web")]);
        }
    }
    for array in whole_numbers() {
        for table in whole_and_cut(array) {
            assert_eq!(labels(&table), [some("1"), some("2"), some("1")]);
        }
    }
    let nullable: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![Some("a"), None])),
        Arc::new(StringViewArray::from(vec![Some("a"), None])),
        dictionary::<UInt8Type>(vec![Some(0), None], Arc::new(StringArray::from(vec!["a"]))),
    ];
    for array in nullable {
        for table in whole_and_cut(array) {
            assert_eq!(labels(&table), [some("a"), None]);
        }
    }
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]));
    for table in whole_and_cut(flags) {
        assert_eq!(labels(&table), [some("true"), None, some("false")]);
    }
    assert_eq!(
        labels(&one(Int64Array::from(vec![Some(-3), None]))),
        [some("-3"), None]
    );
    assert_eq!(labels(&one(NullArray::new(2))), [None, None]);
    let halves = one(Float64Array::from(vec![1.0, 0.5]));
    assert!(
        error(&halves, Column::labels)
            .to_string()
            .contains("row 1 (counted from 0)")
    );
}

#[test]
fn texts_may_be_missing() {
    let with_null: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![Some("a"), None, Some("b")])),
        Arc::new(LargeStringArray::from(vec![Some("a"), None, Some("b")])),
        Arc::new(StringViewArray::from(vec![Some("a"), None, Some("b")])),
        dictionary::<UInt16Type>(
            vec![Some(1), None, Some(0)],
            Arc::new(StringArray::from(vec!["b", "a"])),
        ),
        dictionary::<Int64Type>(
            vec![Some(1), Some(2), Some(0)],
            Arc::new(LargeStringArray::from(vec![Some("b"), Some("a"), None])),
        ),
    ];
    for array in with_null {
        for table in whole_and_cut(array) {
            let column = table.column("c").unwrap();
            assert_eq!(column.texts().unwrap(), [Some("a"), None, Some("b")]);
            assert_eq!(column.texts_or_blank().unwrap(), ["a", "", "b"]);
        }
    }
    let nothing = one(NullArray::new(2));
    assert_eq!(nothing.column("c").unwrap().texts().unwrap(), [None, None]);
    assert!(
        one(Int64Array::from(vec![1]))
            .column("c")
            .unwrap()
            .texts()
            .is_err()
    );
}

#[test]
fn a_null_is_named_by_its_row_over_all_batches() {
    fn three<A: arrow_array::Array + From<Vec<Option<T>>> + 'static, T: Copy>(value: T) -> Table {
        table(vec![
            Arc::new(A::from(vec![Some(value), Some(value)])),
            Arc::new(A::from(vec![])),
            Arc::new(A::from(vec![Some(value), None, None])),
        ])
    }
    type How = fn(&Column<'_>) -> Result<()>;
    let days: How = |column| column.days(DayBoundary::Utc).map(|_| ());
    let amounts: How = |column| column.amounts(Currency::EUR).map(|_| ());
    let floats: How = |column| column.f64s().map(|_| ());
    let ints: How = |column| column.i64s().map(|_| ());
    let flags: How = |column| column.flags().map(|_| ());
    let keys: How = |column| column.keys().map(|_| ());
    let instants: How = |column| column.instants().map(|_| ());
    let cases: [(Table, &[How]); 7] = [
        (
            three::<Int64Array, _>(1),
            &[days, amounts, floats, ints, flags, keys],
        ),
        (
            three::<Float64Array, _>(1.0),
            &[days, amounts, floats, ints, flags],
        ),
        (
            three::<Decimal128Array, _>(10_000_000_000),
            &[amounts, floats],
        ),
        (three::<Date32Array, _>(1), &[days, instants]),
        (three::<TimestampMicrosecondArray, _>(1), &[days, instants]),
        (three::<BooleanArray, _>(true), &[flags]),
        (three::<StringArray, _>("2024-05-31"), &[days, keys]),
    ];
    for (table, readers) in cases {
        for &read_as in readers {
            let message = "column c, row 3 (counted from 0): is null; fill it or drop the row";
            assert_eq!(error(&table, read_as).to_string(), message);
        }
    }
    let numbers = three::<Int64Array, _>(1);
    let known = read(&numbers, Column::f64s_or_nan).unwrap();
    assert!(known[2] > 0.0 && known[3].is_nan() && known[4].is_nan());
    let nothing = one(NullArray::new(2));
    for read_as in [days, amounts, floats, ints, flags, keys, instants] {
        assert!(
            error(&nothing, read_as)
                .to_string()
                .contains("row 0 (counted from 0): is null")
        );
    }
}

#[test]
fn columns_in_the_type_that_is_kept_are_shared() {
    let days = Date32Array::from(vec![1, 2, 3]);
    let (there, length) = (days.values().as_ptr(), days.len());
    let kept = read(&one(days), |column| column.days(DayBoundary::Utc)).unwrap();
    assert_eq!((kept.as_ptr(), kept.len()), (there, length));

    let days = Int32Array::from(vec![1, 2, 3]);
    let there = days.values().as_ptr();
    let kept = read(&one(days), |column| column.days(DayBoundary::Utc)).unwrap();
    assert_eq!(kept.as_ptr(), there);

    let minor = Int64Array::from(vec![1, 2, 3]);
    let there = minor.values().as_ptr();
    assert_eq!(read(&one(minor), Column::i64s).unwrap().as_ptr(), there);

    let numbers = Float64Array::from(vec![1.0, 2.0, 3.0]);
    let there = numbers.values().as_ptr();
    let numbers = one(numbers);
    assert_eq!(read(&numbers, Column::f64s).unwrap().as_ptr(), there);
    assert_eq!(read(&numbers, Column::f64s_or_nan).unwrap().as_ptr(), there);

    for zone in [None, Some("UTC")] {
        let instants = TimestampMicrosecondArray::from(vec![1, 2, 3]);
        let there = instants.values().as_ptr();
        let instants = one(instants.with_timezone_opt(zone));
        assert_eq!(read(&instants, Column::instants).unwrap().as_ptr(), there);
    }

    // A slice is shared from its first row on.
    let minor = Int64Array::from(vec![1, 2, 3]).slice(1, 2);
    let there = minor.values().as_ptr();
    let kept = read(&one(minor), Column::i64s).unwrap();
    assert_eq!((kept.as_ptr(), kept.to_vec()), (there, vec![2, 3]));

    // Several batches, or nulls, need a copy.
    let several = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let there = several.values().as_ptr();
    let [_, cut] = whole_and_cut(several);
    assert_ne!(read(&cut, Column::i64s).unwrap().as_ptr(), there);
}

#[test]
fn customers_are_found_by_key_and_their_rows_given() {
    let (customers, _) = Customers::from_texts(&["cid", "ann", "dan"]).unwrap();
    for array in texts(["ann", "bob"]) {
        let table = table(vec![array]);
        let found = read(&table, |column| column.find_in(&customers)).unwrap();
        let found: Vec<_> = found.into_iter().map(|it| it.map(|it| it.0)).collect();
        assert_eq!(found, [Some(1), None, Some(1)]);
    }
    let (numbered, _) = Customers::from_ints(&[2]).unwrap();
    for array in whole_numbers() {
        let found = read(&table(vec![array]), |column| column.find_in(&numbered)).unwrap();
        assert_eq!(found.iter().flatten().count(), 1);
        assert_eq!(numbered.key(found[1].unwrap()), Some(CustomerKey::Int(2)));
    }

    let rows = |keys: Vec<&str>, customers: &Customers| {
        read(&one(StringArray::from(keys)), |column| {
            column.rows_of(customers)
        })
    };
    let of_three = rows(vec!["ann", "bob", "cid"], &customers).unwrap();
    assert_eq!(of_three, [Some(2), Some(0), None]);
    let twice = rows(vec!["ann", "cid", "ann"], &customers).unwrap_err();
    assert!(
        twice
            .to_string()
            .starts_with("key ann occurs in row 0 and again in row 2")
    );
    // Keys of another kind would match nobody.
    let none = rows(vec!["1", "2"], &numbered).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::VersionMismatch);
}
