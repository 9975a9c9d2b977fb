//! Cohorts, and the bridge between two periods.

use arrow_array::RecordBatch;

use crate::{
    Result,
    arrow::Columns,
    data::{Assignments, Currency, MinorUnits, SegmentId},
    host::{Answer, IntoAnswer, Room},
    value::{
        Bridge, BridgeGroup, BridgeLine, BridgeParams, Change, CohortParams, CohortPeriod, Cohorts,
        LabelledState, SummaryState,
    },
};

pub(super) fn register(room: &mut Room<'_>) {
    cohorts(room);
    bridge(room);
}

fn cohorts(room: &mut Room<'_>) {
    room.function("CohortPeriod.start", &["period", "day"], |arguments| {
        let period: CohortPeriod = arguments.json("period")?;
        Ok(period.start(arguments.date("day")?))
    });
    room.function("CohortPeriod.next", &["period", "day"], |arguments| {
        let period: CohortPeriod = arguments.json("period")?;
        Ok(period.next(arguments.date("day")?))
    });
    room.kind::<Cohorts>()
        .operation("evaluate", &["state", "params"], |arguments| {
            arguments
                .params::<CohortParams>()?
                .evaluate(arguments.object("state")?)
        })
        .operation(
            "evaluate_segments",
            &["state", "segments", "params"],
            |arguments| {
                let params: CohortParams = arguments.params()?;
                let state: &SummaryState = arguments.object("state")?;
                let segments: &Assignments = arguments.object("segments")?;
                let parts = params.evaluate_segments(state, segments)?;
                let part = |(id, cohorts): (Option<SegmentId>, Cohorts)| {
                    Answer::record([
                        ("id", id_answer(id)),
                        ("segment", name_answer(segments, id)),
                        ("cohorts", super::object(cohorts)),
                    ])
                };
                Ok(Answer::List(parts.into_iter().map(part).collect()))
            },
        )
        .get("period", |it| Answer::written(&it.period()))
        .get("as_of", Cohorts::as_of)
        .get("currency", |it| Answer::written(&it.currency()))
        .get("measure", |it| Answer::written(&it.measure()))
        .get("outside", |it| Answer::money(it.outside(), it.currency()))
        .get("statement", Cohorts::statement)
        .tables();
}

fn bridge(room: &mut Room<'_>) {
    room.kind::<Bridge>()
        .operation("evaluate", &["state", "params"], |arguments| {
            arguments
                .params::<BridgeParams>()?
                .evaluate(arguments.object("state")?)
        })
        .operation("evaluate_labels", &["state", "params"], |arguments| {
            let state: &LabelledState = arguments.object("state")?;
            let groups = arguments.params::<BridgeParams>()?.evaluate_labels(state)?;
            let labels = groups.iter().map(|group| group.group.as_deref());
            let columns = Columns::new().known_texts("label", labels);
            bridge_groups(columns, &groups, state.currency())
        })
        .get("currency", |it| Answer::written(&it.currency()))
        .get("measure", |it| Answer::written(&it.measure()))
        .get("customers", |it| it.customers().clone())
        .get("total", |it| Ok(line(&it.total()?, it.currency())))
        .operation("by_segment", &["self", "segments"], |arguments| {
            let it: &Bridge = arguments.this()?;
            let segments: &Assignments = arguments.object("segments")?;
            let groups = it.by_segment(segments)?;
            let ids: Vec<_> = groups.iter().map(|group| group.group).collect();
            bridge_groups(segment_columns(segments, &ids), &groups, it.currency())
        })
        .operation("gaining", &["self", "count"], |arguments| {
            let it: &Bridge = arguments.this()?;
            changes(it, &it.gaining(arguments.json("count")?))
        })
        .operation("declining", &["self", "count"], |arguments| {
            let it: &Bridge = arguments.this()?;
            changes(it, &it.declining(arguments.json("count")?))
        })
        .tables();
}

