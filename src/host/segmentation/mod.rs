//! Operations of `segmentation`.

mod models;
mod preparation;
mod profiles;
mod rules;
mod scheme;
mod validity;

#[cfg(test)]
mod tests;

use std::fmt::Display;

use arrow_array::RecordBatch;
use ndarray::{Array2, ArrayView2};
use serde::Serialize;

use super::{Answer, Arguments, Held, Room, held};
use crate::{
    Result,
    arrow::{Columns, Table},
    data::{Assignments, Features},
    segmentation::{
        Contingency, Dbscan, Dispersion, GaussianMixture, KMeans, KMeansStream, KPrototypes,
        LimitedAssignment, Panel, Placements, Preparation, Prepared, Profiles, RadiusProposal,
        RfmGrid, RuleExplanation, RuleReport, Rules, SegmentExplanation, SegmentProduct,
        Segmentation, Silhouette, Stability, Surrogate, SurrogateExplanation,
    },
};

held!("segmentation":
    Contingency, Dbscan, Dispersion, GaussianMixture, KMeans, KMeansStream, KPrototypes,
    LimitedAssignment, Panel, Placements, Preparation, Prepared, Profiles, RadiusProposal,
    RfmGrid, RuleExplanation, RuleReport, Rules, SegmentExplanation, SegmentProduct,
    Segmentation, Silhouette, Stability, Surrogate, SurrogateExplanation,
);

pub(super) fn register(room: &mut Room<'_>) {
    preparation::register(room);
    models::register(room);
    rules::register(room);
    scheme::register(room);
    validity::register(room);
    profiles::register(room);
}

/// The argument `features`.
fn features<'a>(arguments: &'a Arguments<'_>) -> Result<&'a Features> {
    arguments.object("features")
}

/// The argument `assignments`.
fn assignments<'a>(arguments: &'a Arguments<'_>) -> Result<&'a Assignments> {
    arguments.object("assignments")
}

/// The argument `row`: the number of a row of the features, from 0.
fn row(arguments: &Arguments<'_>) -> Result<usize> {
    arguments.json("row")
}

/// A model that can be asked for the clusters of rows.
fn assign<T: Held, A>(
    arguments: &Arguments<'_>,
    assign: impl Fn(&T, &Features) -> Result<A>,
) -> Result<A> {
    assign(arguments.this()?, features(arguments)?)
}

/// The numbers of a table, its columns in their order.
fn matrix(table: &Table) -> Result<Array2<f64>> {
    let mut matrix = Array2::zeros((table.len(), table.names().len()));
    for (name, mut column) in table.names().zip(matrix.columns_mut()) {
        for (cell, &value) in column.iter_mut().zip(table.column(name)?.f64s()?.iter()) {
            *cell = value;
        }
    }
    Ok(matrix)
}

/// A table of numbers, with a name for each column.
fn numbers(
    names: impl IntoIterator<Item = impl ToString>,
    values: ArrayView2<'_, f64>,
) -> Result<RecordBatch> {
    let columns = names.into_iter().zip(values.columns());
    let table = columns.fold(Columns::new(), |table, (name, column)| {
        table.floats(&name.to_string(), column.to_vec())
    });
    table.finish()
}

/// A case with its name and fields, and what it says in words.
fn stated<'s, S: Serialize + Display + 's>(
    cases: impl IntoIterator<Item = &'s S>,
) -> Result<Answer> {
    let stated = |case: &S| {
        Ok(Answer::record([
            ("case", Answer::written(case)?),
            ("statement", Answer::Text(case.to_string())),
        ]))
    };
    let answers: Result<Vec<Answer>> = cases.into_iter().map(stated).collect();
    answers.map(Answer::List)
}

/// What is written, and more by name.
fn with<const N: usize>(written: &impl Serialize, more: [(&str, Answer); N]) -> Result<Answer> {
    match (Answer::written(written)?, Answer::record(more)) {
        (Answer::Record(mut fields), Answer::Record(more)) => {
            fields.extend(more);
            Ok(Answer::Record(fields))
        }
        (other, _) => Ok(other),
    }
}
