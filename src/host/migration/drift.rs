//! Drift.

use std::borrow::Cow;

use arrow_array::RecordBatch;

use super::super::{Answer, Arguments, Held, Room, held};
use crate::{
    Result,
    arrow::{Tables, migration::choice},
    data::{Assignments, Categories, Features},
    migration::{Drift, DriftCounts, DriftParams, DriftReference, DriftTest, KolmogorovSmirnov},
};

held!("migration": Drift, DriftCounts, DriftReference);

/// The drift of several columns.
struct Drifts(Vec<Drift>);

impl Held for Drifts {
    const KIND: &'static str = "migration.Drifts";
}

impl Tables for Drifts {
    const TABLES: &'static [&'static str] = <[Drift]>::TABLES;

    fn table(&self, name: &str) -> Result<RecordBatch> {
        self.0[..].table(name)
    }
}

pub(super) fn register(room: &mut Room<'_>) {
    references(room);
    counts(room);
    room.kind::<Drift>().get("record", drift).tables();
    room.kind::<Drifts>()
        .operation("features", &["before", "after", "params"], |arguments| {
            let params: DriftParams = arguments.params()?;
            let before: &Features = arguments.object("before")?;
            params
                .features(before, arguments.object("after")?)
                .map(Drifts)
        })
        .get("drifts", |it| Answer::objects(it.0.iter().cloned()))
        .tables();
    room.function(
        "KolmogorovSmirnov.two_sample",
        &["reference", "reference_weights", "sample", "weights"],
        |arguments| {
            let reference_weights = arguments.optional_numbers("reference_weights")?;
            let test = KolmogorovSmirnov::two_sample(
                &arguments.numbers("reference")?,
                reference_weights.as_deref(),
                &arguments.numbers("sample")?,
                arguments.optional_numbers("weights")?.as_deref(),
            )?;
            Ok(gap(&test))
        },
    );
}

/// Freezing a reference, and counting samples into it.
fn references(room: &mut Room<'_>) {
    room.kind::<DriftReference>()
        .defaults::<DriftParams>()
        .operation(
            "of_numbers",
            &["feature", "values", "weights", "params"],
            |arguments| {
                let params: DriftParams = arguments.params()?;
                let weights = arguments.optional_numbers("weights")?;
                params.numbers(
                    &feature(arguments)?,
                    &arguments.numbers("values")?,
                    weights.as_deref(),
                )
            },
        )
        .operation(
            "of_given_edges",
            &["feature", "edges", "values", "weights", "params"],
            |arguments| {
                let params: DriftParams = arguments.params()?;
                params.given_edges(
                    &feature(arguments)?,
                    &arguments.numbers("edges")?,
                    &arguments.numbers("values")?,
                    arguments.optional_numbers("weights")?.as_deref(),
                )
            },
        )
        .operation(
            "of_categories",
            &["feature", "column", "weights", "params"],
            |arguments| {
                let params: DriftParams = arguments.params()?;
                let column = categories(arguments)?;
                let weights = arguments.optional_numbers("weights")?;
                params.categories(&feature(arguments)?, &column, weights.as_deref())
            },
        )
        .operation("of_segments", &["rows", "weights", "params"], |arguments| {
            let params: DriftParams = arguments.params()?;
            let rows: &Assignments = arguments.object("rows")?;
            params.segments(rows, arguments.optional_numbers("weights")?.as_deref())
        })
        .operation("of_totals", &["feature", "totals", "params"], |arguments| {
            let params: DriftParams = arguments.params()?;
            let given: Vec<(String, u64)> = arguments.json("totals")?;
            params.totals(&feature(arguments)?, &pairs(&given))
        })
        .get("counts", |it| it.counts().clone())
        .get("labels", DriftReference::labels)
        .operation("numbers", &["self", "values", "weights"], |arguments| {
            let it: &DriftReference = arguments.this()?;
            let weights = arguments.optional_numbers("weights")?;
            it.numbers(&arguments.numbers("values")?, weights.as_deref())
        })
        .operation("categories", &["self", "column", "weights"], |arguments| {
            let it: &DriftReference = arguments.this()?;
            let weights = arguments.optional_numbers("weights")?;
            it.categories(&*categories(arguments)?, weights.as_deref())
        })
        .operation("segments", &["self", "rows", "weights"], |arguments| {
            let it: &DriftReference = arguments.this()?;
            let weights = arguments.optional_numbers("weights")?;
            it.segments(arguments.object("rows")?, weights.as_deref())
        })
        .operation("totals", &["self", "totals"], |arguments| {
            let given: Vec<(String, u64)> = arguments.json("totals")?;
            arguments.this::<DriftReference>()?.totals(&pairs(&given))
        })
        .operation("compare", &["self", "sample"], |arguments| {
            let it: &DriftReference = arguments.this()?;
            it.compare(arguments.object("sample")?)
        })
        .tables()
        .saved();
}

