//! Money over time: what changed, who makes money, what became of each cohort.

use std::iter;

use chrono::{Datelike, Duration, NaiveDate};

use crate::{
    Error, Result,
    data::{Assignments, SegmentId, Window},
    value::{
        Bridge, BridgeGroup, BridgeLine, BridgeParams, ProfitParams, ProfitState, Profitability,
        Rfm, RfmParams, Summary, SummaryState,
    },
};

use super::segments::RfmSegments;

/// The length of the periods of the bridge where the log is long enough for two of them.
const YEAR: i64 = 365;

/// What changed in money between two periods.
///
/// # Example
///
/// See [`Overview::bridge`](super::Overview::bridge).
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct RevenueBridge {
    /// The earlier period.
    pub opening: Window,
    /// The later one.
    pub closing: Window,
    /// What each customer changed.
    #[serde(skip)]
    pub bridge: Bridge,
    /// All customers together.
    pub total: BridgeLine,
    /// The segments of customers at the end of the earlier period, by the edges of that day unless edges
    /// are given; none if there were none.
    #[serde(skip)]
    pub segments: Option<Assignments>,
    /// By these segments.
    pub by_segment: Vec<BridgeGroup<Option<SegmentId>>>,
}

impl RevenueBridge {
    pub(super) fn new(
        state: &SummaryState,
        summary: &Summary,
        (params, rfm): (&RfmParams, Option<&Rfm>),
        windows: Option<(Window, Window)>,
    ) -> Result<Self> {
        let (opening, closing) = match windows {
            Some(windows) => windows,
            None => periods(summary)?,
        };
        // A part has a day at least.
        let parts = opening.days().min(closing.days()).min(3);
        let bridge = BridgeParams::new(opening, closing)
            .parts(parts)
            .evaluate(state)?;
        // Where nobody had bought yet there were no segments.
        let stood = RfmSegments::new(&state.summary(opening.last())?, params, rfm).ok();
        let by_segment = match &stood {
            Some(stood) => bridge.by_segment(&stood.assignments)?,
            None => Vec::new(),
        };
        Ok(Self {
            opening,
            closing,
            total: bridge.total()?,
            by_segment,
            segments: stood.map(|stood| stood.assignments),
            bridge,
        })
    }
}

/// Two periods of one length, the later one until the day of the summary: a year each, or half of
/// the time since the first purchase where that is less.
fn periods(summary: &Summary) -> Result<(Window, Window)> {
    let as_of = summary.as_of();
    let first = first_purchase(summary).ok_or_else(|| no_purchase(as_of))?;
    let span = (as_of - first).num_days() + 1;
    if span < 2 {
        return Err(Error::Degenerate {
            what: format!("all purchases up to {as_of} are of one day, and it takes two").into(),
        });
    }
    let length = YEAR.min(span / 2);
    // From the first purchase on, so that no day is beyond the calendar.
    let back = |days: i64| as_of - Duration::days(days);
    let period = |later: i64| Window::new(back(later + length - 1), back(later));
    Ok((period(length)?, period(0)?))
}

/// The profits of all rows up to the day; the state knows of days only where it is cut.
pub(super) fn profits(state: &ProfitState) -> Result<Profitability> {
    ProfitParams::default().evaluate(state)
}

/// The day of the first purchase of all.
pub(super) fn first_purchase(summary: &Summary) -> Option<NaiveDate> {
    let customers = summary.customers().numbers();
    customers
        .filter_map(|customer| summary.first_purchase(customer))
        .min()
}

pub(super) fn no_purchase(as_of: NaiveDate) -> Error {
    Error::NotEnoughData {
        what: format!("purchases up to {as_of}").into(),
        needed: 1,
        found: 0,
    }
}

/// The last days of periods of the calendar, from the first purchase to a day, the latest `most` of
/// them; `end_before` gives the last day of the period before that of a day. The period of the day
/// itself counts if the day ends it.
pub(super) fn ends(
    first: NaiveDate,
    as_of: NaiveDate,
    most: usize,
    end_before: fn(NaiveDate) -> Option<NaiveDate>,
) -> Vec<NaiveDate> {
    let last = as_of.succ_opt().and_then(end_before);
    let mut days: Vec<NaiveDate> = iter::successors(last, |day| end_before(*day))
        .take_while(|day| *day >= first)
        .take(most)
        .collect();
    days.reverse();
    days
}

/// The last day of the quarter before that of a day.
pub(super) fn quarter_end_before(day: NaiveDate) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1)?.pred_opt()
}

/// The last day of the month before that of a day.
pub(super) fn month_end_before(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.pred_opt()
}
