//! What the customers are worth over the time ahead, by segment and one by one.

use std::fmt;

use chrono::NaiveDate;
use custometry::{
    data::{Assignments, CustomerIx, Estimate, SegmentId},
    overview,
    value::{ClvGroup, Summary},
};
use serde::Serialize;

use crate::common::{
    tables::{self, count, or_none, table},
    worth::WorthArgs,
};

/// How many are listed.
const LISTED: usize = 10;

#[derive(Serialize)]
pub(crate) struct Worth {
    /// The purchase model of the lowest BIC.
    model: &'static str,
    #[serde(skip)]
    model_name: &'static str,
    verdict: String,
    horizon_days: f64,
    expected_purchases: f64,
    clv: f64,
    clv_interval: Option<Estimate>,
    segments: Vec<Segment>,
    most_valuable: Vec<Customer>,
    #[serde(skip)]
    terms: String,
    #[serde(skip)]
    currency: String,
}

#[derive(Serialize)]
struct Segment {
    name: String,
    customers: usize,
    clv: f64,
    clv_interval: Option<Estimate>,
}

#[derive(Serialize)]
struct Customer {
    key: String,
    segment: String,
    p_alive: f64,
    clv: f64,
    /// The day on which P(alive) falls below 0.5 if the customer stays silent.
    silence_date: Option<NaiveDate>,
}

impl Worth {
    /// From the worth of customers and the segments that they are in.
    pub(crate) fn new(
        worth: &overview::Worth,
        summary: &Summary,
        segments: &Assignments,
        args: &WorthArgs,
    ) -> Self {
        let model = worth.model.as_model();
        let values = &worth.clv;
        let expected = worth.expected_purchases.iter();
        let mut order: Vec<CustomerIx> = summary.customers().numbers().collect();
        order.retain(|customer| !values[customer.at()].is_nan());
        order.sort_by(|a, b| values[b.at()].total_cmp(&values[a.at()]));
        let customer = |customer: &CustomerIx| Customer {
            key: or_none(summary.customers().key(*customer)),
            segment: or_none(segments.name_of(customer.at())),
            p_alive: worth.p_alive[customer.at()],
            clv: values[customer.at()],
            silence_date: worth.silence_dates[customer.at()],
        };
        let name = |id| {
            let of_id = segments.segments().iter().find(|segment| segment.id == id);
            or_none(of_id.map(|segment| &segment.name))
        };
        let segment = |of: &ClvGroup<SegmentId>| Segment {
            name: name(of.group),
            customers: of.customers,
            clv: of.total,
            clv_interval: of.estimate,
        };
        Self {
            model: worth.model.key(),
            model_name: model.name(),
            verdict: or_none(model.fit_report().map(|report| report.verdict.statement())),
            horizon_days: worth.horizon.0,
            expected_purchases: expected.filter(|value| !value.is_nan()).sum(),
            clv: worth.total,
            clv_interval: worth.total_interval,
            segments: worth.by_segment.iter().map(segment).collect(),
            most_valuable: order.iter().take(LISTED).map(customer).collect(),
            terms: args.to_string(),
            currency: summary.currency().code().to_owned(),
        }
    }
}

impl fmt::Display for Worth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |amount: f64| count(format!("{amount:.0}"));
        let interval = |sure: &Option<Estimate>| {
            sure.as_ref().map_or_else(
                || tables::NONE.to_owned(),
                |sure| format!("{} to {}", whole(sure.lo), whole(sure.hi)),
            )
        };
        let (model, currency) = (self.model_name, &self.currency);
        writeln!(f, "By {model} ({}), {}.", self.verdict, self.terms)?;
        let worth = format!("Worth, {currency}");
        let row = |name: &str, customers: String, clv: f64, sure: &Option<Estimate>| {
            [name.to_owned(), customers, whole(clv), interval(sure)]
        };
        let rows = (self.segments.iter())
            .map(|line| {
                row(
                    &line.name,
                    count(line.customers),
                    line.clv,
                    &line.clv_interval,
                )
            })
            .chain([row("All", String::new(), self.clv, &self.clv_interval)]);
        let headers = ["Segment", "Customers", &worth, "95% interval"];
        writeln!(f, "{}", table(headers, 1, rows))?;
        writeln!(
            f,
            "{} purchases expected of all. The most valuable, and the day to worry if they stay \
             silent:",
            whole(self.expected_purchases)
        )?;
        let rows = self.most_valuable.iter().map(|customer| {
            [
                tables::printable(&customer.key),
                customer.segment.clone(),
                or_none(customer.silence_date),
                format!("{:.2}", customer.p_alive),
                format!("{:.2}", customer.clv),
            ]
        });
        let headers = ["Customer", "Segment", "Worry from", "P(alive)", &worth];
        writeln!(f, "{}", table(headers, 3, rows))
    }
}
