//! Operations of `churn`: chances.

mod evaluation;
mod hazard;
mod logistic;
mod model;
mod scorer;

use ndarray::Array2;

use super::Room;
use crate::{
    Result,
    arrow::Columns,
    churn::LogisticData,
    data::{Features, Shared},
    host::{Answer, Arguments},
};

pub(super) fn register(room: &mut Room<'_>) {
    logistic::register(room);
    hazard::register(room);
    model::register(room);
    evaluation::register(room);
    scorer::register(room);
}

/// The names of the arguments that are the rows of a fit.
macro_rules! takes_rows {
    ($($others:literal),*) => {
        &["features", "left", "offset", "clusters", $($others),*]
    };
}
use takes_rows;

/// The rows of a fit: their features, who left, and what else is known of them.
struct FitRows<'a> {
    features: &'a Features,
    left: Vec<bool>,
    offset: Option<Shared<f64>>,
    clusters: Option<Vec<u32>>,
}

impl<'a> FitRows<'a> {
    fn of(arguments: &'a Arguments<'_>) -> Result<Self> {
        Ok(Self {
            features: arguments.object("features")?,
            left: arguments.flags("left")?,
            offset: arguments.optional_numbers("offset")?,
            clusters: arguments.optional_clusters("clusters")?,
        })
    }

    fn data(&self) -> LogisticData<'_> {
        let mut data = LogisticData::new(self.features, &self.left);
        if let Some(offset) = &self.offset {
            data = data.offset(offset);
        }
        if let Some(clusters) = &self.clusters {
            data = data.clusters(clusters);
        }
        data
    }
}

/// A column of numbers for each name.
fn matrix<S: AsRef<str>>(
    names: impl IntoIterator<Item = S>,
    cells: &Array2<f64>,
) -> Result<Answer> {
    let table = Columns::new().matrix(names, cells.view()).finish();
    table.map(Answer::Table)
}
