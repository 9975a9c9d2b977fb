//! How long the customers of each segment stay.

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::stays::counted;
use crate::{
    Error, Result,
    churn::{Durations, KaplanMeier, LogRankParams, RiskTables, Spells},
    data::{Categories, Segment, day_of_date},
    overview::{
        over_time::{ends, month_end_before},
        segments::RfmSegments,
    },
    value::SummaryState,
};

/// How long the customers of each segment stay, from a day on which they were in it.
///
/// The segments are those of an earlier day, and customers are watched from that day on. By the
/// segments of today the answer would be known before the question: those who left are in the segments
/// of customers who have not bought for long (a landmark analysis: Anderson, Cain, Gelber 1983,
/// doi:10.1200/JCO.1983.1.11.710).
///
/// # Example
///
/// See [`Overview::churn`](crate::overview::Overview::churn).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SegmentStays {
    /// The day from which customers are watched: those who were customers at its end, in the segments of
    /// that day by the edges of today.
    pub from: NaiveDate,
    /// The segments that had customers, in the order of their places.
    pub segments: Vec<SegmentStay>,
    /// The probability of chance differences between the segments as large, if all were alike; none
    /// where there is nothing to compare.
    pub p: Option<f64>,
    /// The level of intervals that was asked for.
    pub level: f64,
}

/// How long the customers of a segment stay.
///
/// # Example
///
/// See [`Overview::churn`](crate::overview::Overview::churn).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SegmentStay {
    /// The segment.
    pub segment: Segment,
    /// Its customers on the day.
    pub customers: u64,
    /// How many of them were lost since.
    pub lost: u64,
    /// When half of them were lost, in days from the day; none where more than half are still there.
    pub median_days: Option<f64>,
    /// Who is still there so many days after the day.
    #[serde(skip)]
    pub curve: KaplanMeier,
}

impl SegmentStays {
    /// Watched for twice the silence after which a customer is lost, where the log is long enough for
    /// that: within once that silence those who had just bought could not be lost.
    pub(super) fn new(
        state: &SummaryState,
        spells: &Spells,
        segments: &RfmSegments,
        (first, silence): (NaiveDate, u32),
        (as_of, level): (NaiveDate, f64),
    ) -> Result<Self> {
        let from = landmark(first, silence, as_of)?;
        let stood = segments.of_summary(&state.summary(from)?)?;
        let (start, known) = (day_of_date(from), day_of_date(as_of));
        let (mut days, mut causes, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for customer in spells.customers().numbers() {
            let Some(spell) = spells.of(customer).find(|spell| spell.holds(start)) else {
                continue;
            };
            let Some(name) = stood.name_of(customer.at()) else {
                continue;
            };
            days.push(f64::from(spell.end.unwrap_or(known)) - f64::from(start));
            causes.push(u16::from(spell.end.is_some()));
            names.push(name);
        }
        let durations = Durations::new(&days, &causes)?;
        let tables = RiskTables::new(&durations, &Categories::new(&names)?)?;
        let mut stays = Vec::new();
        for segment in stood.segments() {
            let mut groups = tables.groups().iter();
            let Some(group) = groups.find(|group| group.name == segment.name) else {
                continue;
            };
            let curve = KaplanMeier::new(&group.table)?;
            let (customers, lost) = counted(&group.table);
            stays.push(SegmentStay {
                segment: segment.clone(),
                customers,
                lost,
                median_days: curve.median().value,
                curve,
            });
        }
        // One segment, or nobody lost, leaves nothing to test.
        let test = LogRankParams::default().test(&tables);
        Ok(Self {
            from,
            segments: stays,
            p: test.ok().map(|test| test.p),
            level,
        })
    }
}

/// The last end of a month that leaves enough time to watch.
fn landmark(first: NaiveDate, silence: u32, as_of: NaiveDate) -> Result<NaiveDate> {
    let back = |days: u32| as_of.checked_sub_days(Days::new(days.into()));
    let end = |day: NaiveDate| ends(first, day, 1, month_end_before).pop();
    let twice = back(silence.saturating_mul(2)).and_then(end);
    let once = || back(silence).and_then(end);
    twice.or_else(once).ok_or_else(|| Error::NotEnoughData {
        what: format!(
            "days from the first purchase to {as_of}, to see who is lost after {silence} days of silence"
        )
        .into(),
        needed: silence as usize + 31,
        found: usize::try_from((as_of - first).num_days()).unwrap_or_default(),
    })
}
