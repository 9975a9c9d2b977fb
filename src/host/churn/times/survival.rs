//! Durations, and the curves and tests that are read from them.

use std::sync::Arc;

use super::{super::level, band, durations};
use crate::{
    Error, Result,
    arrow::{Columns, DurationColumns},
    churn::{
        AalenJohansen, CumulativeIncidence, Durations, KaplanMeier, LogRank, LogRankParams,
        NelsonAalen, Quantile, RiskTable, RiskTables,
    },
    data::{Categories, Shared},
    host::{Answer, Arguments, Held, IntoAnswer, Room, held},
};

held!(
    "churn": AalenJohansen, Durations, KaplanMeier, LogRank, NelsonAalen, RiskTable, RiskTables,
);

pub(super) fn register(room: &mut Room<'_>) {
    durations_of(room);
    risk_tables(room);
    kaplan_meier(room);
    other_curves(room);
    log_rank(room);
}

fn durations_of(room: &mut Room<'_>) {
    room.kind::<Durations>()
        .operation("read", &["table", "columns"], |arguments| {
            let columns: DurationColumns = arguments.optional_json("columns")?.unwrap_or_default();
            columns.read(arguments.table("table")?)
        })
        .operation("new", &["exit", "cause", "entry", "weights"], |arguments| {
            let exit = arguments.numbers("exit")?;
            let mut made = Durations::new(&exit, &arguments.codes("cause")?)?;
            if let Some(entry) = arguments.optional_numbers("entry")? {
                made = made.with_entries(&entry)?;
            }
            match arguments.optional_numbers("weights")? {
                Some(weights) => made.with_weights(&weights),
                None => Ok(made),
            }
        })
        .operation("with_entries", &["self", "entry"], |arguments| {
            let it: &Durations = arguments.this()?;
            it.clone().with_entries(&arguments.numbers("entry")?)
        })
        .operation("with_weights", &["self", "weights"], |arguments| {
            let it: &Durations = arguments.this()?;
            it.clone().with_weights(&arguments.numbers("weights")?)
        })
        .operation("of_cause", &["self", "cause"], |arguments| {
            arguments
                .this::<Durations>()?
                .of_cause(arguments.json("cause")?)
        })
        .get("len", Durations::len)
        .get("times", |it| it.times().to_vec())
        .get("causes", Durations::causes)
        .get("events", Durations::events)
        .tables();
}

fn risk_tables(room: &mut Room<'_>) {
    room.kind::<RiskTable>()
        .operation("new", &["durations"], |arguments| {
            Ok(RiskTable::new(durations(arguments)?))
        })
        .get("causes", RiskTable::causes)
        .tables()
        .merged()
        .saved();
    room.kind::<RiskTables>()
        .operation("new", &["durations", "groups", "strata"], |arguments| {
            let (durations, groups) = (durations(arguments)?, groups(arguments)?);
            match arguments.optional_labels("strata")? {
                None => RiskTables::new(durations, &groups),
                Some(strata) => RiskTables::stratified(durations, &groups, &strata),
            }
        })
        .get("names", |it| {
            let names = it.groups().iter().map(|group| group.name.clone());
            names.collect::<Vec<String>>()
        })
        .operation("group", &["self", "name"], |arguments| {
            let it: &RiskTables = arguments.this()?;
            let name: String = arguments.json("name")?;
            let found = it.groups().iter().find(|group| group.name == name);
            let found = found.ok_or_else(|| {
                let names: Vec<&str> = it
                    .groups()
                    .iter()
                    .map(|group| group.name.as_str())
                    .collect();
                Error::parameter("name", &name, format!("one of: {}", names.join(", ")))
            })?;
            Ok(found.table.clone())
        })
        .tables();
}

/// The argument `groups`.
fn groups(arguments: &Arguments<'_>) -> Result<Arc<Categories>> {
    let missing = || Error::parameter("groups", "missing", "a label for each row");
    arguments.optional_labels("groups")?.ok_or_else(missing)
}

