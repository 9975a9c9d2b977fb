//! Segmentations, and where they put rows.

use arrow_array::RecordBatch;

use super::{super::Columns, segments};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    data::{Segment, SegmentId},
    segmentation::{Placements, Segmentation},
};

/// `segments`, a row a segment: `id`, its stable number; `segment`, its name; `rows` and `weight` of the
/// fit in it; `cluster`, its number in the model, null for a segment of those who miss a column.
impl Tables for Segmentation {
    const TABLES: &'static [&'static str] = &["segments"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "segments" => {
                let all = self.segments().iter();
                let places = self.places_of_clusters();
                let cluster = |place: usize| {
                    let mut known = places.iter();
                    known
                        .position(|&known| usize::try_from(known).is_ok_and(|known| known == place))
                };
                let clusters = (0..all.len()).map(|place| i64::try_from(cluster(place)?).ok());
                segments(Columns::new(), ["id", "segment"], all.map(Some))
                    .counts("rows", self.sizes().iter().map(|size| size.rows))
                    .floats(
                        "weight",
                        self.sizes().iter().map(|size| size.weight).collect(),
                    )
                    .ints::<Option<i64>>("cluster", clusters)
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `placements`, a row a row of the features: `id` and `segment`, its number and name, null where no
/// segment reaches; `cost`, what the model makes small; `distance`, its root where it is a square;
/// `margin`, what the next best costs more, with its number `runner_up_id` and name `runner_up`;
/// `novel`, whether the row is farther out than the share of novelty allows. Null where there is
/// none.
impl Tables for Placements {
    const TABLES: &'static [&'static str] = &["placements"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "placements" => placements(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn placements(it: &Placements) -> Result<RecordBatch> {
    let assignments = it.assignments();
    let known = assignments.segments();
    let names = || known.iter().map(|segment| segment.name.as_str());
    let place = |segment: &Segment| known.iter().position(|known| known.id == segment.id);
    let number = |id: SegmentId| i64::from(id.0);
    let rows = 0..it.len();
    let runners_up: Vec<Option<&Segment>> = rows.clone().map(|row| it.runner_up(row)).collect();
    Columns::new()
        .ints("id", assignments.iter().map(|id| id.map(number)))
        .named(
            "segment",
            names(),
            rows.clone().map(|row| assignments.place(row)),
        )
        .known("cost", it.costs().iter().copied())
        .known("distance", rows.clone().map(|row| it.distance(row)))
        .known("margin", rows.map(|row| it.margin(row)))
        .ints(
            "runner_up_id",
            runners_up.iter().map(|it| Some(number((*it)?.id))),
        )
        .named(
            "runner_up",
            names(),
            runners_up.iter().map(|it| place((*it)?)),
        )
        .flags("novel", it.novel().iter().copied())
        .finish()
}
