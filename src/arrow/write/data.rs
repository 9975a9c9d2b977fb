//! The types of `data`.

use arrow_array::RecordBatch;

use super::Columns;
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    data::{
        Assignments, Categories, ContactStatus, ContactStatuses, Crosswalk, CustomerKey, Customers,
        Events, Features, MinorUnits, Transactions,
    },
};

/// `customers`, a row a customer: `customer`.
impl Tables for Customers {
    const TABLES: &'static [&'static str] = &["customers"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "customers" => Columns::of(self).finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `transactions`, a row each: `customer`, `day`, `amount`, and those of `order`, `item`, `quantity`,
/// `channel`, `cost`, `source`, `recorded` that the log has.
impl Tables for Transactions {
    const TABLES: &'static [&'static str] = &["transactions"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "transactions" => transactions(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn transactions(log: &Transactions) -> Result<RecordBatch> {
    let customers = log.customers();
    let keys = log
        .customer()
        .iter()
        .filter_map(|&customer| customers.key(customer));
    let mut columns = Columns::new()
        .some_keys("customer", keys)
        .days("day", log.days().iter().copied())
        .money("amount", log.currency(), amounts(log.amounts()));
    for (name, labels) in [
        ("order", log.orders()),
        ("item", log.items()),
        ("channel", log.channels()),
        ("source", log.sources()),
    ] {
        if let Some(labels) = labels {
            columns = columns.labels(name, labels);
        }
    }
    if let Some(quantities) = log.quantities() {
        columns = columns.floats("quantity", quantities.to_vec());
    }
    if let Some(costs) = log.costs() {
        columns = columns.money("cost", log.currency(), amounts(costs));
    }
    if let Some(days) = log.recorded_days() {
        columns = columns.days("recorded", days.iter().copied());
    }
    columns.finish()
}

fn amounts(minor: &[i64]) -> impl Iterator<Item = MinorUnits> {
    minor.iter().map(|&minor| MinorUnits(minor))
}

/// `events`, a row each: `customer`, `at`, `kind`, and those of `recorded_at`, `channel`, `amount` that
/// the log has. Instants are UTC.
impl Tables for Events {
    const TABLES: &'static [&'static str] = &["events"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "events" => events(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn events(log: &Events) -> Result<RecordBatch> {
    let customers = log.customers();
    let keys = log.customer().iter();
    let mut columns = Columns::new()
        .some_keys(
            "customer",
            keys.filter_map(|&customer| customers.key(customer)),
        )
        .instants("at", log.at_micros())
        .labels("kind", log.kinds());
    if let Some(recorded) = log.recorded_at_micros() {
        columns = columns.instants("recorded_at", recorded);
    }
    if let Some(channels) = log.channels() {
        columns = columns.labels("channel", channels);
    }
    if let Some((currency, minor)) = log.amounts() {
        columns = columns.money("amount", currency, amounts(minor));
    }
    columns.finish()
}

/// `features`, a row each: the columns of numbers (null where missing), those of categories, and
/// `weight` where rows have weights.
impl Tables for Features {
    const TABLES: &'static [&'static str] = &["features"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "features" => features(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn features(it: &Features) -> Result<RecordBatch> {
    let mut columns = Columns::new();
    for (name, values) in it.names().iter().zip(it.view().columns()) {
        columns = columns.known(name, values.iter().copied());
    }
    for name in it.category_names() {
        if let Some(labels) = it.categories(name) {
            columns = columns.labels(name, labels);
        }
    }
    if let Some(weights) = it.weights() {
        columns = columns.floats("weight", weights.to_vec());
    }
    columns.finish()
}

/// `labels`, a row each: `label`, null where there is none.
impl Tables for Categories {
    const TABLES: &'static [&'static str] = &["labels"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "labels" => Columns::new().labels("label", self).finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `assignments`, a row each: `id` and `segment`, the number and the name of its segment, null
/// without one; `segments`, a row a segment: `id`, `segment`, `count` of rows.
impl Tables for Assignments {
    const TABLES: &'static [&'static str] = &["assignments", "segments"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let segments = self.segments();
        let names = segments.iter().map(|segment| segment.name.as_str());
        match name {
            "assignments" => Columns::new()
                .ints("id", self.iter().map(|id| id.map(|id| i64::from(id.0))))
                .named("segment", names, (0..self.len()).map(|row| self.place(row)))
                .finish(),
            "segments" => Columns::new()
                .counts("id", segments.iter().map(|segment| segment.id.0))
                .texts("segment", names)
                .counts("count", self.counts())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `statuses`, a row a customer: `customer`, and `status`: allowed, refused or unknown.
impl Tables for ContactStatuses {
    const TABLES: &'static [&'static str] = &["statuses"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let words = || {
            self.as_slice()
                .iter()
                .map(|status: &ContactStatus| status.name())
        };
        match name {
            "statuses" => Columns::of(self.customers())
                .texts("status", words())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `entries`, a row for each key of each source: `source`, `key` (text where one of them is), and
/// `customer`, the key of the resolved customer.
impl Tables for Crosswalk {
    const TABLES: &'static [&'static str] = &["entries"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "entries" => entries(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn entries(it: &Crosswalk) -> Result<RecordBatch> {
    let sources = it.entries().map(|(source, ..)| source);
    let customers = it.customers();
    let resolved = it
        .entries()
        .filter_map(|(.., customer)| customers.key(customer));
    let columns = Columns::new().texts("source", sources);
    let is_text = |key| matches!(key, CustomerKey::Text(_));
    let columns = if it.entries().any(|(_, key, _)| is_text(key)) {
        columns.texts("key", it.entries().map(|(_, key, _)| key.to_string()))
    } else {
        columns.some_keys("key", it.entries().map(|(_, key, _)| key))
    };
    columns.some_keys("customer", resolved).finish()
}
