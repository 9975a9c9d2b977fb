//! Where money comes from: cohorts, bridges, profit.

use arrow_array::RecordBatch;

use super::{super::Columns, minor};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    data::{Currency, CustomerIx, MinorUnits},
    value::{
        Bridge, BridgeLine, Change, CohortAge, Cohorts, Movement, ProfitDecile, ProfitLadder,
        Profitability,
    },
};

/// `cohorts`, a row for each cohort and age in periods: the first day of the period, `start`; its
/// `customers`; its `age`; customers `active` in the period, and with a second purchase day by its end,
/// `repeated`; `purchases`; `money`; whether the period is `complete`; the shares `retention` and
/// `repeat_rate`, and `money_per_customer` up to the age in units of currency, null for periods that
/// are not over. `by_age`, a row an age: `age`, `cohorts`, `customers`, `retention`, `repeat_rate`,
/// `money`.
impl Tables for Cohorts {
    const TABLES: &'static [&'static str] = &["cohorts", "by_age"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "cohorts" => cohorts(self),
            "by_age" => by_age(&self.by_age()?, self.currency()),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn cohorts(it: &Cohorts) -> Result<RecordBatch> {
    let rows = || {
        it.rows().iter().flat_map(|cohort| {
            let cells = cohort.cells.iter().enumerate();
            cells.map(move |(age, cell)| (cohort, age, cell))
        })
    };
    let unit = it.currency().unit();
    Columns::new()
        .dates("start", rows().map(|(cohort, ..)| cohort.start))
        .counts("customers", rows().map(|(cohort, ..)| cohort.customers))
        .counts("age", rows().map(|(_, age, _)| age))
        .counts("active", rows().map(|(.., cell)| cell.active))
        .counts("repeated", rows().map(|(.., cell)| cell.repeated))
        .counts("purchases", rows().map(|(.., cell)| cell.purchases))
        .money("money", it.currency(), rows().map(|(.., cell)| cell.money))
        .flags("complete", rows().map(|(.., cell)| cell.complete))
        .known(
            "retention",
            rows().map(|(cohort, age, _)| cohort.retention(age)),
        )
        .known(
            "repeat_rate",
            rows().map(|(cohort, age, _)| cohort.repeat_rate(age)),
        )
        .known(
            "money_per_customer",
            rows().map(|(cohort, age, _)| {
                let minor = cohort.money_per_customer(age)?;
                Some(minor / unit)
            }),
        )
        .finish()
}

fn by_age(lines: &[CohortAge], currency: Currency) -> Result<RecordBatch> {
    Columns::new()
        .counts("age", lines.iter().map(|line| line.age))
        .counts("cohorts", lines.iter().map(|line| line.cohorts))
        .counts("customers", lines.iter().map(|line| line.customers))
        .known("retention", lines.iter().map(|line| line.retention))
        .known("repeat_rate", lines.iter().map(|line| line.repeat_rate))
        .money("money", currency, lines.iter().map(|line| line.money))
        .finish()
}

/// `customers`, a row a customer: `customer`, `movement`, the money of the periods, `opening` and
/// `closing`, its `change`, and the chance that it lasts, `persistence`; null for those who did
/// nothing. `bridge`, a row a step from the opening period to the closing one: `step`, `money`,
/// `customers`.
impl Tables for Bridge {
    const TABLES: &'static [&'static str] = &["customers", "bridge"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "customers" => changes(self),
            "bridge" => bridge(&self.total()?, self.currency()),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn changes(it: &Bridge) -> Result<RecordBatch> {
    let changes: Vec<Option<Change>> = it
        .customers()
        .numbers()
        .map(|customer| it.change(customer))
        .collect();
    let money = |of: fn(&Change) -> MinorUnits| {
        let column = changes.iter().map(|change| change.as_ref().map(of));
        column.collect::<Vec<_>>()
    };
    let currency = it.currency();
    Columns::of(it.customers())
        .known_texts(
            "movement",
            it.movements()
                .iter()
                .map(|movement| movement.map(Movement::name)),
        )
        .money("opening", currency, money(|change| change.opening))
        .money("closing", currency, money(|change| change.closing))
        .money("change", currency, money(|change| change.change))
        .known(
            "persistence",
            changes.iter().map(|change| change.map(|it| it.persistence)),
        )
        .finish()
}

fn bridge(line: &BridgeLine, currency: Currency) -> Result<RecordBatch> {
    let counts = &line.customers;
    let steps = [
        ("opening", line.opening, counts.opening),
        ("new", line.new, counts.new),
        ("reactivated", line.reactivated, counts.reactivated),
        ("expansion", line.expansion, counts.expansion),
        ("contraction", line.contraction, counts.contraction),
        ("unchanged", MinorUnits(0), counts.unchanged),
        ("lost", line.lost, counts.lost),
        ("closing", line.closing, counts.closing),
    ];
    Columns::new()
        .texts("step", steps.iter().map(|(step, ..)| *step))
        .money("money", currency, steps.iter().map(|(_, money, _)| *money))
        .counts("customers", steps.iter().map(|(.., customers)| *customers))
        .finish()
}

/// `customers`, a row a customer: `customer`, whether `active` (rows in the period, or a cost to
/// serve), `net_sales`, `costs` of the rows, costs `to_serve`, `profit`. `ladder`, a row a step from gross
/// sales to profit: `step`, `money`; costs to serve under their names. `deciles`, a row a tenth of the
/// active customers by falling profit: `decile`, `customers`, `net_sales`, `profit`,
/// `cumulative_profit`, `lowest_profit`. `whale_curve`, a row an active customer by falling profit:
/// `rank` from 1, `customer`, `profit`, `cumulative_profit`.
impl Tables for Profitability {
    const TABLES: &'static [&'static str] = &["customers", "ladder", "deciles", "whale_curve"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "customers" => profits(self),
            "ladder" => ladder(&self.ladder()?, self.currency()),
            "deciles" => deciles(&self.deciles()?, self.currency()),
            "whale_curve" => whale_curve(self),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn profits(it: &Profitability) -> Result<RecordBatch> {
    let mut active = vec![false; it.customers().len()];
    for customer in it.active() {
        if let Some(flag) = active.get_mut(customer.at()) {
            *flag = true;
        }
    }
    let currency = it.currency();
    Columns::of(it.customers())
        .flags("active", active)
        .money("net_sales", currency, minor(it.net_sales()))
        .money("costs", currency, minor(it.costs()))
        .money("to_serve", currency, minor(it.to_serve()))
        .money("profit", currency, minor(it.profit()))
        .finish()
}

fn ladder(it: &ProfitLadder, currency: Currency) -> Result<RecordBatch> {
    let mut steps = vec![
        ("gross_sales", it.gross_sales),
        ("refunds", it.refunds),
        ("net_sales", it.net_sales),
        ("costs", it.costs),
        ("contribution", it.contribution),
    ];
    let to_serve = it.to_serve.iter();
    steps.extend(to_serve.map(|(name, money)| (name.as_str(), *money)));
    steps.extend([
        ("of_customers", it.of_customers),
        ("unallocated", it.unallocated),
        ("profit", it.profit),
    ]);
    Columns::new()
        .texts("step", steps.iter().map(|(step, _)| *step))
        .money("money", currency, steps.iter().map(|(_, money)| *money))
        .finish()
}

fn deciles(lines: &[ProfitDecile], currency: Currency) -> Result<RecordBatch> {
    let money = |of: fn(&ProfitDecile) -> MinorUnits| lines.iter().map(of).collect::<Vec<_>>();
    Columns::new()
        .counts("decile", lines.iter().map(|line| line.decile))
        .counts("customers", lines.iter().map(|line| line.customers))
        .money("net_sales", currency, money(|line| line.net_sales))
        .money("profit", currency, money(|line| line.profit))
        .money(
            "cumulative_profit",
            currency,
            money(|line| line.cumulative_profit),
        )
        .money(
            "lowest_profit",
            currency,
            lines.iter().map(|line| line.lowest_profit),
        )
        .finish()
}

fn whale_curve(it: &Profitability) -> Result<RecordBatch> {
    let curve = it.whale_curve()?;
    let customers = it.customers();
    let order = || curve.order().iter();
    let profit = |who: &CustomerIx| it.profit().get(who.at()).map(|&minor| MinorUnits(minor));
    Columns::new()
        .counts("rank", 1..=curve.order().len())
        .some_keys("customer", order().filter_map(|&who| customers.key(who)))
        .money("profit", it.currency(), order().map(profit))
        .money(
            "cumulative_profit",
            it.currency(),
            minor(curve.cumulative()),
        )
        .finish()
}
