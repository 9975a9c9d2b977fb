//! What lies between the money of one period and that of the next.

use std::fmt;

use chrono::NaiveDate;
use custometry::{
    data::{self, Currency, SegmentId, Window},
    value::{self, BridgeCounts, BridgeGroup, BridgeLine, Change, Measure, Movement},
};
use serde::Serialize;

use super::{
    Result,
    money::Money,
    tables::{self, count, or_none, percent, table},
};

/// How many customers are listed on either side.
const LISTED: usize = 10;

#[derive(Serialize)]
pub(crate) struct Bridge {
    opening_period: Days,
    closing_period: Days,
    measure: Measure,
    #[serde(flatten)]
    total: Line,
    customers: BridgeCounts,
    /// Of the money of the opening period; none where that is not above 0.
    net_retention: Option<f64>,
    gross_retention: Option<f64>,
    /// By the segments as they stood at the end of the opening period.
    #[serde(skip_serializing_if = "Option::is_none")]
    segments: Option<Vec<Segment>>,
    gaining: Vec<Customer>,
    declining: Vec<Customer>,
    #[serde(skip)]
    currency: Currency,
}

#[derive(Clone, Copy, Serialize)]
struct Days {
    first: NaiveDate,
    last: NaiveDate,
}

/// From the opening money to the closing one.
#[derive(Serialize)]
pub(crate) struct Line {
    opening: Money,
    new: Money,
    reactivated: Money,
    expansion: Money,
    contraction: Money,
    lost: Money,
    closing: Money,
}

#[derive(Serialize)]
struct Segment {
    name: String,
    #[serde(flatten)]
    line: Line,
}

#[derive(Serialize)]
struct Customer {
    key: String,
    #[serde(flatten)]
    moved: Moved,
}

/// What a customer changed.
#[derive(Serialize)]
pub(crate) struct Moved {
    pub(crate) opening: Money,
    pub(crate) closing: Money,
    change: Money,
    movement: Movement,
    persistence: f64,
}

/// The money by segment, and the segments.
pub(crate) type BySegment<'a> = (&'a [BridgeGroup<Option<SegmentId>>], &'a [data::Segment]);

impl Line {
    pub(crate) fn new(line: &BridgeLine, currency: Currency) -> Self {
        let money = |minor| Money::new(minor, currency);
        Self {
            opening: money(line.opening),
            new: money(line.new),
            reactivated: money(line.reactivated),
            expansion: money(line.expansion),
            contraction: money(line.contraction),
            lost: money(line.lost),
            closing: money(line.closing),
        }
    }

    /// Whether any money is in it.
    fn any(&self) -> bool {
        let parts = [self.new, self.reactivated, self.expansion, self.contraction];
        let ends = [self.opening, self.lost, self.closing];
        parts.iter().chain(&ends).any(|money| money.minor.0 != 0)
    }
}

impl Moved {
    pub(crate) fn new(change: &Change, currency: Currency) -> Self {
        Self {
            opening: Money::new(change.opening, currency),
            closing: Money::new(change.closing, currency),
            change: Money::new(change.change, currency),
            movement: change.movement,
            persistence: change.persistence,
        }
    }
}

impl Bridge {
    /// From one period to the next; with the segments of the customers, by those as well.
    pub(crate) fn new(
        bridge: &value::Bridge,
        opening: Window,
        closing: Window,
        segments: Option<BySegment<'_>>,
    ) -> Result<Self> {
        let total = bridge.total()?;
        let currency = bridge.currency();
        let segments = segments.map(|(groups, segments)| {
            let name = |id| {
                let mut all = segments.iter();
                or_none(all.find(|segment| Some(segment.id) == id).map(|s| &s.name))
            };
            let segment = |group: &BridgeGroup<_>| Segment {
                name: name(group.group),
                line: Line::new(&group.line, currency),
            };
            groups.iter().map(segment).collect()
        });
        let customer = |change: &Change| Customer {
            key: or_none(bridge.customers().key(change.who)),
            moved: Moved::new(change, currency),
        };
        let days = |window: Window| Days {
            first: window.first(),
            last: window.last(),
        };
        Ok(Self {
            opening_period: days(opening),
            closing_period: days(closing),
            measure: bridge.measure(),
            total: Line::new(&total, currency),
            net_retention: total.net_retention(),
            gross_retention: total.gross_retention(),
            customers: total.customers,
            segments,
            gaining: bridge.gaining(LISTED).iter().map(customer).collect(),
            declining: bridge.declining(LISTED).iter().map(customer).collect(),
            currency,
        })
    }

