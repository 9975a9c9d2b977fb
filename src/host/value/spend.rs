//! What a purchase is worth, and what a customer is.

use std::sync::Arc;

use self_cell::self_cell;

use super::{
    Histories, Spends, columns_of, estimates_by_name, estimates_table, fit::fit_report,
    numbers_by_name,
};
use crate::{
    Error, Result,
    arrow::{SpendColumns, Tables},
    data::{Assignments, Estimate},
    host::{Answer, Held, IntoAnswer, Object, Room, as_purchase_model},
    value::{Clv, ClvParams, CohortPeriod, GammaGamma, GammaGammaParams, SpendHistories, Summary},
};

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<Spends>()
        .operation("new", &["summary"], |arguments| {
            let summary: &Summary = arguments.object("summary")?;
            Ok(Spends {
                spends: SpendHistories::new(summary),
                customers: Some(summary.customers().clone()),
            })
        })
        .operation("read", &["table", "columns"], |arguments| {
            let columns: SpendColumns = arguments.optional_json("columns")?.unwrap_or_default();
            let table = arguments.table("table")?;
            Ok(Spends {
                spends: columns.read(table)?,
                customers: columns.customers(table)?,
            })
        })
        .get("len", |it| it.spends.len())
        .get("usable", |it| it.spends.usable())
        .get("not_positive", |it| it.spends.not_positive())
        .get("customers", |it| it.customers.clone());
    gamma_gamma(room);
    clv(room);
}

const PARAMETERS: [&str; 3] = ["p", "q", "gamma"];

fn gamma_gamma(room: &mut Room<'_>) {
    room.kind::<GammaGamma>()
        .operation("fit", &["spends", "params"], |arguments| {
            let it: &Spends = arguments.object("spends")?;
            arguments.params::<GammaGammaParams>()?.fit(&it.spends)
        })
        .defaults::<GammaGammaParams>()
        .operation("new", &PARAMETERS, |arguments| {
            let (p, q) = (arguments.json("p")?, arguments.json("q")?);
            GammaGamma::new(p, q, arguments.json("gamma")?)
        })
        .get("parameters", |model| {
            let values = [model.p(), model.q(), model.gamma()];
            numbers_by_name(PARAMETERS.into_iter().zip(values).collect())
        })
        .get("fit_report", |model| fit_report(model.fit_report()))
        .get("eligibility", eligibility)
        .operation("estimates", &["self", "level"], |arguments| {
            let model: &GammaGamma = arguments.this()?;
            let estimates = model.estimates(arguments.json("level")?)?;
            estimates_by_name(PARAMETERS, estimates)
        })
        .operation("expected_spend", &["self", "spends"], |arguments| {
            let it: &Spends = arguments.object("spends")?;
            arguments.this::<GammaGamma>()?.expected_spend(&it.spends)
        })
        .operation(
            "expected_spend_with_intervals",
            &["self", "spends", "level"],
            |arguments| {
                let it: &Spends = arguments.object("spends")?;
                let level = arguments.json("level")?;
                let model: &GammaGamma = arguments.this()?;
                let estimates = model.expected_spend_with_intervals(&it.spends, level)?;
                let estimates: Vec<Option<Estimate>> = estimates.into_iter().map(Some).collect();
                estimates_table(it.customers.as_ref(), &estimates)
            },
        )
        .get(
            "expected_of_new_customer",
            GammaGamma::expected_of_new_customer,
        )
        .saved();
}

/// Whether the data suit the model; nothing for a model by its parameters.
fn eligibility(model: &GammaGamma) -> Result<Answer> {
    let Some(it) = model.eligibility() else {
        return Ok(Answer::Nothing);
    };
    Ok(Answer::record([
        ("verdict", Answer::written(&it.verdict())?),
        (
            "statement",
            Answer::Text(it.verdict().statement().to_owned()),
        ),
        ("customers", it.customers.into_answer()?),
        ("not_positive", it.not_positive.into_answer()?),
        ("correlation", it.correlation.into_answer()?),
        ("has_mean", Answer::Flag(it.has_mean)),
    ]))
}

/// What lifetime values are made of.
struct Parts {
    purchases: Object,
    spend: Arc<GammaGamma>,
    histories: Arc<Histories>,
    spends: Arc<Spends>,
}

self_cell!(
    /// Lifetime values, which keep what they work out, beside what they borrow from.
    struct Values {
        owner: Parts,

        #[covariant]
        dependent: Clv,
    }
);

impl Held for Values {
    const KIND: &'static str = "value.Clv";
}

fn clv(room: &mut Room<'_>) {
    room.kind::<Values>()
        .operation(
            "predict",
            &["purchases", "spend", "histories", "spends", "params"],
            |arguments| {
                let params: ClvParams = arguments.params()?;
                let parts = Parts {
                    purchases: arguments.any("purchases")?.clone(),
                    spend: arguments.share("spend")?,
                    histories: arguments.share("histories")?,
                    spends: arguments.share("spends")?,
                };
                Values::try_new(parts, |parts| {
                    params.predict(
                        as_purchase_model("purchases", &parts.purchases)?,
                        &parts.spend,
                        &parts.histories.histories,
                        &parts.spends.spends,
                    )
                })
            },
        )
        .get("values", |it| it.borrow_dependent().values().to_vec())
        .get("transactions", |it| {
            it.borrow_dependent().transactions().to_vec()
        })
        .get("mean_spend", |it| {
            it.borrow_dependent().mean_spend().to_vec()
        })
        .operation("by_customer", &["self", "level"], |arguments| {
            let it: &Values = arguments.this()?;
            let level = arguments.json("level")?;
            let estimates = it.borrow_dependent().by_customer(level)?;
            estimates_table(it.borrow_owner().customers(), &estimates)
        })
        .operation("total", &["self", "level"], |arguments| {
            let it: &Values = arguments.this()?;
            it.borrow_dependent().total(arguments.json("level")?)
        })
        .operation("by_segment", &["self", "segments", "level"], |arguments| {
            let it: &Values = arguments.this()?;
            let segments: &Assignments = arguments.object("segments")?;
            let level = arguments.json("level")?;
            let groups = it.borrow_dependent().by_segment(segments, level)?;
            groups.as_slice().record_batch()
        })
        .operation(
            "by_cohort",
            &["self", "summary", "period", "level"],
            |arguments| {
                let it: &Values = arguments.this()?;
                let summary: &Summary = arguments.object("summary")?;
                let period: CohortPeriod = arguments.optional_json("period")?.unwrap_or_default();
                let level = arguments.json("level")?;
                // A summary of other customers would put values into the wrong cohorts.
                let values = it.borrow_dependent();
                Error::check_length("summary", values.values().len(), summary.len())?;
                let groups = values.by_cohort(summary, period, level)?;
                groups.as_slice().record_batch()
            },
        )
        .operation("table", &["self", "name"], |arguments| {
            let it: &Values = arguments.this()?;
            let name: Option<String> = arguments.optional_json("name")?;
            let values = it
                .borrow_dependent()
                .table(name.as_deref().unwrap_or("values"))?;
            columns_of(it.borrow_owner().customers())
                .batch(&values)
                .finish()
        });
}

impl Parts {
    fn customers(&self) -> Option<&crate::data::Customers> {
        let of_histories = self.histories.customers.as_ref();
        of_histories.or(self.spends.customers.as_ref())
    }
}
