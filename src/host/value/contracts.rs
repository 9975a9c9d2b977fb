//! Purchases at given opportunities, and renewals under contract.

use serde::{Serialize, de::DeserializeOwned};

use super::{Opportunities, estimates_by_name, estimates_table, fit::fit_report, numbers_by_name};
use crate::{
    Result,
    arrow::{ContractColumns, OpportunityColumns},
    host::{Arguments, Held, Room},
    persist::Persist,
    value::{
        Bdw, BdwParams, BgBb, BgBbParams, ContractHistories, ContractModel, ContractPrediction,
        OpportunityHistories, OpportunityPrediction, Sbg, SbgParams, SummaryState,
    },
};

pub(super) fn register(room: &mut Room<'_>) {
    opportunities(room);
    bg_bb(room);
    room.kind::<ContractHistories>()
        .operation("read", &["table", "columns"], |arguments| {
            let columns: ContractColumns = arguments.optional_json("columns")?.unwrap_or_default();
            columns.read(arguments.table("table")?)
        })
        .operation("from_survivors", &["cohorts"], |arguments| {
            let cohorts: Vec<Vec<u64>> = arguments.json("cohorts")?;
            ContractHistories::from_survivors(&cohorts)
        })
        .get("customers", ContractHistories::customers)
        .get("retention", ContractHistories::retention)
        .get("survival", ContractHistories::survival)
        .merged()
        .saved()
        .tables();
    contract_model(room, SbgParams::fit, &["alpha", "beta"], |it| {
        Sbg::new(it.json("alpha")?, it.json("beta")?)
    });
    contract_model(room, BdwParams::fit, &["gamma", "delta", "c"], |it| {
        Bdw::new(it.json("gamma")?, it.json("delta")?, it.json("c")?)
    });
}

fn opportunities(room: &mut Room<'_>) {
    room.kind::<Opportunities>()
        .operation("read", &["table", "columns"], |arguments| {
            let columns: OpportunityColumns =
                arguments.optional_json("columns")?.unwrap_or_default();
            let table = arguments.table("table")?;
            Ok(Opportunities {
                histories: columns.read(table)?,
                customers: columns.customers(table)?,
            })
        })
        .operation("from_state", &["state", "boundaries"], |arguments| {
            let state: &SummaryState = arguments.object("state")?;
            let boundaries: Vec<chrono::NaiveDate> = arguments.json("boundaries")?;
            Ok(Opportunities {
                histories: OpportunityHistories::from_state(state, &boundaries)?,
                customers: Some(state.customers().clone()),
            })
        })
        .get("len", |it| it.histories.len())
        .get("customers", |it| it.customers.clone());
}

const BG_BB: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

fn bg_bb(room: &mut Room<'_>) {
    room.kind::<BgBb>()
        .operation("fit", &["histories", "params"], |arguments| {
            let it: &Opportunities = arguments.object("histories")?;
            arguments.params::<BgBbParams>()?.fit(&it.histories)
        })
        .defaults::<BgBbParams>()
        .operation("new", &BG_BB, |arguments| {
            let (alpha, beta) = (arguments.json("alpha")?, arguments.json("beta")?);
            let (gamma, delta) = (arguments.json("gamma")?, arguments.json("delta")?);
            BgBb::new(alpha, beta, gamma, delta)
        })
        .operation(
            "predict",
            &["self", "histories", "prediction"],
            |arguments| {
                let it: &Opportunities = arguments.object("histories")?;
                let prediction: OpportunityPrediction = arguments.json("prediction")?;
                arguments.this::<BgBb>()?.predict(&it.histories, prediction)
            },
        )
        .operation(
            "predict_with_intervals",
            &["self", "histories", "prediction", "level"],
            |arguments| {
                let it: &Opportunities = arguments.object("histories")?;
                let prediction: OpportunityPrediction = arguments.json("prediction")?;
                let level = arguments.json("level")?;
                let model: &BgBb = arguments.this()?;
                let estimates = model.predict_with_intervals(&it.histories, prediction, level)?;
                estimates_table(it.customers.as_ref(), &estimates)
            },
        )
        .operation("predict_new", &["self", "prediction"], |arguments| {
            let prediction: OpportunityPrediction = arguments.json("prediction")?;
            arguments.this::<BgBb>()?.predict_new(prediction)
        })
        .get("parameters", |model| {
            let values = [model.alpha(), model.beta(), model.gamma(), model.delta()];
            numbers_by_name(BG_BB.into_iter().zip(values).collect())
        })
        .get("fit_report", |model| fit_report(model.fit_report()))
        .operation("estimates", &["self", "level"], |arguments| {
            let model: &BgBb = arguments.this()?;
            estimates_by_name(BG_BB, model.estimates(arguments.json("level")?)?)
        })
        .saved();
}

/// What every model of renewals can be asked.
fn contract_model<M, P>(
    room: &mut Room<'_>,
    fit: fn(&P, &ContractHistories) -> Result<M>,
    parameters: &[&'static str],
    new: fn(&Arguments<'_>) -> Result<M>,
) where
    M: Held + Persist + ContractModel,
    P: Default + Serialize + DeserializeOwned + 'static,
{
    room.kind::<M>()
        .operation("fit", &["histories", "params"], move |arguments| {
            fit(&arguments.params()?, arguments.object("histories")?)
        })
        .defaults::<P>()
        .operation("new", parameters, move |arguments| new(arguments))
        .operation(
            "predict",
            &["self", "renewals", "prediction"],
            |arguments| {
                let renewals = arguments.counts("renewals")?;
                let prediction: ContractPrediction = arguments.json("prediction")?;
                arguments.this::<M>()?.predict(&renewals, prediction)
            },
        )
        .operation(
            "predict_with_intervals",
            &["self", "renewals", "prediction", "level"],
            |arguments| {
                let renewals = arguments.counts("renewals")?;
                let prediction: ContractPrediction = arguments.json("prediction")?;
                let level = arguments.json("level")?;
                let model: &M = arguments.this()?;
                let estimates = model.predict_with_intervals(&renewals, prediction, level)?;
                estimates_table(None, &estimates)
            },
        )
        .operation("predict_new", &["self", "prediction"], |arguments| {
            let prediction: ContractPrediction = arguments.json("prediction")?;
            arguments.this::<M>()?.predict_new(prediction)
        })
        .operation("retention_curve", &["self", "renewals"], |arguments| {
            let renewals = arguments.json("renewals")?;
            Ok(arguments.this::<M>()?.retention_curve(renewals))
        })
        .operation("survival_curve", &["self", "renewals"], |arguments| {
            let renewals = arguments.json("renewals")?;
            Ok(arguments.this::<M>()?.survival_curve(renewals))
        })
        .operation("log_likelihood", &["self", "histories"], |arguments| {
            let histories: &ContractHistories = arguments.object("histories")?;
            Ok(arguments.this::<M>()?.log_likelihood(histories))
        })
        .get("name", |model| model.name().to_owned())
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
