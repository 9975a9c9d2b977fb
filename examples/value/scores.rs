//! One line a customer, and what they come to.

use std::fmt;

use chrono::NaiveDate;
use custometry::{
    data::{CustomerIx, Estimate},
    value::{Clv, CohortPeriod, Prediction, PurchaseModel, SilenceDates, Summary},
};
use serde::Serialize;

use crate::{
    Args,
    common::{
        Result,
        tables::{self, count, or_none, table},
    },
    models::{Models, clv_params},
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
    clv: Option<f64>,
    clv_interval: Option<Estimate>,
    by_cohort: Vec<Cohort>,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    no_value: Option<String>,
    #[serde(skip)]
    columns: Columns,
}

#[derive(Serialize)]
struct Cohort {
    month: NaiveDate,
    customers: usize,
    clv: f64,
}

/// In the order of the customers; NaN where nothing can be told.
struct Columns {
    p_alive: Vec<f64>,
    expected_purchases: Vec<f64>,
    expected_spend: Vec<f64>,
    clv: Vec<f64>,
    silence: SilenceDates,
}

impl Scores {
    pub(crate) fn new(
        args: &Args,
        (key, model): (&'static str, &dyn PurchaseModel),
        models: &Models,
        summary: &Summary,
    ) -> Result<Self> {
        let histories = &models.histories;
        let horizon = Prediction::Expected(args.worth.horizon());
        let expected_purchases = model.predict(histories, horizon)?;
        let params = clv_params(&args.worth)?;
        let clv = match &models.spend {
            Ok(spend) => params.predict(model, spend, histories, &models.spends),
            Err(error) => Err(error.clone()),
        };
        // Money may be beyond telling where purchases are not.
        let (clv, no_value) = match clv {
            Ok(clv) => (Some(clv), None),
            Err(error @ custometry::Error::InvalidParameter { .. }) => return Err(error.into()),
            Err(error) => (None, Some(error.to_string())),
        };
        let told = |column: Option<&[f64]>| match column {
            Some(column) => column.to_vec(),
            None => vec![f64::NAN; summary.len()],
        };
        let cohorts = match &clv {
            Some(clv) => clv.by_cohort(summary, CohortPeriod::Month, LEVEL)?,
            None => Vec::new(),
        };
        let stake = clv
            .as_ref()
            .map_or(&expected_purchases[..], |clv| clv.values());
        let silence = SilenceDates::new(model, summary, histories, args.threshold, stake)?;
        let sum = |column: &[f64]| column.iter().filter(|value| !value.is_nan()).sum();
        Ok(Self {
            model: key,
            model_name: model.name(),
            expected_purchases: sum(&expected_purchases),
            clv: clv.as_ref().map(|clv| sum(clv.values())),
            clv_interval: clv.as_ref().and_then(|clv| clv.total(LEVEL).ok()),
            by_cohort: (cohorts.iter())
                .map(|cohort| Cohort {
                    month: cohort.group,
                    customers: cohort.customers,
                    clv: cohort.total,
                })
                .collect(),
            no_value,
            columns: Columns {
                p_alive: model.p_alive(histories),
                expected_spend: told(clv.as_ref().map(Clv::mean_spend)),
                clv: told(clv.as_ref().map(Clv::values)),
                expected_purchases,
                silence,
            },
        })
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
            // Of a customer without a purchase the models tell nothing.
            let known = !p_alive[at].is_nan();
            let number = |column: &[f64]| match column[at] {
                value if known && !value.is_nan() => value.to_string(),
                _ => String::new(),
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
        let purchases = count(format!("{:.0}", self.expected_purchases));
        write!(f, "All customers: {purchases} purchases expected")?;
        if let Some(clv) = self.clv {
            write!(f, ", worth {}", money(clv))?;
        }
        if let Some(sure) = self.clv_interval {
            let (lo, hi) = (money(sure.lo), money(sure.hi));
            write!(f, " (95% interval {lo} to {hi})")?;
        }
        writeln!(f, ".")?;
        if let Some(why) = &self.no_value {
            writeln!(f, "Their worth cannot be told: {why}.")?;
        }
        writeln!(
            f,
            "The most valuable, and the day to worry if they stay silent:"
        )?;
        let columns = &self.columns;
        let amount = |amount: f64| match amount {
            amount if amount.is_nan() => tables::NONE.to_owned(),
            amount => format!("{amount:.2}"),
        };
        let rows = self.most_valuable(summary).into_iter().map(|customer| {
            let at = customer.at();
            [
                tables::printable(&or_none(summary.customers().key(customer))),
                or_none(summary.last_purchase(customer)),
                or_none(columns.silence.dates()[at]),
                format!("{:.3}", columns.p_alive[at]),
                format!("{:.2}", columns.expected_purchases[at]),
                amount(columns.expected_spend[at]),
                amount(columns.clv[at]),
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

    /// By falling value, or by purchases where values cannot be told; ties in the order
    /// of the customers.
    fn most_valuable(&self, summary: &Summary) -> Vec<CustomerIx> {
        let column = match self.clv {
            Some(_) => &self.columns.clv,
            None => &self.columns.expected_purchases,
        };
        let value = |customer: &CustomerIx| column[customer.at()];
        let mut all: Vec<CustomerIx> = summary.customers().numbers().collect();
        all.retain(|customer| !value(customer).is_nan());
        all.sort_by(|a, b| value(b).total_cmp(&value(a)));
        all.truncate(LISTED);
        all
    }
}
