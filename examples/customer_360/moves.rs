//! How customers move between the RFM segments from quarter to quarter.

use std::fmt;

use custometry::{
    data::{Currency, MinorUnits},
    migration::{Growth, MoneyGrowth, Presence, RiskPath},
    overview,
};
use serde::Serialize;

use crate::{
    common::{
        money::Money,
        tables::{NONE, count, percent, table},
    },
    probability::p_value,
};

/// The most ways that are shown.
const WAYS: usize = 8;

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
    pub(crate) fn new(moves: &overview::Moves, currency: Currency) -> Self {
        let name = |growth: &Growth| growth.state.name.clone();
        let away = moves
            .ways
            .iter()
            .filter(|way| way.to != Presence::In(way.from));
        let stationarity = moves.stationarity.as_ref();
        Self {
            scheme: moves.scheme.clone(),
            quarters: moves.days.iter().map(ToString::to_string).collect(),
            growth: (moves.growth.iter())
                .map(|growth| GrowthOfSegment::new(growth, currency))
                .collect(),
            fastest_growing: moves.fastest_growing.as_ref().map(name),
            fastest_shrinking: moves.fastest_shrinking.as_ref().map(name),
            stationarity_p: stationarity.map(|test| test.p_pearson),
            ways: away.take(WAYS).map(|way| Way::new(way, currency)).collect(),
        }
    }
}

impl GrowthOfSegment {
    fn new(found: &Growth, currency: Currency) -> Self {
        let money = |pick: fn(&MoneyGrowth) -> MinorUnits| {
            let money = found.money.as_ref();
            money.map(|money| Money::new(pick(money), currency))
        };
        Self {
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
    }
}

impl Way {
    fn new(way: &RiskPath, currency: Currency) -> Self {
        Self {
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
        }
    }
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
