//! Regressions of times to leaving.

use std::sync::Arc;

use super::{super::GivenReference, super::level, by_time, durations};
use crate::{
    Result,
    arrow::{Columns, estimates, square},
    churn::{
        Aft, AftParams, Cox, CoxCustomers, CoxData, CoxParams, CoxResiduals, Durations,
        ProportionalityTest,
    },
    data::{Categories, Features, Shared},
    host::{Answer, Arguments, IntoAnswer, Room, held},
};

held!("churn": Aft, Cox, CoxResiduals, ProportionalityTest);

pub(super) fn register(room: &mut Room<'_>) {
    cox(room);
    cox_predictions(room);
    residuals(room);
    aft(room);
}

/// The rows of a fit: how long, by which features, and what else is known of them.
struct FitRows<'a> {
    durations: &'a Durations,
    features: &'a Features,
    strata: Option<Arc<Categories>>,
    offset: Option<Shared<f64>>,
    clusters: Option<Vec<u32>>,
}

impl<'a> FitRows<'a> {
    fn of(arguments: &'a Arguments<'_>) -> Result<Self> {
        Ok(Self {
            durations: durations(arguments)?,
            features: arguments.object("features")?,
            strata: arguments.optional_labels("strata")?,
            offset: arguments.optional_numbers("offset")?,
            clusters: arguments.optional_clusters("clusters")?,
        })
    }

    fn data(&self) -> CoxData<'_> {
        let mut data = CoxData::new(self.durations, self.features);
        if let Some(strata) = &self.strata {
            data = data.strata(strata);
        }
        if let Some(offset) = &self.offset {
            data = data.offset(offset);
        }
        if let Some(clusters) = &self.clusters {
            data = data.clusters(clusters);
        }
        data
    }
}

/// The names of the arguments that are the rows of a fit.
macro_rules! takes_rows {
    ($($others:literal),*) => {
        &[$($others,)* "durations", "features", "strata", "offset", "clusters"]
    };
}

fn cox(room: &mut Room<'_>) {
    room.kind::<Cox>()
        .operation("fit", takes_rows!("params"), |arguments| {
            let rows = FitRows::of(arguments)?;
            arguments.params::<CoxParams>()?.fit(&rows.data())
        })
        .defaults::<CoxParams>()
        .operation("residuals", takes_rows!("self"), |arguments| {
            let rows = FitRows::of(arguments)?;
            arguments.this::<Cox>()?.residuals(&rows.data())
        })
        .operation(
            "proportionality",
            takes_rows!("self", "transform"),
            |arguments| {
                let rows = FitRows::of(arguments)?;
                let transform = arguments.optional_json("transform")?.unwrap_or_default();
                arguments
                    .this::<Cox>()?
                    .proportionality(&rows.data(), transform)
            },
        )
        .get("names", |it| it.names().to_vec())
        .get("aliased", |it| it.aliased().to_vec())
        .get("coefficients", |it| it.coefficients().to_vec())
        .get("covariance", |it| square(it.names(), it.covariance()))
        .get("standard_errors", Cox::standard_errors)
        .operation("estimates", &["self", "level"], |arguments| {
            let it: &Cox = arguments.this()?;
            estimates(it.names(), &it.estimates(level(arguments)?)?)
        })
        .operation("hazard_ratios", &["self", "level"], |arguments| {
            let it: &Cox = arguments.this()?;
            estimates(it.names(), &it.hazard_ratios(level(arguments)?)?)
        })
        .get("log_likelihood", |it| {
            let (null, fitted) = it.log_likelihood();
            let parts = [("null", null), ("fitted", fitted)];
            Answer::record(parts.map(|(name, value)| (name, Answer::Float(value))))
        })
        .get("likelihood_ratio_test", Cox::likelihood_ratio_test)
        .get("score_test", Cox::score_test)
        .get("wald_test", Cox::wald_test)
        .get("rows", Cox::rows)
        .get("rows_left_out", Cox::rows_left_out)
        .get("events", Cox::events)
        .get("iterations", Cox::iterations)
        .get("verdict", |it| Answer::written(it.verdict()))
        .get("strata", |it| it.strata().to_vec())
        .tables()
        .saved();
}

/// Customers to predict, and all that is known of them.
struct Customers<'a> {
    features: &'a Features,
    strata: Option<Arc<Categories>>,
    offset: Option<Shared<f64>>,
    alive_for: Option<Shared<f64>>,
}

impl<'a> Customers<'a> {
    fn of(arguments: &'a Arguments<'_>) -> Result<Self> {
        Ok(Self {
            features: arguments.object("features")?,
            strata: arguments.optional_labels("strata")?,
            offset: arguments.optional_numbers("offset")?,
            alive_for: arguments.optional_numbers("alive_for")?,
        })
    }

    fn customers(&self) -> CoxCustomers<'_> {
        let mut customers = CoxCustomers::new(self.features);
        if let Some(strata) = &self.strata {
            customers = customers.strata(strata);
        }
        if let Some(offset) = &self.offset {
            customers = customers.offset(offset);
        }
        if let Some(ages) = &self.alive_for {
            customers = customers.alive_for(ages);
        }
        customers
    }
}

/// The names of the arguments that are customers to predict.
macro_rules! takes_customers {
    ($($others:literal),*) => {
        &["self", "features", "strata", "offset", "alive_for", $($others),*]
    };
}

