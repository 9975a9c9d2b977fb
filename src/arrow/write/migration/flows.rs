//! Flows.

use arrow_array::RecordBatch;

use super::{super::Columns, Key, Money, Tell, panel::presences, states_of, tell_alone};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    data::MinorUnits,
    migration::{
        Balance, Flows, Growth, Ladder, LadderStep, Mix, MoneyBalance, MoneyGrowth, Move, Presence,
        RiskPath, Rungs, Sankey, Stock,
    },
};

/// `balance`, a row a step and state: `step` (from 0), the labels `from` and `to` of its periods,
/// `state`; customers `opening`, `born`, `returned`, `arrived`, `left`, `paused`, `churned`, `closing`,
/// `stayed`; and with values their money: `money_opening`, `money_born`, `money_returned`,
/// `money_arrived`, `money_change`, `money_left`, `money_paused`, `money_churned`, `money_closing`.
/// `total_balance`, a row a step: the same of all states together, where `state` is null.
/// `growth`, a row a state: `state`, `opening`, `closing`, `change`, `rate`, its parts `born`, `returned`,
/// `arrived`, `left`, `paused`, `churned`, the standard error `se` and `p`; and with values
/// `money_opening`, `money_closing`, `money_change`, `money_rate` and the parts `money_born`,
/// `money_returned`, `money_arrived`, `money_stayers`, `money_left`, `money_paused`, `money_churned`.
/// `moves`, a row a step and pair of places that somebody took, outside included: `step`, `from`, `to`,
/// `customers`, and with values their money `before` and `after`. `stocks`, a row a period and state:
/// `period`, `state`, `customers`, `money`. `states`, a row a state: `state_id`, `state`.
impl Tables for Flows {
    const TABLES: &'static [&'static str] = &[
        "balance",
        "total_balance",
        "growth",
        "moves",
        "stocks",
        "states",
    ];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        let key = flows_key(self);
        match name {
            "balance" => self.balance().tell("balance", key),
            "total_balance" => self.total_balance().tell("balance", key),
            "growth" => self.growth().tell("growth", key),
            "moves" => moves(self, 0..self.steps()),
            "stocks" => stocks(self, 0..self.periods().len()),
            "states" => states_of(self.states()).finish(),
            _ => no_table(name, Self::TABLES),
        }
    }
}

/// What the results of flows are told with.
pub(crate) fn flows_key(flows: &Flows) -> Key<'_> {
    Key {
        states: Some(flows.states()),
        money: flows.currency().into(),
    }
}

/// The moves of some steps.
pub(crate) fn moves(flows: &Flows, steps: std::ops::Range<usize>) -> Result<RecordBatch> {
    let mut rows: Vec<(usize, Move)> = Vec::new();
    for step in steps {
        rows.extend(flows.moves(step)?.into_iter().map(|it| (step, it)));
    }
    let key = flows_key(flows);
    let moves = || rows.iter().map(|(_, it)| it);
    let columns = Columns::new().counts("step", rows.iter().map(|(step, _)| *step));
    let columns = presences(columns, "from", flows.states(), moves().map(|it| it.from));
    let columns = presences(columns, "to", flows.states(), moves().map(|it| it.to));
    columns
        .counts("customers", moves().map(|it| it.customers))
        .amounts("before", moves().map(|it| it.before), key)
        .amounts("after", moves().map(|it| it.after), key)
        .finish()
}

/// The stocks of some periods.
pub(crate) fn stocks(flows: &Flows, periods: std::ops::Range<usize>) -> Result<RecordBatch> {
    let mut rows: Vec<(usize, usize, Stock)> = Vec::new();
    for period in periods {
        let stock = flows.stock(period)?.into_iter().enumerate();
        rows.extend(stock.map(|(place, it)| (period, place, it)));
    }
    let labels = flows.periods().iter().map(String::as_str);
    Columns::new()
        .named("period", labels, rows.iter().map(|row| Some(row.0)))
        .state_names("state", flows.states(), rows.iter().map(|row| Some(row.1)))
        .counts("customers", rows.iter().map(|row| row.2.customers))
        .amounts(
            "money",
            rows.iter().map(|row| row.2.money),
            flows_key(flows),
        )
        .finish()
}

