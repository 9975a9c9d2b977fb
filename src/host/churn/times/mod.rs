//! Operations of `churn`: times to leaving.

mod cohorts;
mod evaluation;
mod regression;
mod snapshots;
mod spells;
mod survival;

use chrono::NaiveDate;
use ndarray::Array2;

pub(in crate::host) use self::spells::returns;
use super::Room;
use crate::{
    Result,
    arrow::Columns,
    churn::{Band, ChurnDefinition, Durations},
    data::date_of_day,
    host::{Answer, Arguments},
};

pub(super) fn register(room: &mut Room<'_>) {
    survival::register(room);
    regression::register(room);
    evaluation::register(room);
    spells::register(room);
    cohorts::register(room);
    snapshots::register(room);
    definition(room);
}

/// What counts as churn.
fn definition(room: &mut Room<'_>) {
    room.function("ChurnDefinition.check", &["definition"], |arguments| {
        let definition: ChurnDefinition = arguments.json("definition")?;
        definition.check()
    });
}

/// The argument `band`.
fn band(arguments: &Arguments<'_>) -> Result<Band> {
    Ok(arguments.optional_json("band")?.unwrap_or_default())
}

/// A day of the library, which is always within the calendar.
fn date(day: i32) -> Option<NaiveDate> {
    date_of_day(day)
}

/// A row each, a column for each of these times, by the time.
fn by_time(times: &[f64], cells: &Array2<f64>) -> Result<Answer> {
    let names = times.iter().map(f64::to_string);
    let table = Columns::new().matrix(names, cells.view()).finish();
    table.map(Answer::Table)
}

/// The argument `durations`.
fn durations<'a>(arguments: &'a Arguments<'_>) -> Result<&'a Durations> {
    arguments.object("durations")
}
