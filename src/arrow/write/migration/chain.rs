//! Where a chain leads, and what customers are worth.

use arrow_array::RecordBatch;

use super::{super::Columns, Key, Tell, tell_alone};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    data::{Estimate, SegmentId},
    migration::{Absorption, Forecast, LongRun, OptimalStopping, StateClass, SteadyState},
};

/// `forecast`, a row a step from 0 and a state: `step`, `state`, and what is `expected` (customers or
/// shares) with its standard error `expected_se` and the ends `expected_lower` and `expected_upper` of
/// the interval. `worth`, a row a step: `step`, and the `worth` of all customers likewise, in the unit
/// of the values; without rows if states have none.
impl Tables for Forecast {
    const TABLES: &'static [&'static str] = &["forecast", "worth"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "forecast" => {
                let steps = || (0..=self.steps()).filter_map(|step| Some((step, self.step(step)?)));
                let rows = || steps().flat_map(|(step, row)| row.iter().map(move |it| (step, it)));
                let places = steps().flat_map(|(_, row)| (0..row.len()).map(Some));
                let estimates: Vec<_> = rows().map(|(_, &it)| Some(it)).collect();
                let columns = Columns::new()
                    .counts("step", rows().map(|(step, _)| step))
                    .state_names("state", self.states(), places);
                estimated(columns, "expected", &estimates)
            }
            "worth" => {
                let steps = 0..=self.steps();
                let rows = steps.filter_map(|step| Some((step, self.worth(step)?)));
                let (steps, worth): (Vec<_>, Vec<_>) = rows.unzip();
                let worth: Vec<_> = worth.into_iter().map(Some).collect();
                estimated(Columns::new().counts("step", steps), "worth", &worth)
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn estimated(columns: Columns, name: &str, values: &[Option<Estimate>]) -> Result<RecordBatch> {
    let se = values.iter().map(|it| it.map(|it| it.se));
    columns
        .estimates(name, values)
        .known(&format!("{name}_se"), se)
        .finish()
}

tell_alone! {
    /// `states`, a row a transient state: `state_id`, and the expected `steps` until a class that is
    /// never left is entered. `arrival`, a row a transient state and class: `state_id`, `class` (its
    /// place, from 0), and the `probability` of ending there. `classes`, a row a state of a class that
    /// is never left: `class`, `state_id`. `visits`, a row a pair of transient states: `from_id`,
    /// `to_id`, and the expected number of periods in the second, `visits`.
    Absorption;

    /// `classes`, a row a class that is never left and a state: `class` (its place, from 0), its
    /// `period`, `state_place` (from 0, in the order of the matrix), and the `share` of the state among
    /// those who are in the class, 0 for a state outside of it. `arrival`, a row a state and class:
    /// `state_place`, `class`, and the `probability` of ending there.
    LongRun;

    /// `shares`, a row a state: `state_place` (from 0, in the order of the matrix), and its `share` in
    /// the long run.
    SteadyState;

    /// `classes`, a row a state: `class` (its place, from 0), `state_id`, whether the class is never
    /// left (`recurrent`), and its `period`, null without a way back.
    [StateClass];

    /// `values`, a row a state: `state_place` (from 0, in the order of the matrix), and the `value` of
    /// a customer, in the unit of the rewards. `stop_in`, a row a state in which to stop: `state_id`.
    OptimalStopping;
}

impl Tell for Absorption {
    const NAMES: &'static [&'static str] = &["states", "arrival", "classes", "visits"];

    fn tell(&self, table: &str, key: Key<'_>) -> Result<RecordBatch> {
        let transient = || self.transient.iter().copied();
        match table {
            "states" => Columns::new()
                .ids("state", &some(transient()), key)
                .floats("steps", self.steps.clone())
                .finish(),
            "arrival" => {
                let rows = self.probabilities.iter().zip(transient());
                let states = rows.flat_map(|(row, state)| row.iter().map(move |_| state));
                let classes = self.probabilities.iter().flat_map(|row| 0..row.len());
                Columns::new()
                    .ids("state", &some(states), key)
                    .counts("class", classes)
                    .floats("probability", self.probabilities.concat())
                    .finish()
            }
            "classes" => {
                let rows = || in_classes(self.classes.iter().map(Vec::as_slice));
                Columns::new()
                    .counts("class", rows().map(|(class, _)| class))
                    .ids("state", &some(rows().map(|(_, state)| state)), key)
                    .finish()
            }
            "visits" => {
                let pairs = || transient().flat_map(|from| transient().map(move |to| (from, to)));
                Columns::new()
                    .ids("from", &some(pairs().map(|pair| pair.0)), key)
                    .ids("to", &some(pairs().map(|pair| pair.1)), key)
                    .floats("visits", self.visits.concat())
                    .finish()
            }
            _ => no_table(table, Self::NAMES),
        }
    }
}

impl Tell for LongRun {
    const NAMES: &'static [&'static str] = &["classes", "arrival"];

    fn tell(&self, table: &str, key: Key<'_>) -> Result<RecordBatch> {
        match table {
            "classes" => {
                let rows = || {
                    let classes = self.shares.iter().enumerate();
                    classes.flat_map(|(class, shares)| {
                        (0..shares.len()).map(move |place| (class, place))
                    })
                };
                let places: Vec<usize> = rows().map(|(_, place)| place).collect();
                Columns::new()
                    .counts("class", rows().map(|(class, _)| class))
                    .counts(
                        "period",
                        rows().map(|(class, _)| self.periods.get(class).copied().unwrap_or(0)),
                    )
                    .places("state", &places, key)
                    .floats("share", self.shares.concat())
                    .finish()
            }
            "arrival" => {
                let rows = || {
                    let states = self.arrival.iter().enumerate();
                    states.flat_map(|(place, row)| (0..row.len()).map(move |class| (place, class)))
                };
                let places: Vec<usize> = rows().map(|(place, _)| place).collect();
                Columns::new()
                    .places("state", &places, key)
                    .counts("class", rows().map(|(_, class)| class))
                    .floats("probability", self.arrival.concat())
                    .finish()
            }
            _ => no_table(table, Self::NAMES),
        }
    }
}