tell_alone! {
    /// `balance`: that of [`Flows`], with money in minor units, as `money_opening_minor`.
    [Balance];

    /// `growth`: that of [`Flows`], with money in minor units, as `money_opening_minor`.
    [Growth];

    /// `paths`, a row a way to lose money: `from` and `to`, the names of the places; the `customers` who
    /// went that way and those `exposed`; the `probability` within a step with `probability_lower` and
    /// `probability_upper`; money of those who went, `before_minor` and `after_minor`; the customers who
    /// are `standing` there now and of them those `expected` to go; and in minor units
    /// `standing_money_minor`, `money_at_risk_minor` and `expected_loss_minor`.
    [RiskPath];

    /// `nodes`, a row a node: `node` (its place, from 0), `period`, its `label`, the `name` of the place,
    /// whether it is `outside`, `customers`, `money_minor`. `links`, a row a link: the nodes `source` and
    /// `target`, `customers`, and their money `before_minor` and `after_minor`.
    Sankey;

    /// `steps`, a row a step and way: `step`, `way` ("up", "stayed", "down", "`off_scale`", "entered",
    /// "exited"), `customers`, and their money `before_minor` and `after_minor`. `pooled`: the same of
    /// all steps together, without `step`.
    Ladder;

    /// `states`, a row a state: `state`, and its parts in the effects, `mix_minor` and `within_minor`, in
    /// minor units of money per customer. `mix`, one row: money per customer `opening_minor` and
    /// `closing_minor`, the effects `mix_minor` and `within_minor`, and `volume_minor` of all money.
    Mix;
}

impl Tell for [Balance] {
    const NAMES: &'static [&'static str] = &["balance"];

    fn tell(&self, table: &str, key: Key<'_>) -> Result<RecordBatch> {
        if table != "balance" {
            return no_table(table, Self::NAMES);
        }
        let state = |it: &Balance| it.state.as_ref().map(|state| state.name.clone());
        let money = |of: fn(&MoneyBalance) -> MinorUnits| {
            self.iter().map(move |it| it.money.as_ref().map(of))
        };
        Columns::new()
            .counts("step", self.iter().map(|it| it.step))
            .texts("from", self.iter().map(|it| it.from.as_str()))
            .texts("to", self.iter().map(|it| it.to.as_str()))
            .known_texts("state", self.iter().map(state))
            .counts("opening", self.iter().map(|it| it.customers.opening))
            .counts("born", self.iter().map(|it| it.customers.born))
            .counts("returned", self.iter().map(|it| it.customers.returned))
            .counts("arrived", self.iter().map(|it| it.customers.arrived))
            .counts("left", self.iter().map(|it| it.customers.left))
            .counts("paused", self.iter().map(|it| it.customers.paused))
            .counts("churned", self.iter().map(|it| it.customers.churned))
            .counts("closing", self.iter().map(|it| it.customers.closing))
            .counts("stayed", self.iter().map(|it| it.customers.stayed))
            .amounts("money_opening", money(|it| it.opening), key)
            .amounts("money_born", money(|it| it.born), key)
            .amounts("money_returned", money(|it| it.returned), key)
            .amounts("money_arrived", money(|it| it.arrived), key)
            .amounts("money_change", money(|it| it.change), key)
            .amounts("money_left", money(|it| it.left), key)
            .amounts("money_paused", money(|it| it.paused), key)
            .amounts("money_churned", money(|it| it.churned), key)
            .amounts("money_closing", money(|it| it.closing), key)
            .finish()
    }
}

impl Tell for [Growth] {
    const NAMES: &'static [&'static str] = &["growth"];

    fn tell(&self, table: &str, key: Key<'_>) -> Result<RecordBatch> {
        if table != "growth" {
            return no_table(table, Self::NAMES);
        }
        let money = |of: fn(&MoneyGrowth) -> MinorUnits| {
            self.iter().map(move |it| it.money.as_ref().map(of))
        };
        let columns = Columns::new()
            .texts("state", self.iter().map(|it| it.state.name.as_str()))
            .counts("opening", self.iter().map(|it| it.opening))
            .counts("closing", self.iter().map(|it| it.closing))
            .ints("change", self.iter().map(|it| it.change))
            .known("rate", self.iter().map(|it| it.rate))
            .ints("born", self.iter().map(|it| it.parts.born))
            .ints("returned", self.iter().map(|it| it.parts.returned))
            .ints("arrived", self.iter().map(|it| it.parts.arrived))
            .ints("left", self.iter().map(|it| it.parts.left))
            .ints("paused", self.iter().map(|it| it.parts.paused))
            .ints("churned", self.iter().map(|it| it.parts.churned))
            .floats("se", self.iter().map(|it| it.se).collect())
            .known("p", self.iter().map(|it| it.p))
            .amounts("money_opening", money(|it| it.opening), key)
            .amounts("money_closing", money(|it| it.closing), key)
            .amounts("money_change", money(|it| it.change), key);
        let columns = match key.money {
            Money::None => columns,
            _ => columns.known(
                "money_rate",
                self.iter().map(|it| it.money.and_then(|it| it.rate)),
            ),
        };
        columns
            .amounts("money_born", money(|it| it.parts.born), key)
            .amounts("money_returned", money(|it| it.parts.returned), key)
            .amounts("money_arrived", money(|it| it.parts.arrived), key)
            .amounts("money_stayers", money(|it| it.parts.stayers), key)
            .amounts("money_left", money(|it| it.parts.left), key)
            .amounts("money_paused", money(|it| it.parts.paused), key)
            .amounts("money_churned", money(|it| it.parts.churned), key)
            .finish()
    }
}

