//! Hazards in whole periods.

use super::{super::level, matrix};
use crate::{
    arrow::{estimates, square},
    churn::{DiscreteHazard, HazardParams},
    host::{Answer, Room, held},
};

held!("churn": DiscreteHazard);

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<DiscreteHazard>()
        .operation("fit", &["durations", "features", "params"], |arguments| {
            let (durations, features) = (
                arguments.object("durations")?,
                arguments.object("features")?,
            );
            arguments.params::<HazardParams>()?.fit(durations, features)
        })
        .defaults::<HazardParams>()
        .get("names", DiscreteHazard::names)
        .get("aliased", DiscreteHazard::aliased)
        .get("coefficients", DiscreteHazard::coefficients)
        .operation("coefficient", &["self", "name"], |arguments| {
            let name: String = arguments.json("name")?;
            Ok(arguments.this::<DiscreteHazard>()?.coefficient(&name))
        })
        .get("covariance", |model| {
            square(&model.names(), model.covariance())
        })
        .get("standard_errors", DiscreteHazard::standard_errors)
        .operation("estimates", &["self", "level"], |arguments| {
            let model: &DiscreteHazard = arguments.this()?;
            estimates(&model.names(), &model.estimates(level(arguments)?)?)
        })
        .operation("ratios", &["self", "level"], |arguments| {
            let model: &DiscreteHazard = arguments.this()?;
            let ratios = model.ratios(level(arguments)?)?;
            // Those of the columns of features, which come after the baseline.
            let names = model.names();
            let baseline = names.len().saturating_sub(ratios.len());
            estimates(names.get(baseline..).unwrap_or_default(), &ratios)
        })
        .get("log_likelihood", DiscreteHazard::log_likelihood)
        .get("null_log_likelihood", DiscreteHazard::null_log_likelihood)
        .get("rows", DiscreteHazard::rows)
        .get("rows_left_out", DiscreteHazard::rows_left_out)
        .get("events", DiscreteHazard::events)
        .get("person_periods", DiscreteHazard::person_periods)
        .get("iterations", DiscreteHazard::iterations)
        .get("verdict", |model| Answer::written(model.verdict()))
        .get("link", |model| Answer::written(&model.link()))
        .get("baseline", |model| Answer::written(&model.baseline()))
        .operation("contributions", &["self", "features"], |arguments| {
            let model: &DiscreteHazard = arguments.this()?;
            let added = model.contributions(arguments.object("features")?)?;
            matrix(model.feature_names(), &added)
        })
        .get("feature_names", DiscreteHazard::feature_names)
        .operation("linear_predictor", &["self", "features"], |arguments| {
            arguments
                .this::<DiscreteHazard>()?
                .linear_predictor(arguments.object("features")?)
        })
        .operation("hazard", &["self", "features", "periods"], |arguments| {
            let model: &DiscreteHazard = arguments.this()?;
            let periods = arguments.counts("periods")?;
            let hazard = model.hazard(arguments.object("features")?, &periods)?;
            matrix(texts(&periods), &hazard)
        })
        .operation("survival", &["self", "features", "periods"], |arguments| {
            let model: &DiscreteHazard = arguments.this()?;
            let periods = arguments.counts("periods")?;
            let alive = model.survival(arguments.object("features")?, &periods)?;
            matrix(texts(&periods), &alive)
        })
        .operation(
            "conditional_survival",
            &["self", "features", "already", "ahead"],
            |arguments| {
                let model: &DiscreteHazard = arguments.this()?;
                let features = arguments.object("features")?;
                let already = arguments.counts("already")?;
                let ahead = arguments.counts("ahead")?;
                let alive = model.conditional_survival(features, &already, &ahead)?;
                matrix(texts(&ahead), &alive)
            },
        )
        .tables()
        .saved();
}

/// Periods as the names of columns.
fn texts(periods: &[u32]) -> impl Iterator<Item = String> {
    periods.iter().map(u32::to_string)
}