impl Tell for SteadyState {
    const NAMES: &'static [&'static str] = &["shares"];

    fn tell(&self, table: &str, key: Key<'_>) -> Result<RecordBatch> {
        if table != "shares" {
            return no_table(table, Self::NAMES);
        }
        by_state("share", &self.shares, key)
    }
}

impl Tell for [StateClass] {
    const NAMES: &'static [&'static str] = &["classes"];

    fn tell(&self, table: &str, key: Key<'_>) -> Result<RecordBatch> {
        if table != "classes" {
            return no_table(table, Self::NAMES);
        }
        let rows = || {
            let states = in_classes(self.iter().map(|class| class.states.as_slice()));
            states.filter_map(|(at, state)| Some((at, state, self.get(at)?)))
        };
        Columns::new()
            .counts("class", rows().map(|row| row.0))
            .ids("state", &some(rows().map(|row| row.1)), key)
            .flags("recurrent", rows().map(|row| row.2.recurrent))
            .ints(
                "period",
                rows().map(|row| row.2.period.and_then(|period| i64::try_from(period).ok())),
            )
            .finish()
    }
}

impl Tell for OptimalStopping {
    const NAMES: &'static [&'static str] = &["values", "stop_in"];

    fn tell(&self, table: &str, key: Key<'_>) -> Result<RecordBatch> {
        match table {
            "values" => by_state("value", &self.values, key),
            "stop_in" => Columns::new()
                .ids("state", &some(self.stop_in.iter().copied()), key)
                .finish(),
            _ => no_table(table, Self::NAMES),
        }
    }
}

fn by_state(name: &str, values: &[f64], key: Key<'_>) -> Result<RecordBatch> {
    let places: Vec<usize> = (0..values.len()).collect();
    Columns::new()
        .places("state", &places, key)
        .floats(name, values.to_vec())
        .finish()
}

fn some(ids: impl Iterator<Item = SegmentId>) -> Vec<Option<SegmentId>> {
    ids.map(Some).collect()
}

/// The states of classes, with the place of the class.
fn in_classes<'c>(
    classes: impl Iterator<Item = &'c [SegmentId]>,
) -> impl Iterator<Item = (usize, SegmentId)> {
    let classes = classes.enumerate();
    classes.flat_map(|(class, states)| states.iter().map(move |&state| (class, state)))
}
