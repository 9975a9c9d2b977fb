//! Operations of `value`.

mod contracts;
mod fit;
mod holdout;
mod models;
mod money;
mod profit;
mod rfm;
mod spend;
mod summaries;

pub(super) use self::money::{bridge_groups, line as bridge_line, segment_columns};
use super::{Answer, Held, IntoAnswer, Object, Room, held};
use crate::{
    Result,
    arrow::Columns,
    data::{Customers, Estimate},
    value::{
        Bdw, BgBb, BgNbd, Bridge, Cohorts, ContractHistories, FrequencyFit, GammaGamma, Holdout,
        HoldoutReport, LabelledState, MbgNbd, Nbd, OpportunityHistories, ParetoNbd, ProfitState,
        Profitability, PurchaseHistories, Rfm, RfmScores, Sbg, SegmentMap, SpendHistories, Summary,
        SummaryState,
    },
};

held!(
    "value": BgBb, BgNbd, Bdw, Bridge, Cohorts, ContractHistories, FrequencyFit, GammaGamma, Holdout,
    HoldoutReport, LabelledState, MbgNbd, Nbd, ParetoNbd, ProfitState, Profitability, Rfm, Sbg,
    SegmentMap, Summary, SummaryState,
);

/// Purchase histories, with the customers they belong to where those are known.
pub(super) struct Histories {
    pub(super) histories: PurchaseHistories,
    pub(super) customers: Option<Customers>,
}

/// Spend histories, with the customers they belong to where those are known.
pub(super) struct Spends {
    pub(super) spends: SpendHistories,
    pub(super) customers: Option<Customers>,
}

/// Opportunity histories, with the customers they belong to where those are known.
pub(super) struct Opportunities {
    pub(super) histories: OpportunityHistories,
    pub(super) customers: Option<Customers>,
}

/// Scores, with the customers they belong to.
pub(super) struct Scores {
    pub(super) scores: RfmScores,
    pub(super) customers: Customers,
}

impl Held for Histories {
    const KIND: &'static str = "value.PurchaseHistories";
}

impl Held for Spends {
    const KIND: &'static str = "value.SpendHistories";
}

impl Held for Opportunities {
    const KIND: &'static str = "value.OpportunityHistories";
}

impl Held for Scores {
    const KIND: &'static str = "value.RfmScores";
}

pub(super) fn register(room: &mut Room<'_>) {
    summaries::register(room);
    rfm::register(room);
    models::register(room);
    fit::register(room);
    holdout::register(room);
    spend::register(room);
    contracts::register(room);
    money::register(room);
    profit::register(room);
}

/// The start of a table with a row a customer: their keys, where they are known.
fn columns_of(customers: Option<&Customers>) -> Columns {
    customers.map_or_else(Columns::new, Columns::of)
}

/// Estimates of a row each.
fn estimates_table(
    customers: Option<&Customers>,
    estimates: &[Option<Estimate>],
) -> Result<Answer> {
    let columns = columns_of(customers).estimate(estimates.iter().map(Option::as_ref));
    columns.finish()?.into_answer()
}

/// Numbers by name.
fn numbers_by_name(named: Vec<(&'static str, f64)>) -> Answer {
    let field = |(name, value): (&str, f64)| (name.to_owned(), Answer::Float(value));
    Answer::Record(named.into_iter().map(field).collect())
}

/// Estimates by name.
fn estimates_by_name<'n>(
    names: impl IntoIterator<Item = &'n str>,
    estimates: Vec<Estimate>,
) -> Result<Answer> {
    let named = names.into_iter().zip(estimates);
    let fields = named.map(|(name, it)| Ok((name.to_owned(), it.into_answer()?)));
    Ok(Answer::Record(fields.collect::<Result<_>>()?))
}

/// A short list of numbers.
fn list(numbers: &[f64]) -> Answer {
    Answer::List(numbers.iter().copied().map(Answer::Float).collect())
}

/// An object in a record.
fn object<T: Held>(it: T) -> Answer {
    Answer::Object(Object::new(it))
}
