//! What goes with leaving sooner or later.

use custometry::{
    churn::{CoxData, CoxParams, Durations, Snapshots},
    data::{Categories, Estimate, Features, MissingValues, Transactions},
};
use serde::Serialize;

use super::{LEVEL, Result, stays::FirstSpells};

/// The column of days without a purchase.
const SILENCE: &str = "recency";

/// What goes with leaving sooner or later.
#[derive(Serialize)]
pub(super) struct Drivers {
    pub(super) rows: usize,
    pub(super) lost: usize,
    pub(super) features: Vec<Driver>,
    aliased: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Driver {
    pub(super) name: String,
    /// How many times as high the hazard is with twice as much.
    pub(super) hazard_ratio: Estimate,
    /// The same as a logarithm; the error knows of the rows that are of one customer.
    pub(super) log: Estimate,
}

impl FirstSpells {
    /// What the first purchase says of how soon customers are lost.
    pub(super) fn drivers(&self, log: &Transactions) -> Result<Drivers> {
        let mut places = vec![None; log.customers().len()];
        for (place, customer) in self.customers.iter().enumerate() {
            places[customer.at()] = Some(place);
        }
        let mut spent = vec![0.0; self.starts.len()];
        let rows = log.customer().iter().zip(log.days()).zip(log.amounts());
        for ((customer, &day), &amount) in rows {
            if let Some(place) = places[customer.at()].filter(|&place| self.starts[place] == day) {
                spent[place] += amount as f64;
            }
        }
        let spent: Vec<f64> = spent.into_iter().map(doublings).collect();
        let columns: [(&str, &[f64]); 1] = [("first_amount", &spent)];
        let features = Features::from_columns(&columns, MissingValues::Refuse)?
            .with_categories("cohort", self.cohorts.clone())?;
        Drivers::new(&CoxData::new(&self.durations, &features))
    }
}

/// A number, money or days as a logarithm: they have long tails, and a unit more is twice as much.
/// What came to nothing, net of refunds, counts as the least there is.
fn doublings(value: f64) -> f64 {
    value.max(1.0).log2()
}

impl Drivers {
    /// A Cox regression of the time from each snapshot on. Each date and each length of silence has a
    /// baseline of its own: by the definition alone who is silent for longer is lost sooner, and what is
    /// asked is who comes back of those who are silent for equally long.
    pub(super) fn of_snapshots(snapshots: &Snapshots) -> Result<Self> {
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
        Self::new(&data)
    }

    fn new(data: &CoxData<'_>) -> Result<Self> {
        let cox = CoxParams::default().fit(data)?;
        let errors = cox.residuals(data)?.robust_errors();
        let driver = |(at, name): (usize, &String)| {
            let log = Estimate::normal(cox.coefficients()[at], errors[at], LEVEL)?;
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
