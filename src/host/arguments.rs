//! What an operation is given.

use std::{fmt, sync::Arc};

use chrono::NaiveDate;
use ndarray::Array2;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Answer, Held, Object};
use crate::{
    Error, Observer, Result,
    arrow::{Column, Table},
    data::{Categories, Currency, CustomerIx, CustomerKey, Customers, MinorUnits, Shared},
    value::{BgNbd, MbgNbd, Nbd, ParetoNbd, PurchaseModel},
};

/// One argument.
#[derive(Debug, Clone)]
pub(crate) enum Argument {
    Object(Object),
    Table(Table),
    Json(Value),
    /// A function of the host.
    #[cfg_attr(
        not(feature = "python"),
        allow(dead_code, reason = "C hosts have none")
    )]
    Function(Function),
    /// Objects, tables or functions in a list; a list of anything else is JSON.
    List(Vec<Argument>),
}

impl Argument {
    /// The object that it is.
    pub(crate) fn object<T: Held>(&self, name: &'static str) -> Result<&T> {
        as_object(name, self, T::KIND)?.require(name)
    }
}

/// One value, or a column of them.
pub(crate) enum OneOrMore<V> {
    One(V),
    More(Vec<V>),
}

/// A function of the host: from what it is told to a number. It is called from several threads at once.
#[derive(Clone)]
pub(crate) struct Function(Arc<dyn Fn(Answer) -> Result<f64> + Send + Sync>);

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Function")
    }
}

impl Function {
    #[cfg_attr(
        not(feature = "python"),
        allow(dead_code, reason = "C hosts have none")
    )]
    pub(crate) fn new(of: impl Fn(Answer) -> Result<f64> + Send + Sync + 'static) -> Self {
        Self(Arc::new(of))
    }

    pub(crate) fn call(&self, told: Answer) -> Result<f64> {
        (self.0)(told)
    }
}

/// The arguments of a call by name, and its observer.
pub(crate) struct Arguments<'o> {
    named: Vec<(String, Argument)>,
    observer: &'o mut dyn Observer,
}

