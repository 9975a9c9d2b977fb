//! Customers on the days of a plan.

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arrow_array::{Date32Array, Int64Array, StringArray};
use chrono::NaiveDate;

use super::date;
use crate::{
    Error, Observer, Progress, Result,
    churn::{
        Audit, Feature, FeatureSet, History, HostFeature, SnapshotData, SnapshotPlan, Snapshots,
        Spells,
    },
    data::{DayBoundary, Events, Transactions},
    host::{Answer, Arguments, Function, IntoAnswer, Room, held},
};

held!("churn": FeatureSet, SnapshotPlan, Snapshots);

/// The names of the arguments that snapshots are made of.
macro_rules! takes_data {
    ($($others:literal),*) => {
        &["spells", "transactions", "events", $($others),*]
    };
}

pub(super) fn register(room: &mut Room<'_>) {
    features(room);
    plans(room);
    room.kind::<SnapshotPlan>()
        .operation("build", takes_data!("self", "names", "functions"), build)
        .operation("audit", takes_data!("self", "names", "functions"), audit);
    snapshots(room);
}

fn features(room: &mut Room<'_>) {
    room.kind::<FeatureSet>()
        .operation("new", &["features"], |arguments| {
            FeatureSet::new(arguments.json("features")?)
        })
        .operation("purchases", &[], |_| Ok(FeatureSet::purchases()))
        .operation("with", &["self", "feature"], |arguments| {
            let it: &FeatureSet = arguments.this()?;
            it.clone().with(arguments.json("feature")?)
        })
        .get("features", |it| Answer::written(&it.as_slice()))
        .get("names", FeatureSet::names);
    room.function("Feature.name", &["feature"], |arguments| {
        let feature: Feature = arguments.json("feature")?;
        Ok(feature.name())
    });
}

/// The argument `params` of a plan: all that is not which days.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanParams {
    lookback: Option<u32>,
    gap: Option<u32>,
    horizon: Option<u32>,
    min_tenure: Option<u32>,
    features: Option<Vec<Feature>>,
    day_boundary: Option<DayBoundary>,
}

impl PlanParams {
    fn applied_to(self, mut plan: SnapshotPlan) -> Result<SnapshotPlan> {
        if let Some(days) = self.lookback {
            plan = plan.lookback(days);
        }
        if let Some(days) = self.gap {
            plan = plan.gap(days);
        }
        if let Some(days) = self.horizon {
            plan = plan.horizon(days);
        }
        if let Some(days) = self.min_tenure {
            plan = plan.min_tenure(days);
        }
        if let Some(features) = self.features {
            plan = plan.features(FeatureSet::new(features)?);
        }
        if let Some(boundary) = self.day_boundary {
            plan = plan.day_boundary(boundary);
        }
        Ok(plan)
    }
}

/// A plan of these days with the argument `params`.
fn with_params(arguments: &Arguments<'_>, plan: SnapshotPlan) -> Result<SnapshotPlan> {
    arguments.params::<PlanParams>()?.applied_to(plan)
}

fn plans(room: &mut Room<'_>) {
    room.kind::<SnapshotPlan>()
        .operation("on", &["dates", "params"], |arguments| {
            let dates: Vec<NaiveDate> = arguments.json("dates")?;
            with_params(arguments, SnapshotPlan::on(&dates))
        })
        .operation(
            "every",
            &["days", "first", "count", "params"],
            |arguments| {
                let (days, first) = (arguments.json("days")?, arguments.date("first")?);
                let plan = SnapshotPlan::every(days, first, arguments.json("count")?);
                with_params(arguments, plan)
            },
        )
        .operation("monthly", &["first", "count", "params"], |arguments| {
            let first = arguments.date("first")?;
            let plan = SnapshotPlan::monthly(first, arguments.json("count")?);
            with_params(arguments, plan)
        })
        .operation(
            "renewals",
            &["cycle", "lead_time", "within", "params"],
            |arguments| {
                let (cycle, lead_time) = (arguments.json("cycle")?, arguments.json("lead_time")?);
                let plan = SnapshotPlan::renewals(cycle, lead_time, arguments.json("within")?);
                with_params(arguments, plan)
            },
        )
        .get("plan", Answer::written)
        .tables()
        .saved();
}

/// What snapshots are made of.
struct Made {
    plan: Arc<SnapshotPlan>,
    spells: Arc<Spells>,
    transactions: Option<Arc<Transactions>>,
    events: Option<Arc<Events>>,
    features: HostFeatures,
}

impl Made {
    fn of(arguments: &Arguments<'_>) -> Result<Self> {
        Ok(Self {
            plan: arguments.share("self")?,
            spells: arguments.share("spells")?,
            transactions: arguments.optional_share("transactions")?,
            events: arguments.optional_share("events")?,
            features: HostFeatures::of(arguments)?,
        })
    }

    fn data(&self) -> SnapshotData<'_> {
        let mut data = SnapshotData::new(&self.spells);
        if let Some(log) = &self.transactions {
            data = data.transactions(log);
        }
        if let Some(log) = &self.events {
            data = data.events(log);
        }
        data
    }
}

