//! Who is active how long after the start, by cohort.

use arrow_array::RecordBatch;

use super::super::Columns;
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    churn::{CohortCurve, CohortCurves, CohortReading, KaplanMeier},
};

/// - `cohorts`, a row each: the first day (`start`), the first day after it (`end`), and `customers`;
/// - `active`, a row a cohort and mark: the `start` of the cohort, the age in `days`, and who was active by
///   each reading: `on_day`, `in_bracket`, `on_or_after`; null where not known in full;
/// - `curves`, a row a cohort and age at which somebody left or was censored: the `start` of the cohort, the age
///   in `days`, customers `at_risk` just before it, the `events` at it, the share still there from it on,
///   `survival`, and its standard error `se`.
impl Tables for CohortCurves {
    const TABLES: &'static [&'static str] = &["cohorts", "active", "curves"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let rows = self.rows();
        match name {
            "cohorts" => Columns::new()
                .dates("start", rows.iter().map(CohortCurve::start))
                .dates("end", rows.iter().map(CohortCurve::end))
                .counts("customers", rows.iter().map(CohortCurve::customers))
                .finish(),
            "active" => active(self),
            "curves" => {
                let curves = || rows.iter().filter_map(|row| Some((row, row.curve()?)));
                let all = |of: fn(&KaplanMeier) -> &[f64]| -> Vec<f64> {
                    curves().flat_map(|(_, curve)| of(curve)).copied().collect()
                };
                let starts = curves()
                    .flat_map(|(row, curve)| curve.times().iter().map(move |_| row.start()));
                Columns::new()
                    .dates("start", starts)
                    .floats("days", all(KaplanMeier::times))
                    .floats("at_risk", all(KaplanMeier::at_risk))
                    .floats("events", all(KaplanMeier::events))
                    .floats("survival", all(KaplanMeier::survival))
                    .floats("se", all(KaplanMeier::se))
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn active(of: &CohortCurves) -> Result<RecordBatch> {
    let marks = of.days();
    let cells = || {
        let rows = of.rows().iter();
        rows.flat_map(|row| {
            marks
                .iter()
                .enumerate()
                .map(move |(at, &days)| (row, at, days))
        })
    };
    let count = |reading: CohortReading| {
        let counts = cells().map(move |(row, at, _)| row.active(reading, at));
        counts.map(|count| count.and_then(|count| i64::try_from(count).ok()))
    };
    Columns::new()
        .dates("start", cells().map(|(row, _, _)| row.start()))
        .counts("days", cells().map(|(_, _, days)| days))
        .ints("on_day", count(CohortReading::OnDay))
        .ints("in_bracket", count(CohortReading::InBracket))
        .ints("on_or_after", count(CohortReading::OnOrAfter))
        .finish()
}