    /// The segments with money in them, if customers were put into segments.
    fn show_segments(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moved = self.segments.iter().flatten();
        let mut moved = moved.filter(|segment| segment.line.any()).peekable();
        if moved.peek().is_none() {
            return Ok(());
        }
        let as_of = self.opening_period.last;
        writeln!(f, "By the segments as they stood on {as_of}:")?;
        let rows = moved.map(|segment| {
            let line = &segment.line;
            [
                segment.name.clone(),
                line.opening.to_string(),
                line.new.to_string(),
                line.reactivated.to_string(),
                line.expansion.to_string(),
                line.contraction.to_string(),
                line.lost.to_string(),
                line.closing.to_string(),
            ]
        });
        let headers = [
            "Segment",
            "Opening",
            "New",
            "Reactivated",
            "Expansion",
            "Contraction",
            "Lost",
            "Closing",
        ];
        writeln!(f, "{}", table(headers, 1, rows))
    }

    /// The customers of one side.
    fn list(&self, f: &mut fmt::Formatter<'_>, side: &[Customer], what: &str) -> fmt::Result {
        if side.is_empty() {
            return writeln!(f, "Nobody brought {what}.");
        }
        writeln!(f, "Who brought {what}, and whether it lasts:")?;
        let change = format!("Change, {}", self.currency.code());
        let headers = [
            "Customer",
            "Movement",
            "Opening",
            "Closing",
            &change,
            "Persistence",
        ];
        let rows = side.iter().map(|Customer { key, moved }| {
            [
                tables::printable(key),
                name_of(moved.movement).to_owned(),
                moved.opening.to_string(),
                moved.closing.to_string(),
                moved.change.to_string(),
                format!("{:.2}", moved.persistence),
            ]
        });
        writeln!(f, "{}", table(headers, 2, rows))
    }
}

fn name_of(movement: Movement) -> &'static str {
    match movement {
        Movement::New => "new",
        Movement::Reactivated => "reactivated",
        Movement::Expansion => "expansion",
        Movement::Contraction => "contraction",
        Movement::Lost => "lost",
        _ => "unchanged",
    }
}

impl fmt::Display for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (total, customers) = (&self.total, &self.customers);
        let period = |name: &str, days: Days| format!("{name}, {} to {}", days.first, days.last);
        let row = |label: &str, customers: u64, money: Option<Money>| {
            let share = money.and_then(|money| money.share_of(total.opening));
            [
                label.to_owned(),
                count(customers),
                or_none(money),
                percent(share),
            ]
        };
        let (opening, closing) = (
            period("Opening", self.opening_period),
            period("Closing", self.closing_period),
        );
        let rows = [
            row(&opening, customers.opening, Some(total.opening)),
            row("  new", customers.new, Some(total.new)),
            row(
                "  reactivated",
                customers.reactivated,
                Some(total.reactivated),
            ),
            row("  expansion", customers.expansion, Some(total.expansion)),
            row(
                "  contraction",
                customers.contraction,
                Some(total.contraction),
            ),
            row("  unchanged", customers.unchanged, None),
            row("  lost", customers.lost, Some(total.lost)),
            row(&closing, customers.closing, Some(total.closing)),
        ];
        let money = format!("Revenue, {}", self.currency.code());
        let headers = ["", "Customers", &money, "Of the opening"];
        writeln!(f, "{}", table(headers, 1, rows))?;
        match (self.net_retention, self.gross_retention) {
            (None, _) | (_, None) => writeln!(
                f,
                "Retention cannot be told: the revenue of the opening period is not above 0."
            )?,
            (net, gross) => writeln!(
                f,
                "Net retention {} of the revenue of the opening period; gross retention, without \
                 the gains, {}.",
                percent(net),
                percent(gross)
            )?,
        }
        self.show_segments(f)?;
        self.list(f, &self.gaining, "more")?;
        self.list(f, &self.declining, "less")
    }
}
