//! Panels and sequences.

use arrow_array::RecordBatch;

use super::{super::Columns, Places};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    data::{Customers, Segment},
    migration::{CommonPath, Presence, SegmentPanel, SequenceShape, Sequences},
};

/// The names of the places outside of all states, after those of the states.
const OUTSIDE: [&str; 3] = ["not yet", "inactive", "churned"];

/// `places`, a row a period and customer: `customer` (`row`, the place of the customer from 0, if the
/// panel has no keys), `period`, and the `place`: the name of a state, or "not yet", "inactive" or
/// "churned"; with values also the money of the period, `value`. `states`, a row a state: `state_id`,
/// `state`.
impl Tables for SegmentPanel {
    const TABLES: &'static [&'static str] = &["places", "states"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "places" => places(self),
            "states" => super::states_of(self.states()).finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn places(panel: &SegmentPanel) -> Result<RecordBatch> {
    let periods = panel.periods().len();
    let rows = || (0..periods).flat_map(|period| (0..panel.len()).map(move |row| (period, row)));
    // The numbers of customers without keys are their rows.
    let all = || (0..periods).flat_map(|_| numbers(panel.len()));
    let columns = match panel.customers() {
        Some(customers) => {
            Columns::new().some_keys("customer", all().filter_map(|it| customers.key(it)))
        }
        None => Columns::new().counts("row", rows().map(|(_, row)| row)),
    };
    let by_id = Places::of(panel.states());
    let place = |(period, customer)| place_of(panel.presence(period, customer)?, &by_id);
    let cells = || (0..periods).flat_map(|period| numbers(panel.len()).map(move |it| (period, it)));
    let states = panel.states().iter().map(|state| state.name.as_str());
    let labels = panel.periods().iter().map(String::as_str);
    let columns = columns
        .named("period", labels, rows().map(|(period, _)| Some(period)))
        .named("place", states.chain(OUTSIDE), cells().map(place));
    match panel.currency() {
        None => columns.finish(),
        Some(currency) => {
            let value = |(period, customer)| panel.value(period, customer);
            columns
                .money("value", currency, cells().map(value))
                .finish()
        }
    }
}

fn numbers(customers: usize) -> impl Iterator<Item = crate::data::CustomerIx> {
    let count = u32::try_from(customers).unwrap_or(u32::MAX);
    (0..count).map(crate::data::CustomerIx)
}

/// The place of a presence among the states and the places outside.
pub(super) fn place_of(presence: Presence, states: &Places) -> Option<usize> {
    let outside = match presence {
        Presence::In(id) => return states.find(id),
        Presence::NotYet => 0,
        Presence::Inactive => 1,
        Presence::Churned => 2,
    };
    Some(states.0.len() + outside)
}

/// Names of places, outside included.
pub(super) fn presences(
    columns: Columns,
    name: &str,
    states: &[Segment],
    presences: impl Iterator<Item = Presence>,
) -> Columns {
    let by_id = Places::of(states);
    let names = states.iter().map(|state| state.name.as_str());
    columns.named(
        name,
        names.chain(OUTSIDE),
        presences.map(|presence| place_of(presence, &by_id)),
    )
}

/// `sequences`, a row a customer in the order of the panel: `periods` in a state, `gaps` (periods away
/// in between), `moves`, `entropy` in nats and `complexity` from 0 to 1; null for who is never in a
/// state. `stays`, a row a state: `state`, stays that are `completed` and `censored`, their means
/// `mean_completed` and `mean_censored`, and the length `expected`, in periods. `stay_lengths`, a row a
/// state and length that occurs: `state`, `periods`, and how many stays are `completed` and `censored`.
impl Tables for Sequences {
    const TABLES: &'static [&'static str] = &["sequences", "stays", "stay_lengths"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        sequences(self, None, name)
    }
}

/// The tables of sequences, with the keys of customers where they are known.
pub(crate) fn sequences(
    it: &Sequences,
    customers: Option<&Customers>,
    table: &str,
) -> Result<RecordBatch> {
    match table {
        "sequences" => {
            let start = customers.map_or_else(Columns::new, Columns::of);
            shapes(start, it.shapes())
        }
        "stays" => {
            let stays = it.stays();
            Columns::new()
                .texts("state", stays.iter().map(|it| it.state.name.as_str()))
                .counts("completed", stays.iter().map(|it| it.completed))
                .counts("censored", stays.iter().map(|it| it.censored))
                .known("mean_completed", stays.iter().map(|it| it.mean_completed))
                .known("mean_censored", stays.iter().map(|it| it.mean_censored))
                .known("expected", stays.iter().map(|it| it.expected))
                .finish()
        }
        "stay_lengths" => {
            let rows = || {
                let stays = it.stays().iter();
                stays.flat_map(|of| {
                    of.lengths
                        .iter()
                        .map(move |it| (of.state.name.as_str(), it))
                })
            };
            Columns::new()
                .texts("state", rows().map(|row| row.0))
                .counts("periods", rows().map(|row| row.1.periods))
                .counts("completed", rows().map(|row| row.1.completed))
                .counts("censored", rows().map(|row| row.1.censored))
                .finish()
        }
        _ => no_table(table, Sequences::TABLES),
    }
}

fn shapes(columns: Columns, shapes: &[SequenceShape]) -> Result<RecordBatch> {
    let known = || {
        shapes
            .iter()
            .map(|shape| (shape.periods > 0).then_some(shape))
    };
    let count = |of: fn(&SequenceShape) -> u32| known().map(move |it| it.map(of).map(i64::from));
    let number = |of: fn(&SequenceShape) -> f64| known().map(move |it| it.map(of));
    columns
        .ints("periods", count(|it| it.periods))
        .ints("gaps", count(|it| it.gaps))
        .ints("moves", count(|it| it.moves))
        .known("entropy", number(|it| it.entropy))
        .known("complexity", number(|it| it.complexity))
        .finish()
}

/// `paths`, a row a path, the most common first: `path` (its place, from 0), `customers`, and their
/// `share` in all who are in a state at all. `places`, a row a place of a path: `path`, `position` (from
/// 0), and the name of the `place`.
impl Tables for [CommonPath] {
    const TABLES: &'static [&'static str] = &["paths", "places"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "paths" => Columns::new()
                .counts("path", 0..self.len())
                .counts("customers", self.iter().map(|path| path.customers))
                .floats("share", self.iter().map(|path| path.share).collect())
                .finish(),
            "places" => {
                let rows = || {
                    let paths = self.iter().enumerate();
                    paths.flat_map(|(path, of)| {
                        let places = of.names.iter().enumerate();
                        places.map(move |(at, name)| (path, at, name))
                    })
                };
                Columns::new()
                    .counts("path", rows().map(|row| row.0))
                    .counts("position", rows().map(|row| row.1))
                    .texts("place", rows().map(|row| row.2))
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}
