//! The base in a page.

use std::fmt;

use chrono::NaiveDate;
use custometry::{
    data::{Currency, Estimate},
    overview::{Absence, ContactCounts, Gate, GateVerdict, OverviewSummary, SegmentGrowth},
};
use serde::Serialize;

use crate::common::{
    bridge::Line,
    money::Money,
    tables::{count, or_none, percent, table},
};

/// The summary of the library, its money in units of currency.
#[derive(Serialize)]
pub(crate) struct Summary {
    as_of: NaiveDate,
    currency: String,
    known: usize,
    customers: Option<usize>,
    active: Option<usize>,
    lost: Option<usize>,
    new: Option<u64>,
    gone: Option<u64>,
    revenue: Option<Money>,
    repeat_rate: Option<f64>,
    periods: Option<[NaiveDate; 4]>,
    bridge: Option<Line>,
    /// The closing money of the bridge less the opening.
    bridge_change: Option<Money>,
    gini: Option<f64>,
    top_decile_share: Option<f64>,
    monthly_churn: Option<Estimate>,
    churn_month: Option<[NaiveDate; 2]>,
    expected_quiet: Option<f64>,
    worth: Option<f64>,
    worth_interval: Option<Estimate>,
    fastest_growing: Option<SegmentGrowth>,
    fastest_shrinking: Option<SegmentGrowth>,
    contact: ContactCounts,
    gates: Vec<Gate>,
    absent: Vec<Absent>,
}

/// A chapter that is not there.
#[derive(Serialize)]
struct Absent {
    chapter: &'static str,
    #[serde(flatten)]
    why: Absence,
}

impl Summary {
    pub(crate) fn new(of: OverviewSummary, currency: Currency) -> Self {
        let money = |minor| Money::new(minor, currency);
        let bridge = of.bridge.as_ref();
        let absent = of.absent.into_iter();
        Self {
            as_of: of.as_of,
            currency: currency.code().to_owned(),
            known: of.known,
            customers: of.customers,
            active: of.active,
            lost: of.lost,
            new: of.new,
            gone: of.gone,
            revenue: of.revenue.map(money),
            repeat_rate: of.repeat_rate,
            periods: of.periods,
            bridge_change: bridge.map(|bridge| money(bridge.change())),
            bridge: bridge.map(|bridge| Line::new(bridge, currency)),
            gini: of.gini,
            top_decile_share: of.top_decile_share,
            monthly_churn: of.monthly_churn,
            churn_month: of.churn_month,
            expected_quiet: of.expected_quiet,
            worth: of.worth,
            worth_interval: of.worth_interval,
            fastest_growing: of.fastest_growing,
            fastest_shrinking: of.fastest_shrinking,
            contact: of.contact,
            gates: of.gates,
            absent: absent
                .map(|(chapter, why)| Absent { chapter, why })
                .collect(),
        }
    }

    fn rows(&self) -> Vec<[String; 2]> {
        let currency = &self.currency;
        let row = |label: String, value: String| [label, value];
        let interval = |of: &Estimate, show: fn(f64) -> String| {
            format!("{} ({} to {})", show(of.value), show(of.lo), show(of.hi))
        };
        let share = |share: f64| percent(Some(share));
        let whole = |amount: f64| count(format!("{amount:.0}"));
        let grown = |of: &SegmentGrowth| {
            let (opening, closing) = (count(of.opening), count(of.closing));
            format!("{}, {opening} to {closing}", of.segment)
        };
        let [_, _, first, last] = self.periods.map_or([None; 4], |days| days.map(Some));
        let closing = format!("{} to {}", or_none(first), or_none(last));
        let month = or_none(self.churn_month.map(|[_, last]| last));
        vec![
            row(
                "Customers with a purchase".into(),
                or_none(self.customers.map(count)),
            ),
            row("  active".into(), or_none(self.active.map(count))),
            row("  lost".into(), or_none(self.lost.map(count))),
            row(format!("New, {closing}"), or_none(self.new.map(count))),
            row(
                format!("Revenue, net of refunds, {currency}"),
                or_none(self.revenue),
            ),
            row(
                "  change from the period before".into(),
                or_none(self.bridge_change),
            ),
            row(
                "  share of the best tenth of the customers".into(),
                percent(self.top_decile_share),
            ),
            row(
                format!("Churn of the month up to {month}"),
                or_none(self.monthly_churn.map(|of| interval(&of, share))),
            ),
            row(
                "Fastest growing segment".into(),
                or_none(self.fastest_growing.as_ref().map(grown)),
            ),
            row(
                "Fastest shrinking segment".into(),
                or_none(self.fastest_shrinking.as_ref().map(grown)),
            ),
            row(
                format!("Worth of all, {currency}"),
                match &self.worth_interval {
                    Some(of) => interval(of, whole),
                    None => or_none(self.worth.map(whole)),
                },
            ),
        ]
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The base in short, up to {}", self.as_of)?;
        writeln!(f, "{}", table(["", ""], 1, self.rows()))?;
        let failed = |gate: &&Gate| gate.verdict == GateVerdict::Failed;
        let failed: Vec<&Gate> = self.gates.iter().filter(failed).collect();
        if failed.is_empty() {
            return writeln!(f, "Nothing speaks against these figures.");
        }
        writeln!(f, "Read with care:")?;
        for gate in failed {
            writeln!(f, "  {}.", gate.statement)?;
        }
        Ok(())
    }
}
