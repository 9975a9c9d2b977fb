//! The page of who leaves.

use std::fmt;

use custometry::{data::Estimate, overview::Drivers};

use super::{Churn, HORIZON, LEVEL};
use crate::{
    common::tables::{count, or_none, percent, table, table_of},
    probability::p_value,
};

/// The share of gaps that the plain rule, which looks at ended gaps alone, would have shorter.
const PLAIN: f64 = 0.9;

/// How the names of levels of cohorts begin.
const COHORT: &str = "cohort=";

impl fmt::Display for Churn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threshold = &self.threshold;
        writeln!(
            f,
            "Nobody says that he leaves: who has bought nothing for {} days is called lost. Of all \
             limits this one has the least of both faults:",
            threshold.taken.days
        )?;
        let headers = [
            "Called lost after",
            "Buy again of those",
            "Lost, not called so yet",
        ];
        let others = threshold.others.iter().map(|other| (other, ""));
        let mut limits: Vec<_> = others.chain([(&threshold.taken, " (taken)")]).collect();
        limits.sort_by_key(|(limit, _)| limit.days);
        let rows = limits.into_iter().map(|(limit, taken)| {
            [
                format!("{} days{taken}", count(limit.days)),
                percent(Some(limit.false_alarms)),
                percent(Some(limit.missed)),
            ]
        });
        writeln!(f, "{}", table(headers, 1, rows))?;
        if let Some(plain) = threshold.of_ended_gaps {
            writeln!(
                f,
                "Of the gaps that ended {:.0}% took no more than {plain} days, which says nothing of \
                 those who never came again.",
                100.0 * PLAIN
            )?;
        }
        self.show_months(f)?;
        self.show_stays(f)?;
        writeln!(f, "What the first purchase says of how soon they are lost:")?;
        self.first_purchase.show(f, show_drivers)?;
        self.show_snapshots(f)?;
        writeln!(
            f,
            "What went before it: customers of the same day who had been silent for equally long (by \
             the definition alone, who is silent for longer is lost sooner):"
        )?;
        self.drivers.show(f, show_drivers)?;
        writeln!(
            f,
            "Who will go quiet, which here is to buy nothing for {} days:",
            self.threshold.taken.days.min(HORIZON)
        )?;
        write!(f, "{}", self.risk)
    }
}

fn with_interval(found: Option<&Estimate>) -> String {
    let Some(found) = found else {
        return percent(None);
    };
    let (lo, hi) = (100.0 * found.lo, 100.0 * found.hi);
    format!("{} ({lo:.0}-{hi:.0})", percent(Some(found.value)))
}

impl Churn<'_> {
    fn show_months(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = [
            "Month up to",
            "Customers before",
            "Lost",
            "New",
            "Back",
            "Customers then",
            "Churn",
        ];
        let rows = self.months.iter().map(|month| {
            [
                month.to.to_string(),
                count(month.at_start),
                count(month.lost),
                count(month.won),
                count(month.returned),
                count(month.at_end),
                with_interval(month.logo_churn.as_ref()),
            ]
        });
        if self.months.is_empty() {
            writeln!(f, "No month of the calendar is there as a whole.")?;
        } else {
            writeln!(f, "{}", table(headers, 1, rows))?;
        }
        let (counts, days) = (&self.returns.counts, self.threshold.taken.days);
        let told = |rate| {
            format!(
                "{} of them came back within {days} more",
                percent(Some(rate))
            )
        };
        writeln!(
            f,
            "Called lost and watched for {days} days since: {}{}. Called lost too late for that, so \
             that it may yet turn out wrong: {}.",
            count(counts.returned + counts.confirmed),
            self.returns
                .rate
                .map_or_else(String::new, |rate| format!("; {}", told(rate))),
            count(counts.provisional + counts.returned_early),
        )
    }

    fn show_stays(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "How long they stay, from the first purchase until called lost:"
        )?;
        let after = self.survival.first().map_or(&[][..], |all| &all.after);
        let after: Vec<String> = (after.iter())
            .map(|share| format!("Still there after {} days", share.days))
            .collect();
        let headers: Vec<&str> = ["Came in", "Customers", "Lost", "Median days"]
            .into_iter()
            .chain(after.iter().map(String::as_str))
            .collect();
        let rows = self.survival.iter().map(|stay| {
            let mut row = vec![
                stay.cohort.clone(),
                count(stay.customers),
                count(stay.lost),
                or_none(stay.median_days),
            ];
            let after = stay.after.iter();
            row.extend(after.map(|share| with_interval(share.still_there.as_ref())));
            row
        });
        writeln!(f, "{}", table_of(&headers, 1, rows))?;
        let days = self.threshold.taken.days;
        write!(f, "Nobody can be called lost before day {days}. ")?;
        if let Some(p) = self.cohorts_p {
            let differ = if p < 1.0 - LEVEL {
                "differ"
            } else {
                "may be alike"
            };
            write!(f, "The cohorts {differ} (log-rank test, p {}).", p_value(p))?;
        }
        writeln!(f)
    }

    fn show_snapshots(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Who was a customer on a day, and {HORIZON} days later:")?;
        let headers = ["Day", "Still a customer", "Lost", "Not known yet"];
        let rows = self.snapshots.iter().map(|snapshot| {
            [
                snapshot.date.to_string(),
                count(snapshot.retained),
                count(snapshot.churned),
                count(snapshot.unknown),
            ]
        });
        writeln!(f, "{}", table(headers, 1, rows))
    }
}

fn show_drivers(drivers: &&Drivers, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let headers = ["Known", "Times the hazard", "95% interval"];
    let rows = drivers.features.iter().map(|driver| {
        let ratio = &driver.hazard_ratio;
        [
            words(&driver.name),
            format!("{:.2}", ratio.value),
            format!("{:.2} to {:.2}", ratio.lo, ratio.hi),
        ]
    });
    writeln!(f, "{}", table(headers, 1, rows))?;
    let (rows, lost) = (count(drivers.rows), count(drivers.lost));
    write!(f, "{rows} rows, {lost} of them lost.")?;
    if drivers
        .features
        .iter()
        .any(|driver| driver.name.starts_with(COHORT))
    {
        write!(f, " Cohorts are compared with the first one.")?;
    }
    writeln!(f)
}

/// A feature in words.
fn words(name: &str) -> String {
    match name {
        "tenure" => "Twice as long a customer".into(),
        "purchase_days" => "Twice as many days with a purchase".into(),
        "money_mean" => "Twice the mean amount".into(),
        "first_amount" => "Twice the amount on the first day".into(),
        other => other.replace(COHORT, "Came in "),
    }
}
