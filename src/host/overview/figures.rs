//! Figures of a base of customers, and other small records.

use super::{answer, number};
use crate::{
    Result,
    churn::ThresholdFaults,
    data::{Currency, Estimate},
    host::{Answer, IntoAnswer},
    overview::{BaseFigures, Drivers, FiguresInDoubt, RiskTest},
};

/// Customers, purchases and revenue in numbers.
pub(super) fn base(of: &BaseFigures, currency: Currency) -> Result<Answer> {
    Ok(Answer::record([
        ("customers", answer(of.customers)?),
        ("one_time", answer(of.one_time)?),
        ("repeat_days", answer(of.repeat_days)?),
        ("repeat_rate", number(of.repeat_rate)),
        ("revenue", Answer::money(of.revenue, currency)),
        ("revenue_per_customer", number(of.revenue_per_customer)),
    ]))
}

pub(super) fn doubts(of: &FiguresInDoubt) -> Result<Answer> {
    Ok(Answer::record([
        ("customers", of.customers.into_answer()?),
        ("one_time_share", of.one_time_share.into_answer()?),
        ("repeat_rate", of.repeat_rate.into_answer()?),
    ]))
}

pub(super) fn faults(of: &ThresholdFaults) -> Result<Answer> {
    Ok(Answer::record([
        ("days", answer(of.days)?),
        ("false_alarms", Answer::Float(of.false_alarms)),
        ("missed", Answer::Float(of.missed)),
    ]))
}

/// What is told of drivers beside their table.
pub(super) fn drivers(of: &Drivers) -> Result<Answer> {
    let one = |name: &str, it: &Estimate, log: &Estimate| -> Result<Answer> {
        Ok(Answer::record([
            ("name", Answer::Text(name.to_owned())),
            ("hazard_ratio", (*it).into_answer()?),
            ("log", (*log).into_answer()?),
        ]))
    };
    let features = of
        .features
        .iter()
        .map(|driver| one(&driver.name, &driver.hazard_ratio, &driver.log));
    Ok(Answer::record([
        ("rows", answer(of.rows)?),
        ("lost", answer(of.lost)?),
        ("features", Answer::List(features.collect::<Result<_>>()?)),
        ("aliased", answer(&of.aliased[..])?),
    ]))
}

pub(super) fn risk_test(of: &RiskTest) -> Result<Answer> {
    let judged = &of.judged;
    Ok(Answer::record([
        ("dates", answer(of.dates)?),
        ("rows", answer(of.rows)?),
        ("auc", Answer::Float(judged.auc)),
        ("auc_se", number(judged.auc_se)),
        ("average_precision", Answer::Float(judged.average_precision)),
        ("log_loss", Answer::Float(judged.log_loss)),
        ("brier", Answer::Float(judged.brier)),
        ("lift_at_10", Answer::Float(judged.lift_at_10)),
        ("captured_at_10", Answer::Float(judged.captured_at_10)),
        ("calibration_slope", number(judged.calibration_slope)),
        (
            "calibration_intercept",
            number(judged.calibration_intercept),
        ),
    ]))
}

/// How a segment grew: its customers on the first day and on the last, the change over the opening, and
/// the probability of chance changes as large.
pub(super) fn growth(
    segment: &str,
    [opening, closing]: [u64; 2],
    rate: Option<f64>,
    p: f64,
) -> Answer {
    Answer::record([
        ("segment", Answer::Text(segment.to_owned())),
        ("opening", Answer::Int(opening.into())),
        ("closing", Answer::Int(closing.into())),
        ("rate", number(rate)),
        ("p", Answer::Float(p)),
    ])
}
