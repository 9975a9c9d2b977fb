//! Rates of disjoint customers are those of all.

use super::{PeriodRates, RevenueFlows, flows::Counts};
use crate::{
    Error, Result,
    data::{Merge, merge_sealed},
};

impl merge_sealed::Sealed for PeriodRates {}

impl Merge for PeriodRates {
    fn neutral(&self) -> Self {
        Self {
            counts: Counts::default(),
            money: self
                .money
                .map(|(currency, _)| (currency, RevenueFlows::default())),
            ..self.clone()
        }
    }

    /// Counts of both; the two must hold different customers.
    fn merge(mut self, other: Self) -> Result<Self> {
        let scope = |rates: &Self| {
            let currency = rates.currency().map(|currency| currency.to_string());
            (rates.definition, rates.from(), rates.to(), currency)
        };
        if scope(&self) != scope(&other) {
            return Err(Error::VersionMismatch {
                what: "definition, first day, last day and currency of the rates",
                expected: format!("{:?}", scope(&self)).into(),
                found: format!("{:?}", scope(&other)).into(),
            });
        }
        self.counts.add(&other.counts)?;
        if let (Some((_, sum)), Some((_, more))) = (&mut self.money, &other.money) {
            sum.add(more)?;
        }
        Ok(self)
    }
}
