//! What moves go with, and moves that are unusual.

use super::{
    super::{Room, held},
    counts::with_states,
    states::{Told, params_naming, table_of, told},
};
use crate::{
    data::{Assignments, Features},
    migration::{DriverParams, Drivers, MoveWatch, MoveWatchParams, TransitionCounts},
};

held!("migration": MoveWatch);
told!(Drivers);

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<Told<Drivers>>()
        .operation(
            "drivers",
            &["before", "after", "from", "to", "params"],
            |arguments| {
                let from: &Assignments = arguments.object("from")?;
                let params: DriverParams = params_naming(arguments, "scale", from.segments())?;
                let before: &Features = arguments.object("before")?;
                let after = arguments.object("after")?;
                let drivers = params.drivers(before, after, from, arguments.object("to")?)?;
                Ok(Told::of_states(drivers, from.segments()))
            },
        )
        .defaults::<DriverParams>()
        .get("left", |told| told.it.left)
        .get("entered", |told| told.it.entered)
        .get("tests", |told| told.it.tests)
        .tables();
    let kind = room
        .kind::<MoveWatch>()
        .operation("fit", &["history", "params"], |arguments| {
            let params: MoveWatchParams = arguments.params()?;
            let history = arguments.objects::<TransitionCounts>("history")?;
            params.fit(&history.into_iter().cloned().collect::<Vec<_>>())
        })
        .defaults::<MoveWatchParams>()
        .operation("check", &["self", "latest", "values"], |arguments| {
            let it: &MoveWatch = arguments.this()?;
            let values = arguments.optional_numbers("values")?;
            let moves = it.check(arguments.object("latest")?, values.as_deref())?;
            table_of(&moves[..], it.states())
        })
        .saved();
    with_states(kind, MoveWatch::states);
}
