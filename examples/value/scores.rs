//! One line a customer, and what they come to.

use std::fmt;

use chrono::NaiveDate;
use custometry::{
    data::{CustomerIx, Estimate},
    value::{CohortPeriod, Prediction, PurchaseModel, SilenceDates, Summary},
};
use serde::Serialize;

use crate::{
    Args,
    common::{
        Result,
        tables::{self, count, or_none, table},
        worth::Models,
    },
};

/// How many customers are listed.
const LISTED: usize = 10;

/// How sure the intervals are.
const LEVEL: f64 = 0.95;

#[derive(Serialize)]
pub(crate) struct Scores {
    /// The model that speaks.
    model: &'static str,
    #[serde(skip)]
    model_name: &'static str,
    /// Purchases expected of all customers over the horizon.
    expected_purchases: f64,
    /// The value of all customers, in units of currency.
    clv: f64,
    clv_interval: Option<Estimate>,
    by_cohort: Vec<Cohort>,
    #[serde(skip)]
    columns: Columns,
}

#[derive(Serialize)]
struct Cohort {
    month: NaiveDate,
    customers: usize,
    clv: f64,
}

/// In the order of the customers; NaN for one without a purchase.
struct Columns {
    p_alive: Vec<f64>,
    expected_purchases: Vec<f64>,
    expected_spend: Vec<f64>,
    clv: Vec<f64>,
    silence: SilenceDates,
}

impl Scores {
    /// The inner error is the reason why customers cannot be valued.
    pub(crate) fn new(
        args: &Args,
        (key, model): (&'static str, &dyn PurchaseModel),
        models: &Models,
        summary: &Summary,
    ) -> Result<std::result::Result<Self, String>> {
        let histories = &models.histories;
        let spend = match &models.spend {
            Ok(spend) => spend,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let horizon = Prediction::Expected(args.worth.horizon());
        let expected_purchases = model.predict(histories, horizon)?;
        let params = args.worth.clv()?;
        let valued = params.predict(model, spend, histories, &models.spends);
        let clv = match valued {
            Ok(clv) => clv,
            Err(error @ custometry::Error::Degenerate { .. }) => return Ok(Err(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        let cohorts = clv.by_cohort(summary, CohortPeriod::Month, LEVEL)?;
        let silence = SilenceDates::new(model, summary, histories, args.threshold, clv.values())?;
        let known = |column: &[f64]| column.iter().filter(|value| !value.is_nan()).sum();
        Ok(Ok(Self {
            model: key,
            model_name: model.name(),
            expected_purchases: known(&expected_purchases),
            clv: known(clv.values()),
            clv_interval: clv.total(LEVEL).ok(),
            by_cohort: (cohorts.iter())
                .map(|cohort| Cohort {
                    month: cohort.group,
                    customers: cohort.customers,
                    clv: cohort.total,
                })
                .collect(),
            columns: Columns {
                p_alive: model.p_alive(histories),
                expected_purchases,
                expected_spend: clv.mean_spend().to_vec(),
                clv: clv.values().to_vec(),
                silence,
            },
        }))
    }

    /// The scores file.
    pub(crate) fn to_csv(&self, summary: &Summary) -> Result<Vec<u8>> {
        let mut lines = csv::Writer::from_writer(Vec::new());
        lines.write_record([
            "customer",
            "frequency",
            "recency",
            "age",
            "p_alive",
            "expected_purchases",
            "expected_spend",
            "clv",
            "silence_date",
        ])?;
        let Columns {
            p_alive,
            expected_purchases,
            expected_spend,
            clv,
            silence,
        } = &self.columns;
        for customer in summary.customers().numbers() {
            let at = customer.at();
            // Of a customer without a purchase nothing is known.
            let known = !p_alive[at].is_nan();
            let number = |column: &[f64]| {
                if known {
                    column[at].to_string()
                } else {
                    String::new()
                }
            };
            let date = silence.dates()[at].map(|date| date.to_string());
            lines.write_record([
                or_none(summary.customers().key(customer)),
                summary.frequency()[at].to_string(),
                summary.recency()[at].to_string(),
                summary.age()[at].to_string(),
                number(p_alive),
                number(expected_purchases),
                number(expected_spend),
                number(clv),
                date.unwrap_or_default(),
            ])?;
        }
        Ok(lines.into_inner()?)
    }

    pub(crate) fn show(&self, f: &mut fmt::Formatter<'_>, summary: &Summary) -> fmt::Result {
        let currency = summary.currency();
        let money = |amount: f64| format!("{} {}", count(format!("{amount:.0}")), currency.code());
        writeln!(f, "By {}, the model of the lowest BIC.", self.model_name)?;
        let interval = self.clv_interval.map_or_else(String::new, |sure| {
            format!(" (95% interval {} to {})", money(sure.lo), money(sure.hi))
        });
        writeln!(
            f,
            "All customers: {} purchases expected, worth {}{interval}.",
            count(format!("{:.0}", self.expected_purchases)),
            money(self.clv)
        )?;
        writeln!(
            f,
            "The most valuable, and the day to worry if they stay silent:"
        )?;
        let columns = &self.columns;
        let rows = self.most_valuable(summary).into_iter().map(|customer| {
            let at = customer.at();
            [
                tables::printable(&or_none(summary.customers().key(customer))),
                or_none(summary.last_purchase(customer)),
                or_none(columns.silence.dates()[at]),
                format!("{:.3}", columns.p_alive[at]),
                format!("{:.2}", columns.expected_purchases[at]),
                format!("{:.2}", columns.expected_spend[at]),
                format!("{:.2}", columns.clv[at]),
            ]
        });
        let headers = [
            "Customer",
            "Last purchase",
            "Worry from",
            "P(alive)",
            "Purchases",
            "Spend each",
            "Worth",
        ];
        writeln!(f, "{}", table(headers, 3, rows))
    }

    /// By falling value; ties in the order of the customers.
    fn most_valuable(&self, summary: &Summary) -> Vec<CustomerIx> {
        let clv = |customer: &CustomerIx| self.columns.clv[customer.at()];
        let mut all: Vec<CustomerIx> = summary.customers().numbers().collect();
        all.retain(|customer| !clv(customer).is_nan());
        all.sort_by(|a, b| clv(b).total_cmp(&clv(a)));
        all.truncate(LISTED);
        all
    }
}
