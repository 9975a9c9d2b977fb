//! Logistic regressions, and those for each of many penalties.

use super::{
    super::{GivenReference, level},
    FitRows, matrix, takes_rows,
};
use crate::{
    arrow::{estimates, square},
    churn::{
        Folds, Logistic, LogisticParams, LogisticPath, LogisticPathParams, LogisticPathValidation,
    },
    host::{Answer, Room, held},
};

held!("churn": Logistic, LogisticPath, LogisticPathValidation);

pub(super) fn register(room: &mut Room<'_>) {
    logistic(room);
    logistic_path(room);
    logistic_path_validation(room);
}

fn logistic(room: &mut Room<'_>) {
    room.kind::<Logistic>()
        .operation("fit", takes_rows!("params"), |arguments| {
            let rows = FitRows::of(arguments)?;
            arguments.params::<LogisticParams>()?.fit(&rows.data())
        })
        .defaults::<LogisticParams>()
        .get("link", |model| Answer::written(&model.link()))
        .get("names", Logistic::names)
        .get("aliased", Logistic::aliased)
        .get("coefficients", |model| model.coefficients().to_vec())
        .operation("coefficient", &["self", "name"], |arguments| {
            let name: String = arguments.json("name")?;
            Ok(arguments.this::<Logistic>()?.coefficient(&name))
        })
        .get("covariance", |model| {
            square(&model.names(), model.covariance())
        })
        .get("standard_errors", Logistic::standard_errors)
        .operation("estimates", &["self", "level"], |arguments| {
            let model: &Logistic = arguments.this()?;
            estimates(&model.names(), &model.estimates(level(arguments)?)?)
        })
        .operation("odds_ratios", &["self", "level"], |arguments| {
            let model: &Logistic = arguments.this()?;
            estimates(&model.names(), &model.odds_ratios(level(arguments)?)?)
        })
        .get("log_likelihood", Logistic::log_likelihood)
        .get("null_log_likelihood", Logistic::null_log_likelihood)
        .get("deviance", Logistic::deviance)
        .get("null_deviance", Logistic::null_deviance)
        .get("rows", Logistic::rows)
        .get("rows_left_out", Logistic::rows_left_out)
        .get("left", Logistic::left)
        .get("iterations", Logistic::iterations)
        .get("verdict", |model| Answer::written(model.verdict()))
        .operation("robust_covariance", takes_rows!("self"), |arguments| {
            let model: &Logistic = arguments.this()?;
            let rows = FitRows::of(arguments)?;
            square(&model.names(), &model.robust_covariance(&rows.data())?)
        })
        .operation("robust_errors", takes_rows!("self"), |arguments| {
            let rows = FitRows::of(arguments)?;
            arguments.this::<Logistic>()?.robust_errors(&rows.data())
        })
        .operation(
            "linear_predictor",
            &["self", "features", "offset"],
            |arguments| {
                let offset = arguments.optional_numbers("offset")?;
                let features = arguments.object("features")?;
                arguments
                    .this::<Logistic>()?
                    .linear_predictor(features, offset.as_deref())
            },
        )
        .operation("predict", &["self", "features", "offset"], |arguments| {
            let offset = arguments.optional_numbers("offset")?;
            let features = arguments.object("features")?;
            arguments
                .this::<Logistic>()?
                .predict(features, offset.as_deref())
        })
        .operation("terms", &["self", "features", "reference"], |arguments| {
            let model: &Logistic = arguments.this()?;
            let reference = GivenReference::of(arguments)?;
            let terms = model.terms(arguments.object("features")?, reference.reference())?;
            matrix(model.names().iter().skip(1), &terms)
        })
        .operation("contributions", &["self", "features"], |arguments| {
            let model: &Logistic = arguments.this()?;
            let added = model.contributions(arguments.object("features")?)?;
            matrix(model.feature_names(), &added)
        })
        .get("feature_names", Logistic::feature_names)
        .get("base", Logistic::base)
        .tables()
        .saved();
}

fn logistic_path(room: &mut Room<'_>) {
    room.kind::<LogisticPath>()
        .operation("fit", takes_rows!("params"), |arguments| {
            let rows = FitRows::of(arguments)?;
            arguments.params::<LogisticPathParams>()?.fit(&rows.data())
        })
        .defaults::<LogisticPathParams>()
        .get("names", LogisticPath::names)
        .get("aliased", LogisticPath::aliased)
        .get("l1_share", LogisticPath::l1_share)
        .get("penalties", |path| path.penalties().to_vec())
        .operation("coefficients", &["self", "at"], |arguments| {
            let path: &LogisticPath = arguments.this()?;
            Ok(path.coefficients(arguments.json("at")?)?.to_vec())
        })
        .operation("nonzero", &["self", "at"], |arguments| {
            arguments
                .this::<LogisticPath>()?
                .nonzero(arguments.json("at")?)
        })
        .operation("deviance_explained", &["self", "at"], |arguments| {
            arguments
                .this::<LogisticPath>()?
                .deviance_explained(arguments.json("at")?)
        })
        .get("rows", LogisticPath::rows)
        .get("rows_left_out", LogisticPath::rows_left_out)
        .get("left", LogisticPath::left)
        .operation(
            "linear_predictor",
            &["self", "at", "features", "offset"],
            |arguments| {
                let offset = arguments.optional_numbers("offset")?;
                let (at, features) = (arguments.json("at")?, arguments.object("features")?);
                arguments
                    .this::<LogisticPath>()?
                    .linear_predictor(at, features, offset.as_deref())
            },
        )
        .operation(
            "predict",
            &["self", "at", "features", "offset"],
            |arguments| {
                let offset = arguments.optional_numbers("offset")?;
                let (at, features) = (arguments.json("at")?, arguments.object("features")?);
                arguments
                    .this::<LogisticPath>()?
                    .predict(at, features, offset.as_deref())
            },
        )
        .operation("contributions", &["self", "at", "features"], |arguments| {
            let path: &LogisticPath = arguments.this()?;
            let features = arguments.object("features")?;
            let added = path.contributions(arguments.json("at")?, features)?;
            matrix(path.feature_names(), &added)
        })
        .get("feature_names", LogisticPath::feature_names)
        .operation("base", &["self", "at"], |arguments| {
            arguments
                .this::<LogisticPath>()?
                .base(arguments.json("at")?)
        })
        .tables()
        .saved();
}

fn logistic_path_validation(room: &mut Room<'_>) {
    room.kind::<LogisticPathValidation>()
        .operation(
            "cross_validate",
            takes_rows!("folds", "params"),
            |arguments| {
                let rows = FitRows::of(arguments)?;
                let folds: &Folds = arguments.object("folds")?;
                arguments
                    .params::<LogisticPathParams>()?
                    .cross_validate(&rows.data(), folds)
            },
        )
        .get("path", |it| it.path.clone())
        .get("deviances", |it| it.deviances.clone())
        .get("standard_errors", |it| it.standard_errors.clone())
        .get("folds", |it| it.folds)
        .get("best", LogisticPathValidation::best)
        .get("one_se", LogisticPathValidation::one_se)
        .tables();
}