impl Tell for [RiskPath] {
    const NAMES: &'static [&'static str] = &["paths"];

    fn tell(&self, table: &str, key: Key<'_>) -> Result<RecordBatch> {
        if table != "paths" {
            return no_table(table, Self::NAMES);
        }
        let probability: Vec<_> = self.iter().map(|it| Some(it.probability)).collect();
        Columns::new()
            .texts("from", self.iter().map(|it| it.from_name.as_str()))
            .texts("to", self.iter().map(|it| it.to_name.as_str()))
            .counts("customers", self.iter().map(|it| it.customers))
            .counts("exposed", self.iter().map(|it| it.exposed))
            .estimates("probability", &probability)
            .amounts("before", self.iter().map(|it| it.before), key)
            .amounts("after", self.iter().map(|it| it.after), key)
            .counts("standing", self.iter().map(|it| it.standing))
            .floats("expected", self.iter().map(|it| it.expected).collect())
            .amounts(
                "standing_money",
                self.iter().map(|it| it.standing_money),
                key,
            )
            .expected_amounts("money_at_risk", self.iter().map(|it| it.money_at_risk), key)
            .expected_amounts("expected_loss", self.iter().map(|it| it.expected_loss), key)
            .finish()
    }
}

impl Tell for Sankey {
    const NAMES: &'static [&'static str] = &["links", "nodes"];

    fn tell(&self, table: &str, key: Key<'_>) -> Result<RecordBatch> {
        let (nodes, links) = (&self.nodes, &self.links);
        match table {
            "links" => Columns::new()
                .counts("source", links.iter().map(|it| it.source))
                .counts("target", links.iter().map(|it| it.target))
                .counts("customers", links.iter().map(|it| it.customers))
                .amounts("before", links.iter().map(|it| it.before), key)
                .amounts("after", links.iter().map(|it| it.after), key)
                .finish(),
            "nodes" => {
                let outside = |place: Presence| !place.is_in();
                Columns::new()
                    .counts("node", 0..nodes.len())
                    .counts("period", nodes.iter().map(|it| it.period))
                    .texts("label", nodes.iter().map(|it| it.label.as_str()))
                    .texts("name", nodes.iter().map(|it| it.name.as_str()))
                    .flags("outside", nodes.iter().map(|it| outside(it.place)))
                    .counts("customers", nodes.iter().map(|it| it.customers))
                    .amounts("money", nodes.iter().map(|it| it.money), key)
                    .finish()
            }
            _ => no_table(table, Self::NAMES),
        }
    }
}

impl Tell for Ladder {
    const NAMES: &'static [&'static str] = &["steps", "pooled"];

    fn tell(&self, table: &str, key: Key<'_>) -> Result<RecordBatch> {
        let rungs = |columns: Columns, ways: &[(&str, Rungs)]| {
            columns
                .texts("way", ways.iter().map(|(way, _)| way))
                .counts("customers", ways.iter().map(|(_, it)| it.customers))
                .amounts("before", ways.iter().map(|(_, it)| it.before), key)
                .amounts("after", ways.iter().map(|(_, it)| it.after), key)
                .finish()
        };
        match table {
            "steps" => {
                let all: Vec<_> = self.steps.iter().flat_map(ways).collect();
                let steps = self.steps.iter().enumerate();
                let steps = steps.flat_map(|(at, step)| ways(step).map(|_| at));
                rungs(Columns::new().counts("step", steps), &all)
            }
            "pooled" => rungs(Columns::new(), &ways(&self.pooled)),
            _ => no_table(table, Self::NAMES),
        }
    }
}

fn ways(step: &LadderStep) -> [(&'static str, Rungs); 6] {
    [
        ("up", step.up),
        ("stayed", step.stayed),
        ("down", step.down),
        ("off_scale", step.off_scale),
        ("entered", step.entered),
        ("exited", step.exited),
    ]
}

impl Tell for Mix {
    const NAMES: &'static [&'static str] = &["states", "mix"];

    fn tell(&self, table: &str, key: Key<'_>) -> Result<RecordBatch> {
        match table {
            "states" => Columns::new()
                .texts("state", self.states.iter().map(|it| it.state.name.as_str()))
                .expected_amounts("mix", self.states.iter().map(|it| it.mix), key)
                .expected_amounts("within", self.states.iter().map(|it| it.within), key)
                .finish(),
            "mix" => Columns::new()
                .expected_amounts("opening", [self.opening], key)
                .expected_amounts("closing", [self.closing], key)
                .expected_amounts("mix", [self.mix], key)
                .expected_amounts("within", [self.within], key)
                .expected_amounts("volume", [self.volume], key)
                .finish(),
            _ => no_table(table, Self::NAMES),
        }
    }
}
