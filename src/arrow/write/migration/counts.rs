//! Counts of transitions, and the matrices and rates that are read from them.

use arrow_array::RecordBatch;

use super::{super::Columns, Places, pairs, states_of};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    data::{Segment, SegmentId},
    migration::{Generator, TransitionCounts, TransitionMatrix, TripleCounts},
};

/// `transitions`, a row a pair of states: `from`, `to`, `customers`, and whether the transition is
/// `impossible`. `states`, a row a state: `state_id`, `state`, and the customers `before` and `after`.
impl Tables for TransitionCounts {
    const TABLES: &'static [&'static str] = &["transitions", "states"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "transitions" => {
                let states = self.states();
                let places = Places::of(states);
                let mut impossible = vec![false; states.len() * states.len()];
                for (from, to) in self.impossible_cells() {
                    let cell = places.find(from).zip(places.find(to));
                    let cell =
                        cell.and_then(|(from, to)| impossible.get_mut(from * states.len() + to));
                    if let Some(cell) = cell {
                        *cell = true;
                    }
                }
                from_to(states)
                    .counts("customers", self.cells().iter().copied())
                    .flags("impossible", impossible)
                    .finish()
            }
            "states" => states_of(self.states())
                .counts("before", self.row_totals())
                .counts("after", self.column_totals())
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `triples`, a row each that was taken: `from`, `via`, `to`, `customers`.
impl Tables for TripleCounts {
    const TABLES: &'static [&'static str] = &["triples"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        if name != "triples" {
            return no_table(name, Self::TABLES);
        }
        let places = Places::of(self.states());
        let column =
            |of: fn((SegmentId, SegmentId, SegmentId, u64)) -> SegmentId| self.cells().map(of);
        let names = |columns: Columns, name: &str, ids: &mut dyn Iterator<Item = SegmentId>| {
            columns.state_names(name, self.states(), ids.map(|id| places.find(id)))
        };
        let columns = names(Columns::new(), "from", &mut column(|cell| cell.0));
        let columns = names(columns, "via", &mut column(|cell| cell.1));
        let columns = names(columns, "to", &mut column(|cell| cell.2));
        columns
            .counts("customers", self.cells().map(|cell| cell.3))
            .finish()
    }
}

/// `transitions`, a row a pair of states: `from`, `to`, and the `probability` within a period; null from
/// a state where nobody was. `states`, a row a state: `state_id`, `state`, and the `exposure`, the
/// customers that the row of probabilities rests on; null for a row that was given or is not known.
impl Tables for TransitionMatrix {
    const TABLES: &'static [&'static str] = &["transitions", "states"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let states = self.states();
        match name {
            "transitions" => {
                let mut probabilities = Vec::with_capacity(states.len() * states.len());
                for state in states {
                    match self.row(state.id) {
                        Some(row) => probabilities.extend(row.iter().copied().map(Some)),
                        None => probabilities.extend(states.iter().map(|_| None)),
                    }
                }
                from_to(states).known("probability", probabilities).finish()
            }
            "states" => states_of(states)
                .known(
                    "exposure",
                    states.iter().map(|state| self.exposure(state.id)),
                )
                .finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `rates`, a row a pair of states: `from`, `to`, the `rate` per period (its own rate is minus the sum of
/// the others), null from a state that was not seen, and its `standard_error`, null unless rates are
/// from durations.
impl Tables for Generator {
    const TABLES: &'static [&'static str] = &["rates"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        if name != "rates" {
            return no_table(name, Self::TABLES);
        }
        let states = self.states();
        let cells = || {
            let from = states.iter().map(|state| state.id);
            from.flat_map(|from| states.iter().map(move |state| (from, state.id)))
        };
        from_to(states)
            .known("rate", cells().map(|(from, to)| self.rate(from, to)))
            .known(
                "standard_error",
                cells().map(|(from, to)| self.standard_error(from, to)),
            )
            .finish()
    }
}

/// A number for each pair of states, null where there is none.
#[cfg(any(feature = "ffi", feature = "python"))]
pub(crate) fn known_pairs(
    name: &str,
    states: &[Segment],
    values: &[Option<f64>],
) -> Result<RecordBatch> {
    from_to(states).known(name, values.iter().copied()).finish()
}

/// `from` and `to` of all pairs.
fn from_to(states: &[Segment]) -> Columns {
    let cells = pairs(states.len());
    Columns::new()
        .state_names("from", states, cells.clone().map(|(from, _)| Some(from)))
        .state_names("to", states, cells.map(|(_, to)| Some(to)))
}
