//! Records of people, and the pairs of them that are compared.

use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use self_cell::self_cell;

use super::super::{Answer, Held, Room};
use crate::{
    Result,
    arrow::{RecordColumns, RecordKeyColumns, Tables},
    data::CustomerKey,
    identity::{Blocking, BlockingParams, PairKind, RecordIx, Records},
};

self_cell!(
    /// A blocking beside the records that it borrows.
    pub(super) struct BoundBlocking {
        owner: Arc<Records>,
        #[covariant]
        dependent: Blocking,
    }
);

impl Held for BoundBlocking {
    const KIND: &'static str = "identity.Blocking";
}

impl BoundBlocking {
    pub(super) fn get(&self) -> &Blocking<'_> {
        self.borrow_dependent()
    }
}

impl Tables for BoundBlocking {
    const TABLES: &'static [&'static str] = Blocking::TABLES;

    fn table(&self, name: &str) -> Result<RecordBatch> {
        self.get().table(name)
    }
}

fn key(key: CustomerKey<'_>) -> Answer {
    match key {
        CustomerKey::Int(number) => Answer::Int(number.into()),
        CustomerKey::Text(text) => Answer::Text(text.to_owned()),
    }
}

pub(super) fn register(room: &mut Room<'_>) {
    records(room);
    blocking(room);
}

fn records(room: &mut Room<'_>) {
    room.kind::<Records>()
        .operation("read", &["table", "columns"], |arguments| {
            let columns: RecordColumns = arguments.optional_json("columns")?.unwrap_or_default();
            columns.read(arguments.table("table")?)
        })
        .tables()
        .get("len", Records::len)
        .get("fields", |records| {
            let kinds = records
                .fields()
                .map(|(name, kind)| Ok((name.to_owned(), Answer::written(&kind)?)));
            kinds.collect::<Result<_>>().map(Answer::Record)
        })
        .operation("report", &["self", "column"], |arguments| {
            let column: String = arguments.json("column")?;
            let report = arguments.this::<Records>()?.report(&column);
            report.map_or(Ok(Answer::Nothing), Answer::written)
        })
        .operation("value", &["self", "record", "column"], |arguments| {
            let column: String = arguments.json("column")?;
            let record = arguments.json("record")?;
            Ok(arguments.this::<Records>()?.value(record, &column))
        })
        .get("sources", |records| records.sources().to_vec())
        .operation("key", &["self", "record"], |arguments| {
            let record: RecordIx = arguments.json("record")?;
            let found = arguments.this::<Records>()?.key(record);
            Ok(found.map_or(Answer::Nothing, |(source, of_source)| {
                Answer::record([
                    ("source", Answer::Text(source.to_owned())),
                    ("key", key(of_source)),
                ])
            }))
        })
        .operation("find", &["self", "source", "key"], |arguments| {
            let source: String = arguments.optional_json("source")?.unwrap_or_default();
            let records: &Records = arguments.this()?;
            Ok(records
                .find(&source, arguments.key("key")?)
                .map(|record| record.0))
        })
        .operation("find_all", &["self", "table", "columns"], |arguments| {
            let columns: RecordKeyColumns = arguments.optional_json("columns")?.unwrap_or_default();
            let found = columns.find(arguments.table("table")?, arguments.this()?)?;
            let rows = found.into_iter().map(|record| Some(i64::from(record?.0)));
            Ok(Answer::Column(Arc::new(rows.collect::<Int64Array>())))
        });
}

fn blocking(room: &mut Room<'_>) {
    room.kind::<BoundBlocking>()
        .operation("block", &["records", "params"], |arguments| {
            let params: BlockingParams = arguments.params()?;
            BoundBlocking::try_new(arguments.share("records")?, |records| params.block(records))
        })
        .operation(
            "suited_to",
            &["records", "kind", "max_pairs"],
            |arguments| {
                let records: &Records = arguments.object("records")?;
                let kind: PairKind = arguments.optional_json("kind")?.unwrap_or_default();
                let max_pairs = arguments.json("max_pairs")?;
                Answer::written(&BlockingParams::suited_to(records, kind, max_pairs)?)
            },
        )
        .tables()
        .get("records", |it| Arc::clone(it.borrow_owner()))
        .get("kind", |it| Answer::written(&it.get().kind()))
        .get("rules", |it| Answer::written(&it.get().rules()))
        .get("count", |it| Answer::written(&it.get().count()))
        .operation("first_rule", &["self", "a", "b"], |arguments| {
            let (a, b) = (arguments.json("a")?, arguments.json("b")?);
            Ok(arguments.this::<BoundBlocking>()?.get().first_rule(a, b))
        });
}
