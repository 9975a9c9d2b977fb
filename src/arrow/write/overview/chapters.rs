//! The chapters of an overview.

use arrow_array::RecordBatch;

use super::super::{
    Columns,
    migration::{Key, Tell},
};
use crate::{
    Result,
    arrow::Tables,
    churn::{OutcomeCounts, ThresholdFaults},
    data::{Currency, Estimate, SegmentId},
    overview::{Drivers, Moves, Overview},
    value::Summary,
};

/// A table with a row a customer. Chapters with such rows have purchases.
fn of_customers(overview: &Overview) -> Columns {
    overview
        .purchases()
        .map_or_else(Columns::new, |summary| Columns::of(summary.customers()))
}

fn currency(overview: &Overview) -> Currency {
    // Without purchases there is no money either.
    overview
        .purchases()
        .map_or(Currency::EUR, Summary::currency)
}

pub(super) fn people(overview: &Overview) -> Result<RecordBatch> {
    let identity = overview.identity().require("identity")?;
    Columns::new()
        .counts("record", 0..identity.cluster().len())
        .counts("person", identity.cluster().iter().copied())
        .finish()
}

pub(super) fn segments(overview: &Overview) -> Result<RecordBatch> {
    let figures = &overview.segments().require("segments")?.figures;
    Columns::new()
        .counts("id", figures.iter().map(|of| of.segment.id.0))
        .texts("segment", figures.iter().map(|of| &of.segment.name))
        .counts("customers", figures.iter().map(|of| of.customers))
        .known(
            "share_of_customers",
            figures.iter().map(|of| of.share_of_customers),
        )
        .money(
            "revenue",
            currency(overview),
            figures.iter().map(|of| of.revenue),
        )
        .known(
            "share_of_revenue",
            figures.iter().map(|of| of.share_of_revenue),
        )
        .known(
            "median_recency_days",
            figures.iter().map(|of| of.median_recency_days),
        )
        .finish()
}

pub(super) fn worth(overview: &Overview) -> Result<RecordBatch> {
    let worth = overview.worth().require("worth")?;
    of_customers(overview)
        .known("p_alive", worth.p_alive.iter().copied())
        .known(
            "expected_purchases",
            worth.expected_purchases.iter().copied(),
        )
        .known(
            "discounted_purchases",
            worth.discounted_purchases.iter().copied(),
        )
        .known("mean_spend", worth.mean_spend.iter().copied())
        .known("clv", worth.clv.iter().copied())
        .known("clv_lo", worth.clv_lo.iter().copied())
        .known("clv_hi", worth.clv_hi.iter().copied())
        .dates("silence_date", worth.silence_dates.iter().copied())
        .finish()
}

pub(super) fn worth_models(overview: &Overview) -> Result<RecordBatch> {
    let tried = &overview.worth().require("worth")?.candidates;
    Columns::new()
        .texts("model", tried.iter().map(|of| of.model))
        .known("bic", tried.iter().map(|of| of.bic))
        .known_texts("error", tried.iter().map(|of| of.error.as_deref()))
        .finish()
}

pub(super) fn worth_by_segment(overview: &Overview) -> Result<RecordBatch> {
    let groups = &overview.worth().require("worth")?.by_segment;
    let segments = overview.segments().told();
    let name = |id: SegmentId| {
        let all = segments?.assignments.segments();
        Some(all.iter().find(|segment| segment.id == id)?.name.as_str())
    };
    let part = |of: fn(&Estimate) -> f64| {
        let values = groups.iter();
        values.map(move |group| group.estimate.as_ref().map(of))
    };
    Columns::new()
        .counts("id", groups.iter().map(|group| group.group.0))
        .known_texts("segment", groups.iter().map(|group| name(group.group)))
        .counts("customers", groups.iter().map(|group| group.customers))
        .known("value", groups.iter().map(|group| group.total))
        .known("se", part(|it| it.se))
        .known("lower", part(|it| it.lo))
        .known("upper", part(|it| it.hi))
        .finish()
}

/// What moves are told with.
fn key(moves: &Moves) -> Key<'_> {
    Key {
        states: Some(moves.flows.states()),
        money: moves.flows.currency().into(),
    }
}

