//! Purchase models, what they are fitted to, and their bootstrap.

use arrow_array::RecordBatch;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    Histories, estimates_by_name, estimates_table, fit::fit_report, numbers_by_name, object,
};
use crate::{
    Error, Result,
    arrow::{HistoryColumns, Tables},
    data::{Days, Estimate, TimeUnit},
    host::{Answer, Arguments, Held, Object, Room},
    persist::Persist,
    value::{
        BgNbd, BgNbdParams, Bootstrap, BootstrapParams, MbgNbd, MbgNbdParams, Nbd, NbdParams,
        ParetoNbd, ParetoNbdParams, Prediction, PurchaseHistories, PurchaseHistory, PurchaseModel,
        Summary,
    },
};

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<Histories>()
        .operation("new", &["summary"], |arguments| {
            let summary: &Summary = arguments.object("summary")?;
            Ok(Histories {
                histories: PurchaseHistories::new(summary)?,
                customers: Some(summary.customers().clone()),
            })
        })
        .operation("read", &["table", "columns"], |arguments| {
            let columns: HistoryColumns = arguments.optional_json("columns")?.unwrap_or_default();
            let table = arguments.table("table")?;
            Ok(Histories {
                histories: columns.read(table)?,
                customers: columns.customers(table)?,
            })
        })
        .get("len", |it| it.histories.len())
        .get("cells", |it| it.histories.cells())
        .get("customers", |it| it.customers.clone());
    purchase_model(
        room,
        BgNbdParams::fit,
        &["unit", "r", "alpha", "a", "b"],
        |it| {
            let (a, b) = (it.json("a")?, it.json("b")?);
            BgNbd::new(unit(it)?, it.json("r")?, it.json("alpha")?, a, b)
        },
    );
    purchase_model(
        room,
        MbgNbdParams::fit,
        &["unit", "r", "alpha", "a", "b"],
        |it| {
            let (a, b) = (it.json("a")?, it.json("b")?);
            MbgNbd::new(unit(it)?, it.json("r")?, it.json("alpha")?, a, b)
        },
    );
    purchase_model(room, NbdParams::fit, &["unit", "r", "alpha"], |it| {
        Nbd::new(unit(it)?, it.json("r")?, it.json("alpha")?)
    });
    purchase_model(
        room,
        ParetoNbdParams::fit,
        &["unit", "r", "alpha", "s", "beta"],
        |it| {
            let (s, beta) = (it.json("s")?, it.json("beta")?);
            ParetoNbd::new(unit(it)?, it.json("r")?, it.json("alpha")?, s, beta)
        },
    );
    bootstrap(room);
}

fn unit(arguments: &Arguments<'_>) -> Result<TimeUnit> {
    Ok(arguments.optional_json("unit")?.unwrap_or_default())
}