/// The steps from the opening period to the closing one: money, customers, and what was retained.
pub(in crate::host) fn line(line: &BridgeLine, currency: Currency) -> Result<Answer> {
    let money = |minor: MinorUnits| Answer::money(minor, currency);
    Ok(Answer::record([
        ("opening", money(line.opening)),
        ("new", money(line.new)),
        ("reactivated", money(line.reactivated)),
        ("expansion", money(line.expansion)),
        ("contraction", money(line.contraction)),
        ("lost", money(line.lost)),
        ("closing", money(line.closing)),
        ("change", money(line.change())),
        ("net_retention", line.net_retention().into_answer()?),
        ("gross_retention", line.gross_retention().into_answer()?),
        ("customers", Answer::written(&line.customers)?),
    ]))
}

/// Groups, a row each: the money and the customers of each step, and what was retained.
pub(in crate::host) fn bridge_groups<K>(
    columns: Columns,
    groups: &[BridgeGroup<K>],
    currency: Currency,
) -> Result<RecordBatch> {
    let money = |of: fn(&BridgeLine) -> MinorUnits| groups.iter().map(move |it| of(&it.line));
    let counts = |of: fn(&BridgeLine) -> u64| groups.iter().map(move |it| of(&it.line));
    let shares = |of: fn(&BridgeLine) -> Option<f64>| groups.iter().map(move |it| of(&it.line));
    columns
        .money("opening", currency, money(|it| it.opening))
        .money("new", currency, money(|it| it.new))
        .money("reactivated", currency, money(|it| it.reactivated))
        .money("expansion", currency, money(|it| it.expansion))
        .money("contraction", currency, money(|it| it.contraction))
        .money("lost", currency, money(|it| it.lost))
        .money("closing", currency, money(|it| it.closing))
        .money("change", currency, money(BridgeLine::change))
        .known("net_retention", shares(BridgeLine::net_retention))
        .known("gross_retention", shares(BridgeLine::gross_retention))
        .known("persistence", groups.iter().map(|it| it.persistence))
        .counts("opening_customers", counts(|it| it.customers.opening))
        .counts("new_customers", counts(|it| it.customers.new))
        .counts(
            "reactivated_customers",
            counts(|it| it.customers.reactivated),
        )
        .counts("expansion_customers", counts(|it| it.customers.expansion))
        .counts(
            "contraction_customers",
            counts(|it| it.customers.contraction),
        )
        .counts("unchanged_customers", counts(|it| it.customers.unchanged))
        .counts("lost_customers", counts(|it| it.customers.lost))
        .counts("closing_customers", counts(|it| it.customers.closing))
        .finish()
}

fn changes(it: &Bridge, changes: &[Change]) -> Result<RecordBatch> {
    let keys = changes
        .iter()
        .filter_map(|change| it.customers().key(change.who));
    let money = |of: fn(&Change) -> MinorUnits| changes.iter().map(of);
    let currency = it.currency();
    Columns::new()
        .some_keys("customer", keys)
        .texts(
            "movement",
            changes.iter().map(|change| change.movement.name()),
        )
        .money("opening", currency, money(|change| change.opening))
        .money("closing", currency, money(|change| change.closing))
        .money("change", currency, money(|change| change.change))
        .known("persistence", changes.iter().map(|it| it.persistence))
        .finish()
}

/// The start of a table with a row a segment: its number and name, null for those without one.
pub(in crate::host) fn segment_columns(
    segments: &Assignments,
    ids: &[Option<SegmentId>],
) -> Columns {
    Columns::new()
        .ints("id", ids.iter().map(|id| id.map(|id| i64::from(id.0))))
        .known_texts("segment", ids.iter().map(|id| name_of(segments, *id)))
}

fn name_of(segments: &Assignments, id: Option<SegmentId>) -> Option<&str> {
    let found = segments.segments().iter().find(|it| Some(it.id) == id)?;
    Some(&found.name)
}

fn name_answer(segments: &Assignments, id: Option<SegmentId>) -> Answer {
    name_of(segments, id).map_or(Answer::Nothing, |name| Answer::Text(name.to_owned()))
}

fn id_answer(id: Option<SegmentId>) -> Answer {
    id.map_or(Answer::Nothing, |id| Answer::Int(id.0.into()))
}
