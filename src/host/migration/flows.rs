//! Flows.

use super::{
    super::{Answer, Arguments, IntoAnswer, Room, held},
    counts::with_states,
    panel::with_keys,
    states::{Told, period, states_named, told},
};
use crate::{
    Result,
    arrow::migration::{Tell, flows_key, in_units, moves, stocks},
    data::SegmentId,
    migration::{FlowState, Flows, Ladder, Mix, Sankey},
};

held!("migration": FlowState, Flows);
told!(Ladder, Mix, Sankey);

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<FlowState>()
        .operation("new", &["panel"], |arguments| {
            FlowState::new(arguments.object("panel")?)
        })
        .operation("of_snapshots", &["snapshots", "keys"], |arguments| {
            with_keys(arguments, FlowState::of_snapshots)
        })
        .operation("by_cohort", &["panel"], |arguments| {
            Ok(Answer::objects(FlowState::by_cohort(
                arguments.object("panel")?,
            )?))
        })
        .get("flows", FlowState::flows)
        .merged()
        .saved();
    flows(room);
    room.kind::<Told<Sankey>>().tables();
    room.kind::<Told<Ladder>>().tables();
    mix(room);
}

fn flows(room: &mut Room<'_>) {
    let kind = room
        .kind::<Flows>()
        .get("state", |it| it.state().clone())
        .get("periods", |it| it.periods().to_vec())
        .get("currency", |it| Answer::written(&it.currency()))
        .get("steps", Flows::steps)
        .operation("of_step", &["self", "step"], |arguments| {
            arguments.this::<Flows>()?.of_step(arguments.json("step")?)
        })
        .get("by_step", |it| Ok(Answer::objects(it.by_step()?)))
        .get("by_step_with_outside", |it| {
            Ok(Answer::objects(it.by_step_with_outside()?))
        })
        .get("pooled", Flows::pooled)
        .operation("moves", &["self", "step"], |arguments| {
            let step: usize = arguments.json("step")?;
            moves(arguments.this()?, step..step.saturating_add(1))
        })
        .operation("stock", &["self", "period"], |arguments| {
            let it: &Flows = arguments.this()?;
            let at = period(arguments, "period", it.periods())?;
            stocks(it, at..at.saturating_add(1))
        })
        .operation("at_risk", &["self", "scale", "level"], |arguments| {
            let it: &Flows = arguments.this()?;
            let paths = it.at_risk(scale(arguments, it)?.as_deref(), arguments.json("level")?)?;
            paths[..].tell("paths", flows_key(it))
        })
        .get("balance", |it| {
            it.balance()[..].tell("balance", flows_key(it))
        })
        .get("total_balance", |it| {
            it.total_balance()[..].tell("balance", flows_key(it))
        })
        .get("growth", |it| it.growth()[..].tell("growth", flows_key(it)))
        .operation("growth_between", &["self", "first", "last"], |arguments| {
            let it: &Flows = arguments.this()?;
            let (first, last) = first_last(arguments, it)?;
            it.growth_between(first, last)?[..].tell("growth", flows_key(it))
        })
        .get("fastest_growing", |it| {
            it.fastest_growing().map(|growth| growth.state.name)
        })
        .get("fastest_shrinking", |it| {
            it.fastest_shrinking().map(|growth| growth.state.name)
        })
        .operation("ladder", &["self", "scale"], |arguments| {
            let it: &Flows = arguments.this()?;
            let scale = states_named(arguments, "scale", it.states())?;
            Ok(Told::new(it.ladder(&scale)?, flows_key(it)))
        })
        .operation("mix", &["self", "first", "last"], |arguments| {
            let it: &Flows = arguments.this()?;
            let (first, last) = first_last(arguments, it)?;
            Ok(Told::new(it.mix(first, last)?, flows_key(it)))
        })
        .get("sankey", |it| Told::new(it.sankey(), flows_key(it)))
        .tables();
    with_states(kind, Flows::states);
}

/// Money per customer and its change, in units of the currency.
fn mix(room: &mut Room<'_>) {
    type Part = fn(&Mix) -> f64;
    let parts: [(&str, Part); 5] = [
        ("opening", |mix| mix.opening),
        ("closing", |mix| mix.closing),
        ("mix", |mix| mix.mix),
        ("within", |mix| mix.within),
        ("volume", |mix| mix.volume),
    ];
    let kind = room.kind::<Told<Mix>>().tables();
    parts.into_iter().fold(kind, |kind, (name, part)| {
        kind.get(name, move |told| {
            let minor = part(&told.it);
            told.currency()
                .map(|currency| in_units(minor, currency))
                .into_answer()
        })
    });
}

fn scale(arguments: &Arguments<'_>, flows: &Flows) -> Result<Option<Vec<SegmentId>>> {
    match arguments.optional_json::<Vec<String>>("scale")? {
        Some(_) => states_named(arguments, "scale", flows.states()).map(Some),
        None => Ok(None),
    }
}

fn first_last(arguments: &Arguments<'_>, flows: &Flows) -> Result<(usize, usize)> {
    Ok((
        period(arguments, "first", flows.periods())?,
        period(arguments, "last", flows.periods())?,
    ))
}
