//! What to do with whom.

use std::fmt;

use chrono::NaiveDate;
use custometry::{
    overview::{
        Action, ActionCounts, ActionParams, ActionReason, ActionRow, ActionTotals, Actions, Arm,
        Overview,
    },
    value::Summary,
};
use serde::Serialize;

use crate::{
    churn::words,
    common::{
        Result,
        tables::{self, count, or_none, percent, table},
        told::Told,
    },
};

/// What may be done, and who is held out.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ActionArgs {
    /// How many customers there may be on the list of what to do
    #[arg(long, value_name = "N", default_value_t = 10)]
    actions: usize,

    /// What all of them may cost, in units of currency [default: no limit]
    #[arg(long, value_name = "AMOUNT", value_parser = amount, allow_negative_numbers = true)]
    budget: Option<f64>,

    /// The share of them with whom nothing is done, so that it can be told what it does to
    /// the others
    #[arg(
        long,
        value_name = "SHARE",
        default_value_t = 0.1,
        value_parser = share,
        allow_negative_numbers = true
    )]
    hold_out: f64,

    /// The seed of all that is drawn
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

fn amount(text: &str) -> std::result::Result<f64, String> {
    let amount: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let fits = amount >= 0.0 && amount.is_finite();
    fits.then_some(amount)
        .ok_or_else(|| "not an amount from 0 on".into())
}

fn share(text: &str) -> std::result::Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let fits = (0.0..1.0).contains(&share);
    fits.then_some(share)
        .ok_or_else(|| "not a share from 0 up to less than 1".into())
}

/// The list, and what it comes to. `--json` writes each under its own key.
#[derive(Serialize)]
pub(crate) struct ToDo {
    actions: Told<Vec<Row>>,
    actions_summary: Told<Totals>,
}

#[derive(Serialize)]
struct Row {
    key: String,
    action: Action,
    reasons: Vec<String>,
    value_at_stake: f64,
    break_even: f64,
    spend: f64,
    gain: f64,
    silence_date: Option<NaiveDate>,
    arm: Arm,
    propensity: f64,
}

#[derive(Serialize)]
struct Totals {
    counts: ActionCounts,
    by_action: [ActionTotals; 5],
    hold_out: f64,
    held_out: u64,
    budget: Option<f64>,
    planned_spend: f64,
    treated_spend: f64,
    expected_gain: f64,
    #[serde(skip)]
    currency: String,
}

impl ActionArgs {
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// The list; none without worth, for then there is nothing at stake.
    pub(crate) fn choose(&self, overview: &Overview) -> custometry::Result<Option<Actions>> {
        if overview.worth().told().is_none() {
            return Ok(None);
        }
        let params = ActionParams::default().count(self.actions).seed(self.seed);
        let mut params = params.hold_out(self.hold_out);
        if let Some(budget) = self.budget {
            params = params.budget(budget);
        }
        overview.actions(&params).map(Some)
    }
}

impl ToDo {
    pub(crate) fn new(
        overview: &Overview,
        chosen: Option<&Actions>,
        args: &ActionArgs,
    ) -> Result<Self> {
        let Some(actions) = chosen else {
            let absence = overview.worth().absence().ok_or("no actions were chosen")?;
            return Ok(Self {
                actions: Told::unknown(absence),
                actions_summary: Told::unknown(absence),
            });
        };
        let key = |row: &ActionRow| {
            let customers = overview.purchases().map(Summary::customers);
            or_none(customers.and_then(|customers| customers.key(row.customer)))
        };
        let rows = actions.rows().iter().map(|row| Row::new(key(row), row));
        Ok(Self {
            actions: Told::Known(rows.collect()),
            actions_summary: Told::Known(Totals::new(actions, args)),
        })
    }
}

impl Row {
    fn new(key: String, row: &ActionRow) -> Self {
        Self {
            key,
            action: row.action,
            reasons: row.reasons.iter().map(said).collect(),
            value_at_stake: row.value_at_stake,
            break_even: row.break_even,
            spend: row.spend,
            gain: row.gain,
            silence_date: row.silence_date,
            arm: row.arm,
            propensity: row.propensity,
        }
    }
}

/// A reason in words.
fn said(reason: &ActionReason) -> String {
    match reason {
        ActionReason::Driver { feature, value, .. } => words(feature, *value),
        other => other.to_string(),
    }
}

impl Totals {
    fn new(actions: &Actions, args: &ActionArgs) -> Self {
        Self {
            counts: *actions.counts(),
            by_action: actions.by_action(),
            hold_out: args.hold_out,
            held_out: actions.held_out(),
            budget: args.budget,
            planned_spend: actions.planned_spend(),
            treated_spend: actions.treated_spend(),
            expected_gain: actions.expected_gain(),
            currency: actions.currency().code().to_owned(),
        }
    }
}

fn money(amount: f64) -> String {
    count(format!("{amount:.2}"))
}

impl fmt::Display for ToDo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Told::Known(rows), Told::Known(totals)) = (&self.actions, &self.actions_summary)
        else {
            return self.actions_summary.fmt(f);
        };
        if rows.is_empty() {
            let why = match totals.counts.not_selected {
                0 => "There is nothing to do with anybody.",
                _ => "There is no room on the list for anybody.",
            };
            writeln!(f, "{why}")?;
        } else {
            let headers = [
                "Customer",
                "What",
                "Why",
                "Silence date",
                "Arm",
                "At stake",
                "Break-even spend",
            ];
            let rows = rows.iter().map(|row| {
                [
                    tables::printable(&row.key),
                    row.action.name().to_owned(),
                    row.reasons.join(", "),
                    or_none(row.silence_date),
                    row.arm.name().to_owned(),
                    money(row.value_at_stake),
                    money(row.break_even),
                ]
            });
            writeln!(f, "{}", table(headers, 5, rows))?;
        }
        totals.fmt(f)
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (counts, currency) = (self.counts, &self.currency);
        let rows = self.by_action.iter().map(|of| {
            [
                of.action.name().to_owned(),
                count(counts.of(of.action)),
                count(of.rows),
                count(of.held_out),
                money(of.spend),
                money(of.gain),
            ]
        });
        let spend = format!("Spend, {currency}");
        let headers = [
            "What",
            "Customers",
            "On the list",
            "Held out",
            &spend,
            "Expected gain",
        ];
        writeln!(f, "{}", table(headers, 1, rows))?;
        writeln!(
            f,
            "Not on the list: who refused, {}; of whom it is not known whether they agreed, {}; \
             without a purchase, {}; with nothing to gain, {}; for whom there is no room, {}.",
            count(counts.refused),
            count(counts.unknown),
            count(counts.no_purchase),
            count(counts.nothing_to_gain),
            count(counts.not_selected)
        )?;
        let (planned, treated) = (money(self.planned_spend), money(self.treated_spend));
        writeln!(
            f,
            "Planned spend {planned} {currency}, {treated} of it on those treated, with an expected \
             gain of {} {currency}. The save rates are assumptions until those held out show what \
             they are.",
            money(self.expected_gain)
        )?;
        if self.by_action.iter().all(|of| of.rows == 0) {
            return Ok(());
        }
        if self.hold_out > 0.0 {
            writeln!(
                f,
                "Each customer on the list was held out with a probability of {} (treated with a \
                 propensity of {:.2}); with those nothing is done, and what is done to the others is \
                 measured against them.",
                percent(Some(self.hold_out)),
                1.0 - self.hold_out
            )?;
        } else {
            writeln!(f, "Nobody is held out: what is done cannot be measured.")?;
        }
        Ok(())
    }
}
