//! Spells, gaps between purchases, and rates of periods.

use arrow_array::RecordBatch;

use super::super::Columns;
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    churn::{GapPoint, PeriodRates, PurchaseGaps, RevenueFlows, Spell, Spells, ThresholdFaults},
    data::{CustomerIx, MinorUnits},
};

/// `spells`, a row each, by customer and in order: `customer`, `start`, `end` (the first day on which the
/// customer was none; null if the spell goes on), and the name of the `cause` of the end (null where not
/// known).
impl Tables for Spells {
    const TABLES: &'static [&'static str] = &["spells"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "spells" => {
                let customers = self.customers().numbers();
                let rows = customers.flat_map(|of| self.of(of).map(move |spell| (of, spell)));
                spells(self, &rows.collect::<Vec<_>>())
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// Some of the spells.
pub(crate) fn spells(of: &Spells, rows: &[(CustomerIx, Spell)]) -> Result<RecordBatch> {
    let customers = of.customers();
    let cause = |spell: &Spell| spell.cause.and_then(|cause| usize::try_from(cause).ok());
    Columns::new()
        .some_keys(
            "customer",
            rows.iter()
                .filter_map(|&(customer, _)| customers.key(customer)),
        )
        .days("start", rows.iter().map(|(_, spell)| spell.start))
        .days("end", rows.iter().map(|(_, spell)| spell.end))
        .named(
            "cause",
            of.causes().iter().map(String::as_str),
            rows.iter().map(|(_, spell)| cause(spell)),
        )
        .finish()
}

/// - `curve`, a row a length of gaps that occurs: `days`; gaps `at_risk` of lasting that long; how many ended
///   with a purchase (`completed`) and how many are still `open` at that length; and the product-limit share
///   still `silent`;
/// - `faults`, a row a threshold: `days` of silence, and the shares of `false_alarms` and of `missed`
///   customers.
impl Tables for PurchaseGaps {
    const TABLES: &'static [&'static str] = &["curve", "faults"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "curve" => {
                let points = self.curve();
                let count = |get: fn(&GapPoint) -> u64| points.iter().map(get);
                Columns::new()
                    .counts("days", points.iter().map(|point| point.days))
                    .counts("at_risk", count(|point| point.at_risk))
                    .counts("completed", count(|point| point.completed))
                    .counts("open", count(|point| point.open))
                    .floats("silent", points.iter().map(|point| point.silent).collect())
                    .finish()
            }
            "faults" => {
                let faults = self.faults();
                let of = |get: fn(&ThresholdFaults) -> f64| faults.iter().map(get).collect();
                Columns::new()
                    .counts("days", faults.iter().map(|fault| fault.days))
                    .floats("false_alarms", of(|fault| fault.false_alarms))
                    .floats("missed", of(|fault| fault.missed))
                    .finish()
            }
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `rates`, one row: the two days `from` and `to`; customers `at_start`, `at_end`, `lost`, `won`, `returned`
/// and who `came_and_went`; and the shares `gross_churn`, `net_revenue_retention`,
/// `gross_revenue_retention` and the `quick_ratio`, null without money. Rates that have money also have
/// that of the flows: `start`, `churned`, `contraction`, `expansion`, `new`, `reactivation` and `end`.
impl Tables for PeriodRates {
    const TABLES: &'static [&'static str] = &["rates"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "rates" => std::slice::from_ref(self).table(name),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// `rates`, a row a period: as of one. Money is told if all of them have it, in one currency.
impl Tables for [PeriodRates] {
    const TABLES: &'static [&'static str] = &["rates"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "rates" => rates(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn rates(periods: &[PeriodRates]) -> Result<RecordBatch> {
    let count = |get: fn(&PeriodRates) -> u64| periods.iter().map(get);
    let share = |get: fn(&PeriodRates) -> Option<f64>| periods.iter().map(get);
    let columns = Columns::new()
        .dates("from", periods.iter().map(PeriodRates::from))
        .dates("to", periods.iter().map(PeriodRates::to))
        .counts("at_start", count(PeriodRates::at_start))
        .counts("at_end", count(PeriodRates::at_end))
        .counts("lost", count(PeriodRates::lost))
        .counts("won", count(PeriodRates::won))
        .counts("returned", count(PeriodRates::returned))
        .counts("came_and_went", count(PeriodRates::came_and_went))
        .known("gross_churn", share(PeriodRates::gross_churn))
        .known(
            "net_revenue_retention",
            share(PeriodRates::net_revenue_retention),
        )
        .known(
            "gross_revenue_retention",
            share(PeriodRates::gross_revenue_retention),
        )
        .known("quick_ratio", share(PeriodRates::quick_ratio));
    let currency = periods.first().and_then(PeriodRates::currency);
    let one = periods.iter().all(|period| period.currency() == currency);
    let Some(currency) = currency.filter(|_| one) else {
        return columns.finish();
    };
    let money = |get: fn(&RevenueFlows) -> MinorUnits| {
        let flows = periods.iter().map(PeriodRates::flows);
        flows.map(|flows| flows.map(get)).collect::<Vec<_>>()
    };
    columns
        .money("start", currency, money(|flows| flows.start))
        .money("churned", currency, money(|flows| flows.churned))
        .money("contraction", currency, money(|flows| flows.contraction))
        .money("expansion", currency, money(|flows| flows.expansion))
        .money("new", currency, money(|flows| flows.new))
        .money("reactivation", currency, money(|flows| flows.reactivation))
        .money("end", currency, money(RevenueFlows::end))
        .finish()
}
