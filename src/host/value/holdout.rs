//! Whether models would have foretold what came, and when to worry.

use super::Histories;
use crate::{
    Result,
    arrow::{Columns, Tables},
    data::{CustomerIx, Customers},
    host::{Answer, Held, IntoAnswer, Room},
    value::{FrequencyFit, Holdout, HoldoutReport, SilenceDates, Summary},
};

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<Holdout>()
        .operation("new", &["state", "calibrate_until", "until"], |arguments| {
            let calibrate_until = arguments.date("calibrate_until")?;
            let until = arguments.date("until")?;
            Holdout::new(arguments.object("state")?, calibrate_until, until)
        })
        .get("summary", |it| it.summary().clone())
        .get("histories", |it| Histories {
            histories: it.histories().clone(),
            customers: Some(it.summary().customers().clone()),
        })
        .get("actual", |it| it.actual().to_vec())
        .get("horizon", Holdout::horizon)
        .operation("evaluate", &["self", "model"], |arguments| {
            let model = arguments.purchase_model("model")?;
            arguments.this::<Holdout>()?.evaluate(model)
        })
        .operation("track", &["self", "model", "days"], |arguments| {
            let model = arguments.purchase_model("model")?;
            let days = arguments.json("days")?;
            let lines = arguments.this::<Holdout>()?.track(model, days)?;
            lines.as_slice().record_batch()
        })
        .tables();
    room.kind::<HoldoutReport>()
        .get("measures", |it| -> Result<Answer> {
            Ok(Answer::record([
                ("customers", it.customers.into_answer()?),
                ("actual", Answer::Float(it.actual)),
                ("expected", Answer::Float(it.expected)),
                ("mae", Answer::Float(it.mae)),
                ("rmse", Answer::Float(it.rmse)),
                ("bias", Answer::Float(it.bias)),
            ]))
        })
        .tables();
    room.kind::<FrequencyFit>()
        .operation("new", &["model", "histories", "most"], |arguments| {
            let it: &Histories = arguments.object("histories")?;
            let model = arguments.purchase_model("model")?;
            FrequencyFit::new(model, &it.histories, arguments.json("most")?)
        })
        .get("measures", |it| -> Result<Answer> {
            Ok(Answer::record([
                ("chi_square", Answer::Float(it.chi_square)),
                ("degrees_of_freedom", it.degrees_of_freedom.into_answer()?),
                ("p_value", Answer::Float(it.p_value)),
            ]))
        })
        .tables();
    silence(room);
}

/// Dates, with the customers they belong to.
struct Silence {
    dates: SilenceDates,
    customers: Customers,
}

impl Held for Silence {
    const KIND: &'static str = "value.SilenceDates";
}

fn silence(room: &mut Room<'_>) {
    room.kind::<Silence>()
        .operation(
            "new",
            &[
                "model",
                "summary",
                "histories",
                "threshold",
                "value_at_stake",
            ],
            |arguments| {
                let summary: &Summary = arguments.object("summary")?;
                let it: &Histories = arguments.object("histories")?;
                let model = arguments.purchase_model("model")?;
                let stake = arguments.numbers("value_at_stake")?;
                let threshold = arguments.json("threshold")?;
                Ok(Silence {
                    dates: SilenceDates::new(model, summary, &it.histories, threshold, &stake)?,
                    customers: summary.customers().clone(),
                })
            },
        )
        .operation("table", &["self", "name"], |arguments| {
            let it: &Silence = arguments.this()?;
            let name: Option<String> = arguments.optional_json("name")?;
            if name.as_deref() == Some("by_value") {
                return by_value(it);
            }
            let dates = it.dates.table(name.as_deref().unwrap_or("dates"))?;
            Columns::of(&it.customers).batch(&dates).finish()
        });
}

/// Customers with a date by falling value: `customer`, `date`, `value`.
fn by_value(it: &Silence) -> Result<arrow_array::RecordBatch> {
    let rows: Vec<(CustomerIx, _, f64)> = it.dates.by_value().collect();
    let keys = rows.iter().filter_map(|(who, ..)| it.customers.key(*who));
    Columns::new()
        .some_keys("customer", keys)
        .dates("date", rows.iter().map(|(_, date, _)| *date))
        .known("value", rows.iter().map(|(.., value)| *value))
        .finish()
}
