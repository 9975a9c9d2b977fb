//! Who of the customers of today will go quiet, how sure that is, and what speaks for it.

use std::fmt;

use custometry::{
    churn::{ReasonPart, ReasonValue},
    data::{Currency, CustomerIx, MinorUnits},
    overview::{self, RiskTest},
    value::Summary,
};
use serde::Serialize;

use crate::{
    common::{
        Result,
        money::Money,
        tables::{count, or_none, percent, printable, table},
        told::Told,
    },
    told::told,
};

/// The mean amount of a customer.
const MONEY: &str = "money_mean";

/// How many customers are listed, and how many reasons of each.
const LISTED: usize = 10;
const REASONS: usize = 2;

#[derive(Serialize)]
pub(super) struct Risk<'a> {
    /// After how many days without a purchase a customer is quiet, and within how many that is foretold.
    horizon_days: u32,
    /// Rows that were learned from, and how many of them went quiet.
    rows: usize,
    went_quiet: usize,
    /// How right models of earlier dates were about later ones.
    tested: Told<&'a RiskTest>,
    /// Who bought of late, and how many of them are to be expected to go quiet.
    customers: usize,
    expected_quiet: f64,
    /// Those with the most money times chance.
    first: Vec<AtRisk>,
    #[serde(skip)]
    currency: String,
}

#[derive(Serialize)]
struct AtRisk {
    key: String,
    probability: f64,
    revenue: Option<Money>,
    reasons: Vec<Said>,
}

/// What speaks for leaving.
#[derive(Serialize)]
pub(crate) struct Said {
    feature: String,
    value: ReasonValue,
    contribution: f64,
}

impl<'a> Risk<'a> {
    pub(super) fn new(risk: &'a overview::Risk, summary: &Summary) -> Result<Self> {
        let currency = summary.currency();
        let chance = |customer: CustomerIx| risk.probability[customer.at()];
        let spent = |customer| summary.total_money(customer);
        let at_stake = |customer: CustomerIx| {
            spent(customer).map_or(0.0, |money| money.0 as f64 * chance(customer))
        };
        let mut customers: Vec<CustomerIx> = summary.customers().numbers().collect();
        customers.retain(|&customer| !chance(customer).is_nan());
        // Stable: of equals, who came first in the file comes first.
        customers.sort_by(|&one, &other| at_stake(other).total_cmp(&at_stake(one)));
        let at_risk = |&customer: &CustomerIx| {
            let reasons = risk.reasons(customer, REASONS)?.into_iter();
            Ok(AtRisk {
                key: or_none(summary.customers().key(customer)),
                probability: chance(customer),
                revenue: spent(customer).map(|money| Money::new(money, currency)),
                reasons: (reasons.flat_map(|reason| reason.parts))
                    .map(|part| Said::new(part, currency))
                    .collect(),
            })
        };
        let first = customers.iter().take(LISTED).map(at_risk);
        Ok(Self {
            horizon_days: risk.within_days,
            rows: risk.model.logistic().rows(),
            went_quiet: risk.model.logistic().left(),
            tested: told(&risk.tested, Ok),
            customers: risk.customers,
            expected_quiet: risk.expected_quiet,
            first: first.collect::<Result<_>>()?,
            currency: currency.code().to_owned(),
        })
    }
}

impl Said {
    /// Money in units of its currency, as it is everywhere else.
    pub(crate) fn new(part: ReasonPart, currency: Currency) -> Self {
        let value = match part.value {
            ReasonValue::Number(minor) if part.feature == MONEY => {
                ReasonValue::Number(minor * currency.to_f64(MinorUnits(1)))
            }
            value => value,
        };
        Self {
            feature: part.feature,
            value,
            contribution: part.contribution,
        }
    }

    /// In words.
    pub(crate) fn words(&self) -> String {
        match self.value {
            ReasonValue::Number(value) => words(&self.feature, value),
            _ => self.feature.clone(),
        }
    }
}

impl fmt::Display for Risk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Of {} customers who are not {} are to be expected to be within {} days, by what became of \
             {} customers on earlier days, {} of them quiet then. First those with the most revenue \
             times chance:",
            count(self.customers),
            count(format!("{:.0}", self.expected_quiet)),
            self.horizon_days,
            count(self.rows),
            count(self.went_quiet),
        )?;
        let revenue = format!("Revenue, {}", self.currency);
        let headers = [
            "Customer",
            "What speaks for it",
            "Chance to go quiet",
            &revenue,
        ];
        let rows = self.first.iter().map(|customer| {
            let said: Vec<String> = customer.reasons.iter().map(Said::words).collect();
            [
                printable(&customer.key),
                said.join(", "),
                percent(Some(customer.probability)),
                or_none(customer.revenue),
            ]
        });
        writeln!(f, "{}", table(headers, 2, rows))?;
        writeln!(
            f,
            "How right such chances were, learned on earlier days than those they are of:"
        )?;
        self.tested.show(f, |tested, f| {
            let judged = &tested.judged;
            let slope = judged.calibration_slope.map(|slope| format!("{slope:.2}"));
            let error = judged.auc_se.map(|error| format!("{error:.3}"));
            writeln!(
                f,
                "{} rows of {} days; area under the ROC curve {:.3} (error {}), Brier score {:.4}, \
                 lift of the first tenth {:.2}, calibration slope {}.",
                count(tested.rows),
                tested.dates,
                judged.auc,
                or_none(error),
                judged.brier,
                judged.lift_at_10,
                or_none(slope),
            )
        })
    }
}

/// A feature that speaks for leaving, in words; money in units of currency.
pub(crate) fn words(feature: &str, value: f64) -> String {
    let days = |days: f64| match format!("{days:.0}").as_str() {
        "1" => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    match feature {
        "recency" => format!("silent for {}", days(value)),
        "tenure" => format!("a customer for {}", days(value)),
        "purchase_days" => format!("{} with a purchase", days(value)),
        MONEY => format!("{value:.2} a purchase day"),
        "overdue" => format!("silent for {value:.1} usual gaps"),
        other => other.to_owned(),
    }
}
