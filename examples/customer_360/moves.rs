//! How customers move between the RFM segments from quarter to quarter.

use std::{fmt, iter};

use chrono::{Datelike, NaiveDate};
use custometry::{
    data::{Assignments, Currency, MinorUnits},
    migration::{ChainTestParams, Flows, Growth, Presence, SegmentPanel},
    value::{SegmentMap, Summary},
};
use serde::Serialize;

use crate::{
    Analysis,
    common::{
        Result,
        money::Money,
        over_time::first_purchase,
        tables::{NONE, count, percent, table},
    },
    probability::p_value,
};

/// The most quarters that are looked at.
const QUARTERS: usize = 8;

/// The most ways that are shown.
const WAYS: usize = 8;

/// How sure intervals are.
const LEVEL: f64 = 0.95;

#[derive(Serialize)]
pub(crate) struct Moves {
    /// The segments are those of today, for all quarters.
    scheme: String,
    quarters: Vec<String>,
    growth: Vec<GrowthOfSegment>,
    fastest_growing: Option<String>,
    fastest_shrinking: Option<String>,
    /// The probability of chance differences of moves as large, if all quarters were alike.
    stationarity_p: Option<f64>,
    /// By the revenue that goes along.
    ways: Vec<Way>,
}

#[derive(Serialize)]
struct GrowthOfSegment {
    segment: String,
    opening: u64,
    born: i64,
    arrived: i64,
    left: i64,
    closing: u64,
    change: i64,
    p: f64,
    /// What customers in the segment spent in the first quarter and in the last.
    revenue_before: Option<Money>,
    revenue_now: Option<Money>,
}

#[derive(Serialize)]
struct Way {
    from: String,
    to: String,
    customers: u64,
    probability: f64,
    lo: f64,
    hi: f64,
    standing: u64,
    /// What customers who stand in the segment spent in the last quarter, times the probability.
    revenue_moving: Option<Money>,
}

impl Moves {
    pub(crate) fn new(analysis: &Analysis<'_>, as_of: NaiveDate) -> Result<Self> {
        let Some(first) = first_purchase(analysis.log) else {
            return Err("there are no purchases".into());
        };
        let days = quarter_ends(first, as_of);
        if days.len() < 2 {
            return Err(format!(
                "from {first} to {as_of} fewer than two quarters of the calendar come to an end"
            )
            .into());
        }
        let map = SegmentMap::standard(analysis.rfm.bins())?;
        let snapshot = |day: &NaiveDate| {
            let summary = analysis.state.summary(*day)?;
            let segments = analysis.rfm.score(&summary)?.assign(&map)?;
            let segments = buyers(&summary, &segments)?;
            Ok((summary, segments))
        };
        let snapshots = days.iter().map(snapshot).collect::<Result<Vec<_>>>()?;
        let currency = analysis.summary.currency();
        let assigned: Vec<&Assignments> = snapshots.iter().map(|(_, segments)| segments).collect();
        let base = match quarter_end_before(days[0]).filter(|day| *day >= first) {
            Some(day) => Some(analysis.state.summary(day)?),
            None => None,
        };
        let flows = SegmentPanel::of_assignments(&assigned)?
            .with_values(currency, &spent(base.as_ref(), &snapshots))?
            .flows()?;
        let name = |growth: Growth| growth.state.name;
        let stationarity = ChainTestParams::default().stationarity(&flows.by_step()?);
        Ok(Self {
            scheme: analysis.segments.scheme().to_owned(),
            quarters: days.iter().map(ToString::to_string).collect(),
            growth: growth(&flows, currency),
            fastest_growing: flows.fastest_growing().map(name),
            fastest_shrinking: flows.fastest_shrinking().map(name),
            stationarity_p: stationarity.ok().map(|test| test.p_pearson),
            ways: ways(&flows, currency)?,
        })
    }
}

/// The last days of quarters, from the first purchase to a day; of many, the last ones.
fn quarter_ends(first: NaiveDate, as_of: NaiveDate) -> Vec<NaiveDate> {
    // The quarter of the day itself counts if the day ends it.
    let last = as_of.succ_opt().and_then(quarter_end_before);
    let mut days: Vec<NaiveDate> = iter::successors(last, |day| quarter_end_before(*day))
        .take_while(|day| *day >= first)
        .take(QUARTERS)
        .collect();
    days.reverse();
    days
}

/// The last day of the quarter before that of a day.
fn quarter_end_before(day: NaiveDate) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1)?.pred_opt()
}

/// Customers who have not bought yet are outside.
fn buyers(summary: &Summary, segments: &Assignments) -> Result<Assignments> {
    let customers = summary.customers().numbers();
    let rows = customers.map(|customer| {
        summary.days_since_last(customer)?;
        let place = segments.place(customer.at())?;
        Some(segments.segments()[place].id)
    });
    Ok(Assignments::new(
        segments.scheme(),
        segments.as_of(),
        segments.segments().to_vec(),
        rows.collect(),
    )?)
}

