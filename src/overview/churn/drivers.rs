//! What goes with leaving sooner or later.

use serde::Serialize;

use super::stays::FirstSpells;
use crate::{
    Result,
    churn::{CoxData, CoxParams, Durations, Snapshots},
    data::{Categories, Estimate, Features, MissingValues},
    value::Summary,
};

/// The column of days without a purchase.
const SILENCE: &str = "recency";

/// What goes with leaving sooner or later, by Cox regression.
///
/// # Example
///
/// See [`Overview::churn`](crate::overview::Overview::churn).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Drivers {
    /// The rows that were learned from.
    pub rows: usize,
    /// How many of them were lost.
    pub lost: usize,
    /// The features.
    pub features: Vec<Driver>,
    /// Features that say nothing that others do not say.
    pub aliased: Vec<String>,
}

/// A feature that goes with leaving. Numbers are taken as logarithms of base 2: a unit more is twice
/// as much.
///
/// # Example
///
/// See [`Overview::churn`](crate::overview::Overview::churn).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Driver {
    /// The feature.
    pub name: String,
    /// How many times as high the hazard is with twice as much.
    pub hazard_ratio: Estimate,
    /// The same as a logarithm; the error knows of the rows that are of one customer.
    pub log: Estimate,
}

impl FirstSpells {
    /// What the first purchase says of how soon customers are lost.
    pub(super) fn drivers(&self, summary: &Summary, level: f64) -> Result<Drivers> {
        let first_money = summary.first_money();
        let spent = self
            .customers
            .iter()
            .map(|customer| first_money[customer.at()]);
        let spent: Vec<f64> = spent.map(|minor| doublings(minor as f64)).collect();
        let columns: [(&str, &[f64]); 1] = [("first_amount", &spent)];
        let features = Features::from_columns(&columns, MissingValues::Refuse)?
            .with_categories("cohort", self.cohorts.clone())?;
        Drivers::new(&CoxData::new(&self.durations, &features), level)
    }
}

/// A number, money or days as a logarithm: they have long tails, and a unit more is twice as much.
/// What came to nothing, net of refunds, counts as the least there is.
fn doublings(value: f64) -> f64 {
    // What is missing stays so, and is refused.
    if value.is_nan() {
        return value;
    }
    libm::log2(value.max(1.0))
}

impl Drivers {
    /// A Cox regression of the time from each snapshot on. Each date and each length of silence has a
    /// baseline of its own: by the definition alone who is silent for longer is lost sooner, and what is
    /// asked is who comes back of those who are silent for equally long.
    pub(super) fn of_snapshots(snapshots: &Snapshots, level: f64) -> Result<Self> {
        let seen = snapshots.features();
        let names = seen.names().iter().filter(|name| *name != SILENCE);
        let columns: Vec<(&str, Vec<f64>)> = names
            .map(|name| {
                let column = seen.column(name).into_iter().flatten();
                (name.as_str(), column.copied().map(doublings).collect())
            })
            .collect();
        let named: Vec<(&str, &[f64])> = (columns.iter())
            .map(|(name, column)| (*name, column.as_slice()))
            .collect();
        let features = Features::from_columns(&named, MissingValues::Refuse)?;
        let days: Vec<f64> = snapshots.exit_days().iter().map(|&it| it.into()).collect();
        let causes = snapshots.causes().iter().map(|&it| u16::from(it > 0));
        let durations = Durations::new(&days, &causes.collect::<Vec<_>>())?;
        let silent = seen.column(SILENCE).into_iter().flatten();
        let strata = snapshots.days().iter().zip(silent);
        let strata: Vec<String> = strata
            .map(|(day, silent)| format!("{day} {silent}"))
            .collect();
        let strata = Categories::new(&strata)?;
        let customers: Vec<u32> = snapshots.clusters().iter().map(|it| it.0).collect();
        let data = CoxData::new(&durations, &features)
            .strata(&strata)
            .clusters(&customers);
        Self::new(&data, level)
    }

    fn new(data: &CoxData<'_>, level: f64) -> Result<Self> {
        let cox = CoxParams::default().fit(data)?;
        let errors = cox.residuals(data)?.robust_errors();
        let driver = |(at, name): (usize, &String)| {
            let log = Estimate::normal(cox.coefficients()[at], errors[at], level)?;
            Ok(Driver {
                name: name.clone(),
                hazard_ratio: log.exp(),
                log,
            })
        };
        let features = cox.names().iter().enumerate().map(driver);
        Ok(Self {
            rows: cox.rows(),
            lost: cox.events(),
            features: features.collect::<Result<_>>()?,
            aliased: cox.aliased().to_vec(),
        })
    }
}