/// Features that the host computes, and the first error that one of them gave.
struct HostFeatures {
    names: Vec<String>,
    functions: Vec<Function>,
    fault: Mutex<Option<Error>>,
}

impl HostFeatures {
    fn of(arguments: &Arguments<'_>) -> Result<Self> {
        let names: Vec<String> = arguments.optional_json("names")?.unwrap_or_default();
        let functions = arguments.functions("functions")?;
        Error::check_length("functions", names.len(), functions.len())?;
        Ok(Self {
            names,
            functions,
            fault: Mutex::new(None),
        })
    }

    fn fault(&self) -> MutexGuard<'_, Option<Error>> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Missing where the function fails; the error is told after the call.
    fn value(&self, function: &Function, known: &History<'_>) -> f64 {
        match told(known).and_then(|told| function.call(told)) {
            Ok(value) => value,
            Err(error) => {
                self.fault().get_or_insert(error);
                f64::NAN
            }
        }
    }

    /// Does something with the features.
    fn with<R>(&self, run: impl FnOnce(&[HostFeature<'_>]) -> Result<R>) -> Result<R> {
        let closures: Vec<_> = self
            .functions
            .iter()
            .map(|function| move |known: &History<'_>| self.value(function, known))
            .collect();
        let features: Vec<HostFeature<'_>> = self
            .names
            .iter()
            .zip(&closures)
            .map(|(name, of)| HostFeature::new(name, of))
            .collect();
        let done = run(&features);
        match self.fault().take() {
            Some(error) => Err(error),
            None => done,
        }
    }
}

/// A history as the host sees it.
fn told(known: &History<'_>) -> Result<Answer> {
    let texts = |texts: StringArray| Answer::Column(Arc::new(texts));
    let days = |days: &[i32]| Answer::Column(Arc::new(Date32Array::from(days.to_vec())));
    let (purchases, events) = (known.purchase_days(), known.event_days());
    let channels = (0..purchases.len()).map(|row| known.channel(row));
    let kinds = (0..events.len()).map(|row| known.event_kind(row));
    Ok(Answer::record([
        ("day", date(known.day()).into_answer()?),
        ("tenure_days", known.tenure_days().into_answer()?),
        ("purchase_days", days(purchases)),
        (
            "amounts",
            Answer::Column(Arc::new(Int64Array::from(known.amounts().to_vec()))),
        ),
        ("channels", texts(channels.collect())),
        ("event_days", days(events)),
        ("event_kinds", texts(kinds.collect())),
    ]))
}

/// Stops a build once a feature of the host has failed.
struct Stopping<'a> {
    observer: &'a mut dyn Observer,
    features: &'a HostFeatures,
}

impl Observer for Stopping<'_> {
    fn step(&mut self, progress: Progress) -> ControlFlow<()> {
        if self.features.fault().is_some() {
            return ControlFlow::Break(());
        }
        self.observer.step(progress)
    }
}

fn build(arguments: &mut Arguments<'_>) -> Result<Snapshots> {
    let of = Made::of(arguments)?;
    let mut observer = Stopping {
        observer: arguments.observer(),
        features: &of.features,
    };
    of.features
        .with(|hosts| of.plan.build_observed(&of.data(), hosts, &mut observer))
}

fn audit(arguments: &mut Arguments<'_>) -> Result<Answer> {
    let of = Made::of(arguments)?;
    let found: Audit = of.features.with(|hosts| of.plan.audit(&of.data(), hosts))?;
    let leak = match found.leak {
        None => Answer::Nothing,
        Some(leak) => Answer::record([
            ("feature", Answer::Text(leak.feature)),
            ("row", leak.row.into_answer()?),
            ("day", date(leak.day).into_answer()?),
        ]),
    };
    Ok(Answer::record([
        ("compared", found.compared.into_answer()?),
        ("leak", leak),
    ]))
}

fn snapshots(room: &mut Room<'_>) {
    room.kind::<Snapshots>()
        .get("len", Snapshots::len)
        .get("plan", |it| it.plan().clone())
        .get("definition", |it| Answer::written(it.definition()))
        .get("customers", |it| it.customers().clone())
        .get("clusters", |it| {
            let numbers = it.clusters().iter().map(|customer| customer.0);
            numbers.collect::<Vec<u32>>()
        })
        .get("features", |it| it.features().clone())
        .operation("forward_splits", &["self", "embargo"], |arguments| {
            let embargo = arguments.optional_json("embargo")?.unwrap_or(0);
            let splits = arguments.this::<Snapshots>()?.forward_splits(embargo)?;
            let rows = |rows: Vec<usize>| {
                let numbers = rows.into_iter().map(|row| i64::try_from(row).ok());
                Answer::Column(Arc::new(numbers.collect::<Int64Array>()))
            };
            let told = splits.into_iter().map(|split| {
                Ok(Answer::record([
                    ("day", date(split.day).into_answer()?),
                    ("train", rows(split.train)),
                    ("test", rows(split.test)),
                ]))
            });
            Ok(Answer::List(told.collect::<Result<_>>()?))
        })
        .tables();
}