fn kaplan_meier(room: &mut Room<'_>) {
    room.kind::<KaplanMeier>()
        .operation("new", &["table"], |arguments| {
            KaplanMeier::new(arguments.object("table")?)
        })
        .operation("survival_at", &["self", "times"], |arguments| {
            let (it, times) = curve::<KaplanMeier>(arguments)?;
            Ok(times
                .iter()
                .map(|&time| it.survival_at(time))
                .collect::<Vec<f64>>())
        })
        .operation(
            "estimate",
            &["self", "time", "band", "level"],
            |arguments| {
                let it: &KaplanMeier = arguments.this()?;
                it.estimate(arguments.json("time")?, band(arguments)?, level(arguments)?)
            },
        )
        .operation("intervals", &["self", "band", "level"], |arguments| {
            let it: &KaplanMeier = arguments.this()?;
            let (lower, upper) = it.intervals(band(arguments)?, level(arguments)?)?;
            Columns::new()
                .floats("time", it.times().to_vec())
                .known("lower", lower)
                .known("upper", upper)
                .finish()
        })
        .get("median", |it| quantile(it.median()))
        .operation(
            "quantile",
            &["self", "share", "band", "level"],
            |arguments| {
                let it: &KaplanMeier = arguments.this()?;
                let share = arguments.json("share")?;
                quantile(it.quantile(share, band(arguments)?, level(arguments)?)?)
            },
        )
        .operation(
            "restricted_mean",
            &["self", "horizon", "level"],
            |arguments| {
                let it: &KaplanMeier = arguments.this()?;
                it.restricted_mean(arguments.json("horizon")?, level(arguments)?)
            },
        )
        .tables();
}

/// A quantile and its interval, each part nothing where the curve does not come down that far.
fn quantile(it: Quantile) -> Result<Answer> {
    Ok(Answer::record([
        ("value", it.value.into_answer()?),
        ("lower", it.lo.into_answer()?),
        ("upper", it.hi.into_answer()?),
    ]))
}

fn other_curves(room: &mut Room<'_>) {
    room.kind::<NelsonAalen>()
        .operation("new", &["table", "ties"], |arguments| {
            let ties = arguments.optional_json("ties")?.unwrap_or_default();
            NelsonAalen::new(arguments.object("table")?, ties)
        })
        .operation("hazard_at", &["self", "times"], |arguments| {
            let (it, times) = curve::<NelsonAalen>(arguments)?;
            Ok(times
                .iter()
                .map(|&time| it.hazard_at(time))
                .collect::<Vec<f64>>())
        })
        .tables();
    room.kind::<AalenJohansen>()
        .operation("new", &["table"], |arguments| {
            AalenJohansen::new(arguments.object("table")?)
        })
        .operation("of_cause", &["self", "cause"], |arguments| {
            let it: &AalenJohansen = arguments.this()?;
            let curve = it.of_cause(arguments.json("cause")?);
            let table = |curve: &CumulativeIncidence| {
                Columns::new()
                    .floats("time", it.times().to_vec())
                    .floats("share", curve.share().to_vec())
                    .floats("se", curve.se().to_vec())
                    .finish()
            };
            curve.map(table).transpose()
        })
        .operation("place", &["self", "time"], |arguments| {
            Ok(arguments
                .this::<AalenJohansen>()?
                .place(arguments.json("time")?))
        })
        .tables();
}

/// A curve and the times at which to read it.
fn curve<'a, T: Held>(arguments: &'a Arguments<'_>) -> Result<(&'a T, Shared<f64>)> {
    Ok((arguments.this()?, arguments.numbers("times")?))
}

fn log_rank(room: &mut Room<'_>) {
    room.kind::<LogRank>()
        .operation("test", &["tables", "params"], |arguments| {
            let tables: &RiskTables = arguments.object("tables")?;
            arguments.params::<LogRankParams>()?.test(tables)
        })
        .defaults::<LogRankParams>()
        .get("statistic", |it| it.statistic)
        .get("degrees", |it| it.degrees)
        .get("p", |it| it.p)
        .tables();
}
