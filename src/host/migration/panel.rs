//! Panels and sequences.

use arrow_array::RecordBatch;

use super::{
    super::{Answer, Argument, Arguments, Held, Room, arguments::only_column, data, held},
    counts::with_states,
    states::{name_of, period},
};
use crate::{
    Error, Result,
    arrow::{SegmentPanelColumns, Table, Tables, migration::sequences},
    data::{Assignments, Currency, CustomerIx, CustomerKey, Customers, Shared},
    migration::{CommonPath, Presence, SegmentPanel, Sequences, SnapshotKeys},
};

held!("migration": SegmentPanel);

/// Sequences, with the customers they belong to where those are known.
struct Told {
    it: Sequences,
    customers: Option<Customers>,
}

impl Held for Told {
    const KIND: &'static str = "migration.Sequences";
}

impl Tables for Told {
    const TABLES: &'static [&'static str] = Sequences::TABLES;

    fn table(&self, name: &str) -> Result<RecordBatch> {
        sequences(&self.it, self.customers.as_ref(), name)
    }
}

pub(super) fn register(room: &mut Room<'_>) {
    panel(room);
    of_sequences(room);
}

fn panel(room: &mut Room<'_>) {
    let kind = room
        .kind::<SegmentPanel>()
        .operation(
            "read",
            &["table", "currency", "columns", "customers"],
            |arguments| {
                let columns: SegmentPanelColumns =
                    arguments.optional_json("columns")?.unwrap_or_default();
                let currency = optional_currency(arguments)?;
                let table = arguments.table("table")?;
                match arguments.optional::<Customers>("customers")? {
                    Some(customers) => columns.read_numbered(table, currency, customers),
                    None => columns.read(table, currency),
                }
            },
        )
        .operation("of_assignments", &["snapshots"], |arguments| {
            SegmentPanel::of_assignments(&arguments.objects::<Assignments>("snapshots")?)
        })
        .operation("of_snapshots", &["snapshots", "keys"], |arguments| {
            with_keys(arguments, SegmentPanel::of_snapshots)
        })
        .operation(
            "with_values",
            &["self", "values", "currency", "minor"],
            |arguments| {
                let currency = data::currency(arguments)?;
                let columns = values(arguments, currency)?;
                arguments
                    .this::<SegmentPanel>()?
                    .clone()
                    .with_values(currency, &columns)
            },
        )
        .get("customers", |it| it.customers().cloned())
        .get("len", SegmentPanel::len)
        .get("periods", |it| it.periods().to_vec())
        .get("period_days", |it| {
            let days = it.period_days().into_iter().flatten();
            let dates = days.filter_map(crate::data::date_of_day).map(Answer::Date);
            it.period_days().map(|_| Answer::List(dates.collect()))
        })
        .get("currency", |it| Answer::written(&it.currency()))
        .operation("presence", &["self", "period", "customer"], |arguments| {
            let it: &SegmentPanel = arguments.this()?;
            let at = period(arguments, "period", it.periods())?;
            let presence = it.presence(at, customer(arguments, it.customers())?);
            Ok(presence.map(|presence| named(it, presence)))
        })
        .operation("value", &["self", "period", "customer"], |arguments| {
            let it: &SegmentPanel = arguments.this()?;
            let at = period(arguments, "period", it.periods())?;
            let value = it.value(at, customer(arguments, it.customers())?);
            let money = value.zip(it.currency());
            Ok(money.map(|(value, currency)| Answer::money(value, currency)))
        })
        .get("flows", SegmentPanel::flows)
        .get("triples", SegmentPanel::triples)
        .get("sequences", |it| Told {
            it: it.sequences(),
            customers: it.customers().cloned(),
        })
        .tables();
    with_states(kind, SegmentPanel::states);
}

