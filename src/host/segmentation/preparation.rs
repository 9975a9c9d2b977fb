//! Columns of different kinds, brought onto one scale.

use super::{super::IntoAnswer, Answer, Arguments, Room, features, matrix, numbers, stated};
use crate::{
    Error, Result,
    segmentation::{Preparation, PreparationParams, Prepared},
};

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<Preparation>()
        .operation("fit", &["features", "params"], |arguments| {
            let params: PreparationParams = arguments.params()?;
            params.fit(features(arguments)?)
        })
        .defaults::<PreparationParams>()
        .operation("apply", &["self", "features"], |arguments| {
            arguments.this::<Preparation>()?.apply(features(arguments)?)
        })
        .operation("restore", &["self", "point", "points"], restore)
        .operation("source_of", &["self", "at"], |arguments| {
            let source = arguments
                .this::<Preparation>()?
                .source_of(arguments.json("at")?);
            Ok(source.map(str::to_owned))
        })
        .get("names", |it| it.names().to_vec())
        .get("own_segment_columns", |it| {
            it.own_segment_columns().to_vec()
        })
        .get("report", |it| Answer::written(it.report()))
        .get("warnings", |it| stated(&it.report().warnings))
        .tables()
        .saved();
    room.kind::<Prepared>()
        .tables()
        .get("features", |it| it.features().clone())
        .get("set_apart", |it| {
            let column = |&column: &u32| (column != u32::MAX).then_some(column);
            it.set_apart()
                .map(|apart| apart.iter().map(column).collect::<Vec<Option<u32>>>())
        })
        .get("set_apart_count", Prepared::set_apart_count);
}

/// Prepared places in the units of the columns: of one `point`, a list, or of `points`, a table
/// with the prepared columns and a row a point.
fn restore(arguments: &mut Arguments<'_>) -> Result<Answer> {
    let preparation: &Preparation = arguments.this()?;
    let Some(table) = arguments.optional_table("points")? else {
        let point = arguments.numbers("point")?;
        return preparation.restore(&point)?.into_answer();
    };
    if !table.names().eq(preparation.names()) {
        let given: Vec<&str> = table.names().collect();
        let expected = format!("the prepared columns: {}", preparation.names().join(", "));
        return Err(Error::parameter("points", given.join(", "), expected));
    }
    let mut points = matrix(table)?;
    for (row, mut point) in points.rows_mut().into_iter().enumerate() {
        let restored = preparation
            .restore(&point.to_vec())
            .map_err(|error| match error {
                Error::InvalidValue { column, reason, .. } => Error::InvalidValue {
                    column,
                    row,
                    reason,
                },
                other => other,
            })?;
        point
            .iter_mut()
            .zip(restored)
            .for_each(|(cell, value)| *cell = value);
    }
    numbers(preparation.names(), points.view()).map(Answer::Table)
}