pub(super) fn growth(overview: &Overview) -> Result<RecordBatch> {
    let moves = overview.migration().require("migration")?;
    moves.growth[..].tell("growth", key(moves))
}

pub(super) fn ways(overview: &Overview) -> Result<RecordBatch> {
    let moves = overview.migration().require("migration")?;
    moves.ways[..].tell("paths", key(moves))
}

pub(super) fn limits(overview: &Overview) -> Result<RecordBatch> {
    let churn = overview.churn().require("churn")?;
    let mut limits: Vec<(ThresholdFaults, bool)> =
        churn.others.iter().map(|it| (*it, false)).collect();
    limits.push((churn.threshold, true));
    limits.sort_by_key(|(limit, _)| limit.days);
    let of = |get: fn(&ThresholdFaults) -> f64| limits.iter().map(|(it, _)| get(it)).collect();
    Columns::new()
        .counts("days", limits.iter().map(|(limit, _)| limit.days))
        .floats("false_alarms", of(|it| it.false_alarms))
        .floats("missed", of(|it| it.missed))
        .flags("taken", limits.iter().map(|(_, taken)| *taken))
        .finish()
}

pub(super) fn months(overview: &Overview) -> Result<RecordBatch> {
    overview.churn().require("churn")?.months[..].record_batch()
}

pub(super) fn stays(overview: &Overview) -> Result<RecordBatch> {
    let stays = &overview.churn().require("churn")?.stays;
    Columns::new()
        .texts("cohort", stays.iter().map(|stay| &stay.cohort))
        .counts("customers", stays.iter().map(|stay| stay.customers))
        .counts("lost", stays.iter().map(|stay| stay.lost))
        .known("median_days", stays.iter().map(|stay| stay.median_days))
        .finish()
}

pub(super) fn stay_shares(overview: &Overview) -> Result<RecordBatch> {
    let stays = &overview.churn().require("churn")?.stays;
    let rows = stays
        .iter()
        .flat_map(|stay| stay.after.iter().map(move |share| (&stay.cohort, share)));
    let rows: Vec<_> = rows.collect();
    Columns::new()
        .texts("cohort", rows.iter().map(|(cohort, _)| cohort))
        .counts("days", rows.iter().map(|(_, share)| share.days))
        .estimate(rows.iter().map(|(_, share)| share.still_there.as_ref()))
        .finish()
}

pub(super) fn snapshots(overview: &Overview) -> Result<RecordBatch> {
    let counts = &overview.churn().require("churn")?.snapshots;
    let of = |get: fn(&OutcomeCounts) -> usize| counts.iter().map(get);
    Columns::new()
        .days("day", counts.iter().map(|count| count.day))
        .counts("retained", of(|count| count.retained))
        .counts("churned", of(|count| count.churned))
        .counts("lost_in_gap", of(|count| count.lost_in_gap))
        .counts("unknown", of(|count| count.unknown))
        .finish()
}

pub(super) fn drivers(overview: &Overview) -> Result<RecordBatch> {
    let churn = overview.churn().require("churn")?;
    features(churn.drivers.require("drivers")?)
}

pub(super) fn first_purchase(overview: &Overview) -> Result<RecordBatch> {
    let churn = overview.churn().require("churn")?;
    features(churn.first_purchase.require("first_purchase")?)
}

fn features(drivers: &Drivers) -> Result<RecordBatch> {
    let of = &drivers.features;
    let ratios: Vec<_> = of.iter().map(|driver| Some(driver.hazard_ratio)).collect();
    let logs: Vec<_> = of.iter().map(|driver| Some(driver.log)).collect();
    Columns::new()
        .texts("feature", of.iter().map(|driver| &driver.name))
        .estimates("hazard_ratio", &ratios)
        .estimates("log", &logs)
        .known("log_se", of.iter().map(|driver| driver.log.se))
        .finish()
}

pub(super) fn risk(overview: &Overview) -> Result<RecordBatch> {
    let risk = overview.risk().require("risk")?;
    of_customers(overview)
        .known("risk", risk.probability.iter().copied())
        .finish()
}