fn of_sequences(room: &mut Room<'_>) {
    room.kind::<Told>()
        .operation("of", &["self", "customer"], |arguments| {
            let told: &Told = arguments.this()?;
            let shape = told.it.of(customer(arguments, told.customers.as_ref())?);
            shape.map(Answer::written).transpose()
        })
        .get("means", |told| {
            let means = told.it.means();
            means.map(|means| Answer::written(&means)).transpose()
        })
        .get("path_count", |told| told.it.path_count())
        .operation("paths", &["self", "most"], |arguments| {
            let told: &Told = arguments.this()?;
            let paths = told.it.paths(arguments.json("most")?);
            let path = |path: &CommonPath| {
                let names = path.names.iter().cloned().map(Answer::Text);
                Answer::record([
                    ("path", Answer::List(names.collect())),
                    ("customers", Answer::Int(path.customers.into())),
                    ("share", Answer::Float(path.share)),
                ])
            };
            Ok(Answer::List(paths.iter().map(path).collect()))
        })
        .tables();
}

/// The name of the place where a customer is: a state, "not yet", "inactive" or "churned".
fn named(panel: &SegmentPanel, presence: Presence) -> Answer {
    let text = |text: &str| Answer::Text(text.to_owned());
    match presence {
        Presence::In(id) => name_of(panel.states(), id),
        Presence::NotYet => text("not yet"),
        Presence::Inactive => text("inactive"),
        Presence::Churned => text("churned"),
    }
}

/// The customer of that key; where no keys are known, of that place.
fn customer(arguments: &Arguments<'_>, customers: Option<&Customers>) -> Result<CustomerIx> {
    let Some(customers) = customers else {
        return arguments.json("customer").map(CustomerIx);
    };
    let key = arguments.key("customer")?;
    let unknown = || Error::parameter("customer", key, "the key of a customer who is there");
    customers.find(key).ok_or_else(unknown)
}

/// The currency of values; none that is not given.
fn optional_currency(arguments: &Arguments<'_>) -> Result<Option<Currency>> {
    match arguments.optional_json::<serde_json::Value>("currency")? {
        Some(_) => data::currency(arguments).map(Some),
        None => Ok(None),
    }
}

/// A column of money for each period, in units of the currency, or in minor units.
fn values(arguments: &Arguments<'_>, currency: Currency) -> Result<Vec<Vec<i64>>> {
    let table = arguments.table("values")?;
    let minor = arguments.optional_json("minor")?.unwrap_or(false);
    let column = |name: &str| {
        let column = table.column(name)?;
        let values = if minor {
            column.i64s()?
        } else {
            column.amounts(currency)?
        };
        Ok(values.to_vec())
    };
    table.names().map(column).collect()
}

/// The keys of the customers of a snapshot.
enum Keys<'a> {
    Ints(Shared<i64>),
    Texts(Vec<&'a str>),
}

/// Does something with snapshots and the keys of the customers of each: customers, or a table of one
/// column.
pub(super) fn with_keys<A>(
    arguments: &Arguments<'_>,
    run: impl Fn(&[(SnapshotKeys<'_>, &Assignments)]) -> Result<A>,
) -> Result<A> {
    let snapshots = arguments.objects::<Assignments>("snapshots")?;
    let keys = arguments.each("keys")?.iter();
    let keys: Vec<Keys<'_>> = keys
        .map(|keys| match keys {
            Argument::Table(table) => keys_in(table),
            keys => keys.object("keys").map(keys_of),
        })
        .collect::<Result<_>>()?;
    Error::check_length("keys of snapshots", snapshots.len(), keys.len())?;
    let keys = keys.iter().map(|keys| match keys {
        Keys::Ints(keys) => SnapshotKeys::Ints(keys),
        Keys::Texts(keys) => SnapshotKeys::Texts(keys),
    });
    run(&keys.zip(snapshots).collect::<Vec<_>>())
}

fn keys_of(customers: &Customers) -> Keys<'_> {
    let ints = customers.keys().map(|key| match key {
        CustomerKey::Int(key) => Some(key),
        CustomerKey::Text(_) => None,
    });
    if let Some(ints) = ints.collect::<Option<Vec<i64>>>() {
        return Keys::Ints(ints.into());
    }
    let texts = customers.keys().filter_map(|key| match key {
        CustomerKey::Text(key) => Some(key),
        CustomerKey::Int(_) => None,
    });
    Keys::Texts(texts.collect())
}

fn keys_in(table: &Table) -> Result<Keys<'_>> {
    let column = only_column("keys", table)?;
    Ok(if column.is_text() {
        Keys::Texts(column.texts_or_blank()?)
    } else {
        Keys::Ints(column.i64s()?)
    })
}