/// What every purchase model can be asked.
fn purchase_model<M, P>(
    room: &mut Room<'_>,
    fit: fn(&P, &PurchaseHistories) -> Result<M>,
    parameters: &[&'static str],
    new: fn(&Arguments<'_>) -> Result<M>,
) where
    M: Held + Persist + PurchaseModel,
    P: Default + Serialize + DeserializeOwned + 'static,
{
    room.kind::<M>()
        .operation("fit", &["histories", "params"], move |arguments| {
            let it: &Histories = arguments.object("histories")?;
            fit(&arguments.params()?, &it.histories)
        })
        .defaults::<P>()
        .operation("new", parameters, move |arguments| new(arguments))
        .operation(
            "predict",
            &["self", "histories", "prediction"],
            |arguments| {
                let it: &Histories = arguments.object("histories")?;
                let prediction: Prediction = arguments.json("prediction")?;
                arguments.this::<M>()?.predict(&it.histories, prediction)
            },
        )
        .operation(
            "predict_with_intervals",
            &["self", "histories", "prediction", "level"],
            |arguments| {
                let it: &Histories = arguments.object("histories")?;
                let prediction: Prediction = arguments.json("prediction")?;
                let level = arguments.json("level")?;
                let model: &M = arguments.this()?;
                let estimates = model.predict_with_intervals(&it.histories, prediction, level)?;
                estimates_table(it.customers.as_ref(), &estimates)
            },
        )
        .operation("predict_new", &["self", "prediction"], |arguments| {
            let prediction: Prediction = arguments.json("prediction")?;
            arguments.this::<M>()?.predict_new(prediction)
        })
        .operation(
            "log_likelihood_one",
            &["self", "frequency", "recency", "age"],
            |arguments| {
                let recency = Days(arguments.json("recency")?);
                let age = Days(arguments.json("age")?);
                let history = PurchaseHistory::new(arguments.json("frequency")?, recency, age)?;
                Ok(arguments.this::<M>()?.log_likelihood_one(&history))
            },
        )
        .get("name", |model| model.name().to_owned())
        .get("unit", |model| Answer::written(&model.unit()))
        .get("parameters", |model| numbers_by_name(model.parameters()))
        .get("fit_report", |model| fit_report(model.fit_report()))
        .operation("estimates", &["self", "level"], |arguments| {
            let model: &M = arguments.this()?;
            let estimates = model.estimates(arguments.json("level")?)?;
            let named = model.parameters().into_iter().map(|(name, _)| name);
            estimates_by_name(named, estimates)
        })
        .saved();
}

/// The bootstrap of whichever model.
struct Replicates {
    names: Vec<&'static str>,
    of: Box<dyn Replicated>,
}

impl Held for Replicates {
    const KIND: &'static str = "value.Bootstrap";
}

/// What a bootstrap tells, whatever its model.
trait Replicated: Send + Sync {
    fn estimates(&self, level: f64) -> Result<Vec<Estimate>>;
    fn predict(
        &self,
        histories: &PurchaseHistories,
        prediction: Prediction,
        level: f64,
    ) -> Result<Vec<Option<Estimate>>>;
    fn failed(&self) -> usize;
    fn models(&self) -> Vec<Answer>;
    fn table(&self, name: Option<&str>) -> Result<RecordBatch>;
}

impl<M: PurchaseModel + Held + Clone> Replicated for Bootstrap<M> {
    fn estimates(&self, level: f64) -> Result<Vec<Estimate>> {
        self.estimates(level)
    }

    fn predict(
        &self,
        histories: &PurchaseHistories,
        prediction: Prediction,
        level: f64,
    ) -> Result<Vec<Option<Estimate>>> {
        self.predict(histories, prediction, level)
    }

    fn failed(&self) -> usize {
        self.failed()
    }

    fn models(&self) -> Vec<Answer> {
        self.models().iter().cloned().map(object).collect()
    }

    fn table(&self, name: Option<&str>) -> Result<RecordBatch> {
        match name {
            Some(name) => Tables::table(self, name),
            None => self.record_batch(),
        }
    }
}

fn bootstrap(room: &mut Room<'_>) {
    room.kind::<Replicates>()
        .operation("fit", &["model", "histories", "params"], |arguments| {
            let model = arguments.any("model")?.clone();
            let params: BootstrapParams = arguments.params()?;
            let (it, observer) = arguments.with_observer::<Histories>("histories")?;
            let mut fitted = None;
            macro_rules! fit {
                ($($kind:ident),+) => {
                    $(if let Some(model) = model.get::<$kind>() {
                        let of = params.fit_observed(model, &it.histories, observer)?;
                        fitted = Some(replicates(model, of));
                    } else)+ {}
                };
            }
            fit!(BgNbd, MbgNbd, Nbd, ParetoNbd);
            fitted.ok_or_else(|| not_a_purchase_model(&model))
        })
        .defaults::<BootstrapParams>()
        .operation("estimates", &["self", "level"], |arguments| {
            let it: &Replicates = arguments.this()?;
            let estimates = it.of.estimates(arguments.json("level")?)?;
            estimates_by_name(it.names.iter().copied(), estimates)
        })
        .operation(
            "predict",
            &["self", "histories", "prediction", "level"],
            |arguments| {
                let it: &Histories = arguments.object("histories")?;
                let prediction: Prediction = arguments.json("prediction")?;
                let level = arguments.json("level")?;
                let replicates = &arguments.this::<Replicates>()?.of;
                let estimates = replicates.predict(&it.histories, prediction, level)?;
                estimates_table(it.customers.as_ref(), &estimates)
            },
        )
        .get("failed", |it| it.of.failed())
        .get("models", |it| Answer::List(it.of.models()))
        .operation("table", &["self", "name"], |arguments| {
            let name: Option<String> = arguments.optional_json("name")?;
            arguments.this::<Replicates>()?.of.table(name.as_deref())
        });
}

fn replicates<M: PurchaseModel + Held + Clone>(model: &M, of: Bootstrap<M>) -> Replicates {
    let names = model.parameters().into_iter().map(|(name, _)| name);
    Replicates {
        names: names.collect(),
        of: Box::new(of),
    }
}

fn not_a_purchase_model(object: &Object) -> Error {
    Error::parameter("model", object.kind(), "a purchase model")
}