fn counts(room: &mut Room<'_>) {
    room.kind::<DriftCounts>()
        .get("feature", |it| it.feature().to_owned())
        .get("totals", |it| it.totals().to_vec())
        .get("rows", DriftCounts::rows)
        .get("size", DriftCounts::size)
        .merged()
        .saved();
}

/// Labels: an object, or a table of one column, or a list.
fn categories<'a>(arguments: &'a Arguments<'_>) -> Result<Cow<'a, Categories>> {
    match arguments.object("column") {
        Ok(object) => Ok(Cow::Borrowed(object)),
        Err(_) => arguments.labels("column").map(Cow::Owned),
    }
}

fn feature(arguments: &Arguments<'_>) -> Result<String> {
    arguments.json("feature")
}

fn pairs(given: &[(String, u64)]) -> Vec<(&str, u64)> {
    given
        .iter()
        .map(|(label, total)| (label.as_str(), *total))
        .collect()
}

/// What a drift says, but for its bins. By hand, for JSON has no index that is infinite.
fn drift(it: &Drift) -> Answer {
    let float = Answer::Float;
    let text = |text: Option<String>| text.map_or(Answer::Nothing, Answer::Text);
    let count = |count: usize| Answer::Int(count as i128);
    let test = |test: &DriftTest| {
        Answer::record([
            ("statistic", float(test.statistic)),
            ("df", count(test.df)),
            ("p", float(test.p)),
        ])
    };
    Answer::record([
        ("feature", Answer::Text(it.feature.clone())),
        ("index", text(choice(&it.index))),
        ("psi", float(it.psi)),
        ("p", float(it.p)),
        ("critical_psi", float(it.critical_psi)),
        ("expected_psi", float(it.expected_psi)),
        ("band", text(choice(&it.band))),
        ("verdict", text(choice(&it.verdict))),
        ("js_divergence_nats", float(it.js_divergence_nats)),
        ("js_divergence_bits", float(it.js_divergence_bits)),
        ("js_distance_nats", float(it.js_distance_nats)),
        ("js_distance_bits", float(it.js_distance_bits)),
        ("hellinger", float(it.hellinger)),
        ("chi_square", test(&it.chi_square)),
        ("chi_square_of_fit", test(&it.chi_square_of_fit)),
        ("ks", it.ks.as_ref().map_or(Answer::Nothing, gap)),
        ("reference_rows", Answer::Int(it.reference_rows.into())),
        ("rows", Answer::Int(it.rows.into())),
        ("reference_size", float(it.reference_size)),
        ("size", float(it.size)),
        ("zero_bins", count(it.zero_bins)),
        ("impossible_bins", count(it.impossible_bins)),
        ("sparse_bins", count(it.sparse_bins)),
    ])
}

fn gap(test: &KolmogorovSmirnov) -> Answer {
    Answer::record([
        ("statistic", Answer::Float(test.statistic)),
        ("at", Answer::Float(test.at)),
        ("p", Answer::Float(test.p)),
        ("exact", Answer::Flag(test.exact)),
        ("reference_size", Answer::Float(test.reference_size)),
        ("size", Answer::Float(test.size)),
    ])
}
