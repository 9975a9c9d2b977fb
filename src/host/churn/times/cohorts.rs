//! Who is active how long after the start, by cohort.

use super::{super::level, date};
use crate::{
    Error, Result,
    arrow::Columns,
    churn::{CohortCurve, CohortCurveParams, CohortCurves, CohortReading, KaplanMeier},
    data::Estimate,
    host::{Answer, Room, held},
};

held!("churn": CohortCurves);

pub(super) fn register(room: &mut Room<'_>) {
    room.kind::<CohortCurves>()
        .operation("evaluate", &["spells", "params"], |arguments| {
            let params: CohortCurveParams = arguments.params()?;
            params.evaluate(arguments.object("spells")?)
        })
        .operation("shares", &["self", "reading", "level"], |arguments| {
            let it: &CohortCurves = arguments.this()?;
            let reading: CohortReading = arguments.optional_json("reading")?.unwrap_or_default();
            let level = level(arguments)?;
            let marks = it.days();
            let mut cells: Vec<(&CohortCurve, u32, Option<Estimate>)> = Vec::new();
            for row in it.rows() {
                for (at, &days) in marks.iter().enumerate() {
                    cells.push((row, days, row.share(reading, at, level)?));
                }
            }
            let shares: Vec<Option<Estimate>> = cells.iter().map(|&(_, _, share)| share).collect();
            Columns::new()
                .dates("start", cells.iter().map(|(row, _, _)| row.start()))
                .counts("days", cells.iter().map(|&(_, days, _)| days))
                .estimates("share", &shares)
                .finish()
        })
        .operation("survival_at", &["self", "age_days", "level"], |arguments| {
            let it: &CohortCurves = arguments.this()?;
            let (age, level) = (arguments.json("age_days")?, level(arguments)?);
            let rows = it.rows().iter();
            let alive = rows.map(|row| row.survival_at(age, level));
            let alive = alive.collect::<Result<Vec<_>>>()?;
            Columns::new()
                .dates("start", it.rows().iter().map(CohortCurve::start))
                .estimates("survival", &alive)
                .finish()
        })
        .operation("curve", &["self", "cohort"], |arguments| {
            let it: &CohortCurves = arguments.this()?;
            let cohort: usize = arguments.json("cohort")?;
            let row = it.rows().get(cohort).ok_or_else(|| {
                let expected = format!("one of {} cohorts, from 0", it.rows().len());
                Error::parameter("cohort", cohort, expected)
            })?;
            Ok(row.curve().cloned() as Option<KaplanMeier>)
        })
        .get("definition", |it| Answer::written(it.definition()))
        .get("known_until", |it| date(it.known_until()))
        .get("days", |it| it.days().to_vec())
        .get("outside", CohortCurves::outside)
        .tables();
    room.function("CohortReading.is_final", &["reading"], |arguments| {
        let reading: CohortReading = arguments.json("reading")?;
        Ok(reading.is_final())
    });
}
