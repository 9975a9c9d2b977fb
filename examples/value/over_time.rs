//! What changed in money over time, by the rooms.

use chrono::{Duration, NaiveDate};
use custometry::{
    data::{Transactions, Window, date_of_day},
    value::{BridgeParams, CohortParams, ProfitParams, ProfitState, SummaryState},
};

use crate::common::{
    Result,
    bridge::Bridge,
    cohorts::Cohorts,
    over_time::{OverTime, OverTimeArgs, first_purchase},
    profit::Profits,
};

/// The length of the periods where the log is long enough for two of them.
const YEAR: i64 = 365;

/// The chapters as of the end of a day; what cannot be told says why.
pub(crate) fn over_time(
    log: &Transactions,
    state: &SummaryState,
    as_of: NaiveDate,
    args: &OverTimeArgs,
) -> OverTime {
    OverTime {
        bridge: bridge(log, state, as_of).into(),
        profit: profits(log, as_of).into(),
        cohorts: cohorts(state, as_of, args).into(),
    }
}

fn bridge(log: &Transactions, state: &SummaryState, as_of: NaiveDate) -> Result<Bridge> {
    let (opening, closing) = periods(log, as_of)?;
    // A part has a day at least.
    let params = BridgeParams::new(opening, closing).parts(opening.days().min(3));
    Bridge::new(&params.evaluate(state)?, opening, closing, None)
}

/// Two periods of one length, the later one until `as_of`: a year each, or half of
/// the time since the first purchase where that is less.
fn periods(log: &Transactions, as_of: NaiveDate) -> Result<(Window, Window)> {
    let first = first_purchase(log).filter(|first| *first <= as_of);
    let first = first.ok_or_else(|| format!("there is no purchase up to {as_of}"))?;
    let span = (as_of - first).num_days() + 1;
    if span < 2 {
        let message = format!("all purchases up to {as_of} are of one day, and it takes two");
        return Err(message.into());
    }
    let length = YEAR.min(span / 2);
    // From the first purchase on, so that no day is beyond the calendar.
    let back = |days: i64| as_of - Duration::days(days);
    let period = |later: i64| Window::new(back(later + length - 1), back(later));
    Ok((period(length)?, period(0)?))
}

/// Of all rows up to the end of a day.
fn profits(log: &Transactions, as_of: NaiveDate) -> Result<Profits> {
    let first = log.days().iter().copied().min().and_then(date_of_day);
    let first = first.filter(|first| *first <= as_of);
    let first = first.ok_or_else(|| format!("there is no row up to {as_of}"))?;
    let state = ProfitState::within(log, Window::new(first, as_of)?)?;
    Profits::new(&ProfitParams::default().evaluate(&state)?, as_of)
}

fn cohorts(state: &SummaryState, as_of: NaiveDate, args: &OverTimeArgs) -> Result<Cohorts> {
    Cohorts::new(&CohortParams::new(args.cohort(), as_of).evaluate(state)?)
}
