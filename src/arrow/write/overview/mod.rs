//! The results of `overview`.

mod actions;
mod chapters;

use arrow_array::RecordBatch;

use super::{Columns, migration::choice};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    data::{Categories, Currency, MinorUnits},
    overview::{
        Absence, ContactCounts, CustomerTable, Gate, Overview, OverviewSummary, Receipt,
        TableColumn,
    },
    value::Summary,
};

/// All that an overview tells in rows. A table that rests on a chapter which is not there is refused with
/// the reason; `customers` leaves out its columns.
///
/// - `customers`, a row a customer: see [`CustomerTable`]. Names are dictionaries, money of the books
///   decimals, `active` is yes or no;
/// - `gates`: those of [`OverviewSummary`]; `absent`: the chapters that are not there; `contact`: how many
///   customers have which status;
/// - `inputs`: those of the [`Receipt`];
/// - `people`, a row a record of people: its place `record`, and the number of the `person`;
/// - `segments`, a row a segment by recency, frequency and money: `id`, `segment`, `customers`,
///   `share_of_customers`, `revenue`, `share_of_revenue`, `median_recency_days`;
/// - `worth`, a row a customer: `customer`, `p_alive`, `expected_purchases` and `discounted_purchases` within the
///   horizon; `mean_spend`, `clv`, `clv_lo` and `clv_hi` in units of currency; `silence_date`;
/// - `worth_models`, a row for each model that was tried: `model`, `bic`, `error`;
/// - `worth_by_segment`, a row a segment: `id`, `segment`, `customers`, their `value` with `se`, `lower` and `upper`, in
///   units of currency;
/// - `growth`, a row a segment, and `ways`, a row for each way out of one: the tables `growth` of
///   [`Flows`](crate::migration::Flows) and `paths` of its ways at risk;
/// - `limits`, a row for each limit of silence, the shortest first: `days`, `false_alarms`, `missed`, and
///   whether it is the one `taken`;
/// - `months`, a row a month: that of [`PeriodRates`](crate::churn::PeriodRates);
/// - `stays`, a row a cohort, all customers first: `cohort`, `customers`, `lost`, `median_days`; `stay_shares`, a
///   row for each of them and number of days: `cohort`, `days`, and the share still there as `value`, `se`,
///   `lower`, `upper`;
/// - `snapshots`, a row a day: `day`, `retained`, `churned`, `lost_in_gap`, `unknown`;
/// - `drivers` and `first_purchase`, a row for each feature that goes with leaving: `feature`; `hazard_ratio` and
///   `log`, each with `_lower` and `_upper`; and `log_se`;
/// - `risk`, a row a customer: `customer`, and `risk`, the chance to go quiet, null for those who are.
impl Tables for Overview {
    const TABLES: &'static [&'static str] = &[
        "customers",
        "gates",
        "absent",
        "contact",
        "inputs",
        "people",
        "segments",
        "worth",
        "worth_models",
        "worth_by_segment",
        "growth",
        "ways",
        "limits",
        "months",
        "stays",
        "stay_shares",
        "snapshots",
        "drivers",
        "first_purchase",
        "risk",
    ];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "customers" => customers(&self.customers(), self.purchases().map(Summary::currency)),
            "gates" => gates(&self.gates()),
            "absent" | "contact" => self.summary().table(name),
            "inputs" => self.receipt().table(name),
            "people" => chapters::people(self),
            "segments" => chapters::segments(self),
            "worth" => chapters::worth(self),
            "worth_models" => chapters::worth_models(self),
            "worth_by_segment" => chapters::worth_by_segment(self),
            "growth" => chapters::growth(self),
            "ways" => chapters::ways(self),
            "limits" => chapters::limits(self),
            "months" => chapters::months(self),
            "stays" => chapters::stays(self),
            "stay_shares" => chapters::stay_shares(self),
            "snapshots" => chapters::snapshots(self),
            "drivers" => chapters::drivers(self),
            "first_purchase" => chapters::first_purchase(self),
            "risk" => chapters::risk(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `customers`, a row a customer: the columns under their names. Without the currency money is in minor
/// units, as `revenue_minor`; [`Overview`] tells it in its currency.
impl Tables for CustomerTable<'_> {
    const TABLES: &'static [&'static str] = &["customers"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "customers" => customers(self, None),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn customers(table: &CustomerTable<'_>, currency: Option<Currency>) -> Result<RecordBatch> {
    let mut columns = Columns::new();
    for (name, column) in table.columns() {
        columns = match column {
            TableColumn::Keys(customers) => columns.keys(name, customers),
            TableColumn::Names(names) => {
                let known = names.iter().map(|name| name.unwrap_or_default());
                columns.labels(name, &Categories::new(&known.collect::<Vec<_>>())?)
            }
            TableColumn::Dates(dates) => columns.dates(name, dates.iter().copied()),
            TableColumn::Counts(flags) if name == "active" => {
                columns.flags(name, flags.iter().map(|flag| flag.map(|flag| flag > 0)))
            }
            TableColumn::Counts(counts) => {
                columns.ints(name, counts.iter().map(|count| count.map(i64::from)))
            }
            TableColumn::Money(minor) => match currency {
                Some(currency) => {
                    let money = minor.iter().map(|minor| minor.map(MinorUnits));
                    columns.money(name, currency, money)
                }
                None => columns.ints(&format!("{name}_minor"), minor.iter().copied()),
            },
            TableColumn::Numbers(numbers) => columns.known(name, numbers.iter().copied()),
        };
    }
    columns.finish()
}

/// `gates`, a row for each question that could be asked: `question`; its `verdict`, `passed` or `failed`; the
/// `value` that decides and its `limit`, null where the verdict of a model does; and a `statement`. `absent`, a row
/// for each chapter that is not there: `chapter`; `kind`, one of `left_out`, `no_input` and `no_answer`;
/// `reason`. `contact`, a row a status, and one for keys that are no customer's, `strangers`: `status`, `customers`.
impl Tables for OverviewSummary {
    const TABLES: &'static [&'static str] = &["gates", "absent", "contact"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "gates" => gates(&self.gates),
            "absent" => absent(&self.absent),
            "contact" => contact(&self.contact),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn gates(gates: &[Gate]) -> Result<RecordBatch> {
    Columns::new()
        .known_texts("question", gates.iter().map(|gate| choice(&gate.kind)))
        .known_texts("verdict", gates.iter().map(|gate| choice(&gate.verdict)))
        .known("value", gates.iter().map(|gate| gate.value))
        .known("limit", gates.iter().map(|gate| gate.limit))
        .texts("statement", gates.iter().map(|gate| &gate.statement))
        .finish()
}

fn absent(chapters: &[(&'static str, Absence)]) -> Result<RecordBatch> {
    let kind = |(_, absence): &(&str, Absence)| match absence {
        Absence::LeftOut => "left_out",
        Absence::NoInput(_) => "no_input",
        Absence::NoAnswer(_) => "no_answer",
    };
    let reasons = chapters.iter().map(|(_, absence)| absence.to_string());
    Columns::new()
        .texts("chapter", chapters.iter().map(|(chapter, _)| *chapter))
        .texts("kind", chapters.iter().map(kind))
        .texts("reason", reasons)
        .finish()
}

fn contact(counts: &ContactCounts) -> Result<RecordBatch> {
    let rows = [
        ("allowed", counts.allowed),
        ("refused", counts.refused),
        ("unknown", counts.unknown),
        ("strangers", counts.strangers),
    ];
    Columns::new()
        .texts("status", rows.iter().map(|(status, _)| *status))
        .counts("customers", rows.iter().map(|(_, count)| *count))
        .finish()
}

/// `inputs`, a row for each input that was given: `input`, `rows`, `fingerprint`.
impl Tables for Receipt {
    const TABLES: &'static [&'static str] = &["inputs"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "inputs" => Columns::new()
                .texts("input", self.inputs.iter().map(|it| &it.input))
                .counts("rows", self.inputs.iter().map(|it| it.rows))
                .texts("fingerprint", self.inputs.iter().map(|it| &it.fingerprint))
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}
