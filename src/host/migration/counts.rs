//! Counts of transitions and triples, matrices and rates.

use serde::de::DeserializeOwned;

use super::{
    super::{Answer, Arguments, Held, Room, held, registry::Kind},
    chain,
    states::{Names, name_of, named, names, optional_states, state, states_given, states_named},
};
use crate::{
    Result,
    arrow::{Column, TransitionColumns, TripleColumns},
    data::{Segment, SegmentId},
    migration::{Generator, GeneratorFit, TransitionCounts, TransitionMatrix, TripleCounts},
};

held!("migration": Generator, GeneratorFit, TransitionCounts, TransitionMatrix, TripleCounts);

pub(super) fn register(room: &mut Room<'_>) {
    transition_counts(room);
    triple_counts(room);
    let kind = matrix(room);
    chain::of_matrix(kind);
    generator(room);
}

/// The states of objects of a kind, as names and with their numbers.
pub(super) fn with_states<T: Held>(kind: Kind<'_, T>, states: fn(&T) -> &[Segment]) -> Kind<'_, T> {
    kind.get("states", move |it| names(states(it)))
        .get("segments", move |it| Answer::written(&states(it)))
}

fn transition_counts(room: &mut Room<'_>) {
    let kind = room
        .kind::<TransitionCounts>()
        .operation("new", &["states", "rows"], |arguments| {
            let (states, rows) = square(arguments, "rows", whole)?;
            TransitionCounts::new(states, &rows)
        })
        .operation("of_paths", &["states", "paths"], |arguments| {
            let states = states_given(arguments)?;
            let paths: Vec<Vec<Option<String>>> = arguments.json("paths")?;
            let paths = Names::of(&states).paths("paths", &paths)?;
            TransitionCounts::of_paths(states, &paths)
        })
        .operation("read", &["table", "states", "columns"], |arguments| {
            let columns: TransitionColumns =
                arguments.optional_json("columns")?.unwrap_or_default();
            columns.read(arguments.table("table")?, states_given(arguments)?)
        })
        .operation("impossible", &["self", "from", "to"], |arguments| {
            let it: &TransitionCounts = arguments.this()?;
            let (from, to) = from_to(arguments, it.states())?;
            it.clone().impossible(from, to)
        })
        .operation("is_impossible", &["self", "from", "to"], |arguments| {
            let it: &TransitionCounts = arguments.this()?;
            let (from, to) = from_to(arguments, it.states())?;
            Ok(it.is_impossible(from, to))
        })
        .get("impossible_cells", |it| {
            let pair = |(from, to)| {
                Answer::List(vec![name_of(it.states(), from), name_of(it.states(), to)])
            };
            Answer::List(it.impossible_cells().map(pair).collect())
        })
        .operation("count", &["self", "from", "to"], |arguments| {
            let it: &TransitionCounts = arguments.this()?;
            let (from, to) = from_to(arguments, it.states())?;
            Ok(it.count(from, to))
        })
        .get("cells", |it| {
            let cells = it.cells();
            let rows = cells.rows().into_iter().map(|row| row.to_vec());
            let row = |row: Vec<u64>| {
                Answer::List(
                    row.into_iter()
                        .map(|count| Answer::Int(count.into()))
                        .collect(),
                )
            };
            Answer::List(rows.map(row).collect())
        })
        .get("row_totals", TransitionCounts::row_totals)
        .get("column_totals", TransitionCounts::column_totals)
        .get("total", TransitionCounts::total)
        .get("visited", TransitionCounts::visited)
        .operation("directions", &["self", "scale"], |arguments| {
            let it: &TransitionCounts = arguments.this()?;
            let moves = it.directions(&states_named(arguments, "scale", it.states())?)?;
            let share = |share: Option<f64>| share.map_or(Answer::Nothing, Answer::Float);
            Ok(Answer::record([
                ("up", Answer::Int(moves.up.into())),
                ("stayed", Answer::Int(moves.stayed.into())),
                ("down", Answer::Int(moves.down.into())),
                ("off_scale", Answer::Int(moves.off_scale.into())),
                ("up_share", share(moves.up_share())),
                ("down_share", share(moves.down_share())),
            ]))
        })
        .tables()
        .merged()
        .saved();
    with_states(kind, TransitionCounts::states);
}

fn triple_counts(room: &mut Room<'_>) {
    let kind = room
        .kind::<TripleCounts>()
        .operation("new", &["states", "triples"], |arguments| {
            let states = states_given(arguments)?;
            let given: Vec<(String, String, String, u64)> = arguments.json("triples")?;
            let names = Names::of(&states);
            let triple = |(from, via, to, count): &(String, String, String, u64)| {
                let id = |name: &str| names.id("triples", name);
                Ok((id(from)?, id(via)?, id(to)?, *count))
            };
            let triples: Result<Vec<_>> = given.iter().map(triple).collect();
            TripleCounts::new(states.clone(), &triples?)
        })
        .operation("of_paths", &["states", "paths"], |arguments| {
            let states = states_given(arguments)?;
            let paths: Vec<Vec<Option<String>>> = arguments.json("paths")?;
            let paths = Names::of(&states).paths("paths", &paths)?;
            TripleCounts::of_paths(states, &paths)
        })
        .operation("read", &["table", "states", "columns"], |arguments| {
            let columns: TripleColumns = arguments.optional_json("columns")?.unwrap_or_default();
            columns.read(arguments.table("table")?, states_given(arguments)?)
        })
        .operation("count", &["self", "from", "via", "to"], |arguments| {
            let it: &TripleCounts = arguments.this()?;
            let (from, to) = from_to(arguments, it.states())?;
            Ok(it.count(from, state(arguments, "via", it.states())?, to))
        })
        .get("total", TripleCounts::total)
        .tables()
        .merged()
        .saved();
    with_states(kind, TripleCounts::states);
}

fn matrix<'r>(room: &'r mut Room<'_>) -> Kind<'r, TransitionMatrix> {
    let kind = room
        .kind::<TransitionMatrix>()
        .operation("of_counts", &["counts"], |arguments| {
            Ok(TransitionMatrix::of_counts(arguments.object("counts")?))
        })
        .operation("smoothed", &["counts", "added"], |arguments| {
            TransitionMatrix::smoothed(arguments.object("counts")?, arguments.json("added")?)
        })
        .operation("given", &["states", "rows"], |arguments| {
            let numbers = |column: &Column<'_>| Ok(column.f64s()?.to_vec());
            let (states, rows) = square(arguments, "rows", numbers)?;
            TransitionMatrix::given(states, &rows)
        })
        .operation(
            "with_row",
            &["self", "from", "probabilities"],
            |arguments| {
                let it: &TransitionMatrix = arguments.this()?;
                let from = state(arguments, "from", it.states())?;
                it.clone()
                    .with_row(from, &arguments.numbers("probabilities")?)
            },
        )
        .operation("absorbing", &["self", "state"], |arguments| {
            let it: &TransitionMatrix = arguments.this()?;
            it.clone()
                .absorbing(state(arguments, "state", it.states())?)
        })
        .operation("probability", &["self", "from", "to"], |arguments| {
            let it: &TransitionMatrix = arguments.this()?;
            let (from, to) = from_to(arguments, it.states())?;
            Ok(it.probability(from, to))
        })
        .operation("row", &["self", "from"], |arguments| {
            let it: &TransitionMatrix = arguments.this()?;
            Ok(it
                .row(state(arguments, "from", it.states())?)
                .map(<[f64]>::to_vec))
        })
        .operation("exposure", &["self", "from"], |arguments| {
            let it: &TransitionMatrix = arguments.this()?;
            Ok(it.exposure(state(arguments, "from", it.states())?))
        })
        .operation("interval", &["self", "from", "to", "level"], |arguments| {
            let it: &TransitionMatrix = arguments.this()?;
            let (from, to) = from_to(arguments, it.states())?;
            it.interval(from, to, arguments.json("level")?)
        })
        .operation("power", &["self", "periods"], |arguments| {
            let it: &TransitionMatrix = arguments.this()?;
            it.power(arguments.json("periods")?)
        })
        .tables()
        .saved();
    with_states(kind, TransitionMatrix::states)
}

fn generator(room: &mut Room<'_>) {
    let kind = room
        .kind::<Generator>()
        .operation("of_durations", &["moves", "exposures"], |arguments| {
            Generator::of_durations(arguments.object("moves")?, &arguments.numbers("exposures")?)
        })
        .operation("rate", &["self", "from", "to"], |arguments| {
            let it: &Generator = arguments.this()?;
            let (from, to) = from_to(arguments, it.states())?;
            Ok(it.rate(from, to))
        })
        .operation("standard_error", &["self", "from", "to"], |arguments| {
            let it: &Generator = arguments.this()?;
            let (from, to) = from_to(arguments, it.states())?;
            Ok(it.standard_error(from, to))
        })
        .operation("transition", &["self", "time"], |arguments| {
            let it: &Generator = arguments.this()?;
            it.transition(arguments.json("time")?)
        })
        .tables()
        .saved();
    with_states(kind, Generator::states);
    room.kind::<GeneratorFit>()
        .get("generator", |fit| fit.generator.clone())
        .get("adjusted", |fit| fit.adjusted)
        .get("distance", |fit| fit.distance)
        .get("embeddability", |fit| {
            chain::embeddability(&fit.embeddability, fit.generator.states())
        });
}

/// The states that `from` and `to` name.
fn from_to(arguments: &Arguments<'_>, states: &[Segment]) -> Result<(SegmentId, SegmentId)> {
    Ok((
        state(arguments, "from", states)?,
        state(arguments, "to", states)?,
    ))
}

/// States, and a row of numbers for each: a list of lists, or a table with a column a state, whose
/// names are those of the states unless they are given.
fn square<T: DeserializeOwned + Copy>(
    arguments: &Arguments<'_>,
    name: &'static str,
    read: impl Fn(&Column<'_>) -> Result<Vec<T>>,
) -> Result<(Vec<Segment>, Vec<Vec<T>>)> {
    let rows = rows(arguments, name, read)?;
    let states = match (optional_states(arguments)?, arguments.optional_table(name)) {
        (Some(states), _) => states,
        (None, Ok(Some(table))) => named(table.names().map(str::to_owned)),
        (None, _) => states_given(arguments)?,
    };
    Ok((states, rows))
}

/// Counts of a column, for [`rows`]; the method itself is not general enough over lifetimes.
pub(super) fn whole(column: &Column<'_>) -> Result<Vec<u64>> {
    column.u64s()
}

/// Rows of numbers: a list of lists, or a table.
pub(super) fn rows<T: DeserializeOwned + Copy>(
    arguments: &Arguments<'_>,
    name: &'static str,
    read: impl Fn(&Column<'_>) -> Result<Vec<T>>,
) -> Result<Vec<Vec<T>>> {
    let Ok(Some(table)) = arguments.optional_table(name) else {
        return arguments.json(name);
    };
    let columns = table.names().map(|name| read(&table.column(name)?));
    let columns: Vec<Vec<T>> = columns.collect::<Result<_>>()?;
    let row = |at: usize| {
        columns
            .iter()
            .filter_map(|column| column.get(at).copied())
            .collect()
    };
    Ok((0..table.len()).map(row).collect())
}
