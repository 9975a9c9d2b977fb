//! What the customers are worth over the time ahead, by segment and one by one.

use std::fmt;

use chrono::NaiveDate;
use custometry::{
    data::{Estimate, TimeUnit},
    value::SilenceDates,
};
use serde::Serialize;

use crate::{
    Analysis,
    common::{
        Result,
        tables::{self, count, or_none, table},
        told::Told,
        worth::{Models, WorthArgs},
    },
};

/// P(alive) below which a silent customer is taken for lost.
const THRESHOLD: f64 = 0.5;

/// How sure the intervals are.
const LEVEL: f64 = 0.95;

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
    pub(crate) fn new(analysis: &Analysis<'_>, args: &WorthArgs) -> Result<Told<Self>> {
        let params = args.clv()?;
        let models = Models::fit(&analysis.summary, TimeUnit::Weeks)?;
        let (key, model, spend) = match (models.best(), &models.spend) {
            (Ok((key, model)), Ok(spend)) => (key, model, spend),
            (Err(error), _) => return Ok(Told::unknown(error)),
            (_, Err(error)) => return Ok(Told::unknown(error)),
        };
        let Analysis {
            summary, segments, ..
        } = analysis;
        let histories = &models.histories;
        let clv = match params.predict(model, spend, histories, &models.spends) {
            Ok(clv) => clv,
            Err(error @ custometry::Error::Degenerate { .. }) => return Ok(Told::unknown(error)),
            Err(error) => return Err(error.into()),
        };
        let values = clv.values();
        let silence = SilenceDates::new(model, summary, histories, THRESHOLD, values)?;
        let alive = model.p_alive(histories);
        let known = |column: &[f64]| column.iter().filter(|value| !value.is_nan()).sum();

        let mut order: Vec<_> = summary.customers().numbers().collect();
        order.retain(|customer| !values[customer.at()].is_nan());
        order.sort_by(|a, b| values[b.at()].total_cmp(&values[a.at()]));
        let customer = |customer: &custometry::data::CustomerIx| Customer {
            key: or_none(summary.customers().key(*customer)),
            segment: or_none(segments.name_of(customer.at())),
            p_alive: alive[customer.at()],
            clv: values[customer.at()],
            silence_date: silence.dates()[customer.at()],
        };
        let by_segment = clv.by_segment(segments, LEVEL)?;
        let name = |id| {
            let of_id = segments.segments().iter().find(|segment| segment.id == id);
            or_none(of_id.map(|segment| &segment.name))
        };
        Ok(Told::Known(Self {
            model: key,
            model_name: model.name(),
            verdict: or_none(model.fit_report().map(|report| report.verdict.statement())),
            horizon_days: args.horizon().0,
            expected_purchases: known(&model.expected_purchases(histories, args.horizon())?),
            clv: known(values),
            clv_interval: clv.total(LEVEL).ok(),
            segments: (by_segment.iter())
                .map(|segment| Segment {
                    name: name(segment.group),
                    customers: segment.customers,
                    clv: segment.total,
                    clv_interval: segment.estimate,
                })
                .collect(),
            most_valuable: order.iter().take(LISTED).map(customer).collect(),
            terms: args.to_string(),
            currency: summary.currency().code().to_owned(),
        }))
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
