//! Two segmentations held against one another, and what changes are due to.

use super::{
    super::{Answer, Arguments, Room, held},
    states::{name_of, names, state},
};
use crate::{
    Result,
    arrow::Tables,
    data::{Assignments, Crosswalk, Customers},
    migration::{
        Alignment, AlignmentParams, ChangeMatrix, ChangeSplit, ChangeSplitParams,
        ClusterEventParams, ClusterEvents, OverlapCounts, rematched_customers,
    },
};

held!("migration": Alignment, ChangeMatrix, ChangeSplit, ClusterEvents, OverlapCounts);

pub(super) fn register(room: &mut Room<'_>) {
    overlap(room);
    alignment(room);
    room.kind::<ClusterEvents>()
        .operation("events", &["overlap", "params"], |arguments| {
            let params: ClusterEventParams = arguments.params()?;
            params.events(arguments.object("overlap")?)
        })
        .defaults::<ClusterEventParams>()
        .tables();
    change_split(room);
    room.function(
        "rematched_customers",
        &["before", "after", "customers"],
        |arguments| {
            let before: &Crosswalk = arguments.object("before")?;
            let customers: &Customers = arguments.object("customers")?;
            Ok(rematched_customers(
                before,
                arguments.object("after")?,
                customers,
            ))
        },
    );
}

fn overlap(room: &mut Room<'_>) {
    room.kind::<OverlapCounts>()
        .operation("of_assignments", &["old", "new"], |arguments| {
            OverlapCounts::of_assignments(arguments.object("old")?, arguments.object("new")?)
        })
        .get("old_scheme", |it| it.old_scheme().to_owned())
        .get("new_scheme", |it| it.new_scheme().to_owned())
        .get("old_segments", |it| names(it.old_segments()))
        .get("new_segments", |it| names(it.new_segments()))
        .get("both", |it| {
            let both = it.both();
            let rows = both.rows().into_iter().map(|row| {
                Answer::List(row.iter().map(|&count| Answer::Int(count.into())).collect())
            });
            Answer::List(rows.collect())
        })
        .get("went", |it| it.went().to_vec())
        .get("came", |it| it.came().to_vec())
        .get("nowhere", OverlapCounts::nowhere)
        .tables()
        .merged()
        .saved();
}

fn alignment(room: &mut Room<'_>) {
    room.kind::<Alignment>()
        .operation("align", &["overlap", "params"], |arguments| {
            let params: AlignmentParams = arguments.params()?;
            params.align(arguments.object("overlap")?)
        })
        .defaults::<AlignmentParams>()
        .get("pairs", |it| it.table("pairs"))
        .get("old_scheme", |it| it.old_scheme().to_owned())
        .get("new_scheme", |it| it.new_scheme().to_owned())
        .get("old_segments", |it| names(it.old_segments()))
        .get("new_segments", |it| names(it.new_segments()))
        .get("unmatched_old", |it| {
            it.unmatched_old()
                .map(|old| old.name.clone())
                .collect::<Vec<_>>()
        })
        .get("unmatched_new", |it| it.table("unmatched_new"))
        .get("segments", |it| Answer::written(&it.segments()))
        .operation("becomes", &["self", "new"], |arguments| {
            let it: &Alignment = arguments.this()?;
            let becomes = it.becomes(state(arguments, "new", it.new_segments())?);
            Ok(becomes.map(|id| name_of(&it.segments(), id)))
        })
        .operation("apply", &["self", "assignments"], |arguments| {
            let it: &Alignment = arguments.this()?;
            it.apply(arguments.object("assignments")?)
        })
        .tables()
        .saved();
}

fn change_split(room: &mut Room<'_>) {
    room.kind::<ChangeSplit>()
        .operation(
            "split",
            &["before", "between", "after", "alignment", "rematched"],
            split,
        )
        .get("total", |it| it.total.clone())
        .get("behaviour", |it| it.behaviour.clone())
        .get("definition", |it| it.definition.clone())
        .get("rematching", |it| it.rematching.clone())
        .get("counts", |it| Answer::written(&it.counts))
        .tables();
    room.kind::<ChangeMatrix>()
        .get("counts", |it| it.counts().clone())
        .get("left", |it| it.left().to_vec())
        .get("entered", |it| it.entered().to_vec())
        .get("outside", ChangeMatrix::outside)
        .get("customers", ChangeMatrix::customers)
        .get("moved", ChangeMatrix::moved)
        .operation("net", &["self", "segment"], |arguments| {
            let it: &ChangeMatrix = arguments.this()?;
            it.net(state(arguments, "segment", it.counts().states())?)
        })
        .tables();
}

fn split(arguments: &mut Arguments<'_>) -> Result<ChangeSplit> {
    let rematched = arguments.optional_flags("rematched")?;
    let mut params = ChangeSplitParams::default();
    if let Some(alignment) = arguments.optional("alignment")? {
        params = params.alignment(alignment);
    }
    if let Some(rematched) = &rematched {
        params = params.rematched(rematched);
    }
    let before: &Assignments = arguments.object("before")?;
    params.split(
        before,
        arguments.object("between")?,
        arguments.object("after")?,
    )
}
