//! What is counted: customers, and their money.

use serde::{Deserialize, Serialize};

use crate::{Error, Result, data::MinorUnits};

/// Customers by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counts {
    pub(super) at_start: u64,
    pub(super) lost: u64,
    pub(super) won: u64,
    pub(super) returned: u64,
    pub(super) passing: u64,
}

impl Counts {
    pub(super) fn at_end(&self) -> Option<u64> {
        let stayed = self.at_start.checked_sub(self.lost)?;
        stayed.checked_add(self.won)?.checked_add(self.returned)
    }

    /// Adds those of other customers.
    pub(super) fn add(&mut self, other: &Self) -> Result<()> {
        for (part, more) in [
            (&mut self.at_start, other.at_start),
            (&mut self.lost, other.lost),
            (&mut self.won, other.won),
            (&mut self.returned, other.returned),
            (&mut self.passing, other.passing),
        ] {
            *part = part.checked_add(more).ok_or_else(too_many)?;
        }
        self.check()
    }

    /// `Ok` if those at the end can be counted, and no more were lost than were there.
    pub(super) fn check(&self) -> Result<()> {
        if self.lost > self.at_start {
            let expected = format!("at most those at the start, {}", self.at_start);
            return Err(Error::parameter("lost", self.lost, expected));
        }
        self.at_end().map(|_| ()).ok_or_else(too_many)
    }
}

fn too_many() -> Error {
    Error::Overflow {
        what: "more than 1.8e19 customers".into(),
    }
}

/// Monthly recurring money on the two days of a period and what changed it, in minor units.
///
/// ```text
/// end = start - churned - contraction + expansion + new + reactivation
/// ```
///
/// # Example
///
/// See [`PeriodRates::flows`](super::PeriodRates::flows).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RevenueFlows {
    /// Of those there at the start, then.
    pub start: MinorUnits,
    /// Of the lost, at the start.
    pub churned: MinorUnits,
    /// What those who stayed pay less, at least 0.
    pub contraction: MinorUnits,
    /// What those who stayed pay more.
    pub expansion: MinorUnits,
    /// Of new customers, at the end.
    pub new: MinorUnits,
    /// Of customers who came back, at the end.
    pub reactivation: MinorUnits,
}

impl RevenueFlows {
    /// What is paid on the last day; checked when the flows were made.
    ///
    /// # Example
    ///
    /// See [`PeriodRates::flows`](super::PeriodRates::flows).
    pub fn end(&self) -> MinorUnits {
        MinorUnits(self.end_sum().try_into().unwrap_or(i64::MAX))
    }

    fn end_sum(&self) -> i128 {
        let [start, churned, contraction, expansion, new, back] = self.parts().map(i128::from);
        start - churned - contraction + expansion + new + back
    }

    pub(super) fn parts(&self) -> [i64; 6] {
        let Self {
            start,
            churned,
            contraction,
            expansion,
            new,
            reactivation,
        } = *self;
        [start, churned, contraction, expansion, new, reactivation].map(|part| part.0)
    }

    fn parts_mut(&mut self) -> [&mut i64; 6] {
        [
            &mut self.start.0,
            &mut self.churned.0,
            &mut self.contraction.0,
            &mut self.expansion.0,
            &mut self.new.0,
            &mut self.reactivation.0,
        ]
    }

    /// Adds those of other customers.
    pub(super) fn add(&mut self, other: &Self) -> Result<()> {
        for (part, more) in self.parts_mut().into_iter().zip(other.parts()) {
            let sum = part.checked_add(more);
            *part = sum.ok_or_else(|| MinorUnits::too_much("all customers"))?;
        }
        MinorUnits::from_sum(self.end_sum(), "all customers").map(|_| ())
    }

    /// `Ok` if no part is negative, no more was lost than there was, and there is no money without
    /// customers who pay it.
    pub(super) fn check(&self, counts: &Counts) -> Result<()> {
        if let Some(part) = self.parts().into_iter().find(|&part| part < 0) {
            return Err(Error::parameter("money", part, "at least 0"));
        }
        let lost = i128::from(self.churned.0) + i128::from(self.contraction.0);
        if lost > i128::from(self.start.0) {
            let expected = format!("at most that at the start, {}", self.start.0);
            return Err(Error::parameter("money lost", lost, expected));
        }
        let stayed = counts.at_start.saturating_sub(counts.lost);
        for (part, money, customers) in [
            ("start", self.start, counts.at_start),
            ("churned", self.churned, counts.lost),
            ("contraction", self.contraction, stayed),
            ("expansion", self.expansion, stayed),
            ("new", self.new, counts.won),
            ("reactivation", self.reactivation, counts.returned),
        ] {
            if money.0 > 0 && customers == 0 {
                let expected = format!("0, as there are no customers for {part}");
                return Err(Error::parameter("money", money.0, expected));
            }
        }
        MinorUnits::from_sum(self.end_sum(), "all customers").map(|_| ())
    }
}