impl<'o> Arguments<'o> {
    /// Arguments for an operation that takes these.
    pub(super) fn new(
        named: Vec<(String, Argument)>,
        takes: &[&'static str],
        observer: &'o mut dyn Observer,
    ) -> Result<Self> {
        for (name, _) in &named {
            if !takes.contains(&name.as_str()) {
                let expected = format!("one of: {}", takes.join(", "));
                return Err(Error::parameter("argument", name, expected));
            }
        }
        Ok(Self { named, observer })
    }

    /// Progress of the call.
    pub(crate) fn observer(&mut self) -> &mut dyn Observer {
        self.observer
    }

    /// An object and the observer, for operations that need both at once.
    pub(crate) fn with_observer<T: Held>(
        &mut self,
        name: &'static str,
    ) -> Result<(Arc<T>, &mut dyn Observer)> {
        Ok((self.share(name)?, self.observer))
    }

    /// The object whose operation it is.
    pub(crate) fn this<T: Held>(&self) -> Result<&T> {
        self.object("self")
    }

    /// An object.
    pub(crate) fn object<T: Held>(&self, name: &'static str) -> Result<&T> {
        self.optional(name)?.ok_or_else(|| missing(name, T::KIND))
    }

    /// An object that need not be given.
    pub(crate) fn optional<T: Held>(&self, name: &'static str) -> Result<Option<&T>> {
        match self.find(name) {
            None => Ok(None),
            Some(argument) => argument.object(name).map(Some),
        }
    }

    /// An object, shared.
    pub(crate) fn share<T: Held>(&self, name: &'static str) -> Result<Arc<T>> {
        let argument = self.find(name).ok_or_else(|| missing(name, T::KIND))?;
        let object = as_object(name, argument, T::KIND)?;
        let wrong = || Error::parameter(name, object.kind(), format!("a {}", T::KIND));
        object.share().ok_or_else(wrong)
    }

    /// An object that need not be given, shared.
    pub(crate) fn optional_share<T: Held>(&self, name: &'static str) -> Result<Option<Arc<T>>> {
        match self.find(name) {
            None => Ok(None),
            Some(_) => self.share(name).map(Some),
        }
    }

    /// The arguments in a list; one alone is a list of one.
    pub(crate) fn each(&self, name: &'static str) -> Result<&[Argument]> {
        match self.find(name).ok_or_else(|| missing(name, "list"))? {
            Argument::List(list) => Ok(list),
            // An empty list is JSON.
            Argument::Json(Value::Array(list)) if list.is_empty() => Ok(&[]),
            argument => Ok(std::slice::from_ref(argument)),
        }
    }

    /// Objects of one kind; one alone is a list of one.
    pub(crate) fn objects<T: Held>(&self, name: &'static str) -> Result<Vec<&T>> {
        let each = self.each(name)?.iter();
        each.map(|argument| argument.object(name)).collect()
    }

    /// Objects of one kind, shared; one alone is a list of one, and none if there is no such argument.
    pub(crate) fn shares<T: Held>(&self, name: &'static str) -> Result<Vec<Arc<T>>> {
        let shared = |argument: &Argument| {
            let object = as_object(name, argument, T::KIND)?;
            let wrong = || Error::parameter(name, object.kind(), format!("a {}", T::KIND));
            object.share().ok_or_else(wrong)
        };
        if !self.is_given(name) {
            return Ok(Vec::new());
        }
        self.each(name)?.iter().map(shared).collect()
    }

    /// Functions of the host; none if there is no such argument.
    pub(crate) fn functions(&self, name: &'static str) -> Result<Vec<Function>> {
        let function = |argument: &Argument| match argument {
            Argument::Function(function) => Ok(function.clone()),
            _ => Err(missing(name, "list of functions")),
        };
        if !self.is_given(name) {
            return Ok(Vec::new());
        }
        self.each(name)?.iter().map(function).collect()
    }

    /// The object of whatever kind.
    pub(crate) fn any(&self, name: &'static str) -> Result<&Object> {
        self.optional_any(name)?
            .ok_or_else(|| missing(name, "model"))
    }

    /// The object of whatever kind, which need not be given.
    pub(crate) fn optional_any(&self, name: &'static str) -> Result<Option<&Object>> {
        let argument = self.find(name);
        argument
            .map(|argument| as_object(name, argument, "model"))
            .transpose()
    }

    /// Objects of whatever kinds; one alone is a list of one.
    pub(crate) fn any_of(&self, name: &'static str) -> Result<Vec<&Object>> {
        let each = self.each(name)?.iter();
        each.map(|argument| as_object(name, argument, "model"))
            .collect()
    }

    /// A purchase model of any kind.
    pub(crate) fn purchase_model(&self, name: &'static str) -> Result<&dyn PurchaseModel> {
        as_purchase_model(name, self.any(name)?)
    }

    /// Keys of customers, numbered by first appearance, and the number of each row: a table of one
    /// column, or a list.
    pub(crate) fn keys(&self, name: &'static str) -> Result<(Customers, Vec<CustomerIx>)> {
        match self.find(name) {
            Some(Argument::Table(table)) => only_column(name, table)?.keys(),
            _ => match self.json(name)? {
                Keys::Ints(keys) => Customers::from_ints(&keys),
                Keys::Texts(keys) => Customers::from_texts(&keys),
            },
        }
    }

    /// Labels, blank where unknown: a table of one column, or a list.
    pub(crate) fn labels(&self, name: &'static str) -> Result<Categories> {
        if let Some(Argument::Table(table)) = self.find(name) {
            return only_column(name, table)?.labels();
        }
        let labels: Vec<Option<String>> = self.json(name)?;
        let labels: Vec<String> = labels.into_iter().map(Option::unwrap_or_default).collect();
        Categories::new(&labels)
    }

    /// A table.
    pub(crate) fn table(&self, name: &'static str) -> Result<&Table> {
        self.optional_table(name)?
            .ok_or_else(|| missing(name, "table"))
    }

    /// A table that need not be given.
    pub(crate) fn optional_table(&self, name: &'static str) -> Result<Option<&Table>> {
        match self.find(name) {
            None => Ok(None),
            Some(argument) => as_table(name, argument).map(Some),
        }
    }

    /// A column of numbers: a table of one column, or a list. Null is NaN.
    pub(crate) fn numbers(&self, name: &'static str) -> Result<Shared<f64>> {
        self.optional_numbers(name)?
            .ok_or_else(|| missing(name, "column of numbers"))
    }

    /// A column of numbers that need not be given.
    pub(crate) fn optional_numbers(&self, name: &'static str) -> Result<Option<Shared<f64>>> {
        match self.find(name) {
            None => Ok(None),
            Some(Argument::Table(table)) => only_column(name, table)?.f64s_or_nan().map(Some),
            Some(_) => {
                let numbers: Vec<Option<f64>> = self.json(name)?;
                let known = numbers.into_iter().map(|number| number.unwrap_or(f64::NAN));
                Ok(Some(known.collect::<Vec<f64>>().into()))
            }
        }
    }

    /// A matrix of numbers: a table, or a list of rows, all of one length. Null is NaN.
    pub(crate) fn matrix(&self, name: &'static str) -> Result<Array2<f64>> {
        let mut columns: Vec<Shared<f64>> = Vec::new();
        if let Some(Argument::Table(table)) = self.find(name) {
            for column in table.names() {
                columns.push(table.column(column)?.f64s_or_nan()?);
            }
            let cell = |(row, column): (usize, usize)| {
                let column = columns.get(column).and_then(|column| column.get(row));
                column.copied().unwrap_or(f64::NAN)
            };
            return Ok(Array2::from_shape_fn((table.len(), columns.len()), cell));
        }
        let rows: Vec<Vec<Option<f64>>> = self.json(name)?;
        let width = rows.first().map_or(0, Vec::len);
        for row in &rows {
            Error::check_length(name, width, row.len())?;
        }
        let cell = |(row, column): (usize, usize)| {
            let row: Option<&Vec<Option<f64>>> = rows.get(row);
            let cell = row.and_then(|row| row.get(column)).copied().flatten();
            cell.unwrap_or(f64::NAN)
        };
        Ok(Array2::from_shape_fn((rows.len(), width), cell))
    }

    /// A column of whole numbers from 0: a table of one column, or a list.
    pub(crate) fn counts(&self, name: &'static str) -> Result<Shared<u32>> {
        match self.find(name) {
            Some(Argument::Table(table)) => only_column(name, table)?.u32s(),
            _ => self.json::<Vec<u32>>(name).map(Shared::from),
        }
    }

    /// A column of money in units of a currency: a table of one column, or a list of numbers or
    /// their texts.
    pub(crate) fn amounts(&self, name: &'static str, currency: Currency) -> Result<Shared<i64>> {
        if let Some(Argument::Table(table)) = self.find(name) {
            return only_column(name, table)?.amounts(currency);
        }
        let amounts: Vec<Value> = self.json(name)?;
        let minor = amounts.iter().enumerate().map(|(row, amount)| {
            let refused = |error: Error| Error::value(name, row, error.to_string());
            Ok(as_money(name, amount, currency).map_err(refused)?.0)
        });
        minor.collect::<Result<Vec<i64>>>().map(Shared::from)
    }

    /// A column of yes and no: booleans, or the numbers 0 and 1.
    pub(crate) fn flags(&self, name: &'static str) -> Result<Vec<bool>> {
        self.optional_flags(name)?
            .ok_or_else(|| missing(name, "column of yes and no"))
    }

    /// A column of yes and no that need not be given.
    pub(crate) fn optional_flags(&self, name: &'static str) -> Result<Option<Vec<bool>>> {
        #[derive(serde::Deserialize)]
        #[serde(untagged, expecting = "true and false, or 1 and 0")]
        enum Flag {
            Said(bool),
            Number(u8),
        }
        if let Some(Argument::Table(table)) = self.find(name) {
            return only_column(name, table)?.flags().map(Some);
        }
        let Some(given) = self.optional_json::<Vec<Flag>>(name)? else {
            return Ok(None);
        };
        let flags = given.iter().enumerate().map(|(row, flag)| match flag {
            Flag::Said(flag) => Ok(*flag),
            Flag::Number(0) => Ok(false),
            Flag::Number(1) => Ok(true),
            Flag::Number(_) => Err(Error::value(name, row, "is neither 0 nor 1")),
        });
        flags.collect::<Result<_>>().map(Some)
    }

    /// A column of whole numbers from 0, however large: a table of one column, or a list.
    pub(crate) fn u64s(&self, name: &'static str) -> Result<Vec<u64>> {
        match self.find(name) {
            Some(Argument::Table(table)) => only_column(name, table)?.u64s(),
            _ => self.json(name),
        }
    }

    /// A column of small whole numbers from 0; yes and no are 1 and 0.
    pub(crate) fn codes(&self, name: &'static str) -> Result<Vec<u16>> {
        #[derive(serde::Deserialize)]
        #[serde(untagged, expecting = "whole numbers from 0, below 65,536")]
        enum Code {
            Number(u16),
            Flag(bool),
        }
        if let Some(Argument::Table(table)) = self.find(name) {
            return Ok(only_column(name, table)?.u16s_or_flags()?.to_vec());
        }
        let given: Vec<Code> = self.json(name)?;
        let codes = given.into_iter().map(|code| match code {
            Code::Number(number) => number,
            Code::Flag(flag) => u16::from(flag),
        });
        Ok(codes.collect())
    }

    /// A number for each row, the same for rows that belong together, from a column of keys; whole
    /// numbers that 32 bits hold are taken as they are. It need not be given.
    pub(crate) fn optional_clusters(&self, name: &'static str) -> Result<Option<Vec<u32>>> {
        #[derive(serde::Deserialize)]
        #[serde(untagged, expecting = "keys that are all whole numbers, or all texts")]
        enum Keys {
            Numbers(Vec<u32>),
            Ints(Vec<i64>),
            Texts(Vec<String>),
        }
        if let Some(Argument::Table(table)) = self.find(name) {
            return only_column(name, table)?.numbered().map(Some);
        }
        let (_, rows) = match self.optional_json(name)? {
            None => return Ok(None),
            Some(Keys::Numbers(numbers)) => return Ok(Some(numbers)),
            Some(Keys::Ints(keys)) => Customers::from_ints(&keys)?,
            Some(Keys::Texts(keys)) => Customers::from_texts(&keys)?,
        };
        Ok(Some(rows.into_iter().map(|row| row.0).collect()))
    }

    /// A column of labels: an object, a table of one column, or a list of texts and nulls. It need not
    /// be given.
    pub(crate) fn optional_labels(&self, name: &'static str) -> Result<Option<Arc<Categories>>> {
        match self.find(name) {
            None => Ok(None),
            Some(Argument::Object(_)) => self.share(name).map(Some),
            Some(_) => self.labels(name).map(|labels| Some(Arc::new(labels))),
        }
    }

    /// Numbers of clusters, a row each: a table of one column, or a list. Null, no cluster, is
    /// `u32::MAX`.
    pub(crate) fn clusters(&self, name: &'static str) -> Result<Shared<u32>> {
        if let Some(Argument::Table(table)) = self.find(name) {
            return only_column(name, table)?.u32s_or(u32::MAX);
        }
        let numbers: Vec<Option<u32>> = self.json(name)?;
        let known = numbers.into_iter().map(|number| number.unwrap_or(u32::MAX));
        Ok(known.collect::<Vec<u32>>().into())
    }

    /// A value: a number, a text, a date, a list, or parameters.
    pub(crate) fn json<V: DeserializeOwned>(&self, name: &'static str) -> Result<V> {
        self.optional_json(name)?
            .ok_or_else(|| missing(name, "value"))
    }

    /// A value that need not be given.
    pub(crate) fn optional_json<V: DeserializeOwned>(
        &self,
        name: &'static str,
    ) -> Result<Option<V>> {
        match self.find(name) {
            None => Ok(None),
            Some(Argument::Json(value)) => read(name, value).map(Some),
            Some(Argument::Table(table)) => {
                let values = listed(name, &only_column(name, table)?)?;
                read(name, &values).map(Some)
            }
            Some(Argument::List(list)) if list.is_empty() => {
                read(name, &Value::Array(Vec::new())).map(Some)
            }
            Some(_) => Err(missing(name, "value, not an object")),
        }
    }

    /// Whether there is such an argument, and it is not null.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// A value, or a table that `of` makes one from.
    pub(crate) fn json_or_table<V: DeserializeOwned>(
        &self,
        name: &'static str,
        of: impl FnOnce(&Table) -> Result<V>,
    ) -> Result<V> {
        match self.find(name) {
            Some(Argument::Table(table)) => of(table),
            _ => self.json(name),
        }
    }

    /// A value by itself, or a column of them: a list, or a table of one column that `of` reads.
    pub(crate) fn one_or_more<V: DeserializeOwned>(
        &self,
        name: &'static str,
        of: impl FnOnce(&Column<'_>) -> Result<Vec<V>>,
    ) -> Result<OneOrMore<V>> {
        match self.find(name) {
            Some(Argument::Table(table)) => of(&only_column(name, table)?).map(OneOrMore::More),
            Some(Argument::Json(Value::Array(_)) | Argument::List(_)) => {
                self.json(name).map(OneOrMore::More)
            }
            _ => self.json(name).map(OneOrMore::One),
        }
    }

    /// A column: a list, or a table of one column that `of` reads.
    pub(crate) fn column<V: DeserializeOwned>(
        &self,
        name: &'static str,
        of: impl FnOnce(&Column<'_>) -> Result<Vec<V>>,
    ) -> Result<Vec<V>> {
        self.json_or_table(name, |table| of(&only_column(name, table)?))
    }

    /// Parameters, or their defaults.
    pub(crate) fn params<P: DeserializeOwned>(&self) -> Result<P> {
        let given = self.optional_json::<Value>("params")?;
        read(
            "params",
            &given.unwrap_or_else(|| Value::Object(serde_json::Map::new())),
        )
    }

    /// A civil day.
    pub(crate) fn date(&self, name: &'static str) -> Result<NaiveDate> {
        self.json(name)
    }

    /// Money in units of a currency: a number, or its text. It must have no more decimals than the
    /// currency.
    pub(crate) fn money(&self, name: &'static str, currency: Currency) -> Result<MinorUnits> {
        match self.find(name) {
            Some(Argument::Json(value)) => as_money(name, value, currency),
            _ => Err(missing(
                name,
                "number, or its text, that is an amount of money",
            )),
        }
    }

    /// The key of a customer: a text or a whole number.
    pub(crate) fn key(&self, name: &'static str) -> Result<CustomerKey<'_>> {
        match self.find(name) {
            Some(Argument::Json(Value::String(text))) => Ok(CustomerKey::Text(text)),
            Some(Argument::Json(Value::Number(number))) if number.is_i64() => {
                Ok(CustomerKey::Int(number.as_i64().unwrap_or_default()))
            }
            _ => Err(missing(name, "key: a text or a whole number")),
        }
    }

    /// The argument; none that is null.
    fn find(&self, name: &str) -> Option<&Argument> {
        let (_, argument) = self.named.iter().find(|(given, _)| given == name)?;
        (!matches!(argument, Argument::Json(Value::Null))).then_some(argument)
    }
}

/// Keys in a list.
#[derive(serde::Deserialize)]
#[serde(untagged, expecting = "keys that are all whole numbers, or all texts")]
enum Keys {
    Ints(Vec<i64>),
    Texts(Vec<String>),
}

/// Money in units of a currency: a number, or its text.
pub(crate) fn as_money(
    name: &'static str,
    value: &Value,
    currency: Currency,
) -> Result<MinorUnits> {
    match value {
        Value::String(text) => currency.parse(text),
        // Floats without an exponent, which their JSON may have.
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => currency.parse(&float.to_string()),
            None => currency.parse(&number.to_string()),
        },
        _ => Err(missing(
            name,
            "number, or its text, that is an amount of money",
        )),
    }
}

/// The purchase model that an object is.
pub(crate) fn as_purchase_model<'o>(
    name: &'static str,
    object: &'o Object,
) -> Result<&'o dyn PurchaseModel> {
    fn one<M: Held + PurchaseModel>(object: &Object) -> Option<&dyn PurchaseModel> {
        object.get::<M>().map(|model| model as _)
    }
    one::<BgNbd>(object)
        .or_else(|| one::<MbgNbd>(object))
        .or_else(|| one::<ParetoNbd>(object))
        .or_else(|| one::<Nbd>(object))
        .ok_or_else(|| Error::parameter(name, object.kind(), "a purchase model"))
}

fn missing(name: &'static str, what: &str) -> Error {
    Error::parameter(name, "missing or of another kind", format!("a {what}"))
}

fn as_object<'a>(name: &'static str, argument: &'a Argument, kind: &str) -> Result<&'a Object> {
    match argument {
        Argument::Object(object) => Ok(object),
        _ => Err(missing(name, kind)),
    }
}

fn as_table<'a>(name: &'static str, argument: &'a Argument) -> Result<&'a Table> {
    match argument {
        Argument::Table(table) => Ok(table),
        _ => Err(missing(name, "table: an Arrow stream or a data frame")),
    }
}

pub(super) fn only_column<'t>(name: &'static str, table: &'t Table) -> Result<Column<'t>> {
    let mut names = table.names();
    match (names.next(), names.next()) {
        (Some(column), None) => table.column(column),
        _ => Err(missing(name, "table of one column")),
    }
}

/// A column as the list that stands for it. Null and NaN are null; JSON knows no other number that is
/// not finite.
fn listed(name: &'static str, column: &Column<'_>) -> Result<Value> {
    if column.is_boolean() {
        return column.flags().map(Value::from);
    }
    if column.is_text() || column.is_time() {
        let spellings = column.spellings()?.into_iter();
        return Ok(spellings.map(Value::from).collect());
    }
    if let Ok(whole) = column.i64s() {
        return Ok(whole.iter().copied().map(Value::from).collect());
    }
    let numbers = column.f64s_or_nan()?;
    if let Some(row) = numbers.iter().position(|number| number.is_infinite()) {
        return Err(Error::value(name, row, "is not finite; give a number"));
    }
    Ok(numbers.iter().copied().map(Value::from).collect())
}

fn read<V: DeserializeOwned>(name: &'static str, value: &Value) -> Result<V> {
    V::deserialize(value)
        .map_err(|error| Error::parameter(name, value, format!("what can be read: {error}")))
}