/// What each customer who is in a segment spent in each quarter; `base` is the summary of the day
/// before the first quarter, if anything was bought by then.
fn spent(base: Option<&Summary>, snapshots: &[(Summary, Assignments)]) -> Vec<Vec<i64>> {
    let total = |summary: &Summary| -> Vec<i64> {
        let customers = summary.customers().numbers();
        let money = customers.map(|customer| summary.total_money(customer));
        money
            .map(|money| money.map_or(0, |money| money.0))
            .collect()
    };
    let mut before = base.map(total);
    let mut quarters = Vec::with_capacity(snapshots.len());
    for (summary, segments) in snapshots {
        let now = total(summary);
        let spent = |row: usize| {
            let before = before.as_ref().map_or(0, |before| before[row]);
            segments.place(row).map_or(0, |_| now[row] - before)
        };
        quarters.push((0..now.len()).map(spent).collect());
        before = Some(now);
    }
    quarters
}

fn growth(flows: &Flows, currency: Currency) -> Vec<GrowthOfSegment> {
    let of = |found: &Growth| {
        let money = |pick: fn(&custometry::migration::MoneyGrowth) -> MinorUnits| {
            found
                .money
                .as_ref()
                .map(|money| Money::new(pick(money), currency))
        };
        GrowthOfSegment {
            segment: found.state.name.clone(),
            opening: found.opening,
            born: found.parts.born,
            arrived: found.parts.arrived,
            left: found.parts.left,
            closing: found.closing,
            change: found.change,
            p: found.p,
            revenue_before: money(|money| money.opening),
            revenue_now: money(|money| money.closing),
        }
    };
    flows.growth().iter().map(of).collect()
}

fn ways(flows: &Flows, currency: Currency) -> Result<Vec<Way>> {
    let ways = flows.at_risk(None, LEVEL)?;
    let away = ways.iter().filter(|way| way.to != Presence::In(way.from));
    let way = |way: &custometry::migration::RiskPath| Way {
        from: way.from_name.clone(),
        to: way.to_name.clone(),
        customers: way.customers,
        probability: way.probability.value,
        lo: way.probability.lo,
        hi: way.probability.hi,
        standing: way.standing,
        revenue_moving: way.money_at_risk.map(|minor| {
            #[expect(clippy::cast_possible_truncation, reason = "a share of an amount")]
            Money::new(MinorUnits(minor.round() as i64), currency)
        }),
    };
    Ok(away.take(WAYS).map(way).collect())
}

impl fmt::Display for Moves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = [
            "Segment",
            "Opening",
            "New",
            "From others",
            "To others",
            "Closing",
            "Change",
            "p",
            "Revenue before",
            "Revenue now",
        ];
        let money = |money: Option<Money>| money.map_or_else(|| NONE.into(), |it| it.to_string());
        let anybody = |row: &&GrowthOfSegment| row.opening > 0 || row.closing > 0 || row.left < 0;
        let rows = self.growth.iter().filter(anybody).map(|row| {
            [
                row.segment.clone(),
                count(row.opening),
                count(row.born),
                count(row.arrived),
                count(row.left),
                count(row.closing),
                count(row.change),
                p_value(row.p),
                money(row.revenue_before),
                money(row.revenue_now),
            ]
        });
        writeln!(
            f,
            "By the segments of today, from the quarter up to {} to the one up to {}:",
            self.quarters.first().map_or("", String::as_str),
            self.quarters.last().map_or("", String::as_str)
        )?;
        writeln!(f, "{}", table(headers, 1, rows))?;
        let named = |name: &Option<String>| name.clone().unwrap_or_else(|| "none".into());
        writeln!(
            f,
            "Fastest growing: {}. Fastest shrinking: {}.",
            named(&self.fastest_growing),
            named(&self.fastest_shrinking)
        )?;
        if let Some(p) = self.stationarity_p {
            let differ = if p < 0.05 {
                "differ from"
            } else {
                "may be the same in"
            };
            let p = p_value(p);
            writeln!(
                f,
                "The probabilities of moves {differ} quarter to quarter (p {p})."
            )?;
        }
        let headers = [
            "From",
            "To",
            "Went",
            "Probability",
            "In it now",
            "Revenue that goes along",
        ];
        let rows = self.ways.iter().map(|way| {
            [
                way.from.clone(),
                way.to.clone(),
                count(way.customers),
                format!(
                    "{} ({:.0}-{:.0})",
                    percent(Some(way.probability)),
                    100.0 * way.lo,
                    100.0 * way.hi
                ),
                count(way.standing),
                money(way.revenue_moving),
            ]
        });
        writeln!(f, "{}", table(headers, 2, rows))
    }
}