fn cox_predictions(room: &mut Room<'_>) {
    room.kind::<Cox>()
        .operation("terms", &["self", "features", "reference"], |arguments| {
            let (it, reference): (&Cox, _) = (arguments.this()?, GivenReference::of(arguments)?);
            let terms = it.terms(arguments.object("features")?, reference.reference())?;
            Columns::new().matrix(it.names(), terms.view()).finish()
        })
        .operation(
            "linear_predictor",
            &["self", "features", "offset", "reference"],
            |arguments| {
                let reference = GivenReference::of(arguments)?;
                let customers = Customers::of(arguments)?;
                arguments
                    .this::<Cox>()?
                    .linear_predictor(&customers.customers(), reference.reference())
            },
        )
        .operation("baseline", &["self", "stratum", "reference"], |arguments| {
            let reference = GivenReference::of(arguments)?;
            let stratum = arguments.optional_json("stratum")?.unwrap_or(0);
            let it: &Cox = arguments.this()?;
            let (times, hazard) = it.baseline(stratum, reference.reference())?;
            Columns::new()
                .floats("time", times.to_vec())
                .floats("hazard", hazard)
                .finish()
        })
        .operation("survival", takes_customers!("times"), |arguments| {
            let (customers, times) = (Customers::of(arguments)?, arguments.numbers("times")?);
            let it: &Cox = arguments.this()?;
            by_time(&times, &it.survival(&customers.customers(), &times)?)
        })
        .operation(
            "survival_estimates",
            takes_customers!("times", "band", "level"),
            |arguments| {
                let (customers, times) = (Customers::of(arguments)?, arguments.numbers("times")?);
                let found = arguments.this::<Cox>()?.survival_estimates(
                    &customers.customers(),
                    &times,
                    super::band(arguments)?,
                    level(arguments)?,
                )?;
                let places = || found.indexed_iter();
                let time = |((_, at), _): ((usize, usize), _)| times.get(at).copied();
                Columns::new()
                    .counts("row", places().map(|((row, _), _)| row))
                    .known("time", places().map(time))
                    .floats("survival", found.iter().map(|it| it.value).collect())
                    .floats("se", found.iter().map(|it| it.se).collect())
                    .floats("lower", found.iter().map(|it| it.lo).collect())
                    .floats("upper", found.iter().map(|it| it.hi).collect())
                    .finish()
            },
        );
}

fn residuals(room: &mut Room<'_>) {
    room.kind::<CoxResiduals>()
        .get("names", |it| it.names().to_vec())
        .get("rows", |it| it.rows().to_vec())
        .get("martingale", |it| it.martingale().to_vec())
        .get("deviance", CoxResiduals::deviance)
        .get("event_rows", |it| it.event_rows().to_vec())
        .get("robust_errors", CoxResiduals::robust_errors)
        .tables();
    room.kind::<ProportionalityTest>()
        .get("transform", |it| Answer::written(&it.transform))
        .get("overall", |it| Answer::written(&it.global))
        .tables();
}

fn aft(room: &mut Room<'_>) {
    room.kind::<Aft>()
        .operation("fit", &["durations", "features", "params"], |arguments| {
            arguments
                .params::<AftParams>()?
                .fit(durations(arguments)?, arguments.object("features")?)
        })
        .get("names", Aft::names)
        .get("aliased", Aft::aliased)
        .get("coefficients", |it| it.coefficients().to_vec())
        .operation("coefficient", &["self", "name"], |arguments| {
            let name: String = arguments.json("name")?;
            Ok(arguments.this::<Aft>()?.coefficient(&name))
        })
        .get("scale", Aft::scale)
        .get("standard_errors", Aft::standard_errors)
        .get("log_likelihood", Aft::log_likelihood)
        .get("null_log_likelihood", Aft::null_log_likelihood)
        .get("rows", |it| {
            let [rows, left_out, events] = it.rows();
            Ok::<Answer, crate::Error>(Answer::record([
                ("rows", rows.into_answer()?),
                ("left_out", left_out.into_answer()?),
                ("events", events.into_answer()?),
            ]))
        })
        .get("verdict", |it| Answer::written(it.verdict()))
        .operation("linear_predictor", &["self", "features"], |arguments| {
            let it: &Aft = arguments.this()?;
            it.linear_predictor(arguments.object("features")?)
        })
        .operation("survival", &["self", "features", "times"], |arguments| {
            let (it, times): (&Aft, _) = (arguments.this()?, arguments.numbers("times")?);
            by_time(&times, &it.survival(arguments.object("features")?, &times)?)
        })
        .operation(
            "conditional_survival",
            &["self", "features", "already", "ahead"],
            |arguments| {
                let (already, ahead) = (arguments.numbers("already")?, arguments.numbers("ahead")?);
                let features = arguments.object("features")?;
                let it: &Aft = arguments.this()?;
                by_time(
                    &ahead,
                    &it.conditional_survival(features, &already, &ahead)?,
                )
            },
        )
        .operation("quantile", &["self", "features", "share"], |arguments| {
            let share = arguments.optional_json("share")?.unwrap_or(0.5);
            let it: &Aft = arguments.this()?;
            it.quantile(arguments.object("features")?, share)
        })
        .operation("mean", &["self", "features"], |arguments| {
            arguments.this::<Aft>()?.mean(arguments.object("features")?)
        })
        .tables()
        .saved();
}
