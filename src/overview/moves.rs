//! How customers move between segments.

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    Error, Result,
    data::{Assignments, MinorUnits},
    migration::{ChainTest, ChainTestParams, Flows, Growth, RiskPath, SegmentPanel},
    value::{Summary, SummaryState},
};

use super::{
    over_time::{ends, first_purchase, no_purchase, quarter_end_before},
    segments::{RfmSegments, of_buyers},
};

/// How customers move between segments from day to day.
///
/// # Example
///
/// See [`Overview::migration`](super::Overview::migration).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Moves {
    /// The definition of the segments.
    pub scheme: String,
    /// Where the segments of earlier days come from.
    pub origin: MovesOrigin,
    /// The days, ascending: ends of quarters, or those of earlier segments.
    pub days: Vec<NaiveDate>,
    /// Who went where.
    #[serde(skip)]
    pub flows: Flows,
    /// How each segment grew from the first day to the last.
    pub growth: Vec<Growth>,
    /// The segment that grew most, if any did.
    pub fastest_growing: Option<Growth>,
    /// The segment that shrank most, if any did.
    pub fastest_shrinking: Option<Growth>,
    /// Ways out of each segment, by the money that goes along.
    pub ways: Vec<RiskPath>,
    /// Whether the probabilities of moves are the same in all steps; none where that cannot be told.
    pub stationarity: Option<ChainTest>,
    /// The segment of each customer on the day before the last.
    #[serde(skip)]
    pub before: Assignments,
}

/// Where the segments of earlier days come from.
///
/// # Example
///
/// See [`Overview::migration`](super::Overview::migration).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MovesOrigin {
    /// The transactions, by the edges of today.
    Transactions,
    /// Earlier segments that were given.
    Given,
}

impl Moves {
    /// From the ends of quarters, at most `most` of them, by the segments of today.
    pub(super) fn of_quarters(
        state: &SummaryState,
        summary: &Summary,
        segments: &RfmSegments,
        most: usize,
        level: f64,
    ) -> Result<Self> {
        let as_of = summary.as_of();
        let first = first_purchase(summary).ok_or_else(|| no_purchase(as_of))?;
        let days = ends(first, as_of, most, quarter_end_before);
        if days.len() < 2 {
            return Err(Error::NotEnoughData {
                what: format!("quarters of the calendar that end from {first} to {as_of}").into(),
                needed: 2,
                found: days.len(),
            });
        }
        let snapshot = |day: &NaiveDate| {
            let summary = state.summary(*day)?;
            let segments = of_buyers(&summary, &segments.of_summary(&summary)?)?;
            Ok((total_money(&summary), segments))
        };
        let snapshots = days.iter().map(snapshot).collect::<Result<Vec<_>>>()?;
        let base = match quarter_end_before(days[0]).filter(|day| *day >= first) {
            Some(day) => total_money(&state.summary(day)?),
            None => vec![0; summary.len()],
        };
        let spent = spent(base, &snapshots)?;
        let assigned: Vec<&Assignments> = snapshots.iter().map(|(_, segments)| segments).collect();
        let panel = SegmentPanel::of_assignments(&assigned)?;
        let panel = panel.with_values(summary.currency(), &spent)?;
        Self::new(&panel, &assigned, MovesOrigin::Transactions, level)
    }

    /// From segments that were given, ascending by day, and those of today if they are of one scheme.
    pub(super) fn of_given(
        given: &[Assignments],
        today: Option<&Assignments>,
        level: f64,
    ) -> Result<Self> {
        let mut assigned: Vec<&Assignments> = given.iter().collect();
        assigned.sort_by_key(|of| of.as_of());
        let (Some(first), Some(last)) = (assigned.first(), assigned.last()) else {
            return Err(Error::NotEnoughData {
                what: "earlier segments".into(),
                needed: 1,
                found: 0,
            });
        };
        let (scheme, latest) = (first.scheme(), last.as_of());
        assigned.extend(today.filter(|of| of.scheme() == scheme && of.as_of() > latest));
        if assigned.len() < 2 {
            return Err(Error::VersionMismatch {
                what: "scheme of the earlier segments",
                expected: "that of today (give the edges that made them: OverviewInputs::rfm), or segments \
                           of two earlier days"
                    .into(),
                found: scheme.into(),
            });
        }
        let panel = SegmentPanel::of_assignments(&assigned)?;
        Self::new(&panel, &assigned, MovesOrigin::Given, level)
    }

    fn new(
        panel: &SegmentPanel,
        assigned: &[&Assignments],
        origin: MovesOrigin,
        level: f64,
    ) -> Result<Self> {
        let flows = panel.flows()?;
        let stationarity = ChainTestParams::default().stationarity(&flows.by_step()?);
        let before = assigned[assigned.len() - 2];
        Ok(Self {
            scheme: before.scheme().to_owned(),
            origin,
            days: assigned.iter().map(|of| of.as_of()).collect(),
            growth: flows.growth(),
            fastest_growing: flows.fastest_growing(),
            fastest_shrinking: flows.fastest_shrinking(),
            ways: flows.at_risk(None, level)?,
            stationarity: stationarity.ok(),
            before: before.clone(),
            flows,
        })
    }
}

fn total_money(summary: &Summary) -> Vec<i64> {
    let customers = summary.customers().numbers();
    let money = customers.map(|customer| summary.total_money(customer));
    money
        .map(|money| money.map_or(0, |money| money.0))
        .collect()
}

/// What each customer who is in a segment spent in each period; `before` is what had been spent
/// before the first.
fn spent(mut before: Vec<i64>, snapshots: &[(Vec<i64>, Assignments)]) -> Result<Vec<Vec<i64>>> {
    let mut periods = Vec::with_capacity(snapshots.len());
    for (now, segments) in snapshots {
        let spent = |row: usize| {
            let spent = i128::from(now[row]) - i128::from(before[row]);
            let spent = MinorUnits::from_sum(spent, "one customer in one quarter")?.0;
            Ok(segments.place(row).map_or(0, |_| spent))
        };
        periods.push((0..now.len()).map(spent).collect::<Result<_>>()?);
        before.clone_from(now);
    }
    Ok(periods)
}
