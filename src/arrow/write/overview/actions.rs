//! Lists of actions.

use arrow_array::RecordBatch;
use chrono::NaiveDate;

use super::super::{Columns, migration::choice};
use crate::{
    Result,
    arrow::{Tables, tables::no_table},
    overview::{ActionReason, ActionRow, ActionTotals, Actions},
};

/// `actions`, a row each, in their order: its `rank` from 1; the customer as a `number` among those of the
/// overview; `action`; `value_at_stake`, `break_even`, `spend` and `gain` in units of currency; `silence_date`; `arm`,
/// `treat` or `hold_out`; `propensity`; and its `reasons` in words, what decided first.
///
/// `reasons`, a row for each reason of each row: `rank` and `number` as above; `place` from 1; `reason`; `statement`; and
/// its figures under the names of [`ActionReason`], null where it has none of that name.
///
/// `by_action`, a row an action, whether it has rows or not: `action`, `rows`, `held_out`, the `spend` of all
/// rows and the `gain` of those treated, in units of currency.
impl Tables for Actions {
    const TABLES: &'static [&'static str] = &["actions", "reasons", "by_action"];

    fn table(&self, name: &str) -> Result<RecordBatch> {
        match name {
            "actions" => actions(self.rows()),
            "reasons" => reasons(self.rows()),
            "by_action" => by_action(&self.by_action()),
            _ => no_table(name, Self::TABLES),
        }
    }
}

fn actions(rows: &[ActionRow]) -> Result<RecordBatch> {
    let of = |get: fn(&ActionRow) -> f64| rows.iter().map(get).collect::<Vec<f64>>();
    let said = |row: &ActionRow| {
        let reasons = row.reasons.iter().map(ToString::to_string);
        reasons.collect::<Vec<_>>().join("; ")
    };
    Columns::new()
        .counts("rank", 1..=rows.len())
        .counts("number", rows.iter().map(|row| row.customer.0))
        .known_texts("action", rows.iter().map(|row| choice(&row.action)))
        .floats("value_at_stake", of(|row| row.value_at_stake))
        .floats("break_even", of(|row| row.break_even))
        .floats("spend", of(|row| row.spend))
        .floats("gain", of(|row| row.gain))
        .dates("silence_date", rows.iter().map(|row| row.silence_date))
        .known_texts("arm", rows.iter().map(|row| choice(&row.arm)))
        .floats("propensity", of(|row| row.propensity))
        .texts("reasons", rows.iter().map(said))
        .finish()
}

/// A reason, and its figures by name.
#[derive(Default)]
struct Figures<'r> {
    reason: &'static str,
    days: Option<u32>,
    limit: Option<u32>,
    date: Option<NaiveDate>,
    probability: Option<f64>,
    within_days: Option<u32>,
    feature: Option<&'r str>,
    value: Option<f64>,
    contribution: Option<f64>,
    days_ago: Option<u32>,
    own: Option<f64>,
    typical: Option<f64>,
    peers: Option<u64>,
    loss: Option<f64>,
    value_at_stake: Option<f64>,
}

impl<'r> Figures<'r> {
    fn of(reason: &'r ActionReason) -> Self {
        let mut it = Self::default();
        match reason {
            ActionReason::Silent { days, limit } => {
                it.reason = "silent";
                (it.days, it.limit) = (Some(*days), *limit);
            }
            ActionReason::PastSilenceDate { date } => {
                it.reason = "past_silence_date";
                it.date = Some(*date);
            }
            ActionReason::Alive { probability } => {
                it.reason = "alive";
                it.probability = Some(*probability);
            }
            ActionReason::GoesQuiet {
                probability,
                within_days,
            } => {
                it.reason = "goes_quiet";
                (it.probability, it.within_days) = (Some(*probability), Some(*within_days));
            }
            ActionReason::Driver {
                feature,
                value,
                contribution,
            } => {
                it.reason = "driver";
                it.feature = Some(feature);
                (it.value, it.contribution) = (Some(*value), Some(*contribution));
            }
            ActionReason::FirstPurchase { days_ago } => {
                it.reason = "first_purchase";
                it.days_ago = Some(*days_ago);
            }
            ActionReason::SpendsLess {
                own,
                typical,
                peers,
            } => {
                it.reason = "spends_less";
                (it.own, it.typical, it.peers) = (Some(*own), Some(*typical), Some(*peers));
            }
            ActionReason::Unprofitable { loss } => {
                it.reason = "unprofitable";
                it.loss = Some(*loss);
            }
            ActionReason::LittleToWin { value_at_stake } => {
                it.reason = "little_to_win";
                it.value_at_stake = Some(*value_at_stake);
            }
        }
        it
    }
}

fn reasons(rows: &[ActionRow]) -> Result<RecordBatch> {
    let ranked = rows.iter().zip(1_usize..);
    let all: Vec<_> = ranked
        .flat_map(|(row, rank)| {
            let reasons = row.reasons.iter().zip(1_usize..);
            reasons.map(move |(reason, place)| (rank, row.customer.0, place, reason))
        })
        .collect();
    let figures: Vec<Figures<'_>> = all.iter().map(|(.., reason)| Figures::of(reason)).collect();
    let number = |get: fn(&Figures<'_>) -> Option<f64>| figures.iter().map(get).collect::<Vec<_>>();
    let count = |get: fn(&Figures<'_>) -> Option<u32>| {
        let counts = figures.iter().map(|it| get(it).map(i64::from));
        counts.collect::<Vec<_>>()
    };
    let peers = figures
        .iter()
        .map(|it| it.peers.and_then(|peers| i64::try_from(peers).ok()));
    Columns::new()
        .counts("rank", all.iter().map(|(rank, ..)| *rank))
        .counts("number", all.iter().map(|(_, number, ..)| *number))
        .counts("place", all.iter().map(|(_, _, place, _)| *place))
        .texts("reason", figures.iter().map(|it| it.reason))
        .texts(
            "statement",
            all.iter().map(|(.., reason)| reason.to_string()),
        )
        .ints("days", count(|it| it.days))
        .ints("limit", count(|it| it.limit))
        .dates("date", figures.iter().map(|it| it.date))
        .known("probability", number(|it| it.probability))
        .ints("within_days", count(|it| it.within_days))
        .known_texts("feature", figures.iter().map(|it| it.feature))
        .known("value", number(|it| it.value))
        .known("contribution", number(|it| it.contribution))
        .ints("days_ago", count(|it| it.days_ago))
        .known("own", number(|it| it.own))
        .known("typical", number(|it| it.typical))
        .ints("peers", peers)
        .known("loss", number(|it| it.loss))
        .known("value_at_stake", number(|it| it.value_at_stake))
        .finish()
}

fn by_action(totals: &[ActionTotals]) -> Result<RecordBatch> {
    Columns::new()
        .known_texts("action", totals.iter().map(|of| choice(&of.action)))
        .counts("rows", totals.iter().map(|of| of.rows))
        .counts("held_out", totals.iter().map(|of| of.held_out))
        .floats("spend", totals.iter().map(|of| of.spend).collect())
        .floats("gain", totals.iter().map(|of| of.gain).collect())
        .finish()
}
