//! Python values as arguments, and answers as Python values.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, ArrowPrimitiveType, Date32Array, Decimal128Array, Float64Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray,
    cast::AsArray,
    types::{
        Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
        Int64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
        TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_schema::{DataType, TimeUnit};
use pyo3::{
    buffer::PyBuffer,
    exceptions::{PyTypeError, PyValueError},
    prelude::*,
    sync::PyOnceLock,
    types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple},
};
use serde_json::{Map, Number, Value};

use super::{
    errors::raise,
    values::{Array, Batch, NativeObject, table_of_array, table_of_stream},
};
use crate::{
    Error,
    arrow::Table,
    data::{Currency, date_of_day},
    host::{Answer, Argument, Function, decimal_text},
};

/// The arguments of a call by name. What is `None` is not given.
pub(super) fn arguments(named: &Bound<'_, PyDict>) -> PyResult<Vec<(String, Argument)>> {
    let given = named.iter().filter(|(_, value)| !value.is_none());
    let read = given.map(|(name, value)| {
        let name: String = name.extract()?;
        let value = argument(&name, &value)?;
        Ok((name, value))
    });
    read.collect()
}

fn argument(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Argument> {
    if let Some(object) = object(value)? {
        return Ok(object);
    }
    if let Some(table) = table(value)? {
        return Ok(Argument::Table(table));
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        // Objects and tables in a list stay what they are; of anything else it is a list of values.
        let items = value.try_iter()?.collect::<PyResult<Vec<_>>>()?;
        let held = match items.first() {
            Some(first) => object(first)?.is_some() || speaks_arrow(first)? || first.is_callable(),
            None => false,
        };
        if held {
            let list = items.iter().map(|item| argument(name, item));
            return list.collect::<PyResult<_>>().map(Argument::List);
        }
        if let Some(floats) = with_infinities(&items)? {
            return column(name, floats).map(Argument::Table);
        }
    }
    if value.is_callable() {
        return Ok(Argument::Function(function(value)));
    }
    json(name, value).map(Argument::Json)
}

/// A function of Python as one of the library. What it raises is told as an error of the call.
fn function(of: &Bound<'_, PyAny>) -> Function {
    let of = of.clone().unbind();
    Function::new(move |told| {
        Python::attach(|py| {
            let number = answer(py, told).and_then(|told| of.call1(py, (told,))?.extract(py));
            number.map_err(|error: PyErr| {
                let expected = "a function that gives a number, NaN where missing";
                Error::parameter("function", error.to_string(), expected)
            })
        })
    })
}

/// An object of the library, bare or in its Python class.
fn object(value: &Bound<'_, PyAny>) -> PyResult<Option<Argument>> {
    if let Ok(native) = value.cast::<NativeObject>() {
        return Ok(Some(Argument::Object(native.get().0.clone())));
    }
    match value.getattr_opt("_object")? {
        Some(native) => match native.cast::<NativeObject>() {
            Ok(native) => Ok(Some(Argument::Object(native.get().0.clone()))),
            Err(_) => Ok(None),
        },
        None => Ok(None),
    }
}

fn speaks_arrow(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(value.hasattr("__arrow_c_stream__")? || value.hasattr("__arrow_c_array__")?)
}

/// A table, if the value is one: a frame, a column, or a buffer of numbers.
fn table(value: &Bound<'_, PyAny>) -> PyResult<Option<Table>> {
    let py = value.py();
    if let Ok(native) = value.cast::<Batch>() {
        return Ok(Some(native.get().0.clone()));
    }
    // A series is a frame of one column.
    if value.hasattr("to_frame")? {
        let name = value.getattr_opt("name")?;
        let unnamed = name.is_none_or(|name| name.is_none());
        let frame = if unnamed && value.hasattr("to_numpy")? && value.hasattr("index")? {
            value.call_method1("to_frame", ("values",))?
        } else {
            value.call_method0("to_frame")?
        };
        return table(&frame);
    }
    if value.hasattr("__arrow_c_array__")? {
        return table_of_array(&value.call_method0("__arrow_c_array__")?).map(Some);
    }
    if value.hasattr("__arrow_c_stream__")? {
        // Of the streams that are no tables only chunked arrays are met.
        if value.hasattr("combine_chunks")? && !value.hasattr("column_names")? {
            return table(&value.call_method0("combine_chunks")?);
        }
        let stream = value.call_method0("__arrow_c_stream__")?;
        let table = table_of_stream(&stream)?.map_err(|error| raise(py, &error))?;
        return Ok(Some(table));
    }
    if value.hasattr("collect")? && value.hasattr("lazy")? {
        return Err(PyTypeError::new_err(
            "a lazy frame holds no rows yet: call collect() first",
        ));
    }
    buffer(value)
}

/// A column from a buffer of numbers: an array of numpy, an `array.array`, a `memoryview`.
fn buffer(value: &Bound<'_, PyAny>) -> PyResult<Option<Table>> {
    let py = value.py();
    if value.is_instance_of::<pyo3::types::PyBytes>() || !value.hasattr("__len__")? {
        return Ok(None);
    }
    macro_rules! read {
        ($($from:ty => $array:ty as $to:ty),+) => {
            $(if let Ok(buffer) = PyBuffer::<$from>::get(value) {
                if buffer.dimensions() != 1 {
                    return Err(PyValueError::new_err(
                        "an array of several dimensions: give a frame with named columns",
                    ));
                }
                let values = buffer.to_vec(py)?.into_iter().map(<$to>::from).collect::<Vec<_>>();
                return column("values", Arc::new(<$array>::from(values))).map(Some);
            })+
        };
    }
    read!(
        f64 => Float64Array as f64, f32 => Float64Array as f64,
        i64 => Int64Array as i64, i32 => Int64Array as i64, i16 => Int64Array as i64, i8 => Int64Array as i64,
        u32 => Int64Array as i64, u16 => Int64Array as i64, u8 => Int64Array as i64
    );
    Ok(None)
}

fn column(name: &str, values: ArrayRef) -> PyResult<Table> {
    let batch = RecordBatch::try_from_iter([(name, values)]);
    batch
        .map(Table::from)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

/// A table from anything that speaks Arrow, or from a dict of columns.
pub(super) fn batch(data: &Bound<'_, PyAny>) -> PyResult<Batch> {
    if let Some(table) = table(data)? {
        return Ok(Batch(table));
    }
    let Ok(columns) = data.cast::<PyMapping>() else {
        return Err(PyTypeError::new_err(format!(
            "a {} is no table: give a frame of pandas, polars, pyarrow or duckdb, anything with \
             __arrow_c_stream__, or a dict of columns",
            data.get_type().name()?
        )));
    };
    let columns = columns.items()?;
    let columns = columns.iter().map(|column| {
        let (name, values) = column.extract::<(String, Bound<'_, PyAny>)>()?;
        let values = values_of(&name, &values)?;
        Ok((name, values))
    });
    let columns: Vec<(String, ArrayRef)> = columns.collect::<PyResult<_>>()?;
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns
            .into_iter()
            .map(|(name, values)| (name, values, true)),
    );
    Ok(Batch(
        batch
            .map_err(|error| PyValueError::new_err(error.to_string()))?
            .into(),
    ))
}

/// A column from a list, of the narrowest type that holds all of it.
fn values_of(name: &str, values: &Bound<'_, PyAny>) -> PyResult<ArrayRef> {
    if let Some(table) = table(values)?
        && let [batch] = table.batches()
        && let [only] = batch.columns()
    {
        return Ok(Arc::clone(only));
    }
    let listed = of_numpy(values)?.unwrap_or_else(|| values.clone());
    let listed = listed.try_iter()?.collect::<PyResult<Vec<_>>>()?;
    if let Some(exact) = exact_values(name, &listed)? {
        return Ok(exact);
    }
    if let Some(floats) = with_infinities(&listed)? {
        return Ok(floats);
    }
    let listed = listed.iter().map(|value| json(name, value));
    let listed = listed.collect::<PyResult<Vec<Value>>>()?;
    let known = || listed.iter().filter(|value| !value.is_null());
    if known().all(Value::is_boolean) && known().next().is_some() {
        let flags = listed.iter().map(Value::as_bool);
        return Ok(Arc::new(flags.collect::<arrow_array::BooleanArray>()));
    }
    if known().all(Value::is_i64) {
        return Ok(Arc::new(
            listed.iter().map(Value::as_i64).collect::<Int64Array>(),
        ));
    }
    if known().all(Value::is_number) {
        return Ok(Arc::new(
            listed.iter().map(Value::as_f64).collect::<Float64Array>(),
        ));
    }
    if known().all(Value::is_string) {
        return Ok(Arc::new(
            listed.iter().map(Value::as_str).collect::<StringArray>(),
        ));
    }
    Err(PyTypeError::new_err(format!(
        "column {name} mixes kinds of values: give numbers, texts, dates or booleans only"
    )))
}

/// A column of floats, if there is an infinity among the values, of which JSON knows none.
fn with_infinities(values: &[Bound<'_, PyAny>]) -> PyResult<Option<ArrayRef>> {
    let infinite = |value: &Bound<'_, PyAny>| {
        let number = value.cast::<PyFloat>();
        number.is_ok_and(|number| number.value().is_infinite())
    };
    if !values.iter().any(infinite) {
        return Ok(None);
    }
    let floats = values.iter().map(PyAnyMethods::extract::<Option<f64>>);
    let floats = floats.collect::<PyResult<Float64Array>>()?;
    Ok(Some(Arc::new(floats)))
}

/// A column of days, instants or decimals, if all values are of one of these.
fn exact_values(name: &str, values: &[Bound<'_, PyAny>]) -> PyResult<Option<ArrayRef>> {
    let Some(first) = values.iter().find(|value| !value.is_none()) else {
        return Ok(None);
    };
    let all_have = |attribute: &str| -> PyResult<bool> {
        for value in values.iter().filter(|value| !value.is_none()) {
            if !value.hasattr(attribute)? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    let helper = |name: &str| first.py().import("custometry._values")?.getattr(name);
    if all_have("tzinfo")? && all_have("hour")? && all_have("year")? {
        let micros: Vec<Option<i64>> = helper("_micros")?.call1((values.to_vec(),))?.extract()?;
        let instants = TimestampMicrosecondArray::from(micros).with_timezone("UTC");
        return Ok(Some(Arc::new(instants)));
    }
    if all_have("toordinal")? && !first.hasattr("hour")? {
        let days: Vec<Option<i32>> = helper("_days")?.call1((values.to_vec(),))?.extract()?;
        return Ok(Some(Arc::new(Date32Array::from(days))));
    }
    let mut decimals = false;
    for value in values {
        decimals |= is_decimal(value)?;
    }
    if decimals {
        let (units, scale): (Vec<Option<i128>>, i8) = helper("_decimals")?
            .call1((name, values.to_vec()))?
            .extract()?;
        let decimals = Decimal128Array::from(units).with_precision_and_scale(38, scale);
        let decimals = decimals.map_err(|error| PyValueError::new_err(error.to_string()))?;
        return Ok(Some(Arc::new(decimals)));
    }
    Ok(None)
}

/// A value as JSON. Days are ISO dates; NaN is null.
fn json(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if value.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(flag.is_true().into());
    }
    if value.is_instance_of::<PyInt>() {
        return match value.extract::<i64>() {
            Ok(number) => Ok(number.into()),
            Err(_) => Ok(value.extract::<u64>()?.into()),
        };
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return float(name, value, number.value());
    }
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_str()?.into());
    }
    if let Ok(fields) = value.cast::<PyMapping>() {
        let fields = fields.items()?;
        let fields = fields.iter().map(|field| {
            let (key, value) = field.extract::<(String, Bound<'_, PyAny>)>()?;
            let value = json(name, &value)?;
            Ok((key, value))
        });
        return fields
            .collect::<PyResult<Map<String, Value>>>()
            .map(Value::Object);
    }
    if is_decimal(value)? {
        return decimal_json(name, value);
    }
    // Before what is both: a timestamp of pandas is an instant first.
    if let Some(isoformat) = value.getattr_opt("isoformat")? {
        let day = match value.getattr_opt("date")? {
            Some(date) if date.is_callable() => date.call0()?.call_method0("isoformat")?,
            _ => isoformat.call0()?,
        };
        return Ok(day.extract::<String>()?.into());
    }
    if let Some(values) = of_numpy(value)? {
        return json(name, &values);
    }
    if value.hasattr("__index__")? {
        return Ok(value.call_method0("__index__")?.extract::<i64>()?.into());
    }
    if value.hasattr("__float__")? {
        let number = value.call_method0("__float__")?.extract()?;
        return float(name, value, number);
    }
    if value.hasattr("__iter__")? {
        return value
            .try_iter()?
            .map(|item| json(name, &item?))
            .collect::<PyResult<_>>()
            .map(Value::Array);
    }
    let kind = value.get_type().name()?;
    Err(PyTypeError::new_err(format!(
        "{name}: a {kind} is neither a value, a frame nor an object of custometry"
    )))
}

fn float(name: &str, value: &Bound<'_, PyAny>, number: f64) -> PyResult<Value> {
    match Number::from_f64(number) {
        Some(number) => Ok(Value::Number(number)),
        None if number.is_nan() => Ok(Value::Null),
        None => {
            let infinite = Error::parameter("number", number, format!("a finite one in {name}"));
            Err(raise(value.py(), &infinite))
        }
    }
}

/// Scalars and arrays of numpy as Python values. Its instants are cut to microseconds: those in
/// nanoseconds would come out as mere numbers.
fn of_numpy<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    if !value.hasattr("tolist")? {
        return Ok(None);
    }
    let kind = match value.getattr_opt("dtype")? {
        Some(dtype) => dtype.getattr_opt("kind")?,
        None => None,
    };
    let value = match kind {
        Some(kind) if kind.eq("M")? => value.call_method1("astype", ("datetime64[us]",))?,
        _ => value.clone(),
    };
    value.call_method0("tolist").map(Some)
}

/// An exact decimal: a number if that is exact too, or else its text, which is what money is read from.
/// What has more decimals than money of any currency becomes the nearest number.
fn decimal_json(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if !value.call_method0("is_finite")?.is_truthy()? {
        let number = value.call_method0("__float__")?.extract()?;
        return float(name, value, number);
    }
    let text: String = value.call_method1("__format__", ("f",))?.extract()?;
    if let Ok(whole) = text.parse::<i64>() {
        return Ok(whole.into());
    }
    let number: f64 = text
        .parse()
        .map_err(|_| PyValueError::new_err(text.clone()))?;
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let decimals = decimals.trim_end_matches('0');
    let shortest = match decimals {
        "" => whole.to_owned(),
        decimals => format!("{whole}.{decimals}"),
    };
    if number.to_string() == shortest || decimals.len() > usize::from(Currency::MAX_SCALE) {
        return float(name, value, number);
    }
    Ok(text.into())
}

fn is_decimal(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    value.is_instance(decimal_class(value.py())?)
}

fn decimal_class(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static DECIMAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    DECIMAL.import(py, "decimal", "Decimal")
}

/// An answer as a Python value; tables, columns and objects in their native classes.
pub(super) fn answer(py: Python<'_>, answer: Answer) -> PyResult<Bound<'_, PyAny>> {
    Ok(match answer {
        Answer::Nothing => py.None().into_bound(py),
        Answer::Flag(flag) => flag.into_pyobject(py)?.to_owned().into_any(),
        Answer::Int(number) => number.into_pyobject(py)?.into_any(),
        Answer::Float(number) => number.into_pyobject(py)?.into_any(),
        Answer::Text(text) => text.into_pyobject(py)?.into_any(),
        Answer::Date(date) => iso_date(py, &date.to_string())?,
        Answer::Money(minor, scale) => decimal(py, &decimal_text(minor, scale))?,
        Answer::List(answers) => {
            let list = PyList::empty(py);
            for item in answers {
                list.append(self::answer(py, item)?)?;
            }
            list.into_any()
        }
        Answer::Record(fields) => {
            let record = PyDict::new(py);
            for (name, field) in fields {
                record.set_item(name, self::answer(py, field)?)?;
            }
            record.into_any()
        }
        Answer::Column(values) => Bound::new(py, Array(vec![values]))?.into_any(),
        Answer::Table(batch) => Bound::new(py, Batch(batch.into()))?.into_any(),
        Answer::Object(object) => Bound::new(py, NativeObject(object))?.into_any(),
    })
}

/// The values of a column.
pub(super) fn list<'py>(
    py: Python<'py>,
    array: &dyn arrow_array::Array,
) -> PyResult<Bound<'py, PyList>> {
    match array.data_type() {
        DataType::Null => PyList::new(py, vec![None::<bool>; array.len()]),
        DataType::Boolean => PyList::new(py, array.as_boolean().iter()),
        DataType::Int8 => PyList::new(py, array.as_primitive::<Int8Type>().iter()),
        DataType::Int16 => PyList::new(py, array.as_primitive::<Int16Type>().iter()),
        DataType::Int32 => PyList::new(py, array.as_primitive::<Int32Type>().iter()),
        DataType::Int64 => PyList::new(py, array.as_primitive::<Int64Type>().iter()),
        DataType::UInt8 => PyList::new(py, array.as_primitive::<UInt8Type>().iter()),
        DataType::UInt16 => PyList::new(py, array.as_primitive::<UInt16Type>().iter()),
        DataType::UInt32 => PyList::new(py, array.as_primitive::<UInt32Type>().iter()),
        DataType::UInt64 => PyList::new(py, array.as_primitive::<UInt64Type>().iter()),
        DataType::Float32 => PyList::new(py, array.as_primitive::<Float32Type>().iter()),
        DataType::Float64 => PyList::new(py, array.as_primitive::<Float64Type>().iter()),
        DataType::Utf8 => PyList::new(py, array.as_string::<i32>().iter()),
        DataType::LargeUtf8 => PyList::new(py, array.as_string::<i64>().iter()),
        DataType::Utf8View => PyList::new(py, array.as_string_view().iter()),
        DataType::Date32 => {
            let dates = array.as_primitive::<Date32Type>().iter();
            let dates = dates.map(|day| match day.and_then(date_of_day) {
                Some(date) => iso_date(py, &date.to_string()),
                None => Ok(py.None().into_bound(py)),
            });
            PyList::new(py, dates.collect::<PyResult<Vec<_>>>()?)
        }
        DataType::Timestamp(unit, _) => {
            let micros: Vec<Option<i64>> = match unit {
                TimeUnit::Second => {
                    instants::<TimestampSecondType>(array, |at| at.saturating_mul(1_000_000))
                }
                TimeUnit::Millisecond => {
                    instants::<TimestampMillisecondType>(array, |at| at.saturating_mul(1_000))
                }
                TimeUnit::Microsecond => instants::<TimestampMicrosecondType>(array, |at| at),
                TimeUnit::Nanosecond => {
                    instants::<TimestampNanosecondType>(array, |at| at.div_euclid(1_000))
                }
            };
            let instants = micros.into_iter().map(|at| match at {
                Some(at) => instant(py, at),
                None => Ok(py.None().into_bound(py)),
            });
            PyList::new(py, instants.collect::<PyResult<Vec<_>>>()?)
        }
        &DataType::Decimal128(_, scale) => {
            let amounts = array.as_primitive::<Decimal128Type>().iter();
            let amounts = amounts.map(|units| match units {
                Some(units) => decimal(py, &format!("{units}E{}", -i16::from(scale))),
                None => Ok(py.None().into_bound(py)),
            });
            PyList::new(py, amounts.collect::<PyResult<Vec<_>>>()?)
        }
        DataType::Dictionary(..) => {
            let coded = array.as_any_dictionary();
            let labels = list(py, coded.values().as_ref())?;
            let codes = list(py, coded.keys())?;
            let label = |code: Bound<'py, PyAny>| match code.extract::<Option<usize>>()? {
                Some(code) => labels.get_item(code),
                None => Ok(code),
            };
            PyList::new(py, codes.iter().map(label).collect::<PyResult<Vec<_>>>()?)
        }
        other => Err(PyTypeError::new_err(format!(
            "a column of {other} is read by Arrow only"
        ))),
    }
}

fn instants<P: ArrowPrimitiveType<Native = i64>>(
    array: &dyn arrow_array::Array,
    micros: impl Fn(i64) -> i64,
) -> Vec<Option<i64>> {
    let instants = array.as_primitive::<P>().iter();
    instants.map(|at| at.map(&micros)).collect()
}

fn iso_date<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    static DATE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    DATE.import(py, "datetime", "date")?
        .call_method1("fromisoformat", (text,))
}

fn instant(py: Python<'_>, micros: i64) -> PyResult<Bound<'_, PyAny>> {
    static MAKE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    MAKE.import(py, "custometry._values", "_instant")?
        .call1((micros,))
}

fn decimal<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    decimal_class(py)?.call1((text,))
}
